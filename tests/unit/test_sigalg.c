/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signature algorithm identifiers, and which fit which key (checklist 21,
 * 38). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ca/spki.h"

#define RSA_OID(last) "06092a864886f70d0101" last
#define ECDSA_OID(last) "06082a8648ce3d0403" last
#define SHA1_ID "300906052b0e03021a0500"
#define SHA256_OID "0609608648016503040201"
#define SHA256_ID "300d" SHA256_OID "0500"
#define SHA256_BARE "300b" SHA256_OID
#define SHA384_ID "300d06096086480165030402020500"
#define SHA512_ID "300d06096086480165030402030500"
#define MGF(len, hash) "30" len RSA_OID("08") hash

static enum ca_status
get(const char *hex, struct ca_sig_alg *ret, struct ca_error *err)
{
	struct ca_buf der = {0};
	struct ca_bytes in;
	enum ca_status st;

	*err = (struct ca_error){0};
	assert_int_equal(ca_hex_parse(&der, hex), CA_OK);
	in = ca_view(&der);
	st = ca_sig_alg_get(&in, ret, err);
	assert_int_equal(in.len, st == CA_OK ? 0 : der.len);
	ca_buf_free(&der);
	return st;
}

static void
put(const struct ca_sig_alg *alg, struct ca_buf *hex)
{
	struct der_out out = {0};
	struct ca_buf der = {0};

	ca_sig_alg_put(&out, alg);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	assert_int_equal(ca_hex_append(hex, ca_view(&der)), CA_OK);
	ca_buf_free(&der);
}

