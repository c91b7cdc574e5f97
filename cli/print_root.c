/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/print_root.h"

#include <string.h>

#include "ca/constraints.h"
#include "ca/crypto.h"
#include "ca/name.h"
#include "ca/time.h"

#define LABEL 12

static void
add_day(struct text *text, int64_t time)
{
	char value[CA_TIME_TEXT];

	ca_time_text(time, value);
	text_add(text, "%.10s", value);
}

void
print_root(struct text *text, const struct ca_cert *cert)
{
	struct text name = {0};
	uint8_t hash[CA_HASH_MAX] = {0};

	text_status(text, ca_hash_bytes(CA_HASH_SHA256, cert->der, hash, NULL));
	text_status(&name, ca_name_append_text(&name.buf, cert->subject));
	text_add(text, "%-*s", LABEL, "root");
	text_add_wrapped(text, text_get(&name), LABEL, LABEL);
	text_add(text, "%-*s", LABEL, "valid");
	add_day(text, cert->not_before);
	text_add(text, " to ");
	add_day(text, cert->not_after);
	text_add(text, "\n%-*s", LABEL, "SHA-256");
	text_add_fingerprint(text, (struct ca_bytes){hash, 16});
	text_add(text, ":\n%-*s", LABEL, "");
	text_add_fingerprint(text, (struct ca_bytes){hash + 16, 16});
	text_add(text, "\n");
	text_done(&name);
}

/* ---- scope ---- */

static const struct {
	enum ca_san_type type;
	const char *what;
} types[] = {
    {CA_SAN_DNS, "hosts"}, {CA_SAN_IP, "addresses"}, {CA_SAN_EMAIL, "e-mail"}};

/* "permitted dns:company.com" without what stands in front. */
static void
add_base(struct text *text, const struct ca_subtree *tree)
{
	struct text whole = {0};
	const char *base;

	text_status(&whole, ca_subtree_append_text(&whole.buf, tree));
	base = strchr(text_get(&whole), ':');
	if (tree->base.len == 0 || base == NULL)
		text_add(text, "all");
	else
		text_add(text, "%s", base + 1);
	text_done(&whole);
}

/* Every tree of the kind; how many. */
static size_t
add_trees(struct text *text, const struct ca_subtree *trees, size_t count,
    enum ca_san_type type, bool excluded)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++)
		if (trees[i].type == type && trees[i].excluded == excluded) {
			text_add(text, "%s", found++ > 0 ? ", " : "");
			add_base(text, &trees[i]);
		}
	return found;
}

static void
add_type(struct text *text, const struct ca_subtree *trees, size_t count,
    size_t type)
{
	struct text line = {0}, except = {0};

	if (add_trees(&line, trees, count, types[type].type, false) == 0)
		text_add(&line, "every one");
	if (add_trees(&except, trees, count, types[type].type, true) > 0)
		text_add(&line, "; never: %s", text_get(&except));
	text_add(text, "  %-*s", LABEL - 2, types[type].what);
	text_add_wrapped(text, text_get(&line), LABEL, LABEL);
	text_done(&line);
	text_done(&except);
}

void
print_root_scope(struct text *text, const struct ca_cert *cert)
{
	struct ca_subtree trees[CA_CONSTRAINTS_MAX];
	size_t count = 0;

	if (cert->name_constraints.len == 0) {
		text_add_wrapped(text,
		    "This computer will trust this authority for every name: "
		    "whoever has its key can be any site to it.",
		    0, 0);
		return;
	}
	if (ca_constraints_parse(cert->name_constraints, trees, &count, NULL) !=
	    CA_OK)
		count = 0;
	text_add(text,
	    "This computer will trust this authority for (name "
	    "constraints):\n");
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		add_type(text, trees, count, i);
}
