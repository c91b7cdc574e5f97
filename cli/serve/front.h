/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * front: what the threads of signet-front share, and the limits it was given.
 *
 * What this does not do: hold a key, or write to the ledger.
 */
#ifndef CLI_SERVE_FRONT_H
#define CLI_SERVE_FRONT_H

#include "cli/serve/ask.h"
#include "cli/serve/cache.h"
#include "cli/serve/health.h"
#include "cli/serve/lists.h"
#include "cli/serve/metrics.h"
#include "cli/serve/responder_ends.h"
#include "cli/serve/visit.h"

/* Octets of a request's body: an OCSP request of CA_OCSP_MAX_IDS certificates
 * and a signature is a tenth of it. */
#define FRONT_BODY_MAX ((size_t)64 * 1024)
/* Octets of a body that is refused that are read and thrown away, so that
 * the client, still sending, sees the answer; then the connection ends. */
#define FRONT_SKIP_MAX ((size_t)1024 * 1024)
/* Octets of a connection for request line, headers and the response's: what
 * is larger gets 414 or 431. The path may have PATH_MAX_LENGTH of them. */
#define FRONT_CONNECTION_MEMORY ((size_t)8 * 1024)
/* Connections at most, whatever the descriptors: 128 MiB if each of them
 * fills its memory. */
#define FRONT_CONNECTIONS_MAX 16384
/* Descriptors that are not for connections: ledgers (3 for each worker),
 * epoll and event descriptors, pairs, listening sockets. */
#define FRONT_DESCRIPTORS 256
/* Octets of the signed answers that are kept. */
#define FRONT_CACHE_MAX ((size_t)64 * 1024 * 1024)
/* Seconds on which nothing moves on a connection. */
#define FRONT_IDLE 10
/* Seconds in which a request, or the next one, has to have come whole. */
#define FRONT_REQUEST 30
/* Seconds in which a response has to be read, and one more for each so many
 * octets of a large one: who is slower than that for a CRL asks again, and is
 * not to hold, for ever, one that was replaced. */
#define FRONT_READING 60
#define FRONT_READING_RATE 1024
/* MiB of CRLs that were replaced and are still being read: three of a million
 * entries. Then the readers of the oldest are cut off. */
#define FRONT_RETIRED 128
/* Seconds that a client waits for the signer. */
#define FRONT_PATIENCE 10
/* Seconds on which nothing has come on a connection that is closed when it is
 * to end: who asks one question after the other is told with an answer. */
#define FRONT_GRACE 2
/* Milliseconds in which those who are connected and have not been accepted
 * are let in then. */
#define FRONT_LAST 500
/* Seconds between questions to the signer for what is due. */
#define FRONT_TEND 5

struct front {
	/* Rises when any worker sees that the ledger has changed. */
	atomic_ullong generation;
	/* The main thread, which looks each second, knows that the ledger was
	 * replaced: so does everybody. */
	atomic_bool ledger_lost;
	/* What one worker has read is missed by all. */
	struct ledger_witness *witness;
	/* Each answer is the last of its connection. */
	atomic_bool draining;
	struct cache *cache;
	struct lists *lists;
	struct ask *ask;
	struct answer *malformed, *try_later;
	struct health health;
	struct responder_ends responder_ends;
	struct metrics metrics;
	struct visits visits;
};

/* Who looks at the ledger: one thread. */
struct worker {
	struct front *front;
	struct ledger *ledger; /* its own, read alone */
	bool keeps;            /* the main thread's */
	int64_t seen;          /* ledger_data_version() at the last look */
	bool has_seen;
	struct ca_buf request; /* an OCSP request out of a URL */
};

/*
 * The generation at which what is read from now on holds. Versions of two
 * handles cannot be compared, so each worker that sees a change raises the
 * number: what another worker found before is then looked at again, perhaps
 * in vain. Nobody who has seen a commit takes for fresh what was found
 * before it.
 */
CA_MUST_USE enum ca_status worker_generation(
    struct worker *worker, uint64_t *ret, struct ca_error *err);

#endif
