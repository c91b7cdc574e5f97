/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pubkey: the public key in any file that has one: a certificate, a request, a
 * public key, a private key.
 *
 * What this does not do: verify who made the file, or ask that a private key
 * be readable by its owner alone: a key may have been found in the open.
 */
#ifndef CLI_PUBKEY_H
#define CLI_PUBKEY_H

#include "ca/base.h"
#include "cli/pass.h"

/*
 * Appends the SubjectPublicKeyInfo's DER. PEM or DER; of a file with several
 * PEM blocks the first counts. The passphrase is asked for where a private
 * key is encrypted. Errors name the path.
 */
CA_MUST_USE enum ca_status pubkey_read(const char *path,
    const struct pass *pass, struct ca_buf *ret_spki, struct ca_error *err);

#endif
