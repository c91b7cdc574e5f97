/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/signer_tend.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define FAULTS_MAX 32768U /* octets of a turn's */

struct signer_tend {
	struct signer_tend_options options;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	int fd;
	/* The lock is held for these. */
	bool asked, ending, has_found;
	int64_t since; /* of the turn that is under way; 0: none */
	struct signer_tend_found found;
};

static int64_t
now_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- a turn ---- */

/* What memory does not suffice for is left out. */
static void
take_fault(void *ctx, const char *line)
{
	struct signer_tend_found *found = ctx;

	if (found->faults.len + strlen(line) + 1 > FAULTS_MAX ||
	    ca_buf_printf(&found->faults, "%s\n", line) != CA_OK)
		return;
}

static enum ca_status
take_end(void *ctx, const char *authority, int64_t not_after)
{
	return ca_buf_printf(ctx, "%s %lld\n", authority, (long long)not_after);
}

static void
turn(struct signer_tend *tend)
{
	const struct signer_tend_options *options = &tend->options;
	struct signer_tend_found found = {0};
	const uint64_t one = 1;
	struct ca_error err = {0};

	if (responders_tend(options->responders, take_fault, &found, &err) !=
	    CA_OK)
		take_fault(&found, err.msg);
	/* What a replaced ledger says is copied to nobody. */
	else if (options->more != NULL)
		options->more(options->ctx, take_fault, &found);
	if (responders_each_end(options->responders, take_end, &found.ends) !=
	    CA_OK)
		ca_buf_clear(&found.ends);
	(void)pthread_mutex_lock(&tend->lock);
	signer_tend_found_done(&tend->found);
	tend->found = found;
	tend->has_found = true;
	tend->since = 0;
	if (write(tend->fd, &one, sizeof(one)) != (ssize_t)sizeof(one))
		abort(); /* it cannot fail, and nobody would notice */
	(void)pthread_mutex_unlock(&tend->lock);
}

static bool
wait_for_turn(struct signer_tend *tend)
{
	bool go;

	(void)pthread_mutex_lock(&tend->lock);
	while (!tend->asked && !tend->ending)
		(void)pthread_cond_wait(&tend->wake, &tend->lock);
	go = !tend->ending;
	tend->asked = false;
	(void)pthread_mutex_unlock(&tend->lock);
	return go;
}

static void *
run(void *ctx)
{
	struct signer_tend *tend = ctx;

	/* A turn may have made lists of many megabytes; what is left of them
	 * would lie there until the next. */
	while (wait_for_turn(tend)) {
		turn(tend);
		(void)malloc_trim(0);
	}
	return NULL;
}

/* ---- for whoever asks ---- */

/* Signals are the main thread's to wake up from. */
static bool
start(struct signer_tend *tend)
{
	sigset_t all, before;
	bool runs;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	runs = pthread_create(&tend->thread, NULL, run, tend) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return runs;
}

enum ca_status
signer_tend_start(const struct signer_tend_options *options,
    struct signer_tend **ret, struct ca_error *err)
{
	struct signer_tend *tend = calloc(1, sizeof(*tend));

	if (tend == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	tend->options = *options;
	(void)pthread_mutex_init(&tend->lock, NULL);
	(void)pthread_cond_init(&tend->wake, NULL);
	tend->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (tend->fd < 0 || !start(tend)) {
		(void)ca_fail(err, CA_IO, "a thread cannot be started: %s",
		    strerror(errno));
		if (tend->fd >= 0)
			(void)close(tend->fd);
		free(tend);
		return CA_IO;
	}
	*ret = tend;
	return CA_OK;
}

void
signer_tend_ask(struct signer_tend *tend)
{
	(void)pthread_mutex_lock(&tend->lock);
	if (tend->since == 0) {
		tend->asked = true;
		tend->since = now_ms();
		(void)pthread_cond_signal(&tend->wake);
	}
	(void)pthread_mutex_unlock(&tend->lock);
}

int
signer_tend_fd(const struct signer_tend *tend)
{
	return tend->fd;
}

bool
signer_tend_take(struct signer_tend *tend, struct signer_tend_found *ret)
{
	uint64_t count;
	bool took;

	(void)pthread_mutex_lock(&tend->lock);
	took = read(tend->fd, &count, sizeof(count)) > 0 && tend->has_found;
	if (took) {
		*ret = tend->found;
		tend->found = (struct signer_tend_found){0};
		tend->has_found = false;
	}
	(void)pthread_mutex_unlock(&tend->lock);
	return took;
}

int64_t
signer_tend_busy(struct signer_tend *tend)
{
	int64_t since;

	(void)pthread_mutex_lock(&tend->lock);
	since = tend->since;
	(void)pthread_mutex_unlock(&tend->lock);
	return since == 0 ? 0 : now_ms() - since;
}

bool
signer_tend_stop(struct signer_tend *tend, int64_t patience_ms)
{
	struct timespec until = {0};

	if (tend == NULL)
		return true;
	(void)pthread_mutex_lock(&tend->lock);
	tend->ending = true;
	(void)pthread_cond_signal(&tend->wake);
	(void)pthread_mutex_unlock(&tend->lock);
	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(patience_ms / 1000);
	if (pthread_clockjoin_np(tend->thread, NULL, CLOCK_MONOTONIC, &until) !=
	    0)
		return false;
	(void)close(tend->fd);
	signer_tend_found_done(&tend->found);
	(void)pthread_cond_destroy(&tend->wake);
	(void)pthread_mutex_destroy(&tend->lock);
	free(tend);
	return true;
}

void
signer_tend_found_done(struct signer_tend_found *found)
{
	ca_buf_free(&found->faults);
	ca_buf_free(&found->ends);
}
