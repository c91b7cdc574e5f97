/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is fetched for a path, from a web that is a table: each test says what
 * lies where, and what is to be reported, asked and thought of it.
 */
#include "ca/pem.h"
#include "cli/connection.h"
#include "cli/online.h"
#include "tests/unit/chains.h"

/* The certificates and lists of all tests; what names no place is added by
 * each test where it needs one. */
static const char lab_text[] =
    "[root R]\n"
    "subject = CN=Lab Root CA\n"
    "[ca I]\n"
    "issuer = R\n"
    "point = http://pki/r.crl\n"
    "[leaf www]\n"
    "issuer = I\n"
    "point = http://pki/i.crl\n"
    "[leaf bad]\n"
    "issuer = I\n"
    "point = http://pki/i.crl\n"
    "[leaf both]\n"
    "issuer = I\n"
    "point = http://pki/i.crl\n"
    "responders = http://pki/ocsp\n"
    "[leaf asked]\n"
    "issuer = I\n"
    "responders = https://pki/ocsp, http://dead/, http://pki/ocsp\n"
    "[leaf mirrors]\n"
    "issuer = I\n"
    "point = ldap:///cn=I, https://pki/i.crl, http://dead/i.crl, "
    "http://old/i.crl, http://pki/i.crl, http://never/i.crl\n"
    "[leaf mute]\n"
    "issuer = I\n"
    "[leaf fresh]\n"
    "issuer = I\n"
    "point = http://pki/i.crl\n"
    "freshest = http://pki/i.delta\n"
    "[leaf strange]\n"
    "issuer = I\n"
    "point = file:///etc/passwd, http://pki/\\1b[2J, http://u:p@pki/x, "
    "http://pki/%00%0a, http://pki:0/, ://\n"
    "[leaf away]\n"
    "issuer = I\n"
    "point = http://away/1\n"
    "[crl r]\nissuer = R\nnumber = 1\n"
    "[crl i]\nissuer = I\nnumber = 4\nrevoked = bad keyCompromise\n"
    "[crl i empty]\nissuer = I\nnumber = 4\nfreshest = http://pki/i.delta\n"
    "[crl i old]\nissuer = I\nnumber = 2\nto = 2025-12-20\n"
    "[crl i forged]\nissuer = I\nsigner = R\nnumber = 5\n"
    "[crl i delta]\nissuer = I\nnumber = 6\nbase = 4\n"
    "revoked = www superseded, fresh superseded\n"
    "[ocsp good]\nissuer = I\nabout = asked\n"
    "[ocsp unknown]\nissuer = I\nabout = asked\nstate = unknown\n"
    "[ocsp both revoked]\nissuer = I\nabout = both\nstate = revoked\n"
    "[ocsp both good]\nissuer = I\nabout = both\n"
    "[leaf delegate]\n"
    "issuer = I\n"
    "eku = OCSPSigning\n"
    "point = http://pki/delegates.crl\n"
    "[ocsp delegated]\nissuer = I\nabout = asked\nresponder = delegate\n"
    "[crl no delegate]\nissuer = I\nnumber = 4\nrevoked = delegate\n"
    /* issuers that nobody has handed in */
    "[ca A]\n"
    "issuer = R\n"
    "[ca B]\n"
    "issuer = A\n"
    "issuers = http://pki/a.crt\n"
    "[leaf lost]\n"
    "issuer = B\n"
    "issuers = ldap://pki/b, http://pki/b.p7c, http://pki/other.crt, "
    "http://pki/b.crt\n"
    "[root stranger]\n"
    "issuers = http://pki/a.crt\n"
    "[leaf of stranger]\n"
    "issuer = stranger\n"
    "point = http://pki/i.crl\n";

/* ---- the web ---- */

struct page {
	const char *url, *name; /* of a section */
	const char *text;       /* or what is said instead */
	int status;             /* 0: 200 */
	const char *location;
	bool pem;
};

