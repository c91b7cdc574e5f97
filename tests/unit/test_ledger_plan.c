/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How each statement of the ledger finds its rows: by an index or a row's
 * number, in the order that is wanted, save the walks that are meant to see a
 * whole table. Every statement in db/ is asked, or the test fails.
 */
#include "tests/unit/ledger_fixture.h"

#include <dirent.h>

#include "db/ledger_internal.h"
#include "db/ledger_log.h"

#define ROWS 300
#define TEXTS 192

/* ---- what SQLite ran, each text once ---- */

struct trace {
	char *texts[TEXTS];
	size_t count;
};

static struct trace trace;

static void
keep_statement(const char *text)
{
	for (size_t i = 0; i < trace.count; i++)
		if (strcmp(trace.texts[i], text) == 0)
			return;
	assert_true(trace.count < TEXTS);
	trace.texts[trace.count++] = strdup(text);
}

static int
on_statement(unsigned kind, void *ctx, void *stmt, void *unused)
{
	(void)kind;
	(void)ctx;
	(void)unused;
	keep_statement(sqlite3_sql(stmt));
	return 0;
}

/* Of every connection that is opened from now on: the ledger opens more. */
static int
trace_connection(sqlite3 *db, char **ret_why, const void *api)
{
	(void)ret_why;
	(void)api;
	return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, on_statement, NULL);
}

static void
start_trace(void)
{
	assert_int_equal(
	    sqlite3_auto_extension((void (*)(void))trace_connection),
	    SQLITE_OK);
}

static void
end_trace(void)
{
	sqlite3_reset_auto_extension();
	for (size_t i = 0; i < trace.count; i++)
		free(trace.texts[i]);
	trace.count = 0;
}

/* ---- how it finds its rows ---- */

/* Walks that are meant to see a whole table. */
static const struct walk {
	const char *part; /* of the statement */
	const char *step; /* how the line of its plan begins */
	const char *why;
} walks[] = {
    {"FROM authority a", "SCAN a", "authorities are few"},
    {"FROM policy ORDER BY", "SCAN policy", "`audit` reads all"},
    {"FROM key_file ORDER BY", "SCAN key_file", "`backup` reads all"},
    {"FROM blocked_key ORDER BY", "SCAN blocked_key", "`audit` reads all"},
    {"FROM log_key ORDER BY", "SCAN log_key", "a log has few keys"},
    {"FROM checkpoint ORDER BY size", "SCAN checkpoint", "`audit` reads all"},
    {"FROM crl WHERE hash = ?", "SCAN crl", "`audit` and `doctor`, of a file"},
    {"WHERE 1 = 1 ORDER BY c.id", "SCAN c", "a list of everything"},
    {"(n.value) LIKE ?", "SCAN n", "a name's middle has no order"},
    {"FROM sqlite_schema", "SCAN sqlite_schema", "a dozen tables"},
    {"(SELECT count(*) FROM certificate)", "SCAN certificate", "counts all"},
    {"(SELECT count(*) FROM certificate)", "SCAN rev", "counts all"},
    {"(SELECT count(*) FROM certificate)", "SCAN intended", "one row"},
};

/* The newest of a table is a look at its end, whatever the plan calls it. */
static bool
is_end(const char *text)
{
	return strstr(text, "SELECT coalesce(max(") == text ||
	    (strstr(text, "DESC LIMIT 1") != NULL &&
		strstr(text, " WHERE ") == NULL);
}

/* One serial has no more rows than there are issuers: these may be sorted, and
 * what was revoked since the last list may be told apart. */
static bool
is_slow(const char *text, const char *step, bool seen[COUNT(walks)])
{
	bool meant = false;

	if (strstr(step, "TEMP B-TREE") != NULL)
		return strstr(text, "c.serial = ?") == NULL &&
		    strstr(step, "count(DISTINCT)") == NULL;
	if (strncmp(step, "SCAN", 4) != 0)
		return false;
	for (size_t i = 0; i < COUNT(walks); i++)
		if (strstr(text, walks[i].part) != NULL &&
		    strncmp(step, walks[i].step, strlen(walks[i].step)) == 0)
			seen[i] = meant = true;
	return !meant && !is_end(text);
}

