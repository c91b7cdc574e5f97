/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/authority.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/pem.h"
#include "cli/authority_internal.h"
#include "cli/file.h"
#include "cli/home.h"
#include "cli/keyfile.h"

/* Names shown when the choice is the operator's. */
#define MAX_NAMES_SHOWN 12

/* What signer_choose() gathers from the authorities' rows. */
struct choice {
	int64_t issuing, root; /* ids of the last of each kind */
	size_t issuing_count, root_count;
	struct ca_buf names;
	size_t shown;
};

static enum ca_status
note_authority(void *ctx, const struct ledger_authority *row)
{
	struct choice *choice = ctx;

	if (row->certificate == 0)
		return CA_OK;
	if (row->parent != 0) {
		choice->issuing = row->id;
		choice->issuing_count++;
	} else {
		choice->root = row->id;
		choice->root_count++;
	}
	if (choice->shown++ >= MAX_NAMES_SHOWN)
		return CA_OK;
	return ca_buf_printf(
	    &choice->names, "%s%s", choice->shown > 1 ? ", " : "", row->name);
}

static enum ca_status
choose(const struct choice *choice, const char *names, int64_t *ret_id,
    struct ca_error *err)
{
	if (choice->issuing_count == 1) {
		*ret_id = choice->issuing;
		return CA_OK;
	}
	if (choice->issuing_count == 0 && choice->root_count == 1) {
		*ret_id = choice->root;
		return CA_OK;
	}
	if (choice->shown == 0)
		return ca_fail(err, CA_NOT_FOUND,
		    "this home has no authority yet: `signet init NAME` makes "
		    "one");
	if (names[0] == '\0')
		return ca_fail(err, CA_REFUSED,
		    "every authority of this home is revoked: none can sign");
	return ca_fail(err, CA_USAGE,
	    "several authorities could sign: %s; say which with "
	    "--ca NAME",
	    names);
}

static enum ca_status
take_id(void *ctx, const struct ledger_authority *row)
{
	int64_t *id = ctx;

	*id = row->id;
	return CA_OK;
}

/* Those to choose from. */
struct offer {
	int64_t ids[MAX_NAMES_SHOWN];
	char names[MAX_NAMES_SHOWN][48];
	size_t count;
};

static enum ca_status
take_offer(void *ctx, const struct ledger_authority *row)
{
	struct offer *offer = ctx;

	if (row->certificate == 0 || offer->count == MAX_NAMES_SHOWN)
		return CA_OK;
	offer->ids[offer->count] = row->id;
	(void)snprintf(offer->names[offer->count++], sizeof(offer->names[0]),
	    "%s", row->name);
	return CA_OK;
}

/* What is revoked signs nothing, and is not offered. */
static enum ca_status
leave_out_revoked(
    struct authority *a, struct ca_buf *names, struct ca_error *err)
{
	struct offer offer = {0};
	enum ca_status st;

	st = ledger_each_authority(a->ledger, take_offer, &offer, err);
	if (st == CA_OK)
		ca_buf_clear(names);
	for (size_t i = 0; i < offer.count && st == CA_OK; i++)
		if (authority_check_standing(a, offer.ids[i], NULL) !=
		    CA_REFUSED)
			st = ca_buf_printf(names, "%s%s",
			    names->len > 0 ? ", " : "", offer.names[i]);
	return st;
}

static enum ca_status
find_id(struct authority *a, const char *name, int64_t *ret_id,
    struct ca_error *err)
{
	struct choice choice = {0};
	const char *names;
	enum ca_status st;

	st = ledger_each_authority(a->ledger, note_authority, &choice, err);
	if (st == CA_OK && name == NULL)
		st = leave_out_revoked(a, &choice.names, err);
	names = ca_buf_text(&choice.names);
	if (st == CA_OK && names == NULL)
		st = CA_MEMORY;
	if (st != CA_OK)
		goto out;
	if (name == NULL) {
		st = choose(&choice, names, ret_id, err);
		goto out;
	}
	st = ledger_authority_by_name(a->ledger, name, take_id, ret_id, NULL);
	if (st == CA_NOT_FOUND)
		(void)ca_fail(err, st,
		    "%s: no such authority; this home has: %s", name,
		    choice.shown > 0 ? names : "none yet");
	else if (st != CA_OK)
		(void)ca_fail(err, st, "%s: the ledger cannot be read", name);
out:
	ca_buf_free(&choice.names);
	return st;
}

