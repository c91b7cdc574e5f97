/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * file_stream: a file that is written piece by piece, and appears whole or not
 * at all, as those of cli/file do. Private (0600).
 *
 * What this does not do: keep anything in memory.
 */
#ifndef CLI_FILE_STREAM_H
#define CLI_FILE_STREAM_H

#include "cli/file.h"

struct file_stream {
	const char *path;
	enum file_existing existing;
	struct ca_buf temp; /* its name until then, where it needs one */
	int fd;
	bool is_open;
	int64_t written;
};
/* "-" is standard output. As file_check_writable(). */
CA_MUST_USE enum ca_status file_stream_open(struct file_stream *stream,
    const char *path, enum file_existing existing, struct ca_error *err);
CA_MUST_USE enum ca_status file_stream_write(
    struct file_stream *stream, struct ca_bytes data, struct ca_error *err);
/* Synced, and under its name. */
CA_MUST_USE enum ca_status file_stream_finish(
    struct file_stream *stream, struct ca_error *err);
/* What is not finished is gone. */
void file_stream_done(struct file_stream *stream);
/* Appends the folder that a file of this path is in. */
CA_MUST_USE enum ca_status file_folder(const char *path, struct ca_buf *ret);

#endif
