/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * base: bytes, buffers, errors. What every other file stands on.
 *
 * Bytes are borrowed with struct ca_bytes and owned with struct ca_buf. A
 * fallible call returns enum ca_status and takes, as its last parameter, a
 * struct ca_error on the caller's stack, into which the place that found the
 * fault writes one line: who, what was found, which rule, what to do.
 *
 * What this does not do: it has no global state, prints nothing, and knows
 * nothing of DER, files or SQL.
 */
#ifndef CA_BASE_H
#define CA_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CA_MUST_USE __attribute__((warn_unused_result))
#define CA_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* What a caller may branch on. The reason is in struct ca_error. */
enum ca_status {
	CA_OK = 0,
	CA_USAGE,     /* asked for something that cannot be asked for */
	CA_MALFORMED, /* the input is not what its format says */
	CA_REFUSED,   /* a rule or the policy says no */
	CA_NOT_FOUND, /* no such authority, certificate, file */
	CA_UNTRUSTED, /* a signature, passphrase check or audit does not hold */
	CA_BUSY,      /* others held the ledger for longer than the wait */
	CA_IO,        /* a file, the disk or the ledger failed */
	CA_MEMORY,    /* allocation failed, or a limit on size was reached */
	CA_INTERNAL   /* a library failed in a way that should not happen */
};

/* Borrowed bytes: valid as long as what they point into. {0} is empty. */
struct ca_bytes {
	const uint8_t *data;
	size_t len;
};

/* Owned bytes; {0} is empty. Growing and freeing wipe the old memory. */
struct ca_buf {
	uint8_t *data;
	size_t len;
	size_t cap;
};

/* Zero-initialise it; status stays CA_OK until the first ca_fail(). */
struct ca_error {
	enum ca_status status;
	char msg[512];
};

/*
 * Writes the reason into err and returns st, so that `return ca_fail(...)`
 * reads as a sentence. An error that is already set is kept: the first place
 * that knew is right. err may be NULL. msg is a line of ca_line_vprintf().
 */
enum ca_status ca_fail(struct ca_error *err, enum ca_status st,
    const char *format, ...) CA_PRINTF(3, 4);

/*
 * Formats one printable line, a NUL behind it, into size octets (at least 1).
 * Printable UTF-8 stays; of everything else (controls, escapes, malformed
 * bytes, what reorders the text) each octet becomes '?'. What is over-long is
 * cut behind a whole character.
 */
void ca_line_vprintf(char *line, size_t size, const char *format, va_list args)
    CA_PRINTF(3, 0);

/* Puts "who: " in front of a reason that is already set (a file's name). */
void ca_fail_in(struct ca_error *err, const char *who);

/* Puts "; hint" behind one: what to do about it. */
void ca_fail_hint(struct ca_error *err, const char *hint);

/* The bytes of a NUL-terminated text, without the NUL. NULL gives {0}. */
struct ca_bytes ca_text(const char *text);
/* A view of a buffer's present content; valid until the buffer changes. */
struct ca_bytes ca_view(const struct ca_buf *buf);
/* Equal in length and content. Not constant time: public data only. */
bool ca_bytes_equal(struct ca_bytes a, struct ca_bytes b);
/* memcmp order, the shorter first where one is a prefix of the other. */
int ca_bytes_compare(struct ca_bytes a, struct ca_bytes b);
/* Equal content, in time that depends on the length alone. */
bool ca_bytes_equal_secret(struct ca_bytes a, struct ca_bytes b);

/* Makes room for extra more bytes. CA_MEMORY when there is none. */
CA_MUST_USE enum ca_status ca_buf_reserve(struct ca_buf *buf, size_t extra);
/* The same for a buffer that holds public bytes alone: a large one grows where
 * it is, or its pages move; nothing is copied or wiped. */
CA_MUST_USE enum ca_status ca_buf_reserve_public(
    struct ca_buf *buf, size_t extra);
/* Gives back what a large buffer of public bytes has room for and does not
 * hold. */
void ca_buf_trim(struct ca_buf *buf);
/* Appends a copy. more may not point into buf. */
CA_MUST_USE enum ca_status ca_buf_append(
    struct ca_buf *buf, struct ca_bytes more);
CA_MUST_USE enum ca_status ca_buf_append_text(
    struct ca_buf *buf, const char *text);
/* Appends formatted text (no NUL counted in len, but one is kept behind). */
CA_MUST_USE enum ca_status ca_buf_printf(
    struct ca_buf *buf, const char *format, ...) CA_PRINTF(2, 3);
/*
 * The content as a C string: a NUL is kept behind len. NULL when memory is
 * short. The content itself is not searched for NULs.
 */
const char *ca_buf_text(struct ca_buf *buf);
/* Wipes and frees. NULL and {0} are fine. The buffer is {0} afterwards. */
void ca_buf_free(struct ca_buf *buf);
/* Wipes the content and keeps the memory. */
void ca_buf_clear(struct ca_buf *buf);

/* Zeroes memory in a way the compiler keeps. */
void ca_wipe(void *data, size_t len);

/* 0 to 15, in either case; -1 for what is no hex digit. */
int ca_hex_digit(char c);
/* Lower-case hex, appended. */
CA_MUST_USE enum ca_status ca_hex_append(
    struct ca_buf *buf, struct ca_bytes bytes);
/*
 * Reads hex in either case, with an optional 0x in front and ':' or ' '
 * between octets; an odd count of digits gets a leading zero. CA_MALFORMED
 * for anything else and for an empty text. Appends to buf.
 */
CA_MUST_USE enum ca_status ca_hex_parse(struct ca_buf *buf, const char *text);

/* The length of the well-formed UTF-8 character (RFC 3629) that text starts
 * with, and its code point; 0 when there is none. */
size_t ca_utf8_get(struct ca_bytes text, uint32_t *ret_point);
/* Appends one character. CA_MALFORMED when there is no such one. */
CA_MUST_USE enum ca_status ca_utf8_append(struct ca_buf *buf, uint32_t point);
/* A Unicode scalar value: no surrogate, at most U+10FFFF. */
bool ca_char_is_valid(uint32_t point);
/* Not a control, not invisible, not reordering the text around it. */
bool ca_char_is_printable(uint32_t point);

/*
 * Appends text for a terminal: printable ASCII and well-formed printable
 * UTF-8 as they are, everything else (controls, escapes, malformed bytes,
 * bidirectional overrides) as \xHH.
 */
CA_MUST_USE enum ca_status ca_buf_append_safe(
    struct ca_buf *buf, struct ca_bytes text);

#endif
