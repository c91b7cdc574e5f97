/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/ecc.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/random.h>

#include "ca/crypto.h"
#include "ca/crypto_wolf.h"

#include <stdlib.h>
#include <string.h>

#define MAX_WIDTH 66 /* P-521 */
#define MAX_POINT (1 + 2 * MAX_WIDTH)
/* SEQUENCE { INTEGER, INTEGER }, each with a 00 in front */
#define MAX_SIGNATURE (3 + 2 * (3 + MAX_WIDTH))

/* SP 800-186 3.2.1: width in octets of a number below the order. */
static const struct curve {
	enum ca_key_type type;
	int id;
	enum ca_oid oid;
	size_t width;
	const char *order;
} curves[] = {
    {CA_KEY_P256, ECC_SECP256R1, CA_OID_P256, 32,
	"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"
	"\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51"},
    {CA_KEY_P384, ECC_SECP384R1, CA_OID_P384, 48,
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	"\xff\xff\xff\xff\xff\xff\xff\xff\xc7\x63\x4d\x81\xf4\x37\x2d\xdf"
	"\x58\x1a\x0d\xb2\x48\xb0\xa7\x7a\xec\xec\x19\x6a\xcc\xc5\x29\x73"},
    {CA_KEY_P521, ECC_SECP521R1, CA_OID_P521, 66,
	"\x01\xff"
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfa"
	"\x51\x86\x87\x83\xbf\x2f\x96\x6b\x7f\xcc\x01\x48\xf7\x09\xa5\xd0"
	"\x3b\xb5\xc9\xb8\x89\x9c\x47\xae\xbb\x6f\xb7\x1e\x91\x38\x64\x09"},
};

/* ca/crypto_key has seen to it that the type is one of the three. */
static const struct curve *
curve_of(enum ca_key_type type)
{
	size_t i = sizeof(curves) / sizeof(curves[0]) - 1;

	while (i > 0 && curves[i].type != type)
		i--;
	return &curves[i];
}

/* 1 <= number < n, big-endian, with or without leading zeros. */
static bool
is_in_range(const struct curve *curve, struct ca_bytes number)
{
	const uint8_t zero[MAX_WIDTH] = {0};
	uint8_t full[MAX_WIDTH] = {0};
	bool fits;

	if (number.len == 0 || number.len > curve->width)
		return false;
	memcpy(full + curve->width - number.len, number.data, number.len);
	fits = !ca_bytes_equal_secret((struct ca_bytes){full, curve->width},
		   (struct ca_bytes){zero, curve->width}) &&
	    ca_wolf_below((struct ca_bytes){full, curve->width},
		(struct ca_bytes){(const uint8_t *)curve->order, curve->width});
	ca_wipe(full, sizeof(full));
	return fits;
}

/* ---- public keys ------------------------------------------------------ */

/* What the library says of a wrong point, or of its own trouble. */
static enum ca_status
refuse_point(enum ca_key_type type, int code, struct ca_error *err)
{
	if (code != IS_POINT_E && code != ECC_OUT_OF_RANGE_E &&
	    code != ECC_INF_E)
		return ca_wolf_fail(err, code, "EC public key");
	return ca_fail(err, CA_REFUSED,
	    "public key: the point is not on curve %s (SP 800-56A 5.6.2.3); "
	    "make a new key",
	    ca_key_type_name(type));
}

static enum ca_status
load_public(const struct ca_spki *spki, ecc_key *key, struct ca_error *err)
{
	int code = wc_ecc_init(key);

	if (code == 0)
		code = wc_ecc_import_x963_ex(spki->key.data,
		    (word32)spki->key.len, key, curve_of(spki->type)->id);
	if (code == 0 && wc_ecc_point_is_at_infinity(&key->pubkey) != 0)
		code = ECC_INF_E;
	/*
	 * All three curves have cofactor 1: a point that satisfies the
	 * equation, with coordinates below p, has the right order.
	 */
	if (code == 0)
		code = wc_ecc_point_is_on_curve(&key->pubkey, key->idx);
	return code == 0 ? CA_OK : refuse_point(spki->type, code, err);
}

static enum ca_status
ec_check(const struct ca_spki *spki, struct ca_error *err)
{
	enum ca_status st;
	ecc_key key = {0};
	int code;

	if ((st = load_public(spki, &key, err)) != CA_OK)
		goto out;
	wc_ecc_fp_free();
	code = wc_ecc_check_key(&key);
	wc_ecc_fp_free();
	if (code != 0)
		st = refuse_point(spki->type, code, err);
out:
	(void)wc_ecc_free(&key);
	return st;
}

