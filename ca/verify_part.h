/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify_part: what the files behind ca/verify.h share. Everybody else
 * includes ca/verify.h.
 *
 * A check answers true, or false after it has written a finding: the first
 * one that fails decides.
 *
 * What this does not do: anything a caller outside needs.
 */
#ifndef CA_VERIFY_PART_H
#define CA_VERIFY_PART_H

#include "ca/verify.h"

/* A signature that was verified before, and what came of it. */
struct verify_edge {
	const void *object; /* the certificate or the CRL */
	const uint8_t *key; /* the subjectPublicKeyInfo */
	bool holds;
};

/* A key that was looked at before. */
struct verify_key {
	const uint8_t *key; /* the subjectPublicKeyInfo */
	char broken[240];   /* why; empty: it is not */
};
#define VERIFY_MAX_KEYS 64 /* some 10 ms each, RSA of 4096 bits 0.1 s */

/* What one question may cost, nested ones included. */
struct verify_budget {
	struct verify_edge edge[CA_VERIFY_MAX_SIGNATURES];
	size_t edge_count;
	size_t signature_count;
	struct verify_key key[VERIFY_MAX_KEYS];
	size_t key_count;
	size_t steps, paths;
	size_t compared;       /* names held against constraints, roughly */
	enum ca_status broken; /* memory, a library: the question has failed */
	bool spent;
};

struct verify_path {
	const struct ca_cert *cert[CA_VERIFY_MAX_CHAIN];
	size_t len;
	bool complete; /* the last is an anchor */
};

struct verify_run {
	const struct ca_verify_question *ask;
	struct verify_budget *budget;
	struct ca_bytes host;   /* ask->host, prepared; {0}: none */
	unsigned nested;        /* 0 for the question itself */
	struct ca_finding name; /* once has_name is set */
	bool has_name;
};

/* ---- findings (verify.c) ---- */

/* Always false, so that a check ends with it. */
bool verify_fails(struct ca_finding *finding, const struct ca_cert *cert,
    const char *field, const char *format, ...) CA_PRINTF(4, 5);
void verify_holds(struct ca_finding *finding, const struct ca_cert *cert,
    const char *field, const char *format, ...) CA_PRINTF(4, 5);
void verify_not_asked(struct ca_finding *finding, const char *format, ...)
    CA_PRINTF(2, 3);
/* A status that is no verdict ends the question. False for CA_MEMORY and
 * CA_INTERNAL. */
bool verify_goes_on(struct verify_budget *budget, enum ca_status st);

/* ---- signatures, each once (verify.c) ---- */

bool verify_cert_signature(struct verify_budget *budget,
    const struct ca_cert *cert, const struct ca_spki *key);
bool verify_crl_signature(struct verify_budget *budget,
    const struct ca_crl *crl, const struct ca_spki *key);
/* Room for so many more signatures, not remembered. */
bool verify_spend(struct verify_budget *budget, size_t signatures);

/* ---- the steps ---- */

/* Fills ret with the verdict about the best path (verify_build.c). */
void verify_search(struct verify_run *run, struct ca_verdict *ret);
/* All findings about one path; ret is filled (verify.c). */
void verify_judge(struct verify_run *run, const struct verify_path *path,
    struct ca_verdict *ret);

/* ---- each question (verify_path.c, ...) ---- */

bool verify_dates(const struct ca_verify_question *ask,
    const struct verify_path *path, struct ca_finding *finding);
bool verify_names(struct verify_run *run, struct ca_finding *finding);
bool verify_purpose(const struct ca_verify_question *ask,
    const struct verify_path *path, struct ca_finding *finding);
/* RFC 5280 6.1, apart from signatures, dates and policies. */
bool verify_path_holds(struct verify_run *run, const struct verify_path *path,
    struct ca_finding *finding);
/* One certificate by itself: what section 4.2 asks of it. */
bool verify_profile(const struct ca_verify_question *ask,
    const struct verify_path *path, size_t at, struct ca_finding *finding);
bool verify_policies(const struct ca_verify_question *ask,
    const struct verify_path *path, struct ca_oid_list *ret,
    struct ca_finding *finding);
bool verify_revocation(struct verify_run *run, const struct verify_path *path,
    struct ca_verdict *verdict);

/* RFC 5280 3.2: the same name as issuer and subject. */
bool verify_is_self_issued(const struct ca_cert *cert);

/* ---- revocation's parts (verify_crl.c, verify_ocsp.c) ---- */

enum verify_state {
	VERIFY_NOT_GIVEN, /* nothing is about it */
	VERIFY_UNKNOWN,   /* something is, and does not say: see why */
	VERIFY_GOOD,
	VERIFY_REVOKED
};
struct verify_status {
	enum verify_state state;
	int64_t revoked_at;
	enum ca_reason reason;
	char why[400]; /* of unknown, the first reason; of good, the source */
};

/* cert is path->cert[at], its issuer the one above. */
void verify_crl_status(struct verify_run *run, const struct verify_path *path,
    size_t at, struct verify_status *ret);
void verify_ocsp_status(struct verify_run *run, const struct verify_path *path,
    size_t at, struct verify_status *ret);
/* Keeps the first reason for not knowing. */
void verify_unknown(struct verify_status *status, const char *format, ...)
    CA_PRINTF(2, 3);
/*
 * The certificate, whose subject is the CRL's issuer, has a path that holds
 * to the anchor of path, and may sign CRLs. False when that nests too deeply.
 */
bool verify_crl_signer(struct verify_run *run, const struct verify_path *path,
    const struct ca_cert *signer);

#endif
