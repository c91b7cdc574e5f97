/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weakkey: each rule with a key that breaks it and nothing else, and the
 * badkeys collection with the rule that must catch each file.
 */
#include "tests/unit/corpora.h"

#include "ca/crypto.h"
#include "ca/der.h"
#include "ca/pem.h"
#include "ca/weakkey.h"

static const uint8_t e65537[] = {1, 0, 1};

static struct ca_spki
rsa(struct ca_bytes modulus, struct ca_bytes exponent)
{
	struct ca_spki spki = {.type = CA_KEY_RSA,
	    .bits = (unsigned)(modulus.len * 8),
	    .modulus = modulus,
	    .exponent = exponent};

	return spki;
}

static void
assert_refused(const struct ca_spki *spki, const char *why)
{
	struct ca_error err = {0};

	assert_int_equal(ca_weakkey_check(spki, &err), CA_REFUSED);
	if (strstr(err.msg, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.msg, why);
}

static void
assert_fit(const struct ca_spki *spki)
{
	struct ca_error err = {0};

	if (ca_weakkey_check(spki, &err) != CA_OK)
		fail_msg("%s", err.msg);
}

/* ---- moduli built here ------------------------------------------------- */

#define MODULUS_LEN 256

/* ret = a * b, both of half the length; big-endian. */
static void
multiply(const uint8_t *a, const uint8_t *b, size_t half, uint8_t *ret)
{
	memset(ret, 0, 2 * half);
	for (size_t i = half; i-- > 0;) {
		unsigned carry = 0;

		for (size_t j = half; j-- > 0;) {
			carry += ret[i + j + 1] + (unsigned)a[i] * b[j];
			ret[i + j + 1] = (uint8_t)carry;
			carry >>= 8;
		}
		ret[i] = (uint8_t)carry;
	}
}

/* Octets that look random, the same every time, the top bit set and odd. */
static void
fill(uint8_t *octets, size_t len, uint64_t seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * UINT64_C(6364136223846793005) +
		    UINT64_C(1442695040888963407);
		octets[i] = (uint8_t)(seed >> 56);
	}
	octets[0] |= 0xc0;
	octets[len - 1] |= 1;
}

/* An odd number without a factor below 2^16 takes a few seeds to find. */
static void
fill_without_small_factor(uint8_t *octets, size_t len, uint64_t seed)
{
	struct ca_spki spki = rsa((struct ca_bytes){octets, len},
	    (struct ca_bytes){e65537, sizeof(e65537)});

	for (;; seed++) {
		struct ca_error err = {0};

		fill(octets, len, seed);
		if (ca_weakkey_check(&spki, &err) == CA_OK ||
		    strstr(err.msg, "factor") == NULL)
			return;
	}
}

/* checklist 31, 32, 33 */
static void
test_numbers(void **state)
{
	static const struct {
		const char *exponent;
		size_t len;
		const char *why;
	} exponents[] = {
	    {"\x01\x00\x01", 3, NULL},
	    {"\x01\x00\x03", 3, NULL},
	    {"\x01", 1, "is 1"},
	    {"\x03", 1, "is 3;"},
	    {"\x11", 1, "is 17;"},
	    {"\xff\xff", 2, "is 65535;"},
	    {"\x01\x00\x00", 3, "even"},
	    {"\x00", 1, "even"},
	    {"\x01\x00\x02", 3, "even"},
	};
	uint8_t modulus[MODULUS_LEN], large[33] = {1}, longer[257] = {1};
	struct ca_bytes n = {modulus, sizeof(modulus)}, e;
	struct ca_spki spki;

	(void)state;
	fill_without_small_factor(modulus, sizeof(modulus), 1000);
	for (size_t i = 0; i < COUNT(exponents); i++) {
		e.data = (const uint8_t *)exponents[i].exponent;
		e.len = exponents[i].len;
		spki = rsa(n, e);
		if (exponents[i].why != NULL)
			assert_refused(&spki, exponents[i].why);
		else
			assert_fit(&spki);
	}
	/* 2^256 + 1, 2^255 + 1, and one above the modulus. */
	large[sizeof(large) - 1] = 1;
	spki = rsa(n, (struct ca_bytes){large, sizeof(large)});
	assert_refused(&spki, "257 bits");
	large[1] = 0x80;
	spki = rsa(n, (struct ca_bytes){large + 1, sizeof(large) - 1});
	assert_fit(&spki);
	longer[sizeof(longer) - 1] = 1;
	spki = rsa(n, (struct ca_bytes){longer, sizeof(longer)});
	assert_refused(&spki, "not below the modulus");
}

