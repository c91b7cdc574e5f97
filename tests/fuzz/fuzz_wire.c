/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A packet from the front, whatever it holds: it is taken only if it is as
 * long as it says, and then goes on as the same; what is refused says why.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/wire.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int pair[2] = {-1, -1};

static void
require_same(const struct wire_head *head, const struct ca_buf *payload)
{
	struct wire_head plain = {.kind = head->kind}, again;
	struct ca_buf twice = {0};

	REQUIRE(wire_send(pair[0], &plain, ca_view(payload), NULL) == CA_OK);
	REQUIRE(wire_receive(pair[1], 0, &again, &twice, NULL) == CA_OK);
	REQUIRE(again.kind == head->kind && again.length == head->length);
	REQUIRE(ca_bytes_equal(ca_view(payload), ca_view(&twice)));
	ca_buf_free(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ca_buf payload = {0};
	struct ca_error err = {0};
	struct wire_head head;
	enum ca_status st;

	if (pair[0] < 0)
		REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	/* An empty packet is the end. */
	if (size == 0 || size > WIRE_MAX)
		return 0;
	REQUIRE(send(pair[0], data, size, 0) == (ssize_t)size);
	st = wire_receive(pair[1], 0, &head, &payload, &err);
	if (st == CA_OK) {
		REQUIRE(payload.len == head.length);
		REQUIRE(size == sizeof(head) + payload.len);
		require_same(&head, &payload);
	} else {
		require_reason(st, &err);
		REQUIRE(size < sizeof(head) || head.length == 0 ||
		    payload.len <= size);
	}
	ca_buf_free(&payload);
	return 0;
}
