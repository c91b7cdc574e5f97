/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/pem.h"

#include "ca/base64.h"
#include "ca/der.h"

#include <stdio.h>
#include <string.h>

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"
#define LINE_LENGTH 64 /* RFC 7468 2 */
#define OCTETS_A_LINE (LINE_LENGTH / 4 * 3)

/* ---- lines ------------------------------------------------------------ */

static bool
starts_with(struct ca_bytes text, const char *word)
{
	size_t len = strlen(word);

	return text.len >= len && memcmp(text.data, word, len) == 0;
}

static bool
ends_with(struct ca_bytes text, const char *word)
{
	size_t len = strlen(word);

	return text.len >= len &&
	    memcmp(text.data + text.len - len, word, len) == 0;
}

/* Takes one line, without its end and trailing white space. */
static struct ca_bytes
take_line(struct ca_bytes *text)
{
	struct ca_bytes line = *text;
	const uint8_t *end = text->len == 0 ?
	    NULL :
	    memchr(text->data, '\n', text->len);
	size_t taken = end == NULL ? text->len : (size_t)(end - text->data) + 1;

	line.len = end == NULL ? taken : taken - 1;
	text->data += taken;
	text->len -= taken;
	while (line.len > 0 &&
	    (line.data[line.len - 1] == ' ' ||
		line.data[line.len - 1] == '\t' ||
		line.data[line.len - 1] == '\r'))
		line.len--;
	return line;
}

/* Some editors put a byte order mark in front of the first line. */
static struct ca_bytes
without_mark(struct ca_bytes text)
{
	if (starts_with(text, "\xef\xbb\xbf"))
		return (struct ca_bytes){text.data + 3, text.len - 3};
	return text;
}

bool
ca_pem_is_pem(struct ca_bytes text)
{
	text = without_mark(text);
	while (text.len > 0)
		if (starts_with(take_line(&text), BEGIN))
			return true;
	return false;
}

/* The label between word and the closing dashes (RFC 7468 3). */
static bool
read_label(struct ca_bytes line, const char *word, char ret_label[CA_PEM_LABEL])
{
	size_t taken = strlen(word) + strlen(DASHES);
	struct ca_bytes label;

	if (line.len <= taken || line.len - taken >= CA_PEM_LABEL ||
	    !starts_with(line, word) || !ends_with(line, DASHES))
		return false;
	label = (struct ca_bytes){line.data + strlen(word), line.len - taken};
	if (label.data[0] == ' ' || label.data[label.len - 1] == ' ')
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (label.data[i] < 0x20 || label.data[i] > 0x7e ||
		    label.data[i] == '-')
			return false;
	memcpy(ret_label, label.data, label.len);
	ret_label[label.len] = '\0';
	return true;
}

/* ---- reading ---------------------------------------------------------- */

static enum ca_status
skip_to_block(
    struct ca_bytes *text, char ret_label[CA_PEM_LABEL], struct ca_error *err)
{
	*text = without_mark(*text);
	while (text->len > 0) {
		struct ca_bytes line = take_line(text);

		if (line.len > 0 && memchr(line.data, 0, line.len) != NULL)
			return ca_fail(err, CA_MALFORMED,
			    "PEM: a NUL byte between the blocks (RFC 7468 2)");
		if (starts_with(line, END))
			return ca_fail(err, CA_MALFORMED,
			    "PEM: an END line without its BEGIN (RFC 7468 2)");
		if (!starts_with(line, BEGIN))
			continue;
		if (!read_label(line, BEGIN, ret_label))
			return ca_fail(err, CA_MALFORMED,
			    "PEM: \"%.*s\" is no BEGIN line (RFC 7468 3)",
			    line.len > CA_PEM_LABEL ? CA_PEM_LABEL :
						      (int)line.len,
			    (const char *)line.data);
		return CA_OK;
	}
	return CA_NOT_FOUND;
}

static enum ca_status
refuse_line(struct ca_error *err, const char *label, size_t number,
    struct ca_bytes line)
{
	/* Never the line itself: it may be a part of a private key. */
	if (line.len > 0 && memchr(line.data, ':', line.len) != NULL)
		return ca_fail(err, CA_MALFORMED,
		    "PEM: line %zu of the %s block is an RFC 1421 header%s",
		    number, label,
		    strstr(label, "PRIVATE KEY") != NULL ?
			", as old encrypted keys have: convert the key with "
			"`openssl pkcs8 -topk8`" :
			" (RFC 7468 2: none here): take out the lines from it "
			"to the empty one");
	return ca_fail(err, CA_MALFORMED,
	    "PEM: line %zu of the %s block is not base64 (RFC 7468 2, RFC "
	    "4648 4): copy the file again",
	    number, label);
}

/* The END line of this block; another is an error. */
static enum ca_status
check_end(struct ca_bytes line, const char *label, struct ca_error *err)
{
	char end_label[CA_PEM_LABEL];

	if (starts_with(line, BEGIN))
		return ca_fail(err, CA_MALFORMED,
		    "PEM: the %s block has no END line (RFC 7468 2)", label);
	if (!read_label(line, END, end_label) || strcmp(end_label, label) != 0)
		return ca_fail(err, CA_MALFORMED,
		    "PEM: the %s block ends with another line than "
		    "-----END %s----- (RFC 7468 2)",
		    label, label);
	return CA_OK;
}

static enum ca_status
read_block(struct ca_bytes *text, const char *label, struct ca_base64 *in,
    struct ca_error *err)
{
	enum ca_status st;

