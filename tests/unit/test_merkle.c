/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * merkle: the published roots of the reference tree, and every size up to 130
 * against RFC 9162 2.1 written down once more, word for word.
 */
#include "tests/unit/bytes.h"

#include "ca/crypto.h"
#include "ca/merkle.h"

#define MAX 130
#define LEVELS 9

/* ---- the definition, RFC 9162 2.1.1, 2.1.3.1, 2.1.4.1 ---- */

typedef struct ca_merkle_hash hash;

static hash leaves[MAX];

static hash
sha256(const uint8_t *data, size_t len)
{
	uint8_t digest[CA_HASH_MAX];
	hash ret;

	assert_int_equal(ca_hash_bytes(CA_HASH_SHA256,
			     (struct ca_bytes){data, len}, digest, NULL),
	    CA_OK);
	memcpy(ret.octets, digest, sizeof(ret.octets));
	return ret;
}

static size_t
below(size_t n)
{
	size_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

static hash
mth(size_t at, size_t n)
{
	uint8_t data[65] = {1};
	hash left, right;

	if (n == 0)
		return sha256(data, 0);
	if (n == 1)
		return leaves[at];
	left = mth(at, below(n));
	right = mth(at + below(n), n - below(n));
	memcpy(data + 1, left.octets, 32);
	memcpy(data + 33, right.octets, 32);
	return sha256(data, sizeof(data));
}

static void
path(size_t m, size_t at, size_t n, struct ca_merkle_proof *ret)
{
	size_t k = below(n);

	if (n == 1)
		return;
	if (m < k) {
		path(m, at, k, ret);
		ret->hashes[ret->count++] = mth(at + k, n - k);
	} else {
		path(m - k, at + k, n - k, ret);
		ret->hashes[ret->count++] = mth(at, k);
	}
}

static void
subproof(size_t m, size_t at, size_t n, bool b, struct ca_merkle_proof *ret)
{
	size_t k = below(n);

	if (m == n) {
		if (!b)
			ret->hashes[ret->count++] = mth(at, m);
	} else if (m <= k) {
		subproof(m, at, k, b, ret);
		ret->hashes[ret->count++] = mth(at + k, n - k);
	} else {
		subproof(m - k, at + k, n - k, false, ret);
		ret->hashes[ret->count++] = mth(at, k);
	}
}

/* ---- a log that keeps its nodes ---- */

struct log {
	hash nodes[LEVELS][MAX];
	uint64_t size; /* no node is given that this has not completed */
	size_t reads;
};

static enum ca_status
read_node(
    void *ctx, unsigned level, uint64_t index, hash *ret, struct ca_error *err)
{
	struct log *log = ctx;

	(void)err;
	assert_true(level < LEVELS);
	assert_true((index + 1) << level <= log->size);
	log->reads++;
	*ret = log->nodes[level][index];
	return CA_OK;
}

static struct ca_merkle_range range;

static void
add(struct log *log, const hash *leaf)
{
	struct ca_merkle_nodes nodes;

	assert_int_equal(ca_merkle_append(&range, leaf, &nodes, NULL), CA_OK);
	for (size_t level = 0; level < nodes.count; level++)
		log->nodes[level][log->size >> level] = nodes.hashes[level];
	log->size++;
	assert_int_equal(range.size, log->size);
}

static struct log all;
static const struct ca_merkle_source source = {read_node, &all};

static int
make_log(void **state)
{
	(void)state;
	for (size_t i = 0; i < MAX; i++) {
		const uint8_t text[2] = {(uint8_t)i, (uint8_t)(i * 7)};

		if (ca_merkle_leaf(
			(struct ca_bytes){text, 2}, &leaves[i], NULL) != CA_OK)
			return -1;
		add(&all, &leaves[i]);
	}
	return 0;
}

static void
assert_hash(const hash *got, const hash *expected)
{
	assert_memory_equal(got->octets, expected->octets, 32);
}

static void
assert_proof(
    const struct ca_merkle_proof *got, const struct ca_merkle_proof *expected)
{
	assert_int_equal(got->count, expected->count);
	for (size_t i = 0; i < got->count; i++)
		assert_hash(&got->hashes[i], &expected->hashes[i]);
}

/* ---- the tree of the CT reference implementation ---- */

static void
test_reference_roots(void **state)
{
	static const struct ca_bytes texts[] = {LITERAL(""), LITERAL("\x00"),
	    LITERAL("\x10"), LITERAL("\x20\x21"), LITERAL("\x30\x31"),
	    LITERAL("\x40\x41\x42\x43"), LITERAL("PQRSTUVW"),
	    LITERAL("`abcdefghijklmno")};
	static const char *const roots[] = {
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	};
	struct ca_merkle_range tree = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(roots); i++) {
		struct ca_buf hex = {0};
		hash root, leaf;

		assert_int_equal(ca_merkle_root(&tree, &root, NULL), CA_OK);
		assert_int_equal(
		    ca_hex_append(&hex, (struct ca_bytes){root.octets, 32}),
		    CA_OK);
		assert_text(&hex, roots[i]);
		if (i == COUNT(texts))
			break;
		assert_int_equal(ca_merkle_leaf(texts[i], &leaf, NULL), CA_OK);
		assert_int_equal(
		    ca_merkle_append(&tree, &leaf, NULL, NULL), CA_OK);
	}
}

