/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/ledger_fixture.h"

static enum ca_status
write_revocation(void *ctx, const struct ledger_revocation *row)
{
	enum ca_status st = ca_hex_append(ctx, row->serial);

	if (st != CA_OK)
		return st;
	st = ca_buf_printf(
	    ctx, "=%d@%lld", row->reason, (long long)(row->revoked_at - NOW));
	if (st == CA_OK && row->invalid_since != LEDGER_NO_TIME)
		st = ca_buf_printf(
		    ctx, "<%lld", (long long)(row->invalid_since - NOW));
	return st == CA_OK ? ca_buf_append_text(ctx, " ") : st;
}

static void
assert_crl(struct fixture *f, int64_t expired_before, const char *expected)
{
	struct ca_buf text = {0};

	assert_ok(f,
	    ledger_each_revocation(f->ledger, f->root, expired_before,
		write_revocation, &text, &f->err));
	assert_text(&text, expected);
}

static bool
revoke_since(struct fixture *f, int64_t cert, int reason, int64_t since)
{
	struct ledger_revocation row = {.certificate = cert,
	    .revoked_at = NOW + 100,
	    .reason = reason,
	    .invalid_since = since};
	bool changed = false;

	assert_ok(f, ledger_revoke(f->ledger, &row, &changed, &f->err));
	return changed;
}

/* checklist 78 */
static void
revokes_once(void **state)
{
	struct fixture *f = *state;
	struct ledger_query revoked = {.revoked = 1};
	struct seen seen;
	int64_t id;

	begin(f);
	id = intend_serial(f, BYTES("\x01"));
	assert_true(revoke_for(f, id, NOW, 4));
	commit(f);
	begin(f);
	assert_false(revoke_for(f, id, NOW + 9, 4));
	assert_false(revoke_for(f, id, NOW + 9, 1));
	assert_false(revoke_for(f, id, NOW + 9, 0));
	assert_false(revoke_for(f, id, NOW + 9, 6));
	commit(f);
	assert_crl(f, 0, "01=4@0 ");
	assert_int_equal(find(f, &revoked, &seen), 1);
	assert_int_equal(seen.last.revoked_at, NOW);
	assert_int_equal(seen.last.reason, 4);
}

/* checklist 78 */
static void
raises_unspecified_to_compromise_alone(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	begin(f);
	id = intend_serial(f, BYTES("\x01"));
	assert_true(revoke_for(f, id, NOW, 0));
	for (int reason = 2; reason <= 6; reason++)
		assert_false(revoke_since(f, id, reason, NOW));
	assert_crl(f, 0, "01=0@0 ");
	assert_true(revoke_since(f, id, 1, NOW - 5));
	assert_crl(f, 0, "01=1@0<-5 ");
	assert_false(revoke_since(f, id, 1, NOW - 9));
	assert_false(revoke_since(f, id, 0, NOW - 9));
	commit(f);
	assert_crl(f, 0, "01=1@0<-5 ");
}

/* checklist 92 */
static void
raises_a_hold_to_any_other(void **state)
{
	static const int reasons[] = {0, 1, 2, 3, 4, 5, 9, 10};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(reasons); i++) {
		struct ca_buf expected = {0};
		int64_t id;

		begin(f);
		id = intend_serial(f, BYTES("\x01"));
		assert_true(revoke_since(f, id, 6, NOW - 1));
		assert_false(revoke_since(f, id, 6, NOW - 2));
		/* The first date, and what was said of it before, stay. */
		assert_true(revoke_for(f, id, NOW + 500, reasons[i]));
		assert_ok(
		    f, ca_buf_printf(&expected, "01=%d@100<-1 ", reasons[i]));
		assert_crl(f, 0, ca_buf_text(&expected));
		ca_buf_free(&expected);
		ledger_rollback(f->ledger);
	}
}

