/* SPDX-License-Identifier: GPL-3.0-or-later */
/* checklist 81: an edit of any column of any table is found, save of those
 * that cli/authority_audit.h names. */
#include "tests/unit/audit_fixture.h"

struct edit {
	const char *sql;
	int64_t row; /* that is named; -1: any, 0: none */
	const char *words;
};

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
what_is_whole_is_clean(void **state)
{
	struct lab *l = *state;
	struct findings f;

	fill(l);
	LAB_OK(l, lab_audit(l, &f));
	assert_int_equal(f.count, 1);
	assert_int_equal(f.report.orphans, 1);
}

static void
an_edited_policy_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE policy SET hash = randomblob(32) WHERE name = 'server'", 4,
		"its policy's text is not in the ledger"},
	    {"UPDATE policy SET name = 'x' WHERE name = 'server'", 4,
		"its policy's name or date"},
	    {"UPDATE policy SET created = created + 1 WHERE name = 'server'", 4,
		"its policy's name or date"},
	    {"INSERT INTO policy VALUES (zeroblob(32), 'x', x'00', 1)", 0,
		"policy x: no certificate was issued under it"},
	    {"INSERT INTO policy VALUES (zeroblob(32), 'x', x'00', 1)", 0,
		"policy x: its event policy-changed is missing"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

/* Of one that has signed nothing: no certificate speaks for it. */
static void
an_edited_authority_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE authority SET id = 7 WHERE id = 3", 0,
		"authority people: one before it is missing"},
	    {"DELETE FROM authority WHERE id = 3", 3,
		"tells of an authority that is not there"},
	    {"UPDATE authority SET name = 'other' WHERE id = 3", 0,
		"authority other: its name is not that of its key's file"},
	    {"UPDATE authority SET name = 'other' WHERE id = 2", 0,
		"authority other: its name is not that of its key's file"},
	    {"UPDATE authority SET parent = 2 WHERE id = 3", 0,
		"authority people: its parent is not"},
	    {"UPDATE authority SET certificate = NULL WHERE id = 3", 0,
		"authority people: its certificate was issued"},
	    {"UPDATE authority SET certificate = 2 WHERE id = 3", 0,
		"authority people: its key column"},
	    {"UPDATE authority SET key_ref = 'keys/x.key' WHERE id = 3", 0,
		"authority people: its name is not that of its key's file"},
	    {"UPDATE authority SET key_id = randomblob(20) WHERE id = 3", 0,
		"authority people: its key identifier column"},
	    {"UPDATE authority SET spki_hash = randomblob(32) WHERE id = 3", 0,
		"authority people: its key column"},
	    {"UPDATE authority SET created = created - 1 WHERE id = 3", 0,
		"authority people: its date is not its certificate's"},
	    {"UPDATE authority SET crl_number = 1 WHERE id = 3", 0,
		"authority people: its CRL number"},
	    {"UPDATE authority SET crl_number = 2 WHERE id = 2", 0,
		"authority issuing: its CRL number"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

static void
an_edited_point_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE point SET id = 7 WHERE id = 2", -1, "damaged or edited"},
	    {"UPDATE point SET issuer = 1 WHERE id = 1", -1,
		"its point is not where it says its CRL is"},
	    {"UPDATE point SET name = CAST(name || x'00' AS BLOB) WHERE id = 1",
		-1, "its point is not where it says its CRL is"},
	    {"UPDATE point SET freshest = x'00' WHERE id = 1", 0,
		"issued into it"},
	    {"UPDATE point SET shard = shard % 3 + 1 WHERE id = 1", -1,
		"its point is not where it says its CRL is"},
	    {"UPDATE point SET authorities = 1 WHERE id = 1", -1,
		"its point is not where it says its CRL is"},
	    {"INSERT INTO point VALUES (4, 2, x'00', x'', 0, 0)", 0,
		"point 4: no certificate names it"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

static void
an_edited_reference_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE certificate SET point = point % 3 + 1 WHERE id = 8", 8,
		"its point is not where it says its CRL is"},
	    {"UPDATE certificate SET point = NULL WHERE id = 8", 8,
		"its point is not where it says its CRL is"},
	    {"UPDATE certificate SET point = 1 WHERE id = 3", 3,
		"its point is not where it says its CRL is"},
	    {"UPDATE certificate SET renews = NULL WHERE id = 9", 9,
		"its line is not"},
	    {"UPDATE certificate SET renews = 5 WHERE id = 9", 9,
		"its line is not"},
	    {"UPDATE certificate SET renews = 10 WHERE id = 9", 9,
		"its line is not"},
	    {"UPDATE certificate SET lineage = 5 WHERE id = 9", 9,
		"its line is not"},
	    {"UPDATE certificate SET lineage = 4 WHERE id = 8", 8,
		"its line is not"},
	    {"UPDATE certificate SET created = created + 1 WHERE id = 8", 8,
		"its time is not the certificate's date"},
	    {"UPDATE certificate SET tbs_hash = randomblob(32) WHERE id = 10",
		10, "the TBS is not"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

static void
an_edited_name_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE name SET position = 9 WHERE certificate = 8"
	     " AND position = 2",
		8, "the name rows"},
	    {"UPDATE name SET value = upper(value) WHERE certificate = 8"
	     " AND type = 'dns'",
		8, "the name rows"},
	    {"UPDATE name SET backwards = 'x' WHERE certificate = 8"
	     " AND type = 'dns'",
		8, "the name rows"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

static void
an_edited_revocation_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE revocation SET certificate = 8 WHERE certificate = 5", 8,
		"a revocation's columns are not"},
	    {"UPDATE revocation SET issuer = 1 WHERE certificate = 5", 0,
		"damaged or edited"},
	    {"UPDATE revocation SET not_after = not_after + 1"
	     " WHERE certificate = 5",
		5, "a revocation's columns are not"},
	    {"UPDATE revocation SET partition = NULL WHERE certificate = 5", 5,
		"a revocation's columns are not"},
	    {"UPDATE revocation SET partition = partition % 3 + 1"
	     " WHERE certificate = 5",
		5, "a revocation's columns are not"},
	    {"UPDATE revocation SET revoked_at = revoked_at - 1"
	     " WHERE certificate = 5",
		5, "its revocation's date is not its event's"},
	    {"UPDATE revocation SET reason = 3 WHERE certificate = 5", 0,
		"another reason"},
	    {"UPDATE revocation SET invalid_since = invalid_since - 1"
	     " WHERE certificate = 5",
		0, "another invalidity date"},
	    {"UPDATE revocation SET invalid_since = NULL WHERE certificate = 5",
		0, "another invalidity date"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

static void
an_edited_block_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE blocked_key SET spki_hash = randomblob(32)", 0,
		"its key was blocked, and is no more"},
	    {"UPDATE blocked_key SET created = created + 1", 0,
		"its date is not the blocked key's"},
	    {"DELETE FROM blocked_key", 0,
		"its key was blocked, and is no more"},
	    {"INSERT INTO blocked_key VALUES (zeroblob(32), 1)", 0,
		"blocked keys: one is there"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

static void
an_edited_list_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE crl SET point = 7 WHERE point = 1 AND number = 1", 0,
		"CRL 1 of issuing: its scope"},
	    {"UPDATE crl SET point = 0, base = 1 WHERE point = 1"
	     " AND number = 3 AND base = 0",
		0, "CRL 3 of issuing: its scope"},
	    {"UPDATE crl SET base = 1 WHERE base = 2 AND point = 1", 0,
		"CRL 3 of issuing: its base column"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

/* The complete list has no deltas: the DER of its first is dropped. */
static void
an_edited_dropped_list_is_named(void **state)
{
#define FIRST " WHERE number = 1 AND point = 0"
	static const struct edit edits[] = {
	    {"UPDATE crl SET hash = randomblob(32)" FIRST, 0,
		"CRL 1 of issuing: its hash and thisUpdate are in no event"},
	    {"UPDATE crl SET this_update = this_update - 1" FIRST, 0,
		"CRL 1 of issuing: its hash and thisUpdate are in no event"},
	    {"UPDATE crl SET this_update = this_update + 61" FIRST, 0,
		"its number or thisUpdate does not rise"},
	    {"UPDATE crl SET number = 4" FIRST, 0,
		"CRL 4 of issuing: its DER is not there, though"},
	    {"UPDATE crl SET point = 7" FIRST, 0,
		"CRL 1 of issuing: its scope"},
	    {"DELETE FROM crl" FIRST, 0, "were published"},
	    /* These are needed. */
	    {"UPDATE crl SET der = NULL WHERE number = 3 AND point = 0", 0,
		"CRL 3 of issuing: its DER is not there, though"},
	    {"UPDATE crl SET der = NULL WHERE number = 2 AND point = 0", 0,
		"CRL 2 of issuing: its DER is not there, though"},
	    {"UPDATE crl SET der = x'' WHERE number = 3 AND point = 1"
	     " AND base = 2",
		0, "CRL 3 of issuing: its DER is not there, though"},
	    {"UPDATE crl SET der = NULL WHERE number = 1 AND point = 1", 0,
		"CRL 1 of issuing: its DER is not there, though"},
	    /* Put back, it must be the one. */
	    {"UPDATE crl SET der = (SELECT der FROM crl WHERE number = 2"
	     " AND point = 0)" FIRST,
		0, "CRL 1 of issuing: its columns"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

static void
an_edited_key_file_is_named(void **state)
{
#define PEOPLES " WHERE ref = 'keys/people.key'"
#define ISSUED " WHERE ref = 'issued/a.key'"
	static const struct edit edits[] = {
	    {"UPDATE key_file SET ref = 'keys/x.key'" PEOPLES, 0,
		"authority people: its key's file is not recorded"},
	    {"UPDATE key_file SET hash = randomblob(32)" PEOPLES, 0,
		"keys/people.key: is not the file that was written"},
	    {"UPDATE key_file SET spki_hash = randomblob(32)" PEOPLES, 0,
		"authority people: its key's file is not recorded"},
	    {"UPDATE key_file SET updated = updated + 1" PEOPLES, 0,
		"authority people: its key's file is not recorded"},
	    {"DELETE FROM key_file" PEOPLES, 0,
		"authority people: its key's file is not recorded"},
	    {"UPDATE key_file SET spki_hash = NULL" ISSUED, 0,
		"key file issued/a.key: its key or date"},
	    {"UPDATE key_file SET spki_hash = randomblob(32)" ISSUED, 0,
		"key file issued/a.key: its key or date"},
	    {"UPDATE key_file SET updated = updated + 1" ISSUED, 0,
		"key file issued/a.key: its key or date"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

static void
an_edited_event_is_named(void **state)
{
	static const struct edit edits[] = {
	    {"UPDATE event SET issuer_spki_hash = randomblob(32)"
	     " WHERE sequence = 9",
		0, "event 9: its columns"},
	    {"UPDATE event SET certificate = 8 WHERE kind = 'crl-published'"
	     " AND certificate IS NULL",
		8, "its serial is not the certificate's"},
	    {"UPDATE event SET certificate = NULL"
	     " WHERE kind = 'authority-added' AND certificate = 3",
		0, "tells of an authority that is not there"},
	};

	(void)state;
	check_edits(edits, COUNT(edits));
}

/* Two policies may have one text: a note, once. */
static void
another_policys_name_is_noted(void **state)
{
	struct lab *l = *state;
	struct findings f;

	fill(l);
	lab_sql(
	    l, "UPDATE certificate SET policy = 'client' WHERE id IN (7, 8)");
	LAB_OK(l, lab_audit(l, &f));
	assert_int_equal(f.report.notes, 1);
	assert_int_equal(f.rows[0], 7);
	assert_non_null(strstr(f.lines[0], "under another name"));
}

#define WITH_LAB(test) \
	cmocka_unit_test_setup_teardown(test, lab_open, lab_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_LAB(what_is_whole_is_clean),
	    cmocka_unit_test(an_edited_policy_is_named),
	    cmocka_unit_test(an_edited_authority_is_named),
	    cmocka_unit_test(an_edited_point_is_named),
	    cmocka_unit_test(an_edited_reference_is_named),
	    cmocka_unit_test(an_edited_name_is_named),
	    cmocka_unit_test(an_edited_revocation_is_named),
	    cmocka_unit_test(an_edited_block_is_named),
	    cmocka_unit_test(an_edited_list_is_named),
	    cmocka_unit_test(an_edited_dropped_list_is_named),
	    cmocka_unit_test(an_edited_key_file_is_named),
	    cmocka_unit_test(an_edited_event_is_named),
	    WITH_LAB(another_policys_name_is_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
