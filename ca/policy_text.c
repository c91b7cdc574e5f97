/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/policy_parse.h"

#include "ca/name.h"
#include "ca/time.h"

#include <stdio.h>
#include <string.h>

void
ca_policy_place(
    const struct ca_policy *policy, unsigned line, char ret[CA_POLICY_PLACE])
{
	int len = (int)policy->name.len;
	const char *name = (const char *)policy->name.data;

	if (line == 0)
		(void)snprintf(ret, CA_POLICY_PLACE, "%.*s.policy", len, name);
	else
		(void)snprintf(
		    ret, CA_POLICY_PLACE, "%.*s.policy:%u", len, name, line);
}

/* The text that grows, and the first error: later calls do nothing. */
struct writer {
	const struct ca_policy *policy;
	struct ca_buf *buf;
	enum ca_status status;
};

static void
put(struct writer *out, struct ca_bytes text)
{
	if (out->status == CA_OK)
		out->status = ca_buf_append(out->buf, text);
}

static void
put_text(struct writer *out, const char *text)
{
	put(out, ca_text(text));
}

static void
put_number(struct writer *out, int64_t number)
{
	if (out->status == CA_OK)
		out->status = ca_buf_printf(
		    out->buf, "%lld", (long long)number);
}

static void
put_quoted(struct writer *out, struct ca_bytes text)
{
	put_text(out, "\"");
	for (size_t i = 0; i < text.len; i++) {
		struct ca_bytes octet = {text.data + i, 1};

		if (octet.data[0] == '"' || octet.data[0] == '\\')
			put_text(out, "\\");
		put(out, octet);
	}
	put_text(out, "\"");
}

/* Quotes only where the reader would take the bare text for something else. */
static void
put_word(struct writer *out, struct ca_bytes text)
{
	bool bare = text.len > 0 && !ca_bytes_equal(text, ca_text("any"));

	for (size_t i = 0; i < text.len; i++)
		bare = bare && policy_is_word_octet(text.data[i]);
	if (bare)
		put(out, text);
	else
		put_quoted(out, text);
}

static void
put_separator(struct writer *out, size_t index)
{
	if (index > 0)
		put_text(out, ", ");
}

/* ---- [policy] and [crl] ---- */

static void
put_description(struct writer *out, enum ca_policy_key key)
{
	struct ca_bytes text = out->policy->description;
	bool bare = text.data[0] != '"' && text.data[0] != ' ' &&
	    text.data[0] != '\t' && text.data[text.len - 1] != ' ' &&
	    text.data[text.len - 1] != '\t' &&
	    memchr(text.data, '#', text.len) == NULL;

	(void)key;
	if (bare)
		put(out, text);
	else
		put_quoted(out, text);
}

static void
put_duration(struct writer *out, enum ca_policy_key key)
{
	static const struct {
		int64_t seconds;
		const char *unit;
	} units[] = {{365 * CA_DAY, "y"}, {CA_DAY, "d"}, {3600, "h"}, {60, "m"},
	    {1, "s"}};
	const struct ca_policy *policy = out->policy;
	int64_t seconds = key == CA_POLICY_VALIDITY ? policy->validity :
	    key == CA_POLICY_MAX_VALIDITY           ? policy->max_validity :
	    key == CA_POLICY_BACKDATE               ? policy->backdate :
	    key == CA_POLICY_NEXT_UPDATE            ? policy->crl_next_update :
	    key == CA_POLICY_DELTA_NEXT_UPDATE ? policy->delta_next_update :
						 policy->crl_overlap;
	size_t i = 0;

	while (seconds == 0 ? i < 4 : seconds % units[i].seconds != 0)
		i++;
	put_number(out, seconds / units[i].seconds);
	put_text(out, units[i].unit);
}

/* ---- [key] and [subject] ---- */

static void
put_allow(struct writer *out, enum ca_policy_key key)
{
	(void)key;
	for (size_t i = 0; i < out->policy->key_count; i++) {
		const struct ca_key_rule *rule = &out->policy->keys[i];

		put_separator(out, i);
		put_text(out, ca_key_type_name(rule->type));
		if (rule->type == CA_KEY_RSA) {
			put_text(out, " >= ");
			put_number(out, rule->min_bits);
		}
	}
}

static void
put_subject(struct writer *out)
{
	static const char *const words[] = {"optional", "required", "fixed "};

	if (out->policy->subject_count > 0)
		put_text(out, "[subject]\n");
	for (size_t i = 0; i < out->policy->subject_count; i++) {
		const struct ca_subject_rule *rule = &out->policy->subject[i];

		put_text(out, ca_oid_name(rule->type));
		put_text(out, " = ");
		put_text(out, words[rule->presence]);
		if (rule->presence == CA_FIXED)
			put_quoted(out, rule->fixed);
		if (rule->in_san)
			put_text(out, ", in subjectAltName");
		put_text(out, "\n");
	}
}

