/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/policy_parse.h"

#include "ca/name.h"

#include <string.h>

/* ---- [subjectAltName] require ---- */

static const enum ca_san_type types[] = {
    CA_SAN_DNS, CA_SAN_EMAIL, CA_SAN_IP, CA_SAN_URI, CA_SAN_UPN};
#define TYPES (sizeof(types) / sizeof(types[0]))

/* "dns | ip": one group of types. */
static enum ca_status
parse_group(
    struct policy_reader *rd, struct policy_token *tok, enum ca_policy_key key)
{
	struct ca_policy *policy = rd->policy;
	struct policy_token next = *tok;
	uint32_t group = 0, bit;
	enum ca_status st;

	do {
		size_t i = 0;

		while (
		    i < TYPES && !policy_is(&next, ca_san_type_name(types[i])))
			i++;
		if (i == TYPES)
			return policy_fail(rd, next.at,
			    "%s: expected dns, email, ip, uri or upn, not "
			    "'%.*s'",
			    policy_keys[key].name, POLICY_SHOWN(&next));
		bit = (uint32_t)1 << types[i];
		if ((group & bit) != 0)
			return policy_fail(rd, next.at, "%s again",
			    ca_san_type_name(types[i]));
		group |= bit;
		if ((st = policy_next(rd, &next)) != CA_OK)
			return st;
	} while (
	    next.kind == POLICY_BAR && (st = policy_next(rd, &next)) == CA_OK);
	if (st != CA_OK)
		return st;
	rd->at = next.at;
	if (policy->require_count == CA_POLICY_MAX_REQUIRE)
		return policy_fail(
		    rd, tok->at, "more than %d groups", CA_POLICY_MAX_REQUIRE);
	policy->require[policy->require_count++] = group;
	return CA_OK;
}

enum ca_status
policy_parse_require(struct policy_reader *rd, enum ca_policy_key key)
{
	return policy_each(rd, parse_group, key);
}

/* ---- [subjectAltName] patterns ---- */

static enum ca_san_type
type_of(enum ca_policy_key key)
{
	return types[key - CA_POLICY_DNS];
}

static struct ca_bytes
behind(struct ca_bytes text, size_t len)
{
	text.data += len;
	text.len -= len;
	return text;
}

static bool
starts(struct ca_bytes text, char c)
{
	return text.len > 0 && text.data[0] == (uint8_t)c;
}

/* A host; ".host", all below it; "*.host", the wildcard itself. */
static enum ca_status
check_dns(struct ca_bytes text, struct ca_error *err)
{
	if (starts(text, '.'))
		return ca_san_check_host(behind(text, 1), false, err);
	return ca_san_check_host(text, true, err);
}

/* "@host", "@.host" or a whole name; of an e-mail or a UPN. */
static enum ca_status
check_mailbox(enum ca_san_type type, struct ca_bytes text, struct ca_error *err)
{
	struct ca_san san = {.type = type, .value = text};

	if (!starts(text, '@'))
		return ca_san_check(&san, err);
	text = behind(text, 1);
	return ca_san_check_host(
	    starts(text, '.') ? behind(text, 1) : text, false, err);
}

static enum ca_status
check_uri(struct ca_bytes text, struct ca_error *err)
{
	struct ca_san san = {.type = CA_SAN_URI, .value = text};

	if (text.len == 0 || text.data[text.len - 1] != '/' ||
	    (text.len > 2 && text.data[text.len - 2] == '/'))
		return ca_fail(err, CA_MALFORMED,
		    "a prefix is scheme://host/ and ends in '/'");
	return ca_san_check(&san, err);
}

static enum ca_status
parse_ip(
    const char *text, struct ca_name_pattern *pattern, struct ca_error *err)
{
	if (ca_ip_prefix_parse(
		text, pattern->octets, &pattern->octets_len, &pattern->prefix))
		return CA_OK;
	return ca_fail(err, CA_MALFORMED,
	    "write an address or a prefix whose bits behind it are zero, as "
	    "10.0.0.0/8 or fc00::/7");
}

static enum ca_status
check_pattern(
    const char *text, struct ca_name_pattern *pattern, struct ca_error *err)
{
	switch (pattern->type) {
	case CA_SAN_DNS:
		return check_dns(ca_text(text), err);
	case CA_SAN_IP:
		return parse_ip(text, pattern, err);
	case CA_SAN_URI:
		return check_uri(ca_text(text), err);
	default:
		return check_mailbox(pattern->type, ca_text(text), err);
	}
}

static bool
same_pattern(const struct ca_name_pattern *a, const struct ca_name_pattern *b)
{
	return a->type == b->type && a->any == b->any &&
	    ca_bytes_equal(a->text, b->text);
}

static enum ca_status
parse_pattern(
    struct policy_reader *rd, struct policy_token *tok, enum ca_policy_key key)
{
	struct ca_policy *policy = rd->policy;
	struct ca_name_pattern pattern = {.type = type_of(key),
	    .any = policy_is(tok, "any"),
	    .line = rd->line_no};
	char text[POLICY_MAX_WORD + 1];
	struct ca_error err = {0};
	enum ca_status st;

