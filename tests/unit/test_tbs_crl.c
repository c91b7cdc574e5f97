/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/lab.h"

#include <stdio.h>
#include <time.h>

#include "ca/crl.h"
#include "ca/tbs_crl.h"

#define SERIAL_LEN 20

/* A list to draw entries from: a table, or count serials made by number. */
struct source {
	const struct ca_crl_entry *list;
	size_t count, at;
	uint8_t serial[SERIAL_LEN];
	const uint8_t *lengths; /* of each serial; NULL: 16 */
};

static bool
next(struct source *s, struct ca_crl_entry *ret)
{
	size_t len = 16, at = s->at;

	if (at == s->count)
		return false;
	s->at++;
	if (s->list != NULL) {
		*ret = s->list[at];
		return true;
	}
	if (s->lengths != NULL)
		len = s->lengths[at];
	/* One buffer for all: what was drawn before is gone, as it is when a
	 * row of the ledger gives way to the next. */
	memset(s->serial, 0, sizeof(s->serial));
	for (size_t i = 0; i < 4 && i < len; i++)
		s->serial[len - 1 - i] = (uint8_t)((at + 1) >> (8 * i));
	if (len > 4)
		s->serial[0] = 0x01;
	ret->serial = (struct ca_bytes){s->serial, len};
	ret->revoked_at = LAB_NOW;
	ret->reason = CA_REASON_UNSPECIFIED;
	ret->invalid_since = INT64_MIN;
	return true;
}

static enum ca_status
write_order(struct lab *lab, struct source *s, const struct ca_crl_order *order,
    struct ca_buf *ret, struct ca_error *err)
{
	const struct ca_sig_alg alg = ca_sig_alg_for(&lab->mid.cert.spki);
	struct ca_crl_writer writer = {0};
	struct ca_crl_entry entry = {0};
	enum ca_status st;

	st = ca_crl_begin(&writer, &lab->mid.cert, &alg, order, err);
	while (st == CA_OK && next(s, &entry))
		st = ca_crl_put(&writer, &entry, err);
	if (st == CA_OK)
		st = ca_crl_end(&writer, ret, err);
	ca_crl_discard(&writer);
	return st;
}

static enum ca_status
write_list(struct lab *lab, struct source *s, uint64_t number,
    struct ca_buf *ret, struct ca_error *err)
{
	const struct ca_crl_order order = {.number = number,
	    .this_update = LAB_NOW,
	    .next_update = LAB_NOW + 7 * CA_DAY};

	return write_order(lab, s, &order, ret, err);
}

/* Signs what was written and reads it again. */
static void
sign_list(struct lab *lab, const struct ca_buf *tbs, struct ca_buf *der,
    struct ca_crl *crl)
{
	const struct ca_sig_alg alg = ca_sig_alg_for(&lab->mid.cert.spki);

	LAB_OK(
	    ca_sign(ca_view(tbs), lab->mid.key, &alg, lab->rng, der, &lab_err));
	LAB_OK(ca_crl_parse(ca_view(der), crl, &lab_err));
	LAB_OK(ca_crl_verify(crl, &lab->mid.cert.spki, &lab_err));
	assert_true(ca_bytes_equal(crl->tbs, ca_view(tbs)));
	assert_true(ca_bytes_equal(crl->issuer, lab->mid.cert.subject));
	assert_true(ca_bytes_equal(
	    crl->authority_key_id, lab->mid.cert.subject_key_id));
}

/* The revokedCertificates element, tag and length included; {0} if absent. */
static struct ca_bytes
list_of(const struct ca_buf *tbs)
{
	struct ca_bytes whole = ca_view(tbs), in, list = {0};

	assert_true(der_get(&whole, DER_SEQUENCE, &in));
	assert_true(der_at_end(whole));
	/* version, signature, issuer, thisUpdate, nextUpdate */
	for (int i = 0; i < 5; i++)
		assert_true(der_get_any(&in, NULL, NULL, NULL));
	if (der_next_is(in, DER_SEQUENCE))
		assert_true(der_get_element(&in, DER_SEQUENCE, &list));
	assert_true(der_get(&in, DER_CONTEXT_CONS(0), &whole));
	assert_true(der_at_end(in));
	return list;
}

/* checklist 53, 60: the issuer's name and key identifier are its own bytes;
 * without an identifier it is known by its key's hash. */
