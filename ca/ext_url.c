/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The extensions that say where to look: distribution points, information
 * access, and the policies with their CPS pointer.
 */
#include "ca/ext.h"

#include "ca/san.h"

#define URI DER_CONTEXT(6) /* uniformResourceIdentifier in a GeneralName */

/* IA5String, and not nothing. */
static bool
is_ia5(struct ca_bytes text)
{
	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == 0 || text.data[i] > 0x7f)
			return false;
	return true;
}

/* Takes a GeneralName; a URI goes into list (NULL: is passed over). */
static bool
take_location(struct ca_bytes *in, struct ca_url_list *list)
{
	struct ca_san name;

	if (ca_san_get(in, &name, NULL) != CA_OK)
		return false;
	if (name.type != CA_SAN_URI)
		return true;
	if (!is_ia5(name.value))
		return false;
	if (list == NULL)
		return true;
	if (list->count == CA_EXT_MAX_URLS)
		return false;
	list->url[list->count++] = name.value;
	return true;
}

/* ---- distribution points ---------------------------------------------- */

/* GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName, its content */
static bool
take_locations(struct ca_bytes names, struct ca_url_list *list)
{
	if (der_at_end(names))
		return false;
	while (!der_at_end(names))
		if (!take_location(&names, list))
			return false;
	return true;
}

/* RelativeDistinguishedName ::= SET OF SEQUENCE { type, value }, content */
static bool
is_relative_name(struct ca_bytes pairs)
{
	struct ca_bytes pair, type;

	if (der_at_end(pairs) || !der_set_is_ordered(pairs))
		return false;
	while (!der_at_end(pairs))
		if (!der_get(&pairs, DER_SEQUENCE, &pair) ||
		    !der_get_oid(&pair, &type) || !der_is_well_formed(pair) ||
		    !der_get_any(&pair, NULL, NULL, NULL) || !der_at_end(pair))
			return false;
	return true;
}

/*
 * DistributionPointName ::= CHOICE {
 *     fullName                [0] GeneralNames,
 *     nameRelativeToCRLIssuer [1] RelativeDistinguishedName }
 */
bool
ca_distribution_point_name_get(struct ca_bytes in, struct ca_url_list *ret)
{
	struct ca_bytes content;

	if (der_get(&in, DER_CONTEXT_CONS(0), &content))
		return der_at_end(in) && take_locations(content, ret);
	return der_get(&in, DER_CONTEXT_CONS(1), &content) && der_at_end(in) &&
	    is_relative_name(content);
}

/*
 * DistributionPoint ::= SEQUENCE {
 *     distributionPoint [0] DistributionPointName OPTIONAL,
 *     reasons           [1] ReasonFlags OPTIONAL,
 *     cRLIssuer         [2] GeneralNames OPTIONAL }
 *
 * One of the first and the last is there (RFC 5280 4.2.1.13).
 */
static bool
take_distribution_point(struct ca_bytes *points, struct ca_url_list *list,
    struct ca_dist_point *ret)
{
	struct ca_dist_point point = {.reasons = CA_REASONS_ALL};
	struct ca_bytes in, reasons;
	bool has_name, has_reasons, has_issuer;

	if (!der_get(points, DER_SEQUENCE, &in) ||
	    !der_get_optional(
		&in, DER_CONTEXT_CONS(0), &has_name, &point.name) ||
	    !der_get_optional(&in, DER_CONTEXT(1), &has_reasons, &reasons) ||
	    !der_get_optional(
		&in, DER_CONTEXT_CONS(2), &has_issuer, &point.issuer) ||
	    !der_at_end(in) || (!has_name && !has_issuer))
		return false;
	if (has_name && !ca_distribution_point_name_get(point.name, list))
		return false;
	if (has_reasons && !der_named_bits(reasons, &point.reasons))
		return false;
	if (has_issuer && !take_locations(point.issuer, NULL))
		return false;
	*ret = point;
	return true;
}

