/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CRLs whose DER the ledger has dropped: what is left of them. */
#include <stdlib.h>
#include <string.h>

#include "cli/authority_audit.h"

/* What an event tells of a CRL. */
struct told {
	uint8_t hash[LEDGER_HASH_LEN];
	int64_t this_update;
};

/* The newest of one list: their DER is not dropped, nor that of bases. */
struct kept {
	int64_t point;
	int64_t full[LEDGER_CRLS_KEPT], bases[LEDGER_CRLS_KEPT],
	    delta[LEDGER_CRLS_KEPT]; /* numbers; 0: none */
};

enum ca_status
audit_dropped_event(struct audit_dropped *d, const struct ledger_event *row)
{
	struct told *told = d->told;

	if (row->object_hash.len != LEDGER_HASH_LEN)
		return CA_OK;
	if (!audit_make_room(
		(void **)&told, sizeof(*told), d->told_count, &d->told_room))
		return CA_MEMORY;
	d->told = told;
	told += d->told_count++;
	memcpy(told->hash, row->object_hash.data, LEDGER_HASH_LEN);
	told->this_update = row->time;
	d->sorted = false;
	return CA_OK;
}

static int
by_hash(const void *a, const void *b)
{
	const struct told *x = a, *y = b;

	return memcmp(x->hash, y->hash, LEDGER_HASH_LEN);
}

static bool
is_told(struct audit_dropped *d, const struct ledger_crl *row)
{
	struct told key = {0};
	const struct told *found;

	if (row->hash.len != LEDGER_HASH_LEN || d->told_count == 0)
		return false;
	if (!d->sorted)
		qsort(d->told, d->told_count, sizeof(*d->told), by_hash);
	d->sorted = true;
	memcpy(key.hash, row->hash.data, LEDGER_HASH_LEN);
	found = bsearch(
	    &key, d->told, d->told_count, sizeof(*d->told), by_hash);
	return found != NULL && found->this_update == row->this_update;
}

/* ---- which are kept ---- */

struct newest {
	int64_t number, base;
};

static enum ca_status
take_newest(void *ctx, const struct ledger_crl *row)
{
	*(struct newest *)ctx = (struct newest){row->number, row->base};
	return CA_OK;
}

/* Written from the rule in db/ledger.h, not with the ledger's own code. */
static void
look_up(struct ledger *ledger, const struct ledger_crl *row, struct kept *ret)
{
	for (int kind = 0; kind < 2; kind++) {
		struct ledger_crl_query query = {.issuer = row->issuer,
		    .point = row->point,
		    .kind = kind == 0 ? LEDGER_CRL_FULL : LEDGER_CRL_DELTA};

		for (size_t i = 0; i < LEDGER_CRLS_KEPT; i++) {
			struct newest newest = {0};

			if (ledger_find_crl(ledger, &query, take_newest,
				&newest, NULL) != CA_OK)
				break;
			query.below = newest.number;
			if (kind == 0)
				ret->full[i] = newest.number;
			else
				ret->delta[i] = newest.number;
			ret->bases[i] = newest.base;
		}
	}
}

static const struct kept *
find_kept(struct audit_dropped *d, struct ledger *ledger,
    const struct ledger_crl *row)
{
	struct kept *kept = d->kept;

	for (size_t i = 0; i < d->kept_count; i++)
		if (kept[i].point == row->point)
			return &kept[i];
	if (!audit_make_room(
		(void **)&kept, sizeof(*kept), d->kept_count, &d->kept_room))
		return NULL;
	d->kept = kept;
	kept += d->kept_count++;
	*kept = (struct kept){.point = row->point};
	look_up(ledger, row, kept);
	return kept;
}

static bool
is_among(const int64_t numbers[LEDGER_CRLS_KEPT], int64_t number)
{
	for (size_t i = 0; i < LEDGER_CRLS_KEPT; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

const char *
audit_dropped_crl(struct audit_dropped *d, struct ledger *ledger,
    const struct ledger_crl *row)
{
	const struct kept *kept = find_kept(d, ledger, row);

	if (kept == NULL)
		return "out of memory";
	if (row->base > 0 ? is_among(kept->delta, row->number) :
			    is_among(kept->full, row->number) ||
		    is_among(kept->bases, row->number))
		return "its DER is not there, though it is one of those that "
		       "are kept: publish (signet crl)";
	if (!is_told(d, row))
		return "its hash and thisUpdate are in no event";
	return NULL;
}

void
audit_dropped_done(struct audit_dropped *d)
{
	free(d->told);
	free(d->kept);
	*d = (struct audit_dropped){0};
}