/* checklist 77 */
static void
refuses_the_unknown(void **state)
{
	struct fixture *f = *state;
	struct ledger_revocation row = {
	    .certificate = 99, .revoked_at = NOW, .reason = 1};
	static const int reasons[] = {-1, 7, 8, 11, 1000};
	bool changed = true;

	begin(f);
	assert_fails(f, ledger_revoke(f->ledger, &row, &changed, &f->err),
	    CA_NOT_FOUND, "no certificate with id 99");
	row.certificate = intend_serial(f, BYTES("\x01"));
	for (size_t i = 0; i < COUNT(reasons); i++) {
		row.reason = reasons[i];
		assert_fails(f,
		    ledger_revoke(f->ledger, &row, &changed, &f->err), CA_USAGE,
		    "RFC 5280 5.3.1");
	}
	assert_true(changed);
	commit(f);
	assert_crl(f, 0, "");
}

static void
lists_in_order_of_serial(void **state)
{
	struct fixture *f = *state;
	static const struct ca_bytes serials[] = {LITERAL("\x02\x00"),
	    LITERAL("\xff"), LITERAL("\x01\xff\xff"), LITERAL("\x01"),
	    LITERAL("\x02\x00\x00"), LITERAL("\x01\x00"), LITERAL("\x7f"),
	    LITERAL("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
	    LITERAL("\x80")};

	begin(f);
	for (size_t i = 0; i < COUNT(serials); i++)
		(void)revoke_for(f, intend_serial(f, serials[i]), NOW, 0);
	commit(f);
	assert_crl(f, 0,
	    "01=0@0 7f=0@0 80=0@0 ff=0@0 0100=0@0 0200=0@0 01ffff=0@0 "
	    "020000=0@0 ffffffffffffffffffffffffffffffffffffffff=0@0 ");
}

/* checklist 73, 91 */
static void
lists_orphans_and_leaves_the_expired_out(void **state)
{
	struct fixture *f = *state;
	struct ledger_cert row = cert_of(f, BYTES("\x02"));
	int64_t other, foreign;

	begin(f);
	(void)revoke_for(f, intend_serial(f, BYTES("\x01")), NOW, 5);
	row.not_after = NOW + 10;
	(void)revoke_for(f, intend(f, &row), NOW, 5);
	other = add_authority(f, "other", f->root);
	row = cert_of(f, BYTES("\x03"));
	row.issuer = other;
	foreign = intend(f, &row);
	(void)revoke_for(f, foreign, NOW, 5);
	commit(f);
	assert_crl(f, 0, "01=5@0 02=5@0 ");
	assert_crl(f, NOW + 10, "01=5@0 02=5@0 ");
	assert_crl(f, NOW + 11, "01=5@0 ");
	assert_crl(f, INT64_MAX, "");
}

/* checklist 29 */
static void
knows_compromised_keys(void **state)
{
	struct fixture *f = *state;
	struct ledger_cert row = cert_of(f, BYTES("\x01"));
	bool bad = true;
	int64_t id;

	begin(f);
	row.spki_hash = hash_of(0xaa);
	id = intend(f, &row);
	(void)revoke_for(f, id, NOW, 0);
	commit(f);
	assert_ok(f,
	    ledger_key_is_compromised(f->ledger, hash_of(0xaa), &bad, &f->err));
	assert_false(bad);
	begin(f);
	(void)revoke_for(f, id, NOW, 1);
	commit(f);
	assert_ok(f,
	    ledger_key_is_compromised(f->ledger, hash_of(0xaa), &bad, &f->err));
	assert_true(bad);
	assert_ok(f,
	    ledger_key_is_compromised(f->ledger, hash_of(0xab), &bad, &f->err));
	assert_false(bad);
}

/* checklist 75: the outcome does not undo a revocation of the orphan */
static void
survives_the_outcome(void **state)
{
	struct fixture *f = *state;
	int64_t id;

	begin(f);
	id = intend_serial(f, BYTES("\x01"));
	commit(f);
	begin(f);
	(void)revoke_for(f, id, NOW, 1);
	commit(f);
	begin(f);
	assert_ok(
	    f, ledger_issued(f->ledger, id, BYTES("der"), hash_of(1), &f->err));
	commit(f);
	assert_crl(f, 0, "01=1@0 ");
}

/* ---- CRLs ---- */

static struct ledger_crl
crl_of(const struct fixture *f, int64_t number, int64_t this_update)
{
	return (struct ledger_crl){
	    .issuer = f->root,
	    .number = number,
	    .this_update = this_update,
	    .next_update = this_update + 86400,
	    .entries = 3,
	    .der = BYTES("a list"),
	    .hash = hash_of(0x44),
	};
}

static int64_t
next_number(struct fixture *f)
{
	int64_t number = 0;

	assert_ok(
	    f, ledger_next_crl_number(f->ledger, f->root, &number, &f->err));
	return number;
}

static enum ca_status
compare_crl(void *ctx, const struct ledger_crl *row)
{
	const struct ledger_crl *is = ctx;

	assert_int_equal(row->issuer, is->issuer);
	assert_int_equal(row->number, is->number);
	assert_int_equal(row->base, is->base);
	assert_int_equal(row->this_update, is->this_update);
	assert_int_equal(row->next_update, is->next_update);
	assert_int_equal(row->entries, is->entries);
	assert_true(ca_bytes_equal(row->der, is->der));
	assert_true(ca_bytes_equal(row->hash, is->hash));
	return CA_OK;
}

/* checklist 87, 88 */
static void
lets_numbers_and_times_only_rise(void **state)
{
	struct fixture *f = *state;
	struct ledger_crl crl = crl_of(f, 1, NOW);

	begin(f);
	assert_int_equal(next_number(f), 1);
	assert_int_equal(next_number(f), 1);
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	assert_int_equal(next_number(f), 2);
	ledger_rollback(f->ledger);
	assert_int_equal(next_number(f), 1);
	begin(f);
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	commit(f);
	reopen(f);
	assert_int_equal(next_number(f), 2);
	begin(f);
	crl = crl_of(f, 1, NOW + 1);
	assert_fails(f, ledger_add_crl(f->ledger, &crl, &f->err), CA_REFUSED,
	    "CRL number 1 after 1: it must rise (RFC 5280 5.2.3)");
	crl = crl_of(f, 0, NOW + 1);
	assert_fails(f, ledger_add_crl(f->ledger, &crl, &f->err), CA_REFUSED,
	    "CRL number 0 after 1");
	crl = crl_of(f, 2, NOW);
	assert_fails(f, ledger_add_crl(f->ledger, &crl, &f->err), CA_REFUSED,
	    "CRL thisUpdate");
	crl = crl_of(f, 9, NOW + 1); /* it may leap */
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	commit(f);
	assert_int_equal(next_number(f), 10);
	assert_ok(
	    f, ledger_last_crl(f->ledger, f->root, compare_crl, &crl, &f->err));
}

static void
numbers_each_issuer_apart(void **state)
{
	struct fixture *f = *state;
	struct ledger_crl crl = crl_of(f, 5, NOW);
	int64_t other, number = 0;

	begin(f);
	other = add_authority(f, "other", f->root);
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	assert_ok(
	    f, ledger_next_crl_number(f->ledger, other, &number, &f->err));
	assert_int_equal(number, 1);
	crl.issuer = other;
	crl.number = 1;
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	commit(f);
	assert_ok(
	    f, ledger_last_crl(f->ledger, other, compare_crl, &crl, &f->err));
}

static void
refuses_what_no_list_may_be(void **state)
{
	struct fixture *f = *state;
	struct ledger_crl rows[3];
	static const char *const names[] = {
	    "crl_update", "crl_base", "crl_entries"};

	for (size_t i = 0; i < COUNT(rows); i++)
		rows[i] = crl_of(f, 1, NOW);
	rows[0].next_update = NOW;
	rows[1].base = 1;
	rows[2].entries = -1;
	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(f);
		assert_fails(f, ledger_add_crl(f->ledger, &rows[i], &f->err),
		    CA_INTERNAL, names[i]);
		ledger_rollback(f->ledger);
	}
	assert_int_equal(next_number(f), 1);
}

