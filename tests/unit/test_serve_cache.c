/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>
#include <stdio.h>

#include "cli/serve/cache.h"
#include "tests/unit/bytes.h"

#define NOW INT64_C(1700000000)
#define HOUR 3600

static const struct status_fact fact = {
    .issuer = 1, .serial = {1, 2}, .serial_len = 2, .known = true};

static struct answer *
answer_of(const char *text, int64_t now)
{
	const struct answer_order order = {.der = ca_text(text),
	    .cacheable = true,
	    .now = now,
	    .this_update = now,
	    .next_update = now + HOUR};
	struct answer *answer = answer_new(&order);

	assert_non_null(answer);
	return answer;
}

static void
put(struct cache *cache, const char *key, const char *text, uint64_t generation,
    uint64_t epoch)
{
	const struct cache_since since = {generation, epoch};
	struct answer *answer = answer_of(text, NOW);

	cache_put(cache, ca_text(key), answer, &fact, &since);
	answer_release(answer);
}

static enum cache_verdict
look_at(struct cache *cache, const char *key, uint64_t generation, int64_t now)
{
	struct cached cached;
	enum cache_verdict verdict;

	verdict = cache_find(cache, ca_text(key), generation, now, &cached);
	assert_int_equal(verdict == CACHE_NONE, cached.answer == NULL);
	answer_release(cached.answer);
	return verdict;
}

static int
make(void **state)
{
	*state = cache_new(1024 * 1024);
	return *state == NULL;
}

static int
drop(void **state)
{
	cache_free(*state);
	return 0;
}

static void
what_was_put_is_found(void **state)
{
	struct cache *cache = *state;
	struct cached cached;

	put(cache, "a", "answer a", 5, 0);
	put(cache, "b", "answer b", 5, 0);
	assert_int_equal(look_at(cache, "c", 5, NOW), CACHE_NONE);
	assert_int_equal(look_at(cache, "", 5, NOW), CACHE_NONE);
	assert_int_equal(
	    cache_find(cache, ca_text("a"), 5, NOW, &cached), CACHE_HOLDS);
	assert_memory_equal(&cached.fact, &fact, sizeof(fact));
	answer_release(cached.answer);
	assert_int_equal(cache_size(cache).entries, 2);
}

/* checklist 108 */
static void
a_change_is_looked_into_once(void **state)
{
	struct cache *cache = *state;
	struct cached cached;

	put(cache, "a", "answer", 5, 0);
	assert_int_equal(
	    cache_find(cache, ca_text("a"), 6, NOW, &cached), CACHE_OLD);
	cache_renew(cache, ca_text("a"), cached.answer, 6);
	assert_int_equal(look_at(cache, "a", 6, NOW), CACHE_HOLDS);
	/* Who comes late with what was true before changes nothing. */
	cache_renew(cache, ca_text("a"), cached.answer, 5);
	assert_int_equal(look_at(cache, "a", 6, NOW), CACHE_HOLDS);
	assert_int_equal(look_at(cache, "a", 7, NOW), CACHE_OLD);
	/* Nor who looked into another answer. */
	put(cache, "a", "another", 6, 0);
	cache_renew(cache, ca_text("a"), cached.answer, 7);
	assert_int_equal(look_at(cache, "a", 7, NOW), CACHE_OLD);
	answer_release(cached.answer);
	assert_int_equal(cache_size(cache).entries, 1);
}

/* Half its validity over, it is asked for anew; and so it is when the clock
 * was set back to before it (checklist 107). */
static void
time_ends_it(void **state)
{
	struct cache *cache = *state;

	put(cache, "a", "answer", 5, 0);
	assert_int_equal(
	    look_at(cache, "a", 5, NOW + HOUR / 2 - 1), CACHE_HOLDS);
	assert_int_equal(look_at(cache, "a", 5, NOW + HOUR / 2), CACHE_NONE);
	assert_int_equal(look_at(cache, "a", 5, NOW), CACHE_NONE);
	put(cache, "a", "answer", 5, 0);
	assert_int_equal(look_at(cache, "a", 5, NOW - 1), CACHE_NONE);
	assert_int_equal(cache_size(cache).entries, 0);
	assert_int_equal(cache_size(cache).octets, 0);
}

