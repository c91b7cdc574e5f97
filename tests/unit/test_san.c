/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/san.h"
#include "tests/unit/bytes.h"

/* userPrincipalName "jason@lab" as openssl's otherName:msUPN;UTF8:... */
#define UPN                                                        \
	"\xa0\x19\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03" \
	"\xa0\x0b\x0c\x09jason@lab"
#define DIR_NAME                                               \
	"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01" \
	"a"

/* A GeneralName of every type: what it is read as and shown as. */
static const struct {
	struct ca_bytes element;
	enum ca_san_type type;
	struct ca_bytes value;
	const char *text;
} known[] = {
    {LITERAL("\x82\x0b"
	     "company.com"),
	CA_SAN_DNS, LITERAL("company.com"), "dns:company.com"},
    {LITERAL("\x81\x03"
	     "a@b"),
	CA_SAN_EMAIL, LITERAL("a@b"), "email:a@b"},
    {LITERAL("\x86\x03"
	     "x:y"),
	CA_SAN_URI, LITERAL("x:y"), "uri:x:y"},
    {LITERAL("\x87\x04\xc0\x00\x02\x01"), CA_SAN_IP,
	LITERAL("\xc0\x00\x02\x01"), "ip:192.0.2.1"},
    {LITERAL("\x87\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"), CA_SAN_IP,
	LITERAL("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"),
	"ip:2001:db8::1"},
    {LITERAL(UPN), CA_SAN_UPN, LITERAL("jason@lab"), "upn:jason@lab"},
    {LITERAL("\xa4\x0e" DIR_NAME), CA_SAN_DIRECTORY, LITERAL(DIR_NAME),
	"dirName:CN=a"},
    {LITERAL("\x88\x03\x2a\x03\x04"), CA_SAN_RID, LITERAL("\x2a\x03\x04"),
	"rid:1.2.3.4"},
    {LITERAL("\xa0\x0a\x06\x03\x2a\x03\x04\xa0\x03\x0c\x01"
	     "a"),
	CA_SAN_OTHER,
	LITERAL("\x06\x03\x2a\x03\x04\xa0\x03\x0c\x01"
		"a"),
	"other:1.2.3.4;#0c0161"},
    {LITERAL("\xa3\x02\x30\x00"), CA_SAN_X400, LITERAL("\x30\x00"),
	"x400:#3000"},
    {LITERAL("\xa5\x05\xa1\x03\x0c\x01"
	     "a"),
	CA_SAN_EDI,
	LITERAL("\xa1\x03\x0c\x01"
		"a"),
	"ediParty:#a1030c0161"},
};

/* checklist 68 */
static void
general_names_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		struct ca_bytes in = known[i].element;
		struct ca_error err = {0};
		struct der_out out = {0};
		struct ca_buf buf = {0};
		struct ca_san san = {0};

		assert_int_equal(ca_san_get(&in, &san, &err), CA_OK);
		assert_true(der_at_end(in));
		assert_int_equal(san.type, known[i].type);
		assert_bytes(san.value, known[i].value);
		assert_bytes(san.element, known[i].element);
		ca_san_put(&out, &san);
		assert_int_equal(der_finish(&out, &buf), CA_OK);
		assert_bytes(ca_view(&buf), known[i].element);
		ca_buf_free(&buf);
		assert_int_equal(ca_san_append_text(&buf, &san), CA_OK);
		assert_text(&buf, known[i].text);
	}
}

