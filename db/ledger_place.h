/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_place: whether the ledger that is open is still the one at its path,
 * for whoever has it open for long: not renamed away, removed, or copied over,
 * and its log and index neither.
 *
 * It does not look for changes of single rows: `signet audit` does.
 */
#ifndef DB_LEDGER_PLACE_H
#define DB_LEDGER_PLACE_H

#include "db/ledger_internal.h"

/*
 * CA_IO: it is another's. Looked at a hundred times a second at most, which is
 * when a file of another number is noticed, or one that is missing. A copy
 * onto the same file is noticed by the events in it, which do not go on from
 * those that were there; that takes a second or two.
 */
CA_MUST_USE enum ca_status ledger_check_place(
    struct ledger *ledger, struct ca_error *err);

#endif
