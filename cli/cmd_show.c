/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "ca/pem.h"
#include "ca/time.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/kind.h"
#include "cli/print.h"

static const struct opt options[] = {
    {"pem", OPT_FLAG, NULL, "the certificate itself, as PEM"},
    {"json", OPT_FLAG, NULL, "as JSON"}, {0}};

struct showing {
	const struct invocation *in;
	struct text text;
	json_t *json; /* an array */
	size_t shown; /* rows of what is being shown */
	int64_t now;
	struct ca_error *err;
};

static void
ledger_lines(struct showing *show, const struct ledger_cert *row)
{
	const char *state = print_state(row, show->now);
	bool colour = show->in->term.colour_out;
	char when[CA_TIME_TEXT];

	text_add(&show->text, "%s%-14s%s %s%s%s, policy %s, issued by %s\n",
	    term_dim(colour), "ledger", term_plain(colour),
	    print_state_colour(state, colour), state, term_plain(colour),
	    row->policy, row->issuer_name);
	if (row->revoked_at == LEDGER_NO_TIME)
		return;
	ca_time_text(row->revoked_at, when);
	text_add(&show->text, "%s%-14s%s %s (%s)\n", term_dim(colour),
	    "revoked", term_plain(colour), when, ca_reason_name(row->reason));
}

static void
ledger_json(struct showing *show, const struct ledger_cert *row, json_t *object)
{
	json_put_text(object, "state", print_state(row, show->now));
	json_put_text(object, "policy", row->policy);
	json_put_text(object, "issuer", row->issuer_name);
	if (row->revoked_at == LEDGER_NO_TIME)
		return;
	json_put_time(object, "revokedAt", row->revoked_at);
	json_put_text(object, "reason", ca_reason_name(row->reason));
}

/* row is NULL for a file that no ledger was asked about. */
static enum ca_status
show_der(struct showing *show, struct ca_bytes der, bool is_tbs,
    const struct ledger_cert *row)
{
	struct ca_cert *cert = calloc(1, sizeof(*cert));
	enum ca_status st;

	if (cert == NULL)
		return ca_fail(show->err, CA_MEMORY, "out of memory");
	st = is_tbs ? ca_cert_parse_tbs(der, cert, show->err) :
		      ca_cert_parse(der, cert, show->err);
	if (st != CA_OK)
		goto out;
	if (show->json != NULL) {
		json_t *object = print_cert_json(cert);

		if (row != NULL)
			ledger_json(show, row, object);
		(void)json_array_append_new(show->json, object);
		goto out;
	}
	print_cert(&show->text, cert, show->in->term.colour_out);
	if (row != NULL)
		ledger_lines(show, row);
out:
	free(cert);
	return st;
}

static enum ca_status
show_row(void *ctx, const struct ledger_cert *row)
{
	struct showing *show = ctx;

	if (show->shown++ > 0 && !opt_flag(&show->in->opts, "pem"))
		text_add(&show->text, "\n");
	if (!opt_flag(&show->in->opts, "pem"))
		return row->state == LEDGER_ISSUED ?
		    show_der(show, row->der, false, row) :
		    show_der(show, row->tbs, true, row);
	if (row->state != LEDGER_ISSUED)
		return ca_fail(show->err, CA_NOT_FOUND,
		    "this certificate was intended and never "
		    "released: there is none to show");
	return ca_pem_append(&show->text.buf, CA_PEM_CERTIFICATE, row->der);
}

/* A file needs no home: it is shown as it is. */
static enum ca_status
show_file(struct showing *show, const char *path, struct ca_error *err)
{
	static const char *const labels[] = {CA_PEM_CERTIFICATE, NULL};
	struct ca_buf file = {0}, der = {0};
	struct ca_bytes rest;
	char label[CA_PEM_LABEL] = CA_PEM_CERTIFICATE;
	enum ca_status st;

	if ((st = file_read(path, FILE_MAX_READ, &file, err)) != CA_OK)
		goto out;
	if ((st = kind_check(ca_view(&file), KIND_CERTIFICATE, err)) != CA_OK) {
		ca_fail_in(err, path);
		goto out;
	}
	rest = ca_view(&file);
	st = ca_pem_is_pem(rest) ?
	    ca_pem_next(&rest, label, &der, err) :
	    ca_pem_single(rest, labels, "a certificate", NULL, &der, err);
	if (st == CA_OK && strcmp(label, CA_PEM_CERTIFICATE) != 0)
		st = ca_fail(err, CA_MALFORMED,
		    "holds a PEM block %s, not a certificate", label);
	if (st == CA_OK && opt_flag(&show->in->opts, "pem"))
		st = ca_pem_append(
		    &show->text.buf, CA_PEM_CERTIFICATE, ca_view(&der));
	else if (st == CA_OK)
		st = show_der(show, ca_view(&der), false, NULL);
	if (st != CA_OK)
		ca_fail_in(err, path);
out:
	ca_buf_free(&file);
	ca_buf_free(&der);
	return st;
}

static enum ca_status
find_and_show(struct showing *show, const char *what, struct ca_error *err)
{
	struct authority *a = NULL;
	struct ca_error inner = {0};
	size_t count = 0;
	enum ca_status st;

	st = cmd_open(show->in, &a, &inner);
	if (st == CA_OK) {
		show->now = authority_now(a);
		st = authority_find(a, what, show_row, show, &count, &inner);
	}
	authority_close(a);
	if (st != CA_NOT_FOUND || !file_exists(what)) {
		if (st != CA_OK)
			(void)ca_fail(err, st, "%s", inner.msg);
		return st;
	}
	st = show_file(show, what, err);
	if (st == CA_OK)
		term_note(&show->in->term,
		    "%s: shown from the file; no ledger here knows it", what);
	return st;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct showing show = {.in = in, .err = err};
	enum ca_status st = CA_OK;

	if (in->json && opt_flag(&in->opts, "pem"))
		return ca_fail(
		    err, CA_USAGE, "--json and --pem exclude each other");
	if (in->json)
		show.json = json_array();
	for (size_t i = 0; i < in->opts.arg_count && st == CA_OK; i++) {
		if (i > 0 && !in->json && !opt_flag(&in->opts, "pem"))
			text_add(&show.text, "\n");
		show.shown = 0;
		st = find_and_show(&show, in->opts.args[i], err);
	}
	if (st == CA_OK)
		st = in->json ? json_print("certificates", show.json, err) :
				text_print(&show.text, err);
	else
		json_decref(show.json);
	text_done(&show.text);
	return st;
}

const struct command cmd_show = {
    .name = "show",
    .operands = "SERIAL|FILE|NAME...",
    .summary = "show a certificate, and what the ledger says of it",
    .about = "SERIAL is hex, as `signet list` and openssl print it. A name "
	     "shows the valid certificates that bear it, or, when there "
	     "are none, the others.",
    .examples = "  signet show company.com\n"
		"  signet show 4f2a... --pem > company.crt\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .needs = CMD_LEDGER_ALONE,
    .run = run,
};
