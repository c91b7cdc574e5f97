/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/cert.h"
#include "tests/unit/parts.h"

/* ---- a certificate, taken apart --------------------------------------- */

enum part {
	VERSION,
	SERIAL,
	INNER,
	ISSUER,
	VALIDITY,
	SUBJECT,
	KEY,
	EXTENSIONS,
	TBS_END, /* behind the last field, inside TBSCertificate */
	OUTER,
	SIGNATURE,
	CERT_END,
	BEHIND
};

/* Version 3, two extensions. */
static struct parts
take_apart(void)
{
	return parts_take("cert/ecdsa-p256.der", TBS_END, PARTS_MAX);
}

#define EXTS(list) "a3( 30(" list ") )"
#define EXT(oid, value) "30( 06(551d" oid ") 04(" value ") )"
#define FROM "17('260101000000Z')"

/* checklist 7, 11, 20, 23, 38: one fault, one rule. */
static const struct {
	const char *name;
	enum part part;
	const char *text;
	enum ca_status status;
	const char *words;
} cases[] = {
    {"as it is", TBS_END, "", CA_OK, NULL},
    {"no version", VERSION, "", CA_REFUSED, "version 1"},
    {"version 1 spelled out", VERSION, "a0(020100)", CA_MALFORMED,
	"X.690 11.5"},
    {"version 2", VERSION, "a0(020101)", CA_REFUSED, "4.1.2.1"},
    {"version 4", VERSION, "a0(020103)", CA_REFUSED, "4.1.2.1"},
    {"version in two octets", VERSION, "a0(02020002)", CA_MALFORMED, "4.1.2.1"},
    {"version and more", VERSION, "a0(020102 0500)", CA_MALFORMED, "4.1.2.1"},
    {"no serial", SERIAL, "", CA_MALFORMED, "4.1.2.2"},
    {"serial of no octets", SERIAL, "0200", CA_MALFORMED, "4.1.2.2"},
    {"serial 00 01", SERIAL, "02020001", CA_MALFORMED, "4.1.2.2"},
    {"serial FF 80", SERIAL, "0202ff80", CA_MALFORMED, "4.1.2.2"},
    {"another inner algorithm", INNER, "30( 06(2a8648ce3d040303) )",
	CA_MALFORMED, "4.1.1.2"},
    {"another outer algorithm", OUTER, "30( 06(2a8648ce3d040303) )",
	CA_MALFORMED, "4.1.1.2"},
    {"SHA-1 outside", OUTER, "30( 06(2a8648ce3d0401) )", CA_REFUSED,
	"certificate: "},
    {"SHA-1 inside", INNER, "30( 06(2a8648ce3d0401) )", CA_REFUSED,
	"certificate: "},
    {"inner algorithm with NULL", INNER, "30( 06(2a8648ce3d040302) 0500 )",
	CA_MALFORMED, "certificate: "},
    {"issuer a SET", ISSUER, "31()", CA_MALFORMED, "issuer"},
    {"issuer an empty RDN", ISSUER, "30( 31() )", CA_MALFORMED, "issuer"},
    {"subject empty", SUBJECT, "30()", CA_OK, NULL},
    {"subject a NULL", SUBJECT, "0500", CA_MALFORMED, "subject"},
    {"subject without a value", SUBJECT, "30( 31( 30( 06(550403) ) ) )",
	CA_MALFORMED, "subject"},
    {"validity of one time", VALIDITY, "30(" FROM ")", CA_MALFORMED, "4.1.2.5"},
    {"of three", VALIDITY, "30(" FROM FROM FROM ")", CA_MALFORMED, "4.1.2.5"},
    {"no seconds", VALIDITY, "30(" FROM "17('2701010000Z'))", CA_MALFORMED,
	"4.1.2.5"},
    {"a zone", VALIDITY, "30(" FROM "17('270101000000+0000'))", CA_MALFORMED,
	"4.1.2.5"},
    {"a fraction", VALIDITY, "30(" FROM "18('20510101000000.0Z'))",
	CA_MALFORMED, "4.1.2.5"},
    {"GeneralizedTime before 2050", VALIDITY,
	"30(" FROM "18('20270101000000Z'))", CA_MALFORMED, "4.1.2.5"},
    {"GeneralizedTime from 2050", VALIDITY, "30(" FROM "18('20500101000000Z'))",
	CA_OK, NULL},
    {"30 February", VALIDITY, "30(" FROM "17('270230000000Z'))", CA_MALFORMED,
	"4.1.2.5"},
    {"no key", KEY, "", CA_MALFORMED, "certificate: "},
    {"an unknown key", KEY, "30( 30( 06(2a03) ) 03(00 00) )", CA_REFUSED,
	"certificate: "},
    {"no extensions", EXTENSIONS, "", CA_OK, NULL},
    {"unique identifiers", EXTENSIONS, "81(00 ff) 82(04 f0)", CA_OK, NULL},
    {"in the wrong order", EXTENSIONS, "82(00 ff) 81(00 ff)", CA_MALFORMED,
	"4.1"},
    {"unused bits that are set", EXTENSIONS, "81(04 ff)", CA_MALFORMED,
	"4.1.2.8"},
    {"a unique identifier of nothing", EXTENSIONS, "81()", CA_MALFORMED,
	"4.1.2.8"},
    {"an empty list of extensions", EXTENSIONS, "a3( 30() )", CA_MALFORMED,
	"4.1.2.9"},
    {"no list of extensions", EXTENSIONS, "a3()", CA_MALFORMED, "4.1"},
    {"two lists", EXTENSIONS,
	"a3( 30(" EXT("0f", "03(07 80)") ") 30(" EXT("13", "30()") ") )",
	CA_MALFORMED, "4.1"},
    {"an extension twice", EXTENSIONS,
	EXTS(EXT("0f", "03(07 80)") EXT("0f", "03(07 80)")), CA_MALFORMED,
	"keyUsage"},
    {"an unknown extension", EXTENSIONS, EXTS("30( 06(2a03) 0101ff 04(ff) )"),
	CA_OK, NULL},
    {"more behind the extensions", TBS_END, "0500", CA_MALFORMED, "4.1"},
    {"extensions twice", TBS_END, EXTS(EXT("0f", "03(07 80)")), CA_MALFORMED,
	"4.1"},
    {"keyUsage of nothing", EXTENSIONS, EXTS(EXT("0f", "03(00)")), CA_MALFORMED,
	"4.2.1.3"},
    {"keyUsage with a tenth bit", EXTENSIONS, EXTS(EXT("0f", "03(06 0040)")),
	CA_MALFORMED, "4.2.1.3"},
    {"CA:FALSE spelled out", EXTENSIONS, EXTS(EXT("13", "30(010100)")),
	CA_MALFORMED, "4.2.1.9"},
    {"pathLen without CA", EXTENSIONS, EXTS(EXT("13", "30(020100)")),
	CA_MALFORMED, "4.2.1.9"},
    {"a usage twice", EXTENSIONS, EXTS(EXT("25", "30(06(2a03)06(2a03))")),
	CA_MALFORMED, "4.2.1.12"},
    {"no usage", EXTENSIONS, EXTS(EXT("25", "30()")), CA_MALFORMED, "4.2.1.12"},
    {"no names", EXTENSIONS, EXTS(EXT("11", "30()")), CA_MALFORMED, "4.2.1.6"},
    {"an empty identifier", EXTENSIONS, EXTS(EXT("0e", "04()")), CA_MALFORMED,
	"4.2.1.2"},
    {"a serial without its issuer", EXTENSIONS, EXTS(EXT("23", "30(82(01))")),
	CA_MALFORMED, "4.2.1.1"},
    {"no constraints", EXTENSIONS, EXTS(EXT("1e", "30()")), CA_MALFORMED,
	"4.2.1.10"},
    {"no signature", SIGNATURE, "", CA_MALFORMED, "4.1.1.3"},
    {"a signature of 7 bits", SIGNATURE, "03(01 80)", CA_MALFORMED, "4.1.1.3"},
    {"more behind the signature", CERT_END, "0500", CA_MALFORMED, "4.1.1.3"},
    {"a byte behind it all", BEHIND, "00", CA_MALFORMED, "4.1"},
    {"a second certificate", BEHIND, "30()", CA_MALFORMED, "4.1"},
};

