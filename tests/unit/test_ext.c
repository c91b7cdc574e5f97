/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/ext.h"
#include "tests/unit/asn1.h"

/* ---- the list --------------------------------------------------------- */

#define KU_VALUE "04( 03(05 a0) )"
#define KU "30( 06(551d0f) " KU_VALUE ")"
#define KU_CRITICAL "30( 06(551d0f) 0101ff " KU_VALUE ")"
#define SAN "30( 06(551d11) 04( 30( 82('a.example') ) ) )"

/* checklist 20, 23 */
static const struct {
	const char *name, *text;
	enum ca_status status;
	const char *words;
} lists[] = {
    {"one", "30(" KU ")", CA_OK, NULL},
    {"critical", "30(" KU_CRITICAL ")", CA_OK, NULL},
    {"two", "30(" KU SAN ")", CA_OK, NULL},
    {"none", "30()", CA_MALFORMED, "4.1.2.9"},
    {"nothing at all", "", CA_MALFORMED, "4.1"},
    {"a SET", "31(" KU ")", CA_MALFORMED, "4.1"},
    {"bytes behind", "30(" KU ") 00", CA_MALFORMED, "4.1"},
    {"twice the same", "30(" KU KU ")", CA_MALFORMED, "keyUsage: the ext"},
    {"twice an unknown", "30( 30(06(2a03) 04(00)) 30(06(2a03) 04(01)) )",
	CA_MALFORMED, "1.2.3: the extension stands there twice"},
    {"critical FALSE", "30( 30( 06(551d0f) 010100 " KU_VALUE ") )",
	CA_MALFORMED, "X.690 11.5"},
    {"critical 01", "30( 30( 06(551d0f) 010101 " KU_VALUE ") )", CA_MALFORMED,
	"X.690 11.1"},
    {"critical twice", "30( 30( 06(551d0f) 0101ff 0101ff " KU_VALUE ") )",
	CA_MALFORMED, "extnValue"},
    {"no value", "30( 30( 06(551d0f) ) )", CA_MALFORMED, "extnValue"},
    {"a value and more", "30( 30( 06(551d0f) " KU_VALUE " 0500 ) )",
	CA_MALFORMED, "extnValue"},
    {"a BIT STRING as value", "30( 30( 06(551d0f) 03(05 a0) ) )", CA_MALFORMED,
	"extnValue"},
    {"no OID", "30( 30( " KU_VALUE ") )", CA_MALFORMED, "OBJECT IDENTIFIER"},
    {"an OID with an idle 80", "30( 30( 06(55801d0f) " KU_VALUE ") )",
	CA_MALFORMED, "OBJECT IDENTIFIER"},
    {"a long length in short form's place",
	"30( 30 81 0b 06(551d0f) " KU_VALUE ")", CA_MALFORMED, "SEQUENCE"},
    {"indefinite length", "30 80 " KU " 0000", CA_MALFORMED, "SEQUENCE"},
};

static void
lists_are_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct ca_buf der = asn1(lists[i].text);
		struct ca_exts exts = {.count = 99};
		struct ca_error err = {0};
		enum ca_status st;

		st = ca_exts_parse(ca_view(&der), &exts, &err);
		if (st != lists[i].status ||
		    (st != CA_OK && strstr(err.msg, lists[i].words) == NULL))
			fail_msg("%s: %d \"%s\"", lists[i].name, st, err.msg);
		assert_int_equal(st == CA_OK, exts.count != 99);
		ca_buf_free(&der);
	}
}

static void
fields_are_what_stands_there(void **state)
{
	struct ca_buf der = asn1("30(" KU_CRITICAL SAN ")");
	struct ca_exts exts;
	const struct ca_ext *ext;

	(void)state;
	assert_int_equal(ca_exts_parse(ca_view(&der), &exts, NULL), CA_OK);
	assert_int_equal(exts.count, 2);
	ext = ca_exts_find(&exts, CA_OID_KEY_USAGE);
	assert_ptr_equal(ext, &exts.list[0]);
	assert_true(ext->critical);
	assert_bytes(ext->value, BYTES("\x03\x02\x05\xa0"));
	ext = ca_exts_find(&exts, CA_OID_SUBJECT_ALT_NAME);
	assert_false(ext->critical);
	assert_null(ca_exts_find(&exts, CA_OID_BASIC_CONSTRAINTS));
	assert_null(ca_exts_find(&exts, CA_OID_UNKNOWN));
	ca_buf_free(&der);
}

