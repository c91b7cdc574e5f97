/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * key: making keys, PKCS #8 in every form others write it, and key files.
 */
#include "tests/unit/bytes.h"
#include "tests/unit/program.h"

#include "ca/der.h"
#include "ca/key.h"
#include "ca/pem.h"

static const struct ca_kdf fast = {
    .kind = CA_KDF_SCRYPT, .n = 1024, .r = 8, .p = 1};

static const struct {
	enum ca_key_type type;
	unsigned bits;
	const char *name;
} types[] = {
    {CA_KEY_RSA, 2048, "rsa-2048"},
    {CA_KEY_P256, 0, "ecdsa-p256"},
    {CA_KEY_P384, 0, "ecdsa-p384"},
    {CA_KEY_P521, 0, "ecdsa-p521"},
    {CA_KEY_ED25519, 0, "ed25519"},
    {CA_KEY_ED448, 0, "ed448"},
};

static int
setup(void **state)
{
	struct ca_rng *rng = NULL;

	if (ca_rng_new(&rng, NULL) != CA_OK)
		return -1;
	*state = rng;
	return 0;
}

static int
teardown(void **state)
{
	ca_rng_free(*state);
	return 0;
}

static struct ca_key *
generate(size_t i, struct ca_rng *rng)
{
	struct ca_key *key = NULL;
	struct ca_error err = {0};

	if (ca_key_generate(types[i].type, types[i].bits, rng, &key, &err) !=
	    CA_OK)
		fail_msg("%s: %s", types[i].name, err.msg);
	return key;
}

/* ---- making and writing ------------------------------------------------- */

/* checklist 40 */
static void
test_generate(void **state)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		struct ca_key *one = generate(i, *state);
		struct ca_key *two = generate(i, *state);
		struct ca_buf text = {0};

		assert_int_equal(
		    ca_spki_append_text(&text, ca_key_spki(one)), CA_OK);
		assert_text(&text, types[i].name);
		assert_false(ca_bytes_equal(
		    ca_key_spki(one)->der, ca_key_spki(two)->der));
		ca_key_free(one);
		ca_key_free(two);
	}
	ca_key_free(NULL);
}

static void
test_generate_refused(void **state)
{
	static const unsigned sizes[] = {0, 512, 1024, 2047, 2049, 8192};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct ca_key *key = NULL;

		assert_int_not_equal(
		    ca_key_generate(CA_KEY_RSA, sizes[i], *state, &key, NULL),
		    CA_OK);
		assert_null(key);
	}
}

/* What is written is read, is the same key, and is written the same again. */
static void
test_pkcs8_round_trip(void **state)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		struct ca_key *key = generate(i, *state), *again = NULL;
		struct ca_buf der = {0}, twice = {0};
		struct ca_error err = {0};

		assert_int_equal(ca_key_to_pkcs8(key, &der, NULL), CA_OK);
		if (ca_key_from_pkcs8(ca_view(&der), *state, &again, &err) !=
		    CA_OK)
			fail_msg("%s: %s", types[i].name, err.msg);
		assert_bytes(ca_key_spki(again)->der, ca_key_spki(key)->der);
		assert_int_equal(ca_key_to_pkcs8(again, &twice, NULL), CA_OK);
		assert_bytes(ca_view(&twice), ca_view(&der));
		ca_key_free(key);
		ca_key_free(again);
		ca_buf_free(&der);
		ca_buf_free(&twice);
	}
}

static void
test_pem_round_trip(void **state)
{
	static const struct ca_bytes none = {0};

	for (size_t i = 0; i < COUNT(types); i++) {
		struct ca_key *key = generate(i, *state), *again = NULL;
		struct ca_buf plain = {0}, sealed = {0};

		assert_int_equal(
		    ca_key_to_pem(key, none, NULL, *state, &plain, NULL),
		    CA_OK);
		assert_int_equal(ca_key_to_pem(key, BYTES("secret"), &fast,
				     *state, &sealed, NULL),
		    CA_OK);
		assert_false(ca_key_pem_is_encrypted(ca_view(&plain)));
		assert_true(ca_key_pem_is_encrypted(ca_view(&sealed)));

		assert_int_equal(ca_key_from_pem(ca_view(&plain), none, *state,
				     &again, NULL),
		    CA_OK);
		assert_bytes(ca_key_spki(again)->der, ca_key_spki(key)->der);
		ca_key_free(again);
		again = NULL;
		assert_int_equal(ca_key_from_pem(ca_view(&sealed),
				     BYTES("secret"), *state, &again, NULL),
		    CA_OK);
		assert_bytes(ca_key_spki(again)->der, ca_key_spki(key)->der);
		ca_key_free(again);
		ca_key_free(key);
		ca_buf_free(&plain);
		ca_buf_free(&sealed);
	}
}

