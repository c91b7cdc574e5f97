/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pbes2: encryption with a passphrase (RFC 8018 6.2), as key files and PKCS
 * #12 files use it: scrypt (RFC 7914) or PBKDF2, then AES-CBC.
 *
 * Written: AES-256, a salt of 16 octets. Read: AES-128, 192 and 256.
 *
 * What this does not do: authenticate. A wrong passphrase shows only in the
 * padding and in what comes out, and looks like a damaged file; whoever knows
 * the file's hash (the ledger) can tell the two apart. No PBES1, 3DES or RC2.
 */
#ifndef CA_PBES2_H
#define CA_PBES2_H

#include "ca/base.h"
#include "ca/crypto.h"
#include "ca/kdf.h"

#define CA_PBES2_PLAIN_MAX ((size_t)1 << 20)

/*
 * Encrypts plain with a new salt and IV. The AlgorithmIdentifier is appended
 * to ret_alg, the ciphertext to ret_cipher.
 */
CA_MUST_USE enum ca_status ca_pbes2_seal(struct ca_bytes plain,
    struct ca_bytes pass, const struct ca_kdf *kdf, struct ca_rng *rng,
    struct ca_buf *ret_alg, struct ca_buf *ret_cipher, struct ca_error *err);
/* Encrypts plain (a PrivateKeyInfo) into an EncryptedPrivateKeyInfo (RFC 5958
 * 3), appended to ret. */
CA_MUST_USE enum ca_status ca_pbes2_encrypt(struct ca_bytes plain,
    struct ca_bytes pass, const struct ca_kdf *kdf, struct ca_rng *rng,
    struct ca_buf *ret, struct ca_error *err);
/* Says how an EncryptedPrivateKeyInfo is protected, without a passphrase. */
CA_MUST_USE enum ca_status ca_pbes2_inspect(
    struct ca_bytes der, struct ca_kdf *ret, struct ca_error *err);
/*
 * Decrypts an EncryptedPrivateKeyInfo: scrypt or PBKDF2 (SHA-1, SHA-256,
 * SHA-384, SHA-512) and AES-128/192/256-CBC, within the bounds of ca/kdf.
 * CA_MALFORMED for what is not one, CA_REFUSED for other schemes and beyond the
 * bounds, CA_UNTRUSTED when padding or content shows that passphrase or file is
 * wrong: the message says that it cannot tell which. The plain bytes are
 * appended to ret_plain; they are one well-formed SEQUENCE.
 */
CA_MUST_USE enum ca_status ca_pbes2_decrypt(struct ca_bytes der,
    struct ca_bytes pass, struct ca_buf *ret_plain, struct ca_error *err);

#endif
