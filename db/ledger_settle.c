/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_settle.h"

#include <signal.h>

#include "db/ledger_connect.h"
#include "db/ledger_pace.h"

/*
 * The log is checkpointed when a commit finds it this long. The first to open
 * a ledger reads the whole log, every checkpoint costs two syncs: this is
 * where a single signing pays least for both.
 */
#define CHECKPOINT_PAGES 256
/* Of one that commits again and again: it opens the ledger once. */
#define CHECKPOINT_PAGES_OF_MANY 2048
/*
 * 16 MiB: a list of 300,000 entries. A process whose only commit this is would
 * leave the log for the next one to read, and to bring into the file again.
 */
#define LONG_LOG_PAGES 4096

static int
after_commit(void *ctx, sqlite3 *db, const char *schema, int pages)
{
	struct ledger *ledger = ctx;
	int least = ledger->writes_many ? CHECKPOINT_PAGES_OF_MANY :
					  CHECKPOINT_PAGES;

	ledger->log_pages = pages;
	if (pages >= least && pages < LONG_LOG_PAGES)
		(void)sqlite3_wal_checkpoint_v2(
		    db, schema, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

void
ledger_watch_log(struct ledger *ledger)
{
	(void)sqlite3_wal_hook(ledger->db, after_commit, ledger);
}

/* Nobody is kept from writing while the pages move; for the moment in which
 * the log is emptied, others are. */
static bool
empty_log(sqlite3 *db)
{
	(void)sqlite3_wal_checkpoint_v2(
	    db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_TRUNCATE,
		   NULL, NULL) == SQLITE_OK;
}

static void *
settle(void *ctx)
{
	struct ledger *ledger = ctx;
	struct ledger beside = {.path = ledger->path, .lock_fd = -1};
	struct ca_error ignored = {0};

	if (ledger_connect(&beside, beside.path, &ignored) == CA_OK &&
	    ledger_ensure_wal(&beside, &ignored) == CA_OK &&
	    ledger_keep_log(&beside, &ignored) == CA_OK)
		ledger->settled = empty_log(beside.db);
	ledger_disconnect(&beside);
	return NULL;
}

/* Signals are the main thread's to wake up from. */
static bool
start(struct ledger *ledger)
{
	sigset_t all, before;
	bool runs;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	runs = pthread_create(&ledger->settler, NULL, settle, ledger) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return runs;
}

void
ledger_settle_begin(struct ledger *ledger)
{
	if (ledger->log_pages < LONG_LOG_PAGES)
		return;
	ledger->log_pages = 0;
	ledger->settled = false;
	ledger->settling = start(ledger);
	if (!ledger->settling)
		ledger_checkpoint(ledger);
}

bool
ledger_settle_end(struct ledger *ledger)
{
	if (!ledger->settling)
		return false;
	(void)pthread_join(ledger->settler, NULL);
	ledger->settling = false;
	return !ledger->settled;
}

void
ledger_keep_little(struct ledger *ledger, bool little)
{
	int before = ledger->keeps_little;

	ledger->keeps_little += little ? 1 : -1;
	if ((before > 0) == (ledger->keeps_little > 0))
		return;
	(void)sqlite3_exec(ledger->db,
	    little ? "PRAGMA cache_size = -1000" : "PRAGMA cache_size = -8000",
	    NULL, NULL, NULL);
}

void
ledger_write_many(struct ledger *ledger, bool many)
{
	ledger->writes_many = many;
	(void)sqlite3_exec(ledger->db,
	    many ? "PRAGMA cache_size = -32000" : "PRAGMA cache_size = -8000",
	    NULL, NULL, NULL);
	if (!many)
		ledger_checkpoint(ledger);
}
