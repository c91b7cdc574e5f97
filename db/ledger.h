/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger: what an authority has signed, may have signed, revoked and
 * published, in one SQLite file. Rows and blobs.
 *
 * Every write happens between ledger_begin() and ledger_commit(); begin
 * queues on a lock file beside the database and then takes BEGIN IMMEDIATE,
 * so any number of processes take turns (CA_BUSY after the wait). Commit
 * returns when the bytes are durable. Reads outside a transaction see one
 * committed state each; ledger_snapshot() pins one for several reads.
 *
 * Rows come back through a function that is called once a row; every view in
 * the row is valid during that call alone. Returning anything but CA_OK from
 * it ends the walk with that status.
 *
 * Times are Unix seconds, serials and hashes octets. INT64_MIN stands for a
 * time that is not there, 0 for an id that is not there, {0} for bytes that
 * are not there.
 *
 * A handle is used by one thread at a time and does not outlive a fork().
 * When a write fails, the transaction is doomed: what follows is refused and
 * ledger_commit() undoes all of it. CA_REFUSED, CA_USAGE and CA_NOT_FOUND
 * leave it as it was: another serial may be tried.
 *
 * What this does not do: it does not know what a certificate is, asks no
 * clock for the time of day, and never deletes a row, save the revocation of
 * a hold that is lifted.
 */
#ifndef DB_LEDGER_H
#define DB_LEDGER_H

#include "ca/base.h"

#define LEDGER_APPLICATION_ID 0x5369676e /* "Sign" */
#define LEDGER_NO_TIME INT64_MIN
#define LEDGER_HASH_LEN 32

struct ledger; /* opaque */

/* The running SQLite's version, "3.40.1". */
const char *ledger_engine_version(void);

/* ---- open and close ---- */

struct ledger_hasher; /* db/ledger_log.h */
struct ledger_options {
	const char *path; /* the database file; path + ".lock" lies beside it */
	int64_t wait_ms;  /* how long to queue for others */
	/* Nothing is written, not even a migration (an older version is
	 * CA_REFUSED); ledger_begin() is CA_USAGE. */
	bool read_only;
	/* Of the events' tree, the caller's; NULL: none is added. */
	const struct ledger_hasher *hasher;
	struct ledger_witness *witness; /* its .h; NULL: none is shared */
};
/* Makes a new ledger (0600) with the newest schema. CA_REFUSED when the file
 * exists already. */
CA_MUST_USE enum ca_status ledger_create(const struct ledger_options *options,
    struct ledger **ret, struct ca_error *err);
/*
 * Opens one for reading and writing. CA_NOT_FOUND when there is no file;
 * CA_REFUSED when it is not a ledger (application_id) or of a newer version
 * (says which, and to upgrade signet); an older version is migrated, each
 * step in one transaction.
 */
CA_MUST_USE enum ca_status ledger_open(const struct ledger_options *options,
    struct ledger **ret, struct ca_error *err);
/* Another handle of the same file, which only reads, for another thread.
 * CA_IO when another file is there by now. */
CA_MUST_USE enum ca_status ledger_twin(
    const struct ledger *ledger, struct ledger **ret, struct ca_error *err);
/* The same, for the checks below: SQLite asks CHECK constraints of those alone
 * who may write. It changes nothing; a file that cannot be written has no more
 * than ledger_twin(). */
CA_MUST_USE enum ca_status ledger_twin_to_check(
    const struct ledger *ledger, struct ledger **ret, struct ca_error *err);
/*
 * A whole copy of the ledger, of one committed state, or of the snapshot that
 * is pinned, while others read and write. The file lies in folder and has no
 * name: it is gone when *ret_fd, the caller's to close, is. Not synced.
 */
CA_MUST_USE enum ca_status ledger_copy(struct ledger *ledger,
    const char *folder, int *ret_fd, struct ca_error *err);
/* NULL is fine. An open transaction is rolled back. */
void ledger_close(struct ledger *ledger);
/* The schema's version in the file. */
int ledger_version(const struct ledger *ledger);

/* ---- transactions ---- */

CA_MUST_USE enum ca_status ledger_begin(
    struct ledger *ledger, struct ca_error *err);
