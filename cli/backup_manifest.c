/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/backup_manifest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/crypto.h"
#include "ca/note.h"
#include "ca/policy.h"
#include "ca/time.h"
#include "cli/file.h"
#include "cli/text.h"

#define HEX (2 * BACKUP_HASH)

/* ---- what may be in it ---- */

static const struct {
	const char *folder;
	int64_t most;
} folders[] = {
    {"keys", 64 * 1024},
    {"policies", CA_POLICY_MAX_TEXT},
    {"crl", FILE_MAX_READ},
    {"log", 64 * 1024},
};

int64_t
backup_most(const char *folder)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (strcmp(folders[i].folder, folder) == 0)
			return folders[i].most;
	return -1;
}

enum ca_status
backup_check_member(const struct archive_member *member, struct ca_error *err)
{
	const char *slash = strchr(member->name, '/');
	char folder[ARCHIVE_NAME];
	int64_t most = -1;

	if (slash != NULL) {
		(void)snprintf(folder, sizeof(folder), "%.*s",
		    (int)(slash - member->name), member->name);
		most = backup_most(folder);
	} else if (strcmp(member->name, BACKUP_MANIFEST) == 0) {
		most = BACKUP_MANIFEST_MAX;
	} else if (strcmp(member->name, BACKUP_LEDGER) == 0) {
		most = INT64_MAX;
	}
	if (most < 0)
		return ca_fail(err, CA_REFUSED,
		    "%.100s: is no file that a backup has", member->name);
	if (member->size > most)
		return ca_fail(err, CA_REFUSED,
		    "%.100s: has %" PRId64 " octets, and at most %" PRId64
		    " there",
		    member->name, member->size, most);
	return CA_OK;
}

/* ---- building ---- */

/* Grows by doubling: room is the next power of two. */
static bool
make_room(void **list, size_t size, size_t count)
{
	void *more;

	if ((count & (count - 1)) != 0)
		return true;
	more = reallocarray(*list, count == 0 ? 1 : 2 * count, size);
	if (more == NULL)
		return false;
	*list = more;
	return true;
}

enum ca_status
backup_manifest_add_issuer(struct backup_manifest *manifest, const char *name,
    int64_t number, struct ca_error *err)
{
	struct backup_issuer *row;

	if (manifest->issuer_count >= BACKUP_ISSUERS_MAX ||
	    strlen(name) >= sizeof(row->name))
		return ca_fail(err, CA_REFUSED,
		    "%.60s: more authorities than a backup tells of, or too "
		    "long a name",
		    name);
	if (!make_room((void **)&manifest->issuers, sizeof(*row),
		manifest->issuer_count))
		return ca_fail(err, CA_MEMORY, "out of memory");
	row = &manifest->issuers[manifest->issuer_count++];
	*row = (struct backup_issuer){.number = number};
	(void)snprintf(row->name, sizeof(row->name), "%s", name);
	return CA_OK;
}

enum ca_status
backup_manifest_add_file(struct backup_manifest *manifest, const char *name,
    const uint8_t hash[BACKUP_HASH], struct ca_error *err)
{
	struct backup_file *row;

	if (manifest->file_count >= BACKUP_FILES_MAX)
		return ca_fail(err, CA_REFUSED,
		    "%.100s: more files than a backup holds (%d)", name,
		    BACKUP_FILES_MAX);
	for (size_t i = 0; i < manifest->file_count; i++)
		if (strcmp(manifest->files[i].name, name) == 0)
			return ca_fail(
			    err, CA_REFUSED, "%.100s: is in it twice", name);
	if (!make_room(
		(void **)&manifest->files, sizeof(*row), manifest->file_count))
		return ca_fail(err, CA_MEMORY, "out of memory");
	row = &manifest->files[manifest->file_count++];
	*row = (struct backup_file){{0}, {0}};
	(void)snprintf(row->name, sizeof(row->name), "%s", name);
	memcpy(row->hash, hash, BACKUP_HASH);
	return CA_OK;
}

static enum ca_status
add_end(struct text *out, struct ca_error *err)
{
	uint8_t hash[CA_HASH_MAX];
	enum ca_status st = ca_hash_bytes(
	    CA_HASH_SHA256, ca_view(&out->buf), hash, err);

	text_add(out, "# end ");
	text_add_hex(out, (struct ca_bytes){hash, BACKUP_HASH});
	text_add(out, "\n");
	return st;
}

enum ca_status
backup_manifest_append(const struct backup_manifest *manifest,
    struct ca_buf *ret, struct ca_error *err)
{
	struct text out = {0};
	char time[CA_TIME_TEXT];
	enum ca_status st;

	ca_time_text(manifest->time, time);
	text_add(&out, "# signet backup 1\n# time %s\n# events %" PRId64 "\n",
	    time, manifest->events);
	text_add(&out, "# root ");
	text_add_hex(&out, (struct ca_bytes){manifest->root, BACKUP_HASH});
	text_add(
	    &out, "\n# certificates %" PRId64 "\n", manifest->certificates);
	for (size_t i = 0; i < manifest->issuer_count; i++)
		text_add(&out, "# crl %" PRId64 " %s\n",
		    manifest->issuers[i].number, manifest->issuers[i].name);
	for (size_t i = 0; i < manifest->file_count; i++) {
		const struct backup_file *file = &manifest->files[i];

		text_add_hex(&out, (struct ca_bytes){file->hash, BACKUP_HASH});
		text_add(&out, "  %s\n", file->name);
	}
	st = add_end(&out, err);
	if (st == CA_OK && (st = out.status) == CA_OK)
		st = ca_buf_append(ret, ca_view(&out.buf));
	text_done(&out);
	return st == CA_OK ? CA_OK : ca_fail(err, st, "out of memory");
}

