/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_sql.h"

static enum ca_status
last_number(
    struct ledger *ledger, int64_t issuer, int64_t *ret, struct ca_error *err)
{
	struct sql sql;
	bool found = false;
	int64_t number = 0;
	enum ca_status st;

	sql_open(&sql, ledger, "SELECT crl_number FROM authority WHERE id = ?");
	sql_put_int(&sql, issuer);
	if ((st = sql_run_int(&sql, &number, &found, err)) != CA_OK)
		return st;
	if (!found)
		return ca_fail(err, CA_NOT_FOUND,
		    "ledger: no authority with id %lld", (long long)issuer);
	*ret = number;
	return CA_OK;
}

enum ca_status
ledger_next_crl_number(
    struct ledger *ledger, int64_t issuer, int64_t *ret, struct ca_error *err)
{
	int64_t last = 0;
	enum ca_status st;

	if ((st = last_number(ledger, issuer, &last, err)) != CA_OK)
		return st;
	if (last < 0 || last == INT64_MAX)
		return ca_fail(err, CA_REFUSED,
		    "ledger: there is no CRL number behind %lld",
		    (long long)last);
	*ret = last + 1;
	return CA_OK;
}

/* ---- add ---- */

/* thisUpdate of the CRLs of an issuer's last number; LEDGER_NO_TIME when
 * there are none. */
static enum ca_status
newest_update(struct ledger *ledger, int64_t issuer, int64_t number,
    int64_t *ret, struct ca_error *err)
{
	struct sql sql;
	int64_t update = LEDGER_NO_TIME;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT this_update FROM crl WHERE issuer = ? AND number <= ?"
	    " ORDER BY number DESC LIMIT 1");
	sql_put_int(&sql, issuer);
	sql_put_int(&sql, number);
	st = sql_run_int(&sql, &update, NULL, err);
	if (st == CA_OK)
		*ret = update;
	return st;
}

/* One more of those that are published at once: the same date, and nothing
 * of its own kind yet. */
static enum ca_status
check_joins(struct ledger *ledger, const struct ledger_crl *row,
    int64_t last_update, struct ca_error *err)
{
	struct sql sql;
	int64_t ignored;
	bool found = false;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT 1 FROM crl WHERE issuer = ? AND number = ? AND point = ?"
	    " AND (base > 0) = (? > 0)");
	sql_put_int(&sql, row->issuer);
	sql_put_int(&sql, row->number);
	sql_put_int(&sql, row->point);
	sql_put_int(&sql, row->base);
	st = sql_run_int(&sql, &ignored, &found, err);
	if (st != CA_OK)
		return st;
	if (found || row->this_update != last_update)
		return ca_fail(err, CA_REFUSED,
		    "ledger: CRL number %lld after %lld: it must rise "
		    "(RFC 5280 5.2.3)",
		    (long long)row->number, (long long)row->number);
	return CA_OK;
}

static enum ca_status
check_rises(
    struct ledger *ledger, const struct ledger_crl *row, struct ca_error *err)
{
	int64_t number = 0, last = LEDGER_NO_TIME;
	enum ca_status st;

	if ((st = last_number(ledger, row->issuer, &number, err)) != CA_OK ||
	    (st = newest_update(ledger, row->issuer, number, &last, err)) !=
		CA_OK)
		return st;
	if (row->number < number)
		return ca_fail(err, CA_REFUSED,
		    "ledger: CRL number %lld after %lld: it must rise "
		    "(RFC 5280 5.2.3)",
		    (long long)row->number, (long long)number);
	if (row->number == number)
		return check_joins(ledger, row, last, err);
	if (last != LEDGER_NO_TIME && row->this_update <= last &&
	    !(row->may_go_back && row->this_update < last))
		return ca_fail(err, CA_REFUSED,
		    "ledger: CRL thisUpdate %lld after %lld: it must rise "
		    "(RFC 5280 5.1.2.4)",
		    (long long)row->this_update, (long long)last);
	return CA_OK;
}

/* checklist 93 */
static enum ca_status
check_base(
    struct ledger *ledger, const struct ledger_crl *row, struct ca_error *err)
{
	struct sql sql;
	int64_t ignored;
	bool found = false;
	enum ca_status st;

