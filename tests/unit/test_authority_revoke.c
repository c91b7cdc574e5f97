/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/authority_fixture.h"

#include "ca/pem.h"

/* One number of a row's revocation; -1 when there is none. */
static int64_t
revocation(struct lab *l, int64_t row, const char *column)
{
	char sql[200];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT coalesce((SELECT %s FROM revocation"
	    " WHERE certificate = %lld), -1)",
	    column, (long long)row);
	return lab_count(l, sql);
}

static int64_t
events(struct lab *l, const char *kind)
{
	char sql[200];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM event WHERE kind = '%s'", kind);
	return lab_count(l, sql);
}

/* ---- revoke ---- */

static void
a_revocation_is_dated_and_told(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");
	bool changed = false;

	l->now += 3600;
	LAB_OK(l,
	    authority_revoke(l->a, row, CA_REASON_KEY_COMPROMISE, NOW - 60,
		&changed, &l->err));
	assert_true(changed);
	assert_int_equal(revocation(l, row, "revoked_at"), NOW + 3600);
	assert_int_equal(revocation(l, row, "reason"), 1);
	assert_int_equal(revocation(l, row, "invalid_since"), NOW - 60);
	assert_int_equal(events(l, "revoked"), 1);
	lab_audit_clean(l);
}

/* checklist 78 */
static void
twice_is_once(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");
	struct ca_buf before;

	assert_true(lab_revoke(l, row, CA_REASON_SUPERSEDED));
	before = lab_rows(l);
	l->now += CA_DAY;
	assert_false(lab_revoke(l, row, CA_REASON_SUPERSEDED));
	assert_false(lab_revoke(l, row, CA_REASON_KEY_COMPROMISE));
	lab_same_rows(l, &before);
}

/* checklist 78 */
static void
unspecified_may_rise_to_compromise(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");

	assert_true(lab_revoke(l, row, CA_REASON_UNSPECIFIED));
	l->now += CA_DAY;
	assert_false(lab_revoke(l, row, CA_REASON_SUPERSEDED));
	assert_true(lab_revoke(l, row, CA_REASON_KEY_COMPROMISE));
	assert_int_equal(revocation(l, row, "revoked_at"), NOW);
	assert_int_equal(revocation(l, row, "reason"), 1);
	assert_int_equal(events(l, "revoked"), 2);
	assert_false(lab_revoke(l, row, CA_REASON_UNSPECIFIED));
	assert_int_equal(revocation(l, row, "reason"), 1);
	lab_audit_clean(l);
}

/* checklist 76 */
static void
a_new_certificate_does_not_bring_back_the_old(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");
	struct ca_buf der;
	struct ca_crl crl;

	assert_true(lab_revoke(l, row, CA_REASON_SUPERSEDED));
	(void)lab_issue(l, "www.company.com");
	l->now++;
	der = lab_crl(l);
	LAB_OK(l, ca_crl_parse(ca_view(&der), &crl, &l->err));
	assert_int_equal(crl.entry_count, 1);
	ca_buf_free(&der);
}

/* checklist 76 */
static void
a_revoked_certificate_is_not_renewed(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};

	order.renews = row;
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	assert_int_equal(lab_count(l,
			     "SELECT count(*) FROM certificate"
			     " WHERE renews IS NOT NULL"),
	    1);
	issued_done(&issued);
	assert_true(lab_revoke(l, row, CA_REASON_SUPERSEDED));
	lab_refuses_unwritten(
	    l, &order, CA_REFUSED, "revoked|not renewed|signet issue");
	ca_buf_free(&request);
}

/* checklist 77 */
static void
an_unknown_row_is_refused(void **state)
{
	struct lab *l = *state;
	struct ca_buf before = lab_rows(l);
	bool changed = true;

	LAB_FAILS(l,
	    authority_revoke(l->a, 4711, CA_REASON_UNSPECIFIED, LEDGER_NO_TIME,
		&changed, &l->err),
	    CA_NOT_FOUND, "4711");
	assert_true(changed);
	LAB_FAILS(l,
	    authority_revoke(l->a, 2, CA_REASON_REMOVE_FROM_CRL, LEDGER_NO_TIME,
		&changed, &l->err),
	    CA_USAGE, "5.3.1");
	lab_same_rows(l, &before);
}

