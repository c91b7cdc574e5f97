/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/der.h"
#include "ca/oid.h"
#include "tests/unit/bytes.h"

/* The registered numbers, written by hand from the RFCs: the table's octets
 * must say the same. */
static const struct {
	enum ca_oid oid;
	const char *dotted;
	const char *name;
} known[] = {
    {CA_OID_COMMON_NAME, "2.5.4.3", "commonName"},
    {CA_OID_SURNAME, "2.5.4.4", "surname"},
    {CA_OID_SERIAL_NUMBER, "2.5.4.5", "serialNumber"},
    {CA_OID_COUNTRY, "2.5.4.6", "countryName"},
    {CA_OID_LOCALITY, "2.5.4.7", "localityName"},
    {CA_OID_STATE, "2.5.4.8", "stateOrProvinceName"},
    {CA_OID_STREET, "2.5.4.9", "streetAddress"},
    {CA_OID_ORGANIZATION, "2.5.4.10", "organizationName"},
    {CA_OID_ORGANIZATIONAL_UNIT, "2.5.4.11", "organizationalUnitName"},
    {CA_OID_TITLE, "2.5.4.12", "title"},
    {CA_OID_GIVEN_NAME, "2.5.4.42", "givenName"},
    {CA_OID_INITIALS, "2.5.4.43", "initials"},
    {CA_OID_PSEUDONYM, "2.5.4.65", "pseudonym"},
    {CA_OID_DN_QUALIFIER, "2.5.4.46", "dnQualifier"},
    {CA_OID_BUSINESS_CATEGORY, "2.5.4.15", "businessCategory"},
    {CA_OID_POSTAL_CODE, "2.5.4.17", "postalCode"},
    {CA_OID_ORGANIZATION_IDENTIFIER, "2.5.4.97", "organizationIdentifier"},
    {CA_OID_DOMAIN_COMPONENT, "0.9.2342.19200300.100.1.25", "domainComponent"},
    {CA_OID_USER_ID, "0.9.2342.19200300.100.1.1", "userId"},
    {CA_OID_EMAIL_ADDRESS, "1.2.840.113549.1.9.1", "emailAddress"},
    {CA_OID_JURISDICTION_LOCALITY, "1.3.6.1.4.1.311.60.2.1.1",
	"jurisdictionLocalityName"},
    {CA_OID_JURISDICTION_STATE, "1.3.6.1.4.1.311.60.2.1.2",
	"jurisdictionStateOrProvinceName"},
    {CA_OID_JURISDICTION_COUNTRY, "1.3.6.1.4.1.311.60.2.1.3",
	"jurisdictionCountryName"},
    {CA_OID_SUBJECT_KEY_IDENTIFIER, "2.5.29.14", "subjectKeyIdentifier"},
    {CA_OID_KEY_USAGE, "2.5.29.15", "keyUsage"},
    {CA_OID_SUBJECT_ALT_NAME, "2.5.29.17", "subjectAltName"},
    {CA_OID_ISSUER_ALT_NAME, "2.5.29.18", "issuerAltName"},
    {CA_OID_BASIC_CONSTRAINTS, "2.5.29.19", "basicConstraints"},
    {CA_OID_CRL_NUMBER, "2.5.29.20", "cRLNumber"},
    {CA_OID_CRL_REASON, "2.5.29.21", "reasonCode"},
    {CA_OID_INVALIDITY_DATE, "2.5.29.24", "invalidityDate"},
    {CA_OID_DELTA_CRL_INDICATOR, "2.5.29.27", "deltaCRLIndicator"},
    {CA_OID_ISSUING_DISTRIBUTION_POINT, "2.5.29.28",
	"issuingDistributionPoint"},
    {CA_OID_CERTIFICATE_ISSUER, "2.5.29.29", "certificateIssuer"},
    {CA_OID_NAME_CONSTRAINTS, "2.5.29.30", "nameConstraints"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, "2.5.29.31", "cRLDistributionPoints"},
    {CA_OID_CERTIFICATE_POLICIES, "2.5.29.32", "certificatePolicies"},
    {CA_OID_POLICY_MAPPINGS, "2.5.29.33", "policyMappings"},
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, "2.5.29.35", "authorityKeyIdentifier"},
    {CA_OID_POLICY_CONSTRAINTS, "2.5.29.36", "policyConstraints"},
    {CA_OID_EXT_KEY_USAGE, "2.5.29.37", "extKeyUsage"},
    {CA_OID_FRESHEST_CRL, "2.5.29.46", "freshestCRL"},
    {CA_OID_INHIBIT_ANY_POLICY, "2.5.29.54", "inhibitAnyPolicy"},
    {CA_OID_AUTHORITY_INFO_ACCESS, "1.3.6.1.5.5.7.1.1", "authorityInfoAccess"},
    {CA_OID_SUBJECT_INFO_ACCESS, "1.3.6.1.5.5.7.1.11", "subjectInfoAccess"},
    {CA_OID_OCSP_NO_CHECK, "1.3.6.1.5.5.7.48.1.5", "noCheck"},
    {CA_OID_TLS_FEATURE, "1.3.6.1.5.5.7.1.24", "tlsfeature"},
    {CA_OID_ANY_EXT_KEY_USAGE, "2.5.29.37.0", "anyExtendedKeyUsage"},
    {CA_OID_SERVER_AUTH, "1.3.6.1.5.5.7.3.1", "serverAuth"},
    {CA_OID_CLIENT_AUTH, "1.3.6.1.5.5.7.3.2", "clientAuth"},
    {CA_OID_CODE_SIGNING, "1.3.6.1.5.5.7.3.3", "codeSigning"},
    {CA_OID_EMAIL_PROTECTION, "1.3.6.1.5.5.7.3.4", "emailProtection"},
    {CA_OID_TIME_STAMPING, "1.3.6.1.5.5.7.3.8", "timeStamping"},
    {CA_OID_OCSP_SIGNING, "1.3.6.1.5.5.7.3.9", "OCSPSigning"},
    {CA_OID_SMARTCARD_LOGON, "1.3.6.1.4.1.311.20.2.2", "smartcardLogon"},
    {CA_OID_AD_OCSP, "1.3.6.1.5.5.7.48.1", "OCSP"},
    {CA_OID_AD_CA_ISSUERS, "1.3.6.1.5.5.7.48.2", "caIssuers"},
    {CA_OID_UPN, "1.3.6.1.4.1.311.20.2.3", "userPrincipalName"},
    {CA_OID_SMTP_UTF8_MAILBOX, "1.3.6.1.5.5.7.8.9", "SmtpUTF8Mailbox"},
    {CA_OID_ANY_POLICY, "2.5.29.32.0", "anyPolicy"},
    {CA_OID_CPS, "1.3.6.1.5.5.7.2.1", "CPS"},
    {CA_OID_EXTENSION_REQUEST, "1.2.840.113549.1.9.14", "extensionRequest"},
    {CA_OID_CHALLENGE_PASSWORD, "1.2.840.113549.1.9.7", "challengePassword"},
    {CA_OID_UNSTRUCTURED_NAME, "1.2.840.113549.1.9.2", "unstructuredName"},
    {CA_OID_RSA_ENCRYPTION, "1.2.840.113549.1.1.1", "rsaEncryption"},
    {CA_OID_RSASSA_PSS, "1.2.840.113549.1.1.10", "rsassaPss"},
    {CA_OID_EC_PUBLIC_KEY, "1.2.840.10045.2.1", "id-ecPublicKey"},
    {CA_OID_P256, "1.2.840.10045.3.1.7", "secp256r1"},
    {CA_OID_P384, "1.3.132.0.34", "secp384r1"},
    {CA_OID_P521, "1.3.132.0.35", "secp521r1"},
    {CA_OID_ED25519, "1.3.101.112", "Ed25519"},
    {CA_OID_ED448, "1.3.101.113", "Ed448"},
    {CA_OID_MD5_RSA, "1.2.840.113549.1.1.4", "md5WithRSAEncryption"},
    {CA_OID_SHA1_RSA, "1.2.840.113549.1.1.5", "sha1WithRSAEncryption"},
    {CA_OID_SHA256_RSA, "1.2.840.113549.1.1.11", "sha256WithRSAEncryption"},
    {CA_OID_SHA384_RSA, "1.2.840.113549.1.1.12", "sha384WithRSAEncryption"},
    {CA_OID_SHA512_RSA, "1.2.840.113549.1.1.13", "sha512WithRSAEncryption"},
    {CA_OID_SHA1_ECDSA, "1.2.840.10045.4.1", "ecdsa-with-SHA1"},
    {CA_OID_SHA256_ECDSA, "1.2.840.10045.4.3.2", "ecdsa-with-SHA256"},
    {CA_OID_SHA384_ECDSA, "1.2.840.10045.4.3.3", "ecdsa-with-SHA384"},
    {CA_OID_SHA512_ECDSA, "1.2.840.10045.4.3.4", "ecdsa-with-SHA512"},
    {CA_OID_SHA1_DSA, "1.2.840.10040.4.3", "dsa-with-SHA1"},
    {CA_OID_SHA1, "1.3.14.3.2.26", "sha1"},
    {CA_OID_SHA256, "2.16.840.1.101.3.4.2.1", "sha256"},
    {CA_OID_SHA384, "2.16.840.1.101.3.4.2.2", "sha384"},
    {CA_OID_SHA512, "2.16.840.1.101.3.4.2.3", "sha512"},
    {CA_OID_MGF1, "1.2.840.113549.1.1.8", "mgf1"},
    {CA_OID_PBES2, "1.2.840.113549.1.5.13", "PBES2"},
    {CA_OID_PBKDF2, "1.2.840.113549.1.5.12", "PBKDF2"},
    {CA_OID_SCRYPT, "1.3.6.1.4.1.11591.4.11", "scrypt"},
    {CA_OID_HMAC_SHA1, "1.2.840.113549.2.7", "hmacWithSHA1"},
    {CA_OID_HMAC_SHA256, "1.2.840.113549.2.9", "hmacWithSHA256"},
    {CA_OID_HMAC_SHA384, "1.2.840.113549.2.10", "hmacWithSHA384"},
    {CA_OID_HMAC_SHA512, "1.2.840.113549.2.11", "hmacWithSHA512"},
    {CA_OID_AES128_CBC, "2.16.840.1.101.3.4.1.2", "aes-128-cbc"},
    {CA_OID_AES192_CBC, "2.16.840.1.101.3.4.1.22", "aes-192-cbc"},
    {CA_OID_AES256_CBC, "2.16.840.1.101.3.4.1.42", "aes-256-cbc"},
    {CA_OID_PKCS7_DATA, "1.2.840.113549.1.7.1", "pkcs7-data"},
    {CA_OID_PKCS7_ENCRYPTED_DATA, "1.2.840.113549.1.7.6",
	"pkcs7-encryptedData"},
    {CA_OID_P12_SHROUDED_KEY_BAG, "1.2.840.113549.1.12.10.1.2",
	"pkcs8ShroudedKeyBag"},
    {CA_OID_P12_CERT_BAG, "1.2.840.113549.1.12.10.1.3", "certBag"},
    {CA_OID_X509_CERTIFICATE, "1.2.840.113549.1.9.22.1", "x509Certificate"},
    {CA_OID_FRIENDLY_NAME, "1.2.840.113549.1.9.20", "friendlyName"},
    {CA_OID_LOCAL_KEY_ID, "1.2.840.113549.1.9.21", "localKeyID"},
    {CA_OID_OCSP_BASIC, "1.3.6.1.5.5.7.48.1.1", "basicOCSPResponse"},
    {CA_OID_OCSP_NONCE, "1.3.6.1.5.5.7.48.1.2", "ocspNonce"},
    {CA_OID_OCSP_EXTENDED_REVOKE, "1.3.6.1.5.5.7.48.1.9", "extendedRevoke"},
};