/* CRLDistributionPoints ::= SEQUENCE SIZE (1..MAX) OF DistributionPoint */
bool
ca_distribution_points_get(struct ca_bytes value, struct ca_url_list *ret)
{
	struct ca_url_list list = {0};
	struct ca_dist_point point;
	struct ca_bytes points;

	if (!der_get(&value, DER_SEQUENCE, &points) || !der_at_end(value) ||
	    der_at_end(points))
		return false;
	while (!der_at_end(points))
		if (!take_distribution_point(&points, &list, &point))
			return false;
	*ret = list;
	return true;
}

/* The first time the outer SEQUENCE is taken off: two SEQUENCEs follow each
 * other only inside it, since a point begins with [0] or [2]. */
bool
ca_distribution_points_next(struct ca_bytes *value, struct ca_dist_point *ret)
{
	struct ca_url_list list = {0};
	struct ca_bytes rest = *value, inside;

	if (der_get(&rest, DER_SEQUENCE, &inside) &&
	    der_next_is(inside, DER_SEQUENCE))
		*value = inside;
	return !der_at_end(*value) &&
	    take_distribution_point(value, &list, ret);
}

bool
ca_distribution_point_name(struct ca_bytes value, struct ca_bytes *ret_name)
{
	struct ca_bytes points, in, name;

	if (!der_get(&value, DER_SEQUENCE, &points) || !der_at_end(value) ||
	    !der_get(&points, DER_SEQUENCE, &in) || !der_at_end(points) ||
	    !der_get(&in, DER_CONTEXT_CONS(0), &name) || !der_at_end(in))
		return false;
	*ret_name = name;
	return true;
}

void
ca_distribution_points_put(struct der_out *out, const struct ca_url_list *urls)
{
	if (urls->count == 0 || urls->count > CA_EXT_MAX_URLS) {
		der_put_failed(out, CA_INTERNAL);
		return;
	}
	der_open(out, DER_SEQUENCE);
	der_open(out, DER_SEQUENCE);
	der_open(out, DER_CONTEXT_CONS(0)); /* distributionPoint */
	der_open(out, DER_CONTEXT_CONS(0)); /* fullName */
	for (size_t i = 0; i < urls->count; i++)
		der_put(out, URI, urls->url[i]);
	der_close(out);
	der_close(out);
	der_close(out);
	der_close(out);
}

/* ---- information access ----------------------------------------------- */

/*
 * AuthorityInfoAccessSyntax ::= SEQUENCE SIZE (1..MAX) OF AccessDescription
 * AccessDescription ::= SEQUENCE {
 *     accessMethod   OBJECT IDENTIFIER,
 *     accessLocation GeneralName }
 */
bool
ca_info_access_get(struct ca_bytes value, struct ca_url_list *ret_ocsp,
    struct ca_url_list *ret_issuers)
{
	struct ca_url_list ocsp = {0}, issuers = {0}, *list;
	struct ca_bytes entries, in, method;

	if (!der_get(&value, DER_SEQUENCE, &entries) || !der_at_end(value) ||
	    der_at_end(entries))
		return false;
	while (!der_at_end(entries)) {
		if (!der_get(&entries, DER_SEQUENCE, &in) ||
		    !der_get_oid(&in, &method))
			return false;
		list = NULL;
		if (ca_oid_find(method) == CA_OID_AD_OCSP)
			list = &ocsp;
		if (ca_oid_find(method) == CA_OID_AD_CA_ISSUERS)
			list = &issuers;
		if (!take_location(&in, list) || !der_at_end(in))
			return false;
	}
	*ret_ocsp = ocsp;
	*ret_issuers = issuers;
	return true;
}

static void
put_access(
    struct der_out *out, enum ca_oid method, const struct ca_url_list *urls)
{
	if (urls->count > CA_EXT_MAX_URLS)
		der_put_failed(out, CA_INTERNAL);
	for (size_t i = 0; i < urls->count && i < CA_EXT_MAX_URLS; i++) {
		der_open(out, DER_SEQUENCE);
		der_put(out, DER_OID, ca_oid_der(method));
		der_put(out, URI, urls->url[i]);
		der_close(out);
	}
}

