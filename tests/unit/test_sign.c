/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ca_sign: what it wraps, and that no wrong signature gets out (checklist 65,
 * 66). The test has a struct ca_key of its own, whose public half can be
 * another's, and puts its own functions before the library's, which can flip
 * a bit; ca/sign.c knows nothing of either.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "ca/sign.h"

struct ca_key {
	struct ca_crypto_key *raw;
	struct ca_buf der;
	struct ca_spki spki;
};

struct ca_crypto_key *
ca_key_crypto(struct ca_key *key)
{
	return key->raw;
}

const struct ca_spki *
ca_key_spki(const struct ca_key *key)
{
	return &key->spki;
}

/* ---- the faulty machine ---- */

/* Which bit of the next signatures is flipped; -1 is none. */
static int faulty_bit = -1;

static void
flip(uint8_t *out, size_t len)
{
	if (faulty_bit >= 0 && (size_t)faulty_bit / 8 < len)
		out[faulty_bit / 8] ^= (uint8_t)(1 << faulty_bit % 8);
}

int wc_RsaSSL_Sign(const uint8_t *in, uint32_t in_len, uint8_t *out,
    uint32_t out_len, void *key, void *rng);
int wc_RsaPSS_Sign_ex(const uint8_t *in, uint32_t in_len, uint8_t *out,
    uint32_t out_len, int hash, int mgf, int salt_len, void *key, void *rng);
int wc_ecc_sign_hash(const uint8_t *in, uint32_t in_len, uint8_t *out,
    uint32_t *out_len, void *rng, void *key);
int wc_ed25519_sign_msg(const uint8_t *in, uint32_t in_len, uint8_t *out,
    uint32_t *out_len, void *key);
int wc_ed448_sign_msg(const uint8_t *in, uint32_t in_len, uint8_t *out,
    uint32_t *out_len, void *key, const uint8_t *context, uint8_t len);

int
wc_RsaSSL_Sign(const uint8_t *in, uint32_t in_len, uint8_t *out,
    uint32_t out_len, void *key, void *rng)
{
	int (*real)(
	    const uint8_t *, uint32_t, uint8_t *, uint32_t, void *, void *);
	int len;

	*(void **)&real = dlsym(RTLD_NEXT, "wc_RsaSSL_Sign");
	len = real(in, in_len, out, out_len, key, rng);
	if (len > 0)
		flip(out, (size_t)len);
	return len;
}

int
wc_RsaPSS_Sign_ex(const uint8_t *in, uint32_t in_len, uint8_t *out,
    uint32_t out_len, int hash, int mgf, int salt_len, void *key, void *rng)
{
	int (*real)(const uint8_t *, uint32_t, uint8_t *, uint32_t, int, int,
	    int, void *, void *);
	int len;

	*(void **)&real = dlsym(RTLD_NEXT, "wc_RsaPSS_Sign_ex");
	len = real(in, in_len, out, out_len, hash, mgf, salt_len, key, rng);
	if (len > 0)
		flip(out, (size_t)len);
	return len;
}

int
wc_ecc_sign_hash(const uint8_t *in, uint32_t in_len, uint8_t *out,
    uint32_t *out_len, void *rng, void *key)
{
	int (*real)(
	    const uint8_t *, uint32_t, uint8_t *, uint32_t *, void *, void *);
	int code;

	*(void **)&real = dlsym(RTLD_NEXT, "wc_ecc_sign_hash");
	code = real(in, in_len, out, out_len, rng, key);
	flip(out, *out_len);
	return code;
}

int
wc_ed25519_sign_msg(const uint8_t *in, uint32_t in_len, uint8_t *out,
    uint32_t *out_len, void *key)
{
	int (*real)(const uint8_t *, uint32_t, uint8_t *, uint32_t *, void *);
	int code;

	*(void **)&real = dlsym(RTLD_NEXT, "wc_ed25519_sign_msg");
	code = real(in, in_len, out, out_len, key);
	flip(out, *out_len);
	return code;
}

