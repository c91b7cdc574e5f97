/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/policy_parse.h"

#include "ca/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- lines ---- */

static enum ca_status
check_characters(struct policy_reader *rd)
{
	struct ca_bytes left = rd->line;

	while (left.len > 0) {
		uint32_t point;
		size_t len = ca_utf8_get(left, &point);

		if (len == 0)
			return policy_fail(rd, left.data,
			    "octet 0x%02x is not UTF-8: save the file as "
			    "UTF-8",
			    left.data[0]);
		/* What a reader cannot see could hide what a line says. */
		if (point != '\t' && !ca_char_is_printable(point))
			return policy_fail(rd, left.data,
			    "invisible character U+%04X: take it out",
			    (unsigned)point);
		left.data += len;
		left.len -= len;
	}
	return CA_OK;
}

/* Cuts the next line off rest; LF or CR LF ends it. */
static void
take_line(struct policy_reader *rd)
{
	const uint8_t *end = memchr(rd->rest.data, '\n', rd->rest.len);
	size_t len = end == NULL ? rd->rest.len : (size_t)(end - rd->rest.data);

	rd->line.data = rd->rest.data;
	rd->line.len = len;
	if (end != NULL && len > 0 && end[-1] == '\r')
		rd->line.len--;
	len += end != NULL;
	rd->rest.data += len;
	rd->rest.len -= len;
	rd->at = rd->line.data;
	rd->line_no++;
}

/* ---- sections and keys ---- */

static const char *const section_names[POLICY_SECTION_COUNT] = {"", "policy",
    "key", "subject", "subjectAltName", "extensions", "publish", "crl"};

const char *
policy_section_name(enum policy_section section)
{
	return section_names[section];
}

static enum ca_status
expect_end(struct policy_reader *rd, const char *after)
{
	struct policy_token tok;
	enum ca_status st = policy_next(rd, &tok);

	if (st != CA_OK || tok.kind == POLICY_END)
		return st;
	return policy_fail(rd, tok.at,
	    "expected ',' or the end of the line after %s, not '%.*s'", after,
	    POLICY_SHOWN(&tok));
}

static enum ca_status
parse_section(struct policy_reader *rd)
{
	const uint8_t *name = rd->at + 1;
	const uint8_t *close = memchr(
	    name, ']', (size_t)(policy_line_end(rd) - name));
	struct ca_bytes word = {name, 0};
	int section = 1;

	if (close == NULL)
		return policy_fail(rd, rd->at, "'[' without ']'");
	word.len = (size_t)(close - name);
	while (section < POLICY_SECTION_COUNT &&
	    !ca_bytes_equal(word, ca_text(section_names[section])))
		section++;
	if (section == POLICY_SECTION_COUNT)
		return policy_fail(rd, name,
		    "no section is called '%.*s': there are policy, key, "
		    "subject, subjectAltName, extensions, publish, crl",
		    word.len < 60 ? (int)word.len : 60, (const char *)name);
	if (rd->section_lines[section] != 0)
		return policy_fail(rd, rd->at,
		    "section [%s] again: it stands in line %u",
		    section_names[section], rd->section_lines[section]);
	rd->section = (enum policy_section)section;
	rd->section_lines[section] = rd->line_no;
	rd->at = close + 1;
	return expect_end(rd, "the section");
}

/* What a key that the section has not may have been meant to be. */
static enum ca_status
fail_unknown_key(struct policy_reader *rd, const struct policy_token *tok)
{
	char known[256] = "";
	size_t len = 0;

	for (int i = 0; i < CA_POLICY_KEY_COUNT; i++) {
		const struct policy_key *key = &policy_keys[i];

		if (key->section != rd->section && policy_is(tok, key->name))
			return policy_fail(rd, tok->at,
			    "'%s' belongs into [%s], not into [%s]", key->name,
			    section_names[key->section],
			    section_names[rd->section]);
		if (key->section == rd->section && len < sizeof(known))
			len += (size_t)snprintf(known + len,
			    sizeof(known) - len, "%s%s", len > 0 ? ", " : "",
			    key->name);
	}
	return policy_fail(rd, tok->at, "[%s] has no key '%.*s': it has %s",
	    section_names[rd->section], POLICY_SHOWN(tok), known);
}

static enum ca_status
parse_value(struct policy_reader *rd, const struct policy_token *tok)
{
	struct ca_policy *policy = rd->policy;
	enum ca_status st;
	int key = 0;

	while (key < CA_POLICY_KEY_COUNT &&
	    (policy_keys[key].section != rd->section ||
		!policy_is(tok, policy_keys[key].name)))
		key++;
	if (key == CA_POLICY_KEY_COUNT)
		return fail_unknown_key(rd, tok);
	if (policy->lines[key] != 0)
		return policy_fail(rd, tok->at,
		    "'%s' again: it stands in line %u", policy_keys[key].name,
		    policy->lines[key]);
	policy->lines[key] = rd->line_no;
	policy_skip_blanks(rd);
	rd->columns[key] = policy_column(rd, rd->at);
	st = policy_keys[key].parse(rd, (enum ca_policy_key)key);
	return st != CA_OK ? st : expect_end(rd, "the value");
}