struct web {
	struct chains chains;
	const struct page *page;
	size_t page_count;
	char asked[ONLINE_MAX_FETCHES + 8][80];
	size_t asked_count, least_max;
	bool is_slow; /* each answer takes all the time there is */
	struct pool certs, anchors, crls, ocsp;
	struct online online;
	struct ca_verify_question ask;
	struct ca_verdict verdict;
};

static struct ca_bytes
made(struct web *w, const char *name)
{
	struct section *s = chains_find(
	    &w->chains, &w->chains.section[0], name);

	if (!s->is_made && strcmp(s->kind, "crl") == 0)
		chains_make_crl(&w->chains, s);
	else if (!s->is_made && strcmp(s->kind, "ocsp") == 0)
		chains_make_ocsp(&w->chains, s);
	return chains_der(&w->chains, s);
}

static void
give(struct web *w, const struct page *page, struct http_answer *ret)
{
	ret->status = page->status != 0 ? page->status : 200;
	(void)snprintf(ret->reason, sizeof(ret->reason), "So");
	(void)snprintf(ret->content_type, sizeof(ret->content_type),
	    "application/ocsp-response");
	(void)snprintf(ret->location, sizeof(ret->location), "%s",
	    page->location != NULL ? page->location : "");
	if (page->pem)
		assert_int_equal(
		    ca_pem_append(&ret->body, CA_PEM_CRL, made(w, page->name)),
		    CA_OK);
	else if (page->name != NULL)
		assert_int_equal(
		    ca_buf_append(&ret->body, made(w, page->name)), CA_OK);
	else if (page->text != NULL)
		assert_int_equal(
		    ca_buf_append_text(&ret->body, page->text), CA_OK);
}

static enum ca_status
fetch(void *ctx, const struct http_ask *ask, struct http_answer *ret,
    struct ca_error *err)
{
	struct web *w = ctx;

	assert_true(w->asked_count < COUNT(w->asked));
	assert_true(ask->whole_ms > 0 && ask->whole_ms <= ONLINE_EACH_MS);
	assert_true(ask->connect_ms <= ONLINE_CONNECT_MS);
	(void)snprintf(
	    w->asked[w->asked_count++], sizeof(w->asked[0]), "%s", ask->url);
	if (w->least_max == 0 || ask->max < w->least_max)
		w->least_max = ask->max;
	if (w->is_slow)
		w->online.end = connection_now();
	for (size_t i = 0; i < w->page_count; i++)
		if (strcmp(w->page[i].url, ask->url) == 0) {
			give(w, &w->page[i], ret);
			return CA_OK;
		}
	return ca_fail(err, CA_IO, "nobody answers");
}

static int
open_web(void **state)
{
	struct web *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	assert_int_equal(ca_buf_append_text(&w->chains.text, lab_text), CA_OK);
	chains_read_text(&w->chains);
	w->certs = (struct pool){
	    .kind = POOL_CERTS, .max = 64, .needs_first = true};
	w->anchors = (struct pool){.kind = POOL_ANCHORS, .max = 8};
	w->crls = (struct pool){.kind = POOL_CRLS, .max = 64};
	w->ocsp = (struct pool){.kind = POOL_OCSP, .max = 64};
	w->online.pools = (struct online_pools){
	    &w->certs, &w->anchors, &w->crls, &w->ocsp};
	w->online.fetch = fetch;
	w->online.fetch_ctx = w;
	w->ask.revocation = CA_REVOCATION_NAMED;
	w->ask.skew = 300;
	w->ask.ocsp_max_age = CA_DAY;
	assert_int_equal(ca_time_parse("2026-01-01", 0, &w->ask.at), CA_OK);
	*state = w;
	return 0;
}

static int
close_web(void **state)
{
	struct web *w = *state;

	online_done(&w->online);
	pool_done(&w->certs);
	pool_done(&w->anchors);
	pool_done(&w->crls);
	pool_done(&w->ocsp);
	chains_done(&w->chains);
	free(w);
	return 0;
}

