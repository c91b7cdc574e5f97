/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "cli/authority_internal.h"

/* ---- revoke ---- */

/* What is known of the row that is to be revoked. */
struct target {
	int64_t issuer, revoked_at;
	int reason;
	struct ca_buf subject, serial;
	struct ca_buf object; /* hash: of the DER, of the TBS for an orphan */
};

static void
target_done(struct target *target)
{
	ca_buf_free(&target->subject);
	ca_buf_free(&target->serial);
	ca_buf_free(&target->object);
}

static enum ca_status
take_target(void *ctx, const struct ledger_cert *row)
{
	struct target *target = ctx;
	enum ca_status st;

	target->issuer = row->issuer;
	target->revoked_at = row->revoked_at;
	target->reason = row->reason;
	if ((st = ca_buf_append_text(&target->subject, row->subject)) !=
		CA_OK ||
	    (st = ca_buf_append(&target->serial, row->serial)) != CA_OK)
		return st;
	return ca_buf_append(&target->object,
	    row->der_hash.len > 0 ? row->der_hash : row->tbs_hash);
}

/* An authority's row, and whether its own certificate is the one in hand. */
struct owner {
	int64_t row;
	bool is_root;
	struct ca_buf spki_hash;
};

static enum ca_status
take_owner(void *ctx, const struct ledger_authority *authority)
{
	struct owner *owner = ctx;

	owner->is_root = authority->parent == 0 &&
	    authority->certificate == owner->row;
	return ca_buf_append(&owner->spki_hash, authority->spki_hash);
}

/* A revocation is never refused for a clock that went back: it is dated no
 * earlier than what happened before. */
static enum ca_status
date_of_now(struct authority *a, int64_t *ret, struct ca_error *err)
{
	int64_t now = authority_now(a), last;
	enum ca_status st = ledger_last_event_time(a->ledger, &last, err);

	if (st != CA_OK)
		return st;
	*ret = last != LEDGER_NO_TIME && last > now ? last : now;
	return CA_OK;
}

static enum ca_status
tell(struct authority *a, const char *kind, int64_t row, int64_t time,
    const struct target *target, struct ca_bytes spki_hash,
    struct ca_error *err)
{
	const struct ledger_event event = {.time = time,
	    .actor = authority_actor(a),
	    .kind = kind,
	    .certificate = row,
	    .issuer_spki_hash = spki_hash,
	    .serial = ca_view(&target->serial),
	    .object_hash = ca_view(&target->object)};

	return ledger_add_event(a->ledger, &event, err);
}

static enum ca_status
record(struct authority *a, int64_t row, const struct target *target,
    enum ca_reason reason, int64_t invalid_since, bool *ret_changed,
    struct ca_error *err)
{
	struct owner owner = {.row = row};
	struct ledger_revocation revocation = {.certificate = row,
	    .reason = (int)reason,
	    .invalid_since = invalid_since};
	enum ca_status st;

	if ((st = ledger_authority_by_id(a->ledger, target->issuer, take_owner,
		 &owner, err)) != CA_OK ||
	    (st = date_of_now(a, &revocation.revoked_at, err)) != CA_OK)
		goto out;
	if (owner.is_root) {
		st = ca_fail(err, CA_REFUSED,
		    "a root cannot revoke itself: nobody who trusts "
		    "it would believe it; have it removed where it "
		    "is trusted, and revoke what it signed");
		goto out;
	}
	if (invalid_since != LEDGER_NO_TIME &&
	    invalid_since > revocation.revoked_at) {
		st = ca_fail(err, CA_USAGE,
		    "invalidity date: is in the future: it says since when "
		    "the key was in doubt (RFC 5280 5.3.2)");
		goto out;
	}
	st = ledger_revoke(a->ledger, &revocation, ret_changed, err);
	if (st == CA_OK && *ret_changed)
		st = tell(a, LEDGER_EVENT_REVOKED, row, revocation.revoked_at,
		    target, ca_view(&owner.spki_hash), err);
out:
	ca_buf_free(&owner.spki_hash);
	return st;
}

/* Inside a transaction. */
static enum ca_status
revoke_row(struct authority *a, int64_t row, const struct revoke_order *order,
    bool *ret_changed, struct ca_error *err)
{
	struct target target = {0};
	enum ca_status st;

	st = ledger_cert_by_id(a->ledger, row, take_target, &target, err);
	if (st == CA_OK)
		st = record(a, row, &target, order->reason,
		    order->invalid_since, ret_changed, err);
	target_done(&target);
	return st;
}

/* ---- many at once ---- */

/* Rows gathered before the first is written: a walk does not see its own
 * table change. */
struct gathered {
	struct ca_buf rows; /* int64_t, one behind the other */
	int64_t lineage;    /* of the row looked at last */
};

static enum ca_status
gather(struct gathered *all, int64_t row)
{
	return ca_buf_append(
	    &all->rows, (struct ca_bytes){(const uint8_t *)&row, sizeof(row)});
}

static enum ca_status
gather_row(void *ctx, const struct ledger_cert *row)
{
	return gather(ctx, row->id);
}

static enum ca_status
take_lineage(void *ctx, const struct ledger_cert *row)
{
	struct gathered *all = ctx;

	all->lineage = row->lineage;
	return CA_OK;
}

static enum ca_status
gather_all(struct authority *a, const struct revoke_order *order,
    struct gathered *all, struct ca_error *err)
{
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < order->count && st == CA_OK; i++) {
		struct ledger_query line = {0};

		if (!order->lineage) {
			st = gather(all, order->rows[i]);
			continue;
		}
		st = ledger_cert_by_id(
		    a->ledger, order->rows[i], take_lineage, all, err);
		line.lineage = all->lineage;
		if (st == CA_OK)
			st = ledger_each_cert(
			    a->ledger, &line, gather_row, all, err);
	}
	if (st == CA_OK && order->spki_hash.len > 0) {
		const struct ledger_query key = {.spki_hash = order->spki_hash};

		st = ledger_each_cert(a->ledger, &key, gather_row, all, err);
	}
	return st == CA_MEMORY ? ca_fail(err, st, "out of memory") : st;
}

