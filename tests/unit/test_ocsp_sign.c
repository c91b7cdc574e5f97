/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written: ca/ocsp_tbs.c and ca/ocsp_sign.c. */
#include "tests/unit/lab.h"

#include <time.h>

#include "ca/crypto.h"
#include "ca/ocsp.h"
#include "ca/pem.h"
#include "tests/unit/program.h"

#define WEEK (7 * CA_DAY)

/* An authority, a certificate of it, a responder, and a request. */
struct desk {
	struct lab lab;
	struct lab_cert responder;
	int64_t now;
	struct ca_buf request_der;
	struct ca_ocsp_request request;
};

static void
open_desk(struct desk *d, enum ca_key_type type)
{
	struct lab *lab = &d->lab;
	struct lab_cert *r = &d->responder;

	*d = (struct desk){.now = (int64_t)time(NULL)};
	lab_open(lab, type);
	lab_order(lab, &lab->mid, 15);
	/* Whatever the year is in which this runs, from 2021 to 2040. */
	lab->root.order.not_before = LAB_NOW - 5 * LAB_YEAR;
	lab->mid.order.not_before = LAB_NOW - 5 * LAB_YEAR;
	lab_authorities(lab);
	lab_policy(&r->policy, "ocsp-responder", false);
	r->policy.ext_key_usage = lab_usages(
	    CA_OID_OCSP_SIGNING, CA_OID_UNKNOWN);
	r->policy.ocsp_no_check = true;
	lab_grant(lab, r, "CN=Lab Responder", type);
	lab_san(&r->grant, CA_SAN_DNS, NULL);
	lab_order(lab, r, 1);
	/* openssl asks its clock, and lab's dates are fixed. */
	r->order.not_before = lab->leaf.order.not_before = d->now - 300;
	r->order.not_after = d->now + 30 * CA_DAY;
	lab->leaf.order.not_after = d->now + 90 * CA_DAY;
	lab_issue(lab, r, &lab->by_mid, lab->mid.key);
	lab_issue(lab, &lab->leaf, &lab->by_mid, lab->mid.key);
	LAB_OK(
	    ca_ocsp_request_build(&lab->leaf.cert, &lab->mid.cert, CA_HASH_SHA1,
		BYTES("a nonce of ours!"), &d->request_der, &lab_err));
	LAB_OK(ca_ocsp_request_parse(
	    ca_view(&d->request_der), &d->request, &lab_err));
}

static void
close_desk(struct desk *d)
{
	ca_buf_free(&d->request_der);
	lab_cert_done(&d->responder);
	lab_close(&d->lab);
}

static int
setup(void **state)
{
	struct desk *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	open_desk(d, CA_KEY_P256);
	*state = d;
	return 0;
}

static int
teardown(void **state)
{
	close_desk(*state);
	free(*state);
	return 0;
}

static struct ca_ocsp_answer
answer(const struct desk *d, enum ca_ocsp_state state)
{
	return (struct ca_ocsp_answer){.id = d->request.id[0],
	    .state = state,
	    .revoked_at = d->now - 50,
	    .reason = CA_REASON_KEY_COMPROMISE,
	    .this_update = d->now,
	    .next_update = d->now + WEEK};
}

static struct ca_ocsp_order
order(const struct desk *d, const struct ca_ocsp_answer *list, size_t count)
{
	return (struct ca_ocsp_order){.responder = &d->responder.cert.spki,
	    .produced_at = d->now,
	    .answer = list,
	    .count = count,
	    .nonce = d->request.nonce};
}

/* Writes, signs with the responder's key, reads. */
static struct ca_buf
say(struct desk *d, const struct ca_ocsp_order *what,
    struct ca_ocsp_response *ret)
{
	const struct lab_cert *r = &d->responder;
	const struct ca_sig_alg alg = ca_sig_alg_for(&r->cert.spki);
	struct ca_buf tbs = {0}, der = {0};

