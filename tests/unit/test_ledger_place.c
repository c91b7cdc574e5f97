/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A ledger that is replaced under a reader who has it open for long.
 */
#include <time.h>

#include "tests/unit/ledger_fixture.h"

#include "db/ledger_internal.h"
#include "db/ledger_witness.h"

#define PATIENCE 20 /* seconds, for what must come */
#define REPLACED "the ledger was replaced: start this server again"

static struct ledger *
open_reader(struct fixture *f)
{
	struct ledger_options options = options_of(f);
	struct ledger *reader = NULL;

	options.read_only = true;
	assert_ok(f, ledger_open(&options, &reader, &f->err));
	return reader;
}

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Looks until it says so, or until it knows the file as it is. */
static void
becomes(struct fixture *f, struct ledger *reader, enum ca_status status)
{
	const double end = seconds() + PATIENCE;
	int64_t version;
	enum ca_status st;

	do {
		f->err = (struct ca_error){0};
		st = ledger_data_version(reader, &version, &f->err);
	} while ((st != status || (st == CA_OK && reader->place.unknown)) &&
	    seconds() < end);
	assert_int_equal(st, status);
	assert_false(st == CA_OK && reader->place.unknown);
	if (st != CA_OK)
		assert_non_null(strstr(f->err.msg, REPLACED));
}

static void
add_events(struct fixture *f, int count, uint8_t which)
{
	begin(f);
	for (int i = 0; i < count; i++)
		assert_ok(f,
		    ledger_add_event(f->ledger,
			&(const struct ledger_event){.time = NOW,
			    .actor = "tester",
			    .kind = LEDGER_EVENT_POLICY,
			    .object_hash = hash_of(which)},
			&f->err));
	commit(f);
}

/* As any command may, when the log has become long. */
static void
checkpoint(struct fixture *f)
{
	assert_int_equal(sqlite3_wal_checkpoint_v2(f->ledger->db, NULL,
			     SQLITE_CHECKPOINT_PASSIVE, NULL, NULL),
	    SQLITE_OK);
}

static struct ca_buf
content(struct fixture *f)
{
	struct ca_buf file = {0};
	uint8_t piece[4096];
	size_t got;
	FILE *in = fopen(f->path, "rb");

	assert_non_null(in);
	while ((got = fread(piece, 1, sizeof(piece), in)) > 0)
		assert_int_equal(
		    ca_buf_append(&file, (struct ca_bytes){piece, got}), CA_OK);
	(void)fclose(in);
	return file;
}

/* `cp`: the file's number stays. In a child, as a descriptor that is closed
 * here takes SQLite's locks with it. */
