/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * world: what the pure code takes as arguments: the time, randomness for
 * serials, and who is acting. Tests put their own in its place.
 *
 * What this does not do: keys' randomness, which is ca_rng's.
 */
#ifndef CLI_WORLD_H
#define CLI_WORLD_H

#include "ca/base.h"

struct world {
	int64_t (*now)(void *ctx); /* Unix seconds */
	enum ca_status (*random)(
	    void *ctx, uint8_t *out, size_t len, struct ca_error *err);
	/* Returns when now() is at or past this time (a second or two). */
	void (*wait_until)(void *ctx, int64_t time);
	void *ctx;
	const char *actor; /* for the ledger's events; NULL: world_actor() */
};

/* The machine's clock and the kernel's randomness. */
const struct world *world_real(void);
/* The name of the user this process acts as; valid until the next call. */
const char *world_actor(void);

#endif
