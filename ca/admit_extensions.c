/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/admit.h"

#include "ca/lint.h"
#include "ca/policy_parse.h"

#include <stdio.h>
#include <string.h>

/* ---- what the policy gives ---- */

static void
note_value(struct admission *ad, enum ca_policy_key key, const char *text)
{
	admit_note(ad, CA_FROM_POLICY, policy_keys[key].name, ca_text(text),
	    ad->policy->lines[key], NULL);
}

/* The default, or what the operator asks for, up to the maximum. */
static enum ca_status
admit_path_len(struct admission *ad)
{
	const struct ca_policy *policy = ad->policy;
	const struct ca_wish *wish = ad->wish;
	int most = policy->max_path_len;
	char place[CA_POLICY_PLACE];

	ad->grant.path_len = policy->path_len;
	if (!wish->has_path_len)
		return CA_OK;
	ca_policy_place(
	    policy, policy->lines[CA_POLICY_BASIC_CONSTRAINTS], place);
	if (!policy->is_ca)
		return ca_fail(ad->err, CA_REFUSED,
		    "path length: %s makes no authority: leave it out", place);
	if (wish->path_len < CA_PATH_LEN_NONE)
		return ca_fail(ad->err, CA_USAGE,
		    "path length: %d: it is 0 or more", wish->path_len);
	if (most != CA_PATH_LEN_NONE &&
	    (wish->path_len == CA_PATH_LEN_NONE || wish->path_len > most))
		return ca_fail(ad->err, CA_REFUSED,
		    "path length: %d is asked for, %s allows %d (RFC 5280 "
		    "4.2.1.9): ask for less, or raise max-pathlen there",
		    wish->path_len, place, most);
	ad->grant.path_len = wish->path_len;
	return CA_OK;
}

static enum ca_status
note_basic_constraints(struct admission *ad)
{
	const struct ca_policy *policy = ad->policy;
	const char *critical = policy->basic_constraints_critical ?
	    "critical, " :
	    "";
	char text[64];

	if (ad->grant.path_len == CA_PATH_LEN_NONE)
		(void)snprintf(text, sizeof(text), "%sCA:%s", critical,
		    policy->is_ca ? "TRUE" : "FALSE");
	else
		(void)snprintf(text, sizeof(text), "%sCA:TRUE, pathlen:%d",
		    critical, ad->grant.path_len);
	if (ad->wish->has_path_len)
		admit_note(ad, CA_FROM_OPTION, "basicConstraints",
		    ca_text(text), policy->lines[CA_POLICY_BASIC_CONSTRAINTS],
		    NULL);
	else
		note_value(ad, CA_POLICY_BASIC_CONSTRAINTS, text);
	return CA_OK;
}

/* A key that cannot do it does not get it (RFC 5480 3, RFC 8410 5). */
static enum ca_status
admit_key_usage(struct admission *ad)
{
	const uint16_t only = CA_KU_ENCIPHER_ONLY | CA_KU_DECIPHER_ONLY;
	const struct ca_policy *policy = ad->policy;
	uint16_t unfit = ca_key_usage_unfit(&ad->grant.spki, policy->key_usage);
	uint16_t bits = (uint16_t)(policy->key_usage & ~unfit);
	unsigned line = policy->lines[CA_POLICY_KEY_USAGE];
	struct ca_buf given = {0}, without = {0};
	char place[CA_POLICY_PLACE], why[160];
	enum ca_status st = CA_OK;

	ca_policy_place(policy, line, place);
	if ((bits & ~only) == 0)
		return ca_fail(ad->err, CA_REFUSED,
		    "keyUsage: a key of type %s can do nothing of what %s "
		    "gives (RFC 4055 1.2, RFC 5480 3, RFC 8410 5): take "
		    "another key",
		    ca_key_type_name(ad->grant.spki.type), place);
	ad->grant.key_usage = bits;
	if (ca_buf_append_text(&given,
		policy->key_usage_critical ? "critical, " : "") != CA_OK ||
	    ca_key_usage_append_text(&given, bits) != CA_OK ||
	    ca_key_usage_append_text(&without, unfit) != CA_OK ||
	    ca_buf_text(&without) == NULL) {
		st = admit_no_memory(ad);
	} else {
		(void)snprintf(why, sizeof(why), "no %s for a key of type %s",
		    ca_buf_text(&without),
		    ca_key_type_name(ad->grant.spki.type));
		admit_note(ad, CA_FROM_POLICY, "keyUsage", ca_view(&given),
		    line, unfit != 0 ? why : NULL);
	}
	ca_buf_free(&given);
	ca_buf_free(&without);
	return st;
}

