/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "ca/pem.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/print.h"

static const struct opt options[] = {
    {"format", OPT_TEXT, "FORMAT",
	"pem (the default), der, or fingerprint: text to be read aloud"},
    {"with-intermediates", OPT_FLAG, NULL, "the other authorities too"},
    {"out", OPT_TEXT, "FILE", "where to; default standard output"},
    {"force", OPT_FLAG, NULL, "replace FILE when it exists"}, {0}};

enum format {
	FORMAT_PEM = 0,
	FORMAT_DER,
	FORMAT_FINGERPRINT
};

struct export
{
	const struct invocation *in;
	enum format format;
	struct text content;
	bool intermediates;
	size_t count;
};

static enum ca_status
choose_format(
    const struct invocation *in, enum format *ret, struct ca_error *err)
{
	static const char *const names[] = {"pem", "der", "fingerprint"};
	const char *name = opt_text(&in->opts, "format");

	*ret = FORMAT_PEM;
	if (name == NULL)
		return CA_OK;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0) {
			*ret = (enum format)i;
			return CA_OK;
		}
	return ca_fail(
	    err, CA_USAGE, "--format %.40s: is pem, der or fingerprint", name);
}

static void
add_fingerprint(struct export *export, const struct ledger_authority *row)
{
	text_add(&export->content,
	    "%s%s: ", export->content.buf.len > 0 ? "\n" : "", row->name);
	text_add_safe(&export->content, ca_text(row->subject));
	text_add(&export->content, "\n");
	print_fingerprint_aloud(&export->content, row->der);
}

static enum ca_status
add_root(void *ctx, const struct ledger_authority *row)
{
	struct export *export = ctx;

	if (row->der.len == 0 || (row->parent != 0) != export->intermediates)
		return CA_OK;
	export->count++;
	if (export->format == FORMAT_FINGERPRINT) {
		add_fingerprint(export, row);
		return export->content.status;
	}
	term_note(&export->in->term, "%s: %s", row->name, row->subject);
	print_fingerprint(&export->in->term, row->der);
	if (export->format == FORMAT_DER)
		return ca_buf_append(&export->content.buf, row->der);
	return ca_pem_append(
	    &export->content.buf, CA_PEM_CERTIFICATE, row->der);
}

static enum ca_status
gather(struct export *export, struct authority *a, struct ca_error *err)
{
	struct ledger *ledger = authority_ledger(a);
	enum ca_status st = ledger_each_authority(
	    ledger, add_root, export, err);

	export->intermediates = true;
	if (st == CA_OK && opt_flag(&export->in->opts, "with-intermediates"))
		st = ledger_each_authority(ledger, add_root, export, err);
	if (st == CA_OK && export->count == 0)
		st = ca_fail(err, CA_NOT_FOUND, "this home has no root");
	if (st == CA_OK && export->count > 1 && export->format == FORMAT_DER)
		st = ca_fail(err, CA_USAGE,
		    "--format der: holds one certificate, and there are %zu; "
		    "PEM holds any number",
		    export->count);
	return st;
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
	if ((st = choose_format(in, &export.format, err)) == CA_OK &&
	    (st = file_check_writable(out, existing, err)) == CA_OK &&
	    (st = cmd_open(in, &a, err)) == CA_OK &&
	    (st = gather(&export, a, err)) == CA_OK)
		st = file_write(out, ca_view(&export.content.buf), FILE_PUBLIC,
		    existing, err);
	text_done(&export.content);
	authority_close(a);
	return st;
}

const struct command cmd_roots_export = {
    .name = "roots export",
    .operands = "",
    .summary = "the root's certificate, to be trusted by others",
    .about = "PEM on standard output; name and SHA-256 fingerprint, to be "
	     "compared over another channel, on standard error. With --format "
	     "fingerprint the same, and each digit with its word (A is Alfa, B "
	     "is Bravo), in eight numbered rows: what is read over the "
	     "telephone is compared with what any viewer of certificates "
	     "shows.",
    .examples = "  signet roots export > lab-root.pem\n"
		"  signet roots export --format der --out lab-root.crt\n"
		"  signet roots export --format fingerprint\n"
		"  signet roots export --with-intermediates --out all.pem\n",
    .options = options,
    .max_args = 0,
    .needs = CMD_LEDGER_ALONE,
    .run = run,
};
