/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/name.h"
#include "ca/oid.h"
#include "ca/san.h"

#include <string.h>

#define MAX_SHOWN_OCTETS 32 /* of what is shown as hex */

const char *
ca_san_type_name(enum ca_san_type type)
{
	switch (type) {
	case CA_SAN_EMAIL:
		return "email";
	case CA_SAN_DNS:
		return "dns";
	case CA_SAN_X400:
		return "x400";
	case CA_SAN_DIRECTORY:
		return "dirName";
	case CA_SAN_EDI:
		return "ediParty";
	case CA_SAN_URI:
		return "uri";
	case CA_SAN_IP:
		return "ip";
	case CA_SAN_RID:
		return "rid";
	case CA_SAN_UPN:
		return "upn";
	case CA_SAN_OTHER:
		break;
	}
	return "other";
}

/* ---- from text -------------------------------------------------------- */

static void
lower_from(struct ca_buf *buf, size_t first)
{
	for (size_t i = first; i < buf->len; i++)
		if (buf->data[i] >= 'A' && buf->data[i] <= 'Z')
			buf->data[i] |= 0x20;
}

/* The part before '@' may differ in case alone (RFC 5321 2.4). */
static void
lower_host(enum ca_san_type type, struct ca_buf *value)
{
	const uint8_t *at;

	if (type == CA_SAN_DNS)
		lower_from(value, 0);
	if (type != CA_SAN_EMAIL || value->len == 0)
		return;
	at = memchr(value->data, '@', value->len);
	if (at != NULL)
		lower_from(value, (size_t)(at - value->data));
}

enum ca_status
ca_san_normalise(
    const struct ca_san *san, struct ca_buf *ret_value, struct ca_error *err)
{
	struct ca_san lowered = {.type = san->type};
	struct ca_buf value = {0};
	enum ca_status st;

	if ((st = ca_buf_append(&value, san->value)) != CA_OK) {
		st = ca_fail(err, st, "name: memory is short");
		goto out;
	}
	lower_host(san->type, &value);
	lowered.value = ca_view(&value);
	if ((st = ca_san_check(&lowered, err)) != CA_OK)
		goto out;
	if ((st = ca_buf_append(ret_value, lowered.value)) != CA_OK)
		st = ca_fail(err, st, "name: memory is short");
out:
	ca_buf_free(&value);
	return st;
}

static enum ca_status
address_from_text(const char *text, struct ca_buf *value, struct ca_error *err)
{
	uint8_t octets[16];
	size_t len;

	if (!ca_ip_parse(text, octets, &len))
		return ca_fail(err, CA_USAGE,
		    "ip \"%.64s\": not an address: write 192.0.2.1 or "
		    "2001:db8::1",
		    text);
	return ca_buf_append(value, (struct ca_bytes){octets, len});
}

static enum ca_status
value_from_text(enum ca_san_type type, const char *text, struct ca_buf *value,
    struct ca_error *err)
{
	enum ca_status st;

	switch (type) {
	case CA_SAN_DNS:
	case CA_SAN_EMAIL:
	case CA_SAN_URI:
	case CA_SAN_UPN:
		return ca_buf_append_text(value, text);
	case CA_SAN_IP:
		return address_from_text(text, value, err);
	case CA_SAN_DIRECTORY:
		return ca_name_parse(text, value, err);
	case CA_SAN_RID:
		if ((st = ca_oid_parse(value, text)) != CA_MALFORMED)
			return st;
		return ca_fail(err, CA_USAGE,
		    "rid \"%.64s\": not an OID: write numbers and dots", text);
	case CA_SAN_OTHER:
	case CA_SAN_X400:
	case CA_SAN_EDI:
		break;
	}
	return ca_fail(err, CA_USAGE,
	    "%s: a name of this type cannot be given as text",
	    ca_san_type_name(type));
}

