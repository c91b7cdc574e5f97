/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/time.h"
#include "cli/authority_responder.h"
#include "cli/authority_times.h"

/* ---- the certificate in force ---- */

struct newest {
	int64_t now;
	int64_t row, not_after, revoked_at;
	int64_t begins; /* of the latest that is not yet valid, or 0 */
	struct ca_buf der;
};

static enum ca_status
take_newest(void *ctx, const struct ledger_cert *row)
{
	struct newest *newest = ctx;

	if (row->not_before > newest->now) {
		newest->begins = row->not_before;
		return CA_OK;
	}
	newest->row = row->id;
	newest->not_after = row->not_after;
	newest->revoked_at = row->revoked_at;
	ca_buf_clear(&newest->der);
	return ca_buf_append(&newest->der, row->der);
}

/* The newest in force; when there is none, the newest there was. */
static enum ca_status
find_newest(struct authority *a, const struct responder *responder,
    struct newest *newest, struct ca_error *err)
{
	struct ledger_query query = {.issuer = responder->signer.id,
	    .spki_hash = {responder->spki_hash, LEDGER_HASH_LEN},
	    .state = LEDGER_ISSUED,
	    .revoked = -1,
	    .expires_after = newest->now};
	enum ca_status st;

	st = ledger_each_cert(a->ledger, &query, take_newest, newest, err);
	if (st != CA_OK || newest->row != 0)
		return st;
	query.revoked = 0;
	query.expires_after = 0;
	return ledger_each_cert(a->ledger, &query, take_newest, newest, err);
}

/* A command that wants the authority's key, and the key where that is not in
 * the home. */
static void
advise(struct authority *a, const struct responder *responder,
    const char *command, struct ca_error *ret)
{
	const char *name = responder->signer.name;
	const struct ca_error before = *ret;

	*ret = (struct ca_error){0};
	if (responder->signer.key != NULL ||
	    signer_key_is_here(a, &responder->signer))
		(void)ca_fail(ret, CA_UNTRUSTED, "%s: %s", before.msg, command);
	else
		(void)ca_fail(ret, CA_UNTRUSTED,
		    "%s: put the key of %s back, keys/%s.key, and: %s",
		    before.msg, name, name, command);
}

/* Who has the authority's key does it without being told. */
static void
advise_renewal(struct authority *a, struct responder *responder,
    const struct newest *newest)
{
	struct ca_buf command = {0};
	struct ca_cert *cert = calloc(1, sizeof(*cert));

	if (responder->signer.key == NULL && cert != NULL &&
	    ca_cert_parse(ca_view(&newest->der), cert, NULL) == CA_OK &&
	    ca_buf_append_text(&command, "signet renew ") == CA_OK &&
	    ca_hex_append(&command, cert->serial) == CA_OK &&
	    ca_buf_text(&command) != NULL)
		advise(a, responder, ca_buf_text(&command), &responder->why);
	ca_buf_free(&command);
	free(cert);
}

