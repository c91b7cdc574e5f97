/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the ledger says against a certificate that is asked for. */
#include "cli/authority_press.h"

/* ---- keys ---- */

struct key_owner {
	struct ca_bytes hash;
	struct ca_error *err;
};

static enum ca_status
refuse_authority_key(void *ctx, const struct ledger_authority *row)
{
	const struct key_owner *owner = ctx;

	if (!ca_bytes_equal(row->spki_hash, owner->hash))
		return CA_OK;
	return ca_fail(owner->err, CA_REFUSED,
	    "the request's key is the key of the authority %s: a "
	    "key certifies others or itself, not both; make a new "
	    "key",
	    row->name);
}

static enum ca_status
check_key(struct press *press, struct ca_bytes hash, struct ca_error *err)
{
	struct key_owner owner = {hash, err};
	bool compromised = false, blocked = false;
	enum ca_status st;

	st = ledger_each_authority(
	    press->a->ledger, refuse_authority_key, &owner, err);
	if (st != CA_OK)
		return st;
	st = ledger_key_is_compromised(
	    press->a->ledger, hash, &compromised, err);
	if (st == CA_OK && compromised)
		st = ca_fail(err, CA_REFUSED,
		    "the request's key belongs to a certificate that "
		    "was revoked for keyCompromise; make a new key "
		    "(signet key new)");
	if (st != CA_OK)
		return st;
	st = ledger_key_is_blocked(press->a->ledger, hash, &blocked, err);
	if (st == CA_OK && blocked)
		st = ca_fail(err, CA_REFUSED,
		    "the request's key is blocked: it was revoked as a key "
		    "(signet revoke --key); make a new key (signet key new)");
	return st;
}

/* ---- what may not be renewed ---- */

struct renewal {
	int64_t row, lineage;
	struct ca_error *err;
};

static enum ca_status
refuse_authority(void *ctx, const struct ledger_authority *row)
{
	const struct renewal *renewal = ctx;

	if (row->certificate != renewal->row)
		return CA_OK;
	return ca_fail(renewal->err, CA_REFUSED,
	    "%s: is the certificate of the authority %s: add another "
	    "authority (signet ca add)",
	    row->subject, row->name);
}

static enum ca_status
take_renewed(void *ctx, const struct ledger_cert *row)
{
	struct renewal *renewal = ctx;

	renewal->lineage = row->lineage;
	if (row->revoked_at != LEDGER_NO_TIME &&
	    row->reason == CA_REASON_CERTIFICATE_HOLD)
		return ca_fail(renewal->err, CA_REFUSED,
		    "%s: is revoked (certificateHold), and what was revoked is "
		    "not renewed: lift the hold first (signet unhold)",
		    row->subject);
	if (row->revoked_at != LEDGER_NO_TIME)
		return ca_fail(renewal->err, CA_REFUSED,
		    "%s: is revoked (%s), and what was revoked is not renewed: "
		    "make a new key and a new certificate (signet issue)",
		    row->subject, ca_reason_name(row->reason));
	if (row->state != LEDGER_ISSUED)
		return ca_fail(renewal->err, CA_REFUSED,
		    "%s: was intended and never released: there is nothing to "
		    "renew; sign the request again (signet sign)",
		    row->subject);
	return CA_OK;
}

static enum ca_status
check_renewed(struct authority *a, int64_t row, int64_t *ret_lineage,
    struct ca_error *err)
{
	struct renewal renewal = {.row = row, .err = err};
	enum ca_status st;

	if ((st = ledger_each_authority(
		 a->ledger, refuse_authority, &renewal, err)) != CA_OK ||
	    (st = ledger_cert_by_id(
		 a->ledger, row, take_renewed, &renewal, err)) != CA_OK)
		return st;
	*ret_lineage = renewal.lineage;
	return CA_OK;
}

enum ca_status
authority_may_renew(struct authority *a, int64_t row, struct ca_error *err)
{
	int64_t ignored;

	return check_renewed(a, row, &ignored, err);
}

enum ca_status
press_check_ledger(struct press *press, struct ca_error *err)
{
	enum ca_status st;

	if (!press->stands &&
	    ((st = authority_check_clock(press->a, press->now, err)) != CA_OK ||
		(press->signer != NULL &&
		    (st = authority_check_signer(
			 press->a, press->signer, err)) != CA_OK)))
		return st;
	if (press->order->renews != 0 &&
	    (st = check_renewed(press->a, press->order->renews, &press->lineage,
		 err)) != CA_OK)
		return st;
	return check_key(press, press_spki_hash(press), err);
}