static void
what_is_not_to_be_kept_is_not(void **state)
{
	struct cache *cache = *state;
	const struct cache_since since = {5, 0};
	struct answer *failure = answer_failure(CA_OCSP_TRY_LATER);
	char key[CACHE_KEY_MAX + 2];

	cache_put(cache, ca_text("f"), failure, &fact, &since);
	answer_release(failure);
	memset(key, 'k', sizeof(key));
	key[CACHE_KEY_MAX + 1] = '\0';
	put(cache, key, "answer", 5, 0);
	assert_int_equal(look_at(cache, key, 5, NOW), CACHE_NONE);
	assert_int_equal(cache_size(cache).entries, 0);
	key[CACHE_KEY_MAX] = '\0';
	put(cache, key, "answer", 5, 0);
	assert_int_equal(look_at(cache, key, 5, NOW), CACHE_HOLDS);
}

/* checklist 109: what a responder signed that is one no more */
static void
a_new_epoch_forgets(void **state)
{
	struct cache *cache = *state;

	put(cache, "a", "answer", 5, cache_epoch(cache));
	cache_clear(cache);
	assert_int_equal(look_at(cache, "a", 5, NOW), CACHE_NONE);
	/* Asked for before, answered after. */
	put(cache, "a", "answer", 5, 0);
	assert_int_equal(look_at(cache, "a", 5, NOW), CACHE_NONE);
	put(cache, "a", "answer", 5, cache_epoch(cache));
	assert_int_equal(look_at(cache, "a", 5, NOW), CACHE_HOLDS);
}

/* An answer that is held outlives its entry. */
static void
what_is_held_stays(void **state)
{
	struct cache *cache = *state;
	struct cached cached;

	put(cache, "a", "answer", 5, 0);
	(void)cache_find(cache, ca_text("a"), 5, NOW, &cached);
	assert_non_null(answer_to_get(cached.answer));
	cache_clear(cache);
	assert_non_null(answer_to_post(cached.answer));
	assert_non_null(answer_etag(cached.answer));
	answer_release(cached.answer);
}

/* The bound holds, and what is used stays. */
static void
it_has_a_bound(void **state)
{
	struct cache *cache = *state;
	struct cache_size size;
	char key[32];

	put(cache, "used", "answer", 5, 0);
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(key, sizeof(key), "key %d", i);
		put(cache, key, "answer", 5, 0);
		assert_int_equal(look_at(cache, "used", 5, NOW), CACHE_HOLDS);
	}
	size = cache_size(cache);
	assert_true(size.octets <= 1024 * 1024);
	assert_true(size.entries > 100 && size.entries < 1000);
	assert_int_equal(look_at(cache, "key 0", 5, NOW), CACHE_NONE);
	assert_int_equal(look_at(cache, "key 4999", 5, NOW), CACHE_HOLDS);
}

/* An answer that is larger than there is room for. */
static void
a_small_cache_keeps_nothing(void **state)
{
	struct cache *cache = cache_new(1024);

	(void)state;
	assert_non_null(cache);
	put(cache, "a", "answer", 5, 0);
	assert_int_equal(look_at(cache, "a", 5, NOW), CACHE_NONE);
	assert_int_equal(cache_size(cache).octets, 0);
	cache_free(cache);
}

#define TURNS 20000

static void *
use_it(void *ctx)
{
	struct cache *cache = ctx;
	char key[32];

	for (int i = 0; i < TURNS; i++) {
		const struct cache_since since = {
		    (uint64_t)(i / 100), cache_epoch(cache)};
		struct cached cached;
		struct answer *answer;

		(void)snprintf(key, sizeof(key), "key %d", i % 64);
		if (cache_find(cache, ca_text(key), since.generation, NOW,
			&cached) != CACHE_NONE) {
			(void)answer_to_get(cached.answer);
			cache_renew(cache, ca_text(key), cached.answer,
			    since.generation);
			answer_release(cached.answer);
		} else if ((answer = answer_of("answer", NOW)) != NULL) {
			cache_put(cache, ca_text(key), answer, &fact, &since);
			answer_release(answer);
		}
		if (i % 1000 == 0)
			cache_clear(cache);
	}
	return NULL;
}

static void
threads_share_it(void **state)
{
	pthread_t threads[4];

	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, use_it, *state), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_true(cache_size(*state).entries <= 64);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)
	const struct CMUnitTest tests[] = {
	    TEST(what_was_put_is_found),
	    TEST(a_change_is_looked_into_once),
	    TEST(time_ends_it),
	    TEST(what_is_not_to_be_kept_is_not),
	    TEST(a_new_epoch_forgets),
	    TEST(what_is_held_stays),
	    TEST(it_has_a_bound),
	    TEST(a_small_cache_keeps_nothing),
	    TEST(threads_share_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
