/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/condition.h"

#include <string.h>

#include "cli/serve/http_date.h"

static const char *
skip_space(const char *text)
{
	return text + strspn(text, " \t");
}

/* entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE. NULL when there is none. */
static const char *
take_tag(const char *text, struct ca_bytes *ret)
{
	const char *end;

	if (strncmp(text, "W/", 2) == 0)
		text += 2;
	if (*text != '"' || (end = strchr(text + 1, '"')) == NULL)
		return NULL;
	*ret = (struct ca_bytes){
	    (const uint8_t *)text, (size_t)(end + 1 - text)};
	return end + 1;
}

/* 1: it is among them, 0: it is not, -1: that is no list of tags. */
static int
has_tag(const char *list, const char *etag)
{
	struct ca_bytes tag, mine = ca_text(etag);
	int found = 0;

	list = skip_space(list);
	if (*list == '*')
		return *skip_space(list + 1) == '\0' ? 1 : -1;
	for (int i = 0; i < CONDITION_MAX_TAGS; i++) {
		if ((list = take_tag(list, &tag)) == NULL)
			return -1;
		if (ca_bytes_equal(tag, mine))
			found = 1;
		list = skip_space(list);
		if (*list == '\0')
			return found;
		if (*list != ',')
			return -1;
		list = skip_space(list + 1);
	}
	return found;
}

bool
condition_holds(const char *const *if_none_match, size_t count,
    const char *if_modified_since, const char *etag, int64_t modified)
{
	int64_t since;
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		const int has = has_tag(if_none_match[i], etag);

		if (has < 0)
			return false;
		found = found || has == 1;
	}
	if (count > 0)
		return found;
	return if_modified_since != NULL &&
	    http_date_parse(if_modified_since, &since) && modified == since;
}
