/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cmd.h"
#include "cli/print.h"

#define SHOWN 8 /* matches that an error message can hold */

static const struct opt options[] = {
    {"reason", OPT_TEXT, "REASON",
	"keyCompromise, cACompromise, affiliationChanged, superseded, "
	"cessationOfOperation, privilegeWithdrawn, ... or hyphened"},
    {0}};

struct matches {
	int64_t row;
	struct text serials, subject;
	size_t count;
};

static enum ca_status
take_match(void *ctx, const struct ledger_cert *row)
{
	struct matches *matches = ctx;

	matches->row = row->id;
	if (matches->count++ >= SHOWN)
		return CA_OK;
	text_add(&matches->serials, "%s", matches->count > 1 ? ", " : "");
	text_add_hex(&matches->serials, row->serial);
	if (matches->count == 1)
		text_add(&matches->subject, "%s", row->subject);
	return CA_OK;
}

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
		    "for revoking (RFC 5280 5.3.1)");
	return CA_OK;
}

static enum ca_status
find_one(struct authority *a, const char *what, struct matches *matches,
    struct ca_error *err)
{
	size_t count = 0;
	enum ca_status st = authority_find(
	    a, what, take_match, matches, &count, err);

	if (st != CA_OK || count == 1)
		return st;
	return ca_fail(err, CA_USAGE,
	    "%s: %zu certificates bear this name: %s; say which by "
	    "its serial",
	    what, count, text_get(&matches->serials));
}

static enum ca_status
revoke_one(const struct invocation *in, struct authority *a, const char *what,
    enum ca_reason reason, struct ca_error *err)
{
	struct matches matches = {0};
	bool changed = false;
	enum ca_status st;

	if ((st = find_one(a, what, &matches, err)) != CA_OK ||
	    (st = authority_revoke(a, matches.row, reason, LEDGER_NO_TIME,
		 &changed, err)) != CA_OK)
		goto out;
	if (changed) {
		term_note(&in->term, "revoked %s: %s",
		    text_get(&matches.subject), ca_reason_name((int)reason));
		term_note(&in->term, "serial %s", text_get(&matches.serials));
	} else {
		term_note(&in->term,
		    "%s (%s) was revoked already; nothing changed",
		    text_get(&matches.serials), text_get(&matches.subject));
	}
out:
	text_done(&matches.serials);
	text_done(&matches.subject);
	return st;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct authority *a = NULL;
	enum ca_reason reason;
	enum ca_status st;

	if ((st = parse_reason(in, &reason, err)) != CA_OK ||
	    (st = cmd_open(in, &a, err)) != CA_OK)
		return st;
	for (size_t i = 0; i < in->opts.arg_count && st == CA_OK; i++)
		st = revoke_one(in, a, in->opts.args[i], reason, err);
	if (st == CA_OK)
		term_next(
		    &in->term, "signet crl --all --bundle --out all.crl.pem");
	authority_close(a);
	return st;
}

const struct command cmd_revoke = {
    .name = "revoke",
    .operands = "SERIAL|FILE|NAME...",
    .summary = "revoke certificates",
    .about = "Relying parties learn of it with the next CRL: `signet crl`. "
	     "A name must mean one certificate; with several, say the "
	     "serial. Revoking again changes nothing; an unspecified "
	     "reason may become keyCompromise.",
    .examples = "  signet revoke jason@lab.example --reason keyCompromise\n"
		"  signet revoke 4f2a51... --reason superseded\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