/* checklist 20 */
static void
malformed_general_names_are_refused(void **state)
{
	(void)state;
	static const struct ca_bytes bad[] = {LITERAL(""), LITERAL("\x82"),
	    LITERAL("\x82\x05"
		    "a"),
	    LITERAL("\x82\x81\x01"
		    "a"),
	    LITERAL("\xa2\x03\x16\x01"
		    "a"), /* constructed string */
	    LITERAL("\x16\x01"
		    "a"),
	    LITERAL("\x30\x00"), LITERAL("\x89\x00"), LITERAL("\x80\x00"),
	    LITERAL("\x84\x00"), LITERAL("\xa0\x00"),
	    LITERAL("\xa0\x05\x06\x03\x2a\x03\x04"),
	    LITERAL("\xa0\x07\x06\x03\x2a\x03\x04\xa0\x00"),
	    LITERAL("\xa0\x0c\x06\x03\x2a\x03\x04\xa0\x05\x0c\x01"
		    "a\x05\x00"),
	    LITERAL("\xa0\x0c\x06\x03\x2a\x03\x04\xa0\x03\x0c\x01"
		    "a\x05\x00"),
	    LITERAL("\xa0\x0a\x06\x03\x2a\x03\x04\xa0\x03\x02\x02"
		    "a"),
	    LITERAL("\xa4\x00"), LITERAL("\xa4\x02\x31\x00"),
	    LITERAL("\xa4\x04\x30\x00\x30\x00"),
	    LITERAL("\xa4\x04\x30\x02\x31\x00"), LITERAL("\x88\x00"),
	    LITERAL("\x88\x01\x80"), LITERAL("\xa3\x01\x30")};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ca_bytes in = bad[i];
		struct ca_error err = {0};
		struct ca_san san = {0};

		assert_int_equal(ca_san_get(&in, &san, &err), CA_MALFORMED);
		assert_bytes(in, bad[i]);
		assert_null(san.element.data);
	}
}

static void
a_upn_of_another_string_stays_other(void **state)
{
	(void)state;
	const struct ca_bytes element = BYTES(
	    "\xa0\x11\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03"
	    "\xa0\x03\x16\x01"
	    "a");
	struct ca_bytes in = element;
	struct ca_san san = {0};

	assert_int_equal(ca_san_get(&in, &san, NULL), CA_OK);
	assert_int_equal(san.type, CA_SAN_OTHER);
	assert_int_equal(ca_san_check(&san, NULL), CA_REFUSED);
}

/* checklist 20, 25 */
static void
lists_have_bounds(void **state)
{
	(void)state;
	static const struct ca_bytes bad[] = {LITERAL(""), LITERAL("\x30\x00"),
	    LITERAL("\x31\x03\x82\x01"
		    "a"),
	    LITERAL("\x30\x03\x82\x01"
		    "a\0"),
	    LITERAL("\x30\x04\x82\x01"
		    "a\0"),
	    LITERAL("\x30\x02\x82\x01")};
	struct ca_san sans[CA_SAN_MAX];
	size_t count = 42;

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(
		    ca_san_parse(bad[i], sans, &count, NULL), CA_MALFORMED);
	assert_int_equal(count, 42);
	for (int names = CA_SAN_MAX; names <= CA_SAN_MAX + 1; names++) {
		struct der_out out = {0};
		struct ca_buf der = {0};

		der_open(&out, DER_SEQUENCE);
		for (int i = 0; i < names; i++)
			der_put_text(&out, DER_CONTEXT(2), "a.example");
		der_close(&out);
		assert_int_equal(der_finish(&out, &der), CA_OK);
		assert_int_equal(
		    ca_san_parse(ca_view(&der), sans, &count, NULL),
		    names == CA_SAN_MAX ? CA_OK : CA_REFUSED);
		assert_int_equal(count, CA_SAN_MAX);
		ca_buf_free(&der);
	}
}

/* What others issue may bear more names than we would. */
static void
more_names_are_read_than_issued(void **state)
{
	(void)state;
	for (int names = CA_SAN_READ_MAX; names <= CA_SAN_READ_MAX + 1;
	     names++) {
		struct der_out out = {0};
		struct ca_buf der = {0};
		struct ca_san_walk walk;
		struct ca_san san = {0};
		size_t count = 42, walked = 0;

		der_open(&out, DER_SEQUENCE);
		for (int i = 0; i < names; i++)
			der_put_text(&out, DER_CONTEXT(2), "a.example");
		der_close(&out);
		assert_int_equal(der_finish(&out, &der), CA_OK);
		assert_int_equal(ca_san_check_list(ca_view(&der), &count, NULL),
		    names == CA_SAN_READ_MAX ? CA_OK : CA_REFUSED);
		assert_int_equal(
		    count, names == CA_SAN_READ_MAX ? CA_SAN_READ_MAX : 42);
		ca_san_walk(&walk, ca_view(&der));
		while (ca_san_next(&walk, &san))
			walked++;
		assert_int_equal(walked, names);
		assert_bytes(san.value, BYTES("a.example"));
		ca_buf_free(&der);
	}
}

