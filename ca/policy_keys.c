/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/policy_parse.h"

#include "ca/name.h"
#include "ca/time.h"

#include <string.h>

/* ---- [policy] and [crl] ---- */

/* Free text needs no quotes: it ends with the line, or at a '#'. */
static enum ca_status
parse_description(struct policy_reader *rd, enum ca_policy_key key)
{
	struct ca_bytes *text = &rd->policy->description;
	const uint8_t *start = rd->at, *end;
	struct policy_token tok;
	enum ca_status st = CA_OK;

	if (start < policy_line_end(rd) && *start == '"') {
		if ((st = policy_next(rd, &tok)) == CA_OK)
			st = policy_keep_text(rd, &tok, text);
	} else {
		end = memchr(start, '#', (size_t)(policy_line_end(rd) - start));
		rd->at = end == NULL ? policy_line_end(rd) : end;
		for (end = rd->at;
		     end > start && (end[-1] == ' ' || end[-1] == '\t'); end--)
			;
		text->data = start;
		text->len = (size_t)(end - start);
	}
	if (st == CA_OK && text->len == 0)
		st = policy_fail(rd, start, "%s: expected a text here",
		    policy_keys[key].name);
	return st;
}

static int64_t *
duration_of(struct ca_policy *policy, enum ca_policy_key key)
{
	switch (key) {
	case CA_POLICY_VALIDITY:
		return &policy->validity;
	case CA_POLICY_MAX_VALIDITY:
		return &policy->max_validity;
	case CA_POLICY_BACKDATE:
		return &policy->backdate;
	case CA_POLICY_NEXT_UPDATE:
		return &policy->crl_next_update;
	case CA_POLICY_DELTA_NEXT_UPDATE:
		return &policy->delta_next_update;
	default:
		return &policy->crl_overlap;
	}
}

static enum ca_status
parse_duration(struct policy_reader *rd, enum ca_policy_key key)
{
	bool may_be_zero = key == CA_POLICY_BACKDATE ||
	    key == CA_POLICY_OVERLAP;
	char text[POLICY_MAX_WORD + 1];
	struct policy_token tok;
	enum ca_status st;
	int64_t seconds;

	if ((st = policy_next(rd, &tok)) != CA_OK ||
	    (st = policy_text(rd, &tok, text)) != CA_OK)
		return st;
	if (tok.kind != POLICY_WORD ||
	    ca_duration_parse(text, &seconds) != CA_OK)
		return policy_fail(rd, tok.at,
		    "'%.60s' is no duration: write a count and one of s, m, "
		    "h, d, w, y, as in 397d, at most 100y",
		    text);
	if (seconds == 0 && !may_be_zero)
		return policy_fail(
		    rd, tok.at, "%s cannot be zero", policy_keys[key].name);
	*duration_of(rd->policy, key) = seconds;
	return CA_OK;
}

/* ---- [key] ---- */

static enum ca_key_type
key_type_by_name(const struct policy_token *tok)
{
	for (int type = CA_KEY_RSA; type <= CA_KEY_ED448; type++)
		if (policy_is(tok, ca_key_type_name((enum ca_key_type)type)))
			return (enum ca_key_type)type;
	return CA_KEY_NONE;
}

bool
policy_number(const struct policy_token *tok, unsigned max, unsigned *ret)
{
	unsigned value = 0;

	if (tok->kind != POLICY_WORD || tok->text.len == 0 ||
	    tok->text.len > 6 ||
	    (tok->text.len > 1 && tok->text.data[0] == '0'))
		return false;
	for (size_t i = 0; i < tok->text.len; i++) {
		if (tok->text.data[i] < '0' || tok->text.data[i] > '9')
			return false;
		value = value * 10 + (unsigned)(tok->text.data[i] - '0');
	}
	if (value > max)
		return false;
	*ret = value;
	return true;
}

/* Takes ">= bits": a RSA key without a least size would admit any. */
static enum ca_status
parse_rsa_bits(struct policy_reader *rd, unsigned *ret_bits)
{
	struct policy_token tok;
	enum ca_status st;

	if ((st = policy_next(rd, &tok)) != CA_OK)
		return st;
	if (tok.kind != POLICY_AT_LEAST)
		return policy_fail(
		    rd, tok.at, "rsa needs a least size: write rsa >= 2048");
	if ((st = policy_next(rd, &tok)) != CA_OK)
		return st;
	if (!policy_number(&tok, 4096, ret_bits) || *ret_bits < 2048 ||
	    *ret_bits % 8 != 0)
		return policy_fail(rd, tok.at,
		    "rsa >= '%.*s': the size is 2048 to 4096 and a multiple "
		    "of 8 (CA/B BR 6.1.5)",
		    POLICY_SHOWN(&tok));
	return CA_OK;
}

