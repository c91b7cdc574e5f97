/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * san: general names (RFC 5280 4.2.1.6): host names, addresses, e-mail, URIs,
 * user principal names; from text, from DER, and back.
 *
 * A name that comes from outside is read by ca_san_get(), which checks only
 * the DER, and must pass ca_san_check() before it may be signed: that one is
 * strict about what the text of each type may be. Text given by an operator
 * goes through ca_san_from_text(), which lowers host names and checks too.
 *
 * What this does not do: decide whether a name is allowed (ca/policy) or
 * constrained (ca/constraints); convert U-labels: a host name with non-ASCII
 * letters is refused with its A-label form in the message.
 */
#ifndef CA_SAN_H
#define CA_SAN_H

#include "ca/base.h"
#include "ca/der.h"

#define CA_SAN_MAX 100 /* names in one request, or in what is issued */
/* Names in a certificate of others that is read. */
#define CA_SAN_READ_MAX 10000

enum ca_san_type {
	CA_SAN_OTHER = 0, /* otherName of an unknown type-id */
	CA_SAN_EMAIL = 1, /* rfc822Name */
	CA_SAN_DNS = 2,   /* dNSName */
	CA_SAN_X400 = 3,
	CA_SAN_DIRECTORY = 4, /* value is a whole Name element */
	CA_SAN_EDI = 5,
	CA_SAN_URI = 6, /* uniformResourceIdentifier */
	CA_SAN_IP = 7,  /* 4 or 16 octets */
	CA_SAN_RID = 8, /* registeredID, OID content octets */
	CA_SAN_UPN = 16 /* otherName with type-id userPrincipalName:
			 * value is the UTF8String's content */
};

struct ca_san {
	enum ca_san_type type;
	struct ca_bytes value;
	struct ca_bytes element; /* whole GeneralName; {0} if not from DER */
};

/* Takes one GeneralName. CA_MALFORMED when it is not DER of one. */
CA_MUST_USE enum ca_status ca_san_get(
    struct ca_bytes *in, struct ca_san *ret, struct ca_error *err);
/*
 * Takes a whole GeneralNames SEQUENCE element (the value of the extension):
 * 1 to CA_SAN_MAX names into ret[CA_SAN_MAX], their count into ret_count.
 * CA_MALFORMED; CA_REFUSED for more.
 */
CA_MUST_USE enum ca_status ca_san_parse(struct ca_bytes element,
    struct ca_san ret[CA_SAN_MAX], size_t *ret_count, struct ca_error *err);
/*
 * The same without a place for them, and up to CA_SAN_READ_MAX: every one can
 * be read by a walk.
 */
CA_MUST_USE enum ca_status ca_san_check_list(
    struct ca_bytes element, size_t *ret_count, struct ca_error *err);

struct ca_san_walk {
	struct ca_bytes rest; /* inside the SEQUENCE */
};
/* Starts a walk over a checked GeneralNames element; {0} has none. */
void ca_san_walk(struct ca_san_walk *walk, struct ca_bytes element);
/* The next name, in order; false at the end. */
bool ca_san_next(struct ca_san_walk *walk, struct ca_san *ret);
/* Writes one GeneralName. */
void ca_san_put(struct der_out *out, const struct ca_san *san);

/*
 * The text of the name is what its type allows: CA_REFUSED with the rule.
 * dns: ca_san_check_host() below, a leftmost whole label "*" allowed (whether
 * a wildcard may be used is the policy's business, that "*.tld" and "*" may
 * not is ours). email: local@host, ASCII, one '@', RFC 5321 dot-string, a
 * valid host. ip: 4 or 16 octets. uri: scheme ':' , ASCII, host valid if
 * there is one. upn: text@text, printable UTF-8.
 */
CA_MUST_USE enum ca_status ca_san_check(
    const struct ca_san *san, struct ca_error *err);
/*
 * A host name in the preferred name syntax (RFC 1034 3.5, RFC 1123 2.1):
 * labels of letters, digits and inner hyphens, 1 to 63 octets, 253 in all, no
 * leading or trailing dot, no underscore, no NUL, not an IPv4 address in
 * text, last label not all digits; an "xn--" label must be a valid A-label
 * (IDNA2008 round trip). Upper case is refused here; lower it first.
 */
CA_MUST_USE enum ca_status ca_san_check_host(
    struct ca_bytes host, bool wildcard_allowed, struct ca_error *err);

/*
 * A host name as others issue and ask for them, in either case: labels of
 * letters, digits, '-' and '_' in any order, 1 to 63 octets, 253 in all, no
 * dot at either end, the last not all digits; a wildcard as above. Such names
 * are the same host when their letters are, and only then: they can be
 * compared, though many may not be signed.
 */
bool ca_san_host_is_plain(struct ca_bytes host, bool wildcard_allowed);

/* "dns", "email", "ip", "uri", "upn", "dirName", "rid", "other". */
const char *ca_san_type_name(enum ca_san_type type);
/*
 * Appends the value as it may be signed: dns and the host of an email in
 * lower case, all else as it is; then checked as above. For a name out of a
 * request: a NUL or any other octet that may not stand there is refused.
 */
CA_MUST_USE enum ca_status ca_san_normalise(
    const struct ca_san *san, struct ca_buf *ret_value, struct ca_error *err);
/*
 * From an operator's text: dns and the host of an email lowered, ip parsed,
 * then checked as above. Appends the value octets to ret_value, where they
 * stay owned by the caller. CA_REFUSED or CA_USAGE.
 */
CA_MUST_USE enum ca_status ca_san_from_text(enum ca_san_type type,
    const char *text, struct ca_buf *ret_value, struct ca_error *err);
/* Guesses the type of a name a person typed: an address is ip, something
 * with '@' email, with "://" uri, all else dns. */
enum ca_san_type ca_san_guess(const char *text);
/* Appends the value as text, safe for a terminal: "company.com",
 * "192.0.2.1", "2001:db8::1". */
CA_MUST_USE enum ca_status ca_san_append_value(
    struct ca_buf *buf, const struct ca_san *san);
/* Appends "dns:company.com". */
CA_MUST_USE enum ca_status ca_san_append_text(
    struct ca_buf *buf, const struct ca_san *san);

/* The longest address in text, and a NUL. */
#define CA_IP_TEXT 46

/* Four or sixteen octets from text (dotted quad, RFC 4291); false if not. */
bool ca_ip_parse(const char *text, uint8_t ret_octets[16], size_t *ret_len);
/* "10.0.0.0/8" or "2001:db8::/32" or an address alone (its full length);
 * bits below the prefix must be zero. */
bool ca_ip_prefix_parse(const char *text, uint8_t ret_octets[16],
    size_t *ret_len, unsigned *ret_prefix);
/* The address lies under the prefix. Different families never do. */
bool ca_ip_is_under(
    struct ca_bytes address, struct ca_bytes net, unsigned prefix);
/* Appends "192.0.2.1" or, as RFC 5952 writes it, "2001:db8::1"; any other
 * count of octets as "#" and hex. */
CA_MUST_USE enum ca_status ca_ip_append_text(
    struct ca_buf *buf, struct ca_bytes address);

#endif
