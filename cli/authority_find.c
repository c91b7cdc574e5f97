/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "ca/cert.h"
#include "ca/pem.h"
#include "cli/authority_internal.h"
#include "cli/file.h"
#include "cli/kind.h"

struct counter {
	bool held; /* by name, those on hold come first */
	ledger_cert_fn *fn;
	void *ctx;
	size_t count;
	int64_t authority; /* the certificate of the authority so called; 0 */
	bool told;         /* that one bears the name, too */
	int64_t now;
};

static enum ca_status
count_row(void *ctx, const struct ledger_cert *row)
{
	struct counter *counter = ctx;

	counter->count++;
	if (row->id == counter->authority)
		counter->told = true;
	return counter->fn(counter->ctx, row);
}

static enum ca_status
walk(struct authority *a, const struct ledger_query *query,
    struct counter *counter, struct ca_error *err)
{
	return ledger_each_cert(a->ledger, query, count_row, counter, err);
}

static enum ca_status
find_file(struct authority *a, const char *path, struct counter *counter,
    struct ca_error *err)
{
	static const char *const labels[] = {CA_PEM_CERTIFICATE, NULL};
	struct ca_buf file = {0}, der = {0};
	struct ca_bytes text;
	char label[CA_PEM_LABEL];
	uint8_t hash[LEDGER_HASH_LEN];
	struct ledger_query query = {.der_hash = {hash, sizeof(hash)}};
	enum ca_status st;

	if ((st = file_read(path, CA_CERT_MAX, &file, err)) != CA_OK) {
		ca_buf_free(&file);
		return st;
	}
	if ((st = kind_check(ca_view(&file), KIND_CERTIFICATE, err)) != CA_OK)
		goto out;
	text = ca_view(&file);
	/* With a chain behind it, the first certificate is meant. */
	st = ca_pem_is_pem(text) ?
	    ca_pem_next(&text, label, &der, err) :
	    ca_pem_single(text, labels, "a certificate", NULL, &der, err);
	if (st != CA_OK)
		goto out;
	if (ca_pem_is_pem(ca_view(&file)) &&
	    strcmp(label, CA_PEM_CERTIFICATE) != 0) {
		st = ca_fail(err, CA_MALFORMED,
		    "holds a PEM block %s, not a certificate", label);
		goto out;
	}
	if ((st = authority_hash(ca_view(&der), hash, err)) != CA_OK)
		goto out;
	st = walk(a, &query, counter, err);
	if (st == CA_OK && counter->count == 0)
		st = ca_fail(err, CA_NOT_FOUND,
		    "this certificate is not in the ledger: it was "
		    "not issued here");
out:
	if (st != CA_OK)
		ca_fail_in(err, path);
	ca_buf_free(&file);
	ca_buf_free(&der);
	return st;
}

/* Hex as openssl and browsers show serials; leading zeros do not count. */
static enum ca_status
find_serial(struct authority *a, const char *what, struct counter *counter,
    struct ca_error *err)
{
	struct ca_buf serial = {0};
	struct ledger_query query = {0};
	enum ca_status st = CA_OK;

	if (ca_hex_parse(&serial, what) != CA_OK)
		goto out;
	query.serial = ca_view(&serial);
	while (query.serial.len > 1 && query.serial.data[0] == 0) {
		query.serial.data++;
		query.serial.len--;
	}
	if (query.serial.len <= 20)
		st = walk(a, &query, counter, err);
out:
	ca_buf_free(&serial);
	return st;
}

static enum ca_status
count_held(void *ctx, const struct ledger_cert *row)
{
	return row->reason == CA_REASON_CERTIFICATE_HOLD ? count_row(ctx, row) :
							   CA_OK;
}

static enum ca_status
take_certificate(void *ctx, const struct ledger_authority *row)
{
	*(int64_t *)ctx = row->certificate;
	return CA_OK;
}

static enum ca_status
count_valid(void *ctx, const struct ledger_cert *row)
{
	const struct counter *counter = ctx;

	return row->revoked_at == LEDGER_NO_TIME &&
		row->not_after >= counter->now ?
	    count_row(ctx, row) :
	    CA_OK;
}

/* The short name of an authority is a name of its certificate. */
static enum ca_status
walk_names(struct authority *a, const struct ledger_query *query,
    ledger_cert_fn *fn, struct counter *counter, struct ca_error *err)
{
	enum ca_status st;

	counter->told = false;
	st = ledger_each_cert(a->ledger, query,
	    fn == count_held ? count_held : count_row, counter, err);
	if (st != CA_OK || counter->authority == 0 || counter->told)
		return st;
	return ledger_cert_by_id(
	    a->ledger, counter->authority, fn, counter, err);
}

static enum ca_status
find_name(struct authority *a, const char *what, struct counter *counter,
    struct ca_error *err)
{
	struct ledger_query query = {.name = what, .name_is_literal = true};
	enum ca_status st;

	counter->now = authority_now(a);
	if (ledger_authority_by_name(a->ledger, what, take_certificate,
		&counter->authority, NULL) != CA_OK)
		counter->authority = 0;
	if (counter->held) {
		query.revoked = 1;
		st = walk_names(a, &query, count_held, counter, err);
	} else {
		query.revoked = -1;
		query.expires_after = counter->now;
		st = walk_names(a, &query, count_valid, counter, err);
	}
	if (st != CA_OK || counter->count > 0)
		return st;
	query.revoked = 0;
	query.expires_after = 0;
	return walk_names(a, &query, count_row, counter, err);
}

/* A folder or another file may bear the name that is meant; a certificate
 * that is not ours says what is meant, and it is not here. */
static bool
is_no_certificate(enum ca_status st)
{
	return st == CA_MALFORMED || st == CA_IO || st == CA_REFUSED;
}

static enum ca_status
find(struct authority *a, const char *what, bool held, ledger_cert_fn *fn,
    void *ctx, size_t *ret_count, struct ca_error *err)
{
	struct counter counter = {.held = held, .fn = fn, .ctx = ctx};
	struct ca_error inner = {0};
	enum ca_status st;

	st = find_serial(a, what, &counter, err);
	if (st == CA_OK && counter.count == 0 && file_exists(what)) {
		st = find_file(a, what, &counter, &inner);
		if (st != CA_OK && !is_no_certificate(st))
			(void)ca_fail(err, st, "%s", inner.msg);
		else
			st = CA_OK;
	}
	if (st == CA_OK && counter.count == 0)
		st = find_name(a, what, &counter, err);
	if (st == CA_OK && counter.count == 0 && inner.status != CA_OK)
		st = ca_fail(err, inner.status, "%s", inner.msg);
	if (st == CA_OK && counter.count == 0)
		st = ca_fail(err, CA_NOT_FOUND,
		    "%s: no certificate with this serial (hex), file "
		    "or name in the ledger; see `signet list`",
		    what);
	*ret_count = counter.count;
	return st;
}

enum ca_status
authority_find(struct authority *a, const char *what, ledger_cert_fn *fn,
    void *ctx, size_t *ret_count, struct ca_error *err)
{
	return find(a, what, false, fn, ctx, ret_count, err);
}

enum ca_status
authority_find_held(struct authority *a, const char *what, ledger_cert_fn *fn,
    void *ctx, size_t *ret_count, struct ca_error *err)
{
	return find(a, what, true, fn, ctx, ret_count, err);
}
