/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text: building what is printed. The first error sticks, later calls do
 * nothing, and the end alone reports it, so that printing reads as the page
 * it makes.
 *
 * What this does not do: JSON (jansson does).
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include "ca/base.h"

struct text {
	struct ca_buf buf;
	enum ca_status status;
};

void text_add(struct text *text, const char *format, ...) CA_PRINTF(2, 3);
/* Bytes from outside, safe for a terminal. */
void text_add_safe(struct text *text, struct ca_bytes bytes);
/* As text_add_safe(), cut to room columns with "..." at the end. */
void text_add_cut(struct text *text, struct ca_bytes bytes, size_t room);
/*
 * Words and a newline, wrapped at 78 columns; the cursor stands at column,
 * other lines begin at indent; behind indent the first word gets a space. "\n"
 * in text begins a new line.
 */
void text_add_wrapped(
    struct text *out, const char *text, size_t column, size_t indent);
/* One word of a shell's command line: as it is, "so", or 'so', whichever it
 * needs. */
void text_add_shell(struct text *text, const char *word);
void text_add_hex(struct text *text, struct ca_bytes bytes);
/* "AA:BB:CC", as fingerprints are read over the telephone. */
void text_add_fingerprint(struct text *text, struct ca_bytes bytes);
/* Takes what a ca_..._append_...() into &text->buf returned. */
void text_status(struct text *text, enum ca_status status);
/* The text so far, or "?" when memory ran out: for messages. */
const char *text_get(struct text *text);
/* Takes the next line off what is left of a text, without its end; false when
 * nothing is. */
bool text_take_line(struct ca_bytes *rest, struct ca_bytes *ret);
/* Writes it to standard output and frees it. */
CA_MUST_USE enum ca_status text_print(struct text *text, struct ca_error *err);
void text_done(struct text *text);

#endif
