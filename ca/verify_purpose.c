/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a certificate may be used for (RFC 5280 4.2.1.3 and 4.2.1.12). */
#include "ca/verify_part.h"

#include <string.h>

/*
 * usages: one of them is enough. Which of them TLS needs depends on the
 * cipher suite; a key that has none of them is of no use in any.
 */
static const struct purpose {
	const char *name;
	enum ca_oid oid; /* CA_OID_UNKNOWN: extKeyUsage is not asked */
	uint16_t usages;
	const char *usage_names;
	bool leaf_only;          /* not an authority's certificate */
	const char *must_say_so; /* the rule: without extKeyUsage it may not */
	bool alone; /* extKeyUsage is critical, and names nothing else */
} purposes[CA_PURPOSE_COUNT] = {
    [CA_PURPOSE_ANY] = {"any", CA_OID_UNKNOWN, 0, NULL, false, NULL, false},
    [CA_PURPOSE_SERVER] = {"server", CA_OID_SERVER_AUTH,
	CA_KU_DIGITAL_SIGNATURE | CA_KU_KEY_ENCIPHERMENT | CA_KU_KEY_AGREEMENT,
	"digitalSignature, keyEncipherment, keyAgreement", true, NULL, false},
    [CA_PURPOSE_CLIENT] = {"client", CA_OID_CLIENT_AUTH,
	CA_KU_DIGITAL_SIGNATURE | CA_KU_KEY_AGREEMENT,
	"digitalSignature, keyAgreement", true, NULL, false},
    [CA_PURPOSE_EMAIL] = {"email", CA_OID_EMAIL_PROTECTION,
	CA_KU_DIGITAL_SIGNATURE | CA_KU_NON_REPUDIATION |
	    CA_KU_KEY_ENCIPHERMENT | CA_KU_KEY_AGREEMENT,
	"digitalSignature, nonRepudiation, keyEncipherment, keyAgreement", true,
	NULL, false},
    [CA_PURPOSE_CODE] = {"code", CA_OID_CODE_SIGNING, CA_KU_DIGITAL_SIGNATURE,
	"digitalSignature", false, NULL, false},
    [CA_PURPOSE_TIMESTAMP] = {"timestamp", CA_OID_TIME_STAMPING,
	CA_KU_DIGITAL_SIGNATURE | CA_KU_NON_REPUDIATION,
	"digitalSignature, nonRepudiation", false, "RFC 3161 2.3", true},
    [CA_PURPOSE_OCSP] = {"ocsp", CA_OID_OCSP_SIGNING,
	CA_KU_DIGITAL_SIGNATURE | CA_KU_NON_REPUDIATION,
	"digitalSignature, nonRepudiation", false, "RFC 6960 4.2.2.2", false},
    [CA_PURPOSE_AUTHORITY] = {"authority", CA_OID_UNKNOWN, CA_KU_KEY_CERT_SIGN,
	"keyCertSign", false, NULL, false},
    [CA_PURPOSE_CRL] = {"crl", CA_OID_UNKNOWN, CA_KU_CRL_SIGN, "cRLSign", false,
	NULL, false},
};

const char *
ca_purpose_name(int purpose)
{
	if (purpose < 0 || purpose >= CA_PURPOSE_COUNT)
		return NULL;
	return purposes[purpose].name;
}

bool
ca_purpose_by_name(const char *name, enum ca_purpose *ret)
{
	for (int i = 0; i < CA_PURPOSE_COUNT; i++) {
		if (strcmp(name, purposes[i].name) != 0)
			continue;
		*ret = (enum ca_purpose)i;
		return true;
	}
	return false;
}

static bool
has_usage(const struct ca_cert *cert, enum ca_oid oid)
{
	return ca_oid_list_has(&cert->ext_key_usage, ca_oid_der(oid));
}

/* An answer or a stamp by a key that was not given for it is worth nothing:
 * here the RFCs do not take silence for consent. */
static bool
check_said(const struct purpose *purpose, const struct ca_cert *leaf,
    struct ca_finding *finding)
{
	const struct ca_ext *ext = ca_exts_find(
	    &leaf->exts, CA_OID_EXT_KEY_USAGE);

	if (purpose->must_say_so == NULL)
		return true;
	if (ext == NULL)
		return verify_fails(finding, leaf, "extKeyUsage",
		    "it is not there, and must be, with %s (%s)",
		    ca_oid_name(purpose->oid), purpose->must_say_so);
	if (purpose->alone && has_usage(leaf, purpose->oid) &&
	    (!ext->critical || leaf->ext_key_usage.count != 1))
		return verify_fails(finding, leaf, "extKeyUsage",
		    "%s must be critical, and stand there alone (%s)",
		    ca_oid_name(purpose->oid), purpose->must_say_so);
	return true;
}

