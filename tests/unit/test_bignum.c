/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bignum: against plain 64-bit arithmetic where that reaches, and against
 * numbers whose properties are known (Mersenne numbers, squares) beyond.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ca/bignum.h"

#define OCTETS_MAX (CA_BN_BITS / 8)

static struct ca_bn
of_uint(uint64_t value)
{
	struct ca_bn n = {0};
	uint8_t octets[8];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(value >> (56 - 8 * i));
	assert_true(ca_bn_read((struct ca_bytes){octets, 8}, &n));
	return n;
}

/* Only for numbers below 2^64. */
static uint64_t
to_uint(const struct ca_bn *n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < 64; i += 16)
		value |= (uint64_t)ca_bn_slice(n, i, 16) << i;
	assert_true(ca_bn_bits(n) <= 64);
	return value;
}

/* 2^bits - 1 */
static struct ca_bn
ones(size_t bits)
{
	uint8_t octets[OCTETS_MAX];
	size_t len = (bits + 7) / 8;
	struct ca_bn n = {0};

	memset(octets, 0xff, sizeof(octets));
	octets[0] = (uint8_t)(0xff >> ((8 - bits % 8) % 8));
	assert_true(ca_bn_read((struct ca_bytes){octets, len}, &n));
	return n;
}

/* A number of so many octets that looks random and is the same every time. */
static void
fill(uint8_t *octets, size_t len, uint64_t seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
		octets[i] = (uint8_t)(seed >> 56);
	}
	octets[0] |= 0x80;
}

/* a * a by octets, into twice as many. */
static void
square(const uint8_t *a, size_t len, uint8_t *ret)
{
	memset(ret, 0, 2 * len);
	for (size_t i = len; i-- > 0;) {
		unsigned carry = 0;

		for (size_t j = len; j-- > 0;) {
			carry += ret[i + j + 1] + (unsigned)a[i] * a[j];
			ret[i + j + 1] = (uint8_t)carry;
			carry >>= 8;
		}
		ret[i] = (uint8_t)carry;
	}
}

static void
test_read_and_bits(void **state)
{
	static const uint8_t padded[] = {0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0};
	uint8_t wide[OCTETS_MAX + 1] = {0};
	struct ca_bn n = {0};

	(void)state;
	assert_true(ca_bn_read((struct ca_bytes){0}, &n));
	assert_int_equal(ca_bn_bits(&n), 0);
	assert_true(ca_bn_read((struct ca_bytes){padded, 11}, &n));
	assert_int_equal(ca_bn_bits(&n), 65);
	assert_int_equal(ca_bn_slice(&n, 60, 8), 1 << 4);
	assert_int_equal(ca_bn_slice(&n, CA_BN_BITS + 200, 16), 0);

	/* Leading zeros do not count, the 8193rd bit does. */
	wide[1] = 0x80;
	assert_true(ca_bn_read((struct ca_bytes){wide, sizeof(wide)}, &n));
	assert_int_equal(ca_bn_bits(&n), CA_BN_BITS);
	wide[0] = 1;
	assert_false(ca_bn_read((struct ca_bytes){wide, sizeof(wide)}, &n));
	assert_int_equal(ca_bn_bits(&n), CA_BN_BITS);
}

static void
test_add_sub_compare(void **state)
{
	static const uint64_t some[] = {0, 1, 2, 0xffffffff, 0x100000000,
	    UINT64_C(0x7fffffffffffffff), UINT64_C(0x0123456789abcdef)};

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		for (size_t j = 0; j < sizeof(some) / sizeof(some[0]); j++) {
			struct ca_bn a = of_uint(some[i]);
			struct ca_bn b = of_uint(some[j]), sum = a;

			assert_int_equal(ca_bn_compare(&a, &b),
			    (some[i] > some[j]) - (some[i] < some[j]));
			ca_bn_add(&sum, &b);
			assert_true(to_uint(&sum) == some[i] + some[j]);
			ca_bn_sub(&sum, &b);
			assert_int_equal(ca_bn_compare(&sum, &a), 0);
		}
}

/* The carry and the borrow run through every word. */
static void
test_carry_at_full_width(void **state)
{
	struct ca_bn n = ones(CA_BN_BITS), one = of_uint(1);

	(void)state;
	ca_bn_add(&n, &one);
	assert_int_equal(ca_bn_bits(&n), CA_BN_BITS + 1);
	assert_false(ca_bn_is_odd(&n));
	ca_bn_sub(&n, &one);
	assert_int_equal(ca_bn_bits(&n), CA_BN_BITS);
	assert_true(ca_bn_is_odd(&n));
}