static void
copy_over(struct fixture *f, struct ca_bytes file)
{
	pid_t child = fork();
	int status = 1;

	assert_true(child >= 0);
	if (child == 0) {
		int fd = open(f->path, O_WRONLY | O_TRUNC);

		_exit(fd >= 0 &&
			    write(fd, file.data, file.len) ==
				(ssize_t)file.len ?
			0 :
			1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* Commits and checkpoints are what a ledger lives of. */
static void
one_that_grows_is_the_same(void **state)
{
	struct fixture *f = *state;
	struct ledger *reader = open_reader(f);

	for (int64_t i = 1; i <= 3; i++) {
		const double end = seconds() + PATIENCE;

		add_events(f, 50, 1);
		becomes(f, reader, CA_OK);
		checkpoint(f);
		do
			becomes(f, reader, CA_OK);
		while (reader->place.tail.sequence < 50 * i && seconds() < end);
		assert_true(reader->place.tail.sequence >= 50 * i);
	}
	ledger_close(reader);
}

static void
an_older_copy_over_it_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct ledger *reader;
	struct ca_buf old;

	add_events(f, 50, 1);
	checkpoint(f);
	old = content(f);
	add_events(f, 50, 2);
	checkpoint(f);
	reader = open_reader(f);
	becomes(f, reader, CA_OK);
	copy_over(f, ca_view(&old));
	becomes(f, reader, CA_IO);
	/* And it stays so. */
	becomes(f, reader, CA_IO);
	ledger_close(reader);
	ca_buf_free(&old);
}

/* Once the events of a reader are in the file and the log is done with, an
 * older file is noticed at once, however little of it was looked into before
 * (`cp`, on the heels of a checkpoint). */
static void
a_copy_behind_a_checkpoint_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct ledger *reader;
	struct ca_buf old;
	int64_t version;

	add_events(f, 50, 1);
	checkpoint(f);
	reader = open_reader(f);
	becomes(f, reader, CA_OK);
	add_events(f, 1, 2);
	checkpoint(f);
	old = content(f);
	becomes(f, reader, CA_OK);
	for (int i = 0; i < 20; i++) {
		add_events(f, 1, 3);
		assert_ok(f, ledger_data_version(reader, &version, &f->err));
	}
	checkpoint(f);
	copy_over(f, ca_view(&old));
	becomes(f, reader, CA_IO);
	ledger_close(reader);
	ca_buf_free(&old);
}

/* What another handle has read is missed by one that has not looked since. */
static void
a_witness_is_everybodys(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);
	struct ledger *one = NULL, *two = NULL;
	struct ca_buf old;
	int64_t version;

	options.read_only = true;
	options.witness = ledger_witness_new();
	assert_non_null(options.witness);
	assert_ok(f, ledger_open(&options, &one, &f->err));
	assert_ok(f, ledger_open(&options, &two, &f->err));
	add_events(f, 3, 1);
	checkpoint(f);
	old = content(f);
	becomes(f, one, CA_OK);
	becomes(f, two, CA_OK);
	add_events(f, 1, 2);
	assert_ok(f, ledger_data_version(one, &version, &f->err));
	checkpoint(f);
	copy_over(f, ca_view(&old));
	becomes(f, two, CA_IO);
	becomes(f, one, CA_IO);
	ledger_close(one);
	ledger_close(two);
	ledger_witness_free(options.witness);
	ca_buf_free(&old);
}

/* In a child with a handle of its own. */
static pid_t
write_and_checkpoint(struct fixture *f, int commits)
{
	const pid_t child = fork();

	assert_true(child >= 0);
	if (child != 0)
		return child;
	f->ledger = NULL; /* the parent's */
	reopen(f);
	for (int i = 0; i < commits; i++) {
		add_events(f, 1, 1);
		if (i % 7 == 0)
			checkpoint(f);
	}
	ledger_close(f->ledger);
	_exit(0);
}

/* Commits and checkpoints while others look, each at its own pace: nobody is
 * told that it was replaced. */
static void
a_busy_ledger_is_the_same(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);
	struct ledger *readers[3] = {0};
	int status = 1, turn = 0;
	int64_t version;
	pid_t child;

	options.read_only = true;
	options.witness = ledger_witness_new();
	ledger_close(f->ledger);
	f->ledger = NULL;
	child = write_and_checkpoint(f, 300);
	for (size_t i = 0; i < 3; i++)
		assert_ok(f, ledger_open(&options, &readers[i], &f->err));
	for (; waitpid(child, &status, WNOHANG) == 0; turn++)
		for (int i = 0; i < 3; i++)
			if (turn % (2 * i + 1) == 0)
				assert_ok(f,
				    ledger_data_version(
					readers[i], &version, &f->err));
	assert_int_equal(status, 0);
	/* Of its last checkpoint a reader may have kept it: then the file
	 * alone is not whole. */
	reopen(f);
	checkpoint(f);
	for (size_t i = 0; i < 3; i++) {
		becomes(f, readers[i], CA_OK);
		ledger_close(readers[i]);
	}
	ledger_witness_free(options.witness);
}

/* While somebody reads, a checkpoint goes as far as his state, and of pages
 * that were written since not even that far: the file alone is torn, which is
 * no other ledger. */
