/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/cert.h"
#include "ca/crl.h"
#include "tests/unit/parts.h"

/* ---- a CRL, taken apart ----------------------------------------------- */

enum part {
	VERSION,
	INNER,
	ISSUER,
	THIS_UPDATE,
	NEXT_UPDATE,
	ENTRIES, /* none in crl/empty.der */
	EXTENSIONS,
	TBS_END,
	OUTER,
	SIGNATURE,
	CRL_END,
	BEHIND
};

static struct parts
take_apart(void)
{
	return parts_take("crl/empty.der", TBS_END, ENTRIES);
}

#define AT "17('260101000000Z')"
#define ENTRY(serial) "30( 02(" serial ") " AT ")"
#define ENTRY_WITH(exts) "30( 0201 01 " AT " 30(" exts ") )"
#define EXT(oid, value) "30( 06(551d" oid ") 04(" value ") )"
#define CRITICAL(oid, value) "30( 06(551d" oid ") 0101ff 04(" value ") )"
#define EXTS(list) "a0( 30(" list ") )"
#define NUMBER EXT("14", "020105")
#define URI "a0( a0( 86('http://a.example/') ) )"

/* checklist 11, 20, 23, 89, 90, 93, 94, 98: one fault, one rule. */
static const struct {
	const char *name;
	enum part part;
	const char *text;
	enum ca_status status;
	const char *words;
} cases[] = {
    {"as it is", TBS_END, "", CA_OK, NULL},
    {"no version", VERSION, "", CA_MALFORMED, "5.1.2.1"},
    {"version 1 spelled out", VERSION, "020100", CA_MALFORMED, "5.1.2.1"},
    {"version 3", VERSION, "020102", CA_MALFORMED, "5.1.2.1"},
    {"version in two octets", VERSION, "02020001", CA_MALFORMED, "5.1.2.1"},
    {"another inner algorithm", INNER, "30( 06(2a8648ce3d040303) )",
	CA_MALFORMED, "5.1.1.2"},
    {"another outer algorithm", OUTER, "30( 06(2a8648ce3d040303) )",
	CA_MALFORMED, "5.1.1.2"},
    {"SHA-1", INNER, "30( 06(2a8648ce3d0401) )", CA_REFUSED, "CRL: "},
    {"no issuer", ISSUER, "30()", CA_MALFORMED, "5.1.2.3"},
    {"issuer a SET", ISSUER, "31()", CA_MALFORMED, "5.1.2.3"},
    {"issuer an empty RDN", ISSUER, "30( 31() )", CA_MALFORMED, "issuer"},
    {"no thisUpdate", THIS_UPDATE, "", CA_MALFORMED, "5.1.2.5"},
    {"thisUpdate without seconds", THIS_UPDATE, "17('2602010000Z')",
	CA_MALFORMED, "5.1.2.4"},
    {"thisUpdate with a fraction", THIS_UPDATE, "18('20260201000000.1Z')",
	CA_MALFORMED, "5.1.2.4"},
    {"GeneralizedTime before 2050", THIS_UPDATE, "18('20260201000000Z')",
	CA_MALFORMED, "5.1.2.4"},
    {"no nextUpdate", NEXT_UPDATE, "", CA_MALFORMED, "5.1.2.5"},
    {"nextUpdate from 2050", NEXT_UPDATE, "18('20500101000000Z')", CA_OK, NULL},
    {"nextUpdate before thisUpdate", NEXT_UPDATE, "17('260131235959Z')",
	CA_MALFORMED, "before thisUpdate"},
    {"nextUpdate at thisUpdate", NEXT_UPDATE, "17('260201000000Z')", CA_OK,
	NULL},
    {"a list of none", ENTRIES, "30()", CA_MALFORMED, "left out"},
    {"a list of one", ENTRIES, "30(" ENTRY("01") ")", CA_OK, NULL},
    {"two lists", ENTRIES, "30(" ENTRY("01") ") 30(" ENTRY("02") ")",
	CA_MALFORMED, "5.1"},
    {"the same serial again", ENTRIES, "30(" ENTRY("05") ENTRY("05") ")",
	CA_MALFORMED, "entry 2"},
    {"not in a row", ENTRIES, "30(" ENTRY("05") ENTRY("06") ENTRY("05") ")",
	CA_MALFORMED, "serial 05 is there twice (RFC 5280 5.3)"},
    {"not at the front", ENTRIES,
	"30(" ENTRY("0123") ENTRY("07") ENTRY("06") ENTRY("07") ")",
	CA_MALFORMED, "serial 07"},
    {"each once, in no order", ENTRIES,
	"30(" ENTRY("0105") ENTRY("06") ENTRY("00") ENTRY("05") ")", CA_OK,
	NULL},
    {"serial 00 05", ENTRIES, "30(" ENTRY("0005") ")", CA_MALFORMED, "entry 1"},
    {"serial of no octets", ENTRIES, "30(" ENTRY("") ")", CA_MALFORMED,
	"entry 1"},
    {"serial negative", ENTRIES, "30(" ENTRY("80") ")", CA_MALFORMED,
	"negative"},
    {"an entry without a date", ENTRIES, "30( 30(020101) )", CA_MALFORMED,
	"5.1.2.6"},
    {"an entry that is an INTEGER", ENTRIES, "30( 020101 )", CA_MALFORMED,
	"5.1.2.6"},
    {"an entry with two dates", ENTRIES, "30( 30(020101" AT AT ") )",
	CA_MALFORMED, "entry 1"},
    {"an entry with no extensions in its list", ENTRIES,
	"30(" ENTRY_WITH("") ")", CA_MALFORMED, "entry 1"},
    {"more behind an entry's extensions", ENTRIES,
	"30( 30(020101" AT "30(" EXT("15", "0a0101") ") 0500) )", CA_MALFORMED,
	"entry 1"},
    {"a reason", ENTRIES, "30(" ENTRY_WITH(EXT("15", "0a0101")) ")", CA_OK,
	NULL},
    {"reason 7", ENTRIES, "30(" ENTRY_WITH(EXT("15", "0a0107")) ")",
	CA_MALFORMED, "5.3.1"},
    {"two reasons", ENTRIES,
	"30(" ENTRY_WITH(EXT("15", "0a0101") EXT("15", "0a0101")) ")",
	CA_MALFORMED, "twice"},
    {"removeFromCRL in a full one", ENTRIES,
	"30(" ENTRY_WITH(EXT("15", "0a0108")) ")", CA_MALFORMED,
	"removeFromCRL"},
    {"an invalidity date that is a UTCTime", ENTRIES,
	"30(" ENTRY_WITH(EXT("18", AT)) ")", CA_MALFORMED, "5.3.2"},
    {"an unknown extension of an entry", ENTRIES,
	"30(" ENTRY_WITH("30(06(2a03) 04(ff))") ")", CA_OK, NULL},
    {"and a critical one", ENTRIES,
	"30(" ENTRY_WITH("30(06(2a03) 0101ff 04(ff))") ")", CA_MALFORMED,
	"1.2.3: critical"},
    {"certificateIssuer", ENTRIES,
	"30(" ENTRY_WITH(CRITICAL("1d", "30(a4(30()))")) ")", CA_REFUSED,
	"indirect"},
    {"a CRL's extension in an entry", ENTRIES,
	"30(" ENTRY_WITH(CRITICAL("14", "020101")) ")", CA_MALFORMED,
	"cRLNumber"},
    {"no extensions", EXTENSIONS, "", CA_OK, NULL},
    {"an empty list of extensions", EXTENSIONS, EXTS(""), CA_MALFORMED,
	"CRL: extensions"},
    {"extensions without their tag", EXTENSIONS, "30(" NUMBER ")", CA_MALFORMED,
	"CRL: "},
    {"extensions [1]", EXTENSIONS, "a1( 30(" NUMBER ") )", CA_MALFORMED, "5.1"},
    {"a number", EXTENSIONS, EXTS(NUMBER), CA_OK, NULL},
    {"a number of 20 octets", EXTENSIONS,
	EXTS(EXT("14", "02( 7f '0123456789012345678' )")), CA_OK, NULL},
    {"and one of 21", EXTENSIONS,
	EXTS(EXT("14", "02( 7f '01234567890123456789' )")), CA_MALFORMED,
	"5.2.3"},
    {"two numbers", EXTENSIONS, EXTS(NUMBER NUMBER), CA_MALFORMED, "twice"},
    {"a number below 0", EXTENSIONS, EXTS(EXT("14", "0201ff")), CA_MALFORMED,
	"5.2.3"},
    {"an unknown extension", EXTENSIONS, EXTS("30( 06(2a03) 04(ff) )"), CA_OK,
	NULL},
    {"and a critical one", EXTENSIONS, EXTS("30( 06(2a03) 0101ff 04(ff) )"),
	CA_MALFORMED, "1.2.3: critical"},
    {"a critical one of certificates", EXTENSIONS,
	EXTS(CRITICAL("0f", "03(07 80)")), CA_MALFORMED, "keyUsage: critical"},
    {"a base", EXTENSIONS, EXTS(CRITICAL("1b", "020104")), CA_OK, NULL},
    {"a base below the number", EXTENSIONS,
	EXTS(NUMBER CRITICAL("1b", "020104")), CA_OK, NULL},
    {"a base that is the number", EXTENSIONS,
	EXTS(NUMBER CRITICAL("1b", "020105")), CA_OK, NULL},
    {"a base above the number", EXTENSIONS,
	EXTS(NUMBER CRITICAL("1b", "020106")), CA_MALFORMED, "5.2.4"},
    {"a large base above a large number", EXTENSIONS,
	EXTS(EXT("14", "0209 010000000000000005")
		CRITICAL("1b", "0209 010000000000000006")),
	CA_MALFORMED, "5.2.4"},
    {"a base that is not critical", EXTENSIONS, EXTS(EXT("1b", "020104")),
	CA_MALFORMED, "deltaCRLIndicator"},
    {"a scope", EXTENSIONS, EXTS(CRITICAL("1c", "30(" URI "81(ff))")), CA_OK,
	NULL},
    {"a scope that is not critical", EXTENSIONS,
	EXTS(EXT("1c", "30(" URI "81(ff))")), CA_MALFORMED, "5.2.5"},
    {"a scope of nothing", EXTENSIONS, EXTS(CRITICAL("1c", "30()")),
	CA_MALFORMED, "5.2.5"},
    {"users and authorities only", EXTENSIONS,
	EXTS(CRITICAL("1c", "30( 81(ff) 82(ff) )")), CA_MALFORMED, "5.2.5"},
    {"an indirect CRL", EXTENSIONS, EXTS(CRITICAL("1c", "30( 84(ff) )")),
	CA_REFUSED, "indirect"},
    {"more behind the extensions", TBS_END, "0500", CA_MALFORMED, "5.1"},
    {"no signature", SIGNATURE, "", CA_MALFORMED, "5.1.1.3"},
    {"a signature of 7 bits", SIGNATURE, "03(01 80)", CA_MALFORMED, "5.1.1.3"},
    {"more behind the signature", CRL_END, "0500", CA_MALFORMED, "5.1.1.3"},
    {"a byte behind it all", BEHIND, "00", CA_MALFORMED, "5.1"},
};

