/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A request that is taken has one encoding, and all that was found in it
 * lies in it; one that is refused says why.
 */
#include "ca/csr.h"
#include "tests/fuzz/der_mutator.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
DER_INPUT(0);

static void
require_views_inside(const struct ca_csr *csr, struct ca_bytes der)
{
	require_inside(der, csr->info);
	require_inside(csr->info, csr->subject);
	require_inside(csr->info, csr->spki.der);
	require_inside(csr->spki.der, csr->spki.key);
	require_inside(der, csr->signature);
	REQUIRE(csr->exts.count <= CA_EXT_MAX);
	for (size_t i = 0; i < csr->exts.count; i++) {
		require_inside(csr->info, csr->exts.list[i].oid);
		require_inside(csr->info, csr->exts.list[i].value);
	}
	REQUIRE(csr->san_count <= CA_SAN_MAX);
	for (size_t i = 0; i < csr->san_count; i++)
		require_inside(csr->info, csr->sans[i].value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ca_bytes der = {data, size};
	struct ca_error err = {0};
	struct ca_csr csr, again;
	enum ca_status st;

	st = ca_csr_parse(der, &csr, &err);
	if (st != CA_OK) {
		require_reason(st, &err);
		return 0;
	}
	REQUIRE(size <= CA_CSR_MAX);
	require_views_inside(&csr, der);
	require_one_encoding(der);
	REQUIRE(ca_csr_parse(der, &again, NULL) == CA_OK);
	REQUIRE(again.info.data == csr.info.data);
	REQUIRE(again.san_count == csr.san_count);
	return 0;
}
