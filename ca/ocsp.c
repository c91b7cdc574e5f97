/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in requests and responses alike. */
#include "ca/ocsp_part.h"

#include <string.h>

#include "ca/crypto.h"

#define SERIAL_MAX 20 /* octets, RFC 5280 4.1.2.2 */

static enum ca_status
malformed(struct ca_error *err, const char *fault)
{
	return ca_fail(err, CA_MALFORMED, "%s", fault);
}

/* ---- names ------------------------------------------------------------ */

const char *
ca_ocsp_state_name(int state)
{
	static const char *const names[] = {
	    [CA_OCSP_UNKNOWN] = "unknown",
	    [CA_OCSP_GOOD] = "good",
	    [CA_OCSP_REVOKED] = "revoked",
	    [CA_OCSP_NEVER_ISSUED] = "never issued",
	};

	if (state < 0 || state > CA_OCSP_NEVER_ISSUED)
		return NULL;
	return names[state];
}

const char *
ca_ocsp_status_name(int status)
{
	static const char *const names[] = {
	    [CA_OCSP_SUCCESSFUL] = "successful",
	    [CA_OCSP_MALFORMED_REQUEST] = "malformedRequest",
	    [CA_OCSP_INTERNAL_ERROR] = "internalError",
	    [CA_OCSP_TRY_LATER] = "tryLater",
	    [CA_OCSP_SIG_REQUIRED] = "sigRequired",
	    [CA_OCSP_UNAUTHORIZED] = "unauthorized",
	};

	if (status < 0 || status > CA_OCSP_UNAUTHORIZED)
		return NULL;
	return names[status];
}

/* ---- bounds and version ----------------------------------------------- */

enum ca_status
ca_ocsp_check_size(struct ca_bytes der, struct ca_error *err)
{
	if (der.len <= CA_OCSP_MAX)
		return CA_OK;
	return ca_fail(err, CA_REFUSED, "%zu octets, where %zu are the limit",
	    der.len, CA_OCSP_MAX);
}

enum ca_status
ca_ocsp_version_get(struct ca_bytes *in, struct ca_error *err)
{
	if (!der_next_is(*in, DER_CONTEXT_CONS(0)))
		return CA_OK;
	return malformed(err,
	    "a version is given: there is only version 1, which is the "
	    "default and must be left out (RFC 6960 4.1.1, X.690 11.5)");
}

/* ---- certID ----------------------------------------------------------- */

static enum ca_hash
hash_of(struct ca_bytes oid)
{
	switch (ca_oid_find(oid)) {
	case CA_OID_SHA1:
		return CA_HASH_SHA1;
	case CA_OID_SHA256:
		return CA_HASH_SHA256;
	default:
		return CA_HASH_NONE;
	}
}

/*
 * AlgorithmIdentifier. A hash we know has NULL or nothing as parameters, and
 * both are sent (RFC 4055 2.1); of others they are one element at most.
 */
static enum ca_status
get_hash(struct ca_bytes *in, struct ca_ocsp_id *id, struct ca_error *err)
{
	struct ca_bytes alg, parameters;
	bool proper;

	if (!der_get(in, DER_SEQUENCE, &alg) ||
	    !der_get_oid(&alg, &id->hash_oid))
		return malformed(err,
		    "certID: hashAlgorithm is not an AlgorithmIdentifier in "
		    "DER (RFC 6960 4.1.1)");
	id->hash = hash_of(id->hash_oid);
	proper = der_at_end(alg);
	if (!proper && id->hash != CA_HASH_NONE)
		proper = der_get_null(&alg) && der_at_end(alg);
	else if (!proper)
		proper = der_get_any(&alg, NULL, &parameters, NULL) &&
		    der_at_end(alg) && der_is_well_formed(parameters);
	if (!proper)
		return malformed(err,
		    "certID: hashAlgorithm has parameters that are not its "
		    "(RFC 4055 2.1)");
	return CA_OK;
}

static enum ca_status
get_hashes(struct ca_bytes *in, struct ca_ocsp_id *id, struct ca_error *err)
{
	size_t len = ca_hash_len(id->hash);

	if (!der_get(in, DER_OCTET_STRING, &id->name_hash) ||
	    !der_get(in, DER_OCTET_STRING, &id->key_hash))
		return malformed(err,
		    "certID: issuerNameHash and issuerKeyHash are not OCTET "
		    "STRINGs in DER (RFC 6960 4.1.1)");
	if (id->hash != CA_HASH_NONE &&
	    (id->name_hash.len != len || id->key_hash.len != len))
		return ca_fail(err, CA_MALFORMED,
		    "certID: hashes of %zu and %zu octets, where %s has %zu "
		    "(RFC 6960 4.1.1)",
		    id->name_hash.len, id->key_hash.len, ca_hash_name(id->hash),
		    len);
	return CA_OK;
}

