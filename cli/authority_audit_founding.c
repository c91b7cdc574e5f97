/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Authorities, the files of their keys, and the keys that are blocked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/authority_audit.h"

struct founded {
	int64_t certificate;
	uint8_t spki_hash[LEDGER_HASH_LEN];
	char name[48];
	bool told;
	/* of CRLs: what follows is next, and the newest row's is last */
	int64_t next_number, last_number;
	bool numbers_unknown;
};

struct blocked {
	uint8_t spki_hash[LEDGER_HASH_LEN];
	int64_t created;
	bool told;
};

struct audit_founding {
	struct audit *audit;
	struct founded *authorities;
	size_t authority_count, authority_room;
	struct blocked *blocked;
	size_t blocked_count, blocked_room;
};

static void
fault(struct audit *audit, const char *kind, const char *name, const char *what)
{
	char who[96];

	(void)snprintf(who, sizeof(who), "%s %.64s", kind, name);
	audit_say(audit, AUDIT_FAULT, 0, who, what);
}

/* ---- an authority's columns ---- */

/* The certificate of its key. */
struct birth {
	int64_t created;
	bool issued, key_id_differs;
	struct ca_bytes key_id;
};

static enum ca_status
take_birth(void *ctx, const struct ledger_cert *row)
{
	struct birth *birth = ctx;
	struct ca_cert *cert = calloc(1, sizeof(*cert));

	birth->created = row->created;
	birth->issued = birth->issued || row->state == LEDGER_ISSUED;
	if (cert != NULL && row->state == LEDGER_INTENDED &&
	    ca_cert_parse_tbs(row->tbs, cert, NULL) == CA_OK)
		birth->key_id_differs = !ca_bytes_equal(
		    cert->subject_key_id, birth->key_id);
	free(cert);
	return CA_OK;
}

/* Its key's certificate was made in the same breath; without one of its own,
 * that was intended and no more. */
static void
check_birth(struct audit *audit, const struct ledger_authority *row)
{
	const struct ledger_query key = {.spki_hash = row->spki_hash};
	struct birth birth = {.created = LEDGER_NO_TIME, .key_id = row->key_id};
	enum ca_status st = row->certificate != 0 ?
	    ledger_cert_by_id(
		audit->a->ledger, row->certificate, take_birth, &birth, NULL) :
	    ledger_each_cert(audit->a->ledger, &key, take_birth, &birth, NULL);

	if (st != CA_OK || birth.created != row->created)
		fault(audit, "authority", row->name,
		    "its date is not its certificate's");
	if (row->certificate == 0 && birth.issued)
		fault(audit, "authority", row->name,
		    "its certificate was issued, and is not in its column");
	if (row->certificate == 0 && birth.key_id_differs)
		fault(audit, "authority", row->name,
		    "its key identifier column is not its certificate's");
}

struct key_file {
	const struct ledger_authority *authority;
	bool found;
};

static enum ca_status
match_key_file(void *ctx, const struct ledger_key_file *row)
{
	struct key_file *file = ctx;
	const struct ledger_authority *authority = file->authority;

	if (strcmp(row->ref, authority->key_ref) == 0 &&
	    ca_bytes_equal(row->spki_hash, authority->spki_hash) &&
	    row->updated == authority->created)
		file->found = true;
	return CA_OK;
}

static void
check_key_ref(struct audit *audit, const struct ledger_authority *row)
{
	struct key_file file = {.authority = row};
	char ref[80];

	(void)snprintf(ref, sizeof(ref), "keys/%.48s.key", row->name);
	if (strcmp(ref, row->key_ref) != 0)
		fault(audit, "authority", row->name,
		    "its name is not that of its key's file");
	if (ledger_each_key_file(
		audit->a->ledger, match_key_file, &file, NULL) != CA_OK ||
	    !file.found)
		fault(audit, "authority", row->name,
		    "its key's file is not recorded as it was written");
}

static enum ca_status
take_number(void *ctx, const struct ledger_crl *row)
{
	*(int64_t *)ctx = row->number;
	return CA_OK;
}

static void
take_numbers(struct audit *audit, const struct ledger_authority *row,
    struct founded *one)
{
	const struct ledger_crl_query any = {
	    .issuer = row->id, .kind = LEDGER_CRL_ANY, .without_der = true};
	struct ledger *ledger = audit->a->ledger;
	enum ca_status st;

	st = ledger_find_crl(
	    ledger, &any, take_number, &one->last_number, NULL);
	one->numbers_unknown = (st != CA_OK && st != CA_NOT_FOUND) ||
	    ledger_next_crl_number(ledger, row->id, &one->next_number, NULL) !=
		CA_OK;
}

static enum ca_status
take_authority(void *ctx, const struct ledger_authority *row)
{
	struct audit_founding *founding = ctx;
	struct founded *one = founding->authorities;

	if (row->spki_hash.len != LEDGER_HASH_LEN) {
		fault(founding->audit, "authority", row->name, AUDIT_NO_HASH);
		return CA_OK;
	}
	if (!audit_make_room((void **)&one, sizeof(*one),
		founding->authority_count, &founding->authority_room))
		return CA_MEMORY;
	founding->authorities = one;
	one += founding->authority_count++;
	*one = (struct founded){.certificate = row->certificate};
	memcpy(one->spki_hash, row->spki_hash.data, LEDGER_HASH_LEN);
	(void)snprintf(one->name, sizeof(one->name), "%.47s", row->name);
	if (row->id != (int64_t)founding->authority_count)
		fault(founding->audit, "authority", row->name,
		    "one before it is missing");
	check_birth(founding->audit, row);
	check_key_ref(founding->audit, row);
	take_numbers(founding->audit, row, one);
	return CA_OK;
}

