/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/ledger_fixture.h"

#include "db/ledger_internal.h"

static void
records_intent_then_outcome(void **state)
{
	struct fixture *f = *state;
	struct ledger_query all = {0};
	struct seen seen;
	int64_t id;

	begin(f);
	id = intend_serial(f, BYTES("\x80\x01"));
	commit(f);
	assert_int_equal(find(f, &all, &seen), 1);
	assert_int_equal(seen.last.state, LEDGER_INTENDED);
	assert_string_equal(seen.tbs, "the bytes to be signed");
	assert_int_equal(seen.last.der.len, 0);
	assert_int_equal(seen.last.der_hash.len, 0);
	begin(f);
	assert_ok(f,
	    ledger_issued(
		f->ledger, id, BYTES("a certificate"), hash_of(0x77), &f->err));
	commit(f);
	reopen(f);
	assert_int_equal(find(f, &all, &seen), 1);
	assert_int_equal(seen.last.state, LEDGER_ISSUED);
	assert_string_equal(seen.der, "a certificate");
	assert_int_equal(seen.last.tbs.len, 0);
}

static enum ca_status
compare(void *ctx, const struct ledger_cert *row)
{
	const struct ledger_cert *is = ctx;

	assert_int_equal(row->issuer, is->issuer);
	assert_string_equal(row->issuer_name, "root");
	assert_true(ca_bytes_equal(row->serial, is->serial));
	assert_true(ca_bytes_equal(row->tbs, is->tbs));
	assert_true(ca_bytes_equal(row->request, is->request));
	assert_true(ca_bytes_equal(row->spki_hash, is->spki_hash));
	assert_true(ca_bytes_equal(row->tbs_hash, is->tbs_hash));
	assert_true(ca_bytes_equal(row->policy_hash, is->policy_hash));
	assert_string_equal(row->policy, is->policy);
	assert_string_equal(row->subject, is->subject);
	assert_int_equal(row->not_before, is->not_before);
	assert_int_equal(row->not_after, is->not_after);
	assert_int_equal(row->created, is->created);
	assert_int_equal(row->renews, is->renews);
	assert_int_equal(row->lineage, is->lineage);
	assert_int_equal(row->revoked_at, LEDGER_NO_TIME);
	assert_int_equal(row->invalid_since, LEDGER_NO_TIME);
	assert_int_equal(row->reason, 0);
	return CA_OK;
}

