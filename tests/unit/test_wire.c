/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "cli/wire.h"
#include "tests/unit/folder.h"

struct pair {
	int a, b;
	struct ca_buf payload;
};

static int
open_pair(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	int fds[2], size = 1 << 20;

	assert_non_null(p);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	p->a = fds[0];
	p->b = fds[1];
	assert_int_equal(
	    setsockopt(p->a, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	*state = p;
	return 0;
}

static int
close_pair(void **state)
{
	struct pair *p = *state;

	(void)close(p->a);
	(void)close(p->b);
	ca_buf_free(&p->payload);
	free(p);
	return 0;
}

#define ON_A_PAIR(test) \
	cmocka_unit_test_setup_teardown(test, open_pair, close_pair)

static void
a_message_arrives_as_it_was_sent(void **state)
{
	struct pair *p = *state;
	const struct wire_head head = {.kind = WIRE_OCSP,
	    .status = 6,
	    .cacheable = 1,
	    .this_update = 1,
	    .next_update = INT64_MAX,
	    .fact = {.issuer = 7,
		.serial = {1, 2, 3},
		.serial_len = 3,
		.known = true,
		.revoked_at = INT64_MIN,
		.reason = 4,
		.responder = {9, 8},
		.responder_len = 2},
	    .faults = 3,
	    .edition = UINT64_MAX};
	struct wire_head got;

	WORKS(wire_send(p->a, &head, ca_text("hello"), &err));
	WORKS(wire_send(p->a, &head, ca_text(""), &err));
	WORKS(wire_receive(p->b, -1, &got, &p->payload, &err));
	assert_int_equal(got.kind, WIRE_OCSP);
	assert_int_equal(got.length, 5);
	assert_int_equal(got.status, 6);
	assert_int_equal(got.cacheable, 1);
	assert_true(got.this_update == 1 && got.next_update == INT64_MAX);
	assert_true(got.fact.issuer == 7 && got.fact.known);
	assert_int_equal(got.fact.serial_len, 3);
	assert_memory_equal(got.fact.serial, head.fact.serial, 20);
	assert_true(got.fact.revoked_at == INT64_MIN && got.fact.reason == 4);
	assert_int_equal(got.fact.responder_len, 2);
	assert_memory_equal(got.fact.responder, head.fact.responder, 20);
	assert_true(got.faults == 3 && got.edition == UINT64_MAX);
	assert_true(ca_bytes_equal(ca_view(&p->payload), ca_text("hello")));
	WORKS(wire_receive(p->b, 0, &got, &p->payload, &err));
	assert_int_equal(got.length, 0);
	assert_int_equal(p->payload.len, 0);
}

/* What lay on the sender's stack is not told to the other process. */
static void
the_gaps_between_fields_are_zero(void **state)
{
	struct pair *p = *state;
	struct wire_head head, zero;
	uint8_t raw[sizeof(head)];

	memset(&head, 0xaa, sizeof(head));
	memset(&zero, 0, sizeof(zero));
	head.kind = 0;
	head.status = head.cacheable = 0;
	head.this_update = head.next_update = 0;
	head.fact.issuer = head.fact.revoked_at = 0;
	memset(head.fact.serial, 0, sizeof(head.fact.serial));
	head.fact.serial_len = 0;
	head.fact.known = false;
	head.fact.reason = 0;
	memset(head.fact.responder, 0, sizeof(head.fact.responder));
	head.fact.responder_len = 0;
	head.faults = 0;
	head.edition = 0;
	WORKS(wire_send(p->a, &head, ca_text(""), &err));
	assert_int_equal(recv(p->b, raw, sizeof(raw), 0), sizeof(raw));
	assert_memory_equal(raw, &zero, sizeof(raw));
}

static void
the_longest_message_passes_and_one_octet_more_does_not(void **state)
{
	struct pair *p = *state;
	const struct wire_head head = {.kind = WIRE_TEND};
	const size_t most = WIRE_MAX - sizeof(head);
	uint8_t *data = calloc(1, most + 1);
	struct wire_head got;

	assert_non_null(data);
	data[most - 1] = 0x5a;
	WORKS(wire_send(p->a, &head, (struct ca_bytes){data, most}, &err));
	WORKS(wire_receive(p->b, -1, &got, &p->payload, &err));
	assert_int_equal(p->payload.len, most);
	assert_int_equal(p->payload.data[most - 1], 0x5a);
	FAILS(wire_send(p->a, &head, (struct ca_bytes){data, most + 1}, &err),
	    CA_INTERNAL, "socket pair");
	free(data);
}

static void
raw(struct pair *p, const struct wire_head *head, const void *more, size_t len)
{
	struct iovec parts[2] = {{(void *)(uintptr_t)head, sizeof(*head)},
	    {(void *)(uintptr_t)more, len}};
	const struct msghdr packet = {.msg_iov = parts, .msg_iovlen = 2};

	assert_int_equal(sendmsg(p->a, &packet, 0), sizeof(*head) + len);
}

static void
a_length_that_lies_is_malformed(void **state)
{
	struct pair *p = *state;
	static const uint32_t lies[] = {0, 1, 4, 6, 4096, UINT32_MAX};
	struct wire_head got = {.kind = 99};

	for (size_t i = 0; i < COUNT(lies); i++) {
		const struct wire_head head = {
		    .kind = WIRE_OCSP, .length = lies[i]};

		raw(p, &head, "hello", 5);
		FAILS(wire_receive(p->b, -1, &got, &p->payload, &err),
		    CA_MALFORMED, "socket pair|and has 5");
		assert_int_equal(got.kind, 99);
		assert_int_equal(p->payload.len, 0);
	}
}

static void
a_cut_message_is_malformed_and_the_next_is_read(void **state)
{
	struct pair *p = *state;
	const struct wire_head head = {.kind = WIRE_READY};
	struct wire_head got;

	for (size_t len = 1; len < sizeof(head); len++) {
		assert_int_equal(send(p->a, &head, len, 0), len);
		FAILS(wire_receive(p->b, -1, &got, &p->payload, &err),
		    CA_MALFORMED, "socket pair|its head has");
	}
	WORKS(wire_send(p->a, &head, ca_text(""), &err));
	WORKS(wire_receive(p->b, -1, &got, &p->payload, &err));
}

static void
a_packet_that_is_too_long_is_malformed(void **state)
{
	struct pair *p = *state;
	const struct wire_head head = {
	    .kind = WIRE_OCSP, .length = WIRE_MAX - sizeof(head)};
	struct wire_head got;
	uint8_t *data = calloc(1, WIRE_MAX);

	assert_non_null(data);
	raw(p, &head, data, WIRE_MAX - sizeof(head) + 1);
	FAILS(wire_receive(p->b, -1, &got, &p->payload, &err), CA_MALFORMED,
	    "socket pair|more than");
	free(data);
}

static void
a_descriptor_is_not_taken(void **state)
{
	struct pair *p = *state;
	struct wire_head head = {.kind = WIRE_READY}, got;
	struct iovec part = {&head, sizeof(head)};
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr packet = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&packet);
	int before = dup(0), after;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &p->a, sizeof(int));
	(void)close(before);
	assert_int_equal(sendmsg(p->a, &packet, 0), sizeof(head));
	FAILS(wire_receive(p->b, -1, &got, &p->payload, &err), CA_MALFORMED,
	    "socket pair|descriptor");
	after = dup(0);
	assert_int_equal(before, after);
	(void)close(after);
}

