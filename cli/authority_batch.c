/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/authority_batch.h"

#include <stdlib.h>

#include "ca/crypto.h"
#include "cli/authority_press.h"
#include "cli/crew.h"
#include "cli/home.h"
#include "db/ledger_pace.h"

#define GROUPS 3 /* one is prepared, one recorded, one signed */

/* A thread's own: what may not be shared. */
struct hand {
	struct authority a; /* a copy, with another generator and no ledger */
	struct ca_key *key;
};

struct run;
struct group {
	struct run *run;
	struct batch_item items[BATCH_GROUP];
	struct press presses[BATCH_GROUP];
	struct issue_order orders[BATCH_GROUP];
	size_t count;
	struct crew_lot lot;
};

struct run {
	struct authority *a;
	struct signer *signer;
	const struct batch *batch;
	struct ca_policy *policy;
	struct hand *hands;
	size_t threads;
	struct crew *crew;
	struct group *groups;
	bool ended; /* there is no next */
};

/* ---- what the threads do ---- */

static void
prepare(void *ctx, size_t i, void *own)
{
	struct group *group = ctx;
	struct batch_item *item = &group->items[i];
	struct press *press = &group->presses[i];
	const struct batch *batch = group->run->batch;
	struct hand *hand = own;

	if (item->status != CA_OK || item->is_done)
		return;
	if (batch->make != NULL)
		item->status = batch->make(
		    batch->ctx, item, hand->a.rng, &item->err);
	if (item->status != CA_OK)
		return;
	group->orders[i].request = ca_view(&item->request);
	press->a = &hand->a;
	item->status = press_prepare(press, &item->err);
	press->a = group->run->a;
}

static void
sign(void *ctx, size_t i, void *own)
{
	struct group *group = ctx;
	struct batch_item *item = &group->items[i];
	struct press *press = &group->presses[i];
	struct hand *hand = own;
	struct ca_error inner = {0};

	if (item->status != CA_OK || item->is_done)
		return;
	press->a = &hand->a;
	press->key = hand->key;
	item->status = press_sign(press, &inner);
	press->key = NULL;
	press->a = group->run->a;
	if (item->status == CA_OK)
		return;
	inner.status = item->status;
	(void)press_say_failure(press, true, &inner, &item->err);
}

static void
end_thread(void *own)
{
	(void)own;
	ca_crypto_drop_tables();
}

/* ---- the crew ---- */

static enum ca_status
copy_key(struct run *run, struct hand *hand, struct ca_error *err)
{
	struct ca_buf inner = {0};
	enum ca_status st;

	st = ca_key_to_pkcs8(run->signer->key, &inner, err);
	if (st == CA_OK)
		st = ca_key_from_pkcs8(ca_view(&inner), NULL, &hand->key, err);
	ca_buf_free(&inner);
	if (st == CA_OK && !run->batch->without_tables)
		ca_key_use_tables(hand->key);
	return st;
}

