/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "cli/authority_key.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/home.h"

static const struct opt options[] = {
    {"passin", OPT_TEXT, "SOURCE",
	"the passphrase it has: env:, file:, fd:, stdin"},
    {"passout", OPT_TEXT, "SOURCE", "the one it gets: env:, file:, fd:, stdin"},
    {"no-passphrase", OPT_FLAG, NULL, "leave the key unencrypted"}, CMD_OPT_KDF,
    {0}};

struct place_of_key {
	struct ca_buf path, ref;
};

/* "issuing", "issuing.ocsp": a file in keys/. */
static enum ca_status
try_name(const struct invocation *in, const char *name,
    struct place_of_key *ret, bool *ret_found)
{
	*ret_found = false;
	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
		return CA_OK;
	if (ca_buf_printf(&ret->ref, "keys/%s.key", name) != CA_OK ||
	    ca_buf_text(&ret->ref) == NULL ||
	    home_path(in->home, ca_buf_text(&ret->ref), &ret->path) != CA_OK ||
	    ca_buf_text(&ret->path) == NULL)
		return CA_MEMORY;
	*ret_found = file_exists(ca_buf_text(&ret->path));
	return CA_OK;
}

/* A link is followed: the file behind it is what is replaced. */
static enum ca_status
follow(struct place_of_key *place)
{
	char *real = realpath(ca_buf_text(&place->path), NULL);
	enum ca_status st = CA_OK;

	if (real != NULL) {
		ca_buf_clear(&place->path);
		st = ca_buf_append_text(&place->path, real);
	}
	free(real);
	return st == CA_OK && ca_buf_text(&place->path) != NULL ? CA_OK :
								  CA_MEMORY;
}

static enum ca_status
find_file(
    const struct invocation *in, struct place_of_key *ret, struct ca_error *err)
{
	const char *what = in->opts.args[0];
	bool found;

	if (try_name(in, what, ret, &found) != CA_OK)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if (found)
		goto follow;
	ca_buf_clear(&ret->path);
	ca_buf_clear(&ret->ref);
	if (!file_exists(what))
		return ca_fail(err, CA_NOT_FOUND,
		    "%s: no key of this name is in %s/keys, and there is no "
		    "such file (see `signet ca list`)",
		    what, in->home);
	if (ca_buf_append_text(&ret->path, what) != CA_OK ||
	    home_reference(in->home, what, &ret->ref) != CA_OK ||
	    ca_buf_text(&ret->path) == NULL ||
	    (ret->ref.len > 0 && ca_buf_text(&ret->ref) == NULL))
		return ca_fail(err, CA_MEMORY, "out of memory");
follow:
	if (follow(ret) != CA_OK)
		return ca_fail(err, CA_MEMORY, "out of memory");
	return CA_OK;
}

static void
report(const struct invocation *in, const char *path, bool recorded_only)
{
	if (!recorded_only) {
		term_note(&in->term, "%s: %s", path,
		    in->pass.no_passphrase ? "has no passphrase any more" :
					     "has a new passphrase");
		return;
	}
	term_note(&in->term,
	    "%s: another program had changed it; it opens, holds the ledger's "
	    "key, and is recorded as it is",
	    path);
	term_note(&in->term,
	    "its passphrase is what it was: say this again to change it");
}

static enum ca_status
change(const struct invocation *in, const struct place_of_key *place,
    const struct ca_kdf *kdf, struct ca_error *err)
{
	const struct opts *opts = &in->opts;
	struct key_change order = {
	    .path = (const char *)place->path.data,
	    .ref = place->ref.len > 0 ? (const char *)place->ref.data : NULL,
	    .kdf = kdf,
	    .asked = opt_text(opts, "passout") != NULL ||
		opt_text(opts, "kdf") != NULL || in->pass.no_passphrase,
	};
	struct authority *a = NULL;
	bool recorded_only = false;
	enum ca_status st;

	if (order.ref != NULL && (st = cmd_open(in, &a, err)) != CA_OK)
		return st;
	st = authority_key_change(a, &order, &in->pass, &recorded_only, err);
	if (st == CA_OK)
		report(in, order.path, recorded_only);
	authority_close(a);
	return st;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct place_of_key place = {0};
	struct ca_kdf kdf;
	enum ca_status st;

	if ((st = cmd_kdf(in, &kdf, err)) == CA_OK &&
	    (st = find_file(in, &place, err)) == CA_OK)
		st = change(in, &place, &kdf, err);
	ca_buf_free(&place.path);
	ca_buf_free(&place.ref);
	return st;
}

const struct command cmd_key_passphrase = {
    .name = "key passphrase",
    .operands = "NAME|FILE",
    .summary = "another passphrase for a key file",
    .about = "NAME is an authority's, or NAME.ocsp its OCSP responder's: the "
	     "key of that name in the home; else it is a file. The file is "
	     "encrypted anew and put in place in one rename, and the ledger "
	     "records it when it is one of the home's.\n\n"
	     "A key of the home that another program has changed, as `openssl "
	     "pkey -aes256` does, is opened and held against the ledger; "
	     "without a new passphrase it is then recorded as it is, so that "
	     "`signet audit` knows it. Copies in backups keep the passphrase "
	     "they have.",
    .examples = "  signet key passphrase issuing\n"
		"  signet key passphrase issuing.ocsp --passin file:old "
		"--passout file:new\n"
		"  signet key passphrase company.key --no-passphrase\n",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .needs = CMD_CHANGES_OPERANDS,
    .run = run,
};
