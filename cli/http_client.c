/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/http_client.h"

#include <poll.h>

#include "cli/connection.h"

#define READ_AT_ONCE ((size_t)16384)
#define SOON_MS 20
/* What may come around the body: heads, and the sizes of chunks. */
#define AROUND_MAX(body) (4 * HTTP_HEAD_MAX + (body))

/* Takes what is there; *ret_end when that was all. */
static enum ca_status
receive_some(const struct connection *connection, struct ca_buf *buf,
    bool *ret_end, struct ca_error *err)
{
	uint8_t octets[READ_AT_ONCE];
	size_t len = 0;
	enum ca_status st = connection_receive(
	    connection, octets, sizeof(octets), &len, err);

	if (st != CA_OK)
		return st;
	*ret_end = len == 0;
	if (ca_buf_append(buf, (struct ca_bytes){octets, len}) != CA_OK)
		return ca_fail(err, CA_MEMORY, "out of memory");
	return CA_OK;
}

/* Something has come already, or comes very soon. */
static bool
comes_more(const struct connection *connection)
{
	struct pollfd one = {.fd = connection->fd, .events = POLLIN};

	return poll(&one, 1, SOON_MS) > 0;
}

/* An answer is read from its front each time: the longer it is, the less often,
 * as long as octets keep coming. */
static enum ca_status
receive(const struct connection *connection, size_t max,
    struct http_answer *ret, struct ca_error *err)
{
	struct ca_buf buf = {0};
	bool whole = false, at_end = false;
	enum ca_status st = CA_OK;
	size_t next = 0;

	while (st == CA_OK && !whole) {
		st = receive_some(connection, &buf, &at_end, err);
		if (st == CA_OK && buf.len > max + AROUND_MAX(max))
			st = ca_fail(err, CA_REFUSED,
			    "the answer is above %zu octets", max);
		if (st == CA_OK && !at_end && buf.len < next &&
		    comes_more(connection))
			continue;
		if (st == CA_OK)
			st = http_answer_read(
			    ca_view(&buf), at_end, max, ret, &whole, err);
		next = buf.len + buf.len / 8;
	}
	if (st == CA_MALFORMED || st == CA_REFUSED)
		ca_fail_in(err, connection->host);
	ca_buf_free(&buf);
	return st;
}

static enum ca_status
put_request(struct ca_buf *buf, const struct http_place *place,
    const struct http_ask *ask)
{
	enum ca_status st;

	if (ask->content_type == NULL)
		return http_put_get(buf, place);
	st = http_put_post(buf, place, ask->content_type, ask->body.len);
	return st != CA_OK ? st : ca_buf_append(buf, ask->body);
}

enum ca_status
http_ask(
    const struct http_ask *ask, struct http_answer *ret, struct ca_error *err)
{
	struct http_place place;
	struct connection connection = {.fd = -1};
	struct ca_buf request = {0};
	enum ca_status st;

	if ((st = http_place_parse(ask->url, &place, err)) != CA_OK)
		return st;
	connection.host = place.host;
	connection.port = place.port;
	if ((st = put_request(&request, &place, ask)) != CA_OK) {
		(void)ca_fail(err, st, "out of memory");
		goto out;
	}
	if ((st = connection_open(
		 &connection, ask->connect_ms, ask->whole_ms, err)) != CA_OK ||
	    (st = connection_send(&connection, ca_view(&request), err)) !=
		CA_OK)
		goto out;
	st = receive(&connection, ask->max, ret, err);
out:
	connection_close(&connection);
	ca_buf_free(&request);
	return st;
}

enum ca_status
http_fetch_plainly(void *ctx, const struct http_ask *ask,
    struct http_answer *ret, struct ca_error *err)
{
	(void)ctx;
	return http_ask(ask, ret, err);
}
