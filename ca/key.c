/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/key.h"
#include "ca/der.h"
#include "ca/pbes2.h"
#include "ca/pem.h"
#include "ca/pkcs8.h"

#include <stdlib.h>
#include <string.h>

struct ca_key {
	struct ca_crypto_key *crypto;
	struct ca_buf der; /* what spki points into */
	struct ca_spki spki;
};

void
ca_key_free(struct ca_key *key)
{
	if (key == NULL)
		return;
	ca_crypto_key_free(key->crypto);
	ca_buf_free(&key->der);
	ca_wipe(key, sizeof(*key));
	free(key);
}

const struct ca_spki *
ca_key_spki(const struct ca_key *key)
{
	return &key->spki;
}

struct ca_bytes
ca_key_memory(const struct ca_key *key)
{
	return ca_crypto_key_memory(key->crypto);
}

void
ca_key_use_tables(struct ca_key *key)
{
	ca_crypto_key_use_tables(key->crypto);
}

struct ca_crypto_key *
ca_key_crypto(struct ca_key *key)
{
	return key->crypto;
}

/* Takes crypto, on failure too. */
static enum ca_status
wrap(struct ca_crypto_key *crypto, struct ca_key **ret, struct ca_error *err)
{
	struct ca_key *key = calloc(1, sizeof(*key));
	struct ca_bytes in;
	enum ca_status st;

	if (key == NULL) {
		ca_crypto_key_free(crypto);
		return ca_fail(err, CA_MEMORY, "private key: no memory");
	}
	key->crypto = crypto;
	if ((st = ca_crypto_key_spki(crypto, &key->der, err)) != CA_OK)
		goto out;
	in = ca_view(&key->der);
	if ((st = ca_spki_get(&in, &key->spki, err)) != CA_OK)
		goto out;
	*ret = key;
	key = NULL;
out:
	ca_key_free(key);
	return st;
}

/* FIPS 140-3 (ISO/IEC 19790 7.10.3.3): what the private half signs, the public
 * half verifies. */
static enum ca_status
test_pairwise(struct ca_key *key, struct ca_rng *rng)
{
	struct ca_bytes text = ca_text("pairwise consistency test");
	struct ca_sig_alg alg = ca_sig_alg_for(&key->spki);
	struct ca_buf signature = {0};
	enum ca_status st;

	st = ca_crypto_sign(key->crypto, &alg, text, rng, &signature, NULL);
	if (st == CA_OK)
		st = ca_crypto_verify(
		    &key->spki, &alg, text, ca_view(&signature), NULL);
	ca_buf_free(&signature);
	return st;
}

enum ca_status
ca_key_generate(enum ca_key_type type, unsigned bits, struct ca_rng *rng,
    struct ca_key **ret, struct ca_error *err)
{
	struct ca_crypto_key *crypto = NULL;
	struct ca_key *key = NULL;
	enum ca_status st;

	st = ca_crypto_key_generate(type, bits, rng, &crypto, err);
	if (st != CA_OK || (st = wrap(crypto, &key, err)) != CA_OK)
		return st;
	if ((st = test_pairwise(key, rng)) != CA_OK) {
		ca_key_free(key);
		return ca_fail(err, CA_INTERNAL,
		    "private key: the new key does not verify what it signs "
		    "(pairwise consistency test); it is thrown away; suspect "
		    "the machine's memory or processor");
	}
	*ret = key;
	return CA_OK;
}

/* ---- PKCS #8 ------------------------------------------------------------ */

enum ca_status
ca_key_to_pkcs8(
    const struct ca_key *key, struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf inner = {0};
	enum ca_status st;

	st = ca_crypto_key_export(key->crypto, &inner, err);
	if (st == CA_OK)
		st = ca_pkcs8_append(ret, &key->spki, ca_view(&inner), err);
	ca_buf_free(&inner);
	return st;
}

/* The imported key against the rest of its file. */
static enum ca_status
check_read(struct ca_key *key, const struct ca_pkcs8 *file, struct ca_rng *rng,
    struct ca_error *err)
{
	enum ca_status st;

	if (file->public_key.len > 0 &&
	    !ca_bytes_equal(file->public_key, key->spki.key))
		return ca_fail(err, CA_UNTRUSTED,
		    "private key: the public key beside it is another key's "
		    "(RFC 5958 2); the file is damaged");
	if (rng == NULL)
		return CA_OK;
	if ((st = test_pairwise(key, rng)) == CA_MEMORY)
		return ca_fail(err, st, "private key: no memory");
	if (st != CA_OK)
		return ca_fail(err, CA_UNTRUSTED,
		    "private key: it does not verify what it signs (pairwise "
		    "consistency test); the file is damaged");
	return CA_OK;
}

enum ca_status
ca_key_from_pkcs8(struct ca_bytes der, struct ca_rng *rng, struct ca_key **ret,
    struct ca_error *err)
{
	struct ca_crypto_key *crypto = NULL;
	struct ca_key *key = NULL;
	struct ca_pkcs8 file = {0};
	enum ca_status st;

	if ((st = ca_pkcs8_parse(der, &file, err)) != CA_OK)
		return st;
	st = ca_crypto_key_import(file.type, file.inner, &crypto, err);
	if (st != CA_OK || (st = wrap(crypto, &key, err)) != CA_OK)
		return st;
	if ((st = check_read(key, &file, rng, err)) != CA_OK) {
		ca_key_free(key);
		return st;
	}
	*ret = key;
	return CA_OK;
}