static void
every_fault_has_its_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parts parts = take_apart();
		struct ca_buf part = asn1(cases[i].text), der;
		struct ca_cert cert = {.san_count = 99};
		struct ca_error err = {0};
		enum ca_status st;

		parts.part[cases[i].part] = ca_view(&part);
		der = put_together(&parts);
		st = ca_cert_parse(ca_view(&der), &cert, &err);
		if (st != cases[i].status || st != err.status ||
		    (st != CA_OK && strstr(err.msg, cases[i].words) == NULL))
			fail_msg("%s: %d \"%s\"", cases[i].name, st, err.msg);
		assert_true(
		    st == CA_OK || strstr(err.msg, "certificate") == err.msg);
		assert_int_equal(st == CA_OK, cert.san_count != 99);
		ca_buf_free(&der);
		ca_buf_free(&part);
		ca_buf_free(&parts.whole);
	}
}

static void
a_cut_certificate_is_refused(void **state)
{
	struct ca_buf der = vector("cert/server.der");
	struct ca_cert cert;

	(void)state;
	for (size_t len = 0; len < der.len; len++)
		assert_int_equal(ca_cert_parse((struct ca_bytes){der.data, len},
				     &cert, NULL),
		    CA_MALFORMED);
	assert_int_equal(ca_cert_parse(ca_view(&der), &cert, NULL), CA_OK);
	ca_buf_free(&der);
}

