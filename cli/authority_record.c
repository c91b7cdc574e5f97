/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A certificate on its way into the ledger: its intent, and its outcome. */
#include <stdlib.h>

#include "ca/name.h"
#include "cli/authority_list.h"
#include "cli/authority_press.h"

/* The names of one certificate as the ledger's rows: of ours, or of a
 * stranger's who has many. */
struct name_rows {
	struct ledger_name *rows;
	struct ca_buf *texts;
	size_t count, room;
};

static void
name_rows_done(struct name_rows *names)
{
	for (size_t i = 0; names->texts != NULL && i < names->room; i++)
		ca_buf_free(&names->texts[i]);
	free(names->texts);
	free(names->rows);
}

/* Room for each subjectAltName, and the commonName. */
static enum ca_status
name_rows_begin(struct name_rows *names, const struct ca_cert *cert)
{
	names->room = cert->san_count + 1;
	names->rows = calloc(names->room, sizeof(*names->rows));
	names->texts = calloc(names->room, sizeof(*names->texts));
	return names->rows != NULL && names->texts != NULL ? CA_OK : CA_MEMORY;
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
	struct ca_san_walk walk;
	struct ca_san san;
	enum ca_status st = name_rows_begin(names, cert);

	ca_san_walk(&walk, cert->sans);
	while (st == CA_OK && ca_san_next(&walk, &san)) {
		st = ca_san_append_value(&names->texts[names->count], &san);
		if (st == CA_OK)
			st = name_rows_add(names, ca_san_type_name(san.type));
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
	struct name_rows names = {0};
	enum ca_status st;

	st = name_rows_fill(&names, cert);
	if (st == CA_OK)
		st = fn(ctx, names.rows, names.count);
	name_rows_done(&names);
	return st;
}

static enum ca_status
record_policy(struct press *press, struct ca_error *err)
{
	const struct ca_policy *policy = press->out->policy;
	struct ca_bytes hash = {policy->hash, sizeof(policy->hash)};
	struct ca_buf known = {0}, name = {0};
	struct ca_error inner = {0};
	enum ca_status st;

	st = ledger_get_policy(press->a->ledger, hash, &known, &inner);
	ca_buf_free(&known);
	if (st != CA_NOT_FOUND)
		return st == CA_OK ? st : ca_fail(err, st, "%s", inner.msg);
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
record_new_authority(struct press *press, int64_t parent, int64_t certificate,
    int64_t *ret_id, struct ca_error *err)
{
	const struct ledger_authority row = {
	    .name = press->adding->id,
	    .parent = parent,
	    .certificate = certificate,
	    .key_ref = press->key_ref,
	    .key_id = press->cert.subject_key_id,
	    .spki_hash = press_spki_hash(press),
	    .created = press->now,
	};
	const struct ca_bytes file_hash = {
	    press->key_file_hash, LEDGER_HASH_LEN};
	enum ca_status st;

	st = ledger_add_authority(press->a->ledger, &row, ret_id, err);
	if (st != CA_OK)
		return st;
	return ledger_put_key_file(press->a->ledger, press->key_ref, file_hash,
	    press_spki_hash(press), press->now, err);
}

static enum ca_status
write_intent(struct press *press, struct intent *intent, struct ca_error *err)
{
	struct issued *out = press->out;
	uint8_t tbs_hash[LEDGER_HASH_LEN];
	struct ca_buf subject = {0}, policy = {0};
	struct ledger_cert row = {.serial = ca_view(&out->serial),
	    .state = LEDGER_INTENDED,
	    .tbs = ca_view(&out->tbs),
	    .request = ca_view(&out->request),
	    .spki_hash = press_spki_hash(press),
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
	    (st = record_new_authority(press, 0, 0, &press->issuer_row, err)) !=
		CA_OK)
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
	intent->row = NULL; /* it lay here */
	ca_buf_free(&subject);
	ca_buf_free(&policy);
	return st;
}

enum ca_status
press_record_intent(
    struct press *press, bool *ret_collision, struct ca_error *err)
{
	struct intent intent = {.press = press, .err = err};
	enum ca_status st;

	*ret_collision = false;
	if ((st = press_check_ledger(press, err)) != CA_OK ||
	    (st = record_policy(press, err)) != CA_OK)
		return st;
	if ((st = write_intent(press, &intent, err)) == CA_OK)
		press->out->row = intent.id;
	*ret_collision = intent.collision;
	return st;
}

/* ---- the outcome ---- */

/* The new authority's row and its certificate. */
static enum ca_status
record_authority(struct press *press, struct ca_error *err)
{
	int64_t id = press->issuer_row;
	enum ca_status st;

	if (press->signer == NULL)
		st = ledger_set_authority_certificate(
		    press->a->ledger, id, press->out->row, err);
	else
		st = record_new_authority(
		    press, press->issuer_row, press->out->row, &id, err);
	if (st != CA_OK)
		return st;
	return authority_event(press->a, LEDGER_EVENT_AUTHORITY,
	    press->out->row, press->signer, ca_view(&press->out->serial),
	    press_spki_hash(press), press->now, err);
}

/* A key that was made with its certificate, in this home. */
static enum ca_status
record_key_file(struct press *press, struct ca_error *err)
{
	const struct issue_order *order = press->order;
	const struct ca_bytes file_hash = {
	    order->key_file_hash, LEDGER_HASH_LEN};

	if (order->key_ref == NULL)
		return CA_OK;
	return ledger_put_key_file(press->a->ledger, order->key_ref, file_hash,
	    press_spki_hash(press), press->now, err);
}

enum ca_status
press_record_outcome(struct press *press, struct ca_error *err)
{
	struct issued *out = press->out;
	uint8_t hash[LEDGER_HASH_LEN];
	struct ca_bytes der_hash = {hash, sizeof(hash)};
	enum ca_status st;

	if ((st = authority_hash(ca_view(&out->der), hash, err)) != CA_OK ||
	    (st = ledger_issued(press->a->ledger, out->row, ca_view(&out->der),
		 der_hash, err)) != CA_OK ||
	    (st = authority_event(press->a, LEDGER_EVENT_ISSUED, out->row,
		 press->signer, ca_view(&out->serial), der_hash, press->now,
		 err)) != CA_OK ||
	    (press->adding != NULL &&
		(st = record_authority(press, err)) != CA_OK))
		return st;
	return record_key_file(press, err);
}
