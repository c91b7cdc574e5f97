/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/pkcs12.h"
#include "ca/cert.h"
#include "ca/der.h"
#include "ca/oid.h"
#include "ca/pbes2.h"

#define PFX_VERSION 3
#define SALT_LEN 16
#define MAC_LEN 32
#define MAC_KEY 3 /* RFC 7292 app. B.3: the purpose "integrity key" */
#define LOCAL_ID_LEN 20
#define ITERATIONS_DEFAULT 100000
#define PASS_MAX ((size_t)1024)

/* What every part of the file is made of. */
struct builder {
	const struct ca_pkcs12 *in;
	struct ca_bytes pass;
	struct ca_kdf kdf;
	struct ca_rng *rng;
	struct ca_buf name;            /* friendlyName as BMPString */
	uint8_t local_id[CA_HASH_MAX]; /* LOCAL_ID_LEN octets of it */
};

static enum ca_status
no_memory(struct ca_error *err, enum ca_status st)
{
	return ca_fail(err, st, "PKCS #12: no memory");
}

static void
put_oid(struct der_out *out, enum ca_oid oid)
{
	der_put(out, DER_OID, ca_oid_der(oid));
}

/* ---- text as BMPString -------------------------------------------------- */

static enum ca_status
append_unit(struct ca_buf *buf, uint32_t unit)
{
	const uint8_t octets[2] = {(uint8_t)(unit >> 8), (uint8_t)unit};

	return ca_buf_append(buf, (struct ca_bytes){octets, sizeof(octets)});
}

/* Big-endian UTF-16: what is beyond the basic plane becomes two units, as
 * openssl and NSS write it. */
static enum ca_status
append_bmp(struct ca_buf *buf, struct ca_bytes utf8, const char *what,
    struct ca_error *err)
{
	enum ca_status st = CA_OK;

	while (utf8.len > 0 && st == CA_OK) {
		uint32_t point = 0;
		size_t len = ca_utf8_get(utf8, &point);

		if (len == 0)
			return ca_fail(err, CA_USAGE,
			    "PKCS #12: the %s is not UTF-8 (RFC 7292 app. "
			    "B.1); give it in UTF-8",
			    what);
		if (point >= 0x10000) {
			point -= 0x10000;
			st = append_unit(buf, 0xd800 + (point >> 10));
			point = 0xdc00 + (point & 0x3ff);
		}
		if (st == CA_OK)
			st = append_unit(buf, point);
		utf8.data += len;
		utf8.len -= len;
	}
	return st == CA_OK ? CA_OK : no_memory(err, st);
}

/* ---- bags --------------------------------------------------------------- */

/* PKCS12Attribute ::= SEQUENCE { attrId, attrValues SET OF ANY } */
static enum ca_status
make_attribute(
    enum ca_oid oid, uint8_t tag, struct ca_bytes value, struct ca_buf *ret)
{
	struct der_out out = {0};

	der_open(&out, DER_SEQUENCE);
	put_oid(&out, oid);
	der_open(&out, DER_SET);
	der_put(&out, tag, value);
	der_close(&out);
	der_close(&out);
	return der_finish(&out, ret);
}

/* bagAttributes SET OF PKCS12Attribute, in DER's order: localKeyId pairs key
 * and certificate, friendlyName is what programs list. */
static void
put_attributes(struct der_out *out, const struct builder *b)
{
	struct ca_buf id = {0}, name = {0};
	struct ca_bytes first, second = {0};
	enum ca_status st;

	st = make_attribute(CA_OID_LOCAL_KEY_ID, DER_OCTET_STRING,
	    (struct ca_bytes){b->local_id, LOCAL_ID_LEN}, &id);
	if (st == CA_OK && b->name.len > 0)
		st = make_attribute(CA_OID_FRIENDLY_NAME, DER_BMP_STRING,
		    ca_view(&b->name), &name);
	if (st != CA_OK) {
		der_put_failed(out, st);
		goto out;
	}
	first = ca_view(&id);
	if (name.len > 0) {
		bool before = ca_bytes_compare(ca_view(&name), first) < 0;

		second = before ? first : ca_view(&name);
		first = before ? ca_view(&name) : first;
	}
	der_open(out, DER_SET);
	der_put_raw(out, first);
	der_put_raw(out, second);
	der_close(out);
out:
	ca_buf_free(&id);
	ca_buf_free(&name);
}

