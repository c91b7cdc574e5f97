/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "ca/csr.h"
#include "ca/pem.h"
#include "ca/weakkey.h"
#include "cli/cmd.h"
#include <string.h>

#include "cli/file.h"
#include "cli/keyfile.h"
#include "cli/print.h"
#include "cli/request.h"

/* ---- csr new ---- */

static const struct opt new_options[] = {
    {"key", OPT_TEXT, "FILE", "the private key (signet key new)"},
    {"dns", OPT_LIST, "NAME", "a host name to ask for (repeatable)"},
    {"ip", OPT_LIST, "ADDRESS", "an address"},
    {"email", OPT_LIST, "ADDRESS", "a mailbox"},
    {"uri", OPT_LIST, "URI", "a URI"},
    {"upn", OPT_LIST, "NAME", "a user principal name: jason@LAB.EXAMPLE"},
    {"subject", OPT_TEXT, "NAME",
	"\"CN=company.com, O=Company\"; default: the first host name"},
    {"out", OPT_TEXT, "FILE", "where to; default standard output"},
    {"force", OPT_FLAG, NULL, "replace FILE when it exists"}, CMD_OPT_PASSIN,
    {0}};

static enum ca_status
gather_names(
    const struct invocation *in, struct wishes *wishes, struct ca_error *err)
{
	static const struct {
		const char *option;
		enum ca_san_type type;
	} kinds[] = {{"dns", CA_SAN_DNS}, {"ip", CA_SAN_IP},
	    {"email", CA_SAN_EMAIL}, {"uri", CA_SAN_URI}, {"upn", CA_SAN_UPN}};
	enum ca_status st = CA_OK;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		const char *text;

		for (size_t i = 0; st == CA_OK &&
		     (text = opt_item(&in->opts, kinds[k].option, i)) != NULL;
		     i++)
			st = wishes_add(wishes, kinds[k].type, text, err);
	}
	return st;
}

/* The authority would refuse a weak key; who made it hears so first. */
static enum ca_status
read_key(const struct invocation *in, struct ca_rng *rng, struct ca_key **ret,
    struct ca_error *err)
{
	const char *path = opt_text(&in->opts, "key");
	struct ca_buf hash = {0};
	struct ca_key *key = NULL;
	enum ca_status st = cmd_key_hash(in, path, &hash);

	if (st == CA_OK)
		st = keyfile_read(path, &in->pass,
		    hash.len > 0 ? hash.data : NULL, rng, &key, err);
	ca_buf_free(&hash);
	if (st != CA_OK)
		return st;
	if ((st = ca_weakkey_check(ca_key_spki(key), err)) != CA_OK) {
		ca_key_free(key);
		ca_fail_in(err, path);
		return st;
	}
	*ret = key;
	return CA_OK;
}

static enum ca_status
build(const struct invocation *in, const struct wishes *wishes,
    struct ca_buf *ret_pem, struct ca_error *err)
{
	struct ca_rng *rng = NULL;
	struct ca_key *key = NULL;
	struct ca_buf der = {0};
	enum ca_status st;

	if ((st = ca_rng_new(&rng, err)) == CA_OK &&
	    (st = read_key(in, rng, &key, err)) == CA_OK &&
	    (st = wishes_request(wishes, key, rng, &der, err)) == CA_OK)
		st = ca_pem_append(ret_pem, CA_PEM_REQUEST, ca_view(&der));
	ca_key_free(key);
	ca_rng_free(rng);
	ca_buf_free(&der);
	return st;
}

/* A mailbox and no host name: what the client policy is for. */
static bool
is_for_client(const struct opts *opts)
{
	return opt_count(opts, "dns") == 0 &&
	    (opt_count(opts, "email") > 0 || opt_count(opts, "upn") > 0);
}

static bool
asks_for_names(const struct opts *opts)
{
	return opt_count(opts, "dns") + opt_count(opts, "ip") +
	    opt_count(opts, "email") + opt_count(opts, "uri") +
	    opt_count(opts, "upn") >
	    0;
}

