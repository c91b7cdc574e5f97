/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a certificate has been revoked: asked where it says. */
#include "cli/online_part.h"

#include <inttypes.h>

#include "ca/name.h"
#include "ca/pem.h"
#include "ca/time.h"
#include "cli/ocsp_client.h"

#define MAX_POINTS 16 /* distribution points of one extension */

/* Nobody is asked, and why; where there is no URL to name. */
static void
tell_not_asked(
    const struct online_asked *asked, enum online_kind kind, const char *why)
{
	struct online_report *report = online_report_new(
	    asked->online, kind, asked->cert, (struct ca_bytes){0});

	if (report != NULL)
		online_report_set(report, ONLINE_NOT_ASKED, "%s", why);
}

/* ---- CRLs ---- */

static bool
is_delta(const struct ca_crl *crl)
{
	return ca_exts_find(&crl->exts, CA_OID_DELTA_CRL_INDICATOR) != NULL;
}

/* Clocks differ. */
static int64_t
time_for(const struct ca_verify_question *ask, const struct ca_crl *crl)
{
	if (ask->at < crl->this_update &&
	    crl->this_update <= ask->at + ask->skew)
		return crl->this_update;
	if (ask->at > crl->next_update &&
	    ask->at - ask->skew <= crl->next_update)
		return crl->next_update;
	return ask->at;
}

/* *ret_good: as far as can be seen from here, nobody else need be asked. */
static void
describe_crl(const struct online_asked *asked, struct online_report *report,
    const struct ca_crl *crl, bool *ret_good)
{
	char from[CA_TIME_TEXT], to[CA_TIME_TEXT],
	    number[40] = "without number";
	struct ca_error why = {0};

	ca_time_text(crl->this_update, from);
	ca_time_text(crl->next_update, to);
	if (crl->has_number && crl->number != UINT64_MAX)
		(void)snprintf(
		    number, sizeof(number), "number %" PRIu64, crl->number);
	*ret_good = ca_crl_holds(crl, asked->issuer, time_for(asked->ask, crl),
			&why) == CA_OK;
	online_report_set(report, ONLINE_USED,
	    "%s of %s, the next by %s, entries: %zu%s%s", number, from, to,
	    crl->entry_count, *ret_good ? "" : "; but ", why.msg);
}

static enum ca_status
check_crl(const struct online_asked *asked, enum online_kind kind,
    const struct ca_crl *crl, struct ca_error *err)
{
	if (!ca_name_equal(crl->issuer, asked->cert->issuer))
		return ca_fail(err, CA_UNTRUSTED,
		    "what came is the CRL of another issuer");
	if (is_delta(crl) && kind != ONLINE_DELTA)
		return ca_fail(err, CA_UNTRUSTED,
		    "what came is a delta CRL, not a complete one (RFC 5280 "
		    "5.2.4)");
	if (!is_delta(crl) && kind == ONLINE_DELTA)
		return ca_fail(err, CA_UNTRUSTED,
		    "what came is a complete CRL, not a delta (RFC 5280 "
		    "5.2.6)");
	return CA_OK;
}

static enum ca_status
take_crl(const struct online_asked *asked, struct online_report *report,
    struct ca_bytes file, bool *ret_good, struct ca_error *err)
{
	static const char *const labels[] = {CA_PEM_CRL, NULL};
	struct ca_error why = {0};
	struct ca_buf der = {0};
	struct ca_crl crl;
	enum ca_status st;

	if ((st = ca_pem_single(file, labels, "a CRL", NULL, &der, &why)) ==
		CA_OK &&
	    (st = ca_crl_parse(ca_view(&der), &crl, &why)) == CA_OK &&
	    (st = check_crl(asked, report->kind, &crl, &why)) == CA_OK &&
	    (st = pool_add(asked->online->pools.crls, ca_view(&der),
		 "a CRL that was fetched", &why)) == CA_OK)
		describe_crl(asked, report, &crl, ret_good);
	else
		st = online_report_fail(report, st, &why, err);
	ca_buf_free(&der);
	return st;
}

