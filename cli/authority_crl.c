/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "ca/sign.h"
#include "ca/time.h"
#include "cli/authority_list.h"
#include "cli/authority_proof.h"
#include "cli/authority_times.h"
#include "db/ledger_pace.h"

/* CA/B BR 4.9.7: twelve months, where it lists authorities. */
#define NEXT_UPDATE_MAX (366 * CA_DAY)

/* How often the second may pass under another process' CRL. */
#define RISE_TRIES 1000

/* ---- when ---- */

struct seen {
	int64_t this_update, number;
};

static enum ca_status
take_seen(void *ctx, const struct ledger_crl *row)
{
	*(struct seen *)ctx = (struct seen){row->this_update, row->number};
	return CA_OK;
}

/* What was published under such a query; number 0 when nothing was. */
static enum ca_status
find(struct authority *a, const struct ledger_crl_query *query,
    struct seen *ret, struct ca_error *err)
{
	struct ca_error inner = {0};
	enum ca_status st;

	*ret = (struct seen){LEDGER_NO_TIME, 0};
	st = ledger_find_crl(a->ledger, query, take_seen, ret, &inner);
	if (st != CA_OK && st != CA_NOT_FOUND)
		return ca_fail(err, st, "%s", inner.msg);
	return CA_OK;
}

static enum ca_status
newest_update(struct authority *a, const struct signer *signer, int64_t *ret,
    struct ca_error *err)
{
	const struct ledger_crl_query query = {
	    .issuer = signer->id, .kind = LEDGER_CRL_ANY, .without_der = true};
	struct seen seen;
	enum ca_status st = find(a, &query, &seen, err);

	if (st == CA_OK)
		*ret = seen.this_update;
	return st;
}

/*
 * thisUpdate rises with every CRL (checklist 88) and is never in the future,
 * so a second CRL in the same second waits for the next one, outside the
 * transaction. Where the clock was ahead once, nothing would be published until
 * then: by force it goes back, and the number rises alone.
 */
static enum ca_status
begin_when_risen(struct authority *a, const struct signer *signer,
    int64_t *ret_now, bool *ret_back, struct ca_error *err)
{
	int64_t last = 0;
	enum ca_status st;

	for (int i = 0; i < RISE_TRIES; i++) {
		int64_t now;

		if ((st = ledger_begin(a->ledger, err)) != CA_OK)
			return st;
		now = authority_now(a);
		if ((st = authority_check_clock(a, now, err)) != CA_OK ||
		    (st = newest_update(a, signer, &last, err)) != CA_OK)
			return st;
		*ret_now = now;
		*ret_back = a->force_time && last > now + AUTHORITY_CLOCK_SLACK;
		if (last == LEDGER_NO_TIME || last < now || *ret_back)
			return CA_OK;
		ledger_rollback(a->ledger);
		if (last - now > AUTHORITY_CLOCK_SLACK)
			break;
		a->world->wait_until(a->world->ctx, last + 1);
	}
	return ca_fail(err, CA_REFUSED,
	    "%s: the newest CRL's thisUpdate is not in the past: "
	    "set the clock, or say --force-time if it is right",
	    signer->name);
}

/* ---- sign, check, record ---- */

/* What is published at once: all of it, or nothing. */
struct edition {
	struct authority *a;
	struct signer *signer;
	const struct crl_order *order;
	struct crl_times times;
	struct points points;
	int64_t now, number;
	bool back;         /* before the one before it, by force */
	struct ca_buf der; /* what was asked for: that of no partition */
};

/* list: what is to be signed, then what is signed. */
static enum ca_status
sign(const struct edition *edition, struct ca_buf *list, struct ca_error *err)
{
	struct signer *signer = edition->signer;
	struct ca_rng *rng;
	enum ca_status st = authority_rng(edition->a, &rng, err);

	if (st != CA_OK)
		return st;
	return ca_sign_list(list, signer->key, &signer->alg, rng, err);
}

