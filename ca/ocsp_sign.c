/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An OCSPResponse around what is signed, or around nothing. */
#include "ca/ocsp_part.h"

#include "ca/sign.h"
#include "ca/tbs.h"

static enum ca_status
finish(struct der_out *out, struct ca_buf *ret, struct ca_error *err)
{
	enum ca_status st = der_finish(out, ret);

	if (st == CA_OK)
		return CA_OK;
	return ca_fail(err, st, "OCSP response: it cannot be wrapped");
}

static void
put_status(struct der_out *out, enum ca_ocsp_status status)
{
	const uint8_t code = (uint8_t)status;

	der_put(out, DER_ENUMERATED, (struct ca_bytes){&code, 1});
}

/* ---- what is signed --------------------------------------------------- */

/*
 * OCSPResponse ::= SEQUENCE {
 *     responseStatus    OCSPResponseStatus,
 *     responseBytes [0] EXPLICIT SEQUENCE {
 *         responseType OBJECT IDENTIFIER,
 *         response     OCTET STRING } OPTIONAL }
 *
 * BasicOCSPResponse ::= SEQUENCE {
 *     tbsResponseData        ResponseData,
 *     signatureAlgorithm     AlgorithmIdentifier,
 *     signature              BIT STRING,
 *     certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
 *
 * inside is the first three of these.
 */
static enum ca_status
wrap(struct ca_bytes inside, const struct ca_cert *cert, struct ca_buf *ret,
    struct ca_error *err)
{
	struct der_out out = {0};

	der_open(&out, DER_SEQUENCE);
	put_status(&out, CA_OCSP_SUCCESSFUL);
	der_open(&out, DER_CONTEXT_CONS(0));
	der_open(&out, DER_SEQUENCE);
	der_put(&out, DER_OID, ca_oid_der(CA_OID_OCSP_BASIC));
	der_open(&out, DER_OCTET_STRING);
	der_open(&out, DER_SEQUENCE);
	der_put_raw(&out, inside);
	if (cert != NULL) {
		der_open(&out, DER_CONTEXT_CONS(0));
		der_open(&out, DER_SEQUENCE);
		der_put_raw(&out, cert->der);
		der_close(&out);
		der_close(&out);
	}
	der_close(&out);
	der_close(&out);
	der_close(&out);
	der_close(&out);
	der_close(&out);
	return finish(&out, ret, err);
}

/* What a client will read is what was to be said, and says whose key it was
 * signed with. */
static enum ca_status
check_own(struct ca_bytes der, struct ca_bytes tbs, const struct ca_key *key,
    struct ca_error *err)
{
	uint8_t key_hash[CA_KEY_ID_LEN];
	struct ca_ocsp_response response;
	struct ca_error why = {0};
	enum ca_status st;

	if (ca_ocsp_response_parse(der, &response, &why) != CA_OK)
		return ca_fail(err, CA_INTERNAL,
		    "OCSP response: what was written is none, nothing is "
		    "released: %.200s",
		    why.msg);
	if ((st = ca_key_id(ca_key_spki(key), key_hash, err)) != CA_OK)
		return st;
	if (!ca_bytes_equal(response.tbs, tbs))
		return ca_fail(err, CA_INTERNAL,
		    "OCSP response: what was written is not what was to be "
		    "signed, nothing is released");
	if (!ca_bytes_equal(response.responder_key,
		(struct ca_bytes){key_hash, sizeof(key_hash)}))
		return ca_fail(err, CA_INTERNAL,
		    "OCSP response: responderID is not the hash of the key "
		    "that signs (RFC 6960 4.2.2.3)");
	return CA_OK;
}

enum ca_status
ca_ocsp_sign(struct ca_bytes tbs, const struct ca_cert *cert,
    struct ca_key *key, const struct ca_sig_alg *alg, struct ca_rng *rng,
    struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf basic = {0}, whole = {0};
	struct ca_bytes rest, inside;
	enum ca_status st;

	if (cert != NULL &&
	    !ca_bytes_equal(cert->spki.der, ca_key_spki(key)->der))
		return ca_fail(err, CA_INTERNAL,
		    "OCSP response: the responder's certificate is not of the "
		    "key that signs (RFC 6960 4.2.2.2)");
	if ((st = ca_sign(tbs, key, alg, rng, &basic, err)) != CA_OK)
		goto out;
	rest = ca_view(&basic);
	if (!der_get(&rest, DER_SEQUENCE, &inside)) {
		st = ca_fail(err, CA_INTERNAL, "OCSP response: not signed");
		goto out;
	}
	if ((st = wrap(inside, cert, &whole, err)) != CA_OK ||
	    (st = check_own(ca_view(&whole), tbs, key, err)) != CA_OK)
		goto out;
	ca_buf_free(ret);
	*ret = whole;
	whole = (struct ca_buf){0};
out:
	ca_buf_free(&whole);
	ca_buf_free(&basic);
	return st;
}

/* ---- what is not ------------------------------------------------------ */

enum ca_status
ca_ocsp_error(
    enum ca_ocsp_status status, struct ca_buf *ret, struct ca_error *err)
{
	struct der_out out = {0};

	if (status == CA_OCSP_SUCCESSFUL ||
	    ca_ocsp_status_name((int)status) == NULL)
		return ca_fail(err, CA_INTERNAL,
		    "OCSP response: status %d is no failure (RFC 6960 4.2.1)",
		    (int)status);
	der_open(&out, DER_SEQUENCE);
	put_status(&out, status);
	der_close(&out);
	return finish(&out, ret, err);
}

enum ca_ocsp_status
ca_ocsp_error_for(enum ca_status status)
{
	switch (status) {
	case CA_MALFORMED:
		return CA_OCSP_MALFORMED_REQUEST;
	case CA_REFUSED:
	case CA_NOT_FOUND:
	case CA_USAGE:
		return CA_OCSP_UNAUTHORIZED;
	case CA_BUSY:
	case CA_IO:
	case CA_MEMORY:
	case CA_UNTRUSTED: /* the responder's own certificate */
		return CA_OCSP_TRY_LATER;
	default:
		return CA_OCSP_INTERNAL_ERROR;
	}
}
