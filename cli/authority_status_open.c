/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ca/time.h"
#include "cli/authority_responder.h"

/* ---- one authority ---- */

void
responders_warn(const struct responders *responders, const char *format, ...)
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

/* Without keys. */
static enum ca_status
load_one(struct authority *a, int64_t id, struct responder *responder,
    struct ca_error *err)
{
	enum ca_status st;

	responder->ends = LEDGER_NO_TIME;
	if ((responder->cert = calloc(1, sizeof(*responder->cert))) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = signer_load(a, id, &responder->signer, err)) != CA_OK)
		return st;
	return ca_ocsp_issuer_of(
	    &responder->signer.certs[0], &responder->called, err);
}

static enum ca_status
open_one(struct responders *responders, int64_t id, struct ca_error *err)
{
	struct responder *responder = &responders->list[responders->count++];
	struct authority *a = responders->a;
	struct ca_error why = {0};
	enum ca_status st;

	if ((st = load_one(a, id, responder, err)) != CA_OK)
		return st;
	if (responder_read_policy(a, responder, &why) != CA_OK)
		responders_warn(
		    responders, "%s: %s", responder->signer.name, why.msg);
	return responder_open_keys(responders, responder, err);
}

static void
close_one(struct responder *responder)
{
	signer_done(&responder->signer);
	ca_key_free(responder->key);
	ca_buf_free(&responder->der);
	free(responder->cert);
	*responder = (struct responder){0};
}

/* ---- all of them ---- */

struct ids {
	const char *only;
	int64_t ids[RESPONDERS_MAX];
	size_t count;
	bool too_many;
};

static enum ca_status
take_id(void *ctx, const struct ledger_authority *row)
{
	struct ids *ids = ctx;

	if (ids->only != NULL && strcmp(ids->only, row->name) != 0)
		return CA_OK;
	if (row->certificate == 0)
		return CA_OK;
	ids->too_many = ids->count == RESPONDERS_MAX;
	if (!ids->too_many)
		ids->ids[ids->count++] = row->id;
	return CA_OK;
}

static void
tell_too_many(struct responders *responders, const struct ids *ids)
{
	if (ids->too_many)
		(void)ca_fail(&responders->beside, CA_REFUSED,
		    "this home has more than %d authorities: the last of them "
		    "are served without OCSP and new CRLs: put them in a home "
		    "of their own",
		    RESPONDERS_MAX);
}

static bool
has(const struct responders *responders, int64_t id)
{
	for (size_t i = 0; i < responders->count; i++)
		if (responders->list[i].signer.id == id)
			return true;
	return false;
}

/* What is amiss with one that came since is no reason to answer for none. */
static enum ca_status
take_up_one(struct responders *responders, int64_t id, struct ca_error *err)
{
	struct responder *responder = &responders->list[responders->count];
	struct ca_error why = {0};

	if (load_one(responders->a, id, responder, &why) != CA_OK) {
		close_one(responder);
		responders->beside = why;
		return CA_OK;
	}
	responders->count++;
	responders_warn(responders, "%s: was added, and is served from now on",
	    responder->signer.name);
	/* Whoever tends says why it cannot be read. */
	if (responder_read_policy(responders->a, responder, &why) != CA_OK)
		responder->never_issued_is_revoked = false;
	return responder_take_keys(responders, responder, err);
}

static enum ca_status
take_up(struct responders *responders, struct ca_error *err)
{
	struct ids ids = {.only = responders->options.only};
	const size_t before = responders->count;
	enum ca_status st;

	responders->beside = (struct ca_error){0};
	st = ledger_each_authority(responders->a->ledger, take_id, &ids, err);
	tell_too_many(responders, &ids);
	for (size_t i = 0; i < before && st == CA_OK; i++)
		st = responder_take_keys(responders, &responders->list[i], err);
	for (size_t i = 0; i < ids.count && st == CA_OK; i++)
		if (!has(responders, ids.ids[i]) &&
		    responders->count < RESPONDERS_MAX)
			st = take_up_one(responders, ids.ids[i], err);
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
	if (responders->is_open && responders->options.late != NULL &&
	    (st = take_up(responders, err)) != CA_OK)
		return st;
	st = ledger_last_event_time(ledger, &responders->last_event, err);
	for (size_t i = 0; i < responders->count && st == CA_OK; i++)
		st = responder_look_up(
		    responders, &responders->list[i], now, err);
	if (st != CA_OK)
		return st;
	responders->version = version;
	responders->stale = false;
	return CA_OK;
}

enum ca_status
responders_look(
    struct responders *responders, uint64_t *ret_edition, struct ca_error *err)
{
	enum ca_status st;

	responders->stale = true;
	st = responders_refresh(responders, authority_now(responders->a), err);
	for (size_t i = 0; i < responders->count && st == CA_OK; i++) {
		struct responder *responder = &responders->list[i];
		bool before = responder->never_issued_is_revoked;

		/* Whoever tends says why it cannot be read. */
		if (responder_read_policy(responders->a, responder, NULL) ==
			CA_OK &&
		    responder->never_issued_is_revoked != before)
			responders->edition++;
	}
	*ret_edition = responders->edition;
	return st;
}

