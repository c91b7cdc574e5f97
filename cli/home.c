/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/file.h"
#include "cli/place.h"
#include "cli/text.h"

/* "dir/" and "dir" are one home, and "dir.new-..." must lie beside it. */
static enum ca_status
take_path(const char *path, struct ca_buf *ret)
{
	struct ca_bytes bytes = ca_text(path);

	while (bytes.len > 1 && bytes.data[bytes.len - 1] == '/')
		bytes.len--;
	return ca_buf_append(ret, bytes);
}

enum ca_status
home_find(const char *option, struct ca_buf *ret, struct ca_error *err)
{
	const char *value;

	if (option != NULL && option[0] == '\0')
		return ca_fail(
		    err, CA_USAGE, "--home: the name of the folder is empty");
	if (option != NULL)
		return take_path(option, ret);
	value = getenv("SIGNET_HOME");
	if (value != NULL && value[0] != '\0')
		return take_path(value, ret);
	value = getenv("XDG_DATA_HOME");
	if (value != NULL && value[0] == '/')
		return file_join(ret, value, "signet");
	value = getenv("HOME");
	if (value != NULL && value[0] == '/')
		return file_join(ret, value, ".local/share/signet");
	return ca_fail(
	    err, CA_USAGE, "no home: say --home DIR or set SIGNET_HOME");
}

bool
home_is_named(const char *option)
{
	const char *value = getenv("SIGNET_HOME");

	return option != NULL || (value != NULL && value[0] != '\0');
}

enum ca_status
home_path(const char *home, const char *part, struct ca_buf *ret)
{
	return file_join(ret, home, part);
}

enum ca_status
home_reference(const char *home, const char *path, struct ca_buf *ret)
{
	char *folder = realpath(home, NULL), *file = realpath(path, NULL);
	enum ca_status st = CA_OK;

	if (folder != NULL && file != NULL) {
		size_t len = strlen(folder);

		if (strncmp(file, folder, len) == 0 && file[len] == '/')
			st = ca_buf_append_text(ret, file + len + 1);
	}
	free(folder);
	free(file);
	return st;
}

/* ---- making one ---- */

static bool
is_empty_folder(const char *path)
{
	DIR *dir = opendir(path);
	size_t entries = 0;

	if (dir == NULL)
		return false;
	/* "." and ".." */
	while (entries <= 2 && readdir(dir) != NULL)
		entries++;
	(void)closedir(dir);
	return entries <= 2;
}

/* What is no empty folder; from lstat(). */
static const char *
what_lies(const char *path, const struct stat *info)
{
	struct stat target;

	if (S_ISDIR(info->st_mode))
		return "not empty";
	if (S_ISREG(info->st_mode))
		return "a file";
	if (!S_ISLNK(info->st_mode))
		return "no folder";
	return stat(path, &target) == 0 ? "a symbolic link" :
					  "a symbolic link to what is not "
					  "there";
}

/* Of the folders above path, the nearest that is there. */
static enum ca_status
find_above(const char *path, struct ca_buf *ret)
{
	struct stat info;
	const size_t first = path[0] == '/' ? 1 : 0;
	size_t len = strlen(path);
	enum ca_status st;

	/* Until it is there, or is "/" or ".". */
	do {
		while (len > 0 && path[len - 1] != '/')
			len--;
		while (len > 1 && path[len - 1] == '/')
			len--;
		ca_buf_clear(ret);
		st = len == 0 ? ca_buf_append_text(ret, ".") :
				ca_buf_printf(ret, "%.*s", (int)len, path);
		if (st != CA_OK || ca_buf_text(ret) == NULL)
			return CA_MEMORY;
	} while (len > first && stat(ca_buf_text(ret), &info) != 0 &&
	    errno == ENOENT);
	return CA_OK;
}

