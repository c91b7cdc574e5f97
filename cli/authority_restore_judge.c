/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a restore would forget, and what is recorded of that. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ca/time.h"
#include "cli/authority_backup.h"
#include "cli/authority_restore_parts.h"
#include "cli/home.h"
#include "cli/text.h"

/* ---- a checkpoint that was kept elsewhere ---- */

static enum ca_status
judge_checkpoint(struct restore *restore, struct ca_error *err)
{
	const struct ca_bytes against = restore->order->against;
	struct ca_checkpoint point;
	struct ca_error inner = {0};
	int64_t size = 0;
	enum ca_status st;

	if (against.len == 0)
		return CA_OK;
	if ((st = ca_checkpoint_parse(against, &point, err)) != CA_OK ||
	    (st = authority_log_verify(restore->fresh, &point, err)) != CA_OK ||
	    (st = ledger_log_size(restore->fresh->ledger, &size, err)) != CA_OK)
		return st;
	st = authority_log_is_beginning(restore->fresh, &point.head, &inner);
	if (st != CA_UNTRUSTED)
		return st == CA_OK ? st : ca_fail(err, st, "%s", inner.msg);
	restore->loss.is_any = restore->loss.has_head = true;
	restore->loss.head = point.head;
	if (restore->order->accept_rollback && !restore->order->check)
		return CA_OK;
	if (point.head.size > (uint64_t)size)
		return ca_fail(err, CA_REFUSED,
		    "the backup has %" PRId64 " events, and the checkpoint saw "
		    "%" PRIu64 ": %" PRIu64 " would be forgotten; find a newer "
		    "backup, or accept that with --accept-rollback",
		    size, point.head.size, point.head.size - (uint64_t)size);
	return ca_fail(err, CA_REFUSED,
	    "the backup's first %" PRIu64 " events are not those that the "
	    "checkpoint saw: what they were would be forgotten; find another "
	    "backup, or accept that with --accept-rollback",
	    point.head.size);
}

/* ---- the home that is there ---- */

struct logs {
	struct ledger *old, *fresh;
	int64_t old_size, fresh_size;
};

/* Both logs have the same first size entries. */
static enum ca_status
same_until(
    const struct logs *logs, int64_t size, bool *ret, struct ca_error *err)
{
	struct ca_merkle_head a, b;
	enum ca_status st;

	if ((st = backup_head(logs->old, size, &a, err)) == CA_OK &&
	    (st = backup_head(logs->fresh, size, &b, err)) == CA_OK)
		*ret = ca_merkle_equal(&a.root, &b.root);
	return st;
}

static enum ca_status
common_beginning(const struct logs *logs, int64_t *ret, struct ca_error *err)
{
	int64_t low = 0,
		high = logs->old_size < logs->fresh_size ? logs->old_size :
							   logs->fresh_size;

	while (low < high) {
		int64_t middle = low + (high - low + 1) / 2;
		bool same = false;
		enum ca_status st = same_until(logs, middle, &same, err);

		if (st != CA_OK)
			return st;
		if (same)
			low = middle;
		else
			high = middle - 1;
	}
	*ret = low;
	return CA_OK;
}

struct forgotten {
	int64_t events, certificates, crls, revocations, authorities;
};

static enum ca_status
count_event(void *ctx, const struct ledger_event *row)
{
	struct forgotten *forgotten = ctx;
	const struct {
		const char *kind;
		int64_t *count;
	} kinds[] = {
	    {LEDGER_EVENT_INTENDED, &forgotten->certificates},
	    {LEDGER_EVENT_CRL, &forgotten->crls},
	    {LEDGER_EVENT_REVOKED, &forgotten->revocations},
	    {LEDGER_EVENT_AUTHORITY, &forgotten->authorities},
	};

	forgotten->events++;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(row->kind, kinds[i].kind) == 0)
			++*kinds[i].count;
	return CA_OK;
}

static void
put_count(struct text *out, const char *before, int64_t count, const char *what)
{
	text_add(out, "%s%" PRId64 " %s%s", before, count, what,
	    count == 1 ? "" : "s");
}

static enum ca_status
fail_forgotten(const struct restore *restore, const struct forgotten *forgotten,
    struct ca_error *err)
{
	struct text line = {0};
	char when[CA_TIME_TEXT];

	ca_time_text(restore->manifest.time, when);
	put_count(&line, "", forgotten->certificates, "certificate");
	put_count(&line, ", ", forgotten->crls, "CRL");
	put_count(&line, ", ", forgotten->revocations, "revocation");
	if (forgotten->authorities > 0)
		text_add(&line, ", %" PRId64 " of the authorities",
		    forgotten->authorities);
	put_count(&line, ", ", forgotten->events, "event");
	(void)ca_fail(err, CA_REFUSED,
	    "%s: %s after the backup of %s would be forgotten; mend this home "
	    "if it can be, or accept that with --accept-rollback",
	    restore->home, text_get(&line), when);
	text_done(&line);
	return CA_REFUSED;
}

