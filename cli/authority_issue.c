/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "ca/name.h"
#include "ca/sign.h"
#include "cli/authority_list.h"
#include "cli/authority_press.h"

/* A random serial of 134 bits collides never; a broken generator always. */
#define COLLISION_TRIES 5

/* The names of one certificate as the ledger's rows. */
struct name_rows {
	struct ledger_name rows[CA_SAN_MAX + 1];
	struct ca_buf texts[CA_SAN_MAX + 1];
	size_t count;
};

static void
name_rows_done(struct name_rows *names)
{
	for (size_t i = 0; i <= CA_SAN_MAX; i++)
		ca_buf_free(&names->texts[i]);
}

static enum ca_status
name_rows_add(struct name_rows *names, const char *type)
{
	const char *text = ca_buf_text(&names->texts[names->count]);

	if (text == NULL)
		return CA_MEMORY;
	names->rows[names->count++] = (struct ledger_name){type, text};
	return CA_OK;
}

static enum ca_status
name_rows_fill(struct name_rows *names, const struct ca_cert *cert)
{
	struct ca_attribute cn;
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < cert->san_count && st == CA_OK; i++) {
		st = ca_san_append_value(
		    &names->texts[names->count], &cert->sans[i]);
		if (st == CA_OK)
			st = name_rows_add(
			    names, ca_san_type_name(cert->sans[i].type));
	}
	if (st != CA_OK ||
	    ca_name_find(cert->subject, CA_OID_COMMON_NAME, &cn) == 0)
		return st;
	st = ca_attribute_append_utf8(&names->texts[names->count], &cn);
	return st == CA_OK ? name_rows_add(names, "cn") : st;
}

enum ca_status
authority_names(const struct ca_cert *cert,
    enum ca_status (*fn)(
	void *ctx, const struct ledger_name *rows, size_t count),
    void *ctx)
{
	struct name_rows *names = calloc(1, sizeof(*names));
	enum ca_status st;

	if (names == NULL)
		return CA_MEMORY;
	st = name_rows_fill(names, cert);
	if (st == CA_OK)
		st = fn(ctx, names->rows, names->count);
	name_rows_done(names);
	free(names);
	return st;
}

/* ---- what may not be signed, asked inside the transaction ---- */

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
	uint8_t hash[LEDGER_HASH_LEN];
	enum ca_status st;

	if ((st = authority_hash(press->csr.spki.der, hash, err)) != CA_OK ||
	    (st = authority_check_clock(press->a, press->now, err)) != CA_OK ||
	    (press->signer != NULL &&
		(st = authority_check_signer(press->a, press->signer, err)) !=
		    CA_OK) ||
	    (press->order->renews != 0 &&
		(st = check_renewed(press->a, press->order->renews,
		     &press->lineage, err)) != CA_OK))
		return st;
	return check_key(press, (struct ca_bytes){hash, sizeof(hash)}, err);
}

static enum ca_status
record_policy(struct press *press, struct ca_error *err)
{
	const struct ca_policy *policy = press->out->policy;
	struct ca_bytes hash = {policy->hash, sizeof(policy->hash)};
	struct ca_buf known = {0}, name = {0};
	enum ca_status st;

	st = ledger_get_policy(press->a->ledger, hash, &known, NULL);
	ca_buf_free(&known);
	if (st != CA_NOT_FOUND)
		return st;
	st = ca_buf_append(&name, ca_view(&policy->name));
	if (st == CA_OK && ca_buf_text(&name) == NULL)
		st = CA_MEMORY;
	if (st == CA_OK)
		st = ledger_put_policy(press->a->ledger, hash,
		    ca_buf_text(&name), ca_view(&policy->text), press->now,
		    err);
	if (st == CA_OK)
		st = authority_event(press->a, LEDGER_EVENT_POLICY, 0, NULL,
		    (struct ca_bytes){0}, hash, press->now, err);
	ca_buf_free(&name);
	return st;
}

/* ---- the intent ---- */

struct intent {
	struct press *press;
	struct ledger_cert *row;
	int64_t id;
	bool collision;
	struct ca_error *err;
};

