/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/name.h"
#include "tests/unit/bytes.h"

/* CN=Lab Root CA, O=Lab, C=DE, as openssl encodes it with utf8only. */
#define LAB_NAME                                                          \
	"\x30\x31\x31\x14\x30\x12\x06\x03\x55\x04\x03\x0c\x0bLab Root CA" \
	"\x31\x0c\x30\x0a\x06\x03\x55\x04\x0a\x0c\x03Lab"                 \
	"\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02"                    \
	"DE"

static struct ca_buf
parse(const char *text)
{
	struct ca_error err = {0};
	struct ca_buf name = {0};

	assert_int_equal(ca_name_parse(text, &name, &err), CA_OK);
	assert_string_equal(err.msg, "");
	assert_int_equal(ca_name_check(ca_view(&name), &err), CA_OK);
	return name;
}

static void
assert_name_text(struct ca_bytes name, const char *expected)
{
	struct ca_buf buf = {0};

	assert_int_equal(ca_name_append_text(&buf, name), CA_OK);
	assert_text(&buf, expected);
}

/* checklist 54, 68: the order written is the order encoded. */
static void
a_name_both_ways(void **state)
{
	(void)state;
	static const char *const forms[] = {"CN=Lab Root CA, O=Lab, C=DE",
	    "CN=Lab Root CA,O=Lab,C=DE", "  CN=Lab Root CA ,O= Lab,C=DE  ",
	    "/CN=Lab Root CA/O=Lab/C=DE",
	    "commonName=Lab Root CA, organizationName=Lab, countryName=DE"};

	for (size_t i = 0; i < COUNT(forms); i++) {
		struct ca_buf name = parse(forms[i]);

		assert_bytes(ca_view(&name), BYTES(LAB_NAME));
		ca_buf_free(&name);
	}
	assert_name_text(BYTES(LAB_NAME), "CN=Lab Root CA, O=Lab, C=DE");
}

static void
escapes_are_read_and_written(void **state)
{
	(void)state;
	static const struct {
		const char *text, *value, *shown;
	} known[] = {{"O=Foo\\, Inc.", "Foo, Inc.", "O=Foo\\, Inc."},
	    {"/O=Foo, Inc.", "Foo, Inc.", "O=Foo\\, Inc."},
	    {"/O=a\\/b", "a/b", "O=a/b"}, {"O=a/b", "a/b", "O=a/b"},
	    {"O=a\\+b\\\"c\\\\d\\=e", "a+b\"c\\d=e", "O=a\\+b\\\"c\\\\d=e"},
	    {"O=a=b", "a=b", "O=a=b"}, {"O=\\ a\\ ", " a ", "O=\\ a\\ "},
	    {"O=a  \\ ", "a   ", "O=a  \\ "}, {"O=a b  ", "a b", "O=a b"},
	    {"O=\\#1", "#1", "O=\\#1"}, {"O=a#1", "a#1", "O=a#1"},
	    {"O=\\23\\31", "#1", "O=\\#1"},
	    {"O=M\\C3\\bcller", "M\xc3\xbcller", "O=M\xc3\xbcller"},
	    {"O=M\xc3\xbcller", "M\xc3\xbcller", "O=M\xc3\xbcller"},
	    {"O=\\<a\\>\\;", "<a>;", "O=\\<a\\>\\;"},
	    {"/O=a;b<c>\"d\"", "a;b<c>\"d\"", "O=a\\;b\\<c\\>\\\"d\\\""}};

	for (size_t i = 0; i < COUNT(known); i++) {
		struct ca_buf name = parse(known[i].text), again;
		struct ca_attribute attr = {0};

		assert_int_equal(
		    ca_name_find(ca_view(&name), CA_OID_ORGANIZATION, &attr),
		    1);
		assert_bytes(attr.value, ca_text(known[i].value));
		assert_name_text(ca_view(&name), known[i].shown);
		again = parse(known[i].shown);
		assert_bytes(ca_view(&again), ca_view(&name));
		ca_buf_free(&name);
		ca_buf_free(&again);
	}
}

