/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/crl_copy.h"
#include "cli/file.h"
#include "tests/unit/authority_fixture.h"

struct told {
	size_t count;
	char line[512];
};

static void
on_fault(void *ctx, const char *line)
{
	struct told *told = ctx;

	told->count++;
	(void)snprintf(told->line, sizeof(told->line), "%s", line);
}

static void
place(struct lab *l, const char *name, char ret[static 400])
{
	(void)snprintf(ret, 400, "%s/crl/%s.crl", l->home, name);
}

/* The copy is the newest CRL of the ledger, to the octet. */
static enum ca_status
compare(void *ctx, const struct ledger_crl *row)
{
	const struct ca_buf *copy = ctx;

	return ca_bytes_equal(ca_view(copy), row->der) ? CA_OK : CA_UNTRUSTED;
}

static bool
is_newest(struct lab *l, const char *name, int64_t issuer, bool delta)
{
	const struct ledger_crl_query query = {.issuer = issuer,
	    .kind = delta ? LEDGER_CRL_DELTA : LEDGER_CRL_FULL};
	struct ca_buf copy = {0};
	char path[400];
	bool same;

	place(l, name, path);
	same = file_read(path, FILE_MAX_READ, &copy, NULL) == CA_OK &&
	    ledger_find_crl(authority_ledger(l->a), &query, compare, &copy,
		&l->err) == CA_OK;
	ca_buf_free(&copy);
	return same;
}

static void
tend(struct lab *l, struct crl_copies *copies, struct told *told)
{
	*told = (struct told){0};
	crl_copy_tend(copies, l->a, on_fault, told);
}

static void
what_is_missing_is_written(void **state)
{
	struct lab *l = *state;
	struct ca_bytes other = ca_text("another one");
	char path[400];

	LAB_FAILS(l, crl_copy_missing(l->a, &l->signer, false, &l->err),
	    CA_NOT_FOUND, "CRL");
	lab_publish(l);
	assert_false(is_newest(l, "issuing", l->signer.id, false));
	LAB_OK(l, crl_copy_missing(l->a, &l->signer, false, &l->err));
	assert_true(is_newest(l, "issuing", l->signer.id, false));
	place(l, "issuing", path);
	LAB_OK(l, file_write(path, other, FILE_PUBLIC, FILE_REPLACE, &l->err));
	LAB_OK(l, crl_copy_missing(l->a, &l->signer, false, &l->err));
	assert_true(is_newest(l, "issuing", l->signer.id, false));
}

/* Of every authority; again only when there is a newer number. */
static void
all_are_tended(void **state)
{
	struct lab *l = *state;
	struct crl_copies copies = {0};
	struct told told;
	char path[400];

	tend(l, &copies, &told);
	assert_int_equal(told.count, 0);
	lab_publish(l);
	lab_as(l, "root");
	lab_publish(l);
	tend(l, &copies, &told);
	assert_int_equal(told.count, 0);
	assert_true(is_newest(l, "root", l->signer.id, false));
	lab_as(l, "issuing");
	assert_true(is_newest(l, "issuing", l->signer.id, false));
	place(l, "issuing", path);
	assert_int_equal(unlink(path), 0);
	tend(l, &copies, &told);
	assert_int_equal(access(path, F_OK), -1);
	l->now += 10;
	lab_publish(l);
	tend(l, &copies, &told);
	assert_true(is_newest(l, "issuing", l->signer.id, false));
}

static void
a_copy_that_cannot_be_written_is_told_and_tried_again(void **state)
{
	struct lab *l = *state;
	struct crl_copies copies = {0};
	struct told told;
	char path[400];

	lab_publish(l);
	place(l, "issuing", path);
	assert_int_equal(mkdir(path, 0700), 0);
	for (int i = 0; i < 2; i++) {
		tend(l, &copies, &told);
		assert_int_equal(told.count, 1);
		lab_says(told.line, "issuing.crl");
	}
	assert_int_equal(rmdir(path), 0);
	tend(l, &copies, &told);
	assert_int_equal(told.count, 0);
	assert_true(is_newest(l, "issuing", l->signer.id, false));
}

static void
publish(struct lab *l, bool delta)
{
	const struct crl_order order = {.delta = delta};
	int64_t number;

	l->now += 10;
	LAB_OK(l,
	    authority_publish(
		l->a, &l->signer, &order, &number, NULL, &l->err));
}

/* With the complete CRL in force a delta was published that others have
 * followed: its DER may be gone, and the newest one's copy stays. */
static void
a_newer_delta_stays(void **state)
{
	struct lab *l = *state;

	lab_change_policy(l, "server", "[extensions]",
	    "[publish]\ncrl = http://pki.lab.example/{issuer}.crl\n"
	    "freshest = http://pki.lab.example/{issuer}.delta.crl\n"
	    "[extensions]");
	(void)lab_issue(l, "a.company.com");
	publish(l, false);
	publish(l, false);
	for (int i = 0; i < 3; i++) {
		LAB_OK(l, crl_copy_missing(l->a, &l->signer, false, &l->err));
		LAB_OK(l, crl_copy_missing(l->a, &l->signer, true, &l->err));
		LAB_OK(l, crl_copy_missing(l->a, &l->signer, false, &l->err));
		assert_true(is_newest(l, "issuing", l->signer.id, false));
		assert_true(is_newest(l, "issuing.delta", l->signer.id, true));
		publish(l, true);
	}
	assert_int_equal(
	    lab_count(l, "SELECT count(*) FROM crl WHERE der IS NULL"), 2);
}

/* Nobody believes what is below it. */
static void
a_revoked_authority_is_left_out(void **state)
{
	struct lab *l = *state;
	struct crl_copies copies = {0};
	struct told told;
	char path[400];

	lab_publish(l);
	(void)lab_revoke(l,
	    lab_count(
		l, "SELECT certificate FROM authority WHERE name = 'issuing'"),
	    CA_REASON_CESSATION_OF_OPERATION);
	tend(l, &copies, &told);
	assert_int_equal(told.count, 0);
	place(l, "issuing", path);
	assert_int_equal(access(path, F_OK), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		what_is_missing_is_written, lab_open, lab_close),
	    cmocka_unit_test_setup_teardown(
		all_are_tended, lab_open, lab_close),
	    cmocka_unit_test_setup_teardown(
		a_copy_that_cannot_be_written_is_told_and_tried_again, lab_open,
		lab_close),
	    cmocka_unit_test_setup_teardown(
		a_newer_delta_stays, lab_open, lab_close),
	    cmocka_unit_test_setup_teardown(
		a_revoked_authority_is_left_out, lab_open, lab_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
