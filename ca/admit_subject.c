/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/admit.h"

#include "ca/name.h"

#include <stdio.h>
#include <string.h>

#define UB_COMMON_NAME 64 /* RFC 5280 app. A, ub-common-name */

/* Attributes that a name may well have several of. */
static bool
may_repeat(enum ca_oid type)
{
	return type == CA_OID_ORGANIZATIONAL_UNIT ||
	    type == CA_OID_DOMAIN_COMPONENT || type == CA_OID_STREET;
}

/* Asked for and not granted. */
static void
note_dropped(struct admission *ad, const struct ca_attribute *attr,
    struct ca_bytes value, unsigned line, const char *why)
{
	struct ca_buf dotted = {0};
	const char *field = ca_oid_name(attr->type);

	if (field == NULL && ca_oid_append_dotted(&dotted, attr->oid) == CA_OK)
		field = ca_buf_text(&dotted);
	admit_note(ad, CA_DROPPED, field == NULL ? "subject" : field, value,
	    line, why);
	ca_buf_free(&dotted);
}

/* ---- commonName and emailAddress that must be in the subjectAltName ---- */

static bool
equals_folded(struct ca_bytes value, struct ca_bytes lower, size_t from)
{
	if (value.len != lower.len || memcmp(value.data, lower.data, from) != 0)
		return false;
	for (size_t i = from; i < value.len; i++) {
		uint8_t octet = value.data[i];

		admit_lower(&octet, 1);
		if (octet != lower.data[i])
			return false;
	}
	return true;
}

/* Many texts are one address. */
static bool
is_address(struct ca_bytes value, struct ca_bytes address)
{
	char text[64];
	uint8_t octets[16];
	struct ca_bytes parsed = {octets, 0};

	if (value.len >= sizeof(text) ||
	    memchr(value.data, '\0', value.len) != NULL)
		return false;
	memcpy(text, value.data, value.len);
	text[value.len] = '\0';
	return ca_ip_parse(text, octets, &parsed.len) &&
	    ca_bytes_equal(parsed, address);
}

static bool
san_is(const struct ca_san *san, struct ca_bytes value)
{
	const uint8_t *at = memchr(san->value.data, '@', san->value.len);

	switch (san->type) {
	case CA_SAN_DNS:
		return equals_folded(value, san->value, 0);
	case CA_SAN_EMAIL:
		return equals_folded(value, san->value,
		    at == NULL || value.len != san->value.len ?
			0 :
			(size_t)(at - san->value.data));
	case CA_SAN_IP:
		return is_address(value, san->value);
	default:
		return ca_bytes_equal(value, san->value);
	}
}

static const struct ca_san *
find_san(const struct admission *ad, enum ca_oid type, struct ca_bytes value)
{
	for (size_t i = 0; i < ad->san_count; i++)
		if ((type != CA_OID_EMAIL_ADDRESS ||
			ad->sans[i].type == CA_SAN_EMAIL) &&
		    san_is(&ad->sans[i], value))
			return &ad->sans[i];
	return NULL;
}

static enum ca_status
refuse_not_in_san(struct admission *ad, const struct ca_subject_rule *rule,
    struct ca_bytes value)
{
	char place[CA_POLICY_PLACE];

	ca_policy_place(ad->policy, rule->line, place);
	return ca_fail(ad->err, CA_REFUSED,
	    "%s: '%.*s' is not among the names of the subjectAltName, and %s "
	    "says so: add it there (openssl req ... -addext "
	    "subjectAltName=DNS:..., signet csr new --dns ...) or leave it out",
	    ca_oid_name(rule->type), (int)(value.len < 80 ? value.len : 80),
	    (const char *)value.data, place);
}

/*
 * Takes the spelling of the subjectAltName (CA/B BR 7.1.4.3). An address has
 * its own type there and is no common name, and a host name longer than a
 * common name may be cannot be one: both are left out where that is allowed.
 */
