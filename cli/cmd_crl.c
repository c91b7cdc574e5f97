/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "ca/pem.h"
#include "ca/time.h"
#include "cli/authority_log.h"
#include "cli/cmd.h"
#include "cli/crl_copy.h"
#include "cli/crl_warning.h"
#include "cli/file.h"
#include "cli/print.h"

#define AUTHORITIES_MAX 256

static const struct opt options[] = {CMD_OPT_CA,
    {"all", OPT_FLAG, NULL, "a new CRL of every authority"},
    {"bundle", OPT_FLAG, NULL,
	"the current CRL of every authority in one PEM: what nginx needs"},
    {"out", OPT_TEXT, "FILE",
	"where to; replaced atomically; default standard output"},
    {"der", OPT_FLAG, NULL, "DER instead of PEM"},
    {"delta", OPT_FLAG, NULL,
	"delta CRLs: what changed since the CRL in force"},
    {"due", OPT_FLAG, NULL,
	"only where a new one is due (for cron); else do nothing"},
    {"next-update", OPT_TEXT, "TIME",
	"how long it is valid, instead of what the policy says: 7d; at most "
	"366d, or as the policy says"},
    CMD_OPT_PASSIN, {0}};

struct job {
	const struct invocation *in;
	struct authority *a;
	int64_t next_update;
	bool delta;
	char names[AUTHORITIES_MAX][48];
	size_t count;
	struct ca_error kept; /* why a CRL is not new that should be */
	bool kept_is_due;     /* more than that the key does not open */
	bool incomplete;      /* an authority has no CRL at all */
	bool published;       /* a new CRL, and with it a checkpoint */
};

/* ---- one ---- */

struct release {
	struct job *job;
	size_t count;
	struct ca_error *err;
};

static enum ca_status
write_copy(struct release *release, const char *name, struct ca_bytes der)
{
	release->count++;
	return crl_copy_write(release->job->a, name, der, release->err);
}

/* Dropped: others have published since, and written theirs. */
static enum ca_status
keep_copy(void *ctx, const char *name, const struct ledger_crl *row)
{
	return row->der.len > 0 ? write_copy(ctx, name, row->der) : CA_OK;
}

struct room {
	const struct job *job;
	struct ca_error *err;
};

static enum ca_status
check_room(void *ctx, const char *name)
{
	const struct room *room = ctx;
	struct ca_buf path = {0};
	enum ca_status st;

	st = ca_buf_printf(&path, "%s/crl/%s.crl", room->job->in->home, name);
	if (st != CA_OK || ca_buf_text(&path) == NULL)
		st = ca_fail(room->err, CA_MEMORY, "out of memory");
	else
		st = file_check_writable(
		    ca_buf_text(&path), FILE_REPLACE, room->err);
	ca_buf_free(&path);
	return st;
}

/* A number is not spent on a list that cannot be put into the home. */
static enum ca_status
check_rooms(struct job *job, const struct signer *signer, struct ca_error *err)
{
	const struct crl_order order = {.delta = job->delta};
	struct room room = {job, err};

	return authority_each_crl_name(
	    job->a, signer, &order, check_room, &room, err);
}

/* der: the one of no partition. What was recorded is not lost when the disk
 * fills up just now. */
static enum ca_status
keep_copies(struct job *job, struct signer *signer, int64_t number,
    struct ca_bytes der, size_t *ret_count, struct ca_error *err)
{
	struct ca_error inner = {0};
	struct release release = {.job = job, .err = &inner};
	char name[CRL_NAME];
	enum ca_status st;

	crl_name(name, signer->name, 0, 0, job->delta);
	st = write_copy(&release, name, der);
	if (st == CA_OK)
		st = authority_each_other_published(job->a, signer, number,
		    job->delta, keep_copy, &release, &inner);
	if (st == CA_OK)
		st = crl_copy_sync(job->a, &inner);
	*ret_count = release.count;
	if (st == CA_OK)
		return st;
	return ca_fail(err, st,
	    "%s; the CRL is signed and in the ledger: `signet crl --ca %s "
	    "--due` puts it there",
	    inner.msg, signer->name);
}