	if (row->base <= 0 || row->base >= row->number)
		return CA_OK; /* or the table's to refuse */
	sql_open(&sql, ledger,
	    "SELECT 1 FROM crl WHERE issuer = ? AND number = ? AND point = ?"
	    " AND base = 0");
	sql_put_int(&sql, row->issuer);
	sql_put_int(&sql, row->base);
	sql_put_int(&sql, row->point);
	st = sql_run_int(&sql, &ignored, &found, err);
	if (st == CA_OK && !found)
		st = ca_fail(err, CA_REFUSED,
		    "ledger: delta CRL %lld: its base %lld was not published "
		    "(RFC 5280 5.2.4)",
		    (long long)row->number, (long long)row->base);
	return st;
}

static enum ca_status
insert(
    struct ledger *ledger, const struct ledger_crl *row, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger,
	    "INSERT INTO crl (issuer, number, base, point, this_update,"
	    " next_update, entries, hash, der)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	sql_put_int(&sql, row->issuer);
	sql_put_int(&sql, row->number);
	sql_put_int(&sql, row->base);
	sql_put_int(&sql, row->point);
	sql_put_int(&sql, row->this_update);
	sql_put_int(&sql, row->next_update);
	sql_put_int(&sql, row->entries);
	sql_put_bytes(&sql, row->hash);
	sql_put_bytes(&sql, row->der);
	return sql_run(&sql, err);
}

static enum ca_status
set_last_number(
    struct ledger *ledger, int64_t issuer, int64_t number, struct ca_error *err)
{
	struct sql sql;

	sql_open(
	    &sql, ledger, "UPDATE authority SET crl_number = ? WHERE id = ?");
	sql_put_int(&sql, number);
	sql_put_int(&sql, issuer);
	return sql_run(&sql, err);
}

enum ca_status
ledger_raise_crl_number(struct ledger *ledger, int64_t issuer, int64_t last,
    bool *ret_changed, struct ca_error *err)
{
	int64_t present = 0;
	enum ca_status st;

	if ((st = ledger_must_write(ledger, err)) != CA_OK ||
	    (st = last_number(ledger, issuer, &present, err)) != CA_OK)
		return st;
	*ret_changed = last > present;
	return *ret_changed ? set_last_number(ledger, issuer, last, err) :
			      CA_OK;
}

/*
 * The DER of those that the new one has put out of use. A list of complete
 * CRLs and one of deltas are each as long as LEDGER_CRLS_KEPT; what these
 * deltas start from is beside them. The index crl_kept makes it a look at few
 * rows, however many there are. With its id the row is written anew: SQLite
 * would leave each alone on the page that the DER began on.
 */
#define KEPT(base)                                                \
	" FROM crl WHERE issuer = ? AND point = ? AND base " base \
	" AND der IS NOT NULL ORDER BY number DESC LIMIT ?"

static enum ca_status
drop_old(
    struct ledger *ledger, const struct ledger_crl *row, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger,
	    "UPDATE crl SET id = id, der = NULL"
	    " WHERE issuer = ? AND point = ? AND der IS NOT NULL"
	    " AND id NOT IN (SELECT id" KEPT(
		"= 0") ")"
		       " AND id NOT IN (SELECT id" KEPT(
			   "> 0") ")"
				  " AND NOT (base = 0 AND number IN (SELECT "
				  "base" KEPT("> 0") "))");
	sql_put_int(&sql, row->issuer);
	sql_put_int(&sql, row->point);
	for (int i = 0; i < 3; i++) {
		sql_put_int(&sql, row->issuer);
		sql_put_int(&sql, row->point);
		sql_put_int(&sql, LEDGER_CRLS_KEPT);
	}
	return sql_run(&sql, err);
}

enum ca_status
ledger_add_crl(
    struct ledger *ledger, const struct ledger_crl *row, struct ca_error *err)
{
	enum ca_status st;

	if ((st = ledger_must_write(ledger, err)) != CA_OK ||
	    (st = check_rises(ledger, row, err)) != CA_OK ||
	    (st = check_base(ledger, row, err)) != CA_OK ||
	    (st = insert(ledger, row, err)) != CA_OK ||
	    (st = drop_old(ledger, row, err)) != CA_OK)
		return st;
	return set_last_number(ledger, row->issuer, row->number, err);
}

/* ---- read ---- */

#define SELECT_AND(der)                                                     \
	"SELECT id, issuer, number, base, point, this_update, next_update," \
	" entries, hash, " der " FROM crl"
#define SELECT_ANY SELECT_AND("der")
#define SELECT_CRL SELECT_ANY " WHERE issuer = ?"
#define NEWEST                                                 \
	" WHERE issuer = ?"                                    \
	" AND (? = 2 OR (point = ? AND (base > 0) = (? = 1)))" \
	" AND (? = 0 OR base = ?) AND number < ?"              \
	" ORDER BY number DESC LIMIT 1"

