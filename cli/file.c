/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define TEMP_LETTERS 6
#define TEMP_TRIES 100
#define PROBE_ROOM ((size_t)16 * 1024) /* a certificate, its chain */
/* More than anything but a large CRL. */
#define AT_ONCE ((size_t)8 * 1024 * 1024)

/* ---- parts of writing ---- */

static enum ca_status
write_all(int fd, struct ca_bytes content)
{
	while (content.len > 0) {
		size_t part = content.len < AT_ONCE ? content.len : AT_ONCE;
		ssize_t put = write(fd, content.data, part);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return CA_IO;
		content.data += put;
		content.len -= (size_t)put;
		/* It need not wait for what follows; fsync() says whether it
		 * arrived. */
		if (content.len > 0)
			(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	}
	return CA_OK;
}

/* The folder a path lies in, as an owned text. */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return strdup(".");
	if (slash == path)
		return strdup("/");
	return strndup(path, (size_t)(slash - path));
}

/* Some file systems cannot sync a folder (EINVAL), and one that may not be
 * read cannot be opened for it: neither is a fault of the disk. */
static bool
folder_is_synced(const char *path)
{
	char *folder = folder_of(path);
	int fd, error = 0;

	if (folder == NULL) {
		errno = ENOMEM;
		return false;
	}
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		error = errno;
	if (fd >= 0)
		(void)close(fd);
	free(folder);
	errno = error;
	return error == 0 || error == EINVAL || error == EACCES;
}

static enum ca_status
exists_already(
    const char *path, enum file_existing existing, struct ca_error *err)
{
	return ca_fail(err, CA_REFUSED,
	    "%s: exists already and is not overwritten; %s", path,
	    existing == FILE_KEEP ?
		"move it away, choose another name, or say --force" :
		"move it away or choose another name");
}

/* The only way to ask is to set. */
static mode_t
current_umask(void)
{
	mode_t mask = umask(077);

	(void)umask(mask);
	return mask;
}

/* ---- what may be written ---- */

static enum ca_status
cannot_write(const char *path, int error, struct ca_error *err)
{
	return ca_fail(
	    err, CA_IO, "%s: cannot be written: %s", path, strerror(error));
}

/* The file is under its name, and may be gone when the power is. A new one is
 * taken back, so that it can be tried again. */
static enum ca_status
sync_folder(const char *path, enum file_existing existing, struct ca_error *err)
{
	int error;

	if (folder_is_synced(path))
		return CA_OK;
	error = errno;
	if (existing == FILE_REPLACE)
		return ca_fail(err, CA_IO,
		    "%s: is written, but its folder cannot be synced: %s: it "
		    "may be lost with the power; see to the disk",
		    path, strerror(error));
	(void)unlink(path);
	return ca_fail(err, CA_IO,
	    "%s: cannot be written: its folder cannot be synced: %s", path,
	    strerror(error));
}

static const char *
base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static enum ca_status
check_name(const char *path, struct ca_error *err)
{
	const char *base = base_of(path);

	if (path[0] == '\0')
		return ca_fail(err, CA_USAGE,
		    "the name of a file to write is empty; name a file");
	if (base[0] == '\0' || strcmp(base, ".") == 0 ||
	    strcmp(base, "..") == 0)
		return ca_fail(err, CA_USAGE,
		    "%s: is a folder; name the file in it", path);
	return CA_OK;
}

