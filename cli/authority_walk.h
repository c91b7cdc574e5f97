/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_walk: every revocation of an issuer, put from the ledger into a
 * list. Of very many the upper half is drawn by a thread of its own, which
 * halves the time.
 *
 * What this does not do: write anything to the ledger, or appear outside the
 * authority*.c files.
 */
#ifndef CLI_AUTHORITY_WALK_H
#define CLI_AUTHORITY_WALK_H

#include "ca/tbs_crl.h"
#include "db/ledger.h"

/* Of fewer a second handle of the ledger takes longer than it saves. */
#define AUTHORITY_WALK_MANY 50000

/*
 * Within a transaction that has not changed a revocation. cutoff: as
 * ledger_each_listed(). One thread draws them all where there are fewer than
 * many, and where there may be no second thread or handle of the ledger.
 */
CA_MUST_USE enum ca_status authority_walk(struct ledger *ledger, int64_t issuer,
    int64_t cutoff, int64_t many, struct ca_crl_writer *writer,
    struct ca_error *err);

#endif