uint64_t
responders_edition(const struct responders *responders)
{
	return responders->edition;
}

enum ca_status
responders_each_end(const struct responders *responders,
    enum ca_status (*fn)(void *ctx, const char *authority, int64_t not_after),
    void *ctx)
{
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < responders->count && st == CA_OK; i++)
		if (responders->list[i].ends != LEDGER_NO_TIME)
			st = fn(ctx, responders->list[i].signer.name,
			    responders->list[i].ends);
	return st;
}

static void
warn_of_what_ends(struct responders *responders, int64_t now)
{
	for (size_t i = 0; i < responders->count; i++) {
		const struct responder *responder = &responders->list[i];
		char when[CA_TIME_TEXT];
		struct ca_buf serial = {0};

		if (responder->key == NULL ||
		    (responder->ended && responder->signer.key != NULL))
			continue;
		if (responder->why.status != CA_OK) {
			responders_warn(responders, "%s", responder->why.msg);
			continue;
		}
		if (!responder_ends_soon(responder, now) ||
		    responder->signer.key != NULL)
			continue;
		/* As whoever tends says it, so that it is said once. */
		ca_time_text(responder->cert->not_after, when);
		if (ca_hex_append(&serial, responder->cert->serial) == CA_OK &&
		    ca_buf_text(&serial) != NULL)
			responders_warn(responders,
			    "%s: the certificate of its OCSP responder ends "
			    "at %s: signet renew %s",
			    responder->signer.name, when, ca_buf_text(&serial));
		ca_buf_free(&serial);
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
	tell_too_many(responders, &ids);
	if (responders->beside.status != CA_OK)
		responders_warn(responders, "%s", responders->beside.msg);
	for (size_t i = 0; i < ids.count; i++)
		if ((st = open_one(responders, ids.ids[i], err)) != CA_OK)
			return st;
	if ((st = responders_refresh(responders, now, err)) == CA_OK)
		warn_of_what_ends(responders, now);
	return st;
}

static enum ca_status
make(struct authority *a, const struct responders_options *options,
    struct responders **ret, struct ca_error *err)
{
	struct responders *responders = calloc(1, sizeof(*responders));

	if (responders != NULL)
		responders->list = calloc(
		    RESPONDERS_MAX, sizeof(*responders->list));
	if (responders == NULL || responders->list == NULL) {
		free(responders);
		return ca_fail(err, CA_MEMORY, "out of memory");
	}
	responders->a = a;
	responders->options = *options;
	responders->stale = true;
	*ret = responders;
	return CA_OK;
}

/* Its first edition is the one that nobody has seen another one of. */
static void
opened(struct responders *responders)
{
	responders->is_open = true;
	responders->edition = 0;
}

enum ca_status
responders_open(struct authority *a, const struct responders_options *options,
    struct responders **ret, struct ca_error *err)
{
	struct responders *responders = NULL;
	enum ca_status st = make(a, options, &responders, err);

	if (st != CA_OK)
		return st;
	if ((st = open_all(responders, err)) == CA_OK) {
		opened(responders);
		*ret = responders;
	} else {
		responders_close(responders);
	}
	return st;
}

/* ---- for another thread ---- */

static enum ca_status
copy_one(struct responders *responders, const struct responder *from,
    struct ca_error *err)
{
	struct responder *responder = &responders->list[responders->count++];
	struct ca_buf der = {0};
	enum ca_status st;

	if ((st = load_one(responders->a, from->signer.id, responder, err)) !=
	    CA_OK)
		return st;
	responder->seen = from->seen;
	responder->why = from->why;
	responder->never_issued_is_revoked = from->never_issued_is_revoked;
	if (from->key == NULL)
		return CA_OK;
	responder->why = (struct ca_error){0};
	if ((st = ca_key_to_pkcs8(from->key, &der, err)) == CA_OK &&
	    (st = ca_key_from_pkcs8(ca_view(&der), responders->rng,
		 &responder->key, err)) == CA_OK) {
		memcpy(responder->spki_hash, from->spki_hash, LEDGER_HASH_LEN);
		responder->alg = from->alg;
		ca_key_use_tables(responder->key);
	}
	ca_buf_free(&der);
	return st;
}

enum ca_status
responders_copy(const struct responders *from, struct authority *a,
    struct responders **ret, struct ca_error *err)
{
	struct responders_options options = from->options;
	struct responders *responders = NULL;
	enum ca_status st;

	options.with_ca_keys = false;
	options.warn = NULL;
	if ((st = make(a, &options, &responders, err)) != CA_OK)
		return st;
	st = authority_rng(a, &responders->rng, err);
	for (size_t i = 0; i < from->count && st == CA_OK; i++)
		st = copy_one(responders, &from->list[i], err);
	if (st == CA_OK)
		st = responders_refresh(responders, authority_now(a), err);
	if (st == CA_OK) {
		opened(responders);
		*ret = responders;
	} else {
		responders_close(responders);
	}
	return st;
}

void
responders_close(struct responders *responders)
{
	if (responders == NULL)
		return;
	for (size_t i = 0; i < responders->count; i++)
		close_one(&responders->list[i]);
	free(responders->list);
	free(responders);
}
