/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ocsp_client: one question to an OCSP responder over plain http (RFC 6960
 * A.1), and whether its answer is to be believed.
 *
 * What this does not do: find the responder or the issuer, follow redirects,
 * judge the issuer, print.
 */
#ifndef CLI_OCSP_CLIENT_H
#define CLI_OCSP_CLIENT_H

#include "ca/ocsp.h"
#include "cli/http_client.h"

#define OCSP_NONCE_LEN 32 /* RFC 9654 2.1 */
#define OCSP_CONNECT_MS 5000

struct ocsp_ask {
	const char *url;
	const struct ca_cert *cert, *issuer;
	enum ca_hash hash; /* CA_HASH_SHA1 or CA_HASH_SHA256 */
	bool no_nonce;
	int64_t whole_ms;
	int64_t now, skew, max_age; /* as in struct ca_ocsp_question */
	http_fetch fetch;           /* NULL: http_ask() */
	void *fetch_ctx;
};
struct ocsp_reply {
	uint8_t nonce[OCSP_NONCE_LEN]; /* what was sent */
	size_t nonce_len;
	struct ca_buf der;
	/* Views into der, of what ocsp_judge() believed. */
	struct ca_ocsp_response response;
	struct ca_ocsp_verdict verdict;
};

/*
 * Fills der and nonce. CA_IO for another HTTP status than 200, CA_MALFORMED
 * for another Content-Type, otherwise as http_ask() and
 * ca_ocsp_request_build().
 */
CA_MUST_USE enum ca_status ocsp_fetch(
    const struct ocsp_ask *ask, struct ocsp_reply *ret, struct ca_error *err);
/*
 * Fills response and verdict, whatever the state they report. CA_UNTRUSTED
 * when it is not to be believed, also for what is no OCSP response at all;
 * CA_REFUSED and CA_BUSY as ca_ocsp_response_verify().
 */
CA_MUST_USE enum ca_status ocsp_judge(
    const struct ocsp_ask *ask, struct ocsp_reply *reply, struct ca_error *err);
void ocsp_reply_done(struct ocsp_reply *reply);

/* "echoed", "missing", "not sent". */
const char *ocsp_nonce_word(const struct ocsp_reply *reply);

#endif
