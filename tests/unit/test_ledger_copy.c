/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A copy of one state, in a file without a name; CRL numbers that are raised.
 */
#include <dirent.h>

#include "tests/unit/ledger_fixture.h"

static void
write_copy(struct fixture *f, struct ledger *ledger, const char *path)
{
	char data[4096];
	ssize_t len;
	int from = -1, to;

	assert_ok(f, ledger_copy(ledger, f->folder, &from, &f->err));
	to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(to >= 0);
	while ((len = read(from, data, sizeof(data))) > 0)
		assert_int_equal(write(to, data, (size_t)len), len);
	assert_int_equal(len, 0);
	(void)close(from);
	(void)close(to);
}

static int64_t
valid_in(struct fixture *f, const char *path)
{
	struct ledger_options options = options_of(f);
	struct ledger *copy = NULL;
	struct ledger_counts counts = {0};

	options.path = path;
	assert_ok(f, ledger_open(&options, &copy, &f->err));
	assert_ok(f, ledger_check_integrity(copy, &f->err));
	assert_ok(f, ledger_count(copy, NOW, &counts, &f->err));
	ledger_close(copy);
	return counts.intended;
}

static void
remove_copy(const char *path)
{
	static const char *const ends[] = {"", "-wal", "-shm", ".lock"};

	for (size_t i = 0; i < COUNT(ends); i++) {
		char name[720];

		(void)snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		(void)remove(name);
	}
}

static void
add(struct fixture *f, uint8_t serial)
{
	begin(f);
	(void)intend_serial(f, (struct ca_bytes){&serial, 1});
	commit(f);
}

static void
a_copy_is_of_one_state(void **state)
{
	struct fixture *f = *state;
	char path[700];
	struct ledger *twin = NULL;

	(void)snprintf(path, sizeof(path), "%s/copy.db", f->folder);
	add(f, 1);
	write_copy(f, f->ledger, path);
	assert_int_equal(valid_in(f, path), 1);
	/* The snapshot's, whatever is written meanwhile. */
	assert_ok(f, ledger_twin(f->ledger, &twin, &f->err));
	assert_ok(f, ledger_snapshot(twin, &f->err));
	add(f, 2);
	remove_copy(path);
	write_copy(f, twin, path);
	ledger_close(twin);
	assert_int_equal(valid_in(f, path), 1);
	remove_copy(path);
	write_copy(f, f->ledger, path);
	assert_int_equal(valid_in(f, path), 2);
	remove_copy(path);
}

static void
it_leaves_no_name(void **state)
{
	struct fixture *f = *state;
	DIR *dir = opendir(f->folder);
	struct dirent *entry;
	int fd = -1;

	assert_ok(f, ledger_copy(f->ledger, f->folder, &fd, &f->err));
	while ((entry = readdir(dir)) != NULL)
		assert_int_not_equal(strncmp(entry->d_name, ".signet", 7), 0);
	(void)closedir(dir);
	(void)close(fd);
	assert_fails(f, ledger_copy(f->ledger, "/nonexistent", &fd, &f->err),
	    CA_IO, "/nonexistent: the ledger cannot be copied there");
}

/* What was put aside is not written to by who had it open, or waited. */
static void
a_ledger_that_was_moved_is_not_written(void **state)
{
	struct fixture *f = *state;
	char aside[700];

	(void)snprintf(aside, sizeof(aside), "%s/aside.db", f->folder);
	assert_int_equal(rename(f->path, aside), 0);
	assert_fails(f, ledger_begin(f->ledger, &f->err), CA_IO,
	    "the ledger was replaced, and nothing was recorded; run it again");
	assert_int_equal(rename(aside, f->path), 0);
	assert_ok(f, ledger_begin(f->ledger, &f->err));
	ledger_rollback(f->ledger);
}

/* checklist 85: a number never falls */
static void
a_crl_number_only_rises(void **state)
{
	struct fixture *f = *state;
	int64_t next = 0;
	bool changed = false;

	begin(f);
	assert_ok(f,
	    ledger_raise_crl_number(f->ledger, f->root, 41, &changed, &f->err));
	assert_true(changed);
	assert_ok(
	    f, ledger_next_crl_number(f->ledger, f->root, &next, &f->err));
	assert_int_equal(next, 42);
	assert_ok(f,
	    ledger_raise_crl_number(f->ledger, f->root, 40, &changed, &f->err));
	assert_false(changed);
	assert_ok(
	    f, ledger_next_crl_number(f->ledger, f->root, &next, &f->err));
	assert_int_equal(next, 42);
	commit(f);
	assert_fails(f,
	    ledger_raise_crl_number(f->ledger, f->root, 50, &changed, &f->err),
	    CA_INTERNAL, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_copy_is_of_one_state, make_ledger, drop_folder),
	    cmocka_unit_test_setup_teardown(
		it_leaves_no_name, make_ledger, drop_folder),
	    cmocka_unit_test_setup_teardown(
		a_ledger_that_was_moved_is_not_written, make_ledger,
		drop_folder),
	    cmocka_unit_test_setup_teardown(
		a_crl_number_only_rises, make_ledger, drop_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
