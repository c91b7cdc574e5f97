/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `issue --batch`: a key, a request and a certificate for each line of names.
 */
#include "cli/cmd_issue_batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/pem.h"
#include "cli/authority_internal.h"
#include "cli/batch_job.h"
#include "cli/csv.h"
#include "cli/enrolment.h"
#include "cli/home.h"
#include "cli/request.h"

struct names {
	const char *path; /* of the file, "-" */
	struct ca_buf text, folder, secret;
	bool unencrypted;
	struct ca_kdf kdf;
	enum ca_key_type type;
	unsigned bits;
};

/* ---- which there are ---- */

static enum ca_status
add_paths(struct batch_job *job, struct batch_entry *entry, const char *first,
    struct ca_error *err)
{
	const struct names *names = job->ctx;
	const char *folder = (const char *)names->folder.data;
	char stem[ENROLMENT_NAME];
	enum ca_status st;

	enrolment_file_name(first, stem);
	if (ca_buf_append_text(&entry->stem, stem) != CA_OK)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = batch_job_path(entry, folder, ".crt", &entry->crt, err)) !=
		CA_OK ||
	    (st = batch_job_path(entry, folder, ".csr", &entry->csr, err)) !=
		CA_OK)
		return st;
	return batch_job_path(entry, folder, ".key", &entry->key, err);
}

/* One record; nothing for one that is empty or a comment. */
static enum ca_status
add_record(struct batch_job *job, struct csv *csv, struct ca_error *err)
{
	const struct names *names = job->ctx;
	const uint8_t *from = csv->rest.data;
	struct ca_buf first = {0}, other = {0};
	struct batch_entry *entry;
	char label[80];
	bool last = false;
	enum ca_status st = csv_next(csv, &first, &last, err);

	while (st == CA_OK && !last)
		st = csv_next(csv, &other, &last, err);
	if (st != CA_OK || first.len == 0 || first.data[0] == '#')
		goto out;
	(void)snprintf(label, sizeof(label), "%.60s:%zu",
	    strcmp(names->path, "-") == 0 ? "standard input" : names->path,
	    csv->line);
	if (ca_buf_text(&first) == NULL ||
	    (entry = batch_job_add(job, label)) == NULL) {
		st = ca_fail(err, CA_MEMORY, "out of memory");
		goto out;
	}
	entry->begin = (size_t)(from - names->text.data);
	entry->len = (size_t)(csv->rest.data - from);
	st = add_paths(job, entry, ca_buf_text(&first), err);
out:
	ca_buf_free(&first);
	ca_buf_free(&other);
	return st;
}

static enum ca_status
add_names(struct batch_job *job, struct ca_error *err)
{
	struct names *names = job->ctx;
	struct csv csv;
	enum ca_status st;

	st = file_read(names->path, FILE_MAX_READ, &names->text, err);
	if (st != CA_OK)
		return st;
	csv_begin(&csv, ca_view(&names->text));
	do
		st = add_record(job, &csv, err);
	while (st == CA_OK);
	if (st == CA_NOT_FOUND)
		return CA_OK;
	ca_fail_in(err,
	    strcmp(names->path, "-") == 0 ? "standard input" : names->path);
	return st;
}

/* ---- one ---- */

static enum ca_status
wish(struct wishes *wishes, struct ca_bytes record, struct ca_error *err)
{
	struct ca_buf field = {0};
	struct csv csv;
	bool last = false;
	enum ca_status st = CA_OK;

	csv_begin(&csv, record);
	while (st == CA_OK && !last) {
		st = csv_next(&csv, &field, &last, err);
		if (st != CA_OK || field.len == 0)
			continue;
		if (ca_buf_text(&field) == NULL)
			st = ca_fail(err, CA_MEMORY, "out of memory");
		else
			st = wishes_add(wishes,
			    ca_san_guess(ca_buf_text(&field)),
			    ca_buf_text(&field), err);
	}
	ca_buf_free(&field);
	return st == CA_OK ? wishes_subject(wishes, NULL, err) : st;
}

static enum ca_status
open_key(const struct names *names, const struct batch_entry *entry,
    struct ca_rng *rng, struct ca_key **ret, struct ca_error *err)
{
	struct ca_bytes file = ca_view(&entry->key_pem);
	struct ca_bytes pass = {0};

