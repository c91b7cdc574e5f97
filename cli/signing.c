/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/signing.h"

#include <stdlib.h>
#include <string.h>

#include "ca/pem.h"
#include "ca/time.h"
#include "cli/place.h"
#include "cli/print.h"

#define DROPPED_SHOWN 8

/* ---- where it goes ---- */

static enum ca_status
choose_path(const struct signing *signing, struct signing_item *item,
    struct ca_error *err)
{
	const char *out = opt_text(&signing->in->opts, "out");
	const char *folder = opt_text(&signing->in->opts, "out-dir");
	enum ca_status st;

	if (folder != NULL && item->stem.len == 0)
		return ca_fail(err, CA_USAGE,
		    "a request from standard input has no file "
		    "name; use --out FILE");
	st = folder == NULL ?
	    ca_buf_append_text(&item->path, out != NULL ? out : "-") :
	    ca_buf_printf(&item->path, "%s/%s.crt", folder,
		(const char *)item->stem.data);
	if (st == CA_OK && ca_buf_text(&item->path) == NULL)
		st = CA_MEMORY;
	return st == CA_OK ? st : ca_fail(err, st, "out of memory");
}

/* Standard output takes any number of them, one after the other. */
static bool
is_file(const struct signing_item *item)
{
	return item->status == CA_OK &&
	    strcmp((const char *)item->path.data, "-") != 0;
}

static enum ca_status
check_distinct(
    const struct signing *signing, bool reads_files, struct ca_error *err)
{
	size_t count = signing->in->opts.arg_count;
	struct places places = {0};
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < count && st == CA_OK; i++)
		if (is_file(&signing->items[i]))
			st = places_add(&places,
			    (const char *)signing->items[i].path.data,
			    signing->items[i].operand, err);
	if (st == CA_OK)
		st = places_check(&places, err);
	for (size_t i = 0; i < count && reads_files && st == CA_OK; i++)
		st = places_check_input(
		    &places, signing->items[i].operand, err);
	places_done(&places);
	return st;
}