static enum ca_status
intend_with_names(void *ctx, const struct ledger_name *rows, size_t count)
{
	struct intent *intent = ctx;

	intent->row->names = rows;
	intent->row->name_count = count;
	return ledger_intend(intent->press->a->ledger, intent->row, &intent->id,
	    &intent->collision, intent->err);
}

static enum ca_status
record_new_authority(struct press *press, struct ca_bytes spki_hash,
    int64_t parent, int64_t certificate, int64_t *ret_id, struct ca_error *err)
{
	const struct ledger_authority row = {
	    .name = press->adding->id,
	    .parent = parent,
	    .certificate = certificate,
	    .key_ref = press->key_ref,
	    .key_id = press->cert.subject_key_id,
	    .spki_hash = spki_hash,
	    .created = press->now,
	};
	const struct ca_bytes file_hash = {
	    press->key_file_hash, LEDGER_HASH_LEN};
	enum ca_status st;

	st = ledger_add_authority(press->a->ledger, &row, ret_id, err);
	if (st != CA_OK)
		return st;
	return ledger_put_key_file(press->a->ledger, press->key_ref, file_hash,
	    spki_hash, press->now, err);
}

static enum ca_status
write_intent(struct press *press, struct ca_bytes spki_hash,
    struct intent *intent, struct ca_error *err)
{
	struct issued *out = press->out;
	uint8_t tbs_hash[LEDGER_HASH_LEN];
	struct ca_buf subject = {0}, policy = {0};
	struct ledger_cert row = {.serial = ca_view(&out->serial),
	    .state = LEDGER_INTENDED,
	    .tbs = ca_view(&out->tbs),
	    .request = ca_view(&out->request),
	    .spki_hash = spki_hash,
	    .tbs_hash = {tbs_hash, sizeof(tbs_hash)},
	    .policy_hash = {out->policy->hash, 32},
	    .not_before = out->not_before,
	    .not_after = out->not_after,
	    .renews = press->order->renews,
	    .lineage = press->lineage,
	    .created = press->now};
	enum ca_status st;

	if ((st = authority_hash(row.tbs, tbs_hash, err)) != CA_OK ||
	    (st = ca_name_append_text(&subject, press->cert.subject)) !=
		CA_OK ||
	    (st = ca_buf_append(&policy, ca_view(&out->policy->name))) != CA_OK)
		goto out;
	row.subject = ca_buf_text(&subject);
	row.policy = ca_buf_text(&policy);
	if (press->signer == NULL &&
	    (st = record_new_authority(
		 press, spki_hash, 0, 0, &press->issuer_row, err)) != CA_OK)
		goto out;
	row.issuer = press->issuer_row;
	intent->row = &row;
	if ((st = authority_put_point(press->a, press->issuer_row, &press->cert,
		 ca_policy_shard(out->policy, row.serial), &row.point, err)) !=
		CA_OK ||
	    (st = authority_names(&press->cert, intend_with_names, intent)) !=
		CA_OK)
		goto out;
	st = authority_event(press->a, LEDGER_EVENT_INTENDED, intent->id,
	    press->signer, row.serial, row.tbs_hash, press->now, err);
out:
	ca_buf_free(&subject);
	ca_buf_free(&policy);
	return st;
}

static enum ca_status
commit_intent(struct press *press, bool *ret_collision, struct ca_error *err)
{
	struct ledger *ledger = press->a->ledger;
	struct intent intent = {.press = press, .err = err};
	uint8_t hash[LEDGER_HASH_LEN];
	struct ca_bytes spki_hash = {hash, sizeof(hash)};
	enum ca_status st;

	*ret_collision = false;
	if ((st = authority_hash(press->csr.spki.der, hash, err)) != CA_OK ||
	    (st = ledger_begin(ledger, err)) != CA_OK)
		return st;
	if ((st = press_check_ledger(press, err)) != CA_OK ||
	    (st = record_policy(press, err)) != CA_OK ||
	    (st = write_intent(press, spki_hash, &intent, err)) != CA_OK ||
	    (st = ledger_commit(ledger, err)) != CA_OK)
		ledger_rollback(ledger);
	else
		press->out->row = intent.id;
	*ret_collision = intent.collision;
	return st;
}