static void
append_slow_steps(
    sqlite3 *db, const char *text, bool seen[COUNT(walks)], struct ca_buf *slow)
{
	struct ca_buf explain = {0};
	sqlite3_stmt *stmt = NULL;

	assert_int_equal(
	    ca_buf_printf(&explain, "EXPLAIN QUERY PLAN %s", text), CA_OK);
	if (sqlite3_prepare_v2(db, ca_buf_text(&explain), -1, &stmt, NULL) !=
	    SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(stmt, 3);

		if (is_slow(text, step, seen))
			assert_int_equal(
			    ca_buf_printf(slow, "%s: %s\n", text, step), CA_OK);
	}
	(void)sqlite3_finalize(stmt);
	ca_buf_free(&explain);
}

static bool
is_about_rows(const char *text)
{
	return strncmp(text, "SELECT", 6) == 0 ||
	    strncmp(text, "INSERT", 6) == 0 ||
	    strncmp(text, "UPDATE", 6) == 0 || strncmp(text, "DELETE", 6) == 0;
}

/* Of all that was traced, by the indexes that are there now. */
static void
find_slow(struct fixture *f, bool seen[COUNT(walks)], struct ca_buf *ret)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	for (size_t i = 0; i < trace.count; i++)
		if (is_about_rows(trace.texts[i]))
			append_slow_steps(db, trace.texts[i], seen, ret);
	(void)sqlite3_close(db);
}

/* ---- every statement there is ---- */

static struct ca_bytes
serial_of(uint32_t i, uint8_t octets[static 4])
{
	octets[0] = 0x7f;
	octets[1] = (uint8_t)(i >> 16);
	octets[2] = (uint8_t)(i >> 8);
	octets[3] = (uint8_t)i;
	return (struct ca_bytes){octets, 4};
}

static void
fill(struct fixture *f)
{
	begin(f);
	for (uint32_t i = 1; i <= ROWS; i++) {
		uint8_t serial[4], key[LEDGER_HASH_LEN] = {(uint8_t)i, 1};
		char value[64];
		const struct ledger_name name = {"dns", value};
		struct ledger_cert row = cert_of(f, serial_of(i, serial));
		int64_t id;

		(void)snprintf(value, sizeof(value), "host%u.company.com", i);
		row.names = &name;
		row.name_count = 1;
		row.spki_hash = (struct ca_bytes){key, sizeof(key)};
		row.not_after = NOW + i;
		id = intend(f, &row);
		if (i % 10 != 0)
			assert_ok(f,
			    ledger_issued(f->ledger, id, BYTES("der"),
				row.spki_hash, &f->err));
		if (i % 5 == 0)
			(void)revoke_for(f, id, NOW, 6);
	}
	commit(f);
}

static enum ca_status
see_cert(void *ctx, const struct ledger_cert *row)
{
	(void)ctx;
	(void)row;
	return CA_OK;
}

/* Each question a program asks of many certificates, alone and by pages. */
static void
query_all_ways(struct fixture *f)
{
	const struct ledger_query queries[] = {
	    {.limit = 0},
	    {.issuer = f->root},
	    {.serial = BYTES("\x7f\x00\x00\x07")},
	    {.serial = BYTES("\x7f\x00\x00\x07"), .issuer = f->root},
	    {.spki_hash = hash_of(7)},
	    {.der_hash = hash_of(7)},
	    {.lineage = 7},
	    {.name = "host7.company.com"},
	    {.name = "host77*"},
	    {.name = "*77.company.com"},
	    {.name = "*pan*"},
	    {.policy = "server"},
	    {.state = LEDGER_INTENDED},
	    {.revoked = 1},
	    {.expires_before = NOW + 9},
	    {.expires_after = NOW + 5, .expires_before = NOW + 9},
	    {.issuer = f->root,
		.name = "host7.company.com",
		.revoked = -1,
		.state = LEDGER_ISSUED,
		.expires_after = NOW},
	    {.after = 50,
		.revoked = -1,
		.state = LEDGER_ISSUED,
		.expires_after = NOW},
	};

	for (size_t i = 0; i < COUNT(queries); i++) {
		struct ledger_query query = queries[i];

		for (int page = 0; page < 3; page++) {
			query.limit = page > 0 ? 3 : query.limit;
			query.after = page > 1 ? 9 : query.after;
			assert_ok(f,
			    ledger_each_cert(
				f->ledger, &query, see_cert, NULL, &f->err));
		}
	}
}

