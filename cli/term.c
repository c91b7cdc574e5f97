/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/term.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

void
term_page(const char *lines)
{
	(void)fputs(lines, stderr);
}

/* ---- prompts ---- */

static enum ca_status
no_terminal(struct ca_error *err, const char *what, bool confirm)
{
	return ca_fail(err, CA_USAGE,
	    "%s: there is no terminal to ask for the passphrase at; give "
	    "it with --pass%s env:NAME, file:PATH, fd:N or stdin%s",
	    what, confirm ? "out" : "in",
	    confirm ? ", or say --no-passphrase" : "");
}

static enum ca_status
open_terminal(const struct term *term, int *ret)
{
	*ret = -1;
	if (term->has_tty)
		*ret = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	return *ret >= 0 ? CA_OK : CA_USAGE;
}

/* ---- what interrupts a prompt ---- */

static const int interruptions[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define INTERRUPTIONS (sizeof(interruptions) / sizeof(interruptions[0]))

static void
on_interruption(int signal_number)
{
	(void)signal_number;
}

/*
 * While a person is asked, Ctrl-C ends the read() and no more: the caller puts
 * the echo back, takes away what was begun and ends as after any failure.
 */
static void
catch_interruptions(struct sigaction before[INTERRUPTIONS])
{
	struct sigaction action = {0};

	action.sa_handler = on_interruption;
	for (size_t i = 0; i < INTERRUPTIONS; i++)
		(void)sigaction(interruptions[i], &action, &before[i]);
}

static void
leave_interruptions(const struct sigaction before[INTERRUPTIONS])
{
	for (size_t i = 0; i < INTERRUPTIONS; i++)
		(void)sigaction(interruptions[i], &before[i], NULL);
}

/* A line from the terminal, without its newline. CA_IO when it ends before
 * one, or when somebody interrupts. */
static enum ca_status
read_line(int tty, struct ca_buf *ret)
{
	for (;;) {
		uint8_t octet;

		if (read(tty, &octet, 1) <= 0)
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
ask_hidden(int tty, const char *prompt, const char *what, struct ca_buf *ret)
{
	struct sigaction before[INTERRUPTIONS];
	struct termios shown, hidden;
	enum ca_status st = CA_IO;

	if (tcgetattr(tty, &shown) != 0)
		return CA_IO;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	catch_interruptions(before);
	if (tcsetattr(tty, TCSAFLUSH, &hidden) == 0 &&
	    dprintf(tty, "%s%s: ", prompt, what) > 0)
		st = read_line(tty, ret);
	(void)tcsetattr(tty, TCSAFLUSH, &shown);
	leave_interruptions(before);
	(void)dprintf(tty, "\n");
	return st;
}

static enum ca_status
ask_twice(int tty, const char *what, struct ca_buf *ret)
{
	struct ca_buf again = {0};
	enum ca_status st = CA_IO;

	for (int i = 0; i < CONFIRM_TRIES; i++) {
		ca_buf_clear(ret);
		ca_buf_clear(&again);
		st = ask_hidden(tty, "New passphrase for ", what, ret);
		if (st != CA_OK)
			break;
		if (ret->len < PASSPHRASE_MIN) {
			(void)dprintf(
			    tty, "At least %d characters.\n", PASSPHRASE_MIN);
			st = CA_USAGE;
			continue;
		}
		st = ask_hidden(tty, "The same again", "", &again);
		if (st != CA_OK ||
		    ca_bytes_equal_secret(ca_view(ret), ca_view(&again)))
			break;
		(void)dprintf(tty, "They differ.\n");
		st = CA_USAGE;
	}
	ca_buf_free(&again);
	return st;
}

/* Why there is no passphrase, in a line. */
static enum ca_status
not_given(
    const char *what, bool confirm, enum ca_status st, struct ca_error *err)
{
	if (st == CA_USAGE && !confirm)
		return ca_fail(err, st,
		    "%s: a passphrase has at most %d octets", what,
		    PASSPHRASE_MAX);
	if (st == CA_USAGE)
		return ca_fail(err, st,
		    "%s: no passphrase was set in %d tries; nothing was made",
		    what, CONFIRM_TRIES);
	if (st == CA_IO)
		return ca_fail(err, st,
		    "%s: interrupted before a passphrase was given", what);
	return ca_fail(err, st, "out of memory");
}

enum ca_status
term_ask_passphrase(const struct term *term, const char *what, bool confirm,
    struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf answer = {0};
	enum ca_status st;
	int tty;

	if (open_terminal(term, &tty) != CA_OK)
		return no_terminal(err, what, confirm);
	st = confirm ? ask_twice(tty, what, &answer) :
		       ask_hidden(tty, "Passphrase for ", what, &answer);
	if (st == CA_OK)
		st = ca_buf_append(ret, ca_view(&answer));
	if (st != CA_OK)
		(void)not_given(what, confirm, st, err);
	ca_buf_free(&answer);
	(void)close(tty);
	return st;
}

enum ca_status
term_ask_line(const struct term *term, const char *question, struct ca_buf *ret,
    struct ca_error *err)
{
	struct text safe = {0};
	enum ca_status st;
	int tty;

	if (open_terminal(term, &tty) != CA_OK)
		return ca_fail(err, CA_USAGE,
		    "%s - there is no terminal to ask at", question);
	text_add_safe(&safe, ca_text(question));
	(void)dprintf(tty, "%s ", text_get(&safe));
	if ((st = read_line(tty, ret)) != CA_OK)
		(void)ca_fail(err, st, "no answer could be read");
	text_done(&safe);
	(void)close(tty);
	return st;
}

enum ca_status
term_ask_yes(const struct term *term, const char *question, bool *ret,
    struct ca_error *err)
{
	struct ca_buf answer = {0};
	struct text prompt = {0};
	enum ca_status st;

	if (!term->has_tty)
		return ca_fail(err, CA_USAGE,
		    "%s - there is no terminal to ask at; say --yes "
		    "to go ahead",
		    question);
	text_add(&prompt, "%s [y/N]", question);
	st = term_ask_line(term, text_get(&prompt), &answer, err);
	if (st == CA_OK)
		*ret = answer.len > 0 &&
		    (answer.data[0] == 'y' || answer.data[0] == 'Y');
	ca_buf_free(&answer);
	text_done(&prompt);
	return st;
}
