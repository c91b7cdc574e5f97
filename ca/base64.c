/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/base64.h"

/* ---- reading ---- */

/* Not a table look-up: the text may be that of a private key. */
int
ca_base64_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Four letters are there: up to three octets. */
static enum ca_status
base64_flush(struct ca_base64 *in)
{
	const uint8_t group[3] = {(uint8_t)(in->bits >> 16),
	    (uint8_t)(in->bits >> 8), (uint8_t)in->bits};

	/* What padding stands for must be zero: one text for one value. */
	if ((in->bits & ((1u << (8 * in->padding)) - 1)) != 0)
		return CA_MALFORMED;
	in->letters = 0;
	return ca_buf_append(
	    &in->octets, (struct ca_bytes){group, 3 - in->padding});
}

enum ca_status
ca_base64_read(struct ca_base64 *in, struct ca_bytes letters)
{
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < letters.len && st == CA_OK; i++) {
		int value = ca_base64_value(letters.data[i]);

		if (letters.data[i] == '=') {
			if (in->letters < 2 || ++in->padding > 2)
				return CA_MALFORMED;
			value = 0;
		} else if (value < 0 || in->padding > 0) {
			return CA_MALFORMED;
		}
		in->bits = in->bits << 6 | (uint32_t)value;
		if (++in->letters == 4)
			st = base64_flush(in);
	}
	return st;
}

bool
ca_base64_is_whole(const struct ca_base64 *in)
{
	return in->letters == 0 && in->octets.len > 0;
}

enum ca_status
ca_base64_parse(struct ca_buf *buf, struct ca_bytes text)
{
	struct ca_base64 in = {0};
	enum ca_status st = ca_base64_read(&in, text);

	if (st == CA_OK && !ca_base64_is_whole(&in))
		st = CA_MALFORMED;
	if (st == CA_OK)
		st = ca_buf_append(buf, ca_view(&in.octets));
	ca_buf_free(&in.octets);
	ca_wipe(&in.bits, sizeof(in.bits));
	return st;
}

/* ---- writing ---- */

/* Arithmetic, not a table: the octets may be a private key's. */
static uint8_t
base64_letter(uint32_t value)
{
	uint32_t letter = value + 'A';

	letter += (25 - value) >> 8 & ('a' - 26 - 'A');
	letter -= (51 - value) >> 8 & ('a' - 26 - ('0' - 52));
	letter -= (61 - value) >> 8 & ('0' - 52 - ('+' - 62));
	letter += (62 - value) >> 8 & ('/' - 63 - ('+' - 62));
	return (uint8_t)letter;
}

enum ca_status
ca_base64_append(struct ca_buf *buf, struct ca_bytes octets)
{
	enum ca_status st = CA_MEMORY;
	uint8_t *out;

	/* No more than this is asked for at once: nothing wraps. */
	if (octets.len > SIZE_MAX / 2)
		return st;
	if ((st = ca_buf_reserve(buf, (octets.len + 2) / 3 * 4)) != CA_OK)
		return st;
	out = buf->data + buf->len;
	for (size_t i = 0; i < octets.len; i += 3) {
		size_t left = octets.len - i;
		uint32_t bits = (uint32_t)octets.data[i] << 16;

		if (left > 1)
			bits |= (uint32_t)octets.data[i + 1] << 8;
		if (left > 2)
			bits |= octets.data[i + 2];
		*out++ = base64_letter(bits >> 18 & 63);
		*out++ = base64_letter(bits >> 12 & 63);
		*out++ = left > 1 ? base64_letter(bits >> 6 & 63) :
				    (uint8_t)'=';
		*out++ = left > 2 ? base64_letter(bits & 63) : (uint8_t)'=';
	}
	buf->len += (octets.len + 2) / 3 * 4;
	return CA_OK;
}
