/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/cert.h"
#include "ca/ocsp.h"
#include "tests/unit/asn1.h"

#define SHA1 "30( 06(2b0e03021a) 0500 )"
#define SHA1_BARE "30( 06(2b0e03021a) )"
#define SHA256 "30( 06(608648016503040201) 0500 )"
#define H20 "04( 'abcdefghijklmnopqrst' )"
#define H32 "04( 'abcdefghijklmnopqrstuvwxyz012345' )"
#define ID(alg, name, key, serial) "30(" alg name key "02(" serial ") )"
#define ONE ID(SHA1, H20, H20, "05")
#define REQUEST(id) "30(" id ")"
#define LIST "30(" REQUEST(ONE) ")"
#define WHOLE(tbs) "30( 30(" tbs ") )"
#define OF(id) WHOLE("30(" REQUEST(id) ")")
#define EXT(oid, value) "30( 06(" oid ") 04(" value ") )"
#define CRITICAL(oid, value) "30( 06(" oid ") 0101ff 04(" value ") )"
#define NONCE_OID "2b0601050507300102"
#define NONCE(value) EXT(NONCE_OID, value)
#define WITH(exts) WHOLE(LIST "a2( 30(" exts ") )")
#define SIGNATURE "30( 06(2a03) ) 03(00 aabb)"
#define SIGNED(more) "30( 30(" LIST ") a0( 30(" SIGNATURE more ") ) )"
#define N16 "'0123456789abcdef'"
#define N128 N16 N16 N16 N16 N16 N16 N16 N16

