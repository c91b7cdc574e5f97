/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crl: certificate revocation lists (RFC 5280 5), parsed strictly.
 *
 * What this does not do: indirect CRLs (an entry with certificateIssuer is
 * refused), and decide whether a CRL is the right one for a certificate.
 */
#ifndef CA_CRL_H
#define CA_CRL_H

#include "ca/base.h"
#include "ca/ext.h"
#include "ca/spki.h"
#include "ca/tbs_crl.h"

struct ca_crl {
	struct ca_bytes der;
	struct ca_bytes tbs;
	struct ca_sig_alg alg;
	struct ca_bytes issuer; /* whole Name element */
	int64_t this_update, next_update;
	struct ca_bytes entries; /* inside revokedCertificates; may be {0} */
	size_t entry_count;
	struct ca_exts exts;
	bool has_number;
	/* UINT64_MAX above 2^63-1: only another's can be so large. */
	uint64_t number;
	struct ca_bytes authority_key_id;
	struct ca_bytes signature;
};

/*
 * Version 2, nextUpdate present and not before thisUpdate,
 * revokedCertificates absent rather than empty, every entry well formed with
 * known critical extensions and a serial that is not negative, none twice,
 * removeFromCRL in a delta CRL alone; scope and base critical, the base not
 * above the number; inner and outer algorithm equal. CA_MALFORMED; CA_REFUSED
 * for an indirect CRL and for algorithms we do not read. CA_MEMORY where the
 * serials do not rise and 16 octets for each, while it runs, are too many.
 *
 * A delta CRL and one of a limited scope are parsed: whoever asks for the
 * state of any certificate looks at exts for deltaCRLIndicator and
 * issuingDistributionPoint first.
 */
CA_MUST_USE enum ca_status ca_crl_parse(
    struct ca_bytes der, struct ca_crl *ret, struct ca_error *err);
/* Takes the next entry off a copy of a parsed crl->entries; false at the
 * end. reason is unspecified and invalid_since INT64_MIN when not said. */
bool ca_crl_next(struct ca_bytes *entries, struct ca_crl_entry *ret);
CA_MUST_USE enum ca_status ca_crl_verify(const struct ca_crl *crl,
    const struct ca_spki *issuer, struct ca_error *err);
/*
 * May what it says be believed now (checklist 95, 96, 98)? It is from this
 * issuer (name, as RFC 5280 7.1 compares it; key identifier), whose certificate
 * is an authority's with cRLSign, the signature holds, thisUpdate is not in the
 * future and nextUpdate not past. CA_UNTRUSTED with what is not so. Whether the
 * issuer's certificate itself is to be believed is not asked.
 */
CA_MUST_USE enum ca_status ca_crl_holds(const struct ca_crl *crl,
    const struct ca_cert *issuer, int64_t now, struct ca_error *err);
/* The entry of this serial (compared by length and bytes), searched from the
 * front: for one look-up, not for many. */
bool ca_crl_find(
    const struct ca_crl *crl, struct ca_bytes serial, struct ca_crl_entry *ret);

#endif
