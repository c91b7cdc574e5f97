/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "db/ledger_connect.h"
#include "db/ledger_lock.h"
#include "db/ledger_pace.h"
#include "db/ledger_settle.h"
#include "db/ledger_witness.h"
#include "db/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- where it is ---- */

/* SQLite refuses a path with any link in it; only the last part matters to
 * us. An absolute path is also never taken for a URI. */
static enum ca_status
resolve(const char *path, char **ret, struct ca_error *err)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash == NULL ? path : slash + 1;
	char *copy = NULL, *folder = NULL, *whole = NULL;
	enum ca_status st = CA_MEMORY;

	if (*base == '\0')
		return ca_fail(
		    err, CA_USAGE, "ledger: '%s' names no file", path);
	copy = slash == NULL ? strdup(".") :
			       strndup(path, (size_t)(slash - path) + 1);
	if (copy == NULL)
		goto out;
	if ((folder = realpath(copy, NULL)) == NULL) {
		st = errno == ENOENT ? CA_NOT_FOUND : CA_IO;
		goto out;
	}
	if (asprintf(&whole, "%s/%s", folder[1] == '\0' ? "" : folder, base) <
	    0)
		goto out;
	*ret = whole;
	st = CA_OK;
out:
	if (st != CA_OK)
		(void)ca_fail(err, st, "ledger: %s: %s", path,
		    strerror(st == CA_MEMORY ? ENOMEM : errno));
	free(copy);
	free(folder);
	return st;
}

static enum ca_status
ledger_new(const struct ledger_options *options, struct ledger **ret,
    struct ca_error *err)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	enum ca_status st;

	if (ledger == NULL)
		return ca_fail(err, CA_MEMORY, "ledger: out of memory");
	ledger->lock_fd = -1;
	ledger->wait_ms = options->wait_ms < 0 ? 0 : options->wait_ms;
	ledger->read_only = options->read_only;
	ledger->hasher = options->hasher;
	ledger->own_witness = options->witness == NULL;
	ledger->witness = ledger->own_witness ? ledger_witness_new() :
						options->witness;
	if (ledger->witness == NULL)
		st = ca_fail(err, CA_MEMORY, "ledger: out of memory");
	else
		st = resolve(options->path, &ledger->path, err);
	if (st == CA_OK)
		*ret = ledger;
	else
		ledger_close(ledger);
	return st;
}

/* ---- open ---- */

