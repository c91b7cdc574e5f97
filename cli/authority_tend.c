/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <string.h>

#include "ca/time.h"
#include "cli/authority_list.h"
#include "cli/authority_responder.h"
#include "cli/file.h"
#include "cli/home.h"

struct tending {
	struct responders *responders;
	struct responder *responder; /* the present one */
	int64_t now;
	bool may_sign; /* the clock is not too far ahead for that */
	void (*fault)(void *ctx, const char *line);
	void *ctx;
};

static void tell(const struct tending *tending, const char *format, ...)
    CA_PRINTF(2, 3);

static void
tell(const struct tending *tending, const char *format, ...)
{
	char line[2 * sizeof(((struct ca_error *)0)->msg)];
	va_list args;

	va_start(args, format);
	ca_line_vprintf(line, sizeof(line), format, args);
	va_end(args);
	tending->fault(tending->ctx, line);
}

static const char *
name_of(const struct tending *tending)
{
	return tending->responder->signer.name;
}

/* ---- the responder ---- */

struct known_key {
	const char *ref;
	struct ca_bytes hash, spki_hash;
	bool found;
};

static enum ca_status
match_key(void *ctx, const struct ledger_key_file *row)
{
	struct known_key *known = ctx;

	if (strcmp(row->ref, known->ref) == 0 &&
	    ca_bytes_equal(row->hash, known->hash) &&
	    ca_bytes_equal(row->spki_hash, known->spki_hash))
		known->found = true;
	return CA_OK;
}

/* What cannot be opened may be, as the ledger knows, the same key with another
 * passphrase. */
static bool
is_unknown_key(const struct tending *tending)
{
	const struct responder *responder = tending->responder;
	struct authority *a = tending->responders->a;
	struct ca_buf ref = {0}, path = {0};
	struct known_key known = {
	    .hash = {responder->seen.hash, LEDGER_HASH_LEN},
	    .spki_hash = {responder->spki_hash, LEDGER_HASH_LEN}};

	if (responder->seen.why.status == CA_OK)
		return false;
	if (responder_place(a, name_of(tending), &ref, &path, NULL) == CA_OK) {
		known.ref = ca_buf_text(&ref);
		if (ledger_each_key_file(a->ledger, match_key, &known, NULL) !=
		    CA_OK)
			known.found = true; /* said by somebody else */
	}
	ca_buf_free(&ref);
	ca_buf_free(&path);
	return !known.found;
}

/* Whoever publishes CRLs alone misses nothing. */
static void
tell_missing(const struct tending *tending)
{
	const struct responder *responder = tending->responder;
	const struct authority *a = tending->responders->a;

	if (responder->seen.why.status != CA_OK)
		tell(tending,
		    "%s: it has an OCSP responder since, whose key cannot be "
		    "opened: %s: start this server again with what opens it",
		    name_of(tending), responder->seen.why.msg);
	else if (responder->why.status != CA_NOT_FOUND ||
	    home_names_responder(a->path))
		tell(tending, "%s", responder->why.msg);
}

/* Of one that was not here at the start nothing is said: it is elsewhere. */
static void
tell_locked(const struct tending *tending)
{
	const struct responder *responder = tending->responder;

	if (responder->ca_seen.why.status != CA_OK &&
	    responder->signer.key == NULL)
		tell(tending,
		    "%s: its key cannot be opened, and its CRLs are not "
		    "renewed: %s: start this server again with what opens it",
		    name_of(tending), responder->ca_seen.why.msg);
}

static void
tell_end(const struct tending *tending)
{
	const struct responder *responder = tending->responder;
	char when[CA_TIME_TEXT];
	struct ca_buf serial = {0};

	if (responder->why.status != CA_OK) {
		tell(tending, "%s", responder->why.msg);
		return;
	}
	ca_time_text(responder->cert->not_after, when);
	if (ca_hex_append(&serial, responder->cert->serial) == CA_OK &&
	    ca_buf_text(&serial) != NULL)
		tell(tending,
		    "%s: the certificate of its OCSP responder ends at %s: "
		    "signet renew %s",
		    name_of(tending), when, ca_buf_text(&serial));
	ca_buf_free(&serial);
}

/* A certificate that says too little, or was revoked, would be followed by
 * one that says as little. */
