/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ocsp query: what a responder, ours or another, says of a certificate. */
#include <stdlib.h>
#include <string.h>

#include "ca/cert.h"
#include "ca/name.h"
#include "ca/ocsp.h"
#include "ca/pem.h"
#include "ca/time.h"
#include "cli/cmd.h"
#include "cli/file.h"
#include "cli/home.h"
#include "cli/json.h"
#include "cli/ocsp_client.h"
#include "cli/text.h"

#define CHAIN_MAX 16      /* certificates looked at in one file */
#define SKEW INT64_C(300) /* seconds two clocks may differ */
#define AGE_MAX CA_DAY    /* of an answer that has no nextUpdate */
#define TIMEOUT_DEFAULT 15

static const struct opt options[] = {
    {"issuer", OPT_TEXT, "FILE",
	"the issuer's certificate; default: the home's authority, or one that "
	"stands behind CERT in its file"},
    {"hash", OPT_TEXT, "NAME", "sha1 (every responder knows it) or sha256"},
    {"no-nonce", OPT_FLAG, NULL, "without a nonce, as most clients ask"},
    {"timeout", OPT_TEXT, "SECONDS", "for the whole of it (15)"},
    {"out", OPT_TEXT, "FILE", "keep the response, DER"},
    {"json", OPT_FLAG, NULL, "as JSON"}, {0}};

struct query {
	const struct invocation *in;
	const char *url, *path; /* of the responder, of the certificate */
	struct ca_buf url_text; /* from the certificate */
	struct ca_buf der, issuer_der;
	struct ca_cert cert, issuer;
	enum ca_hash hash;
	int64_t timeout_ms;
	struct ocsp_reply reply;
};

/* ---- what is asked for ---- */

static bool
is_url(const char *word)
{
	return strncmp(word, "http://", 7) == 0 ||
	    strncmp(word, "https://", 8) == 0;
}

static enum ca_status
read_options(struct query *q, struct ca_error *err)
{
	const struct opts *opts = &q->in->opts;
	const char *hash = opt_text(opts, "hash");

	q->path = opts->args[opts->arg_count - 1];
	if (opts->arg_count == 2)
		q->url = opts->args[0];
	if (q->url != NULL && !is_url(q->url) && is_url(q->path)) {
		q->url = q->path;
		q->path = opts->args[0];
	}
	if (opts->arg_count == 1 && is_url(q->path))
		return ca_fail(err, CA_USAGE,
		    "%.100s: and of which certificate? signet ocsp query URL "
		    "CERT",
		    q->path);
	q->hash = CA_HASH_SHA1;
	if (hash != NULL && strcmp(hash, "sha256") == 0)
		q->hash = CA_HASH_SHA256;
	else if (hash != NULL && strcmp(hash, "sha1") != 0)
		return ca_fail(err, CA_USAGE,
		    "--hash %.40s: sha1 or sha256 (RFC 6960 4.3)", hash);
	return cmd_timeout(q->in, TIMEOUT_DEFAULT, &q->timeout_ms, err);
}

/* ---- the certificate and its issuer ---- */

static bool
is_issued_by(const struct ca_cert *cert, const struct ca_cert *issuer)
{
	return ca_bytes_equal(cert->issuer, issuer->subject) &&
	    ca_cert_verify(cert, &issuer->spki, NULL) == CA_OK;
}

/* Keeps it when it is the issuer's. */
static bool
try_issuer(struct query *q, struct ca_bytes der)
{
	if (q->issuer_der.len > 0)
		return true;
	if (ca_buf_append(&q->issuer_der, der) == CA_OK &&
	    ca_cert_parse(ca_view(&q->issuer_der), &q->issuer, NULL) == CA_OK &&
	    is_issued_by(&q->cert, &q->issuer))
		return true;
	ca_buf_free(&q->issuer_der);
	return false;
}

static enum ca_status
take_authority(void *ctx, const struct ledger_authority *row)
{
	(void)try_issuer(ctx, row->der);
	return CA_OK;
}

/* No home is needed, and one that is there and cannot be read is no reason not
 * to ask. */
static void
look_at_home(struct query *q)
{
	struct authority *a = NULL;

	if (home_check(q->in->home, NULL) != CA_OK ||
	    cmd_open(q->in, &a, NULL) != CA_OK)
		return;
	(void)!ledger_each_authority(
	    authority_ledger(a), take_authority, q, NULL);
	authority_close(a);
}

