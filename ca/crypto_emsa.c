/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/crypto.h"
#include "ca/crypto_wolf.h"

#include <string.h>

/* RFC 8017 9.2 note 1: DigestInfo up to the hash, whose length is the last
 * octet. */
#define HEAD_LEN (CA_DIGEST_INFO_MAX - CA_HASH_MAX)
static const struct {
	enum ca_hash hash;
	uint8_t octets[HEAD_LEN + 1];
} heads[] = {
    {CA_HASH_SHA256,
	"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
	"\x04\x20"},
    {CA_HASH_SHA384,
	"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00"
	"\x04\x30"},
    {CA_HASH_SHA512,
	"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00"
	"\x04\x40"},
};

enum ca_status
ca_emsa_digest_info(enum ca_hash hash, struct ca_bytes hashed,
    uint8_t ret[CA_DIGEST_INFO_MAX], size_t *ret_len, struct ca_error *err)
{
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		if (heads[i].hash != hash)
			continue;
		memcpy(ret, heads[i].octets, HEAD_LEN);
		memcpy(ret + HEAD_LEN, hashed.data, hashed.len);
		*ret_len = HEAD_LEN + hashed.len;
		return CA_OK;
	}
	return ca_fail(err, CA_INTERNAL, "RSA: %s is no hash to sign with",
	    ca_hash_name(hash));
}

/*
 * EMSA-PKCS1-v1_5: 00 01 FF..FF 00 DigestInfo, made again and compared as a
 * whole. Nothing of what is to be checked is parsed.
 */
enum ca_status
ca_emsa_check_pkcs1(enum ca_hash hash, struct ca_bytes hashed,
    struct ca_bytes encoded, struct ca_error *err)
{
	uint8_t info[CA_DIGEST_INFO_MAX], want[CA_RSA_OCTETS_MAX];
	size_t len, start;
	enum ca_status st;

	if ((st = ca_emsa_digest_info(hash, hashed, info, &len, err)) != CA_OK)
		return st;
	if (encoded.len < len + 11)
		return ca_wolf_untrusted(err, 0);
	start = encoded.len - len;
	memset(want, 0xff, encoded.len);
	want[0] = 0;
	want[1] = 1;
	want[start - 1] = 0;
	memcpy(want + start, info, len);
	if (!ca_bytes_equal(encoded, (struct ca_bytes){want, encoded.len}))
		return ca_wolf_untrusted(err, 0);
	return CA_OK;
}

/* RFC 8017 B.2.1, xored into mask. */
static enum ca_status
xor_mgf1(enum ca_hash hash, struct ca_bytes seed, uint8_t *mask, size_t len,
    struct ca_error *err)
{
	const size_t step = ca_hash_len(hash);
	uint8_t in[CA_HASH_MAX + 4] = {0}, out[CA_HASH_MAX];
	enum ca_status st;

	memcpy(in, seed.data, seed.len);
	for (size_t done = 0; done < len; done += step) {
		size_t counter = done / step;
		struct ca_bytes block = {in, seed.len + 4};

		/* len / step stays below 256 */
		in[seed.len + 3] = (uint8_t)counter;
		if ((st = ca_hash_bytes(hash, block, out, err)) != CA_OK)
			return st;
		for (size_t i = 0; i < step && done + i < len; i++)
			mask[done + i] ^= out[i];
	}
	return CA_OK;
}

/* RFC 8017 9.1.2 steps 12 to 14. */
static enum ca_status
check_pss_hash(const struct ca_sig_alg *alg, struct ca_bytes hashed,
    struct ca_bytes salt, struct ca_bytes want, struct ca_error *err)
{
	uint8_t in[8 + CA_HASH_MAX + CA_RSA_OCTETS_MAX] = {0}, out[CA_HASH_MAX];
	const size_t len = hashed.len;
	enum ca_status st;

	memcpy(in + 8, hashed.data, len);
	if (salt.len > 0)
		memcpy(in + 8 + len, salt.data, salt.len);
	st = ca_hash_bytes(
	    alg->hash, (struct ca_bytes){in, 8 + len + salt.len}, out, err);
	if (st != CA_OK)
		return st;
	if (!ca_bytes_equal(want, (struct ca_bytes){out, len}))
		return ca_wolf_untrusted(err, 0);
	return CA_OK;
}

/*
 * EMSA-PSS-VERIFY, RFC 8017 9.1.2. encoded has one octet more than EM when the
 * modulus is a multiple of 8 bits plus 1.
 */
enum ca_status
ca_emsa_check_pss(const struct ca_sig_alg *alg, unsigned modulus_bits,
    struct ca_bytes hashed, struct ca_bytes encoded, struct ca_error *err)
{
	const size_t hash_len = ca_hash_len(alg->hash);
	const size_t len = (modulus_bits - 1 + 7) / 8;
	const uint8_t top = (uint8_t)(0xff >> (8 * len - (modulus_bits - 1)));
	uint8_t db[CA_RSA_OCTETS_MAX];
	struct ca_bytes hash, salt;
	size_t db_len, zeros;
	enum ca_status st;

	if (len < hash_len + alg->salt_len + 2 ||
	    (len < encoded.len && encoded.data[0] != 0))
		return ca_wolf_untrusted(err, 0);
	encoded.data += encoded.len - len;
	db_len = len - hash_len - 1;
	hash = (struct ca_bytes){encoded.data + db_len, hash_len};
	if (encoded.data[len - 1] != 0xbc || (encoded.data[0] & ~top) != 0)
		return ca_wolf_untrusted(err, 0);
	memcpy(db, encoded.data, db_len);
	if ((st = xor_mgf1(alg->hash, hash, db, db_len, err)) != CA_OK)
		return st;
	db[0] &= top;
	zeros = db_len - alg->salt_len - 1;
	for (size_t i = 0; i < zeros; i++)
		if (db[i] != 0)
			return ca_wolf_untrusted(err, 0);
	if (db[zeros] != 1)
		return ca_wolf_untrusted(err, 0);
	salt = (struct ca_bytes){db + zeros + 1, alg->salt_len};
	return check_pss_hash(alg, hashed, salt, hash, err);
}