static enum ca_status
follow_san(struct admission *ad, const struct ca_subject_rule *rule,
    struct ca_bytes *value, const char **ret_omit)
{
	const struct ca_san *san = find_san(ad, rule->type, *value);

	if (san == NULL)
		return refuse_not_in_san(ad, rule, *value);
	if (san->type == CA_SAN_IP)
		*ret_omit = "an address stands in the subjectAltName alone";
	else if (rule->type == CA_OID_COMMON_NAME &&
	    san->value.len > UB_COMMON_NAME)
		*ret_omit = "longer than 64 (RFC 5280 app. A), and it is in "
			    "the subjectAltName";
	else
		*value = san->value;
	if (*ret_omit == NULL || rule->presence != CA_REQUIRED)
		return CA_OK;
	return ca_fail(ad->err, CA_REFUSED,
	    "%s: '%.*s' cannot be one (%s), and the policy requires one: give "
	    "a host name",
	    ca_oid_name(rule->type), (int)(value->len < 80 ? value->len : 80),
	    (const char *)value->data, *ret_omit);
}

/* ---- one rule of [subject] ---- */

static enum ca_status
put_value(struct admission *ad, struct der_out *out,
    const struct ca_subject_rule *rule, struct ca_bytes value)
{
	bool fixed = rule->presence == CA_FIXED;
	enum ca_status st = ca_name_put(out, rule->type, value, ad->err);

	if (st == CA_OK)
		admit_note(ad, fixed ? CA_FROM_POLICY : CA_FROM_REQUEST,
		    ca_oid_name(rule->type), value, rule->line, NULL);
	return st;
}

/* One attribute of the request under its rule; counts what is granted. */
static enum ca_status
take_attribute(struct admission *ad, struct der_out *out,
    const struct ca_subject_rule *rule, const struct ca_attribute *attr,
    size_t *count)
{
	struct ca_buf text = {0};
	struct ca_bytes value;
	const char *omit = NULL;
	enum ca_status st = CA_OK;

	if (ca_attribute_append_utf8(&text, attr) != CA_OK)
		return admit_no_memory(ad);
	value = ca_view(&text);
	if (rule->presence == CA_FIXED)
		omit = ca_bytes_equal(value, rule->fixed) ?
		    CA_WHY_SAME :
		    "the policy fixes it";
	else if (value.len == 0)
		omit = "empty";
	else if (rule->in_san)
		st = follow_san(ad, rule, &value, &omit);
	if (st == CA_OK && omit != NULL)
		note_dropped(ad, attr, value, rule->line, omit);
	else if (st == CA_OK && (*count)++ > 0 && !may_repeat(rule->type))
		st = ca_fail(ad->err, CA_REFUSED,
		    "%s: twice in the request's subject: make the request "
		    "with one",
		    ca_oid_name(rule->type));
	else if (st == CA_OK)
		st = put_value(ad, out, rule, value);
	ca_buf_free(&text);
	return st;
}

static enum ca_status
refuse_missing(struct admission *ad, const struct ca_subject_rule *rule)
{
	char place[CA_POLICY_PLACE];

	ca_policy_place(ad->policy, rule->line, place);
	if (ad->policy->is_ca)
		return ca_fail(ad->err, CA_REFUSED,
		    "%s: not in the name, and %s requires it: write it there "
		    "too: \"..., %s=...\"",
		    ca_oid_name(rule->type), place, ca_oid_name(rule->type));
	return ca_fail(ad->err, CA_REFUSED,
	    "%s: not in the request, and %s requires it: make the request "
	    "with openssl req ... -subj '/%s=...', or signet csr new "
	    "--subject '%s=...'",
	    ca_oid_name(rule->type), place, ca_oid_name(rule->type),
	    ca_oid_name(rule->type));
}

