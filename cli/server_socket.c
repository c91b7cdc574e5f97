/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/server_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_INHERITED 3 /* sd_listen_fds(3) */
#define PORT_MAX 65535
#define BACKLOG 4096 /* the kernel has its own bound, somaxconn */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
};

/* ---- what --listen says ---- */

static enum ca_status
no_address(const char *where, struct ca_error *err)
{
	return ca_fail(err, CA_USAGE,
	    "--listen %.60s: wants an address and a port: 127.0.0.1:8080, "
	    "[::1]:8080; 0.0.0.0:8080 is every IPv4 address of this machine, "
	    "[::]:8080 every IPv6 one",
	    where);
}

static bool
parse_port(const char *text, in_port_t *ret)
{
	char *end;
	unsigned long port;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	port = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || port > PORT_MAX)
		return false;
	*ret = htons((in_port_t)port);
	return true;
}

static bool
parse_host(const char *host, bool in_brackets, in_port_t port,
    union address *ret, socklen_t *ret_len)
{
	memset(ret, 0, sizeof(*ret));
	if (in_brackets) {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = port;
		*ret_len = sizeof(ret->v6);
		return inet_pton(AF_INET6, host, &ret->v6.sin6_addr) == 1;
	}
	ret->v4.sin_family = AF_INET;
	ret->v4.sin_port = port;
	*ret_len = sizeof(ret->v4);
	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	return inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1;
}

static enum ca_status
parse(const char *where, union address *ret, socklen_t *ret_len,
    struct ca_error *err)
{
	const char *colon = strrchr(where, ':');
	bool brackets = where[0] == '[';
	char host[INET6_ADDRSTRLEN + 2];
	in_port_t port;
	size_t len;

	if (colon == NULL || !parse_port(colon + 1, &port))
		return no_address(where, err);
	len = (size_t)(colon - where);
	if (brackets && (len < 2 || where[len - 1] != ']'))
		return no_address(where, err);
	if (brackets) {
		where++;
		len -= 2;
	}
	if (len >= sizeof(host))
		return no_address(where, err);
	memcpy(host, where, len);
	host[len] = '\0';
	if (!parse_host(host, brackets, port, ret, ret_len))
		return no_address(where, err);
	return CA_OK;
}

/* ---- binding it ---- */

static enum ca_status
cannot_bind(const char *where, int error, struct ca_error *err)
{
	const char *port = strrchr(where, ':');

	if (error == EADDRINUSE)
		return ca_fail(err, CA_IO,
		    "%s: another program listens there: `ss -ltnp 'sport = "
		    "%s'` says which; or choose another --listen",
		    where, port != NULL ? port : where);
	if (error == EADDRNOTAVAIL)
		return ca_fail(err, CA_IO,
		    "%s: no interface of this machine has this address: "
		    "`ip address` lists them",
		    where);
	if (error == EACCES)
		return ca_fail(err, CA_IO,
		    "%s: this user may not take this port: choose one from "
		    "1024 on, or let systemd open it (docs/serve.md)",
		    where);
	return ca_fail(
	    err, CA_IO, "%s: cannot be bound: %s", where, strerror(error));
}

static enum ca_status
has_room(const struct server_sockets *sockets, struct ca_error *err)
{
	if (sockets->count < SERVER_SOCKETS_MAX)
		return CA_OK;
	return ca_fail(err, CA_USAGE, "more than %d addresses to listen on",
	    SERVER_SOCKETS_MAX);
}

enum ca_status
server_socket_bind(
    struct server_sockets *sockets, const char *where, struct ca_error *err)
{
	union address address;
	const int on = 1;
	socklen_t len = 0;
	enum ca_status st;
	int fd;

