/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/ledger_fixture.h"

#include "db/ledger_internal.h"
#include "tests/unit/fault_vfs.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* More steps than one issuance has. */
#define STEPS_MAX 400
#define ALLOCATIONS_MAX 4000

/* How far an issuance came, and what it said where it ended. */
struct outcome {
	bool opened, intended, issued;
	enum ca_status st;
	struct ca_error err;
};

/* Two commits, as a certificate costs. */
static void
issue_into(const struct fixture *f, struct ca_bytes serial, struct outcome *o)
{
	struct ledger_options options = options_of(f);
	struct ledger_cert row = cert_of(f, serial);
	struct ledger *ledger = NULL;
	bool collision;
	int64_t id = 0;

	if ((o->st = ledger_open(&options, &ledger, &o->err)) != CA_OK)
		goto out;
	o->opened = true;
	if ((o->st = ledger_begin(ledger, &o->err)) != CA_OK ||
	    (o->st = ledger_intend(ledger, &row, &id, &collision, &o->err)) !=
		CA_OK ||
	    (o->st = ledger_commit(ledger, &o->err)) != CA_OK)
		goto out;
	o->intended = true;
	if ((o->st = ledger_begin(ledger, &o->err)) != CA_OK ||
	    (o->st = ledger_issued(
		 ledger, id, BYTES("der"), hash_of(1), &o->err)) != CA_OK ||
	    (o->st = ledger_commit(ledger, &o->err)) != CA_OK)
		goto out;
	o->issued = true;
out:
	ledger_close(ledger);
}

static struct outcome
issue(const struct fixture *f, struct ca_bytes serial)
{
	struct outcome o = {0};

	issue_into(f, serial, &o);
	return o;
}

/* What was said to be recorded is; what was said not to be is not. */
static void
assert_truthful(
    struct fixture *f, struct ca_bytes serial, const struct outcome *o)
{
	struct ledger_query query = {.serial = serial};
	bool unsure = strstr(o->err.msg, "may or may not") != NULL;
	struct seen seen;
	size_t rows;

	reopen(f);
	assert_ok(f, ledger_check_integrity(f->ledger, &f->err));
	rows = find(f, &query, &seen);
	if (unsure)
		assert_true(fault.sync_failed);
	if (o->intended)
		assert_int_equal(rows, 1);
	else if (!unsure)
		assert_int_equal(rows, 0);
	if (o->issued)
		assert_int_equal(seen.last.state, LEDGER_ISSUED);
	else if (rows == 1 && !(o->intended && unsure))
		assert_int_equal(seen.last.state, LEDGER_INTENDED);
	/* And one can go on. */
	ledger_close(f->ledger);
	f->ledger = NULL;
}

static void
assert_goes_on(struct fixture *f, uint8_t step)
{
	struct outcome o;
	uint8_t serial[] = {0x60, step, 1};

	o = issue(f, (struct ca_bytes){serial, sizeof(serial)});
	assert_int_equal(o.st, CA_OK);
}

/* The log is short in some runs and long in others, so that checkpoints are
 * met too. */
static void
fail_at_each_step(struct fixture *f, int error, bool lasts)
{
	int failed = 0;

	ledger_close(f->ledger);
	f->ledger = NULL;
	for (int step = 1; step < STEPS_MAX; step++) {
		uint8_t serial[] = {
		    0x50, (uint8_t)(step >> 8), (uint8_t)step, 1};
		struct ca_bytes bytes = {serial, sizeof(serial)};
		struct outcome o;

		fault = (struct fault){
		    .at = step, .lasts = lasts, .error = error};
		o = issue(f, bytes);
		fault.at = 0;
		assert_int_equal(o.st == CA_OK, o.issued);
		if (!fault.happened)
			break;
		if (o.st != CA_OK)
			assert_int_equal(o.st, CA_IO);
		failed += o.st != CA_OK;
		assert_truthful(f, bytes, &o);
		assert_goes_on(f, (uint8_t)step);
	}
	assert_true(failed > 20);
}

/* checklist 71 */
static void
survives_a_full_disk(void **state)
{
	fail_at_each_step(*state, SQLITE_FULL, true);
}

static void
survives_a_disk_full_for_a_moment(void **state)
{
	fail_at_each_step(*state, SQLITE_FULL, false);
}

static void
survives_a_broken_disk(void **state)
{
	fail_at_each_step(*state, SQLITE_IOERR_WRITE, true);
}

static void
survives_a_hiccup(void **state)
{
	fail_at_each_step(*state, SQLITE_IOERR_WRITE, false);
}