/* Judges names[0], with the others in the pool, R trusted. */
static void
judge(struct web *w, const char *names, const struct page *page, size_t count)
{
	struct ca_error err = {0};
	char word[256];
	enum ca_status st;

	w->page = page;
	w->page_count = count;
	while (chains_word(&names, word))
		assert_int_equal(
		    pool_add(&w->certs, made(w, word), word, &err), CA_OK);
	assert_int_equal(pool_add(&w->anchors, made(w, "R"), "R", &err), CA_OK);
	if (online_gather(&w->online, &w->ask, &err) != CA_OK)
		fail_msg("%s", err.msg);
	online_set(&w->ask, &w->online.pools);
	st = ca_verify(&w->ask, &w->verdict, NULL);
	assert_int_equal(st, w->verdict.holds ? CA_OK : CA_UNTRUSTED);
}

#define JUDGE(w, names, pages) judge(w, names, pages, COUNT(pages))

/* ---- what is expected ---- */

static void
expect_report(const struct web *w, size_t at, enum online_kind kind,
    enum online_outcome outcome, const char *words)
{
	const struct online_report *report = &w->online.report[at];

	if (at >= w->online.report_count)
		fail_msg("only %zu reports", w->online.report_count);
	if (report->kind != kind || report->outcome != outcome ||
	    strstr(report->reason, words) == NULL)
		fail_msg("report %zu: %s %s: %s", at,
		    online_kind_name(report->kind),
		    online_outcome_name(report->outcome), report->reason);
}

static void
expect_asked(const struct web *w, const char *urls)
{
	struct ca_buf text = {0};

	for (size_t i = 0; i < w->asked_count; i++)
		assert_int_equal(
		    ca_buf_printf(&text, "%s%s", i > 0 ? " " : "", w->asked[i]),
		    CA_OK);
	if (text.len == 0)
		assert_string_equal(urls, "");
	else
		assert_text(&text, urls);
}

static void
expect_verdict(const struct web *w, bool holds, const char *words)
{
	if (w->verdict.holds != holds ||
	    strstr(w->verdict.revocation.reason, words) == NULL)
		fail_msg("%s: %s", w->verdict.holds ? "holds" : "fails",
		    w->verdict.revocation.reason);
}

/* ---- CRLs ---- */

static const struct page both_crls[] = {
    {.url = "http://pki/r.crl", .name = "r"},
    {.url = "http://pki/i.crl", .name = "i", .pem = true},
};

static void
asks_each_certificate_below_the_anchor(void **state)
{
	struct web *w = *state;

	JUDGE(w, "www, I", both_crls);
	expect_asked(w, "http://pki/i.crl http://pki/r.crl");
	expect_report(w, 0, ONLINE_CRL, ONLINE_USED,
	    "number 4 of 2025-12-01T00:00:00Z, the next by "
	    "2026-02-01T00:00:00Z, entries: 1");
	expect_report(w, 1, ONLINE_CRL, ONLINE_USED, "number 1 of");
	expect_verdict(w, true, "it has not been revoked");
}

static void
finds_the_revoked(void **state)
{
	struct web *w = *state;

	JUDGE(w, "bad, I", both_crls);
	expect_verdict(w, false, "for the reason keyCompromise");
}

static void
does_not_take_silence_for_good(void **state)
{
	static const struct page half[] = {
	    {.url = "http://pki/i.crl", .name = "i"}};
	struct web *w = *state;

	JUDGE(w, "www, I", half);
	expect_report(w, 1, ONLINE_CRL, ONLINE_FAILED, "nobody answers");
	expect_verdict(w, false, "no CRL of its issuer");
	assert_ptr_equal(w->verdict.revocation.cert, w->verdict.chain[1]);
	w->ask.revocation = CA_REVOCATION_SOFT;
	assert_int_equal(ca_verify(&w->ask, &w->verdict, NULL), CA_OK);
}

