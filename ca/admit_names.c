/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/admit.h"

#include <stdio.h>
#include <string.h>

#define MAX_SHOWN 120 /* octets of a policy's list in a message */

/* ---- does a pattern allow a name ---- */

static struct ca_bytes
behind(struct ca_bytes text, size_t len)
{
	text.data += len;
	text.len -= len;
	return text;
}

static bool
ends_in(struct ca_bytes text, struct ca_bytes end)
{
	return text.len > end.len &&
	    ca_bytes_equal(behind(text, text.len - end.len), end);
}

/* ".company.com" is each name below, and a wildcard is none of them. */
static bool
dns_matches(const struct ca_name_pattern *pattern, struct ca_bytes host)
{
	bool wildcard = host.len > 0 && host.data[0] == '*';

	if (pattern->any)
		return !wildcard;
	if (pattern->text.data[0] == '.')
		return !wildcard && ends_in(host, pattern->text);
	return ca_bytes_equal(host, pattern->text);
}

/* From the last '@' on: a local part may not hold one unquoted, and a UPN's
 * is what a directory makes of it. */
static struct ca_bytes
at_host(struct ca_bytes mailbox)
{
	size_t at = mailbox.len;

	while (at > 0 && mailbox.data[at - 1] != '@')
		at--;
	return behind(mailbox, at == 0 ? mailbox.len : at - 1);
}

static bool
mailbox_matches(const struct ca_name_pattern *pattern, struct ca_bytes mailbox)
{
	struct ca_bytes text = pattern->text, host = at_host(mailbox);

	if (pattern->any)
		return true;
	if (text.data[0] != '@')
		return ca_bytes_equal(mailbox, text);
	if (text.len > 1 && text.data[1] == '.')
		return host.len > 0 &&
		    ends_in(behind(host, 1), behind(text, 1));
	return ca_bytes_equal(host, text);
}

static bool
pattern_matches(const struct ca_name_pattern *pattern, const struct ca_san *san)
{
	struct ca_bytes net = {pattern->octets, pattern->octets_len};

	if (pattern->type != san->type)
		return false;
	switch (san->type) {
	case CA_SAN_DNS:
		return dns_matches(pattern, san->value);
	case CA_SAN_IP:
		return pattern->any ||
		    ca_ip_is_under(san->value, net, pattern->prefix);
	case CA_SAN_URI:
		return pattern->any ||
		    (san->value.len >= pattern->text.len &&
			memcmp(san->value.data, pattern->text.data,
			    pattern->text.len) == 0);
	default:
		return mailbox_matches(pattern, san->value);
	}
}

/* ---- refusals ---- */

/* "company.com, .company.com" of one type, cut where it grows long. */
static void
list_patterns(
    const struct ca_policy *policy, enum ca_san_type type, char ret[MAX_SHOWN])
{
	size_t len = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < policy->pattern_count && len < MAX_SHOWN; i++) {
		const struct ca_name_pattern *pattern = &policy->patterns[i];

		if (pattern->type == type)
			len += (size_t)snprintf(ret + len, MAX_SHOWN - len,
			    "%s%.*s", len > 0 ? ", " : "",
			    (int)pattern->text.len,
			    (const char *)pattern->text.data);
	}
	if (len >= MAX_SHOWN)
		memcpy(ret + MAX_SHOWN - 4, "...", 4);
}

static unsigned
line_of(const struct ca_policy *policy, enum ca_san_type type)
{
	for (size_t i = 0; i < policy->pattern_count; i++)
		if (policy->patterns[i].type == type)
			return policy->patterns[i].line;
	return 0;
}

static enum ca_status
refuse_name(struct admission *ad, const struct ca_san *san)
{
	const char *type = ca_san_type_name(san->type);
	char place[CA_POLICY_PLACE], list[MAX_SHOWN];
	struct ca_buf name = {0};
	enum ca_status st;

	ca_policy_place(ad->policy, line_of(ad->policy, san->type), place);
	list_patterns(ad->policy, san->type, list);
	if (ca_san_append_text(&name, san) != CA_OK ||
	    ca_buf_text(&name) == NULL)
		st = admit_no_memory(ad);
	else if (list[0] == '\0')
		st = ca_fail(ad->err, CA_REFUSED,
		    "%.150s: %s allows no name of type %s: make the request "
		    "without it, or take another policy",
		    ca_buf_text(&name), place, type);
	else
		st = ca_fail(ad->err, CA_REFUSED,
		    "%.150s: not allowed by %s, %s = %s: ask for a name that "
		    "is, or add it there",
		    ca_buf_text(&name), place, type, list);
	ca_buf_free(&name);
	return st;
}

