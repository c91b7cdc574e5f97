/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every extension we know, and whether its value is one. */
#include "ca/ext.h"

#include "ca/san.h"
#include "ca/time.h"

static bool
is_basic_constraints(struct ca_bytes value)
{
	bool ca;
	int path_len;

	return ca_basic_constraints_get(value, &ca, &path_len);
}

static bool
is_key_usage(struct ca_bytes value)
{
	uint16_t bits;

	return ca_key_usage_get(value, &bits);
}

static bool
is_ext_key_usage(struct ca_bytes value)
{
	struct ca_oid_list list;

	return ca_ext_key_usage_get(value, &list);
}

static bool
is_subject_key_id(struct ca_bytes value)
{
	struct ca_bytes id;

	return ca_subject_key_id_get(value, &id);
}

static bool
is_authority_key_id(struct ca_bytes value)
{
	struct ca_bytes id;

	return ca_authority_key_id_get(value, &id);
}

static bool
is_distribution_points(struct ca_bytes value)
{
	struct ca_url_list list;

	return ca_distribution_points_get(value, &list);
}

static bool
is_info_access(struct ca_bytes value)
{
	struct ca_url_list ocsp, issuers;

	return ca_info_access_get(value, &ocsp, &issuers);
}

static bool
is_certificate_policies(struct ca_bytes value)
{
	struct ca_oid_list list;

	return ca_certificate_policies_get(value, &list);
}

static bool
is_general_names(struct ca_bytes value)
{
	size_t count;

	return ca_san_check_list(value, &count, NULL) == CA_OK;
}

/* "CRLNumber values up to 20 octets": more than ca_crl_number_get() reads. */
static bool
is_crl_number(struct ca_bytes value)
{
	struct ca_bytes number;

	return der_get_unsigned(&value, &number) && der_at_end(value) &&
	    number.len <= 20;
}

static bool
is_crl_reason(struct ca_bytes value)
{
	enum ca_reason reason;

	return ca_crl_reason_get(value, &reason);
}

static bool
is_issuing_point(struct ca_bytes value)
{
	struct ca_issuing_point point;

	return ca_issuing_point_get(value, &point);
}

static bool
is_invalidity_date(struct ca_bytes value)
{
	int64_t time;

	return ca_time_get_generalized(&value, &time) && der_at_end(value);
}

static bool
is_null(struct ca_bytes value)
{
	return der_get_null(&value) && der_at_end(value);
}

/* SkipCerts ::= INTEGER (0..MAX) */
static bool
is_skip_certs(struct ca_bytes value)
{
	uint64_t certs;

	return der_get_uint(&value, &certs) && der_at_end(value);
}

/* PolicyMappings ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE { OID, OID } */
static bool
is_policy_mappings(struct ca_bytes value)
{
	struct ca_bytes mappings, pair, oid;

	if (!der_get(&value, DER_SEQUENCE, &mappings) || !der_at_end(value) ||
	    der_at_end(mappings))
		return false;
	while (!der_at_end(mappings))
		if (!der_get(&mappings, DER_SEQUENCE, &pair) ||
		    !der_get_oid(&pair, &oid) || !der_get_oid(&pair, &oid) ||
		    !der_at_end(pair))
			return false;
	return true;
}

/* INTEGER (0..MAX) under an implicit tag, or nothing. */
static bool
take_number(struct ca_bytes *in, unsigned tag)
{
	struct ca_bytes octets;
	bool present;

	if (!der_get_optional(in, DER_CONTEXT(tag), &present, &octets))
		return false;
	return !present ||
	    (der_integer_is_valid(octets) && octets.data[0] < 0x80);
}

/*
 * PolicyConstraints ::= SEQUENCE {
 *     requireExplicitPolicy [0] SkipCerts OPTIONAL,
 *     inhibitPolicyMapping  [1] SkipCerts OPTIONAL }
 */
static bool
is_policy_constraints(struct ca_bytes value)
{
	struct ca_bytes in;

	return der_get(&value, DER_SEQUENCE, &in) && der_at_end(value) &&
	    !der_at_end(in) && take_number(&in, 0) && take_number(&in, 1) &&
	    der_at_end(in);
}

/*
 * GeneralSubtrees ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE {
 *     base    GeneralName,
 *     minimum [0] BaseDistance DEFAULT 0,
 *     maximum [1] BaseDistance OPTIONAL }
 */
static bool
are_subtrees(struct ca_bytes trees)
{
	static const uint8_t zero[] = {0x80, 0x01, 0x00};
	struct ca_bytes tree, minimum = {zero, sizeof(zero)}, rest;
	struct ca_san base;

	if (der_at_end(trees))
		return false;
	while (!der_at_end(trees)) {
		if (!der_get(&trees, DER_SEQUENCE, &tree) ||
		    ca_san_get(&tree, &base, NULL) != CA_OK)
			return false;
		rest = tree;
		if (!take_number(&tree, 0))
			return false;
		rest.len -= tree.len;
		/* The default is left out. */
		if (ca_bytes_equal(rest, minimum))
			return false;
		if (!take_number(&tree, 1) || !der_at_end(tree))
			return false;
	}
	return true;
}

/*
 * NameConstraints ::= SEQUENCE {
 *     permittedSubtrees [0] GeneralSubtrees OPTIONAL,
 *     excludedSubtrees  [1] GeneralSubtrees OPTIONAL }
 *
 * The form alone: what the bases may be is for ca/constraints to say, when
 * they are to constrain something.
 */
