/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_log: the rows that the tree is made of, beside what they are made
 * from; keys and checkpoints.
 */
#include "tests/unit/ledger_fixture.h"

#include <sqlite3.h>

#include "ca/merkle.h"

#define EVENTS 70

static void
add_events(struct fixture *f, int count)
{
	const struct ledger_event event = {
	    .time = NOW, .actor = "a", .kind = "issued"};

	for (int i = 0; i < count; i++) {
		assert_ok(f, ledger_begin(f->ledger, &f->err));
		assert_ok(f, ledger_add_event(f->ledger, &event, &f->err));
		assert_ok(f, ledger_commit(f->ledger, &f->err));
	}
}

static void
edit(struct fixture *f, const char *text)
{
	sqlite3 *db = NULL;
	char *message = NULL;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s", message);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static enum ca_status
read_node(void *ctx, unsigned level, uint64_t index, struct ca_merkle_hash *ret,
    struct ca_error *err)
{
	return ledger_log_node(ctx, level, index, ret->octets, err);
}

static enum ca_status
grow(void *ctx, const struct ledger_event *row)
{
	struct ca_merkle_hash leaf;

	assert_int_equal(ca_merkle_leaf(row->leaf, &leaf, NULL), CA_OK);
	return ca_merkle_append(ctx, &leaf, NULL, NULL);
}

/* What the rows give is what the leaves give. */
static void
assert_tree(struct fixture *f, int64_t expected)
{
	const struct ca_merkle_source source = {read_node, f->ledger};
	struct ca_merkle_range range = {0};
	struct ca_merkle_hash a, b;
	int64_t size = -1;

	assert_ok(f, ledger_log_size(f->ledger, &size, &f->err));
	assert_int_equal(size, expected);
	assert_ok(f, ledger_each_event(f->ledger, 0, grow, &range, &f->err));
	assert_int_equal(range.size, expected);
	assert_ok(f, ca_merkle_root(&range, &a, &f->err));
	assert_ok(f, ca_merkle_root_at(&source, (uint64_t)size, &b, &f->err));
	assert_memory_equal(a.octets, b.octets, sizeof(a.octets));
}

static void
grows_with_the_events(void **state)
{
	struct fixture *f = *state;

	assert_tree(f, 0);
	for (int i = 1; i <= EVENTS; i++) {
		add_events(f, 1);
		assert_tree(f, i);
	}
	reopen(f);
	assert_tree(f, EVENTS);
}

static void
goes_with_its_transaction(void **state)
{
	const struct ledger_event event = {
	    .time = NOW, .actor = "a", .kind = "issued"};
	struct fixture *f = *state;

	add_events(f, 5);
	assert_ok(f, ledger_begin(f->ledger, &f->err));
	assert_ok(f, ledger_add_event(f->ledger, &event, &f->err));
	assert_ok(f, ledger_add_event(f->ledger, &event, &f->err));
	ledger_rollback(f->ledger);
	assert_tree(f, 5);
	add_events(f, 2);
	assert_tree(f, 7);
}

static void
is_not_grown_over_a_gap(void **state)
{
	const struct ledger_event event = {
	    .time = NOW, .actor = "a", .kind = "issued"};
	static const char *const edits[] = {
	    "DELETE FROM tree WHERE size = 6",
	    "DELETE FROM event WHERE sequence = 6",
	};
	struct fixture *f = *state;

	add_events(f, 6);
	for (size_t i = 0; i < COUNT(edits); i++) {
		edit(f,
		    i == 0 ? "CREATE TABLE kept AS SELECT * FROM tree" :
			     "INSERT INTO tree SELECT * FROM kept WHERE "
			     "size = 6");
		edit(f, edits[i]);
		assert_ok(f, ledger_begin(f->ledger, &f->err));
		assert_fails(f, ledger_add_event(f->ledger, &event, &f->err),
		    CA_IO, "its Merkle tree");
		ledger_rollback(f->ledger);
	}
}

static void
needs_the_left_neighbour(void **state)
{
	const struct ledger_event event = {
	    .time = NOW, .actor = "a", .kind = "issued"};
	struct fixture *f = *state;
	uint8_t hash[LEDGER_HASH_LEN];

	add_events(f, 7);
	edit(f, "UPDATE tree SET nodes = substr(nodes, 1, 32) WHERE size = 4");
	assert_ok(f, ledger_log_node(f->ledger, 0, 3, hash, &f->err));
	assert_fails(f, ledger_log_node(f->ledger, 2, 0, hash, &f->err), CA_IO,
	    "Merkle tree");
	assert_fails(f, ledger_log_node(f->ledger, 0, 7, hash, &f->err), CA_IO,
	    "Merkle tree");
	assert_fails(f, ledger_log_node(f->ledger, 63, 0, hash, &f->err),
	    CA_INTERNAL, "no such node");
	assert_fails(f,
	    ledger_log_node(f->ledger, 3, UINT64_MAX, hash, &f->err),
	    CA_INTERNAL, "no such node");
	assert_ok(f, ledger_begin(f->ledger, &f->err));
	assert_fails(f, ledger_add_event(f->ledger, &event, &f->err), CA_IO,
	    "Merkle tree");
	ledger_rollback(f->ledger);
}

static void
is_filled_from_what_was_there(void **state)
{
	struct fixture *f = *state;

	add_events(f, 37);
	ledger_close(f->ledger);
	f->ledger = NULL;
	edit(f,
	    "DROP TABLE checkpoint; DROP TABLE log_key; DROP TABLE tree;"
	    "DROP INDEX event_by_certificate; PRAGMA user_version = 2");
	reopen(f);
	assert_tree(f, 37);
	add_events(f, 3);
	assert_tree(f, 40);
}

static void
no_event_without_a_hash(void **state)
{
	const struct ledger_event event = {
	    .time = NOW, .actor = "a", .kind = "issued"};
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);

	options.hasher = NULL;
	ledger_close(f->ledger);
	assert_ok(f, ledger_open(&options, &f->ledger, &f->err));
	assert_ok(f, ledger_begin(f->ledger, &f->err));
	assert_fails(f, ledger_add_event(f->ledger, &event, &f->err),
	    CA_INTERNAL, "without the hash");
	ledger_rollback(f->ledger);
}

