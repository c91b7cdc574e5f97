/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "ca/time.h"
#include "cli/cmd.h"
#include "cli/print.h"

#define SERIAL_COLUMN 34
#define STATE_COLUMN 8
#define WIDE 110 /* columns from which policy and issuer fit too */

static const struct opt options[] = {
    {"name", OPT_TEXT, "NAME",
	"only certificates with this name; * stands for anything"},
    {"policy", OPT_TEXT, "NAME", "only of this policy"},
    {"expiring", OPT_TEXT, "TIME", "only valid ones that end within: 30d"},
    {"revoked", OPT_FLAG, NULL, "only revoked ones"},
    {"json", OPT_FLAG, NULL, "as JSON"}, {0}};

#define PAGE 4096 /* rows */

struct listing {
	struct authority *a;
	const struct invocation *in;
	struct text text;
	json_t *json;
	json_t *issuers;   /* with json: their names by their short ones */
	int64_t now, last; /* last: ledger_cert.id */
	size_t count;
};

static enum ca_status
first_name(void *ctx, const struct ledger_name *row)
{
	struct text *text = ctx;

	if (text->buf.len == 0)
		text_add(text, "%s", row->value);
	return CA_OK;
}

/* The common name in a subject's text, to the end of its value; NULL when it
 * has none. A comma inside a value is escaped there. */
static const char *
common_name(const char *subject, size_t *ret_len)
{
	const char *at = strncmp(subject, "CN=", 3) == 0 ?
	    subject :
	    strstr(subject, ", CN=");
	size_t len = 0;

	if (at == NULL)
		return NULL;
	at += *at == ',' ? 5 : 3;
	while (at[len] != '\0' && at[len] != ',' && at[len] != '+')
		len += at[len] == '\\' && at[len + 1] != '\0' ? 2 : 1;
	*ret_len = len;
	return at;
}

/* The common name, else the first name of any type, safe and not longer than
 * the room there is. */
static void
add_name(struct listing *list, const struct ledger_cert *row, size_t room)
{
	struct text name = {0};
	size_t len = 0;
	const char *cn = common_name(row->subject, &len);

	if (cn != NULL)
		text_add(&name, "%.*s", (int)len, cn);
	else
		text_status(&name,
		    ledger_each_name(authority_ledger(list->a), row->id,
			first_name, &name, NULL));
	text_add_cut(&list->text, ca_text(text_get(&name)), room);
	text_done(&name);
}

static void
row_text(struct listing *list, const struct ledger_cert *row)
{
	const char *state = print_state(row, list->now);
	bool colour = list->in->term.colour_out;
	size_t width = (size_t)list->in->term.width;
	size_t used = SERIAL_COLUMN + 1 + STATE_COLUMN + 1 + 10 + 1;
	char until[CA_TIME_TEXT];
	struct text serial = {0};

	ca_time_text(row->not_after, until);
	text_add_hex(&serial, row->serial);
	text_add(&list->text, "%-*s %s%-*s%s %.10s ", SERIAL_COLUMN,
	    text_get(&serial), print_state_colour(state, colour), STATE_COLUMN,
	    state, term_plain(colour), until);
	if (width >= WIDE) {
		text_add(&list->text, "%-14.14s %-14.14s ", row->policy,
		    row->issuer_name);
		used += 30;
	}
	add_name(list, row, width - used);
	text_add(&list->text, "\n");
	text_done(&serial);
}

static enum ca_status
name_json(void *ctx, const struct ledger_name *row)
{
	json_t *object = json_object();

	json_put_text(object, "type", row->type);
	json_put_text(object, "value", row->value);
	(void)json_array_append_new(ctx, object);
	return CA_OK;
}

static enum ca_status
row_json(struct listing *list, const struct ledger_cert *row)
{
	json_t *object = json_object(), *names = json_array();
	json_t *issuer = json_object_get(list->issuers, row->issuer_name);

	json_put_hex(object, "serial", row->serial);
	json_put_text(object, "state", print_state(row, list->now));
	json_put_text(object, "subject", row->subject);
	json_put_text(object, "issuer", row->issuer_name);
	if (issuer != NULL)
		(void)json_object_set(object, "issuerName", issuer);
	json_put_text(object, "policy", row->policy);
	json_put_time(object, "notBefore", row->not_before);
	json_put_time(object, "notAfter", row->not_after);
	json_put_hex(object, "sha256", row->der_hash);
	json_put_hex(object, "keySha256", row->spki_hash);
	if (row->revoked_at != LEDGER_NO_TIME) {
		json_put_time(object, "revokedAt", row->revoked_at);
		json_put_text(object, "reason", ca_reason_name(row->reason));
	}
	(void)json_object_set_new(object, "names", names);
	(void)json_array_append_new(list->json, object);
	return ledger_each_name(
	    authority_ledger(list->a), row->id, name_json, names, NULL);
}

