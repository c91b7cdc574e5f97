/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/authority_times.h"

#include "ca/time.h"
#include "cli/authority_list.h"
#include "cli/home.h"

/* When neither the option nor the policy says anything. */
#define DEFAULT_FULL (7 * CA_DAY)
#define DEFAULT_DELTA CA_DAY

static enum ca_status
take_policy_name(void *ctx, const struct ledger_cert *row)
{
	return ca_buf_append_text(ctx, row->policy);
}

static enum ca_status
take_certificate(void *ctx, const struct ledger_authority *row)
{
	*(int64_t *)ctx = row->certificate;
	return CA_OK;
}

enum ca_status
authority_own_policy(struct authority *a, const struct signer *signer,
    struct ca_policy **ret, struct ca_error *err)
{
	struct ca_buf name = {0};
	int64_t certificate = 0;
	enum ca_status st;

	if ((st = ledger_authority_by_id(a->ledger, signer->id,
		 take_certificate, &certificate, err)) != CA_OK ||
	    (st = ledger_cert_by_id(a->ledger, certificate, take_policy_name,
		 &name, err)) != CA_OK)
		goto out;
	if (ca_buf_text(&name) == NULL) {
		st = ca_fail(err, CA_MEMORY, "out of memory");
		goto out;
	}
	st = home_policy(a->path, ca_buf_text(&name), ret, err);
out:
	ca_buf_free(&name);
	return st;
}

enum ca_status
crl_times(struct authority *a, const struct signer *signer,
    struct crl_times *ret, struct ca_error *err)
{
	struct ca_policy *policy = NULL;
	enum ca_status st = authority_own_policy(a, signer, &policy, err);

	if (st != CA_OK)
		return st;
	*ret = (struct crl_times){.full = policy->crl_next_update,
	    .delta = policy->delta_next_update,
	    .has_overlap = policy->lines[CA_POLICY_OVERLAP] != 0,
	    .overlap = policy->crl_overlap};
	if (ret->full == 0)
		ret->full = DEFAULT_FULL;
	if (ret->delta == 0)
		ret->delta = ret->full < DEFAULT_DELTA ? ret->full :
							 DEFAULT_DELTA;
	ca_policy_free(policy);
	return CA_OK;
}

/* ---- due ---- */

struct life {
	int64_t number, this_update, next_update, entries;
};

static enum ca_status
take_life(void *ctx, const struct ledger_crl *row)
{
	*(struct life *)ctx = (struct life){
	    row->number, row->this_update, row->next_update, row->entries};
	return CA_OK;
}

/* number 0 when there is none */
static enum ca_status
newest(struct authority *a, const struct signer *signer, int64_t point,
    enum ledger_crl_kind kind, struct life *ret, struct ca_error *err)
{
	const struct ledger_crl_query query = {.issuer = signer->id,
	    .point = point,
	    .kind = kind,
	    .without_der = true};
	struct ca_error inner = {0};
	enum ca_status st;

	*ret = (struct life){0};
	st = ledger_find_crl(a->ledger, &query, take_life, ret, &inner);
	if (st != CA_OK && st != CA_NOT_FOUND)
		return ca_fail(err, st, "%s", inner.msg);
	return CA_OK;
}

/* An overlap longer than half of its life (--next-update 1h) would have it
 * signed anew each time. */
static bool
is_old(const struct life *life, const struct crl_times *times, int64_t now)
{
	int64_t whole = life->next_update - life->this_update;
	int64_t overlap = times->has_overlap ? times->overlap : whole / 4;

	if (overlap > whole / 2)
		overlap = whole / 4;
	/* Made when the clock was ahead, it is good for nobody yet. */
	return now >= life->next_update - overlap ||
	    now + AUTHORITY_CLOCK_SLACK < life->this_update;
}

/* A partition that came into being since: its certificates' CRL is missing, or,
 * where they name one, the delta CRL that starts from it. */
