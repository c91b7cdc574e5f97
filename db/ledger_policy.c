/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_sql.h"

enum ca_status
ledger_put_policy(struct ledger *ledger, struct ca_bytes hash, const char *name,
    struct ca_bytes text, int64_t now, struct ca_error *err)
{
	struct sql sql;
	enum ca_status st;

	if ((st = ledger_must_write(ledger, err)) != CA_OK)
		return st;
	sql_open(&sql, ledger,
	    "INSERT INTO policy (hash, name, text, created)"
	    " VALUES (?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING");
	sql_put_bytes(&sql, hash);
	sql_put_text(&sql, name);
	sql_put_blob(&sql, text);
	sql_put_int(&sql, now);
	return sql_run(&sql, err);
}

enum ca_status
ledger_get_policy(struct ledger *ledger, struct ca_bytes hash,
    struct ca_buf *ret_text, struct ca_error *err)
{
	struct sql sql;
	bool row;
	enum ca_status st;

	sql_open(&sql, ledger, "SELECT text FROM policy WHERE hash = ?");
	sql_put_bytes(&sql, hash);
	if ((st = sql_next(&sql, &row, err)) != CA_OK)
		goto out;
	if (!row)
		st = ca_fail(
		    err, CA_NOT_FOUND, "ledger: no policy text with this hash");
	else if (ca_buf_append(ret_text, sql_bytes(&sql, 0)) != CA_OK)
		st = ca_fail(err, CA_MEMORY, "ledger: out of memory");
out:
	sql_close(&sql);
	return st;
}

enum ca_status
ledger_each_policy(struct ledger *ledger, ledger_policy_fn *fn, void *ctx,
    struct ca_error *err)
{
	struct sql sql;
	bool row;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT hash, name, text, created FROM policy ORDER BY hash");
	while ((st = sql_next(&sql, &row, err)) == CA_OK && row) {
		struct ledger_policy policy = {
		    .hash = sql_hash(&sql, 0),
		    .name = sql_text(&sql, 1),
		    .text = sql_bytes(&sql, 2),
		    .created = sql_int(&sql, 3),
		};

		if ((st = sql_row_is_sound(&sql, "policy", err)) != CA_OK ||
		    (st = fn(ctx, &policy)) != CA_OK)
			break;
	}
	sql_close(&sql);
	return st;
}
