/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/ledger_fixture.h"

#include "db/ledger_internal.h"
#include "db/ledger_name.h"

#define ROWS 10000

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

/* ---- how it is found ---- */

/* Each statement SQLite ran, once. */
struct trace {
	sqlite3 *db;
	char *texts[128];
	size_t count;
};

static int
keep_text_of(unsigned kind, void *ctx, void *stmt, void *unused)
{
	struct trace *trace = ctx;
	const char *text = sqlite3_sql(stmt);

	(void)kind;
	(void)unused;
	for (size_t i = 0; i < trace->count; i++)
		if (strcmp(trace->texts[i], text) == 0)
			return 0;
	if (trace->count < COUNT(trace->texts))
		trace->texts[trace->count++] = strdup(text);
	return 0;
}

static void
start_trace(struct trace *trace, const struct fixture *f)
{
	*trace = (struct trace){.db = f->ledger->db};
	assert_int_equal(
	    sqlite3_trace_v2(trace->db, SQLITE_TRACE_STMT, keep_text_of, trace),
	    SQLITE_OK);
}

/* A plan's line that reads a table from end to end, or sorts. One serial has
 * no more rows than there are issuers: these may be sorted. */
static bool
is_slow(const char *text, const char *plan)
{
	if (strstr(plan, "TEMP B-TREE") != NULL)
		return strstr(text, "c.serial = ?") == NULL;
	return strncmp(plan, "SCAN", 4) == 0;
}

static void
append_slow_plans(sqlite3 *db, const char *text, struct ca_buf *slow)
{
	struct ca_buf explain = {0};
	sqlite3_stmt *stmt = NULL;

	assert_int_equal(
	    ca_buf_printf(&explain, "EXPLAIN QUERY PLAN %s", text), CA_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, ca_buf_text(&explain), -1, &stmt, NULL),
	    SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *plan = (const char *)sqlite3_column_text(stmt, 3);

		if (is_slow(text, plan))
			assert_int_equal(
			    ca_buf_printf(slow, "%s: %s\n", text, plan), CA_OK);
	}
	(void)sqlite3_finalize(stmt);
	ca_buf_free(&explain);
}

/* The slow lines of all that was traced; the caller frees. */
static void
end_trace(struct trace *trace, struct ca_buf *ret_slow)
{
	(void)sqlite3_trace_v2(trace->db, 0, NULL, NULL);
	assert_true(trace->count < COUNT(trace->texts));
	for (size_t i = 0; i < trace->count; i++) {
		append_slow_plans(trace->db, trace->texts[i], ret_slow);
		free(trace->texts[i]);
	}
	trace->count = 0;
}

static void
assert_not_slow(struct trace *trace)
{
	struct ca_buf slow = {0};

	end_trace(trace, &slow);
	assert_text(&slow, "");
}

