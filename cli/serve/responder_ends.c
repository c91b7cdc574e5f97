/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/serve/responder_ends.h"

#include <stdlib.h>
#include <string.h>

#define LINE_MAX_OCTETS 128

void
responder_ends_init(struct responder_ends *ends)
{
	(void)pthread_mutex_init(&ends->lock, NULL);
	ends->lines = (struct ca_buf){0};
}

void
responder_ends_told(struct responder_ends *ends, struct ca_bytes lines)
{
	(void)pthread_mutex_lock(&ends->lock);
	ca_buf_clear(&ends->lines);
	if (ca_buf_append(&ends->lines, lines) != CA_OK)
		ca_buf_clear(&ends->lines);
	(void)pthread_mutex_unlock(&ends->lock);
}

/* True when it is "NAME SECONDS"; the text is cut at the space. */
static bool
read_line(char *line, int64_t *ret)
{
	char *space = strchr(line, ' '), *end;
	long long value;

	if (space == NULL || space == line)
		return false;
	*space = '\0';
	value = strtoll(space + 1, &end, 10);
	*ret = (int64_t)value;
	return end != space + 1 && *end == '\0';
}

enum ca_status
responder_ends_each(struct responder_ends *ends,
    enum ca_status (*fn)(void *ctx, const char *authority, int64_t not_after),
    void *ctx)
{
	enum ca_status st = CA_OK;
	size_t start = 0;

	(void)pthread_mutex_lock(&ends->lock);
	for (size_t i = 0; i < ends->lines.len && st == CA_OK; i++) {
		char line[LINE_MAX_OCTETS];
		int64_t not_after;

		if (ends->lines.data[i] != '\n')
			continue;
		if (i - start < sizeof(line)) {
			memcpy(line, ends->lines.data + start, i - start);
			line[i - start] = '\0';
			if (read_line(line, &not_after))
				st = fn(ctx, line, not_after);
		}
		start = i + 1;
	}
	(void)pthread_mutex_unlock(&ends->lock);
	return st;
}
