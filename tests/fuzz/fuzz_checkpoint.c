/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A checkpoint that is taken has one text for its origin, size and root; a
 * verifier key that is taken is written as it was read.
 */
#include <inttypes.h>

#include "ca/base64.h"
#include "ca/checkpoint.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text begins with what was read, written again. */
static void
require_one_text(const struct ca_checkpoint *point)
{
	const struct ca_bytes text = point->note.text;
	struct ca_buf again = {0};

	REQUIRE(ca_buf_append(&again, point->origin) == CA_OK);
	REQUIRE(ca_buf_printf(&again, "\n%" PRIu64 "\n", point->head.size) ==
	    CA_OK);
	REQUIRE(ca_base64_append(&again,
		    (struct ca_bytes){point->head.root.octets, 32}) == CA_OK);
	REQUIRE(ca_buf_append_text(&again, "\n") == CA_OK);
	REQUIRE(again.len <= text.len);
	REQUIRE(ca_bytes_equal(
	    ca_view(&again), (struct ca_bytes){text.data, again.len}));
	ca_buf_free(&again);
}

static void
require_one_key(struct ca_bytes text)
{
	struct ca_note_key key, again;
	struct ca_buf buf = {0};
	struct ca_error err = {0};
	enum ca_status st = ca_note_key_parse(text, &key, &err);

	if (st != CA_OK) {
		require_reason(st, &err);
		return;
	}
	REQUIRE(ca_note_key_append(&buf, &key) == CA_OK);
	REQUIRE(buf.len <= text.len);
	REQUIRE(ca_bytes_equal(
	    ca_view(&buf), (struct ca_bytes){text.data, buf.len}));
	REQUIRE(ca_note_key_parse(ca_view(&buf), &again, NULL) == CA_OK);
	ca_buf_free(&buf);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ca_bytes file = {data, size};
	struct ca_checkpoint point;
	struct ca_error err = {0};
	enum ca_status st;

	require_one_key(file);
	st = ca_checkpoint_parse(file, &point, &err);
	if (st != CA_OK) {
		require_reason(st, &err);
		return 0;
	}
	require_inside(file, point.note.text);
	require_inside(file, point.note.signatures);
	require_inside(point.note.text, point.origin);
	REQUIRE(point.note.count > 0);
	REQUIRE(point.note.text.len + 1 + point.note.signatures.len == size);
	require_one_text(&point);
	return 0;
}
