/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/hmac.h>
#include <wolfssl/wolfcrypt/integer.h>
#include <wolfssl/wolfcrypt/random.h>

#include <wolfssl/ssl.h>

#include "ca/crypto.h"
#include "ca/crypto_wolf.h"

#include <stdlib.h>
#include <string.h>

/* wolfCrypt counts in 32 bits. */
#define CHUNK ((size_t)1 << 30)

/* Shorter blocks may honestly be all zero, or repeat. */
#define HEALTH_BLOCK 16

struct ca_rng {
	WC_RNG wolf;
	uint8_t last[HEALTH_BLOCK]; /* the start of the previous long block */
};

const char *
ca_crypto_version(void)
{
	return wolfSSL_lib_version();
}

bool
ca_wolf_is_memory(int code)
{
	return code == MEMORY_E || code == MP_MEM;
}

enum ca_status
ca_wolf_fail(struct ca_error *err, int code, const char *what)
{
	enum ca_status st = ca_wolf_is_memory(code) ? CA_MEMORY : CA_INTERNAL;

	return ca_fail(err, st, "%s: wolfCrypt failed: %s (%d)", what,
	    wc_GetErrorString(code), code);
}

enum ca_status
ca_wolf_untrusted(struct ca_error *err, int code)
{
	switch (code) {
	case 0:
	case SIG_VERIFY_E:
	case BAD_FUNC_ARG:
	case IS_POINT_E:
	case PUBLIC_KEY_E:
	case ECC_INF_E:
	case ECC_OUT_OF_RANGE_E:
		return ca_fail(err, CA_UNTRUSTED,
		    "signature: does not hold; the data, the signature or the "
		    "key is another");
	default:
		return ca_wolf_fail(err, code, "signature");
	}
}

const uint8_t *
ca_wolf_octets(struct ca_bytes bytes)
{
	static const uint8_t none[1] = {0};

	return bytes.len > 0 ? bytes.data : none;
}

bool
ca_wolf_below(struct ca_bytes a, struct ca_bytes b)
{
	int borrow = 0;

	if (a.len != b.len)
		return a.len < b.len;
	for (size_t i = a.len; i-- > 0;)
		borrow = a.data[i] - b.data[i] - borrow < 0;
	return borrow != 0;
}

/* ---- randomness ------------------------------------------------------- */

struct WC_RNG *
ca_wolf_rng(struct ca_rng *rng)
{
	return &rng->wolf;
}

enum ca_status
ca_rng_new(struct ca_rng **ret, struct ca_error *err)
{
	struct ca_rng *rng = calloc(1, sizeof(*rng));
	int code;

	if (rng == NULL)
		return ca_fail(err, CA_MEMORY, "random numbers: no memory");
	if ((code = wc_InitRng(&rng->wolf)) != 0) {
		free(rng);
		return ca_wolf_fail(err, code, "random numbers: no seed");
	}
	*ret = rng;
	return CA_OK;
}

void
ca_rng_free(struct ca_rng *rng)
{
	if (rng == NULL)
		return;
	(void)wc_FreeRng(&rng->wolf);
	ca_wipe(rng, sizeof(*rng));
	free(rng);
}

/*
 * A generator that is stuck gives the same block again, or nothing but one
 * octet. By chance that happens once in 2^120 blocks.
 */
static bool
is_stuck(struct ca_rng *rng, const uint8_t *block)
{
	bool constant = true;
	bool repeated = memcmp(rng->last, block, HEALTH_BLOCK) == 0;

	for (size_t i = 1; i < HEALTH_BLOCK; i++)
		constant = constant && block[i] == block[0];
	memcpy(rng->last, block, HEALTH_BLOCK);
	return constant || repeated;
}

static enum ca_status
fill_chunk(struct ca_rng *rng, uint8_t *out, size_t len, struct ca_error *err)
{
	int code = wc_RNG_GenerateBlock(&rng->wolf, out, (word32)len);

	if (code != 0)
		return ca_wolf_fail(err, code, "random numbers");
	if (len >= HEALTH_BLOCK && is_stuck(rng, out))
		return ca_fail(err, CA_INTERNAL,
		    "random numbers: the generator repeats itself "
		    "(SP 800-90B 4.4); nothing was made with them");
	return CA_OK;
}

