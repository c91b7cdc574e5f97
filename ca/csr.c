/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/csr.h"

#include "ca/name.h"
#include "ca/sign.h"

#include <string.h>

#define VERSION_1 0
#define CONSTRUCTED 0x20 /* X.690 8.1.2.5 */
#define MASK '*'

static enum ca_status
malformed(struct ca_error *err, const char *fault)
{
	return ca_fail(err, CA_MALFORMED, "%s", fault);
}

/* ---- attributes ------------------------------------------------------- */

/*
 * extensionRequest ATTRIBUTE ::= {
 *     WITH SYNTAX Extensions, SINGLE VALUE TRUE, ID pkcs-9-at-... 14 }
 */
static enum ca_status
parse_extension_request(
    struct ca_bytes value, struct ca_csr *csr, struct ca_error *err)
{
	const struct ca_ext *san;
	enum ca_status st;

	st = ca_exts_parse(value, &csr->exts, err);
	for (size_t i = 0; st == CA_OK && i < csr->exts.count; i++)
		if (csr->exts.list[i].id != CA_OID_SUBJECT_ALT_NAME)
			st = ca_ext_check(&csr->exts.list[i], err);
	if (st != CA_OK)
		return st;
	san = ca_exts_find(&csr->exts, CA_OID_SUBJECT_ALT_NAME);
	if (san == NULL)
		return CA_OK;
	return ca_san_parse(san->value, csr->sans, &csr->san_count, err);
}

/*
 * Attribute ::= SEQUENCE {
 *     type   OBJECT IDENTIFIER,
 *     values SET SIZE (1..MAX) OF ANY DEFINED BY type }
 *
 * What we read is single-valued (RFC 2985 5.4), and nothing else is known to
 * come with two, so that one value is asked of all.
 */
static enum ca_status
parse_attribute(struct ca_bytes *list, struct ca_bytes *ret_type,
    struct ca_bytes *ret_value, struct ca_error *err)
{
	struct ca_bytes in, values, value;

	if (!der_get(list, DER_SEQUENCE, &in) || !der_get_oid(&in, ret_type) ||
	    !der_get(&in, DER_SET, &values) || !der_at_end(in))
		return malformed(err,
		    "an attribute is not a type and a SET of values in DER "
		    "(RFC 2986 4.1)");
	if (der_at_end(values))
		return malformed(err,
		    "an attribute without a value (RFC 2986 4.1: one at "
		    "least)");
	if (!der_get_any(&values, NULL, &value, NULL))
		return malformed(
		    err, "an attribute's value is not DER (RFC 2986 4.1)");
	if (!der_at_end(values))
		return malformed(err,
		    "an attribute with several values where there is one "
		    "(RFC 2985 5.4: SINGLE VALUE)");
	*ret_value = value;
	return CA_OK;
}

static bool
has_type(const struct ca_bytes *types, size_t count, struct ca_bytes type)
{
	for (size_t i = 0; i < count; i++)
		if (ca_bytes_equal(types[i], type))
			return true;
	return false;
}

/* A string of any kind, and those are primitive in DER (X.690 10.2). */
static enum ca_status
read_string(
    struct ca_bytes value, struct ca_bytes *ret_content, struct ca_error *err)
{
	struct ca_bytes element;
	uint8_t tag;

	if (!der_get_any(&value, &tag, &element, ret_content) ||
	    (tag & CONSTRUCTED) != 0)
		return malformed(err,
		    "a challengePassword or unstructuredName that is no string "
		    "(RFC 2985 5.3, 5.4)");
	return CA_OK;
}

/*
 * Attributes of a kind we do not know (Microsoft's client information and
 * its own request for extensions among them) are left alone.
 */
static enum ca_status
read_attribute(struct ca_bytes type, struct ca_bytes value, struct ca_csr *csr,
    struct ca_error *err)
{
	switch (ca_oid_find(type)) {
	case CA_OID_EXTENSION_REQUEST:
		return parse_extension_request(value, csr, err);
	case CA_OID_CHALLENGE_PASSWORD:
		csr->has_challenge = true;
		return read_string(value, &csr->challenge, err);
	case CA_OID_UNSTRUCTURED_NAME:
		csr->has_unstructured = true;
		return read_string(value, &csr->unstructured, err);
	default:
		break;
	}
	if (!der_is_well_formed(value))
		return malformed(
		    err, "an attribute's value is not DER (RFC 2986 4.1)");
	return CA_OK;
}

static enum ca_status
parse_attribute_list(
    struct ca_bytes list, struct ca_csr *csr, struct ca_error *err)
{
	struct ca_bytes types[CA_CSR_MAX_ATTRIBUTES];
	struct ca_bytes type = {0}, value = {0};
	enum ca_status st;

