/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/der.h"

#include <string.h>

#define MAX_LENGTH_OCTETS 4
#define MAX_READ_DEPTH 16
#define CONSTRUCTED 0x20
#define HIGH_TAG 0x1f

bool
der_at_end(struct ca_bytes in)
{
	return in.len == 0;
}

bool
der_next_is(struct ca_bytes in, uint8_t tag)
{
	return in.len > 0 && in.data[0] == tag;
}

/* X.690 8.1.3 and 10.1: definite, in the fewest octets. */
static bool
get_length(struct ca_bytes in, size_t *ret_header, size_t *ret_len)
{
	size_t octets, len = 0;

	if (in.len < 2)
		return false;
	if (in.data[1] < 0x80) {
		*ret_header = 2;
		*ret_len = in.data[1];
		return true;
	}
	octets = in.data[1] & 0x7f;
	if (octets == 0 || octets > MAX_LENGTH_OCTETS || in.len < 2 + octets)
		return false;
	for (size_t i = 0; i < octets; i++)
		len = len << 8 | in.data[2 + i];
	if (in.data[2] == 0 || len < 0x80)
		return false;
	*ret_header = 2 + octets;
	*ret_len = len;
	return true;
}

/* Inline, as lists have millions of elements. */
static inline bool
get_any(struct ca_bytes *in, uint8_t *ret_tag, struct ca_bytes *ret_element,
    struct ca_bytes *ret_content)
{
	size_t header, len;

	if (!get_length(*in, &header, &len) || len > in->len - header)
		return false;
	if ((in->data[0] & HIGH_TAG) == HIGH_TAG || in->data[0] == 0)
		return false;
	if (ret_tag != NULL)
		*ret_tag = in->data[0];
	if (ret_element != NULL)
		*ret_element = (struct ca_bytes){in->data, header + len};
	if (ret_content != NULL)
		*ret_content = (struct ca_bytes){in->data + header, len};
	in->data += header + len;
	in->len -= header + len;
	return true;
}

bool
der_get_any(struct ca_bytes *in, uint8_t *ret_tag, struct ca_bytes *ret_element,
    struct ca_bytes *ret_content)
{
	return get_any(in, ret_tag, ret_element, ret_content);
}

bool
der_get(struct ca_bytes *in, uint8_t tag, struct ca_bytes *ret_content)
{
	return der_next_is(*in, tag) && get_any(in, NULL, NULL, ret_content);
}

bool
der_get_element(struct ca_bytes *in, uint8_t tag, struct ca_bytes *ret_element)
{
	return der_next_is(*in, tag) &&
	    der_get_any(in, NULL, ret_element, NULL);
}

bool
der_get_optional(struct ca_bytes *in, uint8_t tag, bool *ret_present,
    struct ca_bytes *ret_content)
{
	if (!der_next_is(*in, tag)) {
		*ret_present = false;
		return true;
	}
	if (!der_get_any(in, NULL, NULL, ret_content))
		return false;
	*ret_present = true;
	return true;
}

/* X.690 8.3.2: the first nine bits are neither all zero nor all one. */
bool
der_integer_is_valid(struct ca_bytes octets)
{
	if (octets.len == 0)
		return false;
	if (octets.len == 1)
		return true;
	return !(octets.data[0] == 0x00 && octets.data[1] < 0x80) &&
	    !(octets.data[0] == 0xff && octets.data[1] >= 0x80);
}

bool
der_get_integer(struct ca_bytes *in, struct ca_bytes *ret_octets)
{
	struct ca_bytes rest = *in, octets;

	if (!der_get(&rest, DER_INTEGER, &octets) ||
	    !der_integer_is_valid(octets))
		return false;
	*in = rest;
	*ret_octets = octets;
	return true;
}

bool
der_get_unsigned(struct ca_bytes *in, struct ca_bytes *ret_magnitude)
{
	struct ca_bytes rest = *in, octets;

	if (!der_get_integer(&rest, &octets) || octets.data[0] >= 0x80)
		return false;
	if (octets.len > 1 && octets.data[0] == 0) {
		octets.data++;
		octets.len--;
	}
	*in = rest;
	*ret_magnitude = octets;
	return true;
}

