/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/tbs_crl.h"

#include <inttypes.h>
#include <string.h>

#include "ca/oid.h"
#include "ca/tbs.h"

#define VERSION_2 1 /* RFC 5280 5.1.2.1 */

/* Header, serial, date, reason. */
#define ENTRY_MAX \
	(2 + (3 + CA_CRL_SERIAL_MAX) + CA_TIME_OCTETS + CA_CRL_REASON_ALONE)

/* By so much the lengths of the list and of its entries may grow. */
#define LENGTHS_MAX 8
/* How many entries are put before it is asked whether they did. */
#define WIDEN_EVERY 4096

/* The extensions but for those of the order, and all their headers. */
#define END_MAX ((size_t)512)

static struct ca_bytes
without_zeros(struct ca_bytes magnitude)
{
	while (magnitude.len > 0 && magnitude.data[0] == 0) {
		magnitude.data++;
		magnitude.len--;
	}
	return magnitude;
}

int
ca_crl_serial_compare(struct ca_bytes a, struct ca_bytes b)
{
	a = without_zeros(a);
	b = without_zeros(b);
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return ca_bytes_compare(a, b);
}

static enum ca_status
check_order(const struct ca_crl_order *order, struct ca_error *err)
{
	if (order->base != 0 && order->base >= order->number)
		return ca_fail(err, CA_INTERNAL,
		    "CRL: a delta numbered %" PRIu64 " from %" PRIu64
		    ": it comes after its base (RFC 5280 5.2.4)",
		    order->number, order->base);
	if (order->base != 0 && order->freshest.len != 0)
		return ca_fail(err, CA_INTERNAL,
		    "CRL: freshestCRL in a delta CRL (RFC 5280 5.2.6)");
	if (order->scope.only_user && order->scope.only_ca)
		return ca_fail(err, CA_INTERNAL,
		    "CRL: only users' and only authorities' certificates "
		    "(RFC 5280 5.2.5: one of the two)");
	return CA_OK;
}

static enum ca_status
keep_key_id(struct ca_crl_writer *writer, const struct ca_cert *issuer,
    struct ca_error *err)
{
	struct ca_bytes id = issuer->subject_key_id;

	if (id.len == 0 || id.len > sizeof(writer->key_id)) {
		writer->key_id_len = CA_KEY_ID_LEN;
		return ca_key_id(&issuer->spki, writer->key_id, err);
	}
	memcpy(writer->key_id, id.data, id.len);
	writer->key_id_len = id.len;
	return CA_OK;
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
ca_crl_begin(struct ca_crl_writer *writer, const struct ca_cert *issuer,
    const struct ca_sig_alg *alg, const struct ca_crl_order *order,
    struct ca_error *err)
{
	struct der_out *out = &writer->out;
	enum ca_status st;

	*writer = (struct ca_crl_writer){.order = *order};
	if ((st = check_order(order, err)) != CA_OK ||
	    (st = keep_key_id(writer, issuer, err)) != CA_OK)
		return st;
	der_open(out, DER_SEQUENCE);
	der_put_uint(out, VERSION_2);
	ca_sig_alg_put(out, alg);
	der_put_raw(out, issuer->subject);
	ca_time_put(out, order->this_update);
	ca_time_put(out, order->next_update);
	return CA_OK;
}

/* ---- an entry ---------------------------------------------------------- */

static enum ca_status
check_rises(const struct ca_crl_writer *writer, struct ca_bytes serial,
    struct ca_error *err)
{
	struct ca_bytes last = {writer->last, writer->last_len};

	if (writer->count > 0 && ca_crl_serial_compare(serial, last) <= 0)
		return ca_fail(err, CA_INTERNAL,
		    "CRL: a serial that does not rise (RFC 5280 5.3: each "
		    "serial once): run `signet audit`");
	return CA_OK;
}

static enum ca_status
check_entry(struct ca_crl_writer *writer, const struct ca_crl_entry *entry,
    struct ca_error *err)
{
	struct ca_bytes serial = without_zeros(entry->serial);
	enum ca_status st;