static void
issuer_without_key_id(void **state)
{
	struct lab *lab = *state;
	struct ca_bytes id = lab->mid.cert.subject_key_id;
	struct source s = {0};
	struct ca_buf with = {0}, without = {0};

	LAB_OK(write_list(lab, &s, 1, &with, &lab_err));
	lab->mid.cert.subject_key_id = (struct ca_bytes){0};
	LAB_OK(write_list(lab, &s, 1, &without, &lab_err));
	lab->mid.cert.subject_key_id = id;
	assert_true(ca_bytes_equal(ca_view(&with), ca_view(&without)));
	ca_buf_free(&with);
	ca_buf_free(&without);
}

#define SERIAL(text)                                      \
	{                                                 \
		(const uint8_t *)(text), sizeof(text) - 1 \
	}
#define ENTRY(text, date, why)                                                 \
	{                                                                      \
		.serial = SERIAL(text), .revoked_at = (date), .reason = (why), \
		.invalid_since = INT64_MIN                                     \
	}

/* checklist 89: nothing revoked, no list at all. */
static void
empty_list_is_absent(void **state)
{
	struct source s = {0};
	struct ca_buf tbs = {0}, der = {0};
	struct ca_crl crl;

	LAB_OK(write_list(*state, &s, 1, &tbs, &lab_err));
	assert_int_equal(list_of(&tbs).len, 0);
	sign_list(*state, &tbs, &der, &crl);
	assert_int_equal(crl.entry_count, 0);
	assert_true(crl.has_number);
	assert_int_equal(crl.number, 1);
	assert_int_equal(crl.this_update, LAB_NOW);
	assert_int_equal(crl.next_update, LAB_NOW + 7 * CA_DAY);
	ca_buf_free(&tbs);
	ca_buf_free(&der);
}

/* checklist 10, 90: dates on both sides of 2050, unspecified left out, every
 * other reason and invalidityDate kept. */
static void
entries_come_back(void **state)
{
	const struct ca_crl_entry list[] = {
	    ENTRY("\x05", LAB_NOW, CA_REASON_UNSPECIFIED),
	    ENTRY("\x7f", INT64_C(2524607999), CA_REASON_KEY_COMPROMISE),
	    ENTRY("\x80", INT64_C(2524608000), CA_REASON_CERTIFICATE_HOLD),
	    {.serial = SERIAL("\x01\x00"),
		.revoked_at = LAB_NOW,
		.reason = CA_REASON_UNSPECIFIED,
		.invalid_since = LAB_NOW - CA_DAY},
	    {.serial = SERIAL("\xff\xff\xff"),
		.revoked_at = LAB_NOW,
		.reason = CA_REASON_SUPERSEDED,
		.invalid_since = INT64_C(0)},
	};
	struct source s = {.list = list, .count = LAB_COUNT(list)};
	struct ca_buf tbs = {0}, der = {0};
	struct ca_crl_entry entry;
	struct ca_bytes rest;
	struct ca_crl crl;

	LAB_OK(write_list(*state, &s, 2, &tbs, &lab_err));
	sign_list(*state, &tbs, &der, &crl);
	assert_int_equal(crl.entry_count, LAB_COUNT(list));
	rest = crl.entries;
	for (size_t i = 0; i < LAB_COUNT(list); i++) {
		assert_true(ca_crl_next(&rest, &entry));
		assert_true(ca_bytes_equal(entry.serial, list[i].serial));
		assert_int_equal(entry.revoked_at, list[i].revoked_at);
		assert_int_equal(entry.reason, list[i].reason);
		assert_int_equal(entry.invalid_since, list[i].invalid_since);
	}
	assert_false(ca_crl_next(&rest, &entry));
	/* The first has no entry extensions: INTEGER 05, UTCTime, no more. */
	assert_int_equal(crl.entries.data[1], 3 + 15);
	ca_buf_free(&tbs);
	ca_buf_free(&der);
}

/* checklist 90: a serial twice, or one that falls, is a fault of ours. The
 * order is of numbers: 0100 comes after ff. Zeros in front say nothing. */
