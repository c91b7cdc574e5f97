/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/admit.h"

#include "ca/crypto.h"
#include "ca/name.h"
#include "ca/policy_parse.h"
#include "ca/weakkey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- notes ---- */

void
ca_grant_note(struct ca_grant *grant, enum ca_origin origin, const char *field,
    struct ca_bytes text, const char *why)
{
	size_t count = grant->note_count;
	struct ca_note note = {.origin = origin}, *more;

	if (count == CA_GRANT_MAX_NOTES)
		return;
	/* Room is doubled: a count that is a power of two has none left. */
	if ((count & (count - 1)) == 0) {
		more = realloc(
		    grant->notes, (count == 0 ? 1 : 2 * count) * sizeof(*more));
		if (more == NULL)
			return;
		grant->notes = more;
	}
	if (ca_buf_append_safe(&note.text, text) != CA_OK) {
		ca_buf_free(&note.text);
		return;
	}
	(void)snprintf(note.field, sizeof(note.field), "%s", field);
	(void)snprintf(note.why, sizeof(note.why), "%s", why);
	grant->notes[grant->note_count++] = note;
}

void
admit_note(struct admission *ad, enum ca_origin origin, const char *field,
    struct ca_bytes text, unsigned line, const char *more)
{
	char place[CA_POLICY_PLACE], why[sizeof(ad->grant.notes->why)];

	if (ad->wish->without_notes)
		return;
	ca_policy_place(ad->policy, line, place);
	(void)snprintf(why, sizeof(why), "%s%s%s", place,
	    more == NULL ? "" : ": ", more == NULL ? "" : more);
	ca_grant_note(&ad->grant, origin, field, text, why);
}

void
ca_grant_done(struct ca_grant *grant)
{
	if (grant == NULL)
		return;
	for (size_t i = 0; i < grant->note_count; i++)
		ca_buf_free(&grant->notes[i].text);
	free(grant->notes);
	ca_buf_free(&grant->subject);
	ca_buf_free(&grant->sans);
	ca_buf_free(&grant->name_constraints);
	*grant = (struct ca_grant){0};
}

enum ca_status
admit_no_memory(struct admission *ad)
{
	return ca_fail(ad->err, CA_MEMORY, "policy: out of memory");
}

void
admit_lower(uint8_t *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] >= 'A' && text[i] <= 'Z')
			text[i] = (uint8_t)(text[i] - 'A' + 'a');
}

/* ---- the key ---- */

static bool
key_is_allowed(const struct ca_policy *policy, const struct ca_spki *spki)
{
	for (size_t i = 0; i < policy->key_count; i++)
		if (policy->keys[i].type == spki->type &&
		    spki->bits >= policy->keys[i].min_bits)
			return true;
	return false;
}

static enum ca_status
refuse_key(struct admission *ad, struct ca_buf *key)
{
	char place[CA_POLICY_PLACE];
	struct ca_buf allowed = {0};
	enum ca_status st = CA_MEMORY;

	ca_policy_place(ad->policy, ad->policy->lines[CA_POLICY_ALLOW], place);
	if (policy_append_value(&allowed, ad->policy, CA_POLICY_ALLOW) ==
		CA_OK &&
	    ca_buf_text(&allowed) != NULL && ca_buf_text(key) != NULL)
		st = ca_fail(ad->err, CA_REFUSED,
		    "key: %s is not allowed: %s has %s: make the request with "
		    "one of these",
		    ca_buf_text(key), place, ca_buf_text(&allowed));
	ca_buf_free(&allowed);
	return st == CA_MEMORY ? admit_no_memory(ad) : st;
}

static enum ca_status
admit_key(struct admission *ad)
{
	const struct ca_spki *spki = ad->wish->spki;
	struct ca_buf text = {0};
	enum ca_status st = CA_OK;

	if (ca_spki_append_text(&text, spki) != CA_OK)
		st = admit_no_memory(ad);
	else if (!key_is_allowed(ad->policy, spki))
		st = refuse_key(ad, &text);
	else if (ad->wish->key_is_proved)
		st = ca_crypto_check_proved(spki, ad->err);
	else if (ad->wish->signature_holds)
		st = ca_weakkey_check_signed(spki, ad->err);
	else
		st = ca_weakkey_check(spki, ad->err);
	if (st == CA_OK) {
		ad->grant.spki = *spki;
		admit_note(ad, CA_FROM_REQUEST, "publicKey", ca_view(&text),
		    ad->policy->lines[CA_POLICY_ALLOW], NULL);
	}
	ca_buf_free(&text);
	return st;
}

/* ---- the whole ---- */

/* RFC 5280 4.1.2.6: an authority has a name, and a leaf has one somewhere. */
static enum ca_status
check_named(struct admission *ad)
{
	char place[CA_POLICY_PLACE];

	ca_policy_place(ad->policy, 0, place);
	if (!ca_name_is_empty(ca_view(&ad->grant.subject)))
		return CA_OK;
	if (ad->policy->is_ca)
		return ca_fail(ad->err, CA_REFUSED,
		    "subject: empty, and an authority has a name (RFC 5280 "
		    "4.1.2.6, %s): give one, as CN=Lab Issuing CA",
		    place);
	if (ad->san_count == 0)
		return ca_fail(ad->err, CA_REFUSED,
		    "subject: nothing that %s takes is in the request, and no "
		    "subjectAltName: whom is it for? (RFC 5280 4.1.2.6): make "
		    "the request with a name",
		    place);
	ad->grant.sans_critical = true;
	return CA_OK;
}

enum ca_status
ca_policy_admit(const struct ca_policy *policy, const struct ca_wish *wish,
    struct ca_grant *ret, struct ca_error *err)
{
	struct admission ad = {.policy = policy, .wish = wish, .err = err};
	enum ca_status st;

	ad.grant.policy = policy;
	ad.grant.path_len = CA_PATH_LEN_NONE;
	if ((st = admit_key(&ad)) != CA_OK ||
	    (st = admit_names(&ad)) != CA_OK ||
	    (st = admit_subject(&ad)) != CA_OK ||
	    (st = check_named(&ad)) != CA_OK ||
	    (st = admit_extensions(&ad)) != CA_OK ||
	    (st = admit_requested(&ad)) != CA_OK)
		ca_grant_done(&ad.grant);
	else
		*ret = ad.grant;
	ca_buf_free(&ad.values);
	return st;
}
