/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/term.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "cli/text.h"

#define PASSPHRASE_MIN 4
#define PASSPHRASE_MAX 1024
#define CONFIRM_TRIES 3

static bool
takes_colour(int fd, bool no_colour)
{
	const char *none = getenv("NO_COLOR");
	const char *kind = getenv("TERM");

	return !no_colour && (none == NULL || none[0] == '\0') &&
	    kind != NULL && strcmp(kind, "dumb") != 0 && isatty(fd) == 1;
}

void
term_init(struct term *term, bool quiet, bool no_colour)
{
	struct winsize size = {0};
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	*term = (struct term){.quiet = quiet, .width = 80};
	term->colour_out = takes_colour(STDOUT_FILENO, no_colour);
	term->colour_err = takes_colour(STDERR_FILENO, no_colour);
	term->has_tty = tty >= 0 && isatty(STDIN_FILENO) == 1;
	if (tty >= 0)
		(void)close(tty);
	if (isatty(STDOUT_FILENO) == 1 &&
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		term->width = size.ws_col;
}

static const char *
escape(bool colour, const char *sequence)
{
	return colour ? sequence : "";
}

const char *
term_bold(bool colour)
{
	return escape(colour, "\033[1m");
}

const char *
term_red(bool colour)
{
	return escape(colour, "\033[31m");
}

const char *
term_green(bool colour)
{
	return escape(colour, "\033[32m");
}

const char *
term_yellow(bool colour)
{
	return escape(colour, "\033[33m");
}

const char *
term_dim(bool colour)
{
	return escape(colour, "\033[2m");
}

const char *
term_plain(bool colour)
{
	return escape(colour, "\033[0m");
}

/* One safe line on standard error. */
CA_PRINTF(3, 0)
static void
say(const char *before, const char *after, const char *format, va_list args)
{
	char raw[1024];
	struct ca_buf line = {0};

	(void)vsnprintf(raw, sizeof(raw), format, args);
	if (ca_buf_append_safe(&line, ca_text(raw)) == CA_OK &&
	    ca_buf_text(&line) != NULL)
		(void)fprintf(
		    stderr, "%s%s%s\n", before, ca_buf_text(&line), after);
	ca_buf_free(&line);
}

void
term_note(const struct term *term, const char *format, ...)
{
	va_list args;

	if (term->quiet)
		return;
	va_start(args, format);
	say("signet: ", "", format, args);
	va_end(args);
}

void
term_next(const struct term *term, const char *format, ...)
{
	char before[32];
	va_list args;

	if (term->quiet)
		return;
	(void)snprintf(
	    before, sizeof(before), "%snext: ", term_dim(term->colour_err));
	va_start(args, format);
	say(before, term_plain(term->colour_err), format, args);
	va_end(args);
}

void
term_error(const struct term *term, const struct ca_error *err)
{
	(void)fprintf(stderr, "%ssignet: error:%s %s\n",
	    term_red(term->colour_err), term_plain(term->colour_err),
	    err->msg[0] != '\0' ? err->msg :
				  "failed without a reason; please "
				  "report this");
}

/* ---- prompts ---- */

static enum ca_status
no_terminal(struct ca_error *err, const char *what)
{
	return ca_fail(err, CA_USAGE,
	    "%s: there is no terminal to ask at; give the "
	    "passphrase with --passin or --passout "
	    "env:NAME|file:PATH|fd:N|stdin, or --no-passphrase for "
	    "a new key",
	    what);
}

/* A line from the terminal, without its newline. */
static enum ca_status
read_line(int tty, struct ca_buf *ret)
{
	for (;;) {
		uint8_t octet;
		ssize_t got = read(tty, &octet, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return CA_IO;
		if (octet == '\n')
			return CA_OK;
		if (ret->len >= PASSPHRASE_MAX)
			return CA_USAGE;
		if (ca_buf_append(ret, (struct ca_bytes){&octet, 1}) != CA_OK)
			return CA_MEMORY;
	}
}

static enum ca_status
ask_hidden(int tty, const char *what, const char *again, struct ca_buf *ret)
{
	struct termios before, hidden;
	enum ca_status st;

	if (tcgetattr(tty, &before) != 0)
		return CA_IO;
	hidden = before;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	if (dprintf(tty, "Passphrase for %s%s: ", what, again) < 0 ||
	    tcsetattr(tty, TCSAFLUSH, &hidden) != 0)
		return CA_IO;
	st = read_line(tty, ret);
	(void)tcsetattr(tty, TCSAFLUSH, &before);
	(void)dprintf(tty, "\n");
	return st;
}

static enum ca_status
ask_twice(int tty, const char *what, struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf again = {0};
	enum ca_status st = CA_IO;

	for (int i = 0; i < CONFIRM_TRIES; i++) {
		ca_buf_clear(ret);
		ca_buf_clear(&again);
		if ((st = ask_hidden(tty, what, "", ret)) != CA_OK)
			break;
		if (ret->len < PASSPHRASE_MIN) {
			(void)dprintf(
			    tty, "At least %d characters.\n", PASSPHRASE_MIN);
			st = CA_USAGE;
			continue;
		}
		if ((st = ask_hidden(tty, what, ", again", &again)) != CA_OK ||
		    ca_bytes_equal_secret(ca_view(ret), ca_view(&again)))
			break;
		(void)dprintf(tty, "They differ.\n");
		st = CA_USAGE;
	}
	ca_buf_free(&again);
	if (st != CA_OK)
		return ca_fail(err, st,
		    "%s: no passphrase was set; nothing was made", what);
	return CA_OK;
}

enum ca_status
term_ask_passphrase(const struct term *term, const char *what, bool confirm,
    struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf answer = {0};
	enum ca_status st;
	int tty;

	if (!term->has_tty)
		return no_terminal(err, what);
	if ((tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) < 0)
		return no_terminal(err, what);
	if (confirm)
		st = ask_twice(tty, what, &answer, err);
	else if ((st = ask_hidden(tty, what, "", &answer)) != CA_OK)
		(void)ca_fail(
		    err, st, "%s: the passphrase could not be read", what);
	if (st == CA_OK)
		st = ca_buf_append(ret, ca_view(&answer));
	ca_buf_free(&answer);
	(void)close(tty);
	return st;
}

enum ca_status
term_ask_yes(const struct term *term, const char *question, bool *ret,
    struct ca_error *err)
{
	struct ca_buf answer = {0};
	struct text safe = {0};
	enum ca_status st;
	int tty = -1;

	if (!term->has_tty ||
	    (tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) < 0)
		return ca_fail(err, CA_USAGE,
		    "%s - there is no terminal to ask at; say --yes "
		    "to go ahead",
		    question);
	text_add_safe(&safe, ca_text(question));
	(void)dprintf(tty, "%s [y/N] ", text_get(&safe));
	st = read_line(tty, &answer);
	if (st == CA_OK)
		*ret = answer.len > 0 &&
		    (answer.data[0] == 'y' || answer.data[0] == 'Y');
	else
		(void)ca_fail(err, st, "no answer could be read");
	ca_buf_free(&answer);
	text_done(&safe);
	(void)close(tty);
	return st;
}