/* ---- key files ---------------------------------------------------------- */

enum ca_status
ca_key_to_pem(const struct ca_key *key, struct ca_bytes pass,
    const struct ca_kdf *kdf, struct ca_rng *rng, struct ca_buf *ret,
    struct ca_error *err)
{
	struct ca_buf plain = {0}, sealed = {0};
	enum ca_status st;

	if (pass.data != NULL && pass.len == 0)
		return ca_fail(err, CA_USAGE,
		    "private key: an empty passphrase protects nothing; give "
		    "one, or say --no-passphrase");
	if ((st = ca_key_to_pkcs8(key, &plain, err)) != CA_OK)
		goto out;
	if (pass.data == NULL) {
		st = ca_pem_append(ret, CA_PEM_KEY, ca_view(&plain));
		goto out;
	}
	st = ca_pbes2_encrypt(ca_view(&plain), pass,
	    kdf != NULL ? kdf : &ca_kdf_default, rng, &sealed, err);
	if (st == CA_OK)
		st = ca_pem_append(ret, CA_PEM_ENCRYPTED_KEY, ca_view(&sealed));
out:
	if (st == CA_MEMORY)
		(void)ca_fail(err, st, "private key: no memory");
	ca_buf_free(&plain);
	ca_buf_free(&sealed);
	return st;
}

static bool
contains(struct ca_bytes file, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i + len <= file.len; i++)
		if (memcmp(file.data + i, text, len) == 0)
			return true;
	return false;
}

/* EncryptedPrivateKeyInfo: an AlgorithmIdentifier, then octets. A plain key
 * starts with its version; a public key goes on with a BIT STRING. */
static bool
is_encrypted_der(struct ca_bytes der)
{
	struct ca_bytes in, algorithm;

	return der_get(&der, DER_SEQUENCE, &in) &&
	    der_get(&in, DER_SEQUENCE, &algorithm) &&
	    der_next_is(in, DER_OCTET_STRING);
}

bool
ca_key_pem_is_encrypted(struct ca_bytes file)
{
	if (ca_pem_is_pem(file))
		return contains(file, "-----BEGIN " CA_PEM_ENCRYPTED_KEY "-");
	return is_encrypted_der(file);
}

/* Formats that other programs write: searched for as text, because some come
 * in several blocks ("EC PARAMETERS") or with headers ("DEK-Info"). */
static enum ca_status
refuse_other_formats(struct ca_bytes file, struct ca_error *err)
{
	static const struct {
		const char *begin;
		const char *what;
		const char *todo;
	} formats[] = {
	    {"-----BEGIN RSA PRIVATE KEY-", "the traditional RSA format",
		"convert it: openssl pkey -in OLD -aes256 -out NEW"},
	    {"-----BEGIN EC PRIVATE KEY-", "the traditional EC format",
		"convert it: openssl pkey -in OLD -aes256 -out NEW"},
	    {"-----BEGIN DSA PRIVATE KEY-", "a DSA key",
		"DSA signs no certificates any more; make a new key"},
	    {"-----BEGIN OPENSSH PRIVATE KEY-", "OpenSSH's own format",
		"convert a copy: ssh-keygen -p -m PKCS8 -f COPY"},
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (contains(file, formats[i].begin))
			return ca_fail(err, CA_REFUSED,
			    "private key: this is %s; PKCS #8 is read (RFC "
			    "5958); %s",
			    formats[i].what, formats[i].todo);
	return CA_OK;
}

static enum ca_status
decrypt(struct ca_bytes der, struct ca_bytes pass, struct ca_buf *ret_plain,
    struct ca_error *err)
{
	if (pass.data == NULL)
		return ca_fail(err, CA_USAGE,
		    "private key: it is encrypted and no passphrase was "
		    "given; use --passin");
	return ca_pbes2_decrypt(der, pass, ret_plain, err);
}

enum ca_status
ca_key_from_pem(struct ca_bytes file, struct ca_bytes pass, struct ca_rng *rng,
    struct ca_key **ret, struct ca_error *err)
{
	static const char *const labels[] = {
	    CA_PEM_KEY, CA_PEM_ENCRYPTED_KEY, NULL};
	char label[CA_PEM_LABEL] = "";
	struct ca_buf der = {0}, plain = {0};
	struct ca_bytes key;
	enum ca_status st;

	if (file.len > CA_KEY_FILE_MAX)
		return ca_fail(err, CA_MALFORMED,
		    "private key: a file of %zu octets; at most %zu", file.len,
		    CA_KEY_FILE_MAX);
	if ((st = refuse_other_formats(file, err)) != CA_OK ||
	    (st = ca_pem_single(
		 file, labels, "a private key", label, &der, err)) != CA_OK)
		goto out;
	key = ca_view(&der);
	if (strcmp(label, CA_PEM_ENCRYPTED_KEY) == 0 ||
	    (label[0] == '\0' && is_encrypted_der(key))) {
		if ((st = decrypt(key, pass, &plain, err)) != CA_OK)
			goto out;
		key = ca_view(&plain);
	}
	st = ca_key_from_pkcs8(key, rng, ret, err);
out:
	ca_buf_free(&der);
	ca_buf_free(&plain);
	return st;
}
