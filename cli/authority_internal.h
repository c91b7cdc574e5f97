/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_internal: what the authority*.c files share.
 *
 * What this does not do: appear in any other file.
 */
#ifndef CLI_AUTHORITY_INTERNAL_H
#define CLI_AUTHORITY_INTERNAL_H

#include "cli/authority.h"
#include "cli/authority_log.h"

struct authority {
	struct ca_buf home;
	const char *path; /* home as text */
	struct ledger *ledger;
	const struct world *world;
	struct ca_rng *rng; /* at its first use */
	bool force_time;
	bool may_be_ahead; /* somebody said that the clock is right */
	struct log_signer log;
	char actor[64]; /* at its first use, where the world names none */
};

/* Who is acting, for events. */
const char *authority_actor(struct authority *a);
/* SHA-256. */
CA_MUST_USE enum ca_status authority_hash(
    struct ca_bytes data, uint8_t ret[LEDGER_HASH_LEN], struct ca_error *err);
/*
 * The clock is not behind the ledger's newest event by more than
 * AUTHORITY_CLOCK_SLACK, nor ahead of it by more than AUTHORITY_CLOCK_AHEAD:
 * CA_REFUSED otherwise, unless force_time. Asked inside the transaction that
 * is about to write.
 */
CA_MUST_USE enum ca_status authority_check_clock(
    struct authority *a, int64_t now, struct ca_error *err);
/* Asks at the terminal whether a clock that is far ahead is right, once for
 * all that follows. CA_REFUSED when nobody says so. Asked outside any
 * transaction. */
CA_MUST_USE enum ca_status authority_confirm_clock(
    struct authority *a, const struct term *term, struct ca_error *err);
/* Adds an event by this world's actor. */
CA_MUST_USE enum ca_status authority_event(struct authority *a,
    const char *kind, int64_t certificate, const struct signer *signer,
    struct ca_bytes serial, struct ca_bytes object_hash, int64_t now,
    struct ca_error *err);
/* An authority's chain, whether it may sign or not; no key. */
CA_MUST_USE enum ca_status signer_load(struct authority *a, int64_t authority,
    struct signer *ret, struct ca_error *err);
/* Its key file's reference, and the whole path; both end in a NUL. */
CA_MUST_USE enum ca_status signer_key_path(struct authority *a,
    const struct signer *signer, struct ca_buf *ref, struct ca_buf *path,
    struct ca_error *err);
/* Neither the signer's certificate nor one above it is revoked. */
CA_MUST_USE enum ca_status authority_check_signer(
    struct authority *a, const struct signer *signer, struct ca_error *err);

/* Calls fn once with the certificate's names as the ledger keeps them: every
 * SAN, and the commonName as "cn". */
CA_MUST_USE enum ca_status authority_names(const struct ca_cert *cert,
    enum ca_status (*fn)(
	void *ctx, const struct ledger_name *rows, size_t count),
    void *ctx);

/*
 * The wish of a request, with the operator's additions; request and sans stay
 * where they are. Used by plan, issue and audit alike. again: what was admitted
 * once is admitted again, its request's signature having been verified, for
 * nobody to read (struct ca_wish).
 */
struct ca_csr;
CA_MUST_USE enum ca_status authority_admit(const struct ca_policy *policy,
    const struct ca_csr *csr, const struct issue_order *order, bool again,
    struct ca_grant *ret, struct ca_error *err);

#endif
