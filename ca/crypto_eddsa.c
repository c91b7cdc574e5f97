/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/ed25519.h>
#include <wolfssl/wolfcrypt/ed448.h>
#include <wolfssl/wolfcrypt/error-crypt.h>

#include "ca/crypto.h"
#include "ca/crypto_wolf.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KEY ED448_KEY_SIZE
#define MAX_SIGNATURE ED448_SIG_SIZE

/*
 * RFC 8032 5.1 and 5.2, numbers in little-endian order. small: the y of the
 * points of small order, for which signatures hold that nobody made.
 */
static const struct curve {
	enum ca_key_type type;
	size_t len; /* of private key, public key, and each half signature */
	const char *field, *order;
	size_t small_count;
	const char *small[5];
} curves[] = {
    {CA_KEY_ED25519, 32,
	"\xed\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
	"\xed\xd3\xf5\x5c\x1a\x63\x12\x58\xd6\x9c\xf7\xa2\xde\xf9\xde\x14"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10",
	5,
	{"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	 "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	    "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	    "\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
	    "\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0"
	    "\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
	    "\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f"
	    "\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03"
	    "\x7a"}},
    {CA_KEY_ED448, 57,
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	"\xff\xff\xff\xff\xff\xff\xff\xff\x00",
	"\xf3\x44\x58\xab\x92\xc2\x78\x23\x55\x8f\xc5\x8d\x72\xc2\x6c\x21"
	"\x90\x36\xd6\xae\x49\xdb\x4e\xc4\xe9\x23\xca\x7c\xff\xff\xff\xff"
	"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	"\xff\xff\xff\xff\xff\xff\xff\x3f\x00",
	3,
	{"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	 "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	 "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	 "\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	    "\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	    "\x00\x00\x00\x00\x00\x00\x00\x00\x00",
	    "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
	    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	    "\xff\xff\xff\xff\xff\xff\xff\xff\x00"}},
};

static const struct curve *
curve_of(enum ca_key_type type)
{
	return &curves[type == CA_KEY_ED448];
}

/* Little-endian octets are below a constant of the same length. */
static bool
is_below(struct ca_bytes number, const char *limit)
{
	uint8_t a[MAX_KEY], b[MAX_KEY];

	for (size_t i = 0; i < number.len; i++) {
		a[i] = number.data[number.len - 1 - i];
		b[i] = (uint8_t)limit[number.len - 1 - i];
	}
	return ca_wolf_below(
	    (struct ca_bytes){a, number.len}, (struct ca_bytes){b, number.len});
}

/* ---- the library's two sets of calls ---------------------------------- */

/* 0 when it holds. *ret_holds is 1 then. */
static int
wolf_verify(enum ca_key_type type, struct ca_bytes key, struct ca_bytes data,
    struct ca_bytes signature, int *ret_holds)
{
	ed25519_key small = {0};
	ed448_key large = {0};
	int code;

	if (type == CA_KEY_ED25519) {
		if ((code = wc_ed25519_init(&small)) != 0)
			return code;
		code = wc_ed25519_import_public(
		    key.data, (word32)key.len, &small);
		if (code == 0)
			code = wc_ed25519_verify_msg(signature.data,
			    (word32)signature.len, ca_wolf_octets(data),
			    (word32)data.len, ret_holds, &small);
		wc_ed25519_free(&small);
		return code;
	}
	if ((code = wc_ed448_init(&large)) != 0)
		return code;
	code = wc_ed448_import_public(key.data, (word32)key.len, &large);
	if (code == 0)
		code = wc_ed448_verify_msg(signature.data,
		    (word32)signature.len, ca_wolf_octets(data),
		    (word32)data.len, ret_holds, &large, NULL, 0);
	wc_ed448_free(&large);
	return code;
}

/*
 * wc_ed25519_make_public() of 5.5.4 says that the public key is there and
 * leaves it zero; a signature would then give the private key away. So it is
 * imported again, and held against the private key.
 */
static int
derive_25519(ed25519_key *key)
{
	uint8_t octets[ED25519_PUB_KEY_SIZE];
	int code = wc_ed25519_make_public(key, octets, sizeof(octets));

	if (code == 0)
		code = wc_ed25519_import_public(octets, sizeof(octets), key);
	return code == 0 ? wc_ed25519_check_key(key) : code;
}

static int
derive_448(ed448_key *key)
{
	uint8_t octets[ED448_PUB_KEY_SIZE];
	int code = wc_ed448_make_public(key, octets, sizeof(octets));

	if (code == 0)
		code = wc_ed448_import_public(octets, sizeof(octets), key);
	return code == 0 ? wc_ed448_check_key(key) : code;
}

/* ---- public keys ------------------------------------------------------ */

