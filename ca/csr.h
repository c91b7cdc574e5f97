/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * csr: certification requests (PKCS #10, RFC 2986), read and written.
 *
 * Reading is strict DER; what is found are views into the caller's bytes,
 * which must stay unchanged as long as the struct is used. Nothing of a
 * request but its key and the names it wishes for ever reaches a certificate;
 * the rest is there to be shown and refused.
 *
 * What this does not do: decide. Policy, weak keys and names are judged
 * elsewhere; a challengePassword is noticed, and masked before it is kept.
 */
#ifndef CA_CSR_H
#define CA_CSR_H

#include "ca/base.h"
#include "ca/ext.h"
#include "ca/key.h"
#include "ca/san.h"
#include "ca/spki.h"

#define CA_CSR_MAX ((size_t)64 * 1024) /* octets of one request */
#define CA_CSR_MAX_ATTRIBUTES 16

struct ca_csr {
	struct ca_bytes der;     /* the whole request */
	struct ca_bytes info;    /* CertificationRequestInfo: what is signed */
	struct ca_bytes subject; /* whole Name element, checked */
	struct ca_spki spki;
	struct ca_sig_alg alg;
	struct ca_bytes signature;
	struct ca_exts exts; /* requested extensions; count 0 when none */
	struct ca_san sans[CA_SAN_MAX]; /* from the requested SAN */
	size_t san_count;
	bool has_challenge;    /* a challengePassword was there (ignored) */
	bool has_unstructured; /* unstructuredName was there (ignored) */
	struct ca_bytes challenge, unstructured; /* their content octets */
};

/*
 * Parses one DER request. CA_MALFORMED: not DER, version not 0, trailing
 * bytes, attributes [0] absent or not in DER's order, a duplicate extension
 * or attribute, an attribute without or with several values, a
 * challengePassword that is no string, a requested extension whose value is
 * none (ca_ext_check); CA_REFUSED: larger than CA_CSR_MAX, more than CA_SAN_MAX
 * names, a key or signature algorithm we do not take (SHA-1, MD5, DSA).
 */
CA_MUST_USE enum ca_status ca_csr_parse(
    struct ca_bytes der, struct ca_csr *ret, struct ca_error *err);
/* Proof of possession: the self-signature holds (else CA_UNTRUSTED), by an
 * algorithm that fits the key (else CA_REFUSED). */
CA_MUST_USE enum ca_status ca_csr_verify(
    const struct ca_csr *csr, struct ca_error *err);
/* The same as ca_crypto_verify_many(). */
CA_MUST_USE enum ca_status ca_csr_verify_many(
    const struct ca_csr *csr, struct ca_error *err);
/*
 * Overwrites the values of challengePassword and unstructuredName with '*',
 * octet by octet: what is kept of a request (checklist 27). der owns the bytes
 * that csr was parsed from. The signature covered the values: where there was
 * one, it does not hold any longer.
 */
void ca_csr_mask(const struct ca_csr *csr, struct ca_buf *der);
/* Such values are there, and '*' is all that is in them: a signature that does
 * not hold may have held before. */
bool ca_csr_is_masked(const struct ca_csr *csr);
/*
 * Builds and signs a request: subject is a whole Name element (an empty
 * SEQUENCE is allowed), sans become a requested subjectAltName when there
 * are any. The result is parsed and verified again before it is returned.
 */
CA_MUST_USE enum ca_status ca_csr_build(struct ca_key *key,
    struct ca_bytes subject, const struct ca_san *sans, size_t san_count,
    struct ca_rng *rng, struct ca_buf *ret, struct ca_error *err);

#endif
