/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify: Jason's questions about a certificate, answered by ca/verify. */
#include <stdlib.h>
#include <string.h>

#include "ca/san.h"
#include "ca/verify.h"
#include "cli/cmd.h"
#include "cli/online.h"
#include "cli/ours.h"
#include "cli/pool.h"
#include "cli/verdict.h"
#include "cli/world.h"

#define SKEW INT64_C(300) /* seconds two clocks may differ */
#define AGE_MAX CA_DAY    /* of an answer that has no nextUpdate */
#define TIMEOUT_DEFAULT (ONLINE_WHOLE_MS / 1000)
#define LEFT_OUT 11 /* columns of "left out:  " */

static const struct opt options[] = {
    {"host", OPT_TEXT, "NAME", "the server I meant: a host name or an address"},
    {"ip", OPT_TEXT, "ADDR", "the address I meant"},
    {"email", OPT_TEXT, "ADDR", "the mailbox I meant"},
    {"purpose", OPT_TEXT, "WORD",
	"server, client, email, code, timestamp, ocsp, authority, crl, or any "
	"(not asked)"},
    {"roots", OPT_LIST, "FILE",
	"whom to trust, instead of this home's roots; may be repeated"},
    {"crl", OPT_LIST, "FILE",
	"CRLs, for whether it has been revoked; may be repeated"},
    {"ocsp", OPT_LIST, "FILE", "OCSP answers (DER), likewise"},
    {"online", OPT_FLAG, NULL,
	"fetch CRLs, OCSP answers and missing issuers from where the "
	"certificates say they are"},
    {"soft-fail", OPT_FLAG, NULL,
	"with --online: believe it also where nobody says whether it has been "
	"revoked"},
    {"timeout", OPT_TEXT, "SECONDS", "with --online: for all of it (60)"},
    {"at", OPT_TEXT, "TIME",
	"judge for this time: 2027-01-31T12:00:00Z, 2027-01-31 (its begin, "
	"UTC), +30d"},
    {"json", OPT_FLAG, NULL, "as JSON"}, {0}};

struct judging {
	const struct invocation *in;
	struct pool certs, anchors, crls, ocsp; /* certs: the leaf first */
	struct ca_verify_question ask;
	struct ca_verdict verdict;
	struct ca_error why; /* that it does not hold */
	bool is_online;
	struct online online;
	struct ours ours;
	bool has_ledger; /* it was asked */
};

/* ---- the question ---- */

static bool
is_address(const char *text)
{
	uint8_t octets[16];
	size_t len;

	return ca_ip_parse(text, octets, &len);
}

static enum ca_status
read_names(struct judging *j, struct ca_error *err)
{
	const struct opts *opts = &j->in->opts;
	struct ca_verify_question *ask = &j->ask;

	ask->host = opt_text(opts, "host");
	ask->ip = opt_text(opts, "ip");
	ask->email = opt_text(opts, "email");
	if (ask->host == NULL || !is_address(ask->host))
		return CA_OK;
	if (ask->ip != NULL)
		return ca_fail(err, CA_USAGE,
		    "--host %.60s and --ip %.60s are both addresses: give one",
		    ask->host, ask->ip);
	ask->ip = ask->host;
	ask->host = NULL;
	return CA_OK;
}

/* What is fetched is of now. */
static enum ca_status
read_online(struct judging *j, struct ca_error *err)
{
	const struct opts *opts = &j->in->opts;

	j->is_online = opt_flag(opts, "online");
	if (!j->is_online &&
	    (opt_flag(opts, "soft-fail") || opt_text(opts, "timeout") != NULL))
		return ca_fail(err, CA_USAGE,
		    "--soft-fail and --timeout go with --online");
	if (!j->is_online)
		return CA_OK;
	if (opt_text(opts, "at") != NULL)
		return ca_fail(err, CA_USAGE,
		    "--online asks for now, --at for another time: give the "
		    "CRLs of that time with --crl");
	j->ask.revocation = opt_flag(opts, "soft-fail") ? CA_REVOCATION_SOFT :
							  CA_REVOCATION_NAMED;
	j->online.pools = (struct online_pools){
	    &j->certs, &j->anchors, &j->crls, &j->ocsp};
	return cmd_timeout(j->in, TIMEOUT_DEFAULT, &j->online.whole_ms, err);
}

static enum ca_status
read_question(struct judging *j, struct ca_error *err)
{
	const char *purpose = opt_text(&j->in->opts, "purpose");
	const struct world *world = world_real();
	struct ca_verify_question *ask = &j->ask;
	enum ca_status st;

	ask->at = world->now(world->ctx);
	ask->skew = SKEW;
	ask->ocsp_max_age = AGE_MAX;
	if (purpose != NULL && !ca_purpose_by_name(purpose, &ask->purpose))
		return ca_fail(err, CA_USAGE,
		    "--purpose %.40s: one of server, client, email, code, "
		    "timestamp, ocsp, authority, crl, any",
		    purpose);
	/* Whoever hands one over wants to know, also when it is of no use. */
	if (opt_count(&j->in->opts, "crl") > 0 ||
	    opt_count(&j->in->opts, "ocsp") > 0)
		ask->revocation = CA_REVOCATION_LEAF;
	if ((st = read_online(j, err)) != CA_OK)
		return st;
	return read_names(j, err);
}

