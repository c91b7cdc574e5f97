/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_connect: SQLite's connection to a file, set up so that a file made
 * by somebody else can do the least harm and a commit is on the disk.
 *
 * It does not look at what is in the file.
 */
#ifndef DB_LEDGER_CONNECT_H
#define DB_LEDGER_CONNECT_H

#include "db/ledger_internal.h"

/* path is ledger->path, or the file that will become it. */
CA_MUST_USE enum ca_status ledger_connect(
    struct ledger *ledger, const char *path, struct ca_error *err);
/* How long SQLite waits for others, in milliseconds. */
int ledger_patience(const struct ledger *ledger);
void ledger_disconnect(struct ledger *ledger);
/* Write-ahead logging, synced at each commit; ensure_ leaves a file alone that
 * has it, and any that is read alone. */
CA_MUST_USE enum ca_status ledger_set_wal(
    struct ledger *ledger, struct ca_error *err);
CA_MUST_USE enum ca_status ledger_ensure_wal(
    struct ledger *ledger, struct ca_error *err);
/* The log stays when the last connection goes. */
CA_MUST_USE enum ca_status ledger_keep_log(
    struct ledger *ledger, struct ca_error *err);

/* The name of the file is on the disk. Some file systems cannot do it and say
 * so (EINVAL): that is no error, nor is a folder that may not be read. */
CA_MUST_USE enum ca_status ledger_sync_folder(
    const char *path, struct ca_error *err);

#endif
