/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Private keys: made, read, written, signed with (checklist 39, 40).
 * tests/vectors/crypto/private-keys.txt holds openssl's keys and wrong ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ca/crypto.h"
#include "tests/unit/corpora.h"

#define VECTORS SIGNET_SOURCE_DIR "/tests/vectors/crypto/private-keys.txt"

/* The program's own symbol stands before the shared library's: what the
 * system gives as a seed can be made to repeat. */
static bool seed_repeats;

struct OS_Seed;
int wc_GenerateSeed(struct OS_Seed *os, uint8_t *seed, uint32_t len);

int
wc_GenerateSeed(struct OS_Seed *os, uint8_t *seed, uint32_t len)
{
	int (*real)(struct OS_Seed *, uint8_t *, uint32_t);

	if (seed_repeats) {
		for (uint32_t i = 0; i < len; i++)
			seed[i] = (uint8_t)(i * 37 + i / 7);
		return 0;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "wc_GenerateSeed");
	return real(os, seed, len);
}

static struct ca_rng *
new_rng(void)
{
	struct ca_rng *rng = NULL;
	struct ca_error err = {0};

	assert_int_equal(ca_rng_new(&rng, &err), CA_OK);
	return rng;
}

static struct ca_buf
hex(const char *text)
{
	struct ca_buf buf = {0};

	if (strcmp(text, "-") != 0)
		assert_int_equal(ca_hex_parse(&buf, text), CA_OK);
	return buf;
}

static void
get_spki(
    const struct ca_crypto_key *key, struct ca_buf *der, struct ca_spki *ret)
{
	struct ca_error err = {0};
	struct ca_bytes in;

	assert_int_equal(ca_crypto_key_spki(key, der, &err), CA_OK);
	in = ca_view(der);
	assert_int_equal(ca_spki_get(&in, ret, &err), CA_OK);
	assert_int_equal(in.len, 0);
	assert_int_equal(ca_crypto_check_public(ret, &err), CA_OK);
}

/* Signs with every algorithm that fits; each holds, and for nothing else. */
static void
sign_with_all(struct ca_crypto_key *key, struct ca_rng *rng)
{
	static const struct ca_sig_alg algs[] = {
	    {CA_SIG_RSA_PKCS1, CA_HASH_SHA256, 0},
	    {CA_SIG_RSA_PKCS1, CA_HASH_SHA384, 0},
	    {CA_SIG_RSA_PKCS1, CA_HASH_SHA512, 0},
	    {CA_SIG_RSA_PSS, CA_HASH_SHA256, 32},
	    {CA_SIG_RSA_PSS, CA_HASH_SHA384, 48},
	    {CA_SIG_RSA_PSS, CA_HASH_SHA512, 64},
	    {CA_SIG_RSA_PSS, CA_HASH_SHA256, 0},
	    {CA_SIG_RSA_PSS, CA_HASH_SHA256, 100},
	    {CA_SIG_ECDSA, CA_HASH_SHA256, 0},
	    {CA_SIG_ECDSA, CA_HASH_SHA384, 0},
	    {CA_SIG_ECDSA, CA_HASH_SHA512, 0},
	    {CA_SIG_ED25519, CA_HASH_NONE, 0},
	    {CA_SIG_ED448, CA_HASH_NONE, 0},
	};
	const struct ca_bytes data = ca_text("to be signed");
	struct ca_digest digest, other;
	struct ca_buf der = {0};
	struct ca_spki spki;
	unsigned fitting = 0;

	get_spki(key, &der, &spki);
	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		struct ca_buf signature = {0};
		struct ca_error err = {0};
		bool fits = ca_sig_alg_fits(&algs[i], &spki);

		assert_int_equal(
		    ca_crypto_sign(key, &algs[i], data, rng, &signature, &err),
		    fits ? CA_OK : CA_REFUSED);
		if (!fits) {
			assert_null(signature.data);
			continue;
		}
		fitting++;
		assert_int_equal(ca_crypto_verify(&spki, &algs[i], data,
				     ca_view(&signature), &err),
		    CA_OK);
		assert_int_equal(
		    ca_crypto_verify(&spki, &algs[i], ca_text("another"),
			ca_view(&signature), NULL),
		    CA_UNTRUSTED);
		ca_buf_clear(&signature);
		/* The same in steps. */
		assert_int_equal(
		    ca_crypto_digest(&algs[i], data, &digest, &err), CA_OK);
		assert_int_equal(ca_crypto_digest(&algs[i], ca_text("another"),
				     &other, &err),
		    CA_OK);
		assert_int_equal(ca_crypto_sign_digest(key, &algs[i], &digest,
				     rng, &signature, &err),
		    CA_OK);
		assert_int_equal(ca_crypto_verify(&spki, &algs[i], data,
				     ca_view(&signature), &err),
		    CA_OK);
		assert_int_equal(ca_crypto_verify_own(key, &spki, &algs[i],
				     &digest, ca_view(&signature), &err),
		    CA_OK);
		assert_int_equal(ca_crypto_verify_own(key, &spki, &algs[i],
				     &other, ca_view(&signature), NULL),
		    CA_UNTRUSTED);
		ca_buf_free(&signature);
	}
	assert_in_range(fitting, 1, 8);
	ca_buf_free(&der);
}

