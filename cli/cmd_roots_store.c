/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "cli/print_root.h"
#include "cli/program.h"
#include "cli/roots.h"

#define STORE_OPTIONS                                                          \
	{"store", OPT_LIST, "STORE",                                           \
	    "system, nss or java; repeatable; default all that are here"},     \
	    {"root", OPT_TEXT, "DIR",                                          \
		"a system store of its own below DIR, not that of this "       \
		"machine"},                                                    \
	    {"nssdb", OPT_LIST, "DIR",                                         \
		"this NSS database (else ~/.pki/nssdb and the profiles of "    \
		"Firefox and Thunderbird)"},                                   \
	    {"keystore", OPT_LIST, "FILE",                                     \
		"this Java keystore (else the cacerts of keytool's Java)"},    \
	    {"passin", OPT_TEXT, "SOURCE",                                     \
		"passphrase of the Java keystore, if not changeit: env:, "     \
		"file:, fd:, stdin"},                                          \
	{                                                                      \
		"fingerprint", OPT_TEXT, "SHA256",                             \
		    "what FILE must have, as it was told over another channel" \
	}
#define CHANGE_OPTIONS                                                      \
	{"dry-run", OPT_FLAG, NULL, "show what would be done; do nothing"}, \
	{                                                                   \
		"yes", OPT_FLAG, NULL, "do not ask; needed in a script"     \
	}

static const struct opt change_options[] = {STORE_OPTIONS, CHANGE_OPTIONS, {0}};
static const struct opt status_options[] = {STORE_OPTIONS, {0}};

/* "/usr/local/share/ca-certificates", "/home/jason/.pki/nssdb". */
static void
add_path(struct text *text, const struct trust_place *place)
{
	const char *inside = place->kind->inside;
	struct ca_bytes path = ca_view(&place->path);

	if (inside != NULL && path.len == 1)
		path.len = 0;
	text_add_safe(text, path);
	if (inside != NULL)
		text_add(text, "%s", inside);
}

static void
note_place(const struct roots *roots, const struct trust_place *place,
    const char *what)
{
	struct text path = {0};

	add_path(&path, place);
	term_note(&roots->in->term, "%s: %s: %s", place->kind->name,
	    text_get(&path), what);
	text_done(&path);
}

static bool
is_wanted(const struct roots *roots, const struct trust_place *place)
{
	return roots->removing ? place->state != TRUST_ABSENT :
				 place->state != TRUST_PRESENT;
}

static enum ca_status
check_place(const struct roots *roots, const struct trust_place *place,
    struct ca_error *err)
{
	struct ca_buf program = {0};
	enum ca_status st = program_find(place->kind->program, &program, err);

	ca_buf_free(&program);
	return st == CA_OK ? place->kind->check(&roots->trust, place, err) : st;
}

static void
add_hint(const struct trust_kind *kind, struct ca_error *why)
{
	struct text hint = {0};

	text_add(&hint, "`apt-get install %s` brings it", kind->package);
	ca_fail_hint(why, text_get(&hint));
	text_done(&hint);
}

/* Looked at first, so that what cannot be is known before it is asked about. */
static void
look_at_all(struct roots *roots, bool changing)
{
	for (size_t i = 0; i < roots->places.count; i++) {
		struct trust_place *place = &roots->places.list[i];
		struct ca_error *why = &roots->why[i];
		enum ca_status st = place->kind->look(
		    &roots->trust, place, why);

		if (st == CA_OK && changing && is_wanted(roots, place))
			st = check_place(roots, place, why);
		if (st == CA_NOT_FOUND) /* the program */
			add_hint(place->kind, why);
	}
}

/* ---- what is told ---- */

static const char *
state_text(enum trust_state state)
{
	static const char *const texts[] = {
	    "not installed", "there, not in force", "installed"};

	return texts[state];
}

static void
add_places(const struct roots *roots, bool changing, struct text *text)
{
	for (size_t i = 0; i < roots->places.count; i++) {
		const struct trust_place *place = &roots->places.list[i];

		text_add(text, "%-7s ", place->kind->name);
		add_path(text, place);
		if (roots->why[i].status != CA_OK)
			text_add(text, ": no: %s\n", roots->why[i].msg);
		else if (!changing)
			text_add(text, ": %s\n", state_text(place->state));
		else if (is_wanted(roots, place))
			text_add(text, ": %s\n",
			    roots->removing ? "to be removed" : "to be added");
		else
			text_add(text, ": %s\n",
			    roots->removing ? "not there" : "there already");
	}
}

