/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/pbes2.h"
#include "ca/der.h"
#include "ca/oid.h"

#include <string.h>

#define SALT_LEN 16
#define IV_LEN 16
#define AES_KEY_MAX 32

/* What an id-PBES2 AlgorithmIdentifier says. */
struct scheme {
	struct ca_kdf kdf;
	struct ca_bytes salt;
	size_t key_len; /* of the cipher */
	struct ca_bytes iv;
};

/* ---- writing ------------------------------------------------------------ */

static void
put_oid(struct der_out *out, enum ca_oid oid)
{
	der_put(out, DER_OID, ca_oid_der(oid));
}

/* scrypt-params ::= SEQUENCE { salt OCTET STRING, costParameter INTEGER,
 *   blockSize INTEGER, parallelizationParameter INTEGER,
 *   keyLength INTEGER OPTIONAL }  -- absent: the cipher says it */
static void
put_scrypt(struct der_out *out, const struct scheme *s)
{
	put_oid(out, CA_OID_SCRYPT);
	der_open(out, DER_SEQUENCE);
	der_put(out, DER_OCTET_STRING, s->salt);
	der_put_uint(out, s->kdf.n);
	der_put_uint(out, s->kdf.r);
	der_put_uint(out, s->kdf.p);
	der_close(out);
}

/* PBKDF2-params ::= SEQUENCE { salt CHOICE { specified OCTET STRING, ... },
 *   iterationCount INTEGER, keyLength INTEGER OPTIONAL,
 *   prf AlgorithmIdentifier DEFAULT algid-hmacWithSHA1 } */
static void
put_pbkdf2(struct der_out *out, const struct scheme *s)
{
	put_oid(out, CA_OID_PBKDF2);
	der_open(out, DER_SEQUENCE);
	der_put(out, DER_OCTET_STRING, s->salt);
	der_put_uint(out, s->kdf.iterations);
	der_open(out, DER_SEQUENCE);
	put_oid(out,
	    s->kdf.prf == CA_HASH_SHA512 ? CA_OID_HMAC_SHA512 :
					   CA_OID_HMAC_SHA256);
	der_put_null(out);
	der_close(out);
	der_close(out);
}

/* AlgorithmIdentifier { id-PBES2, PBES2-params ::= SEQUENCE {
 *   keyDerivationFunc AlgorithmIdentifier,
 *   encryptionScheme AlgorithmIdentifier } } */
static void
put_scheme(struct der_out *out, const struct scheme *s)
{
	der_open(out, DER_SEQUENCE);
	put_oid(out, CA_OID_PBES2);
	der_open(out, DER_SEQUENCE);
	der_open(out, DER_SEQUENCE);
	if (s->kdf.kind == CA_KDF_SCRYPT)
		put_scrypt(out, s);
	else
		put_pbkdf2(out, s);
	der_close(out);
	der_open(out, DER_SEQUENCE);
	put_oid(out, CA_OID_AES256_CBC);
	der_put(out, DER_OCTET_STRING, s->iv);
	der_close(out);
	der_close(out);
	der_close(out);
}

enum ca_status
ca_pbes2_seal(struct ca_bytes plain, struct ca_bytes pass,
    const struct ca_kdf *kdf, struct ca_rng *rng, struct ca_buf *ret_alg,
    struct ca_buf *ret_cipher, struct ca_error *err)
{
	uint8_t salt[SALT_LEN], iv[IV_LEN], key[AES_KEY_MAX] = {0};
	struct scheme s = {.kdf = *kdf,
	    .salt = {salt, sizeof(salt)},
	    .key_len = sizeof(key),
	    .iv = {iv, sizeof(iv)}};
	struct ca_buf alg = {0};
	struct der_out out = {0};
	enum ca_status st;