enum ca_status
ca_rng_fill(struct ca_rng *rng, uint8_t *out, size_t len, struct ca_error *err)
{
	/* SP 800-90A 10.1: at most 2^16 octets a request. */
	const size_t most = RNG_MAX_BLOCK_LEN;
	enum ca_status st = CA_OK;

	for (size_t done = 0; done < len && st == CA_OK;) {
		size_t part = len - done < most ? len - done : most;

		st = fill_chunk(rng, out + done, part, err);
		done += part;
	}
	if (st != CA_OK)
		ca_wipe(out, len);
	return st;
}

/* ---- hashes ----------------------------------------------------------- */

static const struct {
	int wolf;
	size_t len;
	const char *name;
} hashes[] = {
    [CA_HASH_NONE] = {WC_HASH_TYPE_NONE, 0, "none"},
    [CA_HASH_SHA1] = {WC_HASH_TYPE_SHA, 20, "SHA-1"},
    [CA_HASH_SHA256] = {WC_HASH_TYPE_SHA256, 32, "SHA-256"},
    [CA_HASH_SHA384] = {WC_HASH_TYPE_SHA384, 48, "SHA-384"},
    [CA_HASH_SHA512] = {WC_HASH_TYPE_SHA512, 64, "SHA-512"},
};

int
ca_wolf_hash(enum ca_hash hash)
{
	return hashes[hash].wolf;
}

size_t
ca_hash_len(enum ca_hash hash)
{
	return hashes[hash].len;
}

const char *
ca_hash_name(enum ca_hash hash)
{
	return hashes[hash].name;
}

static enum ca_status
refuse_no_hash(struct ca_error *err)
{
	return ca_fail(err, CA_INTERNAL, "hash: none was chosen");
}

enum ca_status
ca_hash_bytes(enum ca_hash hash, struct ca_bytes data, uint8_t ret[CA_HASH_MAX],
    struct ca_error *err)
{
	enum wc_HashType type = (enum wc_HashType)ca_wolf_hash(hash);
	wc_HashAlg state;
	int code;

	if (hash == CA_HASH_NONE)
		return refuse_no_hash(err);
	if ((code = wc_HashInit(&state, type)) != 0)
		return ca_wolf_fail(err, code, ca_hash_name(hash));
	while (data.len > 0 && code == 0) {
		size_t part = data.len < CHUNK ? data.len : CHUNK;

		code = wc_HashUpdate(&state, type, data.data, (word32)part);
		data.data += part;
		data.len -= part;
	}
	if (code == 0)
		code = wc_HashFinal(&state, type, ret);
	(void)wc_HashFree(&state, type);
	ca_wipe(&state, sizeof(state));
	if (code != 0)
		return ca_wolf_fail(err, code, ca_hash_name(hash));
	return CA_OK;
}

static int
hmac(Hmac *state, int type, struct ca_bytes key, struct ca_bytes data,
    uint8_t *ret)
{
	int code = wc_HmacSetKey(
	    state, type, ca_wolf_octets(key), (word32)key.len);

	while (data.len > 0 && code == 0) {
		size_t part = data.len < CHUNK ? data.len : CHUNK;

		code = wc_HmacUpdate(state, data.data, (word32)part);
		data.data += part;
		data.len -= part;
	}
	return code == 0 ? wc_HmacFinal(state, ret) : code;
}

enum ca_status
ca_hmac(enum ca_hash hash, struct ca_bytes key, struct ca_bytes data,
    uint8_t ret[CA_HASH_MAX], struct ca_error *err)
{
	Hmac state;
	int code;

	if (hash == CA_HASH_NONE)
		return refuse_no_hash(err);
	if (key.len > CHUNK)
		return ca_fail(
		    err, CA_REFUSED, "HMAC: key of %zu octets", key.len);
	if ((code = wc_HmacInit(&state, NULL, INVALID_DEVID)) == 0) {
		code = hmac(&state, ca_wolf_hash(hash), key, data, ret);
		wc_HmacFree(&state);
	}
	ca_wipe(&state, sizeof(state));
	if (code != 0)
		return ca_wolf_fail(err, code, "HMAC");
	return CA_OK;
}
