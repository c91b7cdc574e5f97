/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * uri: absolute URIs (RFC 3986) as a certificate may bear them.
 *
 * What this does not do: fetch, resolve or normalise; relative references;
 * IPvFuture; path segments and queries are looked at letter by letter only.
 */
#ifndef CA_URI_H
#define CA_URI_H

#include "ca/base.h"

#define CA_URI_MAX 2048 /* octets */

struct ca_uri {
	struct ca_bytes scheme;
	struct ca_bytes host; /* without brackets and port; {0} if none */
	bool has_authority;   /* "//" stands behind the scheme */
	bool host_is_address; /* an IPv4 or bracketed IPv6 address */
};

/*
 * Takes a URI apart: scheme, ':', something; the letters RFC 3986 allows,
 * '%' with two hex digits; at most one '@' in front of the host, a port of
 * digits. CA_REFUSED with the rule otherwise. The host is not judged.
 */
CA_MUST_USE enum ca_status ca_uri_parse(
    struct ca_bytes text, struct ca_uri *ret, struct ca_error *err);
/*
 * The same, and an authority must bear an address or a valid host name, in
 * either case of letters (RFC 5280 4.2.1.6).
 */
CA_MUST_USE enum ca_status ca_uri_check(
    struct ca_bytes text, struct ca_error *err);

#endif
