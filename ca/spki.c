/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/spki.h"

#include "ca/oid.h"
#include "ca/sigalg.h"

#include <string.h>

#define DEFAULT_RSA_BITS 3072
#define UNCOMPRESSED 0x04

#define KEY_WORDS                                                            \
	"rsa-2048, rsa-3072, rsa-4096, ecdsa-p256, ecdsa-p384, ecdsa-p521, " \
	"ed25519, ed448"

/* oid: the curve for EC, else the algorithm. len: the BIT STRING's octets. */
static const struct key_type {
	enum ca_key_type type;
	enum ca_oid oid;
	const char *name;
	unsigned bits;
	size_t len;
} key_types[] = {
    {CA_KEY_RSA, CA_OID_RSA_ENCRYPTION, "rsa", 0, 0},
    {CA_KEY_P256, CA_OID_P256, "ecdsa-p256", 256, 65},
    {CA_KEY_P384, CA_OID_P384, "ecdsa-p384", 384, 97},
    {CA_KEY_P521, CA_OID_P521, "ecdsa-p521", 521, 133},
    {CA_KEY_ED25519, CA_OID_ED25519, "ed25519", 256, 32},
    {CA_KEY_ED448, CA_OID_ED448, "ed448", 456, 57},
};
#define KEY_TYPE_COUNT (sizeof(key_types) / sizeof(key_types[0]))

/* The names other programs have for the same. */
static const struct {
	const char *word;
	enum ca_key_type type;
} words[] = {
    {"ecdsa-p256", CA_KEY_P256},
    {"ec-p256", CA_KEY_P256},
    {"p256", CA_KEY_P256},
    {"p-256", CA_KEY_P256},
    {"prime256v1", CA_KEY_P256},
    {"secp256r1", CA_KEY_P256},
    {"ecdsa-p384", CA_KEY_P384},
    {"ec-p384", CA_KEY_P384},
    {"p384", CA_KEY_P384},
    {"p-384", CA_KEY_P384},
    {"secp384r1", CA_KEY_P384},
    {"ecdsa-p521", CA_KEY_P521},
    {"ec-p521", CA_KEY_P521},
    {"p521", CA_KEY_P521},
    {"p-521", CA_KEY_P521},
    {"secp521r1", CA_KEY_P521},
    {"ed25519", CA_KEY_ED25519},
    {"ed448", CA_KEY_ED448},
};

static const struct key_type *
find_type(enum ca_key_type type)
{
	for (size_t i = 0; i < KEY_TYPE_COUNT; i++)
		if (key_types[i].type == type)
			return &key_types[i];
	return NULL;
}

static const struct key_type *
find_oid(enum ca_oid oid)
{
	for (size_t i = 0; i < KEY_TYPE_COUNT; i++)
		if (key_types[i].oid == oid)
			return &key_types[i];
	return NULL;
}

static enum ca_status
malformed(struct ca_error *err, const char *what)
{
	return ca_fail(err, CA_MALFORMED, "public key: %s", what);
}

/* ---- reading ---------------------------------------------------------- */

static unsigned
count_bits(struct ca_bytes magnitude)
{
	unsigned bits = (unsigned)(magnitude.len - 1) * 8;

	for (unsigned top = magnitude.data[0]; top > 0; top >>= 1)
		bits++;
	return bits;
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } */
static enum ca_status
get_rsa(struct ca_spki *spki, struct ca_error *err)
{
	struct ca_bytes in = spki->key, content;

	if (!der_get(&in, DER_SEQUENCE, &content) || !der_at_end(in) ||
	    !der_get_unsigned(&content, &spki->modulus) ||
	    !der_get_unsigned(&content, &spki->exponent) ||
	    !der_at_end(content))
		return malformed(
		    err, "not an RSAPublicKey in DER (RFC 8017 A.1.1)");
	spki->type = CA_KEY_RSA;
	spki->bits = count_bits(spki->modulus);
	return CA_OK;
}

/*
 * id-RSASSA-PSS: no parameters, or those every signature is bound to (RFC
 * 4055 3.1).
 */
static enum ca_status
get_rsa_pss(struct ca_bytes params, struct ca_spki *spki, struct ca_error *err)
{
	struct ca_bytes content;
	struct ca_sig_alg alg;
	enum ca_status st;

	spki->pss_only = true;
	if (!der_at_end(params)) {
		if (!der_get(&params, DER_SEQUENCE, &content) ||
		    !der_at_end(params))
			return malformed(
			    err, "bad RSASSA-PSS parameters (RFC 4055 3.1)");
		if ((st = ca_pss_params_get(content, &alg, err)) != CA_OK) {
			ca_fail_in(err, "public key");
			return st;
		}
		spki->pss_hash = alg.hash;
		spki->pss_salt_len = alg.salt_len;
	}
	return get_rsa(spki, err);
}

