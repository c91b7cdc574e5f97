/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/requests.h"

/* checklist 50, 54: the policy's order, and the subjectAltName's spelling. */
static void
test_subject(void **state)
{
	static const struct grant_case cases[] = {
	    {{.subject = "CN=company.com, O=Lab, C=DE",
		 .sans = {"dns:company.com", NULL}},
		"O=Lab, CN=company.com", "dns:company.com"},
	    {{.subject = "CN=WWW.Company.com",
		 .sans = {"dns:company.com", "dns:www.company.com", NULL}},
		"CN=www.company.com", "dns:company.com, dns:www.company.com"},
	    {{.sans = {"dns:company.com", NULL}}, "", "dns:company.com"},
	    /* checklist 51: what openssl puts into a subject is not taken */
	    {{.subject = "C=AU, ST=Some-State, emailAddress=a@b.example",
		 .sans = {"dns:company.com", NULL}},
		"", "dns:company.com"},
	    /* checklist 48: an address is no common name */
	    {{.subject = "CN=10.0.0.1", .sans = {"ip:10.0.0.1", NULL}}, "",
		"ip:10.0.0.1"},
	    {{.subject = "CN=FC00:0::1, O=Lab", .sans = {"ip:fc00::1", NULL}},
		"O=Lab", "ip:fc00::1"},
	    /* checklist 50: longer than 64 is left out */
	    {{.subject = "30( 31( 30( 06(550403) "
			 "0c('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
			 "bbbbbbbbbbbbbbbbbbbbbbbb.example') ) ) )",
		 .sans = {"dns:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
			  "bbbbbbbbbbbbbbbbbbbbbbbb.example",
		     NULL}},
		"",
		"dns:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"bbbbbbbbbbbbbbbbbbbbbbbb.example"},
	};
	struct ca_policy *policy = shipped_policy("server");

	(void)state;
	expect_grants(policy, cases, COUNT(cases));
	ca_policy_free(policy);
}

static void
test_subject_refused(void **state)
{
	static const struct refusal_case cases[] = {
	    {{.subject = "CN=evil.example", .sans = {"dns:company.com", NULL}},
		"commonName: 'evil.example' is not among the names of the "
		"subjectAltName, and server.policy"},
	    {{.subject = "CN=10.0.0.2", .sans = {"ip:10.0.0.1", NULL}},
		"commonName: '10.0.0.2' is not among"},
	    {{.subject = "CN=Company", .sans = {"dns:company.com", NULL}},
		"commonName: 'Company' is not among"},
	    {{.subject = "CN=company.com, CN=www.company.com",
		 .sans = {"dns:company.com", "dns:www.company.com", NULL}},
		"commonName: twice in the request's subject"},
	    {{.subject =
		     "30( 31( 30( 06(55040a) "
		     "0c('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		     "aaaaaaaaaaaaaaa') ) ) )",
		 .sans = {"dns:company.com", NULL}},
		"organizationName"},
	};
	static const struct refusal_case ev[] = {
	    {{.subject = "jurisdictionC=DE, businessCategory=Private "
			 "Organization, O=Lab",
		 .sans = {"dns:company.com", NULL}},
		"serialNumber: not in the request, and ev-server.policy:"},
	};
	struct ca_policy *policy = shipped_policy("server");

	(void)state;
	expect_refusals(policy, cases, COUNT(cases));
	ca_policy_free(policy);
	policy = shipped_policy("ev-server");
	expect_refusals(policy, ev, COUNT(ev));
	ca_policy_free(policy);
}

/* fixed is the policy's whatever is asked; several units are in order. */
static void
test_subject_rules(void **state)
{
	static const struct grant_case cases[] = {
	    {{.subject = "CN=any text, O=Evil, OU=a, OU=b, DC=example, DC=lab"},
		"O=Lab, CN=any text, OU=a, OU=b, DC=example, DC=lab", ""},
	    {{.subject = "CN=x, O=Lab"}, "O=Lab, CN=x", ""},
	};
	static const struct refusal_case refusals[] = {
	    {{.subject = "O=Lab"},
		"commonName: not in the name, and test.policy:"},
	    {{.subject = "CN=a, CN=b"}, "commonName: twice"},
	};
	struct ca_policy *policy = changed_policy(authority_policy,
	    "commonName = required\n",
	    "O = fixed \"Lab\"\ncommonName = required\n"
	    "OU = optional\nDC = optional\n");

	(void)state;
	expect_grants(policy, cases, COUNT(cases));
	expect_refusals(policy, refusals, COUNT(refusals));
	ca_policy_free(policy);
}

/* A commonName that is required and cannot be one. */
static void
test_required_common_name(void **state)
{
	static const struct refusal_case cases[] = {
	    {{.subject = "CN=10.0.0.1",
		 .sans = {"ip:10.0.0.1", "email:a@company.com", NULL}},
		"commonName: '10.0.0.1' cannot be one"},
	    {{.subject = "O=x",
		 .sans = {"ip:10.0.0.1", "email:a@company.com", NULL}},
		"commonName: not in the request"},
	};
	static const struct grant_case grants[] = {
	    {{.subject = "CN=a@Company.com",
		 .sans = {"ip:10.0.0.1", "email:a@company.com", NULL}},
		"CN=a@company.com, O=Lab \\\"A\\\"",
		"ip:10.0.0.1, email:a@company.com"},
	};
	struct ca_policy *policy = changed_policy(
	    leaf_policy, "optional, in", "required, in");

	(void)state;
	expect_refusals(policy, cases, COUNT(cases));
	expect_grants(policy, grants, COUNT(grants));
	ca_policy_free(policy);
}

/* A mailbox in the subject is one of the subjectAltName. */
static void
test_email_address(void **state)
{
	static const struct grant_case grants[] = {
	    {{.subject = "emailAddress=Jason@LAB.example",
		 .sans = {"email:Jason@lab.example", NULL}},
		"emailAddress=Jason@lab.example", "email:Jason@lab.example"},
	};
	static const struct refusal_case refusals[] = {
	    {{.subject = "emailAddress=eve@lab.example",
		 .sans = {"email:jason@lab.example", NULL}},
		"emailAddress: 'eve@lab.example' is not among"},
	    {{.subject = "emailAddress=jason@lab.example",
		 .sans = {"upn:jason@lab.example", NULL}},
		"emailAddress: 'jason@lab.example' is not among"},
	};
	struct ca_buf text = shipped("client");
	struct ca_policy *policy = changed_policy(ca_buf_text(&text),
	    "[subjectAltName]",
	    "emailAddress = optional, in subjectAltName\n"
	    "[subjectAltName]");

	(void)state;
	expect_grants(policy, grants, COUNT(grants));
	expect_refusals(policy, refusals, COUNT(refusals));
	ca_policy_free(policy);
	ca_buf_free(&text);
}

/* checklist 51: an authority has a name, and everybody has one somewhere. */
static void
test_nobody(void **state)
{
	static const struct refusal_case nothing[] = {
	    {{0}, "subject: nothing that test.policy takes"},
	    {{.subject = "O=Lab"}, "subject: nothing that test.policy takes"},
	};
	static const struct refusal_case authority[] = {
	    {{.subject = "O=Lab"}, "subject: empty, and an authority has a"},
	};
	struct ca_policy *policy = parsed(
	    ca_text("[policy]\nvalidity=1d\nmax-validity=1d\n[key]\n"
		    "allow=ecdsa-p256\n[extensions]\nbasicConstraints="
		    "CA:FALSE\nkeyUsage=digitalSignature\n"),
	    "test");

	(void)state;
	expect_refusals(policy, nothing, COUNT(nothing));
	ca_policy_free(policy);
	policy = changed_policy(
	    authority_policy, "commonName = required", "CN = optional");
	expect_refusals(policy, authority, COUNT(authority));
	ca_policy_free(policy);
}

/* A subject that is not well formed never comes so far; if it does, it ends
 * here. */
static void
test_malformed_subject(void **state)
{
	struct ca_policy *policy = shipped_policy("server");
	struct ask ask = {.sans = {"dns:company.com", NULL}};
	struct ca_grant grant = {0};
	struct wish wish;

	(void)state;
	make_wish(&wish, &ask);
	wish.wish.subject = BYTES("\x30\x02\x31\x00");
	assert_int_equal(
	    ca_policy_admit(policy, &wish.wish, &grant, NULL), CA_MALFORMED);
	free_wish(&wish);
	ca_policy_free(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_subject),
	    cmocka_unit_test(test_subject_refused),
	    cmocka_unit_test(test_subject_rules),
	    cmocka_unit_test(test_required_common_name),
	    cmocka_unit_test(test_email_address),
	    cmocka_unit_test(test_nobody),
	    cmocka_unit_test(test_malformed_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
