/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/crypto.h"
#include "ca/policy.h"
#include "ca/time.h"
#include "tests/unit/policies.h"

#include <ctype.h>

/* ---- what a text means ---- */

static void
test_leaf(void **state)
{
	struct ca_policy *policy = parsed(ca_text(leaf_policy), "test");
	uint8_t hash[CA_HASH_MAX];

	(void)state;
	assert_bytes(ca_view(&policy->name), ca_text("test"));
	assert_bytes(ca_view(&policy->text), ca_text(leaf_policy));
	assert_int_equal(
	    ca_hash_bytes(CA_HASH_SHA256, ca_text(leaf_policy), hash, NULL),
	    CA_OK);
	assert_memory_equal(policy->hash, hash, 32);
	assert_bytes(policy->description, ca_text("Test"));
	assert_int_equal(policy->validity, 90 * CA_DAY);
	assert_int_equal(policy->max_validity, 397 * CA_DAY);
	assert_int_equal(policy->backdate, 300);
	assert_false(policy->is_ca);
	assert_true(policy->basic_constraints_critical);
	assert_int_equal(policy->path_len, CA_PATH_LEN_NONE);
	assert_true(policy->key_usage_critical);
	assert_int_equal(policy->key_usage,
	    CA_KU_DIGITAL_SIGNATURE | CA_KU_KEY_ENCIPHERMENT);
	assert_false(policy->ext_key_usage_critical);
	assert_int_equal(policy->ext_key_usage.count, 3);
	assert_bytes(
	    policy->ext_key_usage.oid[1], ca_oid_der(CA_OID_CLIENT_AUTH));
	assert_bytes(policy->ext_key_usage.oid[2],
	    BYTES("\x2b\x06\x01\x04\x01\x86\x8d\x1f\x01"));
	assert_int_equal(policy->policies.count, 1);
	assert_bytes(policy->cps, ca_text("http://lab.example/cps"));
	assert_false(policy->ocsp_no_check);
	assert_int_equal(policy->crl_urls.count, 1);
	assert_bytes(policy->issuer_urls.url[0],
	    ca_text("http://pki.lab.example/ca/{issuer}.crt"));
	assert_int_equal(policy->lines[CA_POLICY_ISSUER], 26);
	assert_int_equal(policy->lines[CA_POLICY_OVERLAP], 0);
	ca_policy_free(policy);
}

static void
test_leaf_names(void **state)
{
	struct ca_policy *policy = parsed(ca_text(leaf_policy), "test");

	(void)state;
	assert_int_equal(policy->key_count, 2);
	assert_int_equal(policy->keys[0].type, CA_KEY_RSA);
	assert_int_equal(policy->keys[0].min_bits, 2048);
	assert_int_equal(policy->keys[1].type, CA_KEY_P256);
	assert_int_equal(policy->subject_count, 2);
	assert_int_equal(policy->subject[0].type, CA_OID_COMMON_NAME);
	assert_int_equal(policy->subject[0].presence, CA_OPTIONAL);
	assert_true(policy->subject[0].in_san);
	assert_int_equal(policy->subject[1].presence, CA_FIXED);
	assert_int_equal(policy->subject[1].line, 10);
	assert_bytes(policy->subject[1].fixed, ca_text("Lab \"A\""));
	assert_int_equal(policy->require_count, 2);
	assert_int_equal(policy->require[0],
	    (uint32_t)1 << CA_SAN_DNS | (uint32_t)1 << CA_SAN_IP);
	assert_int_equal(policy->require[1], (uint32_t)1 << CA_SAN_EMAIL);
	assert_int_equal(policy->pattern_count, 11);
	assert_true(policy->patterns[0].any);
	assert_bytes(policy->patterns[2].text, ca_text(".company.com"));
	assert_int_equal(policy->patterns[7].type, CA_SAN_IP);
	assert_int_equal(policy->patterns[7].octets_len, 4);
	assert_int_equal(policy->patterns[7].prefix, 8);
	assert_int_equal(policy->patterns[8].octets_len, 16);
	assert_int_equal(policy->patterns[10].type, CA_SAN_UPN);
	assert_int_equal(policy->patterns[10].line, 17);
	ca_policy_free(policy);
}

