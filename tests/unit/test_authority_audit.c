/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/authority_fixture.h"

/* Rows 1 and 2 are the authorities', 3 is good, 4 revoked and listed, 5 an
 * orphan, 6 good with the same name as 3. */
static void
fill(struct lab *l)
{
	assert_int_equal(lab_issue(l, "www.company.com"), 3);
	assert_int_equal(lab_issue(l, "old.company.com"), 4);
	assert_true(lab_revoke(l, 4, CA_REASON_SUPERSEDED));
	l->now += 60;
	lab_publish(l);
	l->now += 60;
	lab_publish(l);
	assert_int_equal(lab_orphan(l, "lost.company.com"), 5);
	assert_int_equal(lab_issue(l, "www.company.com"), 6);
}

static void
what_is_whole_is_clean(void **state)
{
	struct lab *l = *state;
	struct findings f;

	fill(l);
	LAB_OK(l, lab_audit(l, &f));
	assert_int_equal(f.report.faults, 0);
	assert_int_equal(f.report.orphans, 1);
	assert_int_equal(f.report.certificates, 6);
	assert_int_equal(f.report.crls, 2);
	assert_int_equal(
	    f.report.events, lab_count(l, "SELECT count(*) FROM event"));
	assert_int_equal(f.count, 1);
	assert_int_equal(f.rows[0], 5);
}

/* checklist 81: it stays an orphan, and what was advised is done. */
static void
an_orphan_that_is_revoked_needs_nothing(void **state)
{
	struct lab *l = *state;
	struct findings f;
	int64_t row = lab_orphan(l, "lost.company.com");

	LAB_OK(l, lab_audit(l, &f));
	assert_non_null(strstr(f.lines[0], "revoke it"));
	assert_true(lab_revoke(l, row, CA_REASON_UNSPECIFIED));
	LAB_OK(l, lab_audit(l, &f));
	assert_int_equal(f.report.orphans, 1);
	assert_int_equal(f.count, 1);
	assert_int_equal(f.rows[0], row);
	assert_null(strstr(f.lines[0], "revoke it"));
	assert_non_null(strstr(f.lines[0], "nothing is left to do"));
}

static void
an_empty_ledger_is_clean(void **state)
{
	struct lab *l = *state;

	lab_audit_clean(l);
}

struct tally {
	size_t calls, last;
};

static void
progress(void *ctx, const char *what, size_t count, size_t all)
{
	struct tally *tally = ctx;

	assert_true(count <= all);
	if (strcmp(what, "certificates") != 0)
		return;
	tally->calls++;
	tally->last = count;
}

static void
progress_is_told(void **state)
{
	struct lab *l = *state;
	struct tally tally = {0};
	struct audit_report report = {.progress = progress, .ctx = &tally};

	LAB_OK(l, authority_audit(l->a, &report, &l->err));
	assert_int_equal(tally.calls, 2);
	assert_int_equal(tally.last, 2);
}

/* checklist 69: what was decided stays decided. */
static void
a_policy_that_changes_changes_nothing_signed(void **state)
{
	struct lab *l = *state;

	fill(l);
	lab_change_policy(l, "server", "serverAuth", "clientAuth");
	lab_change_policy(l, "intermediate", "pathlen:0", "pathlen:1");
	assert_true(lab_issue(l, "new.company.com") > 0);
	assert_int_equal(lab_count(l,
			     "SELECT count(DISTINCT policy_hash)"
			     " FROM certificate WHERE policy = 'server'"),
	    2);
	lab_sql(l, "UPDATE certificate SET policy = 'server' WHERE id = 3");
	assert_int_equal(lab_orphan(l, "more.company.com"), 8);
	{
		struct findings f;

		LAB_OK(l, lab_audit(l, &f));
		assert_int_equal(f.report.orphans, 2);
	}
}

/* The keys and policies may be gone; the ledger is enough. */
static void
an_audit_needs_no_key_and_no_policy_file(void **state)
{
	struct lab *l = *state;
	char path[400];

	fill(l);
	(void)snprintf(path, sizeof(path), "%s/keys", l->home);
	lab_remove_files(path);
	(void)snprintf(path, sizeof(path), "%s/policies", l->home);
	lab_remove_files(path);
	{
		struct findings f;

		LAB_OK(l, lab_audit(l, &f));
		assert_int_equal(f.report.orphans, 1);
	}
}

