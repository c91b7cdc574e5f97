/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Certificate policies along a path (RFC 5280 6.1.2 to 6.1.5), as the graph
 * of RFC 9618: at each height a policy stands once, with all its parents, so
 * that what a hostile path costs is bounded by its length.
 *
 * Height 0 is the anchor's, with anyPolicy alone; height i is that of the
 * i-th certificate below it.
 */
#include "ca/verify_part.h"

#include <limits.h>

#define ROOT_PARENT 0 /* no parent but anyPolicy of the height above */

struct node {
	struct ca_bytes policy;
	/* Bit n: node n of the height above. None of them: anyPolicy there. */
	uint64_t parents;
	bool is_mapped;  /* policyMappings say what becomes of it below */
	bool is_reached; /* from the lowest height */
};

_Static_assert(CA_VERIFY_MAX_POLICIES <= 64, "parents are bits");

struct height {
	struct node node[CA_VERIFY_MAX_POLICIES];
	size_t count;
	bool has_any;
};

struct graph {
	struct height height[CA_VERIFY_MAX_CHAIN];
	size_t top; /* the lowest height so far */
	int explicit_policy, inhibit_mapping, inhibit_any; /* 6.1.2 (d)-(f) */
	const struct ca_cert *explicit_by; /* who asks for a policy */
	bool full;
};

/* ---- nodes ------------------------------------------------------------ */

static struct node *
find_node(struct height *height, struct ca_bytes policy)
{
	for (size_t i = 0; i < height->count; i++)
		if (ca_bytes_equal(height->node[i].policy, policy))
			return &height->node[i];
	return NULL;
}

/* The node of this policy, made if it is not there. */
static struct node *
need_node(struct graph *graph, struct height *height, struct ca_bytes policy)
{
	struct node *node = find_node(height, policy);

	if (node != NULL)
		return node;
	if (height->count == CA_VERIFY_MAX_POLICIES) {
		graph->full = true;
		return NULL;
	}
	node = &height->node[height->count++];
	*node = (struct node){.policy = policy, .parents = ROOT_PARENT};
	return node;
}

static bool
is_any(struct ca_bytes policy)
{
	return ca_oid_find(policy) == CA_OID_ANY_POLICY;
}

/* ---- 6.1.3 (d) and (e) ------------------------------------------------ */

/*
 * height comes with what is expected there (by mapping, or the same policy
 * once more); what the certificate does not assert is dropped.
 */
static void
keep_asserted(struct height *height, const struct ca_oid_list *asserted)
{
	size_t kept = 0;

	for (size_t i = 0; i < height->count; i++)
		if (ca_oid_list_has(asserted, height->node[i].policy))
			height->node[kept++] = height->node[i];
	height->count = kept;
}

static bool
read_policies(const struct ca_cert *cert, struct ca_oid_list *ret)
{
	const struct ca_ext *ext = ca_exts_find(
	    &cert->exts, CA_OID_CERTIFICATE_POLICIES);

	*ret = (struct ca_oid_list){0};
	return ext != NULL && ca_certificate_policies_get(ext->value, ret);
}

static void
assert_policies(struct graph *graph, const struct ca_cert *cert, bool is_leaf)
{
	struct height *height = &graph->height[graph->top];
	struct ca_oid_list asserted;
	bool any;

	if (!read_policies(cert, &asserted)) {
		height->count = 0;
		height->has_any = false;
		return;
	}
	any = ca_oid_list_has(&asserted, ca_oid_der(CA_OID_ANY_POLICY)) &&
	    (graph->inhibit_any > 0 ||
		(!is_leaf && verify_is_self_issued(cert)));
	if (!any)
		keep_asserted(height, &asserted);
	/* Under anyPolicy of the height above, each one that is asserted. */
	for (size_t i = 0; height->has_any && i < asserted.count; i++)
		if (!is_any(asserted.oid[i]))
			(void)need_node(graph, height, asserted.oid[i]);
	height->has_any = height->has_any && any;
}

/* ---- 6.1.4 (a) and (b) ------------------------------------------------ */

/* What is expected below a policy that is not mapped: itself. */
static void
expect_same(struct graph *graph, struct height *height, struct height *below)
{
	for (size_t i = 0; i < height->count; i++) {
		struct node *node;

		if (height->node[i].is_mapped)
			continue;
		node = need_node(graph, below, height->node[i].policy);
		if (node != NULL)
			node->parents |= UINT64_C(1) << i;
	}
}

static void
expect_mapped(struct graph *graph, struct height *height, struct height *below,
    const struct ca_policy_mapping *map, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct node *from = find_node(height, map[i].issuer), *to;

		if (from == NULL)
			continue;
		to = need_node(graph, below, map[i].subject);
		if (to != NULL)
			to->parents |= UINT64_C(1) << (from - height->node);
	}
}

