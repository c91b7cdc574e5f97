/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ca/narrow.h"
#include "ca/time.h"
#include "cli/authority_log.h"
#include "cli/cmd.h"
#include "cli/home.h"
#include "cli/interrupt.h"
#include "cli/policies_embedded.h"
#include "cli/print.h"
#include "cli/request.h"
#include "cli/secret.h"
#include "cli/text.h"

#define ISSUING_FROM 60 /* with "Issuing" for "Root", a CN of 64 at most */

static const struct opt options[] = {
    {"key", OPT_TEXT, "TYPE",
	"ecdsa-p384 (default), ecdsa-p256, ecdsa-p521, rsa-3072, rsa-4096, "
	"ed25519, ed448"},
    {"domain", OPT_LIST, "NAME",
	"narrow the policies and the root to this domain (repeatable)"},
    CMD_OPTS_TERM, CMD_OPT_PASSOUT, CMD_OPT_NO_PASSPHRASE, CMD_OPT_KDF, {0}};

struct domains {
	struct ca_buf text[CA_NARROW_MAX_DOMAINS];
	const char *list[CA_NARROW_MAX_DOMAINS];
	size_t count;
};

/* As they are certified: in lower case. */
static enum ca_status
gather_domains(
    const struct invocation *in, struct domains *ret, struct ca_error *err)
{
	size_t count = opt_count(&in->opts, "domain");

	if (count > CA_NARROW_MAX_DOMAINS)
		return ca_fail(err, CA_USAGE, "more than %d domains",
		    CA_NARROW_MAX_DOMAINS);
	for (; ret->count < count; ret->count++) {
		struct ca_buf *text = &ret->text[ret->count];
		const char *given = opt_item(&in->opts, "domain", ret->count);

		if (ca_buf_append_text(text, given) != CA_OK ||
		    (ret->list[ret->count] = ca_buf_text(text)) == NULL)
			return ca_fail(err, CA_MEMORY, "out of memory");
		for (size_t i = 0; i < text->len; i++)
			if (text->data[i] >= 'A' && text->data[i] <= 'Z')
				text->data[i] += 'a' - 'A';
	}
	return CA_OK;
}

/* The home that will hold it is yet to be made: the shipped one, narrowed. All
 * of them are, so that a domain that cannot be is refused here. */
static enum ca_status
root_policy(
    const struct domains *domains, struct ca_policy **ret, struct ca_error *err)
{
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < embedded_policy_count && st == CA_OK; i++) {
		const struct embedded_policy *row = &embedded_policies[i];
		struct ca_buf text = {0};

		st = domains->count == 0 ?
		    ca_buf_append_text(&text, row->text) :
		    ca_policy_narrow(ca_text(row->text), row->name,
			domains->list, domains->count, &text, err);
		if (st == CA_OK && strcmp(row->name, "root") == 0)
			st = ca_policy_parse(
			    ca_view(&text), "root", "root.policy", ret, err);
		ca_buf_free(&text);
	}
	return st;
}

/* The same decision as when the root is made, about a key that is thrown away:
 * it is asked before whoever waits is asked for a passphrase. */
static enum ca_status
rehearse(const struct ca_policy *policy, struct ca_bytes subject,
    struct ca_error *err)
{
	const struct ca_exts none = {0};
	struct ca_grant grant = {0};
	struct ca_rng *rng = NULL;
	struct ca_key *key = NULL;
	enum ca_status st;

	if ((st = ca_rng_new(&rng, err)) == CA_OK &&
	    (st = ca_key_generate(CA_KEY_P384, 0, rng, &key, err)) == CA_OK) {
		const struct ca_wish wish = {.subject = subject,
		    .spki = ca_key_spki(key),
		    .exts = &none};

		st = ca_policy_admit(policy, &wish, &grant, err);
	}
	ca_grant_done(&grant);
	ca_key_free(key);
	ca_rng_free(rng);
	return st;
}

/* Nothing is dropped from the name of a root: it bears it for ever. */
static enum ca_status
check_order(const struct authority_order *order, const struct domains *domains,
    struct ca_error *err)
{
	struct ca_policy *policy = NULL;
	int64_t not_before, not_after;
	enum ca_status st;

	if ((st = root_policy(domains, &policy, err)) == CA_OK &&
	    (st = ca_policy_takes_subject(policy, order->subject, err)) ==
		CA_OK &&
	    (st = rehearse(policy, order->subject, err)) == CA_OK)
		st = ca_policy_validity(policy, &order->term,
		    (int64_t)time(NULL), INT64_MIN, &not_before, &not_after,
		    err);
	ca_policy_free(policy);
	return st;
}

/* The root, inside the staged home. */
static enum ca_status
make_root(const struct invocation *in, const char *staged,
    const struct authority_order *order, const struct pass *pass,
    struct issued *ret, struct ca_error *err)
{
	const struct authority_options where = {.home = staged,
	    .wait_ms = in->wait_ms,
	    .world = &in->world,
	    .force_time = opt_flag(&in->opts, "force-time")};
	struct authority *a = NULL;
	enum ca_status st;

	if ((st = authority_open(&where, &a, err)) != CA_OK)
		return st;
	if ((st = authority_add(a, NULL, order, pass, ret, err)) == CA_OK)
		st = authority_log_open(a, NULL, err);
	authority_close(a);
	return st;
}

