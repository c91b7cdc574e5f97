/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The key of the log, and those it has had. */
#include "cli/authority_log.h"

#include "cli/authority_internal.h"
#include "cli/file.h"
#include "cli/home.h"
#include "cli/keyfile.h"

#define FOLDER "log"
#define KEY_FILE "log/log.key"
#define ORIGIN_OCTETS 8

void
log_signer_done(struct log_signer *signer)
{
	ca_key_free(signer->secret);
	signer->secret = NULL;
}

/* ---- what the ledger knows ---- */

static enum ca_status
path_of(struct authority *a, const char *part, struct ca_buf *ret,
    struct ca_error *err)
{
	if (home_path(a->path, part, ret) != CA_OK || ca_buf_text(ret) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	return CA_OK;
}

struct known_key {
	struct ca_note_key key;
	bool found;
	struct ca_error *err;
};

static enum ca_status
take_key(void *ctx, const struct ledger_log_key *row)
{
	struct known_key *known = ctx;

	known->found = true;
	return ca_note_key_set(
	    ca_text(row->origin), row->key, &known->key, known->err);
}

static enum ca_status
newest_key(struct authority *a, struct known_key *ret, struct ca_error *err)
{
	*ret = (struct known_key){.err = err};
	return ledger_each_log_key(a->ledger, take_key, ret, err);
}

enum ca_status
authority_log_key(
    struct authority *a, struct ca_note_key *ret, struct ca_error *err)
{
	struct known_key known;
	enum ca_status st = newest_key(a, &known, err);

	if (st != CA_OK)
		return st;
	if (!known.found)
		return ca_fail(err, CA_NOT_FOUND,
		    "log: it has no key yet: `signet log checkpoint` makes it");
	*ret = known.key;
	return CA_OK;
}

/* The key's file, which must hold what the ledger says. */
static enum ca_status
read_key(struct authority *a, const struct known_key *known,
    const struct pass *pass, struct ca_error *err)
{
	const struct pass none = {0};
	struct ca_buf path = {0};
	struct ca_key *secret = NULL;
	struct ca_rng *rng;
	enum ca_status st;

	if ((st = path_of(a, KEY_FILE, &path, err)) != CA_OK ||
	    (st = authority_rng(a, &rng, err)) != CA_OK)
		goto out;
	st = keyfile_read(ca_buf_text(&path), pass != NULL ? pass : &none, NULL,
	    rng, &secret, err);
	if (st == CA_NOT_FOUND)
		ca_fail_hint(err,
		    "put it back from a backup, or make another with `signet "
		    "log key --new`");
	if (st != CA_OK)
		goto out;
	if (!ca_bytes_equal(ca_key_spki(secret)->key,
		(struct ca_bytes){known->key.key, CA_NOTE_KEY_LEN})) {
		st = ca_fail(err, CA_REFUSED,
		    "%s: is not the key that the ledger knows of this log: put "
		    "the right file back, or make another with `signet log key "
		    "--new`",
		    ca_buf_text(&path));
		goto out;
	}
	ca_key_free(a->log.secret);
	a->log.secret = secret;
	a->log.key = known->key;
	secret = NULL;
out:
	ca_key_free(secret);
	ca_buf_free(&path);
	return st;
}

/* ---- a new key ---- */

static enum ca_status
take_root(void *ctx, const struct ledger_authority *row)
{
	struct ca_buf *origin = ctx;

	if (origin->len > 0 || row->spki_hash.len < ORIGIN_OCTETS)
		return CA_OK;
	if (ca_buf_append_text(origin, "signet/") != CA_OK)
		return CA_MEMORY;
	return ca_hex_append(
	    origin, (struct ca_bytes){row->spki_hash.data, ORIGIN_OCTETS});
}

static enum ca_status
record_key(
    struct authority *a, const struct ca_key *secret, struct ca_error *err)
{
	struct ca_buf origin = {0};
	uint8_t hash[LEDGER_HASH_LEN];
	struct ledger_log_key row = {
	    .key = ca_key_spki(secret)->key, .created = authority_now(a)};
	enum ca_status st;

	st = ledger_each_authority(a->ledger, take_root, &origin, err);
	if (st == CA_OK && origin.len == 0)
		st = ca_fail(err, CA_NOT_FOUND,
		    "log: there is no root yet that it would be the log of");
	row.origin = ca_buf_text(&origin);
	if (st == CA_OK && row.origin == NULL)
		st = ca_fail(err, CA_MEMORY, "out of memory");
	if (st == CA_OK &&
	    (st = ledger_add_log_key(a->ledger, &row, err)) == CA_OK &&
	    (st = authority_hash(row.key, hash, err)) == CA_OK)
		st = authority_event(a, LEDGER_EVENT_LOG_KEY, 0, NULL,
		    (struct ca_bytes){0}, (struct ca_bytes){hash, sizeof(hash)},
		    row.created, err);
	ca_buf_free(&origin);
	return st;
}

/* One that is there already, as a process was killed before the ledger knew
 * it, is taken. */
static enum ca_status
make_file(struct authority *a, const char *path, struct ca_key **ret,
    struct ca_error *err)
{
	const struct pass open = {.no_passphrase = true};
	struct ca_rng *rng;
	enum ca_status st = authority_rng(a, &rng, err);

