/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/authority_backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ca/crypto.h"
#include "cli/authority_internal.h"
#include "cli/backup_manifest.h"
#include "cli/file.h"
#include "cli/home.h"
#include "cli/text.h"

#define PIECE 65536
#define HELD_MAX 4096

/* A file that is read while nobody may change it. */
struct held {
	char name[ARCHIVE_NAME];
	struct ca_buf content;
};
struct backup {
	struct authority *a;
	const struct backup_order *order;
	struct ledger *ledger; /* pinned */
	struct archive_out out;
	struct backup_manifest manifest;
	struct held *held;
	size_t held_count;
	uint8_t piece[PIECE];
};

static void
note(struct backup *backup, const char *format, const char *name)
{
	struct text line = {0};

	text_add_safe(&line, ca_text(name));
	text_add(&line, "%s", format);
	backup->order->note(backup->order->ctx, text_get(&line));
	text_done(&line);
}

/* ---- members ---- */

static enum ca_status
put_bytes(struct backup *backup, const char *name, struct ca_bytes content,
    struct ca_error *err)
{
	uint8_t hash[LEDGER_HASH_LEN];
	enum ca_status st;

	if ((st = authority_hash(content, hash, err)) == CA_OK &&
	    (st = backup_manifest_add_file(
		 &backup->manifest, name, hash, err)) == CA_OK &&
	    (st = archive_begin(
		 &backup->out, name, (int64_t)content.len, err)) == CA_OK)
		st = archive_put(&backup->out, content, err);
	return st;
}

static enum ca_status
copy_octets(struct backup *backup, int fd, int64_t size,
    struct ca_hashing *hashing, struct ca_error *err)
{
	enum ca_status st = CA_OK;

	for (int64_t at = 0; at < size && st == CA_OK;) {
		size_t room = size - at < PIECE ? (size_t)(size - at) : PIECE;
		ssize_t len = pread(fd, backup->piece, room, at);

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return ca_fail(err, CA_IO, "cannot be read: %s",
			    len == 0 ? "it became shorter" : strerror(errno));
		const struct ca_bytes data = {backup->piece, (size_t)len};

		ca_hashing_add(hashing, data);
		st = archive_put(&backup->out, data, err);
		at += len;
	}
	return st;
}

static enum ca_status
put_file(struct backup *backup, const char *name, int fd, struct ca_error *err)
{
	uint8_t hash[CA_HASH_MAX];
	struct ca_hashing *hashing = NULL;
	struct stat info;
	enum ca_status st;

	if (fstat(fd, &info) != 0)
		return ca_fail(err, CA_IO, "%s: %s", name, strerror(errno));
	if ((st = ca_hashing_begin(CA_HASH_SHA256, &hashing, err)) != CA_OK)
		return st;
	st = archive_begin(&backup->out, name, info.st_size, err);
	if (st == CA_OK)
		st = copy_octets(backup, fd, info.st_size, hashing, err);
	if (st == CA_OK)
		st = ca_hashing_end(&hashing, hash, err);
	ca_hashing_free(hashing);
	if (st == CA_OK)
		st = backup_manifest_add_file(
		    &backup->manifest, name, hash, err);
	return st;
}

/* ---- the home's folders ---- */

typedef enum ca_status file_fn(struct backup *backup, const char *name,
    const char *path, struct ca_error *err);

/* What a backup takes: a plain file of a plain name that is not too large. */
static bool
is_taken(struct backup *backup, const char *folder, const char *name,
    const char *path)
{
	struct stat info;

	if (archive_check_name(name, NULL) != CA_OK) {
		note(backup, ": is not in the backup: its name is no plain one",
		    name);
		return false;
	}
	/* One that is gone by now was not to stay. */
	if (lstat(path, &info) != 0)
		return false;
	if (S_ISREG(info.st_mode) && info.st_size <= backup_most(folder))
		return true;
	note(backup,
	    S_ISREG(info.st_mode) ?
		": is not in the backup: it is too large" :
		": is not in the backup: it is no plain file",
	    name);
	return false;
}

static enum ca_status
each_file(struct backup *backup, const char *folder, file_fn *fn,
    struct ca_error *err)
{
	struct text where = {0}, name = {0}, path = {0};
	struct dirent **entries = NULL;
	enum ca_status st = CA_OK;
	int count;

