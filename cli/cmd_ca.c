/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "ca/time.h"
#include "cli/cmd.h"
#include "cli/home.h"
#include "cli/json.h"
#include "cli/print.h"
#include "cli/request.h"
#include "cli/text.h"

/* ---- ca add ---- */

static const struct opt add_options[] = {
    {"from", OPT_TEXT, "NAME", "the authority above it (root)"},
    {"policy", OPT_TEXT, "NAME",
	"the policy it is issued under "
	"(intermediate)"},
    {"key", OPT_TEXT, "TYPE", "the new key's type (ecdsa-p256)"},
    {"path-len", OPT_TEXT, "N", "how many authorities may stand below it"},
    {"permit", OPT_LIST, "TYPE:VALUE",
	"name constraint: dns:lab.example, email:..., ip:10.0.0.0/8"},
    {"exclude", OPT_LIST, "TYPE:VALUE", "name constraint, likewise"},
    CMD_OPTS_TERM, CMD_OPT_PASSIN, CMD_OPT_PASSOUT, CMD_OPT_NO_PASSPHRASE,
    CMD_OPT_KDF, {0}};

static enum ca_status
take_root_name(void *ctx, const struct ledger_authority *row)
{
	struct ca_buf *name = ctx;

	if (row->parent != 0 || name->len > 0)
		return CA_OK;
	return ca_buf_append_text(name, row->name);
}

/* --from, else the root. */
static enum ca_status
open_parent(const struct invocation *in, struct authority *a,
    struct signer *ret, struct ca_error *err)
{
	const char *from = opt_text(&in->opts, "from");
	struct ca_buf name = {0};
	enum ca_status st = CA_OK;

	if (from == NULL) {
		st = ledger_each_authority(
		    authority_ledger(a), take_root_name, &name, err);
		if (st == CA_OK && name.len > 0)
			from = ca_buf_text(&name);
	}
	if (st == CA_OK)
		st = signer_open(a, from, ret, err);
	if (st == CA_OK &&
	    (st = signer_unlock(a, ret, &in->pass, err)) != CA_OK)
		signer_done(ret);
	ca_buf_free(&name);
	return st;
}

static enum ca_status
add_below(const struct invocation *in, struct authority *a,
    const struct authority_order *order, struct ca_error *err)
{
	struct signer parent = {0};
	struct issued issued = {0};
	char until[CA_TIME_TEXT];
	enum ca_status st;

	if ((st = open_parent(in, a, &parent, err)) != CA_OK)
		return st;
	st = authority_add(a, &parent, order, &in->pass, &issued, err);
	if (st == CA_OK) {
		ca_time_text(issued.not_after, until);
		term_note(&in->term, "authority %s made, signed by %s",
		    order->id, parent.name);
		term_note(&in->term, "valid until %s", until);
		print_fingerprint(&in->term, ca_view(&issued.der));
		term_next(&in->term,
		    "signet sign company.csr --policy server --out "
		    "company.crt");
	}
	issued_done(&issued);
	signer_done(&parent);
	return st;
}

/* The name is refused before a key is unlocked or made. */
static enum ca_status
check_name(const struct invocation *in, const struct authority_order *order,
    struct ca_error *err)
{
	struct ca_policy *policy = NULL;
	struct text hint = {0};
	enum ca_status st = home_policy(in->home, order->policy, &policy, err);

	if (st != CA_OK)
		return st;
	st = ca_policy_takes_subject(policy, order->subject, err);
	if (st == CA_REFUSED) {
		text_add(&hint,
		    "or list it as optional in %s/policies/%s.policy", in->home,
		    order->policy);
		ca_fail_hint(err, text_get(&hint));
	}
	text_done(&hint);
	ca_policy_free(policy);
	return st;
}

static enum ca_status
run_add(const struct invocation *in, struct ca_error *err)
{
	const char *policy = opt_text(&in->opts, "policy");
	struct authority_order order = {.id = in->opts.args[0],
	    .policy = policy != NULL ? policy : "intermediate"};
	struct ca_buf subject = {0}, constraints = {0};
	struct authority *a = NULL;
	struct ca_kdf kdf;
	enum ca_status st;

	order.kdf = &kdf;
	if ((st = cmd_term(in, &order.term, err)) != CA_OK ||
	    (st = cmd_key_choice(in, "ecdsa-p256", &order.key_type,
		 &order.key_bits, &kdf, err)) != CA_OK ||
	    (st = cmd_path_len(
		 in, &order.has_path_len, &order.path_len, err)) != CA_OK ||
	    (st = request_subject(in->opts.args[1], &subject, err)) != CA_OK ||
	    (st = cmd_constraints(in, &constraints, err)) != CA_OK ||
	    (st = cmd_open(in, &a, err)) != CA_OK ||
	    (st = cmd_check_policy(
		 in, order.policy, CMD_POLICY_AUTHORITY, err)) != CA_OK)
		goto out;
	order.subject = ca_view(&subject);
	order.name_constraints = ca_view(&constraints);
	if ((st = check_name(in, &order, err)) == CA_OK)
		st = add_below(in, a, &order, err);
out:
	authority_close(a);
	ca_buf_free(&subject);
	ca_buf_free(&constraints);
	return st;
}

