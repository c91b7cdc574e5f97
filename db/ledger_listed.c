/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_sql.h"

#include <string.h>

#define SELECT_LISTED                                                 \
	"SELECT not_after, revoked_at, reason, invalid_since, serial" \
	" FROM revocation WHERE "
#define RISING " ORDER BY serial_length, serial"

static bool
is_below(struct ca_bytes serial, const struct ledger_cut *cut)
{
	if (serial.len != cut->len)
		return serial.len < cut->len;
	return memcmp(serial.data, cut->serial, cut->len) < 0;
}

/* Rows in their millions: what has expired is passed over here, where it costs
 * a comparison and not a column more. */
static enum ca_status
walk(struct sql *sql, const struct ledger_cut *end, int64_t expired_before,
    ledger_revocation_fn *fn, void *ctx, struct ca_error *err)
{
	bool row;
	enum ca_status st;

	while ((st = sql_next(sql, &row, err)) == CA_OK && row) {
		struct ledger_revocation revocation = {
		    .not_after = sql_int(sql, 0)};

		if (revocation.not_after < expired_before)
			continue;
		revocation.revoked_at = sql_int(sql, 1);
		revocation.reason = sql_reason(sql, 2);
		revocation.invalid_since = sql_time(sql, 3);
		revocation.serial = sql_serial(sql, 4);
		if ((st = sql_row_is_sound(sql, "revocation", err)) != CA_OK ||
		    (end != NULL && !is_below(revocation.serial, end)) ||
		    (st = fn(ctx, &revocation)) != CA_OK)
			break;
	}
	sql_close(sql);
	return st;
}

enum ca_status
ledger_each_listed(struct ledger *ledger, int64_t issuer, int64_t partition,
    int64_t expired_before, ledger_revocation_fn *fn, void *ctx,
    struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger,
	    partition != 0 ? SELECT_LISTED "partition = ?" RISING :
			     SELECT_LISTED "issuer = ?" RISING);
	sql_put_int(&sql, partition != 0 ? partition : issuer);
	return walk(&sql, NULL, expired_before, fn, ctx, err);
}

/* ---- the walk of two ---- */

enum ca_status
ledger_each_listed_below(struct ledger *ledger, int64_t issuer,
    const struct ledger_cut *cut, int64_t expired_before,
    ledger_revocation_fn *fn, void *ctx, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger, SELECT_LISTED "issuer = ?" RISING);
	sql_put_int(&sql, issuer);
	return walk(&sql, cut, expired_before, fn, ctx, err);
}

/* Those of the cut's length, then the longer ones: one comparison of both
 * would be made for each row. */
enum ca_status
ledger_each_listed_from(struct ledger *ledger, int64_t issuer,
    const struct ledger_cut *cut, int64_t expired_before,
    ledger_revocation_fn *fn, void *ctx, struct ca_error *err)
{
	struct sql sql;
	enum ca_status st;

	sql_open(&sql, ledger,
	    SELECT_LISTED
	    "issuer = ? AND serial_length = ? AND serial >= ?" RISING);
	sql_put_int(&sql, issuer);
	sql_put_int(&sql, (int64_t)cut->len);
	sql_put_bytes(&sql, (struct ca_bytes){cut->serial, cut->len});
	st = walk(&sql, NULL, expired_before, fn, ctx, err);
	if (st != CA_OK)
		return st;
	sql_open(&sql, ledger,
	    SELECT_LISTED "issuer = ? AND serial_length > ?" RISING);
	sql_put_int(&sql, issuer);
	sql_put_int(&sql, (int64_t)cut->len);
	return walk(&sql, NULL, expired_before, fn, ctx, err);
}

static enum ca_status
has_many(struct ledger *ledger, int64_t issuer, int64_t many, bool *ret,
    struct ca_error *err)
{
	struct sql sql;
	int64_t ignored;

	sql_open(&sql, ledger,
	    "SELECT 1 FROM revocation WHERE issuer = ?" RISING
	    " LIMIT 1 OFFSET ?");
	sql_put_int(&sql, issuer);
	sql_put_int(&sql, many - 1);
	return sql_run_int(&sql, &ignored, ret, err);
}

/* The serial of the first row, if there is one. */
static enum ca_status
take_serial(struct sql *sql, struct ledger_cut *ret, struct ca_error *err)
{
	struct ca_bytes serial;
	bool row = false;
	enum ca_status st;

	if ((st = sql_next(sql, &row, err)) == CA_OK && row) {
		serial = sql_serial(sql, 0);
		st = sql_row_is_sound(sql, "revocation", err);
		if (st == CA_OK && serial.len > 0)
			memcpy(ret->serial, serial.data, serial.len);
		ret->len = serial.len;
	}
	sql_close(sql);
	return st;
}

static enum ca_status
find_highest(struct ledger *ledger, int64_t issuer, struct ledger_cut *ret,
    struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger,
	    "SELECT serial FROM revocation WHERE issuer = ?"
	    " ORDER BY serial_length DESC, serial DESC LIMIT 1");
	sql_put_int(&sql, issuer);
	return take_serial(&sql, ret, err);
}

static enum ca_status
find_lowest(struct ledger *ledger, int64_t issuer, size_t len,
    struct ledger_cut *ret, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger,
	    "SELECT serial FROM revocation WHERE issuer = ?"
	    " AND serial_length = ? ORDER BY serial LIMIT 1");
	sql_put_int(&sql, issuer);
	sql_put_int(&sql, (int64_t)len);
	return take_serial(&sql, ret, err);
}

/* Half of the sum, which is an octet longer. */
static void
halve(const struct ledger_cut *low, const struct ledger_cut *high,
    struct ledger_cut *ret)
{
	uint8_t sum[1 + LEDGER_SERIAL_MAX] = {0};
	unsigned carry = 0;

	for (size_t i = high->len; i > 0; i--) {
		carry += (unsigned)low->serial[i - 1] + high->serial[i - 1];
		sum[i] = (uint8_t)carry;
		carry >>= 8;
	}
	sum[0] = (uint8_t)carry;
	for (size_t i = 0; i < high->len; i++)
		ret->serial[i] = (uint8_t)(sum[i] << 7 | sum[i + 1] >> 1);
	ret->len = high->len;
}

/* Serials are drawn at random, so that half of them are below the middle. */
enum ca_status
ledger_listed_cut(struct ledger *ledger, int64_t issuer, int64_t many,
    struct ledger_cut *ret, struct ca_error *err)
{
	struct ledger_cut low = {0}, high = {0};
	bool found = false;
	enum ca_status st;

	*ret = (struct ledger_cut){0};
	if (ledger->mode != LEDGER_WRITING)
		return CA_OK;
	if ((st = has_many(ledger, issuer, many, &found, err)) != CA_OK ||
	    !found ||
	    (st = find_highest(ledger, issuer, &high, err)) != CA_OK ||
	    (st = find_lowest(ledger, issuer, high.len, &low, err)) != CA_OK)
		return st;
	if (low.len == high.len)
		halve(&low, &high, ret);
	return CA_OK;
}
