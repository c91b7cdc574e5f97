/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * http_date: points in time as HTTP writes them (RFC 9110 5.6.7).
 *
 * What this does not do: read the two forms that are obsolete; a condition
 * with one of them is answered as if it were not there.
 */
#ifndef CLI_SERVE_HTTP_DATE_H
#define CLI_SERVE_HTTP_DATE_H

#include "ca/base.h"

/* "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL. */
#define HTTP_DATE_TEXT 30

void http_date_text(int64_t time, char ret[HTTP_DATE_TEXT]);
/* The weekday is not compared with the date. False for anything else. */
bool http_date_parse(const char *text, int64_t *ret_time);

#endif
