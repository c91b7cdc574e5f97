/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandbox: gives up what a process of `signet serve` will not need, once it
 * has opened what it does. One file an operating system: sandbox_linux.c with
 * Landlock and seccomp; where the kernel has neither, a line says so and the
 * work goes on.
 *
 * What this does not do: anything for commands that run once.
 */
#ifndef CLI_SANDBOX_H
#define CLI_SANDBOX_H

#include "ca/base.h"

/*
 * No new program, no new privileges, no look into another process, no core
 * file. SANDBOX_SIGNER: no socket may be made, bound, connected or accepted;
 * files are read and written below home alone. SANDBOX_FRONT: sockets that
 * listen already may accept; of all files, the ledger's three alone are read
 * (no key's), and its -shm alone is written: they are there when this is
 * called. Both may read the kernel's randomness.
 *
 * What was opened before stays usable. To be called while the process has one
 * thread. ret_note: a line for each thing that the kernel does not offer;
 * empty when all holds. Appends. CA_IO when a restriction that the kernel
 * offers was not taken.
 */
enum sandbox_role {
	SANDBOX_SIGNER,
	SANDBOX_FRONT
};
CA_MUST_USE enum ca_status sandbox_enter(enum sandbox_role role,
    const char *home, struct ca_buf *ret_note, struct ca_error *err);

#endif
