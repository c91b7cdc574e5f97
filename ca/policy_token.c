/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/policy_parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- complaints ---- */

/* An editor counts characters, so the column does too. */
unsigned
policy_column(const struct policy_reader *rd, const uint8_t *where)
{
	unsigned column = 1;

	for (const uint8_t *at = rd->line.data; at < where; at++)
		column += (*at & 0xc0) != 0x80;
	return column;
}

static enum ca_status CA_PRINTF(4, 0) fail_at(struct policy_reader *rd,
    unsigned line, unsigned column, const char *format, va_list args)
{
	char what[400];

	(void)vsnprintf(what, sizeof(what), format, args);
	return ca_fail(rd->err, CA_MALFORMED, "%.200s:%u:%u: %s", rd->file,
	    line, column, what);
}

enum ca_status
policy_fail(
    struct policy_reader *rd, const uint8_t *where, const char *format, ...)
{
	enum ca_status st;
	va_list args;

	va_start(args, format);
	st = fail_at(rd, rd->line_no, policy_column(rd, where), format, args);
	va_end(args);
	return st;
}

enum ca_status
policy_fail_key(
    struct policy_reader *rd, enum ca_policy_key key, const char *format, ...)
{
	unsigned line = rd->policy->lines[key];
	enum ca_status st;
	va_list args;

	if (line == 0)
		line = rd->section_lines[policy_keys[key].section];
	va_start(args, format);
	st = fail_at(rd, line == 0 ? rd->line_no : line,
	    rd->policy->lines[key] == 0 ? 1 : rd->columns[key], format, args);
	va_end(args);
	return st;
}

enum ca_status
policy_fail_line(
    struct policy_reader *rd, unsigned line, const char *format, ...)
{
	enum ca_status st;
	va_list args;

	va_start(args, format);
	st = fail_at(rd, line, 1, format, args);
	va_end(args);
	return st;
}

enum ca_status
policy_fail_value(struct policy_reader *rd, const struct policy_token *tok,
    const char *key, enum ca_status st, const struct ca_error *reason)
{
	if (st == CA_MEMORY)
		return ca_fail(rd->err, CA_MEMORY, "policy: out of memory");
	return policy_fail(rd, tok->at, "%s: '%.*s': %.250s", key,
	    POLICY_SHOWN(tok), reason->msg);
}

/* ---- tokens ---- */

const uint8_t *
policy_line_end(const struct policy_reader *rd)
{
	return rd->line.data + rd->line.len;
}

void
policy_skip_blanks(struct policy_reader *rd)
{
	while (
	    rd->at < policy_line_end(rd) && (*rd->at == ' ' || *rd->at == '\t'))
		rd->at++;
}

bool
policy_is_word_octet(uint8_t octet)
{
	return octet > 0x20 && octet < 0x7f && strchr("\"#,|>", octet) == NULL;
}

static enum ca_status
next_quoted(struct policy_reader *rd, struct policy_token *ret)
{
	const uint8_t *end = rd->at + 1;

	while (end < policy_line_end(rd) && *end != '"') {
		if (*end == '\\' &&
		    (end + 1 == policy_line_end(rd) ||
			(end[1] != '"' && end[1] != '\\')))
			return policy_fail(rd, end,
			    "in quotes a backslash stands before '\"' or "
			    "another one");
		end += *end == '\\' ? 2 : 1;
	}
	if (end >= policy_line_end(rd))
		return policy_fail(
		    rd, rd->at, "the quote that opens here is not closed");
	ret->kind = POLICY_QUOTED;
	ret->text.data = rd->at + 1;
	ret->text.len = (size_t)(end - rd->at - 1);
	rd->at = end + 1;
	return CA_OK;
}

static enum ca_status
next_word(struct policy_reader *rd, struct policy_token *ret)
{
	while (rd->at < policy_line_end(rd) && policy_is_word_octet(*rd->at))
		rd->at++;
	if (rd->at < policy_line_end(rd) && *rd->at >= 0x80)
		return policy_fail(rd, rd->at,
		    "a character outside ASCII: put the text in quotes");
	ret->kind = POLICY_WORD;
	ret->text.data = ret->at;
	ret->text.len = (size_t)(rd->at - ret->at);
	return CA_OK;
}