static bool
is_name_constraints(struct ca_bytes value)
{
	struct ca_bytes in, permitted, excluded;
	bool permits, excludes;

	if (!der_get(&value, DER_SEQUENCE, &in) || !der_at_end(value) ||
	    !der_get_optional(&in, DER_CONTEXT_CONS(0), &permits, &permitted) ||
	    !der_get_optional(&in, DER_CONTEXT_CONS(1), &excludes, &excluded) ||
	    !der_at_end(in) || (!permits && !excludes))
		return false;
	return (!permits || are_subtrees(permitted)) &&
	    (!excludes || are_subtrees(excluded));
}

/* Features ::= SEQUENCE OF INTEGER, and not of none */
static bool
is_tls_feature(struct ca_bytes value)
{
	struct ca_bytes in;
	uint64_t feature;

	if (!der_get(&value, DER_SEQUENCE, &in) || !der_at_end(value) ||
	    der_at_end(in))
		return false;
	while (!der_at_end(in))
		if (!der_get_uint(&in, &feature) || feature > UINT16_MAX)
			return false;
	return true;
}

static const struct {
	enum ca_oid id;
	bool (*is_valid)(struct ca_bytes value);
	const char *rule;
} known[] = {
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, is_authority_key_id,
	"not an AuthorityKeyIdentifier in DER (RFC 5280 4.2.1.1)"},
    {CA_OID_SUBJECT_KEY_IDENTIFIER, is_subject_key_id,
	"not one OCTET STRING with something in it (RFC 5280 4.2.1.2)"},
    {CA_OID_KEY_USAGE, is_key_usage,
	"not a BIT STRING in DER with at least one of the nine bits set, and "
	"no other (RFC 5280 4.2.1.3)"},
    {CA_OID_CERTIFICATE_POLICIES, is_certificate_policies,
	"not a list of policies in DER, each once (RFC 5280 4.2.1.4)"},
    {CA_OID_POLICY_MAPPINGS, is_policy_mappings,
	"not a list of mappings in DER (RFC 5280 4.2.1.5)"},
    {CA_OID_SUBJECT_ALT_NAME, is_general_names,
	"not a list of one to 10000 GeneralNames in DER (RFC 5280 4.2.1.6)"},
    {CA_OID_ISSUER_ALT_NAME, is_general_names,
	"not a list of one to 10000 GeneralNames in DER (RFC 5280 4.2.1.7)"},
    {CA_OID_BASIC_CONSTRAINTS, is_basic_constraints,
	"not BasicConstraints in DER, cA being TRUE or left out, and "
	"pathLenConstraint only with cA (RFC 5280 4.2.1.9)"},
    {CA_OID_NAME_CONSTRAINTS, is_name_constraints,
	"not NameConstraints in DER, or none (RFC 5280 4.2.1.10)"},
    {CA_OID_POLICY_CONSTRAINTS, is_policy_constraints,
	"not PolicyConstraints in DER, or none (RFC 5280 4.2.1.11)"},
    {CA_OID_EXT_KEY_USAGE, is_ext_key_usage,
	"not a list of usages in DER, each once (RFC 5280 4.2.1.12)"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, is_distribution_points,
	"not a list of DistributionPoints in DER, each with a name or a "
	"cRLIssuer, or of more than 16 URLs (RFC 5280 4.2.1.13)"},
    {CA_OID_INHIBIT_ANY_POLICY, is_skip_certs,
	"not an INTEGER from 0 (RFC 5280 4.2.1.14)"},
    {CA_OID_FRESHEST_CRL, is_distribution_points,
	"not a list of DistributionPoints in DER, each with a name or a "
	"cRLIssuer, or of more than 16 URLs (RFC 5280 4.2.1.15)"},
    {CA_OID_AUTHORITY_INFO_ACCESS, is_info_access,
	"not a list of AccessDescriptions in DER, or of more than 16 URLs "
	"(RFC 5280 4.2.2.1)"},
    {CA_OID_SUBJECT_INFO_ACCESS, is_info_access,
	"not a list of AccessDescriptions in DER, or of more than 16 URLs "
	"(RFC 5280 4.2.2.2)"},
    {CA_OID_CRL_NUMBER, is_crl_number,
	"not an INTEGER from 0, of at most 20 octets (RFC 5280 5.2.3)"},
    {CA_OID_DELTA_CRL_INDICATOR, is_crl_number,
	"not an INTEGER from 0, of at most 20 octets (RFC 5280 5.2.4)"},
    {CA_OID_ISSUING_DISTRIBUTION_POINT, is_issuing_point,
	"not an IssuingDistributionPoint in DER, with something in it and at "
	"most one of the three scopes (RFC 5280 5.2.5)"},
    {CA_OID_CRL_REASON, is_crl_reason,
	"not one of the ten reason codes (RFC 5280 5.3.1)"},
    {CA_OID_INVALIDITY_DATE, is_invalidity_date,
	"not a GeneralizedTime YYYYMMDDHHMMSSZ (RFC 5280 5.3.2)"},
    {CA_OID_OCSP_NO_CHECK, is_null, "not NULL (RFC 6960 4.2.2.2.1)"},
    {CA_OID_TLS_FEATURE, is_tls_feature,
	"not a list of features in DER (RFC 7633 4)"},
};

enum ca_status
ca_ext_check(const struct ca_ext *ext, struct ca_error *err)
{
	if (ext->id == CA_OID_UNKNOWN)
		return CA_OK;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].id == ext->id && !known[i].is_valid(ext->value))
			return ca_fail(err, CA_MALFORMED, "%s: %s",
			    ca_oid_name(ext->id), known[i].rule);
	return CA_OK;
}