/* Somebody may have encrypted its key. What is wrong with it is told when the
 * CRL is there. */
static void
open_log(const struct job *job)
{
	struct ca_error inner = {0};

	if (authority_log_open(job->a, &job->in->pass, &inner) != CA_OK)
		return;
}

/* A CRL is not kept back for it. */
static void
keep_checkpoint(const struct job *job)
{
	const char *trouble = authority_log_trouble(job->a);
	struct ca_error inner = {0};

	if (trouble != NULL)
		term_note(
		    &job->in->term, "no checkpoint of the log: %s", trouble);
	else if (authority_log_copy(job->a, &inner) != CA_OK)
		term_note(&job->in->term,
		    "%s; the checkpoint of the log is in the ledger: `signet "
		    "log checkpoint` puts it there",
		    inner.msg);
}

static enum ca_status
publish(struct job *job, struct signer *signer, struct ca_buf *ret_der,
    struct ca_error *err)
{
	const struct crl_order order = {
	    .delta = job->delta, .next_update = job->next_update};
	const int64_t before = crl_newest_update(job->a, signer);
	int64_t number = 0;
	size_t count = 0;
	enum ca_status st;

	if ((st = check_rooms(job, signer, err)) != CA_OK ||
	    (st = signer_unlock(job->a, signer, &job->in->pass, err)) != CA_OK)
		return st;
	open_log(job);
	if ((st = authority_publish(
		 job->a, signer, &order, &number, ret_der, err)) != CA_OK ||
	    (st = keep_copies(
		 job, signer, number, ca_view(ret_der), &count, err)) != CA_OK)
		return st;
	job->published = true;
	crl_warn_of_date(&job->in->term, job->a, signer, before);
	if (job->delta)
		crl_warn_of_unread(&job->in->term, job->a, signer);
	if (count == 1)
		term_note(&job->in->term, "%s: new %sCRL", signer->name,
		    job->delta ? "delta " : "");
	else
		term_note(&job->in->term, "%s: %zu new CRLs, number %lld",
		    signer->name, count, (long long)number);
	return CA_OK;
}

/* ret_der stays empty when none is due. No key is asked for then. */
static enum ca_status
make_one(struct job *job, const char *name, struct ca_buf *ret_der,
    struct ca_error *err)
{
	struct signer signer = {0};
	bool due = true;
	enum ca_status st;

	if ((st = signer_open(job->a, name, &signer, err)) != CA_OK)
		return st;
	if (opt_flag(&job->in->opts, "due"))
		st = authority_crl_due(job->a, &signer, job->delta, &due, err);
	if (st == CA_OK && due)
		st = publish(job, &signer, ret_der, err);
	else if (st == CA_OK &&
	    (st = crl_copy_missing(job->a, &signer, job->delta, err)) == CA_OK)
		term_note(&job->in->term, "%s: no new %sCRL is due",
		    signer.name, job->delta ? "delta " : "");
	signer_done(&signer);
	return st;
}

/* ---- all ---- */

static enum ca_status
take_name(void *ctx, const struct ledger_authority *row)
{
	struct job *job = ctx;

	if (row->certificate == 0 || job->count == AUTHORITIES_MAX)
		return CA_OK;
	(void)strncpy(
	    job->names[job->count], row->name, sizeof(job->names[0]) - 1);
	job->count++;
	return CA_OK;
}

struct newest {
	struct ca_buf *der;
	int64_t next_update;
};

static enum ca_status
take_newest(void *ctx, const struct ledger_crl *row)
{
	struct newest *newest = ctx;

	if (row->der.len == 0)
		return CA_NOT_FOUND; /* not dropped by us: `audit` says it */
	newest->next_update = row->next_update;
	return ca_buf_append(newest->der, row->der);
}

static enum ca_status
take_id(void *ctx, const struct ledger_authority *row)
{
	*(int64_t *)ctx = row->id;
	return CA_OK;
}

