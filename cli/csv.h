/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * csv: RFC 4180, field by field, and back.
 *
 * A record ends with CR LF or LF. Quotes stand around a whole field, twice
 * within it. A byte order mark is passed over.
 *
 * What this does not do: know what a column means.
 */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include "cli/text.h"

struct csv {
	struct ca_bytes rest;
	size_t line; /* of the record that was read last, from 1 */
	size_t next; /* line of what is left */
	bool within; /* a record, which goes on */
};

void csv_begin(struct csv *csv, struct ca_bytes text);
/*
 * The next field into ret, which is cleared first; *ret_last: the record ends
 * behind it. CA_NOT_FOUND when there is none, CA_MALFORMED, with the line, for
 * a quote that stands within a field or does not end, and for a NUL.
 */
CA_MUST_USE enum ca_status csv_next(
    struct csv *csv, struct ca_buf *ret, bool *ret_last, struct ca_error *err);
/* Appends a field as csv_next() reads it; safe for a terminal. */
void csv_add(struct text *text, struct ca_bytes field);

#endif
