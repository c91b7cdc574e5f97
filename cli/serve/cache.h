/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cache: signed OCSP answers by the request they answer, bounded, the one
 * that was not asked for longest going first.
 *
 * The key is the whole request, since the signer alone says what of it
 * matters: it never calls an answer cacheable whose request bore a nonce.
 *
 * An entry was found to hold at a generation: a number that rises whenever
 * any worker sees that the ledger has changed, read before the ledger was
 * looked at. While the number is the same, the entry holds. When it has
 * risen, the entry's fact is to be compared with the ledger.
 *
 * Any thread may call.
 *
 * What this does not do: read the ledger, or ask the signer.
 */
#ifndef CLI_SERVE_CACHE_H
#define CLI_SERVE_CACHE_H

#include "cli/authority_status.h"
#include "cli/serve/answer.h"

/* A larger request is not kept: about four certIDs. */
#define CACHE_KEY_MAX 512

struct cache; /* opaque */

/* NULL when memory is short. max is about what all of it may cost. */
struct cache *cache_new(size_t max);
void cache_free(struct cache *cache);

enum cache_verdict {
	CACHE_NONE,
	CACHE_HOLDS,
	CACHE_OLD /* if ret->fact is still so, it holds: cache_renew() */
};
struct cached {
	struct answer *answer; /* held for the caller; NULL if none */
	struct status_fact fact;
};
enum cache_verdict cache_find(struct cache *cache, struct ca_bytes key,
    uint64_t generation, int64_t now, struct cached *ret);
/* The entry with this answer held at that generation. */
void cache_renew(struct cache *cache, struct ca_bytes key,
    const struct answer *answer, uint64_t generation);
/* When an answer was asked for: generation as above, epoch as the cache had
 * it. */
struct cache_since {
	uint64_t generation, epoch;
};
uint64_t cache_epoch(const struct cache *cache);
/* Replaces; what cannot be kept is not. */
void cache_put(struct cache *cache, struct ca_bytes key, struct answer *answer,
    const struct status_fact *fact, const struct cache_since *since);
/* Forgets all, and all that was asked for before: a new epoch. */
void cache_clear(struct cache *cache);

struct cache_size {
	size_t entries, octets;
};
struct cache_size cache_size(struct cache *cache);

#endif
