/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words in the clear before TLS, from anybody: the first octet says in which
 * protocol. A go-ahead is the last that is heard: what came is said again with
 * one octet behind it, and is refused. What is refused says why, on one line
 * that does no harm to a terminal.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/starttls.h"
#include "tests/fuzz/property.h"

#define SAID_MAX ((size_t)16384)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum ca_status
begin(enum starttls protocol, struct ca_bytes said, struct ca_bytes more,
    struct ca_error *err)
{
	struct connection connection = {.host = "fuzz", .port = "1"};
	int pair[2];
	enum ca_status st;

	REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	REQUIRE(send(pair[1], said.data, said.len, 0) == (ssize_t)said.len);
	REQUIRE(send(pair[1], more.data, more.len, 0) == (ssize_t)more.len);
	REQUIRE(shutdown(pair[1], SHUT_WR) == 0);
	connection.fd = pair[0];
	connection.end = connection_now() + 60000;
	st = starttls_begin(protocol, &connection, err);
	connection_close(&connection);
	(void)close(pair[1]);
	return st;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t octet[] = {'\n'};
	struct ca_error err = {0};
	struct ca_bytes said;
	enum starttls protocol;

	if (size < 2 || size > SAID_MAX)
		return 0;
	protocol = (enum starttls)(1 + data[0] % (STARTTLS_COUNT - 1));
	said = (struct ca_bytes){data + 1, size - 1};
	if (begin(protocol, said, (struct ca_bytes){0}, &err) == CA_OK) {
		REQUIRE(begin(protocol, said,
			    (struct ca_bytes){octet, sizeof(octet)},
			    NULL) == CA_UNTRUSTED);
		return 0;
	}
	REQUIRE(err.status != CA_OK && err.msg[0] != '\0');
	for (const char *at = err.msg; *at != '\0'; at++)
		REQUIRE((uint8_t)*at >= ' ' && *at != 0x7f);
	return 0;
}
