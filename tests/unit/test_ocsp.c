/* SPDX-License-Identifier: GPL-3.0-or-later */
/* certIDs, and what states and failures are called. */
#include "ca/ocsp.h"

#include "ca/cert.h"
#include "tests/unit/asn1.h"

#define SHA1 "30( 06(2b0e03021a) 0500 )"
#define H20 "04( 'abcdefghijklmnopqrst' )"
#define N16 "'0123456789abcdef'"
#define OF(id) "30( 30( 30( 30(" id ") ) ) )"

static struct ca_ocsp_request
parse(const struct ca_buf *der)
{
	struct ca_ocsp_request request;
	struct ca_error err = {0};

	if (ca_ocsp_request_parse(ca_view(der), &request, &err) != CA_OK)
		fail_msg("%s", err.msg);
	return request;
}

/* Numbers nobody issued are read, so that the others have their answers. */
static void
odd_numbers_are_marked(void **state)
{
	static const struct {
		const char *text, *octets;
		size_t len;
		bool proper;
	} odd[] = {
	    {"05", "\x05", 1, true},
	    {"0080", "\x80", 1, true},
	    {"00", "\0", 1, false},
	    {"80", "\x80", 1, false},
	    {"7f" N16 "'123'",
		"\x7f"
		"0123456789abcdef123",
		20, true},
	    {"00ff" N16 "'123'",
		"\xff"
		"0123456789abcdef123",
		20, false},
	    {"7f" N16 "'1234'",
		"\x7f"
		"0123456789abcdef1234",
		21, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++) {
		struct ca_buf text = {0}, der;
		struct ca_ocsp_request request;

		assert_int_equal(
		    ca_buf_printf(
			&text, OF("30(" SHA1 H20 H20 "02(%s) )"), odd[i].text),
		    CA_OK);
		der = asn1(ca_buf_text(&text));
		request = parse(&der);
		assert_bytes(request.id[0].serial,
		    (struct ca_bytes){
			(const uint8_t *)odd[i].octets, odd[i].len});
		assert_int_equal(request.id[0].serial_is_proper, odd[i].proper);
		ca_buf_free(&der);
		ca_buf_free(&text);
	}
}

/* checklist 103: told apart, so that the caller can answer properly. */
static void
an_unknown_hash_is_reported(void **state)
{
	struct ca_buf der = asn1(
	    OF("30( 30( 06(608648016503040202) )" H20 H20 "020105 )"));
	struct ca_ocsp_request request = parse(&der);
	struct ca_ocsp_issuer issuer = {0};

	(void)state;
	assert_int_equal(request.id[0].hash, CA_HASH_NONE);
	assert_bytes(request.id[0].hash_oid, ca_oid_der(CA_OID_SHA384));
	assert_false(ca_ocsp_id_is_of(&request.id[0], &issuer));
	ca_buf_free(&der);
	/* Nothing, hashed with what nobody knows, is nobody's name. */
	der = asn1(OF("30( 30( 06(2a03) ) 0400 0400 020105 )"));
	request = parse(&der);
	assert_false(ca_ocsp_id_is_of(&request.id[0], &issuer));
	ca_buf_free(&der);
}

static void
read_cert(const char *name, struct ca_buf *der, struct ca_ocsp_issuer *ret)
{
	struct ca_cert cert;

	*der = vector(name);
	assert_int_equal(ca_cert_parse(ca_view(der), &cert, NULL), CA_OK);
	assert_int_equal(ca_ocsp_issuer_of(&cert, ret, NULL), CA_OK);
}

/* checklist 101, 104: another's name or key, or a part of one. */
static void
another_issuer_is_another(void **state)
{
	struct ca_buf sha1_der = vector("ocsp/req-sha1.der");
	struct ca_buf sha256_der = vector("ocsp/req-sha256.der");
	struct ca_ocsp_id sha1 = parse(&sha1_der).id[0], id;
	struct ca_ocsp_id sha256 = parse(&sha256_der).id[0];
	struct ca_buf issuer_der, root_der;
	struct ca_ocsp_issuer issuer, root;

	(void)state;
	read_cert("cert/issuing.der", &issuer_der, &issuer);
	read_cert("cert/root.der", &root_der, &root);
	assert_true(ca_ocsp_id_is_of(&sha1, &issuer));
	assert_true(ca_ocsp_id_is_of(&sha256, &issuer));
	assert_false(ca_ocsp_id_is_of(&sha1, &root));
	assert_false(ca_ocsp_id_is_of(&sha256, &root));
	id = sha1;
	id.key_hash = id.name_hash;
	assert_false(ca_ocsp_id_is_of(&id, &issuer));
	id = sha1;
	id.name_hash = id.key_hash;
	assert_false(ca_ocsp_id_is_of(&id, &issuer));
	id = sha1;
	id.name_hash.len = 0;
	assert_false(ca_ocsp_id_is_of(&id, &issuer));
	id = sha256;
	id.key_hash.len = 20;
	assert_false(ca_ocsp_id_is_of(&id, &issuer));
	id = sha256;
	id.hash = CA_HASH_SHA1;
	assert_false(ca_ocsp_id_is_of(&id, &issuer));
	ca_buf_free(&issuer_der);
	ca_buf_free(&root_der);
	ca_buf_free(&sha1_der);
	ca_buf_free(&sha256_der);
}

static void
states_and_failures_have_names(void **state)
{
	static const char *const states[] = {
	    "unknown", "good", "revoked", "never issued"};
	static const char *const failures[] = {"successful", "malformedRequest",
	    "internalError", "tryLater", NULL, "sigRequired", "unauthorized"};

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_string_equal(ca_ocsp_state_name(i), states[i]);
	for (int i = 0; i < 7; i++) {
		if (failures[i] == NULL)
			assert_null(ca_ocsp_status_name(i));
		else
			assert_string_equal(
			    ca_ocsp_status_name(i), failures[i]);
	}
	assert_null(ca_ocsp_state_name(-1));
	assert_null(ca_ocsp_state_name(4));
	assert_null(ca_ocsp_status_name(-1));
	assert_null(ca_ocsp_status_name(7));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(odd_numbers_are_marked),
	    cmocka_unit_test(an_unknown_hash_is_reported),
	    cmocka_unit_test(another_issuer_is_another),
	    cmocka_unit_test(states_and_failures_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
