/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/requests.h"

/* ---- keys ---- */

/* A request that each of the shipped policies takes. */
static const struct {
	const char *policy;
	struct ask ask;
} shipped_asks[] = {
    {"root", {.subject = "CN=Lab Root CA"}},
    {"intermediate", {.subject = "CN=Lab Issuing CA"}},
    {"server",
	{.subject = "CN=company.com", .sans = {"dns:company.com", NULL}}},
    {"client",
	{.subject = "CN=Jason", .sans = {"email:jason@lab.example", NULL}}},
    {"ocsp-responder", {.subject = "CN=Lab OCSP"}},
    {"ev-server",
	{.subject = "jurisdictionC=DE, businessCategory=Private Organization, "
		    "serialNumber=HRB 1, O=Lab",
	    .sans = {"dns:company.com", NULL}}},
};

/* checklist 61: every shipped policy takes every key, and each key is given
 * what it can do. */
static void
test_key_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shipped_asks); i++) {
		struct ca_policy *policy = shipped_policy(
		    shipped_asks[i].policy);

		for (size_t j = 0; j < COUNT(key_names); j++) {
			struct ask ask = shipped_asks[i].ask;
			bool plain_rsa = j < 3;
			struct ca_grant grant;
			struct wish wish;

			ask.key = key_names[j];
			make_wish(&wish, &ask);
			grant = admitted(policy, &wish);
			assert_int_equal(grant.key_usage,
			    policy->key_usage &
				~(plain_rsa ? 0 : CA_KU_KEY_ENCIPHERMENT));
			assert_bytes(grant.spki.der, wish.parsed.spki.der);
			ca_grant_done(&grant);
			free_wish(&wish);
		}
		ca_policy_free(policy);
	}
}

/* checklist 31: a policy says which keys, and the others are refused. */
static void
test_key_refused(void **state)
{
	static const struct {
		const char *allow;
		unsigned taken; /* bit n: key_names[n] */
	} cases[] = {
	    {"rsa >= 2048", 0x107},
	    {"rsa >= 3072", 0x006},
	    {"rsa >= 4096, ed25519", 0x044},
	    {"ecdsa-p256", 0x008},
	    {"ecdsa-p384, ecdsa-p521", 0x030},
	    {"ed448", 0x080},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_policy *policy = changed_policy(
		    authority_policy, "ecdsa-p256, ed25519", cases[i].allow);
		char message[100];

		for (size_t j = 0; j < COUNT(key_names); j++) {
			struct ask ask = {
			    .key = key_names[j], .subject = "CN=a"};
			struct wish wish;
			struct ca_grant grant;

			make_wish(&wish, &ask);
			(void)snprintf(message, sizeof(message),
			    "key: %s is not allowed: test.policy:5 has %s",
			    j == 8 ? "rsa-pss-2048" : key_names[j],
			    cases[i].allow);
			if ((cases[i].taken >> j & 1) == 0) {
				refused(policy, &wish, CA_REFUSED,
				    j == 8 ? "key: " : message);
			} else {
				grant = admitted(policy, &wish);
				ca_grant_done(&grant);
			}
			free_wish(&wish);
		}
		ca_policy_free(policy);
	}
}

/* checklist 37: a key that is allowed and unfit is refused. */
static void
test_weak_key(void **state)
{
	struct ca_policy *policy = shipped_policy("server");
	struct ask ask = {.sans = {"dns:company.com", NULL}};
	struct ca_error err = {0};
	struct ca_grant grant = {0};
	struct ca_buf der = {0};
	struct ca_spki spki;
	struct ca_bytes in;
	struct wish wish;

	(void)state;
	make_wish(&wish, &ask);
	assert_int_equal(ca_buf_append(&der, wish.parsed.spki.der), CA_OK);
	der.data[der.len - 1] ^= 1;
	in = ca_view(&der);
	assert_int_equal(ca_spki_get(&in, &spki, NULL), CA_OK);
	wish.wish.spki = &spki;
	assert_int_equal(
	    ca_policy_admit(policy, &wish.wish, &grant, &err), CA_REFUSED);
	assert_true(err.msg[0] != '\0');
	/* One that has just signed was judged before, and is not again. */
	wish.wish.key_is_proved = true;
	wish.wish.without_notes = true;
	assert_int_equal(
	    ca_policy_admit(policy, &wish.wish, &grant, NULL), CA_OK);
	assert_int_equal(grant.note_count, 0);
	ca_grant_done(&grant);
	ca_buf_free(&der);
	free_wish(&wish);
	ca_policy_free(policy);
}

