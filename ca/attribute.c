/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/attribute.h"

#include <string.h>

#define NUMERIC_STRING 0x12
#define VISIBLE_STRING 0x1a

#define APPENDIX_A "RFC 5280 app. A"
#define X520 "X.520"
#define MAX_SHOWN 40 /* octets of a value in a message */

/* What is built: the string type, and the upper bound in characters. */
static const struct attribute_rule {
	enum ca_oid type;
	uint8_t tag;
	size_t max;
	const char *rule;
} attribute_rules[] = {
    {CA_OID_COMMON_NAME, DER_UTF8_STRING, 64, APPENDIX_A},
    {CA_OID_SURNAME, DER_UTF8_STRING, CA_NAME_MAX_VALUE, "our limit"},
    {CA_OID_SERIAL_NUMBER, DER_PRINTABLE_STRING, 64, APPENDIX_A},
    {CA_OID_COUNTRY, DER_PRINTABLE_STRING, 2, APPENDIX_A},
    {CA_OID_LOCALITY, DER_UTF8_STRING, 128, APPENDIX_A},
    {CA_OID_STATE, DER_UTF8_STRING, 128, APPENDIX_A},
    {CA_OID_STREET, DER_UTF8_STRING, 128, X520},
    {CA_OID_ORGANIZATION, DER_UTF8_STRING, 64, APPENDIX_A},
    {CA_OID_ORGANIZATIONAL_UNIT, DER_UTF8_STRING, 64, APPENDIX_A},
    {CA_OID_TITLE, DER_UTF8_STRING, 64, APPENDIX_A},
    {CA_OID_GIVEN_NAME, DER_UTF8_STRING, CA_NAME_MAX_VALUE, "our limit"},
    {CA_OID_INITIALS, DER_UTF8_STRING, CA_NAME_MAX_VALUE, "our limit"},
    {CA_OID_PSEUDONYM, DER_UTF8_STRING, 128, APPENDIX_A},
    {CA_OID_DN_QUALIFIER, DER_PRINTABLE_STRING, CA_NAME_MAX_VALUE, "our limit"},
    {CA_OID_BUSINESS_CATEGORY, DER_UTF8_STRING, 128, X520},
    {CA_OID_POSTAL_CODE, DER_UTF8_STRING, 40, X520},
    {CA_OID_ORGANIZATION_IDENTIFIER, DER_UTF8_STRING, 256, X520},
    {CA_OID_DOMAIN_COMPONENT, DER_IA5_STRING, 63, "RFC 4519 2.4"},
    {CA_OID_USER_ID, DER_UTF8_STRING, 256, "RFC 4519 2.39"},
    {CA_OID_EMAIL_ADDRESS, DER_IA5_STRING, 255, APPENDIX_A},
    {CA_OID_JURISDICTION_LOCALITY, DER_UTF8_STRING, 128, APPENDIX_A},
    {CA_OID_JURISDICTION_STATE, DER_UTF8_STRING, 128, APPENDIX_A},
    {CA_OID_JURISDICTION_COUNTRY, DER_PRINTABLE_STRING, 2, APPENDIX_A},
};

/* X.680 41.4 */
static bool
is_printable_string_char(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9') ||
	    (c != '\0' && strchr(" '()+,-./:=?", c) != NULL);
}

static bool
is_allowed_octet(uint8_t tag, uint8_t c)
{
	switch (tag) {
	case DER_PRINTABLE_STRING:
		return is_printable_string_char(c);
	case NUMERIC_STRING:
		return c == ' ' || (c >= '0' && c <= '9');
	case VISIBLE_STRING:
		return c >= 0x20 && c <= 0x7e;
	case DER_IA5_STRING:
		return c != 0 && c <= 0x7f;
	case DER_TELETEX_STRING:
		return c != 0;
	default:
		return false;
	}
}

/* The next character of a value; 0 when it is none of its type. */
static size_t
next_char(uint8_t tag, struct ca_bytes value, uint32_t *ret_point)
{
	size_t width = tag == DER_BMP_STRING ? 2 : 4;
	uint32_t point = 0;

	if (tag == DER_UTF8_STRING)
		return ca_utf8_get(value, ret_point);
	if (tag != DER_BMP_STRING && tag != DER_UNIVERSAL_STRING) {
		*ret_point = value.data[0];
		return is_allowed_octet(tag, value.data[0]) ? 1 : 0;
	}
	if (value.len < width)
		return 0;
	for (size_t i = 0; i < width; i++)
		point = point << 8 | value.data[i];
	*ret_point = point;
	return ca_char_is_valid(point) ? width : 0;
}