#define IGNORE(name, type)                              \
	static enum ca_status see_##name(               \
	    void *ctx, const struct ledger_##type *row) \
	{                                               \
		(void)ctx;                              \
		(void)row;                              \
		return CA_OK;                           \
	}
IGNORE(revocation, revocation)
IGNORE(crl, crl)
IGNORE(event, event)
IGNORE(authority, authority)
IGNORE(name, name)
IGNORE(point, point)
IGNORE(policy, policy)
IGNORE(key_file, key_file)
IGNORE(log_key, log_key)
IGNORE(checkpoint, checkpoint_row)

static enum ca_status
see_blocked(void *ctx, struct ca_bytes spki_hash, int64_t created)
{
	(void)ctx;
	(void)spki_hash;
	(void)created;
	return CA_OK;
}

static enum ca_status
see_nodes(void *ctx, int64_t size, struct ca_bytes nodes)
{
	(void)ctx;
	(void)size;
	(void)nodes;
	return CA_OK;
}

static void
write_lists(struct fixture *f)
{
	struct ledger_point point = {
	    .issuer = f->root, .name = BYTES("p"), .shard = 1};
	struct ledger_crl crl = {.issuer = f->root,
	    .number = 1,
	    .next_update = 1,
	    .hash = hash_of(1)};
	int64_t id = 0;
	bool changed;

	assert_ok(f, ledger_put_point(f->ledger, &point, &id, &f->err));
	point.freshest = BYTES("q");
	assert_ok(f, ledger_put_point(f->ledger, &point, &id, &f->err));
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	crl.point = id;
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	crl = (struct ledger_crl){.issuer = f->root,
	    .number = 2,
	    .base = 1,
	    .this_update = 1,
	    .next_update = 2,
	    .hash = hash_of(2)};
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	assert_ok(f,
	    ledger_raise_crl_number(f->ledger, f->root, 9, &changed, &f->err));
}

static void
write_all_ways(struct fixture *f)
{
	const struct ledger_event event = {.actor = "a", .kind = "k"};
	const struct ledger_log_key key = {
	    .origin = "o", .key = hash_of(1), .created = NOW};
	const struct ledger_checkpoint_row note = {
	    .size = 1, .created = NOW, .note = BYTES("n")};
	bool changed;

	begin(f);
	write_lists(f);
	(void)add_authority(f, "issuing", f->root);
	assert_ok(f,
	    ledger_set_authority_certificate(f->ledger, f->root, 1, &f->err));
	assert_true(revoke_for(f, 5, NOW, 1));
	assert_ok(f, ledger_unhold(f->ledger, 10, &f->err));
	assert_ok(f, ledger_add_event(f->ledger, &event, &f->err));
	assert_ok(f, ledger_add_log_key(f->ledger, &key, &f->err));
	assert_ok(f, ledger_add_checkpoint(f->ledger, &note, &f->err));
	assert_ok(
	    f, ledger_block_key(f->ledger, hash_of(3), NOW, &changed, &f->err));
	assert_ok(f,
	    ledger_put_key_file(
		f->ledger, "k", hash_of(1), hash_of(2), NOW, &f->err));
	put_policy(f);
	commit(f);
}

