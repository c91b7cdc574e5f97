/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/authority_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

/* ---- what is kept ---- */

/* What a row holds, as SQLite counts it. */
static int64_t
row_has(struct lab *l, int64_t row, const char *condition)
{
	char sql[400];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM certificate WHERE id = %lld AND %s",
	    (long long)row, condition);
	return lab_count(l, sql);
}

/* checklist 4 */
static void
the_ledger_has_what_was_signed(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct ca_buf hex = {0};
	struct issued issued = {0};
	struct ca_cert cert;
	char condition[200];

	LAB_OK(l, lab_issue_order(l, &order, &issued));
	LAB_OK(l, ca_cert_parse(ca_view(&issued.der), &cert, &l->err));
	assert_bytes(cert.serial, ca_view(&issued.serial));
	assert_bytes(cert.tbs, ca_view(&issued.tbs));
	assert_bytes(cert.issuer, l->signer.certs[0].subject);
	assert_int_equal(cert.not_before, issued.not_before);
	assert_int_equal(cert.not_after, issued.not_after);
	assert_int_equal(ca_hex_append(&hex, cert.serial), CA_OK);
	(void)snprintf(condition, sizeof(condition),
	    "hex(serial) = upper('%s') AND state = 2 AND tbs IS NULL",
	    ca_buf_text(&hex));
	assert_int_equal(row_has(l, issued.row, condition), 1);
	assert_int_equal(row_has(l, issued.row, "length(request) > 0"), 1);
	assert_int_equal(lab_count(l,
			     "SELECT count(*) FROM name"
			     " WHERE value = 'www.company.com'"),
	    2); /* the name, and the common name */
	ca_buf_free(&hex);
	issued_done(&issued);
	ca_buf_free(&request);
	lab_audit_clean(l);
}

/* The same request twice: two certificates. */
static void
one_request_may_be_signed_twice(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued one = {0}, two = {0};

	LAB_OK(l, lab_issue_order(l, &order, &one));
	LAB_OK(l, lab_issue_order(l, &order, &two));
	assert_int_not_equal(one.row, two.row);
	assert_false(
	    ca_bytes_equal(ca_view(&one.serial), ca_view(&two.serial)));
	issued_done(&one);
	issued_done(&two);
	ca_buf_free(&request);
}

struct story {
	char text[400];
	int64_t certificate;
};

static enum ca_status
tell(void *ctx, const struct ledger_event *row)
{
	struct story *story = ctx;
	size_t len = strlen(story->text);

	(void)snprintf(story->text + len, sizeof(story->text) - len, " %s%s",
	    row->kind, row->certificate == story->certificate ? "*" : "");
	assert_string_equal(row->actor, "tester");
	assert_int_equal(row->time, NOW);
	return CA_OK;
}

/* Recorded before signed: the order in which it is told. */
static void
events_come_in_their_order(void **state)
{
	struct lab *l = *state;
	struct story story = {0};
	int64_t before;

	lab_log(l);
	before = lab_count(l, "SELECT max(sequence) FROM event");
	story.certificate = lab_issue(l, "www.company.com");
	(void)lab_revoke(l, story.certificate, CA_REASON_SUPERSEDED);
	lab_publish(l);
	(void)lab_issue(l, "mail.company.com");
	LAB_OK(l,
	    ledger_each_event(
		authority_ledger(l->a), before, tell, &story, &l->err));
	/* The policy is new the first time alone. */
	assert_string_equal(story.text,
	    " policy-changed intended* issued* revoked* crl-published"
	    " intended issued");
}

/* checklist 30 */
static void
what_is_checked_is_what_is_signed(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};

	LAB_OK(l, lab_issue_order(l, &order, &issued));
	assert_ptr_not_equal(issued.request.data, request.data);
	assert_bytes(ca_view(&issued.request), ca_view(&request));
	memset(request.data, 0, request.len);
	ca_buf_free(&request);
	issued_done(&issued);
	lab_audit_clean(l);
}

/* ---- serials ---- */

