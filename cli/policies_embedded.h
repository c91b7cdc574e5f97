/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The shipped policies, compiled in from policies/NAME.policy, in order of
 * name. `init` writes them into the home; from then on they are the
 * operator's.
 *
 * This module does not parse a policy: ca/policy does.
 */
#ifndef CLI_POLICIES_EMBEDDED_H
#define CLI_POLICIES_EMBEDDED_H

#include <stddef.h>

struct embedded_policy {
	const char *name; /* file name without .policy: "server" */
	const char *text; /* the file's text, NUL-terminated */
};

extern const struct embedded_policy embedded_policies[];
extern const size_t embedded_policy_count;

#endif
