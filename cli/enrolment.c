/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/enrolment.h"

#include <stdio.h>
#include <string.h>

#include "ca/pem.h"
#include "ca/pkcs12.h"
#include "ca/time.h"
#include "cli/file.h"
#include "cli/home.h"
#include "cli/interrupt.h"
#include "cli/place.h"
#include "cli/secret.h"
#include "cli/text.h"

#define NEXT_MAX 1000 /* NAME-1000 is the last that is tried */

void
enrolment_done(struct enrolment *enrolment)
{
	issued_done(&enrolment->issued);
	ca_buf_free(&enrolment->request);
	ca_buf_free(&enrolment->secret);
	ca_buf_free(&enrolment->key_path);
	ca_buf_free(&enrolment->key_ref);
	ca_buf_free(&enrolment->csr_path);
	ca_buf_free(&enrolment->crt_path);
	ca_key_free(enrolment->key);
	signer_done(&enrolment->signer);
	authority_close(enrolment->a);
	*enrolment = (struct enrolment){0};
}

/* ---- places ---- */

void
enrolment_file_name(const char *name, char ret[ENROLMENT_NAME])
{
	size_t len = 0;

	for (; *name != '\0' && len + 1 < ENROLMENT_NAME; name++) {
		bool fine = (*name >= 'a' && *name <= 'z') ||
		    (*name >= 'A' && *name <= 'Z') ||
		    (*name >= '0' && *name <= '9') ||
		    (strchr("@-_", *name) != NULL) || (*name == '.' && len > 0);

		ret[len++] = fine ? *name : '_';
	}
	ret[len] = '\0';
}

/* FOLDER/NAME + suffix, NAME-2 for the second; the option's value instead. */
static enum ca_status
choose_path(const struct enrolment *job, const char *option, const char *folder,
    int number, const char *suffix, struct ca_buf *ret)
{
	const char *given = option == NULL ? NULL :
					     opt_text(&job->in->opts, option);
	char name[ENROLMENT_NAME], more[16] = "";

	ca_buf_clear(ret);
	if (given != NULL)
		return ca_buf_append_text(ret, given);
	enrolment_file_name(job->name, name);
	if (number > 1)
		(void)snprintf(more, sizeof(more), "-%d", number);
	return ca_buf_printf(ret, "%s/%s%s%s", folder, name, more, suffix);
}

static enum ca_status
choose_paths(struct enrolment *job, const char *folder, int number)
{
	enum ca_status st;

	if ((st = choose_path(job, "key-out", folder, number, ".key",
		 &job->key_path)) != CA_OK ||
	    (st = choose_path(
		 job, NULL, folder, number, ".csr", &job->csr_path)) != CA_OK ||
	    (st = choose_path(
		 job, "out", folder, number, ".crt", &job->crt_path)) != CA_OK)
		return st;
	if (ca_buf_text(&job->key_path) == NULL ||
	    ca_buf_text(&job->csr_path) == NULL ||
	    ca_buf_text(&job->crt_path) == NULL)
		return CA_MEMORY;
	return CA_OK;
}

/* What the options name is not tried under another number. */
static bool
is_taken(const struct enrolment *job)
{
	const struct opts *opts = &job->in->opts;

	return file_exists((const char *)job->csr_path.data) ||
	    (opt_text(opts, "key-out") == NULL &&
		file_exists((const char *)job->key_path.data)) ||
	    (opt_text(opts, "out") == NULL &&
		file_exists((const char *)job->crt_path.data));
}

static enum ca_status
check_paths(struct enrolment *job, struct ca_error *err)
{
	const struct {
		const char *path, *what;
	} files[] = {{ca_buf_text(&job->key_path), "the key (--key-out)"},
	    {ca_buf_text(&job->csr_path), "the request (--out-dir)"},
	    {ca_buf_text(&job->crt_path), "the certificate (--out)"},
	    {job->p12_path, "--p12"}};
	struct places places = {0};
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < 4 && st == CA_OK; i++)
		if (files[i].path != NULL)
			st = places_add(
			    &places, files[i].path, files[i].what, err);
	if (st == CA_OK)
		st = places_check(&places, err);
	for (size_t i = 0; i < 4 && st == CA_OK; i++)
		if (files[i].path != NULL)
			st = file_check_writable(
			    files[i].path, FILE_NEVER, err);
	places_done(&places);
	return st;
}

enum ca_status
enrolment_places(struct enrolment *job, bool next, struct ca_error *err)
{
	const char *folder = opt_text(&job->in->opts, "out-dir");
	struct ca_buf issued = {0};
	enum ca_status st = CA_OK;

	if (folder == NULL) {
		st = home_path(job->in->home, "issued", &issued);
		folder = ca_buf_text(&issued);
	}
	if (st == CA_OK && folder == NULL)
		st = CA_MEMORY;
	for (int number = 1; st == CA_OK && number <= NEXT_MAX; number++) {
		st = choose_paths(job, folder, number);
		if (!next || st != CA_OK || !is_taken(job))
			break;
	}
	ca_buf_free(&issued);
	if (st != CA_OK)
		return ca_fail(err, st, "out of memory");
	job->p12_path = opt_text(&job->in->opts, "p12");
	return check_paths(job, err);
}

/* ---- the steps ---- */

