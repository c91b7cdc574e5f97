/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/lists.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/pem.h"
#include "cli/serve/retired.h"
#include "cli/serve/siphash.h"

struct crl {
	char name[CRL_NAME];
	struct body *der;
	uint8_t hash[LEDGER_HASH_LEN];
	int64_t number, entries, this_update, next_update;
	bool unread; /* a delta CRL, and no certificate says where one is */
};

struct holder { /* an authority */
	int64_t id, certificate, not_after;
	int64_t next_number; /* of a CRL: nothing new while it stays */
	char name[CRL_NAME];
	char etag[LISTS_ETAG];
	struct body *der, *pem; /* NULL while it has no certificate */
	struct crl *crls;
	size_t crl_count;
};

struct holders {
	struct holder *list;
	size_t count;
};

struct lists {
	pthread_rwlock_t lock;
	atomic_ullong generation; /* as new as this */
	struct holders holders;
	struct retired retired;
	uint64_t epoch; /* rises with each reading */
};

/* ---- made and freed --------------------------------------------------- */

static void
holder_done(struct holder *holder)
{
	for (size_t i = 0; i < holder->crl_count; i++)
		body_release(holder->crls[i].der);
	free(holder->crls);
	body_release(holder->der);
	body_release(holder->pem);
}

static void
holders_done(struct holders *holders)
{
	for (size_t i = 0; i < holders->count; i++)
		holder_done(&holders->list[i]);
	free(holders->list);
	*holders = (struct holders){0};
}

struct lists *
lists_new(size_t retired_max)
{
	struct lists *lists = calloc(1, sizeof(*lists));

	if (lists == NULL)
		return NULL;
	(void)pthread_rwlock_init(&lists->lock, NULL);
	atomic_init(&lists->generation, 0);
	lists->retired.max = retired_max;
	return lists;
}

void
lists_free(struct lists *lists)
{
	if (lists == NULL)
		return;
	holders_done(&lists->holders);
	retired_done(&lists->retired);
	(void)pthread_rwlock_destroy(&lists->lock);
	free(lists);
}

/* ---- read from the ledger --------------------------------------------- */

static struct holder *
find_holder(const struct holders *holders, const char *name)
{
	for (size_t i = 0; i < holders->count; i++)
		if (strcmp(holders->list[i].name, name) == 0)
			return &holders->list[i];
	return NULL;
}

static enum ca_status
add_certificate(struct holder *holder, struct ca_bytes der)
{
	static const struct siphash_key fixed = {3, 4};
	struct ca_buf pem = {0};
	enum ca_status st;

	st = ca_pem_append(&pem, CA_PEM_CERTIFICATE, der);
	if (st == CA_OK) {
		holder->der = body_new(der);
		holder->pem = body_new(ca_view(&pem));
	}
	ca_buf_free(&pem);
	(void)snprintf(holder->etag, sizeof(holder->etag), "\"%016llx\"",
	    (unsigned long long)siphash(&fixed, der));
	return holder->der != NULL && holder->pem != NULL ? CA_OK : CA_MEMORY;
}

static enum ca_status
take_authority(void *ctx, const struct ledger_authority *row)
{
	struct holders *holders = ctx;
	struct holder *list, *holder;

	list = reallocarray(holders->list, holders->count + 1, sizeof(*list));
	if (list == NULL)
		return CA_MEMORY;
	holders->list = list;
	holder = &list[holders->count++];
	*holder = (struct holder){.id = row->id,
	    .certificate = row->certificate,
	    .not_after = row->not_after};
	(void)snprintf(holder->name, sizeof(holder->name), "%s", row->name);
	return row->der.len > 0 ? add_certificate(holder, row->der) : CA_OK;
}

/* What is read of one authority's CRLs. */
struct reading {
	struct ledger *ledger;
	struct holder *holder;
	const struct holder *before; /* NULL: a new one */
	int64_t shard, earlier;
	bool delta, freshest;
	struct {
		int64_t id, shard, earlier;
	} * points;
	size_t point_count;
};

/* The same list is not held twice. */
static struct body *
body_of(const struct reading *reading, const struct ledger_crl *row)
{
	const struct holder *before = reading->before;

	for (size_t i = 0; before != NULL && i < before->crl_count; i++)
		if (memcmp(before->crls[i].hash, row->hash.data,
			LEDGER_HASH_LEN) == 0)
			return body_hold(before->crls[i].der);
	return body_new(row->der);
}

