/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/batch_job.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ca/pem.h"
#include "cli/crew.h"
#include "cli/csv.h"
#include "cli/place.h"

#define ENTRIES_FIRST 64

/* ---- entries ---- */

struct batch_entry *
batch_job_add(struct batch_job *job, const char *label)
{
	struct batch_entry *entry;

	if (job->count == job->room) {
		size_t room = job->room == 0 ? ENTRIES_FIRST : job->room * 2;
		struct batch_entry *more = reallocarray(
		    job->entries, room, sizeof(*more));

		if (more == NULL)
			return NULL;
		job->entries = more;
		job->room = room;
	}
	entry = &job->entries[job->count];
	*entry = (struct batch_entry){0};
	if (ca_buf_append_text(&entry->label, label) != CA_OK ||
	    ca_buf_text(&entry->label) == NULL) {
		ca_buf_free(&entry->label);
		return NULL;
	}
	job->count++;
	return entry;
}

enum ca_status
batch_job_path(const struct batch_entry *entry, const char *folder,
    const char *suffix, struct ca_buf *ret, struct ca_error *err)
{
	enum ca_status st = ca_buf_printf(ret, "%s/%.*s%s", folder,
	    (int)entry->stem.len, (const char *)entry->stem.data, suffix);

	if (st == CA_OK && ca_buf_text(ret) == NULL)
		st = CA_MEMORY;
	return st == CA_OK ? st : ca_fail(err, st, "out of memory");
}

static void
free_entry(struct batch_entry *entry)
{
	ca_buf_free(&entry->label);
	ca_buf_free(&entry->stem);
	ca_buf_free(&entry->crt);
	ca_buf_free(&entry->key);
	ca_buf_free(&entry->csr);
	ca_buf_free(&entry->key_pem);
	ca_buf_free(&entry->key_ref);
}

void
batch_job_done(struct batch_job *job)
{
	for (size_t i = 0; i < job->count; i++)
		free_entry(&job->entries[i]);
	free(job->entries);
	text_done(&job->report);
	text_done(&job->out);
	signer_done(&job->signer);
	authority_close(job->a);
	*job = (struct batch_job){0};
}

/* ---- options ---- */

enum ca_status
batch_job_check_none(const struct invocation *in, struct ca_error *err)
{
	const struct opts *opts = &in->opts;
	const char *given = opt_flag(opts, "resume") ? "resume" :
	    opt_text(opts, "report") != NULL         ? "report" :
	    opt_text(opts, "threads") != NULL        ? "threads" :
	    opt_flag(opts, "no-tables")              ? "no-tables" :
						       NULL;

	if (given == NULL)
		return CA_OK;
	return ca_fail(err, CA_USAGE, "--%s goes with --batch", given);
}

static enum ca_status
read_threads(const struct opts *opts, size_t *ret_threads, struct ca_error *err)
{
	const char *text = opt_text(opts, "threads");
	size_t threads = 0;

	if (text == NULL)
		return CA_OK;
	for (const char *c = text; *c >= '0' && *c <= '9' && threads < 1000;
	     c++)
		threads = threads * 10 + (size_t)(*c - '0');
	if (text[0] == '\0' || strspn(text, "0123456789") != strlen(text) ||
	    threads < 1 || threads > CREW_MAX)
		return ca_fail(err, CA_USAGE,
		    "--threads %.20s: a count from 1 to %d", text, CREW_MAX);
	*ret_threads = threads;
	return CA_OK;
}

enum ca_status
batch_job_open(
    struct batch_job *job, const struct invocation *in, struct ca_error *err)
{
	const struct opts *opts = &in->opts;
	enum ca_status st;

	job->in = in;
	job->resumes = opt_flag(opts, "resume");
	job->chain = opt_flag(opts, "chain");
	job->batch.without_tables = opt_flag(opts, "no-tables");
	if (in->json)
		return ca_fail(
		    err, CA_USAGE, "--json does not go with --batch");
	if (opt_text(opts, "out") != NULL)
		return ca_fail(err, CA_USAGE,
		    "--out is for one certificate; for a batch say --out-dir "
		    "DIR, or take standard output");
	if ((st = read_threads(opts, &job->batch.threads, err)) != CA_OK ||
	    (st = cmd_term(in, &job->batch.term, err)) != CA_OK)
		return st;
	return cmd_open(in, &job->a, err);
}