static enum ca_status
refuse_public(struct ca_error *err, enum ca_key_type type, const char *what)
{
	return ca_fail(
	    err, CA_REFUSED, "public key: %s %s", ca_key_type_name(type), what);
}

/* RFC 8032 5.1.3 and 5.2.3 step 1: y is below p; the top bit is x's sign. */
static enum ca_status
check_y(const struct ca_spki *spki, struct ca_error *err)
{
	const struct curve *curve = curve_of(spki->type);
	uint8_t octets[MAX_KEY];
	const struct ca_bytes y = {octets, curve->len};

	memcpy(octets, spki->key.data, curve->len);
	octets[curve->len - 1] &= 0x7f;
	if (!is_below(y, curve->field))
		return refuse_public(err, spki->type,
		    "point is not in its shortest form (RFC 8032 5.1.3)");
	for (size_t i = 0; i < curve->small_count; i++)
		if (memcmp(octets, curve->small[i], curve->len) == 0)
			return refuse_public(err, spki->type,
			    "point has a small order: signatures hold that "
			    "nobody made (RFC 8032 8.9)");
	return CA_OK;
}

/*
 * Whether y belongs to a point shows when it is decoded, which the library
 * does when it verifies: a signature that is well formed and wrong gives
 * SIG_VERIFY_E for a point and another code for what is none.
 */
static enum ca_status
eddsa_check(const struct ca_spki *spki, struct ca_error *err)
{
	const uint8_t octets[MAX_SIGNATURE] = {1};
	const struct ca_bytes probe = {octets, 2 * curve_of(spki->type)->len};
	enum ca_status st;
	int holds = 0, code;

	if ((st = check_y(spki, err)) != CA_OK)
		return st;
	code = wolf_verify(
	    spki->type, spki->key, ca_text("probe"), probe, &holds);
	switch (code) {
	case SIG_VERIFY_E:
		return CA_OK;
	case 0:
	case BAD_FUNC_ARG:
	case PUBLIC_KEY_E:
		return refuse_public(err, spki->type,
		    "point is not on the curve (RFC 8032 5.1.3)");
	default:
		return ca_wolf_fail(err, code, "EdDSA public key");
	}
}

static enum ca_status
eddsa_verify(const struct ca_spki *spki, const struct ca_sig_alg *alg,
    struct ca_bytes data, struct ca_bytes signature, struct ca_error *err)
{
	const struct curve *curve = curve_of(spki->type);
	enum ca_status st;
	int holds = 0, code;

	(void)alg;
	if (signature.len != 2 * curve->len ||
	    !is_below(
		(struct ca_bytes){signature.data + curve->len, curve->len},
		curve->order))
		return ca_fail(err, CA_UNTRUSTED,
		    "signature: not %zu octets, or S is not below the order "
		    "of %s (RFC 8032 5.1.7)",
		    2 * curve->len, ca_key_type_name(spki->type));
	if (data.len > INT_MAX)
		return ca_fail(err, CA_REFUSED,
		    "signature: EdDSA over more than 2 GiB is not done here");
	if ((st = check_y(spki, err)) != CA_OK)
		return st;
	code = wolf_verify(spki->type, spki->key, data, signature, &holds);
	if (code != 0 || holds != 1)
		return ca_wolf_untrusted(err, code);
	return CA_OK;
}

/* ---- private keys ----------------------------------------------------- */

static enum ca_status
eddsa_alloc(struct ca_crypto_key *key, struct ca_error *err)
{
	const bool small = key->type == CA_KEY_ED25519;
	const size_t size = small ? sizeof(ed25519_key) : sizeof(ed448_key);
	void *wolf = calloc(1, size);
	int code;

	if (wolf == NULL)
		return ca_fail(err, CA_MEMORY, "EdDSA key: no memory");
	code = small ? wc_ed25519_init(wolf) : wc_ed448_init(wolf);
	if (code != 0) {
		free(wolf);
		return ca_wolf_fail(err, code, "EdDSA key");
	}
	key->wolf = wolf;
	key->wolf_size = size;
	return CA_OK;
}

static void
eddsa_done(struct ca_crypto_key *key)
{
	if (key->type == CA_KEY_ED25519)
		wc_ed25519_free(key->wolf);
	else
		wc_ed448_free(key->wolf);
}

static enum ca_status
load_private(
    struct ca_crypto_key *key, const uint8_t *secret, struct ca_error *err)
{
	int code;

	if (key->type == CA_KEY_ED25519) {
		code = wc_ed25519_import_private_only(
		    secret, ED25519_KEY_SIZE, key->wolf);
		if (code == 0)
			code = derive_25519(key->wolf);
	} else {
		code = wc_ed448_import_private_only(
		    secret, ED448_KEY_SIZE, key->wolf);
		if (code == 0)
			code = derive_448(key->wolf);
	}
	if (code != 0)
		return ca_wolf_fail(err, code, "EdDSA private key");
	return CA_OK;
}