static void
nothing_has_no_names(void **state)
{
	(void)state;
	struct ca_san_walk walk;
	struct ca_san san;

	ca_san_walk(&walk, (struct ca_bytes){0});
	assert_false(ca_san_next(&walk, &san));
	ca_san_walk(&walk, BYTES("\x31\x00"));
	assert_false(ca_san_next(&walk, &san));
}

static enum ca_status
check(enum ca_san_type type, struct ca_bytes value)
{
	const struct ca_san san = {.type = type, .value = value};
	struct ca_error err = {0};
	enum ca_status st = ca_san_check(&san, &err);

	assert_int_equal(err.status, st);
	return st;
}

/* checklist 46, 47, 48 */
static void
what_may_be_signed(void **state)
{
	(void)state;
	static const struct {
		enum ca_san_type type;
		struct ca_bytes value;
	} good[] = {{CA_SAN_DNS, LITERAL("company.com")},
	    {CA_SAN_DNS, LITERAL("*.company.com")},
	    {CA_SAN_EMAIL, LITERAL("jason@lab.example")},
	    {CA_SAN_EMAIL, LITERAL("J.a+s=on'x@lab.example")},
	    {CA_SAN_IP, LITERAL("\x00\x00\x00\x00")},
	    {CA_SAN_IP, LITERAL("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01")},
	    {CA_SAN_URI, LITERAL("http://lab.example/")},
	    {CA_SAN_UPN, LITERAL("jason@lab.example")},
	    {CA_SAN_UPN, LITERAL("j\xc3\xa4son@M\xc3\xbcller")},
	    {CA_SAN_DIRECTORY, LITERAL(DIR_NAME)},
	    {CA_SAN_RID, LITERAL("\x2a\x03")}};

	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(check(good[i].type, good[i].value), CA_OK);
}

/* checklist 46, 47, 48, 49 */
static void
what_may_not(void **state)
{
	(void)state;
	static const struct {
		enum ca_san_type type;
		struct ca_bytes value;
	} bad[] = {{CA_SAN_DNS, LITERAL("")}, {CA_SAN_DNS, LITERAL("*")},
	    {CA_SAN_DNS, LITERAL("*.com")},
	    {CA_SAN_DNS, LITERAL("Company.com")},
	    {CA_SAN_DNS, LITERAL("192.0.2.1")},
	    {CA_SAN_DNS, LITERAL("company.com\0.evil.example")},
	    {CA_SAN_EMAIL, LITERAL("")}, {CA_SAN_EMAIL, LITERAL("jason")},
	    {CA_SAN_EMAIL, LITERAL("@lab.example")},
	    {CA_SAN_EMAIL, LITERAL("jason@")},
	    {CA_SAN_EMAIL, LITERAL("a@b@lab.example")},
	    {CA_SAN_EMAIL, LITERAL(".a@lab.example")},
	    {CA_SAN_EMAIL, LITERAL("a.@lab.example")},
	    {CA_SAN_EMAIL, LITERAL("a..b@lab.example")},
	    {CA_SAN_EMAIL, LITERAL("a b@lab.example")},
	    {CA_SAN_EMAIL, LITERAL("\"a\"@lab.example")},
	    {CA_SAN_EMAIL, LITERAL("a\0b@lab.example")},
	    {CA_SAN_EMAIL, LITERAL("a\xc3\xa4@lab.example")},
	    {CA_SAN_EMAIL, LITERAL("Jason <jason@lab.example>")},
	    {CA_SAN_EMAIL, LITERAL("jason@Lab.example")},
	    {CA_SAN_EMAIL, LITERAL("jason@*.example")},
	    {CA_SAN_EMAIL, LITERAL("jason@192.0.2.1")},
	    {CA_SAN_EMAIL, LITERAL("jason@lab_1.example")},
	    {CA_SAN_EMAIL,
		LITERAL("12345678901234567890123456789012345678901234567890"
			"123456789012345@lab.example")},
	    {CA_SAN_IP, LITERAL("")}, {CA_SAN_IP, LITERAL("\x0a\x00\x00")},
	    {CA_SAN_IP, LITERAL("\x0a\0\0\0\xff\0\0\0")}, /* a constraint's */
	    {CA_SAN_IP, LITERAL("192.0.2.1")},
	    {CA_SAN_URI, LITERAL("lab.example")},
	    {CA_SAN_URI, LITERAL("http://lab_1.example/")},
	    {CA_SAN_UPN, LITERAL("")}, {CA_SAN_UPN, LITERAL("jason")},
	    {CA_SAN_UPN, LITERAL("@lab")}, {CA_SAN_UPN, LITERAL("jason@")},
	    {CA_SAN_UPN, LITERAL("a@b@c")}, {CA_SAN_UPN, LITERAL("a b@c")},
	    {CA_SAN_UPN, LITERAL("a\0@c")}, {CA_SAN_UPN, LITERAL("a\xff@c")},
	    {CA_SAN_UPN, LITERAL("a\xe2\x80\xae@c")},
	    {CA_SAN_DIRECTORY, LITERAL("\x30\x00")},
	    {CA_SAN_DIRECTORY, LITERAL("\x30\x02\x31\x00")},
	    {CA_SAN_DIRECTORY, LITERAL("")}, {CA_SAN_RID, LITERAL("")},
	    {CA_SAN_RID, LITERAL("\x80")}, {CA_SAN_OTHER, LITERAL("\x05\x00")},
	    {CA_SAN_X400, LITERAL("\x30\x00")}, {CA_SAN_EDI, LITERAL("")}};

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(check(bad[i].type, bad[i].value), CA_REFUSED);
}

