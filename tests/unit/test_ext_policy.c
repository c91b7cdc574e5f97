/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The extensions a path is walked by: written, read back, and refused. */
#include <limits.h>

#include "ca/ext.h"
#include "tests/unit/asn1.h"

static struct ca_buf
finish(struct der_out *out)
{
	struct ca_buf der = {0};

	assert_int_equal(der_finish(out, &der), CA_OK);
	return der;
}

static void
mappings_are_read_as_written(void **state)
{
	(void)state;
	const struct ca_policy_mapping map[2] = {
	    {LITERAL("\x2a\x03"), LITERAL("\x2a\x04")},
	    {LITERAL("\x2a\x03"), LITERAL("\x2a\x05")}};
	struct ca_policy_mapping got[CA_EXT_MAX_MAPPINGS];
	struct der_out out = {0};
	struct ca_buf der;
	size_t count = 0;

	ca_policy_mappings_put(&out, map, 2);
	der = finish(&out);
	assert_true(ca_policy_mappings_get(ca_view(&der), got, &count));
	assert_int_equal(count, 2);
	assert_bytes(got[1].issuer, map[1].issuer);
	assert_bytes(got[1].subject, map[1].subject);
	ca_buf_free(&der);
	ca_policy_mappings_put(&out, map, 0);
	assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
	der_discard(&out);
}

static void
mappings_have_a_bound(void **state)
{
	(void)state;
	struct ca_policy_mapping got[CA_EXT_MAX_MAPPINGS];
	struct der_out out = {0};
	struct ca_buf der;
	size_t count = 0;

	for (int more = 0; more < 2; more++) {
		der_open(&out, DER_SEQUENCE);
		for (int i = 0; i < CA_EXT_MAX_MAPPINGS + more; i++)
			asn1_put(&out, "30( 06(2a03) 06(2a04) )");
		der_close(&out);
		der = finish(&out);
		assert_true(ca_policy_mappings_get(
				ca_view(&der), got, &count) == (more == 0));
		ca_buf_free(&der);
	}
}

static void
constraints_are_read_as_written(void **state)
{
	(void)state;
	static const int numbers[][2] = {
	    {0, -1}, {-1, 0}, {5, 7}, {127, 128}, {INT_MAX, 255}};

	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct der_out out = {0};
		struct ca_buf der;
		int require = 99, mapping = 99;

		ca_policy_constraints_put(&out, numbers[i][0], numbers[i][1]);
		der = finish(&out);
		assert_true(ca_policy_constraints_get(
		    ca_view(&der), &require, &mapping));
		assert_int_equal(require, numbers[i][0]);
		assert_int_equal(mapping, numbers[i][1]);
		ca_buf_free(&der);
	}
}

/* What is above all reckoning is no limit, and no small number either. */
static void
large_numbers_are_the_largest(void **state)
{
	(void)state;
	struct ca_buf der = asn1("30( 80(00ffffffffffffffffff) )");
	struct ca_buf any = asn1("02(0100000000)");
	int require = 0, mapping = 0, skip = 0;

	assert_true(
	    ca_policy_constraints_get(ca_view(&der), &require, &mapping));
	assert_int_equal(require, INT_MAX);
	assert_int_equal(mapping, CA_SKIP_CERTS_NONE);
	assert_true(ca_inhibit_any_policy_get(ca_view(&any), &skip));
	assert_int_equal(skip, INT_MAX);
	ca_buf_free(&der);
	ca_buf_free(&any);
}

static void
what_is_no_constraint_is_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {"30()", "30( 80(ff) )",
	    "30( 80(0001) )", "30( 80() )", "30( 81(00) 80(00) )",
	    "30( 80(00) 00 00 )", "30( 80(00) ) 00", "31( 80(00) )"};
	static const char *const no_number[] = {
	    "02(ff)", "02(0001)", "02()", "02(00) 00", "0a(00)"};
	int a, b;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct ca_buf der = asn1(wrong[i]);

		assert_false(ca_policy_constraints_get(ca_view(&der), &a, &b));
		ca_buf_free(&der);
	}
	for (size_t i = 0; i < COUNT(no_number); i++) {
		struct ca_buf der = asn1(no_number[i]);

		assert_false(ca_inhibit_any_policy_get(ca_view(&der), &a));
		ca_buf_free(&der);
	}
}

static void
points_come_one_by_one(void **state)
{
	(void)state;
	struct ca_buf der = asn1("30( 30( a0( a0( 86('http://a') ) ) )"
				 "    30( a0( a1( 30( 06(550403) 0c('x') ) ) )"
				 "        81(0560) )"
				 "    30( a2( 82('b') ) ) )");
	struct ca_bytes rest = ca_view(&der);
	struct ca_dist_point point;

	assert_true(ca_distribution_points_next(&rest, &point));
	assert_int_equal(point.reasons, CA_REASONS_ALL);
	assert_int_equal(point.name.data[0], 0xa0);
	assert_int_equal(point.issuer.len, 0);
	assert_true(ca_distribution_points_next(&rest, &point));
	assert_int_equal(point.reasons, 1 << 1 | 1 << 2);
	assert_int_equal(point.name.data[0], 0xa1);
	assert_true(ca_distribution_points_next(&rest, &point));
	assert_int_equal(point.name.len, 0);
	assert_bytes(point.issuer,
	    BYTES("\x82\x01"
		  "b"));
	assert_false(ca_distribution_points_next(&rest, &point));
	assert_false(ca_distribution_points_next(&rest, &point));
	ca_buf_free(&der);
}

static void
qualifiers_are_plain_or_not(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool plain;
	} cases[] = {
	    {"30( 30( 06(2a03) ) )", true},
	    {"30( 30( 06(2a03) 30( 30( 06(2b06010505070201) 16('u') ) ) ) )",
		true},
	    {"30( 30( 06(2a03) 30( 30( 06(2b06010505070202) 30() ) ) ) )",
		true},
	    {"30( 30( 06(2a03) 30( 30( 06(2b06010505070203) 30() ) ) ) )",
		false},
	    {"30( 30( 06(2a04) ) 30( 06(2a03) 30( 30( 06(2a05) 05() ) ) ) )",
		false},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_buf der = asn1(cases[i].text);

		assert_true(ca_certificate_policies_are_plain(ca_view(&der)) ==
		    cases[i].plain);
		ca_buf_free(&der);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mappings_are_read_as_written),
	    cmocka_unit_test(mappings_have_a_bound),
	    cmocka_unit_test(constraints_are_read_as_written),
	    cmocka_unit_test(large_numbers_are_the_largest),
	    cmocka_unit_test(what_is_no_constraint_is_refused),
	    cmocka_unit_test(points_come_one_by_one),
	    cmocka_unit_test(qualifiers_are_plain_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
