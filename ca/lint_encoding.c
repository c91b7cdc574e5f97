/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/lint.h"

#include "ca/constraints.h"
#include "ca/der.h"
#include "ca/ext.h"
#include "ca/oid.h"
#include "ca/san.h"
#include "ca/time.h"

/*
 * Each function reads an extension's value and writes what was read again;
 * false when it cannot be read. What the two sides of a codec do not agree
 * on shows as a difference of bytes.
 */

static bool
again_authority_key_id(struct der_out *out, struct ca_bytes value)
{
	struct ca_bytes id;

	if (!ca_authority_key_id_get(value, &id))
		return false;
	ca_authority_key_id_put(out, id);
	return true;
}

static bool
again_subject_key_id(struct der_out *out, struct ca_bytes value)
{
	struct ca_bytes id;

	if (!ca_subject_key_id_get(value, &id))
		return false;
	ca_subject_key_id_put(out, id);
	return true;
}

static bool
again_basic_constraints(struct der_out *out, struct ca_bytes value)
{
	bool ca;
	int path_len;

	if (!ca_basic_constraints_get(value, &ca, &path_len))
		return false;
	ca_basic_constraints_put(out, ca, path_len);
	return true;
}

static bool
again_key_usage(struct der_out *out, struct ca_bytes value)
{
	uint16_t bits;

	if (!ca_key_usage_get(value, &bits))
		return false;
	ca_key_usage_put(out, bits);
	return true;
}

static bool
again_ext_key_usage(struct der_out *out, struct ca_bytes value)
{
	struct ca_oid_list list = {0};

	if (!ca_ext_key_usage_get(value, &list))
		return false;
	ca_ext_key_usage_put(out, &list);
	return true;
}

static bool
again_subject_alt_name(struct der_out *out, struct ca_bytes value)
{
	struct ca_san sans[CA_SAN_MAX];
	size_t count;

	if (ca_san_parse(value, sans, &count, NULL) != CA_OK)
		return false;
	der_open(out, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++)
		ca_san_put(out, &sans[i]);
	der_close(out);
	return true;
}

static bool
again_name_constraints(struct der_out *out, struct ca_bytes value)
{
	struct ca_subtree trees[CA_CONSTRAINTS_MAX];
	size_t count;

	if (ca_constraints_parse(value, trees, &count, NULL) != CA_OK)
		return false;
	ca_constraints_put(out, trees, count);
	return true;
}

/*
 * PolicyInformation ::= SEQUENCE { OID, SEQUENCE OF SEQUENCE { OID, ANY } }:
 * the CPS URI of the first policy, {0} when it has none.
 */
static struct ca_bytes
first_cps_uri(struct ca_bytes value)
{
	struct ca_bytes policies, policy, qualifiers, qualifier, oid, uri;

	if (der_get(&value, DER_SEQUENCE, &policies) &&
	    der_get(&policies, DER_SEQUENCE, &policy) &&
	    der_get_oid(&policy, &oid) &&
	    der_get(&policy, DER_SEQUENCE, &qualifiers) &&
	    der_get(&qualifiers, DER_SEQUENCE, &qualifier) &&
	    der_get_oid(&qualifier, &oid) && ca_oid_find(oid) == CA_OID_CPS &&
	    der_get(&qualifier, DER_IA5_STRING, &uri))
		return uri;
	return (struct ca_bytes){0};
}

static bool
again_certificate_policies(struct der_out *out, struct ca_bytes value)
{
	struct ca_oid_list list = {0};

	if (!ca_certificate_policies_get(value, &list))
		return false;
	ca_certificate_policies_put(out, &list, first_cps_uri(value));
	return true;
}

static bool
again_distribution_points(struct der_out *out, struct ca_bytes value)
{
	struct ca_url_list urls = {0};

	if (!ca_distribution_points_get(value, &urls))
		return false;
	ca_distribution_points_put(out, &urls);
	return true;
}

static bool
again_info_access(struct der_out *out, struct ca_bytes value)
{
	struct ca_url_list ocsp = {0}, issuers = {0};

	if (!ca_info_access_get(value, &ocsp, &issuers))
		return false;
	ca_info_access_put(out, &ocsp, &issuers);
	return true;
}

static bool
again_ocsp_no_check(struct der_out *out, struct ca_bytes value)
{
	if (!der_get_null(&value))
		return false;
	der_put_null(out);
	return true;
}