static enum ca_status
run_new(const struct invocation *in, struct ca_error *err)
{
	const char *out = opt_text(&in->opts, "out");
	const char *subject = opt_text(&in->opts, "subject");
	enum file_existing existing = opt_flag(&in->opts, "force") ?
	    FILE_REPLACE :
	    FILE_KEEP;
	struct wishes *wishes = wishes_new();
	struct ca_buf pem = {0};
	struct text word = {0};
	enum ca_status st;

	if (wishes == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	out = out != NULL ? out : "-";
	if (opt_text(&in->opts, "key") == NULL) {
		st = ca_fail(err, CA_USAGE,
		    "--key FILE is missing; make one with `signet key "
		    "new --out company.key`");
		goto out;
	}
	if (subject == NULL && !asks_for_names(&in->opts)) {
		st = ca_fail(err, CA_USAGE,
		    "no name is asked for, and a certificate names somebody "
		    "(RFC 5280 4.1.2.6): say --dns company.com, --email "
		    "jason@lab.example or --subject NAME");
		goto out;
	}
	if ((st = gather_names(in, wishes, err)) != CA_OK ||
	    (st = wishes_subject(wishes, subject, err)) != CA_OK ||
	    (st = file_check_writable(out, existing, err)) != CA_OK ||
	    (st = build(in, wishes, &pem, err)) != CA_OK ||
	    (st = file_write(out, ca_view(&pem), FILE_PUBLIC, existing, err)) !=
		CA_OK)
		goto out;
	text_add_shell(&word, strcmp(out, "-") == 0 ? "company.csr" : out);
	/* On another computer: no --home of here. */
	term_next(&in->term,
	    "send the request to the authority; there: signet sign %s "
	    "--policy %s",
	    text_get(&word), is_for_client(&in->opts) ? "client" : "server");
	text_done(&word);
out:
	wishes_free(wishes);
	ca_buf_free(&pem);
	return st;
}

const struct command cmd_csr_new = {
    .name = "csr new",
    .operands = "",
    .summary = "make a certification request for a key",
    .about = "Signs a PKCS #10 request with the key, to prove that the "
	     "one who asks holds it. A weak key is refused here already. No "
	     "home is needed. A request has 100 names at most.",
    .examples = "  signet csr new --key company.key --dns company.com "
		"--out company.csr\n",
    .options = new_options,
    .max_args = 0,
    .needs = CMD_LEDGER_ALONE,
    .run = run_new,
};

/* ---- csr show ---- */

static const struct opt show_options[] = {
    {"json", OPT_FLAG, NULL, "as JSON"}, {0}};

/* What could not be checked is neither proved nor disproved. */
static const char *
proof_text(enum ca_status proof)
{
	switch (proof) {
	case CA_OK:
		return "the signature holds";
	case CA_UNTRUSTED:
		return "the signature does NOT hold";
	default:
		return "the signature could NOT be checked";
	}
}

static json_t *
proof_json(enum ca_status proof)
{
	if (proof != CA_OK && proof != CA_UNTRUSTED)
		return json_null();
	return json_boolean(proof == CA_OK);
}

static enum ca_status
show(
    const struct invocation *in, const struct ca_csr *csr, struct ca_error *err)
{
	struct text text = {0};
	struct ca_error unproved = {0}, unfit = {0};
	enum ca_status proof = ca_csr_verify(csr, &unproved);
	enum ca_status fit = ca_weakkey_check(&csr->spki, &unfit);
	enum ca_status st;

	if (in->json) {
		json_t *object = print_csr_json(csr);

		(void)json_object_set_new(
		    object, "proofOfPossession", proof_json(proof));
		(void)json_object_set_new(object, "keyFault",
		    fit == CA_OK ? json_null() : json_string(unfit.msg));
		st = json_print("request", object, err);
	} else {
		print_csr(&text, csr, in->term.colour_out);
		if (fit != CA_OK)
			text_add(
			    &text, "NOT fit to be certified: %s\n", unfit.msg);
		text_add(&text, "proof of possession: %s\n", proof_text(proof));
		st = text_print(&text, err);
	}
	if (st == CA_OK && proof != CA_OK)
		return ca_fail(err, proof, "%s", unproved.msg);
	if (st == CA_OK && fit != CA_OK)
		return ca_fail(err, fit, "%s", unfit.msg);
	return st;
}

static enum ca_status
run_show(const struct invocation *in, struct ca_error *err)
{
	const char *path = in->opts.arg_count > 0 ? in->opts.args[0] : "-";
	struct ca_csr *csr = calloc(1, sizeof(*csr));
	struct ca_buf der = {0};
	enum ca_status st;

	if (csr == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = request_read(path, &der, err)) == CA_OK) {
		st = ca_csr_parse(ca_view(&der), csr, err);
		if (st == CA_OK)
			st = show(in, csr, err);
		if (st != CA_OK)
			ca_fail_in(err, path);
	}
	ca_buf_free(&der);
	free(csr);
	return st;
}

const struct command cmd_csr_show = {
    .name = "csr show",
    .operands = "[FILE|-]",
    .summary = "explain a certification request",
    .about = "Shows what a PKCS #10 request (PEM or DER) asks for, whether "
	     "its signature proves possession of the key, and what is wrong "
	     "with the key when it is a weak one. What is granted is the "
	     "policy's decision: signet sign FILE --policy NAME --plan.",
    .examples = "  signet csr show company.csr\n",
    .options = show_options,
    .max_args = 1,
    .needs = CMD_NO_HOME,
    .run = run_show,
};
