/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * checkpoint: what a log says it is at one moment, as C2SP tlog-checkpoint, a
 * signed note (ca/note) whose text is
 *
 *	ORIGIN, which log it is
 *	its size in decimal
 *	its root in base64
 *
 * What this does not do: say when that was; a checkpoint has no date.
 */
#ifndef CA_CHECKPOINT_H
#define CA_CHECKPOINT_H

#include "ca/merkle.h"
#include "ca/note.h"

/* origin and note are views of what was parsed. */
struct ca_checkpoint {
	struct ca_bytes origin;
	struct ca_merkle_head head;
	struct ca_signed_note note;
};
/* Strict, but for further lines of the text, which are others' and ignored.
 * CA_MALFORMED. */
CA_MUST_USE enum ca_status ca_checkpoint_parse(
    struct ca_bytes file, struct ca_checkpoint *ret, struct ca_error *err);
/* Signed by this key, whose name is the origin; else CA_UNTRUSTED. */
CA_MUST_USE enum ca_status ca_checkpoint_verify(
    const struct ca_checkpoint *checkpoint, const struct ca_note_key *key,
    struct ca_error *err);
/* Appends one, the origin being the key's name. */
CA_MUST_USE enum ca_status ca_checkpoint_sign(const struct ca_merkle_head *head,
    const struct ca_note_key *key, struct ca_key *secret, struct ca_rng *rng,
    struct ca_buf *ret, struct ca_error *err);

/* ---- for what is made of such lines (ca/proof) ---- */

/* Takes a line off the front, without its newline; false when there is none. */
bool ca_checkpoint_line(struct ca_bytes *in, struct ca_bytes *ret);
/* Decimal without leading zeroes, at most CA_MERKLE_SIZE_MAX. */
bool ca_checkpoint_number(struct ca_bytes text, uint64_t *ret);
/* Base64 of 32 octets. */
bool ca_checkpoint_hash(struct ca_bytes text, struct ca_merkle_hash *ret);

#endif
