/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/san.h"
#include "tests/unit/bytes.h"

#define L63 "abcdefghijklmnopqrstuvwxyz-0123456789-abcdefghijklmnopqrstuvwxy"
#define L61 "abcdefghijklmnopqrstuvwxyz-0123456789-abcdefghijklmnopqrstuvw"

static void
hosts_are_accepted(void **state)
{
	(void)state;
	static const char *const good[] = {"company.com", "a", "a.b",
	    "localhost", "x1", "1.com", "1.2.3.4a", "3com.example", "a-b.c-d",
	    "a--b.example", L63 ".example", L63 "." L63 "." L63 "." L61,
	    "xn--mller-kva.example", "xn--fiqs8s", "xn--company",
	    "xn--4gbwdl.xn--wgbh1c", "0x7f.example"};

	for (size_t i = 0; i < COUNT(good); i++) {
		struct ca_error err = {0};

		assert_int_equal(
		    ca_san_check_host(ca_text(good[i]), false, &err), CA_OK);
		assert_int_equal(
		    ca_san_check_host(ca_text(good[i]), true, &err), CA_OK);
		assert_string_equal(err.msg, "");
	}
}

/* checklist 46, 48, 49 */
static void
other_hosts_are_refused(void **state)
{
	(void)state;
	static const struct {
		struct ca_bytes host;
		const char *why; /* part of the reason */
	} bad[] = {{LITERAL(""), "empty"}, {LITERAL("."), "empty label"},
	    {LITERAL(".company.com"), "empty label"},
	    {LITERAL("company.com."), "empty label"},
	    {LITERAL("a..b"), "empty label"},
	    {LITERAL("Company.com"), "upper case"},
	    {LITERAL("company.coM"), "upper case"},
	    {LITERAL("-a.example"), "'-'"}, {LITERAL("a-.example"), "'-'"},
	    {LITERAL("a.example-"), "'-'"}, {LITERAL("-"), "'-'"},
	    {LITERAL("a_b.example"), "0x5f"}, {LITERAL("a b.example"), "0x20"},
	    {LITERAL("a.example "), "0x20"}, {LITERAL(" a.example"), "0x20"},
	    {LITERAL("a\tb.example"), "0x09"},
	    {LITERAL("a.example\0.evil.example"), "0x00"},
	    {LITERAL("a.example\0"), "0x00"}, {LITERAL("\0"), "0x00"},
	    {LITERAL("a\x1b.example"), "0x1b"},
	    {LITERAL("a.example\n"), "0x0a"}, {LITERAL("a/b.example"), "0x2f"},
	    {LITERAL("a:443"), "0x3a"}, {LITERAL("a@b.example"), "0x40"},
	    {LITERAL("[::1]"), "0x5b"}, {LITERAL("2001:db8::1"), "0x3a"},
	    {LITERAL("192.0.2.1"), "address"}, {LITERAL("1"), "digits alone"},
	    {LITERAL("a.123"), "digits alone"}, {LITERAL("0.0"), "digits"},
	    {LITERAL("ab--cd.example"), "5890"}, {LITERAL("xn--"), "'-'"},
	    {LITERAL("xn--.example"), "'-'"},
	    {LITERAL("xn--a.example"), "A-label"}, /* truncated */
	    {LITERAL("xn--mller-kv.example"), "A-label"},
	    {LITERAL("xn--example.example"), "A-label"},
	    {LITERAL("xn--a-ecp.ru"), "A-label"},
	    {LITERAL("xn--ls8h.example"), "A-label"}, /* emoji */
	    {LITERAL("xn--Mller-kva.example"), "upper case"},
	    {LITERAL("M\xc3\xbcller.example"), "upper case"},
	    {LITERAL("m\xc3\xbcller.example"), "\"xn--mller-kva.example\""},
	    {LITERAL("*.m\xc3\xbcller.example"), "\"*.xn--mller-kva.example\""},
	    {LITERAL("*.*.example.com"), "host \"*.*.example.com\": "},
	    {LITERAL("a.example\0.evil.example"),
		"\"a.example\\x00.evil.example\""},
	    {LITERAL(L61 ".-." L61), L61 ".-...\""},
	    {LITERAL("\xf0\x9f\x94\x91.example"), "ASCII"},
	    {LITERAL("m\xfcller.example"), "ASCII"},
	    {LITERAL("\xc2\xad.example"), "ASCII"}, /* soft hyphen */
	    {LITERAL("a\xe3\x80\x82"
		     "example"),
		"ASCII"},
	    {LITERAL(L63 "x.example"), "63"},
	    {LITERAL(L63 "." L63 "." L63 "." L61 "x"), "253"}};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ca_error err = {0};

		assert_int_equal(
		    ca_san_check_host(bad[i].host, true, &err), CA_REFUSED);
		assert_non_null(strstr(err.msg, bad[i].why));
		assert_int_equal(
		    ca_san_check_host(bad[i].host, false, NULL), CA_REFUSED);
	}
}