/* One after the other, until one serves. */
static void
tries_each_url_of_a_point(void **state)
{
	static const struct page pages[] = {
	    {.url = "http://pki/r.crl", .name = "r"},
	    {.url = "http://old/i.crl", .name = "i old"},
	    {.url = "http://pki/i.crl", .name = "i"},
	};
	struct web *w = *state;

	JUDGE(w, "mirrors, I", pages);
	expect_report(
	    w, 0, ONLINE_CRL, ONLINE_NOT_ASKED, "ldap is not spoken here");
	expect_report(
	    w, 1, ONLINE_CRL, ONLINE_NOT_ASKED, "https is not spoken here");
	expect_report(w, 2, ONLINE_CRL, ONLINE_FAILED, "nobody answers");
	expect_report(
	    w, 3, ONLINE_CRL, ONLINE_USED, "number 2 of 2025-12-01T00:00:00Z");
	expect_report(w, 3, ONLINE_CRL, ONLINE_USED, "; but ");
	expect_report(w, 4, ONLINE_CRL, ONLINE_USED, "number 4 of");
	expect_asked(w,
	    "http://dead/i.crl http://old/i.crl http://pki/i.crl "
	    "http://pki/r.crl");
	expect_verdict(w, true, "it has not been revoked");
}

static void
tells_who_names_no_place(void **state)
{
	struct web *w = *state;

	JUDGE(w, "mute, I", both_crls);
	expect_report(w, 0, ONLINE_CRL, ONLINE_NOT_ASKED,
	    "it names neither a CRL nor an OCSP responder");
	assert_int_equal(w->online.report[0].url.len, 0);
	expect_verdict(w, false, "no CRL of its issuer");
}

static void
expect_no_crl(struct web *w, const struct page *page,
    enum online_outcome outcome, const char *words, const char *verdict)
{
	judge(w, "www, I", page, 1);
	expect_report(w, 0, ONLINE_CRL, outcome, words);
	expect_verdict(w, false, verdict);
}

static void
refuses_the_crl_of_another(void **state)
{
	static const struct page page = {
	    .url = "http://pki/i.crl", .name = "r"};

	expect_no_crl(*state, &page, ONLINE_FAILED, "of another issuer",
	    "no CRL of its issuer");
}

static void
refuses_a_crl_by_another_key(void **state)
{
	static const struct page page = {
	    .url = "http://pki/i.crl", .name = "i forged"};

	expect_no_crl(*state, &page, ONLINE_USED, "; but ",
	    "was not signed by its issuer");
}

static void
refuses_a_delta_alone(void **state)
{
	static const struct page page = {
	    .url = "http://pki/i.crl", .name = "i delta"};

	expect_no_crl(*state, &page, ONLINE_FAILED, "a delta CRL",
	    "no CRL of its issuer");
}

static void
refuses_garbage(void **state)
{
	static const struct page page = {
	    .url = "http://pki/i.crl", .text = "<p>log in first</p>"};

	expect_no_crl(*state, &page, ONLINE_FAILED, "", "no CRL of its issuer");
}

static void
refuses_another_status(void **state)
{
	static const struct page page = {
	    .url = "http://pki/i.crl", .name = "i", .status = 404};

	expect_no_crl(*state, &page, ONLINE_FAILED, "HTTP 404 So",
	    "no CRL of its issuer");
}

/* ---- deltas ---- */

static void
follows_the_certificate_to_the_delta(void **state)
{
	static const struct page pages[] = {
	    {.url = "http://pki/r.crl", .name = "r"},
	    {.url = "http://pki/i.crl", .name = "i"},
	    {.url = "http://pki/i.delta", .name = "i delta"},
	};
	struct web *w = *state;

	JUDGE(w, "fresh, I", pages);
	expect_report(w, 1, ONLINE_DELTA, ONLINE_USED, "number 6 of");
	expect_verdict(w, false, "for the reason superseded");
}

static void
follows_the_crl_to_the_delta(void **state)
{
	static const struct page pages[] = {
	    {.url = "http://pki/r.crl", .name = "r"},
	    {.url = "http://pki/i.crl", .name = "i empty"},
	    {.url = "http://pki/i.delta", .name = "i delta"},
	};
	struct web *w = *state;

	JUDGE(w, "www, I", pages);
	expect_asked(w, "http://pki/i.crl http://pki/i.delta http://pki/r.crl");
	expect_verdict(w, false, "for the reason superseded");
}

