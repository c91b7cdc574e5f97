/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "ca/time.h"
#include "cli/authority_responder.h"

/* One request on its way to its answer. */
struct reply {
	struct responders *responders;
	struct ca_ocsp_request request;
	struct responder *responder;
	struct ca_ocsp_answer answers[CA_OCSP_MAX_IDS];
	struct status_fact fact; /* of the last */
	int64_t now, next_update;
};

/* ---- who answers ---- */

static struct responder *
find_responder(struct responders *responders, const struct ca_ocsp_id *id)
{
	for (size_t i = 0; i < responders->count; i++)
		if (ca_ocsp_id_is_of(id, &responders->list[i].called))
			return &responders->list[i];
	return NULL;
}

static enum ca_status
refuse_id(const struct ca_ocsp_id *id, struct ca_error *err)
{
	if (id->hash == CA_HASH_NONE)
		return ca_fail(err, CA_REFUSED,
		    "OCSP request: a certID with a hash other than SHA-1 and "
		    "SHA-256 (RFC 6960 4.3)");
	return ca_fail(err, CA_REFUSED,
	    "OCSP request: a certID of an authority that is not here "
	    "(RFC 6960 2.3)");
}

/* One signature is one authority's word. */
static enum ca_status
choose_responder(struct reply *reply, struct ca_error *err)
{
	const struct ca_ocsp_request *request = &reply->request;
	struct responder *responder = NULL;

	for (size_t i = 0; i < request->count; i++) {
		struct responder *found = find_responder(
		    reply->responders, &request->id[i]);

		if (found == NULL)
			return refuse_id(&request->id[i], err);
		if (responder != NULL && found != responder)
			return ca_fail(err, CA_REFUSED,
			    "OCSP request: certIDs of several authorities: "
			    "ask for each by itself");
		responder = found;
	}
	if (responder == NULL)
		return ca_fail(err, CA_MALFORMED,
		    "OCSP request: asks for "
		    "nothing (RFC 6960 4.1.1)");
	if (responder->key == NULL)
		return ca_fail(err, CA_REFUSED, "%s", responder->why.msg);
	reply->responder = responder;
	return CA_OK;
}

static bool
may_answer(const struct responder *responder, int64_t now)
{
	return responder->why.status == CA_OK && responder->from <= now &&
	    now < responder->until;
}

/* As the clock goes on a certificate ends and another begins, and the ledger
 * is the same: looked up again once a second. */
static enum ca_status
check_responder(struct reply *reply, struct ca_error *err)
{
	struct responders *responders = reply->responders;
	struct responder *responder = reply->responder;
	enum ca_status st;

	if (may_answer(responder, reply->now))
		return CA_OK;
	if (responder->looked_at != reply->now) {
		st = responder_look_up(responders, responder, reply->now, err);
		if (st != CA_OK || may_answer(responder, reply->now))
			return st;
	}
	if (responder->why.status != CA_OK)
		return ca_fail(
		    err, responder->why.status, "%s", responder->why.msg);
	return ca_fail(err, CA_UNTRUSTED,
	    "%s: its OCSP responder's certificate or its own is not valid now",
	    responder->signer.name);
}

enum ca_status
responders_check_clock(
    const struct responders *responders, int64_t now, struct ca_error *err)
{
	char last[CA_TIME_TEXT];

	if (responders->a->force_time ||
	    responders->last_event == LEDGER_NO_TIME ||
	    now >= responders->last_event - AUTHORITY_CLOCK_SLACK)
		return CA_OK;
	ca_time_text(responders->last_event, last);
	return ca_fail(err, CA_BUSY,
	    "clock: it is behind the ledger's newest event at %s: nothing is "
	    "answered; set the clock",
	    last);
}

/* ---- what is answered ---- */

/* RFC 6960 2.2; what the ledger has not was never issued, by nobody: a row is
 * there before the key is used. */
static enum ca_status
decide(struct reply *reply, const struct ca_ocsp_id *id,
    struct ca_ocsp_answer *ret, struct ca_error *err)
{
	const struct responder *responder = reply->responder;
	struct ledger_status status = {.revoked_at = LEDGER_NO_TIME};
	enum ca_status st;

