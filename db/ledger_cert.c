/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_name.h"
#include "db/ledger_sql.h"

struct ca_bytes
ledger_magnitude(struct ca_bytes serial)
{
	while (serial.len > 0 && serial.data[0] == 0) {
		serial.data++;
		serial.len--;
	}
	return serial;
}

/* ---- intent ---- */

/* No row is ever deleted, and nobody else writes meanwhile: one more than the
 * largest is free. It is known before the row is, as its lineage needs it. */
static enum ca_status
next_id(struct ledger *ledger, int64_t *ret, struct ca_error *err)
{
	struct sql sql;

	sql_open(
	    &sql, ledger, "SELECT coalesce(max(id), 0) + 1 FROM certificate");
	return sql_run_int(&sql, ret, NULL, err);
}

static enum ca_status
insert_intent(struct ledger *ledger, const struct ledger_cert *row, int64_t id,
    bool *ret_added, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger,
	    "INSERT INTO certificate (id, issuer, serial, state, spki_hash,"
	    " tbs_hash, policy, policy_hash, subject, not_before, not_after,"
	    " renews, lineage, point, created, request, tbs)"
	    " VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (issuer, serial) DO NOTHING");
	sql_put_int(&sql, id);
	sql_put_int(&sql, row->issuer);
	sql_put_bytes(&sql, ledger_magnitude(row->serial));
	sql_put_bytes(&sql, row->spki_hash);
	sql_put_bytes(&sql, row->tbs_hash);
	sql_put_text(&sql, row->policy);
	sql_put_bytes(&sql, row->policy_hash);
	sql_put_text(&sql, row->subject);
	sql_put_int(&sql, row->not_before);
	sql_put_int(&sql, row->not_after);
	sql_put_id(&sql, row->renews);
	sql_put_int(&sql, row->lineage == 0 ? id : row->lineage);
	sql_put_id(&sql, row->point);
	sql_put_int(&sql, row->created);
	sql_put_bytes(&sql, row->request);
	sql_put_bytes(&sql, row->tbs);
	return sql_run_changed(&sql, ret_added, err);
}

static enum ca_status
insert_name(struct ledger *ledger, int64_t id, size_t position,
    const struct ledger_name *name, struct ca_error *err)
{
	struct ca_buf backwards = {0};
	const char *text = NULL;
	struct sql sql;
	enum ca_status st;

	if (ledger_name_backwards(&backwards, name->value) == CA_OK)
		text = ca_buf_text(&backwards);
	if (text == NULL) {
		st = ledger_fail(ledger, SQLITE_NOMEM, err);
		goto out;
	}
	sql_open(&sql, ledger,
	    "INSERT INTO name (certificate, position, type, value, backwards)"
	    " VALUES (?, ?, ?, ?, ?)");
	sql_put_int(&sql, id);
	sql_put_int(&sql, (int64_t)position);
	sql_put_text(&sql, name->type);
	sql_put_text(&sql, name->value);
	sql_put_text(&sql, text);
	st = sql_run(&sql, err);
out:
	ca_buf_free(&backwards);
	return st;
}

enum ca_status
ledger_intend(struct ledger *ledger, const struct ledger_cert *row,
    int64_t *ret_id, bool *ret_collision, struct ca_error *err)
{
	int64_t id = 0;
	bool added = false;
	enum ca_status st;

	*ret_collision = false;
	if ((st = ledger_must_write(ledger, err)) != CA_OK ||
	    (st = next_id(ledger, &id, err)) != CA_OK ||
	    (st = insert_intent(ledger, row, id, &added, err)) != CA_OK)
		return st;
	if (!added) {
		*ret_collision = true;
		return ca_fail(err, CA_REFUSED,
		    "ledger: this issuer has used this serial already "
		    "(RFC 5280 4.1.2.2): take another");
	}
	for (size_t i = 0; i < row->name_count && st == CA_OK; i++)
		st = insert_name(ledger, id, i + 1, &row->names[i], err);
	if (st == CA_OK)
		*ret_id = id;
	return st;
}

/* ---- outcome ---- */

enum ca_status
ledger_issued(struct ledger *ledger, int64_t id, struct ca_bytes der,
    struct ca_bytes der_hash, struct ca_error *err)
{
	struct sql sql;
	bool changed = false;
	enum ca_status st;

	if ((st = ledger_must_write(ledger, err)) != CA_OK)
		return st;
	sql_open(&sql, ledger,
	    "UPDATE certificate SET state = 2, tbs = NULL, der = ?,"
	    " der_hash = ? WHERE id = ? AND state = 1");
	sql_put_bytes(&sql, der);
	sql_put_bytes(&sql, der_hash);
	sql_put_int(&sql, id);
	st = sql_run_changed(&sql, &changed, err);
	if (st == CA_OK && !changed) {
		ledger->doomed = true;
		st = ca_fail(err, CA_INTERNAL,
		    "ledger: certificate %lld is not an intended one, nothing "
		    "was recorded",
		    (long long)id);
	}
	return st;
}

/* ---- names ---- */

enum ca_status
ledger_each_name(struct ledger *ledger, int64_t cert, ledger_name_fn *fn,
    void *ctx, struct ca_error *err)
{
	struct sql sql;
	bool row;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT type, value FROM name WHERE certificate = ?"
	    " ORDER BY position");
	sql_put_int(&sql, cert);
	while ((st = sql_next(&sql, &row, err)) == CA_OK && row) {
		struct ledger_name name = {
		    .type = sql_text(&sql, 0), .value = sql_text(&sql, 1)};

		if ((st = sql_row_is_sound(&sql, "name", err)) != CA_OK ||
		    (st = fn(ctx, &name)) != CA_OK)
			break;
	}
	sql_close(&sql);
	return st;
}

static enum ca_status
is_backwards(const char *value, const char *backwards, bool *ret)
{
	struct ca_buf text = {0};
	enum ca_status st = ledger_name_backwards(&text, value);

	if (st == CA_OK)
		*ret = ca_bytes_equal(ca_view(&text), ca_text(backwards));
	ca_buf_free(&text);
	return st;
}

enum ca_status
ledger_each_name_checked(struct ledger *ledger, int64_t cert,
    ledger_name_fn *fn, void *ctx, bool *ret_sound, struct ca_error *err)
{
	struct sql sql;
	bool row, sound = true;
	int64_t position = 0;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT type, value, position, backwards FROM name"
	    " WHERE certificate = ? ORDER BY position");
	sql_put_int(&sql, cert);
	while ((st = sql_next(&sql, &row, err)) == CA_OK && row) {
		const struct ledger_name name = {
		    .type = sql_text(&sql, 0), .value = sql_text(&sql, 1)};
		const char *backwards = sql_text(&sql, 3);
		bool same = false;

		if ((st = sql_row_is_sound(&sql, "name", err)) != CA_OK)
			break;
		if (is_backwards(name.value, backwards, &same) != CA_OK) {
			st = ca_fail(err, CA_MEMORY, "ledger: out of memory");
			break;
		}
		sound = sound && same && sql_int(&sql, 2) == ++position;
		if ((st = fn(ctx, &name)) != CA_OK)
			break;
	}
	sql_close(&sql);
	if (st == CA_OK)
		*ret_sound = sound;
	return st;
}
