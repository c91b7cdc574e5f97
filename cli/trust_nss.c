/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * NSS databases: ~/.pki/nssdb, which Chromium reads, and the profiles of
 * Firefox and Thunderbird, as packages, snaps and flatpaks keep them.
 *
 * certutil knows certificates by nickname alone. It prints, for a nickname,
 * every certificate of the same subject, the newest first, and deletes one of
 * the nickname: which one, a copy of the database is asked.
 */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ca/crypto.h"
#include "cli/file.h"
#include "cli/program.h"
#include "cli/text.h"
#include "cli/trust.h"

#define DATABASE "cert9.db"
#define TRUSTED "C,," /* for servers; for nothing else */
#define ENTRIES_MAX 4096
#define ROUNDS_MAX 16 /* nicknames of one certificate */

#define ADVICE "do it as the user whose database it is"

static const char *const patterns[] = {".pki/nssdb",
    "snap/chromium/current/.pki/nssdb", ".mozilla/firefox/*",
    "snap/firefox/common/.mozilla/firefox/*",
    ".var/app/org.mozilla.firefox/.mozilla/firefox/*", ".thunderbird/*"};

static const char *
str(const struct ca_buf *buf)
{
	return (const char *)buf->data;
}

/* ---- which ---- */

static bool
is_database(const char *folder)
{
	struct ca_buf path = {0};
	bool ret = file_join(&path, folder, DATABASE) == CA_OK &&
	    ca_buf_text(&path) != NULL && file_exists(str(&path));

	ca_buf_free(&path);
	return ret;
}

/* A '*' in the person's own path is one of the name, not of the pattern. */
static enum ca_status
add_escaped(struct ca_buf *ret, const char *path)
{
	enum ca_status st = CA_OK;

	for (; *path != '\0' && st == CA_OK; path++)
		st = ca_buf_printf(
		    ret, "%s%c", strchr("*?[\\", *path) ? "\\" : "", *path);
	return st;
}

static enum ca_status
find_by(const char *home, const char *pattern, struct trust_places *places,
    struct ca_error *err)
{
	struct ca_buf path = {0};
	glob_t found = {0};
	enum ca_status st = add_escaped(&path, home);

	if (st == CA_OK)
		st = ca_buf_printf(&path, "/%s", pattern);
	if (st != CA_OK || ca_buf_text(&path) == NULL)
		st = ca_fail(err, CA_MEMORY, "out of memory");
	else if (glob(str(&path), 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc && st == CA_OK; i++)
			if (is_database(found.gl_pathv[i]))
				st = trust_add_place(
				    places, &trust_nss, found.gl_pathv[i], err);
	globfree(&found);
	ca_buf_free(&path);
	return st;
}

static enum ca_status
find(const struct trust *trust, struct trust_places *places,
    struct ca_error *err)
{
	enum ca_status st = CA_OK;

	if (trust->person == NULL)
		return CA_OK;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (st == CA_OK)
			st = find_by(trust->person, patterns[i], places, err);
	return st;
}

static enum ca_status
name_place(const char *name, struct trust_places *places, struct ca_error *err)
{
	if (!is_database(name))
		return ca_fail(err, CA_NOT_FOUND,
		    "--nssdb %.200s: there is no " DATABASE " in it; `certutil "
		    "-N -d sql:DIR --empty-password` makes one",
		    name);
	return trust_add_place(places, &trust_nss, name, err);
}

/* ---- certutil ---- */

/* words: up to 8, NULL behind the last. */
static enum ca_status
certutil(const char *folder, const char *const *words, struct ca_bytes input,
    struct ca_buf *ret, struct ca_error *err)
{
	struct program_call call = {.name = "certutil", .input = input};
	struct ca_buf database = {0};
	size_t count = 0;
	enum ca_status st;