static void
every_fault_has_its_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parts parts = take_apart();
		struct ca_buf part = asn1(cases[i].text), der;
		struct ca_crl crl = {.entry_count = 99};
		struct ca_error err = {0};
		enum ca_status st;

		parts.part[cases[i].part] = ca_view(&part);
		der = put_together(&parts);
		st = ca_crl_parse(ca_view(&der), &crl, &err);
		if (st != cases[i].status || st != err.status ||
		    (st != CA_OK && strstr(err.msg, cases[i].words) == NULL))
			fail_msg("%s: %d \"%s\"", cases[i].name, st, err.msg);
		assert_true(st == CA_OK || strstr(err.msg, "CRL") == err.msg);
		assert_int_equal(st == CA_OK, crl.entry_count != 99);
		ca_buf_free(&der);
		ca_buf_free(&part);
		ca_buf_free(&parts.whole);
	}
}

/* RFC 5280 5.2.3 wants 20 octets taken; nobody's number may pass for less. */
static void
a_large_number_is_the_largest(void **state)
{
	struct parts parts = take_apart();
	struct ca_buf extensions = asn1(
	    EXTS(EXT("14", "0209 010000000000000005")));
	struct ca_buf der;
	struct ca_crl crl;

	(void)state;
	parts.part[EXTENSIONS] = ca_view(&extensions);
	der = put_together(&parts);
	assert_int_equal(ca_crl_parse(ca_view(&der), &crl, NULL), CA_OK);
	assert_true(crl.has_number);
	assert_true(crl.number == UINT64_MAX);
	ca_buf_free(&der);
	ca_buf_free(&extensions);
	ca_buf_free(&parts.whole);
}

