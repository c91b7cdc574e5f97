/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/ledger_fixture.h"

#include "db/migrate.h"
#include "db/schema.h"

/* Versions that never were, in place of those compiled into the library. */
#define SIGN "PRAGMA application_id = 0x5369676e;"

const struct ledger_schema ledger_schemas[] = {
    {1, "CREATE TABLE one (x INTEGER) STRICT;" SIGN "PRAGMA user_version = 1;"},
    {2,
	"CREATE TABLE two (x INTEGER) STRICT;"
	"INSERT INTO two SELECT x FROM one; PRAGMA user_version = 2;"},
    {3, "CREATE TABLE three (x INTEGER) STRICT; PRAGMA user_version = 3;"},
};
const size_t ledger_schema_count = COUNT(ledger_schemas);

/* A ledger as an older signet left it. */
static void
make_old(const struct fixture *f, const char *more)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, ledger_schemas[0].sql, NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, more, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int64_t
ask(const struct fixture *f, const char *text)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t answer;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, text, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	answer = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	return answer;
}

static void
is_not_brought_up_by_a_reader(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);
	struct ledger *reader = NULL;

	make_old(f, "INSERT INTO one VALUES (42)");
	options.read_only = true;
	assert_fails(f, ledger_open(&options, &reader, &f->err), CA_REFUSED,
	    "version 1, ");
	assert_null(reader);
	assert_int_equal(ask(f, "PRAGMA user_version"), 1);
}

/* checklist 82 */
static void
goes_from_the_oldest_to_the_newest(void **state)
{
	struct fixture *f = *state;

	make_old(f, "INSERT INTO one VALUES (42)");
	assert_int_equal(ask(f, "PRAGMA user_version"), 1);
	reopen(f);
	assert_int_equal(ledger_version(f->ledger), 3);
	assert_int_equal(ask(f, "PRAGMA user_version"), 3);
	assert_int_equal(ask(f, "SELECT x FROM two"), 42);
	begin(f);
	commit(f);
	reopen(f);
	assert_int_equal(ledger_version(f->ledger), 3);
	assert_int_equal(ask(f, "SELECT count(*) FROM two"), 1);
}

static void
creates_with_every_step(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);

	assert_ok(f, ledger_create(&options, &f->ledger, &f->err));
	assert_int_equal(ledger_version(f->ledger), 3);
	assert_int_equal(
	    ask(f, "PRAGMA application_id"), LEDGER_APPLICATION_ID);
}

/* Each step stands alone: one that fails leaves the version before it. */
static void
stays_where_a_step_failed(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);

	make_old(f, "CREATE TABLE three (y INTEGER) STRICT");
	assert_fails(f, ledger_open(&options, &f->ledger, &f->err), CA_IO,
	    "table three already exists");
	assert_int_equal(ask(f, "PRAGMA user_version"), 2);
	assert_int_equal(ask(f, "SELECT count(*) FROM two"), 0);
	assert_fails(f, ledger_open(&options, &f->ledger, &f->err), CA_IO,
	    "table three already exists");
}

static int
open_in_child(struct fixture *f)
{
	struct ledger_options options = options_of(f);
	struct ledger *ledger = NULL;
	struct ca_error err = {0};
	enum ca_status st = ledger_open(&options, &ledger, &err);

	if (st != CA_OK)
		(void)fprintf(stderr, "%s\n", err.msg);
	ledger_close(ledger);
	return (int)st;
}

static void
goes_up_once_among_many(void **state)
{
	struct fixture *f = *state;
	pid_t pids[8];

	make_old(f, "INSERT INTO one VALUES (42)");
	for (size_t i = 0; i < COUNT(pids); i++)
		if ((pids[i] = fork()) == 0)
			_exit(open_in_child(f));
	for (size_t i = 0; i < COUNT(pids); i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(ask(f, "PRAGMA user_version"), 3);
	assert_int_equal(ask(f, "SELECT count(*) FROM two"), 1);
}

int
main(void)
{
#define WITH(setup, test) \
	cmocka_unit_test_setup_teardown(test, setup, drop_folder)
	const struct CMUnitTest tests[] = {
	    WITH(make_folder, goes_from_the_oldest_to_the_newest),
	    WITH(make_folder, is_not_brought_up_by_a_reader),
	    WITH(make_folder, creates_with_every_step),
	    WITH(make_folder, stays_where_a_step_failed),
	    WITH(make_folder, goes_up_once_among_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
