/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/body.h"

#include <stdlib.h>
#include <string.h>

struct body *
body_new(struct ca_bytes bytes)
{
	struct body *body = malloc(sizeof(*body) + bytes.len);

	if (body == NULL)
		return NULL;
	atomic_init(&body->held, 1);
	atomic_init(&body->ended, false);
	body->epoch = 0;
	body->len = bytes.len;
	if (bytes.len > 0)
		memcpy(body->data, bytes.data, bytes.len);
	return body;
}

struct body *
body_hold(struct body *body)
{
	atomic_fetch_add_explicit(&body->held, 1, memory_order_relaxed);
	return body;
}

void
body_release(struct body *body)
{
	if (body != NULL &&
	    atomic_fetch_sub_explicit(&body->held, 1, memory_order_acq_rel) ==
		1)
		free(body);
}

static void
release(void *body)
{
	body_release(body);
}

bool
body_add(struct MHD_Response *response, const char *name, const char *value)
{
	return MHD_add_response_header(response, name, value) == MHD_YES;
}

struct MHD_Response *
body_response(struct body *body, const char *type)
{
	struct MHD_Response *response;

	response = MHD_create_response_from_buffer_with_free_callback_cls(
	    body->len, body->data, release, body_hold(body));
	if (response == NULL) {
		body_release(body);
		return NULL;
	}
	if (!body_add(response, MHD_HTTP_HEADER_CONTENT_TYPE, type)) {
		MHD_destroy_response(response);
		return NULL;
	}
	return response;
}