/* checklist 25: the most that are read, and one more. */
static void
a_list_has_an_end(void **state)
{
	(void)state;
	for (unsigned extra = 0; extra < 2; extra++) {
		struct der_out out = {0};
		struct ca_buf der = {0};
		struct ca_exts exts;
		struct ca_error err = {0};

		der_open(&out, DER_SEQUENCE);
		for (uint8_t i = 0; i < CA_EXT_MAX + extra; i++) {
			uint8_t oid[2] = {0x2a, i};

			ca_ext_put(&out, (struct ca_bytes){oid, 2}, false,
			    BYTES("\x05\x00"));
		}
		der_close(&out);
		assert_int_equal(der_finish(&out, &der), CA_OK);
		assert_int_equal(ca_exts_parse(ca_view(&der), &exts, &err),
		    extra == 0 ? CA_OK : CA_REFUSED);
		ca_buf_free(&der);
	}
}

/* checklist 68 */
static void
what_is_written_reads_the_same(void **state)
{
	struct ca_buf wanted = asn1("30(" KU_CRITICAL KU ")"), der = {0};
	struct der_out out = {0};

	(void)state;
	der_open(&out, DER_SEQUENCE);
	ca_ext_open(&out, CA_OID_KEY_USAGE, true);
	ca_key_usage_put(
	    &out, CA_KU_DIGITAL_SIGNATURE | CA_KU_KEY_ENCIPHERMENT);
	ca_ext_close(&out);
	ca_ext_put(
	    &out, BYTES("\x55\x1d\x0f"), false, BYTES("\x03\x02\x05\xa0"));
	der_close(&out);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	assert_bytes(ca_view(&der), ca_view(&wanted));
	ca_buf_free(&wanted);
	ca_buf_free(&der);
}

static void
an_unknown_number_is_not_written(void **state)
{
	struct der_out out = {0};
	struct ca_buf der = {0};

	(void)state;
	ca_ext_open(&out, CA_OID_UNKNOWN, false);
	ca_ext_close(&out);
	assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
}

/* ---- the values ------------------------------------------------------- */

#define URI "86('http://a.example/')"
#define EMAIL "81('a@a.example')"
#define DNS "82('a.example')"
#define POLICY "30( 06(2a0304) )"
#define CPS "30( 06(2b06010505070201) 16('http://a.example/') )"
#define OCSP "30( 06(2b06010505073001) " URI ")"
#define ISSUERS "30( 06(2b06010505073002) " URI ")"

