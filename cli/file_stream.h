/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * file_stream: a file that is written piece by piece, and appears whole or not
 * at all, as those of cli/file do. Private (0600), unless it is one of many.
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
	enum file_mode mode;
};
/* "-" is standard output. As file_check_writable(). */
CA_MUST_USE enum ca_status file_stream_open(struct file_stream *stream,
    const char *path, enum file_existing existing, struct ca_error *err);
CA_MUST_USE enum ca_status file_stream_write(
    struct file_stream *stream, struct ca_bytes data, struct ca_error *err);
/* Synced, and under its name. */
CA_MUST_USE enum ca_status file_stream_finish(
    struct file_stream *stream, struct ca_error *err);
/*
 * One of many: no more is asked before than what opening says, and it is
 * durable when the whole group is: file_stream_finish_group().
 */
CA_MUST_USE enum ca_status file_stream_begin(struct file_stream *stream,
    const char *path, enum file_existing existing, enum file_mode mode,
    struct ca_error *err);
/*
 * Synced by one call for the file system that they all are on, named one by
 * one, and their folder, which is one too, synced. ret_each[i] and errs[i] are
 * what became of each that is open; CA_IO when none of them is sure.
 */
CA_MUST_USE enum ca_status file_stream_finish_group(struct file_stream *streams,
    size_t count, enum ca_status *ret_each, struct ca_error *errs,
    struct ca_error *err);
/* What is not finished is gone. */
void file_stream_done(struct file_stream *stream);
/* Appends the folder that a file of this path is in. */
CA_MUST_USE enum ca_status file_folder(const char *path, struct ca_buf *ret);

#endif
