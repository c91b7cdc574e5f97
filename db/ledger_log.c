/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_log.h"

#include <string.h>

#include "db/ledger_sql.h"

#define LEVELS 63
/* More events than are missing without somebody's doing. */
#define GAP_MAX 100000

/* ---- nodes ---- */

/* (level, index) is completed by the leaf that is its last. */
static int64_t
row_of(unsigned level, uint64_t index)
{
	return (int64_t)((index + 1) << level);
}

static enum ca_status
fail_node(struct ledger *ledger, struct ca_error *err)
{
	return ledger_fail_damaged(ledger, "the Merkle tree", err);
}

enum ca_status
ledger_log_node(struct ledger *ledger, unsigned level, uint64_t index,
    uint8_t ret[LEDGER_HASH_LEN], struct ca_error *err)
{
	struct sql sql;
	bool row = false;
	enum ca_status st;

	if (level >= LEVELS || index >= (uint64_t)INT64_MAX >> level)
		return ca_fail(err, CA_INTERNAL, "ledger: no such node");
	sql_open(&sql, ledger, "SELECT nodes FROM tree WHERE size = ?");
	sql_put_int(&sql, row_of(level, index));
	if ((st = sql_next(&sql, &row, err)) == CA_OK) {
		size_t at = (size_t)level * LEDGER_HASH_LEN;
		struct ca_bytes nodes = row ? sql_bytes(&sql, 0) :
					      (struct ca_bytes){0};

		if (nodes.len < at + LEDGER_HASH_LEN)
			st = fail_node(ledger, err);
		else
			memcpy(ret, nodes.data + at, LEDGER_HASH_LEN);
	}
	sql_close(&sql);
	return st;
}

enum ca_status
ledger_log_size(struct ledger *ledger, int64_t *ret, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger, "SELECT coalesce(max(size), 0) FROM tree");
	return sql_run_int(&sql, ret, NULL, err);
}

enum ca_status
ledger_log_nodes(struct ledger *ledger, int64_t size, ledger_log_fn *fn,
    void *ctx, struct ca_error *err)
{
	struct sql sql;
	bool row = false;
	enum ca_status st;

	sql_open(&sql, ledger, "SELECT nodes FROM tree WHERE size = ?");
	sql_put_int(&sql, size);
	if ((st = sql_next(&sql, &row, err)) == CA_OK)
		st = row ? fn(ctx, size, sql_bytes(&sql, 0)) : CA_NOT_FOUND;
	sql_close(&sql);
	return st;
}

/* ---- append ---- */

struct nodes {
	uint8_t octets[LEVELS * LEDGER_HASH_LEN];
	size_t count;
};

/* The leaf, and a node for each left neighbour that waits for one. */
static enum ca_status
complete(struct ledger *ledger, int64_t size, struct ca_bytes leaf,
    struct nodes *nodes, struct ca_error *err)
{
	const struct ledger_hasher *hasher = ledger->hasher;
	uint64_t index = (uint64_t)size - 1;
	uint8_t *hash = nodes->octets;
	enum ca_status st = hasher->leaf(leaf, hash, err);

	nodes->count = 1;
	while (st == CA_OK && (index & 1) != 0) {
		uint8_t left[LEDGER_HASH_LEN];
		unsigned level = (unsigned)nodes->count - 1;

		st = ledger_log_node(ledger, level, index - 1, left, err);
		if (st == CA_OK)
			st = hasher->node(
			    left, hash, hash + LEDGER_HASH_LEN, err);
		hash += LEDGER_HASH_LEN;
		index >>= 1;
		nodes->count++;
	}
	return st;
}

static enum ca_status
insert(struct ledger *ledger, int64_t size, const struct nodes *nodes,
    struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger, "INSERT INTO tree (size, nodes) VALUES (?, ?)");
	sql_put_int(&sql, size);
	sql_put_bytes(&sql,
	    (struct ca_bytes){nodes->octets, nodes->count * LEDGER_HASH_LEN});
	return sql_run(&sql, err);
}

static enum ca_status
add_leaf(struct ledger *ledger, int64_t size, struct ca_bytes leaf,
    struct ca_error *err)
{
	struct nodes nodes;
	enum ca_status st = complete(ledger, size, leaf, &nodes, err);

	return st == CA_OK ? insert(ledger, size, &nodes, err) : st;
}

/* A tree is not grown over a gap: it would vouch for what is not there. */
enum ca_status
ledger_log_append(struct ledger *ledger, int64_t sequence, struct ca_bytes leaf,
    struct ca_error *err)
{
	int64_t size = 0;
	enum ca_status st;

	if (ledger->hasher == NULL)
		return ca_fail(err, CA_INTERNAL,
		    "ledger: opened without the hash that events need");
	if ((st = ledger_log_size(ledger, &size, err)) != CA_OK)
		return st;
	if (size != sequence - 1)
		return ca_fail(err, CA_IO,
		    "ledger: %s: has %lld events, and its Merkle tree %lld: "
		    "damaged or edited; see `signet audit`, restore a backup",
		    ledger->path, (long long)sequence - 1, (long long)size);
	return add_leaf(ledger, sequence, leaf, err);
}

/* ---- what was there before ---- */

static enum ca_status
has_tree(struct ledger *ledger, bool *ret, struct ca_error *err)
{
	struct sql sql;
	int64_t ignored = 0;

	sql_open(&sql, ledger,
	    "SELECT 1 FROM sqlite_schema WHERE type = 'table'"
	    " AND name = 'tree'");
	return sql_run_int(&sql, &ignored, ret, err);
}

