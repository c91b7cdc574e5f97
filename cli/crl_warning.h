/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crl_warning: what may surprise the operator of a CRL that was published.
 *
 * It does not keep one from being published.
 */
#ifndef CLI_CRL_WARNING_H
#define CLI_CRL_WARNING_H

#include "cli/authority.h"
#include "cli/term.h"

/* thisUpdate of the newest; LEDGER_NO_TIME when there is none. */
int64_t crl_newest_update(struct authority *a, const struct signer *signer);
/* Its thisUpdate is before that of the one before it, which was this. */
void crl_warn_of_date(const struct term *term, struct authority *a,
    const struct signer *signer, int64_t before);
/* It is a delta CRL, and no certificate says where there are such. */
void crl_warn_of_unread(
    const struct term *term, struct authority *a, const struct signer *signer);

#endif
