/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_key: another passphrase for a key file, and the ledger's record of
 * a file that another program has changed.
 *
 * What this does not do: change a key, or the certificate it belongs to.
 */
#ifndef CLI_AUTHORITY_KEY_H
#define CLI_AUTHORITY_KEY_H

#include "ca/key.h"
#include "cli/authority.h"

struct key_change {
	const char *path;
	const char *ref; /* as the ledger calls it; NULL: it does not */
	const struct ca_kdf *kdf;
	/* Something new was asked for, so that a file which is not as it was
	 * written is not only recorded. */
	bool asked;
};

/*
 * Opens the file and, unless the ledger has recorded another file of this
 * reference and nothing was asked, encrypts it anew: as pass_for_new() says of
 * pass, in one rename, 0600. Its hash is recorded in the transaction around
 * that. Killed in between, the file is whole, and recorded when this is called
 * again. CA_REFUSED when the file holds another key than the ledger's, or was
 * changed meanwhile. a may be NULL when ref is. *ret_recorded_only: the file
 * was left as it is.
 */
CA_MUST_USE enum ca_status authority_key_change(struct authority *a,
    const struct key_change *change, const struct pass *pass,
    bool *ret_recorded_only, struct ca_error *err);

#endif
