/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/constraints.h"

#include <string.h>

/*
 * NameConstraints ::= SEQUENCE {
 *   permittedSubtrees [0] GeneralSubtrees OPTIONAL,
 *   excludedSubtrees  [1] GeneralSubtrees OPTIONAL }
 * GeneralSubtrees ::= SEQUENCE SIZE (1..MAX) OF GeneralSubtree
 * GeneralSubtree ::= SEQUENCE { base GeneralName,
 *   minimum [0] BaseDistance DEFAULT 0, maximum [1] BaseDistance OPTIONAL }
 */

/* ---- reading ---------------------------------------------------------- */

/* A host, ".domain", or nothing for all. */
static bool
domain_is_valid(struct ca_bytes base)
{
	if (base.len > 0 && base.data[0] == '.')
		return ca_san_host_is_plain(
		    (struct ca_bytes){base.data + 1, base.len - 1}, false);
	return base.len == 0 || ca_san_host_is_plain(base, false);
}

static bool
mailbox_is_valid(struct ca_bytes base)
{
	const struct ca_san mail = {.type = CA_SAN_EMAIL, .value = base};

	if (base.len == 0 || memchr(base.data, '@', base.len) == NULL)
		return domain_is_valid(base);
	return ca_constraints_can_compare(&mail);
}

/* RFC 4632: ones, then zeros. */
static bool
mask_is_valid(struct ca_bytes mask)
{
	bool ended = false;

	for (size_t i = 0; i < mask.len * 8; i++) {
		bool set = (mask.data[i / 8] & (0x80u >> (i % 8))) != 0;

		if (set && ended)
			return false;
		ended = ended || !set;
	}
	return true;
}

static bool
base_is_valid(const struct ca_subtree *tree)
{
	struct ca_bytes base = tree->base;

	switch (tree->type) {
	case CA_SAN_DNS:
	case CA_SAN_URI:
		return domain_is_valid(base);
	case CA_SAN_EMAIL:
		return mailbox_is_valid(base);
	case CA_SAN_IP:
		return (base.len == 8 || base.len == 32) &&
		    mask_is_valid((struct ca_bytes){
			base.data + base.len / 2, base.len / 2});
	case CA_SAN_UPN:
	case CA_SAN_DIRECTORY:
	case CA_SAN_OTHER:
	case CA_SAN_X400:
	case CA_SAN_EDI:
	case CA_SAN_RID:
		break;
	}
	return true;
}

static enum ca_status
read_subtree(struct ca_bytes *in, struct ca_subtree *ret, struct ca_error *err)
{
	struct ca_bytes subtree;
	struct ca_san base = {0};
	enum ca_status st;

	if (!der_get(in, DER_SEQUENCE, &subtree))
		return ca_fail(err, CA_MALFORMED,
		    "nameConstraints: not a DER GeneralSubtree (RFC 5280 "
		    "4.2.1.10)");
	if ((st = ca_san_get(&subtree, &base, err)) != CA_OK)
		return st;
	if (!der_at_end(subtree))
		return ca_fail(err, CA_MALFORMED,
		    "nameConstraints: minimum or maximum in a subtree (RFC "
		    "5280 4.2.1.10)");
	ret->type = base.type;
	ret->base = base.value;
	if (!base_is_valid(ret))
		return ca_fail(err, CA_MALFORMED,
		    "nameConstraints: a base of type %s that is none (RFC 5280 "
		    "4.2.1.10)",
		    ca_san_type_name(base.type));
	return CA_OK;
}

static enum ca_status
read_subtrees(struct ca_bytes *in, bool excluded,
    struct ca_subtree ret[CA_CONSTRAINTS_MAX], size_t *count,
    struct ca_error *err)
{
	uint8_t tag = DER_CONTEXT_CONS(excluded ? 1 : 0);
	struct ca_bytes trees = {0};
	bool present = false;
	enum ca_status st;

