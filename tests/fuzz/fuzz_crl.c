/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A CRL that is taken has one encoding, all that was found in it lies in it,
 * and it has as many entries as it says; one that is refused says why.
 */
#include "ca/crl.h"
#include "tests/fuzz/der_mutator.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
DER_INPUT(0);

static void
require_entries(const struct ca_crl *crl)
{
	struct ca_bytes entries = crl->entries;
	struct ca_crl_entry entry, found;
	size_t count = 0;

	while (ca_crl_next(&entries, &entry)) {
		require_inside(crl->entries, entry.serial);
		REQUIRE(entry.serial.len > 0);
		REQUIRE(ca_reason_name((int)entry.reason) != NULL);
		/* Each of the first hundred is there when asked for. */
		if (count < 100)
			REQUIRE(ca_crl_find(crl, entry.serial, &found));
		count++;
	}
	REQUIRE(der_at_end(entries));
	REQUIRE(count == crl->entry_count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ca_bytes der = {data, size};
	struct ca_error err = {0};
	struct ca_crl crl;
	enum ca_status st;

	st = ca_crl_parse(der, &crl, &err);
	if (st != CA_OK) {
		require_reason(st, &err);
		return 0;
	}
	require_inside(der, crl.tbs);
	require_inside(der, crl.signature);
	require_inside(crl.tbs, crl.issuer);
	require_inside(crl.tbs, crl.entries);
	require_inside(crl.tbs, crl.authority_key_id);
	REQUIRE(crl.this_update <= crl.next_update);
	require_entries(&crl);
	require_one_encoding(der);
	return 0;
}