static enum ca_status
record(const struct edition *edition, const struct ca_crl_order *order,
    int64_t point, size_t count, struct ca_bytes der, struct ca_error *err)
{
	uint8_t hash[LEDGER_HASH_LEN];
	const struct ledger_crl row = {.issuer = edition->signer->id,
	    .number = (int64_t)order->number,
	    .base = (int64_t)order->base,
	    .point = point,
	    .this_update = order->this_update,
	    .next_update = order->next_update,
	    .entries = (int64_t)count,
	    .der = der,
	    .hash = {hash, sizeof(hash)},
	    .may_go_back = edition->back};
	struct authority *a = edition->a;
	enum ca_status st;

	if ((st = authority_hash(der, hash, err)) != CA_OK ||
	    (st = ledger_add_crl(a->ledger, &row, err)) != CA_OK)
		return st;
	if (edition->back &&
	    (st = authority_event(a, LEDGER_EVENT_FORCED, 0, edition->signer,
		 (struct ca_bytes){0}, row.hash, order->this_update, err)) !=
		CA_OK)
		return st;
	return authority_event(a, LEDGER_EVENT_CRL, 0, edition->signer,
	    (struct ca_bytes){0}, row.hash, order->this_update, err);
}

/*
 * Recorded while it is read back and verified. Where that fails, what was
 * recorded is rolled back with all the rest.
 */
static enum ca_status
prove_and_record(const struct edition *edition,
    const struct ca_crl_order *order, int64_t point, size_t count,
    struct ca_bytes der, struct ca_error *err)
{
	struct proof proof;
	enum ca_status st, proved;

	proof_begin(&proof, der, &edition->signer->certs[0], order->number);
	st = record(edition, order, point, count, der, err);
	proved = proof_end(&proof, err);
	return st != CA_OK ? st : proved;
}

/* point NULL: the complete list. previous: the newest of the same list that
 * is no delta. */
static enum ca_status
make_one(struct edition *edition, const struct point *point, bool delta,
    const struct seen *previous, struct ca_error *err)
{
	struct ca_crl_order order = {.number = (uint64_t)edition->number,
	    .this_update = edition->now,
	    .next_update = edition->now +
		(delta ? edition->times.delta : edition->times.full)};
	const struct signer *signer = edition->signer;
	const int64_t id = point != NULL ? point->id : 0;
	/* What a clock that was ahead took for expired is listed again. */
	const int64_t cutoff = previous->this_update < edition->now ?
	    previous->this_update :
	    edition->now;
	struct ca_buf list = {0};
	size_t count = 0;
	enum ca_status st;

	if (delta)
		order.base = (uint64_t)previous->number;
	else
		order.freshest = points_freshest(&edition->points, point);
	if (point != NULL)
		order.scope = (struct ca_crl_scope){
		    .point = ca_view(&point->name),
		    .only_user = !point->authorities,
		    .only_ca = point->authorities};
	if ((st = ca_issuer_may_list(&signer->issuer, order.this_update,
		 order.next_update, err)) != CA_OK ||
	    (st = authority_list(edition->a, signer, &order, id, cutoff, &list,
		 &count, err)) != CA_OK ||
	    (st = sign(edition, &list, err)) != CA_OK ||
	    (st = prove_and_record(
		 edition, &order, id, count, ca_view(&list), err)) != CA_OK)
		goto out;
	/* A large list is moved, and not read back from the ledger. */
	if (point == NULL && delta == edition->order->delta) {
		edition->der = list;
		list = (struct ca_buf){0};
	}
out:
	ca_buf_free(&list);
	return st;
}

/* checklist 93 */
static enum ca_status
refuse_without_base(const struct edition *edition, const struct point *point,
    struct ca_error *err)
{
	char which[48] = "";

	if (point != NULL)
		(void)snprintf(which, sizeof(which), ": partition %lld",
		    (long long)point->shard);
	return ca_fail(err, CA_REFUSED,
	    "%s%s: no CRL was published that a delta CRL could start from (RFC "
	    "5280 5.2.4): `signet crl --ca %s` publishes one",
	    edition->signer->name, which, edition->signer->name);
}