static enum ca_status
open_run(struct run *run, struct ca_error *err)
{
	struct crew_order order = {
	    .hand_size = sizeof(struct hand), .end = end_thread};
	enum ca_status st;

	run->threads = run->batch->threads != 0 ? run->batch->threads :
						  crew_processors();
	if (run->threads > CREW_MAX)
		run->threads = CREW_MAX;
	run->hands = calloc(run->threads, sizeof(*run->hands));
	run->groups = calloc(GROUPS, sizeof(*run->groups));
	if (run->hands == NULL || run->groups == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	for (size_t i = 0; i < GROUPS; i++)
		run->groups[i].run = run;
	if ((st = home_policy(
		 run->a->path, run->batch->policy, &run->policy, err)) != CA_OK)
		return st;
	for (size_t i = 0; i < run->threads; i++) {
		struct hand *hand = &run->hands[i];

		hand->a = *run->a;
		hand->a.rng = NULL;
		hand->a.ledger = NULL;
		if ((st = ca_rng_new(&hand->a.rng, err)) != CA_OK ||
		    (st = copy_key(run, hand, err)) != CA_OK)
			return st;
	}
	order.threads = run->threads;
	order.hands = run->hands;
	return crew_start(&order, &run->crew, err);
}

static void
close_run(struct run *run)
{
	crew_end(run->crew);
	for (size_t i = 0; run->hands != NULL && i < run->threads; i++) {
		ca_key_free(run->hands[i].key);
		ca_rng_free(run->hands[i].a.rng);
	}
	free(run->hands);
	free(run->groups);
	ca_policy_free(run->policy);
}

/* ---- groups ---- */

static void
fill_one(struct group *group, size_t i)
{
	struct run *run = group->run;
	struct batch_item *item = &group->items[i];
	struct issue_order *order = &group->orders[i];

	*order = (struct issue_order){
	    .policy = run->batch->policy, .term = run->batch->term};
	group->presses[i] = (struct press){.a = run->a,
	    .signer = run->signer,
	    .issuer = &run->signer->issuer,
	    .issuer_row = run->signer->id,
	    .alg = run->signer->alg,
	    .order = order,
	    .out = &item->issued,
	    .policy = run->policy,
	    .many = true};
	item->press = &group->presses[i];
}

static enum ca_status
fill(struct run *run, struct group *group, struct ca_error *err)
{
	const struct batch *batch = run->batch;
	enum ca_status st = CA_OK;

	group->count = 0;
	while (group->count < BATCH_GROUP && !run->ended) {
		struct batch_item *item = &group->items[group->count];

		if (batch->stop != NULL && batch->stop(batch->ctx)) {
			run->ended = true;
			break;
		}
		*item = (struct batch_item){0};
		st = batch->next(batch->ctx, item, err);
		if (st != CA_OK) {
			run->ended = true;
			break;
		}
		fill_one(group, group->count++);
	}
	group->lot = (struct crew_lot){
	    .work = prepare, .ctx = group, .count = group->count};
	crew_give(run->crew, &group->lot);
	return st == CA_NOT_FOUND ? CA_OK : st;
}

static bool
is_open(const struct batch_item *item)
{
	return item->status == CA_OK && !item->is_done;
}

static bool
has_open(const struct group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (is_open(&group->items[i]))
			return true;
	return false;
}

/* ---- the ledger ---- */

/* What the ledger refuses is the item's; what else fails is everybody's. */
static enum ca_status
record_intent(struct batch_item *item, struct ca_error *err)
{
	struct ca_error inner = {0};
	bool collision = true;
	enum ca_status st = CA_OK;

	for (int i = 0; i < PRESS_COLLISION_TRIES && collision; i++) {
		inner = (struct ca_error){0};
		if (i > 0 && (st = press_redraw(item->press, &inner)) != CA_OK)
			break;
		st = press_record_intent(item->press, &collision, &inner);
	}
	if (st == CA_OK)
		return st;
	if (!collision &&
	    (st == CA_REFUSED || st == CA_USAGE || st == CA_NOT_FOUND)) {
		item->status = st;
		item->err = inner;
		return CA_OK;
	}
	return ca_fail(err, st, "%s", inner.msg);
}

static void
name_keys(struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		group->orders[i].key_ref = group->items[i].key_ref;
		group->orders[i].key_file_hash = group->items[i].key_file_hash;
	}
}

static enum ca_status
record(struct run *run, struct group *signed_ones, struct group *prepared,
    struct ca_error *err)
{
	struct ledger *ledger = run->a->ledger;
	bool stands = false;
	enum ca_status st;

	name_keys(prepared);
	if (!has_open(signed_ones) && !has_open(prepared))
		return CA_OK;
	if ((st = ledger_begin(ledger, err)) != CA_OK)
		return st;
	for (size_t i = 0; i < signed_ones->count && st == CA_OK; i++)
		if (is_open(&signed_ones->items[i]))
			st = press_record_outcome(
			    signed_ones->items[i].press, err);
	for (size_t i = 0; i < prepared->count && st == CA_OK; i++) {
		struct batch_item *item = &prepared->items[i];

		if (!is_open(item))
			continue;
		item->press->stands = stands;
		st = record_intent(item, err);
		stands = stands || item->status == CA_OK;
	}
	if (st == CA_OK)
		st = ledger_commit(ledger, err);
	if (st != CA_OK)
		ledger_rollback(ledger);
	return st;
}

