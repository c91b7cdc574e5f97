/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_sql.h"

/* CRLReason, RFC 5280 5.3.1. */
enum {
	REASON_UNSPECIFIED = 0,
	REASON_KEY_COMPROMISE = 1,
	REASON_HOLD = 6,
	REASON_UNUSED = 7,
	REASON_REMOVE = 8,
	REASON_LAST = 10,
	NOT_REVOKED = -1
};

/* The reason a certificate was revoked for until now. */
static enum ca_status
present_reason(struct ledger *ledger, int64_t certificate, int64_t *ret,
    struct ca_error *err)
{
	struct sql sql;
	int64_t reason = 0;
	bool found = false;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT coalesce(r.reason, -1) FROM certificate c"
	    " LEFT JOIN revocation r ON r.certificate = c.id WHERE c.id = ?");
	sql_put_int(&sql, certificate);
	if ((st = sql_run_int(&sql, &reason, &found, err)) != CA_OK)
		return st;
	if (!found)
		return ca_fail(err, CA_NOT_FOUND,
		    "ledger: no certificate with id %lld, nothing was changed",
		    (long long)certificate);
	*ret = reason;
	return CA_OK;
}

static enum ca_status
insert(struct ledger *ledger, const struct ledger_revocation *row,
    struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger,
	    "INSERT INTO revocation (certificate, issuer, serial_length,"
	    " serial, not_after, partition, revoked_at, reason, invalid_since)"
	    " SELECT c.id, c.issuer, length(c.serial), c.serial, c.not_after,"
	    " (SELECT p.id FROM point p WHERE p.id = c.point AND p.shard > 0),"
	    " ?, ?, ? FROM certificate c WHERE c.id = ?");
	sql_put_int(&sql, row->revoked_at);
	sql_put_int(&sql, row->reason);
	sql_put_time(&sql, row->invalid_since);
	sql_put_int(&sql, row->certificate);
	return sql_run(&sql, err);
}

/* The date stays: what was signed after it was in doubt from then on. */
static enum ca_status
raise_reason(struct ledger *ledger, const struct ledger_revocation *row,
    struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger,
	    "UPDATE revocation SET reason = ?,"
	    " invalid_since = coalesce(?, invalid_since)"
	    " WHERE certificate = ?");
	sql_put_int(&sql, row->reason);
	sql_put_time(&sql, row->invalid_since);
	sql_put_int(&sql, row->certificate);
	return sql_run(&sql, err);
}

static bool
may_become(int64_t present, int reason)
{
	if (present == REASON_UNSPECIFIED)
		return reason == REASON_KEY_COMPROMISE;
	return present == REASON_HOLD && reason != REASON_HOLD;
}

enum ca_status
ledger_revoke(struct ledger *ledger, const struct ledger_revocation *row,
    bool *ret_changed, struct ca_error *err)
{
	int64_t present = NOT_REVOKED;
	bool changed = true;
	enum ca_status st;

	if (row->reason < 0 || row->reason > REASON_LAST ||
	    row->reason == REASON_UNUSED || row->reason == REASON_REMOVE)
		return ca_fail(err, CA_USAGE,
		    "ledger: reason %d: a certificate is not revoked for it "
		    "(RFC 5280 5.3.1)",
		    row->reason);
	if ((st = ledger_must_write(ledger, err)) != CA_OK)
		return st;
	st = present_reason(ledger, row->certificate, &present, err);
	if (st != CA_OK)
		return st;
	if (present == NOT_REVOKED)
		st = insert(ledger, row, err);
	else if (may_become(present, row->reason))
		st = raise_reason(ledger, row, err);
	else
		changed = false;
	if (st == CA_OK)
		*ret_changed = changed;
	return st;
}

enum ca_status
ledger_unhold(struct ledger *ledger, int64_t certificate, struct ca_error *err)
{
	struct sql sql;
	int64_t present = NOT_REVOKED;
	enum ca_status st;

	if ((st = ledger_must_write(ledger, err)) != CA_OK ||
	    (st = present_reason(ledger, certificate, &present, err)) != CA_OK)
		return st;
	if (present != REASON_HOLD)
		return ca_fail(err, CA_REFUSED,
		    "ledger: certificate %lld is not on hold%s (RFC 5280 "
		    "5.3.1)",
		    (long long)certificate,
		    present == NOT_REVOKED ? "" :
					     ", it is revoked: that is for "
					     "good");
	sql_open(&sql, ledger, "DELETE FROM revocation WHERE certificate = ?");
	sql_put_int(&sql, certificate);
	return sql_run(&sql, err);
}

#define SELECT_REVOCATION                                                \
	"SELECT certificate, revoked_at, reason, invalid_since, serial," \
	" not_after, partition FROM revocation"

static enum ca_status
walk(struct sql *sql, ledger_revocation_fn *fn, void *ctx, struct ca_error *err)
{
	bool row;
	enum ca_status st;

	while ((st = sql_next(sql, &row, err)) == CA_OK && row) {
		struct ledger_revocation revocation = {
		    .certificate = sql_int(sql, 0),
		    .revoked_at = sql_int(sql, 1),
		    .reason = sql_reason(sql, 2),
		    .invalid_since = sql_time(sql, 3),
		    .serial = sql_serial(sql, 4),
		    .not_after = sql_int(sql, 5),
		    .partition = sql_int(sql, 6),
		};

		if ((st = sql_row_is_sound(sql, "revocation", err)) != CA_OK ||
		    (st = fn(ctx, &revocation)) != CA_OK)
			break;
	}
	sql_close(sql);
	return st;
}

/* The table is kept in this order: it is neither searched nor sorted. */
enum ca_status
ledger_each_revocation(struct ledger *ledger, int64_t issuer,
    int64_t expired_before, ledger_revocation_fn *fn, void *ctx,
    struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger,
	    SELECT_REVOCATION " WHERE issuer = ? AND not_after >= ?"
			      " ORDER BY serial_length, serial");
	sql_put_int(&sql, issuer);
	sql_put_int(&sql, expired_before);
	return walk(&sql, fn, ctx, err);
}

enum ca_status
ledger_key_is_compromised(struct ledger *ledger, struct ca_bytes spki_hash,
    bool *ret, struct ca_error *err)
{
	struct sql sql;
	bool found = false;
	int64_t ignored;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT 1 FROM certificate c JOIN revocation r"
	    " ON r.certificate = c.id WHERE c.spki_hash = ? AND r.reason = 1"
	    " LIMIT 1");
	sql_put_bytes(&sql, spki_hash);
	st = sql_run_int(&sql, &ignored, &found, err);
	if (st == CA_OK)
		*ret = found;
	return st;
}
