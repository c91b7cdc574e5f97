/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/authority_audit.h"

/* ---- what the history must tell of each certificate ---- */

enum deed {
	INTENDED = 1,
	ISSUED = 2,
	REVOKED = 4
};

struct audit_deeds {
	int64_t row;
	unsigned is, told; /* of enum deed */
	int64_t revoked_at, told_at;
};

enum ca_status
audit_expect(struct audit *audit, const struct ledger_cert *row)
{
	struct audit_deeds *deeds = audit->deeds;

	if (audit->deed_count == audit->deed_room) {
		size_t room = 2 * audit->deed_room + 64;

		deeds = realloc(deeds, room * sizeof(*deeds));
		if (deeds == NULL)
			return CA_MEMORY;
		audit->deeds = deeds;
		audit->deed_room = room;
	}
	deeds[audit->deed_count++] = (struct audit_deeds){.row = row->id,
	    .revoked_at = row->revoked_at,
	    .is = INTENDED | (row->state == LEDGER_ISSUED ? ISSUED : 0) |
		(row->revoked_at != LEDGER_NO_TIME ? REVOKED : 0)};
	return CA_OK;
}

static int
by_row(const void *a, const void *b)
{
	const struct audit_deeds *x = a, *y = b;

	return (x->row > y->row) - (x->row < y->row);
}

static struct audit_deeds *
find_deeds(struct audit *audit, int64_t row)
{
	const struct audit_deeds key = {.row = row};

	/* The rows came in order of their numbers. */
	return audit->deed_count == 0 ?
	    NULL :
	    bsearch(&key, audit->deeds, audit->deed_count, sizeof(key), by_row);
}

/* ---- the leaf ---- */

static enum ca_status
put_field(struct ca_buf *leaf, struct ca_bytes field)
{
	const uint8_t len[2] = {(uint8_t)(field.len >> 8), (uint8_t)field.len};
	enum ca_status st = ca_buf_append(leaf, (struct ca_bytes){len, 2});

	return st == CA_OK ? ca_buf_append(leaf, field) : st;
}

static enum ca_status
put_integer(struct ca_buf *leaf, uint64_t value)
{
	uint8_t octets[8];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(value >> (56 - 8 * i));
	return ca_buf_append(leaf, (struct ca_bytes){octets, sizeof(octets)});
}

/* Written from the format in db/ledger.h, not with the ledger's own code:
 * an audit that shares the writer would share its faults. */
static enum ca_status
build_leaf(const struct ledger_event *row, struct ca_buf *leaf)
{
	static const uint8_t version[1] = {1};
	enum ca_status st;

	if ((st = ca_buf_append(leaf, (struct ca_bytes){version, 1})) !=
		CA_OK ||
	    (st = put_integer(leaf, (uint64_t)row->sequence)) != CA_OK ||
	    (st = put_integer(leaf, (uint64_t)row->time)) != CA_OK ||
	    (st = put_field(leaf, ca_text(row->kind))) != CA_OK ||
	    (st = put_field(leaf, row->issuer_spki_hash)) != CA_OK ||
	    (st = put_field(leaf, row->serial)) != CA_OK)
		return st;
	return put_field(leaf, row->object_hash);
}

/* ---- one event ---- */

struct event_check {
	struct audit *audit;
	const struct ledger_event *event;
	int64_t next, last;
	size_t crls;
	char who[48];
};

static void
fault(struct event_check *check, int64_t row, const char *what)
{
	audit_say(check->audit, AUDIT_FAULT, row, check->who, what);
}

static void
check_leaf(struct event_check *check)
{
	struct ca_buf leaf = {0};

	if (build_leaf(check->event, &leaf) != CA_OK ||
	    !ca_bytes_equal(ca_view(&leaf), check->event->leaf))
		fault(check, 0, "its columns are not its leaf's");
	ca_buf_free(&leaf);
}

static unsigned
deed_of(const char *kind)
{
	if (strcmp(kind, LEDGER_EVENT_INTENDED) == 0)
		return INTENDED;
	if (strcmp(kind, LEDGER_EVENT_ISSUED) == 0)
		return ISSUED;
	if (strcmp(kind, LEDGER_EVENT_REVOKED) == 0 ||
	    strcmp(kind, LEDGER_EVENT_UNHELD) == 0)
		return REVOKED;
	return 0;
}

