/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/policy.h"
#include "ca/time.h"
#include "tests/unit/policies.h"

#define NOW INT64_C(1767225600) /* 2026-01-01T00:00:00Z */
#define NONE INT64_MIN

static struct ca_policy *policy; /* 90d, at most 397d, 5m back */

static int
setup(void **state)
{
	(void)state;
	policy = parsed(ca_text(leaf_policy), "server");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	ca_policy_free(policy);
	return 0;
}

/* checklist 8: N seconds, both ends included */
static void
test_periods(void **state)
{
	static const struct {
		int64_t validity, not_before, not_after, earliest;
		int64_t begin, end; /* from NOW */
	} cases[] = {
	    {0, NONE, NONE, NONE, -300, 90 * CA_DAY - 301},
	    {90 * CA_DAY, NONE, NONE, NONE, -300, 90 * CA_DAY - 301},
	    {397 * CA_DAY, NONE, NONE, NONE, -300, 397 * CA_DAY - 301},
	    {302, NONE, NONE, NONE, -300, 1},
	    {0, NOW, NONE, NONE, 0, 90 * CA_DAY - 1},
	    {2, NOW, NONE, NONE, 0, 1},
	    {0, NOW - 300, NONE, NONE, -300, 90 * CA_DAY - 301},
	    {0, NOW + 5 * CA_DAY, NONE, NONE, 5 * CA_DAY, 95 * CA_DAY - 1},
	    {0, NONE, NOW + CA_DAY, NONE, -300, CA_DAY},
	    {0, NOW, NOW + 397 * CA_DAY - 1, NONE, 0, 397 * CA_DAY - 1},
	    {0, NOW + 60, NOW + 60, NONE, 60, 60},
	    /* not before the issuer */
	    {0, NONE, NONE, NOW - 10, -10, 90 * CA_DAY - 11},
	    {0, NONE, NONE, NOW - 300, -300, 90 * CA_DAY - 301},
	    {0, NONE, NONE, NOW - 301, -300, 90 * CA_DAY - 301},
	    {0, NOW - 10, NONE, NOW - 10, -10, 90 * CA_DAY - 11},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_term term = {
		    cases[i].validity, cases[i].not_before, cases[i].not_after};
		struct ca_error err = {0};
		int64_t begin = 0, end = 0;

		if (ca_policy_validity(policy, &term, NOW, cases[i].earliest,
			&begin, &end, &err) != CA_OK)
			fail_msg("%zu: %s", i, err.msg);
		assert_int_equal(begin - NOW, cases[i].begin);
		assert_int_equal(end - NOW, cases[i].end);
	}
}

/* The default is the policy's and the same as nothing. */
static void
test_none(void **state)
{
	int64_t begin, end;

	(void)state;
	assert_int_equal(ca_policy_validity(policy, &ca_term_none, NOW,
			     INT64_MIN, &begin, &end, NULL),
	    CA_OK);
	assert_int_equal(end - begin + 1, policy->validity);
}

static void
test_refusals(void **state)
{
	static const struct {
		int64_t validity, not_before, not_after, earliest;
		enum ca_status status;
		const char *message;
	} cases[] = {
	    {397 * CA_DAY + 1, NONE, NONE, NONE, CA_REFUSED,
		"validity: 397 days 1 second (34300801 seconds) is longer than "
		"the 397 days of max-validity in server.policy:4"},
	    {0, NOW, NOW + 397 * CA_DAY, NONE, CA_REFUSED,
		"validity: 397 days 1 second"},
	    {0, NONE, NOW + 397 * CA_DAY, NONE, CA_REFUSED,
		"validity: 397 days 5 minutes"},
	    /* checklist 13 */
	    {0, NOW - 301, NONE, NONE, CA_REFUSED,
		"notBefore: 2025-12-31T23:54:59Z is too far back: "
		"server.policy:5 allows 2025-12-31T23:55:00Z"},
	    {0, NOW - 11, NONE, NOW - 10, CA_REFUSED,
		"notBefore: 2025-12-31T23:59:49Z is before the issuer's own, "
		"2025-12-31T23:59:50Z"},
	    {0, NOW + 2, NOW + 1, NONE, CA_REFUSED,
		"validity: 2026-01-01T00:00:01Z ends before "
		"2026-01-01T00:00:02Z begins"},
	    {0, NONE, NOW - 301, NONE, CA_REFUSED,
		"validity: 2025-12-31T23:54:59Z ends before"},
	    {0, NONE, NOW, NONE, CA_REFUSED,
		"notAfter: 2026-01-01T00:00:00Z is over already"},
	    {301, NONE, NONE, NONE, CA_REFUSED,
		"notAfter: 2026-01-01T00:00:00Z is over already, counted from "
		"2025-12-31T23:55:00Z"},
	    {1, NONE, NONE, NONE, CA_REFUSED, "notAfter: "},
	    /* checklist 12: no policy can say "no end" */
	    {0, NONE, CA_TIME_MAX, NONE, CA_REFUSED,
		"notAfter: from 2025-12-31T23:55:00Z it would end in the year "
		"9999"},
	    {0, CA_TIME_MAX - 1, NONE, NONE, CA_REFUSED, "notAfter: from"},
	    {0, NONE, CA_TIME_MAX + 1, NONE, CA_USAGE,
		"validity: a time outside the years 1 to 9999"},
	    {0, CA_TIME_MIN - 1, NONE, NONE, CA_USAGE, "validity: a time"},
	    {0, INT64_MAX, NONE, NONE, CA_USAGE, "validity: a time"},
	    {0, NONE, INT64_MAX, NONE, CA_USAGE, "validity: a time"},
	    {-1, NONE, NONE, NONE, CA_USAGE, "validity: -1 seconds"},
	    {INT64_MIN, NONE, NONE, NONE, CA_USAGE, "validity: "},
	    {INT64_MAX, NONE, NONE, NONE, CA_USAGE, "validity: "},
	    {CA_DAY, NONE, NOW + CA_DAY, NONE, CA_USAGE,
		"validity: a length and an end are both given"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_term term = {
		    cases[i].validity, cases[i].not_before, cases[i].not_after};
		struct ca_error err = {0};
		int64_t begin = 7, end = 8;

		assert_int_equal(ca_policy_validity(policy, &term, NOW,
				     cases[i].earliest, &begin, &end, &err),
		    cases[i].status);
		if (strncmp(err.msg, cases[i].message,
			strlen(cases[i].message)) != 0)
			fail_msg("%zu: %s", i, err.msg);
		assert_int_equal(begin, 7);
		assert_int_equal(end, 8);
	}
}

/* checklist 14: 29 February and the years after 2038 are seconds as others. */
static void
test_calendar(void **state)
{
	static const char *const times[] = {"2028-02-29T12:00:00Z",
	    "2038-01-19T03:14:08Z", "2049-12-31T23:59:59Z",
	    "2100-03-01T00:00:00Z"};

	(void)state;
	for (size_t i = 0; i < COUNT(times); i++) {
		struct ca_term term = ca_term_none;
		int64_t now, begin, end;

		assert_int_equal(ca_time_parse(times[i], 0, &now), CA_OK);
		term.validity = 365 * CA_DAY;
		assert_int_equal(ca_policy_validity(policy, &term, now,
				     INT64_MIN, &begin, &end, NULL),
		    CA_OK);
		assert_int_equal(end - begin + 1, 365 * CA_DAY);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_periods),
	    cmocka_unit_test(test_none),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_calendar),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
