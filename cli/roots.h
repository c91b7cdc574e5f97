/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * roots: what `roots install`, `roots uninstall` and `roots status` have in
 * common: which certificate it is about, and which stores.
 *
 * What this does not do: change a store, or tell of one (cmd_roots_store).
 */
#ifndef CLI_ROOTS_H
#define CLI_ROOTS_H

#include "cli/cmd.h"
#include "cli/trust.h"

struct roots {
	const struct invocation *in;
	bool removing;
	struct ca_buf der, pem, storepass;
	struct ca_cert cert;
	struct trust trust;
	struct trust_places places;
	struct ca_error why[TRUST_PLACES_MAX]; /* nothing is done there */
};

/* The certificate: the operand's, else the home's root. Compared with
 * --fingerprint. */
CA_MUST_USE enum ca_status roots_load(
    struct roots *roots, struct ca_error *err);
/* May it be trusted from now on? CA_REFUSED. */
CA_MUST_USE enum ca_status roots_check(
    const struct roots *roots, struct ca_error *err);
/* The places that the options name, or that are here. CA_NOT_FOUND when there
 * is none. */
CA_MUST_USE enum ca_status roots_find(
    struct roots *roots, struct ca_error *err);
void roots_done(struct roots *roots);

#endif