/* Whoever names the issuer by hand is told why it is not. */
static enum ca_status
read_issuer(struct query *q, const char *path, struct ca_error *err)
{
	static const char *const labels[] = {CA_PEM_CERTIFICATE, NULL};
	struct ca_buf file = {0}, der = {0};
	enum ca_status st;

	st = file_read(path, 2 * CA_CERT_MAX, &file, err);
	if (st != CA_OK)
		goto out;
	if ((st = ca_pem_single(ca_view(&file), labels, "a certificate", NULL,
		 &der, err)) != CA_OK) {
		ca_fail_in(err, path);
		goto out;
	}
	if (!try_issuer(q, ca_view(&der)))
		st = ca_fail(err, CA_UNTRUSTED,
		    "%s: did not issue %s: its name or its key is another",
		    path, q->path);
out:
	ca_buf_free(&file);
	ca_buf_free(&der);
	return st;
}

/* The first certificate of the file is meant; the others may be its issuer's.
 */
static enum ca_status
read_certs(struct query *q, struct ca_bytes file,
    struct ca_buf chain[CHAIN_MAX], struct ca_error *err)
{
	static const char *const labels[] = {CA_PEM_CERTIFICATE, NULL};
	char label[CA_PEM_LABEL];
	enum ca_status st = CA_OK;

	if (!ca_pem_is_pem(file))
		return ca_pem_single(
		    file, labels, "a certificate", NULL, &q->der, err);
	for (size_t i = 0; i <= CHAIN_MAX && st == CA_OK; i++) {
		st = ca_pem_next(
		    &file, label, i == 0 ? &q->der : &chain[i - 1], err);
		if (st == CA_OK && strcmp(label, CA_PEM_CERTIFICATE) != 0)
			return ca_fail(err, CA_MALFORMED,
			    "holds a %s, not a certificate", label);
	}
	return st == CA_NOT_FOUND && q->der.len > 0 ? CA_OK : st;
}

static enum ca_status
load(struct query *q, struct ca_error *err)
{
	const char *issuer = opt_text(&q->in->opts, "issuer");
	struct ca_buf file = {0}, chain[CHAIN_MAX] = {0};
	enum ca_status st;

	if ((st = file_read(q->path, FILE_MAX_READ, &file, err)) != CA_OK)
		goto out;
	if ((st = read_certs(q, ca_view(&file), chain, err)) != CA_OK ||
	    (st = ca_cert_parse(ca_view(&q->der), &q->cert, err)) != CA_OK) {
		ca_fail_in(err, q->path);
		goto out;
	}
	if (issuer != NULL) {
		st = read_issuer(q, issuer, err);
		goto out;
	}
	look_at_home(q);
	for (size_t i = 0; i < CHAIN_MAX; i++)
		if (chain[i].len > 0)
			(void)try_issuer(q, ca_view(&chain[i]));
	if (q->issuer_der.len == 0)
		st = ca_fail(err, CA_NOT_FOUND,
		    "%s: no authority of this home issued it, and its "
		    "issuer's certificate is not in the file: name it with "
		    "--issuer",
		    q->path);
out:
	ca_buf_free(&file);
	for (size_t i = 0; i < CHAIN_MAX; i++)
		ca_buf_free(&chain[i]);
	return st;
}