	text_add(&where, "%s/%s", backup->a->path, folder);
	count = scandir(text_get(&where), &entries, NULL, alphasort);
	if (count < 0 && errno != ENOENT)
		st = ca_fail(err, CA_IO, "%s: cannot be read: %s",
		    text_get(&where), strerror(errno));
	for (int i = 0; i < count; i++) {
		const char *entry = entries[i]->d_name;

		/* Among them what a process is about to write. */
		if (st == CA_OK && entry[0] != '.') {
			text_add(&name, "%s/%s", folder, entry);
			text_add(&path, "%s/%s", text_get(&where), entry);
			if (is_taken(backup, folder, text_get(&name),
				text_get(&path)))
				st = fn(backup, text_get(&name),
				    text_get(&path), err);
			text_done(&name);
			text_done(&path);
			name = path = (struct text){0};
		}
		free(entries[i]);
	}
	free(entries);
	text_done(&where);
	return st;
}

static enum ca_status
put_crl(struct backup *backup, const char *name, const char *path,
    struct ca_error *err)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	enum ca_status st;

	if (fd < 0)
		return errno == ENOENT ?
		    CA_OK :
		    ca_fail(err, CA_IO, "%s: %s", path, strerror(errno));
	st = put_file(backup, name, fd, err);
	(void)close(fd);
	return st;
}

static enum ca_status
hold(struct backup *backup, const char *name, const char *path,
    struct ca_error *err)
{
	const char *slash = strchr(name, '/');
	struct held *held = backup->held;
	enum ca_status st;

	if (backup->held_count >= HELD_MAX)
		return ca_fail(err, CA_REFUSED,
		    "%s: more files than a backup holds (%d)", path, HELD_MAX);
	held = reallocarray(held, backup->held_count + 1, sizeof(*held));
	if (held == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	backup->held = held;
	held += backup->held_count;
	*held = (struct held){{0}, {0}};
	memcpy(held->name, name, strlen(name));
	st = strncmp(name, "policies/", 9) == 0 ?
	    file_read_regular(
		path, (size_t)backup_most("policies"), &held->content, err) :
	    file_read_secret(path,
		(size_t)backup_most(
		    slash != NULL && strncmp(name, "log/", 4) == 0 ? "log" :
								     "keys"),
		&held->content, err);
	backup->held_count++;
	return st;
}

static enum ca_status
hold_log_key(struct backup *backup, const char *name, const char *path,
    struct ca_error *err)
{
	return strcmp(name, "log/log.key") == 0 ?
	    hold(backup, name, path, err) :
	    CA_OK;
}

/* ---- of one moment ---- */

/* While nobody else may write, the ledger's state is pinned and what belongs to
 * it is read: no key file of one state and its hash of another. */
static enum ca_status
pin(struct backup *backup, struct ca_error *err)
{
	struct ledger *ledger = backup->a->ledger;
	enum ca_status st = ledger_begin(ledger, err);

	if (st == CA_OK &&
	    (st = ledger_twin(ledger, &backup->ledger, err)) == CA_OK &&
	    (st = ledger_snapshot(backup->ledger, err)) == CA_OK &&
	    (st = each_file(backup, "keys", hold, err)) == CA_OK &&
	    (st = each_file(backup, "policies", hold, err)) == CA_OK)
		st = each_file(backup, "log", hold_log_key, err);
	ledger_rollback(ledger);
	return st;
}

static bool
is_held(const struct backup *backup, const char *name)
{
	for (size_t i = 0; i < backup->held_count; i++)
		if (strcmp(backup->held[i].name, name) == 0)
			return true;
	return false;
}

static enum ca_status
note_absent(void *ctx, const struct ledger_key_file *row)
{
	struct backup *backup = ctx;

	if (strncmp(row->ref, "keys/", 5) == 0 && !is_held(backup, row->ref))
		note(backup,
		    ": is not in the home, and so not in the backup: keep it "
		    "as well",
		    row->ref);
	return CA_OK;
}

static enum ca_status
put_held(struct backup *backup, struct ca_error *err)
{
	static const char open_key[] = "-----BEGIN PRIVATE KEY-----";
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < backup->held_count && st == CA_OK; i++) {
		const struct held *held = &backup->held[i];

		st = put_bytes(
		    backup, held->name, ca_view(&held->content), err);
		if (held->content.len > 0 &&
		    strncmp(held->name, "policies/", 9) != 0 &&
		    memmem(held->content.data, held->content.len, open_key,
			strlen(open_key)) != NULL)
			note(backup,
			    ": has no passphrase: whoever has the backup has "
			    "this key",
			    held->name);
	}
	return st;
}

static enum ca_status
put_ledger(struct backup *backup, struct ca_error *err)
{
	int fd = -1;
	enum ca_status st = ledger_copy(
	    backup->ledger, backup->order->scratch, &fd, err);

	if (st != CA_OK)
		return st;
	st = put_file(backup, BACKUP_LEDGER, fd, err);
	(void)close(fd);
	return st;
}