/* A policy may give what a certain key cannot do; then there is no use. */
static void
test_no_usage_left(void **state)
{
	struct ca_policy *policy = changed_policy(
	    responder_policy, "ecdsa-p256", "rsa >= 2048");
	struct ask ask = {.key = "rsa-pss", .subject = "CN=a"};
	struct ca_grant grant;
	struct wish wish;

	(void)state;
	make_wish(&wish, &ask);
	grant = admitted(policy, &wish);
	ca_grant_done(&grant);
	ca_policy_free(policy);
	policy = parsed(
	    ca_text("[policy]\nvalidity=1d\nmax-validity=1d\n[key]\n"
		    "allow=rsa >= 2048\n[subject]\ncommonName=required\n"
		    "[extensions]\nbasicConstraints=CA:FALSE\n"
		    "keyUsage=keyEncipherment\n"),
	    "test");
	refused(policy, &wish, CA_REFUSED,
	    "keyUsage: a key of type rsa can do nothing of what "
	    "test.policy:10 gives");
	free_wish(&wish);
	ca_policy_free(policy);
}

/* ---- names ---- */

static void
test_names(void **state)
{
	static const struct grant_case cases[] = {
	    {{.sans = {"ip:10.1.2.3", "email:a@b.company.com", NULL}}, "",
		"ip:10.1.2.3, email:a@b.company.com"},
	    {{.sans = {"dns:*.company.com", "email:jason@lab.example", NULL}},
		"", "dns:*.company.com, email:jason@lab.example"},
	    {{.sans = {"ip:::1", "email:a@company.com",
		  "uri:https://company.com/x", "upn:jason@any", NULL}},
		"",
		"ip:::1, email:a@company.com, uri:https://company.com/x, "
		"upn:jason@any"},
	    /* checklist 46: upper case is lowered, once is enough */
	    {{.sans = {"dns:WWW.Company.COM", "dns:www.company.com",
		  "email:Jason@Company.COM", "email:Jason@company.com", NULL}},
		"", "dns:www.company.com, email:Jason@company.com"},
	    {{.sans = {"dns:a.example", "email:a@company.com", "upn:J@X",
		  "upn:J@X", NULL}},
		"", "dns:a.example, email:a@company.com, upn:J@X"},
	};
	struct ca_policy *policy = changed_policy(
	    leaf_policy, "fixed \"Lab \\\"A\\\"\"", "optional");

	(void)state;
	expect_grants(policy, cases, COUNT(cases));
	ca_policy_free(policy);
}