int
wc_ed448_sign_msg(const uint8_t *in, uint32_t in_len, uint8_t *out,
    uint32_t *out_len, void *key, const uint8_t *context, uint8_t len)
{
	int (*real)(const uint8_t *, uint32_t, uint8_t *, uint32_t *, void *,
	    const uint8_t *, uint8_t);
	int code;

	*(void **)&real = dlsym(RTLD_NEXT, "wc_ed448_sign_msg");
	code = real(in, in_len, out, out_len, key, context, len);
	flip(out, *out_len);
	return code;
}

/* How often the fixed-point table was thrown away. */
static size_t drops;

void wc_ecc_fp_free(void);

void
wc_ecc_fp_free(void)
{
	void (*real)(void);

	*(void **)&real = dlsym(RTLD_NEXT, "wc_ecc_fp_free");
	drops++;
	real();
}

/* ---- keys ---- */

static const enum ca_key_type types[] = {CA_KEY_RSA, CA_KEY_P256, CA_KEY_P384,
    CA_KEY_P521, CA_KEY_ED25519, CA_KEY_ED448};
#define TYPE_COUNT (sizeof(types) / sizeof(types[0]))

struct fixture {
	struct ca_rng *rng;
	struct ca_key keys[TYPE_COUNT], others[TYPE_COUNT];
};

static void
make_key(enum ca_key_type type, struct ca_rng *rng, struct ca_key *ret)
{
	struct ca_error err = {0};
	struct ca_bytes in;

	assert_int_equal(
	    ca_crypto_key_generate(type, 2048, rng, &ret->raw, &err), CA_OK);
	assert_int_equal(ca_crypto_key_spki(ret->raw, &ret->der, &err), CA_OK);
	in = ca_view(&ret->der);
	assert_int_equal(ca_spki_get(&in, &ret->spki, &err), CA_OK);
}

static int
setup(void **state)
{
	struct fixture *all = calloc(1, sizeof(*all));

	assert_non_null(all);
	assert_int_equal(ca_rng_new(&all->rng, NULL), CA_OK);
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		make_key(types[i], all->rng, &all->keys[i]);
		make_key(types[i], all->rng, &all->others[i]);
	}
	*state = all;
	return 0;
}

static int
setup_with_tables(void **state)
{
	struct fixture *all;

	(void)setup(state);
	all = *state;
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		ca_crypto_key_use_tables(all->keys[i].raw);
		ca_crypto_key_use_tables(all->others[i].raw);
	}
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *all = *state;

	for (size_t i = 0; i < TYPE_COUNT; i++) {
		ca_crypto_key_free(all->keys[i].raw);
		ca_crypto_key_free(all->others[i].raw);
		ca_buf_free(&all->keys[i].der);
		ca_buf_free(&all->others[i].der);
	}
	ca_rng_free(all->rng);
	free(all);
	return 0;
}

static const uint8_t tbs_octets[] = {0x30, 0x03, 0x02, 0x01, 0x05};
static const struct ca_bytes tbs = {tbs_octets, sizeof(tbs_octets)};

/* Takes apart what ca_sign made, to the last octet, and verifies it. */
static void
check_signed(struct ca_bytes in, struct ca_bytes body,
    const struct ca_sig_alg *alg, const struct ca_spki *spki)
{
	struct ca_bytes content, signature;
	struct ca_error err = {0};
	struct ca_sig_alg parsed;

	assert_true(der_get(&in, DER_SEQUENCE, &content));
	assert_true(der_at_end(in));
	assert_in_range(content.len, body.len, SIZE_MAX);
	assert_memory_equal(content.data, body.data, body.len);
	content.data += body.len;
	content.len -= body.len;
	assert_int_equal(ca_sig_alg_get(&content, &parsed, &err), CA_OK);
	assert_int_equal(parsed.kind, alg->kind);
	assert_int_equal(parsed.hash, alg->hash);
	assert_int_equal(parsed.salt_len, alg->salt_len);
	assert_true(der_get_bit_octets(&content, &signature));
	assert_true(der_at_end(content));
	assert_int_equal(
	    ca_crypto_verify(spki, alg, body, signature, &err), CA_OK);
}

/* ---- tests ---- */

