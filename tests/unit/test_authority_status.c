/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a responder says of the ledger's certificates, to whoever asks and
 * however.
 */
#include "cli/file.h"
#include "tests/unit/status_fixture.h"

#define NO_NONCE ((struct ca_bytes){0})

/* By another handle on the ledger, as another process has one. */
static void
revoke_elsewhere(struct lab *l, int64_t row, enum ca_reason reason)
{
	const struct authority_options options = {
	    .home = l->home, .wait_ms = 10000, .world = &l->world};
	struct authority *other = NULL;
	bool changed = false;

	LAB_OK(l, authority_open(&options, &other, &l->err));
	LAB_OK(l,
	    authority_revoke(
		other, row, reason, LEDGER_NO_TIME, &changed, &l->err));
	assert_true(changed);
	authority_close(other);
}

static void
unhold_elsewhere(struct lab *l, int64_t row)
{
	const struct authority_options options = {
	    .home = l->home, .wait_ms = 10000, .world = &l->world};
	struct authority *other = NULL;

	LAB_OK(l, authority_open(&options, &other, &l->err));
	LAB_OK(l, authority_unhold(other, &row, 1, &l->err));
	authority_close(other);
}

/* ---- the states ---- */

/* checklist 100 */
static void
says_good_and_revoked(void **state)
{
	static const enum ca_reason reasons[] = {CA_REASON_UNSPECIFIED,
	    CA_REASON_KEY_COMPROMISE, CA_REASON_CERTIFICATE_HOLD,
	    CA_REASON_PRIVILEGE_WITHDRAWN};
	struct desk *d = *state;
	struct lab *l = d->l;

	for (size_t i = 0; i < COUNT(reasons); i++) {
		struct holder h = holder_of(
		    l, lab_issue(l, "www.company.com"), "issuing");
		struct ca_ocsp_answer answer;
		int64_t then;

		assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
		assert_true(d->answer.fact.known);
		assert_int_equal(d->answer.fact.revoked_at, LEDGER_NO_TIME);
		l->now += 10;
		assert_true(lab_revoke(l, h.row, reasons[i]));
		then = l->now;
		l->now += 10;
		answer = desk_ask(d, &h, CA_HASH_SHA1, NO_NONCE);
		assert_int_equal(answer.state, CA_OCSP_REVOKED);
		assert_int_equal(answer.reason, reasons[i]);
		assert_int_equal(answer.revoked_at, then);
		assert_int_equal(d->answer.fact.revoked_at, then);
		assert_int_equal(d->answer.fact.reason, reasons[i]);
		holder_done(&h);
	}
	lab_audit_clean(l);
}

/* Another serial than h's: this octet of it changed, and so long. */
static void
change_serial(struct holder *h, uint8_t serial[20], size_t len, uint8_t change)
{
	assert_true(h->cert->serial.len < 20 && len <= 20);
	memset(serial, 0, 20);
	memcpy(serial, h->cert->serial.data, h->cert->serial.len);
	serial[len - 1] ^= change;
	h->cert->serial = (struct ca_bytes){serial, len};
}

/* checklist 100, 104: a prefix, one octet more, another last octet */
static void
says_unknown_of_what_was_never_issued(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	int64_t row = lab_issue(l, "www.company.com");
	static const struct {
		int longer;
		uint8_t change;
	} cases[] = {{0, 1}, {-1, 0}, {1, 0}, {1, 7}};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct holder h = holder_of(l, row, "issuing");
		uint8_t serial[20];
		struct ca_ocsp_answer answer;

		change_serial(&h, serial,
		    (size_t)((int)h.cert->serial.len + cases[i].longer),
		    cases[i].change);
		answer = desk_ask(d, &h, CA_HASH_SHA256, NO_NONCE);
		assert_int_equal(answer.state, CA_OCSP_UNKNOWN);
		assert_true(d->answer.cacheable);
		assert_false(d->answer.fact.known);
		assert_int_equal(d->answer.fact.serial_len, h.cert->serial.len);
		holder_done(&h);
	}
}