/* checklist 24, 46 to 49: one name that is not allowed, and nothing is. */
static void
test_names_refused(void **state)
{
	static const struct refusal_case cases[] = {
	    {{.sans = {"dns:*.a.company.com", "dns:ok.example", NULL}},
		"dns:*.a.company.com: not allowed by test.policy:13, dns = "
		"any, company.com, .company.com, *.company.com: "},
	    {{.sans = {"dns:ok.example", "dns:*.example.org", NULL}},
		"dns:*.example.org: not allowed by test.policy:13"},
	    {{.sans = {"dns:ok.example", "email:a@b.lab.example", NULL}},
		"email:a@b.lab.example: not allowed by test.policy:14"},
	    {{.sans = {"email:Jason@lab.example", NULL}},
		"email:Jason@lab.example: not allowed by test.policy:14"},
	    {{.sans = {"email:a@xcompany.com", NULL}},
		"email:a@xcompany.com: not allowed by test.policy:14"},
	    {{.sans = {"ip:11.0.0.1", NULL}},
		"ip:11.0.0.1: not allowed by test.policy:15, ip = 10.0.0.0/8, "
		"::1/128"},
	    {{.sans = {"ip:::2", NULL}}, "ip:::2: not allowed by "},
	    {{.sans = {"ip:::ffff:10.0.0.1", NULL}}, "ip:"},
	    {{.sans = {"uri:http://company.com/", NULL}},
		"uri:http://company.com/: not allowed by test.policy:16"},
	    {{.sans = {"uri:https://company.com.evil.example/", NULL}},
		"uri:https://company.com.evil.example/: not allowed by "},
	    {{.sans = {"rid:\x2a\x03", NULL}},
		"rid:1.2.3: test.policy allows "
		"no name of type rid"},
	    {{.sans = {"other:x", NULL}}, "other:"},
	    {{.sans = {"dirName:0", NULL}}, "dirName:"},
	    /* not a name of its type at all */
	    {{.sans = {"dns:", NULL}}, "subjectAltName: "},
	    {{.sans = {"dns:company.com.", NULL}}, "subjectAltName: "},
	    {{.sans = {"dns:.company.com", NULL}}, "subjectAltName: "},
	    {{.sans = {"dns:a..company.com", NULL}}, "subjectAltName: "},
	    {{.sans = {"dns:-a.company.com", NULL}}, "subjectAltName: "},
	    {{.sans = {"dns:a_b.company.com", NULL}}, "subjectAltName: "},
	    {{.sans = {"dns:a b.company.com", NULL}}, "subjectAltName: "},
	    {{.sans = {"dns:10.0.0.1", NULL}}, "subjectAltName: "},
	    {{.sans = {"dns:::1", NULL}}, "subjectAltName: "},
	    {{.sans = {"dns:*", NULL}}, "subjectAltName: "},
	    {{.sans = {"dns:*.com", NULL}}, "subjectAltName: "},
	    {{.sans = {"dns:f*.company.com", NULL}}, "subjectAltName: "},
	    {{.sans = {"dns:b\xc3\xbc"
		       "cher.example",
		  NULL}},
		"subjectAltName: "},
	    {{.sans = {"dns:xn--a.example", NULL}}, "subjectAltName: "},
	    {{.sans = {"email:a b@company.com", NULL}}, "subjectAltName: "},
	    {{.sans = {"email:company.com", NULL}}, "subjectAltName: "},
	    {{.sans = {"email:a@b@company.com", NULL}}, "subjectAltName: "},
	    {{.sans = {"upn:jason", NULL}}, "subjectAltName: "},
	};
	struct ca_policy *policy = parsed(ca_text(leaf_policy), "test");

	(void)state;
	expect_refusals(policy, cases, COUNT(cases));
	ca_policy_free(policy);
}

/* checklist 46: a NUL hides nothing. */
static void
test_nul_in_name(void **state)
{
	struct ca_policy *policy = shipped_policy("server");
	struct ask ask = {.sans = {"dns:a.example", NULL}};
	struct ca_error err = {0};
	struct ca_grant grant = {0};
	struct wish wish;

	(void)state;
	make_wish(&wish, &ask);
	wish.sans[0].value = BYTES("company.com\0.evil.example");
	assert_int_equal(
	    ca_policy_admit(policy, &wish.wish, &grant, &err), CA_REFUSED);
	free_wish(&wish);
	ca_policy_free(policy);
}

