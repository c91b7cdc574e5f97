/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/constraints.h"
#include "ca/name.h"
#include "ca/oid.h"

#include <string.h>

#define WHAT_IS_WANTED \
	"ask for a name inside the constraints, or another authority"

struct trees {
	struct ca_subtree at[CA_CONSTRAINTS_MAX];
	size_t count;
};

static bool
is_other(enum ca_san_type type)
{
	return type == CA_SAN_OTHER || type == CA_SAN_UPN;
}

/* The type-id of an otherName, {0} when its value has none. */
static struct ca_bytes
type_id(enum ca_san_type type, struct ca_bytes value)
{
	struct ca_bytes oid = {0};

	if (type == CA_SAN_UPN)
		return ca_oid_der(CA_OID_UPN);
	return der_get_oid(&value, &oid) ? oid : (struct ca_bytes){0};
}

/* The subtree is about names of this kind. */
static bool
concerns(const struct ca_subtree *tree, const struct ca_san *san)
{
	if (is_other(tree->type) && is_other(san->type))
		return ca_bytes_equal(type_id(tree->type, tree->base),
		    type_id(san->type, san->value));
	return tree->type == san->type;
}

/* Nobody checks a UPN's base when it is parsed: a host, ".domain", "@host", a
 * whole UPN, or nothing. */
static bool
upn_base_is_plain(struct ca_bytes base)
{
	size_t start = base.len;

	while (start > 0 && base.data[start - 1] != '@')
		start--;
	if (start < base.len && base.data[start] == '.')
		start++;
	return base.len == 0 ||
	    ca_san_host_is_plain(
		(struct ca_bytes){base.data + start, base.len - start}, false);
}

static bool
can_be_judged(const struct ca_subtree *tree, const struct ca_san *san)
{
	if (tree->type != san->type)
		return false;
	if (san->type == CA_SAN_UPN)
		return upn_base_is_plain(tree->base);
	return san->type == CA_SAN_DNS || san->type == CA_SAN_EMAIL ||
	    san->type == CA_SAN_URI || san->type == CA_SAN_IP ||
	    san->type == CA_SAN_DIRECTORY;
}

/* The name and the subtree as text, and why; err is set unless memory is
 * short. */
static enum ca_status
refuse(const struct ca_san *san, const struct ca_subtree *tree, const char *why,
    struct ca_error *err)
{
	struct ca_buf name = {0}, base = {0};
	enum ca_status st;

	if ((st = ca_san_append_text(&name, san)) != CA_OK ||
	    (st = ca_subtree_append_text(&base, tree)) != CA_OK ||
	    ca_buf_text(&name) == NULL || ca_buf_text(&base) == NULL)
		st = ca_fail(
		    err, CA_MEMORY, "nameConstraints: memory is short");
	else
		st = ca_fail(err, CA_REFUSED,
		    "%.120s: %s %.120s (RFC 5280 4.2.1.10): " WHAT_IS_WANTED,
		    ca_buf_text(&name), why, ca_buf_text(&base));
	ca_buf_free(&name);
	ca_buf_free(&base);
	return st;
}

#define PERMITTED_SHOWN 6

static enum ca_status
append_permitted(
    const struct trees *trees, const struct ca_san *san, struct ca_buf *buf)
{
	enum ca_status st = CA_OK;
	size_t count = 0;

	for (size_t i = 0; i < trees->count && st == CA_OK; i++) {
		const struct ca_subtree *tree = &trees->at[i];

		if (tree->excluded || !concerns(tree, san) ||
		    count++ >= PERMITTED_SHOWN)
			continue;
		if (count > 1 && (st = ca_buf_append_text(buf, ", ")) != CA_OK)
			return st;
		st = ca_subtree_append_text(buf, tree);
	}
	if (st == CA_OK && count > PERMITTED_SHOWN)
		st = ca_buf_printf(buf, ", %zu more", count - PERMITTED_SHOWN);
	return st;
}

