/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a responder says, before it is signed. */
#include "ca/ocsp_part.h"

#include <stdio.h>

#include "ca/tbs.h"
#include "ca/time.h"

/* ---- is it fit to be said --------------------------------------------- */

static bool
is_date(int64_t time)
{
	/* GeneralizedTime; nothing of ours is older than the epoch. */
	return time >= 0 && time <= CA_TIME_MAX;
}

static enum ca_status
check_state(const struct ca_ocsp_answer *answer, struct ca_error *err)
{
	if (ca_ocsp_state_name((int)answer->state) == NULL)
		return ca_fail(err, CA_INTERNAL,
		    "no such state: %d (RFC 6960 2.2)", (int)answer->state);
	if (answer->state != CA_OCSP_REVOKED)
		return CA_OK;
	if (!is_date(answer->revoked_at))
		return ca_fail(err, CA_INTERNAL,
		    "the revocation date is none (RFC 6960 4.2.1)");
	if (ca_reason_name((int)answer->reason) == NULL ||
	    answer->reason == CA_REASON_REMOVE_FROM_CRL)
		return ca_fail(err, CA_INTERNAL,
		    "reason %d: not one for which a certificate is revoked "
		    "(RFC 5280 5.3.1)",
		    (int)answer->reason);
	return CA_OK;
}

/* RFC 6960 2.4, and RFC 5019 2.2.4 wants a nextUpdate. */
static enum ca_status
check_times(const struct ca_ocsp_answer *answer, int64_t produced_at,
    struct ca_error *err)
{
	if (is_date(answer->this_update) && is_date(answer->next_update) &&
	    answer->this_update <= produced_at &&
	    produced_at < answer->next_update)
		return CA_OK;
	return ca_fail(err, CA_INTERNAL,
	    "not thisUpdate <= producedAt < nextUpdate (RFC 6960 2.4)");
}

static enum ca_status
check_answer(const struct ca_ocsp_answer *answer, int64_t produced_at,
    struct ca_error *err)
{
	struct ca_bytes rest = answer->id.der;
	struct ca_ocsp_id id;
	enum ca_status st;

	if (ca_ocsp_id_get(&rest, &id, err) != CA_OK || !der_at_end(rest))
		return ca_fail(
		    err, CA_INTERNAL, "the certID is not one (RFC 6960 4.1.1)");
	if ((st = check_state(answer, err)) != CA_OK ||
	    (st = check_times(answer, produced_at, err)) != CA_OK)
		return st;
	return CA_OK;
}

static enum ca_status
check_order(const struct ca_ocsp_order *order, struct ca_error *err)
{
	if (order->count == 0 || order->count > CA_OCSP_MAX_IDS)
		return ca_fail(err, CA_INTERNAL,
		    "OCSP response: %zu answers, where 1 to %d are written",
		    order->count, CA_OCSP_MAX_IDS);
	if (order->nonce.len > CA_OCSP_MAX_NONCE)
		return ca_fail(err, CA_INTERNAL,
		    "OCSP response: a nonce of %zu octets, where %d are the "
		    "most (RFC 9654 2.1)",
		    order->nonce.len, CA_OCSP_MAX_NONCE);
	for (size_t i = 0; i < order->count; i++) {
		struct ca_error why = {0};
		char who[48];

		if (check_answer(&order->answer[i], order->produced_at, &why) ==
		    CA_OK)
			continue;
		(void)snprintf(
		    who, sizeof(who), "OCSP response: answer %zu", i + 1);
		ca_fail_in(&why, who);
		/* Whatever was found: the caller wrote it. */
		return ca_fail(err, CA_INTERNAL, "%s", why.msg);
	}
	return CA_OK;
}

/* ---- writing ---------------------------------------------------------- */

/*
 * RevokedInfo ::= SEQUENCE {
 *     revocationTime       GeneralizedTime,
 *     revocationReason [0] EXPLICIT CRLReason OPTIONAL }
 *
 * under [1] IMPLICIT.
 */
static void
put_revoked(struct der_out *out, int64_t at, enum ca_reason reason)
{
	der_open(out, DER_CONTEXT_CONS(1));
	ca_time_put_generalized(out, at);
	if (reason != CA_REASON_UNSPECIFIED) {
		der_open(out, DER_CONTEXT_CONS(0));
		ca_crl_reason_put(out, reason);
		der_close(out);
	}
	der_close(out);
}