static enum ca_status
take_first(void *ctx, const struct ledger_authority *row)
{
	struct ca_buf *spki = ctx;

	return spki->len > 0 ? CA_OK : ca_buf_append(spki, row->spki_hash);
}

static enum ca_status
same_root(const struct restore *restore, struct ca_error *err)
{
	struct ca_buf old = {0}, fresh = {0};
	enum ca_status st;

	if ((st = ledger_each_authority(
		 restore->old->ledger, take_first, &old, err)) == CA_OK &&
	    (st = ledger_each_authority(
		 restore->fresh->ledger, take_first, &fresh, err)) == CA_OK &&
	    !ca_bytes_equal(ca_view(&old), ca_view(&fresh)))
		st = ca_fail(err, CA_REFUSED,
		    "%s: is the home of another authority than the backup's: "
		    "restore it into another folder (--home DIR)",
		    restore->home);
	ca_buf_free(&old);
	ca_buf_free(&fresh);
	return st;
}

/* Within the transaction that keeps others from writing there. */
static enum ca_status
compare(struct restore *restore, struct ca_error *err)
{
	struct logs logs = {
	    .old = restore->old->ledger, .fresh = restore->fresh->ledger};
	struct forgotten forgotten = {0};
	struct restore_loss *loss = &restore->loss;
	int64_t common = 0;
	enum ca_status st;

	if ((st = ledger_log_size(logs.old, &logs.old_size, err)) != CA_OK ||
	    (st = ledger_log_size(logs.fresh, &logs.fresh_size, err)) !=
		CA_OK ||
	    (st = common_beginning(&logs, &common, err)) != CA_OK ||
	    (st = ledger_each_event(
		 logs.old, common, count_event, &forgotten, err)) != CA_OK)
		return st;
	if (common == logs.old_size)
		return CA_OK;
	if (!restore->order->accept_rollback)
		return fail_forgotten(restore, &forgotten, err);
	loss->is_any = loss->has_head = true;
	return backup_head(logs.old, logs.old_size, &loss->head, err);
}

static enum ca_status
open_old(struct restore *restore, struct ca_error *err)
{
	const struct authority_options options = {.home = restore->home,
	    .wait_ms = restore->order->wait_ms,
	    .world = restore->order->world};
	enum ca_status st = authority_open(&options, &restore->old, err);

	if (st == CA_OK &&
	    (st = authority_check_founded(restore->old, err)) == CA_OK)
		st = ledger_begin(restore->old->ledger, err);
	return st;
}

/* Its ledger cannot be asked: it may be what the backup is wanted for. */
static enum ca_status
judge_unreadable(
    struct restore *restore, const struct ca_error *why, struct ca_error *err)
{
	authority_close(restore->old);
	restore->old = NULL;
	restore->loss.unknown = true;
	if (restore->order->accept_rollback)
		return CA_OK;
	return ca_fail(err, CA_REFUSED,
	    "%s: its ledger cannot be read, so what it has beyond the backup "
	    "is "
	    "not known; accept that with --accept-rollback (%.200s)",
	    restore->home, why->msg);
}

static enum ca_status
judge_home(struct restore *restore, struct ca_error *err)
{
	struct ca_error inner = {0};
	enum ca_status st = open_old(restore, &inner);

	if (st == CA_BUSY || st == CA_MEMORY)
		return ca_fail(err, st, "%s", inner.msg);
	if (st != CA_OK)
		return judge_unreadable(restore, &inner, err);
	if ((st = same_root(restore, &inner)) == CA_OK)
		st = compare(restore, &inner);
	if (st == CA_REFUSED || st == CA_MEMORY)
		return ca_fail(err, st, "%s", inner.msg);
	return st == CA_OK ? st : judge_unreadable(restore, &inner, err);
}

enum ca_status
restore_judge(struct restore *restore, struct ca_error *err)
{
	enum ca_status st = judge_checkpoint(restore, err);

	if (st != CA_OK || restore->order->check)
		return st;
	if (restore->is_there)
		return judge_home(restore, err);
	restore->loss.unknown = true;
	return CA_OK;
}

/* ---- what is recorded ---- */

static struct ca_bytes
magnitude(int64_t number, uint8_t ret[8])
{
	size_t first = 8;

	for (uint64_t rest = (uint64_t)number; rest > 0; rest >>= 8)
		ret[--first] = (uint8_t)rest;
	return (struct ca_bytes){ret + first, 8 - first};
}

struct issuer {
	int64_t id;
	uint8_t spki_hash[LEDGER_HASH_LEN];
};

