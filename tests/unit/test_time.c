/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ca/time.h"
#include "tests/unit/bytes.h"

/* Known points: DER of a Time (RFC 5280 4.1.2.5) and text. */
static const struct {
	int64_t time;
	uint8_t tag;
	const char *der;
	const char *text;
} points[] = {
    {0, DER_UTC_TIME, "700101000000Z", "1970-01-01T00:00:00Z"},
    {-1, DER_UTC_TIME, "691231235959Z", "1969-12-31T23:59:59Z"},
    {-631152000, DER_UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z"},
    {-631152001, DER_GENERALIZED_TIME, "19491231235959Z",
	"1949-12-31T23:59:59Z"},
    {951782400, DER_UTC_TIME, "000229000000Z", "2000-02-29T00:00:00Z"},
    {1582934400, DER_UTC_TIME, "200229000000Z", "2020-02-29T00:00:00Z"},
    {1709251199, DER_UTC_TIME, "240229235959Z", "2024-02-29T23:59:59Z"},
    {2147483647, DER_UTC_TIME, "380119031407Z", "2038-01-19T03:14:07Z"},
    {2147483648, DER_UTC_TIME, "380119031408Z", "2038-01-19T03:14:08Z"},
    {2524607999, DER_UTC_TIME, "491231235959Z", "2049-12-31T23:59:59Z"},
    {2524608000, DER_GENERALIZED_TIME, "20500101000000Z",
	"2050-01-01T00:00:00Z"},
    {4107542400, DER_GENERALIZED_TIME, "21000301000000Z",
	"2100-03-01T00:00:00Z"},
    {CA_TIME_MAX, DER_GENERALIZED_TIME, "99991231235959Z",
	"9999-12-31T23:59:59Z"},
    {CA_TIME_MIN, DER_GENERALIZED_TIME, "00010101000000Z",
	"0001-01-01T00:00:00Z"},
};

static void
put(int64_t time, bool generalized, struct ca_buf *ret)
{
	struct der_out out = {0};

	if (generalized)
		ca_time_put_generalized(&out, time);
	else
		ca_time_put(&out, time);
	assert_int_equal(der_finish(&out, ret), CA_OK);
}

static void
assert_point(size_t i)
{
	struct ca_buf der = {0};
	char text[CA_TIME_TEXT];
	struct ca_bytes view;
	int64_t time = 0;

	put(points[i].time, false, &der);
	assert_int_equal(der.data[0], points[i].tag);
	assert_int_equal(der.data[1], strlen(points[i].der));
	assert_memory_equal(der.data + 2, points[i].der, der.len - 2);
	view = ca_view(&der);
	assert_true(ca_time_get(&view, &time));
	assert_true(der_at_end(view));
	assert_true(time == points[i].time);
	ca_time_text(points[i].time, text);
	assert_string_equal(text, points[i].text);
	assert_int_equal(ca_time_parse(text, 0, &time), CA_OK);
	assert_true(time == points[i].time);
	ca_buf_free(&der);
}

/* checklist 10, 12 */
static void
known_points_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(points); i++)
		assert_point(i);
}

/* checklist 14 */
static void
the_time_zone_changes_nothing(void **state)
{
	(void)state;
	static const char *const zones[] = {"America/New_York",
	    "Asia/Kathmandu", "right/UTC", "EST5EDT,M3.2.0,M11.1.0"};

	for (size_t zone = 0; zone < COUNT(zones); zone++) {
		assert_int_equal(setenv("TZ", zones[zone], 1), 0);
		tzset();
		for (size_t i = 0; i < COUNT(points); i++)
			assert_point(i);
	}
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
}

static void
assert_library_says(int64_t time)
{
	time_t seconds = (time_t)time;
	char text[CA_TIME_TEXT], expected[80];
	int64_t back = 0;
	struct tm tm;

	assert_non_null(gmtime_r(&seconds, &tm));
	assert_int_equal(
	    snprintf(expected, sizeof(expected),
		"%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
		tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec),
	    20);
	ca_time_text(time, text);
	assert_string_equal(text, expected);
	assert_int_equal(ca_time_parse(text, 0, &back), CA_OK);
	assert_true(back == time);
}

