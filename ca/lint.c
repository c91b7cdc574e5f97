/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/lint.h"

#include "ca/constraints.h"
#include "ca/crypto.h"
#include "ca/ext.h"
#include "ca/name.h"
#include "ca/oid.h"
#include "ca/san.h"
#include "ca/tbs.h"
#include "ca/time.h"

#define SERIAL_MIN 16 /* 127 random bits at least: CA/B BR 7.1 asks for 64 */
#define SERIAL_MAX 20 /* RFC 5280 4.1.2.2 */

/* Every fault is ours: who asks for a certificate cannot cause one. */
#define FAULT(err, ...) ca_fail((err), CA_INTERNAL, "lint: " __VA_ARGS__)

/* ---- serial, names, validity, algorithm ------------------------------- */

static enum ca_status
lint_serial(const struct ca_cert *cert, struct ca_error *err)
{
	if (!cert->serial_is_proper)
		return FAULT(err,
		    "serialNumber: not positive or longer than 20 octets (RFC "
		    "5280 4.1.2.2)");
	if (cert->serial.len < SERIAL_MIN || cert->serial.len > SERIAL_MAX)
		return FAULT(err,
		    "serialNumber: %zu octets (RFC 5280 4.1.2.2 and CA/B BR "
		    "7.1: ours have 16 to 20)",
		    cert->serial.len);
	return CA_OK;
}

static enum ca_status
lint_names(const struct ca_cert *cert, const struct ca_cert *issuer,
    struct ca_error *err)
{
	struct ca_bytes above = issuer != NULL ? issuer->subject :
						 cert->subject;
	struct ca_error why = {0};

	if (!ca_bytes_equal(cert->issuer, above))
		return FAULT(err,
		    "issuer: not byte for byte the subject of the issuer's "
		    "certificate (RFC 5280 4.1.2.4)");
	if (ca_name_is_empty(cert->issuer))
		return FAULT(err, "issuer: empty (RFC 5280 4.1.2.4)");
	if (ca_name_check(cert->issuer, &why) != CA_OK)
		return FAULT(err, "issuer: %s", why.msg);
	if (ca_name_check(cert->subject, &why) != CA_OK)
		return FAULT(err, "subject: %s", why.msg);
	if (cert->is_ca && ca_name_is_empty(cert->subject))
		return FAULT(
		    err, "subject: empty on an authority (RFC 5280 4.1.2.6)");
	return CA_OK;
}

static enum ca_status
lint_validity(const struct ca_cert *cert, const struct ca_cert *issuer,
    struct ca_error *err)
{
	if (cert->not_before > cert->not_after)
		return FAULT(err,
		    "validity: notAfter before notBefore (RFC 5280 4.1.2.5)");
	/* 9999-12-31T23:59:59Z means "no end", which no policy can say. */
	if (cert->not_after >= CA_TIME_MAX)
		return FAULT(err,
		    "validity: notAfter without a well-defined end (RFC 5280 "
		    "4.1.2.5)");
	if (issuer != NULL &&
	    (cert->not_before < issuer->not_before ||
		cert->not_after > issuer->not_after))
		return FAULT(
		    err, "validity: not inside the issuer's (RFC 5280 6.1.3)");
	return CA_OK;
}

static enum ca_status
lint_algorithm(const struct ca_cert *cert, const struct ca_cert *issuer,
    struct ca_error *err)
{
	const struct ca_spki *key = issuer != NULL ? &issuer->spki :
						     &cert->spki;

	if (!ca_sig_alg_fits(&cert->inner_alg, key))
		return FAULT(err,
		    "signature: the algorithm does not fit the issuer's key "
		    "(RFC 5280 4.1.2.3)");
	if (cert->der.len != 0 &&
	    (cert->alg.kind != cert->inner_alg.kind ||
		cert->alg.hash != cert->inner_alg.hash ||
		cert->alg.salt_len != cert->inner_alg.salt_len))
		return FAULT(err,
		    "signatureAlgorithm: inside and outside differ (RFC 5280 "
		    "4.1.1.2)");
	return CA_OK;
}

/* ---- which extensions, and critical or not ---------------------------- */

enum critical {
	EITHER = 0,
	NEVER,
	ALWAYS,
	WITH_CA /* on an authority's, either way on a leaf's */
};

struct ext_rule {
	enum ca_oid id;
	enum critical critical;
	bool ca_only;
	const char *section; /* of RFC 5280, unless it says another */
};

