/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/archive.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- the header, POSIX.1 pax, "ustar Interchange Format" ---- */

#define NAME_AT 0
#define NAME_LEN 100
#define MODE_AT 100
#define UID_AT 108
#define GID_AT 116
#define SIZE_AT 124
#define TIME_AT 136
#define SUM_AT 148
#define TYPE_AT 156
#define MAGIC_AT 257
#define MAJOR_AT 329
#define MINOR_AT 337
#define PREFIX_AT 345
#define PREFIX_LEN 155
#define FOLDER_LEN 30

#define TYPE_FILE '0'
#define TYPE_PAX 'x'
#define NUMBER_MAX INT64_C(077777777777) /* 11 octal digits */
#define PAX_NAME "pax/size"

static void
put_octal(uint8_t *field, unsigned digits, uint64_t value)
{
	for (unsigned i = digits; i > 0; i--) {
		field[i - 1] = (uint8_t)('0' + (value & 7));
		value >>= 3;
	}
}

static bool
get_octal(const uint8_t *field, unsigned digits, int64_t *ret)
{
	int64_t value = 0;

	for (unsigned i = 0; i < digits; i++) {
		if (field[i] < '0' || field[i] > '7')
			return false;
		value = value << 3 | (field[i] - '0');
	}
	*ret = value;
	return field[digits] == '\0';
}

/* With its own field as eight spaces. */
static uint64_t
sum_of(const uint8_t header[ARCHIVE_BLOCK])
{
	uint64_t sum = 8 * (uint64_t)' ';

	for (size_t i = 0; i < ARCHIVE_BLOCK; i++)
		if (i < SUM_AT || i >= SUM_AT + 8)
			sum += header[i];
	return sum;
}

static void
put_name(uint8_t header[ARCHIVE_BLOCK], const char *name)
{
	const char *slash = strlen(name) > NAME_LEN ? strchr(name, '/') : NULL;

	if (slash != NULL) {
		memcpy(header + PREFIX_AT, name, (size_t)(slash - name));
		name = slash + 1;
	}
	memcpy(header + NAME_AT, name, strlen(name));
}

/* The one header of such a member. */
static void
put_header(uint8_t header[ARCHIVE_BLOCK], const char *name, char type,
    int64_t size, int64_t time)
{
	memset(header, 0, ARCHIVE_BLOCK);
	put_name(header, name);
	put_octal(header + MODE_AT, 7, 0600);
	put_octal(header + UID_AT, 7, 0);
	put_octal(header + GID_AT, 7, 0);
	put_octal(header + SIZE_AT, 11,
	    (uint64_t)(size > NUMBER_MAX ? NUMBER_MAX : size));
	put_octal(header + TIME_AT, 11, (uint64_t)time);
	header[TYPE_AT] = (uint8_t)type;
	memcpy(header + MAGIC_AT,
	    "ustar\0"
	    "00",
	    8);
	put_octal(header + MAJOR_AT, 7, 0);
	put_octal(header + MINOR_AT, 7, 0);
	put_octal(header + SUM_AT, 6, sum_of(header));
	header[SUM_AT + 7] = ' ';
}

/* "29 size=8589934592\n": its length counts itself, two digits for every size
 * that needs one. */
static int
put_pax(uint8_t block[ARCHIVE_BLOCK], int64_t size)
{
	char text[40];
	int len = snprintf(text, sizeof(text), " size=%" PRId64 "\n", size) + 2;

	memset(block, 0, ARCHIVE_BLOCK);
	return snprintf((char *)block, ARCHIVE_BLOCK, "%d%s", len, text);
}

/* ---- names ---- */

static bool
is_plain(const char *name, size_t len)
{
	if (len == 0 || len > NAME_LEN || name[0] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '\\')
			return false;
	return true;
}

enum ca_status
archive_check_name(const char *name, struct ca_error *err)
{
	const char *slash = strchr(name, '/');
	size_t folder = slash != NULL ? (size_t)(slash - name) : 0;

	if ((slash == NULL ||
		(folder <= FOLDER_LEN && is_plain(name, folder))) &&
	    strlen(name) < ARCHIVE_NAME &&
	    strchr(name + folder + (slash != NULL), '/') == NULL &&
	    is_plain(name + folder + (slash != NULL),
		strlen(name) - folder - (slash != NULL)))
		return CA_OK;
	return ca_fail(err, CA_REFUSED,
	    "'%.100s': is no name of a file in a backup: it leads elsewhere, "
	    "is "
	    "hidden, too long or not plain ASCII",
	    name);
}

/* ---- writing ---- */

static const uint8_t zeros[2 * ARCHIVE_BLOCK];

static size_t
padding_of(int64_t size)
{
	return (size_t)(-(uint64_t)size % ARCHIVE_BLOCK);
}

static enum ca_status
write_block(struct archive_out *out, const uint8_t block[ARCHIVE_BLOCK],
    struct ca_error *err)
{
	return out->write(
	    out->ctx, (struct ca_bytes){block, ARCHIVE_BLOCK}, err);
}

