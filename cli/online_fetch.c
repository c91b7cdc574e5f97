/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections to strangers, within bounds. */
#include "cli/online_part.h"

#include <string.h>
#include <strings.h>

#include "ca/uri.h"
#include "cli/connection.h"

static bool
is_scheme(struct ca_bytes scheme, const char *word)
{
	return scheme.len == strlen(word) &&
	    strncasecmp((const char *)scheme.data, word, scheme.len) == 0;
}

bool
online_may_ask(struct online_report *report)
{
	const char *url = ca_buf_text(&report->url);
	struct ca_error why = {0};
	struct ca_uri uri;
	struct http_place place;

	if (url == NULL)
		return false;
	if (ca_uri_parse(ca_view(&report->url), &uri, &why) != CA_OK) {
		online_report_set(report, ONLINE_NOT_ASKED, "%s", why.msg);
		return false;
	}
	if (!is_scheme(uri.scheme, "http")) {
		online_report_set(report, ONLINE_NOT_ASKED,
		    "%.*s is not spoken here: plain http alone, for what comes "
		    "is signed itself (RFC 5280 8)",
		    uri.scheme.len > 20 ? 20 : (int)uri.scheme.len,
		    (const char *)uri.scheme.data);
		return false;
	}
	if (http_place_parse(url, &place, &why) != CA_OK) {
		online_report_set(report, ONLINE_NOT_ASKED, "%s", why.msg);
		return false;
	}
	return true;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

enum ca_status
online_exchange(void *ctx, const struct http_ask *ask, struct http_answer *ret,
    struct ca_error *err)
{
	struct online *online = ctx;
	const int64_t left = online->end - connection_now();
	const size_t room = ONLINE_MAX_ALL - online->octets;
	struct http_ask bounded = *ask;
	enum ca_status st;

	if (online->fetch_count >= ONLINE_MAX_FETCHES)
		return ca_fail(err, CA_REFUSED,
		    "not asked: more than %d connections for one question",
		    ONLINE_MAX_FETCHES);
	if (left <= 0)
		return ca_fail(
		    err, CA_IO, "not asked: the time for all of it is over");
	online->fetch_count++;
	bounded.connect_ms = least(ONLINE_CONNECT_MS, left);
	bounded.whole_ms = least(ONLINE_EACH_MS, left);
	if (bounded.max > room)
		bounded.max = room;
	st = online->fetch != NULL ?
	    online->fetch(online->fetch_ctx, &bounded, ret, err) :
	    http_ask(&bounded, ret, err);
	if (st == CA_OK)
		online->octets += ret->body.len;
	return st;
}

/* ---- redirects ---- */

static bool
is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 ||
	    status == 307 || status == 308;
}

/* Where it points to: another place of plain http, or another path of the same
 * one. */
static enum ca_status
follow(
    struct ca_buf *url, const struct http_answer *answer, struct ca_error *err)
{
	const char *to = answer->location, *from = ca_buf_text(url);
	struct ca_buf next = {0};
	struct http_place place;
	enum ca_status st;

	if (from == NULL || http_place_parse(from, &place, NULL) != CA_OK)
		return ca_fail(err, CA_MEMORY, "out of memory");
	st = to[0] == '/' && to[1] != '/' ?
	    ca_buf_printf(&next, "http://%.*s%s", (int)place.authority.len,
		(const char *)place.authority.data, to) :
	    ca_buf_append_text(&next, to);
	if (st != CA_OK || ca_buf_text(&next) == NULL) {
		st = ca_fail(err, CA_MEMORY, "out of memory");
		goto out;
	}
	if (http_place_parse(ca_buf_text(&next), &place, NULL) != CA_OK) {
		st = ca_fail(err, CA_REFUSED,
		    "HTTP %d points to %.150s: only plain http is followed",
		    answer->status, to[0] != '\0' ? to : "nowhere");
		goto out;
	}
	ca_buf_free(url);
	*url = next;
	next = (struct ca_buf){0};
out:
	ca_buf_free(&next);
	return st;
}

/* *ret_more: another place is to be asked, which url now names. */
static enum ca_status
get_once(struct online *online, struct ca_buf *url, size_t max,
    struct ca_buf *ret, bool *ret_more, struct ca_error *err)
{
	const struct http_ask get = {.url = ca_buf_text(url), .max = max};
	struct http_answer answer = {0};
	enum ca_status st;

	if (get.url == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = online_exchange(online, &get, &answer, err)) != CA_OK)
		return st;
	*ret_more = is_redirect(answer.status);
	if (*ret_more) {
		st = follow(url, &answer, err);
	} else if (answer.status != 200) {
		st = ca_fail(
		    err, CA_IO, "HTTP %d %s", answer.status, answer.reason);
	} else {
		ca_buf_free(ret);
		*ret = answer.body;
		answer.body = (struct ca_buf){0};
	}
	http_answer_done(&answer);
	return st;
}

enum ca_status
online_get(struct online *online, const char *url, size_t max,
    struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf at = {0};
	enum ca_status st = ca_buf_append_text(&at, url);
	bool more = true;

	if (st != CA_OK)
		(void)ca_fail(err, st, "out of memory");
	for (int i = 0; st == CA_OK && more && i <= ONLINE_MAX_REDIRECTS; i++)
		st = get_once(online, &at, max, ret, &more, err);
	if (st == CA_OK && more)
		st = ca_fail(err, CA_REFUSED, "more than %d redirects",
		    ONLINE_MAX_REDIRECTS);
	ca_buf_free(&at);
	return st;
}