/* In none of those that are permitted: they are named. */
static enum ca_status
refuse_outside(
    const struct trees *trees, const struct ca_san *san, struct ca_error *err)
{
	struct ca_buf name = {0}, list = {0};
	enum ca_status st;

	if ((st = ca_san_append_text(&name, san)) != CA_OK ||
	    (st = append_permitted(trees, san, &list)) != CA_OK ||
	    ca_buf_text(&name) == NULL || ca_buf_text(&list) == NULL)
		st = ca_fail(
		    err, CA_MEMORY, "nameConstraints: memory is short");
	else
		st = ca_fail(err, CA_REFUSED,
		    "%.80s: outside %.220s (RFC 5280 "
		    "4.2.1.10): " WHAT_IS_WANTED,
		    ca_buf_text(&name), ca_buf_text(&list));
	ca_buf_free(&name);
	ca_buf_free(&list);
	return st;
}

static const char *
lies_in(const struct ca_san *san, const struct ca_subtree *tree)
{
	if (san->type == CA_SAN_DIRECTORY &&
	    !ca_name_is_under(san->value, tree->base))
		return "has letters beyond ASCII, which may be another way to "
		       "write what lies in";
	return "lies in";
}

/* One name against all: under no excluded subtree of its type, and under a
 * permitted one where there are such. */
static enum ca_status
check_name(
    const struct trees *trees, const struct ca_san *san, struct ca_error *err)
{
	bool wanted = false, permitted = false;

	for (size_t i = 0; i < trees->count; i++) {
		const struct ca_subtree *tree = &trees->at[i];

		if (!concerns(tree, san))
			continue;
		if (!can_be_judged(tree, san))
			return refuse(
			    san, tree, "cannot be judged against", err);
		if (tree->excluded && ca_constraints_match(san, tree))
			return refuse(san, tree, lies_in(san, tree), err);
		if (tree->excluded)
			continue;
		wanted = true;
		permitted = permitted || ca_constraints_match(san, tree);
	}
	if (wanted && !permitted)
		return refuse_outside(trees, san, err);
	return CA_OK;
}

static bool
any_concerns(const struct trees *trees, const struct ca_san *san)
{
	for (size_t i = 0; i < trees->count; i++)
		if (concerns(&trees->at[i], san))
			return true;
	return false;
}

static enum ca_status
refuse_odd(const struct ca_san *san, struct ca_error *err)
{
	struct ca_buf name = {0};
	enum ca_status st;

	if ((st = ca_san_append_text(&name, san)) != CA_OK ||
	    ca_buf_text(&name) == NULL)
		st = ca_fail(
		    err, CA_MEMORY, "nameConstraints: memory is short");
	else
		st = ca_fail(err, CA_REFUSED,
		    "%.200s: no %s in a form that can be compared: it cannot "
		    "be held against name constraints (RFC 5280 4.2.1.10)",
		    ca_buf_text(&name),
		    san->type == CA_SAN_DNS       ? "host name" :
			san->type == CA_SAN_IP    ? "address" :
			san->type == CA_SAN_EMAIL ? "mailbox" :
						    "name");
	ca_buf_free(&name);
	return st;
}

/* A name that is none ("company.com.") would slip past an exclusion. */
static enum ca_status
check_alone(
    const struct trees *trees, const struct ca_san *san, struct ca_error *err)
{
	if (!any_concerns(trees, san))
		return CA_OK;
	if (!ca_constraints_can_compare(san))
		return refuse_odd(san, err);
	return check_name(trees, san, err);
}

/*
 * RFC 9598 6: a mailbox whose local part is UTF-8 is held against what is said
 * of mailboxes, or it would be the way round it. Its host is in A-labels (3);
 * one that is not, or another string type, cannot be compared.
 */
static enum ca_status
check_utf8_mailbox(
    const struct trees *trees, struct ca_bytes content, struct ca_error *err)
{
	struct ca_san mail = {.type = CA_SAN_EMAIL};
	struct ca_bytes oid, value;
	bool is_text;

	is_text = der_get_oid(&content, &oid) &&
	    der_get(&content, DER_CONTEXT_CONS(0), &value) &&
	    der_get(&value, DER_UTF8_STRING, &mail.value);
	if (!any_concerns(trees, &mail))
		return CA_OK;
	/* What may stand in front of '@' is what may in a UPN. */
	mail.type = CA_SAN_UPN;
	is_text = is_text && ca_constraints_can_compare(&mail);
	mail.type = CA_SAN_EMAIL;
	if (!is_text)
		return refuse_odd(&mail, err);
	return check_name(trees, &mail, err);
}

