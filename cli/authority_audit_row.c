/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One certificate's row against its certificate, its issuer, its policy. */
#include <stdio.h>
#include <string.h>

#include "ca/lint.h"
#include "ca/name.h"
#include "ca/tbs.h"
#include "cli/authority_audit_rows.h"

static void
note(struct audit_job *job, struct ca_buf *list, const char *what)
{
	const struct ca_bytes line = {(const uint8_t *)what, strlen(what) + 1};

	if (ca_buf_append(list, line) != CA_OK)
		job->status = CA_MEMORY;
}

static void
fault(struct audit_job *job, const char *what)
{
	note(job, &job->before, what);
}

static void
fault_after(struct audit_job *job, const char *what)
{
	note(job, &job->after, what);
}

static void
fault_from(struct audit_job *job, struct ca_buf *list, const char *rule,
    const struct ca_error *inner)
{
	char line[640];

	(void)snprintf(line, sizeof(line), "%s: %.512s", rule, inner->msg);
	note(job, list, line);
}

static bool
hash_is(struct ca_bytes data, struct ca_bytes expected)
{
	uint8_t hash[LEDGER_HASH_LEN];

	return authority_hash(data, hash, NULL) == CA_OK &&
	    ca_bytes_equal(expected, (struct ca_bytes){hash, sizeof(hash)});
}

/* ---- columns ---- */

static void
check_subject(struct audit_job *job)
{
	struct ca_buf text = {0};

	if (ca_name_append_text(&text, job->cert.subject) == CA_OK &&
	    !ca_bytes_equal(ca_view(&text), ca_text(job->row.subject)))
		fault(job, "the subject column is not the certificate's");
	ca_buf_free(&text);
}

static void
check_columns(struct audit_job *job)
{
	const struct ledger_cert *row = &job->row;
	const struct ca_cert *cert = &job->cert;

	if (!ca_bytes_equal(cert->serial, row->serial))
		fault(job, "the serial column is not the certificate's");
	if (cert->not_before != row->not_before ||
	    cert->not_after != row->not_after)
		fault(job, "the validity columns are not the certificate's");
	if (!hash_is(cert->spki.der, row->spki_hash))
		fault(job, "the key column is not the certificate's");
	if (!hash_is(cert->tbs, row->tbs_hash))
		fault(job, "the TBS is not the one that was intended");
	if (row->state == LEDGER_ISSUED && !hash_is(row->der, row->der_hash))
		fault(job,
		    "the fingerprint column is not the "
		    "certificate's");
	check_subject(job);
}

/* ---- names ---- */

/* Takes "text NUL" off the front. */
static bool
take_text(struct ca_bytes *rest, const char *text)
{
	size_t len = strlen(text) + 1;

	if (len > rest->len || memcmp(rest->data, text, len) != 0)
		return false;
	rest->data += len;
	rest->len -= len;
	return true;
}

/* Both are in the certificate's order. */
static enum ca_status
compare_names(void *ctx, const struct ledger_name *rows, size_t count)
{
	struct audit_job *job = ctx;
	struct ca_bytes rest = ca_view(&job->names);
	bool same = job->names_sound;

	for (size_t i = 0; i < count && same; i++)
		same = take_text(&rest, rows[i].type) &&
		    take_text(&rest, rows[i].value);
	if (!same || rest.len > 0)
		fault(job, "the name rows are not the certificate's names");
	return CA_OK;
}

static void
check_names(struct audit_job *job)
{
	if (job->names_unread ||
	    authority_names(&job->cert, compare_names, job) != CA_OK)
		fault(job, "its name rows cannot be read");
}

/* ---- policy: the TBS made again ---- */

static enum ca_status
rebuild(const struct ca_issuer *issuer, const struct ca_policy *policy,
    const struct ca_csr *csr, const struct ca_cert *cert, struct ca_buf *ret,
    struct ca_error *err)
{
	const struct issue_order order = {
	    .has_path_len = cert->is_ca && cert->path_len != CA_PATH_LEN_NONE,
	    .path_len = cert->path_len,
	    .name_constraints = cert->name_constraints};
	const struct ca_order fixed = {.serial = cert->serial,
	    .not_before = cert->not_before,
	    .not_after = cert->not_after};
	struct ca_grant grant = {0};
	enum ca_status st;

	if ((st = authority_admit(policy, csr, &order, !ca_csr_is_masked(csr),
		 &grant, err)) == CA_OK)
		st = ca_tbs_cert(
		    &grant, issuer, &cert->inner_alg, &fixed, ret, err);
	ca_grant_done(&grant);
	return st;
}

static void
check_policy(struct audit_job *job, struct ca_csr *csr)
{
	const struct signer *signer = job->signer;
	const struct ca_cert *cert = &job->cert;
	const struct ca_issuer root = {.id = signer->name};
	bool is_root = ca_cert_is_self_issued(cert) && signer->count == 1;
	struct ca_buf tbs = {0};
	struct ca_error inner = {0};

	*csr = (struct ca_csr){0};
	if (ca_csr_parse(job->row.request, csr, &inner) != CA_OK ||
	    (!ca_csr_is_masked(csr) &&
		ca_csr_verify_many(csr, &inner) != CA_OK))
		fault_from(job, &job->after, "its request", &inner);
	else if (rebuild(is_root ? &root : &signer->issuer, job->policy->policy,
		     csr, cert, &tbs, &inner) != CA_OK)
		fault_from(
		    job, &job->after, "its policy does not allow it", &inner);
	else if (!ca_bytes_equal(ca_view(&tbs), cert->tbs))
		fault_after(job,
		    "its request and policy give another "
		    "certificate than this one");
	ca_buf_free(&tbs);
}

/* ---- all of it ---- */

/* As its issuer must have signed it. */
static void
check_issue(struct audit_job *job, struct audit_bench *bench)
{
	const struct ledger_cert *row = &job->row;
	const struct ca_cert *cert = &job->cert;
	struct ca_error inner = {0};
	const struct ca_cert *issuer;

	if (job->signer == NULL) {
		/* A root that was intended and never issued is its own. */
		if (row->state == LEDGER_ISSUED)
			fault_after(job, "its issuer has no certificate");
		return;
	}
	issuer = &job->signer->certs[0];
	if (row->state == LEDGER_ISSUED &&
	    ca_cert_verify_many(cert, &issuer->spki, &inner) != CA_OK)
		fault_from(job, &job->after, "its signature", &inner);
	else if (ca_lint_cert(cert,
		     ca_bytes_equal(cert->subject, issuer->subject) ? NULL :
								      issuer,
		     &inner) != CA_OK)
		fault_from(job, &job->after, "lint", &inner);
	if (job->policy->policy != NULL)
		check_policy(job, &bench->csr);
}

void
audit_judge(struct audit_job *job, struct audit_bench *bench)
{
	const struct ledger_cert *row = &job->row;
	struct ca_error inner = {0};
	enum ca_status st;

	job->cert = (struct ca_cert){0};
	st = row->state == LEDGER_ISSUED ?
	    ca_cert_parse(row->der, &job->cert, &inner) :
	    ca_cert_parse_tbs(row->tbs, &job->cert, &inner);
	job->parsed = st == CA_OK;
	if (!job->parsed) {
		fault_from(job, &job->before, "its DER", &inner);
		return;
	}
	if (job->policy->policy == NULL)
		note(job, &job->before, (const char *)job->policy->fault.data);
	check_columns(job);
	check_names(job);
	check_issue(job, bench);
}
