/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/san.h"

#include <idn2.h>
#include <stdio.h>
#include <string.h>

#define MAX_HOST 253
#define MAX_LABEL 63
#define SHOWN 63                  /* octets of a host in a message */
#define SHOWN_MAX (4 * SHOWN + 4) /* each as an escape, and "..." */
#define MAX_U_LABELS 1024 /* octets of UTF-8 that are tried as a U-label */

static bool
is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* What is shown of a host in a message: every octet of it, a NUL too, and that
 * there are more. */
static void
show(struct ca_bytes host, char ret[SHOWN_MAX])
{
	const struct ca_bytes head = {
	    host.data, host.len > SHOWN ? SHOWN : host.len};
	struct ca_buf text = {0};
	const char *safe;

	if (ca_buf_append_safe(&text, head) != CA_OK ||
	    (safe = ca_buf_text(&text)) == NULL)
		safe = "?";
	(void)snprintf(
	    ret, SHOWN_MAX, "%s%s", safe, host.len > SHOWN ? "..." : "");
	ca_buf_free(&text);
}

static enum ca_status
refuse(struct ca_error *err, struct ca_bytes host, const char *why)
{
	char text[SHOWN_MAX];

	show(host, text);
	return ca_fail(err, CA_REFUSED, "host \"%s\": %s", text, why);
}

/* A U-label is the most frequent honest mistake: say what to write. */
static enum ca_status
refuse_non_ascii(
    struct ca_bytes host, struct ca_bytes labels, struct ca_error *err)
{
	char text[MAX_U_LABELS + 1], given[SHOWN_MAX];
	uint8_t *ascii = NULL;
	enum ca_status st;

	if (labels.len > MAX_U_LABELS ||
	    memchr(labels.data, 0, labels.len) != NULL)
		return refuse(err, host,
		    "letters outside ASCII (RFC 5280 7.2): write the A-label "
		    "(xn--...)");
	show(host, given);
	memcpy(text, labels.data, labels.len);
	text[labels.len] = '\0';
	/* What it would be is ASCII: the check does not come here again. */
	if (idn2_lookup_u8((const uint8_t *)text, &ascii,
		IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK &&
	    ca_san_check_host(ca_text((const char *)ascii), false, NULL) ==
		CA_OK)
		st = ca_fail(err, CA_REFUSED,
		    "host \"%s\": letters outside ASCII (RFC 5280 7.2): "
		    "write \"%s%.253s\" if that is the name you mean",
		    given, host.len > labels.len ? "*." : "",
		    (const char *)ascii);
	else
		st = refuse(err, host,
		    "letters outside ASCII that are no IDNA2008 name (RFC "
		    "5891): write another name");
	idn2_free(ascii);
	return st;
}

/* RFC 5891 4.2, 5.4: decoded, checked and encoded again it is the same. */
static bool
is_a_label(struct ca_bytes label)
{
	uint8_t text[MAX_LABEL + 1], *again = NULL;
	bool same;

	memcpy(text, label.data, label.len);
	text[label.len] = '\0';
	same = idn2_register_u8(NULL, text, &again, 0) == IDN2_OK &&
	    again != NULL &&
	    strcmp((const char *)again, (const char *)text) == 0;
	idn2_free(again);
	return same;
}

/* Here and below labels is the host without a wildcard in front; the whole of
 * it stands in messages. */
static enum ca_status
check_letters(
    struct ca_bytes host, struct ca_bytes labels, struct ca_error *err)
{
	char text[SHOWN_MAX];

