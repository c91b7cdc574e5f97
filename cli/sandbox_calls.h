/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandbox_calls: the part of sandbox that says which system calls are left,
 * with libseccomp. A part of sandbox_enter() alone.
 *
 * What this does not do: files, which are Landlock's (sandbox_linux.c).
 */
#ifndef CLI_SANDBOX_CALLS_H
#define CLI_SANDBOX_CALLS_H

#include "cli/sandbox.h"

/* A build with sanitizers: they map, trace and read what no release needs, so
 * that the calls that end the process are all that is left of the list. */
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0
#endif

/*
 * What is not on the role's list fails with ENOSYS; what only an intruder
 * would ask for (a program, a socket, another process) ends the process.
 */
CA_MUST_USE enum ca_status sandbox_confine_calls(
    enum sandbox_role role, struct ca_buf *ret_note, struct ca_error *err);
/* For a command that runs once: what is not denied is let. Sockets, and modes
 * of files, fail with EACCES; what only an intruder would ask for ends the
 * process. */
CA_MUST_USE enum ca_status sandbox_confine_calls_once(
    bool network, struct ca_buf *ret_note, struct ca_error *err);

#endif
