/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where certificates say that their CRL is, against what the CRLs say, and
 * (asked online) against what is served there. */
#include <stdlib.h>
#include <string.h>

#include "ca/crl.h"
#include "ca/crypto.h"
#include "ca/pem.h"
#include "cli/doctor_part.h"
#include "cli/online.h"

static bool
have_common(const struct ca_url_list *a, const struct ca_url_list *b)
{
	for (size_t i = 0; i < a->count; i++)
		for (size_t j = 0; j < b->count; j++)
			if (ca_bytes_equal(a->url[i], b->url[j]))
				return true;
	return false;
}

/* ---- the scope of a CRL ---- */

struct scope {
	struct doctor *doctor;
	const struct doctor_authority *authority;
	const struct ledger_point *point;
	const char *fault; /* NULL: none */
};

static const char *
judge_scope(const struct ca_crl *crl, const struct ledger_point *point)
{
	const struct ca_ext *ext = ca_exts_find(
	    &crl->exts, CA_OID_ISSUING_DISTRIBUTION_POINT);
	struct ca_issuing_point scope = {0};
	struct ca_url_list urls = {0};

	if (ext == NULL)
		return point->shard == 0 ?
		    NULL :
		    "and its CRL, a partition's, names no distribution point: "
		    "it would be taken for the complete one";
	if (!ca_issuing_point_get(ext->value, &scope) ||
	    !ca_distribution_point_name_get(point->name, &urls))
		return "and its CRL's scope cannot be read";
	if (scope.urls.count > 0 && !have_common(&scope.urls, &urls))
		return "and the CRL for it names another distribution point";
	if (scope.only_attribute || scope.indirect || scope.reasons != 0 ||
	    scope.only_ca != (point->shard > 0 && point->authorities) ||
	    scope.only_user != (point->shard > 0 && !point->authorities))
		return "and the CRL for it is of other certificates";
	return NULL;
}

static enum ca_status
take_list(void *ctx, const struct ledger_crl *row)
{
	struct scope *scope = ctx;
	struct ca_crl crl;

	scope->fault = NULL;
	if (row->der.len > 0 && ca_crl_parse(row->der, &crl, NULL) == CA_OK)
		scope->fault = judge_scope(&crl, scope->point);
	return CA_OK;
}

static void
add_name(struct text *text, struct ca_bytes name)
{
	struct ca_url_list urls = {0};

	if (ca_distribution_point_name_get(name, &urls) && urls.count > 0)
		text_add_safe(text, urls.url[0]);
	else
		text_add(text, "a distribution point");
}

static enum ca_status
take_point(void *ctx, const struct ledger_point *row)
{
	struct scope *scope = ctx;
	const struct ledger_crl_query query = {.issuer = row->issuer,
	    .point = row->shard > 0 ? row->id : 0,
	    .kind = LEDGER_CRL_FULL};
	struct doctor_finding f = {.kind = DOCTOR_CRL_POINT,
	    .severity = DOCTOR_BAD,
	    .rule = "RFC 5280 6.3.3 (b) (2)"};
	struct ca_error why = {0};
	enum ca_status st;

	if (row->name.len == 0)
		return CA_OK;
	scope->point = row;
	scope->fault = NULL;
	st = ledger_find_crl(
	    doctor_ledger(scope->doctor), &query, take_list, scope, &why);
	/* One that is missing is told by itself. */
	if (st == CA_NOT_FOUND || !doctor_took(scope->doctor, st, &why) ||
	    scope->fault == NULL)
		return CA_OK;
	text_add(&f.subject, "%s", scope->authority->name);
	text_add(&f.what, "certificates name ");
	add_name(&f.what, row->name);
	text_add(&f.what, ", %s", scope->fault);
	text_add(&f.command, "signet crl --ca %s", scope->authority->name);
	doctor_say(scope->doctor, &f);
	return CA_OK;
}

/* ---- every URL ---- */

struct place {
	struct ca_buf url; /* with a NUL */
	const struct doctor_authority *authority;
	int64_t id;   /* of the point */
	int64_t list; /* ledger_crl.point */
	bool delta;
};
struct places {
	struct doctor *doctor;
	const struct doctor_authority *authority;
	struct place *list;
	size_t count, room;
};

static void
places_done(struct places *places)
{
	for (size_t i = 0; i < places->count; i++)
		ca_buf_free(&places->list[i].url);
	free(places->list);
}

static enum ca_status
add_places(struct places *places, const struct ledger_point *row,
    const struct ca_url_list *urls, bool delta)
{
	for (size_t i = 0; i < urls->count; i++) {
		struct place *to;

		if (places->count == places->room) {
			size_t room = places->room == 0 ? 16 : places->room * 2;

			to = reallocarray(places->list, room, sizeof(*to));
			if (to == NULL)
				return CA_MEMORY;
			places->list = to;
			places->room = room;
		}
		to = &places->list[places->count++];
		*to = (struct place){.authority = places->authority,
		    .id = row->id,
		    .list = row->shard > 0 ? row->id : 0,
		    .delta = delta};
		if (ca_buf_append(&to->url, urls->url[i]) != CA_OK ||
		    ca_buf_text(&to->url) == NULL)
			return CA_MEMORY;
	}
	return CA_OK;
}