	LAB_OK(ca_ocsp_may_answer(
	    &r->cert, &d->lab.mid.cert, d->now, d->now + WEEK, &lab_err));
	LAB_OK(ca_ocsp_tbs(what, &tbs, &lab_err));
	LAB_OK(ca_ocsp_sign(
	    ca_view(&tbs), &r->cert, r->key, &alg, d->lab.rng, &der, &lab_err));
	LAB_OK(ca_ocsp_response_parse(ca_view(&der), ret, &lab_err));
	assert_bytes(ret->tbs, ca_view(&tbs));
	ca_buf_free(&tbs);
	return der;
}

/* ---- what comes back -------------------------------------------------- */

/* checklist 100, 104, 105 */
static void
what_is_said_is_heard(void **state)
{
	struct desk *d = *state;
	const struct ca_ocsp_question question = {.cert = &d->lab.leaf.cert,
	    .issuer = &d->lab.mid.cert,
	    .nonce = d->request.nonce,
	    .nonce_needed = true,
	    .now = d->now};

	for (int i = CA_OCSP_UNKNOWN; i <= CA_OCSP_NEVER_ISSUED; i++) {
		struct ca_ocsp_answer said = answer(d, (enum ca_ocsp_state)i);
		struct ca_ocsp_order what = order(d, &said, 1);
		struct ca_ocsp_response response;
		struct ca_ocsp_verdict verdict;
		struct ca_buf der = say(d, &what, &response);

		LAB_OK(ca_ocsp_response_verify(
		    &response, &question, &verdict, &lab_err));
		assert_int_equal(verdict.answer.state, i);
		assert_bytes(verdict.answer.id.der, d->request.id[0].der);
		assert_int_equal(verdict.answer.this_update, d->now);
		assert_int_equal(verdict.answer.next_update, d->now + WEEK);
		assert_int_equal(response.produced_at, d->now);
		assert_bytes(verdict.responder, d->responder.cert.der);
		assert_true(verdict.responder_no_check);
		assert_true(verdict.has_nonce);
		assert_int_equal(
		    response.extended_revoke, i == CA_OCSP_NEVER_ISSUED);
		assert_int_equal(verdict.answer.revoked_at,
		    i == CA_OCSP_REVOKED ? d->now - 50 : 0);
		assert_int_equal(verdict.answer.reason,
		    i == CA_OCSP_REVOKED          ? CA_REASON_KEY_COMPROMISE :
			i == CA_OCSP_NEVER_ISSUED ? CA_REASON_CERTIFICATE_HOLD :
						    CA_REASON_UNSPECIFIED);
		ca_buf_free(&der);
	}
}

/* Without ocspNoCheck whoever asks is told to ask once more. */
static void
a_responder_may_itself_be_revoked(void **state)
{
	struct desk *d = *state;
	const struct ca_ocsp_question question = {.cert = &d->lab.leaf.cert,
	    .issuer = &d->lab.mid.cert,
	    .now = d->now};
	struct ca_ocsp_answer said = answer(d, CA_OCSP_GOOD);
	struct ca_ocsp_order what = order(d, &said, 1);
	struct ca_ocsp_response response;
	struct ca_ocsp_verdict verdict;
	struct ca_buf der;

	d->responder.policy.ocsp_no_check = false;
	lab_issue(&d->lab, &d->responder, &d->lab.by_mid, d->lab.mid.key);
	der = say(d, &what, &response);
	LAB_OK(
	    ca_ocsp_response_verify(&response, &question, &verdict, &lab_err));
	assert_false(verdict.responder_no_check);
	assert_bytes(verdict.responder, d->responder.cert.der);
	ca_buf_free(&der);
}

/* No nonce and no extension where there is nothing to say with one; every
 * reason, and unspecified by leaving it out. */
static void
nothing_is_said_that_was_not_asked(void **state)
{
	struct desk *d = *state;
	struct ca_ocsp_answer said = answer(d, CA_OCSP_REVOKED);
	struct ca_ocsp_order what = order(d, &said, 1);
	struct ca_ocsp_response response;
	size_t len_without = 0;

	what.nonce = (struct ca_bytes){0};
	for (int reason = 0; reason < 16; reason++) {
		struct ca_buf der;

		if (ca_reason_name(reason) == NULL ||
		    reason == CA_REASON_REMOVE_FROM_CRL)
			continue;
		said.reason = (enum ca_reason)reason;
		der = say(d, &what, &response);
		assert_int_equal(response.answer[0].reason, reason);
		assert_int_equal(response.nonce.len, 0);
		assert_false(response.extended_revoke);
		if (reason == CA_REASON_UNSPECIFIED)
			len_without = response.tbs.len;
		else
			assert_int_equal(response.tbs.len, len_without + 5);
		ca_buf_free(&der);
	}
}