	if ((st = policy_text(rd, tok, text)) != CA_OK)
		return st;
	if (!pattern.any && (st = check_pattern(text, &pattern, &err)) != CA_OK)
		return policy_fail_value(
		    rd, tok, policy_keys[key].name, st, &err);
	if ((st = policy_keep(rd, tok, ca_text(text), &pattern.text)) != CA_OK)
		return st;
	for (size_t i = 0; i < policy->pattern_count; i++)
		if (same_pattern(&policy->patterns[i], &pattern))
			return policy_fail(
			    rd, tok->at, "'%.*s' again", POLICY_SHOWN(tok));
	if (policy->pattern_count == CA_POLICY_MAX_PATTERNS)
		return policy_fail(
		    rd, tok->at, "more than %d names", CA_POLICY_MAX_PATTERNS);
	policy->patterns[policy->pattern_count++] = pattern;
	return CA_OK;
}

enum ca_status
policy_parse_patterns(struct policy_reader *rd, enum ca_policy_key key)
{
	return policy_each(rd, parse_pattern, key);
}

/* ---- subtrees of nameConstraints ---- */

static const struct {
	const char *word;
	enum ca_san_type type;
} bases[] = {{"dns:", CA_SAN_DNS}, {"email:", CA_SAN_EMAIL}, {"ip:", CA_SAN_IP},
    {"uri:", CA_SAN_URI}, {"dirName:", CA_SAN_DIRECTORY}};
#define BASES (sizeof(bases) / sizeof(bases[0]))

/* Address and mask, RFC 5280 4.2.1.10. */
static enum ca_status
subtree_ip(const char *text, struct ca_buf *ret, struct ca_error *err)
{
	struct ca_name_pattern net = {0};
	uint8_t octets[32] = {0};
	struct ca_bytes both = {octets, 0};
	enum ca_status st = parse_ip(text, &net, err);

	if (st != CA_OK)
		return st;
	memcpy(octets, net.octets, net.octets_len);
	for (unsigned i = 0; i < net.prefix; i++)
		octets[net.octets_len + i / 8] |= (uint8_t)(0x80 >> i % 8);
	both.len = 2 * net.octets_len;
	return ca_buf_append(ret, both);
}

static enum ca_status
subtree_host(enum ca_san_type type, const char *text, struct ca_buf *ret,
    struct ca_error *err)
{
	struct ca_san mailbox = {.type = CA_SAN_EMAIL, .value = ca_text(text)};
	enum ca_status st;

	if (type == CA_SAN_DNS && text[0] == '.')
		return ca_fail(err, CA_MALFORMED,
		    "a host name covers all below it: leave the first '.' "
		    "out (RFC 5280 4.2.1.10)");
	if (type == CA_SAN_EMAIL && strchr(text, '@') != NULL)
		st = ca_san_check(&mailbox, err);
	else
		st = ca_san_check_host(
		    ca_text(text[0] == '.' ? text + 1 : text), false, err);
	return st != CA_OK ? st : ca_buf_append_text(ret, text);
}

static enum ca_status
subtree_base(enum ca_san_type type, const char *text, struct ca_buf *ret,
    struct ca_error *err)
{
	switch (type) {
	case CA_SAN_IP:
		return subtree_ip(text, ret, err);
	case CA_SAN_DIRECTORY:
		return ca_name_parse(text, ret, err);
	default:
		return subtree_host(type, text, ret, err);
	}
}

/* "dns:lab.example" is one word; dirName:"O=Lab, C=DE" a word and a quoted
 * text right behind it. */
static enum ca_status
split_base(struct policy_reader *rd, struct policy_token *tok,
    enum ca_san_type *ret_type)
{
	size_t i = 0, len = 0;

	for (; i < BASES && tok->kind == POLICY_WORD; i++) {
		len = strlen(bases[i].word);
		if (tok->text.len >= len &&
		    memcmp(tok->text.data, bases[i].word, len) == 0)
			break;
	}
	if (i == BASES || tok->kind != POLICY_WORD)
		return policy_fail(rd, tok->at,
		    "expected dns:, email:, ip:, uri: or dirName: and a name, "
		    "not '%.*s'",
		    POLICY_SHOWN(tok));
	*ret_type = bases[i].type;
	if (tok->text.len == len && rd->at < policy_line_end(rd) &&
	    *rd->at == '"')
		return policy_next(rd, tok);
	tok->text = behind(tok->text, len);
	tok->at += len;
	return CA_OK;
}

enum ca_status
policy_parse_subtree(
    struct policy_reader *rd, struct policy_token *tok, struct ca_subtree *ret)
{
	struct ca_subtree tree = {.excluded = policy_is(tok, "excluded")};
	char text[POLICY_MAX_WORD + 1];
	struct ca_error err = {0};
	struct ca_buf base = {0};
	enum ca_status st;

	if (!tree.excluded && !policy_is(tok, "permitted"))
		return policy_fail(rd, tok->at,
		    "expected permitted or excluded, not '%.*s'",
		    POLICY_SHOWN(tok));
	if ((st = policy_next(rd, tok)) != CA_OK ||
	    (st = split_base(rd, tok, &tree.type)) != CA_OK ||
	    (st = policy_text(rd, tok, text)) != CA_OK)
		return st;
	st = subtree_base(tree.type, text, &base, &err);
	if (st != CA_OK)
		st = policy_fail_value(
		    rd, tok, ca_san_type_name(tree.type), st, &err);
	else
		st = policy_keep(rd, tok, ca_view(&base), &tree.base);
	ca_buf_free(&base);
	if (st == CA_OK)
		*ret = tree;
	return st;
}