static enum ca_status
take_places(void *ctx, const struct ledger_point *row)
{
	struct ca_url_list full = {0}, delta = {0};
	enum ca_status st = CA_OK;

	if (row->name.len > 0 &&
	    ca_distribution_point_name_get(row->name, &full))
		st = add_places(ctx, row, &full, false);
	if (st == CA_OK && row->freshest.len > 0 &&
	    ca_distribution_points_get(row->freshest, &delta))
		st = add_places(ctx, row, &delta, true);
	return st;
}

static int
by_url(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	int order = ca_bytes_compare(ca_view(&a->url), ca_view(&b->url));

	if (order != 0)
		return order;
	return a->id < b->id ? -1 : a->id > b->id;
}

static bool
load_places(struct doctor *doctor, struct places *places)
{
	places->doctor = doctor;
	for (size_t i = 0; i < doctor->authority_count; i++) {
		struct ca_error why = {0};
		enum ca_status st;

		if (doctor->authorities[i].revoked)
			continue;
		places->authority = &doctor->authorities[i];
		st = ledger_each_point(doctor_ledger(doctor),
		    doctor->authorities[i].id, take_places, places, &why);
		if (!doctor_took(doctor, st, &why))
			return false;
	}
	if (places->count > 1)
		qsort(
		    places->list, places->count, sizeof(*places->list), by_url);
	return true;
}

/* ---- one URL for two lists ---- */

struct use {
	int64_t point;
	bool found;
};

static enum ca_status
take_use(void *ctx, const struct ledger_cert *row)
{
	struct use *use = ctx;

	use->found = use->found || row->point == use->point;
	return CA_OK;
}

/* A certificate that is still good names it. */
static bool
is_used(struct doctor *doctor, const struct place *place)
{
	const struct ledger_query query = {.issuer = place->authority->id,
	    .revoked = -1,
	    .expires_after = doctor->now};
	struct use use = {.point = place->id};
	struct ca_error why = {0};
	enum ca_status st = ledger_each_cert(
	    doctor_ledger(doctor), &query, take_use, &use, &why);

	return doctor_took(doctor, st, &why) && use.found;
}

static void
check_shared(
    struct doctor *doctor, const struct place *a, const struct place *b)
{
	struct doctor_finding f = {.kind = DOCTOR_CRL_POINT,
	    .severity = DOCTOR_BAD,
	    .rule = "RFC 5280 6.3.3 (b) (1)"};

	if (!ca_bytes_equal(ca_view(&a->url), ca_view(&b->url)) ||
	    (a->authority == b->authority && a->list == b->list &&
		a->delta == b->delta) ||
	    !is_used(doctor, a) || !is_used(doctor, b))
		return;
	text_add_safe(&f.subject, ca_view(&a->url));
	text_add(&f.what,
	    "is named for two CRLs, of %s and %s: give each its own URL "
	    "({issuer}, {shard}) in [publish], and issue anew",
	    a->authority->name, b->authority->name);
	text_add(&f.command, "\"${EDITOR:-vi}\" ");
	doctor_add_path(&f.command, doctor, "policies");
	text_add(&f.command, "/*.policy");
	doctor_say(doctor, &f);
}

void
doctor_check_points(struct doctor *doctor)
{
	struct places places = {0};

	for (size_t i = 0; i < doctor->authority_count; i++) {
		struct scope scope = {
		    .doctor = doctor, .authority = &doctor->authorities[i]};
		struct ca_error why = {0};

		if (doctor->authorities[i].revoked)
			continue;
		(void)doctor_took(doctor,
		    ledger_each_point(doctor_ledger(doctor),
			scope.authority->id, take_point, &scope, &why),
		    &why);
	}
	if (load_places(doctor, &places))
		for (size_t i = 1; i < places.count; i++)
			check_shared(
			    doctor, &places.list[i - 1], &places.list[i]);
	places_done(&places);
}

/* ---- what is served ---- */

struct served {
	struct doctor *doctor;
	const struct place *place;
	int64_t number; /* newest in the ledger; 0: none */
	uint8_t hash[LEDGER_HASH_LEN];
};

static enum ca_status
take_newest(void *ctx, const struct ledger_crl *row)
{
	struct served *served = ctx;

	served->number = row->number;
	if (row->hash.len == sizeof(served->hash))
		memcpy(served->hash, row->hash.data, sizeof(served->hash));
	return CA_OK;
}

