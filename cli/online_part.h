/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * online_part: what the files behind cli/online.h share. Everybody else
 * includes cli/online.h.
 *
 * What this does not do: anything a caller outside needs.
 */
#ifndef CLI_ONLINE_PART_H
#define CLI_ONLINE_PART_H

#include "cli/online.h"

/* ---- reports (online_report.c) ---- */

/* A new one, not asked yet; NULL, with online->cut, when there are too many or
 * memory is short. */
struct online_report *online_report_new(struct online *online,
    enum online_kind kind, const struct ca_cert *about, struct ca_bytes url);
/* The one of the same kind and place that came before; NULL. */
const struct online_report *online_report_seen(
    const struct online *online, enum online_kind kind, struct ca_bytes url);
void online_report_set(struct online_report *report,
    enum online_outcome outcome, const char *format, ...) CA_PRINTF(3, 4);
/* A failure of others, told by its reason: CA_OK; of ours: st, in err. */
enum ca_status online_report_fail(struct online_report *report,
    enum ca_status st, const struct ca_error *why, struct ca_error *err);

/* ---- fetching (online_fetch.c) ---- */

/* The report's URL is one that is asked; otherwise the report says why not. */
bool online_may_ask(struct online_report *report);
/*
 * An exchange within what is left of the bounds; ctx is the struct online.
 * CA_REFUSED and CA_IO when nothing is left.
 */
CA_MUST_USE enum ca_status online_exchange(void *ctx,
    const struct http_ask *ask, struct http_answer *ret, struct ca_error *err);
/* ---- what is asked for (online.c, online_status.c) ---- */

/* One certificate, and who issued it. */
struct online_asked {
	struct online *online;
	const struct ca_verify_question *ask;
	const struct ca_cert *cert, *issuer;
	/* cert is an OCSP delegate's: nobody is asked about a delegate who
	 * answers for it. */
	bool is_delegate;
};
/* Its OCSP responders and its CRLs. */
CA_MUST_USE enum ca_status online_ask_status(
    const struct online_asked *asked, struct ca_error *err);

#endif
