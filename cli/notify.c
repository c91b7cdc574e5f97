/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static enum ca_status
connect_to(const char *name, int *ret, struct ca_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(name);
	int fd;

	if ((name[0] != '/' && name[0] != '@') || len < 2 ||
	    len >= sizeof(address.sun_path))
		return ca_fail(err, CA_IO,
		    "NOTIFY_SOCKET %.60s: neither a path nor '@' and a name",
		    name);
	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) !=
		0) {
		(void)ca_fail(err, CA_IO, "NOTIFY_SOCKET %.60s: %s", name,
		    strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return CA_IO;
	}
	*ret = fd;
	return CA_OK;
}

/* WATCHDOG_PID, where it is there, is the one that is watched. */
static int64_t
watchdog_ms(void)
{
	const char *pid = getenv("WATCHDOG_PID"), *usec;

	if (pid != NULL && strtol(pid, NULL, 10) != (long)getpid())
		return 0;
	if ((usec = getenv("WATCHDOG_USEC")) == NULL)
		return 0;
	return (int64_t)(strtoull(usec, NULL, 10) / 1000 & INT32_MAX);
}

enum ca_status
notify_open(struct notify *ret, struct ca_error *err)
{
	struct notify notify = {.watchdog_ms = watchdog_ms()};
	const char *name = getenv("NOTIFY_SOCKET");
	enum ca_status st = CA_OK;

	if (name != NULL && *name != '\0') {
		st = connect_to(name, &notify.fd, err);
		notify.is_open = st == CA_OK;
	}
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
	if (st == CA_OK)
		*ret = notify;
	return st;
}

void
notify_send(const struct notify *notify, const char *state)
{
	if (notify->is_open)
		(void)send(notify->fd, state, strlen(state),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
}

void
notify_close(struct notify *notify)
{
	if (notify->is_open)
		(void)close(notify->fd);
	*notify = (struct notify){0};
}
