/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_connect.h"
#include "db/ledger_lock.h"
#include "db/ledger_settle.h"
#include "db/ledger_sql.h"
#include "db/migrate.h"

#include <limits.h>
#include <sys/stat.h>

/* How long SQLite itself waits for one lock. */
static void
set_patience(struct ledger *ledger, int64_t wait_ms)
{
	int ms = wait_ms > INT_MAX ? INT_MAX : (int)wait_ms;

	(void)sqlite3_busy_timeout(ledger->db, ms);
}

static enum ca_status
run(struct ledger *ledger, const char *text, struct ca_error *err)
{
	struct sql sql;

	sql_open(&sql, ledger, text);
	return sql_run(&sql, err);
}

/* SQLite's own answer is asked for: a BEGIN that failed may have begun. */
static void
roll_back(struct ledger *ledger)
{
	struct ca_error ignored = {0};

	/* After some errors SQLite has rolled back by itself. */
	if (!sqlite3_get_autocommit(ledger->db) &&
	    run(ledger, "ROLLBACK", &ignored) != CA_OK)
		(void)sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL);
}

/* The statement that ends it is made first: when memory is refused later, the
 * ledger would stay locked. */
static enum ca_status
begin(struct ledger *ledger, const char *text, struct ca_error *err)
{
	enum ca_status st = CA_OK;
	struct sql end;

	sql_open(&end, ledger, "ROLLBACK");
	if (end.rc != SQLITE_OK)
		st = ledger_fail(ledger, end.rc, err);
	sql_close(&end);
	if (st == CA_OK && (st = run(ledger, text, err)) != CA_OK)
		roll_back(ledger);
	return st;
}

enum ca_status
ledger_begin_any(struct ledger *ledger, struct ca_error *err)
{
	int64_t left_ms = 0;
	enum ca_status st;

	if (ledger->read_only)
		return ca_fail(err, CA_USAGE,
		    "ledger: %s: was opened to be read alone", ledger->path);
	if (ledger->mode != LEDGER_IDLE)
		return ca_fail(err, CA_INTERNAL,
		    "ledger: a transaction inside a transaction");
	/* It would be waited for as if it were somebody else. */
	(void)ledger_settle_end(ledger);
	if ((st = ledger_lock(ledger, &left_ms, err)) != CA_OK)
		return st;
	set_patience(ledger, left_ms);
	st = begin(ledger, "BEGIN IMMEDIATE", err);
	set_patience(ledger, ledger->wait_ms);
	if (st != CA_OK) {
		ledger_unlock(ledger);
		return st;
	}
	ledger->mode = LEDGER_WRITING;
	ledger->doomed = false;
	ledger->in_doubt = false;
	return CA_OK;
}

/* A newer signet may have migrated the file since it was opened here. */
static enum ca_status
check_same_version(struct ledger *ledger, struct ca_error *err)
{
	int64_t version = 0;
	enum ca_status st = migrate_read_version(ledger, &version, err);

	if (st != CA_OK || version == ledger->version)
		return st;
	return ca_fail(err, CA_REFUSED,
	    "ledger: %s: became version %lld while it was open: run it again",
	    ledger->path, (long long)version);
}

/* A backup may have been restored while this one waited: what it wrote would be
 * written to the home that was put aside. */
static enum ca_status
check_same_file(struct ledger *ledger, struct ca_error *err)
{
	struct stat place;

	if (lstat(ledger->path, &place) == 0 &&
	    place.st_dev == ledger->device && place.st_ino == ledger->inode)
		return CA_OK;
	return ca_fail(err, CA_IO,
	    "ledger: %s: another file is there by now, or none: the ledger was "
	    "replaced, and %s; run it again",
	    ledger->path, ledger_undone(ledger));
}

enum ca_status
ledger_begin(struct ledger *ledger, struct ca_error *err)
{
	enum ca_status st;

	if ((st = ledger_begin_any(ledger, err)) != CA_OK)
		return st;
	if ((st = check_same_version(ledger, err)) != CA_OK ||
	    (st = check_same_file(ledger, err)) != CA_OK)
		ledger_rollback(ledger);
	return st;
}

/*
 * When the sync fails the commit's frames are in the log all the same, and
 * the next to read the log after a crash may take them for committed. Nothing
 * is claimed then that is not known.
 */
static enum ca_status
commit(struct ledger *ledger, struct ca_error *err)
{
	struct ca_error inner = {0};
	enum ca_status st = run(ledger, "COMMIT", &inner);
	int rc = sqlite3_extended_errcode(ledger->db);

	if (st == CA_OK)
		return CA_OK;
	ledger->in_doubt = rc == SQLITE_IOERR_FSYNC;
	if (ledger->in_doubt)
		return ca_fail(err, CA_IO,
		    "ledger: %s: the disk did not confirm the last step: it "
		    "may or may not be recorded; see to the disk, then audit",
		    ledger->path);
	return ca_fail(err, st, "%s", inner.msg);
}

/*
 * The log may be new, and what is committed to it is lost when its name is.
 * SQLite syncs the folder of a new log, and takes no notice when that fails.
 * While this handle is open nobody removes the log: once is enough.
 */
static enum ca_status
sync_log_name(struct ledger *ledger, struct ca_error *err)
{
	enum ca_status st = CA_OK;

	if (!ledger->folder_synced)
		st = ledger_sync_folder(ledger->path, err);
	ledger->folder_synced = st == CA_OK;
	return st;
}

enum ca_status
ledger_commit(struct ledger *ledger, struct ca_error *err)
{
	enum ca_status st;

	if ((st = ledger_must_write(ledger, err)) == CA_OK &&
	    (st = sync_log_name(ledger, err)) == CA_OK)
		st = commit(ledger, err);
	if (st == CA_OK) {
		ledger->mode = LEDGER_IDLE;
		ledger_unlock(ledger);
		ledger_settle_begin(ledger);
	} else {
		ledger_rollback(ledger);
	}
	return st;
}

bool
ledger_in_doubt(const struct ledger *ledger)
{
	return ledger->in_doubt;
}

void
ledger_rollback(struct ledger *ledger)
{
	if (ledger->mode == LEDGER_IDLE)
		return;
	roll_back(ledger);
	if (ledger->mode == LEDGER_WRITING)
		ledger_unlock(ledger);
	ledger->mode = LEDGER_IDLE;
}

enum ca_status
ledger_snapshot(struct ledger *ledger, struct ca_error *err)
{
	int64_t ignored = 0;
	enum ca_status st;

	if (ledger->mode != LEDGER_IDLE)
		return ca_fail(err, CA_INTERNAL,
		    "ledger: a snapshot inside a transaction");
	if ((st = begin(ledger, "BEGIN", err)) != CA_OK)
		return st;
	ledger->mode = LEDGER_READING;
	/* The state is pinned by the first read, not by BEGIN. */
	if ((st = migrate_read_version(ledger, &ignored, err)) != CA_OK)
		ledger_rollback(ledger);
	return st;
}
