/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tbs_crl: the bytes of a certificate revocation list (RFC 5280 5) that are to
 * be signed: complete, delta, and of a limited scope. Pure: the same
 * arguments give the same bytes.
 *
 * The entries are put one by one, so that whoever walks the ledger needs no
 * copy of them:
 *
 *	struct ca_crl_writer writer = {0};
 *
 *	if ((st = ca_crl_begin(&writer, issuer, &alg, &order, err)) == CA_OK)
 *		...  each: ca_crl_put(&writer, &entry, err)
 *	if (st == CA_OK)
 *		st = ca_crl_end(&writer, &tbs, err);
 *	ca_crl_discard(&writer);
 *
 * The order of the extensions is fixed: authorityKeyIdentifier, cRLNumber,
 * deltaCRLIndicator, issuingDistributionPoint, freshestCRL.
 *
 * What this does not do: choose the entries, sign (ca/sign), or know which
 * CRLs were published before.
 */
#ifndef CA_TBS_CRL_H
#define CA_TBS_CRL_H

#include "ca/base.h"
#include "ca/cert.h"
#include "ca/der.h"
#include "ca/ext.h"
#include "ca/time.h"

#define CA_CRL_SERIAL_MAX 20 /* octets, RFC 5280 4.1.2.2 */

struct ca_crl_entry {
	struct ca_bytes serial; /* magnitude */
	int64_t revoked_at;
	enum ca_reason reason; /* unspecified is not written */
	int64_t invalid_since; /* INT64_MIN: not said */
};

/* What a CRL is about; {0}: every certificate of its issuer. */
struct ca_crl_scope {
	/* A DistributionPointName element, byte for byte that of the
	 * certificates' cRLDistributionPoints; {0}: none. */
	struct ca_bytes point;
	bool only_user, only_ca; /* not both */
};

struct ca_crl_order {
	uint64_t number;
	int64_t this_update, next_update;
	uint64_t base; /* 0: complete; else the number a delta starts from */
	struct ca_crl_scope scope;
	/* Value of a freshestCRL extension: that of the certificates; {0}:
	 * none. Not for a delta CRL (RFC 5280 5.2.6). */
	struct ca_bytes freshest;
};

/* {0} before it begins. */
struct ca_crl_writer {
	struct der_out out;
	struct ca_crl_order order; /* what it points to stays the caller's */
	uint8_t key_id[32];
	size_t key_id_len;
	/* the serial put last: a view would end with its entry */
	uint8_t last[CA_CRL_SERIAL_MAX];
	size_t last_len;
	/* the date put last: many are revoked at once */
	int64_t date_of;
	uint8_t date[CA_TIME_OCTETS];
	size_t date_len;
	size_t count; /* entries put */
	bool is_part; /* entries alone, which another will have */
	uint8_t first[CA_CRL_SERIAL_MAX]; /* of a part: the serial put first */
	size_t first_len;
};

/*
 * Begins a TBSCertList, version 2. A base that is not below the number, or
 * freshestCRL in a delta, is CA_INTERNAL.
 */
CA_MUST_USE enum ca_status ca_crl_begin(struct ca_crl_writer *writer,
    const struct ca_cert *issuer, const struct ca_sig_alg *alg,
    const struct ca_crl_order *order, struct ca_error *err);
/*
 * The next entry, in rising order of serial (numerically). CA_INTERNAL for
 * one that does not rise (checklist 90), is longer than 20 octets, or is
 * removeFromCRL in a complete CRL (RFC 5280 5.3.1).
 */
CA_MUST_USE enum ca_status ca_crl_put(struct ca_crl_writer *writer,
    const struct ca_crl_entry *entry, struct ca_error *err);
/*
 * A part of a list that was begun, to be put beside it: entries that come
 * behind its own. ca_crl_join() puts them there, CA_INTERNAL when they do not
 * rise. A part is discarded like any other.
 */
void ca_crl_begin_part(
    struct ca_crl_writer *part, const struct ca_crl_writer *whole);
CA_MUST_USE enum ca_status ca_crl_join(struct ca_crl_writer *whole,
    const struct ca_crl_writer *part, struct ca_error *err);
/* Ends it. revokedCertificates is absent when nothing was put (RFC 5280
 * 5.1.2.6). */
CA_MUST_USE enum ca_status ca_crl_end(
    struct ca_crl_writer *writer, struct ca_buf *ret, struct ca_error *err);
/* Always last, whatever came before. */
void ca_crl_discard(struct ca_crl_writer *writer);

/* Numerically: below 0, 0, above 0. Zeros in front say nothing. */
int ca_crl_serial_compare(struct ca_bytes a, struct ca_bytes b);

#endif
