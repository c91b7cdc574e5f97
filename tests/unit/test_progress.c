/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/progress.h"

static const char *
line_of(size_t begun_at, size_t done, size_t all, int64_t elapsed_ms)
{
	static char line[160];
	const struct progress_state state = {.what = "certificates",
	    .begun_at = begun_at,
	    .done = done,
	    .all = all,
	    .elapsed_ms = elapsed_ms};

	progress_line(line, sizeof(line), &state);
	return line;
}

static void
a_line_has_rate_and_time_left(void **state)
{
	(void)state;
	assert_string_equal(line_of(0, 25000, 100000, 2500),
	    "certificates 25000 of 100000 [#####...............]  25% 10000/s,"
	    " 0:08 left");
	/* What was done before it began is no part of the rate. */
	assert_string_equal(line_of(500, 1000, 10000, 50000),
	    "certificates 1000 of 10000 [##..................]  10% 10/s,"
	    " 15:00 left");
	assert_string_equal(line_of(0, 10, 100000, 1000),
	    "certificates 10 of 100000 [....................]   0% 10/s,"
	    " 2:46:39 left");
	assert_string_equal(line_of(0, 7, 7, 2000),
	    "certificates 7 of 7 [####################] 100% 4/s, 0:00 left");
}

/* A rate of the first instants is none. */
static void
nobody_knows_at_once(void **state)
{
	(void)state;
	assert_null(strstr(line_of(0, 5, 10, 999), "left"));
	assert_non_null(strstr(line_of(0, 5, 10, 1000), "left"));
	assert_null(strstr(line_of(5, 5, 10, 5000), "left"));
	assert_null(strstr(line_of(0, 1, SIZE_MAX, 5000), "left"));
}

static void
odd_numbers_do_no_harm(void **state)
{
	(void)state;
	assert_non_null(strstr(line_of(0, 0, 0, 0), " 0% 0/s"));
	assert_non_null(strstr(line_of(0, 9, 3, 10), "3 of 3"));
	assert_non_null(strstr(line_of(7, 3, 5, 10), " 0/s"));
}

/* Ten million of them in 80 columns. */
static void
it_is_never_too_wide(void **state)
{
	(void)state;
	assert_in_range(strlen(line_of(0, 9999999, 10000000, 360000000)), 60,
	    PROGRESS_WIDTH);
}

static void
without_a_terminal_there_is_nothing(void **state)
{
	const struct term term = {.quiet = true};
	struct progress progress;

	(void)state;
	progress_init(&progress, &term);
	assert_false(progress.on);
	progress_show(&progress, "certificates", 1, 2);
	assert_false(progress.shown);
	progress_done(&progress);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_has_rate_and_time_left),
	    cmocka_unit_test(nobody_knows_at_once),
	    cmocka_unit_test(odd_numbers_do_no_harm),
	    cmocka_unit_test(it_is_never_too_wide),
	    cmocka_unit_test(without_a_terminal_there_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
