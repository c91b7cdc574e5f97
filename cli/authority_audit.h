/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_audit: what the parts of an audit share.
 *
 * What this does not do: appear outside the authority_audit*.c files.
 */
#ifndef CLI_AUTHORITY_AUDIT_H
#define CLI_AUTHORITY_AUDIT_H

#include "ca/csr.h"
#include "cli/authority_internal.h"

#define AUDIT_MAX_AUTHORITIES 1000

struct audit {
	struct authority *a;
	struct audit_report *report;
	struct signer *signers; /* every authority with its chain */
	size_t signer_count;
	int64_t row;               /* that is being looked at */
	char who[192];             /* its serial and subject */
	struct audit_deeds *deeds; /* what the events must tell, by row */
	size_t deed_count, deed_room;
};

/* Counts and reports one finding. */
void audit_say(struct audit *audit, enum audit_finding kind, int64_t row,
    const char *who, const char *what);
/* NULL when that authority has no certificate. */
const struct signer *audit_signer(struct audit *audit, int64_t authority);
/* Every CRL against its columns, its issuer, and the revocations. */
CA_MUST_USE enum ca_status audit_crls(
    struct audit *audit, struct ca_error *err);
/* A row, in order of id: the events must tell what became of it. */
CA_MUST_USE enum ca_status audit_expect(
    struct audit *audit, const struct ledger_cert *row);
/* The sequence, the leaves, and that they tell of every certificate and CRL
 * what has become of it, and of no other. */
CA_MUST_USE enum ca_status audit_events(
    struct audit *audit, struct ca_error *err);

#endif