/*
 * On failure everything since begin is undone. One exception is named in the
 * message: when the disk does not confirm the last sync, a crash that follows
 * may still bring the transaction back.
 */
CA_MUST_USE enum ca_status ledger_commit(
    struct ledger *ledger, struct ca_error *err);
/* Whether the last commit failed so: nobody knows whether it is recorded. */
bool ledger_in_doubt(const struct ledger *ledger);
/*
 * What the errors of the transactions from here on say was not done, instead
 * of "nothing was recorded", which of a second step is not true. NULL: that
 * again. The text stays the caller's.
 */
void ledger_name_step(struct ledger *ledger, const char *undone);
/* Does nothing outside a transaction. */
void ledger_rollback(struct ledger *ledger);
/* A read transaction, ended by ledger_rollback(). */
CA_MUST_USE enum ca_status ledger_snapshot(
    struct ledger *ledger, struct ca_error *err);

/*
 * A number that is another one than at the last call when another connection
 * committed since (PRAGMA data_version): what was read before may be stale.
 * Costs microseconds. CA_IO when another file, or none, has taken the place of
 * the ledger or its log: what commits there is never seen here; and soon after
 * one was copied over it that lacks the newest event that a call had seen. */
CA_MUST_USE enum ca_status ledger_data_version(
    struct ledger *ledger, int64_t *ret, struct ca_error *err);
/* As of the last call: that was why. */
bool ledger_was_replaced(const struct ledger *ledger);

/* ---- policies: text by hash ---- */

CA_MUST_USE enum ca_status ledger_put_policy(struct ledger *ledger,
    struct ca_bytes hash, const char *name, struct ca_bytes text, int64_t now,
    struct ca_error *err);
/* Appends the text. CA_NOT_FOUND. */
CA_MUST_USE enum ca_status ledger_get_policy(struct ledger *ledger,
    struct ca_bytes hash, struct ca_buf *ret_text, struct ca_error *err);
struct ledger_policy {
	struct ca_bytes hash;
	const char *name; /* under which the text was first seen */
	struct ca_bytes text;
	int64_t created;
};
typedef enum ca_status ledger_policy_fn(
    void *ctx, const struct ledger_policy *row);
/* In order of hash. */
CA_MUST_USE enum ca_status ledger_each_policy(struct ledger *ledger,
    ledger_policy_fn *fn, void *ctx, struct ca_error *err);

/* ---- authorities ---- */

struct ledger_authority {
	int64_t id;
	const char *name;          /* "issuing", unique */
	int64_t parent;            /* 0 for a root */
	int64_t certificate;       /* ledger_cert.id of its own certificate; 0
				    * until that is issued */
	const char *key_ref;       /* where its key is: "keys/issuing.key" */
	struct ca_bytes key_id;    /* subject key identifier */
	struct ca_bytes spki_hash; /* SHA-256 of its SPKI */
	int64_t created;
	/* on reading: of its certificate */
	struct ca_bytes der; /* {0} while there is none */
	const char *subject;
	int64_t not_before, not_after;
};
typedef enum ca_status ledger_authority_fn(
    void *ctx, const struct ledger_authority *row);
/* CA_REFUSED when the name exists. certificate may be 0 for now. */
CA_MUST_USE enum ca_status ledger_add_authority(struct ledger *ledger,
    const struct ledger_authority *row, int64_t *ret_id, struct ca_error *err);
CA_MUST_USE enum ca_status ledger_set_authority_certificate(
    struct ledger *ledger, int64_t authority, int64_t certificate,
    struct ca_error *err);
/* By name or by id; CA_NOT_FOUND. */
CA_MUST_USE enum ca_status ledger_authority_by_name(struct ledger *ledger,
    const char *name, ledger_authority_fn *fn, void *ctx, struct ca_error *err);
CA_MUST_USE enum ca_status ledger_authority_by_id(struct ledger *ledger,
    int64_t id, ledger_authority_fn *fn, void *ctx, struct ca_error *err);
/* In order of id. */
CA_MUST_USE enum ca_status ledger_each_authority(struct ledger *ledger,
    ledger_authority_fn *fn, void *ctx, struct ca_error *err);

/* ---- certificates ---- */

