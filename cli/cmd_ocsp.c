/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ocsp init and ocsp respond: the responder's side, without a network. */
#include <stdio.h>
#include <string.h>

#include "ca/time.h"
#include "cli/authority_status.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/text.h"

#define AUTHORITIES_MAX 256
#define VALIDITY_DEFAULT "12h"
#define VALIDITY_MIN INT64_C(60)
#define VALIDITY_MAX (30 * CA_DAY)

/* ---- ocsp init ---- */

static const struct opt init_options[] = {
    {"ca", OPT_TEXT, "NAME", "the authority whose responder it is"},
    {"all", OPT_FLAG, NULL, "of every authority that has none yet"},
    {"policy", OPT_TEXT, "NAME", "another policy than ocsp-responder"},
    {"key", OPT_TEXT, "TYPE", "the responder's key's type (ecdsa-p256)"},
    {"replace", OPT_FLAG, NULL, "another key in place of the one there"},
    CMD_OPTS_TERM, CMD_OPT_PASSIN, CMD_OPT_PASSOUT, CMD_OPT_NO_PASSPHRASE,
    CMD_OPT_KDF, {0}};

struct job {
	const struct invocation *in;
	struct authority *a;
	struct responder_order order;
	struct ca_kdf kdf;
	struct pass pass; /* the new keys' passphrase is settled in it */
	char names[AUTHORITIES_MAX][48];
	size_t count, made;
};

static enum ca_status
take_name(void *ctx, const struct ledger_authority *row)
{
	struct job *job = ctx;

	if (row->certificate != 0 && job->count < AUTHORITIES_MAX)
		(void)snprintf(job->names[job->count++], sizeof(job->names[0]),
		    "%s", row->name);
	return CA_OK;
}

static void
report(const struct job *job, const char *name, const struct issued *issued)
{
	char until[CA_TIME_TEXT];

	ca_time_text(issued->not_after, until);
	term_note(&job->in->term, "%s: OCSP responder made, valid until %s",
	    name, until);
	term_note(&job->in->term, "key         %s/keys/%s.ocsp.key",
	    job->in->home, name);
}

static enum ca_status
init_one(struct job *job, const char *name, struct ca_error *err)
{
	struct signer signer = {0};
	struct issued issued = {0};
	enum ca_status st;

	if ((st = signer_open(job->a, name, &signer, err)) != CA_OK ||
	    (st = authority_responder_check(
		 job->a, &signer, &job->order, err)) != CA_OK ||
	    (st = signer_unlock(job->a, &signer, &job->in->pass, err)) != CA_OK)
		goto out;
	st = authority_responder_init(
	    job->a, &signer, &job->order, &job->pass, &issued, err);
	if (st != CA_OK)
		goto out;
	report(job, signer.name, &issued);
	job->made++;
out:
	issued_done(&issued);
	signer_done(&signer);
	return st;
}

static bool
has_responder(const struct job *job, const char *name)
{
	struct ca_buf path = {0};
	bool there = false;

	if (ca_buf_printf(&path, "%s/keys/%s.ocsp.key", job->in->home, name) ==
	    CA_OK)
		there = file_exists(ca_buf_text(&path));
	ca_buf_free(&path);
	return there;
}

/* An authority that is revoked, or whose key is kept elsewhere, is left out,
 * and it is said; that there was no other is a failure. */
static enum ca_status
init_all(struct job *job, struct ca_error *err)
{
	struct ca_error left = {0};
	enum ca_status st = ledger_each_authority(
	    authority_ledger(job->a), take_name, job, err);

	for (size_t i = 0; i < job->count && st == CA_OK; i++) {
		const char *name = job->names[i];
		struct ca_error inner = {0};

		if (!job->order.replace && has_responder(job, name)) {
			term_note(&job->in->term,
			    "%s: has an OCSP responder already", name);
			continue;
		}
		st = init_one(job, name, &inner);
		if (st == CA_REFUSED || st == CA_NOT_FOUND) {
			term_note(&job->in->term, "%s: left out: %s", name,
			    inner.msg);
			left = inner;
			st = CA_OK;
		} else if (st != CA_OK) {
			(void)ca_fail(err, st, "%s", inner.msg);
		}
	}
	if (st == CA_OK && job->made == 0 && left.status != CA_OK)
		st = ca_fail(err, left.status, "%s", left.msg);
	return st;
}

