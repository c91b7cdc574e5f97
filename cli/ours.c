/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/ours.h"

#include <stdio.h>
#include <string.h>

#include "ca/crypto.h"
#include "ca/name.h"
#include "ca/time.h"
#include "cli/term.h"

#define LABEL 14

/* ---- looking it up ---- */

struct search {
	struct ledger *ledger;
	int64_t at;
	struct ours_entry *entry;
	struct ca_bytes hash; /* of the certificate, or of its issuer's key */
	uint8_t of_der[CA_HASH_MAX], of_key[CA_HASH_MAX];
	int64_t issuer; /* ledger_authority.id; 0: none of ours */
	bool found;
};

static void
keep_name(struct ours_entry *entry, const char *name)
{
	(void)snprintf(entry->authority, sizeof(entry->authority), "%s", name);
}

/* Nobody knows since when a key had been in other hands before that was found
 * out: no time is early enough. */
static bool
is_compromise(int64_t reason)
{
	return reason == CA_REASON_KEY_COMPROMISE ||
	    reason == CA_REASON_CA_COMPROMISE ||
	    reason == CA_REASON_AA_COMPROMISE;
}

/* It counts from when it was no good any more (invalidityDate), where that is
 * known. */
static enum ca_status
take_row(void *ctx, const struct ledger_cert *row)
{
	struct search *search = ctx;
	struct ours_entry *entry = search->entry;

	search->found = true;
	keep_name(entry, row->issuer_name);
	entry->state = OURS_GOOD;
	if (row->state != LEDGER_ISSUED)
		entry->state = OURS_INTENDED;
	else if (!ca_bytes_equal(row->der_hash, search->hash))
		entry->state = OURS_OTHER;
	if (row->revoked_at == LEDGER_NO_TIME || entry->state == OURS_OTHER)
		return CA_OK;
	entry->revoked_at = row->revoked_at;
	entry->reason = (enum ca_reason)row->reason;
	if (row->revoked_at <= search->at || is_compromise(row->reason) ||
	    (row->invalid_since != LEDGER_NO_TIME &&
		row->invalid_since <= search->at))
		entry->state = OURS_REVOKED;
	else if (entry->state == OURS_GOOD)
		entry->state = OURS_LATER;
	return CA_OK;
}

static enum ca_status
take_authority(void *ctx, const struct ledger_authority *row)
{
	struct search *search = ctx;

	if (row->certificate == 0 ||
	    !ca_bytes_equal(row->spki_hash, search->hash))
		return CA_OK;
	search->issuer = row->id;
	keep_name(search->entry, row->name);
	return CA_OK;
}

static enum ca_status
hash_of(struct ca_bytes bytes, uint8_t ret[CA_HASH_MAX], struct ca_bytes *view,
    struct ca_error *err)
{
	*view = (struct ca_bytes){ret, LEDGER_HASH_LEN};
	return ca_hash_bytes(CA_HASH_SHA256, bytes, ret, err);
}

/* Not by its octets; by the key above it, which may be one of ours. */
static enum ca_status
find_by_issuer(
    struct search *search, const struct ca_cert *issuer, struct ca_error *err)
{
	struct ledger_query query = {.serial = search->entry->cert->serial};
	const struct ca_bytes own = search->hash;
	enum ca_status st;

	st = hash_of(issuer->spki.der, search->of_key, &search->hash, err);
	if (st == CA_OK)
		st = ledger_each_authority(
		    search->ledger, take_authority, search, err);
	search->hash = own;
	if (st != CA_OK || search->issuer == 0)
		return st;
	search->entry->state = OURS_ABSENT;
	query.issuer = search->issuer;
	return ledger_each_cert(search->ledger, &query, take_row, search, err);
}

static enum ca_status
look_up_one(struct ours *ours, struct search *search,
    const struct ca_verdict *verdict, size_t at, struct ca_error *err)
{
	struct ledger_query query = {0};
	enum ca_status st;

	search->entry = &ours->list[ours->count];
	*search->entry = (struct ours_entry){.cert = verdict->chain[at]};
	search->issuer = 0;
	search->found = false;
	if ((st = hash_of(verdict->chain[at]->der, search->of_der,
		 &search->hash, err)) != CA_OK)
		return st;
	query.der_hash = search->hash;
	st = ledger_each_cert(search->ledger, &query, take_row, search, err);
	if (st == CA_OK && !search->found && at + 1 < verdict->chain_len)
		st = find_by_issuer(search, verdict->chain[at + 1], err);
	if (st != CA_OK || (!search->found && search->issuer == 0))
		return st;
	ours->leaf = ours->leaf || at == 0;
	ours->count++;
	return CA_OK;
}

enum ca_status
ours_look_up(struct ours *ours, struct ledger *ledger,
    const struct ca_verdict *verdict, int64_t at, struct ca_error *err)
{
	struct search search = {.ledger = ledger, .at = at};
	enum ca_status st = ledger_snapshot(ledger, err);

	*ours = (struct ours){0};
	if (st != CA_OK)
		return st;
	for (size_t i = 0; i < verdict->chain_len && st == CA_OK; i++)
		st = look_up_one(ours, &search, verdict, i, err);
	ledger_rollback(ledger);
	return st;
}

/* ---- in words ---- */

const char *
ours_state_name(const struct ours_entry *entry)
{
	switch (entry->state) {
	case OURS_GOOD:
		return "good";
	case OURS_REVOKED:
		return entry->reason == CA_REASON_CERTIFICATE_HOLD ? "onHold" :
								     "revoked";
	case OURS_LATER:
		return "revokedLater";
	case OURS_INTENDED:
		return "intended";
	case OURS_OTHER:
		return "otherBytes";
	case OURS_ABSENT:
		break;
	}
	return "notInLedger";
}

