/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_settle: what becomes of the log when a commit leaves it long.
 *
 * It does not change what is committed: only where it lies.
 */
#ifndef DB_LEDGER_SETTLE_H
#define DB_LEDGER_SETTLE_H

#include "db/ledger_internal.h"

/* Looks at the log's length at the end of each commit, and checkpoints it
 * there unless it is very long. */
void ledger_watch_log(struct ledger *ledger);
/*
 * Behind a commit: a very long log is brought into the file and emptied, by
 * another connection beside what the caller does next; or at once, where there
 * may be no thread.
 */
void ledger_settle_begin(struct ledger *ledger);
/* Waits for it. true: there is a long log still, as others were reading. */
bool ledger_settle_end(struct ledger *ledger);

#endif
