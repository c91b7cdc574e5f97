/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/crl.h"
#include "cli/authority_audit.h"

/* One revocation as the ledger has it; serials rise along the array. */
struct revoked {
	uint8_t serial[20];
	size_t len;
	int64_t at, not_after, partition;
	enum ca_reason reason;
	int64_t invalid_since;
};

struct revocations {
	struct ca_buf packed; /* struct revoked, one behind the other */
	size_t count;
};

static struct revoked
at(const struct revocations *all, size_t i)
{
	struct revoked one;

	memcpy(&one, all->packed.data + i * sizeof(one), sizeof(one));
	return one;
}

/* Numerically: the longer serial is the larger. */
static int
order(struct ca_bytes a, struct ca_bytes b)
{
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return ca_bytes_compare(a, b);
}

/* What became of a serial. A hold that was lifted: CRLs from before it list
 * the serial. A revocation behind a CRL with a later date (the clock was ahead
 * when that was made): it need not list the serial. */
struct change {
	uint8_t serial[20];
	size_t len;
	int64_t at, sequence;
};

struct crl_check {
	struct audit *audit;
	const struct signer *signer;
	struct revocations all;
	uint8_t spki_hash[LEDGER_HASH_LEN]; /* the signer's */
	struct audit_dropped dropped;
	struct ca_buf lifted, late; /* struct change */
	struct ca_buf forced;       /* hashes of CRLs whose date went back */
	int64_t newest_update;      /* of the CRLs that events told of so far */
	int64_t sequence;           /* of the event of the one in hand */
	int64_t previous_update;    /* thisUpdate of the CRL before */
	int64_t previous_number;
	/* of the one in hand: thisUpdate of its base, or of the list before
	 * it that was no delta */
	int64_t list_update, list_number;
};

/* What a revocation's row repeats of its certificate's. */
struct copy {
	const struct audit *audit;
	const struct ledger_revocation *row;
	bool same;
};

static enum ca_status
compare_copy(void *ctx, const struct ledger_cert *cert)
{
	struct copy *copy = ctx;
	const struct ledger_revocation *row = copy->row;
	struct audit_point point = {0};
	bool partition = audit_point(copy->audit, cert->point, &point) &&
	    point.shard > 0;

	copy->same = ca_bytes_equal(row->serial, cert->serial) &&
	    row->not_after == cert->not_after &&
	    row->partition == (partition ? cert->point : 0);
	return CA_OK;
}

static enum ca_status
take(void *ctx, const struct ledger_revocation *row)
{
	struct crl_check *check = ctx;
	struct revocations *all = &check->all;
	struct copy copy = {.audit = check->audit, .row = row};
	struct revoked one = {.len = row->serial.len,
	    .at = row->revoked_at,
	    .not_after = row->not_after,
	    .partition = row->partition,
	    .reason = (enum ca_reason)row->reason,
	    .invalid_since = row->invalid_since};

	if (row->serial.len > sizeof(one.serial))
		return CA_INTERNAL;
	if (ledger_cert_by_id(check->audit->a->ledger, row->certificate,
		compare_copy, &copy, NULL) != CA_OK ||
	    !copy.same)
		audit_say(check->audit, AUDIT_FAULT, row->certificate, NULL,
		    "a revocation's columns are not its certificate's");
	memcpy(one.serial, row->serial.data, row->serial.len);
	all->count++;
	return ca_buf_append(&all->packed,
	    (struct ca_bytes){(const uint8_t *)&one, sizeof(one)});
}

static void
fault(struct crl_check *check, const struct ledger_crl *row, const char *what)
{
	char who[96];

	(void)snprintf(who, sizeof(who), "CRL %lld of %s",
	    (long long)row->number, check->signer->name);
	audit_say(check->audit, AUDIT_FAULT, 0, who, what);
}

static enum ca_status
put_change(struct ca_buf *list, const struct ledger_event *row)
{
	struct change one = {
	    .len = row->serial.len, .at = row->time, .sequence = row->sequence};

	if (one.len > sizeof(one.serial))
		return CA_OK;
	if (one.len > 0)
		memcpy(one.serial, row->serial.data, one.len);
	return ca_buf_append(
	    list, (struct ca_bytes){(const uint8_t *)&one, sizeof(one)});
}

