/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * progress: how far long work is, in one line on standard error that is
 * written over: how much of what is done, at which rate, and the time left.
 *
 * What this does not do: write anything where standard error is no terminal.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli/term.h"

#define PROGRESS_WIDTH 79 /* columns, at most */

struct progress {
	bool on;           /* there is a terminal, and nobody asked for quiet */
	bool shown;        /* a line stands there */
	const char *what;  /* of the call before; its text stays the caller's */
	int64_t begun_ms;  /* when that began, by the monotonic clock */
	int64_t showed_ms; /* when a line was last written */
	size_t begun_at;   /* how much was done when it began */
};

void progress_init(struct progress *progress, const struct term *term);
/* So many of all are done; may be called for each of them. Another what begins
 * a new rate. Nothing is shown of work that takes less than half a second. */
void progress_show(
    struct progress *progress, const char *what, size_t done, size_t all);
/* The line goes away: before anything else is written. */
void progress_done(struct progress *progress);
/* The line itself, in less than size octets: done of all, in elapsed_ms of
 * which, when it began, begun_at were done. */
struct progress_state {
	const char *what;
	size_t begun_at, done, all;
	int64_t elapsed_ms;
};
void progress_line(char *line, size_t size, const struct progress_state *state);

#endif
