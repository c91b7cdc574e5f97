/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Delta CRLs, partitions, and when one is due. */
#include "tests/unit/authority_fixture.h"

/* The CRLs of one number, by name. */
struct edition {
	struct ca_buf ders[16];
	struct ca_crl crls[16];
	char names[16][CRL_NAME];
	size_t count;
};

static enum ca_status
take(void *ctx, const char *name, const struct ledger_crl *row)
{
	struct edition *e = ctx;

	assert_true(e->count < COUNT(e->ders));
	(void)snprintf(e->names[e->count], CRL_NAME, "%s", name);
	assert_int_equal(ca_buf_append(&e->ders[e->count], row->der), CA_OK);
	assert_int_equal(
	    ca_crl_parse(ca_view(&e->ders[e->count]), &e->crls[e->count], NULL),
	    CA_OK);
	e->count++;
	return CA_OK;
}

static void
done(struct edition *e)
{
	for (size_t i = 0; i < e->count; i++)
		ca_buf_free(&e->ders[i]);
	*e = (struct edition){0};
}

/* What comes back at once, and what is read beside it, are what was recorded:
 * in order, the list of no partition first. */
static void
publish(struct lab *l, bool delta, struct edition *e)
{
	const struct crl_order order = {.delta = delta};
	struct edition others = {0};
	struct ca_buf der = {0};
	int64_t number = 0;

	done(e);
	l->now += 60;
	LAB_OK(l,
	    authority_publish(
		l->a, &l->signer, &order, &number, &der, &l->err));
	LAB_OK(l,
	    authority_each_published(
		l->a, &l->signer, number, take, e, &l->err));
	LAB_OK(l,
	    authority_each_other_published(
		l->a, &l->signer, number, delta, take, &others, &l->err));
	assert_true(ca_bytes_equal(ca_view(&der), ca_view(&e->ders[0])));
	assert_int_equal(others.count + 1, e->count);
	for (size_t i = 0; i < others.count; i++) {
		assert_string_equal(others.names[i], e->names[i + 1]);
		assert_true(ca_bytes_equal(
		    ca_view(&others.ders[i]), ca_view(&e->ders[i + 1])));
	}
	ca_buf_free(&der);
	done(&others);
}

static const struct ca_crl *
named(const struct edition *e, const char *name)
{
	for (size_t i = 0; i < e->count; i++)
		if (strcmp(e->names[i], name) == 0)
			return &e->crls[i];
	return NULL;
}

/* "r1 r2": reasons of the entries that stand there, by certificate. */
static void
assert_says(struct lab *l, const struct ca_crl *crl, int64_t row,
    int reason /* -1: not there */)
{
	char sql[200];
	struct ca_crl_entry entry;
	struct ca_bytes rest = crl->entries;
	int found = -1;

	while (ca_crl_next(&rest, &entry)) {
		struct ca_buf hex = {0};

		assert_int_equal(ca_hex_append(&hex, entry.serial), CA_OK);
		(void)snprintf(sql, sizeof(sql),
		    "SELECT count(*) FROM certificate WHERE id = %lld"
		    " AND hex(serial) = upper('%s')",
		    (long long)row, ca_buf_text(&hex));
		if (lab_count(l, sql) == 1)
			found = (int)entry.reason;
		ca_buf_free(&hex);
	}
	assert_int_equal(found, reason);
}

static void
unhold(struct lab *l, int64_t row)
{
	l->now += 60;
	LAB_OK(l, authority_unhold(l->a, &row, 1, &l->err));
}

static bool
due(struct lab *l, bool delta)
{
	bool is = false;

	LAB_OK(l, authority_crl_due(l->a, &l->signer, delta, &is, &l->err));
	return is;
}

