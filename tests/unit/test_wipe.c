/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wipe: after a key is freed, nothing of its secret is left in the memory of
 * the process (checklist 45). All writable memory is searched, heap and stack,
 * for the secret in either order of octets (the library keeps numbers lowest
 * octet first). Alive, it must be found: the search can see.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/bytes.h"

#include "ca/key.h"

#define SECRET_LEN 24
#define REGION_MAX (64ul << 20) /* a sanitizer reserves far more */
#define MASK 0xa5
#define WINDOW ((size_t)1 << 16)

/* Kept masked, so that the search does not find what it looks for. */
struct secret {
	uint8_t masked[SECRET_LEN];
};

/* Where the search reads into: itself a place where the secret would be. */
static uint8_t window[WINDOW];

static struct secret
remember(struct ca_bytes octets)
{
	struct secret secret;

	assert_int_equal(octets.len, SECRET_LEN);
	for (size_t i = 0; i < SECRET_LEN; i++)
		secret.masked[i] = octets.data[i] ^ MASK;
	return secret;
}

static bool
is_at(const struct secret *secret, const uint8_t *at)
{
	size_t forward = 0, backward = 0;

	while (forward < SECRET_LEN &&
	    at[forward] == (secret->masked[forward] ^ MASK))
		forward++;
	while (backward < SECRET_LEN &&
	    at[backward] == (secret->masked[SECRET_LEN - 1 - backward] ^ MASK))
		backward++;
	return forward == SECRET_LEN || backward == SECRET_LEN;
}

static unsigned
count_in_region(const struct secret *secret, int memory, unsigned long from,
    unsigned long to)
{
	const unsigned long self = (unsigned long)(uintptr_t)window;
	unsigned count = 0;

	for (unsigned long at = from; at < to; at += WINDOW - SECRET_LEN) {
		size_t want = to - at < WINDOW ? to - at : WINDOW;
		ssize_t got = pread(memory, window, want, (off_t)at);

		for (ssize_t i = 0; i + SECRET_LEN <= got; i++)
			if (is_at(secret, window + i) &&
			    (at + (size_t)i < self ||
				at + (size_t)i >= self + WINDOW))
				count++;
	}
	memset(window, 0, sizeof(window));
	return count;
}

static unsigned
count_in_memory(const struct secret *secret)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	unsigned long from, to;
	unsigned count = 0;
	char line[512], mode[8];

	if (maps == NULL || memory < 0) {
		print_message("no /proc/self/mem here\n");
		skip();
	}
	while (fgets(line, sizeof(line), maps) != NULL)
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) == 3 &&
		    strncmp(mode, "rw", 2) == 0 && to - from <= REGION_MAX)
			count += count_in_region(secret, memory, from, to);
	(void)fclose(maps);
	(void)close(memory);
	return count;
}

/* The end of the private number; the public one follows it for EC. */
static struct secret
secret_of(const struct ca_key *key)
{
	struct ca_buf der = {0};
	struct secret secret;
	size_t at;

	assert_int_equal(ca_key_to_pkcs8(key, &der, NULL), CA_OK);
	switch (ca_key_spki(key)->type) {
	case CA_KEY_P256:
		at = 40;
		break;
	case CA_KEY_P384:
		at = 40;
		break;
	case CA_KEY_P521:
		at = 48;
		break;
	case CA_KEY_RSA:
		/* in the middle of the last number but one, d mod (q-1) */
		at = der.len - 230;
		break;
	default:
		at = der.len - SECRET_LEN;
		break;
	}
	secret = remember((struct ca_bytes){der.data + at, SECRET_LEN});
	ca_buf_free(&der);
	return secret;
}

static void
check(enum ca_key_type type, struct ca_rng *rng)
{
	static const struct ca_kdf fast = {
	    .kind = CA_KDF_SCRYPT, .n = 1024, .r = 8, .p = 1};
	struct ca_key *key = NULL;
	struct ca_buf plain = {0}, sealed = {0};
	struct secret secret;

	assert_int_equal(ca_key_generate(type, 2048, rng, &key, NULL), CA_OK);
	secret = secret_of(key);
	assert_int_not_equal(count_in_memory(&secret), 0);
	assert_int_equal(
	    ca_key_to_pem(key, BYTES("secret"), &fast, rng, &sealed, NULL),
	    CA_OK);
	assert_int_equal(
	    ca_key_to_pem(key, (struct ca_bytes){0}, NULL, rng, &plain, NULL),
	    CA_OK);
	ca_buf_free(&plain);
	ca_key_free(key);
	assert_int_equal(count_in_memory(&secret), 0);

	key = NULL;
	assert_int_equal(
	    ca_key_from_pem(ca_view(&sealed), BYTES("secret"), rng, &key, NULL),
	    CA_OK);
	assert_int_not_equal(count_in_memory(&secret), 0);
	ca_key_free(key);
	assert_int_equal(count_in_memory(&secret), 0);
	ca_buf_free(&sealed);
}

static void
test_keys_leave_nothing(void **state)
{
	static const enum ca_key_type types[] = {CA_KEY_RSA, CA_KEY_P256,
	    CA_KEY_P384, CA_KEY_P521, CA_KEY_ED25519, CA_KEY_ED448};
	struct ca_rng *rng = NULL;

	(void)state;
	assert_int_equal(ca_rng_new(&rng, NULL), CA_OK);
	for (size_t i = 0; i < COUNT(types); i++) {
		print_message("%s\n", ca_key_type_name(types[i]));
		check(types[i], rng);
	}
	ca_rng_free(rng);
}

/* Nor is a passphrase that was only in read-only memory before. */
static void
test_passphrases_leave_nothing(void **state)
{
	static const char pass[] = "correct horse battery staple";
	static const struct ca_kdf kdfs[] = {
	    {.kind = CA_KDF_SCRYPT, .n = 1024, .r = 8, .p = 1},
	    {.kind = CA_KDF_PBKDF2, .iterations = 10, .prf = CA_HASH_SHA256},
	};
	const struct secret secret = remember(
	    (struct ca_bytes){(const uint8_t *)pass, SECRET_LEN});
	struct ca_rng *rng = NULL;
	struct ca_key *key = NULL, *again = NULL;

	(void)state;
	assert_int_equal(ca_rng_new(&rng, NULL), CA_OK);
	assert_int_equal(
	    ca_key_generate(CA_KEY_ED25519, 0, rng, &key, NULL), CA_OK);
	for (size_t i = 0; i < COUNT(kdfs); i++) {
		struct ca_buf sealed = {0};

		assert_int_equal(ca_key_to_pem(key, ca_text(pass), &kdfs[i],
				     rng, &sealed, NULL),
		    CA_OK);
		assert_int_equal(ca_key_from_pem(ca_view(&sealed),
				     ca_text(pass), rng, &again, NULL),
		    CA_OK);
		assert_int_equal(count_in_memory(&secret), 0);
		ca_key_free(again);
		ca_buf_free(&sealed);
	}
	ca_key_free(key);
	ca_rng_free(rng);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keys_leave_nothing),
	    cmocka_unit_test(test_passphrases_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
