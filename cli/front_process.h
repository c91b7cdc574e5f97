/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * front_process: starts signet-front as cli/wire.h says: its own program, with
 * the socket pairs and the listening sockets and no other descriptor, in a
 * process group of its own (Ctrl-C is for the signer, who tells it), without
 * what the environment says to the signer alone.
 *
 * What this does not do: watch over it (cli/signer_loop).
 */
#ifndef CLI_FRONT_PROCESS_H
#define CLI_FRONT_PROCESS_H

#include <sys/types.h>

#include "cli/server_socket.h"
#include "cli/wire.h"

struct front_process {
	pid_t pid;
	int pairs[WIRE_PAIRS_MAX]; /* the signer's ends */
	size_t count;
};

/*
 * Where the program is: beside this one, else in libexec. Appends. CA_IO when
 * it is in neither.
 */
CA_MUST_USE enum ca_status front_process_find(
    struct ca_buf *ret, struct ca_error *err);
/* With this many workers, 1 to WIRE_PAIRS_MAX. The sockets stay the
 * caller's. */
CA_MUST_USE enum ca_status front_process_start(const char *home, size_t workers,
    const struct server_sockets *sockets, struct front_process *ret,
    struct ca_error *err);

/* Ends it at once, waits for its end, and closes the pairs. */
void front_process_abandon(struct front_process *front);

#endif
