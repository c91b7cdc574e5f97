/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kdf: what --kdf takes, and the published vectors through our bounds.
 */
#include "tests/unit/bytes.h"

#include "ca/kdf.h"

static void
test_words(void **state)
{
	static const struct {
		const char *text;
		struct ca_kdf kdf;
	} words[] = {
	    {"scrypt", {CA_KDF_SCRYPT, 16384, 8, 5, 0, CA_HASH_NONE}},
	    {"scrypt:16384:8:5", {CA_KDF_SCRYPT, 16384, 8, 5, 0, CA_HASH_NONE}},
	    {"scrypt:32768:8:1", {CA_KDF_SCRYPT, 32768, 8, 1, 0, CA_HASH_NONE}},
	    {"pbkdf2", {CA_KDF_PBKDF2, 0, 0, 0, 600000, CA_HASH_SHA256}},
	    {"pbkdf2:100000", {CA_KDF_PBKDF2, 0, 0, 0, 100000, CA_HASH_SHA256}},
	    {"pbkdf2:sha512", {CA_KDF_PBKDF2, 0, 0, 0, 600000, CA_HASH_SHA512}},
	    {"pbkdf2:1000000:sha512",
		{CA_KDF_PBKDF2, 0, 0, 0, 1000000, CA_HASH_SHA512}},
	    {"pbkdf2:1000000:sha256",
		{CA_KDF_PBKDF2, 0, 0, 0, 1000000, CA_HASH_SHA256}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		const struct ca_kdf *expect = &words[i].kdf;
		struct ca_error err = {0};
		struct ca_kdf kdf = {0};

		if (ca_kdf_parse(words[i].text, &kdf, &err) != CA_OK)
			fail_msg("%s: %s", words[i].text, err.msg);
		assert_int_equal(kdf.kind, expect->kind);
		assert_int_equal(kdf.n, expect->n);
		assert_int_equal(kdf.r, expect->r);
		assert_int_equal(kdf.p, expect->p);
		assert_int_equal(kdf.iterations, expect->iterations);
		assert_int_equal(kdf.prf, expect->prf);
	}
}

static void
test_refused_words(void **state)
{
	static const char *const words[] = {"", "scrypt2", "Scrypt", "pbkdf",
	    "scrypt:", "scrypt:16384", "scrypt:16384:8",
	    "scrypt:16384:8:", "scrypt:16384:8:5:", "scrypt:16384:8:5:1",
	    "scrypt:16384:8:-5", "scrypt:+16384:8:5", "scrypt: 16384:8:5",
	    "scrypt:8192:8:5", "scrypt:16385:8:5", "scrypt:0:8:5",
	    "scrypt:16384:0:5", "scrypt:16384:16:5", "scrypt:16384:8:0",
	    "scrypt:16384:8:65", "scrypt:1048576:8:1", "scrypt:1048576:8:2",
	    "scrypt:9999999999:8:1", "pbkdf2:", "pbkdf2:0", "pbkdf2:99999",
	    "pbkdf2:10000001", "pbkdf2:4295067296",
	    "pbkdf2:600000:", "pbkdf2:600000:sha1", "pbkdf2:600000:sha384",
	    "pbkdf2:sha1", "pbkdf2:sha256:600000", "pbkdf2:600000:sha2560",
	    "pbkdf2 "};

	(void)state;
	for (size_t i = 0; i < COUNT(words); i++) {
		struct ca_kdf kdf = {.p = 77};
		struct ca_error err = {0};

		if (ca_kdf_parse(words[i], &kdf, &err) != CA_USAGE)
			fail_msg("\"%s\" was taken", words[i]);
		assert_non_null(strstr(err.msg, "--kdf"));
		assert_int_equal(kdf.p, 77);
	}
}

/* RFC 7914 12, the second vector, and 11: PBKDF2-HMAC-SHA-256 */
static void
test_vectors(void **state)
{
	static const struct ca_kdf scrypt = {
	    .kind = CA_KDF_SCRYPT, .n = 1024, .r = 8, .p = 16};
	static const struct ca_kdf pbkdf2 = {
	    .kind = CA_KDF_PBKDF2, .iterations = 80000, .prf = CA_HASH_SHA256};
	uint8_t key[16];

	(void)state;
	assert_int_equal(ca_kdf_derive(&scrypt, BYTES("password"),
			     BYTES("NaCl"), key, sizeof(key), NULL),
	    CA_OK);
	assert_memory_equal(key,
	    "\xfd\xba\xbe\x1c\x9d\x34\x72\x00"
	    "\x78\x56\xe7\x19\x0d\x01\xe9\xfe",
	    sizeof(key));
	assert_int_equal(ca_kdf_derive(&pbkdf2, BYTES("Password"),
			     BYTES("NaCl"), key, sizeof(key), NULL),
	    CA_OK);
	assert_memory_equal(key,
	    "\x4d\xdc\xd8\xf6\x0b\x98\xbe\x21"
	    "\x83\x0c\xee\x5e\xf2\x27\x01\xf9",
	    sizeof(key));
}

/* checklist 44: refused at once, not tried. */
static void
test_bounds(void **state)
{
	static const struct ca_kdf beyond[] = {
	    {CA_KDF_SCRYPT, 1 << 20, 8, 2, 0, CA_HASH_NONE},
	    {CA_KDF_SCRYPT, 1 << 20, 8, 1, 0, CA_HASH_NONE},
	    {CA_KDF_SCRYPT, UINT32_MAX, UINT32_MAX, UINT32_MAX, 0,
		CA_HASH_NONE},
	    {CA_KDF_SCRYPT, 0, 8, 1, 0, CA_HASH_NONE},
	    {CA_KDF_PBKDF2, 0, 0, 0, 10000001, CA_HASH_SHA256},
	    {CA_KDF_PBKDF2, 0, 0, 0, 0, CA_HASH_SHA256},
	};
	static const uint8_t salt[CA_KDF_SALT_MAX + 1] = {0};
	static const struct ca_kdf cheap = {
	    .kind = CA_KDF_PBKDF2, .iterations = 1, .prf = CA_HASH_SHA256};
	uint8_t key[16];

	(void)state;
	for (size_t i = 0; i < COUNT(beyond); i++)
		assert_int_equal(ca_kdf_derive(&beyond[i], BYTES("p"),
				     BYTES("s"), key, sizeof(key), NULL),
		    CA_REFUSED);
	assert_int_equal(
	    ca_kdf_derive(&cheap, BYTES("p"),
		(struct ca_bytes){salt, sizeof(salt)}, key, sizeof(key), NULL),
	    CA_REFUSED);
	assert_int_equal(ca_kdf_derive(&cheap, BYTES("p"),
			     (struct ca_bytes){salt, sizeof(salt) - 1}, key,
			     sizeof(key), NULL),
	    CA_OK);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_refused_words),
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