/* checklist 4: 20 octets of FF, byte for byte */
static void
gives_back_what_was_put(void **state)
{
	struct fixture *f = *state;
	struct ledger_cert row = cert_of(f,
	    BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
	int64_t id;

	row.subject = "CN=\xc3\xa9t\xc3\xa9, O='; DROP TABLE certificate; --";
	row.not_before = -1;
	row.not_after = INT64_C(253402300799); /* 99991231235959Z */
	begin(f);
	id = intend(f, &row);
	commit(f);
	row.lineage = id;
	assert_ok(f, ledger_cert_by_id(f->ledger, id, compare, &row, &f->err));
	assert_fails(f,
	    ledger_cert_by_id(f->ledger, id + 1, compare, &row, &f->err),
	    CA_NOT_FOUND, "no certificate with id");
}

static void
keeps_the_line_of_renewals(void **state)
{
	struct fixture *f = *state;
	struct ledger_cert row = cert_of(f, BYTES("\x02"));
	struct ledger_query line = {0};
	struct seen seen;
	int64_t first;

	begin(f);
	first = intend_serial(f, BYTES("\x01"));
	row.renews = first;
	row.lineage = first;
	(void)intend(f, &row);
	(void)intend_serial(f, BYTES("\x03"));
	commit(f);
	line.lineage = first;
	assert_int_equal(find(f, &line, &seen), 2);
	assert_int_equal(seen.last.renews, first);
	assert_int_equal(seen.last.lineage, first);
}

/* checklist 5 */
static void
tells_a_collision_before_anything_is_written(void **state)
{
	struct fixture *f = *state;
	struct ledger_cert row = cert_of(f, BYTES("\x07"));
	bool collision = false;
	int64_t id = -1, other;

	begin(f);
	intend_serial(f, BYTES("\x07"));
	commit(f);
	begin(f);
	other = add_authority(f, "other", f->root);
	assert_fails(f,
	    ledger_intend(f->ledger, &row, &id, &collision, &f->err),
	    CA_REFUSED, "RFC 5280 4.1.2.2");
	assert_true(collision);
	assert_int_equal(id, -1);
	/* Another serial, and another issuer's same serial, still go. */
	row.serial = BYTES("\x08");
	(void)intend(f, &row);
	row.issuer = other;
	row.serial = BYTES("\x07");
	(void)intend(f, &row);
	commit(f);
	assert_int_equal(count_certs(f), 3);
}

/* checklist 6 */
static void
takes_a_serial_as_a_number(void **state)
{
	struct fixture *f = *state;
	struct ledger_cert row = cert_of(f, BYTES("\x00\xe8"));
	struct ledger_query query = {.serial = BYTES("\x00\x00\xe8")};
	struct seen seen;
	bool collision = false;
	int64_t id;

	begin(f);
	intend_serial(f, BYTES("\xe8"));
	assert_fails(f,
	    ledger_intend(f->ledger, &row, &id, &collision, &f->err),
	    CA_REFUSED, "serial");
	assert_true(collision);
	intend_serial(f, BYTES("\xe8\x00"));
	intend_serial(f, BYTES("\x01\xe8"));
	commit(f);
	assert_int_equal(find(f, &query, &seen), 1);
	assert_string_equal(seen.serial, "\xe8");
	query.serial = BYTES("\x00");
	assert_int_equal(find(f, &query, &seen), 0);
}

/* checklist 7: none of these is a serial of ours */
static void
refuses_what_no_row_may_be(void **state)
{
	struct fixture *f = *state;
	const struct ledger_cert good = cert_of(f, BYTES("\x01"));
	struct ledger_cert rows[9];
	static const char *const names[] = {"certificate.serial",
	    "certificate.serial", "certificate_serial_length",
	    "certificate_tbs_until_der", "certificate_spki_hash_length",
	    "certificate_validity", "FOREIGN KEY", "FOREIGN KEY",
	    "FOREIGN KEY"};
	bool collision;
	int64_t id = -1;

	for (size_t i = 0; i < COUNT(rows); i++)
		rows[i] = good;
	rows[0].serial = (struct ca_bytes){0};
	rows[1].serial = BYTES("\x00");
	rows[2].serial = BYTES("123456789012345678901");
	rows[3].tbs = (struct ca_bytes){0};
	rows[4].spki_hash = BYTES("short");
	rows[5].not_before = rows[5].not_after + 1;
	rows[6].issuer = 99;
	rows[7].policy_hash = hash_of(0x99);
	rows[8].renews = 99;
	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(f);
		assert_fails(f,
		    ledger_intend(
			f->ledger, &rows[i], &id, &collision, &f->err),
		    CA_INTERNAL, names[i]);
		assert_false(collision);
		ledger_rollback(f->ledger);
	}
	assert_int_equal(id, -1);
	assert_int_equal(count_certs(f), 0);
}

/* A policy's name without its text would be a lie later. */
static void
refuses_half_a_policy(void **state)
{
	struct fixture *f = *state;
	struct ledger_cert row = cert_of(f, BYTES("\x01"));
	bool collision;
	int64_t id;

	row.policy_hash = (struct ca_bytes){0};
	begin(f);
	assert_fails(f,
	    ledger_intend(f->ledger, &row, &id, &collision, &f->err),
	    CA_INTERNAL, "certificate_policy_has_text");
	ledger_rollback(f->ledger);
	row.policy = NULL;
	begin(f);
	(void)intend(f, &row);
	commit(f);
}

static void
refuses_an_outcome_without_intent(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	begin(f);
	assert_fails(f,
	    ledger_issued(f->ledger, 1, BYTES("x"), hash_of(1), &f->err),
	    CA_INTERNAL, "not an intended one");
	assert_fails(f, ledger_commit(f->ledger, &f->err), CA_INTERNAL,
	    "nothing was recorded");
	begin(f);
	id = intend_serial(f, BYTES("\x01"));
	assert_ok(
	    f, ledger_issued(f->ledger, id, BYTES("x"), hash_of(1), &f->err));
	/* Once, and for ever. */
	assert_fails(f,
	    ledger_issued(f->ledger, id, BYTES("y"), hash_of(2), &f->err),
	    CA_INTERNAL, "not an intended one");
	ledger_rollback(f->ledger);
	begin(f);
	id = intend_serial(f, BYTES("\x01"));
	assert_fails(f,
	    ledger_issued(
		f->ledger, id, (struct ca_bytes){0}, hash_of(1), &f->err),
	    CA_INTERNAL, "certificate_tbs_until_der");
	ledger_rollback(f->ledger);
}