static void
bad_texts_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum ca_status st;
	} bad[] = {{"CN", CA_USAGE}, {"CN=", CA_USAGE}, {"CN= ", CA_USAGE},
	    {"CN=a,", CA_USAGE}, {"CN=a, ", CA_USAGE}, {",CN=a", CA_USAGE},
	    {"CN=a,,O=b", CA_USAGE}, {"CN=a, O", CA_USAGE},
	    {"CN=Foo, Inc.", CA_USAGE}, {"=a", CA_USAGE}, {"cn=a", CA_USAGE},
	    {"XX=a", CA_USAGE}, {"CN =a", CA_USAGE}, {"2.5.4.3=a", CA_USAGE},
	    {"serverAuth=a", CA_USAGE}, {"keyUsage=a", CA_USAGE},
	    {"CN=a+O=b", CA_USAGE}, {"/CN=a+O=b", CA_USAGE},
	    {"CN=\"a\"", CA_USAGE}, {"CN=a;O=b", CA_USAGE},
	    {"CN=#0c0161", CA_USAGE}, {"CN=a\\", CA_USAGE},
	    {"CN=a\\x", CA_USAGE}, {"CN=a\\4", CA_USAGE}, {"/", CA_OK},
	    {"//", CA_USAGE}, {"/CN=a/", CA_USAGE}, {"/CN=a//O=b", CA_USAGE},
	    {"Lab Root CA", CA_USAGE}, {"CN=a\\00b", CA_REFUSED},
	    {"CN=a\\1B", CA_REFUSED}, {"CN=\\FF", CA_REFUSED},
	    {"C=de", CA_REFUSED}, {"C=DEU", CA_REFUSED}, {"CN=\\ ", CA_REFUSED},
	    {"serialNumber=a_b", CA_REFUSED},
	    {"CN=12345678901234567890123456789012345678901234567890123456789"
	     "012345",
		CA_REFUSED}};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ca_error err = {0};
		struct ca_buf name = {0};

		assert_int_equal(
		    ca_name_parse(bad[i].text, &name, &err), bad[i].st);
		assert_int_equal(err.status, bad[i].st);
		if (bad[i].st != CA_OK)
			assert_null(name.data);
		ca_buf_free(&name);
	}
}

static void
empty_names(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "/", "  "};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct ca_buf name = parse(texts[i]);

		assert_bytes(ca_view(&name), BYTES("\x30\x00"));
		assert_true(ca_name_is_empty(ca_view(&name)));
		assert_name_text(ca_view(&name), "");
		ca_buf_free(&name);
	}
	assert_false(ca_name_is_empty(BYTES(LAB_NAME)));
}

static void
attributes_have_a_limit(void **state)
{
	(void)state;
	struct ca_buf text = {0}, name = {0};
	struct ca_error err = {0};

	for (int i = 0; i < CA_NAME_MAX_ATTRIBUTES; i++)
		assert_int_equal(
		    ca_buf_printf(&text, "%sOU=%d", i > 0 ? "," : "", i),
		    CA_OK);
	name = parse(ca_buf_text(&text));
	assert_int_equal(
	    ca_name_find(ca_view(&name), CA_OID_ORGANIZATIONAL_UNIT, NULL), 64);
	assert_int_equal(ca_buf_append_text(&text, ",OU=x"), CA_OK);
	assert_int_equal(
	    ca_name_parse(ca_buf_text(&text), &name, &err), CA_USAGE);
	ca_buf_free(&text);
	ca_buf_free(&name);
}

#define CN_A                                   \
	"\x30\x08\x06\x03\x55\x04\x03\x0c\x01" \
	"a"
#define CN_B                                   \
	"\x30\x08\x06\x03\x55\x04\x03\x0c\x01" \
	"b"
#define O_AB                                   \
	"\x30\x09\x06\x03\x55\x04\x0a\x0c\x02" \
	"ab"

static void
foreign_names_are_walked(void **state)
{
	(void)state;
	const struct ca_bytes name = BYTES(
	    "\x30\x23"
	    "\x31\x15" CN_A O_AB "\x31\x0a" CN_B);
	struct ca_attribute attr = {0};
	struct ca_name_walk walk;

	assert_int_equal(ca_name_check(name, NULL), CA_OK);
	assert_name_text(name, "CN=a+O=ab, CN=b");
	ca_name_walk(&walk, name);
	assert_true(ca_name_next(&walk, &attr));
	assert_int_equal(attr.type, CA_OID_COMMON_NAME);
	assert_int_equal(attr.rdn, 0);
	assert_true(ca_name_next(&walk, &attr));
	assert_int_equal(attr.type, CA_OID_ORGANIZATION);
	assert_int_equal(attr.rdn, 0);
	assert_true(ca_name_next(&walk, &attr));
	assert_int_equal(attr.rdn, 1);
	assert_false(ca_name_next(&walk, &attr));
	assert_int_equal(ca_name_find(name, CA_OID_COMMON_NAME, &attr), 2);
	assert_bytes(attr.value, BYTES("b"));
	assert_int_equal(ca_name_find(name, CA_OID_COUNTRY, &attr), 0);
	assert_bytes(attr.value, BYTES("b"));
}

