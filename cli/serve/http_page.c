/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/serve/http.h"
#include "cli/serve/http_date.h"

/* Seconds that others may keep a CRL without asking whether there is a newer
 * one, and an authority's certificate, which changes once in years. */
#define CRL_MAX_AGE 300
#define CERT_MAX_AGE 3600

static const struct http_refusal no_crl = {MHD_HTTP_NOT_FOUND,
    "no CRL of that name has been published: signet crl publishes one", NULL};
static const struct http_refusal no_authority = {
    MHD_HTTP_NOT_FOUND, "there is no authority of that name here", NULL};

/* ---- lists ------------------------------------------------------------ */

static enum ca_status
refresh(struct worker *worker, struct ca_error *err)
{
	uint64_t generation = 0;
	enum ca_status st;

	if ((st = worker_generation(worker, &generation, err)) != CA_OK)
		return st;
	return lists_refresh(
	    worker->front->lists, worker->ledger, generation, err);
}

/* A CRL that has ended is given all the same: its date says that it has. */
static bool
add_headers(struct MHD_Response *response, const struct list_item *item)
{
	char modified[HTTP_DATE_TEXT], expires[HTTP_DATE_TEXT], control[96];
	int64_t age = CERT_MAX_AGE;

	if (item->next_update != 0) {
		age = item->next_update - (int64_t)time(NULL) - 1;
		age = age < 0 ? 0 : age > CRL_MAX_AGE ? CRL_MAX_AGE : age;
		http_date_text(item->this_update, modified);
		http_date_text(item->next_update, expires);
		if (!body_add(
			response, MHD_HTTP_HEADER_LAST_MODIFIED, modified) ||
		    !body_add(response, MHD_HTTP_HEADER_EXPIRES, expires))
			return false;
	}
	(void)snprintf(control, sizeof(control),
	    "max-age=%lld, public, no-transform, must-revalidate",
	    (long long)age);
	return body_add(response, MHD_HTTP_HEADER_CACHE_CONTROL, control) &&
	    body_add(response, MHD_HTTP_HEADER_ETAG, item->etag);
}

static enum MHD_Result
give(struct worker *worker, struct visit *visit, struct list_item *item,
    const char *type)
{
	bool known = http_is_known(
	    visit, item->etag, item->next_update == 0 ? 0 : item->this_update);
	struct MHD_Response *response;
	enum MHD_Result result;

	response = known ?
	    MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT) :
	    body_response(item->body, type);
	if (known)
		body_release(item->body);
	else
		visit->reading = item->body;
	if (response != NULL && !add_headers(response, item)) {
		MHD_destroy_response(response);
		response = NULL;
	}
	result = http_send(worker, visit,
	    known ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response);
	if (response != NULL)
		MHD_destroy_response(response);
	return result;
}

enum MHD_Result
http_crl(struct worker *worker, struct visit *visit)
{
	struct ca_error err = {0};
	struct list_item item;

	if (refresh(worker, &err) != CA_OK)
		return http_unavailable(worker, visit);
	if (!lists_crl(worker->front->lists, visit->path.name, &item))
		return http_refuse(worker, visit, &no_crl);
	return give(worker, visit, &item, "application/pkix-crl");
}

enum MHD_Result
http_ca(struct worker *worker, struct visit *visit)
{
	const bool pem = visit->path.kind == PATH_CA_PEM;
	struct ca_error err = {0};
	struct list_item item;

	if (refresh(worker, &err) != CA_OK)
		return http_unavailable(worker, visit);
	if (!lists_cert(worker->front->lists, visit->path.name, pem, &item))
		return http_refuse(worker, visit, &no_authority);
	return give(worker, visit, &item,
	    pem ? "application/x-pem-file" : "application/pkix-cert");
}

/* ---- pages ------------------------------------------------------------ */

