/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/signing.h"

#include <string.h>

#include "ca/pem.h"
#include "ca/time.h"
#include "cli/print.h"

/* ---- where it goes ---- */

static enum ca_status
output_path(const struct signing *signing, const char *stem, struct ca_buf *ret,
    struct ca_error *err)
{
	const char *out = opt_text(&signing->in->opts, "out");
	const char *folder = opt_text(&signing->in->opts, "out-dir");

	if (folder == NULL)
		return ca_buf_append_text(ret, out != NULL ? out : "-");
	if (stem == NULL)
		return ca_fail(err, CA_USAGE,
		    "a request from standard input has no file "
		    "name; use --out FILE");
	return ca_buf_printf(ret, "%s/%s.crt", folder, stem);
}

static enum ca_status
write_certificate(struct signing *signing, const struct issued *issued,
    const char *path, struct ca_error *err)
{
	struct ca_buf pem = {0};
	struct ca_error inner = {0};
	enum ca_status st;

	st = ca_pem_append(&pem, CA_PEM_CERTIFICATE, ca_view(&issued->der));
	if (st == CA_OK && opt_flag(&signing->in->opts, "chain"))
		st = signer_append_chain(&signing->signer, false, &pem);
	if (st == CA_OK)
		st = file_write(path, ca_view(&pem), FILE_PUBLIC,
		    signing->existing, &inner);
	ca_buf_free(&pem);
	if (st != CA_OK) {
		struct text serial = {0};

		text_add_hex(&serial, ca_view(&issued->serial));
		(void)ca_fail(err, st,
		    "%s; the certificate is issued and in the "
		    "ledger: signet show %s --pem",
		    inner.msg, text_get(&serial));
		text_done(&serial);
	}
	return st;
}

/* ---- one of them ---- */

static enum ca_status
plan_one(struct signing *signing, struct ca_error *err)
{
	struct issued plan = {0};
	struct text text = {0};
	enum ca_status st;

	st = authority_plan(
	    signing->a, &signing->signer, &signing->order, &plan, err);
	if (st != CA_OK)
		return st;
	if (signing->plans != NULL) {
		(void)json_array_append_new(
		    signing->plans, print_plan_json(&plan, &signing->signer));
	} else {
		print_plan(&text, &plan, &signing->signer,
		    signing->in->term.colour_out);
		st = text_print(&text, err);
	}
	issued_done(&plan);
	return st;
}

static void
report(const struct signing *signing, const char *what,
    const struct issued *issued)
{
	char until[CA_TIME_TEXT];
	struct text serial = {0};

	ca_time_text(issued->not_after, until);
	text_add_hex(&serial, ca_view(&issued->serial));
	term_note(&signing->in->term, "%s: signed by %s, valid until %s", what,
	    signing->signer.name, until);
	term_note(&signing->in->term, "serial %s", text_get(&serial));
	text_done(&serial);
}

static enum ca_status
issue_one(struct signing *signing, const char *what, const char *stem,
    struct ca_error *err)
{
	struct issued issued = {0};
	struct ca_buf path = {0};
	enum ca_status st;

	/* Asked before the key is used: what is signed can be handed out. */
	if ((st = output_path(signing, stem, &path, err)) != CA_OK ||
	    (st = file_check_writable(
		 ca_buf_text(&path), signing->existing, err)) != CA_OK)
		goto out;
	st = authority_issue(
	    signing->a, &signing->signer, &signing->order, &issued, err);
	if (st != CA_OK) {
		ca_fail_in(err, what);
		goto out;
	}
	st = write_certificate(signing, &issued, ca_buf_text(&path), err);
	if (st == CA_OK)
		report(signing, what, &issued);
out:
	issued_done(&issued);
	ca_buf_free(&path);
	return st;
}

enum ca_status
signing_one(struct signing *signing, const char *what, const char *stem,
    struct ca_error *err)
{
	enum ca_status st;

	if (!opt_flag(&signing->in->opts, "plan"))
		return issue_one(signing, what, stem, err);
	st = plan_one(signing, err);
	if (st != CA_OK)
		ca_fail_in(err, what);
	return st;
}

/* ---- all of them ---- */

static enum ca_status
check_options(const struct invocation *in, struct ca_error *err)
{
	const struct opts *opts = &in->opts;

	if (opt_text(opts, "out") != NULL && opt_text(opts, "out-dir") != NULL)
		return ca_fail(
		    err, CA_USAGE, "--out and --out-dir exclude each other");
	if (opt_text(opts, "out") != NULL && opts->arg_count > 1 &&
	    !opt_flag(opts, "plan"))
		return ca_fail(err, CA_USAGE,
		    "--out is for one certificate; for several say "
		    "--out-dir DIR");
	if (in->json && !opt_flag(opts, "plan"))
		return ca_fail(err, CA_USAGE, "--json goes with --plan");
	return CA_OK;
}

enum ca_status
signing_open(
    const struct invocation *in, struct signing *ret, struct ca_error *err)
{
	enum ca_status st;

	*ret = (struct signing){.in = in};
	ret->existing = opt_flag(&in->opts, "force") ? FILE_REPLACE : FILE_KEEP;
	if ((st = check_options(in, err)) != CA_OK ||
	    (st = cmd_term(in, &ret->order.term, err)) != CA_OK)
		return st;
	return cmd_open(in, &ret->a, err);
}

enum ca_status
signing_by(struct signing *signing, const char *name, struct ca_error *err)
{
	enum ca_status st;

	if (signing->signer.count > 0 && name != NULL &&
	    strcmp(signing->signer.name, name) == 0)
		return CA_OK;
	signer_done(&signing->signer);
	st = signer_open(signing->a, name, &signing->signer, err);
	if (st != CA_OK || opt_flag(&signing->in->opts, "plan"))
		return st;
	st = signer_unlock(
	    signing->a, &signing->signer, &signing->in->pass, err);
	if (st != CA_OK)
		signer_done(&signing->signer);
	return st;
}

static enum ca_status
each(struct signing *signing,
    enum ca_status (*one)(
	struct signing *signing, const char *operand, struct ca_error *err),
    struct ca_error *err)
{
	const struct opts *opts = &signing->in->opts;
	enum ca_status first = CA_OK;

	for (size_t i = 0; i < opts->arg_count; i++) {
		struct ca_error inner = {0};
		enum ca_status st = one(signing, opts->args[i], &inner);

		if (st == CA_OK)
			continue;
		inner.status = st;
		if (first == CA_OK && i + 1 == opts->arg_count) {
			*err = inner;
			return st;
		}
		if (first == CA_OK)
			first = st;
		term_error(&signing->in->term, &inner);
	}
	if (first != CA_OK)
		return ca_fail(
		    err, first, "not every certificate was signed; see above");
	return CA_OK;
}

enum ca_status
signing_each(struct signing *signing,
    enum ca_status (*one)(
	struct signing *signing, const char *operand, struct ca_error *err),
    struct ca_error *err)
{
	enum ca_status st;

	if (signing->in->json)
		signing->plans = json_array();
	st = each(signing, one, err);
	if (signing->plans != NULL && st == CA_OK)
		st = json_print("plans", signing->plans, err);
	else
		json_decref(signing->plans);
	signing->plans = NULL;
	if (st == CA_OK && !opt_flag(&signing->in->opts, "plan"))
		term_next(&signing->in->term, "signet list");
	return st;
}

void
signing_done(struct signing *signing)
{
	signer_done(&signing->signer);
	authority_close(signing->a);
	*signing = (struct signing){0};
}
