/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "ca/crypto.h"
#include "ca/pem.h"
#include "ca/time.h"
#include "cli/file.h"
#include "cli/roots.h"
#include "cli/world.h"

/* The option that names a place of a kind. */
static const struct {
	const char *kind, *option;
} places_named[] = {{"system", "root"}, {"nss", "nssdb"}, {"java", "keystore"}};
#define KINDS (sizeof(places_named) / sizeof(places_named[0]))

void
roots_done(struct roots *roots)
{
	trust_places_done(&roots->places);
	ca_buf_free(&roots->der);
	ca_buf_free(&roots->pem);
	ca_buf_free(&roots->storepass);
}

/* ---- the certificate ---- */

static enum ca_status
take_root(void *ctx, const struct ledger_authority *row)
{
	struct roots *roots = ctx;

	if (row->parent != 0 || row->der.len == 0 || roots->der.len > 0)
		return CA_OK;
	return ca_buf_append(&roots->der, row->der);
}

static enum ca_status
root_of_home(struct roots *roots, struct ca_error *err)
{
	struct authority *a = NULL;
	enum ca_status st = cmd_open(roots->in, &a, err);

	if (st == CA_NOT_FOUND)
		ca_fail_hint(err, "or name the certificate's file");
	if (st == CA_OK)
		st = ledger_each_authority(
		    authority_ledger(a), take_root, roots, err);
	if (st == CA_OK && roots->der.len == 0)
		st = ca_fail(err, CA_NOT_FOUND, "this home has no root");
	authority_close(a);
	return st;
}

static enum ca_status
root_of_file(struct roots *roots, const char *path, struct ca_error *err)
{
	static const char *const labels[] = {CA_PEM_CERTIFICATE, NULL};
	struct ca_buf file = {0};
	enum ca_status st = file_read(path, FILE_MAX_READ, &file, err);

	if (st == CA_OK &&
	    (st = ca_pem_single(ca_view(&file), labels, "a root's certificate",
		 NULL, &roots->der, err)) != CA_OK)
		ca_fail_in(err, path);
	ca_buf_free(&file);
	return st;
}

static enum ca_status
check_fingerprint(const struct roots *roots, struct ca_error *err)
{
	const char *told = opt_text(&roots->in->opts, "fingerprint");
	uint8_t hash[CA_HASH_MAX];
	struct ca_buf want = {0};
	enum ca_status st;

	if (told == NULL)
		return CA_OK;
	st = ca_hash_bytes(CA_HASH_SHA256, ca_view(&roots->der), hash, err);
	if (st == CA_OK &&
	    (ca_hex_parse(&want, told) != CA_OK || want.len != 32))
		st = ca_fail(err, CA_USAGE,
		    "--fingerprint %.100s: a SHA-256 is 64 hex digits", told);
	if (st == CA_OK && memcmp(want.data, hash, 32) != 0)
		st = ca_fail(err, CA_UNTRUSTED,
		    "--fingerprint: this certificate has another one: it is "
		    "not the one that was told; nothing was changed");
	ca_buf_free(&want);
	return st;
}

/* What may be trusted from now on. What is taken away may be anything. */
enum ca_status
roots_check(const struct roots *roots, struct ca_error *err)
{
	const struct world *world = world_real();
	char end[CA_TIME_TEXT];

	if (!roots->cert.is_ca)
		return ca_fail(err, CA_REFUSED,
		    "the certificate is not an authority's: "
		    "basicConstraints has no CA:TRUE (RFC 5280 4.2.1.9)");
	if (!ca_cert_is_self_issued(&roots->cert))
		return ca_fail(err, CA_REFUSED,
		    "the certificate is not a root: somebody else issued it; "
		    "install that one's, this one goes to the servers");
	if (roots->cert.not_after >= world->now(world->ctx))
		return CA_OK;
	ca_time_text(roots->cert.not_after, end);
	return ca_fail(
	    err, CA_REFUSED, "the certificate has expired, on %s", end);
}

