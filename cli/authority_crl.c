/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "ca/crl.h"
#include "ca/sign.h"
#include "ca/tbs_crl.h"
#include "ca/time.h"
#include "cli/authority_internal.h"
#include "cli/home.h"

/* When neither the option nor the policy says anything. */
#define DEFAULT_NEXT_UPDATE (7 * CA_DAY)
/* How often the second may pass under another process' CRL. */
#define RISE_TRIES 1000

/* A walk of the ledger puts its entries straight into the list. */
struct listing {
	struct ca_crl_writer writer;
	struct ca_error *err;
};

static enum ca_status
list_revocation(void *ctx, const struct ledger_revocation *row)
{
	struct listing *listing = ctx;
	const struct ca_crl_entry entry = {.serial = row->serial,
	    .revoked_at = row->revoked_at,
	    .reason = (enum ca_reason)row->reason,
	    .invalid_since = row->invalid_since};

	return ca_crl_put(&listing->writer, &entry, listing->err);
}

/* ---- when ---- */

struct previous {
	int64_t this_update;
};

static enum ca_status
take_previous(void *ctx, const struct ledger_crl *row)
{
	struct previous *previous = ctx;

	previous->this_update = row->this_update;
	return CA_OK;
}

static enum ca_status
last_update(struct authority *a, const struct signer *signer, int64_t *ret,
    struct ca_error *err)
{
	struct previous previous = {LEDGER_NO_TIME};
	struct ca_error inner = {0};
	enum ca_status st = ledger_last_crl(
	    a->ledger, signer->id, take_previous, &previous, &inner);

	if (st != CA_OK && st != CA_NOT_FOUND)
		return ca_fail(err, st, "%s", inner.msg);
	*ret = previous.this_update;
	return CA_OK;
}

/*
 * thisUpdate rises with every CRL (checklist 88) and is never in the future,
 * so a second CRL in the same second waits for the next one, outside the
 * transaction.
 */
static enum ca_status
begin_when_risen(struct authority *a, const struct signer *signer,
    int64_t *ret_now, int64_t *ret_last, struct ca_error *err)
{
	enum ca_status st;

	for (int i = 0; i < RISE_TRIES; i++) {
		int64_t now;

		if ((st = ledger_begin(a->ledger, err)) != CA_OK)
			return st;
		now = authority_now(a);
		if ((st = authority_check_clock(a, now, err)) != CA_OK ||
		    (st = last_update(a, signer, ret_last, err)) != CA_OK)
			return st;
		*ret_now = now;
		if (*ret_last == LEDGER_NO_TIME || *ret_last < now)
			return CA_OK;
		ledger_rollback(a->ledger);
		if (*ret_last - now > AUTHORITY_CLOCK_SLACK)
			break;
		a->world->wait_until(a->world->ctx, *ret_last + 1);
	}
	return ca_fail(err, CA_REFUSED,
	    "%s: the newest CRL's thisUpdate is not in the past: "
	    "set the clock",
	    signer->name);
}

static enum ca_status
take_policy_name(void *ctx, const struct ledger_cert *row)
{
	return ca_buf_append_text(ctx, row->policy);
}

static enum ca_status
take_certificate(void *ctx, const struct ledger_authority *row)
{
	*(int64_t *)ctx = row->certificate;
	return CA_OK;
}

/* The next-update of the policy the authority was issued under, as the
 * operator has it now. */
static enum ca_status
policy_next_update(struct authority *a, const struct signer *signer,
    int64_t *ret, struct ca_error *err)
{
	struct ca_policy *policy = NULL;
	struct ca_buf name = {0};
	int64_t certificate = 0;
	enum ca_status st;

	if ((st = ledger_authority_by_id(a->ledger, signer->id,
		 take_certificate, &certificate, err)) != CA_OK ||
	    (st = ledger_cert_by_id(a->ledger, certificate, take_policy_name,
		 &name, err)) != CA_OK)
		goto out;
	if (ca_buf_text(&name) == NULL) {
		st = ca_fail(err, CA_MEMORY, "out of memory");
		goto out;
	}
	st = home_policy(a->path, ca_buf_text(&name), &policy, err);
	if (st != CA_OK)
		goto out;
	*ret = policy->crl_next_update > 0 ? policy->crl_next_update :
					     DEFAULT_NEXT_UPDATE;
out:
	ca_policy_free(policy);
	ca_buf_free(&name);
	return st;
}

/* ---- sign, check, record ---- */