static void
signs_with_every_type(void **state)
{
	struct fixture *all = *state;

	for (size_t i = 0; i < TYPE_COUNT; i++) {
		struct ca_key *key = &all->keys[i];
		struct ca_sig_alg alg = ca_sig_alg_for(&key->spki);
		struct ca_buf out = {0};
		struct ca_error err = {0};

		assert_int_equal(
		    ca_sign(tbs, key, &alg, all->rng, &out, &err), CA_OK);
		assert_int_equal(err.status, CA_OK);
		check_signed(ca_view(&out), tbs, &alg, &key->spki);
		ca_buf_free(&out);
	}
}

static void
signs_with_pss(void **state)
{
	const struct ca_sig_alg alg = {CA_SIG_RSA_PSS, CA_HASH_SHA384, 48};
	struct fixture *all = *state;
	struct ca_buf out = {0};
	struct ca_error err = {0};

	assert_int_equal(
	    ca_sign(tbs, &all->keys[0], &alg, all->rng, &out, &err), CA_OK);
	check_signed(ca_view(&out), tbs, &alg, &all->keys[0].spki);
	ca_buf_free(&out);
}

/* Lengths of one to four octets; 16 MiB is where the library's own wrapper
 * goes wrong. */
static void
signs_any_length(void **state)
{
	static const size_t lengths[] = {0, 1, 40, 127, 128, 190, 255, 256,
	    65535, 65536, (16u << 20) - 1, 16u << 20, (16u << 20) + 1};
	const size_t p256 = 1, ed25519 = 4;
	struct fixture *all = *state;
	uint8_t *data = calloc(1, (16u << 20) + 1);

	assert_non_null(data);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct ca_key *key = &all->keys[i % 2 == 0 ? p256 : ed25519];
		struct ca_sig_alg alg = ca_sig_alg_for(&key->spki);
		struct ca_bytes body = {data, lengths[i]};
		struct ca_buf out = {0};
		struct ca_error err = {0};

		assert_int_equal(
		    ca_sign(body, key, &alg, all->rng, &out, &err), CA_OK);
		check_signed(ca_view(&out), body, &alg, &key->spki);
		ca_buf_free(&out);
	}
	free(data);
}

/* The TBS gives way to what is signed, at lengths of one to four octets. */
static void
signs_a_list_in_its_place(void **state)
{
	static const size_t lengths[] = {0, 1, 40, 127, 128, 190, 255, 256,
	    65535, 65536, (16u << 20) - 1, 16u << 20, (16u << 20) + 1};
	struct fixture *all = *state;
	uint8_t *data = calloc(1, (16u << 20) + 1);

	assert_non_null(data);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct ca_key *key = &all->keys[i % TYPE_COUNT];
		struct ca_sig_alg alg = ca_sig_alg_for(&key->spki);
		struct ca_bytes body = {data, lengths[i]};
		struct ca_buf list = {0};
		struct ca_error err = {0};

		assert_int_equal(ca_buf_append(&list, body), CA_OK);
		assert_int_equal(
		    ca_sign_list(&list, key, &alg, all->rng, &err), CA_OK);
		check_signed(ca_view(&list), body, &alg, &key->spki);
		ca_buf_free(&list);
	}
	free(data);
}

/* checklist 38 */
static void
refuses_an_algorithm_of_another_key(void **state)
{
	struct fixture *all = *state;

	for (size_t i = 0; i < TYPE_COUNT; i++) {
		struct ca_spki other =
		    all->keys[i == 0 ? 1 : (i + 3) % TYPE_COUNT].spki;
		struct ca_sig_alg alg = ca_sig_alg_for(&other);
		struct ca_buf out = {0};
		struct ca_error err = {0};

		if (ca_sig_alg_fits(&alg, &all->keys[i].spki))
			continue;
		assert_int_equal(
		    ca_sign(tbs, &all->keys[i], &alg, all->rng, &out, &err),
		    CA_REFUSED);
		assert_null(out.data);
	}
}