/* ---- places ---- */

static enum ca_status
check_places(const struct batch_job *job, struct ca_error *err)
{
	const char *report = opt_text(&job->in->opts, "report");
	struct places places = {0};
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < job->count && st == CA_OK; i++)
		if (job->entries[i].crt.len > 0)
			st = places_add(&places,
			    (const char *)job->entries[i].crt.data,
			    (const char *)job->entries[i].label.data, err);
	if (st == CA_OK && report != NULL)
		st = places_add(&places, report, "--report", err);
	if (st == CA_OK)
		st = places_check(&places, err);
	places_done(&places);
	return st;
}

/* Asked of one: all lie in one folder. */
static enum ca_status
check_folder(const struct batch_job *job, struct ca_error *err)
{
	const char *report = opt_text(&job->in->opts, "report");
	enum ca_status st = CA_OK;

	if (job->count > 0)
		st = file_check_writable(job->entries[0].crt.len > 0 ?
			(const char *)job->entries[0].crt.data :
			"-",
		    FILE_REPLACE, err);
	if (st == CA_OK && report != NULL)
		st = file_check_writable(report, FILE_REPLACE, err);
	return st;
}

/* ---- what was done before ---- */

struct earlier {
	struct ca_bytes request;
	struct ca_buf *ret;
	bool found;
};

static enum ca_status
take_earlier(void *ctx, const struct ledger_cert *row)
{
	struct earlier *earlier = ctx;

	if (earlier->request.len > 0 &&
	    !ca_bytes_equal(row->request, earlier->request))
		return CA_OK;
	earlier->found = true;
	ca_buf_clear(earlier->ret);
	return ca_buf_append(earlier->ret, row->der);
}

enum ca_status
batch_job_find(struct batch_job *job, struct ca_bytes spki_hash,
    struct ca_bytes request, struct ca_buf *ret, struct ca_error *err)
{
	const struct ledger_query query = {.issuer = job->signer.id,
	    .spki_hash = spki_hash,
	    .policy = job->batch.policy,
	    .state = LEDGER_ISSUED,
	    .revoked = -1,
	    .expires_after = authority_now(job->a)};
	struct earlier earlier = {.request = request, .ret = ret};
	enum ca_status st = ledger_each_cert(
	    authority_ledger(job->a), &query, take_earlier, &earlier, err);

	if (st == CA_OK && !earlier.found)
		return CA_NOT_FOUND;
	return st;
}

/* ---- one after the other ---- */

static enum ca_status
next(void *ctx, struct batch_item *item, struct ca_error *err)
{
	struct batch_job *job = ctx;
	struct batch_entry *entry;

	(void)err;
	if (job->at == job->count)
		return CA_NOT_FOUND;
	entry = &job->entries[job->at++];
	item->ctx = entry;
	if (job->existing != FILE_REPLACE && !job->resumes &&
	    entry->crt.len > 0 && file_exists((const char *)entry->crt.data))
		item->status = ca_fail(&item->err, CA_REFUSED,
		    "%s: exists already and is not overwritten; --resume "
		    "leaves out what is signed%s",
		    (const char *)entry->crt.data,
		    job->existing == FILE_KEEP ? ", --force replaces it" : "");
	else
		item->status = job->read(job, entry, item, &item->err);
	return CA_OK;
}

static bool
stop(void *ctx)
{
	const struct batch_job *job = ctx;

	return interrupts_came(&job->interrupts);
}

/* ---- what came of it ---- */

static void
add_row(struct batch_job *job, const struct batch_entry *entry,
    const char *outcome, const struct batch_item *item)
{
	struct text *report = &job->report;

	if (opt_text(&job->in->opts, "report") == NULL)
		return;
	csv_add(report, ca_view(&entry->label));
	text_add(report, ",%s,", outcome);
	text_add_hex(report, ca_view(&item->issued.serial));
	text_add(report, ",");
	csv_add(report,
	    entry->crt.len > 0 && item->status == CA_OK ? ca_view(&entry->crt) :
							  ca_text(""));
	text_add(report, ",");
	csv_add(report, ca_text(item->err.msg));
	text_add(report, "\r\n");
}

