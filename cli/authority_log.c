/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/authority_log.h"

#include <string.h>

#include "ca/proof.h"
#include "cli/authority_internal.h"
#include "cli/file.h"
#include "cli/home.h"

#define COPY "log/checkpoint"

/* ---- the tree's hashes ---- */

static enum ca_status
hash_leaf(
    struct ca_bytes leaf, uint8_t ret[LEDGER_HASH_LEN], struct ca_error *err)
{
	struct ca_merkle_hash hash;
	enum ca_status st = ca_merkle_leaf(leaf, &hash, err);

	if (st == CA_OK)
		memcpy(ret, hash.octets, LEDGER_HASH_LEN);
	return st;
}

static enum ca_status
hash_node(const uint8_t left[LEDGER_HASH_LEN],
    const uint8_t right[LEDGER_HASH_LEN], uint8_t ret[LEDGER_HASH_LEN],
    struct ca_error *err)
{
	struct ca_merkle_hash l, r;
	enum ca_status st;

	memcpy(l.octets, left, LEDGER_HASH_LEN);
	memcpy(r.octets, right, LEDGER_HASH_LEN);
	if ((st = ca_merkle_node(&l, &r, &l, err)) == CA_OK)
		memcpy(ret, l.octets, LEDGER_HASH_LEN);
	return st;
}

const struct ledger_hasher *
log_hasher(void)
{
	static const struct ledger_hasher hasher = {hash_leaf, hash_node};

	return &hasher;
}

/* ---- checkpoints ---- */

static enum ca_status
path_of(struct authority *a, const char *part, struct ca_buf *ret,
    struct ca_error *err)
{
	if (home_path(a->path, part, ret) != CA_OK || ca_buf_text(ret) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	return CA_OK;
}

static enum ca_status
read_node(void *ctx, unsigned level, uint64_t index, struct ca_merkle_hash *ret,
    struct ca_error *err)
{
	return ledger_log_node(ctx, level, index, ret->octets, err);
}

static struct ca_merkle_source
source_of(struct authority *a)
{
	return (struct ca_merkle_source){read_node, a->ledger};
}

static enum ca_status
head_now(struct authority *a, struct ca_merkle_head *ret, struct ca_error *err)
{
	const struct ca_merkle_source source = source_of(a);
	int64_t size = 0;
	enum ca_status st = ledger_log_size(a->ledger, &size, err);

	if (st != CA_OK)
		return st;
	ret->size = (uint64_t)size;
	return ca_merkle_root_at(&source, ret->size, &ret->root, err);
}

/* A recorded one. */
struct recorded {
	int64_t size;
	struct ca_buf note;
};

static enum ca_status
take_note(void *ctx, const struct ledger_checkpoint_row *row)
{
	struct recorded *recorded = ctx;

	recorded->size = row->size;
	return ca_buf_append(&recorded->note, row->note);
}

/* size 0 when there is none. */
static enum ca_status
newest_note(struct authority *a, struct recorded *ret, struct ca_error *err)
{
	struct ca_error inner = {0};
	enum ca_status st;

	*ret = (struct recorded){0};
	st = ledger_last_checkpoint(a->ledger, take_note, ret, &inner);
	if (st == CA_OK || st == CA_NOT_FOUND)
		return CA_OK;
	ca_buf_free(&ret->note);
	return ca_fail(
	    err, st, "%s", inner.msg[0] != '\0' ? inner.msg : "out of memory");
}

/* Inside a transaction, with the key. */
static enum ca_status
sign_and_record(struct authority *a, int64_t now, struct ca_error *err)
{
	struct ca_merkle_head head;
	struct ca_buf note = {0};
	struct ca_rng *rng;
	enum ca_status st;

	if ((st = authority_rng(a, &rng, err)) != CA_OK ||
	    (st = head_now(a, &head, err)) != CA_OK ||
	    (st = ca_checkpoint_sign(
		 &head, &a->log.key, a->log.secret, rng, &note, err)) != CA_OK)
		goto out;
	st = ledger_add_checkpoint(a->ledger,
	    &(struct ledger_checkpoint_row){.size = (int64_t)head.size,
		.created = now,
		.note = ca_view(&note)},
	    err);
out:
	ca_buf_free(&note);
	return st;
}

enum ca_status
authority_log_mark(struct authority *a, int64_t now, struct ca_error *err)
{
	return a->log.secret != NULL ? sign_and_record(a, now, err) : CA_OK;
}

const char *
authority_log_trouble(const struct authority *a)
{
	return a->log.secret == NULL && a->log.trouble.status != CA_OK ?
	    a->log.trouble.msg :
	    NULL;
}

static enum ca_status
checkpoint_now(struct authority *a, struct ca_error *err)
{
	enum ca_status st;

	if ((st = ledger_begin(a->ledger, err)) != CA_OK)
		return st;
	if ((st = sign_and_record(a, authority_now(a), err)) == CA_OK)
		st = ledger_commit(a->ledger, err);
	ledger_rollback(a->ledger);
	return st;
}

/* least: the log's size that it must have; 0: the present one. */
static enum ca_status
checkpoint_of(struct authority *a, int64_t least, const struct pass *pass,
    struct recorded *ret, struct ca_error *err)
{
	enum ca_status st;