static void
drop_mapped(struct height *height)
{
	size_t kept = 0;

	for (size_t i = 0; i < height->count; i++)
		if (!height->node[i].is_mapped)
			height->node[kept++] = height->node[i];
	height->count = kept;
}

static void
mark_mapped(struct graph *graph, struct height *height,
    const struct ca_policy_mapping *map, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct node *node = find_node(height, map[i].issuer);

		/* 6.1.4 (b)(1): anyPolicy stands for the policy mapped. */
		if (node == NULL && height->has_any &&
		    graph->inhibit_mapping > 0)
			node = need_node(graph, height, map[i].issuer);
		if (node != NULL)
			node->is_mapped = true;
	}
}

static bool
check_mappings(const struct ca_cert *cert, const struct ca_policy_mapping *map,
    size_t count, struct ca_finding *finding)
{
	for (size_t i = 0; i < count; i++)
		if (is_any(map[i].issuer) || is_any(map[i].subject))
			return verify_fails(finding, cert, "policyMappings",
			    "from or to anyPolicy (RFC 5280 6.1.4 (a))");
	return true;
}

/* Makes the height below, with what is expected there. */
static bool
map_policies(
    struct graph *graph, const struct ca_cert *cert, struct ca_finding *finding)
{
	const struct ca_ext *ext = ca_exts_find(
	    &cert->exts, CA_OID_POLICY_MAPPINGS);
	struct height *height = &graph->height[graph->top];
	struct height *below = &graph->height[graph->top + 1];
	struct ca_policy_mapping map[CA_EXT_MAX_MAPPINGS];
	size_t count = 0;

	if (ext != NULL && !ca_policy_mappings_get(ext->value, map, &count))
		return verify_fails(finding, cert, "policyMappings",
		    "more than %d (RFC 5280 4.2.1.5)", CA_EXT_MAX_MAPPINGS);
	if (!check_mappings(cert, map, count, finding))
		return false;
	mark_mapped(graph, height, map, count);
	if (graph->inhibit_mapping == 0)
		drop_mapped(height);
	expect_same(graph, height, below);
	if (graph->inhibit_mapping > 0)
		expect_mapped(graph, height, below, map, count);
	below->has_any = height->has_any;
	graph->top++;
	return true;
}

/* ---- 6.1.4 (h) to (j) ------------------------------------------------- */

static void
count_down(int *skip_certs)
{
	if (*skip_certs > 0 && *skip_certs < INT_MAX)
		--*skip_certs;
}

static void
lower_to(int *skip_certs, int bound)
{
	if (bound != CA_SKIP_CERTS_NONE && bound < *skip_certs)
		*skip_certs = bound;
}

/* The checked extension's numbers. The anchor's count as well (RFC 5937). */
static void
read_constraints(struct graph *graph, const struct ca_cert *cert)
{
	const struct ca_ext *ext;
	int explicit_policy = CA_SKIP_CERTS_NONE, any = CA_SKIP_CERTS_NONE;
	int mapping = CA_SKIP_CERTS_NONE;

	ext = ca_exts_find(&cert->exts, CA_OID_POLICY_CONSTRAINTS);
	/* What cannot be read has been checked: then it inhibits all. */
	if (ext != NULL &&
	    !ca_policy_constraints_get(ext->value, &explicit_policy, &mapping))
		explicit_policy = mapping = 0;
	ext = ca_exts_find(&cert->exts, CA_OID_INHIBIT_ANY_POLICY);
	if (ext != NULL && !ca_inhibit_any_policy_get(ext->value, &any))
		any = 0;
	if (explicit_policy != CA_SKIP_CERTS_NONE &&
	    explicit_policy < graph->explicit_policy)
		graph->explicit_by = cert;
	lower_to(&graph->explicit_policy, explicit_policy);
	lower_to(&graph->inhibit_mapping, mapping);
	lower_to(&graph->inhibit_any, any);
}

static void
prepare_next(struct graph *graph, const struct ca_cert *cert)
{
	if (!verify_is_self_issued(cert)) {
		count_down(&graph->explicit_policy);
		count_down(&graph->inhibit_mapping);
		count_down(&graph->inhibit_any);
	}
	read_constraints(graph, cert);
}

/* ---- 6.1.5 (g) -------------------------------------------------------- */

static void
reach_up(struct graph *graph)
{
	struct height *lowest = &graph->height[graph->top];

	for (size_t i = 0; i < lowest->count; i++)
		lowest->node[i].is_reached = true;
	for (size_t h = graph->top; h > 0; h--) {
		const struct height *height = &graph->height[h];
		struct height *above = &graph->height[h - 1];

		for (size_t i = 0; i < height->count; i++)
			for (size_t j = 0;
			     height->node[i].is_reached && j < above->count;
			     j++)
				if ((height->node[i].parents >> j & 1) != 0)
					above->node[j].is_reached = true;
	}
}

