/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/authority_fixture.h"

#include "cli/authority_internal.h"

/* Holds that are lifted, and revocations of more than one certificate. */

static int64_t
events(struct lab *l, const char *kind)
{
	char sql[200];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM event WHERE kind = '%s'", kind);
	return lab_count(l, sql);
}

static int64_t
revocations(struct lab *l)
{
	return lab_count(l, "SELECT count(*) FROM revocation");
}

static size_t
listed(struct lab *l)
{
	struct ca_buf der;
	struct ca_crl crl;
	size_t count;

	l->now += 60;
	der = lab_crl(l);
	LAB_OK(l, ca_crl_parse(ca_view(&der), &crl, &l->err));
	count = crl.entry_count;
	ca_buf_free(&der);
	return count;
}

/* ---- unhold ---- */

/* checklist 92: the lists from before stay true */
static void
a_hold_is_listed_until_it_is_lifted(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");

	assert_true(lab_revoke(l, row, CA_REASON_CERTIFICATE_HOLD));
	assert_int_equal(listed(l), 1);
	l->now += 60;
	LAB_OK(l, authority_unhold(l->a, &row, 1, &l->err));
	assert_int_equal(revocations(l), 0);
	assert_int_equal(events(l, "unheld"), 1);
	lab_audit_clean(l);
	assert_int_equal(listed(l), 0);
	lab_audit_clean(l);
	/* Revoked later, with another date than the first list has. */
	assert_true(lab_revoke(l, row, CA_REASON_SUPERSEDED));
	assert_int_equal(listed(l), 1);
	lab_audit_clean(l);
}

/* checklist 92 */
static void
a_hold_that_becomes_a_revocation_keeps_its_date(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");

	assert_true(lab_revoke(l, row, CA_REASON_CERTIFICATE_HOLD));
	assert_int_equal(listed(l), 1);
	l->now += CA_DAY;
	assert_true(lab_revoke(l, row, CA_REASON_KEY_COMPROMISE));
	assert_int_equal(
	    lab_count(l, "SELECT revoked_at FROM revocation"), NOW);
	lab_audit_clean(l);
	LAB_FAILS(l, authority_unhold(l->a, &row, 1, &l->err), CA_REFUSED,
	    "www.company.com|not on hold|keyCompromise");
}

/* checklist 92 */
static void
what_is_not_on_hold_lifts_nothing(void **state)
{
	struct lab *l = *state;
	int64_t rows[3] = {
	    lab_issue(l, "a.company.com"), lab_issue(l, "b.company.com"), 4711};
	struct ca_buf before;

	assert_true(lab_revoke(l, rows[0], CA_REASON_CERTIFICATE_HOLD));
	before = lab_rows(l);
	LAB_FAILS(l, authority_unhold(l->a, rows, 2, &l->err), CA_REFUSED,
	    "b.company.com|not on hold (not revoked)|5.3.1");
	rows[1] = rows[0];
	LAB_FAILS(
	    l, authority_unhold(l->a, rows, 2, &l->err), CA_REFUSED, "hold");
	LAB_FAILS(l, authority_unhold(l->a, rows + 2, 1, &l->err), CA_NOT_FOUND,
	    "4711");
	lab_same_rows(l, &before);
}

/* checklist 81: a hold that vanished was not lifted */
static void
an_audit_finds_a_hold_that_was_taken_away(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");

	assert_true(lab_revoke(l, row, CA_REASON_CERTIFICATE_HOLD));
	assert_int_equal(listed(l), 1);
	lab_sql(l, "DELETE FROM revocation");
	lab_audit_finds(
	    l, 0, "lists a serial the ledger does not know as revoked");
}

/* A list that was made after a hold was lifted may not have it any more. */
static void
an_audit_finds_a_lifted_hold_that_is_listed(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");

	assert_true(lab_revoke(l, row, CA_REASON_CERTIFICATE_HOLD));
	l->now += 60;
	LAB_OK(l, authority_unhold(l->a, &row, 1, &l->err));
	assert_true(lab_revoke(l, row, CA_REASON_CERTIFICATE_HOLD));
	assert_int_equal(listed(l), 1);
	lab_sql(l, "DELETE FROM revocation");
	lab_audit_finds(
	    l, 0, "lists a serial the ledger does not know as revoked");
}

