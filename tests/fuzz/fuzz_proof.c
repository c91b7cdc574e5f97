/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A proof that is taken is the file that is made of what was found in it; the
 * leaf in one of them likewise lies in it.
 */
#include "ca/leaf.h"
#include "ca/proof.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ca_bytes
rest_from(struct ca_bytes file, struct ca_bytes part)
{
	return (struct ca_bytes){
	    part.data, file.len - (size_t)(part.data - file.data)};
}

static void
require_leaf(struct ca_bytes octets)
{
	struct ca_error err = {0};
	struct ca_leaf leaf;
	enum ca_status st = ca_leaf_parse(octets, &leaf, &err);

	if (st != CA_OK) {
		require_reason(st, &err);
		return;
	}
	require_inside(octets, leaf.kind);
	require_inside(octets, leaf.serial);
	require_inside(octets, leaf.object_hash);
	REQUIRE(octets.len ==
	    25 + leaf.kind.len + leaf.issuer_spki_hash.len + leaf.serial.len +
		leaf.object_hash.len);
}

static void
try_inclusion(struct ca_bytes file)
{
	struct ca_inclusion inclusion;
	struct ca_buf again = {0};
	struct ca_error err = {0};
	enum ca_status st = ca_inclusion_parse(file, &inclusion, &err);

	if (st != CA_OK) {
		require_reason(st, &err);
		return;
	}
	require_leaf(inclusion.leaf);
	/* Others' extra data is theirs. */
	if (inclusion.leaf.len + inclusion.object.len + 2 ==
		inclusion.extra.len &&
	    inclusion.extra.len > 2) {
		REQUIRE(ca_inclusion_append(&again, inclusion.leaf,
			    inclusion.object, inclusion.index, &inclusion.path,
			    rest_from(file, inclusion.checkpoint.origin),
			    NULL) == CA_OK);
		REQUIRE(ca_bytes_equal(ca_view(&again), file));
	}
	ca_buf_free(&again);
	ca_inclusion_free(&inclusion);
}

static void
try_consistency(struct ca_bytes file)
{
	struct ca_consistency two;
	struct ca_buf again = {0};
	struct ca_bytes earlier;
	struct ca_error err = {0};
	enum ca_status st = ca_consistency_parse(file, &two, &err);

	if (st != CA_OK) {
		require_reason(st, &err);
		return;
	}
	earlier = (struct ca_bytes){two.earlier.origin.data,
	    (size_t)(two.later.origin.data - two.earlier.origin.data) - 1};
	REQUIRE(ca_consistency_append(&again, &two.path, earlier,
		    rest_from(file, two.later.origin), NULL) == CA_OK);
	REQUIRE(ca_bytes_equal(ca_view(&again), file));
	ca_buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ca_bytes file = {data, size};

	require_leaf(file);
	if (ca_proof_kind(file) == CA_PROOF_CONSISTENCY)
		try_consistency(file);
	else
		try_inclusion(file);
	return 0;
}