/* The CRL that is in force; CA_NOT_FOUND when there is none or it is old. */
static enum ca_status
current_one(struct job *job, const char *name, struct ca_buf *ret_der,
    struct ca_error *err)
{
	struct newest newest = {.der = ret_der};
	int64_t id = 0;
	struct ledger *ledger = authority_ledger(job->a);
	enum ca_status st;

	st = ledger_authority_by_name(ledger, name, take_id, &id, err);
	if (st == CA_OK)
		st = ledger_last_crl(ledger, id, take_newest, &newest, NULL);
	if (st == CA_OK && newest.next_update > authority_now(job->a))
		return CA_OK;
	return ca_fail(err, st == CA_OK ? CA_NOT_FOUND : st,
	    "%s: has no current CRL; `signet crl --ca %s` makes one", name,
	    name);
}

/* Or below one that is: it makes no CRL any more. */
static bool
is_revoked(struct job *job, const char *name)
{
	int64_t id = 0;

	return ledger_authority_by_name(authority_ledger(job->a), name, take_id,
		   &id, NULL) == CA_OK &&
	    authority_check_standing(job->a, id, NULL) == CA_REFUSED;
}

/* Nothing is due while the old one says all there is to say and is not about
 * to end, or where nobody can sign another. A key that is kept elsewhere is
 * fetched when it is due; one that is here is asked for in vain. */
static bool
is_wanting(struct job *job, const char *name, bool *ret_due)
{
	struct signer signer = {0};
	bool here = true;

	*ret_due = false;
	if (is_revoked(job, name))
		return false;
	if (signer_open(job->a, name, &signer, NULL) == CA_OK) {
		here = signer_key_is_here(job->a, &signer);
		if (authority_crl_due(
			job->a, &signer, job->delta, ret_due, NULL) != CA_OK)
			*ret_due = true;
	}
	signer_done(&signer);
	return here || *ret_due;
}

/* One is the error of them all: the first, or the first that is due. Of the
 * others it is a note. */
static void
blame(struct job *job, const struct ca_error *why, bool due)
{
	bool more = job->kept.status == CA_OK || (due && !job->kept_is_due);
	const struct ca_error *less = more ? &job->kept : why;

	if (less->status != CA_OK)
		term_note(&job->in->term, "%s", less->msg);
	if (!more)
		return;
	job->kept = *why;
	job->kept_is_due = due;
}

static void
keep_old(struct job *job, const char *name, const struct ca_error *inner)
{
	struct ca_error why = {0};
	bool due;

	if (!is_wanting(job, name, &due)) {
		term_note(&job->in->term, "%s: the CRL in force is kept: %s",
		    name, inner->msg);
		return;
	}
	(void)ca_fail(&why, inner->status, "%s: %s: %s", name,
	    due ? "a new CRL is due, and the old one is kept" :
		  "no new CRL, the one in force is kept",
	    inner->msg);
	blame(job, &why, due);
}

/*
 * With --all a new one. Where that cannot be (the root's key is locked away,
 * the authority is revoked), the one in force serves, and it is said. Of a
 * revoked authority there need be none: nobody trusts what is below it.
 */
static enum ca_status
one_of_all(struct job *job, const char *name, struct ca_buf *ret_der,
    struct ca_error *err)
{
	struct ca_error inner = {0};
	enum ca_status st = CA_OK;

	if (opt_flag(&job->in->opts, "all")) {
		st = make_one(job, name, ret_der, &inner);
		if (st == CA_OK && (ret_der->len > 0 || job->delta))
			return CA_OK;
		/* None was due: the one in force. */
		if (st == CA_OK)
			return current_one(job, name, ret_der, err);
		ca_buf_clear(ret_der);
		if (st == CA_IO || st == CA_BUSY)
			return ca_fail(err, st, "%s", inner.msg);
	}
	if (current_one(job, name, ret_der, st == CA_OK ? &inner : NULL) ==
	    CA_OK) {
		if (st != CA_OK)
			keep_old(job, name, &inner);
		return CA_OK;
	}
	ca_buf_clear(ret_der);
	if (is_revoked(job, name)) {
		term_note(&job->in->term,
		    "%s: is revoked and has no CRL in force: left out", name);
		return CA_OK;
	}
	if (!opt_flag(&job->in->opts, "all"))
		return ca_fail(err, inner.status, "%s", inner.msg);
	/* No bundle then, and the others are made all the same. */
	job->incomplete = true;
	blame(job, &inner, true);
	return CA_OK;
}

