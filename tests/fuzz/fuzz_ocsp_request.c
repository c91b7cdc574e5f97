/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An OCSP request that is taken has one encoding, all that was found in it
 * lies in it, and what is said of each certificate it asks for can be written
 * and comes back with the very certID; one that is refused says why, and is
 * answered for it.
 */
#include "ca/der.h"
#include "ca/ocsp.h"
#include "tests/fuzz/der_mutator.h"
#include "tests/fuzz/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
DER_INPUT(0);

static void
require_id(struct ca_bytes whole, const struct ca_ocsp_id *id)
{
	require_inside(whole, id->der);
	require_inside(id->der, id->name_hash);
	require_inside(id->der, id->key_hash);
	require_inside(id->der, id->serial);
	require_inside(id->der, id->hash_oid);
	REQUIRE(id->serial.len > 0);
	REQUIRE(!id->serial_is_proper || id->serial.len <= 20);
	if (id->hash != CA_HASH_NONE)
		REQUIRE(id->name_hash.len == id->key_hash.len);
}

/* What a responder would say of them all, before it is signed. */
static void
require_answers(const struct ca_ocsp_request *request)
{
	static const uint8_t key[] = {0x04, 0x01};
	const struct ca_spki responder = {.key = {key, sizeof(key)}};
	struct ca_ocsp_answer answer[CA_OCSP_MAX_IDS] = {0};
	const struct ca_ocsp_order order = {.responder = &responder,
	    .produced_at = 1000,
	    .answer = answer,
	    .count = request->count,
	    .nonce = request->nonce};
	struct ca_buf tbs = {0};
	struct ca_bytes rest, in, list, one, id;

	for (size_t i = 0; i < request->count; i++) {
		answer[i].id.der = request->id[i].der;
		answer[i].state = (enum ca_ocsp_state)(i % 4);
		answer[i].this_update = 999;
		answer[i].next_update = 1001;
	}
	REQUIRE(ca_ocsp_tbs(&order, &tbs, NULL) == CA_OK);
	rest = ca_view(&tbs);
	REQUIRE(der_get(&rest, DER_SEQUENCE, &in));
	REQUIRE(der_get_any(&in, NULL, NULL, NULL));
	REQUIRE(der_get_any(&in, NULL, NULL, NULL));
	REQUIRE(der_get(&in, DER_SEQUENCE, &list));
	for (size_t i = 0; i < request->count; i++) {
		REQUIRE(der_get(&list, DER_SEQUENCE, &one));
		REQUIRE(der_get_element(&one, DER_SEQUENCE, &id));
		REQUIRE(ca_bytes_equal(id, request->id[i].der));
	}
	REQUIRE(der_at_end(list));
	ca_buf_free(&tbs);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ca_bytes der = {data, size};
	struct ca_ocsp_request request;
	struct ca_error err = {0};
	enum ca_status st;

	st = ca_ocsp_request_parse(der, &request, &err);
	if (st != CA_OK) {
		struct ca_buf answer = {0};

		require_reason(st, &err);
		REQUIRE(ca_ocsp_error(ca_ocsp_error_for(st), &answer, NULL) ==
		    CA_OK);
		ca_buf_free(&answer);
		return 0;
	}
	REQUIRE(request.count >= 1 && request.count <= CA_OCSP_MAX_IDS);
	REQUIRE(request.nonce.len <= CA_OCSP_MAX_NONCE);
	require_inside(der, request.nonce);
	require_inside(der, request.requestor);
	for (size_t i = 0; i < request.count; i++)
		require_id(der, &request.id[i]);
	require_answers(&request);
	require_one_encoding(der);
	return 0;
}
