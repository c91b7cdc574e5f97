/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cert: certificates (RFC 5280 4.1), parsed strictly into views.
 *
 * The views point into the caller's bytes. The same struct is filled from a
 * TBSCertificate that has no signature yet (der, alg and signature are then
 * {0}), so that lint and plan read what is to be signed with the very parser
 * that reads what was signed.
 *
 * What this does not do: trust. A parsed certificate may be forged, expired
 * or for someone else. Version 1 and 2 certificates are refused.
 */
#ifndef CA_CERT_H
#define CA_CERT_H

#include "ca/base.h"
#include "ca/ext.h"
#include "ca/san.h"
#include "ca/spki.h"

#define CA_CERT_MAX ((size_t)256 * 1024)

/*
 * The first thing that was read although ca_cert_parse() would have refused
 * it, and why; an empty reason: none. Only what is trusted by itself may have
 * one.
 */
struct ca_laxity {
	const char *field; /* "signatureAlgorithm", ... */
	char reason[200];
};

struct ca_cert {
	struct ca_bytes der; /* the whole certificate; {0} for a TBS */
	struct ca_bytes tbs; /* TBSCertificate element */
	/* Magnitude, no leading zero octets; zero is one 00 octet. The octets
	 * as they stand when it is negative: look at the flag first. */
	struct ca_bytes serial;
	bool serial_is_proper; /* positive, at most 20 octets in DER */
	struct ca_sig_alg inner_alg;
	struct ca_sig_alg alg;
	struct ca_bytes issuer; /* whole Name element */
	int64_t not_before, not_after;
	struct ca_bytes subject; /* whole Name element */
	struct ca_spki spki;
	struct ca_bytes signature;
	struct ca_exts exts;
	/* decoded from the extensions, with what is absent as noted */
	bool is_ca;   /* basicConstraints cA; false when absent */
	int path_len; /* CA_PATH_LEN_NONE when absent */
	bool has_key_usage;
	uint16_t key_usage;               /* 0 when absent */
	struct ca_oid_list ext_key_usage; /* count 0 when absent */
	/* subjectAltName: its GeneralNames for a ca_san_walk(), {0} when
	 * absent; up to CA_SAN_READ_MAX of them */
	struct ca_bytes sans;
	size_t san_count;
	struct ca_bytes subject_key_id;   /* {0} when absent */
	struct ca_bytes authority_key_id; /* {0} when absent */
	struct ca_bytes name_constraints; /* extension value; {0} if absent */
	struct ca_laxity lax;
};

/* CA_MALFORMED with the field, also when inner and outer algorithm differ;
 * CA_REFUSED for version 1 and 2, for more than CA_CERT_MAX octets and for
 * algorithms we do not read. Every extension that is known has been through
 * ca_ext_check(). */
CA_MUST_USE enum ca_status ca_cert_parse(
    struct ca_bytes der, struct ca_cert *ret, struct ca_error *err);
/*
 * The same for one that is trusted by itself (a root of a system's store):
 * its own signature proves nothing, and may be by an algorithm that we do not
 * read (SHA-1): alg and inner_alg are then {0}, and no ca_cert_verify() of it
 * holds. Its dates may be GeneralizedTimes before 2050, its keyUsage may end
 * in zeros: lax says so.
 */
CA_MUST_USE enum ca_status ca_cert_parse_anchor(
    struct ca_bytes der, struct ca_cert *ret, struct ca_error *err);
/*
 * The same for one that is to be looked at, and told why it is refused: its
 * key may also be of a curve or an algorithm that we do not use: spki.type is
 * then CA_KEY_NONE, and nothing verifies with it.
 */
CA_MUST_USE enum ca_status ca_cert_parse_any(
    struct ca_bytes der, struct ca_cert *ret, struct ca_error *err);
CA_MUST_USE enum ca_status ca_cert_parse_tbs(
    struct ca_bytes tbs, struct ca_cert *ret, struct ca_error *err);
/* The signature is the issuer key's, and inner and outer algorithm agree. */
CA_MUST_USE enum ca_status ca_cert_verify(const struct ca_cert *cert,
    const struct ca_spki *issuer, struct ca_error *err);
/* The same as ca_crypto_verify_many(). */
CA_MUST_USE enum ca_status ca_cert_verify_many(const struct ca_cert *cert,
    const struct ca_spki *issuer, struct ca_error *err);
/* Subject and issuer are the same bytes. */
bool ca_cert_is_self_issued(const struct ca_cert *cert);

#endif
