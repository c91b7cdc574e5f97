/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/merkle.h"

#include <string.h>

#include "ca/crypto.h"

#define HASH_LEN sizeof(((struct ca_merkle_hash *)0)->octets)
#define SHORT_LEAF 512 /* hashed without asking for memory */

/* ---- hashes ---- */

static enum ca_status
sha256(struct ca_bytes data, struct ca_merkle_hash *ret, struct ca_error *err)
{
	uint8_t hash[CA_HASH_MAX];
	enum ca_status st = ca_hash_bytes(CA_HASH_SHA256, data, hash, err);

	if (st == CA_OK)
		memcpy(ret->octets, hash, HASH_LEN);
	return st;
}

static enum ca_status
hash_long_leaf(
    struct ca_bytes leaf, struct ca_merkle_hash *ret, struct ca_error *err)
{
	static const uint8_t prefix[1] = {0};
	struct ca_buf data = {0};
	enum ca_status st;

	if ((st = ca_buf_append(&data, (struct ca_bytes){prefix, 1})) !=
		CA_OK ||
	    (st = ca_buf_append(&data, leaf)) != CA_OK)
		(void)ca_fail(err, st, "leaf: memory is short");
	else
		st = sha256(ca_view(&data), ret, err);
	ca_buf_free(&data);
	return st;
}

enum ca_status
ca_merkle_leaf(
    struct ca_bytes leaf, struct ca_merkle_hash *ret, struct ca_error *err)
{
	uint8_t data[1 + SHORT_LEAF] = {0};

	if (leaf.len > SHORT_LEAF)
		return hash_long_leaf(leaf, ret, err);
	if (leaf.len > 0)
		memcpy(data + 1, leaf.data, leaf.len);
	return sha256((struct ca_bytes){data, 1 + leaf.len}, ret, err);
}

enum ca_status
ca_merkle_node(const struct ca_merkle_hash *left,
    const struct ca_merkle_hash *right, struct ca_merkle_hash *ret,
    struct ca_error *err)
{
	uint8_t data[1 + 2 * HASH_LEN] = {1};

	memcpy(data + 1, left->octets, HASH_LEN);
	memcpy(data + 1 + HASH_LEN, right->octets, HASH_LEN);
	return sha256((struct ca_bytes){data, sizeof(data)}, ret, err);
}

bool
ca_merkle_equal(const struct ca_merkle_hash *a, const struct ca_merkle_hash *b)
{
	return memcmp(a->octets, b->octets, HASH_LEN) == 0;
}

/* ---- the compact range ---- */

enum ca_status
ca_merkle_append(struct ca_merkle_range *range,
    const struct ca_merkle_hash *leaf, struct ca_merkle_nodes *ret,
    struct ca_error *err)
{
	struct ca_merkle_nodes nodes = {.hashes = {*leaf}, .count = 1};
	size_t count = range->count;
	enum ca_status st;

	if (range->size >= CA_MERKLE_SIZE_MAX)
		return ca_fail(err, CA_USAGE, "Merkle tree: it is full");
	/* A peak as large as what was just completed becomes its left half. */
	for (uint64_t size = range->size; (size & 1) != 0; size >>= 1) {
		const struct ca_merkle_hash *right =
		    &nodes.hashes[nodes.count - 1];

		st = ca_merkle_node(&range->peaks[--count], right,
		    &nodes.hashes[nodes.count], err);
		if (st != CA_OK)
			return st;
		nodes.count++;
	}
	range->peaks[count] = nodes.hashes[nodes.count - 1];
	range->count = count + 1;
	range->size++;
	if (ret != NULL)
		*ret = nodes;
	return CA_OK;
}

/* The smallest peaks are joined first: each is the right half of a node. */
static enum ca_status
fold(const struct ca_merkle_hash *peaks, size_t count,
    struct ca_merkle_hash *ret, struct ca_error *err)
{
	struct ca_merkle_hash root;
	enum ca_status st = CA_OK;

	if (count == 0)
		return sha256((struct ca_bytes){0}, ret, err);
	root = peaks[count - 1];
	for (size_t i = count - 1; i > 0 && st == CA_OK; i--)
		st = ca_merkle_node(&peaks[i - 1], &root, &root, err);
	if (st == CA_OK)
		*ret = root;
	return st;
}

enum ca_status
ca_merkle_root(const struct ca_merkle_range *range, struct ca_merkle_hash *ret,
    struct ca_error *err)
{
	return fold(range->peaks, range->count, ret, err);
}

