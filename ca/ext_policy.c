/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The extensions that say how policies go down a path. */
#include "ca/ext.h"

#include <limits.h>

/* ---- policyMappings --------------------------------------------------- */

/*
 * PolicyMappings ::= SEQUENCE SIZE (1..MAX) OF SEQUENCE {
 *     issuerDomainPolicy  CertPolicyId,
 *     subjectDomainPolicy CertPolicyId }
 */
bool
ca_policy_mappings_get(struct ca_bytes value,
    struct ca_policy_mapping ret[CA_EXT_MAX_MAPPINGS], size_t *ret_count)
{
	struct ca_bytes in, pair;
	size_t count = 0;

	if (!der_get(&value, DER_SEQUENCE, &in) || !der_at_end(value) ||
	    der_at_end(in))
		return false;
	while (!der_at_end(in)) {
		if (count == CA_EXT_MAX_MAPPINGS ||
		    !der_get(&in, DER_SEQUENCE, &pair) ||
		    !der_get_oid(&pair, &ret[count].issuer) ||
		    !der_get_oid(&pair, &ret[count].subject) ||
		    !der_at_end(pair))
			return false;
		count++;
	}
	*ret_count = count;
	return true;
}

void
ca_policy_mappings_put(
    struct der_out *out, const struct ca_policy_mapping *mappings, size_t count)
{
	if (count == 0 || count > CA_EXT_MAX_MAPPINGS)
		der_put_failed(out, CA_INTERNAL);
	der_open(out, DER_SEQUENCE);
	for (size_t i = 0; i < count && i < CA_EXT_MAX_MAPPINGS; i++) {
		der_open(out, DER_SEQUENCE);
		der_put(out, DER_OID, mappings[i].issuer);
		der_put(out, DER_OID, mappings[i].subject);
		der_close(out);
	}
	der_close(out);
}

/* ---- policyConstraints, inhibitAnyPolicy ------------------------------ */

/* SkipCerts ::= INTEGER (0..MAX); content octets, the sign among them. */
static bool
read_skip_certs(struct ca_bytes octets, int *ret)
{
	uint64_t number = 0;

	if (!der_integer_is_valid(octets) || octets.data[0] >= 0x80)
		return false;
	for (size_t i = 0; i < octets.len && number <= INT_MAX; i++)
		number = number << 8 | octets.data[i];
	*ret = number > INT_MAX ? INT_MAX : (int)number;
	return true;
}

static bool
take_skip_certs(struct ca_bytes *in, unsigned tag, int *ret)
{
	struct ca_bytes octets;
	bool present;

	*ret = CA_SKIP_CERTS_NONE;
	if (!der_get_optional(in, DER_CONTEXT(tag), &present, &octets))
		return false;
	return !present || read_skip_certs(octets, ret);
}

/*
 * PolicyConstraints ::= SEQUENCE {
 *     requireExplicitPolicy [0] SkipCerts OPTIONAL,
 *     inhibitPolicyMapping  [1] SkipCerts OPTIONAL }
 *
 * Not empty (RFC 5280 4.2.1.11).
 */
bool
ca_policy_constraints_get(
    struct ca_bytes value, int *ret_require_explicit, int *ret_inhibit_mapping)
{
	int require_explicit, inhibit_mapping;
	struct ca_bytes in;

	if (!der_get(&value, DER_SEQUENCE, &in) || !der_at_end(value) ||
	    der_at_end(in) || !take_skip_certs(&in, 0, &require_explicit) ||
	    !take_skip_certs(&in, 1, &inhibit_mapping) || !der_at_end(in))
		return false;
	*ret_require_explicit = require_explicit;
	*ret_inhibit_mapping = inhibit_mapping;
	return true;
}

static void
put_skip_certs(struct der_out *out, uint8_t tag, int skip_certs)
{
	struct der_out number = {0};
	struct ca_buf der = {0};
	struct ca_bytes in, octets;

	if (skip_certs < 0)
		return;
	der_put_uint(&number, (uint64_t)skip_certs);
	if (der_finish(&number, &der) != CA_OK) {
		der_put_failed(out, CA_MEMORY);
		return;
	}
	in = ca_view(&der);
	if (der_get_integer(&in, &octets))
		der_put(out, tag, octets);
	ca_buf_free(&der);
}

void
ca_policy_constraints_put(
    struct der_out *out, int require_explicit, int inhibit_mapping)
{
	if (require_explicit < 0 && inhibit_mapping < 0)
		der_put_failed(out, CA_INTERNAL);
	der_open(out, DER_SEQUENCE);
	put_skip_certs(out, DER_CONTEXT(0), require_explicit);
	put_skip_certs(out, DER_CONTEXT(1), inhibit_mapping);
	der_close(out);
}

bool
ca_inhibit_any_policy_get(struct ca_bytes value, int *ret_skip_certs)
{
	struct ca_bytes octets;

	return der_get_integer(&value, &octets) && der_at_end(value) &&
	    read_skip_certs(octets, ret_skip_certs);
}

void
ca_inhibit_any_policy_put(struct der_out *out, int skip_certs)
{
	if (skip_certs < 0)
		der_put_failed(out, CA_INTERNAL);
	else
		der_put_uint(out, (uint64_t)skip_certs);
}

/* ---- the qualifiers of certificatePolicies ---------------------------- */

/* id-qt-unotice, 1.3.6.1.5.5.7.2.2: shown to people, decides nothing. */
static const uint8_t user_notice[] = {
    0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x02, 0x02};

static bool
qualifiers_are_plain(struct ca_bytes qualifiers)
{
	const struct ca_bytes notice = {user_notice, sizeof(user_notice)};
	struct ca_bytes in, id;

	while (!der_at_end(qualifiers))
		if (!der_get(&qualifiers, DER_SEQUENCE, &in) ||
		    !der_get_oid(&in, &id) ||
		    (ca_oid_find(id) != CA_OID_CPS &&
			!ca_bytes_equal(id, notice)))
			return false;
	return true;
}

bool
ca_certificate_policies_are_plain(struct ca_bytes value)
{
	struct ca_bytes policies, in, oid, qualifiers;

	if (!der_get(&value, DER_SEQUENCE, &policies))
		return false;
	while (!der_at_end(policies)) {
		if (!der_get(&policies, DER_SEQUENCE, &in) ||
		    !der_get_oid(&in, &oid))
			return false;
		if (!der_at_end(in) &&
		    (!der_get(&in, DER_SEQUENCE, &qualifiers) ||
			!qualifiers_are_plain(qualifiers)))
			return false;
	}
	return true;
}
