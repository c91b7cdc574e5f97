/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Java keystores: the cacerts of the Java whose keytool is found first, or a
 * file that is named.
 */
#include <stdlib.h>
#include <string.h>

#include "ca/pem.h"
#include "cli/file.h"
#include "cli/program.h"
#include "cli/trust.h"

#define CACERTS "../lib/security/cacerts"
#define ROUNDS_MAX 16 /* aliases of one certificate */
#define ALIAS "Alias name: "
#define ADVICE "do it as the user whose keystore it is, or as root"

static const char *
str(const struct ca_buf *buf)
{
	return (const char *)buf->data;
}

/* ---- which ---- */

static enum ca_status
find(const struct trust *trust, struct trust_places *places,
    struct ca_error *err)
{
	struct ca_buf path = {0};
	char *real = NULL;
	enum ca_status st = program_find("keytool", &path, NULL);

	(void)trust;
	if (st == CA_NOT_FOUND)
		return CA_OK;
	/* /usr/bin/keytool is a link into the Java it belongs to. */
	if (st == CA_OK)
		real = realpath(str(&path), NULL);
	ca_buf_clear(&path);
	if (real != NULL)
		st = ca_buf_printf(&path, "%.*s/" CACERTS,
		    (int)(strrchr(real, '/') - real), real);
	if (st != CA_OK || ca_buf_text(&path) == NULL)
		st = ca_fail(err, CA_MEMORY, "out of memory");
	else if (real != NULL && file_exists(str(&path)))
		st = trust_add_place(places, &trust_java, str(&path), err);
	free(real);
	ca_buf_free(&path);
	return st;
}

static enum ca_status
name_place(const char *name, struct trust_places *places, struct ca_error *err)
{
	if (!file_exists(name))
		return ca_fail(err, CA_NOT_FOUND,
		    "--keystore %.200s: there is no such file", name);
	return trust_add_place(places, &trust_java, name, err);
}

/* ---- keytool ---- */

static enum ca_status
keytool(const struct trust *trust, const struct trust_place *place,
    const char *const *words, struct ca_bytes input, struct ca_buf *ret,
    struct ca_error *err)
{
	const char *const more[] = {"-keystore", str(&place->path),
	    "-storepass:env", "SIGNET_STOREPASS", "-J-Duser.language=en"};
	struct program_call call = {
	    .name = "keytool", .variable = trust->storepass, .input = input};
	size_t count = 0;
	enum ca_status st;

	for (; *words != NULL && count < 8; words++)
		call.words[count++] = *words;
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		call.words[count++] = more[i];
	st = program_run(&call, ret, err);
	if (st == CA_IO)
		ca_fail_in(err, str(&place->path));
	return st;
}

/* ---- what is there ---- */

/* From one "Alias name: " to the next. */
static struct ca_bytes
next_entry(struct ca_bytes *list)
{
	struct ca_bytes ret = *list;
	const uint8_t *next = NULL;

	if (list->len > 1)
		next = memmem(list->data + 1, list->len - 1, "\n" ALIAS,
		    strlen("\n" ALIAS));
	if (next != NULL)
		ret.len = (size_t)(next + 1 - list->data);
	list->data += ret.len;
	list->len -= ret.len;
	return ret;
}

static bool
begins(struct ca_bytes text, const char *with)
{
	size_t len = strlen(with);

	return text.len >= len && memcmp(text.data, with, len) == 0;
}

/* A chain that belongs to a private key is not trusted by being there. */
static bool
is_own(const struct trust *trust, struct ca_bytes entry)
{
	static const char trusted[] = "\nEntry type: trustedCertEntry";
	size_t all, own;

	if (!begins(entry, ALIAS) ||
	    memmem(entry.data, entry.len, trusted, strlen(trusted)) == NULL)
		return false;
	trust_count(entry, trust->der, &all, &own);
	return own > 0;
}

static enum ca_status
look(const struct trust *trust, struct trust_place *place, struct ca_error *err)
{
	static const char *const words[] = {"-list", "-rfc", NULL};
	struct ca_buf list = {0};
	struct ca_bytes rest, entry;
	enum ca_status st;

	place->state = TRUST_ABSENT;
	ca_buf_clear(&place->entry);
	st = keytool(trust, place, words, (struct ca_bytes){0}, &list, err);
	rest = ca_view(&list);
	while (st == CA_OK && rest.len > 0 && place->state == TRUST_ABSENT) {
		entry = next_entry(&rest);
		if (!is_own(trust, entry))
			continue;
		entry.data += strlen(ALIAS);
		entry.len = strcspn((const char *)entry.data, "\r\n");
		place->state = TRUST_PRESENT;
		st = trust_set_entry(place, entry, err);
	}
	ca_buf_free(&list);
	return st;
}

/* ---- changing it ---- */

static enum ca_status
check(const struct trust *trust, const struct trust_place *place,
    struct ca_error *err)
{
	(void)trust;
	return trust_check_writable(str(&place->path), ADVICE, err);
}

static enum ca_status
add(const struct trust *trust, struct trust_place *place, struct ca_error *err)
{
	const char *const words[] = {
	    "-importcert", "-noprompt", "-alias", trust->label, NULL};

	return keytool(trust, place, words, trust->pem, NULL, err);
}

static enum ca_status
remove_all(
    const struct trust *trust, struct trust_place *place, struct ca_error *err)
{
	enum ca_status st;

	for (int i = 0; i < ROUNDS_MAX; i++) {
		const char *words[] = {"-delete", "-alias", NULL, NULL};

		st = look(trust, place, err);
		if (st != CA_OK || place->state == TRUST_ABSENT)
			return st;
		words[2] = str(&place->entry);
		st = keytool(
		    trust, place, words, (struct ca_bytes){0}, NULL, err);
		if (st != CA_OK)
			return st;
	}
	return ca_fail(err, CA_IO, "%s: it is still there after %d deletions",
	    str(&place->path), ROUNDS_MAX);
}

const struct trust_kind trust_java = {
    .name = "java",
    .program = "keytool",
    .package = "default-jre-headless",
    .after = "restart the Java programs that run",
    .find = find,
    .name_place = name_place,
    .look = look,
    .check = check,
    .add = add,
    .remove = remove_all,
};
