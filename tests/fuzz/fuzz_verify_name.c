/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A name of a certificate against a name that is asked for, a line feed
 * between them: what matches is the same name, but for the case of letters
 * and one label in place of a star.
 */
#include "ca/verify.h"
#include "tests/fuzz/property.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
dots(struct ca_bytes text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] == '.';
	return count;
}

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* From the end, as far as skip octets from the front of name. */
static bool
ends_alike(struct ca_bytes name, size_t skip, struct ca_bytes host)
{
	if (host.len < name.len - skip)
		return false;
	for (size_t i = 0; i < name.len - skip; i++)
		if (lower(name.data[name.len - 1 - i]) !=
		    host.data[host.len - 1 - i])
			return false;
	return true;
}

static void
require_same(struct ca_bytes name, struct ca_bytes host)
{
	REQUIRE(memchr(name.data, 0, name.len) == NULL);
	REQUIRE(dots(name) == dots(host));
	if (name.data[0] != '*') {
		REQUIRE(name.len == host.len && ends_alike(name, 0, host));
		return;
	}
	REQUIRE(name.data[1] == '.' && dots(name) >= 2);
	REQUIRE(ends_alike(name, 1, host));
	REQUIRE(host.len > name.len - 1);
}

static void
try_host(struct ca_bytes name, const char *asked)
{
	struct ca_buf host = {0}, again = {0};
	struct ca_error err = {0};
	enum ca_status st = ca_verify_host_prepare(asked, &host, &err);

	REQUIRE(st == CA_OK || (st == CA_USAGE && err.msg[0] != '\0'));
	if (st == CA_OK) {
		/* Once is enough, and it is a name of its own. */
		REQUIRE(ca_buf_text(&host) != NULL);
		REQUIRE(ca_verify_host_prepare(
			    ca_buf_text(&host), &again, NULL) == CA_OK);
		REQUIRE(ca_bytes_equal(ca_view(&host), ca_view(&again)));
		REQUIRE(ca_verify_host_matches(ca_view(&host), ca_view(&host)));
		if (ca_verify_host_matches(name, ca_view(&host)))
			require_same(name, ca_view(&host));
	}
	ca_buf_free(&host);
	ca_buf_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size == 0 ? NULL : memchr(data, '\n', size);
	struct ca_bytes name, mail;
	struct ca_buf asked = {0};

	if (end == NULL)
		return 0;
	name = (struct ca_bytes){data, (size_t)(end - data)};
	mail = (struct ca_bytes){end + 1, size - name.len - 1};
	REQUIRE(ca_buf_append(&asked, mail) == CA_OK);
	REQUIRE(ca_buf_text(&asked) != NULL);
	try_host(name, ca_buf_text(&asked));
	if (ca_verify_email_matches(name, mail)) {
		REQUIRE(name.len == mail.len);
		REQUIRE(memchr(name.data, '@', name.len) != NULL);
		REQUIRE(ca_verify_email_matches(mail, name));
	}
	ca_buf_free(&asked);
	return 0;
}
