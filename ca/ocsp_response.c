/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a responder answered. */
#include "ca/ocsp_part.h"

#include <stdio.h>

#include "ca/name.h"
#include "ca/tbs.h"
#include "ca/time.h"

static const enum ca_oid data_extensions[] = {CA_OID_OCSP_NONCE};
/* RFC 6960 4.4.5: those of a CRL's entry may stand here. */
static const enum ca_oid answer_extensions[] = {
    CA_OID_CRL_REASON, CA_OID_INVALIDITY_DATE};

static enum ca_status
malformed(struct ca_error *err, const char *fault)
{
	return ca_fail(err, CA_MALFORMED, "%s", fault);
}

/* ---- one answer ------------------------------------------------------- */

/* The content of [1] IMPLICIT RevokedInfo, as ca/ocsp_tbs.c writes it. */
static enum ca_status
get_revoked(
    struct ca_bytes in, struct ca_ocsp_answer *answer, struct ca_error *err)
{
	struct ca_bytes reason;
	bool present;

	answer->state = CA_OCSP_REVOKED;
	if (!ca_time_get_generalized(&in, &answer->revoked_at) ||
	    !der_get_optional(&in, DER_CONTEXT_CONS(0), &present, &reason) ||
	    (present && !ca_crl_reason_get(reason, &answer->reason)) ||
	    !der_at_end(in))
		return malformed(err,
		    "revoked is not a GeneralizedTime YYYYMMDDHHMMSSZ and, if "
		    "it is said, one of the ten reasons (RFC 6960 4.2.1)");
	if (answer->reason == CA_REASON_REMOVE_FROM_CRL)
		return malformed(err,
		    "revoked for removeFromCRL, which only a delta CRL may "
		    "say (RFC 5280 5.3.1)");
	return CA_OK;
}

static enum ca_status
get_state(
    struct ca_bytes *in, struct ca_ocsp_answer *answer, struct ca_error *err)
{
	struct ca_bytes content;

	if (der_get(in, DER_CONTEXT_CONS(1), &content))
		return get_revoked(content, answer, err);
	if (der_get(in, DER_CONTEXT(0), &content) && content.len == 0)
		answer->state = CA_OCSP_GOOD;
	else if (der_get(in, DER_CONTEXT(2), &content) && content.len == 0)
		answer->state = CA_OCSP_UNKNOWN;
	else
		return malformed(err,
		    "certStatus is neither good [0], revoked [1] nor unknown "
		    "[2] in DER (RFC 6960 4.2.1)");
	return CA_OK;
}

static enum ca_status
get_updates(
    struct ca_bytes *in, struct ca_ocsp_answer *answer, struct ca_error *err)
{
	struct ca_bytes next;
	bool present;

	if (!ca_time_get_generalized(in, &answer->this_update))
		return malformed(err,
		    "thisUpdate is not a GeneralizedTime YYYYMMDDHHMMSSZ "
		    "(RFC 6960 4.2.1)");
	answer->next_update = INT64_MAX;
	if (!der_get_optional(in, DER_CONTEXT_CONS(0), &present, &next) ||
	    (present &&
		(!ca_time_get_generalized(&next, &answer->next_update) ||
		    !der_at_end(next))))
		return malformed(err,
		    "nextUpdate [0] is not a GeneralizedTime YYYYMMDDHHMMSSZ "
		    "(RFC 6960 4.2.1)");
	if (answer->next_update < answer->this_update)
		return malformed(
		    err, "nextUpdate lies before thisUpdate (RFC 6960 2.4)");
	return CA_OK;
}

/* SingleResponse, as ca/ocsp_tbs.c writes it. */
static enum ca_status
get_answer(
    struct ca_bytes *list, struct ca_ocsp_answer *ret, struct ca_error *err)
{
	struct ca_exts exts;
	struct ca_bytes in;
	enum ca_status st;

	if (!der_get(list, DER_SEQUENCE, &in))
		return malformed(err, "not a SEQUENCE in DER (RFC 6960 4.2.1)");
	if ((st = ca_ocsp_id_get(&in, &ret->id, err)) != CA_OK ||
	    (st = get_state(&in, ret, err)) != CA_OK ||
	    (st = get_updates(&in, ret, err)) != CA_OK ||
	    (st = ca_ocsp_exts_get(&in, 1, answer_extensions,
		 sizeof(answer_extensions) / sizeof(answer_extensions[0]),
		 CA_MALFORMED, &exts, err)) != CA_OK)
		return st;
	if (!der_at_end(in))
		return malformed(err,
		    "something follows the dates or the extensions "
		    "(RFC 6960 4.2.1)");
	return CA_OK;
}

