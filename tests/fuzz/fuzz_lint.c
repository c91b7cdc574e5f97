/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lint is run on what was written here and, by audit, on what a ledger gives
 * back: any certificate that parses. It must end, blame nobody but us, and
 * let nothing pass that does not encode to the same bytes again.
 *
 * An input is a TBSCertificate or a whole certificate.
 */
#include <stdlib.h>

#include "ca/cert.h"
#include "ca/lint.h"
#include "tests/fuzz/der_mutator.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
DER_INPUT(0);

static void
lint(const struct ca_cert *cert, const struct ca_cert *issuer)
{
	struct ca_error err = {0};
	enum ca_status st = ca_lint_cert(cert, issuer, &err);

	if (st != err.status)
		abort();
	if (st != CA_OK && st != CA_INTERNAL && st != CA_MEMORY)
		abort();
	if (st == CA_OK && ca_lint_encoding(cert, NULL) != CA_OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ca_bytes in = {data, size};
	struct ca_cert *cert = malloc(sizeof(*cert));
	struct ca_error err = {0};

	if (cert == NULL)
		abort();
	if (ca_cert_parse_tbs(in, cert, &err) == CA_OK ||
	    ca_cert_parse(in, cert, NULL) == CA_OK) {
		lint(cert, NULL);
		lint(cert, cert);
	}
	free(cert);
	return 0;
}
