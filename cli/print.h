/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * print: certificates, requests and plans, readable and exact.
 *
 * What this does not do: decide anything, or print a secret.
 */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include "ca/cert.h"
#include "ca/csr.h"
#include "cli/authority.h"
#include "cli/json.h"
#include "cli/term.h"
#include "cli/text.h"

/* A note with the SHA-256 fingerprint of DER. */
void print_fingerprint(const struct term *term, struct ca_bytes der);

/*
 * The same for standard output and for two people at a telephone: "SHA-256",
 * two lines as viewers show them, then eight rows of eight digits, each digit
 * with its word of the ICAO alphabet ("Alfa one"): B, C, D and E sound alike,
 * and rows with numbers keep both at one place.
 */
void print_fingerprint_aloud(struct text *text, struct ca_bytes der);

/* One "label: value" line an item; der {0} (a TBS): no fingerprint. */
void print_cert(struct text *text, const struct ca_cert *cert, bool colour);
json_t *print_cert_json(const struct ca_cert *cert);

void print_csr(struct text *text, const struct ca_csr *csr, bool colour);
json_t *print_csr_json(const struct ca_csr *csr);

/* The certificate that would be signed, where each field came from, and what
 * was dropped and why. */
void print_plan(struct text *text, const struct issued *plan,
    const struct signer *signer, bool colour);
json_t *print_plan_json(const struct issued *plan, const struct signer *signer);

/* "valid", "expired", "not yet valid", "revoked", "held", "intended". */
const char *print_state(const struct ledger_cert *row, int64_t now);
const char *print_state_colour(const char *state, bool colour);

#endif