enum ca_status
archive_begin(struct archive_out *out, const char *name, int64_t size,
    struct ca_error *err)
{
	uint8_t block[ARCHIVE_BLOCK];
	enum ca_status st;

	if ((st = archive_check_name(name, err)) != CA_OK)
		return st;
	if (size < 0 || out->time < 0 || out->time > NUMBER_MAX ||
	    out->left != 0)
		return ca_fail(
		    err, CA_INTERNAL, "%s: cannot be archived", name);
	if (size > NUMBER_MAX) {
		uint8_t pax[ARCHIVE_BLOCK];
		int len = put_pax(pax, size);

		put_header(block, PAX_NAME, TYPE_PAX, len, out->time);
		if ((st = write_block(out, block, err)) != CA_OK ||
		    (st = write_block(out, pax, err)) != CA_OK)
			return st;
	}
	put_header(block, name, TYPE_FILE, size, out->time);
	out->left = size;
	out->pad = padding_of(size);
	return write_block(out, block, err);
}

enum ca_status
archive_put(struct archive_out *out, struct ca_bytes data, struct ca_error *err)
{
	enum ca_status st;

	if ((uint64_t)out->left < data.len)
		return ca_fail(err, CA_INTERNAL,
		    "archive: more octets than the member has");
	if (data.len == 0)
		return CA_OK;
	out->left -= (int64_t)data.len;
	st = out->write(out->ctx, data, err);
	if (st == CA_OK && out->left == 0 && out->pad > 0)
		st = out->write(
		    out->ctx, (struct ca_bytes){zeros, out->pad}, err);
	return st;
}

enum ca_status
archive_end(struct archive_out *out, struct ca_error *err)
{
	if (out->left != 0)
		return ca_fail(err, CA_INTERNAL,
		    "archive: fewer octets than the member has");
	return out->write(
	    out->ctx, (struct ca_bytes){zeros, sizeof(zeros)}, err);
}

/* ---- reading ---- */

static enum ca_status
fail_cut(struct ca_error *err)
{
	return ca_fail(err, CA_MALFORMED,
	    "is cut off: it ends before its last member; copy it again from "
	    "where it was made");
}

static enum ca_status
fail_damaged(const char *what, struct ca_error *err)
{
	return ca_fail(err, CA_MALFORMED,
	    "is damaged (%s): copy it again from where it was made", what);
}

static enum ca_status
read_block(
    struct archive_in *in, uint8_t block[ARCHIVE_BLOCK], struct ca_error *err)
{
	size_t len = 0;
	enum ca_status st = in->read(in->ctx, block, ARCHIVE_BLOCK, &len, err);

	if (st == CA_OK && len < ARCHIVE_BLOCK)
		return fail_cut(err);
	return st;
}

static bool
is_zero(const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] != 0)
			return false;
	return true;
}

static enum ca_status
check_end(struct archive_in *in, bool *ret_end, struct ca_error *err)
{
	uint8_t block[ARCHIVE_BLOCK];
	size_t len = 0;
	enum ca_status st;

	if ((st = read_block(in, block, err)) != CA_OK)
		return st;
	if (!is_zero(block, sizeof(block)))
		return fail_damaged("its end", err);
	if ((st = in->read(in->ctx, block, 1, &len, err)) != CA_OK)
		return st;
	if (len != 0)
		return ca_fail(err, CA_MALFORMED,
		    "goes on behind its end: no backup does");
	*ret_end = true;
	return CA_OK;
}

static enum ca_status
check_type(const char *name, uint8_t type, struct ca_error *err)
{
	const char *what = type == '1' || type == '2' ? "a link" :
	    type == '3' || type == '4'                ? "a device" :
	    type == '5'                               ? "a folder" :
	    type == '6'                               ? "a FIFO" :
							"no plain file";

	if (type == TYPE_FILE || type == TYPE_PAX)
		return CA_OK;
	return ca_fail(err, CA_REFUSED,
	    "%.100s: is %s, and a backup holds plain files alone", name, what);
}

static void
get_name(
    const uint8_t header[ARCHIVE_BLOCK], char ret[NAME_LEN + PREFIX_LEN + 2])
{
	const char *prefix = (const char *)header + PREFIX_AT;
	const char *name = (const char *)header + NAME_AT;

	(void)snprintf(ret, NAME_LEN + PREFIX_LEN + 2, "%.*s%s%.*s", PREFIX_LEN,
	    prefix, prefix[0] != '\0' ? "/" : "", NAME_LEN, name);
}

/* Which member it is, if it is as put_header() makes it. */
static enum ca_status
parse_header(struct archive_in *in, const uint8_t header[ARCHIVE_BLOCK],
    char name[NAME_LEN + PREFIX_LEN + 2], int64_t *ret_size,
    struct ca_error *err)
{
	uint8_t again[ARCHIVE_BLOCK];
	int64_t sum = 0, time = 0;
	enum ca_status st;

