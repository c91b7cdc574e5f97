/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who may answer, and whether a response answers what was asked. */
#include "ca/ocsp_part.h"

#include "ca/crypto.h"
#include "ca/name.h"
#include "ca/tbs.h"
#include "ca/time.h"

/* ---- who may answer --------------------------------------------------- */

/* The issuer's name and key: a certificate of it renewed with the same key,
 * or cross-signed, is the same authority. */
static bool
is_issuer(const struct ca_cert *cert, const struct ca_cert *issuer)
{
	return ca_name_equal(cert->subject, issuer->subject) &&
	    ca_bytes_equal(cert->spki.der, issuer->spki.der);
}

static enum ca_status
check_usage(const struct ca_cert *responder, struct ca_error *err)
{
	/* anyExtendedKeyUsage would make every old certificate a responder's:
	 * 4.2.2.2 wants id-kp-OCSPSigning itself. */
	if (!ca_oid_list_has(
		&responder->ext_key_usage, ca_oid_der(CA_OID_OCSP_SIGNING)))
		return ca_fail(err, CA_UNTRUSTED,
		    "its extKeyUsage does not have OCSPSigning: it may not "
		    "answer for its issuer (RFC 6960 4.2.2.2)");
	if (responder->has_key_usage &&
	    (responder->key_usage &
		(CA_KU_DIGITAL_SIGNATURE | CA_KU_NON_REPUDIATION)) == 0)
		return ca_fail(err, CA_UNTRUSTED,
		    "its keyUsage has neither digitalSignature nor "
		    "nonRepudiation (RFC 5280 4.2.1.12)");
	for (size_t i = 0; i < responder->exts.count; i++) {
		const struct ca_ext *ext = &responder->exts.list[i];

		if (ext->critical && ext->id == CA_OID_UNKNOWN)
			return ca_ext_fail(err, CA_UNTRUSTED, ext->oid,
			    "critical, and not understood here "
			    "(RFC 5280 4.2)");
	}
	return CA_OK;
}

static enum ca_status
check_valid(const struct ca_cert *cert, int64_t now, struct ca_error *err)
{
	char from[CA_TIME_TEXT], to[CA_TIME_TEXT], at[CA_TIME_TEXT];

	if (cert->not_before <= now && now <= cert->not_after)
		return CA_OK;
	ca_time_text(cert->not_before, from);
	ca_time_text(cert->not_after, to);
	ca_time_text(now, at);
	return ca_fail(err, CA_UNTRUSTED,
	    "it is valid from %s to %s, and now it is %s (RFC 5280 4.1.2.5)",
	    from, to, at);
}

static enum ca_status
check_issued_by(const struct ca_cert *responder, const struct ca_cert *issuer,
    struct ca_error *err)
{
	const struct ca_bytes above = responder->authority_key_id;

	if (!ca_name_equal(responder->issuer, issuer->subject) ||
	    (above.len != 0 && issuer->subject_key_id.len != 0 &&
		!ca_bytes_equal(above, issuer->subject_key_id)))
		return ca_fail(err, CA_UNTRUSTED,
		    "it was issued by another authority than the certificate "
		    "that is asked about (RFC 6960 4.2.2.2)");
	return ca_cert_verify(responder, &issuer->spki, err);
}

enum ca_status
ca_ocsp_responder_check(const struct ca_cert *responder,
    const struct ca_cert *issuer, int64_t now, struct ca_error *err)
{
	enum ca_status st;

	if ((st = check_issued_by(responder, issuer, err)) != CA_OK ||
	    (st = check_usage(responder, err)) != CA_OK ||
	    (st = check_valid(responder, now, err)) != CA_OK) {
		ca_fail_in(err, "OCSP responder's certificate");
		/* An algorithm that does not fit the key is no trust either. */
		return st == CA_REFUSED ? CA_UNTRUSTED : st;
	}
	return CA_OK;
}

static enum ca_status
check_end(const struct ca_cert *cert, const char *who, int64_t now,
    int64_t next_update, struct ca_error *err)
{
	char to[CA_TIME_TEXT];

	if (check_valid(cert, now, err) != CA_OK) {
		ca_fail_in(err, who);
		return CA_UNTRUSTED;
	}
	if (next_update <= cert->not_after)
		return CA_OK;
	ca_time_text(cert->not_after, to);
	return ca_fail(err, CA_UNTRUSTED,
	    "%s: it ends at %s, before the answer's nextUpdate "
	    "(RFC 6960 2.4): say less, or renew it",
	    who, to);
}

enum ca_status
ca_ocsp_may_answer(const struct ca_cert *responder,
    const struct ca_cert *issuer, int64_t now, int64_t next_update,
    struct ca_error *err)
{
	enum ca_status st;