enum ledger_state {
	LEDGER_INTENDED = 1,
	LEDGER_ISSUED = 2
};

struct ledger_name {
	const char *type;  /* "dns", "email", "ip", "uri", "upn", "cn" */
	const char *value; /* as printed, lower case for dns and email */
};

struct ledger_cert {
	int64_t id;
	int64_t issuer;          /* ledger_authority.id */
	const char *issuer_name; /* on reading: the authority's name */
	struct ca_bytes serial;  /* magnitude */
	enum ledger_state state;
	struct ca_bytes tbs;       /* intended; {0} once issued */
	struct ca_bytes der;       /* issued; {0} before */
	struct ca_bytes request;   /* the CSR's DER */
	struct ca_bytes spki_hash; /* SHA-256 of the SPKI */
	struct ca_bytes tbs_hash;  /* SHA-256 of the TBS */
	struct ca_bytes der_hash;  /* SHA-256 of the DER: the fingerprint */
	const char *policy;        /* name */
	struct ca_bytes policy_hash;
	const char *subject; /* as text */
	int64_t not_before, not_after;
	int64_t renews; /* id of the one it replaces; 0 */
	int64_t
	    lineage; /* id of the first of the line; on intending 0: itself */
	int64_t created;
	int64_t point; /* ledger_point.id; 0: it names no CRL */
	/* on writing */
	const struct ledger_name *names;
	size_t name_count;
	/* on reading */
	int64_t revoked_at; /* LEDGER_NO_TIME when it is not */
	int reason;         /* CRLReason, 0 */
	int64_t invalid_since;
};
typedef enum ca_status ledger_cert_fn(void *ctx, const struct ledger_cert *row);

/*
 * Records the intent: a row in state intended with its TBS, before the key is
 * used. Its policy's text must be there already. CA_REFUSED with
 * *ret_collision true when (issuer, serial) exists (checklist 5).
 */
CA_MUST_USE enum ca_status ledger_intend(struct ledger *ledger,
    const struct ledger_cert *row, int64_t *ret_id, bool *ret_collision,
    struct ca_error *err);
/* Records the outcome: the DER takes the TBS' place. CA_INTERNAL when the
 * row is not an intended one. */
CA_MUST_USE enum ca_status ledger_issued(struct ledger *ledger, int64_t id,
    struct ca_bytes der, struct ca_bytes der_hash, struct ca_error *err);
CA_MUST_USE enum ca_status ledger_cert_by_id(struct ledger *ledger, int64_t id,
    ledger_cert_fn *fn, void *ctx, struct ca_error *err);

/* Of the row its serial, hashes of TBS and DER, and created alone. */
CA_MUST_USE enum ca_status ledger_cert_marks(struct ledger *ledger, int64_t id,
    ledger_cert_fn *fn, void *ctx, struct ca_error *err);
/* The id of the newest; 0 when there is none. None is ever missing, so that
 * many there are. */
CA_MUST_USE enum ca_status ledger_last_cert(
    struct ledger *ledger, int64_t *ret, struct ca_error *err);

/* Which rows a walk visits; zero-initialised it is every row. All that is
 * set must hold. Rows come in order of id, from after on. */
struct ledger_query {
	int64_t issuer;            /* ledger_authority.id */
	struct ca_bytes serial;    /* exact */
	struct ca_bytes spki_hash; /* exact */
	struct ca_bytes der_hash;  /* exact */
	int64_t lineage;
	const char *name;     /* any name of it, or its common name: exact, or
			       * with '*' a pattern in which '*' stands for any
			       * characters and '?' for one; A-Z folded.
			       * CA_USAGE for more than 4 '*' or 512 octets */
	bool name_is_literal; /* '*' and '?' are the name's own */
	const char *policy;
	enum ledger_state state; /* 0: both */
	int revoked;             /* 1 revoked alone, -1 not revoked alone */
	int64_t expires_before;  /* 0: any; not_after < this */
	int64_t expires_after;   /* 0: any; not_after >= this */
	int64_t after;           /* id */
	int64_t limit;           /* 0: all */
};
CA_MUST_USE enum ca_status ledger_each_cert(struct ledger *ledger,
    const struct ledger_query *query, ledger_cert_fn *fn, void *ctx,
    struct ca_error *err);
