/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * secret: keys and passphrases stay out of the swap space, where the limit of
 * locked memory (RLIMIT_MEMLOCK) allows; where it does not, the work goes on.
 * They are wiped when they are freed (ca_buf, ca_key).
 *
 * What this does not do: what is there for an instant while a key is read,
 * made or used, on the stack and in wolfCrypt's hands; that is wiped alone.
 */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include "ca/key.h"

void secret_lock(struct ca_bytes memory);
/* NULL is fine. */
void secret_lock_key(const struct ca_key *key);
/* Room for a passphrase, locked before there is one in it: that many octets
 * more can be appended without it moving. */
CA_MUST_USE enum ca_status secret_reserve(struct ca_buf *buf, size_t room);

#endif