static void
test_mod_small(void **state)
{
	static const uint32_t moduli[] = {1, 2, 3, 641, 65521, 0xffffffff};
	static const uint64_t value = UINT64_C(0xfedcba9876543210);
	struct ca_bn n = of_uint(value), mersenne = ones(8191);

	(void)state;
	for (size_t i = 0; i < sizeof(moduli) / sizeof(moduli[0]); i++)
		assert_int_equal(
		    ca_bn_mod_small(&n, moduli[i]), value % moduli[i]);
	/* 2^12 is 1 modulo 13, and 8191 is 7 modulo 12. */
	assert_int_equal(ca_bn_mod_small(&mersenne, 13), (128 - 1) % 13);
}

static void
test_sqrt_of_small(void **state)
{
	uint64_t root = 0;

	(void)state;
	for (uint64_t value = 0; value < 20000; value++) {
		struct ca_bn n = of_uint(value), r, rest;

		if ((root + 1) * (root + 1) <= value)
			root++;
		ca_bn_sqrt(&n, &r, &rest);
		assert_true(to_uint(&r) == root);
		assert_true(to_uint(&rest) == value - root * root);
		assert_int_equal(ca_bn_is_square(&n), value - root * root == 0);
	}
}

static void
test_sqrt_of_large(void **state)
{
	uint8_t a[OCTETS_MAX / 2], product[OCTETS_MAX];

	(void)state;
	for (size_t len = 1; len <= sizeof(a); len = len * 2 + 1) {
		struct ca_bn n, expect, root, rest, one = of_uint(1);

		fill(a, len, len);
		square(a, len, product);
		assert_true(ca_bn_read((struct ca_bytes){a, len}, &expect));
		assert_true(
		    ca_bn_read((struct ca_bytes){product, 2 * len}, &n));
		ca_bn_sqrt(&n, &root, &rest);
		assert_int_equal(ca_bn_compare(&root, &expect), 0);
		assert_int_equal(ca_bn_bits(&rest), 0);
		assert_true(ca_bn_is_square(&n));

		/* One above: the same root; one below: the root below. */
		ca_bn_add(&n, &one);
		assert_false(ca_bn_is_square(&n));
		ca_bn_sub(&n, &one);
		ca_bn_sub(&n, &one);
		assert_false(ca_bn_is_square(&n));
		ca_bn_sqrt(&n, &root, &rest);
		ca_bn_sub(&expect, &one);
		assert_int_equal(ca_bn_compare(&root, &expect), 0);
	}
}

static bool
is_prime(uint64_t value)
{
	for (uint64_t d = 2; d * d <= value; d++)
		if (value % d == 0)
			return false;
	return value > 1;
}

static void
test_primes_small(void **state)
{
	/* The strong pseudoprimes to base 2 below 20000 (OEIS A001262). */
	static const uint64_t liars[] = {2047, 3277, 4033, 4681, 8321, 15841};
	size_t seen = 0;

	(void)state;
	for (uint64_t value = 0; value < 20000; value++) {
		struct ca_bn n = of_uint(value);
		bool expect = is_prime(value);

		if (seen < 6 && value == liars[seen]) {
			seen++;
			expect = true;
		}
		assert_int_equal(ca_bn_is_probable_prime(&n), expect);
	}
	assert_int_equal(seen, 6);
}

static void
test_primes_of_64_bits(void **state)
{
	/* The greatest below 2^64 and 2^63, and their neighbours. */
	static const struct {
		uint64_t value;
		bool prime;
	} some[] = {
	    {UINT64_C(18446744073709551557), true},
	    {UINT64_C(18446744073709551559), false},
	    {UINT64_C(9223372036854775783), true},
	    {UINT64_C(9223372036854775785), false},
	    {UINT64_C(4294967291), true},
	    {UINT64_C(4294967293), false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		struct ca_bn n = of_uint(some[i].value);

		assert_int_equal(ca_bn_is_probable_prime(&n), some[i].prime);
	}
}

/* Mersenne numbers pass base 2 whenever their exponent is a prime, so
 * primes of other forms give both answers. */
static void
test_primes_large(void **state)
{
	/* 2^255 - 19, 2^414 - 17, 2^1024 - 105, 2^2048 - 1557 */
	static const struct {
		size_t bits;
		unsigned below;
		bool prime;
	} some[] = {
	    {255, 18, true},
	    {255, 20, false},
	    {414, 16, true},
	    {414, 14, false},
	    {1024, 104, true},
	    {1024, 102, false},
	    {2048, 1556, true},
	    {2048, 1558, false},
	    {8192, 4, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		struct ca_bn n = ones(some[i].bits);
		struct ca_bn below = of_uint(some[i].below);

		ca_bn_sub(&n, &below);
		assert_int_equal(ca_bn_is_probable_prime(&n), some[i].prime);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read_and_bits),
	    cmocka_unit_test(test_add_sub_compare),
	    cmocka_unit_test(test_carry_at_full_width),
	    cmocka_unit_test(test_mod_small),
	    cmocka_unit_test(test_sqrt_of_small),
	    cmocka_unit_test(test_sqrt_of_large),
	    cmocka_unit_test(test_primes_small),
	    cmocka_unit_test(test_primes_of_64_bits),
	    cmocka_unit_test(test_primes_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
