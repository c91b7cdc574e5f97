/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "ca/csr.h"
#include "ca/name.h"
#include "cli/authority_responder.h"
#include "cli/file.h"
#include "cli/home.h"
#include "cli/keyfile.h"
#include "cli/secret.h"

#define COMMON_NAME_MAX 64 /* RFC 5280 app. A, ub-common-name */
#define ITS_NAME " OCSP responder"

enum ca_status
responder_place(struct authority *a, const char *authority,
    struct ca_buf *ret_ref, struct ca_buf *ret_path, struct ca_error *err)
{
	if (ca_buf_printf(ret_ref, "keys/%s.ocsp.key", authority) != CA_OK ||
	    ca_buf_text(ret_ref) == NULL ||
	    home_path(a->path, ca_buf_text(ret_ref), ret_path) != CA_OK ||
	    ca_buf_text(ret_path) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	return CA_OK;
}

/* ---- its name ---- */

/* "Lab Issuing CA OCSP responder", or by the short name when that is longer
 * than a commonName may be. */
static enum ca_status
put_common_name(
    struct der_out *out, const struct signer *signer, struct ca_error *err)
{
	struct ca_attribute cn;
	struct ca_buf text = {0};
	enum ca_status st = CA_OK;

	if (ca_name_find(signer->certs[0].subject, CA_OID_COMMON_NAME, &cn) > 0)
		st = ca_attribute_append_utf8(&text, &cn);
	if (text.len == 0 ||
	    text.len + sizeof(ITS_NAME) - 1 > COMMON_NAME_MAX) {
		ca_buf_clear(&text);
		if (st == CA_OK)
			st = ca_buf_append_text(&text, signer->name);
	}
	if (st == CA_OK)
		st = ca_buf_append_text(&text, ITS_NAME);
	if (st == CA_OK)
		st = ca_name_put(out, CA_OID_COMMON_NAME, ca_view(&text), err);
	else
		(void)ca_fail(err, st, "out of memory");
	ca_buf_free(&text);
	return st;
}

/* What else the authority is called; the policy drops what it does not
 * list. */
static enum ca_status
put_the_rest(
    struct der_out *out, const struct signer *signer, struct ca_error *err)
{
	struct ca_name_walk walk;
	struct ca_attribute attribute;
	enum ca_status st = CA_OK;

	ca_name_walk(&walk, signer->certs[0].subject);
	while (st == CA_OK && ca_name_next(&walk, &attribute)) {
		struct ca_buf value = {0};

		if (attribute.type == CA_OID_UNKNOWN ||
		    attribute.type == CA_OID_COMMON_NAME)
			continue;
		st = ca_attribute_append_utf8(&value, &attribute);
		if (st == CA_OK)
			st = ca_name_put(
			    out, attribute.type, ca_view(&value), err);
		else
			(void)ca_fail(err, st, "out of memory");
		ca_buf_free(&value);
	}
	return st;
}

static enum ca_status
build_request(const struct signer *signer, struct ca_key *key,
    struct ca_rng *rng, struct ca_buf *ret, struct ca_error *err)
{
	struct der_out out = {0};
	struct ca_buf subject = {0};
	enum ca_status st;

	der_open(&out, DER_SEQUENCE);
	if ((st = put_the_rest(&out, signer, err)) != CA_OK ||
	    (st = put_common_name(&out, signer, err)) != CA_OK)
		goto out;
	der_close(&out);
	if ((st = der_finish(&out, &subject)) != CA_OK) {
		(void)ca_fail(err, st, "out of memory");
		goto out;
	}
	st = ca_csr_build(key, ca_view(&subject), NULL, 0, rng, ret, err);
out:
	der_discard(&out);
	ca_buf_free(&subject);
	return st;
}

/* ---- its certificate ---- */

/* What is to be as long as length ends with its authority at the latest. */
static void
fit_term(const struct signer *signer, int64_t now, int64_t length,
    struct ca_term *term)
{
	const int64_t end = signer->certs[0].not_after;