/* ---- making ---- */

/* checklist 40: what was made signs, and is read back as the same. */
static void
generates_every_type(void **state)
{
	static const struct {
		enum ca_key_type type;
		unsigned bits;
	} cases[] = {
	    {CA_KEY_RSA, 2048},
	    {CA_KEY_RSA, 3072},
	    {CA_KEY_RSA, 4096},
	    {CA_KEY_P256, 0},
	    {CA_KEY_P384, 0},
	    {CA_KEY_P521, 0},
	    {CA_KEY_ED25519, 0},
	    {CA_KEY_ED448, 0},
	};
	struct ca_rng *rng = new_rng();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_crypto_key *key = NULL, *again = NULL;
		struct ca_buf inner = {0}, der = {0}, der_again = {0};
		struct ca_spki spki, spki_again;
		struct ca_error err = {0};

		assert_int_equal(ca_crypto_key_generate(cases[i].type,
				     cases[i].bits, rng, &key, &err),
		    CA_OK);
		sign_with_all(key, rng);
		assert_int_equal(
		    ca_crypto_key_export(key, &inner, &err), CA_OK);
		assert_int_equal(ca_crypto_key_import(cases[i].type,
				     ca_view(&inner), &again, &err),
		    CA_OK);
		get_spki(key, &der, &spki);
		get_spki(again, &der_again, &spki_again);
		assert_int_equal(spki.type, cases[i].type);
		if (cases[i].bits != 0)
			assert_int_equal(spki.bits, cases[i].bits);
		assert_true(ca_bytes_equal(ca_view(&der), ca_view(&der_again)));
		ca_crypto_key_free(key);
		ca_crypto_key_free(again);
		ca_buf_free(&inner);
		ca_buf_free(&der);
		ca_buf_free(&der_again);
	}
	ca_rng_free(rng);
}

static void
two_keys_differ(void **state)
{
	struct ca_crypto_key *a = NULL, *b = NULL;
	struct ca_buf der_a = {0}, der_b = {0};
	struct ca_rng *rng = new_rng();
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(
	    ca_crypto_key_generate(CA_KEY_ED25519, 0, rng, &a, &err), CA_OK);
	assert_int_equal(
	    ca_crypto_key_generate(CA_KEY_ED25519, 0, rng, &b, &err), CA_OK);
	assert_int_equal(ca_crypto_key_spki(a, &der_a, &err), CA_OK);
	assert_int_equal(ca_crypto_key_spki(b, &der_b, &err), CA_OK);
	assert_false(ca_bytes_equal(ca_view(&der_a), ca_view(&der_b)));
	ca_crypto_key_free(a);
	ca_crypto_key_free(b);
	ca_buf_free(&der_a);
	ca_buf_free(&der_b);
	ca_rng_free(rng);
}

static void
generates_nothing_else(void **state)
{
	static const unsigned bits[] = {0, 512, 1024, 2047, 2560, 5120, 8192};
	struct ca_crypto_key *key = NULL;
	struct ca_rng *rng = new_rng();

	(void)state;
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		struct ca_error err = {0};

		assert_int_equal(ca_crypto_key_generate(
				     CA_KEY_RSA, bits[i], rng, &key, &err),
		    CA_REFUSED);
		assert_null(key);
	}
	assert_int_equal(
	    ca_crypto_key_generate(CA_KEY_NONE, 0, rng, &key, NULL),
	    CA_INTERNAL);
	assert_int_equal(
	    ca_crypto_key_import(CA_KEY_NONE, ca_text("x"), &key, NULL),
	    CA_INTERNAL);
	assert_null(key);
	ca_crypto_key_free(NULL);
	ca_rng_free(rng);
}

/* ---- reading ---- */

static enum ca_key_type
type_of(const char *name)
{
	enum ca_key_type type = CA_KEY_NONE;
	unsigned bits;

	assert_int_equal(ca_key_type_parse(name, &type, &bits, NULL), CA_OK);
	return type;
}

