/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/attribute.h"
#include "tests/unit/bytes.h"

static struct ca_attribute
of(uint8_t tag, struct ca_bytes value)
{
	struct ca_attribute attr = {0};

	attr.type = CA_OID_ORGANIZATION;
	attr.oid = ca_oid_der(attr.type);
	attr.tag = tag;
	attr.value = value;
	return attr;
}

/* Known values of every string type, and what they say in UTF-8. */
static void
every_string_type_is_read(void **state)
{
	(void)state;
	static const struct {
		uint8_t tag;
		struct ca_bytes value;
		const char *utf8;
	} known[] = {{0x0c, LITERAL("M\xc3\xbcller"), "M\xc3\xbcller"},
	    {0x13, LITERAL("Lab (1) '+,-./:=?"), "Lab (1) '+,-./:=?"},
	    {0x12, LITERAL("12 34"), "12 34"},
	    {0x16, LITERAL("a@b_c*"), "a@b_c*"}, {0x1a, LITERAL("~ x"), "~ x"},
	    {0x14, LITERAL("M\xfcller"), "M\xc3\xbcller"},
	    {0x1e, LITERAL("\x00M\x00\xfc\x5c\x71"), "M\xc3\xbc\xe5\xb1\xb1"},
	    {0x1c, LITERAL("\x00\x00\x00M\x00\x01\xf5\x11"),
		"M\xf0\x9f\x94\x91"}};

	for (size_t i = 0; i < COUNT(known); i++) {
		struct ca_attribute attr = of(known[i].tag, known[i].value);
		struct ca_error err = {0};
		struct ca_buf buf = {0};

		assert_int_equal(ca_attribute_check(&attr, &err), CA_OK);
		assert_int_equal(ca_attribute_append_utf8(&buf, &attr), CA_OK);
		assert_text(&buf, known[i].utf8);
	}
}

/* checklist 46, 52 */
static void
what_the_type_forbids_is_refused(void **state)
{
	(void)state;
	static const struct {
		uint8_t tag;
		struct ca_bytes value;
	} bad[] = {{0x0c, LITERAL("")}, {0x0c, LITERAL("M\xfcller")},
	    {0x0c, LITERAL("a\xed\xa0\x80")}, {0x0c, LITERAL("a\0b")},
	    {0x13, LITERAL("a@b")}, {0x13, LITERAL("*.lab.example")},
	    {0x13, LITERAL("a_b")}, {0x13, LITERAL("a&b")},
	    {0x13, LITERAL("M\xc3\xbcller")}, {0x13, LITERAL("a\0b")},
	    {0x12, LITERAL("12a")}, {0x16, LITERAL("M\xfcller")},
	    {0x16, LITERAL("a\0")}, {0x1a, LITERAL("a\x1b")},
	    {0x14, LITERAL("\0")}, {0x1e, LITERAL("\x00M\x00")},
	    {0x1e, LITERAL("\xd8\x3d\xdd\x11")}, /* surrogates */
	    {0x1e, LITERAL("\x00\x00")}, {0x1c, LITERAL("\x00\x00\x00")},
	    {0x1c, LITERAL("\x00\x11\x00\x00")},
	    {0x1c, LITERAL("\x00\x00\xd8\x00")}, {0x03, LITERAL("\x00\xff")},
	    {0x02, LITERAL("\x05")},
	    {0x30,
		LITERAL("\x0c\x01"
			"a")},
	    {0x80, LITERAL("a")}};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ca_attribute attr = of(bad[i].tag, bad[i].value);
		struct ca_error err = {0};

		assert_int_equal(ca_attribute_check(&attr, &err), CA_MALFORMED);
		assert_non_null(strstr(err.msg, "organizationName: "));
		assert_int_equal(err.status, CA_MALFORMED);
	}
}