static bool
may_renew(const struct tending *tending)
{
	const struct responder *responder = tending->responder;
	const struct signer *signer = &responder->signer;

	/* What may sign no more says when, each time another "now". */
	for (size_t i = 0; i < signer->count; i++)
		if (tending->now > signer->certs[i].not_after)
			return false;
	return tending->may_sign && signer->key != NULL &&
	    (responder->why.status == CA_OK || responder->ended);
}

static enum ca_status
tend_responder(struct tending *tending, struct ca_error *err)
{
	struct responder *responder = tending->responder;
	struct authority *a = tending->responders->a;
	struct ca_error why = {0};

	if (responder->key == NULL) {
		tell_missing(tending);
		return CA_OK;
	}
	if (is_unknown_key(tending))
		tell(tending,
		    "%s: its OCSP responder has another key now, and answers "
		    "with the one before: %s: start this server again with "
		    "what opens it",
		    name_of(tending), responder->seen.why.msg);
	if (responder_read_policy(a, responder, &why) != CA_OK)
		tell(tending, "%s: %s", name_of(tending), why.msg);
	if (!responder_ends_soon(responder, tending->now))
		return CA_OK;
	if (!may_renew(tending)) {
		tell_end(tending);
		return CA_OK;
	}
	/* It ends with its authority: nothing longer can be signed. */
	if (responder->why.status == CA_OK &&
	    responder->cert->not_after >= responder->signer.certs[0].not_after)
		return CA_OK;
	why = (struct ca_error){0};
	if (responder_renew(a, responder, &why) != CA_OK) {
		tell(tending,
		    "%s: the certificate of its OCSP responder cannot be "
		    "renewed: %s",
		    name_of(tending), why.msg);
		return CA_OK;
	}
	return responder_look_up(
	    tending->responders, responder, tending->now, err);
}

/* ---- the CRLs ---- */

static enum ca_status
take_end(void *ctx, const struct ledger_crl *row)
{
	*(int64_t *)ctx = row->next_update;
	return CA_OK;
}

static void
tell_due(const struct tending *tending)
{
	const struct responders *responders = tending->responders;
	char when[CA_TIME_TEXT];
	const struct signer *signer = &tending->responder->signer;
	uint8_t hash[LEDGER_HASH_LEN];
	int64_t end = LEDGER_NO_TIME;
	bool news = false;

	if (ledger_last_crl(responders->a->ledger,
		tending->responder->signer.id, take_end, &end, NULL) != CA_OK) {
		tell(tending, "%s: has no CRL: signet crl --ca %s",
		    name_of(tending), name_of(tending));
		return;
	}
	if (end > tending->now &&
	    authority_hash(signer->certs[0].spki.der, hash, NULL) == CA_OK &&
	    ledger_has_news(responders->a->ledger,
		(struct ca_bytes){hash, sizeof(hash)}, &news, NULL) == CA_OK &&
	    news) {
		tell(tending,
		    "%s: its CRL does not say yet what was revoked or lifted: "
		    "signet crl --ca %s",
		    name_of(tending), name_of(tending));
		return;
	}
	ca_time_text(end, when);
	tell(tending,
	    end <= tending->now ?
		"%s: its CRL ended at %s: signet crl --ca %s" :
		"%s: a new CRL is due, this one ends at %s: "
		"signet crl --ca %s",
	    name_of(tending), when, name_of(tending));
}

/* Its certificates name a freshestCRL: whoever reads that wants one. */
static bool
has_delta(struct authority *a, const struct signer *signer)
{
	struct points points = {0};
	bool found = false;

	if (points_load(a, signer->id, &points, NULL) == CA_OK)
		for (size_t i = 0; i < points.count; i++)
			found = found || points.list[i].freshest.len > 0;
	points_done(&points);
	return found;
}

static void
tend_list(struct tending *tending, bool delta)
{
	struct authority *a = tending->responders->a;
	struct signer *signer = &tending->responder->signer;
	const struct crl_order order = {.delta = delta};
	struct ca_error why = {0};
	int64_t number;
	bool due = false;

	if (authority_crl_due(a, signer, delta, &due, &why) == CA_OK && !due)
		return;
	if (why.status == CA_OK &&
	    (signer->key == NULL || !tending->may_sign)) {
		if (!delta)
			tell_due(tending);
		return;
	}
	if (why.status == CA_OK &&
	    authority_publish(a, signer, &order, &number, NULL, &why) ==
		CA_OK) {
		if (authority_log_trouble(a) != NULL)
			tell(tending, "no checkpoint of the log: %s",
			    authority_log_trouble(a));
		return;
	}
	tell(tending, "%s: its %sCRL cannot be renewed: %s", name_of(tending),
	    delta ? "delta " : "", why.msg);
}

