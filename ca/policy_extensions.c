/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/policy_parse.h"

#include <string.h>

/* ---- basicConstraints ---- */

/* "pathlen:3" behind its colon. */
static enum ca_status
parse_path_len(struct policy_reader *rd, const struct policy_token *tok,
    size_t prefix, int *ret)
{
	struct policy_token digits = *tok;
	unsigned value;

	digits.text.data += prefix;
	digits.text.len -= prefix;
	if (!policy_number(&digits, POLICY_MAX_PATH_LEN, &value))
		return policy_fail(rd, tok->at + prefix,
		    "'%.*s' is no path length: a number from 0 to %d",
		    POLICY_SHOWN(&digits), POLICY_MAX_PATH_LEN);
	if (*ret != CA_PATH_LEN_NONE)
		return policy_fail(rd, tok->at, "%.*s again", (int)prefix - 1,
		    (const char *)tok->at);
	*ret = (int)value;
	return CA_OK;
}

static bool
begins(const struct policy_token *tok, const char *prefix)
{
	size_t len = strlen(prefix);

	return tok->kind == POLICY_WORD && tok->text.len >= len &&
	    memcmp(tok->text.data, prefix, len) == 0;
}

static enum ca_status
parse_path_lens(
    struct policy_reader *rd, struct policy_token *tok, enum ca_policy_key key)
{
	struct ca_policy *policy = rd->policy;

	if (begins(tok, "pathlen:"))
		return parse_path_len(rd, tok, 8, &policy->path_len);
	if (begins(tok, "max-pathlen:"))
		return parse_path_len(rd, tok, 12, &policy->max_path_len);
	return policy_fail(rd, tok->at,
	    "%s: expected pathlen:N or max-pathlen:N, not '%.*s'",
	    policy_keys[key].name, POLICY_SHOWN(tok));
}

static enum ca_status
check_path_lens(struct policy_reader *rd, enum ca_policy_key key)
{
	struct ca_policy *policy = rd->policy;

	if (policy->path_len == CA_PATH_LEN_NONE) {
		if (policy->max_path_len == CA_PATH_LEN_NONE)
			return CA_OK;
		return policy_fail_key(rd, key,
		    "max-pathlen without pathlen: say what is given when "
		    "nothing is asked, as pathlen:0");
	}
	if (policy->max_path_len == CA_PATH_LEN_NONE)
		policy->max_path_len = policy->path_len;
	if (policy->path_len > policy->max_path_len)
		return policy_fail_key(rd, key,
		    "pathlen:%d is above max-pathlen:%d", policy->path_len,
		    policy->max_path_len);
	return CA_OK;
}

enum ca_status
policy_parse_basic_constraints(struct policy_reader *rd, enum ca_policy_key key)
{
	struct ca_policy *policy = rd->policy;
	struct policy_token tok;
	enum ca_status st;

	policy->path_len = policy->max_path_len = CA_PATH_LEN_NONE;
	if ((st = policy_accept_critical(
		 rd, &policy->basic_constraints_critical)) != CA_OK ||
	    (st = policy_next(rd, &tok)) != CA_OK)
		return st;
	policy->is_ca = policy_is(&tok, "CA:TRUE");
	if (!policy->is_ca && !policy_is(&tok, "CA:FALSE"))
		return policy_fail(rd, tok.at,
		    "expected CA:TRUE or CA:FALSE, not '%.*s'",
		    POLICY_SHOWN(&tok));
	if ((st = policy_next(rd, &tok)) != CA_OK)
		return st;
	if (tok.kind != POLICY_COMMA) {
		rd->at = tok.at;
		return CA_OK;
	}
	if (!policy->is_ca)
		return policy_fail(rd, tok.at,
		    "a path length needs CA:TRUE (RFC 5280 4.2.1.9)");
	st = policy_each(rd, parse_path_lens, key);
	return st != CA_OK ? st : check_path_lens(rd, key);
}

/* ---- keyUsage ---- */

static enum ca_status
parse_usage(
    struct policy_reader *rd, struct policy_token *tok, enum ca_policy_key key)
{
	char word[POLICY_MAX_WORD + 1];
	enum ca_status st = policy_text(rd, tok, word);
	uint16_t bit;

