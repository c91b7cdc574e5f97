/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bignum: natural numbers up to 8192 bits, for looking at RSA moduli.
 *
 * A number lives in one fixed-size struct on the stack; nothing is allocated
 * and nothing can fail once it is read. 8192 bits cost about 4000 steps of a
 * square root and 8192 modular squarings: bounded, and a fraction of a second.
 *
 * What this does not do: secrets. Time and branches depend on the values, so
 * only public numbers may be given to it; ca/crypto computes with keys.
 */
#ifndef CA_BIGNUM_H
#define CA_BIGNUM_H

#include "ca/base.h"

#define CA_BN_BITS 8192

#if defined(__SIZEOF_INT128__) && !defined(CA_BN_SMALL_WORDS)
#define CA_BN_WORD_BITS 64
typedef uint64_t ca_bn_word;
#else
#define CA_BN_WORD_BITS 32
typedef uint32_t ca_bn_word;
#endif

/* One spare word takes the carry of a sum. */
#define CA_BN_WORDS (CA_BN_BITS / CA_BN_WORD_BITS + 1)

/* {0} is zero. Lowest word first; word[len - 1] is not 0, those above are. */
struct ca_bn {
	size_t len;
	ca_bn_word word[CA_BN_WORDS];
};

/* Reads a big-endian magnitude. False, *ret untouched, above 8192 bits. */
bool ca_bn_read(struct ca_bytes magnitude, struct ca_bn *ret);
/* The number of bits without leading zeros; 0 for zero. */
size_t ca_bn_bits(const struct ca_bn *n);
bool ca_bn_is_odd(const struct ca_bn *n);
/* count bits (at most 16) from bit first upwards; beyond the end they are 0. */
uint32_t ca_bn_slice(const struct ca_bn *n, size_t first, unsigned count);
/* Below, at or above 0 as a is below, equal to or above b. */
int ca_bn_compare(const struct ca_bn *a, const struct ca_bn *b);
/* a += b. The sum must be below 2^8193. */
void ca_bn_add(struct ca_bn *a, const struct ca_bn *b);
/* a -= b. b must not be above a. */
void ca_bn_sub(struct ca_bn *a, const struct ca_bn *b);
/* n modulo m; m is not 0. */
uint32_t ca_bn_mod_small(const struct ca_bn *n, uint32_t m);
/* root = floor(sqrt(n)), rest = n - root * root. */
void ca_bn_sqrt(
    const struct ca_bn *n, struct ca_bn *ret_root, struct ca_bn *ret_rest);
bool ca_bn_is_square(const struct ca_bn *n);
/*
 * Miller-Rabin with base 2. True for every prime; false for a composite, but
 * for strong pseudoprimes to base 2, which a product of two random primes of
 * cryptographic size is not (the chance is far below 2^-100).
 */
bool ca_bn_is_probable_prime(const struct ca_bn *n);

#endif
