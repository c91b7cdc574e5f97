/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parts: something signed, taken apart and put together again with other
 * parts: SEQUENCE { SEQUENCE { fields }, algorithm, signature }. A test names
 * the parts in an enum: the fields, the place behind the last one, the
 * algorithm, the signature, the place behind that, and the place behind all.
 *
 * What this does not do: sign anew.
 */
#ifndef TESTS_UNIT_PARTS_H
#define TESTS_UNIT_PARTS_H

#include "tests/unit/asn1.h"

#define PARTS_MAX 16

struct parts {
	struct ca_buf whole;
	size_t fields; /* the place behind them */
	struct ca_bytes part[PARTS_MAX];
};

/* A file of tests/vectors that has all of so many fields but one (absent,
 * PARTS_MAX: it has them all). Free whole. */
static inline struct parts
parts_take(const char *name, size_t fields, size_t absent)
{
	struct parts parts = {.whole = vector(name), .fields = fields};
	struct ca_bytes whole = ca_view(&parts.whole), in, first;

	assert_true(fields + 5 <= PARTS_MAX);
	assert_true(der_get(&whole, DER_SEQUENCE, &in));
	assert_true(der_get(&in, DER_SEQUENCE, &first));
	for (size_t i = 0; i < fields; i++)
		if (i != absent)
			assert_true(
			    der_get_any(&first, NULL, &parts.part[i], NULL));
	for (size_t i = fields + 1; i <= fields + 2; i++)
		assert_true(der_get_any(&in, NULL, &parts.part[i], NULL));
	assert_true(der_at_end(first) && der_at_end(in));
	return parts;
}

/* Free it. */
static inline struct ca_buf
put_together(const struct parts *parts)
{
	struct der_out out = {0};
	struct ca_buf der = {0};

	der_open(&out, DER_SEQUENCE);
	der_open(&out, DER_SEQUENCE);
	for (size_t i = 0; i <= parts->fields; i++)
		der_put_raw(&out, parts->part[i]);
	der_close(&out);
	for (size_t i = parts->fields + 1; i <= parts->fields + 3; i++)
		der_put_raw(&out, parts->part[i]);
	der_close(&out);
	der_put_raw(&out, parts->part[parts->fields + 4]);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	return der;
}

#endif
