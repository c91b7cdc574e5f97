/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * condition: whether a client has already what it would be given (RFC 9110
 * section 13): If-None-Match, and If-Modified-Since where that is absent.
 *
 * A date is a validator only where it is the very one that was sent: of a later
 * one nobody knows what it stands for (a list that was signed again after the
 * clock was set back is older than what it replaces).
 *
 * A condition that is malformed counts as absent: the client is given the
 * thing itself, which is never wrong.
 *
 * What this does not do: ranges, If-Match, If-Unmodified-Since, which no GET
 * here needs.
 */
#ifndef CLI_SERVE_CONDITION_H
#define CLI_SERVE_CONDITION_H

#include "ca/base.h"

#define CONDITION_MAX_TAGS 64  /* more in one header are not looked at */
#define CONDITION_MAX_FIELDS 8 /* nor are more headers */

/* The fields of If-None-Match are one list (RFC 9110 5.3). etag is a strong one
 * with its quotes; tags compare weakly (8.8.3.2). Headers that are not there
 * are NULL. */
bool condition_holds(const char *const *if_none_match, size_t count,
    const char *if_modified_since, const char *etag, int64_t modified);

#endif
