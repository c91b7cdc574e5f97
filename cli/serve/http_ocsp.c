/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <time.h>

#include "cli/serve/http.h"

enum ca_status
worker_generation(struct worker *worker, uint64_t *ret, struct ca_error *err)
{
	atomic_ullong *generation = &worker->front->generation;
	int64_t version = 0;
	enum ca_status st;

	if (!worker->keeps &&
	    atomic_load_explicit(
		&worker->front->ledger_lost, memory_order_relaxed))
		return ca_fail(err, CA_IO,
		    "the ledger was replaced: start this server again");
	if ((st = ledger_data_version(worker->ledger, &version, err)) != CA_OK)
		return st;
	if (!worker->has_seen || worker->seen != version) {
		(void)atomic_fetch_add(generation, 1);
		worker->seen = version;
		worker->has_seen = true;
	}
	*ret = atomic_load(generation);
	return CA_OK;
}

/* ---- an answer, sent -------------------------------------------------- */

/* Not by date: what was good and what is revoked may be of the same second. */
static bool
is_known(const struct visit *visit, const struct answer *answer)
{
	return visit->get && answer_etag(answer) != NULL &&
	    http_is_known(visit, answer_etag(answer), 0);
}

enum MHD_Result
http_ocsp_answer(
    struct worker *worker, struct visit *visit, struct answer *answer)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	metrics_ocsp(&worker->front->metrics, answer_status(answer));
	if (is_known(visit, answer)) {
		response = answer_not_modified(answer);
		result = http_send(
		    worker, visit, MHD_HTTP_NOT_MODIFIED, response);
		if (response != NULL)
			MHD_destroy_response(response);
		return result;
	}
	if (http_is_last(worker)) {
		response = answer_to_last(answer, visit->get);
		result = http_send_shared(worker, visit, MHD_HTTP_OK, response);
		if (response != NULL)
			MHD_destroy_response(response);
		return result;
	}
	response = visit->get ? answer_to_get(answer) : answer_to_post(answer);
	return http_send_shared(worker, visit, MHD_HTTP_OK, response);
}

/* ---- an answer, found ------------------------------------------------- */

/* An answer of one that is revoked is nobody's any more (checklist 109). */
static enum ca_status
has_signer(struct worker *worker, const struct status_fact *fact, bool *ret,
    struct ca_error *err)
{
	const struct ca_bytes serial = {fact->responder, fact->responder_len};
	struct ledger_status status;
	enum ca_status st;

	if (serial.len == 0)
		return CA_OK;
	st = ledger_cert_status(
	    worker->ledger, fact->issuer, serial, &status, err);
	if (st == CA_OK)
		*ret = *ret && status.revoked_at == LEDGER_NO_TIME;
	return st;
}

/* What was decided would be decided again (struct status_fact). */
static enum ca_status
is_still_so(struct worker *worker, const struct status_fact *fact, bool *ret,
    struct ca_error *err)
{
	const struct ca_bytes serial = {fact->serial, fact->serial_len};
	struct ledger_status status;
	enum ca_status st;

	st = ledger_cert_status(
	    worker->ledger, fact->issuer, serial, &status, err);
	if (st == CA_OK)
		*ret = status.known == fact->known &&
		    status.revoked_at == fact->revoked_at &&
		    status.reason == fact->reason;
	return st == CA_OK ? has_signer(worker, fact, ret, err) : st;
}

/* Not time(): it is up to a tick behind the clock that others read, for whom
 * a second has begun; an answer of that second would look like tomorrow's. */
static int64_t
now_exactly(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec;
}

/* *ret NULL: the signer is to be asked. */
static enum ca_status
find(struct worker *worker, struct ca_bytes request, struct answer **ret,
    struct ca_error *err)
{
	struct front *front = worker->front;
	enum metrics_cache result = METRICS_HIT;
	struct cached cached;
	uint64_t generation = 0;
	bool holds = true;
	enum ca_status st;

	if ((st = worker_generation(worker, &generation, err)) != CA_OK)
		return st;
	switch (cache_find(
	    front->cache, request, generation, now_exactly(), &cached)) {
	case CACHE_HOLDS:
		break;
	case CACHE_OLD:
		result = METRICS_RENEWED;
		st = is_still_so(worker, &cached.fact, &holds, err);
		if (st == CA_OK && holds)
			cache_renew(
			    front->cache, request, cached.answer, generation);
		break;
	case CACHE_NONE:
		holds = false;
		break;
	}
	if (st != CA_OK || !holds) {
		answer_release(cached.answer);
		cached.answer = NULL;
	}
	metrics_cache(&front->metrics, holds ? result : METRICS_MISS);
	*ret = cached.answer;
	return st;
}

enum MHD_Result
http_ocsp(struct worker *worker, struct visit *visit, struct ca_bytes request)
{
	struct front *front = worker->front;
	struct answer *answer = NULL;
	struct ca_error err = {0};
	enum MHD_Result result;

	if (request.len == 0)
		return http_ocsp_answer(worker, visit, front->malformed);
	if (find(worker, request, &answer, &err) != CA_OK)
		return http_ocsp_answer(worker, visit, front->try_later);
	if (answer == NULL) {
		if (ask_ocsp(front->ask, visit, request))
			return MHD_YES;
		return http_ocsp_answer(worker, visit, front->try_later);
	}
	result = http_ocsp_answer(worker, visit, answer);
	answer_release(answer);
	return result;
}
