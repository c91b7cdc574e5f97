/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/oid.h"
#include "ca/der.h"

#include <stddef.h>
#include <string.h>

#define MAX_ARCS 32
#define MAX_SHOWN_OCTETS 64 /* a foreign OID longer than this is cut */
#define MAX_ARC_OCTETS 19   /* 133 bits: a UUID under 2.25 fits */

struct oid_entry {
	const char *octets;
	size_t len;
	const char *name;
	const char *other_name; /* short form, or the word of other tools */
};

#define OCTETS(text) text, sizeof(text) - 1

static const struct oid_entry oid_table[CA_OID_COUNT] = {
    [CA_OID_COMMON_NAME] = {OCTETS("\x55\x04\x03"), "commonName", "CN"},
    [CA_OID_SURNAME] = {OCTETS("\x55\x04\x04"), "surname", "SN"},
    [CA_OID_SERIAL_NUMBER] = {OCTETS("\x55\x04\x05"), "serialNumber", NULL},
    [CA_OID_COUNTRY] = {OCTETS("\x55\x04\x06"), "countryName", "C"},
    [CA_OID_LOCALITY] = {OCTETS("\x55\x04\x07"), "localityName", "L"},
    [CA_OID_STATE] = {OCTETS("\x55\x04\x08"), "stateOrProvinceName", "ST"},
    [CA_OID_STREET] = {OCTETS("\x55\x04\x09"), "streetAddress", "street"},
    [CA_OID_ORGANIZATION] = {OCTETS("\x55\x04\x0a"), "organizationName", "O"},
    [CA_OID_ORGANIZATIONAL_UNIT] = {OCTETS("\x55\x04\x0b"),
	"organizationalUnitName", "OU"},
    [CA_OID_TITLE] = {OCTETS("\x55\x04\x0c"), "title", NULL},
    [CA_OID_GIVEN_NAME] = {OCTETS("\x55\x04\x2a"), "givenName", "GN"},
    [CA_OID_INITIALS] = {OCTETS("\x55\x04\x2b"), "initials", NULL},
    [CA_OID_PSEUDONYM] = {OCTETS("\x55\x04\x41"), "pseudonym", NULL},
    [CA_OID_DN_QUALIFIER] = {OCTETS("\x55\x04\x2e"), "dnQualifier", NULL},
    [CA_OID_BUSINESS_CATEGORY] = {OCTETS("\x55\x04\x0f"), "businessCategory",
	NULL},
    [CA_OID_POSTAL_CODE] = {OCTETS("\x55\x04\x11"), "postalCode", NULL},
    [CA_OID_ORGANIZATION_IDENTIFIER] = {OCTETS("\x55\x04\x61"),
	"organizationIdentifier", NULL},
    [CA_OID_DOMAIN_COMPONENT] =
	{OCTETS("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"), "domainComponent",
	    "DC"},
    [CA_OID_USER_ID] = {OCTETS("\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01"),
	"userId", "UID"},
    [CA_OID_EMAIL_ADDRESS] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"),
	"emailAddress", NULL},
    [CA_OID_JURISDICTION_LOCALITY] =
	{OCTETS("\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x01"),
	    "jurisdictionLocalityName", "jurisdictionL"},
    [CA_OID_JURISDICTION_STATE] =
	{OCTETS("\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x02"),
	    "jurisdictionStateOrProvinceName", "jurisdictionST"},
    [CA_OID_JURISDICTION_COUNTRY] =
	{OCTETS("\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x03"),
	    "jurisdictionCountryName", "jurisdictionC"},

    [CA_OID_SUBJECT_KEY_IDENTIFIER] = {OCTETS("\x55\x1d\x0e"),
	"subjectKeyIdentifier", NULL},
    [CA_OID_KEY_USAGE] = {OCTETS("\x55\x1d\x0f"), "keyUsage", NULL},
    [CA_OID_SUBJECT_ALT_NAME] = {OCTETS("\x55\x1d\x11"), "subjectAltName",
	NULL},
    [CA_OID_ISSUER_ALT_NAME] = {OCTETS("\x55\x1d\x12"), "issuerAltName", NULL},
    [CA_OID_BASIC_CONSTRAINTS] = {OCTETS("\x55\x1d\x13"), "basicConstraints",
	NULL},
    [CA_OID_CRL_NUMBER] = {OCTETS("\x55\x1d\x14"), "cRLNumber", "crlNumber"},
    [CA_OID_CRL_REASON] = {OCTETS("\x55\x1d\x15"), "reasonCode", "CRLReason"},
    [CA_OID_INVALIDITY_DATE] = {OCTETS("\x55\x1d\x18"), "invalidityDate", NULL},
    [CA_OID_DELTA_CRL_INDICATOR] = {OCTETS("\x55\x1d\x1b"), "deltaCRLIndicator",
	"deltaCRL"},
    [CA_OID_ISSUING_DISTRIBUTION_POINT] = {OCTETS("\x55\x1d\x1c"),
	"issuingDistributionPoint", NULL},
    [CA_OID_CERTIFICATE_ISSUER] = {OCTETS("\x55\x1d\x1d"), "certificateIssuer",
	NULL},
    [CA_OID_NAME_CONSTRAINTS] = {OCTETS("\x55\x1d\x1e"), "nameConstraints",
	NULL},
    [CA_OID_CRL_DISTRIBUTION_POINTS] = {OCTETS("\x55\x1d\x1f"),
	"cRLDistributionPoints", "crlDistributionPoints"},
    [CA_OID_CERTIFICATE_POLICIES] = {OCTETS("\x55\x1d\x20"),
	"certificatePolicies", NULL},
    [CA_OID_POLICY_MAPPINGS] = {OCTETS("\x55\x1d\x21"), "policyMappings", NULL},
    [CA_OID_AUTHORITY_KEY_IDENTIFIER] = {OCTETS("\x55\x1d\x23"),
	"authorityKeyIdentifier", NULL},
    [CA_OID_POLICY_CONSTRAINTS] = {OCTETS("\x55\x1d\x24"), "policyConstraints",
	NULL},
    [CA_OID_EXT_KEY_USAGE] = {OCTETS("\x55\x1d\x25"), "extKeyUsage",
	"extendedKeyUsage"},
    [CA_OID_FRESHEST_CRL] = {OCTETS("\x55\x1d\x2e"), "freshestCRL", NULL},
    [CA_OID_INHIBIT_ANY_POLICY] = {OCTETS("\x55\x1d\x36"), "inhibitAnyPolicy",
	NULL},
    [CA_OID_AUTHORITY_INFO_ACCESS] = {OCTETS(
					  "\x2b\x06\x01\x05\x05\x07\x01\x01"),
	"authorityInfoAccess", NULL},
    [CA_OID_SUBJECT_INFO_ACCESS] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x01\x0b"),
	"subjectInfoAccess", NULL},
    [CA_OID_OCSP_NO_CHECK] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x30\x01\x05"),
	"noCheck", NULL},
    [CA_OID_TLS_FEATURE] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x01\x18"),
	"tlsfeature", NULL},

    [CA_OID_ANY_EXT_KEY_USAGE] = {OCTETS("\x55\x1d\x25\x00"),
	"anyExtendedKeyUsage", NULL},
    [CA_OID_SERVER_AUTH] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x03\x01"),
	"serverAuth", NULL},
    [CA_OID_CLIENT_AUTH] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x03\x02"),
	"clientAuth", NULL},
    [CA_OID_CODE_SIGNING] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x03\x03"),
	"codeSigning", NULL},
    [CA_OID_EMAIL_PROTECTION] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x03\x04"),
	"emailProtection", NULL},
    [CA_OID_TIME_STAMPING] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x03\x08"),
	"timeStamping", NULL},
    [CA_OID_OCSP_SIGNING] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x03\x09"),
	"OCSPSigning", NULL},
    [CA_OID_SMARTCARD_LOGON] =
	{OCTETS("\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x02"), "smartcardLogon",
	    "msSmartcardLogin"},
    [CA_OID_AD_OCSP] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x30\x01"), "OCSP",
	NULL},
    [CA_OID_AD_CA_ISSUERS] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x30\x02"),
	"caIssuers", NULL},
    [CA_OID_UPN] = {OCTETS("\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03"),
	"userPrincipalName", "msUPN"},
    [CA_OID_SMTP_UTF8_MAILBOX] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x08\x09"),
	"SmtpUTF8Mailbox", NULL},
    [CA_OID_ANY_POLICY] = {OCTETS("\x55\x1d\x20\x00"), "anyPolicy", NULL},
    [CA_OID_CPS] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x02\x01"), "CPS", NULL},

    [CA_OID_EXTENSION_REQUEST] =
	{OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e"), "extensionRequest",
	    "extReq"},
    [CA_OID_CHALLENGE_PASSWORD] =
	{OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x07"), "challengePassword",
	    NULL},
    [CA_OID_UNSTRUCTURED_NAME] =
	{OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x02"), "unstructuredName",
	    NULL},

    [CA_OID_RSA_ENCRYPTION] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"),
	"rsaEncryption", NULL},
    [CA_OID_RSASSA_PSS] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"),
	"rsassaPss", "RSASSA-PSS"},
    [CA_OID_EC_PUBLIC_KEY] = {OCTETS("\x2a\x86\x48\xce\x3d\x02\x01"),
	"id-ecPublicKey", NULL},
    [CA_OID_P256] = {OCTETS("\x2a\x86\x48\xce\x3d\x03\x01\x07"), "secp256r1",
	"prime256v1"},
    [CA_OID_P384] = {OCTETS("\x2b\x81\x04\x00\x22"), "secp384r1", NULL},
    [CA_OID_P521] = {OCTETS("\x2b\x81\x04\x00\x23"), "secp521r1", NULL},
    [CA_OID_ED25519] = {OCTETS("\x2b\x65\x70"), "Ed25519", "ED25519"},
    [CA_OID_ED448] = {OCTETS("\x2b\x65\x71"), "Ed448", "ED448"},

    [CA_OID_MD5_RSA] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04"),
	"md5WithRSAEncryption", NULL},
    [CA_OID_SHA1_RSA] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"),
	"sha1WithRSAEncryption", NULL},
    [CA_OID_SHA256_RSA] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"),
	"sha256WithRSAEncryption", NULL},
    [CA_OID_SHA384_RSA] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"),
	"sha384WithRSAEncryption", NULL},
    [CA_OID_SHA512_RSA] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"),
	"sha512WithRSAEncryption", NULL},
    [CA_OID_SHA1_ECDSA] = {OCTETS("\x2a\x86\x48\xce\x3d\x04\x01"),
	"ecdsa-with-SHA1", NULL},
    [CA_OID_SHA256_ECDSA] = {OCTETS("\x2a\x86\x48\xce\x3d\x04\x03\x02"),
	"ecdsa-with-SHA256", NULL},
    [CA_OID_SHA384_ECDSA] = {OCTETS("\x2a\x86\x48\xce\x3d\x04\x03\x03"),
	"ecdsa-with-SHA384", NULL},
    [CA_OID_SHA512_ECDSA] = {OCTETS("\x2a\x86\x48\xce\x3d\x04\x03\x04"),
	"ecdsa-with-SHA512", NULL},
    [CA_OID_SHA1_DSA] = {OCTETS("\x2a\x86\x48\xce\x38\x04\x03"),
	"dsa-with-SHA1", NULL},

    [CA_OID_SHA1] = {OCTETS("\x2b\x0e\x03\x02\x1a"), "sha1", NULL},
    [CA_OID_SHA256] = {OCTETS("\x60\x86\x48\x01\x65\x03\x04\x02\x01"), "sha256",
	NULL},
    [CA_OID_SHA384] = {OCTETS("\x60\x86\x48\x01\x65\x03\x04\x02\x02"), "sha384",
	NULL},
    [CA_OID_SHA512] = {OCTETS("\x60\x86\x48\x01\x65\x03\x04\x02\x03"), "sha512",
	NULL},
    [CA_OID_MGF1] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"), "mgf1",
	NULL},

    [CA_OID_PBES2] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"), "PBES2",
	NULL},
    [CA_OID_PBKDF2] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"), "PBKDF2",
	NULL},
    [CA_OID_SCRYPT] = {OCTETS("\x2b\x06\x01\x04\x01\xda\x47\x04\x0b"), "scrypt",
	NULL},
    [CA_OID_HMAC_SHA1] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x02\x07"),
	"hmacWithSHA1", NULL},
    [CA_OID_HMAC_SHA256] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x02\x09"),
	"hmacWithSHA256", NULL},
    [CA_OID_HMAC_SHA384] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x02\x0a"),
	"hmacWithSHA384", NULL},
    [CA_OID_HMAC_SHA512] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x02\x0b"),
	"hmacWithSHA512", NULL},
    [CA_OID_AES128_CBC] = {OCTETS("\x60\x86\x48\x01\x65\x03\x04\x01\x02"),
	"aes-128-cbc", NULL},
    [CA_OID_AES192_CBC] = {OCTETS("\x60\x86\x48\x01\x65\x03\x04\x01\x16"),
	"aes-192-cbc", NULL},
    [CA_OID_AES256_CBC] = {OCTETS("\x60\x86\x48\x01\x65\x03\x04\x01\x2a"),
	"aes-256-cbc", NULL},
    [CA_OID_PKCS7_DATA] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"),
	"pkcs7-data", NULL},
    [CA_OID_PKCS7_ENCRYPTED_DATA] =
	{OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06"), "pkcs7-encryptedData",
	    NULL},
    [CA_OID_P12_SHROUDED_KEY_BAG] =
	{OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02"),
	    "pkcs8ShroudedKeyBag", NULL},
    [CA_OID_P12_CERT_BAG] =
	{OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x03"), "certBag",
	    NULL},
    [CA_OID_X509_CERTIFICATE] =
	{OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01"), "x509Certificate",
	    NULL},
    [CA_OID_FRIENDLY_NAME] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x14"),
	"friendlyName", NULL},
    [CA_OID_LOCAL_KEY_ID] = {OCTETS("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x15"),
	"localKeyID", NULL},

    [CA_OID_OCSP_BASIC] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x30\x01\x01"),
	"basicOCSPResponse", NULL},
    [CA_OID_OCSP_NONCE] = {OCTETS("\x2b\x06\x01\x05\x05\x07\x30\x01\x02"),
	"ocspNonce", "Nonce"},
    [CA_OID_OCSP_EXTENDED_REVOKE] =
	{OCTETS("\x2b\x06\x01\x05\x05\x07\x30\x01\x09"), "extendedRevoke",
	    NULL},
};

