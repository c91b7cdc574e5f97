/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The library runs out of memory at its n-th allocation, n = 1 .. N
 * (checklist 72): an error that says so, nothing half done, nothing leaked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "ca/crypto.h"

int wolfSSL_SetAllocators(
    void *(*)(size_t), void (*)(void *), void *(*)(void *, size_t));

/* 0: all succeed; n: the n-th from now fails. */
static unsigned fail_at;
static bool failed;
static long in_use;

static bool
fails(void)
{
	if (fail_at == 0 || --fail_at > 0)
		return false;
	failed = true;
	return true;
}

static void *
test_allocate(size_t size)
{
	void *memory = fails() ? NULL : malloc(size);

	in_use += memory != NULL;
	return memory;
}

static void
test_release(void *memory)
{
	in_use -= memory != NULL;
	free(memory);
}

static void *
test_grow(void *memory, size_t size)
{
	if (memory == NULL)
		return test_allocate(size);
	return fails() ? NULL : realloc(memory, size);
}

static const struct ca_bytes data = {(const uint8_t *)"data", 4};

struct work {
	enum ca_key_type type;
	struct ca_sig_alg alg;
	struct ca_crypto_key *key;
	struct ca_buf der, inner, signature;
	struct ca_spki spki;
	struct ca_rng *rng;
};

typedef enum ca_status (*step_fn)(struct work *, struct ca_error *);

static enum ca_status
step_rng(struct work *work, struct ca_error *err)
{
	struct ca_rng *rng = NULL;
	enum ca_status st = ca_rng_new(&rng, err);

	(void)work;
	ca_rng_free(rng);
	return st;
}

static enum ca_status
step_generate(struct work *work, struct ca_error *err)
{
	struct ca_crypto_key *key = NULL;
	enum ca_status st = ca_crypto_key_generate(
	    work->type, 2048, work->rng, &key, err);

	ca_crypto_key_free(key);
	return st;
}

static enum ca_status
step_import(struct work *work, struct ca_error *err)
{
	struct ca_crypto_key *key = NULL;
	enum ca_status st = ca_crypto_key_import(
	    work->type, ca_view(&work->inner), &key, err);

	ca_crypto_key_free(key);
	return st;
}

static enum ca_status
step_export(struct work *work, struct ca_error *err)
{
	struct ca_buf inner = {0}, der = {0};
	enum ca_status st = ca_crypto_key_export(work->key, &inner, err);

	if (st == CA_OK)
		st = ca_crypto_key_spki(work->key, &der, err);
	ca_buf_free(&inner);
	ca_buf_free(&der);
	return st;
}

static enum ca_status
step_sign(struct work *work, struct ca_error *err)
{
	struct ca_buf out = {0};
	enum ca_status st = ca_crypto_sign(
	    work->key, &work->alg, data, work->rng, &out, err);

	fail_at = 0;
	if (st == CA_OK)
		assert_int_equal(ca_crypto_verify(&work->spki, &work->alg, data,
				     ca_view(&out), NULL),
		    CA_OK);
	else
		assert_null(out.data);
	ca_buf_free(&out);
	return st;
}

static enum ca_status
step_check(struct work *work, struct ca_error *err)
{
	return ca_crypto_check_public(&work->spki, err);
}

static enum ca_status
step_verify(struct work *work, struct ca_error *err)
{
	return ca_crypto_verify(
	    &work->spki, &work->alg, data, ca_view(&work->signature), err);
}

static enum ca_status
step_derive(struct work *work, struct ca_error *err)
{
	uint8_t out[40];
	enum ca_status st;

	(void)work;
	if ((st = ca_pbkdf2(CA_HASH_SHA256, data, data, 3, out, 40, err)) !=
		CA_OK ||
	    (st = ca_scrypt(data, data, 16, 8, 1, out, 40, err)) != CA_OK)
		return st;
	return ca_pkcs12_kdf(CA_HASH_SHA256, data, data, 3, 1, out, 40, err);
}