typedef enum ca_status ledger_name_fn(void *ctx, const struct ledger_name *row);
CA_MUST_USE enum ca_status ledger_each_name(struct ledger *ledger, int64_t cert,
    ledger_name_fn *fn, void *ctx, struct ca_error *err);
/* The same, and whether the columns that no row shows are as they must be:
 * positions 1, 2, 3, ..., and what is searched from its end is the value read
 * backwards. */
CA_MUST_USE enum ca_status ledger_each_name_checked(struct ledger *ledger,
    int64_t cert, ledger_name_fn *fn, void *ctx, bool *ret_sound,
    struct ca_error *err);

/* ---- revocations ---- */

struct ledger_revocation {
	int64_t certificate;
	int64_t revoked_at;
	int reason;
	int64_t invalid_since; /* LEDGER_NO_TIME */
	/* on reading */
	struct ca_bytes serial;
	int64_t not_after;
	int64_t partition; /* ledger_point.id; 0: in none */
};
typedef enum ca_status ledger_revocation_fn(
    void *ctx, const struct ledger_revocation *row);
/*
 * Adds one. CA_NOT_FOUND when there is no such certificate, CA_USAGE for a
 * reason that RFC 5280 5.3.1 does not have for it. Revoking again changes
 * nothing and is CA_OK with *ret_changed false, except that an unspecified
 * reason may rise to keyCompromise (1) and a hold (6) to any other reason: the
 * date stays (checklist 78, 92).
 */
CA_MUST_USE enum ca_status ledger_revoke(struct ledger *ledger,
    const struct ledger_revocation *row, bool *ret_changed,
    struct ca_error *err);
/* What is to be said of a serial, without its certificate. */
struct ledger_status {
	bool known; /* issued or intended */
	int64_t not_after;
	int64_t revoked_at; /* LEDGER_NO_TIME: it is not */
	int reason;
};
/* One look by index; CA_OK with known false when there is no such serial. */
CA_MUST_USE enum ca_status ledger_cert_status(struct ledger *ledger,
    int64_t issuer, struct ca_bytes serial, struct ledger_status *ret,
    struct ca_error *err);
/* How many certificates there are; each is counted once. */
struct ledger_counts {
	int64_t intended; /* orphans, unless revoked */
	int64_t revoked;  /* for good or on hold, expired or not */
	int64_t expired;  /* issued, not revoked, not_after < now */
	int64_t valid;    /* the rest */
};
CA_MUST_USE enum ca_status ledger_count(struct ledger *ledger, int64_t now,
    struct ledger_counts *ret, struct ca_error *err);
/*
 * Lifts a hold: the certificate is as if it had never been revoked, and what
 * is told of it later is the event that the caller adds. CA_NOT_FOUND when
 * there is no such certificate; CA_REFUSED when it is not revoked, or for
 * another reason than certificateHold (checklist 92).
 */
CA_MUST_USE enum ca_status ledger_unhold(
    struct ledger *ledger, int64_t certificate, struct ca_error *err);
/*
 * The revocations of an issuer's certificates in rising order of serial
 * (numerically: by length, then octets), those whose certificate expired
 * before expired_before left out. Orphans are there too.
 */
CA_MUST_USE enum ca_status ledger_each_revocation(struct ledger *ledger,
    int64_t issuer, int64_t expired_before, ledger_revocation_fn *fn, void *ctx,
    struct ca_error *err);
/* What a list says of them: certificate and partition, which nobody asks for
 * there, stay 0. partition 0: all of the issuer's; else those of a partition
 * alone. */
CA_MUST_USE enum ca_status ledger_each_listed(struct ledger *ledger,
    int64_t issuer, int64_t partition, int64_t expired_before,
    ledger_revocation_fn *fn, void *ctx, struct ca_error *err);
/*
 * A long walk by two. What is below a serial, and what is not; many: fewer
 * are not worth it, and len is 0 then, and outside a transaction. Within one
 * nobody else writes, so that what ledger_twin() gives reads what this handle
 * does, save what the transaction itself has written.
 */
