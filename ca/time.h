/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * time: points in time as Unix seconds (int64_t, UTC), in DER and in text.
 *
 * The civil calendar is computed here (proleptic Gregorian, years 1 to
 * 9999), so that neither the C library's time zone nor its locale can reach
 * a certificate.
 *
 * What this does not do: it does not read the clock, know leap seconds, or
 * accept local times.
 */
#ifndef CA_TIME_H
#define CA_TIME_H

#include "ca/base.h"
#include "ca/der.h"

#define CA_DAY INT64_C(86400)
/* 9999-12-31T23:59:59Z, RFC 5280 4.1.2.5: no well-defined end. */
#define CA_TIME_MAX INT64_C(253402300799)
#define CA_TIME_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
/* "2027-01-31T12:00:00Z" and a NUL. */
#define CA_TIME_TEXT 21

/*
 * Takes a Time as RFC 5280 4.1.2.5 wants it: UTCTime YYMMDDHHMMSSZ for 1950
 * to 2049, GeneralizedTime YYYYMMDDHHMMSSZ otherwise; no fractions, seconds
 * present, a real date. False leaves the view as it was.
 */
bool ca_time_get(struct ca_bytes *in, int64_t *ret_time);
/* Takes a GeneralizedTime of any year (invalidityDate, OCSP). */
bool ca_time_get_generalized(struct ca_bytes *in, int64_t *ret_time);
/* Writes a Time, switching to GeneralizedTime at 2050. */
void ca_time_put(struct der_out *out, int64_t time);
/* The same element's octets, and how many; 0 when the time is not writable. */
#define CA_TIME_OCTETS 17
size_t ca_time_octets(int64_t time, uint8_t ret[CA_TIME_OCTETS]);
void ca_time_put_generalized(struct der_out *out, int64_t time);
/* "2027-01-31T12:00:00Z". */
void ca_time_text(int64_t time, char ret_text[CA_TIME_TEXT]);
/*
 * Reads "2027-01-31T12:00:00Z", "2027-01-31 12:00:00Z" or "2027-01-31"
 * (midnight UTC); also "+90d" or "+12h" from now. CA_MALFORMED otherwise.
 */
CA_MUST_USE enum ca_status ca_time_parse(
    const char *text, int64_t now, int64_t *ret_time);
/*
 * Reads a duration: a decimal count and one of s, m, h, d, w, y (y is 365
 * days), without space: "397d", "5m". Zero only as "0s" or "0"; at most
 * 100y. CA_MALFORMED otherwise.
 */
CA_MUST_USE enum ca_status ca_duration_parse(
    const char *text, int64_t *ret_seconds);
/* "397 days", "5 minutes", "1 day 2 hours": for people; at most two units. */
CA_MUST_USE enum ca_status ca_duration_append(
    struct ca_buf *buf, int64_t seconds);

#endif
