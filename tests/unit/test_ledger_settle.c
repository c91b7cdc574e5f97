/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of the log when a commit leaves it long. */
#include "db/ledger_pace.h"
#include "tests/unit/ledger_fixture.h"

#define LONG_LIST ((size_t)20 * 1024 * 1024)
#define SMALL_LIST ((size_t)512 * 1024)
#define SHORT_LIST ((size_t)2 * 1024 * 1024)

static off_t
log_length(const struct fixture *f)
{
	char path[700];
	struct stat info;

	(void)snprintf(path, sizeof(path), "%s-wal", f->path);
	return stat(path, &info) == 0 ? info.st_size : 0;
}

static struct ca_bytes
octets_of(int64_t number, size_t len)
{
	static uint8_t octets[LONG_LIST];

	for (size_t i = 0; i < len; i++)
		octets[i] = (uint8_t)(i / 4096 + (size_t)number);
	return (struct ca_bytes){octets, len};
}

static void
add_list(struct fixture *f, int64_t number, size_t len)
{
	const struct ledger_crl row = {.issuer = f->root,
	    .number = number,
	    .this_update = NOW + number,
	    .next_update = NOW + 86400,
	    .der = octets_of(number, len),
	    .hash = hash_of(0x44)};

	begin(f);
	assert_ok(f, ledger_add_crl(f->ledger, &row, &f->err));
	commit(f);
}

static enum ca_status
compare(void *ctx, const struct ledger_crl *row)
{
	size_t *count = ctx;

	assert_true(
	    ca_bytes_equal(row->der, octets_of(row->number, row->der.len)));
	++*count;
	return CA_OK;
}

static void
assert_lists(struct fixture *f, size_t want)
{
	size_t count = 0;

	assert_ok(
	    f, ledger_each_crl(f->ledger, f->root, compare, &count, &f->err));
	assert_int_equal(count, want);
}

static void
a_long_log_is_emptied(void **state)
{
	struct fixture *f = *state;

	add_list(f, 1, LONG_LIST);
	assert_lists(f, 1);
	ledger_close(f->ledger);
	f->ledger = NULL;
	assert_int_equal(log_length(f), 0);
	reopen(f);
	assert_lists(f, 1);
}

/* That would cost every signing two syncs. */
static void
a_short_one_stays(void **state)
{
	struct fixture *f = *state;

	add_list(f, 1, SHORT_LIST);
	ledger_close(f->ledger);
	f->ledger = NULL;
	assert_true(log_length(f) > (off_t)SHORT_LIST);
	reopen(f);
	assert_lists(f, 1);
}

/* It is over before this handle writes again, even one that never waits. */
static void
the_next_commit_is_not_kept_out(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);

	ledger_close(f->ledger);
	f->ledger = NULL;
	options.wait_ms = 0;
	assert_ok(f, ledger_open(&options, &f->ledger, &f->err));
	for (int64_t i = 1; i <= 4; i++)
		add_list(f, i, i % 2 == 1 ? LONG_LIST : SHORT_LIST);
	assert_lists(f, 4);
	ledger_checkpoint(f->ledger);
	assert_int_equal(log_length(f), 0);
}

/* Whoever reads an earlier state keeps it. */
static void
a_reader_is_not_disturbed(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);
	struct ledger *reader = NULL;
	size_t count = 0;

	add_list(f, 1, LONG_LIST);
	assert_ok(f, ledger_open(&options, &reader, &f->err));
	assert_ok(f, ledger_snapshot(reader, &f->err));
	add_list(f, 2, LONG_LIST);
	reopen(f);
	assert_ok(
	    f, ledger_each_crl(reader, f->root, compare, &count, &f->err));
	assert_int_equal(count, 1);
	assert_true(log_length(f) > 0);
	ledger_close(reader);
	assert_lists(f, 2);
	ledger_checkpoint(f->ledger);
	assert_int_equal(log_length(f), 0);
	assert_lists(f, 2);
}

/* With a cache that is smaller than what is written, and again with all. */
static void
little_is_enough(void **state)
{
	struct fixture *f = *state;

	ledger_keep_little(f->ledger, true);
	add_list(f, 1, LONG_LIST);
	assert_lists(f, 1);
	ledger_keep_little(f->ledger, false);
	add_list(f, 2, LONG_LIST);
	assert_lists(f, 2);
}

/* How long the log is when it starts again from its begin: what a commit left
 * is brought in, and the next one writes over it. */
static off_t
longest_log(struct fixture *f, int64_t from)
{
	off_t longest = 0;

	for (int64_t i = from; i < from + 24; i++) {
		off_t length;

		add_list(f, i, SMALL_LIST);
		length = log_length(f);
		longest = length > longest ? length : longest;
	}
	return longest;
}

/* Half a megabyte each: brought in at one, or at eight. */
static void
many_commits_share_the_way_into_the_file(void **state)
{
	struct fixture *f = *state;
	off_t few = longest_log(f, 1), many;

	ledger_checkpoint(f->ledger);
	assert_int_equal(log_length(f), 0);
	ledger_write_many(f->ledger, true);
	many = longest_log(f, 25);
	assert_true(few < 3 << 20);
	assert_true(many > 7 << 20);
	assert_true(many < 10 << 20);
	assert_lists(f, 48);
	ledger_write_many(f->ledger, false);
	assert_int_equal(log_length(f), 0);
	assert_lists(f, 48);
}

int
main(void)
{
#define WITH(test) \
	cmocka_unit_test_setup_teardown(test, make_ledger, drop_folder)
	const struct CMUnitTest tests[] = {
	    WITH(a_long_log_is_emptied),
	    WITH(a_short_one_stays),
	    WITH(the_next_commit_is_not_kept_out),
	    WITH(a_reader_is_not_disturbed),
	    WITH(little_is_enough),
	    WITH(many_commits_share_the_way_into_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