/* checklist 2, 3: in each case nothing is signed and no row written. */
static void
bad_randomness_is_refused(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};

	l->chance = CHANCE_ZERO;
	lab_refuses_unwritten(l, &order, CA_INTERNAL,
	    "randomness|generator is broken|nothing was signed");
	l->chance = CHANCE_HIGH;
	lab_refuses_unwritten(l, &order, CA_INTERNAL,
	    "randomness|generator is broken|nothing was signed");
	l->chance = CHANCE_FAIL;
	lab_refuses_unwritten(
	    l, &order, CA_INTERNAL, "randomness|nothing was signed");
	l->chance = CHANCE_SHORT;
	lab_refuses_unwritten(
	    l, &order, CA_INTERNAL, "randomness|nothing was signed");
	l->chance = CHANCE_GOOD;
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	assert_int_equal(issued.serial.len, 17);
	assert_true(issued.serial.data[0] <= 0x7f);
	issued_done(&issued);
	ca_buf_free(&request);
}

/* checklist 5 */
static void
a_collision_is_drawn_again(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};
	size_t draws;

	l->chance = CHANCE_REPEAT;
	(void)lab_issue(l, "first.company.com");
	/* The same four times more, and then another. */
	l->repeats = 5;
	draws = l->draws;
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	assert_int_equal(l->draws - draws, 5);
	assert_true(issued.der.len > 0);
	issued_done(&issued);
	ca_buf_free(&request);
	/* No row of the tries before. */
	assert_int_equal(lab_count(l,
			     "SELECT count(*) FROM certificate"
			     " WHERE state = 1"),
	    0);
	assert_int_equal(lab_count(l, "SELECT count(*) FROM certificate"), 4);
	lab_audit_clean(l);
}

/* checklist 5 */
static void
five_collisions_are_a_broken_generator(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	size_t draws;

	l->chance = CHANCE_REPEAT;
	(void)lab_issue(l, "first.company.com");
	draws = l->draws;
	lab_refuses_unwritten(l, &order, CA_INTERNAL,
	    "randomness|5 serial numbers|generator is broken|"
	    "nothing was signed");
	/* One for each of five tries, and one that was not used. */
	assert_in_range(l->draws - draws, 5, 6);
	ca_buf_free(&request);
	lab_audit_clean(l);
}

/* ---- time ---- */

/* checklist 8 */
static void
days_are_whole_to_the_second(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};

	order.term.validity = 90 * CA_DAY;
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	assert_int_equal(issued.not_after - issued.not_before + 1, 90 * CA_DAY);
	assert_int_equal(issued.not_before, l->signer.certs[0].not_before);
	issued_done(&issued);
	ca_buf_free(&request);
}

/* checklist 9 */
static void
a_leaf_does_not_outlive_its_issuer(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};

	lab_years_pass(l);
	l->now = l->signer.certs[0].not_after - 30 * CA_DAY;
	lab_refuses_unwritten(l, &order, CA_REFUSED, "notAfter|issuing");
	order.term.not_after = l->signer.certs[0].not_after + 1;
	lab_refuses_unwritten(l, &order, CA_REFUSED, "notAfter|issuing");
	order.term.not_after = l->signer.certs[0].not_after;
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	assert_int_equal(issued.not_after, l->signer.certs[0].not_after);
	issued_done(&issued);
	ca_buf_free(&request);
}

/* checklist 13 */
static void
a_leaf_does_not_begin_before_its_issuer(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};

	order.term.not_before = l->signer.certs[0].not_before - 1;
	lab_refuses_unwritten(l, &order, CA_REFUSED, "notBefore");
	l->now = NOW + CA_DAY;
	order.term.not_before = l->now - 3600;
	lab_refuses_unwritten(l, &order, CA_REFUSED, "notBefore|server.policy");
	order.term.not_before = l->now + 3600;
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	assert_int_equal(issued.not_before, l->now + 3600);
	issued_done(&issued);
	ca_buf_free(&request);
}

