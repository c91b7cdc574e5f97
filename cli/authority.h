/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority: where ca/ and db/ meet. Issue, revoke, publish, audit: every
 * subcommand, server and test goes through here, and promises P1 to P4 are
 * kept here:
 *
 *   recorded before signed    the serial and the TBS are durable in the
 *                             ledger before the key is used
 *   released after recorded   the certificate is durable before a byte of it
 *                             is returned
 *
 * One struct authority is one open home. Views inside rows and results live
 * as long as their owner says.
 *
 * What this does not do: write output files, print, parse options. It is not
 * for several threads at once.
 */
#ifndef CLI_AUTHORITY_H
#define CLI_AUTHORITY_H

#include "ca/base.h"
#include "ca/issuer.h"
#include "ca/key.h"
#include "ca/policy.h"
#include "cli/crl_name.h"
#include "cli/pass.h"
#include "cli/world.h"
#include "db/ledger.h"

struct authority; /* an open home */

struct authority_options {
	const char *home;
	int64_t wait_ms;           /* to queue for other processes */
	const struct world *world; /* NULL: world_real() */
	bool force_time; /* sign although the clock went back, or jumped */
	/* Nothing is written, not even a migration; and a home that others
	 * are let into is looked at all the same. */
	bool looks_only;
};

/* A clock may be this far behind the newest event before signing is refused
 * (checklist 15). */
#define AUTHORITY_CLOCK_SLACK INT64_C(300)
/* A clock further ahead of the newest event than this may have jumped: who
 * signs is asked, at a terminal, and refused otherwise (checklist 16). */
#define AUTHORITY_CLOCK_AHEAD (INT64_C(400) * 86400)

CA_MUST_USE enum ca_status authority_open(
    const struct authority_options *options, struct authority **ret,
    struct ca_error *err);
void authority_close(struct authority *a);
/* CA_IO when the ledger holds no authority: `init` leaves none without, so
 * that its file is a copy that lacks the log. */
CA_MUST_USE enum ca_status authority_check_founded(
    struct authority *a, struct ca_error *err);
/* Borrowed: for reading rows (list, show). */
struct ledger *authority_ledger(struct authority *a);
const char *authority_home(const struct authority *a);
int64_t authority_now(const struct authority *a);
/* This process' generator; made at its first use. */
CA_MUST_USE enum ca_status authority_rng(
    struct authority *a, struct ca_rng **ret, struct ca_error *err);

/* ---- the one who signs ---- */

/*
 * An authority of this home with its chain, and its key once unlocked.
 * certs[0] is its own certificate; certs point into ders.
 */
struct signer {
	int64_t id; /* ledger_authority.id */
	char name[48];
	struct ca_issuer issuer; /* chain points at certs */
	struct ca_cert *certs;
	struct ca_buf ders[CA_CHAIN_MAX];
	size_t count;
	struct ca_key *key; /* NULL until signer_unlock() */
	struct ca_sig_alg alg;
};

/*
 * Resolves who signs: name when given (CA_NOT_FOUND lists the names), else
 * the only issuing authority (one with a parent), else, when there is none,
 * the root; with several, CA_USAGE lists them and names --ca. CA_REFUSED when
 * its certificate is revoked, or one above it.
 */
CA_MUST_USE enum ca_status signer_open(struct authority *a, const char *name,
    struct signer *ret, struct ca_error *err);
/* CA_REFUSED when the certificate of this authority (ledger_authority.id) is
 * revoked, or one above it. */
CA_MUST_USE enum ca_status authority_check_standing(
    struct authority *a, int64_t authority, struct ca_error *err);
/* Reads its key file and checks that it is the certificate's key before
 * anything is written (checklist 42). A clock that is far ahead of the ledger
 * is asked about first. */
CA_MUST_USE enum ca_status signer_unlock(struct authority *a,
    struct signer *signer, const struct pass *pass, struct ca_error *err);
/* False when the key's file is kept elsewhere. */
bool signer_key_is_here(struct authority *a, const struct signer *signer);
/* Appends the chain as PEM, the authority's own certificate first; with_root
 * says whether the root is there too. */
CA_MUST_USE enum ca_status signer_append_chain(
    const struct signer *signer, bool with_root, struct ca_buf *ret);
void signer_done(struct signer *signer);

/* ---- issue ---- */

/* What is asked of authority_plan() and authority_issue(). Borrowed. */
struct issue_order {
	const char *policy; /* its name */
	/* It, read already; NULL: it is read from the home. It stays the
	 * caller's, and there until issued_done(). */
	struct ca_policy *parsed;
	struct ca_bytes request; /* DER of the CSR */
	struct ca_term term;
	bool has_path_len; /* authorities alone */
	int path_len;
	struct ca_bytes name_constraints; /* extension value, or {0} */
	/* ledger_cert.id, 0. The new one is of its line and, unless term says
	 * more, as long as it was. What is revoked, was never released or is
	 * an authority's is not renewed. */
	int64_t renews;
	/* The file of the new certificate's key within the home, and its
	 * SHA-256; NULL when it lies elsewhere. */
	const char *key_ref;
	const uint8_t *key_file_hash;
};

