/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hash of pieces is that of the whole. */
#include "tests/unit/folder.h"

#include "ca/crypto.h"

static void
pieces_make_the_whole(void **state)
{
	static const enum ca_hash hashes[] = {
	    CA_HASH_SHA256, CA_HASH_SHA384, CA_HASH_SHA512};
	uint8_t data[300];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)i;
	for (size_t h = 0; h < COUNT(hashes); h++)
		for (size_t cut = 0; cut <= sizeof(data); cut += 37) {
			uint8_t whole[CA_HASH_MAX], pieces[CA_HASH_MAX];
			struct ca_hashing *hashing = NULL;

			WORKS(ca_hash_bytes(hashes[h],
			    (struct ca_bytes){data, sizeof(data)}, whole,
			    &err));
			WORKS(ca_hashing_begin(hashes[h], &hashing, &err));
			ca_hashing_add(hashing, (struct ca_bytes){data, cut});
			ca_hashing_add(hashing,
			    (struct ca_bytes){data + cut, sizeof(data) - cut});
			WORKS(ca_hashing_end(&hashing, pieces, &err));
			assert_null(hashing);
			assert_memory_equal(
			    whole, pieces, ca_hash_len(hashes[h]));
		}
}

static void
one_that_is_not_wanted_any_more(void **state)
{
	struct ca_hashing *hashing = NULL;

	(void)state;
	WORKS(ca_hashing_begin(CA_HASH_SHA256, &hashing, &err));
	ca_hashing_add(hashing, BYTES("x"));
	ca_hashing_free(hashing);
	ca_hashing_free(NULL);
	FAILS(ca_hashing_begin(CA_HASH_NONE, &hashing, &err), CA_INTERNAL,
	    "none was chosen");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pieces_make_the_whole),
	    cmocka_unit_test(one_that_is_not_wanted_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