static void
test_authority(void **state)
{
	struct ca_policy *policy = parsed(ca_text(authority_policy), "issuing");
	struct ca_subtree trees[CA_CONSTRAINTS_MAX];
	size_t count = 0;

	(void)state;
	assert_true(policy->is_ca);
	assert_int_equal(policy->path_len, 0);
	assert_int_equal(policy->max_path_len, 3);
	assert_int_equal(policy->backdate, 0);
	assert_int_equal(policy->crl_next_update, 7 * CA_DAY);
	assert_int_equal(policy->crl_overlap, 2 * CA_DAY);
	assert_int_equal(policy->delta_next_update, CA_DAY / 4);
	assert_true(policy->never_issued_is_revoked);
	assert_int_equal(
	    ca_constraints_parse(
		ca_view(&policy->name_constraints), trees, &count, NULL),
	    CA_OK);
	assert_int_equal(count, 5);
	for (size_t i = 0; i < count; i++) {
		if (trees[i].type == CA_SAN_DNS)
			assert_bytes(trees[i].base, ca_text("lab.example"));
		if (trees[i].type == CA_SAN_IP)
			assert_bytes(
			    trees[i].base, BYTES("\x0a\0\0\0\xff\0\0\0"));
		assert_int_equal(
		    trees[i].excluded, trees[i].type == CA_SAN_URI);
	}
	ca_policy_free(policy);
}

/* pathlen alone is also the most that may be asked for. */
static void
test_path_len(void **state)
{
	static const struct {
		const char *value;
		int path_len, max_path_len;
	} cases[] = {
	    {"CA:TRUE", CA_PATH_LEN_NONE, CA_PATH_LEN_NONE},
	    {"CA:TRUE, pathlen:2", 2, 2},
	    {"CA:TRUE, pathlen:2, max-pathlen:2", 2, 2},
	    {"CA:TRUE, max-pathlen:32, pathlen:1", 1, 32},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_buf text = changed(authority_policy,
		    "CA:TRUE, pathlen:0, max-pathlen:3", cases[i].value);
		struct ca_policy *policy = parsed(ca_view(&text), "test");

		assert_int_equal(policy->path_len, cases[i].path_len);
		assert_int_equal(policy->max_path_len, cases[i].max_path_len);
		ca_policy_free(policy);
		ca_buf_free(&text);
	}
}

