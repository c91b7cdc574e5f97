/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What those read who answer for the ledger without writing to it: a handle
 * that cannot write, the state of one serial, and whether anything changed.
 */
#include <fcntl.h>
#include <unistd.h>

#include "tests/unit/ledger_fixture.h"

#include "db/ledger_internal.h"

static struct ledger_status
status_in(struct fixture *f, struct ledger *ledger, int64_t issuer,
    struct ca_bytes serial)
{
	struct ledger_status status = {.known = true, .reason = 99};

	assert_ok(
	    f, ledger_cert_status(ledger, issuer, serial, &status, &f->err));
	return status;
}

static struct ledger_status
status_of(struct fixture *f, struct ca_bytes serial)
{
	return status_in(f, f->ledger, f->root, serial);
}

static void
says_what_there_is(void **state)
{
	struct fixture *f = *state;
	struct ledger_status status;
	int64_t revoked;

	begin(f);
	(void)intend_serial(f, BYTES("\x01\x02"));
	revoked = intend_serial(f, BYTES("\x01\x03"));
	assert_ok(f,
	    ledger_issued(
		f->ledger, revoked, BYTES("der"), hash_of(0x31), &f->err));
	assert_true(revoke_for(f, revoked, NOW + 5, 4));
	commit(f);

	/* checklist 102: intended is known */
	status = status_of(f, BYTES("\x01\x02"));
	assert_true(status.known);
	assert_int_equal(status.not_after, NOW + YEAR);
	assert_int_equal(status.revoked_at, LEDGER_NO_TIME);
	assert_int_equal(status.reason, 0);
	status = status_of(f, BYTES("\x01\x03"));
	assert_true(status.known);
	assert_int_equal(status.revoked_at, NOW + 5);
	assert_int_equal(status.reason, 4);
}

/* checklist 104: the whole serial, leading zeros aside, of this issuer. */
static void
matches_nothing_but_the_serial(void **state)
{
	struct fixture *f = *state;
	int64_t other;

	begin(f);
	other = add_authority(f, "other", 0);
	(void)intend_serial(f, BYTES("\x01\x02"));
	commit(f);

	assert_true(status_of(f, BYTES("\x00\x01\x02")).known);
	assert_false(status_of(f, BYTES("\x01")).known);
	assert_false(status_of(f, BYTES("\x02")).known);
	assert_false(status_of(f, BYTES("\x01\x02\x00")).known);
	assert_false(status_of(f, BYTES("")).known);
	assert_false(status_of(f, BYTES("\x00")).known);
	assert_false(status_in(f, f->ledger, other, BYTES("\x01\x02")).known);
	assert_false(status_in(f, f->ledger, 0, BYTES("\x01\x02")).known);
	assert_int_equal(
	    status_of(f, BYTES("\x02")).revoked_at, LEDGER_NO_TIME);
}

static void
hold_that_is_lifted_is_gone(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	begin(f);
	id = intend_serial(f, BYTES("\x07"));
	assert_true(revoke_for(f, id, NOW, 6));
	commit(f);
	assert_int_equal(status_of(f, BYTES("\x07")).reason, 6);
	begin(f);
	assert_ok(f, ledger_unhold(f->ledger, id, &f->err));
	commit(f);
	assert_int_equal(
	    status_of(f, BYTES("\x07")).revoked_at, LEDGER_NO_TIME);
}

/* The statement that was kept, as SQLite means to run it. */
static void
looks_up_by_index(void **state)
{
	struct fixture *f = *state;
	struct ca_buf explain = {0};
	sqlite3_stmt *stmt = NULL;
	size_t at = f->ledger->statement_count, steps = 0;

	(void)status_of(f, BYTES("\x01"));
	assert_int_equal(f->ledger->statement_count, at + 1);
	assert_int_equal(ca_buf_printf(&explain, "EXPLAIN QUERY PLAN %s",
			     sqlite3_sql(f->ledger->statements[at].stmt)),
	    CA_OK);
	assert_int_equal(sqlite3_prepare_v2(f->ledger->db,
			     ca_buf_text(&explain), -1, &stmt, NULL),
	    SQLITE_OK);
	for (; sqlite3_step(stmt) == SQLITE_ROW; steps++)
		assert_non_null(strstr(
		    (const char *)sqlite3_column_text(stmt, 3), "SEARCH"));
	assert_int_equal(steps, 2);
	sqlite3_finalize(stmt);
	ca_buf_free(&explain);
}

/* ---- read alone ---- */

