/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crypto: the one door to wolfCrypt. Hashes, randomness, key derivation, AES,
 * and the raw signature operations on raw keys.
 *
 * Everything the packaged wolfSSL 5.5.4 gets wrong is mended behind this
 * door: the Ed25519/Ed448 public key is imported after derivation, points are
 * checked to lie on the curve, the fixed-point table is dropped before a
 * signature (its use depends on secret bits) unless the key is said to be one
 * that may use it.
 *
 * What this does not do: parse DER beyond what it must hand to wolfCrypt, TLS,
 * tokens. A struct ca_rng must not be used in two threads or across fork().
 */
#ifndef CA_CRYPTO_H
#define CA_CRYPTO_H

#include "ca/base.h"
#include "ca/spki.h"

/* The running library's version, "5.5.4". */
const char *ca_crypto_version(void);

/* ---- randomness ---- */
struct ca_rng; /* opaque: wolfCrypt's Hash-DRBG */
CA_MUST_USE enum ca_status ca_rng_new(
    struct ca_rng **ret, struct ca_error *err);
void ca_rng_free(struct ca_rng *rng);
/* CA_INTERNAL, and out all zero, when the generator fails or is stuck: a block
 * of 16 octets that are all the same, or the same block twice. */
CA_MUST_USE enum ca_status ca_rng_fill(
    struct ca_rng *rng, uint8_t *out, size_t len, struct ca_error *err);

/* ---- hashes ---- */
size_t ca_hash_len(enum ca_hash hash);
const char *ca_hash_name(enum ca_hash hash); /* "SHA-256" */
CA_MUST_USE enum ca_status ca_hash_bytes(enum ca_hash hash,
    struct ca_bytes data, uint8_t ret[CA_HASH_MAX], struct ca_error *err);
/* The same of what comes in pieces. What fails on the way is told at the end,
 * which also frees it. */
struct ca_hashing; /* opaque */
CA_MUST_USE enum ca_status ca_hashing_begin(
    enum ca_hash hash, struct ca_hashing **ret, struct ca_error *err);
void ca_hashing_add(struct ca_hashing *hashing, struct ca_bytes data);
CA_MUST_USE enum ca_status ca_hashing_end(struct ca_hashing **hashing,
    uint8_t ret[CA_HASH_MAX], struct ca_error *err);
void ca_hashing_free(struct ca_hashing *hashing);
CA_MUST_USE enum ca_status ca_hmac(enum ca_hash hash, struct ca_bytes key,
    struct ca_bytes data, uint8_t ret[CA_HASH_MAX], struct ca_error *err);

/* ---- derivation and encryption, for key files ---- */
CA_MUST_USE enum ca_status ca_pbkdf2(enum ca_hash prf, struct ca_bytes pass,
    struct ca_bytes salt, uint32_t iterations, uint8_t *ret, size_t len,
    struct ca_error *err);
/* n is a power of two, 2^1 to 2^20; r at most 8 (wolfCrypt's limit); memory
 * 128*n*r stays below 1 GiB. CA_REFUSED otherwise. */
CA_MUST_USE enum ca_status ca_scrypt(struct ca_bytes pass, struct ca_bytes salt,
    uint32_t n, uint32_t r, uint32_t p, uint8_t *ret, size_t len,
    struct ca_error *err);
/* RFC 7292 app. B.2; pass is a BMPString with its two NUL octets; id 1 key,
 * 2 IV, 3 MAC. */
CA_MUST_USE enum ca_status ca_pkcs12_kdf(enum ca_hash hash,
    struct ca_bytes bmp_pass, struct ca_bytes salt, uint32_t iterations, int id,
    uint8_t *ret, size_t len, struct ca_error *err);
/* AES-CBC with PKCS #7 padding (a whole block when already aligned). key is
 * 16, 24 or 32 octets. Appended to ret. Decryption checks every padding octet:
 * CA_UNTRUSTED when it is wrong. */
CA_MUST_USE enum ca_status ca_aes_cbc_encrypt(struct ca_bytes key,
    const uint8_t iv[16], struct ca_bytes plain, struct ca_buf *ret,
    struct ca_error *err);
CA_MUST_USE enum ca_status ca_aes_cbc_decrypt(struct ca_bytes key,
    const uint8_t iv[16], struct ca_bytes cipher, struct ca_buf *ret,
    struct ca_error *err);

/* ---- public keys and signatures ---- */
/*
 * The key can be used, else CA_REFUSED. EC: on its curve, coordinates below
 * p, not infinity. EdDSA: a point in its shortest form and not of small
 * order. RSA: odd modulus of 512 to 4096 bits, odd exponent from 3 to below
 * the modulus; whether that is strong is ca/weakkey's question.
 */
CA_MUST_USE enum ca_status ca_crypto_check_public(
    const struct ca_spki *spki, struct ca_error *err);
/* The same of a key by which a signature holds: that has shown the point to
 * lie on its curve. No more than a look at the octets. */