static enum ca_status
check_is_file(const struct ledger *ledger, struct ca_error *err)
{
	struct stat st;

	if (lstat(ledger->path, &st) != 0)
		return ca_fail(err, errno == ENOENT ? CA_NOT_FOUND : CA_IO,
		    "ledger: %s: %s", ledger->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return ca_fail(err, CA_REFUSED,
		    "ledger: %s: not a plain file: a link, a folder or a "
		    "device is not opened",
		    ledger->path);
	return CA_OK;
}

static enum ca_status
open_existing(struct ledger *ledger, struct ca_error *err)
{
	enum ca_status st;

	if ((st = check_is_file(ledger, err)) != CA_OK ||
	    (st = ledger_connect(ledger, ledger->path, err)) != CA_OK ||
	    (st = migrate_check(ledger, err)) != CA_OK ||
	    (st = ledger_ensure_wal(ledger, err)) != CA_OK ||
	    (st = ledger_keep_log(ledger, err)) != CA_OK)
		return st;
	if (ledger->version == migrate_newest())
		return CA_OK;
	if (!ledger->read_only)
		return migrate_up(ledger, err);
	return ca_fail(err, CA_REFUSED,
	    "ledger: %s: version %d, and it may not be brought up to %d by "
	    "one who only reads: run `signet list` once",
	    ledger->path, ledger->version, migrate_newest());
}

static enum ca_status
open_for(const struct ledger_options *options, bool to_check,
    struct ledger **ret, struct ca_error *err)
{
	struct ledger *ledger = NULL;
	enum ca_status st;

	if ((st = ledger_new(options, &ledger, err)) != CA_OK)
		return st;
	ledger->to_check = to_check;
	if ((st = open_existing(ledger, err)) != CA_OK)
		ledger_close(ledger);
	else
		*ret = ledger;
	return st;
}

enum ca_status
ledger_open(const struct ledger_options *options, struct ledger **ret,
    struct ca_error *err)
{
	return open_for(options, false, ret, err);
}

static enum ca_status
open_twin(const struct ledger *ledger, bool to_check, struct ledger **ret,
    struct ca_error *err)
{
	const struct ledger_options options = {.path = ledger->path,
	    .wait_ms = ledger->wait_ms,
	    .read_only = true};
	struct ledger *twin = NULL;
	enum ca_status st;

	if ((st = open_for(&options, to_check, &twin, err)) != CA_OK)
		return st;
	if (twin->device != ledger->device || twin->inode != ledger->inode) {
		ledger_close(twin);
		return ca_fail(err, CA_IO,
		    "ledger: %s: another file is there by now: run it again",
		    ledger->path);
	}
	*ret = twin;
	return CA_OK;
}

enum ca_status
ledger_twin(
    const struct ledger *ledger, struct ledger **ret, struct ca_error *err)
{
	return open_twin(ledger, false, ret, err);
}

enum ca_status
ledger_twin_to_check(
    const struct ledger *ledger, struct ledger **ret, struct ca_error *err)
{
	return open_twin(ledger, true, ret, err);
}

/* ---- create ---- */

/*
 * A ledger is made under another name and appears whole: a crash in between
 * leaves no half of one. The lock is held from before that name is taken, so
 * what lies there then is a dead process's.
 */
struct build {
	struct ledger *ledger;
	struct ca_buf name; /* path.new */
	const char *path;
};

static void
clear_away(const struct build *build)
{
	static const char *const ends[] = {"", "-journal", "-wal", "-shm"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char *name = NULL;

		if (asprintf(&name, "%s%s", build->path, ends[i]) < 0)
			continue;
		(void)unlink(name);
		free(name);
	}
}

static enum ca_status
fail_file(const char *path, struct ca_error *err)
{
	return ca_fail(err, errno == EEXIST ? CA_REFUSED : CA_IO,
	    "ledger: %s: %s", path, strerror(errno));
}

/* 0600 before SQLite opens it; its log and index are made alike. */
static enum ca_status
make_file(const struct build *build, struct ca_error *err)
{
	int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(build->path, flags, 0600);

	if (fd < 0)
		return fail_file(build->path, err);
	(void)close(fd);
	return CA_OK;
}

/* Brings the log into the file, synced, and leaves none. */
static int
flush_log(struct ledger *ledger)
{
	return sqlite3_wal_checkpoint_v2(
	    ledger->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

void
ledger_checkpoint(struct ledger *ledger)
{
	ledger_settle_end(ledger);
	(void)sqlite3_busy_timeout(ledger->db, 0);
	(void)flush_log(ledger);
	(void)sqlite3_busy_timeout(ledger->db, ledger_patience(ledger));
}

static enum ca_status
fill_file(const struct build *build, struct ca_error *err)
{
	struct ledger *ledger = build->ledger;
	enum ca_status st;
	int rc;

	if ((st = ledger_connect(ledger, build->path, err)) == CA_OK &&
	    (st = ledger_set_wal(ledger, err)) == CA_OK &&
	    (st = migrate_up(ledger, err)) == CA_OK &&
	    (rc = flush_log(ledger)) != SQLITE_OK)
		st = ledger_fail(ledger, rc, err);
	ledger_disconnect(ledger);
	return st;
}

static enum ca_status
put_in_place(const struct build *build, struct ca_error *err)
{
	const char *path = build->ledger->path;

	if (renameat2(
		AT_FDCWD, build->path, AT_FDCWD, path, RENAME_NOREPLACE) != 0)
		return fail_file(path, err);
	return ledger_sync_folder(path, err);
}

/*
 * SQLite would take the log of a ledger that is gone for the log of the one
 * put in its place.
 */
static enum ca_status
check_is_absent(const struct ledger *ledger, struct ca_error *err)
{
	static const char *const ends[] = {"", "-journal", "-wal"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct stat st;
		char *name = NULL;
		bool there;

		if (asprintf(&name, "%s%s", ledger->path, ends[i]) < 0)
			return ca_fail(err, CA_MEMORY, "ledger: out of memory");
		there = lstat(name, &st) == 0;
		free(name);
		if (there)
			return ca_fail(err, CA_REFUSED,
			    "ledger: %s%s: exists already and is not "
			    "overwritten; move it away to begin anew",
			    ledger->path, ends[i]);
	}
	return CA_OK;
}

static enum ca_status
build_new(struct ledger *ledger, struct ca_error *err)
{
	struct build build = {.ledger = ledger};
	enum ca_status st = CA_MEMORY;

	if (ca_buf_printf(&build.name, "%s.new", ledger->path) == CA_OK)
		build.path = ca_buf_text(&build.name);
	if (build.path == NULL) {
		(void)ca_fail(err, st, "ledger: out of memory");
		goto out;
	}
	clear_away(&build);
	if ((st = make_file(&build, err)) == CA_OK &&
	    (st = fill_file(&build, err)) == CA_OK)
		st = put_in_place(&build, err);
	clear_away(&build);
out:
	ca_buf_free(&build.name);
	return st;
}

static enum ca_status
create_locked(struct ledger *ledger, struct ca_error *err)
{
	enum ca_status st;

	if ((st = check_is_absent(ledger, err)) != CA_OK ||
	    (st = build_new(ledger, err)) != CA_OK)
		return st;
	return open_existing(ledger, err);
}

enum ca_status
ledger_create(const struct ledger_options *options, struct ledger **ret,
    struct ca_error *err)
{
	struct ledger *ledger = NULL;
	int64_t ignored;
	enum ca_status st;

	if ((st = ledger_new(options, &ledger, err)) != CA_OK)
		return st;
	/* Asked before the lock too, which would leave a file behind. */
	if ((st = check_is_absent(ledger, err)) == CA_OK &&
	    (st = ledger_lock(ledger, &ignored, err)) == CA_OK) {
		st = create_locked(ledger, err);
		ledger_unlock(ledger);
	}
	if (st != CA_OK)
		ledger_close(ledger);
	else
		*ret = ledger;
	return st;
}

/* ---- close ---- */

void
ledger_close(struct ledger *ledger)
{
	if (ledger == NULL)
		return;
	ledger_rollback(ledger);
	if (ledger_settle_end(ledger))
		ledger_checkpoint(ledger);
	ledger_disconnect(ledger);
	if (ledger->lock_fd >= 0)
		(void)close(ledger->lock_fd);
	if (ledger->own_witness)
		ledger_witness_free(ledger->witness);
	free(ledger->path);
	free(ledger);
}

int
ledger_version(const struct ledger *ledger)
{
	return ledger->version;
}

const char *
ledger_engine_version(void)
{
	return sqlite3_libversion();
}
