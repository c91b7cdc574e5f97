/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of the authorities' keys, which stay closed. */
#include <string.h>

#include "ca/crypto.h"
#include "ca/pem.h"
#include "cli/doctor_part.h"
#include "cli/file.h"

#define KEY_FILE_MAX ((size_t)64 * 1024)

struct key {
	const char *ref, *name; /* "keys/issuing.ocsp.key", "issuing" */
	bool responder, has_child;
};

static void
say_missing(struct doctor *doctor, const struct key *key)
{
	/* A root's is in a drawer, as it should be. */
	struct doctor_finding f = {.kind = DOCTOR_KEY_MISSING,
	    .severity = key->has_child ? DOCTOR_NOTE : DOCTOR_BAD,
	    .rule = "without its key nothing is signed"};

	text_add(&f.subject, "%s", key->name);
	text_add(&f.what,
	    key->has_child ? "%s is not here: kept elsewhere?" :
			     "%s is not here: put it back, or say that it is "
			     "kept elsewhere",
	    key->ref);
	if (key->responder)
		text_add(&f.command, "signet ocsp init --ca %s --replace",
		    key->name);
	else
		text_add(&f.command, "signet doctor --accept key-missing:%s",
		    key->name);
	doctor_say(doctor, &f);
}

static void
say_altered(struct doctor *doctor, const struct key *key)
{
	struct doctor_finding f = {.kind = DOCTOR_KEY_ALTERED,
	    .severity = DOCTOR_BAD,
	    .rule = "SHA-256 in the ledger"};

	text_add(&f.subject, "%s", key->ref);
	text_add(&f.what,
	    "is not the file that was written: record it if another program "
	    "gave it a passphrase, else restore a backup");
	text_add(&f.command, "signet key passphrase %.*s",
	    (int)(strlen(key->ref) - strlen("keys/.key")),
	    key->ref + strlen("keys/"));
	doctor_say(doctor, &f);
}

static void
say_plain(struct doctor *doctor, const struct key *key)
{
	struct doctor_finding f = {.kind = DOCTOR_KEY_PLAIN,
	    .severity = DOCTOR_NOTE,
	    .rule = "whoever reads the file is the authority"};

	text_add(&f.subject, "%s", key->ref);
	text_add(&f.what, "has no passphrase");
	text_add(&f.command, "signet key passphrase %.*s",
	    (int)(strlen(key->ref) - strlen("keys/.key")),
	    key->ref + strlen("keys/"));
	doctor_say(doctor, &f);
}

/* The label of its PEM alone tells. */
static bool
is_plain(struct ca_bytes file)
{
	static const char begin[] = "-----BEGIN " CA_PEM_KEY "-----";

	return file.len >= strlen(begin) &&
	    memcmp(file.data, begin, strlen(begin)) == 0;
}

static bool
is_as_written(struct ca_bytes file, struct ca_bytes hash)
{
	uint8_t now[CA_HASH_MAX];

	return ca_hash_bytes(CA_HASH_SHA256, file, now, NULL) == CA_OK &&
	    ca_bytes_equal(hash, (struct ca_bytes){now, LEDGER_HASH_LEN});
}

static void
check_key(struct doctor *doctor, const struct key *key, struct ca_bytes hash)
{
	struct ca_buf path = {0}, file = {0};
	enum ca_status st = file_read_regular(
	    doctor_path(&path, doctor, key->ref), KEY_FILE_MAX, &file, NULL);

	if (st == CA_NOT_FOUND) {
		say_missing(doctor, key);
	} else if (st != CA_OK || !is_as_written(ca_view(&file), hash)) {
		say_altered(doctor, key);
	} else if (is_plain(ca_view(&file))) {
		say_plain(doctor, key);
	}
	ca_buf_free(&path);
	ca_buf_free(&file);
}

static enum ca_status
take_key(void *ctx, const struct ledger_key_file *row)
{
	struct doctor *doctor = ctx;

	for (size_t i = 0; i < doctor->authority_count; i++) {
		const struct doctor_authority *authority =
		    &doctor->authorities[i];
		struct key key = {.ref = row->ref,
		    .name = authority->name,
		    .has_child = authority->has_child};
		struct text responder = {0};

		text_add(&responder, "keys/%s.ocsp.key", authority->name);
		key.responder = strcmp(text_get(&responder), row->ref) == 0;
		text_done(&responder);
		if (!authority->revoked &&
		    (key.responder ||
			strcmp((const char *)authority->key_ref.data,
			    row->ref) == 0)) {
			key.has_child = key.has_child && !key.responder;
			check_key(doctor, &key, row->hash);
		}
	}
	return CA_OK;
}

void
doctor_check_keys(struct doctor *doctor)
{
	struct ca_error why = {0};
	enum ca_status st = ledger_each_key_file(
	    doctor_ledger(doctor), take_key, doctor, &why);

	(void)doctor_took(doctor, st, &why);
}
