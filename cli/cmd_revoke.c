/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "ca/crypto.h"
#include "cli/cmd.h"
#include "cli/pubkey.h"
#include "cli/selection.h"

static const struct opt options[] = {
    {"reason", OPT_TEXT, "REASON",
	"keyCompromise, cACompromise, affiliationChanged, superseded, "
	"cessationOfOperation, certificateHold, privilegeWithdrawn, "
	"aACompromise, unspecified; or hyphened"},
    {"since", OPT_TEXT, "DATE",
	"since when the key was in doubt (invalidity date): "
	"2027-01-31T12:00:00Z or 2027-01-31"},
    {"lineage", OPT_FLAG, NULL,
	"every generation of it: what it renews and what renews it"},
    {"key", OPT_TEXT, "FILE",
	"every certificate of the key in this file (certificate, request, "
	"public or private key); the key is refused from then on"},
    {"plan", OPT_FLAG, NULL, "show what would be revoked; revoke nothing"},
    {"yes", OPT_FLAG, NULL, "do not ask; needed for several in a script"},
    {"passin", OPT_TEXT, "SOURCE",
	"passphrase of the private key in --key: env:, file:, fd:, stdin"},
    {0}};

struct job {
	const struct invocation *in;
	struct authority *a;
	struct selection meant; /* what the words say */
	struct selection all;   /* and all that goes with it */
	uint8_t hash[LEDGER_HASH_LEN];
	struct revoke_order order;
};

/* ---- what is asked ---- */

static enum ca_status
parse_reason(
    const struct invocation *in, enum ca_reason *ret, struct ca_error *err)
{
	const char *text = opt_text(&in->opts, "reason");

	*ret = CA_REASON_UNSPECIFIED;
	if (text == NULL)
		return CA_OK;
	if (!ca_reason_by_name(text, ret))
		return ca_fail(err, CA_USAGE,
		    "--reason %.40s: unspecified, keyCompromise, "
		    "cACompromise, affiliationChanged, superseded, "
		    "cessationOfOperation, certificateHold, "
		    "privilegeWithdrawn or aACompromise",
		    text);
	if (*ret == CA_REASON_REMOVE_FROM_CRL)
		return ca_fail(err, CA_USAGE,
		    "--reason removeFromCRL: is for delta CRLs, not "
		    "for revoking (RFC 5280 5.3.1); a hold is lifted by "
		    "`signet unhold`");
	return CA_OK;
}

static enum ca_status
check_options(struct job *job, struct ca_error *err)
{
	const struct opts *opts = &job->in->opts;
	bool by_key = opt_text(opts, "key") != NULL;
	enum ca_status st;

	if (by_key && (opts->arg_count > 0 || opt_flag(opts, "lineage")))
		return ca_fail(err, CA_USAGE,
		    "--key FILE says by itself what is revoked: give no "
		    "other certificate and no --lineage with it");
	if (!by_key && opts->arg_count == 0)
		return ca_fail(err, CA_USAGE,
		    "something is missing: signet revoke SERIAL|FILE|NAME, "
		    "or --key FILE (see `signet help revoke`)");
	job->order.lineage = opt_flag(opts, "lineage");
	job->order.invalid_since = LEDGER_NO_TIME;
	if ((st = parse_reason(job->in, &job->order.reason, err)) != CA_OK)
		return st;
	return cmd_date(job->in, "since", &job->order.invalid_since, err);
}

/* ---- what it means ---- */

static enum ca_status
find_by_key(struct job *job, struct ca_error *err)
{
	struct ca_bytes hash = {job->hash, sizeof(job->hash)};
	const struct ledger_query query = {.spki_hash = hash};
	uint8_t digest[CA_HASH_MAX];
	struct ca_buf spki = {0};
	enum ca_status st;

	st = pubkey_read(
	    opt_text(&job->in->opts, "key"), &job->in->pass, &spki, err);
	if (st == CA_OK)
		st = ca_hash_bytes(CA_HASH_SHA256, ca_view(&spki), digest, err);
	ca_buf_free(&spki);
	if (st != CA_OK)
		return st;
	for (size_t i = 0; i < sizeof(job->hash); i++)
		job->hash[i] = digest[i];
	job->order.spki_hash = hash;
	return ledger_each_cert(
	    authority_ledger(job->a), &query, selection_take, &job->all, err);
}

