/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crew: a few threads, and lots of work that they take in the order in which
 * they were given.
 *
 * Each thread has a hand of its own, which is the caller's: what may not be
 * shared lies there. Signals are not theirs.
 *
 * What this does not do: start another thread where the system gives none: with
 * none at all whoever waits for a lot does the work.
 */
#ifndef CLI_CREW_H
#define CLI_CREW_H

#include "ca/base.h"

#define CREW_MAX 64 /* threads */

struct crew; /* opaque */

/* How many processors there are for this process, 1 to CREW_MAX. */
size_t crew_processors(void);

struct crew_order {
	size_t threads; /* at most CREW_MAX; 0: whoever waits works */
	void *hands;    /* one each, one behind the other, each of hand_size */
	size_t hand_size;
	void (*end)(void *hand); /* in its thread, before that ends; or NULL */
};
CA_MUST_USE enum ca_status crew_start(
    const struct crew_order *order, struct crew **ret, struct ca_error *err);

/* The caller's until crew_wait() has returned. */
struct crew_lot {
	void (*work)(
	    void *ctx, size_t i, void *hand); /* for each below count */
	void *ctx;
	size_t count;
	/* the crew's */
	size_t taken, done;
	struct crew_lot *next;
};
void crew_give(struct crew *crew, struct crew_lot *lot);
/* Until all of it is done; one of nothing is. */
void crew_wait(struct crew *crew, struct crew_lot *lot);
/* Every lot that was given is done first. NULL is fine. */
void crew_end(struct crew *crew);

#endif