static void
cannot_answer(struct authority *a, struct responder *responder,
    const struct newest *newest)
{
	const char *name = responder->signer.name;
	char when[CA_TIME_TEXT], command[96];

	(void)snprintf(command, sizeof(command),
	    "signet ocsp init --ca %s --replace", name);
	if (newest->row == 0 && newest->begins != 0) {
		ca_time_text(newest->begins, when);
		(void)ca_fail(&responder->why, CA_UNTRUSTED,
		    "%s: the certificate of its OCSP responder is not valid "
		    "before %s: set the clock, which is behind that",
		    name, when);
	} else if (newest->row == 0) {
		(void)ca_fail(&responder->why, CA_UNTRUSTED,
		    "%s: its OCSP responder has a key and no certificate",
		    name);
		advise(a, responder, command, &responder->why);
	} else if (newest->revoked_at != LEDGER_NO_TIME) {
		ca_time_text(newest->revoked_at, when);
		(void)ca_fail(&responder->why, CA_UNTRUSTED,
		    "%s: the certificate of its OCSP responder is revoked "
		    "since %s",
		    name, when);
		advise(a, responder, command, &responder->why);
	} else {
		ca_time_text(newest->not_after, when);
		responder->ended = true;
		(void)ca_fail(&responder->why, CA_UNTRUSTED,
		    "%s: the certificate of its OCSP responder ended at %s",
		    name, when);
		advise_renewal(a, responder, newest);
	}
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The dates apart, whether it may answer does not change: it is looked into
 * once a certificate, and not once an answer (RFC 6960 4.2.2.2). */
static enum ca_status
take_certificate(struct responder *responder, struct newest *newest,
    int64_t now, struct ca_error *err)
{
	const struct ca_cert *issuer = &responder->signer.certs[0];
	struct ca_error why = {0};
	enum ca_status st;

	responder->row = 0;
	responder->ended = false;
	ca_buf_free(&responder->der);
	responder->der = newest->der;
	newest->der = (struct ca_buf){0};
	st = ca_cert_parse(ca_view(&responder->der), responder->cert, err);
	if (st != CA_OK) {
		ca_fail_in(err, "ledger: a responder's certificate");
		return st;
	}
	responder->row = newest->row;
	responder->from = later(
	    responder->cert->not_before, issuer->not_before);
	responder->until = -later(
	    -responder->cert->not_after, -issuer->not_after);
	if (ca_ocsp_may_answer(responder->cert, issuer, now, now, &why) !=
	    CA_OK)
		(void)ca_fail(&responder->why, CA_UNTRUSTED, "%s: %s",
		    responder->signer.name, why.msg);
	return CA_OK;
}

/* The present one, or what there is instead; true when that is news. */
static enum ca_status
look_up(struct authority *a, struct responder *responder, int64_t now,
    bool *ret_news, struct ca_error *err)
{
	struct newest newest = {.now = now, .revoked_at = LEDGER_NO_TIME};
	bool fine = responder->why.status == CA_OK;
	enum ca_status st;

	*ret_news = false;
	responder->looked_at = now;
	if (responder->key == NULL)
		return CA_OK;
	if ((st = find_newest(a, responder, &newest, err)) != CA_OK)
		goto out;
	responder->ends = newest.row != 0 ? newest.not_after : LEDGER_NO_TIME;
	if (newest.row != 0 && newest.revoked_at == LEDGER_NO_TIME &&
	    newest.not_after >= now) {
		if (fine && newest.row == responder->row)
			goto out;
		*ret_news = true;
		responder->why = (struct ca_error){0};
		st = take_certificate(responder, &newest, now, err);
		goto out;
	}
	*ret_news = fine;
	responder->row = newest.row;
	responder->ended = false;
	responder->why = (struct ca_error){0};
	cannot_answer(a, responder, &newest);
out:
	ca_buf_free(&newest.der);
	return st;
}

enum ca_status
responder_look_up(struct responders *responders, struct responder *responder,
    int64_t now, struct ca_error *err)
{
	bool news = false;
	enum ca_status st = look_up(responders->a, responder, now, &news, err);

	if (news)
		responders->edition++;
	return st;
}

enum ca_status
responder_is_certified(struct authority *a, const struct responder *responder,
    const uint8_t spki_hash[LEDGER_HASH_LEN], bool *ret, struct ca_error *err)
{
	const int64_t now = authority_now(a);
	struct newest newest = {.now = now, .revoked_at = LEDGER_NO_TIME};
	struct responder *other = calloc(1, sizeof(*other));
	enum ca_status st;

	if (other == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	other->signer.id = responder->signer.id;
	memcpy(other->spki_hash, spki_hash, LEDGER_HASH_LEN);
	st = find_newest(a, other, &newest, err);
	if (st == CA_OK)
		*ret = newest.row != 0 && newest.not_after >= now &&
		    newest.revoked_at == LEDGER_NO_TIME;
	ca_buf_free(&newest.der);
	free(other);
	return st;
}

bool
responder_ends_soon(const struct responder *responder, int64_t now)
{
	int64_t life;

	if (responder->why.status != CA_OK)
		return true;
	life = responder->cert->not_after - responder->cert->not_before;
	return responder->cert->not_after - now < life / RESPONDER_LAST_PART;
}

enum ca_status
responder_read_policy(
    struct authority *a, struct responder *responder, struct ca_error *err)
{
	struct ca_policy *policy = NULL;
	enum ca_status st;

	st = authority_own_policy(a, &responder->signer, &policy, err);
	if (st == CA_OK)
		responder->never_issued_is_revoked =
		    policy->never_issued_is_revoked;
	ca_policy_free(policy);
	return st;
}