/* checklist 46 */
static void
names_of_a_request_are_lowered(void **state)
{
	(void)state;
	static const struct {
		enum ca_san_type type;
		struct ca_bytes value;
		const char *signed_as;
	} known_names[] = {
	    {CA_SAN_DNS, LITERAL("WWW.Company.COM"), "www.company.com"},
	    {CA_SAN_DNS, LITERAL("*.COMPANY.com"), "*.company.com"},
	    {CA_SAN_DNS, LITERAL("XN--MLLER-KVA.example"),
		"xn--mller-kva.example"},
	    {CA_SAN_EMAIL, LITERAL("Jason@LAB.Example"), "Jason@lab.example"},
	    {CA_SAN_URI, LITERAL("HTTP://Lab.Example/A"),
		"HTTP://Lab.Example/A"},
	    {CA_SAN_UPN, LITERAL("Jason@LAB"), "Jason@LAB"},
	    {CA_SAN_IP, LITERAL("AAAA"), "AAAA"}};
	struct ca_san hostile = {
	    .type = CA_SAN_DNS, .value = BYTES("A.example\0.B.example")};
	struct ca_buf value = {0};

	for (size_t i = 0; i < COUNT(known_names); i++) {
		const struct ca_san san = {
		    .type = known_names[i].type, .value = known_names[i].value};

		assert_int_equal(ca_san_normalise(&san, &value, NULL), CA_OK);
		assert_text(&value, known_names[i].signed_as);
	}
	assert_int_equal(ca_san_normalise(&hostile, &value, NULL), CA_REFUSED);
	assert_int_equal(value.len, 0);
}

static void
names_are_read_from_text(void **state)
{
	(void)state;
	static const struct {
		enum ca_san_type type;
		const char *text;
		enum ca_status st;
		struct ca_bytes value;
	} texts[] = {{CA_SAN_DNS, "Company.COM", CA_OK, LITERAL("company.com")},
	    {CA_SAN_DNS, "company.com.", CA_REFUSED, LITERAL("")},
	    {CA_SAN_DNS, "", CA_REFUSED, LITERAL("")},
	    {CA_SAN_EMAIL, "Jason@Lab.Example", CA_OK,
		LITERAL("Jason@lab.example")},
	    {CA_SAN_EMAIL, "Jason", CA_REFUSED, LITERAL("")},
	    {CA_SAN_IP, "192.0.2.1", CA_OK, LITERAL("\xc0\x00\x02\x01")},
	    {CA_SAN_IP, "192.0.2.1/24", CA_USAGE, LITERAL("")},
	    {CA_SAN_IP, "company.com", CA_USAGE, LITERAL("")},
	    {CA_SAN_URI, "http://Lab.example/A", CA_OK,
		LITERAL("http://Lab.example/A")},
	    {CA_SAN_URI, "lab", CA_REFUSED, LITERAL("")},
	    {CA_SAN_UPN, "Jason@lab", CA_OK, LITERAL("Jason@lab")},
	    {CA_SAN_DIRECTORY, "CN=a", CA_OK, LITERAL(DIR_NAME)},
	    {CA_SAN_DIRECTORY, "a", CA_USAGE, LITERAL("")},
	    {CA_SAN_DIRECTORY, "", CA_REFUSED, LITERAL("")},
	    {CA_SAN_RID, "1.2.3.4", CA_OK, LITERAL("\x2a\x03\x04")},
	    {CA_SAN_RID, "1", CA_USAGE, LITERAL("")},
	    {CA_SAN_OTHER, "1.2.3;a", CA_USAGE, LITERAL("")},
	    {CA_SAN_X400, "a", CA_USAGE, LITERAL("")},
	    {CA_SAN_EDI, "a", CA_USAGE, LITERAL("")}};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct ca_error err = {0};
		struct ca_buf value = {0};

		assert_int_equal(ca_san_from_text(texts[i].type, texts[i].text,
				     &value, &err),
		    texts[i].st);
		assert_int_equal(err.status, texts[i].st);
		assert_bytes(ca_view(&value), texts[i].value);
		ca_buf_free(&value);
	}
}