static enum ca_status
take_event(void *ctx, const struct ledger_event *row)
{
	struct crl_check *check = ctx;

	if (!ca_bytes_equal(row->issuer_spki_hash,
		(struct ca_bytes){check->spki_hash, LEDGER_HASH_LEN}))
		return CA_OK;
	if (strcmp(row->kind, LEDGER_EVENT_UNHELD) == 0)
		return put_change(&check->lifted, row);
	if (strcmp(row->kind, LEDGER_EVENT_FORCED) == 0 &&
	    row->object_hash.len == LEDGER_HASH_LEN)
		return ca_buf_append(&check->forced, row->object_hash);
	if (strcmp(row->kind, LEDGER_EVENT_CRL) == 0) {
		if (row->time > check->newest_update)
			check->newest_update = row->time;
		return audit_dropped_event(&check->dropped, row);
	}
	if (strcmp(row->kind, LEDGER_EVENT_REVOKED) == 0 &&
	    row->time < check->newest_update)
		return put_change(&check->late, row);
	return CA_OK;
}

struct of_crl {
	struct ca_bytes hash;
	int64_t sequence;
};

static enum ca_status
match_crl(void *ctx, const struct ledger_event *row)
{
	struct of_crl *of = ctx;

	if (strcmp(row->kind, LEDGER_EVENT_CRL) == 0 &&
	    ca_bytes_equal(row->object_hash, of->hash))
		of->sequence = row->sequence;
	return CA_OK;
}

/* 0 when no event tells of it. Asked only where dates do not explain it. */
static int64_t
sequence_of(struct crl_check *check, const struct ledger_crl *row)
{
	struct of_crl of = {.hash = row->hash};

	if (check->sequence < 0 &&
	    ledger_each_event(
		check->audit->a->ledger, 0, match_crl, &of, NULL) == CA_OK)
		check->sequence = of.sequence;
	return check->sequence;
}

/* The serial was on hold when the CRL was made, and no more; or the CRL says
 * itself that it was lifted. */
static bool
was_lifted(struct crl_check *check, const struct ca_crl_entry *entry,
    const struct ledger_crl *row)
{
	bool removed = entry->reason == CA_REASON_REMOVE_FROM_CRL;
	struct change one;

	for (size_t i = 0; i < check->lifted.len; i += sizeof(one)) {
		memcpy(&one, check->lifted.data + i, sizeof(one));
		if (!ca_bytes_equal(
			entry->serial, (struct ca_bytes){one.serial, one.len}))
			continue;
		if (removed ? one.at <= row->this_update :
			      one.at >= row->this_update)
			return true;
		if (removed ? one.sequence < sequence_of(check, row) :
			      one.sequence > sequence_of(check, row))
			return true;
	}
	return false;
}

/* It was revoked after the CRL was made, whatever the clock said. */
static bool
was_late(struct crl_check *check, const struct revoked *revoked,
    const struct ledger_crl *row)
{
	struct change one;

	for (size_t i = 0; i < check->late.len; i += sizeof(one)) {
		memcpy(&one, check->late.data + i, sizeof(one));
		if (one.at == revoked->at &&
		    ca_bytes_equal((struct ca_bytes){one.serial, one.len},
			(struct ca_bytes){revoked->serial, revoked->len}) &&
		    sequence_of(check, row) > 0 &&
		    one.sequence > sequence_of(check, row))
			return true;
	}
	return false;
}

static bool
was_forced(const struct crl_check *check, const struct ledger_crl *row)
{
	for (size_t i = 0; i < check->forced.len; i += LEDGER_HASH_LEN)
		if (memcmp(check->forced.data + i, row->hash.data,
			LEDGER_HASH_LEN) == 0)
			return true;
	return false;
}

static void
check_rises(struct crl_check *check, const struct ledger_crl *row)
{
	char who[96];

	/* What was published at once shares both. */
	if (row->number == check->previous_number &&
	    row->this_update == check->previous_update)
		return;
	if (row->number > check->previous_number &&
	    row->this_update > check->previous_update)
		return;
	if (row->number <= check->previous_number || !was_forced(check, row)) {
		fault(check, row, "its number or thisUpdate does not rise");
		return;
	}
	(void)snprintf(who, sizeof(who), "CRL %lld of %s",
	    (long long)row->number, check->signer->name);
	audit_say(check->audit, AUDIT_NOTE, 0, who,
	    "its thisUpdate is before that of the one before it, by "
	    "--force-time");
}