/* ---- the others' key files, and blocked keys ---- */

struct made {
	int64_t updated;
	bool fits;
};

static enum ca_status
match_made(void *ctx, const struct ledger_cert *row)
{
	struct made *made = ctx;

	made->fits = made->fits || row->created == made->updated;
	return CA_OK;
}

/* A key file is recorded with the certificate that is made with it. */
static enum ca_status
check_key_file(void *ctx, const struct ledger_key_file *row)
{
	struct audit_founding *founding = ctx;
	const struct ledger_query key = {.spki_hash = row->spki_hash};
	struct made made = {.updated = row->updated};

	if (row->spki_hash.len == 0 ||
	    ledger_each_cert(founding->audit->a->ledger, &key, match_made,
		&made, NULL) != CA_OK ||
	    !made.fits)
		fault(founding->audit, "key file", row->ref,
		    "its key or date is no certificate's");
	return CA_OK;
}

static enum ca_status
take_blocked(void *ctx, struct ca_bytes spki_hash, int64_t created)
{
	struct audit_founding *founding = ctx;
	struct blocked *one = founding->blocked;

	if (spki_hash.len != LEDGER_HASH_LEN) {
		audit_say(founding->audit, AUDIT_FAULT, 0, "blocked key",
		    AUDIT_NO_HASH);
		return CA_OK;
	}
	if (!audit_make_room((void **)&one, sizeof(*one),
		founding->blocked_count, &founding->blocked_room))
		return CA_MEMORY;
	founding->blocked = one;
	one += founding->blocked_count++;
	*one = (struct blocked){.created = created};
	memcpy(one->spki_hash, spki_hash.data, LEDGER_HASH_LEN);
	return CA_OK;
}

enum ca_status
audit_founding_load(struct audit *audit, struct ca_error *err)
{
	struct ledger *ledger = audit->a->ledger;
	struct audit_founding *founding = calloc(1, sizeof(*founding));
	enum ca_status st;

	if (founding == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	audit->founding = founding;
	founding->audit = audit;
	if ((st = ledger_each_authority(
		 ledger, take_authority, founding, err)) != CA_OK ||
	    (st = ledger_each_key_file(
		 ledger, check_key_file, founding, err)) != CA_OK)
		return st;
	return ledger_each_blocked_key(ledger, take_blocked, founding, err);
}

void
audit_founding_free(struct audit_founding *founding)
{
	if (founding == NULL)
		return;
	free(founding->authorities);
	free(founding->blocked);
	free(founding);
}

/* ---- what the history tells of them ---- */

static const char *
tell_authority(
    struct audit_founding *founding, const struct ledger_event *event)
{
	for (size_t i = 0; i < founding->authority_count; i++) {
		struct founded *one = &founding->authorities[i];

		if (one->certificate != event->certificate ||
		    !ca_bytes_equal(event->object_hash,
			(struct ca_bytes){one->spki_hash, LEDGER_HASH_LEN}))
			continue;
		one->told = true;
		return NULL;
	}
	return "tells of an authority that is not there";
}

static const char *
tell_blocked(struct audit_founding *founding, const struct ledger_event *event)
{
	for (size_t i = 0; i < founding->blocked_count; i++) {
		struct blocked *one = &founding->blocked[i];

		if (!ca_bytes_equal(event->object_hash,
			(struct ca_bytes){one->spki_hash, LEDGER_HASH_LEN}))
			continue;
		one->told = true;
		return one->created == event->time ?
		    NULL :
		    "its date is not the blocked key's";
	}
	return "its key was blocked, and is no more";
}

/* After a backup was restored the numbers go on above those that it does not
 * know. */
static const char *
tell_raised(struct audit_founding *founding, const struct ledger_event *event)
{
	int64_t number = 0;

	for (size_t i = 0; i < event->serial.len && i < sizeof(number); i++)
		number = number << 8 | event->serial.data[i];
	for (size_t i = 0; i < founding->authority_count; i++) {
		struct founded *one = &founding->authorities[i];

		if (!ca_bytes_equal(event->issuer_spki_hash,
			(struct ca_bytes){one->spki_hash, LEDGER_HASH_LEN}))
			continue;
		if (number > one->last_number)
			one->last_number = number;
		return NULL;
	}
	return "tells of an authority that is not there";
}

const char *
audit_founding_event(struct audit *audit, const struct ledger_event *event)
{
	if (strcmp(event->kind, LEDGER_EVENT_AUTHORITY) == 0)
		return tell_authority(audit->founding, event);
	if (strcmp(event->kind, LEDGER_EVENT_BLOCKED) == 0)
		return tell_blocked(audit->founding, event);
	if (strcmp(event->kind, LEDGER_EVENT_RAISED) == 0)
		return tell_raised(audit->founding, event);
	return NULL;
}

void
audit_founding_end(struct audit *audit)
{
	const struct audit_founding *founding = audit->founding;

	for (size_t i = 0; i < founding->authority_count; i++) {
		const struct founded *one = &founding->authorities[i];

		if (one->certificate != 0 && !one->told)
			fault(audit, "authority", one->name,
			    "its event authority-added is missing");
		if (one->numbers_unknown ||
		    one->next_number != one->last_number + 1)
			fault(audit, "authority", one->name,
			    "its CRL number is not its newest CRL's");
	}
	for (size_t i = 0; i < founding->blocked_count; i++)
		if (!founding->blocked[i].told)
			audit_say(audit, AUDIT_FAULT, 0, "blocked keys",
			    "one is there whose event key-blocked is missing");
}
