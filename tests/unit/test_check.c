/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/check.h"
#include "cli/starttls.h"
#include "tests/unit/bytes.h"

#include <stdlib.h>

/* ---- strength ---- */

struct strong {
	const char *name;
	unsigned dh_bits, bits;
	bool known, weak, broken;
};

static void
ciphers_have_their_bits(void **state)
{
	static const struct strong cases[] = {
	    {"TLS13-AES256-GCM-SHA384", 0, 256, true, false, false},
	    {"TLS13-AES128-GCM-SHA256", 0, 128, true, false, false},
	    {"TLS13-CHACHA20-POLY1305-SHA256", 0, 256, true, false, false},
	    {"TLS13-AES128-CCM-8-SHA256", 0, 128, true, false, false},
	    {"ECDHE-RSA-AES128-SHA", 0, 128, true, false, false},
	    {"DHE-RSA-CAMELLIA256-SHA256", 0, 256, true, false, false},
	    {"EDH-RSA-DES-CBC3-SHA", 0, 112, true, true, false},
	    {"ECDHE-RSA-DES-CBC3-SHA", 0, 112, true, true, false},
	    {"ECDHE-RSA-RC4-SHA", 0, 0, true, true, true},
	    {"ECDHE-ECDSA-NULL-SHA", 0, 0, true, true, true},
	    {"TLS13-SHA256-SHA256", 0, 0, false, false, false},
	    {"", 0, 0, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct check_strength got;

		check_cipher(cases[i].name, &got);
		print_message("%s\n", cases[i].name);
		assert_string_equal(got.name, cases[i].name);
		assert_int_equal(got.known, cases[i].known);
		assert_int_equal(got.bits, cases[i].bits);
		assert_int_equal(got.weak, cases[i].weak);
		assert_int_equal(got.broken, cases[i].broken);
	}
}

static void
groups_have_their_bits(void **state)
{
	static const struct strong cases[] = {
	    {"SECP256R1", 0, 128, true, false, false},
	    {"SECP384R1", 0, 192, true, false, false},
	    {"SECP521R1", 0, 256, true, false, false},
	    {"X25519", 0, 128, true, false, false},
	    {"X448", 0, 224, true, false, false},
	    {"SECP224R1", 0, 112, true, true, false},
	    {"SECP192R1", 0, 96, true, true, true},
	    {"SECP160R1", 0, 80, true, true, true},
	    {"", 8192, 200, true, false, false},
	    {"", 4096, 152, true, false, false},
	    {"", 3072, 128, true, false, false},
	    {"", 3071, 112, true, true, false},
	    {"", 2048, 112, true, true, false},
	    {"", 2047, 80, true, true, true},
	    {"", 1024, 80, true, true, true},
	    {"", 512, 56, true, true, true},
	    {"", 8, 0, true, true, true},
	    {"SOMETHING", 0, 0, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct check_strength got;

		check_group(cases[i].name, cases[i].dh_bits, &got);
		print_message("%s %u\n", cases[i].name, cases[i].dh_bits);
		assert_int_equal(got.known, cases[i].known);
		assert_int_equal(got.bits, cases[i].bits);
		assert_int_equal(got.weak, cases[i].weak);
		assert_int_equal(got.broken, cases[i].broken);
	}
}

/* RSA is weak below 2048 bits, and not below 3072. */
static void
keys_have_their_bits(void **state)
{
	static const struct {
		enum ca_key_type type;
		unsigned size, bits;
		const char *name;
		bool weak;
	} cases[] = {
	    {CA_KEY_RSA, 1024, 80, "rsa-1024", true},
	    {CA_KEY_RSA, 2047, 80, "rsa-2047", true},
	    {CA_KEY_RSA, 2048, 112, "rsa-2048", false},
	    {CA_KEY_RSA, 3072, 128, "rsa-3072", false},
	    {CA_KEY_RSA, 4096, 152, "rsa-4096", false},
	    {CA_KEY_P256, 256, 128, "ecdsa-p256", false},
	    {CA_KEY_P384, 384, 192, "ecdsa-p384", false},
	    {CA_KEY_P521, 521, 256, "ecdsa-p521", false},
	    {CA_KEY_ED25519, 256, 128, "ed25519", false},
	    {CA_KEY_ED448, 456, 224, "ed448", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct ca_spki spki = {
		    .type = cases[i].type, .bits = cases[i].size};
		struct check_strength got;

		assert_int_equal(check_key(&spki, &got), CA_OK);
		assert_string_equal(got.name, cases[i].name);
		assert_int_equal(got.bits, cases[i].bits);
		assert_int_equal(got.weak, cases[i].weak);
		assert_int_equal(got.broken, cases[i].weak);
	}
}

/* ---- lines ---- */

static void
lines_are_taken_one_by_one(void **state)
{
	struct ca_bytes rest = BYTES("one\n\ntwo"), line;

	(void)state;
	assert_true(text_take_line(&rest, &line));
	assert_true(ca_bytes_equal(line, BYTES("one")));
	assert_true(text_take_line(&rest, &line));
	assert_int_equal(line.len, 0);
	assert_true(text_take_line(&rest, &line));
	assert_true(ca_bytes_equal(line, BYTES("two")));
	assert_false(text_take_line(&rest, &line));
	rest = BYTES("end\n");
	assert_true(text_take_line(&rest, &line));
	assert_false(text_take_line(&rest, &line));
}

/* ---- protocols ---- */

static void
protocols_have_names_and_ports(void **state)
{
	enum starttls protocol;

	(void)state;
	for (int i = 1; i < STARTTLS_COUNT; i++) {
		assert_true(starttls_by_name(starttls_name(i), &protocol));
		assert_int_equal(protocol, i);
		assert_true(strtol(starttls_port(protocol), NULL, 10) > 0);
	}
	assert_null(starttls_name(STARTTLS_NONE));
	assert_null(starttls_name(-1));
	assert_null(starttls_name(STARTTLS_COUNT));
	assert_false(starttls_by_name("xmpp", &protocol));
	assert_false(starttls_by_name("", &protocol));
	assert_string_equal(starttls_port(STARTTLS_NONE), "443");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ciphers_have_their_bits),
	    cmocka_unit_test(groups_have_their_bits),
	    cmocka_unit_test(keys_have_their_bits),
	    cmocka_unit_test(lines_are_taken_one_by_one),
	    cmocka_unit_test(protocols_have_names_and_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
