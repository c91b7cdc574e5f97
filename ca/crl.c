/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/crl.h"

#include "ca/crypto.h"
#include "ca/name.h"
#include "ca/time.h"

#include <stdio.h>
#include <stdlib.h>

#define VERSION_2 1

static enum ca_status
malformed(struct ca_error *err, const char *fault)
{
	return ca_fail(err, CA_MALFORMED, "%s", fault);
}

/* ---- extensions ------------------------------------------------------- */

static bool
is_among(enum ca_oid id, const enum ca_oid *ids, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/*
 * RFC 5280 5.2: a CRL with a critical extension that is not understood may
 * not be used to decide that a certificate is still good.
 */
static enum ca_status
check_extensions(const struct ca_exts *exts, const enum ca_oid *understood,
    size_t count, struct ca_error *err)
{
	for (size_t i = 0; i < exts->count; i++) {
		const struct ca_ext *ext = &exts->list[i];
		enum ca_status st;

		if (ext->critical && !is_among(ext->id, understood, count))
			return ca_ext_fail(err, CA_MALFORMED, ext->oid,
			    "critical, and not understood here "
			    "(RFC 5280 5.2, 5.3)");
		if ((st = ca_ext_check(ext, err)) != CA_OK)
			return st;
	}
	return CA_OK;
}

/* ---- one entry -------------------------------------------------------- */

static const enum ca_oid entry_extensions[] = {
    CA_OID_CRL_REASON, CA_OID_INVALIDITY_DATE};

static enum ca_status
parse_entry_extensions(
    struct ca_bytes element, struct ca_crl_entry *entry, struct ca_error *err)
{
	const struct ca_ext *ext;
	struct ca_exts exts;
	enum ca_status st;

	st = ca_exts_parse(element, &exts, err);
	if (st != CA_OK)
		return st;
	if (ca_exts_find(&exts, CA_OID_CERTIFICATE_ISSUER) != NULL)
		return ca_fail(err, CA_REFUSED,
		    "certificateIssuer: entries of indirect CRLs are not read "
		    "(RFC 5280 5.3.3)");
	st = check_extensions(&exts, entry_extensions,
	    sizeof(entry_extensions) / sizeof(entry_extensions[0]), err);
	if (st != CA_OK)
		return st;
	ext = ca_exts_find(&exts, CA_OID_CRL_REASON);
	if (ext != NULL && !ca_crl_reason_get(ext->value, &entry->reason))
		return ca_ext_fail(err, CA_INTERNAL, ext->oid, "not read");
	ext = ca_exts_find(&exts, CA_OID_INVALIDITY_DATE);
	if (ext != NULL) {
		struct ca_bytes value = ext->value;

		if (!ca_time_get_generalized(&value, &entry->invalid_since))
			return ca_ext_fail(
			    err, CA_INTERNAL, ext->oid, "not read");
	}
	return CA_OK;
}

/*
 * SEQUENCE {
 *     userCertificate    CertificateSerialNumber,
 *     revocationDate     Time,
 *     crlEntryExtensions Extensions OPTIONAL }
 */
static enum ca_status
take_entry(
    struct ca_bytes *entries, struct ca_crl_entry *ret, struct ca_error *err)
{
	struct ca_crl_entry entry = {.invalid_since = INT64_MIN};
	struct ca_bytes in;

	if (!der_get(entries, DER_SEQUENCE, &in))
		return ca_fail(err, CA_MALFORMED,
		    "it is not a SEQUENCE in DER (RFC 5280 5.1.2.6)");
	/* A negative one would look like the positive of the same octets. */
	if (!der_get_unsigned(&in, &entry.serial))
		return ca_fail(err, CA_MALFORMED,
		    "the serial number is not an INTEGER in DER, or it is "
		    "negative (RFC 5280 4.1.2.2)");
	if (!ca_time_get(&in, &entry.revoked_at))
		return ca_fail(err, CA_MALFORMED,
		    "the revocation date is not a Time, UTCTime to 2049 and "
		    "GeneralizedTime from 2050 (RFC 5280 5.1.2.6)");
	/* Of most it is all there is to read. */
	if (!der_at_end(in) && !ca_crl_reason_is_alone(in, &entry.reason)) {
		enum ca_status st = parse_entry_extensions(in, &entry, err);

		if (st != CA_OK)
			return st;
	}
	*ret = entry;
	return CA_OK;
}

/* ---- all of them ------------------------------------------------------ */

static enum ca_status
fail_at(size_t index, enum ca_status st, struct ca_error *err)
{
	char who[48];

	(void)snprintf(who, sizeof(who), "entry %zu", index + 1);
	ca_fail_in(err, who);
	return st;
}

/* order: of its serial to that of the one before it. */
static enum ca_status
check_entry(const struct ca_crl_entry *entry, int order, bool is_delta,
    struct ca_error *err)
{
	if (order == 0)
		return ca_fail(err, CA_MALFORMED,
		    "the serial number of the one before it, once more "
		    "(RFC 5280 5.1.2.6)");
	if (entry->reason == CA_REASON_REMOVE_FROM_CRL && !is_delta)
		return ca_fail(err, CA_MALFORMED,
		    "removeFromCRL, which only a delta CRL may say "
		    "(RFC 5280 5.3.1)");
	return CA_OK;
}

static int
compare_serials(const void *a, const void *b)
{
	return ca_crl_serial_compare(
	    *(const struct ca_bytes *)a, *(const struct ca_bytes *)b);
}

static enum ca_status
fail_twice(struct ca_bytes serial, struct ca_error *err)
{
	struct ca_buf hex = {0};
	const char *text = NULL;
	enum ca_status st;

	if (ca_hex_append(&hex, serial) == CA_OK)
		text = ca_buf_text(&hex);
	st = ca_fail(err, CA_MALFORMED,
	    "serial %s is there twice (RFC 5280 5.3)",
	    text != NULL ? text : "(out of memory)");
	ca_buf_free(&hex);
	return st;
}

/* No RFC wants them to rise: in a list where they do not, they are sorted.
 * The room is bounded by the list's: an entry has more than 16 octets. */
static enum ca_status
check_unsorted(const struct ca_crl *crl, struct ca_error *err)
{
	struct ca_bytes entries = crl->entries;
	struct ca_bytes *serials = calloc(crl->entry_count, sizeof(*serials));
	struct ca_crl_entry entry;
	size_t count = 0;
	enum ca_status st = CA_OK;

	if (serials == NULL)
		return ca_fail(err, CA_MEMORY, "out of memory");
	while (count < crl->entry_count && ca_crl_next(&entries, &entry))
		serials[count++] = entry.serial;
	qsort(serials, count, sizeof(*serials), compare_serials);
	for (size_t i = 1; i < count && st == CA_OK; i++)
		if (compare_serials(&serials[i - 1], &serials[i]) == 0)
			st = fail_twice(serials[i], err);
	free(serials);
	return st;
}

static enum ca_status
check_entries(struct ca_crl *crl, struct ca_error *err)
{
	const bool is_delta = ca_exts_find(&crl->exts,
				  CA_OID_DELTA_CRL_INDICATOR) != NULL;
	struct ca_bytes entries = crl->entries;
	struct ca_crl_entry entry;
	struct ca_bytes last = {0};
	bool rising = true;
	enum ca_status st;

	while (!der_at_end(entries)) {
		int order = 1;

		if ((st = take_entry(&entries, &entry, err)) != CA_OK)
			return fail_at(crl->entry_count, st, err);
		if (crl->entry_count > 0)
			order = ca_crl_serial_compare(entry.serial, last);
		if ((st = check_entry(&entry, order, is_delta, err)) != CA_OK)
			return fail_at(crl->entry_count, st, err);
		rising = rising && order > 0;
		last = entry.serial;
		crl->entry_count++;
	}
	return rising ? CA_OK : check_unsorted(crl, err);
}

/* ---- the list --------------------------------------------------------- */

static const enum ca_oid crl_extensions[] = {CA_OID_AUTHORITY_KEY_IDENTIFIER,
    CA_OID_ISSUER_ALT_NAME, CA_OID_CRL_NUMBER, CA_OID_DELTA_CRL_INDICATOR,
    CA_OID_ISSUING_DISTRIBUTION_POINT, CA_OID_FRESHEST_CRL,
    CA_OID_AUTHORITY_INFO_ACCESS};

/* Scope and base change what a CRL says: whoever skips them is misled. */
static enum ca_status
check_critical(const struct ca_exts *exts, enum ca_oid id, struct ca_error *err)
{
	const struct ca_ext *ext = ca_exts_find(exts, id);

	if (ext == NULL || ext->critical)
		return CA_OK;
	return ca_ext_fail(err, CA_MALFORMED, ext->oid,
	    "it must be critical (RFC 5280 5.2.4, 5.2.5)");
}

static enum ca_status
refuse_indirect(const struct ca_exts *exts, struct ca_error *err)
{
	struct ca_issuing_point point = {0};
	const struct ca_ext *ext;

	ext = ca_exts_find(exts, CA_OID_ISSUING_DISTRIBUTION_POINT);
	if (ext != NULL && !ca_issuing_point_get(ext->value, &point))
		return ca_ext_fail(err, CA_INTERNAL, ext->oid, "not read");
	if (point.indirect)
		return ca_fail(err, CA_REFUSED,
		    "it is an indirect CRL, which is not read "
		    "(RFC 5280 5.2.5)");
	return CA_OK;
}

/* Compared as octets: both may be larger than any integer here. */
static enum ca_status
check_base(const struct ca_exts *exts, struct ca_error *err)
{
	const struct ca_ext *base, *number;
	struct ca_bytes base_value, number_value, base_is, number_is;

	base = ca_exts_find(exts, CA_OID_DELTA_CRL_INDICATOR);
	number = ca_exts_find(exts, CA_OID_CRL_NUMBER);
	if (base == NULL || number == NULL)
		return CA_OK;
	base_value = base->value;
	number_value = number->value;
	if (!der_get_unsigned(&base_value, &base_is) ||
	    !der_get_unsigned(&number_value, &number_is))
		return ca_ext_fail(err, CA_INTERNAL, base->oid, "not read");
	if (ca_crl_serial_compare(base_is, number_is) > 0)
		return ca_ext_fail(err, CA_MALFORMED, base->oid,
		    "the base comes after the CRL's own number "
		    "(RFC 5280 5.2.4)");
	return CA_OK;
}

static enum ca_status
read_extensions(struct ca_crl *crl, struct ca_error *err)
{
	const struct ca_ext *ext;

	ext = ca_exts_find(&crl->exts, CA_OID_CRL_NUMBER);
	crl->has_number = ext != NULL;
	if (ext != NULL && !ca_crl_number_get(ext->value, &crl->number))
		crl->number = UINT64_MAX;
	ext = ca_exts_find(&crl->exts, CA_OID_AUTHORITY_KEY_IDENTIFIER);
	if (ext != NULL &&
	    !ca_authority_key_id_get(ext->value, &crl->authority_key_id))
		return ca_ext_fail(err, CA_INTERNAL, ext->oid, "not read");
	return CA_OK;
}

/* crlExtensions [0] EXPLICIT Extensions OPTIONAL */
static enum ca_status
parse_extensions(struct ca_bytes *in, struct ca_crl *crl, struct ca_error *err)
{
	struct ca_bytes extensions;
	enum ca_status st;
	bool present;

	if (!der_get_optional(in, DER_CONTEXT_CONS(0), &present, &extensions))
		return malformed(
		    err, "the extensions [0] are not DER (RFC 5280 5.1.2.7)");
	if (!present)
		return CA_OK;
	if ((st = ca_exts_parse(extensions, &crl->exts, err)) != CA_OK ||
	    (st = check_extensions(&crl->exts, crl_extensions,
		 sizeof(crl_extensions) / sizeof(crl_extensions[0]), err)) !=
		CA_OK ||
	    (st = check_critical(
		 &crl->exts, CA_OID_DELTA_CRL_INDICATOR, err)) != CA_OK ||
	    (st = check_critical(&crl->exts, CA_OID_ISSUING_DISTRIBUTION_POINT,
		 err)) != CA_OK ||
	    (st = refuse_indirect(&crl->exts, err)) != CA_OK ||
	    (st = check_base(&crl->exts, err)) != CA_OK ||
	    (st = read_extensions(crl, err)) != CA_OK)
		return st;
	return CA_OK;
}

static enum ca_status
parse_times(struct ca_bytes *in, struct ca_crl *crl, struct ca_error *err)
{
	if (!ca_time_get(in, &crl->this_update))
		return malformed(err,
		    "thisUpdate is not a Time, UTCTime to 2049 and "
		    "GeneralizedTime from 2050 (RFC 5280 5.1.2.4)");
	if (!ca_time_get(in, &crl->next_update))
		return malformed(err,
		    "nextUpdate is not there, or not a Time, UTCTime to 2049 "
		    "and GeneralizedTime from 2050 (RFC 5280 5.1.2.5)");
	if (crl->next_update < crl->this_update)
		return malformed(err,
		    "nextUpdate lies before thisUpdate (RFC 5280 5.1.2.5)");
	return CA_OK;
}

/* revokedCertificates SEQUENCE OF ... OPTIONAL */
static enum ca_status
find_entries(struct ca_bytes *in, struct ca_crl *crl, struct ca_error *err)
{
	bool present;

	if (!der_get_optional(in, DER_SEQUENCE, &present, &crl->entries))
		return malformed(
		    err, "revokedCertificates is not DER (RFC 5280 5.1.2.6)");
	if (present && der_at_end(crl->entries))
		return malformed(err,
		    "revokedCertificates is empty, where it must be left out "
		    "(RFC 5280 5.1.2.6)");
	return CA_OK;
}

/*
 * TBSCertList ::= SEQUENCE {
 *     version             Version OPTIONAL,
 *     signature           AlgorithmIdentifier,
 *     issuer              Name,
 *     thisUpdate          Time,
 *     nextUpdate          Time OPTIONAL,
 *     revokedCertificates SEQUENCE OF ... OPTIONAL,
 *     crlExtensions       [0] EXPLICIT Extensions OPTIONAL }
 *
 * in is what stands inside it; ret_alg the algorithm as an element.
 */
static enum ca_status
parse_fields(struct ca_bytes in, struct ca_crl *crl, struct ca_bytes *ret_alg,
    struct ca_error *err)
{
	struct ca_bytes alg_at;
	uint64_t version;
	enum ca_status st;

	if (!der_get_uint(&in, &version) || version != VERSION_2)
		return malformed(err,
		    "it does not say that it is of version 2, whose number is "
		    "1 (RFC 5280 5.1.2.1)");
	alg_at = in;
	if ((st = ca_sig_alg_get(&in, &crl->alg, err)) != CA_OK)
		return st;
	*ret_alg = (struct ca_bytes){alg_at.data, alg_at.len - in.len};
	if (!der_get_element(&in, DER_SEQUENCE, &crl->issuer))
		return malformed(err,
		    "the issuer is not a SEQUENCE in DER (RFC 5280 5.1.2.3)");
	if ((st = ca_name_check(crl->issuer, err)) != CA_OK) {
		ca_fail_in(err, "issuer");
		return st;
	}
	if (ca_name_is_empty(crl->issuer))
		return malformed(
		    err, "the issuer has no name (RFC 5280 5.1.2.3)");
	if ((st = parse_times(&in, crl, err)) != CA_OK ||
	    (st = find_entries(&in, crl, err)) != CA_OK ||
	    (st = parse_extensions(&in, crl, err)) != CA_OK)
		return st;
	if (!der_at_end(in))
		return malformed(err,
		    "something that does not belong there follows the dates, "
		    "the entries or the extensions (RFC 5280 5.1)");
	return check_entries(crl, err);
}

/*
 * CertificateList ::= SEQUENCE {
 *     tbsCertList        TBSCertList,
 *     signatureAlgorithm AlgorithmIdentifier,
 *     signatureValue     BIT STRING }
 */
static enum ca_status
parse_list(struct ca_crl *crl, struct ca_error *err)
{
	struct ca_bytes rest = crl->der, in, inside, inner, outer;
	struct ca_sig_alg alg;
	enum ca_status st;

	if (!der_get(&rest, DER_SEQUENCE, &in))
		return malformed(err, "not a SEQUENCE in DER (RFC 5280 5.1)");
	if (!der_at_end(rest))
		return malformed(err, "bytes follow its end (RFC 5280 5.1)");
	if (!der_get_any(&in, NULL, &crl->tbs, &inside) ||
	    crl->tbs.data[0] != DER_SEQUENCE)
		return malformed(
		    err, "tbsCertList is not a SEQUENCE in DER (RFC 5280 5.1)");
	if ((st = parse_fields(inside, crl, &inner, err)) != CA_OK)
		return st;
	outer = in;
	if ((st = ca_sig_alg_get(&in, &alg, err)) != CA_OK)
		return st;
	outer.len -= in.len;
	if (!ca_bytes_equal(inner, outer))
		return malformed(err,
		    "the algorithm beside the signature is not the one that "
		    "was signed (RFC 5280 5.1.1.2)");
	if (!der_get_bit_octets(&in, &crl->signature) || !der_at_end(in))
		return malformed(err,
		    "the signature is not a BIT STRING of whole octets, with "
		    "nothing behind it (RFC 5280 5.1.1.3)");
	return CA_OK;
}

enum ca_status
ca_crl_parse(struct ca_bytes der, struct ca_crl *ret, struct ca_error *err)
{
	struct ca_crl crl = {.der = der};
	enum ca_status st;

	st = parse_list(&crl, err);
	if (st != CA_OK) {
		ca_fail_in(err, "CRL");
		if (st == CA_MEMORY)
			return st;
		ca_fail_hint(err, "ask its issuer for another");
		return st;
	}
	*ret = crl;
	return CA_OK;
}

bool
ca_crl_next(struct ca_bytes *entries, struct ca_crl_entry *ret)
{
	if (der_at_end(*entries))
		return false;
	return take_entry(entries, ret, NULL) == CA_OK;
}

enum ca_status
ca_crl_verify(const struct ca_crl *crl, const struct ca_spki *issuer,
    struct ca_error *err)
{
	enum ca_status st;

	st = ca_crypto_verify(issuer, &crl->alg, crl->tbs, crl->signature, err);
	if (st != CA_OK)
		ca_fail_in(err, "CRL: its issuer's signature");
	return st;
}

static enum ca_status
check_issuer(const struct ca_crl *crl, const struct ca_cert *issuer,
    struct ca_error *err)
{
	const struct ca_ext *usage = ca_exts_find(
	    &issuer->exts, CA_OID_KEY_USAGE);
	uint16_t bits = 0;

	if (!ca_name_equal(crl->issuer, issuer->subject))
		return ca_fail(err, CA_UNTRUSTED,
		    "CRL: another authority's: its issuer is not the subject "
		    "of the certificate (RFC 5280 6.3.3)");
	if (crl->authority_key_id.len > 0 && issuer->subject_key_id.len > 0 &&
	    !ca_bytes_equal(crl->authority_key_id, issuer->subject_key_id))
		return ca_fail(err, CA_UNTRUSTED,
		    "CRL: from another key of the authority (RFC 5280 5.2.1): "
		    "name the certificate of that key");
	if (!issuer->is_ca ||
	    (usage != NULL &&
		(!ca_key_usage_get(usage->value, &bits) ||
		    (bits & CA_KU_CRL_SIGN) == 0)))
		return ca_fail(err, CA_UNTRUSTED,
		    "CRL: the issuer's certificate is not for CRLs: it lacks "
		    "CA:TRUE or cRLSign (RFC 5280 4.2.1.3)");
	return CA_OK;
}

enum ca_status
ca_crl_holds(const struct ca_crl *crl, const struct ca_cert *issuer,
    int64_t now, struct ca_error *err)
{
	char text[CA_TIME_TEXT];
	enum ca_status st;

	if ((st = check_issuer(crl, issuer, err)) != CA_OK ||
	    (st = ca_crl_verify(crl, &issuer->spki, err)) != CA_OK)
		return st;
	if (crl->this_update > now) {
		ca_time_text(crl->this_update, text);
		return ca_fail(err, CA_UNTRUSTED,
		    "CRL: thisUpdate %s is in the future (RFC 5280 5.1.2.4): "
		    "check the clock",
		    text);
	}
	if (crl->next_update < now) {
		ca_time_text(crl->next_update, text);
		return ca_fail(err, CA_UNTRUSTED,
		    "CRL: nextUpdate %s is past (RFC 5280 5.1.2.5): fetch the "
		    "next one",
		    text);
	}
	return CA_OK;
}

bool
ca_crl_find(
    const struct ca_crl *crl, struct ca_bytes serial, struct ca_crl_entry *ret)
{
	struct ca_bytes entries = crl->entries;
	struct ca_crl_entry entry;

	while (ca_crl_next(&entries, &entry)) {
		if (!ca_bytes_equal(entry.serial, serial))
			continue;
		*ret = entry;
		return true;
	}
	return false;
}