static enum MHD_Result
give_text(struct worker *worker, struct visit *visit, unsigned code,
    const char *type, struct ca_bytes text)
{
	struct MHD_Response *response = NULL;
	struct body *body = body_new(text);
	enum MHD_Result result;

	if (body != NULL)
		response = body_response(body, type);
	body_release(body);
	if (response != NULL &&
	    !body_add(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store")) {
		MHD_destroy_response(response);
		response = NULL;
	}
	result = http_send(worker, visit, code, response);
	if (response != NULL)
		MHD_destroy_response(response);
	return result;
}

struct ended {
	struct ca_buf *out;
	struct ca_bytes told; /* the signer's lines */
	size_t count;
	int64_t now;
};

/* One of the lines begins like this. */
static bool
has_line(struct ca_bytes lines, struct ca_bytes start)
{
	for (size_t i = 0; i + start.len <= lines.len; i++)
		if ((i == 0 || lines.data[i - 1] == '\n') &&
		    memcmp(lines.data + i, start.data, start.len) == 0)
			return true;
	return false;
}

/* Unless the signer has said so, who knows what to do about it. */
static enum ca_status
add_ended(struct ended *ended, const char *what, const char *name, int64_t end)
{
	struct ca_buf start = {0};
	enum ca_status st;

	if (end > ended->now)
		return CA_OK;
	st = ca_buf_printf(&start, "%s: %s ended ", name, what);
	if (st == CA_OK && !has_line(ended->told, ca_view(&start))) {
		ended->count++;
		st = ca_buf_printf(ended->out,
		    "%s: %s ended %lld seconds ago\n", name, what,
		    (long long)(ended->now - end));
	}
	ca_buf_free(&start);
	return st;
}

static enum ca_status
add_ended_crl(void *ctx, const struct list_crl *crl)
{
	/* Nobody renews what nobody looks for. */
	if (crl->unread)
		return CA_OK;
	return add_ended(ctx, "its CRL", crl->name, crl->next_update);
}

static enum ca_status
add_ended_authority(void *ctx, const char *name, int64_t not_after)
{
	return add_ended(ctx, "its certificate", name, not_after);
}

/* Lines; ret_count is how many. */
static enum ca_status
find_faults(struct worker *worker, struct ca_buf *ret, size_t *ret_count)
{
	struct ended ended = {.out = ret, .now = (int64_t)time(NULL)};
	struct ca_buf told = {0};
	const struct lists_walk walk = {.authority = add_ended_authority,
	    .crl = add_ended_crl,
	    .ctx = &ended};
	struct ca_error err = {0};
	size_t count = 0;
	enum ca_status st;

	st = health_faults(&worker->front->health, &told, &count);
	ended.told = ca_view(&told);
	if (st == CA_OK && refresh(worker, &err) != CA_OK) {
		ended.count++;
		st = ca_buf_printf(ret, "%s\n", err.msg);
	} else if (st == CA_OK) {
		st = lists_each(worker->front->lists, &walk);
	}
	if (st == CA_OK)
		st = ca_buf_append(ret, ca_view(&told));
	ca_buf_free(&told);
	if (st == CA_OK)
		*ret_count = ended.count + count;
	return st;
}

/* "ok", and what is to be noted. */
static enum MHD_Result
give_fine(struct worker *worker, struct visit *visit, struct ca_bytes notes)
{
	enum MHD_Result result;
	struct ca_buf page = {0};

	if (ca_buf_append_text(&page, "ok\n") == CA_OK &&
	    ca_buf_append(&page, notes) == CA_OK)
		result = give_text(worker, visit, MHD_HTTP_OK,
		    "text/plain; charset=utf-8", ca_view(&page));
	else
		result = http_unavailable(worker, visit);
	ca_buf_free(&page);
	return result;
}

enum MHD_Result
http_health(struct worker *worker, struct visit *visit)
{
	enum MHD_Result result = MHD_NO;
	struct ca_buf text = {0};
	size_t count = 0;

	if (find_faults(worker, &text, &count) != CA_OK)
		result = http_unavailable(worker, visit);
	else if (count > 0)
		result = give_text(worker, visit, MHD_HTTP_SERVICE_UNAVAILABLE,
		    "text/plain; charset=utf-8", ca_view(&text));
	else
		result = give_fine(worker, visit, ca_view(&text));
	ca_buf_free(&text);
	return result;
}

enum MHD_Result
http_metrics(struct worker *worker, struct visit *visit)
{
	struct ca_buf faults = {0}, page = {0};
	enum MHD_Result result;
	size_t count = 0;

	if (find_faults(worker, &faults, &count) != CA_OK ||
	    metrics_page(worker->front, count, &page) != CA_OK)
		result = http_unavailable(worker, visit);
	else
		result = give_text(
		    worker, visit, MHD_HTTP_OK, METRICS_TYPE, ca_view(&page));
	ca_buf_free(&faults);
	ca_buf_free(&page);
	return result;
}
