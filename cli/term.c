/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/term.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "cli/passphrase.h"
#include "cli/secret.h"
#include "cli/text.h"

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
	term->has_tty = tty >= 0;
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
	char line[1024];

	ca_line_vprintf(line, sizeof(line), format, args);
	(void)fprintf(stderr, "%s%s%s\n", before, line, after);
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

/* `signet help` looks into no home. */
static bool
is_help(const char *command)
{
	return strncmp(command, "help", 4) == 0;
}

/* Behind "signet ", when --home was given. */
static void
put_home(const struct term *term)
{
	struct text home = {0}, safe = {0};

	if (term->home == NULL)
		return;
	text_add_shell(&home, term->home);
	text_add_safe(&safe, ca_text(text_get(&home)));
	(void)fprintf(stderr, "--home %s ", text_get(&safe));
	text_done(&home);
	text_done(&safe);
}

void
term_next(const struct term *term, const char *format, ...)
{
	static const char signet[] = "signet ";
	char line[1024];
	const char *rest = line;
	va_list args;

	if (term->quiet)
		return;
	va_start(args, format);
	ca_line_vprintf(line, sizeof(line), format, args);
	va_end(args);
	(void)fprintf(stderr, "%snext: ", term_dim(term->colour_err));
	if (strncmp(line, signet, strlen(signet)) == 0) {
		(void)fputs(signet, stderr);
		put_home(term);
		rest += strlen(signet);
	}
	(void)fprintf(stderr, "%s%s\n", rest, term_plain(term->colour_err));
}

