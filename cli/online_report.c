/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was asked for, and what came: kept, and told. */
#include "cli/online_part.h"

#include <string.h>

#include "ca/name.h"
#include "cli/term.h"

#define LABEL 11 /* columns of "not asked" and what is between */
#define URL_COLUMNS 200

static enum ca_status
put_subject(struct ca_buf *buf, const struct ca_cert *cert)
{
	enum ca_status st;

	if (!ca_name_is_empty(cert->subject))
		return ca_name_append_text(buf, cert->subject);
	st = ca_buf_append_text(buf, "the certificate of serial ");
	return st != CA_OK ? st : ca_hex_append(buf, cert->serial);
}

struct online_report *
online_report_new(struct online *online, enum online_kind kind,
    const struct ca_cert *about, struct ca_bytes url)
{
	struct online_report report = {.kind = kind};

	if (online->report_count >= ONLINE_MAX_REPORTS ||
	    ca_buf_append(&report.url, url) != CA_OK ||
	    put_subject(&report.about, about) != CA_OK) {
		ca_buf_free(&report.url);
		ca_buf_free(&report.about);
		online->cut = true;
		return NULL;
	}
	online->report[online->report_count] = report;
	return &online->report[online->report_count++];
}

const struct online_report *
online_report_seen(
    const struct online *online, enum online_kind kind, struct ca_bytes url)
{
	for (size_t i = 0; i < online->report_count; i++)
		if (online->report[i].kind == kind &&
		    ca_bytes_equal(ca_view(&online->report[i].url), url))
			return &online->report[i];
	return NULL;
}

void
online_report_set(struct online_report *report, enum online_outcome outcome,
    const char *format, ...)
{
	va_list args;

	report->outcome = outcome;
	va_start(args, format);
	ca_line_vprintf(report->reason, sizeof(report->reason), format, args);
	va_end(args);
}

/* Messages that name the URL are told beside it. */
static const char *
without_url(struct online_report *report, const char *message)
{
	const char *url = ca_buf_text(&report->url);
	size_t len = url != NULL ? strlen(url) : 0;

	if (len > 100)
		len = 100; /* as much of it as messages have */
	if (len > 0 && strncmp(message, url, len) == 0 &&
	    strncmp(message + len, ": ", 2) == 0)
		return message + len + 2;
	return message;
}

enum ca_status
online_report_fail(struct online_report *report, enum ca_status st,
    const struct ca_error *why, struct ca_error *err)
{
	if (st == CA_MEMORY || st == CA_INTERNAL)
		return ca_fail(err, st, "%s", why->msg);
	online_report_set(
	    report, ONLINE_FAILED, "%s", without_url(report, why->msg));
	return CA_OK;
}

void
online_done(struct online *online)
{
	for (size_t i = 0; i < online->report_count; i++) {
		ca_buf_free(&online->report[i].url);
		ca_buf_free(&online->report[i].about);
	}
	online->report_count = 0;
}

/* ---- telling ---- */

const char *
online_kind_name(enum online_kind kind)
{
	static const char *const names[ONLINE_KIND_COUNT] = {
	    [ONLINE_ISSUER] = "issuer",
	    [ONLINE_OCSP] = "ocsp",
	    [ONLINE_CRL] = "crl",
	    [ONLINE_DELTA] = "delta",
	};

	return names[kind];
}

const char *
online_outcome_name(enum online_outcome outcome)
{
	switch (outcome) {
	case ONLINE_USED:
		return "used";
	case ONLINE_FAILED:
		return "failed";
	case ONLINE_NOT_ASKED:
		break;
	}
	return "not asked";
}

static void
add_report(struct text *text, const struct online_report *report, bool colour)
{
	static const char *const kinds[ONLINE_KIND_COUNT] = {
	    [ONLINE_ISSUER] = "the issuer of",
	    [ONLINE_OCSP] = "OCSP about",
	    [ONLINE_CRL] = "CRL for",
	    [ONLINE_DELTA] = "delta CRL for",
	};
	struct text first = {0};

	text_add(text, "%s%-*s%s",
	    report->outcome == ONLINE_USED       ? term_green(colour) :
		report->outcome == ONLINE_FAILED ? term_red(colour) :
						   term_yellow(colour),
	    LABEL, online_outcome_name(report->outcome), term_plain(colour));
	text_add(&first, "%s ", kinds[report->kind]);
	text_add_safe(&first, ca_view(&report->about));
	text_status(text, first.status);
	text_add_wrapped(text, text_get(&first), LABEL, LABEL);
	text_done(&first);
	if (report->url.len > 0) {
		text_add(text, "%*s", LABEL, "");
		text_add_cut(text, ca_view(&report->url), URL_COLUMNS);
		text_add(text, "\n");
	}
	text_add(text, "%*s", LABEL, "");
	text_add_wrapped(text, report->reason, LABEL, LABEL);
}

void
online_print(struct text *text, const struct online *online, bool colour)
{
	for (size_t i = 0; i < online->report_count; i++)
		add_report(text, &online->report[i], colour);
	if (online->cut)
		text_add(text,
		    "%-*smore places than %d: the rest was left alone\n", LABEL,
		    online_outcome_name(ONLINE_NOT_ASKED), ONLINE_MAX_REPORTS);
}

json_t *
online_json(const struct online *online)
{
	json_t *array = json_array();

	for (size_t i = 0; i < online->report_count; i++) {
		const struct online_report *report = &online->report[i];
		json_t *object = json_object();

		json_put_text(object, "kind", online_kind_name(report->kind));
		json_put_bytes(object, "about", ca_view(&report->about));
		if (report->url.len > 0)
			json_put_bytes(object, "url", ca_view(&report->url));
		json_put_text(
		    object, "outcome", online_outcome_name(report->outcome));
		json_put_text(object, "reason", report->reason);
		(void)json_object_set_new(
		    object, "octets", json_integer((json_int_t)report->octets));
		(void)json_array_append_new(array, object);
	}
	return array;
}
