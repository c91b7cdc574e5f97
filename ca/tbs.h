/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tbs: the bytes of a certificate that are to be signed. Pure: the same
 * arguments give the same bytes.
 *
 * Issuer names, keys and identifiers are copied as bytes. The order of the
 * extensions is fixed: authorityKeyIdentifier, subjectKeyIdentifier,
 * basicConstraints, keyUsage, extKeyUsage, subjectAltName, nameConstraints,
 * certificatePolicies, cRLDistributionPoints, freshestCRL,
 * authorityInfoAccess, ocspNoCheck.
 *
 * What this does not do: check (ca/issuer, ca/lint), sign (ca/sign), or write
 * CRLs (ca/tbs_crl).
 */
#ifndef CA_TBS_H
#define CA_TBS_H

#include "ca/base.h"
#include "ca/issuer.h"
#include "ca/policy.h"

/* SHA-1 of the subjectPublicKey BIT STRING's octets, RFC 5280 4.2.1.2 (1). */
#define CA_KEY_ID_LEN 20
CA_MUST_USE enum ca_status ca_key_id(const struct ca_spki *spki,
    uint8_t ret[CA_KEY_ID_LEN], struct ca_error *err);

/*
 * A TBSCertificate element. alg is what the issuer's key will sign with. For
 * a root (issuer->chain_len 0) issuer and subject are the grant's subject and
 * the authority key identifier its own.
 */
CA_MUST_USE enum ca_status ca_tbs_cert(const struct ca_grant *grant,
    const struct ca_issuer *issuer, const struct ca_sig_alg *alg,
    const struct ca_order *order, struct ca_buf *ret, struct ca_error *err);

#endif
