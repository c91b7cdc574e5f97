/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * archive: a POSIX tar file (ustar) of plain files, one after the other, which
 * any tar reads, written and read as a stream.
 *
 * There is one way to write each member: owner 0, mode 0600, one date for all
 * of them. A member above 8 GiB has a pax header with its size. What is not
 * written so is refused: links, devices and folders, names that lead out of the
 * folder, other dates or owners, anything behind the end. So no bit of it can
 * change without notice, but for those of the members themselves.
 *
 * What this does not do: open files, or know which members there should be.
 */
#ifndef CLI_ARCHIVE_H
#define CLI_ARCHIVE_H

#include "ca/base.h"

#define ARCHIVE_BLOCK 512
/* "FOLDER/NAME" and a NUL: NAME at most 100 octets, FOLDER at most 30. */
#define ARCHIVE_NAME 132

struct archive_member {
	char name[ARCHIVE_NAME];
	int64_t size;
};

/* A name that may be in it: NAME or FOLDER/NAME of printable ASCII, none of
 * them beginning with a dot. CA_REFUSED. */
CA_MUST_USE enum ca_status archive_check_name(
    const char *name, struct ca_error *err);

/* ---- writing ---- */

typedef enum ca_status archive_write_fn(
    void *ctx, struct ca_bytes data, struct ca_error *err);
struct archive_out {
	archive_write_fn *write;
	void *ctx;
	int64_t time; /* Unix seconds, 0 to 8^11 - 1 */
	int64_t left; /* of the present member; 0 to begin with */
	size_t pad;
};
/* A member's header, then its octets, in any split, exactly size of them. */
CA_MUST_USE enum ca_status archive_begin(struct archive_out *out,
    const char *name, int64_t size, struct ca_error *err);
CA_MUST_USE enum ca_status archive_put(
    struct archive_out *out, struct ca_bytes data, struct ca_error *err);
/* Behind the last. */
CA_MUST_USE enum ca_status archive_end(
    struct archive_out *out, struct ca_error *err);

/* ---- reading ---- */

/* As much as there is, up to room; less at the end alone. */
typedef enum ca_status archive_read_fn(void *ctx, uint8_t *data, size_t room,
    size_t *ret_len, struct ca_error *err);
struct archive_in {
	archive_read_fn *read;
	void *ctx;
	int64_t time; /* the members' date, behind the first */
	bool begun;
	int64_t left;
	size_t pad;
};
/* What is left of the present member is skipped. *ret_end true behind the
 * last. CA_MALFORMED for what is cut off, damaged or no such archive,
 * CA_REFUSED for a member that is no plain file or has a bad name. */
CA_MUST_USE enum ca_status archive_next(struct archive_in *in,
    struct archive_member *ret, bool *ret_end, struct ca_error *err);
/* The next octets of the member; 0 behind its last. */
CA_MUST_USE enum ca_status archive_take(struct archive_in *in, uint8_t *data,
    size_t room, size_t *ret_len, struct ca_error *err);

#endif
