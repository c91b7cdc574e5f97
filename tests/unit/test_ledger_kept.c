/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which CRLs' DER the ledger keeps, and that it does not grow with each. */
#include "tests/unit/ledger_fixture.h"

struct list {
	int64_t number, base, point;
};

static void
publish(struct fixture *f, const struct list *list, struct ca_bytes der)
{
	const struct ledger_crl row = {
	    .issuer = f->root,
	    .number = list->number,
	    .base = list->base,
	    .point = list->point,
	    .this_update = NOW + list->number,
	    .next_update = NOW + list->number + 86400,
	    .der = der,
	    .hash = hash_of((uint8_t)list->number),
	};

	assert_ok(f, ledger_add_crl(f->ledger, &row, &f->err));
}

/* "3 4-3 " are those that have theirs, of all that are there: complete, and
 * deltas with their base. */
static enum ca_status
write_kept(void *ctx, const struct ledger_crl *row)
{
	struct ca_buf *text = ctx;
	enum ca_status st;

	if (row->der.len == 0)
		return CA_OK;
	st = ca_buf_printf(text, "%lld", (long long)row->number);
	if (st == CA_OK && row->base > 0)
		st = ca_buf_printf(text, "-%lld", (long long)row->base);
	if (st == CA_OK && row->point > 0)
		st = ca_buf_printf(text, "/%lld", (long long)row->point);
	return st == CA_OK ? ca_buf_append_text(text, " ") : st;
}

static void
assert_kept(struct fixture *f, int64_t issuer, const char *words)
{
	struct ca_buf text = {0};

	assert_ok(
	    f, ledger_each_crl(f->ledger, issuer, write_kept, &text, &f->err));
	assert_text(&text, words);
	ca_buf_free(&text);
}

/* Each is published, and these are kept then. */
struct step {
	struct list list;
	const char *kept;
};

static void
walk_steps(struct fixture *f, const struct step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		begin(f);
		publish(f, &steps[i].list, BYTES("a list"));
		commit(f);
		assert_kept(f, f->root, steps[i].kept);
	}
}

static void
the_newest_are_kept(void **state)
{
	static const struct step steps[] = {
	    {{.number = 1}, "1 "},
	    {{.number = 2}, "1 2 "},
	    {{.number = 3}, "2 3 "},
	    {{.number = 4}, "3 4 "},
	};

	walk_steps(*state, steps, COUNT(steps));
}

/* RFC 5280 5.2.4: a delta is of use beside what it starts from. */
static void
what_a_delta_starts_from_is_kept(void **state)
{
	static const struct step steps[] = {
	    {{.number = 1}, "1 "},
	    {{2, 1, 0}, "1 2-1 "},
	    {{3, 1, 0}, "1 2-1 3-1 "},
	    {{4, 1, 0}, "1 3-1 4-1 "},
	    {{.number = 5}, "1 3-1 4-1 5 "},
	    {{5, 1, 0}, "1 4-1 5 5-1 "},
	    {{.number = 6}, "1 4-1 5 5-1 6 "},
	    {{6, 5, 0}, "1 5 5-1 6 6-5 "},
	    {{.number = 7}, "1 5 5-1 6 6-5 7 "},
	    {{7, 6, 0}, "5 6 6-5 7 7-6 "},
	    {{.number = 8}, "5 6 6-5 7 7-6 8 "},
	    {{8, 7, 0}, "6 7 7-6 8 8-7 "},
	};

	walk_steps(*state, steps, COUNT(steps));
}

