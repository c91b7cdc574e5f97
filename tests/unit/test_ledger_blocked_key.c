/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/ledger_fixture.h"

static bool
is_blocked(struct fixture *f, uint8_t key)
{
	bool blocked = true;

	assert_ok(f,
	    ledger_key_is_blocked(f->ledger, hash_of(key), &blocked, &f->err));
	return blocked;
}

/* checklist 29 */
static void
blocks_one_key_once(void **state)
{
	struct fixture *f = *state;
	bool changed = false;

	assert_false(is_blocked(f, 1));
	begin(f);
	assert_ok(
	    f, ledger_block_key(f->ledger, hash_of(1), NOW, &changed, &f->err));
	assert_true(changed);
	assert_ok(f,
	    ledger_block_key(
		f->ledger, hash_of(1), NOW + 9, &changed, &f->err));
	assert_false(changed);
	commit(f);
	reopen(f);
	assert_true(is_blocked(f, 1));
	assert_false(is_blocked(f, 2));
}

static void
blocks_nothing_that_is_undone(void **state)
{
	struct fixture *f = *state;
	bool changed = false;

	begin(f);
	assert_ok(
	    f, ledger_block_key(f->ledger, hash_of(1), NOW, &changed, &f->err));
	ledger_rollback(f->ledger);
	assert_false(is_blocked(f, 1));
}

static void
refuses_what_is_no_hash(void **state)
{
	struct fixture *f = *state;
	bool changed = true;

	assert_fails(f,
	    ledger_block_key(f->ledger, hash_of(1), NOW, &changed, &f->err),
	    CA_INTERNAL, "");
	begin(f);
	assert_fails(f,
	    ledger_block_key(f->ledger, BYTES("short"), NOW, &changed, &f->err),
	    CA_INTERNAL, "blocked_key_spki_hash_length");
	assert_true(changed);
	ledger_rollback(f->ledger);
}

int
main(void)
{
#define WITH_LEDGER(test) \
	cmocka_unit_test_setup_teardown(test, make_ledger, drop_folder)
	const struct CMUnitTest tests[] = {
	    WITH_LEDGER(blocks_one_key_once),
	    WITH_LEDGER(blocks_nothing_that_is_undone),
	    WITH_LEDGER(refuses_what_is_no_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
