/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a certificate's row refers to: its policy, its distribution point, the
 * certificate it renews. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/authority_audit.h"

struct used_policy {
	uint8_t hash[LEDGER_HASH_LEN];
	struct ca_buf name, noted; /* noted: another name it goes by */
	int64_t created;
	bool used, told;
};

struct used_point {
	int64_t id, issuer, shard;
	bool authorities, used;
	struct ca_buf name, freshest;
	struct ca_buf newest; /* the newest freshestCRL that there is, .. */
	struct ca_buf serial; /* in the certificate with this, in hex */
};

struct audit_refs {
	struct used_policy *policies;
	size_t policy_count, policy_room;
	struct used_point *points;
	size_t point_count, point_room;
};

static void
fault(struct audit *audit, const char *what)
{
	audit_say(audit, AUDIT_FAULT, audit->row, audit->who, what);
}

/* ---- before the first certificate ---- */

static enum ca_status
take_policy(void *ctx, const struct ledger_policy *row)
{
	struct audit *audit = ctx;
	struct audit_refs *refs = audit->refs;
	struct used_policy *one = refs->policies;

	if (row->hash.len != LEDGER_HASH_LEN) {
		audit_say(audit, AUDIT_FAULT, 0, "policy", AUDIT_NO_HASH);
		return CA_OK;
	}
	if (!audit_make_room((void **)&one, sizeof(*one), refs->policy_count,
		&refs->policy_room))
		return CA_MEMORY;
	refs->policies = one;
	one += refs->policy_count++;
	*one = (struct used_policy){.created = row->created};
	memcpy(one->hash, row->hash.data, LEDGER_HASH_LEN);
	return ca_buf_append_text(&one->name, row->name);
}

static enum ca_status
take_point(void *ctx, const struct ledger_point *row)
{
	struct audit_refs *refs = ctx;
	struct used_point *one = refs->points;
	enum ca_status st;

	if (!audit_make_room((void **)&one, sizeof(*one), refs->point_count,
		&refs->point_room))
		return CA_MEMORY;
	refs->points = one;
	one += refs->point_count++;
	*one = (struct used_point){.id = row->id,
	    .issuer = row->issuer,
	    .shard = row->shard,
	    .authorities = row->authorities};
	st = ca_buf_append(&one->name, row->name);
	return st != CA_OK ? st : ca_buf_append(&one->freshest, row->freshest);
}

static enum ca_status
take_points_of(void *ctx, const struct ledger_authority *row)
{
	struct audit *audit = ctx;

	return ledger_each_point(
	    audit->a->ledger, row->id, take_point, audit->refs, NULL);
}

