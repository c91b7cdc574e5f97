/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "ca/pem.h"
#include "ca/time.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/print.h"
#include "cli/request.h"

static const struct opt options[] = {
    {"policy", OPT_TEXT, "NAME",
	"server, client, ev-server, ...: policies/NAME.policy of the home"},
    CMD_OPT_CA, CMD_OPTS_TERM,
    {"out", OPT_TEXT, "FILE", "where the certificate goes (one request)"},
    {"out-dir", OPT_TEXT, "DIR",
	"where certificates go: a.csr becomes DIR/a.crt"},
    {"force", OPT_FLAG, NULL, "replace output files that exist"},
    {"chain", OPT_FLAG, NULL,
	"leaf and intermediates in one file, for servers"},
    {"plan", OPT_FLAG, NULL, "show what would be signed; sign nothing"},
    {"json", OPT_FLAG, NULL, "with --plan: as JSON"}, CMD_OPT_PASSIN, {0}};

/* What is the same for every request of one command line. */
struct job {
	const struct invocation *in;
	struct authority *a;
	struct signer signer;
	struct issue_order order;
	enum file_existing existing;
	json_t *plans;
};

/* ---- where it goes ---- */

static enum ca_status
output_path(const struct job *job, const char *request, struct ca_buf *ret,
    struct ca_error *err)
{
	const char *out = opt_text(&job->in->opts, "out");
	const char *folder = opt_text(&job->in->opts, "out-dir");
	enum ca_status st;

	if (folder == NULL)
		return ca_buf_append_text(ret, out != NULL ? out : "-");
	if (strcmp(request, "-") == 0)
		return ca_fail(err, CA_USAGE,
		    "a request from standard input has no file "
		    "name; use --out FILE");
	st = ca_buf_printf(ret, "%s/", folder);
	if (st == CA_OK)
		st = file_stem(ret, request, ".csr");
	return st == CA_OK ? ca_buf_append_text(ret, ".crt") : st;
}