	if (st != CA_OK)
		return st;
	bit = tok->kind == POLICY_WORD ? ca_key_usage_by_name(word) : 0;
	if (bit == 0)
		return policy_fail(rd, tok->at,
		    "'%.*s' is no %s: there are digitalSignature, "
		    "nonRepudiation, keyEncipherment, dataEncipherment, "
		    "keyAgreement, keyCertSign, cRLSign, encipherOnly, "
		    "decipherOnly",
		    POLICY_SHOWN(tok), policy_keys[key].name);
	if ((rd->policy->key_usage & bit) != 0)
		return policy_fail(
		    rd, tok->at, "'%.*s' again", POLICY_SHOWN(tok));
	rd->policy->key_usage |= bit;
	return CA_OK;
}

enum ca_status
policy_parse_key_usage(struct policy_reader *rd, enum ca_policy_key key)
{
	enum ca_status st = policy_accept_critical(
	    rd, &rd->policy->key_usage_critical);

	return st != CA_OK ? st : policy_each(rd, parse_usage, key);
}

/* ---- extendedKeyUsage and certificatePolicies: lists of OIDs ---- */

/* A word of the table in first..last, or a dotted OID. */
static enum ca_status
parse_oid(struct policy_reader *rd, const struct policy_token *tok,
    enum ca_oid first, enum ca_oid last, struct ca_bytes *ret)
{
	char word[POLICY_MAX_WORD + 1];
	struct ca_buf content = {0};
	enum ca_status st = policy_text(rd, tok, word);
	enum ca_oid oid;

	if (st != CA_OK)
		return st;
	oid = ca_oid_by_name(word);
	if (oid >= first && oid <= last) {
		*ret = ca_oid_der(oid);
		return CA_OK;
	}
	st = ca_oid_parse(&content, word);
	if (st == CA_MEMORY)
		st = ca_fail(rd->err, CA_MEMORY, "policy: out of memory");
	else if (st != CA_OK)
		st = policy_fail(rd, tok->at,
		    "'%.*s' is neither a word known here nor an OID as "
		    "1.3.6.1.4.1.99999.1",
		    POLICY_SHOWN(tok));
	else
		st = policy_keep(rd, tok, ca_view(&content), ret);
	ca_buf_free(&content);
	return st;
}

static enum ca_status
add_oid(struct policy_reader *rd, const struct policy_token *tok,
    struct ca_oid_list *list, struct ca_bytes oid)
{
	if (ca_oid_list_has(list, oid))
		return policy_fail(
		    rd, tok->at, "'%.*s' again", POLICY_SHOWN(tok));
	if (list->count == CA_EXT_MAX_OIDS)
		return policy_fail(
		    rd, tok->at, "more than %d of them", CA_EXT_MAX_OIDS);
	list->oid[list->count++] = oid;
	return CA_OK;
}

static enum ca_status
parse_ext_usage(
    struct policy_reader *rd, struct policy_token *tok, enum ca_policy_key key)
{
	struct ca_bytes oid;
	enum ca_status st = parse_oid(
	    rd, tok, CA_OID_ANY_EXT_KEY_USAGE, CA_OID_SMARTCARD_LOGON, &oid);

	(void)key;
	if (st != CA_OK)
		return st;
	return add_oid(rd, tok, &rd->policy->ext_key_usage, oid);
}

enum ca_status
policy_parse_ext_key_usage(struct policy_reader *rd, enum ca_policy_key key)
{
	enum ca_status st = policy_accept_critical(
	    rd, &rd->policy->ext_key_usage_critical);

	return st != CA_OK ? st : policy_each(rd, parse_ext_usage, key);
}

/* "CPS:http://..." or CPS:"http://..." */
static enum ca_status
parse_cps(struct policy_reader *rd, struct policy_token *tok)
{
	struct ca_policy *policy = rd->policy;
	struct ca_san san = {.type = CA_SAN_URI};
	struct ca_error err = {0};
	enum ca_status st = CA_OK;

	if (policy->cps.len > 0)
		return policy_fail(rd, tok->at, "CPS: again");
	if (policy->policies.count == 0)
		return policy_fail(rd, tok->at,
		    "CPS: stands behind the policy's OID it describes");
	if (tok->text.len == 4 && rd->at < policy_line_end(rd) &&
	    *rd->at == '"')
		st = policy_next(rd, tok);
	else {
		tok->text.data += 4;
		tok->text.len -= 4;
		tok->at += 4;
	}
	if (st == CA_OK)
		st = policy_keep_text(rd, tok, &san.value);
	if (st != CA_OK)
		return st;
	if ((st = ca_san_check(&san, &err)) != CA_OK)
		return policy_fail_value(rd, tok, "CPS", st, &err);
	policy->cps = san.value;
	return CA_OK;
}

