/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making a home: beside its place, then put there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ca/narrow.h"
#include "cli/file.h"
#include "cli/home.h"
#include "cli/policies_embedded.h"
#include "db/ledger.h"

#define STAGED ".new-"
#define SUFFIX 6 /* what mkdtemp() fills in */
#define LOCK "init.lock"
#define TRIES 8
#define ASIDE_MAX 1000

static const char *const folders[] = {
    "keys", "policies", "crl", "issued", "log"};
#define FOLDERS (sizeof(folders) / sizeof(folders[0]))

static enum ca_status
make_above(const char *home, struct ca_error *err)
{
	char *path = strdup(home);
	enum ca_status st = CA_OK;

	if (path == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	for (char *p = path + 1; *p != '\0' && st == CA_OK; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		st = file_make_folder(path, err);
		*p = '/';
	}
	free(path);
	return st;
}

static enum ca_status
make_folders(const char *staged, struct ca_error *err)
{
	for (size_t i = 0; i < FOLDERS; i++) {
		struct ca_buf path = {0};
		enum ca_status st = home_path(staged, folders[i], &path);

		if (st == CA_OK)
			st = file_make_folder(ca_buf_text(&path), err);
		ca_buf_free(&path);
		if (st != CA_OK)
			return st;
	}
	return CA_OK;
}

static enum ca_status
write_policy(const char *staged, const struct embedded_policy *policy,
    const char *const *domains, size_t domain_count, struct ca_error *err)
{
	struct ca_buf text = {0}, path = {0};
	enum ca_status st;

	st = domain_count == 0 ?
	    ca_buf_append_text(&text, policy->text) :
	    ca_policy_narrow(ca_text(policy->text), policy->name, domains,
		domain_count, &text, err);
	if (st == CA_OK)
		st = ca_buf_printf(
		    &path, "%s/policies/%s.policy", staged, policy->name);
	if (st == CA_OK)
		st = file_write(ca_buf_text(&path), ca_view(&text),
		    FILE_PRIVATE, FILE_KEEP, err);
	ca_buf_free(&text);
	ca_buf_free(&path);
	return st;
}

static enum ca_status
make_ledger(const char *staged, struct ca_error *err)
{
	struct ledger_options options = {.wait_ms = 0};
	struct ledger *ledger = NULL;
	struct ca_buf path = {0};
	enum ca_status st = home_path(staged, "ledger.db", &path);

	options.path = ca_buf_text(&path);
	if (st == CA_OK && options.path == NULL)
		st = CA_MEMORY;
	if (st == CA_OK)
		st = ledger_create(&options, &ledger, err);
	ledger_close(ledger);
	ca_buf_free(&path);
	return st;
}

/* Takes the lock in a folder that was just made; false when a home_sweep() was
 * quicker, and the folder is gone. */
static bool
lock_new(const char *staged, int *ret)
{
	struct ca_buf path = {0};
	struct stat info;
	int fd = -1;

	if (home_path(staged, LOCK, &path) == CA_OK &&
	    ca_buf_text(&path) != NULL)
		fd = open(ca_buf_text(&path),
		    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ca_buf_free(&path);
	if (fd < 0)
		return false;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &info) == 0 &&
	    info.st_nlink > 0) {
		*ret = fd;
		return true;
	}
	(void)close(fd);
	return false;
}

static enum ca_status
make_locked(const char *home, struct ca_buf *ret_path, int *ret_lock,
    struct ca_error *err)
{
	for (int i = 0; i < TRIES; i++) {
		ca_buf_clear(ret_path);
		if (ca_buf_printf(ret_path, "%s" STAGED "XXXXXX", home) !=
			CA_OK ||
		    ca_buf_text(ret_path) == NULL)
			return ca_fail(err, CA_MEMORY, "out of memory");
		if (mkdtemp((char *)ret_path->data) == NULL)
			return ca_fail(err, CA_IO, "%s: cannot be made: %s",
			    home, strerror(errno));
		if (lock_new(ca_buf_text(ret_path), ret_lock))
			return CA_OK;
		home_discard(ca_buf_text(ret_path));
	}
	return ca_fail(err, CA_IO,
	    "%s: no folder could be locked beside it: does this file system "
	    "know flock()?",
	    home);
}

