/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/cert.h"

#include <string.h>

#include "ca/crypto.h"
#include "ca/name.h"
#include "ca/time.h"

#include <stdio.h>
#include <string.h>

#define VERSION_3 2
#define SERIAL_MAX 20 /* octets, RFC 5280 4.1.2.2 */

static enum ca_status
malformed(struct ca_error *err, const char *fault)
{
	return ca_fail(err, CA_MALFORMED, "%s", fault);
}

/* How much is let pass. */
enum mode {
	STRICT, /* nothing */
	ANCHOR, /* ca_cert_parse_anchor() */
	ANY     /* ca_cert_parse_any() */
};

/* The first is kept. */
static void
let_pass(struct ca_cert *cert, const char *field, const char *reason)
{
	if (cert->lax.reason[0] != '\0')
		return;
	cert->lax.field = field;
	reason += strspn(reason, " ");
	/* What to do about it is said to whoever asks for one. */
	(void)snprintf(cert->lax.reason, sizeof(cert->lax.reason), "%.*s",
	    (int)strcspn(reason, ";"), reason);
}

/* ---- the fields ------------------------------------------------------- */

/* version [0] EXPLICIT Version DEFAULT v1 */
static enum ca_status
parse_version(struct ca_bytes *in, struct ca_error *err)
{
	struct ca_bytes version;
	uint64_t number;

	if (!der_next_is(*in, DER_CONTEXT_CONS(0)))
		return ca_fail(err, CA_REFUSED,
		    "version 1, which has no extensions: only version 3 is "
		    "read (RFC 5280 4.1.2.1)");
	if (!der_get(in, DER_CONTEXT_CONS(0), &version) ||
	    !der_get_uint(&version, &number) || !der_at_end(version))
		return malformed(err,
		    "the version is not an INTEGER in DER (RFC 5280 4.1.2.1)");
	if (number == 0)
		return malformed(err,
		    "version 1 is the default and must be left out "
		    "(X.690 11.5)");
	if (number != VERSION_3)
		return ca_fail(err, CA_REFUSED,
		    "version number %llu: only version 3, whose number is 2, "
		    "is read (RFC 5280 4.1.2.1)",
		    (unsigned long long)number);
	return CA_OK;
}

/*
 * Zero, negative and over-long numbers exist in the wild. They are read, so
 * that they can be listed, and marked, so that nothing is signed under them.
 */
static enum ca_status
parse_serial(struct ca_bytes *in, struct ca_cert *cert, struct ca_error *err)
{
	struct ca_bytes octets, rest = *in;
	bool positive;

	if (!der_get_integer(&rest, &octets))
		return malformed(err,
		    "the serial number is not an INTEGER in DER, in the "
		    "fewest octets (RFC 5280 4.1.2.2)");
	positive = der_get_unsigned(in, &cert->serial);
	if (!positive)
		cert->serial = octets;
	*in = rest;
	cert->serial_is_proper = positive && octets.len <= SERIAL_MAX &&
	    !(cert->serial.len == 1 && cert->serial.data[0] == 0);
	return CA_OK;
}

static enum ca_status
parse_name(struct ca_bytes *in, const char *who, struct ca_bytes *ret_name,
    struct ca_error *err)
{
	enum ca_status st;

	if (!der_get_element(in, DER_SEQUENCE, ret_name))
		st = malformed(err, "not a SEQUENCE in DER (RFC 5280 4.1)");
	else
		st = ca_name_check(*ret_name, err);
	if (st != CA_OK)
		ca_fail_in(err, who);
	return st;
}

static bool
get_time(struct ca_bytes *in, struct ca_cert *cert, enum mode mode,
    int64_t *ret_time)
{
	if (ca_time_get(in, ret_time))
		return true;
	if (mode == STRICT || !ca_time_get_generalized(in, ret_time))
		return false;
	let_pass(cert, "validity",
	    "a date before 2050 is a GeneralizedTime (RFC 5280 4.1.2.5)");
	return true;
}

/* Validity ::= SEQUENCE { notBefore Time, notAfter Time } */
static enum ca_status
parse_validity(struct ca_bytes *in, struct ca_cert *cert, enum mode mode,
    struct ca_error *err)
{
	struct ca_bytes validity;

	if (!der_get(in, DER_SEQUENCE, &validity) ||
	    !get_time(&validity, cert, mode, &cert->not_before) ||
	    !get_time(&validity, cert, mode, &cert->not_after) ||
	    !der_at_end(validity))
		return malformed(err,
		    "the validity is not two Times, UTCTime YYMMDDHHMMSSZ to "
		    "2049 and GeneralizedTime YYYYMMDDHHMMSSZ from 2050 "
		    "(RFC 5280 4.1.2.5)");
	return CA_OK;
}

