/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/random.h>
#include <wolfssl/wolfcrypt/rsa.h>
#include <wolfssl/wolfcrypt/wolfmath.h>

#include "ca/crypto.h"
#include "ca/crypto_wolf.h"

#include <stdlib.h>
#include <string.h>

/* Below, no key of ours; above, wolfCrypt was built without room for it. */
#define MIN_PRIVATE_BITS 2048
#define MIN_PUBLIC_BITS 512
#define MAX_BITS 4096
#define MAX_OCTETS (MAX_BITS / 8)
#define PUBLIC_EXPONENT 65537

/* RFC 8017 9.2 note 1: DigestInfo up to the hash, whose length is the last
 * octet. */
#define DIGEST_INFO_HEAD 19
static const struct {
	enum ca_hash hash;
	int mgf;
	uint8_t head[DIGEST_INFO_HEAD + 1];
} digests[] = {
    {CA_HASH_SHA256, WC_MGF1SHA256,
	"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
	"\x04\x20"},
    {CA_HASH_SHA384, WC_MGF1SHA384,
	"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00"
	"\x04\x30"},
    {CA_HASH_SHA512, WC_MGF1SHA512,
	"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00"
	"\x04\x40"},
};
#define DIGEST_COUNT (sizeof(digests) / sizeof(digests[0]))
#define MAX_DIGEST_INFO (DIGEST_INFO_HEAD + CA_HASH_MAX)

/* ---- encodings, RFC 8017 9 -------------------------------------------- */

static enum ca_status
digest_info(enum ca_hash hash, struct ca_bytes data,
    uint8_t ret[MAX_DIGEST_INFO], size_t *ret_len, struct ca_error *err)
{
	for (size_t i = 0; i < DIGEST_COUNT; i++) {
		if (digests[i].hash != hash)
			continue;
		memcpy(ret, digests[i].head, DIGEST_INFO_HEAD);
		*ret_len = DIGEST_INFO_HEAD + ca_hash_len(hash);
		return ca_hash_bytes(hash, data, ret + DIGEST_INFO_HEAD, err);
	}
	return ca_fail(err, CA_INTERNAL, "RSA: %s is no hash to sign with",
	    ca_hash_name(hash));
}

/*
 * EMSA-PKCS1-v1_5: 00 01 FF..FF 00 DigestInfo, made again and compared as a
 * whole. Nothing of what is to be checked is parsed.
 */
static enum ca_status
check_pkcs1(enum ca_hash hash, struct ca_bytes data, struct ca_bytes encoded,
    struct ca_error *err)
{
	uint8_t info[MAX_DIGEST_INFO], want[MAX_OCTETS];
	size_t len, start;
	enum ca_status st;

	if ((st = digest_info(hash, data, info, &len, err)) != CA_OK)
		return st;
	if (encoded.len < len + 11)
		return ca_wolf_untrusted(err, 0);
	start = encoded.len - len;
	memset(want, 0xff, encoded.len);
	want[0] = 0;
	want[1] = 1;
	want[start - 1] = 0;
	memcpy(want + start, info, len);
	if (!ca_bytes_equal(encoded, (struct ca_bytes){want, encoded.len}))
		return ca_wolf_untrusted(err, 0);
	return CA_OK;
}

/* RFC 8017 B.2.1, xored into mask. */
static enum ca_status
xor_mgf1(enum ca_hash hash, struct ca_bytes seed, uint8_t *mask, size_t len,
    struct ca_error *err)
{
	const size_t step = ca_hash_len(hash);
	uint8_t in[CA_HASH_MAX + 4] = {0}, out[CA_HASH_MAX];
	enum ca_status st;

	memcpy(in, seed.data, seed.len);
	for (size_t done = 0; done < len; done += step) {
		size_t counter = done / step;
		struct ca_bytes block = {in, seed.len + 4};

		/* len / step stays below 256 */
		in[seed.len + 3] = (uint8_t)counter;
		if ((st = ca_hash_bytes(hash, block, out, err)) != CA_OK)
			return st;
		for (size_t i = 0; i < step && done + i < len; i++)
			mask[done + i] ^= out[i];
	}
	return CA_OK;
}

