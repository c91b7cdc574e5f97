/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/condition.h"
#include "cli/serve/http_date.h"
#include "cli/serve/siphash.h"
#include "tests/unit/bytes.h"

#define TIME INT64_C(784111777) /* RFC 9110 5.6.7's example */
#define TEXT "Sun, 06 Nov 1994 08:49:37 GMT"

static bool
holds_for(
    const char *tags, const char *since, const char *etag, int64_t modified)
{
	return condition_holds(
	    &tags, tags == NULL ? 0 : 1, since, etag, modified);
}

/* ---- dates ------------------------------------------------------------ */

static void
dates_are_written(void **state)
{
	static const struct {
		int64_t time;
		const char *text;
	} cases[] = {
	    {TIME, TEXT},
	    {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
	    {-1, "Wed, 31 Dec 1969 23:59:59 GMT"},
	    {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
	    {INT64_C(253402300799), "Fri, 31 Dec 9999 23:59:59 GMT"},
	    {INT64_C(-62135596800), "Mon, 01 Jan 0001 00:00:00 GMT"},
	    {INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT"},
	    {INT64_MIN, "Mon, 01 Jan 0001 00:00:00 GMT"},
	};
	char text[HTTP_DATE_TEXT];
	int64_t back;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		http_date_text(cases[i].time, text);
		assert_string_equal(text, cases[i].text);
		assert_true(http_date_parse(text, &back));
	}
	assert_true(http_date_parse(TEXT, &back));
	assert_int_equal(back, TIME);
}

static void
what_is_no_date_is_not_read(void **state)
{
	static const char *const texts[] = {"", "0", "Sun",
	    "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
	    "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ",
	    "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
	    "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, +6 Nov 1994 08:49:37 GMT",
	    "Xyz, 06 Nov 1994 08:49:37 GMT", "Sun; 06 Nov 1994 08:49:37 GMT",
	    "Sun, 06-Nov-1994 08:49:37 GMT"};
	int64_t time = 7;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (http_date_parse(texts[i], &time))
			fail_msg("'%s' was read", texts[i]);
	assert_int_equal(time, 7);
}

/* ---- conditions ------------------------------------------------------- */

static bool
tag_matches(const char *header)
{
	return holds_for(header, NULL, "\"abc\"", TIME);
}

static void
a_tag_is_found_in_a_list(void **state)
{
	(void)state;
	assert_true(tag_matches("\"abc\""));
	assert_true(tag_matches("W/\"abc\""));
	assert_true(tag_matches("*"));
	assert_true(tag_matches("  * "));
	assert_true(tag_matches("\"x\", \"abc\""));
	assert_true(tag_matches("\"abc\",W/\"x\""));
	assert_true(tag_matches("\"a,b\"\t,\t\"abc\" "));
}

static void
another_tag_or_none_is_not(void **state)
{
	(void)state;
	assert_false(tag_matches("\"abcd\""));
	assert_false(tag_matches("\"ab\""));
	assert_false(tag_matches("\"\""));
	assert_false(tag_matches(""));
	assert_false(tag_matches("abc"));
	assert_false(tag_matches("\"abc"));
	assert_false(tag_matches("w/\"abc\""));
	assert_false(tag_matches("* \"abc\""));
	/* A list that is malformed says nothing, wherever the tag stands. */
	assert_false(tag_matches("\"abc\" \"x\""));
	assert_false(tag_matches("\"abc\", x"));
	assert_false(tag_matches("\"abc\","));
	assert_false(tag_matches(NULL));
}

static void
a_list_has_a_bound(void **state)
{
	char list[CONDITION_MAX_TAGS * 4 + 16];
	size_t at = 0;

	(void)state;
	for (int i = 0; i < CONDITION_MAX_TAGS; i++, at += 4)
		memcpy(list + at, "\"x\",", 4);
	memcpy(list + at, "\"abc\"", 6);
	assert_false(tag_matches(list));
	assert_true(tag_matches(list + 4));
}

static void
a_date_counts_where_there_is_no_tag(void **state)
{
	const char *later = "Sun, 06 Nov 1994 08:49:38 GMT";
	const char *earlier = "Sun, 06 Nov 1994 08:49:36 GMT";

	(void)state;
	assert_true(holds_for(NULL, TEXT, "\"a\"", TIME));
	/* Neither: whoever was given another date was given something else. */
	assert_false(holds_for(NULL, later, "\"a\"", TIME));
	assert_false(holds_for(NULL, earlier, "\"a\"", TIME));
	assert_false(holds_for(NULL, "yesterday", "\"a\"", TIME));
	assert_false(holds_for(NULL, NULL, "\"a\"", TIME));
	/* RFC 9110 13.1.3: ignored where If-None-Match is */
	assert_false(holds_for("\"b\"", TEXT, "\"a\"", TIME));
	/* Several fields are one list (RFC 9110 5.3). */
	{
		const char *const fields[] = {"\"b\"", "\"c\", \"a\""};
		const char *const broken[] = {"\"a\"", "a"};

		assert_true(condition_holds(fields, 2, earlier, "\"a\"", TIME));
		assert_false(condition_holds(fields, 1, TEXT, "\"a\"", TIME));
		assert_false(condition_holds(fields, 2, TEXT, "\"d\"", TIME));
		assert_false(condition_holds(broken, 2, TEXT, "\"a\"", TIME));
	}
}

/* ---- the hash --------------------------------------------------------- */

/* The vectors of the paper: key 00 01 .. 0f, input 00 01 .. (n - 1). */
static void
siphash_is_siphash(void **state)
{
	const struct siphash_key key = {
	    UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
	uint8_t input[15];

	(void)state;
	for (size_t i = 0; i < sizeof(input); i++)
		input[i] = (uint8_t)i;
	assert_int_equal(siphash(&key, (struct ca_bytes){input, 0}),
	    UINT64_C(0x726fdb47dd0e0e31));
	assert_int_equal(siphash(&key, (struct ca_bytes){input, 1}),
	    UINT64_C(0x74f839c593dc67fd));
	assert_int_equal(siphash(&key, (struct ca_bytes){input, 8}),
	    UINT64_C(0x93f5f5799a932462));
	assert_int_equal(siphash(&key, (struct ca_bytes){input, 15}),
	    UINT64_C(0xa129ca6149be45e5));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dates_are_written),
	    cmocka_unit_test(what_is_no_date_is_not_read),
	    cmocka_unit_test(a_tag_is_found_in_a_list),
	    cmocka_unit_test(another_tag_or_none_is_not),
	    cmocka_unit_test(a_list_has_a_bound),
	    cmocka_unit_test(a_date_counts_where_there_is_no_tag),
	    cmocka_unit_test(siphash_is_siphash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