/* checklist 11, 20, 101, 103, 105, 106: one fault, one rule. */
static const struct {
	const char *name;
	const char *text;
	enum ca_status status;
	const char *words;
} cases[] = {
    {"as it should be", WHOLE(LIST), CA_OK, NULL},
    {"nothing", "", CA_MALFORMED, "RFC 6960 4.1.1"},
    {"garbage", "30 80 00 00", CA_MALFORMED, "RFC 6960 4.1.1"},
    {"a SET", "31( 30(" LIST ") )", CA_MALFORMED, "not a SEQUENCE"},
    {"a byte behind it", WHOLE(LIST) "00", CA_MALFORMED, "follow its end"},
    {"an empty SEQUENCE", "30()", CA_MALFORMED, "tbsRequest"},
    {"an empty tbsRequest", WHOLE(""), CA_MALFORMED, "requestList"},
    {"no certificate", WHOLE("30()"), CA_MALFORMED, "empty"},
    {"version 1 spelled out", WHOLE("a0(020100)" LIST), CA_MALFORMED,
	"version"},
    {"version 2", WHOLE("a0(020101)" LIST), CA_MALFORMED, "version"},
    {"more behind the list", WHOLE(LIST "0500"), CA_MALFORMED, "belong"},
    {"more behind the tbsRequest", "30( 30(" LIST ") 0500 )", CA_MALFORMED,
	"follows the tbsRequest"},

    {"a requestor", WHOLE("a1( 82('a.example') )" LIST), CA_OK, NULL},
    {"a requestor that is no name", WHOLE("a1( 0500 )" LIST), CA_MALFORMED,
	"requestorName"},
    {"two requestors", WHOLE("a1( 82('a') 82('b') )" LIST), CA_MALFORMED,
	"requestorName"},
    {"no requestor in its tag", WHOLE("a1()" LIST), CA_MALFORMED,
	"requestorName"},

    {"a request that is no SEQUENCE", WHOLE("30( 0500 )"), CA_MALFORMED,
	"request 1"},
    {"a certID that is an INTEGER", OF("020101"), CA_MALFORMED, "certID"},
    {"an empty certID", OF("30()"), CA_MALFORMED, "hashAlgorithm"},
    {"SHA-1 without NULL", OF(ID(SHA1_BARE, H20, H20, "05")), CA_OK, NULL},
    {"SHA-1 with something else",
	OF(ID("30( 06(2b0e03021a) 0201 05 )", H20, H20, "05")), CA_MALFORMED,
	"RFC 4055"},
    {"SHA-1 with NULL twice",
	OF(ID("30( 06(2b0e03021a) 05000500 )", H20, H20, "05")), CA_MALFORMED,
	"RFC 4055"},
    {"SHA-256", OF(ID(SHA256, H32, H32, "05")), CA_OK, NULL},
    {"SHA-256 of 20 octets", OF(ID(SHA256, H20, H20, "05")), CA_MALFORMED,
	"SHA-256 has 32"},
    {"SHA-1 of 32 octets", OF(ID(SHA1, H20, H32, "05")), CA_MALFORMED,
	"20 and 32 octets"},
    {"the other of 32", OF(ID(SHA1, H32, H20, "05")), CA_MALFORMED,
	"32 and 20 octets"},
    {"a hash of nothing", OF(ID(SHA1, "0400", "0400", "05")), CA_MALFORMED,
	"0 and 0 octets"},
    {"a hash that is an INTEGER", OF(ID(SHA1, "020105", H20, "05")),
	CA_MALFORMED, "OCTET STRING"},
    {"an unknown hash", OF(ID("30( 06(2a03) 30(020101) )", "0400", H32, "05")),
	CA_OK, NULL},
    {"an unknown hash with two parameters",
	OF(ID("30( 06(2a03) 0500 0500 )", H20, H20, "05")), CA_MALFORMED,
	"RFC 4055"},
    {"an unknown hash with none in DER",
	OF(ID("30( 06(2a03) 30(020200 01) )", H20, H20, "05")), CA_MALFORMED,
	"RFC 4055"},
    {"no hash's OID", OF(ID("30( 0500 )", H20, H20, "05")), CA_MALFORMED,
	"hashAlgorithm"},
    {"serial 00 05", OF(ID(SHA1, H20, H20, "0005")), CA_MALFORMED,
	"serialNumber"},
    {"serial of no octets", OF(ID(SHA1, H20, H20, "")), CA_MALFORMED,
	"serialNumber"},
    {"serial 0", OF(ID(SHA1, H20, H20, "00")), CA_OK, NULL},
    {"serial -128", OF(ID(SHA1, H20, H20, "80")), CA_OK, NULL},
    {"serial of 21 octets", OF(ID(SHA1, H20, H20, "7f" N16 "'1234'")), CA_OK,
	NULL},
    {"more behind the serial", OF("30(" SHA1 H20 H20 "020105 0500 )"),
	CA_MALFORMED, "follows the serialNumber"},
    {"more behind the certID", WHOLE("30( 30(" ONE "0500) )"), CA_MALFORMED,
	"follows the certID"},
    {"the second is wrong", WHOLE("30(" REQUEST(ONE) REQUEST("30()") ")"),
	CA_MALFORMED, "request 2"},

    {"a locator", WHOLE("30( 30(" ONE "a0( 30(" EXT("2a03", "0500") ") ) ) )"),
	CA_OK, NULL},
    {"a critical one",
	WHOLE("30( 30(" ONE "a0( 30(" CRITICAL("2a03", "0500") ") ) ) )"),
	CA_REFUSED, "1.2.3: critical"},
    {"a nonce for one, critical",
	WHOLE("30( 30(" ONE "a0( 30(" CRITICAL(NONCE_OID, "0400") ") ) ) )"),
	CA_REFUSED, "ocspNonce: critical"},
    {"a locator twice",
	WHOLE("30( 30(" ONE "a0( 30(" EXT("2a03", "0500")
		EXT("2a03", "0500") ") ) ) )"),
	CA_MALFORMED, "twice"},

    {"extensions of none", WITH(""), CA_MALFORMED, "empty"},
    {"extensions without their list", WHOLE(LIST "a2( 0500 )"), CA_MALFORMED,
	"extensions"},
    {"extensions [1]", WHOLE(LIST "a1( 30(" NONCE("0401aa") ") )"),
	CA_MALFORMED, "belong"},
    {"an unknown extension", WITH(EXT("2a03", "ff")), CA_OK, NULL},
    {"an unknown critical extension", WITH(CRITICAL("2a03", "ff")), CA_REFUSED,
	"RFC 6960 4.4"},
    {"an extension twice", WITH(EXT("2a03", "ff") EXT("2a03", "ff")),
	CA_MALFORMED, "twice"},
    {"critical FALSE", WITH("30( 06(2a03) 010100 04(ff) )"), CA_MALFORMED,
	"11.5"},
    {"a nonce", WITH(NONCE("04(" N16 ")")), CA_OK, NULL},
    {"a critical nonce", WITH(CRITICAL(NONCE_OID, "04(" N16 ")")), CA_OK, NULL},
    {"two nonces", WITH(NONCE("0401aa") NONCE("0401bb")), CA_MALFORMED,
	"twice"},
    {"a nonce of 1 octet", WITH(NONCE("0401aa")), CA_OK, NULL},
    {"a nonce of 0 octets", WITH(NONCE("0400")), CA_MALFORMED, "RFC 9654"},
    {"a nonce of 128 octets", WITH(NONCE("04(" N128 ")")), CA_OK, NULL},
    {"a nonce of 129 octets", WITH(NONCE("04(" N128 "00)")), CA_MALFORMED,
	"129 octets"},
    {"a nonce as it is", WITH(NONCE(N16)), CA_MALFORMED, "RFC 9654"},
    {"more behind the nonce", WITH(NONCE("0401aa 00")), CA_MALFORMED,
	"RFC 9654"},

    {"signed", SIGNED(""), CA_OK, NULL},
    {"signed, with a certificate", SIGNED("a0( 30( 30(020101) ) )"), CA_OK,
	NULL},
    {"with a certificate that is none", SIGNED("a0( 30( 020101 ) )"),
	CA_MALFORMED, "certs"},
    {"with certificates in no list", SIGNED("a0( 020101 )"), CA_MALFORMED,
	"certs"},
    {"with nine certificates",
	SIGNED("a0( 30( 3000 3000 3000 3000 3000 3000 3000 3000 3000 ) )"),
	CA_REFUSED, "more than 8"},
    {"with more behind them", SIGNED("a0( 30() ) 0500"), CA_MALFORMED,
	"follows the signature"},
    {"a signature of 7 bits",
	"30( 30(" LIST ") a0( 30( 30( 06(2a03) ) 0302 0180 ) ) )", CA_MALFORMED,
	"optionalSignature"},
    {"a signature by nothing", "30( 30(" LIST ") a0( 30( 3000 0301 00 ) ) )",
	CA_MALFORMED, "optionalSignature"},
};