	if ((st = has_room(sockets, err)) != CA_OK ||
	    (st = parse(where, &address, &len, err)) != CA_OK)
		return st;
	fd = socket(address.any.sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return cannot_bind(where, errno, err);
	/* A server that is started again need not wait for the connections
	 * of the one before; 0.0.0.0 and [::] may stand side by side. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    (address.any.sa_family == AF_INET6 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) !=
		    0) ||
	    bind(fd, &address.any, len) != 0) {
		int error = errno;

		(void)close(fd);
		return cannot_bind(where, error, err);
	}
	sockets->fds[sockets->count++] = fd;
	return CA_OK;
}

/* ---- handed over ---- */

static bool
env_number(const char *name, long *ret)
{
	const char *text = getenv(name);
	char *end;

	if (text == NULL)
		return false;
	errno = 0;
	*ret = strtol(text, &end, 10);
	if (errno != 0 || *text == '\0' || *end != '\0')
		*ret = -1;
	return true;
}

static enum ca_status
inherit_one(struct server_sockets *sockets, int fd, struct ca_error *err)
{
	int listens = 0, type = 0;
	socklen_t len = sizeof(int);
	enum ca_status st;

	if ((st = has_room(sockets, err)) != CA_OK)
		return st;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
	    listens == 0 || type != SOCK_STREAM)
		return ca_fail(err, CA_USAGE,
		    "LISTEN_FDS: descriptor %d is no stream socket that "
		    "listens: the .socket unit wants ListenStream= and "
		    "Accept=no",
		    fd);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return ca_fail(err, CA_IO, "LISTEN_FDS: descriptor %d: %s", fd,
		    strerror(errno));
	sockets->fds[sockets->count++] = fd;
	return CA_OK;
}

enum ca_status
server_socket_inherit(struct server_sockets *sockets, struct ca_error *err)
{
	enum ca_status st = CA_OK;
	long pid = 0, count = 0;
	bool has_pid = env_number("LISTEN_PID", &pid);
	bool has_count = env_number("LISTEN_FDS", &count);

	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	if (!has_pid || !has_count || pid != (long)getpid())
		return CA_OK;
	if (count < 0 || count > SERVER_SOCKETS_MAX)
		return ca_fail(err, CA_USAGE,
		    "LISTEN_FDS: a number of sockets, 0 to %d, is wanted",
		    SERVER_SOCKETS_MAX);
	for (int i = 0; i < (int)count && st == CA_OK; i++)
		st = inherit_one(sockets, FIRST_INHERITED + i, err);
	return st;
}

/* ---- both ---- */

enum ca_status
server_socket_listen(const struct server_sockets *sockets, struct ca_error *err)
{
	for (size_t i = 0; i < sockets->count; i++) {
		struct ca_buf url = {0};
		enum ca_status st;

		if (listen(sockets->fds[i], BACKLOG) == 0)
			continue;
		st = server_socket_url(sockets->fds[i], &url, NULL);
		st = cannot_bind(
		    st == CA_OK ? ca_buf_text(&url) : "--listen", errno, err);
		ca_buf_free(&url);
		return st;
	}
	return CA_OK;
}

enum ca_status
server_socket_url(int fd, struct ca_buf *ret, struct ca_error *err)
{
	char text[INET6_ADDRSTRLEN];
	union address address = {0};
	socklen_t len = sizeof(address);
	enum ca_status st;

	if (getsockname(fd, &address.any, &len) != 0)
		return ca_fail(
		    err, CA_IO, "a listening socket: %s", strerror(errno));
	switch (address.any.sa_family) {
	case AF_INET:
		(void)inet_ntop(
		    AF_INET, &address.v4.sin_addr, text, sizeof(text));
		st = ca_buf_printf(ret, "http://%s:%d/", text,
		    (int)ntohs(address.v4.sin_port));
		break;
	case AF_INET6:
		(void)inet_ntop(
		    AF_INET6, &address.v6.sin6_addr, text, sizeof(text));
		st = ca_buf_printf(ret, "http://[%s]:%d/", text,
		    (int)ntohs(address.v6.sin6_port));
		break;
	default:
		/* An abstract name begins with a NUL, shown as '@'. */
		st = ca_buf_printf(ret, "unix:%s%.100s",
		    address.local.sun_path[0] == '\0' ? "@" : "",
		    address.local.sun_path +
			(address.local.sun_path[0] == '\0' ? 1 : 0));
	}
	return st == CA_OK ? CA_OK : ca_fail(err, st, "out of memory");
}

void
server_socket_close(struct server_sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++)
		(void)close(sockets->fds[i]);
	*sockets = (struct server_sockets){0};
}