static enum ca_status
apply_rule(struct admission *ad, struct der_out *out,
    const struct ca_subject_rule *rule)
{
	struct ca_name_walk walk;
	struct ca_attribute attr;
	enum ca_status st;
	size_t count = 0;

	if (rule->presence == CA_FIXED &&
	    (st = put_value(ad, out, rule, rule->fixed)) != CA_OK)
		return st;
	if (ad->wish->subject.len > 0) {
		ca_name_walk(&walk, ad->wish->subject);
		while (ca_name_next(&walk, &attr))
			if (attr.type == rule->type &&
			    (st = take_attribute(
				 ad, out, rule, &attr, &count)) != CA_OK)
				return st;
	}
	if (rule->presence == CA_REQUIRED && count == 0)
		return refuse_missing(ad, rule);
	return CA_OK;
}

/* ---- the whole ---- */

static enum ca_status
note_unlisted(struct admission *ad)
{
	struct ca_name_walk walk;
	struct ca_attribute attr;

	if (ad->wish->subject.len == 0)
		return CA_OK;
	ca_name_walk(&walk, ad->wish->subject);
	while (ca_name_next(&walk, &attr)) {
		struct ca_buf text = {0};

		if (attr.type != CA_OID_UNKNOWN &&
		    ca_policy_subject_rule(ad->policy, attr.type) != NULL)
			continue;
		if (ca_attribute_append_utf8(&text, &attr) != CA_OK) {
			ca_buf_free(&text);
			return admit_no_memory(ad);
		}
		note_dropped(
		    ad, &attr, ca_view(&text), 0, "[subject] does not list it");
		ca_buf_free(&text);
	}
	return CA_OK;
}

enum ca_status
admit_subject(struct admission *ad)
{
	struct der_out out = {0};
	enum ca_status st = CA_OK;

	if (ad->wish->subject.len > 0)
		st = ca_name_check(ad->wish->subject, ad->err);
	/* RDNSequence ::= SEQUENCE OF RelativeDistinguishedName */
	der_open(&out, DER_SEQUENCE);
	for (size_t i = 0; i < ad->policy->subject_count && st == CA_OK; i++)
		st = apply_rule(ad, &out, &ad->policy->subject[i]);
	der_close(&out);
	if (st == CA_OK)
		st = note_unlisted(ad);
	if (st == CA_OK && (st = der_finish(&out, &ad->grant.subject)) != CA_OK)
		st = admit_no_memory(ad);
	der_discard(&out);
	return st;
}

/* ---- an authority's name ---------------------------------------------- */

static enum ca_status
refuse_unlisted(const struct ca_policy *policy, const struct ca_attribute *attr,
    struct ca_error *err)
{
	struct ca_buf listed = {0}, type = {0};
	char place[CA_POLICY_PLACE];
	enum ca_status st = ca_oid_append_text(&type, attr->oid);

	ca_policy_place(policy, 0, place);
	for (size_t i = 0; i < policy->subject_count && st == CA_OK; i++)
		st = ca_buf_printf(&listed, "%s%s", i > 0 ? ", " : "",
		    ca_oid_name(policy->subject[i].type));
	if (st == CA_OK &&
	    (ca_buf_text(&listed) == NULL || ca_buf_text(&type) == NULL))
		st = CA_MEMORY;
	if (st == CA_OK)
		st = ca_fail(err, CA_REFUSED,
		    "%s: [subject] of %s does not list it (it has %s), and an "
		    "authority's name is for ever: leave it out",
		    ca_buf_text(&type), place, ca_buf_text(&listed));
	else
		st = ca_fail(err, CA_MEMORY, "policy: out of memory");
	ca_buf_free(&listed);
	ca_buf_free(&type);
	return st;
}

enum ca_status
ca_policy_takes_subject(const struct ca_policy *policy, struct ca_bytes subject,
    struct ca_error *err)
{
	struct ca_name_walk walk;
	struct ca_attribute attr;

	ca_name_walk(&walk, subject);
	while (ca_name_next(&walk, &attr))
		if (attr.type == CA_OID_UNKNOWN ||
		    ca_policy_subject_rule(policy, attr.type) == NULL)
			return refuse_unlisted(policy, &attr, err);
	return CA_OK;
}
