/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "cli/authority_list.h"

#define POINTS_FIRST 8

struct loading {
	struct points *points;
	size_t room;
};

static enum ca_status
make_room(struct loading *loading)
{
	size_t room = loading->room == 0 ? POINTS_FIRST : loading->room * 2;
	struct point *list;

	if (loading->points->count < loading->room)
		return CA_OK;
	list = reallocarray(loading->points->list, room, sizeof(*list));
	if (list == NULL)
		return CA_MEMORY;
	loading->points->list = list;
	loading->room = room;
	return CA_OK;
}

static enum ca_status
take_point(void *ctx, const struct ledger_point *row)
{
	struct loading *loading = ctx;
	struct point *point;
	enum ca_status st;

	if ((st = make_room(loading)) != CA_OK)
		return st;
	point = &loading->points->list[loading->points->count++];
	*point = (struct point){.id = row->id,
	    .shard = row->shard,
	    .earlier = row->earlier,
	    .authorities = row->authorities};
	st = ca_buf_append(&point->name, row->name);
	return st != CA_OK ? st :
			     ca_buf_append(&point->freshest, row->freshest);
}

enum ca_status
points_load(struct authority *a, int64_t issuer, struct points *ret,
    struct ca_error *err)
{
	struct points points = {0};
	struct loading loading = {.points = &points};
	enum ca_status st;

	st = ledger_each_point(a->ledger, issuer, take_point, &loading, err);
	if (st == CA_OK) {
		*ret = points;
		return CA_OK;
	}
	points_done(&points);
	return st == CA_MEMORY ? ca_fail(err, st, "out of memory") : st;
}

void
points_done(struct points *points)
{
	for (size_t i = 0; i < points->count; i++) {
		ca_buf_free(&points->list[i].name);
		ca_buf_free(&points->list[i].freshest);
	}
	free(points->list);
	*points = (struct points){0};
}

const struct point *
points_find(const struct points *points, int64_t id)
{
	for (size_t i = 0; i < points->count && id != 0; i++)
		if (points->list[i].id == id)
			return &points->list[i];
	return NULL;
}

struct ca_bytes
points_freshest(const struct points *points, const struct point *point)
{
	if (point != NULL)
		return ca_view(&point->freshest);
	for (size_t i = points->count; i > 0; i--)
		if (points->list[i - 1].shard == 0 &&
		    points->list[i - 1].freshest.len > 0)
			return ca_view(&points->list[i - 1].freshest);
	return (struct ca_bytes){0};
}

/* ---- of a new certificate ---- */

enum ca_status
authority_put_point(struct authority *a, int64_t issuer,
    const struct ca_cert *cert, unsigned shard, int64_t *ret_id,
    struct ca_error *err)
{
	const struct ca_ext *ext;
	struct ledger_point point = {.issuer = issuer,
	    .shard = shard,
	    .authorities = cert->is_ca && shard != 0};

	ext = ca_exts_find(&cert->exts, CA_OID_CRL_DISTRIBUTION_POINTS);
	if (ext != NULL && !ca_distribution_point_name(ext->value, &point.name))
		return ca_fail(err, CA_INTERNAL,
		    "cRLDistributionPoints: more than one point; nothing was "
		    "signed");
	ext = ca_exts_find(&cert->exts, CA_OID_FRESHEST_CRL);
	if (ext != NULL)
		point.freshest = ext->value;
	if (point.name.len == 0 && point.freshest.len == 0) {
		*ret_id = 0;
		return CA_OK;
	}
	return ledger_put_point(a->ledger, &point, ret_id, err);
}