/* One step of the way up: the row's certificate is copied. */
struct step {
	struct signer *signer;
	int64_t parent, certificate;
	struct ca_error *err;
};

static enum ca_status
take_step(void *ctx, const struct ledger_authority *row)
{
	struct step *step = ctx;
	struct signer *signer = step->signer;

	if (row->der.len == 0)
		return ca_fail(step->err, CA_REFUSED,
		    "%s: has no certificate: it was never issued", row->name);
	if (signer->count == 0) {
		signer->id = row->id;
		(void)snprintf(
		    signer->name, sizeof(signer->name), "%s", row->name);
	}
	step->parent = row->parent;
	step->certificate = row->certificate;
	return ca_buf_append(&signer->ders[signer->count], row->der);
}

static enum ca_status
load_chain(struct authority *a, struct signer *signer, int64_t id,
    struct ca_error *err)
{
	enum ca_status st;

	while (id != 0) {
		struct step step = {.signer = signer, .err = err};

		if (signer->count == CA_CHAIN_MAX)
			return ca_fail(err, CA_REFUSED,
			    "%s: its chain is longer than %d", signer->name,
			    CA_CHAIN_MAX);
		st = ledger_authority_by_id(
		    a->ledger, id, take_step, &step, err);
		if (st != CA_OK)
			return st;
		st = ca_cert_parse(ca_view(&signer->ders[signer->count]),
		    &signer->certs[signer->count], err);
		if (st != CA_OK) {
			ca_fail_in(err, "ledger: an authority's certificate");
			return st;
		}
		signer->issuer.chain[signer->count] =
		    &signer->certs[signer->count];
		signer->count++;
		id = step.parent;
	}
	signer->issuer.chain_len = signer->count;
	signer->issuer.id = signer->name;
	return CA_OK;
}

/* One authority of the way up, while its rows are read. */
struct standing {
	char name[48];
	int64_t parent, certificate;
	struct ca_error *err;
};

static enum ca_status
take_standing(void *ctx, const struct ledger_authority *row)
{
	struct standing *standing = ctx;

	(void)snprintf(standing->name, sizeof(standing->name), "%s", row->name);
	standing->parent = row->parent;
	standing->certificate = row->certificate;
	return CA_OK;
}

static enum ca_status
check_standing(void *ctx, const struct ledger_cert *row)
{
	const struct standing *standing = ctx;

	if (row->revoked_at == LEDGER_NO_TIME)
		return CA_OK;
	return ca_fail(standing->err, CA_REFUSED,
	    "%s: its certificate is revoked (%s): it may not sign "
	    "any more, nor any authority below it; add another with "
	    "`signet ca add`",
	    standing->name, ca_reason_name(row->reason));
}

enum ca_status
authority_check_standing(
    struct authority *a, int64_t authority, struct ca_error *err)
{
	int64_t id = authority;
	enum ca_status st = CA_OK;

	/* load_chain() finds no way that is longer. */
	for (int i = 0; i < CA_CHAIN_MAX && id != 0 && st == CA_OK; i++) {
		struct standing standing = {.err = err};

		st = ledger_authority_by_id(
		    a->ledger, id, take_standing, &standing, err);
		if (st == CA_OK)
			st = ledger_cert_by_id(a->ledger, standing.certificate,
			    check_standing, &standing, err);
		id = standing.parent;
	}
	return st;
}

enum ca_status
authority_check_signer(
    struct authority *a, const struct signer *signer, struct ca_error *err)
{
	return authority_check_standing(a, signer->id, err);
}

enum ca_status
signer_load(struct authority *a, int64_t authority, struct signer *ret,
    struct ca_error *err)
{
	enum ca_status st;

