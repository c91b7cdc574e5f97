/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/ask.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/wire.h"

struct question {
	struct question *next; /* of those waiting, or those passed on */
	struct visit *waiting;
	int64_t since; /* monotonic seconds */
	size_t len;
	uint8_t request[];
};

struct list {
	struct question *first, **end;
};

struct asker {
	struct ask *ask;
	pthread_t thread;
	int fd;
	struct ca_buf payload;
};

struct ask {
	struct ask_options options;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct list waiting, passed_on;
	size_t count; /* questions in both */
	bool tend, tending, ending;
	uint64_t edition; /* the newest of the signer's answers */
	struct answer *try_later;
	size_t asker_count;
	struct asker askers[WIRE_PAIRS_MAX];
};

/* ---- lists; the lock is held ------------------------------------------ */

static void
list_add(struct list *list, struct question *question)
{
	question->next = NULL;
	*list->end = question;
	list->end = &question->next;
}

static void
list_remove(struct list *list, struct question *question)
{
	struct question **at = &list->first;

	while (*at != question)
		at = &(*at)->next;
	*at = question->next;
	if (question->next == NULL)
		list->end = at;
}

static struct question *
list_find(const struct list *list, struct ca_bytes request)
{
	struct question *q = list->first;

	while (q != NULL &&
	    (q->len != request.len ||
		memcmp(q->request, request.data, request.len) != 0))
		q = q->next;
	return q;
}

/* ---- who waits -------------------------------------------------------- */

static void
resume(struct visit *visit, struct answer *answer)
{
	while (visit != NULL) {
		struct visit *next = visit->next_asker;

		visit->next_asker = NULL;
		visit->answer = answer_hold(answer);
		MHD_resume_connection(visit->connection);
		visit = next;
	}
}

static struct question *
question_new(struct ca_bytes request)
{
	struct question *question = calloc(1, sizeof(*question) + request.len);

	if (question == NULL)
		return NULL;
	question->since = visit_clock();
	question->len = request.len;
	memcpy(question->request, request.data, request.len);
	return question;
}

static bool
enqueue(struct ask *ask, struct visit *visit, struct ca_bytes request)
{
	struct question *question = NULL;

	/* Long requests are seldom alike, and compared in vain. */
	if (request.len <= CACHE_KEY_MAX)
		question = list_find(&ask->waiting, request);
	if (question == NULL) {
		if (ask->count >= ASK_MAX ||
		    (question = question_new(request)) == NULL)
			return false;
		list_add(&ask->waiting, question);
		ask->count++;
		(void)pthread_cond_signal(&ask->wake);
	}
	visit->next_asker = question->waiting;
	question->waiting = visit;
	/* An asker that has the answer at once cannot resume it before: it
	 * needs the lock to find it. */
	atomic_store(&visit->stage, VISIT_WAITING);
	MHD_suspend_connection(visit->connection);
	return true;
}

bool
ask_ocsp(struct ask *ask, struct visit *visit, struct ca_bytes request)
{
	bool queued;

	(void)pthread_mutex_lock(&ask->lock);
	queued = enqueue(ask, visit, request);
	(void)pthread_mutex_unlock(&ask->lock);
	return queued;
}

/* Takes those off that have waited since before the limit. */
static struct visit *
take_overdue(struct list *list, int64_t limit)
{
	struct visit *overdue = NULL;

	for (struct question *q = list->first; q != NULL; q = q->next) {
		struct visit *last = q->waiting;

		if (last == NULL || q->since > limit)
			continue;
		while (last->next_asker != NULL)
			last = last->next_asker;
		last->next_asker = overdue;
		overdue = q->waiting;
		q->waiting = NULL;
	}
	return overdue;
}

void
ask_expire(struct ask *ask, int64_t seconds)
{
	const int64_t limit = visit_clock() - seconds;
	struct visit *waiting, *passed_on;

	(void)pthread_mutex_lock(&ask->lock);
	waiting = take_overdue(&ask->waiting, limit);
	passed_on = take_overdue(&ask->passed_on, limit);
	(void)pthread_mutex_unlock(&ask->lock);
	resume(waiting, ask->try_later);
	resume(passed_on, ask->try_later);
}