static void
table_has_the_registered_numbers(void **state)
{
	(void)state;
	assert_int_equal(COUNT(known), CA_OID_COUNT - 1);
	for (size_t i = 0; i < COUNT(known); i++) {
		struct ca_bytes der = ca_oid_der(known[i].oid);
		struct ca_buf buf = {0}, parsed = {0};

		assert_int_equal(known[i].oid, i + 1);
		assert_true(der_oid_is_valid(der));
		assert_int_equal(ca_oid_append_dotted(&buf, der), CA_OK);
		assert_text(&buf, known[i].dotted);
		assert_int_equal(ca_oid_parse(&parsed, known[i].dotted), CA_OK);
		assert_true(ca_bytes_equal(ca_view(&parsed), der));
		ca_buf_free(&parsed);
	}
}

static void
octets_and_words_find_one_entry(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		enum ca_oid oid = known[i].oid;

		assert_string_equal(ca_oid_name(oid), known[i].name);
		assert_int_equal(ca_oid_find(ca_oid_der(oid)), oid);
		assert_int_equal(ca_oid_by_name(known[i].name), oid);
		assert_int_equal(ca_oid_by_name(ca_oid_short_name(oid)), oid);
	}
}

static void
short_forms_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *word;
		enum ca_oid oid;
	} words[] = {{"CN", CA_OID_COMMON_NAME}, {"O", CA_OID_ORGANIZATION},
	    {"OU", CA_OID_ORGANIZATIONAL_UNIT}, {"C", CA_OID_COUNTRY},
	    {"L", CA_OID_LOCALITY}, {"ST", CA_OID_STATE},
	    {"DC", CA_OID_DOMAIN_COMPONENT}, {"UID", CA_OID_USER_ID},
	    {"SN", CA_OID_SURNAME}, {"GN", CA_OID_GIVEN_NAME},
	    {"extendedKeyUsage", CA_OID_EXT_KEY_USAGE},
	    {"prime256v1", CA_OID_P256}};

	for (size_t i = 0; i < COUNT(words); i++)
		assert_int_equal(ca_oid_by_name(words[i].word), words[i].oid);
	assert_string_equal(ca_oid_short_name(CA_OID_COMMON_NAME), "CN");
	assert_string_equal(
	    ca_oid_short_name(CA_OID_SERIAL_NUMBER), "serialNumber");
	assert_string_equal(ca_oid_short_name(CA_OID_P256), "secp256r1");
	assert_string_equal(
	    ca_oid_short_name(CA_OID_EXT_KEY_USAGE), "extKeyUsage");
}