	st = ca_buf_printf(&database, "sql:%s", folder);
	if (st != CA_OK || ca_buf_text(&database) == NULL) {
		st = ca_fail(err, CA_MEMORY, "out of memory");
		goto out;
	}
	for (; *words != NULL && count < 8; words++)
		call.words[count++] = *words;
	call.words[count++] = "-d";
	call.words[count++] = str(&database);
	st = program_run(&call, ret, err);
	if (st == CA_IO)
		ca_fail_in(err, folder);
out:
	ca_buf_free(&database);
	return st;
}

/* ---- what is there ---- */

/* The nicknames of a database, a NUL behind each. */
struct nicknames {
	struct ca_buf text;
	size_t count;
};

/* One line of certutil -L: the nickname, spaces, "C,,  ". */
static bool
split_line(struct ca_bytes line, struct ca_bytes *ret_name)
{
	size_t end = line.len, begin;
	bool flags;

	while (end > 0 && line.data[end - 1] == ' ')
		end--;
	begin = end;
	while (begin > 0 && line.data[begin - 1] != ' ')
		begin--;
	flags = end > begin &&
	    memchr(line.data + begin, ',', end - begin) != NULL;
	while (begin > 0 && line.data[begin - 1] == ' ')
		begin--;
	*ret_name = (struct ca_bytes){line.data, begin};
	return begin > 0 && flags;
}

static bool
next_line(struct ca_bytes *text, struct ca_bytes *ret)
{
	const uint8_t *end;
	size_t step;

	if (text->len == 0)
		return false;
	end = memchr(text->data, '\n', text->len);
	ret->data = text->data;
	ret->len = end != NULL ? (size_t)(end - text->data) : text->len;
	step = ret->len + (end != NULL);
	text->data += step;
	text->len -= step;
	return true;
}

static struct ca_bytes
without_heading(struct ca_bytes list)
{
	static const char last[] = "SSL,S/MIME,JAR/XPI";
	struct ca_bytes line;

	while (next_line(&list, &line))
		if (memmem(line.data, line.len, last, strlen(last)) != NULL)
			break;
	return list;
}

static enum ca_status
list_nicknames(const char *folder, struct nicknames *ret, struct ca_error *err)
{
	static const char *const words[] = {"-L", NULL};
	struct ca_buf list = {0};
	struct ca_bytes rest, line, name;
	enum ca_status st;

	st = certutil(folder, words, (struct ca_bytes){0}, &list, err);
	rest = without_heading(ca_view(&list));
	while (st == CA_OK && next_line(&rest, &line)) {
		if (!split_line(line, &name))
			continue;
		if (ret->count++ == ENTRIES_MAX)
			st = ca_fail(err, CA_REFUSED,
			    "%s: holds more than %d entries", folder,
			    ENTRIES_MAX);
		else if (ca_buf_append(&ret->text, name) != CA_OK ||
		    ca_buf_append(&ret->text,
			(struct ca_bytes){(const uint8_t *)"", 1}) != CA_OK)
			st = ca_fail(err, CA_MEMORY, "out of memory");
	}
	ca_buf_free(&list);
	return st;
}

/* NULL behind the last. */
static const char *
next_nickname(const struct nicknames *names, const char *name)
{
	const char *end;

	if (names->text.len == 0)
		return NULL;
	end = str(&names->text) + names->text.len;
	name = name == NULL ? str(&names->text) : name + strlen(name) + 1;
	return name < end ? name : NULL;
}

/* What is printed for a nickname holds it; alone: and nothing else. */
static enum ca_status
look_at(const struct trust *trust, const char *folder, const char *nickname,
    bool *ret_there, bool *ret_alone, struct ca_error *err)
{
	const char *const words[] = {"-L", "-a", "-n", nickname, NULL};
	struct ca_buf text = {0};
	size_t all, own;
	enum ca_status st;

	st = certutil(folder, words, (struct ca_bytes){0}, &text, err);
	trust_count(ca_view(&text), trust->der, &all, &own);
	*ret_there = own > 0;
	*ret_alone = own > 0 && all == own;
	ca_buf_free(&text);
	return st;
}

/* In what certutil prints for people, the flags stand behind the
 * fingerprint. */
static enum ca_status
look_trusted(const struct trust *trust, const char *folder,
    const char *nickname, bool *ret, struct ca_error *err)
{
	const char *const words[] = {"-L", "-n", nickname, NULL};
	uint8_t hash[CA_HASH_MAX];
	struct text own = {0};
	struct ca_buf said = {0};
	const char *at = NULL, *end;
	enum ca_status st;

	if ((st = ca_hash_bytes(CA_HASH_SHA256, trust->der, hash, err)) !=
	    CA_OK)
		return st;
	text_add_fingerprint(&own, (struct ca_bytes){hash, 32});
	st = certutil(folder, words, (struct ca_bytes){0}, &said, err);
	if (st == CA_OK && ca_buf_text(&said) != NULL)
		at = strstr(ca_buf_text(&said), text_get(&own));
	if (at != NULL)
		at = strstr(at, "SSL Flags:");
	end = at != NULL ? strstr(at, "Email Flags:") : NULL;
	*ret = end != NULL &&
	    memmem(at, (size_t)(end - at), "Trusted CA", 10) != NULL;
	text_done(&own);
	ca_buf_free(&said);
	return st;
}

/* entry: a nickname for which it is printed. */
static enum ca_status
look(const struct trust *trust, struct trust_place *place, struct ca_error *err)
{
	const char *folder = str(&place->path), *name = NULL;
	struct nicknames names = {0};
	bool there = false, alone, trusted = false;
	enum ca_status st = list_nicknames(folder, &names, err);

	place->state = TRUST_ABSENT;
	ca_buf_clear(&place->entry);
	while (st == CA_OK && !there &&
	    (name = next_nickname(&names, name)) != NULL)
		st = look_at(trust, folder, name, &there, &alone, err);
	if (st == CA_OK && there) {
		st = look_trusted(trust, folder, name, &trusted, err);
		place->state = trusted ? TRUST_PRESENT : TRUST_PARTLY;
		if (st == CA_OK)
			st = trust_set_entry(place, ca_text(name), err);
	}
	ca_buf_free(&names.text);
	return st;
}

/* ---- changing it ---- */

static enum ca_status
check(const struct trust *trust, const struct trust_place *place,
    struct ca_error *err)
{
	const enum ca_key_type type = trust->cert->spki.type;
	struct ca_buf path = {0};
	enum ca_status st;