void
ask_tend(struct ask *ask)
{
	(void)pthread_mutex_lock(&ask->lock);
	if (!ask->tending)
		ask->tend = true;
	(void)pthread_cond_signal(&ask->wake);
	(void)pthread_mutex_unlock(&ask->lock);
}

/* ---- one question ----------------------------------------------------- */

static struct answer *
make_answer(const struct wire_head *head, struct ca_bytes der)
{
	return answer_new(&(struct answer_order){.der = der,
	    .status = (enum ca_ocsp_status)head->status,
	    .cacheable = head->cacheable != 0 &&
		head->status == CA_OCSP_SUCCESSFUL && head->fact.issuer != 0,
	    .now = (int64_t)time(NULL),
	    .this_update = head->this_update,
	    .next_update = head->next_update});
}

/* A responder was replaced or revoked, or renewed: what was signed before is
 * given no more (checklist 109). False: this answer was, too. *ret_rose may be
 * NULL. */
static bool
take_edition(struct ask *ask, uint64_t edition, bool *ret_rose)
{
	bool rose;
	bool current;

	(void)pthread_mutex_lock(&ask->lock);
	rose = edition > ask->edition;
	current = edition >= ask->edition;
	if (rose)
		ask->edition = edition;
	(void)pthread_mutex_unlock(&ask->lock);
	if (rose)
		cache_clear(ask->options.cache);
	if (ret_rose != NULL)
		*ret_rose = rose;
	return current;
}

/* The generation is read before the signer is asked: what it then looks at
 * is no older. */
static enum ca_status
answer_one(struct asker *asker, struct question *question, struct ca_error *err)
{
	const struct wire_head asking = {.kind = WIRE_OCSP};
	const struct ca_bytes request = {question->request, question->len};
	struct ask *ask = asker->ask;
	const struct cache_since since = {
	    .generation = atomic_load(ask->options.generation),
	    .epoch = cache_epoch(ask->options.cache)};
	struct answer *answer;
	struct visit *waiting;
	struct wire_head head;
	bool rose = false;
	enum ca_status st;

	if ((st = wire_send(asker->fd, &asking, request, err)) != CA_OK ||
	    (st = wire_receive(asker->fd, -1, &head, &asker->payload, err)) !=
		CA_OK)
		return st;
	if (head.kind != WIRE_OCSP)
		return ca_fail(err, CA_MALFORMED,
		    "socket pair: an answer to something else");
	answer = make_answer(&head, ca_view(&asker->payload));
	if (answer == NULL)
		answer = answer_hold(ask->try_later);
	else if (take_edition(ask, head.edition, &rose))
		cache_put(
		    ask->options.cache, request, answer, &head.fact, &since);
	(void)pthread_mutex_lock(&ask->lock);
	waiting = question->waiting;
	question->waiting = NULL;
	list_remove(&ask->passed_on, question);
	ask->count--;
	(void)pthread_mutex_unlock(&ask->lock);
	resume(waiting, answer);
	if (rose)
		ask_tend(ask); /* /healthz is to say why */
	answer_release(answer);
	free(question);
	return CA_OK;
}

/* Where the faults are others than before, a responder may have been revoked
 * or replaced: what it signed is given no more (checklist 109). */
static enum ca_status
tend_once(struct asker *asker, struct ca_error *err)
{
	const struct wire_head asking = {.kind = WIRE_TEND};
	const struct ask_options *options = &asker->ask->options;
	struct ca_bytes faults, ends;
	struct wire_head head;
	enum ca_status st;

	if ((st = wire_send(asker->fd, &asking, (struct ca_bytes){0}, err)) !=
		CA_OK ||
	    (st = wire_receive(asker->fd, -1, &head, &asker->payload, err)) !=
		CA_OK)
		return st;
	if (head.kind != WIRE_TEND)
		return ca_fail(err, CA_MALFORMED,
		    "socket pair: an answer to something else");
	if (head.faults > asker->payload.len)
		return ca_fail(err, CA_MALFORMED,
		    "socket pair: an answer that is shorter than it says");
	faults = (struct ca_bytes){asker->payload.data, head.faults};
	ends = (struct ca_bytes){asker->payload.data + head.faults,
	    asker->payload.len - head.faults};
	if (health_told(options->health, faults))
		cache_clear(options->cache);
	(void)take_edition(asker->ask, head.edition, NULL);
	responder_ends_told(options->ends, ends);
	return CA_OK;
}

