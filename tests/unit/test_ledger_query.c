/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/ledger_fixture.h"

#include "db/ledger_name.h"

/* ---- patterns ---- */

static void
assert_pattern(const char *text, enum ledger_pattern_kind kind,
    const char *like, const char *from)
{
	struct ledger_pattern pattern = {0};
	struct ca_error err = {0};

	assert_int_equal(ledger_pattern_parse(text, &pattern, &err), CA_OK);
	assert_int_equal(pattern.kind, kind);
	assert_string_equal(ca_buf_text(&pattern.like), like);
	assert_string_equal(ca_buf_text(&pattern.from), from);
	ledger_pattern_done(&pattern);
}

static void
turns_patterns_into_like(void **state)
{
	(void)state;
	assert_pattern(
	    "WWW.Company.com", LEDGER_PATTERN_EXACT, "www.company.com", "");
	assert_pattern("what?", LEDGER_PATTERN_EXACT, "what?", "");
	assert_pattern("100%_!", LEDGER_PATTERN_EXACT, "100%_!", "");
	assert_pattern("www.*", LEDGER_PATTERN_START, "www.%", "www.");
	assert_pattern("A_b%!*", LEDGER_PATTERN_START, "a!_b!%!!%", "a_b%!");
	assert_pattern("*.Company.com", LEDGER_PATTERN_END, "moc.ynapmoc.%",
	    "moc.ynapmoc.");
	assert_pattern("w?w**y.com", LEDGER_PATTERN_END, "moc.y%w_w", "moc.y");
	assert_pattern("*mid*", LEDGER_PATTERN_ANYWHERE, "%mid%", "");
	assert_pattern("*", LEDGER_PATTERN_ANYWHERE, "%", "");
	assert_pattern("", LEDGER_PATTERN_EXACT, "", "");
	/* Characters, not octets, are reversed. */
	assert_pattern("*\xc3\xa9\xe2\x82\xacz", LEDGER_PATTERN_END,
	    "z\xe2\x82\xac\xc3\xa9%", "z\xe2\x82\xac\xc3\xa9");
	/* Half of one is searched for all the same. */
	assert_pattern("*\x80\x80", LEDGER_PATTERN_ANYWHERE, "%\x80\x80", "");
}

static void
bounds_patterns(void **state)
{
	char text[LEDGER_PATTERN_LENGTH + 2];
	struct ledger_pattern pattern = {0};
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(
	    ledger_pattern_parse("*a*b*c*", &pattern, &err), CA_OK);
	ledger_pattern_done(&pattern);
	assert_int_equal(
	    ledger_pattern_parse("*a*b*c*d*", &pattern, &err), CA_USAGE);
	assert_non_null(strstr(err.msg, "at most 512 characters and 4 '*'"));
	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	/* No pattern, no bound. */
	assert_int_equal(ledger_pattern_parse(text, &pattern, &err), CA_OK);
	ledger_pattern_done(&pattern);
	text[0] = '*';
	assert_int_equal(ledger_pattern_parse(text, &pattern, &err), CA_USAGE);
}

/* ---- what is found ---- */

static int64_t
intend_named(
    struct fixture *f, uint8_t serial, const char *type, const char *value)
{
	const struct ledger_name names[] = {
	    {type, value}, {"ip", "10.0.0.1"}, {"dns", value}};
	struct ledger_cert row = cert_of(
	    f, (struct ca_bytes){&serial, sizeof(serial)});

	row.names = names;
	row.name_count = COUNT(names);
	return intend(f, &row);
}

static void
assert_found(struct fixture *f, const char *name, const char *expected)
{
	struct ledger_query query = {.name = name};
	struct ca_buf text = {0};
	struct seen seen;

	(void)find(f, &query, &seen);
	for (size_t i = 0; i < seen.count; i++)
		assert_ok(
		    f, ca_buf_printf(&text, "%lld ", (long long)seen.ids[i]));
	assert_text(&text, expected);
}

static void
finds_names(void **state)
{
	struct fixture *f = *state;

	begin(f);
	intend_named(f, 1, "dns", "company.com");
	intend_named(f, 2, "dns", "www.company.com");
	intend_named(f, 3, "dns", "*.company.com");
	intend_named(f, 4, "cn", "Jason Q_Public");
	intend_named(f, 5, "email", "jason@lab.example");
	intend_named(f, 6, "cn", "\xc3\x89va");
	intend_named(f, 7, "dns", "www.company.community");
	commit(f);
	assert_found(f, "company.com", "1 ");
	assert_found(f, "COMPANY.com", "1 ");
	assert_found(f, "company", "");
	assert_found(f, "", "");
	assert_found(f, "*.company.com", "2 3 ");
	assert_found(f, "*company.com", "1 2 3 ");
	assert_found(f, "www.*", "2 7 ");
	assert_found(f, "www.company.com*", "2 7 ");
	assert_found(f, "w*.company.com", "2 ");
	assert_found(f, "*OMPANY.*", "1 2 3 7 ");
	assert_found(f, "jason*", "4 5 ");
	assert_found(f, "jason q_public", "4 ");
	assert_found(f, "jason?q_*", "4 ");
	assert_found(f, "jason@lab?example*", "5 ");
	assert_found(f, "*_*", "4 ");
	assert_found(f, "\xc3\x89*", "6 ");
	assert_found(f, "*%*", "");
	assert_found(f, "10.0.0.1", "1 2 3 4 5 6 7 ");
	assert_found(f, "*", "1 2 3 4 5 6 7 ");
	assert_found(f, "' OR 1=1 --", "");
	{
		struct ledger_query query = {.name = "*a*b*c*d*"};
		struct ledger_query literal = {
		    .name = "*.COMPANY.com", .name_is_literal = true};
		struct seen seen;

		(void)find(f, &literal, &seen);
		assert_int_equal(seen.count, 1);
		assert_int_equal(seen.ids[0], 3);
		literal.name = "*a*b*c*d*e";
		(void)find(f, &literal, &seen);
		assert_int_equal(seen.count, 0);

		assert_fails(f,
		    ledger_each_cert(f->ledger, &query, see, &seen, &f->err),
		    CA_USAGE, "name pattern");
	}
}

