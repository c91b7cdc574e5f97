/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "ca/note.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/progress.h"
#include "cli/text.h"

#define KEPT_MEMORY (16 << 20) /* octets */

#define THREADS_MAX 64

struct findings {
	struct text text;
	bool colour;
	struct progress progress;
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

static void
on_progress(void *ctx, const char *what, size_t done, size_t all)
{
	struct findings *findings = ctx;

	progress_show(&findings->progress, what, done, all);
}

static enum ca_status
read_threads(const struct opts *opts, size_t *ret, struct ca_error *err)
{
	const char *text = opt_text(opts, "threads");
	unsigned long threads;
	char *end;

	if (text == NULL)
		return CA_OK;
	errno = 0;
	threads = strtoul(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    threads < 1 || threads > THREADS_MAX)
		return ca_fail(err, CA_USAGE,
		    "--threads %.40s: a number from 1 to %d", text,
		    THREADS_MAX);
	*ret = threads;
	return CA_OK;
}

/* ---- checkpoints that were kept elsewhere ---- */

struct kept {
	struct ca_buf *files;
	struct ca_bytes *views;
	size_t count;
};

static void
kept_done(struct kept *kept)
{
	for (size_t i = 0; kept->files != NULL && i < kept->count; i++)
		ca_buf_free(&kept->files[i]);
	free(kept->files);
	free(kept->views);
}

static enum ca_status
read_kept(const struct invocation *in, struct kept *ret, struct ca_error *err)
{
	enum ca_status st = CA_OK;

	ret->count = opt_count(&in->opts, "against");
	if (ret->count == 0)
		return CA_OK;
	ret->files = calloc(ret->count, sizeof(*ret->files));
	ret->views = calloc(ret->count, sizeof(*ret->views));
	if (ret->files == NULL || ret->views == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	for (size_t i = 0; i < ret->count && st == CA_OK; i++) {
		st = file_read(opt_item(&in->opts, "against", i), CA_NOTE_MAX,
		    &ret->files[i], err);
		ret->views[i] = ca_view(&ret->files[i]);
	}
	return st;
}

/* ---- all of it ---- */

static enum ca_status
audit(const struct invocation *in, struct audit_report *report, bool *ret_begun,
    struct ca_error *err)
{
	struct kept kept = {0};
	struct authority *a = NULL;
	enum ca_status st;

	if ((st = read_threads(&in->opts, &report->threads, err)) == CA_OK &&
	    (st = read_kept(in, &kept, err)) == CA_OK &&
	    (st = cmd_open(in, &a, err)) == CA_OK) {
		report->against = kept.views;
		report->against_count = kept.count;
		*ret_begun = true;
		st = authority_audit(a, report, err);
	}
	authority_close(a);
	kept_done(&kept);
	return st;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct findings findings = {.colour = in->term.colour_out};
	struct audit_report report = {
	    .finding = on_finding, .progress = on_progress, .ctx = &findings};
	struct ca_error out_err = {0};
	bool begun = false;
	enum ca_status st, printed;

	/* wolfCrypt takes and frees much for each signature: without this the
	 * pages go back to the system each time, which costs as much again. */
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_MEMORY);
	progress_init(&findings.progress, &in->term);
	st = audit(in, &report, &begun, err);
	progress_done(&findings.progress);

	if (!begun)
		return st;
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
	return st;
}

static const struct opt options[] = {
    {"against", OPT_LIST, "CHECKPOINT",
	"a checkpoint of the log that was kept elsewhere: what it saw must be "
	"there unchanged (repeatable)"},
    {"threads", OPT_TEXT, "N",
	"threads that verify, 1 to 64 (one a processor)"},
    {0}};

const struct command cmd_audit = {
    .name = "audit",
    .operands = "",
    .summary = "prove that the ledger and what was signed agree",
    .about = "Parses every certificate and CRL again and holds it against "
	     "its columns, its issuer's signature, and the request and "
	     "policy that allowed it, and the home's key and CRL files "
	     "against what was recorded of them. Orphans (intended, never "
	     "released) and notes (a key that is kept elsewhere) "
	     "are listed; alone they are no fault. The events' Merkle tree is "
	     "made again and held against every checkpoint of it that was "
	     "recorded, lies in the home, or is given with --against: an older "
	     "ledger that was put back is found so. Exit 5 when something "
	     "does not agree.",
    .examples = "  signet audit\n"
		"  signet audit --against /media/usb/lab.checkpoint\n",
    .options = options,
    .max_args = 0,
    .run = run,
};
