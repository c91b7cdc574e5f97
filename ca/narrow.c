/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/narrow.h"

#include "ca/policy.h"

#include <string.h>

/* The networks that server.policy allows: RFC 1918, RFC 4193, loopback. */
static const char *const private_networks[] = {"127.0.0.0/8", "10.0.0.0/8",
    "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"};
#define NETWORKS (sizeof(private_networks) / sizeof(private_networks[0]))

struct narrowing {
	const char *const *domains;
	size_t count;
	const struct ca_policy *policy; /* of the text as it was */
	unsigned constrain_after; /* the line nameConstraints go behind, or 0 */
	struct ca_buf *out;
};

static enum ca_status
check_domains(const char *const domains[], size_t count, struct ca_error *err)
{
	enum ca_status st;

	if (count == 0 || count > CA_NARROW_MAX_DOMAINS)
		return ca_fail(err, CA_USAGE,
		    "domains: %zu given: name 1 to %d", count,
		    CA_NARROW_MAX_DOMAINS);
	for (size_t i = 0; i < count; i++) {
		st = ca_san_check_host(ca_text(domains[i]), false, err);
		if (st != CA_OK)
			return st;
		if (strchr(domains[i], '.') == NULL)
			return ca_fail(err, CA_REFUSED,
			    "domain \"%s\": a whole top-level domain (RFC 9525 "
			    "6.3): name one below it, as lab.%s",
			    domains[i], domains[i]);
		for (size_t j = 0; j < i; j++)
			if (strcmp(domains[i], domains[j]) == 0)
				return ca_fail(err, CA_USAGE,
				    "domains: %s is given twice: name it once",
				    domains[i]);
	}
	return CA_OK;
}

/* ---- lines ---- */

/* Appends each form of each domain, as "@%s" and "@.%s". */
static enum ca_status
put_forms(const struct narrowing *how, const char *const forms[], size_t count)
{
	enum ca_status st = CA_OK;
	bool first = true;

	for (size_t i = 0; i < how->count; i++)
		for (size_t j = 0; j < count && st == CA_OK; j++) {
			st = ca_buf_printf(how->out, "%s%s%s",
			    first ? "" : ", ", forms[j], how->domains[i]);
			first = false;
		}
	return st;
}

static enum ca_status
put_dns(const struct narrowing *how)
{
	static const char *const forms[] = {"", ".", "*."};

	return put_forms(how, forms, ca_policy_is_ev(how->policy) ? 2 : 3);
}

static enum ca_status
put_mailboxes(const struct narrowing *how)
{
	static const char *const forms[] = {"@", "@."};

	return put_forms(how, forms, 2);
}

static enum ca_status
put_constraints(const struct narrowing *how)
{
	static const char *const forms[] = {
	    "permitted dns:", "permitted email:", "permitted email:."};
	enum ca_status st;

	if ((st = ca_buf_append_text(
		 how->out, "nameConstraints  = critical, ")) != CA_OK ||
	    (st = put_forms(how, forms, 3)) != CA_OK)
		return st;
	for (size_t i = 0; i < NETWORKS && st == CA_OK; i++)
		st = ca_buf_printf(
		    how->out, ", permitted ip:%s", private_networks[i]);
	return st != CA_OK ? st : ca_buf_append_text(how->out, "\n");
}

/* The line is "key = any", perhaps with a comment; *ret_at is where the "any"
 * stands. The text was parsed, so that a key of this name is the key. */
static bool
find_any(struct ca_bytes line, size_t *ret_at)
{
	static const char blanks[] = " \t";
	size_t at = 0, end;

	while (at < line.len && line.data[at] != '=' && line.data[at] != '#')
		at++;
	if (at == line.len || line.data[at] == '#')
		return false;
	at++;
	while (at < line.len && strchr(blanks, line.data[at]) != NULL)
		at++;
	if (line.len - at < 3 || memcmp(line.data + at, "any", 3) != 0)
		return false;
	end = at + 3;
	while (end < line.len && strchr(blanks, line.data[end]) != NULL)
		end++;
	*ret_at = at;
	return end == line.len || line.data[end] == '#' ||
	    line.data[end] == '\r' || line.data[end] == '\n';
}