	if (term->validity == 0 && term->not_after == INT64_MIN &&
	    end - now < length)
		term->not_after = end;
}

/* Anything else than a responder would be told tryLater for ever. */
static enum ca_status
check_policy(struct authority *a, const struct signer *signer,
    struct issue_order *issue, struct ca_error *err)
{
	struct ca_policy *policy = NULL;
	char place[CA_POLICY_PLACE];
	enum ca_status st = home_policy(a->path, issue->policy, &policy, err);

	if (st != CA_OK)
		return st;
	ca_policy_place(policy, policy->lines[CA_POLICY_EXT_KEY_USAGE], place);
	if (!ca_oid_list_has(
		&policy->ext_key_usage, ca_oid_der(CA_OID_OCSP_SIGNING)))
		st = ca_fail(err, CA_REFUSED,
		    "%s: extendedKeyUsage is not OCSPSigning: such a "
		    "certificate may not answer for its issuer (RFC 6960 "
		    "4.2.2.2); use the policy ocsp-responder",
		    place);
	else
		fit_term(
		    signer, authority_now(a), policy->validity, &issue->term);
	ca_policy_free(policy);
	return st;
}

struct old {
	struct ca_buf request, policy;
	int64_t length;
};

static enum ca_status
take_old(void *ctx, const struct ledger_cert *row)
{
	struct old *old = ctx;
	enum ca_status st = ca_buf_append(&old->request, row->request);

	old->length = row->not_after - row->not_before + 1;
	if (st == CA_OK)
		st = ca_buf_append_text(&old->policy, row->policy);
	return st == CA_OK && ca_buf_text(&old->policy) == NULL ? CA_MEMORY :
								  st;
}

enum ca_status
responder_renew(
    struct authority *a, struct responder *responder, struct ca_error *err)
{
	struct issue_order issue = {
	    .renews = responder->row, .term = ca_term_none};
	struct old old = {0};
	struct issued issued = {0};
	enum ca_status st;

