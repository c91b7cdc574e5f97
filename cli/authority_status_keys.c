/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "cli/authority_responder.h"
#include "cli/file.h"
#include "cli/keyfile.h"

/* True when it is another file than was seen, or is gone or back. Looked at
 * before it is read: what changes in between shows the next time. */
static bool
has_changed(const char *path, struct key_file_seen *seen)
{
	struct key_file_seen now = {0};
	struct stat info;

	if (stat(path, &info) == 0)
		now = (struct key_file_seen){.there = true,
		    .device = info.st_dev,
		    .inode = info.st_ino,
		    .size = info.st_size,
		    .changed = info.st_ctim};
	if (now.there == seen->there && now.device == seen->device &&
	    now.inode == seen->inode && now.size == seen->size &&
	    now.changed.tv_sec == seen->changed.tv_sec &&
	    now.changed.tv_nsec == seen->changed.tv_nsec)
		return false;
	*seen = now;
	return true;
}

/* The file stays as it is and is not tried again, unless that may help. */
static void
remember(struct key_file_seen *seen, const char *path, enum ca_status st,
    const struct ca_error *why)
{
	struct ca_buf file = {0};

	if (st == CA_MEMORY || st == CA_BUSY)
		*seen = (struct key_file_seen){0};
	(void)ca_fail(&seen->why, st, "%s", why->msg);
	memset(seen->hash, 0, sizeof(seen->hash));
	if (file_read_secret(path, CA_KEY_FILE_MAX, &file, NULL) != CA_OK ||
	    authority_hash(ca_view(&file), seen->hash, NULL) != CA_OK)
		memset(seen->hash, 0, sizeof(seen->hash));
	ca_buf_free(&file);
}

/* ---- the responder's ---- */

static enum ca_status
read_key(struct responders *responders, const char *ref, const char *path,
    const struct pass *pass, struct ca_key **ret, struct ca_error *err)
{
	struct ca_buf hash = {0};
	const uint8_t *known = NULL;
	enum ca_status st;

	if (ledger_get_key_file(responders->a->ledger, ref, &hash, NULL) ==
		CA_OK &&
	    hash.len == LEDGER_HASH_LEN)
		known = hash.data;
	st = keyfile_read(path, pass, known, responders->rng, ret, err);
	ca_buf_free(&hash);
	return st;
}

/* Takes the key. It answers when its certificate has been looked up. */
static void
install(struct responders *responders, struct responder *responder,
    struct ca_key *key, const uint8_t hash[LEDGER_HASH_LEN])
{
	ca_key_free(responder->key);
	responder->key = key;
	memcpy(responder->spki_hash, hash, LEDGER_HASH_LEN);
	responder->alg = ca_sig_alg_for(ca_key_spki(key));
	/* It lives for weeks, and answers for a few authorities' status. */
	ca_key_use_tables(key);
	responder->why = (struct ca_error){0};
	responder->row = 0;
	responder->until = responder->from = 0;
	responder->looked_at = LEDGER_NO_TIME;
	responders->edition++;
}

static void
miss(struct responder *responder)
{
	const char *name = responder->signer.name;

	responder->why = (struct ca_error){0};
	(void)ca_fail(&responder->why, CA_NOT_FOUND,
	    "%s: has no OCSP responder: signet ocsp init --ca %s", name, name);
}

static enum ca_status
open_own(struct responders *responders, struct responder *responder,
    struct ca_error *err)
{
	struct ca_buf ref = {0}, path = {0};
	uint8_t hash[LEDGER_HASH_LEN];
	struct ca_key *key = NULL;
	enum ca_status st;

	if ((st = responder_place(responders->a, responder->signer.name, &ref,
		 &path, err)) != CA_OK)
		goto out;
	(void)has_changed(ca_buf_text(&path), &responder->seen);
	if (!responder->seen.there) {
		miss(responder);
		responders_warn(responders, "%s", responder->why.msg);
		goto out;
	}
	if ((st = read_key(responders, ca_buf_text(&ref), ca_buf_text(&path),
		 responders->options.pass, &key, err)) != CA_OK ||
	    (st = authority_hash(ca_key_spki(key)->der, hash, err)) != CA_OK)
		goto out;
	install(responders, responder, key, hash);
	key = NULL;
out:
	ca_key_free(key);
	ca_buf_free(&ref);
	ca_buf_free(&path);
	return st;
}

/* A key that answers gives way to one that may: `ocsp init --replace` has its
 * certificate before it has its file. */
static enum ca_status
take(struct responders *responders, struct responder *responder,
    struct ca_key *key, struct ca_error *err)
{
	const char *name = responder->signer.name;
	uint8_t hash[LEDGER_HASH_LEN];
	bool certified = false;
	enum ca_status st;