static void
each_list_is_by_itself(void **state)
{
	struct fixture *f = *state;
	int64_t other;

	begin(f);
	other = add_authority(f, "other", f->root);
	for (int64_t i = 1; i <= 2; i++) {
		const struct ledger_point point = {.issuer = f->root,
		    .name = ca_text(i == 1 ? "a" : "b"),
		    .shard = i};
		int64_t id = 0;

		assert_ok(f, ledger_put_point(f->ledger, &point, &id, &f->err));
		assert_int_equal(id, i);
	}
	for (int64_t number = 1; number <= 3; number++)
		for (int64_t point = number == 3 ? 1 : 0; point <= 2; point++)
			publish(f, &(struct list){number, 0, point},
			    BYTES("a list"));
	for (int64_t number = 1; number <= 5; number++) {
		const int64_t root = f->root;

		f->root = other;
		publish(f, &(struct list){.number = number}, BYTES("another"));
		f->root = root;
	}
	commit(f);
	assert_kept(f, f->root, "1 2 2/1 2/2 3/1 3/2 ");
	assert_kept(f, other, "4 5 ");
}

static enum ca_status
see_dropped(void *ctx, const struct ledger_crl *row)
{
	if (row->number == 1) {
		assert_int_equal(row->der.len, 0);
		assert_int_equal(row->this_update, NOW + 1);
		assert_int_equal(row->next_update, NOW + 1 + 86400);
		assert_true(ca_bytes_equal(row->hash, hash_of(1)));
	}
	++*(size_t *)ctx;
	return CA_OK;
}

static void
the_row_stays(void **state)
{
	struct fixture *f = *state;
	size_t count = 0;

	begin(f);
	for (int64_t number = 1; number <= 3; number++)
		publish(f, &(struct list){.number = number}, BYTES("a list"));
	commit(f);
	assert_ok(f,
	    ledger_each_crl(f->ledger, f->root, see_dropped, &count, &f->err));
	assert_int_equal(count, 3);
}

/* What is rolled back drops nothing. */
static void
nothing_is_dropped_for_one_that_is_not(void **state)
{
	struct fixture *f = *state;

	begin(f);
	publish(f, &(struct list){.number = 1}, BYTES("a list"));
	publish(f, &(struct list){.number = 2}, BYTES("a list"));
	commit(f);
	begin(f);
	publish(f, &(struct list){.number = 3}, BYTES("a list"));
	assert_kept(f, f->root, "2 3 ");
	ledger_rollback(f->ledger);
	assert_kept(f, f->root, "1 2 ");
}

/* ---- space ---- */

#define ENTRIES 10000
#define LIST (ENTRIES * 38) /* octets, as long serials take */
#define PUBLICATIONS 200

static off_t
size_of(const struct fixture *f, const char *end)
{
	char path[700];
	struct stat info;

	(void)snprintf(path, sizeof(path), "%s%s", f->path, end);
	return stat(path, &info) == 0 ? info.st_size : 0;
}

/* Two and their deltas, what these start from, and the new one. */
static void
the_file_is_bounded(void **state)
{
	struct fixture *f = *state;
	uint8_t *der = malloc(LIST);

	assert_non_null(der);
	for (int64_t i = 1; i <= PUBLICATIONS; i++) {
		memset(der, (int)i, LIST);
		begin(f);
		publish(f, &(struct list){.number = i},
		    (struct ca_bytes){der, LIST});
		if (i > 1)
			publish(f, &(struct list){i, i - 1, 0},
			    (struct ca_bytes){der, LIST / 100});
		commit(f);
	}
	assert_kept(f, f->root, "198 199 199-198 200 200-199 ");
	assert_in_range(size_of(f, ""), 1, 5 * LIST);
	assert_in_range(size_of(f, "-wal"), 1, 16 * LIST);
	assert_ok(f, ledger_check_integrity(f->ledger, &f->err));
	free(der);
}

#define WITH_LEDGER(test) \
	cmocka_unit_test_setup_teardown(test, make_ledger, drop_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LEDGER(the_newest_are_kept),
	    WITH_LEDGER(what_a_delta_starts_from_is_kept),
	    WITH_LEDGER(each_list_is_by_itself),
	    WITH_LEDGER(the_row_stays),
	    WITH_LEDGER(nothing_is_dropped_for_one_that_is_not),
	    WITH_LEDGER(the_file_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
