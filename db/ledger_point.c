/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_sql.h"

#define SELECT_POINT                                                         \
	"SELECT p.id, p.issuer, p.name, p.freshest, p.shard, p.authorities," \
	" (SELECT count(*) FROM point q WHERE q.issuer = p.issuer"           \
	" AND q.shard = p.shard AND q.id < p.id) FROM point p"               \
	" WHERE p.issuer = ?"

static enum ca_status
walk(struct sql *sql, ledger_point_fn *fn, void *ctx, struct ca_error *err)
{
	bool row;
	enum ca_status st;

	while ((st = sql_next(sql, &row, err)) == CA_OK && row) {
		struct ledger_point point = {
		    .id = sql_int(sql, 0),
		    .issuer = sql_int(sql, 1),
		    .name = sql_bytes(sql, 2),
		    .freshest = sql_bytes(sql, 3),
		    .shard = sql_int(sql, 4),
		    .authorities = sql_int(sql, 5) != 0,
		    .earlier = sql_int(sql, 6),
		};

		if ((st = sql_row_is_sound(sql, "point", err)) != CA_OK ||
		    (st = fn(ctx, &point)) != CA_OK)
			break;
	}
	sql_close(sql);
	return st;
}

static enum ca_status
insert(
    struct ledger *ledger, const struct ledger_point *row, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger,
	    "INSERT INTO point (issuer, name, freshest, shard, authorities)"
	    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (issuer, name) DO NOTHING");
	sql_put_int(&sql, row->issuer);
	sql_put_blob(&sql, row->name);
	sql_put_blob(&sql, row->freshest);
	sql_put_int(&sql, row->shard);
	sql_put_int(&sql, row->authorities ? 1 : 0);
	return sql_run(&sql, err);
}

static enum ca_status
set_freshest(struct ledger *ledger, int64_t id, struct ca_bytes freshest,
    struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger, "UPDATE point SET freshest = ? WHERE id = ?");
	sql_put_blob(&sql, freshest);
	sql_put_int(&sql, id);
	return sql_run(&sql, err);
}

/* What is there under this name. */
struct present {
	int64_t id;
	bool fits, same_freshest;
	const struct ledger_point *wanted;
};

static enum ca_status
take_present(void *ctx, const struct ledger_point *row)
{
	struct present *present = ctx;
	const struct ledger_point *wanted = present->wanted;

	present->id = row->id;
	present->fits = row->shard == wanted->shard &&
	    (row->shard == 0 || row->authorities == wanted->authorities);
	present->same_freshest = ca_bytes_equal(
	    row->freshest, wanted->freshest);
	return CA_OK;
}

enum ca_status
ledger_put_point(struct ledger *ledger, const struct ledger_point *row,
    int64_t *ret_id, struct ca_error *err)
{
	struct present present = {.wanted = row};
	struct sql sql;
	enum ca_status st;

	if ((st = ledger_must_write(ledger, err)) != CA_OK ||
	    (st = insert(ledger, row, err)) != CA_OK)
		return st;
	sql_open(&sql, ledger, SELECT_POINT " AND p.name = ?");
	sql_put_int(&sql, row->issuer);
	sql_put_blob(&sql, row->name);
	if ((st = walk(&sql, take_present, &present, err)) != CA_OK)
		return st;
	if (!present.fits)
		return ca_fail(err, CA_REFUSED,
		    "the CRL at this URL lists other certificates of the "
		    "authority (RFC 5280 5.2.5): give the policy's [publish] "
		    "crl a URL of its own");
	/* Certificates that name a delta CRL need it until they end. */
	if (row->freshest.len > 0 && !present.same_freshest &&
	    (st = set_freshest(ledger, present.id, row->freshest, err)) !=
		CA_OK)
		return st;
	*ret_id = present.id;
	return CA_OK;
}

enum ca_status
ledger_each_point(struct ledger *ledger, int64_t issuer, ledger_point_fn *fn,
    void *ctx, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger, SELECT_POINT " ORDER BY p.id");
	sql_put_int(&sql, issuer);
	return walk(&sql, fn, ctx, err);
}