static enum ca_status
note_name_constraints(struct admission *ad, bool asked)
{
	struct ca_subtree trees[CA_CONSTRAINTS_MAX];
	struct ca_buf text = {0};
	enum ca_status st;
	size_t count;

	st = ca_constraints_parse(
	    ca_view(&ad->grant.name_constraints), trees, &count, ad->err);
	if (st != CA_OK)
		return st;
	st = ca_buf_append_text(&text, "critical");
	for (size_t i = 0; i < count && st == CA_OK; i++)
		if ((st = ca_buf_append_text(&text, ", ")) == CA_OK)
			st = ca_subtree_append_text(&text, &trees[i]);
	if (st != CA_OK)
		st = admit_no_memory(ad);
	else
		admit_note(ad, asked ? CA_FROM_OPTION : CA_FROM_POLICY,
		    "nameConstraints", ca_view(&text),
		    ad->policy->lines[CA_POLICY_NAME_CONSTRAINTS], NULL);
	ca_buf_free(&text);
	return st;
}

/* Constraints can only be added: what a policy forbids stays forbidden. */
static enum ca_status
admit_name_constraints(struct admission *ad)
{
	struct ca_bytes asked = ad->wish->name_constraints;
	struct ca_bytes given = ca_view(&ad->policy->name_constraints);
	char place[CA_POLICY_PLACE];

	ca_policy_place(
	    ad->policy, ad->policy->lines[CA_POLICY_NAME_CONSTRAINTS], place);
	if (asked.len > 0 && !ad->policy->is_ca)
		return ca_fail(ad->err, CA_REFUSED,
		    "nameConstraints: %s makes no authority (RFC 5280 "
		    "4.2.1.10): leave them out",
		    place);
	if (asked.len > 0 && given.len > 0 && !ca_bytes_equal(asked, given))
		return ca_fail(ad->err, CA_REFUSED,
		    "nameConstraints: asked for, and %s has its own: leave "
		    "them out, or change the policy",
		    place);
	if (ca_buf_append(&ad->grant.name_constraints,
		asked.len > 0 ? asked : given) != CA_OK)
		return admit_no_memory(ad);
	if (ad->grant.name_constraints.len == 0)
		return CA_OK;
	return note_name_constraints(ad, asked.len > 0);
}

/* Those that are as the policy's text says them. */
static enum ca_status
note_plain(struct admission *ad)
{
	static const enum ca_policy_key keys[] = {CA_POLICY_EXT_KEY_USAGE,
	    CA_POLICY_CERTIFICATE_POLICIES, CA_POLICY_OCSP_NO_CHECK};
	const struct ca_policy *policy = ad->policy;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct ca_buf text = {0};
		bool ok;

		if (policy->lines[keys[i]] == 0 ||
		    (keys[i] == CA_POLICY_OCSP_NO_CHECK &&
			!policy->ocsp_no_check))
			continue;
		ok = policy_append_value(&text, policy, keys[i]) == CA_OK &&
		    ca_buf_text(&text) != NULL;
		if (ok)
			note_value(ad, keys[i], ca_buf_text(&text));
		ca_buf_free(&text);
		if (!ok)
			return admit_no_memory(ad);
	}
	return CA_OK;
}

enum ca_status
admit_extensions(struct admission *ad)
{
	enum ca_status st;

	if ((st = admit_path_len(ad)) != CA_OK ||
	    (st = note_basic_constraints(ad)) != CA_OK ||
	    (st = admit_key_usage(ad)) != CA_OK ||
	    (st = admit_name_constraints(ad)) != CA_OK)
		return st;
	return note_plain(ad);
}

/* ---- what the request asked for ---- */

/* What a policy's key says about an extension; COUNT: nothing. */
static enum ca_policy_key
key_for(enum ca_oid id)
{
	switch (id) {
	case CA_OID_BASIC_CONSTRAINTS:
		return CA_POLICY_BASIC_CONSTRAINTS;
	case CA_OID_KEY_USAGE:
		return CA_POLICY_KEY_USAGE;
	case CA_OID_EXT_KEY_USAGE:
		return CA_POLICY_EXT_KEY_USAGE;
	case CA_OID_NAME_CONSTRAINTS:
		return CA_POLICY_NAME_CONSTRAINTS;
	case CA_OID_CERTIFICATE_POLICIES:
		return CA_POLICY_CERTIFICATE_POLICIES;
	case CA_OID_OCSP_NO_CHECK:
		return CA_POLICY_OCSP_NO_CHECK;
	case CA_OID_CRL_DISTRIBUTION_POINTS:
		return CA_POLICY_CRL;
	case CA_OID_AUTHORITY_INFO_ACCESS:
		return CA_POLICY_OCSP;
	default:
		return CA_POLICY_KEY_COUNT;
	}
}

static enum ca_status
refuse_malformed(struct admission *ad, const struct ca_ext *ext)
{
	return ca_fail(ad->err, CA_MALFORMED,
	    "%s: the request's is not DER of one (RFC 5280 4.2.1): make the "
	    "request again",
	    ca_oid_name(ext->id));
}

static enum ca_status
refuse_authority(
    struct admission *ad, const char *asked, enum ca_policy_key key)
{
	char place[CA_POLICY_PLACE];

	ca_policy_place(ad->policy, ad->policy->lines[key], place);
	return ca_fail(ad->err, CA_REFUSED,
	    "%s: the request asks for %s, and %s makes no authority (RFC 5280 "
	    "4.2.1.9): make the request without it, or an authority with "
	    "signet ca add",
	    policy_keys[key].name, asked, place);
}