/* subjectAltName has its own rule: lint_subject_alt_name(). */
static const struct ext_rule ext_rules[] = {
    {CA_OID_AUTHORITY_KEY_IDENTIFIER, NEVER, false, "4.2.1.1"},
    {CA_OID_SUBJECT_KEY_IDENTIFIER, NEVER, false, "4.2.1.2"},
    {CA_OID_KEY_USAGE, WITH_CA, false, "4.2.1.3"},
    {CA_OID_CERTIFICATE_POLICIES, EITHER, false, "4.2.1.4"},
    {CA_OID_POLICY_MAPPINGS, ALWAYS, true, "4.2.1.5"},
    {CA_OID_SUBJECT_ALT_NAME, EITHER, false, "4.2.1.6"},
    {CA_OID_ISSUER_ALT_NAME, NEVER, false, "4.2.1.7"},
    {CA_OID_BASIC_CONSTRAINTS, WITH_CA, false, "4.2.1.9"},
    {CA_OID_NAME_CONSTRAINTS, ALWAYS, true, "4.2.1.10"},
    {CA_OID_POLICY_CONSTRAINTS, ALWAYS, true, "4.2.1.11"},
    {CA_OID_EXT_KEY_USAGE, EITHER, false, "4.2.1.12"},
    {CA_OID_CRL_DISTRIBUTION_POINTS, NEVER, false, "4.2.1.13"},
    {CA_OID_INHIBIT_ANY_POLICY, ALWAYS, true, "4.2.1.14"},
    {CA_OID_FRESHEST_CRL, NEVER, false, "4.2.1.15"},
    {CA_OID_AUTHORITY_INFO_ACCESS, NEVER, false, "4.2.2.1"},
    {CA_OID_SUBJECT_INFO_ACCESS, NEVER, false, "4.2.2.2"},
    {CA_OID_OCSP_NO_CHECK, NEVER, false, "RFC 6960 4.2.2.2.1"},
    {CA_OID_TLS_FEATURE, EITHER, false, "RFC 7633 4"},
};

static const struct ext_rule *
find_rule(enum ca_oid id)
{
	for (size_t i = 0; i < sizeof(ext_rules) / sizeof(ext_rules[0]); i++)
		if (ext_rules[i].id == id)
			return &ext_rules[i];
	return NULL;
}

static bool
criticality_holds(const struct ext_rule *rule, bool critical, bool is_ca)
{
	switch (rule->critical) {
	case NEVER:
		return !critical;
	case ALWAYS:
		return critical;
	case WITH_CA:
		return critical || !is_ca;
	case EITHER:
		break;
	}
	return true;
}

static enum ca_status
lint_extension(
    const struct ca_cert *cert, const struct ca_ext *ext, struct ca_error *err)
{
	const struct ext_rule *rule = find_rule(ext->id);
	const char *name = ca_oid_name(ext->id);

	if (rule == NULL && ext->id != CA_OID_UNKNOWN)
		return FAULT(err,
		    "extensions: %s is not a certificate's (RFC 5280 4.2)",
		    name);
	if (rule == NULL && ext->critical)
		return FAULT(
		    err, "extensions: an unknown critical one (RFC 5280 4.2)");
	if (rule == NULL)
		return CA_OK;
	if (!criticality_holds(rule, ext->critical, cert->is_ca))
		return FAULT(err, "%s: %scritical (RFC 5280 4.2; %s)", name,
		    ext->critical ? "" : "not ", rule->section);
	if (rule->ca_only && !cert->is_ca)
		return FAULT(err,
		    "%s: on a leaf (RFC 5280 %s: authorities "
		    "alone)",
		    name, rule->section);
	return CA_OK;
}

static enum ca_status
lint_extensions(const struct ca_cert *cert, struct ca_error *err)
{
	const struct ca_exts *exts = &cert->exts;

	for (size_t i = 0; i < exts->count; i++) {
		enum ca_status st = lint_extension(cert, &exts->list[i], err);

		if (st != CA_OK)
			return st;
		for (size_t j = 0; j < i; j++)
			if (ca_bytes_equal(
				exts->list[i].oid, exts->list[j].oid))
				return FAULT(err,
				    "extensions: one twice (RFC 5280 4.2)");
	}
	return CA_OK;
}

/* ---- key identifiers -------------------------------------------------- */

static enum ca_status
lint_key_ids(const struct ca_cert *cert, const struct ca_cert *issuer,
    struct ca_error *err)
{
	uint8_t own[CA_KEY_ID_LEN], above[CA_KEY_ID_LEN];
	struct ca_bytes own_id = {own, sizeof(own)};
	struct ca_bytes above_id = own_id;
	enum ca_status st;

