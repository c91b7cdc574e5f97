/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * crypto_wolf: what the files behind the one door share. For ca/crypto*.c
 * alone; it names wolfCrypt's types without including wolfCrypt.
 *
 * What this does not do: anything a caller of ca/crypto.h could want.
 */
#ifndef CA_CRYPTO_WOLF_H
#define CA_CRYPTO_WOLF_H

#include "ca/base.h"
#include "ca/crypto.h"

struct WC_RNG;

/* A failed call's code as a status: CA_MEMORY or CA_INTERNAL, with the
 * library's own word for it. */
enum ca_status ca_wolf_fail(struct ca_error *err, int code, const char *what);

/* enum wc_HashType; WC_HASH_TYPE_NONE for CA_HASH_NONE. */
int ca_wolf_hash(enum ca_hash hash);

/* Borrowed, as long as rng lives. */
struct WC_RNG *ca_wolf_rng(struct ca_rng *rng);

#endif