	if ((st = ca_rng_fill(rng, salt, sizeof(salt), err)) != CA_OK ||
	    (st = ca_rng_fill(rng, iv, sizeof(iv), err)) != CA_OK)
		goto out;
	put_scheme(&out, &s);
	if ((st = der_finish(&out, &alg)) != CA_OK ||
	    (st = ca_buf_append(ret_alg, ca_view(&alg))) != CA_OK) {
		(void)ca_fail(err, st, "encrypted key: no memory");
		goto out;
	}
	if ((st = ca_kdf_derive(&s.kdf, pass, s.salt, key, s.key_len, err)) !=
	    CA_OK)
		goto out;
	st = ca_aes_cbc_encrypt(
	    (struct ca_bytes){key, sizeof(key)}, iv, plain, ret_cipher, err);
out:
	ca_wipe(key, sizeof(key));
	ca_buf_free(&alg);
	return st;
}

/* EncryptedPrivateKeyInfo ::= SEQUENCE {
 *   encryptionAlgorithm AlgorithmIdentifier, encryptedData OCTET STRING } */
enum ca_status
ca_pbes2_encrypt(struct ca_bytes plain, struct ca_bytes pass,
    const struct ca_kdf *kdf, struct ca_rng *rng, struct ca_buf *ret,
    struct ca_error *err)
{
	struct ca_buf alg = {0}, cipher = {0}, der = {0};
	struct der_out out = {0};
	enum ca_status st;

	if (plain.len > CA_PBES2_PLAIN_MAX)
		return ca_fail(err, CA_USAGE,
		    "encrypted key: %zu octets; at most %zu", plain.len,
		    CA_PBES2_PLAIN_MAX);
	st = ca_pbes2_seal(plain, pass, kdf, rng, &alg, &cipher, err);
	if (st != CA_OK)
		goto out;
	der_open(&out, DER_SEQUENCE);
	der_put_raw(&out, ca_view(&alg));
	der_put(&out, DER_OCTET_STRING, ca_view(&cipher));
	der_close(&out);
	if ((st = der_finish(&out, &der)) != CA_OK ||
	    (st = ca_buf_append(ret, ca_view(&der))) != CA_OK)
		(void)ca_fail(err, st, "encrypted key: no memory");
out:
	ca_buf_free(&alg);
	ca_buf_free(&cipher);
	ca_buf_free(&der);
	return st;
}

/* ---- reading ------------------------------------------------------------ */

static enum ca_status
malformed(struct ca_error *err, const char *field)
{
	return ca_fail(err, CA_MALFORMED,
	    "encrypted key: %s is not what its format says (RFC 8018 app. "
	    "A); the file is damaged",
	    field);
}

/* Not what we read: names it, and says how openssl makes one of ours. */
static enum ca_status
refuse(struct ca_error *err, const char *what, struct ca_bytes oid)
{
	struct ca_buf name = {0};
	const char *text;

	if (ca_oid_append_text(&name, oid) != CA_OK)
		ca_buf_clear(&name);
	text = ca_buf_text(&name);
	(void)ca_fail(err, CA_REFUSED,
	    "encrypted key: %s %s is not read (PBES2 with scrypt or PBKDF2 "
	    "and AES-CBC is); convert it: openssl pkey -in OLD -aes256 -out "
	    "NEW",
	    what, text != NULL ? text : "");
	ca_buf_free(&name);
	return CA_REFUSED;
}

static bool
get_u32(struct ca_bytes *in, uint32_t *ret)
{
	struct ca_bytes rest = *in;
	uint64_t value;

	if (!der_get_uint(&rest, &value) || value > UINT32_MAX)
		return false;
	*in = rest;
	*ret = (uint32_t)value;
	return true;
}

/* keyLength INTEGER OPTIONAL: 0 when absent. */
static bool
get_key_length(struct ca_bytes *in, uint32_t *ret)
{
	*ret = 0;
	return !der_next_is(*in, DER_INTEGER) || (get_u32(in, ret) && *ret > 0);
}

static bool
get_scrypt(struct ca_bytes params, struct scheme *s, uint32_t *ret_key_len)
{
	struct ca_bytes in;

	s->kdf.kind = CA_KDF_SCRYPT;
	return der_get(&params, DER_SEQUENCE, &in) && der_at_end(params) &&
	    der_get(&in, DER_OCTET_STRING, &s->salt) &&
	    get_u32(&in, &s->kdf.n) && get_u32(&in, &s->kdf.r) &&
	    get_u32(&in, &s->kdf.p) && get_key_length(&in, ret_key_len) &&
	    der_at_end(in);
}

