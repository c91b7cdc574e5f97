/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a client asks. */
#include "ca/ocsp_part.h"

#include "ca/name.h"

#include <stdio.h>

#include "ca/san.h"

/* A service locator (RFC 6960 4.4.6), acceptable responses (4.4.3) and
 * preferred algorithms (4.4.7) are wishes: heard only when not critical. */
static const enum ca_oid understood[] = {CA_OID_OCSP_NONCE};

static enum ca_status
malformed(struct ca_error *err, const char *fault)
{
	return ca_fail(err, CA_MALFORMED, "%s", fault);
}

/* ---- reading ---------------------------------------------------------- */

/* requestorName [1] EXPLICIT GeneralName OPTIONAL */
static enum ca_status
get_requestor(
    struct ca_bytes *in, struct ca_ocsp_request *request, struct ca_error *err)
{
	struct ca_bytes name;
	struct ca_san san;
	enum ca_status st;
	bool present;

	if (!der_get_optional(in, DER_CONTEXT_CONS(1), &present, &name))
		return malformed(
		    err, "requestorName [1] is not DER (RFC 6960 4.1.1)");
	if (!present)
		return CA_OK;
	request->requestor = name;
	if ((st = ca_san_get(&name, &san, err)) != CA_OK) {
		ca_fail_in(err, "requestorName");
		return st;
	}
	if (!der_at_end(name))
		return malformed(err,
		    "requestorName [1] is not one GeneralName "
		    "(RFC 6960 4.1.1)");
	return CA_OK;
}

/*
 * Request ::= SEQUENCE {
 *     reqCert                 CertID,
 *     singleRequestExtensions [0] EXPLICIT Extensions OPTIONAL }
 */
static enum ca_status
get_one(struct ca_bytes *list, struct ca_ocsp_id *ret, struct ca_error *err)
{
	struct ca_exts exts;
	struct ca_bytes in;
	enum ca_status st;

	if (!der_get(list, DER_SEQUENCE, &in))
		return malformed(err, "not a SEQUENCE in DER (RFC 6960 4.1.1)");
	/* A nonce is of the whole request: none is understood here. */
	if ((st = ca_ocsp_id_get(&in, ret, err)) != CA_OK ||
	    (st = ca_ocsp_exts_get(&in, 0, NULL, 0, CA_REFUSED, &exts, err)) !=
		CA_OK)
		return st;
	if (!der_at_end(in))
		return malformed(err,
		    "something follows the certID or the extensions "
		    "(RFC 6960 4.1.1)");
	return CA_OK;
}

/* requestList SEQUENCE OF Request */
static enum ca_status
get_list(
    struct ca_bytes *in, struct ca_ocsp_request *request, struct ca_error *err)
{
	struct ca_bytes list;
	enum ca_status st;

	if (!der_get(in, DER_SEQUENCE, &list))
		return malformed(err,
		    "requestList is not a SEQUENCE in DER (RFC 6960 4.1.1)");
	if (der_at_end(list))
		return malformed(err,
		    "requestList is empty: no certificate is asked for "
		    "(RFC 6960 4.1.1)");
	while (!der_at_end(list)) {
		if (request->count == CA_OCSP_MAX_IDS)
			return ca_fail(err, CA_REFUSED,
			    "more than %d certificates are asked for, the "
			    "most that are answered: ask again for the rest",
			    CA_OCSP_MAX_IDS);
		st = get_one(&list, &request->id[request->count], err);
		if (st != CA_OK) {
			char who[48];

			(void)snprintf(who, sizeof(who), "request %zu",
			    request->count + 1);
			ca_fail_in(err, who);
			return st;
		}
		request->count++;
	}
	return CA_OK;
}

/*
 * TBSRequest ::= SEQUENCE {
 *     version           [0] EXPLICIT Version DEFAULT v1,
 *     requestorName     [1] EXPLICIT GeneralName OPTIONAL,
 *     requestList           SEQUENCE OF Request,
 *     requestExtensions [2] EXPLICIT Extensions OPTIONAL }
 */
static enum ca_status
get_tbs(
    struct ca_bytes *in, struct ca_ocsp_request *request, struct ca_error *err)
{
	struct ca_exts exts;
	struct ca_bytes tbs;
	enum ca_status st;

	if (!der_get(in, DER_SEQUENCE, &tbs))
		return malformed(err,
		    "tbsRequest is not a SEQUENCE in DER (RFC 6960 4.1.1)");
	if ((st = ca_ocsp_version_get(&tbs, err)) != CA_OK ||
	    (st = get_requestor(&tbs, request, err)) != CA_OK ||
	    (st = get_list(&tbs, request, err)) != CA_OK ||
	    (st = ca_ocsp_exts_get(&tbs, 2, understood,
		 sizeof(understood) / sizeof(understood[0]), CA_REFUSED, &exts,
		 err)) != CA_OK ||
	    (st = ca_ocsp_nonce_get(&exts, &request->nonce, err)) != CA_OK)
		return st;
	if (!der_at_end(tbs))
		return malformed(err,
		    "something that does not belong there follows the "
		    "requestList or the extensions (RFC 6960 4.1.1)");
	return CA_OK;
}

/*
 * optionalSignature [0] EXPLICIT SEQUENCE {
 *     signatureAlgorithm AlgorithmIdentifier,
 *     signature          BIT STRING,
 *     certs          [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
 *
 * The form alone: everybody is answered, so nobody's signature counts, and
 * an algorithm we do not know is no reason not to answer.
 */
