/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ask: questions to the signer. A thread for each socket pair takes them in
 * turn; the connections that wait for an answer are suspended, so that the
 * signer, however long it takes, keeps no other connection waiting.
 *
 * Whoever sends the same request as one that was not yet passed on waits
 * with it. One that was passed on may be decided already, by a ledger that
 * has changed since.
 *
 * What this does not do: look into requests and answers.
 */
#ifndef CLI_SERVE_ASK_H
#define CLI_SERVE_ASK_H

#include <stdatomic.h>

#include "cli/serve/cache.h"
#include "cli/serve/health.h"
#include "cli/serve/responder_ends.h"
#include "cli/serve/visit.h"

/* Questions that are waiting or passed on; who comes then is told to try
 * later. The signer answers as many in a tenth of a second. */
#define ASK_MAX 1024
struct ask; /* opaque */

struct ask_options {
	int first_fd;
	size_t pairs; /* 1 or more */
	struct cache *cache;
	struct health *health;
	struct responder_ends *ends;
	const atomic_ullong *generation; /* see cli/serve/cache.h */
	int lost_fd; /* an eventfd, written to when the signer is gone */
};

/* Starts the threads. CA_MEMORY, CA_IO. */
CA_MUST_USE enum ca_status ask_start(
    const struct ask_options *options, struct ask **ret, struct ca_error *err);
/* No visit waits any more. Ends the threads. */
void ask_stop(struct ask *ask);

/*
 * The visit's connection is suspended, and resumed with visit->answer. False
 * when nothing was done: too many wait.
 */
bool ask_ocsp(struct ask *ask, struct visit *visit, struct ca_bytes request);
/* Asks the signer to do what is due, unless it is being asked. */
void ask_tend(struct ask *ask);
/* Who has waited for this many seconds is told to try later. */
void ask_expire(struct ask *ask, int64_t seconds);

#endif