void
backup_manifest_done(struct backup_manifest *manifest)
{
	free(manifest->issuers);
	free(manifest->files);
	*manifest = (struct backup_manifest){0};
}

/* ---- reading ---- */

static bool
take_line(struct ca_bytes *in, char line[256])
{
	const uint8_t *end = in->len == 0 ? NULL :
					    memchr(in->data, '\n', in->len);
	size_t len = end == NULL ? 0 : (size_t)(end - in->data);

	if (end == NULL || len >= 256 || memchr(in->data, '\0', len) != NULL)
		return false;
	memcpy(line, in->data, len);
	line[len] = '\0';
	in->data += len + 1;
	in->len -= len + 1;
	return true;
}

/* The rest of a line that begins so. */
static const char *
behind(const char *line, const char *label)
{
	size_t len = strlen(label);

	return strncmp(line, label, len) == 0 ? line + len : NULL;
}

static bool
get_number(const char *text, int64_t *ret, const char **ret_rest)
{
	int64_t value = 0;
	size_t i;

	for (i = 0; text[i] >= '0' && text[i] <= '9'; i++) {
		if (value > (INT64_MAX - 9) / 10)
			return false;
		value = 10 * value + (text[i] - '0');
	}
	*ret = value;
	*ret_rest = text + i;
	return i > 0;
}

static bool
get_hash(const char *text, uint8_t ret[BACKUP_HASH])
{
	for (size_t i = 0; i < BACKUP_HASH; i++) {
		int high = ca_hex_digit(text[2 * i]), low;

		if (high < 0 || (low = ca_hex_digit(text[2 * i + 1])) < 0)
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool
take_number(struct ca_bytes *in, const char *label, int64_t *ret)
{
	char line[256];
	const char *rest;

	return take_line(in, line) && (rest = behind(line, label)) != NULL &&
	    get_number(rest, ret, &rest) && *rest == '\0';
}

static bool
take_head(struct ca_bytes *in, struct backup_manifest *ret)
{
	char line[256];
	const char *rest;

	return take_line(in, line) &&
	    (rest = behind(line, "# time ")) != NULL &&
	    strlen(rest) == CA_TIME_TEXT - 1 &&
	    ca_time_parse(rest, 0, &ret->time) == CA_OK &&
	    take_number(in, "# events ", &ret->events) && take_line(in, line) &&
	    (rest = behind(line, "# root ")) != NULL && strlen(rest) == HEX &&
	    get_hash(rest, ret->root) &&
	    take_number(in, "# certificates ", &ret->certificates);
}

static enum ca_status
fail_shape(struct ca_error *err)
{
	return ca_fail(err, CA_MALFORMED,
	    BACKUP_MANIFEST ": is not what `signet backup` writes");
}

/* An authority, a file, or (*ret_end) the end. */
static enum ca_status
take_row(const char *line, struct backup_manifest *ret, bool *ret_end,
    struct ca_error *err)
{
	uint8_t hash[BACKUP_HASH];
	const char *rest;
	int64_t number;
	enum ca_status st;

	if ((rest = behind(line, "# crl ")) != NULL) {
		if (!get_number(rest, &number, &rest) || *rest != ' ')
			return fail_shape(err);
		return backup_manifest_add_issuer(ret, rest + 1, number, err);
	}
	if (behind(line, "# end ") != NULL) {
		*ret_end = true;
		return CA_OK;
	}
	if (strlen(line) <= HEX + 2 || !get_hash(line, hash))
		return fail_shape(err);
	if ((st = archive_check_name(line + HEX + 2, err)) != CA_OK)
		return st;
	return backup_manifest_add_file(ret, line + HEX + 2, hash, err);
}

static enum ca_status
parse_rows(
    struct ca_bytes in, struct backup_manifest *ret, struct ca_error *err)
{
	char line[256];
	bool end = false;
	enum ca_status st;

	while (!end && take_line(&in, line))
		if ((st = take_row(line, ret, &end, err)) != CA_OK)
			return st;
	return end && in.len == 0 ? CA_OK : fail_shape(err);
}

enum ca_status
backup_manifest_parse(
    struct ca_bytes text, struct backup_manifest *ret, struct ca_error *err)
{
	struct ca_bytes in = text;
	struct ca_buf again = {0};
	char line[256];
	const char *version = NULL;
	enum ca_status st;

	*ret = (struct backup_manifest){0};
	if (take_line(&in, line))
		version = behind(line, "# signet backup ");
	if (version != NULL && strcmp(version, "1") != 0)
		return ca_fail(err, CA_REFUSED,
		    BACKUP_MANIFEST ": is of version %.20s, and this signet "
				    "reads version 1: use a newer signet",
		    version);
	if (version == NULL || !take_head(&in, ret)) {
		st = fail_shape(err);
		goto out;
	}
	if ((st = parse_rows(in, ret, err)) != CA_OK ||
	    (st = backup_manifest_append(ret, &again, err)) != CA_OK)
		goto out;
	/* Its own hash among the rest. */
	if (!ca_bytes_equal(ca_view(&again), text))
		st = ca_fail(err, CA_MALFORMED,
		    BACKUP_MANIFEST ": is damaged: its lines are not those of "
				    "its last");
out:
	ca_buf_free(&again);
	if (st != CA_OK)
		backup_manifest_done(ret);
	return st;
}