static enum ca_status
skip_signature(
    struct ca_bytes *in, struct ca_ocsp_request *request, struct ca_error *err)
{
	struct ca_bytes outer, inside, alg, oid, signature, certs;
	enum ca_status st;

	if (!der_get_optional(
		in, DER_CONTEXT_CONS(0), &request->is_signed, &outer))
		return malformed(
		    err, "optionalSignature [0] is not DER (RFC 6960 4.1.1)");
	if (!request->is_signed)
		return CA_OK;
	if (!der_get(&outer, DER_SEQUENCE, &inside) || !der_at_end(outer) ||
	    !der_get(&inside, DER_SEQUENCE, &alg) || !der_get_oid(&alg, &oid) ||
	    !der_is_well_formed(alg) ||
	    !der_get_bit_octets(&inside, &signature))
		return malformed(err,
		    "optionalSignature is not an algorithm and a BIT STRING "
		    "in DER (RFC 6960 4.1.1)");
	if ((st = ca_ocsp_certs_get(&inside, &certs, err)) != CA_OK)
		return st;
	if (!der_at_end(inside))
		return malformed(err,
		    "something follows the signature or its certificates "
		    "(RFC 6960 4.1.1)");
	return CA_OK;
}

/*
 * OCSPRequest ::= SEQUENCE {
 *     tbsRequest            TBSRequest,
 *     optionalSignature [0] EXPLICIT Signature OPTIONAL }
 */
static enum ca_status
parse_request(struct ca_ocsp_request *request, struct ca_error *err)
{
	struct ca_bytes rest = request->der, in;
	enum ca_status st;

	if ((st = ca_ocsp_check_size(rest, err)) != CA_OK)
		return st;
	if (!der_get(&rest, DER_SEQUENCE, &in))
		return malformed(err, "not a SEQUENCE in DER (RFC 6960 4.1.1)");
	if (!der_at_end(rest))
		return malformed(err, "bytes follow its end (RFC 6960 4.1.1)");
	if ((st = get_tbs(&in, request, err)) != CA_OK ||
	    (st = skip_signature(&in, request, err)) != CA_OK)
		return st;
	if (!der_at_end(in))
		return malformed(err,
		    "something follows the tbsRequest or the signature "
		    "(RFC 6960 4.1.1)");
	return CA_OK;
}

enum ca_status
ca_ocsp_request_parse(
    struct ca_bytes der, struct ca_ocsp_request *ret, struct ca_error *err)
{
	struct ca_ocsp_request request = {.der = der};
	enum ca_status st;

	st = parse_request(&request, err);
	if (st != CA_OK) {
		ca_fail_in(err, "OCSP request");
		return st;
	}
	*ret = request;
	return CA_OK;
}

/* ---- writing ---------------------------------------------------------- */

static enum ca_status
check_question(const struct ca_cert *cert, const struct ca_cert *issuer,
    enum ca_hash hash, struct ca_bytes nonce, struct ca_error *err)
{
	if (hash != CA_HASH_SHA1 && hash != CA_HASH_SHA256)
		return ca_fail(err, CA_USAGE,
		    "OCSP request: a certID hash other than SHA-1 and "
		    "SHA-256, which responders know (RFC 6960 4.3)");
	if (nonce.len > CA_OCSP_MAX_NONCE)
		return ca_fail(err, CA_USAGE,
		    "OCSP request: a nonce of %zu octets, where %d are the "
		    "most (RFC 9654 2.1)",
		    nonce.len, CA_OCSP_MAX_NONCE);
	if (!ca_name_equal(cert->issuer, issuer->subject))
		return ca_fail(err, CA_REFUSED,
		    "OCSP request: the certificate's issuer is not the "
		    "subject of the issuer's certificate (RFC 6960 4.1.1): "
		    "name the one that issued it");
	if (!cert->serial_is_proper)
		return ca_fail(err, CA_REFUSED,
		    "OCSP request: the certificate's serial number is not "
		    "positive, or of more than 20 octets (RFC 5280 4.1.2.2): "
		    "no responder can know it");
	return CA_OK;
}

enum ca_status
ca_ocsp_request_build(const struct ca_cert *cert, const struct ca_cert *issuer,
    enum ca_hash hash, struct ca_bytes nonce, struct ca_buf *ret,
    struct ca_error *err)
{
	struct ca_ocsp_issuer called;
	struct der_out out = {0};
	enum ca_status st;

	if ((st = check_question(cert, issuer, hash, nonce, err)) != CA_OK ||
	    (st = ca_ocsp_issuer_of(issuer, &called, err)) != CA_OK)
		return st;
	der_open(&out, DER_SEQUENCE); /* OCSPRequest */
	der_open(&out, DER_SEQUENCE); /* tbsRequest */
	der_open(&out, DER_SEQUENCE); /* requestList */
	der_open(&out, DER_SEQUENCE); /* Request */
	ca_ocsp_id_put(&out, &called, hash, cert->serial);
	der_close(&out);
	der_close(&out);
	if (nonce.len > 0) {
		der_open(&out, DER_CONTEXT_CONS(2));
		der_open(&out, DER_SEQUENCE);
		ca_ocsp_nonce_put(&out, nonce);
		der_close(&out);
		der_close(&out);
	}
	der_close(&out);
	der_close(&out);
	if ((st = der_finish(&out, ret)) != CA_OK)
		return ca_fail(err, st, "OCSP request: it cannot be written");
	return CA_OK;
}
