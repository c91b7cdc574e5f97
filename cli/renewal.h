/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * renewal: what `renew` and `rekey` need of the certificate they follow.
 *
 * What this does not do: decide whether it may be renewed: the authority
 * does, once more inside the transaction.
 */
#ifndef CLI_RENEWAL_H
#define CLI_RENEWAL_H

#include "cli/cmd.h"

/* Owned copies; free with renewal_done(). */
struct renewal {
	int64_t row;                                 /* ledger_cert.id */
	struct ca_buf subject, issuer, policy, name; /* texts, with a NUL */
	struct ca_buf request, der;
};

/*
 * The certificate that is meant; of several generations that bear a name the
 * newest, which no other one of them renews. CA_REFUSED for one that was
 * never released.
 */
CA_MUST_USE enum ca_status renewal_find(const struct invocation *in,
    struct authority *a, const char *what, const char *verb,
    struct renewal *ret, struct ca_error *err);
/* The same again, by its row. */
CA_MUST_USE enum ca_status renewal_load(struct authority *a, int64_t row,
    struct renewal *ret, struct ca_error *err);
void renewal_done(struct renewal *renewal);

#endif
