/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/tbs.h"

#include <inttypes.h>

#include "ca/der.h"
#include "ca/ext.h"
#include "ca/oid.h"
#include "ca/time.h"

#define VERSION_2 1 /* RFC 5280 5.1.2.1 */
#define SERIAL_MAX 20

/* The serial last written, kept because an entry's view ends with the next. */
struct last {
	uint8_t octets[SERIAL_MAX];
	size_t len;
	bool any;
};

static struct ca_bytes
without_zeros(struct ca_bytes magnitude)
{
	while (magnitude.len > 0 && magnitude.data[0] == 0) {
		magnitude.data++;
		magnitude.len--;
	}
	return magnitude;
}

/* Numerically above the last one: the longer, or of equal length the later. */
static bool
rises(struct last *last, struct ca_bytes serial)
{
	struct ca_bytes before = {last->octets, last->len};

	if (last->any && serial.len < before.len)
		return false;
	if (last->any && serial.len == before.len &&
	    ca_bytes_compare(serial, before) <= 0)
		return false;
	for (size_t i = 0; i < serial.len; i++)
		last->octets[i] = serial.data[i];
	last->len = serial.len;
	last->any = true;
	return true;
}

static enum ca_status
check_entry(
    const struct ca_crl_entry *entry, struct last *last, struct ca_error *err)
{
	struct ca_bytes serial = without_zeros(entry->serial);

	if (serial.len > SERIAL_MAX)
		return ca_fail(err, CA_INTERNAL,
		    "CRL: a serial of %zu octets (RFC 5280 4.1.2.2: at most "
		    "20): run `signet audit`",
		    serial.len);
	if (!rises(last, serial))
		return ca_fail(err, CA_INTERNAL,
		    "CRL: a serial that does not rise (RFC 5280 5.3: each "
		    "serial once): run `signet audit`");
	/* 5.3.1: a complete CRL says it by leaving the entry out. */
	if (entry->reason == CA_REASON_REMOVE_FROM_CRL)
		return ca_fail(err, CA_INTERNAL,
		    "CRL: reason removeFromCRL in a complete CRL (RFC 5280 "
		    "5.3.1: only in a delta CRL)");
	return CA_OK;
}

/*
 * SEQUENCE {
 *	userCertificate    CertificateSerialNumber,
 *	revocationDate     Time,
 *	crlEntryExtensions Extensions OPTIONAL }
 */
static void
put_entry(struct der_out *out, const struct ca_crl_entry *entry)
{
	bool has_reason = entry->reason != CA_REASON_UNSPECIFIED;
	bool has_date = entry->invalid_since != INT64_MIN;

	der_open(out, DER_SEQUENCE);
	der_put_unsigned(out, entry->serial);
	ca_time_put(out, entry->revoked_at);
	if (has_reason || has_date) {
		der_open(out, DER_SEQUENCE);
		if (has_reason) {
			ca_ext_open(out, CA_OID_CRL_REASON, false);
			ca_crl_reason_put(out, entry->reason);
			ca_ext_close(out);
		}
		if (has_date) {
			ca_ext_open(out, CA_OID_INVALIDITY_DATE, false);
			ca_time_put_generalized(out, entry->invalid_since);
			ca_ext_close(out);
		}
		der_close(out);
	}
	der_close(out);
}

/* The list is opened with its first entry: RFC 5280 5.1.2.6 wants none, not
 * an empty one. Entries go straight into the one buffer. */
static enum ca_status
put_entries(struct der_out *out, const struct ca_crl_source *source,
    struct ca_error *err)
{
	struct last last = {0};
	struct ca_crl_entry entry = {0};
	enum ca_status st = CA_OK;

	while (source->next(source->ctx, &entry, &st)) {
		bool first = !last.any;

		if ((st = check_entry(&entry, &last, err)) != CA_OK)
			return st;
		if (first)
			der_open(out, DER_SEQUENCE);
		put_entry(out, &entry);
		if (out->status != CA_OK)
			return CA_OK; /* told by der_finish() */
		entry = (struct ca_crl_entry){0};
	}
	if (st != CA_OK)
		return ca_fail(
		    err, st, "CRL: the list of revocations broke off");
	if (last.any)
		der_close(out);
	return CA_OK;
}

/* crlExtensions [0] EXPLICIT Extensions */
static void
put_extensions(struct der_out *out, struct ca_bytes key_id, uint64_t number)
{
	der_open(out, DER_CONTEXT_CONS(0));
	der_open(out, DER_SEQUENCE);
	ca_ext_open(out, CA_OID_AUTHORITY_KEY_IDENTIFIER, false);
	ca_authority_key_id_put(out, key_id);
	ca_ext_close(out);
	ca_ext_open(out, CA_OID_CRL_NUMBER, false);
	ca_crl_number_put(out, number);
	ca_ext_close(out);
	der_close(out);
	der_close(out);
}

/*
 * TBSCertList ::= SEQUENCE {
 *	version             Version OPTIONAL,
 *	signature           AlgorithmIdentifier,
 *	issuer              Name,
 *	thisUpdate          Time,
 *	nextUpdate          Time OPTIONAL,
 *	revokedCertificates SEQUENCE OF ... OPTIONAL,
 *	crlExtensions   [0] EXPLICIT Extensions OPTIONAL }
 */
enum ca_status
ca_tbs_crl(const struct ca_cert *issuer, const struct ca_sig_alg *alg,
    const struct ca_crl_order *order, const struct ca_crl_source *source,
    struct ca_buf *ret, struct ca_error *err)
{
	uint8_t hash[CA_KEY_ID_LEN];
	struct ca_bytes key_id = issuer->subject_key_id;
	struct der_out out = {0};
	enum ca_status st;

	if (key_id.len == 0) {
		if ((st = ca_key_id(&issuer->spki, hash, err)) != CA_OK)
			return st;
		key_id = (struct ca_bytes){hash, sizeof(hash)};
	}
	der_open(&out, DER_SEQUENCE);
	der_put_uint(&out, VERSION_2);
	ca_sig_alg_put(&out, alg);
	der_put_raw(&out, issuer->subject);
	ca_time_put(&out, order->this_update);
	ca_time_put(&out, order->next_update);
	if ((st = put_entries(&out, source, err)) != CA_OK)
		goto out;
	put_extensions(&out, key_id, order->number);
	der_close(&out);
	st = der_finish(&out, ret);
	if (st != CA_OK)
		st = ca_fail(err, st, "CRL number %" PRIu64 ": %s",
		    order->number,
		    st == CA_MEMORY ? "out of memory" :
				      "a field is beyond what DER allows it");
out:
	der_discard(&out);
	return st;
}
