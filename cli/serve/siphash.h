/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * siphash: SipHash-2-4 (Aumasson, Bernstein 2012), so that whoever chooses
 * the keys of a table cannot choose where in it they fall.
 *
 * What this does not do: resist whoever knows the key, or stand for a
 * cryptographic hash: no decision of trust rests on it.
 */
#ifndef CLI_SERVE_SIPHASH_H
#define CLI_SERVE_SIPHASH_H

#include "ca/base.h"

struct siphash_key {
	uint64_t k0, k1;
};
uint64_t siphash(const struct siphash_key *key, struct ca_bytes bytes);

#endif
