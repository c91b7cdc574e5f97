/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_proof: a CRL that was just signed is read back and verified with
 * its issuer's certificate (checklist 95), beside what its maker does
 * meanwhile: of a large list that takes a third of the time.
 *
 * What this does not do: write anything that is shared, or appear outside the
 * authority*.c files.
 */
#ifndef CLI_AUTHORITY_PROOF_H
#define CLI_AUTHORITY_PROOF_H

#include <pthread.h>

#include "ca/cert.h"

struct proof {
	struct ca_bytes der;
	const struct ca_cert *issuer;
	uint64_t number;
	pthread_t thread;
	bool runs;
	enum ca_status st;
	struct ca_error err;
};

/*
 * What is given stays as it is until proof_end(), which each proof_begin() is
 * followed by. A short list is proved at once, and so is every one where there
 * may be no further thread, as in the signer of `serve`.
 */
void proof_begin(struct proof *proof, struct ca_bytes der,
    const struct ca_cert *issuer, uint64_t number);
CA_MUST_USE enum ca_status proof_end(struct proof *proof, struct ca_error *err);

#endif
