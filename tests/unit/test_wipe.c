/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wipe: after a key is freed, nothing of its secret is left in the memory of
 * the process (checklist 45). Alive, it must be found: the search can see.
 */
#include "tests/unit/memory.h"

static void
check(enum ca_key_type type, struct ca_rng *rng)
{
	static const struct ca_kdf fast = {
	    .kind = CA_KDF_SCRYPT, .n = 1024, .r = 8, .p = 1};
	struct ca_key *key = NULL;
	struct ca_buf plain = {0}, sealed = {0};
	struct secret secret;

	assert_int_equal(ca_key_generate(type, 2048, rng, &key, NULL), CA_OK);
	secret = secret_of(key);
	assert_int_not_equal(count_in_memory(&secret), 0);
	assert_int_equal(
	    ca_key_to_pem(key, BYTES("secret"), &fast, rng, &sealed, NULL),
	    CA_OK);
	assert_int_equal(
	    ca_key_to_pem(key, (struct ca_bytes){0}, NULL, rng, &plain, NULL),
	    CA_OK);
	ca_buf_free(&plain);
	ca_key_free(key);
	assert_int_equal(count_in_memory(&secret), 0);

	key = NULL;
	assert_int_equal(
	    ca_key_from_pem(ca_view(&sealed), BYTES("secret"), rng, &key, NULL),
	    CA_OK);
	assert_int_not_equal(count_in_memory(&secret), 0);
	ca_key_free(key);
	assert_int_equal(count_in_memory(&secret), 0);
	ca_buf_free(&sealed);
}

static void
test_keys_leave_nothing(void **state)
{
	static const enum ca_key_type types[] = {CA_KEY_RSA, CA_KEY_P256,
	    CA_KEY_P384, CA_KEY_P521, CA_KEY_ED25519, CA_KEY_ED448};
	struct ca_rng *rng = NULL;

	(void)state;
	assert_int_equal(ca_rng_new(&rng, NULL), CA_OK);
	for (size_t i = 0; i < COUNT(types); i++) {
		print_message("%s\n", ca_key_type_name(types[i]));
		check(types[i], rng);
	}
	ca_rng_free(rng);
}

/* Nor is a passphrase that was only in read-only memory before. */
static void
test_passphrases_leave_nothing(void **state)
{
	static const char pass[] = "correct horse battery staple";
	static const struct ca_kdf kdfs[] = {
	    {.kind = CA_KDF_SCRYPT, .n = 1024, .r = 8, .p = 1},
	    {.kind = CA_KDF_PBKDF2, .iterations = 10, .prf = CA_HASH_SHA256},
	};
	const struct secret secret = remember(
	    (struct ca_bytes){(const uint8_t *)pass, SECRET_LEN});
	struct ca_rng *rng = NULL;
	struct ca_key *key = NULL, *again = NULL;

	(void)state;
	assert_int_equal(ca_rng_new(&rng, NULL), CA_OK);
	assert_int_equal(
	    ca_key_generate(CA_KEY_ED25519, 0, rng, &key, NULL), CA_OK);
	for (size_t i = 0; i < COUNT(kdfs); i++) {
		struct ca_buf sealed = {0};

		assert_int_equal(ca_key_to_pem(key, ca_text(pass), &kdfs[i],
				     rng, &sealed, NULL),
		    CA_OK);
		assert_int_equal(ca_key_from_pem(ca_view(&sealed),
				     ca_text(pass), rng, &again, NULL),
		    CA_OK);
		assert_int_equal(count_in_memory(&secret), 0);
		ca_key_free(again);
		ca_buf_free(&sealed);
	}
	ca_key_free(key);
	ca_rng_free(rng);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keys_leave_nothing),
	    cmocka_unit_test(test_passphrases_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
