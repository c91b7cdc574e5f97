/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/san.h"
#include "ca/name.h"
#include "ca/oid.h"
#include "ca/uri.h"

#include <string.h>

#define MAX_EMAIL 254
#define MAX_LOCAL_PART 64
#define MAX_UPN 1024

/* ---- DER -------------------------------------------------------------- */

/*
 * GeneralName ::= CHOICE {
 *   otherName [0] SEQUENCE { type-id OID, value [0] EXPLICIT ANY },
 *   rfc822Name [1] IA5String, dNSName [2] IA5String, x400Address [3] ...,
 *   directoryName [4] Name (explicit: a CHOICE), ediPartyName [5] SEQUENCE,
 *   uniformResourceIdentifier [6] IA5String, iPAddress [7] OCTET STRING,
 *   registeredID [8] OBJECT IDENTIFIER }
 */
static bool
read_other_name(struct ca_bytes content, struct ca_san *san)
{
	struct ca_bytes oid, value, text;

	san->type = CA_SAN_OTHER;
	san->value = content;
	if (!der_get_oid(&content, &oid) ||
	    !der_get(&content, DER_CONTEXT_CONS(0), &value) ||
	    !der_at_end(content) || !der_is_well_formed(value) ||
	    !der_get_any(&value, NULL, NULL, NULL) || !der_at_end(value))
		return false;
	if (ca_oid_find(oid) != CA_OID_UPN)
		return true;
	content = san->value;
	if (!der_get_oid(&content, &oid) ||
	    !der_get(&content, DER_CONTEXT_CONS(0), &value))
		return false;
	/* A UPN of another string type stays an otherName. */
	if (!der_get(&value, DER_UTF8_STRING, &text))
		return true;
	san->type = CA_SAN_UPN;
	san->value = text;
	return true;
}

static bool
read_directory_name(struct ca_bytes content, struct ca_san *san)
{
	san->value = content;
	return ca_name_check(content, NULL) == CA_OK;
}

static bool
read_general_name(uint8_t tag, struct ca_bytes content, struct ca_san *san)
{
	san->type = (enum ca_san_type)(tag & 0x1f);
	san->value = content;
	switch (tag) {
	case DER_CONTEXT_CONS(0):
		return read_other_name(content, san);
	case DER_CONTEXT_CONS(3):
	case DER_CONTEXT_CONS(5):
		return der_is_well_formed(content);
	case DER_CONTEXT_CONS(4):
		return read_directory_name(content, san);
	case DER_CONTEXT(8):
		return der_oid_is_valid(content);
	case DER_CONTEXT(1):
	case DER_CONTEXT(2):
	case DER_CONTEXT(6):
	case DER_CONTEXT(7):
		return true;
	default:
		return false;
	}
}

enum ca_status
ca_san_get(struct ca_bytes *in, struct ca_san *ret, struct ca_error *err)
{
	struct ca_bytes rest = *in, content;
	struct ca_san san = {0};
	uint8_t tag;

	if (!der_get_any(&rest, &tag, &san.element, &content) ||
	    !read_general_name(tag, content, &san))
		return ca_fail(err, CA_MALFORMED,
		    "GeneralName: not DER of one (RFC 5280 4.2.1.6)");
	*in = rest;
	*ret = san;
	return CA_OK;
}

/* ret is NULL where they are but counted. */
static enum ca_status
read_list(struct ca_bytes element, struct ca_san *ret, size_t max,
    size_t *ret_count, struct ca_error *err)
{
	struct ca_bytes names;
	struct ca_san san;
	enum ca_status st;
	size_t count = 0;

	if (!der_get(&element, DER_SEQUENCE, &names) || !der_at_end(element))
		return ca_fail(err, CA_MALFORMED,
		    "GeneralNames: not a DER SEQUENCE (RFC 5280 4.2.1.6)");
	if (der_at_end(names))
		return ca_fail(err, CA_MALFORMED,
		    "GeneralNames: empty (RFC 5280 4.2.1.6)");
	for (; !der_at_end(names); count++) {
		if (count == max)
			return ca_fail(err, CA_REFUSED,
			    "GeneralNames: more than %zu names, the limit "
			    "here",
			    max);
		if ((st = ca_san_get(&names, &san, err)) != CA_OK)
			return st;
		if (ret != NULL)
			ret[count] = san;
	}
	*ret_count = count;
	return CA_OK;
}

enum ca_status
ca_san_parse(struct ca_bytes element, struct ca_san ret[CA_SAN_MAX],
    size_t *ret_count, struct ca_error *err)
{
	enum ca_status st;

	st = read_list(element, ret, CA_SAN_MAX, ret_count, err);
	if (st == CA_REFUSED)
		ca_fail_hint(err, "make several requests");
	return st;
}

enum ca_status
ca_san_check_list(
    struct ca_bytes element, size_t *ret_count, struct ca_error *err)
{
	return read_list(element, NULL, CA_SAN_READ_MAX, ret_count, err);
}

void
ca_san_walk(struct ca_san_walk *walk, struct ca_bytes element)
{
	*walk = (struct ca_san_walk){0};
	if (!der_get(&element, DER_SEQUENCE, &walk->rest))
		walk->rest = (struct ca_bytes){0};
}

bool
ca_san_next(struct ca_san_walk *walk, struct ca_san *ret)
{
	return !der_at_end(walk->rest) &&
	    ca_san_get(&walk->rest, ret, NULL) == CA_OK;
}

