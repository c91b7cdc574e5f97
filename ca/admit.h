/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * admit: the parts of ca_policy_admit(), shared by the files admit*.c and by
 * nobody else.
 *
 * What this does not do: anything a caller outside needs; see ca/policy.h.
 */
#ifndef CA_ADMIT_H
#define CA_ADMIT_H

#include "ca/policy.h"

struct admission {
	const struct ca_policy *policy;
	const struct ca_wish *wish;
	struct ca_error *err;
	struct ca_grant grant; /* what has been granted so far */
	struct ca_san sans[CA_SAN_MAX];
	size_t san_count;
	struct ca_buf values; /* what sans points into: never grown */
};

/* Fills sans and the grant's subjectAltName. */
CA_MUST_USE enum ca_status admit_names(struct admission *ad);
/* The grant's subject; after the names, which a commonName may have to be. */
CA_MUST_USE enum ca_status admit_subject(struct admission *ad);
/* Key usage, path length, name constraints; what the policy adds. */
CA_MUST_USE enum ca_status admit_extensions(struct admission *ad);
/* What the request asked for in extensions: reported or refused. */
CA_MUST_USE enum ca_status admit_requested(struct admission *ad);

/* A note whose why is the policy's file:line and, if not NULL, more. */
void admit_note(struct admission *ad, enum ca_origin origin, const char *field,
    struct ca_bytes text, unsigned line, const char *more);
/* Out of memory, as an error. */
CA_MUST_USE enum ca_status admit_no_memory(struct admission *ad);
/* Octets below 0x80 lowered in place. */
void admit_lower(uint8_t *text, size_t len);

#endif