/* ---- the end of a group ---- */

/* Why none of a group's can be released, for each. */
static void
fail_group(struct group *group, bool intended, const struct ca_error *why)
{
	for (size_t i = 0; i < group->count; i++) {
		struct batch_item *item = &group->items[i];

		if (!is_open(item))
			continue;
		item->status = why->status;
		if (!intended && !ledger_in_doubt(item->press->a->ledger))
			item->issued.row = 0;
		(void)press_say_failure(item->press, intended, why, &item->err);
	}
}

static enum ca_status
release(struct run *run, struct group *group, struct ca_error *err)
{
	enum ca_status st = CA_OK;

	if (group->count > 0)
		st = run->batch->release(
		    run->batch->ctx, group->items, group->count, err);
	for (size_t i = 0; i < group->count; i++) {
		issued_done(&group->items[i].issued);
		ca_buf_free(&group->items[i].request);
	}
	group->count = 0;
	return st;
}

/* Both are told of, whatever came before. */
static enum ca_status
give_up(struct run *run, struct group *signed_ones, struct group *prepared,
    enum ca_status st, struct ca_error *err)
{
	struct ca_error ignored = {0};

	err->status = st;
	fail_group(signed_ones, true, err);
	fail_group(prepared, false, err);
	if (release(run, signed_ones, &ignored) != CA_OK ||
	    release(run, prepared, &ignored) != CA_OK)
		return st; /* the first reason is the one to tell */
	return st;
}

/* ---- one after the other ---- */

static enum ca_status
turn(struct run *run, struct group *signed_ones, struct group *prepared,
    struct ca_error *err)
{
	const struct batch *batch = run->batch;
	enum ca_status st = CA_OK;

	crew_wait(run->crew, &prepared->lot);
	crew_wait(run->crew, &signed_ones->lot);
	if (batch->ready != NULL && prepared->count > 0)
		st = batch->ready(
		    batch->ctx, prepared->items, prepared->count, err);
	if (st == CA_OK)
		st = record(run, signed_ones, prepared, err);
	if (st != CA_OK)
		return give_up(run, signed_ones, prepared, st, err);
	prepared->lot = (struct crew_lot){
	    .work = sign, .ctx = prepared, .count = prepared->count};
	crew_give(run->crew, &prepared->lot);
	return release(run, signed_ones, err);
}

/* What is still on its way when another group has failed. */
static void
abandon(struct run *run, const struct ca_error *why)
{
	struct ca_error ignored = {0};

	for (size_t i = 0; i < GROUPS; i++) {
		struct group *group = &run->groups[i];
		bool intended = group->lot.work == sign;

		crew_wait(run->crew, &group->lot);
		fail_group(group, intended, why);
		if (release(run, group, &ignored) != CA_OK)
			continue; /* the first reason is the one to tell */
	}
}

static enum ca_status
go_through(struct run *run, struct ca_error *err)
{
	struct group *signed_ones = &run->groups[2];
	struct group *prepared = &run->groups[0];
	struct group *next = &run->groups[1];
	enum ca_status st = fill(run, prepared, err);

	while (st == CA_OK && prepared->count + signed_ones->count > 0) {
		struct group *free_one = signed_ones;

		if ((st = fill(run, next, err)) == CA_OK)
			st = turn(run, signed_ones, prepared, err);
		signed_ones = prepared;
		prepared = next;
		next = free_one;
	}
	if (st != CA_OK) {
		err->status = st;
		abandon(run, err);
	}
	return st;
}

enum ca_status
authority_batch(struct authority *a, struct signer *signer,
    const struct batch *batch, struct ca_error *err)
{
	struct run run = {.a = a, .signer = signer, .batch = batch};
	struct ca_error inner = {0};
	enum ca_status st;

	ledger_write_many(a->ledger, true);
	st = open_run(&run, &inner);
	if (st == CA_OK)
		st = go_through(&run, &inner);
	close_run(&run);
	ledger_write_many(a->ledger, false);
	return st == CA_OK ? st : ca_fail(err, st, "%s", inner.msg);
}