/* checklist 100: the policy's word, the operator's new one at the next look */
static void
says_revoked_of_it_where_the_policy_does(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");
	struct ca_ocsp_response response;
	struct ca_ocsp_answer answer;
	uint8_t serial[20];

	change_serial(&h, serial, h.cert->serial.len, 1);
	lab_change_policy(
	    l, "intermediate", "[crl]\n", "[crl]\nnever-issued = revoked\n");
	assert_int_equal(desk_state(d, &h), CA_OCSP_UNKNOWN);
	desk_tend(d);
	answer = desk_ask(d, &h, CA_HASH_SHA1, NO_NONCE);
	assert_int_equal(answer.state, CA_OCSP_NEVER_ISSUED);
	assert_int_equal(answer.revoked_at, 0);
	assert_int_equal(answer.reason, CA_REASON_CERTIFICATE_HOLD);
	LAB_OK(l,
	    ca_ocsp_response_parse(
		ca_view(&d->answer.der), &response, &l->err));
	assert_true(response.extended_revoke);
	desk_open_with(d, false);
	assert_int_equal(desk_state(d, &h), CA_OCSP_NEVER_ISSUED);
	holder_done(&h);
}

static enum ca_status
take_serial(void *ctx, const struct ledger_cert *row)
{
	return ca_buf_append(ctx, row->serial);
}

/* checklist 102: signed and never released: it is known by its serial */
static void
answers_for_an_orphan(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");
	int64_t row = lab_orphan(l, "orphan.company.com");
	struct ca_buf serial = {0};

	LAB_OK(l,
	    ledger_cert_by_id(
		authority_ledger(l->a), row, take_serial, &serial, &l->err));
	h.cert->serial = ca_view(&serial);
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	assert_true(d->answer.fact.known);
	assert_true(lab_revoke(l, row, CA_REASON_KEY_COMPROMISE));
	assert_int_equal(desk_state(d, &h), CA_OCSP_REVOKED);
	ca_buf_free(&serial);
	holder_done(&h);
}

/* ---- the request ---- */

/* checklist 101: of an authority elsewhere, of one without a responder, and
 * what is no request */
static void
refuses_what_is_not_its_own(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	int64_t row = lab_issue(l, "www.company.com");
	struct holder h = holder_of(l, row, "issuing");
	struct holder issuing = holder_of(
	    l, lab_count(l, "SELECT min(id) + 1 FROM certificate"), "root");
	struct ca_buf request = question(&issuing, CA_HASH_SHA1, NO_NONCE);

	desk_refuses(d, ca_view(&request), CA_OCSP_UNAUTHORIZED,
	    "root|has no OCSP responder|signet ocsp init --ca root");
	ca_buf_free(&request);

	/* the issuer's name with another key */
	h.above->spki = issuing.above->spki;
	request = question(&h, CA_HASH_SHA256, NO_NONCE);
	desk_refuses(d, ca_view(&request), CA_OCSP_UNAUTHORIZED,
	    "an authority that is not here|RFC 6960 2.3");
	desk_refuses(d, NO_NONCE, CA_OCSP_MALFORMED_REQUEST, "OCSP request");
	desk_refuses(d, BYTES("\x30\x03\x02\x01\x05"),
	    CA_OCSP_MALFORMED_REQUEST, "OCSP request");
	request.data[request.len - 1] ^= 0xff;
	request.len--;
	desk_refuses(
	    d, ca_view(&request), CA_OCSP_MALFORMED_REQUEST, "OCSP request");
	ca_buf_free(&request);
	holder_done(&h);
	holder_done(&issuing);
}

/* The certID of the one answer. */
static struct ca_bytes
certid_of(struct desk *d, struct ca_bytes der)
{
	struct ca_ocsp_response response;

	LAB_OK(d->l, ca_ocsp_response_parse(der, &response, &d->l->err));
	assert_int_equal(response.count, 1);
	return response.answer[0].id.der;
}

/* checklist 103, 104: in the hash that was asked in, byte for byte */
static void
answers_in_the_hash_that_was_asked_in(void **state)
{
	static const enum ca_hash hashes[] = {CA_HASH_SHA1, CA_HASH_SHA256};
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");

	for (size_t i = 0; i < COUNT(hashes); i++) {
		struct ca_buf request = question(&h, hashes[i], NO_NONCE);
		struct ca_ocsp_request asked;

		LAB_OK(l,
		    ca_ocsp_request_parse(ca_view(&request), &asked, &l->err));
		(void)desk_ask(d, &h, hashes[i], NO_NONCE);
		assert_bytes(
		    certid_of(d, ca_view(&d->answer.der)), asked.id[0].der);
		ca_buf_free(&request);
	}
	holder_done(&h);
}