/* checklist 103, 106: as many as may be asked, each with its own certID, an
 * unknown hash among them. */
static void
all_are_answered(void **state)
{
	static const uint8_t foreign[] = {0x30, 0x0c, 0x30, 0x04, 0x06, 0x02,
	    0x2a, 0x03, 0x04, 0x00, 0x04, 0x00, 0x02, 0x00};
	static const uint8_t unknown[] = {0x30, 0x0d, 0x30, 0x04, 0x06, 0x02,
	    0x2a, 0x03, 0x04, 0x00, 0x04, 0x00, 0x02, 0x01, 0x05};
	static const uint8_t more[] = {0x30, 0x0d, 0x30, 0x04, 0x06, 0x02, 0x2a,
	    0x03, 0x04, 0x00, 0x04, 0x00, 0x02, 0x01, 0x05, 0x00};
	struct desk *d = *state;
	struct ca_ocsp_answer list[CA_OCSP_MAX_IDS + 1];
	struct ca_ocsp_order what = order(d, list, CA_OCSP_MAX_IDS);
	struct ca_ocsp_response response;
	struct ca_buf der, tbs = {0};

	for (size_t i = 0; i < COUNT(list); i++)
		list[i] = answer(d, CA_OCSP_GOOD);
	list[7].id.der = (struct ca_bytes){unknown, sizeof(unknown)};
	list[7].state = CA_OCSP_UNKNOWN;
	der = say(d, &what, &response);
	assert_int_equal(response.count, CA_OCSP_MAX_IDS);
	for (size_t i = 0; i < response.count; i++) {
		assert_bytes(response.answer[i].id.der, list[i].id.der);
		assert_int_equal(response.answer[i].state, list[i].state);
	}
	what.count++;
	LAB_SAYS(ca_ocsp_tbs(&what, &tbs, &lab_err), CA_INTERNAL, "65 answers");
	what.count = 0;
	LAB_SAYS(ca_ocsp_tbs(&what, &tbs, &lab_err), CA_INTERNAL, "0 answers");
	what.count = 8;
	list[7].id.der = (struct ca_bytes){foreign, sizeof(foreign)};
	LAB_SAYS(ca_ocsp_tbs(&what, &tbs, &lab_err), CA_INTERNAL, "answer 8");
	list[7].id.der = (struct ca_bytes){more, sizeof(more)};
	LAB_SAYS(ca_ocsp_tbs(&what, &tbs, &lab_err), CA_INTERNAL, "answer 8");
	assert_int_equal(tbs.len, 0);
	ca_buf_free(&der);
}

/* The bytes of the simplest, from the grammar: the same arguments give them
 * again. */
static void
the_bytes_are_these(void **state)
{
	static const char start[] = "\xa2\x16\x04\x14";
	struct desk *d = *state;
	struct ca_ocsp_answer said = answer(d, CA_OCSP_GOOD);
	struct ca_ocsp_order what = order(d, &said, 1);
	struct ca_buf tbs = {0}, again = {0};
	uint8_t hash[CA_KEY_ID_LEN];
	struct ca_bytes rest, in;

	what.produced_at = said.this_update = 0;
	said.next_update = 1;
	what.nonce = BYTES("n");
	LAB_OK(ca_ocsp_tbs(&what, &tbs, &lab_err));
	LAB_OK(ca_ocsp_tbs(&what, &again, &lab_err));
	assert_bytes(ca_view(&tbs), ca_view(&again));
	rest = ca_view(&tbs);
	assert_true(der_get(&rest, DER_SEQUENCE, &in));
	assert_memory_equal(in.data, start, 4);
	LAB_OK(ca_key_id(&d->responder.cert.spki, hash, &lab_err));
	assert_memory_equal(in.data + 4, hash, sizeof(hash));
	assert_memory_equal(in.data + 24,
	    "\x18\x0f"
	    "19700101000000Z",
	    17);
	rest = d->request.id[0].der;
	in.data += 24 + 17 + 4; /* the headers of two SEQUENCEs */
	assert_memory_equal(in.data, rest.data, rest.len);
	assert_memory_equal(in.data + rest.len,
	    "\x80\x00"
	    "\x18\x0f"
	    "19700101000000Z"
	    "\xa0\x11\x18\x0f"
	    "19700101000001Z"
	    "\xa1\x14\x30\x12\x30\x10"
	    "\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x02"
	    "\x04\x03\x04\x01n",
	    2 + 17 + 19 + 22);
	assert_ptr_equal(in.data + rest.len + 60, tbs.data + tbs.len);
	ca_buf_free(&tbs);
	ca_buf_free(&again);
}