/* RFC 8032 5.1.5 and 5.2.5: the private key is random octets. */
static enum ca_status
eddsa_generate(struct ca_crypto_key *key, unsigned bits, struct ca_rng *rng,
    struct ca_error *err)
{
	uint8_t secret[MAX_KEY];
	const size_t len = curve_of(key->type)->len;
	enum ca_status st;

	(void)bits;
	if ((st = ca_rng_fill(rng, secret, len, err)) == CA_OK)
		st = load_private(key, secret, err);
	ca_wipe(secret, sizeof(secret));
	return st;
}

/* CurvePrivateKey ::= OCTET STRING (RFC 8410 7) */
static enum ca_status
eddsa_import(
    struct ca_crypto_key *key, struct ca_bytes inner, struct ca_error *err)
{
	const size_t len = curve_of(key->type)->len;
	struct ca_bytes secret;

	if (!der_get(&inner, DER_OCTET_STRING, &secret) || !der_at_end(inner) ||
	    secret.len != len)
		return ca_fail(err, CA_MALFORMED,
		    "EdDSA private key: not an OCTET STRING of %zu octets "
		    "(RFC 8410 7)",
		    len);
	return load_private(key, secret.data, err);
}

static enum ca_status
eddsa_inner(
    const struct ca_crypto_key *key, struct ca_buf *ret, struct ca_error *err)
{
	uint8_t secret[MAX_KEY];
	word32 len = (word32)curve_of(key->type)->len;
	struct der_out out = {0};
	enum ca_status st;
	int code;

	if (key->type == CA_KEY_ED25519)
		code = wc_ed25519_export_private_only(key->wolf, secret, &len);
	else
		code = wc_ed448_export_private_only(key->wolf, secret, &len);
	if (code != 0) {
		st = ca_wolf_fail(err, code, "EdDSA private key");
		goto out;
	}
	der_put(&out, DER_OCTET_STRING, (struct ca_bytes){secret, len});
	if ((st = der_finish(&out, ret)) != CA_OK)
		(void)ca_fail(err, st, "EdDSA private key: cannot be written");
out:
	ca_wipe(secret, sizeof(secret));
	return st;
}

static enum ca_status
eddsa_public(
    const struct ca_crypto_key *key, struct ca_buf *ret, struct ca_error *err)
{
	uint8_t octets[MAX_KEY];
	word32 len = sizeof(octets);
	enum ca_status st;
	int code;

	if (key->type == CA_KEY_ED25519)
		code = wc_ed25519_export_public(key->wolf, octets, &len);
	else
		code = wc_ed448_export_public(key->wolf, octets, &len);
	if (code != 0)
		return ca_wolf_fail(err, code, "EdDSA public key");
	st = ca_buf_append(ret, (struct ca_bytes){octets, len});
	if (st != CA_OK)
		return ca_fail(err, st, "EdDSA public key: no memory");
	return CA_OK;
}

/* Deterministic (RFC 8032 5.1.6): no random number is drawn. */
static enum ca_status
eddsa_sign(struct ca_crypto_key *key, const struct ca_sig_alg *alg,
    struct ca_bytes data, struct ca_rng *rng, struct ca_buf *ret,
    struct ca_error *err)
{
	uint8_t out[MAX_SIGNATURE];
	word32 len = sizeof(out);
	enum ca_status st;
	int code;

	(void)alg;
	(void)rng;
	if (data.len > INT_MAX)
		return ca_fail(err, CA_REFUSED,
		    "signature: EdDSA over more than 2 GiB is not done here");
	if (key->type == CA_KEY_ED25519)
		code = wc_ed25519_sign_msg(ca_wolf_octets(data),
		    (word32)data.len, out, &len, key->wolf);
	else
		code = wc_ed448_sign_msg(ca_wolf_octets(data), (word32)data.len,
		    out, &len, key->wolf, NULL, 0);
	if (code != 0)
		return ca_wolf_fail(err, code, "EdDSA signature");
	st = ca_buf_append(ret, (struct ca_bytes){out, len});
	if (st != CA_OK)
		return ca_fail(err, st, "EdDSA signature: no memory");
	return CA_OK;
}

const struct ca_crypto_ops ca_crypto_eddsa = {
    .alloc = eddsa_alloc,
    .done = eddsa_done,
    .generate = eddsa_generate,
    .import = eddsa_import,
    .inner = eddsa_inner,
    .public_octets = eddsa_public,
    .sign = eddsa_sign,
    .check = eddsa_check,
    .check_proved = check_y,
    .verify = eddsa_verify,
};
