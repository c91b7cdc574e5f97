/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/place.h"

#include <stdlib.h>
#include <string.h>

#include "cli/file.h"

enum ca_status
place_real(const char *path, struct ca_buf *ret)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? strdup(".") :
	    slash == path            ? strdup("/") :
				       strndup(path, (size_t)(slash - path));
	char *real = folder == NULL ? NULL : realpath(folder, NULL);
	enum ca_status st = CA_MEMORY;

	/* Where there is none, nothing will be written. */
	if (folder != NULL)
		st = real == NULL ?
		    ca_buf_append_text(ret, path) :
		    file_join(ret, real, slash == NULL ? path : slash + 1);
	if (st == CA_OK && ca_buf_text(ret) == NULL)
		st = CA_MEMORY;
	free(real);
	free(folder);
	return st;
}

enum ca_status
places_add(struct places *places, const char *path, const char *what,
    struct ca_error *err)
{
	size_t room = 2 * places->room + 4;
	struct place place = {.path = path, .what = what};

	if (places->count == places->room) {
		struct place *list = reallocarray(
		    places->list, room, sizeof(*list));

		if (list == NULL)
			return ca_fail(err, CA_MEMORY, "out of memory");
		places->list = list;
		places->room = room;
	}
	if (place_real(path, &place.real) != CA_OK) {
		ca_buf_free(&place.real);
		return ca_fail(err, CA_MEMORY, "out of memory");
	}
	places->list[places->count++] = place;
	return CA_OK;
}

static int
compare(const void *a, const void *b)
{
	const struct place *left = a, *right = b;

	return strcmp(
	    (const char *)left->real.data, (const char *)right->real.data);
}

enum ca_status
places_check(struct places *places, struct ca_error *err)
{
	if (places->count > 0)
		qsort(places->list, places->count, sizeof(*places->list),
		    compare);
	for (size_t i = 1; i < places->count; i++) {
		const struct place *one = &places->list[i - 1];
		const struct place *two = &places->list[i];

		if (compare(one, two) == 0)
			return ca_fail(err, CA_USAGE,
			    "%s and %s would both be written to %s: give each "
			    "a file of its own",
			    one->what, two->what, one->path);
	}
	return CA_OK;
}

static enum ca_status
refuse_real(const struct places *places, const struct place *input,
    struct ca_error *err)
{
	const struct place *found = places->count == 0 ?
	    NULL :
	    bsearch(
		input, places->list, places->count, sizeof(*input), compare);

	if (found == NULL)
		return CA_OK;
	return ca_fail(err, CA_USAGE,
	    "%s: is read here, and what becomes of %s would be written over "
	    "it: choose another place",
	    input->path, found->what);
}

enum ca_status
places_check_input(
    const struct places *places, const char *path, struct ca_error *err)
{
	struct place input = {.path = path};
	char *target;
	enum ca_status st;

	if (strcmp(path, "-") == 0)
		return CA_OK;
	st = place_real(path, &input.real);
	if (st != CA_OK)
		st = ca_fail(err, st, "out of memory");
	if (st == CA_OK)
		st = refuse_real(places, &input, err);
	target = st == CA_OK ? realpath(path, NULL) : NULL;
	if (target != NULL) {
		ca_buf_clear(&input.real);
		st = ca_buf_append_text(&input.real, target);
		if (st == CA_OK && ca_buf_text(&input.real) == NULL)
			st = CA_MEMORY;
		st = st == CA_OK ? refuse_real(places, &input, err) :
				   ca_fail(err, st, "out of memory");
	}
	free(target);
	ca_buf_free(&input.real);
	return st;
}

void
places_done(struct places *places)
{
	for (size_t i = 0; i < places->count; i++)
		ca_buf_free(&places->list[i].real);
	free(places->list);
	*places = (struct places){0};
}
