/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_audit: what the parts of an audit share.
 *
 * An edit of any column by hand is found, as something that was signed, an
 * event's leaf or another row says otherwise. Nothing else says:
 *
 *   event.actor             it is not in the leaf
 *   revocation.reason,      until a CRL has them, and where the reason may
 *     .invalid_since          have risen since (checklist 78, 92)
 *   certificate.renews      which of its line: another of the same
 *   certificate.policy      where policies have one text: noted, no fault
 *   key_file.ref, .hash     while the file is not here, of an authority's
 *                           key; of others, .ref, and .hash is noted
 *   crl.id                  it is nowhere used
 *   crl.base, .point,       of those whose DER is dropped, while they could
 *     .next_update, .entries  be another's
 *   checkpoint.created      the note has no date
 *
 * nor is it found when somebody who has the log's key makes every row anew that
 * speaks of the thing, events, tree and checkpoints and all: for that a
 * checkpoint is kept elsewhere (--against).
 *
 * What this does not do: appear outside the authority_audit*.c files.
 */
#ifndef CLI_AUTHORITY_AUDIT_H
#define CLI_AUTHORITY_AUDIT_H

#include "ca/csr.h"
#include "cli/authority_internal.h"

#define AUDIT_MAX_AUTHORITIES 1000

/* What is said of a row whose hash column holds something else. */
#define AUDIT_NO_HASH "what should be a hash is none: damaged or edited"

struct audit {
	struct authority *a;
	struct audit_report *report;
	struct signer *signers; /* every authority with its chain */
	size_t signer_count;
	int64_t row;               /* that is being looked at */
	char who[192];             /* its serial and subject */
	struct audit_deeds *deeds; /* what the events must tell, by row */
	size_t deed_count, deed_room;
	struct audit_refs *refs;
	struct audit_founding *founding;
	struct audit_log *log;
};

/* Where a certificate's CRL is, as the ledger has it; name is borrowed. */
struct audit_point {
	int64_t issuer, shard;
	bool authorities;
	struct ca_bytes name;
};

/* Counts and reports one finding; who NULL where what names it already. */
void audit_say(struct audit *audit, enum audit_finding kind, int64_t row,
    const char *who, const char *what);
/* This row is done, of those up to the last. */
void audit_progress(
    struct audit *audit, const char *what, int64_t done, int64_t all);
/* Room in a list for one more; false when there is none. */
CA_MUST_USE bool audit_make_room(
    void **list, size_t size, size_t count, size_t *room);
/* NULL when that authority has no certificate. */
const struct signer *audit_signer(struct audit *audit, int64_t authority);
/* Every certificate, in order of its row. */
CA_MUST_USE enum ca_status audit_rows(
    struct audit *audit, struct ca_error *err);
/* Every CRL against its columns, its issuer, and the revocations. */
CA_MUST_USE enum ca_status audit_crls(
    struct audit *audit, struct ca_error *err);
/*
 * CRLs of one issuer whose DER is dropped. Each event that one was published
 * first; then each such row (NULL, or what is wrong with it).
 */
struct audit_dropped {
	struct told *told;
	size_t told_count, told_room;
	bool sorted;
	struct kept *kept;
	size_t kept_count, kept_room;
};
CA_MUST_USE enum ca_status audit_dropped_event(
    struct audit_dropped *d, const struct ledger_event *row);
const char *audit_dropped_crl(struct audit_dropped *d, struct ledger *ledger,
    const struct ledger_crl *row);
void audit_dropped_done(struct audit_dropped *d);
/* A row, in order of id: the events must tell what became of it. */
CA_MUST_USE enum ca_status audit_expect(
    struct audit *audit, const struct ledger_cert *row);
/* The sequence, the leaves, and that they tell of every certificate and CRL
 * what has become of it, and of no other. */
CA_MUST_USE enum ca_status audit_events(
    struct audit *audit, struct ca_error *err);

/* Policies and distribution points, before the first certificate; what each
 * certificate says of them and of the one it renews (policy may be NULL); what
 * an event tells of them (NULL, or what is wrong); what is left over. */
CA_MUST_USE enum ca_status audit_refs_load(
    struct audit *audit, struct ca_error *err);
void audit_refs_row(struct audit *audit, const struct ledger_cert *row,
    const struct ca_cert *cert, const struct ca_policy *policy);
bool audit_point(
    const struct audit *audit, int64_t id, struct audit_point *ret);
const char *audit_refs_event(
    struct audit *audit, const struct ledger_event *event);
void audit_refs_end(struct audit *audit);
void audit_refs_free(struct audit_refs *refs);
/* The same of authorities, recorded key files and blocked keys. */
CA_MUST_USE enum ca_status audit_founding_load(
    struct audit *audit, struct ca_error *err);
const char *audit_founding_event(
    struct audit *audit, const struct ledger_event *event);
void audit_founding_end(struct audit *audit);
void audit_founding_free(struct audit_founding *founding);
/*
 * The tree, made again leaf by leaf, and every checkpoint that was recorded, is
 * in the home or was given. Load before the snapshot, for a file is there after
 * its row; open within it; each event in its order; end.
 */
CA_MUST_USE enum ca_status audit_log_load(
    struct audit *audit, struct ca_error *err);
CA_MUST_USE enum ca_status audit_log_open(
    struct audit *audit, struct ca_error *err);
CA_MUST_USE enum ca_status audit_log_event(
    struct audit *audit, const struct ledger_event *event);
CA_MUST_USE enum ca_status audit_log_end(
    struct audit *audit, struct ca_error *err);
void audit_log_free(struct audit_log *log);
/* The files in the home's keys and crl folders, and the log's key. */
CA_MUST_USE enum ca_status audit_home(
    struct audit *audit, struct ca_error *err);

#endif
