/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_restore_parts: what the parts of a restore share.
 *
 * What this does not do: appear outside the authority_restore*.c files.
 */
#ifndef CLI_AUTHORITY_RESTORE_PARTS_H
#define CLI_AUTHORITY_RESTORE_PARTS_H

#include "cli/authority_internal.h"
#include "cli/authority_restore.h"
#include "cli/backup_manifest.h"

/* What a home would lose that the backup takes the place of. */
struct restore_loss {
	bool is_any;  /* something that is known to be lost */
	bool unknown; /* nobody can tell what came after the backup */
	bool has_head;
	struct ca_merkle_head head; /* of the log that is replaced */
};
struct restore {
	const struct restore_order *order;
	const char *home; /* no link */
	struct ca_buf staged;
	int lock;
	struct backup_manifest found; /* as it was unpacked */
	struct backup_manifest manifest;
	struct authority *fresh; /* the backup, unpacked */
	bool is_there;           /* a home, whatever its state */
	struct authority *old;   /* that home; nobody else writes to it */
	struct restore_loss loss;
};

/* Every member into the staged home, and what they are into found. */
CA_MUST_USE enum ca_status restore_unpack(
    struct restore *restore, struct ca_error *err);
/* What would be forgotten; refused unless that is accepted. */
CA_MUST_USE enum ca_status restore_judge(
    struct restore *restore, struct ca_error *err);
/* In the unpacked ledger: that it was put back, and that CRL numbers go on. */
CA_MUST_USE enum ca_status restore_record(
    struct restore *restore, struct ca_error *err);

#endif
