/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_log: the transparency log of a home. Every event of the ledger is
 * a leaf of it (db/ledger_log.h); its key signs checkpoints, and nothing else.
 *
 * The key is log/log.key, apart from the authorities' keys and without a
 * passphrase, so that every CRL comes with a checkpoint, whoever makes it. Its
 * public half and the log's name, the origin, are in the ledger. The origin is
 * signet/ and the first 16 hex digits of the SHA-256 of the first root's public
 * key: who has the root's certificate can tell.
 *
 * What this does not do: keep a CRL or a revocation back where a checkpoint
 * cannot be signed; it says so instead.
 */
#ifndef CLI_AUTHORITY_LOG_H
#define CLI_AUTHORITY_LOG_H

#include "ca/checkpoint.h"
#include "cli/pass.h"
#include "db/ledger_log.h"

struct authority;

/* RFC 9162's hashes, for ledger_options. */
const struct ledger_hasher *log_hasher(void);

/* Part of struct authority. */
struct log_signer {
	struct ca_note_key key;
	struct ca_key *secret;   /* NULL until authority_log_open() */
	struct ca_error trouble; /* why the last CRL has no checkpoint */
};
void log_signer_done(struct log_signer *signer);

/*
 * Reads the log's key, or makes it where the ledger knows none, in a
 * transaction of its own. pass may be NULL: a key that somebody has encrypted
 * is CA_USAGE then. CA_NOT_FOUND when the file is gone, CA_REFUSED when it
 * holds another key.
 */
CA_MUST_USE enum ca_status authority_log_open(
    struct authority *a, const struct pass *pass, struct ca_error *err);
/* Another key for the same log, in place of one that was lost. */
CA_MUST_USE enum ca_status authority_log_rekey(
    struct authority *a, struct ca_error *err);
/* What checkpoints are verified with now. CA_NOT_FOUND when there is none. */
CA_MUST_USE enum ca_status authority_log_key(
    struct authority *a, struct ca_note_key *ret, struct ca_error *err);
/* Signed by any key that the log has had: else CA_UNTRUSTED. */
CA_MUST_USE enum ca_status authority_log_verify(struct authority *a,
    const struct ca_checkpoint *checkpoint, struct ca_error *err);

/* ---- checkpoints ---- */

/* Of the log as it is now, signed and recorded unless that was done before.
 * Appends it. */
CA_MUST_USE enum ca_status authority_log_checkpoint(struct authority *a,
    const struct pass *pass, struct ca_buf *ret, struct ca_error *err);
/* The same for what is about to be committed. Where the key cannot be used
 * that is kept for authority_log_trouble(), and is CA_OK. */
CA_MUST_USE enum ca_status authority_log_mark(
    struct authority *a, int64_t now, struct ca_error *err);
/* Why the last authority_publish() recorded no checkpoint; NULL when it did. */
const char *authority_log_trouble(const struct authority *a);
/* The newest that is recorded goes to log/checkpoint, unless it is there. */
CA_MUST_USE enum ca_status authority_log_copy(
    struct authority *a, struct ca_error *err);

/* The present log begins so: CA_UNTRUSTED when it is shorter, or another. */
CA_MUST_USE enum ca_status authority_log_is_beginning(struct authority *a,
    const struct ca_merkle_head *earlier, struct ca_error *err);

/* ---- proofs, as ca/proof has them ---- */

/* That what became of this certificate (ledger_cert.id), issued or intended,
 * is in the log. A new checkpoint is made where none has it. */
CA_MUST_USE enum ca_status authority_log_prove(struct authority *a, int64_t row,
    const struct pass *pass, struct ca_buf *ret, struct ca_error *err);
/* From an earlier checkpoint of this log to the present one. CA_UNTRUSTED when
 * it is no beginning of this log. */
CA_MUST_USE enum ca_status authority_log_prove_consistency(struct authority *a,
    struct ca_bytes earlier, const struct pass *pass, struct ca_buf *ret,
    struct ca_error *err);

#endif
