/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_connect.h"

#include "db/ledger_lock.h"
#include "db/ledger_settle.h"
#include "db/ledger_sql.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
configure(sqlite3 *db)
{
	static const struct {
		int option, value;
	} options[] = {
	    {SQLITE_DBCONFIG_DEFENSIVE, 1},
	    {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
	    {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
	    {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
	    {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
	    {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
	    {SQLITE_DBCONFIG_DQS_DML, 0},
	    {SQLITE_DBCONFIG_DQS_DDL, 0},
	};
	int rc = SQLITE_OK;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]) && !rc; i++)
		rc = sqlite3_db_config(
		    db, options[i].option, options[i].value, NULL);
	if (rc == SQLITE_OK)
		(void)sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	return rc;
}

/* temp_store: a walk that sorts leaves no copy of the ledger's content in a
 * temporary file, and needs no place for one. secure_delete: nothing in here
 * is secret, and a dropped CRL of 38 MB is not written over, which some builds
 * of SQLite do unless told. */
static const char pragmas[] = "PRAGMA cell_size_check = ON;"
			      "PRAGMA mmap_size = 0;"
			      "PRAGMA temp_store = MEMORY;"
			      "PRAGMA secure_delete = FAST;";

/* ---- the folder of a log ---- */

/*
 * As SQLite's own, save for a log: ledger_commit() has synced that folder, and
 * says when it could not, which SQLite, for whom this is no failure, does not.
 */
static int
open_directory(const char *file, int *ret_fd)
{
	const char *slash = strrchr(file, '/');
	size_t len = strlen(file);
	char *folder;

	if (slash == NULL || (len > 4 && strcmp(file + len - 4, "-wal") == 0) ||
	    (folder = strndup(file, (size_t)(slash - file) + 1)) == NULL)
		return SQLITE_CANTOPEN;
	*ret_fd = open(folder, O_RDONLY | O_CLOEXEC);
	free(folder);
	return *ret_fd >= 0 ? SQLITE_OK : SQLITE_CANTOPEN;
}

/* A process's first ledger is opened before it has threads. */
static void
sync_log_folder_once(void)
{
	const sqlite3_syscall_ptr ours = (sqlite3_syscall_ptr)open_directory;
	sqlite3_vfs *vfs = sqlite3_vfs_find("unix");

	if (vfs == NULL || vfs->iVersion < 3 ||
	    vfs->xGetSystemCall(vfs, "openDirectory") == ours)
		return;
	(void)vfs->xSetSystemCall(vfs, "openDirectory", ours);
}

/* ---- connect ---- */

int
ledger_patience(const struct ledger *ledger)
{
	return ledger->wait_ms > INT_MAX ? INT_MAX : (int)ledger->wait_ms;
}

enum ca_status
ledger_connect(struct ledger *ledger, const char *path, struct ca_error *err)
{
	int flags = SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE |
	    SQLITE_OPEN_NOMUTEX |
	    (ledger->read_only && !ledger->to_check ? SQLITE_OPEN_READONLY :
						      SQLITE_OPEN_READWRITE);
	struct stat place;
	enum ca_status st;
	int rc;

	/* Before it is opened: one that is put there in between is noticed
	 * too. A new ledger keeps its number when it gets its name. */
	if (lstat(path, &place) == 0) {
		ledger->device = place.st_dev;
		ledger->inode = place.st_ino;
	}
	sync_log_folder_once();
	errno = 0;
	rc = sqlite3_open_v2(path, &ledger->db, flags, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(ledger->db, ledger_patience(ledger));
	if (rc == SQLITE_OK)
		rc = configure(ledger->db);
	if (rc != SQLITE_OK)
		return ledger_fail(ledger, rc, err);
	st = sql_script(ledger, pragmas, err);
	if (st == CA_OK && ledger->to_check)
		st = sql_script(ledger, "PRAGMA query_only = ON;", err);
	return st;
}

void
ledger_disconnect(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->statement_count; i++)
		(void)sqlite3_finalize(ledger->statements[i].stmt);
	ledger->statement_count = 0;
	(void)sqlite3_close(ledger->db);
	ledger->db = NULL;
}

/* To the end: the change is committed behind the row that tells of it. */
static enum ca_status
journal_is_wal(
    struct ledger *ledger, const char *text, bool *ret, struct ca_error *err)
{
	struct sql sql;
	bool wal = false, row = true;
	enum ca_status st = CA_OK;

	sql_open(&sql, ledger, text);
	while (row && (st = sql_next(&sql, &row, err)) == CA_OK)
		if (row)
			wal = strcmp(sql_text(&sql, 0), "wal") == 0;
	sql_close(&sql);
	if (st == CA_OK)
		*ret = wal;
	return st;
}

/* Not before the file is known to be ours: SQLite reads its schema for these.
 * The cache (8 MB at most, and only as it is used) keeps a large group of
 * certificates from being written to the log more than once; see
 * ledger_keep_little(). */
static enum ca_status
settle(struct ledger *ledger, struct ca_error *err)
{
	return sql_script(ledger,
	    "PRAGMA synchronous = FULL; PRAGMA cache_size = -8000;", err);
}

enum ca_status
ledger_set_wal(struct ledger *ledger, struct ca_error *err)
{
	bool wal = false;
	enum ca_status st;

	if ((st = settle(ledger, err)) != CA_OK)
		return st;
	st = journal_is_wal(ledger, "PRAGMA journal_mode = WAL", &wal, err);
	if (st == CA_OK && !wal)
		st = ca_fail(err, CA_IO,
		    "ledger: %s: this file system has no shared memory; "
		    "put the ledger on a local disk",
		    ledger->path);
	return st;
}

/* A restored copy may have come without: SQLite does not wait when two change
 * that at once, the lock does. */
enum ca_status
ledger_ensure_wal(struct ledger *ledger, struct ca_error *err)
{
	int64_t ignored;
	bool wal = false;
	enum ca_status st;

	if ((st = settle(ledger, err)) != CA_OK || ledger->read_only)
		return st;
	st = journal_is_wal(ledger, "PRAGMA journal_mode", &wal, err);
	if (st != CA_OK || wal)
		return st;
	if ((st = ledger_lock(ledger, &ignored, err)) != CA_OK)
		return st;
	st = ledger_set_wal(ledger, err);
	ledger_unlock(ledger);
	return st;
}

/* The last to close leaves the log where it is: to checkpoint and unlink it
 * there would cost each signing three more syncs. */
enum ca_status
ledger_keep_log(struct ledger *ledger, struct ca_error *err)
{
	int persist = 1;
	int rc = sqlite3_db_config(
	    ledger->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_file_control(
		    ledger->db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
	if (rc == SQLITE_OK)
		ledger_watch_log(ledger);
	return rc == SQLITE_OK ? CA_OK : ledger_fail(ledger, rc, err);
}

enum ca_status
ledger_sync_folder(const char *path, struct ca_error *err)
{
	const char *slash = strrchr(path, '/');
	char *folder = strndup(path, (size_t)(slash - path) + 1);
	int error = folder == NULL ? ENOMEM : 0, fd = -1;

	if (folder != NULL)
		fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder != NULL && (fd < 0 || fsync(fd) != 0))
		error = errno;
	if (fd >= 0)
		(void)close(fd);
	free(folder);
	if (error == 0 || error == EINVAL || error == EACCES)
		return CA_OK;
	return ca_fail(err, CA_IO,
	    "ledger: %s: its folder cannot be synced: %s", path,
	    strerror(error));
}
