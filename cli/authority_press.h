/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_press: one certificate on its way from a request to its release;
 * the steps of design's "one function to get right", in their order.
 *
 * What this does not do: appear outside the authority*.c files.
 */
#ifndef CLI_AUTHORITY_PRESS_H
#define CLI_AUTHORITY_PRESS_H

#include "ca/csr.h"
#include "cli/authority_internal.h"

struct press {
	struct authority *a;
	const struct signer *signer; /* NULL: a root signs itself */
	const struct ca_issuer *issuer;
	struct ca_sig_alg alg;
	struct ca_key *key; /* NULL for a plan */
	const struct issue_order *order;
	struct issued *out; /* owns what csr and cert point into */
	struct ca_csr csr;
	struct ca_cert cert;                /* parsed from the TBS */
	uint8_t spki_hash[LEDGER_HASH_LEN]; /* of the request's key */
	int64_t now;
	/* an authority that comes into being with this certificate */
	const struct authority_order *adding;
	const char *key_ref;
	const uint8_t *key_file_hash;
	int64_t issuer_row; /* ledger_authority.id */
	/* a certificate that renews another */
	int64_t lineage;   /* of that one; 0 */
	bool keeps_length; /* nobody asked for another validity */
	/* one of a batch */
	struct ca_policy *policy; /* NULL: it is read from the home */
	bool stands; /* clock and signer were asked in this transaction */
	bool many;   /* in a thread of its own: ca_crypto_verify_many() */
};

/* A random serial of 134 bits collides never; a broken generator always. */
#define PRESS_COLLISION_TRIES 5

static inline struct ca_bytes
press_spki_hash(const struct press *press)
{
	return (struct ca_bytes){press->spki_hash, LEDGER_HASH_LEN};
}

/* Parse, possession, policy, validity, serial, TBS, lint: nothing written. */
CA_MUST_USE enum ca_status press_prepare(
    struct press *press, struct ca_error *err);
/* What the ledger says against it: clock, signer, what is
 * renewed, the request's key. Asked for a plan, and once more inside the
 * transaction that writes the intent. */
CA_MUST_USE enum ca_status press_check_ledger(
    struct press *press, struct ca_error *err);
/* Another serial, and the TBS again (checklist 5). */
CA_MUST_USE enum ca_status press_redraw(
    struct press *press, struct ca_error *err);
/* Within a transaction: asks press_check_ledger(), and writes the intent. With
 * *ret_collision the serial is in use: press_redraw(), and again. */
CA_MUST_USE enum ca_status press_record_intent(
    struct press *press, bool *ret_collision, struct ca_error *err);
/* Sign, parse, verify, compare. */
CA_MUST_USE enum ca_status press_sign(
    struct press *press, struct ca_error *err);
/* Within a transaction. */
CA_MUST_USE enum ca_status press_record_outcome(
    struct press *press, struct ca_error *err);
/* Commit the intent, sign, verify, commit the outcome. */
CA_MUST_USE enum ca_status press_run(struct press *press, struct ca_error *err);
/* inner, and what of it is in the ledger now: before the intent was recorded,
 * or after. Of a home that goes with it nothing is said. */
enum ca_status press_say_failure(const struct press *press, bool intended,
    const struct ca_error *inner, struct ca_error *err);

#endif
