/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/policy_parse.h"

#include "ca/lint.h"
#include "ca/time.h"

#include <string.h>

/* A responder's certificate that nobody can revoke lives no longer. */
#define OCSP_MAX_VALIDITY (90 * CA_DAY)

/* CA/B Forum EV guidelines: the OID, content octets of 2.23.140.1.1. */
static const uint8_t ev_oid[] = {0x67, 0x81, 0x0c, 0x01, 0x01};

static bool
has_usage(const struct ca_policy *policy, enum ca_oid usage)
{
	return ca_oid_list_has(&policy->ext_key_usage, ca_oid_der(usage));
}

bool
ca_policy_is_ev(const struct ca_policy *policy)
{
	struct ca_bytes oid = {ev_oid, sizeof(ev_oid)};

	return ca_oid_list_has(&policy->policies, oid);
}

unsigned
ca_policy_shard(const struct ca_policy *policy, struct ca_bytes serial)
{
	uint32_t rest = 0;

	if (policy->shards == 0)
		return 0;
	for (size_t i = 0; i < serial.len; i++)
		rest = (rest << 8 | serial.data[i]) % policy->shards;
	return 1 + rest;
}

const struct ca_subject_rule *
ca_policy_subject_rule(const struct ca_policy *policy, enum ca_oid type)
{
	for (size_t i = 0; i < policy->subject_count; i++)
		if (policy->subject[i].type == type)
			return &policy->subject[i];
	return NULL;
}

uint32_t
ca_policy_allowed_types(const struct ca_policy *policy)
{
	uint32_t allowed = 0;

	for (size_t i = 0; i < policy->pattern_count; i++)
		allowed |= (uint32_t)1 << policy->patterns[i].type;
	return allowed;
}

/* ---- one rule, one function ---- */

static enum ca_status
check_needed(struct policy_reader *rd)
{
	static const enum ca_policy_key needed[] = {CA_POLICY_VALIDITY,
	    CA_POLICY_MAX_VALIDITY, CA_POLICY_ALLOW,
	    CA_POLICY_BASIC_CONSTRAINTS, CA_POLICY_KEY_USAGE};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (rd->policy->lines[needed[i]] == 0)
			return policy_fail_key(rd, needed[i],
			    "[%s] %s is missing: every policy says it",
			    policy_section_name(policy_keys[needed[i]].section),
			    policy_keys[needed[i]].name);
	return CA_OK;
}

static enum ca_status
check_times(struct policy_reader *rd)
{
	const struct ca_policy *policy = rd->policy;

	if (policy->validity > policy->max_validity)
		return policy_fail_key(rd, CA_POLICY_VALIDITY,
		    "validity is above max-validity (line %u)",
		    policy->lines[CA_POLICY_MAX_VALIDITY]);
	if (policy->backdate >= policy->validity)
		return policy_fail_key(rd, CA_POLICY_BACKDATE,
		    "backdate is not below validity (line %u): certificates "
		    "would have ended before they begin",
		    policy->lines[CA_POLICY_VALIDITY]);
	return CA_OK;
}

static enum ca_status
check_authority(struct policy_reader *rd)
{
	const uint16_t both = CA_KU_KEY_CERT_SIGN | CA_KU_CRL_SIGN;
	const struct ca_policy *policy = rd->policy;

	if (!policy->is_ca)
		return CA_OK;
	if (!policy->basic_constraints_critical)
		return policy_fail_key(rd, CA_POLICY_BASIC_CONSTRAINTS,
		    "CA:TRUE is critical: begin with 'critical, ' (RFC 5280 "
		    "4.2.1.9)");
	if (!policy->key_usage_critical)
		return policy_fail_key(rd, CA_POLICY_KEY_USAGE,
		    "an authority's keyUsage is critical: begin with "
		    "'critical, ' (RFC 5280 4.2.1.3)");
	if ((policy->key_usage & both) != both)
		return policy_fail_key(rd, CA_POLICY_KEY_USAGE,
		    "CA:TRUE (line %u) needs keyCertSign and cRLSign (RFC "
		    "5280 4.2.1.3)",
		    policy->lines[CA_POLICY_BASIC_CONSTRAINTS]);
	if ((policy->key_usage & ~(both | CA_KU_DIGITAL_SIGNATURE)) != 0)
		return policy_fail_key(rd, CA_POLICY_KEY_USAGE,
		    "a leaf's usage beside CA:TRUE (line %u): an authority "
		    "has keyCertSign, cRLSign and perhaps digitalSignature",
		    policy->lines[CA_POLICY_BASIC_CONSTRAINTS]);
	if (has_usage(policy, CA_OID_OCSP_SIGNING))
		return policy_fail_key(rd, CA_POLICY_EXT_KEY_USAGE,
		    "OCSPSigning beside CA:TRUE: it would answer for its "
		    "issuer (RFC 6960 4.2.2.2)");
	return CA_OK;
}

