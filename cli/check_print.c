/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was found out, as people read it. */
#include <string.h>

#include "ca/name.h"
#include "ca/time.h"
#include "cli/check.h"
#include "cli/term.h"
#include "cli/verdict.h"

#define LABEL 14
#define COLUMN (LABEL + 1)
#define NUMBER 3 /* columns of "1  " */

static void
add_label(struct text *text, const char *name, bool colour)
{
	text_add(text, "%s%-*s%s ", term_dim(colour), LABEL, name,
	    term_plain(colour));
}

/* One that begins at the label's column. */
static void
add_line(struct text *text, const char *label, struct text *words, bool colour)
{
	add_label(text, label, colour);
	text_add_wrapped(text, text_get(words), COLUMN, COLUMN);
	text_done(words);
}

/* Each line of words is one, with this label before all; they are safe. */
static void
add_lines(struct text *text, const char *label, struct text *words,
    const char *with, bool colour)
{
	struct ca_bytes rest = ca_view(&words->buf), one;

	text_status(text, words->status);
	while (text_take_line(&rest, &one)) {
		struct text line = {0};

		text_add(&line, "%.*s", (int)one.len, (const char *)one.data);
		add_label(text, label, colour);
		text_add(text, "%s", with);
		text_add_wrapped(text, text_get(&line), COLUMN, COLUMN);
		text_add(text, "%s", *with != '\0' ? term_plain(colour) : "");
		text_done(&line);
	}
	text_done(words);
}

/* ---- the connection ---- */

static void
add_strength(struct text *text, const char *label,
    const struct check_strength *strength, bool colour)
{
	if (strength->name[0] == '\0')
		return;
	add_label(text, label, colour);
	text_add_safe(text, ca_text(strength->name));
	if (!strength->known)
		text_add(text, " (its strength is not known)");
	else
		text_add(text, " (%u bit)", strength->bits);
	if (strength->weak)
		text_add(text, " %s%s%s", term_red(colour),
		    strength->broken ? "weak, can be broken" : "weak",
		    term_plain(colour));
	text_add(text, "\n");
}

static void
add_client(const struct check_report *report, struct text *text, bool colour)
{
	static const char *const fates[] = {
	    [CHECK_CLIENT_UNASKED] = "the server asks for no certificate",
	    [CHECK_CLIENT_TAKEN] =
		"the server asks for a certificate, and took "
		"ours",
	    [CHECK_CLIENT_REFUSED] = "the server asks for a certificate, and "
				     "REFUSED ours",
	    [CHECK_CLIENT_UNKNOWN] = "the server asks for a certificate; what "
				     "became of ours is not known"};
	static const char *const without[] = {
	    [CHECK_CLIENT_UNASKED] = "the server asks for no certificate",
	    [CHECK_CLIENT_TAKEN] =
		"the server asks for a certificate, and goes "
		"on without",
	    [CHECK_CLIENT_REFUSED] = "the server asks for a certificate, and "
				     "REFUSES whoever has none",
	    [CHECK_CLIENT_UNKNOWN] = "the server asks for a certificate; "
				     "whether it goes on without is not known"};
	const struct check_talk *talk = report->talk;
	struct text words = {0};

	if (!report->facts->complete && !report->facts->asked)
		return;
	text_add(&words, "%s",
	    (report->facts->shown ? fates : without)[talk->client]);
	if (talk->said[0] != '\0')
		text_add(&words, ": %s", talk->said);
	add_line(text, "client", &words, colour);
}

static void
add_connection(
    const struct check_report *report, struct text *text, bool colour)
{
	struct text words = {0};

	text_add_safe(&words, ca_text(report->host));
	text_add(&words, " port %s", report->port);
	if (report->starttls != NULL)
		text_add(&words, ", STARTTLS of %s", report->starttls);
	if (report->server_name != NULL) {
		text_add(&words, ", asked for ");
		text_add_safe(&words, ca_text(report->server_name));
	}
	add_line(text, "server", &words, colour);
	if (report->broken->status != CA_OK) {
		text_add(&words, "%s", report->broken->msg);
		add_line(text, "connection", &words, colour);
	}
	if (report->facts->version[0] != '\0') {
		add_label(text, "protocol", colour);
		text_add(text, "%s\n", report->facts->version);
	}
	add_strength(text, "cipher", &report->cipher, colour);
	add_strength(text, "key exchange", &report->group, colour);
	add_strength(text, "server's key", &report->key, colour);
	add_client(report, text, colour);
	if (report->staple[0] != '\0') {
		text_add(&words, "%s", report->staple);
		add_line(text, "stapled", &words, colour);
	}
}

/* ---- what was sent ---- */