static void
a_typed_name_is_guessed(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum ca_san_type type;
	} typed[] = {{"company.com", CA_SAN_DNS}, {"*.company.com", CA_SAN_DNS},
	    {"192.0.2.1", CA_SAN_IP}, {"2001:db8::1", CA_SAN_IP},
	    {"1.2.3", CA_SAN_DNS}, {"jason@lab.example", CA_SAN_EMAIL},
	    {"http://lab.example/", CA_SAN_URI},
	    {"http://u@lab.example/", CA_SAN_URI}, {"", CA_SAN_DNS}};

	for (size_t i = 0; i < COUNT(typed); i++)
		assert_int_equal(ca_san_guess(typed[i].text), typed[i].type);
}

/* checklist 55: one hostile name is not shown as two, nor as an escape. */
static void
unchecked_values_are_shown_safely(void **state)
{
	(void)state;
	static const struct {
		enum ca_san_type type;
		struct ca_bytes value;
		const char *shown;
	} hostile[] = {{CA_SAN_DNS, LITERAL("a, dns:b"), "a,\\x20dns:b"},
	    {CA_SAN_DNS, LITERAL("a\0b\x1b[2J"), "a\\x00b\\x1B[2J"},
	    {CA_SAN_EMAIL, LITERAL(" a "),
		"\\x20"
		"a\\x20"},
	    {CA_SAN_URI, LITERAL("\n"), "\\x0A"}, {CA_SAN_DNS, LITERAL(""), ""},
	    {CA_SAN_IP, LITERAL("\x0a"), "#0a"},
	    {CA_SAN_OTHER, LITERAL("\x05\x00"), "#0500"},
	    {CA_SAN_X400, LITERAL("0123456789012345678901234567890123456789"),
		"#30313233343536373839303132333435363738393031323334353637"
		"38393031..."}};

	for (size_t i = 0; i < COUNT(hostile); i++) {
		const struct ca_san san = {
		    .type = hostile[i].type, .value = hostile[i].value};
		struct ca_buf buf = {0};

		assert_int_equal(ca_san_append_value(&buf, &san), CA_OK);
		assert_text(&buf, hostile[i].shown);
	}
}

static void
an_unknown_type_is_never_written(void **state)
{
	(void)state;
	const struct ca_san san = {.type = (enum ca_san_type)9};
	struct der_out out = {0};
	struct ca_buf der = {0};

	ca_san_put(&out, &san);
	assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
	assert_int_equal(ca_san_check(&san, NULL), CA_REFUSED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(general_names_both_ways),
	    cmocka_unit_test(malformed_general_names_are_refused),
	    cmocka_unit_test(a_upn_of_another_string_stays_other),
	    cmocka_unit_test(lists_have_bounds),
	    cmocka_unit_test(what_may_be_signed),
	    cmocka_unit_test(what_may_not),
	    cmocka_unit_test(names_of_a_request_are_lowered),
	    cmocka_unit_test(names_are_read_from_text),
	    cmocka_unit_test(a_typed_name_is_guessed),
	    cmocka_unit_test(unchecked_values_are_shown_safely),
	    cmocka_unit_test(an_unknown_type_is_never_written),
	    cmocka_unit_test(more_names_are_read_than_issued),
	    cmocka_unit_test(nothing_has_no_names),
	};

	return cmocka_run_group_tests_name("san", tests, NULL, NULL);
}
