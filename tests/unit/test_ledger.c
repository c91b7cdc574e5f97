/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/ledger_fixture.h"

#include "db/migrate.h"

#include <signal.h>
#include <sqlite3.h>

/* ---- create, open, close ---- */

static unsigned
mode_of(const struct fixture *f, const char *name)
{
	char path[700];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", f->folder, name);
	return stat(path, &st) == 0 ? (unsigned)st.st_mode & 07777u : 0;
}

static bool
is_there(const struct fixture *f, const char *name)
{
	return mode_of(f, name) != 0;
}

static void
creates_and_opens(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);
	mode_t old = umask(0);

	assert_ok(f, ledger_create(&options, &f->ledger, &f->err));
	umask(old);
	assert_int_equal(ledger_version(f->ledger), migrate_newest());
	begin(f);
	commit(f);
	/* Whatever the umask is. */
	assert_int_equal(mode_of(f, "ledger.db"), 0600);
	assert_int_equal(mode_of(f, "ledger.db-wal"), 0600);
	assert_int_equal(mode_of(f, "ledger.db-shm"), 0600);
	assert_int_equal(mode_of(f, "ledger.db.lock"), 0600);
	assert_false(is_there(f, "ledger.db.new"));
	reopen(f);
	assert_int_equal(ledger_version(f->ledger), migrate_newest());
}

static void
refuses_to_create_over_a_file(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);
	struct ledger *other = NULL;
	struct stat before, after;

	assert_int_equal(stat(f->path, &before), 0);
	assert_fails(f, ledger_create(&options, &other, &f->err), CA_REFUSED,
	    "exists already");
	assert_null(other);
	assert_int_equal(stat(f->path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
}

/* SQLite would replay it into the new file. */
static void
refuses_to_create_beside_the_log_of_another(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);
	struct ledger *other = NULL;

	ledger_close(f->ledger);
	f->ledger = NULL;
	assert_true(is_there(f, "ledger.db-wal"));
	assert_int_equal(unlink(f->path), 0);
	assert_fails(f, ledger_create(&options, &other, &f->err), CA_REFUSED,
	    "ledger.db-wal: exists already");
	assert_false(is_there(f, "ledger.db"));
}

static void
refuses_what_is_not_there(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);
	struct ledger *other = NULL;

	assert_fails(f, ledger_open(&options, &other, &f->err), CA_NOT_FOUND,
	    "No such file");
	assert_false(is_there(f, "ledger.db"));
	assert_false(is_there(f, "ledger.db.lock"));
	options.path = "/nonexistent/folder/ledger.db";
	assert_fails(f, ledger_open(&options, &other, &f->err), CA_NOT_FOUND,
	    "/nonexistent/folder");
	assert_fails(f, ledger_create(&options, &other, &f->err), CA_NOT_FOUND,
	    "/nonexistent/folder");
	options.path = "/tmp/";
	assert_fails(
	    f, ledger_open(&options, &other, &f->err), CA_USAGE, "no file");
	assert_null(other);
}

/* checklist 85 */
static void
refuses_links_folders_and_pipes(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options;
	struct ledger *other = NULL;
	char path[700];

	(void)snprintf(path, sizeof(path), "%s/other.db", f->folder);
	options = (struct ledger_options){.path = path};
	assert_int_equal(symlink("ledger.db", path), 0);
	assert_fails(f, ledger_open(&options, &other, &f->err), CA_REFUSED,
	    "not a plain file");
	assert_fails(f, ledger_create(&options, &other, &f->err), CA_REFUSED,
	    "exists already");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_fails(f, ledger_open(&options, &other, &f->err), CA_REFUSED,
	    "not a plain file");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_fails(f, ledger_open(&options, &other, &f->err), CA_REFUSED,
	    "not a plain file");
	assert_int_equal(rmdir(path), 0);
	assert_null(other);
}