/* checklist 25 */
static void
a_certificate_has_a_size(void **state)
{
	struct ca_buf der = {0};
	struct ca_cert cert;

	(void)state;
	assert_int_equal(ca_buf_reserve(&der, CA_CERT_MAX + 1), CA_OK);
	memset(der.data, 0, CA_CERT_MAX + 1);
	der.len = CA_CERT_MAX + 1;
	assert_int_equal(ca_cert_parse(ca_view(&der), &cert, NULL), CA_REFUSED);
	assert_int_equal(
	    ca_cert_parse_tbs(ca_view(&der), &cert, NULL), CA_REFUSED);
	der.len = CA_CERT_MAX;
	assert_int_equal(
	    ca_cert_parse(ca_view(&der), &cert, NULL), CA_MALFORMED);
	ca_buf_free(&der);
}

/* ---- serials, checklist 4, 7 ------------------------------------------ */

static const struct {
	const char *text; /* the INTEGER */
	struct ca_bytes serial;
	bool proper;
} serials[] = {
    {"02(01)", LITERAL("\x01"), true},
    {"02(7f)", LITERAL("\x7f"), true},
    {"02(0080)", LITERAL("\x80"), true},
    {"02(00)", LITERAL("\x00"), false},
    {"02(80)", LITERAL("\x80"), false}, /* -128, not 128 */
    {"02(ff)", LITERAL("\xff"), false},
    {"02(7f 010203 04050607 08090a0b 0c0d0e0f 10111213)",
	LITERAL("\x7f\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23"),
	true},
    /* 20 octets of number are 21 in DER */
    {"02(00 ff 010203 04050607 08090a0b 0c0d0e0f 10111213)",
	LITERAL("\xff\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23"),
	false},
    {"02(01 7f 010203 04050607 08090a0b 0c0d0e0f 10111213)",
	LITERAL("\1\x7f\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23"),
	false},
};

static void
serials_are_marked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(serials); i++) {
		struct parts parts = take_apart();
		struct ca_buf part = asn1(serials[i].text), der;
		struct ca_cert cert;

		parts.part[SERIAL] = ca_view(&part);
		der = put_together(&parts);
		assert_int_equal(
		    ca_cert_parse(ca_view(&der), &cert, NULL), CA_OK);
		assert_bytes(cert.serial, serials[i].serial);
		assert_int_equal(cert.serial_is_proper, serials[i].proper);
		ca_buf_free(&der);
		ca_buf_free(&part);
		ca_buf_free(&parts.whole);
	}
}

static void
serials_of_openssl_are_marked(void **state)
{
	static const struct {
		const char *name;
		bool proper;
	} made[] = {{"cert/serial-zero.der", false},
	    {"cert/serial-negative.der", false}, {"cert/serial-128.der", true},
	    {"cert/serial-long.der", false}, {"cert/root.der", true}};

	(void)state;
	for (size_t i = 0; i < COUNT(made); i++) {
		struct ca_buf der = vector(made[i].name);
		struct ca_cert cert;

		assert_int_equal(
		    ca_cert_parse(ca_view(&der), &cert, NULL), CA_OK);
		assert_int_equal(cert.serial_is_proper, made[i].proper);
		ca_buf_free(&der);
	}
}

