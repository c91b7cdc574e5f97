/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/authority_key.h"

#include <string.h>

#include "cli/authority_internal.h"
#include "cli/file.h"
#include "cli/interrupt.h"
#include "cli/keyfile.h"

#define KEY_FILE_MAX ((size_t)64 * 1024)

struct record {
	const char *ref;
	bool found;
	uint8_t hash[LEDGER_HASH_LEN], spki_hash[LEDGER_HASH_LEN];
	bool has_spki_hash;
	int64_t updated;
};

struct changing {
	struct authority *a;
	const struct key_change *change;
	struct record record;
	uint8_t before[LEDGER_HASH_LEN]; /* the file, as it was opened */
	uint8_t spki_hash[LEDGER_HASH_LEN];
	struct ca_key *key;
	struct ca_buf pem; /* the new file; empty when it stays */
};

static enum ca_status
take_record(void *ctx, const struct ledger_key_file *row)
{
	struct record *record = ctx;

	if (strcmp(row->ref, record->ref) != 0)
		return CA_OK;
	record->found = true;
	record->updated = row->updated;
	memcpy(record->hash, row->hash.data, LEDGER_HASH_LEN);
	record->has_spki_hash = row->spki_hash.len == LEDGER_HASH_LEN;
	if (record->has_spki_hash)
		memcpy(record->spki_hash, row->spki_hash.data, LEDGER_HASH_LEN);
	return CA_OK;
}

static enum ca_status
find_record(struct changing *job, struct ca_error *err)
{
	job->record = (struct record){.ref = job->change->ref};
	if (job->change->ref == NULL)
		return CA_OK;
	return ledger_each_key_file(
	    job->a->ledger, take_record, &job->record, err);
}

/* Of another key it must not become the record. */
static enum ca_status
check_key(const struct changing *job, struct ca_error *err)
{
	const struct record *record = &job->record;

	if (!record->found || !record->has_spki_hash ||
	    memcmp(record->spki_hash, job->spki_hash, LEDGER_HASH_LEN) == 0)
		return CA_OK;
	return ca_fail(err, CA_REFUSED,
	    "%s: holds another key than the one the ledger knows by this "
	    "name; nothing was changed: put the file back from a backup",
	    job->change->path);
}

static enum ca_status
hash_file(const char *path, uint8_t ret[LEDGER_HASH_LEN], struct ca_error *err)
{
	struct ca_buf file = {0};
	enum ca_status st = file_read_secret(path, KEY_FILE_MAX, &file, err);

	if (st == CA_OK)
		st = authority_hash(ca_view(&file), ret, err);
	ca_buf_free(&file);
	return st;
}

static enum ca_status
open_key(struct changing *job, const struct pass *pass, struct ca_rng *rng,
    struct ca_error *err)
{
	const char *path = job->change->path;
	const uint8_t *known = job->record.found ? job->record.hash : NULL;
	enum ca_status st;

	if ((st = hash_file(path, job->before, err)) != CA_OK ||
	    (st = keyfile_read(path, pass, known, rng, &job->key, err)) !=
		CA_OK ||
	    (st = authority_hash(
		 ca_key_spki(job->key)->der, job->spki_hash, err)) != CA_OK)
		return st;
	return check_key(job, err);
}

/* The file is read back before the old one goes: nobody has another. */
static enum ca_status
encrypt(struct changing *job, const struct pass *pass, struct ca_rng *rng,
    struct ca_error *err)
{
	const char *slash = strrchr(job->change->path, '/');
	struct ca_buf secret = {0};
	struct ca_bytes phrase = {0};
	struct ca_key *back = NULL;
	bool none = false;
	enum ca_status st;

	st = pass_for_new(pass, slash != NULL ? slash + 1 : job->change->path,
	    &secret, &none, err);
	if (st != CA_OK)
		goto out;
	if (!none)
		phrase = ca_view(&secret);
	if ((st = ca_key_to_pem(job->key, phrase, job->change->kdf, rng,
		 &job->pem, err)) != CA_OK ||
	    (st = ca_key_from_pem(
		 ca_view(&job->pem), phrase, rng, &back, err)) != CA_OK)
		goto out;
	if (!ca_bytes_equal(ca_key_spki(back)->der, ca_key_spki(job->key)->der))
		st = ca_fail(err, CA_INTERNAL,
		    "%s: what was encrypted is not this key; nothing was "
		    "changed",
		    job->change->path);
out:
	ca_key_free(back);
	ca_buf_free(&secret);
	return st;
}