static enum ca_status
check_san(
    const struct trees *trees, const struct ca_san *san, struct ca_error *err)
{
	enum ca_status st = check_alone(trees, san, err);

	if (st == CA_OK && san->type == CA_SAN_OTHER &&
	    ca_oid_find(type_id(san->type, san->value)) ==
		CA_OID_SMTP_UTF8_MAILBOX)
		st = check_utf8_mailbox(trees, san->value, err);
	return st;
}

/* emailAddress in the subject is a mailbox too (RFC 5280 4.2.1.10). */
static enum ca_status
check_subject_emails(
    const struct trees *trees, struct ca_bytes subject, struct ca_error *err)
{
	struct ca_name_walk walk;
	struct ca_attribute attr;
	enum ca_status st = CA_OK;

	ca_name_walk(&walk, subject);
	while (st == CA_OK && ca_name_next(&walk, &attr)) {
		struct ca_buf text = {0};
		struct ca_san san = {.type = CA_SAN_EMAIL};

		if (attr.type != CA_OID_EMAIL_ADDRESS)
			continue;
		st = ca_attribute_append_utf8(&text, &attr);
		san.value = ca_view(&text);
		st = st == CA_OK ? check_san(trees, &san, err) :
				   ca_fail(err, st,
				       "emailAddress: not text, or memory "
				       "is short");
		ca_buf_free(&text);
	}
	return st;
}

/* A commonName that relying parties may take for a host name. */
static enum ca_status
check_common_name(const struct trees *trees, const struct ca_attribute *attr,
    struct ca_error *err)
{
	struct ca_san cn = {.type = CA_SAN_DNS};
	struct ca_buf text = {0};
	enum ca_status st;

	if ((st = ca_attribute_append_utf8(&text, attr)) != CA_OK)
		st = ca_fail(
		    err, st, "commonName: not text, or memory is short");
	cn.value = ca_view(&text);
	/* Without a dot it is a person's or a machine's short name. */
	if (st == CA_OK && text.len > 0 &&
	    memchr(text.data, '.', text.len) != NULL &&
	    ca_san_host_is_plain(cn.value, true))
		st = check_name(trees, &cn, err);
	ca_buf_free(&text);
	return st;
}

static enum ca_status
check_subject(const struct trees *trees, struct ca_bytes subject, bool has_dns,
    struct ca_error *err)
{
	const struct ca_san san = {.type = CA_SAN_DIRECTORY, .value = subject};
	struct ca_name_walk walk;
	struct ca_attribute attr;
	enum ca_status st;

	if (subject.len == 0 || ca_name_is_empty(subject))
		return CA_OK;
	if ((st = check_san(trees, &san, err)) != CA_OK ||
	    (st = check_subject_emails(trees, subject, err)) != CA_OK)
		return st;
	if (has_dns)
		return CA_OK;
	ca_name_walk(&walk, subject);
	while (st == CA_OK && ca_name_next(&walk, &attr))
		if (attr.type == CA_OID_COMMON_NAME)
			st = check_common_name(trees, &attr, err);
	return st;
}

enum ca_status
ca_constraints_check(struct ca_bytes value, struct ca_bytes subject,
    const struct ca_san *sans, size_t san_count, struct ca_error *err)
{
	struct trees trees = {0};
	bool has_host = false;
	enum ca_status st;

	st = ca_constraints_parse(value, trees.at, &trees.count, err);
	for (size_t i = 0; i < san_count && st == CA_OK; i++) {
		has_host = has_host || sans[i].type == CA_SAN_DNS;
		st = check_san(&trees, &sans[i], err);
	}
	return st == CA_OK ? check_subject(&trees, subject, has_host, err) : st;
}

enum ca_status
ca_constraints_check_cert(struct ca_bytes value, struct ca_bytes subject,
    struct ca_bytes sans, bool is_authority, struct ca_error *err)
{
	struct trees trees = {0};
	struct ca_san_walk walk;
	struct ca_san san;
	bool has_host = is_authority;
	enum ca_status st;

	st = ca_constraints_parse(value, trees.at, &trees.count, err);
	ca_san_walk(&walk, sans);
	while (st == CA_OK && ca_san_next(&walk, &san)) {
		has_host = has_host || san.type == CA_SAN_DNS;
		st = check_san(&trees, &san, err);
	}
	return st == CA_OK ? check_subject(&trees, subject, has_host, err) : st;
}
