/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/batch_job.h"
#include "cli/cmd_issue_batch.h"
#include "cli/enrolment.h"
#include "cli/home.h"
#include "cli/request.h"

static const struct opt options[] = {
    {"policy", OPT_TEXT, "NAME", "another policy than the word says"},
    {"key", OPT_TEXT, "TYPE", "the new key's type (ecdsa-p256)"},
    {"subject", OPT_TEXT, "NAME", "\"CN=Jason, O=Lab\"; default: NAME"},
    ENROLMENT_OPTS,
    {"batch", OPT_TEXT, "FILE",
	"CSV (- standard input): names of one certificate a line"},
    BATCH_OPTS, {0}};

/* What the word asks for beside names: one that goes another way, or names of
 * a kind that it cannot have. */
static enum ca_status
check_words(const struct invocation *in, const char *name, struct ca_error *err)
{
	const struct opts *opts = &in->opts;
	struct ca_policy *policy = NULL;
	enum ca_status st = home_policy(in->home, name, &policy, err);
	uint32_t allowed;

	if (st != CA_OK)
		return st;
	allowed = ca_policy_allowed_types(policy);
	if (ca_oid_list_has(
		&policy->ext_key_usage, ca_oid_der(CA_OID_OCSP_SIGNING)))
		st = ca_fail(err, CA_REFUSED,
		    "policy %s: makes OCSP responders (RFC 6960 4.2.2.2): make "
		    "one with `signet ocsp init`",
		    name);
	for (size_t i = 1; i < opts->arg_count && st == CA_OK; i++)
		if (ca_san_guess(opts->args[i]) == CA_SAN_DNS &&
		    (allowed & (1u << CA_SAN_DNS)) == 0 &&
		    (allowed & (1u << CA_SAN_EMAIL)) != 0)
			st = ca_fail(err, CA_REFUSED,
			    "%.80s: %s.policy takes e-mail addresses and no "
			    "host names: write one, as jason@lab.example",
			    opts->args[i], name);
	ca_policy_free(policy);
	return st;
}

static enum ca_status
gather_names(
    const struct invocation *in, struct wishes *wishes, struct ca_error *err)
{
	const struct opts *opts = &in->opts;
	enum ca_status st;

	for (size_t i = 1; i < opts->arg_count; i++) {
		st = wishes_add(
		    wishes, ca_san_guess(opts->args[i]), opts->args[i], err);
		if (st != CA_OK)
			return st;
	}
	return wishes_subject(wishes, opt_text(opts, "subject"), err);
}

static enum ca_status
issue(struct enrolment *job, struct wishes *wishes, struct ca_error *err)
{
	const struct opts *opts = &job->in->opts;
	const char *policy = opt_text(opts, "policy");
	struct issue_order order = {
	    .policy = policy != NULL ? policy : opts->args[0]};
	enum ca_status st;

	job->name = opts->args[1];
	if ((st = cmd_open(job->in, &job->a, err)) != CA_OK ||
	    (st = cmd_check_policy(
		 job->in, order.policy, CMD_POLICY_LEAF, err)) != CA_OK ||
	    (st = check_words(job->in, order.policy, err)) != CA_OK ||
	    (st = gather_names(job->in, wishes, err)) != CA_OK ||
	    (st = enrolment_places(job, false, err)) != CA_OK ||
	    (st = enrolment_begin(
		 job, opt_text(opts, "ca"), "ecdsa-p256", err)) != CA_OK ||
	    (st = wishes_request(
		 wishes, job->key, job->rng, &job->request, err)) != CA_OK)
		return st;
	return enrolment_finish(job, &order, err);
}

static enum ca_status
run_batch(const struct invocation *in, struct ca_error *err)
{
	static const char *const others[] = {"key-out", "p12", "subject"};
	const struct opts *opts = &in->opts;
	const char *policy = opt_text(opts, "policy");

	if (opts->arg_count > 1)
		return ca_fail(err, CA_USAGE,
		    "%.80s: with --batch the names come from its FILE",
		    opts->args[1]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (opt_text(opts, others[i]) != NULL)
			return ca_fail(err, CA_USAGE,
			    "--%s is for one certificate and does not go with "
			    "--batch",
			    others[i]);
	if (policy == NULL)
		policy = opts->args[0];
	return cmd_issue_batch(in, policy, check_words, err);
}

static enum ca_status
run_one(const struct invocation *in, struct ca_error *err)
{
	struct enrolment job = {.in = in};
	struct wishes *wishes = wishes_new();
	enum ca_status st;

	if (wishes == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	st = issue(&job, wishes, err);
	enrolment_done(&job);
	wishes_free(wishes);
	return st;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	enum ca_status st;

	if (opt_text(&in->opts, "batch") != NULL)
		return run_batch(in, err);
	if ((st = batch_job_check_none(in, err)) != CA_OK)
		return st;
	if (in->opts.arg_count < 2)
		return ca_fail(err, CA_USAGE,
		    "NAME is missing: a host name, a mailbox, an address; or "
		    "--batch FILE");
	return run_one(in, err);
}

const struct command cmd_issue = {
    .name = "issue",
    .operands = "server|client [NAME...]",
    .summary = "key, request and certificate in one step",
    .about = "The first word is the policy. Names are host names, mailboxes, "
	     "addresses or URIs, 100 at most; the first also names the files. "
	     "Made for "
	     "people and machines that cannot make their own key; where "
	     "they can, `signet sign` is better: the key never leaves its "
	     "owner. With --batch each line of FILE has the names of one "
	     "certificate, with commas between them; the passphrase of all "
	     "the new keys is one; Ctrl-C loses nothing, and --resume goes "
	     "on.",
    .examples = "  signet issue server company.com www.company.com\n"
		"  signet issue client jason@lab.example --p12 jason.p12 "
		"--passout file:p12.pass\n"
		"  signet issue server --batch names.csv --out-dir fleet "
		"--no-passphrase\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