bool
ca_attribute_get(struct ca_bytes *in, struct ca_attribute *ret)
{
	struct ca_bytes rest = *in, pair, oid, value;
	uint8_t tag;

	if (!der_get(&rest, DER_SEQUENCE, &pair) || !der_get_oid(&pair, &oid) ||
	    !der_get_any(&pair, &tag, NULL, &value) || !der_at_end(pair))
		return false;
	*in = rest;
	ret->type = ca_oid_find(oid);
	ret->oid = oid;
	ret->tag = tag;
	ret->value = value;
	return true;
}

static const char *
string_type_name(uint8_t tag)
{
	switch (tag) {
	case DER_UTF8_STRING:
		return "UTF8String";
	case NUMERIC_STRING:
		return "NumericString";
	case DER_PRINTABLE_STRING:
		return "PrintableString";
	case DER_TELETEX_STRING:
		return "TeletexString";
	case DER_IA5_STRING:
		return "IA5String";
	case VISIBLE_STRING:
		return "VisibleString";
	case DER_UNIVERSAL_STRING:
		return "UniversalString";
	case DER_BMP_STRING:
		return "BMPString";
	default:
		return NULL;
	}
}

static const char *
name_of(const struct ca_attribute *attr)
{
	const char *name = ca_oid_name(attr->type);

	return name != NULL ? name : "name attribute";
}

enum ca_status
ca_attribute_check(const struct ca_attribute *attr, struct ca_error *err)
{
	const char *type = string_type_name(attr->tag);
	struct ca_bytes rest = attr->value;

	if (type == NULL)
		return ca_fail(err, CA_MALFORMED,
		    "%s: tag 0x%02x is no character string (X.520)",
		    name_of(attr), attr->tag);
	if (rest.len == 0)
		return ca_fail(err, CA_MALFORMED,
		    "%s: empty value; X.520 wants one character or more, "
		    "leave the attribute out",
		    name_of(attr));
	if (rest.len > CA_NAME_MAX_VALUE)
		return ca_fail(err, CA_MALFORMED,
		    "%s: value of %zu octets, the limit is %d", name_of(attr),
		    rest.len, CA_NAME_MAX_VALUE);
	while (rest.len > 0) {
		uint32_t point = 0;
		size_t len = next_char(attr->tag, rest, &point);

		if (len == 0 || point == 0)
			return ca_fail(err, CA_MALFORMED,
			    "%s: octet %zu is not allowed in a %s (X.680)",
			    name_of(attr), attr->value.len - rest.len, type);
		rest.data += len;
		rest.len -= len;
	}
	return CA_OK;
}

enum ca_status
ca_attribute_append_utf8(struct ca_buf *buf, const struct ca_attribute *attr)
{
	struct ca_bytes rest = attr->value;
	enum ca_status st = CA_OK;

	if (string_type_name(attr->tag) == NULL)
		return CA_MALFORMED;
	while (rest.len > 0 && st == CA_OK) {
		uint32_t point = 0;
		size_t len = next_char(attr->tag, rest, &point);

		if (len == 0)
			return CA_MALFORMED;
		st = ca_utf8_append(buf, point);
		rest.data += len;
		rest.len -= len;
	}
	return st;
}

/*
 * The capitals of Latin, Greek and Cyrillic, by Unicode's simple case folding
 * (RFC 4518 2.2, app. A): from first to last, each step-th is mapped.
 */
static const struct {
	uint32_t first, last;
	uint32_t step, add;
} capitals[] = {
    {'A', 'Z', 1, 0x20},
    {0x00c0, 0x00d6, 1, 0x20},
    {0x00d8, 0x00de, 1, 0x20},
    {0x0100, 0x012e, 2, 1},
    {0x0132, 0x0136, 2, 1},
    {0x0139, 0x0147, 2, 1},
    {0x014a, 0x0176, 2, 1},
    {0x0179, 0x017d, 2, 1},
    {0x0386, 0x0386, 1, 0x26},
    {0x0388, 0x038a, 1, 0x25},
    {0x038c, 0x038c, 1, 0x40},
    {0x038e, 0x038f, 1, 0x3f},
    {0x0391, 0x03a1, 1, 0x20},
    {0x03a3, 0x03ab, 1, 0x20},
    {0x03c2, 0x03c2, 1, 1}, /* the sigma at the end of a word */
    {0x0400, 0x040f, 1, 0x50},
    {0x0410, 0x042f, 1, 0x20},
    {0x0460, 0x0480, 2, 1},
    {0x048a, 0x04be, 2, 1},
    {0x04c1, 0x04cd, 2, 1},
    {0x04d0, 0x052e, 2, 1},
    {0x1e00, 0x1e94, 2, 1},
    {0x1ea0, 0x1efe, 2, 1},
};

