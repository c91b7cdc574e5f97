/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_sql: one SQL statement: prepare, put values, step, get values.
 *
 *	struct sql sql;
 *
 *	sql_open(&sql, ledger, "SELECT text FROM policy WHERE hash = ?");
 *	sql_put_bytes(&sql, hash);
 *	st = sql_next(&sql, &found, err);
 *	...
 *	sql_close(&sql);
 *
 * Values go to the statement's '?' in order. An error is kept until the first
 * sql_next(), which says what it was, so that putting needs no checks. What
 * is put must stay as it is until sql_close(). Statements are kept prepared
 * from one use to the next.
 *
 * It does not know one table from another, and builds no SQL.
 */
#ifndef DB_LEDGER_SQL_H
#define DB_LEDGER_SQL_H

#include "db/ledger_internal.h"

struct sql {
	struct ledger *ledger;
	sqlite3_stmt *stmt;
	struct ledger_statement *kept; /* NULL: finalised when closed */
	int at;                        /* the value put last, from 1 */
	int rc;                        /* the first error */
	bool damaged;                  /* a value got was not what it must be */
};

void sql_open(struct sql *sql, struct ledger *ledger, const char *text);
void sql_put_int(struct sql *sql, int64_t value);
void sql_put_id(struct sql *sql, int64_t id);         /* 0: NULL */
void sql_put_time(struct sql *sql, int64_t time);     /* LEDGER_NO_TIME: NULL */
void sql_put_text(struct sql *sql, const char *text); /* NULL: NULL */
void sql_put_string(struct sql *sql, struct ca_bytes text); /* never NULL */
void sql_put_bytes(struct sql *sql, struct ca_bytes bytes); /* empty: NULL */
/* Empty stays empty, where NULL would be something else. */
void sql_put_blob(struct sql *sql, struct ca_bytes bytes);

/* Goes to the next row; *ret_row false behind the last. */
CA_MUST_USE enum ca_status sql_next(
    struct sql *sql, bool *ret_row, struct ca_error *err);
/* Steps to the end and closes. */
CA_MUST_USE enum ca_status sql_run(struct sql *sql, struct ca_error *err);
/* sql_run(), and the first row's first column. *ret is left as it is when
 * there is no row. ret_found may be NULL. */
CA_MUST_USE enum ca_status sql_run_int(
    struct sql *sql, int64_t *ret, bool *ret_found, struct ca_error *err);
/* sql_run(), and whether it inserted or updated a row. */
CA_MUST_USE enum ca_status sql_run_changed(
    struct sql *sql, bool *ret_changed, struct ca_error *err);
/* After a row was got: CA_IO when a value in it could not be what it is. */
CA_MUST_USE enum ca_status sql_row_is_sound(
    struct sql *sql, const char *what, struct ca_error *err);
void sql_close(struct sql *sql);

/* Several statements in one text, without values. */
CA_MUST_USE enum ca_status sql_script(
    struct ledger *ledger, const char *text, struct ca_error *err);

/* Of the present row; columns count from 0. Views live until the next step. */
int64_t sql_int(struct sql *sql, int column);
int64_t sql_time(struct sql *sql, int column);     /* NULL: LEDGER_NO_TIME */
int sql_reason(struct sql *sql, int column);       /* NULL: 0 */
const char *sql_text(struct sql *sql, int column); /* never NULL */
struct ca_bytes sql_bytes(struct sql *sql, int column);
struct ca_bytes sql_hash(struct sql *sql, int column);   /* 32 or none */
struct ca_bytes sql_serial(struct sql *sql, int column); /* 0..20 */

#endif
