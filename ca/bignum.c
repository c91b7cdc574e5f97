/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/bignum.h"

#include <string.h>

#if CA_BN_WORD_BITS == 64
__extension__ typedef unsigned __int128 bn_wide;
#else
typedef uint64_t bn_wide;
#endif

#define WORD_OCTETS (CA_BN_WORD_BITS / 8)
#define HIGH(wide) ((ca_bn_word)((wide) >> CA_BN_WORD_BITS))

static void
trim(struct ca_bn *n)
{
	while (n->len > 0 && n->word[n->len - 1] == 0)
		n->len--;
}

bool
ca_bn_read(struct ca_bytes magnitude, struct ca_bn *ret)
{
	while (magnitude.len > 0 && magnitude.data[0] == 0) {
		magnitude.data++;
		magnitude.len--;
	}
	if (magnitude.len > CA_BN_BITS / 8)
		return false;
	*ret = (struct ca_bn){0};
	for (size_t i = 0; i < magnitude.len; i++) {
		ca_bn_word octet = magnitude.data[magnitude.len - 1 - i];

		ret->word[i / WORD_OCTETS] |= octet << (i % WORD_OCTETS * 8);
	}
	ret->len = (magnitude.len + WORD_OCTETS - 1) / WORD_OCTETS;
	return true;
}

size_t
ca_bn_bits(const struct ca_bn *n)
{
	size_t bits = n->len * CA_BN_WORD_BITS;

	if (n->len == 0)
		return 0;
	for (ca_bn_word top = n->word[n->len - 1];
	     (top >> (CA_BN_WORD_BITS - 1)) == 0; top <<= 1)
		bits--;
	return bits;
}

bool
ca_bn_is_odd(const struct ca_bn *n)
{
	return (n->word[0] & 1) != 0;
}

uint32_t
ca_bn_slice(const struct ca_bn *n, size_t first, unsigned count)
{
	size_t at = first / CA_BN_WORD_BITS;
	bn_wide two = 0;

	if (at + 1 < CA_BN_WORDS)
		two = (bn_wide)n->word[at + 1] << CA_BN_WORD_BITS;
	if (at < CA_BN_WORDS)
		two |= n->word[at];
	return (uint32_t)(two >> (first % CA_BN_WORD_BITS)) &
	    ((UINT32_C(1) << count) - 1);
}

int
ca_bn_compare(const struct ca_bn *a, const struct ca_bn *b)
{
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	for (size_t i = a->len; i-- > 0;)
		if (a->word[i] != b->word[i])
			return a->word[i] < b->word[i] ? -1 : 1;
	return 0;
}

void
ca_bn_add(struct ca_bn *a, const struct ca_bn *b)
{
	size_t len = a->len > b->len ? a->len : b->len;
	bn_wide sum = 0;

	if (len < CA_BN_WORDS)
		len++;
	for (size_t i = 0; i < len; i++) {
		sum += (bn_wide)a->word[i] + b->word[i];
		a->word[i] = (ca_bn_word)sum;
		sum >>= CA_BN_WORD_BITS;
	}
	a->len = len;
	trim(a);
}

/* Returns the borrow out of the top word. */
static ca_bn_word
sub_words(ca_bn_word *a, const ca_bn_word *b, size_t len)
{
	ca_bn_word borrow = 0;

	for (size_t i = 0; i < len; i++) {
		bn_wide less = (bn_wide)a[i] - b[i] - borrow;

		a[i] = (ca_bn_word)less;
		borrow = HIGH(less) & 1;
	}
	return borrow;
}

void
ca_bn_sub(struct ca_bn *a, const struct ca_bn *b)
{
	(void)sub_words(a->word, b->word, a->len);
	trim(a);
}

/* n = n * 2^count + low; count is 1 or 2. */
static void
shift_in(struct ca_bn *n, unsigned count, ca_bn_word low)
{
	ca_bn_word carry = low;

	if (n->len < CA_BN_WORDS)
		n->len++;
	for (size_t i = 0; i < n->len; i++) {
		ca_bn_word word = n->word[i];

		n->word[i] = word << count | carry;
		carry = word >> (CA_BN_WORD_BITS - count);
	}
	trim(n);
}

uint32_t
ca_bn_mod_small(const struct ca_bn *n, uint32_t m)
{
	uint64_t rest = 0;

	for (size_t i = n->len; i-- > 0;)
		for (unsigned shift = CA_BN_WORD_BITS; shift > 0;) {
			shift -= 32;
			rest = rest << 32 | (uint32_t)(n->word[i] >> shift);
			rest %= m;
		}
	return (uint32_t)rest;
}

/* By hand as at school: two bits of n give one of the root. */
void
ca_bn_sqrt(
    const struct ca_bn *n, struct ca_bn *ret_root, struct ca_bn *ret_rest)
{
	struct ca_bn root = {0}, rest = {0}, trial;

	for (size_t i = (ca_bn_bits(n) + 1) / 2; i-- > 0;) {
		ca_bn_word bit = 0;

		shift_in(&rest, 2, ca_bn_slice(n, 2 * i, 2));
		trial = root;
		shift_in(&trial, 2, 1);
		if (ca_bn_compare(&rest, &trial) >= 0) {
			ca_bn_sub(&rest, &trial);
			bit = 1;
		}
		shift_in(&root, 1, bit);
	}
	*ret_root = root;
	*ret_rest = rest;
}

