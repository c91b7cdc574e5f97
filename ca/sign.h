/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sign: the only function that signs what an authority says.
 *
 * What this does not do: look at what it signs. ca/lint comes before it.
 */
#ifndef CA_SIGN_H
#define CA_SIGN_H

#include "ca/base.h"
#include "ca/key.h"

/*
 * SEQUENCE { tbs, algorithm, signature }: certificates, CRLs, requests, OCSP
 * responses. Both are read from it again, and verified with the key's public
 * half, before it is returned (checklist 66): CA_INTERNAL when that does not
 * hold.
 * key and rng may not be shared between threads.
 */
CA_MUST_USE enum ca_status ca_sign(struct ca_bytes tbs, struct ca_key *key,
    const struct ca_sig_alg *alg, struct ca_rng *rng, struct ca_buf *ret,
    struct ca_error *err);
/*
 * The bare signature of a note's text (ca/note) with an Ed25519 key. CA_REFUSED
 * for a text that begins as DER's SEQUENCE does: no note is a certificate's
 * TBS.
 */
CA_MUST_USE enum ca_status ca_sign_note(struct ca_bytes text,
    struct ca_key *key, struct ca_rng *rng, struct ca_buf *ret,
    struct ca_error *err);
/*
 * The same as ca_sign() of a large list, a TBSCertList, in whose place the
 * CertificateList comes: it is neither held twice nor read twice here. What the
 * signature is checked against is the hash that was signed; that this is the
 * list's, the caller sees by verifying what came out. When it fails list is as
 * it was, or empty.
 */
CA_MUST_USE enum ca_status ca_sign_list(struct ca_buf *list, struct ca_key *key,
    const struct ca_sig_alg *alg, struct ca_rng *rng, struct ca_error *err);

#endif
