/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * place: the files that one command will write, and whether two of them are
 * one, however they are spelled.
 *
 * What this does not do: see a file's second name (a hard link): a file is
 * replaced by rename, which leaves the other name what it was.
 */
#ifndef CLI_PLACE_H
#define CLI_PLACE_H

#include "ca/base.h"

/* Appends the folder's own path and the name in it, with a NUL behind it: the
 * last part is not followed, for what is written replaces a link. */
CA_MUST_USE enum ca_status place_real(const char *path, struct ca_buf *ret);

struct place {
	struct ca_buf real; /* with a NUL */
	const char *path, *what;
};
struct places {
	struct place *list;
	size_t count, room;
};

/* what is said of it: "--out", "a.csr". Both stay the caller's. */
CA_MUST_USE enum ca_status places_add(struct places *places, const char *path,
    const char *what, struct ca_error *err);
/* CA_USAGE when two are one file, naming both. Sorts them. */
CA_MUST_USE enum ca_status places_check(
    struct places *places, struct ca_error *err);
/* CA_USAGE when the file that is read is among them: by its own name or by
 * that of what it links to. After places_check(). */
CA_MUST_USE enum ca_status places_check_input(
    const struct places *places, const char *path, struct ca_error *err);
void places_done(struct places *places);

#endif