static enum ca_status
is_wanting(struct authority *a, const struct signer *signer,
    const struct point *point, bool delta, bool *ret, struct ca_error *err)
{
	struct life full, last;
	enum ca_status st;

	if ((st = newest(a, signer, point->id, LEDGER_CRL_FULL, &full, err)) !=
		CA_OK ||
	    (st = newest(a, signer, point->id, LEDGER_CRL_DELTA, &last, err)) !=
		CA_OK)
		return st;
	*ret = delta ? point->freshest.len > 0 && last.number < full.number :
		       full.number == 0;
	return CA_OK;
}

static enum ca_status
has_new_partition(struct authority *a, const struct signer *signer, bool delta,
    bool *ret, struct ca_error *err)
{
	struct points points = {0};
	bool wanting = false;
	enum ca_status st = points_load(a, signer->id, &points, err);

	for (size_t i = 0; i < points.count && st == CA_OK && !wanting; i++)
		if (points.list[i].shard > 0)
			st = is_wanting(
			    a, signer, &points.list[i], delta, &wanting, err);
	points_done(&points);
	if (st == CA_OK)
		*ret = wanting;
	return st;
}

static enum ca_status
is_due(struct authority *a, const struct signer *signer, bool delta,
    bool *ret_due, struct ca_error *err)
{
	struct crl_times times;
	struct life full, last;
	uint8_t hash[LEDGER_HASH_LEN];
	bool news = false, partition = false, behind;
	enum ca_status st;

	if ((st = crl_times(a, signer, &times, err)) != CA_OK ||
	    (st = authority_hash(signer->certs[0].spki.der, hash, err)) !=
		CA_OK ||
	    (st = newest(a, signer, 0, LEDGER_CRL_FULL, &full, err)) != CA_OK ||
	    (st = newest(a, signer, 0, LEDGER_CRL_DELTA, &last, err)) !=
		CA_OK ||
	    (st = ledger_has_news(a->ledger,
		 (struct ca_bytes){hash, sizeof(hash)}, &news, err)) != CA_OK ||
	    (st = has_new_partition(a, signer, delta, &partition, err)) !=
		CA_OK)
		return st;
	/* Whoever reads no delta CRLs does not know what one alone says. */
	behind = !delta && last.number > full.number && last.entries > 0;
	if (!delta)
		last = full;
	/* A delta CRL from before the complete one says nothing new. */
	*ret_due = news || behind || partition || last.number == 0 ||
	    last.number < full.number ||
	    is_old(&last, &times, authority_now(a));
	return CA_OK;
}

enum ca_status
authority_crl_due(struct authority *a, const struct signer *signer, bool delta,
    bool *ret_due, struct ca_error *err)
{
	enum ca_status st = ledger_snapshot(a->ledger, err);

	if (st != CA_OK)
		return st;
	st = is_due(a, signer, delta, ret_due, err);
	ledger_rollback(a->ledger);
	return st;
}

/* ---- what no list will say ---- */

struct above {
	int64_t parent, certificate;
};

static enum ca_status
take_above(void *ctx, const struct ledger_authority *row)
{
	*(struct above *)ctx = (struct above){row->parent, row->certificate};
	return CA_OK;
}

/* Who looks it, or the one above it that was revoked, up is told so. */
static enum ca_status
is_listed(
    struct authority *a, int64_t authority, bool *ret, struct ca_error *err)
{
	int64_t id = authority;
	enum ca_status st = CA_OK;

	*ret = false;
	for (int i = 0; i < CA_CHAIN_MAX && id != 0 && !*ret; i++) {
		struct above above = {0};

		if ((st = ledger_authority_by_id(
			 a->ledger, id, take_above, &above, err)) != CA_OK ||
		    (st = ledger_is_listed(
			 a->ledger, above.certificate, ret, err)) != CA_OK)
			return st;
		id = above.parent;
	}
	return st;
}

enum ca_status
authority_unlisted(struct authority *a, int64_t authority,
    struct ca_bytes spki_hash, int64_t *ret_count, bool *ret_known,
    struct ca_error *err)
{
	enum ca_status st = ledger_count_unlisted(
	    a->ledger, spki_hash, authority_now(a), ret_count, err);

	return st == CA_OK ? is_listed(a, authority, ret_known, err) : st;
}
