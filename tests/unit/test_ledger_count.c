/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/ledger_fixture.h"

static void
last_is(struct fixture *f, int64_t wanted)
{
	int64_t last = -1;

	assert_ok(f, ledger_last_cert(f->ledger, &last, &f->err));
	assert_int_equal(last, wanted);
}

static void
counts_are(struct fixture *f, int64_t now, struct ledger_counts wanted)
{
	struct ledger_counts counts = {99, 99, 99, 99};

	assert_ok(f, ledger_count(f->ledger, now, &counts, &f->err));
	assert_int_equal(counts.intended, wanted.intended);
	assert_int_equal(counts.revoked, wanted.revoked);
	assert_int_equal(counts.expired, wanted.expired);
	assert_int_equal(counts.valid, wanted.valid);
}

static int64_t
issue(struct fixture *f, uint8_t serial)
{
	const struct ca_bytes bytes = {&serial, 1};
	int64_t id = intend_serial(f, bytes);

	assert_ok(f,
	    ledger_issued(
		f->ledger, id, BYTES("der"), hash_of(serial), &f->err));
	return id;
}

static void
each_is_counted_once(void **state)
{
	struct fixture *f = *state;

	begin(f);
	(void)issue(f, 1);
	(void)issue(f, 2);
	assert_true(revoke_for(f, issue(f, 3), NOW, 4));
	(void)intend_serial(f, BYTES("\x04"));
	/* checklist 73: an orphan that was revoked is revoked */
	assert_true(revoke_for(f, intend_serial(f, BYTES("\x05")), NOW, 1));
	commit(f);

	last_is(f, 5);
	counts_are(f, NOW, (struct ledger_counts){1, 2, 0, 2});
	counts_are(f, NOW + YEAR, (struct ledger_counts){1, 2, 0, 2});
	/* Behind its last second it has expired. */
	counts_are(f, NOW + YEAR + 1, (struct ledger_counts){1, 2, 2, 0});
}

static void
nothing_is_nothing(void **state)
{
	last_is(*state, 0);
	counts_are(*state, NOW, (struct ledger_counts){0, 0, 0, 0});
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		each_is_counted_once, make_ledger, drop_folder),
	    cmocka_unit_test_setup_teardown(
		nothing_is_nothing, make_ledger, drop_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
