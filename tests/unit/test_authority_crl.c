/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/authority_fixture.h"

/* A CRL and what it points into. */
struct list {
	struct ca_buf der;
	struct ca_crl crl;
};

static void
publish(struct lab *l, struct list *list)
{
	*list = (struct list){.der = lab_crl(l)};
	LAB_OK(l, ca_crl_parse(ca_view(&list->der), &list->crl, &l->err));
}

static void
done(struct list *list)
{
	ca_buf_free(&list->der);
}

static void
refuses_list(struct lab *l, enum ca_status status, const char *words)
{
	struct ca_buf before = lab_rows(l), der = {0};

	LAB_FAILS(l, authority_crl(l->a, &l->signer, 0, &der, &l->err), status,
	    words);
	assert_int_equal(der.len, 0);
	lab_same_rows(l, &before);
}

/* Nothing is wrong, and one thing is to be known. */
static void
audit_notes(struct lab *l, const char *words)
{
	struct findings f;

	LAB_OK(l, lab_audit(l, &f));
	assert_int_equal(f.count, 1);
	assert_int_equal(f.report.faults, 0);
	assert_non_null(strstr(f.lines[0], words));
}

/* checklist 89, 95 */
static void
an_empty_list_is_whole(void **state)
{
	struct lab *l = *state;
	const struct ca_cert *issuer = &l->signer.certs[0];
	struct list list;

	publish(l, &list);
	assert_int_equal(list.crl.number, 1);
	assert_int_equal(list.crl.entry_count, 0);
	assert_int_equal(list.crl.entries.len, 0);
	assert_int_equal(list.crl.this_update, NOW);
	/* As intermediate.policy says. */
	assert_int_equal(list.crl.next_update, NOW + 7 * CA_DAY);
	assert_bytes(list.crl.issuer, issuer->subject);
	assert_bytes(list.crl.authority_key_id, issuer->subject_key_id);
	LAB_OK(l, ca_crl_verify(&list.crl, &issuer->spki, &l->err));
	done(&list);
	lab_audit_clean(l);
}

static void
next_update_is_the_policys_or_what_is_asked(void **state)
{
	struct lab *l = *state;
	struct ca_buf der = {0};
	struct list list;
	struct ca_crl crl;

	lab_as(l, "root");
	publish(l, &list);
	assert_int_equal(
	    list.crl.next_update - list.crl.this_update, 30 * CA_DAY);
	done(&list);
	LAB_OK(l, authority_crl(l->a, &l->signer, 3600, &der, &l->err));
	LAB_OK(l, ca_crl_parse(ca_view(&der), &crl, &l->err));
	assert_int_equal(crl.next_update - crl.this_update, 3600);
	ca_buf_free(&der);
}

/* checklist 87, 88 */
static void
number_and_time_rise(void **state)
{
	struct lab *l = *state;
	struct list list;
	size_t waits = l->waits;

	for (uint64_t i = 1; i <= 3; i++) {
		publish(l, &list);
		assert_int_equal(list.crl.number, i);
		assert_int_equal(list.crl.this_update, NOW + (int64_t)i - 1);
		done(&list);
	}
	/* The second has to pass twice. */
	assert_int_equal(l->waits - waits, 2);
	lab_reopen(l, false);
	lab_as(l, "issuing");
	l->now = NOW + CA_DAY;
	publish(l, &list);
	assert_int_equal(list.crl.number, 4);
	assert_int_equal(list.crl.this_update, NOW + CA_DAY);
	done(&list);
	/* Another authority counts for itself. */
	lab_as(l, "root");
	publish(l, &list);
	assert_int_equal(list.crl.number, 1);
	done(&list);
	lab_audit_clean(l);
}

/* checklist 87: what was not recorded has not used a number up. */
static void
a_list_that_cannot_be_recorded_is_none(void **state)
{
	struct lab *l = *state;
	struct list list;

	lab_publish(l);
	l->now += 60;
	lab_block(l, "crl-published");
	refuses_list(l, CA_INTERNAL, "ledger");
	lab_unblock(l);
	publish(l, &list);
	assert_int_equal(list.crl.number, 2);
	done(&list);
	lab_audit_clean(l);
}

