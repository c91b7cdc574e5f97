/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/confine.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/file.h"
#include "cli/file_stream.h"
#include "cli/home.h"
#include "cli/sandbox.h"

#define INPUT SANDBOX_READ
#define OUTPUT (SANDBOX_LIST | SANDBOX_WRITE | SANDBOX_MAKE)
#define ALL (SANDBOX_READ | SANDBOX_WRITE | SANDBOX_MAKE | SANDBOX_FOLDERS)
#define LINKS_MAX 4096 /* entries of a folder that are looked at */

/* ---- a list of places ---- */

struct places {
	struct sandbox_place *items; /* paths are owned */
	size_t count, room;
};

static void
places_done(struct places *places)
{
	for (size_t i = 0; i < places->count; i++)
		free((char *)(uintptr_t)places->items[i].path);
	free(places->items);
	*places = (struct places){0};
}

/* Takes path; NULL is what strdup() has when there is no memory. */
static enum ca_status
take(struct places *places, char *path, unsigned access)
{
	struct sandbox_place *more = places->items;

	if (path == NULL)
		return CA_MEMORY;
	if (places->count == places->room) {
		size_t room = places->room * 2 + 16;

		more = realloc(places->items, room * sizeof(*more));
		if (more == NULL) {
			free(path);
			return CA_MEMORY;
		}
		places->items = more;
		places->room = room;
	}
	more[places->count++] = (struct sandbox_place){path, access};
	return CA_OK;
}

static enum ca_status
add(struct places *places, const char *path, unsigned access)
{
	return take(places, strdup(path), access);
}

static enum ca_status
add_below(struct places *places, const char *folder, const char *name,
    unsigned access)
{
	struct ca_buf path = {0};
	enum ca_status st = file_join(&path, folder, name);

	if (st == CA_OK && ca_buf_text(&path) == NULL)
		st = CA_MEMORY;
	if (st == CA_OK)
		st = add(places, ca_buf_text(&path), access);
	ca_buf_free(&path);
	return st;
}

/* The folder it lies in, owned; NULL without memory. */
static char *
folder_of(const char *path)
{
	struct ca_buf folder = {0};
	char *ret = NULL;

	if (file_folder(path, &folder) == CA_OK && ca_buf_text(&folder) != NULL)
		ret = strdup(ca_buf_text(&folder));
	ca_buf_free(&folder);
	return ret;
}

/* ---- the home ---- */

static bool
is_link(const char *folder, const struct dirent *entry)
{
	struct ca_buf path = {0};
	struct stat info;
	bool ret;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_LNK;
	ret = file_join(&path, folder, entry->d_name) == CA_OK &&
	    ca_buf_text(&path) != NULL &&
	    lstat(ca_buf_text(&path), &info) == 0 && S_ISLNK(info.st_mode);
	ca_buf_free(&path);
	return ret;
}

/* A link leads out of what is beneath the home: a key on a stick, which is
 * read, a folder of CRLs, which is written. */
static enum ca_status
add_links(struct places *places, const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	enum ca_status st = CA_OK;

	if (dir == NULL)
		return CA_OK;
	for (int i = 0;
	     i < LINKS_MAX && st == CA_OK && (entry = readdir(dir)) != NULL;
	     i++)
		if (is_link(folder, entry))
			st = add_below(places, folder, entry->d_name, ALL);
	(void)closedir(dir);
	return st;
}

static enum ca_status
add_home(struct places *places, const char *home)
{
	static const char *const folders[] = {"keys", "policies", "crl"};
	struct ca_buf path = {0};
	enum ca_status st;

	if ((st = add(places, home, ALL)) != CA_OK ||
	    (st = add_links(places, home)) != CA_OK)
		return st;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		st = file_join(&path, home, folders[i]);
		if (st == CA_OK && ca_buf_text(&path) == NULL)
			st = CA_MEMORY;
		if (st == CA_OK)
			st = add_links(places, ca_buf_text(&path));
		ca_buf_free(&path);
		if (st != CA_OK)
			return st;
	}
	return CA_OK;
}

/* The folder a path lies in, or the nearest above it that is there. */
static enum ca_status
add_above(struct places *places, char *path)
{
	char *above = path != NULL ? folder_of(path) : NULL, *next;
	struct stat info;

	free(path);
	while (above != NULL && stat(above, &info) != 0 &&
	    strcmp(above, ".") != 0 && strcmp(above, "/") != 0) {
		next = folder_of(above);
		free(above);
		above = next;
	}
	return take(places, above, ALL);
}

/* It is made beside its place and renamed. An empty folder may be there, or a
 * link to one. */
static enum ca_status
add_new_home(struct places *places, const char *home)
{
	size_t len = strlen(home);
	char *real = realpath(home, NULL);
	enum ca_status st = CA_OK;

	while (len > 1 && home[len - 1] == '/')
		len--;
	if (real != NULL)
		st = add_above(places, real);
	return st == CA_OK ? add_above(places, strndup(home, len)) : st;
}

/*
 * The files of the ledger, which stay when the last one closes it; no key, no
 * policy. Where one is missing (a copy that was put back) the whole home is
 * let: SQLite makes it.
 */
