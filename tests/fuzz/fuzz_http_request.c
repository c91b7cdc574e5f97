/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the network sends to the status server before the signer sees it: the
 * first line is a path, the second If-None-Match, the third
 * If-Modified-Since. A path is one thing; what is decoded from it is decoded
 * from its own encoding too, escaped or not; what reads as an OCSP request
 * is written again as the same octets; a tag that stands alone matches.
 */
#include <string.h>

#include "ca/ocsp.h"
#include "cli/serve/condition.h"
#include "cli/serve/http_date.h"
#include "cli/serve/path.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TAG "\"65535-0123456789abcdef\""
#define MODIFIED INT64_C(1700000000)

/* ---- base64, written ---------------------------------------------------- */

static bool
holds_for(
    const char *tags, const char *since, const char *etag, int64_t modified)
{
	return condition_holds(
	    &tags, tags == NULL ? 0 : 1, since, etag, modified);
}

static void
put_char(struct ca_buf *text, char c, bool escape)
{
	enum ca_status st = escape ?
	    ca_buf_printf(text, "%%%02x", (unsigned)(uint8_t)c) :
	    ca_buf_printf(text, "%c", c);

	REQUIRE(st == CA_OK);
}

static void
encode(struct ca_buf *text, struct ca_bytes in, bool escape)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
				       "mnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < in.len; i += 3) {
		size_t left = in.len - i;
		uint32_t bits = (uint32_t)in.data[i] << 16;

		if (left > 1)
			bits |= (uint32_t)in.data[i + 1] << 8;
		if (left > 2)
			bits |= in.data[i + 2];
		for (unsigned k = 0; k < 4; k++)
			put_char(text,
			    k > left ? '=' :
				       alphabet[bits >> (18 - 6 * k) & 63],
			    escape);
	}
}

static void
require_decodes(struct ca_bytes text, struct ca_bytes expected)
{
	struct ca_buf again = {0};

	REQUIRE(path_decode(text, &again) == CA_OK);
	REQUIRE(ca_bytes_equal(ca_view(&again), expected));
	ca_buf_free(&again);
}

/* With padding, without, and with every character escaped. */
static void
require_round_trip(struct ca_bytes octets)
{
	struct ca_buf text = {0};
	struct ca_bytes bare;

	encode(&text, octets, false);
	require_decodes(ca_view(&text), octets);
	bare = ca_view(&text);
	while (bare.len > 0 && bare.data[bare.len - 1] == '=')
		bare.len--;
	require_decodes(bare, octets);
	ca_buf_clear(&text);
	encode(&text, octets, true);
	require_decodes(ca_view(&text), octets);
	ca_buf_free(&text);
}

/* ---- what was decoded --------------------------------------------------- */

static void
read_request(struct ca_bytes der)
{
	struct ca_ocsp_request request;
	struct ca_error err = {0};
	struct ca_buf again = {0};
	enum ca_status st = ca_ocsp_request_parse(der, &request, &err);

	if (st != CA_OK) {
		require_reason(st, &err);
		return;
	}
	REQUIRE(request.count >= 1 && request.count <= CA_OCSP_MAX_IDS);
	append_again(&again, der);
	REQUIRE(ca_bytes_equal(ca_view(&again), der));
	ca_buf_free(&again);
}

static void
read_path(const char *url)
{
	struct ca_buf octets = {0};
	struct path path;

	path_read(url, &path);
	REQUIRE(strlen(url) <= PATH_MAX_LENGTH || path.kind == PATH_TOO_LONG);
	REQUIRE(memchr(path.name, '\0', sizeof(path.name)) != NULL);
	REQUIRE((path.name[0] != '\0') ==
	    (path.kind == PATH_CRL || path.kind == PATH_CA_CERT ||
		path.kind == PATH_CA_PEM));
	if (path.kind != PATH_OCSP_IN_URL) {
		REQUIRE(path.rest.len == 0);
		return;
	}
	require_inside(ca_text(url), path.rest);
	if (path_decode(path.rest, &octets) == CA_OK) {
		REQUIRE(octets.len <= path.rest.len / 4 * 3 + 2);
		require_round_trip(ca_view(&octets));
		read_request(ca_view(&octets));
	}
	ca_buf_free(&octets);
}

/* ---- conditions --------------------------------------------------------- */

static void
read_conditions(const char *tags, const char *since)
{
	char text[HTTP_DATE_TEXT];
	int64_t time, again;
	bool known = holds_for(tags, since, TAG, MODIFIED);

	/* A tag that is nobody's is in no list but "*". */
	if (strstr(tags, TAG) == NULL && strchr(tags, '*') == NULL)
		REQUIRE(!known);
	if (strcmp(tags, TAG) == 0)
		REQUIRE(known);
	/* Where there are tags, the date does not count. */
	REQUIRE(known == holds_for(tags, NULL, TAG, MODIFIED));
	if (!http_date_parse(since, &time)) {
		REQUIRE(!holds_for(NULL, since, TAG, MODIFIED));
		return;
	}
	REQUIRE(holds_for(NULL, since, TAG, MODIFIED) == (MODIFIED == time));
	http_date_text(time, text);
	REQUIRE(http_date_parse(text, &again) && again == time);
	/* The weekday is not looked at; the rest is the same text. */
	REQUIRE(strcmp(text + 3, since + 3) == 0);
}

/* Takes a line off; it ends at a newline, a NUL or the end. */
static void
take_line(struct ca_bytes *in, struct ca_buf *ret)
{
	size_t len = 0;

	while (len < in->len && in->data[len] != '\n' && in->data[len] != '\0')
		len++;
	REQUIRE(ca_buf_append(ret, (struct ca_bytes){in->data, len}) == CA_OK);
	REQUIRE(ca_buf_text(ret) != NULL);
	if (len < in->len)
		len++;
	in->data += len;
	in->len -= len;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ca_bytes in = {data, size};
	struct ca_buf path = {0}, tags = {0}, since = {0};

	if (size == 0)
		return 0;
	take_line(&in, &path);
	take_line(&in, &tags);
	take_line(&in, &since);
	read_path(ca_buf_text(&path));
	read_conditions(ca_buf_text(&tags), ca_buf_text(&since));
	ca_buf_free(&path);
	ca_buf_free(&tags);
	ca_buf_free(&since);
	return 0;
}