/* ---- [subjectAltName] ---- */

static const enum ca_san_type types[] = {
    CA_SAN_DNS, CA_SAN_EMAIL, CA_SAN_IP, CA_SAN_URI, CA_SAN_UPN};

static void
put_require(struct writer *out, enum ca_policy_key key)
{
	(void)key;
	for (size_t i = 0; i < out->policy->require_count; i++) {
		bool first = true;

		put_separator(out, i);
		for (size_t j = 0; j < sizeof(types) / sizeof(types[0]); j++) {
			if ((out->policy->require[i] &
				(uint32_t)1 << types[j]) == 0)
				continue;
			put_text(out, first ? "" : " | ");
			put_text(out, ca_san_type_name(types[j]));
			first = false;
		}
	}
}

static void
put_patterns(struct writer *out, enum ca_policy_key key)
{
	size_t count = 0;

	for (size_t i = 0; i < out->policy->pattern_count; i++) {
		const struct ca_name_pattern *pattern =
		    &out->policy->patterns[i];

		if (pattern->type != types[key - CA_POLICY_DNS])
			continue;
		put_separator(out, count++);
		if (pattern->any)
			put_text(out, "any");
		else
			put_word(out, pattern->text);
	}
}

/* ---- [extensions] ---- */

static void
put_critical(struct writer *out, bool critical)
{
	if (critical)
		put_text(out, "critical, ");
}

static void
put_basic_constraints(struct writer *out, enum ca_policy_key key)
{
	const struct ca_policy *policy = out->policy;

	(void)key;
	put_critical(out, policy->basic_constraints_critical);
	put_text(out, policy->is_ca ? "CA:TRUE" : "CA:FALSE");
	if (policy->path_len == CA_PATH_LEN_NONE)
		return;
	put_text(out, ", pathlen:");
	put_number(out, policy->path_len);
	if (policy->max_path_len == policy->path_len)
		return;
	put_text(out, ", max-pathlen:");
	put_number(out, policy->max_path_len);
}

static void
put_key_usage(struct writer *out, enum ca_policy_key key)
{
	(void)key;
	put_critical(out, out->policy->key_usage_critical);
	if (out->status == CA_OK)
		out->status = ca_key_usage_append_text(
		    out->buf, out->policy->key_usage);
}

static void
put_oids(struct writer *out, enum ca_policy_key key)
{
	const struct ca_policy *policy = out->policy;
	bool usage = key == CA_POLICY_EXT_KEY_USAGE;
	const struct ca_oid_list *list = usage ? &policy->ext_key_usage :
						 &policy->policies;

	put_critical(out, usage && policy->ext_key_usage_critical);
	for (size_t i = 0; i < list->count && out->status == CA_OK; i++) {
		enum ca_oid oid = ca_oid_find(list->oid[i]);
		bool word = usage ? oid >= CA_OID_ANY_EXT_KEY_USAGE &&
			oid <= CA_OID_SMARTCARD_LOGON :
				    oid == CA_OID_ANY_POLICY;

		put_separator(out, i);
		out->status = word ?
		    ca_buf_append_text(out->buf, ca_oid_name(oid)) :
		    ca_oid_append_dotted(out->buf, list->oid[i]);
	}
	if (!usage && policy->cps.len > 0) {
		put_text(out, ", CPS:");
		put_word(out, policy->cps);
	}
}

static void
put_subtree_ip(struct writer *out, const struct ca_subtree *tree)
{
	size_t len = tree->base.len / 2;
	struct ca_san address = {
	    .type = CA_SAN_IP, .value = {tree->base.data, len}};
	int prefix = 0;

	if (out->status == CA_OK)
		out->status = ca_san_append_value(out->buf, &address);
	for (size_t i = len; i < 2 * len; i++)
		for (int bit = 7; bit >= 0; bit--)
			prefix += tree->base.data[i] >> bit & 1;
	put_text(out, "/");
	put_number(out, prefix);
}

static void
put_subtree(struct writer *out, const struct ca_subtree *tree)
{
	struct ca_buf name = {0};

	put_text(out, tree->excluded ? "excluded " : "permitted ");
	put_text(out, ca_san_type_name(tree->type));
	put_text(out, ":");
	if (tree->type == CA_SAN_IP) {
		put_subtree_ip(out, tree);
	} else if (tree->type == CA_SAN_DIRECTORY) {
		if (out->status == CA_OK)
			out->status = ca_name_append_text(&name, tree->base);
		put_quoted(out, ca_view(&name));
		ca_buf_free(&name);
	} else {
		put_word(out, tree->base);
	}
}

