/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ours: what this home's ledger knows of a chain that ca/verify has judged.
 * Of a certificate that an authority of this home issued the ledger is the
 * first to know what became of it: no list is newer.
 *
 *	st = ours_look_up(&ours, ledger, &verdict, at, &err);
 *	ours_judge(&ours, &verdict, &why);
 *
 * One that is revoked here is not to be trusted, whatever a list says; nor is
 * one that bears the signature of an authority of this home and was never
 * released by it. One that is good here is good where nothing else was asked.
 *
 * What this does not do: open the ledger; say anything of certificates of
 * other issuers.
 */
#ifndef CLI_OURS_H
#define CLI_OURS_H

#include "ca/verify.h"
#include "cli/json.h"
#include "cli/text.h"
#include "db/ledger.h"

#define OURS_ANY_TIME INT64_MAX /* a revocation counts, whenever it was */

enum ours_state {
	OURS_GOOD = 0,
	OURS_REVOKED,  /* or on hold: the reason says it */
	OURS_LATER,    /* revoked, but not at the time that was asked for, and
			* not because a key was in other hands */
	OURS_INTENDED, /* signed at most, and never released */
	OURS_OTHER,    /* another certificate of ours has its serial */
	OURS_ABSENT /* an authority of ours above it, and not in the ledger */
};
struct ours_entry {
	const struct ca_cert *cert; /* of the verdict's chain */
	enum ours_state state;
	char authority[48]; /* its issuer's short name */
	int64_t revoked_at; /* of revoked and later */
	enum ca_reason reason;
};
/* {0}: nothing was looked up. Those of other issuers are not among them. */
struct ours {
	struct ours_entry list[CA_VERIFY_MAX_CHAIN];
	size_t count;
	bool leaf; /* the first is the leaf */
	/* whose state is the verdict's answer; NULL */
	const struct ours_entry *told;
};

/* at: what is revoked after that was good then, unless for keyCompromise and
 * its like; or OURS_ANY_TIME. */
CA_MUST_USE enum ca_status ours_look_up(struct ours *ours,
    struct ledger *ledger, const struct ca_verdict *verdict, int64_t at,
    struct ca_error *err);
/* Writes into the verdict's answer about revocation; why gets the reason when
 * a verdict that held does not hold any more. */
void ours_judge(
    struct ours *ours, struct ca_verdict *verdict, struct ca_error *why);

/* "good", "revoked", "onHold", "revokedLater", "intended", "otherBytes",
 * "notInLedger". */
const char *ours_state_name(const struct ours_entry *entry);
/* A line for the leaf, and for each above it that is not good, but for what
 * the verdict says. */
void ours_print(struct text *text, const struct ours *ours, bool colour);
/* An array of {"subject", "serial", "authority", "state", ...}. */
json_t *ours_json(const struct ours *ours);

#endif
