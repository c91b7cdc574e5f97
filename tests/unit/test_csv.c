/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 4180, read and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/csv.h"

/* Its fields with '|' behind each and '/' behind a record. */
static void
reads(const char *in, size_t len, const char *expected)
{
	struct csv csv;
	struct ca_buf field = {0}, all = {0};
	struct ca_error err = {0};
	enum ca_status st;
	bool last = false;

	csv_begin(&csv, (struct ca_bytes){(const uint8_t *)in, len});
	while ((st = csv_next(&csv, &field, &last, &err)) == CA_OK) {
		assert_int_equal(ca_buf_append(&all, ca_view(&field)), CA_OK);
		assert_int_equal(
		    ca_buf_append_text(&all, last ? "|/" : "|"), CA_OK);
	}
	if (st != CA_NOT_FOUND)
		assert_int_equal(ca_buf_printf(&all, "!%s", err.msg), CA_OK);
	assert_string_equal(ca_buf_text(&all), expected);
	ca_buf_free(&field);
	ca_buf_free(&all);
}

#define READS(in, expected) reads(in, sizeof(in) - 1, expected)

static void
fields_and_records(void **state)
{
	(void)state;
	READS("", "");
	READS("a", "a|/");
	READS("a,b\r\nc\n", "a|b|/c|/");
	READS(",\n", "||/");
	READS("a,", "a||/");
	READS("\n\nx\n", "|/|/x|/");
	READS("\"a,b\",\"c\"\"d\"\n", "a,b|c\"d|/");
	READS("\"two\nlines\"\nx", "two\nlines|/x|/");
	READS("\"\"", "|/");
	READS("\xef\xbb\xbf"
	      "a\n",
	    "a|/");
	READS("a\rb\n", "a\rb|/");
}

static void
what_is_none_is_told_with_its_line(void **state)
{
	(void)state;
	READS("a\nb\"c\n",
	    "a|/!line 2: a quote within a field: quotes stand around all of "
	    "it (RFC 4180 2)");
	READS(
	    "a\n\"b\nc", "a|/!line 2: a quote that does not end (RFC 4180 2)");
	READS(
	    "\"a\"b", "!line 1: something behind a closing quote (RFC 4180 2)");
	READS("a\0b\n", "!line 1: a NUL octet (RFC 4180 2)");
}

static void
lines_are_counted(void **state)
{
	static const char in[] = "a\n\"b\n\n\",c\nd";
	const size_t lines[] = {1, 2, 2, 5};
	struct csv csv;
	struct ca_buf field = {0};
	bool last;

	(void)state;
	csv_begin(&csv, ca_text(in));
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(csv_next(&csv, &field, &last, NULL), CA_OK);
		assert_int_equal(csv.line, lines[i]);
	}
	ca_buf_free(&field);
}

static void
what_is_written_is_read_again(void **state)
{
	static const char *const fields[] = {
	    "plain", "", "a,b", "say \"so\"", "\"", "two words", "\"\"a"};

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		struct text text = {0};
		struct csv csv;
		struct ca_buf field = {0};
		bool last = false;

		csv_add(&text, ca_text(fields[i]));
		text_add(&text, "\r\n");
		assert_int_equal(text.status, CA_OK);
		csv_begin(&csv, ca_view(&text.buf));
		assert_int_equal(csv_next(&csv, &field, &last, NULL), CA_OK);
		assert_true(last);
		assert_string_equal(ca_buf_text(&field), fields[i]);
		assert_int_equal(
		    csv_next(&csv, &field, &last, NULL), CA_NOT_FOUND);
		ca_buf_free(&field);
		text_done(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fields_and_records),
	    cmocka_unit_test(what_is_none_is_told_with_its_line),
	    cmocka_unit_test(lines_are_counted),
	    cmocka_unit_test(what_is_written_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
