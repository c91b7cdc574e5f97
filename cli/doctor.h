/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * doctor: everything in a home that hurts or will hurt soon, a finding each,
 * with the command that mends it.
 *
 *	struct doctor doctor = {.home = home, .wait_ms = 60000};
 *
 *	st = doctor_examine(&doctor, &err);      worst first
 *	doctor_print(&doctor, &text, ...);
 *	doctor_done(&doctor);
 *
 * Nothing is written, no key is opened and no passphrase asked for: of a key's
 * file the first line and the hash are looked at. Nobody is connected to
 * unless online is set.
 *
 * What this does not do: prove the ledger (cli/authority_audit does), mend.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "cli/authority.h"
#include "cli/http_client.h"
#include "cli/json.h"
#include "cli/text.h"

/*
 * How near an end is soon where neither --within nor a policy says so; or the
 * last third of its life, where that is shorter. An authority needs a ceremony,
 * and its new certificate must be with everybody before.
 */
#define DOCTOR_CERTIFICATE (INT64_C(30) * 86400)
#define DOCTOR_AUTHORITY (INT64_C(180) * 86400)
#define DOCTOR_LAST_PART 3
/* An intent that is younger may be another process' at work. Seconds. */
#define DOCTOR_ORPHAN 600
/* An event that no checkpoint has for so long could be taken away unseen.
 * Seconds. */
#define DOCTOR_CHECKPOINT (INT64_C(35) * 86400)
/* Octets free on the disk. */
#define DOCTOR_DISK_SOON (UINT64_C(256) << 20)
#define DOCTOR_DISK_BAD (UINT64_C(16) << 20)
#define DOCTOR_AUTHORITIES 256

enum doctor_severity {
	DOCTOR_NOTE = 0, /* to know, and no fault */
	DOCTOR_SOON,     /* will hurt */
	DOCTOR_BAD,      /* hurts now */
	DOCTOR_SEVERITIES
};

/* Their names are part of the JSON, the metrics and --accept. */
enum doctor_kind {
	DOCTOR_PERMISSIONS = 0,
	DOCTOR_DISK,
	DOCTOR_LIBRARY,
	DOCTOR_POLICY,
	DOCTOR_LEDGER,
	DOCTOR_CLOCK,
	DOCTOR_ORPHANS,
	DOCTOR_KEY_MISSING,
	DOCTOR_KEY_ALTERED,
	DOCTOR_KEY_PLAIN,
	DOCTOR_AUTHORITY_END,
	DOCTOR_CRL,
	DOCTOR_CRL_COPY,
	DOCTOR_CRL_POINT,
	DOCTOR_CRL_SERVED,
	DOCTOR_RESPONDER,
	DOCTOR_CERTIFICATE_END,
	DOCTOR_OUTLIVES,
	DOCTOR_CHECKPOINT_AGE,
	DOCTOR_KINDS
};

/* A check fills one and gives it to doctor_say(). */
struct doctor_finding {
	enum doctor_kind kind;
	enum doctor_severity severity;
	const char *rule; /* "RFC 5280 5.1.2.5" */
	int64_t at;       /* when it begins to hurt; 0: now */
	bool accepted;    /* and a note for that */
	struct text subject, what, command;
	size_t order;
};

/* What ends, and when: for the metrics. */
struct doctor_end {
	const char *type; /* "authority", "crl", "responder", "certificate" */
	char name[CRL_NAME];
	int64_t at;
};

struct doctor_authority {
	int64_t id, parent, certificate;
	char name[48];
	struct ca_buf key_ref, subject; /* texts */
	uint8_t spki_hash[LEDGER_HASH_LEN];
	int64_t not_before, not_after;
	bool revoked;   /* it, or one above it */
	bool has_child; /* there is an authority below it */
};

struct doctor {
	/* ---- set by the caller ---- */
	const char *home;
	int64_t wait_ms;
	int64_t within; /* seconds; 0: the defaults above */
	bool online;
	http_fetch fetch; /* NULL: http_ask() */
	void *fetch_ctx;
	/* "KIND" or "KIND:SUBJECT": such a finding is a note. */
	const char **accept;
	size_t accept_count;
	/* ---- what came of it ---- */
	struct doctor_finding *findings; /* worst first */
	size_t count;
	struct doctor_end *ends;
	size_t end_count;
	int64_t now;
	/* ---- its own ---- */
	struct authority *a; /* NULL when the ledger cannot be opened */
	struct doctor_authority *authorities;
	size_t authority_count;
	size_t room, end_room;
	enum ca_status status; /* the first that ended it: memory, busy */
	struct ca_error why;
};

/*
 * CA_OK whatever is found; CA_NOT_FOUND when there is no home, CA_USAGE for
 * an accept that names no kind, CA_BUSY, CA_MEMORY.
 */
CA_MUST_USE enum ca_status doctor_examine(
    struct doctor *doctor, struct ca_error *err);
void doctor_done(struct doctor *doctor);
size_t doctor_count(const struct doctor *doctor, enum doctor_severity severity);

/* "crl-copy"; "bad". */
const char *doctor_kind_name(enum doctor_kind kind);
const char *doctor_severity_name(enum doctor_severity severity);

/* A line each (wrapped: at 78 columns), notes only if wanted, and their count.
 * home: as --home gave it, or NULL; it goes into the commands. */
struct doctor_page {
	const char *home;
	bool colour, wrapped, notes;
};
void doctor_print(const struct doctor *doctor, const struct doctor_page *page,
    struct text *text);
/* An array of {"severity", "kind", "subject", "what", "rule", "command"}, and
 * "at" and "accepted" where they are so. */
json_t *doctor_json(const struct doctor *doctor, const char *home);
/* The text format of Prometheus, as its textfile collector takes it. */
void doctor_metrics(const struct doctor *doctor, struct text *text);

#endif