static void
says_what_ended_it(void **state)
{
	struct fixture *f = *state;
	struct outcome o;

	ledger_close(f->ledger);
	f->ledger = NULL;
	(void)issue(f, BYTES("\x01"));
	fault = (struct fault){.error = SQLITE_FULL};
	o = issue(f, BYTES("\x02"));
	assert_int_equal(o.st, CA_OK);
	/* The last step but one is the write of the outcome. */
	fault = (struct fault){
	    .at = fault.steps - 1, .error = SQLITE_FULL, .lasts = true};
	o = issue(f, BYTES("\x03"));
	assert_int_equal(o.st, CA_IO);
	assert_non_null(strstr(o.err.msg, "ledger: disk full: "));
	assert_non_null(strstr(o.err.msg,
	    "ledger.db, nothing was recorded; free space and run it again"));
	fault = (struct fault){0};
}

/* A ledger appears whole or not at all. */
static void
creates_all_or_nothing(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);
	int step;

	for (step = 1; step < STEPS_MAX; step++) {
		struct ca_error err = {0};
		enum ca_status st;

		fault = (struct fault){
		    .at = step, .lasts = true, .error = SQLITE_FULL};
		st = ledger_create(&options, &f->ledger, &err);
		fault.at = 0;
		if (!fault.happened)
			break;
		if (st == CA_OK) {
			reopen(f);
			ledger_close(f->ledger);
			f->ledger = NULL;
		} else {
			assert_int_equal(st, CA_IO);
			assert_null(f->ledger);
		}
		if (access(f->path, F_OK) == 0) {
			reopen(f);
			assert_ok(
			    f, ledger_check_integrity(f->ledger, &f->err));
			ledger_close(f->ledger);
			f->ledger = NULL;
			drop_file(f, "ledger.db");
			drop_file(f, "ledger.db-wal");
			drop_file(f, "ledger.db-shm");
		}
	}
	assert_in_range(step, 20, STEPS_MAX - 1);
	assert_ok(f, ledger_check_integrity(f->ledger, &f->err));
}

/* The file itself says that it has a log: octets 18 and 19 of it. */
static bool
has_log(const struct fixture *f)
{
	uint8_t head[20] = {0};
	FILE *file = fopen(f->path, "rb");

	assert_non_null(file);
	assert_int_equal(fread(head, 1, sizeof(head), file), sizeof(head));
	(void)fclose(file);
	return head[18] == 2 && head[19] == 2;
}

static void
take_log_away(struct fixture *f)
{
	sqlite3 *db = NULL;

	ledger_close(f->ledger);
	f->ledger = NULL;
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_false(has_log(f));
}

/* A backup comes without a log: what was opened has one, or it is told. */
static void
makes_a_log_or_tells(void **state)
{
	struct fixture *f = *state;
	struct ledger_options options = options_of(f);
	int step, failed = 0;

	for (step = 1; step < STEPS_MAX; step++) {
		struct ca_error err = {0};

		take_log_away(f);
		fault = (struct fault){.at = step, .error = SQLITE_IOERR_WRITE};
		if (ledger_open(&options, &f->ledger, &err) == CA_OK) {
			assert_true(has_log(f));
		} else {
			failed++;
			fault.at = 0;
			reopen(f);
		}
		fault.at = 0;
		if (!fault.happened)
			break;
	}
	assert_true(failed > 3);
	assert_in_range(step, 5, STEPS_MAX - 1);
}

/* checklist 72 */
static void
survives_refused_memory(void **state)
{
	struct fixture *f = *state;
	int n;

	ledger_close(f->ledger);
	f->ledger = NULL;
	for (n = 1; n < ALLOCATIONS_MAX; n++) {
		uint8_t serial[] = {0x40, (uint8_t)(n >> 8), (uint8_t)n, 1};
		struct ca_bytes bytes = {serial, sizeof(serial)};
		struct outcome o;

		fault = (struct fault){.memory_at = n};
		o = issue(f, bytes);
		fault.memory_at = 0;
		if (!fault.memory_failed)
			break;
		assert_int_equal(o.st, o.issued ? CA_OK : CA_MEMORY);
		assert_truthful(f, bytes, &o);
	}
	assert_in_range(n, 100, ALLOCATIONS_MAX - 1);
}

/* Two durable commits are two syncs; to the first the ledger adds one of the
 * folder, which makes three for the disk (tests/cli/sign.bats). */
static void
syncs_once_a_commit(void **state)
{
	struct fixture *f = *state;
	struct outcome o;

	ledger_close(f->ledger);
	f->ledger = NULL;
	for (uint8_t i = 1; i <= 5; i++) {
		fault = (struct fault){0};
		o = issue(f, (struct ca_bytes){&i, 1});
		assert_int_equal(o.st, CA_OK);
		assert_int_equal(fault.syncs, 2);
	}
}

