/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * passphrase: what one may be, wherever it comes from.
 *
 * What this does not do: ask for one (cli/term), fetch one (cli/pass), or
 * guess how good it is.
 */
#ifndef CLI_PASSPHRASE_H
#define CLI_PASSPHRASE_H

#include "ca/base.h"

#define PASSPHRASE_MIN 4 /* octets; a new one. openssl asks for as many */
#define PASSPHRASE_MAX 1024

/*
 * The rule that a new passphrase breaks, as the rest of a line, or NULL: 4 to
 * 1024 octets, and no control characters: a prompt does not take them, and for
 * other programs a NUL ends the passphrase.
 */
const char *passphrase_fault(struct ca_bytes passphrase);

#endif
