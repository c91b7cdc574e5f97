/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kdf: from a passphrase to a key, slowly: scrypt (RFC 7914) or PBKDF2 (RFC
 * 8018), and what --kdf says about their cost.
 *
 * What this does not do: choose salts, or look at how good a passphrase is.
 */
#ifndef CA_KDF_H
#define CA_KDF_H

#include "ca/base.h"
#include "ca/crypto.h"
#include "ca/spki.h"

/* A file that would take longer to try is refused: 10 to 30 seconds. */
#define CA_KDF_ITERATIONS_MAX UINT32_C(10000000)
#define CA_KDF_WORK_MAX (UINT64_C(1) << 23) /* scrypt: N * r * p */
#define CA_KDF_SALT_MAX ((size_t)128)
/* What is asked for when a file is written is at least this. */
#define CA_KDF_ITERATIONS_MIN UINT32_C(100000)
#define CA_KDF_N_MIN (UINT32_C(1) << 14)
#define CA_KDF_N_MAX (UINT32_C(1) << 19) /* with r 8: 512 MiB */

enum ca_kdf_kind {
	CA_KDF_SCRYPT = 0,
	CA_KDF_PBKDF2
};
struct ca_kdf {
	enum ca_kdf_kind kind;
	uint32_t n, r, p;    /* scrypt */
	uint32_t iterations; /* pbkdf2 */
	enum ca_hash prf;    /* pbkdf2: SHA-256 or SHA-512; read also others */
};

/* scrypt N=2^14 r=8 p=5. openssl refuses more than 32 MiB of memory. */
extern const struct ca_kdf ca_kdf_default;
/*
 * "scrypt", "scrypt:16384:8:5", "pbkdf2" (600000, SHA-256),
 * "pbkdf2:1000000:sha512". CA_USAGE for anything else, below the least cost,
 * and for what could not be read back.
 */
CA_MUST_USE enum ca_status ca_kdf_parse(
    const char *text, struct ca_kdf *ret, struct ca_error *err);
/* Writes len octets; the caller wipes them. CA_REFUSED beyond the bounds and
 * from 1 GiB of scrypt memory on. */
CA_MUST_USE enum ca_status ca_kdf_derive(const struct ca_kdf *kdf,
    struct ca_bytes pass, struct ca_bytes salt, uint8_t *ret, size_t len,
    struct ca_error *err);

#endif