/* ---- all ---- */

/* No other responder can be made for it. */
static void
tell_revoked(const struct tending *tending)
{
	const struct responder *responder = tending->responder;

	if (responder->key == NULL || responder->why.status == CA_OK)
		return;
	tell(tending,
	    "%s: it is revoked, and the certificate of its OCSP responder %s: "
	    "what it issued is answered with tryLater; have it issued anew by "
	    "another authority",
	    name_of(tending),
	    responder->ended ? "has ended" : "may not answer any more");
}

/* It signs no list any more, and its parent's says that of itself alone: who
 * reads CRLs learns of a revocation below it only that the issuer is revoked.
 * Once he can, nothing is left to be done. */
static void
tell_unlisted(const struct tending *tending)
{
	const struct signer *signer = &tending->responder->signer;
	uint8_t hash[LEDGER_HASH_LEN];
	int64_t count = 0;
	bool known = false;

	if (authority_hash(signer->certs[0].spki.der, hash, NULL) != CA_OK ||
	    authority_unlisted(tending->responders->a, signer->id,
		(struct ca_bytes){hash, sizeof(hash)}, &count, &known,
		NULL) != CA_OK ||
	    count == 0)
		return;
	tell(tending,
	    "%s%s: it is revoked, and so it signs no CRL: %lld that it issued "
	    "%s revoked since its last one, which no CRL will say%s",
	    known ? RESPONDERS_NOTE : "", signer->name, (long long)count,
	    count == 1 ? "was" : "were",
	    known ?
		"" :
		": see that relying parties have the CRL of who revoked it");
}

/* Faults must not name the present time: they are said again when they
 * change. */
static bool
check_clock(struct tending *tending)
{
	const struct responders *responders = tending->responders;
	struct ca_error why = {0};
	char last[CA_TIME_TEXT];

	if (responders_check_clock(responders, tending->now, &why) != CA_OK) {
		tell(tending, "%s", why.msg);
		return false;
	}
	tending->may_sign = authority_check_clock(responders->a, tending->now,
				&why) != CA_REFUSED;
	if (!tending->may_sign) {
		ca_time_text(responders->last_event, last);
		tell(tending,
		    "clock: it is more than %lld days after the ledger's "
		    "newest event at %s: no CRL and no certificate is signed; "
		    "set the clock, or start this server again with "
		    "--force-time if it is right",
		    (long long)(AUTHORITY_CLOCK_AHEAD / CA_DAY), last);
	}
	return true;
}

/* A revoked authority signs no certificate and no list any more; what it says
 * of those it issued, it says until its responder's certificate ends. */
static enum ca_status
tend_one(struct tending *tending, struct ca_error *err)
{
	struct authority *a = tending->responders->a;
	const struct signer *signer = &tending->responder->signer;
	enum ca_status st;

	st = authority_check_signer(a, signer, NULL);
	if (st == CA_REFUSED) {
		tell_revoked(tending);
		tell_unlisted(tending);
		return CA_OK;
	}
	if ((st = tend_responder(tending, err)) != CA_OK)
		return st;
	tell_locked(tending);
	tend_list(tending, false);
	if (has_delta(a, signer))
		tend_list(tending, true);
	return CA_OK;
}

enum ca_status
responders_tend(struct responders *responders,
    void (*fault)(void *ctx, const char *line), void *ctx, struct ca_error *err)
{
	struct tending tending = {.responders = responders,
	    .now = authority_now(responders->a),
	    .fault = fault,
	    .ctx = ctx};
	enum ca_status st;

	/* A file that was put there does not show in the ledger. */
	responders->stale = true;
	if ((st = responders_refresh(responders, tending.now, err)) != CA_OK)
		return st;
	/* Behind the ledger nothing is as it should be, for that reason. */
	if (!check_clock(&tending)) {
		responders->stale = true;
		return CA_OK;
	}
	for (size_t i = 0; i < responders->count && st == CA_OK; i++) {
		tending.responder = &responders->list[i];
		st = tend_one(&tending, err);
	}
	if (responders->beside.status != CA_OK)
		tell(&tending, "%s", responders->beside.msg);
	/* What was written here does not show in the data's version. */
	responders->stale = true;
	return st;
}