/* RFC 8017 9.1.2 steps 12 to 14. */
static enum ca_status
check_pss_hash(const struct ca_sig_alg *alg, struct ca_bytes data,
    struct ca_bytes salt, struct ca_bytes want, struct ca_error *err)
{
	uint8_t in[8 + CA_HASH_MAX + MAX_OCTETS] = {0}, out[CA_HASH_MAX];
	const size_t len = ca_hash_len(alg->hash);
	enum ca_status st;

	st = ca_hash_bytes(alg->hash, data, in + 8, err);
	if (st != CA_OK)
		return st;
	if (salt.len > 0)
		memcpy(in + 8 + len, salt.data, salt.len);
	st = ca_hash_bytes(
	    alg->hash, (struct ca_bytes){in, 8 + len + salt.len}, out, err);
	if (st != CA_OK)
		return st;
	if (!ca_bytes_equal(want, (struct ca_bytes){out, len}))
		return ca_wolf_untrusted(err, 0);
	return CA_OK;
}

/*
 * EMSA-PSS-VERIFY, RFC 8017 9.1.2. encoded has one octet more than EM when the
 * modulus is a multiple of 8 bits plus 1.
 */
static enum ca_status
check_pss(const struct ca_sig_alg *alg, unsigned modulus_bits,
    struct ca_bytes data, struct ca_bytes encoded, struct ca_error *err)
{
	const size_t hash_len = ca_hash_len(alg->hash);
	const size_t len = (modulus_bits - 1 + 7) / 8;
	const uint8_t top = (uint8_t)(0xff >> (8 * len - (modulus_bits - 1)));
	uint8_t db[MAX_OCTETS];
	struct ca_bytes hash, salt;
	size_t db_len, zeros;
	enum ca_status st;

	if (len < hash_len + alg->salt_len + 2 ||
	    (len < encoded.len && encoded.data[0] != 0))
		return ca_wolf_untrusted(err, 0);
	encoded.data += encoded.len - len;
	db_len = len - hash_len - 1;
	hash = (struct ca_bytes){encoded.data + db_len, hash_len};
	if (encoded.data[len - 1] != 0xbc || (encoded.data[0] & ~top) != 0)
		return ca_wolf_untrusted(err, 0);
	memcpy(db, encoded.data, db_len);
	if ((st = xor_mgf1(alg->hash, hash, db, db_len, err)) != CA_OK)
		return st;
	db[0] &= top;
	zeros = db_len - alg->salt_len - 1;
	for (size_t i = 0; i < zeros; i++)
		if (db[i] != 0)
			return ca_wolf_untrusted(err, 0);
	if (db[zeros] != 1)
		return ca_wolf_untrusted(err, 0);
	salt = (struct ca_bytes){db + zeros + 1, alg->salt_len};
	return check_pss_hash(alg, data, salt, hash, err);
}

/* ---- public keys ------------------------------------------------------ */

static enum ca_status
refuse_public(struct ca_error *err, const char *what)
{
	return ca_fail(err, CA_REFUSED, "public key: RSA %s", what);
}

static bool
is_even(struct ca_bytes magnitude)
{
	return (magnitude.data[magnitude.len - 1] & 1) == 0;
}

/* What the arithmetic needs to be right; fitness is ca/weakkey's matter. */
static enum ca_status
rsa_check(const struct ca_spki *spki, struct ca_error *err)
{
	const struct ca_bytes n = spki->modulus, e = spki->exponent;

	if (spki->bits > MAX_BITS)
		return refuse_public(
		    err, "above 4096 bits is beyond the library's limit");
	if (spki->bits < MIN_PUBLIC_BITS)
		return refuse_public(
		    err, "modulus below 512 bits (CA/B BR 6.1.5)");
	if (is_even(n))
		return refuse_public(err, "modulus is even (CA/B BR 6.1.6)");
	if (is_even(e) || (e.len == 1 && e.data[0] == 1))
		return refuse_public(
		    err, "exponent is even or 1 (CA/B BR 6.1.6)");
	if (!ca_wolf_below(e, n))
		return refuse_public(
		    err, "exponent is not below the modulus (RFC 8017 3.1)");
	return CA_OK;
}

