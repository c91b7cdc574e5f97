/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/crl_copy.h"

#include <string.h>

#include "cli/authority_log.h"
#include "cli/file.h"

static enum ca_status
path_of(struct authority *a, const char *name, struct ca_buf *ret,
    struct ca_error *err)
{
	if (ca_buf_printf(ret, "%s/crl/%s.crl", authority_home(a), name) !=
		CA_OK ||
	    ca_buf_text(ret) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	return CA_OK;
}

enum ca_status
crl_copy_write(struct authority *a, const char *name, struct ca_bytes der,
    struct ca_error *err)
{
	struct ca_buf path = {0};
	enum ca_status st = path_of(a, name, &path, err);

	if (st == CA_OK)
		st = file_replace(ca_buf_text(&path), der, FILE_PUBLIC, err);
	ca_buf_free(&path);
	return st;
}

enum ca_status
crl_copy_sync(struct authority *a, struct ca_error *err)
{
	struct ca_buf path = {0};
	enum ca_status st = path_of(a, "any", &path, err);

	if (st == CA_OK)
		st = file_sync_folder(ca_buf_text(&path), err);
	ca_buf_free(&path);
	return st;
}

/* ---- those that are missing ---- */

struct copying {
	struct authority *a;
	bool wrote;
	struct ca_error *err;
};

static enum ca_status
take_number(void *ctx, const struct ledger_crl *row)
{
	*(int64_t *)ctx = row->number;
	return CA_OK;
}

/* Of its list and kind. A delta that was published with the complete CRL in
 * force may have others behind it. */
static bool
is_newest(struct authority *a, const struct ledger_crl *row)
{
	const struct ledger_crl_query query = {.issuer = row->issuer,
	    .point = row->point,
	    .kind = row->base > 0 ? LEDGER_CRL_DELTA : LEDGER_CRL_FULL};
	int64_t newest = 0;

	return ledger_find_crl(authority_ledger(a), &query, take_number,
		   &newest, NULL) == CA_OK &&
	    newest == row->number;
}

static enum ca_status
copy_missing(void *ctx, const char *name, const struct ledger_crl *row)
{
	struct copying *copying = ctx;
	struct ca_buf path = {0}, there = {0};
	enum ca_status st;

	if (row->der.len == 0 || !is_newest(copying->a, row))
		return CA_OK;
	st = path_of(copying->a, name, &path, copying->err);
	if (st == CA_OK &&
	    (file_read(ca_buf_text(&path), FILE_MAX_READ, &there, NULL) !=
		    CA_OK ||
		!ca_bytes_equal(ca_view(&there), row->der))) {
		copying->wrote = true;
		st = crl_copy_write(copying->a, name, row->der, copying->err);
	}
	ca_buf_free(&path);
	ca_buf_free(&there);
	return st;
}

static enum ca_status
newest(struct authority *a, int64_t issuer, bool delta, int64_t *ret,
    struct ca_error *err)
{
	const struct ledger_crl_query query = {.issuer = issuer,
	    .kind = delta ? LEDGER_CRL_DELTA : LEDGER_CRL_FULL,
	    .without_der = true};

	return ledger_find_crl(
	    authority_ledger(a), &query, take_number, ret, err);
}

enum ca_status
crl_copy_missing(struct authority *a, const struct signer *signer, bool delta,
    struct ca_error *err)
{
	struct copying copying = {.a = a, .err = err};
	int64_t number = 0;
	enum ca_status st = newest(a, signer->id, delta, &number, err);

	if (st != CA_OK)
		return st;
	st = authority_each_published(
	    a, signer, number, copy_missing, &copying, err);
	if (st == CA_OK && copying.wrote)
		st = crl_copy_sync(a, err);
	return st;
}

/* ---- from time to time ---- */

struct names {
	struct {
		int64_t id;
		char name[48];
	} list[CRL_COPIES_MAX];
	size_t count;
};

static enum ca_status
take_name(void *ctx, const struct ledger_authority *row)
{
	struct names *names = ctx;

	if (names->count == CRL_COPIES_MAX)
		return CA_OK;
	names->list[names->count].id = row->id;
	(void)strncpy(names->list[names->count].name, row->name,
	    sizeof(names->list[0].name) - 1);
	names->count++;
	return CA_OK;
}

/* What was copied of this one; NULL when there is no room to remember it. */
static int64_t *
done_of(struct crl_copies *copies, int64_t id, bool delta)
{
	size_t i = 0;

	while (i < copies->count && copies->done[i].id != id)
		i++;
	if (i == CRL_COPIES_MAX)
		return NULL;
	if (i == copies->count) {
		copies->done[i].id = id;
		copies->count++;
	}
	return delta ? &copies->done[i].delta : &copies->done[i].full;
}

/* Nobody needs the list of an authority that is revoked. */
static enum ca_status
copy_newer(struct crl_copies *copies, struct authority *a, int64_t id,
    const char *name, bool delta, struct ca_error *err)
{
	int64_t *done = done_of(copies, id, delta), number = 0;
	struct signer signer = {0};
	enum ca_status st;

	if (done == NULL)
		return CA_OK;
	st = newest(a, id, delta, &number, NULL);
	if (st == CA_NOT_FOUND || (st == CA_OK && number == *done))
		return CA_OK;
	st = signer_open(a, name, &signer, NULL);
	if (st == CA_REFUSED)
		return CA_OK;
	if (st == CA_OK)
		st = crl_copy_missing(a, &signer, delta, err);
	else
		st = ca_fail(err, st, "%s: its CRL cannot be copied", name);
	signer_done(&signer);
	if (st == CA_OK)
		*done = number;
	return st;
}

void
crl_copy_tend(struct crl_copies *copies, struct authority *a,
    void (*fault)(void *ctx, const char *line), void *ctx)
{
	struct names names = {0};
	struct ca_error err = {0};

	if (ledger_each_authority(
		authority_ledger(a), take_name, &names, &err) != CA_OK)
		fault(ctx, err.msg);
	for (size_t i = 0; i < 2 * names.count; i++) {
		err = (struct ca_error){0};
		if (copy_newer(copies, a, names.list[i / 2].id,
			names.list[i / 2].name, i % 2 == 1, &err) != CA_OK)
			fault(ctx, err.msg);
	}
	err = (struct ca_error){0};
	if (authority_log_copy(a, &err) != CA_OK)
		fault(ctx, err.msg);
}
