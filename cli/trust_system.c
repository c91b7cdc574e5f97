/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Debian's store, and what took it over: files in
 * /usr/local/share/ca-certificates, of which update-ca-certificates makes the
 * bundle and the hash links in /etc/ssl/certs.
 */
#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/file.h"
#include "cli/program.h"
#include "cli/trust.h"

#define LOCAL "/usr/local/share/ca-certificates"
#define HASHED "/etc/ssl/certs"
#define BUNDLE HASHED "/ca-certificates.crt"
#define UPDATE "update-ca-certificates"
#define FILES_MAX 10000 /* in LOCAL */

#define NOT_ROOT "do it as root: `sudo signet ...`, with the certificate's file"

/* What is below the folder that a place's path ends in. */
struct store {
	struct ca_buf local, hashed, bundle, conf, shared;
	bool is_real; /* of this machine, not below --root */
};

static void
store_done(struct store *store)
{
	ca_buf_free(&store->local);
	ca_buf_free(&store->hashed);
	ca_buf_free(&store->bundle);
	ca_buf_free(&store->conf);
	ca_buf_free(&store->shared);
}

static const char *
str(const struct ca_buf *buf)
{
	return (const char *)buf->data;
}

static enum ca_status
below(struct ca_buf *ret, const char *root, const char *path)
{
	/* Of "/" nothing is left. */
	if (ca_buf_printf(ret, "%s%s", root[1] == '\0' ? "" : root, path) !=
	    CA_OK)
		return CA_MEMORY;
	return ca_buf_text(ret) != NULL ? CA_OK : CA_MEMORY;
}

/* root: "/" or a folder's own path. */
static enum ca_status
store_open(const char *root, struct store *ret, struct ca_error *err)
{
	ret->is_real = root[1] == '\0';
	if (below(&ret->local, root, LOCAL) == CA_OK &&
	    below(&ret->hashed, root, HASHED) == CA_OK &&
	    below(&ret->bundle, root, BUNDLE) == CA_OK &&
	    below(&ret->conf, root, "/etc/ca-certificates.conf") == CA_OK &&
	    below(&ret->shared, root, "/usr/share/ca-certificates") == CA_OK)
		return CA_OK;
	store_done(ret);
	*ret = (struct store){0};
	return ca_fail(err, CA_MEMORY, "out of memory");
}

