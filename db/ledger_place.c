/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_place.h"

#include "db/ledger_connect.h"
#include "db/ledger_tail.h"

#include <limits.h>
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
	char name[PATH_MAX + 8]; /* who answers from memory allocates nothing */
	bool there;

	if ((size_t)snprintf(name, sizeof(name), "%s%s", ledger->path, end) >=
	    sizeof(name))
		return true;
	there = lstat(name, &info) == 0;
	if (!seen->there && there)
		*seen = (struct ledger_beside){true, info.st_dev, info.st_ino};
	return !seen->there ||
	    (there && seen->device == info.st_dev &&
		seen->inode == info.st_ino);
}

/* ---- what is in it ---- */

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
static enum witness_verdict
look_inside(const struct ledger *ledger, struct ledger_tail *ret)
{
	const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
	char *uri = uri_of(ledger->path);
	enum witness_verdict verdict = WITNESS_UNSURE;
	sqlite3 *db = NULL;

	if (uri != NULL && sqlite3_open_v2(uri, &db, flags, NULL) == SQLITE_OK)
		verdict = witness_compare(db, &ledger->place.tail, ret);
	(void)sqlite3_close(db);
	free(uri);
	return verdict;
}

/*
 * The file and its log together, as whoever opens it now has it: at no moment
 * does this lack an event that was read before, whatever is being written or
 * checkpointed. Where it does, others' pages are in the file. What is in the
 * file alone is as much as there will ever be, if it is in both.
 */
static enum witness_verdict
look_at_view(struct ledger *ledger)
{
	struct ledger view = {
	    .path = ledger->path, .lock_fd = -1, .read_only = true};
	struct ledger_tail seen, newest, inside;
	struct ca_error ignored = {0};
	enum witness_verdict verdict = WITNESS_UNSURE;

	/* Before it is opened: others go on reading meanwhile. */
	ledger_witness_get(ledger->witness, &seen);
	if (ledger_connect(&view, view.path, &ignored) == CA_OK &&
	    ledger_keep_log(&view, &ignored) == CA_OK)
		verdict = witness_judge(view.db, &seen, &newest);
	if (verdict == WITNESS_EXTENDS &&
	    look_inside(ledger, &inside) == WITNESS_EXTENDS &&
	    witness_judge(view.db, &inside, &newest) == WITNESS_EXTENDS)
		ledger->place.tail = inside;
	ledger_disconnect(&view);
	return verdict;
}

/* A checkpoint changes the file, and so does a copy over it (`cp backup
 * ledger.db`), which leaves its number as it is and which SQLite does not
 * notice. */
static void
note_change(struct ledger_place *place, const struct stat *info, int64_t now)
{
	if (place->size == info->st_size &&
	    place->changed.tv_sec == info->st_mtim.tv_sec &&
	    place->changed.tv_nsec == info->st_mtim.tv_nsec)
		return;
	place->size = info->st_size;
	place->changed = info->st_mtim;
	place->since = now;
	place->doubts = 0;
	place->unknown = true;
	place->unseen = true;
}

/* The view is looked at as soon as the file has changed, and both once more
 * when it has come to rest: its time is the kernel's, which is coarse. */
static bool
is_same_inside(struct ledger *ledger, const struct stat *info, int64_t now)
{
	struct ledger_place *place = &ledger->place;
	struct ledger_tail tail;
	bool rests;

	note_change(place, info, now);
	rests = place->unknown && now >= place->since + STABLE_MS;
	if (place->unseen || rests) {
		const enum witness_verdict verdict = look_at_view(ledger);

		place->foreign = verdict == WITNESS_DIFFERS;
		place->unseen = verdict == WITNESS_UNSURE;
	}
	if (place->foreign || !rests)
		return !place->foreign;
	place->since = now;
	switch (look_inside(ledger, &tail)) {
	case WITNESS_EXTENDS:
		place->tail = tail;
		place->unknown = place->unseen;
		return true;
	case WITNESS_DIFFERS:
		place->foreign = ++place->doubts >= DOUBTS;
		return !place->foreign;
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

	if (place->foreign || lstat(ledger->path, &info) != 0 ||
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