/* Each known extension, right and with each fault its section forbids. */
static const struct {
	enum ca_oid id;
	bool right;
	const char *text;
} values[] = {
    {CA_OID_BASIC_CONSTRAINTS, true, "30()"},
    {CA_OID_BASIC_CONSTRAINTS, true, "30(0101ff)"},
    {CA_OID_BASIC_CONSTRAINTS, true, "30(0101ff 020100)"},
    {CA_OID_BASIC_CONSTRAINTS, false, ""},
    {CA_OID_BASIC_CONSTRAINTS, false, "30(010100)"},        /* default */
    {CA_OID_BASIC_CONSTRAINTS, false, "30(010101)"},        /* BER TRUE */
    {CA_OID_BASIC_CONSTRAINTS, false, "30(020100)"},        /* no cA */
    {CA_OID_BASIC_CONSTRAINTS, false, "30(0101ff 0201ff)"}, /* -1 */
    {CA_OID_BASIC_CONSTRAINTS, false, "30(0101ff 02020001)"},
    {CA_OID_BASIC_CONSTRAINTS, false, "30(0101ff 02050080000000)"},
    {CA_OID_BASIC_CONSTRAINTS, false, "30(0101ff 020100 020100)"},
    {CA_OID_BASIC_CONSTRAINTS, false, "30(0101ff 0500)"},
    {CA_OID_BASIC_CONSTRAINTS, false, "30() 00"},

    {CA_OID_KEY_USAGE, true, "03(07 80)"},
    {CA_OID_KEY_USAGE, true, "03(07 0080)"}, /* decipherOnly, bit 8 */
    {CA_OID_KEY_USAGE, false, "03(00)"},
    {CA_OID_KEY_USAGE, false, "03(00 00)"},
    {CA_OID_KEY_USAGE, false, "03(06 80)"},   /* trailing zero bits */
    {CA_OID_KEY_USAGE, false, "03(07 81)"},   /* an unused bit is set */
    {CA_OID_KEY_USAGE, false, "03(06 0040)"}, /* bit 9 */
    {CA_OID_KEY_USAGE, false, "03(06 80c0)"},
    {CA_OID_KEY_USAGE, false, "03(07 80) 00"},
    {CA_OID_KEY_USAGE, false, "04(80)"},
    {CA_OID_KEY_USAGE, false, ""},

    {CA_OID_EXT_KEY_USAGE, true, "30( 06(2b06010505070301) )"},
    {CA_OID_EXT_KEY_USAGE, true, "30( 06(2b06010505070301) 06(2a03) )"},
    {CA_OID_EXT_KEY_USAGE, false, "30()"},
    {CA_OID_EXT_KEY_USAGE, false, "30( 06(2a03) 06(2a03) )"},
    {CA_OID_EXT_KEY_USAGE, false, "30( 0500 )"},
    {CA_OID_EXT_KEY_USAGE, false, "30( 06() )"},
    {CA_OID_EXT_KEY_USAGE, false, "30( 06(2a83) )"},
    {CA_OID_EXT_KEY_USAGE, false, "30( 06(2a03) ) 00"},

    {CA_OID_SUBJECT_KEY_IDENTIFIER, true, "04(01)"},
    {CA_OID_SUBJECT_KEY_IDENTIFIER, false, "04()"},
    {CA_OID_SUBJECT_KEY_IDENTIFIER, false, "04(01) 00"},
    {CA_OID_SUBJECT_KEY_IDENTIFIER, false, "0500"},

    {CA_OID_AUTHORITY_KEY_IDENTIFIER, true, "30( 80(01) )"},
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, true, "30( )"},
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, true, "30( 80(01) a1(" URI ") 82(01) )"},
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, true, "30( a1( a4(30()) ) 82(01) )"},
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, false, "30( 80() )"},
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, false, "30( 80(01) 82(01) )"},
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, false, "30( 80(01) a1(" URI ") )"},
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, false, "30( a1() 82(01) )"},
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, false, "30( a1(" URI ") 82(0001) )"},
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, false, "30( a1(" URI ") 82() )"},
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, false, "30( 82(01) 80(01) )"},
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, false, "30( 80(01) ) 00"},
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, false, "30( 04(01) )"},

    {CA_OID_SUBJECT_ALT_NAME, true, "30(" DNS EMAIL URI ")"},
    {CA_OID_SUBJECT_ALT_NAME, false, "30()"},
    {CA_OID_SUBJECT_ALT_NAME, false, "30(" DNS ") 00"},
    {CA_OID_SUBJECT_ALT_NAME, false, "30( 0c('a') )"},
    {CA_OID_ISSUER_ALT_NAME, true, "30(" URI ")"},
    {CA_OID_ISSUER_ALT_NAME, false, "30()"},

    {CA_OID_CRL_DISTRIBUTION_POINTS, true, "30( 30( a0( a0(" URI ")) ))"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, true,
	"30( 30( a0( a0(" URI EMAIL ")) 81(07 80) a2(" EMAIL ") ))"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, true, "30( 30( a2(" EMAIL ") ))"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, true,
	"30( 30( a0( a1( 30(06(550403) 0c('x')) )) ))"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false, "30( 30( a0( a1(" URI ") ) ) )"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false,
	"30( 30( a0( a1( 30(06(550403)) )) ))"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false,
	"30( 30( a0( a1( 30(06(550403) 0c('x') 0500) )) ))"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false,
	"30( 30( a0( a1( 30(06(550404) 0c('x')) 30(06(550403) 0c('x')) )) ))"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false, "30()"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false, "30( 30() )"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false, "30( 30( 81(07 80) ) )"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false, "30( 30( a0() ) )"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false, "30( 30( a0( a0() ) ) )"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false, "30( 30( a0( a1() ) ) )"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false, "30( 30( a0( a0(86()) ) ) )"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false, "30( 30( a0( a0(86(80)) ) ) )"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false,
	"30( 30( a0( a0(" URI ") a1() ) ) )"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false,
	"30( 30( a0( a0(" URI ")) 81(06 80) ) )"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false,
	"30( 30( a0( a0(" URI ")) a2() ) )"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false,
	"30( 30( a0( a0(" URI ")) 0500 ) )"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, false, "30( 30( a0( a0(" URI ")) )) 00"},
    {CA_OID_FRESHEST_CRL, true, "30( 30( a0( a0(" URI ")) ))"},
    {CA_OID_FRESHEST_CRL, false, "30()"},

    {CA_OID_AUTHORITY_INFO_ACCESS, true, "30(" OCSP ISSUERS OCSP ")"},
    {CA_OID_AUTHORITY_INFO_ACCESS, true, "30( 30( 06(2a03) " EMAIL ") )"},
    {CA_OID_AUTHORITY_INFO_ACCESS, false, "30()"},
    {CA_OID_AUTHORITY_INFO_ACCESS, false, "30(" OCSP ") 00"},
    {CA_OID_AUTHORITY_INFO_ACCESS, false, "30( 30( " URI ") )"},
    {CA_OID_AUTHORITY_INFO_ACCESS, false, "30( 30( 06(2a03) ) )"},
    {CA_OID_AUTHORITY_INFO_ACCESS, false, "30( 30( 06(2a03) " URI URI ") )"},
    {CA_OID_AUTHORITY_INFO_ACCESS, false, "30( 30( 06(2a03) 86() ) )"},
    {CA_OID_SUBJECT_INFO_ACCESS, true, "30( 30( 06(2a03) " URI ") )"},
    {CA_OID_SUBJECT_INFO_ACCESS, false, "30()"},

    {CA_OID_CERTIFICATE_POLICIES, true, "30(" POLICY ")"},
    {CA_OID_CERTIFICATE_POLICIES, true,
	"30( 30( 06(2a03) 30(" CPS "30( 06(2a04) 30() )) ) " POLICY ")"},
    {CA_OID_CERTIFICATE_POLICIES, false, "30()"},
    {CA_OID_CERTIFICATE_POLICIES, false, "30(" POLICY POLICY ")"},
    {CA_OID_CERTIFICATE_POLICIES, false, "30(" POLICY ") 00"},
    {CA_OID_CERTIFICATE_POLICIES, false, "30( 30( 06(2a03) 30() ) )"},
    {CA_OID_CERTIFICATE_POLICIES, false, "30( 30( 06(2a03) 0500 ) )"},
    {CA_OID_CERTIFICATE_POLICIES, false, "30( 30( 30(" CPS ") ) )"},
    {CA_OID_CERTIFICATE_POLICIES, false,
	"30( 30( 06(2a03) 30( 30( 06(2b06010505070201) 0c('x') ) )) )"},
    {CA_OID_CERTIFICATE_POLICIES, false,
	"30( 30( 06(2a03) 30( 30( 06(2a04) ) )) )"},
    {CA_OID_CERTIFICATE_POLICIES, false,
	"30( 30( 06(2a03) 30( 30( 06(2a04) 0500 0500 ) )) )"},
    {CA_OID_POLICY_MAPPINGS, true, "30( 30( 06(2a03) 06(2a04) ) )"},
    {CA_OID_POLICY_MAPPINGS, false, "30()"},
    {CA_OID_POLICY_MAPPINGS, false, "30( 30( 06(2a03) ) )"},
    {CA_OID_POLICY_MAPPINGS, false, "30( 30( 06(2a03) 0500 ) )"},
    {CA_OID_POLICY_MAPPINGS, false, "30( 30( 06(2a03) 06(2a04) 0500 ) )"},
    {CA_OID_POLICY_MAPPINGS, false, "30( 30( 06(2a03) 06(2a04) ) ) 00"},
    {CA_OID_POLICY_CONSTRAINTS, true, "30( 80(00) )"},
    {CA_OID_POLICY_CONSTRAINTS, true, "30( 80(03) 81(0080) )"},
    {CA_OID_POLICY_CONSTRAINTS, false, "30()"},
    {CA_OID_POLICY_CONSTRAINTS, false, "30( 80() )"},
    {CA_OID_POLICY_CONSTRAINTS, false, "30( 80(ff) )"},
    {CA_OID_POLICY_CONSTRAINTS, false, "30( 80(0001) )"},
    {CA_OID_POLICY_CONSTRAINTS, false, "30( 81(01) 80(01) )"},
    {CA_OID_POLICY_CONSTRAINTS, false, "30( 06(2a03) )"},
    {CA_OID_POLICY_CONSTRAINTS, false, "30( 80(00) ) 00"},
    {CA_OID_INHIBIT_ANY_POLICY, true, "020100"},
    {CA_OID_INHIBIT_ANY_POLICY, false, "0201ff"},
    {CA_OID_NAME_CONSTRAINTS, true, "30( a0( 30(82('a')) ) )"},
    {CA_OID_NAME_CONSTRAINTS, true, "30( a1( 30( 82('a') 80(01) ) ) )"},
    {CA_OID_NAME_CONSTRAINTS, false, "30()"},
    {CA_OID_NAME_CONSTRAINTS, false, "30( a0() )"},
    {CA_OID_NAME_CONSTRAINTS, false, "30( a0( 30() ) )"},
    {CA_OID_NAME_CONSTRAINTS, false, "30( a0( 0500 ) )"},
    {CA_OID_NAME_CONSTRAINTS, false, "30( a0( 30( 0c('a') ) ) )"},
    {CA_OID_NAME_CONSTRAINTS, false, "30( a0( 30( 82('a') 80(00) ) ) )"},
    {CA_OID_NAME_CONSTRAINTS, false, "30( a0( 30( 82('a') 0500 ) ) )"},
    {CA_OID_NAME_CONSTRAINTS, false,
	"30( a1( 30(82('a')) ) a0( 30(82('a')) ) )"},
    {CA_OID_NAME_CONSTRAINTS, false, "30( a0( 30(82('a')) ) ) 00"},

    {CA_OID_CRL_NUMBER, true, "020100"},
    {CA_OID_CRL_NUMBER, true, "0208 7fffffffffffffff"},
    {CA_OID_CRL_NUMBER, true, "0209 008000000000000000"},
    {CA_OID_CRL_NUMBER, true, "02( 7f '0123456789012345678' )"},
    {CA_OID_CRL_NUMBER, false, "02( 7f '01234567890123456789' )"},
    {CA_OID_CRL_NUMBER, false, "0201ff"},
    {CA_OID_CRL_NUMBER, false, "02020001"},
    {CA_OID_CRL_NUMBER, false, "020100 00"},
    {CA_OID_DELTA_CRL_INDICATOR, true, "020107"},
    {CA_OID_DELTA_CRL_INDICATOR, false, "0200"},

    {CA_OID_CRL_REASON, true, "0a0100"},
    {CA_OID_CRL_REASON, true, "0a010a"},
    {CA_OID_CRL_REASON, false, "0a0107"}, /* not used */
    {CA_OID_CRL_REASON, false, "0a010b"},
    {CA_OID_CRL_REASON, false, "0a01ff"},
    {CA_OID_CRL_REASON, false, "0a020001"},
    {CA_OID_CRL_REASON, false, "0a00"},
    {CA_OID_CRL_REASON, false, "020101"},
    {CA_OID_CRL_REASON, false, "0a0101 00"},
    {CA_OID_INVALIDITY_DATE, true, "18('20260101000000Z')"},
    {CA_OID_INVALIDITY_DATE, false, "17('260101000000Z')"},
    {CA_OID_INVALIDITY_DATE, false, "18('20260101000000.5Z')"},
    {CA_OID_INVALIDITY_DATE, false, "18('20260101000000Z') 00"},

    {CA_OID_ISSUING_DISTRIBUTION_POINT, true, "30( a0( a0(" URI ")) )"},
    {CA_OID_ISSUING_DISTRIBUTION_POINT, true,
	"30( a0( a0(" URI ")) 81(ff) 83(06 40) 84(ff) )"},
    {CA_OID_ISSUING_DISTRIBUTION_POINT, true, "30( 82(ff) )"},
    {CA_OID_ISSUING_DISTRIBUTION_POINT, true, "30( 85(ff) )"},
    {CA_OID_ISSUING_DISTRIBUTION_POINT, false, "30()"},
    {CA_OID_ISSUING_DISTRIBUTION_POINT, false, "30( 81(00) )"}, /* default */
    {CA_OID_ISSUING_DISTRIBUTION_POINT, false, "30( 81(01) )"},
    {CA_OID_ISSUING_DISTRIBUTION_POINT, false, "30( 81() )"},
    {CA_OID_ISSUING_DISTRIBUTION_POINT, false, "30( 81(ff) 82(ff) )"},
    {CA_OID_ISSUING_DISTRIBUTION_POINT, false, "30( 81(ff) 85(ff) )"},
    {CA_OID_ISSUING_DISTRIBUTION_POINT, false, "30( 82(ff) 81(ff) )"},
    {CA_OID_ISSUING_DISTRIBUTION_POINT, false, "30( 83(00) )"},
    {CA_OID_ISSUING_DISTRIBUTION_POINT, false, "30( a0() )"},
    {CA_OID_ISSUING_DISTRIBUTION_POINT, false, "30( 81(ff) ) 00"},

    {CA_OID_OCSP_NO_CHECK, true, "0500"},
    {CA_OID_OCSP_NO_CHECK, false, "050100"},
    {CA_OID_OCSP_NO_CHECK, false, "30()"},
    {CA_OID_TLS_FEATURE, true, "30( 020105 )"},
    {CA_OID_TLS_FEATURE, false, "30()"},
    {CA_OID_TLS_FEATURE, false, "30( 0500 )"},
    {CA_OID_TLS_FEATURE, false, "30( 0203 010000 )"},
    {CA_OID_TLS_FEATURE, false, "30( 020105 ) 00"},

    {CA_OID_UNKNOWN, true, "ff"},
};