static void
check_columns(struct crl_check *check, const struct ledger_crl *row,
    const struct ca_crl *crl)
{
	uint8_t hash[LEDGER_HASH_LEN];

	if (!crl->has_number || crl->number != (uint64_t)row->number ||
	    crl->this_update != row->this_update ||
	    crl->next_update != row->next_update ||
	    crl->entry_count != (size_t)row->entries)
		fault(check, row, "its columns are not the CRL's");
	if (authority_hash(row->der, hash, NULL) != CA_OK ||
	    !ca_bytes_equal(row->hash, (struct ca_bytes){hash, sizeof(hash)}))
		fault(check, row, "its hash column is not the CRL's");
	if (!ca_bytes_equal(crl->issuer, check->signer->certs[0].subject))
		fault(check, row, "its issuer is not the authority's name");
	check_rises(check, row);
}

static enum ca_status
take_update(void *ctx, const struct ledger_crl *row)
{
	struct crl_check *check = ctx;

	check->list_update = row->this_update;
	check->list_number = row->number;
	return CA_OK;
}

/* issuingDistributionPoint made again from the point. */
static bool
is_scope_of(const struct crl_check *check, const struct ledger_crl *row,
    struct ca_bytes value)
{
	struct audit_point point;
	struct der_out out = {0};
	struct ca_buf made = {0};
	bool same;

	if (!audit_point(check->audit, row->point, &point))
		return false;
	ca_issuing_point_put(
	    &out, point.name, !point.authorities, point.authorities);
	same = der_finish(&out, &made) == CA_OK && point.shard > 0 &&
	    point.issuer == row->issuer &&
	    ca_bytes_equal(ca_view(&made), value);
	der_discard(&out);
	ca_buf_free(&made);
	return same;
}

/* What it continues: its base, which must be there, or the list before. */
static void
check_predecessor(struct crl_check *check, const struct ledger_crl *row)
{
	const struct ledger_crl_query query = {.issuer = row->issuer,
	    .point = row->point,
	    .kind = LEDGER_CRL_FULL,
	    .below = row->base > 0 ? row->base + 1 : row->number,
	    .without_der = true};
	struct ca_error inner = {0};

	check->list_update = LEDGER_NO_TIME;
	check->list_number = 0;
	if (ledger_find_crl(check->audit->a->ledger, &query, take_update, check,
		&inner) != CA_OK &&
	    inner.status != CA_NOT_FOUND)
		fault(check, row, inner.msg);
	if (row->base > 0 && check->list_number != row->base)
		fault(check, row, "its base was not published");
}

static void
check_scope(struct crl_check *check, const struct ledger_crl *row,
    const struct ca_crl *crl)
{
	const struct ca_ext *ext = ca_exts_find(
	    &crl->exts, CA_OID_DELTA_CRL_INDICATOR);
	uint64_t base = 0;

	if (ext != NULL && !ca_crl_number_get(ext->value, &base))
		base = UINT64_MAX;
	if (base != (uint64_t)row->base)
		fault(check, row, "its base column is not the CRL's");
	ext = ca_exts_find(&crl->exts, CA_OID_ISSUING_DISTRIBUTION_POINT);
	if ((ext != NULL) != (row->point != 0) ||
	    (ext != NULL && !is_scope_of(check, row, ext->value)))
		fault(check, row, "its scope is not its column's");
}

/* A revocation the CRL would have to hold. */
static bool
must_be_listed(const struct crl_check *check, const struct ledger_crl *row,
    const struct revoked *one)
{
	int64_t cutoff = check->list_update < row->this_update ?
	    check->list_update :
	    row->this_update;

	return one->at < row->this_update && one->not_after >= cutoff &&
	    (row->base == 0 || one->at > check->list_update);
}

/* What is wrong with an entry, or NULL. Its reason may have risen since
 * (checklist 78, 92). */
static const char *
compare_entry(const struct ca_crl_entry *entry, const struct revoked *one)
{
	if (entry->reason == CA_REASON_REMOVE_FROM_CRL)
		return "removes what the ledger knows as revoked";
	if (entry->revoked_at != one->at)
		return "has another revocation date than the ledger";
	if (entry->reason == one->reason &&
	    entry->invalid_since != one->invalid_since)
		return "has another invalidity date than the ledger";
	if (entry->reason == one->reason ||
	    entry->reason == CA_REASON_CERTIFICATE_HOLD ||
	    (entry->reason == CA_REASON_UNSPECIFIED &&
		one->reason == CA_REASON_KEY_COMPROMISE))
		return NULL;
	return "has another reason than the ledger";
}

