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
#include <time.h>

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

#define LEDGER_LEAF_MAX 256 /* octets; ledger_add_event() says which */

struct ledger_tail { /* an event; sequence 0: none */
	int64_t sequence;
	uint8_t leaf[LEDGER_LEAF_MAX];
	size_t size;
};

struct ledger_beside { /* a file */
	bool there;
	dev_t device;
	ino_t inode;
};

/* What ledger_check_place() has seen. Times are monotonic milliseconds. */
struct ledger_place {
	int64_t looked;
	unsigned calls; /* since, that one included; 0: never */
	bool lost;
	struct ledger_beside log, index;
	/* The file as it was last changed, since when, and whether that was
	 * looked into; then its newest event. unseen: nor was the log's with
	 * it. foreign: what was there is gone. */
	struct timespec changed;
	off_t size;
	int64_t since;
	bool unknown, unseen, foreign;
	int doubts;
	struct ledger_tail tail;
	int64_t version; /* of the data when the witness was last raised */
	bool has_version;
};

struct ledger {
	sqlite3 *db;
	char *path;   /* absolute, no link in it */
	dev_t device; /* of the file, when it was opened */
	ino_t inode;
	struct ledger_place place;
	struct ledger_witness *witness; /* never NULL */
	bool own_witness;
	int lock_fd; /* path.lock; -1 until the first write */
	int locks;   /* how often it is locked by this handle */
	int64_t wait_ms;
	int version;
	enum ledger_mode mode;
	bool doomed; /* a step of this transaction failed: no commit */
	bool read_only;
	bool to_check; /* as ledger_twin_to_check() */
	const struct ledger_hasher *hasher;
	bool in_doubt;      /* as ledger_in_doubt() */
	bool folder_synced; /* since the log was made, or found */
	const char *undone; /* as ledger_name_step(), or NULL */
	int log_pages;      /* in the log, when the last commit ended */
	bool writes_many;   /* ledger_write_many() */
	int keeps_little;   /* ledger_keep_little(): how often */
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
