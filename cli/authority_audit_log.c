/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transparency log: its keys, its tree, its checkpoints. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/time.h"
#include "cli/authority_audit.h"
#include "cli/file.h"
#include "cli/home.h"

#define COPY "log/checkpoint"
#define GIVEN "the checkpoint given"
/* More events than are missing without somebody's doing. */
#define GAP_MAX 100000
#define RESTORED_MAX 64 /* more are not told of */

struct claim {
	struct ca_merkle_head head;
	const char *who; /* NULL: the row of that size */
};

struct key {
	uint8_t hash[LEDGER_HASH_LEN]; /* as its event has it */
	int64_t created;
	bool told;
};

/* A backup was put back, and that was accepted: its event. */
struct restored {
	int64_t sequence, time;
	uint64_t size; /* of the log that was replaced; 0: not known */
};

struct audit_log {
	struct ca_merkle_range range;
	bool differs; /* the tree's rows, which was said */
	struct claim *claims;
	size_t count, room, next;
	struct key *keys;
	size_t key_count, key_room;
	struct ca_buf copy; /* log/checkpoint, before the snapshot */
	/* CRLs that no checkpoint came with since the log has a key. */
	bool keyed, awaits;
	int64_t awaited_time, awaited_event, first_bare;
	size_t bare;
	struct restored restored[RESTORED_MAX];
	size_t restored_count;
};

void
audit_log_free(struct audit_log *log)
{
	if (log == NULL)
		return;
	free(log->claims);
	free(log->keys);
	ca_buf_free(&log->copy);
	free(log);
}

static void
fault(struct audit *audit, const char *who, const char *what)
{
	audit_say(audit, AUDIT_FAULT, 0, who, what);
}

/* ---- what was claimed ---- */

enum ca_status
audit_log_load(struct audit *audit, struct ca_error *err)
{
	struct ca_buf path = {0};
	struct ca_error inner = {0};
	enum ca_status st;

	audit->log = calloc(1, sizeof(*audit->log));
	if (audit->log == NULL ||
	    home_path(audit->a->path, COPY, &path) != CA_OK ||
	    ca_buf_text(&path) == NULL) {
		ca_buf_free(&path);
		return ca_fail(err, CA_MEMORY, "out of memory");
	}
	st = file_read_regular(
	    ca_buf_text(&path), CA_NOTE_MAX, &audit->log->copy, &inner);
	ca_buf_free(&path);
	if (st != CA_OK && st != CA_NOT_FOUND)
		fault(audit, NULL, inner.msg);
	return CA_OK;
}

/* who NULL: a row's. */
static enum ca_status
add_claim(struct audit *audit, const char *who, const char *name,
    struct ca_bytes note, int64_t size)
{
	struct audit_log *log = audit->log;
	struct ca_checkpoint point;
	struct ca_error inner = {0};
	enum ca_status st;

	if ((st = ca_checkpoint_parse(note, &point, &inner)) == CA_OK)
		st = authority_log_verify(audit->a, &point, &inner);
	if (st == CA_MEMORY)
		return st;
	if (st != CA_OK) {
		fault(audit, name, inner.msg);
		return CA_OK;
	}
	if (who == NULL && point.head.size != (uint64_t)size) {
		fault(audit, name, "is of another size than its row says");
		return CA_OK;
	}
	if (!audit_make_room((void **)&log->claims, sizeof(*log->claims),
		log->count, &log->room))
		return CA_MEMORY;
	log->claims[log->count++] = (struct claim){point.head, who};
	return CA_OK;
}

static enum ca_status
take_row(void *ctx, const struct ledger_checkpoint_row *row)
{
	char name[48];

	(void)snprintf(
	    name, sizeof(name), "checkpoint %lld", (long long)row->size);
	return add_claim(ctx, NULL, name, row->note, row->size);
}

static enum ca_status
take_key(void *ctx, const struct ledger_log_key *row)
{
	struct audit *audit = ctx;
	struct audit_log *log = audit->log;
	struct key *key;

	if (row->id != (int64_t)log->key_count + 1)
		fault(audit, "log", "a key of it before another is missing");
	if (!audit_make_room((void **)&log->keys, sizeof(*log->keys),
		log->key_count, &log->key_room))
		return CA_MEMORY;
	key = &log->keys[log->key_count++];
	*key = (struct key){.created = row->created};
	return authority_hash(row->key, key->hash, NULL);
}

/* The restore that a claim about another history is explained by: the first
 * after which it was not seen again. */
static const struct restored *
explained_by(const struct audit_log *log, const struct claim *claim)
{
	for (size_t i = 0; i < log->restored_count; i++)
		if (log->restored[i].size == 0 ||
		    log->restored[i].size >= claim->head.size)
			return &log->restored[i];
	return NULL;
}

