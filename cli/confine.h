/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * confine: what one command may reach, from its row in the table of commands
 * and its options, given to the kernel before anything but words was read.
 *
 *   the home        all of it; or the ledger's files alone; or nothing
 *   input files     those that options and operands name, and passphrases':
 *                   read
 *   output folders  those of --out, --out-dir, --key-out, --p12: files are
 *                   made and replaced, none is read
 *   /dev/tty        for questions
 *   the network     for commands that ask it; they make connections, and
 *                   take none
 *
 * A link within the home (a key on a stick, the folder of CRLs on a web
 * server) is followed. What lies beneath a folder is let with it.
 *
 * What this does not do: the confinement itself (cli/sandbox); commands that
 * start other programs, which are not confined, nor `serve`, which confines
 * itself.
 */
#ifndef CLI_CONFINE_H
#define CLI_CONFINE_H

#include "cli/cmd.h"

/* Looks up who acts (in->world), which is not possible later. A note for each
 * thing that the kernel does not offer. */
CA_MUST_USE enum ca_status confine(struct invocation *in, struct ca_error *err);

#endif