/*
 * CertStatus ::= CHOICE {
 *     good    [0] IMPLICIT NULL,
 *     revoked [1] IMPLICIT RevokedInfo,
 *     unknown [2] IMPLICIT NULL }
 */
static void
put_state(struct der_out *out, const struct ca_ocsp_answer *answer)
{
	switch (answer->state) {
	case CA_OCSP_GOOD:
		der_put(out, DER_CONTEXT(0), (struct ca_bytes){0});
		return;
	case CA_OCSP_REVOKED:
		put_revoked(out, answer->revoked_at, answer->reason);
		return;
	case CA_OCSP_NEVER_ISSUED:
		/* RFC 6960 2.2: that date and that reason. */
		put_revoked(out, 0, CA_REASON_CERTIFICATE_HOLD);
		return;
	case CA_OCSP_UNKNOWN:
		break;
	}
	der_put(out, DER_CONTEXT(2), (struct ca_bytes){0});
}

/*
 * SingleResponse ::= SEQUENCE {
 *     certID         CertID,
 *     certStatus     CertStatus,
 *     thisUpdate     GeneralizedTime,
 *     nextUpdate [0] EXPLICIT GeneralizedTime OPTIONAL,
 *     singleExtensions [1] EXPLICIT Extensions OPTIONAL }
 */
static void
put_answer(struct der_out *out, const struct ca_ocsp_answer *answer)
{
	der_open(out, DER_SEQUENCE);
	der_put_raw(out, answer->id.der);
	put_state(out, answer);
	ca_time_put_generalized(out, answer->this_update);
	der_open(out, DER_CONTEXT_CONS(0));
	ca_time_put_generalized(out, answer->next_update);
	der_close(out);
	der_close(out);
}

/* responseExtensions [1] EXPLICIT Extensions OPTIONAL */
static void
put_extensions(struct der_out *out, const struct ca_ocsp_order *order)
{
	bool extended = false;

	for (size_t i = 0; i < order->count; i++)
		if (order->answer[i].state == CA_OCSP_NEVER_ISSUED)
			extended = true;
	if (order->nonce.len == 0 && !extended)
		return;
	der_open(out, DER_CONTEXT_CONS(1));
	der_open(out, DER_SEQUENCE);
	if (order->nonce.len > 0)
		ca_ocsp_nonce_put(out, order->nonce);
	if (extended) {
		ca_ext_open(out, CA_OID_OCSP_EXTENDED_REVOKE, false);
		der_put_null(out);
		ca_ext_close(out);
	}
	der_close(out);
	der_close(out);
}

/*
 * ResponseData ::= SEQUENCE {
 *     version            [0] EXPLICIT Version DEFAULT v1,
 *     responderID            ResponderID,
 *     producedAt             GeneralizedTime,
 *     responses              SEQUENCE OF SingleResponse,
 *     responseExtensions [1] EXPLICIT Extensions OPTIONAL }
 *
 * ResponderID ::= CHOICE {
 *     byName [1] EXPLICIT Name,
 *     byKey  [2] EXPLICIT KeyHash }
 */
static void
put_data(struct der_out *out, const struct ca_ocsp_order *order,
    struct ca_bytes key_hash)
{
	der_open(out, DER_SEQUENCE);
	der_open(out, DER_CONTEXT_CONS(2));
	der_put(out, DER_OCTET_STRING, key_hash);
	der_close(out);
	ca_time_put_generalized(out, order->produced_at);
	der_open(out, DER_SEQUENCE);
	for (size_t i = 0; i < order->count; i++)
		put_answer(out, &order->answer[i]);
	der_close(out);
	put_extensions(out, order);
	der_close(out);
}

enum ca_status
ca_ocsp_tbs(
    const struct ca_ocsp_order *order, struct ca_buf *ret, struct ca_error *err)
{
	uint8_t key_hash[CA_KEY_ID_LEN];
	struct der_out out = {0};
	enum ca_status st;

	if ((st = check_order(order, err)) != CA_OK ||
	    (st = ca_key_id(order->responder, key_hash, err)) != CA_OK)
		return st;
	put_data(&out, order, (struct ca_bytes){key_hash, sizeof(key_hash)});
	if ((st = der_finish(&out, ret)) != CA_OK)
		return ca_fail(err, st, "OCSP response: %s",
		    st == CA_MEMORY ? "out of memory" :
				      "a field is beyond what DER allows it");
	return CA_OK;
}