static enum ca_status
fill_from(struct ledger *ledger, int64_t size, struct ca_error *err)
{
	struct sql sql;
	bool row;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT sequence, leaf FROM event WHERE sequence > ?"
	    " ORDER BY sequence");
	sql_put_int(&sql, size);
	while ((st = sql_next(&sql, &row, err)) == CA_OK && row) {
		const int64_t sequence = sql_int(&sql, 0);

		if (sequence - size > GAP_MAX)
			st = ledger_fail_damaged(
			    ledger, "events are missing", err);
		while (st == CA_OK && ++size < sequence)
			st = add_leaf(ledger, size, (struct ca_bytes){0}, err);
		if (st != CA_OK ||
		    (st = add_leaf(ledger, size, sql_bytes(&sql, 1), err)) !=
			CA_OK)
			break;
	}
	sql_close(&sql);
	return st;
}

static enum ca_status
count_events(struct ledger *ledger, int64_t *ret, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger, "SELECT coalesce(max(sequence), 0) FROM event");
	return sql_run_int(&sql, ret, NULL, err);
}

enum ca_status
ledger_log_fill(struct ledger *ledger, struct ca_error *err)
{
	int64_t size = 0, events = 0;
	bool there = false;
	enum ca_status st = has_tree(ledger, &there, err);

	if (st != CA_OK || !there)
		return st;
	if ((st = ledger_log_size(ledger, &size, err)) != CA_OK ||
	    (st = count_events(ledger, &events, err)) != CA_OK ||
	    size >= events)
		return st;
	if (ledger->hasher == NULL)
		return ca_fail(err, CA_INTERNAL,
		    "ledger: opened without the hash that events need");
	return fill_from(ledger, size, err);
}

/* ---- keys ---- */

enum ca_status
ledger_add_log_key(struct ledger *ledger, const struct ledger_log_key *row,
    struct ca_error *err)
{
	struct sql sql;
	enum ca_status st = ledger_must_write(ledger, err);

	if (st != CA_OK)
		return st;
	sql_open(&sql, ledger,
	    "INSERT INTO log_key (origin, key, created) VALUES (?, ?, ?)");
	sql_put_text(&sql, row->origin);
	sql_put_bytes(&sql, row->key);
	sql_put_int(&sql, row->created);
	return sql_run(&sql, err);
}

enum ca_status
ledger_each_log_key(struct ledger *ledger, ledger_log_key_fn *fn, void *ctx,
    struct ca_error *err)
{
	struct sql sql;
	bool found;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT id, origin, key, created FROM log_key ORDER BY id");
	while ((st = sql_next(&sql, &found, err)) == CA_OK && found) {
		const struct ledger_log_key row = {
		    .id = sql_int(&sql, 0),
		    .origin = sql_text(&sql, 1),
		    .key = sql_hash(&sql, 2),
		    .created = sql_int(&sql, 3),
		};

		if ((st = sql_row_is_sound(&sql, "log key", err)) != CA_OK ||
		    (st = fn(ctx, &row)) != CA_OK)
			break;
	}
	sql_close(&sql);
	return st;
}

/* ---- checkpoints ---- */

enum ca_status
ledger_add_checkpoint(struct ledger *ledger,
    const struct ledger_checkpoint_row *row, struct ca_error *err)
{
	struct sql sql;
	enum ca_status st = ledger_must_write(ledger, err);

	if (st != CA_OK)
		return st;
	sql_open(&sql, ledger,
	    "INSERT INTO checkpoint (size, created, note) VALUES (?, ?, ?)"
	    " ON CONFLICT (size) DO NOTHING");
	sql_put_int(&sql, row->size);
	sql_put_int(&sql, row->created);
	sql_put_bytes(&sql, row->note);
	return sql_run(&sql, err);
}

static enum ca_status
each_checkpoint(struct sql *sql, ledger_checkpoint_fn *fn, void *ctx,
    bool *ret_any, struct ca_error *err)
{
	bool found;
	enum ca_status st;

	*ret_any = false;
	while ((st = sql_next(sql, &found, err)) == CA_OK && found) {
		const struct ledger_checkpoint_row row = {
		    .size = sql_int(sql, 0),
		    .created = sql_int(sql, 1),
		    .note = sql_bytes(sql, 2),
		};

		*ret_any = true;
		if ((st = sql_row_is_sound(sql, "checkpoint", err)) != CA_OK ||
		    (st = fn(ctx, &row)) != CA_OK)
			break;
	}
	sql_close(sql);
	return st;
}

enum ca_status
ledger_last_checkpoint(struct ledger *ledger, ledger_checkpoint_fn *fn,
    void *ctx, struct ca_error *err)
{
	struct sql sql;
	bool any;
	enum ca_status st;

	sql_open(&sql, ledger,
	    "SELECT size, created, note FROM checkpoint"
	    " ORDER BY size DESC LIMIT 1");
	st = each_checkpoint(&sql, fn, ctx, &any, err);
	if (st == CA_OK && !any)
		return ca_fail(
		    err, CA_NOT_FOUND, "ledger: no checkpoint was made yet");
	return st;
}

enum ca_status
ledger_each_checkpoint(struct ledger *ledger, ledger_checkpoint_fn *fn,
    void *ctx, struct ca_error *err)
{
	struct sql sql;
	bool any;

	sql_open(&sql, ledger,
	    "SELECT size, created, note FROM checkpoint ORDER BY size");
	return each_checkpoint(&sql, fn, ctx, &any, err);
}
