/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * batch_job: what `sign --batch` and `issue --batch` share: many entries, their
 * files in a folder or on standard output, how far it is, what came of each.
 *
 * Files are written a group at a time and are durable when they are told of.
 * Ctrl-C ends it after the groups that were begun.
 *
 * The options are CMD_OPT_CA, CMD_OPTS_TERM, CMD_OPT_PASSIN, "out-dir",
 * "force", "chain" and those of BATCH_OPTS.
 *
 * What this does not do: say where requests come from.
 */
#ifndef CLI_BATCH_JOB_H
#define CLI_BATCH_JOB_H

#include <stdio.h>

#include "cli/authority_batch.h"
#include "cli/cmd.h"
#include "cli/file_stream.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/text.h"

#define BATCH_OPTS                                                           \
	{"resume", OPT_FLAG, NULL,                                           \
	    "with --batch: what is signed already is not signed again"},     \
	    {"report", OPT_TEXT, "FILE",                                     \
		"with --batch: what came of each, as CSV"},                  \
	    {"threads", OPT_TEXT, "N",                                       \
		"with --batch: one a processor is the "                      \
		"default"},                                                  \
	{                                                                    \
		"no-tables", OPT_FLAG, NULL,                                 \
		    "with --batch: an ECDSA key signs without tables whose " \
		    "use depends on secrets; slower"                         \
	}

/* One certificate to be. */
struct batch_entry {
	struct ca_buf label; /* what it is called: "a.csr", "names.csv:3" */
	struct ca_buf stem;  /* its files' name, without what is behind */
	struct ca_buf crt;   /* the certificate's path; empty: no folder */
	/* the command's own */
	size_t begin, len;      /* in what it has read */
	struct ca_buf key, csr; /* paths */
	struct ca_buf key_pem, key_ref;
	bool key_is_there;
};

struct batch_job {
	const struct invocation *in;
	struct authority *a;
	struct signer signer;
	struct batch batch;
	struct batch_entry *entries;
	size_t count, room;
	enum file_existing existing;
	bool resumes, chain;
	void *ctx; /* the command's own */
	/* Of an entry, in the caller's thread: fills item->request, or leaves
	 * that to batch.make. */
	enum ca_status (*read)(struct batch_job *job, struct batch_entry *entry,
	    struct batch_item *item, struct ca_error *err);
	/* More files of one that was issued: begins them, at most
	 * BATCH_MORE. */
	enum ca_status (*more)(struct batch_job *job,
	    const struct batch_entry *entry, const struct batch_item *item,
	    struct file_stream *files, size_t *count, struct ca_error *err);
	/* Told of each when its group is released; or NULL. */
	void (*drop)(
	    const struct batch_entry *entry, const struct batch_item *item);
	/* the job's */
	size_t at, signed_ones, refused, before;
	enum ca_status first;
	struct ca_error last;
	struct progress progress;
	struct interrupts interrupts;
	struct text report, out;
};
#define BATCH_MORE 2

/* Checks the options that go with each other; opens the home. To be ended with
 * batch_job_done() in any case. */
CA_MUST_USE enum ca_status batch_job_open(
    struct batch_job *job, const struct invocation *in, struct ca_error *err);
/* CA_USAGE when an option of BATCH_OPTS is given without --batch. */
CA_MUST_USE enum ca_status batch_job_check_none(
    const struct invocation *in, struct ca_error *err);
/* A new entry, zero but for its label; NULL without memory. Valid until the
 * next is added. */
struct batch_entry *batch_job_add(struct batch_job *job, const char *label);
/* The path of an entry's file in folder, with a NUL; ret is appended to. */
CA_MUST_USE enum ca_status batch_job_path(const struct batch_entry *entry,
    const char *folder, const char *suffix, struct ca_buf *ret,
    struct ca_error *err);
/*
 * Two outputs that are one file are CA_USAGE, and a folder that cannot be
 * written is what file_check_writable() says. Then the passphrase, the work,
 * and the summary. CA_OK when nothing was refused, else the first status.
 */
CA_MUST_USE enum ca_status batch_job_run(
    struct batch_job *job, const char *policy, struct ca_error *err);
/*
 * The newest certificate of this request (its key, its octets), by the job's
 * signer and policy, which is neither revoked nor expired: its DER to ret.
 * CA_NOT_FOUND. spki_hash as in the ledger; request {0}: whatever it was.
 */
CA_MUST_USE enum ca_status batch_job_find(struct batch_job *job,
    struct ca_bytes spki_hash, struct ca_bytes request, struct ca_buf *ret,
    struct ca_error *err);
void batch_job_done(struct batch_job *job);

#endif