/* checklist 103 */
static void
refuses_a_hash_it_does_not_know(void **state)
{
	/* SHA-1's OID, 1.3.14.3.2.26, and the one behind it */
	const char sha1[] = "\x2b\x0e\x03\x02\x1a";
	struct desk *d = *state;
	struct holder h = holder_of(
	    d->l, lab_issue(d->l, "www.company.com"), "issuing");
	struct ca_buf request = question(&h, CA_HASH_SHA1, NO_NONCE);
	uint8_t *at = memmem(request.data, request.len, sha1, 5);

	assert_non_null(at);
	at[4]++;
	desk_refuses(d, ca_view(&request), CA_OCSP_UNAUTHORIZED,
	    "a hash other than SHA-1 and SHA-256|RFC 6960 4.3");
	ca_buf_free(&request);
	holder_done(&h);
}

/* checklist 105: desk_ask() compares it */
static void
gives_the_nonce_back(void **state)
{
	struct desk *d = *state;
	struct holder h = holder_of(
	    d->l, lab_issue(d->l, "www.company.com"), "issuing");
	uint8_t octets[128];

	memset(octets, 0x5a, sizeof(octets));
	for (size_t len = 0; len <= sizeof(octets); len += 32) {
		(void)desk_ask(
		    d, &h, CA_HASH_SHA1, (struct ca_bytes){octets, len});
		assert_int_equal(d->answer.cacheable, len == 0);
	}
	(void)desk_ask(d, &h, CA_HASH_SHA1, BYTES("n"));
	holder_done(&h);
}

/* One request for all of these. */
static struct ca_buf
question_of_all(struct desk *d, const struct holder *holders, size_t count)
{
	struct der_out out = {0};
	struct ca_buf ret = {0};

	der_open(&out, DER_SEQUENCE);
	der_open(&out, DER_SEQUENCE);
	der_open(&out, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++) {
		struct ca_buf one = question(
		    &holders[i], CA_HASH_SHA1, NO_NONCE);
		struct ca_ocsp_request request;

		LAB_OK(d->l,
		    ca_ocsp_request_parse(ca_view(&one), &request, &d->l->err));
		der_open(&out, DER_SEQUENCE);
		der_put_raw(&out, request.id[0].der);
		der_close(&out);
		ca_buf_free(&one);
	}
	der_close(&out);
	der_close(&out);
	der_close(&out);
	assert_int_equal(der_finish(&out, &ret), CA_OK);
	return ret;
}

/* checklist 106 */
static void
answers_several_at_once(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder holders[3];
	struct ca_ocsp_response response;
	struct ca_buf request;

	for (size_t i = 0; i < COUNT(holders); i++)
		holders[i] = holder_of(
		    l, lab_issue(l, "www.company.com"), "issuing");
	assert_true(lab_revoke(l, holders[1].row, CA_REASON_KEY_COMPROMISE));
	request = question_of_all(d, holders, COUNT(holders));
	desk_answer(d, ca_view(&request));
	assert_int_equal(d->answer.status, CA_OCSP_SUCCESSFUL);
	assert_false(d->answer.cacheable);
	LAB_OK(l,
	    ca_ocsp_response_parse(
		ca_view(&d->answer.der), &response, &l->err));
	assert_int_equal(response.count, COUNT(holders));
	for (size_t i = 0; i < COUNT(holders); i++) {
		const struct ca_ocsp_answer *answer = &response.answer[i];

		assert_int_equal(
		    answer->state, i == 1 ? CA_OCSP_REVOKED : CA_OCSP_GOOD);
		assert_bytes(answer->id.serial, holders[i].cert->serial);
		assert_int_equal(answer->this_update, d->answer.this_update);
		assert_int_equal(answer->next_update, d->answer.next_update);
	}
	ca_buf_free(&request);

	/* of two authorities */
	holder_done(&holders[2]);
	lab_as(l, "root");
	LAB_OK(l, desk_init(l, NULL));
	holders[2] = holder_of(
	    l, lab_count(l, "SELECT min(id) + 1 FROM certificate"), "root");
	desk_open_with(d, false);
	assert_int_equal(desk_state(d, &holders[2]), CA_OCSP_GOOD);
	request = question_of_all(d, holders, COUNT(holders));
	desk_refuses(d, ca_view(&request), CA_OCSP_UNAUTHORIZED,
	    "certIDs of several authorities|ask for each");
	ca_buf_free(&request);
	for (size_t i = 0; i < COUNT(holders); i++)
		holder_done(&holders[i]);
}

