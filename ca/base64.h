/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * base64: RFC 4648 4, one text for one value: no foreign letters, canonical
 * padding, zero bits below it.
 *
 * What this does not do: lines, which ca/pem and ca/note have; base64url.
 */
#ifndef CA_BASE64_H
#define CA_BASE64_H

#include "ca/base.h"

/* Reads letters in any split; {0} to begin with. octets is the caller's to
 * free, bits to wipe where the text is a secret. */
struct ca_base64 {
	struct ca_buf octets;
	uint32_t bits;
	unsigned letters; /* of the present group of four */
	unsigned padding;
};
/* 0 to 63; -1 for what is no letter, padding included. */
int ca_base64_value(uint8_t c);
/* CA_MALFORMED for a foreign letter, or one behind padding. */
CA_MUST_USE enum ca_status ca_base64_read(
    struct ca_base64 *in, struct ca_bytes letters);
/* Something was read, and the last group is complete. */
bool ca_base64_is_whole(const struct ca_base64 *in);

/* All of a text at once: appends at least one octet, or CA_MALFORMED. */
CA_MUST_USE enum ca_status ca_base64_parse(
    struct ca_buf *buf, struct ca_bytes text);
/* In time that depends on the length alone. */
CA_MUST_USE enum ca_status ca_base64_append(
    struct ca_buf *buf, struct ca_bytes octets);

#endif