/* The log does not grow for ever: it is brought in now and then. */
static void
brings_the_log_in(void **state)
{
	struct fixture *f = *state;
	struct stat log;
	char path[700];

	ledger_close(f->ledger);
	f->ledger = NULL;
	for (uint8_t i = 1; i <= 100; i++)
		assert_int_equal(issue(f, (struct ca_bytes){&i, 1}).st, CA_OK);
	(void)snprintf(path, sizeof(path), "%s-wal", f->path);
	assert_int_equal(stat(path, &log), 0);
	assert_in_range(log.st_size, 1, 2 << 20);
}

/* ---- a sudden end ---- */

struct death {
	struct fixture *f;
	struct ca_bytes serial;
	struct outcome *told; /* in memory that outlives the process */
};

static int
die_at_step(struct death *death, int step)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		fault = (struct fault){.at = step, .kills = true};
		issue_into(death->f, death->serial, death->told);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* checklist 70: killed at every step, in half of each write */
static void
survives_sudden_death(void **state)
{
	struct fixture *f = *state;
	struct outcome *told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int step;

	assert_true(told != MAP_FAILED);
	ledger_close(f->ledger);
	f->ledger = NULL;
	fault = (struct fault){0};
	for (step = 1; step < STEPS_MAX; step++) {
		uint8_t serial[] = {0x30, (uint8_t)(step >> 8), (uint8_t)step};
		struct death death = {
		    .f = f, .serial = {serial, sizeof(serial)}, .told = told};
		struct ledger_query query = {.serial = death.serial};
		struct seen seen;
		int sig;

		*told = (struct outcome){0};
		if ((sig = die_at_step(&death, step)) == 0)
			break;
		assert_int_equal(sig, SIGKILL);
		reopen(f);
		assert_ok(f, ledger_check_integrity(f->ledger, &f->err));
		/* Not told of it, the row may be there: that is the promise
		 * the other way round. */
		if (told->intended)
			assert_int_equal(find(f, &query, &seen), 1);
		assert_false(told->issued);
		ledger_close(f->ledger);
		f->ledger = NULL;
		assert_goes_on(f, (uint8_t)step);
	}
	assert_in_range(step, 20, STEPS_MAX - 1);
	assert_int_equal(munmap(told, sizeof(*told)), 0);
}

/* ---- the system's own refusal ---- */

#define SPACE ((rlim_t)300000)

static int
issue_until_full(struct fixture *f)
{
	struct rlimit limit = {SPACE, SPACE};
	uint8_t i;

	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return 0;
	for (i = 1; i < 250; i++) {
		struct outcome o = issue(f, (struct ca_bytes){&i, 1});

		if (o.st == CA_OK)
			continue;
		if (o.st != CA_IO || strstr(o.err.msg, "disk full") == NULL) {
			(void)fprintf(stderr, "%s\n", o.err.msg);
			return 0;
		}
		break;
	}
	return i;
}

/* checklist 71: as on a full disk, and as under a quota */
static void
keeps_all_that_was_issued(void **state)
{
	struct fixture *f = *state;
	struct ledger_query issued = {.state = LEDGER_ISSUED};
	struct seen seen;
	int done;

	ledger_close(f->ledger);
	f->ledger = NULL;
	done = in_child(issue_until_full, f);
	assert_in_range(done, 5, 249);
	reopen(f);
	assert_ok(f, ledger_check_integrity(f->ledger, &f->err));
	assert_int_equal(find(f, &issued, &seen), done - 1);
	begin(f);
	intend_serial(f, BYTES("\x01\x01"));
	commit(f);
}

int
main(void)
{
#define WITH(setup, test) \
	cmocka_unit_test_setup_teardown(test, setup, drop_folder)
	const struct CMUnitTest tests[] = {
	    WITH(make_ledger, survives_a_full_disk),
	    WITH(make_ledger, survives_a_disk_full_for_a_moment),
	    WITH(make_ledger, survives_a_broken_disk),
	    WITH(make_ledger, survives_a_hiccup),
	    WITH(make_ledger, says_what_ended_it),
	    WITH(make_folder, creates_all_or_nothing),
	    WITH(make_ledger, makes_a_log_or_tells),
	    WITH(make_ledger, survives_refused_memory),
	    WITH(make_ledger, syncs_once_a_commit),
	    WITH(make_ledger, brings_the_log_in),
	    WITH(make_ledger, survives_sudden_death),
	    WITH(make_ledger, keeps_all_that_was_issued),
	};

	if (fault_memory_install() != SQLITE_OK ||
	    fault_vfs_install() != SQLITE_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