bool
der_get_uint(struct ca_bytes *in, uint64_t *ret_value)
{
	struct ca_bytes rest = *in, octets;
	uint64_t value = 0;

	if (!der_get_unsigned(&rest, &octets) || octets.len > 8 ||
	    (octets.len == 8 && octets.data[0] >= 0x80))
		return false;
	for (size_t i = 0; i < octets.len; i++)
		value = value << 8 | octets.data[i];
	*in = rest;
	*ret_value = value;
	return true;
}

bool
der_get_bool(struct ca_bytes *in, bool *ret_value)
{
	struct ca_bytes rest = *in, content;

	if (!der_get(&rest, DER_BOOLEAN, &content) || content.len != 1 ||
	    (content.data[0] != 0x00 && content.data[0] != 0xff))
		return false;
	*in = rest;
	*ret_value = content.data[0] != 0;
	return true;
}

bool
der_get_null(struct ca_bytes *in)
{
	struct ca_bytes rest = *in, content;

	if (!der_get(&rest, DER_NULL, &content) || content.len != 0)
		return false;
	*in = rest;
	return true;
}

bool
der_oid_is_valid(struct ca_bytes content)
{
	bool first = true;

	if (content.len == 0 || (content.data[content.len - 1] & 0x80) != 0)
		return false;
	for (size_t i = 0; i < content.len; i++) {
		if (first && content.data[i] == 0x80)
			return false;
		first = (content.data[i] & 0x80) == 0;
	}
	return true;
}

bool
der_get_oid(struct ca_bytes *in, struct ca_bytes *ret_oid)
{
	struct ca_bytes rest = *in, content;

	if (!der_get(&rest, DER_OID, &content) || !der_oid_is_valid(content))
		return false;
	*in = rest;
	*ret_oid = content;
	return true;
}

bool
der_bits_are_valid(struct ca_bytes content)
{
	unsigned unused;

	if (content.len < 1 || content.data[0] > 7)
		return false;
	unused = content.data[0];
	if (content.len == 1)
		return unused == 0;
	return (content.data[content.len - 1] & ((1u << unused) - 1)) == 0;
}

bool
der_get_bit_octets(struct ca_bytes *in, struct ca_bytes *ret_octets)
{
	struct ca_bytes rest = *in, content;

	if (!der_get(&rest, DER_BIT_STRING, &content) || content.len < 1 ||
	    content.data[0] != 0)
		return false;
	*in = rest;
	*ret_octets = (struct ca_bytes){content.data + 1, content.len - 1};
	return true;
}

bool
der_named_bits(struct ca_bytes content, uint16_t *ret_bits)
{
	uint16_t bits = 0;
	unsigned unused;

	if (content.len < 1 || content.len > 3 || content.data[0] > 7)
		return false;
	unused = content.data[0];
	if (content.len == 1 && unused != 0)
		return false;
	/* The last bit that is there is set, those behind it are not. */
	if (content.len > 1 &&
	    ((content.data[content.len - 1] & ((1u << unused) - 1)) != 0 ||
		(content.data[content.len - 1] & (1u << unused)) == 0))
		return false;
	for (unsigned i = 0; i < (content.len - 1) * 8; i++)
		if ((content.data[1 + i / 8] & (0x80u >> (i % 8))) != 0)
			bits = (uint16_t)(bits | 1u << i);
	*ret_bits = bits;
	return true;
}

bool
der_get_named_bits(struct ca_bytes *in, uint16_t *ret_bits)
{
	struct ca_bytes rest = *in, content;

	if (!der_get(&rest, DER_BIT_STRING, &content) ||
	    !der_named_bits(content, ret_bits))
		return false;
	*in = rest;
	return true;
}

/* X.690 11.6: the shorter of two is thought to be followed by zeros. */
static int
compare_padded(struct ca_bytes a, struct ca_bytes b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	struct ca_bytes longer = a.len < b.len ? b : a;
	int order = memcmp(a.data, b.data, common);

	for (size_t i = common; order == 0 && i < longer.len; i++)
		if (longer.data[i] != 0)
			order = a.len < b.len ? -1 : 1;
	return order;
}

