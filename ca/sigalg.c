/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/sigalg.h"

#include "ca/crypto.h"
#include "ca/oid.h"

#include <string.h>

#define PSS_DEFAULT_SALT 20
/* No modulus we take has room for more. */
#define PSS_MAX_SALT 1024

static const struct {
	enum ca_oid oid;
	enum ca_signature kind;
	enum ca_hash hash;
} algorithms[] = {
    {CA_OID_SHA256_RSA, CA_SIG_RSA_PKCS1, CA_HASH_SHA256},
    {CA_OID_SHA384_RSA, CA_SIG_RSA_PKCS1, CA_HASH_SHA384},
    {CA_OID_SHA512_RSA, CA_SIG_RSA_PKCS1, CA_HASH_SHA512},
    {CA_OID_SHA256_ECDSA, CA_SIG_ECDSA, CA_HASH_SHA256},
    {CA_OID_SHA384_ECDSA, CA_SIG_ECDSA, CA_HASH_SHA384},
    {CA_OID_SHA512_ECDSA, CA_SIG_ECDSA, CA_HASH_SHA512},
    {CA_OID_ED25519, CA_SIG_ED25519, CA_HASH_NONE},
    {CA_OID_ED448, CA_SIG_ED448, CA_HASH_NONE},
};
#define ALGORITHM_COUNT (sizeof(algorithms) / sizeof(algorithms[0]))

static const struct {
	enum ca_oid oid;
	enum ca_hash hash;
} hash_oids[] = {
    {CA_OID_SHA1, CA_HASH_SHA1},
    {CA_OID_SHA256, CA_HASH_SHA256},
    {CA_OID_SHA384, CA_HASH_SHA384},
    {CA_OID_SHA512, CA_HASH_SHA512},
};
#define HASH_OID_COUNT (sizeof(hash_oids) / sizeof(hash_oids[0]))

/* Seen in the world, never certified or signed with: only to say which. */
static const struct {
	const char *dotted, *name;
} refused[] = {
    {"1.2.840.10040.4.1", "DSA"},
    {"1.2.840.10046.2.1", "Diffie-Hellman"},
    {"1.2.840.113549.1.3.1", "Diffie-Hellman"},
    {"1.3.132.1.12", "ECDH"},
    {"1.2.840.113549.1.1.7", "RSAES-OAEP"},
    {"1.3.101.110", "X25519"},
    {"1.3.101.111", "X448"},
    {"1.2.840.10045.3.1.1", "P-192"},
    {"1.3.132.0.33", "P-224"},
    {"1.3.132.0.10", "secp256k1"},
    {"1.3.36.3.3.2.8.1.1.3", "brainpoolP192r1"},
    {"1.3.36.3.3.2.8.1.1.5", "brainpoolP224r1"},
    {"1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"},
    {"1.3.36.3.3.2.8.1.1.8", "brainpoolP256t1"},
    {"1.3.36.3.3.2.8.1.1.9", "brainpoolP320r1"},
    {"1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"},
    {"1.3.36.3.3.2.8.1.1.12", "brainpoolP384t1"},
    {"1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"},
    {"1.3.36.3.3.2.8.1.1.14", "brainpoolP512t1"},
    {"1.2.840.113549.2.5", "md5"},
    {"2.16.840.1.101.3.4.2.4", "SHA-224"},
    {"2.16.840.1.101.3.4.2.5", "SHA-512/224"},
    {"2.16.840.1.101.3.4.2.6", "SHA-512/256"},
    {"2.16.840.1.101.3.4.2.8", "SHA3-256"},
    {"2.16.840.1.101.3.4.2.9", "SHA3-384"},
    {"2.16.840.1.101.3.4.2.10", "SHA3-512"},
    {"1.2.840.113549.1.1.2", "md2WithRSAEncryption"},
    {"1.2.840.113549.1.1.3", "md4WithRSAEncryption"},
    {"1.2.840.113549.1.1.14", "sha224WithRSAEncryption"},
    {"1.3.14.3.2.29", "sha1WithRSA"},
    {"1.2.840.10045.4.3.1", "ecdsa-with-SHA224"},
    {"1.3.14.3.2.27", "dsaWithSHA1"},
    {"2.16.840.1.101.3.4.3.1", "dsa-with-sha224"},
    {"2.16.840.1.101.3.4.3.2", "dsa-with-sha256"},
    {"2.16.840.1.101.3.4.3.3", "dsa-with-sha384"},
    {"2.16.840.1.101.3.4.3.4", "dsa-with-sha512"},
    {"2.16.840.1.101.3.4.3.10", "ecdsa-with-SHA3-256"},
    {"2.16.840.1.101.3.4.3.14", "rsa-with-SHA3-256"},
    {"2.16.840.1.101.3.4.3.17", "ML-DSA-44"},
    {"2.16.840.1.101.3.4.3.18", "ML-DSA-65"},
    {"2.16.840.1.101.3.4.3.19", "ML-DSA-87"},
};