	*ret = (struct signer){0};
	ret->certs = calloc(CA_CHAIN_MAX, sizeof(*ret->certs));
	if (ret->certs == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	st = load_chain(a, ret, authority, err);
	if (st == CA_OK)
		ret->alg = ca_sig_alg_for(&ret->certs[0].spki);
	else
		signer_done(ret);
	return st;
}

enum ca_status
signer_open(struct authority *a, const char *name, struct signer *ret,
    struct ca_error *err)
{
	int64_t id = 0;
	enum ca_status st;

	*ret = (struct signer){0};
	if ((st = find_id(a, name, &id, err)) != CA_OK ||
	    (st = signer_load(a, id, ret, err)) != CA_OK)
		return st;
	st = authority_check_signer(a, ret, err);
	if (st != CA_OK)
		signer_done(ret);
	return st;
}

static enum ca_status
take_key_ref(void *ctx, const struct ledger_authority *row)
{
	return ca_buf_append_text(ctx, row->key_ref);
}

/* The file's hash from when it was written: NULL when it is not known. */
static const uint8_t *
known_hash(struct authority *a, const char *ref, struct ca_buf *hash)
{
	if (ledger_get_key_file(a->ledger, ref, hash, NULL) != CA_OK ||
	    hash->len != LEDGER_HASH_LEN)
		return NULL;
	return hash->data;
}

enum ca_status
signer_key_path(struct authority *a, const struct signer *signer,
    struct ca_buf *ref, struct ca_buf *path, struct ca_error *err)
{
	enum ca_status st = ledger_authority_by_id(
	    a->ledger, signer->id, take_key_ref, ref, err);

	if (st != CA_OK)
		return st;
	if (ca_buf_text(ref) == NULL ||
	    home_path(a->path, ca_buf_text(ref), path) != CA_OK ||
	    ca_buf_text(path) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	return CA_OK;
}

bool
signer_key_is_here(struct authority *a, const struct signer *signer)
{
	struct ca_buf ref = {0}, path = {0};
	bool here = signer_key_path(a, signer, &ref, &path, NULL) != CA_OK ||
	    file_exists(ca_buf_text(&path));

	ca_buf_free(&ref);
	ca_buf_free(&path);
	return here;
}

enum ca_status
signer_unlock(struct authority *a, struct signer *signer,
    const struct pass *pass, struct ca_error *err)
{
	struct ca_buf ref = {0}, path = {0}, hash = {0};
	struct ca_key *key = NULL;
	enum ca_status st;

	if ((st = authority_confirm_clock(a, pass->term, err)) != CA_OK ||
	    (st = signer_key_path(a, signer, &ref, &path, err)) != CA_OK)
		goto out;
	st = keyfile_read(ca_buf_text(&path), pass,
	    known_hash(a, ca_buf_text(&ref), &hash), NULL, &key, err);
	if (st != CA_OK)
		goto out;
	if (!ca_bytes_equal(ca_key_spki(key)->der, signer->certs[0].spki.der)) {
		st = ca_fail(err, CA_REFUSED,
		    "%s: this is not the key of the certificate of "
		    "%s; put the right key file back",
		    ca_buf_text(&path), signer->name);
		goto out;
	}
	ca_key_free(signer->key);
	signer->key = key;
	key = NULL;
out:
	ca_key_free(key);
	ca_buf_free(&ref);
	ca_buf_free(&path);
	ca_buf_free(&hash);
	return st;
}

enum ca_status
signer_append_chain(
    const struct signer *signer, bool with_root, struct ca_buf *ret)
{
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < signer->count && st == CA_OK; i++) {
		if (!with_root && ca_cert_is_self_issued(&signer->certs[i]))
			continue;
		st = ca_pem_append(
		    ret, CA_PEM_CERTIFICATE, ca_view(&signer->ders[i]));
	}
	return st;
}

void
signer_done(struct signer *signer)
{
	if (signer == NULL)
		return;
	for (size_t i = 0; i < CA_CHAIN_MAX; i++)
		ca_buf_free(&signer->ders[i]);
	ca_key_free(signer->key);
	free(signer->certs);
	*signer = (struct signer){0};
}