/* A delta CRL may say that a certificate is on hold no longer. */
static void
a_delta_may_remove(void **state)
{
	struct parts parts = take_apart();
	struct ca_buf entries = asn1("30(" ENTRY_WITH(EXT("15", "0a0108")) ")");
	struct ca_buf extensions = asn1(EXTS(NUMBER CRITICAL("1b", "020104")));
	struct ca_crl_entry entry;
	struct ca_buf der;
	struct ca_crl crl;

	(void)state;
	parts.part[ENTRIES] = ca_view(&entries);
	parts.part[EXTENSIONS] = ca_view(&extensions);
	der = put_together(&parts);
	assert_int_equal(ca_crl_parse(ca_view(&der), &crl, NULL), CA_OK);
	assert_true(ca_crl_find(&crl, BYTES("\x01"), &entry));
	assert_int_equal(entry.reason, CA_REASON_REMOVE_FROM_CRL);
	ca_buf_free(&der);
	ca_buf_free(&entries);
	ca_buf_free(&extensions);
	ca_buf_free(&parts.whole);
}

static void
a_cut_list_is_refused(void **state)
{
	struct ca_buf der = vector("crl/full.der");
	struct ca_crl crl;

	(void)state;
	for (size_t len = 0; len < der.len; len++)
		assert_int_equal(
		    ca_crl_parse((struct ca_bytes){der.data, len}, &crl, NULL),
		    CA_MALFORMED);
	ca_buf_free(&der);
}