/* checklist 92, 93 */
static void
a_delta_tells_what_changed(void **state)
{
	struct lab *l = *state;
	struct edition e = {0};
	int64_t a = lab_issue(l, "a.company.com");
	int64_t b = lab_issue(l, "b.company.com");
	int64_t c = lab_issue(l, "c.company.com");
	int64_t d = lab_issue(l, "d.company.com");
	uint64_t base;

	(void)lab_revoke(l, a, CA_REASON_SUPERSEDED);
	(void)lab_revoke(l, b, CA_REASON_CERTIFICATE_HOLD);
	publish(l, false, &e);
	assert_int_equal(e.count, 1);
	(void)lab_revoke(l, c, CA_REASON_CERTIFICATE_HOLD);
	(void)lab_revoke(l, d, CA_REASON_KEY_COMPROMISE);
	publish(l, true, &e);
	assert_int_equal(e.count, 1);
	assert_non_null(named(&e, "issuing.delta"));
	assert_int_equal(e.crls[0].number, 2);
	assert_true(ca_crl_number_get(
	    ca_exts_find(&e.crls[0].exts, CA_OID_DELTA_CRL_INDICATOR)->value,
	    &base));
	assert_int_equal(base, 1);
	assert_says(l, &e.crls[0], a, -1);
	assert_says(l, &e.crls[0], b, -1);
	assert_says(l, &e.crls[0], c, CA_REASON_CERTIFICATE_HOLD);
	assert_says(l, &e.crls[0], d, CA_REASON_KEY_COMPROMISE);
	/* Holds are lifted: that of the base, and that of a delta alone. */
	unhold(l, b);
	unhold(l, c);
	publish(l, true, &e);
	assert_int_equal(e.crls[0].entry_count, 3);
	assert_says(l, &e.crls[0], b, CA_REASON_REMOVE_FROM_CRL);
	assert_says(l, &e.crls[0], c, CA_REASON_REMOVE_FROM_CRL);
	/* It stays so in each delta from that base, until it is not so. */
	(void)lab_revoke(l, b, CA_REASON_CESSATION_OF_OPERATION);
	publish(l, true, &e);
	assert_says(l, &e.crls[0], b, CA_REASON_CESSATION_OF_OPERATION);
	assert_says(l, &e.crls[0], c, CA_REASON_REMOVE_FROM_CRL);
	assert_says(l, &e.crls[0], d, CA_REASON_KEY_COMPROMISE);
	/* In a complete one there is no removeFromCRL; a delta from it has
	 * nothing to say. */
	publish(l, false, &e);
	assert_int_equal(e.crls[0].entry_count, 3);
	assert_says(l, &e.crls[0], c, -1);
	publish(l, true, &e);
	assert_int_equal(e.crls[0].entry_count, 0);
	assert_int_equal(e.crls[0].entries.len, 0);
	done(&e);
	lab_audit_clean(l);
}

/* A hold that became for good since is told again. checklist 92 */
static void
a_delta_tells_a_risen_reason(void **state)
{
	struct lab *l = *state;
	struct edition e = {0};
	int64_t a = lab_issue(l, "a.company.com");

	(void)lab_revoke(l, a, CA_REASON_CERTIFICATE_HOLD);
	publish(l, false, &e);
	(void)lab_revoke(l, a, CA_REASON_KEY_COMPROMISE);
	publish(l, true, &e);
	assert_says(l, &e.crls[0], a, CA_REASON_KEY_COMPROMISE);
	done(&e);
	lab_audit_clean(l);
}

/* checklist 93 */
static void
a_delta_needs_its_base(void **state)
{
	const struct crl_order order = {.delta = true};
	struct lab *l = *state;
	struct ca_buf before;
	int64_t number = 7;

	l->now += 60;
	lab_log(l);
	before = lab_rows(l);
	LAB_FAILS(l,
	    authority_publish(l->a, &l->signer, &order, &number, NULL, &l->err),
	    CA_REFUSED, "issuing|no CRL was published|5.2.4|signet crl");
	assert_int_equal(number, 7);
	lab_same_rows(l, &before);
	lab_publish(l);
	l->now += 60;
	lab_sql(l, "UPDATE crl SET der = x'3000'");
	LAB_FAILS(l,
	    authority_publish(l->a, &l->signer, &order, &number, NULL, &l->err),
	    CA_MALFORMED, "CRL");
}

/* What was revoked for good does not vanish from the ledger unseen. */
static void
a_ledger_that_lost_a_revocation_signs_no_delta(void **state)
{
	const struct crl_order order = {.delta = true};
	struct lab *l = *state;
	int64_t number = 0;

	(void)lab_revoke(
	    l, lab_issue(l, "a.company.com"), CA_REASON_SUPERSEDED);
	lab_publish(l);
	l->now += 60;
	lab_sql(l, "DELETE FROM revocation");
	LAB_FAILS(l,
	    authority_publish(l->a, &l->signer, &order, &number, NULL, &l->err),
	    CA_UNTRUSTED, "revokes for good|audit");
}

