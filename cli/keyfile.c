/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/keyfile.h"

#include <string.h>

#include "cli/file.h"
#include "cli/secret.h"

#define KEY_FILE_MAX ((size_t)64 * 1024)

static enum ca_status
sha256(struct ca_bytes data, uint8_t ret[32], struct ca_error *err)
{
	uint8_t hash[CA_HASH_MAX];
	enum ca_status st = ca_hash_bytes(CA_HASH_SHA256, data, hash, err);

	if (st == CA_OK)
		memcpy(ret, hash, 32);
	return st;
}

/* What a person is asked the passphrase of: the file, not the way to it. */
static const char *
file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

enum ca_status
keyfile_write(const char *path, const char *what, const struct ca_key *key,
    const struct pass *pass, const struct ca_kdf *kdf, struct ca_rng *rng,
    uint8_t ret_hash[32], struct ca_error *err)
{
	struct ca_buf secret = {0}, pem = {0};
	struct ca_bytes phrase = {0};
	bool none = false;
	enum ca_status st;

	if ((st = file_check_writable(path, FILE_NEVER, err)) != CA_OK ||
	    (st = pass_for_new(pass, what != NULL ? what : file_name(path),
		 &secret, &none, err)) != CA_OK)
		goto out;
	if (!none)
		phrase = ca_view(&secret);
	if ((st = ca_key_to_pem(key, phrase,
		 kdf != NULL ? kdf : &ca_kdf_default, rng, &pem, err)) !=
		CA_OK ||
	    (st = file_write(
		 path, ca_view(&pem), FILE_PRIVATE, FILE_NEVER, err)) != CA_OK)
		goto out;
	if (ret_hash != NULL)
		st = sha256(ca_view(&pem), ret_hash, err);
out:
	ca_buf_free(&secret);
	ca_buf_free(&pem);
	return st;
}

/*
 * The reader cannot tell a wrong passphrase from a damaged file; the hash of
 * what was once written can.
 */
static enum ca_status
explain(const char *path, struct ca_bytes file, const uint8_t *known_hash,
    const struct ca_error *inner, struct ca_error *err)
{
	uint8_t hash[32];

	if (known_hash == NULL || sha256(file, hash, NULL) != CA_OK)
		return ca_fail(err, inner->status, "%s: %s", path, inner->msg);
	if (memcmp(hash, known_hash, sizeof(hash)) != 0)
		return ca_fail(err, CA_IO,
		    "%s: this file is not the one that was written "
		    "(%s); put it back from a backup",
		    path, inner->msg);
	if (inner->status == CA_UNTRUSTED)
		return ca_fail(err, CA_UNTRUSTED,
		    "%s: wrong passphrase (the file is intact)", path);
	return ca_fail(err, inner->status, "%s: %s", path, inner->msg);
}

enum ca_status
keyfile_read(const char *path, const struct pass *pass,
    const uint8_t *known_hash, struct ca_rng *rng, struct ca_key **ret,
    struct ca_error *err)
{
	struct ca_buf file = {0}, secret = {0};
	struct ca_error inner = {0};
	enum ca_status st;

	if ((st = file_read_secret(path, KEY_FILE_MAX, &file, err)) != CA_OK)
		goto out;
	if (ca_key_pem_is_encrypted(ca_view(&file)) &&
	    (st = pass_for_opening(pass, file_name(path), &secret, err)) !=
		CA_OK)
		goto out;
	st = ca_key_from_pem(
	    ca_view(&file), ca_view(&secret), rng, ret, &inner);
	if (st == CA_OK)
		secret_lock_key(*ret);
	if (st != CA_OK) {
		inner.status = st;
		st = explain(path, ca_view(&file), known_hash, &inner, err);
	}
out:
	ca_buf_free(&file);
	ca_buf_free(&secret);
	return st;
}
