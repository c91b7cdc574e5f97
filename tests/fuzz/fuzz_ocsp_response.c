/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An OCSP response that is taken has one encoding outside and one inside,
 * and all that was found in it lies in it. It is verified only for the
 * certificate, the issuer and the signature it was made with: nothing that
 * a fuzzer changes is believed. One that is refused says why.
 */
#include "ca/ocsp.h"
#include "tests/fuzz/der_mutator.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
DER_INPUT(0);

static void
require_answer(struct ca_bytes tbs, const struct ca_ocsp_answer *answer)
{
	require_inside(tbs, answer->id.der);
	require_inside(answer->id.der, answer->id.serial);
	REQUIRE(answer->this_update <= answer->next_update);
	REQUIRE(ca_ocsp_state_name((int)answer->state) != NULL);
	REQUIRE(ca_reason_name((int)answer->reason) != NULL);
	if (answer->state == CA_OCSP_GOOD || answer->state == CA_OCSP_UNKNOWN)
		REQUIRE(answer->revoked_at == 0);
}

/*
 * An issuer that nobody has: a point that lies on no curve, whose name is
 * what the response says, if it says one.
 */
static void
require_no_trust(const struct ca_ocsp_response *response)
{
	static const uint8_t point[65] = {0x04};
	static const uint8_t serial[] = {0x05};
	const struct ca_cert issuer = {.subject = response->responder_name,
	    .spki = {.type = CA_KEY_P256,
		.bits = 256,
		.key = {point, sizeof(point)}}};
	const struct ca_cert cert = {.issuer = response->responder_name,
	    .serial = {serial, sizeof(serial)},
	    .serial_is_proper = true};
	const struct ca_ocsp_question question = {.cert = &cert,
	    .issuer = &issuer,
	    .now = response->produced_at,
	    .skew = 10};
	struct ca_ocsp_verdict verdict;
	struct ca_error err = {0};

	REQUIRE(ca_ocsp_response_verify(response, &question, &verdict, &err) !=
	    CA_OK);
	REQUIRE(err.msg[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ca_bytes der = {data, size};
	struct ca_ocsp_response response;
	struct ca_error err = {0};
	enum ca_status st;

	st = ca_ocsp_response_parse(der, &response, &err);
	if (st != CA_OK) {
		require_reason(st, &err);
		return 0;
	}
	require_one_encoding(der);
	require_no_trust(&response);
	if (response.status != CA_OCSP_SUCCESSFUL) {
		REQUIRE(response.count == 0 && response.tbs.len == 0);
		return 0;
	}
	require_inside(der, response.tbs);
	require_inside(der, response.signature);
	require_inside(der, response.certs);
	require_inside(response.tbs, response.nonce);
	require_inside(response.tbs, response.responder_name);
	require_inside(response.tbs, response.responder_key);
	REQUIRE(response.responder_key.len == 20 ||
	    (response.responder_key.len == 0 &&
		response.responder_name.len > 0));
	REQUIRE(response.count >= 1 && response.count <= CA_OCSP_MAX_IDS);
	for (size_t i = 0; i < response.count; i++)
		require_answer(response.tbs, &response.answer[i]);
	require_one_encoding(response.tbs);
	require_one_encoding(response.certs);
	return 0;
}