static void
say_claim(struct audit *audit, const struct claim *claim, const char *what)
{
	const struct restored *restored = explained_by(audit->log, claim);
	char name[64], whole[320], when[CA_TIME_TEXT];

	if (restored != NULL) {
		ca_time_text(restored->time, when);
		(void)snprintf(whole, sizeof(whole),
		    "%s; event %lld tells of a backup that was restored on "
		    "%s%s",
		    what, (long long)restored->sequence, when,
		    restored->size == claim->head.size ?
			" in place of just this log" :
			"");
		what = whole;
	}

	if (claim->who != NULL)
		(void)snprintf(name, sizeof(name), "%s", claim->who);
	else
		(void)snprintf(name, sizeof(name), "checkpoint %" PRIu64,
		    claim->head.size);
	fault(audit, name, what);
}

/* Every claim about the tree as large as it is now. */
static enum ca_status
check_claims(struct audit *audit)
{
	struct audit_log *log = audit->log;
	struct ca_merkle_hash root;
	enum ca_status st;

	for (; log->next < log->count &&
	     log->claims[log->next].head.size == log->range.size;
	     log->next++) {
		const struct claim *claim = &log->claims[log->next];

		if (claim->who == NULL)
			log->awaits = false;
		if ((st = ca_merkle_root(&log->range, &root, NULL)) != CA_OK)
			return st;
		if (!ca_merkle_equal(&root, &claim->head.root))
			say_claim(audit, claim,
			    "the events up to it are not those that it was "
			    "made of: the history was changed, or an older "
			    "ledger was put back and went on");
	}
	return CA_OK;
}

static int
by_size(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;

	return (x->head.size > y->head.size) - (x->head.size < y->head.size);
}

enum ca_status
audit_log_open(struct audit *audit, struct ca_error *err)
{
	struct audit_log *log = audit->log;
	struct ledger *ledger = audit->a->ledger;
	const struct audit_report *report = audit->report;
	enum ca_status st;

	if ((st = ledger_each_log_key(ledger, take_key, audit, err)) == CA_OK)
		st = ledger_each_checkpoint(ledger, take_row, audit, err);
	if (st == CA_OK && log->copy.len > 0)
		st = add_claim(audit, COPY, COPY, ca_view(&log->copy), 0);
	for (size_t i = 0; i < report->against_count && st == CA_OK; i++)
		st = add_claim(audit, GIVEN, GIVEN, report->against[i], 0);
	if (st != CA_OK)
		return ca_fail(err, st, "the log's checkpoints: %s",
		    st == CA_MEMORY ? "out of memory" : "cannot be read");
	if (log->count > 0)
		qsort(log->claims, log->count, sizeof(*log->claims), by_size);
	return check_claims(audit);
}

/* ---- leaf by leaf ---- */

struct kept {
	struct ca_merkle_nodes nodes;
	bool there;
};

static enum ca_status
take_nodes(void *ctx, int64_t size, struct ca_bytes nodes)
{
	struct kept *kept = ctx;
	const size_t each = sizeof(kept->nodes.hashes[0]);

	(void)size;
	if (nodes.len == 0 || nodes.len % each != 0 ||
	    nodes.len > sizeof(kept->nodes.hashes))
		return CA_OK;
	memcpy(kept->nodes.hashes, nodes.data, nodes.len);
	kept->nodes.count = nodes.len / each;
	kept->there = true;
	return CA_OK;
}

static bool
same_nodes(const struct ca_merkle_nodes *a, const struct ca_merkle_nodes *b)
{
	return a->count == b->count &&
	    memcmp(a->hashes, b->hashes, a->count * sizeof(a->hashes[0])) == 0;
}

/* leaf NULL: of an event that is missing, which was said; the tree still has
 * its hash. */
static enum ca_status
grow(struct audit *audit, const struct ca_bytes *leaf)
{
	struct audit_log *log = audit->log;
	int64_t size = (int64_t)log->range.size + 1;
	struct kept kept = {0};
	struct ca_merkle_nodes nodes;
	struct ca_merkle_hash hash = {{0}};
	struct ca_error unread = {0};
	char who[48];
	enum ca_status st;

	st = ledger_log_nodes(
	    audit->a->ledger, size, take_nodes, &kept, &unread);
	if (st == CA_MEMORY)
		return st;
	st = CA_OK;
	if (leaf != NULL)
		st = ca_merkle_leaf(*leaf, &hash, NULL);
	else if (kept.there)
		hash = kept.nodes.hashes[0];
	if (st != CA_OK ||
	    (st = ca_merkle_append(&log->range, &hash, &nodes, NULL)) != CA_OK)
		return st;
	/* One wrong node makes those above it wrong. */
	if (!log->differs &&
	    (!kept.there || !same_nodes(&nodes, &kept.nodes))) {
		log->differs = true;
		(void)snprintf(
		    who, sizeof(who), "log: entry %lld", (long long)size);
		fault(audit, who,
		    kept.there ? "is not the hash of its event" :
			unread.status == CA_OK ||
			    unread.status == CA_NOT_FOUND ?
				 "is missing from the tree" :
				 unread.msg);
	}
	return check_claims(audit);
}