static enum ca_status
parse_key_rule(
    struct policy_reader *rd, struct policy_token *tok, enum ca_policy_key key)
{
	struct ca_policy *policy = rd->policy;
	struct ca_key_rule rule = {key_type_by_name(tok), 0};
	enum ca_status st;

	if (rule.type == CA_KEY_NONE)
		return policy_fail(rd, tok->at,
		    "%s: '%.*s' is no key type: there are rsa >= bits, "
		    "ecdsa-p256, ecdsa-p384, ecdsa-p521, ed25519, ed448",
		    policy_keys[key].name, POLICY_SHOWN(tok));
	if (rule.type == CA_KEY_RSA &&
	    (st = parse_rsa_bits(rd, &rule.min_bits)) != CA_OK)
		return st;
	for (size_t i = 0; i < policy->key_count; i++)
		if (policy->keys[i].type == rule.type)
			return policy_fail(rd, tok->at,
			    "%.*s is allowed already", POLICY_SHOWN(tok));
	policy->keys[policy->key_count++] = rule;
	return CA_OK;
}

static enum ca_status
parse_allow(struct policy_reader *rd, enum ca_policy_key key)
{
	return policy_each(rd, parse_key_rule, key);
}

/* ---- [subject] ---- */

/* The bounds of RFC 5280 app. A, so that a fixed value cannot fail later. */
static enum ca_status
check_fixed(struct policy_reader *rd, const struct policy_token *tok,
    enum ca_oid type, struct ca_bytes value)
{
	struct ca_error err = {0};
	struct der_out out = {0};
	enum ca_status st = ca_name_put(&out, type, value, &err);

	der_discard(&out);
	return st == CA_OK ? CA_OK :
			     policy_fail_value(rd, tok, "fixed", st, &err);
}

static enum ca_status
parse_presence(struct policy_reader *rd, struct ca_subject_rule *rule)
{
	struct policy_token tok;
	enum ca_status st;

	if ((st = policy_next(rd, &tok)) != CA_OK)
		return st;
	if (policy_is(&tok, "optional")) {
		rule->presence = CA_OPTIONAL;
		return CA_OK;
	}
	if (policy_is(&tok, "required")) {
		rule->presence = CA_REQUIRED;
		return CA_OK;
	}
	if (!policy_is(&tok, "fixed"))
		return policy_fail(rd, tok.at,
		    "%s: expected required, optional or fixed \"text\"%s",
		    ca_oid_name(rule->type),
		    tok.kind == POLICY_QUOTED ? ": 'fixed' goes first" : "");
	rule->presence = CA_FIXED;
	if ((st = policy_next(rd, &tok)) != CA_OK)
		return st;
	if (tok.kind != POLICY_QUOTED)
		return policy_fail(
		    rd, tok.at, "expected a text in quotes after 'fixed'");
	if ((st = policy_keep_text(rd, &tok, &rule->fixed)) != CA_OK)
		return st;
	return check_fixed(rd, &tok, rule->type, rule->fixed);
}

/* ", in subjectAltName" */
static enum ca_status
parse_in_san(struct policy_reader *rd, struct ca_subject_rule *rule)
{
	struct policy_token tok;
	enum ca_status st;

	if ((st = policy_next(rd, &tok)) != CA_OK)
		return st;
	if (tok.kind != POLICY_COMMA) {
		rd->at = tok.at;
		return CA_OK;
	}
	policy_skip_blanks(rd);
	tok.at = rd->at;
	if (!policy_accept(rd, "in") || !policy_accept(rd, "subjectAltName"))
		return policy_fail(
		    rd, tok.at, "expected 'in subjectAltName' after ','");
	if (rule->type != CA_OID_COMMON_NAME &&
	    rule->type != CA_OID_EMAIL_ADDRESS)
		return policy_fail(rd, tok.at,
		    "%s is no name of a host or mailbox: 'in subjectAltName' "
		    "is for commonName and emailAddress",
		    ca_oid_name(rule->type));
	if (rule->presence == CA_FIXED)
		return policy_fail(rd, tok.at,
		    "a fixed value does not follow the subjectAltName: take "
		    "one of the two out");
	rule->in_san = true;
	return CA_OK;
}