static void
every_fault_has_its_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_ocsp_request request = {.count = 99};
		struct ca_buf der = asn1(cases[i].text);
		struct ca_error err = {0};
		enum ca_status st;

		st = ca_ocsp_request_parse(ca_view(&der), &request, &err);
		if (st != cases[i].status || st != err.status ||
		    (st != CA_OK && strstr(err.msg, cases[i].words) == NULL))
			fail_msg("%s: %d \"%s\"", cases[i].name, st, err.msg);
		assert_true(
		    st == CA_OK || strstr(err.msg, "OCSP request") == err.msg);
		assert_int_equal(st == CA_OK, request.count != 99);
		ca_buf_free(&der);
	}
}

static struct ca_ocsp_request
parse(const struct ca_buf *der)
{
	struct ca_ocsp_request request;
	struct ca_error err = {0};

	if (ca_ocsp_request_parse(ca_view(der), &request, &err) != CA_OK)
		fail_msg("%s", err.msg);
	return request;
}

static struct ca_buf
ask_often(size_t count)
{
	struct ca_buf text = {0}, der;

	assert_int_equal(ca_buf_append_text(&text, "30( 30( 30("), CA_OK);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(
		    ca_buf_append_text(&text, REQUEST(ONE)), CA_OK);
	assert_int_equal(ca_buf_append_text(&text, ") ) )"), CA_OK);
	der = asn1(ca_buf_text(&text));
	ca_buf_free(&text);
	return der;
}