	if (serial.len > sizeof(writer->last))
		return ca_fail(err, CA_INTERNAL,
		    "CRL: a serial of %zu octets (RFC 5280 4.1.2.2: at most "
		    "20): run `signet audit`",
		    serial.len);
	if ((st = check_rises(writer, serial, err)) != CA_OK)
		return st;
	/* 5.3.1: a complete CRL says it by leaving the entry out. */
	if (entry->reason == CA_REASON_REMOVE_FROM_CRL &&
	    writer->order.base == 0)
		return ca_fail(err, CA_INTERNAL,
		    "CRL: reason removeFromCRL in a complete CRL (RFC 5280 "
		    "5.3.1: only in a delta CRL)");
	if (serial.len > 0)
		memcpy(writer->last, serial.data, serial.len);
	writer->last_len = serial.len;
	return CA_OK;
}

/*
 * crlEntryExtensions with an invalidityDate, in the order reasonCode,
 * invalidityDate.
 */
static void
put_entry_extensions(struct der_out *out, const struct ca_crl_entry *entry)
{
	der_open(out, DER_SEQUENCE);
	if (entry->reason != CA_REASON_UNSPECIFIED) {
		ca_ext_open(out, CA_OID_CRL_REASON, false);
		ca_crl_reason_put(out, entry->reason);
		ca_ext_close(out);
	}
	ca_ext_open(out, CA_OID_INVALIDITY_DATE, false);
	ca_time_put_generalized(out, entry->invalid_since);
	ca_ext_close(out);
	der_close(out);
}

/* INTEGER >= 0 of at most 20 octets and a 00 in front. */
static size_t
write_serial(uint8_t *p, struct ca_bytes serial)
{
	size_t len = 2;

	p[0] = DER_INTEGER;
	if (serial.len == 0 || serial.data[0] >= 0x80)
		p[len++] = 0;
	if (serial.len > 0)
		memcpy(p + len, serial.data, serial.len);
	len += serial.len;
	p[1] = (uint8_t)(len - 2);
	return len;
}

static size_t
write_date(struct ca_crl_writer *writer, uint8_t *p, int64_t date)
{
	if (writer->date_len == 0 || writer->date_of != date) {
		writer->date_len = ca_time_octets(date, writer->date);
		writer->date_of = date;
	}
	if (writer->date_len == 0)
		der_put_failed(&writer->out, CA_INTERNAL);
	memcpy(p, writer->date, sizeof(writer->date));
	return writer->date_len;
}

/*
 * SEQUENCE {
 *	userCertificate    CertificateSerialNumber,
 *	revocationDate     Time,
 *	crlEntryExtensions Extensions OPTIONAL }
 */
static void
put_entry_since(struct ca_crl_writer *writer, const struct ca_crl_entry *entry)
{
	struct der_out *out = &writer->out;
	uint8_t octets[ENTRY_MAX];
	size_t len;

	len = write_serial(octets, without_zeros(entry->serial));
	len += write_date(writer, octets + len, entry->revoked_at);
	der_open(out, DER_SEQUENCE);
	der_put_raw(out, (struct ca_bytes){octets, len});
	put_entry_extensions(out, entry);
	der_close(out);
}

/*
 * The same without an invalidityDate: shorter than 128 octets, and its length
 * one. Put together where it will lie, as there may be millions of them; the
 * room is there.
 */
static void
put_entry(struct ca_crl_writer *writer, const struct ca_crl_entry *entry)
{
	struct ca_buf *buf = &writer->out.buf;
	uint8_t *octets = buf->data + buf->len;
	size_t len = 2;

	len += write_serial(octets + len, without_zeros(entry->serial));
	len += write_date(writer, octets + len, entry->revoked_at);
	if (entry->reason != CA_REASON_UNSPECIFIED) {
		ca_crl_reason_alone(entry->reason, octets + len);
		len += CA_CRL_REASON_ALONE;
	}
	octets[0] = DER_SEQUENCE;
	octets[1] = (uint8_t)(len - 2);
	buf->len += len;
}

/* The list is opened with its first entry: RFC 5280 5.1.2.6 wants none, not
 * an empty one. */
static void
begin_entries(struct ca_crl_writer *writer)
{
	if (!writer->is_part) {
		der_open(&writer->out, DER_SEQUENCE);
		return;
	}
	memcpy(writer->first, writer->last, sizeof(writer->first));
	writer->first_len = writer->last_len;
}

/* What the writer cannot hold is told by ca_crl_end(). */
enum ca_status
ca_crl_put(struct ca_crl_writer *writer, const struct ca_crl_entry *entry,
    struct ca_error *err)
{
	struct der_out *out = &writer->out;
	enum ca_status st = check_entry(writer, entry, err);

