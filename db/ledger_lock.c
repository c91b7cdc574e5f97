/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

/* A sleep between two tries: long enough to cost nothing, short enough that
 * the lock is not idle for long among many. */
#define NAP_LEAST_US 200
#define NAP_MOST_US 5000

static int64_t
now_us(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* NONBLOCK: a FIFO planted in its place must not hold us. */
static enum ca_status
open_lock(struct ledger *ledger, struct ca_error *err)
{
	struct ca_buf name = {0};
	const char *path = NULL;
	enum ca_status st = CA_OK;

	if (ledger->lock_fd >= 0)
		return CA_OK;
	if (ca_buf_printf(&name, "%s.lock", ledger->path) == CA_OK)
		path = ca_buf_text(&name);
	if (path == NULL) {
		st = ca_fail(err, CA_MEMORY, "ledger: out of memory");
		goto out;
	}
	ledger->lock_fd = open(
	    path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (ledger->lock_fd < 0)
		st = ca_fail(err, CA_IO, "ledger: %s: %s, %s", path,
		    strerror(errno), ledger_undone(ledger));
out:
	ca_buf_free(&name);
	return st;
}

static void
nap(int64_t us)
{
	struct timespec time = {.tv_nsec = (long)us * 1000};

	(void)nanosleep(&time, NULL);
}

/* What was slept counts too, lest a clock that stands still keep us here. */
static enum ca_status
wait_for_lock(struct ledger *ledger, int64_t *ret_left_ms, struct ca_error *err)
{
	int64_t start = now_us(), slept = 0, us = NAP_LEAST_US;

	while (flock(ledger->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		int64_t passed = now_us() - start;

		if (errno != EWOULDBLOCK && errno != EINTR)
			return ca_fail(err, CA_IO, "ledger: %s.lock: %s",
			    ledger->path, strerror(errno));
		if (passed < slept)
			passed = slept;
		if (passed / 1000 >= ledger->wait_ms)
			return ledger_fail(ledger, SQLITE_BUSY, err);
		nap(us);
		slept += us;
		us = us * 2 > NAP_MOST_US ? NAP_MOST_US : us * 2;
	}
	*ret_left_ms = ledger->wait_ms - (now_us() - start) / 1000;
	if (*ret_left_ms < 0)
		*ret_left_ms = 0;
	return CA_OK;
}

enum ca_status
ledger_lock(struct ledger *ledger, int64_t *ret_left_ms, struct ca_error *err)
{
	enum ca_status st;

	if ((st = open_lock(ledger, err)) != CA_OK)
		return st;
	if (ledger->locks == 0)
		st = wait_for_lock(ledger, ret_left_ms, err);
	else
		*ret_left_ms = ledger->wait_ms;
	if (st == CA_OK)
		ledger->locks++;
	return st;
}

void
ledger_unlock(struct ledger *ledger)
{
	if (ledger->locks > 0 && --ledger->locks == 0)
		(void)flock(ledger->lock_fd, LOCK_UN);
}