static void
values_are_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		struct ca_buf der = asn1(values[i].text);
		struct ca_ext ext = {.id = values[i].id,
		    .oid = ca_oid_der(values[i].id),
		    .value = ca_view(&der)};
		struct ca_error err = {0};
		enum ca_status st = ca_ext_check(&ext, &err);

		if (st != (values[i].right ? CA_OK : CA_MALFORMED))
			fail_msg("%s %s: %d %s", ca_oid_name(values[i].id),
			    values[i].text, st, err.msg);
		if (!values[i].right &&
		    (strstr(err.msg, "RFC ") == NULL ||
			strstr(err.msg, ca_oid_name(ext.id)) != err.msg))
			fail_msg("no rule or no name: %s", err.msg);
		ca_buf_free(&der);
	}
}

/* ---- what the getters give -------------------------------------------- */

static void
basic_constraints_say_how_deep(void **state)
{
	struct ca_buf der = {0};
	int path_len = 5;
	bool is_ca = true;

	(void)state;
	assert_true(
	    ca_basic_constraints_get(BYTES("\x30\x00"), &is_ca, &path_len));
	assert_false(is_ca);
	assert_int_equal(path_len, CA_PATH_LEN_NONE);
	for (int length = CA_PATH_LEN_NONE; length < 130; length += 43) {
		struct der_out out = {0};

		ca_basic_constraints_put(&out, true, length);
		assert_int_equal(der_finish(&out, &der), CA_OK);
		assert_true(
		    ca_basic_constraints_get(ca_view(&der), &is_ca, &path_len));
		assert_true(is_ca);
		assert_int_equal(path_len, length);
	}
	ca_buf_free(&der);
}