/* checklist 16: nobody is there to ask. */
static void
a_clock_that_jumped_signs_nothing(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};

	l->now = NOW + AUTHORITY_CLOCK_AHEAD + 1;
	lab_refuses_unwritten(l, &order, CA_REFUSED,
	    "clock|2028-02-19T08:00:01Z is 400 days after|"
	    "2027-01-15T08:00:00Z|jumped|--force-time");
	LAB_FAILS(l, signer_unlock(l->a, &l->signer, &l->pass, &l->err),
	    CA_REFUSED, "clock|jumped|--force-time");
	l->now--;
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	issued_done(&issued);
	l->now += AUTHORITY_CLOCK_AHEAD + 1;
	lab_refuses_unwritten(l, &order, CA_REFUSED, "clock|--force-time");
	lab_reopen(l, true);
	lab_as(l, "issuing");
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	issued_done(&issued);
	ca_buf_free(&request);
}

/* checklist 15 */
static void
a_clock_that_went_back_signs_nothing(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};

	l->now = NOW + 10 * CA_DAY;
	(void)lab_issue(l, "now.company.com");
	l->now -= AUTHORITY_CLOCK_SLACK + 1;
	lab_refuses_unwritten(l, &order, CA_REFUSED,
	    "clock|2027-01-25T07:54:59Z|2027-01-25T08:00:00Z|went back|"
	    "--force-time");
	/* What two clocks may differ by is none. */
	l->now++;
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	issued_done(&issued);
	l->now -= 1000;
	lab_refuses_unwritten(l, &order, CA_REFUSED, "clock|--force-time");
	lab_reopen(l, true);
	lab_as(l, "issuing");
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	issued_done(&issued);
	ca_buf_free(&request);
}

/* checklist 16, 17 */
static void
an_expired_issuer_signs_nothing(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);

	l->now = l->signer.certs[0].not_after + 1;
	lab_refuses_unwritten(l, &order, CA_REFUSED, "issuing");
	l->now = NOW + 100 * YEAR;
	lab_refuses_unwritten(l, &order, CA_REFUSED, "issuing");
	/* Nor one that is not valid yet. */
	lab_reopen(l, true);
	lab_as(l, "issuing");
	l->now = l->signer.certs[0].not_before - 1;
	lab_refuses_unwritten(l, &order, CA_REFUSED, "issuing");
	ca_buf_free(&request);
}

/* ---- keys ---- */

static struct ca_key *
key_of(struct lab *l, const char *id)
{
	struct ca_key *key = NULL;
	char path[400];
	struct ca_buf pem;
	FILE *file;

	pem = (struct ca_buf){0};
	(void)snprintf(path, sizeof(path), "%s/keys/%s.key", l->home, id);
	assert_int_equal(ca_buf_reserve(&pem, 4096), CA_OK);
	assert_non_null(file = fopen(path, "rb"));
	pem.len = fread(pem.data, 1, 4096, file);
	(void)fclose(file);
	LAB_OK(l,
	    ca_key_from_pem(
		ca_view(&pem), (struct ca_bytes){0}, l->rng, &key, &l->err));
	ca_buf_free(&pem);
	return key;
}

/* checklist 28 */
static void
an_authoritys_key_is_not_certified_again(void **state)
{
	static const char *const ids[] = {"root", "issuing"};
	static const char *const names[] = {
	    "authority Lab Root CA|make a new key",
	    "authority issuing|make a new key"};
	struct lab *l = *state;

	for (size_t i = 0; i < COUNT(ids); i++) {
		struct ca_key *key = key_of(l, ids[i]);
		struct ca_buf request = lab_request_with(
		    l, key, "www.company.com");
		struct issue_order order = lab_order(&request);

		lab_refuses_unwritten(l, &order, CA_REFUSED, names[i]);
		ca_buf_free(&request);
		ca_key_free(key);
	}
}

/* checklist 28: also of one that is not above the signer. */
static void
nor_is_a_sister_authoritys(void **state)
{
	struct lab *l = *state;
	struct ca_buf request;
	struct issue_order order;
	struct ca_key *key;

	lab_as(l, "root");
	LAB_OK(l, lab_add(l, "people", "Lab People CA", &l->signer, NULL));
	lab_as(l, "issuing");
	key = key_of(l, "people");
	request = lab_request_with(l, key, "www.company.com");
	order = lab_order(&request);
	lab_refuses_unwritten(
	    l, &order, CA_REFUSED, "authority people|make a new key");
	ca_buf_free(&request);
	ca_key_free(key);
}

