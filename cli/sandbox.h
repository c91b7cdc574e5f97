/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandbox: gives up what a process will not need: those of `signet serve` once
 * they have opened what they do, a command that runs once before it reads
 * anything but its options. One file an operating system: sandbox_linux.c with
 * Landlock and seccomp; where the kernel has neither, a line says so and the
 * work goes on.
 *
 * What this does not do: know what a command needs (cli/confine).
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

/* A key may be in memory: no core file, and no other process of this user
 * looks into it. Children that are started may write core files no more than
 * this one. */
void sandbox_guard_memory(void);

/* What a command that runs once may do with a file, or with all that is
 * beneath a folder. */
#define SANDBOX_READ 0x1U /* of a folder its names too */
#define SANDBOX_LIST 0x2U /* the names alone: no folder is synced without */
#define SANDBOX_WRITE 0x4U
#define SANDBOX_MAKE 0x8U      /* new files; files renamed and removed */
#define SANDBOX_FOLDERS 0x10U  /* new folders; folders renamed and removed */
#define SANDBOX_TERMINAL 0x20U /* the ways of a terminal: the echo */

struct sandbox_place {
	const char *path; /* links are followed; what is not there is passed
			   * over */
	unsigned access;  /* SANDBOX_... */
};
/*
 * No new program, no new privileges, no look into another process, no signal
 * to one that is not confined with it; no socket, unless network: then none
 * that listens. Of all files these places alone, the kernel's randomness and,
 * with network, what names are looked up with. Modes, owners and times of
 * files are not changed by name.
 *
 * As sandbox_enter() otherwise, but that what cannot be taken is a line in
 * ret_note too: a command does its work in every container.
 */
CA_MUST_USE enum ca_status sandbox_enter_once(
    const struct sandbox_place *places, size_t count, bool network,
    struct ca_buf *ret_note, struct ca_error *err);

#endif