static enum ca_status
find_url(struct query *q, struct ca_error *err)
{
	const struct ca_ext *access = ca_exts_find(
	    &q->cert.exts, CA_OID_AUTHORITY_INFO_ACCESS);
	struct ca_url_list ocsp = {0}, issuers = {0};

	if (q->url != NULL)
		return CA_OK;
	if (access != NULL &&
	    !ca_info_access_get(access->value, &ocsp, &issuers))
		ocsp.count = 0;
	if (ocsp.count == 0 && is_issued_by(&q->cert, &q->cert))
		return ca_fail(err, CA_NOT_FOUND,
		    "%s: is a root, and names no OCSP responder: nobody above "
		    "it can say that it is revoked; it is removed where it is "
		    "trusted",
		    q->path);
	if (ocsp.count == 0)
		return ca_fail(err, CA_NOT_FOUND,
		    "%s: names no OCSP responder (authorityInfoAccess): say "
		    "which: signet ocsp query URL %s",
		    q->path, q->path);
	if (ca_buf_append(&q->url_text, ocsp.url[0]) != CA_OK ||
	    (q->url = ca_buf_text(&q->url_text)) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	return CA_OK;
}

/* ---- asking ---- */

static struct ocsp_ask
question(const struct query *q)
{
	const struct world *world = world_real();

	return (struct ocsp_ask){.url = q->url,
	    .cert = &q->cert,
	    .issuer = &q->issuer,
	    .hash = q->hash,
	    .no_nonce = opt_flag(&q->in->opts, "no-nonce"),
	    .whole_ms = q->timeout_ms,
	    .now = world->now(world->ctx),
	    .skew = SKEW,
	    .max_age = AGE_MAX};
}

static enum ca_status
fetch(struct query *q, struct ca_error *err)
{
	const struct ocsp_ask ask = question(q);
	struct ca_error why = {0};
	enum ca_status st = ocsp_fetch(&ask, &q->reply, &why);

	/* What is refused here is too large: that is no answer, and not the
	 * responder's "no". */
	return st == CA_OK ?
	    CA_OK :
	    ca_fail(err, st == CA_REFUSED ? CA_IO : st, "%s", why.msg);
}

static enum ca_status
judge(struct query *q, struct ca_error *err)
{
	const struct ocsp_ask ask = question(q);

	return ocsp_judge(&ask, &q->reply, err);
}

/* ---- telling ---- */

static const char *
state_name(const struct query *q)
{
	switch (q->reply.verdict.answer.state) {
	case CA_OCSP_GOOD:
		return "good";
	case CA_OCSP_REVOKED:
		return "revoked";
	case CA_OCSP_NEVER_ISSUED:
		return "never issued";
	default:
		return "unknown";
	}
}

static bool
is_revoked(const struct query *q)
{
	return q->reply.verdict.answer.state == CA_OCSP_REVOKED ||
	    q->reply.verdict.answer.state == CA_OCSP_NEVER_ISSUED;
}

static void
add_line(struct text *text, bool colour, const char *name)
{
	text_add(
	    text, "%s%-12s%s ", term_dim(colour), name, term_plain(colour));
}

static void
add_time(struct text *text, bool colour, const char *name, int64_t time)
{
	char value[CA_TIME_TEXT];

	ca_time_text(time, value);
	add_line(text, colour, name);
	text_add(text, "%s\n", value);
}

static enum ca_status
print_text(const struct query *q, struct ca_error *err)
{
	const struct ca_ocsp_answer *answer = &q->reply.verdict.answer;
	const bool colour = q->in->term.colour_out;
	struct text text = {0};

	add_line(&text, colour, "certificate");
	text_status(&text, ca_name_append_text(&text.buf, q->cert.subject));
	text_add(&text, "\n");
	add_line(&text, colour, "serial");
	text_add_hex(&text, q->cert.serial);
	text_add(&text, "\n");
	add_line(&text, colour, "responder");
	text_add_safe(&text, ca_text(q->url));
	text_add(&text, "\n");
	add_line(&text, colour, "status");
	text_add(&text, "%s%s%s\n",
	    answer->state == CA_OCSP_GOOD ? term_green(colour) :
		is_revoked(q)             ? term_red(colour) :
					    term_yellow(colour),
	    state_name(q), term_plain(colour));
	if (answer->state == CA_OCSP_REVOKED) {
		add_time(&text, colour, "since", answer->revoked_at);
		add_line(&text, colour, "reason");
		text_add(&text, "%s\n", ca_reason_name((int)answer->reason));
	}
	add_time(&text, colour, "thisUpdate", answer->this_update);
	if (answer->next_update != INT64_MAX)
		add_time(&text, colour, "nextUpdate", answer->next_update);
	add_time(&text, colour, "producedAt", q->reply.response.produced_at);
	add_line(&text, colour, "nonce");
	text_add(&text, "%s\n", ocsp_nonce_word(&q->reply));
	return text_print(&text, err);
}

static enum ca_status
print_json(const struct query *q, struct ca_error *err)
{
	const struct ca_ocsp_answer *answer = &q->reply.verdict.answer;
	json_t *object = json_object();

	json_put_hex(object, "serial", q->cert.serial);
	json_put_text(object, "responder", q->url);
	json_put_text(object, "status", state_name(q));
	if (answer->state == CA_OCSP_REVOKED) {
		json_put_time(object, "revokedAt", answer->revoked_at);
		json_put_text(
		    object, "reason", ca_reason_name((int)answer->reason));
	}
	json_put_time(object, "thisUpdate", answer->this_update);
	if (answer->next_update != INT64_MAX)
		json_put_time(object, "nextUpdate", answer->next_update);
	json_put_time(object, "producedAt", q->reply.response.produced_at);
	json_put_text(object, "nonce", ocsp_nonce_word(&q->reply));
	return json_print("ocsp", object, err);
}

static enum ca_status
conclude(const struct query *q, struct ca_error *err)
{
	const struct ca_ocsp_answer *answer = &q->reply.verdict.answer;
	char when[CA_TIME_TEXT];

	if (answer->state == CA_OCSP_GOOD)
		return CA_OK;
	if (answer->state == CA_OCSP_NEVER_ISSUED)
		return ca_fail(err, CA_UNTRUSTED,
		    "%s: its issuer says that it never issued it (RFC 6960 "
		    "2.2)",
		    q->path);
	if (answer->state != CA_OCSP_REVOKED)
		return ca_fail(err, CA_NOT_FOUND,
		    "%s: the responder does not know it", q->path);
	ca_time_text(answer->revoked_at, when);
	return ca_fail(err, CA_UNTRUSTED, "%s: is revoked since %s (%s)",
	    q->path, when, ca_reason_name((int)answer->reason));
}

static enum ca_status
tell(const struct query *q, struct ca_error *err)
{
	enum ca_status st = q->in->json ? print_json(q, err) :
					  print_text(q, err);

	if (st != CA_OK)
		return st;
	if (!q->reply.verdict.responder_no_check)
		term_note(&q->in->term,
		    "its responder's own certificate may be revoked, and was "
		    "not asked about: it has no ocspNoCheck");
	return conclude(q, err);
}

/* ---- the whole ---- */

static enum ca_status
ask(struct query *q, struct ca_error *err)
{
	const char *out = opt_text(&q->in->opts, "out");
	enum ca_status st;

	if ((st = read_options(q, err)) != CA_OK ||
	    (out != NULL &&
		(st = file_check_writable(out, FILE_REPLACE, err)) != CA_OK) ||
	    (st = load(q, err)) != CA_OK || (st = find_url(q, err)) != CA_OK ||
	    (st = fetch(q, err)) != CA_OK ||
	    (out != NULL &&
		(st = file_write(out, ca_view(&q->reply.der), FILE_PUBLIC,
		     FILE_REPLACE, err)) != CA_OK) ||
	    (st = judge(q, err)) != CA_OK)
		return st;
	return tell(q, err);
}

static enum ca_status
run(const struct invocation *in, struct ca_error *err)
{
	struct query *q = calloc(1, sizeof(*q));
	enum ca_status st;

	if (q == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	q->in = in;
	st = ask(q, err);
	ca_buf_free(&q->url_text);
	ca_buf_free(&q->der);
	ca_buf_free(&q->issuer_der);
	ocsp_reply_done(&q->reply);
	free(q);
	return st;
}

const struct command cmd_ocsp_query = {
    .name = "ocsp query",
    .operands = "[URL] CERT",
    .summary = "ask a responder whether a certificate is revoked",
    .about =
	"Asks the responder at URL, or the one that CERT names, over plain "
	"http (answers are signed themselves), and believes what its issuer or "
	"a responder of its issuer signed for this very certificate, in time, "
	"with the nonce that was sent. Whether the issuer is trusted is not "
	"asked. The exit code is 0 for good, 5 for revoked and for an answer "
	"that is not to be believed, 4 for unknown, 3 when the responder "
	"refuses, 75 when it says tryLater, 1 when there is no answer.",
    .examples = "  signet ocsp query company.crt\n"
		"  signet ocsp query http://127.0.0.1:8080/ocsp company.crt "
		"--issuer issuing.crt\n",
    .options = options,
    .min_args = 1,
    .max_args = 2,
    .needs = CMD_LEDGER_ALONE | CMD_NETWORK,
    .run = run,
};
