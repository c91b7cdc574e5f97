/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many at once: each as authority_issue() would, two commits for a group. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/unit/authority_fixture.h"

#include "cli/authority_batch.h"

#define MANY (2 * BATCH_GROUP + 44) /* three groups */

/* What was asked for, and what came. */
struct order_book {
	struct lab *l;
	struct ca_buf request;
	size_t asked, at, signed_ones, refused, groups;
	size_t bad; /* every so many-th is none; 0 */
	bool stops, fails;
	const char *says; /* the last refusal's words, or NULL */
};

static enum ca_status
next(void *ctx, struct batch_item *item, struct ca_error *err)
{
	struct order_book *book = ctx;

	(void)err;
	if (book->at == book->asked)
		return CA_NOT_FOUND;
	book->at++;
	item->ctx = book;
	if (book->bad > 0 && book->at % book->bad == 0)
		return ca_buf_append_text(&item->request, "no request");
	return ca_buf_append(&item->request, ca_view(&book->request));
}

static enum ca_status
release(void *ctx, struct batch_item *items, size_t count, struct ca_error *err)
{
	struct order_book *book = ctx;

	book->groups++;
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(items[i].ctx, book);
		assert_int_equal(
		    items[i].status == CA_OK, items[i].err.msg[0] == '\0');
		if (items[i].status == CA_OK) {
			assert_true(items[i].issued.der.len > 0);
			book->signed_ones++;
			continue;
		}
		book->refused++;
		if (book->says != NULL)
			lab_says(items[i].err.msg, book->says);
	}
	return book->fails ? ca_fail(err, CA_IO, "release: full") : CA_OK;
}

static bool
stop(void *ctx)
{
	const struct order_book *book = ctx;

	return book->stops && book->at >= BATCH_GROUP;
}

/* The lab's chance is no thread's but one's. */
static enum ca_status
run(struct lab *l, struct order_book *book)
{
	const struct batch batch = {.policy = "server",
	    .term = {.not_before = INT64_MIN, .not_after = INT64_MIN},
	    .threads = 1,
	    .ctx = book,
	    .next = next,
	    .release = release,
	    .stop = stop};
	enum ca_status st;

	book->l = l;
	if (book->request.len == 0)
		book->request = lab_request(l, "www.company.com");
	l->err = (struct ca_error){0};
	st = authority_batch(l->a, &l->signer, &batch, &l->err);
	ca_buf_free(&book->request);
	return st;
}

static int64_t
issued(struct lab *l)
{
	return lab_count(l, "SELECT count(*) FROM certificate WHERE state = 2");
}

static int64_t
intended(struct lab *l)
{
	return lab_count(l, "SELECT count(*) FROM certificate WHERE state = 1");
}

static void
each_has_a_row_and_two_events(void **state)
{
	struct lab *l = *state;
	struct order_book book = {.asked = MANY};
	int64_t before = issued(l);
	int64_t events = lab_count(l, "SELECT count(*) FROM event");

	LAB_OK(l, run(l, &book));
	assert_int_equal(book.signed_ones, MANY);
	assert_int_equal(book.groups, 3);
	assert_int_equal(issued(l), before + MANY);
	assert_int_equal(intended(l), 0);
	assert_true(
	    lab_count(l, "SELECT count(*) FROM event") >= events + 2 * MANY);
	lab_audit_clean(l);
}

static void
nothing_asked_is_nothing_done(void **state)
{
	struct lab *l = *state;
	struct order_book book = {0};
	struct ca_buf before = lab_rows(l);

	LAB_OK(l, run(l, &book));
	assert_int_equal(book.groups, 0);
	lab_same_rows(l, &before);
}

static void
one_that_is_refused_stops_no_other(void **state)
{
	struct lab *l = *state;
	struct order_book book = {.asked = MANY, .bad = 3};
	int64_t before = issued(l);

	LAB_OK(l, run(l, &book));
	assert_int_equal(book.refused, MANY / 3);
	assert_int_equal(book.signed_ones, MANY - MANY / 3);
	assert_int_equal(issued(l), before + MANY - MANY / 3);
	assert_int_equal(intended(l), 0);
	lab_audit_clean(l);
}

