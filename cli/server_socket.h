/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * server_socket: the sockets that a server listens on: bound as --listen says,
 * or handed over by whoever started it (systemd's LISTEN_FDS).
 *
 * An address is written as in a URL: 127.0.0.1:8080, [::1]:8080, and
 * localhost:8080 for the first of them. Port 0 asks the kernel for a free one.
 *
 * What this does not do: resolve names, accept connections.
 */
#ifndef CLI_SERVER_SOCKET_H
#define CLI_SERVER_SOCKET_H

#include "ca/base.h"

#define SERVER_SOCKETS_MAX 16

struct server_sockets {
	int fds[SERVER_SOCKETS_MAX]; /* owned; close-on-exec, not blocking */
	size_t count;
};

/*
 * Binds one more. CA_USAGE for what is no address and port, CA_IO when it is
 * taken, is not this machine's, or needs privileges: says who to ask.
 */
CA_MUST_USE enum ca_status server_socket_bind(
    struct server_sockets *sockets, const char *where, struct ca_error *err);
/*
 * Takes the sockets that LISTEN_FDS counts when LISTEN_PID is this process,
 * and removes both, and LISTEN_FDNAMES, from the environment. None is CA_OK.
 * CA_USAGE for a count that is none, or a descriptor that is no listening
 * stream socket.
 */
CA_MUST_USE enum ca_status server_socket_inherit(
    struct server_sockets *sockets, struct ca_error *err);
/* From now on clients may connect to all of them. */
CA_MUST_USE enum ca_status server_socket_listen(
    const struct server_sockets *sockets, struct ca_error *err);
/* Appends "http://127.0.0.1:8080/", or "unix:/run/signet.sock". */
CA_MUST_USE enum ca_status server_socket_url(
    int fd, struct ca_buf *ret, struct ca_error *err);
void server_socket_close(struct server_sockets *sockets);

#endif