/* RSAVP1, RFC 8017 5.2.2: signature^e mod n, as long as the modulus. */
static enum ca_status
open_signature(const struct ca_spki *spki, struct ca_bytes signature,
    uint8_t ret[MAX_OCTETS], struct ca_error *err)
{
	word32 len = (word32)spki->modulus.len;
	RsaKey *key;
	int code;

	if (signature.len != spki->modulus.len ||
	    !ca_wolf_below(signature, spki->modulus))
		return ca_fail(err, CA_UNTRUSTED,
		    "signature: not a number of %zu octets below the modulus "
		    "(RFC 8017 8.1.2, 8.2.2)",
		    spki->modulus.len);
	if ((key = calloc(1, sizeof(*key))) == NULL)
		return ca_fail(err, CA_MEMORY, "RSA: no memory");
	if ((code = wc_InitRsaKey(key, NULL)) == 0) {
		code = wc_RsaPublicKeyDecodeRaw(spki->modulus.data,
		    (word32)spki->modulus.len, spki->exponent.data,
		    (word32)spki->exponent.len, key);
		if (code == 0)
			code = wc_RsaFunction(signature.data,
			    (word32)signature.len, ret, &len,
			    RSA_PUBLIC_DECRYPT, key, NULL);
		(void)wc_FreeRsaKey(key);
	}
	free(key);
	if (code < 0 || len != spki->modulus.len)
		return ca_wolf_untrusted(err, code);
	return CA_OK;
}

static enum ca_status
rsa_verify(const struct ca_spki *spki, const struct ca_sig_alg *alg,
    struct ca_bytes data, struct ca_bytes signature, struct ca_error *err)
{
	uint8_t encoded[MAX_OCTETS] = {0};
	const struct ca_bytes em = {encoded, spki->modulus.len};
	enum ca_status st;

	if ((st = rsa_check(spki, err)) != CA_OK ||
	    (st = open_signature(spki, signature, encoded, err)) != CA_OK)
		return st;
	if (alg->kind == CA_SIG_RSA_PSS)
		return check_pss(alg, spki->bits, data, em, err);
	return check_pkcs1(alg->hash, data, em, err);
}

/* ---- private keys ----------------------------------------------------- */

static enum ca_status
rsa_alloc(struct ca_crypto_key *key, struct ca_error *err)
{
	RsaKey *wolf = calloc(1, sizeof(*wolf));
	int code;

	if (wolf == NULL)
		return ca_fail(err, CA_MEMORY, "RSA key: no memory");
	if ((code = wc_InitRsaKey(wolf, NULL)) != 0) {
		free(wolf);
		return ca_wolf_fail(err, code, "RSA key");
	}
	key->wolf = wolf;
	key->wolf_size = sizeof(*wolf);
	return CA_OK;
}

static void
rsa_done(struct ca_crypto_key *key)
{
	(void)wc_FreeRsaKey(key->wolf);
}

/*
 * p odd, d_p = d mod (p - 1), and e * d_p = 1 mod (p - 1). scratch is wiped by
 * the caller.
 */
static bool
exponent_fits(RsaKey *key, mp_int *p, mp_int *d_p, mp_int scratch[3])
{
	mp_int *less = &scratch[0], *a = &scratch[1], *b = &scratch[2];

	return mp_isodd(p) && mp_sub_d(p, 1, less) == MP_OKAY &&
	    mp_mod(&key->d, less, a) == MP_OKAY && mp_cmp(a, d_p) == MP_EQ &&
	    mp_mod(&key->e, less, b) == MP_OKAY &&
	    mp_mulmod(a, b, less, a) == MP_OKAY && mp_cmp_d(a, 1) == MP_EQ;
}

/* u * q = 1 mod p, and u is below p. */
static bool
coefficient_fits(RsaKey *key, mp_int scratch[3])
{
	mp_int *a = &scratch[0];

	return mp_cmp(&key->u, &key->p) == MP_LT &&
	    mp_mod(&key->q, &key->p, a) == MP_OKAY &&
	    mp_mulmod(a, &key->u, &key->p, a) == MP_OKAY &&
	    mp_cmp_d(a, 1) == MP_EQ;
}