/* checklist 47 */
static void
a_wildcard_is_a_whole_leftmost_label(void **state)
{
	(void)state;
	static const char *const good[] = {
	    "*.company.com", "*.a.b.c", "*.xn--mller-kva.example"};
	static const char *const bad[] = {"*", "*.", "*.com", "*.*", "*.*.com",
	    "f*o.company.com", "*a.company.com", "a*.company.com",
	    "a.*.company.com", "**.company.com", "company.*", "*company.com",
	    "*.company.com.", "*..com", ".*.company.com", "*.1.2",
	    "*.192.0.2.1", "*.-a.com", "*.Company.com"};
	char longest[400] = "*.";

	for (size_t i = 0; i < COUNT(good); i++) {
		struct ca_bytes host = ca_text(good[i]);

		assert_int_equal(ca_san_check_host(host, true, NULL), CA_OK);
		assert_int_equal(
		    ca_san_check_host(host, false, NULL), CA_REFUSED);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ca_bytes host = ca_text(bad[i]);

		assert_int_equal(
		    ca_san_check_host(host, true, NULL), CA_REFUSED);
		assert_int_equal(
		    ca_san_check_host(host, false, NULL), CA_REFUSED);
	}
	memcpy(longest + 2, L63 "." L63 "." L63 "." L61, 254);
	assert_int_equal(
	    ca_san_check_host(ca_text(longest), true, NULL), CA_REFUSED);
	longest[253] = '\0';
	assert_int_equal(
	    ca_san_check_host(ca_text(longest), true, NULL), CA_OK);
}

/* checklist 55 */
static void
a_reason_shows_no_escapes(void **state)
{
	(void)state;
	struct ca_error err = {0};

	assert_int_equal(
	    ca_san_check_host(BYTES("a\x1b[2J.example"), true, &err),
	    CA_REFUSED);
	assert_null(strchr(err.msg, '\x1b'));
	err = (struct ca_error){0};
	assert_int_equal(
	    ca_san_check_host(BYTES("\xe2\x80\xae.example"), true, &err),
	    CA_REFUSED);
	for (const char *p = err.msg; *p != '\0'; p++)
		assert_in_range(*p, 0x20, 0x7e);
}

static void
a_huge_host_is_refused_early(void **state)
{
	(void)state;
	static uint8_t huge[1 << 20];
	struct ca_error err = {0};

	memset(huge, 0xfc, sizeof(huge));
	assert_int_equal(ca_san_check_host(
			     (struct ca_bytes){huge, sizeof(huge)}, true, &err),
	    CA_REFUSED);
	assert_non_null(strstr(err.msg, "253"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hosts_are_accepted),
	    cmocka_unit_test(other_hosts_are_refused),
	    cmocka_unit_test(a_wildcard_is_a_whole_leftmost_label),
	    cmocka_unit_test(a_reason_shows_no_escapes),
	    cmocka_unit_test(a_huge_host_is_refused_early),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