/* checklist 68: read, and written again as they were. */
static void
reads_and_writes(void **state)
{
	static const struct {
		const char *hex, *text;
		struct ca_sig_alg alg;
	} cases[] = {
	    {"300d" RSA_OID("0b") "0500", "sha256WithRSAEncryption",
		{CA_SIG_RSA_PKCS1, CA_HASH_SHA256, 0}},
	    {"300d" RSA_OID("0c") "0500", "sha384WithRSAEncryption",
		{CA_SIG_RSA_PKCS1, CA_HASH_SHA384, 0}},
	    {"300d" RSA_OID("0d") "0500", "sha512WithRSAEncryption",
		{CA_SIG_RSA_PKCS1, CA_HASH_SHA512, 0}},
	    {"300a" ECDSA_OID("02"), "ecdsa-with-SHA256",
		{CA_SIG_ECDSA, CA_HASH_SHA256, 0}},
	    {"300a" ECDSA_OID("03"), "ecdsa-with-SHA384",
		{CA_SIG_ECDSA, CA_HASH_SHA384, 0}},
	    {"300a" ECDSA_OID("04"), "ecdsa-with-SHA512",
		{CA_SIG_ECDSA, CA_HASH_SHA512, 0}},
	    {"300506032b6570", "ED25519", {CA_SIG_ED25519, CA_HASH_NONE, 0}},
	    {"300506032b6571", "ED448", {CA_SIG_ED448, CA_HASH_NONE, 0}},
	    {"3041" RSA_OID("0a") "3034a00f" SHA256_ID
				  "a11c" MGF("1a", SHA256_ID) "a203020120",
		"RSASSA-PSS SHA-256", {CA_SIG_RSA_PSS, CA_HASH_SHA256, 32}},
	    {"3041" RSA_OID("0a") "3034a00f" SHA512_ID
				  "a11c" MGF("1a", SHA512_ID) "a203020140",
		"RSASSA-PSS SHA-512", {CA_SIG_RSA_PSS, CA_HASH_SHA512, 64}},
	    {"3041" RSA_OID("0a") "3034a00f" SHA384_ID
				  "a11c" MGF("1a", SHA384_ID) "a203020100",
		"RSASSA-PSS SHA-384", {CA_SIG_RSA_PSS, CA_HASH_SHA384, 0}},
	    /* a salt of 20 is the default, and not written */
	    {"303c" RSA_OID("0a") "302fa00f" SHA256_ID
				  "a11c" MGF("1a", SHA256_ID),
		"RSASSA-PSS SHA-256", {CA_SIG_RSA_PSS, CA_HASH_SHA256, 20}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_buf text = {0}, hex = {0};
		struct ca_sig_alg alg;
		struct ca_error err;

		assert_int_equal(get(cases[i].hex, &alg, &err), CA_OK);
		assert_int_equal(alg.kind, cases[i].alg.kind);
		assert_int_equal(alg.hash, cases[i].alg.hash);
		assert_int_equal(alg.salt_len, cases[i].alg.salt_len);
		put(&alg, &hex);
		assert_string_equal(ca_buf_text(&hex), cases[i].hex);
		assert_int_equal(ca_sig_alg_append_text(&text, &alg), CA_OK);
		assert_string_equal(ca_buf_text(&text), cases[i].text);
		ca_buf_free(&text);
		ca_buf_free(&hex);
	}
}

/* RFC 4055 2.1 and 3.1: hashes without NULL, a trailer field of 1. */
static void
reads_legal_variants(void **state)
{
	static const char *const cases[] = {
	    "303d" RSA_OID("0a") "3030a00d" SHA256_BARE
				 "a11a" MGF("18", SHA256_BARE) "a203020120",
	    "3046" RSA_OID("0a") "3039a00f" SHA256_ID "a11c" MGF(
		"1a", SHA256_ID) "a203020120a303020101",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_sig_alg alg;
		struct ca_error err;

		assert_int_equal(get(cases[i], &alg, &err), CA_OK);
		assert_int_equal(alg.kind, CA_SIG_RSA_PSS);
		assert_int_equal(alg.hash, CA_HASH_SHA256);
		assert_int_equal(alg.salt_len, 32);
	}
}

static void
refuses(void **state)
{
	static const struct {
		const char *hex, *reason;
		enum ca_status st;
	} cases[] = {
	    {"0500", "AlgorithmIdentifier", CA_MALFORMED},
	    {"3000", "AlgorithmIdentifier", CA_MALFORMED},
	    {"30020500", "AlgorithmIdentifier", CA_MALFORMED},
	    {"300d" RSA_OID("8b") "0500", "AlgorithmIdentifier", CA_MALFORMED},
	    /* parameters, checklist 38 */
	    {"300f" RSA_OID("0b") "05000500", "RFC 4055 5", CA_MALFORMED},
	    {"300d" RSA_OID("0b") "3000", "RFC 4055 5", CA_MALFORMED},
	    {"300c" ECDSA_OID("02") "0500", "RFC 5758", CA_MALFORMED},
	    {"300706032b65700500", "RFC 8410", CA_MALFORMED},
	    {"300706032b65710500", "RFC 8410", CA_MALFORMED},
	    /* old ones, checklist 21 */
	    {"300d" RSA_OID("02") "0500",
		"md2WithRSAEncryption is not accepted: MD2 is broken (RFC "
		"6149)",
		CA_REFUSED},
	    {"300d" RSA_OID("03") "0500", "md4", CA_REFUSED},
	    {"300d" RSA_OID("04") "0500",
		"MD5 is broken (RFC 6151); sign with SHA-256", CA_REFUSED},
	    {"300d" RSA_OID("05") "0500",
		"SHA-1 is broken (RFC 6194, CA/B BR 7.1.3.2); sign with "
		"SHA-256",
		CA_REFUSED},
	    {"300d" RSA_OID("0e") "0500", "sha224", CA_REFUSED},
	    {"300906072a8648ce3d0401", "ecdsa-with-SHA1", CA_REFUSED},
	    {"300a" ECDSA_OID("01"), "SHA224", CA_REFUSED},
	    {"300906072a8648ce380403", "dsa", CA_REFUSED},
	    {"300d" RSA_OID("01") "0500", "rsaEncryption", CA_REFUSED},
	    {"300506032a0304", "1.2.3.4", CA_REFUSED},
	    /* PSS: no parameters, the SHA-1 defaults, two hashes */
	    {"300b" RSA_OID("0a"), "parameters", CA_MALFORMED},
	    {"300d" RSA_OID("0a") "0500", "parameters", CA_MALFORMED},
	    {"300d" RSA_OID("0a") "3000", "SHA-1", CA_REFUSED},
	    {"300f" RSA_OID("0a") "30000500", "parameters", CA_MALFORMED},
	    {"301a" RSA_OID("0a") "300da00b" SHA1_ID, "SHA-1", CA_REFUSED},
	    {"301e" RSA_OID("0a") "3011a00f" SHA256_ID, "MGF1", CA_REFUSED},
	    {"303c" RSA_OID("0a") "302fa00f" SHA256_ID
				  "a11c" MGF("1a", SHA384_ID),
		"MGF1", CA_REFUSED},
	    /* a mask generation that is not MGF1 */
	    {"303c" RSA_OID("0a") "302fa00f" SHA256_ID "a11c301a" RSA_OID("07")
		    SHA256_ID,
		"OAEP", CA_REFUSED},
	    /* a default written down, a trailer field of 2, an order */
	    {"3041" RSA_OID("0a") "3034a00f" SHA256_ID
				  "a11c" MGF("1a", SHA256_ID) "a203020114",
		"salt", CA_MALFORMED},
	    {"3041" RSA_OID("0a") "3034a00f" SHA256_ID
				  "a11c" MGF("1a", SHA256_ID) "a303020102",
		"trailer", CA_MALFORMED},
	    {"3041" RSA_OID("0a") "3034a00f" SHA256_ID
				  "a203020120a11c" MGF("1a", SHA256_ID),
		"PSS", CA_MALFORMED},
	    {"3041" RSA_OID("0a") "3034a00f" SHA256_ID
				  "a11c" MGF("1a", SHA256_ID) "a2030201ff",
		"salt", CA_MALFORMED},
	    {"3043" RSA_OID("0a") "3036a00f" SHA256_ID
				  "a11c" MGF("1a", SHA256_ID) "a20502030fffff",
		"salt", CA_REFUSED},
	    /* trailing bytes inside */
	    {"3020" RSA_OID("0a") "3013a011" SHA256_ID "0500", "hash",
		CA_MALFORMED},
	    {"3020" RSA_OID("0a") "3013a011300f" SHA256_OID "05000500", "hash",
		CA_MALFORMED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_sig_alg alg;
		struct ca_error err;
		enum ca_status st = get(cases[i].hex, &alg, &err);

		if (st != cases[i].st ||
		    strstr(err.msg, cases[i].reason) == NULL)
			fail_msg("case %zu: %d '%s', not %d '%s'", i, st,
			    err.msg, cases[i].st, cases[i].reason);
	}
}

static void
writes_nothing_unknown(void **state)
{
	static const struct ca_sig_alg cases[] = {
	    {0},
	    {CA_SIG_RSA_PKCS1, CA_HASH_SHA1, 0},
	    {CA_SIG_ECDSA, CA_HASH_NONE, 0},
	    {CA_SIG_ECDSA, CA_HASH_SHA1, 0},
	    {CA_SIG_RSA_PSS, CA_HASH_SHA1, 20},
	    {CA_SIG_RSA_PSS, CA_HASH_NONE, 20},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct der_out out = {0};
		struct ca_buf der = {0};

		ca_sig_alg_put(&out, &cases[i]);
		assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
		assert_null(der.data);
	}
}

#define RSA_KEY(n)                              \
	{                                       \
		.type = CA_KEY_RSA, .bits = (n) \
	}
#define PSS_KEY(h, s)                                               \
	{                                                           \
		.type = CA_KEY_RSA, .bits = 2048, .pss_only = true, \
		.pss_hash = (h), .pss_salt_len = (s)                \
	}

/* CVE-2026-5194: the algorithm says nothing about another kind of key. */
static void
fits_its_key(void **state)
{
	static const struct ca_spki keys[] = {
	    RSA_KEY(2048),
	    PSS_KEY(CA_HASH_NONE, 0),
	    PSS_KEY(CA_HASH_SHA256, 32),
	    {.type = CA_KEY_P256},
	    {.type = CA_KEY_P521},
	    {.type = CA_KEY_ED25519},
	    {.type = CA_KEY_ED448},
	    {0},
	};
	static const struct {
		struct ca_sig_alg alg;
		const char *fits; /* one digit a key */
	} cases[] = {
	    {{CA_SIG_RSA_PKCS1, CA_HASH_SHA256, 0}, "10000000"},
	    {{CA_SIG_RSA_PKCS1, CA_HASH_SHA1, 0}, "00000000"},
	    {{CA_SIG_RSA_PSS, CA_HASH_SHA256, 32}, "11100000"},
	    {{CA_SIG_RSA_PSS, CA_HASH_SHA256, 31}, "11000000"},
	    {{CA_SIG_RSA_PSS, CA_HASH_SHA384, 48}, "11000000"},
	    {{CA_SIG_RSA_PSS, CA_HASH_SHA1, 20}, "00000000"},
	    {{CA_SIG_ECDSA, CA_HASH_SHA256, 0}, "00011000"},
	    {{CA_SIG_ECDSA, CA_HASH_SHA512, 0}, "00011000"},
	    {{CA_SIG_ECDSA, CA_HASH_SHA1, 0}, "00000000"},
	    {{CA_SIG_ECDSA, CA_HASH_NONE, 0}, "00000000"},
	    {{CA_SIG_ED25519, CA_HASH_NONE, 0}, "00000100"},
	    {{CA_SIG_ED448, CA_HASH_NONE, 0}, "00000010"},
	    {{0}, "00000000"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			assert_int_equal(
			    ca_sig_alg_fits(&cases[i].alg, &keys[k]),
			    cases[i].fits[k] == '1');
}

static void
chooses_for_a_key(void **state)
{
	static const struct {
		struct ca_spki key;
		struct ca_sig_alg alg;
	} cases[] = {
	    {RSA_KEY(2048), {CA_SIG_RSA_PKCS1, CA_HASH_SHA256, 0}},
	    {RSA_KEY(3072), {CA_SIG_RSA_PKCS1, CA_HASH_SHA256, 0}},
	    {RSA_KEY(4096), {CA_SIG_RSA_PKCS1, CA_HASH_SHA384, 0}},
	    {PSS_KEY(CA_HASH_NONE, 0), {CA_SIG_RSA_PSS, CA_HASH_SHA256, 32}},
	    {PSS_KEY(CA_HASH_SHA512, 70), {CA_SIG_RSA_PSS, CA_HASH_SHA512, 70}},
	    {{.type = CA_KEY_P256}, {CA_SIG_ECDSA, CA_HASH_SHA256, 0}},
	    {{.type = CA_KEY_P384}, {CA_SIG_ECDSA, CA_HASH_SHA384, 0}},
	    {{.type = CA_KEY_P521}, {CA_SIG_ECDSA, CA_HASH_SHA512, 0}},
	    {{.type = CA_KEY_ED25519}, {CA_SIG_ED25519, CA_HASH_NONE, 0}},
	    {{.type = CA_KEY_ED448}, {CA_SIG_ED448, CA_HASH_NONE, 0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_sig_alg alg = ca_sig_alg_for(&cases[i].key);

		assert_int_equal(alg.kind, cases[i].alg.kind);
		assert_int_equal(alg.hash, cases[i].alg.hash);
		assert_int_equal(alg.salt_len, cases[i].alg.salt_len);
		assert_true(ca_sig_alg_fits(&alg, &cases[i].key));
	}
	assert_int_equal(
	    ca_sig_alg_for(&(struct ca_spki){0}).kind, CA_SIG_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_and_writes),
	    cmocka_unit_test(reads_legal_variants),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(writes_nothing_unknown),
	    cmocka_unit_test(fits_its_key),
	    cmocka_unit_test(chooses_for_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
