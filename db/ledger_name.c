/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_name.h"

#include <string.h>

/* U+10FFFF is no character, so no name has one: what starts with P lies
 * between P and P with it. */
#define BEHIND_ALL "\xf4\x8f\xbf\xbf"

static char
fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static enum ca_status
append_folded(struct ca_buf *buf, const char *text, size_t len)
{
	enum ca_status st = ca_buf_reserve(buf, len);

	for (size_t i = 0; i < len && st == CA_OK; i++)
		buf->data[buf->len++] = (uint8_t)fold(text[i]);
	return st;
}

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* A character of UTF-8 keeps the order of its octets. */
enum ca_status
ledger_name_backwards(struct ca_buf *buf, const char *name)
{
	size_t end = strlen(name);
	enum ca_status st = CA_OK;

	while (end > 0 && st == CA_OK) {
		size_t start = end - 1;

		while (start > 0 && is_continuation(name[start]))
			start--;
		st = append_folded(buf, name + start, end - start);
		end = start;
	}
	return st;
}

static enum ca_status
append_like(struct ca_buf *buf, const char *text)
{
	enum ca_status st = CA_OK;

	for (; *text != '\0' && st == CA_OK; text++) {
		if (*text == '*' && text[1] == '*')
			continue;
		if (*text == '*')
			st = ca_buf_append_text(buf, "%");
		else if (*text == '?')
			st = ca_buf_append_text(buf, "_");
		else if (strchr("%_!", *text) != NULL)
			st = ca_buf_printf(buf, "!%c", *text);
		else
			st = append_folded(buf, text, 1);
	}
	return st;
}

static enum ca_status
set_range(struct ledger_pattern *pattern, const char *text, size_t len)
{
	enum ca_status st;

	if ((st = append_folded(&pattern->from, text, len)) != CA_OK ||
	    (st = append_folded(&pattern->to, text, len)) != CA_OK)
		return st;
	return ca_buf_append_text(&pattern->to, BEHIND_ALL);
}

static size_t
fixed_length(const char *text)
{
	return strcspn(text, "*?");
}

static enum ca_status
fill_exact(struct ledger_pattern *pattern, const char *name)
{
	pattern->kind = LEDGER_PATTERN_EXACT;
	return append_folded(&pattern->like, name, strlen(name));
}

static enum ca_status
fill(struct ledger_pattern *pattern, const char *text, const char *backwards)
{
	size_t start = fixed_length(text), end = fixed_length(backwards);
	enum ca_status st;

	if (strchr(text, '*') == NULL)
		return fill_exact(pattern, text);
	if (end > start) {
		pattern->kind = LEDGER_PATTERN_END;
		if ((st = append_like(&pattern->like, backwards)) != CA_OK)
			return st;
		return set_range(pattern, backwards, end);
	}
	pattern->kind = start > 0 ? LEDGER_PATTERN_START :
				    LEDGER_PATTERN_ANYWHERE;
	if ((st = append_like(&pattern->like, text)) != CA_OK)
		return st;
	return set_range(pattern, text, start);
}

static enum ca_status
check_bounds(const char *text, struct ca_error *err)
{
	size_t stars = 0;

	for (const char *c = text; *c != '\0'; c++)
		stars += *c == '*' && c[1] != '*';
	if (stars == 0 ||
	    (stars <= LEDGER_PATTERN_STARS &&
		strlen(text) <= LEDGER_PATTERN_LENGTH))
		return CA_OK;
	return ca_fail(err, CA_USAGE,
	    "name pattern: at most %d characters and %d '*' are searched for",
	    LEDGER_PATTERN_LENGTH, LEDGER_PATTERN_STARS);
}

enum ca_status
ledger_pattern_parse(
    const char *text, struct ledger_pattern *ret, struct ca_error *err)
{
	struct ledger_pattern pattern = {0};
	struct ca_buf backwards = {0};
	const char *reversed = NULL;
	enum ca_status st;

	if ((st = check_bounds(text, err)) != CA_OK)
		return st;
	if ((st = ledger_name_backwards(&backwards, text)) == CA_OK)
		reversed = ca_buf_text(&backwards);
	st = reversed == NULL ? CA_MEMORY : fill(&pattern, text, reversed);
	if (st == CA_OK)
		*ret = pattern;
	else
		ledger_pattern_done(&pattern);
	if (st == CA_MEMORY)
		(void)ca_fail(err, st, "ledger: out of memory");
	ca_buf_free(&backwards);
	return st;
}

enum ca_status
ledger_pattern_literal(
    const char *name, struct ledger_pattern *ret, struct ca_error *err)
{
	struct ledger_pattern pattern = {0};
	enum ca_status st = fill_exact(&pattern, name);

	if (st == CA_OK) {
		*ret = pattern;
		return CA_OK;
	}
	ledger_pattern_done(&pattern);
	return ca_fail(err, st, "ledger: out of memory");
}

void
ledger_pattern_done(struct ledger_pattern *pattern)
{
	ca_buf_free(&pattern->like);
	ca_buf_free(&pattern->from);
	ca_buf_free(&pattern->to);
}
