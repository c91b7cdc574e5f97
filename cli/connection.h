/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * connection: a TCP connection to a host and port, within a time that begins
 * once the name is looked up. IPv4 and IPv6: the addresses of a name are tried
 * in turn, and the first that takes the connection is the one.
 *
 * What this does not do: TLS, messages, a time for looking up a name, which
 * takes as long as the system's resolver does; raise SIGPIPE.
 */
#ifndef CLI_CONNECTION_H
#define CLI_CONNECTION_H

#include "ca/base.h"

/* {.fd = -1} is one that is not open. */
struct connection {
	const char *host, *port; /* borrowed; what errors name */
	int fd;                  /* owned, not blocking */
	int64_t end;             /* of the time, as connection_now() */
};

/* Milliseconds of a clock that nobody sets. */
int64_t connection_now(void);
/*
 * host and port are set. connect_ms is for each address, whole_ms for all that
 * follows. CA_NOT_FOUND for a name without address, CA_IO when none takes it.
 */
CA_MUST_USE enum ca_status connection_open(struct connection *connection,
    int64_t connect_ms, int64_t whole_ms, struct ca_error *err);
/* Until it can be read or written (POLLIN, POLLOUT), or (CA_IO) the time is
 * over. */
CA_MUST_USE enum ca_status connection_wait(
    const struct connection *connection, short events, struct ca_error *err);
/* All of it. CA_OK also when the other end has hung up: what it said before is
 * still to be read. */
CA_MUST_USE enum ca_status connection_send(const struct connection *connection,
    struct ca_bytes bytes, struct ca_error *err);
/* What is there, at least one octet; *ret_len 0: the other end has ended it. */
CA_MUST_USE enum ca_status connection_receive(
    const struct connection *connection, uint8_t *ret, size_t room,
    size_t *ret_len, struct ca_error *err);
void connection_close(struct connection *connection);

#endif