	if (!is_issuer(responder, issuer) &&
	    (st = ca_ocsp_responder_check(responder, issuer, now, err)) !=
		CA_OK)
		return st;
	if ((st = check_end(responder, "OCSP responder's certificate", now,
		 next_update, err)) != CA_OK ||
	    (st = check_end(issuer, "issuer's certificate", now, next_update,
		 err)) != CA_OK)
		return st;
	return CA_OK;
}

/* ---- who did answer --------------------------------------------------- */

static enum ca_status
is_responder(const struct ca_ocsp_response *response,
    const struct ca_cert *cert, bool *ret, struct ca_error *err)
{
	uint8_t hash[CA_KEY_ID_LEN];
	enum ca_status st;

	if (response->responder_key.len == 0) {
		*ret = ca_name_equal(response->responder_name, cert->subject);
		return CA_OK;
	}
	if ((st = ca_key_id(&cert->spki, hash, err)) != CA_OK)
		return st;
	*ret = ca_bytes_equal(
	    response->responder_key, (struct ca_bytes){hash, sizeof(hash)});
	return CA_OK;
}

static enum ca_status
check_signature(const struct ca_ocsp_response *response,
    const struct ca_spki *key, struct ca_error *err)
{
	enum ca_status st;

	st = ca_crypto_verify(
	    key, &response->alg, response->tbs, response->signature, err);
	if (st == CA_OK)
		return CA_OK;
	ca_fail_in(err, "OCSP response: its responder's signature");
	return st == CA_REFUSED ? CA_UNTRUSTED : st;
}

/* One certificate that came along. ret_is when it is the one responderID
 * names; then the status says whether it is to be believed. */
static enum ca_status
try_delegate(struct ca_bytes der, const struct ca_ocsp_response *response,
    const struct ca_ocsp_question *question, struct ca_ocsp_verdict *verdict,
    bool *ret_is, struct ca_error *err)
{
	struct ca_cert cert;
	enum ca_status st;

	*ret_is = false;
	/* One we cannot read is not one we could trust. */
	if (ca_cert_parse(der, &cert, NULL) != CA_OK)
		return CA_OK;
	st = is_responder(response, &cert, ret_is, err);
	if (st != CA_OK || !*ret_is)
		return st;
	if ((st = ca_ocsp_responder_check(
		 &cert, question->issuer, question->now, err)) != CA_OK ||
	    (st = check_signature(response, &cert.spki, err)) != CA_OK)
		return st;
	verdict->responder = der;
	verdict->responder_no_check = ca_exts_find(&cert.exts,
					  CA_OID_OCSP_NO_CHECK) != NULL;
	return CA_OK;
}

/* The first that holds; else why the first of them did not. */
static enum ca_status
check_delegates(const struct ca_ocsp_response *response,
    const struct ca_ocsp_question *question, struct ca_ocsp_verdict *verdict,
    struct ca_error *err)
{
	struct ca_bytes certs = response->certs, der;
	struct ca_error first = {0};

	while (der_get_element(&certs, DER_SEQUENCE, &der)) {
		struct ca_error why = {0};
		enum ca_status st;
		bool is;

		st = try_delegate(der, response, question, verdict, &is, &why);
		if (st == CA_OK && is)
			return CA_OK;
		if (st != CA_OK && first.status == CA_OK)
			first = why;
	}
	if (first.status != CA_OK)
		return ca_fail(err, first.status, "%s", first.msg);
	return ca_fail(err, CA_UNTRUSTED,
	    "OCSP response: its responder is not the issuer, and no "
	    "certificate of it came along (RFC 6960 4.2.2.2)");
}

static enum ca_status
check_responder(const struct ca_ocsp_response *response,
    const struct ca_ocsp_question *question, struct ca_ocsp_verdict *verdict,
    struct ca_error *err)
{
	enum ca_status st;
	bool is;

	st = is_responder(response, question->issuer, &is, err);
	if (st != CA_OK)
		return st;
	if (!is)
		return check_delegates(response, question, verdict, err);
	verdict->responder_no_check = true;
	return check_signature(response, &question->issuer->spki, err);
}

/* ---- what was answered ------------------------------------------------ */

static enum ca_status
find_answer(const struct ca_ocsp_response *response,
    const struct ca_ocsp_question *question, struct ca_ocsp_verdict *verdict,
    struct ca_error *err)
{
	struct ca_ocsp_issuer called, as_written;
	enum ca_status st;
	size_t found = 0;

	if ((st = ca_ocsp_issuer_of(question->issuer, &called, err)) != CA_OK ||
	    (st = ca_ocsp_issuer_in(
		 question->cert, question->issuer, &as_written, err)) != CA_OK)
		return st;
	for (size_t i = 0; i < response->count; i++) {
		const struct ca_ocsp_answer *answer = &response->answer[i];

		if (!answer->id.serial_is_proper ||
		    !ca_bytes_equal(
			answer->id.serial, question->cert->serial) ||
		    (!ca_ocsp_id_is_of(&answer->id, &called) &&
			!ca_ocsp_id_is_of(&answer->id, &as_written)))
			continue;
		verdict->answer = *answer;
		found++;
	}
	if (found == 1)
		return CA_OK;
	return ca_fail(err, CA_UNTRUSTED,
	    found == 0 ? "OCSP response: no answer is for this issuer and "
			 "serial number (RFC 6960 3.2)" :
			 "OCSP response: more than one answer is for this "
			 "certificate (RFC 6960 3.2)");
}

