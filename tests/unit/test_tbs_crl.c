/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/lab.h"

#include <stdio.h>
#include <time.h>

#include "ca/crl.h"

#define SERIAL_LEN 20

/* A list to draw entries from: a table, or count serials made by number. */
struct source {
	const struct ca_crl_entry *list;
	size_t count, at;
	size_t fail_at; /* draws before CA_IO; 0: never */
	uint8_t serial[SERIAL_LEN];
	const uint8_t *lengths; /* of each serial; NULL: 16 */
};

static bool
next(void *ctx, struct ca_crl_entry *ret, enum ca_status *status)
{
	struct source *s = ctx;
	size_t len = 16, at = s->at;

	if (s->fail_at != 0 && at == s->fail_at) {
		*status = CA_IO;
		return false;
	}
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
write_list(struct lab *lab, struct source *s, uint64_t number,
    struct ca_buf *ret, struct ca_error *err)
{
	const struct ca_sig_alg alg = ca_sig_alg_for(&lab->mid.cert.spki);
	const struct ca_crl_order order = {.number = number,
	    .this_update = LAB_NOW,
	    .next_update = LAB_NOW + 7 * CA_DAY};
	const struct ca_crl_source source = {.next = next, .ctx = s};

	return ca_tbs_crl(&lab->mid.cert, &alg, &order, &source, ret, err);
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

/* A source that breaks off does not make a shorter list. */
static void
source_that_fails(void **state)
{
	struct source s = {.count = 10, .fail_at = 5};
	struct ca_buf tbs = {0};

	LAB_SAYS(write_list(*state, &s, 5, &tbs, &lab_err), CA_IO, "broke off");
	assert_null(tbs.data);
	s = (struct source){.count = 10};
	LAB_OK(write_list(*state, &s, 5, &tbs, &lab_err));
	ca_buf_free(&tbs);
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
	    cmocka_unit_test(source_that_fails),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(length_octets),
	    cmocka_unit_test(hundred_thousand_entries),
	};

	return cmocka_run_group_tests(tests, lab_setup, lab_teardown);
}
