/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a list says, walked by one and by two. */
#include "tests/unit/ledger_fixture.h"

static enum ca_status
write_serial(void *ctx, const struct ledger_revocation *row)
{
	enum ca_status st = ca_hex_append(ctx, row->serial);

	return st == CA_OK ? ca_buf_append_text(ctx, " ") : st;
}

static void
revoke_until(struct fixture *f, struct ca_bytes serial, int64_t not_after)
{
	struct ledger_cert row = cert_of(f, serial);

	row.not_after = not_after;
	(void)revoke_for(f, intend(f, &row), NOW, 4);
}

static void
walk(struct fixture *f, int64_t expired_before, struct ca_buf *ret)
{
	assert_ok(f,
	    ledger_each_listed(f->ledger, f->root, 0, expired_before,
		write_serial, ret, &f->err));
}

/* The lower half by this handle, the upper one by another. */
static void
walk_by_two(struct fixture *f, const struct ledger_cut *cut,
    int64_t expired_before, struct ca_buf *low, struct ca_buf *high)
{
	struct ledger *twin = NULL;

	assert_ok(f, ledger_twin(f->ledger, &twin, &f->err));
	assert_ok(f,
	    ledger_each_listed_from(twin, f->root, cut, expired_before,
		write_serial, high, &f->err));
	assert_ok(f,
	    ledger_each_listed_below(f->ledger, f->root, cut, expired_before,
		write_serial, low, &f->err));
	ledger_close(twin);
}

static struct ledger_cut
cut_of(struct fixture *f, int64_t many)
{
	struct ledger_cut cut = {.len = 99};

	assert_ok(
	    f, ledger_listed_cut(f->ledger, f->root, many, &cut, &f->err));
	return cut;
}

/* Both halves are the whole, and what has expired is in neither. */
static void
halves_are_the_whole(void **state)
{
	struct fixture *f = *state;
	struct ledger_cut cut;

	begin(f);
	for (int i = 1; i <= 200; i++) {
		const uint8_t serial[] = {(uint8_t)(i * 37 % 251 + 1), 7};

		revoke_until(f, (struct ca_bytes){serial, 2},
		    i % 5 == 0 ? NOW : NOW + YEAR);
	}
	revoke_until(f, BYTES("\x09"), NOW + YEAR);
	commit(f);
	begin(f);
	cut = cut_of(f, 201);
	assert_int_equal(cut.len, 2);
	for (int64_t cutoff = NOW; cutoff <= NOW + 1; cutoff++) {
		struct ca_buf whole = {0}, low = {0}, high = {0};

		walk(f, cutoff, &whole);
		walk_by_two(f, &cut, cutoff, &low, &high);
		assert_true(low.len > whole.len / 4);
		assert_true(high.len > whole.len / 4);
		assert_int_equal(ca_buf_append(&low, ca_view(&high)), CA_OK);
		assert_true(ca_bytes_equal(ca_view(&low), ca_view(&whole)));
		ca_buf_free(&whole);
		ca_buf_free(&low);
		ca_buf_free(&high);
	}
	commit(f);
}

/* Below and from: the cut itself is above; shorter and longer ones; the sum
 * of the ends has one octet more than they. */
static void
the_cut_is_the_middle(void **state)
{
	struct fixture *f = *state;
	struct ca_buf low = {0}, high = {0};
	struct ledger_cut cut;

	begin(f);
	revoke_until(f, BYTES("\xfe\x01"), NOW + YEAR);
	revoke_until(f, BYTES("\xff\x00"), NOW + YEAR);
	revoke_until(f, BYTES("\xff\xff"), NOW + YEAR);
	revoke_until(f, BYTES("\x01"), NOW + YEAR);
	commit(f);
	begin(f);
	cut = cut_of(f, 2);
	assert_int_equal(cut.len, 2);
	assert_memory_equal(cut.serial, "\xff\x00", 2);
	walk_by_two(f, &cut, NOW, &low, &high);
	assert_text(&low, "01 fe01 ");
	assert_text(&high, "ff00 ffff ");
	cut = (struct ledger_cut){.serial = {0x01}, .len = 1};
	walk_by_two(f, &cut, NOW, &low, &high);
	assert_int_equal(low.len, 0);
	assert_text(&high, "01 fe01 ff00 ffff ");
	commit(f);
}

/* Few are walked by one, and so is what another might change meanwhile. */
static void
some_are_not_cut(void **state)
{
	struct fixture *f = *state;

	begin(f);
	assert_int_equal(cut_of(f, 1).len, 0);
	revoke_until(f, BYTES("\x05\x01"), NOW + YEAR);
	revoke_until(f, BYTES("\x06\x01"), NOW + YEAR);
	assert_int_equal(cut_of(f, 3).len, 0);
	assert_int_equal(cut_of(f, 2).len, 2);
	commit(f);
	assert_int_equal(cut_of(f, 2).len, 0);
	assert_ok(f, ledger_snapshot(f->ledger, &f->err));
	assert_int_equal(cut_of(f, 2).len, 0);
	ledger_rollback(f->ledger);
}

static void
copy_file(const char *from, const char *to)
{
	static uint8_t octets[1024 * 1024];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t len;

	assert_true(in >= 0 && out >= 0);
	while ((len = read(in, octets, sizeof(octets))) > 0)
		assert_int_equal(write(out, octets, (size_t)len), len);
	assert_int_equal(close(in), 0);
	assert_int_equal(close(out), 0);
}

static void
a_twin_reads_the_same_file(void **state)
{
	struct fixture *f = *state;
	struct ledger *twin = NULL;
	char other[700];

	assert_ok(f, ledger_twin(f->ledger, &twin, &f->err));
	assert_fails(f, ledger_begin(twin, &f->err), CA_USAGE, "read alone");
	ledger_close(twin);
	twin = NULL;
	(void)snprintf(other, sizeof(other), "%s/other", f->folder);
	assert_int_equal(rename(f->path, other), 0);
	assert_fails(
	    f, ledger_twin(f->ledger, &twin, &f->err), CA_NOT_FOUND, f->path);
	assert_int_equal(link(other, f->path), 0);
	assert_ok(f, ledger_twin(f->ledger, &twin, &f->err));
	ledger_close(twin);
	twin = NULL;
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(symlink(other, f->path), 0);
	assert_fails(
	    f, ledger_twin(f->ledger, &twin, &f->err), CA_REFUSED, f->path);
	assert_null(twin);
	assert_int_equal(unlink(f->path), 0);
	copy_file(other, f->path);
	assert_fails(
	    f, ledger_twin(f->ledger, &twin, &f->err), CA_IO, "another file");
	assert_null(twin);
	assert_int_equal(rename(other, f->path), 0);
}

#define WITH_LEDGER(test) \
	cmocka_unit_test_setup_teardown(test, make_ledger, drop_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LEDGER(halves_are_the_whole),
	    WITH_LEDGER(the_cut_is_the_middle),
	    WITH_LEDGER(some_are_not_cut),
	    WITH_LEDGER(a_twin_reads_the_same_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
