/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A backup's members, as files of a home that is not in its place yet. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ca/crypto.h"
#include "cli/authority_restore_parts.h"
#include "cli/file.h"
#include "cli/home.h"

#define PIECE 65536

struct unpacking {
	struct restore *restore;
	struct archive_in in;
	struct ca_buf manifest;
	uint8_t piece[PIECE];
};

/* Where a member's octets go: a file, or memory. */
struct sink {
	int fd; /* -1: memory */
	struct ca_buf *memory;
	struct ca_hashing *hashing;
};

static enum ca_status
write_all(int fd, struct ca_bytes data, const char *name, struct ca_error *err)
{
	while (data.len > 0) {
		ssize_t len = write(fd, data.data, data.len);

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return ca_fail(err, CA_IO,
			    "%s: cannot be unpacked: %s; nothing was changed",
			    name, strerror(errno));
		data.data += len;
		data.len -= (size_t)len;
	}
	return CA_OK;
}

static enum ca_status
take_octets(struct unpacking *u, const struct archive_member *member,
    struct sink *sink, struct ca_error *err)
{
	size_t len = 0;
	enum ca_status st;

	for (;;) {
		st = archive_take(&u->in, u->piece, PIECE, &len, err);
		if (st != CA_OK || len == 0)
			return st;
		const struct ca_bytes data = {u->piece, len};

		if (sink->hashing != NULL)
			ca_hashing_add(sink->hashing, data);
		st = sink->fd < 0 ?
		    ca_buf_append(sink->memory, data) :
		    write_all(sink->fd, data, member->name, err);
		if (st != CA_OK)
			return ca_fail(err, st, "out of memory");
	}
}

static enum ca_status
unpack_octets(struct unpacking *u, const struct archive_member *member, int fd,
    struct ca_error *err)
{
	struct sink sink = {.fd = fd};
	uint8_t hash[CA_HASH_MAX];
	enum ca_status st;

	if ((st = ca_hashing_begin(CA_HASH_SHA256, &sink.hashing, err)) !=
		CA_OK ||
	    (st = take_octets(u, member, &sink, err)) != CA_OK ||
	    (st = ca_hashing_end(&sink.hashing, hash, err)) != CA_OK)
		goto out;
	if (fsync(fd) != 0) {
		st = ca_fail(err, CA_IO,
		    "%s: cannot be unpacked: %s; nothing was changed",
		    member->name, strerror(errno));
		goto out;
	}
	st = backup_manifest_add_file(
	    &u->restore->found, member->name, hash, err);
out:
	ca_hashing_free(sink.hashing);
	return st;
}

/* Into folders that were just made, and of a name that was looked at. */
static enum ca_status
unpack_file(struct unpacking *u, const struct archive_member *member,
    struct ca_error *err)
{
	struct ca_buf path = {0};
	enum ca_status st;
	int fd = -1;

	if (home_path(ca_buf_text(&u->restore->staged), member->name, &path) !=
		CA_OK ||
	    ca_buf_text(&path) == NULL) {
		st = ca_fail(err, CA_MEMORY, "out of memory");
		goto out;
	}
	fd = open(ca_buf_text(&path),
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		st = errno == EEXIST ?
		    ca_fail(
			err, CA_REFUSED, "%s: is in it twice", member->name) :
		    ca_fail(err, CA_IO, "%s: cannot be unpacked: %s",
			member->name, strerror(errno));
	else
		st = unpack_octets(u, member, fd, err);
	if (fd >= 0)
		(void)close(fd);
out:
	ca_buf_free(&path);
	return st;
}

static enum ca_status
unpack_member(struct unpacking *u, const struct archive_member *member,
    struct ca_error *err)
{
	struct sink sink = {.fd = -1, .memory = &u->manifest};
	enum ca_status st = backup_check_member(member, err);

	if (st != CA_OK)
		return st;
	if (u->manifest.len > 0)
		return ca_fail(err, CA_REFUSED,
		    "%s: is behind " BACKUP_MANIFEST ", which is a backup's "
		    "last",
		    member->name);
	if (strcmp(member->name, BACKUP_MANIFEST) != 0)
		return unpack_file(u, member, err);
	return take_octets(u, member, &sink, err);
}

/* ---- what it says of itself ---- */

static enum ca_status
compare_file(const struct backup_file *found, const struct backup_file *said,
    struct ca_error *err)
{
	if (strcmp(found->name, said->name) != 0)
		return ca_fail(err, CA_UNTRUSTED,
		    "%s: is in it, where " BACKUP_MANIFEST " has %s",
		    found->name, said->name);
	if (memcmp(found->hash, said->hash, BACKUP_HASH) != 0)
		return ca_fail(err, CA_UNTRUSTED,
		    "%s: is damaged: its SHA-256 is not that "
		    "of " BACKUP_MANIFEST,
		    found->name);
	return CA_OK;
}

static enum ca_status
check_manifest(struct unpacking *u, struct ca_error *err)
{
	const struct backup_manifest *found = &u->restore->found;
	struct backup_manifest *said = &u->restore->manifest;
	bool ledger = false;
	enum ca_status st;

	if (u->manifest.len == 0)
		return ca_fail(err, CA_MALFORMED,
		    "has no " BACKUP_MANIFEST ": it is no backup of signet's");
	st = backup_manifest_parse(ca_view(&u->manifest), said, err);
	if (st != CA_OK)
		return st;
	for (size_t i = 0;
	     i < found->file_count && i < said->file_count && st == CA_OK;
	     i++) {
		st = compare_file(&found->files[i], &said->files[i], err);
		ledger = ledger ||
		    strcmp(said->files[i].name, BACKUP_LEDGER) == 0;
	}
	if (st != CA_OK)
		return st;
	if (found->file_count != said->file_count || u->in.time != said->time)
		return ca_fail(err, CA_UNTRUSTED,
		    BACKUP_MANIFEST ": tells of %zu files at another date or "
				    "number than the %zu that are in it",
		    said->file_count, found->file_count);
	if (!ledger)
		return ca_fail(err, CA_UNTRUSTED,
		    "has no " BACKUP_LEDGER ": it is no backup of signet's");
	return CA_OK;
}

enum ca_status
restore_unpack(struct restore *restore, struct ca_error *err)
{
	struct unpacking u = {.restore = restore,
	    .in = {.read = restore->order->read, .ctx = restore->order->ctx}};
	struct archive_member member;
	bool end = false;
	enum ca_status st;

	while ((st = archive_next(&u.in, &member, &end, err)) == CA_OK && !end)
		if ((st = unpack_member(&u, &member, err)) != CA_OK)
			break;
	if (st == CA_OK)
		st = check_manifest(&u, err);
	ca_buf_free(&u.manifest);
	return st;
}