/* ---- what openssl made ------------------------------------------------ */

static const struct {
	const char *name;
	enum ca_key_type type;
	enum ca_signature kind;
	enum ca_hash hash;
} made[] = {
    {"cert/rsa-2048.der", CA_KEY_RSA, CA_SIG_RSA_PKCS1, CA_HASH_SHA256},
    {"cert/rsa-3072.der", CA_KEY_RSA, CA_SIG_RSA_PKCS1, CA_HASH_SHA256},
    {"cert/rsa-4096.der", CA_KEY_RSA, CA_SIG_RSA_PKCS1, CA_HASH_SHA256},
    {"cert/rsa-2048-pss-sha256.der", CA_KEY_RSA, CA_SIG_RSA_PSS,
	CA_HASH_SHA256},
    {"cert/rsa-2048-pss-sha384.der", CA_KEY_RSA, CA_SIG_RSA_PSS,
	CA_HASH_SHA384},
    {"cert/rsa-2048-pss-sha512.der", CA_KEY_RSA, CA_SIG_RSA_PSS,
	CA_HASH_SHA512},
    {"cert/rsa-pss.der", CA_KEY_RSA, CA_SIG_RSA_PSS, CA_HASH_SHA256},
    {"cert/ecdsa-p256.der", CA_KEY_P256, CA_SIG_ECDSA, CA_HASH_SHA256},
    {"cert/ecdsa-p384.der", CA_KEY_P384, CA_SIG_ECDSA, CA_HASH_SHA384},
    {"cert/ecdsa-p521.der", CA_KEY_P521, CA_SIG_ECDSA, CA_HASH_SHA512},
    {"cert/ed25519.der", CA_KEY_ED25519, CA_SIG_ED25519, CA_HASH_NONE},
    {"cert/ed448.der", CA_KEY_ED448, CA_SIG_ED448, CA_HASH_NONE},
};

/* Self-signed, so that the key is at hand. One bit, and it is not. */
static void
every_signature_is_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(made); i++) {
		struct ca_buf der = vector(made[i].name);
		struct ca_error err = {0};
		struct ca_cert cert;
		size_t at;

		if (ca_cert_parse(ca_view(&der), &cert, &err) != CA_OK ||
		    ca_cert_verify(&cert, &cert.spki, &err) != CA_OK)
			fail_msg("%s: %s", made[i].name, err.msg);
		assert_true(ca_cert_is_self_issued(&cert));
		assert_int_equal(cert.spki.type, made[i].type);
		assert_int_equal(cert.alg.kind, made[i].kind);
		assert_int_equal(cert.alg.hash, made[i].hash);
		assert_int_equal(cert.inner_alg.kind, made[i].kind);
		at = (size_t)(cert.subject.data - der.data) + cert.subject.len -
		    1;
		der.data[at] ^= 0x01;
		assert_int_equal(
		    ca_cert_parse(ca_view(&der), &cert, NULL), CA_OK);
		assert_false(ca_cert_is_self_issued(&cert));
		assert_int_equal(
		    ca_cert_verify(&cert, &cert.spki, &err), CA_UNTRUSTED);
		assert_non_null(strstr(err.msg, "signature"));
		ca_buf_free(&der);
	}
}

static void
old_hashes_and_versions_are_refused(void **state)
{
	struct ca_buf sha1 = vector("cert/rsa-2048-sha1.der");
	struct ca_buf version = vector("cert/version-1.der");
	struct ca_error err = {0};
	struct ca_cert cert;

	(void)state;
	assert_int_equal(
	    ca_cert_parse(ca_view(&sha1), &cert, &err), CA_REFUSED);
	assert_non_null(strstr(err.msg, "sha1WithRSAEncryption"));
	err = (struct ca_error){0};
	assert_int_equal(
	    ca_cert_parse(ca_view(&version), &cert, &err), CA_REFUSED);
	assert_non_null(strstr(err.msg, "version 1"));
	ca_buf_free(&sha1);
	ca_buf_free(&version);
}