/* prf AlgorithmIdentifier: an OID and NULL, which GnuTLS leaves out. Its
 * default, SHA-1, ought to be left out (X.690 11.5); a writer that names it
 * does no harm. */
static enum ca_status
get_prf(struct ca_bytes *in, struct scheme *s, struct ca_error *err)
{
	static const struct {
		enum ca_oid oid;
		enum ca_hash hash;
	} prfs[] = {
	    {CA_OID_HMAC_SHA1, CA_HASH_SHA1},
	    {CA_OID_HMAC_SHA256, CA_HASH_SHA256},
	    {CA_OID_HMAC_SHA384, CA_HASH_SHA384},
	    {CA_OID_HMAC_SHA512, CA_HASH_SHA512},
	};
	struct ca_bytes alg, oid;

	s->kdf.prf = CA_HASH_SHA1;
	if (der_at_end(*in))
		return CA_OK;
	if (!der_get(in, DER_SEQUENCE, &alg) || !der_get_oid(&alg, &oid) ||
	    (!der_at_end(alg) && !der_get_null(&alg)) || !der_at_end(alg))
		return malformed(err, "PBKDF2 prf");
	for (size_t i = 0; i < sizeof(prfs) / sizeof(prfs[0]); i++)
		if (ca_oid_find(oid) == prfs[i].oid) {
			s->kdf.prf = prfs[i].hash;
			return CA_OK;
		}
	return refuse(err, "PBKDF2 with", oid);
}

static enum ca_status
get_pbkdf2(struct ca_bytes params, struct scheme *s, uint32_t *ret_key_len,
    struct ca_error *err)
{
	struct ca_bytes in;
	enum ca_status st;

	s->kdf.kind = CA_KDF_PBKDF2;
	if (!der_get(&params, DER_SEQUENCE, &in) || !der_at_end(params) ||
	    !der_get(&in, DER_OCTET_STRING, &s->salt) ||
	    !get_u32(&in, &s->kdf.iterations) ||
	    !get_key_length(&in, ret_key_len))
		return malformed(err, "PBKDF2-params");
	if ((st = get_prf(&in, s, err)) != CA_OK)
		return st;
	if (!der_at_end(in))
		return malformed(err, "PBKDF2-params");
	return CA_OK;
}

static enum ca_status
get_kdf(struct ca_bytes *in, struct scheme *s, uint32_t *ret_key_len,
    struct ca_error *err)
{
	struct ca_bytes alg, oid;

	if (!der_get(in, DER_SEQUENCE, &alg) || !der_get_oid(&alg, &oid))
		return malformed(err, "keyDerivationFunc");
	switch (ca_oid_find(oid)) {
	case CA_OID_SCRYPT:
		if (!get_scrypt(alg, s, ret_key_len))
			return malformed(err, "scrypt-params");
		return CA_OK;
	case CA_OID_PBKDF2:
		return get_pbkdf2(alg, s, ret_key_len, err);
	default:
		return refuse(err, "key derivation", oid);
	}
}

static enum ca_status
get_cipher(struct ca_bytes *in, struct scheme *s, struct ca_error *err)
{
	struct ca_bytes alg, oid;

	if (!der_get(in, DER_SEQUENCE, &alg) || !der_get_oid(&alg, &oid))
		return malformed(err, "encryptionScheme");
	switch (ca_oid_find(oid)) {
	case CA_OID_AES128_CBC:
		s->key_len = 16;
		break;
	case CA_OID_AES192_CBC:
		s->key_len = 24;
		break;
	case CA_OID_AES256_CBC:
		s->key_len = 32;
		break;
	default:
		return refuse(err, "cipher", oid);
	}
	if (!der_get(&alg, DER_OCTET_STRING, &s->iv) || s->iv.len != IV_LEN ||
	    !der_at_end(alg))
		return malformed(err, "AES-IV");
	return CA_OK;
}

