/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * audit_fixture: a ledger with a row of every kind, for tests that edit it.
 */
#ifndef TESTS_AUDIT_FIXTURE_H
#define TESTS_AUDIT_FIXTURE_H

#include "tests/unit/authority_fixture.h"

#define PUBLISH                                                   \
	"[publish]\n"                                             \
	"crl = http://pki.lab.example/crl/{issuer}.{shard}.crl\n" \
	"shards = 3\n"                                            \
	"freshest = http://pki.lab.example/crl/{issuer}.{shard}.delta.crl\n"

static inline enum ca_status
take_key(void *ctx, const struct ledger_cert *row)
{
	return ca_buf_append(ctx, row->spki_hash);
}

static inline void
revoke_key_of(struct lab *l, int64_t row)
{
	struct ca_buf hash = {0};
	struct revoke_order order = {
	    .reason = CA_REASON_SUPERSEDED, .invalid_since = LEDGER_NO_TIME};
	struct revoke_outcome outcome;

	LAB_OK(l,
	    ledger_cert_by_id(
		authority_ledger(l->a), row, take_key, &hash, &l->err));
	order.spki_hash = ca_view(&hash);
	LAB_OK(l, authority_revoke_all(l->a, &order, &outcome, &l->err));
	assert_true(outcome.key_blocked);
	ca_buf_free(&hash);
}

/* A file is written by the command line; here it is recorded alone. */
static inline void
issue_with_key(struct lab *l, const struct ca_buf *request)
{
	static const uint8_t hash[LEDGER_HASH_LEN] = {1};
	struct issue_order order = lab_order(request);
	struct issued issued = {0};

	order.key_ref = "issued/a.key";
	order.key_file_hash = hash;
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	assert_int_equal(issued.row, 4);
	issued_done(&issued);
}

/*
 * Row 3 is an authority's that has signed nothing; 4 has its key in the home;
 * 5 is revoked, with an invalidity date; 6 and its key as well; 9 renews 4;
 * 10 is an orphan. All three partitions are there, three complete CRLs, two
 * delta CRLs of each.
 */
static inline void
fill(struct lab *l)
{
	struct ca_buf request = lab_request(l, "a.company.com");
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};
	bool changed;

	lab_as(l, "root");
	LAB_OK(l, lab_add(l, "people", "Lab People CA", &l->signer, NULL));
	lab_as(l, "issuing");
	lab_change_policy(l, "server", "[extensions]", PUBLISH "[extensions]");
	l->now += 60;
	issue_with_key(l, &request);
	for (int64_t row = 5; row <= 8; row++)
		assert_int_equal(lab_issue(l, "b.company.com"), row);
	order.renews = 4;
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	assert_int_equal(issued.row, 9);
	assert_int_equal(lab_count(l, "SELECT count(*) FROM point"), 3);
	LAB_OK(l,
	    authority_revoke(l->a, 5, CA_REASON_KEY_COMPROMISE, NOW - 100,
		&changed, &l->err));
	revoke_key_of(l, 6);
	for (int i = 0; i < 3; i++) {
		l->now += 60;
		lab_publish(l);
	}
	assert_int_equal(lab_orphan(l, "lost.company.com"), 10);
	issued_done(&issued);
	ca_buf_free(&request);
}

#endif
