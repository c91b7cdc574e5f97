/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lists: what the ledger has to give to everybody: the newest CRL of each
 * name, and the authorities' certificates. Held in memory, read again when
 * the ledger has changed: of an authority that has published nothing since,
 * nothing is read but its row.
 *
 * Any thread may call; the ledger is the caller's own.
 *
 * What this does not do: sign or publish, or say that a CRL is overdue, which
 * depends on the policy: the signer does.
 */
#ifndef CLI_SERVE_LISTS_H
#define CLI_SERVE_LISTS_H

#include "cli/crl_name.h"
#include "cli/serve/body.h"
#include "db/ledger.h"

#define LISTS_ETAG 40

struct lists; /* opaque */

/* What was replaced and is still being read has retired_max octets at most.
 * NULL when memory is short. */
struct lists *lists_new(size_t retired_max);
void lists_free(struct lists *lists);

/* Reads what has changed. generation was read before; the lists are as new
 * as it (see cli/serve/cache.h). On failure they stay as they were. */
CA_MUST_USE enum ca_status lists_refresh(struct lists *lists,
    struct ledger *ledger, uint64_t generation, struct ca_error *err);

/* To be called now and then: lets go of what was replaced. */
void lists_sweep(struct lists *lists);

/* One thing to give; the body is held for the caller. */
struct list_item {
	struct body *body;
	char etag[LISTS_ETAG];
	/* Of a CRL; 0 otherwise. */
	int64_t this_update, next_update;
};
/* False when there is no such. */
bool lists_crl(struct lists *lists, const char *name, struct list_item *ret);
bool lists_cert(struct lists *lists, const char *authority, bool pem,
    struct list_item *ret);

/* For the pages about all of them. Valid during the call alone. */
struct list_crl {
	const char *authority, *name;
	int64_t number, entries, this_update, next_update;
	bool unread; /* a delta CRL, and no certificate says where one is */
};
struct lists_walk {
	enum ca_status (*authority)(
	    void *ctx, const char *name, int64_t not_after);
	enum ca_status (*crl)(void *ctx, const struct list_crl *crl);
	void *ctx;
};
/* Either may be NULL. */
CA_MUST_USE enum ca_status lists_each(
    struct lists *lists, const struct lists_walk *walk);

#endif