static enum ca_status
take_crl(void *ctx, const struct ledger_crl *row)
{
	const struct reading *reading = ctx;
	struct holder *holder = reading->holder;
	struct crl *list, *crl;

	if (row->der.len == 0 || row->hash.len != LEDGER_HASH_LEN)
		return CA_OK;
	list = reallocarray(holder->crls, holder->crl_count + 1, sizeof(*list));
	if (list == NULL)
		return CA_MEMORY;
	holder->crls = list;
	crl = &list[holder->crl_count];
	*crl = (struct crl){.number = row->number,
	    .entries = row->entries,
	    .this_update = row->this_update,
	    .next_update = row->next_update,
	    .unread = reading->delta && !reading->freshest};
	if ((crl->der = body_of(reading, row)) == NULL)
		return CA_MEMORY;
	memcpy(crl->hash, row->hash.data, LEDGER_HASH_LEN);
	crl_name(crl->name, holder->name, reading->shard, reading->earlier,
	    reading->delta);
	holder->crl_count++;
	return CA_OK;
}

static enum ca_status
take_point(void *ctx, const struct ledger_point *row)
{
	struct reading *reading = ctx;
	void *list;

	reading->freshest = reading->freshest || row->freshest.len > 0;
	if (row->shard == 0)
		return CA_OK;
	list = reallocarray(reading->points, reading->point_count + 1,
	    sizeof(*reading->points));
	if (list == NULL)
		return CA_MEMORY;
	reading->points = list;
	reading->points[reading->point_count].id = row->id;
	reading->points[reading->point_count].shard = row->shard;
	reading->points[reading->point_count++].earlier = row->earlier;
	return CA_OK;
}

/* The newest of one list and of its deltas, where there are any. */
static enum ca_status
read_newest(struct reading *reading, int64_t point, struct ca_error *err)
{
	enum ca_status st = CA_OK;

	for (int delta = 0; delta <= 1 && st == CA_OK; delta++) {
		const struct ledger_crl_query query = {
		    .issuer = reading->holder->id,
		    .point = point,
		    .kind = delta ? LEDGER_CRL_DELTA : LEDGER_CRL_FULL};
		struct ca_error inner = {0};

		reading->delta = delta != 0;
		st = ledger_find_crl(
		    reading->ledger, &query, take_crl, reading, &inner);
		if (st == CA_NOT_FOUND)
			st = CA_OK;
		if (st != CA_OK)
			(void)ca_fail(err, st, "%s", inner.msg);
	}
	return st;
}

static enum ca_status
read_crls(struct reading *reading, struct ca_error *err)
{
	enum ca_status st;

	st = ledger_each_point(
	    reading->ledger, reading->holder->id, take_point, reading, err);
	if (st == CA_OK)
		st = read_newest(reading, 0, err);
	for (size_t i = 0; i < reading->point_count && st == CA_OK; i++) {
		reading->shard = reading->points[i].shard;
		reading->earlier = reading->points[i].earlier;
		st = read_newest(reading, reading->points[i].id, err);
	}
	free(reading->points);
	return st;
}

/* Nothing was published: what was there is held on to. */
static enum ca_status
copy_crls(struct holder *holder, const struct holder *before)
{
	if (before->crl_count == 0)
		return CA_OK;
	holder->crls = calloc(before->crl_count, sizeof(*holder->crls));
	if (holder->crls == NULL)
		return CA_MEMORY;
	holder->crl_count = before->crl_count;
	memcpy(holder->crls, before->crls,
	    before->crl_count * sizeof(*holder->crls));
	for (size_t i = 0; i < holder->crl_count; i++)
		(void)body_hold(holder->crls[i].der);
	return CA_OK;
}

static enum ca_status
read_holder(struct lists *lists, struct ledger *ledger, struct holder *holder,
    struct ca_error *err)
{
	const struct holder *before = find_holder(
	    &lists->holders, holder->name);
	struct reading reading = {
	    .ledger = ledger, .holder = holder, .before = before};
	enum ca_status st;

	st = ledger_next_crl_number(
	    ledger, holder->id, &holder->next_number, err);
	if (st != CA_OK)
		return st;
	if (before != NULL && before->id == holder->id &&
	    before->next_number == holder->next_number)
		return copy_crls(holder, before);
	return read_crls(&reading, err);
}

/* The CRLs that are no longer listed, and that somebody reads. */
static void
retire(struct lists *lists, const struct holders *old)
{
	const struct holders *now = &lists->holders;

	lists->epoch++;
	for (size_t i = 0; i < now->count; i++)
		for (size_t k = 0; k < now->list[i].crl_count; k++)
			now->list[i].crls[k].der->epoch = lists->epoch;
	for (size_t i = 0; i < old->count; i++)
		for (size_t k = 0; k < old->list[i].crl_count; k++) {
			struct body *body = old->list[i].crls[k].der;

			if (body->epoch != lists->epoch &&
			    atomic_load(&body->held) > 1)
				retired_add(&lists->retired, body);
			body->epoch = lists->epoch; /* once */
		}
}

