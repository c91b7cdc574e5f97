/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * signer_loop: the signer of `signet serve` at work: answers what the front
 * asks over the socket pairs (cli/wire.h) until the front is gone.
 *
 * The front reads what strangers send and is believed in nothing: what is
 * signed comes from the ledger (cli/authority_status.h). A pair on which
 * something arrives that is no question is closed.
 *
 * What is due (responders_tend()) is done beside it. A front that asks for that
 * is told what it found, unless it takes longer than a moment: then what was
 * found the time before.
 *
 * What this does not do: start the front, keep a cache, speak HTTP.
 */
#ifndef CLI_SIGNER_LOOP_H
#define CLI_SIGNER_LOOP_H

#include <sys/types.h>

#include "cli/authority_status.h"
#include "cli/notify.h"
#include "cli/wire.h"

struct signer_loop {
	/* Borrowed: who answers, and who is tended, by another thread (NULL:
	 * nobody; responders_copy() makes one of the other). */
	struct responders *responders, *tended;
	int pairs[WIRE_PAIRS_MAX]; /* this end of each; closed here */
	size_t count;
	/*
	 * A signalfd(2) of SIGTERM, SIGINT, SIGHUP and SIGCHLD, and the front:
	 * a signal to stop is told it as SIGTERM; it has drain_ms to finish
	 * what runs, a second signal ends it at once. front 0: there is no
	 * child, and the end of all pairs is the end.
	 */
	int signals;
	pid_t front;
	int64_t drain_ms;
	int64_t linger_ms;           /* of a front that has closed all pairs */
	const struct notify *notify; /* may be NULL */
	/* The front listens: called once. May be NULL. */
	enum ca_status (*ready)(void *ctx, struct ca_error *err);
	/* What else is to be tended, with its faults, by that thread. May be
	 * NULL. */
	void (*tend)(
	    void *ctx, void (*fault)(void *to, const char *line), void *to);
	/* A line for the operator: of answers one a second at most, and the
	 * same one not within a minute; of faults each when it begins. May be
	 * NULL. */
	void (*note)(void *ctx, const char *line);
	struct ca_bytes noted; /* lines of faults that were, each with a
				* newline; or {0} */
	void *ctx;
	/* Afterwards: a turn of tending did not end in linger_ms. What it has
	 * (tended, what tend uses) is its own until the process ends. */
	bool tends_on;
};

/*
 * Until the front has ended: CA_OK when it was told to, CA_IO when not. No
 * child is left behind, whatever is returned.
 */
CA_MUST_USE enum ca_status signer_loop_run(
    struct signer_loop *loop, struct ca_error *err);

#endif