static void
a_word_must_be_exact(void **state)
{
	(void)state;
	static const char *const words[] = {
	    "", "c", "cn", "commonNam", "commonName ", "serverauth", "CNX"};

	for (size_t i = 0; i < COUNT(words); i++)
		assert_int_equal(ca_oid_by_name(words[i]), CA_OID_UNKNOWN);
}

static void
unknown_has_neither_octets_nor_name(void **state)
{
	(void)state;
	const struct ca_bytes foreign = ca_text("\x2a\x03\x04");

	assert_int_equal(ca_oid_der(CA_OID_UNKNOWN).len, 0);
	assert_int_equal(ca_oid_der(CA_OID_COUNT).len, 0);
	assert_null(ca_oid_name(CA_OID_UNKNOWN));
	assert_null(ca_oid_name((enum ca_oid)9999));
	assert_null(ca_oid_short_name(CA_OID_COUNT));
	assert_int_equal(ca_oid_find(foreign), CA_OID_UNKNOWN);
	assert_int_equal(ca_oid_find((struct ca_bytes){0}), CA_OID_UNKNOWN);
}

static void
text_is_a_name_or_a_number(void **state)
{
	(void)state;
	struct ca_buf buf = {0};

	assert_int_equal(
	    ca_oid_append_text(&buf, ca_oid_der(CA_OID_SERVER_AUTH)), CA_OK);
	assert_text(&buf, "serverAuth");
	assert_int_equal(
	    ca_oid_append_text(&buf, ca_text("\x2a\x03\x04")), CA_OK);
	assert_text(&buf, "1.2.3.4");
}