/*
 * A list's new CRL. With a complete one goes the delta CRL from the one
 * before, under the same number, where certificates say that there is one:
 * who has the old one need not fetch the whole.
 */
static enum ca_status
make_list(
    struct edition *edition, const struct point *point, struct ca_error *err)
{
	const struct ledger_crl_query query = {.issuer = edition->signer->id,
	    .point = point != NULL ? point->id : 0,
	    .kind = LEDGER_CRL_FULL,
	    .without_der = true};
	bool freshest = points_freshest(&edition->points, point).len > 0;
	struct seen previous;
	enum ca_status st;

	if ((st = find(edition->a, &query, &previous, err)) != CA_OK)
		return st;
	if (edition->order->delta && previous.number == 0)
		return refuse_without_base(edition, point, err);
	if (!edition->order->delta &&
	    (st = make_one(edition, point, false, &previous, err)) != CA_OK)
		return st;
	if (!edition->order->delta && (!freshest || previous.number == 0))
		return CA_OK;
	return make_one(edition, point, true, &previous, err);
}

static enum ca_status
make_all(struct edition *edition, struct ca_error *err)
{
	struct authority *a = edition->a;
	enum ca_status st;

	if ((st = ledger_next_crl_number(a->ledger, edition->signer->id,
		 &edition->number, err)) != CA_OK ||
	    (st = points_load(a, edition->signer->id, &edition->points, err)) !=
		CA_OK ||
	    (st = make_list(edition, NULL, err)) != CA_OK)
		goto out;
	for (size_t i = 0; i < edition->points.count && st == CA_OK; i++)
		if (edition->points.list[i].shard > 0)
			st = make_list(edition, &edition->points.list[i], err);
	if (st == CA_OK &&
	    (st = authority_log_mark(a, edition->now, err)) == CA_OK)
		st = ledger_commit(a->ledger, err);
out:
	points_done(&edition->points);
	return st;
}

/*
 * What the operator asks for instead of the policy's. A mistyped 90y would be
 * a list that nobody fetches anew: a year is the most, or what the policy says,
 * and the issuer's own end.
 */
static enum ca_status
take_next_update(struct edition *edition, struct ca_error *err)
{
	const struct signer *signer = edition->signer;
	int64_t asked = edition->order->next_update;
	int64_t *time = edition->order->delta ? &edition->times.delta :
						&edition->times.full;
	int64_t most = *time > NEXT_UPDATE_MAX ? *time : NEXT_UPDATE_MAX;
	char end[CA_TIME_TEXT];

	if (asked > most)
		return ca_fail(err, CA_REFUSED,
		    "%s: --next-update: a CRL is good for %lld days at most: "
		    "ask for less, or raise next-update in the authority's "
		    "policy",
		    signer->name, (long long)(most / CA_DAY));
	if (asked != 0 && asked > signer->certs[0].not_after - edition->now) {
		ca_time_text(signer->certs[0].not_after, end);
		return ca_fail(err, CA_REFUSED,
		    "%s: --next-update: the CRL would outlive its issuer, "
		    "which ends %s: ask for less",
		    signer->name, end);
	}
	if (asked != 0)
		*time = asked;
	return CA_OK;
}

enum ca_status
authority_publish(struct authority *a, struct signer *signer,
    const struct crl_order *order, int64_t *ret_number, struct ca_buf *ret_der,
    struct ca_error *err)
{
	struct edition edition = {.a = a, .signer = signer, .order = order};
	enum ca_status st;

	/* Without it the CRL is published all the same. */
	if (authority_log_open(a, NULL, NULL) != CA_OK)
		log_signer_done(&a->log);
	if ((st = crl_times(a, signer, &edition.times, err)) != CA_OK)
		return st;
	ledger_keep_little(a->ledger, true);
	if ((st = begin_when_risen(
		 a, signer, &edition.now, &edition.back, err)) != CA_OK ||
	    (st = take_next_update(&edition, err)) != CA_OK ||
	    (st = make_all(&edition, err)) != CA_OK) {
		ledger_rollback(a->ledger);
		goto out;
	}
	*ret_number = edition.number;
	if (ret_der != NULL) {
		ca_buf_free(ret_der);
		*ret_der = edition.der;
		edition.der = (struct ca_buf){0};
	}
out:
	ledger_keep_little(a->ledger, false);
	ca_buf_free(&edition.der);
	return st;
}