	if ((st = newest_note(a, ret, err)) != CA_OK)
		return st;
	if (least == 0 &&
	    (st = ledger_log_size(a->ledger, &least, err)) != CA_OK)
		return st;
	if (ret->size > 0 && ret->size >= least)
		return CA_OK;
	ca_buf_free(&ret->note);
	if ((st = authority_log_open(a, pass, err)) != CA_OK ||
	    (st = checkpoint_now(a, err)) != CA_OK)
		return st;
	return newest_note(a, ret, err);
}

enum ca_status
authority_log_checkpoint(struct authority *a, const struct pass *pass,
    struct ca_buf *ret, struct ca_error *err)
{
	struct recorded note = {0};
	enum ca_status st = checkpoint_of(a, 0, pass, &note, err);

	if (st == CA_OK &&
	    (st = ca_buf_append(ret, ca_view(&note.note))) != CA_OK)
		(void)ca_fail(err, st, "out of memory");
	ca_buf_free(&note.note);
	return st;
}

enum ca_status
authority_log_copy(struct authority *a, struct ca_error *err)
{
	struct recorded note = {0};
	struct ca_buf path = {0}, there = {0};
	enum ca_status st;

	if ((st = newest_note(a, &note, err)) != CA_OK || note.size == 0 ||
	    (st = path_of(a, COPY, &path, err)) != CA_OK)
		goto out;
	if (file_read(ca_buf_text(&path), CA_NOTE_MAX, &there, NULL) != CA_OK ||
	    !ca_bytes_equal(ca_view(&there), ca_view(&note.note)))
		st = file_write(ca_buf_text(&path), ca_view(&note.note),
		    FILE_PUBLIC, FILE_REPLACE, err);
out:
	ca_buf_free(&note.note);
	ca_buf_free(&path);
	ca_buf_free(&there);
	return st;
}

/* ---- proofs ---- */

struct entry {
	int64_t sequence;
	struct ca_buf leaf, object;
};

/* The last of what an event of the certificate itself says: intended, then
 * issued. */
static enum ca_status
take_event(void *ctx, const struct ledger_event *row)
{
	struct entry *entry = ctx;

	if (strcmp(row->kind, LEDGER_EVENT_INTENDED) != 0 &&
	    strcmp(row->kind, LEDGER_EVENT_ISSUED) != 0)
		return CA_OK;
	entry->sequence = row->sequence;
	ca_buf_clear(&entry->leaf);
	return ca_buf_append(&entry->leaf, row->leaf);
}

static enum ca_status
take_object(void *ctx, const struct ledger_cert *row)
{
	struct entry *entry = ctx;

	return ca_buf_append(
	    &entry->object, row->state == LEDGER_ISSUED ? row->der : row->tbs);
}

static enum ca_status
find_entry(
    struct authority *a, int64_t row, struct entry *entry, struct ca_error *err)
{
	enum ca_status st;

