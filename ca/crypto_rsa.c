/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/integer.h>
#include <wolfssl/wolfcrypt/random.h>
#include <wolfssl/wolfcrypt/rsa.h>

#include "ca/crypto.h"
#include "ca/crypto_wolf.h"

#include <stdlib.h>
#include <string.h>

/* Below, no key of ours; above, wolfCrypt was built without room for it. */
#define MIN_PRIVATE_BITS 2048
#define MIN_PUBLIC_BITS 512
#define MAX_BITS CA_RSA_MAX_BITS
#define MAX_OCTETS CA_RSA_OCTETS_MAX
#define PUBLIC_EXPONENT 65537

/* ---- public keys ------------------------------------------------------ */

static enum ca_status
refuse_public(struct ca_error *err, const char *what)
{
	return ca_fail(
	    err, CA_REFUSED, "public key: RSA %s; make a new key", what);
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
		return ca_fail(err, CA_REFUSED,
		    "public key: RSA of %u bits: above 4096 is beyond the "
		    "library's limit, the signature cannot be checked; make a "
		    "key of 2048 to 4096 bits (openssl: -newkey rsa:3072)",
		    spki->bits);
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
	/* The numbers are in range: what fails is the library, not they. */
	if (code < 0 || len != spki->modulus.len)
		return ca_wolf_fail(err, code, "RSA");
	return CA_OK;
}

static enum ca_status
rsa_verify(const struct ca_spki *spki, const struct ca_sig_alg *alg,
    struct ca_bytes hash, struct ca_bytes signature, struct ca_error *err)
{
	uint8_t encoded[MAX_OCTETS] = {0};
	const struct ca_bytes em = {encoded, spki->modulus.len};
	enum ca_status st;

	if ((st = rsa_check(spki, err)) != CA_OK ||
	    (st = open_signature(spki, signature, encoded, err)) != CA_OK)
		return st;
	if (alg->kind == CA_SIG_RSA_PSS)
		return ca_emsa_check_pss(alg, spki->bits, hash, em, err);
	return ca_emsa_check_pkcs1(alg->hash, hash, em, err);
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

/* Arithmetic that may run out of memory; scratch is wiped at the end. */
struct numbers {
	RsaKey *key;
	mp_int scratch[3];
	int code; /* the first that was not MP_OKAY */
};

static bool
done(struct numbers *numbers, int code)
{
	if (numbers->code == MP_OKAY)
		numbers->code = code;
	return code == MP_OKAY;
}

/* p odd, d_p = d mod (p - 1), and e * d_p = 1 mod (p - 1). */
static bool
exponent_fits(struct numbers *numbers, mp_int *p, mp_int *d_p)
{
	RsaKey *key = numbers->key;
	mp_int *less = &numbers->scratch[0];
	mp_int *a = &numbers->scratch[1], *b = &numbers->scratch[2];

	return mp_isodd(p) && done(numbers, mp_sub_d(p, 1, less)) &&
	    done(numbers, mp_mod(&key->d, less, a)) &&
	    mp_cmp(a, d_p) == MP_EQ &&
	    done(numbers, mp_mod(&key->e, less, b)) &&
	    done(numbers, mp_mulmod(a, b, less, a)) && mp_cmp_d(a, 1) == MP_EQ;
}

/* u * q = 1 mod p, and u is below p. */
static bool
coefficient_fits(struct numbers *numbers)
{
	RsaKey *key = numbers->key;
	mp_int *a = &numbers->scratch[0];

	return mp_cmp(&key->u, &key->p) == MP_LT &&
	    done(numbers, mp_mod(&key->q, &key->p, a)) &&
	    done(numbers, mp_mulmod(a, &key->u, &key->p, a)) &&
	    mp_cmp_d(a, 1) == MP_EQ;
}

static bool
primes_fit(struct numbers *numbers)
{
	RsaKey *key = numbers->key;
	mp_int *a = &numbers->scratch[0];

	return done(numbers, mp_mul(&key->p, &key->q, a)) &&
	    mp_cmp(a, &key->n) == MP_EQ && mp_cmp(&key->p, &key->q) != MP_EQ &&
	    mp_cmp(&key->d, &key->n) == MP_LT;
}

/* RFC 8017 3.2, all equations of a private key in its second form. */
static enum ca_status
check_numbers(RsaKey *key, struct ca_error *err)
{
	struct numbers numbers = {.key = key};
	mp_int *scratch = numbers.scratch;
	bool agree;

	numbers.code = mp_init_multi(
	    &scratch[0], &scratch[1], &scratch[2], NULL, NULL, NULL);
	agree = numbers.code == MP_OKAY && primes_fit(&numbers) &&
	    exponent_fits(&numbers, &key->p, &key->dP) &&
	    exponent_fits(&numbers, &key->q, &key->dQ) &&
	    coefficient_fits(&numbers);
	ca_wipe(scratch, sizeof(numbers.scratch));
	if (ca_wolf_is_memory(numbers.code))
		return ca_wolf_fail(err, numbers.code, "RSA private key");
	if (!agree)
		return ca_fail(err, CA_UNTRUSTED,
		    "RSA private key: its numbers do not belong together "
		    "(RFC 8017 3.2): the file is damaged or altered");
	return CA_OK;
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
	return check_numbers(key->wolf, err);
}

#define NUMBER_COUNT 8 /* n, e, d, p, q, d mod (p-1), d mod (q-1), q^-1 */

/*
 * RSAPrivateKey ::= SEQUENCE { version INTEGER { 0 }, n, e, d, p, q,
 *	d mod (p-1), d mod (q-1), q^-1 mod p INTEGER } (RFC 8017 A.1.2)
 */
static bool
get_numbers(struct ca_bytes in, struct ca_bytes ret[NUMBER_COUNT])
{
	struct ca_bytes content;
	uint64_t version;

	if (!der_get(&in, DER_SEQUENCE, &content) || !der_at_end(in) ||
	    !der_get_uint(&content, &version) || version != 0)
		return false;
	for (size_t i = 0; i < NUMBER_COUNT; i++)
		if (!der_get_unsigned(&content, &ret[i]))
			return false;
	return der_at_end(content);
}

static void
list_numbers(RsaKey *key, mp_int *ret[NUMBER_COUNT])
{
	mp_int *list[NUMBER_COUNT] = {&key->n, &key->e, &key->d, &key->p,
	    &key->q, &key->dP, &key->dQ, &key->u};

	memcpy(ret, list, sizeof(list));
}

static unsigned
count_bits(struct ca_bytes magnitude)
{
	unsigned bits = (unsigned)(magnitude.len - 1) * 8;

	for (unsigned top = magnitude.data[0]; top > 0; top >>= 1)
		bits++;
	return bits;
}

/* In the library's decoder a lack of memory looks like a bad key. */
static enum ca_status
load_numbers(RsaKey *key, const struct ca_bytes numbers[NUMBER_COUNT],
    struct ca_error *err)
{
	mp_int *into[NUMBER_COUNT];
	int code = MP_OKAY;