/* One that cannot sign is seen to later. */
static enum ca_status
check_rooms_of(struct job *job, const char *name, struct ca_error *err)
{
	struct signer signer = {0};
	bool due = true;
	enum ca_status st = CA_OK;

	if (signer_open(job->a, name, &signer, NULL) != CA_OK)
		return CA_OK;
	if (opt_flag(&job->in->opts, "due"))
		st = authority_crl_due(job->a, &signer, job->delta, &due, err);
	if (st == CA_OK && due)
		st = check_rooms(job, &signer, err);
	signer_done(&signer);
	return st;
}

static enum ca_status
every_one(struct job *job, struct ca_buf *ret_pem, struct ca_error *err)
{
	bool all = opt_flag(&job->in->opts, "all");
	enum ca_status st = ledger_each_authority(
	    authority_ledger(job->a), take_name, job, err);

	for (size_t i = 0; i < job->count && all && st == CA_OK; i++)
		st = check_rooms_of(job, job->names[i], err);
	for (size_t i = 0; i < job->count && st == CA_OK; i++) {
		struct ca_buf der = {0};

		st = one_of_all(job, job->names[i], &der, err);
		if (st == CA_OK && der.len > 0)
			st = ca_pem_append(ret_pem, CA_PEM_CRL, ca_view(&der));
		ca_buf_free(&der);
	}
	return st;
}

/* ---- the command ---- */

static enum ca_status
check_options(struct job *job, struct ca_error *err)
{
	const struct opts *opts = &job->in->opts;
	const char *next = opt_text(opts, "next-update");
	bool many = opt_flag(opts, "all") || opt_flag(opts, "bundle");

	if (next != NULL &&
	    (ca_duration_parse(next, &job->next_update) != CA_OK ||
		job->next_update <= 0))
		return ca_fail(err, CA_USAGE,
		    "--next-update %.40s: a duration is a count and "
		    "s, m, h, d, w or y: 7d",
		    next);
	if (many && opt_text(opts, "ca") != NULL)
		return ca_fail(err, CA_USAGE,
		    "--ca names one authority, --all and --bundle "
		    "mean every one");
	if (job->delta && opt_flag(opts, "bundle"))
		return ca_fail(err, CA_USAGE,
		    "--bundle gathers complete CRLs, which servers read; "
		    "--delta goes with --all or --ca");
	if (opt_flag(opts, "due") && opt_flag(opts, "bundle") &&
	    !opt_flag(opts, "all"))
		return ca_fail(err, CA_USAGE,
		    "--bundle alone signs nothing: with --due add --all");
	if (many && opt_flag(opts, "der"))
		return ca_fail(
		    err, CA_USAGE, "--der holds one CRL; a bundle is PEM");
	if (opt_text(opts, "out") != NULL && opt_flag(opts, "all") &&
	    !opt_flag(opts, "bundle"))
		return ca_fail(err, CA_USAGE,
		    "--all writes the home's crl folder; for one "
		    "file of them all add --bundle");
	return CA_OK;
}

static enum ca_status
write_out(const struct job *job, struct ca_bytes content, struct ca_error *err)
{
	const char *out = opt_text(&job->in->opts, "out");
	enum ca_status st = file_write(
	    out != NULL ? out : "-", content, FILE_PUBLIC, FILE_REPLACE, err);

	if (st == CA_OK && out != NULL)
		term_next(&job->in->term,
		    job->delta ? "publish %s at the certificates' freshestCRL "
				 "URL; a server would take it for a complete "
				 "CRL" :
				 "give %s to the servers and reload them",
		    out);
	return st;
}