static enum ca_status
commit_intent_with_free_serial(struct press *press, struct ca_error *err)
{
	bool collision = false;
	enum ca_status st = CA_OK;

	for (int i = 0; i < COLLISION_TRIES; i++) {
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
	    COLLISION_TRIES);
}

/* ---- the signature and the outcome ---- */

static enum ca_status
sign_and_check(struct press *press, struct ca_error *err)
{
	struct issued *out = press->out;
	struct ca_cert *cert = calloc(1, sizeof(*cert));
	struct ca_rng *rng;
	enum ca_status st;

	if (cert == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	if ((st = authority_rng(press->a, &rng, err)) != CA_OK ||
	    (st = ca_sign(ca_view(&out->tbs), press->key, &press->alg, rng,
		 &out->der, err)) != CA_OK ||
	    (st = ca_cert_parse(ca_view(&out->der), cert, err)) != CA_OK ||
	    (st = ca_cert_verify(cert,
		 press->signer != NULL ? &press->signer->certs[0].spki :
					 &press->csr.spki,
		 err)) != CA_OK)
		goto out;
	if (!ca_bytes_equal(cert->tbs, ca_view(&out->tbs)))
		st = ca_fail(err, CA_INTERNAL,
		    "the signed certificate is not the one that was "
		    "linted");
out:
	free(cert);
	return st;
}

/* The new authority's row and its certificate. */
static enum ca_status
record_authority(struct press *press, struct ca_error *err)
{
	uint8_t hash[LEDGER_HASH_LEN];
	struct ca_bytes spki_hash = {hash, sizeof(hash)};
	int64_t id = press->issuer_row;
	enum ca_status st;

	if ((st = authority_hash(press->csr.spki.der, hash, err)) != CA_OK)
		return st;
	if (press->signer == NULL)
		st = ledger_set_authority_certificate(
		    press->a->ledger, id, press->out->row, err);
	else
		st = record_new_authority(press, spki_hash, press->issuer_row,
		    press->out->row, &id, err);
	if (st != CA_OK)
		return st;
	return authority_event(press->a, LEDGER_EVENT_AUTHORITY,
	    press->out->row, press->signer, ca_view(&press->out->serial),
	    spki_hash, press->now, err);
}

/* A key that was made with its certificate, in this home. */
static enum ca_status
record_key_file(struct press *press, struct ca_error *err)
{
	const struct issue_order *order = press->order;
	const struct ca_bytes file_hash = {
	    order->key_file_hash, LEDGER_HASH_LEN};
	uint8_t hash[LEDGER_HASH_LEN];
	enum ca_status st;

	if (order->key_ref == NULL)
		return CA_OK;
	st = authority_hash(press->csr.spki.der, hash, err);
	if (st != CA_OK)
		return st;
	return ledger_put_key_file(press->a->ledger, order->key_ref, file_hash,
	    (struct ca_bytes){hash, sizeof(hash)}, press->now, err);
}

static enum ca_status
commit_outcome(struct press *press, struct ca_error *err)
{
	struct ledger *ledger = press->a->ledger;
	struct issued *out = press->out;
	uint8_t hash[LEDGER_HASH_LEN];
	struct ca_bytes der_hash = {hash, sizeof(hash)};
	enum ca_status st;

	if ((st = authority_hash(ca_view(&out->der), hash, err)) != CA_OK ||
	    (st = ledger_begin(ledger, err)) != CA_OK)
		return st;
	if ((st = ledger_issued(ledger, out->row, ca_view(&out->der), der_hash,
		 err)) != CA_OK ||
	    (st = authority_event(press->a, LEDGER_EVENT_ISSUED, out->row,
		 press->signer, ca_view(&out->serial), der_hash, press->now,
		 err)) != CA_OK ||
	    (press->adding != NULL &&
		(st = record_authority(press, err)) != CA_OK) ||
	    (st = record_key_file(press, err)) != CA_OK ||
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
	if ((st = sign_and_check(press, &inner)) == CA_OK)
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