/* checklist 15, 88 */
static void
a_clock_that_went_back_lists_nothing(void **state)
{
	struct lab *l = *state;
	struct list list;

	l->now = NOW + CA_DAY;
	lab_publish(l);
	l->now = NOW;
	refuses_list(l, CA_REFUSED, "clock|went back|--force-time");
	lab_reopen(l, true);
	lab_as(l, "issuing");
	/* By force before the CRL that is out. */
	publish(l, &list);
	assert_int_equal(list.crl.this_update, NOW);
	assert_int_equal(list.crl.number, 2);
	done(&list);
	audit_notes(l, "CRL 2 of issuing");
}

/* checklist 15, 87, 88: what was revoked meanwhile is in no CRL that was made
 * before it, whatever its date; what such a clock took for expired is listed.
 */
static void
a_clock_that_was_ahead_is_put_right_by_force(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");
	int64_t early = lab_issue(l, "old.company.com");
	struct list list;

	lab_revoke(l, early, CA_REASON_SUPERSEDED);
	for (int i = 1; i <= 2; i++) {
		l->now = NOW + 300 * CA_DAY + i;
		lab_publish(l);
	}
	l->now = NOW + 60;
	refuses_list(l, CA_REFUSED, "clock|went back|--force-time");
	lab_reopen(l, true);
	lab_as(l, "issuing");
	publish(l, &list);
	assert_int_equal(list.crl.this_update, NOW + 60);
	assert_int_equal(list.crl.number, 3);
	assert_int_equal(list.crl.entry_count, 1);
	done(&list);
	lab_reopen(l, false);
	lab_as(l, "issuing");
	l->now += 60;
	assert_true(lab_revoke(l, row, CA_REASON_KEY_COMPROMISE));
	l->now += 60;
	publish(l, &list);
	assert_int_equal(list.crl.number, 4);
	assert_int_equal(list.crl.entry_count, 2);
	done(&list);
	audit_notes(l, "CRL 3 of issuing");
	/* Only the event explains it. */
	lab_sql(l,
	    "UPDATE event SET kind = 'crl-forced' WHERE kind = 'clock-forced'");
	lab_audit_finds(l, 0, "thisUpdate does not rise");
}

/* checklist 90 */
static void
entries_rise_and_say_why(void **state)
{
	static const enum ca_reason reasons[] = {CA_REASON_UNSPECIFIED,
	    CA_REASON_KEY_COMPROMISE, CA_REASON_SUPERSEDED,
	    CA_REASON_CERTIFICATE_HOLD};
	struct lab *l = *state;
	struct ca_crl_entry entry, before = {0};
	struct ca_bytes at;
	int64_t rows[COUNT(reasons)];
	uint32_t seen = 0;
	struct list list;

	for (size_t i = 0; i < COUNT(rows); i++)
		rows[i] = lab_issue(l, "www.company.com");
	(void)lab_issue(l, "good.company.com");
	/* Not in the order of their serials. */
	for (size_t i = COUNT(rows); i-- > 0; l->now++)
		assert_true(lab_revoke(l, rows[i], reasons[i]));
	publish(l, &list);
	assert_int_equal(list.crl.entry_count, COUNT(rows));
	at = list.crl.entries;
	while (ca_crl_next(&at, &entry)) {
		if (before.serial.len > 0)
			assert_true(
			    ca_bytes_compare(before.serial, entry.serial) < 0);
		assert_in_range(entry.revoked_at, NOW, NOW + 3);
		assert_int_equal(entry.invalid_since, LEDGER_NO_TIME);
		seen |= UINT32_C(1) << entry.reason;
		before = entry;
	}
	assert_int_equal(seen, 1 | 1 << 1 | 1 << 4 | 1 << 6);
	done(&list);
	lab_audit_clean(l);
}

/* Each authority lists its own. */
static void
others_revocations_are_not_listed(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");
	struct list list;

	assert_true(lab_revoke(l, row, CA_REASON_SUPERSEDED));
	l->now++;
	lab_as(l, "root");
	publish(l, &list);
	assert_int_equal(list.crl.entry_count, 0);
	done(&list);
}