/* ---- what is handed in ---- */

static enum ca_status
read_files(const struct invocation *in, const char *option, struct pool *pool,
    struct ca_error *err)
{
	const char *path;
	enum ca_status st = CA_OK;

	for (size_t i = 0; st == CA_OK; i++) {
		if ((path = opt_item(&in->opts, option, i)) == NULL)
			break;
		st = pool_read(pool, path, err);
	}
	return st;
}

/* Its roots are trusted, the authorities below them are in the pool. */
static enum ca_status
trust_home(struct judging *j, struct ca_error *err)
{
	struct authority *a = NULL;
	enum ca_status st = cmd_open(j->in, &a, err);

	if (st == CA_NOT_FOUND)
		ca_fail_hint(err, "or name whom to trust: --roots FILE");
	if (st == CA_OK)
		st = cmd_take_authorities(a, &j->anchors, &j->certs, err);
	authority_close(a);
	return st;
}

static enum ca_status
load(struct judging *j, struct ca_error *err)
{
	const struct opts *opts = &j->in->opts;
	enum ca_status st = CA_OK;

	j->certs = (struct pool){.kind = POOL_CERTS,
	    .max = CA_VERIFY_MAX_POOL + 1,
	    .needs_first = true};
	j->anchors = (struct pool){
	    .kind = POOL_ANCHORS, .max = CA_VERIFY_MAX_ANCHORS};
	j->crls = (struct pool){.kind = POOL_CRLS, .max = CA_VERIFY_MAX_CRLS};
	j->ocsp = (struct pool){.kind = POOL_OCSP, .max = CA_VERIFY_MAX_OCSP};
	for (size_t i = 0; i < opts->arg_count && st == CA_OK; i++)
		st = pool_read(&j->certs, opts->args[i], err);
	if (st != CA_OK ||
	    (st = read_files(j->in, "roots", &j->anchors, err)) != CA_OK ||
	    (st = read_files(j->in, "crl", &j->crls, err)) != CA_OK ||
	    (st = read_files(j->in, "ocsp", &j->ocsp, err)) != CA_OK)
		return st;
	return opt_count(opts, "roots") > 0 ? CA_OK : trust_home(j, err);
}

/* CA_OK also when it does not hold: j->verdict.holds. */
static enum ca_status
judge(struct judging *j, struct ca_error *err)
{
	const struct online_pools pools = {
	    &j->certs, &j->anchors, &j->crls, &j->ocsp};
	struct ca_verify_question *ask = &j->ask;
	enum ca_status st = cmd_date(j->in, "at", &ask->at, err);

	if (st != CA_OK ||
	    (j->is_online &&
		(st = online_gather(&j->online, ask, err)) != CA_OK))
		return st;
	online_set(ask, &pools);
	ask->unread_certs = text_get(&j->certs.left_out);
	ask->unread_anchors = text_get(&j->anchors.left_out);
	ask->unread_crls = text_get(&j->crls.left_out);
	st = ca_verify(ask, &j->verdict, &j->why);
	if (st != CA_OK && st != CA_UNTRUSTED)
		return ca_fail(err, st, "%s", j->why.msg);
	return CA_OK;
}

/* With --roots there need be no home. One that is there, or was named, is asked
 * all the same: what it has revoked is not to be believed because somebody
 * vouches for it. */
static enum ca_status
ask_ledger(struct judging *j, struct ca_error *err)
{
	const struct opts *opts = &j->in->opts;
	const int64_t at = opt_text(opts, "at") != NULL ? j->ask.at :
							  OURS_ANY_TIME;
	struct ca_error inner = {0};
	struct authority *a = NULL;
	enum ca_status st = cmd_open(j->in, &a, &inner);

	if (st == CA_OK)
		st = ours_look_up(
		    &j->ours, authority_ledger(a), &j->verdict, at, &inner);
	authority_close(a);
	if (st == CA_OK) {
		j->has_ledger = true;
		ours_judge(&j->ours, &j->verdict, &j->why);
		return CA_OK;
	}
	if (cmd_misses_home(j->in, st, &inner, err))
		return CA_NOT_FOUND;
	if (st == CA_MEMORY || opt_count(opts, "roots") == 0)
		return ca_fail(err, st, "%s", inner.msg);
	if (st != CA_NOT_FOUND && st != CA_USAGE)
		term_note(&j->in->term, "this home's ledger was not asked: %s",
		    inner.msg);
	return CA_OK;
}

/* ---- telling ---- */