static enum ca_status
read_all(struct lists *lists, struct ledger *ledger, struct ca_error *err)
{
	struct holders fresh = {0}, old;
	enum ca_status st;

	if ((st = ledger_snapshot(ledger, err)) != CA_OK)
		return st;
	st = ledger_each_authority(ledger, take_authority, &fresh, err);
	for (size_t i = 0; i < fresh.count && st == CA_OK; i++)
		st = read_holder(lists, ledger, &fresh.list[i], err);
	ledger_rollback(ledger);
	if (st != CA_OK) {
		holders_done(&fresh);
		return st == CA_MEMORY ? ca_fail(err, st, "out of memory") : st;
	}
	old = lists->holders;
	lists->holders = fresh;
	retire(lists, &old);
	holders_done(&old);
	return CA_OK;
}

void
lists_sweep(struct lists *lists)
{
	(void)pthread_rwlock_wrlock(&lists->lock);
	retired_sweep(&lists->retired);
	(void)pthread_rwlock_unlock(&lists->lock);
}

enum ca_status
lists_refresh(struct lists *lists, struct ledger *ledger, uint64_t generation,
    struct ca_error *err)
{
	enum ca_status st = CA_OK;

	if (atomic_load(&lists->generation) >= generation)
		return CA_OK;
	(void)pthread_rwlock_wrlock(&lists->lock);
	if (atomic_load(&lists->generation) < generation)
		st = read_all(lists, ledger, err);
	if (st == CA_OK && atomic_load(&lists->generation) < generation)
		atomic_store(&lists->generation, generation);
	(void)pthread_rwlock_unlock(&lists->lock);
	return st;
}

/* ---- given ------------------------------------------------------------ */

static const struct crl *
find_crl(const struct holders *holders, const char *name)
{
	for (size_t i = 0; i < holders->count; i++)
		for (size_t k = 0; k < holders->list[i].crl_count; k++)
			if (strcmp(holders->list[i].crls[k].name, name) == 0)
				return &holders->list[i].crls[k];
	return NULL;
}

static void
crl_etag(const struct crl *crl, char ret[LISTS_ETAG])
{
	size_t at = 0;

	ret[at++] = '"';
	for (size_t i = 0; i < 16; i++, at += 2)
		(void)snprintf(ret + at, 3, "%02x", crl->hash[i]);
	ret[at++] = '"';
	ret[at] = '\0';
}

bool
lists_crl(struct lists *lists, const char *name, struct list_item *ret)
{
	const struct crl *crl;

	(void)pthread_rwlock_rdlock(&lists->lock);
	if ((crl = find_crl(&lists->holders, name)) != NULL) {
		*ret = (struct list_item){.body = body_hold(crl->der),
		    .this_update = crl->this_update,
		    .next_update = crl->next_update};
		crl_etag(crl, ret->etag);
	}
	(void)pthread_rwlock_unlock(&lists->lock);
	return crl != NULL;
}

bool
lists_cert(
    struct lists *lists, const char *authority, bool pem, struct list_item *ret)
{
	const struct holder *holder;
	bool found;

	(void)pthread_rwlock_rdlock(&lists->lock);
	holder = find_holder(&lists->holders, authority);
	found = holder != NULL && holder->der != NULL;
	if (found) {
		*ret = (struct list_item){
		    .body = body_hold(pem ? holder->pem : holder->der)};
		memcpy(ret->etag, holder->etag, sizeof(ret->etag));
	}
	(void)pthread_rwlock_unlock(&lists->lock);
	return found;
}

static enum ca_status
walk_holder(const struct holder *holder, const struct lists_walk *walk)
{
	enum ca_status st = CA_OK;

	if (walk->authority != NULL && holder->der != NULL)
		st = walk->authority(
		    walk->ctx, holder->name, holder->not_after);
	for (size_t i = 0;
	     walk->crl != NULL && i < holder->crl_count && st == CA_OK; i++) {
		const struct crl *crl = &holder->crls[i];

		st = walk->crl(walk->ctx,
		    &(struct list_crl){.authority = holder->name,
			.name = crl->name,
			.number = crl->number,
			.entries = crl->entries,
			.this_update = crl->this_update,
			.next_update = crl->next_update,
			.unread = crl->unread});
	}
	return st;
}

enum ca_status
lists_each(struct lists *lists, const struct lists_walk *walk)
{
	enum ca_status st = CA_OK;

	(void)pthread_rwlock_rdlock(&lists->lock);
	for (size_t i = 0; i < lists->holders.count && st == CA_OK; i++)
		st = walk_holder(&lists->holders.list[i], walk);
	(void)pthread_rwlock_unlock(&lists->lock);
	return st;
}
