/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_place.h"
#include "db/ledger_sql.h"
#include "db/ledger_tail.h"

enum ca_status
ledger_data_version(struct ledger *ledger, int64_t *ret, struct ca_error *err)
{
	struct ledger_place *place = &ledger->place;
	struct sql sql;
	enum ca_status st = ledger_check_place(ledger, err);

	if (st != CA_OK)
		return st;
	sql_open(&sql, ledger, "PRAGMA data_version");
	st = sql_run_int(&sql, ret, NULL, err);
	if (st == CA_OK && (!place->has_version || place->version != *ret)) {
		ledger_witness_look(ledger);
		place->version = *ret;
		place->has_version = true;
	}
	return st;
}

/* not_after stands before the blobs of its row, so that no more of the row is
 * read than its first page. */
enum ca_status
ledger_cert_status(struct ledger *ledger, int64_t issuer,
    struct ca_bytes serial, struct ledger_status *ret, struct ca_error *err)
{
	struct ledger_status status = {.revoked_at = LEDGER_NO_TIME};
	struct sql sql;
	bool row;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT c.not_after, r.revoked_at, r.reason FROM certificate c"
	    " LEFT JOIN revocation r ON r.issuer = c.issuer"
	    " AND r.serial_length = length(c.serial) AND r.serial = c.serial"
	    " WHERE c.serial = ? AND c.issuer = ?");
	sql_put_blob(&sql, ledger_magnitude(serial));
	sql_put_int(&sql, issuer);
	if ((st = sql_next(&sql, &row, err)) != CA_OK)
		goto out;
	if (row) {
		status.known = true;
		status.not_after = sql_int(&sql, 0);
		status.revoked_at = sql_time(&sql, 1);
		status.reason = sql_reason(&sql, 2);
		if ((st = sql_row_is_sound(&sql, "revocation", err)) != CA_OK)
			goto out;
	}
	*ret = status;
out:
	sql_close(&sql);
	return st;
}