/* checklist 43 */
static void
test_passphrases(void **state)
{
	struct ca_key *key = generate(4, *state), *again = NULL;
	struct ca_buf sealed = {0}, other = {0};
	struct ca_error err = {0};

	assert_int_equal(
	    ca_key_to_pem(key, BYTES("secret"), &fast, *state, &sealed, NULL),
	    CA_OK);
	assert_int_equal(ca_key_from_pem(ca_view(&sealed), BYTES("Secret"),
			     *state, &again, &err),
	    CA_UNTRUSTED);
	assert_non_null(strstr(err.msg, "wrong passphrase"));
	assert_int_equal(
	    ca_key_from_pem(ca_view(&sealed), BYTES(""), *state, &again, NULL),
	    CA_UNTRUSTED);
	err = (struct ca_error){0};
	assert_int_equal(ca_key_from_pem(ca_view(&sealed), (struct ca_bytes){0},
			     *state, &again, &err),
	    CA_USAGE);
	assert_non_null(strstr(err.msg, "--passin"));
	assert_null(again);

	/* Nothing is written under an empty passphrase. */
	assert_int_equal(
	    ca_key_to_pem(key, BYTES(""), &fast, *state, &other, NULL),
	    CA_USAGE);
	assert_int_equal(other.len, 0);
	ca_key_free(key);
	ca_buf_free(&sealed);
}

/* The default cost, once: what init writes. */
static void
test_default_kdf(void **state)
{
	struct ca_key *key = generate(4, *state), *again = NULL;
	struct ca_buf sealed = {0};

	assert_int_equal(
	    ca_key_to_pem(key, BYTES("secret"), NULL, *state, &sealed, NULL),
	    CA_OK);
	assert_int_equal(ca_key_from_pem(ca_view(&sealed), BYTES("secret"),
			     *state, &again, NULL),
	    CA_OK);
	ca_key_free(key);
	ca_key_free(again);
	ca_buf_free(&sealed);
}

/* ---- formats that are not ours ------------------------------------------ */

static void
test_other_formats(void **state)
{
	static const struct {
		const char *file;
		enum ca_status st;
		const char *why;
	} files[] = {
	    {"-----BEGIN RSA PRIVATE KEY-----\nMAA=\n"
	     "-----END RSA PRIVATE KEY-----\n",
		CA_REFUSED, "openssl pkey -in OLD -aes256 -out NEW"},
	    {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
	     "DEK-Info: DES-EDE3-CBC,0102030405060708\n\nMAA=\n"
	     "-----END RSA PRIVATE KEY-----\n",
		CA_REFUSED, "openssl pkey -in OLD -aes256 -out NEW"},
	    {"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
	     "-----END EC PARAMETERS-----\n"
	     "-----BEGIN EC PRIVATE KEY-----\nMAA=\n"
	     "-----END EC PRIVATE KEY-----\n",
		CA_REFUSED, "openssl pkey -in OLD -aes256 -out NEW"},
	    {"-----BEGIN DSA PRIVATE KEY-----\nMAA=\n"
	     "-----END DSA PRIVATE KEY-----\n",
		CA_REFUSED, "DSA"},
	    {"-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n"
	     "-----END OPENSSH PRIVATE KEY-----\n",
		CA_REFUSED, "ssh-keygen"},
	    {"-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n",
		CA_MALFORMED, "PUBLIC KEY"},
	    {"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
		CA_MALFORMED, "CERTIFICATE"},
	    {"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
		CA_MALFORMED, "RFC 5958"},
	    {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n"
	     "-----END ENCRYPTED PRIVATE KEY-----\n",
		CA_MALFORMED, "RFC 8018"},
	    {"", CA_MALFORMED, ""},
	    {"hello", CA_MALFORMED, ""},
	};

	for (size_t i = 0; i < COUNT(files); i++) {
		struct ca_key *key = NULL;
		struct ca_error err = {0};

		assert_int_equal(ca_key_from_pem(ca_text(files[i].file),
				     BYTES("x"), *state, &key, &err),
		    files[i].st);
		assert_null(key);
		if (strstr(err.msg, files[i].why) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err.msg,
			    files[i].why);
	}
}

/* Two keys in one file, and a file that is too long. */
static void
test_one_key_a_file(void **state)
{
	struct ca_key *key = generate(4, *state), *again = NULL;
	static const struct ca_bytes none = {0};
	struct ca_buf file = {0};

	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    ca_key_to_pem(key, none, NULL, *state, &file, NULL), CA_OK);
	assert_int_equal(
	    ca_key_from_pem(ca_view(&file), none, *state, &again, NULL),
	    CA_MALFORMED);
	ca_buf_free(&file);
	assert_int_equal(ca_buf_reserve(&file, CA_KEY_FILE_MAX + 1), CA_OK);
	memset(file.data, ' ', CA_KEY_FILE_MAX + 1);
	file.len = CA_KEY_FILE_MAX + 1;
	assert_int_equal(
	    ca_key_from_pem(ca_view(&file), none, *state, &again, NULL),
	    CA_MALFORMED);
	ca_key_free(key);
	ca_buf_free(&file);
}

