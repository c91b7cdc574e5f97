/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_lock: the queue of those who want to write, an flock() on path.lock
 * beside the database. The kernel lets go of it when its holder dies.
 *
 * It does not protect the file from a program that does not ask for it:
 * BEGIN IMMEDIATE does.
 */
#ifndef DB_LEDGER_LOCK_H
#define DB_LEDGER_LOCK_H

#include "db/ledger_internal.h"

/* Waits up to ledger->wait_ms; *ret_left_ms is what is left of it. CA_BUSY.
 * Its holder may lock again; each lock needs its unlock. */
CA_MUST_USE enum ca_status ledger_lock(
    struct ledger *ledger, int64_t *ret_left_ms, struct ca_error *err);
void ledger_unlock(struct ledger *ledger);

#endif
