/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/note.h"

#include <string.h>

#include "ca/base64.h"
#include "ca/sign.h"

#define DASH "\xe2\x80\x94 " /* U+2014, space */
#define DASH_LEN (sizeof(DASH) - 1)
#define ED25519 1 /* the signature type's octet */
#define SIGNATURE_LEN 64

/* ---- text ---- */

static bool
is_space(uint32_t point)
{
	return point == ' ' || (point >= 0x09 && point <= 0x0d) ||
	    point == 0x85 || point == 0xa0 || point == 0x1680 ||
	    (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
	    point == 0x2029 || point == 0x202f || point == 0x205f ||
	    point == 0x3000;
}

/* Characters of which none is a control, apart from a newline. */
static bool
is_text(struct ca_bytes text)
{
	while (text.len > 0) {
		uint32_t point;
		size_t len = ca_utf8_get(text, &point);

		if (len == 0 || (point < 0x20 && point != '\n'))
			return false;
		text.data += len;
		text.len -= len;
	}
	return true;
}

static bool
is_name(struct ca_bytes name)
{
	if (name.len == 0 || name.len >= CA_NOTE_NAME)
		return false;
	while (name.len > 0) {
		uint32_t point;
		size_t len = ca_utf8_get(name, &point);

		if (len == 0 || point < 0x20 || point == '+' || is_space(point))
			return false;
		name.data += len;
		name.len -= len;
	}
	return true;
}

/* What is before the first such octet, which is taken too; false when there
 * is none. */
static bool
take_until(struct ca_bytes *in, uint8_t octet, struct ca_bytes *ret)
{
	const uint8_t *end = in->len == 0 ? NULL :
					    memchr(in->data, octet, in->len);

	if (end == NULL)
		return false;
	*ret = (struct ca_bytes){in->data, (size_t)(end - in->data)};
	in->data += ret->len + 1;
	in->len -= ret->len + 1;
	return true;
}

/* ---- keys ---- */

static enum ca_status
key_id(struct ca_note_key *key, struct ca_error *err)
{
	static const uint8_t between[2] = {'\n', ED25519};
	uint8_t hash[CA_HASH_MAX];
	struct ca_buf data = {0};
	enum ca_status st;

	if ((st = ca_buf_append_text(&data, key->name)) != CA_OK ||
	    (st = ca_buf_append(&data,
		 (struct ca_bytes){between, sizeof(between)})) != CA_OK ||
	    (st = ca_buf_append(&data,
		 (struct ca_bytes){key->key, sizeof(key->key)})) != CA_OK)
		(void)ca_fail(err, st, "note: memory is short");
	else
		st = ca_hash_bytes(CA_HASH_SHA256, ca_view(&data), hash, err);
	ca_buf_free(&data);
	if (st == CA_OK)
		memcpy(key->id, hash, sizeof(key->id));
	return st;
}

enum ca_status
ca_note_key_set(struct ca_bytes name, struct ca_bytes key,
    struct ca_note_key *ret, struct ca_error *err)
{
	struct ca_note_key made = {0};
	enum ca_status st;

	if (!is_name(name))
		return ca_fail(err, CA_REFUSED,
		    "note: a key's name is 1 to %d octets of text without "
		    "spaces and '+' (C2SP signed-note)",
		    CA_NOTE_NAME - 1);
	if (key.len != sizeof(made.key))
		return ca_fail(err, CA_REFUSED,
		    "note: an Ed25519 key has %zu octets, not %zu",
		    sizeof(made.key), key.len);
	memcpy(made.name, name.data, name.len);
	memcpy(made.key, key.data, key.len);
	if ((st = key_id(&made, err)) == CA_OK)
		*ret = made;
	return st;
}

static struct ca_bytes
trimmed(struct ca_bytes text)
{
	while (text.len > 0 && is_space(text.data[text.len - 1]))
		text.len--;
	return text;
}

static enum ca_status
fail_key(struct ca_error *err, const char *why)
{
	return ca_fail(err, CA_MALFORMED,
	    "verifier key: %s: it is NAME+ID+BASE64, as `signet log key` "
	    "prints it (C2SP signed-note)",
	    why);
}

/* The id is in the text so that a mistyped key is seen. */
static enum ca_status
read_key(struct ca_bytes name, struct ca_bytes id, struct ca_bytes octets,
    struct ca_note_key *ret, struct ca_error *err)
{
	struct ca_buf hex = {0};
	struct ca_note_key key;
	bool same;
	enum ca_status st;

	if (octets.len < 1 || octets.data[0] != ED25519)
		return ca_fail(err, CA_REFUSED,
		    "verifier key: its algorithm is not Ed25519 (01)");
	octets.data++;
	octets.len--;
	if ((st = ca_note_key_set(name, octets, &key, err)) != CA_OK)
		return st;
	st = ca_hex_append(&hex, (struct ca_bytes){key.id, sizeof(key.id)});
	same = st == CA_OK && ca_bytes_equal(ca_view(&hex), id);
	ca_buf_free(&hex);
	if (st != CA_OK)
		return ca_fail(err, st, "verifier key: memory is short");
	if (!same)
		return fail_key(err, "its id is not that of name and key");
	*ret = key;
	return CA_OK;
}

enum ca_status
ca_note_key_parse(
    struct ca_bytes text, struct ca_note_key *ret, struct ca_error *err)
{
	struct ca_bytes name, id;
	struct ca_buf octets = {0};
	enum ca_status st;

	text = trimmed(text);
	if (text.len > CA_NOTE_MAX || !take_until(&text, '+', &name) ||
	    !take_until(&text, '+', &id))
		return fail_key(err, "two '+' are missing");
	st = ca_base64_parse(&octets, text);
	if (st == CA_MALFORMED)
		st = fail_key(err, "its end is not base64");
	else if (st != CA_OK)
		st = ca_fail(err, st, "verifier key: memory is short");
	else
		st = read_key(name, id, ca_view(&octets), ret, err);
	ca_buf_free(&octets);
	return st;
}

enum ca_status
ca_note_key_append(struct ca_buf *buf, const struct ca_note_key *key)
{
	uint8_t octets[1 + CA_NOTE_KEY_LEN] = {ED25519};
	enum ca_status st;

	memcpy(octets + 1, key->key, sizeof(key->key));
	if ((st = ca_buf_printf(buf, "%s+", key->name)) != CA_OK ||
	    (st = ca_hex_append(
		 buf, (struct ca_bytes){key->id, sizeof(key->id)})) != CA_OK ||
	    (st = ca_buf_append_text(buf, "+")) != CA_OK)
		return st;
	return ca_base64_append(buf, (struct ca_bytes){octets, sizeof(octets)});
}

/* ---- signature lines ---- */

struct line {
	struct ca_bytes name, text;
};

/* Takes one line off the front; false when it is none. */
static bool
take_signature(struct ca_bytes *in, struct line *ret)
{
	struct ca_bytes line;

	if (!take_until(in, '\n', &line) || line.len < DASH_LEN ||
	    memcmp(line.data, DASH, DASH_LEN) != 0)
		return false;
	line.data += DASH_LEN;
	line.len -= DASH_LEN;
	if (!take_until(&line, ' ', &ret->name) || !is_name(ret->name))
		return false;
	ret->text = line;
	return true;
}

static enum ca_status
fail_note(struct ca_error *err, const char *why)
{
	return ca_fail(err, CA_MALFORMED, "note: %s (C2SP signed-note)", why);
}

static enum ca_status
check_lines(struct ca_bytes lines, size_t *ret_count, struct ca_error *err)
{
	size_t count = 0;

	while (lines.len > 0) {
		struct ca_buf octets = {0};
		struct line line;
		enum ca_status st;

		if (count++ == CA_NOTE_SIGNATURES)
			return fail_note(err, "too many signatures");
		if (!take_signature(&lines, &line))
			return fail_note(err, "a line is no signature");
		st = ca_base64_parse(&octets, line.text);
		if (st == CA_OK && octets.len <= CA_NOTE_ID_LEN)
			st = CA_MALFORMED;
		ca_buf_free(&octets);
		if (st == CA_MALFORMED)
			return fail_note(err, "a signature is not base64");
		if (st != CA_OK)
			return ca_fail(err, st, "note: memory is short");
	}
	*ret_count = count;
	return CA_OK;
}

enum ca_status
ca_note_parse(
    struct ca_bytes file, struct ca_signed_note *ret, struct ca_error *err)
{
	struct ca_signed_note note = {0};
	size_t end;
	enum ca_status st;

	if (file.len > CA_NOTE_MAX)
		return fail_note(err, "larger than 64 KiB");
	if (!is_text(file))
		return fail_note(err, "not UTF-8, or a control in it");
	/* The last empty line: a text may have empty lines of its own. */
	for (end = file.len; end >= 2; end--)
		if (file.data[end - 1] == '\n' && file.data[end - 2] == '\n')
			break;
	if (end < 2 || end == file.len)
		return fail_note(err, "no empty line and signatures behind it");
	note.text = (struct ca_bytes){file.data, end - 1};
	note.signatures = (struct ca_bytes){file.data + end, file.len - end};
	st = check_lines(note.signatures, &note.count, err);
	if (st == CA_OK)
		*ret = note;
	return st;
}

/* ---- verification ---- */

static enum ca_status
verify_one(struct ca_bytes text, const struct ca_note_key *key,
    struct ca_bytes signature, struct ca_error *err)
{
	static const struct ca_sig_alg alg = {.kind = CA_SIG_ED25519};
	struct der_out out = {0};
	struct ca_buf der = {0};
	struct ca_bytes in;
	struct ca_spki spki;
	enum ca_status st;

	ca_spki_put(&out, CA_KEY_ED25519,
	    (struct ca_bytes){key->key, sizeof(key->key)});
	if ((st = der_finish(&out, &der)) != CA_OK) {
		(void)ca_fail(err, st, "note: memory is short");
		goto out;
	}
	in = ca_view(&der);
	if ((st = ca_spki_get(&in, &spki, err)) == CA_OK &&
	    (st = ca_crypto_check_public(&spki, err)) == CA_OK)
		st = ca_crypto_verify(&spki, &alg, text, signature, err);
out:
	ca_buf_free(&der);
	return st;
}

/* CA_NOT_FOUND: another's. */
static enum ca_status
verify_line(const struct ca_signed_note *note, const struct line *line,
    const struct ca_note_key *key, struct ca_error *err)
{
	struct ca_buf octets = {0};
	struct ca_error inner = {0};
	struct ca_bytes signature;
	enum ca_status st;

	if (!ca_bytes_equal(line->name, ca_text(key->name)))
		return CA_NOT_FOUND;
	if ((st = ca_base64_parse(&octets, line->text)) != CA_OK) {
		(void)ca_fail(err, st, "note: its signature cannot be read");
		goto out;
	}
	signature = ca_view(&octets);
	if (signature.len < sizeof(key->id) ||
	    memcmp(signature.data, key->id, sizeof(key->id)) != 0) {
		st = CA_NOT_FOUND;
		goto out;
	}
	signature.data += sizeof(key->id);
	signature.len -= sizeof(key->id);
	st = signature.len == SIGNATURE_LEN ?
	    verify_one(note->text, key, signature, &inner) :
	    CA_UNTRUSTED;
	/* No memory is no verdict. */
	if (st == CA_MEMORY || st == CA_INTERNAL)
		(void)ca_fail(err, st, "%s", inner.msg);
	else if (st != CA_OK)
		st = ca_fail(err, CA_UNTRUSTED,
		    "the signature of %s does not hold: the text was changed, "
		    "or another key signed it",
		    key->name);
out:
	ca_buf_free(&octets);
	return st;
}

enum ca_status
ca_note_verify(const struct ca_signed_note *note, const struct ca_note_key *key,
    struct ca_error *err)
{
	struct ca_bytes lines = note->signatures;
	bool found = false;
	struct line line;

	while (lines.len > 0 && take_signature(&lines, &line)) {
		enum ca_status st = verify_line(note, &line, key, err);

		if (st == CA_NOT_FOUND)
			continue;
		if (st != CA_OK)
			return st;
		found = true;
	}
	if (!found)
		return ca_fail(err, CA_UNTRUSTED,
		    "not signed by the key of %s that was given", key->name);
	return CA_OK;
}

/* ---- making ---- */

enum ca_status
ca_note_sign(struct ca_bytes text, const struct ca_note_key *key,
    struct ca_key *secret, struct ca_rng *rng, struct ca_buf *ret,
    struct ca_error *err)
{
	struct ca_buf octets = {0}, note = {0};
	struct ca_signed_note read;
	enum ca_status st;

	if (!ca_bytes_equal(ca_key_spki(secret)->key,
		(struct ca_bytes){key->key, sizeof(key->key)}))
		return ca_fail(err, CA_INTERNAL,
		    "note: the key is not the one of %s", key->name);
	if ((st = ca_buf_append(&octets,
		 (struct ca_bytes){key->id, sizeof(key->id)})) != CA_OK ||
	    (st = ca_sign_note(text, secret, rng, &octets, err)) != CA_OK ||
	    (st = ca_buf_append(&note, text)) != CA_OK ||
	    (st = ca_buf_printf(&note, "\n" DASH "%s ", key->name)) != CA_OK ||
	    (st = ca_base64_append(&note, ca_view(&octets))) != CA_OK ||
	    (st = ca_buf_append_text(&note, "\n")) != CA_OK)
		goto out;
	/* What comes out is read as everybody will read it. */
	if ((st = ca_note_parse(ca_view(&note), &read, err)) != CA_OK ||
	    (st = ca_note_verify(&read, key, err)) != CA_OK)
		goto out;
	st = ca_buf_append(ret, ca_view(&note));
out:
	if (st != CA_OK)
		(void)ca_fail(err, st, "note: memory is short");
	ca_buf_free(&octets);
	ca_buf_free(&note);
	return st;
}