bool
der_set_is_ordered(struct ca_bytes content)
{
	struct ca_bytes last = {0}, element;

	while (!der_at_end(content)) {
		if (!der_get_any(&content, NULL, &element, NULL))
			return false;
		if (last.len != 0 && compare_padded(last, element) > 0)
			return false;
		last = element;
	}
	return true;
}

/* The universal primitives whose content DER restricts. */
static bool
primitive_is_well_formed(
    uint8_t tag, struct ca_bytes element, struct ca_bytes content)
{
	struct ca_bytes ignored;
	bool flag;

	switch (tag) {
	case DER_BOOLEAN:
		return der_get_bool(&element, &flag);
	case DER_INTEGER:
		return der_get_integer(&element, &ignored);
	case DER_ENUMERATED:
		return der_integer_is_valid(content);
	case DER_NULL:
		return content.len == 0;
	case DER_OID:
		return der_oid_is_valid(content);
	case DER_BIT_STRING:
		return der_bits_are_valid(content);
	default:
		return true;
	}
}

static bool
is_well_formed_at(struct ca_bytes in, int depth)
{
	if (depth > MAX_READ_DEPTH)
		return false;
	while (!der_at_end(in)) {
		struct ca_bytes element, content;
		uint8_t tag;

		if (!der_get_any(&in, &tag, &element, &content))
			return false;
		if ((tag & CONSTRUCTED) != 0) {
			if ((tag & 0xc0) == 0 && tag != DER_SEQUENCE &&
			    tag != DER_SET)
				return false;
			if (!is_well_formed_at(content, depth + 1))
				return false;
		} else if (tag == (DER_SEQUENCE & ~CONSTRUCTED) ||
		    tag == (DER_SET & ~CONSTRUCTED)) {
			return false;
		} else if (!primitive_is_well_formed(tag, element, content)) {
			return false;
		}
	}
	return true;
}

bool
der_is_well_formed(struct ca_bytes in)
{
	return is_well_formed_at(in, 0);
}

/* ---- writing ---------------------------------------------------------- */

void
der_put_failed(struct der_out *out, enum ca_status status)
{
	if (out->status == CA_OK)
		out->status = status;
}

void
der_put_raw(struct der_out *out, struct ca_bytes element)
{
	if (out->status == CA_OK)
		out->status = ca_buf_append(&out->buf, element);
}

static size_t
encode_length(uint8_t octets[1 + MAX_LENGTH_OCTETS], size_t len)
{
	size_t count = 0;

	if (len < 0x80) {
		octets[0] = (uint8_t)len;
		return 1;
	}
	for (size_t left = len; left > 0; left >>= 8)
		count++;
	octets[0] = (uint8_t)(0x80 | count);
	for (size_t i = 0; i < count; i++)
		octets[count - i] = (uint8_t)(len >> (8 * i));
	return 1 + count;
}

void
der_open(struct der_out *out, uint8_t tag)
{
	/* One octet of length is kept free, until more is seen to be needed. */
	const uint8_t head[2] = {tag, 0};

	if (out->depth >= DER_MAX_DEPTH)
		der_put_failed(out, CA_INTERNAL);
	der_put_raw(out, (struct ca_bytes){head, sizeof(head)});
	if (out->status != CA_OK)
		return;
	out->room[out->depth] = 1;
	out->open[out->depth++] = out->buf.len;
}

static void
widen(struct der_out *out, size_t level, size_t octets)
{
	size_t start = out->open[level], more = octets - out->room[level];
	uint8_t *content;

	if ((out->status = ca_buf_reserve(&out->buf, more)) != CA_OK)
		return;
	content = out->buf.data + start;
	memmove(content + more, content, out->buf.len - start);
	out->buf.len += more;
	out->room[level] = (uint8_t)octets;
	for (size_t i = level; i < out->depth; i++)
		out->open[i] += more;
}

/* From the inside: what is outside grows with it. */
void
der_widen(struct der_out *out)
{
	for (size_t i = out->depth; i > 0 && out->status == CA_OK; i--) {
		uint8_t length[1 + MAX_LENGTH_OCTETS];
		size_t octets = encode_length(
		    length, out->buf.len - out->open[i - 1]);

		if (octets > out->room[i - 1])
			widen(out, i - 1, octets);
	}
}

