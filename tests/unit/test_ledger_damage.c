/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/ledger_fixture.h"

#include "db/ledger_internal.h"

#define FLIPS 400
#define CUTS 40

/* A file's octets, to be written again with a fault. */
struct image {
	uint8_t *data;
	size_t len;
};

static struct image
read_image(const char *path)
{
	struct image image = {0};
	FILE *file = fopen(path, "rb");
	long len;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	len = ftell(file);
	assert_true(len > 0);
	rewind(file);
	image.len = (size_t)len;
	image.data = malloc(image.len);
	assert_non_null(image.data);
	assert_int_equal(fread(image.data, 1, image.len, file), image.len);
	(void)fclose(file);
	return image;
}

static void
write_image(const char *path, const struct image *image, size_t len)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(image->data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

/* Numbers that look random and are the same each time (xorshift). */
static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void
fill(struct fixture *f)
{
	const struct ledger_name names[] = {{"dns", "a.company.com"}};
	struct ledger_crl crl = {.issuer = f->root,
	    .number = 1,
	    .next_update = 1,
	    .hash = hash_of(1),
	    .der = BYTES("a list")};
	struct ledger_event event = {
	    .actor = "a", .kind = "k", .serial = BYTES("\x01")};

	begin(f);
	for (uint8_t i = 1; i <= 60; i++) {
		struct ledger_cert row = cert_of(f, (struct ca_bytes){&i, 1});
		int64_t id;

		row.names = names;
		row.name_count = 1;
		id = intend(f, &row);
		if (i % 2 == 0)
			assert_ok(f,
			    ledger_issued(f->ledger, id, BYTES("der"),
				hash_of(i), &f->err));
		if (i % 3 == 0)
			(void)revoke_for(f, id, NOW, 1);
	}
	assert_ok(f, ledger_add_crl(f->ledger, &crl, &f->err));
	assert_ok(f, ledger_add_event(f->ledger, &event, &f->err));
	assert_ok(f,
	    ledger_put_key_file(
		f->ledger, "k", hash_of(1), hash_of(2), NOW, &f->err));
	commit(f);
}

/* The file alone, its log brought in. */
static void
close_whole(struct fixture *f)
{
	assert_int_equal(sqlite3_wal_checkpoint_v2(f->ledger->db, "main",
			     SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL),
	    SQLITE_OK);
	ledger_close(f->ledger);
	f->ledger = NULL;
	drop_file(f, "ledger.db-wal");
	drop_file(f, "ledger.db-shm");
}

/* Touches every octet it is given: a view too long is a fault of its own. */
static void
touch(struct ca_bytes bytes, size_t *sum)
{
	for (size_t i = 0; i < bytes.len; i++)
		*sum += bytes.data[i];
}

static enum ca_status
touch_cert(void *ctx, const struct ledger_cert *row)
{
	const struct ca_bytes all[] = {row->serial, row->tbs, row->der,
	    row->request, row->spki_hash, row->tbs_hash, row->der_hash,
	    row->policy_hash, ca_text(row->policy), ca_text(row->subject),
	    ca_text(row->issuer_name)};

	for (size_t i = 0; i < COUNT(all); i++)
		touch(all[i], ctx);
	assert_in_range(row->serial.len, 1, LEDGER_SERIAL_MAX);
	assert_true(row->spki_hash.len == 0 || row->spki_hash.len == 32);
	assert_in_range(row->state, LEDGER_INTENDED, LEDGER_ISSUED);
	assert_in_range(row->reason, 0, 10);
	return CA_OK;
}

static enum ca_status
touch_revocation(void *ctx, const struct ledger_revocation *row)
{
	touch(row->serial, ctx);
	assert_true(row->serial.len <= LEDGER_SERIAL_MAX);
	return CA_OK;
}

static enum ca_status
touch_crl(void *ctx, const struct ledger_crl *row)
{
	touch(row->der, ctx);
	touch(row->hash, ctx);
	return CA_OK;
}

static enum ca_status
touch_event(void *ctx, const struct ledger_event *row)
{
	touch(row->leaf, ctx);
	touch(row->serial, ctx);
	touch(ca_text(row->actor), ctx);
	return CA_OK;
}

static enum ca_status
touch_authority(void *ctx, const struct ledger_authority *row)
{
	touch(row->der, ctx);
	touch(row->key_id, ctx);
	touch(ca_text(row->name), ctx);
	return CA_OK;
}

/* Whatever the answer, it comes with a reason and without a crash. */
static void
assert_answered(enum ca_status st, const struct ca_error *err, size_t *bad)
{
	assert_int_equal(st, err->status);
	if (st == CA_OK)
		return;
	assert_true(err->msg[0] != '\0');
	++*bad;
}

static void
read_all(struct fixture *f, struct ledger *ledger, size_t *bad)
{
	struct ledger_query all = {0}, name = {.name = "*.company.com"},
			    revoked = {.revoked = 1};
	struct ca_error err = {0};
	struct ca_buf text = {0};
	size_t sum = 0;

#define TRY(call)                                 \
	do {                                      \
		err = (struct ca_error){0};       \
		assert_answered(call, &err, bad); \
	} while (0)
	TRY(ledger_each_cert(ledger, &all, touch_cert, &sum, &err));
	TRY(ledger_each_cert(ledger, &name, touch_cert, &sum, &err));
	TRY(ledger_each_cert(ledger, &revoked, touch_cert, &sum, &err));
	TRY(ledger_each_revocation(
	    ledger, f->root, 0, touch_revocation, &sum, &err));
	TRY(ledger_each_crl(ledger, f->root, touch_crl, &sum, &err));
	TRY(ledger_each_event(ledger, 0, touch_event, &sum, &err));
	TRY(ledger_each_authority(ledger, touch_authority, &sum, &err));
	TRY(ledger_get_policy(ledger, hash_of(0x50), &text, &err));
	TRY(ledger_check_pages(ledger, &err));
	TRY(ledger_check_integrity(ledger, &err));
	ca_buf_free(&text);
}

static void
write_one(struct fixture *f, struct ledger *ledger, size_t *bad)
{
	struct ledger_cert row = cert_of(f, BYTES("\x7f\x7f"));
	struct ca_error err = {0};
	bool collision;
	int64_t id;

	TRY(ledger_begin(ledger, &err));
	if (err.status != CA_OK)
		return;
	err = (struct ca_error){0};
	if (ledger_intend(ledger, &row, &id, &collision, &err) == CA_OK)
		TRY(ledger_commit(ledger, &err));
	else
		++*bad;
	ledger_rollback(ledger);
}

/* How many of the answers were errors. */
static size_t
use_damaged(struct fixture *f)
{
	struct ledger_options options = {.path = f->path, .wait_ms = 0};
	struct ledger *ledger = NULL;
	struct ca_error err = {0};
	size_t bad = 0;
	enum ca_status st = ledger_open(&options, &ledger, &err);

	assert_answered(st, &err, &bad);
	if (st == CA_OK) {
		read_all(f, ledger, &bad);
		write_one(f, ledger, &bad);
	}
	ledger_close(ledger);
	drop_file(f, "ledger.db-wal");
	drop_file(f, "ledger.db-shm");
	return bad;
}

/* checklist 83 */
static void
survives_flipped_bits(void **state)
{
	struct fixture *f = *state;
	struct image image;
	uint32_t seed = 2463534242U;
	size_t noticed = 0;

	fill(f);
	close_whole(f);
	image = read_image(f->path);
	for (size_t i = 0; i < FLIPS; i++) {
		/* Half of them in the header and the schema's page. */
		size_t at = next_random(&seed) %
		    (i % 2 == 0 ? (uint32_t)image.len : 4096U);
		uint8_t bit = (uint8_t)(1U << (next_random(&seed) % 8));

		image.data[at] ^= bit;
		write_image(f->path, &image, image.len);
		noticed += use_damaged(f) > 0;
		image.data[at] ^= bit;
	}
	/* Many hit free space or a text; that most of the rest are seen is
	 * not a matter of this test, that some are shows that it works. */
	assert_true(noticed > FLIPS / 20);
	write_image(f->path, &image, image.len);
	assert_int_equal(use_damaged(f), 0);
	free(image.data);
}

static void
survives_runs_of_garbage(void **state)
{
	struct fixture *f = *state;
	struct image good, bad;
	uint32_t seed = 88172645U;

	fill(f);
	close_whole(f);
	good = read_image(f->path);
	bad = read_image(f->path);
	for (size_t i = 0; i < FLIPS / 4; i++) {
		size_t at = next_random(&seed) % (uint32_t)(good.len - 64);

		memcpy(bad.data, good.data, good.len);
		for (size_t j = 0; j < 64; j++)
			bad.data[at + j] = (uint8_t)next_random(&seed);
		write_image(f->path, &bad, bad.len);
		(void)use_damaged(f);
	}
	free(good.data);
	free(bad.data);
}

static void
survives_a_cut_file(void **state)
{
	struct fixture *f = *state;
	struct image image;

	fill(f);
	close_whole(f);
	image = read_image(f->path);
	for (size_t i = 1; i < CUTS; i++) {
		write_image(f->path, &image, image.len * i / CUTS);
		assert_true(use_damaged(f) > 0);
	}
	for (size_t len = 0; len < 600; len += 50) {
		write_image(f->path, &image, len);
		assert_true(use_damaged(f) > 0);
	}
	free(image.data);
}

/* A log's frames end at the first that does not hold: what is before it is
 * whole, what is behind it never was. */
static void
survives_a_damaged_log(void **state)
{
	struct fixture *f = *state;
	struct image file, log;
	char path[700];
	uint32_t seed = 521288629U;

	fill(f);
	close_whole(f);
	reopen(f);
	begin(f);
	intend_serial(f, BYTES("\x66"));
	commit(f);
	ledger_close(f->ledger);
	f->ledger = NULL;
	(void)snprintf(path, sizeof(path), "%s-wal", f->path);
	file = read_image(f->path);
	log = read_image(path);
	for (size_t i = 0; i < FLIPS / 4; i++) {
		size_t at = next_random(&seed) % (uint32_t)log.len;

		log.data[at] ^= 0x10;
		write_image(f->path, &file, file.len);
		write_image(path, &log, log.len);
		assert_int_equal(use_damaged(f), 0);
		log.data[at] ^= 0x10;
		write_image(f->path, &file, file.len);
		write_image(path, &log, log.len * i / (FLIPS / 4));
		assert_int_equal(use_damaged(f), 0);
	}
	free(file.data);
	free(log.data);
}

/* ---- edited by hand ---- */

static void
edit(struct fixture *f, const char *text)
{
	sqlite3 *db = NULL;

	ledger_close(f->ledger);
	f->ledger = NULL;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	reopen(f);
}

static void
checks_integrity(void **state)
{
	struct fixture *f = *state;

	fill(f);
	assert_ok(f, ledger_check_integrity(f->ledger, &f->err));
	edit(f, "DELETE FROM policy"); /* foreign_keys is off by default */
	assert_fails(f, ledger_check_integrity(f->ledger, &f->err),
	    CA_UNTRUSTED, "certificate 1");
	/* Reading goes on. */
	assert_int_equal(count_certs(f), 60);
}

/* By one who only reads they are not asked. */
static void
asks_checks_and_changes_nothing(struct fixture *f)
{
	struct ledger *twin = NULL;

	assert_ok(f, ledger_twin(f->ledger, &twin, &f->err));
	assert_ok(f, ledger_check_pages(twin, &f->err));
	ledger_close(twin);
	twin = NULL;
	assert_ok(f, ledger_twin_to_check(f->ledger, &twin, &f->err));
	assert_fails(f, ledger_check_pages(twin, &f->err), CA_UNTRUSTED,
	    "CHECK constraint failed in certificate");
	assert_fails(f, ledger_check_integrity(twin, &f->err), CA_UNTRUSTED,
	    "CHECK constraint failed in certificate");
	assert_int_equal(ledger_begin(twin, &f->err), CA_USAGE);
	assert_int_not_equal(
	    sqlite3_exec(twin->db, "DELETE FROM event", NULL, NULL, NULL),
	    SQLITE_OK);
	ledger_close(twin);
}

static void
checks_values(void **state)
{
	struct fixture *f = *state;
	struct ledger_query all = {0};
	struct seen seen;

	fill(f);
	edit(f,
	    "PRAGMA ignore_check_constraints = ON;"
	    "UPDATE certificate SET spki_hash = x'00' WHERE id = 7");
	assert_fails(f, ledger_check_integrity(f->ledger, &f->err),
	    CA_UNTRUSTED, "CHECK constraint failed in certificate");
	assert_fails(f, ledger_each_cert(f->ledger, &all, see, &seen, &f->err),
	    CA_IO, "is damaged (certificate)");
	asks_checks_and_changes_nothing(f);
	edit(f,
	    "PRAGMA ignore_check_constraints = ON;"
	    "UPDATE certificate SET spki_hash = zeroblob(32), "
	    "serial = zeroblob(21) WHERE id = 7");
	assert_fails(f, ledger_each_cert(f->ledger, &all, see, &seen, &f->err),
	    CA_IO, "is damaged (certificate)");
	edit(f,
	    "PRAGMA ignore_check_constraints = ON;"
	    "UPDATE certificate SET serial = x'07', state = 3 WHERE id = 7");
	assert_fails(f, ledger_each_cert(f->ledger, &all, see, &seen, &f->err),
	    CA_IO, "is damaged (certificate)");
}

/* What a stranger's file may carry is not run. */
static void
runs_no_foreign_code(void **state)
{
	struct fixture *f = *state;

	fill(f);
	edit(f,
	    "CREATE TRIGGER t AFTER INSERT ON event BEGIN"
	    " DELETE FROM revocation; END");
	begin(f);
	assert_ok(f,
	    ledger_add_event(f->ledger,
		&(struct ledger_event){.actor = "a", .kind = "k"}, &f->err));
	commit(f);
	{
		struct ledger_query revoked = {.revoked = 1};
		struct seen seen;

		assert_int_equal(find(f, &revoked, &seen), 20);
	}
	edit(f,
	    "DROP TRIGGER t; ALTER TABLE key_file RENAME TO k2;"
	    "CREATE VIEW key_file AS SELECT * FROM k2");
	{
		struct ca_buf text = {0};

		assert_fails(f,
		    ledger_get_key_file(f->ledger, "k", &text, &f->err), CA_IO,
		    "access to view");
	}
}

static void
tells_of_tables_that_are_not_ours(void **state)
{
	struct fixture *f = *state;
	struct ca_buf text = {0};

	edit(f, "DROP TABLE key_file");
	assert_fails(f, ledger_get_key_file(f->ledger, "k", &text, &f->err),
	    CA_IO, "is damaged (no such table: key_file); restore a backup");
	begin(f);
	assert_fails(f,
	    ledger_put_key_file(
		f->ledger, "k", hash_of(1), hash_of(1), NOW, &f->err),
	    CA_IO, "nothing was recorded");
	assert_fails(f, ledger_commit(f->ledger, &f->err), CA_INTERNAL,
	    "nothing was recorded");
}

/* What the connection is set to, asked of SQLite. */
static void
is_set_up_safely(void **state)
{
	static const struct {
		const char *text;
		int64_t expected;
	} settings[] = {
	    {"PRAGMA synchronous", 2},
	    {"PRAGMA foreign_keys", 1},
	    {"PRAGMA trusted_schema", 0},
	    {"PRAGMA cell_size_check", 1},
	    {"PRAGMA temp_store", 2},
	    {"PRAGMA application_id", LEDGER_APPLICATION_ID},
	    {"PRAGMA secure_delete", 2},
	    {"SELECT count(*) FROM pragma_table_list"
	     " WHERE schema = 'main' AND NOT strict"
	     " AND name NOT LIKE 'sqlite%'",
		0},
	    {"SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1},
	    {"PRAGMA mmap_size", 0},
	};
	struct fixture *f = *state;
	sqlite3 *db = f->ledger->db;
	int on = -1;

	for (size_t i = 0; i < COUNT(settings); i++) {
		sqlite3_stmt *stmt = NULL;

		assert_int_equal(
		    sqlite3_prepare_v2(db, settings[i].text, -1, &stmt, NULL),
		    SQLITE_OK);
		assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
		assert_int_equal(
		    sqlite3_column_int64(stmt, 0), settings[i].expected);
		(void)sqlite3_finalize(stmt);
	}
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, -1, &on);
	assert_int_equal(on, 1);
	(void)sqlite3_db_config(
	    db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, -1, &on);
	assert_int_equal(on, 0);
	assert_int_not_equal(
	    sqlite3_exec(db, "ATTACH ':memory:' AS other", NULL, NULL, NULL),
	    SQLITE_OK);
}

int
main(void)
{
#define WITH_LEDGER(test) \
	cmocka_unit_test_setup_teardown(test, make_ledger, drop_folder)
	const struct CMUnitTest tests[] = {
	    WITH_LEDGER(survives_flipped_bits),
	    WITH_LEDGER(survives_runs_of_garbage),
	    WITH_LEDGER(survives_a_cut_file),
	    WITH_LEDGER(survives_a_damaged_log),
	    WITH_LEDGER(checks_integrity),
	    WITH_LEDGER(checks_values),
	    WITH_LEDGER(runs_no_foreign_code),
	    WITH_LEDGER(tells_of_tables_that_are_not_ours),
	    WITH_LEDGER(is_set_up_safely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