/* [n] IMPLICIT UniqueIdentifier: no longer used, but DER if it is there. */
static bool
skip_unique_id(struct ca_bytes *in, unsigned tag)
{
	struct ca_bytes bits;
	bool present;

	if (!der_get_optional(in, DER_CONTEXT(tag), &present, &bits))
		return false;
	return !present || der_bits_are_valid(bits);
}

/* ---- the extensions --------------------------------------------------- */

/*
 * ca_ext_check() has been there before: a value that is wrong did not get
 * this far, but a getter's answer is not thrown away either.
 */
static bool
read_extension(const struct ca_ext *ext, struct ca_cert *cert)
{
	switch (ext->id) {
	case CA_OID_BASIC_CONSTRAINTS:
		return ca_basic_constraints_get(
		    ext->value, &cert->is_ca, &cert->path_len);
	case CA_OID_KEY_USAGE:
		cert->has_key_usage = true;
		return ca_key_usage_get(ext->value, &cert->key_usage);
	case CA_OID_EXT_KEY_USAGE:
		return ca_ext_key_usage_get(ext->value, &cert->ext_key_usage);
	case CA_OID_SUBJECT_KEY_IDENTIFIER:
		return ca_subject_key_id_get(ext->value, &cert->subject_key_id);
	case CA_OID_AUTHORITY_KEY_IDENTIFIER:
		return ca_authority_key_id_get(
		    ext->value, &cert->authority_key_id);
	case CA_OID_NAME_CONSTRAINTS:
		cert->name_constraints = ext->value;
		return true;
	default:
		return true;
	}
}

/* A keyUsage that is DER but for the zeros it ends in. */
static bool
read_padded_usage(const struct ca_ext *ext, struct ca_cert *cert)
{
	struct ca_bytes value = ext->value, bits;
	uint16_t usage = 0;

	if (ext->id != CA_OID_KEY_USAGE ||
	    !der_get(&value, DER_BIT_STRING, &bits) || !der_at_end(value) ||
	    !der_bits_are_valid(bits) || bits.len < 2 || bits.len > 3)
		return false;
	for (unsigned i = 0; i < (bits.len - 1) * 8; i++)
		if ((bits.data[1 + i / 8] & (0x80u >> (i % 8))) != 0)
			usage = (uint16_t)(usage | 1u << i);
	if (usage == 0 || usage >= 1u << 9)
		return false;
	cert->has_key_usage = true;
	cert->key_usage = usage;
	let_pass(
	    cert, "keyUsage", "a BIT STRING that ends in zeros (X.690 11.2.2)");
	return true;
}

static enum ca_status
parse_extension(const struct ca_ext *ext, struct ca_cert *cert, enum mode mode,
    struct ca_error *err)
{
	enum ca_status st;

	if (ext->id == CA_OID_SUBJECT_ALT_NAME) {
		cert->sans = ext->value;
		return ca_san_check_list(ext->value, &cert->san_count, err);
	}
	if ((st = ca_ext_check(ext, NULL)) == CA_MALFORMED && mode != STRICT &&
	    read_padded_usage(ext, cert))
		return CA_OK;
	if (st != CA_OK)
		return ca_ext_check(ext, err);
	if (!read_extension(ext, cert))
		return ca_fail(err, CA_INTERNAL, "%s: checked and yet not read",
		    ca_oid_name(ext->id));
	return CA_OK;
}

/* extensions [3] EXPLICIT Extensions OPTIONAL */
static enum ca_status
parse_extensions(struct ca_bytes *in, struct ca_cert *cert, enum mode mode,
    struct ca_error *err)
{
	struct ca_bytes extensions;
	enum ca_status st;
	bool present;

	if (!der_get_optional(in, DER_CONTEXT_CONS(3), &present, &extensions))
		return malformed(
		    err, "the extensions [3] are not DER (RFC 5280 4.1.2.9)");
	if (!present)
		return CA_OK;
	st = ca_exts_parse(extensions, &cert->exts, err);
	for (size_t i = 0; st == CA_OK && i < cert->exts.count; i++)
		st = parse_extension(&cert->exts.list[i], cert, mode, err);
	return st;
}

/* ---- the certificate -------------------------------------------------- */

/* The element too: the two must be the same bytes. An anchor's own signature
 * proves nothing, so that its algorithm may be one that we do not read. */
static enum ca_status
parse_alg(struct ca_bytes *in, struct ca_cert *cert, enum mode mode,
    struct ca_sig_alg *ret, struct ca_bytes *ret_element, struct ca_error *err)
{
	struct ca_bytes rest = *in;
	struct ca_error why = {0};
	enum ca_status st;