struct ledger_cut {
	uint8_t serial[20];
	size_t len;
};
CA_MUST_USE enum ca_status ledger_listed_cut(struct ledger *ledger,
    int64_t issuer, int64_t many, struct ledger_cut *ret, struct ca_error *err);
/* The two halves of ledger_each_listed() with partition 0. */
CA_MUST_USE enum ca_status ledger_each_listed_below(struct ledger *ledger,
    int64_t issuer, const struct ledger_cut *cut, int64_t expired_before,
    ledger_revocation_fn *fn, void *ctx, struct ca_error *err);
CA_MUST_USE enum ca_status ledger_each_listed_from(struct ledger *ledger,
    int64_t issuer, const struct ledger_cut *cut, int64_t expired_before,
    ledger_revocation_fn *fn, void *ctx, struct ca_error *err);
/* A certificate with this key was revoked for keyCompromise
 * (checklist 29). */
CA_MUST_USE enum ca_status ledger_key_is_compromised(struct ledger *ledger,
    struct ca_bytes spki_hash, bool *ret, struct ca_error *err);

/* ---- blocked keys ---- */

/* The key with this SPKI is certified no more. Blocking it again is CA_OK
 * with *ret_changed false and keeps the first date. */
CA_MUST_USE enum ca_status ledger_block_key(struct ledger *ledger,
    struct ca_bytes spki_hash, int64_t now, bool *ret_changed,
    struct ca_error *err);
CA_MUST_USE enum ca_status ledger_key_is_blocked(struct ledger *ledger,
    struct ca_bytes spki_hash, bool *ret, struct ca_error *err);
typedef enum ca_status ledger_blocked_key_fn(
    void *ctx, struct ca_bytes spki_hash, int64_t created);
/* In order of the hash. */
CA_MUST_USE enum ca_status ledger_each_blocked_key(struct ledger *ledger,
    ledger_blocked_key_fn *fn, void *ctx, struct ca_error *err);

/* ---- distribution points ---- */

/* Where an issuer's certificates say that their CRL is. */
struct ledger_point {
	int64_t id;
	int64_t issuer;
	struct ca_bytes name; /* DistributionPointName, as in the certificates;
			       * {0}: they name a freshestCRL alone */
	struct ca_bytes freshest; /* newest freshestCRL's value there; {0} */
	int64_t shard;            /* 0: the complete CRL; else a partition's */
	bool authorities;         /* whose certificates a partition holds */
	/* on reading: how many partitions of this issuer and shard there
	 * were before: a policy may come to name another URL */
	int64_t earlier;
};
typedef enum ca_status ledger_point_fn(
    void *ctx, const struct ledger_point *row);
/*
 * The id of the point with this issuer and name, added when it is new;
 * freshest becomes what is given, and stays where none is: certificates that
 * name a delta CRL are still out there. CA_REFUSED when the name is there for
 * another kind of CRL: a relying party would take one for the other.
 */
CA_MUST_USE enum ca_status ledger_put_point(struct ledger *ledger,
    const struct ledger_point *row, int64_t *ret_id, struct ca_error *err);
/* In order of id. */
CA_MUST_USE enum ca_status ledger_each_point(struct ledger *ledger,
    int64_t issuer, ledger_point_fn *fn, void *ctx, struct ca_error *err);

/* ---- CRLs ---- */

/*
 * A row is for ever, its DER is not: it stays with the newest so many of each
 * list (an issuer's complete one, a partition's), as many of its deltas, and
 * what these deltas start from. Two, as the delta that is published with a
 * complete CRL starts from the one before; and who has just found the newest
 * may still read it when there is a newer one.
 */
#define LEDGER_CRLS_KEPT 2

struct ledger_crl {
	int64_t id;
	int64_t issuer;
	int64_t number;
	int64_t base;  /* 0: no delta */
	int64_t point; /* ledger_point.id of a partition; 0: complete */
	int64_t this_update, next_update;
	int64_t entries;
	struct ca_bytes der;  /* {0}: not kept any more */
	struct ca_bytes hash; /* SHA-256 of the DER */
	/* on adding: thisUpdate may be before the last one's, which was made
	 * with a clock that was ahead */
	bool may_go_back;
};
typedef enum ca_status ledger_crl_fn(void *ctx, const struct ledger_crl *row);
/* CA_NOT_FOUND when there is no such issuer. The number the next CRL of this
 * issuer must bear, at least 1; inside a
 * transaction it stays the next. */
