/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ext: X.509 version 3 extensions (RFC 5280 4.2, 5.2, 5.3), read and written
 * side by side, one pair of functions an extension.
 *
 * "value" is what stands inside the extnValue OCTET STRING.
 *
 * What this does not do: judge a combination of extensions (ca/lint) or a
 * path of certificates.
 */
#ifndef CA_EXT_H
#define CA_EXT_H

#include "ca/base.h"
#include "ca/der.h"
#include "ca/oid.h"

#define CA_EXT_MAX 32      /* extensions in one object */
#define CA_EXT_MAX_OIDS 32 /* usages or policies in one extension */
#define CA_EXT_MAX_URLS 16

struct ca_ext {
	enum ca_oid id; /* CA_OID_UNKNOWN for others: see oid */
	struct ca_bytes oid;
	bool critical;
	struct ca_bytes value;
};

struct ca_exts {
	struct ca_ext list[CA_EXT_MAX];
	size_t count;
};

/*
 * Parses an Extensions SEQUENCE element. DER throughout: critical FALSE is
 * not written out, no extension twice, at least one. CA_MALFORMED; CA_REFUSED
 * for more than CA_EXT_MAX.
 */
CA_MUST_USE enum ca_status ca_exts_parse(
    struct ca_bytes element, struct ca_exts *ret, struct ca_error *err);
/* NULL when it is not there. */
const struct ca_ext *ca_exts_find(const struct ca_exts *exts, enum ca_oid id);

/*
 * The value is what the section of its extension says: CA_MALFORMED with
 * that section. An extension that is not known here passes, and so does
 * what a policy qualifier other than a CPS pointer holds, if it is DER.
 */
CA_MUST_USE enum ca_status ca_ext_check(
    const struct ca_ext *ext, struct ca_error *err);

/* Sets "keyUsage: what" (or the OID in dotted form), returns status. */
enum ca_status ca_ext_fail(struct ca_error *err, enum ca_status status,
    struct ca_bytes oid, const char *what);

/* Writes one Extension around value; for values written by the functions
 * below use ca_ext_open / ca_ext_close around them. */
void ca_ext_put(struct der_out *out, struct ca_bytes oid, bool critical,
    struct ca_bytes value);
void ca_ext_open(struct der_out *out, enum ca_oid id, bool critical);
void ca_ext_close(struct der_out *out);

/* ---- basicConstraints, 4.2.1.9 ---- */
#define CA_PATH_LEN_NONE (-1)
CA_MUST_USE bool ca_basic_constraints_get(
    struct ca_bytes value, bool *ret_ca, int *ret_path_len);
void ca_basic_constraints_put(struct der_out *out, bool ca, int path_len);

/* ---- keyUsage, 4.2.1.3: bit n of the ASN.1 is 1 << n ---- */
enum ca_key_usage {
	CA_KU_DIGITAL_SIGNATURE = 1 << 0,
	CA_KU_NON_REPUDIATION = 1 << 1,
	CA_KU_KEY_ENCIPHERMENT = 1 << 2,
	CA_KU_DATA_ENCIPHERMENT = 1 << 3,
	CA_KU_KEY_AGREEMENT = 1 << 4,
	CA_KU_KEY_CERT_SIGN = 1 << 5,
	CA_KU_CRL_SIGN = 1 << 6,
	CA_KU_ENCIPHER_ONLY = 1 << 7,
	CA_KU_DECIPHER_ONLY = 1 << 8
};
CA_MUST_USE bool ca_key_usage_get(struct ca_bytes value, uint16_t *ret_bits);
void ca_key_usage_put(struct der_out *out, uint16_t bits);
/* "digitalSignature" -> the bit; 0 for no such word. */
uint16_t ca_key_usage_by_name(const char *name);
/* Appends "digitalSignature, keyCertSign". */
CA_MUST_USE enum ca_status ca_key_usage_append_text(
    struct ca_buf *buf, uint16_t bits);

