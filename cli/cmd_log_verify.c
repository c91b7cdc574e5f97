/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log verify: a checkpoint or a proof, without the ledger it came from. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ca/cert.h"
#include "ca/crypto.h"
#include "ca/leaf.h"
#include "ca/name.h"
#include "ca/pem.h"
#include "ca/proof.h"
#include "ca/time.h"
#include "cli/authority_log.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/text.h"

static const struct opt options[] = {
    {"key", OPT_TEXT, "KEY",
	"whose log it must be, as `signet log key` prints it; default: this "
	"home's"},
    {"cert", OPT_TEXT, "FILE", "the certificate that the proof must be about"},
    {0}};

struct job {
	const struct invocation *in;
	struct ca_note_key key;
	struct ca_bytes cert; /* that was given, or {0} */
	struct text text;
};

/* ---- whose log ---- */

static enum ca_status
find_key(
    const struct invocation *in, struct ca_note_key *ret, struct ca_error *err)
{
	const char *given = opt_text(&in->opts, "key");
	struct authority *a = NULL;
	struct ca_error inner = {0};
	enum ca_status st;

	if (given != NULL)
		return ca_note_key_parse(ca_text(given), ret, err);
	if ((st = cmd_open(in, &a, &inner)) == CA_OK)
		st = authority_log_key(a, ret, &inner);
	authority_close(a);
	if (st == CA_NOT_FOUND)
		return ca_fail(err, CA_USAGE,
		    "whose log? say --key KEY, as `signet log key` prints it "
		    "where the log is; there is none at %s",
		    in->home);
	return st == CA_OK ? st : ca_fail(err, st, "%s", inner.msg);
}

/* ---- what is told ---- */

static void
tell_head(struct job *job, const char *what, const struct ca_checkpoint *point)
{
	text_add(&job->text, "%s: signed by ", what);
	text_add_safe(&job->text, point->origin);
	text_add(&job->text, ", %" PRIu64 " entries\n", point->head.size);
}

static void
tell_leaf(struct job *job, const struct ca_leaf *leaf,
    const struct ca_inclusion *inclusion)
{
	char when[CA_TIME_TEXT];

	ca_time_text(leaf->time, when);
	text_add(&job->text, "proof holds: entry %" PRIu64 " of %" PRIu64 ": ",
	    leaf->sequence, inclusion->checkpoint.head.size);
	text_add_safe(&job->text, leaf->kind);
	text_add(&job->text, " %s", when);
	if (leaf->serial.len > 0) {
		text_add(&job->text, ", serial ");
		text_add_hex(&job->text, leaf->serial);
	}
	text_add(&job->text, "\n");
}

/* ---- inclusion ---- */

static enum ca_status
fail_about(struct ca_error *err, const char *why)
{
	return ca_fail(
	    err, CA_UNTRUSTED, "the entry is in the log, and %s", why);
}

static enum ca_status
is_object(const struct ca_leaf *leaf, struct ca_bytes object, bool *ret,
    struct ca_error *err)
{
	uint8_t hash[CA_HASH_MAX];
	enum ca_status st = ca_hash_bytes(CA_HASH_SHA256, object, hash, err);

	if (st == CA_OK)
		*ret = ca_bytes_equal(leaf->object_hash,
		    (struct ca_bytes){hash, LEDGER_HASH_LEN});
	return st;
}

/* The entry has the hash of what comes with it, and its serial. */
static enum ca_status
check_object(struct job *job, const struct ca_leaf *leaf,
    struct ca_bytes object, struct ca_error *err)
{
	struct ca_cert *cert;
	bool same = false;
	enum ca_status st = is_object(leaf, object, &same, err);

	if (st != CA_OK)
		return st;
	if (!same)
		return fail_about(
		    err, "is not about the certificate that comes with it");
	if ((cert = calloc(1, sizeof(*cert))) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	st = ca_bytes_equal(leaf->kind, ca_text(LEDGER_EVENT_INTENDED)) ?
	    ca_cert_parse_tbs(object, cert, err) :
	    ca_cert_parse(object, cert, err);
	if (st == CA_OK && !ca_bytes_equal(cert->serial, leaf->serial))
		st = fail_about(err, "has another serial than its certificate");
	if (st == CA_OK) {
		struct ca_buf subject = {0};

		text_status(
		    &job->text, ca_name_append_text(&subject, cert->subject));
		text_add(&job->text, "certificate: ");
		text_add_safe(&job->text, ca_view(&subject));
		text_add(&job->text, "\n");
		ca_buf_free(&subject);
	}
	free(cert);
	return st;
}

static enum ca_status
check_leaf(
    struct job *job, const struct ca_inclusion *inclusion, struct ca_error *err)
{
	struct ca_leaf leaf;
	bool same = true;
	enum ca_status st;