void
term_error(const struct term *term, const struct ca_error *err)
{
	static const char signet[] = "`signet ";
	const char *rest = err->msg[0] != '\0' ?
	    err->msg :
	    "failed without a reason; please report this";
	const char *at;

	(void)fprintf(stderr, "%ssignet: error:%s ", term_red(term->colour_err),
	    term_plain(term->colour_err));
	while ((at = strstr(rest, signet)) != NULL) {
		at += strlen(signet);
		(void)fprintf(stderr, "%.*s", (int)(at - rest), rest);
		if (!is_help(at))
			put_home(term);
		rest = at;
	}
	(void)fprintf(stderr, "%s\n", rest);
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

/* SIGTSTP and SIGCONT repeat the question, the others end it. */
static const int interruptions[] = {
    SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT};
#define INTERRUPTIONS (sizeof(interruptions) / sizeof(interruptions[0]))

/*
 * While a person is asked, Ctrl-C ends the question and no more: the caller
 * puts the echo back, takes away what was begun and ends as after any failure.
 * The signals are blocked and read like input, so that none is lost between
 * the prompt and the wait.
 */
struct prompt {
	int tty;
	int signals; /* signalfd, -1 for a question that any signal may end */
	int got;     /* the signal that ended the wait, or 0 */
	sigset_t before;
};

static enum ca_status
catch_interruptions(struct prompt *prompt)
{
	sigset_t block;

	interrupts_gather(interruptions, INTERRUPTIONS, &block);
	prompt->signals = signalfd(-1, &block, SFD_CLOEXEC);
	if (prompt->signals < 0)
		return CA_IO;
	(void)sigprocmask(SIG_BLOCK, &block, &prompt->before);
	return CA_OK;
}

static void
leave_interruptions(const struct prompt *prompt)
{
	(void)sigprocmask(SIG_SETMASK, &prompt->before, NULL);
	(void)close(prompt->signals);
}

static void
take_signal(struct prompt *prompt)
{
	struct signalfd_siginfo info;

	if (read(prompt->signals, &info, sizeof(info)) == sizeof(info))
		prompt->got = (int)info.ssi_signo;
}

/* Stops as Ctrl-Z would have done; back when it is continued. */
static void
stop(void)
{
	sigset_t stops, before;

	(void)sigemptyset(&stops);
	(void)sigaddset(&stops, SIGTSTP);
	(void)sigaddset(&stops, SIGCONT);
	(void)raise(SIGTSTP);
	(void)sigprocmask(SIG_UNBLOCK, &stops, &before);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
}

/* A line from the terminal, without its newline, and no more of it than shows
 * that it is too long. CA_IO when it ends before one, or when a signal is in
 * prompt->got. */
static enum ca_status
read_line(struct prompt *prompt, struct ca_buf *ret)
{
	for (;;) {
		struct pollfd wait[2] = {{.fd = prompt->tty, .events = POLLIN},
		    {.fd = prompt->signals, .events = POLLIN}};
		uint8_t octet;

		if (poll(wait, 2, -1) <= 0)
			return CA_IO;
		if (wait[1].revents != 0) {
			take_signal(prompt);
			return CA_IO;
		}
		if (read(prompt->tty, &octet, 1) <= 0)
			return CA_IO;
		if (octet == '\n')
			return CA_OK;
		if (ret->len > PASSPHRASE_MAX)
			return CA_OK;
		if (ca_buf_append(ret, (struct ca_bytes){&octet, 1}) != CA_OK)
			return CA_MEMORY;
	}
}

/* The question once; the echo is back behind it, however it ends. */
static enum ca_status
ask_once(struct prompt *prompt, const char *text, const char *what,
    struct ca_buf *ret)
{
	struct termios shown, hidden;
	enum ca_status st = CA_IO;

	prompt->got = 0;
	ca_buf_clear(ret);
	if (tcgetattr(prompt->tty, &shown) != 0)
		return CA_IO;
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	if (tcsetattr(prompt->tty, TCSAFLUSH, &hidden) == 0 &&
	    dprintf(prompt->tty, "%s%s: ", text, what) > 0)
		st = read_line(prompt, ret);
	(void)tcsetattr(prompt->tty, TCSAFLUSH, &shown);
	(void)dprintf(prompt->tty, "\n");
	return st;
}

static enum ca_status
ask_hidden(int tty, const char *text, const char *what, struct ca_buf *ret)
{
	struct prompt prompt = {.tty = tty};
	enum ca_status st;

	if ((st = catch_interruptions(&prompt)) != CA_OK)
		return st;
	do {
		st = ask_once(&prompt, text, what, ret);
		if (prompt.got == SIGTSTP)
			stop();
	} while (prompt.got == SIGTSTP || prompt.got == SIGCONT);
	leave_interruptions(&prompt);
	return st;
}

static enum ca_status
ask_twice(int tty, const char *what, struct ca_buf *ret)
{
	struct ca_buf again = {0};
	const char *fault;
	enum ca_status st = CA_IO;

	for (int i = 0; i < CONFIRM_TRIES; i++) {
		ca_buf_clear(ret);
		ca_buf_clear(&again);
		st = ask_hidden(tty, "New passphrase for ", what, ret);
		if (st != CA_OK)
			break;
		if ((fault = passphrase_fault(ca_view(ret))) != NULL) {
			(void)dprintf(tty, "No: %s.\n", fault);
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
	struct text safe = {0};
	const char *name;
	enum ca_status st;
	int tty;

	if (open_terminal(term, &tty) != CA_OK)
		return no_terminal(err, what, confirm);
	text_add_safe(&safe, ca_text(what));
	name = text_get(&safe);
	st = secret_reserve(&answer, PASSPHRASE_MAX + 2);
	if (st == CA_OK)
		st = secret_reserve(ret, PASSPHRASE_MAX + 2);
	if (st == CA_OK)
		st = confirm ?
		    ask_twice(tty, name, &answer) :
		    ask_hidden(tty, "Passphrase for ", name, &answer);
	if (st == CA_OK && answer.len > PASSPHRASE_MAX)
		st = CA_USAGE;
	if (st == CA_OK)
		st = ca_buf_append(ret, ca_view(&answer));
	if (st != CA_OK)
		(void)not_given(what, confirm, st, err);
	ca_buf_free(&answer);
	text_done(&safe);
	(void)close(tty);
	return st;
}

enum ca_status
term_ask_line(const struct term *term, const char *question, struct ca_buf *ret,
    struct ca_error *err)
{
	struct prompt prompt = {.signals = -1};
	struct text safe = {0};
	enum ca_status st;

	if (open_terminal(term, &prompt.tty) != CA_OK)
		return ca_fail(err, CA_USAGE,
		    "%s - there is no terminal to ask at", question);
	text_add_safe(&safe, ca_text(question));
	(void)dprintf(prompt.tty, "%s ", text_get(&safe));
	if ((st = read_line(&prompt, ret)) != CA_OK)
		(void)ca_fail(err, st, "no answer could be read");
	text_done(&safe);
	(void)close(prompt.tty);
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