static void
a_value_has_a_limit(void **state)
{
	(void)state;
	uint8_t many[CA_NAME_MAX_VALUE + 1];
	struct ca_error err = {0};
	struct ca_attribute attr;

	memset(many, 'a', sizeof(many));
	attr = of(0x0c, (struct ca_bytes){many, CA_NAME_MAX_VALUE});
	assert_int_equal(ca_attribute_check(&attr, &err), CA_OK);
	attr.value.len++;
	assert_int_equal(ca_attribute_check(&attr, &err), CA_MALFORMED);
	assert_non_null(strstr(err.msg, "2049 octets"));
}

static void
no_text_of_what_is_none(void **state)
{
	(void)state;
	struct ca_attribute attr = of(0x03, BYTES("\x00\xff"));
	struct ca_buf buf = {0};

	assert_int_equal(ca_attribute_append_utf8(&buf, &attr), CA_MALFORMED);
	attr = of(0x0c, BYTES("\xff"));
	assert_int_equal(ca_attribute_append_utf8(&buf, &attr), CA_MALFORMED);
	ca_buf_free(&buf);
}

/* RFC 5280 7.1 */
static void
values_match_folded(void **state)
{
	(void)state;
	static const struct {
		uint8_t tag_a;
		struct ca_bytes a;
		uint8_t tag_b;
		struct ca_bytes b;
		bool match;
	} pairs[] = {{0x0c, LITERAL("Lab"), 0x13, LITERAL("LAB"), true},
	    {0x0c, LITERAL(" Lab  Inc "), 0x13, LITERAL("lab inc"), true},
	    {0x0c, LITERAL("M\xc3\xbcller"), 0x1e,
		LITERAL("\0M\0\xfc\0L\0L\0E\0R"), true},
	    {0x0c, LITERAL("Lab"), 0x0c, LITERAL("Labs"), false},
	    {0x0c, LITERAL("Labs"), 0x0c, LITERAL("Lab"), false},
	    {0x0c, LITERAL("La b"), 0x0c, LITERAL("Lab"), false},
	    {0x0c, LITERAL("Lab x"), 0x0c, LITERAL("Lab"), false},
	    {0x0c, LITERAL("Lab"), 0x0c, LITERAL("Lab "), true},
	    {0x0c, LITERAL("   "), 0x0c, LITERAL(" "), true},
	    {0x0c, LITERAL("Lab["), 0x0c, LITERAL("Lab{"), false},
	    {0x0c, LITERAL("\xc3\x9c"), 0x0c, LITERAL("\xc3\xbc"), true},
	    {0x0c, LITERAL("\xc3\x97"), 0x0c, LITERAL("\xc3\xb7"), false},
	    {0x0c, LITERAL("\xc4\xb8"), 0x0c, LITERAL("\xc4\xb9"), false},
	    {0x0c, LITERAL("\xc5\xb8"), 0x0c, LITERAL("\xc3\xbf"), true},
	    {0x0c, LITERAL("\xce\xa3"), 0x0c, LITERAL("\xcf\x82"), true},
	    {0x0c, LITERAL("\xd0\xaf"), 0x1e, LITERAL("\x04\x4f"), true},
	    {0x0c, LITERAL("\xd0\xaf"), 0x0c, LITERAL("\xd0\xb0"), false},
	    {0x0c, LITERAL("Lab\xff"), 0x0c, LITERAL("Lab"), false},
	    {0x0c, LITERAL("Lab"), 0x0c, LITERAL("Lab\xff"), false},
	    {0x03, LITERAL("\0a"), 0x03, LITERAL("\0a"), true},
	    {0x03, LITERAL("\0a"), 0x03, LITERAL("\0A"), false},
	    {0x03, LITERAL("a"), 0x0c, LITERAL("a"), false}};

	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct ca_attribute a = of(pairs[i].tag_a, pairs[i].a);
		struct ca_attribute b = of(pairs[i].tag_b, pairs[i].b);

		assert_true(ca_attribute_matches(&a, &b) == pairs[i].match);
		assert_true(ca_attribute_matches(&b, &a) == pairs[i].match);
		b.oid = ca_oid_der(CA_OID_COMMON_NAME);
		assert_false(ca_attribute_matches(&a, &b));
	}
}

