/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/authority_list.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ca/crl.h"
#include "cli/authority_walk.h"

/* ---- what a list is drawn into ---- */

struct listing {
	struct authority *a;
	int64_t issuer, point;
	struct ca_crl_writer writer;
	struct ca_error *err;
	/* of a delta */
	struct ca_crl *base, *delta;       /* delta: an earlier one; or NULL */
	struct ca_bytes in_base, in_delta; /* entries not yet passed */
	struct ca_crl_entry base_entry, delta_entry;
	bool has_base, has_delta; /* the entries above are there */
};

static enum ca_status
list_row(void *ctx, const struct ledger_revocation *row)
{
	struct listing *listing = ctx;
	const struct ca_crl_entry entry = {.serial = row->serial,
	    .revoked_at = row->revoked_at,
	    .reason = (enum ca_reason)row->reason,
	    .invalid_since = row->invalid_since};

	return ca_crl_put(&listing->writer, &entry, listing->err);
}

/* A walk of the ledger puts its rows straight into the list. */
static enum ca_status
walk(struct listing *listing, int64_t cutoff, ledger_revocation_fn *fn)
{
	return ledger_each_listed(listing->a->ledger, listing->issuer,
	    listing->point, cutoff, fn, listing, listing->err);
}

/* ---- a delta: three lists in rising order of serial, side by side ---- */

static void
step_base(struct listing *listing)
{
	listing->has_base = ca_crl_next(
	    &listing->in_base, &listing->base_entry);
}

static void
step_delta(struct listing *listing)
{
	listing->has_delta = ca_crl_next(
	    &listing->in_delta, &listing->delta_entry);
}

/* The lower of the two that stand next; NULL behind both. */
static const struct ca_crl_entry *
next_told(const struct listing *listing)
{
	if (!listing->has_base && !listing->has_delta)
		return NULL;
	if (!listing->has_base)
		return &listing->delta_entry;
	if (!listing->has_delta)
		return &listing->base_entry;
	return ca_crl_serial_compare(listing->base_entry.serial,
		   listing->delta_entry.serial) < 0 ?
	    &listing->base_entry :
	    &listing->delta_entry;
}

/* It was told, and is not revoked any more: a hold was lifted. What is
 * revoked for good does not go, so a ledger without it is a damaged one. */
static enum ca_status
put_removal(struct listing *listing, const struct ca_crl_entry *told)
{
	struct ca_crl_entry entry = {.serial = told->serial,
	    .revoked_at = listing->writer.order.this_update,
	    .reason = CA_REASON_REMOVE_FROM_CRL,
	    .invalid_since = INT64_MIN};

	if (told->reason == CA_REASON_REMOVE_FROM_CRL)
		entry.revoked_at = told->revoked_at;
	else if (told->reason != CA_REASON_CERTIFICATE_HOLD)
		return ca_fail(listing->err, CA_UNTRUSTED,
		    "CRL: a certificate that a published CRL revokes for good "
		    "is not revoked in the ledger: run `signet audit`");
	return ca_crl_put(&listing->writer, &entry, listing->err);
}

/* Removals up to this serial; {0}: up to the end. What stands next is then
 * not below it. */
static enum ca_status
put_removals(struct listing *listing, struct ca_bytes up_to)
{
	const struct ca_crl_entry *told;
	enum ca_status st;

	while ((told = next_told(listing)) != NULL &&
	    (up_to.len == 0 ||
		ca_crl_serial_compare(told->serial, up_to) < 0)) {
		struct ca_bytes serial = told->serial;

		if ((st = put_removal(listing, told)) != CA_OK)
			return st;
		if (listing->has_base &&
		    ca_crl_serial_compare(listing->base_entry.serial, serial) ==
			0)
			step_base(listing);
		if (listing->has_delta &&
		    ca_crl_serial_compare(
			listing->delta_entry.serial, serial) == 0)
			step_delta(listing);
	}
	return CA_OK;
}

static bool
says_the_same(
    const struct ca_crl_entry *entry, const struct ledger_revocation *row)
{
	return entry->revoked_at == row->revoked_at &&
	    (int)entry->reason == row->reason &&
	    entry->invalid_since == row->invalid_since;
}

/*
 * A row that the base has so is not told again. One that an earlier delta
 * told is, until a complete CRL has it; and one whose certificate had expired
 * before the base was made will not be in a complete CRL either.
 */
