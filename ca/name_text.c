/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/name.h"

#include <string.h>

#define MAX_TYPE 64 /* a written attribute type and its NUL */

/* ---- to text (RFC 4514) ----------------------------------------------- */

static enum ca_status
append_octets(struct ca_buf *buf, struct ca_bytes octets)
{
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < octets.len && st == CA_OK; i++)
		st = ca_buf_printf(buf, "\\%02X", octets.data[i]);
	return st;
}

/* RFC 4514 2.4: what is escaped, and where. */
static bool
must_escape(struct ca_bytes text, size_t at)
{
	uint8_t c = text.data[at];

	if (c == ' ')
		return at == 0 || at + 1 == text.len;
	if (c == '#')
		return at == 0;
	return c != '\0' && strchr("\"+,;<>\\", c) != NULL;
}

static enum ca_status
append_escaped(struct ca_buf *buf, struct ca_bytes text)
{
	enum ca_status st = CA_OK;

	for (size_t at = 0; at < text.len && st == CA_OK;) {
		struct ca_bytes one = {text.data + at, text.len - at};
		uint32_t point = 0;
		size_t len = ca_utf8_get(one, &point);

		one.len = len == 0 ? 1 : len;
		if (len == 0 || !ca_char_is_printable(point))
			st = append_octets(buf, one);
		else if (!must_escape(text, at) ||
		    (st = ca_buf_append_text(buf, "\\")) == CA_OK)
			st = ca_buf_append(buf, one);
		at += one.len;
	}
	return st;
}

static enum ca_status
append_attribute(struct ca_buf *buf, const struct ca_attribute *attr)
{
	const char *type = ca_oid_short_name(attr->type);
	struct ca_buf text = {0};
	enum ca_status st;

	st = type != NULL ? ca_buf_append_text(buf, type) :
			    ca_oid_append_dotted(buf, attr->oid);
	if (st != CA_OK || (st = ca_buf_append_text(buf, "=")) != CA_OK)
		return st;
	st = ca_attribute_append_utf8(&text, attr);
	if (st == CA_OK)
		st = append_escaped(buf, ca_view(&text));
	else if (st == CA_MALFORMED)
		st = append_octets(buf, attr->value);
	ca_buf_free(&text);
	return st;
}

enum ca_status
ca_name_append_text(struct ca_buf *buf, struct ca_bytes name)
{
	struct ca_name_walk walk;
	struct ca_attribute attr;
	enum ca_status st = CA_OK;
	size_t last_rdn = 0;

	ca_name_walk(&walk, name);
	while (st == CA_OK && ca_name_next(&walk, &attr)) {
		if (walk.count > 1)
			st = ca_buf_append_text(
			    buf, attr.rdn == last_rdn ? "+" : ", ");
		if (st == CA_OK)
			st = append_attribute(buf, &attr);
		last_rdn = attr.rdn;
	}
	return st;
}

/* ---- from text -------------------------------------------------------- */

/* What is left of the text, and the letter its attributes end with. */
struct name_text {
	const char *rest;
	char separator;
};

static void
skip_spaces(struct name_text *text)
{
	while (*text->rest == ' ')
		text->rest++;
}

static enum ca_status
read_type(struct name_text *text, enum ca_oid *ret_type, struct ca_error *err)
{
	char word[MAX_TYPE];
	size_t len = 0;

	skip_spaces(text);
	while (text->rest[len] != '\0' && text->rest[len] != '=' &&
	    text->rest[len] != text->separator)
		len++;
	if (text->rest[len] != '=')
		return ca_fail(err, CA_USAGE,
		    "name: \"%.40s\" has no '=': write TYPE=value, as in "
		    "\"CN=Lab Root CA, O=Lab\"; a ',' or '/' inside a value is "
		    "written \\, or \\/",
		    text->rest);
	if (len < sizeof(word)) {
		memcpy(word, text->rest, len);
		word[len] = '\0';
		*ret_type = ca_oid_by_name(word);
	}
	/* Attribute types come first in the table; the rest are no names. */
	if (len >= sizeof(word) || *ret_type == CA_OID_UNKNOWN ||
	    *ret_type > CA_OID_JURISDICTION_COUNTRY)
		return ca_fail(err, CA_USAGE,
		    "name: unknown attribute type \"%.*s\": write CN, O, OU, "
		    "C, ST, L, DC, UID, serialNumber, emailAddress or another "
		    "full name of RFC 5280 app. A",
		    len > 40 ? 40 : (int)len, text->rest);
	text->rest += len + 1;
	return CA_OK;
}