/* Values in other spellings that are the same, and the edges of what may be. */
static void
test_accepted(void **state)
{
	static const struct {
		const char *base, *from, *to;
	} cases[] = {
	    {leaf_policy, "[policy]\n", "\n# comment\n \t\n[policy] # x\n"},
	    {leaf_policy, "validity = 90d", " \tvalidity=90d\t# x"},
	    {leaf_policy, "[key]\n", "[key]\r\n"},
	    {leaf_policy, "description = Test", "description = \"# Test\""},
	    {leaf_policy, "description = Test",
		"description = T\xc3\xa4"
		"st, x"},
	    {leaf_policy, "description = Test\n", ""},
	    {leaf_policy, "backdate = 5m", "backdate = 0"},
	    {leaf_policy, "backdate = 5m", "backdate = 129599m"},
	    {leaf_policy, "validity = 90d\nmax-", "validity = 397d\nmax-"},
	    {leaf_policy, "rsa >= 2048", "rsa>=4096"},
	    {leaf_policy, "commonName", "CN"},
	    {leaf_policy, "optional, in", "required ,in"},
	    {leaf_policy, "\"Lab \\\"A\\\"\"",
		"\"L\xc3\xa4"
		"b \\\\\""},
	    {leaf_policy, "dns | ip, email", "dns|ip"},
	    {leaf_policy, "dns | ip, email", "dns, ip | email, upn, uri"},
	    {leaf_policy, "upn = any", "upn = \"j\xc3\xb6rg@company.com\""},
	    {leaf_policy, "any, company.com", "\"any\", company.com"},
	    {leaf_policy, "ip = 10.0.0.0/8, ::1/128", "ip = any"},
	    {leaf_policy, "ip = 10.0.0.0/8", "ip = 0.0.0.0/0"},
	    {leaf_policy, "ip = 10.0.0.0/8", "ip = 192.0.2.1"},
	    {leaf_policy, "critical, CA:FALSE", "CA:FALSE"},
	    {leaf_policy, "critical, digital", "digital"},
	    {leaf_policy, "serverAuth", "critical, serverAuth"},
	    {leaf_policy, "CPS:http://lab.example/cps",
		"CPS:\"http://lab.example/a,b\""},
	    {leaf_policy, "2.23.140.1.2.1", "anyPolicy"},
	    {leaf_policy, "http://pki.lab.example/ocsp",
		"\"http://pki.lab.example/a,b\", http://b.lab.example/"},
	    {leaf_policy, "[publish]\n", "ocspNoCheck = no\n[publish]\n"},
	    {authority_policy, "overlap = 2d", "overlap = 167h"},
	    {authority_policy, "overlap = 2d\n", "overlap = 0s\n"},
	    {authority_policy, "overlap = 2d\n", ""},
	    {authority_policy, "delta-next-update = 6h\n", ""},
	    {authority_policy, "never-issued = revoked",
		"never-issued = unknown"},
	    {authority_policy, "never-issued = revoked\n", ""},
	    {authority_policy, "cRLSign", "cRLSign, digitalSignature"},
	    {authority_policy, "\"O=Lab, C=DE\"", "O=Lab"},
	    {authority_policy, "10.0.0.0/8", "fc00::/7"},
	    {authority_policy, ".lab.example", "jason@lab.example"},
	    {responder_policy, "90d", "90d # the most"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_buf text = changed(
		    cases[i].base, cases[i].from, cases[i].to);

		ca_policy_free(parsed(ca_view(&text), "test"));
		ca_buf_free(&text);
	}
}

/* A last line without its end, and sections in any order. */
static void
test_order(void **state)
{
	static const char text[] = "[extensions]\n"
				   "keyUsage = digitalSignature\n"
				   "basicConstraints = CA:FALSE\n"
				   "[key]\nallow = ed448\n"
				   "[policy]\nmax-validity = 2h\nvalidity = 1h";
	struct ca_policy *policy = parsed(ca_text(text), "a-1");

	(void)state;
	assert_int_equal(policy->validity, 3600);
	assert_int_equal(policy->keys[0].type, CA_KEY_ED448);
	ca_policy_free(policy);
}

static void
test_names_of_policies(void **state)
{
	static const char *const bad[] = {"", "Server", "-a", "a b", "../a",
	    "a.policy", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct ca_policy *policy = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(ca_policy_parse(ca_text(leaf_policy), bad[i],
				     "f", &policy, NULL),
		    CA_USAGE);
	assert_null(policy);
	ca_policy_free(NULL);
	ca_policy_free(parsed(
	    ca_text(leaf_policy), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

/* ---- canonical text ---- */

static struct ca_buf
canonical(struct ca_bytes text)
{
	struct ca_policy *policy = parsed(text, "test");
	struct ca_buf out = {0};

	assert_int_equal(ca_policy_append_text(&out, policy), CA_OK);
	ca_policy_free(policy);
	return out;
}

static void
test_canonical(void **state)
{
	static const char *const texts[] = {
	    leaf_policy, authority_policy, responder_policy};
	static const struct {
		const char *from, *to, *expected;
	} cases[] = {
	    {"validity = 90d\nmax-", "validity=2160h # x\nmax-",
		"validity = 90d\nmax-"},
	    {"max-validity = 397d", "max-validity = 52w",
		"max-validity = 364d"},
	    {"backdate = 5m", "backdate = 0", "backdate = 0s"},
	    {"= Test", "= \"a # b\"", "= \"a # b\""},
	    {"= Test", "= \"a, b\"", "= a, b"},
	    {"commonName", "CN", "commonName"},
	    {"dns | ip, email", "email,ip|dns", "email, dns | ip"},
	    {"any, company.com", "\"any\", company.com",
		"\"any\", company.com"},
	    {"digitalSignature, keyEncipherment",
		"keyEncipherment, digitalSignature",
		"digitalSignature, keyEncipherment"},
	    {"clientAuth", "1.3.6.1.5.5.7.3.2", "clientAuth"},
	    {"CPS:http://lab.example/cps", "CPS:\"http://lab.example/a,b\"",
		"CPS:\"http://lab.example/a,b\""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct ca_buf out = canonical(ca_text(texts[i]));

		assert_text(&out, texts[i]);
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_buf text = changed(
		    leaf_policy, cases[i].from, cases[i].to);
		struct ca_buf expected = changed(
		    leaf_policy, cases[i].from, cases[i].expected);
		struct ca_buf out = canonical(ca_view(&text));

		assert_text(&out, ca_buf_text(&expected));
		ca_buf_free(&expected);
		ca_buf_free(&text);
	}
}

/* ---- what is shipped ---- */

/* Comments and blanks that line up taken out. */
static struct ca_buf
stripped(struct ca_bytes text)
{
	struct ca_buf out = {0};
	bool quoted = false, comment = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = (char)text.data[i];
		char last = out.len > 0 ? (char)out.data[out.len - 1] : '\n';
		struct ca_bytes octet = {text.data + i, 1};

		quoted = !comment && (c == '"') != quoted;
		comment = c != '\n' && (comment || (c == '#' && !quoted));
		if (comment || (c == ' ' && (last == ' ' || last == '\n')))
			continue;
		if (c == '\n' && last == ' ')
			out.len--;
		if (c == '\n' && (out.len == 0 || last == '\n'))
			continue;
		assert_int_equal(ca_buf_append(&out, octet), CA_OK);
	}
	return out;
}

static void
test_shipped_are_canonical(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shipped_names); i++) {
		struct ca_buf text = shipped(shipped_names[i]);
		struct ca_buf bare = stripped(ca_view(&text));
		struct ca_policy *policy = parsed(
		    ca_view(&text), shipped_names[i]);
		struct ca_buf out = {0};

		assert_int_equal(ca_policy_append_text(&out, policy), CA_OK);
		assert_text(&out, ca_buf_text(&bare));
		assert_true(policy->description.len > 0);
		ca_policy_free(policy);
		ca_buf_free(&bare);
		ca_buf_free(&text);
	}
}

/* The commented examples are right too once the '#' is gone. */
static void
test_shipped_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shipped_names); i++) {
		struct ca_buf text = shipped(shipped_names[i]), active = {0};
		struct ca_policy *policy;
		const char *from = ca_buf_text(&text);

		for (const char *at = from; *at != '\0'; at++) {
			bool example = *at == '#' &&
			    (at == from || at[-1] == '\n') &&
			    (at[1] == '[' || islower((unsigned char)at[1]));

			if (!example)
				assert_int_equal(
				    ca_buf_append(&active,
					(struct ca_bytes){
					    (const uint8_t *)at, 1}),
				    CA_OK);
		}
		policy = parsed(ca_view(&active), shipped_names[i]);
		assert_int_equal(policy->crl_urls.count != 0,
		    strstr(from, "#[publish]") != NULL);
		ca_policy_free(policy);
		ca_buf_free(&active);
		ca_buf_free(&text);
	}
}

