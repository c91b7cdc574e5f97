/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * answer: an OCSPResponse ready to be sent, counted, so that the cache and
 * any number of connections may hold it at once. Its HTTP headers are made
 * once: to a GET they say for how long it may be kept (RFC 5019 6.2), to a
 * POST, or where it is for one client alone, that it may not (checklist 111).
 *
 * What this does not do: decide whether the answer still holds.
 */
#ifndef CLI_SERVE_ANSWER_H
#define CLI_SERVE_ANSWER_H

#include <microhttpd.h>

#include "ca/ocsp.h"

/* Seconds that others may keep an answer: what is revoked is good to them
 * for as long. */
#define ANSWER_MAX_AGE 300
#define ANSWER_ETAG 40

struct answer; /* opaque */

struct answer_order {
	struct ca_bytes der;
	enum ca_ocsp_status status;
	bool cacheable;
	int64_t now;
	int64_t this_update, next_update; /* of one that is successful */
};
/* NULL when memory is short. Held once. */
struct answer *answer_new(const struct answer_order *order);
/* An unsigned answer, RFC 6960 2.3; not for successful. */
struct answer *answer_failure(enum ca_ocsp_status status);
struct answer *answer_hold(struct answer *answer);
void answer_release(struct answer *answer); /* NULL is fine */

/* A view, for as long as it is held. */
struct ca_bytes answer_der(const struct answer *answer);
enum ca_ocsp_status answer_status(const struct answer *answer);
/* When it is to be asked for anew: half its validity is over. */
int64_t answer_refresh_at(const struct answer *answer);
/* What it costs to keep. */
size_t answer_size(const struct answer *answer);
/* NULL unless it may be kept by others. */
const char *answer_etag(const struct answer *answer);
int64_t answer_modified(const struct answer *answer);

/* What to send; it lives as long as the answer is held. NULL when memory is
 * short. */
struct MHD_Response *answer_to_get(struct answer *answer);
struct MHD_Response *answer_to_post(struct answer *answer);
/* The same of a connection that ends with it, to be destroyed by the caller. */
struct MHD_Response *answer_to_last(const struct answer *answer, bool get);
/* 304 Not Modified, to be destroyed by the caller. */
struct MHD_Response *answer_not_modified(const struct answer *answer);

#endif