/* checklist 66: one flipped bit, and nothing is released. */
static void
releases_no_faulty_signature(void **state)
{
	/* behind the DER headers of ECDSA too */
	static const int bits[] = {0, 1, 7, 8, 45, 77, 128, 300, 405};
	const struct ca_sig_alg pss = {CA_SIG_RSA_PSS, CA_HASH_SHA256, 32};
	struct fixture *all = *state;

	for (size_t i = 0; i <= TYPE_COUNT; i++) {
		struct ca_key *key = &all->keys[i % TYPE_COUNT];
		struct ca_sig_alg alg = i == TYPE_COUNT ?
		    pss :
		    ca_sig_alg_for(&key->spki);

		for (size_t b = 0; b < sizeof(bits) / sizeof(bits[0]); b++) {
			struct ca_buf out = {0};
			struct ca_error err = {0};
			enum ca_status st;

			faulty_bit = bits[b];
			st = ca_sign(tbs, key, &alg, all->rng, &out, &err);
			faulty_bit = -1;
			assert_int_equal(st, CA_INTERNAL);
			assert_null(out.data);
			assert_non_null(strstr(err.msg, "nothing is released"));
			assert_int_equal(ca_buf_append(&out, tbs), CA_OK);
			faulty_bit = bits[b];
			st = ca_sign_list(&out, key, &alg, all->rng, NULL);
			faulty_bit = -1;
			assert_int_equal(st, CA_INTERNAL);
			assert_true(ca_bytes_equal(ca_view(&out), tbs));
			ca_buf_free(&out);
		}
	}
}

/* A key file whose halves do not belong together (checklist 42). */
static void
releases_nothing_for_another_public_key(void **state)
{
	struct fixture *all = *state;

	for (size_t i = 0; i < TYPE_COUNT; i++) {
		struct ca_key key = all->keys[i];
		struct ca_sig_alg alg = ca_sig_alg_for(&key.spki);
		struct ca_buf out = {0};
		struct ca_error err = {0};

		key.spki = all->others[i].spki;
		assert_int_equal(ca_sign(tbs, &key, &alg, all->rng, &out, &err),
		    CA_INTERNAL);
		assert_null(out.data);
		assert_int_equal(ca_buf_append(&out, tbs), CA_OK);
		assert_int_equal(ca_sign_list(&out, &key, &alg, all->rng, NULL),
		    CA_INTERNAL);
		assert_true(ca_bytes_equal(ca_view(&out), tbs));
		ca_buf_free(&out);
	}
}

/* What was in the result stays there when signing fails. */
static void
leaves_the_result_alone(void **state)
{
	const struct ca_sig_alg none = {0};
	struct fixture *all = *state;
	struct ca_buf out = {0};
	struct ca_error err = {0};

	assert_int_equal(ca_buf_append_text(&out, "before"), CA_OK);
	assert_int_equal(
	    ca_sign(tbs, &all->keys[1], &none, all->rng, &out, &err),
	    CA_REFUSED);
	assert_int_equal(out.len, 6);
	ca_buf_free(&out);
}

/* The table is there from one signature to the next for a key that may use it,
 * and for no other: not even when such a key signed before. */
static void
drops_the_table_unless_told(void **state)
{
	const size_t p256 = 1;
	struct fixture *all = *state;
	struct ca_key *slow = &all->keys[p256], *fast = &all->others[p256];
	struct ca_sig_alg alg = ca_sig_alg_for(&slow->spki);

	ca_crypto_key_use_tables(fast->raw);
	for (int i = 0; i < 8; i++) {
		struct ca_key *key = i % 4 == 3 ? slow : fast;
		struct ca_buf out = {0};

		drops = 0;
		assert_int_equal(
		    ca_sign(tbs, key, &alg, all->rng, &out, NULL), CA_OK);
		/* around the signature, and around its check */
		assert_int_equal(drops, key == slow ? 4 : 0);
		check_signed(ca_view(&out), tbs, &alg, &key->spki);
		ca_buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signs_with_every_type),
	    cmocka_unit_test(signs_with_pss),
	    cmocka_unit_test(signs_any_length),
	    cmocka_unit_test(refuses_an_algorithm_of_another_key),
	    cmocka_unit_test(signs_a_list_in_its_place),
	    cmocka_unit_test(releases_no_faulty_signature),
	    cmocka_unit_test(releases_nothing_for_another_public_key),
	    cmocka_unit_test(leaves_the_result_alone),
	};
	const struct CMUnitTest without[] = {
	    cmocka_unit_test(drops_the_table_unless_told),
	};

	return cmocka_run_group_tests(tests, setup, teardown) +
	    cmocka_run_group_tests_name(
		"with tables", tests, setup_with_tables, teardown) +
	    cmocka_run_group_tests_name("without", without, setup, teardown);
}