static enum ca_status
status_of(const char *word)
{
	if (strcmp(word, "ok") == 0)
		return CA_OK;
	if (strcmp(word, "untrusted") == 0)
		return CA_UNTRUSTED;
	if (strcmp(word, "malformed") == 0)
		return CA_MALFORMED;
	assert_string_equal(word, "refused");
	return CA_REFUSED;
}

/* A key that was read: its public half, its bytes, its signatures. */
static void
use_key(struct ca_crypto_key *key, struct ca_bytes inner, struct ca_bytes want,
    const char *why, struct ca_rng *rng)
{
	struct ca_buf der = {0}, again = {0};
	struct ca_error err = {0};

	assert_int_equal(ca_crypto_key_spki(key, &der, &err), CA_OK);
	assert_true(ca_bytes_equal(ca_view(&der), want));
	assert_int_equal(ca_crypto_key_export(key, &again, &err), CA_OK);
	/* openssl's form is ours; the others are turned into it */
	if (strstr(why, "openssl") != NULL)
		assert_true(ca_bytes_equal(ca_view(&again), inner));
	sign_with_all(key, rng);
	ca_buf_free(&der);
	ca_buf_free(&again);
}

static bool
run_line(char *line, struct ca_rng *rng)
{
	char *rest = line, *verdict = strsep(&rest, " ");
	char *type = strsep(&rest, " "), *inner_hex = strsep(&rest, " ");
	char *spki_hex = strsep(&rest, " ");
	struct ca_buf inner, spki;
	struct ca_crypto_key *key = NULL;
	struct ca_error err = {0};
	enum ca_status st;

	assert_non_null(rest);
	inner = hex(inner_hex);
	spki = hex(spki_hex);
	st = ca_crypto_key_import(type_of(type), ca_view(&inner), &key, &err);
	if (st != status_of(verdict))
		fail_msg(
		    "%s %s (%s): %d '%s'", verdict, type, rest, st, err.msg);
	assert_int_equal(err.status, st);
	if (strcmp(rest, "a key of P-256\n") == 0 ||
	    strcmp(rest, "a key of P-256") == 0)
		assert_non_null(strstr(err.msg,
		    "the file says ecdsa-p384, the key inside is one of "
		    "ecdsa-p256"));
	if (st == CA_OK)
		use_key(key, ca_view(&inner), ca_view(&spki), rest, rng);
	else
		assert_null(key);
	ca_crypto_key_free(key);
	ca_buf_free(&inner);
	ca_buf_free(&spki);
	return st == CA_OK;
}

static void
every_verdict(void **state)
{
	struct ca_rng *rng = new_rng();
	FILE *file = fopen(VECTORS, "r");
	unsigned good = 0, bad = 0;
	char *line = NULL;
	size_t size = 0;

	(void)state;
	assert_non_null(file);
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || line[0] == '\0')
			continue;
		if (run_line(line, rng))
			good++;
		else
			bad++;
	}
	free(line);
	(void)fclose(file);
	ca_rng_free(rng);
	assert_in_range(good, 14, 100);
	assert_in_range(bad, 100, 1000);
}

/* ---- signing ---- */

/* RFC 8032 7.1 and 7.4. */
static void
eddsa_known_answers(void **state)
{
	static const struct {
		enum ca_key_type type;
		const char *secret, *point, *data, *signature;
	} cases[] = {
	    {CA_KEY_ED25519,
		"04209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031c"
		"ae7f60",
		"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f7075"
		"11a",
		"-",
		"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490"
		"1555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e"
		"7a100b"},
	    {CA_KEY_ED25519,
		"04204ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4f"
		"b8a6fb",
		"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af46"
		"60c",
		"72",
		"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb6"
		"9da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612"
		"bb0c00"},
	    {CA_KEY_ED448,
		"04396c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6"
		"e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b",
		"5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96"
		"778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180",
		"-",
		"533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a5"
		"91f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028"
		"d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a"
		"113a0f4dbb61149f05a7363268c71d95808ff2e652600"},
	    {CA_KEY_ED448,
		"0439c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda"
		"2c463afbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e",
		"43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c"
		"0866aea01eb00742802b8438ea4cb82169c235160627b4c3a9480",
		"03",
		"26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f"
		"4352541b143c4b981b7e18f62de8ccdf633fc1bf037ab7cd779805e0dbcc0"
		"aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f"
		"1953d2a0ff3348ab21aa4adafd1d234441cf807c03a00"},
	};
	struct ca_rng *rng = new_rng();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_buf secret = hex(cases[i].secret);
		struct ca_buf point = hex(cases[i].point);
		struct ca_buf data = hex(cases[i].data);
		struct ca_buf want = hex(cases[i].signature);
		struct ca_buf der = {0}, got = {0};
		struct ca_crypto_key *key = NULL;
		struct ca_error err = {0};
		struct ca_sig_alg alg;
		struct ca_spki spki;

		assert_int_equal(ca_crypto_key_import(cases[i].type,
				     ca_view(&secret), &key, &err),
		    CA_OK);
		get_spki(key, &der, &spki);
		assert_true(ca_bytes_equal(spki.key, ca_view(&point)));
		alg = ca_sig_alg_for(&spki);
		assert_int_equal(
		    ca_crypto_sign(key, &alg, ca_view(&data), rng, &got, &err),
		    CA_OK);
		assert_true(ca_bytes_equal(ca_view(&got), ca_view(&want)));
		assert_int_equal(ca_crypto_verify(&spki, &alg, ca_view(&data),
				     ca_view(&got), &err),
		    CA_OK);
		ca_crypto_key_free(key);
		ca_buf_free(&secret);
		ca_buf_free(&point);
		ca_buf_free(&data);
		ca_buf_free(&want);
		ca_buf_free(&der);
		ca_buf_free(&got);
	}
	ca_rng_free(rng);
}

