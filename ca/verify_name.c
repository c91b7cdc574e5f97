/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is it for the name that was meant (RFC 9525, RFC 5280 7)? */
#include "ca/verify_part.h"

#include <idn2.h>
#include <string.h>

#define MAX_HOST 253
#define MAX_TYPED 1024 /* octets of a host as a person types it */
#define MAX_TOLD 4     /* of its names, in a message */

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* ---- host names ------------------------------------------------------- */

/* What stands from the first dot on; {0} when there is none. */
static struct ca_bytes
from_first_dot(struct ca_bytes host)
{
	const uint8_t *dot = host.len == 0 ? NULL :
					     memchr(host.data, '.', host.len);

	if (dot == NULL)
		return (struct ca_bytes){0};
	return (struct ca_bytes){dot, host.len - (size_t)(dot - host.data)};
}

static bool
is_printable(const char *text)
{
	struct ca_bytes rest = ca_text(text);

	while (rest.len > 0) {
		uint32_t point = 0;
		size_t len = ca_utf8_get(rest, &point);

		if (len == 0 || !ca_char_is_printable(point))
			return false;
		rest = (struct ca_bytes){rest.data + len, rest.len - len};
	}
	return true;
}

/*
 * A host that people ask for: one that can be compared, and whose "xn--"
 * labels can be read (RFC 3492). IDNA2008 allows fewer, but there are hosts
 * called by a symbol, as IDNA2003 allowed.
 */
static bool
is_host(struct ca_bytes host, bool wildcard)
{
	char text[MAX_HOST + 1];
	char *letters = NULL;
	bool readable;

	if (!ca_san_host_is_plain(host, wildcard))
		return false;
	memcpy(text, host.data, host.len);
	text[host.len] = '\0';
	readable = idn2_to_unicode_8z8z(text, &letters, 0) == IDN2_OK &&
	    letters != NULL && is_printable(letters);
	idn2_free(letters);
	return readable;
}

bool
ca_verify_host_matches(struct ca_bytes dns_name, struct ca_bytes host)
{
	uint8_t text[MAX_HOST];
	struct ca_bytes name = {text, dns_name.len};
	struct ca_bytes below;

	if (dns_name.len == 0 || dns_name.len > sizeof(text))
		return false;
	for (size_t i = 0; i < dns_name.len; i++)
		text[i] = lower(dns_name.data[i]);
	if (!is_host(name, true))
		return false;
	if (text[0] != '*')
		return ca_bytes_equal(name, host);
	below = from_first_dot(host);
	/* One label, and not none, stands for the star. */
	return below.len > 0 && below.len < host.len &&
	    ca_bytes_equal(from_first_dot(name), below);
}

/* U-labels as IDNA2008 looks them up (RFC 5891 5); the rest as it is. */
static enum ca_status
to_ascii(const char *host, struct ca_buf *ret, struct ca_error *err)
{
	uint8_t *ascii = NULL;
	enum ca_status st;
	int code;

	code = idn2_lookup_u8((const uint8_t *)host, &ascii,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (code == IDN2_OK)
		st = ca_buf_append_text(ret, (const char *)ascii);
	else
		st = ca_fail(err, code == IDN2_MALLOC ? CA_MEMORY : CA_USAGE,
		    "host \"%.200s\": no IDNA2008 name (RFC 5891 5)", host);
	idn2_free(ascii);
	return st;
}

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((*text & 0x80) != 0)
			return false;
	return true;
}

static enum ca_status
prepare(const char *host, struct ca_buf *text, struct ca_error *err)
{
	struct ca_error why = {0};
	enum ca_status st;

	st = is_ascii(host) ? ca_buf_append_text(text, host) :
			      to_ascii(host, text, err);
	if (st != CA_OK)
		return ca_fail(err, st, "verify: memory is short");
	/* The root of the DNS, said or not. */
	if (text->len > 1 && text->data[text->len - 1] == '.')
		text->len--;
	for (size_t i = 0; i < text->len; i++)
		text->data[i] = lower(text->data[i]);
	if (is_host(ca_view(text), false))
		return CA_OK;
	/* No issuer may write it either, and that says why. */
	if (ca_san_check_host(ca_view(text), false, &why) != CA_OK)
		return ca_fail(err, CA_USAGE, "%s", why.msg);
	return CA_OK;
}

enum ca_status
ca_verify_host_prepare(
    const char *host, struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf text = {0};
	enum ca_status st;

	if (strlen(host) > MAX_TYPED)
		return ca_fail(err, CA_USAGE,
		    "host \"%.60s...\": longer than 253 octets (RFC 1035 "
		    "2.3.4)",
		    host);
	st = prepare(host, &text, err);
	if (st == CA_OK && ca_buf_append(ret, ca_view(&text)) != CA_OK)
		st = ca_fail(err, CA_MEMORY, "verify: memory is short");
	ca_buf_free(&text);
	return st;
}

/* ---- mailboxes -------------------------------------------------------- */

