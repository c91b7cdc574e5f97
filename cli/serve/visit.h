/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * visit: what is known of each connection: since when its client owes us a
 * request, what of the body has come, and what it waits for.
 *
 * libmicrohttpd closes a connection on which nothing moves. A client that
 * sends one octet now and then moves; visits_reap() ends it (checklist 110:
 * slowloris), and one that reads as slowly, once it has had the time for a
 * response of that size: it holds a descriptor, and perhaps a CRL of many
 * megabytes that has been replaced since.
 *
 * A visit belongs to the thread of its connection, save for what visits_reap()
 * and visits_dismiss() look at, which is atomic, and for its end, which waits
 * for them. While a connection is suspended (stage VISIT_WAITING) it belongs
 * to whoever will resume it.
 *
 * What this does not do: answer.
 */
#ifndef CLI_SERVE_VISIT_H
#define CLI_SERVE_VISIT_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "cli/serve/answer.h"
#include "cli/serve/body.h"
#include "cli/serve/path.h"

enum visit_stage {
	VISIT_IDLE = 0, /* no request has begun, that is: its first line */
	VISIT_HEAD,     /* it is there; the headers may still come */
	VISIT_BODY,     /* they are; the body may still come */
	VISIT_WAITING,  /* suspended until the signer has answered */
	VISIT_ANSWERED  /* a response is being sent */
};

struct visits;
struct http_refusal;

struct visit {
	struct visits *visits;
	struct visit *next, *previous;
	struct MHD_Connection *connection;
	int fd;
	atomic_int stage;      /* enum visit_stage */
	_Atomic int64_t since; /* monotonic seconds: idle, or asking, since */
	_Atomic int64_t until; /* the same: the response has to be read */
	/* of the present request */
	struct path path;
	bool get; /* GET or HEAD */
	/* Said when all of the request has come; NULL: it is not refused. */
	const struct http_refusal *refusal;
	size_t skipped; /* octets of the body that were thrown away */
	/* What is being sent, of what may be large; held. */
	struct body *reading;
	struct ca_buf body;
	struct answer *answer;    /* when resumed; held */
	struct visit *next_asker; /* who waits for the same answer */
};

/* Octets of bodies that all visits hold at once: 16 MiB are 256 of the
 * largest, and what is more is told to come later. */
#define VISITS_BODIES_MAX ((size_t)16 * 1024 * 1024)

struct visits {
	pthread_mutex_t lock;
	/* A response may take so many seconds, and one more for each rate
	 * octets of it. */
	int64_t send_seconds;
	size_t send_rate;
	struct visit *first;
	atomic_size_t count;
	atomic_size_t bodies; /* octets */
};

void visits_init(struct visits *visits, int64_t send_seconds, size_t send_rate);
/* NULL when memory is short. */
struct visit *visit_new(
    struct visits *visits, struct MHD_Connection *connection, int fd);
void visit_free(struct visit *visit);

/* A request's first line is there. */
void visit_head(struct visit *visit);
/* Its headers are. */
void visit_begin(struct visit *visit);
/* Keeps a piece of its body. CA_MEMORY when all visits' bodies, or memory,
 * have reached their bound. */
CA_MUST_USE enum ca_status visit_keep(
    struct visit *visit, struct ca_bytes piece);
/* Lets go of what was kept. */
void visit_forget(struct visit *visit);
/* The request is over, answered or not. */
void visit_end(struct visit *visit);

/* The response is being sent from now on; visit->reading is set before. */
void visit_answered(struct visit *visit);

/* Ends the connections whose clients have had seconds to send a request and
 * have not, or the time to read the response and have not; and
 * those that read what is ended. */
void visits_reap(struct visits *visits, int64_t seconds);
/* Nothing more is read from those that have had no request under way for so
 * long: then they end. */
void visits_dismiss(struct visits *visits, int64_t seconds);
size_t visits_count(const struct visits *visits);

int64_t visit_clock(void); /* monotonic seconds */

#endif