/* RFC 5280 5.2.4: the complete one is in force by itself. */
static void
does_without_the_delta(void **state)
{
	static const struct page pages[] = {
	    {.url = "http://pki/r.crl", .name = "r"},
	    {.url = "http://pki/i.crl", .name = "i empty"},
	    {.url = "http://pki/i.delta", .name = "i"},
	};
	struct web *w = *state;

	JUDGE(w, "fresh, I", pages);
	expect_asked(w, "http://pki/i.crl http://pki/i.delta http://pki/r.crl");
	expect_report(
	    w, 1, ONLINE_DELTA, ONLINE_FAILED, "a complete CRL, not a delta");
	expect_verdict(w, true, "it has not been revoked");
}

/* ---- OCSP ---- */

static void
asks_responders_until_one_knows(void **state)
{
	static const struct page pages[] = {
	    {.url = "http://pki/r.crl", .name = "r"},
	    {.url = "http://dead/", .name = "unknown"},
	    {.url = "http://pki/ocsp", .name = "good"},
	};
	struct web *w = *state;

	JUDGE(w, "asked, I", pages);
	expect_report(w, 0, ONLINE_OCSP, ONLINE_NOT_ASKED, "https");
	expect_report(w, 1, ONLINE_OCSP, ONLINE_USED, "unknown, of ");
	expect_report(w, 2, ONLINE_OCSP, ONLINE_USED,
	    "good, of 2025-12-01T00:00:00Z, the next by: "
	    "2026-02-01T00:00:00Z, nonce: missing");
	expect_verdict(w, true, "an OCSP answer says good");
}

static void
asks_the_crl_as_well(void **state)
{
	static const struct page pages[] = {
	    {.url = "http://pki/r.crl", .name = "r"},
	    {.url = "http://pki/i.crl", .name = "i"},
	    {.url = "http://pki/ocsp", .name = "both revoked"},
	};
	struct web *w = *state;

	JUDGE(w, "both, I", pages);
	expect_asked(w, "http://pki/ocsp http://pki/i.crl http://pki/r.crl");
	expect_verdict(w, false, "an OCSP answer says so");
}

static void
does_with_one_of_the_two(void **state)
{
	static const struct page pages[] = {
	    {.url = "http://pki/r.crl", .name = "r"},
	    {.url = "http://pki/ocsp", .name = "both good"},
	};
	struct web *w = *state;

	JUDGE(w, "both, I", pages);
	expect_report(w, 1, ONLINE_CRL, ONLINE_FAILED, "nobody answers");
	expect_verdict(w, true, "an OCSP answer says good");
}

static void
does_not_believe_the_answer_about_another(void **state)
{
	static const struct page pages[] = {
	    {.url = "http://pki/r.crl", .name = "r"},
	    {.url = "http://pki/ocsp", .name = "both good"},
	};
	struct web *w = *state;

	JUDGE(w, "asked, I", pages);
	expect_report(w, 2, ONLINE_OCSP, ONLINE_FAILED, "");
	assert_int_equal(w->ocsp.count, 0);
	expect_verdict(w, false, "no CRL of its issuer");
}

/* RFC 6960 4.2.2.2.1: one without ocspNoCheck. */
static void
asks_about_the_delegate(void **state)
{
	static const struct page pages[] = {
	    {.url = "http://pki/r.crl", .name = "r"},
	    {.url = "http://pki/ocsp", .name = "delegated"},
	    {.url = "http://pki/delegates.crl", .name = "no delegate"},
	};
	struct web *w = *state;

	JUDGE(w, "asked, I", pages);
	expect_asked(w,
	    "http://dead/ http://pki/ocsp http://pki/delegates.crl "
	    "http://pki/r.crl");
	expect_report(w, 3, ONLINE_CRL, ONLINE_USED, "entries: 1");
	/* but the very list that revokes the delegate is about the leaf */
	expect_verdict(w, true, "it is not on its issuer's CRL");
}