/* ---- what is not said ------------------------------------------------- */

static void
not_said(struct desk *d, struct ca_ocsp_answer said, const char *words)
{
	struct ca_ocsp_order what = order(d, &said, 1);
	struct ca_buf tbs = {0};

	LAB_SAYS(ca_ocsp_tbs(&what, &tbs, &lab_err), CA_INTERNAL, words);
	assert_int_equal(tbs.len, 0);
}

/* checklist 107 */
static void
what_cannot_be_said_is_not(void **state)
{
	struct desk *d = *state;
	const struct ca_ocsp_answer good = answer(d, CA_OCSP_GOOD);
	struct ca_ocsp_answer said;
	struct ca_ocsp_order what = order(d, &good, 1);
	uint8_t nonce[CA_OCSP_MAX_NONCE + 1] = {0};
	struct ca_buf tbs = {0};

	said = good;
	said.this_update = d->now + 1;
	not_said(d, said, "thisUpdate <= producedAt");
	said = good;
	said.next_update = d->now;
	not_said(d, said, "producedAt < nextUpdate");
	said.next_update = INT64_MAX;
	not_said(d, said, "producedAt < nextUpdate");
	said = good;
	said.this_update = -1;
	not_said(d, said, "thisUpdate");
	said = good;
	said.state = (enum ca_ocsp_state)4;
	not_said(d, said, "state");
	said = answer(d, CA_OCSP_REVOKED);
	said.reason = CA_REASON_REMOVE_FROM_CRL;
	not_said(d, said, "reason 8");
	said.reason = (enum ca_reason)7;
	not_said(d, said, "reason 7");
	said = answer(d, CA_OCSP_REVOKED);
	said.revoked_at = INT64_MAX;
	not_said(d, said, "date");
	said = good;
	said.id.der = (struct ca_bytes){0};
	not_said(d, said, "certID");
	said.id.der = ca_view(&d->request_der);
	not_said(d, said, "certID");
	what.nonce = (struct ca_bytes){nonce, sizeof(nonce)};
	LAB_SAYS(ca_ocsp_tbs(&what, &tbs, &lab_err), CA_INTERNAL, "129 octets");
	what.nonce.len--;
	LAB_OK(ca_ocsp_tbs(&what, &tbs, &lab_err));
	ca_buf_free(&tbs);
}

static void
another_key_does_not_sign(void **state)
{
	struct desk *d = *state;
	const struct lab_cert *r = &d->responder, *mid = &d->lab.mid;
	const struct ca_sig_alg alg = ca_sig_alg_for(&r->cert.spki);
	struct ca_ocsp_answer said = answer(d, CA_OCSP_GOOD);
	struct ca_ocsp_order what = order(d, &said, 1);
	struct ca_buf tbs = {0}, der = {0};

	LAB_OK(ca_ocsp_tbs(&what, &tbs, &lab_err));
	LAB_SAYS(ca_ocsp_sign(ca_view(&tbs), &mid->cert, r->key, &alg,
		     d->lab.rng, &der, &lab_err),
	    CA_INTERNAL, "4.2.2.2");
	LAB_SAYS(ca_ocsp_sign(ca_view(&tbs), NULL, mid->key, &alg, d->lab.rng,
		     &der, &lab_err),
	    CA_INTERNAL, "4.2.2.3");
	LAB_SAYS(ca_ocsp_sign(ca_view(&d->request_der), NULL, r->key, &alg,
		     d->lab.rng, &der, &lab_err),
	    CA_INTERNAL, "nothing is released");
	assert_int_equal(der.len, 0);
	ca_buf_free(&tbs);
}

