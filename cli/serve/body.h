/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * body: octets that any number of responses send without a copy of their
 * own; freed when the last that holds them has been sent.
 *
 * What this does not do: change them once they are made.
 */
#ifndef CLI_SERVE_BODY_H
#define CLI_SERVE_BODY_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "ca/base.h"

struct body {
	atomic_uint held;
	/* No longer to be sent: who still reads it is cut off. */
	atomic_bool ended;
	uint64_t epoch; /* its owner's; see cli/serve/lists.c */
	size_t len;
	uint8_t data[];
};

/* A copy, held once. NULL when memory is short. */
struct body *body_new(struct ca_bytes bytes);
struct body *body_hold(struct body *body);
void body_release(struct body *body); /* NULL is fine */
/* A response with these octets, which it holds, and this type. NULL when
 * memory is short. */
struct MHD_Response *body_response(struct body *body, const char *type);
/* Adds a header. */
bool body_add(
    struct MHD_Response *response, const char *name, const char *value);

#endif