static void
every_day_is_the_libraries_day(void **state)
{
	(void)state;
	/* 97 days and a bit: every month and year form is met. */
	for (int64_t time = CA_TIME_MIN; time <= CA_TIME_MAX;
	     time += 97 * CA_DAY + 12345)
		assert_library_says(time);
	/* Each day from 1895 to 2005: leap years, and one that is none. */
	for (int64_t day = -27394; day < 12784; day++)
		assert_library_says(day * CA_DAY + CA_DAY - 1);
}

/* checklist 11, 14, 20 */
static void
other_forms_are_refused(void **state)
{
	(void)state;
	static const struct {
		uint8_t tag;
		const char *content;
	} bad[] = {{DER_UTC_TIME, "2001010000Z"}, /* no seconds */
	    {DER_UTC_TIME, "200101000000"}, {DER_UTC_TIME, "200101000000z"},
	    {DER_UTC_TIME, "200101000000+0000"},
	    {DER_UTC_TIME, "200101000000-0500"},
	    {DER_UTC_TIME, "20200101000000Z"}, {DER_UTC_TIME, ""},
	    {DER_UTC_TIME, "200001000000Z"}, {DER_UTC_TIME, "201301000000Z"},
	    {DER_UTC_TIME, "200100000000Z"}, {DER_UTC_TIME, "200132000000Z"},
	    {DER_UTC_TIME, "210229000000Z"}, /* no leap year */
	    {DER_UTC_TIME, "200431000000Z"}, {DER_UTC_TIME, "200101240000Z"},
	    {DER_UTC_TIME, "200101006000Z"}, {DER_UTC_TIME, "200101000060Z"},
	    {DER_UTC_TIME, "2001010000 0Z"}, {DER_UTC_TIME, "-00101000000Z"},
	    {DER_UTC_TIME, "+10101000000Z"}, {DER_UTC_TIME, "2001010000000Z"},
	    {DER_GENERALIZED_TIME, "20500101000000.5Z"},
	    {DER_GENERALIZED_TIME, "20500101000000.0Z"},
	    {DER_GENERALIZED_TIME, "20500101000000"},
	    {DER_GENERALIZED_TIME, "205001010000Z"},
	    {DER_GENERALIZED_TIME, "20500101000000+0000"},
	    {DER_GENERALIZED_TIME, "20490101000000Z"}, /* UTCTime's range */
	    {DER_GENERALIZED_TIME, "19500101000000Z"},
	    {DER_GENERALIZED_TIME, "21000229000000Z"},
	    {DER_GENERALIZED_TIME, "00000101000000Z"},
	    {DER_GENERALIZED_TIME, "500101000000Z"},
	    {DER_IA5_STRING, "200101000000Z"}};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct der_out out = {0};
		struct ca_buf der = {0};
		struct ca_bytes view;
		int64_t time = 42;

		der_put_text(&out, bad[i].tag, bad[i].content);
		assert_int_equal(der_finish(&out, &der), CA_OK);
		view = ca_view(&der);
		assert_false(ca_time_get(&view, &time));
		assert_ptr_equal(view.data, der.data);
		assert_int_equal(view.len, der.len);
		assert_int_equal(time, 42);
		ca_buf_free(&der);
	}
}

static void
generalized_of_any_year(void **state)
{
	(void)state;
	struct ca_buf der = {0};
	struct ca_bytes view;
	int64_t time = 0;

	put(1582934400, true, &der);
	assert_memory_equal(der.data,
	    "\x18\x0f"
	    "20200229000000Z",
	    17);
	view = ca_view(&der);
	assert_false(ca_time_get(&view, &time));
	assert_true(ca_time_get_generalized(&view, &time));
	assert_true(der_at_end(view));
	assert_int_equal(time, 1582934400);
	put(1582934400, false, &der);
	view = ca_view(&der);
	assert_false(ca_time_get_generalized(&view, &time));
	assert_int_equal(view.len, der.len);
	ca_buf_free(&der);
}

static void
out_of_range_is_never_written(void **state)
{
	(void)state;
	static const int64_t bad[] = {
	    CA_TIME_MAX + 1, CA_TIME_MIN - 1, INT64_MAX, INT64_MIN};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct der_out out = {0};
		struct ca_buf der = {0};
		char text[CA_TIME_TEXT];

		ca_time_put(&out, bad[i]);
		assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
		ca_time_put_generalized(&out, bad[i]);
		assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
		ca_time_text(bad[i], text);
		assert_string_equal(text, "time out of range");
	}
}

