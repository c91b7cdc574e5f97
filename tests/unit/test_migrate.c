/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/ledger_fixture.h"

#include "db/migrate.h"

/* What somebody does to the file with another program. */
static void
edit(struct fixture *f, const char *text)
{
	sqlite3 *db = NULL;

	ledger_close(f->ledger);
	f->ledger = NULL;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
assert_refused(struct fixture *f, const char *part)
{
	struct ledger_options options = options_of(f);
	struct ledger *ledger = NULL;

	assert_fails(
	    f, ledger_open(&options, &ledger, &f->err), CA_REFUSED, part);
	assert_null(ledger);
}

static void
knows_its_newest_version(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(migrate_newest(), 3);
	assert_int_equal(ledger_version(f->ledger), migrate_newest());
}

/* checklist 82 */
static void
refuses_a_newer_version(void **state)
{
	struct fixture *f = *state;

	edit(f, "PRAGMA user_version = 7");
	assert_refused(
	    f, "version 7, this signet knows up to 3: use the newer signet");
	/* Nothing was written, and its own signet opens it as before. */
	edit(f, "PRAGMA user_version = 3");
	reopen(f);
	assert_ok(f, ledger_check_integrity(f->ledger, &f->err));
}

/* checklist 82 */
static void
refuses_another_programs_database(void **state)
{
	struct fixture *f = *state;

	edit(f, "PRAGMA application_id = 0x12345678");
	assert_refused(f, "not a ledger of signet (another application_id)");
	edit(f, "PRAGMA application_id = 0x5369676e; PRAGMA user_version = 0");
	assert_refused(f, "not a ledger of signet (no version)");
	edit(f, "PRAGMA user_version = -1");
	assert_refused(f, "not a ledger of signet (no version)");
}

static void
leaves_a_plain_database_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct stat before, after;

	edit(f, "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
	assert_int_equal(stat(f->path, &before), 0);
	assert_refused(f, "another application_id");
	assert_int_equal(stat(f->path, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	/* Not even its journal's kind was changed. */
	drop_file(f, "ledger.db-wal");
	assert_refused(f, "another application_id");
}

static void
write_file(const struct fixture *f, const void *data, size_t len)
{
	FILE *file = fopen(f->path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void
refuses_what_is_no_database(void **state)
{
	struct fixture *f = *state;
	char text[4096];

	write_file(f, "", 0);
	assert_refused(f, "another application_id");
	write_file(f, "V\t290101000000Z\n", 16);
	assert_refused(f, "no SQLite database");
	memset(text, 'x', sizeof(text));
	write_file(f, text, sizeof(text));
	assert_refused(f, "no SQLite database");
	memcpy(text, "SQLite format 3", 16);
	write_file(f, text, sizeof(text));
	assert_refused(f, "no SQLite database");
}

/* As VACUUM INTO and sqlite3's .backup leave it. */
static void
takes_a_copy_without_a_log(void **state)
{
	struct fixture *f = *state;

	begin(f);
	intend_serial(f, BYTES("\x01"));
	commit(f);
	edit(f, "PRAGMA journal_mode = DELETE");
	reopen(f);
	assert_int_equal(count_certs(f), 1);
	begin(f);
	intend_serial(f, BYTES("\x02"));
	commit(f);
	reopen(f);
	assert_int_equal(count_certs(f), 2);
}

int
main(void)
{
#define WITH(setup, test) \
	cmocka_unit_test_setup_teardown(test, setup, drop_folder)
	const struct CMUnitTest tests[] = {
	    WITH(make_ledger, knows_its_newest_version),
	    WITH(make_ledger, refuses_a_newer_version),
	    WITH(make_ledger, refuses_another_programs_database),
	    WITH(make_folder, leaves_a_plain_database_as_it_was),
	    WITH(make_folder, refuses_what_is_no_database),
	    WITH(make_ledger, takes_a_copy_without_a_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
