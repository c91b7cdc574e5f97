/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One word, as each of the small things that are written in options, policies
 * and links: what is read lies within its bounds, and where it can be written,
 * that is read to the same.
 */
#include <stdlib.h>
#include <string.h>

#include "ca/base64.h"
#include "ca/kdf.h"
#include "ca/san.h"
#include "ca/spki.h"
#include "ca/time.h"
#include "ca/uri.h"
#include "cli/http_message.h"
#include "db/ledger_name.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1767225600)
#define CENTURY (INT64_C(100) * 365 * 86400)

static void
try_hex(const char *text)
{
	struct ca_buf once = {0}, hex = {0}, twice = {0};

	if (ca_hex_parse(&once, text) == CA_OK) {
		REQUIRE(once.len > 0);
		REQUIRE(ca_hex_append(&hex, ca_view(&once)) == CA_OK);
		REQUIRE(ca_hex_parse(&twice, ca_buf_text(&hex)) == CA_OK);
		REQUIRE(ca_bytes_equal(ca_view(&once), ca_view(&twice)));
	}
	ca_buf_free(&once);
	ca_buf_free(&hex);
	ca_buf_free(&twice);
}

static void
try_base64(struct ca_bytes in)
{
	struct ca_buf octets = {0}, text = {0};

	if (ca_base64_parse(&octets, in) == CA_OK) {
		REQUIRE(ca_base64_append(&text, ca_view(&octets)) == CA_OK);
		REQUIRE(ca_bytes_equal(ca_view(&text), in));
	}
	ca_buf_free(&octets);
	ca_buf_free(&text);
}

static void
try_times(const char *text)
{
	char shown[CA_TIME_TEXT];
	int64_t value, again;

	if (ca_duration_parse(text, &value) == CA_OK)
		REQUIRE(value >= 0 && value <= CENTURY);
	if (ca_time_parse(text, NOW, &value) == CA_OK) {
		ca_time_text(value, shown);
		REQUIRE(ca_time_parse(shown, 0, &again) == CA_OK);
		REQUIRE(again == value);
	}
}

static void
try_address(const char *text)
{
	uint8_t octets[16], again[16];
	struct ca_buf shown = {0};
	unsigned prefix;
	size_t len, len_again;

	if (ca_ip_parse(text, octets, &len)) {
		REQUIRE(len == 4 || len == 16);
		REQUIRE(ca_ip_append_text(
			    &shown, (struct ca_bytes){octets, len}) == CA_OK);
		REQUIRE(shown.len < CA_IP_TEXT);
		REQUIRE(ca_ip_parse(ca_buf_text(&shown), again, &len_again));
		REQUIRE(len == len_again && memcmp(octets, again, len) == 0);
	}
	if (ca_ip_prefix_parse(text, octets, &len, &prefix)) {
		REQUIRE(prefix <= len * 8);
		REQUIRE(ca_ip_is_under((struct ca_bytes){octets, len},
		    (struct ca_bytes){octets, len}, prefix));
	}
	ca_buf_free(&shown);
}

static void
try_link(const char *text)
{
	const struct ca_bytes whole = ca_text(text);
	struct ca_error err = {0};
	struct http_place place;
	struct ca_uri uri;
	enum ca_status st;

	st = ca_uri_parse(whole, &uri, &err);
	if (st == CA_OK) {
		REQUIRE(uri.scheme.len > 0);
		require_inside(whole, uri.scheme);
		require_inside(whole, uri.host);
		REQUIRE(uri.has_authority || uri.host.len == 0);
	} else {
		require_reason(st, &err);
	}
	err = (struct ca_error){0};
	if ((st = http_place_parse(text, &place, &err)) == CA_OK) {
		require_inside(whole, place.authority);
		require_inside(whole, place.target);
		REQUIRE(memchr(place.host, '\0', sizeof(place.host)) != NULL);
		REQUIRE(strspn(place.port, "0123456789") == strlen(place.port));
	} else {
		REQUIRE(st == CA_USAGE && err.msg[0] != '\0');
	}
}

static void
try_words(const char *text)
{
	struct ledger_pattern pattern = {0};
	enum ca_key_type type;
	struct ca_kdf kdf;
	unsigned bits;

	if (ca_kdf_parse(text, &kdf, NULL) == CA_OK) {
		REQUIRE(
		    kdf.kind == CA_KDF_PBKDF2 || (kdf.n & (kdf.n - 1)) == 0);
		REQUIRE(kdf.kind == CA_KDF_SCRYPT || kdf.iterations > 0);
	}
	if (ca_key_type_parse(text, &type, &bits, NULL) == CA_OK) {
		REQUIRE(ca_key_type_name(type) != NULL);
		REQUIRE(bits <= 4096);
	}
	if (ledger_pattern_parse(text, &pattern, NULL) == CA_OK)
		REQUIRE(
		    memchr(pattern.like.data, '\0', pattern.like.len) == NULL);
	ledger_pattern_done(&pattern);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	REQUIRE(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	try_base64((struct ca_bytes){data, size});
	try_hex(text);
	try_times(text);
	try_address(text);
	try_link(text);
	try_words(text);
	free(text);
	return 0;
}