static void
opens_through_a_linked_folder(void **state)
{
	struct fixture *f = *state;
	char link[600], path[700];
	struct ledger_options options = {.path = path};
	struct ledger *other = NULL;

	(void)snprintf(link, sizeof(link), "%s.link", f->folder);
	(void)snprintf(path, sizeof(path), "%s/ledger.db", link);
	assert_int_equal(symlink(f->folder, link), 0);
	assert_ok(f, ledger_open(&options, &other, &f->err));
	ledger_close(other);
	assert_int_equal(unlink(link), 0);
}

static void
survives_nothing_to_close(void **state)
{
	(void)state;
	ledger_close(NULL);
}

static void
names_its_engine(void **state)
{
	(void)state;
	assert_string_equal(ledger_engine_version(), sqlite3_libversion());
}

/* ---- transactions ---- */

static void
commits_and_rolls_back(void **state)
{
	struct fixture *f = *state;

	begin(f);
	intend_serial(f, BYTES("\x01"));
	ledger_rollback(f->ledger);
	ledger_rollback(f->ledger);
	assert_int_equal(count_certs(f), 0);
	begin(f);
	intend_serial(f, BYTES("\x01"));
	commit(f);
	assert_int_equal(count_certs(f), 1);
	begin(f);
	intend_serial(f, BYTES("\x02"));
	reopen(f); /* closing rolls back */
	assert_int_equal(count_certs(f), 1);
}

static void
refuses_to_write_outside_a_transaction(void **state)
{
	struct fixture *f = *state;
	struct ca_error *err = &f->err;
	struct ledger_cert row = cert_of(f, BYTES("\x01"));
	struct ledger_authority authority = {.name = "x"};
	struct ledger_revocation revocation = {.certificate = 1};
	struct ledger_crl crl = {.issuer = f->root};
	struct ledger_event event = {.kind = LEDGER_EVENT_ISSUED};
	int64_t id;
	bool flag;

#define assert_outside(call) \
	assert_fails(f, call, CA_INTERNAL, "outside a transaction")
	assert_outside(ledger_commit(f->ledger, err));
	assert_outside(ledger_intend(f->ledger, &row, &id, &flag, err));
	assert_outside(
	    ledger_issued(f->ledger, 1, BYTES("d"), hash_of(1), err));
	assert_outside(ledger_add_authority(f->ledger, &authority, &id, err));
	assert_outside(
	    ledger_set_authority_certificate(f->ledger, f->root, 1, err));
	assert_outside(ledger_revoke(f->ledger, &revocation, &flag, err));
	assert_outside(ledger_add_crl(f->ledger, &crl, err));
	assert_outside(ledger_add_event(f->ledger, &event, err));
	assert_outside(ledger_put_policy(
	    f->ledger, hash_of(1), "p", BYTES("t"), NOW, err));
	assert_outside(ledger_put_key_file(
	    f->ledger, "k", hash_of(1), hash_of(2), NOW, err));
	/* A snapshot is for reading. */
	assert_ok(f, ledger_snapshot(f->ledger, &f->err));
	assert_outside(ledger_intend(f->ledger, &row, &id, &flag, err));
	assert_fails(f, ledger_begin(f->ledger, err), CA_INTERNAL,
	    "inside a transaction");
	ledger_rollback(f->ledger);
	begin(f);
	assert_fails(f, ledger_begin(f->ledger, err), CA_INTERNAL,
	    "inside a transaction");
	assert_fails(f, ledger_snapshot(f->ledger, err), CA_INTERNAL,
	    "inside a transaction");
	ledger_rollback(f->ledger);
}

