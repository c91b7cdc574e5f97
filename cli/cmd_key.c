/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/key.h"

#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/keyfile.h"
#include "cli/secret.h"
#include "cli/text.h"

static const struct opt options[] = {
    {"type", OPT_TEXT, "TYPE",
	"ecdsa-p256 (default), ecdsa-p384, ecdsa-p521, rsa-2048, rsa-3072, "
	"rsa-4096, ed25519, ed448"},
    {"out", OPT_TEXT, "FILE", "the key file; never overwritten"},
    CMD_OPT_PASSOUT, CMD_OPT_NO_PASSPHRASE, CMD_OPT_KDF, {0}};

static enum ca_status
generate(const struct invocation *in, enum ca_key_type type, unsigned bits,
    const struct ca_kdf *kdf, const char *out, struct ca_error *err)
{
	struct ca_rng *rng = NULL;
	struct ca_key *key = NULL;
	enum ca_status st;

	if ((st = ca_rng_new(&rng, err)) == CA_OK &&
	    (st = ca_key_generate(type, bits, rng, &key, err)) == CA_OK) {
		secret_lock_key(key);
		st = keyfile_write(
		    out, NULL, key, &in->pass, kdf, rng, NULL, err);
	}
	ca_key_free(key);
	ca_rng_free(rng);
	return st;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	const char *type_text = opt_text(&in->opts, "type");
	const char *out = opt_text(&in->opts, "out");
	struct text word = {0};
	struct ca_kdf kdf;
	enum ca_key_type type;
	unsigned bits;
	enum ca_status st;

	if (out == NULL)
		return ca_fail(err, CA_USAGE,
		    "--out FILE is missing: a key goes into a file "
		    "of its own");
	if ((st = ca_key_type_parse(
		 type_text != NULL ? type_text : "ecdsa-p256", &type, &bits,
		 err)) != CA_OK ||
	    (st = cmd_kdf(in, &kdf, err)) != CA_OK ||
	    (st = file_check_writable(out, FILE_NEVER, err)) != CA_OK ||
	    (st = generate(in, type, bits, &kdf, out, err)) != CA_OK)
		return st;
	term_note(&in->term, "key written to %s", out);
	text_add_shell(&word, out);
	term_next(&in->term,
	    "signet csr new --key %s --dns company.com --out company.csr",
	    text_get(&word));
	text_done(&word);
	return CA_OK;
}

const struct command cmd_key_new = {
    .name = "key new",
    .operands = "",
    .summary = "make a private key",
    .about = "Writes a PKCS #8 PEM file, readable by its owner alone, "
	     "encrypted with a passphrase (scrypt, AES-256-CBC; openssl "
	     "reads it). No home is needed: this is what the company "
	     "runs on its own machine.",
    .examples = "  signet key new --type ecdsa-p256 --out company.key\n"
		"  signet key new --type rsa-3072 --out a.key --passout "
		"file:a.pass\n",
    .options = options,
    .max_args = 0,
    .needs = CMD_NO_HOME,
    .run = run,
};
