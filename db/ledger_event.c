/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_log.h"
#include "db/ledger_sql.h"

#define LEAF_VERSION 1

/* ---- the leaf ---- */

static enum ca_status
append_number(struct ca_buf *leaf, uint64_t value, size_t octets)
{
	enum ca_status st = CA_OK;

	for (size_t i = octets; i > 0 && st == CA_OK; i--) {
		uint8_t octet = (uint8_t)(value >> (8 * (i - 1)));

		st = ca_buf_append(leaf, (struct ca_bytes){&octet, 1});
	}
	return st;
}

static enum ca_status
append_field(struct ca_buf *leaf, struct ca_bytes field)
{
	enum ca_status st;

	if (field.len > UINT16_MAX)
		return CA_INTERNAL;
	if ((st = append_number(leaf, field.len, 2)) != CA_OK)
		return st;
	return ca_buf_append(leaf, field);
}

static enum ca_status
make_leaf(struct ca_buf *leaf, const struct ledger_event *row, int64_t sequence)
{
	enum ca_status st;

	if ((st = append_number(leaf, LEAF_VERSION, 1)) != CA_OK ||
	    (st = append_number(leaf, (uint64_t)sequence, 8)) != CA_OK ||
	    (st = append_number(leaf, (uint64_t)row->time, 8)) != CA_OK ||
	    (st = append_field(leaf, ca_text(row->kind))) != CA_OK ||
	    (st = append_field(leaf, row->issuer_spki_hash)) != CA_OK ||
	    (st = append_field(leaf, ledger_magnitude(row->serial))) != CA_OK)
		return st;
	return append_field(leaf, row->object_hash);
}

/* ---- add ---- */

static enum ca_status
next_sequence(struct ledger *ledger, int64_t *ret, struct ca_error *err)
{
	struct sql sql;

	sql_open(
	    &sql, ledger, "SELECT coalesce(max(sequence), 0) + 1 FROM event");
	return sql_run_int(&sql, ret, NULL, err);
}

static enum ca_status
insert(struct ledger *ledger, const struct ledger_event *row, int64_t sequence,
    struct ca_bytes leaf, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger,
	    "INSERT INTO event (sequence, time, actor, kind, certificate,"
	    " issuer_spki_hash, serial, object_hash, leaf)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	sql_put_int(&sql, sequence);
	sql_put_int(&sql, row->time);
	sql_put_text(&sql, row->actor);
	sql_put_text(&sql, row->kind);
	sql_put_id(&sql, row->certificate);
	sql_put_bytes(&sql, row->issuer_spki_hash);
	sql_put_bytes(&sql, ledger_magnitude(row->serial));
	sql_put_bytes(&sql, row->object_hash);
	sql_put_bytes(&sql, leaf);
	return sql_run(&sql, err);
}

enum ca_status
ledger_add_event(
    struct ledger *ledger, const struct ledger_event *row, struct ca_error *err)
{
	struct ca_buf leaf = {0};
	int64_t sequence = 0;
	enum ca_status st;

	if ((st = ledger_must_write(ledger, err)) != CA_OK ||
	    (st = next_sequence(ledger, &sequence, err)) != CA_OK)
		return st;
	if ((st = make_leaf(&leaf, row, sequence)) == CA_OK &&
	    (st = insert(ledger, row, sequence, ca_view(&leaf), err)) == CA_OK)
		st = ledger_log_append(ledger, sequence, ca_view(&leaf), err);
	if (st != CA_OK) {
		ledger->doomed = true;
		(void)ca_fail(err, st, "ledger: the event's leaf: no room");
	}
	ca_buf_free(&leaf);
	return st;
}

/* ---- read ---- */

static enum ca_status
each(struct sql *sql, ledger_event_fn *fn, void *ctx, struct ca_error *err)
{
	bool row;
	enum ca_status st;

	while ((st = sql_next(sql, &row, err)) == CA_OK && row) {
		struct ledger_event event = {
		    .sequence = sql_int(sql, 0),
		    .time = sql_int(sql, 1),
		    .actor = sql_text(sql, 2),
		    .kind = sql_text(sql, 3),
		    .certificate = sql_int(sql, 4),
		    .issuer_spki_hash = sql_hash(sql, 5),
		    .serial = sql_serial(sql, 6),
		    .object_hash = sql_hash(sql, 7),
		    .leaf = sql_bytes(sql, 8),
		};

		if ((st = sql_row_is_sound(sql, "event", err)) != CA_OK ||
		    (st = fn(ctx, &event)) != CA_OK)
			break;
	}
	sql_close(sql);
	return st;
}

