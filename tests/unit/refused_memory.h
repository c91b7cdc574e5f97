/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * refused_memory: the n-th allocation from now fails, and perhaps all behind
 * it. The linker (--wrap) puts these functions in place of those that our
 * libraries call; a test that includes this is named in tests/CMakeLists.txt.
 *
 * What this does not do: meet what SQLite, wolfSSL and the C library allocate
 * for themselves, unless the test hands them refused_memory_now().
 */
#ifndef TESTS_REFUSED_MEMORY_H
#define TESTS_REFUSED_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static struct {
	atomic_uint at; /* 0: none; 1: the next */
	bool once;      /* those behind it succeed */
	atomic_bool happened;
} refused;

/* Threads may allocate at once: one of them is the n-th. */
static inline bool
refused_memory_now(void)
{
	unsigned at = atomic_load(&refused.at);

	while (at > 1)
		if (atomic_compare_exchange_weak(&refused.at, &at, at - 1))
			return false;
	if (at == 0)
		return false;
	if (refused.once)
		atomic_store(&refused.at, 0);
	atomic_store(&refused.happened, true);
	return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);

void *
__wrap_malloc(size_t size)
{
	return refused_memory_now() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return refused_memory_now() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return refused_memory_now() ? NULL : __real_realloc(old, size);
}

void *
__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return refused_memory_now() ? NULL :
				      __real_reallocarray(old, count, size);
}

#endif