enum ca_status
ca_san_from_text(enum ca_san_type type, const char *text,
    struct ca_buf *ret_value, struct ca_error *err)
{
	struct ca_san san = {.type = type};
	struct ca_buf value = {0};
	enum ca_status st;

	if ((st = value_from_text(type, text, &value, err)) != CA_OK) {
		st = ca_fail(err, st, "name: memory is short");
		goto out;
	}
	san.value = ca_view(&value);
	st = ca_san_normalise(&san, ret_value, err);
out:
	ca_buf_free(&value);
	return st;
}

enum ca_san_type
ca_san_guess(const char *text)
{
	uint8_t octets[16];
	size_t len;

	if (ca_ip_parse(text, octets, &len))
		return CA_SAN_IP;
	/* A URI may hold an '@', an address of a mailbox no "://". */
	if (strstr(text, "://") != NULL)
		return CA_SAN_URI;
	return strchr(text, '@') != NULL ? CA_SAN_EMAIL : CA_SAN_DNS;
}

/* ---- to text ---------------------------------------------------------- */

/*
 * A name that was never checked may hold ", dns:other.example", to be taken
 * for two in a list: a space is shown as an escape.
 */
static enum ca_status
append_without_spaces(struct ca_buf *buf, struct ca_bytes text)
{
	enum ca_status st = CA_OK;

	while (text.len > 0 && st == CA_OK) {
		struct ca_bytes word = {text.data, 0};

		while (word.len < text.len && text.data[word.len] != ' ')
			word.len++;
		st = ca_buf_append_safe(buf, word);
		text.data += word.len;
		text.len -= word.len;
		if (text.len == 0 || st != CA_OK)
			break;
		st = ca_buf_append_text(buf, "\\x20");
		text.data++;
		text.len--;
	}
	return st;
}

static enum ca_status
append_hex(struct ca_buf *buf, struct ca_bytes octets)
{
	bool cut = octets.len > MAX_SHOWN_OCTETS;
	enum ca_status st;

	if (cut)
		octets.len = MAX_SHOWN_OCTETS;
	if ((st = ca_buf_append_text(buf, "#")) != CA_OK ||
	    (st = ca_hex_append(buf, octets)) != CA_OK || !cut)
		return st;
	return ca_buf_append_text(buf, "...");
}

/* "1.2.3.4;#0c0161": the type-id and the value's DER. */
static enum ca_status
append_other(struct ca_buf *buf, struct ca_bytes content)
{
	struct ca_bytes oid, value;
	enum ca_status st;

	if (!der_get_oid(&content, &oid) ||
	    !der_get(&content, DER_CONTEXT_CONS(0), &value))
		return append_hex(buf, content);
	if ((st = ca_oid_append_text(buf, oid)) != CA_OK ||
	    (st = ca_buf_append_text(buf, ";")) != CA_OK)
		return st;
	return append_hex(buf, value);
}

enum ca_status
ca_san_append_value(struct ca_buf *buf, const struct ca_san *san)
{
	switch (san->type) {
	case CA_SAN_EMAIL:
	case CA_SAN_DNS:
	case CA_SAN_URI:
	case CA_SAN_UPN:
		return append_without_spaces(buf, san->value);
	case CA_SAN_IP:
		if (san->value.len != 4 && san->value.len != 16)
			return append_hex(buf, san->value);
		return ca_ip_append_text(buf, san->value);
	case CA_SAN_DIRECTORY:
		return ca_name_append_text(buf, san->value);
	case CA_SAN_RID:
		return ca_oid_append_dotted(buf, san->value);
	case CA_SAN_OTHER:
		return append_other(buf, san->value);
	case CA_SAN_X400:
	case CA_SAN_EDI:
		break;
	}
	return append_hex(buf, san->value);
}

enum ca_status
ca_san_append_text(struct ca_buf *buf, const struct ca_san *san)
{
	enum ca_status st;

	if ((st = ca_buf_printf(buf, "%s:", ca_san_type_name(san->type))) !=
	    CA_OK)
		return st;
	return ca_san_append_value(buf, san);
}
