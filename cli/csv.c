/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/csv.h"

#include <string.h>

void
csv_begin(struct csv *csv, struct ca_bytes text)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (text.len >= 3 && memcmp(text.data, mark, 3) == 0) {
		text.data += 3;
		text.len -= 3;
	}
	*csv = (struct csv){.rest = text, .next = 1};
}

static int
peek(const struct csv *csv, size_t at)
{
	return at < csv->rest.len ? csv->rest.data[at] : -1;
}

static void
skip(struct csv *csv, size_t count)
{
	csv->rest.data += count;
	csv->rest.len -= count;
}

/* How long the end of a record is here: 0 when it goes on. */
static size_t
end_len(const struct csv *csv, size_t at)
{
	if (peek(csv, at) == '\n')
		return 1;
	return peek(csv, at) == '\r' && peek(csv, at + 1) == '\n' ? 2 : 0;
}

static enum ca_status
fail(const struct csv *csv, const char *why, struct ca_error *err)
{
	return ca_fail(
	    err, CA_MALFORMED, "line %zu: %s (RFC 4180 2)", csv->next, why);
}

static enum ca_status
read_plain(struct csv *csv, struct ca_buf *ret, struct ca_error *err)
{
	size_t len = 0;
	struct ca_bytes field;

	while (peek(csv, len) >= 0 && peek(csv, len) != ',' &&
	    end_len(csv, len) == 0) {
		if (peek(csv, len) == '"')
			return fail(csv,
			    "a quote within a field: quotes stand around all "
			    "of it",
			    err);
		len++;
	}
	field = (struct ca_bytes){csv->rest.data, len};
	skip(csv, len);
	return ca_buf_append(ret, field);
}

static enum ca_status
read_quoted(struct csv *csv, struct ca_buf *ret, struct ca_error *err)
{
	size_t begun = csv->next;
	enum ca_status st = CA_OK;

	skip(csv, 1);
	for (;;) {
		struct ca_bytes octet = {csv->rest.data, 1};

		if (csv->rest.len == 0) {
			csv->next = begun;
			return fail(csv, "a quote that does not end", err);
		}
		if (octet.data[0] == '"' && peek(csv, 1) != '"')
			break;
		csv->next += octet.data[0] == '\n';
		skip(csv, octet.data[0] == '"' ? 2 : 1);
		if ((st = ca_buf_append(ret, octet)) != CA_OK)
			return st;
	}
	skip(csv, 1);
	if (csv->rest.len > 0 && peek(csv, 0) != ',' && end_len(csv, 0) == 0)
		return fail(csv, "something behind a closing quote", err);
	return CA_OK;
}

enum ca_status
csv_next(
    struct csv *csv, struct ca_buf *ret, bool *ret_last, struct ca_error *err)
{
	enum ca_status st;

	if (csv->rest.len == 0 && !csv->within)
		return CA_NOT_FOUND;
	if (!csv->within)
		csv->line = csv->next;
	ca_buf_clear(ret);
	st = peek(csv, 0) == '"' ? read_quoted(csv, ret, err) :
				   read_plain(csv, ret, err);
	if (st == CA_MEMORY)
		return ca_fail(err, st, "out of memory");
	if (st == CA_OK && ret->len > 0 &&
	    memchr(ret->data, '\0', ret->len) != NULL)
		st = fail(csv, "a NUL octet", err);
	if (st != CA_OK)
		return st;
	csv->within = peek(csv, 0) == ',';
	*ret_last = !csv->within;
	csv->next += csv->within ? 0 : 1;
	skip(csv, csv->within ? 1 : end_len(csv, 0));
	return CA_OK;
}

void
csv_add(struct text *text, struct ca_bytes field)
{
	bool plain = true;
	size_t from = 0;

	for (size_t i = 0; i < field.len; i++)
		if (field.data[i] <= ' ' || field.data[i] == '"' ||
		    field.data[i] == ',')
			plain = false;
	if (plain) {
		text_add_safe(text, field);
		return;
	}
	text_add(text, "\"");
	for (size_t i = 0; i < field.len; i++) {
		if (field.data[i] != '"')
			continue;
		text_add_safe(
		    text, (struct ca_bytes){field.data + from, i + 1 - from});
		text_add(text, "\"");
		from = i + 1;
	}
	text_add_safe(
	    text, (struct ca_bytes){field.data + from, field.len - from});
	text_add(text, "\"");
}