/* A name ends at '=', with or without blanks before it. */
static enum ca_status
take_key(struct policy_reader *rd, struct policy_token *ret)
{
	struct policy_token tok = {POLICY_WORD, {rd->at, 0}, rd->at};

	while (rd->at < policy_line_end(rd) && *rd->at != '=' &&
	    policy_is_word_octet(*rd->at))
		rd->at++;
	tok.text.len = (size_t)(rd->at - tok.at);
	policy_skip_blanks(rd);
	if (tok.text.len == 0 || rd->at == policy_line_end(rd) ||
	    *rd->at != '=')
		return policy_fail(rd, tok.text.len == 0 ? tok.at : rd->at,
		    "expected [section] or key = value");
	rd->at++;
	*ret = tok;
	return CA_OK;
}

static enum ca_status
parse_line(struct policy_reader *rd)
{
	struct policy_token tok;
	enum ca_status st = check_characters(rd);

	if (st != CA_OK)
		return st;
	policy_skip_blanks(rd);
	if (rd->at == policy_line_end(rd) || *rd->at == '#')
		return CA_OK;
	if (*rd->at == '[')
		return parse_section(rd);
	if ((st = take_key(rd, &tok)) != CA_OK)
		return st;
	if (rd->section == POLICY_SECTION_NONE)
		return policy_fail(rd, tok.at,
		    "'%.*s' stands before the first [section]",
		    POLICY_SHOWN(&tok));
	if (rd->section != POLICY_SECTION_SUBJECT)
		return parse_value(rd, &tok);
	st = policy_parse_subject(rd, &tok);
	return st != CA_OK ? st : expect_end(rd, "the value");
}

/* ---- the whole ---- */

static bool
is_name(const char *name)
{
	size_t len = strlen(name);

	return len >= 1 && len <= 40 && name[0] != '-' &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static enum ca_status
policy_new(struct ca_bytes text, const char *name, struct ca_policy **ret,
    struct ca_error *err)
{
	struct ca_policy *policy = calloc(1, sizeof(*policy));
	uint8_t hash[CA_HASH_MAX];
	enum ca_status st;

	if (policy == NULL)
		return ca_fail(err, CA_MEMORY, "policy: out of memory");
	/* Decoded text is shorter than its source; twice leaves no doubt. */
	if (ca_buf_append(&policy->text, text) != CA_OK ||
	    ca_buf_append_text(&policy->name, name) != CA_OK ||
	    ca_buf_text(&policy->name) == NULL ||
	    ca_buf_reserve(&policy->owned, 2 * text.len + 1) != CA_OK)
		st = ca_fail(err, CA_MEMORY, "policy: out of memory");
	else
		st = ca_hash_bytes(CA_HASH_SHA256, text, hash, err);
	if (st != CA_OK) {
		ca_policy_free(policy);
		return st;
	}
	memcpy(policy->hash, hash, sizeof(policy->hash));
	*ret = policy;
	return CA_OK;
}

enum ca_status
ca_policy_parse(struct ca_bytes text, const char *name, const char *file,
    struct ca_policy **ret, struct ca_error *err)
{
	struct policy_reader rd = {.file = file, .err = err};
	enum ca_status st;

	if (!is_name(name))
		return ca_fail(err, CA_USAGE,
		    "%s: a policy is called by 1 to 40 of a-z, 0-9 and '-', "
		    "not '%.60s'",
		    file, name);
	if (text.len == 0 || text.len > CA_POLICY_MAX_TEXT)
		return ca_fail(err, CA_MALFORMED,
		    "%s:1:1: %zu octets: a policy has 1 to %zu", file, text.len,
		    CA_POLICY_MAX_TEXT);
	if ((st = policy_new(text, name, &rd.policy, err)) != CA_OK)
		return st;
	rd.rest = ca_view(&rd.policy->text);
	while (st == CA_OK && rd.rest.len > 0) {
		take_line(&rd);
		st = parse_line(&rd);
	}
	if (st == CA_OK)
		st = policy_check(&rd);
	if (st == CA_OK)
		*ret = rd.policy;
	else
		ca_policy_free(rd.policy);
	return st;
}

void
ca_policy_free(struct ca_policy *policy)
{
	if (policy == NULL)
		return;
	ca_buf_free(&policy->name);
	ca_buf_free(&policy->text);
	ca_buf_free(&policy->name_constraints);
	ca_buf_free(&policy->owned);
	free(policy);
}
