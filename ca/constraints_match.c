/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/constraints.h"
#include "ca/name.h"
#include "ca/uri.h"

#include <string.h>

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Hosts are compared without regard to case (RFC 5280 7.2). */
static bool
hosts_equal(struct ca_bytes a, struct ca_bytes b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.data[i]) != lower(b.data[i]))
			return false;
	return true;
}

static struct ca_bytes
skip(struct ca_bytes text, size_t count)
{
	return (struct ca_bytes){text.data + count, text.len - count};
}

/* The host ends with '.' and the domain, with something in front. */
static bool
host_is_below(struct ca_bytes host, struct ca_bytes domain)
{
	size_t front;

	if (host.len < domain.len + 2)
		return false;
	front = host.len - domain.len - 1;
	return host.data[front] == '.' &&
	    hosts_equal(skip(host, front + 1), domain);
}

/* What stands behind the first dot; {0} when there is none. */
static struct ca_bytes
parent_of(struct ca_bytes host)
{
	const uint8_t *dot = host.len == 0 ? NULL :
					     memchr(host.data, '.', host.len);

	if (dot == NULL)
		return (struct ca_bytes){0};
	return skip(host, (size_t)(dot - host.data) + 1);
}

static bool
dns_matches(struct ca_bytes host, struct ca_bytes base, bool excluded)
{
	/* Not in the RFC, and in many an authority: all below, not itself. */
	if (base.len > 0 && base.data[0] == '.')
		return host_is_below(host, skip(base, 1));
	if (base.len == 0 || hosts_equal(host, base) ||
	    host_is_below(host, base))
		return true;
	/* "*.company.com" may be used for an excluded "www.company.com". */
	return excluded && host.len > 2 && host.data[0] == '*' &&
	    hosts_equal(parent_of(host), parent_of(base));
}

/* A host, or ".domain" for all below and not itself. */
static bool
host_matches(struct ca_bytes host, struct ca_bytes base)
{
	if (base.len == 0)
		return true;
	if (base.data[0] == '.')
		return host_is_below(host, skip(base, 1));
	return hosts_equal(host, base);
}

/* The octets in front of the last '@'; SIZE_MAX when there is none. */
static size_t
find_at(struct ca_bytes text)
{
	for (size_t i = text.len; i > 0; i--)
		if (text.data[i - 1] == '@')
			return i - 1;
	return SIZE_MAX;
}