static uint32_t
fold(uint32_t point)
{
	for (size_t i = 0; i < sizeof(capitals) / sizeof(capitals[0]); i++)
		if (point >= capitals[i].first && point <= capitals[i].last &&
		    (point - capitals[i].first) % capitals[i].step == 0)
			return point + capitals[i].add;
	return point == 0x0178 ? 0x00ff : point; /* Y with two dots */
}

/* A value read as characters with case and spaces folded. */
struct folded {
	const struct ca_attribute *attr;
	struct ca_bytes rest;
};

static bool
skip_spaces(struct folded *text)
{
	struct ca_bytes all = text->rest;
	uint32_t point = 0;
	size_t len;

	while (text->rest.len > 0 &&
	    (len = next_char(text->attr->tag, text->rest, &point)) > 0 &&
	    point == ' ') {
		text->rest.data += len;
		text->rest.len -= len;
	}
	return text->rest.len < all.len;
}

/* The next character; a run of spaces is one, and none at the end. */
static bool
next_folded(struct folded *text, uint32_t *ret_point)
{
	size_t len;

	if (skip_spaces(text) && text->rest.len > 0) {
		*ret_point = ' ';
		return true;
	}
	if (text->rest.len == 0)
		return false;
	len = next_char(text->attr->tag, text->rest, ret_point);
	if (len == 0)
		return false;
	text->rest.data += len;
	text->rest.len -= len;
	*ret_point = fold(*ret_point);
	return true;
}

/* Allocates nothing: a match that fails for want of memory would let an
 * excluded name through. */
bool
ca_attribute_matches(const struct ca_attribute *a, const struct ca_attribute *b)
{
	struct folded text_a = {a, a->value}, text_b = {b, b->value};
	uint32_t point_a = 0, point_b = 0;

	if (!ca_bytes_equal(a->oid, b->oid))
		return false;
	if (string_type_name(a->tag) == NULL ||
	    string_type_name(b->tag) == NULL)
		return a->tag == b->tag && ca_bytes_equal(a->value, b->value);
	(void)skip_spaces(&text_a);
	(void)skip_spaces(&text_b);
	while (next_folded(&text_a, &point_a))
		if (!next_folded(&text_b, &point_b) || point_a != point_b)
			return false;
	return !next_folded(&text_b, &point_b) && text_a.rest.len == 0 &&
	    text_b.rest.len == 0;
}

/*
 * What a value holds beyond ASCII: letters that stay what they are, whatever
 * their neighbours, so that no ASCII is the same; and all that Unicode's
 * compatibility forms, invisible characters or spaces may make something else
 * of (RFC 4518 2.2 to 2.4), the sharp s among them.
 */
enum beyond {
	BEYOND_NOTHING,
	BEYOND_UNKNOWN,
	BEYOND_LETTER
};

static enum beyond
beyond_ascii(const struct ca_attribute *attr)
{
	struct ca_bytes rest = attr->value;
	enum beyond found = BEYOND_NOTHING;

	while (rest.len > 0) {
		uint32_t point = 0;
		size_t len = next_char(attr->tag, rest, &point);

		if ((point >= 0xc0 && point <= 0xff && point != 0xd7 &&
			point != 0xdf && point != 0xf7) ||
		    (point >= 0x0410 && point <= 0x044f))
			return BEYOND_LETTER;
		if (len == 0 || point < ' ' || point > '~')
			found = BEYOND_UNKNOWN;
		if (len == 0)
			break;
		rest.data += len;
		rest.len -= len;
	}
	return found;
}