static void
tells_when_there_is_no_list_or_issuer(void **state)
{
	struct fixture *f = *state;
	struct ledger_crl crl = crl_of(f, INT64_MAX, NOW);
	int64_t number = -1;

	assert_fails(f,
	    ledger_last_crl(f->ledger, f->root, compare_crl, &crl, &f->err),
	    CA_NOT_FOUND, "has published no CRL");
	assert_fails(f, ledger_next_crl_number(f->ledger, 99, &number, &f->err),
	    CA_NOT_FOUND, "no authority with id 99");
	begin(f);
	crl.issuer = 99;
	assert_fails(f, ledger_add_crl(f->ledger, &crl, &f->err), CA_NOT_FOUND,
	    "no authority with id 99");
	crl.issuer = f->root;
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	commit(f);
	assert_fails(f,
	    ledger_next_crl_number(f->ledger, f->root, &number, &f->err),
	    CA_REFUSED, "no CRL number behind");
	assert_int_equal(number, -1);
}

static enum ca_status
write_crl(void *ctx, const struct ledger_crl *row)
{
	return ca_buf_printf(
	    ctx, "%lld/%lld ", (long long)row->number, (long long)row->base);
}

static void
walks_lists_in_order_of_number(void **state)
{
	struct fixture *f = *state;
	struct ledger_crl crl = crl_of(f, 1, NOW);
	struct ca_buf text = {0};

	begin(f);
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	crl = crl_of(f, 2, NOW + 1);
	crl.base = 1;
	crl.der = (struct ca_bytes){0};
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	crl = crl_of(f, 3, NOW + 2);
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	commit(f);
	assert_ok(
	    f, ledger_each_crl(f->ledger, f->root, write_crl, &text, &f->err));
	assert_text(&text, "1/0 2/1 3/0 ");
}

