/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/world.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* A wait is for the second to pass, not for a date. */
#define WAIT_MAX 10

static int64_t
real_now(void *ctx)
{
	(void)ctx;
	return (int64_t)time(NULL);
}

static enum ca_status
real_random(void *ctx, uint8_t *out, size_t len, struct ca_error *err)
{
	(void)ctx;
	while (len > 0) {
		ssize_t got = getrandom(out, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return ca_fail(err, CA_INTERNAL,
			    "randomness: the kernel gave none (%s); "
			    "nothing was signed",
			    strerror(errno));
		out += got;
		len -= (size_t)got;
	}
	return CA_OK;
}

static void
real_wait_until(void *ctx, int64_t until)
{
	const struct timespec tick = {0, 50 * 1000 * 1000};
	int64_t first = real_now(ctx);

	while (real_now(ctx) < until && real_now(ctx) < first + WAIT_MAX)
		(void)nanosleep(&tick, NULL);
}

const char *
world_actor(void)
{
	const struct passwd *user = getpwuid(geteuid());

	return user != NULL ? user->pw_name : "unknown";
}

static const struct world real = {.now = real_now,
    .random = real_random,
    .wait_until = real_wait_until,
    .actor = NULL};

const struct world *
world_real(void)
{
	return &real;
}