static bool
is_known(enum ca_oid oid)
{
	return (int)oid > CA_OID_UNKNOWN && (int)oid < CA_OID_COUNT;
}

struct ca_bytes
ca_oid_der(enum ca_oid oid)
{
	struct ca_bytes content = {0};

	if (is_known(oid)) {
		content.data = (const uint8_t *)oid_table[oid].octets;
		content.len = oid_table[oid].len;
	}
	return content;
}

enum ca_oid
ca_oid_find(struct ca_bytes content)
{
	const size_t len = content.len;

	if (len == 0)
		return CA_OID_UNKNOWN;
	/* Most differ in their last octet. */
	for (int i = 1; i < CA_OID_COUNT; i++) {
		const uint8_t *octets = (const uint8_t *)oid_table[i].octets;

		if (oid_table[i].len == len &&
		    octets[len - 1] == content.data[len - 1] &&
		    memcmp(octets, content.data, len) == 0)
			return (enum ca_oid)i;
	}
	return CA_OID_UNKNOWN;
}

const char *
ca_oid_name(enum ca_oid oid)
{
	return is_known(oid) ? oid_table[oid].name : NULL;
}

const char *
ca_oid_short_name(enum ca_oid oid)
{
	if (!is_known(oid))
		return NULL;
	/* Attribute types alone have short forms; others have synonyms. */
	if (oid <= CA_OID_USER_ID && oid_table[oid].other_name != NULL)
		return oid_table[oid].other_name;
	return oid_table[oid].name;
}

