/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * status_fixture: the authority fixture with OCSP responders, and a client
 * that asks them as a relying party would.
 *
 * What this does not do: HTTP.
 */
#ifndef TESTS_STATUS_FIXTURE_H
#define TESTS_STATUS_FIXTURE_H

#include "ca/der.h"
#include "ca/ocsp.h"
#include "cli/authority_status.h"
#include "tests/unit/authority_fixture.h"

#define HOUR INT64_C(3600)

struct desk {
	struct lab *l;
	struct responders *responders;
	size_t warnings;
	char lines[16][400]; /* warned of, or found at tending */
	struct status_answer answer;
};

static inline void
desk_note(void *ctx, const char *line)
{
	struct desk *d = ctx;

	assert_null(strchr(line, '\n'));
	if (d->warnings < COUNT(d->lines))
		(void)snprintf(
		    d->lines[d->warnings], sizeof(d->lines[0]), "%s", line);
	d->warnings++;
}

static inline bool
has_words(const char *line, const char *words)
{
	char part[128];

	while (*words != '\0') {
		size_t len = strcspn(words, "|");

		assert_true(len < sizeof(part));
		memcpy(part, words, len);
		part[len] = '\0';
		if (strstr(line, part) == NULL)
			return false;
		words += len + (words[len] == '|');
	}
	return true;
}

/* One of the lines has each of these words, which are parted by '|'. */
static inline void
desk_says(const struct desk *d, const char *words)
{
	for (size_t i = 0; i < d->warnings && i < COUNT(d->lines); i++)
		if (has_words(d->lines[i], words))
			return;
	fail_msg("no line says %s; the first of %zu: %s", words, d->warnings,
	    d->lines[0]);
}

/* The responder of the one who signs at the moment. */
static inline enum ca_status
desk_init(struct lab *l, const struct responder_order *order)
{
	struct responder_order whole = {.key_type = CA_KEY_P256,
	    .term = ca_term_none,
	    .policy = "ocsp-responder"};
	struct issued issued = {0};
	enum ca_status st;

	if (order != NULL)
		whole = *order;
	st = authority_responder_init(
	    l->a, &l->signer, &whole, &l->pass, &issued, &l->err);
	assert_int_equal(st == CA_OK, issued.der.len > 0);
	issued_done(&issued);
	return st;
}

static inline void
desk_open_with(struct desk *d, bool with_ca_keys)
{
	static const struct term nobody;
	static const struct ca_buf none;
	static const struct pass late = {.term = &nobody, .held = &none};
	const struct responders_options options = {.pass = &d->l->pass,
	    .late = &late,
	    .with_ca_keys = with_ca_keys,
	    .validity = 12 * HOUR,
	    .warn = desk_note,
	    .ctx = d};

	responders_close(d->responders);
	d->responders = NULL;
	d->warnings = 0;
	LAB_OK(d->l,
	    responders_open(d->l->a, &options, &d->responders, &d->l->err));
}

static inline void
desk_tend(struct desk *d)
{
	d->warnings = 0;
	LAB_OK(d->l, responders_tend(d->responders, desk_note, d, &d->l->err));
}

/* ---- certificates, as who asks has them ---- */

struct holder {
	struct ca_buf der, above_der;
	struct ca_cert *cert, *above; /* and its issuer's */
	int64_t row;
};

static inline enum ca_status
take_der(void *ctx, const struct ledger_cert *row)
{
	return ca_buf_append(ctx, row->der);
}

static inline enum ca_status
take_authority_der(void *ctx, const struct ledger_authority *row)
{
	return ca_buf_append(ctx, row->der);
}

/* Of a row, of the authority with this name. */
static inline struct holder
holder_of(struct lab *l, int64_t row, const char *authority)
{
	struct holder h = {.row = row};
	struct ledger *ledger = authority_ledger(l->a);

	assert_non_null(h.cert = calloc(1, sizeof(*h.cert)));
	assert_non_null(h.above = calloc(1, sizeof(*h.above)));
	LAB_OK(l, ledger_cert_by_id(ledger, row, take_der, &h.der, &l->err));
	LAB_OK(l,
	    ledger_authority_by_name(
		ledger, authority, take_authority_der, &h.above_der, &l->err));
	LAB_OK(l, ca_cert_parse(ca_view(&h.der), h.cert, &l->err));
	LAB_OK(l, ca_cert_parse(ca_view(&h.above_der), h.above, &l->err));
	return h;
}