static void
serials_must_rise(void **state)
{
	const struct ca_crl_entry twice[] = {
	    ENTRY("\x05", LAB_NOW, 0), ENTRY("\x05", LAB_NOW, 0)};
	const struct ca_crl_entry zeros[] = {
	    ENTRY("\x05", LAB_NOW, 0), ENTRY("\x00\x05", LAB_NOW, 0)};
	const struct ca_crl_entry falls[] = {
	    ENTRY("\x01\x00", LAB_NOW, 0), ENTRY("\xff", LAB_NOW, 0)};
	const struct ca_crl_entry rises[] = {
	    ENTRY("\xff", LAB_NOW, 0), ENTRY("\x01\x00", LAB_NOW, 0)};
	const struct ca_crl_entry *const bad[] = {twice, zeros, falls};
	struct ca_buf tbs = {0};

	for (size_t i = 0; i < LAB_COUNT(bad); i++) {
		struct source s = {.list = bad[i], .count = 2};

		LAB_SAYS(write_list(*state, &s, 3, &tbs, &lab_err), CA_INTERNAL,
		    "does not rise");
		assert_null(tbs.data);
	}
	struct source good = {.list = rises, .count = 2};
	LAB_OK(write_list(*state, &good, 3, &tbs, &lab_err));
	ca_buf_free(&tbs);
}

/* checklist 90, 92: removeFromCRL has no place in a complete CRL; a serial
 * longer than any certificate's is none. */
static void
entries_that_cannot_be(void **state)
{
	const struct ca_crl_entry removed[] = {
	    ENTRY("\x05", LAB_NOW, CA_REASON_REMOVE_FROM_CRL)};
	const struct ca_crl_entry longest[] = {
	    ENTRY("\x01\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", LAB_NOW, 0)};
	const struct ca_crl_entry longer[] = {
	    ENTRY("\x01\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", LAB_NOW, 0)};
	const struct ca_crl_entry never[] = {ENTRY("\x05", CA_TIME_MAX + 1, 0)};
	struct source s = {.list = removed, .count = 1};
	struct ca_buf tbs = {0};

	LAB_SAYS(write_list(*state, &s, 4, &tbs, &lab_err), CA_INTERNAL,
	    "removeFromCRL");
	s = (struct source){.list = longer, .count = 1};
	LAB_SAYS(write_list(*state, &s, 4, &tbs, &lab_err), CA_INTERNAL,
	    "21 octets");
	s = (struct source){.list = never, .count = 1};
	LAB_SAYS(write_list(*state, &s, 4, &tbs, &lab_err), CA_INTERNAL,
	    "CRL number 4: a field is beyond what DER allows");
	s = (struct source){.list = longest, .count = 1};
	LAB_OK(write_list(*state, &s, 4, &tbs, &lab_err));
	ca_buf_free(&tbs);
}

static enum ca_status
put_all(struct ca_crl_writer *writer, struct source *s, size_t up_to,
    struct ca_error *err)
{
	struct ca_crl_entry entry = {0};
	enum ca_status st = CA_OK;

	while (s->at < up_to && st == CA_OK && next(s, &entry))
		st = ca_crl_put(writer, &entry, err);
	return st;
}

/* The first entries in the list, the others in a part of it. */
static enum ca_status
write_parts(struct lab *lab, struct source *s, size_t first, struct ca_buf *ret,
    struct ca_error *err)
{
	const struct ca_sig_alg alg = ca_sig_alg_for(&lab->mid.cert.spki);
	const struct ca_crl_order order = {.number = 3,
	    .this_update = LAB_NOW,
	    .next_update = LAB_NOW + 7 * CA_DAY};
	struct ca_crl_writer writer = {0}, part = {0};
	enum ca_status st;

	LAB_OK(ca_crl_begin(&writer, &lab->mid.cert, &alg, &order, &lab_err));
	ca_crl_begin_part(&part, &writer);
	LAB_OK(put_all(&writer, s, first, &lab_err));
	LAB_OK(put_all(&part, s, s->count, &lab_err));
	st = ca_crl_join(&writer, &part, err);
	ca_crl_discard(&part);
	if (st == CA_OK)
		st = ca_crl_end(&writer, ret, err);
	assert_true(st != CA_OK || writer.count == s->count);
	ca_crl_discard(&writer);
	return st;
}

/* Wherever it is divided: an empty list, an empty part, both, and lengths
 * that grow as they are joined. */
static void
parts_are_joined(void **state)
{
	static const size_t cuts[][2] = {{0, 0}, {0, 3}, {1, 3}, {3, 3},
	    {0, 9000}, {2000, 9000}, {8999, 9000}, {4096, 4097}};

	for (size_t i = 0; i < LAB_COUNT(cuts); i++) {
		struct source once = {.count = cuts[i][1]}, twice = once;
		struct ca_buf a = {0}, b = {0};

		LAB_OK(write_list(*state, &once, 3, &a, &lab_err));
		LAB_OK(write_parts(*state, &twice, cuts[i][0], &b, &lab_err));
		assert_true(ca_bytes_equal(ca_view(&a), ca_view(&b)));
		ca_buf_free(&a);
		ca_buf_free(&b);
	}
}

