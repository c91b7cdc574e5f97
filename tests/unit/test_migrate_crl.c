/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checklist 82: a ledger with CRLs, as version 1 left it, is brought up. */
#include "tests/unit/authority_fixture.h"

#include <signal.h>
#include <sys/wait.h>

#include "db/migrate.h"
#include "db/schema.h"
#include "tests/unit/fault_vfs.h"

#define STEPS_MAX 200
#define PUBLISHED 5

static void
exec_sql(sqlite3 *db, const char *sql)
{
	char *message = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
}

static void
copy_tables(sqlite3 *db)
{
	sqlite3_stmt *stmt;

	assert_int_equal(sqlite3_prepare_v2(db,
			     "SELECT 'INSERT INTO main.' || name ||"
			     " ' SELECT * FROM now.' || name"
			     " FROM main.sqlite_schema WHERE type = 'table'",
			     -1, &stmt, NULL),
	    SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW)
		exec_sql(db, (const char *)sqlite3_column_text(stmt, 0));
	(void)sqlite3_finalize(stmt);
}

static void
remove_ledger(const struct lab *l)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char path[400];

	for (size_t i = 0; i < COUNT(ends); i++) {
		(void)snprintf(
		    path, sizeof(path), "%s%s", l->ledger_path, ends[i]);
		(void)unlink(path);
	}
}

/* The same rows in the tables of version 1, each CRL with a DER. */
static void
make_old(struct lab *l)
{
	char path[400], sql[500];
	sqlite3 *db;

	signer_done(&l->signer);
	authority_close(l->a);
	l->a = NULL;
	(void)snprintf(path, sizeof(path), "%s/old.db", l->folder);
	(void)unlink(path);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	exec_sql(db, ledger_schemas[0].sql);
	(void)snprintf(sql, sizeof(sql), "ATTACH '%s' AS now", l->ledger_path);
	exec_sql(db, sql);
	copy_tables(db);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	remove_ledger(l);
	assert_int_equal(rename(path, l->ledger_path), 0);
	assert_int_equal(lab_count(l, "PRAGMA user_version"), 1);
}

/* As there was no log then: its folder cannot be made. */
static void
fill(struct lab *l)
{
	char path[400];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/log", l->home);
	(void)rmdir(path);
	file = fopen(path, "w");
	assert_non_null(file);
	(void)fclose(file);
	assert_int_equal(lab_issue(l, "a.company.com"), 3);
	assert_true(lab_revoke(l, 3, CA_REASON_SUPERSEDED));
	for (int i = 0; i < PUBLISHED; i++) {
		l->now += 60;
		lab_publish(l);
	}
	(void)unlink(path);
	assert_int_equal(lab_count(l, "SELECT count(*) FROM log_key"), 0);
}

static int64_t
count_kept(struct lab *l)
{
	return lab_count(l, "SELECT count(*) FROM crl WHERE der IS NOT NULL");
}

static void
is_brought_up_and_goes_on(void **state)
{
	struct lab *l = *state;

	fill(l);
	assert_int_equal(count_kept(l), LEDGER_CRLS_KEPT);
	make_old(l);
	lab_reopen(l, false);
	assert_int_equal(lab_count(l, "PRAGMA user_version"), migrate_newest());
	assert_int_equal(lab_count(l, "SELECT count(*) FROM crl"), PUBLISHED);
	lab_audit_clean(l);
	lab_as(l, "issuing");
	l->now += 60;
	lab_publish(l);
	lab_audit_clean(l);
	assert_int_equal(count_kept(l), LEDGER_CRLS_KEPT);
}

/* Version 1 kept all of them: the first CRL after it drops them at once. */
static void
what_was_kept_before_is_dropped_with_the_next(void **state)
{
	struct lab *l = *state;

	fill(l);
	make_old(l);
	lab_sql(l, "UPDATE crl SET der = x'3000' WHERE der IS NULL");
	lab_reopen(l, false);
	assert_int_equal(count_kept(l), PUBLISHED);
	lab_as(l, "issuing");
	l->now += 60;
	lab_publish(l);
	assert_int_equal(count_kept(l), LEDGER_CRLS_KEPT);
	lab_audit_clean(l);
}

/* 0 where it came to its end. */
static int
open_and_die(struct lab *l, int step)
{
	const struct ledger_options options = {
	    .path = l->ledger_path, .wait_ms = 10000, .hasher = log_hasher()};
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct ledger *ledger = NULL;

		fault = (struct fault){.at = step, .kills = true};
		_exit(ledger_open(&options, &ledger, NULL) == CA_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* checklist 70: the version before, or the one after. */
static void
survives_sudden_death(void **state)
{
	struct lab *l = *state;
	size_t before = 0, after = 0;
	int step;

	fill(l);
	for (step = 1; step < STEPS_MAX; step++) {
		int64_t version;

		make_old(l);
		if (open_and_die(l, step) == 0)
			break;
		version = lab_count(l, "PRAGMA user_version");
		assert_true(version >= 1 && version <= migrate_newest());
		before += version == 1;
		after += version > 1;
		lab_reopen(l, false);
		assert_int_equal(
		    lab_count(l, "PRAGMA user_version"), migrate_newest());
		lab_audit_clean(l);
	}
	assert_in_range(step, 5, STEPS_MAX - 1);
	assert_true(before > 0 && after > 0);
}

int
main(void)
{
#define WITH_LAB(test) \
	cmocka_unit_test_setup_teardown(test, lab_open, lab_close)
	const struct CMUnitTest tests[] = {
	    WITH_LAB(is_brought_up_and_goes_on),
	    WITH_LAB(what_was_kept_before_is_dropped_with_the_next),
	    WITH_LAB(survives_sudden_death),
	};

	if (fault_vfs_install() != SQLITE_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