static void
a_leaf_has_no_path_length(void **state)
{
	struct der_out out = {0};
	struct ca_buf der = {0};

	(void)state;
	ca_basic_constraints_put(&out, false, 0);
	assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
	ca_basic_constraints_put(&out, false, CA_PATH_LEN_NONE);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	assert_bytes(ca_view(&der), BYTES("\x30\x00"));
	ca_buf_free(&der);
}

static void
every_key_usage_has_its_word(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 9; i++) {
		struct der_out out = {0};
		struct ca_buf der = {0}, text = {0};
		uint16_t bits = 0, usage = (uint16_t)(1u << i);

		ca_key_usage_put(&out, usage);
		assert_int_equal(der_finish(&out, &der), CA_OK);
		assert_true(ca_key_usage_get(ca_view(&der), &bits));
		assert_int_equal(bits, usage);
		assert_int_equal(ca_key_usage_append_text(&text, bits), CA_OK);
		assert_int_equal(
		    ca_key_usage_by_name(ca_buf_text(&text)), usage);
		ca_buf_free(&der);
		ca_buf_free(&text);
	}
	assert_int_equal(
	    ca_key_usage_by_name("contentCommitment"), CA_KU_NON_REPUDIATION);
	assert_int_equal(ca_key_usage_by_name("digitalsignature"), 0);
	assert_int_equal(ca_key_usage_by_name("crlSign"), 0);
	assert_int_equal(ca_key_usage_by_name(""), 0);
}