static void
an_authority_on_hold_signs_again(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	int64_t row = lab_count(
	    l, "SELECT certificate FROM authority WHERE parent IS NOT NULL");

	assert_true(lab_revoke(l, row, CA_REASON_CERTIFICATE_HOLD));
	lab_refuses_unwritten(l, &order, CA_REFUSED, "certificateHold");
	LAB_OK(l, authority_unhold(l->a, &row, 1, &l->err));
	(void)lab_issue(l, "www.company.com");
	ca_buf_free(&request);
}

/* ---- many at once ---- */

static int64_t
issue_next(struct lab *l, struct ca_key *key, int64_t renews)
{
	struct ca_buf request = lab_request_with(l, key, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};
	int64_t row;

	order.renews = renews;
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	row = issued.row;
	issued_done(&issued);
	ca_buf_free(&request);
	return row;
}

static void
a_line_is_revoked_with_all_its_generations(void **state)
{
	struct lab *l = *state;
	struct ca_key *key = lab_key(l), *other = lab_key(l);
	int64_t first = issue_next(l, key, 0);
	int64_t second = issue_next(l, key, first);
	int64_t rows[2] = {second, issue_next(l, other, second)};
	struct revoke_order order = {.rows = rows,
	    .count = 2,
	    .lineage = true,
	    .reason = CA_REASON_SUPERSEDED,
	    .invalid_since = NOW - 60};
	struct revoke_outcome outcome = {0};

	(void)issue_next(l, key, 0);
	assert_true(lab_revoke(l, first, CA_REASON_SUPERSEDED));
	LAB_OK(l, authority_revoke_all(l->a, &order, &outcome, &l->err));
	assert_int_equal(outcome.found, 3);
	assert_int_equal(outcome.changed, 2);
	assert_false(outcome.key_blocked);
	assert_int_equal(revocations(l), 3);
	assert_int_equal(events(l, "revoked"), 3);
	assert_int_equal(
	    lab_count(l,
		"SELECT count(*) FROM revocation WHERE invalid_since = "
		"(SELECT min(invalid_since) FROM revocation)"),
	    2);
	lab_audit_clean(l);
	ca_key_free(key);
	ca_key_free(other);
}

static struct revoke_order
order_of_key(const struct ca_key *key, uint8_t hash[LEDGER_HASH_LEN])
{
	struct ca_error err = {0};

	assert_int_equal(
	    authority_hash(ca_key_spki(key)->der, hash, &err), CA_OK);
	return (struct revoke_order){.spki_hash = {hash, LEDGER_HASH_LEN},
	    .reason = CA_REASON_SUPERSEDED,
	    .invalid_since = LEDGER_NO_TIME};
}

/* checklist 29 */
static void
a_key_is_revoked_and_refused_from_then_on(void **state)
{
	struct lab *l = *state;
	struct ca_key *key = lab_key(l), *unused = lab_key(l);
	uint8_t hash[LEDGER_HASH_LEN];
	struct revoke_order order = order_of_key(key, hash);
	struct ca_buf request = lab_request_with(l, key, "new.company.com");
	struct issue_order wish = lab_order(&request);
	struct revoke_outcome outcome = {0};

	(void)issue_next(l, key, 0);
	(void)issue_next(l, key, 0);
	(void)lab_issue(l, "another.company.com");
	LAB_OK(l, authority_revoke_all(l->a, &order, &outcome, &l->err));
	assert_int_equal(outcome.found, 2);
	assert_int_equal(outcome.changed, 2);
	assert_true(outcome.key_blocked);
	assert_int_equal(revocations(l), 2);
	assert_int_equal(events(l, "key-blocked"), 1);
	lab_refuses_unwritten(l, &wish, CA_REFUSED, "key is blocked|key new");
	/* Again: nothing changes. */
	LAB_OK(l, authority_revoke_all(l->a, &order, &outcome, &l->err));
	assert_int_equal(outcome.found, 2);
	assert_int_equal(outcome.changed, 0);
	assert_false(outcome.key_blocked);
	/* One that no certificate has. */
	order = order_of_key(unused, hash);
	LAB_OK(l, authority_revoke_all(l->a, &order, &outcome, &l->err));
	assert_int_equal(outcome.found, 0);
	assert_true(outcome.key_blocked);
	lab_audit_clean(l);
	ca_buf_free(&request);
	ca_key_free(key);
	ca_key_free(unused);
}