	if (type == CA_KEY_ED25519 || type == CA_KEY_ED448)
		return ca_fail(err, CA_REFUSED,
		    "NSS, and with it Firefox and Chromium, knows no %s keys; "
		    "roots that browsers are to trust have ECDSA or RSA",
		    ca_key_type_name(type));
	st = file_join(&path, str(&place->path), DATABASE);
	if (st != CA_OK || ca_buf_text(&path) == NULL)
		st = ca_fail(err, CA_MEMORY, "out of memory");
	else if ((st = trust_check_writable(str(&place->path), ADVICE, err)) ==
	    CA_OK)
		st = trust_check_writable(str(&path), ADVICE, err);
	ca_buf_free(&path);
	return st;
}

/* ---- which one is deleted ---- */

static void
remove_copy(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		(void)closedir(dir);
	(void)rmdir(folder);
}

/* The certificates alone: the keys stay where they are. */
static enum ca_status
make_copy(const char *folder, const char *copy, struct ca_error *err)
{
	struct ca_buf from = {0}, to = {0}, content = {0};
	enum ca_status st;

	if (file_join(&from, folder, DATABASE) != CA_OK ||
	    file_join(&to, copy, DATABASE) != CA_OK ||
	    ca_buf_text(&from) == NULL || ca_buf_text(&to) == NULL)
		st = ca_fail(err, CA_MEMORY, "out of memory");
	else if ((st = file_read_regular(
		      str(&from), FILE_MAX_READ, &content, err)) == CA_OK)
		st = file_write(
		    str(&to), ca_view(&content), FILE_PRIVATE, FILE_NEVER, err);
	ca_buf_free(&from);
	ca_buf_free(&to);
	ca_buf_free(&content);
	return st;
}

static enum ca_status
delete_nickname(const char *folder, const char *nickname, struct ca_error *err)
{
	const char *const words[] = {"-D", "-n", nickname, NULL};

	return certutil(folder, words, (struct ca_bytes){0}, NULL, err);
}

static enum ca_status
is_there(const struct trust *trust, const char *folder, bool *ret,
    struct ca_error *err)
{
	struct nicknames names = {0};
	const char *name = NULL;
	bool alone;
	enum ca_status st = list_nicknames(folder, &names, err);

