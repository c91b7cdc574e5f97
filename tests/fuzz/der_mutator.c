/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fuzz/der_mutator.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY SIZE_MAX
#define HEADER_MAX 6 /* tag, 0x84, four octets of length */

struct span {
	const uint8_t *data;
	size_t len;
};

/* An element: where it begins, where its content does, where it ends. */
struct node {
	size_t start, content, end;
	size_t parent; /* NOBODY: outermost */
	size_t depth;  /* of the outermost 1 */
	size_t skip;   /* 1: content begins behind a BIT STRING's first octet */
};

struct tree {
	const uint8_t *data;
	size_t size;
	struct node node[DER_MUTATOR_NODES];
	size_t count;
};

static uint32_t
next(uint32_t *state)
{
	/* xorshift32 */
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* 0 .. below - 1; below is small. */
static size_t
pick(uint32_t *state, size_t below)
{
	return below == 0 ? 0 : next(state) % below;
}

/* --- reading ------------------------------------------------------------ */

/* The element at start and before end. Any definite length will do. */
static bool
read_header(
    const uint8_t *data, size_t start, size_t end, struct node *ret_node)
{
	size_t at = start, len, octets;

	if (end - start < 2 || (data[at] & 0x1f) == 0x1f || data[at] == 0)
		return false;
	at++;
	len = data[at++];
	if (len >= 0x80) {
		octets = len & 0x7f;
		if (octets == 0 || octets > 4 || end - at < octets)
			return false;
		for (len = 0; octets > 0; octets--)
			len = len << 8 | data[at++];
	}
	if (len > end - at)
		return false;
	*ret_node = (struct node){
	    .start = start, .content = at, .end = at + len};
	return true;
}

/* Elements, one behind the other, from start to the very end. */
static bool
is_whole(const uint8_t *data, size_t start, size_t end)
{
	struct node node;

	if (start == end)
		return false;
	while (start < end) {
		if (!read_header(data, start, end, &node))
			return false;
		start = node.end;
	}
	return true;
}

static bool
holds_elements(const uint8_t *data, struct node *node)
{
	const uint8_t tag = data[node->start];

	node->skip = 0;
	if ((tag & 0x20) != 0)
		return true;
	if (tag == 0x03 && node->end > node->content &&
	    data[node->content] == 0)
		node->skip = 1;
	else if (tag != 0x04)
		return false;
	if (is_whole(data, node->content + node->skip, node->end))
		return true;
	node->skip = 0;
	return false;
}

/* Fills the tree from start to end; how far it came. */
static size_t
read_elements(
    struct tree *tree, size_t start, size_t end, size_t parent, size_t depth)
{
	while (start < end && tree->count < DER_MUTATOR_NODES) {
		const size_t i = tree->count;
		struct node *node = &tree->node[i];

		if (!read_header(tree->data, start, end, node))
			break;
		node->parent = parent;
		node->depth = depth;
		tree->count++;
		if (depth < DER_MUTATOR_DEPTH &&
		    holds_elements(tree->data, node))
			read_elements(tree, node->content + node->skip,
			    node->end, i, depth + 1);
		start = node->end;
	}
	return start;
}

static struct tree *
read_tree(const uint8_t *data, size_t size, size_t prefix)
{
	struct tree *tree = malloc(sizeof(*tree));

	if (tree == NULL)
		abort();
	tree->data = data;
	tree->size = size;
	tree->count = 0;
	if (prefix < size)
		read_elements(tree, prefix, size, NOBODY, 1);
	return tree;
}

size_t
der_count(const uint8_t *data, size_t size, size_t *ret_depth)
{
	struct tree *tree = read_tree(data, size, 0);
	size_t count = is_whole(data, 0, size) ? tree->count : 0;

	*ret_depth = 0;
	for (size_t i = 0; i < count; i++) {
		/* A constructed one may hold what is no element. */
		if ((data[tree->node[i].start] & 0x20) != 0 &&
		    tree->node[i].content < tree->node[i].end &&
		    !is_whole(data, tree->node[i].content, tree->node[i].end))
			count = 0;
		else if (tree->node[i].depth > *ret_depth)
			*ret_depth = tree->node[i].depth;
	}
	free(tree);
	return count;
}

/* --- writing ------------------------------------------------------------ */

/* Tag and shortest length; how many octets. */
static size_t
put_header(uint8_t *out, uint8_t tag, size_t len)
{
	size_t octets = 0, n = 0;

	out[n++] = tag;
	if (len < 0x80) {
		out[n++] = (uint8_t)len;
		return n;
	}
	for (size_t rest = len; rest > 0; rest >>= 8)
		octets++;
	out[n++] = (uint8_t)(0x80 | octets);
	while (octets-- > 0)
		out[n++] = (uint8_t)(len >> 8 * octets);
	return n;
}

/*
 * Puts middle in the place of what stands from start to end inside of parent,
 * and mends the lengths of parent and of all that it lies in. The whole goes
 * to out; 0 if it has no room there.
 */
static size_t
splice(const struct tree *tree, size_t parent, size_t start, size_t end,
    struct span middle, uint8_t *out, size_t max)
{
	size_t room = tree->size + middle.len + HEADER_MAX * DER_MUTATOR_DEPTH;
	uint8_t *now = malloc(room), *then = malloc(room);
	size_t len = middle.len;

	if (now == NULL || then == NULL)
		abort();
	if (len > 0)
		memcpy(now, middle.data, len);
	for (size_t i = parent; i != NOBODY; i = tree->node[i].parent) {
		const struct node *node = &tree->node[i];
		const size_t before = start - node->content;
		const size_t behind = node->end - end;
		uint8_t *swap;
		size_t n;

		n = put_header(
		    then, tree->data[node->start], before + len + behind);
		memcpy(then + n, tree->data + node->content, before);
		memcpy(then + n + before, now, len);
		memcpy(then + n + before + len, tree->data + end, behind);
		len += n + before + behind;
		start = node->start;
		end = node->end;
		swap = now;
		now = then;
		then = swap;
	}
	if (start + len + (tree->size - end) > max) {
		len = 0;
	} else {
		memcpy(out, tree->data, start);
		memcpy(out + start, now, len);
		memcpy(out + start + len, tree->data + end, tree->size - end);
		len += start + (tree->size - end);
	}
	free(now);
	free(then);
	return len;
}

/* --- the changes -------------------------------------------------------- */

struct change {
	const struct tree *tree;
	uint32_t *random;
	der_mutate_bytes *bytes;
	uint8_t *out; /* not where tree->data is */
	size_t max;
};

typedef size_t apply_change(const struct change *c, size_t i);

static struct span
span_of(const struct change *c, size_t i)
{
	const struct node *node = &c->tree->node[i];

	return (struct span){
	    c->tree->data + node->start, node->end - node->start};
}

/* In the place of element i. */
static size_t
replace(const struct change *c, size_t i, struct span middle)
{
	const struct node *node = &c->tree->node[i];

	return splice(c->tree, node->parent, node->start, node->end, middle,
	    c->out, c->max);
}

/* Before element i, or behind it. */
static size_t
insert(const struct change *c, size_t i, struct span middle)
{
	const struct node *node = &c->tree->node[i];
	const size_t at = pick(c->random, 2) == 0 ? node->start : node->end;

	return splice(c->tree, node->parent, at, at, middle, c->out, c->max);
}

static size_t
take_out(const struct change *c, size_t i)
{
	return replace(c, i, (struct span){NULL, 0});
}

static size_t
double_it(const struct change *c, size_t i)
{
	return insert(c, i, span_of(c, i));
}

/* Another element, from anywhere, beside it. */
static size_t
copy_here(const struct change *c, size_t i)
{
	return insert(c, i, span_of(c, pick(c->random, c->tree->count)));
}

static size_t
copy_over(const struct change *c, size_t i)
{
	return replace(c, i, span_of(c, pick(c->random, c->tree->count)));
}

/* With the one behind it in the same parent. */
static size_t
swap_with_next(const struct change *c, size_t i)
{
	const struct node *node = &c->tree->node[i];
	uint8_t *both;
	size_t j, len, first;

	for (j = i + 1; j < c->tree->count; j++) {
		if (c->tree->node[j].parent == node->parent)
			break;
	}
	if (j == c->tree->count || c->tree->node[j].start != node->end)
		return 0;
	first = c->tree->node[j].end - node->end;
	len = c->tree->node[j].end - node->start;
	both = malloc(len);
	if (both == NULL)
		abort();
	memcpy(both, c->tree->data + node->end, first);
	memcpy(both + first, c->tree->data + node->start, len - first);
	len = splice(c->tree, node->parent, node->start, c->tree->node[j].end,
	    (struct span){both, len}, c->out, c->max);
	free(both);
	return len;
}

/* Its octets, as the mutator of bytes would have them. */
static size_t
change_content(const struct change *c, size_t i)
{
	const struct node *node = &c->tree->node[i];
	const size_t len = node->end - node->content;
	const size_t room = 2 * len + 128;
	uint8_t *element = malloc(HEADER_MAX + room);
	uint8_t *content = malloc(room);
	size_t n, now;

	if (element == NULL || content == NULL)
		abort();
	memcpy(content, c->tree->data + node->content, len);
	now = c->bytes(content, len, room);
	n = put_header(element, c->tree->data[node->start], now);
	memcpy(element + n, content, now);
	n = replace(c, i, (struct span){element, n + now});
	free(element);
	free(content);
	return n;
}

static size_t
change_tag(const struct change *c, size_t i)
{
	static const uint8_t tags[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a,
	    0x0c, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1c, 0x1e, 0x30, 0x31, 0x80,
	    0x81, 0x82, 0x84, 0x86, 0x87, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4};
	const struct span old = span_of(c, i);
	uint8_t *element = malloc(old.len);
	size_t n;

	if (element == NULL)
		abort();
	memcpy(element, old.data, old.len);
	/* What is no elements does not become constructed. */
	do
		element[0] = tags[pick(c->random, sizeof(tags))];
	while ((element[0] & 0x20) != (old.data[0] & 0x20));
	n = replace(c, i, (struct span){element, old.len});
	free(element);
	return n;
}

static size_t
wrap(const struct change *c, size_t i)
{
	static const uint8_t tags[] = {0x30, 0x31, 0x04, 0xa0, 0xa1, 0xa3};
	const struct span old = span_of(c, i);
	uint8_t *element = malloc(HEADER_MAX + old.len);
	size_t n;

	if (element == NULL)
		abort();
	n = put_header(element, tags[pick(c->random, sizeof(tags))], old.len);
	memcpy(element + n, old.data, old.len);
	n = replace(c, i, (struct span){element, n + old.len});
	free(element);
	return n;
}

/* What it holds, if that is elements, in its place. */
static size_t
unwrap(const struct change *c, size_t i)
{
	const struct node *node = &c->tree->node[i];

	if (i + 1 == c->tree->count || c->tree->node[i + 1].parent != i)
		return 0;
	return replace(c, i,
	    (struct span){c->tree->data + node->content + node->skip,
		node->end - node->content - node->skip});
}

/* What a parser may stumble over, and a random octet seldom makes. */
static size_t
put_known(const struct change *c, size_t i)
{
#define KNOWN(octets)                                         \
	{                                                     \
		(const uint8_t *)(octets), sizeof(octets) - 1 \
	}
	static const struct span known[] = {
	    KNOWN("\x05\x00"),         /* NULL */
	    KNOWN("\x01\x01\xff"),     /* TRUE */
	    KNOWN("\x01\x01\x00"),     /* FALSE */
	    KNOWN("\x01\x01\x01"),     /* neither */
	    KNOWN("\x02\x01\x00"),     /* 0 */
	    KNOWN("\x02\x01\xff"),     /* -1 */
	    KNOWN("\x02\x00"),         /* no number */
	    KNOWN("\x02\x02\x00\x01"), /* not shortest */
	    KNOWN("\x02\x05\x00\xff\xff\xff\xff"),
	    KNOWN("\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff"),
	    KNOWN("\x02\x08\x7f\xff\xff\xff\xff\xff\xff\xff"),
	    KNOWN("\x30\x00"),
	    KNOWN("\x31\x00"),
	    KNOWN("\x04\x00"),
	    KNOWN("\x03\x01\x00"),
	    KNOWN("\x0c\x00"),
	    KNOWN("\x03\x02\x07\x80"),     /* a named bit */
	    KNOWN("\x03\x02\x00\x80"),     /* not shortest */
	    KNOWN("\x06\x03\x55\x1d\x13"), /* basicConstraints */
	    KNOWN("\x06\x03\x55\x1d\x1e"), /* nameConstraints */
	    KNOWN("\x06\x03\x55\x1d\x1c"), /* issuingDistributionPoint */
	    KNOWN("\x06\x03\x55\x1d\x1b"), /* deltaCRLIndicator */
	    KNOWN("\x06\x02\x80\x01"),     /* padded arc */
	    KNOWN("\x18\x0f"
		  "99991231235959Z"),
	    KNOWN("\x17\x0d"
		  "000229000000Z"),
	    KNOWN("\x82\x01."),
	    KNOWN("\x82\x03*.a"),
	    KNOWN("\x87\x08\x00\x00\x00\x00\x00\x00\x00\x00"),
	};
#undef KNOWN
	const struct span one =
	    known[pick(c->random, sizeof(known) / sizeof(known[0]))];

	return pick(c->random, 2) == 0 ? insert(c, i, one) : replace(c, i, one);
}

/* A change of content is the most frequent: it is in there twice more. */
static apply_change *const changes[] = {change_content, change_content,
    change_content, take_out, double_it, copy_here, copy_over, swap_with_next,
    change_tag, wrap, unwrap, put_known};

/* Content that holds elements is changed through them: a leaf, from i on. */
static size_t
leaf_from(const struct tree *tree, size_t i)
{
	while (i + 1 < tree->count && tree->node[i + 1].parent == i)
		i++;
	return i;
}

size_t
der_mutate(uint8_t *data, size_t size, size_t max, unsigned seed, size_t prefix,
    der_mutate_bytes *bytes)
{
	uint32_t random = seed * 2654435761u | 1;
	struct tree *tree = read_tree(data, size, prefix);
	uint8_t *out = malloc(max + 1);
	struct change c = {tree, &random, bytes, out, max};
	size_t len = 0;

	if (out == NULL)
		abort();
	/* One in sixteen breaks what it likes, settings too. */
	if (tree->count > 0 && pick(&random, 16) != 0) {
		apply_change *change = changes[pick(
		    &random, sizeof(changes) / sizeof(changes[0]))];
		size_t i = pick(&random, tree->count);

		if (change == change_content)
			i = leaf_from(tree, i);
		if (change == change_content &&
		    (data[tree->node[i].start] & 0x20) != 0)
			change = put_known; /* an empty SEQUENCE */
		len = change(&c, i);
	}
	if (len > 0)
		memcpy(data, out, len);
	else
		len = bytes(data, size, max);
	free(out);
	free(tree);
	return len;
}

size_t
der_cross(const uint8_t *one, size_t one_size, const uint8_t *other,
    size_t other_size, uint8_t *out, size_t max, unsigned seed, size_t prefix)
{
	uint32_t random = seed * 2654435761u | 1;
	struct tree *tree = read_tree(one, one_size, prefix);
	struct tree *from = read_tree(other, other_size, prefix);
	struct change c = {tree, &random, NULL, out, max};
	size_t len = 0;

	if (tree->count > 0 && from->count > 0) {
		const size_t i = pick(&random, tree->count);
		const struct node *node =
		    &from->node[pick(&random, from->count)];
		const struct span taken = {
		    other + node->start, node->end - node->start};

		len = pick(&random, 2) == 0 ? insert(&c, i, taken) :
					      replace(&c, i, taken);
	}
	free(from);
	free(tree);
	return len;
}
