/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/tbs.h"

#include <string.h>

#include "ca/crypto.h"
#include "ca/der.h"
#include "ca/ext.h"
#include "ca/oid.h"
#include "ca/time.h"

#define VERSION_3 2 /* RFC 5280 4.1.2.1 */

enum ca_status
ca_key_id(const struct ca_spki *spki, uint8_t ret[CA_KEY_ID_LEN],
    struct ca_error *err)
{
	uint8_t hash[CA_HASH_MAX];
	enum ca_status st;

	st = ca_hash_bytes(CA_HASH_SHA1, spki->key, hash, err);
	if (st == CA_OK)
		memcpy(ret, hash, CA_KEY_ID_LEN);
	return st;
}

/* What the extensions need beside the grant, gathered before any is written:
 * the writer has no place for a reason. */
struct parts {
	uint8_t own_id[CA_KEY_ID_LEN];
	uint8_t issuer_id[CA_KEY_ID_LEN];
	struct ca_bytes subject_key_id, authority_key_id;
	struct ca_buf text[4 * CA_EXT_MAX_URLS]; /* the URLs, expanded */
	size_t text_count;
	unsigned shard;
	struct ca_url_list crl, freshest, ocsp, issuers;
};

static void
parts_done(struct parts *parts)
{
	for (size_t i = 0; i < parts->text_count; i++)
		ca_buf_free(&parts->text[i]);
	*parts = (struct parts){0};
}

static enum ca_status
expand_urls(struct parts *parts, const struct ca_url_list *from, const char *id,
    struct ca_url_list *ret, struct ca_error *err)
{
	for (size_t i = 0; i < from->count; i++) {
		struct ca_buf *text = &parts->text[parts->text_count++];

		if (ca_issuer_append_url(
			text, from->url[i], id, parts->shard) != CA_OK)
			return ca_fail(err, CA_MEMORY, "out of memory");
		ret->url[ret->count++] = ca_view(text);
	}
	return CA_OK;
}

static enum ca_status
gather_ids(struct parts *parts, const struct ca_spki *spki,
    const struct ca_issuer *issuer, struct ca_error *err)
{
	const struct ca_cert *above;
	enum ca_status st;

	st = ca_key_id(spki, parts->own_id, err);
	if (st != CA_OK)
		return st;
	parts->subject_key_id = (struct ca_bytes){
	    parts->own_id, sizeof(parts->own_id)};
	parts->authority_key_id = parts->subject_key_id;
	if (issuer->chain_len == 0)
		return CA_OK;
	above = issuer->chain[0];
	parts->authority_key_id = above->subject_key_id;
	if (above->subject_key_id.len != 0)
		return CA_OK;
	/* RFC 5280 4.2.1.1: an issuer without one is known by its key. */
	parts->authority_key_id = (struct ca_bytes){
	    parts->issuer_id, sizeof(parts->issuer_id)};
	return ca_key_id(&above->spki, parts->issuer_id, err);
}

static enum ca_status
gather(struct parts *parts, const struct ca_grant *grant,
    const struct ca_issuer *issuer, struct ca_bytes serial,
    struct ca_error *err)
{
	const struct ca_policy *policy = grant->policy;
	enum ca_status st;

	parts->shard = ca_policy_shard(policy, serial);
	if ((st = gather_ids(parts, &grant->spki, issuer, err)) != CA_OK ||
	    (st = expand_urls(parts, &policy->crl_urls, issuer->id, &parts->crl,
		 err)) != CA_OK ||
	    (st = expand_urls(parts, &policy->freshest_urls, issuer->id,
		 &parts->freshest, err)) != CA_OK ||
	    (st = expand_urls(parts, &policy->ocsp_urls, issuer->id,
		 &parts->ocsp, err)) != CA_OK ||
	    (st = expand_urls(parts, &policy->issuer_urls, issuer->id,
		 &parts->issuers, err)) != CA_OK)
		return st;
	return CA_OK;
}

/* ---- what the key may be used for, and under which name --------------- */

static void
put_constraints_and_usage(struct der_out *out, const struct ca_grant *grant)
{
	const struct ca_policy *policy = grant->policy;

	ca_ext_open(
	    out, CA_OID_BASIC_CONSTRAINTS, policy->basic_constraints_critical);
	ca_basic_constraints_put(out, policy->is_ca,
	    policy->is_ca ? grant->path_len : CA_PATH_LEN_NONE);
	ca_ext_close(out);
	if (grant->key_usage != 0) {
		ca_ext_open(out, CA_OID_KEY_USAGE, policy->key_usage_critical);
		ca_key_usage_put(out, grant->key_usage);
		ca_ext_close(out);
	}
	if (policy->ext_key_usage.count != 0) {
		ca_ext_open(
		    out, CA_OID_EXT_KEY_USAGE, policy->ext_key_usage_critical);
		ca_ext_key_usage_put(out, &policy->ext_key_usage);
		ca_ext_close(out);
	}
}

