/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One certificate of a path by itself: what RFC 5280 4 asks of it. */
#include "ca/verify_part.h"

#include "ca/constraints.h"
#include "ca/name.h"

#define MIN_RSA 2048 /* bits; SP 800-57 part 1, 5.6.1 */

struct place {
	const struct ca_cert *cert;
	bool is_leaf, is_anchor;
};

/* ---- extensions that are understood ----------------------------------- */

/* 6.1.4 (o), 6.1.5 (f): every critical one has been looked at by a file of
 * ours. Known ones that have no business in a certificate are not among
 * them. */
static const enum ca_oid understood[] = {CA_OID_SUBJECT_KEY_IDENTIFIER,
    CA_OID_KEY_USAGE, CA_OID_SUBJECT_ALT_NAME, CA_OID_ISSUER_ALT_NAME,
    CA_OID_BASIC_CONSTRAINTS, CA_OID_NAME_CONSTRAINTS,
    CA_OID_CRL_DISTRIBUTION_POINTS, CA_OID_CERTIFICATE_POLICIES,
    CA_OID_POLICY_MAPPINGS, CA_OID_AUTHORITY_KEY_IDENTIFIER,
    CA_OID_POLICY_CONSTRAINTS, CA_OID_EXT_KEY_USAGE, CA_OID_FRESHEST_CRL,
    CA_OID_INHIBIT_ANY_POLICY, CA_OID_AUTHORITY_INFO_ACCESS,
    CA_OID_SUBJECT_INFO_ACCESS, CA_OID_OCSP_NO_CHECK};

static bool
is_understood(enum ca_oid id)
{
	for (size_t i = 0; i < sizeof(understood) / sizeof(understood[0]); i++)
		if (understood[i] == id)
			return true;
	return false;
}

static bool
check_critical(const struct ca_cert *cert, struct ca_finding *finding)
{
	for (size_t i = 0; i < cert->exts.count; i++) {
		const struct ca_ext *ext = &cert->exts.list[i];
		struct ca_error why = {0};

		if (!ext->critical || is_understood(ext->id))
			continue;
		(void)ca_ext_fail(&why, CA_UNTRUSTED, ext->oid,
		    "critical, and not understood here (RFC 5280 4.2)");
		return verify_fails(
		    finding, cert, "extensions", "%.300s", why.msg);
	}
	return true;
}

/* ---- the key ---------------------------------------------------------- */

static bool
check_key(const struct ca_cert *cert, struct ca_finding *finding)
{
	const struct ca_spki *spki = &cert->spki;

	if (spki->type == CA_KEY_NONE)
		return verify_fails(finding, cert, "subjectPublicKeyInfo", "%s",
		    cert->lax.reason[0] != '\0' ? cert->lax.reason :
						  "a key of no known kind");
	if (spki->type != CA_KEY_RSA)
		return true;
	if (spki->bits < MIN_RSA)
		return verify_fails(finding, cert, "subjectPublicKeyInfo",
		    "an RSA key of %u bits, which can be broken: %d are the "
		    "least (SP 800-57, BR 6.1.5)",
		    spki->bits, MIN_RSA);
	if (spki->bits % 8 != 0)
		return verify_fails(finding, cert, "subjectPublicKeyInfo",
		    "an RSA key of %u bits, which is not a multiple of 8 "
		    "(BR 6.1.5)",
		    spki->bits);
	return true;
}

/* What you trust is taken as it is; of others everything is asked. */
static bool
check_lax(const struct place *p, struct ca_finding *finding)
{
	if (p->is_anchor || p->cert->lax.reason[0] == '\0')
		return true;
	return verify_fails(
	    finding, p->cert, p->cert->lax.field, "%s", p->cert->lax.reason);
}

/* ---- the rules -------------------------------------------------------- */

static bool
ext_is(const struct place *p, enum ca_oid id, bool critical)
{
	const struct ca_ext *ext = ca_exts_find(&p->cert->exts, id);

	return ext != NULL && ext->critical == critical;
}

static bool
has(const struct place *p, enum ca_oid id)
{
	return ca_exts_find(&p->cert->exts, id) != NULL;
}

static bool
no_issuer(const struct place *p)
{
	return ca_name_is_empty(p->cert->issuer);
}

static bool
nameless_authority(const struct place *p)
{
	return p->cert->is_ca && ca_name_is_empty(p->cert->subject);
}

/* Anchors with serial 0 exist; nobody looks one up by it. */
static bool
improper_serial(const struct place *p)
{
	return !p->is_anchor && !p->cert->serial_is_proper;
}

static bool
signing_leaf(const struct place *p)
{
	return !p->cert->is_ca &&
	    (p->cert->key_usage & CA_KU_KEY_CERT_SIGN) != 0;
}

/* What is trusted is taken as it is. But a server's root that was made by the
 * rules must keep them; those from before have not even a keyUsage. */