static void
say_served(const struct served *served, enum doctor_severity severity,
    const char *what)
{
	const struct doctor_authority *authority = served->place->authority;
	struct doctor_finding f = {.kind = DOCTOR_CRL_SERVED,
	    .severity = severity,
	    .rule = "RFC 5280 4.2.1.13"};

	text_add_safe(&f.subject, ca_view(&served->place->url));
	text_add(&f.what, "%s", what);
	text_add(&f.command, "signet crl --ca %s --due%s", authority->name,
	    served->place->delta ? " --delta" : "");
	doctor_say(served->doctor, &f);
}

static bool
is_of(const struct served *served, const struct ca_crl *crl)
{
	struct signer signer = {0};
	struct ca_error why = {0};
	enum ca_status st = signer_open(
	    served->doctor->a, served->place->authority->name, &signer, &why);
	bool ours = st == CA_OK &&
	    ca_bytes_equal(crl->issuer, signer.certs[0].subject) &&
	    ca_crl_verify(crl, &signer.certs[0].spki, NULL) == CA_OK;

	signer_done(&signer);
	return ours;
}

static void
judge_served(const struct served *served, const struct ca_crl *crl)
{
	struct doctor *doctor = served->doctor;
	const bool ended = crl->next_update <= doctor->now;
	uint8_t hash[CA_HASH_MAX];
	struct text what = {0};

	if (!is_of(served, crl)) {
		say_served(served, DOCTOR_BAD,
		    "answers a CRL that this authority did not sign");
		return;
	}
	if (ca_hash_bytes(CA_HASH_SHA256, crl->der, hash, NULL) == CA_OK &&
	    memcmp(hash, served->hash, sizeof(served->hash)) == 0)
		return;
	text_add(&what, "answers CRL %llu%s, and the newest is %lld",
	    (unsigned long long)crl->number, ended ? ", which has ended" : "",
	    (long long)served->number);
	if (crl->number > (uint64_t)served->number)
		text_add(&what, ": was an older ledger put back?");
	else if (crl->number == (uint64_t)served->number)
		text_add(&what, ": it is another list");
	else
		text_add(&what, ": put the home's copy there");
	say_served(served,
	    ended || crl->number >= (uint64_t)served->number ? DOCTOR_BAD :
							       DOCTOR_SOON,
	    text_get(&what));
	text_done(&what);
}

static void
check_served(struct served *served, struct online *online)
{
	static const char *const labels[] = {CA_PEM_CRL, NULL};
	struct ca_buf file = {0}, der = {0};
	struct text what = {0};
	struct ca_error why = {0};
	struct ca_crl crl;

	if (online_get(online, (const char *)served->place->url.data,
		ONLINE_MAX_CRL, &file, &why) == CA_OK &&
	    ca_pem_single(ca_view(&file), labels, "a CRL", NULL, &der, &why) ==
		CA_OK &&
	    ca_crl_parse(ca_view(&der), &crl, &why) == CA_OK) {
		judge_served(served, &crl);
	} else {
		text_add(&what, "answers no CRL: %s", why.msg);
		say_served(served, DOCTOR_BAD, text_get(&what));
	}
	text_done(&what);
	ca_buf_free(&file);
	ca_buf_free(&der);
}

/* Where no list of ours is yet, none can be expected there; https and LDAP
 * are not spoken here. */
static void
check_place(
    struct doctor *doctor, const struct place *place, struct online *online)
{
	const struct ledger_crl_query query = {.issuer = place->authority->id,
	    .point = place->list,
	    .kind = place->delta ? LEDGER_CRL_DELTA : LEDGER_CRL_FULL,
	    .without_der = true};
	struct served served = {.doctor = doctor, .place = place};
	struct http_place at;
	struct ca_error why = {0};
	enum ca_status st;

	if (http_place_parse((const char *)place->url.data, &at, NULL) != CA_OK)
		return;
	st = ledger_find_crl(
	    doctor_ledger(doctor), &query, take_newest, &served, &why);
	if (st != CA_NOT_FOUND && doctor_took(doctor, st, &why))
		check_served(&served, online);
}

static void
say_unasked(struct doctor *doctor, size_t count)
{
	struct doctor_finding f = {.kind = DOCTOR_CRL_SERVED,
	    .rule = "at most 32 connections, and a minute"};

	text_add(&f.subject, "network");
	text_add(&f.what, "%zu more places were not asked", count);
	doctor_say(doctor, &f);
}

void
doctor_check_served(struct doctor *doctor)
{
	struct places places = {0};
	struct ca_error why = {0};
	struct online *online;

	if (!doctor->online)
		return;
	online = calloc(1, sizeof(*online));
	if (online == NULL)
		(void)doctor_took(doctor, CA_MEMORY, &why);
	else if (load_places(doctor, &places)) {
		online->fetch = doctor->fetch;
		online->fetch_ctx = doctor->fetch_ctx;
		online_begin(online);
		for (size_t i = 0; i < places.count; i++) {
			if (online->fetch_count >= ONLINE_MAX_FETCHES) {
				say_unasked(doctor, places.count - i);
				break;
			}
			check_place(doctor, &places.list[i], online);
		}
	}
	places_done(&places);
	free(online);
}
