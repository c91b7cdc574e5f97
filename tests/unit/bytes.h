/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bytes: what unit tests share: cmocka, literals as bytes, buffers compared.
 *
 * What this does not do: anything a test could not say in three lines.
 */
#ifndef TESTS_UNIT_BYTES_H
#define TESTS_UNIT_BYTES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ca/base.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
/* A literal that may hold NULs: as an initialiser, and as an expression. */
#define LITERAL(text)                                     \
	{                                                 \
		(const uint8_t *)(text), sizeof(text) - 1 \
	}
#define BYTES(text) ((struct ca_bytes)LITERAL(text))

/* The buffer holds this text; it is freed. */
static inline void
assert_text(struct ca_buf *buf, const char *expected)
{
	assert_string_equal(ca_buf_text(buf), expected);
	ca_buf_free(buf);
}

/* The two are the same bytes. */
static inline void
assert_bytes(struct ca_bytes got, struct ca_bytes expected)
{
	assert_int_equal(got.len, expected.len);
	if (got.len > 0)
		assert_memory_equal(got.data, expected.data, got.len);
}

/* Valgrind looks for leaks in a child that leaves by _exit(), too, and changes
 * its exit code. */
static inline bool
under_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload != NULL && strstr(preload, "vgpreload") != NULL;
}

#endif
