/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/authority_audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/lint.h"
#include "ca/name.h"
#include "ca/tbs.h"

void
audit_say(struct audit *audit, enum audit_finding kind, int64_t row,
    const char *who, const char *what)
{
	struct ca_buf line = {0};
	const char *text;

	if (kind == AUDIT_FAULT)
		audit->report->faults++;
	else if (kind == AUDIT_ORPHAN)
		audit->report->orphans++;
	else
		audit->report->notes++;
	text = ca_buf_printf(&line, "%s%s%s", who != NULL ? who : "",
		   who != NULL ? ": " : "", what) == CA_OK ?
	    ca_buf_text(&line) :
	    NULL;
	if (audit->report->finding != NULL)
		audit->report->finding(
		    audit->report->ctx, kind, row, text != NULL ? text : what);
	ca_buf_free(&line);
}

bool
audit_make_room(void **list, size_t size, size_t count, size_t *room)
{
	size_t more = 2 * *room + 16;
	void *grown;

	if (count < *room)
		return true;
	grown = reallocarray(*list, more, size);
	if (grown == NULL)
		return false;
	*list = grown;
	*room = more;
	return true;
}

/* A fault in the row that is being looked at. */
static void
fault(struct audit *audit, const char *what)
{
	audit_say(audit, AUDIT_FAULT, audit->row, audit->who, what);
}

static void
fault_from(struct audit *audit, const char *rule, const struct ca_error *inner)
{
	char line[640];

	(void)snprintf(line, sizeof(line), "%s: %.512s", rule, inner->msg);
	fault(audit, line);
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
check_subject(struct audit *audit, const struct ledger_cert *row,
    const struct ca_cert *cert)
{
	struct ca_buf text = {0};

	if (ca_name_append_text(&text, cert->subject) == CA_OK &&
	    !ca_bytes_equal(ca_view(&text), ca_text(row->subject)))
		fault(audit, "the subject column is not the certificate's");
	ca_buf_free(&text);
}

static void
check_columns(struct audit *audit, const struct ledger_cert *row,
    const struct ca_cert *cert)
{
	if (!ca_bytes_equal(cert->serial, row->serial))
		fault(audit, "the serial column is not the certificate's");
	if (cert->not_before != row->not_before ||
	    cert->not_after != row->not_after)
		fault(audit, "the validity columns are not the certificate's");
	if (!hash_is(cert->spki.der, row->spki_hash))
		fault(audit, "the key column is not the certificate's");
	if (!hash_is(cert->tbs, row->tbs_hash))
		fault(audit, "the TBS is not the one that was intended");
	if (row->state == LEDGER_ISSUED && !hash_is(row->der, row->der_hash))
		fault(audit,
		    "the fingerprint column is not the "
		    "certificate's");
	check_subject(audit, row, cert);
}

/* ---- names ---- */

struct names {
	const struct ledger_name *rows;
	size_t count, found;
	bool differ;
};

/* Both are in the certificate's order. */
static enum ca_status
match_name(void *ctx, const struct ledger_name *row)
{
	struct names *names = ctx;
	size_t i = names->found++;

	if (i >= names->count || strcmp(names->rows[i].type, row->type) != 0 ||
	    strcmp(names->rows[i].value, row->value) != 0)
		names->differ = true;
	return CA_OK;
}

static enum ca_status
compare_names(void *ctx, const struct ledger_name *rows, size_t count)
{
	struct audit *audit = ctx;
	struct names names = {.rows = rows, .count = count};
	struct ledger *ledger = audit->a->ledger;
	bool sound = false;
	enum ca_status st = ledger_each_name(
	    ledger, audit->row, match_name, &names, NULL);

	if (st == CA_OK)
		st = ledger_names_are_sound(ledger, audit->row, &sound, NULL);
	if (st == CA_OK && (!sound || names.differ || names.found != count))
		fault(audit, "the name rows are not the certificate's names");
	return st;
}

/* ---- policy: the TBS made again ---- */

static struct ca_policy *
load_policy(struct audit *audit, const struct ledger_cert *row)
{
	struct ca_policy *policy = NULL;
	struct ca_buf text = {0};
	struct ca_error inner = {0};

	if (ledger_get_policy(
		audit->a->ledger, row->policy_hash, &text, NULL) != CA_OK)
		fault(audit, "its policy's text is not in the ledger");
	else if (!hash_is(ca_view(&text), row->policy_hash))
		fault(audit, "its policy's text was changed");
	else if (ca_policy_parse(ca_view(&text), row->policy, row->policy,
		     &policy, &inner) != CA_OK)
		fault_from(audit, "its policy", &inner);
	ca_buf_free(&text);
	return policy;
}

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

	if ((st = authority_admit(policy, csr, &order, &grant, err)) == CA_OK)
		st = ca_tbs_cert(
		    &grant, issuer, &cert->inner_alg, &fixed, ret, err);
	ca_grant_done(&grant);
	return st;
}