/* ---- extKeyUsage, 4.2.1.12: OIDs as content octets ---- */
struct ca_oid_list {
	struct ca_bytes oid[CA_EXT_MAX_OIDS];
	size_t count;
};
CA_MUST_USE bool ca_ext_key_usage_get(
    struct ca_bytes value, struct ca_oid_list *ret);
void ca_ext_key_usage_put(struct der_out *out, const struct ca_oid_list *list);
bool ca_oid_list_has(const struct ca_oid_list *list, struct ca_bytes oid);

/* ---- key identifiers, 4.2.1.1 and 4.2.1.2 ---- */
CA_MUST_USE bool ca_subject_key_id_get(
    struct ca_bytes value, struct ca_bytes *ret_id);
void ca_subject_key_id_put(struct der_out *out, struct ca_bytes id);
/* keyIdentifier alone; ret_id is {0} when it is absent. */
CA_MUST_USE bool ca_authority_key_id_get(
    struct ca_bytes value, struct ca_bytes *ret_id);
void ca_authority_key_id_put(struct der_out *out, struct ca_bytes id);

/* ---- URLs: CRL distribution points 4.2.1.13 (and freshestCRL), AIA 4.2.2.1
 * Each URL is the content of a uniformResourceIdentifier. ---- */
struct ca_url_list {
	struct ca_bytes url[CA_EXT_MAX_URLS];
	size_t count;
};
/* fullName URIs of every point; points without one are passed over. False
 * also above CA_EXT_MAX_URLS. */
CA_MUST_USE bool ca_distribution_points_get(
    struct ca_bytes value, struct ca_url_list *ret);
/* The DistributionPointName element (what stands inside distributionPoint
 * [0]) of the only DistributionPoint; false when there is not exactly one, or
 * it has none. */
CA_MUST_USE bool ca_distribution_point_name(
    struct ca_bytes value, struct ca_bytes *ret_name);
/* The content of a distributionPoint [0]: its fullName URIs, appended. */
CA_MUST_USE bool ca_distribution_point_name_get(
    struct ca_bytes content, struct ca_url_list *ret);
/* One DistributionPoint whose fullName holds all the URLs. */
void ca_distribution_points_put(
    struct der_out *out, const struct ca_url_list *urls);
/* One DistributionPoint as it stands. */
struct ca_dist_point {
	struct ca_bytes name;   /* DistributionPointName element; {0}: none */
	uint16_t reasons;       /* CA_REASONS_ALL when none are named */
	struct ca_bytes issuer; /* cRLIssuer: GeneralNames' content; {0} */
};
/* ReasonFlags, bits 1 to 8 (bit 0 is unused). */
#define CA_REASONS_ALL ((uint16_t)0x1fe)
/* Takes the next point off *value, which is the extension's value at first;
 * false at the end. The value has been through ca_ext_check(). */
CA_MUST_USE bool ca_distribution_points_next(
    struct ca_bytes *value, struct ca_dist_point *ret);
CA_MUST_USE bool ca_info_access_get(struct ca_bytes value,
    struct ca_url_list *ret_ocsp, struct ca_url_list *ret_issuers);
void ca_info_access_put(struct der_out *out, const struct ca_url_list *ocsp,
    const struct ca_url_list *issuers);

/* ---- certificatePolicies, 4.2.1.4: policy OIDs, an optional CPS URI with
 * the first. ---- */
CA_MUST_USE bool ca_certificate_policies_get(
    struct ca_bytes value, struct ca_oid_list *ret);
/* No qualifier but the two of RFC 5280, CPS pointer and user notice: what a
 * critical extension may have (4.2.1.4). */
bool ca_certificate_policies_are_plain(struct ca_bytes value);
void ca_certificate_policies_put(struct der_out *out,
    const struct ca_oid_list *list, struct ca_bytes cps_uri);