/* RFC 8017 3.2, all equations of a private key in its second form. */
static bool
numbers_agree(RsaKey *key)
{
	mp_int scratch[3];
	bool agree = false;

	if (mp_init_multi(&scratch[0], &scratch[1], &scratch[2], NULL, NULL,
		NULL) != MP_OKAY)
		return false;
	agree = mp_mul(&key->p, &key->q, &scratch[0]) == MP_OKAY &&
	    mp_cmp(&scratch[0], &key->n) == MP_EQ &&
	    mp_cmp(&key->p, &key->q) != MP_EQ &&
	    mp_cmp(&key->d, &key->n) == MP_LT &&
	    exponent_fits(key, &key->p, &key->dP, scratch) &&
	    exponent_fits(key, &key->q, &key->dQ, scratch) &&
	    coefficient_fits(key, scratch);
	for (size_t i = 0; i < 3; i++)
		mp_forcezero(&scratch[i]);
	ca_wipe(scratch, sizeof(scratch));
	return agree;
}

static enum ca_status
rsa_generate(struct ca_crypto_key *key, unsigned bits, struct ca_rng *rng,
    struct ca_error *err)
{
	int code;

	if (bits < MIN_PRIVATE_BITS || bits > MAX_BITS || bits % 1024 != 0)
		return ca_fail(err, CA_REFUSED,
		    "RSA key generation: %u bits: 2048, 3072 or 4096", bits);
	code = wc_MakeRsaKey(
	    key->wolf, (int)bits, PUBLIC_EXPONENT, ca_wolf_rng(rng));
	if (code != 0)
		return ca_wolf_fail(err, code, "RSA key generation");
	if (!numbers_agree(key->wolf))
		return ca_fail(err, CA_INTERNAL,
		    "RSA key generation: the numbers made do not agree "
		    "(RFC 8017 3.2)");
	return CA_OK;
}

/*
 * RSAPrivateKey ::= SEQUENCE { version INTEGER { 0 }, n, e, d, p, q,
 *	d mod (p-1), d mod (q-1), q^-1 mod p INTEGER } (RFC 8017 A.1.2)
 */
static bool
is_private_key(
    struct ca_bytes in, struct ca_bytes *ret_n, struct ca_bytes *ret_e)
{
	struct ca_bytes content, number;
	uint64_t version;

	if (!der_get(&in, DER_SEQUENCE, &content) || !der_at_end(in) ||
	    !der_get_uint(&content, &version) || version != 0 ||
	    !der_get_unsigned(&content, ret_n) ||
	    !der_get_unsigned(&content, ret_e))
		return false;
	for (int i = 0; i < 6; i++)
		if (!der_get_unsigned(&content, &number) ||
		    number.len > MAX_OCTETS)
			return false;
	return der_at_end(content);
}

static unsigned
count_bits(struct ca_bytes magnitude)
{
	unsigned bits = (unsigned)(magnitude.len - 1) * 8;

	for (unsigned top = magnitude.data[0]; top > 0; top >>= 1)
		bits++;
	return bits;
}

static enum ca_status
rsa_import(
    struct ca_crypto_key *key, struct ca_bytes inner, struct ca_error *err)
{
	struct ca_spki half = {.type = CA_KEY_RSA};
	enum ca_status st;
	word32 used = 0;
	int code;

	if (!is_private_key(inner, &half.modulus, &half.exponent))
		return ca_fail(err, CA_MALFORMED,
		    "RSA private key: not an RSAPrivateKey of two primes in "
		    "DER (RFC 8017 A.1.2)");
	half.bits = count_bits(half.modulus);
	if (half.bits < MIN_PRIVATE_BITS)
		return ca_fail(err, CA_REFUSED,
		    "RSA private key: %u bits, at least 2048 are needed "
		    "(CA/B BR 6.1.5)",
		    half.bits);
	if ((st = rsa_check(&half, err)) != CA_OK)
		return st;
	code = wc_RsaPrivateKeyDecode(
	    inner.data, &used, key->wolf, (word32)inner.len);
	if (code == MEMORY_E)
		return ca_wolf_fail(err, code, "RSA private key");
	if (code != 0 || used != inner.len || !numbers_agree(key->wolf))
		return ca_fail(err, CA_UNTRUSTED,
		    "RSA private key: its numbers do not belong together "
		    "(RFC 8017 3.2): the file is damaged or altered");
	return CA_OK;
}