static bool
has_kind(const struct roots *roots, const struct trust_kind *kind)
{
	for (size_t i = 0; i < roots->places.count; i++)
		if (roots->places.list[i].kind == kind)
			return true;
	return false;
}

static void
add_preview(const struct roots *roots, struct text *text)
{
	print_root(text, &roots->cert);
	if (!roots->removing) {
		print_root_scope(text, &roots->cert);
		if (has_kind(roots, &trust_java) &&
		    roots->cert.name_constraints.len > 0)
			text_add_wrapped(text,
			    "Java does not look at a root's name constraints: "
			    "to Java programs it vouches for every name.",
			    0, 0);
	}
	text_add(text, "\n");
	add_places(roots, true, text);
}

static size_t
count_wanted(const struct roots *roots)
{
	size_t ret = 0;

	for (size_t i = 0; i < roots->places.count; i++)
		ret += roots->why[i].status == CA_OK &&
		    is_wanted(roots, &roots->places.list[i]);
	return ret;
}

static enum ca_status
confirm(const struct roots *roots, struct ca_error *err)
{
	struct text page = {0};
	bool yes = false;
	enum ca_status st;

	if (opt_flag(&roots->in->opts, "yes"))
		return CA_OK;
	if (roots->in->term.has_tty) {
		add_preview(roots, &page);
		term_page(text_get(&page));
		text_done(&page);
	}
	st = term_ask_yes(&roots->in->term,
	    roots->removing ? "Trust it here no longer?" : "Trust it here?",
	    &yes, err);
	if (st == CA_OK && !yes)
		st = ca_fail(err, CA_IO, "not confirmed; nothing was changed");
	return st;
}

/* ---- doing it ---- */

/* Looked at again before, for another store's hook may have done it, and
 * after: what a program says of itself is not enough. */
static enum ca_status
change(struct roots *roots, struct trust_place *place, struct ca_error *err)
{
	const struct trust_kind *kind = place->kind;
	const struct trust *trust = &roots->trust;
	enum ca_status st = kind->look(trust, place, err);

	if (st != CA_OK)
		return st;
	if (is_wanted(roots, place)) {
		st = roots->removing ? kind->remove(trust, place, err) :
				       kind->add(trust, place, err);
		if (st == CA_OK)
			st = kind->look(trust, place, err);
	}
	if (st == CA_OK && is_wanted(roots, place))
		st = ca_fail(err, CA_IO,
		    "%s: %s said that it was done, and it is not",
		    (const char *)place->path.data, kind->program);
	return st;
}

static void
advise(const struct roots *roots, const bool changed[static TRUST_PLACES_MAX])
{
	for (size_t k = 0; trust_kind_at(k) != NULL; k++)
		for (size_t i = 0; i < roots->places.count; i++)
			if (changed[i] &&
			    roots->places.list[i].kind == trust_kind_at(k)) {
				term_next(&roots->in->term, "%s",
				    trust_kind_at(k)->after);
				break;
			}
}

static void
change_all(struct roots *roots)
{
	bool changed[TRUST_PLACES_MAX] = {false};

	for (size_t i = 0; i < roots->places.count; i++) {
		struct trust_place *place = &roots->places.list[i];

		if (roots->why[i].status != CA_OK)
			continue;
		if (!is_wanted(roots, place)) {
			note_place(roots, place,
			    roots->removing ? "is not there" : "there already");
			continue;
		}
		changed[i] = change(roots, place, &roots->why[i]) == CA_OK;
		if (changed[i])
			note_place(roots, place,
			    roots->removing ? "removed" : "installed");
	}
	advise(roots, changed);
}

/* The first that was not done ends it with an error; the others are notes. */
static enum ca_status
conclude(const struct roots *roots, struct ca_error *err)
{
	const struct ca_error *first = NULL;
	const char *name = "";
	size_t count = 0;

	for (size_t i = 0; i < roots->places.count; i++) {
		const struct trust_place *place = &roots->places.list[i];

		if (roots->why[i].status == CA_OK)
			continue;
		if (count++ > 0) {
			note_place(roots, place, roots->why[i].msg);
			continue;
		}
		first = &roots->why[i];
		name = place->kind->name;
	}
	if (first == NULL)
		return CA_OK;
	if (roots->places.count == 1)
		return ca_fail(err, CA_IO, "%s: %s", name, first->msg);
	return ca_fail(err, CA_IO, "%zu of %zu stores: not done; %s: %s", count,
	    roots->places.count, name, first->msg);
}