static void
a_root_does_not_revoke_itself(void **state)
{
	struct lab *l = *state;
	struct ca_buf before = lab_rows(l);
	bool changed = false;

	LAB_FAILS(l,
	    authority_revoke(l->a, 1, CA_REASON_KEY_COMPROMISE, LEDGER_NO_TIME,
		&changed, &l->err),
	    CA_REFUSED, "root|itself|revoke what it signed");
	lab_same_rows(l, &before);
	assert_true(lab_revoke(l, 2, CA_REASON_CESSATION_OF_OPERATION));
}

/* checklist 73 */
static void
an_orphan_is_revoked_and_listed(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_orphan(l, "lost.company.com");
	struct ca_crl_entry entry;
	struct ca_buf der;
	struct ca_crl crl;
	struct ca_bytes at;

	assert_true(lab_revoke(l, row, CA_REASON_SUPERSEDED));
	l->now++;
	der = lab_crl(l);
	LAB_OK(l, ca_crl_parse(ca_view(&der), &crl, &l->err));
	at = crl.entries;
	assert_true(ca_crl_next(&at, &entry));
	assert_int_equal(entry.serial.len, 17);
	assert_int_equal(entry.revoked_at, NOW);
	ca_buf_free(&der);
	/* An orphan with a compromised key is remembered as well. */
	assert_int_equal(revocation(l, row, "reason"), 4);
}

/* checklist 15: a revocation is for the good of all, and never refused. */
static void
a_clock_that_went_back_revokes_all_the_same(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");

	l->now = NOW - YEAR;
	assert_true(lab_revoke(l, row, CA_REASON_KEY_COMPROMISE));
	assert_int_equal(revocation(l, row, "revoked_at"), NOW);
	l->now = NOW + 1;
	lab_publish(l);
	lab_audit_clean(l);
}

static void
a_revocation_that_cannot_be_told_is_none(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");
	int64_t other = lab_issue(l, "old.company.com");
	struct ca_buf before;
	bool changed = false;

	assert_true(lab_revoke(l, other, CA_REASON_SUPERSEDED));
	lab_block(l, "revoked");
	before = lab_rows(l);
	LAB_FAILS(l,
	    authority_revoke(l->a, row, CA_REASON_SUPERSEDED, LEDGER_NO_TIME,
		&changed, &l->err),
	    CA_INTERNAL, "ledger");
	assert_false(changed);
	lab_same_rows(l, &before);
	lab_unblock(l);
}

/* ---- find ---- */

struct found {
	size_t count;
	int64_t row;
};

static enum ca_status
keep(void *ctx, const struct ledger_cert *row)
{
	struct found *found = ctx;

	found->count++;
	found->row = row->id;
	return CA_OK;
}

static void
assert_found(struct lab *l, const char *what, size_t count, int64_t row)
{
	struct found found = {0};
	size_t said = 0;

	LAB_OK(l, authority_find(l->a, what, keep, &found, &said, &l->err));
	assert_int_equal(found.count, count);
	assert_int_equal(said, count);
	assert_int_equal(found.row, row);
}

static void
assert_not_found(struct lab *l, const char *what)
{
	struct found found = {0};
	size_t said = 1;

	LAB_FAILS(l, authority_find(l->a, what, keep, &found, &said, &l->err),
	    CA_NOT_FOUND, "no certificate|serial (hex)|signet list");
	assert_int_equal(found.count, 0);
	assert_int_equal(said, 0);
}

/* checklist 77 */
static void
a_serial_is_hex_and_nothing_else(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};
	struct ca_buf hex = {0};
	char text[80];

	LAB_OK(l, lab_issue_order(l, &order, &issued));
	assert_int_equal(ca_hex_append(&hex, ca_view(&issued.serial)), CA_OK);
	assert_found(l, ca_buf_text(&hex), 1, issued.row);
	(void)snprintf(text, sizeof(text), "0x%s", ca_buf_text(&hex));
	assert_found(l, text, 1, issued.row);
	(void)snprintf(text, sizeof(text), "0000%s", ca_buf_text(&hex));
	assert_found(l, text, 1, issued.row);
	for (char *c = text; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'f')
			*c = (char)(*c - 'a' + 'A');
	assert_found(l, text, 1, issued.row);
	/* A part of it is not it, and a number of a row is none. */
	(void)snprintf(text, sizeof(text), "%.10s", ca_buf_text(&hex));
	assert_not_found(l, text);
	assert_not_found(l, "3");
	assert_not_found(l, "0");
	assert_not_found(l, "00");
	assert_not_found(l, "x");
	assert_not_found(l, "");
	assert_not_found(l, "www.company");
	assert_not_found(
	    l, "41414141414141414141414141414141414141414141414141414141");
	ca_buf_free(&hex);
	issued_done(&issued);
	ca_buf_free(&request);
}