static bool
check_leaf_usage(const struct purpose *purpose, const struct ca_cert *leaf,
    struct ca_finding *finding)
{
	if (!check_said(purpose, leaf, finding))
		return false;
	if (purpose->oid == CA_OID_UNKNOWN || leaf->ext_key_usage.count == 0 ||
	    has_usage(leaf, purpose->oid))
		return true;
	return verify_fails(finding, leaf, "extKeyUsage",
	    "%s is not there%s (RFC 5280 4.2.1.12): it was issued for "
	    "something else",
	    ca_oid_name(purpose->oid),
	    has_usage(leaf, CA_OID_ANY_EXT_KEY_USAGE) ?
		", and anyExtendedKeyUsage does not stand for it" :
		"");
}

/* What browsers have come to expect of a server (and macOS insists on). */
static bool
check_server(const struct ca_verify_question *ask, const struct ca_cert *leaf,
    bool is_anchor, struct ca_finding *finding)
{
	const struct ca_ext *ext = ca_exts_find(
	    &leaf->exts, CA_OID_EXT_KEY_USAGE);

	if (ask->lenient || ask->is_private || is_anchor ||
	    ask->purpose != CA_PURPOSE_SERVER)
		return true;
	if (ext == NULL)
		return verify_fails(finding, leaf, "extKeyUsage",
		    "it is not there, and a server's must have serverAuth "
		    "(BR 7.1.2.7.6)");
	if (ext->critical)
		return verify_fails(finding, leaf, "extKeyUsage",
		    "a server's must not be critical (BR 7.1.2.7.6)");
	return true;
}

/* An authority's own usages are the most it can pass on. */
static bool
check_above(const struct purpose *purpose, const struct verify_path *path,
    struct ca_finding *finding)
{
	for (size_t i = 1; i < path->len; i++) {
		const struct ca_cert *cert = path->cert[i];

		if (purpose->oid == CA_OID_UNKNOWN ||
		    cert->ext_key_usage.count == 0 ||
		    has_usage(cert, purpose->oid) ||
		    has_usage(cert, CA_OID_ANY_EXT_KEY_USAGE))
			continue;
		return verify_fails(finding, cert, "extKeyUsage",
		    "this authority may not issue for %s (RFC 5280 4.2.1.12)",
		    ca_oid_name(purpose->oid));
	}
	return true;
}

static bool
check_key_usage(const struct purpose *purpose, const struct ca_cert *leaf,
    struct ca_finding *finding)
{
	if (!leaf->has_key_usage || (leaf->key_usage & purpose->usages) != 0)
		return true;
	return verify_fails(finding, leaf, "keyUsage",
	    "it has none of %s (RFC 5280 4.2.1.3)", purpose->usage_names);
}

/* What each kind of certificate is, apart from its usages. */
static bool
check_kind(enum ca_purpose asked, const struct ca_cert *leaf,
    struct ca_finding *finding)
{
	if (purposes[asked].leaf_only && leaf->is_ca)
		return verify_fails(finding, leaf, "basicConstraints",
		    "CA:TRUE: an authority's certificate is not a %s's, "
		    "which needs one of its own (BR 7.1.2.7.8)",
		    purposes[asked].name);
	if (asked == CA_PURPOSE_AUTHORITY && !leaf->is_ca)
		return verify_fails(finding, leaf, "basicConstraints",
		    "CA:TRUE is not there: it is no authority's (RFC 5280 "
		    "4.2.1.9)");
	/* RFC 5280 6.3.3 (f) asks for cRLSign alone; but without keyUsage
	 * everybody would have it. */
	if (asked == CA_PURPOSE_CRL && !leaf->is_ca && !leaf->has_key_usage)
		return verify_fails(finding, leaf, "keyUsage",
		    "neither CA:TRUE nor cRLSign is there (RFC 5280 6.3.3 "
		    "(f))");
	return true;
}

bool
verify_purpose(const struct ca_verify_question *ask,
    const struct verify_path *path, struct ca_finding *finding)
{
	const struct purpose *purpose = &purposes[ask->purpose];
	const struct ca_cert *leaf = path->cert[0];

	if (ask->purpose == CA_PURPOSE_ANY) {
		verify_not_asked(finding, "what it is for was not asked");
		return true;
	}
	if (!check_kind(ask->purpose, leaf, finding) ||
	    !check_leaf_usage(purpose, leaf, finding) ||
	    !check_server(ask, leaf, path->len == 1, finding) ||
	    !check_above(purpose, path, finding) ||
	    !check_key_usage(purpose, leaf, finding))
		return false;
	verify_holds(finding, leaf,
	    purpose->oid != CA_OID_UNKNOWN ? "extKeyUsage" : "keyUsage",
	    leaf->ext_key_usage.count > 0 || purpose->oid == CA_OID_UNKNOWN ?
		"it may be used as %s" :
		"it may be used as %s: there is no extKeyUsage to limit it",
	    purpose->name);
	return true;
}
