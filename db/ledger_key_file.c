/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_sql.h"

enum ca_status
ledger_put_key_file(struct ledger *ledger, const char *ref,
    struct ca_bytes hash, struct ca_bytes spki_hash, int64_t now,
    struct ca_error *err)
{
	struct sql sql;
	enum ca_status st;

	if ((st = ledger_must_write(ledger, err)) != CA_OK)
		return st;
	sql_open(&sql, ledger,
	    "INSERT INTO key_file (ref, hash, spki_hash, updated)"
	    " VALUES (?, ?, ?, ?) ON CONFLICT (ref) DO UPDATE SET"
	    " hash = excluded.hash, spki_hash = excluded.spki_hash,"
	    " updated = excluded.updated");
	sql_put_text(&sql, ref);
	sql_put_bytes(&sql, hash);
	sql_put_bytes(&sql, spki_hash);
	sql_put_int(&sql, now);
	return sql_run(&sql, err);
}

enum ca_status
ledger_get_key_file(struct ledger *ledger, const char *ref,
    struct ca_buf *ret_hash, struct ca_error *err)
{
	struct sql sql;
	struct ca_bytes hash;
	bool row;
	enum ca_status st;

	sql_open(&sql, ledger, "SELECT hash FROM key_file WHERE ref = ?");
	sql_put_text(&sql, ref);
	if ((st = sql_next(&sql, &row, err)) != CA_OK)
		goto out;
	if (!row) {
		st = ca_fail(err, CA_NOT_FOUND,
		    "ledger: no key file %s was recorded", ref);
		goto out;
	}
	hash = sql_hash(&sql, 0);
	if ((st = sql_row_is_sound(&sql, "key_file", err)) != CA_OK)
		goto out;
	if (ca_buf_append(ret_hash, hash) != CA_OK)
		st = ca_fail(err, CA_MEMORY, "ledger: out of memory");
out:
	sql_close(&sql);
	return st;
}

enum ca_status
ledger_each_key_file(struct ledger *ledger, ledger_key_file_fn *fn, void *ctx,
    struct ca_error *err)
{
	struct sql sql;
	bool row;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT ref, hash, spki_hash, updated FROM key_file ORDER BY ref");
	while ((st = sql_next(&sql, &row, err)) == CA_OK && row) {
		struct ledger_key_file file = {
		    .ref = sql_text(&sql, 0),
		    .hash = sql_hash(&sql, 1),
		    .spki_hash = sql_hash(&sql, 2),
		    .updated = sql_int(&sql, 3),
		};

		if ((st = sql_row_is_sound(&sql, "key_file", err)) != CA_OK ||
		    (st = fn(ctx, &file)) != CA_OK)
			break;
	}
	sql_close(&sql);
	return st;
}