/* checklist 101 */
static void
failures_are_five_octets(void **state)
{
	static const struct {
		enum ca_status failed;
		enum ca_ocsp_status told;
		const char *name;
	} told[] = {
	    {CA_MALFORMED, CA_OCSP_MALFORMED_REQUEST, "malformedRequest"},
	    {CA_REFUSED, CA_OCSP_UNAUTHORIZED, "unauthorized"},
	    {CA_NOT_FOUND, CA_OCSP_UNAUTHORIZED, "unauthorized"},
	    {CA_USAGE, CA_OCSP_UNAUTHORIZED, "unauthorized"},
	    {CA_BUSY, CA_OCSP_TRY_LATER, "tryLater"},
	    {CA_IO, CA_OCSP_TRY_LATER, "tryLater"},
	    {CA_MEMORY, CA_OCSP_TRY_LATER, "tryLater"},
	    {CA_UNTRUSTED, CA_OCSP_TRY_LATER, "tryLater"},
	    {CA_INTERNAL, CA_OCSP_INTERNAL_ERROR, "internalError"},
	    {CA_OK, CA_OCSP_INTERNAL_ERROR, "internalError"},
	};
	struct ca_buf der = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(told); i++) {
		enum ca_ocsp_status status = ca_ocsp_error_for(told[i].failed);
		uint8_t wanted[] = {0x30, 0x03, 0x0a, 0x01, (uint8_t)status};

		assert_int_equal(status, told[i].told);
		assert_string_equal(
		    ca_ocsp_status_name((int)status), told[i].name);
		LAB_OK(ca_ocsp_error(status, &der, &lab_err));
		assert_bytes(
		    ca_view(&der), (struct ca_bytes){wanted, sizeof(wanted)});
		ca_buf_free(&der);
	}
	LAB_OK(ca_ocsp_error(CA_OCSP_SIG_REQUIRED, &der, &lab_err));
	ca_buf_free(&der);
	LAB_SAYS(ca_ocsp_error(CA_OCSP_SUCCESSFUL, &der, &lab_err), CA_INTERNAL,
	    "status 0");
	LAB_SAYS(ca_ocsp_error((enum ca_ocsp_status)4, &der, &lab_err),
	    CA_INTERNAL, "status 4");
	LAB_SAYS(ca_ocsp_error((enum ca_ocsp_status)7, &der, &lab_err),
	    CA_INTERNAL, "status 7");
}

/* ---- openssl's verdict ------------------------------------------------ */

static void
write_pem(const char *name, const struct lab_cert *a, const struct lab_cert *b)
{
	struct ca_buf pem = {0};

	LAB_OK(ca_pem_append(&pem, CA_PEM_CERTIFICATE, ca_view(&a->der)));
	if (b != NULL)
		LAB_OK(
		    ca_pem_append(&pem, CA_PEM_CERTIFICATE, ca_view(&b->der)));
	write_file(name, ca_view(&pem));
	ca_buf_free(&pem);
}

/* The signature, the nonce of our request, and what it says of leaf.pem. */
static void
openssl_says(const char *words)
{
	struct ca_buf said;

	/* With -cert it makes a request of its own, and forgets -reqin. */
	ASSERT_RUNS("openssl", "ocsp", "-reqin", "request.der", "-respin",
	    "response.der", "-verify_other", "mid.pem", "-CAfile", "trust.pem");
	said = read_file("output");
	if (strstr(ca_buf_text(&said), "Response verify OK") == NULL ||
	    strstr(ca_buf_text(&said), "WARNING") != NULL)
		fail_msg("%s", ca_buf_text(&said));
	ca_buf_free(&said);
	ASSERT_RUNS("openssl", "ocsp", "-issuer", "mid.pem", "-cert",
	    "leaf.pem", "-no_nonce", "-respin", "response.der", "-CAfile",
	    "trust.pem");
	said = read_file("output");
	if (strstr(ca_buf_text(&said), words) == NULL ||
	    strstr(ca_buf_text(&said), "WARNING") != NULL)
		fail_msg("no \"%s\" in: %s", words, ca_buf_text(&said));
	ca_buf_free(&said);
}