	if (st != CA_OK)
		return st;
	if (writer->count == 0)
		begin_entries(writer);
	st = ca_buf_reserve_public(&out->buf, ENTRY_MAX + LENGTHS_MAX);
	if (st != CA_OK)
		der_put_failed(out, st);
	if (writer->count % WIDEN_EVERY == 0)
		der_widen(out);
	if (ca_reason_name((int)entry->reason) == NULL)
		der_put_failed(out, CA_INTERNAL);
	if (entry->invalid_since != INT64_MIN)
		put_entry_since(writer, entry);
	else if (out->status == CA_OK)
		put_entry(writer, entry);
	writer->count++;
	return CA_OK;
}

/* ---- a part ---- */

void
ca_crl_begin_part(struct ca_crl_writer *part, const struct ca_crl_writer *whole)
{
	*part = (struct ca_crl_writer){.order = whole->order, .is_part = true};
}

enum ca_status
ca_crl_join(struct ca_crl_writer *whole, const struct ca_crl_writer *part,
    struct ca_error *err)
{
	const struct ca_bytes first = {part->first, part->first_len};
	struct der_out *out = &whole->out;
	enum ca_status st;

	if (part->out.status != CA_OK)
		der_put_failed(out, part->out.status);
	if (part->count == 0)
		return CA_OK;
	if ((st = check_rises(whole, first, err)) != CA_OK)
		return st;
	if (whole->count == 0)
		begin_entries(whole);
	if ((st = ca_buf_reserve_public(&out->buf, part->out.buf.len)) != CA_OK)
		der_put_failed(out, st);
	der_put_raw(out, ca_view(&part->out.buf));
	memcpy(whole->last, part->last, sizeof(whole->last));
	whole->last_len = part->last_len;
	whole->count += part->count;
	return CA_OK;
}

/* ---- extensions -------------------------------------------------------- */

static void
put_scope(struct der_out *out, const struct ca_crl_scope *scope)
{
	if (scope->point.len == 0 && !scope->only_user && !scope->only_ca)
		return;
	ca_ext_open(out, CA_OID_ISSUING_DISTRIBUTION_POINT, true);
	ca_issuing_point_put(
	    out, scope->point, scope->only_user, scope->only_ca);
	ca_ext_close(out);
}

/* crlExtensions [0] EXPLICIT Extensions */
static void
put_extensions(struct ca_crl_writer *writer)
{
	const struct ca_crl_order *order = &writer->order;
	struct der_out *out = &writer->out;

	der_open(out, DER_CONTEXT_CONS(0));
	der_open(out, DER_SEQUENCE);
	ca_ext_open(out, CA_OID_AUTHORITY_KEY_IDENTIFIER, false);
	ca_authority_key_id_put(
	    out, (struct ca_bytes){writer->key_id, writer->key_id_len});
	ca_ext_close(out);
	ca_ext_open(out, CA_OID_CRL_NUMBER, false);
	ca_crl_number_put(out, order->number);
	ca_ext_close(out);
	if (order->base != 0) {
		ca_ext_open(out, CA_OID_DELTA_CRL_INDICATOR, true);
		ca_crl_number_put(out, order->base);
		ca_ext_close(out);
	}
	put_scope(out, &order->scope);
	if (order->freshest.len != 0)
		ca_ext_put(out, ca_oid_der(CA_OID_FRESHEST_CRL), false,
		    order->freshest);
	der_close(out);
	der_close(out);
}

enum ca_status
ca_crl_end(
    struct ca_crl_writer *writer, struct ca_buf *ret, struct ca_error *err)
{
	const struct ca_crl_order *order = &writer->order;
	struct der_out *out = &writer->out;
	enum ca_status st;

	/* Where it lies, so that a large list is not copied to grow a bit. */
	st = ca_buf_reserve_public(
	    &out->buf, END_MAX + order->scope.point.len + order->freshest.len);
	if (st != CA_OK)
		der_put_failed(out, st);
	if (writer->count > 0)
		der_close(out);
	put_extensions(writer);
	der_close(out);
	st = der_finish(out, ret);
	if (st != CA_OK)
		st = ca_fail(err, st, "CRL number %" PRIu64 ": %s",
		    writer->order.number,
		    st == CA_MEMORY ? "out of memory" :
				      "a field is beyond what DER allows it");
	return st;
}

void
ca_crl_discard(struct ca_crl_writer *writer)
{
	der_discard(&writer->out);
	*writer = (struct ca_crl_writer){0};
}
