/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_sql.h"

/* As with certificates: nobody else writes, and no row is ever deleted. */
static enum ca_status
next_id(struct ledger *ledger, int64_t *ret, struct ca_error *err)
{
	struct sql sql;

	sql_open(
	    &sql, ledger, "SELECT coalesce(max(id), 0) + 1 FROM authority");
	return sql_run_int(&sql, ret, NULL, err);
}

static enum ca_status
insert(struct ledger *ledger, const struct ledger_authority *row, int64_t id,
    bool *ret_added, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger,
	    "INSERT INTO authority (id, name, parent, certificate, key_ref,"
	    " key_id, spki_hash, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (name) DO NOTHING");
	sql_put_int(&sql, id);
	sql_put_text(&sql, row->name);
	sql_put_id(&sql, row->parent);
	sql_put_id(&sql, row->certificate);
	sql_put_text(&sql, row->key_ref);
	sql_put_bytes(&sql, row->key_id);
	sql_put_bytes(&sql, row->spki_hash);
	sql_put_int(&sql, row->created);
	return sql_run_changed(&sql, ret_added, err);
}

enum ca_status
ledger_add_authority(struct ledger *ledger, const struct ledger_authority *row,
    int64_t *ret_id, struct ca_error *err)
{
	bool added = false;
	int64_t id = 0;
	enum ca_status st;

	if ((st = ledger_must_write(ledger, err)) != CA_OK ||
	    (st = next_id(ledger, &id, err)) != CA_OK ||
	    (st = insert(ledger, row, id, &added, err)) != CA_OK)
		return st;
	if (!added)
		return ca_fail(err, CA_REFUSED,
		    "ledger: an authority named '%s' exists already: choose "
		    "another name",
		    row->name);
	*ret_id = id;
	return CA_OK;
}

static enum ca_status
fail_no_authority(int64_t id, struct ca_error *err)
{
	return ca_fail(err, CA_NOT_FOUND, "ledger: no authority with id %lld",
	    (long long)id);
}

enum ca_status
ledger_set_authority_certificate(struct ledger *ledger, int64_t authority,
    int64_t certificate, struct ca_error *err)
{
	struct sql sql;
	bool changed = false;
	enum ca_status st;

	if ((st = ledger_must_write(ledger, err)) != CA_OK)
		return st;
	sql_open(
	    &sql, ledger, "UPDATE authority SET certificate = ? WHERE id = ?");
	sql_put_id(&sql, certificate);
	sql_put_int(&sql, authority);
	st = sql_run_changed(&sql, &changed, err);
	if (st == CA_OK && !changed)
		st = fail_no_authority(authority, err);
	return st;
}

#define SELECT_AUTHORITY                                                       \
	"SELECT a.id, a.name, a.parent, a.certificate, a.key_ref, a.key_id,"   \
	" a.spki_hash, a.created, c.der, c.subject, c.not_before, c.not_after" \
	" FROM authority a LEFT JOIN certificate c ON c.id = a.certificate"

/* Hands the rows on; *ret_count says how many there were. Closes. */
static enum ca_status
walk(struct sql *sql, ledger_authority_fn *fn, void *ctx, size_t *ret_count,
    struct ca_error *err)
{
	bool row;
	enum ca_status st;

	while ((st = sql_next(sql, &row, err)) == CA_OK && row) {
		struct ledger_authority authority = {
		    .id = sql_int(sql, 0),
		    .name = sql_text(sql, 1),
		    .parent = sql_int(sql, 2),
		    .certificate = sql_int(sql, 3),
		    .key_ref = sql_text(sql, 4),
		    .key_id = sql_bytes(sql, 5),
		    .spki_hash = sql_hash(sql, 6),
		    .created = sql_int(sql, 7),
		    .der = sql_bytes(sql, 8),
		    .subject = sql_text(sql, 9),
		    .not_before = sql_time(sql, 10),
		    .not_after = sql_time(sql, 11),
		};

		if ((st = sql_row_is_sound(sql, "authority", err)) != CA_OK ||
		    (st = fn(ctx, &authority)) != CA_OK)
			break;
		++*ret_count;
	}
	sql_close(sql);
	return st;
}

enum ca_status
ledger_authority_by_name(struct ledger *ledger, const char *name,
    ledger_authority_fn *fn, void *ctx, struct ca_error *err)
{
	struct sql sql;
	size_t count = 0;
	enum ca_status st;

	sql_open(&sql, ledger, SELECT_AUTHORITY " WHERE a.name = ?");
	sql_put_text(&sql, name);
	st = walk(&sql, fn, ctx, &count, err);
	if (st == CA_OK && count == 0)
		st = ca_fail(
		    err, CA_NOT_FOUND, "ledger: no authority named '%s'", name);
	return st;
}

enum ca_status
ledger_authority_by_id(struct ledger *ledger, int64_t id,
    ledger_authority_fn *fn, void *ctx, struct ca_error *err)
{
	struct sql sql;
	size_t count = 0;
	enum ca_status st;

	sql_open(&sql, ledger, SELECT_AUTHORITY " WHERE a.id = ?");
	sql_put_int(&sql, id);
	st = walk(&sql, fn, ctx, &count, err);
	if (st == CA_OK && count == 0)
		st = fail_no_authority(id, err);
	return st;
}

enum ca_status
ledger_each_authority(struct ledger *ledger, ledger_authority_fn *fn, void *ctx,
    struct ca_error *err)
{
	struct sql sql;
	size_t count = 0;

	sql_open(&sql, ledger, SELECT_AUTHORITY " ORDER BY a.id");
	return walk(&sql, fn, ctx, &count, err);
}
