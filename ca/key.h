/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key: private keys; making them, and reading and writing PKCS #8 (RFC 5958,
 * 8018, 7914).
 *
 * struct ca_key is the only type that holds a secret; it is opaque and wiped
 * when freed. Key files are PEM: "PRIVATE KEY", or "ENCRYPTED PRIVATE KEY"
 * with PBES2, AES-256-CBC and scrypt or PBKDF2, as openssl reads them.
 *
 * What this does not do: files and modes (cli/keyfile), traditional formats
 * ("RSA PRIVATE KEY", "EC PRIVATE KEY": refused with the openssl command
 * that converts them), PBES1 and 3DES, RSA above 4096 bits (wolfCrypt's
 * limit), tokens.
 */
#ifndef CA_KEY_H
#define CA_KEY_H

#include "ca/base.h"
#include "ca/crypto.h"
#include "ca/spki.h"

struct ca_key;

/*
 * Generates a key and proves it by signing and verifying with it before it is
 * handed out (checklist 40). bits: RSA 2048, 3072 or 4096, else ignored.
 */
CA_MUST_USE enum ca_status ca_key_generate(enum ca_key_type type, unsigned bits,
    struct ca_rng *rng, struct ca_key **ret, struct ca_error *err);
/* NULL is fine. */
void ca_key_free(struct ca_key *key);
/* Borrowed, as long as the key lives. */
const struct ca_spki *ca_key_spki(const struct ca_key *key);

/* The raw key, borrowed. For ca/sign and ca/key's own test alone: nothing else
 * may sign. */
struct ca_crypto_key *ca_key_crypto(struct ca_key *key);

/* ---- PKCS #8 ---- */
CA_MUST_USE enum ca_status ca_key_to_pkcs8(
    const struct ca_key *key, struct ca_buf *ret, struct ca_error *err);
/*
 * Strict PrivateKeyInfo (v1) or OneAsymmetricKey (v2). A public key inside
 * must be the private key's. Trailing bytes, unknown algorithm: an error.
 * A pairwise test is run here too.
 */
CA_MUST_USE enum ca_status ca_key_from_pkcs8(struct ca_bytes der,
    struct ca_rng *rng, struct ca_key **ret, struct ca_error *err);

/* ---- PBES2 ---- */
enum ca_kdf_kind {
	CA_KDF_SCRYPT = 0,
	CA_KDF_PBKDF2
};
struct ca_kdf {
	enum ca_kdf_kind kind;
	uint32_t n, r, p;    /* scrypt */
	uint32_t iterations; /* pbkdf2 */
	enum ca_hash prf;    /* pbkdf2: SHA-256 or SHA-512 */
};
/* scrypt N=2^14 r=8 p=5. openssl refuses more than 32 MiB of memory. */
extern const struct ca_kdf ca_kdf_default;
/* "scrypt", "scrypt:16384:8:5", "pbkdf2" (600000, SHA-256),
 * "pbkdf2:1000000:sha512". Below 2^14 or 100000 is refused: CA_USAGE. */
CA_MUST_USE enum ca_status ca_kdf_parse(
    const char *text, struct ca_kdf *ret, struct ca_error *err);
/*
 * Encrypts plain (a PrivateKeyInfo) into an EncryptedPrivateKeyInfo.
 */
CA_MUST_USE enum ca_status ca_pbes2_encrypt(struct ca_bytes plain,
    struct ca_bytes pass, const struct ca_kdf *kdf, struct ca_rng *rng,
    struct ca_buf *ret, struct ca_error *err);
/*
 * Decrypts one: PBES2 with scrypt or PBKDF2 (SHA-1, SHA-256, SHA-384,
 * SHA-512) and AES-128/192/256-CBC. Bounds: at most 10^7 iterations, 1 GiB of
 * scrypt memory. CA_MALFORMED for what is not one, CA_REFUSED for other
 * schemes, CA_UNTRUSTED when padding or content shows that passphrase or file
 * is wrong: the message says that it cannot tell which.
 */
CA_MUST_USE enum ca_status ca_pbes2_decrypt(struct ca_bytes der,
    struct ca_bytes pass, struct ca_buf *ret_plain, struct ca_error *err);

/* ---- key files ---- */
/* Appends PEM; pass {NULL, 0} writes it unencrypted (kdf is then ignored). */
CA_MUST_USE enum ca_status ca_key_to_pem(const struct ca_key *key,
    struct ca_bytes pass, const struct ca_kdf *kdf, struct ca_rng *rng,
    struct ca_buf *ret, struct ca_error *err);
/* True when a passphrase is needed to read it. */
bool ca_key_pem_is_encrypted(struct ca_bytes file);
/* One PEM block (or DER) of either kind. */
CA_MUST_USE enum ca_status ca_key_from_pem(struct ca_bytes file,
    struct ca_bytes pass, struct ca_rng *rng, struct ca_key **ret,
    struct ca_error *err);

#endif
