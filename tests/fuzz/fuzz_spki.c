/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A public key, an algorithm and a signature, one behind the other. What is
 * taken has one encoding; a signature that holds fits its key, and holds for
 * no other data.
 */
#include "ca/crypto.h"
#include "ca/spki.h"
#include "tests/fuzz/der_mutator.h"
#include "tests/fuzz/property.h"

#define SIGNED "Signet signs this."
#define ANOTHER "Signet signs that."

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
DER_INPUT(0);

static void
require_same_key(const struct ca_spki *spki)
{
	struct der_out out = {0};
	struct ca_buf der = {0};

	require_inside(spki->der, spki->key);
	require_inside(spki->der, spki->modulus);
	require_inside(spki->der, spki->exponent);
	if (spki->pss_only)
		return;
	ca_spki_put(&out, spki->type, spki->key);
	REQUIRE(der_finish(&out, &der) == CA_OK);
	REQUIRE(ca_bytes_equal(ca_view(&der), spki->der));
	ca_buf_free(&der);
}

/* RFC 4055 lets a hash have NULL or nothing, so bytes may differ once. */
static void
require_same_algorithm(const struct ca_sig_alg *alg)
{
	struct der_out out = {0};
	struct ca_buf der = {0};
	struct ca_error err = {0};
	struct ca_sig_alg again;
	struct ca_bytes in;

	ca_sig_alg_put(&out, alg);
	REQUIRE(der_finish(&out, &der) == CA_OK);
	in = ca_view(&der);
	REQUIRE(ca_sig_alg_get(&in, &again, &err) == CA_OK);
	REQUIRE(again.kind == alg->kind && again.hash == alg->hash);
	REQUIRE(again.salt_len == alg->salt_len);
	ca_buf_free(&der);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ca_bytes in = {data, size};
	struct ca_error err = {0};
	struct ca_sig_alg alg;
	struct ca_spki spki;
	enum ca_status st;

	if ((st = ca_spki_get(&in, &spki, &err)) != CA_OK) {
		require_reason(st, &err);
		return 0;
	}
	require_same_key(&spki);
	if ((st = ca_crypto_check_public(&spki, &err)) != CA_OK)
		require_reason(st, &err);
	err = (struct ca_error){0};
	if ((st = ca_sig_alg_get(&in, &alg, &err)) != CA_OK) {
		require_reason(st, &err);
		return 0;
	}
	require_same_algorithm(&alg);
	st = ca_crypto_verify(&spki, &alg, ca_text(SIGNED), in, &err);
	if (st != CA_OK) {
		REQUIRE(st == CA_UNTRUSTED || st == CA_REFUSED);
		REQUIRE(err.status == st && err.msg[0] != '\0');
		return 0;
	}
	REQUIRE(ca_sig_alg_fits(&alg, &spki));
	REQUIRE(ca_crypto_check_public(&spki, &err) == CA_OK);
	REQUIRE(ca_crypto_verify(&spki, &alg, ca_text(ANOTHER), in, &err) ==
	    CA_UNTRUSTED);
	return 0;
}