/* ---- what openssl made ------------------------------------------------ */

static const struct {
	const char *name;
	enum ca_status status;
	const char *words;
} made[] = {
    {"crl/empty.der", CA_OK, NULL},
    {"crl/full.der", CA_OK, NULL},
    {"crl/delta.der", CA_OK, NULL},
    {"crl/scope.der", CA_OK, NULL},
    {"crl/indirect.der", CA_REFUSED, "indirect"},
    {"crl/sha1.der", CA_REFUSED, "SHA1"},
    {"crl/version-1.der", CA_MALFORMED, "version 2"},
};

static void
lists_of_openssl_are_read_or_refused(void **state)
{
	struct ca_buf issuer_der = vector("cert/issuing.der");
	struct ca_cert issuer;

	(void)state;
	assert_int_equal(
	    ca_cert_parse(ca_view(&issuer_der), &issuer, NULL), CA_OK);
	for (size_t i = 0; i < COUNT(made); i++) {
		struct ca_buf der = vector(made[i].name);
		struct ca_error err = {0};
		struct ca_crl crl;
		enum ca_status st;

		st = ca_crl_parse(ca_view(&der), &crl, &err);
		if (st != made[i].status ||
		    (st != CA_OK && strstr(err.msg, made[i].words) == NULL))
			fail_msg("%s: %d %s", made[i].name, st, err.msg);
		if (st == CA_OK) {
			assert_bytes(crl.issuer, issuer.subject);
			assert_bytes(
			    crl.authority_key_id, issuer.subject_key_id);
			assert_int_equal(
			    ca_crl_verify(&crl, &issuer.spki, NULL), CA_OK);
		}
		ca_buf_free(&der);
	}
	ca_buf_free(&issuer_der);
}