/* ---- openssl ------------------------------------------------------------ */

/* Our files in openssl's hands: valid, and the same public key. */
static void
test_openssl_reads(void **state)
{
	struct folder folder = folder_open();

	if (RUN("openssl", "version") == 127) {
		folder_close(&folder);
		skip();
	}
	write_file("pass", ca_text("secret\n"));
	for (size_t i = 0; i < COUNT(types); i++) {
		struct ca_key *key = generate(i, *state);
		struct ca_buf sealed = {0}, spki;

		assert_int_equal(ca_key_to_pem(key, BYTES("secret"), &fast,
				     *state, &sealed, NULL),
		    CA_OK);
		write_file("key.pem", ca_view(&sealed));
		ASSERT_RUNS("openssl", "pkey", "-in", "key.pem", "-passin",
		    "file:pass", "-check", "-noout");
		ASSERT_RUNS("openssl", "pkey", "-in", "key.pem", "-passin",
		    "file:pass", "-pubout", "-outform", "DER", "-out",
		    "pub.der");
		spki = read_file("pub.der");
		assert_bytes(ca_view(&spki), ca_key_spki(key)->der);
		ca_key_free(key);
		ca_buf_free(&sealed);
		ca_buf_free(&spki);
	}
	folder_close(&folder);
}

/* openssl's files in ours, plain and encrypted, PEM and DER. */
static void
test_openssl_writes(void **state)
{
	static const struct {
		const char *algorithm;
		const char *option;
	} keys[] = {
	    {"RSA", "rsa_keygen_bits:2048"},
	    {"EC", "ec_paramgen_curve:P-256"},
	    {"EC", "ec_paramgen_curve:P-384"},
	    {"EC", "ec_paramgen_curve:P-521"},
	    {"ED25519", NULL},
	    {"ED448", NULL},
	};
	struct folder folder = folder_open();

	if (RUN("openssl", "version") == 127) {
		folder_close(&folder);
		skip();
	}
	write_file("pass", ca_text("secret\n"));
	for (size_t i = 0; i < COUNT(keys); i++) {
		static const char *const names[] = {
		    "key.pem", "key.der", "sealed.pem", "sealed.der"};
		const char *option = keys[i].option;
		struct ca_buf spki;

		ASSERT_RUNS("openssl", "genpkey", "-out", "key.pem",
		    "-algorithm", keys[i].algorithm,
		    option != NULL ? "-pkeyopt" : NULL, option);
		ASSERT_RUNS("openssl", "pkey", "-in", "key.pem", "-pubout",
		    "-outform", "DER", "-out", "pub.der");
		ASSERT_RUNS("openssl", "pkcs8", "-topk8", "-nocrypt", "-in",
		    "key.pem", "-outform", "DER", "-out", "key.der");
		ASSERT_RUNS("openssl", "pkey", "-in", "key.pem", "-aes256",
		    "-passout", "file:pass", "-out", "sealed.pem");
		ASSERT_RUNS("openssl", "pkcs8", "-topk8", "-in", "key.pem",
		    "-scrypt", "-passout", "file:pass", "-outform", "DER",
		    "-out", "sealed.der");
		spki = read_file("pub.der");
		for (size_t j = 0; j < COUNT(names); j++) {
			struct ca_buf file = read_file(names[j]);
			struct ca_key *key = NULL;
			struct ca_error err = {0};

			assert_int_equal(
			    ca_key_pem_is_encrypted(ca_view(&file)), j >= 2);
			if (ca_key_from_pem(ca_view(&file), BYTES("secret"),
				*state, &key, &err) != CA_OK)
				fail_msg("%s: %s", names[j], err.msg);
			assert_bytes(ca_key_spki(key)->der, ca_view(&spki));
			ca_key_free(key);
			ca_buf_free(&file);
		}
		ca_buf_free(&spki);
	}
	folder_close(&folder);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_generate),
	    cmocka_unit_test(test_generate_refused),
	    cmocka_unit_test(test_pkcs8_round_trip),
	    cmocka_unit_test(test_pem_round_trip),
	    cmocka_unit_test(test_passphrases),
	    cmocka_unit_test(test_default_kdf),
	    cmocka_unit_test(test_other_formats),
	    cmocka_unit_test(test_one_key_a_file),
	    cmocka_unit_test(test_openssl_reads),
	    cmocka_unit_test(test_openssl_writes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