enum ca_status
policy_next(struct policy_reader *rd, struct policy_token *ret)
{
	struct policy_token tok = {0};
	enum ca_status st = CA_OK;

	policy_skip_blanks(rd);
	tok.at = rd->at;
	tok.text.data = rd->at;
	tok.text.len = 1;
	if (rd->at == policy_line_end(rd) || *rd->at == '#') {
		tok.text.len = 0;
	} else if (*rd->at == '"') {
		st = next_quoted(rd, &tok);
	} else if (*rd->at == ',') {
		tok.kind = POLICY_COMMA;
		rd->at++;
	} else if (*rd->at == '|') {
		tok.kind = POLICY_BAR;
		rd->at++;
	} else if (*rd->at == '>') {
		if (policy_line_end(rd) - rd->at < 2 || rd->at[1] != '=')
			return policy_fail(
			    rd, rd->at, "'>' stands only in '>='");
		tok.kind = POLICY_AT_LEAST;
		tok.text.len = 2;
		rd->at += 2;
	} else {
		st = next_word(rd, &tok);
	}
	if (st == CA_OK)
		*ret = tok;
	return st;
}

bool
policy_is(const struct policy_token *tok, const char *word)
{
	return tok->kind == POLICY_WORD &&
	    ca_bytes_equal(tok->text, ca_text(word));
}

bool
policy_accept(struct policy_reader *rd, const char *word)
{
	size_t len = strlen(word);
	const uint8_t *end;

	policy_skip_blanks(rd);
	end = rd->at + len;
	if ((size_t)(policy_line_end(rd) - rd->at) < len ||
	    memcmp(rd->at, word, len) != 0 ||
	    (end < policy_line_end(rd) && policy_is_word_octet(*end)))
		return false;
	rd->at = end;
	return true;
}

enum ca_status
policy_accept_critical(struct policy_reader *rd, bool *ret_critical)
{
	struct policy_token tok;
	enum ca_status st;

	*ret_critical = false;
	if (!policy_accept(rd, "critical"))
		return CA_OK;
	if ((st = policy_next(rd, &tok)) != CA_OK)
		return st;
	if (tok.kind != POLICY_COMMA)
		return policy_fail(rd, tok.at,
		    "expected ',' and what is critical after 'critical'");
	*ret_critical = true;
	return CA_OK;
}

enum ca_status
policy_text(struct policy_reader *rd, const struct policy_token *tok,
    char ret[POLICY_MAX_WORD + 1])
{
	size_t len = 0;

	if (tok->kind == POLICY_END)
		return policy_fail(rd, tok->at, "expected a value here");
	if (tok->kind != POLICY_WORD && tok->kind != POLICY_QUOTED)
		return policy_fail(rd, tok->at, "expected a value, not '%.*s'",
		    POLICY_SHOWN(tok));
	for (size_t i = 0; i < tok->text.len; i++) {
		if (tok->kind == POLICY_QUOTED && tok->text.data[i] == '\\')
			i++;
		if (len == POLICY_MAX_WORD)
			return policy_fail(rd, tok->at,
			    "longer than %d octets: shorten it",
			    POLICY_MAX_WORD);
		ret[len++] = (char)tok->text.data[i];
	}
	ret[len] = '\0';
	return CA_OK;
}

enum ca_status
policy_keep(struct policy_reader *rd, const struct policy_token *tok,
    struct ca_bytes bytes, struct ca_bytes *ret)
{
	struct ca_buf *owned = &rd->policy->owned;
	size_t start = owned->len;

	/* Growing would move what earlier views point into. */
	if (owned->cap - owned->len < bytes.len)
		return policy_fail(
		    rd, tok->at, "the policy is too large: split it");
	if (ca_buf_append(owned, bytes) != CA_OK)
		return ca_fail(rd->err, CA_MEMORY, "policy: out of memory");
	ret->data = owned->data + start;
	ret->len = bytes.len;
	return CA_OK;
}

enum ca_status
policy_keep_text(struct policy_reader *rd, const struct policy_token *tok,
    struct ca_bytes *ret)
{
	char text[POLICY_MAX_WORD + 1];
	enum ca_status st = policy_text(rd, tok, text);

	return st != CA_OK ? st : policy_keep(rd, tok, ca_text(text), ret);
}

enum ca_status
policy_each(struct policy_reader *rd, policy_item *item, enum ca_policy_key key)
{
	struct policy_token tok;
	enum ca_status st;

	do {
		if ((st = policy_next(rd, &tok)) != CA_OK ||
		    (st = item(rd, &tok, key)) != CA_OK ||
		    (st = policy_next(rd, &tok)) != CA_OK)
			return st;
	} while (tok.kind == POLICY_COMMA);
	rd->at = tok.at;
	return CA_OK;
}
