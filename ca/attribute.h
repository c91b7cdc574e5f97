/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * attribute: one type and value of a distinguished name (X.501
 * AttributeTypeAndValue), its string types and their bounds.
 *
 * What this does not do: normalise Unicode, fold the case of other scripts
 * than Latin, Greek and Cyrillic, or judge what a value means.
 */
#ifndef CA_ATTRIBUTE_H
#define CA_ATTRIBUTE_H

#include "ca/base.h"
#include "ca/der.h"
#include "ca/oid.h"

#define CA_NAME_MAX_VALUE 2048 /* octets in a value */

struct ca_attribute {
	enum ca_oid type;      /* CA_OID_UNKNOWN for others: see oid */
	struct ca_bytes oid;   /* content octets */
	uint8_t tag;           /* DER_UTF8_STRING, ... */
	struct ca_bytes value; /* content octets, in the encoding of tag */
	size_t rdn;            /* index of the RDN it stands in */
};

/*
 * Takes one AttributeTypeAndValue {OID, string}; rdn is left alone. False,
 * with the view as it was, when that is not what stands there.
 */
bool ca_attribute_get(struct ca_bytes *in, struct ca_attribute *ret);
/*
 * The value is 1 to CA_NAME_MAX_VALUE octets of what its string type allows:
 * PrintableString, NumericString, IA5String and VisibleString their sets,
 * UTF8String well-formed UTF-8, BMPString and UniversalString whole
 * characters; no NUL. TeletexString is read as Latin-1. Any other type is
 * CA_MALFORMED too.
 */
CA_MUST_USE enum ca_status ca_attribute_check(
    const struct ca_attribute *attr, struct ca_error *err);
/* Appends the value as UTF-8, whatever its string type. Not made safe. */
CA_MUST_USE enum ca_status ca_attribute_append_utf8(
    struct ca_buf *buf, const struct ca_attribute *attr);
/*
 * Of one type, and the same characters, whatever the string types: the case of
 * Latin, Greek and Cyrillic and runs of spaces folded, spaces at the ends left
 * out (RFC 5280 7.1, RFC 4518 2.2 and 2.6).
 */
bool ca_attribute_matches(
    const struct ca_attribute *a, const struct ca_attribute *b);
/*
 * They match, or nobody can say who does not normalise Unicode (RFC 4518
 * 2.3): of one type, different, and not of ASCII alone. A letter such as
 * U+00FC is never ASCII; U+FF2C may be, and so may U+00FC be with another.
 */
bool ca_attribute_may_match(
    const struct ca_attribute *a, const struct ca_attribute *b);
/*
 * Writes one AttributeTypeAndValue, after the checks and with the string
 * type that ca_name_put() in ca/name.h describes.
 */
CA_MUST_USE enum ca_status ca_attribute_put(struct der_out *out,
    enum ca_oid type, struct ca_bytes utf8, struct ca_error *err);

#endif
