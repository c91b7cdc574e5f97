/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_tail: the newest event that was read from a ledger, by any of the
 * handles that share it. Events are added and never changed: a ledger in which
 * that one is missing is not the one that it was read from.
 *
 * It does not say when to look: db/ledger_place.h does.
 */
#ifndef DB_LEDGER_TAIL_H
#define DB_LEDGER_TAIL_H

#include "db/ledger_internal.h"
#include "db/ledger_witness.h"

struct ledger_witness {
	pthread_mutex_t lock;
	struct ledger_tail tail;
};

enum witness_verdict {
	WITNESS_EXTENDS, /* what was seen before is in it */
	WITNESS_DIFFERS,
	WITNESS_UNSURE /* it cannot be read, for the moment */
};

/* Of the newest event there, which is *ret, and one that was seen; its
 * sequence is 0: none was. */
enum witness_verdict witness_compare(
    sqlite3 *db, const struct ledger_tail *seen, struct ledger_tail *ret);
/* The same, of one committed state: it is not being written to. */
enum witness_verdict witness_judge(
    sqlite3 *db, const struct ledger_tail *seen, struct ledger_tail *ret);

void ledger_witness_get(
    struct ledger_witness *witness, struct ledger_tail *ret);
/* The handle's newest event is a witness from now on. Not of a transaction
 * that writes. */
void ledger_witness_look(struct ledger *ledger);

#endif
