/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_internal.h"

#include <errno.h>
#include <string.h>

const char *
ledger_undone(const struct ledger *ledger)
{
	return ledger->undone != NULL ? ledger->undone : "nothing was recorded";
}

void
ledger_name_step(struct ledger *ledger, const char *undone)
{
	ledger->undone = undone;
}

static const char *
comma(const struct ledger *ledger)
{
	return ledger->mode == LEDGER_WRITING ? ", " : "";
}

/* Reading undoes nothing. */
static const char *
undone(const struct ledger *ledger)
{
	return ledger->mode == LEDGER_WRITING ? ledger_undone(ledger) : "";
}

static enum ca_status
fail_disk_full(const struct ledger *ledger, struct ca_error *err)
{
	return ca_fail(err, CA_IO,
	    "ledger: disk full: %s%s%s; free space and run it again",
	    ledger->path, comma(ledger), undone(ledger));
}

/* At a commit SQLite does not keep the reason; errno still is it then. */
static enum ca_status
fail_io(const struct ledger *ledger, int rc, int number, struct ca_error *err)
{
	if (number == 0)
		number = sqlite3_system_errno(ledger->db);
	if (rc == SQLITE_IOERR_NOMEM)
		return ca_fail(err, CA_MEMORY, "ledger: out of memory%s%s",
		    comma(ledger), undone(ledger));
	if (number == ENOSPC || number == EDQUOT || number == EFBIG)
		return fail_disk_full(ledger, err);
	return ca_fail(err, CA_IO,
	    "ledger: %s: %s (SQLite %d)%s%s; see to the disk and run it again",
	    ledger->path, number == 0 ? "input/output error" : strerror(number),
	    rc, comma(ledger), undone(ledger));
}

static enum ca_status
fail_permission(const struct ledger *ledger, struct ca_error *err)
{
	return ca_fail(err, CA_IO,
	    "ledger: %s: %s%s%s; you must be allowed to write it and its "
	    "folder",
	    ledger->path, sqlite3_errmsg(ledger->db), comma(ledger),
	    undone(ledger));
}

enum ca_status
ledger_fail_damaged(
    struct ledger *ledger, const char *what, struct ca_error *err)
{
	ledger->doomed = true;
	return ca_fail(err, CA_IO,
	    "ledger: %s is damaged (%s)%s%s; restore a backup", ledger->path,
	    what, comma(ledger), undone(ledger));
}

enum ca_status
ledger_fail(struct ledger *ledger, int rc, struct ca_error *err)
{
	int number = errno;

	ledger->doomed = true;
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_PROTOCOL:
		return ca_fail(err, CA_BUSY,
		    "ledger: %s: held by others for longer than %lld ms, "
		    "%s; run it again or wait longer",
		    ledger->path, (long long)ledger->wait_ms,
		    ledger_undone(ledger));
	case SQLITE_FULL:
		return fail_disk_full(ledger, err);
	case SQLITE_IOERR:
		return fail_io(ledger, rc, number, err);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return fail_permission(ledger, err);
	case SQLITE_NOMEM:
	case SQLITE_TOOBIG:
		return ca_fail(err, CA_MEMORY, "ledger: %s%s%s",
		    sqlite3_errstr(rc), comma(ledger), undone(ledger));
	/* The statements are constant: one that does not fit the tables has
	 * met tables that are not ours. */
	case SQLITE_ERROR:
	case SQLITE_SCHEMA:
	case SQLITE_FORMAT:
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ledger_fail_damaged(
		    ledger, sqlite3_errmsg(ledger->db), err);
	case SQLITE_CONSTRAINT:
		return ca_fail(err, CA_INTERNAL,
		    "ledger: a row that may not be%s%s: %s", comma(ledger),
		    undone(ledger), sqlite3_errmsg(ledger->db));
	default:
		return ca_fail(err, CA_INTERNAL, "ledger: SQLite %d%s%s: %s",
		    rc, comma(ledger), undone(ledger),
		    sqlite3_errmsg(ledger->db));
	}
}

enum ca_status
ledger_must_write(struct ledger *ledger, struct ca_error *err)
{
	if (ledger->mode != LEDGER_WRITING)
		return ca_fail(
		    err, CA_INTERNAL, "ledger: a write outside a transaction");
	if (ledger->doomed)
		return ca_fail(err, CA_INTERNAL,
		    "ledger: a write after a failed one, %s",
		    ledger_undone(ledger));
	return CA_OK;
}
