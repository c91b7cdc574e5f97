/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Authorities and OCSP responders that end. */
#include <string.h>

#include "cli/doctor_part.h"
#include "cli/home.h"

#define TRIES_MAX 99

/* ---- authorities ---- */

static const struct doctor_authority *
by_name(const struct doctor *doctor, const char *name)
{
	for (size_t i = 0; i < doctor->authority_count; i++)
		if (strcmp(doctor->authorities[i].name, name) == 0)
			return &doctor->authorities[i];
	return NULL;
}

static const char *
name_by_id(const struct doctor *doctor, int64_t id)
{
	for (size_t i = 0; i < doctor->authority_count; i++)
		if (doctor->authorities[i].id == id)
			return doctor->authorities[i].name;
	return "root";
}

static int64_t
soon_of(const struct doctor *doctor, const struct doctor_authority *authority)
{
	return doctor_soon(doctor, DOCTOR_AUTHORITY,
	    authority->not_after - authority->not_before);
}

/* Another one stands where this one does, and will. */
static bool
has_successor(
    const struct doctor *doctor, const struct doctor_authority *authority)
{
	for (size_t i = 0; i < doctor->authority_count; i++) {
		const struct doctor_authority *other = &doctor->authorities[i];

		if (other->parent == authority->parent && !other->revoked &&
		    other->not_after > authority->not_after &&
		    other->not_after - soon_of(doctor, other) > doctor->now)
			return true;
	}
	return false;
}

/* "CN=Lab CA, O=Lab" -> "CN=Lab CA 2, O=Lab"; a common name alone is given as
 * such. */
static void
add_next_name(struct text *text, const char *subject, int number)
{
	const char *at = strncmp(subject, "CN=", 3) == 0 ? subject : NULL;
	struct text name = {0};
	size_t len = 0;

	if (at == NULL && (at = strstr(subject, ", CN=")) != NULL)
		at += 2;
	if (at == NULL)
		at = subject;
	while (at[len] != '\0' && at[len] != ',' && at[len] != '+')
		len += at[len] == '\\' && at[len + 1] != '\0' ? 2 : 1;
	if (at == subject && at[len] == '\0' && strncmp(at, "CN=", 3) == 0)
		text_add(&name, "%s %d", at + 3, number);
	else
		text_add(&name, "%.*s %d%s", (int)(at - subject) + (int)len,
		    subject, number, at + len);
	text_add_shell(text, text_get(&name));
	text_status(text, name.status);
	text_done(&name);
}

/* No authority follows another under the same name: who has the old one's CRL
 * would take it for the new one's. */
void
doctor_add_successor(struct doctor *doctor, struct text *command,
    const struct doctor_authority *authority)
{
	struct text name = {0};
	int number = 2;

	for (; number < TRIES_MAX; number++) {
		text_done(&name);
		text_add(&name, "%.40s-%d", authority->name, number);
		if (by_name(doctor, text_get(&name)) == NULL)
			break;
	}
	if (authority->parent == 0) {
		text_add(command, "signet init ");
		add_next_name(
		    command, (const char *)authority->subject.data, number);
		text_add(command, " --home ");
		text_done(&name);
		text_add(&name, "%s-%d", doctor->home, number);
		text_add_shell(command, text_get(&name));
	} else {
		text_add(command, "signet ca add %s ", text_get(&name));
		add_next_name(
		    command, (const char *)authority->subject.data, number);
		text_add(command, " --from %s",
		    name_by_id(doctor, authority->parent));
	}
	text_done(&name);
}

static void
check_authority(struct doctor *doctor, const struct doctor_authority *authority)
{
	struct doctor_finding f = {.kind = DOCTOR_AUTHORITY_END,
	    .rule = "RFC 5280 4.1.2.5",
	    .at = authority->not_after};
	bool ended = authority->not_after < doctor->now;

	if (authority->revoked)
		return;
	doctor_ends(doctor, "authority", authority->name, authority->not_after);
	if (authority->not_after - soon_of(doctor, authority) > doctor->now)
		return;
	f.severity = has_successor(doctor, authority) ? DOCTOR_NOTE :
	    ended                                     ? DOCTOR_BAD :
							DOCTOR_SOON;
	text_add(&f.subject, "%s", authority->name);
	text_add(&f.what,
	    ended ? "the authority ended at " : "the authority ends at ");
	doctor_add_time(&f.what, authority->not_after);
	if (f.severity == DOCTOR_NOTE)
		text_add(&f.what, ", and has a successor");
	else
		doctor_add_successor(doctor, &f.command, authority);
	doctor_say(doctor, &f);
}

