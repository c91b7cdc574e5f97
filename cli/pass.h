/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pass: where a passphrase comes from: --passin and --passout.
 *
 *   env:NAME    an environment variable
 *   file:PATH   the first line of a file (the second for --passout when
 *               both name the same file and there is one)
 *   fd:N        a line from an open descriptor
 *   stdin       a line from standard input
 *
 * It has at most 1024 octets, CA_USAGE otherwise.
 *
 * What this does not do: pass:TEXT, which everybody on the machine could
 * read in the process list: refused with the alternatives.
 */
#ifndef CLI_PASS_H
#define CLI_PASS_H

#include "ca/base.h"
#include "cli/term.h"

/* Where the passphrases of one command come from. {0} asks the terminal. */
struct pass {
	const struct term *term;
	const char *passin;  /* --passin, or NULL */
	const char *passout; /* --passout, or NULL */
	bool no_passphrase;  /* --no-passphrase: new keys are not encrypted */
	struct ca_buf *kept; /* of stdin or fd, for the next key; may be
			      * NULL; its owner frees it */
	/* Opens every key, and nothing is asked or fetched: kept by a process
	 * that goes on. Without octets: what is encrypted stays shut. NULL:
	 * as the others say. */
	const struct ca_buf *held;
	const struct ca_buf *settled; /* a new key's passphrase that was
				       * fetched before, or NULL */
};

/* The passphrase that opens an existing key; what names it in the prompt. */
CA_MUST_USE enum ca_status pass_for_opening(const struct pass *pass,
    const char *what, struct ca_buf *ret, struct ca_error *err);
/*
 * The passphrase that has opened keys, for pass->held of a process that goes
 * on: of a variable or a file, or the line that a stream gave. In memory that
 * is not swapped, where the system lets it; wiped by ca_buf_free(). Nothing
 * when it was asked for at the terminal, key by key, or is not needed.
 */
void pass_hold(const struct pass *pass, struct ca_buf *ret);
/*
 * The passphrase for a new key, asked twice on a terminal unless it is settled;
 * what names the key as its owner knows it. With no_passphrase: CA_OK,
 * *ret_none true and ret untouched. CA_USAGE for one that breaks the rule of
 * cli/passphrase.h.
 */
CA_MUST_USE enum ca_status pass_for_new(const struct pass *pass,
    const char *what, struct ca_buf *ret, bool *ret_none, struct ca_error *err);

#endif
