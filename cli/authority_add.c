/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/authority_press.h"
#include "cli/file.h"
#include "cli/home.h"
#include "cli/interrupt.h"
#include "cli/keyfile.h"
#include "cli/secret.h"
#include "db/ledger_pace.h"

static enum ca_status
exists(void *ctx, const struct ledger_authority *row)
{
	(void)row;
	*(bool *)ctx = true;
	return CA_OK;
}

static enum ca_status
check_id(struct authority *a, const char *id, struct ca_error *err)
{
	bool found = false;
	enum ca_status st;

	if (!ca_issuer_id_is_valid(id))
		return ca_fail(err, CA_USAGE,
		    "%s: an authority's short name is 1 to 40 of "
		    "a-z, 0-9 and '-', not starting with '-'",
		    id);
	st = ledger_authority_by_name(a->ledger, id, exists, &found, NULL);
	if (st == CA_NOT_FOUND)
		return CA_OK;
	if (st != CA_OK)
		return ca_fail(err, st, "the ledger cannot be read");
	return ca_fail(err, CA_REFUSED,
	    "%s: there is an authority of that name already; "
	    "choose another (see `signet ca list`)",
	    id);
}

/* The press of an authority-to-be: its own key signs when it is a root. */
static void
set_up(struct press *press, struct signer *parent, struct ca_issuer *root,
    const char *id, struct ca_key *key)
{
	press->signer = parent;
	if (parent == NULL) {
		*root = (struct ca_issuer){.id = id};
		press->issuer = root;
		press->alg = ca_sig_alg_for(ca_key_spki(key));
		press->key = key;
		return;
	}
	press->issuer = &parent->issuer;
	press->issuer_row = parent->id;
	press->alg = parent->alg;
	press->key = parent->key;
}

/*
 * The key file comes before the intent: a certificate whose key was lost in a
 * crash would be of no use. It goes again when nothing was signed with it;
 * Ctrl-C waits until one or the other is so.
 */
static enum ca_status
write_key_and_run(struct press *press, const struct ca_key *key,
    const char *path, const struct pass *pass, struct ca_rng *rng,
    struct ca_error *err)
{
	struct interrupts interrupts;
	uint8_t hash[LEDGER_HASH_LEN];
	enum ca_status st;

	interrupts_hold(&interrupts);
	st = keyfile_write(
	    path, NULL, key, pass, press->adding->kdf, rng, hash, err);
	if (st != CA_OK)
		goto out;
	press->key_file_hash = hash;
	st = interrupts_came(&interrupts) ?
	    ca_fail(err, CA_IO, "interrupted; nothing was made") :
	    press_run(press, err);
	if (st != CA_OK && press->out->row == 0)
		file_remove(path);
out:
	interrupts_release(&interrupts);
	return st;
}

/* The passphrase is asked for while Ctrl-C ends that. */
static enum ca_status
ask_and_run(struct press *press, const struct ca_key *key, const char *path,
    const struct pass *pass, struct ca_rng *rng, struct ca_error *err)
{
	struct pass settled = *pass;
	struct ca_buf secret = {0};
	bool none = false;
	char what[64];
	enum ca_status st;

	(void)snprintf(what, sizeof(what), "the key of %s", press->adding->id);
	if ((st = file_check_writable(path, FILE_NEVER, err)) == CA_OK)
		st = pass_for_new(pass, what, &secret, &none, err);
	settled.settled = &secret;
	if (st == CA_OK)
		st = write_key_and_run(press, key, path, &settled, rng, err);
	ca_buf_free(&secret);
	return st;
}

static enum ca_status
build_request(const struct authority_order *order, struct ca_key *key,
    struct ca_rng *rng, struct ca_buf *ret, struct ca_error *err)
{
	return ca_csr_build(key, order->subject, NULL, 0, rng, ret, err);
}

static enum ca_status
key_path(struct authority *a, const char *id, struct ca_buf *ref,
    struct ca_buf *path, struct ca_error *err)
{
	if (ca_buf_printf(ref, "keys/%s.key", id) != CA_OK ||
	    ca_buf_text(ref) == NULL ||
	    home_path(a->path, ca_buf_text(ref), path) != CA_OK ||
	    ca_buf_text(path) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	return CA_OK;
}

enum ca_status
authority_add(struct authority *a, struct signer *parent,
    const struct authority_order *order, const struct pass *pass,
    struct issued *ret, struct ca_error *err)
{
	struct press *press = calloc(1, sizeof(*press));
	struct issue_order issue = {.policy = order->policy,
	    .term = order->term,
	    .has_path_len = order->has_path_len,
	    .path_len = order->path_len,
	    .name_constraints = order->name_constraints};
	struct ca_buf request = {0}, ref = {0}, path = {0};
	struct ca_issuer root;
	struct ca_key *made = NULL, *key = order->key;
	struct ca_rng *rng;
	enum ca_status st;

	if (press == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	*ret = (struct issued){0};
	if ((st = check_id(a, order->id, err)) != CA_OK ||
	    (st = key_path(a, order->id, &ref, &path, err)) != CA_OK ||
	    (st = authority_rng(a, &rng, err)) != CA_OK)
		goto out;
	if (key == NULL) {
		st = ca_key_generate(
		    order->key_type, order->key_bits, rng, &made, err);
		if (st != CA_OK)
			goto out;
		secret_lock_key(made);
		key = made;
	}
	if ((st = build_request(order, key, rng, &request, err)) != CA_OK)
		goto out;
	issue.request = ca_view(&request);
	*press = (struct press){.a = a,
	    .order = &issue,
	    .out = ret,
	    .adding = order,
	    .key_ref = ca_buf_text(&ref)};
	set_up(press, parent, &root, order->id, key);
	if ((st = press_prepare(press, err)) != CA_OK ||
	    (st = ask_and_run(
		 press, key, ca_buf_text(&path), pass, rng, err)) != CA_OK)
		goto out;
	/* For whoever copies ledger.db alone: it holds an authority. */
	ledger_checkpoint(a->ledger);
out:
	if (st != CA_OK)
		issued_done(ret);
	ca_key_free(made);
	ca_buf_free(&request);
	ca_buf_free(&ref);
	ca_buf_free(&path);
	free(press);
	return st;
}
