/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * folder: a test in a folder of its own, and calls that work or say why not.
 *
 * What this does not do: folders in that folder: whoever makes one removes it.
 */
#ifndef TESTS_UNIT_FOLDER_H
#define TESTS_UNIT_FOLDER_H

#include "tests/unit/program.h"

static inline int
open_folder(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	*f = folder_open();
	*state = f;
	return 0;
}

static inline int
close_folder(void **state)
{
	folder_close(*state);
	free(*state);
	return 0;
}

#define IN_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, open_folder, close_folder)

/* The message has each of these words, which are parted by '|'. */
static inline void
assert_says(const char *msg, const char *words)
{
	char part[128];

	while (*words != '\0') {
		size_t len = strcspn(words, "|");

		assert_true(len < sizeof(part));
		memcpy(part, words, len);
		part[len] = '\0';
		if (strstr(msg, part) == NULL)
			fail_msg("'%s' is not in: %s", part, msg);
		words += len + (words[len] == '|');
	}
}

/* The call, in which err is an error, fails so and says this. */
#define FAILS(call, status_, words)                         \
	do {                                                \
		struct ca_error err = {0};                  \
                                                            \
		if ((call) != (status_))                    \
			fail_msg("%s: %s", #call, err.msg); \
		assert_int_equal(err.status, status_);      \
		assert_says(err.msg, words);                \
	} while (0)

#define WORKS(call)                                         \
	do {                                                \
		struct ca_error err = {0};                  \
                                                            \
		if ((call) != CA_OK)                        \
			fail_msg("%s: %s", #call, err.msg); \
	} while (0)

#endif
