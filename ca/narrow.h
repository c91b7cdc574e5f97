/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * narrow: a shipped policy, rewritten for an operator's own domains. What
 * `signet init --domain NAME` writes into the home.
 *
 * What this does not do: change a policy that already has its own names, or
 * say what a name is: the lines it writes are read by ca/policy like any
 * other.
 */
#ifndef CA_NARROW_H
#define CA_NARROW_H

#include "ca/base.h"

#define CA_NARROW_MAX_DOMAINS 32

/*
 * Line by line: `dns = any` becomes `dns = D, .D, *.D` with each domain D (no
 * *.D under extended validation, which has no wildcards), `email = any` and
 * `upn = any` become `@D, @.D`. The policy called "root", unless it has name
 * constraints, gets nameConstraints at the end of its [extensions]: permitted
 * are dns:D, email:D, email:.D and the addresses of private networks. All
 * other lines, and comments, are kept byte for byte. The result has been
 * parsed.
 *
 * Domains are host names of two labels or more without wildcard, in lower case,
 * each once: else CA_REFUSED, or CA_USAGE for none, too many, or one
 * again. text must parse: else CA_MALFORMED as ca_policy_parse() says it.
 * Appended to ret.
 */
CA_MUST_USE enum ca_status ca_policy_narrow(struct ca_bytes text,
    const char *name, const char *const domains[], size_t count,
    struct ca_buf *ret, struct ca_error *err);

#endif
