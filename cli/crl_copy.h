/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crl_copy: the home's copies of the CRLs in force, crl/NAME.crl, for those
 * who read files. The ledger has them all; a copy that is missing or another
 * one is written anew.
 *
 * What this does not do: sign one.
 */
#ifndef CLI_CRL_COPY_H
#define CLI_CRL_COPY_H

#include "cli/authority.h"

#define CRL_COPIES_MAX 256 /* authorities */

/* Writes one, atomically. What was written is sure to be there after a power
 * cut only after crl_copy_sync(), once for all of them. */
CA_MUST_USE enum ca_status crl_copy_write(struct authority *a, const char *name,
    struct ca_bytes der, struct ca_error *err);
CA_MUST_USE enum ca_status crl_copy_sync(
    struct authority *a, struct ca_error *err);
/* Those of the newest number of the signer's complete, or delta, CRLs which
 * the folder has not. CA_NOT_FOUND when there is no CRL. */
CA_MUST_USE enum ca_status crl_copy_missing(struct authority *a,
    const struct signer *signer, bool delta, struct ca_error *err);

/* What was copied already. {0}: nothing. */
struct crl_copies {
	struct {
		int64_t id, full, delta; /* authority, numbers */
	} done[CRL_COPIES_MAX];
	size_t count;
};
/*
 * The same for every authority, where there is a newer number than before.
 * fault is called with a line for each that cannot be written; it is tried
 * again at the next call.
 */
void crl_copy_tend(struct crl_copies *copies, struct authority *a,
    void (*fault)(void *ctx, const char *line), void *ctx);

#endif