static void
add_state(struct text *text, const struct ours_entry *entry)
{
	const char *who = entry->authority;
	char when[CA_TIME_TEXT];

	switch (entry->state) {
	case OURS_GOOD:
		text_add(text, "issued by %s, and not revoked", who);
		return;
	case OURS_REVOKED:
	case OURS_LATER:
		ca_time_text(entry->revoked_at, when);
		text_add(text, "issued by %s, and %s %sat %s, reason %s", who,
		    entry->reason == CA_REASON_CERTIFICATE_HOLD ?
			"put on hold, which can be lifted," :
			"revoked",
		    entry->state == OURS_LATER ? "later, " : "", when,
		    ca_reason_name((int)entry->reason));
		return;
	case OURS_INTENDED:
		text_add(text,
		    "%s has intended it, and never released it (signet audit)",
		    who);
		return;
	case OURS_OTHER:
		text_add(text,
		    "%s has issued another certificate with its serial", who);
		return;
	case OURS_ABSENT:
		break;
	}
	text_add(text,
	    "it is not in there, though its issuer, %s, is: it was not issued "
	    "here, or this ledger is an older copy",
	    who);
}

void
ours_print(struct text *text, const struct ours *ours, bool colour)
{
	for (size_t i = 0; i < ours->count; i++) {
		const struct ours_entry *entry = &ours->list[i];
		struct text line = {0};

		if (entry == ours->told ||
		    (entry->state == OURS_GOOD && (i > 0 || !ours->leaf)))
			continue;
		text_add(text, "%s%-*s%s ", term_dim(colour), LABEL,
		    "ledger here", term_plain(colour));
		text_status(&line,
		    ca_name_append_text(&line.buf, entry->cert->subject));
		text_add(&line, ": ");
		add_state(&line, entry);
		text_status(text, line.status);
		text_add_wrapped(text, text_get(&line), LABEL + 1, LABEL + 1);
		text_done(&line);
	}
}

json_t *
ours_json(const struct ours *ours)
{
	json_t *array = json_array();

	for (size_t i = 0; i < ours->count; i++) {
		const struct ours_entry *entry = &ours->list[i];
		json_t *object = json_object();
		struct text name = {0};

		text_status(&name,
		    ca_name_append_text(&name.buf, entry->cert->subject));
		json_put_text(object, "subject", text_get(&name));
		text_done(&name);
		json_put_hex(object, "serial", entry->cert->serial);
		json_put_text(object, "authority", entry->authority);
		json_put_text(object, "state", ours_state_name(entry));
		if (entry->state == OURS_REVOKED ||
		    entry->state == OURS_LATER) {
			json_put_time(object, "revokedAt", entry->revoked_at);
			json_put_text(object, "revocationReason",
			    ca_reason_name((int)entry->reason));
		}
		(void)json_array_append_new(array, object);
	}
	return array;
}

/* ---- deciding ---- */

static void
answer(struct ca_finding *finding, enum ca_outcome outcome,
    const struct ours_entry *entry)
{
	struct text text = {0};

	text_add(&text, "this home's ledger: ");
	add_state(&text, entry);
	*finding = (struct ca_finding){
	    .outcome = outcome, .cert = entry->cert, .field = "serialNumber"};
	(void)snprintf(
	    finding->reason, sizeof(finding->reason), "%s", text_get(&text));
	text_done(&text);
}

/* What is revoked is told before what is not known. */
static const struct ours_entry *
find_worst(const struct ours *ours)
{
	const struct ours_entry *worst = NULL;

	for (size_t i = 0; i < ours->count; i++) {
		const struct ours_entry *entry = &ours->list[i];

		if (entry->state == OURS_REVOKED)
			return entry;
		if (entry->state != OURS_GOOD && entry->state != OURS_LATER &&
		    worst == NULL)
			worst = entry;
	}
	return worst;
}

static void
refuse(const struct ours_entry *entry, struct ca_verdict *verdict,
    struct ca_error *why)
{
	struct text text = {0};

	answer(&verdict->revocation, CA_OUTCOME_FAILS, entry);
	if (entry->state == OURS_REVOKED) {
		verdict->revoked = true;
		verdict->revoked_at = entry->revoked_at;
		verdict->revoked_reason = entry->reason;
	}
	if (!verdict->holds)
		return;
	verdict->holds = false;
	text_status(
	    &text, ca_finding_append_text(&text.buf, &verdict->revocation));
	*why = (struct ca_error){0};
	(void)ca_fail(why, CA_UNTRUSTED, "%s", text_get(&text));
	text_done(&text);
}

void
ours_judge(struct ours *ours, struct ca_verdict *verdict, struct ca_error *why)
{
	const struct ours_entry *worst = find_worst(ours);
	const struct ours_entry *leaf = ours->leaf ? &ours->list[0] : NULL;

	/* Who signed it is known only where trust holds. */
	if (worst != NULL && !verdict->revoked &&
	    (worst->state == OURS_REVOKED ||
		verdict->trust.outcome == CA_OUTCOME_HOLDS)) {
		refuse(worst, verdict, why);
		ours->told = worst;
	} else if (leaf != NULL &&
	    (leaf->state == OURS_GOOD || leaf->state == OURS_LATER) &&
	    verdict->revocation.outcome == CA_OUTCOME_NOT_ASKED) {
		answer(&verdict->revocation, CA_OUTCOME_HOLDS, leaf);
		ours->told = leaf;
	}
}