	if (id->serial_is_proper) {
		st = ledger_cert_status(reply->responders->a->ledger,
		    responder->signer.id, id->serial, &status, err);
		if (st != CA_OK)
			return st;
	}
	*ret = (struct ca_ocsp_answer){.id = *id,
	    .this_update = reply->now,
	    .next_update = reply->next_update};
	if (status.known && status.revoked_at != LEDGER_NO_TIME) {
		ret->state = CA_OCSP_REVOKED;
		ret->revoked_at = status.revoked_at;
		ret->reason = (enum ca_reason)status.reason;
	} else if (status.known) {
		ret->state = CA_OCSP_GOOD;
	} else {
		ret->state = responder->never_issued_is_revoked ?
		    CA_OCSP_NEVER_ISSUED :
		    CA_OCSP_UNKNOWN;
	}
	reply->fact = (struct status_fact){.issuer = responder->signer.id,
	    .known = status.known,
	    .revoked_at = status.revoked_at,
	    .reason = status.reason};
	if (id->serial_is_proper) {
		memcpy(reply->fact.serial, id->serial.data, id->serial.len);
		reply->fact.serial_len = (uint8_t)id->serial.len;
	}
	return CA_OK;
}

static void
name_responder(const struct responder *responder, struct status_fact *fact)
{
	const struct ca_bytes serial = responder->cert->serial;

	if (serial.len > sizeof(fact->responder))
		return;
	memcpy(fact->responder, serial.data, serial.len);
	fact->responder_len = (uint8_t)serial.len;
}

/* Several are of one moment of the ledger. */
static enum ca_status
decide_all(struct reply *reply, struct ca_error *err)
{
	struct ledger *ledger = reply->responders->a->ledger;
	const size_t count = reply->request.count;
	enum ca_status st = CA_OK;

	if (count > 1 && (st = ledger_snapshot(ledger, err)) != CA_OK)
		return st;
	for (size_t i = 0; i < count && st == CA_OK; i++)
		st = decide(
		    reply, &reply->request.id[i], &reply->answers[i], err);
	if (count > 1)
		ledger_rollback(ledger);
	return st;
}

static enum ca_status
sign(struct reply *reply, struct ca_buf *ret, struct ca_error *err)
{
	struct responder *responder = reply->responder;
	const struct ca_ocsp_order order = {.responder = &responder->cert->spki,
	    .produced_at = reply->now,
	    .answer = reply->answers,
	    .count = reply->request.count,
	    .nonce = reply->request.nonce};
	struct ca_buf tbs = {0};
	enum ca_status st;

	st = ca_ocsp_tbs(&order, &tbs, err);
	if (st == CA_OK)
		st = ca_ocsp_sign(ca_view(&tbs), responder->cert,
		    responder->key, &responder->alg, reply->responders->rng,
		    ret, err);
	ca_buf_free(&tbs);
	return st;
}

static enum ca_status
answer(struct reply *reply, struct ca_bytes request, struct ca_buf *ret,
    struct ca_error *err)
{
	struct responders *responders = reply->responders;
	enum ca_status st;

	if ((st = ca_ocsp_request_parse(request, &reply->request, err)) !=
		CA_OK ||
	    (st = responders_refresh(responders, reply->now, err)) != CA_OK ||
	    (st = choose_responder(reply, err)) != CA_OK ||
	    (st = responders_check_clock(responders, reply->now, err)) !=
		CA_OK ||
	    (st = check_responder(reply, err)) != CA_OK)
		return st;
	/* checklist 107: the answer ends before who gives it does */
	reply->next_update = reply->now + responders->options.validity;
	if (reply->next_update > reply->responder->until)
		reply->next_update = reply->responder->until;
	if ((st = decide_all(reply, err)) != CA_OK)
		return st;
	return sign(reply, ret, err);
}

/* ---- the whole ---- */

enum ca_status
responders_answer(struct responders *responders, struct ca_bytes request,
    struct status_answer *ret)
{
	struct reply reply = {
	    .responders = responders, .now = authority_now(responders->a)};
	struct status_answer done = {.status = CA_OCSP_SUCCESSFUL};
	struct ca_error err = {0};
	enum ca_status st;

	st = answer(&reply, request, &done.der, &err);
	if (st != CA_OK) {
		(void)snprintf(
		    responders->why, sizeof(responders->why), "%s", err.msg);
		done.why = responders->why;
		done.status = ca_ocsp_error_for(st);
		ca_buf_free(&done.der);
		st = ca_ocsp_error(done.status, &done.der, &err);
		if (st != CA_OK)
			return CA_MEMORY;
		*ret = done;
		return CA_OK;
	}
	done.this_update = reply.now;
	done.next_update = reply.next_update;
	done.cacheable = reply.request.count == 1 &&
	    reply.request.nonce.len == 0 &&
	    reply.request.id[0].serial_is_proper;
	if (done.cacheable) {
		done.fact = reply.fact;
		name_responder(reply.responder, &done.fact);
	}
	*ret = done;
	return CA_OK;
}

void
status_answer_done(struct status_answer *answer)
{
	if (answer == NULL)
		return;
	ca_buf_free(&answer->der);
	*answer = (struct status_answer){0};
}