/* A checkpoint is recorded with a CRL, so that its size is that of the last
 * event that tells of the CRL. */
static void
end_awaiting(struct audit_log *log)
{
	if (log->awaits && log->bare++ == 0)
		log->first_bare = log->awaited_event;
	log->awaits = false;
}

static void
await_checkpoint(struct audit_log *log, const struct ledger_event *event)
{
	bool is_crl = strcmp(event->kind, LEDGER_EVENT_CRL) == 0,
	     is_forced = strcmp(event->kind, LEDGER_EVENT_FORCED) == 0;

	if ((!is_crl && !is_forced) || event->time != log->awaited_time)
		end_awaiting(log);
	if (!is_crl || !log->keyed)
		return;
	log->awaits = true;
	log->awaited_time = event->time;
	log->awaited_event = event->sequence;
}

static void
say_bare(struct audit *audit)
{
	struct audit_log *log = audit->log;
	char what[200];

	end_awaiting(log);
	if (log->bare == 0)
		return;
	(void)snprintf(what, sizeof(what),
	    "%zu publication%s of CRLs came without a checkpoint, the first "
	    "told by event %lld: the log's key could not be used then, or "
	    "a checkpoint was taken away since",
	    log->bare, log->bare == 1 ? "" : "s", (long long)log->first_bare);
	audit_say(audit, AUDIT_NOTE, 0, "log", what);
}

static void
tell_key(struct audit *audit, const struct ledger_event *event)
{
	struct audit_log *log = audit->log;
	char who[48];

	for (size_t i = 0; i < log->key_count; i++) {
		struct key *key = &log->keys[i];

		if (key->told || key->created != event->time ||
		    !ca_bytes_equal(event->object_hash,
			(struct ca_bytes){key->hash, LEDGER_HASH_LEN}))
			continue;
		key->told = true;
		return;
	}
	(void)snprintf(
	    who, sizeof(who), "event %lld", (long long)event->sequence);
	fault(audit, who, "tells of a key of the log that is not there");
}

static void
take_restored(struct audit_log *log, const struct ledger_event *event)
{
	struct restored *one = &log->restored[log->restored_count];

	if (strcmp(event->kind, LEDGER_EVENT_RESTORED) != 0 ||
	    log->restored_count == RESTORED_MAX)
		return;
	*one = (struct restored){
	    .sequence = event->sequence, .time = event->time};
	for (size_t i = 0; i < event->serial.len && i < 8; i++)
		one->size = one->size << 8 | event->serial.data[i];
	log->restored_count++;
}

enum ca_status
audit_log_event(struct audit *audit, const struct ledger_event *event)
{
	struct audit_log *log = audit->log;
	enum ca_status st = CA_OK;

	/* Before the tree is as large as what it explains. */
	take_restored(log, event);

	if (event->sequence <= (int64_t)log->range.size ||
	    event->sequence - (int64_t)log->range.size > GAP_MAX)
		return CA_OK;
	await_checkpoint(log, event);
	while ((int64_t)log->range.size + 1 < event->sequence && st == CA_OK)
		st = grow(audit, NULL);
	if (st == CA_OK)
		st = grow(audit, &event->leaf);
	if (strcmp(event->kind, LEDGER_EVENT_LOG_KEY) == 0) {
		log->keyed = true;
		tell_key(audit, event);
	}
	return st;
}

/* ---- what is left ---- */

enum ca_status
audit_log_end(struct audit *audit, struct ca_error *err)
{
	struct audit_log *log = audit->log;
	char what[200];
	int64_t size = 0;
	enum ca_status st = ledger_log_size(audit->a->ledger, &size, err);

	if (st != CA_OK)
		return st;
	if (size != (int64_t)log->range.size) {
		(void)snprintf(what, sizeof(what),
		    "has %lld entries, and there are %" PRIu64
		    " events: the newest were taken away",
		    (long long)size, log->range.size);
		fault(audit, "log", what);
	}
	for (; log->next < log->count; log->next++) {
		const struct claim *claim = &log->claims[log->next];

		(void)snprintf(what, sizeof(what),
		    "is of %" PRIu64 " events, and the ledger has %" PRIu64
		    ": an older ledger was put back",
		    claim->head.size, log->range.size);
		say_claim(audit, claim, what);
	}
	for (size_t i = 0; i < log->key_count; i++)
		if (!log->keys[i].told)
			fault(audit, "log",
			    "a key of it is there whose event log-key-added "
			    "is missing");
	say_bare(audit);
	return CA_OK;
}
