/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * base64: RFC 4648's vectors, and one text for one value.
 */
#include "tests/unit/bytes.h"

#include "ca/base64.h"

/* RFC 4648 10 */
static void
test_vectors(void **state)
{
	static const char *const rows[][2] = {{"f", "Zg=="}, {"fo", "Zm8="},
	    {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
	    {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "+//+"}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ca_buf buf = {0};

		assert_int_equal(
		    ca_base64_append(&buf, ca_text(rows[i][0])), CA_OK);
		assert_text(&buf, rows[i][1]);
		assert_int_equal(
		    ca_base64_parse(&buf, ca_text(rows[i][1])), CA_OK);
		assert_text(&buf, rows[i][0]);
	}
}

static void
test_refused(void **state)
{
	static const char *const texts[] = {"", "=", "Z", "Zg",
	    "Zg=", "Zg===", "Zh==", "Zm9=", "Zg==Zg==", "Zg=g",
	    "====", "Zm9v\n", " Zm9v", "Zm9-", "Zm9_", "Zm 9v",
	    "Zm9v=", "Zm9vZ"};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct ca_buf buf = {0};

		if (ca_base64_parse(&buf, ca_text(texts[i])) != CA_MALFORMED)
			fail_msg("\"%s\" was taken", texts[i]);
		assert_int_equal(buf.len, 0);
	}
}

static void
test_every_length_comes_back(void **state)
{
	uint8_t octets[200];

	(void)state;
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 151 + 3);
	for (size_t len = 1; len <= sizeof(octets); len++) {
		const struct ca_bytes all = {octets, len};
		struct ca_buf text = {0}, back = {0};

		assert_int_equal(ca_base64_append(&text, all), CA_OK);
		assert_int_equal(text.len, (len + 2) / 3 * 4);
		assert_int_equal(ca_base64_parse(&back, ca_view(&text)), CA_OK);
		assert_bytes(ca_view(&back), all);
		ca_buf_free(&text);
		ca_buf_free(&back);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_every_length_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
