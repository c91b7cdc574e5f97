/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * program: runs somebody else's program and waits for its end: its words go
 * from an array to execve() as they are, no shell is between, it reads what it
 * is given, and what it says is kept.
 *
 * It speaks English (LC_ALL=C), and of the environment it gets what
 * programs need to be found and to find their files.
 *
 * What this does not do: limit how long it takes. A terminal stays its
 * terminal: Ctrl-C ends both, and it may ask there for a passphrase.
 */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include "ca/base.h"

#define PROGRAM_WORDS_MAX 32
#define PROGRAM_SAID_MAX ((size_t)16 * 1024 * 1024)

struct program_call {
	const char *name; /* "certutil" */
	/* NULL-terminated, without its own name */
	const char *words[PROGRAM_WORDS_MAX];
	const char *variable;  /* "NAME=value" more for it, or NULL */
	struct ca_bytes input; /* its standard input */
};

/* Appends where it is, by PATH and then where root's programs are: most
 * people's PATH lacks sbin. CA_NOT_FOUND when there is none. */
CA_MUST_USE enum ca_status program_find(
    const char *name, struct ca_buf *ret, struct ca_error *err);
/*
 * Appends its standard output to ret, which may be NULL. CA_NOT_FOUND when
 * there is no such program, CA_IO when it cannot be started or does not end
 * with 0: the line in which it says why is in err.
 */
CA_MUST_USE enum ca_status program_run(
    const struct program_call *call, struct ca_buf *ret, struct ca_error *err);

#endif
