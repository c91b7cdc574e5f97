/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What happens when randomness fails (checklist 3). The library's generator
 * is replaced at link time: the program's own symbol stands before the shared
 * library's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <string.h>

#include "ca/crypto.h"

enum fault {
	NONE,
	FAILS,
	ZERO,
	CONSTANT,
	REPEATS,
	NO_SEED
};
static enum fault fault;

struct WC_RNG;
int wc_RNG_GenerateBlock(struct WC_RNG *rng, uint8_t *out, uint32_t len);
int wc_InitRng(struct WC_RNG *rng);

#define RNG_FAILURE_E (-199)

int
wc_RNG_GenerateBlock(struct WC_RNG *rng, uint8_t *out, uint32_t len)
{
	int (*real)(struct WC_RNG *, uint8_t *, uint32_t);

	switch (fault) {
	case FAILS:
		/* a short read: some octets are there, and an error */
		memset(out, 0x55, len / 2);
		return RNG_FAILURE_E;
	case ZERO:
		memset(out, 0, len);
		return 0;
	case CONSTANT:
		memset(out, 0xa7, len);
		return 0;
	case REPEATS:
		for (uint32_t i = 0; i < len; i++)
			out[i] = (uint8_t)(i * 7 + 1);
		return 0;
	default:
		*(void **)&real = dlsym(RTLD_NEXT, "wc_RNG_GenerateBlock");
		return real(rng, out, len);
	}
}

int
wc_InitRng(struct WC_RNG *rng)
{
	int (*real)(struct WC_RNG *);

	if (fault == NO_SEED)
		return RNG_FAILURE_E;
	*(void **)&real = dlsym(RTLD_NEXT, "wc_InitRng");
	return real(rng);
}

static struct ca_rng *
new_rng(void)
{
	struct ca_rng *rng = NULL;
	struct ca_error err = {0};

	fault = NONE;
	assert_int_equal(ca_rng_new(&rng, &err), CA_OK);
	return rng;
}

static void
blocks_differ(void **state)
{
	struct ca_rng *rng = new_rng(), *other = new_rng();
	uint8_t a[20], b[20], c[20];
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(ca_rng_fill(rng, a, sizeof(a), &err), CA_OK);
	assert_int_equal(ca_rng_fill(rng, b, sizeof(b), &err), CA_OK);
	assert_int_equal(ca_rng_fill(other, c, sizeof(c), &err), CA_OK);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, c, sizeof(a));
	ca_rng_free(rng);
	ca_rng_free(other);
	ca_rng_free(NULL);
}

/* More than the generator gives at once, and nothing at all. */
static void
large_and_empty(void **state)
{
	static uint8_t large[200000];
	struct ca_rng *rng = new_rng();
	struct ca_error err = {0};
	size_t zeros = 0;

	(void)state;
	assert_int_equal(ca_rng_fill(rng, large, sizeof(large), &err), CA_OK);
	for (size_t i = 0; i < sizeof(large); i++)
		zeros += large[i] == 0;
	assert_in_range(zeros, 200000 / 256 / 2, 200000 / 256 * 2);
	assert_int_equal(ca_rng_fill(rng, large, 0, &err), CA_OK);
	ca_rng_free(rng);
}

/* checklist 1: no bit is fixed. */
static void
bits_are_even(void **state)
{
	enum {
		ROUNDS = 4096,
		OCTETS = 20
	};
	struct ca_rng *rng = new_rng();
	unsigned count[OCTETS * 8] = {0};
	struct ca_error err = {0};

	(void)state;
	for (size_t i = 0; i < ROUNDS; i++) {
		uint8_t out[OCTETS];

		assert_int_equal(
		    ca_rng_fill(rng, out, sizeof(out), &err), CA_OK);
		for (size_t bit = 0; bit < OCTETS * 8; bit++)
			count[bit] += out[bit / 8] >> (bit % 8) & 1;
	}
	/* eight standard deviations of 32 */
	for (size_t bit = 0; bit < OCTETS * 8; bit++)
		assert_in_range(count[bit], ROUNDS / 2 - 256, ROUNDS / 2 + 256);
	ca_rng_free(rng);
}

/* checklist 3 */
static void
faults_are_refused(void **state)
{
	static const enum fault faults[] = {FAILS, ZERO, CONSTANT};

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct ca_rng *rng = new_rng();
		const uint8_t zero[20] = {0};
		uint8_t out[20];
		struct ca_error err = {0};

		memset(out, 0xee, sizeof(out));
		fault = faults[i];
		assert_int_equal(
		    ca_rng_fill(rng, out, sizeof(out), &err), CA_INTERNAL);
		assert_memory_equal(out, zero, sizeof(out));
		assert_non_null(strstr(err.msg, "random numbers"));
		fault = NONE;
		ca_rng_free(rng);
	}
}

/* checklist 3, 5: the second of two equal blocks is refused. */
static void
repetition_is_refused(void **state)
{
	struct ca_rng *rng = new_rng();
	uint8_t out[16];
	struct ca_error err = {0};

	(void)state;
	fault = REPEATS;
	assert_int_equal(ca_rng_fill(rng, out, sizeof(out), &err), CA_OK);
	assert_int_equal(ca_rng_fill(rng, out, sizeof(out), &err), CA_INTERNAL);
	fault = NONE;
	assert_int_equal(ca_rng_fill(rng, out, sizeof(out), &err), CA_OK);
	ca_rng_free(rng);
}

static void
no_seed_no_generator(void **state)
{
	struct ca_rng *rng = NULL;
	struct ca_error err = {0};

	(void)state;
	fault = NO_SEED;
	assert_int_equal(ca_rng_new(&rng, &err), CA_INTERNAL);
	assert_null(rng);
	assert_non_null(strstr(err.msg, "no seed"));
	fault = NONE;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(blocks_differ),
	    cmocka_unit_test(large_and_empty),
	    cmocka_unit_test(bits_are_even),
	    cmocka_unit_test(faults_are_refused),
	    cmocka_unit_test(repetition_is_refused),
	    cmocka_unit_test(no_seed_no_generator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