static bool
anchor_by_the_way(const struct place *p)
{
	return p->is_anchor && p->cert->has_key_usage &&
	    ext_is(p, CA_OID_BASIC_CONSTRAINTS, false);
}

static bool
constraining_leaf(const struct place *p)
{
	return !p->cert->is_ca && p->cert->name_constraints.len > 0;
}

/* Nobody's: what is neither IPv4 nor IPv6 is no name of anybody. */
static bool
odd_address(const struct place *p)
{
	struct ca_san_walk walk;
	struct ca_san san;

	ca_san_walk(&walk, p->cert->sans);
	while (ca_san_next(&walk, &san))
		if (san.type == CA_SAN_IP && san.value.len != 4 &&
		    san.value.len != 16)
			return true;
	return false;
}

static bool
strange_qualifier(const struct place *p)
{
	const struct ca_ext *ext = ca_exts_find(
	    &p->cert->exts, CA_OID_CERTIFICATE_POLICIES);

	return ext != NULL && ext->critical &&
	    !ca_certificate_policies_are_plain(ext->value);
}

static bool
critical_authority_key(const struct place *p)
{
	return ext_is(p, CA_OID_AUTHORITY_KEY_IDENTIFIER, true);
}

static bool
critical_subject_key(const struct place *p)
{
	return ext_is(p, CA_OID_SUBJECT_KEY_IDENTIFIER, true);
}

static bool
critical_access(const struct place *p)
{
	return ext_is(p, CA_OID_AUTHORITY_INFO_ACCESS, true) ||
	    ext_is(p, CA_OID_SUBJECT_INFO_ACCESS, true);
}

static bool
no_subject_key(const struct place *p)
{
	return p->cert->is_ca && !has(p, CA_OID_SUBJECT_KEY_IDENTIFIER);
}

/* Self-signed anchors may leave it out. */
static bool
no_authority_key(const struct place *p)
{
	if (p->is_anchor && verify_is_self_issued(p->cert))
		return false;
	return p->cert->authority_key_id.len == 0;
}

static bool
constraints_by_the_way(const struct place *p)
{
	return ext_is(p, CA_OID_NAME_CONSTRAINTS, false);
}

static bool
policy_by_the_way(const struct place *p)
{
	return ext_is(p, CA_OID_POLICY_CONSTRAINTS, false) ||
	    ext_is(p, CA_OID_INHIBIT_ANY_POLICY, false);
}

static bool
nameless_leaf(const struct place *p)
{
	return ca_name_is_empty(p->cert->subject) &&
	    !ext_is(p, CA_OID_SUBJECT_ALT_NAME, true);
}

static bool
path_len_unsigned(const struct place *p)
{
	return p->cert->path_len != CA_PATH_LEN_NONE &&
	    p->cert->has_key_usage &&
	    (p->cert->key_usage & CA_KU_KEY_CERT_SIGN) == 0;
}

/* ---- and for servers, what their clients have come to expect ---------- */

static bool
limited_anchor(const struct place *p)
{
	return !p->is_leaf && p->is_anchor && has(p, CA_OID_EXT_KEY_USAGE);
}

static bool
critical_names(const struct place *p)
{
	return p->is_leaf && ext_is(p, CA_OID_SUBJECT_ALT_NAME, true) &&
	    !ca_name_is_empty(p->cert->subject);
}

/* Read as all below it; the RFC has a dot for URIs and mailboxes alone. */
static bool
dotted_constraints(const struct place *p)
{
	struct ca_subtree trees[CA_CONSTRAINTS_MAX];
	size_t count = 0;

	/* What cannot be read is refused by those who go by it. */
	if (p->cert->name_constraints.len == 0 ||
	    ca_constraints_parse(
		p->cert->name_constraints, trees, &count, NULL) != CA_OK)
		return false;
	for (size_t i = 0; i < count; i++)
		if (trees[i].type == CA_SAN_DNS && trees[i].base.len > 0 &&
		    trees[i].base.data[0] == '.')
			return true;
	return false;
}

/* A root's: keyIdentifier alone, as ca_authority_key_id_put() writes it. That
 * others name issuer and serial too is lawful; the signature decides. */
static bool
wordy_authority_key(const struct place *p)
{
	const struct ca_ext *ext = ca_exts_find(
	    &p->cert->exts, CA_OID_AUTHORITY_KEY_IDENTIFIER);
	struct ca_bytes value, in, id;

	if (ext == NULL || !p->is_anchor)
		return false;
	value = ext->value;
	return !der_get(&value, DER_SEQUENCE, &in) ||
	    !der_get(&in, DER_CONTEXT(0), &id) || !der_at_end(in);
}

/* Whoever lacks what no signature, name or constraint hangs on is refused as a
 * public server alone: private authorities often leave key identifiers out.
 * What browsers demand beyond RFC 5280 is theirs to demand of the public.
 * NIST's and other old authorities mark policies' constraints as not
 * critical: 6.1 goes by them all the same. */