static enum ca_status
write_certificate(struct job *job, const struct issued *issued,
    const char *path, struct ca_error *err)
{
	struct ca_buf pem = {0};
	struct ca_error inner = {0};
	enum ca_status st;

	st = ca_pem_append(&pem, CA_PEM_CERTIFICATE, ca_view(&issued->der));
	if (st == CA_OK && opt_flag(&job->in->opts, "chain"))
		st = signer_append_chain(&job->signer, false, &pem);
	if (st == CA_OK)
		st = file_write(
		    path, ca_view(&pem), FILE_PUBLIC, job->existing, &inner);
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

/* ---- one request ---- */

static enum ca_status
plan_one(struct job *job, struct ca_error *err)
{
	struct issued plan = {0};
	struct text text = {0};
	enum ca_status st;

	st = authority_plan(job->a, &job->signer, &job->order, &plan, err);
	if (st != CA_OK)
		return st;
	if (job->plans != NULL) {
		(void)json_array_append_new(
		    job->plans, print_plan_json(&plan, &job->signer));
	} else {
		print_plan(
		    &text, &plan, &job->signer, job->in->term.colour_out);
		st = text_print(&text, err);
	}
	issued_done(&plan);
	return st;
}

static void
report(const struct job *job, const char *request, const struct issued *issued)
{
	char until[CA_TIME_TEXT];
	struct text serial = {0};

	ca_time_text(issued->not_after, until);
	text_add_hex(&serial, ca_view(&issued->serial));
	term_note(&job->in->term, "%s: signed by %s, valid until %s", request,
	    job->signer.name, until);
	term_note(&job->in->term, "serial %s", text_get(&serial));
	text_done(&serial);
}

static enum ca_status
issue_one(struct job *job, const char *request, struct ca_error *err)
{
	struct issued issued = {0};
	struct ca_buf path = {0};
	enum ca_status st;

	/* Asked before the key is used: what is signed can be handed out. */
	if ((st = output_path(job, request, &path, err)) != CA_OK ||
	    (st = file_check_writable(
		 ca_buf_text(&path), job->existing, err)) != CA_OK)
		goto out;
	st = authority_issue(job->a, &job->signer, &job->order, &issued, err);
	if (st != CA_OK) {
		ca_fail_in(err, request);
		goto out;
	}
	st = write_certificate(job, &issued, ca_buf_text(&path), err);
	if (st == CA_OK)
		report(job, request, &issued);
out:
	issued_done(&issued);
	ca_buf_free(&path);
	return st;
}

static enum ca_status
sign_one(struct job *job, const char *request, struct ca_error *err)
{
	struct ca_buf der = {0};
	enum ca_status st;

	if ((st = request_read(request, &der, err)) != CA_OK)
		return st;
	job->order.request = ca_view(&der);
	if (opt_flag(&job->in->opts, "plan")) {
		st = plan_one(job, err);
		if (st != CA_OK)
			ca_fail_in(err, request);
	} else {
		st = issue_one(job, request, err);
	}
	ca_buf_free(&der);
	return st;
}

/* ---- all of them ---- */

/* The one who came second would read what the other left. */
static enum ca_status
check_standard_input(const struct opts *opts, struct ca_error *err)
{
	const char *passin = opt_text(opts, "passin");
	bool for_pass = passin != NULL &&
	    (strcmp(passin, "stdin") == 0 || strcmp(passin, "fd:0") == 0);
	size_t requests = 0;

	for (size_t i = 0; i < opts->arg_count; i++)
		requests += strcmp(opts->args[i], "-") == 0;
	if (requests > 1)
		return ca_fail(err, CA_USAGE,
		    "- is given twice: standard input holds one request");
	if (requests > 0 && for_pass)
		return ca_fail(err, CA_USAGE,
		    "- and --passin %s both read standard input; give the "
		    "passphrase with env:NAME, file:PATH or fd:N",
		    passin);
	return CA_OK;
}

static enum ca_status
check_options(const struct invocation *in, struct ca_error *err)
{
	const struct opts *opts = &in->opts;

	if (opt_text(opts, "policy") == NULL)
		return ca_fail(err, CA_USAGE,
		    "--policy NAME is missing: server, client, ... "
		    "(the files in the home's policies folder)");
	if (opt_text(opts, "out") != NULL && opt_text(opts, "out-dir") != NULL)
		return ca_fail(
		    err, CA_USAGE, "--out and --out-dir exclude each other");
	if (opt_text(opts, "out") != NULL && opts->arg_count > 1 &&
	    !opt_flag(opts, "plan"))
		return ca_fail(err, CA_USAGE,
		    "--out is for one request; for several say "
		    "--out-dir DIR");
	if (in->json && !opt_flag(opts, "plan"))
		return ca_fail(err, CA_USAGE, "--json goes with --plan");
	return check_standard_input(opts, err);
}

/* One that is refused does not stop the others; its error is said, and the
 * first one decides the exit code. */
static enum ca_status
sign_all(struct job *job, struct ca_error *err)
{
	const struct opts *opts = &job->in->opts;
	enum ca_status first = CA_OK;

	for (size_t i = 0; i < opts->arg_count; i++) {
		struct ca_error one = {0};
		enum ca_status st = sign_one(job, opts->args[i], &one);

		if (st == CA_OK)
			continue;
		one.status = st;
		if (first == CA_OK && i + 1 == opts->arg_count) {
			*err = one;
			return st;
		}
		if (first == CA_OK)
			first = st;
		term_error(&job->in->term, &one);
	}
	if (first != CA_OK)
		return ca_fail(
		    err, first, "not every request was signed; see above");
	return CA_OK;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct job job = {.in = in};
	enum ca_status st;

	job.existing = opt_flag(&in->opts, "force") ? FILE_REPLACE : FILE_KEEP;
	job.order.policy = opt_text(&in->opts, "policy");
	if ((st = check_options(in, err)) != CA_OK ||
	    (st = cmd_term(in, &job.order.term, err)) != CA_OK ||
	    (st = cmd_open(in, &job.a, err)) != CA_OK ||
	    (st = signer_open(
		 job.a, opt_text(&in->opts, "ca"), &job.signer, err)) != CA_OK)
		goto out;
	if (!opt_flag(&in->opts, "plan") &&
	    (st = signer_unlock(job.a, &job.signer, &in->pass, err)) != CA_OK)
		goto out;
	if (in->json)
		job.plans = json_array();
	st = sign_all(&job, err);
	if (job.plans != NULL && st == CA_OK)
		st = json_print("plans", job.plans, err);
	else
		json_decref(job.plans);
	if (st == CA_OK && !opt_flag(&in->opts, "plan"))
		term_next(&in->term, "signet list");
out:
	signer_done(&job.signer);
	authority_close(job.a);
	return st;
}

const struct command cmd_sign = {
    .name = "sign",
    .operands = "CSR...|-",
    .summary = "sign certification requests under a policy",
    .about = "Checks each request (PEM or DER; - is standard input): its "
	     "proof of possession, its key, and that the policy allows "
	     "every name it asks for. Nothing but the key and the names "
	     "comes from the request. Without --out and --out-dir the "
	     "certificates go to standard output as PEM.",
    .examples = "  signet sign company.csr --policy server --out company.crt\n"
		"  signet sign company.csr --policy server --plan\n"
		"  signet sign *.csr --policy server --validity 90d --out-dir "
		"signed\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
