/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole copy of the ledger, by SQLite's online backup. */
#include "db/ledger_internal.h"
#include "db/ledger_sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The copy itself needs no journal: a failed one is thrown away. Without one
 * SQLite does not mind that the file has lost its name, either. */
static const char unjournaled[] = "PRAGMA journal_mode = OFF;"
				  "PRAGMA synchronous = OFF;"
				  "PRAGMA locking_mode = EXCLUSIVE;"
				  "PRAGMA mmap_size = 0;";

static enum ca_status
fail_copy(const char *folder, const char *why, struct ca_error *err)
{
	return ca_fail(err, CA_IO,
	    "%s: the ledger cannot be copied there: %s; it needs room for one "
	    "copy of it",
	    folder, why);
}

/* A file whose name is gone as soon as SQLite has it open. */
static int
open_nameless(const char *path, sqlite3 **ret)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW |
	    SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX;
	int rc = sqlite3_open_v2(path, ret, flags, NULL);

	(void)unlink(path);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(*ret, unjournaled, NULL, NULL, NULL);
	return rc;
}

/* In one step: of one committed state, and nobody who writes waits for it. */
static int
copy_pages(sqlite3 *to, sqlite3 *from)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int rc;

	if (backup == NULL)
		return sqlite3_extended_errcode(to);
	rc = sqlite3_backup_step(backup, -1);
	if (rc == SQLITE_DONE)
		return sqlite3_backup_finish(backup);
	(void)sqlite3_backup_finish(backup);
	return rc;
}

enum ca_status
ledger_copy(struct ledger *ledger, const char *folder, int *ret_fd,
    struct ca_error *err)
{
	struct ca_buf name = {0};
	char *path = NULL;
	sqlite3 *to = NULL;
	enum ca_status st = CA_MEMORY;
	int fd = -1, rc;

	/* SQLite takes no path with a link in it. */
	if (ca_buf_printf(&name, "%s/.signet.XXXXXX", folder) != CA_OK ||
	    ca_buf_text(&name) == NULL) {
		(void)ca_fail(err, st, "ledger: out of memory");
		goto out;
	}
	if ((fd = mkostemp((char *)name.data, O_CLOEXEC)) < 0 ||
	    (path = realpath((const char *)name.data, NULL)) == NULL) {
		st = fail_copy(folder, strerror(errno), err);
		goto out;
	}
	if ((rc = open_nameless(path, &to)) == SQLITE_OK)
		rc = copy_pages(to, ledger->db);
	st = rc == SQLITE_OK ? CA_OK :
			       fail_copy(folder, sqlite3_errstr(rc), err);
out:
	(void)sqlite3_close(to);
	if (path != NULL)
		(void)unlink(path);
	free(path);
	if (st == CA_OK)
		*ret_fd = fd;
	else if (fd >= 0)
		(void)close(fd);
	ca_buf_free(&name);
	return st;
}