static int
openssl_exits(void)
{
	return RUN("openssl", "ocsp", "-reqin", "request.der", "-respin",
	    "response.der", "-verify_other", "mid.pem", "-CAfile", "trust.pem");
}

static void
hold_before_openssl(struct desk *d)
{
	static const struct {
		enum ca_ocsp_state state;
		const char *words;
	} says[] = {
	    {CA_OCSP_GOOD, "leaf.pem: good"},
	    {CA_OCSP_REVOKED, "Reason: keyCompromise"},
	    {CA_OCSP_UNKNOWN, "leaf.pem: unknown"},
	    {CA_OCSP_NEVER_ISSUED, "Reason: certificateHold"},
	};

	write_pem("mid.pem", &d->lab.mid, NULL);
	write_pem("leaf.pem", &d->lab.leaf, NULL);
	write_pem("trust.pem", &d->lab.root, &d->lab.mid);
	write_file("request.der", ca_view(&d->request_der));
	for (size_t i = 0; i < COUNT(says); i++) {
		struct ca_ocsp_answer said = answer(d, says[i].state);
		struct ca_ocsp_order what = order(d, &said, 1);
		struct ca_ocsp_response response;
		struct ca_buf der = say(d, &what, &response);

		write_file("response.der", ca_view(&der));
		openssl_says(says[i].words);
		ca_buf_free(&der);
	}
}

static void
openssl_agrees(void **state)
{
	static const enum ca_key_type types[] = {
	    CA_KEY_P256, CA_KEY_P384, CA_KEY_RSA, CA_KEY_ED25519};
	struct folder folder = folder_open();

	(void)state;
	if (RUN("openssl", "version") == 127) {
		folder_close(&folder);
		skip();
	}
	for (size_t i = 0; i < COUNT(types); i++) {
		struct desk d;

		open_desk(&d, types[i]);
		hold_before_openssl(&d);
		close_desk(&d);
	}
	folder_close(&folder);
}

/* The issuer itself may answer too; and what is wrong, openssl refuses. */
static void
openssl_takes_the_issuers_own(void **state)
{
	struct desk *d = *state;
	struct lab_cert *mid = &d->lab.mid;
	const struct ca_sig_alg alg = ca_sig_alg_for(&mid->cert.spki);
	struct ca_ocsp_answer said = answer(d, CA_OCSP_GOOD);
	struct ca_ocsp_order what = order(d, &said, 1);
	struct folder folder = folder_open();
	struct ca_buf tbs = {0}, der = {0};

	if (RUN("openssl", "version") == 127) {
		folder_close(&folder);
		skip();
	}
	what.responder = &mid->cert.spki;
	LAB_OK(ca_ocsp_tbs(&what, &tbs, &lab_err));
	LAB_OK(ca_ocsp_sign(
	    ca_view(&tbs), NULL, mid->key, &alg, d->lab.rng, &der, &lab_err));
	write_pem("mid.pem", mid, NULL);
	write_pem("leaf.pem", &d->lab.leaf, NULL);
	write_pem("trust.pem", &d->lab.root, mid);
	write_file("request.der", ca_view(&d->request_der));
	write_file("response.der", ca_view(&der));
	openssl_says("leaf.pem: good");
	assert_int_equal(openssl_exits(), 0);
	der.data[der.len - 1] ^= 1;
	write_file("response.der", ca_view(&der));
	assert_int_equal(openssl_exits(), 1);
	ca_buf_free(&tbs);
	ca_buf_free(&der);
	folder_close(&folder);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(what_is_said_is_heard),
	    TEST(a_responder_may_itself_be_revoked),
	    TEST(nothing_is_said_that_was_not_asked),
	    TEST(all_are_answered),
	    TEST(the_bytes_are_these),
	    TEST(what_cannot_be_said_is_not),
	    TEST(another_key_does_not_sign),
	    cmocka_unit_test(failures_are_five_octets),
	    cmocka_unit_test(openssl_agrees),
	    TEST(openssl_takes_the_issuers_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
