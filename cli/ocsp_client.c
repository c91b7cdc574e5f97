/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/ocsp_client.h"

#include <string.h>

static enum ca_status
build_request(const struct ocsp_ask *ask, struct ocsp_reply *reply,
    struct ca_buf *ret, struct ca_error *err)
{
	struct ca_rng *rng = NULL;
	enum ca_status st;

	if (!ask->no_nonce) {
		if ((st = ca_rng_new(&rng, err)) != CA_OK)
			return st;
		st = ca_rng_fill(rng, reply->nonce, sizeof(reply->nonce), err);
		ca_rng_free(rng);
		if (st != CA_OK)
			return st;
		reply->nonce_len = sizeof(reply->nonce);
	}
	return ca_ocsp_request_build(ask->cert, ask->issuer, ask->hash,
	    (struct ca_bytes){reply->nonce, reply->nonce_len}, ret, err);
}

static enum ca_status
check_http(
    const char *url, const struct http_answer *answer, struct ca_error *err)
{
	if (answer->status == 404 || answer->status == 405)
		return ca_fail(err, CA_IO,
		    "%.100s: HTTP %d %s: no OCSP responder answers there "
		    "(POST, "
		    "RFC 6960 A.1): look at the URL's path; of `signet serve` "
		    "it is /ocsp",
		    url, answer->status, answer->reason);
	if (answer->status != 200)
		return ca_fail(err, CA_IO, "%.100s: HTTP %d %s", url,
		    answer->status, answer->reason);
	if (strcmp(answer->content_type, "application/ocsp-response") != 0)
		return ca_fail(err, CA_MALFORMED,
		    "%.100s: answered with %s, not application/ocsp-response "
		    "(RFC 6960 A.2)",
		    url,
		    answer->content_type[0] != '\0' ? answer->content_type :
						      "no Content-Type");
	return CA_OK;
}

enum ca_status
ocsp_fetch(
    const struct ocsp_ask *ask, struct ocsp_reply *ret, struct ca_error *err)
{
	const http_fetch fetch = ask->fetch != NULL ? ask->fetch :
						      http_fetch_plainly;
	struct http_answer answer = {0};
	struct ca_buf request = {0};
	struct http_ask post = {.url = ask->url,
	    .content_type = "application/ocsp-request",
	    .connect_ms = OCSP_CONNECT_MS,
	    .whole_ms = ask->whole_ms,
	    .max = CA_OCSP_MAX};
	enum ca_status st;

	if ((st = build_request(ask, ret, &request, err)) != CA_OK)
		goto out;
	post.body = ca_view(&request);
	if ((st = fetch(ask->fetch_ctx, &post, &answer, err)) == CA_OK &&
	    (st = check_http(ask->url, &answer, err)) == CA_OK) {
		ret->der = answer.body;
		answer.body = (struct ca_buf){0};
	}
out:
	ca_buf_free(&request);
	http_answer_done(&answer);
	return st;
}

/* What is wrong with a response is a reason not to believe it; that there is
 * none for us is something else. */
enum ca_status
ocsp_judge(
    const struct ocsp_ask *ask, struct ocsp_reply *reply, struct ca_error *err)
{
	const struct ca_ocsp_question question = {.cert = ask->cert,
	    .issuer = ask->issuer,
	    .nonce = {reply->nonce, reply->nonce_len},
	    .now = ask->now,
	    .skew = ask->skew,
	    .max_age = ask->max_age};
	struct ca_error inner = {0};
	enum ca_status st;

	st = ca_ocsp_response_parse(
	    ca_view(&reply->der), &reply->response, &inner);
	if (st != CA_OK)
		return ca_fail(err, st == CA_MEMORY ? st : CA_UNTRUSTED,
		    "%.100s: %s", ask->url, inner.msg);
	st = ca_ocsp_response_verify(
	    &reply->response, &question, &reply->verdict, &inner);
	return st == CA_OK ?
	    st :
	    ca_fail(err, st, "%.100s: %s", ask->url, inner.msg);
}

void
ocsp_reply_done(struct ocsp_reply *reply)
{
	ca_buf_free(&reply->der);
	*reply = (struct ocsp_reply){0};
}

const char *
ocsp_nonce_word(const struct ocsp_reply *reply)
{
	if (reply->verdict.has_nonce)
		return "echoed";
	return reply->nonce_len > 0 ? "missing" : "not sent";
}