	if (st != CA_OK)
		return st;
	if (file_exists(path))
		return keyfile_read(path, &open, NULL, rng, ret, err);
	if ((st = ca_key_generate(CA_KEY_ED25519, 0, rng, ret, err)) != CA_OK)
		return st;
	return keyfile_write(
	    path, "the log's key", *ret, &open, NULL, rng, NULL, err);
}

/* Inside a transaction. */
static enum ca_status
make_key(struct authority *a, struct ca_error *err)
{
	struct ca_buf folder = {0}, path = {0};
	struct ca_key *secret = NULL;
	enum ca_status st;

	if ((st = authority_check_clock(a, authority_now(a), err)) != CA_OK ||
	    (st = path_of(a, FOLDER, &folder, err)) != CA_OK ||
	    (st = path_of(a, KEY_FILE, &path, err)) != CA_OK ||
	    (st = file_make_folder(ca_buf_text(&folder), err)) != CA_OK ||
	    (st = make_file(a, ca_buf_text(&path), &secret, err)) != CA_OK)
		goto out;
	if (ca_key_spki(secret)->type != CA_KEY_ED25519)
		st = ca_fail(err, CA_REFUSED,
		    "%s: is no Ed25519 key: move it away, and another is made",
		    ca_buf_text(&path));
	else
		st = record_key(a, secret, err);
out:
	ca_key_free(secret);
	ca_buf_free(&folder);
	ca_buf_free(&path);
	return st;
}

/* Two processes may be at it: who comes second finds the first one's. */
static enum ca_status
make_once(struct authority *a, struct known_key *known, struct ca_error *err)
{
	enum ca_status st;

	if ((st = ledger_begin(a->ledger, err)) != CA_OK)
		return st;
	if ((st = newest_key(a, known, err)) == CA_OK && !known->found)
		st = make_key(a, err);
	if (st == CA_OK)
		st = ledger_commit(a->ledger, err);
	ledger_rollback(a->ledger);
	return st == CA_OK ? newest_key(a, known, err) : st;
}

enum ca_status
authority_log_open(
    struct authority *a, const struct pass *pass, struct ca_error *err)
{
	struct known_key known;
	enum ca_status st;

	if (a->log.secret != NULL)
		return CA_OK;
	a->log.trouble = (struct ca_error){0};
	if ((st = newest_key(a, &known, &a->log.trouble)) == CA_OK &&
	    (known.found ||
		(st = make_once(a, &known, &a->log.trouble)) == CA_OK))
		st = read_key(a, &known, pass, &a->log.trouble);
	return st == CA_OK ? st : ca_fail(err, st, "%s", a->log.trouble.msg);
}

enum ca_status
authority_log_rekey(struct authority *a, struct ca_error *err)
{
	struct ca_buf path = {0};
	enum ca_status st = path_of(a, KEY_FILE, &path, err);

	if (st == CA_OK && file_exists(ca_buf_text(&path)))
		st = ca_fail(err, CA_REFUSED,
		    "%s: is there: whoever has it may still sign; move it away "
		    "first if it is to be another",
		    ca_buf_text(&path));
	ca_buf_free(&path);
	if (st != CA_OK || (st = ledger_begin(a->ledger, err)) != CA_OK)
		return st;
	if ((st = make_key(a, err)) == CA_OK)
		st = ledger_commit(a->ledger, err);
	ledger_rollback(a->ledger);
	log_signer_done(&a->log);
	return st;
}

/* ---- whose checkpoint it is ---- */

struct verifying {
	const struct ca_checkpoint *checkpoint;
	bool good, known;
	struct ca_error why;
};

static enum ca_status
try_key(void *ctx, const struct ledger_log_key *row)
{
	struct verifying *verifying = ctx;
	struct ca_note_key key;

	verifying->known = true;
	verifying->why = (struct ca_error){0};
	if (!verifying->good &&
	    ca_note_key_set(
		ca_text(row->origin), row->key, &key, &verifying->why) == CA_OK)
		verifying->good = ca_checkpoint_verify(verifying->checkpoint,
				      &key, &verifying->why) == CA_OK;
	return CA_OK;
}

enum ca_status
authority_log_verify(struct authority *a,
    const struct ca_checkpoint *checkpoint, struct ca_error *err)
{
	struct verifying verifying = {.checkpoint = checkpoint};
	enum ca_status st = ledger_each_log_key(
	    a->ledger, try_key, &verifying, err);

	if (st != CA_OK || verifying.good)
		return st;
	return ca_fail(err, CA_UNTRUSTED, "%s",
	    verifying.known ? verifying.why.msg :
			      "checkpoint: this ledger's log has no key");
}