/* checklist 106: as many as there may be, and one more */
static void
answers_no_more_than_it_may(void **state)
{
	struct desk *d = *state;
	struct holder h = holder_of(
	    d->l, lab_issue(d->l, "www.company.com"), "issuing");
	struct holder many[CA_OCSP_MAX_IDS + 1];
	struct ca_buf request;

	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = h;
	request = question_of_all(d, many, CA_OCSP_MAX_IDS);
	desk_answer(d, ca_view(&request));
	assert_int_equal(d->answer.status, CA_OCSP_SUCCESSFUL);
	ca_buf_free(&request);
	request = question_of_all(d, many, COUNT(many));
	desk_refuses(d, ca_view(&request), CA_OCSP_UNAUTHORIZED, "64");
	ca_buf_free(&request);
	holder_done(&h);
}

/* ---- time ---- */

/* checklist 107: desk_ask() looks at the order; here at the ends */
static void
says_nothing_beyond_its_end(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");
	struct ca_buf request = question(&h, CA_HASH_SHA1, NO_NONCE);
	const int64_t end = lab_count(l,
	    "SELECT not_after FROM certificate WHERE policy ="
	    " 'ocsp-responder'");

	(void)desk_state(d, &h);
	assert_int_equal(d->answer.next_update, l->now + 12 * HOUR);
	l->now = end - 60;
	(void)desk_state(d, &h);
	assert_int_equal(d->answer.next_update, end);
	/* checklist 109 */
	for (l->now = end; l->now < end + 3; l->now++)
		desk_refuses(d, ca_view(&request), CA_OCSP_TRY_LATER,
		    "issuing|responder");
	desk_tend(d);
	desk_says(d, "issuing|responder ended at|Z: signet renew ");
	ca_buf_free(&request);
	holder_done(&h);
}

/* checklist 107 */
static void
says_nothing_with_a_clock_that_went_back(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");
	struct ca_buf request = question(&h, CA_HASH_SHA1, NO_NONCE);

	l->now += HOUR;
	revoke_elsewhere(l, h.row, CA_REASON_SUPERSEDED);
	l->now -= AUTHORITY_CLOCK_SLACK;
	assert_int_equal(desk_state(d, &h), CA_OCSP_REVOKED);
	l->now--;
	desk_refuses(d, ca_view(&request), CA_OCSP_TRY_LATER,
	    "clock|behind the ledger's newest event|set the clock");
	ca_buf_free(&request);
	holder_done(&h);
}

/* checklist 107: the list and the answers of one moment */
static void
agrees_with_the_list(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	int64_t rows[6];
	struct ca_buf der;
	struct ca_crl crl;

	for (size_t i = 0; i < COUNT(rows); i++) {
		rows[i] = lab_issue(l, "www.company.com");
		if (i % 2 == 0)
			(void)lab_revoke(
			    l, rows[i], CA_REASON_CESSATION_OF_OPERATION);
	}
	der = lab_crl(l);
	LAB_OK(l, ca_crl_parse(ca_view(&der), &crl, &l->err));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct holder h = holder_of(l, rows[i], "issuing");
		struct ca_ocsp_answer answer = desk_ask(
		    d, &h, CA_HASH_SHA1, NO_NONCE);
		struct ca_crl_entry entry = {0};
		bool listed = ca_crl_find(&crl, h.cert->serial, &entry);

		assert_int_equal(answer.state == CA_OCSP_REVOKED, listed);
		if (listed) {
			assert_int_equal(answer.revoked_at, entry.revoked_at);
			assert_int_equal(answer.reason, entry.reason);
		}
		holder_done(&h);
	}
	ca_buf_free(&der);
}

/* ---- the ledger goes on ---- */

/* checklist 108 */
static void
sees_a_revocation_at_once(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");

	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	revoke_elsewhere(l, h.row, CA_REASON_CERTIFICATE_HOLD);
	assert_int_equal(desk_state(d, &h), CA_OCSP_REVOKED);
	unhold_elsewhere(l, h.row);
	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	revoke_elsewhere(l, h.row, CA_REASON_KEY_COMPROMISE);
	for (int i = 0; i < 3; i++, l->now += 20 * HOUR)
		assert_int_equal(desk_state(d, &h), CA_OCSP_REVOKED);
	holder_done(&h);
}