/* The folders alone. *ret_staged stays empty where that fails. */
static enum ca_status
stage_folders(const char *home, struct ca_buf *ret_staged, int *ret_lock,
    struct ca_error *err)
{
	struct ca_buf path = {0};
	enum ca_status st;

	if ((st = make_above(home, err)) != CA_OK ||
	    (st = make_locked(home, &path, ret_lock, err)) != CA_OK)
		goto out;
	if ((st = make_folders(ca_buf_text(&path), err)) == CA_OK &&
	    ((st = ca_buf_append(ret_staged, ca_view(&path))) != CA_OK ||
		ca_buf_text(ret_staged) == NULL))
		st = ca_fail(err, CA_MEMORY, "out of memory");
	if (st != CA_OK)
		home_discard(ca_buf_text(&path));
out:
	ca_buf_free(&path);
	return st;
}

static void
close_lock(int *lock)
{
	if (*lock >= 0)
		(void)close(*lock);
	*lock = -1;
}

enum ca_status
home_stage(const char *home, const char *const *domains, size_t domain_count,
    struct ca_buf *ret_staged, int *ret_lock, struct ca_error *err)
{
	const char *staged;
	int lock = -1;
	enum ca_status st;

	if ((st = home_check_free(home, err)) != CA_OK)
		return st;
	if ((st = stage_folders(home, ret_staged, &lock, err)) != CA_OK)
		goto out;
	staged = ca_buf_text(ret_staged);
	for (size_t i = 0; i < embedded_policy_count && st == CA_OK; i++)
		st = write_policy(
		    staged, &embedded_policies[i], domains, domain_count, err);
	if (st == CA_OK)
		st = make_ledger(staged, err);
	if (st != CA_OK) {
		home_discard(staged);
		ca_buf_clear(ret_staged);
	}
out:
	if (st == CA_OK && ret_lock != NULL)
		*ret_lock = lock;
	else
		close_lock(&lock);
	return st;
}

enum ca_status
home_stage_empty(const char *home, struct ca_buf *ret_staged, int *ret_lock,
    struct ca_error *err)
{
	int lock = -1;
	enum ca_status st = stage_folders(home, ret_staged, &lock, err);

	if (st == CA_OK)
		*ret_lock = lock;
	else
		close_lock(&lock);
	return st;
}

/* Without its lock, no home_sweep() takes the home for a left one. */
static void
unlock_staged(const char *staged)
{
	struct ca_buf lock = {0};

	if (home_path(staged, LOCK, &lock) == CA_OK &&
	    ca_buf_text(&lock) != NULL)
		file_remove(ca_buf_text(&lock));
	ca_buf_free(&lock);
}

enum ca_status
home_publish(const char *staged, const char *home, struct ca_error *err)
{
	unlock_staged(staged);
	if (rename(staged, home) != 0) {
		if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
			return ca_fail(err, CA_REFUSED,
			    "%s: another init was first; nothing "
			    "of this one is left",
			    home);
		return ca_fail(err, CA_IO, "%s: cannot be put in place: %s",
		    home, strerror(errno));
	}
	return CA_OK;
}

/* "HOME.replaced", "HOME.replaced-2", ...: the first that is free. */
static enum ca_status
put_aside(const char *path, const char *home, struct ca_buf *ret)
{
	for (int i = 1; i <= ASIDE_MAX; i++) {
		enum ca_status st = ca_buf_printf(
		    ret, i == 1 ? "%s.replaced" : "%s.replaced-%d", home, i);

		if (st != CA_OK || ca_buf_text(ret) == NULL)
			return CA_MEMORY;
		if (renameat2(AT_FDCWD, path, AT_FDCWD, ca_buf_text(ret),
			RENAME_NOREPLACE) == 0)
			return CA_OK;
		if (errno != EEXIST)
			return CA_IO;
		ca_buf_clear(ret);
	}
	return CA_IO;
}

