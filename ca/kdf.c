/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/kdf.h"

#include <string.h>

#define DECIMAL_DIGITS_MAX 9

const struct ca_kdf ca_kdf_default = {
    .kind = CA_KDF_SCRYPT, .n = 16384, .r = 8, .p = 5};

static const struct ca_kdf pbkdf2_default = {
    .kind = CA_KDF_PBKDF2, .iterations = 600000, .prf = CA_HASH_SHA256};

/* ---- text --------------------------------------------------------------- */

/* Takes ":" and a decimal number of at most nine digits. */
static bool
take_number(const char **text, uint32_t *ret)
{
	const char *at = *text;
	uint32_t value = 0;
	int digits = 0;

	if (*at++ != ':')
		return false;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (++digits > DECIMAL_DIGITS_MAX)
			return false;
		value = value * 10 + (uint32_t)(*at - '0');
	}
	if (digits == 0)
		return false;
	*text = at;
	*ret = value;
	return true;
}

static bool
take_word(const char **text, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*text, word, len) != 0)
		return false;
	*text += len;
	return true;
}

static bool
parse(const char *text, struct ca_kdf *kdf)
{
	if (take_word(&text, "scrypt")) {
		*kdf = ca_kdf_default;
		return *text == '\0' ||
		    (take_number(&text, &kdf->n) &&
			take_number(&text, &kdf->r) &&
			take_number(&text, &kdf->p) && *text == '\0');
	}
	if (!take_word(&text, "pbkdf2"))
		return false;
	*kdf = pbkdf2_default;
	if (text[0] == ':' && text[1] != 's' &&
	    !take_number(&text, &kdf->iterations))
		return false;
	if (take_word(&text, ":sha512"))
		kdf->prf = CA_HASH_SHA512;
	else
		(void)take_word(&text, ":sha256");
	return *text == '\0';
}

/* ---- bounds ------------------------------------------------------------- */

static enum ca_status
check_scrypt(const struct ca_kdf *kdf, struct ca_error *err)
{
	uint64_t work = (uint64_t)kdf->n * kdf->r;

	if (work > CA_KDF_WORK_MAX || work * kdf->p > CA_KDF_WORK_MAX)
		return ca_fail(err, CA_REFUSED,
		    "scrypt: N=%u r=%u p=%u: N*r*p may be 2^23 at most, or "
		    "the passphrase takes a minute to try",
		    (unsigned)kdf->n, (unsigned)kdf->r, (unsigned)kdf->p);
	return CA_OK;
}

static enum ca_status
check_pbkdf2(const struct ca_kdf *kdf, struct ca_error *err)
{
	if (kdf->iterations > CA_KDF_ITERATIONS_MAX)
		return ca_fail(err, CA_REFUSED,
		    "PBKDF2: %u iterations; at most %u",
		    (unsigned)kdf->iterations, (unsigned)CA_KDF_ITERATIONS_MAX);
	return CA_OK;
}

/* RFC 7914 2: N is a power of two; ours is at least 2^14, so r and p of 1
 * still cost 2 MiB. The library's r ends at 8. */
static enum ca_status
check_asked(const struct ca_kdf *kdf, struct ca_error *err)
{
	if (kdf->kind == CA_KDF_PBKDF2) {
		if (kdf->iterations < CA_KDF_ITERATIONS_MIN ||
		    kdf->iterations > CA_KDF_ITERATIONS_MAX)
			return ca_fail(err, CA_USAGE,
			    "--kdf: %u PBKDF2 iterations; %u to %u",
			    (unsigned)kdf->iterations,
			    (unsigned)CA_KDF_ITERATIONS_MIN,
			    (unsigned)CA_KDF_ITERATIONS_MAX);
		return CA_OK;
	}
	if (kdf->n < CA_KDF_N_MIN || (kdf->n & (kdf->n - 1)) != 0 ||
	    kdf->r != 8 || kdf->p == 0 || kdf->n > CA_KDF_N_MAX ||
	    check_scrypt(kdf, NULL) != CA_OK)
		return ca_fail(err, CA_USAGE,
		    "--kdf: scrypt N=%u r=%u p=%u; N a power of two from %u "
		    "to %u (512 MiB of memory), r 8, N*r*p at most 2^23",
		    (unsigned)kdf->n, (unsigned)kdf->r, (unsigned)kdf->p,
		    (unsigned)CA_KDF_N_MIN, (unsigned)CA_KDF_N_MAX);
	return CA_OK;
}

enum ca_status
ca_kdf_parse(const char *text, struct ca_kdf *ret, struct ca_error *err)
{
	struct ca_kdf kdf = {0};
	enum ca_status st;

	if (!parse(text, &kdf))
		return ca_fail(err, CA_USAGE,
		    "--kdf: \"%s\" is not understood; scrypt, scrypt:N:r:p, "
		    "pbkdf2 or pbkdf2:iterations[:sha256|:sha512]",
		    text);
	if ((st = check_asked(&kdf, err)) != CA_OK)
		return st;
	*ret = kdf;
	return CA_OK;
}

enum ca_status
ca_kdf_derive(const struct ca_kdf *kdf, struct ca_bytes pass,
    struct ca_bytes salt, uint8_t *ret, size_t len, struct ca_error *err)
{
	enum ca_status st;

	if (salt.len > CA_KDF_SALT_MAX)
		return ca_fail(err, CA_REFUSED,
		    "key derivation: a salt of %zu octets; at most %zu",
		    salt.len, CA_KDF_SALT_MAX);
	if (kdf->kind == CA_KDF_SCRYPT) {
		if ((st = check_scrypt(kdf, err)) != CA_OK)
			return st;
		return ca_scrypt(
		    pass, salt, kdf->n, kdf->r, kdf->p, ret, len, err);
	}
	if ((st = check_pbkdf2(kdf, err)) != CA_OK)
		return st;
	return ca_pbkdf2(kdf->prf, pass, salt, kdf->iterations, ret, len, err);
}
