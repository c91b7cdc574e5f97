/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certificates that end and are followed by none, or outlive their issuer. */
#include <stdlib.h>
#include <string.h>

#include "cli/doctor_part.h"

#define SHOWN 3

struct candidate {
	int64_t id, lineage, not_after;
	uint8_t serial[20];
	size_t serial_len;
};
struct candidates {
	const struct doctor *doctor;
	struct candidate *list;
	size_t count, room;
	bool ending; /* by the clock; else all that are given */
};

/* Their ends are told by themselves. */
static bool
is_authority_or_responder(
    const struct doctor *doctor, const struct ledger_cert *row)
{
	for (size_t i = 0; i < doctor->authority_count; i++)
		if (doctor->authorities[i].certificate == row->id)
			return true;
	return row->policy != NULL &&
	    strcmp(row->policy, "ocsp-responder") == 0;
}

static enum ca_status
take_candidate(void *ctx, const struct ledger_cert *row)
{
	struct candidates *candidates = ctx;
	const struct doctor *doctor = candidates->doctor;
	const int64_t soon = doctor_soon(
	    doctor, DOCTOR_CERTIFICATE, row->not_after - row->not_before);
	struct candidate *to;

	if (candidates->ending &&
	    (row->not_after - soon > doctor->now ||
		is_authority_or_responder(doctor, row)))
		return CA_OK;
	if (row->serial.len > sizeof(to->serial))
		return CA_OK;
	if (candidates->count == candidates->room) {
		size_t room = candidates->room == 0 ? 64 : candidates->room * 2;

		to = reallocarray(candidates->list, room, sizeof(*to));
		if (to == NULL)
			return CA_MEMORY;
		candidates->list = to;
		candidates->room = room;
	}
	to = &candidates->list[candidates->count++];
	*to = (struct candidate){.id = row->id,
	    .lineage = row->lineage,
	    .not_after = row->not_after,
	    .serial_len = row->serial.len};
	memcpy(to->serial, row->serial.data, row->serial.len);
	return CA_OK;
}

/* ---- those that are followed ---- */

struct line {
	int64_t id, end, now;
	int64_t latest; /* that it may end at; 0: any */
	bool followed;
};

static enum ca_status
take_follower(void *ctx, const struct ledger_cert *row)
{
	struct line *line = ctx;

	if (row->id != line->id && row->not_after >= line->now &&
	    (line->latest == 0 ? row->not_after > line->end :
				 row->not_after <= line->latest))
		line->followed = true;
	return CA_OK;
}

/* Leaves those that nothing follows. */
static void
drop_followed(
    struct doctor *doctor, struct candidates *candidates, int64_t latest)
{
	size_t kept = 0;

	for (size_t i = 0; i < candidates->count; i++) {
		const struct candidate *one = &candidates->list[i];
		struct line line = {.id = one->id,
		    .end = one->not_after,
		    .now = doctor->now,
		    .latest = latest};
		const struct ledger_query query = {.lineage = one->lineage,
		    .state = LEDGER_ISSUED,
		    .revoked = -1,
		    .after = one->id};
		struct ca_error why = {0};
		enum ca_status st = ledger_each_cert(
		    doctor_ledger(doctor), &query, take_follower, &line, &why);

		if (!doctor_took(doctor, st, &why))
			return;
		if (!line.followed)
			candidates->list[kept++] = *one;
	}
	candidates->count = kept;
}

static int
by_end(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->not_after != b->not_after)
		return a->not_after < b->not_after ? -1 : 1;
	return a->id < b->id ? -1 : 1;
}

/* ---- telling ---- */

static enum ca_status
take_subject(void *ctx, const struct ledger_cert *row)
{
	text_add_cut(ctx, ca_text(row->subject), 48);
	return CA_OK;
}

static void
add_shown(struct doctor *doctor, struct text *text,
    const struct candidates *candidates)
{
	size_t shown = candidates->count < SHOWN ? candidates->count : SHOWN;

	for (size_t i = 0; i < shown; i++) {
		const struct candidate *one = &candidates->list[i];
		struct ca_error why = {0};

		text_add(text, i == 0 ? "" : ", ");
		(void)doctor_took(doctor,
		    ledger_cert_by_id(doctor_ledger(doctor), one->id,
			take_subject, text, &why),
		    &why);
		text_add(text, " (");
		doctor_add_time(text, one->not_after);
		text_add(text, ")");
	}
	if (candidates->count > shown)
		text_add(text, " and %zu more", candidates->count - shown);
}

static void
add_serial(struct text *text, const struct candidate *one)
{
	text_add_hex(text, (struct ca_bytes){one->serial, one->serial_len});
}

