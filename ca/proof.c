/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/proof.h"

#include <inttypes.h>
#include <string.h>

#include "ca/base64.h"

#define INCLUSION "c2sp.org/tlog-proof@v1"
#define CONSISTENCY "signet/log-consistency@v1"
#define LEAF_MAX UINT16_MAX

/* ---- lines ---- */

static bool
take_prefix(struct ca_bytes *line, const char *word)
{
	size_t len = strlen(word);

	if (line->len < len || memcmp(line->data, word, len) != 0)
		return false;
	line->data += len;
	line->len -= len;
	return true;
}

static enum ca_status
fail_file(struct ca_error *err, const char *why)
{
	return ca_fail(err, CA_MALFORMED, "proof: %s", why);
}

/* The hashes, and the empty line behind them. */
static enum ca_status
take_path(
    struct ca_bytes *in, struct ca_merkle_proof *ret, struct ca_error *err)
{
	struct ca_bytes line;

	ret->count = 0;
	while (ca_checkpoint_line(in, &line)) {
		if (line.len == 0)
			return CA_OK;
		if (ret->count == CA_MERKLE_PROOF_MAX)
			return fail_file(
			    err, "more hashes than a tree is high");
		if (!ca_checkpoint_hash(line, &ret->hashes[ret->count++]))
			return fail_file(
			    err, "a line is not 32 octets in base64");
	}
	return fail_file(err, "breaks off before the checkpoint");
}

static enum ca_status
append_path(struct ca_buf *buf, const struct ca_merkle_proof *path)
{
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < path->count && st == CA_OK; i++) {
		const struct ca_bytes hash = {
		    path->hashes[i].octets, sizeof(path->hashes[i].octets)};

		if ((st = ca_base64_append(buf, hash)) == CA_OK)
			st = ca_buf_append_text(buf, "\n");
	}
	return st == CA_OK ? ca_buf_append_text(buf, "\n") : st;
}

enum ca_proof_kind
ca_proof_kind(struct ca_bytes file)
{
	struct ca_bytes line;

	if (!ca_checkpoint_line(&file, &line))
		return CA_PROOF_NONE;
	if (ca_bytes_equal(line, ca_text(INCLUSION)))
		return CA_PROOF_INCLUSION;
	if (ca_bytes_equal(line, ca_text(CONSISTENCY)))
		return CA_PROOF_CONSISTENCY;
	return CA_PROOF_NONE;
}

static enum ca_status
begin(struct ca_bytes *in, enum ca_proof_kind kind, struct ca_error *err)
{
	struct ca_bytes line;

	if (in->len > CA_PROOF_FILE_MAX)
		return fail_file(err, "larger than 4 MiB");
	if (ca_proof_kind(*in) != kind || !ca_checkpoint_line(in, &line))
		return fail_file(err,
		    kind == CA_PROOF_INCLUSION ?
			"its first line is not " INCLUSION :
			"its first line is not " CONSISTENCY);
	return CA_OK;
}

/* ---- inclusion ---- */

/* Others' extra data is not ours to understand. */
static void
split_extra(struct ca_inclusion *ret)
{
	const struct ca_bytes extra = ca_view(&ret->extra);
	size_t len;

	if (extra.len < 2)
		return;
	len = (size_t)extra.data[0] << 8 | extra.data[1];
	if (len > extra.len - 2)
		return;
	ret->leaf = (struct ca_bytes){extra.data + 2, len};
	ret->object = (struct ca_bytes){
	    extra.data + 2 + len, extra.len - 2 - len};
}

static enum ca_status
parse_inclusion(
    struct ca_bytes in, struct ca_inclusion *ret, struct ca_error *err)
{
	struct ca_bytes line;
	enum ca_status st;

	if ((st = begin(&in, CA_PROOF_INCLUSION, err)) != CA_OK)
		return st;
	if (!ca_checkpoint_line(&in, &line))
		return fail_file(err, "breaks off");
	if (take_prefix(&line, "extra ")) {
		if (ca_base64_parse(&ret->extra, line) != CA_OK ||
		    !ca_checkpoint_line(&in, &line))
			return fail_file(err, "its extra data is not base64");
		split_extra(ret);
	}
	if (!take_prefix(&line, "index ") ||
	    !ca_checkpoint_number(line, &ret->index))
		return fail_file(err, "a line 'index N' is missing");
	if ((st = take_path(&in, &ret->path, err)) != CA_OK)
		return st;
	return ca_checkpoint_parse(in, &ret->checkpoint, err);
}

enum ca_status
ca_inclusion_parse(
    struct ca_bytes file, struct ca_inclusion *ret, struct ca_error *err)
{
	struct ca_inclusion made = {0};
	enum ca_status st = parse_inclusion(file, &made, err);