enum ca_status
roots_load(struct roots *roots, struct ca_error *err)
{
	const struct opts *opts = &roots->in->opts;
	struct trust *trust = &roots->trust;
	enum ca_status st = opts->arg_count > 0 ?
	    root_of_file(roots, opts->args[0], err) :
	    root_of_home(roots, err);

	if (st != CA_OK ||
	    (st = ca_cert_parse_anchor(
		 ca_view(&roots->der), &roots->cert, err)) != CA_OK ||
	    (st = check_fingerprint(roots, err)) != CA_OK ||
	    (st = trust_label(roots->cert.der, roots->cert.subject,
		 trust->label, err)) != CA_OK)
		return st;
	if (ca_pem_append(&roots->pem, CA_PEM_CERTIFICATE, roots->cert.der) !=
	    CA_OK)
		return ca_fail(err, CA_MEMORY, "out of memory");
	trust->der = roots->cert.der;
	trust->pem = ca_view(&roots->pem);
	trust->cert = &roots->cert;
	trust->person = getenv("HOME");
	return CA_OK;
}

/* ---- the places ---- */

static enum ca_status
read_storepass(struct roots *roots, struct ca_error *err)
{
	struct ca_buf pass = {0};
	enum ca_status st = ca_buf_append_text(&pass, "SIGNET_STOREPASS=");

	if (st == CA_OK && roots->in->pass.passin != NULL)
		st = pass_for_opening(
		    &roots->in->pass, "the keystore", &pass, err);
	else if (st == CA_OK)
		st = ca_buf_append_text(&pass, "changeit");
	if (st == CA_OK)
		st = ca_buf_append(&roots->storepass, ca_view(&pass));
	if (st == CA_OK &&
	    (roots->trust.storepass = ca_buf_text(&roots->storepass)) == NULL)
		st = CA_MEMORY;
	ca_buf_free(&pass);
	return st == CA_OK ? st : ca_fail(err, st, "out of memory");
}

static bool
is_chosen(const struct opts *opts, const char *kind)
{
	const char *store;

	for (size_t i = 0; (store = opt_item(opts, "store", i)) != NULL; i++)
		if (strcmp(store, kind) == 0)
			return true;
	return false;
}

static enum ca_status
check_stores(const struct opts *opts, struct ca_error *err)
{
	const char *store;

	for (size_t i = 0; (store = opt_item(opts, "store", i)) != NULL; i++)
		if (trust_kind_by_name(store) == NULL)
			return ca_fail(err, CA_USAGE,
			    "--store %.40s: is system, nss or java", store);
	return CA_OK;
}

/* NULL behind the last. --root is one, the others are lists. */
static const char *
named_place(const struct opts *opts, const char *option, size_t i)
{
	if (strcmp(option, "root") != 0)
		return opt_item(opts, option, i);
	return i == 0 ? opt_text(opts, option) : NULL;
}

static enum ca_status
find_kind(struct roots *roots, size_t kind, bool all, struct ca_error *err)
{
	const struct opts *opts = &roots->in->opts;
	const struct trust_kind *k = trust_kind_by_name(
	    places_named[kind].kind);
	const char *option = places_named[kind].option, *name;
	const size_t before = roots->places.count;
	enum ca_status st = CA_OK;

	for (size_t i = 0; st == CA_OK; i++) {
		if ((name = named_place(opts, option, i)) == NULL)
			break;
		st = k->name_place(name, &roots->places, err);
	}
	if (st != CA_OK || roots->places.count > before ||
	    !(all || is_chosen(opts, k->name)))
		return st;
	st = k->find(&roots->trust, &roots->places, err);
	if (st == CA_OK && roots->places.count == before && !all)
		st = ca_fail(err, CA_NOT_FOUND,
		    "--store %s: there is none here; it comes with `apt-get "
		    "install %s`, and --%s names one",
		    k->name, k->package, option);
	return st;
}

enum ca_status
roots_find(struct roots *roots, struct ca_error *err)
{
	const struct opts *opts = &roots->in->opts;
	bool all = opt_count(opts, "store") == 0;
	enum ca_status st = check_stores(opts, err);

	if (st == CA_OK)
		st = read_storepass(roots, err);
	for (size_t i = 0; i < KINDS; i++)
		if (named_place(opts, places_named[i].option, 0) != NULL)
			all = false;
	for (size_t i = 0; i < KINDS && st == CA_OK; i++)
		st = find_kind(roots, i, all, err);
	if (st == CA_OK && roots->places.count == 0)
		st = ca_fail(err, CA_NOT_FOUND,
		    "neither a system store nor an NSS database nor a Java "
		    "keystore is here; `signet help roots install` says where "
		    "they are looked for");
	return st;
}
