/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* A look costs some microseconds, which each of 60,000 answers a second would
 * pay. Where the clock stands still, so many calls are one look. */
#define LOOK_MS 10
#define LOOK_CALLS 64
/* A file that did not change for so long is not being written to by a
 * checkpoint; one that is doubted is looked into twice. */
#define STABLE_MS 400
#define DOUBTS 2

static int64_t
now_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the files beside it ---- */

/* Whoever has the ledger open keeps SQLite from removing them. */
static bool
is_same_beside(
    const struct ledger *ledger, const char *end, struct ledger_beside *seen)
{
	struct stat info;
	char *name = NULL;
	bool there;

	if (asprintf(&name, "%s%s", ledger->path, end) < 0)
		return true;
	there = lstat(name, &info) == 0;
	free(name);
	if (!seen->there && there)
		*seen = (struct ledger_beside){true, info.st_dev, info.st_ino};
	return !seen->there ||
	    (there && seen->device == info.st_dev &&
		seen->inode == info.st_ino);
}

/* ---- what is in it ---- */

enum verdict {
	EXTENDS, /* what was seen before is in it */
	DIFFERS,
	UNREADABLE /* for the moment */
};

static enum verdict
verdict_of(int rc)
{
	rc &= 0xff;
	return rc == SQLITE_ERROR || rc == SQLITE_NOTADB ? DIFFERS : UNREADABLE;
}

/* One event of the file itself; tail->sequence 0: the newest. */
static enum verdict
read_event(sqlite3 *db, int64_t sequence, struct ledger_tail *ret)
{
	static const char newest[] = "SELECT sequence, leaf FROM event"
				     " ORDER BY sequence DESC LIMIT 1";
	static const char one[] =
	    "SELECT sequence, leaf FROM event WHERE sequence = ?";
	sqlite3_stmt *stmt = NULL;
	enum verdict verdict = UNREADABLE;
	int rc, size;

	rc = sqlite3_prepare_v2(
	    db, sequence == 0 ? newest : one, -1, &stmt, NULL);
	if (rc == SQLITE_OK && sequence != 0)
		rc = sqlite3_bind_int64(stmt, 1, sequence);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	*ret = (struct ledger_tail){0};
	if (rc == SQLITE_ROW) {
		size = sqlite3_column_bytes(stmt, 1);
		if (size > 0 && (size_t)size <= sizeof(ret->leaf)) {
			ret->sequence = sqlite3_column_int64(stmt, 0);
			ret->size = (size_t)size;
			memcpy(
			    ret->leaf, sqlite3_column_blob(stmt, 1), ret->size);
			verdict = EXTENDS;
		}
	} else if (rc == SQLITE_DONE) {
		verdict = EXTENDS;
	} else {
		verdict = verdict_of(rc);
	}
	(void)sqlite3_finalize(stmt);
	return verdict;
}

static enum verdict
compare(sqlite3 *db, const struct ledger_tail *seen, struct ledger_tail *ret)
{
	struct ledger_tail then;
	enum verdict verdict = read_event(db, 0, ret);

	if (verdict != EXTENDS || seen->sequence == 0)
		return verdict;
	if (ret->sequence < seen->sequence)
		return DIFFERS;
	verdict = read_event(db, seen->sequence, &then);
	if (verdict == EXTENDS &&
	    (then.size != seen->size ||
		memcmp(then.leaf, seen->leaf, seen->size) != 0))
		return DIFFERS;
	return verdict;
}

/* The URI's own characters, in a path. */
static char *
uri_of(const char *path)
{
	static const char digits[] = "0123456789abcdef";
	static const char end[] = "?mode=ro&immutable=1";
	char *uri = malloc(5 + 3 * strlen(path) + sizeof(end)), *at = uri;

	if (uri == NULL)
		return NULL;
	memcpy(at, "file:", 5);
	at += 5;
	for (; *path != '\0'; path++) {
		const unsigned char c = (unsigned char)*path;

		if (strchr("%?#", c) == NULL) {
			*at++ = *path;
			continue;
		}
		*at++ = '%';
		*at++ = digits[c >> 4];
		*at++ = digits[c & 15];
	}
	memcpy(at, end, sizeof(end));
	return uri;
}

/*
 * The file without its log, which is as old as the last checkpoint: all that
 * may become of it is that another brings more. Opened by SQLite, as to close
 * a descriptor of one's own would let go of the locks that it has.
 */
static enum verdict
look_inside(const struct ledger *ledger, struct ledger_tail *ret)
{
	const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
	char *uri = uri_of(ledger->path);
	enum verdict verdict = UNREADABLE;
	sqlite3 *db = NULL;

	if (uri != NULL && sqlite3_open_v2(uri, &db, flags, NULL) == SQLITE_OK)
		verdict = compare(db, &ledger->place.tail, ret);
	(void)sqlite3_close(db);
	free(uri);
	return verdict;
}

/* A copy over it (`cp backup ledger.db`) leaves the file's number as it is,
 * and SQLite does not notice; a checkpoint changes the file, too. */
static bool
is_same_inside(struct ledger *ledger, const struct stat *info, int64_t now)
{
	struct ledger_place *place = &ledger->place;
	struct ledger_tail tail;

	if (place->size != info->st_size ||
	    place->changed.tv_sec != info->st_mtim.tv_sec ||
	    place->changed.tv_nsec != info->st_mtim.tv_nsec) {
		place->size = info->st_size;
		place->changed = info->st_mtim;
		place->since = now;
		place->doubts = 0;
		place->unknown = true;
	}
	if (!place->unknown || now < place->since + STABLE_MS)
		return true;
	place->since = now;
	switch (look_inside(ledger, &tail)) {
	case EXTENDS:
		place->tail = tail;
		place->unknown = false;
		return true;
	case DIFFERS:
		return ++place->doubts < DOUBTS;
	default:
		return true;
	}
}

/* ---- all ---- */

static bool
is_in_place(struct ledger *ledger, int64_t now)
{
	struct ledger_place *place = &ledger->place;
	struct stat info;

	if (place->doubts >= DOUBTS || lstat(ledger->path, &info) != 0 ||
	    info.st_dev != ledger->device || info.st_ino != ledger->inode)
		return false;
	return is_same_beside(ledger, "-wal", &place->log) &&
	    is_same_beside(ledger, "-shm", &place->index) &&
	    is_same_inside(ledger, &info, now);
}

enum ca_status
ledger_check_place(struct ledger *ledger, struct ca_error *err)
{
	struct ledger_place *place = &ledger->place;
	const int64_t now = now_ms();

	if (place->calls == 0 || ++place->calls > LOOK_CALLS ||
	    now >= place->looked + LOOK_MS) {
		place->calls = 1;
		place->looked = now;
		place->lost = !is_in_place(ledger, now);
	}
	if (!place->lost)
		return CA_OK;
	return ca_fail(err, CA_IO,
	    "ledger: %s: the ledger was replaced: start this server again",
	    ledger->path);
}

bool
ledger_was_replaced(const struct ledger *ledger)
{
	return ledger->place.lost;
}