/* Appends what is asked for; *ret_same: the policy gives just that. */
static enum ca_status
read_basic_constraints(struct admission *ad, const struct ca_ext *ext,
    struct ca_buf *text, bool *ret_same)
{
	enum ca_status st;
	int path_len;
	bool ca;

	if (!ca_basic_constraints_get(ext->value, &ca, &path_len))
		return refuse_malformed(ad, ext);
	if (ca && !ad->policy->is_ca)
		return refuse_authority(
		    ad, "CA:TRUE", CA_POLICY_BASIC_CONSTRAINTS);
	*ret_same = ca == ad->policy->is_ca && path_len == ad->grant.path_len;
	st = ca_buf_append_text(text, ca ? "CA:TRUE" : "CA:FALSE");
	if (st == CA_OK && path_len != CA_PATH_LEN_NONE)
		st = ca_buf_printf(text, ", pathlen:%d", path_len);
	return st == CA_OK ? CA_OK : admit_no_memory(ad);
}

static enum ca_status
read_key_usage(struct admission *ad, const struct ca_ext *ext,
    struct ca_buf *text, bool *ret_same)
{
	const uint16_t authority = CA_KU_KEY_CERT_SIGN | CA_KU_CRL_SIGN;
	uint16_t bits;

	if (!ca_key_usage_get(ext->value, &bits))
		return refuse_malformed(ad, ext);
	if ((bits & authority) != 0 && !ad->policy->is_ca)
		return refuse_authority(ad,
		    (bits & CA_KU_KEY_CERT_SIGN) != 0 ? "keyCertSign" :
							"cRLSign",
		    CA_POLICY_KEY_USAGE);
	*ret_same = bits == ad->grant.key_usage;
	return ca_key_usage_append_text(text, bits) == CA_OK ?
	    CA_OK :
	    admit_no_memory(ad);
}

static enum ca_status
read_ext_key_usage(struct admission *ad, const struct ca_ext *ext,
    struct ca_buf *text, bool *ret_same)
{
	const struct ca_oid_list *given = &ad->policy->ext_key_usage;
	struct ca_oid_list asked = {0};

	if (!ca_ext_key_usage_get(ext->value, &asked))
		return refuse_malformed(ad, ext);
	*ret_same = asked.count == given->count;
	for (size_t i = 0; i < asked.count; i++) {
		*ret_same = *ret_same && ca_oid_list_has(given, asked.oid[i]);
		if ((i > 0 && ca_buf_append_text(text, ", ") != CA_OK) ||
		    ca_oid_append_text(text, asked.oid[i]) != CA_OK)
			return admit_no_memory(ad);
	}
	return CA_OK;
}

static enum ca_status
read_requested(struct admission *ad, const struct ca_ext *ext,
    struct ca_buf *text, bool *ret_same)
{
	*ret_same = false;
	if (ext->critical && ca_buf_append_text(text, "critical, ") != CA_OK)
		return admit_no_memory(ad);
	if (ext->id == CA_OID_BASIC_CONSTRAINTS)
		return read_basic_constraints(ad, ext, text, ret_same);
	if (ext->id == CA_OID_KEY_USAGE)
		return read_key_usage(ad, ext, text, ret_same);
	if (ext->id == CA_OID_EXT_KEY_USAGE)
		return read_ext_key_usage(ad, ext, text, ret_same);
	if (ca_buf_printf(text, "%zu octets", ext->value.len) != CA_OK)
		return admit_no_memory(ad);
	return CA_OK;
}

static void
note_requested(struct admission *ad, const struct ca_ext *ext,
    struct ca_bytes text, bool same)
{
	enum ca_policy_key key = key_for(ext->id);
	bool known = key != CA_POLICY_KEY_COUNT;
	unsigned line = known ? ad->policy->lines[key] : 0;
	const char *field = known ? policy_keys[key].name :
				    ca_oid_name(ext->id);
	struct ca_buf dotted = {0};

	if (key == CA_POLICY_CRL || key == CA_POLICY_OCSP)
		field = ca_oid_name(ext->id);
	if (field == NULL && ca_oid_append_dotted(&dotted, ext->oid) == CA_OK)
		field = ca_buf_text(&dotted);
	admit_note(ad, CA_DROPPED, field == NULL ? "extension" : field, text,
	    line,
	    same          ? CA_WHY_SAME :
		line != 0 ? "the policy decides this" :
			    "never copied from a request");
	ca_buf_free(&dotted);
}

enum ca_status
admit_requested(struct admission *ad)
{
	const struct ca_exts *exts = ad->wish->exts;
	enum ca_status st = CA_OK;

	for (size_t i = 0; exts != NULL && i < exts->count && st == CA_OK;
	     i++) {
		const struct ca_ext *ext = &exts->list[i];
		struct ca_buf text = {0};
		bool same;

		if (ext->id == CA_OID_SUBJECT_ALT_NAME)
			continue;
		if ((st = read_requested(ad, ext, &text, &same)) == CA_OK)
			note_requested(ad, ext, ca_view(&text), same);
		ca_buf_free(&text);
	}
	return st;
}
