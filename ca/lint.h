/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lint: is this a certificate RFC 5280 would recognise, and the one that was
 * decided on? Run on the TBS before the key is used, and by audit on what was
 * issued.
 *
 * What this does not do: path validation, or the taste of a root programme.
 */
#ifndef CA_LINT_H
#define CA_LINT_H

#include "ca/base.h"
#include "ca/cert.h"
#include "ca/issuer.h"

/*
 * cert was parsed from the TBS. issuer is the issuer's certificate, NULL for
 * a self-signed one. CA_INTERNAL (a fault of ours, not of the input) with
 * RFC section and field: serial 16 to 20 octets and positive; issuer name
 * bytes; validity order and inside the issuer's; no empty subject on an
 * authority; SAN critical exactly when the subject is empty; each extension
 * once, critical or not as 4.2 says; AKI equal to the issuer's SKI; SKI is
 * the key's hash; CA and keyCertSign together, pathLen only with both; key
 * usage fits the key; leaf without keyCertSign and cRLSign; every name well
 * formed and allowed by the issuer's own constraints; no unknown critical
 * extension; re-encoding the parsed fields gives the same bytes.
 */
CA_MUST_USE enum ca_status ca_lint_cert(const struct ca_cert *cert,
    const struct ca_cert *issuer, struct ca_error *err);

/*
 * The encoding by itself: each extension that Signet writes, and then the
 * whole TBSCertificate, read and written again, is byte for byte what it was
 * (checklist 68). A part of ca_lint_cert(). CA_INTERNAL.
 */
CA_MUST_USE enum ca_status ca_lint_encoding(
    const struct ca_cert *cert, struct ca_error *err);
/*
 * Those of the bits that a certificate with this key may not have: RSA no
 * keyAgreement, EC no encipherment, EdDSA neither (RFC 3279 2.3.1, 4055 1.2,
 * 5480 3, 8410 5). 0 when they all fit.
 */
uint16_t ca_key_usage_unfit(const struct ca_spki *spki, uint16_t bits);

#endif