static enum ca_status
put_note(void *ctx, const struct ledger_checkpoint_row *row)
{
	return put_bytes(ctx, "log/checkpoint", row->note, NULL);
}

static enum ca_status
put_checkpoint(struct backup *backup, struct ca_error *err)
{
	struct ca_error inner = {0};
	enum ca_status st = ledger_last_checkpoint(
	    backup->ledger, put_note, backup, &inner);

	if (st == CA_OK || st == CA_NOT_FOUND)
		return CA_OK;
	return ca_fail(err, st, "%s",
	    inner.msg[0] != '\0' ? inner.msg :
				   "log/checkpoint: cannot be written");
}

/* ---- the manifest ---- */

static enum ca_status
read_node(void *ctx, unsigned level, uint64_t index, struct ca_merkle_hash *ret,
    struct ca_error *err)
{
	return ledger_log_node(ctx, level, index, ret->octets, err);
}

enum ca_status
backup_head(struct ledger *ledger, int64_t size, struct ca_merkle_head *ret,
    struct ca_error *err)
{
	const struct ca_merkle_source source = {read_node, ledger};

	ret->size = (uint64_t)size;
	return ca_merkle_root_at(&source, ret->size, &ret->root, err);
}

struct issuers {
	struct backup *backup;
	struct ca_error *err;
};

static enum ca_status
take_issuer(void *ctx, const struct ledger_authority *row)
{
	struct issuers *issuers = ctx;
	int64_t next = 0;
	enum ca_status st = ledger_next_crl_number(
	    issuers->backup->ledger, row->id, &next, issuers->err);

	if (st == CA_OK)
		st = backup_manifest_add_issuer(&issuers->backup->manifest,
		    row->name, next - 1, issuers->err);
	return st;
}

static enum ca_status
put_manifest(struct backup *backup, struct ca_error *err)
{
	struct backup_manifest *manifest = &backup->manifest;
	struct issuers issuers = {backup, err};
	struct ledger_counts counts = {0};
	struct ca_merkle_head head;
	struct ca_buf text = {0};
	enum ca_status st;

	if ((st = ledger_log_size(backup->ledger, &manifest->events, err)) !=
		CA_OK ||
	    (st = backup_head(backup->ledger, manifest->events, &head, err)) !=
		CA_OK ||
	    (st = ledger_count(backup->ledger, manifest->time, &counts, err)) !=
		CA_OK ||
	    (st = ledger_each_authority(
		 backup->ledger, take_issuer, &issuers, err)) != CA_OK)
		return st;
	memcpy(manifest->root, head.root.octets, sizeof(manifest->root));
	manifest->certificates = counts.intended + counts.revoked +
	    counts.expired + counts.valid;
	if ((st = backup_manifest_append(manifest, &text, err)) == CA_OK &&
	    (st = archive_begin(&backup->out, BACKUP_MANIFEST,
		 (int64_t)text.len, err)) == CA_OK &&
	    (st = archive_put(&backup->out, ca_view(&text), err)) == CA_OK)
		st = archive_end(&backup->out, err);
	ca_buf_free(&text);
	return st;
}

/* ---- all of it ---- */

static void
backup_done(struct backup *backup)
{
	ledger_close(backup->ledger);
	for (size_t i = 0; i < backup->held_count; i++)
		ca_buf_free(&backup->held[i].content);
	free(backup->held);
	backup_manifest_done(&backup->manifest);
	free(backup);
}

enum ca_status
authority_backup(struct authority *a, const struct backup_order *order,
    struct backup_done *ret, struct ca_error *err)
{
	struct backup *backup = calloc(1, sizeof(*backup));
	enum ca_status st;

	if (backup == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	backup->a = a;
	backup->order = order;
	backup->manifest.time = authority_now(a);
	backup->out = (struct archive_out){.write = order->write,
	    .ctx = order->ctx,
	    .time = backup->manifest.time};
	/* A CRL's file is there after its row: the rows come behind them. */
	if ((st = each_file(backup, "crl", put_crl, err)) == CA_OK &&
	    (st = pin(backup, err)) == CA_OK &&
	    (st = ledger_each_key_file(
		 backup->ledger, note_absent, backup, err)) == CA_OK &&
	    (st = put_ledger(backup, err)) == CA_OK &&
	    (st = put_held(backup, err)) == CA_OK &&
	    (st = put_checkpoint(backup, err)) == CA_OK &&
	    (st = put_manifest(backup, err)) == CA_OK)
		*ret = (struct backup_done){.events = backup->manifest.events,
		    .certificates = backup->manifest.certificates,
		    .files = backup->manifest.file_count};
	backup_done(backup);
	return st;
}
