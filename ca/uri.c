/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/uri.h"
#include "ca/san.h"

#include <string.h>

#define MAX_HOST 253

static enum ca_status
refuse(struct ca_error *err, struct ca_bytes text, const char *why)
{
	return ca_fail(err, CA_REFUSED, "uri \"%.*s\": %s",
	    text.len > 100 ? 100 : (int)text.len,
	    text.len > 0 ? (const char *)text.data : "", why);
}

static bool
is_alpha(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* RFC 3986 2: unreserved, reserved, and whole percent-encodings. */
static bool
letters_are_allowed(struct ca_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c == '%' &&
		    (text.len - i < 3 || !is_hex(text.data[i + 1]) ||
			!is_hex(text.data[i + 2])))
			return false;
		if (!is_alpha(c) && !is_digit(c) &&
		    (c == 0 || strchr("-._~:/?#[]@!$&'()*+,;=%", c) == NULL))
			return false;
	}
	return true;
}

/* The count of octets before the first of these letters, or all. */
static size_t
span_until(struct ca_bytes text, const char *letters)
{
	size_t len = 0;

	while (len < text.len && strchr(letters, text.data[len]) == NULL)
		len++;
	return len;
}

static struct ca_bytes
skip(struct ca_bytes text, size_t count)
{
	return (struct ca_bytes){text.data + count, text.len - count};
}

static bool
scheme_is_valid(struct ca_bytes scheme)
{
	if (scheme.len == 0 || !is_alpha(scheme.data[0]))
		return false;
	for (size_t i = 0; i < scheme.len; i++) {
		uint8_t c = scheme.data[i];

		if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' &&
		    c != '.')
			return false;
	}
	return true;
}

/* Nothing, or ':' and digits (RFC 3986 3.2.3). */
static bool
port_is_valid(struct ca_bytes port)
{
	if (port.len == 0)
		return true;
	if (port.data[0] != ':' || port.len < 2 || port.len > 6)
		return false;
	for (size_t i = 1; i < port.len; i++)
		if (!is_digit(port.data[i]))
			return false;
	return true;
}

static bool
is_address(struct ca_bytes host, size_t wanted)
{
	char text[CA_IP_TEXT];
	uint8_t octets[16];
	size_t len;

	if (host.len >= sizeof(text))
		return false;
	memcpy(text, host.data, host.len);
	text[host.len] = '\0';
	return ca_ip_parse(text, octets, &len) && len == wanted;
}

/* authority = [ userinfo "@" ] host [ ":" port ] */
static bool
read_authority(struct ca_bytes authority, struct ca_uri *uri)
{
	size_t user = span_until(authority, "@");
	size_t len;

	if (user < authority.len) {
		if (span_until(authority, "[]") < user)
			return false;
		authority = skip(authority, user + 1);
	}
	if (span_until(authority, "@") < authority.len)
		return false;
	if (authority.len > 0 && authority.data[0] == '[') {
		authority = skip(authority, 1);
		len = span_until(authority, "]");
		if (len == authority.len)
			return false;
		uri->host = (struct ca_bytes){authority.data, len};
		uri->host_is_address = true;
		return is_address(uri->host, 16) &&
		    port_is_valid(skip(authority, len + 1));
	}
	if (span_until(authority, "[]") < authority.len)
		return false;
	len = span_until(authority, ":");
	uri->host = (struct ca_bytes){authority.data, len};
	uri->host_is_address = is_address(uri->host, 4);
	return port_is_valid(skip(authority, len));
}

enum ca_status
ca_uri_parse(struct ca_bytes text, struct ca_uri *ret, struct ca_error *err)
{
	struct ca_bytes rest, authority;
	struct ca_uri uri = {0};

	if (text.len > CA_URI_MAX)
		return refuse(err, text, "longer than 2048 octets");
	if (!letters_are_allowed(text))
		return refuse(err, text,
		    "a letter that RFC 3986 2 does not allow: percent-encode "
		    "it");
	uri.scheme = (struct ca_bytes){text.data, span_until(text, ":")};
	if (uri.scheme.len == text.len || !scheme_is_valid(uri.scheme))
		return refuse(err, text,
		    "no scheme in front: RFC 5280 4.2.1.6 wants an absolute "
		    "URI");
	rest = skip(text, uri.scheme.len + 1);
	if (rest.len == 0)
		return refuse(err, text, "nothing behind the scheme");
	if (rest.len >= 2 && rest.data[0] == '/' && rest.data[1] == '/') {
		rest = skip(rest, 2);
		authority = (struct ca_bytes){
		    rest.data, span_until(rest, "/?#")};
		uri.has_authority = true;
		if (!read_authority(authority, &uri))
			return refuse(err, text,
			    "not [user@]host[:port] behind \"//\" (RFC 3986 "
			    "3.2)");
		rest = skip(rest, authority.len);
	}
	if (span_until(rest, "[]") < rest.len)
		return refuse(
		    err, text, "a bracket outside the host (RFC 3986 3.2.2)");
	*ret = uri;
	return CA_OK;
}

enum ca_status
ca_uri_check(struct ca_bytes text, struct ca_error *err)
{
	uint8_t lower[MAX_HOST];
	struct ca_uri uri = {0};
	enum ca_status st;

	if ((st = ca_uri_parse(text, &uri, err)) != CA_OK)
		return st;
	if (!uri.has_authority || uri.host_is_address)
		return CA_OK;
	if (uri.host.len > sizeof(lower))
		return refuse(
		    err, text, "a host of more than 253 octets (RFC 1035)");
	/* RFC 3986 3.2.2: case does not matter here, so it is not refused. */
	for (size_t i = 0; i < uri.host.len; i++) {
		uint8_t c = uri.host.data[i];

		lower[i] = c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
	}
	return ca_san_check_host(
	    (struct ca_bytes){lower, uri.host.len}, false, err);
}