static void
put_names(struct der_out *out, const struct ca_grant *grant)
{
	if (grant->sans.len != 0) {
		ca_ext_put(out, ca_oid_der(CA_OID_SUBJECT_ALT_NAME),
		    grant->sans_critical, ca_view(&grant->sans));
	}
	if (grant->name_constraints.len != 0) {
		/* RFC 5280 4.2.1.10: critical, always. */
		ca_ext_put(out, ca_oid_der(CA_OID_NAME_CONSTRAINTS), true,
		    ca_view(&grant->name_constraints));
	}
}

/* ---- what is published about it --------------------------------------- */

static void
put_publication(struct der_out *out, const struct ca_policy *policy,
    const struct parts *parts)
{
	if (policy->policies.count != 0) {
		ca_ext_open(out, CA_OID_CERTIFICATE_POLICIES, false);
		ca_certificate_policies_put(
		    out, &policy->policies, policy->cps);
		ca_ext_close(out);
	}
	if (parts->crl.count != 0) {
		ca_ext_open(out, CA_OID_CRL_DISTRIBUTION_POINTS, false);
		ca_distribution_points_put(out, &parts->crl);
		ca_ext_close(out);
	}
	if (parts->freshest.count != 0) {
		ca_ext_open(out, CA_OID_FRESHEST_CRL, false);
		ca_distribution_points_put(out, &parts->freshest);
		ca_ext_close(out);
	}
	if (parts->ocsp.count != 0 || parts->issuers.count != 0) {
		ca_ext_open(out, CA_OID_AUTHORITY_INFO_ACCESS, false);
		ca_info_access_put(out, &parts->ocsp, &parts->issuers);
		ca_ext_close(out);
	}
	if (policy->ocsp_no_check) {
		ca_ext_open(out, CA_OID_OCSP_NO_CHECK, false);
		der_put_null(out);
		ca_ext_close(out);
	}
}

/* Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension */
static void
put_extensions(struct der_out *out, const struct ca_grant *grant,
    const struct parts *parts)
{
	der_open(out, DER_CONTEXT_CONS(3));
	der_open(out, DER_SEQUENCE);
	ca_ext_open(out, CA_OID_AUTHORITY_KEY_IDENTIFIER, false);
	ca_authority_key_id_put(out, parts->authority_key_id);
	ca_ext_close(out);
	ca_ext_open(out, CA_OID_SUBJECT_KEY_IDENTIFIER, false);
	ca_subject_key_id_put(out, parts->subject_key_id);
	ca_ext_close(out);
	put_constraints_and_usage(out, grant);
	put_names(out, grant);
	put_publication(out, grant->policy, parts);
	der_close(out);
	der_close(out);
}

/*
 * TBSCertificate ::= SEQUENCE {
 *	version         [0] EXPLICIT Version DEFAULT v1,
 *	serialNumber        CertificateSerialNumber,
 *	signature           AlgorithmIdentifier,
 *	issuer              Name,
 *	validity            Validity,
 *	subject             Name,
 *	subjectPublicKeyInfo SubjectPublicKeyInfo,
 *	extensions      [3] EXPLICIT Extensions OPTIONAL }
 */
static void
put_tbs(struct der_out *out, const struct ca_grant *grant,
    const struct ca_issuer *issuer, const struct ca_sig_alg *alg,
    const struct ca_order *order, const struct parts *parts)
{
	struct ca_bytes subject = ca_view(&grant->subject);

	der_open(out, DER_SEQUENCE);
	der_open(out, DER_CONTEXT_CONS(0));
	der_put_uint(out, VERSION_3);
	der_close(out);
	der_put_unsigned(out, order->serial);
	ca_sig_alg_put(out, alg);
	der_put_raw(
	    out, issuer->chain_len != 0 ? issuer->chain[0]->subject : subject);
	der_open(out, DER_SEQUENCE);
	ca_time_put(out, order->not_before);
	ca_time_put(out, order->not_after);
	der_close(out);
	der_put_raw(out, subject);
	der_put_raw(out, grant->spki.der);
	put_extensions(out, grant, parts);
	der_close(out);
}

enum ca_status
ca_tbs_cert(const struct ca_grant *grant, const struct ca_issuer *issuer,
    const struct ca_sig_alg *alg, const struct ca_order *order,
    struct ca_buf *ret, struct ca_error *err)
{
	struct parts parts = {0};
	struct der_out out = {0};
	enum ca_status st;

	if ((st = gather(&parts, grant, issuer, order->serial, err)) != CA_OK)
		goto out;
	put_tbs(&out, grant, issuer, alg, order, &parts);
	st = der_finish(&out, ret);
	if (st != CA_OK)
		st = ca_fail(err, st, "certificate: cannot be written: %s",
		    st == CA_MEMORY ? "out of memory" :
				      "a field is beyond what DER allows it");
out:
	parts_done(&parts);
	return st;
}