enum ca_status
home_exchange(const char *staged, const char *home, struct ca_buf *ret_aside,
    struct ca_error *err)
{
	if (renameat2(AT_FDCWD, staged, AT_FDCWD, home, RENAME_EXCHANGE) != 0)
		return errno == EINVAL || errno == ENOSYS ?
		    ca_fail(err, CA_REFUSED,
			"%s: this file system cannot exchange two folders: "
			"move the home away, and restore where it was, with "
			"--against its log/checkpoint",
			home) :
		    ca_fail(err, CA_IO, "%s: cannot be replaced: %s", home,
			strerror(errno));
	/* The old one bears no lock: no home_sweep() removes it. */
	unlock_staged(home);
	if (put_aside(staged, home, ret_aside) == CA_OK)
		return CA_OK;
	ca_buf_clear(ret_aside);
	if (ca_buf_append_text(ret_aside, staged) != CA_OK ||
	    ca_buf_text(ret_aside) == NULL)
		return ca_fail(err, CA_MEMORY,
		    "out of memory; the backup is restored, and the home "
		    "that it replaced is %s",
		    staged);
	return CA_OK;
}

static void
remove_files(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	(void)closedir(dir);
}

void
home_discard(const char *staged)
{
	for (size_t i = 0; i < FOLDERS; i++) {
		struct ca_buf path = {0};

		if (home_path(staged, folders[i], &path) == CA_OK &&
		    ca_buf_text(&path) != NULL) {
			remove_files(ca_buf_text(&path));
			(void)rmdir(ca_buf_text(&path));
		}
		ca_buf_free(&path);
	}
	remove_files(staged);
	(void)rmdir(staged);
}

/* ---- what was left ---- */

static bool
is_staged_name(const char *name, const char *base)
{
	size_t len = strlen(base), mark = strlen(STAGED);

	return strncmp(name, base, len) == 0 &&
	    strncmp(name + len, STAGED, mark) == 0 &&
	    strlen(name + len + mark) == SUFFIX;
}

/* Only what bears the lock of an `init`, and nobody holds it. */
static void
sweep_one(const char *path, home_left_fn *fn, void *ctx)
{
	struct ca_buf lock = {0};
	struct stat info;
	bool removed = false;
	int fd = -1;

	if (lstat(path, &info) != 0 || !S_ISDIR(info.st_mode) ||
	    info.st_uid != geteuid())
		return;
	if (home_path(path, LOCK, &lock) == CA_OK && ca_buf_text(&lock) != NULL)
		fd = open(ca_buf_text(&lock),
		    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ca_buf_free(&lock);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		(void)close(fd);
		return;
	}
	if (fd >= 0) {
		home_discard(path);
		removed = lstat(path, &info) != 0;
		(void)close(fd);
	}
	fn(ctx, path, removed);
}

void
home_sweep(const char *home, home_left_fn *fn, void *ctx)
{
	const char *slash = strrchr(home, '/');
	const char *base = slash != NULL ? slash + 1 : home;
	struct ca_buf folder = {0}, path = {0};
	struct dirent **entries = NULL;
	int len = (int)(base - home), count = -1;

	if (ca_buf_printf(&folder, "%.*s", len > 0 ? len : 1,
		len > 0 ? home : ".") == CA_OK &&
	    ca_buf_text(&folder) != NULL)
		count = scandir(
		    ca_buf_text(&folder), &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		ca_buf_clear(&path);
		if (is_staged_name(name, base) &&
		    ca_buf_printf(&path, "%.*s%s", len, home, name) == CA_OK &&
		    ca_buf_text(&path) != NULL)
			sweep_one(ca_buf_text(&path), fn, ctx);
		free(entries[i]);
	}
	free(entries);
	ca_buf_free(&folder);
	ca_buf_free(&path);
}