/* checklist 57, 58, 62: what each of them is. */
static void
test_shipped_kinds(void **state)
{
	static const struct {
		const char *name;
		bool is_ca;
		int path_len;
		enum ca_oid usage;
		int64_t max_days;
		uint16_t key_usage;
	} cases[] = {
	    {"root", true, CA_PATH_LEN_NONE, CA_OID_UNKNOWN, 25 * 365,
		CA_KU_KEY_CERT_SIGN | CA_KU_CRL_SIGN},
	    {"intermediate", true, 0, CA_OID_UNKNOWN, 15 * 365,
		CA_KU_KEY_CERT_SIGN | CA_KU_CRL_SIGN},
	    {"server", false, CA_PATH_LEN_NONE, CA_OID_SERVER_AUTH, 397,
		CA_KU_DIGITAL_SIGNATURE | CA_KU_KEY_ENCIPHERMENT},
	    {"client", false, CA_PATH_LEN_NONE, CA_OID_CLIENT_AUTH, 397,
		CA_KU_DIGITAL_SIGNATURE},
	    {"ocsp-responder", false, CA_PATH_LEN_NONE, CA_OID_OCSP_SIGNING, 90,
		CA_KU_DIGITAL_SIGNATURE},
	    {"ev-server", false, CA_PATH_LEN_NONE, CA_OID_SERVER_AUTH, 397,
		CA_KU_DIGITAL_SIGNATURE | CA_KU_KEY_ENCIPHERMENT},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_buf text = shipped(cases[i].name);
		struct ca_policy *policy = parsed(
		    ca_view(&text), cases[i].name);

		assert_int_equal(policy->is_ca, cases[i].is_ca);
		assert_int_equal(policy->path_len, cases[i].path_len);
		assert_int_equal(policy->key_usage, cases[i].key_usage);
		assert_true(policy->basic_constraints_critical);
		assert_true(policy->key_usage_critical);
		assert_int_equal(
		    policy->max_validity, cases[i].max_days * CA_DAY);
		assert_int_equal(policy->ext_key_usage.count,
		    cases[i].usage != CA_OID_UNKNOWN);
		if (cases[i].usage != CA_OID_UNKNOWN)
			assert_bytes(policy->ext_key_usage.oid[0],
			    ca_oid_der(cases[i].usage));
		assert_int_equal(policy->ocsp_no_check,
		    cases[i].usage == CA_OID_OCSP_SIGNING);
		assert_int_equal(policy->crl_next_update > 0, cases[i].is_ca);
		assert_int_equal(policy->crl_urls.count, 0);
		assert_int_equal(ca_policy_is_ev(policy),
		    strcmp(cases[i].name, "ev-server") == 0);
		ca_policy_free(policy);
		ca_buf_free(&text);
	}
}

