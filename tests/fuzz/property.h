/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * property: what must hold for every input that a parser takes.
 *
 * DER has one encoding for each value, so what was parsed is written again
 * element by element and must be the same bytes; and every view that a
 * parser hands out lies inside what it was given.
 *
 * What this does not do: look into OCTET STRINGs and BIT STRINGs.
 */
#ifndef TESTS_FUZZ_PROPERTY_H
#define TESTS_FUZZ_PROPERTY_H

#include <stdio.h>
#include <stdlib.h>

#include "ca/der.h"

#define REQUIRE(condition)                                                     \
	do {                                                                   \
		if (!(condition)) {                                            \
			fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, \
			    __LINE__, #condition);                             \
			abort();                                               \
		}                                                              \
	} while (0)

/* A refusal says why, in the words of ca_fail(). */
static inline void
require_reason(enum ca_status st, const struct ca_error *err)
{
	REQUIRE(st == CA_MALFORMED || st == CA_REFUSED);
	REQUIRE(err->status == st);
	REQUIRE(err->msg[0] != '\0');
}

/* Empty, or inside. */
static inline void
require_inside(struct ca_bytes whole, struct ca_bytes part)
{
	if (part.len == 0)
		return;
	REQUIRE(part.data >= whole.data);
	REQUIRE(part.len <= whole.len);
	REQUIRE((size_t)(part.data - whole.data) <= whole.len - part.len);
}

/* Appends the elements of in, each taken apart and put together again. */
static inline void
append_again(struct ca_buf *buf, struct ca_bytes in)
{
	while (!der_at_end(in)) {
		struct der_out out = {0};
		struct ca_buf inner = {0}, element = {0};
		struct ca_bytes content;
		uint8_t tag;

		REQUIRE(der_get_any(&in, &tag, NULL, &content));
		if ((tag & 0x20) != 0)
			append_again(&inner, content);
		else
			REQUIRE(ca_buf_append(&inner, content) == CA_OK);
		der_put(&out, tag, ca_view(&inner));
		REQUIRE(der_finish(&out, &element) == CA_OK);
		REQUIRE(ca_buf_append(buf, ca_view(&element)) == CA_OK);
		ca_buf_free(&inner);
		ca_buf_free(&element);
	}
}

/* checklist 68 */
static inline void
require_one_encoding(struct ca_bytes der)
{
	struct ca_buf again = {0};

	append_again(&again, der);
	REQUIRE(ca_bytes_equal(ca_view(&again), der));
	ca_buf_free(&again);
}

#endif