	*ret = false;
	while (st == CA_OK && !*ret &&
	    (name = next_nickname(&names, name)) != NULL)
		st = look_at(trust, folder, name, ret, &alone, err);
	ca_buf_free(&names.text);
	return st;
}

/* Tried on a copy: one certificate goes with a nickname; is it ours? */
static enum ca_status
would_delete(const struct trust *trust, const char *folder,
    const char *nickname, bool *ret, struct ca_error *err)
{
	const char *tmp = getenv("TMPDIR");
	struct ca_buf copy = {0};
	bool left = true;
	enum ca_status st;

	st = ca_buf_printf(
	    &copy, "%s/signet-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (st != CA_OK || ca_buf_text(&copy) == NULL)
		st = ca_fail(err, CA_MEMORY, "out of memory");
	else if (mkdtemp((char *)copy.data) == NULL)
		st = ca_fail(err, CA_IO, "%s: cannot be made: %s", str(&copy),
		    strerror(errno));
	else {
		if ((st = make_copy(folder, str(&copy), err)) == CA_OK &&
		    (st = delete_nickname(str(&copy), nickname, err)) == CA_OK)
			st = is_there(trust, str(&copy), &left, err);
		remove_copy(str(&copy));
	}
	*ret = st == CA_OK && !left;
	ca_buf_free(&copy);
	return st;
}

/* The nickname with which it goes, and nothing else does. CA_OK and "" when it
 * is not there. */
static enum ca_status
find_own_nickname(const struct trust *trust, const char *folder,
    struct ca_buf *ret, struct ca_error *err)
{
	struct nicknames names = {0};
	const char *name = NULL;
	bool found = false, there, alone, seen = false;
	enum ca_status st = list_nicknames(folder, &names, err);

	while (st == CA_OK && !found &&
	    (name = next_nickname(&names, name)) != NULL) {
		st = look_at(trust, folder, name, &there, &alone, err);
		seen = seen || there;
		found = alone;
		if (st == CA_OK && there && !alone)
			st = would_delete(trust, folder, name, &found, err);
	}
	if (st == CA_OK && found)
		st = ca_buf_append_text(ret, name);
	else if (st == CA_OK && seen)
		st = ca_fail(err, CA_IO,
		    "%s: it shares its nickname with another certificate, "
		    "which certutil would delete instead; the browser's "
		    "certificate manager tells them apart",
		    folder);
	ca_buf_free(&names.text);
	return st;
}

static enum ca_status
remove_all(
    const struct trust *trust, struct trust_place *place, struct ca_error *err)
{
	const char *folder = str(&place->path);
	struct ca_buf name = {0};
	enum ca_status st = CA_OK;

	for (int i = 0; i < ROUNDS_MAX && st == CA_OK; i++) {
		ca_buf_clear(&name);
		st = find_own_nickname(trust, folder, &name, err);
		if (st != CA_OK || name.len == 0)
			break;
		if (ca_buf_text(&name) == NULL)
			st = ca_fail(err, CA_MEMORY, "out of memory");
		else
			st = delete_nickname(folder, str(&name), err);
	}
	ca_buf_free(&name);
	return st;
}

/* certutil puts it in, and only then finds that it may not be trusted without
 * the password: what was not there before is taken out again. */
static enum ca_status
add(const struct trust *trust, struct trust_place *place, struct ca_error *err)
{
	/* One that is there keeps its nickname. */
	const char *const words[] = {
	    "-A", "-n", trust->label, "-t", TRUSTED, NULL};
	const bool is_new = place->state == TRUST_ABSENT;
	struct ca_error inner = {0};
	enum ca_status st = certutil(
	    str(&place->path), words, trust->pem, NULL, err);

	if (st == CA_OK)
		return st;
	if (is_new && remove_all(trust, place, &inner) != CA_OK)
		ca_fail_hint(err, inner.msg);
	ca_fail_hint(err,
	    "of a database that has a password certutil asks for it at a "
	    "terminal");
	return st;
}

const struct trust_kind trust_nss = {
    .name = "nss",
    .program = "certutil",
    .package = "libnss3-tools",
    .after = "restart the browsers that are open",
    .find = find,
    .name_place = name_place,
    .look = look,
    .check = check,
    .add = add,
    .remove = remove_all,
};
