/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/cert.h"
#include "ca/ocsp.h"
#include "tests/unit/asn1.h"

/* ---- a response, spelled ---------------------------------------------- */

#define BASIC "06(2b0601050507300101)"
#define SHA1 "30( 06(2b0e03021a) 0500 )"
#define H20 "04( 'abcdefghijklmnopqrst' )"
#define ID "30(" SHA1 H20 H20 "020105 )"
#define BY_KEY "a2(" H20 ")"
#define NAME "30( 31( 30( 06(550403) 0c('x') ) ) )"
#define AT(date) "18('" date "000000Z')"
#define NOW AT("20260101")
#define NEXT "a0(" AT("20260108") ")"
#define GOOD "8000"
#define ANSWER(state) "30(" ID state NOW NEXT ")"
#define ONE "30(" ANSWER(GOOD) ")"
#define EXT(oid, value) "30( 06(" oid ") 04(" value ") )"
#define CRITICAL(oid, value) "30( 06(" oid ") 0101ff 04(" value ") )"
#define NONCE "2b0601050507300102"
#define REVOKE "2b0601050507300109"
#define EXTS(list) "a1( 30(" list ") )"
#define ED25519 "30( 06(2b6570) )"
#define BITS "03(00 aabb)"
#define SIGNED(data, rest) "30( 30(" data ")" rest ")"
#define BYTES_OF(type, basic) "a0( 30(" type "04(" basic ") ) )"
#define SUCCESS(data) \
	"30( 0a0100" BYTES_OF(BASIC, SIGNED(data, ED25519 BITS)) ")"
#define DATA(answers, exts) SUCCESS(BY_KEY NOW answers exts)
#define STATE(state) DATA("30(" ANSWER(state) ")", "")
#define SINGLE(exts) DATA("30( 30(" ID GOOD NOW NEXT exts ") )", "")
#define ENDED(rest) \
	"30( 0a0100" BYTES_OF(BASIC, SIGNED(BY_KEY NOW ONE, rest)) ")"

