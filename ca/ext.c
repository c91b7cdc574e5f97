/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/ext.h"

#include "ca/san.h"

#include <limits.h>
#include <string.h>

/* ---- the container ---------------------------------------------------- */

enum ca_status
ca_ext_fail(struct ca_error *err, enum ca_status status, struct ca_bytes oid,
    const char *what)
{
	struct ca_buf name = {0};
	const char *text = NULL;

	if (ca_oid_append_text(&name, oid) == CA_OK)
		text = ca_buf_text(&name);
	(void)ca_fail(
	    err, status, "%s: %s", text != NULL ? text : "an extension", what);
	ca_buf_free(&name);
	return status;
}

/*
 * Extension ::= SEQUENCE {
 *     extnID    OBJECT IDENTIFIER,
 *     critical  BOOLEAN DEFAULT FALSE,
 *     extnValue OCTET STRING }
 */
static enum ca_status
parse_one(struct ca_bytes *list, struct ca_ext *ret, struct ca_error *err)
{
	struct ca_ext ext = {0};
	struct ca_bytes in;

	if (!der_get(list, DER_SEQUENCE, &in) || !der_get_oid(&in, &ext.oid))
		return ca_fail(err, CA_MALFORMED,
		    "extensions: an entry is not a SEQUENCE that begins with "
		    "an OBJECT IDENTIFIER in DER (RFC 5280 4.1)");
	ext.id = ca_oid_find(ext.oid);
	if (der_next_is(in, DER_BOOLEAN)) {
		if (!der_get_bool(&in, &ext.critical))
			return ca_ext_fail(err, CA_MALFORMED, ext.oid,
			    "critical is a BOOLEAN that is neither 00 nor FF "
			    "(X.690 11.1)");
		if (!ext.critical)
			return ca_ext_fail(err, CA_MALFORMED, ext.oid,
			    "critical FALSE is the default and must be left "
			    "out (X.690 11.5)");
	}
	if (!der_get(&in, DER_OCTET_STRING, &ext.value) || !der_at_end(in))
		return ca_ext_fail(err, CA_MALFORMED, ext.oid,
		    "extnValue is not one OCTET STRING in DER, with nothing "
		    "behind it (RFC 5280 4.1)");
	*ret = ext;
	return CA_OK;
}

static bool
has_oid(const struct ca_exts *exts, struct ca_bytes oid)
{
	for (size_t i = 0; i < exts->count; i++)
		if (ca_bytes_equal(exts->list[i].oid, oid))
			return true;
	return false;
}

enum ca_status
ca_exts_parse(
    struct ca_bytes element, struct ca_exts *ret, struct ca_error *err)
{
	struct ca_exts exts = {0};
	struct ca_bytes list;
	enum ca_status st;

	if (!der_get(&element, DER_SEQUENCE, &list) || !der_at_end(element))
		return ca_fail(err, CA_MALFORMED,
		    "extensions: not one SEQUENCE in DER (RFC 5280 4.1)");
	if (der_at_end(list))
		return ca_fail(err, CA_MALFORMED,
		    "extensions: the list is empty, where it should have been "
		    "left out (RFC 5280 4.1.2.9)");
	while (!der_at_end(list)) {
		struct ca_ext ext;

		if (exts.count == CA_EXT_MAX)
			return ca_fail(err, CA_REFUSED,
			    "extensions: more than %d, the most that are read",
			    CA_EXT_MAX);
		st = parse_one(&list, &ext, err);
		if (st != CA_OK)
			return st;
		if (has_oid(&exts, ext.oid))
			return ca_ext_fail(err, CA_MALFORMED, ext.oid,
			    "the extension stands there twice (RFC 5280 4.2)");
		exts.list[exts.count++] = ext;
	}
	*ret = exts;
	return CA_OK;
}

const struct ca_ext *
ca_exts_find(const struct ca_exts *exts, enum ca_oid id)
{
	if (id == CA_OID_UNKNOWN)
		return NULL;
	for (size_t i = 0; i < exts->count; i++)
		if (exts->list[i].id == id)
			return &exts->list[i];
	return NULL;
}

