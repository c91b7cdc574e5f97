/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/authority_audit.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

void
audit_progress(struct audit *audit, const char *what, int64_t done, int64_t all)
{
	if (audit->report->progress != NULL && done > 0)
		audit->report->progress(audit->report->ctx, what, (size_t)done,
		    all > done ? (size_t)all : (size_t)done);
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

static bool
hash_is(struct ca_bytes data, struct ca_bytes expected)
{
	uint8_t hash[LEDGER_HASH_LEN];

	return authority_hash(data, hash, NULL) == CA_OK &&
	    ca_bytes_equal(expected, (struct ca_bytes){hash, sizeof(hash)});
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
		enum ca_status loaded;

		audit->row = 0;
		loaded = signer_load(audit->a, ids->id[i],
		    &audit->signers[audit->signer_count], &inner);
		if (loaded == CA_OK)
			check_chain(
			    audit, &audit->signers[audit->signer_count++]);
		else if (loaded == CA_MEMORY)
			st = ca_fail(err, loaded, "out of memory");
		else
			audit_say(audit, AUDIT_FAULT, 0, NULL, inner.msg);
	}
	free(ids);
	return st;
}

/* ---- what SQLite itself says, beside everything else ---- */

struct integrity {
	struct ledger *twin; /* NULL: it is asked at the end */
	pthread_t thread;
	enum ca_status status;
	struct ca_error err;
};

static void *
check_integrity(void *ctx)
{
	struct integrity *integrity = ctx;

	integrity->status = ledger_check_integrity(
	    integrity->twin, &integrity->err);
	return NULL;
}

/* A state of its own, which must be as sound. */
static void
integrity_begin(struct integrity *integrity, struct audit *audit)
{
	sigset_t all, before;
	int code;

	if (audit->report->threads == 1 ||
	    ledger_twin_to_check(audit->a->ledger, &integrity->twin, NULL) !=
		CA_OK)
		return;
	/* Signals are the main thread's to wake up from. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(
	    &integrity->thread, NULL, check_integrity, integrity);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code == 0)
		return;
	ledger_close(integrity->twin);
	integrity->twin = NULL;
}

static void
integrity_end(struct integrity *integrity, struct audit *audit)
{
	if (integrity->twin != NULL) {
		(void)pthread_join(integrity->thread, NULL);
		ledger_close(integrity->twin);
	} else {
		integrity->status = ledger_check_integrity(
		    audit->a->ledger, &integrity->err);
	}
	if (integrity->status != CA_OK)
		audit_say(audit, AUDIT_FAULT, 0, NULL, integrity->err.msg);
}

/* What was published, and the history: one thread's work. */
static enum ca_status
audit_history(struct audit *audit, struct ca_error *err)
{
	enum ca_status st;

	if ((st = audit_crls(audit, err)) != CA_OK ||
	    (st = audit_log_open(audit, err)) != CA_OK ||
	    (st = audit_events(audit, err)) != CA_OK ||
	    (st = audit_log_end(audit, err)) != CA_OK)
		return st;
	audit_refs_end(audit);
	audit_founding_end(audit);
	return CA_OK;
}

/* The ledger as it is at one moment: others may go on. */
static enum ca_status
audit_ledger(struct audit *audit, struct ca_error *err)
{
	struct ledger *ledger = audit->a->ledger;
	struct integrity integrity = {0};
	enum ca_status st;

	if ((st = audit_log_load(audit, err)) != CA_OK ||
	    (st = ledger_snapshot(ledger, err)) != CA_OK)
		return st;
	if ((st = load_signers(audit, err)) == CA_OK &&
	    (st = audit_refs_load(audit, err)) == CA_OK &&
	    (st = audit_founding_load(audit, err)) == CA_OK)
		st = audit_rows(audit, err);
	/* The rows have every processor; what is left has but one. */
	integrity_begin(&integrity, audit);
	if (st == CA_OK)
		st = audit_history(audit, err);
	integrity_end(&integrity, audit);
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
	/* What a row is handed to has no error of its own. */
	if (st != CA_OK && err->status == CA_OK)
		(void)ca_fail(err, st, "the audit could not be finished: %s",
		    st == CA_MEMORY ? "out of memory" :
				      "the ledger cannot be read");
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
