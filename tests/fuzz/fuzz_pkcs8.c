/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pkcs8: whatever is read as a private key is written, and read again as the
 * same key; encrypted files go through with the passphrase "fuzz".
 */
#include "ca/der.h"
#include "ca/key.h"
#include "ca/pbes2.h"
#include "ca/pem.h"
#include "tests/fuzz/der_mutator.h"

#include <stdlib.h>

/* An encrypted file may ask for seconds of work: only cheap ones are tried. */
#define ITERATIONS_MAX 2000
#define WORK_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
DER_INPUT(0);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

static bool
is_cheap(struct ca_bytes der)
{
	struct ca_kdf kdf = {0};

	if (ca_pbes2_inspect(der, &kdf, NULL) != CA_OK)
		return true;
	if (kdf.kind == CA_KDF_PBKDF2)
		return kdf.iterations <= ITERATIONS_MAX;
	return (uint64_t)kdf.n * kdf.r <= WORK_MAX &&
	    (uint64_t)kdf.n * kdf.r * kdf.p <= WORK_MAX;
}

static void
round_trip(const struct ca_key *key, struct ca_rng *rng)
{
	struct ca_key *again = NULL;
	struct ca_buf once = {0}, twice = {0}, pem = {0};

	must(ca_key_to_pkcs8(key, &once, NULL) == CA_OK);
	must(der_is_well_formed(ca_view(&once)));
	must(ca_key_from_pkcs8(ca_view(&once), rng, &again, NULL) == CA_OK);
	must(ca_bytes_equal(ca_key_spki(key)->der, ca_key_spki(again)->der));
	must(ca_key_to_pkcs8(again, &twice, NULL) == CA_OK);
	must(ca_bytes_equal(ca_view(&once), ca_view(&twice)));
	must(ca_key_to_pem(key, (struct ca_bytes){0}, NULL, rng, &pem, NULL) ==
	    CA_OK);
	must(!ca_key_pem_is_encrypted(ca_view(&pem)));
	ca_key_free(again);
	ca_buf_free(&once);
	ca_buf_free(&twice);
	ca_buf_free(&pem);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ca_bytes file = {data, size};
	struct ca_bytes text = file;
	char label[CA_PEM_LABEL];
	struct ca_rng *rng = NULL;
	struct ca_key *key = NULL;
	struct ca_buf der = {0};
	struct ca_error err = {0};

	must(ca_rng_new(&rng, NULL) == CA_OK);
	if (ca_pem_is_pem(file) &&
	    ca_pem_next(&text, label, &der, NULL) != CA_OK)
		ca_buf_clear(&der);
	if (is_cheap(file) && is_cheap(ca_view(&der))) {
		if (ca_key_from_pem(file, ca_text("fuzz"), rng, &key, &err) ==
		    CA_OK)
			round_trip(key, rng);
		else
			must(err.status != CA_OK && err.msg[0] != '\0' &&
			    key == NULL);
	}
	ca_key_free(key);
	ca_buf_free(&der);
	ca_rng_free(rng);
	return 0;
}