/* "Lab Issuing CA" below "Lab Root CA". */
static void
put_issuing_name(struct text *text, const char *root)
{
	const char *at = strstr(root, "Root");
	struct text name = {0};

	if (at != NULL && strlen(root) <= ISSUING_FROM)
		text_add(&name, "%.*sIssuing%s", (int)(at - root), root,
		    at + strlen("Root"));
	else
		text_add(&name, "Issuing CA");
	text_add_shell(text, text_get(&name));
	text_done(&name);
}

static void
report(const struct invocation *in, const struct issued *root)
{
	char until[CA_TIME_TEXT];
	struct text name = {0};

	ca_time_text(root->not_after, until);
	term_note(&in->term, "root authority made, valid until %s", until);
	term_note(&in->term, "home    %s", in->home);
	print_fingerprint(&in->term, ca_view(&root->der));
	put_issuing_name(&name, in->opts.args[0]);
	term_next(&in->term, "signet ca add issuing %s", text_get(&name));
	text_done(&name);
}

static enum ca_status
stage_and_publish(const struct invocation *in,
    const struct authority_order *order, const struct pass *pass,
    const struct domains *domains, struct ca_error *err)
{
	struct interrupts interrupts;
	struct ca_buf staged = {0};
	struct issued root = {0};
	int lock = -1;
	enum ca_status st;

	/* Ctrl-C leaves a whole home or nothing. */
	interrupts_hold(&interrupts);
	st = home_stage(
	    in->home, domains->list, domains->count, &staged, &lock, err);
	if (st != CA_OK)
		goto out;
	st = make_root(in, ca_buf_text(&staged), order, pass, &root, err);
	if (st == CA_OK && interrupts_came(&interrupts))
		st = ca_fail(err, CA_IO, "interrupted; nothing was made");
	if (st == CA_OK)
		st = home_publish(ca_buf_text(&staged), in->home, err);
	if (st == CA_OK)
		report(in, &root);
	else
		home_discard(ca_buf_text(&staged));
out:
	if (lock >= 0)
		(void)close(lock);
	interrupts_release(&interrupts);
	issued_done(&root);
	ca_buf_free(&staged);
	return st;
}

static void
tell_left(void *ctx, const char *path, bool removed)
{
	const struct invocation *in = *(const struct invocation **)ctx;

	if (removed)
		term_note(&in->term,
		    "%s: what an init that was killed left there is removed",
		    path);
	else
		term_note(&in->term,
		    "%s: perhaps left by an init that was killed: look, for a "
		    "key may be in it, and remove it",
		    path);
}

/* What takes time, asking and making the key, is done while there is nothing
 * yet that would be left behind. */
static enum ca_status
settle_and_stage(const struct invocation *in, struct authority_order *order,
    const struct domains *domains, struct ca_error *err)
{
	struct pass pass = in->pass;
	struct ca_buf secret = {0};
	struct ca_rng *rng = NULL;
	bool none;
	enum ca_status st;

	if ((st = home_check_free(in->home, err)) != CA_OK)
		return st;
	home_sweep(in->home, tell_left, &in);
	if ((st = pass_for_new(&pass, "the root's key", &secret, &none, err)) !=
		CA_OK ||
	    (st = ca_rng_new(&rng, err)) != CA_OK ||
	    (st = ca_key_generate(order->key_type, order->key_bits, rng,
		 &order->key, err)) != CA_OK)
		goto out;
	secret_lock_key(order->key);
	pass.settled = &secret;
	st = stage_and_publish(in, order, &pass, domains, err);
out:
	ca_key_free(order->key);
	order->key = NULL;
	ca_rng_free(rng);
	ca_buf_free(&secret);
	return st;
}

static enum ca_status
run_init(const struct invocation *in, struct ca_error *err)
{
	struct domains domains = {0};
	struct authority_order order = {
	    .id = "root", .policy = "root", .makes_home = true};
	struct ca_buf subject = {0};
	struct ca_kdf kdf;
	enum ca_status st;

	order.kdf = &kdf;
	if ((st = gather_domains(in, &domains, err)) != CA_OK ||
	    (st = cmd_term(in, &order.term, err)) != CA_OK ||
	    (st = cmd_key_choice(in, "ecdsa-p384", &order.key_type,
		 &order.key_bits, &kdf, err)) != CA_OK ||
	    (st = request_subject(in->opts.args[0], &subject, err)) != CA_OK)
		goto out;
	order.subject = ca_view(&subject);
	if ((st = check_order(&order, &domains, err)) != CA_OK)
		goto out;
	st = settle_and_stage(in, &order, &domains, err);
out:
	for (size_t i = 0; i < CA_NARROW_MAX_DOMAINS; i++)
		ca_buf_free(&domains.text[i]);
	ca_buf_free(&subject);
	return st;
}

const struct command cmd_init = {
    .name = "init",
    .operands = "NAME",
    .summary = "make a new authority: home, ledger, policies, root",
    .about = "Makes the home folder with an empty ledger, the policies that "
	     "come with signet, and a root key and certificate. NAME is the "
	     "root's common name, or a whole name: \"CN=Lab Root CA, O=Lab, "
	     "C=DE\".\n\n"
	     "With --domain, server and client policies allow the domain's "
	     "own names only, and the root bears critical name constraints "
	     "that hold everything below it to them.",
    .examples = "  signet init \"Lab Root CA\"\n"
		"  signet init \"Lab Root CA\" --domain lab.example "
		"--validity 20y\n"
		"  signet init \"Lab Root CA\" --passout file:root.pass\n",
    .options = options,
    .min_args = 1,
    .max_args = 1,
    .needs = CMD_NEW_HOME,
    .run = run_init,
};
