/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * migrate: which version of the schema a file has, and the steps from there
 * to the newest.
 *
 * The two numbers in the database header decide alone: application_id, that
 * it is a ledger, and user_version, which. Each step is one transaction that
 * sets them too, so that a crash leaves the version before or the one after.
 *
 * What SQL alone cannot do is done in the same transaction: the hashes of a
 * tree that a step has made (ledger_log_fill()).
 *
 * It does not look into the tables (`doctor` and `audit` do) and knows no way
 * back.
 */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "db/ledger_internal.h"

/* The newest version this program knows. */
int migrate_newest(void);
/* user_version as it is in the file now. */
CA_MUST_USE enum ca_status migrate_read_version(
    struct ledger *ledger, int64_t *ret, struct ca_error *err);
/* CA_REFUSED when the file is not a ledger or of a newer version. */
CA_MUST_USE enum ca_status migrate_check(
    struct ledger *ledger, struct ca_error *err);
/* Runs what is missing, waiting for others; sets ledger->version. */
CA_MUST_USE enum ca_status migrate_up(
    struct ledger *ledger, struct ca_error *err);

#endif
