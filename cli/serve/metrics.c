/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/metrics.h"

#include <time.h>

#include "cli/serve/front.h"

/* ---- counted ---------------------------------------------------------- */

void
metrics_init(struct metrics *metrics)
{
	(void)pthread_mutex_init(&metrics->lock, NULL);
}

static void
count(atomic_ullong *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

void
metrics_code(struct metrics *metrics, unsigned code)
{
	if (code < METRICS_CODES)
		count(&metrics->codes[code]);
}

void
metrics_ocsp(struct metrics *metrics, enum ca_ocsp_status status)
{
	if ((unsigned)status <= CA_OCSP_UNAUTHORIZED)
		count(&metrics->ocsp[status]);
}

void
metrics_cache(struct metrics *metrics, enum metrics_cache result)
{
	count(&metrics->cache[result]);
}

static int64_t
now_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum ca_status
metrics_count(struct metrics *metrics, struct ledger *ledger,
    uint64_t generation, struct ca_error *err)
{
	const int64_t start = now_ms();
	struct ledger_counts counts;
	enum ca_status st;

	if (start < metrics->count_next ||
	    (metrics->counted && metrics->counted_at == generation))
		return CA_OK;
	st = ledger_count(ledger, (int64_t)time(NULL), &counts, err);
	metrics->count_next = start + (now_ms() - start) * METRICS_REST;
	if (st != CA_OK)
		return st;
	(void)pthread_mutex_lock(&metrics->lock);
	metrics->counts = counts;
	metrics->counted = true;
	metrics->counted_at = generation;
	(void)pthread_mutex_unlock(&metrics->lock);
	return CA_OK;
}

/* ---- the page --------------------------------------------------------- */

/* A page that grows and remembers the first failure. */
struct page {
	struct ca_buf *out;
	enum ca_status st;
	int64_t now;
};

static void CA_PRINTF(2, 3) add(struct page *page, const char *format, ...)
{
	char line[512];
	va_list args;

	va_start(args, format);
	ca_line_vprintf(line, sizeof(line), format, args);
	va_end(args);
	if (page->st == CA_OK)
		page->st = ca_buf_append_text(page->out, line);
	if (page->st == CA_OK)
		page->st = ca_buf_append_text(page->out, "\n");
}

static void
add_head(
    struct page *page, const char *name, const char *type, const char *help)
{
	add(page, "# HELP %s %s", name, help);
	add(page, "# TYPE %s %s", name, type);
}

/* One number without labels. */
static void
add_one(struct page *page, const char *name, const char *type, const char *help,
    unsigned long long value)
{
	add_head(page, name, type, help);
	add(page, "%s %llu", name, value);
}

static void
add_certificates(struct page *page, struct metrics *metrics)
{
	static const char name[] = "signet_certificates";
	struct ledger_counts counts;
	bool counted;

	(void)pthread_mutex_lock(&metrics->lock);
	counts = metrics->counts;
	counted = metrics->counted;
	(void)pthread_mutex_unlock(&metrics->lock);
	if (!counted)
		return;
	add_head(page, name, "gauge", "Certificates in the ledger, by state.");
	add(page, "%s{state=\"valid\"} %lld", name, (long long)counts.valid);
	add(page, "%s{state=\"expired\"} %lld", name,
	    (long long)counts.expired);
	add(page, "%s{state=\"revoked\"} %lld", name,
	    (long long)counts.revoked);
	add(page, "%s{state=\"intended\"} %lld", name,
	    (long long)counts.intended);
}

/* Names of authorities are letters, digits, '-' and '_': nothing in them is
 * to be escaped in a label. */
static enum ca_status
add_authority(void *ctx, const char *name, int64_t not_after)
{
	struct page *page = ctx;

	add(page, "signet_ca_not_after_seconds{authority=\"%s\"} %lld", name,
	    (long long)(not_after - page->now));
	return page->st;
}

static enum ca_status
add_crl_left(void *ctx, const struct list_crl *crl)
{
	struct page *page = ctx;

	add(page,
	    "signet_crl_next_update_seconds{authority=\"%s\",crl=\"%s\"} %lld",
	    crl->authority, crl->name,
	    (long long)(crl->next_update - page->now));
	return page->st;
}

static enum ca_status
add_crl_number(void *ctx, const struct list_crl *crl)
{
	struct page *page = ctx;

	add(page, "signet_crl_number{authority=\"%s\",crl=\"%s\"} %lld",
	    crl->authority, crl->name, (long long)crl->number);
	return page->st;
}

static enum ca_status
add_crl_entries(void *ctx, const struct list_crl *crl)
{
	struct page *page = ctx;

	add(page, "signet_crl_entries{authority=\"%s\",crl=\"%s\"} %lld",
	    crl->authority, crl->name, (long long)crl->entries);
	return page->st;
}

static void
add_lists(struct page *page, struct lists *lists)
{
	const struct {
		const char *name, *help;
		struct lists_walk walk;
	} all[] = {
	    {"signet_ca_not_after_seconds",
		"Seconds until an authority's certificate ends.",
		{.authority = add_authority, .ctx = page}},
	    {"signet_crl_next_update_seconds",
		"Seconds until the newest CRL's nextUpdate.",
		{.crl = add_crl_left, .ctx = page}},
	    {"signet_crl_number", "The newest CRL's number.",
		{.crl = add_crl_number, .ctx = page}},
	    {"signet_crl_entries", "Entries of the newest CRL.",
		{.crl = add_crl_entries, .ctx = page}},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		add_head(page, all[i].name, "gauge", all[i].help);
		if (page->st == CA_OK)
			page->st = lists_each(lists, &all[i].walk);
	}
}

static enum ca_status
add_responder(void *ctx, const char *name, int64_t not_after)
{
	struct page *page = ctx;

	add(page, "signet_responder_not_after_seconds{authority=\"%s\"} %lld",
	    name, (long long)(not_after - page->now));
	return page->st;
}

static void
add_responders(struct page *page, struct responder_ends *ends)
{
	add_head(page, "signet_responder_not_after_seconds", "gauge",
	    "Seconds until the newest certificate of an authority's OCSP "
	    "responder ends.");
	if (page->st == CA_OK)
		page->st = responder_ends_each(ends, add_responder, page);
}

static void
add_ocsp(struct page *page, const struct metrics *metrics)
{
	static const char name[] = "signet_ocsp_answers_total";

	add_head(page, name, "counter", "OCSP answers, by responseStatus.");
	for (int i = 0; i <= CA_OCSP_UNAUTHORIZED; i++) {
		static const char *const names[] = {"successful",
		    "malformedRequest", "internalError", "tryLater", NULL,
		    "sigRequired", "unauthorized"};

		if (names[i] != NULL)
			add(page, "%s{status=\"%s\"} %llu", name, names[i],
			    atomic_load(&metrics->ocsp[i]));
	}
}

static void
add_cache(struct page *page, struct front *front)
{
	static const char *const results[] = {"hit", "renewed", "miss"};
	static const char name[] = "signet_ocsp_cache_total";
	const struct cache_size size = cache_size(front->cache);

	add_head(page, name, "counter",
	    "Looks into the cache of signed answers: given as it was; given "
	    "after a look at the changed ledger; the signer was asked.");
	for (int i = 0; i < METRICS_CACHE_RESULTS; i++)
		add(page, "%s{result=\"%s\"} %llu", name, results[i],
		    atomic_load(&front->metrics.cache[i]));
	add_one(page, "signet_ocsp_cache_entries", "gauge",
	    "Signed answers in the cache.", size.entries);
	add_one(page, "signet_ocsp_cache_octets", "gauge",
	    "What they take, about.", size.octets);
}

static void
add_http(struct page *page, const struct metrics *metrics)
{
	static const char name[] = "signet_http_responses_total";

	add_head(page, name, "counter", "HTTP responses, by code.");
	for (int code = 0; code < METRICS_CODES; code++) {
		unsigned long long n = atomic_load(&metrics->codes[code]);

		if (n > 0)
			add(page, "%s{code=\"%d\"} %llu", name, code, n);
	}
}

enum ca_status
metrics_page(struct front *front, size_t faults, struct ca_buf *ret)
{
	struct page page = {.out = ret, .now = (int64_t)time(NULL)};

	add_head(&page, "signet_build_info", "gauge", "What is running.");
	add(&page,
	    "signet_build_info{version=\"" SIGNET_VERSION
	    "\",sqlite=\"%s\",libmicrohttpd=\"%s\"} 1",
	    ledger_engine_version(), MHD_get_version());
	add_one(&page, "signet_faults", "gauge",
	    "What /healthz has to complain of.", faults);
	add_certificates(&page, &front->metrics);
	add_lists(&page, front->lists);
	add_responders(&page, &front->responder_ends);
	add_ocsp(&page, &front->metrics);
	add_cache(&page, front);
	add_http(&page, &front->metrics);
	add_one(&page, "signet_http_connections", "gauge", "Open connections.",
	    visits_count(&front->visits));
	add_one(&page, "signet_http_body_octets", "gauge",
	    "Octets of requests' bodies that are held.",
	    atomic_load(&front->visits.bodies));
	return page.st;
}
