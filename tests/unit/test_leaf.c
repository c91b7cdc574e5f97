/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * leaf: what the ledger writes is read, and nothing else.
 */
#include "tests/unit/bytes.h"

#include "ca/leaf.h"

#define HASH "0123456789abcdef0123456789abcdef"
#define HEAD                                   \
	"\x01\x00\x00\x00\x00\x00\x00\x01\x02" \
	"\x00\x00\x00\x00\x65\x53\xf1\x00"
#define TAIL                       \
	"\x00\x20" HASH "\x00\x02" \
	"\x7f\x01\x00\x20" HASH

static void
test_read(void **state)
{
	struct ca_leaf leaf;

	(void)state;
	assert_int_equal(
	    ca_leaf_parse(BYTES(HEAD "\x00\x06issued" TAIL), &leaf, NULL),
	    CA_OK);
	assert_int_equal(leaf.sequence, 258);
	assert_int_equal(leaf.time, 1700000000);
	assert_bytes(leaf.kind, ca_text("issued"));
	assert_bytes(leaf.issuer_spki_hash, ca_text(HASH));
	assert_bytes(leaf.serial, BYTES("\x7f\x01"));
	assert_bytes(leaf.object_hash, ca_text(HASH));
	assert_int_equal(
	    ca_leaf_parse(
		BYTES(HEAD "\x00\x0epolicy-changed\x00\x00\x00\x00\x00\x00"),
		&leaf, NULL),
	    CA_OK);
	assert_int_equal(leaf.serial.len, 0);
}

static void
test_refused(void **state)
{
	static const struct ca_bytes bad[] = {LITERAL(""), LITERAL("\x01"),
	    LITERAL(HEAD), LITERAL(HEAD "\x00\x06issued" TAIL "\x00"),
	    LITERAL(HEAD "\x00\x06issue"), LITERAL(HEAD "\x00\x00" TAIL),
	    LITERAL(HEAD "\x00\x06ISSUED" TAIL),
	    LITERAL(HEAD "\x00\x06iss\nue" TAIL),
	    LITERAL(HEAD "\x00\x06issued\x00\x01x\x00\x00\x00\x00"),
	    LITERAL(HEAD "\x00\x06issued\x00\x00\x00\x00\x00\x03xyz"),
	    LITERAL(HEAD "\x00\x06issued\x00\x00\x00\x01\x00\x00\x00"),
	    LITERAL(HEAD "\x00\x06issued\x00\x00\x00\x15"
			 "123456789012345678901\x00\x00"),
	    LITERAL("\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		    "\x65\x53\xf1\x00\x00\x06issued" TAIL)};
	struct ca_leaf leaf;
	struct ca_error err = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (ca_leaf_parse(bad[i], &leaf, NULL) != CA_MALFORMED)
			fail_msg("row %zu was taken", i);
	assert_int_equal(
	    ca_leaf_parse(BYTES("\x02 whatever"), &leaf, &err), CA_REFUSED);
	assert_non_null(strstr(err.msg, "version 2"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
