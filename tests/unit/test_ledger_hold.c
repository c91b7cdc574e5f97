/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/ledger_fixture.h"

static size_t
revoked(struct fixture *f)
{
	struct ledger_query query = {.revoked = 1};
	struct seen seen;

	return find(f, &query, &seen);
}

static enum ca_status
count(void *ctx, const struct ledger_revocation *row)
{
	(void)row;
	(*(size_t *)ctx)++;
	return CA_OK;
}

/* checklist 92 */
static void
lifts_a_hold(void **state)
{
	struct fixture *f = *state;
	size_t entries = 0;
	int64_t id;

	begin(f);
	id = intend_serial(f, BYTES("\x01"));
	assert_true(revoke_for(f, id, NOW, 6));
	assert_int_equal(revoked(f), 1);
	assert_ok(f, ledger_unhold(f->ledger, id, &f->err));
	commit(f);
	assert_int_equal(revoked(f), 0);
	assert_ok(f,
	    ledger_each_revocation(
		f->ledger, f->root, 0, count, &entries, &f->err));
	assert_int_equal(entries, 0);
	/* As if it had never been: another date now. */
	begin(f);
	assert_true(revoke_for(f, id, NOW + 9, 4));
	commit(f);
	assert_int_equal(revoked(f), 1);
}

/* checklist 92 */
static void
lifts_nothing_else(void **state)
{
	static const int reasons[] = {0, 1, 2, 3, 4, 5, 9, 10};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(reasons); i++) {
		int64_t id;

		begin(f);
		id = intend_serial(f, BYTES("\x01"));
		assert_fails(f, ledger_unhold(f->ledger, id, &f->err),
		    CA_REFUSED, "is not on hold");
		assert_true(revoke_for(f, id, NOW, reasons[i]));
		assert_fails(f, ledger_unhold(f->ledger, id, &f->err),
		    CA_REFUSED, "revoked: that is for good");
		assert_int_equal(revoked(f), 1);
		ledger_rollback(f->ledger);
	}
}

/* checklist 92 */
static void
lifts_no_hold_that_became_a_revocation(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	begin(f);
	id = intend_serial(f, BYTES("\x01"));
	assert_true(revoke_for(f, id, NOW, 6));
	assert_true(revoke_for(f, id, NOW + 9, 1));
	assert_fails(f, ledger_unhold(f->ledger, id, &f->err), CA_REFUSED,
	    "revoked: that is for good");
	commit(f);
	assert_int_equal(revoked(f), 1);
}

static void
lifts_for_a_writer_of_what_is_there(void **state)
{
	struct fixture *f = *state;

	assert_fails(f, ledger_unhold(f->ledger, 1, &f->err), CA_INTERNAL, "");
	begin(f);
	assert_fails(f, ledger_unhold(f->ledger, 99, &f->err), CA_NOT_FOUND,
	    "no certificate with id 99");
	commit(f);
}

int
main(void)
{
#define WITH_LEDGER(test) \
	cmocka_unit_test_setup_teardown(test, make_ledger, drop_folder)
	const struct CMUnitTest tests[] = {
	    WITH_LEDGER(lifts_a_hold),
	    WITH_LEDGER(lifts_nothing_else),
	    WITH_LEDGER(lifts_no_hold_that_became_a_revocation),
	    WITH_LEDGER(lifts_for_a_writer_of_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
