/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ledger_internal: what the files of the ledger share behind ledger.h: the
 * handle, and the checks at the start of a call.
 *
 * It does not concern callers of the ledger, who know the handle as opaque.
 */
#ifndef DB_LEDGER_INTERNAL_H
#define DB_LEDGER_INTERNAL_H

#include "db/ledger.h"

#include <pthread.h>
#include <sqlite3.h>
#include <sys/types.h>

/* More different statements than one program uses. */
#define LEDGER_STATEMENTS 64
/* Serials are at most this long: RFC 5280 4.1.2.2. */
#define LEDGER_SERIAL_MAX 20

enum ledger_mode {
	LEDGER_IDLE = 0,
	LEDGER_READING, /* a snapshot is pinned */
	LEDGER_WRITING  /* between begin and commit */
};

struct ledger_statement {
	sqlite3_stmt *stmt;
	bool in_use;
};

struct ledger {
	sqlite3 *db;
	char *path;   /* absolute, no link in it */
	dev_t device; /* of the file, when it was opened */
	ino_t inode;
	int lock_fd; /* path.lock; -1 until the first write */
	int locks;   /* how often it is locked by this handle */
	int64_t wait_ms;
	int version;
	enum ledger_mode mode;
	bool doomed; /* a step of this transaction failed: no commit */
	bool read_only;
	bool in_doubt;      /* as ledger_in_doubt() */
	bool folder_synced; /* since the log was made, or found */
	const char *undone; /* as ledger_name_step(), or NULL */
	int log_pages;      /* in the log, when the last commit ended */
	pthread_t settler;
	bool settling, settled; /* there is such a thread; the log is empty */
	struct ledger_statement statements[LEDGER_STATEMENTS];
	size_t statement_count;
};

/* The reason for SQLite's result code rc, in one line. A write transaction is
 * doomed by it. */
enum ca_status ledger_fail(struct ledger *ledger, int rc, struct ca_error *err);
/* What was not done when a step failed: "nothing was recorded". */
const char *ledger_undone(const struct ledger *ledger);
/* A row that no version of the schema allows. */
enum ca_status ledger_fail_damaged(
    struct ledger *ledger, const char *what, struct ca_error *err);
/* CA_INTERNAL unless a write transaction is open and unharmed. */
CA_MUST_USE enum ca_status ledger_must_write(
    struct ledger *ledger, struct ca_error *err);
/* ledger_begin() that takes the schema's version as it is. */
CA_MUST_USE enum ca_status ledger_begin_any(
    struct ledger *ledger, struct ca_error *err);

/* The serial's magnitude: without leading zero octets (checklist 6). */
struct ca_bytes ledger_magnitude(struct ca_bytes serial);

#endif