	if ((st = ledger_each_event_of(
		 a->ledger, row, take_event, entry, err)) != CA_OK ||
	    (st = ledger_cert_by_id(a->ledger, row, take_object, entry, err)) !=
		CA_OK)
		return ca_fail(err, st, "out of memory");
	if (entry->sequence == 0)
		return ca_fail(err, CA_UNTRUSTED,
		    "log: no event tells of this certificate: see `signet "
		    "audit`");
	return CA_OK;
}

static enum ca_status
write_inclusion(struct authority *a, const struct entry *entry,
    const struct recorded *note, struct ca_buf *ret, struct ca_error *err)
{
	const struct ca_merkle_source source = source_of(a);
	uint64_t index = (uint64_t)entry->sequence - 1;
	struct ca_merkle_proof path;
	enum ca_status st;

	st = ca_merkle_prove(&source, index, (uint64_t)note->size, &path, err);
	if (st == CA_OK)
		st = ca_inclusion_append(ret, ca_view(&entry->leaf),
		    ca_view(&entry->object), index, &path, ca_view(&note->note),
		    err);
	return st;
}

/* What is handed out is read as whoever gets it will read it. */
static enum ca_status
check_inclusion(struct authority *a, struct ca_bytes file, struct ca_error *err)
{
	struct ca_inclusion inclusion;
	struct ca_merkle_hash leaf;
	enum ca_status st = ca_inclusion_parse(file, &inclusion, err);

	if (st != CA_OK)
		return st;
	if ((st = authority_log_verify(a, &inclusion.checkpoint, err)) ==
		CA_OK &&
	    (st = ca_merkle_leaf(inclusion.leaf, &leaf, err)) == CA_OK)
		st = ca_merkle_verify(&inclusion.checkpoint.head,
		    inclusion.index, &leaf, &inclusion.path, err);
	ca_inclusion_free(&inclusion);
	if (st == CA_UNTRUSTED)
		ca_fail_hint(err, "the ledger was changed: see `signet audit`");
	return st;
}

enum ca_status
authority_log_prove(struct authority *a, int64_t row, const struct pass *pass,
    struct ca_buf *ret, struct ca_error *err)
{
	struct entry entry = {0};
	struct recorded note = {0};
	enum ca_status st;

	if ((st = find_entry(a, row, &entry, err)) == CA_OK &&
	    (st = checkpoint_of(a, entry.sequence, pass, &note, err)) ==
		CA_OK &&
	    (st = write_inclusion(a, &entry, &note, ret, err)) == CA_OK)
		st = check_inclusion(a, ca_view(ret), err);
	ca_buf_free(&entry.leaf);
	ca_buf_free(&entry.object);
	ca_buf_free(&note.note);
	return st;
}

enum ca_status
authority_log_is_beginning(struct authority *a,
    const struct ca_merkle_head *earlier, struct ca_error *err)
{
	const struct ca_merkle_source source = source_of(a);
	struct ca_merkle_hash root;
	int64_t size = 0;
	enum ca_status st = ledger_log_size(a->ledger, &size, err);

	if (st != CA_OK)
		return st;
	if (earlier->size > (uint64_t)size)
		return ca_fail(err, CA_UNTRUSTED,
		    "the ledger has %lld events and had %llu when the "
		    "checkpoint was made: an older ledger was put back",
		    (long long)size, (unsigned long long)earlier->size);
	st = ca_merkle_root_at(&source, earlier->size, &root, err);
	if (st == CA_OK && !ca_merkle_equal(&root, &earlier->root))
		st = ca_fail(err, CA_UNTRUSTED,
		    "the ledger's first %llu events are not those of the "
		    "checkpoint: its history was changed, or an older ledger "
		    "was put back and went on",
		    (unsigned long long)earlier->size);
	return st;
}

enum ca_status
authority_log_prove_consistency(struct authority *a, struct ca_bytes earlier,
    const struct pass *pass, struct ca_buf *ret, struct ca_error *err)
{
	const struct ca_merkle_source source = source_of(a);
	struct ca_checkpoint old;
	struct recorded note = {0};
	struct ca_merkle_proof path;
	enum ca_status st;

	if ((st = ca_checkpoint_parse(earlier, &old, err)) != CA_OK ||
	    (st = authority_log_verify(a, &old, err)) != CA_OK ||
	    (st = authority_log_is_beginning(a, &old.head, err)) != CA_OK ||
	    (st = checkpoint_of(a, 0, pass, &note, err)) != CA_OK ||
	    (st = ca_merkle_prove_consistency(&source, old.head.size,
		 (uint64_t)note.size, &path, err)) != CA_OK)
		goto out;
	st = ca_consistency_append(
	    ret, &path, earlier, ca_view(&note.note), err);
out:
	ca_buf_free(&note.note);
	return st;
}