static void
read_lists(struct fixture *f)
{
	const struct ledger_crl_query query = {
	    .issuer = f->root, .kind = LEDGER_CRL_FULL, .without_der = true};
	struct ledger *l = f->ledger;
	struct ledger_cut cut = {0};
	int64_t number;

	assert_ok(f, ledger_next_crl_number(l, f->root, &number, &f->err));
	assert_ok(f, ledger_find_crl(l, &query, see_crl, NULL, &f->err));
	assert_ok(f, ledger_last_crl(l, f->root, see_crl, NULL, &f->err));
	assert_ok(f, ledger_each_crl(l, f->root, see_crl, NULL, &f->err));
	assert_ok(
	    f, ledger_each_crl_hashed(l, hash_of(1), see_crl, NULL, &f->err));
	assert_ok(
	    f, ledger_each_crl_numbered(l, f->root, 1, see_crl, NULL, &f->err));
	assert_ok(f,
	    ledger_each_crl_beside(
		l, f->root, 1, true, see_crl, NULL, &f->err));
	assert_ok(f, ledger_each_point(l, f->root, see_point, NULL, &f->err));
	assert_ok(f,
	    ledger_each_revocation(
		l, f->root, NOW, see_revocation, NULL, &f->err));
	for (int64_t partition = 0; partition < 2; partition++)
		assert_ok(f,
		    ledger_each_listed(l, f->root, partition, NOW,
			see_revocation, NULL, &f->err));
	begin(f);
	assert_ok(f, ledger_listed_cut(l, f->root, 4, &cut, &f->err));
	assert_int_not_equal(cut.len, 0);
	ledger_rollback(l);
	assert_ok(f,
	    ledger_each_listed_below(
		l, f->root, &cut, NOW, see_revocation, NULL, &f->err));
	assert_ok(f,
	    ledger_each_listed_from(
		l, f->root, &cut, NOW, see_revocation, NULL, &f->err));
}

static void
read_history(struct fixture *f)
{
	uint8_t node[LEDGER_HASH_LEN];
	struct ledger *l = f->ledger;
	int64_t size;
	bool news;

	assert_ok(f, ledger_each_event(l, 0, see_event, NULL, &f->err));
	assert_ok(f, ledger_each_event_of(l, 7, see_event, NULL, &f->err));
	assert_ok(f, ledger_last_event_time(l, &size, &f->err));
	assert_ok(f, ledger_has_news(l, hash_of(0x11), &news, &f->err));
	assert_ok(
	    f, ledger_count_unlisted(l, hash_of(0x11), NOW, &size, &f->err));
	assert_ok(f, ledger_is_listed(l, 1, &news, &f->err));
	assert_ok(f, ledger_log_size(l, &size, &f->err));
	assert_ok(f, ledger_log_node(l, 0, 0, node, &f->err));
	assert_ok(f, ledger_log_nodes(l, 1, see_nodes, NULL, &f->err));
	assert_ok(f, ledger_each_log_key(l, see_log_key, NULL, &f->err));
	assert_ok(f, ledger_last_checkpoint(l, see_checkpoint, NULL, &f->err));
	assert_ok(f, ledger_each_checkpoint(l, see_checkpoint, NULL, &f->err));
}

static void
read_the_rest(struct fixture *f)
{
	struct ledger *l = f->ledger;
	struct ledger_status status;
	struct ledger_counts counts;
	struct ca_buf text = {0};
	int64_t number;
	bool is;

	assert_ok(f, ledger_cert_by_id(l, 7, see_cert, NULL, &f->err));
	assert_ok(f, ledger_cert_marks(l, 7, see_cert, NULL, &f->err));
	assert_ok(f, ledger_last_cert(l, &number, &f->err));
	assert_ok(f, ledger_count(l, NOW, &counts, &f->err));
	assert_ok(f, ledger_each_name(l, 7, see_name, NULL, &f->err));
	assert_ok(
	    f, ledger_each_name_checked(l, 7, see_name, NULL, &is, &f->err));
	assert_ok(
	    f, ledger_cert_status(l, f->root, BYTES("\x7f"), &status, &f->err));
	assert_ok(f, ledger_key_is_compromised(l, hash_of(7), &is, &f->err));
	assert_ok(f, ledger_key_is_blocked(l, hash_of(7), &is, &f->err));
	assert_ok(f, ledger_each_blocked_key(l, see_blocked, NULL, &f->err));
	assert_ok(f,
	    ledger_authority_by_name(l, "root", see_authority, NULL, &f->err));
	assert_ok(f,
	    ledger_authority_by_id(l, f->root, see_authority, NULL, &f->err));
	assert_ok(f, ledger_each_authority(l, see_authority, NULL, &f->err));
	assert_ok(f, ledger_get_policy(l, hash_of(0x50), &text, &f->err));
	assert_ok(f, ledger_each_policy(l, see_policy, NULL, &f->err));
	assert_ok(f, ledger_get_key_file(l, "k", &text, &f->err));
	assert_ok(f, ledger_each_key_file(l, see_key_file, NULL, &f->err));
	ca_buf_free(&text);
}