static void
check_policy(struct audit *audit, const struct ledger_cert *row,
    const struct signer *signer, const struct ca_policy *policy,
    const struct ca_cert *cert)
{
	const struct ca_issuer root = {.id = signer->name};
	bool is_root = ca_cert_is_self_issued(cert) && signer->count == 1;
	struct ca_csr *csr = calloc(1, sizeof(*csr));
	struct ca_buf tbs = {0};
	struct ca_error inner = {0};

	if (policy == NULL || csr == NULL)
		goto out;
	if (ca_csr_parse(row->request, csr, &inner) != CA_OK ||
	    (!ca_csr_is_masked(csr) && ca_csr_verify(csr, &inner) != CA_OK))
		fault_from(audit, "its request", &inner);
	else if (rebuild(is_root ? &root : &signer->issuer, policy, csr, cert,
		     &tbs, &inner) != CA_OK)
		fault_from(audit, "its policy does not allow it", &inner);
	else if (!ca_bytes_equal(ca_view(&tbs), cert->tbs))
		fault(audit,
		    "its request and policy give another "
		    "certificate than this one");
out:
	ca_buf_free(&tbs);
	free(csr);
}

/* ---- one row ---- */

/* As its issuer must have signed it. */
static void
check_issue(struct audit *audit, const struct ledger_cert *row,
    const struct ca_policy *policy, const struct ca_cert *cert)
{
	const struct signer *signer = audit_signer(audit, row->issuer);
	struct ca_error inner = {0};
	const struct ca_cert *issuer;

	if (signer == NULL) {
		/* A root that was intended and never issued is its own. */
		if (row->state == LEDGER_ISSUED)
			fault(audit, "its issuer has no certificate");
		return;
	}
	issuer = &signer->certs[0];
	if (row->state == LEDGER_ISSUED &&
	    ca_cert_verify(cert, &issuer->spki, &inner) != CA_OK)
		fault_from(audit, "its signature", &inner);
	else if (ca_lint_cert(cert,
		     ca_bytes_equal(cert->subject, issuer->subject) ? NULL :
								      issuer,
		     &inner) != CA_OK)
		fault_from(audit, "lint", &inner);
	check_policy(audit, row, signer, policy, cert);
}

static void
check_certificate(struct audit *audit, const struct ledger_cert *row,
    const struct ca_cert *cert)
{
	struct ca_policy *policy = load_policy(audit, row);

	check_columns(audit, row, cert);
	if (authority_names(cert, compare_names, audit) != CA_OK)
		fault(audit, "its name rows cannot be read");
	audit_refs_row(audit, row, cert, policy);
	check_issue(audit, row, policy, cert);
	ca_policy_free(policy);
}

static void
name_row(struct audit *audit, const struct ledger_cert *row)
{
	struct ca_buf serial = {0};
	const char *text = NULL;

	audit->row = row->id;
	if (ca_hex_append(&serial, row->serial) == CA_OK)
		text = ca_buf_text(&serial);
	(void)snprintf(audit->who, sizeof(audit->who), "%s (%.80s)",
	    text != NULL ? text : "?", row->subject);
	ca_buf_free(&serial);
}

static enum ca_status
audit_row(void *ctx, const struct ledger_cert *row)
{
	struct audit *audit = ctx;
	struct ca_cert *cert = calloc(1, sizeof(*cert));
	struct ca_error inner = {0};
	enum ca_status st;

	if (cert == NULL)
		return CA_MEMORY;
	if ((st = audit_expect(audit, row)) != CA_OK)
		goto out;
	name_row(audit, row);
	audit->report->certificates++;
	st = row->state == LEDGER_ISSUED ?
	    ca_cert_parse(row->der, cert, &inner) :
	    ca_cert_parse_tbs(row->tbs, cert, &inner);
	if (st != CA_OK)
		fault_from(audit, "its DER", &inner);
	else
		check_certificate(audit, row, cert);
	if (row->state == LEDGER_INTENDED)
		audit_say(audit, AUDIT_ORPHAN, row->id, audit->who,
		    row->revoked_at == LEDGER_NO_TIME ?
			"was intended and never released: a signature may "
			"exist; revoke it to be sure (signet revoke SERIAL)" :
			"was intended and never released, and is revoked: "
			"nothing is left to do");
	if (audit->report->progress != NULL)
		audit->report->progress(
		    audit->report->ctx, audit->report->certificates, 0);
	st = CA_OK;
out:
	free(cert);
	return st;
}

const struct signer *
audit_signer(struct audit *audit, int64_t authority)
{
	for (size_t i = 0; i < audit->signer_count; i++)
		if (audit->signers[i].id == authority)
			return &audit->signers[i];
	return NULL;
}

/* ---- authorities ---- */

static void
fault_of_authority(struct audit *audit, const char *name, const char *what)
{
	char who[64];

	(void)snprintf(who, sizeof(who), "authority %.48s", name);
	audit_say(audit, AUDIT_FAULT, 0, who, what);
}