void
ca_san_put(struct der_out *out, const struct ca_san *san)
{
	switch (san->type) {
	case CA_SAN_OTHER:
	case CA_SAN_X400:
	case CA_SAN_DIRECTORY:
	case CA_SAN_EDI:
		der_put(out, DER_CONTEXT_CONS(san->type), san->value);
		return;
	case CA_SAN_EMAIL:
	case CA_SAN_DNS:
	case CA_SAN_URI:
	case CA_SAN_IP:
	case CA_SAN_RID:
		der_put(out, DER_CONTEXT(san->type), san->value);
		return;
	case CA_SAN_UPN:
		der_open(out, DER_CONTEXT_CONS(0));
		der_put(out, DER_OID, ca_oid_der(CA_OID_UPN));
		der_open(out, DER_CONTEXT_CONS(0));
		der_put(out, DER_UTF8_STRING, san->value);
		der_close(out);
		der_close(out);
		return;
	}
	der_put_failed(out, CA_INTERNAL);
}

/* ---- what may be signed ----------------------------------------------- */

static int
shown(struct ca_bytes text)
{
	return text.len > 64 ? 64 : (int)text.len;
}

static enum ca_status
refuse(struct ca_error *err, const struct ca_san *san, const char *why)
{
	return ca_fail(err, CA_REFUSED, "%s \"%.*s\": %s",
	    ca_san_type_name(san->type), shown(san->value),
	    san->value.len > 0 ? (const char *)san->value.data : "", why);
}

/* Where the only '@' is; SIZE_MAX when there is none or another. */
static size_t
find_at(struct ca_bytes text)
{
	size_t at = SIZE_MAX;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] != '@')
			continue;
		if (at != SIZE_MAX)
			return SIZE_MAX;
		at = i;
	}
	return at;
}

/* RFC 5321 4.1.2: atoms of RFC 5322's atext, joined by single dots. */
static bool
is_dot_string(struct ca_bytes text)
{
	uint8_t last = '.';

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		bool atext = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') ||
		    (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);

		if (!atext && (c != '.' || last == '.'))
			return false;
		last = c;
	}
	return text.len > 0 && last != '.';
}

static enum ca_status
check_email(const struct ca_san *san, struct ca_error *err)
{
	struct ca_bytes text = san->value, local, host;
	size_t at = find_at(text);

	if (at == SIZE_MAX)
		return refuse(
		    err, san, "not local@host with one '@' (RFC 5280 4.2.1.6)");
	local = (struct ca_bytes){text.data, at};
	host = (struct ca_bytes){text.data + at + 1, text.len - at - 1};
	if (local.len > MAX_LOCAL_PART || text.len > MAX_EMAIL)
		return refuse(err, san, "too long (RFC 5321 4.5.3.1)");
	if (!is_dot_string(local))
		return refuse(err, san,
		    "the part before '@' is no dot-string (RFC 5321 4.1.2)");
	return ca_san_check_host(host, false, err);
}

static enum ca_status
check_upn(const struct ca_san *san, struct ca_error *err)
{
	struct ca_bytes text = san->value;
	size_t at = find_at(text);

	if (at == SIZE_MAX || at == 0 || at + 1 == text.len)
		return refuse(err, san, "not user@suffix with one '@'");
	if (text.len > MAX_UPN)
		return refuse(err, san, "longer than 1024 octets");
	for (size_t i = 0; i < text.len;) {
		struct ca_bytes rest = {text.data + i, text.len - i};
		uint32_t point = 0;
		size_t len = ca_utf8_get(rest, &point);

		if (len == 0 || point == ' ' || !ca_char_is_printable(point))
			return refuse(err, san,
			    "a space, a control or what is not UTF-8");
		i += len;
	}
	return CA_OK;
}

static enum ca_status
check_directory(const struct ca_san *san, struct ca_error *err)
{
	struct ca_error why = {0};

	if (ca_name_is_empty(san->value))
		return ca_fail(
		    err, CA_REFUSED, "dirName: empty (RFC 5280 4.2.1.6)");
	if (ca_name_check(san->value, &why) != CA_OK)
		return ca_fail(err, CA_REFUSED, "dirName: %.400s", why.msg);
	return CA_OK;
}

enum ca_status
ca_san_check(const struct ca_san *san, struct ca_error *err)
{
	switch (san->type) {
	case CA_SAN_DNS:
		return ca_san_check_host(san->value, true, err);
	case CA_SAN_EMAIL:
		return check_email(san, err);
	case CA_SAN_UPN:
		return check_upn(san, err);
	case CA_SAN_URI:
		return ca_uri_check(san->value, err);
	case CA_SAN_DIRECTORY:
		return check_directory(san, err);
	case CA_SAN_IP:
		if (san->value.len == 4 || san->value.len == 16)
			return CA_OK;
		return ca_fail(err, CA_REFUSED,
		    "ip: %zu octets, RFC 5280 4.2.1.6 wants 4 or 16",
		    san->value.len);
	case CA_SAN_RID:
		if (der_oid_is_valid(san->value))
			return CA_OK;
		return ca_fail(err, CA_REFUSED, "rid: no OID (X.690 8.19)");
	case CA_SAN_OTHER:
	case CA_SAN_X400:
	case CA_SAN_EDI:
		break;
	}
	return ca_fail(err, CA_REFUSED,
	    "%s: a name of this type is never signed, nothing here can judge "
	    "it: leave it out of the request",
	    ca_san_type_name(san->type));
}