void
ca_ext_put(struct der_out *out, struct ca_bytes oid, bool critical,
    struct ca_bytes value)
{
	der_open(out, DER_SEQUENCE);
	der_put(out, DER_OID, oid);
	if (critical)
		der_put_bool(out, true);
	der_put(out, DER_OCTET_STRING, value);
	der_close(out);
}

void
ca_ext_open(struct der_out *out, enum ca_oid id, bool critical)
{
	struct ca_bytes oid = ca_oid_der(id);

	if (oid.len == 0)
		der_put_failed(out, CA_INTERNAL);
	der_open(out, DER_SEQUENCE);
	der_put(out, DER_OID, oid);
	if (critical)
		der_put_bool(out, true);
	der_open(out, DER_OCTET_STRING);
}

void
ca_ext_close(struct der_out *out)
{
	der_close(out);
	der_close(out);
}

/* ---- basicConstraints ------------------------------------------------- */

/*
 * BasicConstraints ::= SEQUENCE {
 *     cA                BOOLEAN DEFAULT FALSE,
 *     pathLenConstraint INTEGER (0..MAX) OPTIONAL }
 *
 * pathLenConstraint has a meaning only with cA (RFC 5280 4.2.1.9).
 */
bool
ca_basic_constraints_get(struct ca_bytes value, bool *ret_ca, int *ret_path_len)
{
	struct ca_bytes in;
	uint64_t path_len = 0;
	bool ca = false, limited;

	if (!der_get(&value, DER_SEQUENCE, &in) || !der_at_end(value))
		return false;
	if (der_next_is(in, DER_BOOLEAN) && (!der_get_bool(&in, &ca) || !ca))
		return false;
	limited = !der_at_end(in);
	if (limited && (!ca || !der_get_uint(&in, &path_len)))
		return false;
	if (!der_at_end(in) || path_len > INT_MAX)
		return false;
	*ret_ca = ca;
	*ret_path_len = limited ? (int)path_len : CA_PATH_LEN_NONE;
	return true;
}

void
ca_basic_constraints_put(struct der_out *out, bool ca, int path_len)
{
	der_open(out, DER_SEQUENCE);
	if (ca)
		der_put_bool(out, true);
	if (ca && path_len >= 0)
		der_put_uint(out, (uint64_t)path_len);
	if (!ca && path_len >= 0)
		der_put_failed(out, CA_INTERNAL);
	der_close(out);
}

/* ---- keyUsage --------------------------------------------------------- */

#define KEY_USAGES 9
#define KEY_USAGE_ALL ((1u << KEY_USAGES) - 1)

static const char *const key_usage_names[KEY_USAGES] = {"digitalSignature",
    "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
    "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"};

bool
ca_key_usage_get(struct ca_bytes value, uint16_t *ret_bits)
{
	uint16_t bits;

	if (!der_get_named_bits(&value, &bits) || !der_at_end(value))
		return false;
	/* "at least one of the bits MUST be set to 1" */
	if (bits == 0 || (bits & ~KEY_USAGE_ALL) != 0)
		return false;
	*ret_bits = bits;
	return true;
}

void
ca_key_usage_put(struct der_out *out, uint16_t bits)
{
	if (bits == 0 || (bits & ~KEY_USAGE_ALL) != 0)
		der_put_failed(out, CA_INTERNAL);
	der_put_named_bits(out, DER_BIT_STRING, bits);
}

uint16_t
ca_key_usage_by_name(const char *name)
{
	for (unsigned i = 0; i < KEY_USAGES; i++)
		if (strcmp(name, key_usage_names[i]) == 0)
			return (uint16_t)(1u << i);
	/* X.509's newer word for the same bit. */
	if (strcmp(name, "contentCommitment") == 0)
		return CA_KU_NON_REPUDIATION;
	return 0;
}