/* checklist 11, 20, 105, 106: one fault, one rule. */
static const struct {
	const char *name;
	const char *text;
	enum ca_status status;
	const char *words;
} cases[] = {
    {"as it should be", DATA(ONE, ""), CA_OK, NULL},
    {"nothing", "", CA_MALFORMED, "RFC 6960 4.2.1"},
    {"a SET", "31( 0a0106 )", CA_MALFORMED, "not a SEQUENCE"},
    {"a byte behind it", "30( 0a0106 ) 00", CA_MALFORMED, "follow its end"},

    {"no status", "30()", CA_MALFORMED, "responseStatus"},
    {"malformedRequest", "30( 0a0101 )", CA_OK, NULL},
    {"internalError", "30( 0a0102 )", CA_OK, NULL},
    {"tryLater", "30( 0a0103 )", CA_OK, NULL},
    {"status 4", "30( 0a0104 )", CA_MALFORMED, "responseStatus"},
    {"sigRequired", "30( 0a0105 )", CA_OK, NULL},
    {"unauthorized", "30( 0a0106 )", CA_OK, NULL},
    {"status 7", "30( 0a0107 )", CA_MALFORMED, "responseStatus"},
    {"status -1", "30( 0a01ff )", CA_MALFORMED, "responseStatus"},
    {"status in two octets", "30( 0a020006 )", CA_MALFORMED, "responseStatus"},
    {"status an INTEGER", "30( 020106 )", CA_MALFORMED, "responseStatus"},
    {"successful, and nothing", "30( 0a0100 )", CA_MALFORMED, "exactly when"},
    {"unauthorized, and something", "30( 0a0106 a0( 3000 ) )", CA_MALFORMED,
	"exactly when"},
    {"responseBytes [1]", "30( 0a0100 a1( 3000 ) )", CA_MALFORMED,
	"responseBytes"},
    {"more behind responseBytes", "30( 0a0106 0500 )", CA_MALFORMED,
	"responseBytes"},
    {"no response in them", "30( 0a0100 a0( 3000 ) )", CA_MALFORMED,
	"responseBytes"},
    {"two responses", "30( 0a0100 a0( 30(" BASIC "0400 0400) ) )", CA_MALFORMED,
	"responseBytes"},
    {"another type", "30( 0a0100" BYTES_OF("06(2a03)", "3000") ")", CA_REFUSED,
	"1.2.3: a response type"},
    {"not a response", "30( 0a0100" BYTES_OF(BASIC, "0500") ")", CA_MALFORMED,
	"BasicOCSPResponse"},
    {"a response and a byte", "30( 0a0100" BYTES_OF(BASIC, "3000 00") ")",
	CA_MALFORMED, "BasicOCSPResponse"},
    {"an empty response", "30( 0a0100" BYTES_OF(BASIC, "3000") ")",
	CA_MALFORMED, "tbsResponseData"},

    {"version 1 spelled out", SUCCESS("a0(020100)" BY_KEY NOW ONE),
	CA_MALFORMED, "version"},
    {"no responder", SUCCESS(NOW ONE), CA_MALFORMED, "responderID"},
    {"by name", SUCCESS("a1(" NAME ")" NOW ONE), CA_OK, NULL},
    {"by a name that is none", SUCCESS("a1( 30( 31() ) )" NOW ONE),
	CA_MALFORMED, "responderID"},
    {"by two names", SUCCESS("a1(" NAME NAME ")" NOW ONE), CA_MALFORMED,
	"responderID"},
    {"by a key's hash of 19 octets",
	SUCCESS("a2( 04('abcdefghijklmnopqrs') )" NOW ONE), CA_MALFORMED,
	"4.2.2.3"},
    {"by two hashes", SUCCESS("a2(" H20 H20 ")" NOW ONE), CA_MALFORMED,
	"4.2.2.3"},
    {"by [3]", SUCCESS("a3(" H20 ")" NOW ONE), CA_MALFORMED, "responderID"},
    {"no producedAt", SUCCESS(BY_KEY ONE), CA_MALFORMED, "producedAt"},
    {"producedAt a UTCTime", SUCCESS(BY_KEY "17('260101000000Z')" ONE),
	CA_MALFORMED, "producedAt"},
    {"producedAt with a fraction",
	SUCCESS(BY_KEY "18('20260101000000.5Z')" ONE), CA_MALFORMED,
	"producedAt"},
    {"no answers", SUCCESS(BY_KEY NOW), CA_MALFORMED, "responses"},
    {"an empty list", DATA("30()", ""), CA_MALFORMED, "empty"},
    {"an answer that is none", DATA("30( 0500 )", ""), CA_MALFORMED,
	"answer 1"},
    {"a certID that is none", DATA("30( 30( 0500" GOOD NOW NEXT ") )", ""),
	CA_MALFORMED, "answer 1: certID"},
    {"the second is wrong", DATA("30(" ANSWER(GOOD) "3000 )", ""), CA_MALFORMED,
	"answer 2"},

    {"good with something", STATE("800100"), CA_MALFORMED, "certStatus"},
    {"good, constructed", STATE("a000"), CA_MALFORMED, "certStatus"},
    {"unknown", STATE("8200"), CA_OK, NULL},
    {"unknown with something", STATE("820100"), CA_MALFORMED, "certStatus"},
    {"state [3]", STATE("8300"), CA_MALFORMED, "certStatus"},
    {"no state", STATE(""), CA_MALFORMED, "certStatus"},
    {"revoked", STATE("a1(" AT("20250101") ")"), CA_OK, NULL},
    {"revoked for something", STATE("a1(" AT("20250101") "a0(0a0101) )"), CA_OK,
	NULL},
    {"revoked for 7", STATE("a1(" AT("20250101") "a0(0a0107) )"), CA_MALFORMED,
	"reasons"},
    {"revoked for removeFromCRL", STATE("a1(" AT("20250101") "a0(0a0108) )"),
	CA_MALFORMED, "removeFromCRL"},
    {"revoked for two", STATE("a1(" AT("20250101") "a0(0a01010a0101) )"),
	CA_MALFORMED, "reasons"},
    {"revoked, never", STATE("a1()"), CA_MALFORMED, "revoked"},
    {"revoked, and more", STATE("a1(" AT("20250101") "0500 )"), CA_MALFORMED,
	"revoked"},
    {"revoked, primitive", STATE("8100"), CA_MALFORMED, "certStatus"},

    {"no thisUpdate", DATA("30( 30(" ID GOOD NEXT ") )", ""), CA_MALFORMED,
	"thisUpdate"},
    {"thisUpdate a UTCTime",
	DATA("30( 30(" ID GOOD "17('260101000000Z')" NEXT ") )", ""),
	CA_MALFORMED, "thisUpdate"},
    {"no nextUpdate", DATA("30( 30(" ID GOOD NOW ") )", ""), CA_OK, NULL},
    {"nextUpdate without its tag", DATA("30( 30(" ID GOOD NOW NOW ") )", ""),
	CA_MALFORMED, "answer 1"},
    {"two of them", DATA("30( 30(" ID GOOD NOW "a0(" NOW NOW ") ) )", ""),
	CA_MALFORMED, "nextUpdate"},
    {"nextUpdate at thisUpdate",
	DATA("30( 30(" ID GOOD NOW "a0(" NOW ") ) )", ""), CA_OK, NULL},
    {"nextUpdate before it",
	DATA("30( 30(" ID GOOD NOW "a0(" AT("20251231") ") ) )", ""),
	CA_MALFORMED, "before thisUpdate"},
    {"an extension of one", SINGLE(EXTS(EXT("2a03", "ff"))), CA_OK, NULL},
    {"and a critical one", SINGLE(EXTS(CRITICAL("2a03", "ff"))), CA_MALFORMED,
	"1.2.3: critical"},
    {"a CRL entry's reason", SINGLE(EXTS(EXT("551d15", "0a0101"))), CA_OK,
	NULL},
    {"a wrong one", SINGLE(EXTS(EXT("551d15", "0a0107"))), CA_MALFORMED,
	"5.3.1"},
    {"more behind them", SINGLE("0500"), CA_MALFORMED, "answer 1"},

    {"extensions of none", DATA(ONE, EXTS("")), CA_MALFORMED, "empty"},
    {"an unknown extension", DATA(ONE, EXTS(EXT("2a03", "ff"))), CA_OK, NULL},
    {"and a critical one", DATA(ONE, EXTS(CRITICAL("2a03", "ff"))),
	CA_MALFORMED, "1.2.3: critical"},
    {"twice", DATA(ONE, EXTS(EXT("2a03", "ff") EXT("2a03", "ff"))),
	CA_MALFORMED, "twice"},
    {"a nonce", DATA(ONE, EXTS(EXT(NONCE, "0401aa"))), CA_OK, NULL},
    {"an empty nonce", DATA(ONE, EXTS(EXT(NONCE, "0400"))), CA_MALFORMED,
	"RFC 9654"},
    {"extended-revoke", DATA(ONE, EXTS(EXT(REVOKE, "0500"))), CA_OK, NULL},
    {"a critical one", DATA(ONE, EXTS(CRITICAL(REVOKE, "0500"))), CA_MALFORMED,
	"critical"},
    {"one that is not NULL", DATA(ONE, EXTS(EXT(REVOKE, "0101ff"))),
	CA_MALFORMED, "4.4.8"},
    {"more behind them", DATA(ONE, "0500"), CA_MALFORMED, "belong"},

    {"signed with SHA-1", ENDED("30( 06(2a864886f70d010105) 0500 )" BITS),
	CA_REFUSED, "sha1"},
    {"signed with nothing", ENDED("3000" BITS), CA_MALFORMED, "OCSP response"},
    {"not signed", ENDED(ED25519), CA_MALFORMED, "BIT STRING"},
    {"a signature of 7 bits", ENDED(ED25519 "03(01 80)"), CA_MALFORMED,
	"BIT STRING"},
    {"certificates", ENDED(ED25519 BITS "a0( 30( 3000 3000 ) )"), CA_OK, NULL},
    {"none of them", ENDED(ED25519 BITS "a0( 30() )"), CA_OK, NULL},
    {"nine of them",
	ENDED(ED25519 BITS
	    "a0( 30( 3000 3000 3000 3000 3000 3000 3000 3000 3000 ) )"),
	CA_REFUSED, "more than 8"},
    {"what is none", ENDED(ED25519 BITS "a0( 30( 0500 ) )"), CA_MALFORMED,
	"certs"},
    {"what is not DER", ENDED(ED25519 BITS "a0( 30( 30( 0505 ) ) )"),
	CA_MALFORMED, "certs"},
    {"more behind them", ENDED(ED25519 BITS "a0( 30() ) 0500"), CA_MALFORMED,
	"follows the signature"},
};