static enum ca_status
stale(const char *what, int64_t time, int64_t now, struct ca_error *err)
{
	char then[CA_TIME_TEXT], at[CA_TIME_TEXT];

	ca_time_text(time, then);
	ca_time_text(now, at);
	return ca_fail(err, CA_UNTRUSTED,
	    "OCSP response: %s %s, and now it is %s (RFC 6960 3.2): ask again, "
	    "and look at the clock",
	    what, then, at);
}

/* All dates lie between the years 1 and 9999, and INT64_MAX stands for no
 * date: what is added cannot overflow once the skew is in bounds. */
static enum ca_status
check_fresh(const struct ca_ocsp_answer *answer, int64_t produced_at,
    const struct ca_ocsp_question *question, struct ca_error *err)
{
	const int64_t now = question->now, skew = question->skew;

	if (now < CA_TIME_MIN || now > CA_TIME_MAX || skew < 0 ||
	    skew > CA_TIME_MAX || question->max_age < 0 ||
	    question->max_age > CA_TIME_MAX)
		return ca_fail(err, CA_USAGE,
		    "OCSP response: the time, the skew or the age to check it "
		    "with is out of range");
	if (answer->this_update > now + skew)
		return stale("thisUpdate is", answer->this_update, now, err);
	if (produced_at > now + skew)
		return stale("producedAt is", produced_at, now, err);
	if (answer->next_update != INT64_MAX) {
		if (now - skew < answer->next_update)
			return CA_OK;
		return stale("nextUpdate was", answer->next_update, now, err);
	}
	if (question->max_age > 0 &&
	    now - skew < answer->this_update + question->max_age)
		return CA_OK;
	return stale("there is no nextUpdate, and thisUpdate was",
	    answer->this_update, now, err);
}

static enum ca_status
check_nonce(const struct ca_ocsp_response *response,
    const struct ca_ocsp_question *question, struct ca_ocsp_verdict *verdict,
    struct ca_error *err)
{
	const struct ca_bytes sent = question->nonce, got = response->nonce;

	if (sent.len != 0 && got.len != 0 && !ca_bytes_equal(sent, got))
		return ca_fail(err, CA_UNTRUSTED,
		    "OCSP response: its nonce is not the one that was sent: "
		    "it answers another request (RFC 9654 2.1)");
	verdict->has_nonce = sent.len != 0 && got.len != 0;
	if (question->nonce_needed && !verdict->has_nonce)
		return ca_fail(err, CA_UNTRUSTED,
		    "OCSP response: it does not have the nonce that was sent "
		    "(RFC 9654 2.1)");
	return CA_OK;
}

/* ---- the whole -------------------------------------------------------- */

static enum ca_status
check_question(const struct ca_ocsp_question *question, struct ca_error *err)
{
	if (!ca_name_equal(question->cert->issuer, question->issuer->subject))
		return ca_fail(err, CA_REFUSED,
		    "OCSP response: the certificate's issuer is not the "
		    "subject of the issuer's certificate (RFC 6960 4.1.1): "
		    "name the one that issued it");
	if (!question->cert->serial_is_proper)
		return ca_fail(err, CA_REFUSED,
		    "OCSP response: the certificate's serial number is not "
		    "positive, or of more than 20 octets (RFC 5280 4.1.2.2): "
		    "no responder can know it");
	return CA_OK;
}

enum ca_status
ca_ocsp_response_verify(const struct ca_ocsp_response *response,
    const struct ca_ocsp_question *question, struct ca_ocsp_verdict *ret,
    struct ca_error *err)
{
	struct ca_ocsp_verdict verdict = {0};
	enum ca_status st;

	if ((st = check_question(question, err)) != CA_OK)
		return st;
	if (response->status != CA_OCSP_SUCCESSFUL)
		return ca_fail(err,
		    response->status == CA_OCSP_TRY_LATER ? CA_BUSY :
							    CA_REFUSED,
		    "OCSP response: the responder says %s (RFC 6960 2.3)",
		    ca_ocsp_status_name((int)response->status));
	/* The signature first: nothing else counts before it holds. */
	if ((st = check_responder(response, question, &verdict, err)) !=
		CA_OK ||
	    (st = find_answer(response, question, &verdict, err)) != CA_OK ||
	    (st = check_fresh(&verdict.answer, response->produced_at, question,
		 err)) != CA_OK ||
	    (st = check_nonce(response, question, &verdict, err)) != CA_OK)
		return st;
	*ret = verdict;
	return CA_OK;
}
