/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cmd.h"
#include "cli/text.h"

struct findings {
	struct text text;
	bool colour;
};

static void
on_finding(void *ctx, enum audit_finding kind, int64_t row, const char *line)
{
	struct findings *findings = ctx;
	bool colour = findings->colour;

	(void)row;
	text_add(&findings->text, "%s%s%s ",
	    kind == AUDIT_FAULT      ? term_red(colour) :
		kind == AUDIT_ORPHAN ? term_yellow(colour) :
				       "",
	    kind == AUDIT_FAULT      ? "FAULT " :
		kind == AUDIT_ORPHAN ? "ORPHAN" :
				       "NOTE  ",
	    term_plain(colour));
	text_add_safe(&findings->text, ca_text(line));
	text_add(&findings->text, "\n");
}

static const char *
plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct findings findings = {.colour = in->term.colour_out};
	struct audit_report report = {.finding = on_finding, .ctx = &findings};
	struct ca_error out_err = {0};
	struct authority *a = NULL;
	enum ca_status st, printed;

	if ((st = cmd_open(in, &a, err)) != CA_OK)
		return st;
	st = authority_audit(a, &report, err);
	text_add(&findings.text,
	    "%zu certificate%s, %zu CRL%s, %zu event%s: %zu fault%s, %zu "
	    "orphan%s",
	    report.certificates, plural(report.certificates), report.crls,
	    plural(report.crls), report.events, plural(report.events),
	    report.faults, plural(report.faults), report.orphans,
	    plural(report.orphans));
	if (report.notes > 0)
		text_add(&findings.text, ", %zu note%s", report.notes,
		    plural(report.notes));
	text_add(&findings.text, "\n");
	printed = text_print(&findings.text, &out_err);
	if (st == CA_OK && printed != CA_OK)
		st = ca_fail(err, printed, "%s", out_err.msg);
	authority_close(a);
	return st;
}

static const struct opt options[] = {{0}};

const struct command cmd_audit = {
    .name = "audit",
    .operands = "",
    .summary = "prove that the ledger and what was signed agree",
    .about = "Parses every certificate and CRL again and holds it against "
	     "its columns, its issuer's signature, and the request and "
	     "policy that allowed it, and the home's key and CRL files "
	     "against what was recorded of them. Orphans (intended, never "
	     "released) and notes (a key that is kept elsewhere) "
	     "are listed; alone they are no fault. Exit 5 when something "
	     "does not agree.",
    .options = options,
    .max_args = 0,
    .run = run,
};