static void
a_half_checkpointed_one_is_the_same(void **state)
{
	struct fixture *f = *state;
	struct ledger *reader = open_reader(f), *holder = open_reader(f);
	int64_t version;
	double end;

	for (int kept = 1; kept <= 40; kept++) {
		add_events(f, 5, 1);
		assert_int_equal(
		    sqlite3_exec(holder->db,
			"BEGIN; SELECT count(*) FROM event", NULL, NULL, NULL),
		    SQLITE_OK);
		add_events(f, 15, 2);
		checkpoint(f);
		assert_ok(f, ledger_data_version(reader, &version, &f->err));
		assert_int_equal(
		    sqlite3_exec(holder->db, "ROLLBACK", NULL, NULL, NULL),
		    SQLITE_OK);
	}
	end = seconds() + 1.2;
	while (reader->place.unknown && seconds() < end)
		assert_ok(f, ledger_data_version(reader, &version, &f->err));
	checkpoint(f);
	becomes(f, reader, CA_OK);
	ledger_close(holder);
	ledger_close(reader);
}

/* As long, and another history. */
static void
another_ledger_over_it_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct ledger *reader = open_reader(f);
	struct ca_buf file;
	bool found = false;

	add_events(f, 3, 7);
	checkpoint(f);
	becomes(f, reader, CA_OK);
	file = content(f);
	/* An octet of the newest event's leaf. */
	for (size_t i = 0; i + 32 <= file.len; i++)
		if (file.data[i] == 7 && file.data[i + 1] == 0 &&
		    memcmp(file.data + i, hash_of(7).data, 32) == 0) {
			file.data[i + 31] ^= 1;
			found = true;
		}
	assert_true(found);
	copy_over(f, ca_view(&file));
	becomes(f, reader, CA_IO);
	ledger_close(reader);
	ca_buf_free(&file);
}

static void
what_is_no_ledger_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct ledger *reader = open_reader(f);

	add_events(f, 3, 7);
	checkpoint(f);
	becomes(f, reader, CA_OK);
	copy_over(f, ca_text(""));
	becomes(f, reader, CA_IO);
	ledger_close(reader);
}

/* Who opens the ledger from then on writes to a log that nobody here reads. */
static void
a_log_that_is_gone_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct ledger *reader = open_reader(f);
	char log[sizeof(f->path) + 8], aside[sizeof(f->path) + 8];

	add_events(f, 3, 7);
	becomes(f, reader, CA_OK);
	(void)snprintf(log, sizeof(log), "%s-wal", f->path);
	(void)snprintf(aside, sizeof(aside), "%s-aside", f->path);
	assert_int_equal(rename(log, aside), 0);
	becomes(f, reader, CA_IO);
	assert_int_equal(rename(aside, log), 0);
	becomes(f, reader, CA_OK);
	ledger_close(reader);
}

/* What is restored under who reads is not what he reads. */
static void
another_file_in_its_place_is_noticed(void **state)
{
	struct fixture *f = *state;
	struct ledger *reader = open_reader(f);
	char aside[sizeof(f->path) + 8];
	int fd;

	(void)snprintf(aside, sizeof(aside), "%s.aside", f->path);
	becomes(f, reader, CA_OK);
	assert_int_equal(rename(f->path, aside), 0);
	becomes(f, reader, CA_IO);
	fd = open(f->path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	(void)close(fd);
	becomes(f, reader, CA_IO);
	/* And when it comes back, it is the one it was. */
	assert_int_equal(rename(aside, f->path), 0);
	becomes(f, reader, CA_OK);
	ledger_close(reader);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_ledger, drop_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_that_grows_is_the_same),
	    TEST(an_older_copy_over_it_is_noticed),
	    TEST(a_copy_behind_a_checkpoint_is_noticed),
	    TEST(a_witness_is_everybodys),
	    TEST(a_busy_ledger_is_the_same),
	    TEST(a_half_checkpointed_one_is_the_same),
	    TEST(another_ledger_over_it_is_noticed),
	    TEST(what_is_no_ledger_is_noticed),
	    TEST(a_log_that_is_gone_is_noticed),
	    TEST(another_file_in_its_place_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