/* checklist 20, 25, 54 */
static void
malformed_names_are_refused(void **state)
{
	(void)state;
	static const struct ca_bytes bad[] = {LITERAL(""), LITERAL("\x31\x00"),
	    LITERAL("\x30\x00\x00"), LITERAL("\x30\x80\x00\x00"),
	    LITERAL("\x30\x02\x31\x00"), /* an empty RDN */
	    LITERAL("\x30\x0a" CN_A),    /* no SET */
	    LITERAL("\x30\x0d\x31\x0a" CN_A "\x00"),
	    LITERAL("\x30\x0e\x31\x0a" CN_A "\x05\x00"),
	    LITERAL("\x30\x17\x31\x15" O_AB CN_A), /* SET OF order */
	    LITERAL("\x30\x0b\x31\x09\x30\x07\x06\x03\x55\x04\x03\x0c\x00"),
	    LITERAL("\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x13\x01@"),
	    LITERAL("\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\0"),
	    LITERAL("\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03\x0c\x01"
		    "a\x05\x00")};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ca_error err = {0};

		assert_int_equal(ca_name_check(bad[i], &err), CA_MALFORMED);
		assert_int_equal(err.status, CA_MALFORMED);
	}
}

/* checklist 25: 10^5 RDNs end at the bound. */
static void
foreign_names_have_a_limit(void **state)
{
	(void)state;
	struct ca_error err = {0};
	struct der_out out = {0};
	struct ca_buf name = {0};

	der_open(&out, DER_SEQUENCE);
	for (int i = 0; i < 100000; i++)
		der_put(&out, DER_SET, BYTES(CN_A));
	der_close(&out);
	assert_int_equal(der_finish(&out, &name), CA_OK);
	assert_int_equal(ca_name_check(ca_view(&name), &err), CA_MALFORMED);
	assert_non_null(strstr(err.msg, "64"));
	assert_int_equal(
	    ca_name_find(ca_view(&name), CA_OID_COMMON_NAME, NULL), 64);
	ca_buf_free(&name);
	der_open(&out, DER_SEQUENCE);
	der_open(&out, DER_SET);
	for (int i = 0; i < 65; i++)
		der_put_raw(&out, BYTES(CN_A));
	der_close(&out);
	der_close(&out);
	assert_int_equal(der_finish(&out, &name), CA_OK);
	assert_int_equal(ca_name_check(ca_view(&name), NULL), CA_MALFORMED);
	ca_buf_free(&name);
}

/* checklist 55 */
static void
hostile_values_are_escaped(void **state)
{
	(void)state;
	assert_name_text(BYTES("\x30\x11\x31\x0f\x30\x0d\x06\x03\x55\x04\x03"
			       "\x0c\x06\x1b[2J\r\n"),
	    "CN=\\1B[2J\\0D\\0A");
	assert_name_text(BYTES("\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x03"
			       "\x0c\x03\xe2\x80\xae"),
	    "CN=\\E2\\80\\AE");
	assert_name_text(
	    BYTES("\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\xff"),
	    "CN=\\FF");
	assert_name_text(BYTES("\x30\x0e\x31\x0c\x30\x0a\x06\x03\x2a\x03\x04"
			       "\x0c\x03"
			       "abc"),
	    "1.2.3.4=abc");
	assert_name_text(BYTES("\x30"), "");
	assert_name_text(BYTES(""), "");
}

/* A refused attribute leaves the writer as it was. */
static void
a_refusal_leaves_the_writer_whole(void **state)
{
	(void)state;
	struct ca_error err = {0};
	struct der_out out = {0};
	struct ca_buf name = {0};

	der_open(&out, DER_SEQUENCE);
	assert_int_equal(
	    ca_name_put(&out, CA_OID_COUNTRY, BYTES("x"), &err), CA_REFUSED);
	assert_int_equal(
	    ca_name_put(&out, CA_OID_COUNTRY, BYTES("DE"), &err), CA_OK);
	der_close(&out);
	assert_int_equal(der_finish(&out, &name), CA_OK);
	assert_name_text(ca_view(&name), "C=DE");
	ca_buf_free(&name);
}

