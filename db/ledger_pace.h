/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_pace: how much memory a handle takes, and when what its commits have
 * left in the log comes into the file.
 *
 * What this does not do: change what is committed, or when it is durable.
 */
#ifndef DB_LEDGER_PACE_H
#define DB_LEDGER_PACE_H

#include "db/ledger.h"

/*
 * Brings all that was committed into the file itself, synced, and leaves the
 * log empty: a copy of the file alone is whole then. What cannot be brought
 * there, as others are reading or writing or the disk is full, stays in the
 * log, which is no failure. Not within a transaction.
 */
void ledger_checkpoint(struct ledger *ledger);
/*
 * From now on no more than a megabyte of the file is kept in memory, or, when
 * false was said as often as true, again eight: a walk along a whole table, a
 * row of many megabytes and a process that idles gain nothing from it.
 */
void ledger_keep_little(struct ledger *ledger, bool little);
/*
 * Many commits of many rows follow, until it is said that no more do: the log
 * may grow to eight megabytes before it is brought in, as rows with random keys
 * write the same pages again and again, and 32 megabytes of the file are kept
 * in memory. Not within a transaction.
 */
void ledger_write_many(struct ledger *ledger, bool many);

#endif
