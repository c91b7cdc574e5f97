/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/http_client.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_AT_ONCE ((size_t)16384)
#define SOON_MS 20
/* What may come around the body: heads, and the sizes of chunks. */
#define AROUND_MAX(body) (4 * HTTP_HEAD_MAX + (body))

int64_t
http_now_ms(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* One attempt with one address. */
struct dialogue {
	const struct http_place *place;
	int fd;
	int64_t end; /* of the time, as http_now_ms() */
	struct ca_error *err;
};

static enum ca_status
failed(const struct dialogue *dialogue, const char *what)
{
	return ca_fail(dialogue->err, CA_IO, "%s port %s: %s",
	    dialogue->place->host, dialogue->place->port, what);
}

/* Until the socket is ready for that, or the time is over. */
static enum ca_status
wait_for(const struct dialogue *dialogue, short events, int64_t end)
{
	struct pollfd one = {.fd = dialogue->fd, .events = events};

	for (;;) {
		int64_t left = end - http_now_ms();
		int n;

		if (left <= 0)
			return failed(dialogue, "no answer in time");
		n = poll(&one, 1, left > 60000 ? 60000 : (int)left);
		if (n > 0)
			return CA_OK;
		if (n < 0 && errno != EINTR)
			return failed(dialogue, strerror(errno));
	}
}

static enum ca_status
finish_connect(const struct dialogue *dialogue, int64_t end)
{
	int error = 0;
	socklen_t len = sizeof(error);
	enum ca_status st;

	if ((st = wait_for(dialogue, POLLOUT, end)) != CA_OK)
		return st;
	if (getsockopt(dialogue->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	return error == 0 ? CA_OK : failed(dialogue, strerror(error));
}

static enum ca_status
dial(struct dialogue *dialogue, const struct addrinfo *address,
    int64_t connect_ms)
{
	int64_t end = http_now_ms() + connect_ms;

	dialogue->fd = socket(address->ai_family,
	    address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    address->ai_protocol);
	if (dialogue->fd < 0)
		return failed(dialogue, strerror(errno));
	if (connect(dialogue->fd, address->ai_addr, address->ai_addrlen) == 0)
		return CA_OK;
	if (errno != EINPROGRESS && errno != EINTR)
		return failed(dialogue, strerror(errno));
	return finish_connect(
	    dialogue, end < dialogue->end ? end : dialogue->end);
}

/* Who answers before all is read may have hung up: what he said is read. */
static enum ca_status
send_all(const struct dialogue *dialogue, struct ca_bytes bytes)
{
	while (bytes.len > 0) {
		ssize_t n = send(
		    dialogue->fd, bytes.data, bytes.len, MSG_NOSIGNAL);
		enum ca_status st;

		if (n >= 0) {
			bytes.data += n;
			bytes.len -= (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			st = wait_for(dialogue, POLLOUT, dialogue->end);
			if (st != CA_OK)
				return st;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return CA_OK;
		} else if (errno != EINTR) {
			return failed(dialogue, strerror(errno));
		}
	}
	return CA_OK;
}

/* Takes what is there; *ret_end when that was all. */
static enum ca_status
receive_some(const struct dialogue *dialogue, struct ca_buf *buf, bool *ret_end)
{
	uint8_t octets[READ_AT_ONCE];
	enum ca_status st;
	ssize_t n;

	if ((st = wait_for(dialogue, POLLIN, dialogue->end)) != CA_OK)
		return st;
	n = recv(dialogue->fd, octets, sizeof(octets), 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ?
		    CA_OK :
		    failed(dialogue, strerror(errno));
	*ret_end = n == 0;
	if (ca_buf_append(buf, (struct ca_bytes){octets, (size_t)n}) != CA_OK)
		return ca_fail(dialogue->err, CA_MEMORY, "out of memory");
	return CA_OK;
}

/* Something has come already, or comes very soon. */
static bool
comes_more(const struct dialogue *dialogue)
{
	struct pollfd one = {.fd = dialogue->fd, .events = POLLIN};

	return poll(&one, 1, SOON_MS) > 0;
}

/* An answer is read from its front each time: the longer it is, the less often,
 * as long as octets keep coming. */
static enum ca_status
receive(const struct dialogue *dialogue, size_t max, struct http_answer *ret)
{
	struct ca_buf buf = {0};
	bool whole = false, at_end = false;
	enum ca_status st = CA_OK;
	size_t next = 0;

	while (st == CA_OK && !whole) {
		st = receive_some(dialogue, &buf, &at_end);
		if (st == CA_OK && buf.len > max + AROUND_MAX(max))
			st = ca_fail(dialogue->err, CA_REFUSED,
			    "the answer is above %zu octets", max);
		if (st == CA_OK && !at_end && buf.len < next &&
		    comes_more(dialogue))
			continue;
		if (st == CA_OK)
			st = http_answer_read(ca_view(&buf), at_end, max, ret,
			    &whole, dialogue->err);
		next = buf.len + buf.len / 8;
	}
	if (st == CA_MALFORMED || st == CA_REFUSED)
		ca_fail_in(dialogue->err, dialogue->place->host);
	ca_buf_free(&buf);
	return st;
}

static enum ca_status
look_up(
    const struct http_place *place, struct addrinfo **ret, struct ca_error *err)
{
	const struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	int rc = getaddrinfo(place->host, place->port, &hints, ret);

	if (rc == 0)
		return CA_OK;
	return ca_fail(err, rc == EAI_MEMORY ? CA_MEMORY : CA_NOT_FOUND,
	    "%s: %s", place->host, gai_strerror(rc));
}

/* The first address that takes a connection is the one that is asked. */
static enum ca_status
connect_any(struct dialogue *dialogue, const struct addrinfo *addresses,
    int64_t connect_ms)
{
	struct ca_error *err = dialogue->err, why = {0};
	enum ca_status st = CA_NOT_FOUND;

	for (; addresses != NULL; addresses = addresses->ai_next) {
		why = (struct ca_error){0};
		dialogue->err = &why;
		st = dial(dialogue, addresses, connect_ms);
		dialogue->err = err;
		if (st == CA_OK)
			return CA_OK;
		if (dialogue->fd >= 0)
			(void)close(dialogue->fd);
		dialogue->fd = -1;
	}
	return ca_fail(err, st, "%s", why.msg);
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
	struct dialogue dialogue = {.place = &place, .fd = -1, .err = err};
	struct addrinfo *addresses = NULL;
	struct ca_buf request = {0};
	enum ca_status st;

	if ((st = http_place_parse(ask->url, &place, err)) != CA_OK ||
	    (st = look_up(&place, &addresses, err)) != CA_OK)
		goto out;
	dialogue.end = http_now_ms() + ask->whole_ms;
	if ((st = put_request(&request, &place, ask)) != CA_OK) {
		(void)ca_fail(err, st, "out of memory");
		goto out;
	}
	if ((st = connect_any(&dialogue, addresses, ask->connect_ms)) !=
		CA_OK ||
	    (st = send_all(&dialogue, ca_view(&request))) != CA_OK)
		goto out;
	st = receive(&dialogue, ask->max, ret);
out:
	if (dialogue.fd >= 0)
		(void)close(dialogue.fd);
	if (addresses != NULL)
		freeaddrinfo(addresses);
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
