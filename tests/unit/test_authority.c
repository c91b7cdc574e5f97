/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/authority_fixture.h"

/* ---- the home ---- */

static void
opens_a_home_and_says_what_it_is(void **state)
{
	struct lab *l = *state;
	struct ca_rng *one = NULL, *two = NULL;

	assert_string_equal(authority_home(l->a), l->home);
	assert_int_equal(authority_now(l->a), NOW);
	assert_non_null(authority_ledger(l->a));
	LAB_OK(l, authority_rng(l->a, &one, &l->err));
	LAB_OK(l, authority_rng(l->a, &two, &l->err));
	assert_ptr_equal(one, two);
	authority_close(NULL);
	issued_done(NULL);
	signer_done(NULL);
}

static void
refuses_what_is_no_home(void **state)
{
	struct lab *l = *state;
	struct authority_options options = {.home = "/nowhere/at/all"};
	struct authority *a = NULL;

	LAB_FAILS(l, authority_open(&options, &a, &l->err), CA_NOT_FOUND,
	    "/nowhere/at/all|signet init|--home");
	options.home = l->folder;
	LAB_FAILS(l, authority_open(&options, &a, &l->err), CA_NOT_FOUND,
	    "not a home|ledger.db|signet init|--home");
	options.home = l->home;
	assert_int_equal(chmod(l->home, 0750), 0);
	LAB_FAILS(l, authority_open(&options, &a, &l->err), CA_REFUSED,
	    "0750|chmod 700");
	assert_int_equal(chmod(l->home, 0700), 0);
	assert_null(a);
}

/* ---- who signs ---- */

static void
an_empty_home_has_no_signer(void **state)
{
	struct lab *l = *state;
	struct signer signer;

	LAB_FAILS(l, signer_open(l->a, NULL, &signer, &l->err), CA_NOT_FOUND,
	    "no authority yet|signet init");
	LAB_FAILS(l, signer_open(l->a, "root", &signer, &l->err), CA_NOT_FOUND,
	    "root: no such|none yet");
}

static void
the_root_signs_while_it_is_alone(void **state)
{
	struct lab *l = *state;
	struct signer signer;

	LAB_OK(l, lab_add(l, "root", "Lab Root CA", NULL, NULL));
	LAB_OK(l, signer_open(l->a, NULL, &signer, &l->err));
	assert_string_equal(signer.name, "root");
	assert_int_equal(signer.count, 1);
	assert_null(signer.key);
	signer_done(&signer);
}

static void
the_only_issuing_authority_signs(void **state)
{
	struct lab *l = *state;
	struct signer signer;

	LAB_OK(l, signer_open(l->a, NULL, &signer, &l->err));
	assert_string_equal(signer.name, "issuing");
	assert_int_equal(signer.count, 2);
	assert_int_equal(signer.issuer.chain_len, 2);
	assert_ptr_equal(signer.issuer.chain[0], &signer.certs[0]);
	assert_bytes(signer.certs[0].issuer, signer.certs[1].subject);
	assert_string_equal(signer.issuer.id, "issuing");
	signer_done(&signer);
	LAB_OK(l, signer_open(l->a, "root", &signer, &l->err));
	assert_string_equal(signer.name, "root");
	signer_done(&signer);
}

static void
with_several_the_operator_chooses(void **state)
{
	struct lab *l = *state;
	struct signer signer;

	lab_as(l, "root");
	LAB_OK(l, lab_add(l, "people", "Lab People CA", &l->signer, NULL));
	LAB_FAILS(l, signer_open(l->a, NULL, &signer, &l->err), CA_USAGE,
	    "root, issuing, people|--ca NAME");
	LAB_FAILS(l, signer_open(l->a, "peeple", &signer, &l->err),
	    CA_NOT_FOUND, "peeple: no such|root, issuing, people");
	LAB_OK(l, signer_open(l->a, "people", &signer, &l->err));
	signer_done(&signer);
}

static void
a_revoked_authority_signs_no_more(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "late.company.com");
	struct issue_order order = lab_order(&request);
	struct signer signer;

	assert_true(lab_revoke(l,
	    lab_count(l, "SELECT certificate FROM authority WHERE id = 2"),
	    CA_REASON_CA_COMPROMISE));
	LAB_FAILS(l, signer_open(l->a, "issuing", &signer, &l->err), CA_REFUSED,
	    "issuing|revoked (cACompromise)|signet ca add");
	/* And one that was opened before. */
	lab_refuses_unwritten(
	    l, &order, CA_REFUSED, "issuing|revoked (cACompromise)");
	ca_buf_free(&request);
}