static enum ca_status
parse_policy_oid(
    struct policy_reader *rd, struct policy_token *tok, enum ca_policy_key key)
{
	struct ca_bytes oid;
	enum ca_status st;

	if (begins(tok, "CPS:"))
		return parse_cps(rd, tok);
	if (policy_is(tok, "critical"))
		return policy_fail(rd, tok->at,
		    "%s is not critical here: programs that know no policies "
		    "would refuse the certificate",
		    policy_keys[key].name);
	st = parse_oid(rd, tok, CA_OID_ANY_POLICY, CA_OID_ANY_POLICY, &oid);
	return st != CA_OK ? st : add_oid(rd, tok, &rd->policy->policies, oid);
}

enum ca_status
policy_parse_certificate_policies(
    struct policy_reader *rd, enum ca_policy_key key)
{
	return policy_each(rd, parse_policy_oid, key);
}

/* ---- nameConstraints ---- */

static bool
same_tree(const struct ca_subtree *a, const struct ca_subtree *b)
{
	return a->excluded == b->excluded && a->type == b->type &&
	    ca_bytes_equal(a->base, b->base);
}

static enum ca_status
parse_subtrees(struct policy_reader *rd,
    struct ca_subtree trees[CA_CONSTRAINTS_MAX], size_t *ret_count)
{
	struct policy_token tok;
	enum ca_status st;
	size_t count = 0;

	do {
		struct ca_subtree tree;

		if ((st = policy_next(rd, &tok)) != CA_OK ||
		    (st = policy_parse_subtree(rd, &tok, &tree)) != CA_OK)
			return st;
		for (size_t i = 0; i < count; i++)
			if (same_tree(&trees[i], &tree))
				return policy_fail(rd, tok.at, "'%.*s' again",
				    POLICY_SHOWN(&tok));
		if (count == CA_CONSTRAINTS_MAX)
			return policy_fail(rd, tok.at, "more than %d of them",
			    CA_CONSTRAINTS_MAX);
		trees[count++] = tree;
		if ((st = policy_next(rd, &tok)) != CA_OK)
			return st;
	} while (tok.kind == POLICY_COMMA);
	rd->at = tok.at;
	*ret_count = count;
	return CA_OK;
}

enum ca_status
policy_parse_name_constraints(struct policy_reader *rd, enum ca_policy_key key)
{
	struct ca_subtree trees[CA_CONSTRAINTS_MAX];
	struct der_out out = {0};
	size_t count = 0;
	enum ca_status st;
	bool critical;

	if ((st = policy_accept_critical(rd, &critical)) != CA_OK)
		return st;
	if (!critical)
		return policy_fail_key(rd, key,
		    "nameConstraints is critical: begin it with 'critical, ' "
		    "(RFC 5280 4.2.1.10)");
	if ((st = parse_subtrees(rd, trees, &count)) != CA_OK)
		return st;
	ca_constraints_put(&out, trees, count);
	if (der_finish(&out, &rd->policy->name_constraints) != CA_OK)
		return ca_fail(
		    rd->err, CA_MEMORY, "nameConstraints: out of memory");
	return CA_OK;
}

/* ---- ocspNoCheck ---- */

enum ca_status
policy_parse_ocsp_no_check(struct policy_reader *rd, enum ca_policy_key key)
{
	struct policy_token tok;
	enum ca_status st = policy_next(rd, &tok);

	if (st != CA_OK)
		return st;
	rd->policy->ocsp_no_check = policy_is(&tok, "yes");
	if (!rd->policy->ocsp_no_check && !policy_is(&tok, "no"))
		return policy_fail(rd, tok.at,
		    "%s: expected yes or no, not '%.*s'", policy_keys[key].name,
		    POLICY_SHOWN(&tok));
	return CA_OK;
}