static enum ca_status
check_require(struct admission *ad)
{
	const struct ca_policy *policy = ad->policy;
	char place[CA_POLICY_PLACE];
	uint32_t there = 0;

	for (size_t i = 0; i < ad->san_count; i++)
		there |= (uint32_t)1 << ad->sans[i].type;
	ca_policy_place(policy, policy->lines[CA_POLICY_REQUIRE], place);
	for (size_t i = 0; i < policy->require_count; i++) {
		uint32_t group = policy->require[i];

		if ((group & there) != 0)
			continue;
		if ((group & (uint32_t)1 << CA_SAN_DNS) != 0)
			return ca_fail(ad->err, CA_REFUSED,
			    "subjectAltName: no host name%s, and %s requires "
			    "one (RFC 9525 6.3): make the request with openssl "
			    "req ... -addext subjectAltName=DNS:company.com, "
			    "or signet csr new --dns company.com",
			    (group & (uint32_t)1 << CA_SAN_IP) != 0 ?
				" or address" :
				"",
			    place);
		if ((group & (uint32_t)1 << CA_SAN_EMAIL) != 0)
			return ca_fail(ad->err, CA_REFUSED,
			    "subjectAltName: no e-mail address%s, and %s "
			    "requires one: make the request with openssl req "
			    "... -addext subjectAltName=email:jason@lab."
			    "example, or signet csr new --email "
			    "jason@lab.example",
			    (group & (uint32_t)1 << CA_SAN_UPN) != 0 ?
				" or UPN" :
				"",
			    place);
		return ca_fail(ad->err, CA_REFUSED,
		    "subjectAltName: a name is missing that %s requires: see "
		    "'require' there, and make the request with signet csr "
		    "new --ip, --uri or --upn",
		    place);
	}
	return CA_OK;
}

/* ---- names ---- */

/* Host names and the hosts of mailboxes are compared without case, so one
 * spelling is certified. */
static enum ca_status
normalise(struct admission *ad, const struct ca_san *asked, struct ca_san *ret)
{
	size_t start = ad->values.len;
	struct ca_bytes host;
	enum ca_status st;

	/* Growing would move what earlier names point into. */
	if (ad->values.cap - start < asked->value.len)
		return ca_fail(ad->err, CA_INTERNAL, "names: no room");
	if ((st = ca_buf_append(&ad->values, asked->value)) != CA_OK)
		return admit_no_memory(ad);
	ret->type = asked->type;
	ret->element = (struct ca_bytes){0};
	ret->value.data = ad->values.data + start;
	ret->value.len = asked->value.len;
	if (ret->type == CA_SAN_DNS)
		admit_lower(ad->values.data + start, asked->value.len);
	if (ret->type == CA_SAN_EMAIL) {
		host = at_host(ret->value);
		admit_lower(
		    ad->values.data + ad->values.len - host.len, host.len);
	}
	return CA_OK;
}

static const struct ca_name_pattern *
find_pattern(const struct ca_policy *policy, const struct ca_san *san)
{
	for (size_t i = 0; i < policy->pattern_count; i++)
		if (pattern_matches(&policy->patterns[i], san))
			return &policy->patterns[i];
	return NULL;
}

static bool
is_granted(const struct admission *ad, const struct ca_san *san)
{
	for (size_t i = 0; i < ad->san_count; i++)
		if (ad->sans[i].type == san->type &&
		    ca_bytes_equal(ad->sans[i].value, san->value))
			return true;
	return false;
}

static void
note_name(struct admission *ad, const struct ca_san *asked,
    const struct ca_san *san, unsigned line)
{
	bool again = is_granted(ad, san);
	struct ca_buf text = {0};

	if (ca_san_append_text(&text, again ? asked : san) == CA_OK)
		admit_note(ad, again ? CA_DROPPED : CA_FROM_REQUEST,
		    "subjectAltName", ca_view(&text), line,
		    again ? "it is there already" :
			!ca_bytes_equal(asked->value, san->value) ? "lowered" :
								    NULL);
	ca_buf_free(&text);
}

static enum ca_status
admit_name(struct admission *ad, const struct ca_san *asked)
{
	const struct ca_name_pattern *pattern;
	struct ca_san san = {0};
	enum ca_status st;

	if ((ca_policy_allowed_types(ad->policy) &
		(uint32_t)1 << asked->type) == 0)
		return refuse_name(ad, asked);
	if ((st = normalise(ad, asked, &san)) != CA_OK)
		return st;
	if ((st = ca_san_check(&san, ad->err)) != CA_OK) {
		ca_fail_in(ad->err, "subjectAltName");
		return st;
	}
	if ((pattern = find_pattern(ad->policy, &san)) == NULL)
		return refuse_name(ad, &san);
	note_name(ad, asked, &san, pattern->line);
	if (!is_granted(ad, &san))
		ad->sans[ad->san_count++] = san;
	return CA_OK;
}

enum ca_status
admit_names(struct admission *ad)
{
	const struct ca_wish *wish = ad->wish;
	struct der_out out = {0};
	enum ca_status st;
	size_t room = 1;

	if (wish->san_count > CA_SAN_MAX)
		return ca_fail(ad->err, CA_REFUSED,
		    "subjectAltName: %zu names, the limit is %d: make several "
		    "requests",
		    wish->san_count, CA_SAN_MAX);
	for (size_t i = 0; i < wish->san_count; i++)
		room += wish->sans[i].value.len;
	if (ca_buf_reserve(&ad->values, room) != CA_OK)
		return admit_no_memory(ad);
	for (size_t i = 0; i < wish->san_count; i++)
		if ((st = admit_name(ad, &wish->sans[i])) != CA_OK)
			return st;
	if ((st = check_require(ad)) != CA_OK || ad->san_count == 0)
		return st;
	/* GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName */
	der_open(&out, DER_SEQUENCE);
	for (size_t i = 0; i < ad->san_count; i++)
		ca_san_put(&out, &ad->sans[i]);
	der_close(&out);
	if (der_finish(&out, &ad->grant.sans) == CA_OK)
		return CA_OK;
	der_discard(&out);
	return admit_no_memory(ad);
}
