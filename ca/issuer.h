/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * issuer: an authority as the one who signs, and what its own certificates
 * let it sign.
 *
 * What this does not do: hold the private key, or build paths: the chain is
 * given, from the ledger.
 */
#ifndef CA_ISSUER_H
#define CA_ISSUER_H

#include "ca/base.h"
#include "ca/cert.h"
#include "ca/policy.h"

#define CA_CHAIN_MAX 8

/* chain[0] is the authority's own certificate, the last the root's. A root
 * that is to be made has chain_len 0. Borrowed. */
struct ca_issuer {
	const char *id; /* "issuing": stands for {issuer} in URLs */
	const struct ca_cert *chain[CA_CHAIN_MAX];
	size_t chain_len;
};

struct ca_order {
	struct ca_bytes serial; /* 16 to 19 octets, the first 01 to 7f */
	int64_t not_before, not_after;
};

/*
 * The issuer may sign this grant at this time. CA_REFUSED, with who, the
 * field, the RFC section and what to do, when: a certificate of the chain is
 * not an authority's, lacks keyCertSign, or is not valid at now; the new one
 * begins before or ends after its issuer; an authority below a path length
 * that does not allow it (at any height), or with one not smaller; any name
 * violates the name constraints of any certificate of the chain; the issuer's
 * extKeyUsage does not cover the policy's; the grant's key or subject is that
 * of an authority of the chain (a self-signed root apart); its key cannot have
 * the policy's keyUsage; an authority without a subject, keyCertSign or
 * cRLSign; ocspNoCheck for what is no responder, or for more than 90 days.
 */
CA_MUST_USE enum ca_status ca_issuer_may_sign(const struct ca_issuer *issuer,
    const struct ca_grant *grant, const struct ca_order *order, int64_t now,
    struct ca_error *err);
/*
 * The authority may sign a CRL: its certificate has cRLSign, and nextUpdate
 * comes after thisUpdate. It may have expired: what it issued before may
 * still be looked up (checklist 17, 96).
 */
CA_MUST_USE enum ca_status ca_issuer_may_list(const struct ca_issuer *issuer,
    int64_t this_update, int64_t next_update, struct ca_error *err);
/* Appends url with each "{issuer}" replaced by the id and, unless shard is 0,
 * each "{shard}" by that number. */
CA_MUST_USE enum ca_status ca_issuer_append_url(
    struct ca_buf *buf, struct ca_bytes url, const char *id, unsigned shard);
/* A short name for an authority: 1 to 40 of [a-z0-9-], not starting with
 * '-'. */
bool ca_issuer_id_is_valid(const char *id);

#endif