void
ca_info_access_put(struct der_out *out, const struct ca_url_list *ocsp,
    const struct ca_url_list *issuers)
{
	if (ocsp->count + issuers->count == 0)
		der_put_failed(out, CA_INTERNAL);
	der_open(out, DER_SEQUENCE);
	put_access(out, CA_OID_AD_OCSP, ocsp);
	put_access(out, CA_OID_AD_CA_ISSUERS, issuers);
	der_close(out);
}

/* ---- certificatePolicies ---------------------------------------------- */

/*
 * PolicyQualifierInfo ::= SEQUENCE {
 *     policyQualifierId OBJECT IDENTIFIER,
 *     qualifier         ANY DEFINED BY policyQualifierId }
 *
 * A CPSuri is an IA5String; what stands in others is not read.
 */
static bool
take_qualifier(struct ca_bytes *qualifiers)
{
	struct ca_bytes in, id, cps;

	if (!der_get(qualifiers, DER_SEQUENCE, &in) || !der_get_oid(&in, &id))
		return false;
	if (ca_oid_find(id) == CA_OID_CPS)
		return der_get(&in, DER_IA5_STRING, &cps) && der_at_end(in) &&
		    is_ia5(cps);
	return der_is_well_formed(in) && der_get_any(&in, NULL, NULL, NULL) &&
	    der_at_end(in);
}

/*
 * PolicyInformation ::= SEQUENCE {
 *     policyIdentifier OBJECT IDENTIFIER,
 *     policyQualifiers SEQUENCE SIZE (1..MAX) OF
 *                          PolicyQualifierInfo OPTIONAL }
 */
static bool
take_policy(struct ca_bytes *policies, struct ca_bytes *ret_oid)
{
	struct ca_bytes in, qualifiers;
	bool qualified;

	if (!der_get(policies, DER_SEQUENCE, &in) ||
	    !der_get_oid(&in, ret_oid) ||
	    !der_get_optional(&in, DER_SEQUENCE, &qualified, &qualifiers) ||
	    !der_at_end(in) || (qualified && der_at_end(qualifiers)))
		return false;
	while (qualified && !der_at_end(qualifiers))
		if (!take_qualifier(&qualifiers))
			return false;
	return true;
}

/* certificatePolicies ::= SEQUENCE SIZE (1..MAX) OF PolicyInformation */
bool
ca_certificate_policies_get(struct ca_bytes value, struct ca_oid_list *ret)
{
	struct ca_oid_list list = {0};
	struct ca_bytes policies, oid;

	if (!der_get(&value, DER_SEQUENCE, &policies) || !der_at_end(value) ||
	    der_at_end(policies))
		return false;
	while (!der_at_end(policies)) {
		/* "MUST NOT appear more than once", RFC 5280 4.2.1.4 */
		if (!take_policy(&policies, &oid) ||
		    ca_oid_list_has(&list, oid) ||
		    list.count == CA_EXT_MAX_OIDS)
			return false;
		list.oid[list.count++] = oid;
	}
	*ret = list;
	return true;
}

static void
put_cps(struct der_out *out, struct ca_bytes uri)
{
	der_open(out, DER_SEQUENCE);
	der_open(out, DER_SEQUENCE);
	der_put(out, DER_OID, ca_oid_der(CA_OID_CPS));
	der_put(out, DER_IA5_STRING, uri);
	der_close(out);
	der_close(out);
}

void
ca_certificate_policies_put(struct der_out *out, const struct ca_oid_list *list,
    struct ca_bytes cps_uri)
{
	if (list->count == 0 || list->count > CA_EXT_MAX_OIDS) {
		der_put_failed(out, CA_INTERNAL);
		return;
	}
	der_open(out, DER_SEQUENCE);
	for (size_t i = 0; i < list->count; i++) {
		der_open(out, DER_SEQUENCE);
		der_put(out, DER_OID, list->oid[i]);
		if (i == 0 && cps_uri.len > 0)
			put_cps(out, cps_uri);
		der_close(out);
	}
	der_close(out);
}
