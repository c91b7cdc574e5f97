/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kind: what a file holds, for whoever gives the wrong one: a CRL to `show`, a
 * certificate to `csr show`.
 *
 * What this does not do: parse it. The shape of the DER, or the PEM label,
 * tells.
 */
#ifndef CLI_KIND_H
#define CLI_KIND_H

#include "ca/base.h"

enum file_kind {
	KIND_UNKNOWN,
	KIND_CERTIFICATE,
	KIND_REQUEST,
	KIND_CRL,
	KIND_PRIVATE_KEY,
	KIND_PUBLIC_KEY,
	KIND_PKCS12
};

/* Of a whole file, PEM (its first block) or DER. */
enum file_kind kind_of(struct ca_bytes file);
/* CA_MALFORMED when it is known to be something else than wanted: what it is,
 * and the command that shows it. */
CA_MUST_USE enum ca_status kind_check(
    struct ca_bytes file, enum file_kind wanted, struct ca_error *err);

#endif
