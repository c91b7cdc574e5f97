/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/pkcs8.h"
#include "ca/der.h"
#include "ca/oid.h"

static enum ca_status
malformed(struct ca_error *err, const char *field)
{
	return ca_fail(err, CA_MALFORMED,
	    "private key: %s is not what its format says (RFC 5958 2); the "
	    "file is damaged or of another format",
	    field);
}

/* privateKeyAlgorithm is the public key's AlgorithmIdentifier (RFC 5958 2;
 * RFC 3279, 5480, 8410 each give one for both). */
static struct ca_bytes
algorithm_of(struct ca_bytes spki)
{
	struct ca_bytes content, algorithm = {0};

	if (der_get(&spki, DER_SEQUENCE, &content))
		(void)der_get_element(&content, DER_SEQUENCE, &algorithm);
	return algorithm;
}

/*
 * OneAsymmetricKey ::= SEQUENCE { version INTEGER { v1(0), v2(1) },
 *	privateKeyAlgorithm AlgorithmIdentifier,
 *	privateKey OCTET STRING, attributes [0] SET OPTIONAL,
 *	publicKey [1] BIT STRING OPTIONAL }	-- v2 only
 */
static bool
parse(struct ca_bytes der, struct ca_bytes *ret_algorithm, struct ca_pkcs8 *ret)
{
	struct ca_bytes in, bits, ignored;
	bool present;
	uint64_t version;

	if (!der_get(&der, DER_SEQUENCE, &in) || !der_at_end(der) ||
	    !der_get_uint(&in, &version) || version > 1 ||
	    !der_get_element(&in, DER_SEQUENCE, ret_algorithm) ||
	    !der_get(&in, DER_OCTET_STRING, &ret->inner) ||
	    !der_get_optional(&in, DER_CONTEXT_CONS(0), &present, &ignored))
		return false;
	if (!der_get_optional(&in, DER_CONTEXT(1), &present, &bits))
		return false;
	if (present) {
		if (version == 0 || bits.len < 2 || bits.data[0] != 0)
			return false;
		ret->public_key = (struct ca_bytes){
		    bits.data + 1, bits.len - 1};
	}
	return der_at_end(in);
}

/* RSAPrivateKey and ECPrivateKey go on after the version with a number or
 * octets: what openssl pkey -outform DER writes. */
static bool
is_traditional(struct ca_bytes der)
{
	struct ca_bytes in;
	uint64_t version;

	return der_get(&der, DER_SEQUENCE, &in) &&
	    der_get_uint(&in, &version) &&
	    (der_next_is(in, DER_INTEGER) || der_next_is(in, DER_OCTET_STRING));
}

static enum ca_status
refuse_algorithm(struct ca_bytes algorithm, struct ca_error *err)
{
	struct ca_buf name = {0};
	struct ca_bytes in, oid, curve;
	const char *text;

	if (!der_get(&algorithm, DER_SEQUENCE, &in) || !der_get_oid(&in, &oid))
		return malformed(err, "privateKeyAlgorithm");
	if (ca_oid_find(oid) == CA_OID_EC_PUBLIC_KEY &&
	    der_get_oid(&in, &curve))
		oid = curve;
	if (ca_oid_append_text(&name, oid) != CA_OK)
		ca_buf_clear(&name);
	text = ca_buf_text(&name);
	(void)ca_fail(err, CA_REFUSED,
	    "private key: %s, or its parameters, are not ours (RSA, ECDSA on "
	    "the named curves P-256, P-384 and P-521, Ed25519, Ed448); make a "
	    "new key",
	    text != NULL ? text : "this algorithm");
	ca_buf_free(&name);
	return CA_REFUSED;
}

/* The type whose AlgorithmIdentifier it is, byte for byte. */
static enum ca_status
find_type(
    struct ca_bytes algorithm, enum ca_key_type *ret, struct ca_error *err)
{
	static const enum ca_key_type types[] = {CA_KEY_RSA, CA_KEY_P256,
	    CA_KEY_P384, CA_KEY_P521, CA_KEY_ED25519, CA_KEY_ED448};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct der_out out = {0};
		struct ca_buf spki = {0};
		bool equal;

		ca_spki_put(&out, types[i], (struct ca_bytes){0});
		if (der_finish(&out, &spki) != CA_OK)
			return ca_fail(
			    err, CA_MEMORY, "private key: no memory");
		equal = ca_bytes_equal(algorithm_of(ca_view(&spki)), algorithm);
		ca_buf_free(&spki);
		if (equal) {
			*ret = types[i];
			return CA_OK;
		}
	}
	return refuse_algorithm(algorithm, err);
}

enum ca_status
ca_pkcs8_parse(struct ca_bytes der, struct ca_pkcs8 *ret, struct ca_error *err)
{
	struct ca_pkcs8 file = {0};
	struct ca_bytes algorithm = {0};
	enum ca_status st;

	if (is_traditional(der))
		return ca_fail(err, CA_REFUSED,
		    "private key: this is a traditional RSA or EC format; PKCS "
		    "#8 is read (RFC 5958); convert it: openssl pkey -inform "
		    "DER -in OLD -aes256 -out NEW");
	if (!der_is_well_formed(der) || !parse(der, &algorithm, &file))
		return malformed(err, "PrivateKeyInfo");
	if ((st = find_type(algorithm, &file.type, err)) != CA_OK)
		return st;
	if (!der_is_well_formed(file.inner))
		return malformed(err, "privateKey");
	*ret = file;
	return CA_OK;
}

enum ca_status
ca_pkcs8_append(struct ca_buf *ret, const struct ca_spki *spki,
    struct ca_bytes inner, struct ca_error *err)
{
	struct der_out out = {0};
	struct ca_buf der = {0};
	enum ca_status st;

	der_open(&out, DER_SEQUENCE);
	der_put_uint(&out, 0);
	der_put_raw(&out, algorithm_of(spki->der));
	der_put(&out, DER_OCTET_STRING, inner);
	der_close(&out);
	if ((st = der_finish(&out, &der)) != CA_OK ||
	    (st = ca_buf_append(ret, ca_view(&der))) != CA_OK)
		(void)ca_fail(err, st, "private key: no memory");
	ca_buf_free(&der);
	return st;
}