#define COLUMNS                                            \
	"SELECT sequence, time, actor, kind, certificate," \
	" issuer_spki_hash, serial, object_hash, leaf FROM event"

enum ca_status
ledger_each_event(struct ledger *ledger, int64_t after_sequence,
    ledger_event_fn *fn, void *ctx, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger, COLUMNS " WHERE sequence > ? ORDER BY sequence");
	sql_put_int(&sql, after_sequence);
	return each(&sql, fn, ctx, err);
}

enum ca_status
ledger_each_event_of(struct ledger *ledger, int64_t certificate,
    ledger_event_fn *fn, void *ctx, struct ca_error *err)
{
	struct sql sql;

	sql_open(
	    &sql, ledger, COLUMNS " WHERE certificate = ? ORDER BY sequence");
	sql_put_int(&sql, certificate);
	return each(&sql, fn, ctx, err);
}

enum ca_status
ledger_last_event_time(
    struct ledger *ledger, int64_t *ret, struct ca_error *err)
{
	struct sql sql;
	int64_t time = LEDGER_NO_TIME;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT time FROM event"
	    " WHERE sequence = (SELECT max(sequence) FROM event)");
	if ((st = sql_run_int(&sql, &time, NULL, err)) == CA_OK)
		*ret = time;
	return st;
}

/* Back from the end: what is published every hour is not far behind. */
enum ca_status
ledger_has_news(struct ledger *ledger, struct ca_bytes issuer_spki_hash,
    bool *ret, struct ca_error *err)
{
	struct sql sql;
	int64_t news = 0;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT kind <> 'crl-published' FROM event"
	    " WHERE issuer_spki_hash = ?"
	    " AND kind IN ('revoked', 'unheld', 'crl-published')"
	    " ORDER BY sequence DESC LIMIT 1");
	sql_put_bytes(&sql, issuer_spki_hash);
	if ((st = sql_run_int(&sql, &news, NULL, err)) == CA_OK)
		*ret = news != 0;
	return st;
}

enum ca_status
ledger_count_unlisted(struct ledger *ledger, struct ca_bytes issuer_spki_hash,
    int64_t now, int64_t *ret, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger,
	    "SELECT count(DISTINCT e.certificate) FROM event e"
	    " JOIN revocation r ON r.certificate = e.certificate"
	    " WHERE e.issuer_spki_hash = ? AND e.kind = 'revoked'"
	    " AND e.kind IN ('revoked', 'unheld', 'crl-published')"
	    " AND e.sequence > coalesce((SELECT sequence FROM event"
	    " WHERE issuer_spki_hash = ? AND kind = 'crl-published'"
	    " AND kind IN ('revoked', 'unheld', 'crl-published')"
	    " ORDER BY sequence DESC LIMIT 1), 0) AND r.not_after >= ?");
	sql_put_bytes(&sql, issuer_spki_hash);
	sql_put_bytes(&sql, issuer_spki_hash);
	sql_put_int(&sql, now);
	return sql_run_int(&sql, ret, NULL, err);
}

enum ca_status
ledger_is_listed(
    struct ledger *ledger, int64_t certificate, bool *ret, struct ca_error *err)
{
	struct sql sql;
	int64_t listed = 0;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT count(*) FROM event e"
	    " JOIN revocation r ON r.certificate = e.certificate"
	    " WHERE e.sequence = (SELECT max(sequence) FROM event"
	    " WHERE certificate = ? AND kind = 'revoked')"
	    " AND EXISTS (SELECT 1 FROM event c"
	    " WHERE c.issuer_spki_hash = e.issuer_spki_hash"
	    " AND c.kind = 'crl-published'"
	    " AND c.kind IN ('revoked', 'unheld', 'crl-published')"
	    " AND c.sequence > e.sequence)");
	sql_put_int(&sql, certificate);
	if ((st = sql_run_int(&sql, &listed, NULL, err)) == CA_OK)
		*ret = listed != 0;
	return st;
}