/* Hashes that are broken or short, by a part of the algorithm's name. */
static const char *
hash_advice(const char *name)
{
	static const struct {
		const char *part, *advice;
	} hashes[] = {
	    {"sha1",
		": SHA-1 is broken (RFC 6194, CA/B BR 7.1.3.2); sign "
		"with SHA-256 (openssl: -sha256)"},
	    {"SHA1",
		": SHA-1 is broken (RFC 6194, CA/B BR 7.1.3.2); sign "
		"with SHA-256 (openssl: -sha256)"},
	    {"md5",
		": MD5 is broken (RFC 6151); sign with SHA-256 (openssl: "
		"-sha256)"},
	    {"md4",
		": MD4 is broken (RFC 6150); sign with SHA-256 (openssl: "
		"-sha256)"},
	    {"md2",
		": MD2 is broken (RFC 6149); sign with SHA-256 (openssl: "
		"-sha256)"},
	    {"224",
		": SHA-224 is too short (CA/B BR 7.1.3.2); sign with "
		"SHA-256 (openssl: -sha256)"},
	};

	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (strstr(name, hashes[i].part) != NULL)
			return hashes[i].advice;
	return ": RSA, RSASSA-PSS and ECDSA with SHA-256, SHA-384 or SHA-512, "
	       "Ed25519 and Ed448 are (CA/B BR 7.1.3.2, RFC 8410)";
}

static const char *
advice(enum ca_algorithm_use use, const char *name)
{
	switch (use) {
	case CA_USE_CURVE:
		return ": P-256, P-384 and P-521 are (FIPS 186-5, CA/B BR "
		       "6.1.5, RFC 5480 2.1.1.1); make another key (openssl: "
		       "-pkeyopt ec_paramgen_curve:P-256)";
	case CA_USE_KEY:
		return ": RSA, ECDSA on P-256, P-384 or P-521, Ed25519 and "
		       "Ed448 are (CA/B BR 6.1.5, RFC 8410); make another key "
		       "(signet key new)";
	default:
		return hash_advice(name);
	}
}

enum ca_status
ca_algorithm_refuse(struct ca_error *err, enum ca_algorithm_use use,
    const char *what, struct ca_bytes oid)
{
	struct ca_buf text = {0};
	const char *name = NULL;
	enum ca_status st = ca_oid_append_text(&text, oid);

	if (st == CA_OK)
		name = ca_buf_text(&text);
	if (name == NULL) {
		ca_buf_free(&text);
		return ca_fail(err, CA_MEMORY, "%s: no memory", what);
	}
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (strcmp(refused[i].dotted, name) == 0)
			name = refused[i].name;
	st = ca_fail(err, CA_REFUSED, "%s: %.80s is not accepted%s", what, name,
	    advice(use, name));
	ca_buf_free(&text);
	return st;
}

static bool
is_sha2(enum ca_hash hash)
{
	return hash == CA_HASH_SHA256 || hash == CA_HASH_SHA384 ||
	    hash == CA_HASH_SHA512;
}

static enum ca_status
malformed(struct ca_error *err, const char *what)
{
	return ca_fail(err, CA_MALFORMED, "signature algorithm: %s", what);
}

/* ---- RSASSA-PSS-params, RFC 4055 3.1 ---------------------------------- */

/*
 * HashAlgorithm ::= AlgorithmIdentifier with NULL or, equally, no parameters
 * (RFC 4055 2.1).
 */
static enum ca_status
get_hash(struct ca_bytes *in, enum ca_hash *ret, struct ca_error *err)
{
	struct ca_bytes content, oid;
	enum ca_oid found;

	if (!der_get(in, DER_SEQUENCE, &content) ||
	    !der_get_oid(&content, &oid) ||
	    (!der_at_end(content) && !der_get_null(&content)) ||
	    !der_at_end(content))
		return malformed(
		    err, "PSS: bad hash identifier (RFC 4055 2.1)");
	found = ca_oid_find(oid);
	for (size_t i = 0; i < HASH_OID_COUNT; i++) {
		if (hash_oids[i].oid != found)
			continue;
		*ret = hash_oids[i].hash;
		return CA_OK;
	}
	return ca_algorithm_refuse(
	    err, CA_USE_SIGNATURE, "signature algorithm: PSS hash", oid);
}