/* What came of it. Free with issued_done(). */
struct issued {
	int64_t row; /* ledger_cert.id; 0 for a plan */
	struct ca_grant grant;
	struct ca_policy *policy;
	bool policy_is_shared; /* by others of its batch: not freed with it */
	struct ca_buf request;
	struct ca_buf serial;
	struct ca_buf tbs;
	struct ca_buf der; /* empty for a plan */
	int64_t not_before, not_after;
};

/*
 * Everything up to the key: parse, possession, policy, serial, validity,
 * issuer, TBS, lint. Nothing is written, no key is needed. A plan and an issue
 * of the same request differ in the serial and, as the clock moves on, the
 * validity.
 */
CA_MUST_USE enum ca_status authority_plan(struct authority *a,
    const struct signer *signer, const struct issue_order *order,
    struct issued *ret, struct ca_error *err);
/*
 * The same, and then: commit the intent, sign, parse and verify and compare,
 * commit the outcome. The signer must be unlocked. Refused as well: a key
 * revoked for keyCompromise or that of any authority here, a signer that was
 * revoked, a clock behind the ledger. When it fails after the intent was
 * committed the row stays, and the message says so.
 */
CA_MUST_USE enum ca_status authority_issue(struct authority *a,
    struct signer *signer, const struct issue_order *order, struct issued *ret,
    struct ca_error *err);
void issued_done(struct issued *issued);
/* CA_REFUSED as authority_issue() would for an order that renews this row;
 * asked again there. */
CA_MUST_USE enum ca_status authority_may_renew(
    struct authority *a, int64_t row, struct ca_error *err);

/* ---- authorities ---- */

struct authority_order {
	const char *id;          /* "root", "issuing" */
	struct ca_bytes subject; /* whole Name element */
	const char *policy;      /* "root", "intermediate" */
	enum ca_key_type key_type;
	unsigned key_bits;
	struct ca_key *key;       /* made already; NULL: one of that type */
	const struct ca_kdf *kdf; /* NULL: default */
	struct ca_term term;
	bool has_path_len;
	int path_len;
	struct ca_bytes name_constraints;
	bool makes_home; /* when it fails, the caller takes the home away */
};
/*
 * Makes a new authority: key, request, certificate, row. parent NULL: a
 * self-signed root. The key file is written before the intent, under its
 * final name; when issuing fails afterwards the key file stays and the
 * authority can be added again under another name.
 */
CA_MUST_USE enum ca_status authority_add(struct authority *a,
    struct signer *parent, const struct authority_order *order,
    const struct pass *pass, struct issued *ret, struct ca_error *err);

/* ---- revoke ---- */

/*
 * Revokes the certificate of a row (issued or intended). CA_OK with
 * *ret_changed false when it was revoked already.
 */
CA_MUST_USE enum ca_status authority_revoke(struct authority *a, int64_t row,
    enum ca_reason reason, int64_t invalid_since, bool *ret_changed,
    struct ca_error *err);
/* What is asked of authority_revoke_all(). Borrowed. */
struct revoke_order {
	const int64_t *rows; /* these certificates: ledger_cert.id */
	size_t count;
	bool lineage;              /* and every other of their lines */
	struct ca_bytes spki_hash; /* and every one of this key, which is
				    * certified no more; {0} */
	enum ca_reason reason;
	int64_t invalid_since; /* LEDGER_NO_TIME; not in the future */
	bool only_look;        /* what it would do, and it is not done */
};
struct revoke_outcome {
	size_t found, changed; /* the others were revoked already */
	bool key_blocked;      /* and was not before */
};
/* All of them in one transaction, or none. CA_USAGE for a key that would be
 * blocked for certificateHold: that can be lifted, a blocked key cannot. */
CA_MUST_USE enum ca_status authority_revoke_all(struct authority *a,
    const struct revoke_order *order, struct revoke_outcome *ret,
    struct ca_error *err);
/* Lifts the holds of these rows, all or none. CA_REFUSED when one of them is
 * not on hold (checklist 92). */
CA_MUST_USE enum ca_status authority_unhold(struct authority *a,
    const int64_t *rows, size_t count, struct ca_error *err);
/*
 * Finds what a person means by SERIAL|FILE|NAME: a serial in hex, else a file
 * with a certificate, else a name in a certificate, or the short name of the
 * authority whose certificate it is (not expired and not revoked ones first).
 * Calls fn for every match; *ret_count is their number. CA_NOT_FOUND when there
 * is none. A file that holds no certificate is the error only when nothing
 * bears its name.
 */
