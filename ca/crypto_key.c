/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/crypto.h"
#include "ca/crypto_wolf.h"

#include <stdlib.h>

/* More than the library has been seen to use. */
#define STACK_DEPTH ((size_t)64 * 1024)

/*
 * The library wipes its numbers on the heap, but 5.5.4 leaves a copy of a
 * P-384 key on the stack. Whoever called it calls this, from the same depth.
 */
__attribute__((noinline)) static void
wipe_stack(void)
{
	uint8_t below[STACK_DEPTH];

	ca_wipe(below, sizeof(below));
}

static const struct ca_crypto_ops *
ops_of(enum ca_key_type type)
{
	switch (type) {
	case CA_KEY_RSA:
		return &ca_crypto_rsa;
	case CA_KEY_P256:
	case CA_KEY_P384:
	case CA_KEY_P521:
		return &ca_crypto_ec;
	case CA_KEY_ED25519:
	case CA_KEY_ED448:
		return &ca_crypto_eddsa;
	default:
		return NULL;
	}
}

static enum ca_status
no_such_type(struct ca_error *err)
{
	return ca_fail(err, CA_INTERNAL, "key: no type was chosen");
}

/* ---- public keys ------------------------------------------------------ */

enum ca_status
ca_crypto_check_public(const struct ca_spki *spki, struct ca_error *err)
{
	const struct ca_crypto_ops *ops = ops_of(spki->type);

	return ops != NULL ? ops->check(spki, err) : no_such_type(err);
}

enum ca_status
ca_crypto_check_proved(const struct ca_spki *spki, struct ca_error *err)
{
	const struct ca_crypto_ops *ops = ops_of(spki->type);

	if (ops == NULL)
		return no_such_type(err);
	return ops->check_proved != NULL ? ops->check_proved(spki, err) : CA_OK;
}

enum ca_status
ca_crypto_digest(const struct ca_sig_alg *alg, struct ca_bytes data,
    struct ca_digest *ret, struct ca_error *err)
{
	*ret = (struct ca_digest){
	    .data = data, .hash_len = ca_hash_len(alg->hash)};
	if (ret->hash_len == 0)
		return CA_OK;
	return ca_hash_bytes(alg->hash, data, ret->hash, err);
}

/* What the algorithm itself takes. */
static struct ca_bytes
input_of(const struct ca_digest *digest)
{
	if (digest->hash_len == 0)
		return digest->data;
	return (struct ca_bytes){digest->hash, digest->hash_len};
}

static enum ca_status
check_fits(const struct ca_sig_alg *alg, const struct ca_spki *spki,
    struct ca_error *err)
{
	if (ca_sig_alg_fits(alg, spki))
		return CA_OK;
	return ca_fail(err, CA_REFUSED,
	    "signature: its algorithm does not belong to a key of type %s "
	    "(RFC 5280 4.1.1.2)",
	    ca_key_type_name(spki->type));
}

static enum ca_status
verify_digest(const struct ca_spki *spki, const struct ca_sig_alg *alg,
    const struct ca_digest *digest, struct ca_bytes signature, bool tables,
    struct ca_error *err)
{
	const struct ca_crypto_ops *ops = ops_of(spki->type);

	if (tables && ops->verify_with_tables != NULL)
		return ops->verify_with_tables(
		    spki, alg, input_of(digest), signature, err);
	return ops->verify(spki, alg, input_of(digest), signature, err);
}

static enum ca_status
verify(const struct ca_spki *spki, const struct ca_sig_alg *alg,
    struct ca_bytes data, struct ca_bytes signature, bool tables,
    struct ca_error *err)
{
	struct ca_digest digest;
	enum ca_status st;

	if (ops_of(spki->type) == NULL)
		return no_such_type(err);
	if ((st = check_fits(alg, spki, err)) != CA_OK ||
	    (st = ca_crypto_digest(alg, data, &digest, err)) != CA_OK)
		return st;
	return verify_digest(spki, alg, &digest, signature, tables, err);
}

enum ca_status
ca_crypto_verify(const struct ca_spki *spki, const struct ca_sig_alg *alg,
    struct ca_bytes data, struct ca_bytes signature, struct ca_error *err)
{
	return verify(spki, alg, data, signature, false, err);
}

enum ca_status
ca_crypto_verify_many(const struct ca_spki *spki, const struct ca_sig_alg *alg,
    struct ca_bytes data, struct ca_bytes signature, struct ca_error *err)
{
	return verify(spki, alg, data, signature, true, err);
}

enum ca_status
ca_crypto_verify_own(const struct ca_crypto_key *key,
    const struct ca_spki *spki, const struct ca_sig_alg *alg,
    const struct ca_digest *digest, struct ca_bytes signature,
    struct ca_error *err)
{
	bool tables = key->tables && spki->type == key->type;
	enum ca_status st;

