/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_sql.h"

#include <errno.h>
#include <string.h>

static struct ledger_statement *
find_kept(struct ledger *ledger, const char *text)
{
	for (size_t i = 0; i < ledger->statement_count; i++) {
		struct ledger_statement *kept = &ledger->statements[i];

		if (!kept->in_use && strcmp(sqlite3_sql(kept->stmt), text) == 0)
			return kept;
	}
	return NULL;
}

static struct ledger_statement *
keep(struct ledger *ledger, sqlite3_stmt *stmt)
{
	struct ledger_statement *kept;

	if (stmt == NULL || ledger->statement_count == LEDGER_STATEMENTS)
		return NULL;
	kept = &ledger->statements[ledger->statement_count++];
	kept->stmt = stmt;
	return kept;
}

void
sql_open(struct sql *sql, struct ledger *ledger, const char *text)
{
	*sql = (struct sql){.ledger = ledger};
	sql->kept = find_kept(ledger, text);
	if (sql->kept == NULL) {
		sql->rc = sqlite3_prepare_v3(ledger->db, text, -1,
		    SQLITE_PREPARE_PERSISTENT, &sql->stmt, NULL);
		sql->kept = keep(ledger, sql->stmt);
	}
	if (sql->kept != NULL) {
		sql->stmt = sql->kept->stmt;
		sql->kept->in_use = true;
	}
}

static void
put(struct sql *sql, int rc)
{
	if (sql->rc == SQLITE_OK)
		sql->rc = rc;
}

void
sql_put_int(struct sql *sql, int64_t value)
{
	put(sql, sqlite3_bind_int64(sql->stmt, ++sql->at, value));
}

void
sql_put_id(struct sql *sql, int64_t id)
{
	if (id == 0)
		put(sql, sqlite3_bind_null(sql->stmt, ++sql->at));
	else
		sql_put_int(sql, id);
}

void
sql_put_time(struct sql *sql, int64_t time)
{
	if (time == LEDGER_NO_TIME)
		put(sql, sqlite3_bind_null(sql->stmt, ++sql->at));
	else
		sql_put_int(sql, time);
}

void
sql_put_text(struct sql *sql, const char *text)
{
	put(sql,
	    sqlite3_bind_text(sql->stmt, ++sql->at, text, -1, SQLITE_STATIC));
}

void
sql_put_string(struct sql *sql, struct ca_bytes text)
{
	put(sql,
	    sqlite3_bind_text64(sql->stmt, ++sql->at,
		text.len == 0 ? "" : (const char *)text.data, text.len,
		SQLITE_STATIC, SQLITE_UTF8));
}

void
sql_put_bytes(struct sql *sql, struct ca_bytes bytes)
{
	put(sql,
	    sqlite3_bind_blob64(sql->stmt, ++sql->at,
		bytes.len == 0 ? NULL : bytes.data, bytes.len, SQLITE_STATIC));
}

void
sql_put_blob(struct sql *sql, struct ca_bytes bytes)
{
	if (bytes.len == 0)
		put(sql, sqlite3_bind_zeroblob(sql->stmt, ++sql->at, 0));
	else
		sql_put_bytes(sql, bytes);
}

enum ca_status
sql_next(struct sql *sql, bool *ret_row, struct ca_error *err)
{
	if (sql->rc == SQLITE_OK || sql->rc == SQLITE_ROW) {
		errno = 0;
		sql->rc = sqlite3_step(sql->stmt);
	}
	if (sql->rc != SQLITE_ROW && sql->rc != SQLITE_DONE)
		return ledger_fail(sql->ledger, sql->rc, err);
	*ret_row = sql->rc == SQLITE_ROW;
	return CA_OK;
}

enum ca_status
sql_run(struct sql *sql, struct ca_error *err)
{
	int64_t ignored;

	return sql_run_int(sql, &ignored, NULL, err);
}