/* Atoms of RFC 5321 4.1.2, and dots wherever people have them. */
static bool
is_atom(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c != 0 && strchr("0123456789!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static bool
is_plain_local(struct ca_bytes local)
{
	for (size_t i = 0; i < local.len; i++)
		if (!is_atom(local.data[i]))
			return false;
	return local.len > 0;
}

/*
 * RFC 5280 4.2.1.10: a mailbox matches its like, the local part exactly. For
 * an exclusion its case does not matter, as it does to no mail server; and one
 * that is quoted or not of ASCII alone may be another way to write it.
 */
static bool
mailbox_matches(struct ca_bytes name, struct ca_bytes base, bool excluded)
{
	size_t at = find_at(name), base_at = find_at(base);
	struct ca_bytes local, base_local;

	if (base.len == 0)
		return true;
	if (at == SIZE_MAX)
		return false;
	if (base_at == SIZE_MAX)
		return host_matches(skip(name, at + 1), base);
	local = (struct ca_bytes){name.data, at};
	base_local = (struct ca_bytes){base.data, base_at};
	/* "@company.com", a form of UPN constraints: all mailboxes there. */
	if (base_at > 0 && !ca_bytes_equal(local, base_local) &&
	    !(excluded &&
		(hosts_equal(local, base_local) || !is_plain_local(local) ||
		    !is_plain_local(base_local))))
		return false;
	return hosts_equal(skip(name, at + 1), skip(base, base_at + 1));
}

/* A URI without a host name cannot be judged: it is never let through. */
static bool
uri_matches(struct ca_bytes text, struct ca_bytes base, bool excluded)
{
	struct ca_uri uri = {0};

	if (ca_uri_parse(text, &uri, NULL) != CA_OK || !uri.has_authority ||
	    uri.host_is_address || uri.host.len == 0)
		return excluded;
	return host_matches(uri.host, base);
}

/* base is an address and a mask of the same length (RFC 5280 4.2.1.10). */
static bool
ip_matches(struct ca_bytes address, struct ca_bytes base)
{
	if (base.len != 2 * address.len)
		return false;
	for (size_t i = 0; i < address.len; i++)
		if (((address.data[i] ^ base.data[i]) &
			base.data[address.len + i]) != 0)
			return false;
	return true;
}

/* "::ffff:10.0.0.1" is 10.0.0.1 to whoever connects (RFC 4291 2.5.5.2). */
static bool
is_mapped(struct ca_bytes address)
{
	static const uint8_t prefix[12] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	return address.len == 16 &&
	    memcmp(address.data, prefix, sizeof(prefix)) == 0;
}

/* The address in its other family: what is excluded in one is in both. All of
 * IPv6 (::/0) is no IPv4: so it is written where IPv4 alone is permitted. */
static bool
mapped_matches(struct ca_bytes address, struct ca_bytes base)
{
	static const uint8_t ones[12] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint8_t text[16] = {[10] = 0xff, [11] = 0xff};

	if (is_mapped(address))
		return ip_matches(skip(address, 12), base);
	if (address.len != 4 || base.len != 32 ||
	    memcmp(base.data + 16, ones, sizeof(ones)) != 0)
		return false;
	memcpy(text + 12, address.data, address.len);
	return ip_matches((struct ca_bytes){text, sizeof(text)}, base);
}

bool
ca_constraints_match(const struct ca_san *san, const struct ca_subtree *tree)
{
	if (san->type != tree->type)
		return false;
	switch (san->type) {
	case CA_SAN_DNS:
		return dns_matches(san->value, tree->base, tree->excluded);
	case CA_SAN_EMAIL:
	case CA_SAN_UPN:
		return mailbox_matches(san->value, tree->base, tree->excluded);
	case CA_SAN_URI:
		return uri_matches(san->value, tree->base, tree->excluded);
	case CA_SAN_IP:
		return ip_matches(san->value, tree->base) ||
		    (tree->excluded && mapped_matches(san->value, tree->base));
	case CA_SAN_DIRECTORY:
		return (tree->excluded ?
			ca_name_may_be_under :
			ca_name_is_under)(san->value, tree->base);
	case CA_SAN_OTHER:
	case CA_SAN_X400:
	case CA_SAN_EDI:
	case CA_SAN_RID:
		break;
	}
	return false;
}

/* ---- what can be compared --------------------------------------------- */

/* Atoms, or a quoted string (RFC 5321 4.1.2); UTF-8 in either (RFC 6531). */
static bool
local_can_be_compared(struct ca_bytes local, bool utf8)
{
	bool quoted = local.len > 2 && local.data[0] == '"' &&
	    local.data[local.len - 1] == '"';
	size_t i = quoted ? 1 : 0, end = local.len - i;

	while (i < end) {
		uint8_t c = local.data[i];
		uint32_t point = 0;
		size_t len = 1;

		if (c > 0x7f && utf8)
			len = ca_utf8_get(skip(local, i), &point);
		if (c > 0x7f && (!utf8 || len == 0))
			return false;
		if (c <= 0x7f && !quoted && !is_atom(c))
			return false;
		if (quoted && (c < ' ' || c == 0x7f || c == '"'))
			return false;
		/* A quoted pair. */
		if (quoted && c == '\\' && (++i >= end || local.data[i] < ' '))
			return false;
		i += len;
	}
	return local.len > 0;
}

static bool
mailbox_can_be_compared(struct ca_bytes text, bool utf8)
{
	size_t at = find_at(text);

	return at != SIZE_MAX && at > 0 &&
	    local_can_be_compared((struct ca_bytes){text.data, at}, utf8) &&
	    ca_san_host_is_plain(skip(text, at + 1), false);
}

static bool
uri_can_be_compared(struct ca_bytes text)
{
	struct ca_uri uri = {0};

	return ca_uri_parse(text, &uri, NULL) == CA_OK &&
	    (!uri.has_authority || uri.host_is_address ||
		ca_san_host_is_plain(uri.host, false));
}

bool
ca_constraints_can_compare(const struct ca_san *san)
{
	switch (san->type) {
	case CA_SAN_DNS:
		return ca_san_host_is_plain(san->value, true);
	case CA_SAN_EMAIL:
		return mailbox_can_be_compared(san->value, false);
	case CA_SAN_UPN:
		return mailbox_can_be_compared(san->value, true);
	case CA_SAN_URI:
		return uri_can_be_compared(san->value);
	case CA_SAN_OTHER:
		return true; /* a subtree of its type is a refusal */
	case CA_SAN_IP:
	case CA_SAN_DIRECTORY:
	case CA_SAN_RID:
	case CA_SAN_X400:
	case CA_SAN_EDI:
		break;
	}
	return ca_san_check(san, NULL) == CA_OK;
}