static int64_t
issue_key(struct lab *l, struct ca_key *key, const char *host)
{
	struct ca_buf request = lab_request_with(l, key, host);
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};
	int64_t row;

	LAB_OK(l, lab_issue_order(l, &order, &issued));
	row = issued.row;
	issued_done(&issued);
	ca_buf_free(&request);
	return row;
}

/* checklist 29 */
static void
a_compromised_key_is_not_certified_again(void **state)
{
	struct lab *l = *state;
	struct ca_key *key = lab_key(l);
	struct ca_buf request = lab_request_with(l, key, "new.company.com");
	struct issue_order order = lab_order(&request);

	(void)lab_revoke(
	    l, issue_key(l, key, "old.company.com"), CA_REASON_SUPERSEDED);
	/* Superseded is no compromise. */
	(void)lab_revoke(
	    l, issue_key(l, key, "mid.company.com"), CA_REASON_KEY_COMPROMISE);
	lab_refuses_unwritten(l, &order, CA_REFUSED,
	    "keyCompromise|make a new key|signet key new");
	ca_buf_free(&request);
	ca_key_free(key);
}

/* ---- possession, and what a request is ---- */

static void
a_bad_request_is_refused(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);

	request.data[request.len - 1] ^= 1;
	lab_refuses_unwritten(l, &order, CA_UNTRUSTED, "signature");
	request.data[request.len - 1] ^= 1;
	order.request.len--;
	lab_refuses_unwritten(l, &order, CA_MALFORMED, "");
	order.request = (struct ca_bytes){0};
	lab_refuses_unwritten(l, &order, CA_MALFORMED, "");
	ca_buf_free(&request);
}

/* ---- what goes wrong between the commits ---- */

/* checklist 64, 73 */
static void
an_intent_without_outcome_is_an_orphan(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_orphan(l, "lost.company.com");
	struct findings f;

	assert_int_equal(row_has(l, row,
			     "state = 1 AND length(tbs) > 0"
			     " AND der IS NULL"),
	    1);
	LAB_OK(l, lab_audit(l, &f));
	assert_int_equal(f.report.orphans, 1);
	assert_int_equal(f.report.faults, 0);
	assert_int_equal(f.rows[0], row);
	lab_says(f.lines[0], "lost.company.com|intended|revoke");
	/* The next goes well. */
	(void)lab_issue(l, "lost.company.com");
}

/* The intent itself cannot be written: nothing is. */
static void
without_an_intent_nothing_is_signed(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);

	lab_block(l, "intended");
	lab_refuses_unwritten(l, &order, CA_INTERNAL, "ledger");
	assert_null(strstr(l->err.msg, "stays in the ledger"));
	lab_unblock(l);
	ca_buf_free(&request);
}

/*
 * The key is not the certificate's after all: what is signed does not verify,
 * is never issued, and the intent stays (checklist 65, 66).
 */
static void
a_signature_that_does_not_hold_is_not_released(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);

	ca_key_free(l->signer.key);
	l->signer.key = lab_key(l);
	lab_refuses(l, &order, CA_UNTRUSTED,
	    "signature|stays in the ledger as intended|"
	    "no certificate was released|audit");
	assert_int_equal(lab_count(l,
			     "SELECT count(*) FROM certificate"
			     " WHERE state = 1"),
	    1);
	ca_buf_free(&request);
}

struct tally {
	size_t nothing, orphans, issued;
};