static void
every_fault_has_its_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_ocsp_response response = {.count = 99};
		struct ca_buf der = asn1(cases[i].text);
		struct ca_error err = {0};
		enum ca_status st;

		st = ca_ocsp_response_parse(ca_view(&der), &response, &err);
		if (st != cases[i].status || st != err.status ||
		    (st != CA_OK && strstr(err.msg, cases[i].words) == NULL))
			fail_msg("%s: %d \"%s\"", cases[i].name, st, err.msg);
		assert_true(
		    st == CA_OK || strstr(err.msg, "OCSP response") == err.msg);
		assert_int_equal(st == CA_OK, response.count != 99);
		ca_buf_free(&der);
	}
}

static struct ca_ocsp_response
parse(const struct ca_buf *der)
{
	struct ca_ocsp_response response;
	struct ca_error err = {0};

	if (ca_ocsp_response_parse(ca_view(der), &response, &err) != CA_OK)
		fail_msg("%s", err.msg);
	return response;
}

static void
there_is_a_limit(void **state)
{
	struct ca_buf text = {0}, der;
	struct ca_ocsp_response response;

	(void)state;
	for (size_t count = CA_OCSP_MAX_IDS; count <= CA_OCSP_MAX_IDS + 1;
	     count++) {
		assert_int_equal(ca_buf_append_text(&text,
				     "30( 0a0100 a0( 30(" BASIC
				     "04( 30( 30(" BY_KEY NOW "30("),
		    CA_OK);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(
			    ca_buf_append_text(&text, ANSWER(GOOD)), CA_OK);
		assert_int_equal(
		    ca_buf_append_text(&text, ") )" ED25519 BITS ") ) ) ) )"),
		    CA_OK);
		der = asn1(ca_buf_text(&text));
		assert_int_equal(
		    ca_ocsp_response_parse(ca_view(&der), &response, NULL),
		    count == CA_OCSP_MAX_IDS ? CA_OK : CA_REFUSED);
		ca_buf_free(&der);
		ca_buf_free(&text);
	}
}

