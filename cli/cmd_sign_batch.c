/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `sign --batch`: requests from files, folders and a stream. */
#include "cli/cmd_sign_batch.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ca/csr.h"
#include "ca/pem.h"
#include "cli/authority_internal.h"
#include "cli/batch_job.h"
#include "cli/request.h"

#define STREAM "standard input"

struct source {
	struct ca_buf stream; /* what came by standard input */
	const char *folder;   /* --out-dir, or NULL */
};

/* ---- which there are ---- */

static enum ca_status
settle(struct batch_job *job, struct batch_entry *entry, struct ca_error *err)
{
	const struct source *source = job->ctx;

	if (source->folder == NULL)
		return CA_OK;
	return batch_job_path(entry, source->folder, ".crt", &entry->crt, err);
}

static enum ca_status
add_file(struct batch_job *job, const char *path, struct ca_error *err)
{
	struct batch_entry *entry = batch_job_add(job, path);
	const char *dot = strrchr(path, '.');
	const char *suffix = dot != NULL &&
		(strcmp(dot, ".pem") == 0 || strcmp(dot, ".der") == 0 ||
		    strcmp(dot, ".req") == 0) ?
	    dot :
	    ".csr";

	if (entry == NULL || file_stem(&entry->stem, path, suffix) != CA_OK)
		return ca_fail(err, CA_MEMORY, "out of memory");
	return settle(job, entry, err);
}

static int
is_request(const struct dirent *entry)
{
	static const char *const suffixes[] = {".csr", ".req", ".pem", ".der"};
	const char *dot = strrchr(entry->d_name, '.');

	for (size_t i = 0; dot != NULL && dot != entry->d_name && i < 4; i++)
		if (strcmp(dot, suffixes[i]) == 0)
			return 1;
	return 0;
}

static enum ca_status
add_folder(struct batch_job *job, const char *folder, struct ca_error *err)
{
	struct dirent **found = NULL;
	int count = scandir(folder, &found, is_request, alphasort);
	enum ca_status st = CA_OK;

	if (count < 0)
		return ca_fail(
		    err, CA_IO, "%s: the folder cannot be read", folder);
	for (int i = 0; i < count; i++) {
		struct ca_buf path = {0};

		if (st == CA_OK &&
		    (file_join(&path, folder, found[i]->d_name) != CA_OK ||
			ca_buf_text(&path) == NULL))
			st = ca_fail(err, CA_MEMORY, "out of memory");
		if (st == CA_OK)
			st = add_file(job, ca_buf_text(&path), err);
		ca_buf_free(&path);
		free(found[i]);
	}
	free(found);
	if (st == CA_OK && count == 0)
		st = ca_fail(err, CA_NOT_FOUND,
		    "%s: no request is in this folder (*.csr, *.req, *.pem, "
		    "*.der)",
		    folder);
	return st;
}

/* From one BEGIN to the next; what stands before the first is passed over, as
 * ca_pem_next() does. */
static enum ca_status
add_block(struct batch_job *job, size_t number, size_t begin, size_t end,
    struct ca_error *err)
{
	struct batch_entry *entry;
	char label[64];

	(void)snprintf(label, sizeof(label), STREAM ", request %zu", number);
	if ((entry = batch_job_add(job, label)) == NULL ||
	    ca_buf_printf(&entry->stem, "request-%06zu", number) != CA_OK)
		return ca_fail(err, CA_MEMORY, "out of memory");
	entry->begin = begin;
	entry->len = end - begin;
	return settle(job, entry, err);
}

static enum ca_status
add_stream(struct batch_job *job, struct ca_error *err)
{
	static const char begin[] = "-----BEGIN ";
	struct source *source = job->ctx;
	const uint8_t *text, *at, *after;
	size_t left, number = 0;
	enum ca_status st;

	st = file_read("-", FILE_MAX_READ, &source->stream, err);
	if (st != CA_OK)
		return st;
	text = source->stream.data;
	left = source->stream.len;
	at = left == 0 ? NULL : memmem(text, left, begin, sizeof(begin) - 1);
	if (at == NULL)
		return ca_fail(err, CA_MALFORMED,
		    STREAM ": no PEM block (RFC 7468) is in it");
	for (; at != NULL && st == CA_OK; at = after) {
		size_t from = (size_t)(at - text);

		after = memmem(
		    at + 1, left - from - 1, begin, sizeof(begin) - 1);
		st = add_block(job, ++number, from,
		    after == NULL ? left : (size_t)(after - text), err);
	}
	return st;
}

