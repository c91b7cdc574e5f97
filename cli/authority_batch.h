/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_batch: many certificates, prepared and signed by several threads
 * and recorded by one, in groups.
 *
 * Each goes through the steps of authority_issue() in their order, and P1 to
 * P3 hold for each: what a group shares are its two commits, so that the
 * intents of all are durable before one of them is signed, and the outcomes of
 * all before one of them is released. One that is refused does not stop the
 * others.
 *
 * What this does not do: read requests, write files, renew.
 */
#ifndef CLI_AUTHORITY_BATCH_H
#define CLI_AUTHORITY_BATCH_H

#include "cli/authority.h"

#define BATCH_GROUP 128 /* certificates that share their commits */

struct batch_item {
	void *ctx; /* whoever fills it knows what it is */
	/* Filled by make, or by next where it is done already. */
	struct ca_buf request; /* DER */
	const char *key_ref;   /* as struct issue_order has them */
	uint8_t key_file_hash[LEDGER_HASH_LEN];
	/* next sets it: nothing is to be signed, released as it is. */
	bool is_done;
	/* What came of it. */
	enum ca_status status; /* not CA_OK: err says why */
	struct ca_error err;
	struct issued issued;
	struct press *press; /* the batch's own */
};

struct batch {
	const char *policy;
	struct ca_term term;
	size_t threads;      /* 0: one a processor */
	bool without_tables; /* of the signing key: design's table question */
	void *ctx;
	/* Fills the next one; CA_NOT_FOUND when there is none left. In the
	 * caller's thread, as all that say nothing else. What it refuses is
	 * status and err of the item, and CA_OK. */
	enum ca_status (*next)(
	    void *ctx, struct batch_item *item, struct ca_error *err);
	/* Makes item->request. In a thread of the batch's, whose generator rng
	 * is; whatever it uses of ctx others use too. NULL: next did. */
	enum ca_status (*make)(void *ctx, struct batch_item *item,
	    struct ca_rng *rng, struct ca_error *err);
	/* Before the intents of a group are recorded, or NULL. */
	enum ca_status (*ready)(void *ctx, struct batch_item *items,
	    size_t count, struct ca_error *err);
	/* A group, in order: durable, or refused. Called for every item that
	 * next filled, also when the batch ends with an error; then frees what
	 * ctx of each has. */
	enum ca_status (*release)(void *ctx, struct batch_item *items,
	    size_t count, struct ca_error *err);
	/* True: what was begun is ended, and no more begun. */
	bool (*stop)(void *ctx);
};

/*
 * The signer must be unlocked. CA_OK when all that next filled was released,
 * whatever came of each. What fails for all ends it: then what was intended
 * and not recorded as issued stays so, and each item's err says that.
 */
CA_MUST_USE enum ca_status authority_batch(struct authority *a,
    struct signer *signer, const struct batch *batch, struct ca_error *err);

#endif
