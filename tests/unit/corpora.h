/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * corpora: public test data that is not part of the project. $SIGNET_CORPORA
 * names its folder, else it lies beside the source.
 *
 * What this does not do: fail when the folder is absent: the test is skipped.
 */
#ifndef TESTS_UNIT_CORPORA_H
#define TESTS_UNIT_CORPORA_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/bytes.h"

#define CORPORA_FILE_MAX ((size_t)4 << 20)

static inline const char *
corpora_folder(void)
{
	const char *folder = getenv("SIGNET_CORPORA");

	if (folder == NULL || folder[0] == '\0')
		folder = SIGNET_CORPORA_DEFAULT;
	return folder;
}

/* The first line of every test that needs them. */
static inline void
need_corpora(void)
{
	if (access(corpora_folder(), R_OK) != 0) {
		print_message(
		    "SIGNET_CORPORA: no folder %s\n", corpora_folder());
		skip();
	}
}

/* The whole file, which must be there; free it. */
static inline struct ca_buf
corpora_file(const char *name)
{
	struct ca_buf path = {0}, file = {0};
	FILE *f;

	assert_int_equal(
	    ca_buf_printf(&path, "%s/%s", corpora_folder(), name), CA_OK);
	f = fopen(ca_buf_text(&path), "rb");
	if (f == NULL)
		fail_msg("%s: not there", ca_buf_text(&path));
	assert_int_equal(ca_buf_reserve(&file, CORPORA_FILE_MAX), CA_OK);
	file.len = fread(file.data, 1, CORPORA_FILE_MAX, f);
	assert_true(file.len < CORPORA_FILE_MAX);
	(void)fclose(f);
	ca_buf_free(&path);
	return file;
}

#endif