	for (size_t number = 2; text->len > 0; number++) {
		struct ca_bytes line = take_line(text);

		if (starts_with(line, DASHES)) {
			if ((st = check_end(line, label, err)) != CA_OK)
				return st;
			if (!ca_base64_is_whole(in))
				return ca_fail(err, CA_MALFORMED,
				    "PEM: the %s block is empty or breaks off "
				    "(RFC 4648 4)",
				    label);
			return CA_OK;
		}
		st = ca_base64_read(in, line);
		if (st == CA_MALFORMED)
			return refuse_line(err, label, number, line);
		if (st != CA_OK)
			return ca_fail(err, st, "PEM: memory is short");
	}
	return ca_fail(err, CA_MALFORMED,
	    "PEM: the %s block has no END line (RFC 7468 2)", label);
}

enum ca_status
ca_pem_next(struct ca_bytes *text, char ret_label[CA_PEM_LABEL],
    struct ca_buf *ret_der, struct ca_error *err)
{
	struct ca_bytes rest = *text;
	char label[CA_PEM_LABEL];
	struct ca_base64 in = {0};
	enum ca_status st;

	if ((st = skip_to_block(&rest, label, err)) != CA_OK ||
	    (st = read_block(&rest, label, &in, err)) != CA_OK)
		goto out;
	st = ca_buf_append(ret_der, ca_view(&in.octets));
	if (st != CA_OK) {
		st = ca_fail(err, st, "PEM: memory is short");
		goto out;
	}
	memcpy(ret_label, label, sizeof(label));
	*text = rest;
out:
	ca_buf_free(&in.octets);
	ca_wipe(&in.bits, sizeof(in.bits));
	return st;
}

/* ---- one object ------------------------------------------------------- */

static bool
is_one_of(const char *label, const char *const *labels)
{
	for (; *labels != NULL; labels++)
		if (strcmp(label, *labels) == 0)
			return true;
	return false;
}

/* "RSA PRIVATE KEY", "EC PRIVATE KEY" and their like are not PKCS #8. */
static const char *
hint_of(const char *label, const char *const *labels)
{
	if (is_one_of(CA_PEM_KEY, labels) &&
	    ends_with(ca_text(label), " PRIVATE KEY"))
		return ": convert it with `openssl pkcs8 -topk8`";
	return "";
}

static enum ca_status
read_only_block(struct ca_bytes file, const char *const *labels,
    const char *what, char ret_label[CA_PEM_LABEL], struct ca_buf *der,
    struct ca_error *err)
{
	char second[CA_PEM_LABEL];
	struct ca_buf more = {0};
	enum ca_status st;

	if ((st = ca_pem_next(&file, ret_label, der, err)) != CA_OK)
		return st;
	st = ca_pem_next(&file, second, &more, err);
	ca_buf_free(&more);
	if (st == CA_OK)
		return ca_fail(err, CA_MALFORMED,
		    "more than one PEM block (%s, then %s) where %s alone is "
		    "wanted: put it into a file of its own",
		    ret_label, second, what);
	if (st != CA_NOT_FOUND)
		return st;
	if (!is_one_of(ret_label, labels))
		return ca_fail(err, CA_MALFORMED,
		    "a PEM block %s where %s (%s) is wanted%s", ret_label, what,
		    labels[0], hint_of(ret_label, labels));
	return CA_OK;
}

static bool
is_der(struct ca_bytes file)
{
	struct ca_bytes element;

	return der_get_element(&file, DER_SEQUENCE, &element) &&
	    der_at_end(file);
}

enum ca_status
ca_pem_single(struct ca_bytes file, const char *const *labels, const char *what,
    char ret_label[CA_PEM_LABEL], struct ca_buf *ret_der, struct ca_error *err)
{
	char label[CA_PEM_LABEL] = "";
	struct ca_buf der = {0};
	enum ca_status st;

	if (!is_der(file) && ca_pem_is_pem(file))
		st = read_only_block(file, labels, what, label, &der, err);
	else if (der_next_is(file, DER_SEQUENCE))
		st = ca_buf_append(&der, file);
	else if (file.len == 0)
		st = ca_fail(err, CA_MALFORMED,
		    "empty, where %s is wanted: make or copy it again", what);
	else
		st = ca_fail(err, CA_MALFORMED,
		    "unknown format: neither PEM (no BEGIN line) nor DER where "
		    "%s is wanted: convert it, or name another file",
		    what);
	if (st == CA_OK)
		st = ca_buf_append(ret_der, ca_view(&der));
	if (st != CA_OK) {
		st = ca_fail(err, st, "PEM: memory is short");
		goto out;
	}
	if (ret_label != NULL)
		memcpy(ret_label, label, sizeof(label));
out:
	ca_buf_free(&der);
	return st;
}

/* ---- writing ---------------------------------------------------------- */

enum ca_status
ca_pem_append(struct ca_buf *buf, const char *label, struct ca_bytes der)
{
	enum ca_status st;

	if ((st = ca_buf_printf(buf, "%s%s%s\n", BEGIN, label, DASHES)) !=
	    CA_OK)
		return st;
	for (size_t at = 0; at < der.len && st == CA_OK; at += OCTETS_A_LINE) {
		struct ca_bytes part = {der.data + at, der.len - at};

		if (part.len > OCTETS_A_LINE)
			part.len = OCTETS_A_LINE;
		if ((st = ca_base64_append(buf, part)) == CA_OK)
			st = ca_buf_append_text(buf, "\n");
	}
	if (st != CA_OK)
		return st;
	return ca_buf_printf(buf, "%s%s%s\n", END, label, DASHES);
}
