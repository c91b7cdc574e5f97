/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * proof: what a log hands out to be verified without it, in one file each.
 *
 * That a leaf is in it, C2SP tlog-proof v1:
 *
 *	c2sp.org/tlog-proof@v1
 *	extra BASE64(uint16 length, leaf | what the leaf is about)
 *	index N
 *	BASE64 of each hash, from the leaf up
 *
 *	a checkpoint
 *
 * and that an earlier checkpoint's log is the beginning of a later one's:
 *
 *	signet/log-consistency@v1
 *	BASE64 of each hash, RFC 9162 2.1.4
 *
 *	the earlier checkpoint
 *
 *	the later checkpoint
 *
 * What this does not do: know what a leaf says (ca/leaf).
 */
#ifndef CA_PROOF_H
#define CA_PROOF_H

#include "ca/checkpoint.h"

#define CA_PROOF_FILE_MAX ((size_t)4 * 1024 * 1024)

enum ca_proof_kind {
	CA_PROOF_NONE = 0, /* a checkpoint, or none of ours */
	CA_PROOF_INCLUSION,
	CA_PROOF_CONSISTENCY
};
/* By the first line. */
enum ca_proof_kind ca_proof_kind(struct ca_bytes file);

/* The checkpoint is a view of what was parsed; free with
 * ca_inclusion_free(). */
struct ca_inclusion {
	struct ca_buf extra;
	struct ca_bytes leaf;   /* in extra; {0} when there is no extra */
	struct ca_bytes object; /* in extra: a certificate's DER, or {0} */
	uint64_t index;
	struct ca_merkle_proof path;
	struct ca_checkpoint checkpoint;
};
CA_MUST_USE enum ca_status ca_inclusion_parse(
    struct ca_bytes file, struct ca_inclusion *ret, struct ca_error *err);
void ca_inclusion_free(struct ca_inclusion *inclusion);
/* Appends the file; note is the checkpoint's whole text. */
CA_MUST_USE enum ca_status ca_inclusion_append(struct ca_buf *buf,
    struct ca_bytes leaf, struct ca_bytes object, uint64_t index,
    const struct ca_merkle_proof *path, struct ca_bytes note,
    struct ca_error *err);
/* The checkpoint is key's, and the leaf in its tree. CA_UNTRUSTED. */
CA_MUST_USE enum ca_status ca_inclusion_verify(
    const struct ca_inclusion *inclusion, const struct ca_note_key *key,
    struct ca_error *err);

struct ca_consistency {
	struct ca_merkle_proof path;
	struct ca_checkpoint earlier, later; /* views */
};
CA_MUST_USE enum ca_status ca_consistency_parse(
    struct ca_bytes file, struct ca_consistency *ret, struct ca_error *err);
CA_MUST_USE enum ca_status ca_consistency_append(struct ca_buf *buf,
    const struct ca_merkle_proof *path, struct ca_bytes earlier,
    struct ca_bytes later, struct ca_error *err);
/* Both are key's, and one is the beginning of the other. CA_UNTRUSTED. */
CA_MUST_USE enum ca_status ca_consistency_verify(
    const struct ca_consistency *consistency, const struct ca_note_key *key,
    struct ca_error *err);

#endif