/*
 * ECDSA-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER } (RFC 3279 2.2.3),
 * each in 1 .. n-1 (FIPS 186-4 6.4).
 */
static bool
signature_is_sound(const struct curve *curve, struct ca_bytes in)
{
	struct ca_bytes content, r, s;

	return der_get(&in, DER_SEQUENCE, &content) && der_at_end(in) &&
	    der_get_unsigned(&content, &r) && der_get_unsigned(&content, &s) &&
	    der_at_end(content) && is_in_range(curve, r) &&
	    is_in_range(curve, s);
}

static enum ca_status
verify(const struct ca_spki *spki, struct ca_bytes hash,
    struct ca_bytes signature, bool tables, struct ca_error *err)
{
	int code, holds = 0;
	enum ca_status st;
	ecc_key key = {0};

	if (!signature_is_sound(curve_of(spki->type), signature))
		return ca_fail(err, CA_UNTRUSTED,
		    "signature: not two numbers below the order of %s in DER "
		    "(RFC 3279 2.2.3, FIPS 186-4 6.4)",
		    ca_key_type_name(spki->type));
	if ((st = load_public(spki, &key, err)) != CA_OK)
		goto out;
	/* A table is built at a point's second use and costs four more. */
	if (!tables)
		wc_ecc_fp_free();
	code = wc_ecc_verify_hash(signature.data, (word32)signature.len,
	    hash.data, (word32)hash.len, &holds, &key);
	if (!tables)
		wc_ecc_fp_free();
	if (code != 0 || holds != 1)
		st = ca_wolf_untrusted(err, code);
out:
	(void)wc_ecc_free(&key);
	return st;
}

void
ca_crypto_drop_tables(void)
{
	wc_ecc_fp_free();
}

static enum ca_status
ec_verify(const struct ca_spki *spki, const struct ca_sig_alg *alg,
    struct ca_bytes hash, struct ca_bytes signature, struct ca_error *err)
{
	(void)alg;
	return verify(spki, hash, signature, false, err);
}

static enum ca_status
ec_verify_with_tables(const struct ca_spki *spki, const struct ca_sig_alg *alg,
    struct ca_bytes hash, struct ca_bytes signature, struct ca_error *err)
{
	(void)alg;
	return verify(spki, hash, signature, true, err);
}

/* ---- private keys ----------------------------------------------------- */

static enum ca_status
ec_alloc(struct ca_crypto_key *key, struct ca_error *err)
{
	ecc_key *wolf = calloc(1, sizeof(*wolf));
	int code;

	if (wolf == NULL)
		return ca_fail(err, CA_MEMORY, "EC key: no memory");
	if ((code = wc_ecc_init(wolf)) != 0) {
		free(wolf);
		return ca_wolf_fail(err, code, "EC key");
	}
	key->wolf = wolf;
	key->wolf_size = sizeof(*wolf);
	return CA_OK;
}

static void
ec_done(struct ca_crypto_key *key)
{
	if (key->tables)
		wc_ecc_fp_free();
	(void)wc_ecc_free(key->wolf);
}

static enum ca_status
ec_generate(struct ca_crypto_key *key, unsigned bits, struct ca_rng *rng,
    struct ca_error *err)
{
	const struct curve *curve = curve_of(key->type);
	int code;

	(void)bits;
	/* The table's use would depend on the new key's bits. */
	wc_ecc_fp_free();
	code = wc_ecc_make_key_ex(
	    ca_wolf_rng(rng), (int)curve->width, key->wolf, curve->id);
	wc_ecc_fp_free();
	if (code != 0)
		return ca_wolf_fail(err, code, "EC key generation");
	return CA_OK;
}

static enum ca_status
ec_public(
    const struct ca_crypto_key *key, struct ca_buf *ret, struct ca_error *err)
{
	uint8_t point[MAX_POINT];
	word32 len = sizeof(point);
	int code = wc_ecc_export_x963(key->wolf, point, &len);
	enum ca_status st;

	if (code != 0)
		return ca_wolf_fail(err, code, "EC public key");
	if ((st = ca_buf_append(ret, (struct ca_bytes){point, len})) != CA_OK)
		return ca_fail(err, st, "EC public key: no memory");
	return CA_OK;
}

/*
 * The number has the width of the curve's order (RFC 5915 3). GnuTLS writes it
 * as a signed one instead, with a zero in front or an octet short in half of
 * its files: read where the public key stands beside it and so proves it.
 */
