/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keyfile: private keys as files: PKCS #8 PEM, 0600 from the first instant.
 *
 * What this does not do: tokens; know which authority a key belongs to.
 */
#ifndef CLI_KEYFILE_H
#define CLI_KEYFILE_H

#include "ca/key.h"
#include "cli/pass.h"

/*
 * Writes a new key file, never over an existing one. Encrypted with what
 * pass_for_new() says of what (NULL: the file's name); kdf NULL is the default.
 * ret_hash (may be NULL) is the SHA-256 of the file.
 */
CA_MUST_USE enum ca_status keyfile_write(const char *path, const char *what,
    const struct ca_key *key, const struct pass *pass, const struct ca_kdf *kdf,
    struct ca_rng *rng, uint8_t ret_hash[32], struct ca_error *err);
/*
 * Reads one, asking for the passphrase only when it is encrypted. known_hash
 * (may be NULL) is the SHA-256 the file had when it was written: with it, a
 * failure says whether the passphrase is wrong (the file is intact) or the
 * file was damaged. CA_UNTRUSTED for a wrong passphrase. rng: as
 * ca_key_from_pkcs8().
 */
CA_MUST_USE enum ca_status keyfile_read(const char *path,
    const struct pass *pass, const uint8_t *known_hash, struct ca_rng *rng,
    struct ca_key **ret, struct ca_error *err);

#endif
