/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy_parse: the reader behind ca_policy_parse(), shared by the files
 * policy_*.c and admit*.c and by nobody else.
 *
 * A line is read from the front: policy_next() takes a token off it, and
 * every complaint knows the character it is about. A key's function takes its
 * value and nothing more; that the line ends there is checked by its caller.
 *
 * What this does not do: recover. The first fault ends the reading.
 */
#ifndef CA_POLICY_PARSE_H
#define CA_POLICY_PARSE_H

#include "ca/policy.h"

#define POLICY_MAX_WORD 1024 /* octets of one word, quotes aside */
#define POLICY_MAX_PATH_LEN 32

enum policy_section {
	POLICY_SECTION_NONE,
	POLICY_SECTION_POLICY,
	POLICY_SECTION_KEY,
	POLICY_SECTION_SUBJECT,
	POLICY_SECTION_SAN,
	POLICY_SECTION_EXTENSIONS,
	POLICY_SECTION_PUBLISH,
	POLICY_SECTION_CRL,
	POLICY_SECTION_COUNT
};

struct policy_reader {
	const char *file;
	struct ca_policy *policy;
	struct ca_error *err;
	struct ca_bytes rest; /* the lines after the present one */
	struct ca_bytes line; /* the present one, without its end */
	const uint8_t *at;    /* what of it is read */
	unsigned line_no;
	enum policy_section section;
	unsigned section_lines[POLICY_SECTION_COUNT];
	unsigned columns[CA_POLICY_KEY_COUNT]; /* where values start */
};

enum policy_token_kind {
	POLICY_END, /* of the line, or a comment */
	POLICY_WORD,
	POLICY_QUOTED,
	POLICY_COMMA,
	POLICY_BAR,
	POLICY_AT_LEAST
};

struct policy_token {
	enum policy_token_kind kind;
	struct ca_bytes text; /* quoted: what is between the quotes, raw */
	const uint8_t *at;
};

/* ---- complaints: CA_MALFORMED, "file:line:column: " in front ---- */

enum ca_status policy_fail(struct policy_reader *rd, const uint8_t *where,
    const char *format, ...) CA_PRINTF(3, 4);
/* About a key that was read before, or (lines[key] 0) the place where it
 * should be. */
enum ca_status policy_fail_key(struct policy_reader *rd, enum ca_policy_key key,
    const char *format, ...) CA_PRINTF(3, 4);
/* About a line that was read before. */
enum ca_status policy_fail_line(struct policy_reader *rd, unsigned line,
    const char *format, ...) CA_PRINTF(3, 4);
/* What another part found wrong with a token's text: "key: 'text': reason".
 * A lack of memory is nobody's fault, and said to be that. */
enum ca_status policy_fail_value(struct policy_reader *rd,
    const struct policy_token *tok, const char *key, enum ca_status st,
    const struct ca_error *reason);
/* "%.*s" of a token in a message. */
#define POLICY_SHOWN(tok)                                   \
	(int)((tok)->text.len < 60 ? (tok)->text.len : 60), \
	    (const char *)(tok)->text.data

/* ---- tokens ---- */

const uint8_t *policy_line_end(const struct policy_reader *rd);
/* Of a character of the present line, from 1. */
unsigned policy_column(const struct policy_reader *rd, const uint8_t *where);
void policy_skip_blanks(struct policy_reader *rd);
bool policy_is_word_octet(uint8_t octet);
CA_MUST_USE enum ca_status policy_next(
    struct policy_reader *rd, struct policy_token *ret);
/* The token is this bare word. */
bool policy_is(const struct policy_token *tok, const char *word);
/* Takes the word if it stands next. */
bool policy_accept(struct policy_reader *rd, const char *word);
/* Takes "critical ," off the front of a value. */
CA_MUST_USE enum ca_status policy_accept_critical(
    struct policy_reader *rd, bool *ret_critical);
/* The token's text as a C string: a word or quoted text without NULs. */
CA_MUST_USE enum ca_status policy_text(struct policy_reader *rd,
    const struct policy_token *tok, char ret[POLICY_MAX_WORD + 1]);
/* The token's text as bytes that live as long as the policy. */
CA_MUST_USE enum ca_status policy_keep_text(struct policy_reader *rd,
    const struct policy_token *tok, struct ca_bytes *ret);
/* A copy that lives as long as the policy. */
CA_MUST_USE enum ca_status policy_keep(struct policy_reader *rd,
    const struct policy_token *tok, struct ca_bytes bytes,
    struct ca_bytes *ret);
/* Runs item for each of a comma-separated list, its first token taken. */
typedef enum ca_status policy_item(
    struct policy_reader *rd, struct policy_token *tok, enum ca_policy_key key);
CA_MUST_USE enum ca_status policy_each(
    struct policy_reader *rd, policy_item *item, enum ca_policy_key key);

/* ---- keys ---- */

struct policy_key {
	const char *name;
	enum policy_section section;
	enum ca_status (*parse)(
	    struct policy_reader *rd, enum ca_policy_key key);
};
extern const struct policy_key policy_keys[CA_POLICY_KEY_COUNT];
/* "extensions" */
const char *policy_section_name(enum policy_section section);
/* [subject]: any attribute type is a key; tok is it, '=' is taken. */
CA_MUST_USE enum ca_status policy_parse_subject(
    struct policy_reader *rd, const struct policy_token *tok);
/* A decimal number up to max, without sign or leading zeros. */
bool policy_number(const struct policy_token *tok, unsigned max, unsigned *ret);
/* policy_names.c */
enum ca_status policy_parse_require(
    struct policy_reader *rd, enum ca_policy_key key);
enum ca_status policy_parse_patterns(
    struct policy_reader *rd, enum ca_policy_key key);
/* policy_extensions.c */
enum ca_status policy_parse_basic_constraints(
    struct policy_reader *rd, enum ca_policy_key key);
enum ca_status policy_parse_key_usage(
    struct policy_reader *rd, enum ca_policy_key key);
enum ca_status policy_parse_ext_key_usage(
    struct policy_reader *rd, enum ca_policy_key key);
enum ca_status policy_parse_certificate_policies(
    struct policy_reader *rd, enum ca_policy_key key);
enum ca_status policy_parse_name_constraints(
    struct policy_reader *rd, enum ca_policy_key key);
enum ca_status policy_parse_ocsp_no_check(
    struct policy_reader *rd, enum ca_policy_key key);
/* "permitted dns:lab.example" into a subtree; base lives in the policy. */
CA_MUST_USE enum ca_status policy_parse_subtree(
    struct policy_reader *rd, struct policy_token *tok, struct ca_subtree *ret);

/* A key's value in canonical form; the key is there. */
CA_MUST_USE enum ca_status policy_append_value(
    struct ca_buf *buf, const struct ca_policy *policy, enum ca_policy_key key);

/* The whole is not at odds with itself, and nothing needed is missing. */
CA_MUST_USE enum ca_status policy_check(struct policy_reader *rd);

#endif