static bool
fit_width(struct ca_bytes *secret, size_t width, bool proved)
{
	if (secret->len == width)
		return true;
	if (proved && secret->len == width + 1 && secret->data[0] == 0)
		*secret = (struct ca_bytes){secret->data + 1, secret->len - 1};
	return proved && secret->len > 0 && secret->len <= width;
}

/*
 * ECPrivateKey ::= SEQUENCE {
 *	version INTEGER { 1 }, privateKey OCTET STRING,
 *	parameters [0] ECParameters OPTIONAL,
 *	publicKey [1] BIT STRING OPTIONAL } (RFC 5915 3)
 */
static bool
get_private(struct ca_bytes in, const struct curve *curve,
    struct ca_bytes *ret_secret, struct ca_bytes *ret_point)
{
	struct ca_bytes content, inside, oid;
	uint64_t version;
	bool present;

	if (!der_get(&in, DER_SEQUENCE, &content) || !der_at_end(in) ||
	    !der_get_uint(&content, &version) || version != 1 ||
	    !der_get(&content, DER_OCTET_STRING, ret_secret))
		return false;
	if (!der_get_optional(&content, DER_CONTEXT_CONS(0), &present, &inside))
		return false;
	if (present &&
	    (!der_get_oid(&inside, &oid) || !der_at_end(inside) ||
		!ca_bytes_equal(oid, ca_oid_der(curve->oid))))
		return false;
	if (!der_get_optional(&content, DER_CONTEXT_CONS(1), &present, &inside))
		return false;
	*ret_point = (struct ca_bytes){0};
	if (present &&
	    (!der_get_bit_octets(&inside, ret_point) || !der_at_end(inside) ||
		ret_point->len == 0))
		return false;
	return der_at_end(content) &&
	    fit_width(ret_secret, curve->width, ret_point->len > 0);
}

/* The point that goes with it has the width of another curve, or that one's
 * name stands there: which one, or NULL. */
static const struct curve *
curve_written(struct ca_bytes in, const struct curve *said)
{
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		struct ca_bytes secret, point = {0};

		if (&curves[i] != said &&
		    get_private(in, &curves[i], &secret, &point) &&
		    point.len == 2 * curves[i].width + 1)
			return &curves[i];
	}
	return NULL;
}

/* Computes the public half; a copy in the file must be the same. */
static enum ca_status
derive_public(
    struct ca_crypto_key *key, struct ca_bytes claimed, struct ca_error *err)
{
	struct ca_buf point = {0};
	enum ca_status st;
	int code;

	wc_ecc_fp_free();
	code = wc_ecc_make_pub(key->wolf, NULL);
	wc_ecc_fp_free();
	if (code != 0)
		return ca_wolf_fail(err, code, "EC public key");
	st = ec_public(key, &point, err);
	if (st == CA_OK && claimed.len > 0 &&
	    !ca_bytes_equal(claimed, ca_view(&point)))
		st = ca_fail(err, CA_UNTRUSTED,
		    "EC private key: the public key beside it belongs to "
		    "another (RFC 5915 3): the file is damaged or altered");
	ca_buf_free(&point);
	return st;
}

static enum ca_status
ec_import(
    struct ca_crypto_key *key, struct ca_bytes inner, struct ca_error *err)
{
	const struct curve *curve = curve_of(key->type);
	const struct curve *other;
	struct ca_bytes secret, point;
	int code;

	if ((other = curve_written(inner, curve)) != NULL)
		return ca_fail(err, CA_UNTRUSTED,
		    "EC private key: the file says %s, the key inside is one "
		    "of %s (RFC 5958 2, RFC 5915 3): make the file again from "
		    "the key",
		    ca_key_type_name(key->type), ca_key_type_name(other->type));
	if (!get_private(inner, curve, &secret, &point))
		return ca_fail(err, CA_MALFORMED,
		    "EC private key: not an ECPrivateKey of %s in DER "
		    "(RFC 5915 3)",
		    ca_key_type_name(key->type));
	if (!is_in_range(curve, secret))
		return ca_fail(err, CA_REFUSED,
		    "EC private key: zero, or not below the order of %s "
		    "(SP 800-56A 5.6.1.2)",
		    ca_key_type_name(key->type));
	code = wc_ecc_import_private_key_ex(
	    secret.data, (word32)secret.len, NULL, 0, key->wolf, curve->id);
	if (code != 0)
		return ca_wolf_fail(err, code, "EC private key");
	return derive_public(key, point, err);
}

