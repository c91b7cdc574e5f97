/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca/pem.h"
#include "cli/file.h"
#include "cli/kind.h"

#define ROOM_FIRST 8
#define WHERE_MAX 300 /* octets of a file's name that are told */

static const struct {
	const char *label, *what;
	enum file_kind kind;
	size_t size;
} kinds[] = {
    [POOL_CERTS] = {CA_PEM_CERTIFICATE, "certificate", KIND_CERTIFICATE,
	sizeof(struct ca_cert)},
    [POOL_ANCHORS] = {CA_PEM_CERTIFICATE, "certificate", KIND_CERTIFICATE,
	sizeof(struct ca_cert)},
    [POOL_CRLS] = {CA_PEM_CRL, "CRL", KIND_CRL, sizeof(struct ca_crl)},
    [POOL_OCSP] = {NULL, "OCSP answer", KIND_UNKNOWN,
	sizeof(struct ca_ocsp_response)},
};

/* ---- room ---- */

static bool
grow(void **array, size_t room, size_t size)
{
	void *grown = reallocarray(*array, room, size);

	if (grown != NULL)
		*array = grown;
	return grown != NULL;
}

static bool
grow_objects(struct pool *pool, size_t room)
{
	const size_t size = kinds[pool->kind].size;
	void *array;
	bool grown;

	switch (pool->kind) {
	case POOL_CRLS:
		array = pool->crls;
		grown = grow(&array, room, size);
		pool->crls = array;
		return grown;
	case POOL_OCSP:
		array = pool->ocsp;
		grown = grow(&array, room, size);
		pool->ocsp = array;
		return grown;
	case POOL_CERTS:
	case POOL_ANCHORS:
		break;
	}
	array = pool->certs;
	grown = grow(&array, room, size);
	pool->certs = array;
	return grown;
}

static enum ca_status
make_room(struct pool *pool, struct ca_error *err)
{
	size_t room = pool->room > 0 ? 2 * pool->room : ROOM_FIRST;
	void *ders = pool->ders;

	if (pool->count >= pool->max)
		return ca_fail(err, CA_USAGE,
		    "more than %zu %ss: give fewer, those of the chain are "
		    "enough",
		    pool->max, kinds[pool->kind].what);
	if (pool->count < pool->room)
		return CA_OK;
	if (!grow(&ders, room, sizeof(*pool->ders)))
		return ca_fail(err, CA_MEMORY, "out of memory");
	pool->ders = ders;
	if (!grow_objects(pool, room))
		return ca_fail(err, CA_MEMORY, "out of memory");
	pool->room = room;
	return CA_OK;
}

/* ---- one object ---- */

static enum ca_status
parse(struct pool *pool, struct ca_bytes der, struct ca_error *err)
{
	switch (pool->kind) {
	case POOL_ANCHORS:
		return ca_cert_parse_anchor(
		    der, &pool->certs[pool->count], err);
	case POOL_CRLS:
		return ca_crl_parse(der, &pool->crls[pool->count], err);
	case POOL_OCSP:
		return ca_ocsp_response_parse(
		    der, &pool->ocsp[pool->count], err);
	case POOL_CERTS:
		break;
	}
	/* ca_verify() says of it why it is not to be believed. */
	return ca_cert_parse_any(der, &pool->certs[pool->count], err);
}

/* What tells it from another kind of file, and whatever is in question. What
 * we refuse to read, though it is what it says, is not to be believed. */
static bool
is_needed(const struct pool *pool, enum ca_status st)
{
	return (pool->kind == POOL_OCSP && st == CA_MALFORMED) ||
	    (pool->needs_first && pool->count == 0);
}

/* der is taken, whatever comes of it. */
static enum ca_status
take(struct pool *pool, struct ca_buf *der, const char *where,
    struct ca_error *err)
{
	struct ca_error why = {0};
	enum ca_status st = make_room(pool, err);

	if (st != CA_OK)
		goto out;
	st = parse(pool, ca_view(der), &why);
	if (st == CA_OK) {
		pool->ders[pool->count++] = *der;
		*der = (struct ca_buf){0};
	} else if (st == CA_MEMORY || is_needed(pool, st)) {
		ca_fail_in(&why, where);
		/* To whoever asks about it, it is all the same: not read. */
		st = ca_fail(
		    err, st == CA_REFUSED ? CA_MALFORMED : st, "%s", why.msg);
	} else {
		ca_fail_in(&why, where);
		text_add(&pool->left_out, "%s\n", why.msg);
		pool->left_out_count++;
		st = CA_OK;
	}
out:
	ca_buf_free(der);
	return st;
}

enum ca_status
pool_add(struct pool *pool, struct ca_bytes der, const char *where,
    struct ca_error *err)
{
	struct ca_buf copy = {0};

	if (ca_buf_append(&copy, der) != CA_OK) {
		ca_buf_free(&copy);
		return ca_fail(err, CA_MEMORY, "out of memory");
	}
	return take(pool, &copy, where, err);
}

/* ---- files ---- */

/* Keys and parameters often lie beside a server's certificates. */
static enum ca_status
read_blocks(struct pool *pool, struct ca_bytes text, const char *path,
    struct ca_error *err)
{
	char label[CA_PEM_LABEL], where[WHERE_MAX + 40];
	struct ca_buf der = {0};
	size_t number = 0;
	enum ca_status st;

	while ((st = ca_pem_next(&text, label, &der, err)) == CA_OK) {
		if (strcmp(label, kinds[pool->kind].label) != 0) {
			ca_buf_free(&der);
			continue;
		}
		(void)snprintf(where, sizeof(where), "%.*s: %s %zu", WHERE_MAX,
		    path, kinds[pool->kind].what, ++number);
		if ((st = take(pool, &der, where, err)) != CA_OK)
			return st;
	}
	ca_buf_free(&der);
	if (st == CA_NOT_FOUND && number > 0)
		return CA_OK;
	if (st == CA_NOT_FOUND)
		st = ca_fail(err, CA_MALFORMED, "holds no %s (PEM: %s)",
		    kinds[pool->kind].what, kinds[pool->kind].label);
	ca_fail_in(err, path);
	return st;
}

/* One that is not even of this kind is a mistake of whoever gave it. */
static enum ca_status
check_kind(struct pool *pool, struct ca_bytes file, struct ca_error *err)
{
	enum ca_status st;

	if (pool->kind == POOL_OCSP)
		return CA_OK; /* its parser knows */
	st = kind_check(file, kinds[pool->kind].kind, err);
	if (st == CA_OK && kind_of(file) != kinds[pool->kind].kind)
		st = ca_fail(err, CA_MALFORMED, "holds no %s, PEM or DER",
		    kinds[pool->kind].what);
	return st;
}

enum ca_status
pool_read(struct pool *pool, const char *path, struct ca_error *err)
{
	struct ca_buf file = {0};
	enum ca_status st;

	if ((st = file_read(path, FILE_MAX_READ, &file, err)) != CA_OK)
		goto out;
	if (kinds[pool->kind].label != NULL && ca_pem_is_pem(ca_view(&file))) {
		st = read_blocks(pool, ca_view(&file), path, err);
		goto out;
	}
	if ((st = check_kind(pool, ca_view(&file), err)) != CA_OK) {
		ca_fail_in(err, path);
		goto out;
	}
	st = take(pool, &file, path, err);
out:
	ca_buf_free(&file);
	return st;
}

void
pool_done(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		ca_buf_free(&pool->ders[i]);
	free(pool->ders);
	free(pool->certs);
	free(pool->crls);
	free(pool->ocsp);
	text_done(&pool->left_out);
	*pool = (struct pool){0};
}
