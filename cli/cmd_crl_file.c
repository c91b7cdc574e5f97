/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crl show and crl verify: a CRL in a file, from here or from elsewhere. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ca/cert.h"
#include "ca/crl.h"
#include "ca/name.h"
#include "ca/pem.h"
#include "ca/time.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/kind.h"
#include "cli/print.h"

static const struct opt show_options[] = {
    {"json", OPT_FLAG, NULL, "as JSON"}, {0}};
static const struct opt verify_options[] = {
    {"issuer", OPT_TEXT, "CERT",
	"the issuer's certificate; default: the home's authority of that name"},
    {0}};

static enum ca_status
single(struct ca_bytes file, const char *label, const char *what,
    const char *path, struct ca_buf *ret_der, struct ca_error *err)
{
	const char *const labels[] = {label, NULL};
	enum ca_status st;

	st = ca_pem_single(file, labels, what, NULL, ret_der, err);
	if (st != CA_OK)
		ca_fail_in(err, path);
	return st;
}

static enum ca_status
read_certificate(const char *path, struct ca_buf *ret_der, struct ca_error *err)
{
	struct ca_buf file = {0};
	enum ca_status st = file_read(path, FILE_MAX_READ, &file, err);

	if (st == CA_OK &&
	    (st = kind_check(ca_view(&file), KIND_CERTIFICATE, err)) != CA_OK)
		ca_fail_in(err, path);
	if (st == CA_OK)
		st = single(ca_view(&file), CA_PEM_CERTIFICATE, "a certificate",
		    path, ret_der, err);
	ca_buf_free(&file);
	return st;
}

/* ---- one after the other ---- */

struct place {
	const char *path;
	size_t index, count; /* among the file's CRLs */
};

/* "all.pem (CRL 2 of 3)". */
static void
place_name(const struct place *place, struct text *ret)
{
	text_add_safe(ret, ca_text(place->path));
	if (place->count > 1)
		text_add(
		    ret, " (CRL %zu of %zu)", place->index + 1, place->count);
}

static void
place_error(const struct place *place, struct ca_error *err)
{
	struct text name = {0};
	const char *text;

	place_name(place, &name);
	if ((text = ca_buf_text(&name.buf)) != NULL)
		ca_fail_in(err, text);
	text_done(&name);
}

typedef enum ca_status crl_file_fn(void *ctx, const struct place *place,
    struct ca_bytes der, struct ca_crl *crl, struct ca_error *err);

static size_t
count_blocks(struct ca_bytes text)
{
	char label[CA_PEM_LABEL];
	size_t count = 0;
	enum ca_status st = CA_OK;

	while (st == CA_OK) {
		struct ca_buf der = {0};

		st = ca_pem_next(&text, label, &der, NULL);
		if (st == CA_OK)
			count++;
		ca_buf_free(&der);
	}
	return count;
}

/* The blocks of a bundle, as `crl --all --bundle` writes it. */
static enum ca_status
each_block(struct ca_bytes text, struct place *place, crl_file_fn *fn,
    void *ctx, struct ca_crl *crl, struct ca_error *err)
{
	char label[CA_PEM_LABEL];
	enum ca_status st = CA_OK;

	for (; place->index < place->count && st == CA_OK; place->index++) {
		struct ca_buf der = {0};

		st = ca_pem_next(&text, label, &der, err);
		if (st == CA_OK && strcmp(label, CA_PEM_CRL) != 0)
			st = ca_fail(err, CA_MALFORMED,
			    "holds a %s beside its CRLs: a CRL is wanted, or "
			    "several",
			    label);
		if (st != CA_OK)
			ca_fail_in(err, place->path);
		else
			st = fn(ctx, place, ca_view(&der), crl, err);
		ca_buf_free(&der);
	}
	return st;
}

/* Calls fn with each, and room to parse it into; the first failure ends it. */
static enum ca_status
each_crl(const char *path, crl_file_fn *fn, void *ctx, struct ca_error *err)
{
	struct place place = {.path = path, .count = 1};
	struct ca_crl *crl = calloc(1, sizeof(*crl));
	struct ca_buf file = {0}, der = {0};
	enum ca_status st;

	if (crl == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = file_read(path, FILE_MAX_READ, &file, err)) != CA_OK)
		goto out;
	if ((st = kind_check(ca_view(&file), KIND_CRL, err)) != CA_OK) {
		ca_fail_in(err, path);
		goto out;
	}
	if (ca_pem_is_pem(ca_view(&file)))
		place.count = count_blocks(ca_view(&file));
	if (place.count > 1) {
		st = each_block(ca_view(&file), &place, fn, ctx, crl, err);
		goto out;
	}
	place.count = 1;
	st = single(ca_view(&file), CA_PEM_CRL, "a CRL", path, &der, err);
	if (st == CA_OK)
		st = fn(ctx, &place, ca_view(&der), crl, err);