static void
say_ending(struct doctor *doctor, const struct candidates *candidates)
{
	struct doctor_finding f = {.kind = DOCTOR_CERTIFICATE_END,
	    .severity = DOCTOR_SOON,
	    .rule = "RFC 5280 4.1.2.5",
	    .at = candidates->list[0].not_after};
	const size_t count = candidates->count;

	text_add(&f.subject, "certificates");
	text_add(&f.what, "%zu end%s soon and %s no successor: ", count,
	    count == 1 ? "s" : "", count == 1 ? "has" : "have");
	add_shown(doctor, &f.what, candidates);
	text_add(&f.command, "signet renew ");
	add_serial(&f.command, &candidates->list[0]);
	doctor_say(doctor, &f);
}

void
doctor_check_certificates(struct doctor *doctor)
{
	struct candidates candidates = {.doctor = doctor, .ending = true};
	const struct ledger_query query = {.state = LEDGER_ISSUED,
	    .revoked = -1,
	    .expires_after = doctor->now,
	    .expires_before = doctor->now +
		doctor_soon(doctor, DOCTOR_CERTIFICATE, INT64_MAX)};
	struct ca_error why = {0};
	enum ca_status st = ledger_each_cert(
	    doctor_ledger(doctor), &query, take_candidate, &candidates, &why);

	if (doctor_took(doctor, st, &why)) {
		drop_followed(doctor, &candidates, 0);
		if (candidates.count > 1)
			qsort(candidates.list, candidates.count,
			    sizeof(*candidates.list), by_end);
		if (candidates.count > 0)
			say_ending(doctor, &candidates);
	}
	free(candidates.list);
}

/* ---- beyond the issuer's end ---- */

/* An authority is not renewed: another one follows. */
static void
add_outliving(struct doctor *doctor, struct text *command,
    const struct doctor_authority *issuer, const struct candidate *first)
{
	for (size_t i = 0; i < doctor->authority_count; i++)
		if (doctor->authorities[i].certificate == first->id) {
			doctor_add_successor(
			    doctor, command, &doctor->authorities[i]);
			return;
		}
	text_add(command, "signet renew ");
	add_serial(command, first);
	if (issuer->not_after < doctor->now)
		return;
	text_add(command, " --not-after ");
	doctor_add_time(command, issuer->not_after);
}

static void
say_outliving(struct doctor *doctor, const struct doctor_authority *issuer,
    const struct candidates *candidates)
{
	struct doctor_finding f = {.kind = DOCTOR_OUTLIVES,
	    .severity = issuer->not_after < doctor->now ? DOCTOR_BAD :
							  DOCTOR_SOON,
	    .rule = "its path ends with its issuer, RFC 5280 6.1.3",
	    .at = issuer->not_after};
	const size_t count = candidates->count;

	text_add(&f.subject, "%s", issuer->name);
	text_add(&f.what, "%zu certificate%s outlive%s it (", count,
	    count == 1 ? "" : "s", count == 1 ? "s" : "");
	doctor_add_time(&f.what, issuer->not_after);
	text_add(&f.what, "): ");
	add_shown(doctor, &f.what, candidates);
	add_outliving(doctor, &f.command, issuer, &candidates->list[0]);
	doctor_say(doctor, &f);
}

/* Of an issuer the end is what is left of the path above it as well. */
static int64_t
end_of_path(const struct doctor *doctor, const struct doctor_authority *issuer)
{
	int64_t end = issuer->not_after, parent = issuer->parent;

	for (size_t step = 0; parent != 0 && step < CA_CHAIN_MAX; step++)
		for (size_t i = 0; i < doctor->authority_count; i++) {
			if (doctor->authorities[i].id != parent)
				continue;
			parent = doctor->authorities[i].parent;
			if (doctor->authorities[i].not_after < end)
				end = doctor->authorities[i].not_after;
			break;
		}
	return end;
}

void
doctor_check_outlives(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->authority_count; i++) {
		struct doctor_authority issuer = doctor->authorities[i];
		struct candidates candidates = {.doctor = doctor};
		struct ledger_query query = {
		    .issuer = issuer.id, .state = LEDGER_ISSUED, .revoked = -1};
		struct ca_error why = {0};
		enum ca_status st;

		if (issuer.revoked)
			continue;
		issuer.not_after = end_of_path(doctor, &issuer);
		query.expires_after = issuer.not_after + 1 > doctor->now ?
		    issuer.not_after + 1 :
		    doctor->now;
		st = ledger_each_cert(doctor_ledger(doctor), &query,
		    take_candidate, &candidates, &why);
		if (doctor_took(doctor, st, &why)) {
			drop_followed(doctor, &candidates,
			    issuer.not_after < doctor->now ? INT64_MAX :
							     issuer.not_after);
			if (candidates.count > 0)
				say_outliving(doctor, &issuer, &candidates);
		}
		free(candidates.list);
	}
}