static enum ca_status
run_change(struct roots *roots, struct ca_error *err)
{
	struct text page = {0};
	enum ca_status st;

	look_at_all(roots, true);
	if (opt_flag(&roots->in->opts, "dry-run")) {
		add_preview(roots, &page);
		st = text_print(&page, err);
		return st == CA_OK ? conclude(roots, err) : st;
	}
	if (count_wanted(roots) > 0 && (st = confirm(roots, err)) != CA_OK)
		return st;
	change_all(roots);
	return conclude(roots, err);
}

static enum ca_status
run_install(const struct invocation *in, struct ca_error *err)
{
	struct roots roots = {.in = in};
	enum ca_status st;

	if ((st = roots_load(&roots, err)) == CA_OK &&
	    (st = roots_check(&roots, err)) == CA_OK &&
	    (st = roots_find(&roots, err)) == CA_OK)
		st = run_change(&roots, err);
	roots_done(&roots);
	return st;
}

static enum ca_status
run_uninstall(const struct invocation *in, struct ca_error *err)
{
	struct roots roots = {.in = in, .removing = true};
	enum ca_status st;

	if ((st = roots_load(&roots, err)) == CA_OK &&
	    (st = roots_find(&roots, err)) == CA_OK)
		st = run_change(&roots, err);
	roots_done(&roots);
	return st;
}

static enum ca_status
run_status(const struct invocation *in, struct ca_error *err)
{
	struct roots roots = {.in = in};
	struct text page = {0};
	enum ca_status st;

	if ((st = roots_load(&roots, err)) == CA_OK &&
	    (st = roots_find(&roots, err)) == CA_OK) {
		look_at_all(&roots, false);
		add_places(&roots, false, &page);
		st = text_print(&page, err);
	}
	if (st == CA_OK)
		st = conclude(&roots, err);
	roots_done(&roots);
	return st;
}

const struct command cmd_roots_install = {
    .name = "roots install",
    .operands = "[FILE]",
    .summary = "let this computer trust the root",
    .about = "The root of this home, or the one in FILE, goes into the stores "
	     "that programs here look into: the system's "
	     "(/usr/local/share/ca-certificates, by update-ca-certificates; as "
	     "root), NSS databases (Chromium, Firefox, Thunderbird; by "
	     "certutil; as the person whose they are) and Java keystores (by "
	     "keytool). What is there already is left. For which names it is "
	     "trusted is shown, and asked about; exit code 1 when a store "
	     "could not be changed. For Windows, macOS, Android and iOS, whose "
	     "stores are not handled, `signet roots export --format der` makes "
	     "the file they read.",
    .examples = "  signet roots install --dry-run\n"
		"  signet roots install lab-root.pem --store nss\n"
		"  sudo signet roots install lab-root.pem --store system "
		"--yes\n",
    .options = change_options,
    .max_args = 1,
    .needs = CMD_UNCONFINED,
    .run = run_install,
};

const struct command cmd_roots_uninstall = {
    .name = "roots uninstall",
    .operands = "[FILE]",
    .summary = "let this computer trust it no longer",
    .about = "Takes the root of this home, or the one in FILE, out of the "
	     "stores that `roots install` knows, whoever put it there: each "
	     "entry that is this certificate, byte by byte, and no other, "
	     "whatever its name is.",
    .examples = "  signet roots uninstall --dry-run\n"
		"  sudo signet roots uninstall lab-root.pem --store system "
		"--store java --yes\n",
    .options = change_options,
    .max_args = 1,
    .needs = CMD_UNCONFINED,
    .run = run_uninstall,
};

const struct command cmd_roots_status = {
    .name = "roots status",
    .operands = "[FILE]",
    .summary = "where on this computer the root is trusted",
    .about = "A line for each store that `roots install` would look into. "
	     "Nothing is changed.",
    .examples = "  signet roots status\n"
		"  signet roots status lab-root.pem --store java\n",
    .options = status_options,
    .max_args = 1,
    .needs = CMD_UNCONFINED,
    .run = run_status,
};