/* checklist 90 */
static void
parts_must_rise(void **state)
{
	const struct ca_crl_entry twice[] = {
	    ENTRY("\x05", LAB_NOW, 0), ENTRY("\x05", LAB_NOW, 0)};
	const struct ca_crl_entry falls[] = {
	    ENTRY("\x01\x00", LAB_NOW, 0), ENTRY("\xff", LAB_NOW, 0)};
	const struct ca_crl_entry never[] = {
	    ENTRY("\x05", LAB_NOW, 0), ENTRY("\x06", CA_TIME_MAX + 1, 0)};
	const struct ca_crl_entry *const bad[] = {twice, falls};
	struct source s = {.list = never, .count = 2};
	struct ca_buf tbs = {0};

	LAB_SAYS(write_parts(*state, &s, 1, &tbs, &lab_err), CA_INTERNAL,
	    "CRL number 3: a field is beyond what DER allows");
	for (size_t i = 0; i < LAB_COUNT(bad); i++) {
		s = (struct source){.list = bad[i], .count = 2};
		LAB_SAYS(write_parts(*state, &s, 1, &tbs, &lab_err),
		    CA_INTERNAL, "does not rise");
	}
	assert_null(tbs.data);
}

#define POINT_URL "http://pki.lab.example/crl/issuing.3.crl"

/* The distributionPoint of a certificate, and its freshestCRL. */
static void
points_of(struct ca_buf *ret, const char *url)
{
	const struct ca_url_list urls = {.url = {ca_text(url)}, .count = 1};
	struct der_out out = {0};

	ca_distribution_points_put(&out, &urls);
	assert_int_equal(der_finish(&out, ret), CA_OK);
}

/* checklist 93, 94: a delta CRL of a scope: both critical, the point byte for
 * byte the certificates', removeFromCRL allowed. */
static void
delta_of_a_scope(void **state)
{
	const struct ca_crl_entry list[] = {
	    ENTRY("\x05", LAB_NOW, CA_REASON_REMOVE_FROM_CRL),
	    ENTRY("\x06", LAB_NOW, CA_REASON_CERTIFICATE_HOLD)};
	struct source s = {.list = list, .count = LAB_COUNT(list)};
	struct ca_crl_order order = {.number = 9,
	    .base = 8,
	    .this_update = LAB_NOW,
	    .next_update = LAB_NOW + CA_DAY,
	    .scope = {.only_user = true}};
	struct ca_buf points = {0}, tbs = {0}, der = {0};
	struct ca_issuing_point point = {0};
	const struct ca_ext *ext;
	struct ca_crl crl;
	uint64_t base;

	points_of(&points, POINT_URL);
	assert_true(
	    ca_distribution_point_name(ca_view(&points), &order.scope.point));
	LAB_OK(write_order(*state, &s, &order, &tbs, &lab_err));
	sign_list(*state, &tbs, &der, &crl);
	assert_int_equal(crl.entry_count, 2);
	ext = ca_exts_find(&crl.exts, CA_OID_DELTA_CRL_INDICATOR);
	assert_true(ext != NULL && ext->critical);
	assert_true(ca_crl_number_get(ext->value, &base));
	assert_int_equal(base, 8);
	ext = ca_exts_find(&crl.exts, CA_OID_ISSUING_DISTRIBUTION_POINT);
	assert_true(ext != NULL && ext->critical);
	assert_true(ca_issuing_point_get(ext->value, &point));
	assert_true(point.only_user && !point.only_ca && !point.indirect);
	assert_int_equal(point.urls.count, 1);
	assert_true(ca_bytes_equal(point.urls.url[0], ca_text(POINT_URL)));
	ca_buf_free(&points);
	ca_buf_free(&tbs);
	ca_buf_free(&der);
}

/* freshestCRL in a base, not critical, the certificates' bytes; a scope of
 * authorities without a point; neither where nothing was asked. */