	if (st == CA_OK)
		*ret = made;
	else
		ca_inclusion_free(&made);
	return st;
}

void
ca_inclusion_free(struct ca_inclusion *inclusion)
{
	ca_buf_free(&inclusion->extra);
	*inclusion = (struct ca_inclusion){0};
}

enum ca_status
ca_inclusion_append(struct ca_buf *buf, struct ca_bytes leaf,
    struct ca_bytes object, uint64_t index, const struct ca_merkle_proof *path,
    struct ca_bytes note, struct ca_error *err)
{
	const uint8_t len[2] = {(uint8_t)(leaf.len >> 8), (uint8_t)leaf.len};
	struct ca_buf extra = {0};
	enum ca_status st;

	if (leaf.len > LEAF_MAX)
		return ca_fail(err, CA_USAGE, "proof: the leaf is too long");
	if ((st = ca_buf_append(&extra, (struct ca_bytes){len, 2})) != CA_OK ||
	    (st = ca_buf_append(&extra, leaf)) != CA_OK ||
	    (st = ca_buf_append(&extra, object)) != CA_OK ||
	    (st = ca_buf_append_text(buf, INCLUSION "\nextra ")) != CA_OK ||
	    (st = ca_base64_append(buf, ca_view(&extra))) != CA_OK ||
	    (st = ca_buf_printf(buf, "\nindex %" PRIu64 "\n", index)) !=
		CA_OK ||
	    (st = append_path(buf, path)) != CA_OK ||
	    (st = ca_buf_append(buf, note)) != CA_OK)
		(void)ca_fail(err, st, "proof: memory is short");
	ca_buf_free(&extra);
	return st;
}

enum ca_status
ca_inclusion_verify(const struct ca_inclusion *inclusion,
    const struct ca_note_key *key, struct ca_error *err)
{
	struct ca_merkle_hash leaf;
	enum ca_status st;

	if ((st = ca_checkpoint_verify(&inclusion->checkpoint, key, err)) !=
		CA_OK ||
	    (st = ca_merkle_leaf(inclusion->leaf, &leaf, err)) != CA_OK)
		return st;
	return ca_merkle_verify(&inclusion->checkpoint.head, inclusion->index,
	    &leaf, &inclusion->path, err);
}

/* ---- consistency ---- */

/* A checkpoint's text has no empty line: the second one ends the note. */
static bool
take_note(struct ca_bytes *in, struct ca_bytes *ret)
{
	struct ca_bytes line;
	int empty = 0;

	*ret = *in;
	while (ca_checkpoint_line(in, &line)) {
		if (line.len == 0 && ++empty == 2) {
			ret->len = (size_t)(line.data - ret->data);
			return true;
		}
	}
	return false;
}

enum ca_status
ca_consistency_parse(
    struct ca_bytes file, struct ca_consistency *ret, struct ca_error *err)
{
	struct ca_consistency made = {0};
	struct ca_bytes note;
	enum ca_status st;

	if ((st = begin(&file, CA_PROOF_CONSISTENCY, err)) != CA_OK ||
	    (st = take_path(&file, &made.path, err)) != CA_OK)
		return st;
	if (!take_note(&file, &note))
		return fail_file(err, "the later checkpoint is missing");
	if ((st = ca_checkpoint_parse(note, &made.earlier, err)) != CA_OK ||
	    (st = ca_checkpoint_parse(file, &made.later, err)) != CA_OK)
		return st;
	*ret = made;
	return CA_OK;
}

enum ca_status
ca_consistency_append(struct ca_buf *buf, const struct ca_merkle_proof *path,
    struct ca_bytes earlier, struct ca_bytes later, struct ca_error *err)
{
	enum ca_status st;

	if ((st = ca_buf_append_text(buf, CONSISTENCY "\n")) != CA_OK ||
	    (st = append_path(buf, path)) != CA_OK ||
	    (st = ca_buf_append(buf, earlier)) != CA_OK ||
	    (st = ca_buf_append_text(buf, "\n")) != CA_OK ||
	    (st = ca_buf_append(buf, later)) != CA_OK)
		(void)ca_fail(err, st, "proof: memory is short");
	return st;
}

enum ca_status
ca_consistency_verify(const struct ca_consistency *consistency,
    const struct ca_note_key *key, struct ca_error *err)
{
	enum ca_status st;

	if ((st = ca_checkpoint_verify(&consistency->earlier, key, err)) !=
		CA_OK ||
	    (st = ca_checkpoint_verify(&consistency->later, key, err)) != CA_OK)
		return st;
	return ca_merkle_verify_consistency(&consistency->earlier.head,
	    &consistency->later.head, &consistency->path, err);
}