CA_MUST_USE enum ca_status ledger_next_crl_number(
    struct ledger *ledger, int64_t issuer, int64_t *ret, struct ca_error *err);
/* The numbers up to this one are taken, whoever took them: by CRLs that a
 * backup does not know. CA_OK with *ret_changed false when they were. */
CA_MUST_USE enum ca_status ledger_raise_crl_number(struct ledger *ledger,
    int64_t issuer, int64_t last, bool *ret_changed, struct ca_error *err);
/*
 * CA_REFUSED when the number does not rise, or thisUpdate, unless it may go
 * back. CRLs that
 * are published at once (of several partitions, complete and delta) share
 * both. A delta's base must be a CRL of the same point. In the same
 * transaction the DER of older ones is dropped that nobody needs any more.
 */
CA_MUST_USE enum ca_status ledger_add_crl(
    struct ledger *ledger, const struct ledger_crl *row, struct ca_error *err);
enum ledger_crl_kind {
	LEDGER_CRL_FULL, /* no delta */
	LEDGER_CRL_DELTA,
	LEDGER_CRL_ANY /* of any point, too */
};
struct ledger_crl_query {
	int64_t issuer;
	int64_t point;
	enum ledger_crl_kind kind;
	int64_t base;  /* of a delta; 0: any */
	int64_t below; /* the number is below this; 0: any */
	/* The row's der stays {0}: it may be large, and is not read. */
	bool without_der;
};
/* The newest such; CA_NOT_FOUND. */
CA_MUST_USE enum ca_status ledger_find_crl(struct ledger *ledger,
    const struct ledger_crl_query *query, ledger_crl_fn *fn, void *ctx,
    struct ca_error *err);
/* The newest of an issuer that is complete; CA_NOT_FOUND. */
CA_MUST_USE enum ca_status ledger_last_crl(struct ledger *ledger,
    int64_t issuer, ledger_crl_fn *fn, void *ctx, struct ca_error *err);
/* Those with this hash; CA_OK when there are none. */
CA_MUST_USE enum ca_status ledger_each_crl_hashed(struct ledger *ledger,
    struct ca_bytes hash, ledger_crl_fn *fn, void *ctx, struct ca_error *err);
/* Those of one number, in order of point, then base. */
CA_MUST_USE enum ca_status ledger_each_crl_numbered(struct ledger *ledger,
    int64_t issuer, int64_t number, ledger_crl_fn *fn, void *ctx,
    struct ca_error *err);
/* The same without the complete list's, or (delta) without its delta: for
 * whoever has just made that one. */
CA_MUST_USE enum ca_status ledger_each_crl_beside(struct ledger *ledger,
    int64_t issuer, int64_t number, bool delta, ledger_crl_fn *fn, void *ctx,
    struct ca_error *err);
/* In order of number, then point, then base. */
CA_MUST_USE enum ca_status ledger_each_crl(struct ledger *ledger,
    int64_t issuer, ledger_crl_fn *fn, void *ctx, struct ca_error *err);

/* ---- key files ---- */

/* Remembers the SHA-256 of a key file under its reference (replacing it). */
CA_MUST_USE enum ca_status ledger_put_key_file(struct ledger *ledger,
    const char *ref, struct ca_bytes hash, struct ca_bytes spki_hash,
    int64_t now, struct ca_error *err);
/* Appends the hash. CA_NOT_FOUND. */
CA_MUST_USE enum ca_status ledger_get_key_file(struct ledger *ledger,
    const char *ref, struct ca_buf *ret_hash, struct ca_error *err);
struct ledger_key_file {
	const char *ref;
	struct ca_bytes hash, spki_hash;
	int64_t updated;
};
typedef enum ca_status ledger_key_file_fn(
    void *ctx, const struct ledger_key_file *row);
/* In order of the reference. */
CA_MUST_USE enum ca_status ledger_each_key_file(struct ledger *ledger,
    ledger_key_file_fn *fn, void *ctx, struct ca_error *err);

/* ---- events: the append-only history ---- */