/* RFC 5480 2.2: 04 X Y. The other forms are legal and never seen. */
static enum ca_status
check_point(const struct ca_spki *spki, const struct key_type *type,
    struct ca_error *err)
{
	const struct ca_bytes key = spki->key;

	if (key.len == 1 && key.data[0] == 0)
		return ca_fail(err, CA_REFUSED,
		    "public key: the point at infinity is no key "
		    "(SP 800-56A 5.6.2.3); make a new key");
	if (key.len > 0 && (key.data[0] == 2 || key.data[0] == 3))
		return ca_fail(err, CA_REFUSED,
		    "public key: compressed point (RFC 5480 2.2): make the "
		    "request again with the uncompressed form");
	if (key.len != type->len || key.data[0] != UNCOMPRESSED)
		return ca_fail(err, CA_MALFORMED,
		    "public key: %zu octets are not an uncompressed point of "
		    "%s (RFC 5480 2.2)",
		    key.len, type->name);
	return CA_OK;
}

/* ECParameters ::= CHOICE { namedCurve OBJECT IDENTIFIER } */
static enum ca_status
get_ec(struct ca_bytes params, struct ca_spki *spki, struct ca_error *err)
{
	const struct key_type *type;
	struct ca_bytes curve;

	if (der_next_is(params, DER_SEQUENCE))
		return ca_fail(err, CA_REFUSED,
		    "public key: explicit curve parameters (RFC 5480 2.1.1): "
		    "only named curves are certified; make the key with a "
		    "named one (openssl: -pkeyopt ec_param_enc:named_curve)");
	if (!der_get_oid(&params, &curve) || !der_at_end(params))
		return malformed(
		    err, "the curve is not an OID (RFC 5480 2.1.1)");
	type = find_oid(ca_oid_find(curve));
	if (type == NULL || type->len == 0)
		return ca_algorithm_refuse(
		    err, CA_USE_CURVE, "public key: curve", curve);
	spki->type = type->type;
	spki->bits = type->bits;
	return check_point(spki, type, err);
}

static enum ca_status
get_eddsa(struct ca_bytes params, const struct key_type *type,
    struct ca_spki *spki, struct ca_error *err)
{
	if (!der_at_end(params))
		return malformed(err, "EdDSA takes no parameters (RFC 8410 3)");
	if (spki->key.len != type->len)
		return ca_fail(err, CA_MALFORMED,
		    "public key: %zu octets, %s has %zu (RFC 8410 4)",
		    spki->key.len, type->name, type->len);
	spki->type = type->type;
	spki->bits = type->bits;
	return CA_OK;
}

static enum ca_status
get_by_oid(struct ca_bytes oid, struct ca_bytes params, struct ca_spki *spki,
    struct ca_error *err)
{
	enum ca_oid found = ca_oid_find(oid);

	switch (found) {
	case CA_OID_RSA_ENCRYPTION:
		if (!der_get_null(&params) || !der_at_end(params))
			return malformed(err,
			    "the parameters of RSA are not NULL "
			    "(RFC 3279 2.3.1)");
		return get_rsa(spki, err);
	case CA_OID_RSASSA_PSS:
		return get_rsa_pss(params, spki, err);
	case CA_OID_EC_PUBLIC_KEY:
		return get_ec(params, spki, err);
	case CA_OID_ED25519:
	case CA_OID_ED448:
		return get_eddsa(params, find_oid(found), spki, err);
	default:
		return ca_algorithm_refuse(
		    err, CA_USE_KEY, "public key: algorithm", oid);
	}
}

/*
 * SubjectPublicKeyInfo ::= SEQUENCE {
 *	algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
 */
enum ca_status
ca_spki_get(struct ca_bytes *in, struct ca_spki *ret, struct ca_error *err)
{
	struct ca_bytes rest = *in, outer, content, algorithm, oid;
	struct ca_spki spki = {0};
	enum ca_status st;

	if (!der_get_element(&rest, DER_SEQUENCE, &spki.der))
		return malformed(err, "not a SEQUENCE in DER (RFC 5280 4.1)");
	outer = spki.der;
	if (!der_get(&outer, DER_SEQUENCE, &content) ||
	    !der_get(&content, DER_SEQUENCE, &algorithm) ||
	    !der_get_oid(&algorithm, &oid) ||
	    !der_get_bit_octets(&content, &spki.key) || !der_at_end(content))
		return malformed(
		    err, "not a SubjectPublicKeyInfo in DER (RFC 5280 4.1)");
	if ((st = get_by_oid(oid, algorithm, &spki, err)) != CA_OK)
		return st;
	*ret = spki;
	*in = rest;
	return CA_OK;
}