/* The certificate's row against what the event says of it. */
static enum ca_status
compare_row(void *ctx, const struct ledger_cert *row)
{
	struct event_check *check = ctx;
	const struct ledger_event *event = check->event;
	unsigned deed = deed_of(event->kind);

	if (!ca_bytes_equal(event->serial, row->serial))
		fault(check, row->id, "its serial is not the certificate's");
	if (deed == INTENDED && event->time != row->created)
		fault(check, row->id, "its time is not the certificate's date");
	if ((deed == INTENDED || deed == REVOKED) &&
	    ca_bytes_equal(event->object_hash, row->tbs_hash))
		return CA_OK;
	if ((deed == ISSUED || deed == REVOKED) &&
	    ca_bytes_equal(event->object_hash, row->der_hash))
		return CA_OK;
	if (deed != 0)
		fault(check, row->id, "its hash is not the certificate's");
	return CA_OK;
}

static void
check_certificate(struct event_check *check)
{
	const struct ledger_event *event = check->event;
	struct audit_deeds *deeds = find_deeds(
	    check->audit, event->certificate);
	unsigned deed = deed_of(event->kind);

	if (deeds == NULL ||
	    ledger_cert_marks(check->audit->a->ledger, event->certificate,
		compare_row, check, NULL) != CA_OK) {
		fault(check, event->certificate,
		    "tells of a certificate that is not there");
		return;
	}
	if (deed != REVOKED && (deeds->told & deed) != 0)
		fault(check, deeds->row, "tells what was told before");
	/* A reason that rises later leaves the date. */
	if (deed == REVOKED && (deeds->told & REVOKED) == 0)
		deeds->told_at = event->time;
	deeds->told |= deed;
	if (strcmp(event->kind, LEDGER_EVENT_UNHELD) == 0)
		deeds->told &= ~(unsigned)REVOKED; /* once more as before */
}

static enum ca_status
check_event(void *ctx, const struct ledger_event *row)
{
	struct event_check *check = ctx;
	const char *what;

	check->audit->report->events++;
	check->event = row;
	(void)snprintf(check->who, sizeof(check->who), "event %lld",
	    (long long)row->sequence);
	if (row->sequence != check->next)
		fault(check, 0, "an event before it is missing");
	check->next = row->sequence + 1;
	check_leaf(check);
	if (row->certificate != 0)
		check_certificate(check);
	if ((what = audit_refs_event(check->audit, row)) != NULL ||
	    (what = audit_founding_event(check->audit, row)) != NULL)
		fault(check, row->certificate, what);
	if (strcmp(row->kind, LEDGER_EVENT_CRL) == 0)
		check->crls++;
	audit_progress(check->audit, "events", row->sequence, check->last);
	return audit_log_event(check->audit, row);
}

/* ---- all of them ---- */

static void
check_deeds(struct audit *audit, const struct audit_deeds *deeds)
{
	static const struct {
		unsigned deed;
		const char *untold;
	} faults[] = {
	    {INTENDED, "its event intended is missing"},
	    {ISSUED, "its event issued is missing"},
	    {REVOKED, "its event revoked is missing"},
	};
	unsigned untold = deeds->is & ~deeds->told;
	char who[48];

	(void)snprintf(
	    who, sizeof(who), "certificate %lld", (long long)deeds->row);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if ((untold & faults[i].deed) != 0)
			audit_say(audit, AUDIT_FAULT, deeds->row, who,
			    faults[i].untold);
	if ((deeds->told & deeds->is & REVOKED) != 0 &&
	    deeds->told_at != deeds->revoked_at)
		audit_say(audit, AUDIT_FAULT, deeds->row, who,
		    "its revocation's date is not its event's");
	if ((deeds->told & ~deeds->is & ISSUED) != 0)
		audit_say(audit, AUDIT_FAULT, deeds->row, who,
		    "was issued, and is intended again");
	if ((deeds->told & ~deeds->is & REVOKED) != 0)
		audit_say(audit, AUDIT_FAULT, deeds->row, who,
		    "was revoked, and is not revoked any more");
}

enum ca_status
audit_events(struct audit *audit, struct ca_error *err)
{
	struct event_check check = {.audit = audit, .next = 1};
	char what[80];
	enum ca_status st = ledger_log_size(audit->a->ledger, &check.last, err);

	if (st == CA_OK)
		st = ledger_each_event(
		    audit->a->ledger, 0, check_event, &check, err);
	if (st != CA_OK)
		return st;
	for (size_t i = 0; i < audit->deed_count; i++)
		check_deeds(audit, &audit->deeds[i]);
	(void)snprintf(what, sizeof(what), "%zu were published, %zu %s here",
	    check.crls, audit->report->crls,
	    audit->report->crls == 1 ? "is" : "are");
	if (check.crls != audit->report->crls)
		audit_say(audit, AUDIT_FAULT, 0, "CRLs", what);
	return CA_OK;
}
