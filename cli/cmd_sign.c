/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "cli/batch_job.h"
#include "cli/cmd_sign_batch.h"
#include "cli/request.h"
#include "cli/signing.h"

static const struct opt options[] = {
    {"policy", OPT_TEXT, "NAME",
	"server, client, ev-server, ...: policies/NAME.policy of the home"},
    CMD_OPT_CA, CMD_OPTS_TERM,
    {"out-dir", OPT_TEXT, "DIR",
	"where certificates go: a.csr becomes DIR/a.crt"},
    SIGNING_OPTS,
    {"batch", OPT_FLAG, NULL,
	"many: files, folders of them, or - for a stream of PEM"},
    BATCH_OPTS, CMD_OPT_PASSIN, {0}};

/* a.csr becomes DIR/a.crt; standard input has no name. */
static enum ca_status
find_stem(
    struct signing *signing, struct signing_item *item, struct ca_error *err)
{
	(void)signing;
	if (strcmp(item->operand, "-") == 0)
		return CA_OK;
	if (file_stem(&item->stem, item->operand, ".csr") != CA_OK ||
	    ca_buf_text(&item->stem) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	return CA_OK;
}

static enum ca_status
sign_one(struct signing *signing, const struct signing_item *item,
    struct ca_error *err)
{
	struct ca_buf der = {0};
	enum ca_status st = request_read(item->operand, &der, err);

	if (st == CA_OK) {
		signing->order.request = ca_view(&der);
		st = signing_one(signing, item, err);
	}
	ca_buf_free(&der);
	return st;
}

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
run(const struct invocation *in, struct ca_error *err)
{
	struct signing signing = {0};
	const char *policy = opt_text(&in->opts, "policy");
	enum ca_status st;

	if (policy == NULL)
		return ca_fail(err, CA_USAGE,
		    "--policy NAME is missing: server, client, ... "
		    "(the files in the home's policies folder)");
	if ((st = check_standard_input(&in->opts, err)) != CA_OK)
		return st;
	if (opt_flag(&in->opts, "batch"))
		return cmd_sign_batch(in, policy, err);
	if ((st = batch_job_check_none(in, err)) == CA_OK &&
	    (st = signing_open(in, &signing, err)) == CA_OK &&
	    (st = cmd_policy(
		 in, policy, CMD_POLICY_ANY, &signing.policy, err)) == CA_OK &&
	    (st = signing_places(&signing, find_stem, true, err)) == CA_OK &&
	    (st = signing_by(&signing, opt_text(&in->opts, "ca"), err)) ==
		CA_OK) {
		signing.order.policy = policy;
		signing.order.parsed = signing.policy;
		st = signing_each(&signing, sign_one, err);
	}
	signing_done(&signing);
	return st;
}

const struct command cmd_sign = {
    .name = "sign",
    .operands = "CSR...|-",
    .summary = "sign certification requests under a policy",
    .about = "Checks each request (PEM or DER; - is standard input): its "
	     "proof of possession, its key, and that the policy allows "
	     "every name it asks for. Nothing but the key and the names "
	     "comes from the request, which has 100 names at most. Without "
	     "--out and --out-dir the "
	     "certificates go to standard output as PEM.\n"
	     "With --batch every processor works, one that is refused does "
	     "not stop the others, and Ctrl-C loses nothing: the same command "
	     "with --resume signs what is left.",
    .examples = "  signet sign company.csr --policy server --out company.crt\n"
		"  signet sign company.csr --policy server --plan\n"
		"  signet sign *.csr --policy server --validity 90d --out-dir "
		"signed\n"
		"  signet sign --batch requests/ --policy server --out-dir "
		"signed\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
