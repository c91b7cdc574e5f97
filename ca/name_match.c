/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/name.h"

#include <string.h>

static void
fold_octet(struct ca_buf *text, size_t *len, uint8_t c)
{
	if (c == ' ' && (*len == 0 || text->data[*len - 1] == ' '))
		return;
	if (c >= 'A' && c <= 'Z')
		c |= 0x20;
	text->data[(*len)++] = c;
}

/* RFC 4518 2.6.1 and 2.2, for ASCII: case, and runs of spaces. */
static void
fold(struct ca_buf *text)
{
	size_t len = 0;

	for (size_t i = 0; i < text->len; i++)
		fold_octet(text, &len, text->data[i]);
	while (len > 0 && text->data[len - 1] == ' ')
		len--;
	text->len = len;
}

static bool
attributes_match(const struct ca_attribute *a, const struct ca_attribute *b)
{
	struct ca_buf text_a = {0}, text_b = {0};
	bool match = false;

	if (!ca_bytes_equal(a->oid, b->oid))
		return false;
	if (a->tag == b->tag && ca_bytes_equal(a->value, b->value))
		return true;
	if (ca_attribute_append_utf8(&text_a, a) == CA_OK &&
	    ca_attribute_append_utf8(&text_b, b) == CA_OK) {
		fold(&text_a);
		fold(&text_b);
		match = ca_bytes_equal(ca_view(&text_a), ca_view(&text_b));
	}
	ca_buf_free(&text_a);
	ca_buf_free(&text_b);
	return match;
}

/* The RDN holds an attribute that matches. */
static bool
rdn_holds(struct ca_bytes set, const struct ca_attribute *wanted)
{
	struct ca_attribute attr = {0};

	while (ca_attribute_get(&set, &attr))
		if (attributes_match(&attr, wanted))
			return true;
	return false;
}

/* Every attribute of a matches one of b, and there are as many. */
static bool
rdns_match(struct ca_bytes a, struct ca_bytes b)
{
	struct ca_attribute attr = {0};
	size_t count_a = 0, count_b = 0;
	struct ca_bytes rest = b;

	while (ca_attribute_get(&rest, &attr))
		count_b++;
	rest = a;
	while (ca_attribute_get(&rest, &attr)) {
		if (!rdn_holds(b, &attr))
			return false;
		count_a++;
	}
	return count_a == count_b;
}

bool
ca_name_is_under(struct ca_bytes name, struct ca_bytes base)
{
	struct ca_bytes rdns, base_rdns, set, base_set;

	if (!der_get(&name, DER_SEQUENCE, &rdns) ||
	    !der_get(&base, DER_SEQUENCE, &base_rdns))
		return false;
	for (size_t i = 0; !der_at_end(base_rdns); i++) {
		if (i >= CA_NAME_MAX_RDNS ||
		    !der_get(&base_rdns, DER_SET, &base_set) ||
		    !der_get(&rdns, DER_SET, &set) ||
		    !rdns_match(set, base_set))
			return false;
	}
	return true;
}
