/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/file_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum ca_status
file_folder(const char *path, struct ca_buf *ret)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return ca_buf_append_text(ret, ".");
	return ca_buf_append(ret,
	    (struct ca_bytes){(const uint8_t *)path,
		slash == path ? 1 : (size_t)(slash - path)});
}

static enum ca_status
fail_write(const struct file_stream *stream, struct ca_error *err)
{
	return ca_fail(err, CA_IO,
	    "%s: cannot be written: %s; nothing is left half-written",
	    strcmp(stream->path, "-") == 0 ? "standard output" : stream->path,
	    strerror(errno));
}

/* One that is to be new needs no name before it is whole, where the file system
 * can do that. */
static int
open_temp(struct file_stream *stream, const char *folder)
{
	int fd = -1;

	if (stream->existing != FILE_REPLACE)
		fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	if ((fd = file_open_temp(folder, &stream->temp)) < 0)
		ca_buf_free(&stream->temp);
	return fd;
}

static enum ca_status
begin(struct file_stream *stream, const char *path, enum file_existing existing,
    struct ca_error *err)
{
	struct ca_buf folder = {0};
	enum ca_status st = CA_OK;

	*stream = (struct file_stream){
	    .path = path, .existing = existing, .mode = FILE_PRIVATE};
	if (file_folder(path, &folder) != CA_OK || ca_buf_text(&folder) == NULL)
		st = ca_fail(err, CA_MEMORY, "out of memory");
	else if ((stream->fd = open_temp(stream, ca_buf_text(&folder))) < 0)
		st = fail_write(stream, err);
	else
		stream->is_open = true;
	ca_buf_free(&folder);
	return st;
}

enum ca_status
file_stream_open(struct file_stream *stream, const char *path,
    enum file_existing existing, struct ca_error *err)
{
	enum ca_status st = file_check_writable(path, existing, err);

	*stream = (struct file_stream){.path = path, .existing = existing};
	if (st != CA_OK)
		return st;
	if (strcmp(path, "-") != 0)
		return begin(stream, path, existing, err);
	stream->fd = STDOUT_FILENO;
	stream->is_open = true;
	return CA_OK;
}

enum ca_status
file_stream_write(
    struct file_stream *stream, struct ca_bytes data, struct ca_error *err)
{
	while (data.len > 0) {
		ssize_t len = write(stream->fd, data.data, data.len);

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return fail_write(stream, err);
		data.data += len;
		data.len -= (size_t)len;
		stream->written += len;
	}
	return CA_OK;
}

/* 0, or -1 and errno. */
static int
put_in_place(const struct file_stream *stream)
{
	const char *temp = (const char *)stream->temp.data;
	unsigned flags = stream->existing == FILE_REPLACE ? 0 :
							    RENAME_NOREPLACE;
	char self[64];
	int failed;

	if (stream->temp.len == 0) {
		(void)snprintf(
		    self, sizeof(self), "/proc/self/fd/%d", stream->fd);
		return linkat(
		    AT_FDCWD, self, AT_FDCWD, stream->path, AT_SYMLINK_FOLLOW);
	}
	failed = renameat2(AT_FDCWD, temp, AT_FDCWD, stream->path, flags);
	/* File systems that have no RENAME_NOREPLACE. */
	if (failed != 0 && flags != 0 && (errno == EINVAL || errno == ENOSYS))
		failed = link(temp, stream->path);
	return failed;
}

static enum ca_status
name(struct file_stream *stream, struct ca_error *err)
{
	if (put_in_place(stream) == 0)
		return CA_OK;
	if (errno != EEXIST)
		return fail_write(stream, err);
	return ca_fail(err, CA_REFUSED,
	    "%s: exists already and is not overwritten; replace it with "
	    "--force",
	    stream->path);
}

enum ca_status
file_stream_finish(struct file_stream *stream, struct ca_error *err)
{
	enum ca_status st;

	if (strcmp(stream->path, "-") == 0)
		return CA_OK;
	if (fsync(stream->fd) != 0)
		return fail_write(stream, err);
	if ((st = name(stream, err)) != CA_OK)
		return st;
	return file_sync_folder(stream->path, err);
}

/* ---- many ---- */

enum ca_status
file_stream_begin(struct file_stream *stream, const char *path,
    enum file_existing existing, enum file_mode mode, struct ca_error *err)
{
	enum ca_status st;

	/* As linkat() says it, before there is anything to link. */
	if (existing != FILE_REPLACE && file_exists(path))
		return ca_fail(err, CA_REFUSED,
		    "%s: exists already and is not overwritten; replace it "
		    "with --force",
		    path);
	st = begin(stream, path, existing, err);
	stream->mode = mode;
	return st;
}

enum ca_status
file_stream_finish_group(struct file_stream *streams, size_t count,
    enum ca_status *ret_each, struct ca_error *errs, struct ca_error *err)
{
	const struct file_stream *any = NULL;
	mode_t mask = umask(077);

	(void)umask(mask);
	for (size_t i = 0; i < count; i++) {
		if (!streams[i].is_open)
			continue;
		any = &streams[i];
		/* EPERM: a stick's file system, which has no modes. */
		if (any->mode != FILE_PRIVATE &&
		    fchmod(any->fd, (mode_t)any->mode & ~mask) != 0 &&
		    errno != EPERM)
			return fail_write(any, err);
	}
	if (any == NULL)
		return CA_OK;
	if (syncfs(any->fd) != 0)
		return fail_write(any, err);
	for (size_t i = 0; i < count; i++)
		if (streams[i].is_open)
			ret_each[i] = name(&streams[i], &errs[i]);
	return file_sync_folder(any->path, err);
}

void
file_stream_done(struct file_stream *stream)
{
	if (stream->is_open && stream->fd != STDOUT_FILENO)
		(void)close(stream->fd);
	/* Renamed, it is gone already. */
	if (stream->temp.len > 0)
		(void)unlink((const char *)stream->temp.data);
	ca_buf_free(&stream->temp);
	stream->is_open = false;
}