static struct ledger *
open_reader(struct fixture *f)
{
	struct ledger_options options = options_of(f);
	struct ledger *reader = NULL;

	options.read_only = true;
	assert_ok(f, ledger_open(&options, &reader, &f->err));
	return reader;
}

static void
reader_sees_what_others_commit(void **state)
{
	struct fixture *f = *state;
	struct ledger *reader = open_reader(f);
	int64_t before = 0, same = 0, after = 0, id;

	assert_ok(f, ledger_data_version(reader, &before, &f->err));
	assert_ok(f, ledger_data_version(reader, &same, &f->err));
	assert_int_equal(before, same);
	assert_false(status_in(f, reader, f->root, BYTES("\x05")).known);

	begin(f);
	id = intend_serial(f, BYTES("\x05"));
	/* not before the commit */
	assert_ok(f, ledger_data_version(reader, &same, &f->err));
	assert_int_equal(before, same);
	assert_false(status_in(f, reader, f->root, BYTES("\x05")).known);
	commit(f);
	assert_ok(f, ledger_data_version(reader, &after, &f->err));
	assert_int_not_equal(before, after);
	assert_true(status_in(f, reader, f->root, BYTES("\x05")).known);

	begin(f);
	assert_true(revoke_for(f, id, NOW, 1));
	commit(f);
	assert_ok(f, ledger_data_version(reader, &same, &f->err));
	assert_int_not_equal(same, after);
	assert_int_equal(
	    status_in(f, reader, f->root, BYTES("\x05")).reason, 1);
	ledger_close(reader);
}

static void
reader_does_not_write(void **state)
{
	struct fixture *f = *state;
	struct ledger *reader = open_reader(f);

	assert_fails(f, ledger_begin(reader, &f->err), CA_USAGE, "read alone");
	assert_ok(f, ledger_snapshot(reader, &f->err));
	assert_false(status_in(f, reader, f->root, BYTES("\x05")).known);
	ledger_rollback(reader);
	ledger_close(reader);
	/* nobody was kept waiting */
	begin(f);
	commit(f);
}

#define NOBODY 65534

/* Exit code 0 when it reads, 2 when the folder is out of its reach. */
static int
read_as_nobody(struct fixture *f)
{
	struct ledger_options options = options_of(f);
	struct ledger_status status = {0};
	struct ledger *reader = NULL;

	if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		return 2;
	if (access(f->path, R_OK) != 0)
		return 2;
	if (access(f->path, W_OK) == 0 || access(f->folder, W_OK) == 0)
		return 3;
	options.read_only = true;
	if (ledger_open(&options, &reader, &f->err) != CA_OK ||
	    ledger_cert_status(
		reader, f->root, BYTES("\x05"), &status, &f->err) != CA_OK)
		return 4;
	ledger_close(reader);
	return status.known ? 0 : 5;
}

/* Without the right to write to any of the files, and with no other process
 * that has the ledger open. */
static void
reader_needs_no_right_to_write(void **state)
{
	static const char *const names[] = {
	    "ledger.db", "ledger.db-wal", "ledger.db-shm"};
	struct fixture *f = *state;
	char path[700];
	int code;

	begin(f);
	(void)intend_serial(f, BYTES("\x05"));
	commit(f);
	ledger_close(f->ledger);
	f->ledger = NULL;
	for (size_t i = 0; i < COUNT(names); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/%s", f->folder, names[i]);
		assert_int_equal(chmod(path, 0444), 0);
	}
	assert_int_equal(chmod(f->folder, 0555), 0);
	code = in_child(read_as_nobody, f);
	assert_int_equal(chmod(f->folder, 0755), 0);
	if (code == 2)
		skip();
	assert_int_equal(code, 0);
}

static void
reader_refuses_what_is_to_be_migrated(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);
	struct ledger *reader = NULL;
	sqlite3 *db = NULL;

	ledger_close(f->ledger);
	f->ledger = NULL;
	options.read_only = true;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "PRAGMA user_version = 999", NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
	assert_fails(f, ledger_open(&options, &reader, &f->err), CA_REFUSED,
	    "version 999");
	assert_null(reader);
	drop_file(f, "ledger.db");
	assert_fails(f, ledger_open(&options, &reader, &f->err), CA_NOT_FOUND,
	    "ledger.db");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_ledger, drop_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(says_what_there_is),
	    TEST(matches_nothing_but_the_serial),
	    TEST(hold_that_is_lifted_is_gone),
	    TEST(looks_up_by_index),
	    TEST(reader_sees_what_others_commit),
	    TEST(reader_does_not_write),
	    TEST(reader_needs_no_right_to_write),
	    TEST(reader_refuses_what_is_to_be_migrated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
