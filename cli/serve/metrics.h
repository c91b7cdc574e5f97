/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * metrics: what the front counts, and the page that says it in Prometheus'
 * text format 0.0.4.
 *
 * Any thread may call.
 *
 * What this does not do: count what libmicrohttpd answers by itself, before
 * there is a request (an over-long header, a malformed request line).
 */
#ifndef CLI_SERVE_METRICS_H
#define CLI_SERVE_METRICS_H

#include <pthread.h>
#include <stdatomic.h>

#include "ca/ocsp.h"
#include "db/ledger.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
/* The share of the time that counting the ledger's certificates may take: a
 * twentieth. A million rows are a tenth of a second. */
#define METRICS_REST 20

enum metrics_cache {
	METRICS_HIT,     /* given as it was */
	METRICS_RENEWED, /* the ledger changed, but not this */
	METRICS_MISS,    /* the signer was asked */
	METRICS_CACHE_RESULTS
};
#define METRICS_CODES 600

struct metrics {
	atomic_ullong codes[METRICS_CODES]; /* by HTTP status code */
	atomic_ullong ocsp[CA_OCSP_UNAUTHORIZED + 1];
	atomic_ullong cache[METRICS_CACHE_RESULTS];
	pthread_mutex_t lock; /* of what follows */
	struct ledger_counts counts;
	bool counted;
	uint64_t counted_at; /* generation */
	int64_t count_next;  /* monotonic milliseconds */
};

void metrics_init(struct metrics *metrics);
void metrics_code(struct metrics *metrics, unsigned code);
void metrics_ocsp(struct metrics *metrics, enum ca_ocsp_status status);
void metrics_cache(struct metrics *metrics, enum metrics_cache result);
/* Counts the ledger's certificates again, if it has changed and it is time
 * to. One thread alone calls this. */
CA_MUST_USE enum ca_status metrics_count(struct metrics *metrics,
    struct ledger *ledger, uint64_t generation, struct ca_error *err);

struct front;
/* The page, appended. faults is how many /healthz knows. */
CA_MUST_USE enum ca_status metrics_page(
    struct front *front, size_t faults, struct ca_buf *ret);

#endif
