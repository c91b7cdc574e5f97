/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * retired: bodies that were replaced and that somebody still reads. All of
 * them together have a bound: above it the oldest are ended, that is, whoever
 * reads them is cut off (visits_reap()).
 *
 * Not locked: the caller does that.
 *
 * What this does not do: bound how many read one body, which costs nothing.
 */
#ifndef CLI_SERVE_RETIRED_H
#define CLI_SERVE_RETIRED_H

#include "cli/serve/body.h"

struct retired {
	size_t max;         /* octets */
	struct body **list; /* the oldest first; held */
	size_t count;
};

/* The body is held. When memory is short, it is ended. */
void retired_add(struct retired *retired, struct body *body);
/* Lets go of what nobody reads any more, and ends what is too much. */
void retired_sweep(struct retired *retired);
void retired_done(struct retired *retired);

#endif
