/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * der_mutator: what was DER is DER after a change, its lengths mended all the
 * way up; what was none is left to the mutator of bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fuzz/der_mutator.h"

#define MAX 4096
#define SEEDS 4000u

/* An OCTET STRING, a BIT STRING, an empty SEQUENCE and SET, and text. */
static const uint8_t nested[] = {0x30, 0x23, 0x30, 0x0e, 0x06, 0x03, 0x55, 0x1d,
    0x13, 0x01, 0x01, 0xff, 0x04, 0x04, 0x30, 0x02, 0x30, 0x00, 0x03, 0x06,
    0x00, 0x30, 0x03, 0x02, 0x01, 0x07, 0x31, 0x00, 0x30, 0x05, 0x0c, 0x03, 't',
    'e', 'x', 0x05, 0x00, 0x01, 0x01, 0x00};

/* Cmocka has one thread: what the mutator of bytes was asked last. */
static uint8_t *asked;
static size_t times_asked;

static size_t
fill_room(uint8_t *data, size_t size, size_t max)
{
	asked = data;
	times_asked++;
	memset(data + size, 'x', max - size);
	return max;
}

static size_t
drop_one(uint8_t *data, size_t size, size_t max)
{
	(void)max;
	asked = data;
	times_asked++;
	return size > 1 ? size - 1 : size;
}

static void
test_count(void **state)
{
	size_t depth;

	(void)state;
	assert_int_equal(der_count(nested, sizeof(nested), &depth), 15);
	assert_int_equal(depth, 5);
	/* One octet too few, one too many, a length that lies. */
	assert_int_equal(der_count(nested, sizeof(nested) - 1, &depth), 0);
	assert_int_equal(
	    der_count((const uint8_t *)"\x05\x00\x05", 3, &depth), 0);
	assert_int_equal(
	    der_count((const uint8_t *)"\x30\x02\x05\x01", 4, &depth), 0);
	assert_int_equal(der_count(nested, 0, &depth), 0);
}

/* Whatever is done to elements, elements come out. */
static void
test_stays_der(void **state)
{
	size_t deeper = 0, more = 0, fewer = 0, longer = 0, bytes = 0;

	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		uint8_t data[MAX];
		size_t len, depth, count;

		memcpy(data, nested, sizeof(nested));
		asked = NULL;
		len = der_mutate(data, sizeof(nested), MAX, seed, 0,
		    seed % 2 == 0 ? fill_room : drop_one);
		assert_true(len <= MAX);
		if (asked == data) {
			bytes++;
			continue;
		}
		count = der_count(data, len, &depth);
		if (count == 0)
			fail_msg("seed %u: no elements any more", seed);
		deeper += depth > 5;
		more += count > 15;
		fewer += count < 15;
		longer += data[0] == 0x30 && (data[1] & 0x80) != 0;
	}
	/* Each kind happens; bytes alone are changed now and then. */
	assert_true(deeper > SEEDS / 100 && more > SEEDS / 10);
	assert_true(fewer > SEEDS / 50 && longer > SEEDS / 50);
	assert_true(bytes > SEEDS / 50 && bytes < SEEDS / 4);
}

/* On and on, from what came out. */
static void
test_chain(void **state)
{
	uint8_t data[MAX];
	size_t len = sizeof(nested), depth;

	(void)state;
	memcpy(data, nested, len);
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		uint8_t before[MAX];
		const size_t size = len;

		memcpy(before, data, len);
		asked = NULL;
		len = der_mutate(data, size, 600, seed, 0, drop_one);
		assert_true(len <= 600);
		if (asked == data) {
			memcpy(data, before, size);
			len = size;
		}
		assert_true(der_count(data, len, &depth) > 0);
	}
}

static void
test_same_again(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 200; seed++) {
		uint8_t one[MAX], two[MAX];
		size_t len;

		memcpy(one, nested, sizeof(nested));
		memcpy(two, nested, sizeof(nested));
		len = der_mutate(one, sizeof(nested), 999, seed, 0, drop_one);
		assert_int_equal(len,
		    der_mutate(two, sizeof(nested), 999, seed, 0, drop_one));
		assert_memory_equal(one, two, len);
	}
}

/* What is not elements, or has no room to grow, is changed as bytes are. */
static void
test_bytes(void **state)
{
	static const uint8_t text[] = "-----BEGIN";
	uint8_t data[MAX];

	(void)state;
	times_asked = 0;
	for (unsigned seed = 1; seed <= 100; seed++) {
		memcpy(data, text, sizeof(text));
		der_mutate(data, sizeof(text), MAX, seed, 0, drop_one);
		assert_ptr_equal(asked, data);
		der_mutate(data, 0, MAX, seed, 0, drop_one);
	}
	assert_int_equal(times_asked, 200);
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		memcpy(data, nested, sizeof(nested));
		assert_true(der_mutate(data, sizeof(nested), sizeof(nested),
				seed, 0, drop_one) <= sizeof(nested));
	}
}

/* Settings before the elements are no element, and stay. */
static void
test_prefix(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		uint8_t data[MAX] = {0x30, 0x7f};
		size_t len, depth;

		memcpy(data + 2, nested, sizeof(nested));
		asked = NULL;
		len = der_mutate(
		    data, 2 + sizeof(nested), MAX, seed, 2, drop_one);
		if (asked == data)
			continue;
		assert_memory_equal(data, "\x30\x7f", 2);
		assert_true(der_count(data + 2, len - 2, &depth) > 0);
	}
}

static void
test_cross(void **state)
{
	static const uint8_t other[] = {0x30, 0x04, 0x30, 0x02, 0x0a, 0x00};
	size_t taken = 0, depth;

	(void)state;
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		uint8_t out[MAX];
		size_t len = der_cross(nested, sizeof(nested), other,
		    sizeof(other), out, MAX, seed, 0);

		assert_true(len > 0);
		assert_true(der_count(out, len, &depth) > 0);
		taken += memchr(out, 0x0a, len) != NULL;
		/* No room: nothing. */
		assert_true(der_cross(nested, sizeof(nested), other,
				sizeof(other), out, 10, seed, 0) <= 10);
	}
	assert_true(taken == SEEDS);
	assert_int_equal(der_cross((const uint8_t *)"text", 4, other,
			     sizeof(other), (uint8_t[MAX]){0}, MAX, 1, 0),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_count),
	    cmocka_unit_test(test_stays_der),
	    cmocka_unit_test(test_chain),
	    cmocka_unit_test(test_same_again),
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_prefix),
	    cmocka_unit_test(test_cross),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
