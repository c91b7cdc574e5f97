/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every block that is read, written again, is read to the same octets; a
 * reason never holds a part of a block; reading always comes to an end.
 */
#include <string.h>

#include "ca/pem.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require_round_trip(const char *label, struct ca_bytes der)
{
	struct ca_buf text = {0}, back = {0};
	char back_label[CA_PEM_LABEL];
	struct ca_bytes view;

	REQUIRE(ca_pem_append(&text, label, der) == CA_OK);
	view = ca_view(&text);
	REQUIRE(ca_pem_is_pem(view));
	REQUIRE(ca_pem_next(&view, back_label, &back, NULL) == CA_OK);
	REQUIRE(view.len == 0);
	REQUIRE(strcmp(label, back_label) == 0);
	REQUIRE(ca_bytes_equal(ca_view(&back), der));
	ca_buf_free(&text);
	ca_buf_free(&back);
}

static size_t
read_blocks(struct ca_bytes text)
{
	size_t count = 0;

	for (;;) {
		struct ca_bytes before = text;
		char label[CA_PEM_LABEL] = "";
		struct ca_error err = {0};
		struct ca_buf der = {0};
		enum ca_status st;

		st = ca_pem_next(&text, label, &der, &err);
		if (st != CA_OK) {
			REQUIRE(st == CA_NOT_FOUND || st == CA_MALFORMED);
			REQUIRE(ca_bytes_equal(text, before));
			REQUIRE(der.len == 0);
			REQUIRE((st == CA_NOT_FOUND) == (err.msg[0] == '\0'));
			return count;
		}
		REQUIRE(text.len < before.len);
		REQUIRE(der.len > 0 && label[0] != '\0');
		require_round_trip(label, ca_view(&der));
		ca_buf_free(&der);
		count++;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const labels[] = {
	    CA_PEM_CERTIFICATE, CA_PEM_KEY, NULL};
	const struct ca_bytes text = {data, size};
	struct ca_error err = {0};
	struct ca_buf der = {0};
	size_t count = read_blocks(text);
	enum ca_status st;

	REQUIRE(count == 0 || ca_pem_is_pem(text));
	st = ca_pem_single(text, labels, "a thing", NULL, &der, &err);
	if (st != CA_OK)
		require_reason(st, &err);
	else
		REQUIRE(der.len > 0);
	ca_buf_free(&der);
	return 0;
}
