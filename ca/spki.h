/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spki: public keys as SubjectPublicKeyInfo (RFC 5280 4.1.2.7; RFC 3279,
 * 4055, 5480, 8410), and the algorithm identifiers of signatures.
 *
 * Parsing checks the encoding alone; whether a key is fit to be certified is
 * ca/weakkey's question, and whether a point is on its curve is ca/crypto's.
 *
 * What this does not do: DSA, Diffie-Hellman, explicit curve parameters,
 * compressed points, curves other than P-256, P-384 and P-521: refused by
 * name.
 */
#ifndef CA_SPKI_H
#define CA_SPKI_H

#include "ca/base.h"
#include "ca/der.h"
#include "ca/oid.h"

enum ca_key_type {
	CA_KEY_NONE = 0,
	CA_KEY_RSA,
	CA_KEY_P256,
	CA_KEY_P384,
	CA_KEY_P521,
	CA_KEY_ED25519,
	CA_KEY_ED448
};

enum ca_hash {
	CA_HASH_NONE = 0, /* EdDSA hashes by itself */
	CA_HASH_SHA1,     /* identifiers only, never a signature of ours */
	CA_HASH_SHA256,
	CA_HASH_SHA384,
	CA_HASH_SHA512
};
#define CA_HASH_MAX 64

struct ca_spki {
	enum ca_key_type type;
	bool pss_only;            /* id-RSASSA-PSS: RSA, only for PSS */
	enum ca_hash pss_hash;    /* and only with this hash, if not NONE, */
	unsigned pss_salt_len;    /* and a salt of at least so many octets */
	unsigned bits;            /* RSA modulus; 256, 384, 521, 256, 456 */
	struct ca_bytes der;      /* the whole element */
	struct ca_bytes key;      /* content of the BIT STRING */
	struct ca_bytes modulus;  /* RSA: magnitude, no leading zero */
	struct ca_bytes exponent; /* RSA: the same */
};

/* Takes a SubjectPublicKeyInfo off the front. CA_MALFORMED for bad DER,
 * CA_REFUSED for an algorithm or curve we do not certify. */
CA_MUST_USE enum ca_status ca_spki_get(
    struct ca_bytes *in, struct ca_spki *ret, struct ca_error *err);
/*
 * Writes one: key is the content of the BIT STRING (RSAPublicKey, the point
 * with 04 in front, the RFC 8032 octets).
 */
void ca_spki_put(
    struct der_out *out, enum ca_key_type type, struct ca_bytes key);
/* "rsa-3072", "ecdsa-p256", "ed25519": what --key and policies say. */
CA_MUST_USE enum ca_status ca_spki_append_text(
    struct ca_buf *buf, const struct ca_spki *spki);
/* "rsa", "ecdsa-p256", ...; */
const char *ca_key_type_name(enum ca_key_type type);
/*
 * Reads "ecdsa-p256" (also "p256", "prime256v1", "secp384r1", ...), "rsa-3072",
 * "rsa3072", "rsa" (3072), "ed25519", "ed448". ret_bits is 0 but for RSA,
 * where it is 2048, 3072 or 4096: other sizes are CA_REFUSED (above 4096
 * the message says that the library's limit is 4096). Unknown word: CA_USAGE
 * with the list.
 */
CA_MUST_USE enum ca_status ca_key_type_parse(const char *text,
    enum ca_key_type *ret_type, unsigned *ret_bits, struct ca_error *err);

enum ca_signature {
	CA_SIG_NONE = 0,
	CA_SIG_RSA_PKCS1,
	CA_SIG_RSA_PSS,
	CA_SIG_ECDSA,
	CA_SIG_ED25519,
	CA_SIG_ED448
};

struct ca_sig_alg {
	enum ca_signature kind;
	enum ca_hash hash;
	unsigned salt_len; /* PSS */
};

/*
 * Takes a signature's AlgorithmIdentifier. Parameters exactly as RFC 4055
 * (RSA: NULL; PSS: hash, MGF1 with the same hash, salt length, trailer 1),
 * RFC 5758 and RFC 8410 (absent). MD5, SHA-1, DSA and unknown ones:
 * CA_REFUSED naming the algorithm; bad encoding: CA_MALFORMED.
 */
CA_MUST_USE enum ca_status ca_sig_alg_get(
    struct ca_bytes *in, struct ca_sig_alg *ret, struct ca_error *err);
void ca_sig_alg_put(struct der_out *out, const struct ca_sig_alg *alg);
/* The algorithm fits the key (an ECDSA algorithm an EC key, ...). */
bool ca_sig_alg_fits(const struct ca_sig_alg *alg, const struct ca_spki *spki);
/* What a key of ours signs with: RSA to 3072 SHA-256, above it SHA-384;
 * P-256 SHA-256, P-384 SHA-384, P-521 SHA-512; EdDSA itself. */
struct ca_sig_alg ca_sig_alg_for(const struct ca_spki *spki);
/* "ecdsa-with-SHA256", "RSASSA-PSS SHA-256", "ED25519". */
CA_MUST_USE enum ca_status ca_sig_alg_append_text(
    struct ca_buf *buf, const struct ca_sig_alg *alg);

#endif