/* ---- writing ---------------------------------------------------------- */

static void
put_algorithm(struct der_out *out, const struct key_type *type)
{
	der_open(out, DER_SEQUENCE);
	switch (type->type) {
	case CA_KEY_RSA:
		der_put(out, DER_OID, ca_oid_der(type->oid));
		der_put_null(out);
		break;
	case CA_KEY_ED25519:
	case CA_KEY_ED448:
		der_put(out, DER_OID, ca_oid_der(type->oid));
		break;
	default:
		der_put(out, DER_OID, ca_oid_der(CA_OID_EC_PUBLIC_KEY));
		der_put(out, DER_OID, ca_oid_der(type->oid));
		break;
	}
	der_close(out);
}

void
ca_spki_put(struct der_out *out, enum ca_key_type type, struct ca_bytes key)
{
	const struct key_type *found = find_type(type);

	if (found == NULL) {
		der_put_failed(out, CA_INTERNAL);
		return;
	}
	der_open(out, DER_SEQUENCE);
	put_algorithm(out, found);
	der_put_bit_octets(out, key);
	der_close(out);
}

/* ---- names ------------------------------------------------------------ */

const char *
ca_key_type_name(enum ca_key_type type)
{
	const struct key_type *found = find_type(type);

	return found != NULL ? found->name : "none";
}

enum ca_status
ca_spki_append_text(struct ca_buf *buf, const struct ca_spki *spki)
{
	if (spki->type == CA_KEY_RSA)
		return ca_buf_printf(buf, "%s-%u",
		    spki->pss_only ? "rsa-pss" : "rsa", spki->bits);
	return ca_buf_append_text(buf, ca_key_type_name(spki->type));
}

/* The length of word when text starts with it, in either case; else 0. */
static size_t
match(const char *text, const char *word)
{
	size_t i;

	for (i = 0; word[i] != '\0'; i++) {
		char c = text[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != word[i])
			return 0;
	}
	return i;
}

static enum ca_status
unknown_word(const char *text, struct ca_error *err)
{
	return ca_fail(err, CA_USAGE,
	    "key type '%.40s' is unknown; there are " KEY_WORDS, text);
}

/* What stands behind "rsa": "", "-3072", ":3072" or "3072". */
static enum ca_status
parse_rsa_bits(const char *text, unsigned *ret_bits, struct ca_error *err)
{
	const char *digits = text + 3;
	unsigned bits = 0;

	if (*digits == '\0') {
		*ret_bits = DEFAULT_RSA_BITS;
		return CA_OK;
	}
	if (*digits == '-' || *digits == ':')
		digits++;
	if (*digits == '\0' || strlen(digits) > 6 ||
	    strspn(digits, "0123456789") != strlen(digits))
		return unknown_word(text, err);
	for (; *digits != '\0'; digits++)
		bits = bits * 10 + (unsigned)(*digits - '0');
	if (bits > 4096)
		return ca_fail(err, CA_REFUSED,
		    "key type '%s': RSA above 4096 bits is beyond the "
		    "library's limit; take rsa-4096 or ecdsa-p384",
		    text);
	if (bits < 2048)
		return ca_fail(err, CA_REFUSED,
		    "key type '%s': RSA below 2048 bits is broken "
		    "(CA/B BR 6.1.5); take rsa-3072",
		    text);
	if (bits != 2048 && bits != 3072 && bits != 4096)
		return ca_fail(err, CA_REFUSED,
		    "key type '%s': RSA keys are made with 2048, 3072 or "
		    "4096 bits",
		    text);
	*ret_bits = bits;
	return CA_OK;
}

enum ca_status
ca_key_type_parse(const char *text, enum ca_key_type *ret_type,
    unsigned *ret_bits, struct ca_error *err)
{
	enum ca_status st;

	if (match(text, "rsa") > 0) {
		if ((st = parse_rsa_bits(text, ret_bits, err)) == CA_OK)
			*ret_type = CA_KEY_RSA;
		return st;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = match(text, words[i].word);

		if (len == 0 || text[len] != '\0')
			continue;
		*ret_type = words[i].type;
		*ret_bits = 0;
		return CA_OK;
	}
	return unknown_word(text, err);
}