static enum ca_status
read_init_options(struct job *job, struct ca_error *err)
{
	const struct invocation *in = job->in;
	const char *policy = opt_text(&in->opts, "policy");
	enum ca_status st;

	if (opt_flag(&in->opts, "all") && opt_text(&in->opts, "ca") != NULL)
		return ca_fail(err, CA_USAGE,
		    "--ca names one authority, --all means every one");
	job->order.policy = policy != NULL ? policy : "ocsp-responder";
	job->order.replace = opt_flag(&in->opts, "replace");
	job->order.kdf = &job->kdf;
	if ((st = cmd_term(in, &job->order.term, err)) != CA_OK)
		return st;
	return cmd_key_choice(in, "ecdsa-p256", &job->order.key_type,
	    &job->order.key_bits, &job->kdf, err);
}

/* All the new keys have one passphrase, which is asked for once. */
static enum ca_status
settle(struct job *job, struct ca_buf *secret, struct ca_error *err)
{
	bool none = false;
	enum ca_status st;

	job->pass = job->in->pass;
	st = pass_for_new(
	    &job->pass, "the OCSP responder's key", secret, &none, err);
	if (st == CA_OK && !none)
		job->pass.settled = secret;
	return st;
}

/* What cannot be is said before a passphrase is asked for. */
static enum ca_status
check_one(struct job *job, const char *name, struct ca_error *err)
{
	struct signer signer = {0};
	enum ca_status st;

	if ((st = signer_open(job->a, name, &signer, err)) == CA_OK)
		st = authority_responder_check(
		    job->a, &signer, &job->order, err);
	signer_done(&signer);
	return st;
}

static enum ca_status
run_init(const struct invocation *in, struct ca_error *err)
{
	struct job job = {.in = in};
	const char *name = opt_text(&in->opts, "ca");
	struct ca_buf secret = {0};
	enum ca_status st;

	if ((st = read_init_options(&job, err)) != CA_OK ||
	    (st = cmd_open(in, &job.a, err)) != CA_OK ||
	    (st = cmd_check_policy(
		 in, job.order.policy, CMD_POLICY_LEAF, err)) != CA_OK ||
	    (!opt_flag(&in->opts, "all") &&
		(st = check_one(&job, name, err)) != CA_OK) ||
	    (st = settle(&job, &secret, err)) != CA_OK)
		goto out;
	st = opt_flag(&in->opts, "all") ? init_all(&job, err) :
					  init_one(&job, name, err);
	if (st == CA_OK && job.made > 0)
		term_next(&in->term, "signet serve");
out:
	ca_buf_free(&secret);
	authority_close(job.a);
	return st;
}

const struct command cmd_ocsp_init = {
    .name = "ocsp init",
    .operands = "",
    .summary = "a key and certificate that answer OCSP requests",
    .about = "Makes the authority's delegated responder: a key of its own "
	     "(keys/NAME.ocsp.key in the home) and a certificate for it, with "
	     "OCSPSigning and ocspNoCheck, under the policy ocsp-responder. "
	     "Nobody can ask whether it is revoked, so it lives for weeks; "
	     "`signet serve` renews it where it holds the authority's key, "
	     "`signet renew` does by hand. A key that is there is replaced "
	     "with --replace alone. A running `signet serve` takes a new key "
	     "up by itself, where its passphrase opens it.",
    .examples = "  signet ocsp init --ca issuing\n"
		"  signet ocsp init --all --passin file:ca.pass --passout "
		"file:ocsp.pass\n",
    .options = init_options,
    .max_args = 0,
    .run = run_init,
};

/* ---- ocsp respond ---- */

static const struct opt respond_options[] = {
    {"in", OPT_TEXT, "FILE",
	"the request, DER: the same as FILE; default standard input"},
    {"out", OPT_TEXT, "FILE",
	"where the response goes, replaced atomically; default standard "
	"output"},
    {"ca", OPT_TEXT, "NAME", "answer for this authority alone"},
    {"ocsp-validity", OPT_TEXT, "TIME",
	"how long an answer may be believed (12h)"},
    {"passin", OPT_TEXT, "SOURCE",
	"passphrase of the responders' keys: env:, file:, fd:, stdin"},
    {0}};

