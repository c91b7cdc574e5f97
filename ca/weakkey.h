/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weakkey: is a public key fit to be certified? Size, exponent, and the known
 * ways in which keys have been made badly.
 *
 * Each rule is sharp: a key made by a sound generator meets one with a chance
 * below 2^-60 (the derivations stand at the rules). Small private exponents
 * (Wiener, Boneh and Durfee) need no rule of their own: they make the public
 * exponent nearly as long as the modulus, and ours ends at 256 bits.
 *
 * What this does not do: Debian's 2008 keys (their list is packaged nowhere),
 * primes shared with other people's keys, and factoring.
 */
#ifndef CA_WEAKKEY_H
#define CA_WEAKKEY_H

#include "ca/base.h"
#include "ca/spki.h"

/*
 * CA_REFUSED with the rule (CA/B BR 6.1.5, 6.1.6; CVE numbers) when the key is
 * weak. What breaks a key is named before what is merely against the rules.
 * RSA: modulus not zero, not above 4096 bits, odd, without a repeated pattern,
 * without a factor below 2^16, not a square nor of close primes (100 Fermat
 * rounds, CVE-2022-26320), without the ROCA fingerprint (CVE-2017-15361); at
 * least 2048 bits and a multiple of 8; exponent odd, not 1, below the modulus,
 * 65537 to 2^256-1; modulus not a prime. Curves: the point lies on its curve
 * and has not one of the small orders for which signatures hold that nobody
 * made.
 * Bounded: about 10 ms for 2048 bits, below 0.1 s for 4096.
 */
CA_MUST_USE enum ca_status ca_weakkey_check(
    const struct ca_spki *spki, struct ca_error *err);
/* The same of a key by which a signature was just verified: that a curve's
 * point lies on it needs no second proof (ca_crypto_check_proved). */
CA_MUST_USE enum ca_status ca_weakkey_check_signed(
    const struct ca_spki *spki, struct ca_error *err);
/*
 * What breaks a key alone: its size, and an exponent that is only against the
 * rules, do not matter, and an RSA key above 4096 bits passes unseen. For keys
 * that others have certified. is_proved: a signature holds by it.
 */
CA_MUST_USE enum ca_status ca_weakkey_check_broken(
    const struct ca_spki *spki, bool is_proved, struct ca_error *err);

#endif
