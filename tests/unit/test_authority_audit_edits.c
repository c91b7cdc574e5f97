/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * checklist 81: every column of every table, as the schema has them, is edited
 * in every row, set to NULL, and every row is deleted, one at a time; audit
 * names each, save what is listed here with its reason. A table or a column
 * that is added later is tried without a word here.
 */
#include "cli/file.h"
#include "tests/unit/audit_fixture.h"

enum kind {
	EDITED = 1,
	EMPTIED = 2, /* NULL */
	DELETED = 4
};

/* What may go unnoticed in some row, and why. Each must, or it goes. */
static const struct quiet {
	const char *table, *column;
	unsigned kinds;
	const char *why;
} quiet[] = {
    {"event", "actor", EDITED, "it is not in the leaf"},
    {"checkpoint", "created", EDITED, "the note has no date"},
    {"crl", "id", EDITED, "it is nowhere used"},
    {"crl", "next_update", EDITED, "of a CRL whose DER is dropped"},
    {"crl", "entries", EDITED, "of a CRL whose DER is dropped"},
    {"key_file", "hash", EDITED, "of a key that is not here"},
    {"key_file", "ref", EDITED, "of a key that is not here"},
    {"key_file", "", DELETED, "of a key that is not here"},
};

struct column {
	char name[48], type[16];
	bool must; /* NOT NULL */
};

struct table {
	char name[48];
	char key[200]; /* "a, b" */
	struct column columns[32];
	size_t count;
	int64_t rows;
};

struct attempts {
	struct lab *l;
	struct ca_buf saved; /* the ledger's file */
	size_t made, refused, unnoticed;
	bool quiet_used[COUNT(quiet)];
};

/* ---- the schema ---- */

static void
read_columns(sqlite3 *db, struct table *table)
{
	sqlite3_stmt *stmt;
	char sql[200];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT name, type, \"notnull\", pk FROM pragma_table_info('%s')"
	    " ORDER BY pk",
	    table->name);
	assert_int_equal(
	    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		struct column *column = &table->columns[table->count++];
		size_t len = strlen(table->key);

		assert_true(table->count <= COUNT(table->columns));
		(void)snprintf(column->name, sizeof(column->name), "%s",
		    (const char *)sqlite3_column_text(stmt, 0));
		(void)snprintf(column->type, sizeof(column->type), "%s",
		    (const char *)sqlite3_column_text(stmt, 1));
		column->must = sqlite3_column_int(stmt, 2) != 0;
		if (sqlite3_column_int(stmt, 3) > 0)
			(void)snprintf(table->key + len,
			    sizeof(table->key) - len, "%s%s",
			    len > 0 ? ", " : "", column->name);
	}
	(void)sqlite3_finalize(stmt);
	assert_true(table->key[0] != '\0');
}

static size_t
read_tables(struct lab *l, struct table *tables, size_t room)
{
	sqlite3_stmt *stmt;
	sqlite3 *db;
	size_t count = 0;

	assert_int_equal(sqlite3_open(l->ledger_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
			     "SELECT name FROM sqlite_schema"
			     " WHERE type = 'table'"
			     " AND name NOT LIKE 'sqlite%' ORDER BY name",
			     -1, &stmt, NULL),
	    SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		struct table *table = &tables[count++];
		char sql[100];

		assert_true(count <= room);
		*table = (struct table){0};
		(void)snprintf(table->name, sizeof(table->name), "%s",
		    (const char *)sqlite3_column_text(stmt, 0));
		read_columns(db, table);
		(void)snprintf(
		    sql, sizeof(sql), "SELECT count(*) FROM %s", table->name);
		table->rows = lab_count(l, sql);
	}
	(void)sqlite3_finalize(stmt);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return count;
}

/* ---- one attempt ---- */

static void
save(struct attempts *attempts)
{
	lab_sql(attempts->l, "PRAGMA wal_checkpoint(TRUNCATE)");
	LAB_OK(attempts->l,
	    file_read(attempts->l->ledger_path, SIZE_MAX / 2, &attempts->saved,
		&attempts->l->err));
}

/* As it was, under a handle that was not there meanwhile. */
static void
restore(struct attempts *attempts)
{
	struct lab *l = attempts->l;
	char beside[400];
	FILE *file;

	signer_done(&l->signer);
	authority_close(l->a);
	l->a = NULL;
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(beside, sizeof(beside), "%s%s", l->ledger_path,
		    i == 0 ? "-wal" : "-shm");
		(void)unlink(beside);
	}
	assert_non_null(file = fopen(l->ledger_path, "wb"));
	assert_int_equal(
	    fwrite(attempts->saved.data, 1, attempts->saved.len, file),
	    attempts->saved.len);
	assert_int_equal(fclose(file), 0);
	lab_reopen(l, true);
}

/* Whoever has the file can turn off what guards it; not what keeps rows
 * apart, nor a column's type: false then. */