static void
add_sent(const struct check_report *report, size_t number, struct text *text,
    bool colour)
{
	const struct check_standing *standing = &report->standing[number];
	const struct ca_cert *cert = &report->certs[number];
	struct text name = {0};

	add_label(text, number == 0 ? "sent" : "", colour);
	text_add(text, "%-*zu", NUMBER, report->number[number]);
	if (ca_name_is_empty(cert->subject))
		text_add(&name, "(a certificate without a name)");
	else
		text_status(
		    &name, ca_name_append_text(&name.buf, cert->subject));
	text_add_wrapped(
	    text, text_get(&name), COLUMN + NUMBER, COLUMN + NUMBER);
	text_done(&name);
	if (standing->origin == CHECK_NOT_ASKED)
		return;
	text_add(text, "%*s%s", COLUMN + NUMBER, "",
	    standing->origin == CHECK_IMPOSTOR || standing->revoked ?
		term_red(colour) :
		standing->origin == CHECK_OURS ? term_green(colour) :
						 "");
	if (standing->origin == CHECK_IMPOSTOR)
		text_add(&name, "IMPOSTOR: ");
	text_add(&name, "%s", standing->reason);
	text_add_wrapped(
	    text, text_get(&name), COLUMN + NUMBER, COLUMN + NUMBER);
	text_add(text, "%s", term_plain(colour));
	text_done(&name);
}

/* Days that are whole; the chain ends with the first of it that does. */
static void
add_days(const struct check_report *report, struct text *text, bool colour)
{
	const struct ca_verdict *verdict = report->verdict;
	const struct ca_cert *first = &report->certs[0];
	struct text words = {0};
	char when[CA_TIME_TEXT];

	for (size_t i = 1; i < verdict->chain_len; i++)
		if (verdict->chain[i]->not_after < first->not_after)
			first = verdict->chain[i];
	ca_time_text(report->certs[0].not_after, when);
	if (report->certs[0].not_after < report->ask->at)
		text_add(&words, "none: it ended %s", when);
	else
		text_add(&words, "%lld, until %s",
		    (long long)((report->certs[0].not_after - report->ask->at) /
			CA_DAY),
		    when);
	if (first != &report->certs[0]) {
		ca_time_text(first->not_after, when);
		text_add(&words, "; but what is above it ends sooner: ");
		text_status(
		    &words, ca_name_append_text(&words.buf, first->subject));
		text_add(&words, ", %s", when);
	}
	add_line(text, "days left", &words, colour);
}

static void
add_left_out(const struct check_report *report, struct text *text, bool colour)
{
	struct ca_bytes rest = ca_view(&report->left_out->left_out.buf), line;
	struct text words = {0};

	while (text_take_line(&rest, &line)) {
		text_add_safe(&words, line);
		text_add(&words, "\n");
	}
	add_lines(text, "left out", &words, "", colour);
}

static void
add_chain(const struct check_report *report, struct text *text, bool colour)
{
	struct text words = {0};

	for (size_t i = 0; i < report->sent_count; i++)
		add_sent(report, i, text, colour);
	add_left_out(report, text, colour);
	if (report->no_ledger != NULL) {
		text_add(&words, "not asked: %s", report->no_ledger);
		add_line(text, "ledger", &words, colour);
	}
	check_chain(report, &words);
	add_lines(text, "defect", &words, term_yellow(colour), colour);
	add_days(report, text, colour);
}

/* ---- the end of it ---- */

static void
add_verdict(const struct check_report *report, struct text *text, bool colour)
{
	struct text faults = {0}, line = {0};
	struct ca_bytes all;
	bool away;

	check_faults(report, &faults);
	text_status(text, faults.status);
	all = ca_view(&faults.buf);
	away = all.len > 0;
	if (away)
		text_add(&line, "walk away: ");
	else if (report->broken->status != CA_OK)
		text_add(&line, "no connection: %s", report->broken->msg);
	else if (report->talk->client == CHECK_CLIENT_REFUSED)
		text_add(&line, "%s",
		    report->facts->shown ?
			"the server is good, and refuses our certificate" :
			"the server is good, and refuses whoever shows no "
			"certificate");
	else
		text_add(&line, "good%s",
		    report->verdict->revocation.outcome ==
			    CA_OUTCOME_NOT_ASKED ?
			" (not asked: revocation)" :
			"");
	for (size_t i = 0; i + 1 < all.len; i++)
		text_add(&line, all.data[i] == '\n' ? "; " : "%c", all.data[i]);
	text_add(text, "%sverdict: ",
	    away ? term_red(colour) :
		report->broken->status != CA_OK ||
		    report->talk->client == CHECK_CLIENT_REFUSED ?
		   term_yellow(colour) :
		   term_green(colour));
	text_add_wrapped(text, text_get(&line), sizeof("verdict: ") - 1,
	    sizeof("verdict: ") - 1);
	text_add(text, "%s", term_plain(colour));
	text_done(&line);
	text_done(&faults);
}

void
check_print(const struct check_report *report, struct text *text, bool colour)
{
	add_connection(report, text, colour);
	add_chain(report, text, colour);
	text_add(text, "\n");
	if (report->online != NULL && report->online->report_count > 0) {
		online_print(text, report->online, colour);
		text_add(text, "\n");
	}
	verdict_answers(text, report->ask, report->verdict, colour);
	text_add(text, "\n");
	add_verdict(report, text, colour);
}
