/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * der_mutator: changes DER and leaves it DER. An octet that is changed at
 * random nearly always breaks the length of something, and the parser says
 * so in its first lines; here an element is changed, put in, taken out,
 * doubled, wrapped or moved, and the lengths of all that it lies in follow.
 * What an OCTET STRING or BIT STRING holds, if that is DER, is changed
 * likewise.
 *
 * What this does not do: know what any element means, or parse as strictly
 * as ca/der; an input that is no sequence of elements is left to the mutator
 * of bytes.
 */
#ifndef TESTS_FUZZ_DER_MUTATOR_H
#define TESTS_FUZZ_DER_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

#define DER_MUTATOR_NODES 2048 /* what stands behind is left alone */
#define DER_MUTATOR_DEPTH 24

/* Changes size octets to at most max (size <= max); how many there are now.
 * LLVMFuzzerMutate() is one. */
typedef size_t der_mutate_bytes(uint8_t *data, size_t size, size_t max);

/*
 * One change to data, of size octets and room for max; how many there are
 * now. The first prefix octets are settings: they are changed as bytes are.
 * The same arguments, and the same doings of bytes, give the same.
 */
size_t der_mutate(uint8_t *data, size_t size, size_t max, unsigned seed,
    size_t prefix, der_mutate_bytes *bytes);

/*
 * Of one: out, of room for max, with an element replaced by, or beside, one
 * of other. 0 if that is not possible.
 */
size_t der_cross(const uint8_t *one, size_t one_size, const uint8_t *other,
    size_t other_size, uint8_t *out, size_t max, unsigned seed, size_t prefix);

/*
 * How many elements data is made of, those within others counted; 0 if octets
 * are left over. *ret_depth is how deep they lie, 1 for the outermost.
 */
size_t der_count(const uint8_t *data, size_t size, size_t *ret_depth);

/* In a target whose input is DER behind prefix octets. */
#ifdef SIGNET_FUZZ
#define DER_INPUT(prefix)                                                      \
	size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);       \
	size_t LLVMFuzzerCustomMutator(                                        \
	    uint8_t *data, size_t size, size_t max, unsigned seed);            \
	size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size,  \
	    const uint8_t *other, size_t other_size, uint8_t *out, size_t max, \
	    unsigned seed);                                                    \
	size_t LLVMFuzzerCustomMutator(                                        \
	    uint8_t *data, size_t size, size_t max, unsigned seed)             \
	{                                                                      \
		return der_mutate(                                             \
		    data, size, max, seed, prefix, LLVMFuzzerMutate);          \
	}                                                                      \
	size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size,  \
	    const uint8_t *other, size_t other_size, uint8_t *out, size_t max, \
	    unsigned seed)                                                     \
	{                                                                      \
		return der_cross(                                              \
		    one, one_size, other, other_size, out, max, seed, prefix); \
	}                                                                      \
	struct der_input_ends_here
#else
#define DER_INPUT(prefix) struct der_input_ends_here
#endif

#endif