/* SECRET PUBLIC:PUBLIC:DATA:SIGNATURE DATA, one a line, in hex. */
static void
run_djb_line(char *line, struct ca_rng *rng)
{
	char *secret_hex = strsep(&line, ":"), *point_hex = strsep(&line, ":");
	char *data_hex = strsep(&line, ":"), *want_hex = strsep(&line, ":");
	struct ca_buf inner = {0}, point = {0}, data = {0}, want = {0};
	struct ca_buf der = {0}, got = {0};
	struct ca_crypto_key *key = NULL;
	struct ca_error err = {0};
	struct ca_sig_alg alg;
	struct ca_spki spki;

	assert_non_null(want_hex);
	secret_hex[64] = '\0';
	want_hex[128] = '\0';
	assert_int_equal(ca_hex_parse(&inner, "0420"), CA_OK);
	assert_int_equal(ca_hex_parse(&inner, secret_hex), CA_OK);
	assert_int_equal(ca_hex_parse(&point, point_hex), CA_OK);
	if (*data_hex != '\0')
		assert_int_equal(ca_hex_parse(&data, data_hex), CA_OK);
	assert_int_equal(ca_hex_parse(&want, want_hex), CA_OK);
	assert_int_equal(
	    ca_crypto_key_import(CA_KEY_ED25519, ca_view(&inner), &key, &err),
	    CA_OK);
	get_spki(key, &der, &spki);
	assert_true(ca_bytes_equal(spki.key, ca_view(&point)));
	alg = ca_sig_alg_for(&spki);
	assert_int_equal(
	    ca_crypto_sign(key, &alg, ca_view(&data), rng, &got, &err), CA_OK);
	assert_true(ca_bytes_equal(ca_view(&got), ca_view(&want)));
	assert_int_equal(
	    ca_crypto_verify(&spki, &alg, ca_view(&data), ca_view(&got), &err),
	    CA_OK);
	ca_crypto_key_free(key);
	ca_buf_free(&inner);
	ca_buf_free(&point);
	ca_buf_free(&data);
	ca_buf_free(&want);
	ca_buf_free(&der);
	ca_buf_free(&got);
}

/* The 1024 vectors Ed25519 was published with, data of 0 to 1023 octets. */
static void
ed25519_corpus(void **state)
{
	struct ca_rng *rng;
	struct ca_buf path = {0};
	unsigned lines = 0;
	char *line = NULL;
	size_t size = 0;
	FILE *file;

	(void)state;
	need_corpora();
	assert_int_equal(
	    ca_buf_printf(&path, "%s/pyca/asymmetric/Ed25519/sign.input",
		corpora_folder()),
	    CA_OK);
	file = fopen(ca_buf_text(&path), "r");
	ca_buf_free(&path);
	assert_non_null(file);
	rng = new_rng();
	for (; getline(&line, &size, file) > 0; lines++)
		run_djb_line(line, rng);
	free(line);
	(void)fclose(file);
	ca_rng_free(rng);
	assert_in_range(lines, 100, 1024);
}