enum ca_oid
ca_oid_by_name(const char *name)
{
	for (int i = 1; i < CA_OID_COUNT; i++) {
		const struct oid_entry *entry = &oid_table[i];

		if (strcmp(entry->name, name) == 0 ||
		    (entry->other_name != NULL &&
			strcmp(entry->other_name, name) == 0))
			return (enum ca_oid)i;
	}
	return CA_OID_UNKNOWN;
}

/* A decimal number, least digit first, that an arc's octets are read into. */
struct decimal {
	uint8_t digits[41]; /* 2^133 has 41 of them */
	size_t count;
};

static void
decimal_shift_add(struct decimal *number, unsigned factor, unsigned addend)
{
	unsigned carry = addend;

	for (size_t i = 0; i < number->count || carry > 0; i++) {
		if (i == number->count)
			number->digits[number->count++] = 0;
		carry += number->digits[i] * factor;
		number->digits[i] = (uint8_t)(carry % 10);
		carry /= 10;
	}
}

static void
decimal_subtract(struct decimal *number, unsigned amount)
{
	for (size_t i = 0; amount > 0 && i < number->count; i++) {
		unsigned low = amount % 10;

		amount /= 10;
		if (number->digits[i] < low) {
			number->digits[i] = (uint8_t)(number->digits[i] + 10);
			amount++;
		}
		number->digits[i] = (uint8_t)(number->digits[i] - low);
	}
	while (number->count > 0 && number->digits[number->count - 1] == 0)
		number->count--;
}