/* ---- policyMappings 4.2.1.5, policyConstraints 4.2.1.11, inhibitAnyPolicy
 * 4.2.1.14 ---- */
#define CA_EXT_MAX_MAPPINGS 64
struct ca_policy_mapping {
	struct ca_bytes issuer, subject; /* issuerDomainPolicy, subject... */
};
/* False also above CA_EXT_MAX_MAPPINGS. */
CA_MUST_USE bool ca_policy_mappings_get(struct ca_bytes value,
    struct ca_policy_mapping ret[CA_EXT_MAX_MAPPINGS], size_t *ret_count);
void ca_policy_mappings_put(struct der_out *out,
    const struct ca_policy_mapping *mappings, size_t count);
/* SkipCerts: numbers above INT_MAX are INT_MAX; absent ones none. */
#define CA_SKIP_CERTS_NONE (-1)
CA_MUST_USE bool ca_policy_constraints_get(
    struct ca_bytes value, int *ret_require_explicit, int *ret_inhibit_mapping);
void ca_policy_constraints_put(
    struct der_out *out, int require_explicit, int inhibit_mapping);
CA_MUST_USE bool ca_inhibit_any_policy_get(
    struct ca_bytes value, int *ret_skip_certs);
void ca_inhibit_any_policy_put(struct der_out *out, int skip_certs);

/* ---- CRL extensions, 5.2.3, 5.2.5 and 5.3.1 ---- */
/* Up to 2^63-1; false for larger ones, though the RFC allows 20 octets. */
CA_MUST_USE bool ca_crl_number_get(struct ca_bytes value, uint64_t *ret);
void ca_crl_number_put(struct der_out *out, uint64_t number);

struct ca_issuing_point {
	struct ca_bytes name;    /* DistributionPointName element; {0}: none */
	struct ca_url_list urls; /* distributionPoint, fullName URIs */
	uint16_t reasons;        /* onlySomeReasons; 0: all */
	bool only_user, only_ca, only_attribute, indirect;
};
CA_MUST_USE bool ca_issuing_point_get(
    struct ca_bytes value, struct ca_issuing_point *ret);
/* point is a DistributionPointName element, copied as it is, or {0}. */
void ca_issuing_point_put(
    struct der_out *out, struct ca_bytes point, bool only_user, bool only_ca);

/* CRLReason, RFC 5280 5.3.1. */
enum ca_reason {
	CA_REASON_UNSPECIFIED = 0,
	CA_REASON_KEY_COMPROMISE = 1,
	CA_REASON_CA_COMPROMISE = 2,
	CA_REASON_AFFILIATION_CHANGED = 3,
	CA_REASON_SUPERSEDED = 4,
	CA_REASON_CESSATION_OF_OPERATION = 5,
	CA_REASON_CERTIFICATE_HOLD = 6,
	CA_REASON_REMOVE_FROM_CRL = 8,
	CA_REASON_PRIVILEGE_WITHDRAWN = 9,
	CA_REASON_AA_COMPROMISE = 10
};
CA_MUST_USE bool ca_crl_reason_get(struct ca_bytes value, enum ca_reason *ret);
void ca_crl_reason_put(struct der_out *out, enum ca_reason reason);
/*
 * An Extensions element whose one extension is a reasonCode that says more
 * than unspecified: what nearly every entry of a long list has, written and
 * recognized by its octets. Another element is no fault: it is read in full.
 */
#define CA_CRL_REASON_ALONE 14
void ca_crl_reason_alone(
    enum ca_reason reason, uint8_t ret[CA_CRL_REASON_ALONE]);
bool ca_crl_reason_is_alone(struct ca_bytes element, enum ca_reason *ret);
/* "keyCompromise"; NULL for a number that is none. */
const char *ca_reason_name(int reason);
/* The RFC word or its hyphened form ("key-compromise"); false if neither. */
bool ca_reason_by_name(const char *name, enum ca_reason *ret);

#endif
