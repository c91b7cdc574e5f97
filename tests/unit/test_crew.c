/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/crew.h"

#define JOBS 1000

struct own {
	size_t did;
	bool ended;
};

struct work {
	unsigned char done[JOBS];
};

static void
do_it(void *ctx, size_t i, void *hand)
{
	struct work *work = ctx;

	work->done[i]++;
	((struct own *)hand)->did++;
}

static void
end(void *hand)
{
	((struct own *)hand)->ended = true;
}

/* Each job of each lot once, and each hand ended. */
static void
all_is_done_once(void **state)
{
	(void)state;
	for (size_t threads = 1; threads <= 5; threads++) {
		struct own hands[5] = {0};
		struct work first = {0}, second = {0};
		const struct crew_order order = {.threads = threads,
		    .hands = hands,
		    .hand_size = sizeof(hands[0]),
		    .end = end};
		struct crew_lot lots[] = {
		    {.work = do_it, .ctx = &first, .count = JOBS},
		    {.work = do_it, .ctx = &first, .count = 0},
		    {.work = do_it, .ctx = &second, .count = 7}};
		struct crew *crew = NULL;
		size_t did = 0;

		assert_int_equal(crew_start(&order, &crew, NULL), CA_OK);
		for (size_t i = 0; i < 3; i++)
			crew_give(crew, &lots[i]);
		crew_wait(crew, &lots[2]);
		crew_wait(crew, &lots[1]);
		crew_wait(crew, &lots[0]);
		for (size_t i = 0; i < JOBS; i++) {
			assert_int_equal(first.done[i], 1);
			assert_int_equal(second.done[i], i < 7);
		}
		/* The same lot once more, and ended with it given. */
		crew_give(crew, &lots[2]);
		crew_end(crew);
		assert_int_equal(second.done[6], 2);
		for (size_t i = 0; i < threads; i++) {
			did += hands[i].did;
			assert_true(hands[i].ended);
		}
		assert_int_equal(did, JOBS + 14);
	}
	crew_end(NULL);
}

static void
there_is_a_processor(void **state)
{
	(void)state;
	assert_in_range(crew_processors(), 1, CREW_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_is_done_once),
	    cmocka_unit_test(there_is_a_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