static enum ca_status
get_scheme(struct ca_bytes *in, struct scheme *s, struct ca_error *err)
{
	struct ca_bytes alg, oid, params;
	uint32_t key_len = 0;
	enum ca_status st;

	if (!der_get(in, DER_SEQUENCE, &alg) || !der_get_oid(&alg, &oid))
		return malformed(err, "encryptionAlgorithm");
	if (ca_oid_find(oid) != CA_OID_PBES2)
		return refuse(err, "encryption", oid);
	if (!der_get(&alg, DER_SEQUENCE, &params) || !der_at_end(alg))
		return malformed(err, "PBES2-params");
	if ((st = get_kdf(&params, s, &key_len, err)) != CA_OK ||
	    (st = get_cipher(&params, s, err)) != CA_OK)
		return st;
	if (!der_at_end(params))
		return malformed(err, "PBES2-params");
	if (key_len != 0 && key_len != s->key_len)
		return malformed(err, "keyLength");
	return CA_OK;
}

/* A wrong passphrase passes the padding check once in 256 times; what comes
 * out is then hardly ever one whole SEQUENCE. */
static bool
is_one_sequence(struct ca_bytes plain)
{
	struct ca_bytes content;

	return der_is_well_formed(plain) &&
	    der_get(&plain, DER_SEQUENCE, &content) && der_at_end(plain);
}

static enum ca_status
decrypt(const struct scheme *s, struct ca_bytes cipher, struct ca_bytes pass,
    struct ca_buf *ret_plain, struct ca_error *err)
{
	uint8_t key[AES_KEY_MAX] = {0};
	struct ca_buf plain = {0};
	enum ca_status st;

	if ((st = ca_kdf_derive(
		 &s->kdf, pass, s->salt, key, s->key_len, err)) != CA_OK)
		goto out;
	st = ca_aes_cbc_decrypt((struct ca_bytes){key, s->key_len}, s->iv.data,
	    cipher, &plain, NULL);
	if (st == CA_OK && !is_one_sequence(ca_view(&plain)))
		st = CA_UNTRUSTED;
	if (st == CA_OK)
		st = ca_buf_append(ret_plain, ca_view(&plain));
	if (st == CA_UNTRUSTED)
		(void)ca_fail(err, st,
		    "encrypted key: wrong passphrase or damaged file; the "
		    "format cannot tell which (RFC 8018 6.2)");
	else if (st != CA_OK)
		(void)ca_fail(err, st, "encrypted key: decryption failed");
out:
	ca_wipe(key, sizeof(key));
	ca_buf_free(&plain);
	return st;
}

static enum ca_status
parse(struct ca_bytes der, struct scheme *s, struct ca_bytes *ret_cipher,
    struct ca_error *err)
{
	struct ca_bytes in, cipher;
	enum ca_status st;

	if (!der_get(&der, DER_SEQUENCE, &in) || !der_at_end(der))
		return malformed(err, "EncryptedPrivateKeyInfo");
	if ((st = get_scheme(&in, s, err)) != CA_OK)
		return st;
	if (!der_get(&in, DER_OCTET_STRING, &cipher) || !der_at_end(in) ||
	    cipher.len == 0 || cipher.len % IV_LEN != 0 ||
	    cipher.len > CA_PBES2_PLAIN_MAX + IV_LEN)
		return malformed(err, "encryptedData");
	*ret_cipher = cipher;
	return CA_OK;
}

enum ca_status
ca_pbes2_inspect(struct ca_bytes der, struct ca_kdf *ret, struct ca_error *err)
{
	struct scheme s = {0};
	struct ca_bytes cipher;
	enum ca_status st;

	if ((st = parse(der, &s, &cipher, err)) != CA_OK)
		return st;
	*ret = s.kdf;
	return CA_OK;
}

enum ca_status
ca_pbes2_decrypt(struct ca_bytes der, struct ca_bytes pass,
    struct ca_buf *ret_plain, struct ca_error *err)
{
	struct scheme s = {0};
	struct ca_bytes cipher;
	enum ca_status st;

	if ((st = parse(der, &s, &cipher, err)) != CA_OK)
		return st;
	return decrypt(&s, cipher, pass, ret_plain, err);
}
