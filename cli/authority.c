/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/authority.h"

#include <stdio.h>
#include <stdlib.h>

#include "ca/crypto.h"
#include "cli/authority_internal.h"
#include "cli/home.h"

/* CA_REFUSED is for its mode alone. */
static enum ca_status
check_home(const struct authority_options *options, struct ca_error *err)
{
	struct ca_error why = {0};
	enum ca_status st = home_check(options->home, &why);

	if (st == CA_OK || (st == CA_REFUSED && options->looks_only))
		return CA_OK;
	return ca_fail(err, st, "%s", why.msg);
}

enum ca_status
authority_open(const struct authority_options *options, struct authority **ret,
    struct ca_error *err)
{
	struct authority *a = calloc(1, sizeof(*a));
	struct ledger_options ledger = {.wait_ms = options->wait_ms,
	    .read_only = options->looks_only,
	    .hasher = log_hasher()};
	struct ca_buf path = {0};
	enum ca_status st;

	if (a == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	a->world = options->world != NULL ? options->world : world_real();
	a->force_time = options->force_time;
	if ((st = check_home(options, err)) != CA_OK ||
	    (st = ca_buf_append_text(&a->home, options->home)) != CA_OK ||
	    (st = home_path(options->home, "ledger.db", &path)) != CA_OK)
		goto out;
	a->path = ca_buf_text(&a->home);
	ledger.path = ca_buf_text(&path);
	if (a->path == NULL || ledger.path == NULL) {
		st = CA_MEMORY;
		goto out;
	}
	if ((st = ledger_open(&ledger, &a->ledger, err)) != CA_OK)
		goto out;
	*ret = a;
	a = NULL;
out:
	ca_buf_free(&path);
	authority_close(a);
	return st;
}

void
authority_close(struct authority *a)
{
	if (a == NULL)
		return;
	ledger_close(a->ledger);
	log_signer_done(&a->log);
	ca_rng_free(a->rng);
	ca_buf_free(&a->home);
	free(a);
}

static enum ca_status
note_found(void *ctx, const struct ledger_authority *row)
{
	(void)row;
	*(bool *)ctx = true;
	return CA_OK;
}

enum ca_status
authority_check_founded(struct authority *a, struct ca_error *err)
{
	bool found = false;
	enum ca_status st;

	st = ledger_each_authority(a->ledger, note_found, &found, err);
	if (st != CA_OK || found)
		return st;
	return ca_fail(err, CA_IO,
	    "%s/ledger.db: holds no authority: copied without its -wal? copy "
	    "both while no command runs, or restore a backup (signet backup "
	    "FILE, sqlite3 ledger.db \".backup FILE\")",
	    a->path);
}

struct ledger *
authority_ledger(struct authority *a)
{
	return a->ledger;
}

const char *
authority_home(const struct authority *a)
{
	return a->path;
}

int64_t
authority_now(const struct authority *a)
{
	return a->world->now(a->world->ctx);
}

enum ca_status
authority_rng(struct authority *a, struct ca_rng **ret, struct ca_error *err)
{
	enum ca_status st;

	if (a->rng == NULL && (st = ca_rng_new(&a->rng, err)) != CA_OK)
		return st;
	*ret = a->rng;
	return CA_OK;
}

const char *
authority_actor(struct authority *a)
{
	if (a->world->actor != NULL)
		return a->world->actor;
	if (a->actor[0] == '\0')
		(void)snprintf(a->actor, sizeof(a->actor), "%s", world_actor());
	return a->actor;
}

enum ca_status
authority_hash(
    struct ca_bytes data, uint8_t ret[LEDGER_HASH_LEN], struct ca_error *err)
{
	uint8_t hash[CA_HASH_MAX];
	enum ca_status st = ca_hash_bytes(CA_HASH_SHA256, data, hash, err);

	for (size_t i = 0; st == CA_OK && i < LEDGER_HASH_LEN; i++)
		ret[i] = hash[i];
	return st;
}

enum ca_status
authority_event(struct authority *a, const char *kind, int64_t certificate,
    const struct signer *signer, struct ca_bytes serial,
    struct ca_bytes object_hash, int64_t now, struct ca_error *err)
{
	struct ledger_event event = {.time = now,
	    .actor = authority_actor(a),
	    .kind = kind,
	    .certificate = certificate,
	    .serial = serial,
	    .object_hash = object_hash};
	uint8_t hash[LEDGER_HASH_LEN];
	enum ca_status st;

	if (signer != NULL) {
		st = authority_hash(signer->certs[0].spki.der, hash, err);
		if (st != CA_OK)
			return st;
		event.issuer_spki_hash = (struct ca_bytes){hash, sizeof(hash)};
	}
	return ledger_add_event(a->ledger, &event, err);
}