static enum ca_status
sign_and_check(struct authority *a, struct signer *signer, struct ca_bytes tbs,
    const struct ca_crl_order *order, struct ca_buf *ret, struct ca_error *err)
{
	const struct ca_cert *issuer = &signer->certs[0];
	struct ca_crl crl;
	struct ca_rng *rng;
	enum ca_status st;

	if ((st = authority_rng(a, &rng, err)) != CA_OK ||
	    (st = ca_sign(tbs, signer->key, &signer->alg, rng, ret, err)) !=
		CA_OK ||
	    (st = ca_crl_parse(ca_view(ret), &crl, err)) != CA_OK ||
	    (st = ca_crl_verify(&crl, &issuer->spki, err)) != CA_OK)
		return st;
	if (!ca_bytes_equal(crl.tbs, tbs) || crl.number != order->number ||
	    !ca_bytes_equal(crl.issuer, issuer->subject) ||
	    !ca_bytes_equal(crl.authority_key_id, issuer->subject_key_id))
		return ca_fail(err, CA_INTERNAL,
		    "the signed CRL is not the one that was made");
	return CA_OK;
}

static enum ca_status
record(struct authority *a, const struct signer *signer,
    const struct ca_crl_order *order, size_t count, struct ca_bytes der,
    struct ca_error *err)
{
	uint8_t hash[LEDGER_HASH_LEN];
	const struct ledger_crl row = {.issuer = signer->id,
	    .number = (int64_t)order->number,
	    .this_update = order->this_update,
	    .next_update = order->next_update,
	    .entries = (int64_t)count,
	    .der = der,
	    .hash = {hash, sizeof(hash)}};
	enum ca_status st;

	if ((st = authority_hash(der, hash, err)) != CA_OK ||
	    (st = ledger_add_crl(a->ledger, &row, err)) != CA_OK)
		return st;
	return authority_event(a, LEDGER_EVENT_CRL, 0, signer,
	    (struct ca_bytes){0}, row.hash, order->this_update, err);
}

static enum ca_status
list_all(struct authority *a, const struct signer *signer,
    const struct ca_crl_order *order, int64_t last, size_t *ret_count,
    struct ca_buf *ret_tbs, struct ca_error *err)
{
	struct listing listing = {.err = err};
	enum ca_status st;

	if ((st = ca_crl_begin(&listing.writer, &signer->certs[0], &signer->alg,
		 order, err)) == CA_OK &&
	    (st = ledger_each_revocation(a->ledger, signer->id, last,
		 list_revocation, &listing, err)) == CA_OK)
		st = ca_crl_end(&listing.writer, ret_tbs, err);
	*ret_count = listing.writer.count;
	ca_crl_discard(&listing.writer);
	return st;
}

static enum ca_status
make(struct authority *a, struct signer *signer, int64_t now,
    int64_t next_update, int64_t last, struct ca_buf *ret, struct ca_error *err)
{
	struct ca_crl_order order = {
	    .this_update = now, .next_update = now + next_update};
	struct ca_buf tbs = {0};
	int64_t number = 0;
	size_t count = 0;
	enum ca_status st;

	if ((st = ca_issuer_may_list(&signer->issuer, order.this_update,
		 order.next_update, err)) != CA_OK ||
	    (st = ledger_next_crl_number(
		 a->ledger, signer->id, &number, err)) != CA_OK)
		goto out;
	order.number = (uint64_t)number;
	if ((st = list_all(a, signer, &order, last, &count, &tbs, err)) !=
		CA_OK ||
	    (st = sign_and_check(a, signer, ca_view(&tbs), &order, ret, err)) !=
		CA_OK)
		goto out;
	ca_buf_free(&tbs); /* a large list is not held three times */
	if ((st = record(a, signer, &order, count, ca_view(ret), err)) != CA_OK)
		goto out;
	st = ledger_commit(a->ledger, err);
out:
	ca_buf_free(&tbs);
	return st;
}

enum ca_status
authority_crl(struct authority *a, struct signer *signer,
    int64_t next_update_seconds, struct ca_buf *ret_der, struct ca_error *err)
{
	struct ca_buf der = {0};
	int64_t next_update = next_update_seconds, now = 0, last = 0;
	enum ca_status st;

	if (next_update == 0 &&
	    (st = policy_next_update(a, signer, &next_update, err)) != CA_OK)
		return st;
	if ((st = begin_when_risen(a, signer, &now, &last, err)) != CA_OK ||
	    (st = make(a, signer, now, next_update, last, &der, err)) !=
		CA_OK) {
		ledger_rollback(a->ledger);
		goto out;
	}
	if (ret_der->len > 0) {
		st = ca_buf_append(ret_der, ca_view(&der));
	} else {
		ca_buf_free(ret_der);
		*ret_der = der;
		der = (struct ca_buf){0};
	}
out:
	ca_buf_free(&der);
	return st;
}
