/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/sign.h"

#include "ca/crypto.h"
#include "ca/der.h"

/* The longest algorithm and signature, and the headers of all. */
#define AROUND ((size_t)2048)

/*
 * SEQUENCE { tbs ANY, signatureAlgorithm AlgorithmIdentifier,
 *	signature BIT STRING } (RFC 5280 4.1)
 */
static enum ca_status
put_signed(struct ca_bytes tbs, const struct ca_sig_alg *alg,
    struct ca_bytes signature, struct ca_buf *ret, struct ca_error *err)
{
	struct der_out out = {0};
	enum ca_status st;

	/* Once, so that a large one is not copied as the buffer grows. */
	st = ca_buf_reserve(&out.buf, tbs.len + AROUND);
	if (st != CA_OK)
		der_put_failed(&out, st);
	der_open(&out, DER_SEQUENCE);
	der_put_raw(&out, tbs);
	ca_sig_alg_put(&out, alg);
	der_put_bit_octets(&out, signature);
	der_close(&out);
	if ((st = der_finish(&out, ret)) != CA_OK)
		return ca_fail(
		    err, st, "signing: %zu octets cannot be wrapped", tbs.len);
	return CA_OK;
}

/*
 * A fault while signing (Boneh, DeMillo, Lipton: one wrong RSA-CRT signature
 * gives the key away) shows here and goes no further.
 */
static enum ca_status
check_own(struct ca_key *key, const struct ca_sig_alg *alg,
    const struct ca_digest *digest, struct ca_bytes signature,
    struct ca_error *err)
{
	struct ca_error why = {0};

	if (ca_crypto_verify_own(ca_key_crypto(key), ca_key_spki(key), alg,
		digest, signature, &why) == CA_OK)
		return CA_OK;
	return ca_fail(err, CA_INTERNAL,
	    "signing: the signature just made does not verify, nothing is "
	    "released: a fault of the machine, or a damaged key: %.200s",
	    why.msg);
}

/* What is checked is what goes out: both halves are read from it again. What
 * is signed may be anything, so that its length is told. */
static enum ca_status
check_signed(struct ca_key *key, const struct ca_sig_alg *alg, size_t tbs_len,
    struct ca_bytes whole, struct ca_error *err)
{
	static const char unread[] =
	    "signing: what was put together cannot be read again";
	struct ca_bytes content, tbs, algorithm, octets;
	struct ca_digest digest;
	enum ca_status st;

	if (!der_get(&whole, DER_SEQUENCE, &content) || !der_at_end(whole) ||
	    content.len < tbs_len)
		return ca_fail(err, CA_INTERNAL, "%s", unread);
	tbs = (struct ca_bytes){content.data, tbs_len};
	content.data += tbs_len;
	content.len -= tbs_len;
	if (!der_get(&content, DER_SEQUENCE, &algorithm) ||
	    !der_get_bit_octets(&content, &octets) || !der_at_end(content))
		return ca_fail(err, CA_INTERNAL, "%s", unread);
	if ((st = ca_crypto_digest(alg, tbs, &digest, err)) != CA_OK)
		return st;
	return check_own(key, alg, &digest, octets, err);
}

enum ca_status
ca_sign(struct ca_bytes tbs, struct ca_key *key, const struct ca_sig_alg *alg,
    struct ca_rng *rng, struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf signature = {0}, whole = {0};
	enum ca_status st;

	if ((st = ca_crypto_sign(ca_key_crypto(key), alg, tbs, rng, &signature,
		 err)) != CA_OK ||
	    (st = put_signed(tbs, alg, ca_view(&signature), &whole, err)) !=
		CA_OK ||
	    (st = check_signed(key, alg, tbs.len, ca_view(&whole), err)) !=
		CA_OK)
		goto out;
	ca_buf_free(ret);
	*ret = whole;
	whole = (struct ca_buf){0};
out:
	ca_buf_free(&signature);
	ca_buf_free(&whole);
	return st;
}

/* ---- a note ---- */

enum ca_status
ca_sign_note(struct ca_bytes text, struct ca_key *key, struct ca_rng *rng,
    struct ca_buf *ret, struct ca_error *err)
{
	static const struct ca_sig_alg alg = {.kind = CA_SIG_ED25519};
	struct ca_buf signature = {0};
	struct ca_digest digest;
	enum ca_status st;

	if (ca_key_spki(key)->type != CA_KEY_ED25519)
		return ca_fail(err, CA_REFUSED,
		    "signing: a note is signed with an Ed25519 key (C2SP "
		    "signed-note)");
	if (text.len == 0 || text.data[0] == DER_SEQUENCE)
		return ca_fail(err, CA_REFUSED,
		    "signing: a note does not begin as DER does");
	st = ca_crypto_sign(
	    ca_key_crypto(key), &alg, text, rng, &signature, err);
	if (st == CA_OK)
		st = ca_crypto_digest(&alg, text, &digest, err);
	if (st == CA_OK)
		st = check_own(key, &alg, &digest, ca_view(&signature), err);
	if (st == CA_OK &&
	    (st = ca_buf_append(ret, ca_view(&signature))) != CA_OK)
		(void)ca_fail(err, st, "signing: memory is short");
	ca_buf_free(&signature);
	return st;
}

/* ---- in place ---- */

static enum ca_status
wrap(struct ca_buf *list, const struct ca_sig_alg *alg,
    struct ca_bytes signature, struct ca_error *err)
{
	struct der_out out = {.buf = *list};
	size_t len = list->len;
	enum ca_status st;

	*list = (struct ca_buf){0};
	if ((st = ca_buf_reserve_public(&out.buf, AROUND)) != CA_OK)
		der_put_failed(&out, st);
	ca_sig_alg_put(&out, alg);
	der_put_bit_octets(&out, signature);
	der_wrap(&out, DER_SEQUENCE);
	if ((st = der_finish(&out, list)) != CA_OK)
		return ca_fail(
		    err, st, "signing: %zu octets cannot be wrapped", len);
	ca_buf_trim(list);
	return CA_OK;
}

enum ca_status
ca_sign_list(struct ca_buf *list, struct ca_key *key,
    const struct ca_sig_alg *alg, struct ca_rng *rng, struct ca_error *err)
{
	struct ca_buf signature = {0};
	struct ca_digest digest;
	enum ca_status st;

	if ((st = ca_crypto_digest(alg, ca_view(list), &digest, err)) !=
		CA_OK ||
	    (st = ca_crypto_sign_digest(ca_key_crypto(key), alg, &digest, rng,
		 &signature, err)) != CA_OK ||
	    (st = check_own(key, alg, &digest, ca_view(&signature), err)) !=
		CA_OK)
		goto out;
	st = wrap(list, alg, ca_view(&signature), err);
out:
	ca_buf_free(&signature);
	return st;
}
