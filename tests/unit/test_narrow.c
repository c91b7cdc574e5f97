/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/narrow.h"
#include "ca/policy.h"
#include "tests/unit/policies.h"

static const char *const one[] = {"lab.example"};
static const char *const two[] = {"lab.example", "company.com"};

static struct ca_buf
narrowed(const char *name, const char *const domains[], size_t count)
{
	struct ca_buf text = shipped(name), out = {0};
	struct ca_error err = {0};

	if (ca_policy_narrow(
		ca_view(&text), name, domains, count, &out, &err) != CA_OK)
		fail_msg("%s", err.msg);
	ca_buf_free(&text);
	return out;
}

/* The shipped policy, narrowed, is the shipped one with from become to. */
static void
expect(const char *name, const char *const domains[], size_t count,
    const char *from, const char *to)
{
	struct ca_buf text = shipped(name);
	struct ca_buf expected = changed(ca_buf_text(&text), from, to);
	struct ca_buf out = narrowed(name, domains, count);

	assert_text(&out, ca_buf_text(&expected));
	ca_buf_free(&expected);
	ca_buf_free(&text);
}

static void
test_server(void **state)
{
	(void)state;
	expect("server", one, 1, "dns              = any\n",
	    "dns              = lab.example, .lab.example, *.lab.example\n");
	expect("server", two, 2, "dns              = any\n",
	    "dns              = lab.example, .lab.example, *.lab.example, "
	    "company.com, .company.com, *.company.com\n");
}

/* Extended validation has no wildcards. */
static void
test_extended_validation(void **state)
{
	(void)state;
	expect("ev-server", one, 1, "dns                             = any\n",
	    "dns                             = lab.example, .lab.example\n");
}

static void
test_client(void **state)
{
	struct ca_buf out = narrowed("client", two, 2);
	const char *text = ca_buf_text(&out);
	struct ca_policy *policy = parsed(ca_view(&out), "client");

	(void)state;
	assert_non_null(strstr(text,
	    "\nemail            = @lab.example, @.lab.example, @company.com, "
	    "@.company.com\n"));
	assert_non_null(strstr(text,
	    "\nupn              = @lab.example, @.lab.example, @company.com, "
	    "@.company.com\n"));
	assert_int_equal(policy->pattern_count, 8);
	ca_policy_free(policy);
	ca_buf_free(&out);
}

/* The root gets constraints, and the networks are those of server.policy. */
static void
test_root(void **state)
{
	static const char networks[] =
	    "permitted ip:127.0.0.0/8, permitted ip:10.0.0.0/8, permitted "
	    "ip:172.16.0.0/12, permitted ip:192.168.0.0/16, permitted "
	    "ip:::1/128, permitted ip:fc00::/7\n";
	struct ca_buf text = {0}, server = shipped("server");
	struct ca_policy *policy = parsed(ca_view(&server), "server");
	const char *at = networks;

	(void)state;
	assert_int_equal(
	    ca_buf_printf(&text,
		"keyUsage         = critical, keyCertSign, cRLSign\n"
		"nameConstraints  = critical, permitted dns:lab.example, "
		"permitted email:lab.example, permitted email:.lab.example, "
		"%s",
		networks),
	    CA_OK);
	expect("root", one, 1,
	    "keyUsage         = critical, keyCertSign, cRLSign\n",
	    ca_buf_text(&text));
	for (size_t i = 0; i < policy->pattern_count; i++) {
		const struct ca_name_pattern *pattern = &policy->patterns[i];

		if (pattern->type != CA_SAN_IP)
			continue;
		at = strstr(at, "ip:");
		assert_non_null(at);
		assert_memory_equal(
		    at + 3, pattern->text.data, pattern->text.len);
		at += 3 + pattern->text.len;
	}
	assert_string_equal(at, "\n");
	ca_policy_free(policy);
	ca_buf_free(&server);
	ca_buf_free(&text);
}

/* What has nothing to narrow stays as it is, an authority that is not the
 * root included. */
static void
test_unchanged(void **state)
{
	static const char *const names[] = {"intermediate", "ocsp-responder"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct ca_buf text = shipped(names[i]);
		struct ca_buf out = narrowed(names[i], two, 2);

		assert_text(&out, ca_buf_text(&text));
		ca_buf_free(&text);
	}
}

/* A root with constraints of its own keeps them, and a line that says more
 * than "any" is the operator's. */
static void
test_own_words_stay(void **state)
{
	struct ca_buf out = {0};

	(void)state;
	assert_int_equal(ca_policy_narrow(ca_text(authority_policy), "root",
			     one, 1, &out, NULL),
	    CA_OK);
	assert_text(&out, authority_policy);
	assert_int_equal(ca_policy_narrow(ca_text(leaf_policy), "server", one,
			     1, &out, NULL),
	    CA_OK);
	assert_non_null(
	    strstr(ca_buf_text(&out), "dns = any, company.com, .company"));
	assert_non_null(
	    strstr(ca_buf_text(&out), "upn = @lab.example, @.lab.example\n"));
	ca_buf_free(&out);
}