static void
warn(void *ctx, const char *line)
{
	const struct invocation *in = ctx;

	term_note(&in->term, "%s", line);
}

static enum ca_status
read_validity(const struct invocation *in, int64_t *ret, struct ca_error *err)
{
	const char *text = opt_text(&in->opts, "ocsp-validity");

	if (text == NULL)
		text = VALIDITY_DEFAULT;
	if (ca_duration_parse(text, ret) != CA_OK || *ret < VALIDITY_MIN ||
	    *ret > VALIDITY_MAX)
		return ca_fail(err, CA_USAGE,
		    "--ocsp-validity %.40s: a duration from 1m to 30d: 12h",
		    text);
	return CA_OK;
}

/* The answer that there is none is written too; what it says is the exit
 * code's. */
static enum ca_status
tell_why(const struct status_answer *answer, struct ca_error *err)
{
	static const struct {
		enum ca_ocsp_status status;
		enum ca_status st;
	} table[] = {
	    {CA_OCSP_MALFORMED_REQUEST, CA_MALFORMED},
	    {CA_OCSP_TRY_LATER, CA_BUSY},
	    {CA_OCSP_UNAUTHORIZED, CA_REFUSED},
	};
	enum ca_status st = CA_INTERNAL;

	if (answer->status == CA_OCSP_SUCCESSFUL)
		return CA_OK;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].status == answer->status)
			st = table[i].st;
	return ca_fail(err, st, "answered %s: %s",
	    ca_ocsp_status_name((int)answer->status), answer->why);
}

static enum ca_status
respond(const struct invocation *in, struct responders *responders,
    struct ca_bytes request, struct ca_error *err)
{
	const char *out = opt_text(&in->opts, "out");
	struct status_answer answer = {0};
	enum ca_status st;

	st = responders_answer(responders, request, &answer);
	if (st != CA_OK)
		return ca_fail(err, st, "out of memory");
	st = file_write(out != NULL ? out : "-", ca_view(&answer.der),
	    FILE_PUBLIC, FILE_REPLACE, err);
	if (st == CA_OK)
		st = tell_why(&answer, err);
	status_answer_done(&answer);
	return st;
}

static enum ca_status
run_respond(const struct invocation *in, struct ca_error *err)
{
	struct responders_options options = {.pass = &in->pass,
	    .only = opt_text(&in->opts, "ca"),
	    .warn = warn,
	    .ctx = (void *)(uintptr_t)in};
	const char *from = in->opts.arg_count > 0 ? in->opts.args[0] :
						    opt_text(&in->opts, "in");
	const char *out = opt_text(&in->opts, "out");
	struct responders *responders = NULL;
	struct authority *a = NULL;
	struct ca_buf request = {0};
	enum ca_status st;

	if (in->opts.arg_count > 0 && opt_text(&in->opts, "in") != NULL)
		return ca_fail(err, CA_USAGE,
		    "--in: the request is named already: FILE or --in FILE");
	if ((st = read_validity(in, &options.validity, err)) != CA_OK ||
	    (st = file_check_writable(
		 out != NULL ? out : "-", FILE_REPLACE, err)) != CA_OK ||
	    (st = file_read(from != NULL ? from : "-", CA_OCSP_MAX, &request,
		 err)) != CA_OK ||
	    (st = cmd_open(in, &a, err)) != CA_OK ||
	    (st = responders_open(a, &options, &responders, err)) != CA_OK)
		goto out;
	st = respond(in, responders, ca_view(&request), err);
out:
	responders_close(responders);
	authority_close(a);
	ca_buf_free(&request);
	return st;
}

const struct command cmd_ocsp_respond = {
    .name = "ocsp respond",
    .operands = "[FILE]",
    .summary = "answer one OCSP request, file in, file out",
    .about = "Signs what the ledger says at this moment of the certificates "
	     "a request asks for, as `signet serve` does over the network. "
	     "Where there is no answer the response says why, unsigned, and "
	     "so does the exit code: 1 malformedRequest or internalError, 3 "
	     "unauthorized (an authority that is not here, or has no "
	     "responder: `signet ocsp init`), 75 tryLater.",
    .examples = "  signet ocsp respond request.der --out "
		"response.der\n"
		"  signet ocsp respond --ca issuing <request.der "
		">response.der\n",
    .options = respond_options,
    .max_args = 1,
    .run = run_respond,
};