/* checklist 95 */
static void
a_changed_list_is_not_trusted(void **state)
{
	struct ca_buf issuer_der = vector("cert/issuing.der");
	struct ca_buf root_der = vector("cert/root.der");
	struct ca_buf der = vector("crl/full.der");
	struct ca_cert issuer, root;
	struct ca_error err = {0};
	struct ca_crl crl;
	size_t at;

	(void)state;
	assert_int_equal(
	    ca_cert_parse(ca_view(&issuer_der), &issuer, NULL), CA_OK);
	assert_int_equal(ca_cert_parse(ca_view(&root_der), &root, NULL), CA_OK);
	assert_int_equal(ca_crl_parse(ca_view(&der), &crl, NULL), CA_OK);
	assert_int_equal(ca_crl_verify(&crl, &root.spki, &err), CA_UNTRUSTED);
	assert_non_null(strstr(err.msg, "CRL"));
	/* the serial of the first entry, 01 */
	at = (size_t)(crl.entries.data - der.data) + 4;
	assert_int_equal(der.data[at], 0x01);
	der.data[at] = 0x02;
	assert_int_equal(ca_crl_parse(ca_view(&der), &crl, NULL), CA_OK);
	assert_int_equal(ca_crl_verify(&crl, &issuer.spki, NULL), CA_UNTRUSTED);
	ca_buf_free(&der);
	ca_buf_free(&root_der);
	ca_buf_free(&issuer_der);
}

static void
an_empty_list_has_no_entries(void **state)
{
	struct ca_buf der = vector("crl/empty.der");
	struct ca_crl_entry entry;
	struct ca_bytes entries;
	struct ca_crl crl;

	(void)state;
	assert_int_equal(ca_crl_parse(ca_view(&der), &crl, NULL), CA_OK);
	assert_int_equal(crl.entry_count, 0);
	assert_true(crl.has_number);
	assert_int_equal(crl.number, 5);
	entries = crl.entries;
	assert_false(ca_crl_next(&entries, &entry));
	assert_false(ca_crl_find(&crl, BYTES("\x01"), &entry));
	ca_buf_free(&der);
}

#define DAY 86400
#define JANUARY 1767225600 /* 2026-01-01T00:00:00Z */

static void
entries_are_what_was_revoked(void **state)
{
	static const struct ca_crl_entry wanted[] = {
	    {LITERAL("\x01"), JANUARY + 9 * DAY, CA_REASON_UNSPECIFIED,
		INT64_MIN},
	    {LITERAL("\x7f"), JANUARY + 11 * DAY, CA_REASON_KEY_COMPROMISE,
		JANUARY + 4 * DAY},
	    {LITERAL("\x80"), JANUARY + 12 * DAY, CA_REASON_CERTIFICATE_HOLD,
		INT64_MIN},
	    {LITERAL("\x01\x02"), JANUARY + 10 * DAY, CA_REASON_KEY_COMPROMISE,
		INT64_MIN},
	    {LITERAL("\x7f\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"),
		JANUARY + 13 * DAY, CA_REASON_SUPERSEDED, INT64_MIN}};
	struct ca_buf der = vector("crl/full.der");
	struct ca_crl_entry entry;
	struct ca_bytes entries;
	struct ca_crl crl;

	(void)state;
	assert_int_equal(ca_crl_parse(ca_view(&der), &crl, NULL), CA_OK);
	assert_int_equal(crl.entry_count, COUNT(wanted));
	assert_int_equal(crl.this_update, JANUARY + 31 * DAY);
	assert_int_equal(crl.next_update, JANUARY + 59 * DAY);
	entries = crl.entries;
	for (size_t i = 0; i < COUNT(wanted); i++) {
		assert_true(ca_crl_next(&entries, &entry));
		assert_bytes(entry.serial, wanted[i].serial);
		assert_int_equal(entry.revoked_at, wanted[i].revoked_at);
		assert_int_equal(entry.reason, wanted[i].reason);
		assert_int_equal(entry.invalid_since, wanted[i].invalid_since);
	}
	assert_false(ca_crl_next(&entries, &entry));
	ca_buf_free(&der);
}

