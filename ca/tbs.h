/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tbs: the bytes to be signed, of a certificate and of a CRL. Pure: the same
 * arguments give the same bytes.
 *
 * Issuer names, keys and identifiers are copied as bytes. The order of the
 * extensions is fixed: authorityKeyIdentifier, subjectKeyIdentifier,
 * basicConstraints, keyUsage, extKeyUsage, subjectAltName, nameConstraints,
 * certificatePolicies, cRLDistributionPoints, authorityInfoAccess,
 * ocspNoCheck.
 *
 * What this does not do: check (ca/issuer, ca/lint) or sign (ca/sign).
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

struct ca_crl_entry {
	struct ca_bytes serial; /* magnitude */
	int64_t revoked_at;
	enum ca_reason reason; /* unspecified is not written */
	int64_t invalid_since; /* INT64_MIN: not said */
};

/* The entries come one by one, in rising order of serial, from a source that
 * the caller owns: true and *ret filled, or false at the end. A source that
 * fails sets *status. */
struct ca_crl_source {
	bool (*next)(
	    void *ctx, struct ca_crl_entry *ret, enum ca_status *status);
	void *ctx;
};

struct ca_crl_order {
	uint64_t number;
	int64_t this_update, next_update;
};

/*
 * A TBSCertList element, version 2, with authorityKeyIdentifier and
 * cRLNumber; revokedCertificates is absent when there are none (RFC 5280
 * 5.1.2.6). A serial that does not rise is CA_INTERNAL (checklist 90).
 */
CA_MUST_USE enum ca_status ca_tbs_crl(const struct ca_cert *issuer,
    const struct ca_sig_alg *alg, const struct ca_crl_order *order,
    const struct ca_crl_source *source, struct ca_buf *ret,
    struct ca_error *err);

#endif