	st = ledger_cert_by_id(a->ledger, responder->row, take_old, &old, err);
	if (st != CA_OK)
		goto out;
	issue.request = ca_view(&old.request);
	issue.policy = ca_buf_text(&old.policy);
	fit_term(&responder->signer, authority_now(a), old.length, &issue.term);
	st = authority_issue(a, &responder->signer, &issue, &issued, err);
out:
	issued_done(&issued);
	ca_buf_free(&old.request);
	ca_buf_free(&old.policy);
	return st;
}

/* ---- ocsp init ---- */

struct making {
	struct authority *a;
	const struct signer *signer;
	const struct responder_order *order;
	struct ca_buf ref, path, pem, request;
	struct ca_rng *rng;
	struct ca_key *key;
};

static enum ca_status
check_place(struct making *making, struct ca_error *err)
{
	const char *path;
	enum ca_status st;

	if ((st = responder_place(making->a, making->signer->name, &making->ref,
		 &making->path, err)) != CA_OK)
		return st;
	path = ca_buf_text(&making->path);
	if (file_exists(path) && !making->order->replace)
		return ca_fail(err, CA_REFUSED,
		    "%s: %s has a responder's key already; `signet renew` "
		    "gives it a new certificate, --replace makes another key",
		    path, making->signer->name);
	return file_check_writable(
	    path, making->order->replace ? FILE_REPLACE : FILE_NEVER, err);
}

/* All that is asked is asked here, before anything is signed. */
static enum ca_status
make_key(struct making *making, const struct pass *pass, struct ca_error *err)
{
	const struct ca_kdf *kdf = making->order->kdf;
	struct ca_buf secret = {0};
	struct ca_bytes phrase = {0};
	char what[96];
	bool none = false;
	enum ca_status st;

	(void)snprintf(what, sizeof(what), "the key of %s's OCSP responder",
	    making->signer->name);
	if ((st = pass_for_new(pass, what, &secret, &none, err)) != CA_OK ||
	    (st = ca_key_generate(making->order->key_type,
		 making->order->key_bits, making->rng, &making->key, err)) !=
		CA_OK)
		goto out;
	secret_lock_key(making->key);
	if (!none)
		phrase = ca_view(&secret);
	if ((st = ca_key_to_pem(making->key, phrase,
		 kdf != NULL ? kdf : &ca_kdf_default, making->rng, &making->pem,
		 err)) != CA_OK)
		goto out;
	st = build_request(
	    making->signer, making->key, making->rng, &making->request, err);
out:
	ca_buf_free(&secret);
	return st;
}

static enum ca_status
take_created(void *ctx, const struct ledger_cert *row)
{
	*(int64_t *)ctx = row->created;
	return CA_OK;
}

/* Of the certificate's date, though the clock has moved on. */
static enum ca_status
record_key(struct making *making, int64_t row, struct ca_error *err)
{
	struct ledger *ledger = making->a->ledger;
	uint8_t file[LEDGER_HASH_LEN], spki[LEDGER_HASH_LEN];
	int64_t created = 0;
	enum ca_status st;

	if ((st = ledger_cert_by_id(
		 ledger, row, take_created, &created, err)) != CA_OK ||
	    (st = authority_hash(ca_view(&making->pem), file, err)) != CA_OK ||
	    (st = authority_hash(ca_key_spki(making->key)->der, spki, err)) !=
		CA_OK)
		return st;
	return ledger_put_key_file(ledger, ca_buf_text(&making->ref),
	    (struct ca_bytes){file, sizeof(file)},
	    (struct ca_bytes){spki, sizeof(spki)}, created, err);
}

/* A key that did not get its record goes again, so that it can be tried
 * again; one that was replaced cannot be brought back. */
static enum ca_status
write_and_record(struct making *making, int64_t row, struct ca_error *err)
{
	const char *path = ca_buf_text(&making->path);
	enum file_existing existing = making->order->replace ? FILE_REPLACE :
							       FILE_NEVER;
	struct ledger *ledger = making->a->ledger;
	bool written = false;
	enum ca_status st;

	if ((st = ledger_begin(ledger, err)) != CA_OK)
		return st;
	if ((st = record_key(making, row, err)) != CA_OK ||
	    (st = file_write(path, ca_view(&making->pem), FILE_PRIVATE,
		 existing, err)) != CA_OK)
		goto out;
	written = true;
	st = ledger_commit(ledger, err);
out:
	ledger_rollback(ledger);
	if (st != CA_OK && written && existing == FILE_NEVER)
		file_remove(path);
	return st;
}

/*
 * The certificate comes before the file: a key that is to be replaced answers
 * until there is another that may, and a certificate whose key was lost in a
 * crash certifies nobody.
 */
static enum ca_status
make(struct making *making, struct signer *signer, const struct pass *pass,
    struct issued *ret, struct ca_error *err)
{
	struct issue_order issue = {
	    .policy = making->order->policy, .term = making->order->term};
	enum ca_status st;

	if ((st = check_place(making, err)) != CA_OK ||
	    (st = check_policy(making->a, making->signer, &issue, err)) !=
		CA_OK ||
	    (st = authority_rng(making->a, &making->rng, err)) != CA_OK ||
	    (st = make_key(making, pass, err)) != CA_OK)
		return st;
	issue.request = ca_view(&making->request);
	st = authority_issue(making->a, signer, &issue, ret, err);
	if (st != CA_OK)
		return st;
	if ((st = write_and_record(making, ret->row, err)) != CA_OK)
		issued_done(ret);
	return st;
}

enum ca_status
authority_responder_check(struct authority *a, const struct signer *signer,
    const struct responder_order *order, struct ca_error *err)
{
	struct making making = {.a = a, .signer = signer, .order = order};
	struct issue_order issue = {
	    .policy = order->policy, .term = order->term};
	enum ca_status st;

	if ((st = check_place(&making, err)) == CA_OK)
		st = check_policy(a, signer, &issue, err);
	ca_buf_free(&making.ref);
	ca_buf_free(&making.path);
	return st;
}

enum ca_status
authority_responder_init(struct authority *a, struct signer *signer,
    const struct responder_order *order, const struct pass *pass,
    struct issued *ret, struct ca_error *err)
{
	struct making making = {.a = a, .signer = signer, .order = order};
	enum ca_status st;

	*ret = (struct issued){0};
	st = make(&making, signer, pass, ret, err);
	ca_key_free(making.key);
	ca_buf_free(&making.ref);
	ca_buf_free(&making.path);
	ca_buf_free(&making.pem);
	ca_buf_free(&making.request);
	return st;
}
