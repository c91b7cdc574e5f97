/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/weakkey.h"
#include "ca/bignum.h"
#include "ca/crypto.h"

#include <string.h>

#define MODULUS_MIN 2048
#define MODULUS_MAX 4096 /* the library's: wolfCrypt has no room for more */
#define EXPONENT_BITS_MAX 256
#define SMALL_PRIME_MAX 65536
#define FERMAT_ROUNDS 100

/* ---- the modulus is a pattern ----------------------------------------- */

#define REPEAT_LEN 12
#define WORD_BITS_MAX 256
#define WORDS_MIN 6

/*
 * The same 12 octets stand at two places. Among the 2^19 pairs of places in
 * 8192 random bits that happens with a chance of 2^-77.
 */
static bool
repeats_itself(struct ca_bytes modulus, size_t *ret_at)
{
	for (size_t i = 0; i + REPEAT_LEN < modulus.len; i++)
		for (size_t j = i + 1; j + REPEAT_LEN <= modulus.len; j++)
			if (memcmp(modulus.data + i, modulus.data + j,
				REPEAT_LEN) == 0) {
				*ret_at = i;
				return true;
			}
	return false;
}

/* How many bits are the same in every word of so many bits, the first and
 * last word aside (they hold leading terms and what made the number odd). */
static unsigned
count_equal_bits(const struct ca_bn *n, unsigned width, size_t words)
{
	unsigned equal = 0;

	for (unsigned bit = 0; bit < width; bit++) {
		size_t ones = 0;

		for (size_t word = 1; word <= words; word++)
			ones += ca_bn_slice(n, word * width + bit, 1);
		equal += ones == 0 || ones == words;
	}
	return equal;
}

/*
 * A generator that fills only a part of each machine word makes primes that
 * are polynomials with small coefficients in 2^width; so is their product,
 * and it can be factored as one. A quarter of the bits of every word being
 * equal shows it. By chance: below C(256, 64) * 2^(-64 * 5), about 2^-117,
 * for the worst case of six words of 256 bits.
 */
static bool
is_polynomial(const struct ca_bn *n, unsigned *ret_width)
{
	for (unsigned width = 16; width <= WORD_BITS_MAX; width *= 2) {
		size_t words = (ca_bn_bits(n) + width - 1) / width;

		if (words < WORDS_MIN + 2)
			return false;
		if (count_equal_bits(n, width, words - 2) >= width / 4) {
			*ret_width = width;
			return true;
		}
	}
	return false;
}

static enum ca_status
check_pattern(
    struct ca_bytes modulus, const struct ca_bn *n, struct ca_error *err)
{
	unsigned width = 0;
	size_t at = 0;

	if (repeats_itself(modulus, &at))
		return ca_fail(err, CA_REFUSED,
		    "RSA key: the modulus repeats the %d octets at %zu; a "
		    "random one does not; make a new key",
		    REPEAT_LEN, at);
	if (is_polynomial(n, &width))
		return ca_fail(err, CA_REFUSED,
		    "RSA key: every %u-bit word of the modulus has the same "
		    "pattern: its primes are polynomials and can be found; "
		    "make a new key with another generator",
		    width);
	return CA_OK;
}

/* ---- small factors, close primes, ROCA -------------------------------- */

static void
sieve(uint8_t ret_composite[SMALL_PRIME_MAX / 8])
{
	memset(ret_composite, 0, SMALL_PRIME_MAX / 8);
	for (uint32_t i = 3; i * i < SMALL_PRIME_MAX; i += 2)
		for (uint32_t j = i * i; j < SMALL_PRIME_MAX; j += 2 * i)
			ret_composite[j / 8] |= (uint8_t)(1u << (j % 8));
}

/* The smallest odd prime factor below 2^16, or 0. Two primes share one pass
 * over the modulus. */
static uint32_t
small_factor(const struct ca_bn *n)
{
	uint8_t composite[SMALL_PRIME_MAX / 8];
	uint32_t waiting = 1;

	sieve(composite);
	for (uint32_t p = 3; p < SMALL_PRIME_MAX; p += 2) {
		uint32_t rest;

		if ((composite[p / 8] >> (p % 8) & 1) != 0)
			continue;
		if (waiting == 1) {
			waiting = p;
			continue;
		}
		rest = ca_bn_mod_small(n, waiting * p);
		if (rest % waiting == 0)
			return waiting;
		if (rest % p == 0)
			return p;
		waiting = 1;
	}
	return waiting > 1 && ca_bn_mod_small(n, waiting) == 0 ? waiting : 0;
}

/*
 * Fermat: n = a^2 - b^2 = (a - b)(a + b), searched from a = ceil(sqrt(n))
 * upwards. Returns the round that found b, 0 when n itself is a square, and
 * -1 when none did. It takes (p - q)^2 / (8 sqrt(n)) rounds: 2^800 for n of
 * 2048 bits even if the primes share their first hundred bits.
 */