static void
a_name_means_the_certificate_in_force(void **state)
{
	struct lab *l = *state;
	int64_t first = lab_issue(l, "www.company.com");
	int64_t second;

	assert_found(l, "www.company.com", 1, first);
	assert_found(l, "WWW.Company.COM", 1, first);
	assert_true(lab_revoke(l, first, CA_REASON_SUPERSEDED));
	assert_found(l, "www.company.com", 1, first);
	second = lab_issue(l, "www.company.com");
	assert_found(l, "www.company.com", 1, second);
	/* Once both are over, all that bore the name. */
	l->now += 2 * YEAR;
	assert_found(l, "www.company.com", 2, second);
}

static void
put(const char *path, struct ca_bytes content)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(
	    fwrite(content.data, 1, content.len, file), content.len);
	assert_int_equal(fclose(file), 0);
}

static void
a_file_means_the_certificate_in_it(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};
	struct ca_buf pem = {0};
	struct found found = {0};
	size_t count = 0;
	char path[400];

	LAB_OK(l, lab_issue_order(l, &order, &issued));
	(void)snprintf(path, sizeof(path), "%s/www.crt", l->folder);
	put(path, ca_view(&issued.der));
	assert_found(l, path, 1, issued.row);
	LAB_OK(
	    l, ca_pem_append(&pem, CA_PEM_CERTIFICATE, ca_view(&issued.der)));
	LAB_OK(l, signer_append_chain(&l->signer, true, &pem));
	put(path, ca_view(&pem));
	assert_found(l, path, 1, issued.row);
	put(path, BYTES("hello"));
	LAB_FAILS(l, authority_find(l->a, path, keep, &found, &count, &l->err),
	    CA_MALFORMED, "www.crt");
	put(path, ca_view(&request));
	LAB_FAILS(l, authority_find(l->a, path, keep, &found, &count, &l->err),
	    CA_MALFORMED, "www.crt|holds a certificate request, not");
	/* A certificate, but another one. */
	issued.der.data[issued.der.len - 1] ^= 1;
	put(path, ca_view(&issued.der));
	LAB_FAILS(l, authority_find(l->a, path, keep, &found, &count, &l->err),
	    CA_NOT_FOUND, "www.crt|not in the ledger|not issued here");
	assert_int_equal(found.count, 0);
	ca_buf_free(&pem);
	issued_done(&issued);
	ca_buf_free(&request);
}

/* In a folder where something else bears the name. */
static void
a_folder_of_that_name_is_not_meant(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");
	int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(before >= 0);
	assert_int_equal(chdir(l->folder), 0);
	assert_int_equal(mkdir("www.company.com", 0700), 0);
	assert_found(l, "www.company.com", 1, row);
	assert_int_equal(rmdir("www.company.com"), 0);
	put("www.company.com", BYTES("a list of things to do"));
	assert_found(l, "www.company.com", 1, row);
	assert_int_equal(fchdir(before), 0);
	(void)close(before);
}

#define WITH_LAB(test) \
	cmocka_unit_test_setup_teardown(test, lab_open, lab_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LAB(a_revocation_is_dated_and_told),
	    WITH_LAB(twice_is_once),
	    WITH_LAB(unspecified_may_rise_to_compromise),
	    WITH_LAB(a_new_certificate_does_not_bring_back_the_old),
	    WITH_LAB(a_revoked_certificate_is_not_renewed),
	    WITH_LAB(an_unknown_row_is_refused),
	    WITH_LAB(a_root_does_not_revoke_itself),
	    WITH_LAB(an_orphan_is_revoked_and_listed),
	    WITH_LAB(a_clock_that_went_back_revokes_all_the_same),
	    WITH_LAB(a_revocation_that_cannot_be_told_is_none),
	    WITH_LAB(a_serial_is_hex_and_nothing_else),
	    WITH_LAB(a_name_means_the_certificate_in_force),
	    WITH_LAB(a_file_means_the_certificate_in_it),
	    WITH_LAB(a_folder_of_that_name_is_not_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