static enum ca_status
step_encrypt(struct work *work, struct ca_error *err)
{
	static const uint8_t iv[16];
	const struct ca_bytes key = {iv, sizeof(iv)};
	struct ca_buf out = {0}, back = {0};
	enum ca_status st = ca_aes_cbc_encrypt(key, iv, data, &out, err);
	uint8_t hash[CA_HASH_MAX];

	(void)work;
	if (st == CA_OK)
		st = ca_aes_cbc_decrypt(key, iv, ca_view(&out), &back, err);
	if (st == CA_OK)
		st = ca_hmac(CA_HASH_SHA512, data, data, hash, err);
	ca_buf_free(&out);
	ca_buf_free(&back);
	return st;
}

/* Runs it until no allocation fails any more. */
static unsigned
exhaust(step_fn step, struct work *work, const char *name)
{
	const unsigned most = 3000;

	for (unsigned n = 1; n <= most; n++) {
		long before = in_use;
		struct ca_error err = {0};
		enum ca_status st;

		fail_at = n;
		failed = false;
		st = step(work, &err);
		fail_at = 0;
		if (in_use != before)
			fail_msg("%s, type %d: %ld leaked at allocation %u",
			    name, work->type, in_use - before, n);
		if (!failed) {
			assert_int_equal(st, CA_OK);
			return n - 1;
		}
		/* the library may hide why; it is no verdict on the input */
		if (st != CA_OK && st != CA_MEMORY && st != CA_INTERNAL)
			fail_msg("%s, type %d, allocation %u: %d '%s'", name,
			    work->type, n, st, err.msg);
	}
	fail_msg("%s never ends", name);
	return 0;
}

static void
prepare(struct work *work)
{
	struct ca_error err = {0};
	struct ca_bytes in;

	assert_int_equal(ca_rng_new(&work->rng, &err), CA_OK);
	assert_int_equal(ca_crypto_key_generate(
			     work->type, 2048, work->rng, &work->key, &err),
	    CA_OK);
	assert_int_equal(
	    ca_crypto_key_export(work->key, &work->inner, &err), CA_OK);
	assert_int_equal(
	    ca_crypto_key_spki(work->key, &work->der, &err), CA_OK);
	in = ca_view(&work->der);
	assert_int_equal(ca_spki_get(&in, &work->spki, &err), CA_OK);
	if (work->alg.kind == CA_SIG_NONE)
		work->alg = ca_sig_alg_for(&work->spki);
	assert_int_equal(ca_crypto_sign(work->key, &work->alg, data, work->rng,
			     &work->signature, &err),
	    CA_OK);
}

static void
finish(struct work *work)
{
	ca_crypto_key_free(work->key);
	ca_rng_free(work->rng);
	ca_buf_free(&work->der);
	ca_buf_free(&work->inner);
	ca_buf_free(&work->signature);
}

static void
every_allocation(void **state)
{
	static const struct work kinds[] = {
	    {.type = CA_KEY_RSA},
	    {.type = CA_KEY_RSA, .alg = {CA_SIG_RSA_PSS, CA_HASH_SHA256, 32}},
	    {.type = CA_KEY_P256},
	    {.type = CA_KEY_P384},
	    {.type = CA_KEY_P521},
	    {.type = CA_KEY_ED25519},
	    {.type = CA_KEY_ED448},
	};
	unsigned total = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct work work = kinds[i];

		prepare(&work);
		total += exhaust(step_import, &work, "import");
		total += exhaust(step_export, &work, "export");
		total += exhaust(step_sign, &work, "sign");
		total += exhaust(step_check, &work, "check");
		total += exhaust(step_verify, &work, "verify");
		/* primes take a different count of allocations each time */
		if (work.type != CA_KEY_RSA)
			total += exhaust(step_generate, &work, "generate");
		finish(&work);
	}
	/* the allocators are the library's indeed */
	assert_in_range(total, 10, 100000);
}

static void
no_key(void **state)
{
	struct work work = {0};

	(void)state;
	assert_in_range(exhaust(step_rng, &work, "rng"), 1, 100);
	assert_in_range(exhaust(step_derive, &work, "derive"), 1, 100);
	(void)exhaust(step_encrypt, &work, "encrypt");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_allocation),
	    cmocka_unit_test(no_key),
	};

	if (wolfSSL_SetAllocators(test_allocate, test_release, test_grow) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