/* checklist 31 */
static void
test_sizes(void **state)
{
	static const struct {
		size_t len;
		uint8_t top;
		const char *why;
	} sizes[] = {
	    {64, 0x80, "512 bits; at least 2048"},
	    {128, 0x80, "1024 bits; at least 2048"},
	    {255, 0x80, "2040 bits; at least 2048"},
	    {256, 0x40, "2047 bits; at least 2048"},
	    {256, 0x80, NULL},
	    {257, 0x01, "2049 bits; a multiple of 8"},
	    {257, 0x80, NULL},
	    {512, 0x80, NULL},
	    {513, 0x80, "4104 bits; at most 4096, the library's limit"},
	    {1024, 0x80, "8192 bits; at most 4096, the library's limit"},
	    {1025, 0x01, "more than 8192 bits"},
	};
	static const struct ca_bytes e = {e65537, sizeof(e65537)};
	uint8_t octets[1025];

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct ca_spki spki = rsa(
		    (struct ca_bytes){octets, sizes[i].len}, e);
		struct ca_error err = {0};

		/* The top octet is given, so the seed is searched again. */
		for (uint64_t seed = 1;; seed++) {
			fill(octets, sizes[i].len, seed);
			octets[0] = sizes[i].top;
			err = (struct ca_error){0};
			if (ca_weakkey_check(&spki, &err) == CA_OK ||
			    strstr(err.msg, "factor") == NULL)
				break;
		}
		if (sizes[i].why != NULL)
			assert_refused(&spki, sizes[i].why);
		else
			assert_fit(&spki);
	}
}

/* checklist 33 */
static void
test_small_factors(void **state)
{
	static const unsigned factors[] = {3, 5, 751, 757, 31337, 65519, 65521};
	static const struct ca_bytes e = {e65537, sizeof(e65537)};
	uint8_t cofactor[MODULUS_LEN / 2], modulus[MODULUS_LEN];
	struct ca_spki spki = rsa((struct ca_bytes){modulus, MODULUS_LEN}, e);
	char why[64];

	(void)state;
	for (size_t i = 0; i < COUNT(factors); i++) {
		uint8_t factor[MODULUS_LEN / 2] = {0};

		fill_without_small_factor(cofactor, sizeof(cofactor), 1);
		factor[sizeof(factor) - 2] = (uint8_t)(factors[i] >> 8);
		factor[sizeof(factor) - 1] = (uint8_t)factors[i];
		multiply(cofactor, factor, sizeof(factor), modulus);
		(void)snprintf(
		    why, sizeof(why), "has the factor %u ", factors[i]);
		spki.modulus = (struct ca_bytes){modulus, sizeof(modulus)};
		while (spki.modulus.data[0] == 0) {
			spki.modulus.data++;
			spki.modulus.len--;
		}
		assert_refused(&spki, why);
	}
	fill(modulus, sizeof(modulus), 1);
	modulus[sizeof(modulus) - 1] &= 0xfe;
	spki = rsa((struct ca_bytes){modulus, MODULUS_LEN}, e);
	assert_refused(&spki, "has the factor 2 ");
	spki = rsa(BYTES("\0"), e);
	assert_refused(&spki, "modulus is 0");
	spki = rsa((struct ca_bytes){0}, e);
	assert_refused(&spki, "modulus is 0");
}

