/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/trust.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ca/crypto.h"
#include "ca/name.h"
#include "ca/pem.h"

#define SLUG_MAX 40
#define HASH_DIGITS 16 /* of the SHA-256, in a label */

/* Java behind the system: Debian's hook writes into its keystore. */
static const struct trust_kind *const kinds[] = {
    &trust_system, &trust_nss, &trust_java};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

const struct trust_kind *
trust_kind_at(size_t i)
{
	return i < KINDS ? kinds[i] : NULL;
}

const struct trust_kind *
trust_kind_by_name(const char *name)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

/* ---- its name ---- */

static char
slug_char(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return c;
	return '-';
}

/* "CN=Lab Root CA, O=Lab": "lab-root-ca-". */
static void
make_slug(const char *subject, char ret[SLUG_MAX + 2])
{
	const char *name = strstr(subject, "CN=");
	size_t len = 0;

	name = name != NULL ? name + 3 : subject;
	for (; *name != '\0' && *name != ',' && len < SLUG_MAX; name++) {
		char c = slug_char(*name);

		if (c != '-' || (len > 0 && ret[len - 1] != '-'))
			ret[len++] = c;
	}
	if (len > 0 && ret[len - 1] != '-')
		ret[len++] = '-';
	ret[len] = '\0';
}

enum ca_status
trust_label(struct ca_bytes der, struct ca_bytes subject, char ret[TRUST_LABEL],
    struct ca_error *err)
{
	uint8_t hash[CA_HASH_MAX];
	struct ca_buf name = {0}, hex = {0};
	char slug[SLUG_MAX + 2];
	enum ca_status st;

	if ((st = ca_hash_bytes(CA_HASH_SHA256, der, hash, err)) != CA_OK)
		return st;
	st = ca_name_append_text(&name, subject);
	if (st == CA_OK)
		st = ca_hex_append(
		    &hex, (struct ca_bytes){hash, HASH_DIGITS / 2});
	if (st == CA_OK && ca_buf_text(&name) != NULL &&
	    ca_buf_text(&hex) != NULL) {
		make_slug(ca_buf_text(&name), slug);
		(void)snprintf(
		    ret, TRUST_LABEL, "signet-%s%s", slug, ca_buf_text(&hex));
	} else {
		st = ca_fail(err, CA_MEMORY, "out of memory");
	}
	ca_buf_free(&name);
	ca_buf_free(&hex);
	return st;
}

/* ---- places ---- */

enum ca_status
trust_add_place(struct trust_places *places, const struct trust_kind *kind,
    const char *path, struct ca_error *err)
{
	char *real = realpath(path, NULL);
	struct trust_place *place = &places->list[places->count];
	enum ca_status st;

	if (real == NULL)
		return ca_fail(
		    err, CA_NOT_FOUND, "%s: %s", path, strerror(errno));
	for (size_t i = 0; i < places->count; i++)
		if (places->list[i].kind == kind &&
		    strcmp((const char *)places->list[i].path.data, real) ==
			0) {
			free(real);
			return CA_OK;
		}
	if (places->count == TRUST_PLACES_MAX) {
		st = ca_fail(err, CA_REFUSED,
		    "%s: more than %d stores; name the ones that are meant",
		    path, TRUST_PLACES_MAX);
		goto out;
	}
	*place = (struct trust_place){.kind = kind};
	st = ca_buf_append_text(&place->path, real);
	if (st != CA_OK || ca_buf_text(&place->path) == NULL) {
		ca_buf_free(&place->path);
		st = ca_fail(err, CA_MEMORY, "out of memory");
		goto out;
	}
	places->count++;
out:
	free(real);
	return st;
}

enum ca_status
trust_check_writable(const char *path, const char *advice, struct ca_error *err)
{
	if (access(path, W_OK) == 0)
		return CA_OK;
	return ca_fail(err, CA_IO, "%s: cannot be changed: %s; %s", path,
	    strerror(errno), advice);
}

void
trust_count(
    struct ca_bytes file, struct ca_bytes der, size_t *ret_all, size_t *ret_own)
{
	char label[CA_PEM_LABEL];
	struct ca_buf one = {0};
	enum ca_status st = CA_OK;

	*ret_all = *ret_own = 0;
	if (!ca_pem_is_pem(file)) {
		*ret_all = file.len > 0;
		*ret_own = ca_bytes_equal(file, der);
		return;
	}
	for (size_t i = 0; i < CA_PEM_MAX_BLOCKS && st == CA_OK; i++) {
		ca_buf_clear(&one);
		st = ca_pem_next(&file, label, &one, NULL);
		if (st != CA_OK || strcmp(label, CA_PEM_CERTIFICATE) != 0)
			continue;
		*ret_all += 1;
		*ret_own += ca_bytes_equal(ca_view(&one), der);
	}
	ca_buf_free(&one);
}

enum ca_status
trust_set_entry(
    struct trust_place *place, struct ca_bytes entry, struct ca_error *err)
{
	ca_buf_clear(&place->entry);
	if (ca_buf_append(&place->entry, entry) != CA_OK ||
	    ca_buf_text(&place->entry) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	return CA_OK;
}

void
trust_places_done(struct trust_places *places)
{
	for (size_t i = 0; i < places->count; i++) {
		ca_buf_free(&places->list[i].path);
		ca_buf_free(&places->list[i].entry);
	}
	places->count = 0;
}
