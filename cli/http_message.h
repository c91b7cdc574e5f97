/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * http_message: what a client of HTTP/1.1 (RFC 9110, 9112) writes and reads:
 * the place a URL names, a request, and an answer in the octets that came.
 *
 * An answer is read strictly where leniency lets two readers see two answers:
 * no octet but printable ASCII, obs-text and tabs in the head, no space in
 * front of a colon, no line folded, one Content-Length of digits, none beside
 * Transfer-Encoding, which is "chunked" and nothing else, no Content-Encoding
 * but "identity". Lines end with CRLF, or LF alone.
 *
 * What this does not do: sockets, https, follow redirects, compression,
 * trailers beyond passing them over.
 */
#ifndef CLI_HTTP_MESSAGE_H
#define CLI_HTTP_MESSAGE_H

#include "ca/base.h"

#define HTTP_HOST_MAX 254             /* octets, with the NUL */
#define HTTP_HEAD_MAX ((size_t)16384) /* octets of status line and headers */
#define HTTP_LINES_MAX 100            /* header lines */
#define HTTP_INTERIM_MAX 4            /* 1xx answers in front of the real one */

/* Where http://host:port/path?query is. */
struct http_place {
	char host[HTTP_HOST_MAX];  /* without brackets */
	char port[6];              /* "80" when none is named */
	struct ca_bytes authority; /* as written, for Host; of the URL */
	struct ca_bytes target;    /* path and query; empty: "/" */
};
/*
 * CA_USAGE for what is no URL, for https (CRLs, certificates and OCSP answers
 * are signed themselves: RFC 5280 8), another scheme, a user name, a fragment,
 * a host that is none, or a port that is 0 or above 65535. Views into url.
 */
CA_MUST_USE enum ca_status http_place_parse(
    const char *url, struct http_place *ret, struct ca_error *err);
/* The head of a GET, or of a POST with a body of this type and so many octets,
 * asking for the connection to be closed. Appends. */
CA_MUST_USE enum ca_status http_put_get(
    struct ca_buf *buf, const struct http_place *place);
CA_MUST_USE enum ca_status http_put_post(struct ca_buf *buf,
    const struct http_place *place, const char *content_type, size_t length);

struct http_answer {
	int status;            /* 200 */
	char reason[64];       /* "OK", printable; may be empty */
	char content_type[64]; /* in lower case, without parameters */
	char location[1025];   /* as it came; empty also when it is longer */
	struct ca_buf body;
};
void http_answer_done(struct http_answer *answer);
/*
 * Reads the answer at the front of what came. *ret_whole false, CA_OK: more is
 * needed (never when at_end). CA_MALFORMED: it is none; CA_REFUSED: the body
 * is above max octets, or the head above its bounds. An answer without length
 * ends where the connection does. What comes behind it is not looked at.
 */
CA_MUST_USE enum ca_status http_answer_read(struct ca_bytes in, bool at_end,
    size_t max, struct http_answer *ret, bool *ret_whole, struct ca_error *err);

#endif