	if (memcmp(header + MAGIC_AT, "ustar", 5) != 0)
		return in->begun ? fail_damaged("a member's header", err) :
				   ca_fail(err, CA_MALFORMED,
				       "is no backup: it is no tar file");
	if (!get_octal(header + SUM_AT, 6, &sum) ||
	    (uint64_t)sum != sum_of(header))
		return fail_damaged("a member's header", err);
	get_name(header, name);
	if ((st = check_type(name, header[TYPE_AT], err)) != CA_OK ||
	    (st = archive_check_name(name, err)) != CA_OK)
		return st;
	if (!get_octal(header + SIZE_AT, 11, ret_size) ||
	    !get_octal(header + TIME_AT, 11, &time))
		goto foreign;
	put_header(again, name, (char)header[TYPE_AT], *ret_size, time);
	if (memcmp(header, again, sizeof(again)) != 0 ||
	    (in->begun && time != in->time))
		goto foreign;
	in->begun = true;
	in->time = time;
	return CA_OK;
foreign:
	return ca_fail(err, CA_MALFORMED,
	    "%.100s: is not written as `signet backup` writes it: this tar "
	    "file was made by another program",
	    name);
}

/* The size that a pax header gives. */
static enum ca_status
read_pax(struct archive_in *in, const char *name, int64_t len, int64_t *ret,
    struct ca_error *err)
{
	uint8_t block[ARCHIVE_BLOCK], again[ARCHIVE_BLOCK];
	int64_t size = 0;
	enum ca_status st;

	if ((st = read_block(in, block, err)) != CA_OK)
		return st;
	for (size_t i = sizeof("29 size=") - 1; i < 27 && block[i] >= '0' &&
	     block[i] <= '9' && size < INT64_MAX / 100;
	     i++)
		size = 10 * size + (block[i] - '0');
	if (strcmp(name, PAX_NAME) != 0 || size <= NUMBER_MAX ||
	    len != put_pax(again, size) ||
	    memcmp(block, again, sizeof(again)) != 0)
		return ca_fail(err, CA_REFUSED,
		    "%.100s: is a header that no backup has", name);
	*ret = size;
	return CA_OK;
}

static enum ca_status
skip(struct archive_in *in, struct ca_error *err)
{
	uint8_t data[ARCHIVE_BLOCK];
	size_t len = 0;
	enum ca_status st = CA_OK;

	while (st == CA_OK && in->left > 0)
		st = archive_take(in, data, sizeof(data), &len, err);
	return st;
}

enum ca_status
archive_next(struct archive_in *in, struct archive_member *ret, bool *ret_end,
    struct ca_error *err)
{
	uint8_t block[ARCHIVE_BLOCK];
	char name[NAME_LEN + PREFIX_LEN + 2];
	int64_t size = 0, large = 0;
	enum ca_status st;

	*ret_end = false;
	if ((st = skip(in, err)) != CA_OK ||
	    (st = read_block(in, block, err)) != CA_OK)
		return st;
	if (in->begun && is_zero(block, sizeof(block)))
		return check_end(in, ret_end, err);
	if ((st = parse_header(in, block, name, &size, err)) != CA_OK)
		return st;
	if (block[TYPE_AT] == TYPE_PAX) {
		if ((st = read_pax(in, name, size, &large, err)) != CA_OK ||
		    (st = read_block(in, block, err)) != CA_OK ||
		    (st = parse_header(in, block, name, &size, err)) != CA_OK)
			return st;
		if (block[TYPE_AT] != TYPE_FILE || size != NUMBER_MAX)
			return fail_damaged("a member's header", err);
		size = large;
	}
	/* Its length was looked at by archive_check_name(). */
	memcpy(ret->name, name, strnlen(name, ARCHIVE_NAME - 1) + 1);
	ret->name[ARCHIVE_NAME - 1] = '\0';
	ret->size = in->left = size;
	in->pad = padding_of(size);
	return CA_OK;
}

enum ca_status
archive_take(struct archive_in *in, uint8_t *data, size_t room, size_t *ret_len,
    struct ca_error *err)
{
	uint8_t pad[ARCHIVE_BLOCK];
	size_t len = 0;
	enum ca_status st;

	*ret_len = 0;
	if ((uint64_t)in->left < room)
		room = (size_t)in->left;
	if (room == 0)
		return CA_OK;
	if ((st = in->read(in->ctx, data, room, ret_len, err)) != CA_OK)
		return st;
	if (*ret_len < room)
		return fail_cut(err);
	in->left -= (int64_t)*ret_len;
	if (in->left > 0 || in->pad == 0)
		return CA_OK;
	if ((st = in->read(in->ctx, pad, in->pad, &len, err)) != CA_OK)
		return st;
	if (len < in->pad)
		return fail_cut(err);
	return is_zero(pad, in->pad) ? CA_OK :
				       fail_damaged("behind a member", err);
}
