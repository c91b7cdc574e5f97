/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * corpora: public test data that is not part of the project. $SIGNET_CORPORA
 * names its folder, else it lies beside the source.
 *
 * main() ends with corpora_result(), so that a program some of whose tests were
 * skipped for want of them is not taken for one that passed.
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

/* What main() returns: 77 is CTest's "skipped". failed: how many did. */
static inline int
corpora_result(int failed)
{
	if (failed != 0)
		return 1;
	return access(corpora_folder(), R_OK) == 0 ? 0 : 77;
}

/* The whole file, which must be there; free it. */
static inline struct ca_buf
corpora_file(const char *name)
{
	struct ca_buf path = {0}, file = {0};
	long size;
	FILE *f;

	assert_int_equal(
	    ca_buf_printf(&path, "%s/%s", corpora_folder(), name), CA_OK);
	f = fopen(ca_buf_text(&path), "rb");
	if (f == NULL)
		fail_msg("%s: not there", ca_buf_text(&path));
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	assert_true(size >= 0 && (size_t)size < CORPORA_FILE_MAX);
	rewind(f);
	/* Room for a NUL, too: it is wiped when freed, and so no more. */
	assert_int_equal(ca_buf_reserve(&file, (size_t)size + 1), CA_OK);
	file.len = fread(file.data, 1, (size_t)size, f);
	assert_int_equal(file.len, size);
	(void)fclose(f);
	ca_buf_free(&path);
	return file;
}

#endif