	st = ca_sig_alg_get(&rest, ret, &why);
	if (st == CA_REFUSED && mode != STRICT) {
		const char *colon = strchr(why.msg, ':');

		/* "signature algorithm: sha1WithRSA..." */
		let_pass(cert, "signatureAlgorithm",
		    colon != NULL ? colon + 1 : why.msg);
		*ret = (struct ca_sig_alg){0};
		rest = *in;
		if (der_get_element(&rest, DER_SEQUENCE, ret_element))
			st = CA_OK;
	}
	if (st != CA_OK)
		return ca_fail(err, st, "%s", why.msg);
	*ret_element = (struct ca_bytes){in->data, in->len - rest.len};
	*in = rest;
	return CA_OK;
}

static enum ca_status
parse_key(struct ca_bytes *in, struct ca_cert *cert, enum mode mode,
    struct ca_error *err)
{
	struct ca_error why = {0};
	struct ca_bytes rest = *in;
	enum ca_status st;

	st = ca_spki_get(in, &cert->spki, &why);
	if (st == CA_REFUSED && mode == ANY) {
		let_pass(cert, "subjectPublicKeyInfo", why.msg);
		cert->spki = (struct ca_spki){0};
		if (!der_get_element(in, DER_SEQUENCE, &cert->spki.der))
			return CA_INTERNAL;
		return CA_OK;
	}
	if (st == CA_OK)
		return CA_OK;
	return ca_spki_get(&rest, &cert->spki, err);
}

/*
 * TBSCertificate ::= SEQUENCE {
 *     version         [0] EXPLICIT Version DEFAULT v1,
 *     serialNumber    CertificateSerialNumber,
 *     signature       AlgorithmIdentifier,
 *     issuer          Name,
 *     validity        Validity,
 *     subject         Name,
 *     subjectPublicKeyInfo SubjectPublicKeyInfo,
 *     issuerUniqueID  [1] IMPLICIT UniqueIdentifier OPTIONAL,
 *     subjectUniqueID [2] IMPLICIT UniqueIdentifier OPTIONAL,
 *     extensions      [3] EXPLICIT Extensions OPTIONAL }
 *
 * in is what stands inside it; ret_alg the algorithm as an element.
 */
static enum ca_status
parse_fields(struct ca_bytes in, struct ca_cert *cert, struct ca_bytes *ret_alg,
    enum mode mode, struct ca_error *err)
{
	enum ca_status st;

	if ((st = parse_version(&in, err)) != CA_OK ||
	    (st = parse_serial(&in, cert, err)) != CA_OK ||
	    (st = parse_alg(&in, cert, mode, &cert->inner_alg, ret_alg, err)) !=
		CA_OK)
		return st;
	if ((st = parse_name(&in, "issuer", &cert->issuer, err)) != CA_OK ||
	    (st = parse_validity(&in, cert, mode, err)) != CA_OK ||
	    (st = parse_name(&in, "subject", &cert->subject, err)) != CA_OK)
		return st;
	if ((st = parse_key(&in, cert, mode, err)) != CA_OK)
		return st;
	if (!skip_unique_id(&in, 1) || !skip_unique_id(&in, 2))
		return malformed(err,
		    "a unique identifier is not a BIT STRING in DER "
		    "(RFC 5280 4.1.2.8)");
	if ((st = parse_extensions(&in, cert, mode, err)) != CA_OK)
		return st;
	if (!der_at_end(in))
		return malformed(err,
		    "something that does not belong there follows the key or "
		    "the extensions (RFC 5280 4.1)");
	return CA_OK;
}

static enum ca_status
parse_tbs(struct ca_bytes tbs, struct ca_cert *cert, struct ca_bytes *ret_alg,
    enum mode mode, struct ca_error *err)
{
	struct ca_bytes in, rest = tbs;

	if (!der_get(&rest, DER_SEQUENCE, &in) || !der_at_end(rest))
		return malformed(err,
		    "tbsCertificate is not one SEQUENCE in DER "
		    "(RFC 5280 4.1)");
	cert->tbs = tbs;
	cert->path_len = CA_PATH_LEN_NONE;
	return parse_fields(in, cert, ret_alg, mode, err);
}

/*
 * Certificate ::= SEQUENCE {
 *     tbsCertificate     TBSCertificate,
 *     signatureAlgorithm AlgorithmIdentifier,
 *     signatureValue     BIT STRING }
 */
