/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_audit_rows: certificates' rows, read by one thread and judged by
 * several.
 *
 * Whoever has the ledger fills jobs; what a job is judged by needs neither the
 * ledger nor another job, and so takes place in any thread. What is found comes
 * back in order of the rows, whoever found it first.
 *
 * What this does not do: appear outside the authority_audit*.c files.
 */
#ifndef CLI_AUTHORITY_AUDIT_ROWS_H
#define CLI_AUTHORITY_AUDIT_ROWS_H

#include "cli/authority_audit.h"

/* A policy as certificates refer to it: by its text and a name. */
struct audit_policy {
	uint8_t hash[LEDGER_HASH_LEN];
	struct ca_buf name;
	struct ca_policy *policy; /* NULL: see fault */
	struct ca_buf fault;      /* what is wrong with it, and a NUL */
};

struct audit_job {
	/* As it was read; views into octets. */
	struct ledger_cert row;
	struct ca_buf octets;
	struct ca_buf names; /* "type NUL value NUL", in the rows' order */
	bool names_unread, names_sound;
	const struct audit_policy *policy;
	struct audit_policy *own;    /* the same, of this job alone */
	const struct signer *signer; /* of its issuer; NULL: there is none */
	/* As it was judged. */
	struct ca_cert cert;
	bool parsed;
	/* Faults, each with its NUL: some come before what the references are
	 * found to be, which is asked with the ledger, the others behind. */
	struct ca_buf before, after;
	enum ca_status status; /* CA_OK, or out of memory */
};

/* A thread's own. */
struct audit_bench {
	struct ca_csr csr;
};

/* Sets what is set by judging; reads the rest. */
void audit_judge(struct audit_job *job, struct audit_bench *bench);

#endif
