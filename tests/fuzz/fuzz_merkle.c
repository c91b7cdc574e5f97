/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every proof that is made holds, and one that was changed anywhere does not:
 * the input says which tree, which leaf, which earlier size, what is changed.
 *
 * No dictionary: numbers say which tree, not words.
 */
#include <string.h>

#include "ca/merkle.h"
#include "tests/fuzz/property.h"

#define MAX 300
#define LEVELS 10

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct log {
	struct ca_merkle_hash nodes[LEVELS][MAX];
	struct ca_merkle_range range;
};

static enum ca_status
read_node(void *ctx, unsigned level, uint64_t index, struct ca_merkle_hash *ret,
    struct ca_error *err)
{
	const struct log *log = ctx;

	(void)err;
	REQUIRE((index + 1) << level <= log->range.size);
	*ret = log->nodes[level][index];
	return CA_OK;
}

static void
fill(struct log *log, struct ca_bytes text, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ca_bytes leaf = {
		    text.data + i % text.len, text.len - i % text.len};
		struct ca_merkle_nodes nodes;
		struct ca_merkle_hash hash;

		REQUIRE(ca_merkle_leaf(leaf, &hash, NULL) == CA_OK);
		REQUIRE(ca_merkle_append(&log->range, &hash, &nodes, NULL) ==
		    CA_OK);
		for (size_t level = 0; level < nodes.count; level++)
			log->nodes[level][i >> level] = nodes.hashes[level];
	}
}

static struct ca_merkle_head
head_of(const struct ca_merkle_source *source, uint64_t size)
{
	struct ca_merkle_head head = {.size = size};

	REQUIRE(ca_merkle_root_at(source, size, &head.root, NULL) == CA_OK);
	return head;
}

static void
change(struct ca_merkle_proof *proof, uint8_t what)
{
	size_t at = proof->count > 0 ? what % proof->count : 0;

	if (what % 3 == 0 || proof->count == 0)
		memset(&proof->hashes[proof->count++], what, 32);
	else if (what % 3 == 1)
		proof->count--;
	else
		proof->hashes[at].octets[what % 32] ^= (uint8_t)(1u
		    << (what & 7));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ca_merkle_proof proof = {0};
	struct ca_merkle_head now, then;
	struct ca_merkle_hash root;
	struct ca_merkle_source source = {.read = read_node};
	struct log *log;
	size_t count, index, earlier;

	if (size < 6)
		return 0;
	log = calloc(1, sizeof(*log));
	REQUIRE(log != NULL);
	source.ctx = log;
	count = 1 + (size_t)(data[0] << 8 | data[1]) % (MAX - 1);
	index = (size_t)(data[2] << 8 | data[3]) % count;
	earlier = 1 + index;
	fill(log, (struct ca_bytes){data + 4, size - 4}, count);
	now = head_of(&source, count);
	then = head_of(&source, earlier);
	REQUIRE(ca_merkle_root(&log->range, &root, NULL) == CA_OK);
	REQUIRE(ca_merkle_equal(&root, &now.root));

	REQUIRE(ca_merkle_prove(&source, index, count, &proof, NULL) == CA_OK);
	REQUIRE(ca_merkle_verify(
		    &now, index, &log->nodes[0][index], &proof, NULL) == CA_OK);
	change(&proof, data[4]);
	REQUIRE(ca_merkle_verify(&now, index, &log->nodes[0][index], &proof,
		    NULL) == CA_UNTRUSTED);
	REQUIRE(ca_merkle_prove_consistency(
		    &source, earlier, count, &proof, NULL) == CA_OK);
	REQUIRE(
	    ca_merkle_verify_consistency(&then, &now, &proof, NULL) == CA_OK);
	change(&proof, data[5]);
	REQUIRE(ca_merkle_verify_consistency(&then, &now, &proof, NULL) ==
	    CA_UNTRUSTED);
	free(log);
	return 0;
}
