/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/uri.h"
#include "tests/unit/bytes.h"

static void
uris_are_taken_apart(void **state)
{
	(void)state;
	static const struct {
		const char *text, *scheme, *host;
		bool authority, address;
	} known[] = {{"http://pki.lab.example/ca.crt", "http",
			 "pki.lab.example", true, false},
	    {"HTTPS://Lab.Example:8443?q=1#f", "HTTPS", "Lab.Example", true,
		false},
	    {"ldap://u:p@lab.example/cn=a,o=b?x", "ldap", "lab.example", true,
		false},
	    {"http://192.0.2.1:80/", "http", "192.0.2.1", true, true},
	    {"http://[2001:db8::1]:80/", "http", "2001:db8::1", true, true},
	    {"spiffe://lab.example/a%20b", "spiffe", "lab.example", true,
		false},
	    {"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "urn", "", false,
		false},
	    {"mailto:a@b", "mailto", "", false, false},
	    {"x:/a//b", "x", "", false, false},
	    {"sip:jason@lab.example", "sip", "", false, false}};

	for (size_t i = 0; i < COUNT(known); i++) {
		struct ca_bytes text = ca_text(known[i].text);
		struct ca_error err = {0};
		struct ca_uri uri = {0};

		assert_int_equal(ca_uri_parse(text, &uri, &err), CA_OK);
		assert_bytes(uri.scheme, ca_text(known[i].scheme));
		assert_bytes(uri.host, ca_text(known[i].host));
		assert_true(uri.has_authority == known[i].authority);
		assert_true(uri.host_is_address == known[i].address);
		assert_int_equal(ca_uri_check(text, &err), CA_OK);
	}
}

/* checklist 46 */
static void
other_texts_are_refused(void **state)
{
	(void)state;
	static const struct ca_bytes bad[] = {LITERAL(""), LITERAL(":"),
	    LITERAL("http:"), LITERAL("lab.example"), LITERAL("/a/b"),
	    LITERAL("//lab.example/"), LITERAL("1http://lab.example"),
	    LITERAL("ht tp://lab.example"), LITERAL("http ://lab.example"),
	    LITERAL("http://lab.example/a b"), LITERAL("http://lab.example/\0"),
	    LITERAL("http://lab.example\n"), LITERAL("http://lab.example/\xc3"),
	    LITERAL("http://lab.example/<a>"), LITERAL("http://lab.example/%"),
	    LITERAL("http://lab.example/%2"), LITERAL("http://lab.example/%2g"),
	    LITERAL("http://lab.example/\\a"),
	    LITERAL("http://lab.example/{a}"),
	    LITERAL("http://a@b@lab.example/"),
	    LITERAL("http://lab.example:80a/"), LITERAL("http://lab.example:/"),
	    LITERAL("http://lab.example:123456/"),
	    LITERAL("http://[2001:db8::1/"), LITERAL("http://[192.0.2.1]/"),
	    LITERAL("http://[lab.example]/"), LITERAL("http://[::1]x/"),
	    LITERAL("http://lab.example/[a]"), LITERAL("http://2001:db8::1/"),
	    LITERAL("http://a]b/"), LITERAL("http://[a@lab.example/"),
	    LITERAL("\xc3\xbc:a")};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ca_error err = {0};
		struct ca_uri uri = {0};

		assert_int_equal(ca_uri_parse(bad[i], &uri, &err), CA_REFUSED);
		assert_null(uri.scheme.data);
		assert_int_equal(ca_uri_check(bad[i], NULL), CA_REFUSED);
		assert_non_null(strstr(err.msg, "uri \""));
	}
}

static void
a_host_must_be_one(void **state)
{
	(void)state;
	static const struct ca_bytes bad[] = {LITERAL("http:///a"),
	    LITERAL("http://:80/"), LITERAL("http://a@/"),
	    LITERAL("http://a_b/"), LITERAL("http://*.lab.example/"),
	    LITERAL("http://lab.example./"), LITERAL("http://1.2.3/"),
	    LITERAL("http://256.1.1.1/"), LITERAL("http://lab%2eexample/"),
	    LITERAL("http://xn--a.example/")};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ca_uri uri = {0};

		assert_int_equal(ca_uri_parse(bad[i], &uri, NULL), CA_OK);
		assert_int_equal(ca_uri_check(bad[i], NULL), CA_REFUSED);
	}
}

static void
a_uri_has_a_limit(void **state)
{
	(void)state;
	char text[CA_URI_MAX + 2];
	struct ca_bytes uri = {(const uint8_t *)text, CA_URI_MAX};

	memset(text, 'a', sizeof(text));
	memcpy(text, "http://lab.example/", 19);
	assert_int_equal(ca_uri_check(uri, NULL), CA_OK);
	uri.len++;
	assert_int_equal(ca_uri_check(uri, NULL), CA_REFUSED);
	uri.len = 7 + 300;
	text[18] = 'a';
	assert_int_equal(ca_uri_check(uri, NULL), CA_REFUSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(uris_are_taken_apart),
	    cmocka_unit_test(other_texts_are_refused),
	    cmocka_unit_test(a_host_must_be_one),
	    cmocka_unit_test(a_uri_has_a_limit),
	};

	return cmocka_run_group_tests_name("uri", tests, NULL, NULL);
}