enum ca_status
signing_places(struct signing *signing,
    enum ca_status (*find)(struct signing *signing, struct signing_item *item,
	struct ca_error *err),
    bool reads_files, struct ca_error *err)
{
	const struct opts *opts = &signing->in->opts;
	bool plan = opt_flag(opts, "plan");
	enum ca_status st = CA_OK;

	signing->items = calloc(opts->arg_count, sizeof(*signing->items));
	if (signing->items == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	for (size_t i = 0; i < opts->arg_count && st == CA_OK; i++) {
		struct signing_item *item = &signing->items[i];

		item->operand = opts->args[i];
		item->status = find(signing, item, &item->err);
		if (item->status == CA_OK && !plan)
			st = choose_path(signing, item, err);
	}
	if (plan || st != CA_OK ||
	    (st = check_distinct(signing, reads_files, err)) != CA_OK)
		return st;
	for (size_t i = 0; i < opts->arg_count && st == CA_OK; i++)
		if (signing->items[i].status == CA_OK)
			st = file_check_writable(
			    (const char *)signing->items[i].path.data,
			    signing->existing, err);
	return st;
}

static enum ca_status
write_certificate(struct signing *signing, const struct issued *issued,
    const char *path, struct ca_error *err)
{
	struct ca_buf pem = {0};
	struct ca_error inner = {0};
	enum ca_status st;

	st = ca_pem_append(&pem, CA_PEM_CERTIFICATE, ca_view(&issued->der));
	if (st == CA_OK && opt_flag(&signing->in->opts, "chain"))
		st = signer_append_chain(&signing->signer, false, &pem);
	if (st == CA_OK)
		st = file_write(path, ca_view(&pem), FILE_PUBLIC,
		    signing->existing, &inner);
	ca_buf_free(&pem);
	if (st != CA_OK) {
		struct text serial = {0};

		text_add_hex(&serial, ca_view(&issued->serial));
		(void)ca_fail(err, st,
		    "%s; the certificate is issued and in the "
		    "ledger: `signet show %s --pem`",
		    inner.msg, text_get(&serial));
		text_done(&serial);
	}
	return st;
}

/* ---- one of them ---- */

static enum ca_status
plan_one(struct signing *signing, struct ca_error *err)
{
	struct issued plan = {0};
	struct text text = {0};
	enum ca_status st;

	st = authority_plan(
	    signing->a, &signing->signer, &signing->order, &plan, err);
	if (st != CA_OK)
		return st;
	if (signing->plans != NULL) {
		(void)json_array_append_new(
		    signing->plans, print_plan_json(&plan, &signing->signer));
	} else {
		print_plan(&text, &plan, &signing->signer,
		    signing->in->term.colour_out);
		st = text_print(&text, err);
	}
	issued_done(&plan);
	return st;
}

/* What the certificate has not and the request asked for: whoever asked may
 * count on it, the more so when it was critical (checklist 22). */
static void
report_dropped(const struct signing *signing, const char *what,
    const struct ca_grant *grant)
{
	size_t left = 0;

	for (size_t i = 0; i < grant->note_count; i++) {
		struct ca_note *note = &grant->notes[i];

		if (note->origin != CA_DROPPED ||
		    strstr(note->why, CA_WHY_SAME) != NULL ||
		    left++ >= DROPPED_SHOWN)
			continue;
		term_note(&signing->in->term, "%s: left out: %s: %.*s (%s)",
		    what, note->field, (int)note->text.len,
		    (const char *)note->text.data, note->why);
	}
	if (left > DROPPED_SHOWN)
		term_note(&signing->in->term,
		    "%s: left out: %zu more; --plan shows them", what,
		    left - DROPPED_SHOWN);
}

static void
report(const struct signing *signing, const char *what,
    const struct issued *issued)
{
	char until[CA_TIME_TEXT];
	struct text serial = {0};

	ca_time_text(issued->not_after, until);
	text_add_hex(&serial, ca_view(&issued->serial));
	term_note(&signing->in->term, "%s: signed by %s, valid until %s", what,
	    signing->signer.name, until);
	term_note(&signing->in->term, "serial %s", text_get(&serial));
	text_done(&serial);
	report_dropped(signing, what, &issued->grant);
}

static enum ca_status
issue_one(struct signing *signing, const struct signing_item *item,
    struct ca_error *err)
{
	const char *path = (const char *)item->path.data;
	struct issued issued = {0};
	enum ca_status st;

	/* Again, before the key is used: the disk may be full by now. */
	st = file_check_writable(path, signing->existing, err);
	if (st != CA_OK)
		return st;
	st = authority_issue(
	    signing->a, &signing->signer, &signing->order, &issued, err);
	if (st != CA_OK) {
		ca_fail_in(err, item->operand);
		return st;
	}
	st = write_certificate(signing, &issued, path, err);
	if (st == CA_OK)
		report(signing, item->operand, &issued);
	issued_done(&issued);
	return st;
}

enum ca_status
signing_one(struct signing *signing, const struct signing_item *item,
    struct ca_error *err)
{
	enum ca_status st;

	if (!opt_flag(&signing->in->opts, "plan"))
		return issue_one(signing, item, err);
	st = plan_one(signing, err);
	if (st != CA_OK)
		ca_fail_in(err, item->operand);
	return st;
}

/* ---- all of them ---- */

static enum ca_status
check_options(const struct invocation *in, struct ca_error *err)
{
	const struct opts *opts = &in->opts;

	if (opt_text(opts, "out") != NULL && opt_text(opts, "out-dir") != NULL)
		return ca_fail(
		    err, CA_USAGE, "--out and --out-dir exclude each other");
	if (opt_text(opts, "out") != NULL && opts->arg_count > 1 &&
	    !opt_flag(opts, "plan"))
		return ca_fail(err, CA_USAGE,
		    "--out is for one certificate; for several say "
		    "--out-dir DIR");
	if (in->json && !opt_flag(opts, "plan"))
		return ca_fail(err, CA_USAGE, "--json goes with --plan");
	return CA_OK;
}

enum ca_status
signing_open(
    const struct invocation *in, struct signing *ret, struct ca_error *err)
{
	enum ca_status st;

	*ret = (struct signing){.in = in};
	ret->existing = opt_flag(&in->opts, "force") ? FILE_REPLACE : FILE_KEEP;
	if ((st = check_options(in, err)) != CA_OK ||
	    (st = cmd_term(in, &ret->order.term, err)) != CA_OK)
		return st;
	return cmd_open(in, &ret->a, err);
}

enum ca_status
signing_by(struct signing *signing, const char *name, struct ca_error *err)
{
	enum ca_status st;

	if (signing->signer.count > 0 && name != NULL &&
	    strcmp(signing->signer.name, name) == 0)
		return CA_OK;
	signer_done(&signing->signer);
	st = signer_open(signing->a, name, &signing->signer, err);
	if (st != CA_OK || opt_flag(&signing->in->opts, "plan"))
		return st;
	st = signer_unlock(
	    signing->a, &signing->signer, &signing->in->pass, err);
	if (st != CA_OK)
		signer_done(&signing->signer);
	return st;
}

static enum ca_status
each(struct signing *signing,
    enum ca_status (*one)(struct signing *signing,
	const struct signing_item *item, struct ca_error *err),
    struct ca_error *err)
{
	const struct opts *opts = &signing->in->opts;
	enum ca_status first = CA_OK;

	for (size_t i = 0; i < opts->arg_count; i++) {
		const struct signing_item *item = &signing->items[i];
		struct ca_error inner = item->err;
		enum ca_status st = item->status;

		if (st == CA_OK)
			st = one(signing, item, &inner);
		if (st == CA_OK)
			continue;
		inner.status = st;
		if (first == CA_OK && i + 1 == opts->arg_count) {
			*err = inner;
			return st;
		}
		if (first == CA_OK)
			first = st;
		term_error(&signing->in->term, &inner);
	}
	if (first != CA_OK)
		return ca_fail(
		    err, first, "not every certificate was signed; see above");
	return CA_OK;
}

enum ca_status
signing_each(struct signing *signing,
    enum ca_status (*one)(struct signing *signing,
	const struct signing_item *item, struct ca_error *err),
    struct ca_error *err)
{
	enum ca_status st;

	if (signing->in->json)
		signing->plans = json_array();
	st = each(signing, one, err);
	if (signing->plans != NULL && st == CA_OK)
		st = json_print("plans", signing->plans, err);
	else
		json_decref(signing->plans);
	signing->plans = NULL;
	if (st == CA_OK && !opt_flag(&signing->in->opts, "plan"))
		term_next(&signing->in->term, "signet list");
	return st;
}

void
signing_done(struct signing *signing)
{
	for (size_t i = 0;
	     signing->items != NULL && i < signing->in->opts.arg_count; i++) {
		ca_buf_free(&signing->items[i].stem);
		ca_buf_free(&signing->items[i].path);
	}
	free(signing->items);
	signer_done(&signing->signer);
	ca_policy_free(signing->policy);
	authority_close(signing->a);
	*signing = (struct signing){0};
}
