/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * merkle: the hash tree of a transparency log, RFC 9162 2.1, over SHA-256:
 * leaves, nodes, the root of any earlier size, and the two proofs.
 *
 * A complete node is the root of 2^level leaves that begin at a multiple of
 * 2^level: (level, index) are fixed for ever once its last leaf is there, so a
 * log that keeps them answers everything in O(log n) reads. The compact range
 * of a size is the complete nodes that its root is made from.
 *
 * What this does not do: keep nodes or leaves; it asks for them. It does not
 * know what a leaf says (ca/leaf), nor who vouches for a root (ca/checkpoint).
 */
#ifndef CA_MERKLE_H
#define CA_MERKLE_H

#include "ca/base.h"

#define CA_MERKLE_LEVELS 63 /* a size is at most INT64_MAX */
#define CA_MERKLE_SIZE_MAX ((uint64_t)INT64_MAX)
#define CA_MERKLE_PROOF_MAX (CA_MERKLE_LEVELS + 1)

struct ca_merkle_hash {
	uint8_t octets[32];
};

/* SHA-256 of 00 | leaf. */
CA_MUST_USE enum ca_status ca_merkle_leaf(
    struct ca_bytes leaf, struct ca_merkle_hash *ret, struct ca_error *err);
/* SHA-256 of 01 | left | right. ret may be one of them. */
CA_MUST_USE enum ca_status ca_merkle_node(const struct ca_merkle_hash *left,
    const struct ca_merkle_hash *right, struct ca_merkle_hash *ret,
    struct ca_error *err);
bool ca_merkle_equal(
    const struct ca_merkle_hash *a, const struct ca_merkle_hash *b);

/* ---- the compact range ---- */

/* {0} is the empty tree. The largest subtree comes first. */
struct ca_merkle_range {
	uint64_t size;
	struct ca_merkle_hash peaks[CA_MERKLE_LEVELS];
	size_t count;
};
/* The complete nodes that one leaf completes: (0, i), (1, i / 2), ... */
struct ca_merkle_nodes {
	struct ca_merkle_hash hashes[CA_MERKLE_LEVELS];
	size_t count;
};
/* Adds a leaf by its hash. ret may be NULL. Amortised two hashes. */
CA_MUST_USE enum ca_status ca_merkle_append(struct ca_merkle_range *range,
    const struct ca_merkle_hash *leaf, struct ca_merkle_nodes *ret,
    struct ca_error *err);
CA_MUST_USE enum ca_status ca_merkle_root(const struct ca_merkle_range *range,
    struct ca_merkle_hash *ret, struct ca_error *err);

/* ---- from kept nodes ---- */

/* Gives the complete node (level, index). Never asked for one that the size in
 * question has not completed. */
typedef enum ca_status ca_merkle_read_fn(void *ctx, unsigned level,
    uint64_t index, struct ca_merkle_hash *ret, struct ca_error *err);
struct ca_merkle_source {
	ca_merkle_read_fn *read;
	void *ctx;
};
struct ca_merkle_proof {
	struct ca_merkle_hash hashes[CA_MERKLE_PROOF_MAX];
	size_t count;
};
/* The root of the first size leaves. */
CA_MUST_USE enum ca_status ca_merkle_root_at(
    const struct ca_merkle_source *source, uint64_t size,
    struct ca_merkle_hash *ret, struct ca_error *err);
/* RFC 9162 2.1.3.1: leaf index (from 0) is in the tree of this size. CA_USAGE
 * when it is not. */
CA_MUST_USE enum ca_status ca_merkle_prove(
    const struct ca_merkle_source *source, uint64_t index, uint64_t size,
    struct ca_merkle_proof *ret, struct ca_error *err);
/* RFC 9162 2.1.4.1: the tree of size later begins with that of size earlier.
 * Empty for equal sizes and for the empty tree. CA_USAGE when earlier is
 * larger. */
CA_MUST_USE enum ca_status ca_merkle_prove_consistency(
    const struct ca_merkle_source *source, uint64_t earlier, uint64_t later,
    struct ca_merkle_proof *ret, struct ca_error *err);

/* ---- verification ---- */

struct ca_merkle_head {
	uint64_t size;
	struct ca_merkle_hash root;
};
/* RFC 9162 2.1.3.2. CA_UNTRUSTED when the proof does not lead to the root. */
CA_MUST_USE enum ca_status ca_merkle_verify(const struct ca_merkle_head *head,
    uint64_t index, const struct ca_merkle_hash *leaf,
    const struct ca_merkle_proof *proof, struct ca_error *err);
/* RFC 9162 2.1.4.2, and the two cases of an empty proof. CA_UNTRUSTED. */
CA_MUST_USE enum ca_status ca_merkle_verify_consistency(
    const struct ca_merkle_head *earlier, const struct ca_merkle_head *later,
    const struct ca_merkle_proof *proof, struct ca_error *err);

#endif
