/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/pem.h"
#include "ca/pkcs12.h"
#include "ca/time.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/home.h"
#include "cli/keyfile.h"
#include "cli/print.h"
#include "cli/request.h"

static const struct opt options[] = {CMD_OPT_CA,
    {"policy", OPT_TEXT, "NAME", "another policy than the word says"},
    CMD_OPTS_TERM, {"key", OPT_TEXT, "TYPE", "the new key's type (ecdsa-p256)"},
    {"subject", OPT_TEXT, "NAME", "\"CN=Jason, O=Lab\"; default: NAME"},
    {"out-dir", OPT_TEXT, "DIR",
	"where key, request and certificate go (the home's issued folder)"},
    {"out", OPT_TEXT, "FILE", "the certificate, instead of DIR/NAME.crt"},
    {"key-out", OPT_TEXT, "FILE", "the key, instead of DIR/NAME.key"},
    {"p12", OPT_TEXT, "FILE",
	"key, certificate and chain as PKCS #12 for a browser; its "
	"passphrase is --passout's"},
    {"chain", OPT_FLAG, NULL, "leaf and intermediates in the .crt file"},
    CMD_OPT_PASSIN, CMD_OPT_PASSOUT, CMD_OPT_NO_PASSPHRASE, CMD_OPT_KDF, {0}};

/* Everything one `issue` has in hand. */
struct job {
	const struct invocation *in;
	struct authority *a;
	struct signer signer;
	struct ca_rng *rng;
	struct ca_key *key;
	struct ca_kdf kdf;
	struct wishes *wishes;
	struct ca_buf secret;
	bool unencrypted;
	struct ca_buf request;
	struct issued issued;
	struct ca_buf key_path, csr_path, crt_path;
	const char *p12_path;
};

static void
job_done(struct job *job)
{
	issued_done(&job->issued);
	ca_buf_free(&job->request);
	ca_buf_free(&job->secret);
	ca_buf_free(&job->key_path);
	ca_buf_free(&job->csr_path);
	ca_buf_free(&job->crt_path);
	wishes_free(job->wishes);
	ca_key_free(job->key);
	signer_done(&job->signer);
	authority_close(job->a);
}

/* ---- names and places ---- */

static enum ca_status
gather_names(struct job *job, struct ca_error *err)
{
	const struct opts *opts = &job->in->opts;
	enum ca_status st;

	if ((job->wishes = wishes_new()) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	for (size_t i = 1; i < opts->arg_count; i++) {
		st = wishes_add(job->wishes, ca_san_guess(opts->args[i]),
		    opts->args[i], err);
		if (st != CA_OK)
			return st;
	}
	return wishes_subject(job->wishes, opt_text(opts, "subject"), err);
}

/* A file name from the first name: what is odd in one becomes '_'. */
static void
file_name(const char *name, char *ret, size_t size)
{
	size_t len = 0;

	for (; *name != '\0' && len + 1 < size; name++) {
		bool fine = (*name >= 'a' && *name <= 'z') ||
		    (*name >= 'A' && *name <= 'Z') ||
		    (*name >= '0' && *name <= '9') ||
		    (strchr("@-_", *name) != NULL) || (*name == '.' && len > 0);

		ret[len++] = fine ? *name : '_';
	}
	ret[len] = '\0';
}

/* The option's value, else FOLDER/NAME + suffix. */
static enum ca_status
choose_path(const struct job *job, const char *option, const char *folder,
    const char *suffix, struct ca_buf *ret)
{
	const char *given = option == NULL ? NULL :
					     opt_text(&job->in->opts, option);
	char name[128];

	if (given != NULL)
		return ca_buf_append_text(ret, given);
	file_name(job->in->opts.args[1], name, sizeof(name));
	return ca_buf_printf(ret, "%s/%s%s", folder, name, suffix);
}

static enum ca_status
choose_paths(struct job *job, struct ca_error *err)
{
	const char *folder = opt_text(&job->in->opts, "out-dir");
	struct ca_buf issued = {0};
	enum ca_status st = CA_OK;

	if (folder == NULL) {
		st = home_path(job->in->home, "issued", &issued);
		folder = ca_buf_text(&issued);
	}
	if (st != CA_OK || folder == NULL ||
	    (st = choose_path(
		 job, "key-out", folder, ".key", &job->key_path)) != CA_OK ||
	    (st = choose_path(job, NULL, folder, ".csr", &job->csr_path)) !=
		CA_OK ||
	    (st = choose_path(job, "out", folder, ".crt", &job->crt_path)) !=
		CA_OK)
		st = ca_fail(err, CA_MEMORY, "out of memory");
	ca_buf_free(&issued);
	job->p12_path = opt_text(&job->in->opts, "p12");
	return st;
}

static enum ca_status
check_paths(struct job *job, struct ca_error *err)
{
	const char *paths[] = {ca_buf_text(&job->key_path),
	    ca_buf_text(&job->csr_path), ca_buf_text(&job->crt_path),
	    job->p12_path};
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < 4 && st == CA_OK; i++)
		if (paths[i] != NULL)
			st = file_check_writable(paths[i], FILE_NEVER, err);
	return st;
}