/* checklist 106 */
static void
there_is_a_limit(void **state)
{
	struct ca_buf most = ask_often(CA_OCSP_MAX_IDS);
	struct ca_buf more = ask_often(CA_OCSP_MAX_IDS + 1);
	struct ca_buf huge = {0};
	struct ca_ocsp_request request = parse(&most);
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(request.count, CA_OCSP_MAX_IDS);
	assert_int_equal(
	    ca_ocsp_request_parse(ca_view(&more), &request, &err), CA_REFUSED);
	assert_non_null(strstr(err.msg, "more than 64"));
	assert_int_equal(ca_buf_reserve(&huge, CA_OCSP_MAX + 1), CA_OK);
	huge.len = CA_OCSP_MAX + 1;
	memset(huge.data, 0, huge.len);
	assert_int_equal(
	    ca_ocsp_request_parse(ca_view(&huge), &request, NULL), CA_REFUSED);
	huge.len--;
	assert_int_equal(ca_ocsp_request_parse(ca_view(&huge), &request, NULL),
	    CA_MALFORMED);
	ca_buf_free(&most);
	ca_buf_free(&more);
	ca_buf_free(&huge);
}

static void
a_cut_request_is_refused(void **state)
{
	struct ca_buf der = vector("ocsp/req-signed.der");
	struct ca_ocsp_request request;

	(void)state;
	for (size_t len = 0; len < der.len; len++)
		assert_int_equal(
		    ca_ocsp_request_parse(
			(struct ca_bytes){der.data, len}, &request, NULL),
		    CA_MALFORMED);
	ca_buf_free(&der);
}

/* ---- beside openssl --------------------------------------------------- */

struct pair {
	struct ca_buf issuer_der, cert_der, root_der;
	struct ca_cert issuer, cert, root;
	struct ca_ocsp_issuer called;
};

static struct pair
open_pair(void)
{
	struct pair pair = {.issuer_der = vector("cert/issuing.der"),
	    .cert_der = vector("cert/server.der"),
	    .root_der = vector("cert/root.der")};

	assert_int_equal(
	    ca_cert_parse(ca_view(&pair.issuer_der), &pair.issuer, NULL),
	    CA_OK);
	assert_int_equal(
	    ca_cert_parse(ca_view(&pair.cert_der), &pair.cert, NULL), CA_OK);
	assert_int_equal(
	    ca_cert_parse(ca_view(&pair.root_der), &pair.root, NULL), CA_OK);
	assert_int_equal(
	    ca_ocsp_issuer_of(&pair.issuer, &pair.called, NULL), CA_OK);
	return pair;
}

static void
close_pair(struct pair *pair)
{
	ca_buf_free(&pair->issuer_der);
	ca_buf_free(&pair->cert_der);
	ca_buf_free(&pair->root_der);
}

/* The same bytes as openssl's, in each hash, with the nonce it drew. */
static void
what_is_built_is_what_openssl_builds(void **state)
{
	static const struct {
		const char *name;
		enum ca_hash hash;
		size_t nonce;
	} made[] = {
	    {"ocsp/req-sha1.der", CA_HASH_SHA1, 0},
	    {"ocsp/req-sha256.der", CA_HASH_SHA256, 0},
	    {"ocsp/req-nonce.der", CA_HASH_SHA1, 16},
	};
	struct pair pair = open_pair();

	(void)state;
	for (size_t i = 0; i < COUNT(made); i++) {
		struct ca_buf theirs = vector(made[i].name), ours = {0};
		struct ca_ocsp_request request = parse(&theirs);

		assert_int_equal(request.count, 1);
		assert_int_equal(request.nonce.len, made[i].nonce);
		assert_false(request.is_signed);
		assert_int_equal(request.requestor.len, 0);
		assert_int_equal(request.id[0].hash, made[i].hash);
		assert_true(ca_ocsp_id_is_of(&request.id[0], &pair.called));
		assert_bytes(request.id[0].serial, pair.cert.serial);
		assert_int_equal(ca_ocsp_request_build(&pair.cert, &pair.issuer,
				     made[i].hash, request.nonce, &ours, NULL),
		    CA_OK);
		assert_bytes(ca_view(&ours), ca_view(&theirs));
		ca_buf_free(&ours);
		ca_buf_free(&theirs);
	}
	close_pair(&pair);
}