/* checklist 33, 34 */
static void
test_close_factors(void **state)
{
	static const struct ca_bytes e = {e65537, sizeof(e65537)};
	uint8_t p[MODULUS_LEN / 2], q[MODULUS_LEN / 2], n[MODULUS_LEN];
	struct ca_spki spki = rsa((struct ca_bytes){n, sizeof(n)}, e);

	(void)state;
	fill_without_small_factor(p, sizeof(p), 7);
	multiply(p, p, sizeof(p), n);
	assert_refused(&spki, "perfect square");
	/* q = p + 2^k: with k up to 512 the middle is found at once. */
	for (size_t octet = 65; octet < 127; octet += 20) {
		memcpy(q, p, sizeof(q));
		do
			q[octet]++;
		while (q[octet] == 0);
		multiply(p, q, sizeof(p), n);
		if (ca_weakkey_check(&spki, NULL) == CA_OK)
			fail_msg("primes equal but for octet %zu", octet);
	}
	/* Only the upper quarter is shared: out of Fermat's reach. */
	for (uint64_t seed = 8;; seed++) {
		struct ca_error err = {0};

		fill(q, sizeof(q), seed);
		memcpy(q, p, sizeof(q) / 4);
		multiply(p, q, sizeof(p), n);
		if (ca_weakkey_check(&spki, &err) == CA_OK)
			break;
		assert_non_null(strstr(err.msg, "factor"));
	}
}

/* checklist 36: patterns. A sound key differs from each by one octet. */
static void
test_patterns(void **state)
{
	static const struct ca_bytes e = {e65537, sizeof(e65537)};
	uint8_t n[MODULUS_LEN];
	struct ca_spki spki = rsa((struct ca_bytes){n, sizeof(n)}, e);
	struct ca_error err = {0};

	(void)state;
	fill_without_small_factor(n, sizeof(n), 3);
	assert_fit(&spki);
	memcpy(n + 100, n + 37, 12);
	assert_refused(&spki, "repeats the 12 octets at 37");
	n[105] ^= 1;
	if (ca_weakkey_check(&spki, &err) != CA_OK)
		assert_non_null(strstr(err.msg, "factor"));
	/* Each word of 16, 32, 64 bits has its upper half empty. */
	for (size_t width = 2; width <= 16; width *= 2) {
		char why[64];

		fill(n, sizeof(n), 3);
		for (size_t i = width; i < sizeof(n); i++)
			if (i % width < width / 2)
				n[i] = 0;
		(void)snprintf(
		    why, sizeof(why), "every %zu-bit word", width * 8);
		assert_refused(&spki, why);
	}
}

/* checklist 35: N = 65537^k modulo the product of the primes to 167, as what
 * Infineon's chips made is; nobody's key. The twin is the next number of which
 * that is not true. */
static void
test_roca(void **state)
{
	static const char hex[] =
	    "ef91af4a0708199f5f638dbff8ae298f342483e97ac0f03a8c09d8018491484e"
	    "8f7a6e3fc5d5594d0783dbfa556cdb64ef5b77213d497a54023e20113f981a8d"
	    "415d90692f18ad3f32881eb63dcac9cbdda3740de34d2ebf92df59e8f11c6c99"
	    "a799900fea314a128233162abfa0b9a604c3dabecca00adf80c373cbb8f069ac"
	    "3cbd7d2f6f79410aaf36108f660b22ac9408d2b82eeefe103c44ffbb38d34b2e"
	    "28d18e1a418d9e323433e52deb5885801938bdeb2f93894b228892052772e071"
	    "5b910e738ea9b59208bcd4d998e2c84f7beec107345c09abcc94318f20209a6f"
	    "ff5443b5be51cfec5b6ae11383c89a25a49800ce64648062476868c6bc9a0281";
	struct ca_buf modulus = {0};
	struct ca_spki spki;

	(void)state;
	assert_int_equal(ca_hex_parse(&modulus, hex), CA_OK);
	spki = rsa(ca_view(&modulus), (struct ca_bytes){e65537, 3});
	assert_refused(&spki, "ROCA fingerprint");
	assert_refused(&spki, "CVE-2017-15361");
	modulus.data[modulus.len - 1] = 0x8f;
	spki = rsa(ca_view(&modulus), (struct ca_bytes){e65537, 3});
	assert_fit(&spki);
	ca_buf_free(&modulus);
}

/* ---- curves ------------------------------------------------------------ */