void
doctor_check_authorities(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->authority_count; i++)
		check_authority(doctor, &doctor->authorities[i]);
}

/* ---- responders ---- */

struct responder {
	struct text ref; /* "keys/issuing.ocsp.key" */
	uint8_t spki_hash[LEDGER_HASH_LEN];
	bool recorded;
	int64_t not_before, not_after; /* of the newest in force; 0: none */
	uint8_t serial[20];
	size_t serial_len;
};

static enum ca_status
take_ref(void *ctx, const struct ledger_key_file *row)
{
	struct responder *responder = ctx;

	if (strcmp(row->ref, text_get(&responder->ref)) != 0 ||
	    row->spki_hash.len != sizeof(responder->spki_hash))
		return CA_OK;
	responder->recorded = true;
	memcpy(responder->spki_hash, row->spki_hash.data,
	    sizeof(responder->spki_hash));
	return CA_OK;
}

static enum ca_status
take_responder(void *ctx, const struct ledger_cert *row)
{
	struct responder *responder = ctx;

	if (row->not_after < responder->not_after ||
	    row->serial.len > sizeof(responder->serial))
		return CA_OK;
	responder->not_before = row->not_before;
	responder->not_after = row->not_after;
	responder->serial_len = row->serial.len;
	memcpy(responder->serial, row->serial.data, row->serial.len);
	return CA_OK;
}

static void
say_responder(struct doctor *doctor, const struct doctor_authority *authority,
    const struct responder *responder)
{
	struct doctor_finding f = {.kind = DOCTOR_RESPONDER,
	    .severity = responder->recorded ? DOCTOR_BAD : DOCTOR_SOON,
	    .rule = "RFC 6960 4.2.2.2",
	    .at = responder->not_after};

	text_add(&f.subject, "%s", authority->name);
	if (!responder->recorded) {
		text_add(
		    &f.what, "has no OCSP responder, and policies name one");
		text_add(
		    &f.command, "signet ocsp init --ca %s", authority->name);
	} else if (responder->not_after == 0) {
		text_add(
		    &f.what, "its OCSP responder has no certificate in force");
		text_add(&f.command, "signet ocsp init --ca %s --replace",
		    authority->name);
	} else {
		f.severity = DOCTOR_SOON;
		text_add(
		    &f.what, "the certificate of its OCSP responder ends at ");
		doctor_add_time(&f.what, responder->not_after);
		text_add(&f.command, "signet renew ");
		text_add_hex(&f.command,
		    (struct ca_bytes){
			responder->serial, responder->serial_len});
	}
	doctor_say(doctor, &f);
}

/* One that ends with its authority cannot last longer. */
static bool
ends_soon(const struct doctor *doctor, const struct responder *responder,
    const struct doctor_authority *authority)
{
	const int64_t left = responder->not_after - doctor->now;
	const int64_t life = responder->not_after - responder->not_before;

	return left < life / DOCTOR_LAST_PART &&
	    responder->not_after < authority->not_after;
}

static void
check_responder(
    struct doctor *doctor, const struct doctor_authority *authority, bool named)
{
	struct responder responder = {0};
	const struct ledger_query query = {.issuer = authority->id,
	    .spki_hash = {responder.spki_hash, LEDGER_HASH_LEN},
	    .state = LEDGER_ISSUED,
	    .revoked = -1,
	    .expires_after = doctor->now};
	struct ca_error why = {0};
	enum ca_status st;

	text_add(&responder.ref, "keys/%s.ocsp.key", authority->name);
	st = ledger_each_key_file(
	    doctor_ledger(doctor), take_ref, &responder, &why);
	if (st == CA_OK && responder.recorded)
		st = ledger_each_cert(doctor_ledger(doctor), &query,
		    take_responder, &responder, &why);
	if (doctor_took(doctor, st, &why)) {
		if (responder.not_after != 0)
			doctor_ends(doctor, "responder", authority->name,
			    responder.not_after);
		if ((!responder.recorded && named) ||
		    (responder.recorded &&
			(responder.not_after == 0 ||
			    ends_soon(doctor, &responder, authority))))
			say_responder(doctor, authority, &responder);
	}
	text_done(&responder.ref);
}

/* Nobody can make another one for what is revoked or has ended. */
void
doctor_check_responders(struct doctor *doctor)
{
	const bool named = home_names_responder(doctor->home);

	for (size_t i = 0; i < doctor->authority_count; i++)
		if (!doctor->authorities[i].revoked &&
		    doctor->authorities[i].not_after >= doctor->now)
			check_responder(doctor, &doctor->authorities[i], named);
}