	if ((st = authority_hash(ca_key_spki(key)->der, hash, err)) != CA_OK)
		return st;
	if (responder->key != NULL &&
	    memcmp(hash, responder->spki_hash, sizeof(hash)) == 0) {
		ca_key_free(key);
		return CA_OK;
	}
	if (responder->key != NULL &&
	    (st = responder_is_certified(
		 responders->a, responder, hash, &certified, err)) != CA_OK)
		return st;
	if (responder->key != NULL && !certified)
		return ca_fail(err, CA_REFUSED,
		    "it has no certificate in force: signet ocsp init --ca %s "
		    "--replace",
		    name);
	responders_warn(responders,
	    responder->key == NULL ? "%s: its OCSP responder was taken up" :
				     "%s: its OCSP responder's new key was "
				     "taken up",
	    name);
	install(responders, responder, key, hash);
	return CA_OK;
}

static enum ca_status
take_own(struct responders *responders, struct responder *responder,
    struct ca_error *err)
{
	struct ca_buf ref = {0}, path = {0};
	struct ca_key *key = NULL;
	struct ca_error why = {0};
	enum ca_status st;

	if ((st = responder_place(responders->a, responder->signer.name, &ref,
		 &path, err)) != CA_OK)
		goto out;
	if (responder->key == NULL && responder->why.status == CA_OK)
		miss(responder);
	if (!has_changed(ca_buf_text(&path), &responder->seen) ||
	    !responder->seen.there)
		goto out;
	st = read_key(responders, ca_buf_text(&ref), ca_buf_text(&path),
	    responders->options.late, &key, &why);
	if (st == CA_OK &&
	    (st = take(responders, responder, key, &why)) == CA_OK)
		key = NULL;
	if (st != CA_OK)
		remember(&responder->seen, ca_buf_text(&path), st, &why);
	st = CA_OK;
out:
	ca_key_free(key);
	ca_buf_free(&ref);
	ca_buf_free(&path);
	return st;
}

/* ---- the authority's ---- */

/* An authority whose key is kept elsewhere, a root's in a drawer, publishes by
 * hand. */
static enum ca_status
open_ca(struct responders *responders, struct responder *responder,
    struct ca_error *err)
{
	struct ca_error inner = {0};
	enum ca_status st;

	st = signer_unlock(responders->a, &responder->signer,
	    responders->options.pass, &inner);
	if (st == CA_NOT_FOUND) {
		responders_warn(responders,
		    "%s: its key is not here, and its CRLs are not renewed: %s",
		    responder->signer.name, inner.msg);
		return CA_OK;
	}
	return st == CA_OK ? CA_OK : ca_fail(err, st, "%s", inner.msg);
}

static enum ca_status
take_ca(struct responders *responders, struct responder *responder,
    struct ca_error *err)
{
	struct signer *signer = &responder->signer;
	struct ca_buf ref = {0}, path = {0};
	struct ca_error why = {0};
	enum ca_status st;

	if ((st = signer_key_path(responders->a, signer, &ref, &path, err)) !=
	    CA_OK)
		goto out;
	if (!has_changed(ca_buf_text(&path), &responder->ca_seen) ||
	    !responder->ca_seen.there)
		goto out;
	st = signer_unlock(
	    responders->a, signer, responders->options.late, &why);
	if (st == CA_OK)
		responders_warn(
		    responders, "%s: its key was taken up", signer->name);
	else
		remember(&responder->ca_seen, ca_buf_text(&path), st, &why);
	st = CA_OK;
out:
	ca_buf_free(&ref);
	ca_buf_free(&path);
	return st;
}

/* ---- both ---- */

static bool
wants_ca_key(const struct responders *responders, struct responder *responder)
{
	return responders->options.with_ca_keys &&
	    authority_check_signer(responders->a, &responder->signer, NULL) ==
	    CA_OK;
}

enum ca_status
responder_open_keys(struct responders *responders, struct responder *responder,
    struct ca_error *err)
{
	enum ca_status st = open_own(responders, responder, err);

	if (st == CA_OK && wants_ca_key(responders, responder))
		st = open_ca(responders, responder, err);
	return st;
}

/* A clock that is far ahead is told of by itself, and nobody is there to be
 * asked. */
enum ca_status
responder_take_keys(struct responders *responders, struct responder *responder,
    struct ca_error *err)
{
	struct authority *a = responders->a;
	enum ca_status st;

	if (responders->options.late == NULL)
		return CA_OK;
	if ((st = take_own(responders, responder, err)) != CA_OK ||
	    responder->signer.key != NULL ||
	    !wants_ca_key(responders, responder) ||
	    authority_check_clock(a, authority_now(a), NULL) != CA_OK)
		return st;
	return take_ca(responders, responder, err);
}