/* responses SEQUENCE OF SingleResponse */
static enum ca_status
get_answers(struct ca_bytes *in, struct ca_ocsp_response *response,
    struct ca_error *err)
{
	struct ca_bytes list;
	enum ca_status st;

	if (!der_get(in, DER_SEQUENCE, &list))
		return malformed(
		    err, "responses is not a SEQUENCE in DER (RFC 6960 4.2.1)");
	if (der_at_end(list))
		return malformed(err,
		    "responses is empty: nothing is answered "
		    "(RFC 6960 4.2.1)");
	while (!der_at_end(list)) {
		if (response->count == CA_OCSP_MAX_IDS)
			return ca_fail(err, CA_REFUSED,
			    "more than %d answers, the most that are read",
			    CA_OCSP_MAX_IDS);
		st = get_answer(&list, &response->answer[response->count], err);
		if (st != CA_OK) {
			char who[48];

			(void)snprintf(who, sizeof(who), "answer %zu",
			    response->count + 1);
			ca_fail_in(err, who);
			return st;
		}
		response->count++;
	}
	return CA_OK;
}

/* ---- ResponseData ----------------------------------------------------- */

static enum ca_status
get_responder(struct ca_bytes *in, struct ca_ocsp_response *response,
    struct ca_error *err)
{
	struct ca_bytes choice;
	enum ca_status st;

	if (der_get(in, DER_CONTEXT_CONS(2), &choice)) {
		if (!der_get(
			&choice, DER_OCTET_STRING, &response->responder_key) ||
		    !der_at_end(choice) ||
		    response->responder_key.len != CA_KEY_ID_LEN)
			return malformed(err,
			    "responderID byKey is not a SHA-1 in an OCTET "
			    "STRING (RFC 6960 4.2.2.3)");
		return CA_OK;
	}
	if (!der_get(in, DER_CONTEXT_CONS(1), &choice) ||
	    !der_get_element(
		&choice, DER_SEQUENCE, &response->responder_name) ||
	    !der_at_end(choice))
		return malformed(err,
		    "responderID is neither a Name [1] nor a KeyHash [2] in "
		    "DER (RFC 6960 4.2.1)");
	if ((st = ca_name_check(response->responder_name, err)) != CA_OK)
		ca_fail_in(err, "responderID");
	return st;
}

/* responseExtensions [1] EXPLICIT Extensions OPTIONAL */
static enum ca_status
get_extensions(struct ca_bytes *in, struct ca_ocsp_response *response,
    struct ca_error *err)
{
	const struct ca_ext *ext;
	struct ca_exts exts;
	struct ca_bytes value;
	enum ca_status st;

	if ((st = ca_ocsp_exts_get(in, 1, data_extensions,
		 sizeof(data_extensions) / sizeof(data_extensions[0]),
		 CA_MALFORMED, &exts, err)) != CA_OK ||
	    (st = ca_ocsp_nonce_get(&exts, &response->nonce, err)) != CA_OK)
		return st;
	ext = ca_exts_find(&exts, CA_OID_OCSP_EXTENDED_REVOKE);
	if (ext == NULL)
		return CA_OK;
	value = ext->value;
	if (!der_get_null(&value) || !der_at_end(value))
		return ca_ext_fail(
		    err, CA_MALFORMED, ext->oid, "not NULL (RFC 6960 4.4.8)");
	response->extended_revoke = true;
	return CA_OK;
}

/* RFC 6960 2.2: how a responder says that it never issued such a number. */
static void
name_the_never_issued(struct ca_ocsp_response *response)
{
	for (size_t i = 0; i < response->count; i++) {
		struct ca_ocsp_answer *answer = &response->answer[i];

		if (response->extended_revoke &&
		    answer->state == CA_OCSP_REVOKED &&
		    answer->revoked_at == 0 &&
		    answer->reason == CA_REASON_CERTIFICATE_HOLD)
			answer->state = CA_OCSP_NEVER_ISSUED;
	}
}

/* ResponseData, as ca/ocsp_tbs.c writes it. */
static enum ca_status
get_data(
    struct ca_bytes in, struct ca_ocsp_response *response, struct ca_error *err)
{
	enum ca_status st;

	if ((st = ca_ocsp_version_get(&in, err)) != CA_OK ||
	    (st = get_responder(&in, response, err)) != CA_OK)
		return st;
	if (!ca_time_get_generalized(&in, &response->produced_at))
		return malformed(err,
		    "producedAt is not a GeneralizedTime YYYYMMDDHHMMSSZ "
		    "(RFC 6960 4.2.1)");
	if ((st = get_answers(&in, response, err)) != CA_OK ||
	    (st = get_extensions(&in, response, err)) != CA_OK)
		return st;
	if (!der_at_end(in))
		return malformed(err,
		    "something that does not belong there follows the "
		    "answers or the extensions (RFC 6960 4.2.1)");
	name_the_never_issued(response);
	return CA_OK;
}