/* ---- names ---- */

static enum ca_status
write_name(void *ctx, const struct ledger_name *row)
{
	return ca_buf_printf(ctx, "%s:%s ", row->type, row->value);
}

static void
keeps_names_in_order(void **state)
{
	struct fixture *f = *state;
	const struct ledger_name names[] = {
	    {"dns", "www.company.com"},
	    {"cn", "Company"},
	    {"ip", "10.0.0.1"},
	};
	struct ledger_cert row = cert_of(f, BYTES("\x01"));
	struct ca_buf text = {0};
	bool sound = false;
	int64_t id;

	row.names = names;
	row.name_count = COUNT(names);
	begin(f);
	id = intend(f, &row);
	commit(f);
	assert_ok(
	    f, ledger_each_name(f->ledger, id, write_name, &text, &f->err));
	assert_string_equal(
	    ca_buf_text(&text), "dns:www.company.com cn:Company ip:10.0.0.1 ");
	ca_buf_clear(&text);
	assert_ok(f,
	    ledger_each_name_checked(
		f->ledger, id, write_name, &text, &sound, &f->err));
	assert_true(sound);
	assert_string_equal(
	    ca_buf_text(&text), "dns:www.company.com cn:Company ip:10.0.0.1 ");
	ca_buf_clear(&text);
	assert_ok(
	    f, ledger_each_name(f->ledger, id + 1, write_name, &text, &f->err));
	assert_int_equal(text.len, 0);
	ca_buf_free(&text);
}

static void
refuses_a_name_without_a_value(void **state)
{
	struct fixture *f = *state;
	const struct ledger_name names[] = {{"dns", "a"}, {"", "b"}};
	struct ledger_cert row = cert_of(f, BYTES("\x01"));
	bool collision;
	int64_t id;

	row.names = names;
	row.name_count = COUNT(names);
	begin(f);
	assert_fails(f,
	    ledger_intend(f->ledger, &row, &id, &collision, &f->err),
	    CA_INTERNAL, "name_type_length");
	assert_fails(f, ledger_commit(f->ledger, &f->err), CA_INTERNAL,
	    "nothing was recorded");
	assert_int_equal(count_certs(f), 0);
}

/* ---- authorities ---- */

static enum ca_status
keep_authority(void *ctx, const struct ledger_authority *row)
{
	struct ledger_authority *keep = ctx;

	assert_true(ca_bytes_equal(row->key_id, BYTES("0123456789")));
	assert_true(ca_bytes_equal(row->spki_hash, hash_of(0x11)));
	assert_string_equal(row->key_ref, "keys/a.key");
	assert_int_equal(row->created, NOW);
	if (row->certificate != 0) {
		assert_true(ca_bytes_equal(row->der, BYTES("its certificate")));
		assert_string_equal(row->subject, "CN=company.com");
	}
	*keep = *row;
	return CA_OK;
}

static void
keeps_authorities(void **state)
{
	struct fixture *f = *state;
	struct ledger_authority row = {0};
	int64_t id, cert;

	begin(f);
	id = add_authority(f, "issuing", f->root);
	commit(f);
	assert_ok(f,
	    ledger_authority_by_name(
		f->ledger, "issuing", keep_authority, &row, &f->err));
	assert_int_equal(row.id, id);
	assert_int_equal(row.parent, f->root);
	assert_int_equal(row.certificate, 0);
	assert_int_equal(row.der.len, 0);
	assert_int_equal(row.not_after, LEDGER_NO_TIME);
	begin(f);
	cert = intend_serial(f, BYTES("\x01"));
	assert_ok(f,
	    ledger_issued(f->ledger, cert, BYTES("its certificate"), hash_of(1),
		&f->err));
	assert_ok(
	    f, ledger_set_authority_certificate(f->ledger, id, cert, &f->err));
	commit(f);
	assert_ok(f,
	    ledger_authority_by_id(
		f->ledger, id, keep_authority, &row, &f->err));
	assert_int_equal(row.certificate, cert);
	assert_int_equal(row.not_before, NOW);
	assert_int_equal(row.not_after, NOW + YEAR);
	assert_fails(f,
	    ledger_authority_by_name(
		f->ledger, "Issuing", keep_authority, &row, &f->err),
	    CA_NOT_FOUND, "no authority named 'Issuing'");
	assert_fails(f,
	    ledger_authority_by_id(
		f->ledger, 99, keep_authority, &row, &f->err),
	    CA_NOT_FOUND, "no authority with id 99");
}

