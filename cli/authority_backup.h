/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_backup: a whole home as one file (cli/archive), made while others
 * issue, revoke and publish:
 *
 *   crl/NAME.crl     the published CRLs
 *   ledger.db        the ledger, of one committed state
 *   keys/NAME.key    as they are: an encrypted one stays encrypted
 *   policies/NAME    the policies
 *   log/log.key      the log's key
 *   log/checkpoint   its newest checkpoint
 *   MANIFEST         what it holds (cli/backup_manifest)
 *
 * Ledger, keys and policies are of one moment; the CRLs are not newer.
 *
 * What this does not do: take issued/ along, whose keys are their owners'.
 */
#ifndef CLI_AUTHORITY_BACKUP_H
#define CLI_AUTHORITY_BACKUP_H

#include "ca/merkle.h"
#include "cli/archive.h"
#include "cli/authority.h"

struct backup_order {
	const char *scratch; /* a folder with room for a copy of the ledger,
			      * which has no name there */
	archive_write_fn *write;
	/* What whoever keeps the backup must know; one line. */
	void (*note)(void *ctx, const char *line);
	void *ctx;
};
struct backup_done {
	int64_t events, certificates;
	size_t files;
};
CA_MUST_USE enum ca_status authority_backup(struct authority *a,
    const struct backup_order *order, struct backup_done *ret,
    struct ca_error *err);

/* The root of the log's first size entries. */
CA_MUST_USE enum ca_status backup_head(struct ledger *ledger, int64_t size,
    struct ca_merkle_head *ret, struct ca_error *err);

#endif