/* Kinds, fixed for ever: their text is part of the leaf. */
#define LEDGER_EVENT_AUTHORITY "authority-added"
#define LEDGER_EVENT_INTENDED "intended"
#define LEDGER_EVENT_ISSUED "issued"
#define LEDGER_EVENT_REVOKED "revoked"
#define LEDGER_EVENT_UNHELD "unheld"
#define LEDGER_EVENT_BLOCKED "key-blocked"
#define LEDGER_EVENT_CRL "crl-published"
#define LEDGER_EVENT_FORCED "clock-forced" /* that CRL's date went back */
#define LEDGER_EVENT_POLICY "policy-changed"
/* A backup took the place of what went on after it. Serial: how many entries
 * the log had that was replaced, object: its root, where that is known; then
 * for each issuer whose CRL numbers were taken on, up to serial. */
#define LEDGER_EVENT_RESTORED "backup-restored"
#define LEDGER_EVENT_RAISED "crl-number-raised"
#define LEDGER_EVENT_LOG_KEY                             \
	"log-key-added" /* object: SHA-256 of its octets \
			 */

struct ledger_event {
	int64_t sequence; /* 1, 2, 3, ... without a gap; given by the ledger */
	int64_t time;
	const char *actor; /* who: the operator's login name */
	const char *kind;
	int64_t certificate;              /* ledger_cert.id, 0 */
	struct ca_bytes issuer_spki_hash; /* {0} */
	struct ca_bytes serial;           /* {0} */
	struct ca_bytes object_hash;      /* SHA-256 of TBS, DER, CRL, policy,
					   * SPKI of a blocked key */
	struct ca_bytes leaf;             /* on reading: the leaf's octets */
};
typedef enum ca_status ledger_event_fn(
    void *ctx, const struct ledger_event *row);
/*
 * Appends an event. The leaf is fixed here, once for all:
 *
 *   octet  1 (version) | uint64 sequence | int64 time |
 *   uint16 length, kind | uint16 length, issuer SPKI hash |
 *   uint16 length, serial | uint16 length, object hash
 *
 * all integers big-endian. A Merkle tree is built over it (RFC 9162), and grows
 * here too (db/ledger_log.h): CA_INTERNAL without a hasher.
 */
CA_MUST_USE enum ca_status ledger_add_event(struct ledger *ledger,
    const struct ledger_event *row, struct ca_error *err);
CA_MUST_USE enum ca_status ledger_each_event(struct ledger *ledger,
    int64_t after_sequence, ledger_event_fn *fn, void *ctx,
    struct ca_error *err);
/* Those of one certificate, in order. */
CA_MUST_USE enum ca_status ledger_each_event_of(struct ledger *ledger,
    int64_t certificate, ledger_event_fn *fn, void *ctx, struct ca_error *err);
/* Something was revoked, or a hold lifted, since the newest CRL of the issuer
 * with this key; then, how many are revoked since that end behind a time. */
CA_MUST_USE enum ca_status ledger_has_news(struct ledger *ledger,
    struct ca_bytes issuer_spki_hash, bool *ret, struct ca_error *err);
CA_MUST_USE enum ca_status ledger_count_unlisted(struct ledger *ledger,
    struct ca_bytes issuer_spki_hash, int64_t now, int64_t *ret,
    struct ca_error *err);
/* It is revoked, and its issuer has published a CRL since. */
CA_MUST_USE enum ca_status ledger_is_listed(struct ledger *ledger,
    int64_t certificate, bool *ret, struct ca_error *err);
/* The time of the newest event; LEDGER_NO_TIME when there is none. */
CA_MUST_USE enum ca_status ledger_last_event_time(
    struct ledger *ledger, int64_t *ret, struct ca_error *err);

/* ---- checks ---- */

/* SQLite's quick_check: the pages, and what each column may hold, without what
 * indexes and references say. CA_UNTRUSTED with the first complaint. */
CA_MUST_USE enum ca_status ledger_check_pages(
    struct ledger *ledger, struct ca_error *err);
/* Its integrity_check and foreign_key_check, likewise. */
CA_MUST_USE enum ca_status ledger_check_integrity(
    struct ledger *ledger, struct ca_error *err);

#endif