static int
by_row(const void *left, const void *right)
{
	int64_t a, b;

	memcpy(&a, left, sizeof(a));
	memcpy(&b, right, sizeof(b));
	return a < b ? -1 : a > b;
}

static enum ca_status
revoke_gathered(struct authority *a, const struct gathered *all,
    const struct revoke_order *order, struct revoke_outcome *ret,
    struct ca_error *err)
{
	size_t count = all->rows.len / sizeof(int64_t);
	int64_t row, before = 0;
	enum ca_status st = CA_OK;

	if (count > 0)
		qsort(all->rows.data, count, sizeof(row), by_row);
	for (size_t i = 0; i < count && st == CA_OK; i++) {
		bool changed = false;

		memcpy(&row, all->rows.data + i * sizeof(row), sizeof(row));
		if (row == before)
			continue;
		before = row;
		ret->found++;
		st = revoke_row(a, row, order, &changed, err);
		ret->changed += changed ? 1 : 0;
	}
	return st;
}

static enum ca_status
block_key(struct authority *a, struct ca_bytes spki_hash,
    struct revoke_outcome *ret, struct ca_error *err)
{
	struct ledger_event event = {.actor = authority_actor(a),
	    .kind = LEDGER_EVENT_BLOCKED,
	    .object_hash = spki_hash};
	enum ca_status st;

	if ((st = date_of_now(a, &event.time, err)) != CA_OK ||
	    (st = ledger_block_key(a->ledger, spki_hash, event.time,
		 &ret->key_blocked, err)) != CA_OK)
		return st;
	return ret->key_blocked ? ledger_add_event(a->ledger, &event, err) :
				  CA_OK;
}

enum ca_status
authority_revoke_all(struct authority *a, const struct revoke_order *order,
    struct revoke_outcome *ret, struct ca_error *err)
{
	bool blocks = order->spki_hash.len > 0;
	struct revoke_outcome outcome = {0};
	struct gathered all = {0};
	enum ca_status st;

	if (blocks && order->reason == CA_REASON_CERTIFICATE_HOLD)
		return ca_fail(err, CA_USAGE,
		    "certificateHold can be lifted, a blocked key cannot: "
		    "name the certificates, or give another reason");
	if ((st = ledger_begin(a->ledger, err)) != CA_OK)
		return st;
	if ((st = gather_all(a, order, &all, err)) != CA_OK ||
	    (st = revoke_gathered(a, &all, order, &outcome, err)) != CA_OK ||
	    (blocks &&
		(st = block_key(a, order->spki_hash, &outcome, err)) !=
		    CA_OK) ||
	    order->only_look || (st = ledger_commit(a->ledger, err)) != CA_OK)
		ledger_rollback(a->ledger);
	if (st == CA_OK)
		*ret = outcome;
	ca_buf_free(&all.rows);
	return st;
}

enum ca_status
authority_revoke(struct authority *a, int64_t row, enum ca_reason reason,
    int64_t invalid_since, bool *ret_changed, struct ca_error *err)
{
	const struct revoke_order order = {.rows = &row,
	    .count = 1,
	    .reason = reason,
	    .invalid_since = invalid_since};
	struct revoke_outcome outcome;
	enum ca_status st = authority_revoke_all(a, &order, &outcome, err);

	if (st == CA_OK)
		*ret_changed = outcome.changed > 0;
	return st;
}

/* ---- unhold ---- */

static enum ca_status
lift(struct authority *a, int64_t row, const struct target *target,
    struct ca_error *err)
{
	struct owner owner = {.row = row};
	const char *what = target->revoked_at == LEDGER_NO_TIME ?
	    "not revoked" :
	    ca_reason_name(target->reason);
	int64_t now = 0;
	enum ca_status st;

	if (target->revoked_at == LEDGER_NO_TIME ||
	    target->reason != CA_REASON_CERTIFICATE_HOLD)
		return ca_fail(err, CA_REFUSED,
		    "%.*s: is not on hold (%s): nothing but certificateHold "
		    "can be lifted (RFC 5280 5.3.1)",
		    (int)target->subject.len,
		    (const char *)target->subject.data, what);
	if ((st = ledger_authority_by_id(a->ledger, target->issuer, take_owner,
		 &owner, err)) == CA_OK &&
	    (st = date_of_now(a, &now, err)) == CA_OK &&
	    (st = ledger_unhold(a->ledger, row, err)) == CA_OK)
		st = tell(a, LEDGER_EVENT_UNHELD, row, now, target,
		    ca_view(&owner.spki_hash), err);
	ca_buf_free(&owner.spki_hash);
	return st;
}

enum ca_status
authority_unhold(struct authority *a, const int64_t *rows, size_t count,
    struct ca_error *err)
{
	enum ca_status st;

	if ((st = ledger_begin(a->ledger, err)) != CA_OK)
		return st;
	for (size_t i = 0; i < count && st == CA_OK; i++) {
		struct target target = {0};

		st = ledger_cert_by_id(
		    a->ledger, rows[i], take_target, &target, err);
		if (st == CA_OK)
			st = lift(a, rows[i], &target, err);
		target_done(&target);
	}
	if (st != CA_OK || (st = ledger_commit(a->ledger, err)) != CA_OK)
		ledger_rollback(a->ledger);
	return st;
}