static enum ca_status
check_above(const char *home, struct ca_error *err)
{
	struct ca_buf above = {0};
	enum ca_status st = find_above(home, &above);

	if (st == CA_OK &&
	    faccessat(AT_FDCWD, ca_buf_text(&above), W_OK | X_OK, AT_EACCESS) !=
		0)
		st = ca_fail(err, CA_IO,
		    "%s: cannot be made: the folder %s: %s", home,
		    ca_buf_text(&above), strerror(errno));
	else if (st != CA_OK)
		st = ca_fail(err, st, "out of memory");
	ca_buf_free(&above);
	return st;
}

/* Nothing at all, or an empty folder, over which rename() puts the home: it
 * stays when that fails. */
enum ca_status
home_check_free(const char *home, struct ca_error *err)
{
	struct stat info;

	if (lstat(home, &info) != 0)
		return errno == ENOENT ?
		    check_above(home, err) :
		    ca_fail(err, CA_IO, "%s: %s", home, strerror(errno));
	if (S_ISDIR(info.st_mode) && is_empty_folder(home))
		return check_above(home, err);
	return ca_fail(err, CA_REFUSED,
	    "%s: exists already and is %s; an authority is made in a new "
	    "folder (--home DIR)",
	    home, what_lies(home, &info));
}

/* ---- what is not written over ---- */

/* real begins with the real path of home/part. */
static bool
is_in(const char *home, const char *part, const char *real)
{
	struct ca_buf path = {0};
	char *folder = NULL;
	bool ret = false;

	if (home_path(home, part, &path) == CA_OK && ca_buf_text(&path) != NULL)
		folder = realpath(ca_buf_text(&path), NULL);
	if (folder != NULL) {
		size_t len = strlen(folder);

		ret = strncmp(real, folder, len) == 0 && real[len] == '/';
	}
	free(folder);
	ca_buf_free(&path);
	return ret;
}

/* The ledger, and the files SQLite has beside it. */
static bool
is_ledger(const char *home, const char *real)
{
	const char *slash = strrchr(real, '/');
	static const char name[] = "ledger.db";

	return slash != NULL && strncmp(slash + 1, name, strlen(name)) == 0 &&
	    strchr("-.", slash[strlen(name) + 1]) != NULL &&
	    is_in(home, ".", real) && !is_in(home, "issued", real) &&
	    !is_in(home, "crl", real);
}

enum ca_status
home_check_output(const char *home, const char *path, struct ca_error *err)
{
	struct ca_buf real = {0};
	enum ca_status st = CA_OK;

	if (strcmp(path, "-") == 0 || path[0] == '\0')
		return CA_OK;
	if (place_real(path, &real) != CA_OK) {
		st = ca_fail(err, CA_MEMORY, "out of memory");
		goto out;
	}
	if (is_ledger(home, (const char *)real.data) ||
	    (file_exists(path) &&
		(is_in(home, "keys", (const char *)real.data) ||
		    is_in(home, "log", (const char *)real.data) ||
		    is_in(home, "policies", (const char *)real.data))))
		st = ca_fail(err, CA_USAGE,
		    "%s: is a file of the home itself, which nothing else is "
		    "written over; choose another place",
		    path);
out:
	ca_buf_free(&real);
	return st;
}

/* ---- using one ---- */

/* Another user's, most often: who may not look must not be told to make one. */
static enum ca_status
no_home(const char *home, int error, const char *what, struct ca_error *err)
{
	if (error == EACCES)
		return ca_fail(err, CA_IO,
		    "%s: cannot be entered: %s; an authority is used as the "
		    "user who made it",
		    home, strerror(error));
	return ca_fail(err, CA_NOT_FOUND,
	    "%s: %s; make one with `signet init NAME`, or name its folder "
	    "with --home DIR",
	    home, what);
}

/* `init` would refuse it: another folder is what helps. */
static enum ca_status
not_for_a_home(const char *home, const char *what, struct ca_error *err)
{
	return ca_fail(err, CA_NOT_FOUND,
	    "%s: %s; name the folder of an authority with --home DIR, or make "
	    "one in another: signet init NAME --home DIR",
	    home, what);
}