static enum ca_status
find_by_word(struct job *job, struct ca_error *err)
{
	const struct opts *opts = &job->in->opts;
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < opts->arg_count && st == CA_OK; i++)
		st = selection_add(job->in, job->a, opts->args[i],
		    job->order.lineage ? SELECT_LINE : SELECT_ALL, "revoke",
		    &job->meant, err);
	for (size_t i = 0; i < job->meant.count && st == CA_OK; i++) {
		const struct selected *item = &job->meant.items[i];
		const struct ledger_query line = {.lineage = item->lineage};
		bool seen = !job->order.lineage;

		for (size_t k = 0; k < i && !seen; k++)
			seen = job->meant.items[k].lineage == item->lineage;
		if (!seen)
			st = ledger_each_cert(authority_ledger(job->a), &line,
			    selection_take, &job->all, err);
	}
	return st;
}

static const struct selection *
shown(const struct job *job)
{
	bool wider = job->order.lineage || job->order.spki_hash.len > 0;

	return wider ? &job->all : &job->meant;
}

/* ---- before it is done ---- */

struct warning {
	const struct selection *sel;
	struct text *text;
};

static enum ca_status
warn_of_authority(void *ctx, const struct ledger_authority *row)
{
	const struct warning *warning = ctx;

	for (size_t i = 0; i < warning->sel->count; i++)
		if (warning->sel->items[i].row == row->certificate)
			text_add(warning->text,
			    "This is the authority %s: nothing it signed is "
			    "trusted any more.\n",
			    row->name);
	return CA_OK;
}

static enum ca_status
preview(const struct job *job, struct text *text, struct ca_error *err)
{
	struct warning warning = {shown(job), text};

	selection_lines(shown(job), false, text);
	if (job->order.spki_hash.len > 0)
		text_add(text, "The key is refused from then on.\n");
	return ledger_each_authority(
	    authority_ledger(job->a), warn_of_authority, &warning, err);
}

static enum ca_status
refuse_several(const struct job *job, struct ca_error *err)
{
	struct text serials = {0};
	enum ca_status st;

	selection_serials(shown(job), &serials);
	st = ca_fail(err, CA_USAGE,
	    "%zu certificates would be revoked: %s; say --yes to revoke them "
	    "all (--plan shows them)",
	    shown(job)->count, text_get(&serials));
	text_done(&serials);
	return st;
}

/* Whether it would change anything; what would be refused is said before a
 * question, too. */
static enum ca_status
would_change(const struct job *job, bool *ret, struct ca_error *err)
{
	struct revoke_order order = job->order;
	struct revoke_outcome outcome = {0};
	enum ca_status st;

	order.only_look = true;
	st = authority_revoke_all(job->a, &order, &outcome, err);
	*ret = outcome.changed > 0 || outcome.key_blocked;
	return st;
}

static enum ca_status
ask(const struct job *job, struct ca_error *err)
{
	const char *reason = ca_reason_name((int)job->order.reason);
	size_t count = shown(job)->count;
	struct text page = {0}, question = {0};
	bool yes = false;
	enum ca_status st = preview(job, &page, err);

	if (st == CA_OK) {
		term_page(text_get(&page));
		if (count == 0)
			text_add(&question, "Refuse this key?");
		else
			text_add(&question, "Revoke %zu certificate%s (%s)?",
			    count, count == 1 ? "" : "s", reason);
		st = term_ask_yes(
		    &job->in->term, text_get(&question), &yes, err);
	}
	if (st == CA_OK && !yes)
		st = ca_fail(err, CA_IO, "not confirmed; nothing was revoked");
	text_done(&page);
	text_done(&question);
	return st;
}

/* On a terminal, about what would change something; elsewhere about more than
 * one. */
static enum ca_status
confirm(const struct job *job, struct ca_error *err)
{
	bool changes = false;
	enum ca_status st;

	if (opt_flag(&job->in->opts, "yes"))
		return CA_OK;
	if (!job->in->term.has_tty)
		return shown(job)->count > 1 ? refuse_several(job, err) : CA_OK;
	if ((st = would_change(job, &changes, err)) != CA_OK || !changes)
		return st;
	return ask(job, err);
}

