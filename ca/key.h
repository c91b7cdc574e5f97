/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key: private keys; making them, and reading and writing PKCS #8 (RFC 5958,
 * 8018, 7914).
 *
 * struct ca_key is the only type that holds a secret; it is opaque and wiped
 * when freed. Key files are PEM: "PRIVATE KEY", or "ENCRYPTED PRIVATE KEY"
 * with what ca/pbes2 writes, as openssl reads them.
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
#include "ca/kdf.h"
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

/* For a responder's short-lived key, or a batch nobody watches: see
 * ca_crypto_key_use_tables(). An authority's key is not let. */
void ca_key_use_tables(struct ca_key *key);

/* Where the numbers lie that are secret, as long as the key lives: for who
 * keeps them out of the swap space. */
struct ca_bytes ca_key_memory(const struct ca_key *key);

/* The raw key, borrowed. For ca/sign and ca/key's own test alone: nothing else
 * may sign. */
struct ca_crypto_key *ca_key_crypto(struct ca_key *key);

/* ---- PKCS #8 ---- */
CA_MUST_USE enum ca_status ca_key_to_pkcs8(
    const struct ca_key *key, struct ca_buf *ret, struct ca_error *err);
/*
 * Strict PrivateKeyInfo (v1) or OneAsymmetricKey (v2). A public key inside
 * must be the private key's, the AlgorithmIdentifier that of its public key;
 * attributes are passed over. A pairwise test is run here too. CA_MALFORMED
 * for bad encoding, CA_REFUSED for an algorithm, curve or size that is not
 * ours (RSASSA-PSS keys among them), CA_UNTRUSTED when the numbers do not
 * belong together or the key does not verify what it signs.
 *
 * rng NULL: without that test, which costs as much as a signature and its
 * check: for a key whose public half is compared with its certificate's, and
 * of which no signature leaves unverified (ca/sign).
 */
CA_MUST_USE enum ca_status ca_key_from_pkcs8(struct ca_bytes der,
    struct ca_rng *rng, struct ca_key **ret, struct ca_error *err);

/* ---- key files ---- */
#define CA_KEY_FILE_MAX ((size_t)256 * 1024)
/* Appends PEM; pass {NULL, 0} writes it unencrypted (kdf is then ignored),
 * kdf NULL is ca_kdf_default. A passphrase of no octets is CA_USAGE. */
CA_MUST_USE enum ca_status ca_key_to_pem(const struct ca_key *key,
    struct ca_bytes pass, const struct ca_kdf *kdf, struct ca_rng *rng,
    struct ca_buf *ret, struct ca_error *err);
/* True when a passphrase is needed to read it. */
bool ca_key_pem_is_encrypted(struct ca_bytes file);
/*
 * One PEM block (or DER) of either kind. An encrypted one without a passphrase
 * is CA_USAGE; a traditional format CA_REFUSED with the command that converts
 * it; a wrong passphrase CA_UNTRUSTED, which damage looks like too. rng: as
 * ca_key_from_pkcs8().
 */
CA_MUST_USE enum ca_status ca_key_from_pem(struct ca_bytes file,
    struct ca_bytes pass, struct ca_rng *rng, struct ca_key **ret,
    struct ca_error *err);

#endif