	for (size_t i = 0; i < labels.len; i++) {
		uint8_t c = labels.data[i];

		if (c > 0x7f)
			return refuse_non_ascii(host, labels, err);
		if (c >= 'A' && c <= 'Z')
			return refuse(err, host,
			    "upper case: host names are signed in lower case: "
			    "write it so");
		if (c == '*')
			return refuse(err, host,
			    "a wildcard may only be the whole leftmost label "
			    "(RFC 9525 6.3): name the hosts one by one");
		if (is_lower(c) || is_digit(c) || c == '-' || c == '.')
			continue;
		show(host, text);
		return ca_fail(err, CA_REFUSED,
		    "host \"%s\": octet 0x%02x is not a letter, digit, '-' or "
		    "'.' (RFC 1034 3.5, RFC 5280 4.2.1.6): write the name "
		    "without it",
		    text, c);
	}
	return CA_OK;
}

static enum ca_status
check_label(struct ca_bytes host, struct ca_bytes label, struct ca_error *err)
{
	if (label.len == 0)
		return refuse(err, host,
		    "an empty label, or a dot in front or at the end (RFC 1034 "
		    "3.5): write it without, as company.com");
	if (label.len > MAX_LABEL)
		return refuse(err, host,
		    "a label of more than 63 octets (RFC 1034 3.1): shorten "
		    "it");
	if (label.data[0] == '-' || label.data[label.len - 1] == '-')
		return refuse(err, host,
		    "a label that begins or ends with '-' (RFC 1034 3.5): "
		    "write it without");
	if (label.len < 4 || label.data[2] != '-' || label.data[3] != '-')
		return CA_OK;
	if (label.data[0] != 'x' || label.data[1] != 'n')
		return refuse(err, host,
		    "a label with \"--\" as third and fourth letter that is no "
		    "A-label (RFC 5890 2.3.1): write another name");
	if (!is_a_label(label))
		return refuse(err, host,
		    "an \"xn--\" label that is no valid A-label (RFC 5891 "
		    "4.2): convert the name again (idn2 NAME)");
	return CA_OK;
}

static bool
is_all_digits(struct ca_bytes label)
{
	for (size_t i = 0; i < label.len; i++)
		if (!is_digit(label.data[i]))
			return false;
	return true;
}

/* Every label; ret_count is how many there are. */
static enum ca_status
check_labels(struct ca_bytes host, struct ca_bytes labels, size_t *ret_count,
    struct ca_error *err)
{
	struct ca_bytes label = {labels.data, 0};
	size_t count = 0;

	for (size_t i = 0; i <= labels.len; i++) {
		enum ca_status st;

		if (i < labels.len && labels.data[i] != '.') {
			label.len++;
			continue;
		}
		if ((st = check_label(host, label, err)) != CA_OK)
			return st;
		count++;
		if (i < labels.len)
			label = (struct ca_bytes){labels.data + i + 1, 0};
	}
	if (is_all_digits(label))
		return refuse(err, host,
		    "an address, or a last label of digits alone (RFC 1123 "
		    "2.1): an address is an \"ip\" name");
	*ret_count = count;
	return CA_OK;
}

enum ca_status
ca_san_check_host(
    struct ca_bytes host, bool wildcard_allowed, struct ca_error *err)
{
	struct ca_bytes rest = host;
	bool wildcard = host.len >= 2 && host.data[0] == '*' &&
	    host.data[1] == '.';
	size_t count = 0;
	enum ca_status st;

	if (host.len == 0)
		return refuse(err, host,
		    "empty (RFC 5280 4.2.1.6): write a name like company.com");
	if (host.len > MAX_HOST)
		return refuse(err, host,
		    "longer than 253 octets (RFC 1035 2.3.4): shorten it");
	if (wildcard && !wildcard_allowed)
		return refuse(err, host,
		    "a wildcard is not allowed here: name the hosts one by "
		    "one");
	if (wildcard)
		rest = (struct ca_bytes){host.data + 2, host.len - 2};
	if ((st = check_letters(host, rest, err)) != CA_OK ||
	    (st = check_labels(host, rest, &count, err)) != CA_OK)
		return st;
	if (wildcard && count < 2)
		return refuse(err, host,
		    "a wildcard for a whole top-level domain (RFC 9525 6.3): "
		    "name a domain below it, as *.company.com");
	return CA_OK;
}

/* ---- of others -------------------------------------------------------- */

static bool
is_plain_label(struct ca_bytes label)
{
	for (size_t i = 0; i < label.len; i++) {
		uint8_t c = label.data[i];

		if (!is_lower(c | 0x20) && !is_digit(c) && c != '-' && c != '_')
			return false;
	}
	return label.len > 0 && label.len <= MAX_LABEL;
}

bool
ca_san_host_is_plain(struct ca_bytes host, bool wildcard_allowed)
{
	bool wildcard = host.len >= 2 && host.data[0] == '*' &&
	    host.data[1] == '.';
	struct ca_bytes label;
	size_t count = 0, start;

	if (host.len == 0 || host.len > MAX_HOST ||
	    (wildcard && !wildcard_allowed))
		return false;
	for (start = wildcard ? 2 : 0; start <= host.len;
	     start += label.len + 1, count++) {
		label = (struct ca_bytes){host.data + start, 0};
		while (start + label.len < host.len &&
		    label.data[label.len] != '.')
			label.len++;
		if (!is_plain_label(label))
			return false;
	}
	return !is_all_digits(label) && (!wildcard || count >= 2);
}
