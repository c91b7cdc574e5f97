/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * responder_ends: when the certificate of each authority's OCSP responder
 * ends, as the signer said when it was last asked.
 *
 * Any thread may call.
 *
 * What this does not do: ask; know anything about a certificate.
 */
#ifndef CLI_SERVE_RESPONDER_ENDS_H
#define CLI_SERVE_RESPONDER_ENDS_H

#include <pthread.h>

#include "ca/base.h"

struct responder_ends {
	pthread_mutex_t lock;
	struct ca_buf lines;
};

void responder_ends_init(struct responder_ends *ends);
/* Lines "NAME SECONDS", each with a newline (cli/wire.h). */
void responder_ends_told(struct responder_ends *ends, struct ca_bytes lines);
/* One call for each; a line that is none is passed over. */
CA_MUST_USE enum ca_status responder_ends_each(struct responder_ends *ends,
    enum ca_status (*fn)(void *ctx, const char *authority, int64_t not_after),
    void *ctx);

#endif