/* Points for which signatures hold that nobody made (checklist 37). */
static void
test_small_order(void **state)
{
	uint8_t ed25519[32] = {0}, ed448[57] = {0};
	struct ca_spki spki = {.type = CA_KEY_ED25519,
	    .bits = 256,
	    .key = {ed25519, sizeof(ed25519)}};

	(void)state;
	for (int sign = 0; sign < 2; sign++) {
		memset(ed25519, 0, sizeof(ed25519));
		ed25519[31] = (uint8_t)(sign << 7);
		assert_refused(&spki, "RFC 8032");
		ed25519[0] = 1;
		assert_refused(&spki, "RFC 8032");
		memset(ed25519, 0xff, sizeof(ed25519));
		ed25519[31] = (uint8_t)(0x7f | sign << 7);
		for (unsigned low = 0xec; low <= 0xff; low++) {
			ed25519[0] = (uint8_t)low;
			assert_refused(&spki, "RFC 8032");
		}
	}
	spki.type = CA_KEY_ED448;
	spki.bits = 456;
	spki.key = (struct ca_bytes){ed448, sizeof(ed448)};
	assert_refused(&spki, "RFC 8032");
	ed448[0] = 1;
	assert_refused(&spki, "RFC 8032");
	memset(ed448, 0xff, 56);
	assert_refused(&spki, "RFC 8032");
	ed448[28] = 0xfe;
	assert_refused(&spki, "RFC 8032");
	ed448[0] = 0xfe;
	assert_refused(&spki, "RFC 8032");
}

/* Keys made by ourselves pass, of every type. */
static void
test_own_keys_are_fit(void **state)
{
	static const struct {
		enum ca_key_type type;
		unsigned bits;
	} types[] = {
	    {CA_KEY_RSA, 2048},
	    {CA_KEY_P256, 0},
	    {CA_KEY_P384, 0},
	    {CA_KEY_P521, 0},
	    {CA_KEY_ED25519, 0},
	    {CA_KEY_ED448, 0},
	};
	struct ca_rng *rng = NULL;

	(void)state;
	assert_int_equal(ca_rng_new(&rng, NULL), CA_OK);
	for (size_t i = 0; i < COUNT(types); i++) {
		struct ca_crypto_key *key = NULL;
		struct ca_buf der = {0};
		struct ca_spki spki = {0};
		struct ca_bytes in;

		assert_int_equal(ca_crypto_key_generate(types[i].type,
				     types[i].bits, rng, &key, NULL),
		    CA_OK);
		assert_int_equal(ca_crypto_key_spki(key, &der, NULL), CA_OK);
		in = ca_view(&der);
		assert_int_equal(ca_spki_get(&in, &spki, NULL), CA_OK);
		assert_fit(&spki);
		ca_buf_free(&der);
		ca_crypto_key_free(key);
	}
	ca_rng_free(rng);
}

/* ---- the badkeys collection ------------------------------------------- */

/* Takes modulus and exponent out of the front of a sequence's content. */
static void
get_numbers(struct ca_bytes in, struct ca_spki *ret)
{
	struct ca_bytes n, e;

	assert_true(der_get_unsigned(&in, &n));
	assert_true(der_get_unsigned(&in, &e));
	*ret = rsa(n, e);
}

static void
get_spki(struct ca_bytes in, struct ca_spki *ret)
{
	struct ca_bytes outer, alg, key, numbers;

	assert_true(der_get(&in, DER_SEQUENCE, &outer));
	assert_true(der_get(&outer, DER_SEQUENCE, &alg));
	assert_true(der_get_bit_octets(&outer, &key));
	assert_true(der_get(&key, DER_SEQUENCE, &numbers));
	get_numbers(numbers, ret);
}

/* The public key of a request or a certificate: so many elements stand before
 * it. Whether the rest is acceptable is not the question here. */
static void
get_signed(struct ca_bytes in, size_t before, struct ca_spki *ret)
{
	struct ca_bytes outer, inner;

	assert_true(der_get(&in, DER_SEQUENCE, &outer));
	assert_true(der_get(&outer, DER_SEQUENCE, &inner));
	for (size_t i = 0; i < before; i++)
		assert_true(der_get_any(&inner, NULL, NULL, NULL));
	get_spki(inner, ret);
}

static void
get_by_label(const char *label, struct ca_bytes der, struct ca_spki *ret)
{
	struct ca_bytes key;

	if (strcmp(label, "PUBLIC KEY") == 0) {
		get_spki(der, ret);
	} else if (strcmp(label, "RSA PUBLIC KEY") == 0) {
		assert_true(der_get(&der, DER_SEQUENCE, &key));
		get_numbers(key, ret);
	} else if (strcmp(label, "RSA PRIVATE KEY") == 0) {
		assert_true(der_get(&der, DER_SEQUENCE, &key));
		assert_true(der_get_any(&key, NULL, NULL, NULL));
		get_numbers(key, ret);
	} else if (strcmp(label, "CERTIFICATE REQUEST") == 0) {
		get_signed(der, 2, ret);
	} else if (strcmp(label, "CERTIFICATE") == 0) {
		get_signed(der, 6, ret);
	} else {
		fail_msg("label %s", label);
	}
}

