/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/passphrase.h"
#include "cli/secret.h"
#include "tests/unit/bytes.h"

/* Whether the kernel keeps the page that this lies in: /proc/self/smaps has a
 * mapping for it with the flag "lo". */
static bool
is_locked(const void *at)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	unsigned long from, to, wanted = (unsigned long)(uintptr_t)at;
	bool here = false, ret = false;
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) != NULL) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = from <= wanted && wanted < to;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			ret = strstr(line, " lo") != NULL;
	}
	(void)fclose(maps);
	return ret;
}

static void
a_key_and_a_passphrase_are_locked(void **state)
{
	struct ca_rng *rng = NULL;
	struct ca_key *key = NULL;
	struct ca_buf phrase = {0};
	struct ca_error err;
	const uint8_t *before;
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct ca_bytes memory;

	(void)state;
	assert_true(page != MAP_FAILED);
	assert_false(is_locked(page));
	secret_lock((struct ca_bytes){page, 16});
	if (!is_locked(page)) {
		print_message("no memory may be locked here\n");
		skip();
	}
	assert_int_equal(ca_rng_new(&rng, &err), CA_OK);
	assert_int_equal(
	    ca_key_generate(CA_KEY_P256, 0, rng, &key, &err), CA_OK);
	memory = ca_key_memory(key);
	assert_true(memory.len >= 32);
	secret_lock_key(key);
	assert_true(is_locked(memory.data));
	assert_true(is_locked(memory.data + memory.len - 1));
	assert_int_equal(secret_reserve(&phrase, PASSPHRASE_MAX + 2), CA_OK);
	before = phrase.data;
	assert_true(is_locked(before));
	for (int i = 0; i < PASSPHRASE_MAX + 2; i++)
		assert_int_equal(ca_buf_append_text(&phrase, "x"), CA_OK);
	assert_ptr_equal(phrase.data, before);
	ca_buf_free(&phrase);
	ca_key_free(key);
	ca_rng_free(rng);
	(void)munmap(page, 4096);
}

/* A limit that is too low is no failure. In a process of its own, as a limit
 * is not raised again. */
static void
without_a_limit_to_spare_it_goes_on(void **state)
{
	const struct rlimit none = {0, 0};
	struct ca_buf phrase = {0};

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	secret_lock_key(NULL);
	secret_lock((struct ca_bytes){0});
	assert_int_equal(secret_reserve(&phrase, 100), CA_OK);
	assert_true(phrase.cap >= 100);
	ca_buf_free(&phrase);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_key_and_a_passphrase_are_locked),
	    /* The last, as its limit stays. */
	    cmocka_unit_test(without_a_limit_to_spare_it_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