	if (ops_of(spki->type) == NULL)
		return no_such_type(err);
	if ((st = check_fits(alg, spki, err)) != CA_OK)
		return st;
	return verify_digest(spki, alg, digest, signature, tables, err);
}

/* ---- private keys ----------------------------------------------------- */

struct ca_bytes
ca_crypto_key_memory(const struct ca_crypto_key *key)
{
	return (struct ca_bytes){key->wolf, key->wolf_size};
}

void
ca_crypto_key_use_tables(struct ca_crypto_key *key)
{
	key->tables = true;
}

void
ca_crypto_key_free(struct ca_crypto_key *key)
{
	if (key == NULL)
		return;
	if (key->wolf != NULL) {
		key->ops->done(key);
		ca_wipe(key->wolf, key->wolf_size);
		free(key->wolf);
	}
	free(key);
}

static enum ca_status
new_key(enum ca_key_type type, struct ca_crypto_key **ret, struct ca_error *err)
{
	const struct ca_crypto_ops *ops = ops_of(type);
	struct ca_crypto_key *key;
	enum ca_status st;

	if (ops == NULL)
		return no_such_type(err);
	if ((key = calloc(1, sizeof(*key))) == NULL)
		return ca_fail(err, CA_MEMORY, "key: no memory");
	key->type = type;
	key->ops = ops;
	if ((st = ops->alloc(key, err)) != CA_OK) {
		ca_crypto_key_free(key);
		return st;
	}
	*ret = key;
	return CA_OK;
}

enum ca_status
ca_crypto_key_generate(enum ca_key_type type, unsigned bits, struct ca_rng *rng,
    struct ca_crypto_key **ret, struct ca_error *err)
{
	struct ca_crypto_key *key = NULL;
	enum ca_status st;

	if ((st = new_key(type, &key, err)) != CA_OK)
		return st;
	st = key->ops->generate(key, bits, rng, err);
	wipe_stack();
	if (st != CA_OK) {
		ca_crypto_key_free(key);
		return st;
	}
	*ret = key;
	return CA_OK;
}

enum ca_status
ca_crypto_key_import(enum ca_key_type type, struct ca_bytes inner,
    struct ca_crypto_key **ret, struct ca_error *err)
{
	struct ca_crypto_key *key = NULL;
	enum ca_status st;

	if ((st = new_key(type, &key, err)) != CA_OK)
		return st;
	st = key->ops->import(key, inner, err);
	wipe_stack();
	if (st != CA_OK) {
		ca_crypto_key_free(key);
		return st;
	}
	*ret = key;
	return CA_OK;
}

enum ca_status
ca_crypto_key_export(const struct ca_crypto_key *key, struct ca_buf *ret_inner,
    struct ca_error *err)
{
	struct ca_buf inner = {0};
	enum ca_status st;

	st = key->ops->inner(key, &inner, err);
	wipe_stack();
	if (st == CA_OK &&
	    (st = ca_buf_append(ret_inner, ca_view(&inner))) != CA_OK)
		(void)ca_fail(err, st, "key: no memory");
	ca_buf_free(&inner);
	return st;
}

enum ca_status
ca_crypto_key_spki(
    const struct ca_crypto_key *key, struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf octets = {0}, spki = {0};
	struct der_out out = {0};
	enum ca_status st;

	if ((st = key->ops->public_octets(key, &octets, err)) != CA_OK)
		goto out;
	ca_spki_put(&out, key->type, ca_view(&octets));
	if ((st = der_finish(&out, &spki)) != CA_OK ||
	    (st = ca_buf_append(ret, ca_view(&spki))) != CA_OK)
		(void)ca_fail(err, st, "public key: cannot be written");
out:
	ca_buf_free(&octets);
	ca_buf_free(&spki);
	return st;
}

enum ca_status
ca_crypto_sign_digest(struct ca_crypto_key *key, const struct ca_sig_alg *alg,
    const struct ca_digest *digest, struct ca_rng *rng, struct ca_buf *ret,
    struct ca_error *err)
{
	const struct ca_spki kind = {.type = key->type};
	enum ca_status st;

	if ((st = check_fits(alg, &kind, err)) != CA_OK)
		return st;
	st = key->ops->sign(key, alg, input_of(digest), rng, ret, err);
	wipe_stack();
	return st;
}

enum ca_status
ca_crypto_sign(struct ca_crypto_key *key, const struct ca_sig_alg *alg,
    struct ca_bytes data, struct ca_rng *rng, struct ca_buf *ret,
    struct ca_error *err)
{
	struct ca_digest digest;
	enum ca_status st;

	if ((st = ca_crypto_digest(alg, data, &digest, err)) != CA_OK)
		return st;
	return ca_crypto_sign_digest(key, alg, &digest, rng, ret, err);
}