enum when {
	ALWAYS,
	STRICT,         /* unless lenient */
	STRICT_PURPOSE, /* and when a purpose is asked for */
	STRICT_SERVER,  /* and it is a server's */
	STRICT_PUBLIC   /* under an authority that the public trusts */
};

static const struct {
	bool (*is_broken)(const struct place *place);
	enum when when;
	const char *field, *reason;
} rules[] = {
    {no_issuer, ALWAYS, "issuer", "it has no name (RFC 5280 4.1.2.4)"},
    {nameless_authority, ALWAYS, "subject",
	"an authority without a name (RFC 5280 4.1.2.6)"},
    {improper_serial, ALWAYS, "serialNumber",
	"zero, negative, or of more than 20 octets (RFC 5280 4.1.2.2)"},
    {signing_leaf, ALWAYS, "keyUsage",
	"keyCertSign without CA:TRUE (RFC 5280 4.2.1.9)"},
    {constraining_leaf, ALWAYS, "nameConstraints",
	"in a certificate that is no authority's (RFC 5280 4.2.1.10)"},
    {odd_address, ALWAYS, "subjectAltName",
	"an iPAddress that is not of 4 or 16 octets (RFC 5280 4.2.1.6)"},
    {strange_qualifier, ALWAYS, "certificatePolicies",
	"critical, with a qualifier that is not understood here (RFC 5280 "
	"4.2.1.4)"},
    {critical_authority_key, STRICT, "authorityKeyIdentifier",
	"it must not be critical (RFC 5280 4.2.1.1)"},
    {critical_subject_key, STRICT, "subjectKeyIdentifier",
	"it must not be critical (RFC 5280 4.2.1.2)"},
    {critical_access, STRICT, "authorityInfoAccess",
	"it must not be critical (RFC 5280 4.2.2)"},
    {policy_by_the_way, STRICT_PURPOSE, "policyConstraints",
	"they, and inhibitAnyPolicy, must be critical (RFC 5280 4.2.1.11, "
	"4.2.1.14)"},
    {nameless_leaf, STRICT, "subjectAltName",
	"without a subject it must be there and critical (RFC 5280 4.2.1.6)"},
    {path_len_unsigned, STRICT, "basicConstraints",
	"pathLenConstraint without keyCertSign (RFC 5280 4.2.1.9)"},
    {no_subject_key, STRICT_PUBLIC, "subjectKeyIdentifier",
	"an authority without one (RFC 5280 4.2.1.2, BR 7.1.2)"},
    {no_authority_key, STRICT_PUBLIC, "authorityKeyIdentifier",
	"it does not name the key it was signed with (RFC 5280 4.2.1.1, BR "
	"7.1.2)"},
    {constraints_by_the_way, STRICT_PUBLIC, "nameConstraints",
	"they must be critical (RFC 5280 4.2.1.10, BR 7.1.2)"},
    {dotted_constraints, STRICT_PUBLIC, "nameConstraints",
	"a dNSName with a dot in front (RFC 5280 4.2.1.10, BR 7.1.2)"},
    {anchor_by_the_way, STRICT_PUBLIC, "basicConstraints",
	"not critical in a root (RFC 5280 4.2.1.9, BR 7.1.2.1)"},
    {limited_anchor, STRICT_SERVER, "extKeyUsage",
	"a root must not have it (BR 7.1.2.1.2)"},
    {critical_names, STRICT_PUBLIC, "subjectAltName",
	"beside a subject it must not be critical (BR 7.1.2.7.12)"},
    {wordy_authority_key, STRICT_PUBLIC, "authorityKeyIdentifier",
	"it must hold the keyIdentifier, and nothing else (BR 7.1.2.11.1)"},
};

static bool
is_asked(const struct ca_verify_question *ask, enum when when)
{
	switch (when) {
	case ALWAYS:
		return true;
	case STRICT:
		return !ask->lenient;
	case STRICT_PURPOSE:
		return !ask->lenient && ask->purpose != CA_PURPOSE_ANY;
	case STRICT_SERVER:
		return !ask->lenient && ask->purpose == CA_PURPOSE_SERVER;
	case STRICT_PUBLIC:
		return !ask->lenient && ask->purpose == CA_PURPOSE_SERVER &&
		    !ask->is_private;
	}
	return true;
}

bool
verify_profile(const struct ca_verify_question *ask,
    const struct verify_path *path, size_t at, struct ca_finding *finding)
{
	const struct place place = {.cert = path->cert[at],
	    .is_leaf = at == 0,
	    .is_anchor = path->complete && at == path->len - 1};

	if (!check_critical(place.cert, finding) ||
	    !check_key(place.cert, finding) || !check_lax(&place, finding))
		return false;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!is_asked(ask, rules[i].when) ||
		    !rules[i].is_broken(&place))
			continue;
		return verify_fails(
		    finding, place.cert, rules[i].field, "%s", rules[i].reason);
	}
	return true;
}