enum ca_status
audit_refs_load(struct audit *audit, struct ca_error *err)
{
	struct ledger *ledger = audit->a->ledger;
	enum ca_status st;

	audit->refs = calloc(1, sizeof(*audit->refs));
	if (audit->refs == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	st = ledger_each_policy(ledger, take_policy, audit, err);
	if (st == CA_OK)
		st = ledger_each_authority(ledger, take_points_of, audit, err);
	return st;
}

void
audit_refs_free(struct audit_refs *refs)
{
	if (refs == NULL)
		return;
	for (size_t i = 0; i < refs->policy_count; i++) {
		ca_buf_free(&refs->policies[i].name);
		ca_buf_free(&refs->policies[i].noted);
	}
	for (size_t i = 0; i < refs->point_count; i++) {
		ca_buf_free(&refs->points[i].name);
		ca_buf_free(&refs->points[i].freshest);
		ca_buf_free(&refs->points[i].serial);
		ca_buf_free(&refs->points[i].newest);
	}
	free(refs->policies);
	free(refs->points);
	free(refs);
}

/* ---- policies ---- */

static struct used_policy *
find_policy(struct audit_refs *refs, struct ca_bytes hash)
{
	for (size_t i = 0; i < refs->policy_count; i++)
		if (ca_bytes_equal(hash,
			(struct ca_bytes){
			    refs->policies[i].hash, LEDGER_HASH_LEN}))
			return &refs->policies[i];
	return NULL;
}

/* The text came with the first certificate under it. Another policy may have
 * the same text: that is said once, as it may be an edit, too. */
static void
check_policy(struct audit *audit, const struct ledger_cert *row)
{
	struct used_policy *policy = find_policy(audit->refs, row->policy_hash);
	struct ca_bytes name = ca_text(row->policy);
	bool same;

	if (policy == NULL)
		return; /* said where it is needed */
	same = ca_bytes_equal(ca_view(&policy->name), name);
	if (!policy->used && (!same || policy->created != row->created))
		fault(audit,
		    "its policy's name or date is not the one its text was "
		    "kept with");
	else if (!same && !ca_bytes_equal(ca_view(&policy->noted), name)) {
		audit_say(audit, AUDIT_NOTE, audit->row, audit->who,
		    "its policy's text was first kept under another name");
		ca_buf_clear(&policy->noted);
		if (ca_buf_append(&policy->noted, name) != CA_OK)
			ca_buf_clear(&policy->noted);
	}
	policy->used = true;
}

/* ---- distribution points ---- */

static struct used_point *
find_point(const struct audit_refs *refs, int64_t id)
{
	for (size_t i = 0; i < refs->point_count && id != 0; i++)
		if (refs->points[i].id == id)
			return &refs->points[i];
	return NULL;
}

bool
audit_point(const struct audit *audit, int64_t id, struct audit_point *ret)
{
	const struct used_point *point = find_point(audit->refs, id);

	if (point == NULL)
		return false;
	*ret = (struct audit_point){.issuer = point->issuer,
	    .shard = point->shard,
	    .authorities = point->authorities,
	    .name = ca_view(&point->name)};
	return true;
}

static bool
fits(const struct used_point *point, const struct ledger_cert *row,
    const struct ca_cert *cert, const struct ca_policy *policy,
    struct ca_bytes name)
{
	return point->issuer == row->issuer &&
	    ca_bytes_equal(ca_view(&point->name), name) &&
	    (policy == NULL ||
		point->shard ==
		    (int64_t)ca_policy_shard(policy, row->serial)) &&
	    point->authorities == (cert->is_ca && point->shard != 0);
}

static void
check_point(struct audit *audit, const struct ledger_cert *row,
    const struct ca_cert *cert, const struct ca_policy *policy)
{
	struct used_point *point = find_point(audit->refs, row->point);
	struct ca_bytes name = {0}, freshest = {0};
	const struct ca_ext *ext;

	ext = ca_exts_find(&cert->exts, CA_OID_CRL_DISTRIBUTION_POINTS);
	if (ext != NULL && !ca_distribution_point_name(ext->value, &name))
		name = (struct ca_bytes){0};
	ext = ca_exts_find(&cert->exts, CA_OID_FRESHEST_CRL);
	if (ext != NULL)
		freshest = ext->value;
	if ((point == NULL) != (name.len == 0 && freshest.len == 0) ||
	    (point != NULL && !fits(point, row, cert, policy, name))) {
		fault(audit, "its point is not where it says its CRL is");
		return;
	}
	if (point == NULL)
		return;
	point->used = true;
	if (freshest.len == 0)
		return;
	ca_buf_clear(&point->newest);
	ca_buf_clear(&point->serial);
	if (ca_buf_append(&point->newest, freshest) != CA_OK ||
	    ca_hex_append(&point->serial, row->serial) != CA_OK ||
	    ca_buf_text(&point->serial) == NULL)
		fault(audit, "out of memory");
}

/* ---- the line ---- */

static enum ca_status
take_lineage(void *ctx, const struct ledger_cert *row)
{
	*(int64_t *)ctx = row->lineage;
	return CA_OK;
}

static void
check_line(struct audit *audit, const struct ledger_cert *row)
{
	int64_t lineage = row->id;

	if (row->renews != 0 &&
	    (row->renews >= row->id ||
		ledger_cert_by_id(audit->a->ledger, row->renews, take_lineage,
		    &lineage, NULL) != CA_OK))
		lineage = 0;
	if (lineage != row->lineage)
		fault(audit, "its line is not that of what it renews");
}

void
audit_refs_row(struct audit *audit, const struct ledger_cert *row,
    const struct ca_cert *cert, const struct ca_policy *policy)
{
	check_policy(audit, row);
	check_point(audit, row, cert, policy);
	check_line(audit, row);
}

/* ---- behind the last ---- */

const char *
audit_refs_event(struct audit *audit, const struct ledger_event *event)
{
	struct used_policy *policy;

	if (strcmp(event->kind, LEDGER_EVENT_POLICY) != 0)
		return NULL;
	policy = find_policy(audit->refs, event->object_hash);
	if (policy == NULL || policy->created != event->time)
		return "tells of a policy that is not there";
	policy->told = true;
	return NULL;
}

static void
end_policy(struct audit *audit, const struct used_policy *policy)
{
	char who[80];

	(void)snprintf(who, sizeof(who), "policy %.*s", (int)policy->name.len,
	    (const char *)policy->name.data);
	if (!policy->used)
		audit_say(audit, AUDIT_FAULT, 0, who,
		    "no certificate was issued under it");
	if (!policy->told)
		audit_say(audit, AUDIT_FAULT, 0, who,
		    "its event policy-changed is missing");
}

/* Whoever issues writes it. A renewed certificate has another serial and, of
 * several partitions, perhaps another one. */
static void
fault_of_freshest(
    struct audit *audit, const struct used_point *point, const char *who)
{
	char what[256];

	if (point->shard == 0 && point->serial.len > 0)
		(void)snprintf(what, sizeof(what),
		    "its freshest column is not the newest freshestCRL of its "
		    "certificates: signet renew %.40s, where its policy's "
		    "[publish] has freshest, sets it again",
		    (const char *)point->serial.data);
	else
		(void)snprintf(what, sizeof(what),
		    "its freshest column is not the newest freshestCRL of its "
		    "certificates: the next one that is issued into it, where "
		    "the policy's [publish] has freshest, sets it again");
	audit_say(audit, AUDIT_FAULT, 0, who, what);
}

void
audit_refs_end(struct audit *audit)
{
	struct audit_refs *refs = audit->refs;
	int64_t last = 0;
	char who[48];

	for (size_t i = 0; i < refs->policy_count; i++)
		end_policy(audit, &refs->policies[i]);
	for (size_t i = 0; i < refs->point_count; i++) {
		const struct used_point *point = &refs->points[i];

		if (point->id > last)
			last = point->id;
		(void)snprintf(
		    who, sizeof(who), "point %lld", (long long)point->id);
		if (!point->used)
			audit_say(audit, AUDIT_FAULT, 0, who,
			    "no certificate names it");
		else if (!ca_bytes_equal(ca_view(&point->newest),
			     ca_view(&point->freshest)))
			fault_of_freshest(audit, point, who);
	}
	if (last != (int64_t)refs->point_count)
		audit_say(audit, AUDIT_FAULT, 0, "points", "one is missing");
}