/* It took a while to ask: by now the file may be another process' work. */
static enum ca_status
check_unchanged(const struct changing *job, struct ca_error *err)
{
	uint8_t now[LEDGER_HASH_LEN];
	enum ca_status st = hash_file(job->change->path, now, err);

	if (st == CA_OK && memcmp(now, job->before, sizeof(now)) != 0)
		st = ca_fail(err, CA_REFUSED,
		    "%s: was changed meanwhile by another process; nothing "
		    "was changed here: look, and try again",
		    job->change->path);
	return st;
}

static enum ca_status
replace(struct changing *job, struct ca_error *err)
{
	if (job->pem.len == 0)
		return CA_OK;
	return file_write(job->change->path, ca_view(&job->pem), FILE_PRIVATE,
	    FILE_REPLACE, err);
}

/* The date stays that of the key: `audit` holds it against what was issued
 * with it. */
static enum ca_status
record(struct changing *job, struct ca_error *err)
{
	uint8_t hash[LEDGER_HASH_LEN];
	enum ca_status st = CA_OK;

	if (job->pem.len == 0)
		memcpy(hash, job->before, sizeof(hash));
	else
		st = authority_hash(ca_view(&job->pem), hash, err);
	if (st != CA_OK)
		return st;
	return ledger_put_key_file(job->a->ledger, job->change->ref,
	    (struct ca_bytes){hash, sizeof(hash)},
	    (struct ca_bytes){job->spki_hash, sizeof(job->spki_hash)},
	    job->record.updated, err);
}

static enum ca_status
replace_and_record(struct changing *job, struct ca_error *err)
{
	struct ledger *ledger = job->a->ledger;
	enum ca_status st;

	if ((st = ledger_begin(ledger, err)) != CA_OK)
		return st;
	if ((st = find_record(job, err)) != CA_OK ||
	    (st = check_key(job, err)) != CA_OK ||
	    (st = check_unchanged(job, err)) != CA_OK ||
	    (st = record(job, err)) != CA_OK ||
	    (st = replace(job, err)) != CA_OK ||
	    (st = ledger_commit(ledger, err)) != CA_OK)
		ledger_rollback(ledger);
	return st;
}

/* Ctrl-C waits: what it would leave is mended, but nobody knows it yet. */
static enum ca_status
put_in_place(struct changing *job, struct ca_error *err)
{
	struct interrupts interrupts;
	enum ca_status st;

	interrupts_hold(&interrupts);
	if (job->record.found)
		st = replace_and_record(job, err);
	else if ((st = check_unchanged(job, err)) == CA_OK)
		st = replace(job, err);
	interrupts_release(&interrupts);
	return st;
}

static enum ca_status
run(struct changing *job, const struct pass *pass, struct ca_rng *rng,
    struct ca_error *err)
{
	bool altered;
	enum ca_status st;

	if ((st = find_record(job, err)) != CA_OK ||
	    (st = open_key(job, pass, rng, err)) != CA_OK)
		return st;
	altered = job->record.found &&
	    memcmp(job->before, job->record.hash, LEDGER_HASH_LEN) != 0;
	if (job->change->asked || !altered)
		if ((st = encrypt(job, pass, rng, err)) != CA_OK)
			return st;
	return put_in_place(job, err);
}

enum ca_status
authority_key_change(struct authority *a, const struct key_change *change,
    const struct pass *pass, bool *ret_recorded_only, struct ca_error *err)
{
	struct changing job = {.a = a, .change = change};
	struct ca_rng *rng = NULL;
	enum ca_status st;

	if ((st = file_check_writable(change->path, FILE_REPLACE, err)) !=
		CA_OK ||
	    (st = ca_rng_new(&rng, err)) != CA_OK)
		return st;
	st = run(&job, pass, rng, err);
	if (st == CA_OK)
		*ret_recorded_only = job.pem.len == 0;
	ca_key_free(job.key);
	ca_buf_free(&job.pem);
	ca_rng_free(rng);
	return st;
}