static void
fill_many(struct fixture *f)
{
	begin(f);
	for (uint32_t i = 1; i <= ROWS; i++) {
		uint8_t serial[] = {
		    0x7f, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
		char value[64];
		struct ledger_name names[] = {{"dns", value}};
		struct ledger_cert row = cert_of(
		    f, (struct ca_bytes){serial, sizeof(serial)});
		uint8_t key[LEDGER_HASH_LEN] = {(uint8_t)(i >> 8), (uint8_t)i};
		int64_t id;

		(void)snprintf(value, sizeof(value), "host%u.company.com", i);
		row.names = names;
		row.name_count = 1;
		row.spki_hash = (struct ca_bytes){key, sizeof(key)};
		row.not_after = NOW + i;
		id = intend(f, &row);
		if (i % 100 != 0)
			assert_ok(f,
			    ledger_issued(f->ledger, id, BYTES("der"),
				row.spki_hash, &f->err));
		if (i % 10 == 0)
			(void)revoke_for(f, id, NOW, 0);
	}
	commit(f);
}

static enum ca_status
ignore_revocation(void *ctx, const struct ledger_revocation *row)
{
	(void)row;
	++*(size_t *)ctx;
	return CA_OK;
}

static enum ca_status
ignore_crl(void *ctx, const struct ledger_crl *row)
{
	(void)ctx;
	(void)row;
	return CA_OK;
}

static enum ca_status
ignore_event(void *ctx, const struct ledger_event *row)
{
	(void)ctx;
	(void)row;
	return CA_OK;
}

static enum ca_status
ignore_authority(void *ctx, const struct ledger_authority *row)
{
	(void)ctx;
	(void)row;
	return CA_OK;
}

static enum ca_status
ignore_name(void *ctx, const struct ledger_name *row)
{
	(void)ctx;
	(void)row;
	return CA_OK;
}

/* Each question a program asks of a large ledger, alone and by pages. */
static void
query_all_ways(struct fixture *f)
{
	const struct ledger_query queries[] = {
	    {.issuer = f->root, .after = 5, .limit = 5},
	    {.serial = BYTES("\x7f\x00\x00\x07")},
	    {.serial = BYTES("\x7f\x00\x00\x07"), .issuer = f->root},
	    {.spki_hash = hash_of(7)},
	    {.der_hash = hash_of(7)},
	    {.lineage = 7},
	    {.name = "host7.company.com"},
	    {.name = "host77*"},
	    {.name = "*77.company.com"},
	    {.policy = "client"},
	    {.policy = "server", .after = 5, .limit = 5},
	    {.state = LEDGER_INTENDED},
	    {.revoked = 1},
	    {.expires_before = NOW + 9},
	    {.expires_after = NOW + 5, .expires_before = NOW + 9},
	    {.issuer = f->root,
		.name = "host7.company.com",
		.revoked = -1,
		.state = LEDGER_ISSUED,
		.expires_after = NOW},
	    {.after = 50, .limit = 5},
	    {.after = 50,
		.limit = 5,
		.revoked = -1,
		.state = LEDGER_ISSUED,
		.expires_after = NOW},
	};

	for (size_t i = 0; i < COUNT(queries); i++) {
		struct ledger_query query = queries[i];

		(void)count(f, query);
		query.limit = 3;
		(void)count(f, query);
		query.after = 9;
		(void)count(f, query);
	}
}

static enum ca_status
ignore_point(void *ctx, const struct ledger_point *row)
{
	(void)ctx;
	(void)row;
	return CA_OK;
}

/* What is asked about one partition, and about its lists. */
static void
call_partitions(struct fixture *f)
{
	struct ledger_point point = {
	    .issuer = f->root, .name = BYTES("p"), .shard = 1};
	struct ledger_crl_query query = {
	    .issuer = f->root, .kind = LEDGER_CRL_FULL, .below = 9};
	size_t revoked = 0;
	int64_t id = 0;
	bool news;

	begin(f);
	assert_ok(f, ledger_put_point(f->ledger, &point, &id, &f->err));
	point.freshest = BYTES("q");
	assert_ok(f, ledger_put_point(f->ledger, &point, &id, &f->err));
	commit(f);
	assert_ok(f,
	    ledger_each_point(f->ledger, f->root, ignore_point, NULL, &f->err));
	assert_ok(f,
	    ledger_each_listed(f->ledger, f->root, id, NOW, ignore_revocation,
		&revoked, &f->err));
	assert_int_equal(revoked, 0);
	assert_ok(
	    f, ledger_find_crl(f->ledger, &query, ignore_crl, NULL, &f->err));
	assert_ok(f,
	    ledger_each_crl_numbered(
		f->ledger, f->root, 1, ignore_crl, NULL, &f->err));
	assert_ok(f,
	    ledger_each_crl_beside(
		f->ledger, f->root, 1, true, ignore_crl, NULL, &f->err));
	assert_ok(f, ledger_has_news(f->ledger, hash_of(0x11), &news, &f->err));
}

/* The rest of what reads or writes. */
static void
call_all_else(struct fixture *f)
{
	struct ledger_crl crl = {.issuer = f->root,
	    .number = 1,
	    .next_update = 1,
	    .hash = hash_of(1)};
	struct ledger_event event = {.actor = "a", .kind = "k"};
	struct ca_buf text = {0};
	size_t revoked = 0;
	int64_t number, time;
	bool bad;

	begin(f);
	(void)revoke_for(f, intend_named(f, 0x66, "dns", "a.b"), NOW, 0);
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	assert_ok(f, ledger_add_event(f->ledger, &event, &f->err));
	assert_ok(f,
	    ledger_issued(
		f->ledger, ROWS + 1, BYTES("x"), hash_of(9), &f->err));
	assert_ok(f,
	    ledger_set_authority_certificate(f->ledger, f->root, 1, &f->err));
	assert_ok(f,
	    ledger_put_key_file(
		f->ledger, "k", hash_of(1), hash_of(2), NOW, &f->err));
	put_policy(f);
	commit(f);
	assert_ok(f,
	    ledger_each_revocation(
		f->ledger, f->root, NOW, ignore_revocation, &revoked, &f->err));
	assert_int_equal(revoked, ROWS / 10 + 1);
	assert_ok(f,
	    ledger_each_listed(f->ledger, f->root, 0, NOW, ignore_revocation,
		&revoked, &f->err));
	assert_int_equal(revoked, 2 * (ROWS / 10 + 1));
	assert_ok(
	    f, ledger_key_is_compromised(f->ledger, hash_of(7), &bad, &f->err));
	assert_ok(
	    f, ledger_next_crl_number(f->ledger, f->root, &number, &f->err));
	assert_ok(
	    f, ledger_last_crl(f->ledger, f->root, ignore_crl, NULL, &f->err));
	assert_ok(
	    f, ledger_each_crl(f->ledger, f->root, ignore_crl, NULL, &f->err));
	call_partitions(f);
	assert_ok(
	    f, ledger_each_event(f->ledger, 0, ignore_event, NULL, &f->err));
	assert_ok(f, ledger_last_event_time(f->ledger, &time, &f->err));
	assert_ok(f,
	    ledger_authority_by_name(
		f->ledger, "root", ignore_authority, NULL, &f->err));
	assert_ok(f,
	    ledger_authority_by_id(
		f->ledger, f->root, ignore_authority, NULL, &f->err));
	assert_ok(
	    f, ledger_each_name(f->ledger, 7, ignore_name, NULL, &f->err));
	assert_ok(f,
	    ledger_cert_by_id(f->ledger, 7, see, &(struct seen){0}, &f->err));
	assert_ok(
	    f, ledger_get_policy(f->ledger, hash_of(0x50), &text, &f->err));
	assert_ok(f, ledger_get_key_file(f->ledger, "k", &text, &f->err));
	ca_buf_free(&text);
}

static void
scans_and_sorts_nothing(void **state)
{
	struct fixture *f = *state;
	struct trace trace;

	fill_many(f);
	start_trace(&trace, f);
	query_all_ways(f);
	call_all_else(f);
	assert_not_slow(&trace);
}

/* The test would notice: these do read from end to end, and no index helps. */
static void
scans_where_it_must(void **state)
{
	struct fixture *f = *state;
	struct ledger_query all = {0}, anywhere = {.name = "*pan*"};
	struct ca_buf slow = {0};
	struct trace trace;

	fill_six(f);
	start_trace(&trace, f);
	(void)count(f, all);
	end_trace(&trace, &slow);
	assert_non_null(strstr(ca_buf_text(&slow), "SCAN c"));
	ca_buf_clear(&slow);
	start_trace(&trace, f);
	(void)count(f, anywhere);
	end_trace(&trace, &slow);
	assert_non_null(strstr(ca_buf_text(&slow), "SCAN n"));
	ca_buf_free(&slow);
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
	    WITH_LEDGER(scans_and_sorts_nothing),
	    WITH_LEDGER(scans_where_it_must),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