	if ((st = ca_key_id(&cert->spki, own, err)) != CA_OK)
		return st;
	if (!ca_bytes_equal(cert->subject_key_id, own_id))
		return FAULT(err,
		    "subjectKeyIdentifier: not the SHA-1 of the key (RFC 5280 "
		    "4.2.1.2)");
	if (issuer != NULL) {
		above_id = issuer->subject_key_id;
		if (above_id.len == 0) {
			st = ca_key_id(&issuer->spki, above, err);
			if (st != CA_OK)
				return st;
			above_id = (struct ca_bytes){above, sizeof(above)};
		}
	}
	/* 4.2.1.1: it may be left out of a self-signed certificate alone. */
	if (issuer == NULL && cert->authority_key_id.len == 0)
		return CA_OK;
	if (!ca_bytes_equal(cert->authority_key_id, above_id))
		return FAULT(err,
		    "authorityKeyIdentifier: not the issuer's "
		    "subjectKeyIdentifier (RFC 5280 4.2.1.1)");
	return CA_OK;
}

/* ---- authority or leaf, and what the key is for ----------------------- */

uint16_t
ca_key_usage_unfit(const struct ca_spki *spki, uint16_t bits)
{
	const unsigned ciphers = CA_KU_KEY_ENCIPHERMENT |
	    CA_KU_DATA_ENCIPHERMENT;
	const unsigned agreement = CA_KU_KEY_AGREEMENT | CA_KU_ENCIPHER_ONLY |
	    CA_KU_DECIPHER_ONLY;
	unsigned unfit = ciphers | agreement;

	if (spki->type == CA_KEY_RSA && !spki->pss_only)
		unfit = agreement;
	if (spki->type == CA_KEY_P256 || spki->type == CA_KEY_P384 ||
	    spki->type == CA_KEY_P521)
		unfit = ciphers;
	return (uint16_t)(bits & unfit);
}

static enum ca_status
lint_key_usage(const struct ca_cert *cert, struct ca_error *err)
{
	const uint16_t only = CA_KU_ENCIPHER_ONLY | CA_KU_DECIPHER_ONLY;

	if (!cert->has_key_usage)
		return CA_OK;
	if (cert->key_usage == 0)
		return FAULT(err, "keyUsage: no bit set (RFC 5280 4.2.1.3)");
	if (ca_key_usage_unfit(&cert->spki, cert->key_usage) != 0)
		return FAULT(err,
		    "keyUsage: does not fit the key (RFC 3279 2.3.1, RFC 5480 "
		    "3, RFC 8410 5)");
	if ((cert->key_usage & only) != 0 &&
	    (cert->key_usage & CA_KU_KEY_AGREEMENT) == 0)
		return FAULT(err,
		    "keyUsage: encipherOnly or decipherOnly without "
		    "keyAgreement (RFC 5280 4.2.1.3)");
	return CA_OK;
}

static enum ca_status
lint_authority(const struct ca_cert *cert, const struct ca_cert *issuer,
    struct ca_error *err)
{
	const uint16_t both = CA_KU_KEY_CERT_SIGN | CA_KU_CRL_SIGN;

	if (!cert->is_ca && (cert->key_usage & both) != 0)
		return FAULT(err,
		    "keyUsage: keyCertSign or cRLSign on a leaf (RFC 5280 "
		    "4.2.1.3 and 4.2.1.9)");
	if (!cert->is_ca && cert->path_len != CA_PATH_LEN_NONE)
		return FAULT(err,
		    "basicConstraints: pathLenConstraint on a leaf (RFC 5280 "
		    "4.2.1.9)");
	if (!cert->is_ca)
		return CA_OK;
	if ((cert->key_usage & both) != both)
		return FAULT(err,
		    "keyUsage: an authority without keyCertSign or cRLSign "
		    "(RFC 5280 4.2.1.3)");
	if (issuer != NULL && issuer->path_len != CA_PATH_LEN_NONE &&
	    !ca_cert_is_self_issued(cert) &&
	    (cert->path_len == CA_PATH_LEN_NONE ||
		cert->path_len >= issuer->path_len))
		return FAULT(err,
		    "basicConstraints: pathLenConstraint not smaller than the "
		    "issuer's (RFC 5280 4.2.1.9)");
	return CA_OK;
}

static enum ca_status
lint_issuer(const struct ca_cert *issuer, struct ca_error *err)
{
	if (issuer == NULL)
		return CA_OK;
	if (!issuer->is_ca || (issuer->key_usage & CA_KU_KEY_CERT_SIGN) == 0)
		return FAULT(err,
		    "issuer: its certificate is not an authority's with "
		    "keyCertSign (RFC 5280 4.2.1.3 and 4.2.1.9)");
	return CA_OK;
}