/* checklist 31 to 36. NULL: passes. */
static void
test_badkeys(void **state)
{
	static const struct {
		const char *file;
		const char *why;
	} files[] = {
	    {"rsa-ok.key", NULL},
	    {"rsa-e1.key", "exponent is 1"},
	    {"rsa-e-larger-n.key", "not below the modulus"},
	    {"rsa-fermat-pkcs1.key", "perfect square"},
	    {"rsa-fermat-pkcs8.key", "CVE-2022-26320"},
	    {"rsa-fermat.crt", "CVE-2022-26320"},
	    {"rsa-fermat.csr", "CVE-2022-26320"},
	    {"rsa-large-e.key", "exponent has"},
	    {"rsa-nprime.key", "itself a prime"},
	    {"rsa-pattern.key", "repeats the 12 octets"},
	    {"rsa-roca.key", "CVE-2017-15361"},
	    /* Wiener's small d: its e is as long as the modulus. */
	    {"rsa-small-d.key", "exponent has"},
	    {"rsa-smallfactors-corrupt.key", "has the factor 3 "},
	    {"rsa-smallfactors-valid.key", "has the factor 31337 "},
	    {"rsa-vanity.key", "repeats the 12 octets"},
	    {"rsanzero.key", "modulus is 0"},
	    {"rsazerozero.key", "modulus is 0"},
	    {"rsapoly32.key", "every 32-bit word"},
	    {"rsapoly128.key", "every 128-bit word"},
	    /* Not covered, as the header says: without Debian's list and
	     * other people's keys these two look sound. */
	    {"rsa-debianweak.key", NULL},
	    {"rsa-sharedprimes.key", NULL},
	};

	(void)state;
	need_corpora();
	for (size_t i = 0; i < COUNT(files); i++) {
		struct ca_buf path = {0}, file = {0}, der = {0};
		char label[CA_PEM_LABEL];
		struct ca_spki spki = {0};
		struct ca_bytes text;

		assert_int_equal(ca_buf_printf(&path, "badkeys/tests/data/%s",
				     files[i].file),
		    CA_OK);
		file = corpora_file(ca_buf_text(&path));
		text = ca_view(&file);
		assert_int_equal(ca_pem_next(&text, label, &der, NULL), CA_OK);
		get_by_label(label, ca_view(&der), &spki);
		print_message("%s\n", files[i].file);
		if (files[i].why != NULL)
			assert_refused(&spki, files[i].why);
		else
			assert_fit(&spki);
		ca_buf_free(&path);
		ca_buf_free(&file);
		ca_buf_free(&der);
	}
}

/* checklist 34: a modulus alone, in hexadecimal */
static void
test_badkeys_hex(void **state)
{
	struct ca_buf modulus = {0}, file;
	struct ca_spki spki;

	(void)state;
	need_corpora();
	file = corpora_file("badkeys/tests/data/rsa-fermat-hexmodulus.txt");
	while (file.len > 0 && file.data[file.len - 1] < ' ')
		file.len--;
	assert_int_equal(ca_hex_parse(&modulus, ca_buf_text(&file)), CA_OK);
	spki = rsa(
	    ca_view(&modulus), (struct ca_bytes){e65537, sizeof(e65537)});
	assert_refused(&spki, "CVE-2022-26320");
	ca_buf_free(&modulus);
	ca_buf_free(&file);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_small_factors),
	    cmocka_unit_test(test_close_factors),
	    cmocka_unit_test(test_patterns),
	    cmocka_unit_test(test_roca),
	    cmocka_unit_test(test_small_order),
	    cmocka_unit_test(test_own_keys_are_fit),
	    cmocka_unit_test(test_badkeys),
	    cmocka_unit_test(test_badkeys_hex),
	};

	return corpora_result(cmocka_run_group_tests(tests, NULL, NULL));
}
