/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crypto_wolf: what the files behind the one door share. For ca/crypto*.c
 * alone; it names wolfCrypt's types without including wolfCrypt.
 *
 * What this does not do: anything a caller of ca/crypto.h could want.
 */
#ifndef CA_CRYPTO_WOLF_H
#define CA_CRYPTO_WOLF_H

#include "ca/base.h"
#include "ca/crypto.h"

struct WC_RNG;

/* MEMORY_E, and what the arithmetic says instead. */
bool ca_wolf_is_memory(int code);
/* A failed call's code as a status: CA_MEMORY or CA_INTERNAL, with the
 * library's own word for it. */
enum ca_status ca_wolf_fail(struct ca_error *err, int code, const char *what);
/* CA_UNTRUSTED, the signature does not hold; or what ca_wolf_fail() says when
 * the code is not about the signature. 0 when no code was asked for. */
enum ca_status ca_wolf_untrusted(struct ca_error *err, int code);

/* enum wc_HashType; WC_HASH_TYPE_NONE for CA_HASH_NONE. */
int ca_wolf_hash(enum ca_hash hash);

/* Never NULL, which wolfCrypt takes for a mistake even where the length is 0.
 */
const uint8_t *ca_wolf_octets(struct ca_bytes bytes);

/* Borrowed, as long as rng lives. */
struct WC_RNG *ca_wolf_rng(struct ca_rng *rng);

/*
 * a < b, both big-endian without leading zeros. In time that depends on the
 * lengths alone.
 */
bool ca_wolf_below(struct ca_bytes a, struct ca_bytes b);

/* ---- encodings of RSA signatures, RFC 8017 9 ---- */
#define CA_RSA_OCTETS_MAX 512
#define CA_DIGEST_INFO_MAX (19 + CA_HASH_MAX)

/* DigestInfo { hash with NULL, hashed }. */
CA_MUST_USE enum ca_status ca_emsa_digest_info(enum ca_hash hash,
    struct ca_bytes hashed, uint8_t ret[CA_DIGEST_INFO_MAX], size_t *ret_len,
    struct ca_error *err);
/* encoded is as long as the modulus, at most CA_RSA_OCTETS_MAX.
 * CA_UNTRUSTED when it is not the encoding of what was hashed. */
CA_MUST_USE enum ca_status ca_emsa_check_pkcs1(enum ca_hash hash,
    struct ca_bytes hashed, struct ca_bytes encoded, struct ca_error *err);
CA_MUST_USE enum ca_status ca_emsa_check_pss(const struct ca_sig_alg *alg,
    unsigned modulus_bits, struct ca_bytes hashed, struct ca_bytes encoded,
    struct ca_error *err);

/* ---- keys ---- */
struct ca_crypto_key {
	enum ca_key_type type;
	const struct ca_crypto_ops *ops;
	void *wolf; /* RsaKey, ecc_key, ed25519_key or ed448_key */
	size_t wolf_size;
	bool tables; /* it may use the fixed-point table */
};

/*
 * One table an algorithm. The caller has checked that the type is of the
 * table and that the signature algorithm fits. alloc makes key->wolf, zeroed
 * and initialised; done is called once for it, before it is wiped. What is
 * signed is a hash of the algorithm's, or of EdDSA the data.
 */
struct ca_crypto_ops {
	enum ca_status (*alloc)(struct ca_crypto_key *key, struct ca_error *);
	void (*done)(struct ca_crypto_key *key);
	enum ca_status (*generate)(struct ca_crypto_key *key, unsigned bits,
	    struct ca_rng *rng, struct ca_error *err);
	enum ca_status (*import)(struct ca_crypto_key *key,
	    struct ca_bytes inner, struct ca_error *err);
	/* both write DER or octets into ret, which is {0} */
	enum ca_status (*inner)(const struct ca_crypto_key *key,
	    struct ca_buf *ret, struct ca_error *err);
	enum ca_status (*public_octets)(const struct ca_crypto_key *key,
	    struct ca_buf *ret, struct ca_error *err);
	enum ca_status (*sign)(struct ca_crypto_key *key,
	    const struct ca_sig_alg *alg, struct ca_bytes input,
	    struct ca_rng *rng, struct ca_buf *ret, struct ca_error *err);
	enum ca_status (*check)(
	    const struct ca_spki *spki, struct ca_error *err);
	/* what a signature that holds does not show; NULL: nothing */
	enum ca_status (*check_proved)(
	    const struct ca_spki *spki, struct ca_error *err);
	enum ca_status (*verify)(const struct ca_spki *spki,
	    const struct ca_sig_alg *alg, struct ca_bytes input,
	    struct ca_bytes signature, struct ca_error *err);
	/* the same, and the fixed-point table is left; NULL: there is none */
	enum ca_status (*verify_with_tables)(const struct ca_spki *spki,
	    const struct ca_sig_alg *alg, struct ca_bytes input,
	    struct ca_bytes signature, struct ca_error *err);
};

extern const struct ca_crypto_ops ca_crypto_rsa;
extern const struct ca_crypto_ops ca_crypto_ec;
extern const struct ca_crypto_ops ca_crypto_eddsa;

#endif