static enum ca_status
lint_ext_key_usage(const struct ca_cert *cert, const struct ca_cert *issuer,
    struct ca_error *err)
{
	const struct ca_oid_list *mine = &cert->ext_key_usage;

	if (ca_exts_find(&cert->exts, CA_OID_OCSP_NO_CHECK) != NULL &&
	    (cert->is_ca ||
		!ca_oid_list_has(mine, ca_oid_der(CA_OID_OCSP_SIGNING))))
		return FAULT(err,
		    "ocspNoCheck: not on an OCSP responder's certificate (RFC "
		    "6960 4.2.2.2.1)");
	if (issuer == NULL || issuer->ext_key_usage.count == 0 ||
	    ca_oid_list_has(
		&issuer->ext_key_usage, ca_oid_der(CA_OID_ANY_EXT_KEY_USAGE)))
		return CA_OK;
	for (size_t i = 0; i < mine->count; i++)
		if (!ca_oid_list_has(&issuer->ext_key_usage, mine->oid[i]))
			return FAULT(err,
			    "extKeyUsage: one that the issuer's does not allow "
			    "(RFC 5280 4.2.1.12)");
	return CA_OK;
}

/* ---- alternative names ------------------------------------------------ */

static enum ca_status
lint_one_name(const struct ca_san *san, struct ca_error *err)
{
	struct ca_error why = {0};
	enum ca_status st;

	switch (san->type) {
	case CA_SAN_DNS:
	case CA_SAN_EMAIL:
	case CA_SAN_IP:
	case CA_SAN_URI:
	case CA_SAN_UPN:
	case CA_SAN_DIRECTORY:
		st = ca_san_check(san, &why);
		break;
	default:
		return FAULT(err,
		    "subjectAltName: a name of type %s, which no policy gives "
		    "(RFC 5280 4.2.1.6)",
		    ca_san_type_name(san->type));
	}
	return st == CA_OK ? CA_OK : FAULT(err, "subjectAltName: %s", why.msg);
}

static enum ca_status
lint_subject_alt_name(const struct ca_cert *cert, struct ca_error *err)
{
	const struct ca_ext *ext = ca_exts_find(
	    &cert->exts, CA_OID_SUBJECT_ALT_NAME);
	bool empty = ca_name_is_empty(cert->subject);
	struct ca_san_walk walk;
	struct ca_san san;

	if (empty && ext == NULL)
		return FAULT(err,
		    "subject: empty, and no subjectAltName (RFC 5280 4.1.2.6)");
	if (ext != NULL && ext->critical != empty)
		return FAULT(err,
		    "subjectAltName: %scritical, and the subject is %sempty "
		    "(RFC 5280 4.2.1.6: critical when it is empty alone)",
		    ext->critical ? "" : "not ", empty ? "" : "not ");
	ca_san_walk(&walk, cert->sans);
	while (ca_san_next(&walk, &san)) {
		enum ca_status st = lint_one_name(&san, err);

		if (st != CA_OK)
			return st;
	}
	return CA_OK;
}

static enum ca_status
lint_constraints(const struct ca_cert *cert, const struct ca_cert *issuer,
    struct ca_error *err)
{
	struct ca_error why = {0};

	if (issuer == NULL || issuer->name_constraints.len == 0)
		return CA_OK;
	if (ca_constraints_check_cert(issuer->name_constraints, cert->subject,
		cert->sans, false, &why) != CA_OK)
		return FAULT(err, "issuer's nameConstraints: %s", why.msg);
	return CA_OK;
}

/* ---- all of it -------------------------------------------------------- */

enum ca_status
ca_lint_cert(const struct ca_cert *cert, const struct ca_cert *issuer,
    struct ca_error *err)
{
	enum ca_status st;

	if ((st = lint_serial(cert, err)) != CA_OK ||
	    (st = lint_issuer(issuer, err)) != CA_OK ||
	    (st = lint_names(cert, issuer, err)) != CA_OK ||
	    (st = lint_validity(cert, issuer, err)) != CA_OK ||
	    (st = lint_algorithm(cert, issuer, err)) != CA_OK ||
	    (st = lint_extensions(cert, err)) != CA_OK ||
	    (st = lint_key_ids(cert, issuer, err)) != CA_OK ||
	    (st = lint_authority(cert, issuer, err)) != CA_OK ||
	    (st = lint_key_usage(cert, err)) != CA_OK ||
	    (st = lint_ext_key_usage(cert, issuer, err)) != CA_OK ||
	    (st = lint_subject_alt_name(cert, err)) != CA_OK ||
	    (st = lint_constraints(cert, issuer, err)) != CA_OK ||
	    (st = ca_lint_encoding(cert, err)) != CA_OK)
		return st;
	return CA_OK;
}
