/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/aes.h>
#include <wolfssl/wolfcrypt/error-crypt.h>
#include <wolfssl/wolfcrypt/hash.h>
#include <wolfssl/wolfcrypt/pwdbased.h>

#include "ca/crypto.h"
#include "ca/crypto_wolf.h"

#include <limits.h>
#include <string.h>

/* Generous for a passphrase, a salt or a derived key; keeps every product
 * below within an int. */
#define MAX_OCTETS ((size_t)1 << 20)
#define MAX_ITERATIONS INT_MAX

#define MAX_SCRYPT_LOG_N 20
#define MAX_SCRYPT_MEMORY ((uint64_t)1 << 30)
#define MAX_SCRYPT_P (1u << 16)
/* wolfCrypt's own limit; openssl writes nothing else than 8. */
#define MAX_SCRYPT_R 8

#define AES_BLOCK 16

static bool
sizes_fit(struct ca_bytes pass, struct ca_bytes salt, size_t len)
{
	return pass.len <= MAX_OCTETS && salt.len <= MAX_OCTETS && len > 0 &&
	    len <= MAX_OCTETS;
}

enum ca_status
ca_pbkdf2(enum ca_hash prf, struct ca_bytes pass, struct ca_bytes salt,
    uint32_t iterations, uint8_t *ret, size_t len, struct ca_error *err)
{
	int code;

	if (!sizes_fit(pass, salt, len) || iterations == 0 ||
	    iterations > MAX_ITERATIONS || prf == CA_HASH_NONE)
		return ca_fail(err, CA_REFUSED,
		    "PBKDF2: %u iterations, salt of %zu octets, key of %zu: "
		    "out of range (RFC 8018 5.2)",
		    iterations, salt.len, len);
	code = wc_PBKDF2(ret, ca_wolf_octets(pass), (int)pass.len,
	    ca_wolf_octets(salt), (int)salt.len, (int)iterations, (int)len,
	    ca_wolf_hash(prf));
	if (code != 0)
		return ca_wolf_fail(err, code, "PBKDF2");
	return CA_OK;
}

/* 0 when n is not a power of two within bounds. */
static int
log2_of(uint32_t n)
{
	for (int i = 1; i <= MAX_SCRYPT_LOG_N; i++)
		if (n == (uint32_t)1 << i)
			return i;
	return 0;
}

enum ca_status
ca_scrypt(struct ca_bytes pass, struct ca_bytes salt, uint32_t n, uint32_t r,
    uint32_t p, uint8_t *ret, size_t len, struct ca_error *err)
{
	int log_n = log2_of(n);
	int code;

	if (!sizes_fit(pass, salt, len) || log_n == 0 || r == 0 || p == 0 ||
	    p > MAX_SCRYPT_P)
		return ca_fail(err, CA_REFUSED,
		    "scrypt: N=%u r=%u p=%u: N is a power of two up to 2^%d "
		    "(RFC 7914 2)",
		    n, r, p, MAX_SCRYPT_LOG_N);
	if (r > MAX_SCRYPT_R)
		return ca_fail(err, CA_REFUSED,
		    "scrypt: r=%u: the library takes r up to %d; write the "
		    "file again with r=8",
		    r, MAX_SCRYPT_R);
	if ((uint64_t)128 * n * r >= MAX_SCRYPT_MEMORY)
		return ca_fail(err, CA_REFUSED,
		    "scrypt: N=%u r=%u: needs 1 GiB of memory or more", n, r);
	code = wc_scrypt(ret, ca_wolf_octets(pass), (int)pass.len,
	    ca_wolf_octets(salt), (int)salt.len, log_n, (int)r, (int)p,
	    (int)len);
	if (code != 0)
		return ca_wolf_fail(err, code, "scrypt");
	return CA_OK;
}

enum ca_status
ca_pkcs12_kdf(enum ca_hash hash, struct ca_bytes bmp_pass, struct ca_bytes salt,
    uint32_t iterations, int id, uint8_t *ret, size_t len, struct ca_error *err)
{
	int code;

	if (!sizes_fit(bmp_pass, salt, len) || iterations == 0 ||
	    iterations > MAX_ITERATIONS || id < 1 || id > 3 ||
	    hash == CA_HASH_NONE)
		return ca_fail(err, CA_REFUSED,
		    "PKCS #12 key: %u iterations, salt of %zu octets, id %d: "
		    "out of range (RFC 7292 app. B.2)",
		    iterations, salt.len, id);
	code = wc_PKCS12_PBKDF(ret, ca_wolf_octets(bmp_pass), (int)bmp_pass.len,
	    ca_wolf_octets(salt), (int)salt.len, (int)iterations, (int)len,
	    ca_wolf_hash(hash), id);
	if (code != 0)
		return ca_wolf_fail(err, code, "PKCS #12 key");
	return CA_OK;
}

