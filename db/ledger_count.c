/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_sql.h"

/* Each count is a walk along an index; no row is read that has a blob. What
 * is both expired and something else is counted as that. */
enum ca_status
ledger_count(struct ledger *ledger, int64_t now, struct ledger_counts *ret,
    struct ca_error *err)
{
	struct ledger_counts counts = {0};
	int64_t all = 0, ended = 0, also_revoked = 0, also_intended = 0;
	struct sql sql;
	bool row;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT (SELECT count(*) FROM certificate),"
	    " (SELECT count(*) FROM certificate WHERE not_after < ?),"
	    " revoked.c, revoked.e, intended.c, intended.e FROM"
	    " (SELECT count(*) AS c, count(*) FILTER (WHERE not_after < ?) AS e"
	    "  FROM revocation) revoked,"
	    " (SELECT count(*) AS c, count(*) FILTER (WHERE not_after < ?) AS e"
	    "  FROM certificate c WHERE state = 1 AND NOT EXISTS"
	    "  (SELECT 1 FROM revocation r WHERE r.certificate = c.id)"
	    " ) intended");
	for (int i = 0; i < 3; i++)
		sql_put_int(&sql, now);
	if ((st = sql_next(&sql, &row, err)) != CA_OK || !row)
		goto out;
	all = sql_int(&sql, 0);
	ended = sql_int(&sql, 1);
	counts.revoked = sql_int(&sql, 2);
	also_revoked = sql_int(&sql, 3);
	counts.intended = sql_int(&sql, 4);
	also_intended = sql_int(&sql, 5);
	counts.expired = ended - also_revoked - also_intended;
	counts.valid = all - counts.expired - counts.revoked - counts.intended;
	*ret = counts;
out:
	sql_close(&sql);
	return st;
}

enum ca_status
ledger_last_cert(struct ledger *ledger, int64_t *ret, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger, "SELECT coalesce(max(id), 0) FROM certificate");
	return sql_run_int(&sql, ret, NULL, err);
}
