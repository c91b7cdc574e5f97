/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory: the search for a secret in all writable memory of this process, heap
 * and stack, in either order of octets (the library keeps numbers lowest octet
 * first).
 *
 * What this does not do: look into a sanitizer's own memory, or files.
 */
#ifndef TESTS_UNIT_MEMORY_H
#define TESTS_UNIT_MEMORY_H

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

static inline struct secret
remember(struct ca_bytes octets)
{
	struct secret secret;

	assert_int_equal(octets.len, SECRET_LEN);
	for (size_t i = 0; i < SECRET_LEN; i++)
		secret.masked[i] = octets.data[i] ^ MASK;
	return secret;
}

static inline bool
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

static inline unsigned
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

static inline unsigned
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
static inline struct secret
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

#endif
