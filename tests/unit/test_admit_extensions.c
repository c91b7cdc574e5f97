/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/requests.h"

/* ---- authorities ---- */

static void
test_path_len(void **state)
{
	static const struct {
		int asked, granted;
		const char *refusal;
	} cases[] = {
	    {0, 0, NULL},
	    {3, 3, NULL},
	    {4, 0, "path length: 4 is asked for, test.policy:9 allows 3"},
	    {CA_PATH_LEN_NONE, 0, "path length: -1 is asked for"},
	    {-2, 0, "path length: -2: it is 0 or more"},
	};
	struct ca_policy *policy = parsed(ca_text(authority_policy), "test");
	struct ca_policy *server = shipped_policy("server");
	struct ca_policy *root = shipped_policy("root");
	struct ask ask = {.subject = "CN=a"};
	struct ask leaf = {.sans = {"dns:company.com", NULL}};
	struct ca_grant grant;
	struct wish wish;

	(void)state;
	make_wish(&wish, &ask);
	grant = admitted(policy, &wish);
	assert_int_equal(grant.path_len, 0);
	ca_grant_done(&grant);
	wish.wish.has_path_len = true;
	for (size_t i = 0; i < COUNT(cases); i++) {
		wish.wish.path_len = cases[i].asked;
		if (cases[i].refusal != NULL) {
			refused(policy, &wish,
			    cases[i].asked == -2 ? CA_USAGE : CA_REFUSED,
			    cases[i].refusal);
			continue;
		}
		grant = admitted(policy, &wish);
		assert_int_equal(grant.path_len, cases[i].granted);
		ca_grant_done(&grant);
	}
	wish.wish.path_len = CA_PATH_LEN_NONE;
	grant = admitted(root, &wish);
	assert_int_equal(grant.path_len, CA_PATH_LEN_NONE);
	ca_grant_done(&grant);
	free_wish(&wish);
	make_wish(&wish, &leaf);
	wish.wish.has_path_len = true;
	refused(server, &wish, CA_REFUSED, "path length: server.policy:");
	free_wish(&wish);
	ca_policy_free(policy);
	ca_policy_free(server);
	ca_policy_free(root);
}

static void
test_name_constraints(void **state)
{
	/* permitted dns:company.com */
	struct ca_buf asked = asn1("30( a0( 30( 82('company.com') ) ) )");
	struct ca_policy *policy = parsed(ca_text(authority_policy), "test");
	struct ca_policy *server = shipped_policy("server");
	struct ca_policy *free_one = shipped_policy("intermediate");
	struct ask ask = {.subject = "CN=a"};
	struct ask leaf = {.sans = {"dns:company.com", NULL}};
	struct ca_grant grant;
	struct wish wish;

	(void)state;
	make_wish(&wish, &ask);
	grant = admitted(policy, &wish);
	assert_bytes(ca_view(&grant.name_constraints),
	    ca_view(&policy->name_constraints));
	ca_grant_done(&grant);
	grant = admitted(free_one, &wish);
	assert_int_equal(grant.name_constraints.len, 0);
	ca_grant_done(&grant);
	wish.wish.name_constraints = ca_view(&asked);
	refused(policy, &wish, CA_REFUSED,
	    "nameConstraints: asked for, and test.policy:12 has its own");
	grant = admitted(free_one, &wish);
	assert_bytes(ca_view(&grant.name_constraints), ca_view(&asked));
	assert_note(&grant, CA_FROM_OPTION, "nameConstraints",
	    "critical, permitted dns:company.com", "intermediate.policy");
	ca_grant_done(&grant);
	wish.wish.name_constraints = ca_text("x");
	refused(free_one, &wish, CA_MALFORMED, "");
	free_wish(&wish);
	make_wish(&wish, &leaf);
	wish.wish.name_constraints = ca_view(&asked);
	refused(server, &wish, CA_REFUSED,
	    "nameConstraints: server.policy makes no authority");
	free_wish(&wish);
	ca_policy_free(policy);
	ca_policy_free(server);
	ca_policy_free(free_one);
	ca_buf_free(&asked);
}

/* ---- what a request asks for in extensions ---- */