/* ---- events ---- */

static enum ca_status
write_event(void *ctx, const struct ledger_event *row)
{
	enum ca_status st;

	st = ca_buf_printf(ctx, "%lld %s %s %lld ", (long long)row->sequence,
	    row->actor, row->kind, (long long)row->certificate);
	if (st == CA_OK)
		st = ca_hex_append(ctx, row->leaf);
	return st == CA_OK ? ca_buf_append_text(ctx, "\n") : st;
}

static void
writes_leaves_that_never_change(void **state)
{
	struct fixture *f = *state;
	struct ledger_event event = {.time = 0x0102030405060708,
	    .actor = "jason",
	    .kind = LEDGER_EVENT_REVOKED,
	    .issuer_spki_hash = hash_of(0xaa),
	    .serial = BYTES("\x00\xbb\xcc"),
	    .object_hash = hash_of(0xdd)};
	struct ca_buf text = {0};

	begin(f);
	event.certificate = intend_serial(f, BYTES("\x01"));
	assert_ok(f, ledger_add_event(f->ledger, &event, &f->err));
	event = (struct ledger_event){
	    .time = -2, .actor = "", .kind = "k", .sequence = 77};
	assert_ok(f, ledger_add_event(f->ledger, &event, &f->err));
	commit(f);
#define ZEROS31 "00000000000000000000000000000000000000000000000000000000000000"
	assert_ok(
	    f, ledger_each_event(f->ledger, 0, write_event, &text, &f->err));
	assert_text(&text,
	    "1 jason revoked 1 "
	    "01"
	    "0000000000000001"
	    "0102030405060708"
	    "0007"
	    "7265766f6b6564"
	    "0020"
	    "aa" ZEROS31 "0002"
	    "bbcc"
	    "0020"
	    "dd" ZEROS31 "\n"
	    "2  k 0 "
	    "01"
	    "0000000000000002"
	    "fffffffffffffffe"
	    "0001"
	    "6b"
	    "000000000000\n");
	assert_ok(
	    f, ledger_each_event(f->ledger, 2, write_event, &text, &f->err));
	assert_int_equal(text.len, 0);
}