/* ---- the threads ------------------------------------------------------ */

/* True: something is to be done, tending or a question that was passed on. */
static bool
next_task(struct ask *ask, struct question **ret)
{
	bool go = true;

	*ret = NULL;
	(void)pthread_mutex_lock(&ask->lock);
	while (!ask->ending && !ask->tend && ask->waiting.first == NULL)
		(void)pthread_cond_wait(&ask->wake, &ask->lock);
	if (ask->ending) {
		go = false;
	} else if (ask->tend) {
		ask->tend = false;
		ask->tending = true;
	} else {
		*ret = ask->waiting.first;
		list_remove(&ask->waiting, *ret);
		list_add(&ask->passed_on, *ret);
	}
	(void)pthread_mutex_unlock(&ask->lock);
	return go;
}

static void
tended(struct ask *ask)
{
	(void)pthread_mutex_lock(&ask->lock);
	ask->tending = false;
	(void)pthread_mutex_unlock(&ask->lock);
}

static void *
run(void *ctx)
{
	struct asker *asker = ctx;
	struct ask *ask = asker->ask;
	struct question *question;
	struct ca_error err = {0};
	const uint64_t one = 1;
	enum ca_status st = CA_OK;

	while (st == CA_OK && next_task(ask, &question)) {
		if (question != NULL) {
			st = answer_one(asker, question, &err);
		} else {
			st = tend_once(asker, &err);
			tended(ask);
		}
	}
	if (st != CA_OK &&
	    write(ask->options.lost_fd, &one, sizeof(one)) !=
		(ssize_t)sizeof(one))
		abort(); /* it cannot fail, and nobody would notice */
	ca_buf_free(&asker->payload);
	return NULL;
}

enum ca_status
ask_start(
    const struct ask_options *options, struct ask **ret, struct ca_error *err)
{
	struct ask *ask = calloc(1, sizeof(*ask));

	if (ask == NULL ||
	    (ask->try_later = answer_failure(CA_OCSP_TRY_LATER)) == NULL) {
		free(ask);
		return ca_fail(err, CA_MEMORY, "out of memory");
	}
	ask->options = *options;
	ask->waiting.end = &ask->waiting.first;
	ask->passed_on.end = &ask->passed_on.first;
	(void)pthread_mutex_init(&ask->lock, NULL);
	(void)pthread_cond_init(&ask->wake, NULL);
	for (size_t i = 0; i < options->pairs; i++) {
		struct asker *asker = &ask->askers[i];

		*asker = (struct asker){
		    .ask = ask, .fd = options->first_fd + (int)i};
		if (pthread_create(&asker->thread, NULL, run, asker) != 0) {
			ask_stop(ask);
			return ca_fail(
			    err, CA_IO, "a thread cannot be started");
		}
		ask->asker_count++;
	}
	*ret = ask;
	return CA_OK;
}

void
ask_stop(struct ask *ask)
{
	struct question *question;

	if (ask == NULL)
		return;
	(void)pthread_mutex_lock(&ask->lock);
	ask->ending = true;
	(void)pthread_cond_broadcast(&ask->wake);
	(void)pthread_mutex_unlock(&ask->lock);
	for (size_t i = 0; i < ask->asker_count; i++)
		(void)pthread_join(ask->askers[i].thread, NULL);
	while ((question = ask->waiting.first) != NULL) {
		list_remove(&ask->waiting, question);
		free(question);
	}
	answer_release(ask->try_later);
	(void)pthread_cond_destroy(&ask->wake);
	(void)pthread_mutex_destroy(&ask->lock);
	free(ask);
}