/* What the ledger says against it is asked inside the transaction. */
static void
what_the_ledger_refuses_is_not_intended(void **state)
{
	struct lab *l = *state;
	struct order_book book = {.asked = 5, .says = "keyCompromise"};
	struct ca_key *key = lab_key(l);
	struct ca_buf request = lab_request_with(l, key, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued first = {0};
	int64_t before;

	LAB_OK(l, lab_issue_order(l, &order, &first));
	lab_revoke(l, first.row, CA_REASON_KEY_COMPROMISE);
	before = lab_count(l, "SELECT count(*) FROM certificate");
	book.request = request;
	LAB_OK(l, run(l, &book));
	assert_int_equal(book.refused, 5);
	assert_int_equal(
	    lab_count(l, "SELECT count(*) FROM certificate"), before);
	issued_done(&first);
	ca_key_free(key);
}

/* checklist 5: another serial is drawn, within the same transaction. */
static void
a_serial_in_use_is_drawn_again(void **state)
{
	struct lab *l = *state;
	struct order_book book = {.asked = 2};

	l->chance = CHANCE_REPEAT;
	l->repeats = 4;
	LAB_OK(l, run(l, &book));
	assert_int_equal(book.signed_ones, 2);
	l->chance = CHANCE_GOOD;
	lab_audit_clean(l);
}

static void
what_was_begun_is_ended(void **state)
{
	struct lab *l = *state;
	struct order_book book = {.asked = MANY, .stops = true};
	int64_t before = issued(l);

	LAB_OK(l, run(l, &book));
	assert_int_equal(book.signed_ones, BATCH_GROUP);
	assert_int_equal(issued(l), before + BATCH_GROUP);
	assert_int_equal(intended(l), 0);
}

/* Each is told of, whatever came before. */
static void
a_release_that_fails_ends_it(void **state)
{
	struct lab *l = *state;
	struct order_book book = {.asked = MANY, .fails = true};

	assert_int_equal(run(l, &book), CA_IO);
	lab_says(l->err.msg, "release: full");
	assert_int_equal(book.signed_ones + book.refused, book.at);
	assert_true(intended(l) > 0);
	assert_true(intended(l) <= BATCH_GROUP);
}

static void
a_policy_that_is_not_there(void **state)
{
	struct lab *l = *state;
	struct order_book book = {.asked = 1};
	struct batch batch = {
	    .policy = "nosuch", .ctx = &book, .next = next, .release = release};

	LAB_FAILS(l, authority_batch(l->a, &l->signer, &batch, &l->err),
	    CA_NOT_FOUND, "nosuch");
	assert_int_equal(book.at, 0);
}

/*
 * checklist 71: the disk is full a few pages later each time. Whatever was
 * released is issued; whatever was not, and is signed perhaps, is intended.
 */
static void
a_full_disk_releases_nothing(void **state)
{
	struct lab *l = *state;
	bool with_orphans = false, whole = false;
	struct rlimit limit, saved;
	char log[400];
	struct stat info;

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)snprintf(log, sizeof(log), "%s-wal", l->ledger_path);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
	for (rlim_t i = 0; i < 400 && !whole; i += 4) {
		struct order_book book = {.asked = BATCH_GROUP + 9};
		int64_t before = issued(l), orphans = intended(l);
		enum ca_status st;

		assert_int_equal(stat(log, &info), 0);
		limit = saved;
		limit.rlim_cur = (rlim_t)info.st_size + i * 4096;
		book.request = lab_request(l, "www.company.com");
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
		st = run(l, &book);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
		whole = st == CA_OK;
		if (!whole)
			lab_says(l->err.msg, "full");
		assert_int_equal(book.signed_ones + book.refused, book.at);
		assert_int_equal(issued(l), before + (int64_t)book.signed_ones);
		assert_true(intended(l) - orphans <= (int64_t)book.refused);
		with_orphans = with_orphans || intended(l) > orphans;
	}
	assert_true(whole);
	assert_true(with_orphans);
	lab_reopen(l, false);
	lab_as(l, "issuing");
	(void)lab_issue(l, "room.company.com");
}

#define WITH_LAB(test) \
	cmocka_unit_test_setup_teardown(test, lab_open, lab_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LAB(each_has_a_row_and_two_events),
	    WITH_LAB(nothing_asked_is_nothing_done),
	    WITH_LAB(one_that_is_refused_stops_no_other),
	    WITH_LAB(what_the_ledger_refuses_is_not_intended),
	    WITH_LAB(a_serial_in_use_is_drawn_again),
	    WITH_LAB(what_was_begun_is_ended),
	    WITH_LAB(a_release_that_fails_ends_it),
	    WITH_LAB(a_policy_that_is_not_there),
	    WITH_LAB(a_full_disk_releases_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