static void
count_one(struct batch_job *job, const struct batch_entry *entry,
    const struct batch_item *item)
{
	struct ca_error said = item->err;

	if (job->drop != NULL)
		job->drop(entry, item);
	if (item->status == CA_OK) {
		if (item->is_done)
			job->before++;
		else
			job->signed_ones++;
		add_row(job, entry, item->is_done ? "before" : "signed", item);
		return;
	}
	job->refused++;
	if (job->first == CA_OK)
		job->first = item->status;
	said.status = item->status;
	add_row(job, entry, "refused", item);
	/* What could not be read has said its name already. */
	if (strncmp(said.msg, (const char *)entry->label.data,
		strlen((const char *)entry->label.data)) != 0)
		ca_fail_in(&said, (const char *)entry->label.data);
	progress_done(&job->progress);
	term_error(&job->in->term, &said);
}

/* ---- files ---- */

static enum ca_status
add_pem(const struct batch_job *job, struct ca_bytes der, struct ca_buf *ret)
{
	enum ca_status st = ca_pem_append(ret, CA_PEM_CERTIFICATE, der);

	return st == CA_OK && job->chain ?
	    signer_append_chain(&job->signer, false, ret) :
	    st;
}

static enum ca_status
begin_files(struct batch_job *job, const struct batch_entry *entry,
    struct batch_item *item, struct file_stream *files, size_t *count,
    struct ca_error *err)
{
	struct ca_buf pem = {0};
	enum ca_status st;

	if (item->is_done && file_exists((const char *)entry->crt.data))
		return CA_OK;
	if ((st = add_pem(job, ca_view(&item->issued.der), &pem)) != CA_OK) {
		(void)ca_fail(err, st, "out of memory");
		goto out;
	}
	st = file_stream_begin(&files[*count], (const char *)entry->crt.data,
	    job->existing, FILE_PUBLIC, err);
	if (st != CA_OK)
		goto out;
	st = file_stream_write(&files[(*count)++], ca_view(&pem), err);
	if (st == CA_OK && job->more != NULL)
		st = job->more(job, entry, item, files, count, err);
out:
	ca_buf_free(&pem);
	return st;
}

/* It is issued, and its file is not there: the message says where it is. */
static void
say_unwritten(
    struct batch_item *item, enum ca_status st, const struct ca_error *why)
{
	struct text serial = {0};

	text_add_hex(&serial, ca_view(&item->issued.serial));
	item->status = ca_fail(&item->err, st,
	    "%s; the certificate is issued and in the ledger: `signet show %s "
	    "--pem`, or --resume",
	    why->msg, text_get(&serial));
	text_done(&serial);
}

struct group_files {
	struct file_stream files[BATCH_GROUP * (1 + BATCH_MORE)];
	enum ca_status each[BATCH_GROUP * (1 + BATCH_MORE)];
	struct ca_error errs[BATCH_GROUP * (1 + BATCH_MORE)];
	size_t begin[BATCH_GROUP + 1]; /* the first of each item */
};

static void
settle_files(struct group_files *group, struct batch_item *items, size_t count,
    enum ca_status st, const struct ca_error *why)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = group->begin[i]; k < group->begin[i + 1]; k++) {
			if (items[i].status != CA_OK)
				continue;
			if (group->each[k] != CA_OK)
				say_unwritten(
				    &items[i], group->each[k], &group->errs[k]);
			else if (st != CA_OK)
				say_unwritten(&items[i], st, why);
		}
}

static enum ca_status
write_files(struct batch_job *job, struct batch_item *items, size_t count,
    struct ca_error *err)
{
	struct group_files *group = calloc(1, sizeof(*group));
	struct ca_error why = {0};
	size_t files = 0;
	enum ca_status st;

	if (group == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct ca_error inner = {0};

		group->begin[i] = files;
		if (items[i].status != CA_OK)
			continue;
		st = begin_files(
		    job, items[i].ctx, &items[i], group->files, &files, &inner);
		if (st == CA_OK)
			continue;
		/* Those of it that were begun are not to be. */
		while (files > group->begin[i])
			file_stream_done(&group->files[--files]);
		say_unwritten(&items[i], st, &inner);
	}
	group->begin[count] = files;
	st = file_stream_finish_group(
	    group->files, files, group->each, group->errs, &why);
	settle_files(group, items, count, st, &why);
	for (size_t i = 0; i < files; i++)
		file_stream_done(&group->files[i]);
	free(group);
	return CA_OK;
}