/* Of the suffix rules none takes what another one is for. */
static void
test_patterns(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool taken;
	} cases[] = {
	    {"dns = company.com", "dns:company.com", true},
	    {"dns = company.com", "dns:www.company.com", false},
	    {"dns = company.com", "dns:xcompany.com", false},
	    {"dns = .company.com", "dns:www.company.com", true},
	    {"dns = .company.com", "dns:a.b.company.com", true},
	    {"dns = .company.com", "dns:company.com", false},
	    {"dns = .company.com", "dns:xcompany.com", false},
	    {"dns = .company.com", "dns:*.company.com", false},
	    {"dns = .company.com", "dns:company.com.evil.example", false},
	    {"dns = *.company.com", "dns:*.company.com", true},
	    {"dns = *.company.com", "dns:www.company.com", false},
	    {"dns = *.company.com", "dns:*.a.company.com", false},
	    {"dns = any", "dns:localhost", true},
	    {"dns = any", "dns:*.company.com", false},
	    {"ip = any", "ip:192.0.2.1", true},
	    {"ip = any", "ip:2001:db8::1", true},
	    {"ip = 0.0.0.0/0", "ip:2001:db8::1", false},
	    {"ip = 192.0.2.1", "ip:192.0.2.1", true},
	    {"ip = 192.0.2.1", "ip:192.0.2.2", false},
	    {"ip = 172.16.0.0/12", "ip:172.31.255.255", true},
	    {"ip = 172.16.0.0/12", "ip:172.32.0.0", false},
	    {"ip = fc00::/7", "ip:fdff::1", true},
	    {"ip = fc00::/7", "ip:fe80::1", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ask ask = {.sans = {cases[i].name, NULL}};
		struct ca_buf text = {0};
		struct ca_policy *policy;
		struct ca_grant grant = {0};
		struct wish wish;

		assert_int_equal(
		    ca_buf_printf(&text,
			"[policy]\nvalidity=1d\nmax-validity=1d\n[key]\nallow="
			"ecdsa-p256\n[subjectAltName]\n%s\n[extensions]\n"
			"basicConstraints=CA:FALSE\nkeyUsage="
			"digitalSignature\n",
			cases[i].pattern),
		    CA_OK);
		policy = parsed(ca_view(&text), "test");
		make_wish(&wish, &ask);
		assert_int_equal(
		    ca_policy_admit(policy, &wish.wish, &grant, NULL) == CA_OK,
		    cases[i].taken);
		ca_grant_done(&grant);
		free_wish(&wish);
		ca_policy_free(policy);
		ca_buf_free(&text);
	}
}

/* checklist 51: what must be there, and how to make a request that has it. */
static void
test_required_names(void **state)
{
	static const struct refusal_case leaf[] = {
	    {{.sans = {"email:a@company.com", NULL}},
		"subjectAltName: no host name or address, and test.policy:12 "
		"requires one (RFC 9525 6.3): make the request with openssl "
		"req ... -addext subjectAltName=DNS:company.com, or signet "
		"csr new --dns company.com"},
	    {{.sans = {"dns:a.example", NULL}},
		"subjectAltName: no e-mail address, and test.policy:12"},
	};
	static const struct refusal_case client[] = {
	    {{.subject = "CN=Jason"},
		"subjectAltName: no e-mail address or UPN, and client.policy"},
	};
	static const struct refusal_case server[] = {
	    {{.subject = "CN=company.com"},
		"subjectAltName: no host name or address, and server.policy"},
	};
	static const struct grant_case clients[] = {
	    {{.sans = {"upn:jason@lab.example", NULL}}, "",
		"upn:jason@lab.example"},
	    {{.sans = {"email:jason@lab.example", NULL}}, "",
		"email:jason@lab.example"},
	};
	struct ca_policy *policy = parsed(ca_text(leaf_policy), "test");

	(void)state;
	expect_refusals(policy, leaf, COUNT(leaf));
	ca_policy_free(policy);
	policy = shipped_policy("client");
	expect_refusals(policy, client, COUNT(client));
	expect_grants(policy, clients, COUNT(clients));
	ca_policy_free(policy);
	policy = shipped_policy("server");
	expect_refusals(policy, server, COUNT(server));
	ca_policy_free(policy);
}

/* A hundred names are the most, and a name that is wished for counts even
 * when it is there already. */