/* SafeBag ::= SEQUENCE { id-certBag, [0] CertBag ::= SEQUENCE {
 *   id-x509Certificate, [0] OCTET STRING }, bagAttributes OPTIONAL } */
static void
put_cert_bag(struct der_out *out, struct ca_bytes cert,
    const struct builder *with_attributes)
{
	der_open(out, DER_SEQUENCE);
	put_oid(out, CA_OID_P12_CERT_BAG);
	der_open(out, DER_CONTEXT_CONS(0));
	der_open(out, DER_SEQUENCE);
	put_oid(out, CA_OID_X509_CERTIFICATE);
	der_open(out, DER_CONTEXT_CONS(0));
	der_put(out, DER_OCTET_STRING, cert);
	der_close(out);
	der_close(out);
	der_close(out);
	if (with_attributes != NULL)
		put_attributes(out, with_attributes);
	der_close(out);
}

/* SafeBag ::= SEQUENCE { id-pkcs8ShroudedKeyBag,
 *   [0] EncryptedPrivateKeyInfo, bagAttributes } */
static void
put_key_bag(
    struct der_out *out, struct ca_bytes encrypted, const struct builder *b)
{
	der_open(out, DER_SEQUENCE);
	put_oid(out, CA_OID_P12_SHROUDED_KEY_BAG);
	der_open(out, DER_CONTEXT_CONS(0));
	der_put_raw(out, encrypted);
	der_close(out);
	put_attributes(out, b);
	der_close(out);
}

/* ---- contents ----------------------------------------------------------- */

/* ContentInfo ::= SEQUENCE { id-data, [0] OCTET STRING } */
static void
put_data(struct der_out *out, struct ca_bytes content)
{
	der_open(out, DER_SEQUENCE);
	put_oid(out, CA_OID_PKCS7_DATA);
	der_open(out, DER_CONTEXT_CONS(0));
	der_put(out, DER_OCTET_STRING, content);
	der_close(out);
	der_close(out);
}

/* ContentInfo ::= SEQUENCE { id-encryptedData, [0] SEQUENCE { version (0),
 *   EncryptedContentInfo ::= SEQUENCE { id-data, AlgorithmIdentifier,
 *     [0] IMPLICIT OCTET STRING } } } */
static void
put_encrypted_data(
    struct der_out *out, struct ca_bytes alg, struct ca_bytes cipher)
{
	der_open(out, DER_SEQUENCE);
	put_oid(out, CA_OID_PKCS7_ENCRYPTED_DATA);
	der_open(out, DER_CONTEXT_CONS(0));
	der_open(out, DER_SEQUENCE);
	der_put_uint(out, 0);
	der_open(out, DER_SEQUENCE);
	put_oid(out, CA_OID_PKCS7_DATA);
	der_put_raw(out, alg);
	der_put(out, DER_CONTEXT(0), cipher);
	der_close(out);
	der_close(out);
	der_close(out);
	der_close(out);
}

/* The SafeContents with all certificates, encrypted. */
static enum ca_status
put_certs(struct der_out *out, const struct builder *b, struct ca_error *err)
{
	struct ca_buf plain = {0}, alg = {0}, cipher = {0};
	struct der_out bags = {0};
	enum ca_status st;

	der_open(&bags, DER_SEQUENCE);
	put_cert_bag(&bags, b->in->cert, b);
	for (size_t i = 0; i < b->in->chain_len; i++)
		put_cert_bag(&bags, b->in->chain[i], NULL);
	der_close(&bags);
	if ((st = der_finish(&bags, &plain)) != CA_OK) {
		(void)no_memory(err, st);
		goto out;
	}
	st = ca_pbes2_seal(
	    ca_view(&plain), b->pass, &b->kdf, b->rng, &alg, &cipher, err);
	if (st == CA_OK)
		put_encrypted_data(out, ca_view(&alg), ca_view(&cipher));
out:
	ca_buf_free(&plain);
	ca_buf_free(&alg);
	ca_buf_free(&cipher);
	return st;
}

