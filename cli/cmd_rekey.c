/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "ca/cert.h"
#include "ca/csr.h"
#include "cli/enrolment.h"
#include "cli/renewal.h"

static const struct opt options[] = {
    {"key", OPT_TEXT, "TYPE", "the new key's type (the old one's)"},
    ENROLMENT_OPTS, {0}};

/* The names of the old certificate, asked for with the new key. */
static enum ca_status
make_request(
    struct enrolment *job, const struct ca_cert *cert, struct ca_error *err)
{
	struct ca_san sans[CA_SAN_MAX];
	size_t count = 0;
	enum ca_status st;

	if (cert->san_count > 0 &&
	    (st = ca_san_parse(cert->sans, sans, &count, err)) != CA_OK)
		return st;
	return ca_csr_build(
	    job->key, cert->subject, sans, count, job->rng, &job->request, err);
}

static enum ca_status
rekey(struct enrolment *job, const struct renewal *old,
    const struct ca_cert *cert, const char *issuer, struct ca_error *err)
{
	struct issue_order order = {
	    .policy = (const char *)old->policy.data, .renews = old->row};
	struct ca_buf type = {0};
	enum ca_status st;

	if ((st = ca_spki_append_text(&type, &cert->spki)) != CA_OK ||
	    ca_buf_text(&type) == NULL) {
		st = ca_fail(err, CA_MEMORY, "out of memory");
		goto out;
	}
	if ((st = authority_may_renew(job->a, old->row, err)) != CA_OK ||
	    (st = enrolment_places(job, true, err)) != CA_OK ||
	    (st = enrolment_begin(job, issuer, ca_buf_text(&type), err)) !=
		CA_OK ||
	    (st = make_request(job, cert, err)) != CA_OK)
		goto out;
	st = enrolment_finish(job, &order, err);
out:
	ca_buf_free(&type);
	return st;
}

static enum ca_status
run_with(struct enrolment *job, struct renewal *old, struct ca_cert *cert,
    struct ca_error *err)
{
	const char *issuer = opt_text(&job->in->opts, "ca");
	enum ca_status st;

	if ((st = cmd_open(job->in, &job->a, err)) != CA_OK ||
	    (st = renewal_find(job->in, job->a, job->in->opts.args[0], "rekey",
		 old, err)) != CA_OK ||
	    (st = ca_cert_parse(ca_view(&old->der), cert, err)) != CA_OK)
		return st;
	job->name = ca_buf_text(&old->name);
	if (issuer == NULL)
		issuer = ca_buf_text(&old->issuer);
	return rekey(job, old, cert, issuer, err);
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct enrolment job = {.in = in};
	struct renewal old = {0};
	struct ca_cert *cert = calloc(1, sizeof(*cert));
	enum ca_status st;

	if (cert == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	st = run_with(&job, &old, cert, err);
	enrolment_done(&job);
	renewal_done(&old);
	free(cert);
	return st;
}

const struct command cmd_rekey = {
    .name = "rekey",
    .operands = "SERIAL|FILE|NAME",
    .summary = "a new key and certificate for the same names",
    .about = "As `signet issue` makes them, with the names of the old "
	     "certificate, under its policy as that is now. NAME.key becomes "
	     "NAME-2.key where it is there already. Without --validity it is "
	     "as long as the old one was, as far as the policy allows. The "
	     "old one stays valid: revoke it when the new one is in use. What "
	     "is revoked or on hold is not followed.",
    .examples = "  signet rekey company.com --out-dir .\n"
		"  signet rekey jason@lab.example --p12 jason.p12\n",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