/* checklist 109: its own certificate is revoked, by another process */
static void
stops_when_its_certificate_is_revoked(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");
	struct ca_buf request = question(&h, CA_HASH_SHA1, NO_NONCE);

	assert_int_equal(desk_state(d, &h), CA_OCSP_GOOD);
	assert_in_range(d->answer.fact.responder_len, 8, 20);
	revoke_elsewhere(l,
	    lab_count(l,
		"SELECT id FROM certificate WHERE policy = 'ocsp-responder'"),
	    CA_REASON_KEY_COMPROMISE);
	desk_refuses(d, ca_view(&request), CA_OCSP_TRY_LATER,
	    "issuing|responder is revoked since|ocsp init --ca issuing");
	desk_tend(d);
	desk_says(d, "issuing|responder is revoked since");
	/* and with the authority's key too: it is not renewed */
	desk_open_with(d, true);
	desk_says(d, "issuing|responder is revoked since");
	desk_tend(d);
	desk_says(d, "issuing|responder is revoked since");
	assert_int_equal(lab_count(l,
			     "SELECT count(*) FROM certificate WHERE policy ="
			     " 'ocsp-responder'"),
	    1);
	ca_buf_free(&request);
	holder_done(&h);
}

/* Its key, certified for something else and since. */
static void
certify_otherwise(struct lab *l)
{
	struct ca_buf request = {0}, key_file = {0};
	struct issue_order order;
	struct ca_key *key = NULL;
	char path[400];

	(void)snprintf(path, sizeof(path), "%s/keys/issuing.ocsp.key", l->home);
	LAB_OK(l, file_read(path, 65536, &key_file, &l->err));
	LAB_OK(l,
	    ca_key_from_pem(ca_view(&key_file), (struct ca_bytes){0}, l->rng,
		&key, &l->err));
	request = lab_request_with(l, key, "ocsp.company.com");
	order = lab_order(&request);
	{
		struct issued issued = {0};

		LAB_OK(l, lab_issue_order(l, &order, &issued));
		issued_done(&issued);
	}
	ca_key_free(key);
	ca_buf_free(&request);
	ca_buf_free(&key_file);
}

/* checklist 109: without OCSPSigning */
static void
stops_when_its_certificate_is_for_something_else(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");
	struct ca_buf request = question(&h, CA_HASH_SHA1, NO_NONCE);

	certify_otherwise(l);
	desk_open_with(d, true);
	desk_says(d, "issuing|OCSPSigning|RFC 6960 4.2.2.2");
	for (int i = 0; i < 3; i++, l->now++)
		desk_refuses(d, ca_view(&request), CA_OCSP_TRY_LATER,
		    "issuing|OCSPSigning|RFC 6960 4.2.2.2");
	desk_tend(d);
	desk_says(d, "issuing|OCSPSigning");
	ca_buf_free(&request);
	holder_done(&h);
}

/* checklist 101: a row that no ledger of ours has */
static void
tells_nothing_of_a_fault_but_that_there_is_one(void **state)
{
	struct desk *d = *state;
	struct lab *l = d->l;
	struct holder h = holder_of(
	    l, lab_issue(l, "www.company.com"), "issuing");
	struct ca_buf request = question(&h, CA_HASH_SHA1, NO_NONCE);

	(void)lab_revoke(l, h.row, CA_REASON_SUPERSEDED);
	lab_sql(l,
	    "PRAGMA ignore_check_constraints = ON;"
	    "UPDATE revocation SET reason = 77");
	desk_refuses(
	    d, ca_view(&request), CA_OCSP_TRY_LATER, "ledger|revocation");
	ca_buf_free(&request);
	holder_done(&h);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, desk_setup, desk_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(says_good_and_revoked),
	    TEST(says_unknown_of_what_was_never_issued),
	    TEST(says_revoked_of_it_where_the_policy_does),
	    TEST(answers_for_an_orphan),
	    TEST(refuses_what_is_not_its_own),
	    TEST(answers_in_the_hash_that_was_asked_in),
	    TEST(refuses_a_hash_it_does_not_know),
	    TEST(gives_the_nonce_back),
	    TEST(answers_several_at_once),
	    TEST(answers_no_more_than_it_may),
	    TEST(says_nothing_beyond_its_end),
	    TEST(says_nothing_with_a_clock_that_went_back),
	    TEST(agrees_with_the_list),
	    TEST(sees_a_revocation_at_once),
	    TEST(stops_when_its_certificate_is_revoked),
	    TEST(stops_when_its_certificate_is_for_something_else),
	    TEST(tells_nothing_of_a_fault_but_that_there_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