/* ---- from kept nodes ---- */

/* The root of the size leaves from begin on, which is a multiple of the least
 * power of two that is not below size. */
static enum ca_status
root_of(const struct ca_merkle_source *source, uint64_t begin, uint64_t size,
    struct ca_merkle_hash *ret, struct ca_error *err)
{
	struct ca_merkle_hash peaks[CA_MERKLE_LEVELS];
	size_t count = 0;
	enum ca_status st;

	for (unsigned level = CA_MERKLE_LEVELS; level-- > 0;) {
		if ((size >> level & 1) == 0)
			continue;
		st = source->read(
		    source->ctx, level, begin >> level, &peaks[count++], err);
		if (st != CA_OK)
			return st;
		begin += UINT64_C(1) << level;
	}
	return fold(peaks, count, ret, err);
}

enum ca_status
ca_merkle_root_at(const struct ca_merkle_source *source, uint64_t size,
    struct ca_merkle_hash *ret, struct ca_error *err)
{
	if (size > CA_MERKLE_SIZE_MAX)
		return ca_fail(err, CA_USAGE, "Merkle tree: no such size");
	return root_of(source, 0, size, ret, err);
}

/* The largest power of two below size, which is at least 2: where RFC 9162
 * divides a tree. */
static uint64_t
split(uint64_t size)
{
	uint64_t k = 1;

	while (k < size - k)
		k <<= 1;
	return k;
}

static enum ca_status
add(const struct ca_merkle_source *source, uint64_t begin, uint64_t size,
    struct ca_merkle_proof *proof, struct ca_error *err)
{
	return root_of(
	    source, begin, size, &proof->hashes[proof->count++], err);
}

/* Found from the root down, wanted from the leaf up. */
static void
reverse(struct ca_merkle_proof *proof)
{
	for (size_t i = 0; i < proof->count / 2; i++) {
		struct ca_merkle_hash *a = &proof->hashes[i];
		struct ca_merkle_hash *b = &proof->hashes[proof->count - 1 - i];
		struct ca_merkle_hash kept = *a;

		*a = *b;
		*b = kept;
	}
}

enum ca_status
ca_merkle_prove(const struct ca_merkle_source *source, uint64_t index,
    uint64_t size, struct ca_merkle_proof *ret, struct ca_error *err)
{
	struct ca_merkle_proof proof = {0};
	uint64_t begin = 0;
	enum ca_status st = CA_OK;

	if (index >= size || size > CA_MERKLE_SIZE_MAX)
		return ca_fail(err, CA_USAGE,
		    "Merkle tree: no such leaf in a tree of this size");
	while (size > 1 && st == CA_OK) {
		uint64_t k = split(size);

		if (index - begin < k) {
			st = add(source, begin + k, size - k, &proof, err);
			size = k;
		} else {
			st = add(source, begin, k, &proof, err);
			begin += k;
			size -= k;
		}
	}
	if (st != CA_OK)
		return st;
	reverse(&proof);
	*ret = proof;
	return CA_OK;
}

enum ca_status
ca_merkle_prove_consistency(const struct ca_merkle_source *source,
    uint64_t earlier, uint64_t later, struct ca_merkle_proof *ret,
    struct ca_error *err)
{
	struct ca_merkle_proof proof = {0};
	uint64_t begin = 0;
	enum ca_status st = CA_OK;

	if (earlier > later || later > CA_MERKLE_SIZE_MAX)
		return ca_fail(err, CA_USAGE,
		    "Merkle tree: the earlier size is the larger one");
	/* From here on both count from begin. */
	while (earlier != 0 && earlier != later && st == CA_OK) {
		uint64_t k = split(later);

		if (earlier <= k) {
			st = add(source, begin + k, later - k, &proof, err);
			later = k;
		} else {
			st = add(source, begin, k, &proof, err);
			begin += k;
			earlier -= k;
			later -= k;
		}
	}
	/* What begins at 0 is the earlier tree, whose root is known. */
	if (st == CA_OK && begin > 0)
		st = add(source, begin, earlier, &proof, err);
	if (st != CA_OK)
		return st;
	reverse(&proof);
	*ret = proof;
	return CA_OK;
}

/* ---- verification ---- */

static enum ca_status
fail_proof(struct ca_error *err, const char *why)
{
	return ca_fail(err, CA_UNTRUSTED, "%s (RFC 9162 2.1)", why);
}