/* checklist 106 */
static void
several_and_signed_ones_are_read(void **state)
{
	struct ca_buf several_der = vector("ocsp/req-several.der");
	struct ca_buf signed_der = vector("ocsp/req-signed.der");
	struct ca_ocsp_request several = parse(&several_der);
	struct ca_ocsp_request one = parse(&signed_der);
	struct pair pair = open_pair();

	(void)state;
	assert_int_equal(several.count, 3);
	assert_int_equal(several.nonce.len, 16);
	assert_int_equal(several.id[1].hash, CA_HASH_SHA1);
	assert_bytes(several.id[1].serial, BYTES("\x80"));
	assert_int_equal(several.id[2].hash, CA_HASH_SHA256);
	assert_bytes(several.id[2].serial, BYTES("\x01"));
	for (size_t i = 0; i < several.count; i++)
		assert_true(ca_ocsp_id_is_of(&several.id[i], &pair.called));
	assert_true(one.is_signed);
	assert_int_equal(one.count, 1);
	assert_true(one.requestor.len > pair.cert.subject.len);
	assert_memory_equal(
	    one.requestor.data + one.requestor.len - pair.cert.subject.len,
	    pair.cert.subject.data, pair.cert.subject.len);
	close_pair(&pair);
	ca_buf_free(&several_der);
	ca_buf_free(&signed_der);
}

static void
what_cannot_be_asked_is_refused(void **state)
{
	struct ca_buf der = {0}, zero_der = vector("cert/serial-zero.der");
	const uint8_t nonce[CA_OCSP_MAX_NONCE + 1] = {1};
	struct pair pair = open_pair();
	struct ca_cert zero;
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(ca_cert_parse(ca_view(&zero_der), &zero, NULL), CA_OK);
	assert_int_equal(ca_ocsp_request_build(&pair.cert, &pair.root,
			     CA_HASH_SHA1, (struct ca_bytes){0}, &der, &err),
	    CA_REFUSED);
	assert_non_null(strstr(err.msg, "issuer"));
	assert_int_equal(ca_ocsp_request_build(&zero, &zero, CA_HASH_SHA1,
			     (struct ca_bytes){0}, &der, NULL),
	    CA_REFUSED);
	assert_int_equal(ca_ocsp_request_build(&pair.cert, &pair.issuer,
			     CA_HASH_SHA384, (struct ca_bytes){0}, &der, NULL),
	    CA_USAGE);
	assert_int_equal(
	    ca_ocsp_request_build(&pair.cert, &pair.issuer, CA_HASH_SHA1,
		(struct ca_bytes){nonce, sizeof(nonce)}, &der, NULL),
	    CA_USAGE);
	assert_int_equal(der.len, 0);
	assert_int_equal(
	    ca_ocsp_request_build(&pair.cert, &pair.issuer, CA_HASH_SHA1,
		(struct ca_bytes){nonce, sizeof(nonce) - 1}, &der, NULL),
	    CA_OK);
	assert_int_equal(parse(&der).nonce.len, CA_OCSP_MAX_NONCE);
	ca_buf_free(&der);
	ca_buf_free(&zero_der);
	close_pair(&pair);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_fault_has_its_rule),
	    cmocka_unit_test(there_is_a_limit),
	    cmocka_unit_test(a_cut_request_is_refused),
	    cmocka_unit_test(what_is_built_is_what_openssl_builds),
	    cmocka_unit_test(several_and_signed_ones_are_read),
	    cmocka_unit_test(what_cannot_be_asked_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
