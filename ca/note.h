/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * note: a text signed by one or more keys, C2SP signed-note v1.0:
 *
 *	text, one line or more, each ended by a newline
 *
 *	[em dash] NAME BASE64(key id | signature)
 *
 * and a key to verify it with, as one line of text: NAME+HEXID+BASE64(01 |
 * public key). Ed25519 alone; the key id is the first four octets of the
 * SHA-256 of NAME | 0A | 01 | public key.
 *
 * What this does not do: know what a text says (ca/checkpoint); believe a text
 * that ca_note_verify() has not been asked about; other algorithms, whose lines
 * are passed over.
 */
#ifndef CA_NOTE_H
#define CA_NOTE_H

#include "ca/base.h"
#include "ca/key.h"

#define CA_NOTE_MAX ((size_t)64 * 1024)
#define CA_NOTE_SIGNATURES 64
#define CA_NOTE_NAME 256 /* with its NUL */
#define CA_NOTE_ID_LEN 4
#define CA_NOTE_KEY_LEN 32

struct ca_note_key {
	char name[CA_NOTE_NAME];
	uint8_t id[CA_NOTE_ID_LEN];
	uint8_t key[CA_NOTE_KEY_LEN];
};
/* CA_REFUSED for a name that is empty or too long, or holds a space, a control
 * or '+'; and for a key that is not 32 octets. */
CA_MUST_USE enum ca_status ca_note_key_set(struct ca_bytes name,
    struct ca_bytes key, struct ca_note_key *ret, struct ca_error *err);
/* NAME+HEXID+BASE64, white space behind it ignored. CA_MALFORMED; CA_REFUSED
 * for another algorithm. */
CA_MUST_USE enum ca_status ca_note_key_parse(
    struct ca_bytes text, struct ca_note_key *ret, struct ca_error *err);
CA_MUST_USE enum ca_status ca_note_key_append(
    struct ca_buf *buf, const struct ca_note_key *key);

/* Views of what was parsed. */
struct ca_signed_note {
	struct ca_bytes text;       /* with its last newline */
	struct ca_bytes signatures; /* the lines */
	size_t count;
};
/*
 * Valid UTF-8 without controls, at most CA_NOTE_MAX octets, the last empty
 * line before 1 to CA_NOTE_SIGNATURES well-formed signature lines. CA_MALFORMED
 * otherwise.
 */
CA_MUST_USE enum ca_status ca_note_parse(
    struct ca_bytes file, struct ca_signed_note *ret, struct ca_error *err);
/* Every signature of this name and id holds, and there is one: else
 * CA_UNTRUSTED. Those of others do not matter. */
CA_MUST_USE enum ca_status ca_note_verify(const struct ca_signed_note *note,
    const struct ca_note_key *key, struct ca_error *err);
/* Appends text, an empty line and the signature of key, whose private half is
 * in secret. CA_MALFORMED when text is none, CA_REFUSED as ca_sign_note(). */
CA_MUST_USE enum ca_status ca_note_sign(struct ca_bytes text,
    const struct ca_note_key *key, struct ca_key *secret, struct ca_rng *rng,
    struct ca_buf *ret, struct ca_error *err);

#endif
