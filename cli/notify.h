/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * notify: tells the service manager how a service fares: sd_notify(3), a
 * datagram to the socket that NOTIFY_SOCKET names (a path, or '@' and an
 * abstract name), and the watchdog of WATCHDOG_USEC.
 *
 * Where nobody asked to be told, everything here does nothing.
 *
 * What this does not do: wait for an answer, or fail when nobody listens any
 * more.
 */
#ifndef CLI_NOTIFY_H
#define CLI_NOTIFY_H

#include "ca/base.h"

struct notify {
	bool is_open;
	int fd;
	int64_t watchdog_ms; /* a sign of life is wanted this often; 0: not */
};

/*
 * Reads the environment, removes the variables from it, and connects. CA_IO
 * when the socket that is named cannot be reached: the manager would wait for
 * READY in vain.
 */
CA_MUST_USE enum ca_status notify_open(
    struct notify *ret, struct ca_error *err);
/* "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..." */
void notify_send(const struct notify *notify, const char *state);
void notify_close(struct notify *notify);

#endif