/* What could not be a certificate's is read all the same: the others asked
 * for beside it are to have their answers. */
static enum ca_status
get_serial(struct ca_bytes *in, struct ca_ocsp_id *id, struct ca_error *err)
{
	struct ca_bytes rest = *in, octets;
	bool positive;

	if (!der_get_integer(&rest, &octets))
		return malformed(err,
		    "certID: serialNumber is not an INTEGER in DER, in the "
		    "fewest octets (RFC 6960 4.1.1)");
	positive = der_get_unsigned(in, &id->serial);
	if (!positive)
		id->serial = octets;
	*in = rest;
	id->serial_is_proper = positive && octets.len <= SERIAL_MAX &&
	    !(id->serial.len == 1 && id->serial.data[0] == 0);
	return CA_OK;
}

/*
 * CertID ::= SEQUENCE {
 *     hashAlgorithm  AlgorithmIdentifier,
 *     issuerNameHash OCTET STRING,
 *     issuerKeyHash  OCTET STRING,
 *     serialNumber   CertificateSerialNumber }
 */
enum ca_status
ca_ocsp_id_get(
    struct ca_bytes *in, struct ca_ocsp_id *ret, struct ca_error *err)
{
	struct ca_ocsp_id id = {0};
	struct ca_bytes inside;
	enum ca_status st;

	if (!der_next_is(*in, DER_SEQUENCE) ||
	    !der_get_any(in, NULL, &id.der, &inside))
		return malformed(
		    err, "certID: not a SEQUENCE in DER (RFC 6960 4.1.1)");
	if ((st = get_hash(&inside, &id, err)) != CA_OK ||
	    (st = get_hashes(&inside, &id, err)) != CA_OK ||
	    (st = get_serial(&inside, &id, err)) != CA_OK)
		return st;
	if (!der_at_end(inside))
		return malformed(err,
		    "certID: something follows the serialNumber "
		    "(RFC 6960 4.1.1)");
	*ret = id;
	return CA_OK;
}

static struct ca_bytes
name_hash(const struct ca_ocsp_issuer *issuer, enum ca_hash hash)
{
	return (struct ca_bytes){
	    hash == CA_HASH_SHA1 ? issuer->name_sha1 : issuer->name_sha256,
	    ca_hash_len(hash)};
}

static struct ca_bytes
key_hash(const struct ca_ocsp_issuer *issuer, enum ca_hash hash)
{
	return (struct ca_bytes){
	    hash == CA_HASH_SHA1 ? issuer->key_sha1 : issuer->key_sha256,
	    ca_hash_len(hash)};
}

void
ca_ocsp_id_put(struct der_out *out, const struct ca_ocsp_issuer *issuer,
    enum ca_hash hash, struct ca_bytes serial)
{
	if (hash != CA_HASH_SHA1 && hash != CA_HASH_SHA256) {
		der_put_failed(out, CA_INTERNAL);
		return;
	}
	der_open(out, DER_SEQUENCE);
	der_open(out, DER_SEQUENCE);
	der_put(out, DER_OID,
	    ca_oid_der(hash == CA_HASH_SHA1 ? CA_OID_SHA1 : CA_OID_SHA256));
	/* NULL, as everybody writes it: caches compare the bytes. */
	der_put_null(out);
	der_close(out);
	der_put(out, DER_OCTET_STRING, name_hash(issuer, hash));
	der_put(out, DER_OCTET_STRING, key_hash(issuer, hash));
	der_put_unsigned(out, serial);
	der_close(out);
}

bool
ca_ocsp_id_is_of(
    const struct ca_ocsp_id *id, const struct ca_ocsp_issuer *issuer)
{
	return id->hash != CA_HASH_NONE &&
	    ca_bytes_equal(id->name_hash, name_hash(issuer, id->hash)) &&
	    ca_bytes_equal(id->key_hash, key_hash(issuer, id->hash));
}

static enum ca_status
hash_into(enum ca_hash hash, struct ca_bytes data,
    uint8_t ret[CA_OCSP_HASH_MAX], struct ca_error *err)
{
	uint8_t full[CA_HASH_MAX];
	enum ca_status st;

	st = ca_hash_bytes(hash, data, full, err);
	if (st == CA_OK)
		memcpy(ret, full, ca_hash_len(hash));
	return st;
}

static enum ca_status
issuer_called(struct ca_bytes name, struct ca_bytes key,
    struct ca_ocsp_issuer *ret, struct ca_error *err)
{
	struct ca_ocsp_issuer made = {0};
	enum ca_status st;