static inline void
holder_done(struct holder *h)
{
	ca_buf_free(&h->der);
	ca_buf_free(&h->above_der);
	free(h->cert);
	free(h->above);
}

/* ---- asking ---- */

static inline struct ca_buf
question(const struct holder *h, enum ca_hash hash, struct ca_bytes nonce)
{
	struct ca_buf der = {0};
	struct ca_error err = {0};

	if (ca_ocsp_request_build(h->cert, h->above, hash, nonce, &der, &err) !=
	    CA_OK)
		fail_msg("%s", err.msg);
	return der;
}

static inline void
desk_answer(struct desk *d, struct ca_bytes request)
{
	status_answer_done(&d->answer);
	assert_int_equal(
	    responders_answer(d->responders, request, &d->answer), CA_OK);
	assert_true(d->answer.der.len > 0);
	assert_int_equal(
	    d->answer.status == CA_OCSP_SUCCESSFUL, d->answer.why == NULL);
}

/* What is answered to this request, unsigned, and why. */
static inline void
desk_refuses(struct desk *d, struct ca_bytes request,
    enum ca_ocsp_status status, const char *words)
{
	struct ca_ocsp_response response;

	desk_answer(d, request);
	if (d->answer.status != status)
		fail_msg("%d: %s", (int)d->answer.status, d->answer.why);
	LAB_OK(d->l,
	    ca_ocsp_response_parse(
		ca_view(&d->answer.der), &response, &d->l->err));
	assert_int_equal(response.status, status);
	assert_int_equal(response.tbs.len, 0);
	assert_false(d->answer.cacheable);
	assert_int_equal(d->answer.fact.issuer, 0);
	lab_says(d->answer.why, words);
}

/* Asks for the holder's certificate and believes the answer as a client
 * does. */
static inline struct ca_ocsp_answer
desk_ask(struct desk *d, const struct holder *h, enum ca_hash hash,
    struct ca_bytes nonce)
{
	struct ca_buf request = question(h, hash, nonce);
	const struct ca_ocsp_question asked = {.cert = h->cert,
	    .issuer = h->above,
	    .nonce = nonce,
	    .nonce_needed = nonce.len > 0,
	    .now = d->l->now};
	struct ca_ocsp_response response;
	struct ca_ocsp_verdict verdict;

	desk_answer(d, ca_view(&request));
	if (d->answer.status != CA_OCSP_SUCCESSFUL)
		fail_msg("%d: %s", (int)d->answer.status, d->answer.why);
	LAB_OK(d->l,
	    ca_ocsp_response_parse(
		ca_view(&d->answer.der), &response, &d->l->err));
	LAB_OK(d->l,
	    ca_ocsp_response_verify(&response, &asked, &verdict, &d->l->err));
	/* checklist 107 */
	assert_true(verdict.answer.this_update <= response.produced_at);
	assert_true(response.produced_at <= d->l->now);
	assert_true(d->l->now < verdict.answer.next_update);
	assert_int_equal(d->answer.this_update, verdict.answer.this_update);
	assert_int_equal(d->answer.next_update, verdict.answer.next_update);
	assert_bytes(response.nonce, nonce);
	assert_true(verdict.responder_no_check);
	verdict.answer.id = (struct ca_ocsp_id){0}; /* views */
	ca_buf_free(&request);
	return verdict.answer;
}

static inline enum ca_ocsp_state
desk_state(struct desk *d, const struct holder *h)
{
	return desk_ask(d, h, CA_HASH_SHA1, (struct ca_bytes){0}).state;
}

/* ---- a desk ---- */

static inline int
desk_setup(void **state)
{
	struct desk *d = calloc(1, sizeof(*d));
	void *lab = NULL;

	assert_non_null(d);
	if (lab_open(&lab) != 0)
		return -1;
	d->l = lab;
	LAB_OK(d->l, desk_init(d->l, NULL));
	desk_open_with(d, false);
	*state = d;
	return 0;
}

static inline int
desk_teardown(void **state)
{
	struct desk *d = *state;
	void *lab = d->l;

	status_answer_done(&d->answer);
	responders_close(d->responders);
	free(d);
	return lab_close(&lab);
}

#endif