/* ---- the steps ---- */

/* The key file and the PKCS #12 file get the same passphrase: it is asked for
 * once, here, before anything is made. */
static enum ca_status
settle_passphrase(struct job *job, struct ca_error *err)
{
	const struct pass *pass = &job->in->pass;

	if (job->p12_path != NULL && pass->no_passphrase)
		return ca_fail(err, CA_USAGE,
		    "--p12 needs a passphrase: browsers refuse a "
		    "file without one; use --passout");
	return pass_for_new(
	    pass, job->in->opts.args[1], &job->secret, &job->unencrypted, err);
}

static enum ca_status
make_request(struct job *job, struct ca_error *err)
{
	enum ca_key_type type;
	unsigned bits;
	enum ca_status st;

	if ((st = cmd_key_choice(job->in, "ecdsa-p256", &type, &bits, &job->kdf,
		 err)) != CA_OK ||
	    (st = authority_rng(job->a, &job->rng, err)) != CA_OK ||
	    (st = ca_key_generate(type, bits, job->rng, &job->key, err)) !=
		CA_OK)
		return st;
	return wishes_request(
	    job->wishes, job->key, job->rng, &job->request, err);
}

static enum ca_status
write_key(struct job *job, struct ca_error *err)
{
	struct ca_bytes phrase = {0};
	struct ca_buf pem = {0};
	enum ca_status st;

	if (!job->unencrypted)
		phrase = ca_view(&job->secret);
	st = ca_key_to_pem(job->key, phrase, &job->kdf, job->rng, &pem, err);
	if (st == CA_OK)
		st = file_write(ca_buf_text(&job->key_path), ca_view(&pem),
		    FILE_PRIVATE, FILE_NEVER, err);
	ca_buf_free(&pem);
	return st;
}

static enum ca_status
write_pem(const char *path, const char *label, struct ca_bytes der,
    const struct signer *chain, struct ca_error *err)
{
	struct ca_buf pem = {0};
	enum ca_status st = ca_pem_append(&pem, label, der);

	if (st == CA_OK && chain != NULL)
		st = signer_append_chain(chain, false, &pem);
	if (st == CA_OK)
		st = file_write(
		    path, ca_view(&pem), FILE_PUBLIC, FILE_NEVER, err);
	ca_buf_free(&pem);
	return st;
}

static enum ca_status
write_p12(struct job *job, struct ca_error *err)
{
	struct ca_pkcs12 in = {.key = job->key,
	    .cert = ca_view(&job->issued.der),
	    .friendly_name = ca_text(job->in->opts.args[1])};
	struct ca_buf p12 = {0};
	enum ca_status st;

	for (size_t i = 0; i < job->signer.count && i < CA_PKCS12_MAX_CHAIN;
	     i++)
		in.chain[in.chain_len++] = ca_view(&job->signer.ders[i]);
	st = ca_pkcs12_build(&in, ca_view(&job->secret), job->rng, &p12, err);
	if (st == CA_OK)
		st = file_write(job->p12_path, ca_view(&p12), FILE_PRIVATE,
		    FILE_NEVER, err);
	ca_buf_free(&p12);
	return st;
}

/* It is issued: when a file cannot be written now, the message says where the
 * certificate is. The key file is there already. */