enum ca_status
ca_merkle_verify(const struct ca_merkle_head *head, uint64_t index,
    const struct ca_merkle_hash *leaf, const struct ca_merkle_proof *proof,
    struct ca_error *err)
{
	struct ca_merkle_hash root = *leaf;
	uint64_t fn = index, sn = head->size - 1;
	enum ca_status st = CA_OK;

	if (head->size > CA_MERKLE_SIZE_MAX || index >= head->size)
		return fail_proof(err, "the leaf is not below the tree's size");
	for (size_t i = 0; i < proof->count && st == CA_OK; i++) {
		const struct ca_merkle_hash *p = &proof->hashes[i];

		if (sn == 0)
			return fail_proof(err, "the proof is too long");
		if ((fn & 1) != 0 || fn == sn) {
			st = ca_merkle_node(p, &root, &root, err);
			while ((fn & 1) == 0 && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			st = ca_merkle_node(&root, p, &root, err);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (st != CA_OK)
		return st;
	if (sn != 0)
		return fail_proof(err, "the proof is too short");
	if (!ca_merkle_equal(&root, &head->root))
		return fail_proof(err, "the proof leads to another root");
	return CA_OK;
}

/* RFC 9162 2.1.4.2, steps 3 to 7; the tree sizes differ, and neither is 0. */
struct walk {
	uint64_t fn, sn;
	struct ca_merkle_hash fr, sr; /* roots of the earlier and later tree */
};

static enum ca_status
step(struct walk *walk, const struct ca_merkle_hash *c, struct ca_error *err)
{
	enum ca_status st;

	if (walk->sn == 0)
		return fail_proof(err, "the proof is too long");
	if ((walk->fn & 1) == 0 && walk->fn != walk->sn) {
		st = ca_merkle_node(&walk->sr, c, &walk->sr, err);
	} else {
		st = ca_merkle_node(c, &walk->fr, &walk->fr, err);
		if (st == CA_OK)
			st = ca_merkle_node(c, &walk->sr, &walk->sr, err);
		while ((walk->fn & 1) == 0 && walk->fn != 0) {
			walk->fn >>= 1;
			walk->sn >>= 1;
		}
	}
	walk->fn >>= 1;
	walk->sn >>= 1;
	return st;
}

static enum ca_status
walk_proof(const struct ca_merkle_head *earlier,
    const struct ca_merkle_head *later, const struct ca_merkle_proof *proof,
    struct walk *walk, struct ca_error *err)
{
	/* A whole subtree's root is the earlier head's, and not repeated. */
	bool whole = (earlier->size & (earlier->size - 1)) == 0;
	enum ca_status st = CA_OK;

	if (proof->count == 0)
		return fail_proof(err, "the proof is empty");
	*walk = (struct walk){.fn = earlier->size - 1,
	    .sn = later->size - 1,
	    .fr = whole ? earlier->root : proof->hashes[0],
	    .sr = whole ? earlier->root : proof->hashes[0]};
	while ((walk->fn & 1) != 0) {
		walk->fn >>= 1;
		walk->sn >>= 1;
	}
	for (size_t i = whole ? 0 : 1; i < proof->count && st == CA_OK; i++)
		st = step(walk, &proof->hashes[i], err);
	if (st == CA_OK && walk->sn != 0)
		st = fail_proof(err, "the proof is too short");
	return st;
}

enum ca_status
ca_merkle_verify_consistency(const struct ca_merkle_head *earlier,
    const struct ca_merkle_head *later, const struct ca_merkle_proof *proof,
    struct ca_error *err)
{
	struct ca_merkle_hash empty;
	struct walk walk;
	enum ca_status st;

	if (later->size > CA_MERKLE_SIZE_MAX || earlier->size > later->size)
		return fail_proof(err, "the earlier tree is the larger one");
	if (earlier->size == 0 || earlier->size == later->size) {
		if (proof->count != 0)
			return fail_proof(err, "the proof is too long");
		if ((st = fold(NULL, 0, &empty, err)) != CA_OK)
			return st;
		if (!ca_merkle_equal(&earlier->root,
			earlier->size == 0 ? &empty : &later->root) ||
		    (later->size == 0 &&
			!ca_merkle_equal(&later->root, &empty)))
			return fail_proof(
			    err, "the trees of one size have two roots");
		return CA_OK;
	}
	if ((st = walk_proof(earlier, later, proof, &walk, err)) != CA_OK)
		return st;
	if (!ca_merkle_equal(&walk.fr, &earlier->root) ||
	    !ca_merkle_equal(&walk.sr, &later->root))
		return fail_proof(err, "the proof leads to another root");
	return CA_OK;
}
