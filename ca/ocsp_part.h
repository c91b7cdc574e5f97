/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ocsp_part: what the files behind ca/ocsp.h share: the pieces that stand in
 * requests and responses alike. Everybody else includes ca/ocsp.h.
 *
 * What this does not do: read or write a whole message.
 */
#ifndef CA_OCSP_PART_H
#define CA_OCSP_PART_H

#include "ca/der.h"
#include "ca/ocsp.h"

/* CA_REFUSED above CA_OCSP_MAX octets. */
CA_MUST_USE enum ca_status ca_ocsp_check_size(
    struct ca_bytes der, struct ca_error *err);
/* version [0] EXPLICIT Version DEFAULT v1: nothing, since there is no other;
 * CA_MALFORMED when it is there. */
CA_MUST_USE enum ca_status ca_ocsp_version_get(
    struct ca_bytes *in, struct ca_error *err);
/* Takes a CertID. */
CA_MUST_USE enum ca_status ca_ocsp_id_get(
    struct ca_bytes *in, struct ca_ocsp_id *ret, struct ca_error *err);
/* Writes one for a certificate of this issuer; hash is SHA1 or SHA256. */
void ca_ocsp_id_put(struct der_out *out, const struct ca_ocsp_issuer *issuer,
    enum ca_hash hash, struct ca_bytes serial);
/*
 * [n] EXPLICIT Extensions OPTIONAL, ret->count 0 when absent. Each that is
 * known has been through ca_ext_check(). A critical one that is not among
 * the understood ends with the status unknown_is.
 */
CA_MUST_USE enum ca_status ca_ocsp_exts_get(struct ca_bytes *in, unsigned n,
    const enum ca_oid *understood, size_t count, enum ca_status unknown_is,
    struct ca_exts *ret, struct ca_error *err);
/* The nonce among them, {0} when absent; CA_MALFORMED when it has not 1 to
 * CA_OCSP_MAX_NONCE octets. */
CA_MUST_USE enum ca_status ca_ocsp_nonce_get(
    const struct ca_exts *exts, struct ca_bytes *ret, struct ca_error *err);
void ca_ocsp_nonce_put(struct der_out *out, struct ca_bytes nonce);
/* certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL, its content; each is
 * a SEQUENCE of well-formed DER. */
CA_MUST_USE enum ca_status ca_ocsp_certs_get(
    struct ca_bytes *in, struct ca_bytes *ret, struct ca_error *err);

#endif