/* One failed step, and nothing of the transaction stays. */
static void
dooms_a_transaction_with_a_failed_write(void **state)
{
	struct fixture *f = *state;
	struct ledger_cert row = cert_of(f, BYTES("\x02"));
	bool collision;
	int64_t id = -1;

	row.not_after = row.not_before - 1;
	begin(f);
	intend_serial(f, BYTES("\x01"));
	assert_fails(f,
	    ledger_intend(f->ledger, &row, &id, &collision, &f->err),
	    CA_INTERNAL, "certificate_validity");
	assert_false(collision);
	assert_int_equal(id, -1);
	row.not_after = row.not_before;
	assert_fails(f,
	    ledger_intend(f->ledger, &row, &id, &collision, &f->err),
	    CA_INTERNAL, "after a failed one");
	assert_fails(f, ledger_commit(f->ledger, &f->err), CA_INTERNAL,
	    "nothing was recorded");
	assert_int_equal(count_certs(f), 0);
	/* The next one is not harmed. */
	begin(f);
	intend_serial(f, BYTES("\x02"));
	commit(f);
}

static void
pins_one_state_for_several_reads(void **state)
{
	struct fixture *f = *state;
	struct ledger *reader = f->ledger;
	struct ledger_options options = options_of(f);

	f->ledger = NULL;
	assert_ok(f, ledger_open(&options, &f->ledger, &f->err));
	assert_ok(f, ledger_snapshot(reader, &f->err));
	begin(f);
	intend_serial(f, BYTES("\x01"));
	commit(f);
	ledger_close(f->ledger);
	f->ledger = reader;
	assert_int_equal(count_certs(f), 0);
	ledger_rollback(f->ledger);
	assert_int_equal(count_certs(f), 1);
}

static void
refuses_a_version_that_came_while_open(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
	assert_fails(f, ledger_begin(f->ledger, &f->err), CA_REFUSED,
	    "became version 99");
}

/* ---- many hands ---- */

#define CHILDREN 8
#define ROUNDS 25

static enum ca_status
issue_one(struct ledger *ledger, const struct fixture *f, uint8_t who,
    uint8_t round, struct ca_error *err)
{
	uint8_t serial[] = {0x40, who, round};
	struct ledger_cert row = cert_of(
	    f, (struct ca_bytes){serial, sizeof(serial)});
	struct ledger_crl crl = {
	    .issuer = f->root, .next_update = INT64_MAX, .hash = hash_of(1)};
	struct ledger_event event = {
	    .actor = "test", .kind = LEDGER_EVENT_INTENDED, .time = NOW};
	bool collision;
	int64_t id;
	enum ca_status st;

	if ((st = ledger_begin(ledger, err)) != CA_OK ||
	    (st = ledger_intend(ledger, &row, &id, &collision, err)) != CA_OK ||
	    (st = ledger_next_crl_number(ledger, f->root, &crl.number, err)) !=
		CA_OK)
		return st;
	crl.this_update = crl.number;
	if ((st = ledger_add_crl(ledger, &crl, err)) != CA_OK ||
	    (st = ledger_add_event(ledger, &event, err)) != CA_OK)
		return st;
	return ledger_commit(ledger, err);
}

static int
run_writer(const struct fixture *f, uint8_t who)
{
	struct ledger_options options = options_of(f);
	struct ca_error err = {0};
	struct ledger *ledger = NULL;
	enum ca_status st = ledger_open(&options, &ledger, &err);

	for (uint8_t i = 0; i < ROUNDS && st == CA_OK; i++)
		st = issue_one(ledger, f, who, i, &err);
	if (st != CA_OK)
		(void)fprintf(stderr, "%s\n", err.msg);
	ledger_close(ledger);
	return st == CA_OK ? 0 : 1;
}

static enum ca_status
see_rising(void *ctx, const struct ledger_crl *row)
{
	int64_t *last = ctx;

	if (row->number != *last + 1)
		return CA_INTERNAL;
	*last = row->number;
	return CA_OK;
}

static enum ca_status
see_gapless(void *ctx, const struct ledger_event *row)
{
	int64_t *last = ctx;

	if (row->sequence != *last + 1)
		return CA_INTERNAL;
	*last = row->sequence;
	return CA_OK;
}