	if (ca_key_pem_is_encrypted(file))
		pass = ca_view(&names->secret);
	return ca_key_from_pem(file, pass, rng, ret, err);
}

static enum ca_status
make_key(const struct names *names, struct batch_entry *entry,
    struct ca_rng *rng, struct ca_key **ret, struct ca_error *err)
{
	struct ca_bytes pass = {0};
	enum ca_status st;

	if (entry->key_is_there)
		return open_key(names, entry, rng, ret, err);
	if (!names->unencrypted)
		pass = ca_view(&names->secret);
	st = ca_key_generate(names->type, names->bits, rng, ret, err);
	if (st != CA_OK)
		return st;
	return ca_key_to_pem(
	    *ret, pass, &names->kdf, rng, &entry->key_pem, err);
}

/* In a thread of the batch's: the entry is this one's alone. */
static enum ca_status
make(void *ctx, struct batch_item *item, struct ca_rng *rng,
    struct ca_error *err)
{
	const struct batch_job *job = ctx;
	const struct names *names = job->ctx;
	struct batch_entry *entry = item->ctx;
	struct wishes *wishes = wishes_new();
	struct ca_key *key = NULL;
	enum ca_status st;

	if (wishes == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	st = wish(wishes,
	    (struct ca_bytes){names->text.data + entry->begin, entry->len},
	    err);
	if (st == CA_OK)
		st = make_key(names, entry, rng, &key, err);
	if (st == CA_OK)
		st = wishes_request(wishes, key, rng, &item->request, err);
	if (st == CA_OK)
		st = authority_hash(
		    ca_view(&entry->key_pem), item->key_file_hash, err);
	ca_key_free(key);
	wishes_free(wishes);
	return st;
}

/* ---- what is there already ---- */

static enum ca_status
find_earlier(struct batch_job *job, struct batch_entry *entry,
    struct batch_item *item, struct ca_error *err)
{
	uint8_t hash[LEDGER_HASH_LEN];
	struct ca_key *key = NULL;
	struct ca_rng *rng;
	enum ca_status st;

	if ((st = file_read_secret((const char *)entry->key.data,
		 CA_KEY_FILE_MAX, &entry->key_pem, err)) != CA_OK ||
	    (st = authority_rng(job->a, &rng, err)) != CA_OK ||
	    (st = open_key(job->ctx, entry, rng, &key, err)) != CA_OK ||
	    (st = authority_hash(ca_key_spki(key)->der, hash, err)) != CA_OK)
		goto out;
	st = batch_job_find(job, (struct ca_bytes){hash, sizeof(hash)},
	    (struct ca_bytes){0}, &item->issued.der, err);
	item->is_done = st == CA_OK;
	if (st == CA_NOT_FOUND) {
		entry->key_is_there = true;
		st = CA_OK;
	}
out:
	ca_key_free(key);
	return st;
}

static enum ca_status
read_one(struct batch_job *job, struct batch_entry *entry,
    struct batch_item *item, struct ca_error *err)
{
	const char *key = (const char *)entry->key.data;
	const char *csr = (const char *)entry->csr.data;
	bool has_key = file_exists(key);