enum ca_status
home_check(const char *home, struct ca_error *err)
{
	struct stat info, ledger;
	struct ca_buf path = {0};
	int error = 0;

	if (stat(home, &info) != 0)
		return no_home(home, errno, "there is no authority here", err);
	if (!S_ISDIR(info.st_mode))
		return not_for_a_home(home,
		    S_ISREG(info.st_mode) ? "is a file, not a home" :
					    "is no folder, and no home",
		    err);
	if (home_path(home, "ledger.db", &path) != CA_OK ||
	    ca_buf_text(&path) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if (lstat(ca_buf_text(&path), &ledger) != 0)
		error = errno;
	ca_buf_free(&path);
	if (error != 0 && error != EACCES && !is_empty_folder(home))
		return not_for_a_home(home,
		    "holds other things and is not a home: it has no ledger.db",
		    err);
	if (error != 0)
		return no_home(
		    home, error, "is not a home: it has no ledger.db", err);
	if ((info.st_mode & 077) != 0)
		return ca_fail(err, CA_REFUSED,
		    "%s: mode %04o lets others in: chmod 700 %s", home,
		    (unsigned)info.st_mode & 07777, home);
	return CA_OK;
}

static int
is_policy(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && dot != entry->d_name &&
	    strcmp(dot, ".policy") == 0;
}

void
home_each_policy(const char *home, home_policy_fn *fn, void *ctx)
{
	struct dirent **entries = NULL;
	struct text path = {0};
	int count;

	text_add(&path, "%s/policies", home);
	count = scandir(text_get(&path), &entries, is_policy, alphasort);
	for (int i = 0; i < count; i++) {
		*strrchr(entries[i]->d_name, '.') = '\0';
		fn(ctx, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	text_done(&path);
}

/* Adds "client, root, server". */
static void
add_policy(void *ctx, const char *name)
{
	struct text *names = ctx;

	text_add(names, "%s%s", names->buf.len > 0 ? ", " : "", name);
}

static enum ca_status
no_policy(const char *home, const char *name, struct ca_error *err)
{
	struct text names = {0};

	home_each_policy(home, add_policy, &names);
	if (names.buf.len == 0)
		text_add(&names, "none");
	if (strchr(name, '/') != NULL)
		(void)ca_fail(err, CA_NOT_FOUND,
		    "policy %s: a policy is named without a path: NAME of "
		    "%s/policies/NAME.policy; there are: %s",
		    name, home, text_get(&names));
	else
		(void)ca_fail(err, CA_NOT_FOUND,
		    "policy %s: there is no %s/policies/%s.policy; there "
		    "are: %s",
		    name, home, name, text_get(&names));
	text_done(&names);
	return CA_NOT_FOUND;
}

enum ca_status
home_policy(const char *home, const char *name, struct ca_policy **ret,
    struct ca_error *err)
{
	struct ca_buf path = {0}, text = {0};
	enum ca_status st;

	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
		return no_policy(home, name, err);
	if (ca_buf_printf(&path, "%s/policies/%s.policy", home, name) != CA_OK)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if (!file_exists(ca_buf_text(&path))) {
		st = no_policy(home, name, err);
		goto out;
	}
	st = file_read_regular(
	    ca_buf_text(&path), CA_POLICY_MAX_TEXT, &text, err);
	if (st == CA_OK)
		st = ca_policy_parse(
		    ca_view(&text), name, ca_buf_text(&path), ret, err);
out:
	ca_buf_free(&path);
	ca_buf_free(&text);
	return st;
}

struct responder_search {
	const char *home;
	bool named;
};

static void
look_for_responder(void *ctx, const char *name)
{
	struct responder_search *search = ctx;
	struct ca_policy *policy = NULL;

	if (!search->named &&
	    home_policy(search->home, name, &policy, NULL) == CA_OK)
		search->named = policy->ocsp_urls.count > 0;
	ca_policy_free(policy);
}

bool
home_names_responder(const char *home)
{
	struct responder_search search = {home, false};

	home_each_policy(home, look_for_responder, &search);
	return search.named;
}
