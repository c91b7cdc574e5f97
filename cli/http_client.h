/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * http_client: one GET or POST over plain http, and its answer, within bounds
 * of time and size. IPv4 and IPv6: the addresses of a name are tried in turn.
 *
 * What this does not do: https, proxies, redirects, a second request on a
 * connection. Looking up a name takes as long as the system's resolver does,
 * before the time begins.
 */
#ifndef CLI_HTTP_CLIENT_H
#define CLI_HTTP_CLIENT_H

#include "cli/http_message.h"

struct http_ask {
	const char *url;
	const char *content_type; /* of the body; NULL: GET, which has none */
	struct ca_bytes body;
	int64_t connect_ms; /* for each address */
	int64_t whole_ms;   /* for all of it */
	size_t max;         /* octets of the answer's body */
};
/*
 * CA_OK whatever status the answer has. CA_USAGE for the URL, CA_NOT_FOUND for
 * a host name without address, CA_IO when no address answers in time,
 * otherwise as http_answer_read().
 */
CA_MUST_USE enum ca_status http_ask(
    const struct http_ask *ask, struct http_answer *ret, struct ca_error *err);
/* The same, for those who let another be put in its place (a test's). */
typedef enum ca_status (*http_fetch)(void *ctx, const struct http_ask *ask,
    struct http_answer *ret, struct ca_error *err);
CA_MUST_USE enum ca_status http_fetch_plainly(void *ctx,
    const struct http_ask *ask, struct http_answer *ret, struct ca_error *err);

#endif