static enum ca_status
take_size(void *ctx, const struct ledger_checkpoint_row *row)
{
	*(int64_t *)ctx = row->size;
	assert_bytes(row->note, BYTES("first"));
	return CA_OK;
}

static enum ca_status
take_id(void *ctx, const struct ledger_log_key *row)
{
	assert_string_equal(row->origin, "lab");
	assert_int_equal(row->key.len, 32);
	*(int64_t *)ctx = row->id;
	return CA_OK;
}

static void
keeps_keys_and_checkpoints(void **state)
{
	const struct ledger_log_key key = {
	    .origin = "lab", .key = hash_of(7), .created = NOW};
	struct ledger_checkpoint_row row = {
	    .size = 4, .created = NOW, .note = BYTES("first")};
	struct fixture *f = *state;
	int64_t seen = 0;

	add_events(f, 4);
	assert_fails(f,
	    ledger_last_checkpoint(f->ledger, take_size, &seen, &f->err),
	    CA_NOT_FOUND, "no checkpoint");
	assert_ok(f, ledger_begin(f->ledger, &f->err));
	assert_ok(f, ledger_add_log_key(f->ledger, &key, &f->err));
	assert_ok(f, ledger_add_log_key(f->ledger, &key, &f->err));
	assert_ok(f, ledger_add_checkpoint(f->ledger, &row, &f->err));
	/* Of one size there is one. */
	row.note = BYTES("second");
	assert_ok(f, ledger_add_checkpoint(f->ledger, &row, &f->err));
	assert_ok(f, ledger_commit(f->ledger, &f->err));
	assert_ok(
	    f, ledger_last_checkpoint(f->ledger, take_size, &seen, &f->err));
	assert_int_equal(seen, 4);
	assert_ok(f, ledger_each_log_key(f->ledger, take_id, &seen, &f->err));
	assert_int_equal(seen, 2);
	/* Of a size that the tree has not got there is none. */
	row.size = 5;
	assert_ok(f, ledger_begin(f->ledger, &f->err));
	assert_int_equal(
	    ledger_add_checkpoint(f->ledger, &row, NULL), CA_INTERNAL);
	ledger_rollback(f->ledger);
}

int
main(void)
{
#define WITH(test) \
	cmocka_unit_test_setup_teardown(test, make_ledger, drop_folder)
	const struct CMUnitTest tests[] = {
	    WITH(grows_with_the_events),
	    WITH(goes_with_its_transaction),
	    WITH(is_not_grown_over_a_gap),
	    WITH(needs_the_left_neighbour),
	    WITH(is_filled_from_what_was_there),
	    WITH(no_event_without_a_hash),
	    WITH(keeps_keys_and_checkpoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