	if ((st = hash_into(CA_HASH_SHA1, name, made.name_sha1, err)) !=
		CA_OK ||
	    (st = hash_into(CA_HASH_SHA1, key, made.key_sha1, err)) != CA_OK ||
	    (st = hash_into(CA_HASH_SHA256, name, made.name_sha256, err)) !=
		CA_OK ||
	    (st = hash_into(CA_HASH_SHA256, key, made.key_sha256, err)) !=
		CA_OK)
		return st;
	*ret = made;
	return CA_OK;
}

enum ca_status
ca_ocsp_issuer_of(const struct ca_cert *issuer, struct ca_ocsp_issuer *ret,
    struct ca_error *err)
{
	return issuer_called(issuer->subject, issuer->spki.key, ret, err);
}

enum ca_status
ca_ocsp_issuer_in(const struct ca_cert *cert, const struct ca_cert *issuer,
    struct ca_ocsp_issuer *ret, struct ca_error *err)
{
	return issuer_called(cert->issuer, issuer->spki.key, ret, err);
}

/* ---- extensions ------------------------------------------------------- */

static bool
is_among(enum ca_oid id, const enum ca_oid *ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

enum ca_status
ca_ocsp_exts_get(struct ca_bytes *in, unsigned n, const enum ca_oid *understood,
    size_t count, enum ca_status unknown_is, struct ca_exts *ret,
    struct ca_error *err)
{
	struct ca_bytes element;
	enum ca_status st;
	bool present;

	ret->count = 0;
	if (!der_get_optional(in, DER_CONTEXT_CONS(n), &present, &element))
		return ca_fail(err, CA_MALFORMED,
		    "the extensions [%u] are not DER (RFC 6960 4.4)", n);
	if (!present)
		return CA_OK;
	if ((st = ca_exts_parse(element, ret, err)) != CA_OK)
		return st;
	for (size_t i = 0; i < ret->count; i++) {
		const struct ca_ext *ext = &ret->list[i];

		if (ext->critical && !is_among(ext->id, understood, count))
			return ca_ext_fail(err, unknown_is, ext->oid,
			    "critical, and not understood here "
			    "(RFC 6960 4.4)");
		if ((st = ca_ext_check(ext, err)) != CA_OK)
			return st;
	}
	return CA_OK;
}

/* Nonce ::= OCTET STRING (SIZE(1..128)), inside the extnValue */
enum ca_status
ca_ocsp_nonce_get(
    const struct ca_exts *exts, struct ca_bytes *ret, struct ca_error *err)
{
	const struct ca_ext *ext = ca_exts_find(exts, CA_OID_OCSP_NONCE);
	struct ca_bytes value, nonce;

	if (ext == NULL) {
		*ret = (struct ca_bytes){0};
		return CA_OK;
	}
	value = ext->value;
	if (!der_get(&value, DER_OCTET_STRING, &nonce) || !der_at_end(value))
		return ca_ext_fail(err, CA_MALFORMED, ext->oid,
		    "not one OCTET STRING in DER (RFC 9654 2.1)");
	if (nonce.len == 0 || nonce.len > CA_OCSP_MAX_NONCE)
		return ca_fail(err, CA_MALFORMED,
		    "ocspNonce: %zu octets, where 1 to %d are allowed "
		    "(RFC 9654 2.1)",
		    nonce.len, CA_OCSP_MAX_NONCE);
	*ret = nonce;
	return CA_OK;
}

void
ca_ocsp_nonce_put(struct der_out *out, struct ca_bytes nonce)
{
	if (nonce.len == 0 || nonce.len > CA_OCSP_MAX_NONCE)
		der_put_failed(out, CA_INTERNAL);
	ca_ext_open(out, CA_OID_OCSP_NONCE, false);
	der_put(out, DER_OCTET_STRING, nonce);
	ca_ext_close(out);
}

/* ---- certificates that come along ------------------------------------- */

enum ca_status
ca_ocsp_certs_get(
    struct ca_bytes *in, struct ca_bytes *ret, struct ca_error *err)
{
	struct ca_bytes outer, list = {0}, rest, cert;
	size_t count = 0;
	bool present;

	if (!der_get_optional(in, DER_CONTEXT_CONS(0), &present, &outer) ||
	    (present &&
		(!der_get(&outer, DER_SEQUENCE, &list) || !der_at_end(outer))))
		return malformed(err,
		    "certs [0] is not one SEQUENCE in DER (RFC 6960 4.2.1)");
	for (rest = list; !der_at_end(rest); count++) {
		if (count == CA_OCSP_MAX_CERTS)
			return ca_fail(err, CA_REFUSED,
			    "more than %d certificates come along, the most "
			    "that are read",
			    CA_OCSP_MAX_CERTS);
		if (!der_get_element(&rest, DER_SEQUENCE, &cert) ||
		    !der_is_well_formed(cert))
			return malformed(err,
			    "certs holds what is not a Certificate in DER "
			    "(RFC 6960 4.2.1)");
	}
	*ret = list;
	return CA_OK;
}
