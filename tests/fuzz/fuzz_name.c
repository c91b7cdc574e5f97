/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * As DER: a name that is accepted can be walked to its last attribute, lies
 * under itself, and is shown in one printable line. As text: a name that is
 * read is accepted as DER, and what is shown of it reads back to the same.
 */
#include <stdlib.h>
#include <string.h>

#include "ca/name.h"
#include "tests/fuzz/der_mutator.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
DER_INPUT(0);

static struct ca_buf
shown(struct ca_bytes name)
{
	struct ca_buf text = {0};

	REQUIRE(ca_name_append_text(&text, name) == CA_OK);
	for (struct ca_bytes rest = ca_view(&text); rest.len > 0;) {
		uint32_t point = 0;
		size_t len = ca_utf8_get(rest, &point);

		REQUIRE(len > 0 && ca_char_is_printable(point));
		rest.data += len;
		rest.len -= len;
	}
	return text;
}

static void
check_der(struct ca_bytes name)
{
	struct ca_attribute attr;
	struct ca_name_walk walk;
	struct ca_error err = {0};
	struct ca_buf text = shown(name);
	enum ca_status st = ca_name_check(name, &err);

	ca_buf_free(&text);
	if (st != CA_OK) {
		require_reason(st, &err);
		return;
	}
	ca_name_walk(&walk, name);
	while (ca_name_next(&walk, &attr)) {
		REQUIRE(ca_attribute_append_utf8(&text, &attr) == CA_OK);
		REQUIRE(attr.rdn < CA_NAME_MAX_RDNS);
		require_inside(name, attr.value);
	}
	REQUIRE(walk.rest.len == 0 && walk.set.len == 0);
	REQUIRE(ca_name_is_under(name, name));
	ca_buf_free(&text);
}

static void
check_text(const char *text)
{
	struct ca_buf name = {0}, again = {0}, line = {0};
	struct ca_error err = {0};
	enum ca_status st = ca_name_parse(text, &name, &err);

	if (st != CA_OK) {
		REQUIRE(st == CA_USAGE || st == CA_REFUSED);
		REQUIRE(err.status == st && err.msg[0] != '\0');
		REQUIRE(name.len == 0);
		return;
	}
	REQUIRE(ca_name_check(ca_view(&name), NULL) == CA_OK);
	line = shown(ca_view(&name));
	REQUIRE(ca_name_parse(ca_buf_text(&line), &again, NULL) == CA_OK);
	REQUIRE(ca_bytes_equal(ca_view(&again), ca_view(&name)));
	ca_buf_free(&name);
	ca_buf_free(&again);
	ca_buf_free(&line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ca_bytes in = {data, size};
	char *text = malloc(size + 1);

	REQUIRE(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check_der(in);
	check_text(text);
	free(text);
	return 0;
}