static int
fermat_round(const struct ca_bn *n)
{
	struct ca_bn a, rest, square, one = {.len = 1, .word = {1}};

	ca_bn_sqrt(n, &a, &rest);
	if (rest.len == 0)
		return 0;
	/* b^2 = (a + 1)^2 - n = 2a + 1 - rest, for the floor a. */
	square = a;
	ca_bn_add(&square, &a);
	ca_bn_add(&square, &one);
	ca_bn_sub(&square, &rest);
	for (int round = 1; round <= FERMAT_ROUNDS; round++) {
		if (ca_bn_is_square(&square))
			return round;
		ca_bn_add(&a, &one);
		ca_bn_add(&square, &a);
		ca_bn_add(&square, &a);
		ca_bn_add(&square, &one);
	}
	return -1;
}

/* The e with 65537^e = value modulo r, and the order of 65537. */
static bool
small_logarithm(
    uint32_t value, uint32_t r, uint32_t *ret_log, uint32_t *ret_order)
{
	uint32_t power = 1, exponent = 0;
	bool found = false;

	do {
		if (power == value) {
			*ret_log = exponent;
			found = true;
		}
		power = power * (65537 % r) % r;
		exponent++;
	} while (power != 1);
	*ret_order = exponent;
	return found;
}

static uint32_t
gcd(uint32_t a, uint32_t b)
{
	while (b != 0) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/*
 * The Return of Coppersmith's Attack (Nemec and others, 2017), section 2: the
 * library made its primes as k * M + (65537^a mod M), M the product of the
 * first primes (2 to 167 at the least), so n is a power of 65537 modulo M.
 * It is one when it is one modulo each prime and the exponents agree modulo
 * the common divisors of the orders. Of all moduli 2^-154 are.
 */
static bool
has_roca_fingerprint(const struct ca_bn *n)
{
	static const uint8_t primes[] = {3, 5, 7, 11, 13, 17, 19, 23, 29, 31,
	    37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
	    107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
	uint32_t log[sizeof(primes)] = {0}, order[sizeof(primes)] = {0};

	for (size_t i = 0; i < sizeof(primes); i++) {
		uint32_t value = ca_bn_mod_small(n, primes[i]), common;

		if (!small_logarithm(value, primes[i], &log[i], &order[i]))
			return false;
		for (size_t j = 0; j < i; j++) {
			common = gcd(order[i], order[j]);
			if (log[i] % common != log[j] % common)
				return false;
		}
	}
	return true;
}

static enum ca_status
check_factors(const struct ca_bn *n, struct ca_error *err)
{
	uint32_t factor = ca_bn_is_odd(n) ? small_factor(n) : 2;
	int round;

	if (factor != 0)
		return ca_fail(err, CA_REFUSED,
		    "RSA key: the modulus has the factor %u (CA/B BR 6.1.6: "
		    "none below 752); make a new key",
		    (unsigned)factor);
	round = fermat_round(n);
	if (round == 0)
		return ca_fail(err, CA_REFUSED,
		    "RSA key: the modulus is a perfect square (CA/B BR "
		    "6.1.6); make a new key");
	if (round > 0)
		return ca_fail(err, CA_REFUSED,
		    "RSA key: its primes are so close that Fermat's method "
		    "found them in round %d (CVE-2022-26320); make a new "
		    "key with another generator",
		    round);
	if (has_roca_fingerprint(n))
		return ca_fail(err, CA_REFUSED,
		    "RSA key: the modulus has the ROCA fingerprint of "
		    "Infineon's chips (CVE-2017-15361); make a new key "
		    "outside the device");
	return CA_OK;
}

/* ---- numbers ---------------------------------------------------------- */

/* An exponent with which nothing is secret or nothing works. */
static enum ca_status
check_exponent_sound(
    const struct ca_bn *e, const struct ca_bn *n, struct ca_error *err)
{
	if (!ca_bn_is_odd(e))
		return ca_fail(err, CA_REFUSED,
		    "RSA key: the public exponent is even (CA/B BR 6.1.6); "
		    "make a new key");
	if (ca_bn_bits(e) == 1)
		return ca_fail(err, CA_REFUSED,
		    "RSA key: the public exponent is 1: it encrypts nothing "
		    "(CA/B BR 6.1.6); make a new key");
	if (ca_bn_compare(e, n) >= 0)
		return ca_fail(err, CA_REFUSED,
		    "RSA key: the public exponent is not below the modulus "
		    "(RFC 8017 3.1); make a new key");
	return CA_OK;
}

static enum ca_status
check_exponent_range(const struct ca_bn *e, struct ca_error *err)
{
	static const struct ca_bn least = {.len = 1, .word = {65537}};
	size_t bits = ca_bn_bits(e);

	if (ca_bn_compare(e, &least) < 0)
		return ca_fail(err, CA_REFUSED,
		    "RSA key: the public exponent is %u; at least 65537 "
		    "(CA/B BR 6.1.6); make a new key",
		    (unsigned)ca_bn_slice(e, 0, 16));
	if (bits > EXPONENT_BITS_MAX)
		return ca_fail(err, CA_REFUSED,
		    "RSA key: the public exponent has %zu bits; at most %d "
		    "(CA/B BR 6.1.6; a long one is how a short private one "
		    "shows); make a new key",
		    bits, EXPONENT_BITS_MAX);
	return CA_OK;
}

static enum ca_status
check_size(const struct ca_bn *n, struct ca_error *err)
{
	size_t bits = ca_bn_bits(n);

	if (bits < MODULUS_MIN)
		return ca_fail(err, CA_REFUSED,
		    "RSA key: the modulus has %zu bits; at least %d (CA/B BR "
		    "6.1.5); make a larger key",
		    bits, MODULUS_MIN);
	if (bits % 8 != 0)
		return ca_fail(err, CA_REFUSED,
		    "RSA key: the modulus has %zu bits; a multiple of 8 "
		    "(CA/B BR 6.1.5); make a new key",
		    bits);
	return CA_OK;
}

static enum ca_status
check_not_prime(const struct ca_bn *n, struct ca_error *err)
{
	if (ca_bn_is_probable_prime(n))
		return ca_fail(err, CA_REFUSED,
		    "RSA key: the modulus is itself a prime: anyone can "
		    "compute the private key; make a new key");
	return CA_OK;
}

static enum ca_status
check_sound(const struct ca_spki *spki, const struct ca_bn *n,
    const struct ca_bn *e, struct ca_error *err)
{
	enum ca_status st;

	if (n->len == 0)
		return ca_fail(err, CA_REFUSED,
		    "RSA key: the modulus is 0 (RFC 8017 3.1); make a new "
		    "key");
	if ((st = check_exponent_sound(e, n, err)) != CA_OK ||
	    (st = check_pattern(spki->modulus, n, err)) != CA_OK)
		return st;
	return check_factors(n, err);
}

static enum ca_status
check_rsa(const struct ca_spki *spki, struct ca_error *err)
{
	enum ca_status st;
	struct ca_bn n, e;

	if (!ca_bn_read(spki->modulus, &n) || !ca_bn_read(spki->exponent, &e))
		return ca_fail(err, CA_REFUSED,
		    "RSA key: a number of more than %d bits; make a smaller "
		    "key",
		    CA_BN_BITS);
	/* Before anything is tried: trying takes long on a long one. */
	if (ca_bn_bits(&n) > MODULUS_MAX)
		return ca_fail(err, CA_REFUSED,
		    "RSA key: the modulus has %zu bits; at most %d, the "
		    "library's limit; make a smaller key",
		    ca_bn_bits(&n), MODULUS_MAX);
	if ((st = check_sound(spki, &n, &e, err)) != CA_OK ||
	    (st = check_size(&n, err)) != CA_OK ||
	    (st = check_exponent_range(&e, err)) != CA_OK ||
	    (st = check_not_prime(&n, err)) != CA_OK)
		return st;
	return CA_OK;
}

enum ca_status
ca_weakkey_check(const struct ca_spki *spki, struct ca_error *err)
{
	if (spki->type == CA_KEY_RSA)
		return check_rsa(spki, err);
	return ca_crypto_check_public(spki, err);
}

enum ca_status
ca_weakkey_check_signed(const struct ca_spki *spki, struct ca_error *err)
{
	if (spki->type == CA_KEY_RSA)
		return check_rsa(spki, err);
	return ca_crypto_check_proved(spki, err);
}

enum ca_status
ca_weakkey_check_broken(
    const struct ca_spki *spki, bool is_proved, struct ca_error *err)
{
	enum ca_status st;
	struct ca_bn n, e;

	if (spki->type != CA_KEY_RSA)
		return is_proved ? ca_crypto_check_proved(spki, err) :
				   ca_crypto_check_public(spki, err);
	if (spki->bits > MODULUS_MAX)
		return CA_OK;
	if (!ca_bn_read(spki->modulus, &n) || !ca_bn_read(spki->exponent, &e))
		return ca_fail(err, CA_REFUSED,
		    "RSA key: a number of more than %d bits; make a smaller "
		    "key",
		    CA_BN_BITS);
	if ((st = check_sound(spki, &n, &e, err)) != CA_OK)
		return st;
	return check_not_prime(&n, err);
}