static void
lab_refuses_revoke(struct lab *l, const struct revoke_order *order,
    enum ca_status status, const char *words)
{
	struct ca_buf before = lab_rows(l);
	struct revoke_outcome outcome = {.found = 99};

	LAB_FAILS(l, authority_revoke_all(l->a, order, &outcome, &l->err),
	    status, words);
	assert_int_equal(outcome.found, 99);
	lab_same_rows(l, &before);
}

static void
all_are_revoked_or_none(void **state)
{
	struct lab *l = *state;
	struct ca_key *key = lab_key(l);
	int64_t rows[2] = {issue_next(l, key, 0), 4711};
	uint8_t hash[LEDGER_HASH_LEN];
	struct revoke_order order = order_of_key(key, hash);
	const uint8_t foreign[LEDGER_HASH_LEN] = {1};
	const struct revoke_order other = {
	    .spki_hash = {foreign, sizeof(foreign)}};
	struct revoke_outcome outcome;

	order.rows = rows;
	order.count = 2;
	lab_refuses_revoke(l, &order, CA_NOT_FOUND, "4711");
	order.lineage = true;
	lab_refuses_revoke(l, &order, CA_NOT_FOUND, "4711");
	rows[1] = 1; /* the root */
	lab_refuses_revoke(l, &order, CA_REFUSED, "root|itself");
	order.count = 0;
	LAB_OK(l, authority_revoke_all(l->a, &other, &outcome, &l->err));
	lab_block(l, "key-blocked");
	lab_refuses_revoke(l, &order, CA_INTERNAL, "ledger");
	lab_unblock(l);
	ca_key_free(key);
}

/* checklist 81 */
static void
an_audit_finds_a_key_that_is_not_blocked_any_more(void **state)
{
	struct lab *l = *state;
	struct ca_key *key = lab_key(l);
	uint8_t hash[LEDGER_HASH_LEN];
	struct revoke_order order = order_of_key(key, hash);
	struct revoke_outcome outcome;

	LAB_OK(l, authority_revoke_all(l->a, &order, &outcome, &l->err));
	lab_audit_clean(l);
	lab_sql(l, "DELETE FROM blocked_key");
	lab_audit_finds(l, 0, "its key was blocked, and is no more");
	ca_key_free(key);
}

static void
what_makes_no_sense_is_not_done(void **state)
{
	struct lab *l = *state;
	struct ca_key *key = lab_key(l);
	int64_t row = issue_next(l, key, 0);
	uint8_t hash[LEDGER_HASH_LEN];
	struct revoke_order order = order_of_key(key, hash);

	order.reason = CA_REASON_CERTIFICATE_HOLD;
	lab_refuses_revoke(l, &order, CA_USAGE, "certificateHold|blocked");
	order = (struct revoke_order){
	    .rows = &row, .count = 1, .invalid_since = NOW + 1};
	lab_refuses_revoke(l, &order, CA_USAGE, "in the future|5.3.2");
	ca_key_free(key);
}

#define WITH_LAB(test) \
	cmocka_unit_test_setup_teardown(test, lab_open, lab_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LAB(a_hold_is_listed_until_it_is_lifted),
	    WITH_LAB(a_hold_that_becomes_a_revocation_keeps_its_date),
	    WITH_LAB(what_is_not_on_hold_lifts_nothing),
	    WITH_LAB(an_audit_finds_a_hold_that_was_taken_away),
	    WITH_LAB(an_audit_finds_a_lifted_hold_that_is_listed),
	    WITH_LAB(an_authority_on_hold_signs_again),
	    WITH_LAB(a_line_is_revoked_with_all_its_generations),
	    WITH_LAB(a_key_is_revoked_and_refused_from_then_on),
	    WITH_LAB(all_are_revoked_or_none),
	    WITH_LAB(an_audit_finds_a_key_that_is_not_blocked_any_more),
	    WITH_LAB(what_makes_no_sense_is_not_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
