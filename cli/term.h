/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * term: the person at the terminal: notes on standard error, colour, prompts.
 *
 * Data goes to standard output and nothing else does; everything here goes to
 * standard error or /dev/tty.
 *
 * What this does not do: ask for anything when there is no terminal.
 */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include "ca/base.h"

struct term {
	bool quiet;      /* no notes, no next steps */
	bool colour_out; /* standard output takes colour */
	bool colour_err;
	bool has_tty; /* /dev/tty opens; standard input may be a pipe */
	int width;    /* columns of standard output, 80 when not a terminal */
	const char *home; /* as --home gave it, or NULL: for what is advised */
};

/* Looks at the terminal, NO_COLOR, TERM, and the options. */
void term_init(struct term *term, bool quiet, bool no_colour);
/* One line on standard error as ca_line_vprintf() makes it, "signet: " in
 * front; not when quiet. */
void term_note(const struct term *term, const char *format, ...)
    CA_PRINTF(2, 3);
/* "next: ..." on standard error: the command a newcomer would want now. One
 * that begins with "signet " can be pasted: --home is put in when it was
 * given. */
void term_next(const struct term *term, const char *format, ...)
    CA_PRINTF(2, 3);
/* "signet: error: ..." in one line. Commands in it, `signet ...`, get --home as
 * those of term_next() do. */
void term_error(const struct term *term, const struct ca_error *err);
/* Lines on standard error as they are, also when quiet: what a person is about
 * to be asked of. The caller makes them safe. */
void term_page(const char *lines);
/* Escape sequences, or "" where colour is off. */
const char *term_bold(bool colour);
const char *term_red(bool colour);
const char *term_green(bool colour);
const char *term_yellow(bool colour);
const char *term_dim(bool colour);
const char *term_plain(bool colour);

/*
 * Asks for a passphrase on /dev/tty without echo; twice when confirm, until
 * both agree and keep the rule of cli/passphrase.h (3 tries). Ctrl-Z stops with
 * the echo on, and asks again when continued. CA_USAGE without a terminal,
 * naming how to give it; CA_IO when interrupted.
 */
CA_MUST_USE enum ca_status term_ask_passphrase(const struct term *term,
    const char *what, bool confirm, struct ca_buf *ret, struct ca_error *err);
/* One line, with echo. CA_USAGE without a terminal. Appends. */
CA_MUST_USE enum ca_status term_ask_line(const struct term *term,
    const char *question, struct ca_buf *ret, struct ca_error *err);
/* Yes or no; default no. CA_USAGE without a terminal ("use --yes"). */
CA_MUST_USE enum ca_status term_ask_yes(const struct term *term,
    const char *question, bool *ret, struct ca_error *err);

#endif
