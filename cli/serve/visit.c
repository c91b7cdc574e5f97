/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/visit.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define BODY_KEPT 512 /* octets; 8 MiB of all the connections there may be */

int64_t
visit_clock(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec;
}

void
visits_init(struct visits *visits, int64_t send_seconds, size_t send_rate)
{
	visits->send_seconds = send_seconds;
	visits->send_rate = send_rate;
	(void)pthread_mutex_init(&visits->lock, NULL);
	visits->first = NULL;
	atomic_init(&visits->count, 0);
	atomic_init(&visits->bodies, 0);
}

/* ---- from connecting to closing --------------------------------------- */

struct visit *
visit_new(struct visits *visits, struct MHD_Connection *connection, int fd)
{
	struct visit *visit = calloc(1, sizeof(*visit));

	if (visit == NULL)
		return NULL;
	visit->visits = visits;
	visit->connection = connection;
	visit->fd = fd;
	atomic_init(&visit->stage, VISIT_IDLE);
	atomic_init(&visit->since, visit_clock());
	atomic_init(&visit->until, INT64_MAX);
	(void)pthread_mutex_lock(&visits->lock);
	visit->next = visits->first;
	if (visit->next != NULL)
		visit->next->previous = visit;
	visits->first = visit;
	(void)pthread_mutex_unlock(&visits->lock);
	atomic_fetch_add(&visits->count, 1);
	return visit;
}

void
visit_free(struct visit *visit)
{
	struct visits *visits = visit->visits;

	/* libmicrohttpd closes the descriptor after this: whoever holds the
	 * lock has the right one. */
	(void)pthread_mutex_lock(&visits->lock);
	if (visit->previous != NULL)
		visit->previous->next = visit->next;
	else
		visits->first = visit->next;
	if (visit->next != NULL)
		visit->next->previous = visit->previous;
	(void)pthread_mutex_unlock(&visits->lock);
	atomic_fetch_sub(&visits->count, 1);
	visit_end(visit);
	ca_buf_free(&visit->body);
	free(visit);
}

/* ---- one request ------------------------------------------------------ */

void
visit_head(struct visit *visit)
{
	atomic_store_explicit(&visit->stage, VISIT_HEAD, memory_order_relaxed);
}

void
visit_begin(struct visit *visit)
{
	visit->refusal = NULL;
	visit->skipped = 0;
	atomic_store_explicit(&visit->stage, VISIT_BODY, memory_order_relaxed);
}

enum ca_status
visit_keep(struct visit *visit, struct ca_bytes piece)
{
	atomic_size_t *bodies = &visit->visits->bodies;

	if (atomic_fetch_add(bodies, piece.len) + piece.len >
		VISITS_BODIES_MAX ||
	    ca_buf_append(&visit->body, piece) != CA_OK) {
		atomic_fetch_sub(bodies, piece.len);
		return CA_MEMORY;
	}
	return CA_OK;
}

void
visit_forget(struct visit *visit)
{
	if (visit->body.len > 0)
		atomic_fetch_sub(&visit->visits->bodies, visit->body.len);
	/* What an OCSP request takes stays for the connection's next. */
	if (visit->body.cap <= BODY_KEPT)
		ca_buf_clear(&visit->body);
	else
		ca_buf_free(&visit->body);
}

/* visits_reap() may be looking at it. */
static void
stop_reading(struct visit *visit)
{
	struct body *body = visit->reading;

	if (body == NULL)
		return;
	(void)pthread_mutex_lock(&visit->visits->lock);
	visit->reading = NULL;
	(void)pthread_mutex_unlock(&visit->visits->lock);
	body_release(body);
}

void
visit_end(struct visit *visit)
{
	stop_reading(visit);
	answer_release(visit->answer);
	visit->answer = NULL;
	visit_forget(visit);
	atomic_store_explicit(
	    &visit->since, visit_clock(), memory_order_relaxed);
	atomic_store_explicit(&visit->stage, VISIT_IDLE, memory_order_relaxed);
}

void
visit_answered(struct visit *visit)
{
	const struct visits *visits = visit->visits;
	const size_t size = visit->reading == NULL ? 0 : visit->reading->len;

	/* Before the stage, by which it is looked at. */
	atomic_store_explicit(&visit->until,
	    visit_clock() + visits->send_seconds +
		(int64_t)(size / visits->send_rate),
	    memory_order_relaxed);
	atomic_store_explicit(
	    &visit->stage, VISIT_ANSWERED, memory_order_release);
}

/* ---- all of them ------------------------------------------------------ */

static bool
is_late(const struct visit *visit, int64_t now, int64_t seconds)
{
	switch (atomic_load(&visit->stage)) {
	case VISIT_IDLE:
	case VISIT_HEAD:
	case VISIT_BODY:
		return atomic_load(&visit->since) <= now - seconds;
	case VISIT_ANSWERED:
		return atomic_load(&visit->until) <= now ||
		    (visit->reading != NULL &&
			atomic_load(&visit->reading->ended));
	default:
		return false;
	}
}

/* What is in the socket's buffer for a client that does not read goes with
 * it: the kernel would keep it until the client takes it. */
static void
cut_off(const struct visit *visit)
{
	const struct linger at_once = {.l_onoff = 1};

	if (atomic_load(&visit->stage) == VISIT_ANSWERED)
		(void)setsockopt(visit->fd, SOL_SOCKET, SO_LINGER, &at_once,
		    sizeof(at_once));
	(void)shutdown(visit->fd, SHUT_RDWR);
}

void
visits_reap(struct visits *visits, int64_t seconds)
{
	const int64_t now = visit_clock();

	(void)pthread_mutex_lock(&visits->lock);
	for (struct visit *v = visits->first; v != NULL; v = v->next)
		if (is_late(v, now, seconds))
			cut_off(v);
	(void)pthread_mutex_unlock(&visits->lock);
}

void
visits_dismiss(struct visits *visits, int64_t seconds)
{
	const int64_t limit = visit_clock() - seconds;

	(void)pthread_mutex_lock(&visits->lock);
	for (struct visit *v = visits->first; v != NULL; v = v->next)
		if (atomic_load(&v->stage) == VISIT_IDLE &&
		    atomic_load(&v->since) <= limit)
			(void)shutdown(v->fd, SHUT_RD);
	(void)pthread_mutex_unlock(&visits->lock);
}

size_t
visits_count(const struct visits *visits)
{
	return atomic_load(&visits->count);
}