/* ---- issuers ---- */

static void
fetches_missing_issuers(void **state)
{
	static const struct page pages[] = {
	    {.url = "http://pki/b.p7c",
		.text = "\x30\x0c\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
			"\x30"},
	    {.url = "http://pki/other.crt", .name = "I"},
	    {.url = "http://pki/b.crt", .name = "B"},
	    {.url = "http://pki/a.crt", .name = "A"},
	};
	struct web *w = *state;

	w->ask.revocation = CA_REVOCATION_SOFT;
	JUDGE(w, "lost", pages);
	expect_report(w, 0, ONLINE_ISSUER, ONLINE_NOT_ASKED, "ldap");
	expect_report(w, 1, ONLINE_ISSUER, ONLINE_FAILED, "PKCS #7");
	expect_report(w, 2, ONLINE_ISSUER, ONLINE_FAILED, "not its issuer");
	expect_report(w, 3, ONLINE_ISSUER, ONLINE_USED, "its issuer came");
	expect_report(w, 4, ONLINE_ISSUER, ONLINE_USED, "its issuer came");
	assert_int_equal(w->online.issuer_count, 2);
	assert_true(w->verdict.complete && w->verdict.holds);
	assert_int_equal(w->verdict.chain_len, 4);
}

static void
asks_nobody_for_what_nobody_trusts(void **state)
{
	struct web *w = *state;

	JUDGE(w, "of stranger, stranger", both_crls);
	expect_asked(w, "");
	expect_report(w, 0, ONLINE_CRL, ONLINE_NOT_ASKED,
	    "nobody trusted stands above it");
	assert_false(w->verdict.holds);
}

/* ---- redirects ---- */

static void
follows_redirects_of_plain_http(void **state)
{
	static const struct page pages[] = {
	    {.url = "http://pki/r.crl", .name = "r"},
	    {.url = "http://away/1", .status = 302, .location = "/2"},
	    {.url = "http://away/2",
		.status = 308,
		.location = "http://pki:80/i.crl"},
	    {.url = "http://pki:80/i.crl", .name = "i"},
	};
	struct web *w = *state;

	JUDGE(w, "away, I", pages);
	expect_asked(w,
	    "http://away/1 http://away/2 http://pki:80/i.crl "
	    "http://pki/r.crl");
	expect_verdict(w, true, "it has not been revoked");
}

static void
expect_no_redirect(struct web *w, const char *location, const char *words)
{
	const struct page pages[] = {
	    {.url = "http://away/1", .status = 301, .location = location}};

	JUDGE(w, "away, I", pages);
	expect_report(w, 0, ONLINE_CRL, ONLINE_FAILED, words);
}

static void
refuses_to_be_sent_elsewhere(void **state)
{
	static const char *const places[] = {"https://pki/i.crl",
	    "file:///etc/passwd", "//pki/i.crl", "", "i.crl", "http://u@pki/",
	    "/\r\nX: y", "http://pki/\033[2J"};

	for (size_t i = 0; i < COUNT(places); i++) {
		void *each = NULL;

		(void)state;
		open_web(&each);
		expect_no_redirect(
		    each, places[i], "only plain http is followed");
		close_web(&each);
	}
}

static void
does_not_run_in_circles(void **state)
{
	struct web *w = *state;

	expect_no_redirect(w, "http://away/1", "more than 3 redirects");
	expect_asked(w,
	    "http://away/1 http://away/1 http://away/1 http://away/1 "
	    "http://pki/r.crl");
}

/* ---- bounds, and places that are none ---- */

