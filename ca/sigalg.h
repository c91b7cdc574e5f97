/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sigalg: what ca/sigalg and ca/spki share about algorithm identifiers.
 * Everybody else includes ca/spki.h.
 *
 * What this does not do: know an algorithm that ca/spki.h does not name,
 * beyond what it is called when it is refused.
 */
#ifndef CA_SIGALG_H
#define CA_SIGALG_H

#include "ca/base.h"
#include "ca/spki.h"

/*
 * Reads the content of RSASSA-PSS-params (RFC 4055 3.1) to its end. Hash and
 * MGF1 hash are the same SHA-2; CA_REFUSED otherwise.
 */
CA_MUST_USE enum ca_status ca_pss_params_get(
    struct ca_bytes content, struct ca_sig_alg *ret, struct ca_error *err);

/* What an algorithm stands for where it is found: what is accepted there. */
enum ca_algorithm_use {
	CA_USE_SIGNATURE,
	CA_USE_KEY,
	CA_USE_CURVE
};

/* CA_REFUSED, with the algorithm's name or dotted form after what, the rule,
 * and what is taken in its place. */
enum ca_status ca_algorithm_refuse(struct ca_error *err,
    enum ca_algorithm_use use, const char *what, struct ca_bytes oid);

#endif