static void
base_with_freshest(void **state)
{
	struct ca_crl_order order = {.number = 9,
	    .this_update = LAB_NOW,
	    .next_update = LAB_NOW + CA_DAY,
	    .scope = {.only_ca = true}};
	struct ca_buf points = {0}, tbs = {0}, der = {0};
	struct ca_issuing_point point = {0};
	struct source s = {0};
	const struct ca_ext *ext;
	struct ca_crl crl;

	points_of(&points, "http://pki.lab.example/crl/issuing.delta.crl");
	order.freshest = ca_view(&points);
	LAB_OK(write_order(*state, &s, &order, &tbs, &lab_err));
	sign_list(*state, &tbs, &der, &crl);
	ext = ca_exts_find(&crl.exts, CA_OID_FRESHEST_CRL);
	assert_true(ext != NULL && !ext->critical);
	assert_true(ca_bytes_equal(ext->value, ca_view(&points)));
	ext = ca_exts_find(&crl.exts, CA_OID_ISSUING_DISTRIBUTION_POINT);
	assert_true(ext != NULL && ext->critical);
	assert_true(ca_issuing_point_get(ext->value, &point));
	assert_true(point.only_ca && !point.only_user);
	assert_int_equal(point.urls.count, 0);
	LAB_OK(write_list(*state, &s, 3, &tbs, &lab_err));
	ca_buf_free(&der);
	sign_list(*state, &tbs, &der, &crl);
	assert_int_equal(crl.exts.count, 2);
	ca_buf_free(&points);
	ca_buf_free(&tbs);
	ca_buf_free(&der);
}

/* checklist 93: orders that no CRL can be. */
static void
orders_that_cannot_be(void **state)
{
	struct ca_crl_order order = {.number = 9,
	    .base = 9,
	    .this_update = LAB_NOW,
	    .next_update = LAB_NOW + CA_DAY};
	struct source s = {0};
	struct ca_buf tbs = {0};

	LAB_SAYS(write_order(*state, &s, &order, &tbs, &lab_err), CA_INTERNAL,
	    "it comes after its base");
	order.base = 8;
	order.freshest = ca_text("x");
	LAB_SAYS(write_order(*state, &s, &order, &tbs, &lab_err), CA_INTERNAL,
	    "freshestCRL in a delta");
	order.freshest = (struct ca_bytes){0};
	order.scope.only_user = order.scope.only_ca = true;
	LAB_SAYS(write_order(*state, &s, &order, &tbs, &lab_err), CA_INTERNAL,
	    "one of the two");
	assert_null(tbs.data);
}

/* A date is kept from one entry to the next: it must not be kept too long. */
static void
dates_that_change(void **state)
{
	static const int64_t dates[] = {LAB_NOW, LAB_NOW, LAB_NOW - 1, LAB_NOW,
	    2524607999 /* the last of UTCTime */, 2524608000, 2524608000,
	    2524607999, 0, -631152000 /* its first */, -631152001, LAB_NOW};
	struct ca_buf tbs = {0}, der = {0};
	struct ca_crl_entry list[LAB_COUNT(dates)], entry;
	struct source s = {.list = list, .count = LAB_COUNT(dates)};
	uint8_t serials[LAB_COUNT(dates)];
	struct ca_crl crl;

	for (size_t i = 0; i < LAB_COUNT(dates); i++) {
		serials[i] = (uint8_t)(i + 1);
		list[i] = (struct ca_crl_entry){.serial = {&serials[i], 1},
		    .revoked_at = dates[i],
		    .reason = i % 2 == 0 ? CA_REASON_UNSPECIFIED :
					   CA_REASON_SUPERSEDED,
		    .invalid_since = i % 3 == 2 ? dates[i] : INT64_MIN};
	}
	LAB_OK(write_list(*state, &s, 8, &tbs, &lab_err));
	sign_list(*state, &tbs, &der, &crl);
	for (size_t i = 0; i < LAB_COUNT(dates); i++) {
		assert_true(ca_crl_next(&crl.entries, &entry));
		assert_true(entry.revoked_at == dates[i]);
		assert_int_equal(entry.reason, list[i].reason);
		assert_true(entry.invalid_since == list[i].invalid_since);
	}
	ca_buf_free(&tbs);
	ca_buf_free(&der);
	/* Nor may one be written that there is not, in whose place the one
	 * before it would stand. */
	list[1].revoked_at = INT64_MAX;
	s.at = 0;
	LAB_SAYS(write_list(*state, &s, 8, &tbs, &lab_err), CA_INTERNAL,
	    "beyond what DER allows");
	assert_null(tbs.data);
}

/* checklist 87: the number's octets at each change of length. */
static void
numbers(void **state)
{
	static const uint64_t list[] = {
	    1, 127, 128, 255, 256, 65535, 65536, INT64_MAX};

	for (size_t i = 0; i < LAB_COUNT(list); i++) {
		struct source s = {0};
		struct ca_buf tbs = {0}, der = {0};
		struct ca_crl crl;

		LAB_OK(write_list(*state, &s, list[i], &tbs, &lab_err));
		sign_list(*state, &tbs, &der, &crl);
		assert_true(crl.number == list[i]);
		ca_buf_free(&tbs);
		ca_buf_free(&der);
	}
}