/* checklist 74, 87 */
static void
queues_many_processes(void **state)
{
	struct fixture *f = *state;
	pid_t pids[CHILDREN];
	int64_t last = 0;

	ledger_close(f->ledger);
	f->ledger = NULL;
	for (uint8_t i = 0; i < CHILDREN; i++)
		if ((pids[i] = fork()) == 0)
			_exit(run_writer(f, i));
	for (size_t i = 0; i < CHILDREN; i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	reopen(f);
	assert_int_equal(count_certs(f), CHILDREN * ROUNDS);
	assert_ok(
	    f, ledger_each_crl(f->ledger, f->root, see_rising, &last, &f->err));
	assert_int_equal(last, CHILDREN * ROUNDS);
	last = 0;
	assert_ok(
	    f, ledger_each_event(f->ledger, 0, see_gapless, &last, &f->err));
	assert_int_equal(last, CHILDREN * ROUNDS);
	assert_ok(f, ledger_check_integrity(f->ledger, &f->err));
}

static void
ends_busy_when_others_hold_it(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = {.path = f->path, .wait_ms = 30};
	struct ledger *other = NULL;

	begin(f);
	intend_serial(f, BYTES("\x01"));
	assert_ok(f, ledger_open(&options, &other, &f->err));
	assert_fails(f, ledger_begin(other, &f->err), CA_BUSY,
	    "held by others for longer than 30 ms, nothing was recorded");
	commit(f);
	/* It can go on when they are done. */
	assert_ok(f, ledger_begin(other, &f->err));
	ledger_close(other);
	assert_int_equal(count_certs(f), 1);
}

/* Not one of ours: it holds the database and knows no lock file. */
static void
ends_busy_when_a_stranger_holds_it(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = {.path = f->path, .wait_ms = 30};
	struct ledger *other = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_ok(f, ledger_open(&options, &other, &f->err));
	assert_fails(f, ledger_begin(other, &f->err), CA_BUSY,
	    "held by others for longer than 30 ms");
	/* And has let go of the lock file for the others. */
	sqlite3_close(db);
	begin(f);
	commit(f);
	ledger_close(other);
}

static void
refuses_a_planted_lock(void **state)
{
	struct fixture *f = *state;
	char path[700];

	reopen(f);
	drop_file(f, "ledger.db.lock");
	(void)snprintf(path, sizeof(path), "%s.lock", f->path);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_fails(
	    f, ledger_begin(f->ledger, &f->err), CA_IO, "ledger.db.lock: ");
}

static int
create_in_child(struct fixture *f)
{
	struct ledger_options options = options_of(f);
	struct ledger *ledger = NULL;
	struct ca_error err = {0};
	enum ca_status st = ledger_create(&options, &ledger, &err);

	ledger_close(ledger);
	return (int)st;
}

static void
lets_one_of_many_create(void **state)
{
	struct fixture *f = *state;
	pid_t pids[CHILDREN];
	size_t made = 0, refused = 0;

	for (size_t i = 0; i < CHILDREN; i++)
		if ((pids[i] = fork()) == 0)
			_exit(create_in_child(f));
	for (size_t i = 0; i < CHILDREN; i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		made += WEXITSTATUS(status) == CA_OK;
		refused += WEXITSTATUS(status) == CA_REFUSED;
	}
	assert_int_equal(made, 1);
	assert_int_equal(refused, CHILDREN - 1);
	reopen(f);
}

/* ---- sudden ends ---- */

static int
die_before_commit(struct fixture *f)
{
	struct ledger_options options = options_of(f);
	struct ledger_cert row = cert_of(f, BYTES("\x33"));
	struct ca_error err = {0};
	struct ledger *ledger = NULL;
	bool collision;
	int64_t id;

	if (ledger_open(&options, &ledger, &err) != CA_OK ||
	    ledger_begin(ledger, &err) != CA_OK ||
	    ledger_intend(ledger, &row, &id, &collision, &err) != CA_OK)
		return 1;
	(void)kill(getpid(), SIGKILL);
	return 2;
}

static int
die_behind_commit(struct fixture *f)
{
	struct ledger_options options = options_of(f);
	struct ca_error err = {0};
	struct ledger *ledger = NULL;

	if (ledger_open(&options, &ledger, &err) != CA_OK ||
	    issue_one(ledger, f, 1, 1, &err) != CA_OK)
		return 1;
	(void)kill(getpid(), SIGKILL);
	return 2;
}

/* checklist 70 */
static void
forgets_what_was_not_committed(void **state)
{
	struct fixture *f = *state;

	ledger_close(f->ledger);
	f->ledger = NULL;
	assert_int_equal(in_child(die_before_commit, f), 256 + SIGKILL);
	reopen(f);
	assert_int_equal(count_certs(f), 0);
	begin(f); /* the lock went with its holder */
	intend_serial(f, BYTES("\x33"));
	commit(f);
	assert_ok(f, ledger_check_integrity(f->ledger, &f->err));
}

/* checklist 70, 73 */
static void
remembers_what_was_committed(void **state)
{
	struct fixture *f = *state;
	struct ledger_query orphans = {.state = LEDGER_INTENDED};
	struct seen seen;

	ledger_close(f->ledger);
	f->ledger = NULL;
	assert_int_equal(in_child(die_behind_commit, f), 256 + SIGKILL);
	reopen(f);
	assert_int_equal(find(f, &orphans, &seen), 1);
	assert_string_equal(seen.tbs, "the bytes to be signed");
	assert_string_equal(seen.serial, "\x40\x01\x01");
	begin(f);
	assert_true(revoke_for(f, seen.ids[0], NOW, 1));
	commit(f);
}

/* As a process leaves it that died while creating. */
static void
clears_away_half_a_ledger(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);
	char path[700];
	FILE *half;

	(void)snprintf(path, sizeof(path), "%s.new", f->path);
	assert_non_null(half = fopen(path, "w"));
	assert_int_equal(fputs("half a ledger", half) < 0, 0);
	assert_int_equal(fclose(half), 0);
	assert_fails(f, ledger_open(&options, &f->ledger, &f->err),
	    CA_NOT_FOUND, "ledger.db");
	assert_ok(f, ledger_create(&options, &f->ledger, &f->err));
	assert_false(is_there(f, "ledger.db.new"));
}