static enum ca_status
walk(struct sql *sql, ledger_crl_fn *fn, void *ctx, size_t *ret_count,
    struct ca_error *err)
{
	bool row;
	enum ca_status st;

	while ((st = sql_next(sql, &row, err)) == CA_OK && row) {
		struct ledger_crl crl = {
		    .id = sql_int(sql, 0),
		    .issuer = sql_int(sql, 1),
		    .number = sql_int(sql, 2),
		    .base = sql_int(sql, 3),
		    .point = sql_int(sql, 4),
		    .this_update = sql_int(sql, 5),
		    .next_update = sql_int(sql, 6),
		    .entries = sql_int(sql, 7),
		    .hash = sql_hash(sql, 8),
		    .der = sql_bytes(sql, 9),
		};

		if ((st = sql_row_is_sound(sql, "crl", err)) != CA_OK ||
		    (st = fn(ctx, &crl)) != CA_OK)
			break;
		++*ret_count;
	}
	sql_close(sql);
	return st;
}

enum ca_status
ledger_find_crl(struct ledger *ledger, const struct ledger_crl_query *query,
    ledger_crl_fn *fn, void *ctx, struct ca_error *err)
{
	struct sql sql;
	size_t count = 0;
	enum ca_status st;

	sql_open(&sql, ledger,
	    query->without_der ? SELECT_AND("NULL") NEWEST : SELECT_ANY NEWEST);
	sql_put_int(&sql, query->issuer);
	sql_put_int(&sql, (int64_t)query->kind);
	sql_put_int(&sql, query->point);
	sql_put_int(&sql, (int64_t)query->kind);
	sql_put_int(&sql, query->base);
	sql_put_int(&sql, query->base);
	sql_put_int(&sql, query->below == 0 ? INT64_MAX : query->below);
	st = walk(&sql, fn, ctx, &count, err);
	if (st == CA_OK && count == 0)
		st = ca_fail(err, CA_NOT_FOUND,
		    "ledger: authority %lld has published no %sCRL",
		    (long long)query->issuer,
		    query->kind == LEDGER_CRL_DELTA ? "such delta " : "");
	return st;
}

enum ca_status
ledger_last_crl(struct ledger *ledger, int64_t issuer, ledger_crl_fn *fn,
    void *ctx, struct ca_error *err)
{
	const struct ledger_crl_query query = {
	    .issuer = issuer, .kind = LEDGER_CRL_FULL};

	return ledger_find_crl(ledger, &query, fn, ctx, err);
}

enum ca_status
ledger_each_crl_numbered(struct ledger *ledger, int64_t issuer, int64_t number,
    ledger_crl_fn *fn, void *ctx, struct ca_error *err)
{
	struct sql sql;
	size_t count = 0;

	sql_open(
	    &sql, ledger, SELECT_CRL " AND number = ? ORDER BY point, base");
	sql_put_int(&sql, issuer);
	sql_put_int(&sql, number);
	return walk(&sql, fn, ctx, &count, err);
}

enum ca_status
ledger_each_crl_beside(struct ledger *ledger, int64_t issuer, int64_t number,
    bool delta, ledger_crl_fn *fn, void *ctx, struct ca_error *err)
{
	struct sql sql;
	size_t count = 0;

	sql_open(&sql, ledger,
	    SELECT_CRL " AND number = ? AND (point > 0 OR (base > 0) <> ?)"
		       " ORDER BY point, base");
	sql_put_int(&sql, issuer);
	sql_put_int(&sql, number);
	sql_put_int(&sql, delta);
	return walk(&sql, fn, ctx, &count, err);
}

enum ca_status
ledger_each_crl(struct ledger *ledger, int64_t issuer, ledger_crl_fn *fn,
    void *ctx, struct ca_error *err)
{
	struct sql sql;
	size_t count = 0;

	sql_open(&sql, ledger, SELECT_CRL " ORDER BY number, point, base");
	sql_put_int(&sql, issuer);
	return walk(&sql, fn, ctx, &count, err);
}

enum ca_status
ledger_each_crl_hashed(struct ledger *ledger, struct ca_bytes hash,
    ledger_crl_fn *fn, void *ctx, struct ca_error *err)
{
	struct sql sql;
	size_t count = 0;

	sql_open(&sql, ledger, SELECT_ANY " WHERE hash = ? ORDER BY id");
	sql_put_bytes(&sql, hash);
	return walk(&sql, fn, ctx, &count, err);
}