struct codec {
	enum ca_oid id;
	bool (*again)(struct der_out *out, struct ca_bytes value);
};

static const struct codec codecs[] = {
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, again_authority_key_id},
    {CA_OID_SUBJECT_KEY_IDENTIFIER, again_subject_key_id},
    {CA_OID_BASIC_CONSTRAINTS, again_basic_constraints},
    {CA_OID_KEY_USAGE, again_key_usage},
    {CA_OID_EXT_KEY_USAGE, again_ext_key_usage},
    {CA_OID_SUBJECT_ALT_NAME, again_subject_alt_name},
    {CA_OID_NAME_CONSTRAINTS, again_name_constraints},
    {CA_OID_CERTIFICATE_POLICIES, again_certificate_policies},
    {CA_OID_CRL_DISTRIBUTION_POINTS, again_distribution_points},
    {CA_OID_FRESHEST_CRL, again_distribution_points},
    {CA_OID_AUTHORITY_INFO_ACCESS, again_info_access},
    {CA_OID_OCSP_NO_CHECK, again_ocsp_no_check},
};

static enum ca_status
encode_value(const struct ca_ext *ext, struct der_out *out)
{
	for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
		if (codecs[i].id != ext->id)
			continue;
		return codecs[i].again(out, ext->value) ? CA_OK : CA_MALFORMED;
	}
	/* Not one of ours to write: DER, and left as it is. */
	if (!der_is_well_formed(ext->value))
		return CA_MALFORMED;
	der_put_raw(out, ext->value);
	return CA_OK;
}

static enum ca_status
lint_value(const struct ca_ext *ext, struct ca_error *err)
{
	struct der_out out = {0};
	struct ca_buf again = {0};
	const char *name = ca_oid_name(ext->id);
	enum ca_status st;

	if (encode_value(ext, &out) != CA_OK) {
		st = ca_fail(err, CA_INTERNAL,
		    "lint: %s: cannot be read (X.690, RFC 5280 4.2)",
		    name != NULL ? name : "an extension");
		goto out;
	}
	if ((st = der_finish(&out, &again)) != CA_OK) {
		st = ca_fail(err, st, "lint: cannot write an extension again");
		goto out;
	}
	if (!ca_bytes_equal(ca_view(&again), ext->value))
		st = ca_fail(err, CA_INTERNAL,
		    "lint: %s: encoded again it gives other bytes (X.690 10, "
		    "11)",
		    name);
out:
	der_discard(&out);
	ca_buf_free(&again);
	return st;
}

/* The TBSCertificate of ca/tbs, from what ca/cert read. */
static void
put_again(struct der_out *out, const struct ca_cert *cert)
{
	der_open(out, DER_SEQUENCE);
	der_open(out, DER_CONTEXT_CONS(0));
	der_put_uint(out, 2);
	der_close(out);
	der_put_unsigned(out, cert->serial);
	ca_sig_alg_put(out, &cert->inner_alg);
	der_put_raw(out, cert->issuer);
	der_open(out, DER_SEQUENCE);
	ca_time_put(out, cert->not_before);
	ca_time_put(out, cert->not_after);
	der_close(out);
	der_put_raw(out, cert->subject);
	der_put_raw(out, cert->spki.der);
	der_open(out, DER_CONTEXT_CONS(3));
	der_open(out, DER_SEQUENCE);
	for (size_t i = 0; i < cert->exts.count; i++) {
		const struct ca_ext *ext = &cert->exts.list[i];

		ca_ext_put(out, ext->oid, ext->critical, ext->value);
	}
	der_close(out);
	der_close(out);
	der_close(out);
}

enum ca_status
ca_lint_encoding(const struct ca_cert *cert, struct ca_error *err)
{
	struct der_out out = {0};
	struct ca_buf again = {0};
	enum ca_status st;

	for (size_t i = 0; i < cert->exts.count; i++) {
		st = lint_value(&cert->exts.list[i], err);
		if (st != CA_OK)
			return st;
	}
	put_again(&out, cert);
	if ((st = der_finish(&out, &again)) != CA_OK)
		return ca_fail(
		    err, st, "lint: the certificate cannot be written again");
	if (!ca_bytes_equal(ca_view(&again), cert->tbs))
		st = ca_fail(err, CA_INTERNAL,
		    "lint: TBSCertificate: encoded again it gives other bytes "
		    "(X.690 10, 11)");
	ca_buf_free(&again);
	return st;
}