/* Serial lengths, never falling, so that the entries take content octets in
 * all: an entry takes 19 and its serial's. */
static size_t
lengths_for(size_t content, uint8_t *lengths, size_t max)
{
	size_t count = (content + 34) / 35, spare;

	assert_true(count > 0 && count <= max);
	spare = content - 19 * count;
	for (size_t i = 0; i < count; i++) {
		size_t share = spare / (count - i);

		assert_in_range(share, 3, 20);
		lengths[i] = (uint8_t)share;
		spare -= share;
	}
	return count;
}

/* checklist 97: the list's length octets where they become one more. */
static void
length_octets(void **state)
{
	static const struct {
		size_t content;
		uint8_t head[5]; /* tag and length octets */
		size_t head_len;
	} table[] = {
	    {127, {0x30, 0x7f}, 2},
	    {128, {0x30, 0x81, 0x80}, 3},
	    {255, {0x30, 0x81, 0xff}, 3},
	    {256, {0x30, 0x82, 0x01, 0x00}, 4},
	    {65535, {0x30, 0x82, 0xff, 0xff}, 4},
	    {65536, {0x30, 0x83, 0x01, 0x00, 0x00}, 5},
	};
	static uint8_t lengths[4096];

	for (size_t i = 0; i < LAB_COUNT(table); i++) {
		struct source s = {.lengths = lengths};
		struct ca_buf tbs = {0}, der = {0};
		struct ca_bytes list;
		struct ca_crl crl;

		s.count = lengths_for(
		    table[i].content, lengths, sizeof(lengths));
		LAB_OK(write_list(*state, &s, 6, &tbs, &lab_err));
		list = list_of(&tbs);
		assert_int_equal(
		    list.len, table[i].head_len + table[i].content);
		assert_memory_equal(
		    list.data, table[i].head, table[i].head_len);
		sign_list(*state, &tbs, &der, &crl);
		assert_int_equal(crl.entry_count, s.count);
		ca_buf_free(&tbs);
		ca_buf_free(&der);
	}
}

static double
seconds_for(struct lab *lab, size_t count, struct ca_buf *tbs)
{
	double best = 1e9;

	/* The shortest of three: the machine has other things to do. */
	for (int i = 0; i < 3; i++) {
		struct source s = {.count = count};
		clock_t start = clock();
		double took;

		LAB_OK(write_list(lab, &s, 7, tbs, &lab_err));
		took = (double)(clock() - start) / CLOCKS_PER_SEC;
		best = took < best ? took : best;
	}
	return best;
}

/* checklist 97: ten times the entries, about ten times the time (a hundred
 * would be quadratic), in a buffer that is not twice what it holds. */
static void
hundred_thousand_entries(void **state)
{
	struct ca_buf tbs = {0}, der = {0};
	double few, many;
	struct ca_crl crl;

	few = seconds_for(*state, 10000, &tbs);
	many = seconds_for(*state, 100000, &tbs);
	print_message("10^4 entries %.1f ms, 10^5 entries %.1f ms, %zu MB\n",
	    few * 1e3, many * 1e3, tbs.len / 1000000);
	assert_true(many < 40 * few + 0.05);
	assert_true(tbs.cap <= 2 * tbs.len);
	assert_int_equal(list_of(&tbs).data[1], 0x83);
	sign_list(*state, &tbs, &der, &crl);
	assert_int_equal(crl.entry_count, 100000);
	ca_buf_free(&tbs);
	ca_buf_free(&der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(issuer_without_key_id),
	    cmocka_unit_test(empty_list_is_absent),
	    cmocka_unit_test(entries_come_back),
	    cmocka_unit_test(serials_must_rise),
	    cmocka_unit_test(entries_that_cannot_be),
	    cmocka_unit_test(parts_are_joined),
	    cmocka_unit_test(parts_must_rise),
	    cmocka_unit_test(delta_of_a_scope),
	    cmocka_unit_test(base_with_freshest),
	    cmocka_unit_test(orders_that_cannot_be),
	    cmocka_unit_test(dates_that_change),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(length_octets),
	    cmocka_unit_test(hundred_thousand_entries),
	};

	return cmocka_run_group_tests(tests, lab_setup, lab_teardown);
}