	list_numbers(key, into);
	for (size_t i = 0; i < NUMBER_COUNT && code == MP_OKAY; i++)
		code = numbers[i].len > MAX_OCTETS ?
		    MP_VAL :
		    mp_read_unsigned_bin(
			into[i], numbers[i].data, (word32)numbers[i].len);
	if (ca_wolf_is_memory(code))
		return ca_wolf_fail(err, code, "RSA private key");
	if (code != MP_OKAY)
		return ca_fail(err, CA_MALFORMED,
		    "RSA private key: a number above 4096 bits "
		    "(RFC 8017 A.1.2)");
	key->type = RSA_PRIVATE;
	return check_numbers(key, err);
}

static enum ca_status
rsa_import(
    struct ca_crypto_key *key, struct ca_bytes inner, struct ca_error *err)
{
	struct ca_bytes numbers[NUMBER_COUNT];
	struct ca_spki half = {.type = CA_KEY_RSA};
	enum ca_status st;

	if (!get_numbers(inner, numbers))
		return ca_fail(err, CA_MALFORMED,
		    "RSA private key: not an RSAPrivateKey of two primes in "
		    "DER (RFC 8017 A.1.2)");
	half.modulus = numbers[0];
	half.exponent = numbers[1];
	half.bits = count_bits(numbers[0]);
	if (half.bits < MIN_PRIVATE_BITS)
		return ca_fail(err, CA_REFUSED,
		    "RSA private key: %u bits, at least 2048 are needed "
		    "(CA/B BR 6.1.5)",
		    half.bits);
	if ((st = rsa_check(&half, err)) != CA_OK)
		return st;
	return load_numbers(key->wolf, numbers, err);
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
	mp_int *numbers[NUMBER_COUNT];
	struct der_out out = {0};
	enum ca_status st;

	der_open(&out, DER_SEQUENCE);
	der_put_uint(&out, 0);
	list_numbers(key->wolf, numbers);
	for (size_t i = 0; i < NUMBER_COUNT; i++)
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
mgf_of(enum ca_hash hash)
{
	switch (hash) {
	case CA_HASH_SHA256:
		return WC_MGF1SHA256;
	case CA_HASH_SHA384:
		return WC_MGF1SHA384;
	case CA_HASH_SHA512:
		return WC_MGF1SHA512;
	default:
		return WC_MGF1NONE;
	}
}

static int
sign_pss(RsaKey *key, const struct ca_sig_alg *alg, const uint8_t *hash,
    uint8_t out[MAX_OCTETS], WC_RNG *rng)
{
	return wc_RsaPSS_Sign_ex(hash, (word32)ca_hash_len(alg->hash), out,
	    MAX_OCTETS, (enum wc_HashType)ca_wolf_hash(alg->hash),
	    mgf_of(alg->hash), (int)alg->salt_len, key, rng);
}

/* The random numbers are for blinding, and for the salt of PSS. */
static enum ca_status
rsa_sign(struct ca_crypto_key *key, const struct ca_sig_alg *alg,
    struct ca_bytes hash, struct ca_rng *rng, struct ca_buf *ret,
    struct ca_error *err)
{
	uint8_t info[CA_DIGEST_INFO_MAX], out[MAX_OCTETS];
	size_t len;
	enum ca_status st;
	int code;

	if ((st = ca_emsa_digest_info(alg->hash, hash, info, &len, err)) !=
	    CA_OK)
		return st;
	if (alg->kind == CA_SIG_RSA_PSS)
		code = sign_pss(
		    key->wolf, alg, hash.data, out, ca_wolf_rng(rng));
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
    .check_proved = rsa_check,
    .verify = rsa_verify,
};