/* What is trusted is the whole way up. */
static void
nor_does_one_below_a_revoked_authority(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "late.company.com");
	struct issue_order order = lab_order(&request);
	struct signer signer;

	lab_change_policy(l, "intermediate", "pathlen:0", "pathlen:1");
	lab_as(l, "root");
	LAB_OK(l, lab_add(l, "middle", "Lab Middle CA", &l->signer, NULL));
	lab_as(l, "middle");
	lab_change_policy(l, "intermediate", "pathlen:1", "pathlen:0");
	LAB_OK(l, lab_add(l, "bottom", "Lab Bottom CA", &l->signer, NULL));
	lab_as(l, "bottom");
	assert_int_equal(l->signer.count, 3);
	assert_true(lab_revoke(l,
	    lab_count(
		l, "SELECT certificate FROM authority WHERE name = 'middle'"),
	    CA_REASON_CA_COMPROMISE));
	LAB_FAILS(l, signer_open(l->a, "bottom", &signer, &l->err), CA_REFUSED,
	    "middle|revoked (cACompromise)|signet ca add");
	lab_refuses_unwritten(
	    l, &order, CA_REFUSED, "middle|revoked (cACompromise)");
	ca_buf_free(&request);
}

static void
copy_file(const char *from, const char *to)
{
	char text[4096];
	size_t len;
	FILE *file;

	assert_non_null(file = fopen(from, "rb"));
	len = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	assert_non_null(file = fopen(to, "wb"));
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* checklist 42 */
static void
another_key_than_the_certificates_is_refused(void **state)
{
	struct lab *l = *state;
	struct ca_buf before = lab_rows(l);
	char mine[400], other[400];

	(void)snprintf(mine, sizeof(mine), "%s/keys/issuing.key", l->home);
	(void)snprintf(other, sizeof(other), "%s/keys/root.key", l->home);
	copy_file(other, mine);
	LAB_FAILS(l, signer_unlock(l->a, &l->signer, &l->pass, &l->err),
	    CA_REFUSED,
	    "keys/issuing.key|not the key of the certificate|issuing|"
	    "put the right key file back");
	lab_same_rows(l, &before);
}

/* checklist 43 */
static void
a_damaged_key_file_is_told(void **state)
{
	struct lab *l = *state;
	struct ca_buf before = lab_rows(l);
	char path[400];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/keys/issuing.key", l->home);
	assert_non_null(file = fopen(path, "r+b"));
	assert_int_equal(fseek(file, 40, SEEK_SET), 0);
	assert_int_equal(fputc('!', file), '!');
	assert_int_equal(fclose(file), 0);
	LAB_FAILS(l, signer_unlock(l->a, &l->signer, &l->pass, &l->err), CA_IO,
	    "keys/issuing.key|not the one that was written|backup");
	assert_int_equal(truncate(path, 30), 0);
	LAB_FAILS(l, signer_unlock(l->a, &l->signer, &l->pass, &l->err), CA_IO,
	    "keys/issuing.key|not the one that was written|backup");
	assert_int_equal(unlink(path), 0);
	LAB_FAILS(l, signer_unlock(l->a, &l->signer, &l->pass, &l->err),
	    CA_NOT_FOUND, "keys/issuing.key");
	lab_same_rows(l, &before);
}

/* checklist 41 */
static void
a_key_that_others_can_read_is_refused(void **state)
{
	struct lab *l = *state;
	char path[400];

	(void)snprintf(path, sizeof(path), "%s/keys/issuing.key", l->home);
	assert_int_equal(chmod(path, 0640), 0);
	LAB_FAILS(l, signer_unlock(l->a, &l->signer, &l->pass, &l->err),
	    CA_REFUSED, "keys/issuing.key|0640|chmod 600");
}

static void
the_chain_is_written_with_and_without_the_root(void **state)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	struct lab *l = *state;
	struct ca_buf all = {0}, some = {0};
	const char *second;

	LAB_OK(l, signer_append_chain(&l->signer, true, &all));
	LAB_OK(l, signer_append_chain(&l->signer, false, &some));
	second = strstr(ca_buf_text(&all) + 1, begin);
	assert_non_null(second);
	assert_null(strstr(second + 1, begin));
	assert_null(strstr(ca_buf_text(&some) + 1, begin));
	assert_memory_equal(all.data, some.data, some.len);
	ca_buf_free(&all);
	ca_buf_free(&some);
}

