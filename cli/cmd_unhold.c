/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "cli/cmd.h"
#include "cli/selection.h"

static const struct opt options[] = {{0}};

static void
report(const struct invocation *in, const struct selection *sel)
{
	for (size_t i = 0; i < sel->count; i++) {
		const struct selected *item = &sel->items[i];

		term_note(&in->term, "%.*s (%.*s) is no longer on hold",
		    (int)item->serial.len, (const char *)item->serial.data,
		    (int)item->subject.len, (const char *)item->subject.data);
	}
	term_next(&in->term, "signet crl --all --bundle --out all.crl.pem");
}

static enum ca_status
lift(const struct invocation *in, struct authority *a, struct selection *sel,
    struct ca_error *err)
{
	int64_t *rows = NULL;
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < in->opts.arg_count && st == CA_OK; i++)
		st = selection_add(
		    in, a, in->opts.args[i], SELECT_HELD, "unhold", sel, err);
	if (st != CA_OK)
		return st;
	if ((rows = selection_rows(sel)) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	st = authority_unhold(a, rows, sel->count, err);
	free(rows);
	return st;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct authority *a = NULL;
	struct selection sel = {0};
	enum ca_status st;

	if ((st = cmd_open(in, &a, err)) != CA_OK)
		return st;
	if ((st = lift(in, a, &sel, err)) == CA_OK)
		report(in, &sel);
	selection_done(&sel);
	authority_close(a);
	return st;
}

const struct command cmd_unhold = {
    .name = "unhold",
    .operands = "SERIAL|FILE|NAME...",
    .summary = "lift the hold of certificates",
    .about = "What was revoked for certificateHold is good again, as if it "
	     "had never been revoked, and leaves the next CRL. Any other "
	     "revocation is for good and is refused here. All are lifted, or "
	     "none.",
    .examples = "  signet revoke jason@lab.example --reason "
		"certificateHold\n"
		"  signet unhold jason@lab.example\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .needs = CMD_LEDGER_ALONE,
    .run = run,
};
