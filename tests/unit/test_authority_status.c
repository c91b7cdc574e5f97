/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a responder says of the ledger's certificates, to whoever asks and
 * however.
 */
#include "tests/unit/status_fixture.h"

#define NO_NONCE ((struct ca_bytes){0})

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
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		says_good_and_revoked, desk_setup, desk_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