/* Revoked on that very day for that very reason, with the extension: each of
 * the three is needed (RFC 6960 2.2). */
static void
the_never_issued_have_their_own_state(void **state)
{
#define HELD(date, reason) \
	"30(" ANSWER("a1(" AT(date) "a0(0a01" reason ") )") ")"
	static const struct {
		const char *text;
		enum ca_ocsp_state state;
	} held[] = {
	    {DATA(HELD("19700101", "06"), EXTS(EXT(REVOKE, "0500"))),
		CA_OCSP_NEVER_ISSUED},
	    {DATA(HELD("19700101", "06"), ""), CA_OCSP_REVOKED},
	    {DATA(HELD("19700102", "06"), EXTS(EXT(REVOKE, "0500"))),
		CA_OCSP_REVOKED},
	    {DATA(HELD("19700101", "01"), EXTS(EXT(REVOKE, "0500"))),
		CA_OCSP_REVOKED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(held); i++) {
		struct ca_buf der = asn1(held[i].text);
		struct ca_ocsp_response response = parse(&der);

		assert_int_equal(response.answer[0].state, held[i].state);
		ca_buf_free(&der);
	}
}

static void
a_cut_response_is_refused(void **state)
{
	struct ca_buf der = vector("ocsp/resp-nonce.der");
	struct ca_ocsp_response response;

	(void)state;
	for (size_t len = 0; len < der.len; len++)
		assert_int_equal(
		    ca_ocsp_response_parse(
			(struct ca_bytes){der.data, len}, &response, NULL),
		    CA_MALFORMED);
	ca_buf_free(&der);
}

/* ---- what openssl answers --------------------------------------------- */

static void
what_openssl_answers_is_read(void **state)
{
	struct ca_buf der = vector("ocsp/resp-several.der");
	struct ca_buf asked = vector("ocsp/req-several.der");
	struct ca_ocsp_response response = parse(&der);
	struct ca_ocsp_request request;
	const struct ca_ocsp_answer *answer = response.answer;

	(void)state;
	assert_int_equal(
	    ca_ocsp_request_parse(ca_view(&asked), &request, NULL), CA_OK);
	assert_int_equal(response.status, CA_OCSP_SUCCESSFUL);
	assert_int_equal(response.count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_bytes(answer[i].id.der, request.id[i].der);
		assert_int_equal(
		    answer[i].next_update - answer[i].this_update, 7 * 86400);
	}
	assert_int_equal(answer[0].state, CA_OCSP_GOOD);
	assert_int_equal(answer[1].state, CA_OCSP_REVOKED);
	assert_int_equal(answer[1].reason, CA_REASON_KEY_COMPROMISE);
	/* 2026-01-10T00:00:00Z */
	assert_int_equal(answer[1].revoked_at, INT64_C(1768003200));
	assert_int_equal(answer[2].state, CA_OCSP_UNKNOWN);
	assert_bytes(response.nonce, request.nonce);
	assert_true(response.certs.len > 0);
	assert_int_equal(response.responder_key.len, 0);
	assert_false(response.extended_revoke);
	ca_buf_free(&der);
	der = vector("ocsp/resp-key-id.der");
	response = parse(&der);
	assert_int_equal(response.responder_key.len, 20);
	assert_int_equal(response.responder_name.len, 0);
	ca_buf_free(&der);
	der = vector("ocsp/resp-no-next.der");
	response = parse(&der);
	assert_true(response.answer[0].next_update == INT64_MAX);
	assert_int_equal(response.nonce.len, 0);
	ca_buf_free(&der);
	ca_buf_free(&asked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_fault_has_its_rule),
	    cmocka_unit_test(there_is_a_limit),
	    cmocka_unit_test(the_never_issued_have_their_own_state),
	    cmocka_unit_test(a_cut_response_is_refused),
	    cmocka_unit_test(what_openssl_answers_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
