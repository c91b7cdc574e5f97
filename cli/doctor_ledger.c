/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger's file, its orphans, and the clock it is written by. */
#include "ca/time.h"
#include "cli/doctor_part.h"
#include "db/ledger_log.h"

void
doctor_check_pages(struct doctor *doctor)
{
	struct ledger *twin = NULL;
	struct ca_error why = {0};
	enum ca_status st = ledger_twin_to_check(
	    doctor_ledger(doctor), &twin, &why);

	if (st == CA_OK)
		st = ledger_check_pages(twin, &why);
	ledger_close(twin);
	(void)doctor_took(doctor, st, &why);
}

/* ---- the clock ---- */

static enum ca_status
take_update(void *ctx, const struct ledger_crl *row)
{
	int64_t *latest = ctx;

	if (row->this_update > *latest)
		*latest = row->this_update;
	return CA_OK;
}

static void
say_behind(struct doctor *doctor, const char *than, int64_t time)
{
	struct doctor_finding f = {.kind = DOCTOR_CLOCK,
	    .severity = DOCTOR_BAD,
	    .rule = "thisUpdate and notBefore, RFC 5280 5.1.2.4, 4.1.2.5"};

	text_add(&f.subject, "clock");
	doctor_add_time(&f.what, doctor->now);
	text_add(&f.what, " is before %s of ", than);
	doctor_add_time(&f.what, time);
	text_add(&f.what, ": nothing is signed until it is right");
	text_add(&f.command, "timedatectl set-ntp true");
	doctor_say(doctor, &f);
}

/* Nothing happened for so long, or the clock jumped: who signs is asked. */
static void
say_ahead(struct doctor *doctor, int64_t event)
{
	struct doctor_finding f = {.kind = DOCTOR_CLOCK,
	    .severity = DOCTOR_NOTE,
	    .rule = "a clock that may have jumped signs nothing unasked"};

	text_add(&f.subject, "clock");
	text_add(&f.what, "it is %lld days after the ledger's newest event",
	    (long long)((doctor->now - event) / CA_DAY));
	text_add(&f.command, "timedatectl set-ntp true");
	doctor_say(doctor, &f);
}

void
doctor_check_clock(struct doctor *doctor)
{
	struct ledger *ledger = doctor_ledger(doctor);
	int64_t event = LEDGER_NO_TIME, update = LEDGER_NO_TIME;
	struct ca_error why = {0};
	enum ca_status st = ledger_last_event_time(ledger, &event, &why);

	for (size_t i = 0; st == CA_OK && i < doctor->authority_count; i++) {
		const struct ledger_crl_query query = {
		    .issuer = doctor->authorities[i].id,
		    .kind = LEDGER_CRL_ANY,
		    .without_der = true};

		st = ledger_find_crl(
		    ledger, &query, take_update, &update, &why);
		if (st == CA_NOT_FOUND) {
			st = CA_OK;
			why = (struct ca_error){0};
		}
	}
	if (!doctor_took(doctor, st, &why))
		return;
	if (event != LEDGER_NO_TIME &&
	    doctor->now < event - AUTHORITY_CLOCK_SLACK)
		say_behind(doctor, "the ledger's newest event", event);
	else if (update != LEDGER_NO_TIME &&
	    doctor->now < update - AUTHORITY_CLOCK_SLACK)
		say_behind(doctor, "the newest CRL's thisUpdate", update);
	else if (event != LEDGER_NO_TIME &&
	    doctor->now > event + AUTHORITY_CLOCK_AHEAD)
		say_ahead(doctor, event);
}

/* ---- the log ---- */

static enum ca_status
take_size(void *ctx, const struct ledger_checkpoint_row *row)
{
	*(int64_t *)ctx = row->size;
	return CA_OK;
}

/* The first behind the checkpoint. */
static enum ca_status
take_event(void *ctx, const struct ledger_event *row)
{
	*(int64_t *)ctx = row->time;
	return CA_NOT_FOUND; /* enough */
}

void
doctor_check_log(struct doctor *doctor)
{
	struct ledger *ledger = doctor_ledger(doctor);
	struct doctor_finding f = {.kind = DOCTOR_CHECKPOINT_AGE,
	    .severity = DOCTOR_SOON,
	    .rule = "what no checkpoint has can be taken away unseen"};
	int64_t size = 0, since = LEDGER_NO_TIME;
	struct ca_error why = {0};
	enum ca_status st = ledger_last_checkpoint(
	    ledger, take_size, &size, &why);

	if (st == CA_NOT_FOUND) {
		why = (struct ca_error){0};
		st = CA_OK;
	}
	if (st == CA_OK)
		st = ledger_each_event(ledger, size, take_event, &since, &why);
	if (st != CA_NOT_FOUND && !doctor_took(doctor, st, &why))
		return;
	if (since == LEDGER_NO_TIME || since > doctor->now - DOCTOR_CHECKPOINT)
		return;
	text_add(&f.subject, "log");
	text_add(&f.what, "what happened since ");
	doctor_add_time(&f.what, since);
	text_add(&f.what, " is in no checkpoint");
	text_add(&f.command, "signet log checkpoint");
	doctor_say(doctor, &f);
}

/* ---- orphans ---- */

static enum ca_status
take_orphan(void *ctx, const struct ledger_cert *row)
{
	struct doctor *doctor = ctx;
	struct doctor_finding f = {.kind = DOCTOR_ORPHANS,
	    .severity = DOCTOR_SOON,
	    .rule = "a signature may exist, RFC 5280 3.3"};

	if (row->created > doctor->now - DOCTOR_ORPHAN)
		return CA_OK;
	text_add_hex(&f.subject, row->serial);
	text_add(&f.what, "intended at ");
	doctor_add_time(&f.what, row->created);
	text_add(&f.what, " for ");
	text_add_cut(&f.what, ca_text(row->subject), 60);
	text_add(&f.what, ", and never released");
	text_add(&f.command, "signet revoke ");
	text_add_hex(&f.command, row->serial);
	doctor_say(doctor, &f);
	return CA_OK;
}

/* What has ended by itself, or is revoked, is nobody's concern. */
void
doctor_check_orphans(struct doctor *doctor)
{
	const struct ledger_query query = {.state = LEDGER_INTENDED,
	    .revoked = -1,
	    .expires_after = doctor->now};
	struct ca_error why = {0};
	enum ca_status st = ledger_each_cert(
	    doctor_ledger(doctor), &query, take_orphan, doctor, &why);

	(void)doctor_took(doctor, st, &why);
}