static bool
edit(struct lab *l, const char *sql)
{
	sqlite3 *db;
	bool done;

	assert_int_equal(sqlite3_open(l->ledger_path, &db), SQLITE_OK);
	done = sqlite3_exec(db,
		   "PRAGMA foreign_keys = OFF;"
		   "PRAGMA ignore_check_constraints = ON",
		   NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_changes(db) == 1;
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return done;
}

static bool
may_be_quiet(struct attempts *attempts, const struct table *table,
    const char *column, enum kind kind)
{
	for (size_t i = 0; i < COUNT(quiet); i++)
		if (strcmp(quiet[i].table, table->name) == 0 &&
		    strcmp(quiet[i].column, column) == 0 &&
		    (quiet[i].kinds & kind) != 0) {
			attempts->quiet_used[i] = true;
			return true;
		}
	return false;
}

/* It is named: a fault, or at least a note. */
static bool
is_noticed(struct lab *l)
{
	struct findings f;
	enum ca_status st = lab_audit(l, &f);

	l->err = (struct ca_error){0};
	/* The orphan of the fixture is told of in any case. */
	return st != CA_OK || f.report.notes > 0;
}

static void
attempt(struct attempts *attempts, const struct table *table,
    const char *column, enum kind kind, const char *sql, int64_t row)
{
	struct lab *l = attempts->l;

	if (!edit(l, sql)) {
		attempts->refused++;
		return;
	}
	attempts->made++;
	if (!is_noticed(l) && !may_be_quiet(attempts, table, column, kind)) {
		print_message("unnoticed: %s.%s, row %lld: %s\n", table->name,
		    column, (long long)row, sql);
		attempts->unnoticed++;
	}
	restore(attempts);
}

/* ---- all of them ---- */

/* Another value of the column's type. */
static const char *
other_value(const struct column *column)
{
	if (strcmp(column->type, "INTEGER") == 0)
		return "ifnull(%s + 1, 1)";
	if (strcmp(column->type, "TEXT") == 0)
		return "ifnull(%s || 'x', 'x')";
	return "CAST(ifnull(substr(%s, 1, length(%s) - 1) ||"
	       " CASE substr(%s, -1) WHEN x'00' THEN x'01' ELSE x'00' END,"
	       " zeroblob(32)) AS BLOB)";
}

static void
try_column(struct attempts *attempts, const struct table *table,
    const struct column *column, int64_t row)
{
	char value[400], where[1000], sql[1600];
	const char *name = column->name, *format = other_value(column);
	size_t at = 0;

	/* The name in place of each %s. */
	for (const char *c = format; *c != '\0';) {
		bool here = strncmp(c, "%s", 2) == 0;
		int len = here ?
		    snprintf(value + at, sizeof(value) - at, "%s", name) :
		    snprintf(value + at, sizeof(value) - at, "%c", *c);

		at += (size_t)len;
		c += here ? 2 : 1;
	}
	(void)snprintf(where, sizeof(where),
	    "WHERE (%s) = (SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET %lld)",
	    table->key, table->key, table->name, table->key, (long long)row);
	(void)snprintf(sql, sizeof(sql), "UPDATE %s SET %s = %s %s",
	    table->name, name, value, where);
	attempt(attempts, table, name, EDITED, sql, row);
	if (column->must)
		return;
	(void)snprintf(sql, sizeof(sql),
	    "UPDATE %s SET %s = NULL %s AND %s IS NOT NULL", table->name, name,
	    where, name);
	attempt(attempts, table, name, EMPTIED, sql, row);
}

static void
try_table(struct attempts *attempts, const struct table *table)
{
	char sql[800];

	for (int64_t row = 0; row < table->rows; row++) {
		for (size_t i = 0; i < table->count; i++)
			try_column(attempts, table, &table->columns[i], row);
		(void)snprintf(sql, sizeof(sql),
		    "DELETE FROM %s WHERE (%s) = (SELECT %s FROM %s"
		    " ORDER BY %s LIMIT 1 OFFSET %lld)",
		    table->name, table->key, table->key, table->name,
		    table->key, (long long)row);
		attempt(attempts, table, "", DELETED, sql, row);
	}
}

static void
any_edit_is_named(void **state)
{
	struct lab *l = *state;
	struct attempts attempts = {.l = l};
	struct table *tables = calloc(32, sizeof(*tables));
	size_t count, columns = 0;

	assert_non_null(tables);
	fill(l);
	save(&attempts);
	restore(&attempts);
	assert_false(is_noticed(l));
	count = read_tables(l, tables, 32);
	for (size_t i = 0; i < count; i++) {
		if (tables[i].rows == 0)
			fail_msg("%s has no row to edit", tables[i].name);
		columns += tables[i].count;
		try_table(&attempts, &tables[i]);
	}
	print_message("%zu tables, %zu columns: %zu edits, %zu refused\n",
	    count, columns, attempts.made, attempts.refused);
	for (size_t i = 0; i < COUNT(quiet); i++)
		if (!attempts.quiet_used[i])
			fail_msg("%s.%s is noticed: take it off the list",
			    quiet[i].table, quiet[i].column);
	assert_int_equal(attempts.unnoticed, 0);
	assert_true(attempts.made > 10 * columns / 2);
	free(tables);
	ca_buf_free(&attempts.saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		any_edit_is_named, lab_open, lab_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
