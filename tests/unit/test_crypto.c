/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Known answers for hashes, derivation and encryption: FIPS 180-4, RFC 4231,
 * 6070, 7914, SP 800-38A, and openssl's output where no document has one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/crypto.h"

/* Bytes from hex; free them. */
static struct ca_buf
hex(const char *text)
{
	struct ca_buf buf = {0};

	if (text[0] != '\0')
		assert_int_equal(ca_hex_parse(&buf, text), CA_OK);
	return buf;
}

static void
assert_hex(const uint8_t *got, size_t len, const char *want)
{
	struct ca_buf text = {0};

	assert_int_equal(
	    ca_hex_append(&text, (struct ca_bytes){got, len}), CA_OK);
	assert_string_equal(ca_buf_text(&text), want);
	ca_buf_free(&text);
}

/* ---- hashes ---- */

static void
hash_known_answers(void **state)
{
	static const struct {
		enum ca_hash hash;
		const char *text, *want;
	} cases[] = {
	    {CA_HASH_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
	    {CA_HASH_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	    {CA_HASH_SHA256, "abc",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f2001"
		"5ad"},
	    {CA_HASH_SHA256, "",
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b"
		"855"},
	    {CA_HASH_SHA384, "abc",
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5"
		"bed8086072ba1e7cc2358baeca134c825a7"},
	    {CA_HASH_SHA512, "abc",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d"
		"39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa5"
		"4ca49f"},
	};
	uint8_t out[CA_HASH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_error err = {0};

		assert_int_equal(ca_hash_bytes(cases[i].hash,
				     ca_text(cases[i].text), out, &err),
		    CA_OK);
		assert_hex(out, ca_hash_len(cases[i].hash), cases[i].want);
	}
}

static void
hash_million_a(void **state)
{
	size_t len = 1000000;
	uint8_t *data = malloc(len);
	uint8_t out[CA_HASH_MAX];
	struct ca_error err = {0};

	(void)state;
	assert_non_null(data);
	memset(data, 'a', len);
	assert_int_equal(ca_hash_bytes(CA_HASH_SHA256,
			     (struct ca_bytes){data, len}, out, &err),
	    CA_OK);
	assert_hex(out, 32,
	    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd"
	    "0");
	free(data);
}

static void
hash_none_is_an_error(void **state)
{
	uint8_t out[CA_HASH_MAX];
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(ca_hash_bytes(CA_HASH_NONE, ca_text("abc"), out, &err),
	    CA_INTERNAL);
	assert_int_equal(
	    ca_hmac(CA_HASH_NONE, ca_text("k"), ca_text("abc"), out, NULL),
	    CA_INTERNAL);
	assert_int_equal(ca_hash_len(CA_HASH_NONE), 0);
	assert_string_equal(ca_hash_name(CA_HASH_SHA256), "SHA-256");
	assert_string_equal(ca_hash_name(CA_HASH_SHA1), "SHA-1");
}

static void
assert_hmac(enum ca_hash hash, struct ca_bytes key, struct ca_bytes data,
    const char *want)
{
	uint8_t out[CA_HASH_MAX];
	struct ca_error err = {0};

	assert_int_equal(ca_hmac(hash, key, data, out, &err), CA_OK);
	assert_hex(out, ca_hash_len(hash), want);
}

/* RFC 4231 4.2, 4.3, 4.7; RFC 2202 3 test 2. */
static void
hmac_known_answers(void **state)
{
	struct ca_bytes jefe = ca_text("Jefe");
	struct ca_bytes what = ca_text("what do ya want for nothing?");
	struct ca_bytes larger = ca_text(
	    "Test Using Larger Than Block-Size Key - Hash Key First");
	uint8_t b[20], aa[131];

	(void)state;
	memset(b, 0x0b, sizeof(b));
	memset(aa, 0xaa, sizeof(aa));
	assert_hmac(CA_HASH_SHA256, (struct ca_bytes){b, sizeof(b)},
	    ca_text("Hi There"),
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff"
	    "7");
	assert_hmac(CA_HASH_SHA256, jefe, what,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec384"
	    "3");
	assert_hmac(CA_HASH_SHA384, jefe, what,
	    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445"
	    "e8e2240ca5e69e2c78b3239ecfab21649");
	assert_hmac(CA_HASH_SHA512, jefe, what,
	    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea25055"
	    "49758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce7"
	    "37");
	assert_hmac(CA_HASH_SHA256, (struct ca_bytes){aa, sizeof(aa)}, larger,
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f5"
	    "4");
	assert_hmac(CA_HASH_SHA1, jefe, what,
	    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

static void
hmac_empty_key_and_data(void **state)
{
	(void)state;
	assert_hmac(CA_HASH_SHA256, (struct ca_bytes){0}, (struct ca_bytes){0},
	    "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5a"
	    "d");
}

/* ---- derivation ---- */

/* RFC 7914 11; RFC 6070; openssl kdf PBKDF2. */
static void
pbkdf2_known_answers(void **state)
{
	static const struct {
		enum ca_hash prf;
		const char *pass, *salt;
		uint32_t iterations;
		size_t len;
		const char *want;
	} cases[] = {
	    {CA_HASH_SHA256, "passwd", "salt", 1, 64,
		"55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20da"
		"cbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3"
		"a19783"},
	    {CA_HASH_SHA256, "Password", "NaCl", 80000, 64,
		"4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34a"
		"b56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397"
		"f33c8d"},
	    {CA_HASH_SHA1, "password", "salt", 4096, 20,
		"4b007901b765489abead49d926f721d065a429c1"},
	    {CA_HASH_SHA384, "password", "saltsalt", 1000, 40,
		"9c2af27410c6bfe294fda90b79736699f5c735ddcb4d743274c72054b82ae"
		"ac6c020834ab060f2f8"},
	    {CA_HASH_SHA512, "password", "NaCl", 8, 64,
		"0f53ca6a9ddaa6e6b96441ae0fd17e835452f6e5d67e8e51677e2bf8e1f4d7"
		"8e55a58a00e84b546eb2d7a0c6c66b274c898070a6a3930be38b64822e9e8a"
		"b5d6"},
	};
	uint8_t out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_error err = {0};

		assert_int_equal(
		    ca_pbkdf2(cases[i].prf, ca_text(cases[i].pass),
			ca_text(cases[i].salt), cases[i].iterations, out,
			cases[i].len, &err),
		    CA_OK);
		assert_hex(out, cases[i].len, cases[i].want);
	}
}

static void
pbkdf2_bounds(void **state)
{
	uint8_t out[32];
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(ca_pbkdf2(CA_HASH_SHA256, ca_text("p"), ca_text("s"),
			     0, out, sizeof(out), &err),
	    CA_REFUSED);
	assert_int_equal(ca_pbkdf2(CA_HASH_SHA256, ca_text("p"), ca_text("s"),
			     UINT32_MAX, out, sizeof(out), NULL),
	    CA_REFUSED);
	assert_int_equal(ca_pbkdf2(CA_HASH_NONE, ca_text("p"), ca_text("s"), 1,
			     out, sizeof(out), NULL),
	    CA_REFUSED);
	assert_int_equal(ca_pbkdf2(CA_HASH_SHA256, ca_text("p"), ca_text("s"),
			     1, out, 0, NULL),
	    CA_REFUSED);
}

/* RFC 7914 12. */
static void
scrypt_known_answers(void **state)
{
	static const struct {
		const char *pass, *salt;
		uint32_t n, r, p;
		const char *want;
	} cases[] = {
	    {"", "", 16, 1, 1,
		"77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21"
		"442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38"
		"d18906"},
	    {"password", "NaCl", 1024, 8, 16,
		"fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373"
		"1622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2"
		"cc0640"},
	    {"pleaseletmein", "SodiumChloride", 16384, 8, 1,
		"7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da"
		"1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45"
		"575887"},
	};
	uint8_t out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_error err = {0};

		assert_int_equal(
		    ca_scrypt(ca_text(cases[i].pass), ca_text(cases[i].salt),
			cases[i].n, cases[i].r, cases[i].p, out, sizeof(out),
			&err),
		    CA_OK);
		assert_hex(out, sizeof(out), cases[i].want);
	}
}

/* Hostile key files: refused before memory is asked for (checklist 43). */
static void
scrypt_bounds(void **state)
{
	static const struct {
		uint32_t n, r, p;
	} cases[] = {
	    {0, 8, 1},
	    {1, 8, 1},
	    {3, 8, 1},
	    {1u << 21, 1, 1},
	    {1u << 20, 8, 1}, /* 1 GiB exactly */
	    {16384, 0, 1},
	    {16384, 9, 1}, /* the library's limit */
	    {16384, UINT32_MAX, 1},
	    {16384, 8, 0},
	    {16384, 8, UINT32_MAX},
	};
	uint8_t out[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_error err = {0};

		assert_int_equal(
		    ca_scrypt(ca_text("p"), ca_text("s"), cases[i].n,
			cases[i].r, cases[i].p, out, sizeof(out), &err),
		    CA_REFUSED);
		assert_non_null(strstr(err.msg, "scrypt"));
	}
}

/* openssl kdf PKCS12KDF with the same parameters. */
static void
pkcs12_known_answers(void **state)
{
	static const struct {
		enum ca_hash hash;
		const char *pass, *salt;
		uint32_t iterations;
		int id;
		size_t len;
		const char *want;
	} cases[] = {
	    {CA_HASH_SHA256, "006A006100730079006F006E0000", "0102030405060708",
		2048, 3, 32,
		"ea1be7f0af70f5457b949137072da4ba7712bd6abc55bad628fced9e5fa1f"
		"140"},
	    {CA_HASH_SHA1, "0073006D006500670000", "0A58CF64530D823F", 1, 1, 80,
		"8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"
		"40830d0ce0d7879d3efedb33c8ae755c95b9defaf51cf797"
		"fca49f97cb24c3a90674b1f38a99fcfb436830cef0301bcbffdd2050903"
		"5a4e8"},
	    {CA_HASH_SHA1, "0073006D006500670000", "0A58CF64530D823F", 1, 2, 20,
		"79993dfe048d3b76ba33edf670c54ca09c58cb5c"},
	    {CA_HASH_SHA512, "0073006D006500670000",
		"0A58CF64530D823F0A58CF64530D823F", 7, 1, 130,
		"f136d96e470cb52742e5e841b42d112e499f6dc537252e86cd98c366373bb"
		"add767e13c3f87d12dad38e8884e8a6bdc3aaef494668deafbfd71ebed83d"
		"f79a9188d4ca8e94ae0b3743fc6a67231ca9d0c6fd8e818e51e1044f4e99d"
		"32be391fe79ab0c3c69e55caaba1143c1f1fc347b468816aaad69fa6975f4"
		"e9727d0021f7cb36"},
	    /* an empty passphrase is two octets */
	    {CA_HASH_SHA256, "0000", "0A58CF64530D823F0A58CF64530D823F", 1000,
		3, 20, "111d85f1efe691fc7d925393fda9f2ffd1d2308d"},
	};
	uint8_t out[130];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_buf pass = hex(cases[i].pass);
		struct ca_buf salt = hex(cases[i].salt);
		struct ca_error err = {0};

		assert_int_equal(ca_pkcs12_kdf(cases[i].hash, ca_view(&pass),
				     ca_view(&salt), cases[i].iterations,
				     cases[i].id, out, cases[i].len, &err),
		    CA_OK);
		assert_hex(out, cases[i].len, cases[i].want);
		ca_buf_free(&pass);
		ca_buf_free(&salt);
	}
	assert_int_equal(ca_pkcs12_kdf(CA_HASH_SHA256, ca_text("p"),
			     ca_text("s"), 1, 4, out, 32, NULL),
	    CA_REFUSED);
	assert_int_equal(ca_pkcs12_kdf(CA_HASH_SHA256, ca_text("p"),
			     ca_text("s"), 0, 3, out, 32, NULL),
	    CA_REFUSED);
}

/* ---- AES-CBC ---- */

#define AES_KEY \
	"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
#define AES_IV "000102030405060708090a0b0c0d0e0f"

/* SP 800-38A F.2.5: the key, the IV, and the first two blocks; and openssl
 * enc with its padding. */
static void
aes_known_answers(void **state)
{
	static const struct {
		size_t key_len;
		const char *plain, *want;
	} cases[] = {
	    {32,
		"6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8"
		"e51",
		"f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702"
		"c7d"},
	    {16, "616263", "bc8bf06d97ec4a8e249ef4652ad4ca3b"},
	    {24, "616263", "021931f245512c9ee75fa2db72536c39"},
	    {32, "616263", "83286afe49594ce405a251bdb203750f"},
	    {16, "30313233343536373839616263646566",
		"b3c1c6b05b3a8c19c6596f2014143f961f98dd4d22424d812162dadb84eba"
		"9f7"},
	    {32, "30313233343536373839616263646566",
		"af7982f678f498be053f0ec06bc547caf81dab9022f1009991cdf5a02a864"
		"a5d"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_buf all = hex(AES_KEY), iv = hex(AES_IV);
		struct ca_buf plain = hex(cases[i].plain);
		struct ca_bytes key = {all.data, cases[i].key_len};
		struct ca_buf cipher = {0}, back = {0};
		struct ca_error err = {0};

		assert_int_equal(ca_aes_cbc_encrypt(key, iv.data,
				     ca_view(&plain), &cipher, &err),
		    CA_OK);
		assert_int_equal(cipher.len, plain.len / 16 * 16 + 16);
		assert_hex(
		    cipher.data, strlen(cases[i].want) / 2, cases[i].want);
		assert_int_equal(ca_aes_cbc_decrypt(key, iv.data,
				     ca_view(&cipher), &back, &err),
		    CA_OK);
		assert_true(ca_bytes_equal(ca_view(&back), ca_view(&plain)));
		ca_buf_free(&all);
		ca_buf_free(&iv);
		ca_buf_free(&plain);
		ca_buf_free(&cipher);
		ca_buf_free(&back);
	}
}

/* Every padding octet counts: plain text is made with wrong ones by
 * encrypting it as data and cutting the padding block off. */
static void
aes_wrong_padding(void **state)
{
	static const char *const blocks[] = {
	    "00000000000000000000000000000000",
	    "00000000000000000000000000000011",
	    "000000000000000000000000000000ff",
	    "00000000000000000000000000000302",
	    "00000000000000000000000000020303",
	    "0f101010101010101010101010101010",
	};
	struct ca_buf key = hex(AES_KEY), iv = hex(AES_IV);

	(void)state;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct ca_buf plain = hex(blocks[i]), cipher = {0}, back = {0};
		struct ca_error err = {0};

		assert_int_equal(ca_aes_cbc_encrypt(ca_view(&key), iv.data,
				     ca_view(&plain), &cipher, &err),
		    CA_OK);
		cipher.len = 16;
		assert_int_equal(ca_aes_cbc_decrypt(ca_view(&key), iv.data,
				     ca_view(&cipher), &back, &err),
		    CA_UNTRUSTED);
		assert_int_equal(back.len, 0);
		ca_buf_free(&plain);
		ca_buf_free(&cipher);
	}
	ca_buf_free(&key);
	ca_buf_free(&iv);
}

static void
aes_refuses_sizes(void **state)
{
	struct ca_buf key = hex(AES_KEY), iv = hex(AES_IV), out = {0};
	struct ca_bytes short_key = {key.data, 31};
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(ca_aes_cbc_decrypt(ca_view(&key), iv.data,
			     ca_text("fifteen octets."), &out, &err),
	    CA_MALFORMED);
	assert_int_equal(ca_aes_cbc_decrypt(ca_view(&key), iv.data,
			     (struct ca_bytes){0}, &out, NULL),
	    CA_MALFORMED);
	assert_int_equal(
	    ca_aes_cbc_encrypt(short_key, iv.data, ca_text("abc"), &out, NULL),
	    CA_INTERNAL);
	assert_null(out.data);
	ca_buf_free(&key);
	ca_buf_free(&iv);
}

/* What was in the buffer stays in front. */
static void
aes_appends(void **state)
{
	struct ca_buf key = hex(AES_KEY), iv = hex(AES_IV), out = {0};
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(ca_buf_append_text(&out, "head"), CA_OK);
	assert_int_equal(ca_aes_cbc_encrypt(ca_view(&key), iv.data,
			     ca_text("abc"), &out, &err),
	    CA_OK);
	assert_int_equal(out.len, 20);
	assert_memory_equal(out.data, "head", 4);
	ca_buf_free(&key);
	ca_buf_free(&iv);
	ca_buf_free(&out);
}

static void
version_is_known(void **state)
{
	unsigned major = 0, minor = 0, patch = 0;

	(void)state;
	assert_int_equal(
	    sscanf(ca_crypto_version(), "%u.%u.%u", &major, &minor, &patch), 3);
	assert_true(major * 10000 + minor * 100 + patch >= 50504);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hash_known_answers),
	    cmocka_unit_test(hash_million_a),
	    cmocka_unit_test(hash_none_is_an_error),
	    cmocka_unit_test(hmac_known_answers),
	    cmocka_unit_test(hmac_empty_key_and_data),
	    cmocka_unit_test(pbkdf2_known_answers),
	    cmocka_unit_test(pbkdf2_bounds),
	    cmocka_unit_test(scrypt_known_answers),
	    cmocka_unit_test(scrypt_bounds),
	    cmocka_unit_test(pkcs12_known_answers),
	    cmocka_unit_test(aes_known_answers),
	    cmocka_unit_test(aes_wrong_padding),
	    cmocka_unit_test(aes_refuses_sizes),
	    cmocka_unit_test(aes_appends),
	    cmocka_unit_test(version_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