static void
key_usages_make_a_list(void **state)
{
	struct ca_buf text = {0};
	struct der_out out = {0};

	(void)state;
	assert_int_equal(ca_key_usage_append_text(&text, 0), CA_OK);
	assert_int_equal(text.len, 0);
	assert_int_equal(ca_key_usage_append_text(
			     &text, CA_KU_KEY_CERT_SIGN | CA_KU_CRL_SIGN),
	    CA_OK);
	assert_text(&text, "keyCertSign, cRLSign");
	ca_key_usage_put(&out, 0);
	assert_int_equal(der_finish(&out, &text), CA_INTERNAL);
	ca_key_usage_put(&out, 1 << 9);
	assert_int_equal(der_finish(&out, &text), CA_INTERNAL);
}

static void
usages_are_listed_in_order(void **state)
{
	struct ca_oid_list wanted = {.count = 2}, list = {0};
	struct der_out out = {0};
	struct ca_buf der = {0};

	(void)state;
	wanted.oid[0] = ca_oid_der(CA_OID_SERVER_AUTH);
	wanted.oid[1] = ca_oid_der(CA_OID_CLIENT_AUTH);
	ca_ext_key_usage_put(&out, &wanted);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	assert_true(ca_ext_key_usage_get(ca_view(&der), &list));
	assert_int_equal(list.count, 2);
	assert_bytes(list.oid[0], wanted.oid[0]);
	assert_bytes(list.oid[1], wanted.oid[1]);
	assert_true(ca_oid_list_has(&list, ca_oid_der(CA_OID_CLIENT_AUTH)));
	assert_false(ca_oid_list_has(&list, ca_oid_der(CA_OID_OCSP_SIGNING)));
	wanted.count = 0;
	ca_ext_key_usage_put(&out, &wanted);
	assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
	ca_buf_free(&der);
}

/* The limit, and one more: nothing is cut in silence. */
static void
usages_have_an_end(void **state)
{
	(void)state;
	for (unsigned extra = 0; extra < 2; extra++) {
		struct der_out out = {0};
		struct ca_buf der = {0};
		struct ca_oid_list list;

		der_open(&out, DER_SEQUENCE);
		for (uint8_t i = 0; i < CA_EXT_MAX_OIDS + extra; i++) {
			uint8_t oid[2] = {0x2a, i};

			der_put(&out, DER_OID, (struct ca_bytes){oid, 2});
		}
		der_close(&out);
		assert_int_equal(der_finish(&out, &der), CA_OK);
		assert_int_equal(
		    ca_ext_key_usage_get(ca_view(&der), &list), extra == 0);
		ca_buf_free(&der);
	}
}