bool
ca_bn_is_square(const struct ca_bn *n)
{
	/* Bit i is set when i is a square modulo 64: 12 of 64 are. */
	static const uint64_t residues = UINT64_C(0x0202021202030213);
	struct ca_bn root, rest;

	if ((residues >> (n->word[0] & 63) & 1) == 0)
		return false;
	ca_bn_sqrt(n, &root, &rest);
	return rest.len == 0;
}

/* ---- arithmetic modulo an odd n, in Montgomery's form: x * R, R = 2^(bits of
 * n's words); values are below n and fill n->len words ---- */

struct modulus {
	size_t len;
	const ca_bn_word *word;
	ca_bn_word inverse; /* -1 / n modulo the word */
	ca_bn_word one[CA_BN_WORDS];
};

/* x = 2 * x mod n */
static void
mod_double(const struct modulus *n, ca_bn_word *x)
{
	ca_bn_word carry = 0, less[CA_BN_WORDS];

	for (size_t i = 0; i < n->len; i++) {
		ca_bn_word word = x[i];

		x[i] = word << 1 | carry;
		carry = word >> (CA_BN_WORD_BITS - 1);
	}
	memcpy(less, x, n->len * sizeof(*x));
	if (sub_words(less, n->word, n->len) == 0 || carry != 0)
		memcpy(x, less, n->len * sizeof(*x));
}

/*
 * x = x * x / R mod n. Each turn adds x * x[i] and the multiple of n that makes
 * the lowest word 0, and drops that word. top is the word above t: 0 or 1.
 */
static void
mod_square(const struct modulus *n, ca_bn_word *x)
{
	ca_bn_word t[CA_BN_WORDS] = {0}, top = 0;
	size_t last = n->len - 1;

	for (size_t i = 0; i <= last; i++) {
		bn_wide sum = (bn_wide)x[0] * x[i] + t[0];
		ca_bn_word factor = (ca_bn_word)sum * n->inverse;
		bn_wide low = (bn_wide)factor * n->word[0] + (ca_bn_word)sum;

		for (size_t j = 1; j <= last; j++) {
			sum = (bn_wide)x[j] * x[i] + t[j] + HIGH(sum);
			low = (bn_wide)factor * n->word[j] + (ca_bn_word)sum +
			    HIGH(low);
			t[j - 1] = (ca_bn_word)low;
		}
		sum = (bn_wide)HIGH(sum) + HIGH(low) + top;
		t[last] = (ca_bn_word)sum;
		top = HIGH(sum);
	}
	memcpy(x, t, n->len * sizeof(*x));
	if (sub_words(t, n->word, n->len) == 0 || top != 0)
		memcpy(x, t, n->len * sizeof(*x));
}

static struct modulus
modulus_of(const struct ca_bn *n)
{
	struct modulus m = {.len = n->len, .word = n->word};
	size_t bits = ca_bn_bits(n);
	ca_bn_word inverse = 1;

	/* Newton: each turn doubles the bits that are right. */
	for (int right = 1; right < CA_BN_WORD_BITS; right *= 2)
		inverse *= 2 - n->word[0] * inverse;
	m.inverse = 0 - inverse;
	/* R mod n, from the greatest power of two below n. */
	m.one[(bits - 1) / CA_BN_WORD_BITS] = (ca_bn_word)1
	    << ((bits - 1) % CA_BN_WORD_BITS);
	for (size_t i = bits - 1; i < n->len * CA_BN_WORD_BITS; i++)
		mod_double(&m, m.one);
	return m;
}

static bool
equal_words(const ca_bn_word *a, const ca_bn_word *b, size_t len)
{
	return memcmp(a, b, len * sizeof(*a)) == 0;
}

bool
ca_bn_is_probable_prime(const struct ca_bn *n)
{
	ca_bn_word x[CA_BN_WORDS], minus_one[CA_BN_WORDS];
	struct modulus m;
	size_t twos = 1;

	if (n->len == 0 || !ca_bn_is_odd(n))
		return n->len == 1 && n->word[0] == 2;
	if (n->len == 1 && n->word[0] < 9)
		return n->word[0] > 1;
	m = modulus_of(n);
	memcpy(minus_one, n->word, sizeof(minus_one));
	(void)sub_words(minus_one, m.one, m.len);

	/* n - 1 = d * 2^twos; n's bits above the lowest are those of n - 1. */
	while (ca_bn_slice(n, twos, 1) == 0)
		twos++;
	memcpy(x, m.one, sizeof(x));
	for (size_t i = ca_bn_bits(n); i-- > twos;) {
		mod_square(&m, x);
		if (ca_bn_slice(n, i, 1) != 0)
			mod_double(&m, x);
	}
	if (equal_words(x, m.one, m.len))
		return true;
	for (size_t i = 0; i < twos; i++) {
		if (equal_words(x, minus_one, m.len))
			return true;
		mod_square(&m, x);
	}
	return false;
}