/* Asked of the file by itself, when another ledger may have been copied over
 * it; and of one that has no tree yet. */
static void
keep_what_needs_an_accident(void)
{
	keep_statement("SELECT sequence, leaf FROM event"
		       " ORDER BY sequence DESC LIMIT 1");
	keep_statement("SELECT sequence, leaf FROM event WHERE sequence = ?");
	keep_statement("SELECT sequence, leaf FROM event WHERE sequence > ?"
		       " ORDER BY sequence");
	keep_statement("SELECT coalesce(max(sequence), 0) FROM event");
	keep_statement("SELECT 1 FROM sqlite_schema WHERE type = 'table'"
		       " AND name = 'tree'");
}

static void
run_every_statement(struct fixture *f)
{
	start_trace();
	reopen(f);
	fill(f);
	write_all_ways(f);
	query_all_ways(f);
	read_lists(f);
	read_history(f);
	read_the_rest(f);
	keep_what_needs_an_accident();
}

/* ---- that it was every one ---- */

static bool
is_of_statement(const char *literal)
{
	static const char *const starts[] = {"SELECT ", "INSERT ", "UPDATE ",
	    "DELETE ", " FROM ", " WHERE ", " AND ", " ORDER ", " VALUES ",
	    " LEFT JOIN ", " ON CONFLICT", " SELECT "};

	for (size_t i = 0; i < COUNT(starts); i++)
		if (strncmp(literal, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}

static bool
was_run(const char *literal)
{
	for (size_t i = 0; i < trace.count; i++)
		if (strstr(trace.texts[i], literal) != NULL)
			return true;
	return false;
}

/* The literal behind the quote at *at; its escapes are none of SQL's. */
static void
take_literal(FILE *file, char *ret, size_t size)
{
	size_t len = 0;
	int c;

	while ((c = fgetc(file)) != '"' && c != EOF) {
		if (c == '\\')
			(void)fgetc(file);
		if (len + 1 < size)
			ret[len++] = (char)c;
	}
	ret[len] = '\0';
}

static void
skip_comment(FILE *file)
{
	int before = 0, c;

	while ((c = fgetc(file)) != EOF && !(before == '*' && c == '/'))
		before = c;
}

static void
skip_character(FILE *file)
{
	int c;

	while ((c = fgetc(file)) != '\'' && c != EOF)
		if (c == '\\')
			(void)fgetc(file);
}

/* The parts of statements in a C source that no traced statement has. */
static void
find_not_run(const char *path, size_t *ret_count, struct ca_buf *ret)
{
	FILE *file = fopen(path, "r");
	int before = 0, c;

	assert_non_null(file);
	while ((c = fgetc(file)) != EOF) {
		char literal[1024];

		if (before == '/' && c == '*') {
			skip_comment(file);
		} else if (c == '\'') {
			skip_character(file);
		} else if (c == '"') {
			take_literal(file, literal, sizeof(literal));
			if (is_of_statement(literal)) {
				++*ret_count;
				if (!was_run(literal))
					assert_int_equal(
					    ca_buf_printf(
						ret, "%s: %s\n", path, literal),
					    CA_OK);
			}
		}
		before = c;
	}
	(void)fclose(file);
}

static void
find_all_not_run(size_t *ret_count, struct ca_buf *ret)
{
	static const char folder[] = SIGNET_SOURCE_DIR "/db";
	DIR *dir = opendir(folder);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		const char *dot = strrchr(entry->d_name, '.');
		char path[1024];

		if (dot == NULL || strcmp(dot, ".c") != 0)
			continue;
		(void)snprintf(
		    path, sizeof(path), "%s/%s", folder, entry->d_name);
		find_not_run(path, ret_count, ret);
	}
	(void)closedir(dir);
}

/* ---- tests ---- */

static void
scans_and_sorts_nothing(void **state)
{
	struct fixture *f = *state;
	bool seen[COUNT(walks)] = {0};
	struct ca_buf slow = {0}, not_run = {0};
	size_t parts = 0;

	run_every_statement(f);
	find_slow(f, seen, &slow);
	assert_text(&slow, "");
	for (size_t i = 0; i < COUNT(walks); i++)
		if (!seen[i])
			fail_msg("no such walk any more: %s: %s", walks[i].part,
			    walks[i].why);
	find_all_not_run(&parts, &not_run);
	assert_text(&not_run, "");
	assert_true(parts > 100);
	/* It would notice one that nobody runs. */
	end_trace();
	keep_statement("SELECT 1");
	parts = 0;
	find_all_not_run(&parts, &not_run);
	assert_non_null(strstr(ca_buf_text(&not_run), "SELECT text FROM"));
	ca_buf_free(&not_run);
	end_trace();
}

/* What is slow without it. */
static void
find_slow_without(struct fixture *f, const char *index, struct ca_buf *ret)
{
	bool seen[COUNT(walks)] = {0};
	struct ca_buf drop = {0};
	char *create = NULL;
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
			     "SELECT sql FROM sqlite_schema WHERE name = ?", -1,
			     &stmt, NULL),
	    SQLITE_OK);
	(void)sqlite3_bind_text(stmt, 1, index, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	create = strdup((const char *)sqlite3_column_text(stmt, 0));
	(void)sqlite3_finalize(stmt);
	assert_int_equal(ca_buf_printf(&drop, "DROP INDEX %s", index), CA_OK);
	assert_int_equal(
	    sqlite3_exec(db, ca_buf_text(&drop), NULL, NULL, NULL), SQLITE_OK);
	find_slow(f, seen, ret);
	assert_int_equal(sqlite3_exec(db, create, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
	ca_buf_free(&drop);
	free(create);
}

/* Without any one of the indexes some statement scans or sorts: the test above
 * would notice, and none is there in vain. (Without crl_kept the few CRLs that
 * have their DER are searched for among all that the issuer ever had.) */
static void
each_index_is_needed(void **state)
{
	struct fixture *f = *state;
	static const char *const indexes[] = {"point_by_issuer",
	    "certificate_by_issuer", "certificate_by_spki",
	    "certificate_by_der", "certificate_by_lineage",
	    "certificate_by_policy", "certificate_by_end",
	    "certificate_intended", "name_by_value", "name_by_end",
	    "revocation_by_partition", "event_of_lists",
	    "event_by_certificate"};

	run_every_statement(f);
	ledger_close(f->ledger);
	f->ledger = NULL;
	for (size_t i = 0; i < COUNT(indexes); i++) {
		struct ca_buf slow = {0};

		find_slow_without(f, indexes[i], &slow);
		if (slow.len == 0)
			fail_msg("%s: nothing needs it", indexes[i]);
		ca_buf_free(&slow);
	}
}

static int
drop_all(void **state)
{
	end_trace();
	return drop_folder(state);
}

int
main(void)
{
#define WITH_LEDGER(test) \
	cmocka_unit_test_setup_teardown(test, make_ledger, drop_all)
	const struct CMUnitTest tests[] = {
	    WITH_LEDGER(scans_and_sorts_nothing),
	    WITH_LEDGER(each_index_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