static enum ca_status
take_issuer(void *ctx, const struct ledger_authority *row)
{
	struct issuer *issuer = ctx;

	if (row->spki_hash.len != LEDGER_HASH_LEN)
		return CA_IO;
	issuer->id = row->id;
	memcpy(issuer->spki_hash, row->spki_hash.data, LEDGER_HASH_LEN);
	return CA_OK;
}

/* The last number that can have been published under this authority: what the
 * replaced home says, or, where there is none to ask, one CRL a second since
 * the backup. */
static enum ca_status
last_number(struct restore *restore, const char *name, int64_t recorded,
    int64_t *ret, struct ca_error *err)
{
	int64_t passed = authority_now(restore->fresh) - restore->manifest.time;
	struct issuer old = {0};
	int64_t next = 0;
	enum ca_status st;

	*ret = recorded;
	if (restore->old == NULL || restore->loss.unknown)
		*ret += (passed > 0 ? passed : 0) + AUTHORITY_CLOCK_SLACK;
	if (restore->old == NULL)
		return CA_OK;
	st = ledger_authority_by_name(
	    restore->old->ledger, name, take_issuer, &old, NULL);
	if (st == CA_NOT_FOUND)
		return CA_OK;
	if (st != CA_OK)
		return ca_fail(err, st, "authority %s: cannot be read", name);
	st = ledger_next_crl_number(restore->old->ledger, old.id, &next, err);
	if (st == CA_OK && next - 1 > *ret)
		*ret = next - 1;
	return st;
}

static enum ca_status
raise_number(struct restore *restore, const struct backup_issuer *row,
    int64_t now, struct ca_error *err)
{
	struct ledger *ledger = restore->fresh->ledger;
	struct issuer issuer = {0};
	uint8_t octets[8];
	bool changed = false;
	int64_t last = 0;
	enum ca_status st;

	if ((st = ledger_authority_by_name(
		 ledger, row->name, take_issuer, &issuer, err)) != CA_OK ||
	    (st = last_number(restore, row->name, row->number, &last, err)) !=
		CA_OK ||
	    (st = ledger_raise_crl_number(
		 ledger, issuer.id, last, &changed, err)) != CA_OK ||
	    !changed)
		return st;
	return ledger_add_event(ledger,
	    &(struct ledger_event){.time = now,
		.actor = authority_actor(restore->fresh),
		.kind = LEDGER_EVENT_RAISED,
		.issuer_spki_hash = {issuer.spki_hash, LEDGER_HASH_LEN},
		.serial = magnitude(last, octets)},
	    err);
}

static enum ca_status
add_events(struct restore *restore, int64_t now, struct ca_error *err)
{
	const struct restore_loss *loss = &restore->loss;
	const struct backup_manifest *manifest = &restore->manifest;
	struct ledger_event event = {.time = now,
	    .actor = authority_actor(restore->fresh),
	    .kind = LEDGER_EVENT_RESTORED};
	uint8_t octets[8];
	enum ca_status st;

	if (loss->has_head) {
		event.serial = magnitude((int64_t)loss->head.size, octets);
		event.object_hash = (struct ca_bytes){
		    loss->head.root.octets, LEDGER_HASH_LEN};
	}
	st = ledger_add_event(restore->fresh->ledger, &event, err);
	for (size_t i = 0; i < manifest->issuer_count && st == CA_OK; i++)
		st = raise_number(restore, &manifest->issuers[i], now, err);
	return st;
}

/* The log's newest state, signed; where its key cannot be used that is told. */
static void
mark(struct restore *restore)
{
	struct ca_error inner = {0};
	struct ca_buf note = {0};
	struct text line = {0};

	if (authority_log_checkpoint(restore->fresh, NULL, &note, &inner) !=
		CA_OK ||
	    authority_log_copy(restore->fresh, &inner) != CA_OK) {
		text_add(&line,
		    "no checkpoint says yet that the backup was restored: %s",
		    inner.msg);
		restore->order->note(restore->order->ctx, text_get(&line));
		text_done(&line);
	}
	ca_buf_free(&note);
}

enum ca_status
restore_record(struct restore *restore, struct ca_error *err)
{
	struct authority *a = restore->fresh;
	int64_t now = authority_now(a);
	enum ca_status st;

	if (!restore->loss.is_any && !restore->loss.unknown)
		return CA_OK;
	if ((st = ledger_begin(a->ledger, err)) != CA_OK)
		return st;
	if ((st = authority_check_clock(a, now, err)) == CA_OK &&
	    (st = add_events(restore, now, err)) == CA_OK)
		st = ledger_commit(a->ledger, err);
	ledger_rollback(a->ledger);
	if (st == CA_OK)
		mark(restore);
	return st;
}