out:
	ca_buf_free(&file);
	ca_buf_free(&der);
	free(crl);
	return st;
}

/* ---- show ---- */

static void
add_line(struct text *text, const struct term *term, const char *name)
{
	text_add(text, "%s%-14s%s ", term_dim(term->colour_out), name,
	    term_plain(term->colour_out));
}

static void
add_time(
    struct text *text, const struct term *term, const char *name, int64_t time)
{
	char value[CA_TIME_TEXT];

	ca_time_text(time, value);
	add_line(text, term, name);
	text_add(text, "%s\n", value);
}

static void
add_urls(struct text *text, const struct term *term, const char *name,
    const struct ca_url_list *urls)
{
	for (size_t i = 0; i < urls->count; i++) {
		add_line(text, term, i == 0 ? name : "");
		text_add_safe(text, urls->url[i]);
		text_add(text, "\n");
	}
}

/* What narrows or continues it. */
struct kind {
	bool delta;
	uint64_t base; /* UINT64_MAX: above 2^63-1 */
	bool scoped;
	struct ca_issuing_point point;
	struct ca_url_list freshest;
};

static void
find_kind(const struct ca_crl *crl, struct kind *ret)
{
	const struct ca_ext *ext;

	*ret = (struct kind){0};
	ext = ca_exts_find(&crl->exts, CA_OID_DELTA_CRL_INDICATOR);
	ret->delta = ext != NULL;
	if (ext != NULL && !ca_crl_number_get(ext->value, &ret->base))
		ret->base = UINT64_MAX;
	ext = ca_exts_find(&crl->exts, CA_OID_ISSUING_DISTRIBUTION_POINT);
	ret->scoped = ext != NULL &&
	    ca_issuing_point_get(ext->value, &ret->point);
	ext = ca_exts_find(&crl->exts, CA_OID_FRESHEST_CRL);
	if (ext != NULL &&
	    !ca_distribution_points_get(ext->value, &ret->freshest))
		ret->freshest = (struct ca_url_list){0};
}

static const char *
scope_word(const struct ca_issuing_point *point)
{
	if (point->only_user)
		return "users' certificates alone";
	if (point->only_ca)
		return "authorities' certificates alone";
	if (point->only_attribute)
		return "attribute certificates alone";
	return point->reasons != 0 ? "some reasons alone" :
				     "certificates of that URL alone";
}

static void
add_kind(struct text *text, const struct term *term, const struct ca_crl *crl)
{
	struct kind kind;

	find_kind(crl, &kind);
	if (kind.delta) {
		add_line(text, term, "delta from");
		text_add(text, "number %" PRIu64 "\n", kind.base);
	}
	if (kind.scoped) {
		add_urls(text, term, "point", &kind.point.urls);
		add_line(text, term, "scope");
		text_add(text, "%s\n", scope_word(&kind.point));
	}
	add_urls(text, term, "delta CRL at", &kind.freshest);
}

static void
add_entries(
    struct text *text, const struct term *term, const struct ca_crl *crl)
{
	struct ca_bytes rest = crl->entries;
	struct ca_crl_entry entry;
	char when[CA_TIME_TEXT];

	add_line(text, term, "revoked");
	text_add(text, "%zu\n", crl->entry_count);
	while (ca_crl_next(&rest, &entry)) {
		ca_time_text(entry.revoked_at, when);
		text_add(text, "  ");
		text_add_hex(text, entry.serial);
		text_add(
		    text, "  %s  %s", when, ca_reason_name((int)entry.reason));
		if (entry.invalid_since != INT64_MIN) {
			ca_time_text(entry.invalid_since, when);
			text_add(text, ", invalid since %s", when);
		}
		text_add(text, "\n");
	}
}

static void
print_crl(struct text *text, const struct term *term, const struct ca_crl *crl)
{
	add_line(text, term, "issuer");
	text_status(text, ca_name_append_text(&text->buf, crl->issuer));
	text_add(text, "\n");
	add_line(text, term, "number");
	if (crl->has_number && crl->number != UINT64_MAX)
		text_add(text, "%" PRIu64 "\n", crl->number);
	else
		text_add(text, crl->has_number ? "above 2^63\n" : "(none)\n");
	add_time(text, term, "this update", crl->this_update);
	add_time(text, term, "next update", crl->next_update);
	add_kind(text, term, crl);
	add_line(text, term, "signature");
	text_status(text, ca_sig_alg_append_text(&text->buf, &crl->alg));
	text_add(text, "\n");
	add_entries(text, term, crl);
}

static json_t *
urls_json(const struct ca_url_list *urls)
{
	json_t *array = json_array();

	for (size_t i = 0; i < urls->count; i++)
		(void)json_array_append_new(array,
		    json_stringn(
			(const char *)urls->url[i].data, urls->url[i].len));
	return array;
}

