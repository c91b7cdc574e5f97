/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "ca/cert.h"
#include "ca/pem.h"
#include "cli/authority_internal.h"
#include "cli/file.h"

/* ---- revoke ---- */

/* What is known of the row that is to be revoked. */
struct target {
	int64_t issuer;
	struct ca_buf serial;
	struct ca_buf object; /* hash: of the DER, of the TBS for an orphan */
};

static enum ca_status
take_target(void *ctx, const struct ledger_cert *row)
{
	struct target *target = ctx;
	enum ca_status st;

	target->issuer = row->issuer;
	if ((st = ca_buf_append(&target->serial, row->serial)) != CA_OK)
		return st;
	return ca_buf_append(&target->object,
	    row->der_hash.len > 0 ? row->der_hash : row->tbs_hash);
}

/* An authority's row, and whether its own certificate is the one in hand. */
struct owner {
	int64_t row;
	bool is_root;
	struct ca_buf spki_hash;
};

static enum ca_status
take_owner(void *ctx, const struct ledger_authority *authority)
{
	struct owner *owner = ctx;

	owner->is_root = authority->parent == 0 &&
	    authority->certificate == owner->row;
	return ca_buf_append(&owner->spki_hash, authority->spki_hash);
}

static enum ca_status
record(struct authority *a, int64_t row, const struct target *target,
    enum ca_reason reason, int64_t invalid_since, bool *ret_changed,
    struct ca_error *err)
{
	struct owner owner = {.row = row};
	struct ledger_revocation revocation = {.certificate = row,
	    .reason = (int)reason,
	    .invalid_since = invalid_since};
	struct ledger_event event = {.actor = authority_actor(a),
	    .kind = LEDGER_EVENT_REVOKED,
	    .certificate = row,
	    .serial = ca_view(&target->serial),
	    .object_hash = ca_view(&target->object)};
	int64_t last;
	enum ca_status st;

	if ((st = ledger_authority_by_id(a->ledger, target->issuer, take_owner,
		 &owner, err)) != CA_OK ||
	    (st = ledger_last_event_time(a->ledger, &last, err)) != CA_OK)
		goto out;
	if (owner.is_root) {
		st = ca_fail(err, CA_REFUSED,
		    "a root cannot revoke itself: nobody who trusts "
		    "it would believe it; have it removed where it "
		    "is trusted, and revoke what it signed");
		goto out;
	}
	/* A revocation is never refused for a clock that went back. */
	revocation.revoked_at = authority_now(a);
	if (last != LEDGER_NO_TIME && last > revocation.revoked_at)
		revocation.revoked_at = last;
	event.time = revocation.revoked_at;
	event.issuer_spki_hash = ca_view(&owner.spki_hash);
	st = ledger_revoke(a->ledger, &revocation, ret_changed, err);
	if (st == CA_OK && *ret_changed)
		st = ledger_add_event(a->ledger, &event, err);
out:
	ca_buf_free(&owner.spki_hash);
	return st;
}

enum ca_status
authority_revoke(struct authority *a, int64_t row, enum ca_reason reason,
    int64_t invalid_since, bool *ret_changed, struct ca_error *err)
{
	struct target target = {0};
	bool changed = false;
	enum ca_status st;

	if ((st = ledger_begin(a->ledger, err)) != CA_OK)
		return st;
	if ((st = ledger_cert_by_id(
		 a->ledger, row, take_target, &target, err)) != CA_OK ||
	    (st = record(a, row, &target, reason, invalid_since, &changed,
		 err)) != CA_OK ||
	    (st = ledger_commit(a->ledger, err)) != CA_OK)
		ledger_rollback(a->ledger);
	else
		*ret_changed = changed;
	ca_buf_free(&target.serial);
	ca_buf_free(&target.object);
	return st;
}

/* ---- find ---- */

struct counter {
	ledger_cert_fn *fn;
	void *ctx;
	size_t count;
};

static enum ca_status
count_row(void *ctx, const struct ledger_cert *row)
{
	struct counter *counter = ctx;

	counter->count++;
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
	text = ca_view(&file);
	/* With a chain behind it, the first certificate is meant. */
	st = ca_pem_is_pem(text) ?
	    ca_pem_next(&text, label, &der, err) :
	    ca_pem_single(text, labels, "a certificate", NULL, &der, err);
	if (st != CA_OK)
		goto out;
	if (ca_pem_is_pem(ca_view(&file)) &&
	    strcmp(label, CA_PEM_CERTIFICATE) != 0) {
		st = ca_fail(
		    err, CA_MALFORMED, "holds a %s, not a certificate", label);
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
find_name(struct authority *a, const char *what, struct counter *counter,
    struct ca_error *err)
{
	int64_t now = authority_now(a);
	struct ledger_query query = {
	    .name = what, .revoked = -1, .expires_after = now};
	enum ca_status st = walk(a, &query, counter, err);

	if (st != CA_OK || counter->count > 0)
		return st;
	query.revoked = 0;
	query.expires_after = 0;
	return walk(a, &query, counter, err);
}

/* A folder or another file may bear the name that is meant; a certificate
 * that is not ours says what is meant, and it is not here. */
static bool
is_no_certificate(enum ca_status st)
{
	return st == CA_MALFORMED || st == CA_IO || st == CA_REFUSED;
}

enum ca_status
authority_find(struct authority *a, const char *what, ledger_cert_fn *fn,
    void *ctx, size_t *ret_count, struct ca_error *err)
{
	struct counter counter = {.fn = fn, .ctx = ctx};
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