static enum ca_status
ask_crl(const struct online_asked *asked, enum online_kind kind,
    struct ca_bytes url, bool *ret_good, struct ca_error *err)
{
	struct online *online = asked->online;
	const struct online_report *seen = online_report_seen(
	    online, kind, url);
	struct online_report *report;
	struct ca_error why = {0};
	struct ca_buf file = {0};
	enum ca_status st;

	*ret_good = seen != NULL && seen->outcome == ONLINE_USED;
	if (seen != NULL ||
	    (report = online_report_new(online, kind, asked->cert, url)) ==
		NULL ||
	    !online_may_ask(report))
		return CA_OK;
	st = online_get(
	    online, ca_buf_text(&report->url), ONLINE_MAX_CRL, &file, &why);
	report->octets = file.len;
	st = st == CA_OK ?
	    take_crl(asked, report, ca_view(&file), ret_good, err) :
	    online_report_fail(report, st, &why, err);
	ca_buf_free(&file);
	return st;
}

/* The URLs of one point are as good as each other: the first that serves. */
static enum ca_status
ask_point(const struct online_asked *asked, enum online_kind kind,
    const struct ca_dist_point *point, struct ca_error *err)
{
	struct ca_url_list urls = {0};
	enum ca_status st = CA_OK;
	bool good = false;

	if (point->issuer.len > 0) {
		tell_not_asked(asked, kind,
		    "its distribution point names another cRLIssuer: indirect "
		    "CRLs are not judged (RFC 5280 4.2.1.13)");
		return CA_OK;
	}
	if (point->name.len == 0 ||
	    !ca_distribution_point_name_get(point->name, &urls) ||
	    urls.count == 0) {
		tell_not_asked(
		    asked, kind, "its distribution point names no URL");
		return CA_OK;
	}
	for (size_t i = 0; i < urls.count && st == CA_OK && !good; i++)
		st = ask_crl(asked, kind, urls.url[i], &good, err);
	return st;
}

static enum ca_status
ask_points(const struct online_asked *asked, enum online_kind kind,
    const struct ca_exts *exts, enum ca_oid id, struct ca_error *err)
{
	const struct ca_ext *ext = ca_exts_find(exts, id);
	struct ca_bytes points = ext != NULL ? ext->value :
					       (struct ca_bytes){0};
	struct ca_dist_point point;
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < MAX_POINTS && st == CA_OK; i++) {
		if (!ca_distribution_points_next(&points, &point))
			break;
		st = ask_point(asked, kind, &point, err);
	}
	return st;
}

/* The complete ones, and then the deltas that the certificate or one of them
 * names. */
static enum ca_status
ask_crls(const struct online_asked *asked, struct ca_error *err)
{
	const struct pool *crls = asked->online->pools.crls;
	const size_t first = crls->count;
	enum ca_status st;

	st = ask_points(asked, ONLINE_CRL, &asked->cert->exts,
	    CA_OID_CRL_DISTRIBUTION_POINTS, err);
	if (st == CA_OK)
		st = ask_points(asked, ONLINE_DELTA, &asked->cert->exts,
		    CA_OID_FRESHEST_CRL, err);
	for (size_t i = first, end = crls->count; i < end && st == CA_OK; i++) {
		const struct ca_exts exts = crls->crls[i].exts;

		st = ask_points(
		    asked, ONLINE_DELTA, &exts, CA_OID_FRESHEST_CRL, err);
	}
	return st;
}

/* ---- OCSP ---- */

/* A delegate without ocspNoCheck may itself have been revoked (RFC 6960
 * 4.2.2.2.1): its responder and its CRLs are asked, and no further. */
static enum ca_status
ask_about_delegate(const struct online_asked *asked,
    const struct ca_ocsp_verdict *verdict, struct ca_error *err)
{
	struct online_asked of_delegate = *asked;
	struct ca_cert delegate;

	if (verdict->responder_no_check || asked->is_delegate ||
	    ca_cert_parse(verdict->responder, &delegate, NULL) != CA_OK)
		return CA_OK;
	of_delegate.cert = &delegate;
	of_delegate.is_delegate = true;
	return online_ask_status(&of_delegate, err);
}

