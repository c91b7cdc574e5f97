/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * request: certification requests from files, and from what an operator
 * types.
 *
 * What this does not do: judge names beyond their form (ca/policy does).
 */
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include "ca/csr.h"
#include "ca/key.h"
#include "ca/san.h"

/* Reads one request, PEM or DER, from a file or "-"; DER into ret. */
CA_MUST_USE enum ca_status request_read(
    const char *path, struct ca_buf *ret, struct ca_error *err);

/* Names gathered from a command line. */
struct wishes {
	struct ca_san sans[CA_SAN_MAX];
	struct ca_buf values[CA_SAN_MAX];
	size_t count;
	struct ca_buf subject; /* whole Name element */
};

struct wishes *wishes_new(void);
void wishes_free(struct wishes *wishes);
CA_MUST_USE enum ca_status wishes_add(struct wishes *wishes,
    enum ca_san_type type, const char *text, struct ca_error *err);
/* text as request_subject() reads it; NULL: the first name as CN when it is a
 * host name or a mailbox of at most 64 octets, else an empty subject. */
CA_MUST_USE enum ca_status wishes_subject(
    struct wishes *wishes, const char *text, struct ca_error *err);
CA_MUST_USE enum ca_status wishes_request(const struct wishes *wishes,
    struct ca_key *key, struct ca_rng *rng, struct ca_buf *ret_der,
    struct ca_error *err);
/* The Name of one attribute CN, or what a text with '=' says. Appends. */
CA_MUST_USE enum ca_status request_subject(
    const char *text, struct ca_buf *ret, struct ca_error *err);

#endif
