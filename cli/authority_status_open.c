/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ca/time.h"
#include "cli/authority_responder.h"
#include "cli/authority_times.h"
#include "cli/file.h"
#include "cli/keyfile.h"

#define AUTHORITIES_MAX 256

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

static void
cannot_answer(struct responder *responder, const struct newest *newest)
{
	const char *name = responder->signer.name;
	char when[CA_TIME_TEXT];

	if (newest->row == 0 && newest->begins != 0) {
		ca_time_text(newest->begins, when);
		(void)ca_fail(&responder->why, CA_UNTRUSTED,
		    "%s: the certificate of its OCSP responder is not valid "
		    "before %s: set the clock, which is behind that",
		    name, when);
	} else if (newest->row == 0) {
		(void)ca_fail(&responder->why, CA_UNTRUSTED,
		    "%s: its OCSP responder has a key and no certificate: "
		    "signet ocsp init --ca %s --replace",
		    name, name);
	} else if (newest->revoked_at != LEDGER_NO_TIME) {
		ca_time_text(newest->revoked_at, when);
		(void)ca_fail(&responder->why, CA_UNTRUSTED,
		    "%s: the certificate of its OCSP responder is revoked "
		    "since %s: signet ocsp init --ca %s --replace",
		    name, when, name);
	} else {
		ca_time_text(newest->not_after, when);
		responder->ended = true;
		(void)ca_fail(&responder->why, CA_UNTRUSTED,
		    responder->signer.key != NULL ?
			"%s: the certificate of its OCSP responder ended at "
			"%s" :
			"%s: the certificate of its OCSP responder ended at "
			"%s: signet ocsp init --ca %s --replace",
		    name, when, name);
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

enum ca_status
responder_look_up(struct authority *a, struct responder *responder, int64_t now,
    struct ca_error *err)
{
	struct newest newest = {.now = now, .revoked_at = LEDGER_NO_TIME};
	bool fine = responder->why.status == CA_OK;
	enum ca_status st;

	responder->looked_at = now;
	if (responder->key == NULL)
		return CA_OK;
	if ((st = find_newest(a, responder, &newest, err)) != CA_OK)
		goto out;
	if (newest.row != 0 && newest.revoked_at == LEDGER_NO_TIME &&
	    newest.not_after >= now) {
		if (fine && newest.row == responder->row)
			goto out;
		responder->why = (struct ca_error){0};
		st = take_certificate(responder, &newest, now, err);
		goto out;
	}
	responder->row = newest.row;
	responder->ended = false;
	responder->why = (struct ca_error){0};
	cannot_answer(responder, &newest);
out:
	ca_buf_free(&newest.der);
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

enum ca_status
responders_refresh(
    struct responders *responders, int64_t now, struct ca_error *err)
{
	struct ledger *ledger = responders->a->ledger;
	int64_t version = 0;
	enum ca_status st;

	/* What is committed behind this look shows at the next. */
	if ((st = ledger_data_version(ledger, &version, err)) != CA_OK)
		return st;
	if (version == responders->version && !responders->stale)
		return CA_OK;
	st = ledger_last_event_time(ledger, &responders->last_event, err);
	for (size_t i = 0; i < responders->count && st == CA_OK; i++)
		st = responder_look_up(
		    responders->a, &responders->list[i], now, err);
	if (st != CA_OK)
		return st;
	responders->version = version;
	responders->stale = false;
	return CA_OK;
}

/* ---- the keys ---- */

static void warn(const struct responders *responders, const char *format, ...)
    CA_PRINTF(2, 3);

static void
warn(const struct responders *responders, const char *format, ...)
{
	char line[2 * sizeof(((struct ca_error *)0)->msg)];
	va_list args;

	if (responders->options.warn == NULL)
		return;
	va_start(args, format);
	ca_line_vprintf(line, sizeof(line), format, args);
	va_end(args);
	responders->options.warn(responders->options.ctx, line);
}

static enum ca_status
open_key(struct responders *responders, struct responder *responder,
    struct ca_error *err)
{
	struct authority *a = responders->a;
	const char *name = responder->signer.name;
	struct ca_buf ref = {0}, path = {0}, hash = {0};
	enum ca_status st;

	if ((st = responder_place(a, name, &ref, &path, err)) != CA_OK)
		goto out;
	if (!file_exists(ca_buf_text(&path))) {
		(void)ca_fail(&responder->why, CA_NOT_FOUND,
		    "%s: has no OCSP responder: signet ocsp init --ca %s", name,
		    name);
		warn(responders, "%s", responder->why.msg);
		goto out;
	}
	if (ledger_get_key_file(a->ledger, ca_buf_text(&ref), &hash, NULL) ==
		CA_OK &&
	    hash.len == LEDGER_HASH_LEN) {
		memcpy(responder->file_hash, hash.data, LEDGER_HASH_LEN);
		responder->has_file_hash = true;
	}
	if ((st = keyfile_read(ca_buf_text(&path), responders->options.pass,
		 responder->has_file_hash ? responder->file_hash : NULL,
		 responders->rng, &responder->key, err)) != CA_OK ||
	    (st = authority_hash(ca_key_spki(responder->key)->der,
		 responder->spki_hash, err)) != CA_OK)
		goto out;
	responder->alg = ca_sig_alg_for(ca_key_spki(responder->key));
	/* It lives for weeks, and answers for a few authorities' status. */
	ca_key_use_tables(responder->key);
out:
	ca_buf_free(&ref);
	ca_buf_free(&path);
	ca_buf_free(&hash);
	return st;
}

/* An authority whose key is kept elsewhere, a root's in a drawer, publishes by
 * hand. */
static enum ca_status
open_ca_key(struct responders *responders, struct responder *responder,
    struct ca_error *err)
{
	struct ca_error inner = {0};
	enum ca_status st;

	st = signer_unlock(responders->a, &responder->signer,
	    responders->options.pass, &inner);
	if (st == CA_NOT_FOUND) {
		warn(responders,
		    "%s: its key is not here, and its CRLs are not renewed: %s",
		    responder->signer.name, inner.msg);
		return CA_OK;
	}
	return st == CA_OK ? CA_OK : ca_fail(err, st, "%s", inner.msg);
}

static enum ca_status
open_one(struct responders *responders, int64_t id, struct ca_error *err)
{
	struct responder *responder = &responders->list[responders->count++];
	struct authority *a = responders->a;
	struct ca_error why = {0};
	enum ca_status st;

	if ((responder->cert = calloc(1, sizeof(*responder->cert))) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = signer_load(a, id, &responder->signer, err)) != CA_OK ||
	    (st = ca_ocsp_issuer_of(&responder->signer.certs[0],
		 &responder->called, err)) != CA_OK ||
	    (st = open_key(responders, responder, err)) != CA_OK)
		return st;
	if (responder_read_policy(a, responder, &why) != CA_OK)
		warn(responders, "%s: %s", responder->signer.name, why.msg);
	if (responders->options.with_ca_keys &&
	    authority_check_signer(a, &responder->signer, &why) == CA_OK)
		st = open_ca_key(responders, responder, err);
	return st;
}

/* ---- all of them ---- */

struct ids {
	const char *only;
	int64_t ids[AUTHORITIES_MAX];
	size_t count;
};

static enum ca_status
take_id(void *ctx, const struct ledger_authority *row)
{
	struct ids *ids = ctx;

	if (ids->only != NULL && strcmp(ids->only, row->name) != 0)
		return CA_OK;
	if (row->certificate != 0 && ids->count < AUTHORITIES_MAX)
		ids->ids[ids->count++] = row->id;
	return CA_OK;
}

static void
warn_of_what_ends(struct responders *responders, int64_t now)
{
	for (size_t i = 0; i < responders->count; i++) {
		const struct responder *responder = &responders->list[i];
		char when[CA_TIME_TEXT];

		if (responder->key == NULL ||
		    (responder->ended && responder->signer.key != NULL))
			continue;
		if (responder->why.status != CA_OK) {
			warn(responders, "%s", responder->why.msg);
			continue;
		}
		if (!responder_ends_soon(responder, now) ||
		    responder->signer.key != NULL)
			continue;
		ca_time_text(responder->cert->not_after, when);
		warn(responders,
		    "%s: the certificate of its OCSP responder ends at %s",
		    responder->signer.name, when);
	}
}

static enum ca_status
open_all(struct responders *responders, struct ca_error *err)
{
	struct authority *a = responders->a;
	const int64_t now = authority_now(a);
	struct ids ids = {.only = responders->options.only};
	enum ca_status st;

	if ((st = authority_confirm_clock(
		 a, responders->options.pass->term, err)) != CA_OK ||
	    (st = authority_rng(a, &responders->rng, err)) != CA_OK ||
	    (st = ledger_each_authority(a->ledger, take_id, &ids, err)) !=
		CA_OK)
		return st;
	if (ids.only != NULL && ids.count == 0)
		return ca_fail(err, CA_NOT_FOUND,
		    "%s: no such authority; see `signet ca list`", ids.only);
	responders->list = calloc(ids.count + 1, sizeof(*responders->list));
	if (responders->list == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	for (size_t i = 0; i < ids.count; i++)
		if ((st = open_one(responders, ids.ids[i], err)) != CA_OK)
			return st;
	if ((st = responders_refresh(responders, now, err)) == CA_OK)
		warn_of_what_ends(responders, now);
	return st;
}

enum ca_status
responders_open(struct authority *a, const struct responders_options *options,
    struct responders **ret, struct ca_error *err)
{
	struct responders *responders = calloc(1, sizeof(*responders));
	enum ca_status st;

	if (responders == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	responders->a = a;
	responders->options = *options;
	responders->stale = true;
	if ((st = open_all(responders, err)) == CA_OK)
		*ret = responders;
	else
		responders_close(responders);
	return st;
}

void
responders_close(struct responders *responders)
{
	if (responders == NULL)
		return;
	for (size_t i = 0; i < responders->count; i++) {
		struct responder *responder = &responders->list[i];

		signer_done(&responder->signer);
		ca_key_free(responder->key);
		ca_buf_free(&responder->der);
		free(responder->cert);
	}
	free(responders->list);
	free(responders);
}