/* A salt that does not fit: 256 - 32 - 2 is the longest for 2048 bits. */
static void
pss_salt_bounds(void **state)
{
	struct ca_sig_alg alg = {CA_SIG_RSA_PSS, CA_HASH_SHA256, 222};
	struct ca_crypto_key *key = NULL;
	struct ca_rng *rng = new_rng();
	struct ca_buf signature = {0}, der = {0};
	struct ca_error err = {0};
	struct ca_spki spki;

	(void)state;
	assert_int_equal(
	    ca_crypto_key_generate(CA_KEY_RSA, 2048, rng, &key, &err), CA_OK);
	get_spki(key, &der, &spki);
	assert_int_equal(
	    ca_crypto_sign(key, &alg, ca_text("data"), rng, &signature, &err),
	    CA_OK);
	assert_int_equal(ca_crypto_verify(&spki, &alg, ca_text("data"),
			     ca_view(&signature), &err),
	    CA_OK);
	alg.salt_len = 223;
	assert_int_equal(
	    ca_crypto_sign(key, &alg, ca_text("data"), rng, &signature, &err),
	    CA_REFUSED);
	assert_int_equal(ca_crypto_verify(&spki, &alg, ca_text("data"),
			     ca_view(&signature), NULL),
	    CA_UNTRUSTED);
	ca_crypto_key_free(key);
	ca_buf_free(&signature);
	ca_buf_free(&der);
	ca_rng_free(rng);
}

/* r of a fresh ECDSA signature over text. */
static void
sign_for_r(struct ca_crypto_key *key, struct ca_rng *rng, const char *text,
    uint8_t r[32])
{
	const struct ca_sig_alg alg = {CA_SIG_ECDSA, CA_HASH_SHA256, 0};
	struct ca_buf signature = {0};
	struct ca_bytes in, content, number;
	struct ca_error err = {0};

	assert_int_equal(
	    ca_crypto_sign(key, &alg, ca_text(text), rng, &signature, &err),
	    CA_OK);
	in = ca_view(&signature);
	assert_true(der_get(&in, DER_SEQUENCE, &content));
	assert_true(der_get_unsigned(&content, &number));
	memset(r, 0, 32);
	memcpy(r + 32 - number.len, number.data, number.len);
	ca_buf_free(&signature);
}

/*
 * checklist 39: with all randomness repeating, two messages still do not
 * share a nonce, which would give the key away.
 */
static void
nonce_is_never_reused(void **state)
{
	struct ca_crypto_key *key = NULL;
	struct ca_rng *rng;
	uint8_t a[32], b[32], c[32];
	struct ca_error err = {0};

	(void)state;
	rng = new_rng();
	assert_int_equal(
	    ca_crypto_key_generate(CA_KEY_P256, 0, rng, &key, &err), CA_OK);
	ca_rng_free(rng);
	seed_repeats = true;
	rng = new_rng();
	sign_for_r(key, rng, "one message", a);
	ca_rng_free(rng);
	rng = new_rng();
	sign_for_r(key, rng, "another", b);
	ca_rng_free(rng);
	/* the trap is armed: the same message does give the same nonce */
	rng = new_rng();
	sign_for_r(key, rng, "one message", c);
	ca_rng_free(rng);
	seed_repeats = false;
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_equal(a, c, sizeof(a));
	ca_crypto_key_free(key);
}

/* The library's generator goes on the same in parent and child. */
static void
fork_shares_no_nonce(void **state)
{
	struct ca_crypto_key *key = NULL;
	struct ca_rng *rng = new_rng();
	uint8_t mine[32], childs[32] = {0};
	struct ca_error err = {0};
	int ends[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(
	    ca_crypto_key_generate(CA_KEY_P256, 0, rng, &key, &err), CA_OK);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		sign_for_r(key, rng, "the same message", childs);
		/* valgrind looks for leaks in here too */
		ca_crypto_key_free(key);
		ca_rng_free(rng);
		_exit(write(ends[1], childs, 32) == 32 ? 0 : 1);
	}
	sign_for_r(key, rng, "the same message", mine);
	assert_int_equal(read(ends[0], childs, 32), 32);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_memory_not_equal(mine, childs, 32);
	(void)close(ends[0]);
	(void)close(ends[1]);
	ca_crypto_key_free(key);
	ca_rng_free(rng);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(generates_every_type),
	    cmocka_unit_test(two_keys_differ),
	    cmocka_unit_test(generates_nothing_else),
	    cmocka_unit_test(every_verdict),
	    cmocka_unit_test(eddsa_known_answers),
	    cmocka_unit_test(ed25519_corpus),
	    cmocka_unit_test(pss_salt_bounds),
	    cmocka_unit_test(nonce_is_never_reused),
	    cmocka_unit_test(fork_shares_no_nonce),
	};

	return corpora_result(cmocka_run_group_tests(tests, NULL, NULL));
}