static void
an_end_that_is_closed_is_an_error_and_no_signal(void **state)
{
	struct pair *p = *state;
	const struct wire_head head = {.kind = WIRE_READY};
	struct wire_head got;

	(void)signal(SIGPIPE, SIG_DFL);
	WORKS(wire_send(p->a, &head, ca_text("last"), &err));
	assert_int_equal(shutdown(p->a, SHUT_RDWR), 0);
	/* What was sent before it went is still read. */
	WORKS(wire_receive(p->b, 0, &got, &p->payload, &err));
	FAILS(wire_receive(p->b, -1, &got, &p->payload, &err), CA_IO,
	    "socket pair|gone");
	FAILS(wire_send(p->b, &head, ca_text("x"), &err), CA_IO, "socket pair");
}

static void
on_alarm(int number)
{
	(void)number;
}

/* Also when signals come: they neither end nor prolong the wait. */
static void
a_wait_ends(void **state)
{
	struct pair *p = *state;
	const struct itimerval often = {{0, 5000}, {0, 5000}}, never = {0};
	const struct sigaction action = {.sa_handler = on_alarm};
	struct timespec before, after;
	struct wire_head got;
	long ms;

	FAILS(wire_receive(p->b, 0, &got, &p->payload, &err), CA_BUSY,
	    "no answer");
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	FAILS(wire_receive(p->b, 60, &got, &p->payload, &err), CA_BUSY,
	    "no answer for 60 ms");
	(void)clock_gettime(CLOCK_MONOTONIC, &after);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	ms = (after.tv_sec - before.tv_sec) * 1000 +
	    (after.tv_nsec - before.tv_nsec) / 1000000;
	assert_true(ms >= 59);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ON_A_PAIR(a_message_arrives_as_it_was_sent),
	    ON_A_PAIR(the_gaps_between_fields_are_zero),
	    ON_A_PAIR(the_longest_message_passes_and_one_octet_more_does_not),
	    ON_A_PAIR(a_length_that_lies_is_malformed),
	    ON_A_PAIR(a_cut_message_is_malformed_and_the_next_is_read),
	    ON_A_PAIR(a_packet_that_is_too_long_is_malformed),
	    ON_A_PAIR(a_descriptor_is_not_taken),
	    ON_A_PAIR(an_end_that_is_closed_is_an_error_and_no_signal),
	    ON_A_PAIR(a_wait_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