bool
ca_verify_email_matches(struct ca_bytes rfc822_name, struct ca_bytes mail)
{
	const struct ca_san a = {.type = CA_SAN_EMAIL, .value = rfc822_name};
	const struct ca_san b = {.type = CA_SAN_EMAIL, .value = mail};
	struct ca_buf text_a = {0}, text_b = {0};
	bool equal;

	equal = ca_san_normalise(&a, &text_a, NULL) == CA_OK &&
	    ca_san_normalise(&b, &text_b, NULL) == CA_OK &&
	    ca_bytes_equal(ca_view(&text_a), ca_view(&text_b));
	ca_buf_free(&text_a);
	ca_buf_free(&text_b);
	return equal;
}

/* ---- one name of the question ----------------------------------------- */

/* What was asked for: type, and the text people know it by. */
struct wanted {
	enum ca_san_type type;
	const char *text;
	struct ca_bytes value;
};

static bool
matches(const struct ca_san *san, const struct wanted *wanted)
{
	if (san->type != wanted->type)
		return false;
	switch (wanted->type) {
	case CA_SAN_DNS:
		return ca_verify_host_matches(san->value, wanted->value);
	case CA_SAN_EMAIL:
		return ca_verify_email_matches(san->value, wanted->value);
	case CA_SAN_IP:
		return ca_bytes_equal(san->value, wanted->value);
	default:
		return false;
	}
}

/* "dns:company.com, dns:www.company.com and 3 more" */
static enum ca_status
append_names(struct ca_buf *buf, const struct ca_cert *cert)
{
	struct ca_san_walk walk;
	struct ca_san san;
	enum ca_status st = CA_OK;
	size_t i;

	ca_san_walk(&walk, cert->sans);
	for (i = 0; i < MAX_TOLD && st == CA_OK && ca_san_next(&walk, &san);
	     i++) {
		if (i > 0)
			st = ca_buf_append_text(buf, ", ");
		if (st == CA_OK)
			st = ca_san_append_text(buf, &san);
	}
	if (st == CA_OK && i < cert->san_count)
		st = ca_buf_printf(buf, " and %zu more", cert->san_count - i);
	return st;
}

static bool
tell_names(struct verify_run *run, const struct wanted *wanted,
    struct ca_finding *finding)
{
	const struct ca_cert *leaf = run->ask->leaf;
	struct ca_buf names = {0};
	const char *text = NULL;

	if (append_names(&names, leaf) == CA_OK)
		text = ca_buf_text(&names);
	if (text == NULL)
		(void)verify_goes_on(run->budget, CA_MEMORY);
	if (leaf->san_count == 0)
		(void)verify_fails(finding, leaf, "subjectAltName",
		    "it bears no name that could be %.100s: a commonName is "
		    "none (RFC 9525 2)",
		    wanted->text);
	else
		(void)verify_fails(finding, leaf, "subjectAltName",
		    "%.100s is not among its names, %.200s (RFC 9525 6)",
		    wanted->text, text != NULL ? text : "");
	ca_buf_free(&names);
	return false;
}

static bool
check_name(struct verify_run *run, const struct wanted *wanted,
    struct ca_finding *finding)
{
	const struct ca_cert *leaf = run->ask->leaf;
	struct ca_san_walk walk;
	struct ca_san san;

	ca_san_walk(&walk, leaf->sans);
	while (ca_san_next(&walk, &san)) {
		struct ca_buf name = {0};

		if (!matches(&san, wanted))
			continue;
		if (ca_san_append_text(&name, &san) != CA_OK)
			(void)verify_goes_on(run->budget, CA_MEMORY);
		verify_holds(finding, leaf, "subjectAltName",
		    "%.150s is among its names, as %.150s", wanted->text,
		    ca_buf_text(&name) != NULL ? ca_buf_text(&name) : "");
		ca_buf_free(&name);
		return true;
	}
	return tell_names(run, wanted, finding);
}

static bool
check_all(struct verify_run *run, struct ca_finding *finding)
{
	const struct ca_verify_question *ask = run->ask;
	uint8_t octets[16] = {0};
	struct wanted wanted;
	size_t len = 0;

	if (ask->host == NULL && ask->ip == NULL && ask->email == NULL)
		verify_not_asked(finding, "no name was asked for");
	wanted = (struct wanted){CA_SAN_DNS, ask->host, run->host};
	if (ask->host != NULL && !check_name(run, &wanted, finding))
		return false;
	if (ask->ip != NULL) {
		if (!ca_ip_parse(ask->ip, octets, &len))
			len = 0; /* matches nothing */
		wanted = (struct wanted){CA_SAN_IP, ask->ip, {octets, len}};
		if (!check_name(run, &wanted, finding))
			return false;
	}
	wanted = (struct wanted){CA_SAN_EMAIL, ask->email, ca_text(ask->email)};
	return ask->email == NULL || check_name(run, &wanted, finding);
}

/* The leaf is the same at the end of every path: a thousand names are gone
 * through once. */
bool
verify_names(struct verify_run *run, struct ca_finding *finding)
{
	if (!run->has_name) {
		(void)check_all(run, &run->name);
		run->has_name = true;
	}
	*finding = run->name;
	return finding->outcome != CA_OUTCOME_FAILS;
}
