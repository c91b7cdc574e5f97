/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json: the stable machine-readable output, {"version": 1, "<what>": ...}, on
 * jansson.
 *
 * What this does not do: read JSON. Text that is not UTF-8 is written with
 * its bad bytes as \xHH.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <jansson.h>

#include "ca/base.h"

void json_put_text(json_t *object, const char *key, const char *text);
void json_put_bytes(json_t *object, const char *key, struct ca_bytes utf8);
/* Lower-case hex without separators. */
void json_put_hex(json_t *object, const char *key, struct ca_bytes bytes);
/* "2027-01-31T12:00:00Z". */
void json_put_time(json_t *object, const char *key, int64_t time);
/* Appends a safe text to an array. */
void json_add_bytes(json_t *array, struct ca_bytes utf8);
/* Prints {"version": 1, what: value} and frees value. */
CA_MUST_USE enum ca_status json_print(
    const char *what, json_t *value, struct ca_error *err);

#endif