static enum ca_status
add_ledger(struct places *places, const char *home)
{
	static const char *const names[] = {
	    "ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.lock"};
	size_t before = places->count;
	struct stat info;
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		st = add_below(
		    places, home, names[i], SANDBOX_READ | SANDBOX_WRITE);
		if (st != CA_OK)
			return st;
	}
	for (size_t i = before; i < places->count; i++)
		if (lstat(places->items[i].path, &info) != 0)
			return add_home(places, home);
	return add(places, home, SANDBOX_LIST);
}

/* ---- what options and operands name ---- */

static bool
is_one_of(const char *word, const char *const *list)
{
	while (*list != NULL && strcmp(word, *list) != 0)
		list++;
	return *list != NULL;
}

static enum ca_status
add_output(struct places *places, const char *path)
{
	return strcmp(path, "-") == 0 ? CA_OK :
					take(places, folder_of(path), OUTPUT);
}

/* Not every command has the option. */
static bool
resumes(const struct opts *opts)
{
	for (size_t i = 0; i < opts->count; i++)
		if (strcmp(opts->given[i]->name, "resume") == 0)
			return true;
	return false;
}

static enum ca_status
add_option(struct places *places, const struct opts *opts,
    const struct opt *opt, const char *value)
{
	static const char *const outputs[] = {
	    "out", "key-out", "p12", "prometheus", "report", NULL};
	static const char *const files[] = {"FILE", "CERT", "CHECKPOINT", NULL};

	if (opt->kind == OPT_FLAG)
		return CA_OK;
	if (is_one_of(opt->name, outputs))
		return add_output(places, value);
	/* What was done before is read again. */
	if (strcmp(opt->name, "out-dir") == 0)
		return add(
		    places, value, resumes(opts) ? OUTPUT | INPUT : OUTPUT);
	if (strcmp(opt->arg, "SOURCE") == 0)
		return strncmp(value, "file:", 5) == 0 ?
		    add(places, value + 5, INPUT) :
		    CA_OK;
	return is_one_of(opt->arg, files) ? add(places, value, INPUT) : CA_OK;
}

static enum ca_status
add_operand(
    struct places *places, const struct command *command, const char *path)
{
	struct stat info;
	enum ca_status st = CA_OK;

	if (strcmp(path, "-") == 0)
		return CA_OK;
	/* A copy of the ledger is made there, read, and removed. */
	if ((command->needs & CMD_WRITES_OPERANDS) != 0)
		st = take(places, folder_of(path), ALL);
	if ((command->needs & CMD_CHANGES_OPERANDS) != 0 &&
	    lstat(path, &info) == 0)
		st = add_output(places, path);
	return st == CA_OK ? add(places, path, INPUT) : st;
}

static enum ca_status
add_words(struct places *places, const struct invocation *in)
{
	const struct opts *opts = &in->opts;
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < opts->count && st == CA_OK; i++)
		st = add_option(places, opts, opts->given[i], opts->value[i]);
	for (size_t i = 0; i < opts->arg_count && st == CA_OK; i++)
		st = add_operand(places, in->command, opts->args[i]);
	return st;
}

/* ---- all of it ---- */

static enum ca_status
gather(struct places *places, const struct invocation *in)
{
	unsigned needs = in->command->needs;
	enum ca_status st = CA_OK;

	if ((needs & CMD_NEW_HOME) != 0)
		st = add_new_home(places, in->home);
	else if ((needs & CMD_LEDGER_ALONE) != 0)
		st = add_ledger(places, in->home);
	else if ((needs & CMD_NO_HOME) == 0)
		st = add_home(places, in->home);
	if (st == CA_OK && in->term.has_tty)
		st = add(places, "/dev/tty",
		    SANDBOX_READ | SANDBOX_WRITE | SANDBOX_TERMINAL);
	if (st == CA_OK && in->command->reads != NULL)
		st = add(places, in->command->reads, INPUT);
	return st == CA_OK ? add_words(places, in) : st;
}

static bool
needs_network(const struct invocation *in)
{
	if ((in->command->needs & CMD_ONLINE) != 0)
		return opt_flag(&in->opts, "online");
	return (in->command->needs & CMD_NETWORK) != 0;
}

/* Who it is may take the files of /etc, a library, a daemon. */
static void
find_actor(struct invocation *in)
{
	if ((in->command->needs & CMD_NO_HOME) == 0)
		(void)snprintf(
		    in->actor, sizeof(in->actor), "%s", world_actor());
	in->world = *world_real();
	in->world.actor = in->actor;
}

static void
tell(const struct invocation *in, const struct ca_buf *note)
{
	size_t start = 0;

	for (size_t i = 0; i < note->len; i++)
		if (note->data[i] == '\n') {
			term_note(&in->term, "%.*s", (int)(i - start),
			    (const char *)note->data + start);
			start = i + 1;
		}
}

enum ca_status
confine(struct invocation *in, struct ca_error *err)
{
	struct places places = {0};
	struct ca_buf note = {0};
	enum ca_status st;

	find_actor(in);
	if ((in->command->needs & CMD_UNCONFINED) != 0)
		return CA_OK;
	if ((st = gather(&places, in)) != CA_OK)
		st = ca_fail(err, st, "out of memory");
	else
		st = sandbox_enter_once(
		    places.items, places.count, needs_network(in), &note, err);
	if (st == CA_OK)
		tell(in, &note);
	ca_buf_free(&note);
	places_done(&places);
	return st;
}
