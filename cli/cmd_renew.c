/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/enrolment.h"
#include "cli/renewal.h"
#include "cli/signing.h"

static const struct opt options[] = {CMD_OPT_CA, CMD_OPTS_TERM,
    {"out-dir", OPT_TEXT, "DIR",
	"where certificates go: company.com becomes DIR/company.com.crt"},
    SIGNING_OPTS, CMD_OPT_PASSIN, {0}};

/* Planned before a key is unlocked: a passphrase is not asked for in vain. */
static enum ca_status
check_first(struct signing *signing, const char *issuer, const char *what,
    struct ca_error *err)
{
	struct issued plan = {0};
	struct signer signer = {0};
	enum ca_status st;

	if ((st = authority_may_renew(
		 signing->a, signing->order.renews, err)) != CA_OK ||
	    (st = signer_open(signing->a, issuer, &signer, err)) != CA_OK)
		return st;
	st = authority_plan(signing->a, &signer, &signing->order, &plan, err);
	if (st != CA_OK)
		ca_fail_in(err, what);
	issued_done(&plan);
	signer_done(&signer);
	return st;
}

/* What is meant is asked once, here. */
static enum ca_status
find_old(
    struct signing *signing, struct signing_item *item, struct ca_error *err)
{
	char stem[ENROLMENT_NAME];
	struct renewal old = {0};
	enum ca_status st;

	st = renewal_find(
	    signing->in, signing->a, item->operand, "renew", &old, err);
	if (st != CA_OK)
		return st;
	item->row = old.row;
	enrolment_file_name(ca_buf_text(&old.name), stem);
	if (ca_buf_append_text(&item->stem, stem) != CA_OK ||
	    ca_buf_text(&item->stem) == NULL)
		st = ca_fail(err, CA_MEMORY, "out of memory");
	renewal_done(&old);
	return st;
}

static enum ca_status
renew_one(struct signing *signing, const struct signing_item *item,
    struct ca_error *err)
{
	const char *issuer = opt_text(&signing->in->opts, "ca");
	struct renewal old = {0};
	enum ca_status st;

	if ((st = renewal_load(signing->a, item->row, &old, err)) != CA_OK)
		return st;
	if (issuer == NULL)
		issuer = ca_buf_text(&old.issuer);
	signing->order.policy = ca_buf_text(&old.policy);
	signing->order.request = ca_view(&old.request);
	signing->order.renews = old.row;
	if ((st = check_first(signing, issuer, item->operand, err)) == CA_OK &&
	    (st = signing_by(signing, issuer, err)) == CA_OK)
		st = signing_one(signing, item, err);
	renewal_done(&old);
	return st;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct signing signing = {0};
	enum ca_status st;

	if ((st = signing_open(in, &signing, err)) == CA_OK &&
	    (st = signing_places(&signing, find_old, false, err)) == CA_OK)
		st = signing_each(&signing, renew_one, err);
	signing_done(&signing);
	return st;
}

const struct command cmd_renew = {
    .name = "renew",
    .operands = "SERIAL|FILE|NAME...",
    .summary = "a new certificate for the same key and names",
    .about = "From the request that is kept in the ledger, under the policy "
	     "as it is now, signed by the same authority unless --ca says "
	     "another. Without --validity it is as long as the old one was, "
	     "as far as the policy allows. The old one stays valid until it "
	     "ends; `signet revoke --lineage` takes all generations. By name "
	     "the newest is meant. What is revoked or on hold is not renewed.",
    .examples = "  signet renew company.com --chain --out company.crt "
		"--force\n"
		"  signet renew 4f2a51... --validity 90d --plan\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
