/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/checkpoint.h"

#include <inttypes.h>
#include <string.h>

#include "ca/base64.h"

bool
ca_checkpoint_line(struct ca_bytes *in, struct ca_bytes *ret)
{
	const uint8_t *end = in->len == 0 ? NULL :
					    memchr(in->data, '\n', in->len);

	if (end == NULL)
		return false;
	*ret = (struct ca_bytes){in->data, (size_t)(end - in->data)};
	in->data += ret->len + 1;
	in->len -= ret->len + 1;
	return true;
}

bool
ca_checkpoint_number(struct ca_bytes text, uint64_t *ret)
{
	uint64_t value = 0;

	if (text.len == 0 || (text.len > 1 && text.data[0] == '0'))
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint64_t digit = (uint64_t)text.data[i] - '0';

		if (text.data[i] < '0' || text.data[i] > '9' ||
		    value > (CA_MERKLE_SIZE_MAX - digit) / 10)
			return false;
		value = 10 * value + digit;
	}
	*ret = value;
	return true;
}

bool
ca_checkpoint_hash(struct ca_bytes text, struct ca_merkle_hash *ret)
{
	struct ca_buf octets = {0};
	bool good = ca_base64_parse(&octets, text) == CA_OK &&
	    octets.len == sizeof(ret->octets);

	if (good)
		memcpy(ret->octets, octets.data, sizeof(ret->octets));
	ca_buf_free(&octets);
	return good;
}

static enum ca_status
fail_text(struct ca_error *err, const char *why)
{
	return ca_fail(
	    err, CA_MALFORMED, "checkpoint: %s (C2SP tlog-checkpoint)", why);
}

enum ca_status
ca_checkpoint_parse(
    struct ca_bytes file, struct ca_checkpoint *ret, struct ca_error *err)
{
	struct ca_checkpoint point = {0};
	struct ca_bytes text, line;
	enum ca_status st;

	if ((st = ca_note_parse(file, &point.note, err)) != CA_OK)
		return st;
	text = point.note.text;
	if (!ca_checkpoint_line(&text, &point.origin) || point.origin.len == 0)
		return fail_text(err, "line 1 must say which log it is");
	if (!ca_checkpoint_line(&text, &line) ||
	    !ca_checkpoint_number(line, &point.head.size))
		return fail_text(err, "line 2 must be its size in decimal");
	if (!ca_checkpoint_line(&text, &line) ||
	    !ca_checkpoint_hash(line, &point.head.root))
		return fail_text(
		    err, "line 3 must be its root, 32 octets in base64");
	while (ca_checkpoint_line(&text, &line))
		if (line.len == 0)
			return fail_text(err, "an empty line in its text");
	*ret = point;
	return CA_OK;
}

enum ca_status
ca_checkpoint_verify(const struct ca_checkpoint *checkpoint,
    const struct ca_note_key *key, struct ca_error *err)
{
	if (!ca_bytes_equal(checkpoint->origin, ca_text(key->name)))
		return ca_fail(err, CA_UNTRUSTED,
		    "checkpoint: of the log %.*s, and the key is that of %s",
		    checkpoint->origin.len > CA_NOTE_NAME ?
			CA_NOTE_NAME :
			(int)checkpoint->origin.len,
		    (const char *)checkpoint->origin.data, key->name);
	return ca_note_verify(&checkpoint->note, key, err);
}

enum ca_status
ca_checkpoint_sign(const struct ca_merkle_head *head,
    const struct ca_note_key *key, struct ca_key *secret, struct ca_rng *rng,
    struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf text = {0};
	enum ca_status st;

	if ((st = ca_buf_printf(
		 &text, "%s\n%" PRIu64 "\n", key->name, head->size)) == CA_OK &&
	    (st = ca_base64_append(&text,
		 (struct ca_bytes){
		     head->root.octets, sizeof(head->root.octets)})) == CA_OK)
		st = ca_buf_append_text(&text, "\n");
	if (st != CA_OK)
		(void)ca_fail(err, st, "checkpoint: memory is short");
	else
		st = ca_note_sign(ca_view(&text), key, secret, rng, ret, err);
	ca_buf_free(&text);
	return st;
}