/* One try with files that may not grow beyond size. */
static void
try_with(struct lab *l, const struct issue_order *order, rlim_t size,
    struct tally *tally)
{
	static const char intended[] =
	    "SELECT count(*) FROM certificate WHERE state = 1";
	static const char done[] =
	    "SELECT count(*) FROM certificate WHERE state = 2";
	int64_t orphans = lab_count(l, intended), issued = lab_count(l, done);
	struct issued got = {0};
	struct rlimit limit, saved;
	enum ca_status st;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &saved), 0);
	limit = saved;
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	l->err = (struct ca_error){0};
	st = lab_issue_order(l, order, &got);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &saved), 0);
	assert_int_equal(st == CA_OK, got.der.len > 0);
	if (st == CA_OK) {
		tally->issued++;
		assert_int_equal(lab_count(l, done), issued + 1);
	} else {
		lab_says(l->err.msg, "full");
		assert_int_equal(lab_count(l, done), issued);
	}
	if (lab_count(l, intended) > orphans) {
		tally->orphans++;
		lab_says(l->err.msg,
		    "not recorded as issued|stays in the ledger as intended");
		assert_null(strstr(l->err.msg, "nothing was recorded"));
	} else if (st != CA_OK) {
		tally->nothing++;
		lab_says(l->err.msg, "nothing was recorded");
		assert_null(strstr(l->err.msg, "stays in the ledger"));
	}
	issued_done(&got);
}

/* checklist 71: the disk is full a few pages later each time. */
static void
a_full_disk_releases_nothing(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct tally tally = {0};
	char log[400];
	struct stat info;

	(void)signal(SIGXFSZ, SIG_IGN);
	(void)snprintf(log, sizeof(log), "%s-wal", l->ledger_path);
	/* Counted from where the log ends now: an orphan makes it longer. */
	for (rlim_t i = 0; i < 200 && tally.issued == 0; i++) {
		assert_int_equal(stat(log, &info), 0);
		try_with(l, &order, (rlim_t)info.st_size + i * 4096, &tally);
	}
	assert_true(tally.nothing > 0);
	assert_true(tally.orphans > 0);
	assert_int_equal(tally.issued, 1);
	ca_buf_free(&request);
	lab_reopen(l, false);
	lab_as(l, "issuing");
	(void)lab_issue(l, "room.company.com");
}

/* Somebody else holds the ledger for longer than the wait. */
static void
a_busy_ledger_releases_nothing(void **state)
{
	struct lab *l = *state;
	const struct authority_options patient = {
	    .home = l->home, .wait_ms = 50, .world = &l->world};
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct authority *other = NULL;
	struct issued got = {0};

	LAB_OK(l, authority_open(&patient, &other, &l->err));
	LAB_OK(l, ledger_begin(authority_ledger(l->a), &l->err));
	LAB_FAILS(l, authority_issue(other, &l->signer, &order, &got, &l->err),
	    CA_BUSY, "ledger|50 ms|nothing was recorded|run it again");
	assert_int_equal(got.der.len, 0);
	ledger_rollback(authority_ledger(l->a));
	LAB_OK(l, authority_issue(other, &l->signer, &order, &got, &l->err));
	issued_done(&got);
	authority_close(other);
	ca_buf_free(&request);
}

#define WITH_LAB(test) \
	cmocka_unit_test_setup_teardown(test, lab_open, lab_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LAB(the_ledger_has_what_was_signed),
	    WITH_LAB(one_request_may_be_signed_twice),
	    WITH_LAB(events_come_in_their_order),
	    WITH_LAB(what_is_checked_is_what_is_signed),
	    WITH_LAB(bad_randomness_is_refused),
	    WITH_LAB(a_collision_is_drawn_again),
	    WITH_LAB(five_collisions_are_a_broken_generator),
	    WITH_LAB(days_are_whole_to_the_second),
	    WITH_LAB(a_leaf_does_not_outlive_its_issuer),
	    WITH_LAB(a_leaf_does_not_begin_before_its_issuer),
	    WITH_LAB(a_clock_that_went_back_signs_nothing),
	    WITH_LAB(a_clock_that_jumped_signs_nothing),
	    WITH_LAB(an_expired_issuer_signs_nothing),
	    WITH_LAB(an_authoritys_key_is_not_certified_again),
	    WITH_LAB(nor_is_a_sister_authoritys),
	    WITH_LAB(a_compromised_key_is_not_certified_again),
	    WITH_LAB(a_bad_request_is_refused),
	    WITH_LAB(an_intent_without_outcome_is_an_orphan),
	    WITH_LAB(without_an_intent_nothing_is_signed),
	    WITH_LAB(a_signature_that_does_not_hold_is_not_released),
	    WITH_LAB(a_full_disk_releases_nothing),
	    WITH_LAB(a_busy_ledger_releases_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
