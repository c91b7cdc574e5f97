/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An archive that is taken is, written again, the same octets: there is one for
 * one content. Likewise the manifest of a backup.
 */
#include <string.h>

#include "cli/backup_manifest.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum ca_status
read_view(void *ctx, uint8_t *data, size_t room, size_t *ret_len,
    struct ca_error *err)
{
	struct ca_bytes *view = ctx;

	(void)err;
	*ret_len = room < view->len ? room : view->len;
	if (*ret_len > 0)
		memcpy(data, view->data, *ret_len);
	view->data += *ret_len;
	view->len -= *ret_len;
	return CA_OK;
}

static enum ca_status
write_buf(void *ctx, struct ca_bytes data, struct ca_error *err)
{
	(void)err;
	return ca_buf_append(ctx, data);
}

static enum ca_status
copy_member(struct archive_in *in, struct archive_out *out,
    const struct archive_member *member, struct ca_error *err)
{
	uint8_t data[700];
	size_t len = 0;
	enum ca_status st;

	REQUIRE(archive_check_name(member->name, NULL) == CA_OK);
	REQUIRE(member->size >= 0);
	out->time = in->time;
	REQUIRE(archive_begin(out, member->name, member->size, NULL) == CA_OK);
	while (
	    (st = archive_take(in, data, sizeof(data), &len, err)) == CA_OK &&
	    len > 0)
		REQUIRE(archive_put(out, (struct ca_bytes){data, len}, NULL) ==
		    CA_OK);
	return st;
}

static void
try_archive(struct ca_bytes whole)
{
	struct ca_bytes view = whole;
	struct ca_buf again = {0};
	struct archive_in in = {.read = read_view, .ctx = &view};
	struct archive_out out = {.write = write_buf, .ctx = &again};
	struct archive_member member;
	struct ca_error err = {0};
	bool end = false;
	enum ca_status st;

	while ((st = archive_next(&in, &member, &end, &err)) == CA_OK && !end)
		if ((st = copy_member(&in, &out, &member, &err)) != CA_OK)
			break;
	if (st != CA_OK) {
		require_reason(st, &err);
	} else {
		REQUIRE(archive_end(&out, NULL) == CA_OK);
		REQUIRE(ca_bytes_equal(ca_view(&again), whole));
	}
	ca_buf_free(&again);
}

static void
try_manifest(struct ca_bytes text)
{
	struct backup_manifest manifest;
	struct ca_buf again = {0};
	struct ca_error err = {0};
	enum ca_status st = backup_manifest_parse(text, &manifest, &err);

	if (st != CA_OK) {
		require_reason(st, &err);
		return;
	}
	REQUIRE(backup_manifest_append(&manifest, &again, NULL) == CA_OK);
	REQUIRE(ca_bytes_equal(ca_view(&again), text));
	ca_buf_free(&again);
	backup_manifest_done(&manifest);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_archive((struct ca_bytes){data, size});
	try_manifest((struct ca_bytes){data, size});
	return 0;
}
