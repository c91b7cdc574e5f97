/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pkcs12: a key, its certificate and chain in one file for browsers (PKCS
 * #12, RFC 7292), as openssl 3, NSS and Chromium import it: PBES2 with
 * AES-256-CBC and PBKDF2-HMAC-SHA-256 for both bags, SHA-256 MAC.
 *
 * What this does not do: read such files, or write 3DES and RC2 for devices
 * that know nothing newer.
 */
#ifndef CA_PKCS12_H
#define CA_PKCS12_H

#include "ca/base.h"
#include "ca/key.h"

#define CA_PKCS12_MAX_CHAIN 8
#define CA_PKCS12_MAX_NAME ((size_t)256) /* octets */

struct ca_pkcs12 {
	const struct ca_key *key;
	struct ca_bytes cert;                       /* DER */
	struct ca_bytes chain[CA_PKCS12_MAX_CHAIN]; /* DER, issuer first */
	size_t chain_len;
	struct ca_bytes friendly_name; /* UTF-8, CA_PKCS12_MAX_NAME, or {0} */
	uint32_t iterations;           /* 0: 100000 */
};

/*
 * pass is UTF-8, at most 1024 octets; it may be empty. The key must be the
 * certificate's: CA_REFUSED otherwise. CA_MALFORMED for what is not a
 * certificate, CA_USAGE for text that is too long or not UTF-8. Appends the
 * PFX to ret.
 */
CA_MUST_USE enum ca_status ca_pkcs12_build(const struct ca_pkcs12 *in,
    struct ca_bytes pass, struct ca_rng *rng, struct ca_buf *ret,
    struct ca_error *err);
/* What ca_pkcs12_build() would refuse of the texts and the chain, asked before
 * there is a certificate: key and cert may be missing. */
CA_MUST_USE enum ca_status ca_pkcs12_check(
    const struct ca_pkcs12 *in, struct ca_bytes pass, struct ca_error *err);

#endif