static enum ca_status
write_outcome(struct job *job, struct ca_error *err)
{
	const struct signer *chain = opt_flag(&job->in->opts, "chain") ?
	    &job->signer :
	    NULL;
	struct text serial = {0};
	struct ca_error inner = {0};
	enum ca_status st;

	if ((st = write_pem(ca_buf_text(&job->csr_path), CA_PEM_REQUEST,
		 ca_view(&job->request), NULL, &inner)) != CA_OK ||
	    (st = write_pem(ca_buf_text(&job->crt_path), CA_PEM_CERTIFICATE,
		 ca_view(&job->issued.der), chain, &inner)) != CA_OK)
		goto out;
	if (job->p12_path != NULL)
		st = write_p12(job, &inner);
out:
	if (st == CA_OK)
		return CA_OK;
	text_add_hex(&serial, ca_view(&job->issued.serial));
	(void)ca_fail(err, st,
	    "%s; the certificate is issued and in the ledger: signet show %s "
	    "--pem",
	    inner.msg, text_get(&serial));
	text_done(&serial);
	return st;
}

static enum ca_status
issue(struct job *job, const char *policy, struct ca_error *err)
{
	const char *other = opt_text(&job->in->opts, "policy");
	struct issue_order order = {.policy = other != NULL ? other : policy};
	enum ca_status st;

	order.request = ca_view(&job->request);
	if ((st = cmd_term(job->in, &order.term, err)) != CA_OK)
		return st;
	/* A refusal must leave no key behind; a certificate without its key
	 * would be of no use: so plan, key, certificate. */
	if ((st = authority_plan(
		 job->a, &job->signer, &order, &job->issued, err)) != CA_OK)
		return st;
	issued_done(&job->issued);
	if ((st = write_key(job, err)) != CA_OK)
		return st;
	st = authority_issue(job->a, &job->signer, &order, &job->issued, err);
	if (st != CA_OK) {
		file_remove(ca_buf_text(&job->key_path));
		return st;
	}
	return write_outcome(job, err);
}

static void
report(const struct job *job)
{
	char until[CA_TIME_TEXT];
	struct text serial = {0}, key = {0}, crt = {0};

	ca_time_text(job->issued.not_after, until);
	text_add_hex(&serial, ca_view(&job->issued.serial));
	text_add_safe(&key, ca_view(&job->key_path));
	text_add_safe(&crt, ca_view(&job->crt_path));
	term_note(&job->in->term, "%s: signed by %s, valid until %s",
	    job->in->opts.args[1], job->signer.name, until);
	term_note(&job->in->term, "serial      %s", text_get(&serial));
	term_note(&job->in->term, "certificate %s", text_get(&crt));
	term_note(&job->in->term, "key         %s", text_get(&key));
	if (job->p12_path != NULL)
		term_note(&job->in->term, "PKCS #12    %s", job->p12_path);
	term_next(&job->in->term, "signet show %s", text_get(&serial));
	text_done(&serial);
	text_done(&key);
	text_done(&crt);
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct job job = {.in = in};
	const char *policy = in->opts.args[0];
	enum ca_status st;

	if ((st = gather_names(&job, err)) != CA_OK ||
	    (st = cmd_open(in, &job.a, err)) != CA_OK ||
	    (st = choose_paths(&job, err)) != CA_OK ||
	    (st = check_paths(&job, err)) != CA_OK ||
	    (st = signer_open(job.a, opt_text(&in->opts, "ca"), &job.signer,
		 err)) != CA_OK ||
	    (st = signer_unlock(job.a, &job.signer, &in->pass, err)) != CA_OK ||
	    (st = settle_passphrase(&job, err)) != CA_OK ||
	    (st = make_request(&job, err)) != CA_OK ||
	    (st = issue(&job, policy, err)) != CA_OK)
		goto out;
	report(&job);
out:
	job_done(&job);
	return st;
}

const struct command cmd_issue = {
    .name = "issue",
    .operands = "server|client NAME...",
    .summary = "key, request and certificate in one step",
    .about = "The first word is the policy. Names are host names, mailboxes, "
	     "addresses or URIs; the first also names the files. Made for "
	     "people and machines that cannot make their own key; where "
	     "they can, `signet sign` is better: the key never leaves its "
	     "owner.",
    .examples = "  signet issue server company.com www.company.com\n"
		"  signet issue client jason@lab.example --p12 jason.p12 "
		"--passout file:p12.pass\n",
    .options = options,
    .min_args = 2,
    .max_args = -1,
    .run = run,
};
