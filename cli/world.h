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
	const char *actor; /* login name, for the ledger's events */
};

/* The machine's clock, the kernel's randomness, the login name (which is
 * copied into a static of the program, once). */
const struct world *world_real(void);

#endif