static enum ca_status
check_leaf(struct policy_reader *rd)
{
	const struct ca_policy *policy = rd->policy;
	static const enum ca_policy_key others[] = {CA_POLICY_NAME_CONSTRAINTS,
	    CA_POLICY_NEXT_UPDATE, CA_POLICY_OVERLAP,
	    CA_POLICY_DELTA_NEXT_UPDATE, CA_POLICY_NEVER_ISSUED};

	if (policy->is_ca)
		return CA_OK;
	if ((policy->key_usage & (CA_KU_KEY_CERT_SIGN | CA_KU_CRL_SIGN)) != 0)
		return policy_fail_key(rd, CA_POLICY_KEY_USAGE,
		    "keyCertSign and cRLSign need CA:TRUE (line %u has "
		    "CA:FALSE; RFC 5280 4.2.1.9)",
		    policy->lines[CA_POLICY_BASIC_CONSTRAINTS]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (policy->lines[others[i]] != 0)
			return policy_fail_key(rd, others[i],
			    "%s is for authorities: line %u has CA:FALSE",
			    policy_keys[others[i]].name,
			    policy->lines[CA_POLICY_BASIC_CONSTRAINTS]);
	return CA_OK;
}

static enum ca_status
check_key_usage(struct policy_reader *rd)
{
	const uint16_t only = CA_KU_ENCIPHER_ONLY | CA_KU_DECIPHER_ONLY;
	const struct ca_policy *policy = rd->policy;
	uint16_t fits = 0;

	if ((policy->key_usage & only) != 0 &&
	    (policy->key_usage & CA_KU_KEY_AGREEMENT) == 0)
		return policy_fail_key(rd, CA_POLICY_KEY_USAGE,
		    "encipherOnly and decipherOnly need keyAgreement (RFC "
		    "5280 4.2.1.3)");
	for (size_t i = 0; i < policy->key_count; i++) {
		struct ca_spki key = {.type = policy->keys[i].type};
		uint16_t fit = (uint16_t)(policy->key_usage &
		    ~ca_key_usage_unfit(&key, policy->key_usage));

		if ((fit & ~only) == 0)
			return policy_fail_key(rd, CA_POLICY_KEY_USAGE,
			    "no usage is left for a key of type %s (line %u): "
			    "add digitalSignature (RFC 5480 3, RFC 8410 5)",
			    ca_key_type_name(key.type),
			    policy->lines[CA_POLICY_ALLOW]);
		fits |= fit;
	}
	if ((policy->key_usage & ~fits) != 0)
		return policy_fail_key(rd, CA_POLICY_KEY_USAGE,
		    "encipherment needs an RSA key and keyAgreement an ECDSA "
		    "key, and line %u allows none (RFC 3279 2.3.1, RFC 5480 "
		    "3)",
		    policy->lines[CA_POLICY_ALLOW]);
	return CA_OK;
}

static enum ca_status
check_require(struct policy_reader *rd)
{
	const struct ca_policy *policy = rd->policy;
	uint32_t allowed = ca_policy_allowed_types(policy);
	static const enum ca_policy_key keys[] = {CA_POLICY_DNS,
	    CA_POLICY_EMAIL, CA_POLICY_IP, CA_POLICY_URI, CA_POLICY_UPN};
	static const enum ca_san_type types[] = {
	    CA_SAN_DNS, CA_SAN_EMAIL, CA_SAN_IP, CA_SAN_URI, CA_SAN_UPN};

	for (size_t i = 0; i < policy->require_count; i++)
		for (size_t j = 0; j < sizeof(keys) / sizeof(keys[0]); j++)
			if ((policy->require[i] & ~allowed &
				(uint32_t)1 << types[j]) != 0)
				return policy_fail_key(rd, CA_POLICY_REQUIRE,
				    "%s is required and none is allowed: add "
				    "%s = any or the names",
				    policy_keys[keys[j]].name,
				    policy_keys[keys[j]].name);
	return CA_OK;
}

static enum ca_status
check_subject(struct policy_reader *rd)
{
	const struct ca_policy *policy = rd->policy;

	for (size_t i = 0; i < policy->subject_count; i++) {
		const struct ca_subject_rule *rule = &policy->subject[i];

		if (rule->in_san && policy->pattern_count == 0)
			return policy_fail_line(rd, rule->line,
			    "in subjectAltName, and [subjectAltName] allows "
			    "no name");
		if (rule->type == CA_OID_EMAIL_ADDRESS && !rule->in_san &&
		    rule->presence != CA_FIXED)
			return policy_fail_line(rd, rule->line,
			    "emailAddress would be taken unchecked: add ', in "
			    "subjectAltName' (RFC 5280 4.1.2.6)");
	}
	return CA_OK;
}

/* What a client compares a server with is the subjectAltName alone (RFC 9525
 * 6.3), and a commonName beside it may not say anything else (BR 7.1.4.3). */
static enum ca_status
check_server(struct policy_reader *rd)
{
	const uint32_t host = (uint32_t)1 << CA_SAN_DNS |
	    (uint32_t)1 << CA_SAN_IP | (uint32_t)1 << CA_SAN_URI;
	const struct ca_policy *policy = rd->policy;
	const struct ca_subject_rule *cn = ca_policy_subject_rule(
	    policy, CA_OID_COMMON_NAME);
	bool required = false;

	if (policy->is_ca || !has_usage(policy, CA_OID_SERVER_AUTH))
		return CA_OK;
	for (size_t i = 0; i < policy->require_count; i++)
		required |= (policy->require[i] & ~host) == 0;
	if (!required)
		return policy_fail_key(rd, CA_POLICY_EXT_KEY_USAGE,
		    "serverAuth without a name to compare with: add "
		    "[subjectAltName] require = dns | ip, and the names (RFC "
		    "9525 6.3)");
	if (cn != NULL && !cn->in_san)
		return policy_fail_line(rd, cn->line,
		    "a server's commonName is one of its names: write "
		    "'optional, in subjectAltName' (CA/B BR 7.1.4.3)");
	return CA_OK;
}

static enum ca_status
check_responder(struct policy_reader *rd)
{
	const struct ca_policy *policy = rd->policy;

	if (!has_usage(policy, CA_OID_OCSP_SIGNING)) {
		if (policy->ocsp_no_check)
			return policy_fail_key(rd, CA_POLICY_OCSP_NO_CHECK,
			    "ocspNoCheck is for OCSPSigning alone (RFC 6960 "
			    "4.2.2.2.1)");
		return CA_OK;
	}
	if (policy->ext_key_usage.count > 1)
		return policy_fail_key(rd, CA_POLICY_EXT_KEY_USAGE,
		    "OCSPSigning stands alone: a responder's key does nothing "
		    "else");
	if ((policy->key_usage & CA_KU_DIGITAL_SIGNATURE) == 0)
		return policy_fail_key(rd, CA_POLICY_KEY_USAGE,
		    "OCSPSigning needs digitalSignature (RFC 5280 4.2.1.12)");
	if (!policy->ocsp_no_check)
		return policy_fail_key(rd, CA_POLICY_EXT_KEY_USAGE,
		    "OCSPSigning without ocspNoCheck = yes: who would answer "
		    "for the responder? (RFC 6960 4.2.2.2.1)");
	if (policy->max_validity > OCSP_MAX_VALIDITY)
		return policy_fail_key(rd, CA_POLICY_MAX_VALIDITY,
		    "a responder that nobody can revoke lives at most 90d");
	return CA_OK;
}

static enum ca_status
check_ext_usage(struct policy_reader *rd)
{
	const struct ca_policy *policy = rd->policy;

	if (policy->ext_key_usage_critical &&
	    has_usage(policy, CA_OID_ANY_EXT_KEY_USAGE))
		return policy_fail_key(rd, CA_POLICY_EXT_KEY_USAGE,
		    "critical says 'these alone' and anyExtendedKeyUsage "
		    "'all' (RFC 5280 4.2.1.12)");
	return CA_OK;
}

static enum ca_status
check_crl(struct policy_reader *rd)
{
	const struct ca_policy *policy = rd->policy;

	if (policy->lines[CA_POLICY_OVERLAP] != 0 &&
	    policy->lines[CA_POLICY_NEXT_UPDATE] == 0)
		return policy_fail_key(rd, CA_POLICY_OVERLAP,
		    "overlap without next-update: how long is a CRL good?");
	if (policy->crl_overlap > 0 &&
	    policy->crl_overlap >= policy->crl_next_update)
		return policy_fail_key(rd, CA_POLICY_OVERLAP,
		    "overlap is not below next-update (line %u)",
		    policy->lines[CA_POLICY_NEXT_UPDATE]);
	return CA_OK;
}

static bool
has_place(struct ca_bytes url, const char *place)
{
	size_t len = strlen(place);

	for (size_t i = 0; i + len <= url.len; i++)
		if (memcmp(url.data + i, place, len) == 0)
			return true;
	return false;
}

/* Two partitions at one URL would hide each other's revocations. */
static enum ca_status
check_places(struct policy_reader *rd, enum ca_policy_key key,
    const struct ca_url_list *urls)
{
	for (size_t i = 0; i < urls->count; i++) {
		bool has = has_place(urls->url[i], "{shard}");

		if (has && rd->policy->shards == 0)
			return policy_fail_key(rd, key,
			    "{shard} without shards = N: how many are there?");
		if (!has && rd->policy->shards > 1)
			return policy_fail_key(rd, key,
			    "shards (line %u) without {shard} in each URL: "
			    "their CRLs would be at one place",
			    rd->policy->lines[CA_POLICY_SHARDS]);
	}
	return CA_OK;
}

static enum ca_status
check_publish(struct policy_reader *rd)
{
	static const enum ca_policy_key need_crl[] = {
	    CA_POLICY_SHARDS, CA_POLICY_FRESHEST};
	const struct ca_policy *policy = rd->policy;
	enum ca_status st;

	for (size_t i = 0; i < sizeof(need_crl) / sizeof(need_crl[0]); i++)
		if (policy->lines[need_crl[i]] != 0 &&
		    policy->crl_urls.count == 0)
			return policy_fail_key(rd, need_crl[i],
			    "%s without crl = URL: where is the CRL?",
			    policy_keys[need_crl[i]].name);
	st = check_places(rd, CA_POLICY_CRL, &policy->crl_urls);
	if (st != CA_OK)
		return st;
	return check_places(rd, CA_POLICY_FRESHEST, &policy->freshest_urls);
}

/* EV guidelines 9.2 (who it is) and 9.8.1 (no wildcard). */
static enum ca_status
check_ev(struct policy_reader *rd)
{
	static const enum ca_oid needed[] = {CA_OID_ORGANIZATION,
	    CA_OID_JURISDICTION_COUNTRY, CA_OID_BUSINESS_CATEGORY,
	    CA_OID_SERIAL_NUMBER};
	const struct ca_policy *policy = rd->policy;

	if (policy->is_ca || !ca_policy_is_ev(policy))
		return CA_OK;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const struct ca_subject_rule *rule = ca_policy_subject_rule(
		    policy, needed[i]);

		if (rule == NULL || rule->presence == CA_OPTIONAL)
			return policy_fail_key(rd,
			    CA_POLICY_CERTIFICATE_POLICIES,
			    "2.23.140.1.1 is extended validation: [subject] "
			    "needs %s = required (EV guidelines 9.2)",
			    ca_oid_name(needed[i]));
	}
	for (size_t i = 0; i < policy->pattern_count; i++)
		if (policy->patterns[i].type == CA_SAN_DNS &&
		    policy->patterns[i].text.data[0] == '*')
			return policy_fail_line(rd, policy->patterns[i].line,
			    "extended validation (line %u) has no wildcards "
			    "(EV guidelines 9.8.1)",
			    policy->lines[CA_POLICY_CERTIFICATE_POLICIES]);
	return CA_OK;
}

enum ca_status
policy_check(struct policy_reader *rd)
{
	static enum ca_status (*const rules[])(struct policy_reader *) = {
	    check_needed, check_times, check_authority, check_leaf,
	    check_key_usage, check_require, check_subject, check_server,
	    check_responder, check_ext_usage, check_crl, check_publish,
	    check_ev};
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if ((st = rules[i](rd)) != CA_OK)
			break;
	return st;
}
