/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wire: what the two processes of `signet serve` say to each other over a
 * socket pair (AF_UNIX, SOCK_SEQPACKET): one packet a message, struct
 * wire_head and then head.length octets. Both ends are of one build, so the
 * struct travels as it is; the front is not trusted with more than asking.
 *
 * The front has one pair for each of its workers and asks one thing at a time
 * on each; the signer answers in the order it reads them.
 *
 *   WIRE_OCSP    payload: an OCSPRequest     answer: an OCSPResponse
 *   WIRE_TEND    no payload                  answer: lines of faults, each
 *                                            with a newline, RESPONDERS_NOTE
 *                                            among them, then lines
 *                                            "NAME SECONDS" of responders:
 *                                            head.faults parts them
 *   WIRE_READY   no payload, no answer: the front is listening
 *
 * What this does not do: encrypt or authenticate; the kernel made the pair.
 */
#ifndef CLI_WIRE_H
#define CLI_WIRE_H

#include "cli/authority_status.h"

#define WIRE_MAX ((size_t)128 * 1024) /* octets of a packet, head included */
#define WIRE_PAIRS_MAX 16

enum wire_kind {
	WIRE_OCSP = 1,
	WIRE_TEND,
	WIRE_READY
};

struct wire_head {
	uint32_t kind;
	uint32_t length; /* of the payload */
	/* In an answer to WIRE_OCSP: struct status_answer's. */
	uint32_t status; /* enum ca_ocsp_status */
	uint32_t cacheable;
	int64_t this_update, next_update;
	struct status_fact fact;
	/* In an answer to WIRE_TEND: how many octets of it are faults. */
	uint32_t faults;
	/* In both: responders_edition(). When it rises, what was answered
	 * before is not to be given again. */
	uint64_t edition;
};

/*
 * Sends one message whole. CA_IO when the other end is gone; no signal is
 * raised. payload is {0} or up to WIRE_MAX - sizeof(*head) octets.
 */
CA_MUST_USE enum ca_status wire_send(int fd, const struct wire_head *head,
    struct ca_bytes payload, struct ca_error *err);
/*
 * Waits for one message; ret_payload is replaced. CA_IO when the other end is
 * gone, CA_BUSY after timeout_ms (-1: never), CA_MALFORMED for a packet that
 * is cut, too long or whose length is not what the head says.
 */
CA_MUST_USE enum ca_status wire_receive(int fd, int timeout_ms,
    struct wire_head *ret, struct ca_buf *ret_payload, struct ca_error *err);

/* How the front is started: its arguments are
 *   signet-front HOME PAIRS LISTENERS [OPTION...]
 * with the pairs' ends as descriptors 3, 4, ... (PAIRS of them) and the
 * listening sockets behind them (LISTENERS of them). SIGTERM asks it to
 * drain; the end of the first pair tells it to stop at once. It ends with
 * exit code 0 after draining. */
#define WIRE_FIRST_FD 3

#endif