enum ca_status
policy_parse_subject(struct policy_reader *rd, const struct policy_token *tok)
{
	struct ca_policy *policy = rd->policy;
	struct ca_subject_rule rule = {.line = rd->line_no};
	char word[POLICY_MAX_WORD + 1];
	enum ca_status st;

	if ((st = policy_text(rd, tok, word)) != CA_OK)
		return st;
	rule.type = ca_oid_by_name(word);
	if (rule.type < CA_OID_COMMON_NAME ||
	    rule.type > CA_OID_JURISDICTION_COUNTRY)
		return policy_fail(rd, tok->at,
		    "'%.*s' is no attribute of a subject: write commonName, "
		    "organizationName, countryName, ... (RFC 5280 app. A)",
		    POLICY_SHOWN(tok));
	for (size_t i = 0; i < policy->subject_count; i++)
		if (policy->subject[i].type == rule.type)
			return policy_fail(rd, tok->at,
			    "'%s' again: it stands in line %u",
			    ca_oid_name(rule.type), policy->subject[i].line);
	if ((st = parse_presence(rd, &rule)) != CA_OK ||
	    (st = parse_in_san(rd, &rule)) != CA_OK)
		return st;
	policy->subject[policy->subject_count++] = rule;
	return CA_OK;
}

/* ---- [publish] ---- */

/* The length of "{issuer}" or, where a partition's URL stands, "{shard}" at
 * the front of the text; 0 for neither. */
static size_t
place_len(const char *text, enum ca_policy_key key)
{
	static const char issuer[] = "{issuer}", shard[] = "{shard}";

	if (strncmp(text, issuer, sizeof(issuer) - 1) == 0)
		return sizeof(issuer) - 1;
	if ((key == CA_POLICY_CRL || key == CA_POLICY_FRESHEST) &&
	    strncmp(text, shard, sizeof(shard) - 1) == 0)
		return sizeof(shard) - 1;
	return 0;
}

/* "{issuer}" may stand in for the issuer's short name, "{shard}" for a
 * partition's number, nothing else in braces may. What is left must be a
 * URL. */
static enum ca_status
check_url(struct policy_reader *rd, const struct policy_token *tok,
    enum ca_policy_key key, const char *text)
{
	struct ca_error err = {0};
	struct ca_buf plain = {0};
	struct ca_san san = {.type = CA_SAN_URI};
	enum ca_status st = CA_OK;

	if (strncmp(text, "http://", 7) != 0)
		return policy_fail(rd, tok->at,
		    "'%.*s': the URL begins with http:// (what is fetched is "
		    "signed; https would need what it fetches, RFC 5280 8)",
		    POLICY_SHOWN(tok));
	while (st == CA_OK && *text != '\0') {
		size_t len = place_len(text, key);
		struct ca_bytes piece = {(const uint8_t *)text, 1};

		st = ca_buf_append(&plain, len > 0 ? ca_text("1") : piece);
		text += len > 0 ? len : 1;
	}
	san.value = ca_view(&plain);
	if (st == CA_OK)
		st = ca_san_check(&san, &err);
	if (st == CA_OK && memchr(plain.data, '{', plain.len) != NULL)
		st = ca_fail(&err, CA_MALFORMED,
		    "only {issuer} has braces, "
		    "and {shard} in crl and freshest");
	ca_buf_free(&plain);
	if (st == CA_OK)
		return CA_OK;
	return policy_fail_value(rd, tok, policy_keys[key].name, st, &err);
}

static struct ca_url_list *
urls_of(struct ca_policy *policy, enum ca_policy_key key)
{
	switch (key) {
	case CA_POLICY_CRL:
		return &policy->crl_urls;
	case CA_POLICY_FRESHEST:
		return &policy->freshest_urls;
	case CA_POLICY_OCSP:
		return &policy->ocsp_urls;
	default:
		return &policy->issuer_urls;
	}
}

static enum ca_status
parse_url(
    struct policy_reader *rd, struct policy_token *tok, enum ca_policy_key key)
{
	struct ca_url_list *list = urls_of(rd->policy, key);
	char text[POLICY_MAX_WORD + 1];
	struct ca_bytes url;
	enum ca_status st;

	if ((st = policy_text(rd, tok, text)) != CA_OK ||
	    (st = check_url(rd, tok, key, text)) != CA_OK ||
	    (st = policy_keep(rd, tok, ca_text(text), &url)) != CA_OK)
		return st;
	for (size_t i = 0; i < list->count; i++)
		if (ca_bytes_equal(list->url[i], url))
			return policy_fail(rd, tok->at, "this URL again");
	if (list->count == CA_EXT_MAX_URLS)
		return policy_fail(rd, tok->at, "more than %d URLs in %s",
		    CA_EXT_MAX_URLS, policy_keys[key].name);
	list->url[list->count++] = url;
	return CA_OK;
}

static enum ca_status
parse_urls(struct policy_reader *rd, enum ca_policy_key key)
{
	return policy_each(rd, parse_url, key);
}