/* An authority below a changed constraint, a path length that was asked. */
static void
what_the_operator_added_is_no_fault(void **state)
{
	struct lab *l = *state;

	lab_change_policy(
	    l, "intermediate", "[crl]", "[crl] # as the lab has it\n");
	lab_as(l, "root");
	LAB_OK(l, lab_add(l, "people", "Lab People CA", &l->signer, NULL));
	lab_audit_clean(l);
}

/* ---- checklist 81: edited by hand ---- */

struct edit {
	const char *sql;
	int64_t row; /* that is named; -1: any, 0: none */
	const char *words;
};

/* Another last octet, whatever it was. */
#define CUT(column)                                 \
	"CAST(substr(" column ", 1, length(" column \
	") - 1) || CASE substr(" column             \
	", -1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB)"
#define OTHER(column, table, id) \
	"(SELECT " column " FROM " table " WHERE id = " id ")"

static void
check_edits(const struct edit *edits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		void *state = NULL;

		assert_int_equal(lab_open(&state), 0);
		fill(state);
		lab_sql(state, edits[i].sql);
		lab_audit_finds(state, edits[i].row, edits[i].words);
		assert_int_equal(lab_close(&state), 0);
	}
}

static void
an_edited_certificate_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE certificate SET serial = x'0102' WHERE id = 3", 3,
		"the serial column"},
	    {"UPDATE certificate SET not_before = not_before - 1 WHERE id = 3",
		3, "the validity columns"},
	    {"UPDATE certificate SET not_after = not_after + 1 WHERE id = 3", 3,
		"the validity columns"},
	    {"UPDATE certificate SET subject = 'CN=x' WHERE id = 3", 3,
		"the subject column"},
	    {"UPDATE certificate SET spki_hash = randomblob(32) WHERE id = 3",
		3, "the key column"},
	    {"UPDATE certificate SET tbs_hash = randomblob(32) WHERE id = 3", 3,
		"the TBS is not"},
	    {"UPDATE certificate SET der_hash = randomblob(32) WHERE id = 3", 3,
		"the fingerprint column"},
	    {"UPDATE certificate SET der = " OTHER(
		 "der", "certificate", "4") " WHERE id = 3",
		3, "the serial column"},
	    {"UPDATE certificate SET der = " CUT("der") " WHERE id = 3", 3,
		"its signature"},
	    {"UPDATE certificate SET der = x'3000' WHERE id = 3", 3, "its DER"},
	    {"UPDATE certificate SET tbs = x'3000' WHERE id = 5", 5, "its DER"},
	    {"UPDATE certificate SET issuer = 1 WHERE id = 3", 3,
		"its signature"},
	    {"UPDATE certificate SET request = x'3000' WHERE id = 3", 3,
		"its request"},
	    {"UPDATE certificate SET request = " CUT("request") " WHERE id = 3",
		3, "its request"},
	    {"UPDATE certificate SET request = " OTHER(
		 "request", "certificate", "6") " WHERE id = 3",
		3, "its request and policy give another certificate"},
	    {"UPDATE certificate SET policy_hash = " OTHER(
		 "policy_hash", "certificate", "2") " WHERE id = 3",
		3, "its policy does not allow it"},
	    {"UPDATE certificate SET state = 1, tbs = der, der = NULL,"
	     " der_hash = NULL WHERE id = 3",
		3, "its DER"},
	    {"DELETE FROM certificate WHERE id = 6", 0, "damaged or edited"},
	    {"DELETE FROM certificate WHERE id = 5", 0, "damaged or edited"},
	    /* Not in the ledger's history, though all else is as it should
	     * be. */
	    {"INSERT INTO certificate SELECT 9, issuer, x'7777', state,"
	     " spki_hash, tbs_hash, der_hash, policy, policy_hash, subject,"
	     " not_before, not_after, renews, lineage, point, created, "
	     "request, tbs,"
	     " der FROM certificate WHERE id = 3",
		9, "its event intended is missing"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

static void
an_edited_name_or_policy_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE name SET value = 'www.evil.com' WHERE certificate = 3"
	     " AND type = 'dns'",
		3, "the name rows"},
	    {"UPDATE name SET type = 'email' WHERE certificate = 3"
	     " AND type = 'dns'",
		3, "the name rows"},
	    /* Twice the one and never the other. */
	    {"UPDATE name SET type = 'cn' WHERE certificate = 3", 3,
		"the name rows"},
	    {"DELETE FROM name WHERE certificate = 3 AND type = 'cn'", 3,
		"the name rows"},
	    {"INSERT INTO name VALUES (3, 9, 'dns', 'a.com', 'moc.a')", 3,
		"the name rows"},
	    {"UPDATE policy SET text = CAST(replace(text, '397d', '398d') AS"
	     " BLOB) WHERE name = 'server'",
		3, "its policy's text was changed"},
	    {"DELETE FROM policy WHERE name = 'server'", 3,
		"its policy's text is not in the ledger"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

static void
an_edited_revocation_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE revocation SET revoked_at = revoked_at - 1", 0,
		"another revocation date"},
	    {"UPDATE revocation SET reason = 3", 0, "another reason"},
	    {"DELETE FROM revocation", 0, "lists a serial the ledger does not"},
	    {"DELETE FROM revocation", 4,
		"was revoked, and is not revoked any more"},
	    {"INSERT INTO revocation SELECT id, issuer, length(serial), serial,"
	     " not_after, NULL, 1, 0, NULL FROM certificate WHERE id = 3",
		0, "leaves out a revocation"},
	    {"INSERT INTO revocation SELECT id, issuer, length(serial), serial,"
	     " not_after, NULL, 1900000000, 0, NULL FROM certificate WHERE id "
	     "= 3",
		3, "its event revoked is missing"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

static void
an_edited_crl_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE crl SET number = 7 WHERE id = 2", 0,
		"CRL 7 of issuing: its columns"},
	    {"UPDATE crl SET this_update = this_update + 1 WHERE id = 1", 0,
		"CRL 1 of issuing: its columns"},
	    {"UPDATE crl SET next_update = next_update + 1 WHERE id = 1", 0,
		"CRL 1 of issuing: its columns"},
	    {"UPDATE crl SET entries = 0 WHERE id = 1", 0,
		"CRL 1 of issuing: its columns"},
	    {"UPDATE crl SET hash = randomblob(32) WHERE id = 1", 0,
		"CRL 1 of issuing: its hash"},
	    {"UPDATE crl SET der = " CUT("der") " WHERE id = 1", 0,
		"CRL 1 of issuing: "},
	    {"UPDATE crl SET der = x'3000' WHERE id = 1", 0,
		"CRL 1 of issuing"},
	    {"UPDATE crl SET der = " OTHER("der", "crl", "2") " WHERE id = 1",
		0, "CRL 1 of issuing: its columns"},
	    {"UPDATE crl SET issuer = 1 WHERE id = 1", 0, "CRL 1 of root"},
	    {"DELETE FROM crl WHERE id = 2", 0, "2 were published, 1 is here"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

static void
an_edited_event_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE event SET time = time + 1 WHERE sequence = 5", 0,
		"event 5: its columns"},
	    {"UPDATE event SET kind = 'unheld' WHERE sequence = 5", 0,
		"event 5: its columns"},
	    {"UPDATE event SET serial = x'01' WHERE serial IS NOT NULL"
	     " AND sequence < 5",
		0, "its columns"},
	    {"UPDATE event SET object_hash = randomblob(32) WHERE sequence = 5",
		0, "event 5: its columns"},
	    {"UPDATE event SET leaf = " CUT("leaf") " WHERE sequence = 5", 0,
		"event 5: its columns"},
	    {"UPDATE event SET certificate = 6 WHERE certificate = 3", 6,
		"its serial is not the certificate's"},
	    {"UPDATE event SET certificate = NULL WHERE certificate = 3", 3,
		"its event intended is missing"},
	    {"DELETE FROM event WHERE sequence = 5", 0,
		"event 6: an event before it is missing"},
	    {"DELETE FROM event WHERE sequence = 1", 0,
		"event 2: an event before it is missing"},
	    /* The newest: what it tells of is still there. */
	    {"DELETE FROM event WHERE sequence ="
	     " (SELECT max(sequence) FROM event)",
		6, "its event issued is missing"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

static void
an_edited_authority_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE authority SET spki_hash = randomblob(32) WHERE id = 2", 0,
		"authority issuing: its key column"},
	    {"UPDATE authority SET key_id = randomblob(20) WHERE id = 2", 0,
		"authority issuing: its key identifier column"},
	    {"UPDATE authority SET certificate = 3 WHERE id = 2", 0,
		"authority issuing: its key column"},
	    {"UPDATE authority SET parent = NULL WHERE id = 2", -1, "issuing"},
	    {"UPDATE authority SET certificate = NULL WHERE id = 2", 3,
		"its issuer has no certificate"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

/* ---- while others work ---- */

struct busy {
	struct lab *l;
	bool done;
	size_t faults;
};

/* At the first row: others issue, revoke and publish. */
static void
meanwhile(void *ctx, const char *what, size_t count, size_t all)
{
	const struct authority_options options = {.wait_ms = 5000};
	struct busy *busy = ctx;
	struct lab other = *busy->l;
	struct authority_options own = options;

	(void)count;
	(void)what;
	(void)all;
	if (busy->done)
		return;
	busy->done = true;
	own.home = other.home;
	own.world = &other.world;
	other.signer = (struct signer){0};
	other.world.ctx = &other;
	other.now += 3600;
	other.drawn += 1000;
	LAB_OK(&other, authority_open(&own, &other.a, &other.err));
	lab_as(&other, "root");
	LAB_OK(&other,
	    lab_add(&other, "people", "Lab People CA", &other.signer, NULL));
	lab_as(&other, "people");
	(void)lab_revoke(
	    &other, lab_issue(&other, "p.company.com"), CA_REASON_SUPERSEDED);
	lab_as(&other, "issuing");
	(void)lab_revoke(&other, 3, CA_REASON_SUPERSEDED);
	other.now += 60;
	lab_publish(&other);
	signer_done(&other.signer);
	authority_close(other.a);
}

static void
an_audit_sees_one_moment(void **state)
{
	struct lab *l = *state;
	struct busy busy = {.l = l};
	struct audit_report report = {.progress = meanwhile, .ctx = &busy};

	fill(l);
	LAB_OK(l, authority_audit(l->a, &report, &l->err));
	assert_int_equal(report.certificates, 6);
	assert_int_equal(report.crls, 2);
	/* And the ledger can be written again. */
	l->now += YEAR / 2;
	(void)lab_issue(l, "next.company.com");
}

/* ---- threads ---- */

/* More rows than are on their way at once, and a fault here and there. */
static void
fill_many(struct lab *l)
{
	for (int i = 0; i < 260; i++)
		(void)lab_issue(
		    l, i % 2 == 0 ? "a.company.com" : "b.company.com");
	lab_sql(l,
	    "UPDATE certificate SET subject = 'CN=x' WHERE id % 17 = 0;"
	    "UPDATE certificate SET not_after = not_after + 1 WHERE id % 40 = "
	    "3;"
	    "UPDATE certificate SET request = x'3000' WHERE id % 50 = 4;"
	    "UPDATE certificate SET point = 1 WHERE id = 200;"
	    "UPDATE certificate SET der = x'3000' WHERE id = 77;"
	    "UPDATE name SET value = 'x' WHERE certificate % 31 = 5");
}

static void
say(void *ctx, enum audit_finding kind, int64_t row, const char *line)
{
	assert_int_equal(
	    ca_buf_printf(ctx, "%d %lld %s\n", (int)kind, (long long)row, line),
	    CA_OK);
}

static void
threads_change_nothing(void **state)
{
	struct lab *l = *state;
	static const size_t threads[] = {1, 2, 5};
	struct ca_buf first = {0};

	fill_many(l);
	for (size_t i = 0; i < COUNT(threads); i++) {
		struct ca_buf lines = {0};
		struct audit_report report = {
		    .finding = say, .ctx = &lines, .threads = threads[i]};

		LAB_FAILS(l, authority_audit(l->a, &report, &l->err),
		    CA_UNTRUSTED, "do not agree");
		assert_true(report.faults > 30);
		assert_int_equal(report.certificates, 262);
		assert_non_null(ca_buf_text(&lines));
		if (i == 0)
			assert_int_equal(
			    ca_buf_append(&first, ca_view(&lines)), CA_OK);
		assert_string_equal(ca_buf_text(&lines), ca_buf_text(&first));
		ca_buf_free(&lines);
	}
	ca_buf_free(&first);
}

#define WITH_LAB(test) \
	cmocka_unit_test_setup_teardown(test, lab_open, lab_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		an_empty_ledger_is_clean, lab_open_empty, lab_close),
	    WITH_LAB(what_is_whole_is_clean),
	    WITH_LAB(threads_change_nothing),
	    WITH_LAB(an_orphan_that_is_revoked_needs_nothing),
	    WITH_LAB(progress_is_told),
	    WITH_LAB(a_policy_that_changes_changes_nothing_signed),
	    WITH_LAB(an_audit_needs_no_key_and_no_policy_file),
	    WITH_LAB(what_the_operator_added_is_no_fault),
	    cmocka_unit_test(an_edited_certificate_is_named),
	    cmocka_unit_test(an_edited_name_or_policy_is_named),
	    cmocka_unit_test(an_edited_revocation_is_named),
	    cmocka_unit_test(an_edited_crl_is_named),
	    cmocka_unit_test(an_edited_event_is_named),
	    cmocka_unit_test(an_edited_authority_is_named),
	    WITH_LAB(an_audit_sees_one_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