CA_MUST_USE enum ca_status ca_crypto_check_proved(
    const struct ca_spki *spki, struct ca_error *err);
/* CA_UNTRUSTED when the signature does not hold; CA_REFUSED when algorithm
 * and key do not fit. data is what was signed, not its hash. */
CA_MUST_USE enum ca_status ca_crypto_verify(const struct ca_spki *spki,
    const struct ca_sig_alg *alg, struct ca_bytes data,
    struct ca_bytes signature, struct ca_error *err);

/*
 * The same, for a thread that verifies many and signs nothing: the fixed-point
 * tables of an EC key that comes up again are kept, with which P-256 takes a
 * sixth of the time. They are the thread's; ca_crypto_drop_tables() frees them,
 * before it ends.
 */
CA_MUST_USE enum ca_status ca_crypto_verify_many(const struct ca_spki *spki,
    const struct ca_sig_alg *alg, struct ca_bytes data,
    struct ca_bytes signature, struct ca_error *err);
void ca_crypto_drop_tables(void);

/*
 * ---- private keys ----
 * Opaque, wiped when freed; made by ca/key. "inner" is the private key's own
 * format as PKCS #8 carries it: RSAPrivateKey, ECPrivateKey, CurvePrivateKey.
 */
struct ca_crypto_key;
/* The longest modulus that the library has room for. */
#define CA_RSA_MAX_BITS 4096
/* bits: RSA 2048, 3072 or 4096 (CA_REFUSED otherwise); else ignored. */
CA_MUST_USE enum ca_status ca_crypto_key_generate(enum ca_key_type type,
    unsigned bits, struct ca_rng *rng, struct ca_crypto_key **ret,
    struct ca_error *err);
/*
 * Strict DER to the last octet, else CA_MALFORMED. CA_UNTRUSTED when the
 * numbers of RSA, or the public key beside an EC key, do not belong to it.
 * CA_REFUSED for RSA outside 2048 to 4096 bits and for an EC number of 0 or
 * not below the order.
 */
CA_MUST_USE enum ca_status ca_crypto_key_import(enum ca_key_type type,
    struct ca_bytes inner, struct ca_crypto_key **ret, struct ca_error *err);
/* Appends the private key in its inner format (EC: with public key, without
 * parameters, which PKCS #8 carries outside). */
CA_MUST_USE enum ca_status ca_crypto_key_export(const struct ca_crypto_key *key,
    struct ca_buf *ret_inner, struct ca_error *err);
/* Appends the SubjectPublicKeyInfo, computed from the private key. */
CA_MUST_USE enum ca_status ca_crypto_key_spki(
    const struct ca_crypto_key *key, struct ca_buf *ret, struct ca_error *err);
/*
 * What an algorithm makes a signature from: the data's hash, or with EdDSA,
 * which reads it twice by itself, the data, which then must stay. Taken once
 * for a signature and its check, as a list may be large.
 */
struct ca_digest {
	struct ca_bytes data;
	uint8_t hash[CA_HASH_MAX];
	size_t hash_len; /* 0: EdDSA */
};
CA_MUST_USE enum ca_status ca_crypto_digest(const struct ca_sig_alg *alg,
    struct ca_bytes data, struct ca_digest *ret, struct ca_error *err);
/*
 * Appends the signature (ECDSA as DER SEQUENCE { r, s }). It is not verified
 * here: ca_sign() does that before it lets one out. The nonce of ECDSA is
 * drawn from the system, rng, the key and the digest together.
 */
CA_MUST_USE enum ca_status ca_crypto_sign_digest(struct ca_crypto_key *key,
    const struct ca_sig_alg *alg, const struct ca_digest *digest,
    struct ca_rng *rng, struct ca_buf *ret, struct ca_error *err);
/* The two in one. */
CA_MUST_USE enum ca_status ca_crypto_sign(struct ca_crypto_key *key,
    const struct ca_sig_alg *alg, struct ca_bytes data, struct ca_rng *rng,
    struct ca_buf *ret, struct ca_error *err);
/*
 * From now on this key signs through wolfCrypt's fixed-point table, ten times
 * as fast on P-256 from the third signature in a row on; what it reads in
 * memory then depends on the nonce. Nothing changes for RSA and EdDSA.
 */
void ca_crypto_key_use_tables(struct ca_crypto_key *key);
/* See ca_key_memory(). */
struct ca_bytes ca_crypto_key_memory(const struct ca_crypto_key *key);
/* ca_crypto_verify() of a signature that this key, whose public half spki is,
 * has just made of this digest: as fast. */
CA_MUST_USE enum ca_status ca_crypto_verify_own(const struct ca_crypto_key *key,
    const struct ca_spki *spki, const struct ca_sig_alg *alg,
    const struct ca_digest *digest, struct ca_bytes signature,
    struct ca_error *err);
void ca_crypto_key_free(struct ca_crypto_key *key);

#endif
