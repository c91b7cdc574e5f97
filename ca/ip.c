/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/san.h"

#include <string.h>

#define GROUPS 8 /* of 16 bits in an IPv6 address */

/* A decimal number without leading zeros, at most max. */
static bool
read_decimal(const char **text, unsigned max, unsigned *ret_value)
{
	const char *p = *text;
	unsigned value = 0;

	if (*p < '0' || *p > '9' || (p[0] == '0' && p[1] >= '0' && p[1] <= '9'))
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (unsigned)(*p - '0');
		if (value > max)
			return false;
	}
	*text = p;
	*ret_value = value;
	return true;
}

static bool
read_quad(const char **text, uint8_t octets[4])
{
	const char *p = *text;

	for (size_t i = 0; i < 4; i++) {
		unsigned value = 0;

		if (i > 0 && *p++ != '.')
			return false;
		if (!read_decimal(&p, 255, &value))
			return false;
		octets[i] = (uint8_t)value;
	}
	*text = p;
	return true;
}

/* One to four hex digits. */
static bool
read_group(const char **text, uint8_t octets[2])
{
	const char *p = *text;
	unsigned value = 0;
	int digits = 0;

	for (; ca_hex_digit(*p) >= 0; p++) {
		value = value << 4 | (unsigned)ca_hex_digit(*p);
		if (++digits > 4)
			return false;
	}
	if (digits == 0)
		return false;
	octets[0] = (uint8_t)(value >> 8);
	octets[1] = (uint8_t)value;
	*text = p;
	return true;
}

/* The groups read so far, and where "::" stood among them. */
struct groups {
	uint8_t octets[16];
	size_t len;
	size_t gap;
	bool has_gap;
};

/* The last two groups may be written as a dotted quad (RFC 4291 2.2). */
static bool
read_one(const char **text, struct groups *ip)
{
	const char *quad = *text;

	if (ip->len + 4 <= sizeof(ip->octets) &&
	    read_quad(&quad, ip->octets + ip->len) && *quad == '\0') {
		ip->len += 4;
		*text = quad;
		return true;
	}
	if (ip->len + 2 > sizeof(ip->octets) ||
	    !read_group(text, ip->octets + ip->len))
		return false;
	ip->len += 2;
	return true;
}

static bool
take_gap(const char **text, struct groups *ip)
{
	if (**text != ':')
		return true;
	if (ip->has_gap)
		return false;
	ip->has_gap = true;
	ip->gap = ip->len;
	++*text;
	return true;
}

static bool
read_groups(const char *text, struct groups *ip)
{
	if (text[0] == ':') {
		text++;
		if (*text != ':' || !take_gap(&text, ip))
			return false;
	}
	while (*text != '\0') {
		if (!read_one(&text, ip))
			return false;
		if (*text == '\0')
			break;
		if (*text++ != ':' || *text == '\0' || !take_gap(&text, ip))
			return false;
	}
	/* "::" stands for one group at least. */
	return ip->has_gap ? ip->len <= sizeof(ip->octets) - 2 :
			     ip->len == sizeof(ip->octets);
}

bool
ca_ip_parse(const char *text, uint8_t ret_octets[16], size_t *ret_len)
{
	struct groups ip = {0};
	const char *end = text;
	size_t behind;

	if (read_quad(&end, ip.octets) && *end == '\0') {
		memcpy(ret_octets, ip.octets, 4);
		*ret_len = 4;
		return true;
	}
	ip = (struct groups){0};
	if (!read_groups(text, &ip))
		return false;
	behind = ip.len - ip.gap;
	if (ip.has_gap) {
		memmove(ip.octets + sizeof(ip.octets) - behind,
		    ip.octets + ip.gap, behind);
		memset(ip.octets + ip.gap, 0, sizeof(ip.octets) - ip.len);
	}
	memcpy(ret_octets, ip.octets, sizeof(ip.octets));
	*ret_len = sizeof(ip.octets);
	return true;
}

