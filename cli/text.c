/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/file.h"

#define WIDTH 78 /* of text that is wrapped */

void
text_status(struct text *text, enum ca_status status)
{
	if (text->status == CA_OK)
		text->status = status;
}

void
text_add(struct text *text, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		text_status(text, CA_INTERNAL);
	if (text->status == CA_OK)
		text_status(text, ca_buf_reserve(&text->buf, (size_t)len + 1));
	if (text->status != CA_OK)
		return;
	va_start(args, format);
	(void)vsnprintf((char *)text->buf.data + text->buf.len, (size_t)len + 1,
	    format, args);
	va_end(args);
	text->buf.len += (size_t)len;
}

void
text_add_safe(struct text *text, struct ca_bytes bytes)
{
	if (text->status == CA_OK)
		text_status(text, ca_buf_append_safe(&text->buf, bytes));
}

/* Columns that one line of UTF-8 takes, wide letters counted as one. */
static size_t
columns(struct ca_bytes text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += (text.data[i] & 0xc0) != 0x80;
	return count;
}

void
text_add_cut(struct text *text, struct ca_bytes bytes, size_t room)
{
	struct text safe = {0};
	struct ca_bytes line;
	bool cut;

	text_add_safe(&safe, bytes);
	text_status(text, safe.status);
	line = ca_view(&safe.buf);
	cut = room > 3 && columns(line) > room;
	while (cut && columns(line) > room - 3) {
		line.len--;
		/* Not in the middle of a letter. */
		while ((line.data[line.len] & 0xc0) == 0x80)
			line.len--;
	}
	if (text->status == CA_OK)
		text_status(text, ca_buf_append(&text->buf, line));
	if (cut)
		text_add(text, "...");
	text_done(&safe);
}

void
text_add_wrapped(
    struct text *out, const char *text, size_t column, size_t indent)
{
	while (*text != '\0') {
		size_t len = strcspn(text, " \n");

		if (column > indent && column + 1 + len > WIDTH) {
			text_add(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			text_add(out, " ");
			column++;
		}
		text_add(out, "%.*s", (int)len, text);
		column += len;
		text += len;
		if (*text == '\n') {
			text_add(out, "\n%*s", (int)indent, "");
			column = indent;
		}
		if (*text != '\0')
			text++;
	}
	text_add(out, "\n");
}

static bool
is_made_of(const char *word, const char *more)
{
	for (; *word != '\0'; word++) {
		unsigned char c = (unsigned char)*word;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c > 0x7f;

		if (!plain && strchr("%+,-./:=@_", c) == NULL &&
		    strchr(more, c) == NULL)
			return false;
	}
	return true;
}

void
text_add_shell(struct text *text, const char *word)
{
	if (word[0] != '\0' && is_made_of(word, "")) {
		text_add(text, "%s", word);
		return;
	}
	if (is_made_of(word, " #&'()*;<>?[]^{|}~")) {
		text_add(text, "\"%s\"", word);
		return;
	}
	text_add(text, "'");
	for (; *word != '\0'; word++)
		if (*word == '\'')
			text_add(text, "'\\''");
		else
			text_add(text, "%c", *word);
	text_add(text, "'");
}

void
text_add_hex(struct text *text, struct ca_bytes bytes)
{
	if (text->status == CA_OK)
		text_status(text, ca_hex_append(&text->buf, bytes));
}

void
text_add_fingerprint(struct text *text, struct ca_bytes bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		text_add(text, "%s%02X", i > 0 ? ":" : "", bytes.data[i]);
}

const char *
text_get(struct text *text)
{
	const char *got = text->status == CA_OK ? ca_buf_text(&text->buf) :
						  NULL;

	return got != NULL ? got : "?";
}

bool
text_take_line(struct ca_bytes *rest, struct ca_bytes *ret)
{
	const uint8_t *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->data, '\n', rest->len);
	ret->data = rest->data;
	ret->len = end != NULL ? (size_t)(end - rest->data) : rest->len;
	rest->data += ret->len + (end != NULL ? 1 : 0);
	rest->len -= ret->len + (end != NULL ? 1 : 0);
	return true;
}

enum ca_status
text_print(struct text *text, struct ca_error *err)
{
	enum ca_status st = text->status;

	if (st == CA_OK)
		st = file_write(
		    "-", ca_view(&text->buf), FILE_PUBLIC, FILE_REPLACE, err);
	else
		(void)ca_fail(err, st, "out of memory while printing");
	text_done(text);
	return st;
}

void
text_done(struct text *text)
{
	ca_buf_free(&text->buf);
	*text = (struct text){0};
}