/* A server that lacks one's CRL refuses whatever that one issued. */
static enum ca_status
write_bundle(
    const struct job *job, struct ca_bytes content, struct ca_error *err)
{
	const char *out = opt_text(&job->in->opts, "out");

	if (!job->incomplete)
		return write_out(job, content, err);
	term_note(&job->in->term,
	    "%s is not written: a bundle holds the CRL of every authority",
	    out != NULL ? out : "the bundle");
	return CA_OK;
}

/* --all alone writes the home's copies and nothing else. */
static enum ca_status
check_out(const struct opts *opts, struct ca_error *err)
{
	const char *out = opt_text(opts, "out");

	if (opt_flag(opts, "all") && !opt_flag(opts, "bundle"))
		return CA_OK;
	return file_check_writable(out != NULL ? out : "-", FILE_REPLACE, err);
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	const struct opts *opts = &in->opts;
	struct job job = {.in = in, .delta = opt_flag(opts, "delta")};
	struct ca_buf der = {0}, content = {0};
	enum ca_status st;

	if ((st = check_options(&job, err)) != CA_OK ||
	    (st = check_out(opts, err)) != CA_OK ||
	    (st = cmd_open(in, &job.a, err)) != CA_OK)
		goto out;
	if (opt_flag(opts, "all") || opt_flag(opts, "bundle")) {
		st = every_one(&job, &content, err);
		if (st == CA_OK && opt_flag(opts, "bundle"))
			st = write_bundle(&job, ca_view(&content), err);
		if (st == CA_OK && job.kept.status != CA_OK)
			st = ca_fail(err, job.kept.status, "%s", job.kept.msg);
		goto out;
	}
	if ((st = make_one(&job, opt_text(opts, "ca"), &der, err)) != CA_OK)
		goto out;
	if (der.len == 0)
		goto out; /* none is due */
	if (opt_flag(opts, "der")) {
		st = write_out(&job, ca_view(&der), err);
		goto out;
	}
	st = ca_pem_append(&content, CA_PEM_CRL, ca_view(&der));
	if (st == CA_OK)
		st = write_out(&job, ca_view(&content), err);
out:
	if (job.published)
		keep_checkpoint(&job);
	ca_buf_free(&der);
	ca_buf_free(&content);
	authority_close(job.a);
	return st;
}

const struct command cmd_crl = {
    .name = "crl",
    .operands = "",
    .summary = "publish certificate revocation lists",
    .about =
	"Signs a new complete CRL of an authority (--ca as for sign) and "
	"writes "
	"it as PEM; the home's crl folder keeps each authority's newest as "
	"DER. Where policies divide certificates among several CRLs "
	"([publish] shards), each of those is signed with it, as "
	"NAME.SHARD.crl. Servers that check a chain of two need the root's "
	"and the issuing authority's CRL in one file: --all --bundle. "
	"--bundle alone signs nothing and gathers the CRLs in force.\n\n"
	"--delta signs what changed since the CRL in force, as "
	"NAME.delta.crl: for programs that follow freshestCRL. It is "
	"refused where there is no CRL to start from.\n\n"
	"--due signs where there is no CRL yet, where the CRL in force does "
	"not say what was revoked or lifted since, and where it ends within "
	"the policy's overlap (without one: a quarter of its life). What "
	"only a delta CRL says is news for the complete one: most programs "
	"read no other. Elsewhere it asks for no passphrase, writes nothing "
	"and is done: cron may call it every hour. With --all --bundle the "
	"bundle is written all the same, of the CRLs in force.\n\n"
	"With --all an authority keeps its CRL where a new one cannot be "
	"signed, and the others get theirs. That is an error in the end, "
	"but for an authority that is revoked, and for one whose key file "
	"is not here (a root's, kept elsewhere) while no new one is due.\n\n"
	"After a CRL that was signed with a clock that was ahead, "
	"--force-time signs one with the earlier date; its number rises "
	"all the same, and the ledger's history says so.",
    .examples = "  signet crl --out issuing.crl.pem\n"
		"  signet crl --all --bundle --out all.crl.pem\n"
		"  signet crl --all --due --quiet\n"
		"  signet crl --ca issuing --delta --due\n",
    .options = options,
    .max_args = 0,
    .run = run,
};
