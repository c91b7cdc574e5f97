/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/pem.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/print.h"

static const struct opt options[] = {
    {"with-intermediates", OPT_FLAG, NULL, "the other authorities too"},
    {"out", OPT_TEXT, "FILE", "where to; default standard output"},
    {"force", OPT_FLAG, NULL, "replace FILE when it exists"}, {0}};

struct export
{
	const struct invocation *in;
	struct ca_buf pem;
	bool intermediates;
	size_t count;
};

static enum ca_status
add_root(void *ctx, const struct ledger_authority *row)
{
	struct export *export = ctx;

	if (row->der.len == 0 || (row->parent != 0) != export->intermediates)
		return CA_OK;
	export->count++;
	term_note(&export->in->term, "%s: %s", row->name, row->subject);
	print_fingerprint(&export->in->term, row->der);
	return ca_pem_append(&export->pem, CA_PEM_CERTIFICATE, row->der);
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	const char *out = opt_text(&in->opts, "out");
	enum file_existing existing = opt_flag(&in->opts, "force") ?
	    FILE_REPLACE :
	    FILE_KEEP;
	struct export export = {.in = in};
	struct authority *a = NULL;
	enum ca_status st;

	out = out != NULL ? out : "-";
	if ((st = file_check_writable(out, existing, err)) != CA_OK ||
	    (st = cmd_open(in, &a, err)) != CA_OK ||
	    (st = ledger_each_authority(
		 authority_ledger(a), add_root, &export, err)) != CA_OK)
		goto out;
	export.intermediates = true;
	if (opt_flag(&in->opts, "with-intermediates"))
		st = ledger_each_authority(
		    authority_ledger(a), add_root, &export, err);
	if (st == CA_OK && export.count == 0)
		st = ca_fail(err, CA_NOT_FOUND, "this home has no root");
	if (st == CA_OK)
		st = file_write(
		    out, ca_view(&export.pem), FILE_PUBLIC, existing, err);
out:
	ca_buf_free(&export.pem);
	authority_close(a);
	return st;
}

const struct command cmd_roots_export = {
    .name = "roots export",
    .operands = "",
    .summary = "the root's certificate, to be trusted by others",
    .about = "PEM on standard output; name and SHA-256 fingerprint, to be "
	     "compared over another channel, on standard error.",
    .examples = "  signet roots export > lab-root.pem\n"
		"  signet roots export --with-intermediates --out all.pem\n",
    .options = options,
    .max_args = 0,
    .run = run,
};