static bool
is_under(const char *name, const char *base)
{
	struct ca_buf a = parse(name), b = parse(base);
	bool under = ca_name_is_under(ca_view(&a), ca_view(&b));

	ca_buf_free(&a);
	ca_buf_free(&b);
	return under;
}

/* RFC 5280 7.1 */
static void
a_name_lies_under_its_first_rdns(void **state)
{
	(void)state;
	/* PrintableString "LAB", T61String "Lab", "O=x+CN=a" as two RDNs. */
	const struct ca_bytes printable = BYTES(
	    "\x30\x0e\x31\x0c\x30\x0a\x06\x03\x55\x04\x0a\x13\x03LAB");
	const struct ca_bytes both = BYTES("\x30\x17\x31\x15" CN_A O_AB);
	struct ca_buf lab = parse("O=Lab"), parts = parse("CN=a, O=ab");

	assert_true(is_under("O=Lab, CN=a", "O=Lab"));
	assert_true(is_under("O=Lab", "O=Lab"));
	assert_true(is_under("O=Lab", ""));
	assert_true(is_under("O= lab  INC ", "O=Lab Inc"));
	assert_false(is_under("O=Lab", "O=Lab, CN=a"));
	assert_false(is_under("CN=a, O=Lab", "O=Lab"));
	assert_false(is_under("OU=Lab", "O=Lab"));
	assert_false(is_under("O=Labs", "O=Lab"));
	assert_false(is_under("", "O=Lab"));
	assert_true(ca_name_is_under(printable, ca_view(&lab)));
	assert_true(ca_name_is_under(ca_view(&lab), printable));
	assert_true(ca_name_is_under(both, both));
	assert_false(ca_name_is_under(both, ca_view(&parts)));
	assert_false(ca_name_is_under(ca_view(&parts), both));
	assert_false(ca_name_is_under(BYTES(""), ca_view(&lab)));
	assert_false(ca_name_is_under(ca_view(&lab), BYTES("\x30")));
	ca_buf_free(&lab);
	ca_buf_free(&parts);
}

/* RFC 5280 7.1: what a path is chained by. */
static void
names_are_equal_as_characters(void **state)
{
	(void)state;
	static const struct {
		const char *a, *b;
		bool equal;
	} pairs[] = {
	    {"O=Lab, CN=a", "O=LAB, CN=A", true},
	    {"O=Lab  Inc", "O= lab inc ", true},
	    {"O=Lab, CN=a", "O=Lab", false},
	    {"O=Lab, CN=a", "CN=a, O=Lab", false},
	    {"O=Lab", "O=Labs", false},
	    {"O=\xc3\x9c", "O=\xc3\xbc", true},
	    {"", "O=Lab", false},
	    {"", "", true},
	};

	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct ca_buf a = parse(pairs[i].a), b = parse(pairs[i].b);

		assert_true(
		    ca_name_equal(ca_view(&a), ca_view(&b)) == pairs[i].equal);
		assert_true(
		    ca_name_equal(ca_view(&b), ca_view(&a)) == pairs[i].equal);
		ca_buf_free(&a);
		ca_buf_free(&b);
	}
	/* A multi-valued RDN is not its values one by one, nor fewer. */
	assert_false(ca_name_equal(BYTES("\x30\x17\x31\x15" CN_A O_AB),
	    BYTES("\x30\x0c\x31\x0a" CN_A)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_both_ways),
	    cmocka_unit_test(escapes_are_read_and_written),
	    cmocka_unit_test(bad_texts_are_refused),
	    cmocka_unit_test(empty_names),
	    cmocka_unit_test(attributes_have_a_limit),
	    cmocka_unit_test(foreign_names_are_walked),
	    cmocka_unit_test(malformed_names_are_refused),
	    cmocka_unit_test(foreign_names_have_a_limit),
	    cmocka_unit_test(hostile_values_are_escaped),
	    cmocka_unit_test(a_refusal_leaves_the_writer_whole),
	    cmocka_unit_test(a_name_lies_under_its_first_rdns),
	    cmocka_unit_test(names_are_equal_as_characters),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