/* What rename() would not replace, though the folder may be written. */
static enum ca_status
check_replaceable(const char *path, const struct stat *info,
    const struct stat *folder, struct ca_error *err)
{
	struct stat target;
	struct statx more;
	uid_t user = geteuid();

	/* /dev/stdout is a link: a link to what is no file is no file. */
	if (S_ISLNK(info->st_mode) && stat(path, &target) == 0)
		info = &target;
	if (!S_ISREG(info->st_mode) && !S_ISLNK(info->st_mode))
		return ca_fail(err, CA_REFUSED,
		    "%s: is not a regular file and is not replaced", path);
	if ((folder->st_mode & S_ISVTX) != 0 && user != 0 &&
	    user != folder->st_uid && user != info->st_uid)
		return cannot_write(path, EPERM, err);
	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS,
		&more) != 0)
		return CA_OK;
	if ((more.stx_attributes &
		(STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0)
		return cannot_write(path, EPERM, err);
	if ((more.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0)
		return cannot_write(path, EBUSY, err);
	return CA_OK;
}

static enum ca_status
check_folder(const char *path, const char *folder, struct stat *ret,
    struct ca_error *err)
{
	struct stat devices;
	int failed = stat(folder, ret);

	if (failed != 0 && errno != ENOENT && errno != ENOTDIR)
		return ca_fail(err, CA_IO,
		    "%s: the folder %s cannot be entered: %s", path, folder,
		    strerror(errno));
	if (failed != 0 || !S_ISDIR(ret->st_mode))
		return ca_fail(err, CA_NOT_FOUND,
		    "%s: the folder %s does not exist", path, folder);
	if (stat("/dev", &devices) == 0 && devices.st_dev == ret->st_dev &&
	    devices.st_ino == ret->st_ino)
		return ca_fail(err, CA_USAGE,
		    "%s: is among the devices, not a file; for standard "
		    "output say -",
		    path);
	return CA_OK;
}

/* All that can be asked without writing. */
static enum ca_status
check_place(const char *path, const char *folder, enum file_existing existing,
    struct ca_error *err)
{
	struct stat info, above;
	enum ca_status st;

	if ((st = check_name(path, err)) != CA_OK ||
	    (st = check_folder(path, folder, &above, err)) != CA_OK)
		return st;
	if (lstat(path, &info) != 0)
		return errno == ENOENT ? CA_OK : cannot_write(path, errno, err);
	return existing == FILE_REPLACE ?
	    check_replaceable(path, &info, &above, err) :
	    exists_already(path, existing, err);
}

/* ---- temporary files ---- */

static int
open_unnamed(const char *folder)
{
	return open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
}

static bool
name_anew(char *ret)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t random[TEMP_LETTERS];

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return false;
	for (size_t i = 0; i < sizeof(random); i++)
		ret[i] = letters[random[i] & 31];
	return true;
}

/* Its name is short: a long one is the file's to have. Not by mkostemp(), which
 * opens it for reading too: that is not let (cli/confine). */
int
file_open_temp(const char *folder, struct ca_buf *ret_name)
{
	int fd = -1;

	if (file_join(ret_name, folder, ".signet.XXXXXX") != CA_OK ||
	    ca_buf_text(ret_name) == NULL) {
		errno = ENOMEM;
		return -1;
	}
	for (int i = 0; i < TEMP_TRIES && fd < 0; i++) {
		if (!name_anew(
			(char *)ret_name->data + ret_name->len - TEMP_LETTERS))
			return -1;
		fd = open((const char *)ret_name->data,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	return fd;
}

/* Nobody but who tries it knows: read-only and full file systems, folders
 * that are immutable, /proc. A file without a name leaves no trace. */
static enum ca_status
try_folder(const char *path, const char *folder, enum file_existing existing,
    struct ca_error *err)
{
	static const uint8_t room[PROBE_ROOM];
	struct ca_buf name = {0};
	enum ca_status st = CA_OK;
	int fd = existing == FILE_REPLACE ? -1 : open_unnamed(folder);

	if (fd < 0 && (fd = file_open_temp(folder, &name)) < 0) {
		st = ca_fail(err, CA_IO,
		    "%s: the folder %s cannot be written: %s", path, folder,
		    strerror(errno));
		goto out;
	}
	if (write_all(fd, (struct ca_bytes){room, sizeof(room)}) != CA_OK)
		st = cannot_write(path, errno, err);
	(void)close(fd);
	if (name.len > 0 && unlink((const char *)name.data) != 0)
		st = cannot_write(path, errno, err);
out:
	ca_buf_free(&name);
	return st;
}

/* ---- standard output ---- */

static enum ca_status
cannot_print(int error, struct ca_error *err)
{
	return ca_fail(err, CA_IO, "standard output cannot be written: %s",
	    error == EBADF ? "it is closed" : strerror(error));
}

static bool
is_full(int fd)
{
	struct statvfs fs;

	return fstatvfs(fd, &fs) == 0 && fs.f_blocks > 0 &&
	    (geteuid() == 0 ? fs.f_bfree : fs.f_bavail) == 0;
}

/* Closed, /dev/full, a pipe that nobody reads, a full disk. */
static enum ca_status
check_stdout(struct ca_error *err)
{
	struct pollfd end = {.fd = STDOUT_FILENO, .events = POLLOUT};
	int flags = fcntl(STDOUT_FILENO, F_GETFL);
	struct stat info;

	if (flags < 0 || (flags & O_PATH) != 0 ||
	    (flags & O_ACCMODE) == O_RDONLY || fstat(STDOUT_FILENO, &info) != 0)
		return cannot_print(EBADF, err);
	if (poll(&end, 1, 0) == 1 && (end.revents & POLLERR) != 0)
		return cannot_print(EPIPE, err);
	if ((S_ISCHR(info.st_mode) || S_ISREG(info.st_mode)) &&
	    write(STDOUT_FILENO, "", 0) < 0)
		return cannot_print(errno, err);
	if (S_ISREG(info.st_mode) && is_full(STDOUT_FILENO))
		return cannot_print(ENOSPC, err);
	return CA_OK;
}

static enum ca_status
write_stdout(struct ca_bytes content, struct ca_error *err)
{
	if (write_all(STDOUT_FILENO, content) == CA_OK)
		return CA_OK;
	return cannot_print(errno, err);
}

enum ca_status
file_check_writable(
    const char *path, enum file_existing existing, struct ca_error *err)
{
	char *folder;
	enum ca_status st;

	if (strcmp(path, "-") == 0)
		return check_stdout(err);
	if ((folder = folder_of(path)) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = check_place(path, folder, existing, err)) == CA_OK)
		st = try_folder(path, folder, existing, err);
	free(folder);
	return st;
}

/* ---- writing ---- */

static enum ca_status
write_temp(int fd, const char *path, struct ca_bytes content,
    enum file_mode mode, struct ca_error *err)
{
	/* It was made 0600; a public file opens up when it is whole. EPERM:
	 * a stick's file system, which has no modes. */
	if (write_all(fd, content) != CA_OK || fsync(fd) != 0 ||
	    (mode != FILE_PRIVATE &&
		fchmod(fd, (mode_t)mode & ~current_umask()) != 0 &&
		errno != EPERM))
		return ca_fail(err, CA_IO,
		    "%s: cannot be written: %s; nothing is left "
		    "half-written",
		    path, strerror(errno));
	return CA_OK;
}

/* linkat() by descriptor, which without privileges takes /proc. */
static bool
link_unnamed(int fd, const char *path)
{
	char self[64];

	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}

/*
 * A file without a name: when this process dies before the link, nothing is
 * left. False when the file system has no such thing, or there is no /proc.
 */
static bool
write_unnamed(const char *path, const char *folder, struct ca_bytes content,
    enum file_mode mode, enum file_existing existing, enum ca_status *ret_st,
    struct ca_error *err)
{
	bool done = true;
	int fd = open_unnamed(folder);

	if (fd < 0)
		return false;
	*ret_st = write_temp(fd, path, content, mode, err);
	if (*ret_st != CA_OK)
		goto out;
	if (link_unnamed(fd, path))
		*ret_st = sync_folder(path, existing, err);
	else if (errno == EEXIST)
		*ret_st = exists_already(path, existing, err);
	else if (errno == ENOENT || errno == EACCES || errno == EPERM)
		done = false;
	else
		*ret_st = cannot_write(path, errno, err);
out:
	(void)close(fd);
	return done;
}

/* Puts the finished temporary file under its name. A stick's file system has
 * no links, others no RENAME_NOREPLACE. */
static enum ca_status
put_in_place(const char *temp, const char *path, enum file_existing existing,
    struct ca_error *err)
{
	unsigned flags = existing == FILE_REPLACE ? 0 : RENAME_NOREPLACE;
	int failed = renameat2(AT_FDCWD, temp, AT_FDCWD, path, flags);

	if (failed != 0 && flags != 0 && (errno == EINVAL || errno == ENOSYS))
		failed = link(temp, path);
	if (failed != 0 && errno == EEXIST)
		return exists_already(path, existing, err);
	return failed != 0 ? cannot_write(path, errno, err) : CA_OK;
}

static enum ca_status
write_named(const char *path, const char *folder, struct ca_bytes content,
    enum file_mode mode, enum file_existing existing, struct ca_error *err)
{
	struct ca_buf temp = {0};
	enum ca_status st;
	int fd = file_open_temp(folder, &temp);

	if (fd < 0) {
		st = cannot_write(path, errno, err);
		goto out;
	}
	st = write_temp(fd, path, content, mode, err);
	(void)close(fd);
	if (st == CA_OK)
		st = put_in_place((const char *)temp.data, path, existing, err);
	/* Renamed, it is gone already. */
	if (st != CA_OK || existing != FILE_REPLACE)
		(void)unlink((const char *)temp.data);
out:
	ca_buf_free(&temp);
	return st;
}

static enum ca_status
write_and_sync(const char *path, const char *folder, struct ca_bytes content,
    enum file_mode mode, enum file_existing existing, struct ca_error *err)
{
	enum ca_status st = write_named(
	    path, folder, content, mode, existing, err);

	return st == CA_OK ? sync_folder(path, existing, err) : st;
}

enum ca_status
file_write(const char *path, struct ca_bytes content, enum file_mode mode,
    enum file_existing existing, struct ca_error *err)
{
	char *folder;
	enum ca_status st;

	if (strcmp(path, "-") == 0)
		return write_stdout(content, err);
	if ((folder = folder_of(path)) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = check_place(path, folder, existing, err)) == CA_OK &&
	    (existing == FILE_REPLACE ||
		!write_unnamed(
		    path, folder, content, mode, existing, &st, err)))
		st = write_and_sync(path, folder, content, mode, existing, err);
	free(folder);
	return st;
}

enum ca_status
file_replace(const char *path, struct ca_bytes content, enum file_mode mode,
    struct ca_error *err)
{
	char *folder = folder_of(path);
	enum ca_status st;

	if (folder == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = check_place(path, folder, FILE_REPLACE, err)) == CA_OK)
		st = write_named(
		    path, folder, content, mode, FILE_REPLACE, err);
	free(folder);
	return st;
}

