/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_sql.h"

#include <string.h>

/* Both answer with rows of complaints; the first also says "ok". A file too
 * damaged to be walked is a complaint as well. */
static enum ca_status
run_check(struct ledger *ledger, const char *text, struct ca_error *err)
{
	struct ca_error inner = {0};
	struct sql sql;
	bool row = false;
	enum ca_status st;

	sql_open(&sql, ledger, text);
	st = sql_next(&sql, &row, &inner);
	if (st == CA_BUSY || st == CA_MEMORY)
		(void)ca_fail(err, st, "%s", inner.msg);
	else if (st != CA_OK)
		st = ca_fail(err, CA_UNTRUSTED, "%s", inner.msg);
	else if (row && strcmp(sql_text(&sql, 0), "ok") != 0)
		st = ca_fail(err, CA_UNTRUSTED,
		    "ledger: %s: %s %s: damaged or edited; restore a backup",
		    ledger->path, sql_text(&sql, 0), sql_text(&sql, 1));
	sql_close(&sql);
	return st;
}

enum ca_status
ledger_check_pages(struct ledger *ledger, struct ca_error *err)
{
	return run_check(ledger, "PRAGMA quick_check(1)", err);
}

enum ca_status
ledger_check_integrity(struct ledger *ledger, struct ca_error *err)
{
	enum ca_status st;

	st = run_check(ledger, "PRAGMA integrity_check(1)", err);
	if (st != CA_OK)
		return st;
	return run_check(ledger, "PRAGMA foreign_key_check", err);
}