static enum ca_status
parse_shards(struct policy_reader *rd, enum ca_policy_key key)
{
	struct policy_token tok;
	enum ca_status st = policy_next(rd, &tok);

	if (st != CA_OK)
		return st;
	if (!policy_number(&tok, CA_POLICY_MAX_SHARDS, &rd->policy->shards) ||
	    rd->policy->shards == 0)
		return policy_fail(rd, tok.at,
		    "%s: expected a number from 1 to %d, not '%.*s'",
		    policy_keys[key].name, CA_POLICY_MAX_SHARDS,
		    POLICY_SHOWN(&tok));
	return CA_OK;
}

static enum ca_status
parse_never_issued(struct policy_reader *rd, enum ca_policy_key key)
{
	struct policy_token tok;
	enum ca_status st = policy_next(rd, &tok);

	if (st != CA_OK)
		return st;
	rd->policy->never_issued_is_revoked = policy_is(&tok, "revoked");
	if (!rd->policy->never_issued_is_revoked && !policy_is(&tok, "unknown"))
		return policy_fail(rd, tok.at,
		    "%s: expected unknown or revoked, not '%.*s'",
		    policy_keys[key].name, POLICY_SHOWN(&tok));
	return CA_OK;
}

const struct policy_key policy_keys[CA_POLICY_KEY_COUNT] = {
    [CA_POLICY_DESCRIPTION] = {"description", POLICY_SECTION_POLICY,
	parse_description},
    [CA_POLICY_VALIDITY] = {"validity", POLICY_SECTION_POLICY, parse_duration},
    [CA_POLICY_MAX_VALIDITY] = {"max-validity", POLICY_SECTION_POLICY,
	parse_duration},
    [CA_POLICY_BACKDATE] = {"backdate", POLICY_SECTION_POLICY, parse_duration},
    [CA_POLICY_ALLOW] = {"allow", POLICY_SECTION_KEY, parse_allow},
    [CA_POLICY_REQUIRE] = {"require", POLICY_SECTION_SAN, policy_parse_require},
    [CA_POLICY_DNS] = {"dns", POLICY_SECTION_SAN, policy_parse_patterns},
    [CA_POLICY_EMAIL] = {"email", POLICY_SECTION_SAN, policy_parse_patterns},
    [CA_POLICY_IP] = {"ip", POLICY_SECTION_SAN, policy_parse_patterns},
    [CA_POLICY_URI] = {"uri", POLICY_SECTION_SAN, policy_parse_patterns},
    [CA_POLICY_UPN] = {"upn", POLICY_SECTION_SAN, policy_parse_patterns},
    [CA_POLICY_BASIC_CONSTRAINTS] = {"basicConstraints",
	POLICY_SECTION_EXTENSIONS, policy_parse_basic_constraints},
    [CA_POLICY_KEY_USAGE] = {"keyUsage", POLICY_SECTION_EXTENSIONS,
	policy_parse_key_usage},
    [CA_POLICY_EXT_KEY_USAGE] = {"extendedKeyUsage", POLICY_SECTION_EXTENSIONS,
	policy_parse_ext_key_usage},
    [CA_POLICY_NAME_CONSTRAINTS] = {"nameConstraints",
	POLICY_SECTION_EXTENSIONS, policy_parse_name_constraints},
    [CA_POLICY_CERTIFICATE_POLICIES] = {"certificatePolicies",
	POLICY_SECTION_EXTENSIONS, policy_parse_certificate_policies},
    [CA_POLICY_OCSP_NO_CHECK] = {"ocspNoCheck", POLICY_SECTION_EXTENSIONS,
	policy_parse_ocsp_no_check},
    [CA_POLICY_CRL] = {"crl", POLICY_SECTION_PUBLISH, parse_urls},
    [CA_POLICY_SHARDS] = {"shards", POLICY_SECTION_PUBLISH, parse_shards},
    [CA_POLICY_FRESHEST] = {"freshest", POLICY_SECTION_PUBLISH, parse_urls},
    [CA_POLICY_OCSP] = {"ocsp", POLICY_SECTION_PUBLISH, parse_urls},
    [CA_POLICY_ISSUER] = {"issuer", POLICY_SECTION_PUBLISH, parse_urls},
    [CA_POLICY_NEXT_UPDATE] = {"next-update", POLICY_SECTION_CRL,
	parse_duration},
    [CA_POLICY_OVERLAP] = {"overlap", POLICY_SECTION_CRL, parse_duration},
    [CA_POLICY_DELTA_NEXT_UPDATE] = {"delta-next-update", POLICY_SECTION_CRL,
	parse_duration},
    [CA_POLICY_NEVER_ISSUED] = {"never-issued", POLICY_SECTION_CRL,
	parse_never_issued},
};
