/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_restore: a home from a backup (cli/authority_backup).
 *
 * All of it is unpacked beside the home, and every hash, column, signature and
 * leaf of it verified, before the home is touched; then it is put there in one
 * rename. A process that is killed leaves the one home or the other.
 *
 * History may only go forward. What a home that is there knows, or a
 * checkpoint that was kept elsewhere, and the backup does not, would be
 * forgotten: that is refused, or, when it is accepted, recorded as an event,
 * "backup-restored", with the head of the log that it replaces. In either case,
 * and where nobody can tell what there was after the backup, the CRL numbers go
 * on above any that can have been published.
 *
 * What this does not do: bring back what the backup does not have.
 */
#ifndef CLI_AUTHORITY_RESTORE_H
#define CLI_AUTHORITY_RESTORE_H

#include "ca/merkle.h"
#include "cli/archive.h"
#include "cli/authority.h"

struct restore_order {
	const char *home;
	int64_t wait_ms;
	const struct world *world; /* NULL: world_real() */
	bool force_time;
	archive_read_fn *read;
	/* What whoever restores must know; one line. */
	void (*note)(void *ctx, const char *line);
	/* Asked before the home is touched; may be NULL. */
	bool (*stop)(void *ctx);
	void *ctx;
	struct ca_bytes against; /* a checkpoint of this log, or {0} */
	bool accept_rollback;
	bool check; /* verify alone: the home stays as it is */
};
struct restore_done {
	int64_t time; /* of the backup */
	int64_t events, certificates;
	size_t files;
	bool rolled_back;    /* recorded */
	struct ca_buf aside; /* the home that was replaced, or empty */
};
/* CA_MALFORMED and CA_REFUSED as archive_next() and the manifest say,
 * CA_UNTRUSTED when its ledger does not hold, CA_REFUSED for a rollback that
 * is not accepted. Nothing is changed then. */
CA_MUST_USE enum ca_status authority_restore(const struct restore_order *order,
    struct restore_done *ret, struct ca_error *err);

#endif