enum ca_status
ca_key_usage_append_text(struct ca_buf *buf, uint16_t bits)
{
	const char *separator = "";
	enum ca_status st;

	for (unsigned i = 0; i < KEY_USAGES; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		if ((st = ca_buf_append_text(buf, separator)) != CA_OK ||
		    (st = ca_buf_append_text(buf, key_usage_names[i])) != CA_OK)
			return st;
		separator = ", ";
	}
	return CA_OK;
}

/* ---- extKeyUsage ------------------------------------------------------ */

/* ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF OBJECT IDENTIFIER */
bool
ca_ext_key_usage_get(struct ca_bytes value, struct ca_oid_list *ret)
{
	struct ca_oid_list list = {0};
	struct ca_bytes in, oid;

	if (!der_get(&value, DER_SEQUENCE, &in) || !der_at_end(value) ||
	    der_at_end(in))
		return false;
	while (!der_at_end(in)) {
		if (!der_get_oid(&in, &oid) || ca_oid_list_has(&list, oid) ||
		    list.count == CA_EXT_MAX_OIDS)
			return false;
		list.oid[list.count++] = oid;
	}
	*ret = list;
	return true;
}

void
ca_ext_key_usage_put(struct der_out *out, const struct ca_oid_list *list)
{
	if (list->count == 0 || list->count > CA_EXT_MAX_OIDS) {
		der_put_failed(out, CA_INTERNAL);
		return;
	}
	der_open(out, DER_SEQUENCE);
	for (size_t i = 0; i < list->count; i++)
		der_put(out, DER_OID, list->oid[i]);
	der_close(out);
}

bool
ca_oid_list_has(const struct ca_oid_list *list, struct ca_bytes oid)
{
	for (size_t i = 0; i < list->count; i++)
		if (ca_bytes_equal(list->oid[i], oid))
			return true;
	return false;
}

/* ---- key identifiers -------------------------------------------------- */

bool
ca_subject_key_id_get(struct ca_bytes value, struct ca_bytes *ret_id)
{
	struct ca_bytes id;

	if (!der_get(&value, DER_OCTET_STRING, &id) || !der_at_end(value) ||
	    id.len == 0)
		return false;
	*ret_id = id;
	return true;
}

void
ca_subject_key_id_put(struct der_out *out, struct ca_bytes id)
{
	der_put(out, DER_OCTET_STRING, id);
}

/* GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName, its content */
static bool
general_names_are_well_formed(struct ca_bytes names)
{
	struct ca_san name;

	if (der_at_end(names))
		return false;
	while (!der_at_end(names))
		if (ca_san_get(&names, &name, NULL) != CA_OK)
			return false;
	return true;
}

/*
 * AuthorityKeyIdentifier ::= SEQUENCE {
 *     keyIdentifier             [0] OCTET STRING OPTIONAL,
 *     authorityCertIssuer       [1] GeneralNames OPTIONAL,
 *     authorityCertSerialNumber [2] INTEGER OPTIONAL }
 *
 * The last two come together or not at all.
 */
bool
ca_authority_key_id_get(struct ca_bytes value, struct ca_bytes *ret_id)
{
	struct ca_bytes in, id = {0}, issuer, serial;
	bool has_id, has_issuer, has_serial;

	if (!der_get(&value, DER_SEQUENCE, &in) || !der_at_end(value) ||
	    !der_get_optional(&in, DER_CONTEXT(0), &has_id, &id) ||
	    !der_get_optional(&in, DER_CONTEXT_CONS(1), &has_issuer, &issuer) ||
	    !der_get_optional(&in, DER_CONTEXT(2), &has_serial, &serial) ||
	    !der_at_end(in))
		return false;
	if ((has_id && id.len == 0) || has_issuer != has_serial)
		return false;
	if (has_issuer && !general_names_are_well_formed(issuer))
		return false;
	if (has_serial && !der_integer_is_valid(serial))
		return false;
	*ret_id = id;
	return true;
}

void
ca_authority_key_id_put(struct der_out *out, struct ca_bytes id)
{
	der_open(out, DER_SEQUENCE);
	der_put(out, DER_CONTEXT(0), id);
	der_close(out);
}