static enum ca_status
append_decimal(struct ca_buf *buf, const struct decimal *number)
{
	char text[sizeof(number->digits) + 1];
	size_t len = 0;

	for (size_t i = number->count; i > 0; i--)
		text[len++] = (char)('0' + number->digits[i - 1]);
	if (len == 0)
		text[len++] = '0';
	text[len] = '\0';
	return ca_buf_append_text(buf, text);
}

/* X.690 8.19.4: the first subidentifier is 40 * X + Y, X at most 2. */
static enum ca_status
append_first_arcs(struct ca_buf *buf, struct decimal *number)
{
	unsigned value = 0, top;
	enum ca_status st;

	for (size_t i = number->count; i > 0 && value < 80; i--)
		value = value * 10 + number->digits[i - 1];
	top = value < 40 ? 0 : value < 80 ? 1 : 2;
	decimal_subtract(number, top * 40);
	if ((st = ca_buf_printf(buf, "%u.", top)) != CA_OK)
		return st;
	return append_decimal(buf, number);
}

/* Content octets that have no sensible dotted form: RFC 4514's #hex. */
static enum ca_status
append_octets(struct ca_buf *buf, struct ca_bytes content)
{
	bool cut = content.len > MAX_SHOWN_OCTETS;
	enum ca_status st;

	if (cut)
		content.len = MAX_SHOWN_OCTETS;
	if ((st = ca_buf_append_text(buf, "#")) != CA_OK ||
	    (st = ca_hex_append(buf, content)) != CA_OK || !cut)
		return st;
	return ca_buf_append_text(buf, "...");
}

