/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_CHUNK ((size_t)64 * 1024)

/* ---- reading ---- */

static enum ca_status
read_all(int fd, const char *path, size_t max, struct ca_buf *ret,
    struct ca_error *err)
{
	size_t start = ret->len;

	for (;;) {
		ssize_t got;

		if (ca_buf_reserve(ret, READ_CHUNK) != CA_OK)
			return ca_fail(
			    err, CA_MEMORY, "%s: out of memory", path);
		got = read(fd, ret->data + ret->len, READ_CHUNK);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ca_fail(err, CA_IO, "%s: cannot be read: %s",
			    path, strerror(errno));
		if (got == 0)
			return CA_OK;
		ret->len += (size_t)got;
		if (ret->len - start > max)
			return ca_fail(err, CA_REFUSED,
			    "%s: larger than %zu octets: not what "
			    "is expected here",
			    path, max);
	}
}

static enum ca_status
open_for_reading(const char *path, int more, int *ret_fd, struct stat *ret_info,
    struct ca_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | more);

	if (fd < 0)
		return ca_fail(err, errno == ENOENT ? CA_NOT_FOUND : CA_IO,
		    "%s: cannot be opened: %s", path, strerror(errno));
	if (fstat(fd, ret_info) != 0 || S_ISDIR(ret_info->st_mode)) {
		(void)close(fd);
		return ca_fail(err, CA_IO, "%s: is a folder, not a file", path);
	}
	*ret_fd = fd;
	return CA_OK;
}

enum ca_status
file_read(
    const char *path, size_t max, struct ca_buf *ret, struct ca_error *err)
{
	struct stat info;
	enum ca_status st;
	int fd;

	if (strcmp(path, "-") == 0)
		return read_all(STDIN_FILENO, "standard input", max, ret, err);
	if ((st = open_for_reading(path, 0, &fd, &info, err)) != CA_OK)
		return st;
	st = read_all(fd, path, max, ret, err);
	(void)close(fd);
	return st;
}

static enum ca_status
check_secret(const char *path, const struct stat *info, struct ca_error *err)
{
	if (!S_ISREG(info->st_mode))
		return ca_fail(
		    err, CA_REFUSED, "%s: a key must be a regular file", path);
	if (info->st_uid != geteuid() && info->st_uid != 0)
		return ca_fail(err, CA_REFUSED,
		    "%s: belongs to another user: a key that "
		    "others can change is not used; chown it",
		    path);
	if ((info->st_mode & 077) != 0)
		return ca_fail(err, CA_REFUSED,
		    "%s: mode %04o lets others at the key: "
		    "chmod 600 %s",
		    path, (unsigned)info->st_mode & 07777, path);
	return CA_OK;
}

enum ca_status
file_read_secret(
    const char *path, size_t max, struct ca_buf *ret, struct ca_error *err)
{
	struct stat info;
	enum ca_status st;
	int fd;

	/* A FIFO must not keep us waiting for its writer. */
	if ((st = open_for_reading(path, O_NONBLOCK, &fd, &info, err)) != CA_OK)
		return st;
	if ((st = check_secret(path, &info, err)) == CA_OK)
		st = read_all(fd, path, max, ret, err);
	(void)close(fd);
	return st;
}

/* ---- writing ---- */