	if (!job->resumes && (has_key || file_exists(csr)))
		return ca_fail(err, CA_REFUSED,
		    "%s: exists already and is not overwritten; --resume "
		    "leaves out what is done",
		    has_key ? key : csr);
	if (job->resumes && file_exists((const char *)entry->crt.data)) {
		item->is_done = true;
		return CA_OK;
	}
	return has_key ? find_earlier(job, entry, item, err) : CA_OK;
}

/* ---- files ---- */

static bool
makes_key(const struct batch_item *item)
{
	const struct batch_entry *entry = item->ctx;

	return item->status == CA_OK && !item->is_done && !entry->key_is_there;
}

/* A key is durable before what certifies it is intended. */
static enum ca_status
write_keys(struct batch_item *items, size_t count, struct ca_error *err)
{
	struct file_stream files[BATCH_GROUP] = {0};
	enum ca_status each[BATCH_GROUP] = {0};
	struct ca_error *errs = calloc(BATCH_GROUP, sizeof(*errs));
	enum ca_status st;

	if (errs == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	for (size_t i = 0; i < count; i++) {
		const struct batch_entry *entry = items[i].ctx;

		if (!makes_key(&items[i]))
			continue;
		each[i] = file_stream_begin(&files[i],
		    (const char *)entry->key.data, FILE_NEVER, FILE_PRIVATE,
		    &errs[i]);
		if (each[i] == CA_OK)
			each[i] = file_stream_write(
			    &files[i], ca_view(&entry->key_pem), &errs[i]);
		if (each[i] != CA_OK)
			file_stream_done(&files[i]);
	}
	st = file_stream_finish_group(files, count, each, errs, err);
	for (size_t i = 0; i < count; i++) {
		file_stream_done(&files[i]);
		if (each[i] == CA_OK || items[i].status != CA_OK)
			continue;
		items[i].status = each[i];
		items[i].err = errs[i];
	}
	free(errs);
	return st;
}

static enum ca_status
ready(void *ctx, struct batch_item *items, size_t count, struct ca_error *err)
{
	const struct batch_job *job = ctx;
	enum ca_status st = write_keys(items, count, err);

	for (size_t i = 0; i < count && st == CA_OK; i++) {
		struct batch_entry *entry = items[i].ctx;

		if (items[i].status != CA_OK || items[i].is_done)
			continue;
		st = home_reference(job->in->home,
		    (const char *)entry->key.data, &entry->key_ref);
		if (st == CA_OK && entry->key_ref.len > 0)
			items[i].key_ref = ca_buf_text(&entry->key_ref);
		if (st != CA_OK)
			(void)ca_fail(err, st, "out of memory");
	}
	return st;
}

static enum ca_status
begin_request(struct batch_job *job, const struct batch_entry *entry,
    const struct batch_item *item, struct file_stream *files, size_t *count,
    struct ca_error *err)
{
	struct ca_buf pem = {0};
	enum ca_status st = CA_OK;

	(void)job;
	if (item->is_done || file_exists((const char *)entry->csr.data))
		return CA_OK;
	st = ca_pem_append(&pem, CA_PEM_REQUEST, ca_view(&item->request));
	if (st != CA_OK)
		return ca_fail(err, st, "out of memory");
	st = file_stream_begin(&files[*count], (const char *)entry->csr.data,
	    FILE_NEVER, FILE_PUBLIC, err);
	if (st == CA_OK)
		st = file_stream_write(&files[(*count)++], ca_view(&pem), err);
	ca_buf_free(&pem);
	return st;
}

/* A refusal leaves no key behind; what may have been signed keeps its own. */
static void
drop(const struct batch_entry *entry, const struct batch_item *item)
{
	if (item->status != CA_OK && item->issued.row == 0 &&
	    !entry->key_is_there && entry->key_ref.len > 0)
		file_remove((const char *)entry->key.data);
}

/* ---- all ---- */

static enum ca_status
settle(const struct invocation *in, struct names *names, struct ca_error *err)
{
	const char *folder = opt_text(&in->opts, "out-dir");
	enum ca_status st;

	names->path = opt_text(&in->opts, "batch");
	st = folder != NULL ? ca_buf_append_text(&names->folder, folder) :
			      home_path(in->home, "issued", &names->folder);
	if (st != CA_OK || ca_buf_text(&names->folder) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = cmd_key_choice(in, "ecdsa-p256", &names->type, &names->bits,
		 &names->kdf, err)) != CA_OK)
		return st;
	return pass_for_new(&in->pass, "the new keys", &names->secret,
	    &names->unencrypted, err);
}

enum ca_status
cmd_issue_batch(const struct invocation *in, const char *policy,
    enum ca_status (*check)(
	const struct invocation *in, const char *policy, struct ca_error *err),
    struct ca_error *err)
{
	struct names names = {0};
	struct batch_job job = {.ctx = &names,
	    .read = read_one,
	    .more = begin_request,
	    .drop = drop,
	    .existing = FILE_NEVER,
	    .batch = {.make = make, .ready = ready}};
	enum ca_status st;

	if ((st = batch_job_open(&job, in, err)) == CA_OK &&
	    (st = cmd_check_policy(in, policy, CMD_POLICY_LEAF, err)) ==
		CA_OK &&
	    (st = check(in, policy, err)) == CA_OK &&
	    (st = settle(in, &names, err)) == CA_OK &&
	    (st = add_names(&job, err)) == CA_OK)
		st = batch_job_run(&job, policy, err);
	batch_job_done(&job);
	ca_buf_free(&names.text);
	ca_buf_free(&names.folder);
	ca_buf_free(&names.secret);
	return st;
}
