/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/file.h"

#define READ_CHUNK ((size_t)64 * 1024)

/* All of a small file at once, and its end: what is reserved is also wiped. */
static size_t
first_chunk(int fd)
{
	struct stat info;

	if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) ||
	    info.st_size <= 0 || (uint64_t)info.st_size >= READ_CHUNK)
		return READ_CHUNK;
	return (size_t)info.st_size + 1;
}

static enum ca_status
read_all(int fd, const char *path, size_t max, struct ca_buf *ret,
    struct ca_error *err)
{
	size_t start = ret->len, chunk = first_chunk(fd);

	for (;;
	     chunk = ret->len < ret->cap ? ret->cap - ret->len : READ_CHUNK) {
		ssize_t got;

		if (ca_buf_reserve(ret, chunk) != CA_OK)
			return ca_fail(
			    err, CA_MEMORY, "%s: out of memory", path);
		got = read(fd, ret->data + ret->len, chunk);
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
			    "is expected here; name another file",
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

enum ca_status
file_read_regular(
    const char *path, size_t max, struct ca_buf *ret, struct ca_error *err)
{
	struct stat info;
	enum ca_status st;
	int fd;

	/* A FIFO must not keep us waiting for its writer. */
	if ((st = open_for_reading(path, O_NONBLOCK, &fd, &info, err)) != CA_OK)
		return st;
	st = S_ISREG(info.st_mode) ?
	    read_all(fd, path, max, ret, err) :
	    ca_fail(err, CA_REFUSED, "%s: must be a regular file", path);
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
