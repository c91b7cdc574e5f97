/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#define PAYLOAD_MAX (WIRE_MAX - sizeof(struct wire_head))

/* Field by field onto zeroes: what lies between the fields is nobody's. */
static void
copy_head(struct wire_head *to, const struct wire_head *from, size_t length)
{
	memset(to, 0, sizeof(*to));
	to->kind = from->kind;
	to->length = (uint32_t)length;
	to->status = from->status;
	to->cacheable = from->cacheable;
	to->this_update = from->this_update;
	to->next_update = from->next_update;
	to->fact.issuer = from->fact.issuer;
	memcpy(to->fact.serial, from->fact.serial, sizeof(to->fact.serial));
	to->fact.serial_len = from->fact.serial_len;
	to->fact.known = from->fact.known;
	to->fact.revoked_at = from->fact.revoked_at;
	to->fact.reason = from->fact.reason;
	memcpy(to->fact.responder, from->fact.responder,
	    sizeof(to->fact.responder));
	to->fact.responder_len = from->fact.responder_len;
	to->faults = from->faults;
	to->edition = from->edition;
}

enum ca_status
wire_send(int fd, const struct wire_head *head, struct ca_bytes payload,
    struct ca_error *err)
{
	struct wire_head clean;
	struct iovec parts[2] = {{&clean, sizeof(clean)},
	    {(void *)(uintptr_t)payload.data, payload.len}};
	const struct msghdr packet = {
	    .msg_iov = parts, .msg_iovlen = payload.len > 0 ? 2 : 1};
	ssize_t sent;

	if (payload.len > PAYLOAD_MAX)
		return ca_fail(err, CA_INTERNAL,
		    "socket pair: a message of %zu octets; %zu are the most",
		    payload.len, PAYLOAD_MAX);
	copy_head(&clean, head, payload.len);
	do
		sent = sendmsg(fd, &packet, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return ca_fail(err, CA_IO,
		    "socket pair: the other process does not take a message: "
		    "%s",
		    strerror(errno));
	/* A packet goes whole or not at all. */
	return CA_OK;
}

static int64_t
now_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum ca_status
wait_readable(int fd, int timeout_ms, struct ca_error *err)
{
	const int64_t end = now_ms() + timeout_ms;
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	int left = timeout_ms, count;

	while ((count = poll(&ready, 1, left)) < 0 && errno == EINTR) {
		int64_t more = end - now_ms();

		if (timeout_ms >= 0)
			left = more > 0 ? (int)more : 0;
	}
	if (count < 0)
		return ca_fail(err, CA_IO, "socket pair: %s", strerror(errno));
	if (count == 0)
		return ca_fail(err, CA_BUSY, "socket pair: no answer for %d ms",
		    timeout_ms);
	return CA_OK;
}

/* CA_MALFORMED: cut, too long, with a descriptor, or a length that lies. */
static enum ca_status
check_packet(const struct msghdr *packet, size_t got,
    const struct wire_head *head, struct ca_error *err)
{
	if ((packet->msg_flags & MSG_TRUNC) != 0)
		return ca_fail(err, CA_MALFORMED,
		    "socket pair: a message of more than %zu octets", WIRE_MAX);
	if ((packet->msg_flags & MSG_CTRUNC) != 0)
		return ca_fail(err, CA_MALFORMED,
		    "socket pair: a message that brings a descriptor");
	if (got < sizeof(*head))
		return ca_fail(err, CA_MALFORMED,
		    "socket pair: a message of %zu octets; its head has %zu",
		    got, sizeof(*head));
	if (head->length != got - sizeof(*head))
		return ca_fail(err, CA_MALFORMED,
		    "socket pair: a message says it has %lu octets and has "
		    "%zu",
		    (unsigned long)head->length, got - sizeof(*head));
	return CA_OK;
}

enum ca_status
wire_receive(int fd, int timeout_ms, struct wire_head *ret,
    struct ca_buf *ret_payload, struct ca_error *err)
{
	struct wire_head head;
	struct iovec parts[2] = {{&head, sizeof(head)}, {NULL, PAYLOAD_MAX}};
	struct msghdr packet = {.msg_iov = parts, .msg_iovlen = 2};
	enum ca_status st;
	ssize_t got;

	ca_buf_clear(ret_payload);
	if (ca_buf_reserve(ret_payload, PAYLOAD_MAX) != CA_OK)
		return ca_fail(err, CA_MEMORY, "out of memory");
	parts[1].iov_base = ret_payload->data;
	if ((st = wait_readable(fd, timeout_ms, err)) != CA_OK)
		return st;
	do
		got = recvmsg(fd, &packet, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return ca_fail(err, CA_IO, "socket pair: %s", strerror(errno));
	if (got == 0)
		return ca_fail(
		    err, CA_IO, "socket pair: the other process is gone");
	if ((st = check_packet(&packet, (size_t)got, &head, err)) != CA_OK)
		return st;
	ret_payload->len = head.length;
	*ret = head;
	return CA_OK;
}