static enum ca_status
write_all(int fd, struct ca_bytes content)
{
	while (content.len > 0) {
		ssize_t put = write(fd, content.data, content.len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return CA_IO;
		content.data += put;
		content.len -= (size_t)put;
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

static void
sync_folder(const char *path)
{
	char *folder = folder_of(path);
	int fd = folder == NULL ?
	    -1 :
	    open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
	free(folder);
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

/* Puts the finished temporary file under its name. */
static enum ca_status
put_in_place(const char *temp, const char *path, enum file_existing existing,
    struct ca_error *err)
{
	int failed = existing != FILE_REPLACE ? link(temp, path) :
						rename(temp, path);

	if (failed != 0 && errno == EEXIST)
		return exists_already(path, existing, err);
	if (failed != 0)
		return ca_fail(err, CA_IO, "%s: cannot be written: %s", path,
		    strerror(errno));
	sync_folder(path);
	return CA_OK;
}

/* The only way to ask is to set. */
static mode_t
current_umask(void)
{
	mode_t mask = umask(077);

	(void)umask(mask);
	return mask;
}

static enum ca_status
write_temp(int fd, const char *path, struct ca_bytes content,
    enum file_mode mode, struct ca_error *err)
{
	/* mkstemp() made it 0600; a public file opens up when it is whole. */
	if (write_all(fd, content) != CA_OK || fsync(fd) != 0 ||
	    (mode != FILE_PRIVATE &&
		fchmod(fd, (mode_t)mode & ~current_umask()) != 0))
		return ca_fail(err, CA_IO,
		    "%s: cannot be written: %s; nothing is left "
		    "half-written",
		    path, strerror(errno));
	return CA_OK;
}

enum ca_status
file_check_writable(
    const char *path, enum file_existing existing, struct ca_error *err)
{
	struct stat info;
	char *folder;
	enum ca_status st = CA_OK;

	if (strcmp(path, "-") == 0)
		return CA_OK;
	if (lstat(path, &info) == 0) {
		if (existing != FILE_REPLACE)
			return exists_already(path, existing, err);
		if (!S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode))
			return ca_fail(err, CA_REFUSED,
			    "%s: is not a regular file and is not "
			    "replaced",
			    path);
	}
	if ((folder = folder_of(path)) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if (stat(folder, &info) != 0 || !S_ISDIR(info.st_mode))
		st = ca_fail(err, CA_NOT_FOUND,
		    "%s: the folder %s does not exist", path, folder);
	else if (access(folder, W_OK | X_OK) != 0)
		st = ca_fail(err, CA_IO,
		    "%s: the folder %s cannot be written: %s", path, folder,
		    strerror(errno));
	free(folder);
	return st;
}

/*
 * A file without a name: when this process dies before the link, nothing is
 * left. False when the file system has no such thing.
 */
static bool
write_unnamed(const char *path, struct ca_bytes content, enum file_mode mode,
    enum file_existing existing, enum ca_status *ret_st, struct ca_error *err)
{
	char *folder = folder_of(path);
	char self[64];
	int fd = folder == NULL ?
	    -1 :
	    open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	free(folder);
	if (fd < 0)
		return false;
	*ret_st = write_temp(fd, path, content, mode, err);
	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (*ret_st == CA_OK &&
	    linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW) != 0)
		*ret_st = errno == EEXIST ?
		    exists_already(path, existing, err) :
		    ca_fail(err, CA_IO, "%s: cannot be written: %s", path,
			strerror(errno));
	else if (*ret_st == CA_OK)
		sync_folder(path);
	(void)close(fd);
	return true;
}

static enum ca_status
write_named(const char *path, struct ca_bytes content, enum file_mode mode,
    enum file_existing existing, struct ca_error *err)
{
	struct ca_buf temp = {0};
	char *name;
	enum ca_status st;
	int fd;

	if (ca_buf_printf(&temp, "%s.XXXXXX", path) != CA_OK)
		return ca_fail(err, CA_MEMORY, "out of memory");
	name = (char *)temp.data;
	if ((fd = mkostemp(name, O_CLOEXEC)) < 0) {
		st = ca_fail(err, CA_IO, "%s: cannot be written: %s", path,
		    strerror(errno));
		goto out;
	}
	st = write_temp(fd, path, content, mode, err);
	(void)close(fd);
	if (st == CA_OK)
		st = put_in_place(name, path, existing, err);
	if (st != CA_OK || existing != FILE_REPLACE)
		(void)unlink(name);
out:
	ca_buf_free(&temp);
	return st;
}

static enum ca_status
write_stdout(struct ca_bytes content, struct ca_error *err)
{
	if (write_all(STDOUT_FILENO, content) == CA_OK)
		return CA_OK;
	return ca_fail(err, CA_IO, "standard output cannot be written: %s",
	    strerror(errno));
}

enum ca_status
file_write(const char *path, struct ca_bytes content, enum file_mode mode,
    enum file_existing existing, struct ca_error *err)
{
	enum ca_status st;

	if (strcmp(path, "-") == 0)
		return write_stdout(content, err);
	if ((st = file_check_writable(path, existing, err)) != CA_OK)
		return st;
	if (existing != FILE_REPLACE &&
	    write_unnamed(path, content, mode, existing, &st, err))
		return st;
	return write_named(path, content, mode, existing, err);
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
