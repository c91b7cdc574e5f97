/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/authority_fixture.h"

/* Certificates that renew others: their line, their length, and refusals. */

struct line {
	struct ca_key *key;
	struct ca_buf request;
	struct issue_order order; /* renews the first */
	int64_t first;
};

/* A certificate of the server policy and an order that renews it. */
static struct line
line_of(struct lab *l, int64_t validity)
{
	struct line line = {.key = lab_key(l)};
	struct issued issued = {0};

	line.request = lab_request_with(l, line.key, "www.company.com");
	line.order = lab_order(&line.request);
	line.order.term.validity = validity;
	LAB_OK(l, lab_issue_order(l, &line.order, &issued));
	line.first = line.order.renews = issued.row;
	line.order.term.validity = 0;
	issued_done(&issued);
	l->now += CA_DAY;
	return line;
}

static void
line_done(struct line *line)
{
	ca_key_free(line->key);
	ca_buf_free(&line->request);
}

static int64_t
column(struct lab *l, int64_t row, const char *what)
{
	char sql[200];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT %s FROM certificate WHERE id = %lld", what, (long long)row);
	return lab_count(l, sql);
}

/* Issues the order; the new row and, in ret_length, its seconds. */
static int64_t
renewed(struct lab *l, const struct issue_order *order, int64_t *ret_length)
{
	struct issued issued = {0};
	int64_t row;

	LAB_OK(l, lab_issue_order(l, order, &issued));
	row = issued.row;
	*ret_length = issued.not_after - issued.not_before + 1;
	issued_done(&issued);
	return row;
}

static void
a_line_knows_its_generations(void **state)
{
	struct lab *l = *state;
	struct line line = line_of(l, 0);
	int64_t length, second, third;

	second = renewed(l, &line.order, &length);
	line.order.renews = second;
	third = renewed(l, &line.order, &length);
	assert_int_equal(column(l, line.first, "lineage"), line.first);
	assert_int_equal(column(l, line.first, "renews IS NULL"), 1);
	assert_int_equal(column(l, second, "renews"), line.first);
	assert_int_equal(column(l, second, "lineage"), line.first);
	assert_int_equal(column(l, third, "renews"), second);
	assert_int_equal(column(l, third, "lineage"), line.first);
	lab_audit_clean(l);
	line_done(&line);
}

static void
it_is_as_long_as_it_was(void **state)
{
	struct lab *l = *state;
	struct line line = line_of(l, 30 * CA_DAY);
	int64_t length, row;

	row = renewed(l, &line.order, &length);
	assert_int_equal(length, 30 * CA_DAY);
	assert_true(
	    column(l, row, "not_after") > column(l, line.first, "not_after"));
	line.order.term.validity = 7 * CA_DAY;
	(void)renewed(l, &line.order, &length);
	assert_int_equal(length, 7 * CA_DAY);
	line.order.term.validity = 0;
	line.order.term.not_after = l->now + 3 * CA_DAY;
	row = renewed(l, &line.order, &length);
	assert_int_equal(column(l, row, "not_after"), l->now + 3 * CA_DAY);
	line_done(&line);
}

static void
a_policy_that_allows_less_shortens_it(void **state)
{
	struct lab *l = *state;
	struct line line = line_of(l, 397 * CA_DAY);
	int64_t length;

	lab_change_policy(
	    l, "server", "max-validity     = 397d", "max-validity     = 100d");
	lab_change_policy(l, "server", "\nvalidity         = 397d",
	    "\nvalidity         = 90d");
	(void)renewed(l, &line.order, &length);
	assert_int_equal(length, 100 * CA_DAY);
	lab_audit_clean(l);
	line_done(&line);
}

static void
lab_plan_refuses(struct lab *l, const struct issue_order *order,
    enum ca_status status, const char *words)
{
	struct issued plan = {0};

	LAB_FAILS(l, authority_plan(l->a, &l->signer, order, &plan, &l->err),
	    status, words);
	LAB_FAILS(l, authority_may_renew(l->a, order->renews, &l->err), status,
	    words);
	lab_refuses_unwritten(l, order, status, words);
}

/* checklist 76 */
static void
what_is_revoked_or_held_is_not_renewed(void **state)
{
	struct lab *l = *state;
	struct line line = line_of(l, 0);

	LAB_OK(l, authority_may_renew(l->a, line.first, &l->err));
	assert_true(lab_revoke(l, line.first, CA_REASON_CERTIFICATE_HOLD));
	lab_plan_refuses(
	    l, &line.order, CA_REFUSED, "certificateHold|signet unhold");
	LAB_OK(l, authority_unhold(l->a, &line.first, 1, &l->err));
	LAB_OK(l, authority_may_renew(l->a, line.first, &l->err));
	assert_true(lab_revoke(l, line.first, CA_REASON_SUPERSEDED));
	lab_plan_refuses(
	    l, &line.order, CA_REFUSED, "superseded|not renewed|signet issue");
	line_done(&line);
}

static void
what_was_never_released_is_not_renewed(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_orphan(l, "lost.company.com");
	struct line line = line_of(l, 0);

	line.order.renews = row;
	lab_plan_refuses(l, &line.order, CA_REFUSED, "never released");
	line.order.renews = 4711;
	lab_plan_refuses(l, &line.order, CA_NOT_FOUND, "4711");
	line_done(&line);
}

static void
an_authority_is_not_renewed(void **state)
{
	struct lab *l = *state;
	struct line line = line_of(l, 0);

	line.order.renews = lab_count(
	    l, "SELECT certificate FROM authority WHERE parent IS NOT NULL");
	lab_plan_refuses(l, &line.order, CA_REFUSED, "authority|signet ca add");
	line_done(&line);
}

#define WITH_LAB(test) \
	cmocka_unit_test_setup_teardown(test, lab_open, lab_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LAB(a_line_knows_its_generations),
	    WITH_LAB(it_is_as_long_as_it_was),
	    WITH_LAB(a_policy_that_allows_less_shortens_it),
	    WITH_LAB(what_is_revoked_or_held_is_not_renewed),
	    WITH_LAB(what_was_never_released_is_not_renewed),
	    WITH_LAB(an_authority_is_not_renewed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
