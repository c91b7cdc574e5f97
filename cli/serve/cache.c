/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cli/serve/siphash.h"

/* So that workers seldom wait for each other; a power of two. */
#define SHARDS 16
/* For an entry of about 4 KB: a chain has one or two. */
#define OCTETS_PER_SLOT 4096

struct entry {
	struct entry *chain;         /* in its slot */
	struct entry *newer, *older; /* in the order of use */
	struct answer *answer;
	struct status_fact fact;
	uint64_t hash, generation;
	size_t size;
	size_t key_len;
	uint8_t key[];
};

struct shard {
	pthread_mutex_t lock;
	struct entry **slots;
	struct entry *newest, *oldest;
	size_t slot_count, entries, octets, max;
};

struct cache {
	struct siphash_key key;
	atomic_ullong epoch;
	struct shard shards[SHARDS];
};

/* ---- made and freed --------------------------------------------------- */

static bool
shard_init(struct shard *shard, size_t max)
{
	shard->max = max;
	shard->slot_count = max / OCTETS_PER_SLOT + 1;
	shard->slots = calloc(shard->slot_count, sizeof(struct entry *));
	(void)pthread_mutex_init(&shard->lock, NULL);
	return shard->slots != NULL;
}

struct cache *
cache_new(size_t max)
{
	struct cache *cache = calloc(1, sizeof(*cache));
	bool ok;

	if (cache == NULL)
		return NULL;
	ok = getrandom(&cache->key, sizeof(cache->key), 0) ==
	    (ssize_t)sizeof(cache->key);
	for (size_t i = 0; i < SHARDS; i++)
		if (!shard_init(&cache->shards[i], max / SHARDS))
			ok = false;
	if (!ok) {
		cache_free(cache);
		return NULL;
	}
	return cache;
}

/* ---- one entry; the shard is locked ----------------------------------- */

static struct entry **
slot_of(struct shard *shard, uint64_t hash)
{
	return &shard->slots[hash / SHARDS % shard->slot_count];
}

static void
leave_order(struct shard *shard, struct entry *entry)
{
	if (entry->newer != NULL)
		entry->newer->older = entry->older;
	else
		shard->newest = entry->older;
	if (entry->older != NULL)
		entry->older->newer = entry->newer;
	else
		shard->oldest = entry->newer;
}

static void
become_newest(struct shard *shard, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = shard->newest;
	if (shard->newest != NULL)
		shard->newest->newer = entry;
	else
		shard->oldest = entry;
	shard->newest = entry;
}

static void
drop(struct shard *shard, struct entry *entry)
{
	struct entry **at = slot_of(shard, entry->hash);

	while (*at != entry)
		at = &(*at)->chain;
	*at = entry->chain;
	leave_order(shard, entry);
	shard->entries--;
	shard->octets -= entry->size;
	answer_release(entry->answer);
	free(entry);
}

static struct entry *
find(struct shard *shard, uint64_t hash, struct ca_bytes key)
{
	struct entry *entry = *slot_of(shard, hash);

	while (entry != NULL &&
	    (entry->hash != hash || entry->key_len != key.len ||
		memcmp(entry->key, key.data, key.len) != 0))
		entry = entry->chain;
	return entry;
}

static void
drop_all(struct shard *shard)
{
	while (shard->oldest != NULL)
		drop(shard, shard->oldest);
}

/* ---- called by others ------------------------------------------------- */

static struct shard *
lock_shard(struct cache *cache, struct ca_bytes key, uint64_t *ret_hash)
{
	uint64_t hash = siphash(&cache->key, key);
	struct shard *shard = &cache->shards[hash % SHARDS];

	(void)pthread_mutex_lock(&shard->lock);
	*ret_hash = hash;
	return shard;
}