int
main(void)
{
#define WITH(setup, test) \
	cmocka_unit_test_setup_teardown(test, setup, drop_folder)
	const struct CMUnitTest tests[] = {
	    WITH(make_folder, creates_and_opens),
	    WITH(make_ledger, refuses_to_create_over_a_file),
	    WITH(make_ledger, refuses_to_create_beside_the_log_of_another),
	    WITH(make_folder, refuses_what_is_not_there),
	    WITH(make_ledger, refuses_links_folders_and_pipes),
	    WITH(make_ledger, opens_through_a_linked_folder),
	    cmocka_unit_test(survives_nothing_to_close),
	    cmocka_unit_test(names_its_engine),
	    WITH(make_ledger, commits_and_rolls_back),
	    WITH(make_ledger, refuses_to_write_outside_a_transaction),
	    WITH(make_ledger, dooms_a_transaction_with_a_failed_write),
	    WITH(make_ledger, pins_one_state_for_several_reads),
	    WITH(make_ledger, refuses_a_version_that_came_while_open),
	    WITH(make_ledger, queues_many_processes),
	    WITH(make_ledger, ends_busy_when_others_hold_it),
	    WITH(make_ledger, ends_busy_when_a_stranger_holds_it),
	    WITH(make_ledger, refuses_a_planted_lock),
	    WITH(make_folder, lets_one_of_many_create),
	    WITH(make_ledger, forgets_what_was_not_committed),
	    WITH(make_ledger, remembers_what_was_committed),
	    WITH(make_folder, clears_away_half_a_ledger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