#define PUBLISH                                                   \
	"[publish]\n"                                             \
	"crl = http://pki.lab.example/crl/{issuer}.{shard}.crl\n" \
	"shards = 3\n"                                            \
	"freshest = http://pki.lab.example/crl/{issuer}.{shard}.delta.crl\n"

static const struct ca_ext *
cert_ext(
    struct lab *l, struct issued *issued, struct ca_cert *cert, enum ca_oid id)
{
	LAB_OK(l, ca_cert_parse(ca_view(&issued->der), cert, &l->err));
	return ca_exts_find(&cert->exts, id);
}

/* checklist 94: the IDP's point is the certificates', byte for byte. */
static void
a_partition_lists_its_own(void **state)
{
	struct lab *l = *state;
	struct edition e = {0};
	const struct ca_crl *crl;
	const struct ca_ext *idp, *fresh;
	struct ca_bytes name, in, inside, point;
	struct issued issued = {0};
	struct issue_order order;
	struct ca_buf request;
	struct ca_cert cert;
	char stem[32];
	int64_t outside = lab_issue(l, "a.company.com");
	unsigned shard;

	lab_change_policy(l, "server", "[extensions]", PUBLISH "[extensions]");
	request = lab_request(l, "b.company.com");
	order = lab_order(&request);
	for (int i = 0; i < 8; i++) { /* both partitions come to be */
		issued_done(&issued);
		LAB_OK(l, lab_issue_order(l, &order, &issued));
	}
	assert_int_equal(
	    lab_count(l, "SELECT count(*) FROM point WHERE shard > 0"), 3);
	shard = ca_policy_shard(issued.policy, ca_view(&issued.serial));
	(void)lab_revoke(l, outside, CA_REASON_SUPERSEDED);
	(void)lab_revoke(l, issued.row, CA_REASON_SUPERSEDED);
	publish(l, false, &e);
	assert_int_equal(e.count, 4);
	assert_int_equal(named(&e, "issuing")->entry_count, 2);
	assert_int_equal(named(&e, "issuing")->number, e.crls[2].number);
	(void)snprintf(stem, sizeof(stem), "issuing.%u", shard);
	crl = named(&e, stem);
	assert_non_null(crl);
	assert_int_equal(crl->entry_count, 1);
	assert_says(l, crl, issued.row, CA_REASON_SUPERSEDED);
	(void)snprintf(stem, sizeof(stem), "issuing.%u", shard % 3 + 1);
	assert_int_equal(named(&e, stem)->entry_count, 0);
	idp = ca_exts_find(&crl->exts, CA_OID_ISSUING_DISTRIBUTION_POINT);
	assert_true(idp != NULL && idp->critical);
	assert_true(ca_distribution_point_name(
	    cert_ext(l, &issued, &cert, CA_OID_CRL_DISTRIBUTION_POINTS)->value,
	    &name));
	in = idp->value;
	assert_true(der_get(&in, DER_SEQUENCE, &inside));
	assert_true(der_get(&inside, DER_CONTEXT_CONS(0), &point));
	assert_bytes(point, name);
	fresh = ca_exts_find(&crl->exts, CA_OID_FRESHEST_CRL);
	assert_non_null(fresh);
	assert_bytes(
	    fresh->value, ca_exts_find(&cert.exts, CA_OID_FRESHEST_CRL)->value);
	/* Now there is a base: complete and delta go together. */
	publish(l, false, &e);
	assert_int_equal(e.count, 7);
	(void)snprintf(stem, sizeof(stem), "issuing.%u.delta", shard);
	crl = named(&e, stem);
	assert_non_null(crl);
	assert_int_equal(crl->entry_count, 0);
	assert_int_equal(crl->number, 2);
	assert_null(ca_exts_find(&crl->exts, CA_OID_FRESHEST_CRL));
	done(&e);
	issued_done(&issued);
	ca_buf_free(&request);
	lab_audit_clean(l);
}