static void
a_pair_is_taken(void **state)
{
	(void)state;
	static const struct ca_bytes bad[] = {LITERAL(""), LITERAL("\x30\x00"),
	    LITERAL("\x30\x05\x06\x03\x55\x04\x03"),
	    LITERAL("\x30\x05\x0c\x01"
		    "a\x05\x00"),
	    LITERAL("\x30\x0a\x06\x03\x55\x04\x03\x0c\x01"
		    "a\x05\x00"),
	    LITERAL("\x30\x08\x06\x03\x55\x04\x80\x0c\x01"
		    "a"),
	    LITERAL("\x31\x08\x06\x03\x55\x04\x03\x0c\x01"
		    "a")};
	struct ca_bytes in = BYTES("\x30\x08\x06\x03\x55\x04\x03\x0c\x01"
				   "a\x05\x00");
	struct ca_attribute attr = {.rdn = 7};

	assert_true(ca_attribute_get(&in, &attr));
	assert_int_equal(attr.type, CA_OID_COMMON_NAME);
	assert_int_equal(attr.tag, DER_UTF8_STRING);
	assert_int_equal(attr.rdn, 7);
	assert_bytes(attr.value, BYTES("a"));
	assert_int_equal(in.len, 2);
	for (size_t i = 0; i < COUNT(bad); i++) {
		in = bad[i];
		assert_false(ca_attribute_get(&in, &attr));
		assert_bytes(in, bad[i]);
	}
}

static enum ca_status
put(enum ca_oid type, const char *text, struct ca_buf *ret)
{
	struct der_out out = {0};
	struct ca_error err = {0};
	enum ca_status st = ca_attribute_put(&out, type, ca_text(text), &err);

	assert_int_equal(err.status, st);
	if (st == CA_OK)
		assert_int_equal(der_finish(&out, ret), CA_OK);
	assert_int_equal(out.buf.len, 0);
	return st;
}

/* checklist 52 */
static void
the_attribute_chooses_its_string(void **state)
{
	(void)state;
	static const struct {
		enum ca_oid type;
		const char *text;
		uint8_t tag;
	} known[] = {{CA_OID_COUNTRY, "DE", 0x13},
	    {CA_OID_JURISDICTION_COUNTRY, "US", 0x13},
	    {CA_OID_SERIAL_NUMBER, "HRB 1234", 0x13},
	    {CA_OID_DN_QUALIFIER, "abc", 0x13},
	    {CA_OID_DOMAIN_COMPONENT, "lab", 0x16},
	    {CA_OID_EMAIL_ADDRESS, "jason@lab.example", 0x16},
	    {CA_OID_COMMON_NAME, "Jason@lab_*", 0x0c},
	    {CA_OID_ORGANIZATION, "M\xc3\xbcller", 0x0c},
	    {CA_OID_USER_ID, "jason", 0x0c}};

	for (size_t i = 0; i < COUNT(known); i++) {
		struct ca_attribute attr = {0};
		struct ca_buf der = {0};
		struct ca_bytes in;

		assert_int_equal(
		    put(known[i].type, known[i].text, &der), CA_OK);
		in = ca_view(&der);
		assert_true(ca_attribute_get(&in, &attr));
		assert_int_equal(attr.type, known[i].type);
		assert_int_equal(attr.tag, known[i].tag);
		assert_bytes(attr.value, ca_text(known[i].text));
		assert_int_equal(ca_attribute_check(&attr, NULL), CA_OK);
		ca_buf_free(&der);
	}
}

