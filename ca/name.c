/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/name.h"

/*
 * Name ::= SEQUENCE OF RelativeDistinguishedName
 * RelativeDistinguishedName ::= SET SIZE (1..MAX) OF AttributeTypeAndValue
 */

static enum ca_status
check_rdn(struct ca_bytes set, size_t *count, struct ca_error *err)
{
	struct ca_attribute attr = {0};
	enum ca_status st;

	if (der_at_end(set))
		return ca_fail(err, CA_MALFORMED,
		    "name: an empty RelativeDistinguishedName (RFC 5280 "
		    "4.1.2.4)");
	if (!der_set_is_ordered(set))
		return ca_fail(err, CA_MALFORMED,
		    "name: a multi-valued RDN that is not in DER order (X.690 "
		    "11.6)");
	while (!der_at_end(set)) {
		if (++*count > CA_NAME_MAX_ATTRIBUTES)
			return ca_fail(err, CA_MALFORMED,
			    "name: more than %d attributes",
			    CA_NAME_MAX_ATTRIBUTES);
		if (!ca_attribute_get(&set, &attr))
			return ca_fail(err, CA_MALFORMED,
			    "name: attribute %zu is not a DER "
			    "AttributeTypeAndValue (RFC 5280 4.1.2.4)",
			    *count);
		if ((st = ca_attribute_check(&attr, err)) != CA_OK)
			return st;
	}
	return CA_OK;
}

enum ca_status
ca_name_check(struct ca_bytes name, struct ca_error *err)
{
	struct ca_bytes rest = name, rdns, set;
	size_t rdn_count = 0, count = 0;
	enum ca_status st;

	if (!der_get(&rest, DER_SEQUENCE, &rdns) || !der_at_end(rest))
		return ca_fail(err, CA_MALFORMED,
		    "name: not a DER SEQUENCE (RFC 5280 4.1.2.4)");
	while (!der_at_end(rdns)) {
		if (++rdn_count > CA_NAME_MAX_RDNS)
			return ca_fail(err, CA_MALFORMED,
			    "name: more than %d RDNs", CA_NAME_MAX_RDNS);
		if (!der_get(&rdns, DER_SET, &set))
			return ca_fail(err, CA_MALFORMED,
			    "name: RDN %zu is not a DER SET (RFC 5280 "
			    "4.1.2.4)",
			    rdn_count);
		if ((st = check_rdn(set, &count, err)) != CA_OK)
			return st;
	}
	return CA_OK;
}

void
ca_name_walk(struct ca_name_walk *walk, struct ca_bytes name)
{
	*walk = (struct ca_name_walk){0};
	if (!der_get(&name, DER_SEQUENCE, &walk->rest))
		walk->rest = (struct ca_bytes){0};
}

bool
ca_name_next(struct ca_name_walk *walk, struct ca_attribute *ret)
{
	if (walk->count >= CA_NAME_MAX_ATTRIBUTES)
		return false;
	if (der_at_end(walk->set)) {
		if (!der_get(&walk->rest, DER_SET, &walk->set))
			return false;
		walk->rdn++;
	}
	if (!ca_attribute_get(&walk->set, ret))
		return false;
	ret->rdn = walk->rdn - 1;
	walk->count++;
	return true;
}

bool
ca_name_is_empty(struct ca_bytes name)
{
	struct ca_name_walk walk;
	struct ca_attribute attr;

	ca_name_walk(&walk, name);
	return !ca_name_next(&walk, &attr);
}

size_t
ca_name_find(struct ca_bytes name, enum ca_oid type, struct ca_attribute *ret)
{
	struct ca_name_walk walk;
	struct ca_attribute attr;
	size_t count = 0;

	ca_name_walk(&walk, name);
	while (ca_name_next(&walk, &attr)) {
		if (attr.type != type)
			continue;
		if (ret != NULL)
			*ret = attr;
		count++;
	}
	return count;
}

/* How two attributes are compared. */
typedef bool match_fn(
    const struct ca_attribute *a, const struct ca_attribute *b);

/* The RDN holds an attribute that matches. */
static bool
rdn_holds(
    struct ca_bytes set, const struct ca_attribute *wanted, match_fn *matches)
{
	struct ca_attribute attr = {0};

	while (ca_attribute_get(&set, &attr))
		if (matches(&attr, wanted))
			return true;
	return false;
}

/* Every attribute of a matches one of b, and there are as many. */
static bool
rdns_match(struct ca_bytes a, struct ca_bytes b, match_fn *matches)
{
	struct ca_attribute attr = {0};
	size_t count_a = 0, count_b = 0;
	struct ca_bytes rest = b;

	while (ca_attribute_get(&rest, &attr))
		count_b++;
	rest = a;
	while (ca_attribute_get(&rest, &attr)) {
		if (!rdn_holds(b, &attr, matches))
			return false;
		count_a++;
	}
	return count_a == count_b;
}

static bool
is_under(struct ca_bytes name, struct ca_bytes base, match_fn *matches)
{
	struct ca_bytes rdns, base_rdns, set, base_set;

	if (!der_get(&name, DER_SEQUENCE, &rdns) ||
	    !der_get(&base, DER_SEQUENCE, &base_rdns))
		return false;
	for (size_t i = 0; !der_at_end(base_rdns); i++) {
		if (i >= CA_NAME_MAX_RDNS ||
		    !der_get(&base_rdns, DER_SET, &base_set) ||
		    !der_get(&rdns, DER_SET, &set) ||
		    !rdns_match(set, base_set, matches))
			return false;
	}
	return true;
}

bool
ca_name_is_under(struct ca_bytes name, struct ca_bytes base)
{
	return is_under(name, base, ca_attribute_matches);
}

bool
ca_name_may_be_under(struct ca_bytes name, struct ca_bytes base)
{
	return is_under(name, base, ca_attribute_may_match);
}

/* Under each other: as many RDNs, and none of them with one more value. */
bool
ca_name_equal(struct ca_bytes a, struct ca_bytes b)
{
	return ca_bytes_equal(a, b) ||
	    (ca_name_is_under(a, b) && ca_name_is_under(b, a));
}

enum ca_status
ca_name_put(struct der_out *out, enum ca_oid type, struct ca_bytes utf8,
    struct ca_error *err)
{
	struct der_out pair = {0};
	struct ca_buf der = {0};
	enum ca_status st;

	/* On the side: a refused attribute must not leave an open SET. */
	if ((st = ca_attribute_put(&pair, type, utf8, err)) != CA_OK) {
		der_discard(&pair);
		return st;
	}
	if ((st = der_finish(&pair, &der)) != CA_OK)
		return ca_fail(err, st, "name: memory is short");
	der_put(out, DER_SET, ca_view(&der));
	ca_buf_free(&der);
	return CA_OK;
}
