/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * print_root: what somebody should know who is about to trust a root.
 *
 * What this does not do: ask.
 */
#ifndef CLI_PRINT_ROOT_H
#define CLI_PRINT_ROOT_H

#include "ca/cert.h"
#include "cli/text.h"

/* Its name, how long it is valid, and its fingerprint. */
void print_root(struct text *text, const struct ca_cert *cert);
/* For which names it may vouch: its name constraints (RFC 5280 4.2.1.10), or
 * that it has none. */
void print_root_scope(struct text *text, const struct ca_cert *cert);

#endif