bool
ca_attribute_may_match(
    const struct ca_attribute *a, const struct ca_attribute *b)
{
	enum beyond beyond_a, beyond_b;

	if (!ca_bytes_equal(a->oid, b->oid))
		return false;
	beyond_a = beyond_ascii(a);
	beyond_b = beyond_ascii(b);
	if (beyond_a == BEYOND_NOTHING)
		return beyond_b == BEYOND_UNKNOWN || ca_attribute_matches(a, b);
	return beyond_b != BEYOND_NOTHING || beyond_a == BEYOND_UNKNOWN;
}

/* ---- building --------------------------------------------------------- */

static const struct attribute_rule *
find_rule(enum ca_oid type)
{
	for (size_t i = 0;
	     i < sizeof(attribute_rules) / sizeof(attribute_rules[0]); i++)
		if (attribute_rules[i].type == type)
			return &attribute_rules[i];
	return NULL;
}

static bool
is_blank(struct ca_bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != ' ')
			return false;
	return true;
}

/* Well-formed, printable UTF-8; ret_count is its characters. */
static enum ca_status
check_text(const char *name, struct ca_bytes text, size_t *ret_count,
    struct ca_error *err)
{
	size_t count = 0, at = 0;

	while (at < text.len) {
		struct ca_bytes rest = {text.data + at, text.len - at};
		uint32_t point = 0;
		size_t len = ca_utf8_get(rest, &point);

		if (len == 0)
			return ca_fail(err, CA_REFUSED,
			    "%s: octet %zu is not UTF-8 (RFC 5280 4.1.2.4): "
			    "write the name in UTF-8",
			    name, at);
		if (!ca_char_is_printable(point))
			return ca_fail(err, CA_REFUSED,
			    "%s: U+%04X is a control or invisible character: "
			    "remove it",
			    name, (unsigned)point);
		at += len;
		count++;
	}
	*ret_count = count;
	return CA_OK;
}

static bool
is_country_code(struct ca_bytes text)
{
	return text.len == 2 && text.data[0] >= 'A' && text.data[0] <= 'Z' &&
	    text.data[1] >= 'A' && text.data[1] <= 'Z';
}

static int
shown_len(struct ca_bytes text)
{
	return text.len > MAX_SHOWN ? MAX_SHOWN : (int)text.len;
}

/* What the string type and the bound allow. */
static enum ca_status
check_rule(const struct attribute_rule *rule, struct ca_bytes text,
    struct ca_error *err)
{
	const char *name = ca_oid_name(rule->type);
	size_t count = 0;
	enum ca_status st;

	if (is_blank(text))
		return ca_fail(err, CA_REFUSED,
		    "%s: empty; X.520 wants one character or more, leave the "
		    "attribute out",
		    name);
	if ((st = check_text(name, text, &count, err)) != CA_OK)
		return st;
	if (rule->max == 2 && !is_country_code(text))
		return ca_fail(err, CA_REFUSED,
		    "%s: \"%.*s\" is not two upper-case letters (ISO 3166, "
		    "RFC 5280 app. A)",
		    name, shown_len(text), (const char *)text.data);
	if (count > rule->max || text.len > CA_NAME_MAX_VALUE)
		return ca_fail(err, CA_REFUSED,
		    "%s: %zu characters, %s allows %zu: shorten it", name,
		    count, rule->rule, rule->max);
	if (rule->tag == DER_UTF8_STRING)
		return CA_OK;
	for (size_t i = 0; i < text.len; i++)
		if (!is_allowed_octet(rule->tag, text.data[i]))
			return ca_fail(err, CA_REFUSED,
			    "%s: \"%.*s\" holds what a %s may not (X.680): "
			    "letter %zu",
			    name, shown_len(text), (const char *)text.data,
			    string_type_name(rule->tag), i + 1);
	return CA_OK;
}

enum ca_status
ca_attribute_put(struct der_out *out, enum ca_oid type, struct ca_bytes utf8,
    struct ca_error *err)
{
	const struct attribute_rule *rule = find_rule(type);
	enum ca_status st;

	if (rule == NULL)
		return ca_fail(err, CA_USAGE,
		    "%s: not an attribute of a name (RFC 5280 4.1.2.4)",
		    ca_oid_name(type) != NULL ? ca_oid_name(type) : "unknown");
	if ((st = check_rule(rule, utf8, err)) != CA_OK)
		return st;
	der_open(out, DER_SEQUENCE);
	der_put(out, DER_OID, ca_oid_der(type));
	der_put(out, rule->tag, utf8);
	der_close(out);
	return CA_OK;
}