/* MaskGenAlgorithm ::= AlgorithmIdentifier { id-mgf1, HashAlgorithm } */
static enum ca_status
get_mgf(struct ca_bytes in, enum ca_hash *ret, struct ca_error *err)
{
	struct ca_bytes content, oid;
	enum ca_status st;

	if (!der_get(&in, DER_SEQUENCE, &content) || !der_at_end(in) ||
	    !der_get_oid(&content, &oid))
		return malformed(
		    err, "PSS: bad mask generation (RFC 4055 2.2)");
	if (ca_oid_find(oid) != CA_OID_MGF1)
		return ca_algorithm_refuse(err, CA_USE_SIGNATURE,
		    "signature algorithm: PSS mask generation", oid);
	if ((st = get_hash(&content, ret, err)) != CA_OK)
		return st;
	if (!der_at_end(content))
		return malformed(
		    err, "PSS: bad mask generation (RFC 4055 2.2)");
	return CA_OK;
}

/*
 * saltLength [2] INTEGER DEFAULT 20, trailerField [3] INTEGER DEFAULT 1. A
 * default is not encoded (X.690 11.5), but RFC 4055 makes readers take a
 * trailer field of 1.
 */
static bool
get_salt_and_trailer(struct ca_bytes *in, uint64_t *ret_salt)
{
	struct ca_bytes content;
	uint64_t trailer;
	bool present;

	*ret_salt = PSS_DEFAULT_SALT;
	if (!der_get_optional(in, DER_CONTEXT_CONS(2), &present, &content))
		return false;
	if (present &&
	    (!der_get_uint(&content, ret_salt) || !der_at_end(content) ||
		*ret_salt == PSS_DEFAULT_SALT))
		return false;
	if (!der_get_optional(in, DER_CONTEXT_CONS(3), &present, &content))
		return false;
	if (present &&
	    (!der_get_uint(&content, &trailer) || !der_at_end(content) ||
		trailer != 1))
		return false;
	return der_at_end(*in);
}

/* The fields as they stand, the defaults put in where they are absent. */
static enum ca_status
get_pss_fields(struct ca_bytes in, enum ca_hash *ret_hash,
    enum ca_hash *ret_mgf, uint64_t *ret_salt, struct ca_error *err)
{
	struct ca_bytes content = {0};
	enum ca_status st;
	bool present;

	*ret_hash = *ret_mgf = CA_HASH_SHA1;
	if (!der_get_optional(&in, DER_CONTEXT_CONS(0), &present, &content))
		return malformed(err, "PSS: bad hash (RFC 4055 3.1)");
	if (present && (st = get_hash(&content, ret_hash, err)) != CA_OK)
		return st;
	if (present && !der_at_end(content))
		return malformed(err, "PSS: bad hash (RFC 4055 3.1)");
	if (!der_get_optional(&in, DER_CONTEXT_CONS(1), &present, &content))
		return malformed(err, "PSS: bad mask (RFC 4055 3.1)");
	if (present && (st = get_mgf(content, ret_mgf, err)) != CA_OK)
		return st;
	if (!get_salt_and_trailer(&in, ret_salt))
		return malformed(err,
		    "PSS: bad salt length or trailer field (RFC 4055 3.1)");
	return CA_OK;
}

enum ca_status
ca_pss_params_get(
    struct ca_bytes content, struct ca_sig_alg *ret, struct ca_error *err)
{
	enum ca_hash hash, mgf;
	enum ca_status st;
	uint64_t salt;

	st = get_pss_fields(content, &hash, &mgf, &salt, err);
	if (st != CA_OK)
		return st;
	if (hash == CA_HASH_SHA1)
		return ca_fail(err, CA_REFUSED,
		    "signature algorithm: RSASSA-PSS with SHA-1, its default, "
		    "is not accepted: SHA-1 is broken (RFC 6194, CA/B BR "
		    "7.1.3.2); sign with SHA-256 or longer");
	if (hash != mgf)
		return ca_fail(err, CA_REFUSED,
		    "signature algorithm: RSASSA-PSS with %s, but MGF1 with "
		    "%s (RFC 4055 3.1: the same is recommended, here required)",
		    ca_hash_name(hash), ca_hash_name(mgf));
	if (salt > PSS_MAX_SALT)
		return ca_fail(err, CA_REFUSED,
		    "signature algorithm: RSASSA-PSS salt of more than %d "
		    "octets",
		    PSS_MAX_SALT);
	*ret = (struct ca_sig_alg){CA_SIG_RSA_PSS, hash, (unsigned)salt};
	return CA_OK;
}