static void
put_number(struct der_out *out, mp_int *number)
{
	uint8_t octets[MAX_OCTETS];
	int len = mp_unsigned_bin_size(number);

	if (len < 0 || len > MAX_OCTETS ||
	    mp_to_unsigned_bin_len(number, octets, len) != MP_OKAY)
		der_put_failed(out, CA_INTERNAL);
	else
		der_put_unsigned(out, (struct ca_bytes){octets, (size_t)len});
	ca_wipe(octets, sizeof(octets));
}

static enum ca_status
rsa_inner(
    const struct ca_crypto_key *key, struct ca_buf *ret, struct ca_error *err)
{
	RsaKey *wolf = key->wolf;
	mp_int *numbers[] = {&wolf->n, &wolf->e, &wolf->d, &wolf->p, &wolf->q,
	    &wolf->dP, &wolf->dQ, &wolf->u};
	struct der_out out = {0};
	enum ca_status st;

	der_open(&out, DER_SEQUENCE);
	der_put_uint(&out, 0);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		put_number(&out, numbers[i]);
	der_close(&out);
	if ((st = der_finish(&out, ret)) != CA_OK)
		return ca_fail(err, st, "RSA private key: cannot be written");
	return CA_OK;
}

/* RSAPublicKey ::= SEQUENCE { n INTEGER, e INTEGER } (RFC 8017 A.1.1) */
static enum ca_status
rsa_public(
    const struct ca_crypto_key *key, struct ca_buf *ret, struct ca_error *err)
{
	RsaKey *wolf = key->wolf;
	struct der_out out = {0};
	enum ca_status st;

	der_open(&out, DER_SEQUENCE);
	put_number(&out, &wolf->n);
	put_number(&out, &wolf->e);
	der_close(&out);
	if ((st = der_finish(&out, ret)) != CA_OK)
		return ca_fail(err, st, "RSA public key: cannot be written");
	return CA_OK;
}

static int
sign_pss(RsaKey *key, const struct ca_sig_alg *alg, const uint8_t *hash,
    uint8_t out[MAX_OCTETS], WC_RNG *rng)
{
	for (size_t i = 0; i < DIGEST_COUNT; i++)
		if (digests[i].hash == alg->hash)
			return wc_RsaPSS_Sign_ex(hash,
			    (word32)ca_hash_len(alg->hash), out, MAX_OCTETS,
			    (enum wc_HashType)ca_wolf_hash(alg->hash),
			    digests[i].mgf, (int)alg->salt_len, key, rng);
	return BAD_FUNC_ARG;
}

/* The random numbers are for blinding, and for the salt of PSS. */
static enum ca_status
rsa_sign(struct ca_crypto_key *key, const struct ca_sig_alg *alg,
    struct ca_bytes data, struct ca_rng *rng, struct ca_buf *ret,
    struct ca_error *err)
{
	uint8_t info[MAX_DIGEST_INFO], out[MAX_OCTETS];
	size_t len;
	enum ca_status st;
	int code;

	if ((st = digest_info(alg->hash, data, info, &len, err)) != CA_OK)
		return st;
	if (alg->kind == CA_SIG_RSA_PSS)
		code = sign_pss(key->wolf, alg, info + DIGEST_INFO_HEAD, out,
		    ca_wolf_rng(rng));
	else
		code = wc_RsaSSL_Sign(info, (word32)len, out, sizeof(out),
		    key->wolf, ca_wolf_rng(rng));
	if (code == PSS_SALTLEN_E)
		return ca_fail(err, CA_REFUSED,
		    "RSASSA-PSS: a salt of %u octets does not fit the key "
		    "(RFC 8017 9.1.1)",
		    alg->salt_len);
	if (code <= 0)
		return ca_wolf_fail(err, code, "RSA signature");
	st = ca_buf_append(ret, (struct ca_bytes){out, (size_t)code});
	if (st != CA_OK)
		return ca_fail(err, st, "RSA signature: no memory");
	return CA_OK;
}

const struct ca_crypto_ops ca_crypto_rsa = {
    .alloc = rsa_alloc,
    .done = rsa_done,
    .generate = rsa_generate,
    .import = rsa_import,
    .inner = rsa_inner,
    .public_octets = rsa_public,
    .sign = rsa_sign,
    .check = rsa_check,
    .verify = rsa_verify,
};