static enum ca_status
write_authority(void *ctx, const struct ledger_authority *row)
{
	return ca_buf_printf(ctx, "%s ", row->name);
}

static enum ca_status
stop(void *ctx, const struct ledger_authority *row)
{
	(void)row;
	++*(int *)ctx;
	return CA_UNTRUSTED;
}

static void
walks_authorities_until_told(void **state)
{
	struct fixture *f = *state;
	struct ca_buf text = {0};
	struct ca_error err = {0};
	int calls = 0;

	begin(f);
	(void)add_authority(f, "b", f->root);
	(void)add_authority(f, "a", f->root);
	commit(f);
	assert_ok(f,
	    ledger_each_authority(f->ledger, write_authority, &text, &f->err));
	assert_string_equal(ca_buf_text(&text), "root b a ");
	ca_buf_free(&text);
	assert_int_equal(
	    ledger_each_authority(f->ledger, stop, &calls, &err), CA_UNTRUSTED);
	assert_int_equal(calls, 1);
	assert_int_equal(err.status, CA_OK);
}

static void
refuses_a_name_twice(void **state)
{
	struct fixture *f = *state;
	struct ledger_authority row = {.name = "root",
	    .key_ref = "k",
	    .key_id = BYTES("1"),
	    .spki_hash = hash_of(1)};
	int64_t id = -1;

	begin(f);
	assert_fails(f, ledger_add_authority(f->ledger, &row, &id, &f->err),
	    CA_REFUSED, "'root' exists already");
	assert_int_equal(id, -1);
	assert_fails(f,
	    ledger_set_authority_certificate(f->ledger, 99, 1, &f->err),
	    CA_NOT_FOUND, "no authority with id 99");
	row.name = "other"; /* a refusal dooms nothing */
	assert_ok(f, ledger_add_authority(f->ledger, &row, &id, &f->err));
	commit(f);
	begin(f);
	assert_fails(f,
	    ledger_set_authority_certificate(f->ledger, id, 99, &f->err),
	    CA_INTERNAL, "FOREIGN KEY");
	ledger_rollback(f->ledger);
	row.name = "orphan";
	row.parent = 99;
	begin(f);
	assert_fails(f, ledger_add_authority(f->ledger, &row, &id, &f->err),
	    CA_INTERNAL, "FOREIGN KEY");
	ledger_rollback(f->ledger);
}

/* A row's callback may ask the ledger, the same question too. */
static enum ca_status
climb(void *ctx, const struct ledger_authority *row)
{
	struct fixture *f = ctx;
	struct ca_error err = {0};

	if (row->parent == 0)
		return row->id == f->root ? CA_OK : CA_INTERNAL;
	return ledger_authority_by_id(f->ledger, row->parent, climb, f, &err);
}

static void
answers_inside_an_answer(void **state)
{
	struct fixture *f = *state;
	int64_t id = f->root;
	char name[16];

	begin(f);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "ca%d", i);
		id = add_authority(f, name, id);
	}
	commit(f);
	for (int i = 0; i < 3; i++)
		assert_ok(f,
		    ledger_authority_by_id(f->ledger, id, climb, f, &f->err));
	assert_int_equal(f->ledger->statement_count, LEDGER_STATEMENTS);
	begin(f);
	intend_serial(f, BYTES("\x01"));
	commit(f);
}

int
main(void)
{
#define WITH_LEDGER(test) \
	cmocka_unit_test_setup_teardown(test, make_ledger, drop_folder)
	const struct CMUnitTest tests[] = {
	    WITH_LEDGER(records_intent_then_outcome),
	    WITH_LEDGER(gives_back_what_was_put),
	    WITH_LEDGER(keeps_the_line_of_renewals),
	    WITH_LEDGER(tells_a_collision_before_anything_is_written),
	    WITH_LEDGER(takes_a_serial_as_a_number),
	    WITH_LEDGER(refuses_what_no_row_may_be),
	    WITH_LEDGER(refuses_half_a_policy),
	    WITH_LEDGER(refuses_an_outcome_without_intent),
	    WITH_LEDGER(keeps_names_in_order),
	    WITH_LEDGER(refuses_a_name_without_a_value),
	    WITH_LEDGER(keeps_authorities),
	    WITH_LEDGER(walks_authorities_until_told),
	    WITH_LEDGER(refuses_a_name_twice),
	    WITH_LEDGER(answers_inside_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