static void
each_left_out(const struct pool *pool, struct text *text, json_t *array)
{
	struct ca_bytes rest = ca_view(&pool->left_out.buf), one;

	while (text_take_line(&rest, &one)) {
		struct text line = {0};

		if (array != NULL)
			json_add_bytes(array, one);
		text_add_safe(&line, one);
		text_add(text, "left out:  ");
		text_add_wrapped(text, text_get(&line), LEFT_OUT, LEFT_OUT);
		text_done(&line);
	}
	text_status(text, pool->left_out.status);
}

static void
all_left_out(const struct judging *j, struct text *text, json_t *array)
{
	const struct pool *pools[] = {
	    &j->certs, &j->anchors, &j->crls, &j->ocsp};

	for (size_t i = 0; i < sizeof(pools) / sizeof(pools[0]); i++)
		each_left_out(pools[i], text, array);
}

static enum ca_status
print_json(const struct judging *j, struct ca_error *err)
{
	json_t *object = verdict_json(&j->ask, &j->verdict);
	json_t *left_out = json_array();
	struct text unused = {0};

	all_left_out(j, &unused, left_out);
	text_done(&unused);
	(void)json_object_set_new(object, "leftOut", left_out);
	if (j->is_online)
		(void)json_object_set_new(
		    object, "online", online_json(&j->online));
	if (j->has_ledger)
		(void)json_object_set_new(
		    object, "ledger", ours_json(&j->ours));
	return json_print("verify", object, err);
}

static enum ca_status
print_text(const struct judging *j, struct ca_error *err)
{
	struct text text = {0};

	all_left_out(j, &text, NULL);
	if (text.buf.len > 0)
		text_add(&text, "\n");
	if (j->is_online) {
		online_print(&text, &j->online, j->in->term.colour_out);
		text_add(&text, "\n");
	}
	ours_print(&text, &j->ours, j->in->term.colour_out);
	verdict_print(&text, &j->ask, &j->verdict, j->in->term.colour_out);
	return text_print(&text, err);
}

static enum ca_status
conclude(const struct judging *j, struct ca_error *err)
{
	enum ca_status st = j->in->json ? print_json(j, err) :
					  print_text(j, err);

	if (st != CA_OK)
		return st;
	if (!j->verdict.holds) {
		(void)ca_fail(err, CA_UNTRUSTED, "%s", j->why.msg);
		ca_fail_in(err, j->in->opts.args[0]);
		return CA_UNTRUSTED;
	}
	if (j->verdict.name.outcome == CA_OUTCOME_NOT_ASKED)
		term_next(&j->in->term,
		    "say whom you meant: --host NAME, --ip or --email ADDR");
	else if (j->verdict.revocation.outcome == CA_OUTCOME_NOT_ASKED)
		term_next(&j->in->term,
		    "ask whether it has been revoked: --online, --crl FILE or "
		    "--ocsp FILE");
	return CA_OK;
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct judging *j = calloc(1, sizeof(*j));
	enum ca_status st;

	if (j == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	j->in = in;
	if ((st = read_question(j, err)) == CA_OK &&
	    (st = load(j, err)) == CA_OK && (st = judge(j, err)) == CA_OK &&
	    (st = ask_ledger(j, err)) == CA_OK)
		st = conclude(j, err);
	pool_done(&j->certs);
	pool_done(&j->anchors);
	pool_done(&j->crls);
	pool_done(&j->ocsp);
	online_done(&j->online);
	free(j);
	return st;
}

const struct command cmd_verify = {
    .name = "verify",
    .operands = "FILE...",
    .summary = "is a certificate to be believed: date, name, trust",
    .about =
	"The first certificate of the first FILE is judged; all others, in any "
	"order, may stand between it and a root. Trusted are this home's "
	"roots, and its other authorities may stand between; with --roots no "
	"home is needed. PEM or DER.\n\nThree questions are answered, each "
	"by itself: is it in date, is it for the name that was meant, is it "
	"signed by someone trusted. Then whether it is meant for --purpose, "
	"and, where --crl, --ocsp or --online is given, whether it has been "
	"revoked: the CRL or answer must be about it, and in time. Of what "
	"this home issued its ledger is asked, with --roots too where there is "
	"a home (and the one that is named must be there): what it has "
	"revoked, put on hold or never issued is not "
	"trusted, whatever a list says. What was not asked is told. The exit "
	"code is 0 when all that was asked holds, else 5.\n\n--online asks "
	"over plain http, within a minute, and tells of each place what came. "
	"FILE must then be shown to be good, and so must every authority above "
	"that names where to ask; who does not answer leaves it unknown, which "
	"is not good. With --soft-fail only what is shown to be revoked is "
	"refused: whoever can keep an answer away can then hide a revocation.",
    .examples =
	"  signet verify company.crt --host company.com --purpose server\n"
	"  signet verify theirs.pem chain.pem --roots their-root.pem\n"
	"  signet verify company.crt --crl all.crl.pem --json\n"
	"  signet verify company.crt --online --host company.com\n",
    .options = options,
    .min_args = 1,
    .max_args = -1,
    .needs = CMD_LEDGER_ALONE | CMD_ONLINE,
    .run = run,
};