static enum ca_status
add_operand(struct batch_job *job, const char *operand, struct ca_error *err)
{
	struct stat info;

	if (strcmp(operand, "-") == 0)
		return add_stream(job, err);
	if (stat(operand, &info) == 0 && S_ISDIR(info.st_mode))
		return add_folder(job, operand, err);
	return add_file(job, operand, err);
}

/* ---- one ---- */

/* In any thread. */
static enum ca_status
read_request(const struct batch_job *job, const struct batch_entry *entry,
    struct ca_buf *ret, struct ca_error *err)
{
	static const char *const labels[] = {
	    CA_PEM_REQUEST, CA_PEM_REQUEST_OLD, NULL};
	const struct source *source = job->ctx;

	if (entry->len == 0)
		return request_read((const char *)entry->label.data, ret, err);
	return ca_pem_single(
	    (struct ca_bytes){source->stream.data + entry->begin, entry->len},
	    labels, "a certificate request", NULL, ret, err);
}

static enum ca_status
make(void *ctx, struct batch_item *item, struct ca_rng *rng,
    struct ca_error *err)
{
	(void)rng;
	return item->request.len > 0 ?
	    CA_OK :
	    read_request(ctx, item->ctx, &item->request, err);
}

/* A certificate of the same request, by the same authority and policy. */
static enum ca_status
find_earlier(struct batch_job *job, struct batch_item *item)
{
	struct ca_csr *csr = calloc(1, sizeof(*csr));
	struct ca_buf masked = {0};
	struct ca_error ignored = {0};
	uint8_t hash[LEDGER_HASH_LEN];
	enum ca_status st = CA_NOT_FOUND;

	if (csr == NULL)
		return CA_MEMORY;
	if (ca_buf_append(&masked, ca_view(&item->request)) == CA_OK &&
	    ca_csr_parse(ca_view(&masked), csr, &ignored) == CA_OK &&
	    authority_hash(csr->spki.der, hash, &ignored) == CA_OK) {
		ca_csr_mask(csr, &masked);
		st = batch_job_find(job, (struct ca_bytes){hash, sizeof(hash)},
		    ca_view(&masked), &item->issued.der, &ignored);
	}
	ca_buf_free(&masked);
	free(csr);
	return st;
}

/* What is wrong with a request is said by whoever signs it. */
static enum ca_status
read_one(struct batch_job *job, struct batch_entry *entry,
    struct batch_item *item, struct ca_error *err)
{
	enum ca_status st;

	if (!job->resumes)
		return CA_OK;
	if ((st = read_request(job, entry, &item->request, err)) != CA_OK)
		return st;
	item->is_done = find_earlier(job, item) == CA_OK;
	if (!item->is_done && entry->crt.len > 0 &&
	    job->existing != FILE_REPLACE &&
	    file_exists((const char *)entry->crt.data))
		return ca_fail(err, CA_REFUSED,
		    "%s: exists already, and no certificate of this request "
		    "is in the ledger; move it away, or say --force",
		    (const char *)entry->crt.data);
	return CA_OK;
}

enum ca_status
cmd_sign_batch(
    const struct invocation *in, const char *policy, struct ca_error *err)
{
	const struct opts *opts = &in->opts;
	struct source source = {.folder = opt_text(opts, "out-dir")};
	struct batch_job job = {.ctx = &source,
	    .read = read_one,
	    .existing = opt_flag(opts, "force") ? FILE_REPLACE : FILE_KEEP,
	    .batch = {.make = make}};
	enum ca_status st;

	if (opt_flag(opts, "plan"))
		return ca_fail(
		    err, CA_USAGE, "--plan does not go with --batch");
	st = batch_job_open(&job, in, err);
	if (st == CA_OK)
		st = cmd_check_policy(in, policy, CMD_POLICY_ANY, err);
	for (size_t i = 0; i < opts->arg_count && st == CA_OK; i++)
		st = add_operand(&job, opts->args[i], err);
	if (st == CA_OK)
		st = batch_job_run(&job, policy, err);
	batch_job_done(&job);
	ca_buf_free(&source.stream);
	return st;
}
