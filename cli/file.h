/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * file: the only code that reads and writes the user's files.
 *
 * Writing is all or nothing: a temporary file in the same folder, written,
 * fsynced, then linked or renamed to its name, then the folder fsynced. A
 * reader never sees a part, an error leaves what was there. Messages name
 * the path and say what to do.
 *
 * What this does not do: the ledger (db/), directories of a home (cli/home).
 */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "ca/base.h"

#define FILE_MAX_READ ((size_t)64 * 1024 * 1024)

/*
 * Reads a whole regular file, a pipe or, for "-", standard input. CA_NOT_FOUND
 * when there is none, CA_REFUSED when it is larger than max, CA_IO otherwise.
 * Appends to ret.
 */
CA_MUST_USE enum ca_status file_read(
    const char *path, size_t max, struct ca_buf *ret, struct ca_error *err);
/* As file_read(), and CA_REFUSED when it is a pipe or a device; "-" is a name
 * like any other. */
CA_MUST_USE enum ca_status file_read_regular(
    const char *path, size_t max, struct ca_buf *ret, struct ca_error *err);
/*
 * A file that holds a secret: as file_read(), and refused (CA_REFUSED) when
 * it is not a regular file, belongs to someone else than this user or root,
 * or can be read or written by group or others (checklist 41). Says chmod.
 */
CA_MUST_USE enum ca_status file_read_secret(
    const char *path, size_t max, struct ca_buf *ret, struct ca_error *err);

enum file_mode {
	FILE_PUBLIC = 0644, /* less the umask */
	FILE_PRIVATE = 0600 /* from the first instant, whatever the umask */
};
enum file_existing {
	FILE_KEEP,   /* CA_REFUSED when it exists: use --force */
	FILE_NEVER,  /* as FILE_KEEP, where there is no --force */
	FILE_REPLACE /* replaced atomically; a symlink is replaced, a
		      * folder, FIFO or device refused */
};
/* "-" writes to standard output (mode and existing do not matter). */
CA_MUST_USE enum ca_status file_write(const char *path, struct ca_bytes content,
    enum file_mode mode, enum file_existing existing, struct ca_error *err);
/*
 * One of many: as file_write() with FILE_REPLACE, but that its name is on the
 * disk, where an older file had it or none, is sure only after
 * file_sync_folder(). Then its folder is synced once for all of them.
 */
CA_MUST_USE enum ca_status file_replace(const char *path,
    struct ca_bytes content, enum file_mode mode, struct ca_error *err);
/* path: of one of them. */
CA_MUST_USE enum ca_status file_sync_folder(
    const char *path, struct ca_error *err);
/*
 * Would file_write() be refused? Asked before a key is used, so that nothing
 * is signed that cannot be handed out. It is tried: a temporary file is
 * written into the folder and removed. CA_USAGE for a name that is none,
 * CA_REFUSED when the path exists (or may not be replaced), CA_NOT_FOUND when
 * its folder does not, CA_IO when it cannot be written. Of "-": whether
 * standard output is closed, full or a pipe that nobody reads.
 */
CA_MUST_USE enum ca_status file_check_writable(
    const char *path, enum file_existing existing, struct ca_error *err);
/* Makes a folder 0700; CA_OK when it is there already as a folder. */
CA_MUST_USE enum ca_status file_make_folder(
    const char *path, struct ca_error *err);
bool file_exists(const char *path);
/* Removes a file this process has made and that is not to be. */
void file_remove(const char *path);
/* A new file in the folder, 0600, to be written: appends its path, and returns
 * the descriptor, or -1 and errno. Whoever renames it is done with it. */
int file_open_temp(const char *folder, struct ca_buf *ret_name);
/* Appends folder + "/" + name. */
CA_MUST_USE enum ca_status file_join(
    struct ca_buf *ret, const char *folder, const char *name);
/* Appends the file name without folder and without suffix when it ends so. */
CA_MUST_USE enum ca_status file_stem(
    struct ca_buf *ret, const char *path, const char *suffix);

#endif
