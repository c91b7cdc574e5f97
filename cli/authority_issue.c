/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "ca/name.h"
#include "ca/sign.h"
#include "cli/authority_press.h"

/* ---- the intent ---- */

static enum ca_status
commit_intent(struct press *press, bool *ret_collision, struct ca_error *err)
{
	struct ledger *ledger = press->a->ledger;
	enum ca_status st;

	*ret_collision = false;
	if ((st = ledger_begin(ledger, err)) != CA_OK)
		return st;
	if ((st = press_record_intent(press, ret_collision, err)) != CA_OK ||
	    (st = ledger_commit(ledger, err)) != CA_OK) {
		ledger_rollback(ledger);
		press->out->row = 0;
	}
	return st;
}

static enum ca_status
commit_intent_with_free_serial(struct press *press, struct ca_error *err)
{
	bool collision = false;
	enum ca_status st = CA_OK;

	for (int i = 0; i < PRESS_COLLISION_TRIES; i++) {
		struct ca_error inner = {0};

		st = commit_intent(press, &collision, &inner);
		if (!collision) {
			if (st != CA_OK)
				(void)ca_fail(err, st, "%s", inner.msg);
			return st;
		}
		if ((st = press_redraw(press, err)) != CA_OK)
			return st;
	}
	return ca_fail(err, CA_INTERNAL,
	    "randomness: %d serial numbers in a row were in use "
	    "already: the generator is broken, nothing was signed",
	    PRESS_COLLISION_TRIES);
}

/* ---- the signature and the outcome ---- */

/* ca_sign() has verified what it returns with the signing key's public half:
 * it is the issuer's. */
enum ca_status
press_sign(struct press *press, struct ca_error *err)
{
	const struct ca_spki *issuer = press->signer != NULL ?
	    &press->signer->certs[0].spki :
	    &press->csr.spki;
	struct issued *out = press->out;
	struct ca_cert *cert = calloc(1, sizeof(*cert));
	struct ca_rng *rng;
	enum ca_status st;

	if (cert == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = authority_rng(press->a, &rng, err)) != CA_OK ||
	    (st = ca_sign(ca_view(&out->tbs), press->key, &press->alg, rng,
		 &out->der, err)) != CA_OK ||
	    (st = ca_cert_parse(ca_view(&out->der), cert, err)) != CA_OK)
		goto out;
	if (!ca_bytes_equal(ca_key_spki(press->key)->der, issuer->der))
		st = ca_fail(err, CA_UNTRUSTED,
		    "signature: made with another key than the issuer's");
	else if (!ca_bytes_equal(cert->tbs, ca_view(&out->tbs)))
		st = ca_fail(err, CA_INTERNAL,
		    "the signed certificate is not the one that was "
		    "linted");
out:
	free(cert);
	return st;
}

static enum ca_status
commit_outcome(struct press *press, struct ca_error *err)
{
	struct ledger *ledger = press->a->ledger;
	enum ca_status st;

	if ((st = ledger_begin(ledger, err)) != CA_OK)
		return st;
	if ((st = press_record_outcome(press, err)) != CA_OK ||
	    (st = ledger_commit(ledger, err)) != CA_OK)
		ledger_rollback(ledger);
	return st;
}

enum ca_status
press_run(struct press *press, struct ca_error *err)
{
	struct ledger *ledger = press->a->ledger;
	struct ca_error inner = {0};
	enum ca_status st;

	st = commit_intent_with_free_serial(press, &inner);
	if (st != CA_OK) {
		inner.status = st;
		return press_say_failure(press, false, &inner, err);
	}
	ledger_name_step(ledger, "the certificate was not recorded as issued");
	if ((st = press_sign(press, &inner)) == CA_OK)
		st = commit_outcome(press, &inner);
	ledger_name_step(ledger, NULL);
	if (st != CA_OK) {
		inner.status = st;
		return press_say_failure(press, true, &inner, err);
	}
	return CA_OK;
}

enum ca_status
authority_issue(struct authority *a, struct signer *signer,
    const struct issue_order *order, struct issued *ret, struct ca_error *err)
{
	struct press *press = calloc(1, sizeof(*press));
	enum ca_status st;

	if (press == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	*ret = (struct issued){0};
	*press = (struct press){.a = a,
	    .signer = signer,
	    .issuer = &signer->issuer,
	    .issuer_row = signer->id,
	    .alg = signer->alg,
	    .key = signer->key,
	    .order = order,
	    .out = ret};
	st = press_prepare(press, err);
	if (st == CA_OK)
		st = press_run(press, err);
	if (st != CA_OK)
		issued_done(ret);
	free(press);
	return st;
}
