/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A list that two threads draw is the one that one thread draws. */
#include "tests/unit/authority_fixture.h"

#include "cli/authority_walk.h"

#define CERTS 9
#define BY_TWO 2
#define BY_ONE (CERTS + 1)

static void
revoke_some(struct lab *l)
{
	for (int i = 0; i < CERTS; i++) {
		char host[40];

		(void)snprintf(host, sizeof(host), "www%d.company.com", i);
		assert_true(
		    lab_revoke(l, lab_issue(l, host), CA_REASON_SUPERSEDED));
	}
}

/* away, when given, is where the ledger's file is while the list is drawn. */
static enum ca_status
draw_away(struct lab *l, const char *away, int64_t many, struct ca_buf *ret,
    size_t *ret_count)
{
	const struct ca_crl_order order = {
	    .number = 1, .this_update = l->now, .next_update = l->now + CA_DAY};
	struct ledger *ledger = authority_ledger(l->a);
	struct ca_crl_writer writer = {0};
	enum ca_status st;

	l->err = (struct ca_error){0};
	LAB_OK(l,
	    ca_crl_begin(
		&writer, &l->signer.certs[0], &l->signer.alg, &order, &l->err));
	LAB_OK(l, ledger_begin(ledger, &l->err));
	if (away)
		assert_int_equal(rename(l->ledger_path, away), 0);
	st = authority_walk(
	    ledger, l->signer.id, l->now, many, &writer, &l->err);
	if (away)
		assert_int_equal(rename(away, l->ledger_path), 0);
	*ret_count = writer.count;
	if (st == CA_OK)
		st = ca_crl_end(&writer, ret, &l->err);
	ca_crl_discard(&writer);
	ledger_rollback(ledger);
	return st;
}

static enum ca_status
draw(struct lab *l, int64_t many, struct ca_buf *ret, size_t *ret_count)
{
	return draw_away(l, NULL, many, ret, ret_count);
}

static void
two_draw_what_one_does(void **state)
{
	struct lab *l = *state;
	struct ca_buf one = {0}, two = {0};
	size_t count = 0;

	revoke_some(l);
	LAB_OK(l, draw(l, BY_ONE, &one, &count));
	assert_int_equal(count, CERTS);
	LAB_OK(l, draw(l, BY_TWO, &two, &count));
	assert_int_equal(count, CERTS);
	assert_bytes(ca_view(&two), ca_view(&one));
	ca_buf_free(&one);
	ca_buf_free(&two);
}

/* A handle that cannot be had is done without. */
static void
one_draws_where_there_is_no_second_handle(void **state)
{
	struct lab *l = *state;
	struct ca_buf one = {0}, two = {0};
	char away[400];
	size_t count = 0;

	revoke_some(l);
	LAB_OK(l, draw(l, BY_ONE, &one, &count));
	(void)snprintf(away, sizeof(away), "%s.away", l->ledger_path);
	LAB_OK(l, draw_away(l, away, BY_TWO, &two, &count));
	assert_int_equal(count, CERTS);
	assert_bytes(ca_view(&two), ca_view(&one));
	ca_buf_free(&one);
	ca_buf_free(&two);
}

/* What the row of one half has wrong is told, whichever half it is. */
static void
a_damaged_row_in_either_half_is_told(void **state)
{
	struct lab *l = *state;
	size_t count;

	revoke_some(l);
	for (int end = 0; end < 2; end++) {
		struct ca_buf der = {0};
		char sql[300];

		(void)snprintf(sql, sizeof(sql),
		    "PRAGMA ignore_check_constraints = ON;"
		    "UPDATE revocation SET reason = reason + 40 WHERE serial ="
		    " (SELECT serial FROM revocation"
		    " ORDER BY serial_length %s, serial %s LIMIT 1)",
		    end ? "DESC" : "ASC", end ? "DESC" : "ASC");
		lab_sql(l, sql);
		assert_int_not_equal(draw(l, BY_TWO, &der, &count), CA_OK);
		assert_non_null(strstr(l->err.msg, "revocation"));
		assert_null(der.data);
		lab_sql(l,
		    "PRAGMA ignore_check_constraints = ON;"
		    "UPDATE revocation SET reason = reason - 40"
		    " WHERE reason > 10");
	}
}

#define WITH_LAB(test) \
	cmocka_unit_test_setup_teardown(test, lab_open, lab_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LAB(two_draw_what_one_does),
	    WITH_LAB(one_draws_where_there_is_no_second_handle),
	    WITH_LAB(a_damaged_row_in_either_half_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
