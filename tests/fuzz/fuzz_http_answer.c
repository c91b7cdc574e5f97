/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An answer over HTTP is the same in whatever pieces it comes: once it is
 * whole, more octets change nothing; while it is not, no octet is given out;
 * one that is refused says why.
 */
#include "cli/http_message.h"
#include "tests/fuzz/property.h"

#include <string.h>

#define MAX ((size_t)1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require_sound(const struct http_answer *answer)
{
	REQUIRE(answer->status >= 200 && answer->status <= 999);
	REQUIRE(answer->body.len <= MAX);
	for (const char *at = answer->content_type; *at != '\0'; at++)
		REQUIRE(*at < 'A' || *at > 'Z');
	/* What a person is shown, and what is asked next. */
	REQUIRE(strlen(answer->location) < sizeof(answer->location));
	for (const char *at = answer->location; *at != '\0'; at++)
		REQUIRE(((uint8_t)*at >= ' ' && *at != 0x7f) || *at == '\t');
}

static void
require_same(const struct http_answer *a, const struct http_answer *b)
{
	REQUIRE(a->status == b->status);
	REQUIRE(strcmp(a->reason, b->reason) == 0);
	REQUIRE(strcmp(a->content_type, b->content_type) == 0);
	REQUIRE(strcmp(a->location, b->location) == 0);
	REQUIRE(ca_bytes_equal(ca_view(&a->body), ca_view(&b->body)));
}

/* The shortest front that is an answer is the answer. */
static void
require_prefixes(struct ca_bytes in, const struct http_answer *expected)
{
	for (size_t len = 0; len <= in.len; len++) {
		struct http_answer answer = {0};
		bool whole = false;

		REQUIRE(http_answer_read((struct ca_bytes){in.data, len}, false,
			    MAX, &answer, &whole, NULL) == CA_OK);
		if (!whole) {
			REQUIRE(answer.body.data == NULL);
			continue;
		}
		require_same(&answer, expected);
		http_answer_done(&answer);
		return;
	}
	REQUIRE(false);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ca_bytes in = {data, size > 4096 ? 4096 : size};
	struct http_answer answer = {0}, last = {0};
	struct ca_error err = {0};
	bool whole = false;
	enum ca_status st;

	st = http_answer_read(in, false, MAX, &answer, &whole, &err);
	REQUIRE((st == CA_OK) == (err.status == CA_OK));
	if (st != CA_OK || !whole) {
		REQUIRE(answer.body.data == NULL);
		if (st == CA_OK &&
		    http_answer_read(in, true, MAX, &last, &whole, &err) ==
			CA_OK) {
			REQUIRE(whole);
			require_sound(&last);
		}
		http_answer_done(&last);
		return 0;
	}
	require_sound(&answer);
	require_prefixes(in, &answer);
	REQUIRE(http_answer_read(in, true, MAX, &last, &whole, NULL) == CA_OK);
	require_same(&answer, &last);
	http_answer_done(&last);
	http_answer_done(&answer);
	return 0;
}