static bool
is_folder(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* ---- which ---- */

static enum ca_status
find(const struct trust *trust, struct trust_places *places,
    struct ca_error *err)
{
	(void)trust;
	if (!is_folder(LOCAL) || !is_folder(HASHED))
		return CA_OK;
	return trust_add_place(places, &trust_system, "/", err);
}

static enum ca_status
check_folders(const struct store *store, struct ca_error *err)
{
	const struct ca_buf *const wanted[] = {&store->local, &store->hashed};

	for (size_t i = 0; i < 2; i++)
		if (!is_folder(str(wanted[i])))
			return ca_fail(err, CA_NOT_FOUND,
			    "%s: there is no such folder; `mkdir -p` makes one",
			    str(wanted[i]));
	return CA_OK;
}

/* The links in a store say whole paths: in a system's image, they would say
 * those of another machine. */
static enum ca_status
refuse_image(const char *root, struct ca_error *err)
{
	struct ca_buf path = {0};
	enum ca_status st = below(&path, root, "/usr/sbin/" UPDATE);

	if (st != CA_OK)
		st = ca_fail(err, st, "out of memory");
	else if (root[1] != '\0' && file_exists(str(&path)))
		st = ca_fail(err, CA_REFUSED,
		    "--root %.200s: holds a system of its own; put the "
		    "certificate into its " LOCAL " and run `chroot` with "
		    "its own " UPDATE,
		    root);
	ca_buf_free(&path);
	return st;
}

static enum ca_status
name_place(const char *name, struct trust_places *places, struct ca_error *err)
{
	char *root = realpath(name, NULL);
	struct store store = {0};
	enum ca_status st;

	if (root == NULL)
		return ca_fail(err, CA_NOT_FOUND, "--root %.200s: %s", name,
		    strerror(errno));
	/* Its script does not quote everything. */
	if (strpbrk(root, " \t\n*?[\\") != NULL)
		st = ca_fail(err, CA_USAGE,
		    "--root %.200s: " UPDATE " cannot work below a path with "
		    "spaces or *?[\\ in it",
		    name);
	else if ((st = store_open(root, &store, err)) == CA_OK &&
	    (st = check_folders(&store, err)) == CA_OK &&
	    (st = refuse_image(root, err)) == CA_OK)
		st = trust_add_place(places, &trust_system, root, err);
	store_done(&store);
	free(root);
	return st;
}

/* ---- what is there ---- */

struct found {
	struct ca_buf alone; /* files that hold nothing else; NUL behind each */
	struct ca_buf among; /* the last that holds others too */
};

static enum ca_status
take_file(const struct trust *trust, const char *path, struct found *found)
{
	struct ca_buf file = {0};
	struct ca_bytes name = {(const uint8_t *)path, strlen(path) + 1};
	size_t all = 0, own = 0;
	enum ca_status st = CA_OK;

	if (file_read_regular(path, FILE_MAX_READ, &file, NULL) == CA_OK)
		trust_count(ca_view(&file), trust->der, &all, &own);
	if (own > 0 && all == own) {
		st = ca_buf_append(&found->alone, name);
	} else if (own > 0) {
		ca_buf_clear(&found->among);
		st = ca_buf_append(&found->among, name);
	}
	ca_buf_free(&file);
	return st;
}

/* What update-ca-certificates looks at: *.crt, links followed. */
static enum ca_status
search(const struct trust *trust, const struct store *store,
    struct found *found, struct ca_error *err)
{
	char *const roots[] = {(char *)store->local.data, NULL};
	FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	enum ca_status st = CA_OK;
	size_t count = 0;
	FTSENT *at;

	if (tree == NULL)
		return ca_fail(err, CA_IO, "%s: cannot be read: %s",
		    str(&store->local), strerror(errno));
	while (st == CA_OK && (at = fts_read(tree)) != NULL) {
		const char *dot = strrchr(at->fts_name, '.');

		if (++count > FILES_MAX)
			st = ca_fail(err, CA_REFUSED,
			    "%s: holds more than %d files", str(&store->local),
			    FILES_MAX);
		else if (at->fts_info == FTS_F && dot != NULL &&
		    strcmp(dot, ".crt") == 0 &&
		    take_file(trust, at->fts_path, found) != CA_OK)
			st = ca_fail(err, CA_MEMORY, "out of memory");
	}
	(void)fts_close(tree);
	return st;
}

static void
count_bundle(const struct trust *trust, const struct store *store,
    size_t *ret_all, size_t *ret_own)
{
	struct ca_buf file = {0};

	*ret_all = *ret_own = 0;
	if (file_read_regular(
		str(&store->bundle), FILE_MAX_READ, &file, NULL) == CA_OK)
		trust_count(ca_view(&file), trust->der, ret_all, ret_own);
	ca_buf_free(&file);
}

static enum ca_status
look(const struct trust *trust, struct trust_place *place, struct ca_error *err)
{
	struct store store = {0};
	struct found found = {0};
	size_t all, own;
	const char *name = "";
	enum ca_status st = store_open(str(&place->path), &store, err);

	if (st != CA_OK || (st = search(trust, &store, &found, err)) != CA_OK)
		goto out;
	count_bundle(trust, &store, &all, &own);
	/* One that came with a package is in the bundle alone. */
	if (own > 0)
		name = str(&store.bundle);
	if (found.among.len > 0)
		name = str(&found.among);
	if (found.alone.len > 0)
		name = str(&found.alone);
	place->state = own > 0 ? TRUST_PRESENT :
	    *name != '\0'      ? TRUST_PARTLY :
				 TRUST_ABSENT;
	st = trust_set_entry(place, ca_text(name), err);
out:
	ca_buf_free(&found.alone);
	ca_buf_free(&found.among);
	store_done(&store);
	return st;
}

/* ---- changing it ---- */

static enum ca_status
check(const struct trust *trust, const struct trust_place *place,
    struct ca_error *err)
{
	(void)trust;
	struct store store = {0};
	enum ca_status st = store_open(str(&place->path), &store, err);

	if (st == CA_OK)
		st = trust_check_writable(str(&store.local), NOT_ROOT, err);
	if (st == CA_OK)
		st = trust_check_writable(str(&store.hashed), NOT_ROOT, err);
	store_done(&store);
	return st;
}

/*
 * fresh makes every link anew, and takes away what leads nowhere. Below
 * --root no hook is run: they write to this machine's places.
 */
static enum ca_status
update(const struct store *store, bool fresh, struct ca_error *err)
{
	struct program_call call = {.name = UPDATE};
	const char *const own[] = {"--certsconf",
	    file_exists(str(&store->conf)) ? str(&store->conf) : "/dev/null",
	    "--certsdir", str(&store->shared), "--localcertsdir",
	    str(&store->local), "--etccertsdir", str(&store->hashed),
	    "--hooksdir", ""};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!store->is_real)
			call.words[count++] = own[i];
	if (fresh)
		call.words[count++] = "--fresh";
	return program_run(&call, NULL, err);
}