	for (size_t count = 0; !der_at_end(list); count++) {
		if (count == CA_CSR_MAX_ATTRIBUTES)
			return ca_fail(err, CA_REFUSED,
			    "more than %d attributes, the most that are read",
			    CA_CSR_MAX_ATTRIBUTES);
		st = parse_attribute(&list, &type, &value, err);
		if (st != CA_OK)
			return st;
		if (has_type(types, count, type))
			return malformed(
			    err, "an attribute stands there twice (X.501 8.2)");
		types[count] = type;
		st = read_attribute(type, value, csr, err);
		if (st != CA_OK)
			return st;
	}
	return CA_OK;
}

/*
 * attributes [0] IMPLICIT SET OF Attribute
 *
 * Not OPTIONAL in RFC 2986: a request that asks for nothing has an empty
 * set, and every program whose requests we have seen writes one.
 */
static enum ca_status
parse_attributes(struct ca_bytes in, struct ca_csr *csr, struct ca_error *err)
{
	struct ca_bytes list;

	if (!der_get(&in, DER_CONTEXT_CONS(0), &list))
		return malformed(err,
		    "no attributes [0] in DER, which stand there even when "
		    "empty (RFC 2986 4.1)");
	if (!der_at_end(in))
		return malformed(
		    err, "something follows the attributes (RFC 2986 4.1)");
	if (!der_set_is_ordered(list))
		return malformed(err,
		    "the attributes are not DER, in the order of their "
		    "encodings (X.690 11.6)");
	return parse_attribute_list(list, csr, err);
}

/* ---- reading ---------------------------------------------------------- */

/*
 * CertificationRequestInfo ::= SEQUENCE {
 *     version       INTEGER { v1(0) },
 *     subject       Name,
 *     subjectPKInfo SubjectPublicKeyInfo,
 *     attributes    [0] IMPLICIT SET OF Attribute }
 */
static enum ca_status
parse_info(struct ca_bytes info, struct ca_csr *csr, struct ca_error *err)
{
	uint64_t version;
	struct ca_bytes in;
	enum ca_status st;

	if (!der_get(&info, DER_SEQUENCE, &in) || !der_get_uint(&in, &version))
		return malformed(
		    err, "the version is not an INTEGER in DER (RFC 2986 4.1)");
	if (version != VERSION_1)
		return ca_fail(err, CA_MALFORMED,
		    "version %llu, where RFC 2986 4.1 knows 0 alone",
		    (unsigned long long)version);
	if (!der_get_element(&in, DER_SEQUENCE, &csr->subject))
		return malformed(
		    err, "the subject is not a SEQUENCE in DER (RFC 2986 4.1)");
	if ((st = ca_name_check(csr->subject, err)) != CA_OK) {
		ca_fail_in(err, "subject");
		return st;
	}
	if ((st = ca_spki_get(&in, &csr->spki, err)) != CA_OK)
		return st;
	return parse_attributes(in, csr, err);
}

/*
 * CertificationRequest ::= SEQUENCE {
 *     certificationRequestInfo CertificationRequestInfo,
 *     signatureAlgorithm       AlgorithmIdentifier,
 *     signature                BIT STRING }
 */
static enum ca_status
parse_request(struct ca_csr *csr, struct ca_error *err)
{
	struct ca_bytes rest = csr->der, in;
	enum ca_status st;

	if (!der_get(&rest, DER_SEQUENCE, &in))
		return malformed(err, "not a SEQUENCE in DER (RFC 2986 4.2)");
	if (!der_at_end(rest))
		return malformed(err, "bytes follow its end (RFC 2986 4.2)");
	if (!der_get_element(&in, DER_SEQUENCE, &csr->info))
		return malformed(err,
		    "certificationRequestInfo is not a SEQUENCE in DER "
		    "(RFC 2986 4.2)");
	if ((st = parse_info(csr->info, csr, err)) != CA_OK)
		return st;
	if ((st = ca_sig_alg_get(&in, &csr->alg, err)) != CA_OK)
		return st;
	if (!der_get_bit_octets(&in, &csr->signature))
		return malformed(err,
		    "the signature is not a BIT STRING of whole octets in DER "
		    "(RFC 2986 4.2)");
	if (!der_at_end(in))
		return malformed(
		    err, "something follows the signature (RFC 2986 4.2)");
	return CA_OK;
}