static void
put_hash(struct der_out *out, enum ca_hash hash)
{
	der_open(out, DER_SEQUENCE);
	for (size_t i = 0; i < HASH_OID_COUNT; i++)
		if (hash_oids[i].hash == hash)
			der_put(out, DER_OID, ca_oid_der(hash_oids[i].oid));
	der_put_null(out);
	der_close(out);
}

static void
put_pss_params(struct der_out *out, const struct ca_sig_alg *alg)
{
	der_open(out, DER_SEQUENCE);
	der_open(out, DER_CONTEXT_CONS(0));
	put_hash(out, alg->hash);
	der_close(out);
	der_open(out, DER_CONTEXT_CONS(1));
	der_open(out, DER_SEQUENCE);
	der_put(out, DER_OID, ca_oid_der(CA_OID_MGF1));
	put_hash(out, alg->hash);
	der_close(out);
	der_close(out);
	if (alg->salt_len != PSS_DEFAULT_SALT) {
		der_open(out, DER_CONTEXT_CONS(2));
		der_put_uint(out, alg->salt_len);
		der_close(out);
	}
	der_close(out);
}

/* ---- AlgorithmIdentifier of a signature ------------------------------- */

/* rest is what stands behind the OID. Of RSA it is NULL, and readers MUST take
 * it as well when it is absent (RFC 4055 5); it is never written so. */
static enum ca_status
check_parameters(
    enum ca_signature kind, struct ca_bytes rest, struct ca_error *err)
{
	if (kind == CA_SIG_RSA_PKCS1) {
		if (der_at_end(rest) ||
		    (der_get_null(&rest) && der_at_end(rest)))
			return CA_OK;
		return malformed(err,
		    "the parameters of RSA are neither NULL nor absent (RFC "
		    "4055 5)");
	}
	if (der_at_end(rest))
		return CA_OK;
	if (kind == CA_SIG_ECDSA)
		return malformed(
		    err, "ECDSA takes no parameters (RFC 5758 3.2)");
	return malformed(err, "EdDSA takes no parameters (RFC 8410 3)");
}

static enum ca_status
get_pss(struct ca_bytes rest, struct ca_sig_alg *ret, struct ca_error *err)
{
	struct ca_bytes params;

	if (!der_get(&rest, DER_SEQUENCE, &params) || !der_at_end(rest))
		return malformed(
		    err, "RSASSA-PSS without its parameters (RFC 4055 3.1)");
	return ca_pss_params_get(params, ret, err);
}

static enum ca_status
get_by_oid(struct ca_bytes oid, struct ca_bytes rest, struct ca_sig_alg *ret,
    struct ca_error *err)
{
	enum ca_oid found = ca_oid_find(oid);
	enum ca_status st;

	if (found == CA_OID_RSASSA_PSS)
		return get_pss(rest, ret, err);
	for (size_t i = 0; i < ALGORITHM_COUNT; i++) {
		if (algorithms[i].oid != found)
			continue;
		st = check_parameters(algorithms[i].kind, rest, err);
		if (st == CA_OK)
			*ret = (struct ca_sig_alg){
			    algorithms[i].kind, algorithms[i].hash, 0};
		return st;
	}
	return ca_algorithm_refuse(
	    err, CA_USE_SIGNATURE, "signature algorithm", oid);
}

enum ca_status
ca_sig_alg_get(
    struct ca_bytes *in, struct ca_sig_alg *ret, struct ca_error *err)
{
	struct ca_bytes rest = *in, content, oid;
	enum ca_status st;

	if (!der_get(&rest, DER_SEQUENCE, &content) ||
	    !der_get_oid(&content, &oid))
		return malformed(err,
		    "not an AlgorithmIdentifier in DER (RFC 5280 4.1.1.2)");
	if ((st = get_by_oid(oid, content, ret, err)) == CA_OK)
		*in = rest;
	return st;
}