static void
numbers_at_the_edges(void **state)
{
	(void)state;
	static const char *const dotted[] = {"0.0", "0.39", "1.0", "1.39",
	    "2.0", "2.39", "2.40", "2.47", "2.48", "2.999", "2.4294967295",
	    "1.2.127", "1.2.128", "1.2.16383", "1.2.16384", "1.2.4294967295",
	    "1.3.6.1.4.1.99999.1"};

	for (size_t i = 0; i < COUNT(dotted); i++) {
		struct ca_buf content = {0}, buf = {0};

		assert_int_equal(ca_oid_parse(&content, dotted[i]), CA_OK);
		assert_true(der_oid_is_valid(ca_view(&content)));
		assert_int_equal(
		    ca_oid_append_dotted(&buf, ca_view(&content)), CA_OK);
		assert_text(&buf, dotted[i]);
		ca_buf_free(&content);
	}
}

static void
bad_numbers_are_refused(void **state)
{
	(void)state;
	static const char *const dotted[] = {"", "1", "1.", ".1", "1..2",
	    "1.2.", "3.1", "0.40", "1.40", "1.2.03", "01.2", "1.2.4294967296",
	    "1.2.99999999999999999999999", "1.2.-3", "1.2.+3", "1.2 3",
	    "1.2.3 ", " 1.2.3", "1.2.a", "1,2",
	    ("1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22.23.24"
	     ".25.26.27.28.29.30.31.32.33")};
	struct ca_buf content = {0};

	for (size_t i = 0; i < COUNT(dotted); i++) {
		assert_int_equal(
		    ca_oid_parse(&content, dotted[i]), CA_MALFORMED);
		assert_int_equal(content.len, 0);
	}
	assert_int_equal(
	    ca_oid_parse(&content,
		"1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22.23"
		".24.25.26.27.28.29.30.31.32"),
	    CA_OK);
	ca_buf_free(&content);
}