/* Stepped to its end, as what a statement changes is checked against the
 * foreign keys there. */
enum ca_status
sql_run_int(
    struct sql *sql, int64_t *ret, bool *ret_found, struct ca_error *err)
{
	bool row = false, found = false;
	int64_t value = 0;
	enum ca_status st;

	while ((st = sql_next(sql, &row, err)) == CA_OK && row) {
		if (!found)
			value = sql_int(sql, 0);
		found = true;
	}
	sql_close(sql);
	if (st != CA_OK)
		return st;
	if (found)
		*ret = value;
	if (ret_found != NULL)
		*ret_found = found;
	return CA_OK;
}

enum ca_status
sql_run_changed(struct sql *sql, bool *ret_changed, struct ca_error *err)
{
	sqlite3 *db = sql->ledger->db;
	enum ca_status st = sql_run(sql, err);

	if (st == CA_OK)
		*ret_changed = sqlite3_changes64(db) > 0;
	return st;
}

enum ca_status
sql_row_is_sound(struct sql *sql, const char *what, struct ca_error *err)
{
	if (sql->rc != SQLITE_ROW)
		return ledger_fail(sql->ledger, sql->rc, err);
	if (!sql->damaged)
		return CA_OK;
	return ledger_fail_damaged(sql->ledger, what, err);
}

void
sql_close(struct sql *sql)
{
	if (sql->kept == NULL) {
		(void)sqlite3_finalize(sql->stmt);
	} else {
		(void)sqlite3_reset(sql->stmt);
		(void)sqlite3_clear_bindings(sql->stmt);
		sql->kept->in_use = false;
	}
	*sql = (struct sql){0};
}

enum ca_status
sql_script(struct ledger *ledger, const char *text, struct ca_error *err)
{
	int rc;

	errno = 0;
	rc = sqlite3_exec(ledger->db, text, NULL, NULL, NULL);
	return rc == SQLITE_OK ? CA_OK : ledger_fail(ledger, rc, err);
}

int64_t
sql_int(struct sql *sql, int column)
{
	return sqlite3_column_int64(sql->stmt, column);
}

int64_t
sql_time(struct sql *sql, int column)
{
	if (sqlite3_column_type(sql->stmt, column) == SQLITE_NULL)
		return LEDGER_NO_TIME;
	return sqlite3_column_int64(sql->stmt, column);
}

int
sql_reason(struct sql *sql, int column)
{
	int64_t reason = sqlite3_column_int64(sql->stmt, column);

	if (reason < 0 || reason > 10) {
		sql->damaged = true;
		return 0;
	}
	return (int)reason;
}

const char *
sql_text(struct sql *sql, int column)
{
	int type = sqlite3_column_type(sql->stmt, column);
	const unsigned char *text = sqlite3_column_text(sql->stmt, column);

	if (text == NULL && type != SQLITE_NULL)
		sql->rc = SQLITE_NOMEM;
	return text == NULL ? "" : (const char *)text;
}

struct ca_bytes
sql_bytes(struct sql *sql, int column)
{
	struct ca_bytes bytes = {0};

	bytes.data = sqlite3_column_blob(sql->stmt, column);
	if (bytes.data != NULL)
		bytes.len = (size_t)sqlite3_column_bytes(sql->stmt, column);
	return bytes;
}

struct ca_bytes
sql_hash(struct sql *sql, int column)
{
	struct ca_bytes hash = sql_bytes(sql, column);

	if (hash.len != 0 && hash.len != LEDGER_HASH_LEN) {
		sql->damaged = true;
		hash = (struct ca_bytes){0};
	}
	return hash;
}

struct ca_bytes
sql_serial(struct sql *sql, int column)
{
	struct ca_bytes serial = sql_bytes(sql, column);

	if (serial.len > LEDGER_SERIAL_MAX) {
		sql->damaged = true;
		serial = (struct ca_bytes){0};
	}
	return serial;
}
