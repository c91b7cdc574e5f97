/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crl_name: what a published CRL is called, in its file and its URL: the
 * complete one "issuing", partition 3 "issuing.3", a partition that took over
 * its shard "issuing.3-2", and their deltas "issuing.delta",
 * "issuing.3.delta".
 *
 * What this does not do: say which of them exist.
 */
#ifndef CLI_CRL_NAME_H
#define CLI_CRL_NAME_H

#include "ca/base.h"

#define CRL_NAME 128 /* octets, a NUL included */

/* shard 0: the complete CRL; earlier as in struct ledger_point. */
void crl_name(char ret[CRL_NAME], const char *authority, int64_t shard,
    int64_t earlier, bool delta);

#endif