static void
test_many_names(void **state)
{
	struct ca_policy *policy = shipped_policy("server");
	struct ca_san sans[CA_SAN_MAX + 1] = {{0}};
	struct ask ask = {0};
	struct ca_grant grant;
	struct ca_buf names;
	struct wish wish;

	(void)state;
	make_wish(&wish, &ask);
	for (size_t i = 0; i < COUNT(sans); i++) {
		sans[i].type = CA_SAN_DNS;
		sans[i].value = ca_text("company.com");
	}
	wish.wish.sans = sans;
	wish.wish.san_count = CA_SAN_MAX;
	grant = admitted(policy, &wish);
	names = granted_names(&grant);
	assert_text(&names, "dns:company.com");
	ca_grant_done(&grant);
	wish.wish.san_count = CA_SAN_MAX + 1;
	refused(policy, &wish, CA_REFUSED,
	    "subjectAltName: 101 names, the limit is 100");
	free_wish(&wish);
	ca_policy_free(policy);
}

/* ---- notes ---- */

/* Where each field came from, and what was dropped and why. */
static void
test_notes(void **state)
{
	struct ask ask = {.key = "ed25519",
	    .subject = "30( 31( 30( 06(550403) 0c('Company.com') ) )"
		       "31( 30( 06(55040a) 0c('Evil') ) ) 31( 30( 06(550406) "
		       "13('AU') ) )"
		       "31( 30( 06(2a0304) 0c('x') ) ) )",
	    .sans = {"dns:Company.com", "dns:company.com", "ip:10.0.0.1",
		"email:a@company.com", NULL}};
	struct ca_policy *policy = changed_policy(leaf_policy,
	    "allow = rsa >= 2048, ecdsa-p256", "allow = rsa >= 2048, ed25519");
	struct ca_grant grant;
	struct wish wish;

	(void)state;
	make_wish(&wish, &ask);
	grant = admitted(policy, &wish);
	assert_note(
	    &grant, CA_FROM_REQUEST, "publicKey", "ed25519", "test.policy:7");
	assert_note(&grant, CA_FROM_REQUEST, "subjectAltName",
	    "dns:company.com", "test.policy:13: lowered");
	assert_note(&grant, CA_DROPPED, "subjectAltName", "dns:company.com",
	    "test.policy:13: it is there already");
	assert_note(&grant, CA_FROM_REQUEST, "subjectAltName", "ip:10.0.0.1",
	    "test.policy:15");
	assert_note(&grant, CA_FROM_REQUEST, "commonName", "company.com",
	    "test.policy:9");
	assert_note(&grant, CA_FROM_POLICY, "organizationName", "Lab \"A\"",
	    "test.policy:10");
	assert_note(&grant, CA_DROPPED, "organizationName", "Evil",
	    "test.policy:10: the policy fixes it");
	assert_note(&grant, CA_DROPPED, "countryName", "AU",
	    "test.policy: [subject] does not list it");
	assert_note(&grant, CA_DROPPED, "1.2.3.4", "x",
	    "test.policy: [subject] does not list it");
	assert_note(&grant, CA_FROM_POLICY, "basicConstraints",
	    "critical, CA:FALSE", "test.policy:19");
	assert_note(&grant, CA_FROM_POLICY, "keyUsage",
	    "critical, digitalSignature",
	    "test.policy:20: no keyEncipherment for a key of type ed25519");
	assert_note(&grant, CA_FROM_POLICY, "extendedKeyUsage",
	    "serverAuth, clientAuth, 1.3.6.1.4.1.99999.1", "test.policy:21");
	assert_note(&grant, CA_FROM_POLICY, "certificatePolicies",
	    "2.23.140.1.2.1, CPS:http://lab.example/cps", "test.policy:22");
	ca_grant_done(&grant);
	free_wish(&wish);
	ca_policy_free(policy);
}

/* checklist 55: what a note shows cannot move a cursor; long ones are cut,
 * and more than there is room for are not kept. */
