/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/crew.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

struct member {
	struct crew *crew;
	pthread_t thread;
	void *hand;
};

struct crew {
	struct crew_order order;
	struct member members[CREW_MAX];
	size_t count;                   /* that run */
	struct crew_lot *first, **last; /* those with work to take */
	bool closing;
	pthread_mutex_t mutex;
	pthread_cond_t work, done;
};

size_t
crew_processors(void)
{
	cpu_set_t set;
	int count;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	count = CPU_COUNT(&set);
	return count < 1 ? 1 : count > CREW_MAX ? CREW_MAX : (size_t)count;
}

/* One of the first lot, with the mutex, which is let go meanwhile. */
static void
do_one(struct crew *crew, void *hand)
{
	struct crew_lot *lot = crew->first;
	size_t i = lot->taken++;

	if (lot->taken == lot->count) {
		crew->first = lot->next;
		if (crew->first == NULL)
			crew->last = &crew->first;
	}
	(void)pthread_mutex_unlock(&crew->mutex);
	lot->work(lot->ctx, i, hand);
	(void)pthread_mutex_lock(&crew->mutex);
	if (++lot->done == lot->count)
		(void)pthread_cond_broadcast(&crew->done);
}

static void *
run(void *ctx)
{
	struct member *member = ctx;
	struct crew *crew = member->crew;

	(void)pthread_mutex_lock(&crew->mutex);
	for (;;) {
		while (crew->first == NULL && !crew->closing)
			(void)pthread_cond_wait(&crew->work, &crew->mutex);
		if (crew->first == NULL)
			break;
		do_one(crew, member->hand);
	}
	(void)pthread_mutex_unlock(&crew->mutex);
	if (crew->order.end != NULL)
		crew->order.end(member->hand);
	return NULL;
}

static void
start_threads(struct crew *crew)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	for (size_t i = 0; i < crew->order.threads && i < CREW_MAX; i++) {
		struct member *member = &crew->members[i];

		*member = (struct member){.crew = crew,
		    .hand = (char *)crew->order.hands +
			i * crew->order.hand_size};
		if (pthread_create(&member->thread, NULL, run, member) != 0)
			break;
		crew->count++;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

enum ca_status
crew_start(
    const struct crew_order *order, struct crew **ret, struct ca_error *err)
{
	struct crew *crew = calloc(1, sizeof(*crew));

	if (crew == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	crew->order = *order;
	crew->last = &crew->first;
	(void)pthread_mutex_init(&crew->mutex, NULL);
	(void)pthread_cond_init(&crew->work, NULL);
	(void)pthread_cond_init(&crew->done, NULL);
	start_threads(crew);
	*ret = crew;
	return CA_OK;
}

void
crew_give(struct crew *crew, struct crew_lot *lot)
{
	lot->taken = lot->done = 0;
	lot->next = NULL;
	if (lot->count == 0)
		return;
	(void)pthread_mutex_lock(&crew->mutex);
	*crew->last = lot;
	crew->last = &lot->next;
	(void)pthread_cond_broadcast(&crew->work);
	(void)pthread_mutex_unlock(&crew->mutex);
}

void
crew_wait(struct crew *crew, struct crew_lot *lot)
{
	(void)pthread_mutex_lock(&crew->mutex);
	while (lot->done < lot->count) {
		if (crew->count == 0)
			do_one(crew, crew->order.hands);
		else
			(void)pthread_cond_wait(&crew->done, &crew->mutex);
	}
	(void)pthread_mutex_unlock(&crew->mutex);
}

void
crew_end(struct crew *crew)
{
	if (crew == NULL)
		return;
	(void)pthread_mutex_lock(&crew->mutex);
	while (crew->count == 0 && crew->first != NULL)
		do_one(crew, crew->order.hands);
	crew->closing = true;
	(void)pthread_cond_broadcast(&crew->work);
	(void)pthread_mutex_unlock(&crew->mutex);
	for (size_t i = 0; i < crew->count; i++)
		(void)pthread_join(crew->members[i].thread, NULL);
	if (crew->count == 0 && crew->order.end != NULL)
		crew->order.end(crew->order.hands);
	(void)pthread_cond_destroy(&crew->work);
	(void)pthread_cond_destroy(&crew->done);
	(void)pthread_mutex_destroy(&crew->mutex);
	free(crew);
}