static enum ca_status
narrow_line(const struct narrowing *how, struct ca_bytes line, unsigned line_no)
{
	const unsigned *lines = how->policy->lines;
	bool dns = line_no == lines[CA_POLICY_DNS];
	bool mailbox = line_no == lines[CA_POLICY_EMAIL] ||
	    line_no == lines[CA_POLICY_UPN];
	struct ca_bytes before = line, after = line;
	enum ca_status st;
	size_t at;

	if ((!dns && !mailbox) || !find_any(line, &at))
		return ca_buf_append(how->out, line);
	before.len = at;
	after.data += at + 3;
	after.len -= at + 3;
	if ((st = ca_buf_append(how->out, before)) != CA_OK ||
	    (st = dns ? put_dns(how) : put_mailboxes(how)) != CA_OK)
		return st;
	return ca_buf_append(how->out, after);
}

static enum ca_status
narrow_text(const struct narrowing *how, struct ca_bytes text)
{
	enum ca_status st = CA_OK;
	unsigned line_no = 0;

	while (text.len > 0 && st == CA_OK) {
		const uint8_t *end = memchr(text.data, '\n', text.len);
		struct ca_bytes line = text;

		if (end != NULL)
			line.len = (size_t)(end - text.data) + 1;
		text.data += line.len;
		text.len -= line.len;
		line_no++;
		if ((st = narrow_line(how, line, line_no)) != CA_OK ||
		    line_no != how->constrain_after)
			continue;
		if (end == NULL)
			st = ca_buf_append_text(how->out, "\n");
		if (st == CA_OK)
			st = put_constraints(how);
	}
	return st;
}

/* ---- the whole ---- */

/* Behind the last extension; 0 when the policy is not to be constrained. */
static unsigned
last_extension(const struct ca_policy *policy, const char *name)
{
	unsigned last = 0;

	if (strcmp(name, "root") != 0 || !policy->is_ca ||
	    policy->lines[CA_POLICY_NAME_CONSTRAINTS] != 0)
		return 0;
	for (int key = CA_POLICY_BASIC_CONSTRAINTS;
	     key <= CA_POLICY_OCSP_NO_CHECK; key++)
		if (policy->lines[key] > last)
			last = policy->lines[key];
	return last;
}

static enum ca_status
check_result(const char *name, struct ca_bytes text, struct ca_error *err)
{
	struct ca_policy *policy = NULL;
	enum ca_status st = ca_policy_parse(text, name, name, &policy, err);

	ca_policy_free(policy);
	return st;
}

enum ca_status
ca_policy_narrow(struct ca_bytes text, const char *name,
    const char *const domains[], size_t count, struct ca_buf *ret,
    struct ca_error *err)
{
	struct ca_policy *policy = NULL;
	struct ca_buf out = {0};
	struct narrowing how = {
	    .domains = domains, .count = count, .out = &out};
	enum ca_status st;

	if ((st = check_domains(domains, count, err)) != CA_OK ||
	    (st = ca_policy_parse(text, name, name, &policy, err)) != CA_OK)
		goto out;
	how.policy = policy;
	how.constrain_after = last_extension(policy, name);
	if ((st = narrow_text(&how, text)) != CA_OK) {
		st = ca_fail(err, st, "%s.policy: out of memory", name);
		goto out;
	}
	if ((st = check_result(name, ca_view(&out), err)) == CA_OK &&
	    (st = ca_buf_append(ret, ca_view(&out))) != CA_OK)
		st = ca_fail(err, st, "%s.policy: out of memory", name);
out:
	ca_policy_free(policy);
	ca_buf_free(&out);
	return st;
}
