/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * proof: the files that are handed out, made, read and spoiled.
 */
#include "tests/unit/log_fixture.h"

#include "ca/proof.h"

#define SIZE 11
#define INDEX 6
#define EARLIER 5

/* Eleven leaves, "leaf 0" on. */
struct tree {
	struct ca_merkle_hash nodes[5][SIZE];
	struct ca_merkle_range range;
};

static enum ca_status
read_node(void *ctx, unsigned level, uint64_t index, struct ca_merkle_hash *ret,
    struct ca_error *err)
{
	(void)err;
	*ret = ((const struct tree *)ctx)->nodes[level][index];
	return CA_OK;
}

static void
grow(struct tree *tree)
{
	for (char i = 0; i < SIZE; i++) {
		char text[] = {'l', 'e', 'a', 'f', ' ', (char)('0' + i), '\0'};
		struct ca_merkle_nodes nodes;
		struct ca_merkle_hash leaf;

		assert_int_equal(
		    ca_merkle_leaf(ca_text(text), &leaf, NULL), CA_OK);
		assert_int_equal(
		    ca_merkle_append(&tree->range, &leaf, &nodes, NULL), CA_OK);
		for (size_t l = 0; l < nodes.count; l++)
			tree->nodes[l][i >> l] = nodes.hashes[l];
	}
}

static void
note_at(
    struct log_fixture *f, struct tree *tree, uint64_t size, struct ca_buf *ret)
{
	const struct ca_merkle_source source = {read_node, tree};
	struct ca_merkle_head head = {.size = size};

	assert_int_equal(
	    ca_merkle_root_at(&source, size, &head.root, NULL), CA_OK);
	sign_head(f, &head, ret);
}

static void
make_inclusion(struct log_fixture *f, struct ca_buf *ret)
{
	struct tree tree = {0};
	const struct ca_merkle_source source = {read_node, &tree};
	struct ca_merkle_proof path;
	struct ca_buf note = {0};

	grow(&tree);
	note_at(f, &tree, SIZE, &note);
	assert_int_equal(
	    ca_merkle_prove(&source, INDEX, SIZE, &path, NULL), CA_OK);
	assert_int_equal(
	    ca_inclusion_append(ret, ca_text("leaf 6"), ca_text("object"),
		INDEX, &path, ca_view(&note), NULL),
	    CA_OK);
	ca_buf_free(&note);
}

static void
make_consistency(struct log_fixture *f, struct ca_buf *ret)
{
	struct tree tree = {0};
	const struct ca_merkle_source source = {read_node, &tree};
	struct ca_merkle_proof path;
	struct ca_buf earlier = {0}, later = {0};

	grow(&tree);
	note_at(f, &tree, EARLIER, &earlier);
	note_at(f, &tree, SIZE, &later);
	assert_int_equal(
	    ca_merkle_prove_consistency(&source, EARLIER, SIZE, &path, NULL),
	    CA_OK);
	assert_int_equal(ca_consistency_append(ret, &path, ca_view(&earlier),
			     ca_view(&later), NULL),
	    CA_OK);
	ca_buf_free(&earlier);
	ca_buf_free(&later);
}

static enum ca_status
judge_inclusion(const struct log_fixture *f, struct ca_bytes file)
{
	struct ca_inclusion inclusion = {0};
	enum ca_status st = ca_inclusion_parse(file, &inclusion, NULL);

	if (st == CA_OK)
		st = ca_inclusion_verify(&inclusion, &f->key, NULL);
	ca_inclusion_free(&inclusion);
	return st;
}

static enum ca_status
judge_consistency(const struct log_fixture *f, struct ca_bytes file)
{
	struct ca_consistency consistency = {0};
	enum ca_status st = ca_consistency_parse(file, &consistency, NULL);

	if (st == CA_OK)
		st = ca_consistency_verify(&consistency, &f->key, NULL);
	return st;
}