/* checklist 46, 50, 52, 55 */
static void
what_may_not_be_built(void **state)
{
	(void)state;
	static const struct {
		enum ca_oid type;
		const char *text;
	} bad[] = {{CA_OID_COUNTRY, "de"}, {CA_OID_COUNTRY, "DEU"},
	    {CA_OID_COUNTRY, "D"}, {CA_OID_COUNTRY, ""}, {CA_OID_COUNTRY, "D1"},
	    {CA_OID_COUNTRY, "\xc3\x9c"}, {CA_OID_JURISDICTION_COUNTRY, "us"},
	    {CA_OID_SERIAL_NUMBER, "a@b"}, {CA_OID_SERIAL_NUMBER, "a_b"},
	    {CA_OID_SERIAL_NUMBER, "\xc3\xbc"}, {CA_OID_DN_QUALIFIER, "a*"},
	    {CA_OID_DOMAIN_COMPONENT, "m\xc3\xbcller"},
	    {CA_OID_EMAIL_ADDRESS, "j\xc3\xa4son@lab.example"},
	    {CA_OID_COMMON_NAME, ""}, {CA_OID_COMMON_NAME, "   "},
	    {CA_OID_COMMON_NAME, "a\nb"}, {CA_OID_COMMON_NAME, "\x1b[31m"},
	    {CA_OID_COMMON_NAME, "a\x7f"}, {CA_OID_COMMON_NAME, "\xff"},
	    {CA_OID_COMMON_NAME, "M\xfcller"}, {CA_OID_COMMON_NAME, "\xc0\x80"},
	    {CA_OID_COMMON_NAME,
		"lab\xe2\x80\xae"
		"elpmaxe"},
	    {CA_OID_COMMON_NAME, "lab\xe2\x80\x8b"}};
	struct ca_buf der = {0};

	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(
		    put(bad[i].type, bad[i].text, &der), CA_REFUSED);
	assert_int_equal(put(CA_OID_SERVER_AUTH, "a", &der), CA_USAGE);
	assert_int_equal(put(CA_OID_UNKNOWN, "a", &der), CA_USAGE);
}

/* checklist 50 */
static void
upper_bounds_count_characters(void **state)
{
	(void)state;
	static const struct {
		enum ca_oid type;
		size_t max;
	} bounds[] = {{CA_OID_COMMON_NAME, 64}, {CA_OID_ORGANIZATION, 64},
	    {CA_OID_ORGANIZATIONAL_UNIT, 64}, {CA_OID_TITLE, 64},
	    {CA_OID_SERIAL_NUMBER, 64}, {CA_OID_LOCALITY, 128},
	    {CA_OID_STATE, 128}, {CA_OID_PSEUDONYM, 128},
	    {CA_OID_EMAIL_ADDRESS, 255}, {CA_OID_DOMAIN_COMPONENT, 63},
	    {CA_OID_JURISDICTION_STATE, 128}, {CA_OID_SURNAME, 2048}};
	char text[CA_NAME_MAX_VALUE + 2];

	for (size_t i = 0; i < COUNT(bounds); i++) {
		struct ca_buf der = {0};

		memset(text, 'a', sizeof(text));
		text[bounds[i].max] = '\0';
		assert_int_equal(put(bounds[i].type, text, &der), CA_OK);
		text[bounds[i].max] = 'a';
		text[bounds[i].max + 1] = '\0';
		assert_int_equal(put(bounds[i].type, text, &der), CA_REFUSED);
		ca_buf_free(&der);
	}
	for (size_t i = 0; i < 64; i++)
		memcpy(text + 2 * i, "\xc3\xbc", 3);
	struct ca_buf der = {0};

	assert_int_equal(put(CA_OID_COMMON_NAME, text, &der), CA_OK);
	memcpy(text + 128, "x", 2);
	assert_int_equal(put(CA_OID_COMMON_NAME, text, &der), CA_REFUSED);
	ca_buf_free(&der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_string_type_is_read),
	    cmocka_unit_test(what_the_type_forbids_is_refused),
	    cmocka_unit_test(a_value_has_a_limit),
	    cmocka_unit_test(no_text_of_what_is_none),
	    cmocka_unit_test(values_match_folded),
	    cmocka_unit_test(a_pair_is_taken),
	    cmocka_unit_test(the_attribute_chooses_its_string),
	    cmocka_unit_test(what_may_not_be_built),
	    cmocka_unit_test(upper_bounds_count_characters),
	};

	return cmocka_run_group_tests_name("attribute", tests, NULL, NULL);
}
