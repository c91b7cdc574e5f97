/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A path is judged, with every question asked: from the bytes of certificates
 * (the leaf first, the anchor last), CRLs and OCSP answers, one after the
 * other behind two octets of settings.
 *
 * The whole search comes first: what holds must look so to a simple eye, and
 * the order of the pool does not matter. Then the certificates are taken as
 * they stand for a path whose signatures hold, so that what is behind the
 * signatures is reached as well.
 */
#include "ca/name.h"
#include "ca/verify_part.h"
#include "tests/fuzz/der_mutator.h"
#include "tests/fuzz/property.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
DER_INPUT(2);

#define MAX_CERTS 8
#define MAX_LISTS 4
#define AT INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

struct input {
	struct ca_cert cert[MAX_CERTS];
	size_t cert_count;
	struct ca_crl crl[MAX_LISTS];
	size_t crl_count;
	struct ca_ocsp_response ocsp[MAX_LISTS];
	size_t ocsp_count;
	struct ca_verify_question ask;
};

static void
read_input(struct input *in, struct ca_bytes rest)
{
	struct ca_bytes der;

	while (der_get_element(&rest, DER_SEQUENCE, &der)) {
		if (in->cert_count < MAX_CERTS &&
		    ca_cert_parse(der, &in->cert[in->cert_count], NULL) ==
			CA_OK)
			in->cert_count++;
		else if (in->crl_count < MAX_LISTS &&
		    ca_crl_parse(der, &in->crl[in->crl_count], NULL) == CA_OK)
			in->crl_count++;
		else if (in->ocsp_count < MAX_LISTS &&
		    ca_ocsp_response_parse(
			der, &in->ocsp[in->ocsp_count], NULL) == CA_OK)
			in->ocsp_count++;
	}
}

static void
set_question(struct input *in, uint8_t flags, uint8_t purpose)
{
	in->ask = (struct ca_verify_question){.leaf = &in->cert[0],
	    .pool = &in->cert[1],
	    .pool_count = in->cert_count - 2,
	    .anchors = &in->cert[in->cert_count - 1],
	    .anchor_count = 1,
	    .at = AT,
	    .purpose = (enum ca_purpose)(purpose % CA_PURPOSE_COUNT),
	    .host = (flags & 1) != 0 ? "company.com" : NULL,
	    .ip = (flags & 2) != 0 ? "192.0.2.1" : NULL,
	    .email = (flags & 4) != 0 ? "jason@company.com" : NULL,
	    .explicit_policy = (flags & 8) != 0,
	    .lenient = (flags & 16) != 0,
	    .crls = in->crl,
	    .crl_count = in->crl_count,
	    .ocsp = in->ocsp,
	    .ocsp_count = in->ocsp_count,
	    .revocation = (enum ca_revocation)(flags >> 6)};
}

/* Each finding that fails says what and why. */
static void
require_told(const struct ca_verdict *verdict)
{
	const struct ca_finding *all[] = {&verdict->date, &verdict->name,
	    &verdict->trust, &verdict->purpose, &verdict->revocation};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		REQUIRE(memchr(all[i]->reason, 0, sizeof(all[i]->reason)));
		REQUIRE(all[i]->reason[0] != '\0' || i == 2);
		REQUIRE(!verdict->holds || all[i]->outcome != CA_OUTCOME_FAILS);
		REQUIRE(all[i]->outcome != CA_OUTCOME_FAILS ||
		    all[i]->field[0] != '\0');
	}
}

static void
require_simple(const struct input *in, const struct ca_verdict *verdict)
{
	size_t len = verdict->chain_len;

	REQUIRE(verdict->complete && len >= 1);
	REQUIRE(verdict->chain[0] == in->ask.leaf);
	REQUIRE(ca_bytes_equal(
	    verdict->chain[len - 1]->der, in->ask.anchors[0].der));
	for (size_t i = 0; i < len; i++) {
		const struct ca_cert *cert = verdict->chain[i];

		REQUIRE(cert->not_before <= AT && AT <= cert->not_after);
		REQUIRE(i == 0 || cert->is_ca);
		REQUIRE(i == 0 || !cert->has_key_usage ||
		    (cert->key_usage & CA_KU_KEY_CERT_SIGN) != 0);
		REQUIRE(i + 1 == len ||
		    ca_name_equal(
			cert->issuer, verdict->chain[i + 1]->subject));
	}
	REQUIRE(in->ask.host == NULL || in->ask.leaf->san_count > 0);
}

static void
search(struct input *in)
{
	struct ca_verdict verdict = {0}, again = {0};
	struct ca_error err = {0};
	enum ca_status st;

	st = ca_verify(&in->ask, &verdict, &err);
	REQUIRE(st == CA_OK || st == CA_UNTRUSTED);
	REQUIRE((st == CA_OK) == verdict.holds);
	REQUIRE(st == CA_OK || err.msg[0] != '\0');
	require_told(&verdict);
	if (verdict.holds)
		require_simple(in, &verdict);
	for (size_t i = 0; i < in->ask.pool_count / 2; i++) {
		struct ca_cert *pool = &in->cert[1], cert = pool[i];

		pool[i] = pool[in->ask.pool_count - 1 - i];
		pool[in->ask.pool_count - 1 - i] = cert;
	}
	REQUIRE(ca_verify(&in->ask, &again, NULL) == st);
}

static void
judge(struct input *in)
{
	struct verify_budget budget = {0};
	struct verify_run run = {.ask = &in->ask, .budget = &budget};
	struct verify_path path = {.complete = true};
	struct ca_verdict verdict = {0};

	in->ask.host = NULL;
	for (size_t i = 0; i < in->cert_count; i++)
		path.cert[path.len++] = &in->cert[i];
	verify_judge(&run, &path, &verdict);
	require_told(&verdict);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input *in;

	if (size < 2)
		return 0;
	in = calloc(1, sizeof(*in));
	REQUIRE(in != NULL);
	read_input(in, (struct ca_bytes){data + 2, size - 2});
	if (in->cert_count >= 2) {
		set_question(in, data[0], data[1]);
		search(in);
		judge(in);
	}
	free(in);
	return 0;
}