/* The SafeContents with the key; the bag itself is what is encrypted. */
static enum ca_status
put_key(struct der_out *out, const struct builder *b, struct ca_error *err)
{
	struct ca_buf plain = {0}, encrypted = {0}, content = {0};
	struct der_out bags = {0};
	enum ca_status st;

	if ((st = ca_key_to_pkcs8(b->in->key, &plain, err)) != CA_OK ||
	    (st = ca_pbes2_encrypt(ca_view(&plain), b->pass, &b->kdf, b->rng,
		 &encrypted, err)) != CA_OK)
		goto out;
	der_open(&bags, DER_SEQUENCE);
	put_key_bag(&bags, ca_view(&encrypted), b);
	der_close(&bags);
	if ((st = der_finish(&bags, &content)) != CA_OK) {
		(void)no_memory(err, st);
		goto out;
	}
	put_data(out, ca_view(&content));
out:
	ca_buf_free(&plain);
	ca_buf_free(&encrypted);
	ca_buf_free(&content);
	return st;
}

/* AuthenticatedSafe ::= SEQUENCE OF ContentInfo */
static enum ca_status
make_safe(const struct builder *b, struct ca_buf *ret, struct ca_error *err)
{
	struct der_out out = {0};
	enum ca_status st;

	der_open(&out, DER_SEQUENCE);
	if ((st = put_certs(&out, b, err)) != CA_OK ||
	    (st = put_key(&out, b, err)) != CA_OK) {
		der_discard(&out);
		return st;
	}
	der_close(&out);
	if ((st = der_finish(&out, ret)) != CA_OK)
		return no_memory(err, st);
	return CA_OK;
}

/* ---- the whole ---------------------------------------------------------- */

/* RFC 7292 5.1 and app. B: here the passphrase is a BMPString with its two
 * NUL octets, unlike in PBES2. */
static enum ca_status
make_mac(const struct builder *b, struct ca_bytes salt, struct ca_bytes safe,
    uint8_t ret_mac[CA_HASH_MAX], struct ca_error *err)
{
	struct ca_buf bmp = {0};
	uint8_t key[MAC_LEN] = {0};
	enum ca_status st;

	if ((st = append_bmp(&bmp, b->pass, "passphrase", err)) != CA_OK)
		goto out;
	if ((st = append_unit(&bmp, 0)) != CA_OK) {
		(void)no_memory(err, st);
		goto out;
	}
	st = ca_pkcs12_kdf(CA_HASH_SHA256, ca_view(&bmp), salt,
	    b->kdf.iterations, MAC_KEY, key, sizeof(key), err);
	if (st == CA_OK)
		st = ca_hmac(CA_HASH_SHA256,
		    (struct ca_bytes){key, sizeof(key)}, safe, ret_mac, err);
out:
	ca_wipe(key, sizeof(key));
	ca_buf_free(&bmp);
	return st;
}

/* MacData ::= SEQUENCE { mac DigestInfo ::= SEQUENCE { AlgorithmIdentifier,
 *   OCTET STRING }, macSalt OCTET STRING, iterations INTEGER DEFAULT 1 } */
static void
put_mac(struct der_out *out, struct ca_bytes mac, struct ca_bytes salt,
    uint32_t iterations)
{
	der_open(out, DER_SEQUENCE);
	der_open(out, DER_SEQUENCE);
	der_open(out, DER_SEQUENCE);
	put_oid(out, CA_OID_SHA256);
	der_put_null(out);
	der_close(out);
	der_put(out, DER_OCTET_STRING, mac);
	der_close(out);
	der_put(out, DER_OCTET_STRING, salt);
	if (iterations != 1)
		der_put_uint(out, iterations);
	der_close(out);
}

/* PFX ::= SEQUENCE { version INTEGER (3), authSafe ContentInfo, MacData } */
static enum ca_status
put_pfx(const struct builder *b, struct ca_bytes safe, struct ca_buf *ret,
    struct ca_error *err)
{
	uint8_t salt[SALT_LEN], mac[CA_HASH_MAX] = {0};
	const struct ca_bytes salted = {salt, sizeof(salt)};
	struct ca_buf der = {0};
	struct der_out out = {0};
	enum ca_status st;

