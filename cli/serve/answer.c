/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/answer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/serve/body.h"
#include "cli/serve/http_date.h"
#include "cli/serve/siphash.h"

/* Measured: the two responses with their headers, in libmicrohttpd 0.9.75. */
#define RESPONSES_SIZE 3072

struct answer {
	atomic_uint held;
	/* Made when first wanted: most answers are asked for in one way. */
	_Atomic(struct MHD_Response *) get, post;
	enum ca_ocsp_status status;
	bool cacheable;
	int64_t this_update, next_update, refresh_at;
	int64_t max_age;
	char etag[ANSWER_ETAG];
	struct body *body;
};

/* ---- made and released ------------------------------------------------ */

/* Two answers to one URL differ in thisUpdate or, within a second, in what
 * the hash is of. */
static void
set_etag(struct answer *answer, struct ca_bytes der)
{
	static const struct siphash_key fixed = {1, 2};

	(void)snprintf(answer->etag, sizeof(answer->etag), "\"%llx-%016llx\"",
	    (unsigned long long)answer->this_update,
	    (unsigned long long)siphash(&fixed, der));
}

/* Until refresh_at it is given, so that max-age ends before nextUpdate at
 * any moment at which it is given (RFC 5019 6.2). */
static void
set_times(struct answer *answer, const struct answer_order *order)
{
	int64_t left = order->next_update - order->now;

	answer->this_update = order->this_update;
	answer->next_update = order->next_update;
	answer->refresh_at = order->now + left / 2;
	answer->max_age = left / 2 - 1;
	if (answer->max_age > ANSWER_MAX_AGE)
		answer->max_age = ANSWER_MAX_AGE;
	answer->cacheable = answer->max_age > 0 &&
	    order->this_update <= order->now;
}

struct answer *
answer_new(const struct answer_order *order)
{
	struct answer *answer = calloc(1, sizeof(*answer));

	if (answer == NULL)
		return NULL;
	if ((answer->body = body_new(order->der)) == NULL) {
		free(answer);
		return NULL;
	}
	atomic_init(&answer->held, 1);
	atomic_init(&answer->get, NULL);
	atomic_init(&answer->post, NULL);
	answer->status = order->status;
	if (order->cacheable) {
		set_times(answer, order);
		set_etag(answer, order->der);
	}
	return answer;
}

struct answer *
answer_failure(enum ca_ocsp_status status)
{
	/* OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED, ... } */
	const uint8_t der[] = {0x30, 0x03, 0x0a, 0x01, (uint8_t)status};
	const struct answer_order order = {
	    .der = {der, sizeof(der)}, .status = status};

	return answer_new(&order);
}

struct answer *
answer_hold(struct answer *answer)
{
	atomic_fetch_add_explicit(&answer->held, 1, memory_order_relaxed);
	return answer;
}

void
answer_release(struct answer *answer)
{
	struct MHD_Response *response;

	if (answer == NULL ||
	    atomic_fetch_sub_explicit(&answer->held, 1, memory_order_acq_rel) !=
		1)
		return;
	if ((response = atomic_load(&answer->get)) != NULL)
		MHD_destroy_response(response);
	if ((response = atomic_load(&answer->post)) != NULL)
		MHD_destroy_response(response);
	body_release(answer->body);
	free(answer);
}

/* ---- what it is ------------------------------------------------------- */

struct ca_bytes
answer_der(const struct answer *answer)
{
	return (struct ca_bytes){answer->body->data, answer->body->len};
}

enum ca_ocsp_status
answer_status(const struct answer *answer)
{
	return answer->status;
}

int64_t
answer_refresh_at(const struct answer *answer)
{
	return answer->refresh_at;
}

size_t
answer_size(const struct answer *answer)
{
	return sizeof(*answer) + answer->body->len + RESPONSES_SIZE;
}

const char *
answer_etag(const struct answer *answer)
{
	return answer->cacheable ? answer->etag : NULL;
}

int64_t
answer_modified(const struct answer *answer)
{
	return answer->this_update;
}

/* ---- as HTTP ---------------------------------------------------------- */

/* RFC 5019 6.2; no-transform, since an answer is bytes that were signed. */
static bool
add_keeping(struct MHD_Response *response, const struct answer *answer)
{
	char modified[HTTP_DATE_TEXT], expires[HTTP_DATE_TEXT], control[96];

	http_date_text(answer->this_update, modified);
	http_date_text(answer->next_update, expires);
	(void)snprintf(control, sizeof(control),
	    "max-age=%lld, public, no-transform, must-revalidate",
	    (long long)answer->max_age);
	return body_add(response, MHD_HTTP_HEADER_LAST_MODIFIED, modified) &&
	    body_add(response, MHD_HTTP_HEADER_EXPIRES, expires) &&
	    body_add(response, MHD_HTTP_HEADER_ETAG, answer->etag) &&
	    body_add(response, MHD_HTTP_HEADER_CACHE_CONTROL, control);
}

static bool
add_not_keeping(struct MHD_Response *response)
{
	return body_add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
}

/* Of two workers that make it at once, one has made it in vain. */
static struct MHD_Response *
settle(
    _Atomic(struct MHD_Response *) *place, struct MHD_Response *mine, bool ok)
{
	struct MHD_Response *other = NULL;

	if (mine == NULL || !ok) {
		if (mine != NULL)
			MHD_destroy_response(mine);
		return NULL;
	}
	if (atomic_compare_exchange_strong(place, &other, mine))
		return mine;
	MHD_destroy_response(mine);
	return other;
}

#define OCSP_RESPONSE "application/ocsp-response"

static bool
add_for_get(struct MHD_Response *response, const struct answer *answer)
{
	return answer->cacheable ? add_keeping(response, answer) :
				   add_not_keeping(response);
}

struct MHD_Response *
answer_to_get(struct answer *answer)
{
	struct MHD_Response *response = atomic_load(&answer->get);

	if (response != NULL)
		return response;
	response = body_response(answer->body, OCSP_RESPONSE);
	return settle(&answer->get, response,
	    response != NULL && add_for_get(response, answer));
}

struct MHD_Response *
answer_to_post(struct answer *answer)
{
	struct MHD_Response *response = atomic_load(&answer->post);

	if (response != NULL)
		return response;
	response = body_response(answer->body, OCSP_RESPONSE);
	return settle(&answer->post, response,
	    response != NULL && add_not_keeping(response));
}

struct MHD_Response *
answer_to_last(const struct answer *answer, bool get)
{
	struct MHD_Response *response = body_response(
	    answer->body, OCSP_RESPONSE);
	bool ok = response != NULL &&
	    (get ? add_for_get(response, answer) : add_not_keeping(response));

	if (ok && body_add(response, MHD_HTTP_HEADER_CONNECTION, "close"))
		return response;
	if (response != NULL)
		MHD_destroy_response(response);
	return NULL;
}

struct MHD_Response *
answer_not_modified(const struct answer *answer)
{
	struct MHD_Response *response;

	response = MHD_create_response_from_buffer(
	    0, NULL, MHD_RESPMEM_PERSISTENT);
	if (response != NULL && !add_keeping(response, answer)) {
		MHD_destroy_response(response);
		return NULL;
	}
	return response;
}