static enum ca_status
on_row(void *ctx, const struct ledger_cert *row)
{
	struct listing *list = ctx;

	list->count++;
	list->last = row->id;
	if (list->json != NULL)
		return row_json(list, row);
	row_text(list, row);
	return list->text.status;
}

static enum ca_status
make_query(const struct invocation *in, int64_t now, struct ledger_query *ret,
    struct ca_error *err)
{
	const char *expiring = opt_text(&in->opts, "expiring");
	int64_t within;

	*ret = (struct ledger_query){.name = opt_text(&in->opts, "name"),
	    .policy = opt_text(&in->opts, "policy"),
	    .revoked = opt_flag(&in->opts, "revoked") ? 1 : 0};
	if (expiring == NULL)
		return CA_OK;
	if (ca_duration_parse(expiring, &within) != CA_OK)
		return ca_fail(err, CA_USAGE,
		    "--expiring %.40s: a duration is a count and "
		    "s, m, h, d, w or y: 30d",
		    expiring);
	ret->state = LEDGER_ISSUED;
	ret->revoked = ret->revoked != 0 ? ret->revoked : -1;
	ret->expires_after = now;
	ret->expires_before = now + within;
	return CA_OK;
}

static void
heading(struct listing *list)
{
	const struct term *term = &list->in->term;

	text_add(&list->text, "%s%-*s %-*s %-10s ", term_bold(term->colour_out),
	    SERIAL_COLUMN, "SERIAL", STATE_COLUMN, "STATE", "UNTIL");
	if (term->width >= WIDE)
		text_add(&list->text, "%-14s %-14s ", "POLICY", "ISSUER");
	text_add(&list->text, "NAME%s\n", term_plain(term->colour_out));
}

/* One that was never issued has no name. */
static enum ca_status
take_issuer(void *ctx, const struct ledger_authority *row)
{
	if (row->certificate != 0)
		json_put_text(ctx, row->name, row->subject);
	return CA_OK;
}

static enum ca_status
begin_json(struct listing *list, struct ca_error *err)
{
	list->json = json_array();
	list->issuers = json_object();
	return ledger_each_authority(
	    authority_ledger(list->a), take_issuer, list->issuers, err);
}

/* What is found in order of id is printed page by page, and nothing is asked of
 * the ledger meanwhile: whoever reads slowly holds nothing up. The others'
 * order is made from all there are, once. */
static enum ca_status
each_page(
    struct listing *list, struct ledger_query *query, struct ca_error *err)
{
	const bool pages = list->json == NULL && query->name == NULL &&
	    query->revoked == 0 && query->expires_before == 0;
	struct ledger *ledger = authority_ledger(list->a);
	size_t before;
	enum ca_status st;

	query->limit = pages ? PAGE : 0;
	do {
		before = list->count;
		query->after = list->last;
		st = ledger_each_cert(ledger, query, on_row, list, err);
		if (st == CA_OK && pages)
			st = text_print(&list->text, err);
	} while (st == CA_OK && pages && list->count == before + PAGE);
	return st;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct listing list = {.in = in};
	struct ledger_query query;
	enum ca_status st;

	if ((st = cmd_open(in, &list.a, err)) != CA_OK)
		return st;
	list.now = authority_now(list.a);
	if ((st = make_query(in, list.now, &query, err)) != CA_OK)
		goto out;
	if (in->json)
		st = begin_json(&list, err);
	else
		heading(&list);
	if (st == CA_OK)
		st = each_page(&list, &query, err);
	if (st != CA_OK) {
		json_decref(list.json);
		goto out;
	}
	st = in->json ? json_print("certificates", list.json, err) :
			text_print(&list.text, err);
	if (st == CA_OK && !in->json)
		term_note(&in->term, "%zu certificate%s", list.count,
		    list.count == 1 ? "" : "s");
out:
	json_decref(list.issuers);
	text_done(&list.text);
	authority_close(list.a);
	return st;
}

const struct command cmd_list = {
    .name = "list",
    .operands = "",
    .summary = "list what the ledger holds",
    .about = "Every certificate, one a line: authorities' own ones, those "
	     "that were issued, and those that were only intended (a "
	     "signature may exist; `signet audit` explains them).",
    .examples = "  signet list\n"
		"  signet list --name '*.company.com' --expiring 30d\n"
		"  signet list --json | jq -r '.certificates[].serial'\n",
    .options = options,
    .max_args = 0,
    .needs = CMD_LEDGER_ALONE,
    .run = run,
};
