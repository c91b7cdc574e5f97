/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * path: what a URL of the status server names.
 *
 *   /crl/NAME.crl  /ca/NAME.crt  /ca/NAME.pem  /healthz  /metrics
 *   /  /ocsp                     an OCSP request comes by POST
 *   /BASE64  /ocsp/BASE64        an OCSP request in the path (RFC 6960 A.1)
 *
 * The path is taken as it came, without the query, and without "http://HOST"
 * before it: no segment is dropped or merged, since base64 has '/' and "//" in
 * it, but for one '/' before it. '+', '/' and '=' may be
 * escaped or not, and the padding may be missing (checklist 110).
 *
 * What this does not do: look whether there is such a thing, or parse the
 * OCSP request.
 */
#ifndef CLI_SERVE_PATH_H
#define CLI_SERVE_PATH_H

#include "cli/crl_name.h"

/*
 * Characters of a path. RFC 5019 5 sends up to 255 octets by GET; a request
 * for one certificate has about 100. What is longer is meant for POST.
 */
#define PATH_MAX_LENGTH 4096

enum path_kind {
	PATH_NONE = 0,
	PATH_TOO_LONG,
	PATH_OCSP,        /* by POST */
	PATH_OCSP_IN_URL, /* by GET: rest is the request */
	PATH_CRL,
	PATH_CA_CERT,
	PATH_CA_PEM,
	PATH_HEALTH,
	PATH_METRICS
};
struct path {
	enum path_kind kind;
	char name[CRL_NAME];  /* of a CRL or an authority */
	struct ca_bytes rest; /* a view into the URL */
};

/* At the root, what does not read as base64 of a SEQUENCE is PATH_NONE. */
void path_read(const char *url, struct path *ret);
/*
 * The octets behind a path->rest: percent encoding undone, then base64. ret
 * is replaced. CA_MALFORMED for a foreign character, padding that is not at
 * the end or too much, a lone last character, bits set behind the end.
 */
CA_MUST_USE enum ca_status path_decode(
    struct ca_bytes rest, struct ca_buf *ret);

#endif