/* Blanks, comments and line ends around the word are kept. */
static void
test_spelling(void **state)
{
	static const struct {
		const char *line, *expected;
	} cases[] = {
	    {"upn=any\n", "upn=@lab.example, @.lab.example\n"},
	    {" upn\t=  any \t# = any\n",
		" upn\t=  @lab.example, @.lab.example \t# = any\n"},
	    {"upn = any\r\n", "upn = @lab.example, @.lab.example\r\n"},
	    {"# upn = any\nupn = any#x\n",
		"# upn = any\nupn = @lab.example, @.lab.example#x\n"},
	    {"upn = any.example@any\n", "upn = any.example@any\n"},
	    {"upn = \"any@any\"\n", "upn = \"any@any\"\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_buf text = changed(
		    leaf_policy, "upn = any\n", cases[i].line);
		struct ca_buf expected = changed(
		    leaf_policy, "upn = any\n", cases[i].expected);
		struct ca_buf out = {0};

		assert_int_equal(ca_policy_narrow(ca_view(&text), "server", one,
				     1, &out, NULL),
		    CA_OK);
		assert_text(&out, ca_buf_text(&expected));
		ca_buf_free(&expected);
		ca_buf_free(&text);
	}
}

/* The last line has no end: the constraints do not join it. */
static void
test_root_without_last_newline(void **state)
{
	struct ca_buf out = {0};
	static const char text[] =
	    "[policy]\nvalidity=1y\nmax-validity=1y\n[key]\nallow=ed25519\n"
	    "[subject]\ncommonName=required\n[extensions]\n"
	    "basicConstraints=critical,CA:TRUE\n"
	    "keyUsage=critical,keyCertSign,cRLSign";

	(void)state;
	assert_int_equal(
	    ca_policy_narrow(ca_text(text), "root", one, 1, &out, NULL), CA_OK);
	assert_non_null(strstr(
	    ca_buf_text(&out), "cRLSign\nnameConstraints  = critical, "));
	ca_buf_free(&out);
}

static void
test_refusals(void **state)
{
	static const struct {
		const char *domain;
		enum ca_status status;
	} cases[] = {
	    {"", CA_REFUSED},
	    {"example", CA_REFUSED},
	    {"*.lab.example", CA_REFUSED},
	    {".lab.example", CA_REFUSED},
	    {"lab.example.", CA_REFUSED},
	    {"Lab.example", CA_REFUSED},
	    {"lab_1.example", CA_REFUSED},
	    {"192.0.2.1", CA_REFUSED},
	    {"lab.example, evil.example", CA_REFUSED},
	    {"lab.example\ndns = any", CA_REFUSED},
	    {"lab.example#", CA_REFUSED},
	    {"l\xc3\xa4"
	     "b.example",
		CA_REFUSED},
	};
	static const char *const again[] = {"lab.example", "lab.example"};
	const char *many[CA_NARROW_MAX_DOMAINS + 1];
	struct ca_buf text = shipped("server"), out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_error err = {0};

		assert_int_equal(ca_policy_narrow(ca_view(&text), "server",
				     &cases[i].domain, 1, &out, &err),
		    cases[i].status);
		assert_true(err.msg[0] != '\0');
	}
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = "lab.example";
	assert_int_equal(ca_policy_narrow(ca_view(&text), "server", many,
			     COUNT(many), &out, NULL),
	    CA_USAGE);
	assert_int_equal(
	    ca_policy_narrow(ca_view(&text), "server", again, 2, &out, NULL),
	    CA_USAGE);
	assert_int_equal(
	    ca_policy_narrow(ca_view(&text), "server", one, 0, &out, NULL),
	    CA_USAGE);
	assert_int_equal(ca_policy_narrow(ca_text("[policy]\nx = 1\n"),
			     "server", one, 1, &out, NULL),
	    CA_MALFORMED);
	assert_int_equal(out.len, 0);
	ca_buf_free(&text);
}

/* The most domains fit every shipped policy. */
static void
test_most_domains(void **state)
{
	char names[CA_NARROW_MAX_DOMAINS][20];
	const char *domains[CA_NARROW_MAX_DOMAINS];

	(void)state;
	for (size_t i = 0; i < CA_NARROW_MAX_DOMAINS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "d%zu.example", i);
		domains[i] = names[i];
	}
	for (size_t i = 0; i < COUNT(shipped_names); i++) {
		struct ca_buf out = narrowed(
		    shipped_names[i], domains, COUNT(domains));

		ca_buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_server),
	    cmocka_unit_test(test_extended_validation),
	    cmocka_unit_test(test_client),
	    cmocka_unit_test(test_root),
	    cmocka_unit_test(test_unchanged),
	    cmocka_unit_test(test_own_words_stay),
	    cmocka_unit_test(test_spelling),
	    cmocka_unit_test(test_root_without_last_newline),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_most_domains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