static json_t *
entries_json(const struct ca_crl *crl)
{
	struct ca_bytes rest = crl->entries;
	struct ca_crl_entry entry;
	json_t *array = json_array();

	while (ca_crl_next(&rest, &entry)) {
		json_t *object = json_object();

		json_put_hex(object, "serial", entry.serial);
		json_put_time(object, "revokedAt", entry.revoked_at);
		json_put_text(
		    object, "reason", ca_reason_name((int)entry.reason));
		if (entry.invalid_since != INT64_MIN)
			json_put_time(
			    object, "invalidSince", entry.invalid_since);
		(void)json_array_append_new(array, object);
	}
	return array;
}

static json_t *
crl_json(const struct ca_crl *crl)
{
	json_t *object = json_object();
	struct text issuer = {0};
	struct kind kind;

	find_kind(crl, &kind);
	text_status(&issuer, ca_name_append_text(&issuer.buf, crl->issuer));
	json_put_text(object, "issuerName", text_get(&issuer));
	text_done(&issuer);
	if (crl->has_number && crl->number != UINT64_MAX)
		(void)json_object_set_new(
		    object, "number", json_integer((json_int_t)crl->number));
	json_put_time(object, "thisUpdate", crl->this_update);
	json_put_time(object, "nextUpdate", crl->next_update);
	if (kind.delta && kind.base != UINT64_MAX)
		(void)json_object_set_new(
		    object, "base", json_integer((json_int_t)kind.base));
	if (kind.scoped) {
		(void)json_object_set_new(
		    object, "point", urls_json(&kind.point.urls));
		json_put_text(object, "scope", scope_word(&kind.point));
	}
	if (kind.freshest.count > 0)
		(void)json_object_set_new(
		    object, "freshest", urls_json(&kind.freshest));
	(void)json_object_set_new(object, "entries", entries_json(crl));
	return object;
}

/* What is said of several in one file. */
struct shown {
	const struct invocation *in;
	struct text text;
	json_t *array;
};

static enum ca_status
show_one(void *ctx, const struct place *place, struct ca_bytes der,
    struct ca_crl *crl, struct ca_error *err)
{
	struct shown *shown = ctx;
	enum ca_status st = ca_crl_parse(der, crl, err);

	if (st != CA_OK) {
		place_error(place, err);
		return st;
	}
	if (shown->in->json) {
		(void)json_array_append_new(shown->array, crl_json(crl));
		return CA_OK;
	}
	if (place->index > 0)
		text_add(&shown->text, "\n");
	print_crl(&shown->text, &shown->in->term, crl);
	return CA_OK;
}

static enum ca_status
print_shown(struct shown *shown, struct ca_error *err)
{
	if (!shown->in->json)
		return text_print(&shown->text, err);
	if (json_array_size(shown->array) == 1)
		return json_print(
		    "crl", json_incref(json_array_get(shown->array, 0)), err);
	return json_print("crls", json_incref(shown->array), err);
}

static enum ca_status
run_show(const struct invocation *in, struct ca_error *err)
{
	const char *path = in->opts.arg_count > 0 ? in->opts.args[0] : "-";
	struct shown shown = {.in = in, .array = json_array()};
	enum ca_status st = each_crl(path, show_one, &shown, err);

	if (st == CA_OK)
		st = print_shown(&shown, err);
	text_done(&shown.text);
	json_decref(shown.array);
	return st;
}

/* ---- verify ---- */

/* The home's authority that the CRL says it is from. */
struct search {
	const struct ca_crl *crl;
	struct ca_cert *cert; /* room to parse into */
	struct ca_buf *ret_der;
};

static enum ca_status
take_issuer(void *ctx, const struct ledger_authority *row)
{
	struct search *search = ctx;
	const struct ca_crl *crl = search->crl;

	if (search->ret_der->len > 0 || row->der.len == 0 ||
	    ca_cert_parse(row->der, search->cert, NULL) != CA_OK ||
	    !ca_name_equal(search->cert->subject, crl->issuer) ||
	    (crl->authority_key_id.len > 0 &&
		!ca_bytes_equal(
		    search->cert->subject_key_id, crl->authority_key_id)))
		return CA_OK;
	return ca_buf_append(search->ret_der, row->der);
}

static enum ca_status
find_issuer(const struct invocation *in, const struct ca_crl *crl,
    struct ca_cert *cert, struct ca_buf *ret_der, struct ca_error *err)
{
	struct search search = {crl, cert, ret_der};
	struct authority *a = NULL;
	struct ca_error inner = {0};
	enum ca_status st = cmd_open(in, &a, &inner);

