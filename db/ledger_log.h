/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_log: the Merkle tree over the events, as rows: the complete nodes of
 * RFC 9162, (level, index), which ca/merkle makes roots and proofs from; the
 * keys of the log; and what was signed of it.
 *
 * ledger_add_event() adds the nodes of its leaf in the same transaction, two
 * on average, with the hash of ledger_options.
 *
 * What this does not do: hash anything by itself, or verify a checkpoint.
 */
#ifndef DB_LEDGER_LOG_H
#define DB_LEDGER_LOG_H

#include "db/ledger.h"

/* How the tree is hashed: RFC 9162 2.1. */
struct ledger_hasher {
	enum ca_status (*leaf)(struct ca_bytes leaf,
	    uint8_t ret[LEDGER_HASH_LEN], struct ca_error *err);
	enum ca_status (*node)(const uint8_t left[LEDGER_HASH_LEN],
	    const uint8_t right[LEDGER_HASH_LEN], uint8_t ret[LEDGER_HASH_LEN],
	    struct ca_error *err);
};

/* ---- the tree ---- */

/* How many leaves it has: as many as there are events. */
CA_MUST_USE enum ca_status ledger_log_size(
    struct ledger *ledger, int64_t *ret, struct ca_error *err);
/* The complete node (level, index). CA_IO when the tree has not got it. */
CA_MUST_USE enum ca_status ledger_log_node(struct ledger *ledger,
    unsigned level, uint64_t index, uint8_t ret[LEDGER_HASH_LEN],
    struct ca_error *err);
/* The nodes that the size-th leaf completes; CA_NOT_FOUND. */
typedef enum ca_status ledger_log_fn(
    void *ctx, int64_t size, struct ca_bytes nodes);
CA_MUST_USE enum ca_status ledger_log_nodes(struct ledger *ledger, int64_t size,
    ledger_log_fn *fn, void *ctx, struct ca_error *err);

/* ---- keys ---- */

struct ledger_log_key {
	int64_t id;
	const char *origin;  /* which log it is */
	struct ca_bytes key; /* Ed25519, 32 octets */
	int64_t created;
};
typedef enum ca_status ledger_log_key_fn(
    void *ctx, const struct ledger_log_key *row);
CA_MUST_USE enum ca_status ledger_add_log_key(struct ledger *ledger,
    const struct ledger_log_key *row, struct ca_error *err);
/* In order of id: the last one signs. */
CA_MUST_USE enum ca_status ledger_each_log_key(struct ledger *ledger,
    ledger_log_key_fn *fn, void *ctx, struct ca_error *err);

/* ---- checkpoints ---- */

struct ledger_checkpoint_row {
	int64_t size;
	int64_t created;
	struct ca_bytes note;
};
typedef enum ca_status ledger_checkpoint_fn(
    void *ctx, const struct ledger_checkpoint_row *row);
/* CA_OK and unchanged when there is one of that size. */
CA_MUST_USE enum ca_status ledger_add_checkpoint(struct ledger *ledger,
    const struct ledger_checkpoint_row *row, struct ca_error *err);
/* The newest; CA_NOT_FOUND. */
CA_MUST_USE enum ca_status ledger_last_checkpoint(struct ledger *ledger,
    ledger_checkpoint_fn *fn, void *ctx, struct ca_error *err);
/* In order of size. */
CA_MUST_USE enum ca_status ledger_each_checkpoint(struct ledger *ledger,
    ledger_checkpoint_fn *fn, void *ctx, struct ca_error *err);

/* ---- within db/ ---- */

/* The nodes of the event with this sequence. */
CA_MUST_USE enum ca_status ledger_log_append(struct ledger *ledger,
    int64_t sequence, struct ca_bytes leaf, struct ca_error *err);
/* Where there is a tree, it is brought up to the events. One that is missing
 * is taken for an empty leaf, and is `audit`'s to tell of. */
CA_MUST_USE enum ca_status ledger_log_fill(
    struct ledger *ledger, struct ca_error *err);

#endif
