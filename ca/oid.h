/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * oid: the object identifiers Signet knows, by number and by name.
 *
 * One constant table holds, for each, its content octets and the word PKI
 * users write in a policy or read in openssl's output, and a second word
 * (short form, or openssl's spelling) that is read but not written. An OID
 * travels as content octets (without tag and length) in struct ca_bytes.
 *
 * What this does not do: registration; an OID it has no name for is kept and
 * printed in dotted form.
 */
#ifndef CA_OID_H
#define CA_OID_H

#include "ca/base.h"

enum ca_oid {
	CA_OID_UNKNOWN = 0,
	/* attribute types, X.520, RFC 5280 app. A, CA/B EV guidelines 9.2 */
	CA_OID_COMMON_NAME,
	CA_OID_SURNAME,
	CA_OID_SERIAL_NUMBER,
	CA_OID_COUNTRY,
	CA_OID_LOCALITY,
	CA_OID_STATE,
	CA_OID_STREET,
	CA_OID_ORGANIZATION,
	CA_OID_ORGANIZATIONAL_UNIT,
	CA_OID_TITLE,
	CA_OID_GIVEN_NAME,
	CA_OID_INITIALS,
	CA_OID_PSEUDONYM,
	CA_OID_DN_QUALIFIER,
	CA_OID_BUSINESS_CATEGORY,
	CA_OID_POSTAL_CODE,
	CA_OID_ORGANIZATION_IDENTIFIER,
	CA_OID_DOMAIN_COMPONENT,
	CA_OID_USER_ID,
	CA_OID_EMAIL_ADDRESS,
	CA_OID_JURISDICTION_LOCALITY,
	CA_OID_JURISDICTION_STATE,
	CA_OID_JURISDICTION_COUNTRY,
	/* extensions, RFC 5280 4.2 and 5.2, RFC 6960 4.2.2.2.1 */
	CA_OID_SUBJECT_KEY_IDENTIFIER,
	CA_OID_KEY_USAGE,
	CA_OID_SUBJECT_ALT_NAME,
	CA_OID_ISSUER_ALT_NAME,
	CA_OID_BASIC_CONSTRAINTS,
	CA_OID_CRL_NUMBER,
	CA_OID_CRL_REASON,
	CA_OID_INVALIDITY_DATE,
	CA_OID_DELTA_CRL_INDICATOR,
	CA_OID_ISSUING_DISTRIBUTION_POINT,
	CA_OID_CERTIFICATE_ISSUER,
	CA_OID_NAME_CONSTRAINTS,
	CA_OID_CRL_DISTRIBUTION_POINTS,
	CA_OID_CERTIFICATE_POLICIES,
	CA_OID_POLICY_MAPPINGS,
	CA_OID_AUTHORITY_KEY_IDENTIFIER,
	CA_OID_POLICY_CONSTRAINTS,
	CA_OID_EXT_KEY_USAGE,
	CA_OID_FRESHEST_CRL,
	CA_OID_INHIBIT_ANY_POLICY,
	CA_OID_AUTHORITY_INFO_ACCESS,
	CA_OID_SUBJECT_INFO_ACCESS,
	CA_OID_OCSP_NO_CHECK,
	CA_OID_TLS_FEATURE,
	/* extended key usages, access methods, other names */
	CA_OID_ANY_EXT_KEY_USAGE,
	CA_OID_SERVER_AUTH,
	CA_OID_CLIENT_AUTH,
	CA_OID_CODE_SIGNING,
	CA_OID_EMAIL_PROTECTION,
	CA_OID_TIME_STAMPING,
	CA_OID_OCSP_SIGNING,
	CA_OID_SMARTCARD_LOGON,
	CA_OID_AD_OCSP,
	CA_OID_AD_CA_ISSUERS,
	CA_OID_UPN,
	CA_OID_SMTP_UTF8_MAILBOX,
	CA_OID_ANY_POLICY,
	CA_OID_CPS,
	/* requests, RFC 2985 */
	CA_OID_EXTENSION_REQUEST,
	CA_OID_CHALLENGE_PASSWORD,
	CA_OID_UNSTRUCTURED_NAME,
	/* public keys, RFC 3279, 5480, 8410 */
	CA_OID_RSA_ENCRYPTION,
	CA_OID_RSASSA_PSS,
	CA_OID_EC_PUBLIC_KEY,
	CA_OID_P256,
	CA_OID_P384,
	CA_OID_P521,
	CA_OID_ED25519,
	CA_OID_ED448,
	/* signatures, RFC 3279, 4055, 5758 */
	CA_OID_MD5_RSA,
	CA_OID_SHA1_RSA,
	CA_OID_SHA256_RSA,
	CA_OID_SHA384_RSA,
	CA_OID_SHA512_RSA,
	CA_OID_SHA1_ECDSA,
	CA_OID_SHA256_ECDSA,
	CA_OID_SHA384_ECDSA,
	CA_OID_SHA512_ECDSA,
	CA_OID_SHA1_DSA,
	/* hashes and mask generation */
	CA_OID_SHA1,
	CA_OID_SHA256,
	CA_OID_SHA384,
	CA_OID_SHA512,
	CA_OID_MGF1,
	/* key files, RFC 8018, 7914; PKCS #12, RFC 7292 */
	CA_OID_PBES2,
	CA_OID_PBKDF2,
	CA_OID_SCRYPT,
	CA_OID_HMAC_SHA1,
	CA_OID_HMAC_SHA256,
	CA_OID_HMAC_SHA384,
	CA_OID_HMAC_SHA512,
	CA_OID_AES128_CBC,
	CA_OID_AES192_CBC,
	CA_OID_AES256_CBC,
	CA_OID_PKCS7_DATA,
	CA_OID_PKCS7_ENCRYPTED_DATA,
	CA_OID_P12_SHROUDED_KEY_BAG,
	CA_OID_P12_CERT_BAG,
	CA_OID_X509_CERTIFICATE,
	CA_OID_FRIENDLY_NAME,
	CA_OID_LOCAL_KEY_ID,
	/* OCSP, RFC 6960 4.2.1, 4.4.1 and 4.4.8 */
	CA_OID_OCSP_BASIC,
	CA_OID_OCSP_NONCE,
	CA_OID_OCSP_EXTENDED_REVOKE,
	CA_OID_COUNT
};

/* Content octets; {0} for CA_OID_UNKNOWN. */
struct ca_bytes ca_oid_der(enum ca_oid oid);
/* CA_OID_UNKNOWN when the table has it not. */
enum ca_oid ca_oid_find(struct ca_bytes content);
/* The word of the field ("commonName", "serverAuth"); NULL for unknown. */
const char *ca_oid_name(enum ca_oid oid);
/* The short form of an attribute type ("CN", "O") where it has one, else the
 * name; NULL for unknown. */
const char *ca_oid_short_name(enum ca_oid oid);
/* Exact, case-sensitive look-up of a word; short forms of attribute types
 * (CN, O, OU, C, L, ST, DC, UID, SN, GN) are found too. */
enum ca_oid ca_oid_by_name(const char *name);
/* Appends the name, or the dotted form where the table has none. */
CA_MUST_USE enum ca_status ca_oid_append_text(
    struct ca_buf *buf, struct ca_bytes content);
/* Appends the dotted form. Octets that have none (malformed, over 64 octets,
 * an arc above 2^133) are shown as "#" and hex, cut: never an error. */
CA_MUST_USE enum ca_status ca_oid_append_dotted(
    struct ca_buf *buf, struct ca_bytes content);
/*
 * Reads "1.3.6.1.4.1.99999.1" into content octets. At most 32 arcs of at
 * most 2^32-1 (the first 0..2, the second below 40 under 0 and 1); anything
 * else is CA_MALFORMED.
 */
CA_MUST_USE enum ca_status ca_oid_parse(
    struct ca_buf *ret_content, const char *dotted);

#endif