static enum ca_status
parse_certificate(struct ca_cert *cert, enum mode mode, struct ca_error *err)
{
	struct ca_bytes rest = cert->der, in, tbs, inner, outer;
	enum ca_status st;

	if (!der_get(&rest, DER_SEQUENCE, &in))
		return malformed(err, "not a SEQUENCE in DER (RFC 5280 4.1)");
	if (!der_at_end(rest))
		return malformed(err, "bytes follow its end (RFC 5280 4.1)");
	if (!der_get_element(&in, DER_SEQUENCE, &tbs))
		return malformed(err,
		    "tbsCertificate is not a SEQUENCE in DER (RFC 5280 4.1)");
	if ((st = parse_tbs(tbs, cert, &inner, mode, err)) != CA_OK ||
	    (st = parse_alg(&in, cert, mode, &cert->alg, &outer, err)) != CA_OK)
		return st;
	if (!ca_bytes_equal(inner, outer))
		return malformed(err,
		    "the algorithm beside the signature is not the one that "
		    "was signed (RFC 5280 4.1.1.2)");
	if (!der_get_bit_octets(&in, &cert->signature) || !der_at_end(in))
		return malformed(err,
		    "the signature is not a BIT STRING of whole octets, with "
		    "nothing behind it (RFC 5280 4.1.1.3)");
	return CA_OK;
}

static enum ca_status
check_size(struct ca_bytes der, struct ca_error *err)
{
	if (der.len <= CA_CERT_MAX)
		return CA_OK;
	return ca_fail(err, CA_REFUSED, "%zu octets, where %zu are the limit",
	    der.len, CA_CERT_MAX);
}

/* What the parsers of its parts advise is for whoever makes a request. */
static void
cut_advice(struct ca_error *err)
{
	static const char *const advice[] = {
	    "; make ", "; sign with ", "; take "};

	for (size_t i = 0; i < sizeof(advice) / sizeof(advice[0]); i++) {
		char *found = strstr(err->msg, advice[i]);

		if (found != NULL)
			*found = '\0';
	}
}

static enum ca_status
refuse(enum ca_status st, struct ca_error *err)
{
	if (err != NULL)
		cut_advice(err);
	ca_fail_in(err, "certificate");
	ca_fail_hint(err, "ask its issuer for another");
	return st;
}

static enum ca_status
parse(struct ca_bytes der, enum mode mode, struct ca_cert *ret,
    struct ca_error *err)
{
	struct ca_cert cert = {.der = der};
	enum ca_status st;

	if ((st = check_size(der, err)) != CA_OK ||
	    (st = parse_certificate(&cert, mode, err)) != CA_OK)
		return refuse(st, err);
	*ret = cert;
	return CA_OK;
}

enum ca_status
ca_cert_parse(struct ca_bytes der, struct ca_cert *ret, struct ca_error *err)
{
	return parse(der, STRICT, ret, err);
}

enum ca_status
ca_cert_parse_anchor(
    struct ca_bytes der, struct ca_cert *ret, struct ca_error *err)
{
	return parse(der, ANCHOR, ret, err);
}

enum ca_status
ca_cert_parse_any(
    struct ca_bytes der, struct ca_cert *ret, struct ca_error *err)
{
	return parse(der, ANY, ret, err);
}

enum ca_status
ca_cert_parse_tbs(
    struct ca_bytes tbs, struct ca_cert *ret, struct ca_error *err)
{
	struct ca_cert cert = {0};
	struct ca_bytes alg;
	enum ca_status st;

	if ((st = check_size(tbs, err)) != CA_OK ||
	    (st = parse_tbs(tbs, &cert, &alg, STRICT, err)) != CA_OK)
		return refuse(st, err);
	*ret = cert;
	return CA_OK;
}

static enum ca_status
verify(const struct ca_cert *cert, const struct ca_spki *issuer, bool many,
    struct ca_error *err)
{
	enum ca_status st;

	if (cert->signature.len == 0)
		return ca_fail(err, CA_UNTRUSTED,
		    "certificate: it has not been signed (RFC 5280 4.1.1.3)");
	if (cert->alg.kind != cert->inner_alg.kind ||
	    cert->alg.hash != cert->inner_alg.hash ||
	    cert->alg.salt_len != cert->inner_alg.salt_len)
		return ca_fail(err, CA_UNTRUSTED,
		    "certificate: the algorithm beside the signature is not "
		    "the one that was signed (RFC 5280 4.1.1.2)");
	st = (many ? ca_crypto_verify_many : ca_crypto_verify)(
	    issuer, &cert->alg, cert->tbs, cert->signature, err);
	if (st != CA_OK)
		ca_fail_in(err, "certificate: its issuer's signature");
	return st;
}

enum ca_status
ca_cert_verify(const struct ca_cert *cert, const struct ca_spki *issuer,
    struct ca_error *err)
{
	return verify(cert, issuer, false, err);
}

enum ca_status
ca_cert_verify_many(const struct ca_cert *cert, const struct ca_spki *issuer,
    struct ca_error *err)
{
	return verify(cert, issuer, true, err);
}

bool
ca_cert_is_self_issued(const struct ca_cert *cert)
{
	return ca_bytes_equal(cert->subject, cert->issuer);
}