static void
test_inclusion(void **state)
{
	struct log_fixture *f = *state;
	struct ca_inclusion inclusion = {0};
	struct ca_buf file = {0};

	make_inclusion(f, &file);
	assert_int_equal(ca_proof_kind(ca_view(&file)), CA_PROOF_INCLUSION);
	assert_int_equal(
	    ca_inclusion_parse(ca_view(&file), &inclusion, NULL), CA_OK);
	assert_int_equal(inclusion.index, INDEX);
	assert_bytes(inclusion.leaf, ca_text("leaf 6"));
	assert_bytes(inclusion.object, ca_text("object"));
	assert_int_equal(inclusion.path.count, 4);
	ca_inclusion_free(&inclusion);
	assert_int_equal(judge_inclusion(f, ca_view(&file)), CA_OK);
	assert_int_equal(judge_consistency(f, ca_view(&file)), CA_MALFORMED);
	ca_buf_free(&file);
}

static void
test_consistency(void **state)
{
	struct log_fixture *f = *state;
	struct ca_buf file = {0};

	make_consistency(f, &file);
	assert_int_equal(ca_proof_kind(ca_view(&file)), CA_PROOF_CONSISTENCY);
	assert_int_equal(judge_consistency(f, ca_view(&file)), CA_OK);
	assert_int_equal(judge_inclusion(f, ca_view(&file)), CA_MALFORMED);
	ca_buf_free(&file);
}

/* Whatever octet is changed or where it breaks off. What is about the leaf is
 * not in the tree: it is for whoever reads it to compare (`log verify`). */
static void
test_spoiled(void **state)
{
	struct log_fixture *f = *state;
	struct ca_buf one = {0}, two = {0};

	make_inclusion(f, &one);
	for (size_t i = 0; i < one.len; i++) {
		/* In base64 behind 2 + 6 octets: their object. */
		bool free_text = i >= 29 + 11 && i < 29 + 20;

		assert_int_not_equal(
		    judge_inclusion(f, (struct ca_bytes){one.data, i}), CA_OK);
		one.data[i] ^= 1;
		if (!free_text && judge_inclusion(f, ca_view(&one)) == CA_OK)
			fail_msg("octet %zu does not count", i);
		one.data[i] ^= 1;
	}
	make_consistency(f, &two);
	for (size_t i = 0; i < two.len; i++) {
		assert_int_not_equal(
		    judge_consistency(f, (struct ca_bytes){two.data, i}),
		    CA_OK);
		two.data[i] ^= 1;
		if (judge_consistency(f, ca_view(&two)) == CA_OK)
			fail_msg("octet %zu does not count", i);
		two.data[i] ^= 1;
	}
	ca_buf_free(&one);
	ca_buf_free(&two);
}

static void
test_bounds(void **state)
{
	struct ca_buf file = {0};
	struct ca_inclusion inclusion;
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(
	    ca_buf_append_text(&file, "c2sp.org/tlog-proof@v1\nindex 0\n"),
	    CA_OK);
	for (size_t i = 0; i <= CA_MERKLE_PROOF_MAX; i++)
		assert_int_equal(
		    ca_buf_append_text(&file,
			"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"),
		    CA_OK);
	assert_int_equal(
	    ca_inclusion_parse(ca_view(&file), &inclusion, &err), CA_MALFORMED);
	assert_non_null(strstr(err.msg, "more hashes"));
	ca_buf_free(&file);
	assert_int_equal(ca_proof_kind(ca_text("")), CA_PROOF_NONE);
	assert_int_equal(
	    ca_proof_kind(ca_text("lab.example/log\n")), CA_PROOF_NONE);
}

int
main(void)
{
#define WITH_KEY(test) \
	cmocka_unit_test_setup_teardown(test, make_log_key, drop_log_key)
	const struct CMUnitTest tests[] = {
	    WITH_KEY(test_inclusion),
	    WITH_KEY(test_consistency),
	    WITH_KEY(test_spoiled),
	    cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