/* checklist 6, 104: by length and octets; a prefix is another number. */
static void
serials_are_compared_whole(void **state)
{
	static const struct ca_bytes absent[] = {LITERAL(""), LITERAL("\0"),
	    LITERAL("\x02"), LITERAL("\0\x01"), LITERAL("\x01\0"),
	    LITERAL("\x01\x02\x03"), LITERAL("\x7f\0"), LITERAL("\xff\x80"),
	    LITERAL("\x7f\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")};
	struct ca_buf der = vector("crl/full.der");
	struct ca_crl_entry entry;
	struct ca_crl crl;

	(void)state;
	assert_int_equal(ca_crl_parse(ca_view(&der), &crl, NULL), CA_OK);
	for (size_t i = 0; i < COUNT(absent); i++)
		assert_false(ca_crl_find(&crl, absent[i], &entry));
	assert_true(ca_crl_find(&crl, BYTES("\x80"), &entry));
	assert_int_equal(entry.reason, CA_REASON_CERTIFICATE_HOLD);
	assert_true(ca_crl_find(&crl, BYTES("\x01\x02"), &entry));
	assert_int_equal(entry.revoked_at, JANUARY + 10 * DAY);
	ca_buf_free(&der);
}

/* checklist 93, 94: found by whoever must not take it for a whole list. */
static void
base_and_scope_are_found(void **state)
{
	struct ca_buf delta_der = vector("crl/delta.der");
	struct ca_buf scope_der = vector("crl/scope.der");
	struct ca_issuing_point point;
	const struct ca_ext *ext;
	struct ca_crl crl;
	uint64_t base;

	(void)state;
	assert_int_equal(ca_crl_parse(ca_view(&delta_der), &crl, NULL), CA_OK);
	ext = ca_exts_find(&crl.exts, CA_OID_DELTA_CRL_INDICATOR);
	assert_true(ca_crl_number_get(ext->value, &base));
	assert_int_equal(base, 7);
	assert_int_equal(crl.number, 8);
	assert_int_equal(ca_crl_parse(ca_view(&scope_der), &crl, NULL), CA_OK);
	ext = ca_exts_find(&crl.exts, CA_OID_ISSUING_DISTRIBUTION_POINT);
	assert_true(ca_issuing_point_get(ext->value, &point));
	assert_true(point.only_user);
	assert_int_equal(point.urls.count, 1);
	ca_buf_free(&delta_der);
	ca_buf_free(&scope_der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_fault_has_its_rule),
	    cmocka_unit_test(a_large_number_is_the_largest),
	    cmocka_unit_test(a_delta_may_remove),
	    cmocka_unit_test(a_cut_list_is_refused),
	    cmocka_unit_test(lists_of_openssl_are_read_or_refused),
	    cmocka_unit_test(a_changed_list_is_not_trusted),
	    cmocka_unit_test(an_empty_list_has_no_entries),
	    cmocka_unit_test(entries_are_what_was_revoked),
	    cmocka_unit_test(serials_are_compared_whole),
	    cmocka_unit_test(base_and_scope_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
