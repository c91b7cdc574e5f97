/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/json.h"

#include <stdlib.h>

#include "ca/time.h"
#include "cli/text.h"

static json_t *
safe_string(struct ca_bytes utf8)
{
	struct text text = {0};
	json_t *string;

	text_add_safe(&text, utf8);
	string = json_string(text_get(&text));
	text_done(&text);
	return string;
}

void
json_put_bytes(json_t *object, const char *key, struct ca_bytes utf8)
{
	(void)json_object_set_new(object, key, safe_string(utf8));
}

void
json_put_text(json_t *object, const char *key, const char *text)
{
	json_put_bytes(object, key, ca_text(text));
}

void
json_put_hex(json_t *object, const char *key, struct ca_bytes bytes)
{
	struct text text = {0};

	text_add_hex(&text, bytes);
	(void)json_object_set_new(object, key, json_string(text_get(&text)));
	text_done(&text);
}

void
json_put_time(json_t *object, const char *key, int64_t time)
{
	char text[CA_TIME_TEXT];

	ca_time_text(time, text);
	(void)json_object_set_new(object, key, json_string(text));
}

void
json_add_bytes(json_t *array, struct ca_bytes utf8)
{
	(void)json_array_append_new(array, safe_string(utf8));
}

enum ca_status
json_print(const char *what, json_t *value, struct ca_error *err)
{
	json_t *root = json_pack("{s:i, s:o}", "version", 1, what, value);
	char *dump = root != NULL ? json_dumps(root, JSON_INDENT(2)) : NULL;
	struct text text = {0};
	enum ca_status st;

	if (dump == NULL)
		text_status(&text, CA_MEMORY);
	else
		text_add(&text, "%s\n", dump);
	st = text_print(&text, err);
	free(dump);
	json_decref(root);
	return st;
}