static enum ca_status
write_file(
    const struct trust *trust, const struct store *store, struct ca_error *err)
{
	struct ca_buf path = {0};
	enum ca_status st = ca_buf_printf(
	    &path, "%s/%s.crt", str(&store->local), trust->label);

	if (st != CA_OK || ca_buf_text(&path) == NULL)
		st = ca_fail(err, CA_MEMORY, "out of memory");
	else
		st = file_write(
		    str(&path), trust->pem, FILE_PUBLIC, FILE_NEVER, err);
	/* Root's umask may be 077; every program is to read it. */
	if (st == CA_OK && chmod(str(&path), 0644) != 0 && errno != EPERM)
		st = ca_fail(err, CA_IO, "%s: its mode cannot be set: %s",
		    str(&path), strerror(errno));
	ca_buf_free(&path);
	return st;
}

static enum ca_status
add(const struct trust *trust, struct trust_place *place, struct ca_error *err)
{
	struct store store = {0};
	enum ca_status st = store_open(str(&place->path), &store, err);

	/* PARTLY: the file is there, and not in the bundle. */
	if (st == CA_OK && place->state == TRUST_ABSENT)
		st = write_file(trust, &store, err);
	if (st == CA_OK && (st = update(&store, false, err)) != CA_OK)
		ca_fail_hint(err,
		    "the file is in its place and not yet in force: `signet "
		    "roots uninstall` takes it away");
	store_done(&store);
	return st;
}

static enum ca_status
remove_files(const struct found *found, struct ca_error *err)
{
	const char *path = str(&found->alone);
	size_t left = found->alone.len;

	while (left > 0) {
		size_t len = strlen(path) + 1;

		if (unlink(path) != 0)
			return ca_fail(err, CA_IO, "%s: cannot be removed: %s",
			    path, strerror(errno));
		path += len;
		left -= len;
	}
	return CA_OK;
}

/* Where not one certificate is left, update-ca-certificates leaves the bundle
 * as it was. */
static enum ca_status
remove_last_bundle(
    const struct trust *trust, const struct store *store, struct ca_error *err)
{
	size_t all, own;

	count_bundle(trust, store, &all, &own);
	if (own > 0 && own == all && unlink(str(&store->bundle)) != 0)
		return ca_fail(err, CA_IO, "%s: cannot be removed: %s",
		    str(&store->bundle), strerror(errno));
	if (own == 0 || own == all)
		return CA_OK;
	return ca_fail(err, CA_IO,
	    "%s: it is still in there, from a place that is not ours: %s or a "
	    "package; see " UPDATE "(8)",
	    str(&store->bundle), str(&store->shared));
}

static enum ca_status
remove_all(
    const struct trust *trust, struct trust_place *place, struct ca_error *err)
{
	struct store store = {0};
	struct found found = {0};
	enum ca_status st = store_open(str(&place->path), &store, err);

	if (st != CA_OK || (st = search(trust, &store, &found, err)) != CA_OK ||
	    (st = remove_files(&found, err)) != CA_OK ||
	    (st = update(&store, true, err)) != CA_OK)
		goto out;
	if (found.among.len > 0)
		st = ca_fail(err, CA_IO,
		    "%s: holds other certificates too and is left: take it out "
		    "by hand, then run " UPDATE " --fresh",
		    str(&found.among));
	else
		st = remove_last_bundle(trust, &store, err);
out:
	ca_buf_free(&found.alone);
	ca_buf_free(&found.among);
	store_done(&store);
	return st;
}

const struct trust_kind trust_system = {
    .name = "system",
    .program = UPDATE,
    .package = "ca-certificates",
    .inside = LOCAL,
    .after = "restart the services that are to trust it",
    .find = find,
    .name_place = name_place,
    .look = look,
    .check = check,
    .add = add,
    .remove = remove_all,
};
