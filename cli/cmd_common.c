/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ca/constraints.h"
#include "ca/time.h"
#include "cli/cmd.h"
#include "cli/home.h"
#include "cli/pool.h"
#include "cli/world.h"

#define DATE_ALONE 10 /* "2027-01-31" */
#define TREES_MAX 64
#define PATH_LEN_MAX 32
#define TIMEOUT_MAX 3600 /* seconds */
#define OPENSSL_SCRYPT_MAX (UINT64_C(32) << 20)

/* ---- validity ---- */

/* "2027-02-30": of a date's form, whatever it says. */
static bool
has_shape_of_date(const char *text)
{
	static const char shape[] = "0000-00-00T00:00:00Z";
	size_t len = strlen(text);

	if (len != DATE_ALONE && len != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';
		bool wanted = shape[i] == '0';

		if (digit != wanted ||
		    (!wanted && text[i] != shape[i] &&
			(shape[i] != 'T' || text[i] != ' ')))
			return false;
	}
	return true;
}

/* Of a duration's form, what is wrong with it. */
static const char *
duration_fault(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;

	if (digits == 0 || strlen(unit) > 1 ||
	    (*unit != '\0' && strchr("smhdwy", *unit) == NULL))
		return "a duration is a count and s, m, h, d, w or y: 90d";
	if (strspn(text, "0") == digits)
		return "it would never be valid: say one second or more, as "
		       "90d";
	if (*unit == '\0')
		return "a count of what? add s, m, h, d, w or y, as 90d";
	if (text[0] == '0')
		return "a count does not begin with 0: write it as 90d";
	return "longer than 100 years, the most that is read: say less, or "
	       "give --not-after";
}

enum ca_status
cmd_date(const struct invocation *in, const char *option, int64_t *ret,
    struct ca_error *err)
{
	const char *text = opt_text(&in->opts, option);
	const struct world *world = world_real();
	int64_t now = world->now(world->ctx);

	if (text == NULL)
		return CA_OK;
	if (ca_time_parse(text, now, ret) != CA_OK && has_shape_of_date(text))
		return ca_fail(err, CA_USAGE,
		    "--%s %.60s: there is no such date or time (UTC): look at "
		    "a calendar",
		    option, text);
	if (ca_time_parse(text, now, ret) != CA_OK)
		return ca_fail(err, CA_USAGE,
		    "--%s %.60s: a date is 2027-01-31T12:00:00Z or "
		    "2027-01-31 (UTC), or +90d from now",
		    option, text);
	if (strcmp(option, "not-after") == 0 && strlen(text) == DATE_ALONE &&
	    text[0] != '+')
		*ret += CA_DAY - 1;
	return CA_OK;
}

enum ca_status
cmd_term(const struct invocation *in, struct ca_term *ret, struct ca_error *err)
{
	const char *validity = opt_text(&in->opts, "validity");
	struct ca_term term = ca_term_none;
	enum ca_status st;

	if ((st = cmd_date(in, "not-before", &term.not_before, err)) != CA_OK ||
	    (st = cmd_date(in, "not-after", &term.not_after, err)) != CA_OK)
		return st;
	if (validity != NULL &&
	    (ca_duration_parse(validity, &term.validity) != CA_OK ||
		term.validity == 0))
		return ca_fail(err, CA_USAGE, "--validity %.60s: %s", validity,
		    duration_fault(validity));
	if (validity != NULL && opt_text(&in->opts, "not-after") != NULL)
		return ca_fail(err, CA_USAGE,
		    "--validity and --not-after both say when it "
		    "ends; give one");
	*ret = term;
	return CA_OK;
}

/* ---- name constraints ---- */

struct trees {
	struct ca_subtree tree[TREES_MAX];
	struct ca_buf base[TREES_MAX];
	size_t count;
};

static const struct tree_type {
	const char *word;
	enum ca_san_type type;
} tree_types[] = {
    {"dns", CA_SAN_DNS},
    {"email", CA_SAN_EMAIL},
    {"ip", CA_SAN_IP},
    {"uri", CA_SAN_URI},
};

/* Address and mask, RFC 5280 4.2.1.10. */
static enum ca_status
ip_base(const char *text, struct ca_buf *base, struct ca_error *err)
{
	uint8_t octets[16], mask[16] = {0};
	size_t len;
	unsigned prefix;
	enum ca_status st;

	if (!ca_ip_prefix_parse(text, octets, &len, &prefix))
		return ca_fail(err, CA_USAGE,
		    "ip:%.60s: not a network like 10.0.0.0/8", text);
	for (unsigned i = 0; i < prefix; i++)
		mask[i / 8] |= (uint8_t)(0x80u >> (i % 8));
	st = ca_buf_append(base, (struct ca_bytes){octets, len});
	return st == CA_OK ? ca_buf_append(base, (struct ca_bytes){mask, len}) :
			     st;
}