/* checklist 22: never copied; an authority's powers are refused. */
static void
test_requested_authority(void **state)
{
	static const struct refusal_case cases[] = {
	    {{.sans = {"dns:company.com", NULL},
		 .exts = "30( 30( 06(551d13) 0101ff 04( 30( 0101ff ) ) ) )"},
		"basicConstraints: the request asks for CA:TRUE, and "
		"server.policy:"},
	    {{.sans = {"dns:company.com", NULL},
		 .exts = "30( 30( 06(551d0f) 04( 03(0204) ) ) )"},
		"keyUsage: the request asks for keyCertSign, and "
		"server.policy:"},
	    {{.sans = {"dns:company.com", NULL},
		 .exts = "30( 30( 06(551d0f) 04( 03(0102) ) ) )"},
		"keyUsage: the request asks for cRLSign, and server.policy:"},
	};
	static const struct ask malformed[] = {
	    {.sans = {"dns:company.com", NULL},
		.exts = "30( 30( 06(551d13) 04( 30( 010101 ) ) ) )"},
	    {.sans = {"dns:company.com", NULL},
		.exts = "30( 30( 06(551d0f) 04( 0500 ) ) )"},
	    {.sans = {"dns:company.com", NULL},
		.exts = "30( 30( 06(551d25) 04( 3000 ) ) )"},
	};
	struct ca_policy *policy = shipped_policy("server");

	(void)state;
	expect_refusals(policy, cases, COUNT(cases));
	for (size_t i = 0; i < COUNT(malformed); i++) {
		struct wish wish;

		make_wish(&wish, &malformed[i]);
		refused(policy, &wish, CA_MALFORMED, "");
		free_wish(&wish);
	}
	ca_policy_free(policy);
}

/* checklist 22: the rest is dropped, and it is said what the policy does. */
static void
test_requested_others(void **state)
{
	struct ask ask = {.sans = {"dns:company.com", NULL},
	    .exts = "30( 30( 06(551d13) 04( 3000 ) )"
		    "30( 06(551d0f) 0101ff 04( 03(05a0) ) )"
		    "30( 06(551d25) 04( 30( 06(2b06010505070301) "
		    "06(2b06010505070302) ) ) )"
		    "30( 06(551d11) 04( 0500 ) )"
		    "30( 06(551d0e) 04( 04(00) ) )"
		    "30( 06(551d20) 04( 3000 ) )"
		    "30( 06(2b0601040101) 0101ff 04( 0500 ) ) )"};
	struct ca_policy *policy = shipped_policy("server");
	char why[100], place[CA_POLICY_PLACE];
	struct ca_grant grant;
	struct wish wish;

	(void)state;
	make_wish(&wish, &ask);
	grant = admitted(policy, &wish);
	ca_policy_place(
	    policy, policy->lines[CA_POLICY_BASIC_CONSTRAINTS], place);
	(void)snprintf(
	    why, sizeof(why), "%s: the policy gives the same", place);
	assert_note(&grant, CA_DROPPED, "basicConstraints", "CA:FALSE", why);
	ca_policy_place(policy, policy->lines[CA_POLICY_KEY_USAGE], place);
	(void)snprintf(why, sizeof(why), "%s: the policy decides this", place);
	assert_note(&grant, CA_DROPPED, "keyUsage",
	    "critical, digitalSignature, keyEncipherment", why);
	ca_policy_place(policy, policy->lines[CA_POLICY_EXT_KEY_USAGE], place);
	(void)snprintf(why, sizeof(why), "%s: the policy decides this", place);
	assert_note(&grant, CA_DROPPED, "extendedKeyUsage",
	    "serverAuth, clientAuth", why);
	assert_note(&grant, CA_DROPPED, "subjectKeyIdentifier", "3 octets",
	    "server.policy: never copied from a request");
	assert_note(&grant, CA_DROPPED, "certificatePolicies", "2 octets",
	    "server.policy: never copied from a request");
	assert_note(&grant, CA_DROPPED, "1.3.6.1.4.1.1", "critical, 2 octets",
	    "server.policy: never copied from a request");
	assert_int_equal(grant.key_usage, CA_KU_DIGITAL_SIGNATURE);
	ca_grant_done(&grant);
	free_wish(&wish);
	ca_policy_free(policy);
}

/* An authority's request may well ask for what it is given. */
static void
test_requested_by_authority(void **state)
{
	struct ask ask = {.subject = "CN=a",
	    .exts = "30( 30( 06(551d13) 0101ff 04( 30( 0101ff 020100 ) ) )"
		    "30( 06(551d0f) 0101ff 04( 03(0106) ) ) )"};
	struct ca_policy *policy = parsed(ca_text(authority_policy), "test");
	struct ca_grant grant;
	struct wish wish;

	(void)state;
	make_wish(&wish, &ask);
	grant = admitted(policy, &wish);
	assert_note(&grant, CA_DROPPED, "basicConstraints",
	    "critical, CA:TRUE, pathlen:0",
	    "test.policy:9: the policy gives the same");
	assert_note(&grant, CA_DROPPED, "keyUsage",
	    "critical, keyCertSign, cRLSign",
	    "test.policy:10: the policy gives the same");
	ca_grant_done(&grant);
	free_wish(&wish);
	ca_policy_free(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_path_len),
	    cmocka_unit_test(test_name_constraints),
	    cmocka_unit_test(test_requested_authority),
	    cmocka_unit_test(test_requested_others),
	    cmocka_unit_test(test_requested_by_authority),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