static void
check_authority(struct audit *audit, const struct ledger_authority *row)
{
	struct ca_cert *cert = calloc(1, sizeof(*cert));

	/* What does not parse is found with its row. */
	if (cert != NULL && ca_cert_parse(row->der, cert, NULL) == CA_OK) {
		if (!hash_is(cert->spki.der, row->spki_hash))
			fault_of_authority(audit, row->name,
			    "its key column is not its certificate's");
		if (!ca_bytes_equal(cert->subject_key_id, row->key_id))
			fault_of_authority(audit, row->name,
			    "its key identifier column is not its "
			    "certificate's");
	}
	free(cert);
}

/* Each certificate of the way up is signed by the next, the last by itself. */
static void
check_chain(struct audit *audit, const struct signer *signer)
{
	for (size_t i = 0; i < signer->count; i++) {
		const struct ca_cert *cert = &signer->certs[i];
		const struct ca_cert *above = i + 1 < signer->count ? cert + 1 :
								      cert;

		if (ca_bytes_equal(cert->issuer, above->subject) &&
		    ca_cert_verify(cert, &above->spki, NULL) == CA_OK)
			continue;
		fault_of_authority(audit, signer->name,
		    "its parent is not who signed its certificate");
		return;
	}
}

/* ---- everything ---- */

struct ids {
	struct audit *audit;
	int64_t id[AUDIT_MAX_AUTHORITIES];
	size_t count;
};

static enum ca_status
take_id(void *ctx, const struct ledger_authority *row)
{
	struct ids *ids = ctx;

	if (ids->count == AUDIT_MAX_AUTHORITIES)
		return CA_MEMORY;
	if (row->certificate == 0)
		return CA_OK;
	ids->id[ids->count++] = row->id;
	check_authority(ids->audit, row);
	return CA_OK;
}

static enum ca_status
load_signers(struct audit *audit, struct ca_error *err)
{
	struct ids *ids = calloc(1, sizeof(*ids));
	enum ca_status st;

	if (ids == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	ids->audit = audit;
	st = ledger_each_authority(audit->a->ledger, take_id, ids, err);
	if (st == CA_OK) {
		audit->signers = calloc(
		    ids->count + 1, sizeof(*audit->signers));
		st = audit->signers == NULL ? CA_MEMORY : CA_OK;
	}
	for (size_t i = 0; i < ids->count && st == CA_OK; i++) {
		struct ca_error inner = {0};

		audit->row = 0;
		if (signer_load(audit->a, ids->id[i],
			&audit->signers[audit->signer_count], &inner) == CA_OK)
			check_chain(
			    audit, &audit->signers[audit->signer_count++]);
		else
			audit_say(audit, AUDIT_FAULT, 0, NULL, inner.msg);
	}
	free(ids);
	return st;
}

/* The ledger as it is at one moment: others may go on. */
static enum ca_status
audit_ledger(struct audit *audit, struct ca_error *err)
{
	const struct ledger_query all = {0};
	struct ledger *ledger = audit->a->ledger;
	struct ca_error inner = {0};
	enum ca_status st;

	if ((st = audit_log_load(audit, err)) != CA_OK ||
	    (st = ledger_snapshot(ledger, err)) != CA_OK)
		return st;
	if (ledger_check_integrity(ledger, &inner) != CA_OK)
		audit_say(audit, AUDIT_FAULT, 0, NULL, inner.msg);
	if ((st = load_signers(audit, err)) == CA_OK &&
	    (st = audit_refs_load(audit, err)) == CA_OK &&
	    (st = audit_founding_load(audit, err)) == CA_OK &&
	    (st = ledger_each_cert(ledger, &all, audit_row, audit, err)) ==
		CA_OK &&
	    (st = audit_crls(audit, err)) == CA_OK &&
	    (st = audit_log_open(audit, err)) == CA_OK &&
	    (st = audit_events(audit, err)) == CA_OK &&
	    (st = audit_log_end(audit, err)) == CA_OK) {
		audit_refs_end(audit);
		audit_founding_end(audit);
	}
	ledger_rollback(ledger);
	return st;
}

enum ca_status
authority_audit(
    struct authority *a, struct audit_report *report, struct ca_error *err)
{
	struct audit audit = {.a = a, .report = report};
	enum ca_status st = audit_ledger(&audit, err);

	if (st == CA_OK)
		st = audit_home(&audit, err);
	if (st == CA_OK && report->faults > 0)
		st = ca_fail(err, CA_UNTRUSTED,
		    "the ledger and what was signed do not agree: "
		    "%zu fault%s; restore the last good backup, or "
		    "find out who changed it",
		    report->faults, report->faults == 1 ? "" : "s");
	for (size_t i = 0; i < audit.signer_count; i++)
		signer_done(&audit.signers[i]);
	free(audit.signers);
	free(audit.deeds);
	audit_refs_free(audit.refs);
	audit_founding_free(audit.founding);
	audit_log_free(audit.log);
	return st;
}