CA_MUST_USE enum ca_status authority_find(struct authority *a, const char *what,
    ledger_cert_fn *fn, void *ctx, size_t *ret_count, struct ca_error *err);
/* The same; of several that bear a name, those on hold come first. */
CA_MUST_USE enum ca_status authority_find_held(struct authority *a,
    const char *what, ledger_cert_fn *fn, void *ctx, size_t *ret_count,
    struct ca_error *err);

/* ---- publish ---- */

struct crl_order {
	bool delta; /* what changed since the CRL in force, alone */
	/* Seconds; 0: as the authority's policy says. At most 366 days, or
	 * what the policy says, and not beyond the issuer's end: CA_REFUSED. */
	int64_t next_update;
};
/*
 * New CRLs of the signer's (unlocked): the complete one and that of each
 * partition, or the delta CRL of each. Numbered, signed, parsed, verified and
 * recorded, all of them under one number or none. CA_REFUSED for a delta that
 * has no CRL to start from. ret_der may be NULL, or becomes the first of them:
 * that of no partition.
 */
CA_MUST_USE enum ca_status authority_publish(struct authority *a,
    struct signer *signer, const struct crl_order *order, int64_t *ret_number,
    struct ca_buf *ret_der, struct ca_error *err);
/*
 * Whether one should be published now: there is none yet, it does not say
 * what was revoked or lifted, a partition has none, or it ends within the
 * policy's overlap (a quarter of its life without one, or where the overlap
 * is above half of it). What a delta CRL alone says, the complete one does not
 * say: certificates without freshestCRL lead nobody to it. A delta CRL is due
 * as well when a complete one came after it. No key is needed.
 */
CA_MUST_USE enum ca_status authority_crl_due(struct authority *a,
    const struct signer *signer, bool delta, bool *ret_due,
    struct ca_error *err);
/*
 * How many that a revoked authority (ledger_authority.id, and its key's hash)
 * issued were revoked since its last CRL, which no CRL will say; whether a CRL
 * from above says so of the authority itself.
 */
CA_MUST_USE enum ca_status authority_unlisted(struct authority *a,
    int64_t authority, struct ca_bytes spki_hash, int64_t *ret_count,
    bool *ret_known, struct ca_error *err);
/* What was published under a number, by crl_name(). */
typedef enum ca_status crl_fn(
    void *ctx, const char *name, const struct ledger_crl *row);
CA_MUST_USE enum ca_status authority_each_published(struct authority *a,
    const struct signer *signer, int64_t number, crl_fn *fn, void *ctx,
    struct ca_error *err);
/* The same without what authority_publish() gives. */
CA_MUST_USE enum ca_status authority_each_other_published(struct authority *a,
    const struct signer *signer, int64_t number, bool delta, crl_fn *fn,
    void *ctx, struct ca_error *err);
/* The names of what authority_publish() would publish for such an order, to
 * see before that there is room for each. */
typedef enum ca_status crl_name_fn(void *ctx, const char *name);
CA_MUST_USE enum ca_status authority_each_crl_name(struct authority *a,
    const struct signer *signer, const struct crl_order *order, crl_name_fn *fn,
    void *ctx, struct ca_error *err);
/* authority_publish() with no delta; appends the complete one's DER. */
CA_MUST_USE enum ca_status authority_crl(struct authority *a,
    struct signer *signer, int64_t next_update_seconds, struct ca_buf *ret_der,
    struct ca_error *err);

/* ---- audit ---- */

enum audit_finding {
	AUDIT_FAULT,
	AUDIT_ORPHAN,
	AUDIT_NOTE /* to know, and no fault: a key is kept elsewhere */
};
struct audit_report {
	/* One line a finding; row 0 when it is about none. */
	void (*finding)(
	    void *ctx, enum audit_finding kind, int64_t row, const char *line);
	/* So many rows of this kind are done; may be NULL. */
	void (*progress)(void *ctx, const char *what, size_t done, size_t all);
	void *ctx;
	size_t threads; /* that judge certificates; 0: one a processor */
	/* Checkpoints that were kept elsewhere: what the log must begin with.
	 * Borrowed. */
	const struct ca_bytes *against;
	size_t against_count;
	/* counted */
	size_t certificates, crls, events, faults, orphans, notes;
};
/*
 * Every DER parsed again and held against its columns and names, its
 * issuer's signature, and its policy: the TBS is built again from the stored
 * request and policy text and must be the same bytes; every CRL likewise
 * against the revocations; the events' sequence and leaves, their tree and
 * every checkpoint of it; SQLite's own integrity; the home's key and CRL files
 * against what was recorded of them. CA_UNTRUSTED when there is a fault;
 * orphans and notes alone are CA_OK. What is found, and in which order, does
 * not depend on the threads; both functions are called in the caller's.
 */
CA_MUST_USE enum ca_status authority_audit(
    struct authority *a, struct audit_report *report, struct ca_error *err);

#endif
