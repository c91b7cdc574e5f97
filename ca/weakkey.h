/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weakkey: is a public key fit to be certified? Size, exponent, and the known
 * ways in which RSA moduli have been made badly.
 *
 * What this does not do: Debian's 2008 keys (their list is packaged nowhere),
 * primes shared with other people's keys, and ECDSA beyond "on the curve".
 */
#ifndef CA_WEAKKEY_H
#define CA_WEAKKEY_H

#include "ca/base.h"
#include "ca/spki.h"

/*
 * CA_REFUSED with the rule (CA/B BR 6.1.5, 6.1.6; CVE numbers) when the key is
 * weak. RSA: modulus 2048 to 8192 bits, a multiple of 8; exponent odd, 65537
 * to 2^256-1, below the modulus (Wiener's small d shows as a huge e); modulus
 * odd, not a square, not a prime, without a factor below 2^16, not of close
 * primes (100 Fermat rounds, CVE-2022-26320), without
 * the ROCA fingerprint (CVE-2017-15361), without a repeated pattern. EC: the
 * point lies on its curve. Bounded: well under a second for 8192 bits.
 */
CA_MUST_USE enum ca_status ca_weakkey_check(
    const struct ca_spki *spki, struct ca_error *err);

#endif