static void
put_name_constraints(struct writer *out, enum ca_policy_key key)
{
	struct ca_subtree trees[CA_CONSTRAINTS_MAX];
	size_t count = 0;

	(void)key;
	put_text(out, "critical, ");
	if (out->status == CA_OK)
		out->status = ca_constraints_parse(
		    ca_view(&out->policy->name_constraints), trees, &count,
		    NULL);
	for (size_t i = 0; i < count; i++) {
		put_separator(out, i);
		put_subtree(out, &trees[i]);
	}
}

static void
put_ocsp_no_check(struct writer *out, enum ca_policy_key key)
{
	(void)key;
	put_text(out, out->policy->ocsp_no_check ? "yes" : "no");
}

/* ---- [publish] ---- */

static void
put_urls(struct writer *out, enum ca_policy_key key)
{
	const struct ca_policy *policy = out->policy;
	const struct ca_url_list *list = key == CA_POLICY_CRL ?
	    &policy->crl_urls :
	    key == CA_POLICY_FRESHEST ? &policy->freshest_urls :
	    key == CA_POLICY_OCSP     ? &policy->ocsp_urls :
					&policy->issuer_urls;

	for (size_t i = 0; i < list->count; i++) {
		put_separator(out, i);
		put_word(out, list->url[i]);
	}
}

static void
put_shards(struct writer *out, enum ca_policy_key key)
{
	(void)key;
	put_number(out, (int)out->policy->shards);
}

static void
put_never_issued(struct writer *out, enum ca_policy_key key)
{
	(void)key;
	put_text(
	    out, out->policy->never_issued_is_revoked ? "revoked" : "unknown");
}

/* ---- the whole ---- */

static void
put_value(struct writer *out, enum ca_policy_key key)
{
	static void (*const writers[CA_POLICY_KEY_COUNT])(
	    struct writer *, enum ca_policy_key) = {
	    [CA_POLICY_DESCRIPTION] = put_description,
	    [CA_POLICY_VALIDITY] = put_duration,
	    [CA_POLICY_MAX_VALIDITY] = put_duration,
	    [CA_POLICY_BACKDATE] = put_duration,
	    [CA_POLICY_ALLOW] = put_allow,
	    [CA_POLICY_REQUIRE] = put_require,
	    [CA_POLICY_DNS] = put_patterns,
	    [CA_POLICY_EMAIL] = put_patterns,
	    [CA_POLICY_IP] = put_patterns,
	    [CA_POLICY_URI] = put_patterns,
	    [CA_POLICY_UPN] = put_patterns,
	    [CA_POLICY_BASIC_CONSTRAINTS] = put_basic_constraints,
	    [CA_POLICY_KEY_USAGE] = put_key_usage,
	    [CA_POLICY_EXT_KEY_USAGE] = put_oids,
	    [CA_POLICY_NAME_CONSTRAINTS] = put_name_constraints,
	    [CA_POLICY_CERTIFICATE_POLICIES] = put_oids,
	    [CA_POLICY_OCSP_NO_CHECK] = put_ocsp_no_check,
	    [CA_POLICY_CRL] = put_urls,
	    [CA_POLICY_SHARDS] = put_shards,
	    [CA_POLICY_FRESHEST] = put_urls,
	    [CA_POLICY_OCSP] = put_urls,
	    [CA_POLICY_ISSUER] = put_urls,
	    [CA_POLICY_NEXT_UPDATE] = put_duration,
	    [CA_POLICY_OVERLAP] = put_duration,
	    [CA_POLICY_DELTA_NEXT_UPDATE] = put_duration,
	    [CA_POLICY_NEVER_ISSUED] = put_never_issued,
	};

	writers[key](out, key);
}

enum ca_status
policy_append_value(
    struct ca_buf *buf, const struct ca_policy *policy, enum ca_policy_key key)
{
	struct writer out = {.policy = policy, .buf = buf};

	put_value(&out, key);
	return out.status;
}

enum ca_status
ca_policy_append_text(struct ca_buf *buf, const struct ca_policy *policy)
{
	struct writer out = {.policy = policy, .buf = buf};

	for (int section = 1; section < POLICY_SECTION_COUNT; section++) {
		bool open = false;

		if (section == POLICY_SECTION_SUBJECT)
			put_subject(&out);
		for (int key = 0; key < CA_POLICY_KEY_COUNT; key++) {
			if (policy->lines[key] == 0 ||
			    (int)policy_keys[key].section != section)
				continue;
			if (!open) {
				put_text(&out, "[");
				put_text(&out,
				    policy_section_name(
					(enum policy_section)section));
				put_text(&out, "]\n");
			}
			open = true;
			put_text(&out, policy_keys[key].name);
			put_text(&out, " = ");
			put_value(&out, (enum ca_policy_key)key);
			put_text(&out, "\n");
		}
	}
	return out.status;
}