/* Read back what it would be in a certificate. */
static enum ca_status
check_tree(const struct ca_subtree *tree)
{
	struct ca_subtree *back = calloc(CA_CONSTRAINTS_MAX, sizeof(*back));
	struct der_out out = {0};
	struct ca_buf value = {0};
	size_t count;
	enum ca_status st = CA_MEMORY;

	if (back != NULL) {
		ca_constraints_put(&out, tree, 1);
		st = der_finish(&out, &value);
	}
	if (st == CA_OK)
		st = ca_constraints_parse(ca_view(&value), back, &count, NULL);
	der_discard(&out);
	ca_buf_free(&value);
	free(back);
	return st;
}

/* Of what stands before the colon; NULL if it is none, or there is no colon. */
static const struct tree_type *
find_tree_type(const char *text, const char *colon)
{
	const size_t len = colon == NULL ? 0 : (size_t)(colon - text);

	for (size_t i = 0; i < sizeof(tree_types) / sizeof(tree_types[0]); i++)
		if (strlen(tree_types[i].word) == len &&
		    strncmp(text, tree_types[i].word, len) == 0)
			return &tree_types[i];
	return NULL;
}

static enum ca_status
add_tree(
    struct trees *trees, bool excluded, const char *text, struct ca_error *err)
{
	const char *colon = strchr(text, ':');
	struct ca_subtree *tree = &trees->tree[trees->count];
	struct ca_buf *base = &trees->base[trees->count];
	const struct tree_type *type = find_tree_type(text, colon);
	enum ca_status st;

	if (trees->count == TREES_MAX)
		return ca_fail(
		    err, CA_USAGE, "more than %d constraints", TREES_MAX);
	if (type == NULL)
		return ca_fail(err, CA_USAGE,
		    "%.60s: a constraint is dns:lab.example, "
		    "email:lab.example, ip:10.0.0.0/8 or uri:HOST",
		    text);
	st = type->type == CA_SAN_IP ? ip_base(colon + 1, base, err) :
				       ca_buf_append_text(base, colon + 1);
	if (st != CA_OK)
		return st;
	*tree = (struct ca_subtree){
	    .excluded = excluded, .type = type->type, .base = ca_view(base)};
	if (check_tree(tree) != CA_OK)
		return ca_fail(err, CA_USAGE,
		    "%.60s: no name can be below this (RFC 5280 "
		    "4.2.1.10): write dns:lab.example, "
		    "email:lab.example, ip:10.0.0.0/8 or uri:HOST",
		    text);
	trees->count++;
	return CA_OK;
}

static enum ca_status
gather_trees(
    const struct invocation *in, struct trees *trees, struct ca_error *err)
{
	static const char *const options[2] = {"permit", "exclude"};
	enum ca_status st = CA_OK;

	for (size_t o = 0; o < 2; o++) {
		const char *text;

		for (size_t i = 0; st == CA_OK &&
		     (text = opt_item(&in->opts, options[o], i)) != NULL;
		     i++)
			st = add_tree(trees, o == 1, text, err);
	}
	return st;
}