/* ---- authorities that come into being ---- */

static void
a_new_authority_is_whole(void **state)
{
	struct lab *l = *state;
	struct stat info;
	char path[400];

	assert_int_equal(lab_count(l, "SELECT count(*) FROM authority"), 2);
	assert_int_equal(lab_count(l,
			     "SELECT count(*) FROM certificate"
			     " WHERE state = 2"),
	    2);
	assert_int_equal(lab_count(l,
			     "SELECT count(*) FROM event"
			     " WHERE kind = 'authority-added'"),
	    2);
	(void)snprintf(path, sizeof(path), "%s/keys/issuing.key", l->home);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	assert_true(l->signer.certs[0].is_ca);
	assert_int_equal(l->signer.certs[0].path_len, 0);
	lab_audit_clean(l);
}

static void
a_second_of_the_same_name_is_refused(void **state)
{
	struct lab *l = *state;
	struct ca_buf before = lab_rows(l);

	lab_as(l, "root");
	LAB_FAILS(l, lab_add(l, "issuing", "Other", &l->signer, NULL),
	    CA_REFUSED, "issuing|already|choose another|signet ca list");
	LAB_FAILS(l, lab_add(l, "Issuing CA", "Other", &l->signer, NULL),
	    CA_USAGE, "Issuing CA|a-z");
	LAB_FAILS(l, lab_add(l, "../x", "Other", &l->signer, NULL), CA_USAGE,
	    "../x|a-z");
	lab_same_rows(l, &before);
}

static bool
has_key(struct lab *l, const char *id)
{
	char path[400];

	(void)snprintf(path, sizeof(path), "%s/keys/%s.key", l->home, id);
	return access(path, F_OK) == 0;
}

/* An issuing authority that allows none below it (RFC 5280 4.2.1.9). */
static void
a_refused_authority_leaves_nothing(void **state)
{
	struct lab *l = *state;
	struct ca_buf before = lab_rows(l);

	LAB_FAILS(l, lab_add(l, "below", "Below", &l->signer, NULL), CA_REFUSED,
	    "4.2.1.9");
	lab_same_rows(l, &before);
	assert_false(has_key(l, "below"));
}

/* Nothing was signed with it: the key goes again. */
static void
a_key_whose_intent_was_not_recorded_goes(void **state)
{
	struct lab *l = *state;

	lab_as(l, "root");
	lab_block(l, "intended");
	LAB_FAILS(l, lab_add(l, "people", "Lab People CA", &l->signer, NULL),
	    CA_INTERNAL, "ledger");
	lab_unblock(l);
	assert_null(strstr(l->err.msg, "stays in the ledger"));
	assert_false(has_key(l, "people"));
	LAB_OK(l, lab_add(l, "people", "Lab People CA", &l->signer, NULL));
	lab_audit_clean(l);
}

/* Something may have been signed with it: the key stays. */
static void
a_key_whose_certificate_is_an_orphan_stays(void **state)
{
	struct lab *l = *state;
	struct signer signer;
	struct findings f;

	lab_as(l, "root");
	lab_block(l, "issued");
	LAB_FAILS(l, lab_add(l, "people", "Lab People CA", &l->signer, NULL),
	    CA_INTERNAL, "stays in the ledger as intended|audit");
	lab_unblock(l);
	assert_true(has_key(l, "people"));
	LAB_FAILS(l, signer_open(l->a, "people", &signer, &l->err),
	    CA_NOT_FOUND, "people");
	LAB_OK(l, lab_audit(l, &f));
	assert_int_equal(f.report.orphans, 1);
	LAB_OK(l, lab_add(l, "people2", "Lab People CA", &l->signer, NULL));
}

/* A root whose outcome was lost: an orphan, and no fault. */
static void
a_root_may_be_an_orphan(void **state)
{
	struct lab *l = *state;
	struct signer signer;
	struct findings f;

	LAB_OK(l, lab_add(l, "root", "Lab Root CA", NULL, NULL));
	lab_block(l, "issued");
	LAB_FAILS(l, lab_add(l, "root2", "Lab Root CA 2", NULL, NULL),
	    CA_INTERNAL, "stays in the ledger as intended|audit");
	lab_unblock(l);
	if (lab_audit(l, &f) != CA_OK)
		fail_msg("%s", f.lines[0]);
	assert_int_equal(f.report.orphans, 1);
	assert_int_equal(f.report.faults, 0);
	LAB_FAILS(l, signer_open(l->a, "root2", &signer, &l->err), CA_REFUSED,
	    "root2|no certificate");
	/* And whose key is an authority's all the same. */
	assert_int_equal(lab_count(l, "SELECT count(*) FROM authority"), 2);
}