static void
counts_events_without_a_gap(void **state)
{
	struct fixture *f = *state;
	struct ledger_event event = {
	    .time = NOW, .actor = "a", .kind = LEDGER_EVENT_CRL};
	struct ca_buf text = {0};

	begin(f);
	assert_ok(f, ledger_add_event(f->ledger, &event, &f->err));
	commit(f);
	begin(f);
	assert_ok(f, ledger_add_event(f->ledger, &event, &f->err));
	ledger_rollback(f->ledger);
	begin(f);
	assert_ok(f, ledger_add_event(f->ledger, &event, &f->err));
	commit(f);
	assert_ok(
	    f, ledger_each_event(f->ledger, 1, write_event, &text, &f->err));
	assert_memory_equal(ca_buf_text(&text), "2 a crl-published 0 ", 20);
	ca_buf_free(&text);
}

static void
refuses_what_no_event_may_be(void **state)
{
	struct fixture *f = *state;
	struct ledger_event event = {.actor = "a", .kind = ""};

	begin(f);
	assert_fails(f, ledger_add_event(f->ledger, &event, &f->err),
	    CA_INTERNAL, "event_kind_length");
	ledger_rollback(f->ledger);
	begin(f);
	event = (struct ledger_event){
	    .actor = "a", .kind = "k", .certificate = 99};
	assert_fails(f, ledger_add_event(f->ledger, &event, &f->err),
	    CA_INTERNAL, "FOREIGN KEY");
	ledger_rollback(f->ledger);
	begin(f);
	event = (struct ledger_event){
	    .actor = "a", .kind = "k", .object_hash = BYTES("not a hash")};
	assert_fails(f, ledger_add_event(f->ledger, &event, &f->err),
	    CA_INTERNAL, "event_object_hash_length");
	ledger_rollback(f->ledger);
}

/* checklist 15 asks this */
static void
knows_the_last_events_time(void **state)
{
	struct fixture *f = *state;
	struct ledger_event event = {
	    .time = NOW, .actor = "a", .kind = LEDGER_EVENT_CRL};
	int64_t time = 0;

	assert_ok(f, ledger_last_event_time(f->ledger, &time, &f->err));
	assert_int_equal(time, LEDGER_NO_TIME);
	begin(f);
	assert_ok(f, ledger_add_event(f->ledger, &event, &f->err));
	event.time = NOW - 60;
	assert_ok(f, ledger_add_event(f->ledger, &event, &f->err));
	commit(f);
	assert_ok(f, ledger_last_event_time(f->ledger, &time, &f->err));
	assert_int_equal(time, NOW - 60);
}

int
main(void)
{
#define WITH_LEDGER(test) \
	cmocka_unit_test_setup_teardown(test, make_ledger, drop_folder)
	const struct CMUnitTest tests[] = {
	    WITH_LEDGER(revokes_once),
	    WITH_LEDGER(raises_unspecified_to_compromise_alone),
	    WITH_LEDGER(raises_a_hold_to_any_other),
	    WITH_LEDGER(refuses_the_unknown),
	    WITH_LEDGER(lists_in_order_of_serial),
	    WITH_LEDGER(lists_orphans_and_leaves_the_expired_out),
	    WITH_LEDGER(knows_compromised_keys),
	    WITH_LEDGER(survives_the_outcome),
	    WITH_LEDGER(lets_numbers_and_times_only_rise),
	    WITH_LEDGER(numbers_each_issuer_apart),
	    WITH_LEDGER(refuses_what_no_list_may_be),
	    WITH_LEDGER(tells_when_there_is_no_list_or_issuer),
	    WITH_LEDGER(walks_lists_in_order_of_number),
	    WITH_LEDGER(writes_leaves_that_never_change),
	    WITH_LEDGER(counts_events_without_a_gap),
	    WITH_LEDGER(refuses_what_no_event_may_be),
	    WITH_LEDGER(knows_the_last_events_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