enum ca_status
ca_csr_parse(struct ca_bytes der, struct ca_csr *ret, struct ca_error *err)
{
	struct ca_csr csr = {.der = der};
	enum ca_status st;

	if (der.len > CA_CSR_MAX)
		st = ca_fail(err, CA_REFUSED,
		    "%zu octets, where %zu are the limit", der.len, CA_CSR_MAX);
	else
		st = parse_request(&csr, err);
	if (st != CA_OK) {
		ca_fail_in(err, "request");
		ca_fail_hint(err, "ask whoever made it for a new one");
		return st;
	}
	*ret = csr;
	return CA_OK;
}

static enum ca_status
verify(const struct ca_csr *csr, bool many, struct ca_error *err)
{
	enum ca_status st;

	st = (many ? ca_crypto_verify_many : ca_crypto_verify)(
	    &csr->spki, &csr->alg, csr->info, csr->signature, err);
	if (st != CA_OK)
		ca_fail_in(err, "request: proof of possession (RFC 2986 4.2)");
	if (st == CA_UNTRUSTED)
		ca_fail_hint(err,
		    "make the request again, signed with the key it is for");
	return st;
}

enum ca_status
ca_csr_verify(const struct ca_csr *csr, struct ca_error *err)
{
	return verify(csr, false, err);
}

enum ca_status
ca_csr_verify_many(const struct ca_csr *csr, struct ca_error *err)
{
	return verify(csr, true, err);
}

/* ---- what is kept ----------------------------------------------------- */

static void
mask(const struct ca_csr *csr, struct ca_bytes value, struct ca_buf *der)
{
	if (value.len > 0)
		memset(
		    der->data + (value.data - csr->der.data), MASK, value.len);
}

void
ca_csr_mask(const struct ca_csr *csr, struct ca_buf *der)
{
	mask(csr, csr->challenge, der);
	mask(csr, csr->unstructured, der);
}

static bool
is_masked(struct ca_bytes value)
{
	for (size_t i = 0; i < value.len; i++)
		if (value.data[i] != MASK)
			return false;
	return true;
}

bool
ca_csr_is_masked(const struct ca_csr *csr)
{
	return csr->challenge.len + csr->unstructured.len > 0 &&
	    is_masked(csr->challenge) && is_masked(csr->unstructured);
}

/* ---- writing ---------------------------------------------------------- */

static void
put_extension_request(
    struct der_out *out, const struct ca_san *sans, size_t san_count)
{
	der_open(out, DER_SEQUENCE);
	der_put(out, DER_OID, ca_oid_der(CA_OID_EXTENSION_REQUEST));
	der_open(out, DER_SET);
	der_open(out, DER_SEQUENCE); /* Extensions */
	ca_ext_open(out, CA_OID_SUBJECT_ALT_NAME, false);
	der_open(out, DER_SEQUENCE); /* GeneralNames */
	for (size_t i = 0; i < san_count; i++)
		ca_san_put(out, &sans[i]);
	der_close(out);
	ca_ext_close(out);
	der_close(out);
	der_close(out);
	der_close(out);
}

static void
put_info(struct der_out *out, struct ca_bytes subject,
    const struct ca_spki *spki, const struct ca_san *sans, size_t san_count)
{
	der_open(out, DER_SEQUENCE);
	der_put_uint(out, VERSION_1);
	der_put_raw(out, subject);
	der_put_raw(out, spki->der);
	der_open(out, DER_CONTEXT_CONS(0));
	if (san_count > 0)
		put_extension_request(out, sans, san_count);
	der_close(out);
	der_close(out);
}

enum ca_status
ca_csr_build(struct ca_key *key, struct ca_bytes subject,
    const struct ca_san *sans, size_t san_count, struct ca_rng *rng,
    struct ca_buf *ret, struct ca_error *err)
{
	const struct ca_spki *spki = ca_key_spki(key);
	const struct ca_sig_alg alg = ca_sig_alg_for(spki);
	struct ca_buf info = {0}, der = {0};
	struct der_out out = {0};
	struct ca_csr csr;
	enum ca_status st;

	if (san_count > CA_SAN_MAX)
		return ca_fail(err, CA_REFUSED,
		    "request: %zu names, the limit is %d; make two requests",
		    san_count, CA_SAN_MAX);
	put_info(&out, subject, spki, sans, san_count);
	st = der_finish(&out, &info);
	if (st != CA_OK) {
		(void)ca_fail(err, st, "request: it could not be written");
		goto out;
	}
	if ((st = ca_sign(ca_view(&info), key, &alg, rng, &der, err)) !=
		CA_OK ||
	    (st = ca_csr_parse(ca_view(&der), &csr, err)) != CA_OK ||
	    (st = ca_csr_verify(&csr, err)) != CA_OK)
		goto out;

	ca_buf_free(ret);
	*ret = der;
	der = (struct ca_buf){0};
out:
	ca_buf_free(&info);
	ca_buf_free(&der);
	return st;
}
