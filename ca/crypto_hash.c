/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hash of what comes in pieces. */
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/hash.h>

#include "ca/crypto.h"
#include "ca/crypto_wolf.h"

#include <stdlib.h>

/* wolfCrypt counts in 32 bits. */
#define CHUNK ((size_t)1 << 30)

struct ca_hashing {
	enum ca_hash hash;
	wc_HashAlg state;
	int code; /* the first failure */
};

static enum wc_HashType
type_of(const struct ca_hashing *hashing)
{
	return (enum wc_HashType)ca_wolf_hash(hashing->hash);
}

enum ca_status
ca_hashing_begin(
    enum ca_hash hash, struct ca_hashing **ret, struct ca_error *err)
{
	struct ca_hashing *hashing;
	int code;

	if (hash == CA_HASH_NONE)
		return ca_fail(err, CA_INTERNAL, "hash: none was chosen");
	if ((hashing = calloc(1, sizeof(*hashing))) == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	hashing->hash = hash;
	if ((code = wc_HashInit(&hashing->state, type_of(hashing))) != 0) {
		free(hashing);
		return ca_wolf_fail(err, code, ca_hash_name(hash));
	}
	*ret = hashing;
	return CA_OK;
}

void
ca_hashing_add(struct ca_hashing *hashing, struct ca_bytes data)
{
	while (data.len > 0 && hashing->code == 0) {
		size_t part = data.len < CHUNK ? data.len : CHUNK;

		hashing->code = wc_HashUpdate(
		    &hashing->state, type_of(hashing), data.data, (word32)part);
		data.data += part;
		data.len -= part;
	}
}

enum ca_status
ca_hashing_end(
    struct ca_hashing **hashing, uint8_t ret[CA_HASH_MAX], struct ca_error *err)
{
	struct ca_hashing *h = *hashing;
	const char *name = ca_hash_name(h->hash);
	int code = h->code;

	*hashing = NULL;
	if (code == 0)
		code = wc_HashFinal(&h->state, type_of(h), ret);
	ca_hashing_free(h);
	return code == 0 ? CA_OK : ca_wolf_fail(err, code, name);
}

void
ca_hashing_free(struct ca_hashing *hashing)
{
	if (hashing == NULL)
		return;
	(void)wc_HashFree(&hashing->state, type_of(hashing));
	ca_wipe(hashing, sizeof(*hashing));
	free(hashing);
}