static bool
is_wanted(const struct ca_verify_question *ask, struct ca_bytes policy)
{
	return ask->policies.count == 0 ||
	    ca_oid_list_has(&ask->policies, ca_oid_der(CA_OID_ANY_POLICY)) ||
	    ca_oid_list_has(&ask->policies, policy);
}

static void
add_policy(struct ca_oid_list *list, struct ca_bytes policy)
{
	if (!ca_oid_list_has(list, policy) && list->count < CA_EXT_MAX_OIDS)
		list->oid[list->count++] = policy;
}

/*
 * user-constrained-policy-set: of the policies whose line begins under
 * anyPolicy at the anchor (the authorities' domain), those the user wants;
 * and, where anyPolicy came down to the leaf, all that the user wants.
 */
static void
intersect(struct graph *graph, const struct ca_verify_question *ask,
    struct ca_oid_list *ret)
{
	const struct ca_bytes any = ca_oid_der(CA_OID_ANY_POLICY);

	reach_up(graph);
	for (size_t h = 1; h <= graph->top; h++)
		for (size_t i = 0; i < graph->height[h].count; i++) {
			const struct node *node = &graph->height[h].node[i];

			if (node->is_reached && node->parents == ROOT_PARENT &&
			    is_wanted(ask, node->policy))
				add_policy(ret, node->policy);
		}
	if (!graph->height[graph->top].has_any)
		return;
	if (is_wanted(ask, any))
		add_policy(ret, any);
	for (size_t i = 0; i < ask->policies.count; i++)
		add_policy(ret, ask->policies.oid[i]);
}

/* ---- the whole -------------------------------------------------------- */

static bool
is_void(const struct graph *graph)
{
	const struct height *lowest = &graph->height[graph->top];

	return lowest->count == 0 && !lowest->has_any;
}

static bool
no_policy(const struct graph *graph, const struct ca_cert *leaf,
    struct ca_finding *finding)
{
	if (graph->full)
		return verify_fails(finding, leaf, "certificatePolicies",
		    "more than %d policies at one height (RFC 9618 4)",
		    CA_VERIFY_MAX_POLICIES);
	return verify_fails(finding,
	    graph->explicit_by != NULL ? graph->explicit_by : leaf,
	    graph->explicit_by != NULL ? "policyConstraints" :
					 "certificatePolicies",
	    "a policy is required, and none that is wanted is valid for the "
	    "whole path (RFC 5280 6.1.5 (g))");
}

/* From the anchor down: certificate i of the RFC is at path->len - 1 - i. */
static bool
walk(struct graph *graph, const struct verify_path *path,
    struct ca_finding *finding)
{
	read_constraints(graph, path->cert[path->len - 1]);
	graph->height[0].has_any = true;
	for (size_t i = path->len - 1; i-- > 0;) {
		const struct ca_cert *cert = path->cert[i];

		/* The height of the first follows from the anchor's; those of
		 * the others were made by map_policies(). */
		if (graph->top == 0) {
			graph->top = 1;
			graph->height[1].has_any = true;
		}
		assert_policies(graph, cert, i == 0);
		if (graph->full ||
		    (graph->explicit_policy == 0 && is_void(graph)))
			return no_policy(graph, path->cert[0], finding);
		if (i == 0)
			break;
		if (!map_policies(graph, cert, finding))
			return false;
		prepare_next(graph, cert);
	}
	return true;
}

/* 6.1.5 (a) and (b): the leaf counts, and may itself ask. */
static void
wrap_up(struct graph *graph, const struct ca_cert *leaf)
{
	const struct ca_ext *ext = ca_exts_find(
	    &leaf->exts, CA_OID_POLICY_CONSTRAINTS);
	int explicit_policy = CA_SKIP_CERTS_NONE, mapping;

	count_down(&graph->explicit_policy);
	if (ext != NULL &&
	    (!ca_policy_constraints_get(
		 ext->value, &explicit_policy, &mapping) ||
		explicit_policy == 0)) {
		graph->explicit_policy = 0;
		graph->explicit_by = leaf;
	}
}

bool
verify_policies(const struct ca_verify_question *ask,
    const struct verify_path *path, struct ca_oid_list *ret,
    struct ca_finding *finding)
{
	struct graph graph = {
	    .explicit_policy = ask->explicit_policy ? 0 : INT_MAX,
	    .inhibit_mapping = ask->inhibit_mapping ? 0 : INT_MAX,
	    .inhibit_any = ask->inhibit_any ? 0 : INT_MAX};

	/* An anchor by itself has no path. */
	if (path->len == 1)
		return true;
	if (!walk(&graph, path, finding))
		return false;
	wrap_up(&graph, path->cert[0]);
	intersect(&graph, ask, ret);
	if (graph.full || (graph.explicit_policy == 0 && ret->count == 0))
		return no_policy(&graph, path->cert[0], finding);
	return true;
}