static void
another_key_did_not_sign(void **state)
{
	struct ca_buf root_der = vector("cert/root.der");
	struct ca_buf issuing_der = vector("cert/issuing.der");
	struct ca_buf server_der = vector("cert/server.der");
	struct ca_cert root, issuing, server;

	(void)state;
	assert_int_equal(ca_cert_parse(ca_view(&root_der), &root, NULL), CA_OK);
	assert_int_equal(
	    ca_cert_parse(ca_view(&issuing_der), &issuing, NULL), CA_OK);
	assert_int_equal(
	    ca_cert_parse(ca_view(&server_der), &server, NULL), CA_OK);
	assert_int_equal(ca_cert_verify(&root, &root.spki, NULL), CA_OK);
	assert_int_equal(ca_cert_verify(&issuing, &root.spki, NULL), CA_OK);
	assert_int_equal(ca_cert_verify(&server, &issuing.spki, NULL), CA_OK);
	/* of the same kind, of another, of another family */
	assert_int_equal(
	    ca_cert_verify(&issuing, &issuing.spki, NULL), CA_UNTRUSTED);
	assert_int_equal(
	    ca_cert_verify(&server, &root.spki, NULL), CA_UNTRUSTED);
	assert_int_equal(
	    ca_cert_verify(&server, &server.spki, NULL), CA_REFUSED);
	assert_false(ca_cert_is_self_issued(&issuing));
	ca_buf_free(&root_der);
	ca_buf_free(&issuing_der);
	ca_buf_free(&server_der);
}

/* checklist 38, 65: a struct that was put together from two. */
static void
inner_and_outer_algorithm_agree(void **state)
{
	struct ca_buf der = vector("cert/ecdsa-p384.der");
	struct ca_error err = {0};
	struct ca_cert cert;

	(void)state;
	assert_int_equal(ca_cert_parse(ca_view(&der), &cert, NULL), CA_OK);
	cert.inner_alg.hash = CA_HASH_SHA512;
	assert_int_equal(ca_cert_verify(&cert, &cert.spki, &err), CA_UNTRUSTED);
	assert_non_null(strstr(err.msg, "4.1.1.2"));
	ca_buf_free(&der);
}

/* ---- what is found ---------------------------------------------------- */

static void
an_authority_is_read(void **state)
{
	struct ca_buf root_der = vector("cert/root.der");
	struct ca_buf der = vector("cert/issuing.der");
	struct ca_cert root, cert;

	(void)state;
	assert_int_equal(ca_cert_parse(ca_view(&root_der), &root, NULL), CA_OK);
	assert_int_equal(ca_cert_parse(ca_view(&der), &cert, NULL), CA_OK);
	assert_true(root.is_ca && cert.is_ca);
	assert_int_equal(root.path_len, CA_PATH_LEN_NONE);
	assert_int_equal(cert.path_len, 0);
	assert_true(cert.has_key_usage);
	assert_int_equal(cert.key_usage, CA_KU_KEY_CERT_SIGN | CA_KU_CRL_SIGN);
	assert_int_equal(root.subject_key_id.len, 20);
	assert_int_equal(root.authority_key_id.len, 0);
	assert_bytes(cert.authority_key_id, root.subject_key_id);
	assert_bytes(cert.issuer, root.subject);
	assert_true(root.name_constraints.len > 0);
	assert_int_equal(cert.name_constraints.len, 0);
	assert_int_equal(root.not_before, 1767225600);
	assert_int_equal(root.not_after, 3029529599);
	assert_int_equal(cert.san_count, 0);
	assert_int_equal(cert.ext_key_usage.count, 0);
	ca_buf_free(&root_der);
	ca_buf_free(&der);
}