enum ca_status
cmd_constraints(
    const struct invocation *in, struct ca_buf *ret, struct ca_error *err)
{
	struct trees *trees = calloc(1, sizeof(*trees));
	struct der_out out = {0};
	enum ca_status st;

	if (trees == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	st = gather_trees(in, trees, err);
	if (st == CA_OK && trees->count > 0) {
		ca_constraints_put(&out, trees->tree, trees->count);
		st = der_finish(&out, ret);
	}
	for (size_t i = 0; i < TREES_MAX; i++)
		ca_buf_free(&trees->base[i]);
	free(trees);
	der_discard(&out);
	return st;
}

/* ---- policies ---- */

enum ca_status
cmd_policy(const struct invocation *in, const char *name,
    enum cmd_policy wanted, struct ca_policy **ret, struct ca_error *err)
{
	struct ca_policy *policy = NULL;
	char place[CA_POLICY_PLACE];
	enum ca_status st = home_policy(in->home, name, &policy, err);

	if (st != CA_OK)
		return st;
	if (wanted == CMD_POLICY_ANY ||
	    policy->is_ca == (wanted == CMD_POLICY_AUTHORITY)) {
		*ret = policy;
		return CA_OK;
	}
	ca_policy_place(
	    policy, policy->lines[CA_POLICY_BASIC_CONSTRAINTS], place);
	if (policy->is_ca)
		st = ca_fail(err, CA_REFUSED,
		    "policy %s: %s makes an authority (basicConstraints, RFC "
		    "5280 4.2.1.9): take server or client, or make an "
		    "authority with `signet ca add`",
		    name, place);
	else
		st = ca_fail(err, CA_REFUSED,
		    "policy %s: %s makes no authority (basicConstraints, RFC "
		    "5280 4.2.1.9): take --policy intermediate, or one of your "
		    "own with CA:TRUE",
		    name, place);
	ca_policy_free(policy);
	return st;
}

enum ca_status
cmd_check_policy(const struct invocation *in, const char *name,
    enum cmd_policy wanted, struct ca_error *err)
{
	struct ca_policy *policy = NULL;
	enum ca_status st = cmd_policy(in, name, wanted, &policy, err);

	ca_policy_free(policy);
	return st;
}

/* ---- whom to trust ---- */

bool
cmd_misses_home(const struct invocation *in, enum ca_status st,
    const struct ca_error *why, struct ca_error *err)
{
	const char *option = opt_text(&in->opts, "home");

	if (st != CA_NOT_FOUND || !home_is_named(option))
		return false;
	(void)ca_fail(err, CA_NOT_FOUND, "%s", why->msg);
	ca_fail_hint(err,
	    option != NULL ? "or leave --home out, to ask no ledger" :
			     "or leave SIGNET_HOME empty, to ask no ledger");
	return true;
}

struct taking {
	struct pool *anchors, *others;
	struct ca_error *err;
};

static enum ca_status
take_authority(void *ctx, const struct ledger_authority *row)
{
	struct taking *t = ctx;

	if (row->der.len == 0)
		return CA_OK;
	return pool_add(row->parent == 0 ? t->anchors : t->others, row->der,
	    row->name, t->err);
}

enum ca_status
cmd_take_authorities(struct authority *a, struct pool *anchors,
    struct pool *others, struct ca_error *err)
{
	struct taking taking = {anchors, others, err};

	return ledger_each_authority(
	    authority_ledger(a), take_authority, &taking, err);
}

/* ---- keys ---- */

enum ca_status
cmd_key_hash(const struct invocation *in, const char *path, struct ca_buf *ret)
{
	struct authority *a = NULL;
	struct ca_buf ref = {0};
	enum ca_status st;

	if ((st = home_reference(in->home, path, &ref)) != CA_OK ||
	    ref.len == 0 || cmd_open(in, &a, NULL) != CA_OK)
		goto out;
	if (ca_buf_text(&ref) == NULL)
		st = CA_MEMORY;
	else
		st = ledger_get_key_file(
		    authority_ledger(a), ca_buf_text(&ref), ret, NULL);
	if (st == CA_NOT_FOUND)
		st = CA_OK;
out:
	authority_close(a);
	ca_buf_free(&ref);
	return st;
}

/* What openssl's scrypt allocates, against what it allows (32 MiB). */
static bool
openssl_reads(const struct ca_kdf *kdf)
{
	uint64_t block = UINT64_C(128) * kdf->r;

	return kdf->kind != CA_KDF_SCRYPT ||
	    block * ((uint64_t)kdf->n + 2 + kdf->p) <= OPENSSL_SCRYPT_MAX;
}

enum ca_status
cmd_kdf(const struct invocation *in, struct ca_kdf *ret, struct ca_error *err)
{
	const char *text = opt_text(&in->opts, "kdf");
	enum ca_status st = CA_OK;

	*ret = ca_kdf_default;
	if (text != NULL)
		st = ca_kdf_parse(text, ret, err);
	if (st == CA_OK && !in->pass.no_passphrase && !openssl_reads(ret))
		term_note(&in->term,
		    "--kdf %s takes more than 32 MiB: openssl will not read "
		    "this key; signet will",
		    text);
	return st;
}

enum ca_status
cmd_key_choice(const struct invocation *in, const char *default_type,
    enum ca_key_type *ret_type, unsigned *ret_bits, struct ca_kdf *ret_kdf,
    struct ca_error *err)
{
	const char *type = opt_text(&in->opts, "key");
	enum ca_status st = cmd_kdf(in, ret_kdf, err);

	if (st != CA_OK)
		return st;
	return ca_key_type_parse(
	    type != NULL ? type : default_type, ret_type, ret_bits, err);
}

enum ca_status
cmd_path_len(const struct invocation *in, bool *ret_given, int *ret,
    struct ca_error *err)
{
	const char *text = opt_text(&in->opts, "path-len");
	char *end;
	long value;

	*ret_given = text != NULL;
	if (text == NULL)
		return CA_OK;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || *text == '\0' || *end != '\0' || value < 0 ||
	    value > PATH_LEN_MAX)
		return ca_fail(err, CA_USAGE,
		    "--path-len %.20s: how many authorities may "
		    "stand below it, 0 to %d",
		    text, PATH_LEN_MAX);
	*ret = (int)value;
	return CA_OK;
}

enum ca_status
cmd_timeout(const struct invocation *in, int default_seconds, int64_t *ret_ms,
    struct ca_error *err)
{
	const char *text = opt_text(&in->opts, "timeout");
	long seconds = default_seconds;
	char *end;

	if (text != NULL) {
		seconds = strtol(text, &end, 10);
		if (*text < '0' || *text > '9' || *end != '\0' || seconds < 1 ||
		    seconds > TIMEOUT_MAX)
			return ca_fail(err, CA_USAGE,
			    "--timeout %.40s: a number of seconds, 1 to %d",
			    text, TIMEOUT_MAX);
	}
	*ret_ms = seconds * 1000;
	return CA_OK;
}