void
der_close(struct der_out *out)
{
	uint8_t length[1 + MAX_LENGTH_OCTETS];
	size_t octets, level;

	if (out->status != CA_OK)
		return;
	if (out->depth == 0) {
		der_put_failed(out, CA_INTERNAL);
		return;
	}
	level = out->depth - 1;
	octets = encode_length(length, out->buf.len - out->open[level]);
	if (octets > out->room[level])
		widen(out, level, octets);
	if (out->status != CA_OK)
		return;
	memcpy(out->buf.data + out->open[level] - octets, length, octets);
	out->depth = level;
}

void
der_wrap(struct der_out *out, uint8_t tag)
{
	uint8_t head[1 + 1 + MAX_LENGTH_OCTETS] = {tag};
	size_t len = 1 + encode_length(head + 1, out->buf.len);

	if (out->depth != 0)
		der_put_failed(out, CA_INTERNAL);
	if (out->status == CA_OK)
		out->status = ca_buf_reserve(&out->buf, len);
	if (out->status != CA_OK)
		return;
	if (out->buf.len > 0)
		memmove(out->buf.data + len, out->buf.data, out->buf.len);
	memcpy(out->buf.data, head, len);
	out->buf.len += len;
}

void
der_put(struct der_out *out, uint8_t tag, struct ca_bytes content)
{
	uint8_t length[1 + MAX_LENGTH_OCTETS];
	size_t octets;

	if (content.len > UINT32_MAX) {
		der_put_failed(out, CA_MEMORY);
		return;
	}
	octets = encode_length(length, content.len);
	der_put_raw(out, (struct ca_bytes){&tag, 1});
	der_put_raw(out, (struct ca_bytes){length, octets});
	der_put_raw(out, content);
}

void
der_put_text(struct der_out *out, uint8_t tag, const char *text)
{
	der_put(out, tag, ca_text(text));
}

void
der_put_unsigned(struct der_out *out, struct ca_bytes magnitude)
{
	static const uint8_t zero[1] = {0};

	while (magnitude.len > 0 && magnitude.data[0] == 0) {
		magnitude.data++;
		magnitude.len--;
	}
	der_open(out, DER_INTEGER);
	if (magnitude.len == 0 || magnitude.data[0] >= 0x80)
		der_put_raw(out, (struct ca_bytes){zero, 1});
	der_put_raw(out, magnitude);
	der_close(out);
}

void
der_put_uint(struct der_out *out, uint64_t value)
{
	uint8_t octets[8];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(value >> (56 - 8 * i));
	der_put_unsigned(out, (struct ca_bytes){octets, sizeof(octets)});
}

void
der_put_bool(struct der_out *out, bool value)
{
	const uint8_t octet = value ? 0xff : 0x00;

	der_put(out, DER_BOOLEAN, (struct ca_bytes){&octet, 1});
}

void
der_put_null(struct der_out *out)
{
	der_put(out, DER_NULL, (struct ca_bytes){0});
}

void
der_put_bit_octets(struct der_out *out, struct ca_bytes octets)
{
	static const uint8_t none_unused[1] = {0};

	der_open(out, DER_BIT_STRING);
	der_put_raw(out, (struct ca_bytes){none_unused, 1});
	der_put_raw(out, octets);
	der_close(out);
}

void
der_put_named_bits(struct der_out *out, uint8_t tag, uint16_t bits)
{
	uint8_t octets[3] = {0};
	unsigned count = 0;

	for (unsigned i = 0; i < 16; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		octets[1 + i / 8] |= (uint8_t)(0x80u >> (i % 8));
		count = i + 1;
	}
	octets[0] = (uint8_t)((8 - count % 8) % 8);
	der_put(out, tag, (struct ca_bytes){octets, 1 + (count + 7) / 8});
}

enum ca_status
der_finish(struct der_out *out, struct ca_buf *ret)
{
	enum ca_status st = out->status;

	if (st == CA_OK && out->depth != 0)
		st = CA_INTERNAL;
	if (st != CA_OK) {
		der_discard(out);
		return st;
	}
	ca_buf_free(ret);
	*ret = out->buf;
	*out = (struct der_out){0};
	return CA_OK;
}

void
der_discard(struct der_out *out)
{
	ca_buf_free(&out->buf);
	*out = (struct der_out){0};
}
