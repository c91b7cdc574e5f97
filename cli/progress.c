/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BAR 20             /* columns */
#define SILENT_MS 500      /* what takes less needs no line */
#define BETWEEN_MS 100     /* two lines */
#define LEFT_AFTER_MS 1000 /* a rate is one by then */
#define DAY_SECONDS 86400

static int64_t
now_ms(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
progress_init(struct progress *progress, const struct term *term)
{
	*progress = (struct progress){
	    .on = !term->quiet && isatty(STDERR_FILENO) == 1};
}

/* "1:05:09", "4:07", or nothing where nobody knows yet. */
static void
put_left(char *text, size_t size, const struct progress_state *state)
{
	double done = (double)(state->done - state->begun_at);
	double seconds = done > 0 ? (double)state->elapsed_ms / 1000 *
		(double)(state->all - state->done) / done :
				    0;
	unsigned long left;

	text[0] = '\0';
	if (done <= 0 || state->elapsed_ms < LEFT_AFTER_MS ||
	    seconds > 99.0 * DAY_SECONDS)
		return;
	left = (unsigned long)(seconds + 0.5);
	if (left >= 3600)
		(void)snprintf(text, size, ", %lu:%02lu:%02lu left",
		    left / 3600, left / 60 % 60, left % 60);
	else
		(void)snprintf(
		    text, size, ", %lu:%02lu left", left / 60, left % 60);
}

void
progress_line(char *line, size_t size, const struct progress_state *state)
{
	char bar[BAR + 1], left[48];
	size_t all = state->all > 0 ? state->all : 1;
	size_t done = state->done < all ? state->done : all;
	size_t filled = (size_t)((double)done / (double)all * BAR);
	double rate = state->elapsed_ms > 0 && done > state->begun_at ?
	    (double)(done - state->begun_at) * 1000 /
		(double)state->elapsed_ms :
	    0;

	memset(bar, '.', BAR);
	memset(bar, '#', filled);
	bar[BAR] = '\0';
	put_left(left, sizeof(left),
	    &(struct progress_state){.begun_at = state->begun_at,
		.done = done,
		.all = all,
		.elapsed_ms = state->elapsed_ms});
	(void)snprintf(line, size, "%.16s %zu of %zu [%s] %3d%% %.0f/s%s",
	    state->what, done, all, bar,
	    (int)((double)done / (double)all * 100), rate, left);
}

/* Spaces behind it, for what was longer before. */
static void
put(const char *line)
{
	char text[PROGRESS_WIDTH + 3];
	int len = snprintf(text, sizeof(text), "\r%-*.*s\r", PROGRESS_WIDTH,
	    PROGRESS_WIDTH, line);

	if (len > 0 && write(STDERR_FILENO, text, strlen(text)) < 0)
		return; /* who looks at a terminal that is gone? */
}

void
progress_show(
    struct progress *progress, const char *what, size_t done, size_t all)
{
	struct progress_state state = {.what = what, .done = done, .all = all};
	char line[160];
	int64_t now;

	if (!progress->on)
		return;
	now = now_ms();
	if (progress->what == NULL || strcmp(progress->what, what) != 0) {
		progress->what = what;
		progress->begun_ms = now;
		progress->begun_at = done;
	}
	if (now - progress->begun_ms < SILENT_MS ||
	    now - progress->showed_ms < BETWEEN_MS)
		return;
	state.begun_at = progress->begun_at;
	state.elapsed_ms = now - progress->begun_ms;
	progress_line(line, sizeof(line), &state);
	put(line);
	progress->showed_ms = now;
	progress->shown = true;
}

void
progress_done(struct progress *progress)
{
	if (progress->shown)
		put("");
	progress->shown = false;
}