static enum ca_oid
oid_of(const struct ca_sig_alg *alg)
{
	if (alg->kind == CA_SIG_RSA_PSS)
		return is_sha2(alg->hash) ? CA_OID_RSASSA_PSS : CA_OID_UNKNOWN;
	for (size_t i = 0; i < ALGORITHM_COUNT; i++)
		if (algorithms[i].kind == alg->kind &&
		    algorithms[i].hash == alg->hash)
			return algorithms[i].oid;
	return CA_OID_UNKNOWN;
}

void
ca_sig_alg_put(struct der_out *out, const struct ca_sig_alg *alg)
{
	enum ca_oid oid = oid_of(alg);

	if (oid == CA_OID_UNKNOWN)
		der_put_failed(out, CA_INTERNAL);
	der_open(out, DER_SEQUENCE);
	der_put(out, DER_OID, ca_oid_der(oid));
	if (alg->kind == CA_SIG_RSA_PKCS1)
		der_put_null(out);
	if (alg->kind == CA_SIG_RSA_PSS)
		put_pss_params(out, alg);
	der_close(out);
}

/* RFC 4055 3.1: the key's parameters bind the signature's. */
static bool
fits_rsa(const struct ca_sig_alg *alg, const struct ca_spki *spki)
{
	if (!is_sha2(alg->hash))
		return false;
	if (alg->kind == CA_SIG_RSA_PKCS1)
		return !spki->pss_only;
	if (alg->kind != CA_SIG_RSA_PSS)
		return false;
	return spki->pss_hash == CA_HASH_NONE ||
	    (spki->pss_hash == alg->hash &&
		alg->salt_len >= spki->pss_salt_len);
}

bool
ca_sig_alg_fits(const struct ca_sig_alg *alg, const struct ca_spki *spki)
{
	switch (spki->type) {
	case CA_KEY_RSA:
		return fits_rsa(alg, spki);
	case CA_KEY_P256:
	case CA_KEY_P384:
	case CA_KEY_P521:
		return alg->kind == CA_SIG_ECDSA && is_sha2(alg->hash);
	case CA_KEY_ED25519:
		return alg->kind == CA_SIG_ED25519;
	case CA_KEY_ED448:
		return alg->kind == CA_SIG_ED448;
	default:
		return false;
	}
}

static struct ca_sig_alg
alg_for_rsa(const struct ca_spki *spki)
{
	struct ca_sig_alg alg = {CA_SIG_RSA_PKCS1, CA_HASH_SHA256, 0};

	if (spki->bits > 3072)
		alg.hash = CA_HASH_SHA384;
	if (!spki->pss_only)
		return alg;
	alg.kind = CA_SIG_RSA_PSS;
	if (spki->pss_hash != CA_HASH_NONE)
		alg.hash = spki->pss_hash;
	alg.salt_len = (unsigned)ca_hash_len(alg.hash);
	if (alg.salt_len < spki->pss_salt_len)
		alg.salt_len = spki->pss_salt_len;
	return alg;
}

struct ca_sig_alg
ca_sig_alg_for(const struct ca_spki *spki)
{
	switch (spki->type) {
	case CA_KEY_RSA:
		return alg_for_rsa(spki);
	case CA_KEY_P256:
		return (struct ca_sig_alg){CA_SIG_ECDSA, CA_HASH_SHA256, 0};
	case CA_KEY_P384:
		return (struct ca_sig_alg){CA_SIG_ECDSA, CA_HASH_SHA384, 0};
	case CA_KEY_P521:
		return (struct ca_sig_alg){CA_SIG_ECDSA, CA_HASH_SHA512, 0};
	case CA_KEY_ED25519:
		return (struct ca_sig_alg){CA_SIG_ED25519, CA_HASH_NONE, 0};
	case CA_KEY_ED448:
		return (struct ca_sig_alg){CA_SIG_ED448, CA_HASH_NONE, 0};
	default:
		return (struct ca_sig_alg){0};
	}
}

enum ca_status
ca_sig_alg_append_text(struct ca_buf *buf, const struct ca_sig_alg *alg)
{
	const char *name = ca_oid_name(oid_of(alg));

	if (alg->kind == CA_SIG_RSA_PSS)
		return ca_buf_printf(
		    buf, "RSASSA-PSS %s", ca_hash_name(alg->hash));
	if (alg->kind == CA_SIG_ED25519)
		return ca_buf_append_text(buf, "ED25519");
	if (alg->kind == CA_SIG_ED448)
		return ca_buf_append_text(buf, "ED448");
	return ca_buf_append_text(buf, name != NULL ? name : "none");
}