static bool
has_dotted_form(struct ca_bytes content)
{
	size_t run = 0;

	if (!der_oid_is_valid(content) || content.len > MAX_SHOWN_OCTETS)
		return false;
	for (size_t i = 0; i < content.len; i++) {
		if (++run > MAX_ARC_OCTETS)
			return false;
		if ((content.data[i] & 0x80) == 0)
			run = 0;
	}
	return true;
}

enum ca_status
ca_oid_append_dotted(struct ca_buf *buf, struct ca_bytes content)
{
	struct decimal number = {0};
	enum ca_status st = CA_OK;
	bool first = true;

	if (!has_dotted_form(content))
		return append_octets(buf, content);
	for (size_t i = 0; i < content.len && st == CA_OK; i++) {
		decimal_shift_add(&number, 128, content.data[i] & 0x7f);
		if ((content.data[i] & 0x80) != 0)
			continue;
		if (first)
			st = append_first_arcs(buf, &number);
		else if ((st = ca_buf_append_text(buf, ".")) == CA_OK)
			st = append_decimal(buf, &number);
		first = false;
		number = (struct decimal){0};
	}
	return st;
}

enum ca_status
ca_oid_append_text(struct ca_buf *buf, struct ca_bytes content)
{
	enum ca_oid oid = ca_oid_find(content);

	if (oid != CA_OID_UNKNOWN)
		return ca_buf_append_text(buf, ca_oid_name(oid));
	return ca_oid_append_dotted(buf, content);
}

/* One decimal arc without leading zeros, at most 2^32-1. */
static bool
read_arc(const char **text, uint64_t *ret_arc)
{
	const char *p = *text;
	uint64_t value = 0;

	if (*p < '0' || *p > '9' || (p[0] == '0' && p[1] >= '0' && p[1] <= '9'))
		return false;
	for (; *p >= '0' && *p <= '9'; p++) {
		value = value * 10 + (uint64_t)(*p - '0');
		if (value > UINT32_MAX)
			return false;
	}
	*ret_arc = value;
	*text = p;
	return true;
}

static bool
read_arcs(const char *dotted, uint64_t arcs[MAX_ARCS], size_t *ret_count)
{
	size_t count = 0;

	for (;; dotted++) {
		if (count == MAX_ARCS || !read_arc(&dotted, &arcs[count]))
			return false;
		count++;
		if (*dotted == '\0')
			break;
		if (*dotted != '.')
			return false;
	}
	if (count < 2 || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] > 39))
		return false;
	*ret_count = count;
	return true;
}

static enum ca_status
append_arc(struct ca_buf *buf, uint64_t arc)
{
	uint8_t octets[10];
	size_t at = sizeof(octets);

	octets[--at] = (uint8_t)(arc & 0x7f);
	while ((arc >>= 7) > 0)
		octets[--at] = (uint8_t)(0x80 | (arc & 0x7f));
	return ca_buf_append(
	    buf, (struct ca_bytes){octets + at, sizeof(octets) - at});
}

enum ca_status
ca_oid_parse(struct ca_buf *ret_content, const char *dotted)
{
	struct ca_buf content = {0};
	uint64_t arcs[MAX_ARCS];
	enum ca_status st = CA_OK;
	size_t count;

	if (!read_arcs(dotted, arcs, &count))
		return CA_MALFORMED;
	arcs[1] += arcs[0] * 40;
	for (size_t i = 1; i < count && st == CA_OK; i++)
		st = append_arc(&content, arcs[i]);
	if (st == CA_OK)
		st = ca_buf_append(ret_content, ca_view(&content));
	ca_buf_free(&content);
	return st;
}