static void
test_note_limits(void **state)
{
	struct ca_grant grant = {0};
	char field[100], why[300];

	(void)state;
	memset(field, 'f', sizeof(field));
	memset(why, 'w', sizeof(why));
	field[sizeof(field) - 1] = why[sizeof(why) - 1] = '\0';
	for (int i = 0; i < CA_GRANT_MAX_NOTES + 10; i++)
		ca_grant_note(
		    &grant, CA_FROM_SIGNET, field, BYTES("a\033[31m"), why);
	assert_int_equal(grant.note_count, CA_GRANT_MAX_NOTES);
	assert_int_equal(
	    strlen(grant.notes[0].field), sizeof(grant.notes[0].field) - 1);
	assert_int_equal(
	    strlen(grant.notes[0].why), sizeof(grant.notes[0].why) - 1);
	assert_bytes(ca_view(&grant.notes[255].text), ca_text("a\\x1B[31m"));
	ca_grant_done(&grant);
	assert_int_equal(grant.note_count, 0);
	ca_grant_done(&grant);
	ca_grant_done(NULL);
}

/* The same request and policy give the same bytes (checklist 69: a policy
 * that changes later has another hash, and the grant names the one used). */
static void
test_same_bytes(void **state)
{
	struct ca_policy *policy = shipped_policy("server");
	struct ca_policy *changed_one = changed_policy(leaf_policy, "5m", "6m");
	struct ca_policy *leaf = parsed(ca_text(leaf_policy), "test");
	struct ca_grant first, second;
	struct wish wish;

	(void)state;
	make_wish(&wish, &shipped_asks[2].ask);
	first = admitted(policy, &wish);
	second = admitted(policy, &wish);
	assert_bytes(ca_view(&first.subject), ca_view(&second.subject));
	assert_bytes(ca_view(&first.sans), ca_view(&second.sans));
	assert_memory_not_equal(changed_one->hash, leaf->hash, 32);
	ca_grant_done(&first);
	ca_grant_done(&second);
	free_wish(&wish);
	ca_policy_free(policy);
	ca_policy_free(changed_one);
	ca_policy_free(leaf);
}

/* Requests that openssl made. */
static void
test_made_by_openssl(void **state)
{
	static const struct {
		const char *name, *refusal;
	} cases[] = {
	    {"csr/ecdsa-p521.der", NULL},
	    {"csr/ed448.der", NULL},
	    {"csr/plain.der", "subjectAltName: no host name or address"},
	    {"csr/wishes.der",
		"basicConstraints: the request asks for CA:TRUE"},
	    {"csr/names.der", "ip:192.0.2.1: not allowed by server.policy:"},
	};
	struct ca_policy *policy = shipped_policy("server");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_buf der = vector(cases[i].name);
		struct ca_csr csr;
		struct wish wish = {0};
		struct ca_grant grant;

		assert_int_equal(
		    ca_csr_parse(ca_view(&der), &csr, NULL), CA_OK);
		wish.wish = (struct ca_wish){.subject = csr.subject,
		    .sans = csr.sans,
		    .san_count = csr.san_count,
		    .spki = &csr.spki,
		    .exts = &csr.exts};
		if (cases[i].refusal != NULL) {
			refused(policy, &wish, CA_REFUSED, cases[i].refusal);
		} else {
			grant = admitted(policy, &wish);
			assert_subject(&grant, "O=Company, CN=company.com");
			ca_grant_done(&grant);
		}
		ca_buf_free(&der);
	}
	ca_policy_free(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_key_types),
	    cmocka_unit_test(test_key_refused),
	    cmocka_unit_test(test_weak_key),
	    cmocka_unit_test(test_no_usage_left),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_names_refused),
	    cmocka_unit_test(test_nul_in_name),
	    cmocka_unit_test(test_patterns),
	    cmocka_unit_test(test_required_names),
	    cmocka_unit_test(test_many_names),
	    cmocka_unit_test(test_notes),
	    cmocka_unit_test(test_note_limits),
	    cmocka_unit_test(test_same_bytes),
	    cmocka_unit_test(test_made_by_openssl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