/* All bits from this one on are zero. */
static bool
is_zero_from(struct ca_bytes octets, unsigned bit)
{
	for (size_t i = bit; i < octets.len * 8; i++)
		if ((octets.data[i / 8] & (0x80u >> (i % 8))) != 0)
			return false;
	return true;
}

bool
ca_ip_prefix_parse(const char *text, uint8_t ret_octets[16], size_t *ret_len,
    unsigned *ret_prefix)
{
	const char *slash = strchr(text, '/');
	size_t len = slash == NULL ? strlen(text) : (size_t)(slash - text);
	char address[CA_IP_TEXT];
	uint8_t octets[16];
	unsigned prefix;
	size_t octet_len;

	if (len >= sizeof(address))
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!ca_ip_parse(address, octets, &octet_len))
		return false;
	prefix = (unsigned)octet_len * 8;
	if (slash != NULL) {
		slash++;
		if (!read_decimal(&slash, prefix, &prefix) || *slash != '\0')
			return false;
	}
	if (!is_zero_from((struct ca_bytes){octets, octet_len}, prefix))
		return false;
	memcpy(ret_octets, octets, octet_len);
	*ret_len = octet_len;
	*ret_prefix = prefix;
	return true;
}

bool
ca_ip_is_under(struct ca_bytes address, struct ca_bytes net, unsigned prefix)
{
	if (address.len != net.len || prefix > net.len * 8)
		return false;
	for (unsigned i = 0; i < prefix; i++)
		if (((address.data[i / 8] ^ net.data[i / 8]) &
			(0x80u >> (i % 8))) != 0)
			return false;
	return true;
}

/* RFC 5952 4.2: the longest run of two or more zero groups, the first of
 * several. ret_count is 0 when there is none. */
static void
find_zero_run(const uint8_t *octets, size_t *ret_first, size_t *ret_count)
{
	size_t run = 0;

	*ret_first = 0;
	*ret_count = 0;
	for (size_t i = 0; i < GROUPS; i++) {
		run = octets[2 * i] == 0 && octets[2 * i + 1] == 0 ? run + 1 :
								     0;
		if (run > 1 && run > *ret_count) {
			*ret_count = run;
			*ret_first = i + 1 - run;
		}
	}
}

static enum ca_status
append_groups(struct ca_buf *buf, const uint8_t *octets)
{
	enum ca_status st = CA_OK;
	size_t first, count;

	find_zero_run(octets, &first, &count);
	for (size_t i = 0; i < GROUPS && st == CA_OK; i++) {
		if (count > 0 && i == first) {
			st = ca_buf_append_text(buf, "::");
			i += count - 1;
			continue;
		}
		if (i > 0 && (count == 0 || i != first + count) &&
		    (st = ca_buf_append_text(buf, ":")) != CA_OK)
			break;
		st = ca_buf_printf(buf, "%x",
		    (unsigned)octets[2 * i] << 8 | octets[2 * i + 1]);
	}
	return st;
}

enum ca_status
ca_ip_append_text(struct ca_buf *buf, struct ca_bytes address)
{
	static const uint8_t mapped[12] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	const uint8_t *octets = address.data;
	enum ca_status st;

	if (address.len != 4 && address.len != 16) {
		if ((st = ca_buf_append_text(buf, "#")) != CA_OK)
			return st;
		return ca_hex_append(buf, address);
	}
	if (address.len == 16 && memcmp(octets, mapped, sizeof(mapped)) != 0)
		return append_groups(buf, octets);
	if (address.len == 16) {
		if ((st = ca_buf_append_text(buf, "::ffff:")) != CA_OK)
			return st;
		octets += sizeof(mapped);
	}
	return ca_buf_printf(
	    buf, "%u.%u.%u.%u", octets[0], octets[1], octets[2], octets[3]);
}