/* A list of one kind at the URL of another would hide revocations. */
static void
a_url_is_one_lists(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "a.company.com");
	struct issue_order order = lab_order(&request);
	struct issued issued = {0};

	lab_change_policy(l, "server", "[extensions]",
	    "[publish]\ncrl = http://a.example/{issuer}.crl\n[extensions]");
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	issued_done(&issued);
	lab_change_policy(
	    l, "server", "[publish]\n", "[publish]\nshards = 1\n");
	lab_refuses_unwritten(l, &order, CA_REFUSED,
	    "lists other certificates|5.2.5|[publish] crl");
	ca_buf_free(&request);
}

static void
one_is_due_when_it_is_old_or_there_is_news(void **state)
{
	struct lab *l = *state;
	struct edition e = {0};
	int64_t a = lab_issue(l, "a.company.com");

	assert_true(due(l, false));
	assert_true(due(l, true));
	publish(l, false, &e);
	assert_false(due(l, false));
	assert_true(due(l, true));
	publish(l, true, &e);
	assert_false(due(l, true));
	(void)lab_revoke(l, a, CA_REASON_CERTIFICATE_HOLD);
	assert_true(due(l, false));
	assert_true(due(l, true));
	publish(l, true, &e);
	assert_false(due(l, true));
	/* certificates that name no delta CRL lead nobody to it */
	assert_true(due(l, false));
	publish(l, false, &e);
	assert_false(due(l, false));
	unhold(l, a);
	publish(l, true, &e);
	assert_false(due(l, true));
	assert_true(due(l, false));
	publish(l, false, &e);
	assert_false(due(l, false));
	/* an empty one says nothing */
	publish(l, true, &e);
	assert_false(due(l, false));
	/* intermediate.policy: 7d, overlap 2d; a delta lasts 1d */
	publish(l, true, &e);
	l->now += 18 * 3600 - 1;
	assert_false(due(l, true));
	l->now++;
	assert_true(due(l, true));
	l->now += 5 * CA_DAY - 18 * 3600 - 121;
	assert_false(due(l, false));
	l->now++;
	assert_true(due(l, false));
	done(&e);
}

/* What is new is missed by itself, also where the complete lists are not due.
 */
static void
a_new_partition_wants_its_own(void **state)
{
	struct lab *l = *state;
	struct edition e = {0};
	struct issued issued = {0};
	struct issue_order order;
	struct ca_buf request;
	int count = 1;

	request = lab_request(l, "b.company.com");
	order = lab_order(&request);
	/* one that is in no partition */
	lab_change_policy(l, "server", "[extensions]",
	    "[publish]\ncrl = http://a.example/{issuer}.crl\n"
	    "freshest = http://a.example/{issuer}.delta.crl\n[extensions]");
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	lab_change_policy(l, "server",
	    "[publish]\ncrl = http://a.example/{issuer}.crl\n"
	    "freshest = http://a.example/{issuer}.delta.crl\n",
	    PUBLISH);
	issued_done(&issued);
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	publish(l, false, &e);
	publish(l, true, &e);
	assert_false(due(l, false));
	assert_false(due(l, true));
	for (int i = 0; i < 64 && count == 1; i++) {
		issued_done(&issued);
		LAB_OK(l, lab_issue_order(l, &order, &issued));
		count = (int)lab_count(
		    l, "SELECT count(*) FROM point WHERE shard > 0");
	}
	assert_int_equal(count, 2);
	assert_true(due(l, false));
	/* it would start from what there is not */
	assert_false(due(l, true));
	publish(l, false, &e);
	assert_false(due(l, false));
	assert_true(due(l, true));
	/* where no certificate names one, none is missed */
	lab_sql(l, "UPDATE point SET freshest = x'' WHERE shard > 0");
	assert_false(due(l, true));
	issued_done(&issued);
	ca_buf_free(&request);
	done(&e);
}

#define WITH_LAB(test) \
	cmocka_unit_test_setup_teardown(test, lab_open, lab_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LAB(a_delta_tells_what_changed),
	    WITH_LAB(a_delta_tells_a_risen_reason),
	    WITH_LAB(a_delta_needs_its_base),
	    WITH_LAB(a_ledger_that_lost_a_revocation_signs_no_delta),
	    WITH_LAB(a_partition_lists_its_own),
	    WITH_LAB(a_url_is_one_lists),
	    WITH_LAB(one_is_due_when_it_is_old_or_there_is_news),
	    WITH_LAB(a_new_partition_wants_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