/* checklist 91 */
static void
an_expired_entry_stays_for_one_list(void **state)
{
	struct lab *l = *state;
	int64_t row = lab_issue(l, "www.company.com");
	int64_t end = lab_count(l,
	    "SELECT max(not_after) FROM certificate"
	    " WHERE issuer = 2");
	struct list list;

	assert_true(lab_revoke(l, row, CA_REASON_SUPERSEDED));
	l->now = end - 10;
	publish(l, &list);
	assert_int_equal(list.crl.entry_count, 1);
	done(&list);
	l->now = end + 10; /* the first after its end */
	publish(l, &list);
	assert_int_equal(list.crl.entry_count, 1);
	done(&list);
	l->now = end + 20;
	publish(l, &list);
	assert_int_equal(list.crl.entry_count, 0);
	done(&list);
	lab_audit_clean(l);
}

/* checklist 17 */
static void
an_expired_authority_still_lists(void **state)
{
	struct lab *l = *state;
	struct list list;

	lab_years_pass(l);
	l->now = l->signer.certs[0].not_after + CA_DAY;
	publish(l, &list);
	assert_int_equal(list.crl.number, 1);
	done(&list);
}

/* checklist 96 */
static void
an_authority_without_crlsign_lists_nothing(void **state)
{
	struct lab *l = *state;

	lab_publish(l);
	l->signer.certs[0].key_usage = CA_KU_KEY_CERT_SIGN;
	l->now++;
	refuses_list(l, CA_REFUSED, "cRLSign|RFC 5280 4.2.1.3");
}

/* checklist 95: with another key than the certificate's. */
static void
a_list_that_does_not_verify_is_not_released(void **state)
{
	struct lab *l = *state;

	lab_log(l);
	ca_key_free(l->signer.key);
	l->signer.key = lab_key(l);
	refuses_list(l, CA_UNTRUSTED, "signature");
}

static void
a_period_that_is_none_is_refused(void **state)
{
	struct lab *l = *state;
	struct ca_buf der = {0};

	LAB_FAILS(l, authority_crl(l->a, &l->signer, -60, &der, &l->err),
	    CA_REFUSED, "nextUpdate");
	assert_int_equal(der.len, 0);
}

/* The clock is asked once: what was checked is what is written. */
static int64_t
stepping_back(void *ctx)
{
	struct lab *l = ctx;

	return l->now--;
}

static void
the_clock_is_asked_once(void **state)
{
	struct lab *l = *state;
	struct list list;

	lab_publish(l);
	l->now += 100;
	l->world.now = stepping_back;
	publish(l, &list);
	assert_int_equal(list.crl.this_update, NOW + 100);
	l->world.now = lab_now;
	done(&list);
}

static void
what_was_there_is_kept(void **state)
{
	struct lab *l = *state;
	struct ca_buf out = {0};

	assert_int_equal(ca_buf_append_text(&out, "before"), CA_OK);
	LAB_OK(l, authority_crl(l->a, &l->signer, 0, &out, &l->err));
	assert_memory_equal(out.data, "before\x30", 7);
	ca_buf_free(&out);
}

#define WITH_LAB(test) \
	cmocka_unit_test_setup_teardown(test, lab_open, lab_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LAB(an_empty_list_is_whole),
	    WITH_LAB(next_update_is_the_policys_or_what_is_asked),
	    WITH_LAB(number_and_time_rise),
	    WITH_LAB(a_list_that_cannot_be_recorded_is_none),
	    WITH_LAB(a_clock_that_went_back_lists_nothing),
	    WITH_LAB(a_clock_that_was_ahead_is_put_right_by_force),
	    WITH_LAB(entries_rise_and_say_why),
	    WITH_LAB(others_revocations_are_not_listed),
	    WITH_LAB(an_expired_entry_stays_for_one_list),
	    WITH_LAB(an_expired_authority_still_lists),
	    WITH_LAB(an_authority_without_crlsign_lists_nothing),
	    WITH_LAB(a_list_that_does_not_verify_is_not_released),
	    WITH_LAB(a_period_that_is_none_is_refused),
	    WITH_LAB(the_clock_is_asked_once),
	    WITH_LAB(what_was_there_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