/* ---- AES-CBC ---------------------------------------------------------- */

static enum ca_status
set_key(Aes *aes, struct ca_bytes key, const uint8_t iv[AES_BLOCK],
    int direction, struct ca_error *err)
{
	int code;

	if (key.len != 16 && key.len != 24 && key.len != 32)
		return ca_fail(err, CA_INTERNAL,
		    "AES: a key of %zu octets (FIPS 197: 16, 24 or 32)",
		    key.len);
	if ((code = wc_AesInit(aes, NULL, INVALID_DEVID)) != 0)
		return ca_wolf_fail(err, code, "AES");
	code = wc_AesSetKey(aes, key.data, (word32)key.len, iv, direction);
	if (code != 0) {
		wc_AesFree(aes);
		return ca_wolf_fail(err, code, "AES");
	}
	return CA_OK;
}

/* RFC 8018 6.1.1 step 4: always at least one octet of padding. */
static enum ca_status
append_padded(struct ca_buf *buf, struct ca_bytes plain)
{
	uint8_t padding[AES_BLOCK];
	size_t count = AES_BLOCK - plain.len % AES_BLOCK;
	enum ca_status st;

	memset(padding, (int)count, sizeof(padding));
	if ((st = ca_buf_reserve(buf, plain.len + count)) != CA_OK ||
	    (st = ca_buf_append(buf, plain)) != CA_OK)
		return st;
	return ca_buf_append(buf, (struct ca_bytes){padding, count});
}

enum ca_status
ca_aes_cbc_encrypt(struct ca_bytes key, const uint8_t iv[16],
    struct ca_bytes plain, struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf work = {0};
	enum ca_status st;
	Aes aes = {0};
	int code;

	if ((st = append_padded(&work, plain)) != CA_OK) {
		(void)ca_fail(err, st, "AES-CBC: no memory");
		goto out;
	}
	if ((st = set_key(&aes, key, iv, AES_ENCRYPTION, err)) != CA_OK)
		goto out;
	code = wc_AesCbcEncrypt(&aes, work.data, work.data, (word32)work.len);
	wc_AesFree(&aes);
	if (code != 0) {
		st = ca_wolf_fail(err, code, "AES-CBC");
		goto out;
	}
	if ((st = ca_buf_append(ret, ca_view(&work))) != CA_OK)
		(void)ca_fail(err, st, "AES-CBC: no memory");
out:
	ca_wipe(&aes, sizeof(aes));
	ca_buf_free(&work);
	return st;
}

/* Looks at all of the last block whatever it finds; 0 when it is wrong. */
static size_t
padding_length(struct ca_bytes plain)
{
	size_t count = plain.data[plain.len - 1];
	unsigned wrong = count == 0 || count > AES_BLOCK;

	for (size_t i = 1; i <= AES_BLOCK; i++)
		wrong |= i <= count && plain.data[plain.len - i] != count;
	return wrong ? 0 : count;
}

enum ca_status
ca_aes_cbc_decrypt(struct ca_bytes key, const uint8_t iv[16],
    struct ca_bytes cipher, struct ca_buf *ret, struct ca_error *err)
{
	struct ca_buf work = {0};
	enum ca_status st;
	size_t padding;
	Aes aes = {0};
	int code;

	if (cipher.len == 0 || cipher.len % AES_BLOCK != 0)
		return ca_fail(err, CA_MALFORMED,
		    "AES-CBC: %zu octets are not whole blocks of 16",
		    cipher.len);
	if ((st = ca_buf_append(&work, cipher)) != CA_OK) {
		(void)ca_fail(err, st, "AES-CBC: no memory");
		goto out;
	}
	if ((st = set_key(&aes, key, iv, AES_DECRYPTION, err)) != CA_OK)
		goto out;
	code = wc_AesCbcDecrypt(
	    &aes, work.data, cipher.data, (word32)cipher.len);
	wc_AesFree(&aes);
	if (code != 0) {
		st = ca_wolf_fail(err, code, "AES-CBC");
		goto out;
	}
	if ((padding = padding_length(ca_view(&work))) == 0) {
		st = ca_fail(err, CA_UNTRUSTED,
		    "AES-CBC: the padding is wrong (RFC 8018 6.1.2): wrong "
		    "key, or the data is damaged");
		goto out;
	}
	st = ca_buf_append(
	    ret, (struct ca_bytes){work.data, work.len - padding});
	if (st != CA_OK)
		(void)ca_fail(err, st, "AES-CBC: no memory");
out:
	ca_wipe(&aes, sizeof(aes));
	ca_buf_free(&work);
	return st;
}
