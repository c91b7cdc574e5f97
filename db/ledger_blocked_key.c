/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_sql.h"

enum ca_status
ledger_block_key(struct ledger *ledger, struct ca_bytes spki_hash, int64_t now,
    bool *ret_changed, struct ca_error *err)
{
	struct sql sql;
	bool blocked = false;
	enum ca_status st;

	if ((st = ledger_must_write(ledger, err)) != CA_OK ||
	    (st = ledger_key_is_blocked(ledger, spki_hash, &blocked, err)) !=
		CA_OK)
		return st;
	if (!blocked) {
		sql_open(&sql, ledger,
		    "INSERT INTO blocked_key (spki_hash, created)"
		    " VALUES (?, ?)");
		sql_put_bytes(&sql, spki_hash);
		sql_put_int(&sql, now);
		if ((st = sql_run(&sql, err)) != CA_OK)
			return st;
	}
	*ret_changed = !blocked;
	return CA_OK;
}

enum ca_status
ledger_key_is_blocked(struct ledger *ledger, struct ca_bytes spki_hash,
    bool *ret, struct ca_error *err)
{
	struct sql sql;
	bool found = false;
	int64_t ignored;
	enum ca_status st;

	sql_open(&sql, ledger, "SELECT 1 FROM blocked_key WHERE spki_hash = ?");
	sql_put_bytes(&sql, spki_hash);
	st = sql_run_int(&sql, &ignored, &found, err);
	if (st == CA_OK)
		*ret = found;
	return st;
}

enum ca_status
ledger_each_blocked_key(struct ledger *ledger, ledger_blocked_key_fn *fn,
    void *ctx, struct ca_error *err)
{
	struct sql sql;
	bool row;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT spki_hash, created FROM blocked_key ORDER BY spki_hash");
	while ((st = sql_next(&sql, &row, err)) == CA_OK && row) {
		struct ca_bytes hash = sql_hash(&sql, 0);
		int64_t created = sql_int(&sql, 1);

		if ((st = sql_row_is_sound(&sql, "blocked_key", err)) !=
			CA_OK ||
		    (st = fn(ctx, hash, created)) != CA_OK)
			break;
	}
	sql_close(&sql);
	return st;
}