	if (inclusion->leaf.len == 0)
		return ca_fail(err, CA_MALFORMED,
		    "proof: it says nothing about its entry (no extra line): "
		    "it was not made by signet");
	if ((st = ca_leaf_parse(inclusion->leaf, &leaf, err)) != CA_OK)
		return st;
	if (leaf.sequence != inclusion->index + 1)
		return fail_about(err, "has another number there");
	tell_leaf(job, &leaf, inclusion);
	if (inclusion->object.len > 0 &&
	    (st = check_object(job, &leaf, inclusion->object, err)) != CA_OK)
		return st;
	if (job->cert.len > 0 &&
	    (st = is_object(&leaf, job->cert, &same, err)) != CA_OK)
		return st;
	return same ? CA_OK :
		      fail_about(err, "is not about the certificate given");
}

static enum ca_status
verify_inclusion(struct job *job, struct ca_bytes file, struct ca_error *err)
{
	struct ca_inclusion inclusion = {0};
	enum ca_status st;

	if ((st = ca_inclusion_parse(file, &inclusion, err)) != CA_OK)
		return st;
	if ((st = ca_inclusion_verify(&inclusion, &job->key, err)) == CA_OK) {
		tell_head(job, "checkpoint", &inclusion.checkpoint);
		st = check_leaf(job, &inclusion, err);
	}
	ca_inclusion_free(&inclusion);
	return st;
}

/* ---- the others ---- */

static enum ca_status
verify_consistency(struct job *job, struct ca_bytes file, struct ca_error *err)
{
	struct ca_consistency two;
	enum ca_status st;

	if ((st = ca_consistency_parse(file, &two, err)) != CA_OK ||
	    (st = ca_consistency_verify(&two, &job->key, err)) != CA_OK)
		return st;
	tell_head(job, "earlier checkpoint", &two.earlier);
	tell_head(job, "later checkpoint", &two.later);
	text_add(&job->text,
	    "proof holds: the later log begins with the "
	    "earlier one\n");
	return CA_OK;
}

static enum ca_status
verify_checkpoint(struct job *job, struct ca_bytes file, struct ca_error *err)
{
	struct ca_checkpoint point;
	enum ca_status st;

	if ((st = ca_checkpoint_parse(file, &point, err)) != CA_OK ||
	    (st = ca_checkpoint_verify(&point, &job->key, err)) != CA_OK)
		return st;
	tell_head(job, "checkpoint", &point);
	return CA_OK;
}

static enum ca_status
verify(struct job *job, struct ca_bytes file, struct ca_error *err)
{
	enum ca_proof_kind kind = ca_proof_kind(file);

	if (job->cert.len > 0 && kind != CA_PROOF_INCLUSION)
		return ca_fail(
		    err, CA_USAGE, "--cert: this file is about no certificate");
	switch (kind) {
	case CA_PROOF_INCLUSION:
		return verify_inclusion(job, file, err);
	case CA_PROOF_CONSISTENCY:
		return verify_consistency(job, file, err);
	case CA_PROOF_NONE:
		break;
	}
	return verify_checkpoint(job, file, err);
}

static enum ca_status
read_cert(const struct invocation *in, struct ca_buf *ret, struct ca_error *err)
{
	static const char *const labels[] = {CA_PEM_CERTIFICATE, NULL};
	const char *path = opt_text(&in->opts, "cert");
	struct ca_bytes rest;
	struct ca_buf file = {0};
	char label[CA_PEM_LABEL];
	enum ca_status st;

	if (path == NULL)
		return CA_OK;
	if ((st = file_read(path, FILE_MAX_READ, &file, err)) != CA_OK)
		goto out;
	/* Of a chain the first. */
	rest = ca_view(&file);
	if (ca_pem_is_pem(rest)) {
		st = ca_pem_next(&rest, label, ret, err);
		if (st == CA_OK && strcmp(label, CA_PEM_CERTIFICATE) != 0)
			st = ca_fail(err, CA_MALFORMED,
			    "a PEM block %s where a certificate is wanted",
			    label);
	} else {
		st = ca_pem_single(
		    rest, labels, "a certificate", NULL, ret, err);
	}
	if (st != CA_OK)
		ca_fail_in(err, path);
out:
	ca_buf_free(&file);
	return st;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	const char *path = in->opts.args[0];
	struct job job = {.in = in};
	struct ca_buf file = {0}, cert = {0};
	enum ca_status st;

	if ((st = file_read(path, CA_PROOF_FILE_MAX, &file, err)) != CA_OK ||
	    (st = read_cert(in, &cert, err)) != CA_OK ||
	    (st = find_key(in, &job.key, err)) != CA_OK)
		goto out;
	job.cert = ca_view(&cert);
	if ((st = verify(&job, ca_view(&file), err)) != CA_OK)
		ca_fail_in(err, path);
	else
		st = text_print(&job.text, err);
out:
	text_done(&job.text);
	ca_buf_free(&file);
	ca_buf_free(&cert);
	return st;
}

const struct command cmd_log_verify = {
    .name = "log verify",
    .operands = "FILE",
    .summary = "verify a checkpoint or a proof, without the ledger",
    .about = "FILE is a checkpoint, what `signet log prove` made, or what "
	     "`signet log prove-consistency` made. The signature must be that "
	     "of --key, or of this home's log, and every hash must lead to "
	     "the root that was signed. With --cert the proof must be about "
	     "that certificate. Exit 5 when anything does not hold. With --key "
	     "no home and no network is needed.",
    .examples = "  signet log verify company.tlog-proof --cert company.crt\n"
		"  signet log verify company.tlog-proof --key "
		"\"$(cat lab.log-key)\"\n"
		"  signet log verify lab.consistency\n",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .needs = CMD_LEDGER_ALONE,
    .run = run,
};