static enum ca_status
list_change(void *ctx, const struct ledger_revocation *row)
{
	struct listing *listing = ctx;
	bool in_base, in_delta, same;
	enum ca_status st;

	if ((st = put_removals(listing, row->serial)) != CA_OK)
		return st;
	in_base = listing->has_base &&
	    ca_crl_serial_compare(listing->base_entry.serial, row->serial) == 0;
	in_delta = listing->has_delta &&
	    ca_crl_serial_compare(listing->delta_entry.serial, row->serial) ==
		0;
	same = in_base && says_the_same(&listing->base_entry, row);
	if (in_base)
		step_base(listing);
	if (in_delta)
		step_delta(listing);
	if (same && !in_delta)
		return CA_OK;
	if (!in_base && !in_delta &&
	    row->not_after < listing->base->this_update &&
	    row->not_after < listing->writer.order.this_update)
		return CA_OK;
	return list_row(listing, row);
}

static enum ca_status
list_changes(struct listing *listing)
{
	enum ca_status st;

	listing->in_base = listing->base->entries;
	step_base(listing);
	if (listing->delta != NULL) {
		listing->in_delta = listing->delta->entries;
		step_delta(listing);
	}
	st = walk(listing, LEDGER_NO_TIME, list_change);
	return st != CA_OK ? st : put_removals(listing, (struct ca_bytes){0});
}

static enum ca_status
with_delta(void *ctx, const struct ledger_crl *row)
{
	struct listing *listing = ctx;
	enum ca_status st;

	listing->delta = calloc(1, sizeof(*listing->delta));
	if (listing->delta == NULL)
		return ca_fail(listing->err, CA_MEMORY, "out of memory");
	st = ca_crl_parse(row->der, listing->delta, listing->err);
	if (st == CA_OK)
		st = list_changes(listing);
	free(listing->delta);
	listing->delta = NULL;
	return st;
}

/* Inside the call that gives the base: it is not held twice. */
static enum ca_status
with_base(void *ctx, const struct ledger_crl *row)
{
	struct listing *listing = ctx;
	const struct ledger_crl_query query = {.issuer = listing->issuer,
	    .point = listing->point,
	    .kind = LEDGER_CRL_DELTA,
	    .base = row->number};
	struct ca_error inner = {0};
	enum ca_status st;

	if ((uint64_t)row->number != listing->writer.order.base)
		return CA_NOT_FOUND;
	listing->base = calloc(1, sizeof(*listing->base));
	if (listing->base == NULL)
		return ca_fail(listing->err, CA_MEMORY, "out of memory");
	st = ca_crl_parse(row->der, listing->base, listing->err);
	if (st != CA_OK)
		goto out;
	st = ledger_find_crl(
	    listing->a->ledger, &query, with_delta, listing, &inner);
	if (st == CA_NOT_FOUND)
		st = list_changes(listing);
	else if (st != CA_OK && listing->err->status == CA_OK)
		st = ca_fail(listing->err, st, "%s", inner.msg);
out:
	free(listing->base);
	listing->base = NULL;
	return st;
}

static enum ca_status
list_delta(struct listing *listing)
{
	uint64_t base = listing->writer.order.base;
	const struct ledger_crl_query query = {.issuer = listing->issuer,
	    .point = listing->point,
	    .kind = LEDGER_CRL_FULL,
	    .below = (int64_t)base + 1};
	struct ca_error inner = {0};
	enum ca_status st;

	st = ledger_find_crl(
	    listing->a->ledger, &query, with_base, listing, &inner);
	if (st == CA_NOT_FOUND)
		return ca_fail(listing->err, CA_REFUSED,
		    "delta CRL: its base, CRL %" PRIu64
		    ", is not in the ledger (RFC 5280 5.2.4): sign a complete "
		    "one (signet crl)",
		    base);
	if (st != CA_OK && listing->err->status == CA_OK)
		return ca_fail(listing->err, st, "%s", inner.msg);
	return st;
}

enum ca_status
authority_list(struct authority *a, const struct signer *signer,
    const struct ca_crl_order *order, int64_t point, int64_t cutoff,
    struct ca_buf *ret_tbs, size_t *ret_count, struct ca_error *err)
{
	struct ca_error inner = {0};
	struct listing listing = {
	    .a = a, .issuer = signer->id, .point = point, .err = &inner};
	enum ca_status st;

	st = ca_crl_begin(
	    &listing.writer, &signer->certs[0], &signer->alg, order, &inner);
	if (st == CA_OK && order->base != 0)
		st = list_delta(&listing);
	else if (st == CA_OK && point != 0)
		st = walk(&listing, cutoff, list_row);
	else if (st == CA_OK)
		st = authority_walk(a->ledger, signer->id, cutoff,
		    AUTHORITY_WALK_MANY, &listing.writer, &inner);
	if (st == CA_OK)
		st = ca_crl_end(&listing.writer, ret_tbs, &inner);
	*ret_count = listing.writer.count;
	ca_crl_discard(&listing.writer);
	return st == CA_OK ? CA_OK : ca_fail(err, st, "%s", inner.msg);
}