static void
large_arcs_are_printed_whole(void **state)
{
	(void)state;
	/* 2.25.(2^128 - 1), and 2.(2^133 - 1 - 80). */
	static const uint8_t uuid[] = {0x69, 0x83, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0x7f};
	uint8_t widest[19];
	struct ca_buf buf = {0};

	assert_int_equal(
	    ca_oid_append_dotted(&buf, (struct ca_bytes){uuid, sizeof(uuid)}),
	    CA_OK);
	assert_text(&buf, "2.25.340282366920938463463374607431768211455");
	memset(widest, 0xff, sizeof(widest));
	widest[18] = 0x7f;
	assert_int_equal(ca_oid_append_dotted(
			     &buf, (struct ca_bytes){widest, sizeof(widest)}),
	    CA_OK);
	assert_text(&buf, "2.10889035741470030830827987437816582766511");
}

static void
hostile_octets_are_shown_as_hex(void **state)
{
	(void)state;
	uint8_t many[100];
	struct ca_buf buf = {0};

	assert_int_equal(
	    ca_oid_append_dotted(&buf, ca_text("\x2a\x80\x01")), CA_OK);
	assert_text(&buf, "#2a8001");
	assert_int_equal(ca_oid_append_text(&buf, ca_text("\x2a\x86")), CA_OK);
	assert_text(&buf, "#2a86");
	assert_int_equal(
	    ca_oid_append_dotted(&buf, (struct ca_bytes){0}), CA_OK);
	assert_text(&buf, "#");
	memset(many, 0x2a, sizeof(many));
	assert_int_equal(
	    ca_oid_append_dotted(&buf, (struct ca_bytes){many, sizeof(many)}),
	    CA_OK);
	assert_int_equal(buf.len, 1 + 2 * 64 + 3);
	ca_buf_free(&buf);
	memset(many, 0xff, 20);
	many[19] = 0x01;
	assert_int_equal(
	    ca_oid_append_dotted(&buf, (struct ca_bytes){many, 20}), CA_OK);
	assert_int_equal(buf.data[0], '#');
	ca_buf_free(&buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table_has_the_registered_numbers),
	    cmocka_unit_test(octets_and_words_find_one_entry),
	    cmocka_unit_test(short_forms_are_read),
	    cmocka_unit_test(a_word_must_be_exact),
	    cmocka_unit_test(unknown_has_neither_octets_nor_name),
	    cmocka_unit_test(text_is_a_name_or_a_number),
	    cmocka_unit_test(numbers_at_the_edges),
	    cmocka_unit_test(bad_numbers_are_refused),
	    cmocka_unit_test(large_arcs_are_printed_whole),
	    cmocka_unit_test(hostile_octets_are_shown_as_hex),
	};

	return cmocka_run_group_tests_name("oid", tests, NULL, NULL);
}