static void
asks_no_strange_place(void **state)
{
	struct web *w = *state;
	struct text text = {0};
	json_t *json;

	JUDGE(w, "strange, I", both_crls);
	/* http://pki/%00%0a is a URL like any other */
	expect_asked(w, "http://pki/%00%0a http://pki/r.crl");
	expect_report(w, 0, ONLINE_CRL, ONLINE_NOT_ASKED, "file");
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(w->online.report[i].outcome,
		    i == 3 ? ONLINE_FAILED : ONLINE_NOT_ASKED);
	online_print(&text, &w->online, false);
	assert_int_equal(text.status, CA_OK);
	for (size_t i = 0; i < text.buf.len; i++)
		assert_true(
		    text.buf.data[i] == '\n' || text.buf.data[i] >= ' ');
	assert_non_null(strstr(text_get(&text),
	    "not asked  CRL for CN=strange\n"
	    "           file:///etc/passwd\n"
	    "           file is not spoken here"));
	text_done(&text);
	json = online_json(&w->online);
	assert_int_equal(json_array_size(json), w->online.report_count);
	json_decref(json);
}

static void
makes_so_many_connections_and_no_more(void **state)
{
	struct web *w = *state;

	w->online.fetch_count = ONLINE_MAX_FETCHES - 1;
	JUDGE(w, "www, I", both_crls);
	expect_asked(w, "http://pki/i.crl");
	expect_report(w, 1, ONLINE_CRL, ONLINE_FAILED,
	    "not asked: more than 32 connections");
	expect_verdict(w, false, "no CRL of its issuer");
}

static void
takes_so_many_octets_and_no_more(void **state)
{
	struct web *w = *state;

	w->online.octets = ONLINE_MAX_ALL - 1000;
	JUDGE(w, "www, I", both_crls);
	assert_true(w->least_max < 1000 && w->least_max > 0);
}

static void
takes_so_long_and_no_longer(void **state)
{
	struct web *w = *state;

	w->is_slow = true;
	JUDGE(w, "www, I", both_crls);
	expect_asked(w, "http://pki/i.crl");
	expect_report(w, 1, ONLINE_CRL, ONLINE_FAILED,
	    "not asked: the time for all of it is over");
}

static void
reports_no_more_than_it_has_room_for(void **state)
{
	struct web *w = *state;
	struct text text = {0};

	w->online.report_count = ONLINE_MAX_REPORTS - 1;
	JUDGE(w, "www, I", both_crls);
	assert_true(w->online.cut);
	expect_asked(w, "http://pki/i.crl");
	online_print(&text, &w->online, false);
	assert_non_null(strstr(text_get(&text), "more places than 96"));
	text_done(&text);
}

#define WEB_TEST(name) \
	cmocka_unit_test_setup_teardown(name, open_web, close_web)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WEB_TEST(asks_each_certificate_below_the_anchor),
	    WEB_TEST(finds_the_revoked),
	    WEB_TEST(does_not_take_silence_for_good),
	    WEB_TEST(tries_each_url_of_a_point),
	    WEB_TEST(tells_who_names_no_place),
	    WEB_TEST(refuses_the_crl_of_another),
	    WEB_TEST(refuses_a_crl_by_another_key),
	    WEB_TEST(refuses_a_delta_alone),
	    WEB_TEST(refuses_garbage),
	    WEB_TEST(refuses_another_status),
	    WEB_TEST(follows_the_certificate_to_the_delta),
	    WEB_TEST(follows_the_crl_to_the_delta),
	    WEB_TEST(does_without_the_delta),
	    WEB_TEST(asks_responders_until_one_knows),
	    WEB_TEST(asks_the_crl_as_well),
	    WEB_TEST(does_with_one_of_the_two),
	    WEB_TEST(does_not_believe_the_answer_about_another),
	    WEB_TEST(asks_about_the_delegate),
	    WEB_TEST(fetches_missing_issuers),
	    WEB_TEST(asks_nobody_for_what_nobody_trusts),
	    WEB_TEST(follows_redirects_of_plain_http),
	    WEB_TEST(refuses_to_be_sent_elsewhere),
	    WEB_TEST(does_not_run_in_circles),
	    WEB_TEST(asks_no_strange_place),
	    WEB_TEST(makes_so_many_connections_and_no_more),
	    WEB_TEST(takes_so_many_octets_and_no_more),
	    WEB_TEST(takes_so_long_and_no_longer),
	    WEB_TEST(reports_no_more_than_it_has_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