	if (st == CA_OK)
		st = ledger_each_authority(
		    authority_ledger(a), take_issuer, &search, &inner);
	authority_close(a);
	if (st == CA_NOT_FOUND || (st == CA_OK && ret_der->len == 0))
		return ca_fail(err, CA_NOT_FOUND,
		    "no authority of this home issued the CRL: name its "
		    "issuer's certificate with --issuer");
	return st == CA_OK ? CA_OK : ca_fail(err, st, "%s", inner.msg);
}

/* Whatever is wrong with the CRL itself, it is not to be believed. */
static enum ca_status
parse_suspect(struct ca_bytes der, struct ca_crl *ret, struct ca_error *err)
{
	struct ca_error inner = {0};
	enum ca_status st = ca_crl_parse(der, ret, &inner);

	if (st == CA_OK || st == CA_MEMORY)
		return st == CA_OK ? st : ca_fail(err, st, "%s", inner.msg);
	return ca_fail(err, CA_UNTRUSTED, "%s", inner.msg);
}

static enum ca_status
verify(const struct invocation *in, struct ca_bytes der, struct ca_crl *crl,
    struct ca_cert *cert, struct ca_error *err)
{
	const char *issuer = opt_text(&in->opts, "issuer");
	struct ca_buf cert_der = {0};
	enum ca_status st;

	if ((st = parse_suspect(der, crl, err)) != CA_OK ||
	    (st = issuer != NULL ?
		    read_certificate(issuer, &cert_der, err) :
		    find_issuer(in, crl, cert, &cert_der, err)) != CA_OK ||
	    (st = ca_cert_parse(ca_view(&cert_der), cert, err)) != CA_OK)
		goto out;
	st = ca_crl_holds(crl, cert, world_real()->now(world_real()->ctx), err);
out:
	ca_buf_free(&cert_der);
	return st;
}

static void
add_holds(
    struct text *text, const struct place *place, const struct ca_crl *crl)
{
	char until[CA_TIME_TEXT];
	struct kind kind;

	find_kind(crl, &kind);
	ca_time_text(crl->next_update, until);
	place_name(place, text);
	text_add(text, ": holds: a %sCRL of ",
	    kind.delta      ? "delta " :
		kind.scoped ? "partial " :
			      "complete ");
	text_status(text, ca_name_append_text(&text->buf, crl->issuer));
	text_add(
	    text, ", %zu revoked, good until %s\n", crl->entry_count, until);
}

struct verified {
	const struct invocation *in;
	struct ca_cert *cert; /* room to parse an issuer's into */
	struct text text;
};

static enum ca_status
verify_one(void *ctx, const struct place *place, struct ca_bytes der,
    struct ca_crl *crl, struct ca_error *err)
{
	struct verified *verified = ctx;
	enum ca_status st = verify(verified->in, der, crl, verified->cert, err);

	if (st == CA_OK)
		add_holds(&verified->text, place, crl);
	else if (st == CA_UNTRUSTED || place->count > 1)
		place_error(place, err);
	return st;
}

/* What holds is said when all of them do. */
static enum ca_status
run_verify(const struct invocation *in, struct ca_error *err)
{
	const char *path = in->opts.arg_count > 0 ? in->opts.args[0] : "-";
	struct verified verified = {
	    .in = in, .cert = calloc(1, sizeof(*verified.cert))};
	enum ca_status st;

	if (verified.cert == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	st = each_crl(path, verify_one, &verified, err);
	if (st == CA_OK)
		st = text_print(&verified.text, err);
	text_done(&verified.text);
	free(verified.cert);
	return st;
}

const struct command cmd_crl_show = {
    .name = "crl show",
    .operands = "[FILE]",
    .summary = "show a certificate revocation list",
    .about = "Reads a CRL, PEM or DER, from FILE or standard input, and shows "
	     "what it says: issuer, number, dates, scope and every entry; of "
	     "a bundle, each CRL. "
	     "Nothing is verified, and no home is needed.",
    .examples = "  signet crl show issuing.crl.pem\n"
		"  signet crl show issuing.crl --json\n",
    .options = show_options,
    .max_args = 1,
    .needs = CMD_NO_HOME,
    .run = run_show,
};

const struct command cmd_crl_verify = {
    .name = "crl verify",
    .operands = "[FILE]",
    .summary = "may a certificate revocation list be believed?",
    .about =
	"Holds a CRL, from here or from elsewhere, against its issuer's "
	"certificate: strict DER, version 2, both dates there, no critical "
	"extension that is unknown, the issuer's name and key, its cRLSign, "
	"the signature, and that now lies between the dates. Exit code 5 "
	"when it does not hold. Whether the issuer is trusted is not asked.",
    .examples = "  signet crl verify issuing.crl.pem\n"
		"  signet crl verify partner.crl --issuer partner-ca.pem\n",
    .options = verify_options,
    .max_args = 1,
    .needs = CMD_LEDGER_ALONE,
    .run = run_verify,
};
