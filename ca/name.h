/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * name: distinguished names (X.501 Name, RFC 5280 4.1.2.4).
 *
 * A name travels as the DER of its RDNSequence, tag and length included, and
 * is copied as bytes wherever it is copied: an issuer field is byte for byte
 * the subject of the issuer's certificate. Built names have one attribute a
 * RDN, in the order given.
 *
 * What this does not do: normalise Unicode. The name comparison of RFC 5280 7.1
 * is that of ca/attribute.h.
 */
#ifndef CA_NAME_H
#define CA_NAME_H

#include "ca/attribute.h"
#include "ca/base.h"
#include "ca/der.h"
#include "ca/oid.h"

#define CA_NAME_MAX_RDNS 64
#define CA_NAME_MAX_ATTRIBUTES 64

/* {0}, with rest set to a whole Name element. */
struct ca_name_walk {
	struct ca_bytes rest; /* inside the outer SEQUENCE */
	struct ca_bytes set;  /* inside the present SET */
	size_t rdn, count;
};

/*
 * A whole Name element is well formed: SEQUENCE of SET of SEQUENCE {oid,
 * string}; SET OF in DER order, none empty; within the bounds above; each
 * value passing ca_attribute_check(). Upper bounds of RFC 5280 app. A apply
 * to the attributes we build, not here.
 */
CA_MUST_USE enum ca_status ca_name_check(
    struct ca_bytes name, struct ca_error *err);
/* Starts a walk over a checked name. */
void ca_name_walk(struct ca_name_walk *walk, struct ca_bytes name);
/* The next attribute, in order; false at the end. */
bool ca_name_next(struct ca_name_walk *walk, struct ca_attribute *ret);
/* No attribute at all. */
bool ca_name_is_empty(struct ca_bytes name);
/* How often the type stands in it; ret (may be NULL) is the last of them. */
size_t ca_name_find(
    struct ca_bytes name, enum ca_oid type, struct ca_attribute *ret);
/*
 * The first RDNs of name are those of base: name lies at or under it. Values
 * are compared as ca_attribute_matches() does (RFC 5280 7.1). Both must be
 * checked names.
 */
bool ca_name_is_under(struct ca_bytes name, struct ca_bytes base);
/* The same, compared as ca_attribute_may_match() does: for what is excluded. */
bool ca_name_may_be_under(struct ca_bytes name, struct ca_bytes base);
/* The same RDNs in the same order, compared so: the comparison of RFC 5280
 * 7.1, which a path's names are chained by. */
bool ca_name_equal(struct ca_bytes a, struct ca_bytes b);
/*
 * Appends "CN=Lab Root CA, O=Lab" in the order of the encoding; '+' joins a
 * multi-valued RDN; RFC 4514 escapes; safe for a terminal. Empty: "".
 */
CA_MUST_USE enum ca_status ca_name_append_text(
    struct ca_buf *buf, struct ca_bytes name);

/*
 * Appends one RDN with one attribute to an open RDNSequence. The string type
 * is chosen by the attribute: PrintableString for countryName,
 * jurisdictionCountryName, serialNumber and dnQualifier; IA5String for
 * domainComponent and emailAddress; UTF8String for all others. Checks the
 * upper bounds of RFC 5280 app. A (commonName 64, countryName exactly two
 * upper-case letters, ...), UTF-8, no controls, not empty: CA_REFUSED with the
 * rule.
 */
CA_MUST_USE enum ca_status ca_name_put(struct der_out *out, enum ca_oid type,
    struct ca_bytes utf8, struct ca_error *err);
/*
 * Reads "CN=Lab Root CA, O=Lab, C=DE" (RFC 4514 escapes \, \+ \" \\ \= and
 * \HH) or openssl's "/CN=Lab Root CA/O=Lab" into a Name, in the order
 * written. Unknown type, missing '=', empty value, a bare '+': CA_USAGE; what
 * ca_name_put() refuses: CA_REFUSED. "" and "/" are the empty Name. ret is
 * replaced.
 */
CA_MUST_USE enum ca_status ca_name_parse(
    const char *text, struct ca_buf *ret, struct ca_error *err);

#endif