static void
describe_answer(struct online_report *report, const struct ocsp_reply *reply)
{
	const struct ca_ocsp_answer *answer = &reply->verdict.answer;
	char from[CA_TIME_TEXT], to[CA_TIME_TEXT] = "not said";

	ca_time_text(answer->this_update, from);
	if (answer->next_update != INT64_MAX)
		ca_time_text(answer->next_update, to);
	online_report_set(report, ONLINE_USED,
	    "%s, of %s, the next by: %s, nonce: %s",
	    ca_ocsp_state_name((int)answer->state), from, to,
	    ocsp_nonce_word(reply));
}

static enum ca_status
take_answer(const struct online_asked *asked, const struct ocsp_ask *ask,
    struct ocsp_reply *reply, struct online_report *report, bool *ret_good,
    struct ca_error *err)
{
	struct ca_error why = {0};
	enum ca_status st;

	report->octets = reply->der.len;
	if ((st = ocsp_judge(ask, reply, &why)) != CA_OK ||
	    (st = pool_add(asked->online->pools.ocsp, ca_view(&reply->der),
		 "an OCSP answer that was fetched", &why)) != CA_OK)
		return online_report_fail(report, st, &why, err);
	*ret_good = reply->verdict.answer.state != CA_OCSP_UNKNOWN;
	describe_answer(report, reply);
	return ask_about_delegate(asked, &reply->verdict, err);
}

static enum ca_status
ask_responder(const struct online_asked *asked, struct ca_bytes url,
    bool *ret_good, struct ca_error *err)
{
	struct online_report *report = online_report_new(
	    asked->online, ONLINE_OCSP, asked->cert, url);
	struct ocsp_ask ask = {.cert = asked->cert,
	    .issuer = asked->issuer,
	    .hash = CA_HASH_SHA1,
	    .now = asked->ask->at,
	    .skew = asked->ask->skew,
	    .max_age = asked->ask->ocsp_max_age,
	    .fetch = online_exchange,
	    .fetch_ctx = asked->online};
	struct ocsp_reply reply = {0};
	struct ca_error why = {0};
	enum ca_status st;

	if (report == NULL || !online_may_ask(report))
		return CA_OK;
	ask.url = ca_buf_text(&report->url);
	st = ocsp_fetch(&ask, &reply, &why);
	st = st == CA_OK ?
	    take_answer(asked, &ask, &reply, report, ret_good, err) :
	    online_report_fail(report, st, &why, err);
	ocsp_reply_done(&reply);
	return st;
}

/* ---- both ---- */

/* Each by itself: where one is good and the other says revoked, it is revoked;
 * where one does not answer, the other may. */
enum ca_status
online_ask_status(const struct online_asked *asked, struct ca_error *err)
{
	const struct ca_exts *exts = &asked->cert->exts;
	const struct ca_ext *access = ca_exts_find(
	    exts, CA_OID_AUTHORITY_INFO_ACCESS);
	struct ca_url_list ocsp = {0}, issuers = {0};
	enum ca_status st = CA_OK;
	bool good = false;

	if (access != NULL &&
	    !ca_info_access_get(access->value, &ocsp, &issuers))
		tell_not_asked(asked, ONLINE_OCSP,
		    "its authorityInfoAccess names more URLs than are read");
	else if (ocsp.count == 0 &&
	    ca_exts_find(exts, CA_OID_CRL_DISTRIBUTION_POINTS) == NULL)
		tell_not_asked(asked, ONLINE_CRL,
		    "it names neither a CRL nor an OCSP responder");
	for (size_t i = 0; i < ocsp.count && st == CA_OK && !good; i++)
		st = ask_responder(asked, ocsp.url[i], &good, err);
	return st != CA_OK ? st : ask_crls(asked, err);
}
