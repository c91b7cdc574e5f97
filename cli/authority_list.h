/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * authority_list: what a CRL says, drawn from one moment of the ledger: the
 * list of all, of one partition, and what changed since a base.
 *
 * What this does not do: sign, record, or appear outside the authority*.c
 * files.
 */
#ifndef CLI_AUTHORITY_LIST_H
#define CLI_AUTHORITY_LIST_H

#include "ca/tbs_crl.h"
#include "cli/authority_internal.h"

/* A distribution point as the ledger has it. */
struct point {
	int64_t id, shard, earlier;
	bool authorities;
	struct ca_buf name, freshest;
};
struct points {
	struct point *list;
	size_t count;
};
CA_MUST_USE enum ca_status points_load(struct authority *a, int64_t issuer,
    struct points *ret, struct ca_error *err);
/* NULL for 0, and for one that is not there. */
const struct point *points_find(const struct points *points, int64_t id);
/* The freshestCRL of a partition, or (NULL) of the certificates that are in
 * none: the newest. Borrowed; {0} when they name none. */
struct ca_bytes points_freshest(
    const struct points *points, const struct point *point);
void points_done(struct points *points);

/* Where the certificate says its CRL is, added to the ledger inside the
 * transaction that intends it; *ret_id 0 when it says nothing. */
CA_MUST_USE enum ca_status authority_put_point(struct authority *a,
    int64_t issuer, const struct ca_cert *cert, unsigned shard, int64_t *ret_id,
    struct ca_error *err);

/*
 * The TBS of one CRL. order->base 0: a complete one, of certificates that had
 * not expired before cutoff. Else a delta: every entry that the base does not
 * say so, and removeFromCRL for what is on hold there, or in an earlier delta
 * from that base, and is not any more (RFC 5280 5.2.4). CA_REFUSED when the
 * ledger does not hold the base.
 */
CA_MUST_USE enum ca_status authority_list(struct authority *a,
    const struct signer *signer, const struct ca_crl_order *order,
    int64_t point, int64_t cutoff, struct ca_buf *ret_tbs, size_t *ret_count,
    struct ca_error *err);

#endif