enum cache_verdict
cache_find(struct cache *cache, struct ca_bytes key, uint64_t generation,
    int64_t now, struct cached *ret)
{
	enum cache_verdict verdict = CACHE_NONE;
	struct shard *shard;
	struct entry *entry;
	uint64_t hash;

	*ret = (struct cached){0};
	if (key.len > CACHE_KEY_MAX)
		return CACHE_NONE;
	shard = lock_shard(cache, key, &hash);
	entry = find(shard, hash, key);
	/* A clock that was set back is before thisUpdate: asked anew. */
	if (entry != NULL &&
	    (now >= answer_refresh_at(entry->answer) ||
		now < answer_modified(entry->answer))) {
		drop(shard, entry);
		entry = NULL;
	}
	if (entry != NULL) {
		leave_order(shard, entry);
		become_newest(shard, entry);
		ret->answer = answer_hold(entry->answer);
		ret->fact = entry->fact;
		verdict = entry->generation == generation ? CACHE_HOLDS :
							    CACHE_OLD;
	}
	(void)pthread_mutex_unlock(&shard->lock);
	return verdict;
}

void
cache_renew(struct cache *cache, struct ca_bytes key,
    const struct answer *answer, uint64_t generation)
{
	struct shard *shard;
	struct entry *entry;
	uint64_t hash;

	shard = lock_shard(cache, key, &hash);
	entry = find(shard, hash, key);
	/* Another worker may have looked later, or replaced it. */
	if (entry != NULL && entry->answer == answer &&
	    entry->generation < generation)
		entry->generation = generation;
	(void)pthread_mutex_unlock(&shard->lock);
}

uint64_t
cache_epoch(const struct cache *cache)
{
	return atomic_load(&cache->epoch);
}

static struct entry *
entry_new(
    struct ca_bytes key, struct answer *answer, const struct status_fact *fact)
{
	struct entry *entry;

	if (key.len > CACHE_KEY_MAX || answer_etag(answer) == NULL ||
	    (entry = calloc(1, sizeof(*entry) + key.len)) == NULL)
		return NULL;
	entry->answer = answer_hold(answer);
	entry->fact = *fact;
	entry->size = sizeof(*entry) + key.len + answer_size(answer);
	entry->key_len = key.len;
	memcpy(entry->key, key.data, key.len);
	return entry;
}

static void
insert(struct shard *shard, struct entry *entry)
{
	struct entry **slot = slot_of(shard, entry->hash);

	entry->chain = *slot;
	*slot = entry;
	become_newest(shard, entry);
	shard->entries++;
	shard->octets += entry->size;
	while (shard->octets > shard->max)
		drop(shard, shard->oldest);
}

void
cache_put(struct cache *cache, struct ca_bytes key, struct answer *answer,
    const struct status_fact *fact, const struct cache_since *since)
{
	struct entry *entry = entry_new(key, answer, fact), *old;
	struct shard *shard;

	if (entry == NULL)
		return;
	entry->generation = since->generation;
	shard = lock_shard(cache, key, &entry->hash);
	/* Whoever clears raises the epoch first: either this sees it, or the
	 * entry will be there to be dropped. */
	if (cache_epoch(cache) == since->epoch) {
		if ((old = find(shard, entry->hash, key)) != NULL)
			drop(shard, old);
		insert(shard, entry);
		entry = NULL;
	}
	(void)pthread_mutex_unlock(&shard->lock);
	if (entry != NULL) {
		answer_release(entry->answer);
		free(entry);
	}
}

void
cache_clear(struct cache *cache)
{
	atomic_fetch_add(&cache->epoch, 1);
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &cache->shards[i];

		(void)pthread_mutex_lock(&shard->lock);
		drop_all(shard);
		(void)pthread_mutex_unlock(&shard->lock);
	}
}

struct cache_size
cache_size(struct cache *cache)
{
	struct cache_size size = {0};

	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &cache->shards[i];

		(void)pthread_mutex_lock(&shard->lock);
		size.entries += shard->entries;
		size.octets += shard->octets;
		(void)pthread_mutex_unlock(&shard->lock);
	}
	return size;
}

void
cache_free(struct cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *shard = &cache->shards[i];

		if (shard->slots != NULL)
			drop_all(shard);
		free(shard->slots);
		(void)pthread_mutex_destroy(&shard->lock);
	}
	free(cache);
}