/*
 * Both rise by serial, so one pass holds them against each other: an entry
 * must be a revocation with that date, and a revocation from before
 * thisUpdate must be an entry, unless its certificate had expired before the
 * CRL before this one (RFC 5280 5). A hold that was lifted later is in the
 * history alone.
 */
static void
check_entries(struct crl_check *check, const struct ledger_crl *row,
    const struct ca_crl *crl)
{
	struct ca_bytes entries = crl->entries;
	struct ca_crl_entry entry;
	const char *wrong;
	size_t i = 0;
	bool more = ca_crl_next(&entries, &entry);

	while (more || i < check->all.count) {
		struct revoked one = {0};
		int side = -1;

		if (i < check->all.count) {
			one = at(&check->all, i);
			if (row->point != 0 && one.partition != row->point) {
				i++;
				continue;
			}
			side = !more ?
			    1 :
			    order(entry.serial,
				(struct ca_bytes){one.serial, one.len});
		}
		if (side < 0 && !was_lifted(check, &entry, row)) {
			fault(check, row,
			    "lists a serial the ledger does not "
			    "know as revoked");
			return;
		}
		if (side > 0 && must_be_listed(check, row, &one) &&
		    !was_late(check, &one, row)) {
			fault(check, row,
			    "leaves out a revocation from before "
			    "its thisUpdate");
			return;
		}
		if (side == 0 && (wrong = compare_entry(&entry, &one)) &&
		    !was_lifted(check, &entry, row)) {
			fault(check, row, wrong);
			return;
		}
		if (side <= 0)
			more = ca_crl_next(&entries, &entry);
		if (side >= 0)
			i++;
	}
}

/* Its columns are all there is: what else says the same is held against
 * them. */
static void
check_dropped(struct crl_check *check, const struct ledger_crl *row)
{
	struct audit_point point;
	const char *what = audit_dropped_crl(
	    &check->dropped, check->audit->a->ledger, row);

	if (what != NULL)
		fault(check, row, what);
	check_rises(check, row);
	check_predecessor(check, row);
	if (row->point != 0 &&
	    (!audit_point(check->audit, row->point, &point) ||
		point.shard == 0 || point.issuer != row->issuer))
		fault(check, row, "its scope is not its column's");
}

static enum ca_status
check_crl(void *ctx, const struct ledger_crl *row)
{
	struct crl_check *check = ctx;
	struct ca_crl *crl = calloc(1, sizeof(*crl));
	struct ca_error inner = {0};

	if (crl == NULL)
		return CA_MEMORY;
	check->audit->report->crls++;
	check->sequence = -1;
	if (row->der.len == 0)
		check_dropped(check, row);
	else if (ca_crl_parse(row->der, crl, &inner) != CA_OK ||
	    ca_crl_verify(crl, &check->signer->certs[0].spki, &inner) !=
		CA_OK) {
		fault(check, row, inner.msg);
	} else {
		check_columns(check, row, crl);
		check_predecessor(check, row);
		check_scope(check, row, crl);
		check_entries(check, row, crl);
	}
	check->previous_update = row->this_update;
	check->previous_number = row->number;
	free(crl);
	return CA_OK;
}

enum ca_status
audit_crls(struct audit *audit, struct ca_error *err)
{
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < audit->signer_count && st == CA_OK; i++) {
		struct crl_check check = {.audit = audit,
		    .signer = &audit->signers[i],
		    .previous_update = LEDGER_NO_TIME,
		    .newest_update = LEDGER_NO_TIME};

		st = ledger_each_revocation(audit->a->ledger, check.signer->id,
		    LEDGER_NO_TIME, take, &check, err);
		if (st == CA_OK)
			st = authority_hash(check.signer->certs[0].spki.der,
			    check.spki_hash, err);
		if (st == CA_OK)
			st = ledger_each_event(
			    audit->a->ledger, 0, take_event, &check, err);
		if (st == CA_OK)
			st = ledger_each_crl(audit->a->ledger, check.signer->id,
			    check_crl, &check, err);
		audit_dropped_done(&check.dropped);
		ca_buf_free(&check.all.packed);
		ca_buf_free(&check.lifted);
		ca_buf_free(&check.late);
		ca_buf_free(&check.forced);
	}
	return st;
}