static size_t
count(struct fixture *f, struct ledger_query query)
{
	struct seen seen;

	return find(f, &query, &seen);
}

/* Six rows that differ in one thing each. */
static void
fill_six(struct fixture *f)
{
	struct ledger_cert row;
	int64_t id, other;

	begin(f);
	other = add_authority(f, "other", f->root);
	assert_ok(f,
	    ledger_put_policy(
		f->ledger, hash_of(0x51), "client", BYTES("c"), NOW, &f->err));
	intend_serial(f, BYTES("\x01"));
	row = cert_of(f, BYTES("\x02"));
	row.issuer = other;
	intend(f, &row);
	row = cert_of(f, BYTES("\x03"));
	row.spki_hash = hash_of(0xab);
	intend(f, &row);
	row = cert_of(f, BYTES("\x04"));
	row.policy = "client";
	row.policy_hash = hash_of(0x51);
	intend(f, &row);
	row = cert_of(f, BYTES("\x05"));
	row.not_after = NOW + 100;
	id = intend(f, &row);
	assert_ok(f,
	    ledger_issued(f->ledger, id, BYTES("der"), hash_of(0xde), &f->err));
	row = cert_of(f, BYTES("\x06"));
	row.lineage = row.renews = id;
	id = intend(f, &row);
	(void)revoke_for(f, id, NOW, 1);
	commit(f);
}

static void
finds_by_each_term(void **state)
{
	struct fixture *f = *state;
	struct ledger_query query;

	fill_six(f);
	query = (struct ledger_query){0};
	assert_int_equal(count(f, query), 6);
#define FINDS(n, ...)                                       \
	do {                                                \
		query = (struct ledger_query){__VA_ARGS__}; \
		assert_int_equal(count(f, query), n);       \
	} while (0)
	FINDS(5, .issuer = f->root);
	FINDS(1, .issuer = f->root + 1);
	FINDS(0, .issuer = 99);
	FINDS(1, .serial = BYTES("\x02"));
	FINDS(0, .serial = BYTES("\x02"), .issuer = f->root);
	FINDS(1, .serial = BYTES("\x03"), .issuer = f->root);
	FINDS(0, .serial = BYTES("\x02\x00"));
	FINDS(1, .spki_hash = hash_of(0xab));
	FINDS(0, .spki_hash = hash_of(0xac));
	FINDS(1, .der_hash = hash_of(0xde));
	FINDS(0, .der_hash = hash_of(0xdf));
	FINDS(2, .lineage = 5);
	FINDS(1, .lineage = 1);
	FINDS(0, .lineage = 99);
	FINDS(1, .policy = "client");
	FINDS(5, .policy = "server");
	FINDS(0, .policy = "");
	FINDS(5, .state = LEDGER_INTENDED);
	FINDS(1, .state = LEDGER_ISSUED);
	FINDS(1, .revoked = 1);
	FINDS(5, .revoked = -1);
	FINDS(1, .expires_before = NOW + 101);
	FINDS(0, .expires_before = NOW + 100);
	FINDS(6, .expires_after = NOW + 100);
	FINDS(5, .expires_after = NOW + 101);
	FINDS(1, .expires_after = NOW, .expires_before = NOW + 101);
	FINDS(0, .expires_after = NOW + 101, .expires_before = NOW + 101);
	FINDS(0, .policy = "client", .revoked = 1);
	FINDS(1, .lineage = 5, .state = LEDGER_INTENDED, .revoked = 1,
	    .policy = "server", .issuer = f->root);
}

static void
pages_in_order_of_id(void **state)
{
	struct fixture *f = *state;
	struct ledger_query query = {.limit = 4};
	struct seen seen;

	fill_six(f);
	assert_int_equal(find(f, &query, &seen), 4);
	for (int64_t i = 0; i < 4; i++)
		assert_int_equal(seen.ids[i], i + 1);
	query.after = seen.ids[3];
	assert_int_equal(find(f, &query, &seen), 2);
	assert_int_equal(seen.ids[0], 5);
	query.after = 6;
	assert_int_equal(find(f, &query, &seen), 0);
}

static enum ca_status
stop_at_second(void *ctx, const struct ledger_cert *row)
{
	(void)row;
	return ++*(int *)ctx == 2 ? CA_REFUSED : CA_OK;
}

static void
stops_when_told(void **state)
{
	struct fixture *f = *state;
	struct ledger_query all = {0};
	struct ca_error err = {0};
	int calls = 0;

	fill_six(f);
	assert_int_equal(
	    ledger_each_cert(f->ledger, &all, stop_at_second, &calls, &err),
	    CA_REFUSED);
	assert_int_equal(calls, 2);
	assert_int_equal(err.status, CA_OK);
	assert_int_equal(count(f, all), 6);
}

int
main(void)
{
#define WITH_LEDGER(test) \
	cmocka_unit_test_setup_teardown(test, make_ledger, drop_folder)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(turns_patterns_into_like),
	    cmocka_unit_test(bounds_patterns),
	    WITH_LEDGER(finds_names),
	    WITH_LEDGER(finds_by_each_term),
	    WITH_LEDGER(pages_in_order_of_id),
	    WITH_LEDGER(stops_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