	if ((st = ca_rng_fill(b->rng, salt, sizeof(salt), err)) != CA_OK ||
	    (st = make_mac(b, salted, safe, mac, err)) != CA_OK)
		return st;
	der_open(&out, DER_SEQUENCE);
	der_put_uint(&out, PFX_VERSION);
	put_data(&out, safe);
	put_mac(
	    &out, (struct ca_bytes){mac, MAC_LEN}, salted, b->kdf.iterations);
	der_close(&out);
	if ((st = der_finish(&out, &der)) != CA_OK ||
	    (st = ca_buf_append(ret, ca_view(&der))) != CA_OK)
		(void)no_memory(err, st);
	ca_buf_free(&der);
	return st;
}

/* Nothing but whether it can be written: the passphrase is wiped again. */
static enum ca_status
check_text(struct ca_bytes text, const char *what, struct ca_error *err)
{
	struct ca_buf bmp = {0};
	enum ca_status st = append_bmp(&bmp, text, what, err);

	ca_buf_free(&bmp);
	return st;
}

enum ca_status
ca_pkcs12_check(
    const struct ca_pkcs12 *in, struct ca_bytes pass, struct ca_error *err)
{
	struct ca_cert cert = {0};
	enum ca_status st;

	if (in->chain_len > CA_PKCS12_MAX_CHAIN || pass.len > PASS_MAX ||
	    in->friendly_name.len > CA_PKCS12_MAX_NAME)
		return ca_fail(err, CA_USAGE,
		    "PKCS #12: a chain of %zu certificates, a passphrase of "
		    "%zu and a name of %zu octets; at most %d, %zu and %zu",
		    in->chain_len, pass.len, in->friendly_name.len,
		    CA_PKCS12_MAX_CHAIN, PASS_MAX, CA_PKCS12_MAX_NAME);
	for (size_t i = 0; i < in->chain_len; i++)
		if ((st = ca_cert_parse(in->chain[i], &cert, err)) != CA_OK)
			return st;
	if ((st = check_text(in->friendly_name, "friendly name", err)) != CA_OK)
		return st;
	return check_text(pass, "passphrase", err);
}

static enum ca_status
check_input(
    const struct ca_pkcs12 *in, struct ca_bytes pass, struct ca_error *err)
{
	struct ca_cert cert = {0};
	enum ca_status st;

	if ((st = ca_pkcs12_check(in, pass, err)) != CA_OK ||
	    (st = ca_cert_parse(in->cert, &cert, err)) != CA_OK)
		return st;
	if (!ca_bytes_equal(cert.spki.der, ca_key_spki(in->key)->der))
		return ca_fail(err, CA_REFUSED,
		    "PKCS #12: the key is not the certificate's: their "
		    "public keys differ; give the key the request was made "
		    "with");
	return CA_OK;
}

enum ca_status
ca_pkcs12_build(const struct ca_pkcs12 *in, struct ca_bytes pass,
    struct ca_rng *rng, struct ca_buf *ret, struct ca_error *err)
{
	struct builder b = {.in = in,
	    .pass = pass,
	    .kdf = {.kind = CA_KDF_PBKDF2,
		.iterations = in->iterations != 0 ? in->iterations :
						    ITERATIONS_DEFAULT,
		.prf = CA_HASH_SHA256},
	    .rng = rng};
	struct ca_buf safe = {0};
	enum ca_status st;

	if ((st = check_input(in, pass, err)) != CA_OK ||
	    (st = append_bmp(
		 &b.name, in->friendly_name, "friendly name", err)) != CA_OK ||
	    (st = ca_hash_bytes(CA_HASH_SHA1, in->cert, b.local_id, err)) !=
		CA_OK ||
	    (st = make_safe(&b, &safe, err)) != CA_OK)
		goto out;
	st = put_pfx(&b, ca_view(&safe), ret, err);
out:
	ca_buf_free(&b.name);
	ca_buf_free(&safe);
	return st;
}