static void
key_identifiers_are_kept(void **state)
{
	struct der_out out = {0};
	struct ca_buf der = {0};
	struct ca_bytes id = {0};

	(void)state;
	ca_subject_key_id_put(&out, BYTES("\x01\x02"));
	assert_int_equal(der_finish(&out, &der), CA_OK);
	assert_bytes(ca_view(&der), BYTES("\x04\x02\x01\x02"));
	assert_true(ca_subject_key_id_get(ca_view(&der), &id));
	assert_bytes(id, BYTES("\x01\x02"));
	ca_authority_key_id_put(&out, BYTES("\x03\x04"));
	assert_int_equal(der_finish(&out, &der), CA_OK);
	assert_bytes(ca_view(&der), BYTES("\x30\x04\x80\x02\x03\x04"));
	assert_true(ca_authority_key_id_get(ca_view(&der), &id));
	assert_bytes(id, BYTES("\x03\x04"));
	assert_true(ca_authority_key_id_get(BYTES("\x30\x00"), &id));
	assert_int_equal(id.len, 0);
	ca_buf_free(&der);
}

static void
points_give_their_urls(void **state)
{
	struct ca_buf der = asn1("30( 30( a0(a0(" EMAIL "86('http://a/'))) )"
				 "    30( a2(" EMAIL ") )"
				 "    30( a0(a0(86('http://b/'))) ) )");
	struct ca_url_list list;

	(void)state;
	assert_true(ca_distribution_points_get(ca_view(&der), &list));
	assert_int_equal(list.count, 2);
	assert_bytes(list.url[0], BYTES("http://a/"));
	assert_bytes(list.url[1], BYTES("http://b/"));
	ca_buf_free(&der);
}

static void
one_point_holds_all_urls(void **state)
{
	const struct ca_url_list urls = {
	    .url = {LITERAL("http://a/"), LITERAL("http://b/")}, .count = 2};
	const struct ca_url_list none = {0};
	struct ca_buf wanted = asn1(
	    "30( 30( a0(a0( 86('http://a/') 86('http://b/') )) ) )");
	struct der_out out = {0};
	struct ca_buf der = {0};

	(void)state;
	ca_distribution_points_put(&out, &urls);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	assert_bytes(ca_view(&der), ca_view(&wanted));
	ca_distribution_points_put(&out, &none);
	assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
	ca_buf_free(&der);
	ca_buf_free(&wanted);
}

static void
urls_have_an_end(void **state)
{
	(void)state;
	for (unsigned extra = 0; extra < 2; extra++) {
		struct der_out out = {0};
		struct ca_buf der = {0};
		struct ca_url_list list;

		der_open(&out, DER_SEQUENCE);
		for (unsigned i = 0; i < CA_EXT_MAX_URLS + extra; i++)
			asn1_put(&out, "30( a0(a0(" URI ")) )");
		der_close(&out);
		assert_int_equal(der_finish(&out, &der), CA_OK);
		assert_int_equal(
		    ca_distribution_points_get(ca_view(&der), &list),
		    extra == 0);
		ca_buf_free(&der);
	}
}

static void
access_is_told_by_method(void **state)
{
	const struct ca_url_list ocsp = {
	    .url = {LITERAL("http://a.example/")}, .count = 1};
	const struct ca_url_list issuers = {
	    .url = {LITERAL("http://b/"), LITERAL("http://c/")}, .count = 2};
	const struct ca_url_list none = {0};
	struct ca_url_list got_ocsp, got_issuers;
	struct der_out out = {0};
	struct ca_buf der = {0};

	(void)state;
	ca_info_access_put(&out, &ocsp, &issuers);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	assert_true(ca_info_access_get(ca_view(&der), &got_ocsp, &got_issuers));
	assert_int_equal(got_ocsp.count, 1);
	assert_bytes(got_ocsp.url[0], ocsp.url[0]);
	assert_int_equal(got_issuers.count, 2);
	assert_bytes(got_issuers.url[1], BYTES("http://c/"));
	ca_info_access_put(&out, &none, &none);
	assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
	ca_buf_free(&der);
}

