/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/connection.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MAX 60000 /* ms in one poll() */

int64_t
connection_now(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum ca_status
failed(
    const struct connection *connection, const char *what, struct ca_error *err)
{
	return ca_fail(err, CA_IO, "%s port %s: %s", connection->host,
	    connection->port, what);
}

/* Until the socket is ready for that, or the time is over. */
static enum ca_status
wait_until(const struct connection *connection, short events, int64_t end,
    struct ca_error *err)
{
	struct pollfd one = {.fd = connection->fd, .events = events};

	for (;;) {
		int64_t left = end - connection_now();
		int n;

		if (left <= 0)
			return failed(connection, "no answer in time", err);
		n = poll(&one, 1, left > WAIT_MAX ? WAIT_MAX : (int)left);
		if (n > 0)
			return CA_OK;
		if (n < 0 && errno != EINTR)
			return failed(connection, strerror(errno), err);
	}
}

enum ca_status
connection_wait(
    const struct connection *connection, short events, struct ca_error *err)
{
	return wait_until(connection, events, connection->end, err);
}

static enum ca_status
finish_connect(
    const struct connection *connection, int64_t end, struct ca_error *err)
{
	int error = 0;
	socklen_t len = sizeof(error);
	enum ca_status st;

	if ((st = wait_until(connection, POLLOUT, end, err)) != CA_OK)
		return st;
	if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	return error == 0 ? CA_OK : failed(connection, strerror(error), err);
}

static enum ca_status
dial(struct connection *connection, const struct addrinfo *address,
    int64_t connect_ms, struct ca_error *err)
{
	int64_t end = connection_now() + connect_ms;

	connection->fd = socket(address->ai_family,
	    address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    address->ai_protocol);
	if (connection->fd < 0)
		return failed(connection, strerror(errno), err);
	if (connect(connection->fd, address->ai_addr, address->ai_addrlen) == 0)
		return CA_OK;
	if (errno != EINPROGRESS && errno != EINTR)
		return failed(connection, strerror(errno), err);
	return finish_connect(
	    connection, end < connection->end ? end : connection->end, err);
}

static enum ca_status
look_up(const struct connection *connection, struct addrinfo **ret,
    struct ca_error *err)
{
	const struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	int rc = getaddrinfo(connection->host, connection->port, &hints, ret);

	if (rc == 0)
		return CA_OK;
	return ca_fail(err, rc == EAI_MEMORY ? CA_MEMORY : CA_NOT_FOUND,
	    "%s: %s", connection->host, gai_strerror(rc));
}

enum ca_status
connection_open(struct connection *connection, int64_t connect_ms,
    int64_t whole_ms, struct ca_error *err)
{
	struct addrinfo *addresses = NULL;
	struct ca_error why = {0};
	enum ca_status st;

	connection->fd = -1;
	if ((st = look_up(connection, &addresses, err)) != CA_OK)
		return st;
	connection->end = connection_now() + whole_ms;
	st = CA_NOT_FOUND;
	for (const struct addrinfo *one = addresses; one != NULL && st != CA_OK;
	     one = one->ai_next) {
		why = (struct ca_error){0};
		st = dial(connection, one, connect_ms, &why);
		if (st != CA_OK)
			connection_close(connection);
	}
	freeaddrinfo(addresses);
	return st == CA_OK ? CA_OK : ca_fail(err, st, "%s", why.msg);
}

enum ca_status
connection_send(const struct connection *connection, struct ca_bytes bytes,
    struct ca_error *err)
{
	while (bytes.len > 0) {
		ssize_t n = send(
		    connection->fd, bytes.data, bytes.len, MSG_NOSIGNAL);
		enum ca_status st;

		if (n >= 0) {
			bytes.data += n;
			bytes.len -= (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if ((st = connection_wait(connection, POLLOUT, err)) !=
			    CA_OK)
				return st;
		} else if (errno == EPIPE || errno == ECONNRESET) {
			return CA_OK;
		} else if (errno != EINTR) {
			return failed(connection, strerror(errno), err);
		}
	}
	return CA_OK;
}

enum ca_status
connection_receive(const struct connection *connection, uint8_t *ret,
    size_t room, size_t *ret_len, struct ca_error *err)
{
	for (;;) {
		enum ca_status st = connection_wait(connection, POLLIN, err);
		ssize_t n;

		if (st != CA_OK)
			return st;
		if ((n = recv(connection->fd, ret, room, 0)) >= 0) {
			*ret_len = (size_t)n;
			return CA_OK;
		}
		if (errno != EAGAIN && errno != EINTR)
			return failed(connection, strerror(errno), err);
	}
}

void
connection_close(struct connection *connection)
{
	if (connection->fd >= 0)
		(void)close(connection->fd);
	connection->fd = -1;
}