	if (!der_get_optional(in, tag, &present, &trees) ||
	    (present && der_at_end(trees)))
		return ca_fail(err, CA_MALFORMED,
		    "nameConstraints: an empty or malformed list of subtrees "
		    "(RFC 5280 4.2.1.10)");
	while (!der_at_end(trees)) {
		if (*count == CA_CONSTRAINTS_MAX)
			return ca_fail(err, CA_MALFORMED,
			    "nameConstraints: more than %d subtrees",
			    CA_CONSTRAINTS_MAX);
		ret[*count].excluded = excluded;
		if ((st = read_subtree(&trees, &ret[*count], err)) != CA_OK)
			return st;
		++*count;
	}
	return CA_OK;
}

enum ca_status
ca_constraints_parse(struct ca_bytes value,
    struct ca_subtree ret[CA_CONSTRAINTS_MAX], size_t *ret_count,
    struct ca_error *err)
{
	struct ca_bytes in;
	enum ca_status st;
	size_t count = 0;

	if (!der_get(&value, DER_SEQUENCE, &in) || !der_at_end(value))
		return ca_fail(err, CA_MALFORMED,
		    "nameConstraints: not a DER SEQUENCE (RFC 5280 4.2.1.10)");
	if ((st = read_subtrees(&in, false, ret, &count, err)) != CA_OK ||
	    (st = read_subtrees(&in, true, ret, &count, err)) != CA_OK)
		return st;
	if (!der_at_end(in) || count == 0)
		return ca_fail(err, CA_MALFORMED,
		    "nameConstraints: %s (RFC 5280 4.2.1.10)",
		    count == 0 ? "an empty sequence" : "trailing bytes");
	*ret_count = count;
	return CA_OK;
}

/* ---- writing ---------------------------------------------------------- */

static void
put_subtrees(struct der_out *out, bool excluded, const struct ca_subtree *trees,
    size_t count)
{
	bool open = false;

	for (size_t i = 0; i < count; i++) {
		const struct ca_san base = {
		    .type = trees[i].type, .value = trees[i].base};

		if (trees[i].excluded != excluded)
			continue;
		if (!open)
			der_open(out, DER_CONTEXT_CONS(excluded ? 1 : 0));
		open = true;
		der_open(out, DER_SEQUENCE);
		ca_san_put(out, &base);
		der_close(out);
	}
	if (open)
		der_close(out);
}

void
ca_constraints_put(
    struct der_out *out, const struct ca_subtree *trees, size_t count)
{
	/* RFC 5280 4.2.1.10: never an empty sequence. */
	if (count == 0) {
		der_put_failed(out, CA_INTERNAL);
		return;
	}
	der_open(out, DER_SEQUENCE);
	put_subtrees(out, false, trees, count);
	put_subtrees(out, true, trees, count);
	der_close(out);
}

/* "10.0.0.0/8", or the mask itself where it has a hole. */
static enum ca_status
append_ip_base(struct ca_buf *buf, struct ca_bytes base)
{
	struct ca_bytes address = {base.data, base.len / 2};
	struct ca_bytes mask = {base.data + base.len / 2, base.len / 2};
	unsigned prefix = 0;
	enum ca_status st;

	if ((base.len != 8 && base.len != 32) || !mask_is_valid(mask))
		return ca_ip_append_text(buf, base);
	for (size_t i = 0; i < mask.len * 8; i++)
		prefix += (mask.data[i / 8] & (0x80u >> (i % 8))) != 0;
	if ((st = ca_ip_append_text(buf, address)) != CA_OK)
		return st;
	return ca_buf_printf(buf, "/%u", prefix);
}

enum ca_status
ca_subtree_append_text(struct ca_buf *buf, const struct ca_subtree *tree)
{
	const struct ca_san base = {.type = tree->type, .value = tree->base};
	enum ca_status st;

	st = ca_buf_printf(buf,
	    "%s %s:", tree->excluded ? "excluded" : "permitted",
	    ca_san_type_name(tree->type));
	if (st != CA_OK)
		return st;
	if (tree->type == CA_SAN_IP)
		return append_ip_base(buf, tree->base);
	if (tree->base.len == 0)
		return ca_buf_append_text(buf, "(all)");
	return ca_san_append_value(buf, &base);
}
