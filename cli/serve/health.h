/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * health: what is not as it should be, as the signer said when it was last
 * asked: a line each.
 *
 * Any thread may call.
 *
 * What this does not do: ask, or look at CRLs (cli/serve/lists.h does).
 */
#ifndef CLI_SERVE_HEALTH_H
#define CLI_SERVE_HEALTH_H

#include <pthread.h>

#include "ca/base.h"

/* Seconds without a word from the signer that are a fault themselves. It may
 * be signing a CRL of a million entries. */
#define HEALTH_SILENCE 60

struct health {
	pthread_mutex_t lock;
	struct ca_buf faults;
	int64_t heard; /* monotonic seconds */
};

void health_init(struct health *health);
/* What the signer said. True when it is another thing than before. */
bool health_told(struct health *health, struct ca_bytes lines);
/* Appends the lines, and one about a signer that is silent; ret_count is how
 * many, without those that are to be noted alone (RESPONDERS_NOTE). */
CA_MUST_USE enum ca_status health_faults(
    struct health *health, struct ca_buf *ret, size_t *ret_count);

#endif