enum ca_status
file_sync_folder(const char *path, struct ca_error *err)
{
	return sync_folder(path, FILE_REPLACE, err);
}

/* ---- folders and names ---- */

enum ca_status
file_make_folder(const char *path, struct ca_error *err)
{
	struct stat info;

	if (mkdir(path, 0700) == 0)
		return CA_OK;
	if (errno == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
		return CA_OK;
	return ca_fail(
	    err, CA_IO, "%s: cannot be made: %s", path, strerror(errno));
}

bool
file_exists(const char *path)
{
	struct stat info;

	return lstat(path, &info) == 0;
}

void
file_remove(const char *path)
{
	(void)unlink(path);
}

enum ca_status
file_join(struct ca_buf *ret, const char *folder, const char *name)
{
	size_t len = strlen(folder);

	return ca_buf_printf(ret, "%s%s%s", folder,
	    len > 0 && folder[len - 1] == '/' ? "" : "/", name);
}

enum ca_status
file_stem(struct ca_buf *ret, const char *path, const char *suffix)
{
	const char *slash = strrchr(path, '/');
	struct ca_bytes name = ca_text(slash != NULL ? slash + 1 : path);
	size_t len = strlen(suffix);

	if (name.len > len &&
	    memcmp(name.data + name.len - len, suffix, len) == 0)
		name.len -= len;
	return ca_buf_append(ret, name);
}