/* ---- what was published ---- */

struct release {
	const struct signer *signer;
	struct points points;
	crl_fn *fn;
	void *ctx;
};

/* point NULL: the complete list. */
static void
list_name(const struct signer *signer, const struct point *point, bool delta,
    char ret[CRL_NAME])
{
	crl_name(ret, signer->name, point != NULL ? point->shard : 0,
	    point != NULL ? point->earlier : 0, delta);
}

static enum ca_status
release_one(void *ctx, const struct ledger_crl *row)
{
	const struct release *release = ctx;
	char name[CRL_NAME];

	list_name(release->signer, points_find(&release->points, row->point),
	    row->base > 0, name);
	return release->fn(release->ctx, name, row);
}

enum ca_status
authority_each_published(struct authority *a, const struct signer *signer,
    int64_t number, crl_fn *fn, void *ctx, struct ca_error *err)
{
	struct release release = {.signer = signer, .fn = fn, .ctx = ctx};
	enum ca_status st;

	st = points_load(a, signer->id, &release.points, err);
	if (st == CA_OK)
		st = ledger_each_crl_numbered(
		    a->ledger, signer->id, number, release_one, &release, err);
	points_done(&release.points);
	return st;
}

enum ca_status
authority_each_other_published(struct authority *a, const struct signer *signer,
    int64_t number, bool delta, crl_fn *fn, void *ctx, struct ca_error *err)
{
	struct release release = {.signer = signer, .fn = fn, .ctx = ctx};
	enum ca_status st;

	st = points_load(a, signer->id, &release.points, err);
	if (st == CA_OK)
		st = ledger_each_crl_beside(a->ledger, signer->id, number,
		    delta, release_one, &release, err);
	points_done(&release.points);
	return st;
}

/* As make_list() makes them. */
static enum ca_status
name_list(const struct points *points, const struct point *point,
    const struct signer *signer, const struct crl_order *order, crl_name_fn *fn,
    void *ctx)
{
	char name[CRL_NAME];
	enum ca_status st = CA_OK;

	if (!order->delta) {
		list_name(signer, point, false, name);
		st = fn(ctx, name);
	}
	if (st != CA_OK ||
	    (!order->delta && points_freshest(points, point).len == 0))
		return st;
	list_name(signer, point, true, name);
	return fn(ctx, name);
}

enum ca_status
authority_each_crl_name(struct authority *a, const struct signer *signer,
    const struct crl_order *order, crl_name_fn *fn, void *ctx,
    struct ca_error *err)
{
	struct points points = {0};
	enum ca_status st = points_load(a, signer->id, &points, err);

	if (st == CA_OK)
		st = name_list(&points, NULL, signer, order, fn, ctx);
	for (size_t i = 0; i < points.count && st == CA_OK; i++)
		if (points.list[i].shard > 0)
			st = name_list(
			    &points, &points.list[i], signer, order, fn, ctx);
	points_done(&points);
	return st;
}

enum ca_status
authority_crl(struct authority *a, struct signer *signer,
    int64_t next_update_seconds, struct ca_buf *ret_der, struct ca_error *err)
{
	const struct crl_order order = {.next_update = next_update_seconds};
	struct ca_buf der = {0};
	int64_t number;
	enum ca_status st;

	st = authority_publish(a, signer, &order, &number, &der, err);
	if (st == CA_OK &&
	    (st = ca_buf_append(ret_der, ca_view(&der))) != CA_OK)
		(void)ca_fail(err, st, "CRL: out of memory");
	ca_buf_free(&der);
	return st;
}