static enum ca_status
print_group(struct batch_job *job, struct batch_item *items, size_t count,
    struct ca_error *err)
{
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < count && st == CA_OK; i++)
		if (items[i].status == CA_OK)
			st = add_pem(
			    job, ca_view(&items[i].issued.der), &job->out.buf);
	text_status(&job->out, st);
	if (st == CA_OK && job->out.buf.len > 0)
		return text_print(&job->out, err);
	return st == CA_OK ? st : ca_fail(err, st, "out of memory");
}

static enum ca_status
release(void *ctx, struct batch_item *items, size_t count, struct ca_error *err)
{
	struct batch_job *job = ctx;
	const struct batch_entry *first = items[0].ctx;
	enum ca_status st = first->crt.len > 0 ?
	    write_files(job, items, count, err) :
	    print_group(job, items, count, err);

	for (size_t i = 0; i < count; i++)
		count_one(job, items[i].ctx, &items[i]);
	progress_show(&job->progress, "signing",
	    job->signed_ones + job->refused + job->before, job->count);
	return st;
}

/* ---- all of it ---- */

static double
seconds_now(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void
summarise(const struct batch_job *job, double seconds)
{
	const struct term *term = &job->in->term;
	size_t left = job->count - job->signed_ones - job->refused -
	    job->before;

	term_note(term,
	    "signed by %s: %zu; refused: %zu; signed before: %zu; in %.1f s "
	    "(%.0f/s)",
	    job->signer.name, job->signed_ones, job->refused, job->before,
	    seconds, seconds > 0 ? (double)job->signed_ones / seconds : 0);
	if (left > 0)
		term_note(term,
		    "%zu were not begun: the same command with --resume signs "
		    "them",
		    left);
}

static enum ca_status
write_report(struct batch_job *job, struct ca_error *err)
{
	const char *path = opt_text(&job->in->opts, "report");

	if (path == NULL)
		return CA_OK;
	if (job->report.status != CA_OK)
		return ca_fail(err, job->report.status, "out of memory");
	return file_write(
	    path, ca_view(&job->report.buf), FILE_PUBLIC, FILE_REPLACE, err);
}

static enum ca_status
work(struct batch_job *job, struct ca_error *err)
{
	double begin = seconds_now();
	struct ca_error inner = {0};
	enum ca_status st, told;

	text_add(&job->report, "request,outcome,serial,certificate,reason\r\n");
	progress_init(&job->progress, &job->in->term);
	interrupts_hold(&job->interrupts);
	st = authority_batch(job->a, &job->signer, &job->batch, err);
	progress_done(&job->progress);
	told = write_report(job, &inner);
	summarise(job, seconds_now() - begin);
	interrupts_release(&job->interrupts);
	if (st != CA_OK)
		return st;
	if (told != CA_OK)
		return ca_fail(err, told, "%s", inner.msg);
	if (job->first != CA_OK)
		return ca_fail(err, job->first,
		    "%zu of %zu were refused; see above", job->refused,
		    job->count);
	term_next(&job->in->term, "signet list");
	return CA_OK;
}

enum ca_status
batch_job_run(struct batch_job *job, const char *policy, struct ca_error *err)
{
	enum ca_status st;

	job->batch.policy = policy;
	job->batch.ctx = job;
	job->batch.next = next;
	job->batch.release = release;
	job->batch.stop = stop;
	if (job->count == 0)
		return ca_fail(err, CA_NOT_FOUND,
		    "there is nothing to sign: no request was found");
	if ((st = check_places(job, err)) != CA_OK ||
	    (st = check_folder(job, err)) != CA_OK ||
	    (st = signer_open(job->a, opt_text(&job->in->opts, "ca"),
		 &job->signer, err)) != CA_OK ||
	    (st = signer_unlock(job->a, &job->signer, &job->in->pass, err)) !=
		CA_OK)
		return st;
	return work(job, err);
}