static void
a_server_is_read(void **state)
{
	struct ca_buf der = vector("cert/server.der");
	struct ca_url_list ocsp, issuers, points;
	struct ca_cert cert;
	struct ca_san_walk walk;
	struct ca_san san;

	(void)state;
	assert_int_equal(ca_cert_parse(ca_view(&der), &cert, NULL), CA_OK);
	assert_false(cert.is_ca);
	assert_int_equal(cert.path_len, CA_PATH_LEN_NONE);
	assert_int_equal(cert.key_usage, CA_KU_DIGITAL_SIGNATURE);
	assert_int_equal(cert.ext_key_usage.count, 2);
	assert_true(ca_oid_list_has(
	    &cert.ext_key_usage, ca_oid_der(CA_OID_CLIENT_AUTH)));
	assert_int_equal(cert.san_count, 3);
	ca_san_walk(&walk, cert.sans);
	assert_true(ca_san_next(&walk, &san));
	assert_true(ca_san_next(&walk, &san));
	assert_bytes(san.value, BYTES("*.company.com"));
	assert_true(ca_san_next(&walk, &san));
	assert_bytes(san.value, BYTES("\xc0\x00\x02\x01"));
	assert_false(ca_san_next(&walk, &san));
	assert_int_equal(cert.exts.count, 13);
	assert_true(ca_info_access_get(
	    ca_exts_find(&cert.exts, CA_OID_AUTHORITY_INFO_ACCESS)->value,
	    &ocsp, &issuers));
	assert_bytes(ocsp.url[0], BYTES("http://lab.example/ocsp"));
	assert_true(ca_distribution_points_get(
	    ca_exts_find(&cert.exts, CA_OID_CRL_DISTRIBUTION_POINTS)->value,
	    &points));
	assert_bytes(points.url[0], BYTES("http://lab.example/issuing.crl"));
	ca_buf_free(&der);
}

static void
nothing_is_assumed(void **state)
{
	struct parts parts = take_apart();
	struct ca_buf der;
	struct ca_cert cert;

	(void)state;
	parts.part[EXTENSIONS] = (struct ca_bytes){0};
	der = put_together(&parts);
	assert_int_equal(ca_cert_parse(ca_view(&der), &cert, NULL), CA_OK);
	assert_false(cert.is_ca);
	assert_false(cert.has_key_usage);
	assert_int_equal(cert.key_usage, 0);
	assert_int_equal(cert.path_len, CA_PATH_LEN_NONE);
	assert_int_equal(cert.exts.count, 0);
	assert_int_equal(cert.subject_key_id.len, 0);
	ca_buf_free(&der);
	ca_buf_free(&parts.whole);
}

/* What is to be signed is read like what was signed. */
static void
a_tbs_is_read_alike(void **state)
{
	struct ca_buf der = vector("cert/server.der");
	struct ca_cert cert, tbs;
	struct ca_error err = {0};
	struct ca_bytes more;

	(void)state;
	assert_int_equal(ca_cert_parse(ca_view(&der), &cert, NULL), CA_OK);
	assert_int_equal(ca_cert_parse_tbs(cert.tbs, &tbs, NULL), CA_OK);
	assert_int_equal(tbs.der.len, 0);
	assert_int_equal(tbs.alg.kind, CA_SIG_NONE);
	assert_int_equal(tbs.signature.len, 0);
	/* But for these they are the same. */
	tbs.der = cert.der;
	tbs.alg = cert.alg;
	tbs.signature = cert.signature;
	assert_bytes(tbs.tbs, cert.tbs);
	assert_bytes(tbs.serial, cert.serial);
	assert_int_equal(tbs.exts.count, cert.exts.count);
	assert_int_equal(tbs.san_count, cert.san_count);
	assert_int_equal(tbs.not_after, cert.not_after);
	assert_int_equal(tbs.inner_alg.kind, cert.inner_alg.kind);
	tbs.signature = (struct ca_bytes){0};
	assert_int_equal(ca_cert_verify(&tbs, &cert.spki, &err), CA_UNTRUSTED);
	assert_non_null(strstr(err.msg, "not been signed"));
	more = (struct ca_bytes){cert.tbs.data, cert.tbs.len + 1};
	assert_int_equal(ca_cert_parse_tbs(more, &tbs, NULL), CA_MALFORMED);
	ca_buf_free(&der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_fault_has_its_rule),
	    cmocka_unit_test(a_cut_certificate_is_refused),
	    cmocka_unit_test(a_certificate_has_a_size),
	    cmocka_unit_test(serials_are_marked),
	    cmocka_unit_test(serials_of_openssl_are_marked),
	    cmocka_unit_test(every_signature_is_checked),
	    cmocka_unit_test(old_hashes_and_versions_are_refused),
	    cmocka_unit_test(another_key_did_not_sign),
	    cmocka_unit_test(inner_and_outer_algorithm_agree),
	    cmocka_unit_test(an_authority_is_read),
	    cmocka_unit_test(a_server_is_read),
	    cmocka_unit_test(nothing_is_assumed),
	    cmocka_unit_test(a_tbs_is_read_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