/* The prefix keeps a leaf from being taken for a node, however long. */
static void
test_leaf_of_every_length(void **state)
{
	uint8_t data[1200] = {0};

	(void)state;
	for (size_t i = 1; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31);
	for (size_t len = 0; len < sizeof(data) - 1; len += 37) {
		hash expected = sha256(data, len + 1), got;

		assert_int_equal(
		    ca_merkle_leaf(
			(struct ca_bytes){data + 1, len}, &got, NULL),
		    CA_OK);
		assert_hash(&got, &expected);
	}
}

/* ---- every size ---- */

static void
test_roots(void **state)
{
	struct ca_merkle_range tree = {0};

	(void)state;
	for (size_t n = 0; n <= MAX; n++) {
		hash expected = mth(0, n), got;

		assert_int_equal(ca_merkle_root(&tree, &got, NULL), CA_OK);
		assert_hash(&got, &expected);
		all.reads = 0;
		assert_int_equal(
		    ca_merkle_root_at(&source, n, &got, NULL), CA_OK);
		assert_hash(&got, &expected);
		assert_true(all.reads <= LEVELS);
		if (n < MAX)
			assert_int_equal(
			    ca_merkle_append(&tree, &leaves[n], NULL, NULL),
			    CA_OK);
	}
}

static void
refuse(const struct ca_merkle_head *head, size_t index, const hash *leaf,
    const struct ca_merkle_proof *proof)
{
	struct ca_error err = {0};

	assert_int_equal(
	    ca_merkle_verify(head, index, leaf, proof, &err), CA_UNTRUSTED);
	assert_non_null(strstr(err.msg, "RFC 9162"));
}

static void
spoil(const struct ca_merkle_head *head, size_t m,
    const struct ca_merkle_proof *proof)
{
	struct ca_merkle_proof bad = *proof;
	struct ca_merkle_head other = *head;
	hash leaf = leaves[m];

	for (size_t i = 0; i < proof->count; i++) {
		bad.hashes[i].octets[(i + m) % 32] ^= 1;
		refuse(head, m, &leaves[m], &bad);
		bad = *proof;
	}
	leaf.octets[31] ^= 0x80;
	refuse(head, m, &leaf, proof);
	other.root.octets[0] ^= 1;
	refuse(&other, m, &leaves[m], proof);
	bad.hashes[bad.count++] = leaves[0];
	refuse(head, m, &leaves[m], &bad);
	bad = *proof;
	if (bad.count > 0) {
		bad.count--;
		refuse(head, m, &leaves[m], &bad);
		memmove(&bad.hashes[0], &bad.hashes[1],
		    bad.count * sizeof(bad.hashes[0]));
		refuse(head, m, &leaves[m], &bad);
	}
	for (size_t i = 0; i < head->size + 2; i++)
		if (i != m)
			refuse(head, i, &leaves[m], proof);
}

static void
test_inclusion(void **state)
{
	(void)state;
	for (size_t n = 1; n <= MAX; n++) {
		const struct ca_merkle_head head = {n, mth(0, n)};

		for (size_t m = 0; m < n; m++) {
			struct ca_merkle_proof expected = {0}, proof = {0};

			all.size = n;
			path(m, 0, n, &expected);
			assert_int_equal(
			    ca_merkle_prove(&source, m, n, &proof, NULL),
			    CA_OK);
			assert_proof(&proof, &expected);
			assert_int_equal(ca_merkle_verify(&head, m, &leaves[m],
					     &proof, NULL),
			    CA_OK);
			if (m % 7 == n % 7 || m + 2 > n)
				spoil(&head, m, &proof);
		}
	}
	all.size = MAX;
}

static void
refuse_two(const struct ca_merkle_head *earlier,
    const struct ca_merkle_head *later, const struct ca_merkle_proof *proof)
{
	struct ca_error err = {0};

	assert_int_equal(
	    ca_merkle_verify_consistency(earlier, later, proof, &err),
	    CA_UNTRUSTED);
	assert_non_null(strstr(err.msg, "RFC 9162"));
}