static void
the_first_policy_bears_the_cps(void **state)
{
	const struct ca_oid_list policies = {
	    .oid = {LITERAL("\x2a\x03"), LITERAL("\x2a\x04")}, .count = 2};
	struct ca_buf wanted = asn1(
	    "30( 30( 06(2a03) 30(" CPS ") ) 30( 06(2a04) ) )");
	struct ca_oid_list list = {0};
	struct der_out out = {0};
	struct ca_buf der = {0};

	(void)state;
	ca_certificate_policies_put(
	    &out, &policies, BYTES("http://a.example/"));
	assert_int_equal(der_finish(&out, &der), CA_OK);
	assert_bytes(ca_view(&der), ca_view(&wanted));
	assert_true(ca_certificate_policies_get(ca_view(&der), &list));
	assert_int_equal(list.count, 2);
	assert_bytes(list.oid[1], BYTES("\x2a\x04"));
	ca_buf_free(&der);
	ca_buf_free(&wanted);
}

static void
crl_numbers_go_to_2_63(void **state)
{
	static const uint64_t numbers[] = {
	    0, 1, 127, 128, 255, 256, 65535, 65536, INT64_MAX};
	struct ca_buf der = {0};
	struct der_out out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		uint64_t number = 99;

		ca_crl_number_put(&out, numbers[i]);
		assert_int_equal(der_finish(&out, &der), CA_OK);
		assert_true(ca_crl_number_get(ca_view(&der), &number));
		assert_int_equal(number, numbers[i]);
	}
	assert_false(ca_crl_number_get(
	    BYTES("\x02\x09\0\x80\0\0\0\0\0\0\0"), &(uint64_t){0}));
	ca_crl_number_put(&out, (uint64_t)INT64_MAX + 1);
	assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
	ca_buf_free(&der);
}

static void
every_reason_has_two_words(void **state)
{
	enum ca_reason reason = CA_REASON_SUPERSEDED;
	struct der_out out = {0};
	struct ca_buf der = {0};
	int known = 0;

	(void)state;
	for (int i = -1; i < 13; i++) {
		if (ca_reason_name(i) == NULL)
			continue;
		known++;
		assert_true(ca_reason_by_name(ca_reason_name(i), &reason));
		assert_int_equal(reason, i);
		ca_crl_reason_put(&out, (enum ca_reason)i);
		assert_int_equal(der_finish(&out, &der), CA_OK);
		assert_true(ca_crl_reason_get(ca_view(&der), &reason));
		assert_int_equal(reason, i);
	}
	assert_int_equal(known, 10);
	assert_true(ca_reason_by_name("key-compromise", &reason));
	assert_int_equal(reason, CA_REASON_KEY_COMPROMISE);
	assert_true(ca_reason_by_name("ca-compromise", &reason));
	assert_int_equal(reason, CA_REASON_CA_COMPROMISE);
	assert_false(ca_reason_by_name("keycompromise", &reason));
	assert_false(ca_reason_by_name("", &reason));
	assert_int_equal(reason, CA_REASON_CA_COMPROMISE);
	ca_crl_reason_put(&out, (enum ca_reason)7);
	assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
	ca_buf_free(&der);
}

static void
a_scope_is_read(void **state)
{
	struct ca_buf der = asn1("30( a0(a0(86('http://a/'))) 82(ff)"
				 "    83(06 40) 84(ff) )");
	struct ca_issuing_point point;

	(void)state;
	assert_true(ca_issuing_point_get(ca_view(&der), &point));
	assert_int_equal(point.urls.count, 1);
	assert_bytes(point.urls.url[0], BYTES("http://a/"));
	assert_true(point.only_ca);
	assert_false(point.only_user);
	assert_false(point.only_attribute);
	assert_true(point.indirect);
	assert_int_equal(point.reasons, 1 << CA_REASON_KEY_COMPROMISE);
	ca_buf_free(&der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lists_are_read_or_refused),
	    cmocka_unit_test(fields_are_what_stands_there),
	    cmocka_unit_test(a_list_has_an_end),
	    cmocka_unit_test(what_is_written_reads_the_same),
	    cmocka_unit_test(an_unknown_number_is_not_written),
	    cmocka_unit_test(values_are_read_or_refused),
	    cmocka_unit_test(basic_constraints_say_how_deep),
	    cmocka_unit_test(a_leaf_has_no_path_length),
	    cmocka_unit_test(every_key_usage_has_its_word),
	    cmocka_unit_test(key_usages_make_a_list),
	    cmocka_unit_test(usages_are_listed_in_order),
	    cmocka_unit_test(usages_have_an_end),
	    cmocka_unit_test(key_identifiers_are_kept),
	    cmocka_unit_test(points_give_their_urls),
	    cmocka_unit_test(one_point_holds_all_urls),
	    cmocka_unit_test(urls_have_an_end),
	    cmocka_unit_test(access_is_told_by_method),
	    cmocka_unit_test(the_first_policy_bears_the_cps),
	    cmocka_unit_test(crl_numbers_go_to_2_63),
	    cmocka_unit_test(every_reason_has_two_words),
	    cmocka_unit_test(a_scope_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