/* Without parameters, which PKCS #8 carries outside. */
static enum ca_status
ec_inner(
    const struct ca_crypto_key *key, struct ca_buf *ret, struct ca_error *err)
{
	uint8_t secret[MAX_WIDTH];
	word32 len = sizeof(secret);
	struct ca_buf point = {0};
	struct der_out out = {0};
	enum ca_status st;
	int code;

	code = wc_ecc_export_private_only(key->wolf, secret, &len);
	if (code != 0) {
		st = ca_wolf_fail(err, code, "EC private key");
		goto out;
	}
	if ((st = ec_public(key, &point, err)) != CA_OK)
		goto out;
	der_open(&out, DER_SEQUENCE);
	der_put_uint(&out, 1);
	der_put(&out, DER_OCTET_STRING, (struct ca_bytes){secret, len});
	der_open(&out, DER_CONTEXT_CONS(1));
	der_put_bit_octets(&out, ca_view(&point));
	der_close(&out);
	der_close(&out);
	if ((st = der_finish(&out, ret)) != CA_OK)
		(void)ca_fail(err, st, "EC private key: cannot be written");
out:
	ca_wipe(secret, sizeof(secret));
	ca_buf_free(&point);
	return st;
}

/*
 * A generator for the nonce of one signature. Seeded by the system, and by
 * the private key, the hash and the caller's generator: the nonce of another
 * message is another even if all randomness repeats, as it does in a process
 * after fork() (checklist 39).
 */
static enum ca_status
new_nonce_rng(struct ca_crypto_key *key, struct ca_bytes hash,
    struct ca_rng *rng, WC_RNG *ret, struct ca_error *err)
{
	uint8_t in[MAX_WIDTH + CA_HASH_MAX + 32] = {0};
	uint8_t nonce[CA_HASH_MAX];
	word32 len = MAX_WIDTH;
	enum ca_status st;
	int code;

	code = wc_ecc_export_private_only(key->wolf, in, &len);
	if (code != 0) {
		st = ca_wolf_fail(err, code, "ECDSA");
		goto out;
	}
	memcpy(in + MAX_WIDTH, hash.data, hash.len);
	if ((st = ca_rng_fill(rng, in + MAX_WIDTH + CA_HASH_MAX, 32, err)) !=
		CA_OK ||
	    (st = ca_hash_bytes(CA_HASH_SHA512,
		 (struct ca_bytes){in, sizeof(in)}, nonce, err)) != CA_OK)
		goto out;
	if ((code = wc_InitRngNonce(ret, nonce, sizeof(nonce))) != 0)
		st = ca_wolf_fail(err, code, "ECDSA: random numbers");
out:
	ca_wipe(in, sizeof(in));
	ca_wipe(nonce, sizeof(nonce));
	return st;
}

static enum ca_status
sign_hash(struct ca_crypto_key *key, struct ca_bytes hash, WC_RNG *nonce_rng,
    struct ca_buf *ret, struct ca_error *err)
{
	uint8_t signature[MAX_SIGNATURE];
	word32 len = sizeof(signature);
	enum ca_status st;
	int code;

	/* With the table, memory accesses would depend on the nonce. */
	if (!key->tables)
		wc_ecc_fp_free();
	code = wc_ecc_sign_hash(
	    hash.data, (word32)hash.len, signature, &len, nonce_rng, key->wolf);
	if (!key->tables)
		wc_ecc_fp_free();
	if (code != 0)
		return ca_wolf_fail(err, code, "ECDSA");
	st = ca_buf_append(ret, (struct ca_bytes){signature, len});
	if (st != CA_OK)
		return ca_fail(err, st, "ECDSA: no memory");
	return CA_OK;
}

static enum ca_status
ec_sign(struct ca_crypto_key *key, const struct ca_sig_alg *alg,
    struct ca_bytes hash, struct ca_rng *rng, struct ca_buf *ret,
    struct ca_error *err)
{
	WC_RNG nonce_rng = {0};
	enum ca_status st;

	(void)alg;
	if ((st = new_nonce_rng(key, hash, rng, &nonce_rng, err)) != CA_OK)
		return st;
	st = sign_hash(key, hash, &nonce_rng, ret, err);
	(void)wc_FreeRng(&nonce_rng);
	return st;
}

const struct ca_crypto_ops ca_crypto_ec = {
    .alloc = ec_alloc,
    .done = ec_done,
    .generate = ec_generate,
    .import = ec_import,
    .inner = ec_inner,
    .public_octets = ec_public,
    .sign = ec_sign,
    .check = ec_check,
    .verify = ec_verify,
    .verify_with_tables = ec_verify_with_tables,
};