static int
hex_value(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF", *at;

	at = c == '\0' ? NULL : strchr(digits, c);
	return at == NULL ? -1 : (int)((at - digits) % 16);
}

/* Behind a backslash: a letter that may be escaped, or two hex digits. */
static enum ca_status
read_escape(struct name_text *text, uint8_t *ret_octet, struct ca_error *err)
{
	const char *p = text->rest + 1;
	int high = hex_value(p[0]);
	int low = high < 0 ? -1 : hex_value(p[1]);

	if (high >= 0 && low >= 0) {
		*ret_octet = (uint8_t)(high * 16 + low);
		text->rest += 3;
		return CA_OK;
	}
	if (*p == '\0' || strchr(" \"#+,;<=>\\/", *p) == NULL)
		return ca_fail(err, CA_USAGE,
		    "name: \"%.3s\" is no escape of RFC 4514: write \\\\ for "
		    "a backslash",
		    text->rest);
	*ret_octet = (uint8_t)*p;
	text->rest += 2;
	return CA_OK;
}

/* What RFC 4514 keeps for itself; in openssl's form '+' alone. */
static bool
is_reserved(const struct name_text *text, char c)
{
	return strchr(text->separator == '/' ? "+" : "\"+;<>", c) != NULL;
}

static enum ca_status
read_value(struct name_text *text, struct ca_buf *value, struct ca_error *err)
{
	enum ca_status st;
	size_t kept = 0; /* up to the last octet that is no plain space */

	skip_spaces(text);
	if (text->separator == ',' && *text->rest == '#')
		return ca_fail(err, CA_USAGE,
		    "name: a value in hex (#...) is not read: write the text, "
		    "or \\# for a leading '#'");
	while (*text->rest != '\0' && *text->rest != text->separator) {
		uint8_t octet = (uint8_t)*text->rest;
		bool escaped = octet == '\\';

		if (is_reserved(text, *text->rest))
			return ca_fail(err, CA_USAGE,
			    "name: a bare '%c' in a value (RFC 4514 2.4): "
			    "write \\%c",
			    *text->rest, *text->rest);
		if (!escaped)
			text->rest++;
		else if ((st = read_escape(text, &octet, err)) != CA_OK)
			return st;
		st = ca_buf_append(value, (struct ca_bytes){&octet, 1});
		if (st != CA_OK)
			return ca_fail(err, st, "name: memory is short");
		if (escaped || octet != ' ')
			kept = value->len;
	}
	value->len = kept;
	return CA_OK;
}

static enum ca_status
parse_attribute(
    struct name_text *text, struct der_out *out, struct ca_error *err)
{
	struct ca_buf value = {0};
	enum ca_oid type = CA_OID_UNKNOWN;
	enum ca_status st;

	if ((st = read_type(text, &type, err)) != CA_OK ||
	    (st = read_value(text, &value, err)) != CA_OK)
		goto out;
	if (value.len == 0) {
		st = ca_fail(err, CA_USAGE,
		    "name: %s has no value: give one or leave it out",
		    ca_oid_name(type));
		goto out;
	}
	st = ca_name_put(out, type, ca_view(&value), err);
out:
	ca_buf_free(&value);
	return st;
}

enum ca_status
ca_name_parse(const char *text, struct ca_buf *ret, struct ca_error *err)
{
	struct name_text in = {text, ','};
	struct der_out out = {0};
	enum ca_status st = CA_OK;
	size_t count = 0;

	if (*text == '/')
		in = (struct name_text){text + 1, '/'};
	der_open(&out, DER_SEQUENCE);
	skip_spaces(&in);
	while (st == CA_OK && (*in.rest != '\0' || count > 0)) {
		if (++count > CA_NAME_MAX_ATTRIBUTES) {
			st = ca_fail(err, CA_USAGE,
			    "name: more than %d attributes",
			    CA_NAME_MAX_ATTRIBUTES);
			break;
		}
		st = parse_attribute(&in, &out, err);
		if (st != CA_OK || *in.rest == '\0')
			break;
		in.rest++;
	}
	der_close(&out);
	if (st != CA_OK) {
		der_discard(&out);
		return st;
	}
	if ((st = der_finish(&out, ret)) != CA_OK)
		return ca_fail(err, st, "name: memory is short");
	return CA_OK;
}
