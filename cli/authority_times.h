/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_times: how long an authority's CRLs are good, and when the next
 * is due.
 *
 * What this does not do: appear outside the authority*.c files.
 */
#ifndef CLI_AUTHORITY_TIMES_H
#define CLI_AUTHORITY_TIMES_H

#include "cli/authority_internal.h"

/* Seconds. */
struct crl_times {
	int64_t full, delta;
	bool has_overlap; /* the policy says one */
	int64_t overlap;
};
/* The policy that the authority was issued under, in the form the operator has
 * it in now. */
CA_MUST_USE enum ca_status authority_own_policy(struct authority *a,
    const struct signer *signer, struct ca_policy **ret, struct ca_error *err);
/* As the policy says that the authority was issued under, in the form the
 * operator has it in now. */
CA_MUST_USE enum ca_status crl_times(struct authority *a,
    const struct signer *signer, struct crl_times *ret, struct ca_error *err);

#endif
