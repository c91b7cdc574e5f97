/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * http: libmicrohttpd's callbacks: requests in, responses out (RFC 9110).
 *
 *   http.c       the request's head and body, and what is refused
 *   http_ocsp.c  OCSP by GET and POST (RFC 6960 A, RFC 5019)
 *   http_page.c  CRLs, certificates, /healthz, /metrics
 *
 * What this does not do: TLS, virtual hosts, ranges, compression: what is
 * given is public and signed.
 */
#ifndef CLI_SERVE_HTTP_H
#define CLI_SERVE_HTTP_H

#include "cli/serve/front.h"

/* Starts the daemon that serves the listening socket, in a thread of its own,
 * for this worker. NULL when it cannot. */
struct http_options {
	int listen_fd; /* taken: libmicrohttpd closes it */
	unsigned connections, idle_seconds;
};
struct MHD_Daemon *http_start(
    struct worker *worker, const struct http_options *options);

/* ---- between the three files ---- */

/* Sends and counts it; one that others send, too, as it is. */
enum MHD_Result http_send(struct worker *worker, struct visit *visit,
    unsigned code, struct MHD_Response *response);
enum MHD_Result http_send_shared(struct worker *worker, struct visit *visit,
    unsigned code, struct MHD_Response *response);
/* The connection is to end with its next answer. */
bool http_is_last(const struct worker *worker);

/* Whether the client says that it has this; modified 0: not by its date, nor is
 * it while that second lasts. */
bool http_is_known(
    const struct visit *visit, const char *etag, int64_t modified);

/* Why a request is refused; a table's row. */
struct http_refusal {
	unsigned code;
	const char *text;
	const char *allow; /* with 405 */
};
enum MHD_Result http_refuse(
    struct worker *worker, struct visit *visit, const struct http_refusal *why);
/* The ledger cannot be read, or memory is short. */
enum MHD_Result http_unavailable(struct worker *worker, struct visit *visit);

enum MHD_Result http_ocsp(
    struct worker *worker, struct visit *visit, struct ca_bytes request);
/* After it was suspended: with visit->answer. */
enum MHD_Result http_ocsp_answer(
    struct worker *worker, struct visit *visit, struct answer *answer);
enum MHD_Result http_crl(struct worker *worker, struct visit *visit);
enum MHD_Result http_ca(struct worker *worker, struct visit *visit);
enum MHD_Result http_health(struct worker *worker, struct visit *visit);
enum MHD_Result http_metrics(struct worker *worker, struct visit *visit);

#endif
