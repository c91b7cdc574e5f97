/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/online_part.h"

#include <stdlib.h>

#include "ca/name.h"
#include "ca/pem.h"
#include "cli/connection.h"

/* Certificates of their own: those of the pools move as the pools grow. What
 * they point into does not. */
struct path {
	struct ca_cert cert[CA_VERIFY_MAX_CHAIN];
	size_t len;
	bool complete;
};

void
online_set(struct ca_verify_question *ask, const struct online_pools *pools)
{
	ask->leaf = &pools->certs->certs[0];
	ask->pool = pools->certs->certs + 1;
	ask->pool_count = pools->certs->count - 1;
	ask->anchors = pools->anchors->certs;
	ask->anchor_count = pools->anchors->count;
	ask->crls = pools->crls->crls;
	ask->crl_count = pools->crls->count;
	ask->ocsp = pools->ocsp->ocsp;
	ask->ocsp_count = pools->ocsp->count;
}

/* The best there is now, whatever else is to be thought of it. */
static enum ca_status
find_path(const struct online *online, const struct ca_verify_question *asked,
    struct path *ret, struct ca_error *err)
{
	struct ca_verify_question ask = *asked;
	struct ca_verdict verdict = {0};
	struct ca_error why = {0};
	enum ca_status st;

	online_set(&ask, &online->pools);
	ask.host = ask.ip = ask.email = NULL;
	ask.revocation = CA_REVOCATION_NEVER;
	st = ca_verify(&ask, &verdict, &why);
	if (st != CA_OK && st != CA_UNTRUSTED)
		return ca_fail(err, st, "%s", why.msg);
	for (size_t i = 0; i < verdict.chain_len; i++)
		ret->cert[i] = *verdict.chain[i];
	ret->len = verdict.chain_len;
	ret->complete = verdict.complete;
	return CA_OK;
}

/* ---- missing issuers ---- */

/* A ContentInfo of SignedData, as .p7c files are. */
static bool
is_bundle(struct ca_bytes file)
{
	static const uint8_t signed_data[] = {
	    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02};
	struct ca_bytes content, oid;

	return der_get(&file, DER_SEQUENCE, &content) &&
	    der_get(&content, DER_OID, &oid) &&
	    ca_bytes_equal(
		oid, (struct ca_bytes){signed_data, sizeof(signed_data)});
}

static enum ca_status
check_issuer(const struct ca_cert *cert, struct ca_bytes file,
    struct ca_buf *ret_der, struct ca_error *err)
{
	static const char *const labels[] = {CA_PEM_CERTIFICATE, NULL};
	struct ca_cert issuer;
	enum ca_status st;

	if (is_bundle(file))
		return ca_fail(err, CA_REFUSED,
		    "what came is a PKCS #7 bundle: a certificate, DER or PEM, "
		    "is read");
	if ((st = ca_pem_single(
		 file, labels, "a certificate", NULL, ret_der, err)) != CA_OK ||
	    (st = ca_cert_parse(ca_view(ret_der), &issuer, err)) != CA_OK)
		return st;
	if (!ca_name_equal(issuer.subject, cert->issuer) ||
	    (st = ca_cert_verify(cert, &issuer.spki, NULL)) != CA_OK)
		return ca_fail(err,
		    st == CA_MEMORY || st == CA_INTERNAL ? st : CA_UNTRUSTED,
		    "what came is not its issuer: its name or its key is "
		    "another");
	return CA_OK;
}

static enum ca_status
ask_issuer(struct online *online, const struct ca_cert *cert,
    struct ca_bytes url, bool *ret_found, struct ca_error *err)
{
	struct online_report *report;
	struct ca_buf file = {0}, der = {0};
	struct ca_error why = {0};
	enum ca_status st;

	if (online_report_seen(online, ONLINE_ISSUER, url) != NULL ||
	    (report = online_report_new(online, ONLINE_ISSUER, cert, url)) ==
		NULL ||
	    !online_may_ask(report))
		return CA_OK;
	st = online_get(
	    online, ca_buf_text(&report->url), ONLINE_MAX_CERT, &file, &why);
	report->octets = file.len;
	if (st == CA_OK)
		st = check_issuer(cert, ca_view(&file), &der, &why);
	if (st == CA_OK)
		st = pool_add(online->pools.certs, ca_view(&der),
		    "an issuer that was fetched", &why);
	if (st == CA_OK) {
		online->issuer_count++;
		*ret_found = true;
		online_report_set(report, ONLINE_USED, "its issuer came");
	} else {
		st = online_report_fail(report, st, &why, err);
	}
	ca_buf_free(&file);
	ca_buf_free(&der);
	return st;
}

static enum ca_status
ask_issuers(struct online *online, const struct ca_cert *cert, bool *ret_found,
    struct ca_error *err)
{
	const struct ca_ext *access = ca_exts_find(
	    &cert->exts, CA_OID_AUTHORITY_INFO_ACCESS);
	struct ca_url_list ocsp = {0}, issuers = {0};
	enum ca_status st = CA_OK;

	if (access == NULL || ca_name_equal(cert->subject, cert->issuer) ||
	    !ca_info_access_get(access->value, &ocsp, &issuers))
		return CA_OK;
	for (size_t i = 0; i < issuers.count && st == CA_OK && !*ret_found; i++)
		st = ask_issuer(online, cert, issuers.url[i], ret_found, err);
	return st;
}

static enum ca_status
complete(struct online *online, const struct ca_verify_question *ask,
    struct path *path, struct ca_error *err)
{
	enum ca_status st = find_path(online, ask, path, err);

	for (int i = 0; i < ONLINE_MAX_ISSUERS && st == CA_OK; i++) {
		bool found = false;

		if (path->complete || path->len == 0)
			break;
		st = ask_issuers(
		    online, &path->cert[path->len - 1], &found, err);
		if (st != CA_OK || !found)
			break;
		st = find_path(online, ask, path, err);
	}
	return st;
}

/* ---- the whole ---- */

static void
tell_untrusted(struct online *online, const struct path *path)
{
	struct online_report *report;

	if (path->len == 0)
		return;
	report = online_report_new(
	    online, ONLINE_CRL, &path->cert[0], (struct ca_bytes){0});
	if (report != NULL)
		online_report_set(report, ONLINE_NOT_ASKED,
		    "nobody trusted stands above it: nobody is asked whether "
		    "it has been revoked");
}

void
online_begin(struct online *online)
{
	online->end = connection_now() +
	    (online->whole_ms > 0 ? online->whole_ms : ONLINE_WHOLE_MS);
}

enum ca_status
online_gather(struct online *online, const struct ca_verify_question *ask,
    struct ca_error *err)
{
	struct path *path = calloc(1, sizeof(*path));
	enum ca_status st;

	if (path == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	online_begin(online);
	st = complete(online, ask, path, err);
	if (st == CA_OK && !path->complete)
		tell_untrusted(online, path);
	for (size_t i = 0; st == CA_OK && path->complete && i + 1 < path->len;
	     i++) {
		const struct online_asked asked = {.online = online,
		    .ask = ask,
		    .cert = &path->cert[i],
		    .issuer = &path->cert[i + 1]};

		st = online_ask_status(&asked, err);
	}
	free(path);
	return st;
}
