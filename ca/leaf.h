/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * leaf: one event of the ledger as the log has it, and as db/ledger.h writes
 * it down: what happened, when, of whose certificate.
 *
 * What this does not do: write one; the ledger does, once for all.
 */
#ifndef CA_LEAF_H
#define CA_LEAF_H

#include "ca/base.h"

/* Views of what was parsed. */
struct ca_leaf {
	uint64_t sequence; /* from 1: its place in the log, plus one */
	int64_t time;      /* Unix seconds */
	struct ca_bytes kind;
	struct ca_bytes issuer_spki_hash; /* empty, or 32 octets */
	struct ca_bytes serial;           /* magnitude, or empty */
	struct ca_bytes object_hash;      /* empty, or 32 octets */
};
/* Strict, to the last octet. CA_MALFORMED; CA_REFUSED for another version. */
CA_MUST_USE enum ca_status ca_leaf_parse(
    struct ca_bytes octets, struct ca_leaf *ret, struct ca_error *err);

#endif