static void
spoil_two(const struct ca_merkle_head *earlier,
    const struct ca_merkle_head *later, const struct ca_merkle_proof *proof)
{
	struct ca_merkle_proof bad = *proof;
	struct ca_merkle_head other = *earlier;

	for (size_t i = 0; i < proof->count; i++) {
		bad.hashes[i].octets[i % 32] ^= 4;
		refuse_two(earlier, later, &bad);
		bad = *proof;
	}
	if (earlier->size > 0) {
		other.root.octets[5] ^= 1;
		refuse_two(&other, later, proof);
		other = *later;
		other.root.octets[31] ^= 1;
		refuse_two(earlier, &other, proof);
	}
	bad.hashes[bad.count++] = leaves[0];
	refuse_two(earlier, later, &bad);
	bad = *proof;
	if (bad.count > 0) {
		bad.count--;
		refuse_two(earlier, later, &bad);
	}
	if (earlier->size != later->size)
		refuse_two(later, earlier, proof);
}

static void
test_consistency(void **state)
{
	(void)state;
	for (size_t n = 0; n <= MAX; n++) {
		const struct ca_merkle_head later = {n, mth(0, n)};

		all.size = n;
		for (size_t m = 0; m <= n; m++) {
			const struct ca_merkle_head earlier = {m, mth(0, m)};
			struct ca_merkle_proof expected = {0}, proof = {0};

			if (m > 0)
				subproof(m, 0, n, true, &expected);
			assert_int_equal(ca_merkle_prove_consistency(
					     &source, m, n, &proof, NULL),
			    CA_OK);
			assert_proof(&proof, &expected);
			assert_int_equal(ca_merkle_verify_consistency(
					     &earlier, &later, &proof, NULL),
			    CA_OK);
			if (m % 5 == n % 5 || m + 2 > n)
				spoil_two(&earlier, &later, &proof);
		}
	}
	all.size = MAX;
}

/* Another history of the same length is told from ours. */
static void
test_another_history(void **state)
{
	struct ca_merkle_proof proof = {0};
	struct ca_merkle_head earlier = {40, {{0}}}, later = {100, {{0}}};
	hash kept = leaves[17];

	(void)state;
	later.root = mth(0, 100);
	leaves[17].octets[0] ^= 1;
	earlier.root = mth(0, 40);
	leaves[17] = kept;
	assert_int_equal(
	    ca_merkle_prove_consistency(&source, 40, 100, &proof, NULL), CA_OK);
	refuse_two(&earlier, &later, &proof);
	earlier.root = mth(0, 40);
	assert_int_equal(
	    ca_merkle_verify_consistency(&earlier, &later, &proof, NULL),
	    CA_OK);
}

static void
test_what_cannot_be_asked_for(void **state)
{
	struct ca_merkle_proof proof = {0};
	struct ca_merkle_range full = {.size = CA_MERKLE_SIZE_MAX};
	hash root;

	(void)state;
	assert_int_equal(
	    ca_merkle_prove(&source, 5, 5, &proof, NULL), CA_USAGE);
	assert_int_equal(
	    ca_merkle_prove(&source, 0, 0, &proof, NULL), CA_USAGE);
	assert_int_equal(
	    ca_merkle_prove_consistency(&source, 6, 5, &proof, NULL), CA_USAGE);
	assert_int_equal(
	    ca_merkle_root_at(&source, UINT64_MAX, &root, NULL), CA_USAGE);
	assert_int_equal(
	    ca_merkle_append(&full, &leaves[0], NULL, NULL), CA_USAGE);
}

static enum ca_status
fail_to_read(
    void *ctx, unsigned level, uint64_t index, hash *ret, struct ca_error *err)
{
	(void)level;
	(void)ret;
	return index == *(uint64_t *)ctx ? ca_fail(err, CA_IO, "gone") : CA_OK;
}

static void
test_a_node_that_cannot_be_read(void **state)
{
	uint64_t bad = 0;
	const struct ca_merkle_source broken = {fail_to_read, &bad};
	struct ca_merkle_proof proof = {.count = 77};
	struct ca_error err = {0};
	hash root;

	(void)state;
	assert_int_equal(ca_merkle_root_at(&broken, 7, &root, &err), CA_IO);
	assert_string_equal(err.msg, "gone");
	assert_int_equal(ca_merkle_prove(&broken, 6, 7, &proof, NULL), CA_IO);
	assert_int_equal(
	    ca_merkle_prove_consistency(&broken, 6, 7, &proof, NULL), CA_IO);
	assert_int_equal(proof.count, 77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reference_roots),
	    cmocka_unit_test(test_leaf_of_every_length),
	    cmocka_unit_test(test_roots),
	    cmocka_unit_test(test_inclusion),
	    cmocka_unit_test(test_consistency),
	    cmocka_unit_test(test_another_history),
	    cmocka_unit_test(test_what_cannot_be_asked_for),
	    cmocka_unit_test(test_a_node_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, make_log, NULL);
}
