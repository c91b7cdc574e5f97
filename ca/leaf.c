/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/leaf.h"

#define VERSION 1
#define SERIAL_MAX 20 /* RFC 5280 4.1.2.2 */
#define HASH_LEN 32

static bool
take_number(struct ca_bytes *in, size_t octets, uint64_t *ret)
{
	uint64_t value = 0;

	if (in->len < octets)
		return false;
	for (size_t i = 0; i < octets; i++)
		value = value << 8 | in->data[i];
	in->data += octets;
	in->len -= octets;
	*ret = value;
	return true;
}

static bool
take_field(struct ca_bytes *in, struct ca_bytes *ret)
{
	uint64_t len;

	if (!take_number(in, 2, &len) || in->len < len)
		return false;
	*ret = (struct ca_bytes){in->data, (size_t)len};
	in->data += len;
	in->len -= (size_t)len;
	return true;
}

static bool
is_hash(struct ca_bytes field)
{
	return field.len == 0 || field.len == HASH_LEN;
}

/* Small letters and '-': it is printed. */
static bool
is_kind(struct ca_bytes kind)
{
	for (size_t i = 0; i < kind.len; i++)
		if ((kind.data[i] < 'a' || kind.data[i] > 'z') &&
		    kind.data[i] != '-')
			return false;
	return kind.len > 0;
}

enum ca_status
ca_leaf_parse(struct ca_bytes octets, struct ca_leaf *ret, struct ca_error *err)
{
	struct ca_leaf leaf;
	uint64_t version, time;

	if (!take_number(&octets, 1, &version))
		return ca_fail(err, CA_MALFORMED, "leaf: empty");
	if (version != VERSION)
		return ca_fail(err, CA_REFUSED,
		    "leaf: version %u, this signet knows version %d",
		    (unsigned)version, VERSION);
	if (!take_number(&octets, 8, &leaf.sequence) ||
	    !take_number(&octets, 8, &time) ||
	    !take_field(&octets, &leaf.kind) ||
	    !take_field(&octets, &leaf.issuer_spki_hash) ||
	    !take_field(&octets, &leaf.serial) ||
	    !take_field(&octets, &leaf.object_hash) || octets.len != 0)
		return ca_fail(err, CA_MALFORMED,
		    "leaf: breaks off, or something is behind it");
	leaf.time = (int64_t)time;
	if (leaf.sequence == 0 || !is_kind(leaf.kind) ||
	    !is_hash(leaf.issuer_spki_hash) || !is_hash(leaf.object_hash) ||
	    leaf.serial.len > SERIAL_MAX ||
	    (leaf.serial.len > 0 && leaf.serial.data[0] == 0))
		return ca_fail(
		    err, CA_MALFORMED, "leaf: a field is not what it must be");
	*ret = leaf;
	return CA_OK;
}