/* ---- the wrapping ----------------------------------------------------- */

/* The content of a BasicOCSPResponse, as ca/ocsp_sign.c writes it. */
static enum ca_status
get_basic(
    struct ca_bytes in, struct ca_ocsp_response *response, struct ca_error *err)
{
	struct ca_bytes data;
	enum ca_status st;

	if (!der_next_is(in, DER_SEQUENCE) ||
	    !der_get_any(&in, NULL, &response->tbs, &data))
		return malformed(err,
		    "tbsResponseData is not a SEQUENCE in DER "
		    "(RFC 6960 4.2.1)");
	if ((st = get_data(data, response, err)) != CA_OK ||
	    (st = ca_sig_alg_get(&in, &response->alg, err)) != CA_OK)
		return st;
	if (!der_get_bit_octets(&in, &response->signature))
		return malformed(err,
		    "the signature is not a BIT STRING of whole octets "
		    "(RFC 6960 4.2.1)");
	if ((st = ca_ocsp_certs_get(&in, &response->certs, err)) != CA_OK)
		return st;
	if (!der_at_end(in))
		return malformed(err,
		    "something follows the signature or the certificates "
		    "(RFC 6960 4.2.1)");
	return CA_OK;
}

/* The content of responseBytes [0]. */
static enum ca_status
get_bytes(
    struct ca_bytes in, struct ca_ocsp_response *response, struct ca_error *err)
{
	struct ca_bytes bytes, type, octets, basic;

	if (!der_get(&in, DER_SEQUENCE, &bytes) || !der_at_end(in) ||
	    !der_get_oid(&bytes, &type) ||
	    !der_get(&bytes, DER_OCTET_STRING, &octets) || !der_at_end(bytes))
		return malformed(err,
		    "responseBytes is not a type and an OCTET STRING in DER "
		    "(RFC 6960 4.2.1)");
	if (ca_oid_find(type) != CA_OID_OCSP_BASIC)
		return ca_ext_fail(err, CA_REFUSED, type,
		    "a response type other than id-pkix-ocsp-basic "
		    "(RFC 6960 4.2.1)");
	if (!der_get(&octets, DER_SEQUENCE, &basic) || !der_at_end(octets))
		return malformed(err,
		    "the response is not one BasicOCSPResponse in DER "
		    "(RFC 6960 4.2.1)");
	return get_basic(basic, response, err);
}

static enum ca_status
get_status(struct ca_bytes *in, struct ca_ocsp_response *response,
    struct ca_error *err)
{
	struct ca_bytes code;

	if (!der_get(in, DER_ENUMERATED, &code) || code.len != 1 ||
	    ca_ocsp_status_name(code.data[0]) == NULL)
		return malformed(err,
		    "responseStatus is not one of 0, 1, 2, 3, 5 and 6 "
		    "(RFC 6960 4.2.1)");
	response->status = (enum ca_ocsp_status)code.data[0];
	return CA_OK;
}

/* OCSPResponse, as ca/ocsp_sign.c writes it. */
static enum ca_status
parse_response(struct ca_ocsp_response *response, struct ca_error *err)
{
	struct ca_bytes rest = response->der, in, bytes;
	enum ca_status st;
	bool present;

	if ((st = ca_ocsp_check_size(rest, err)) != CA_OK)
		return st;
	if (!der_get(&rest, DER_SEQUENCE, &in))
		return malformed(err, "not a SEQUENCE in DER (RFC 6960 4.2.1)");
	if (!der_at_end(rest))
		return malformed(err, "bytes follow its end (RFC 6960 4.2.1)");
	if ((st = get_status(&in, response, err)) != CA_OK)
		return st;
	if (!der_get_optional(&in, DER_CONTEXT_CONS(0), &present, &bytes) ||
	    !der_at_end(in))
		return malformed(err,
		    "something other than responseBytes [0] in DER follows "
		    "the status (RFC 6960 4.2.1)");
	if (present != (response->status == CA_OCSP_SUCCESSFUL))
		return malformed(err,
		    "responseBytes are there exactly when the status is "
		    "successful, and here they are not so (RFC 6960 4.2.1)");
	return present ? get_bytes(bytes, response, err) : CA_OK;
}

enum ca_status
ca_ocsp_response_parse(
    struct ca_bytes der, struct ca_ocsp_response *ret, struct ca_error *err)
{
	struct ca_ocsp_response response = {.der = der};
	enum ca_status st;

	st = parse_response(&response, err);
	if (st != CA_OK) {
		ca_fail_in(err, "OCSP response");
		return st;
	}
	*ret = response;
	return CA_OK;
}
