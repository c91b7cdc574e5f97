/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <time.h>

#include "db/ledger_pace.h"
#include "tests/unit/ledger_fixture.h"

static off_t
log_length(const struct fixture *f)
{
	char path[700];
	struct stat info;

	(void)snprintf(path, sizeof(path), "%s-wal", f->path);
	return stat(path, &info) == 0 ? info.st_size : 0;
}

static void
leaves_an_empty_log(void **state)
{
	struct fixture *f = *state;

	begin(f);
	intend_serial(f, BYTES("\x01"));
	commit(f);
	assert_true(log_length(f) > 0);
	ledger_checkpoint(f->ledger);
	assert_int_equal(log_length(f), 0);
	assert_int_equal(count_certs(f), 1);
	/* And it is written on. */
	begin(f);
	intend_serial(f, BYTES("\x02"));
	commit(f);
	assert_int_equal(count_certs(f), 2);
}

/* The fixture would queue for half a minute. */
static void
does_not_wait_for_a_reader(void **state)
{
	struct fixture *f = *state;
	struct ledger *reader = f->ledger;
	struct ledger_options options = options_of(f);
	time_t start = time(NULL);

	f->ledger = NULL;
	assert_ok(f, ledger_open(&options, &f->ledger, &f->err));
	assert_ok(f, ledger_snapshot(reader, &f->err));
	begin(f);
	intend_serial(f, BYTES("\x01"));
	commit(f);
	ledger_checkpoint(f->ledger);
	assert_true(time(NULL) - start < 10);
	assert_int_equal(count_certs(f), 1);
	ledger_close(reader);
	ledger_checkpoint(f->ledger);
	assert_int_equal(log_length(f), 0);
}

int
main(void)
{
#define WITH(test) \
	cmocka_unit_test_setup_teardown(test, make_ledger, drop_folder)
	const struct CMUnitTest tests[] = {
	    WITH(leaves_an_empty_log),
	    WITH(does_not_wait_for_a_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