const struct command cmd_ca_add = {
    .name = "ca add",
    .operands = "ID NAME",
    .summary = "add an authority below another one",
    .about = "ID is its short name (issuing, vpn): what --ca says, and "
	     "what its files and URLs are called. NAME is its common name, "
	     "or a whole name. --permit and --exclude put critical name "
	     "constraints into its certificate.",
    .examples = "  signet ca add issuing \"Lab Issuing CA\"\n"
		"  signet ca add vpn \"Lab VPN CA\" --permit dns:vpn.lab."
		"example --validity 5y\n",
    .options = add_options,
    .min_args = 2,
    .max_args = 2,
    .run = run_add,
};

/* ---- ca list ---- */

static const struct opt list_options[] = {
    {"json", OPT_FLAG, NULL, "as JSON"}, {0}};

struct listing {
	struct text text;
	json_t *json;
	int64_t now;
	bool colour;
	size_t width;
};

/* As much of the subject as the line holds after the three columns. */
static void
list_subject(struct listing *list, const char *subject, size_t name_len)
{
	size_t used = (name_len > 14 ? name_len : 14) + 34;
	size_t room = list->width > used + 3 ? list->width - used : 3;

	text_add_cut(&list->text, ca_text(subject), room);
	text_add(&list->text, "\n");
}

static enum ca_status
list_text(struct listing *list, const struct ledger_authority *row)
{
	char until[CA_TIME_TEXT] = "never issued";
	int64_t days = (row->not_after - list->now) / CA_DAY;

	if (row->certificate != 0)
		ca_time_text(row->not_after, until);
	text_add(&list->text, "%-14s %-20s ", row->name, until);
	if (row->certificate != 0 && row->not_after < list->now)
		text_add(&list->text, "%s%11s%s ", term_red(list->colour),
		    "expired", term_plain(list->colour));
	else
		text_add(&list->text, "%6lld days ",
		    row->certificate != 0 ? (long long)days : 0LL);
	list_subject(list, row->subject, strlen(row->name));
	return list->text.status;
}

static enum ca_status
list_json(struct listing *list, const struct ledger_authority *row)
{
	json_t *object = json_object();

	json_put_text(object, "name", row->name);
	json_put_text(object, "subject", row->subject);
	json_object_set_new(object, "root", json_boolean(row->parent == 0));
	json_put_hex(object, "subjectKeyIdentifier", row->key_id);
	json_put_text(object, "key", row->key_ref);
	if (row->certificate != 0) {
		json_put_time(object, "notBefore", row->not_before);
		json_put_time(object, "notAfter", row->not_after);
	}
	json_array_append_new(list->json, object);
	return CA_OK;
}

static enum ca_status
list_row(void *ctx, const struct ledger_authority *row)
{
	struct listing *list = ctx;

	return list->json != NULL ? list_json(list, row) : list_text(list, row);
}

static enum ca_status
run_list(const struct invocation *in, struct ca_error *err)
{
	struct listing list = {
	    .colour = in->term.colour_out, .width = (size_t)in->term.width};
	struct authority *a = NULL;
	enum ca_status st;

	if ((st = cmd_open(in, &a, err)) != CA_OK)
		return st;
	list.now = authority_now(a);
	if (in->json)
		list.json = json_array();
	else
		text_add(&list.text, "%s%-14s %-20s %11s %s%s\n",
		    term_bold(list.colour), "NAME", "VALID UNTIL", "LEFT",
		    "SUBJECT", term_plain(list.colour));
	st = ledger_each_authority(authority_ledger(a), list_row, &list, err);
	if (st == CA_OK)
		st = in->json ? json_print("authorities", list.json, err) :
				text_print(&list.text, err);
	else
		json_decref(list.json);
	text_done(&list.text);
	authority_close(a);
	return st;
}

const struct command cmd_ca_list = {
    .name = "ca list",
    .operands = "",
    .summary = "list the authorities of this home",
    .options = list_options,
    .max_args = 0,
    .needs = CMD_LEDGER_ALONE,
    .run = run_list,
};
