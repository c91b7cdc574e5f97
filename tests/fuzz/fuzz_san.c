/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * General names: what is read is written back to the same bytes; what may be
 * signed is still so when read from its text. Name constraints, from what
 * stands behind the names: what is read is written back alike, and a permit
 * and an exclusion of the same base never both hold for a name.
 */
#include <string.h>

#include "ca/constraints.h"
#include "tests/fuzz/der_mutator.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
DER_INPUT(0);

static void
require_printable(struct ca_bytes text)
{
	while (text.len > 0) {
		uint32_t point = 0;
		size_t len = ca_utf8_get(text, &point);

		REQUIRE(len > 0 && ca_char_is_printable(point));
		text.data += len;
		text.len -= len;
	}
}

/* An accepted value has a text that reads back to it, where text is taken. */
static void
check_value(const struct ca_san *san)
{
	struct ca_buf value = {0}, text = {0}, back = {0};
	struct ca_error err = {0};
	enum ca_status st = ca_san_normalise(san, &value, &err);
	struct ca_san signed_as = {.type = san->type, .value = ca_view(&value)};

	if (st != CA_OK) {
		require_reason(st, &err);
		return;
	}
	REQUIRE(ca_san_check(&signed_as, NULL) == CA_OK);
	REQUIRE(ca_san_append_value(&text, &signed_as) == CA_OK);
	require_printable(ca_view(&text));
	if (san->type != CA_SAN_DIRECTORY) {
		REQUIRE(ca_san_from_text(san->type, ca_buf_text(&text), &back,
			    NULL) == CA_OK ||
		    san->type == CA_SAN_RID);
		REQUIRE(back.len == 0 ||
		    ca_bytes_equal(ca_view(&back), ca_view(&value)));
	}
	ca_buf_free(&value);
	ca_buf_free(&text);
	ca_buf_free(&back);
}

static void
check_names(const struct ca_san *sans, size_t count, struct ca_bytes element)
{
	struct der_out out = {0};
	struct ca_buf der = {0}, text = {0};

	der_open(&out, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++) {
		ca_san_put(&out, &sans[i]);
		require_inside(element, sans[i].value);
		REQUIRE(ca_san_append_text(&text, &sans[i]) == CA_OK);
		check_value(&sans[i]);
	}
	der_close(&out);
	REQUIRE(der_finish(&out, &der) == CA_OK);
	REQUIRE(ca_bytes_equal(ca_view(&der), element));
	require_printable(ca_view(&text));
	ca_buf_free(&der);
	ca_buf_free(&text);
}

/* Permitting and excluding the same base leaves no name of the type. */
static void
check_contradiction(const struct ca_subtree *tree, const struct ca_san *san)
{
	struct ca_subtree both[2] = {*tree, *tree};
	struct der_out out = {0};
	struct ca_buf value = {0};

	/* Two otherNames may be of different type-ids. */
	if (tree->type != san->type || tree->type == CA_SAN_OTHER)
		return;
	both[0].excluded = false;
	both[1].excluded = true;
	ca_constraints_put(&out, both, 2);
	REQUIRE(der_finish(&out, &value) == CA_OK);
	REQUIRE(ca_constraints_check(ca_view(&value), (struct ca_bytes){0}, san,
		    1, NULL) == CA_REFUSED);
	ca_buf_free(&value);
}

static void
check_constraints(
    struct ca_bytes value, const struct ca_san *sans, size_t san_count)
{
	struct ca_subtree trees[CA_CONSTRAINTS_MAX];
	struct ca_error err = {0};
	struct der_out out = {0};
	struct ca_buf der = {0};
	enum ca_status st;
	size_t count = 0;

	st = ca_constraints_parse(value, trees, &count, &err);
	if (st != CA_OK) {
		require_reason(st, &err);
		return;
	}
	ca_constraints_put(&out, trees, count);
	REQUIRE(der_finish(&out, &der) == CA_OK);
	REQUIRE(ca_bytes_equal(ca_view(&der), value));
	ca_buf_clear(&der);
	st = ca_constraints_check(
	    value, (struct ca_bytes){0}, sans, san_count, &err);
	REQUIRE(st == CA_OK || st == CA_REFUSED);
	for (size_t i = 0; i < count; i++) {
		REQUIRE(ca_subtree_append_text(&der, &trees[i]) == CA_OK);
		for (size_t k = 0; k < san_count && i < 8 && k < 8; k++)
			check_contradiction(&trees[i], &sans[k]);
	}
	require_printable(ca_view(&der));
	ca_buf_free(&der);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ca_bytes in = {data, size}, element = {0};
	struct ca_san sans[CA_SAN_MAX];
	struct ca_error err = {0};
	enum ca_status st;
	size_t count = 0;

	if (!der_get_element(&in, DER_SEQUENCE, &element))
		return 0;
	st = ca_san_parse(element, sans, &count, &err);
	if (st != CA_OK)
		require_reason(st, &err);
	else
		check_names(sans, count, element);
	check_constraints(in, sans, count);
	return 0;
}