/* ---- done ---- */

static void
report_one(const struct job *job, const struct revoke_outcome *outcome)
{
	const struct selected *item = &shown(job)->items[0];
	int subject_len = (int)item->subject.len;
	const char *subject = (const char *)item->subject.data;
	int serial_len = (int)item->serial.len;
	const char *serial = (const char *)item->serial.data;

	if (outcome->changed > 0) {
		term_note(&job->in->term, "revoked %.*s: %s", subject_len,
		    subject, ca_reason_name((int)job->order.reason));
		term_note(&job->in->term, "serial %.*s", serial_len, serial);
	} else {
		term_note(&job->in->term,
		    "%.*s (%.*s) was revoked already; nothing changed",
		    serial_len, serial, subject_len, subject);
	}
}

static void
report(const struct job *job, const struct revoke_outcome *outcome)
{
	const struct term *term = &job->in->term;

	if (outcome->found == 1 && shown(job)->count == 1)
		report_one(job, outcome);
	else if (outcome->found > 0)
		term_note(term,
		    "%zu certificates: %zu revoked (%s), %zu were revoked "
		    "already",
		    outcome->found, outcome->changed,
		    ca_reason_name((int)job->order.reason),
		    outcome->found - outcome->changed);
	else
		term_note(term, "no certificate has this key");
	if (job->order.spki_hash.len > 0)
		term_note(term, "%s",
		    outcome->key_blocked ? "the key is refused from now on" :
					   "the key was refused already");
	if (outcome->changed > 0)
		term_next(term, "signet crl --all --bundle --out all.crl.pem");
}

static enum ca_status
revoke(struct job *job, struct ca_error *err)
{
	struct revoke_outcome outcome = {0};
	int64_t *rows = selection_rows(&job->meant);
	enum ca_status st;

	if (rows == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	job->order.rows = rows;
	job->order.count = job->meant.count;
	if ((st = confirm(job, err)) == CA_OK &&
	    (st = authority_revoke_all(job->a, &job->order, &outcome, err)) ==
		CA_OK)
		report(job, &outcome);
	free(rows);
	return st;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct job job = {.in = in};
	struct text page = {0};
	enum ca_status st;

	if ((st = check_options(&job, err)) != CA_OK ||
	    (st = cmd_open(in, &job.a, err)) != CA_OK)
		return st;
	job.all.now = authority_now(job.a);
	st = opt_text(&in->opts, "key") != NULL ? find_by_key(&job, err) :
						  find_by_word(&job, err);
	if (st != CA_OK)
		goto out;
	if (opt_flag(&in->opts, "plan")) {
		st = preview(&job, &page, err);
		if (st == CA_OK)
			st = text_print(&page, err);
		if (st == CA_OK)
			term_note(&in->term,
			    "would be revoked: %zu (%s); nothing is, with "
			    "--plan",
			    shown(&job)->count,
			    ca_reason_name((int)job.order.reason));
		goto out;
	}
	st = revoke(&job, err);
out:
	text_done(&page);
	selection_done(&job.meant);
	selection_done(&job.all);
	authority_close(job.a);
	return st;
}

const struct command cmd_revoke = {
    .name = "revoke",
    .operands = "SERIAL|FILE|NAME...",
    .summary = "revoke certificates",
    .about = "Relying parties learn of it with the next CRL: `signet crl`. "
	     "What would be revoked is shown and asked about on a terminal; "
	     "where there is none, several at once need --yes. A name that "
	     "several certificates bear is asked about, or refused with "
	     "their serials. All are revoked, or none. Revoking again changes "
	     "nothing; an unspecified reason may become keyCompromise, a "
	     "certificateHold any other, and the date stays. A hold is lifted "
	     "by `signet unhold`; nothing else is.",
    .examples = "  signet revoke jason@lab.example --reason keyCompromise\n"
		"  signet revoke 4f2a51... --reason superseded --lineage\n"
		"  signet revoke --key stolen.key --reason keyCompromise "
		"--since 2027-01-31 --yes\n",
    .options = options,
    .min_args = 0,
    .max_args = -1,
    .needs = CMD_LEDGER_ALONE,
    .run = run,
};