static void
text_forms(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t time;
	} good[] = {{"2020-02-29", 1582934400},
	    {"2020-02-29 00:00:01Z", 1582934401},
	    {"2020-02-29T00:00:01Z", 1582934401}, {"+90d", 1000 + 90 * CA_DAY},
	    {"+12h", 1000 + 12 * 3600}, {"+0", 1000}};
	static const char *const bad[] = {"", "2020", "2020-02-30", "2020-2-29",
	    "20-02-29", "2020-02-29T00:00Z", "2020-02-29T00:00:00",
	    "2020-02-29t00:00:00Z", "2020-02-29T00:00:00z",
	    "2020-02-29T00:00:00.0Z", "2020-02-29T00:00:00+00:00",
	    "2020-02-29T24:00:00Z", "2020-02-29x00:00:00Z", " 2020-02-29",
	    "2020-02-29 ", "2020/02/29", "0000-01-01", "+", "+d", "+90", "-90d",
	    "+ 90d", "++90d", "tomorrow"};
	int64_t time = 42;

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(
		    ca_time_parse(good[i].text, 1000, &time), CA_OK);
		assert_int_equal(time, good[i].time);
	}
	time = 42;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(
		    ca_time_parse(bad[i], 1000, &time), CA_MALFORMED);
		assert_int_equal(time, 42);
	}
	assert_int_equal(
	    ca_time_parse("+1s", CA_TIME_MAX, &time), CA_MALFORMED);
	assert_int_equal(ca_time_parse("+1s", INT64_MAX, &time), CA_MALFORMED);
	assert_int_equal(ca_time_parse("+1s", INT64_MIN, &time), CA_MALFORMED);
}

static void
durations_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {{"0", 0}, {"0s", 0}, {"1s", 1}, {"5m", 300}, {"12h", 43200},
	    {"397d", 397 * CA_DAY}, {"2w", 14 * CA_DAY}, {"1y", 365 * CA_DAY},
	    {"100y", 36500 * CA_DAY}, {"36500d", 36500 * CA_DAY},
	    {"3153600000s", 36500 * CA_DAY}};
	static const char *const bad[] = {"", "d", "5", "00", "0d", "0m", "05m",
	    "101y", "36501d", "3153600001s", "5 m", " 5m", "5m ", "5M", "5D",
	    "-5m", "+5m", "5.5m", "1h30m", "0x5m", "5mo",
	    "99999999999999999999999d", "184467440737095516y"};
	int64_t seconds = 42;

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(
		    ca_duration_parse(good[i].text, &seconds), CA_OK);
		assert_int_equal(seconds, good[i].seconds);
	}
	seconds = 42;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(
		    ca_duration_parse(bad[i], &seconds), CA_MALFORMED);
		assert_int_equal(seconds, 42);
	}
}

static void
durations_are_shown(void **state)
{
	(void)state;
	static const struct {
		int64_t seconds;
		const char *text;
	} shown[] = {{0, "0 seconds"}, {1, "1 second"}, {59, "59 seconds"},
	    {60, "1 minute"}, {300, "5 minutes"}, {3661, "1 hour 1 minute"},
	    {397 * CA_DAY, "397 days"}, {CA_DAY + 7200, "1 day 2 hours"},
	    {CA_DAY + 7265, "1 day 2 hours"}, {CA_DAY + 5, "1 day 5 seconds"},
	    {-CA_DAY, "-1 day"}, {INT64_MIN, "-106751991167300 days 15 hours"}};

	for (size_t i = 0; i < COUNT(shown); i++) {
		struct ca_buf buf = {0};

		assert_int_equal(
		    ca_duration_append(&buf, shown[i].seconds), CA_OK);
		assert_string_equal(ca_buf_text(&buf), shown[i].text);
		ca_buf_free(&buf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_points_both_ways),
	    cmocka_unit_test(the_time_zone_changes_nothing),
	    cmocka_unit_test(every_day_is_the_libraries_day),
	    cmocka_unit_test(other_forms_are_refused),
	    cmocka_unit_test(generalized_of_any_year),
	    cmocka_unit_test(out_of_range_is_never_written),
	    cmocka_unit_test(text_forms),
	    cmocka_unit_test(durations_are_read),
	    cmocka_unit_test(durations_are_shown),
	};

	return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