/* ---- a plan ---- */

static void
a_plan_writes_nothing(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct ca_buf before = lab_rows(l);
	struct issue_order order = lab_order(&request);
	struct issued plan = {0}, issued = {0};
	struct ca_cert cert;

	/* No key is needed. */
	ca_key_free(l->signer.key);
	l->signer.key = NULL;
	LAB_OK(l, authority_plan(l->a, &l->signer, &order, &plan, &l->err));
	assert_int_equal(plan.row, 0);
	assert_int_equal(plan.der.len, 0);
	assert_true(plan.grant.note_count > 0);
	lab_same_rows(l, &before);
	LAB_OK(l, ca_cert_parse_tbs(ca_view(&plan.tbs), &cert, &l->err));
	assert_bytes(cert.serial, ca_view(&plan.serial));
	/* An issue differs in the serial alone. */
	lab_as(l, "issuing");
	LAB_OK(l, lab_issue_order(l, &order, &issued));
	assert_int_equal(issued.tbs.len, plan.tbs.len);
	assert_int_equal(issued.not_before, plan.not_before);
	assert_int_equal(issued.not_after, plan.not_after);
	assert_int_equal(issued.serial.len, plan.serial.len);
	for (size_t i = 0; i + plan.serial.len <= plan.tbs.len; i++)
		if (memcmp(plan.tbs.data + i, plan.serial.data,
			plan.serial.len) == 0) {
			memcpy(plan.tbs.data + i, issued.serial.data,
			    issued.serial.len);
			break;
		}
	assert_bytes(ca_view(&plan.tbs), ca_view(&issued.tbs));
	issued_done(&plan);
	issued_done(&issued);
	ca_buf_free(&request);
}

static void
a_plan_refuses_as_an_issue_does(void **state)
{
	struct lab *l = *state;
	struct ca_buf request = lab_request(l, "www.company.com");
	struct issue_order order = lab_order(&request);
	struct issued plan = {0};

	order.policy = "sever";
	LAB_FAILS(l, authority_plan(l->a, &l->signer, &order, &plan, &l->err),
	    CA_NOT_FOUND, "policy sever|there are: client|server");
	order.policy = "client";
	LAB_FAILS(l, authority_plan(l->a, &l->signer, &order, &plan, &l->err),
	    CA_REFUSED, "www.company.com|client.policy");
	order = lab_order(&request);
	order.term.validity = 1000 * CA_DAY;
	LAB_FAILS(l, authority_plan(l->a, &l->signer, &order, &plan, &l->err),
	    CA_REFUSED, "server.policy");
	assert_int_equal(plan.tbs.len, 0);
	ca_buf_free(&request);
}

#define WITH_LAB(test) \
	cmocka_unit_test_setup_teardown(test, lab_open, lab_close)
#define WITH_EMPTY(test) \
	cmocka_unit_test_setup_teardown(test, lab_open_empty, lab_close)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_EMPTY(opens_a_home_and_says_what_it_is),
	    WITH_EMPTY(refuses_what_is_no_home),
	    WITH_EMPTY(an_empty_home_has_no_signer),
	    WITH_EMPTY(the_root_signs_while_it_is_alone),
	    WITH_LAB(the_only_issuing_authority_signs),
	    WITH_LAB(with_several_the_operator_chooses),
	    WITH_LAB(a_revoked_authority_signs_no_more),
	    WITH_LAB(nor_does_one_below_a_revoked_authority),
	    WITH_LAB(another_key_than_the_certificates_is_refused),
	    WITH_LAB(a_damaged_key_file_is_told),
	    WITH_LAB(a_key_that_others_can_read_is_refused),
	    WITH_LAB(the_chain_is_written_with_and_without_the_root),
	    WITH_LAB(a_new_authority_is_whole),
	    WITH_LAB(a_second_of_the_same_name_is_refused),
	    WITH_LAB(a_refused_authority_leaves_nothing),
	    WITH_LAB(a_key_whose_intent_was_not_recorded_goes),
	    WITH_LAB(a_key_whose_certificate_is_an_orphan_stays),
	    WITH_EMPTY(a_root_may_be_an_orphan),
	    WITH_LAB(a_plan_writes_nothing),
	    WITH_LAB(a_plan_refuses_as_an_issue_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