/* The examples of the manual are policies, and there are some. */
static void
test_manual(void **state)
{
	struct ca_buf text = {0};
	const char *at, *end;
	int count = 0;

	(void)state;
	assert_true(append_file(&text, SIGNET_SOURCE_DIR "/docs/policy.md"));
	at = ca_buf_text(&text);
	while ((at = strstr(at, "\n```ini\n")) != NULL) {
		at += strlen("\n```ini\n");
		end = strstr(at, "```");
		assert_non_null(end);
		ca_policy_free(parsed(
		    (struct ca_bytes){(const uint8_t *)at, (size_t)(end - at)},
		    "manual"));
		count++;
	}
	assert_int_equal(count, 4);
	ca_buf_free(&text);
}

static void
test_place(void **state)
{
	struct ca_policy *policy = parsed(ca_text(leaf_policy), "server");
	char place[CA_POLICY_PLACE];

	(void)state;
	ca_policy_place(policy, 12, place);
	assert_string_equal(place, "server.policy:12");
	ca_policy_place(policy, 0, place);
	assert_string_equal(place, "server.policy");
	assert_non_null(ca_policy_subject_rule(policy, CA_OID_COMMON_NAME));
	assert_null(ca_policy_subject_rule(policy, CA_OID_COUNTRY));
	ca_policy_free(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_leaf),
	    cmocka_unit_test(test_leaf_names),
	    cmocka_unit_test(test_authority),
	    cmocka_unit_test(test_path_len),
	    cmocka_unit_test(test_accepted),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_names_of_policies),
	    cmocka_unit_test(test_canonical),
	    cmocka_unit_test(test_shipped_are_canonical),
	    cmocka_unit_test(test_shipped_examples),
	    cmocka_unit_test(test_shipped_kinds),
	    cmocka_unit_test(test_manual),
	    cmocka_unit_test(test_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
