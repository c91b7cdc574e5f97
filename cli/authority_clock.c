/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "ca/time.h"
#include "cli/authority_internal.h"

/* Why a clock that says now is not believed; 0 when it is. */
enum doubt {
	DOUBT_NONE,
	DOUBT_BACK, /* it went back (checklist 15) */
	DOUBT_AHEAD /* it is far ahead of all that happened (checklist 16) */
};

static enum doubt
doubt_of(int64_t now, int64_t last)
{
	if (last == LEDGER_NO_TIME)
		return DOUBT_NONE;
	if (now < last - AUTHORITY_CLOCK_SLACK)
		return DOUBT_BACK;
	return now > last + AUTHORITY_CLOCK_AHEAD ? DOUBT_AHEAD : DOUBT_NONE;
}

static enum ca_status
refuse(enum doubt doubt, int64_t now, int64_t last, struct ca_error *err)
{
	char now_text[CA_TIME_TEXT], last_text[CA_TIME_TEXT];

	ca_time_text(now, now_text);
	ca_time_text(last, last_text);
	if (doubt == DOUBT_BACK)
		return ca_fail(err, CA_REFUSED,
		    "clock: %s is before the ledger's newest event at %s: "
		    "nothing is signed with a clock that went back; set "
		    "the clock, or say --force-time",
		    now_text, last_text);
	return ca_fail(err, CA_REFUSED,
	    "clock: %s is %lld days after the ledger's newest event at %s, "
	    "more than %lld: nothing is signed with a clock that may have "
	    "jumped; set the clock, or say --force-time if it is right",
	    now_text, (long long)((now - last) / CA_DAY), last_text,
	    (long long)(AUTHORITY_CLOCK_AHEAD / CA_DAY));
}

enum ca_status
authority_check_clock(struct authority *a, int64_t now, struct ca_error *err)
{
	enum doubt doubt;
	int64_t last;
	enum ca_status st = ledger_last_event_time(a->ledger, &last, err);

	if (st != CA_OK || a->force_time)
		return st;
	doubt = doubt_of(now, last);
	if (doubt == DOUBT_NONE || (doubt == DOUBT_AHEAD && a->may_be_ahead))
		return CA_OK;
	return refuse(doubt, now, last, err);
}

enum ca_status
authority_confirm_clock(
    struct authority *a, const struct term *term, struct ca_error *err)
{
	int64_t now = authority_now(a), last;
	char now_text[CA_TIME_TEXT], last_text[CA_TIME_TEXT], question[160];
	enum ca_status st = ledger_last_event_time(a->ledger, &last, err);

	if (st != CA_OK || a->force_time || a->may_be_ahead ||
	    doubt_of(now, last) != DOUBT_AHEAD)
		return st;
	if (term == NULL || !term->has_tty)
		return refuse(DOUBT_AHEAD, now, last, err);
	ca_time_text(now, now_text);
	ca_time_text(last, last_text);
	(void)snprintf(question, sizeof(question),
	    "The newest event in the ledger is of %s.\n"
	    "Is it really %s now?",
	    last_text, now_text);
	st = term_ask_yes(term, question, &a->may_be_ahead, err);
	if (st == CA_OK && !a->may_be_ahead)
		return refuse(DOUBT_AHEAD, now, last, err);
	return st;
}
