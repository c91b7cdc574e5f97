/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The extensions of a CRL and of its entries. */
#include "ca/ext.h"

#include <string.h>

/* ---- cRLNumber -------------------------------------------------------- */

bool
ca_crl_number_get(struct ca_bytes value, uint64_t *ret)
{
	uint64_t number;

	if (!der_get_uint(&value, &number) || !der_at_end(value))
		return false;
	*ret = number;
	return true;
}

void
ca_crl_number_put(struct der_out *out, uint64_t number)
{
	/* What could not be read back is not written. */
	if (number > INT64_MAX)
		der_put_failed(out, CA_INTERNAL);
	der_put_uint(out, number);
}

/* ---- reasonCode ------------------------------------------------------- */

#define REASONS 11

/* RFC 5280 5.3.1; 7 is not used. The second word is how people type it. */
static const struct {
	const char *word, *hyphened;
} reasons[REASONS] = {
    [CA_REASON_UNSPECIFIED] = {"unspecified", "unspecified"},
    [CA_REASON_KEY_COMPROMISE] = {"keyCompromise", "key-compromise"},
    [CA_REASON_CA_COMPROMISE] = {"cACompromise", "ca-compromise"},
    [CA_REASON_AFFILIATION_CHANGED] = {"affiliationChanged",
	"affiliation-changed"},
    [CA_REASON_SUPERSEDED] = {"superseded", "superseded"},
    [CA_REASON_CESSATION_OF_OPERATION] = {"cessationOfOperation",
	"cessation-of-operation"},
    [CA_REASON_CERTIFICATE_HOLD] = {"certificateHold", "certificate-hold"},
    [CA_REASON_REMOVE_FROM_CRL] = {"removeFromCRL", "remove-from-crl"},
    [CA_REASON_PRIVILEGE_WITHDRAWN] = {"privilegeWithdrawn",
	"privilege-withdrawn"},
    [CA_REASON_AA_COMPROMISE] = {"aACompromise", "aa-compromise"},
};

const char *
ca_reason_name(int reason)
{
	if (reason < 0 || reason >= REASONS)
		return NULL;
	return reasons[reason].word;
}

bool
ca_reason_by_name(const char *name, enum ca_reason *ret)
{
	for (int i = 0; i < REASONS; i++) {
		if (reasons[i].word == NULL)
			continue;
		if (strcmp(name, reasons[i].word) != 0 &&
		    strcmp(name, reasons[i].hyphened) != 0)
			continue;
		*ret = (enum ca_reason)i;
		return true;
	}
	return false;
}

/* CRLReason ::= ENUMERATED */
bool
ca_crl_reason_get(struct ca_bytes value, enum ca_reason *ret)
{
	struct ca_bytes code;

	if (!der_get(&value, DER_ENUMERATED, &code) || !der_at_end(value) ||
	    code.len != 1 || ca_reason_name(code.data[0]) == NULL)
		return false;
	*ret = (enum ca_reason)code.data[0];
	return true;
}

void
ca_crl_reason_put(struct der_out *out, enum ca_reason reason)
{
	const uint8_t code = (uint8_t)reason;

	if (ca_reason_name((int)reason) == NULL)
		der_put_failed(out, CA_INTERNAL);
	der_put(out, DER_ENUMERATED, (struct ca_bytes){&code, 1});
}

/* SEQUENCE { SEQUENCE { 2.5.29.21, OCTET STRING { ENUMERATED */
static const uint8_t reason_alone[CA_CRL_REASON_ALONE - 1] = {0x30, 0x0c, 0x30,
    0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01};

void
ca_crl_reason_alone(enum ca_reason reason, uint8_t ret[CA_CRL_REASON_ALONE])
{
	memcpy(ret, reason_alone, sizeof(reason_alone));
	ret[sizeof(reason_alone)] = (uint8_t)reason;
}

bool
ca_crl_reason_is_alone(struct ca_bytes element, enum ca_reason *ret)
{
	uint8_t code;

	if (element.len != CA_CRL_REASON_ALONE ||
	    memcmp(element.data, reason_alone, sizeof(reason_alone)) != 0)
		return false;
	code = element.data[sizeof(reason_alone)];
	if (code == CA_REASON_UNSPECIFIED || ca_reason_name(code) == NULL)
		return false;
	*ret = (enum ca_reason)code;
	return true;
}

/* ---- issuingDistributionPoint ----------------------------------------- */

/* [n] IMPLICIT BOOLEAN DEFAULT FALSE: left out, or TRUE. */
static bool
take_flag(struct ca_bytes *in, unsigned tag, bool *ret)
{
	struct ca_bytes content;

	if (!der_get_optional(in, DER_CONTEXT(tag), ret, &content))
		return false;
	return !*ret || (content.len == 1 && content.data[0] == 0xff);
}

/*
 * IssuingDistributionPoint ::= SEQUENCE {
 *     distributionPoint          [0] DistributionPointName OPTIONAL,
 *     onlyContainsUserCerts      [1] BOOLEAN DEFAULT FALSE,
 *     onlyContainsCACerts        [2] BOOLEAN DEFAULT FALSE,
 *     onlySomeReasons            [3] ReasonFlags OPTIONAL,
 *     indirectCRL                [4] BOOLEAN DEFAULT FALSE,
 *     onlyContainsAttributeCerts [5] BOOLEAN DEFAULT FALSE }
 *
 * Not empty, and at most one of the three scopes (RFC 5280 5.2.5).
 */
bool
ca_issuing_point_get(struct ca_bytes value, struct ca_issuing_point *ret)
{
	struct ca_issuing_point point = {0};
	struct ca_bytes in, name, flags;
	bool has_name, has_reasons;

	if (!der_get(&value, DER_SEQUENCE, &in) || !der_at_end(value) ||
	    der_at_end(in))
		return false;
	if (!der_get_optional(&in, DER_CONTEXT_CONS(0), &has_name, &name) ||
	    !take_flag(&in, 1, &point.only_user) ||
	    !take_flag(&in, 2, &point.only_ca) ||
	    !der_get_optional(&in, DER_CONTEXT(3), &has_reasons, &flags) ||
	    !take_flag(&in, 4, &point.indirect) ||
	    !take_flag(&in, 5, &point.only_attribute) || !der_at_end(in))
		return false;
	if (has_name && !ca_distribution_point_name_get(name, &point.urls))
		return false;
	if (has_name)
		point.name = name;
	if (has_reasons &&
	    (!der_named_bits(flags, &point.reasons) || point.reasons == 0))
		return false;
	if (point.only_user + point.only_ca + point.only_attribute > 1)
		return false;
	*ret = point;
	return true;
}

void
ca_issuing_point_put(
    struct der_out *out, struct ca_bytes point, bool only_user, bool only_ca)
{
	static const uint8_t yes[1] = {0xff};

	der_open(out, DER_SEQUENCE);
	if (point.len > 0)
		der_put(out, DER_CONTEXT_CONS(0), point);
	if (only_user)
		der_put(out, DER_CONTEXT(1), (struct ca_bytes){yes, 1});
	if (only_ca)
		der_put(out, DER_CONTEXT(2), (struct ca_bytes){yes, 1});
	der_close(out);
}