/* Key and certificate are not there at first. A label may be cut short. */
static struct ca_pkcs12
p12_of(const struct enrolment *job)
{
	struct ca_pkcs12 in = {.key = job->key,
	    .cert = ca_view(&job->issued.der),
	    .friendly_name = ca_text(job->name)};

	if (in.friendly_name.len > CA_PKCS12_MAX_NAME) {
		in.friendly_name.len = CA_PKCS12_MAX_NAME;
		/* Not within a character. */
		while (in.friendly_name.len > 0 &&
		    (job->name[in.friendly_name.len] & 0xc0) == 0x80)
			in.friendly_name.len--;
	}
	for (size_t i = 0; i < job->signer.count && i < CA_PKCS12_MAX_CHAIN;
	     i++)
		in.chain[in.chain_len++] = ca_view(&job->signer.ders[i]);
	return in;
}

/* The key file and the PKCS #12 file get the same passphrase: it is asked for
 * once, here, before anything is made. */
static enum ca_status
settle_passphrase(struct enrolment *job, struct ca_error *err)
{
	const struct pass *pass = &job->in->pass;
	struct ca_pkcs12 p12;
	enum ca_status st;

	if (job->p12_path != NULL && pass->no_passphrase)
		return ca_fail(err, CA_USAGE,
		    "--p12 needs a passphrase: browsers refuse a "
		    "file without one; use --passout");
	st = pass_for_new(
	    pass, job->name, &job->secret, &job->unencrypted, err);
	if (st != CA_OK || job->p12_path == NULL)
		return st;
	p12 = p12_of(job);
	return ca_pkcs12_check(&p12, ca_view(&job->secret), err);
}

enum ca_status
enrolment_begin(struct enrolment *job, const char *issuer,
    const char *default_key, struct ca_error *err)
{
	enum ca_key_type type;
	unsigned bits;
	enum ca_status st;

	if ((st = signer_open(job->a, issuer, &job->signer, err)) != CA_OK ||
	    (st = signer_unlock(job->a, &job->signer, &job->in->pass, err)) !=
		CA_OK ||
	    (st = settle_passphrase(job, err)) != CA_OK ||
	    (st = cmd_key_choice(job->in, default_key, &type, &bits, &job->kdf,
		 err)) != CA_OK ||
	    (st = authority_rng(job->a, &job->rng, err)) != CA_OK)
		return st;
	st = ca_key_generate(type, bits, job->rng, &job->key, err);
	if (st == CA_OK)
		secret_lock_key(job->key);
	return st;
}

static enum ca_status
write_key(struct enrolment *job, struct ca_error *err)
{
	struct ca_bytes phrase = {0};
	struct ca_buf pem = {0};
	const char *path = ca_buf_text(&job->key_path);
	enum ca_status st;

	if (!job->unencrypted)
		phrase = ca_view(&job->secret);
	st = ca_key_to_pem(job->key, phrase, &job->kdf, job->rng, &pem, err);
	if (st == CA_OK)
		st = file_write(
		    path, ca_view(&pem), FILE_PRIVATE, FILE_NEVER, err);
	if (st == CA_OK)
		st = ca_hash_bytes(
		    CA_HASH_SHA256, ca_view(&pem), job->key_hash, err);
	if (st == CA_OK)
		st = home_reference(job->in->home, path, &job->key_ref);
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
write_p12(struct enrolment *job, struct ca_error *err)
{
	struct ca_pkcs12 in = p12_of(job);
	struct ca_buf p12 = {0};
	enum ca_status st;

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
write_outcome(struct enrolment *job, struct ca_error *err)
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
	    "%s; the certificate is issued and in the ledger: `signet show "
	    "%s --pem`",
	    inner.msg, text_get(&serial));
	text_done(&serial);
	return st;
}

/* From the key's file to the last one Ctrl-C waits: all are there, or none. */
static enum ca_status
write_and_issue(
    struct enrolment *job, struct issue_order *order, struct ca_error *err)
{
	struct interrupts interrupts;
	enum ca_status st;

	interrupts_hold(&interrupts);
	if ((st = write_key(job, err)) != CA_OK)
		goto out;
	if (job->key_ref.len > 0) {
		order->key_ref = ca_buf_text(&job->key_ref);
		order->key_file_hash = job->key_hash;
	}
	st = interrupts_came(&interrupts) ?
	    ca_fail(err, CA_IO, "interrupted; nothing was issued") :
	    authority_issue(job->a, &job->signer, order, &job->issued, err);
	if (st == CA_OK)
		st = write_outcome(job, err);
	else
		file_remove(ca_buf_text(&job->key_path));
out:
	interrupts_release(&interrupts);
	return st;
}

static enum ca_status
issue(struct enrolment *job, struct issue_order *order, struct ca_error *err)
{
	enum ca_status st;

	order->request = ca_view(&job->request);
	if ((st = cmd_term(job->in, &order->term, err)) != CA_OK)
		return st;
	/* A refusal must leave no key behind; a certificate without its key
	 * would be of no use: so plan, key, certificate. */
	if ((st = authority_plan(
		 job->a, &job->signer, order, &job->issued, err)) != CA_OK)
		return st;
	issued_done(&job->issued);
	return write_and_issue(job, order, err);
}

static void
report(const struct enrolment *job)
{
	char until[CA_TIME_TEXT];
	struct text serial = {0}, key = {0}, crt = {0};

	ca_time_text(job->issued.not_after, until);
	text_add_hex(&serial, ca_view(&job->issued.serial));
	text_add_safe(&key, ca_view(&job->key_path));
	text_add_safe(&crt, ca_view(&job->crt_path));
	term_note(&job->in->term, "%s: signed by %s, valid until %s", job->name,
	    job->signer.name, until);
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

enum ca_status
enrolment_finish(
    struct enrolment *job, struct issue_order *order, struct ca_error *err)
{
	enum ca_status st = issue(job, order, err);

	if (st == CA_OK)
		report(job);
	return st;
}
