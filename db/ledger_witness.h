/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_witness: what handles of one ledger, in several threads, have read
 * of it: its newest event. Where that is not there any more, the ledger was
 * replaced, and each of them says so, if it has read that event or not.
 *
 * It does not do anything by itself: see ledger_data_version().
 */
#ifndef DB_LEDGER_WITNESS_H
#define DB_LEDGER_WITNESS_H

struct ledger_witness; /* for struct ledger_options */

/* NULL when memory is short. */
struct ledger_witness *ledger_witness_new(void);
/* When the last handle is closed. NULL is fine. */
void ledger_witness_free(struct ledger_witness *witness);

#endif
