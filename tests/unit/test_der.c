/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "ca/der.h"
#include "tests/unit/bytes.h"

/* ---- reading ---------------------------------------------------------- */

/* checklist 20, 25: lengths and tags X.690 10.1 does not allow. */
static void
bad_elements_are_not_taken(void **state)
{
	(void)state;
	static const struct ca_bytes bad[] = {LITERAL(""), LITERAL("\x04"),
	    LITERAL("\x04\x01"), LITERAL("\x04\x02\x00"),
	    LITERAL("\x04\x80\x00\x00"), /* indefinite */
	    LITERAL("\x30\x80\x00\x00"), LITERAL("\x04\x81\x01\xaa"),
	    LITERAL("\x04\x81\x7f"),                 /* short form fits */
	    LITERAL("\x04\x82\x00\x80"),             /* leading zero */
	    LITERAL("\x04\x84\xff\xff\xff\xff\x00"), /* too long */
	    LITERAL("\x04\x85\x01\x00\x00\x00\x00"), /* 5 octets */
	    LITERAL("\x04\x88\xff\xff\xff\xff\xff\xff\xff\xff"),
	    LITERAL("\x04\xff"), LITERAL("\x04\x81"), LITERAL("\x04\x82\x01"),
	    LITERAL("\x00\x00"), /* end of contents */
	    LITERAL("\x1f\x01\x00"), LITERAL("\xbf\x81\x01\x00")};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ca_bytes in = bad[i], element = {0}, content = {0};
		uint8_t tag = 7;

		assert_false(der_get_any(&in, &tag, &element, &content));
		assert_bytes(in, bad[i]);
		assert_int_equal(tag, 7);
		assert_null(element.data);
		assert_null(content.data);
		assert_true(in.len == 0 || !der_is_well_formed(in));
	}
}

static void
an_element_is_taken(void **state)
{
	(void)state;
	const struct ca_bytes whole = BYTES("\x04\x02\xaa\xbb\x05\x00");
	struct ca_bytes in = whole, element, content;
	uint8_t tag;
	bool present = false;

	assert_true(der_next_is(in, DER_OCTET_STRING));
	assert_false(der_get(&in, DER_NULL, &content));
	assert_false(der_get_element(&in, DER_NULL, &content));
	assert_bytes(in, whole);
	assert_true(der_get_any(&in, &tag, &element, &content));
	assert_int_equal(tag, DER_OCTET_STRING);
	assert_bytes(element, BYTES("\x04\x02\xaa\xbb"));
	assert_bytes(content, BYTES("\xaa\xbb"));
	assert_true(der_get_optional(&in, DER_BOOLEAN, &present, &content));
	assert_false(present);
	assert_true(der_get_optional(&in, DER_NULL, &present, &content));
	assert_true(present);
	assert_true(der_at_end(in));
	assert_false(der_next_is(in, 0));
	assert_true(der_get_optional(&in, DER_NULL, &present, &content));
	assert_false(present);
	in = BYTES("\x05\x81\x00");
	assert_false(der_get_optional(&in, DER_NULL, &present, &content));
	in = whole;
	assert_true(der_get_any(&in, NULL, NULL, NULL));
	assert_true(der_get_null(&in));
	in = whole;
	assert_true(der_get_element(&in, DER_OCTET_STRING, &element));
	assert_int_equal(element.len, 4);
}

/* checklist 97: lengths at the turns of the length octets. */
static void
lengths_both_ways(void **state)
{
	(void)state;
	static const struct {
		size_t len;
		struct ca_bytes head;
	} turns[] = {{0, LITERAL("\x04\x00")}, {127, LITERAL("\x04\x7f")},
	    {128, LITERAL("\x04\x81\x80")}, {255, LITERAL("\x04\x81\xff")},
	    {256, LITERAL("\x04\x82\x01\x00")},
	    {65535, LITERAL("\x04\x82\xff\xff")},
	    {65536, LITERAL("\x04\x83\x01\x00\x00")},
	    {16777215, LITERAL("\x04\x83\xff\xff\xff")},
	    {16777216, LITERAL("\x04\x84\x01\x00\x00\x00")}};

	for (size_t i = 0; i < COUNT(turns); i++) {
		struct ca_bytes content = {
		    calloc(1, turns[i].len + 1), turns[i].len};
		struct ca_buf put = {0}, opened = {0};
		struct ca_bytes in, back;
		struct der_out out = {0};

		assert_non_null(content.data);
		der_put(&out, DER_OCTET_STRING, content);
		assert_int_equal(der_finish(&out, &put), CA_OK);
		assert_bytes((struct ca_bytes){put.data, turns[i].head.len},
		    turns[i].head);
		der_open(&out, DER_OCTET_STRING);
		der_put_raw(&out, content);
		der_close(&out);
		assert_int_equal(der_finish(&out, &opened), CA_OK);
		assert_true(ca_bytes_equal(ca_view(&put), ca_view(&opened)));
		in = ca_view(&put);
		assert_true(der_get(&in, DER_OCTET_STRING, &back));
		assert_int_equal(back.len, content.len);
		assert_true(der_at_end(in));
		ca_buf_free(&put);
		ca_buf_free(&opened);
		free((void *)(uintptr_t)content.data);
	}
}

/* checklist 2, 7, 20 */
static void
integers(void **state)
{
	(void)state;
	static const struct {
		struct ca_bytes der, octets, magnitude; /* empty: refused */
	} good[] = {{LITERAL("\x02\x01\x00"), LITERAL("\x00"), LITERAL("\x00")},
	    {LITERAL("\x02\x01\x7f"), LITERAL("\x7f"), LITERAL("\x7f")},
	    {LITERAL("\x02\x02\x00\x80"), LITERAL("\x00\x80"), LITERAL("\x80")},
	    {LITERAL("\x02\x01\x80"), LITERAL("\x80"), LITERAL("")},
	    {LITERAL("\x02\x01\xff"), LITERAL("\xff"), LITERAL("")},
	    {LITERAL("\x02\x02\xff\x7f"), LITERAL("\xff\x7f"), LITERAL("")},
	    {LITERAL("\x02\x02\x01\x00"), LITERAL("\x01\x00"),
		LITERAL("\x01\x00")}};
	static const struct ca_bytes bad[] = {LITERAL("\x02\x00"),
	    LITERAL("\x02\x02\x00\x00"), LITERAL("\x02\x02\x00\x7f"),
	    LITERAL("\x02\x02\xff\x80"), LITERAL("\x02\x02\xff\xff"),
	    LITERAL("\x02\x03\x00\x00\x80"), LITERAL("\x0a\x01\x00"),
	    LITERAL("\x02\x02\x01")};
	struct ca_bytes in, out;

	for (size_t i = 0; i < COUNT(good); i++) {
		in = good[i].der;
		assert_true(der_get_integer(&in, &out));
		assert_true(der_at_end(in));
		assert_bytes(out, good[i].octets);
		in = good[i].der;
		if (good[i].magnitude.len == 0) {
			assert_false(der_get_unsigned(&in, &out));
			assert_bytes(in, good[i].der);
			continue;
		}
		assert_true(der_get_unsigned(&in, &out));
		assert_bytes(out, good[i].magnitude);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		in = bad[i];
		assert_false(der_get_integer(&in, &out));
		assert_false(der_get_unsigned(&in, &out));
		assert_bytes(in, bad[i]);
		assert_false(
		    bad[i].data[0] == 0x02 && der_is_well_formed(bad[i]));
	}
}

static void
small_integers_both_ways(void **state)
{
	(void)state;
	static const struct {
		uint64_t value;
		struct ca_bytes der;
	} known[] = {{0, LITERAL("\x02\x01\x00")}, {1, LITERAL("\x02\x01\x01")},
	    {127, LITERAL("\x02\x01\x7f")}, {128, LITERAL("\x02\x02\x00\x80")},
	    {255, LITERAL("\x02\x02\x00\xff")},
	    {256, LITERAL("\x02\x02\x01\x00")},
	    {65537, LITERAL("\x02\x03\x01\x00\x01")},
	    {INT64_MAX, LITERAL("\x02\x08\x7f\xff\xff\xff\xff\xff\xff\xff")}};
	struct ca_bytes in;
	uint64_t value = 42;

	for (size_t i = 0; i < COUNT(known); i++) {
		struct der_out out = {0};
		struct ca_buf der = {0};

		der_put_uint(&out, known[i].value);
		assert_int_equal(der_finish(&out, &der), CA_OK);
		assert_bytes(ca_view(&der), known[i].der);
		in = ca_view(&der);
		assert_true(der_get_uint(&in, &value));
		assert_true(value == known[i].value);
		ca_buf_free(&der);
	}
	value = 42;
	in = BYTES("\x02\x09\x00\x80\x00\x00\x00\x00\x00\x00\x00");
	assert_false(der_get_uint(&in, &value));
	in = BYTES("\x02\x09\x01\x00\x00\x00\x00\x00\x00\x00\x00");
	assert_false(der_get_uint(&in, &value));
	in = BYTES("\x02\x01\xff");
	assert_false(der_get_uint(&in, &value));
	assert_true(value == 42);
}

/* checklist 2 */
static void
magnitudes_are_written_positive(void **state)
{
	(void)state;
	static const struct {
		struct ca_bytes magnitude, der;
	} known[] = {{LITERAL(""), LITERAL("\x02\x01\x00")},
	    {LITERAL("\x00\x00"), LITERAL("\x02\x01\x00")},
	    {LITERAL("\x7f"), LITERAL("\x02\x01\x7f")},
	    {LITERAL("\x80"), LITERAL("\x02\x02\x00\x80")},
	    {LITERAL("\x00\xe8\x01"), LITERAL("\x02\x03\x00\xe8\x01")},
	    {LITERAL("\x00\x00\x12"), LITERAL("\x02\x01\x12")}};

	for (size_t i = 0; i < COUNT(known); i++) {
		struct der_out out = {0};
		struct ca_buf der = {0};

		der_put_unsigned(&out, known[i].magnitude);
		assert_int_equal(der_finish(&out, &der), CA_OK);
		assert_bytes(ca_view(&der), known[i].der);
		ca_buf_free(&der);
	}
}

/* checklist 6: one number, whether or not a zero stands in front of it. */
static void
serials_are_numbers(void **state)
{
	(void)state;
	static const struct ca_bytes same[] = {LITERAL("\xe8\x01"),
	    LITERAL("\x00\xe8\x01"), LITERAL("\x00\x00\xe8\x01")};
	static const struct ca_bytes other[] = {LITERAL("\xe8"),
	    LITERAL("\xe8\x01\x00"), LITERAL("\x01\xe8\x01"), LITERAL("")};
	const struct ca_bytes serial = BYTES("\xe8\x01");

	for (size_t i = 0; i < COUNT(same) + COUNT(other); i++) {
		bool equal = i < COUNT(same);
		struct der_out out = {0};
		struct ca_buf der = {0};
		struct ca_bytes in, back;

		der_put_unsigned(
		    &out, equal ? same[i] : other[i - COUNT(same)]);
		assert_int_equal(der_finish(&out, &der), CA_OK);
		in = ca_view(&der);
		assert_true(der_get_unsigned(&in, &back));
		assert_true(ca_bytes_equal(back, serial) == equal);
		ca_buf_free(&der);
	}
}

/* checklist 20 */
static void
booleans_and_nulls(void **state)
{
	(void)state;
	static const struct ca_bytes bad[] = {LITERAL("\x01\x00"),
	    LITERAL("\x01\x01\x01"), LITERAL("\x01\x01\xfe"),
	    LITERAL("\x01\x02\xff\xff"), LITERAL("\x05\x01\x00")};
	struct ca_bytes in = BYTES("\x01\x01\xff\x01\x01\x00\x05\x00");
	struct der_out out = {0};
	struct ca_buf der = {0};
	bool flag = false;

	der_put_bool(&out, true);
	der_put_bool(&out, false);
	der_put_null(&out);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	assert_bytes(ca_view(&der), in);
	ca_buf_free(&der);
	assert_true(der_get_bool(&in, &flag));
	assert_true(flag);
	assert_false(der_get_null(&in));
	assert_true(der_get_bool(&in, &flag));
	assert_false(flag);
	assert_true(der_get_null(&in));
	assert_true(der_at_end(in));
	for (size_t i = 0; i < COUNT(bad); i++) {
		in = bad[i];
		assert_false(der_get_bool(&in, &flag));
		assert_false(der_get_null(&in));
		assert_bytes(in, bad[i]);
		assert_false(der_is_well_formed(in));
	}
}

static void
object_identifiers(void **state)
{
	(void)state;
	static const struct ca_bytes good[] = {LITERAL("\x06\x03\x55\x04\x03"),
	    LITERAL("\x06\x01\x00"), LITERAL("\x06\x02\x88\x37"),
	    LITERAL("\x06\x04\x2a\x86\x48\x01")};
	static const struct ca_bytes bad[] = {LITERAL("\x06\x00"),
	    LITERAL("\x06\x01\x80"), LITERAL("\x06\x02\x2a\x86"),
	    LITERAL("\x06\x02\x80\x01"), LITERAL("\x06\x03\x2a\x80\x01"),
	    LITERAL("\x06\x04\x2a\x01\x80\x01")};
	struct ca_bytes in, oid;

	for (size_t i = 0; i < COUNT(good); i++) {
		in = good[i];
		assert_true(der_get_oid(&in, &oid));
		assert_int_equal(oid.len, good[i].len - 2);
		assert_true(der_at_end(in));
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		in = bad[i];
		assert_false(der_get_oid(&in, &oid));
		assert_bytes(in, bad[i]);
		assert_false(der_is_well_formed(in));
	}
}

static void
bit_strings(void **state)
{
	(void)state;
	static const struct ca_bytes bad[] = {LITERAL("\x03\x00"),
	    LITERAL("\x03\x01\x01"), LITERAL("\x03\x02\x08\x00"),
	    LITERAL("\x03\x02\x01\x01"), LITERAL("\x03\x02\x07\xc0")};
	struct ca_bytes in = BYTES("\x03\x03\x00\xab\xcd"), octets;
	struct der_out out = {0};
	struct ca_buf der = {0};

	der_put_bit_octets(&out, BYTES("\xab\xcd"));
	assert_int_equal(der_finish(&out, &der), CA_OK);
	assert_bytes(ca_view(&der), in);
	ca_buf_free(&der);
	assert_true(der_get_bit_octets(&in, &octets));
	assert_bytes(octets, BYTES("\xab\xcd"));
	in = BYTES("\x03\x01\x00");
	assert_true(der_is_well_formed(in));
	assert_true(der_get_bit_octets(&in, &octets));
	assert_int_equal(octets.len, 0);
	in = BYTES("\x03\x02\x01\xfe");
	assert_true(der_is_well_formed(in));
	assert_false(der_get_bit_octets(&in, &octets));
	for (size_t i = 0; i < COUNT(bad); i++) {
		in = bad[i];
		assert_false(der_get_bit_octets(&in, &octets));
		assert_bytes(in, bad[i]);
		assert_false(der_is_well_formed(in));
	}
}

/* RFC 5280 4.2.1.3: digitalSignature is bit 0, decipherOnly bit 8. */
static void
named_bits_both_ways(void **state)
{
	(void)state;
	static const struct {
		uint16_t bits;
		struct ca_bytes der;
	} known[] = {{0, LITERAL("\x03\x01\x00")},
	    {1 << 0, LITERAL("\x03\x02\x07\x80")},
	    {1 << 0 | 1 << 2, LITERAL("\x03\x02\x05\xa0")},
	    {1 << 5 | 1 << 6, LITERAL("\x03\x02\x01\x06")},
	    {1 << 7, LITERAL("\x03\x02\x00\x01")},
	    {1 << 8, LITERAL("\x03\x03\x07\x00\x80")},
	    {0xffff, LITERAL("\x03\x03\x00\xff\xff")}};
	static const struct ca_bytes bad[] = {LITERAL("\x03\x00"),
	    LITERAL("\x03\x01\x01"), LITERAL("\x03\x02\x00\x80"),
	    LITERAL("\x03\x02\x07\x00"), LITERAL("\x03\x02\x06\xa0"),
	    LITERAL("\x03\x02\x08\x80"), LITERAL("\x03\x03\x00\x80\x00"),
	    LITERAL("\x03\x04\x00\xff\xff\xff")};
	struct ca_bytes in;
	uint16_t bits = 42;

	for (size_t i = 0; i < COUNT(known); i++) {
		struct der_out out = {0};
		struct ca_buf der = {0};

		der_put_named_bits(&out, DER_BIT_STRING, known[i].bits);
		assert_int_equal(der_finish(&out, &der), CA_OK);
		assert_bytes(ca_view(&der), known[i].der);
		in = ca_view(&der);
		assert_true(der_get_named_bits(&in, &bits));
		assert_int_equal(bits, known[i].bits);
		assert_true(der_at_end(in));
		ca_buf_free(&der);
	}
	bits = 42;
	for (size_t i = 0; i < COUNT(bad); i++) {
		in = bad[i];
		assert_false(der_get_named_bits(&in, &bits));
		assert_bytes(in, bad[i]);
		assert_int_equal(bits, 42);
	}
}

/* checklist 54 */
static void
set_of_is_in_order(void **state)
{
	(void)state;
	static const struct ca_bytes good[] = {LITERAL(""),
	    LITERAL("\x02\x01\x05"), LITERAL("\x02\x01\x05\x02\x01\x06"),
	    LITERAL("\x02\x01\x05\x02\x01\x05"),
	    LITERAL("\x02\x01\x7f\x02\x02\x00\x80\x04\x00"),
	    LITERAL("\x04\x01\x80\x04\x01\xff")};
	static const struct ca_bytes bad[] = {
	    LITERAL("\x02\x01\x06\x02\x01\x05"),
	    LITERAL("\x04\x00\x02\x01\x05"),
	    LITERAL("\x02\x02\x00\x80\x02\x01\x7f"),
	    LITERAL("\x02\x01\x05\x02\x01\x06\x02\x01\x05"),
	    LITERAL("\x02\x01\x05\x02")};

	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(der_set_is_ordered(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(der_set_is_ordered(bad[i]));
}

static void
well_formed_input(void **state)
{
	(void)state;
	static const struct ca_bytes good[] = {LITERAL(""), LITERAL("\x30\x00"),
	    LITERAL("\x30\x00\x31\x00"),
	    LITERAL("\x30\x05\x02\x01\x05\x05\x00"),
	    LITERAL("\xa0\x03\x02\x01\x05"), LITERAL("\x80\x03\xff\xff\xff"),
	    LITERAL("\x04\x02\x30\x7f"), LITERAL("\x0a\x01\x01")};
	static const struct ca_bytes bad[] = {
	    LITERAL("\x30\x01\x00"), /* trailing byte inside */
	    LITERAL("\x30\x03\x02\x01"), LITERAL("\x30\x00\x00"),
	    LITERAL("\x30\x05\x02\x02\x00\x05\x05"), LITERAL("\x10\x00"),
	    LITERAL("\x11\x00"),                 /* primitive */
	    LITERAL("\x24\x04\x04\x02\xaa\xbb"), /* constructed string */
	    LITERAL("\x23\x03\x03\x01\x00"), LITERAL("\x2c\x00"),
	    LITERAL("\xa0\x03\x02\x01"), LITERAL("\xa0\x02\x02\x00"),
	    LITERAL("\x0a\x00"), LITERAL("\x0a\x02\x00\x01")};

	for (size_t i = 0; i < COUNT(good); i++)
		assert_true(der_is_well_formed(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(der_is_well_formed(bad[i]));
}

/* checklist 25: a depth bomb ends early. */
static void
depth_is_bounded(void **state)
{
	(void)state;
	uint8_t nested[2 * 40];

	for (unsigned depth = 1; depth <= 40; depth++) {
		for (unsigned i = 0; i < depth; i++) {
			nested[2 * i] = DER_SEQUENCE;
			nested[2 * i + 1] = (uint8_t)(2 * (depth - 1 - i));
		}
		assert_true(der_is_well_formed((struct ca_bytes){
				nested, 2 * depth}) == (depth <= 16));
	}
}

/* ---- writing ---------------------------------------------------------- */

static void
nesting_is_the_grammar(void **state)
{
	(void)state;
	struct der_out out = {0};
	struct ca_buf der = {0};

	der_open(&out, DER_SEQUENCE);
	der_open(&out, DER_CONTEXT_CONS(0));
	der_put_uint(&out, 2);
	der_close(&out);
	der_open(&out, DER_SET);
	der_close(&out);
	der_put_text(&out, DER_CONTEXT(6), "x:");
	der_put_raw(&out, BYTES("\x05\x00"));
	der_close(&out);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	assert_bytes(ca_view(&der),
	    BYTES("\x30\x0d\xa0\x03\x02\x01\x02\x31\x00\x86\x02x:\x05\x00"));
	assert_true(der_is_well_formed(ca_view(&der)));
	assert_null(out.buf.data);
	ca_buf_free(&der);
}

static void
a_wide_child_widens_its_parents(void **state)
{
	(void)state;
	uint8_t zeros[200] = {0};
	struct der_out out = {0};
	struct ca_buf der = {0};
	struct ca_bytes in, content;

	der_open(&out, DER_SEQUENCE);
	der_put_null(&out);
	der_open(&out, DER_SEQUENCE);
	der_put(
	    &out, DER_OCTET_STRING, (struct ca_bytes){zeros, sizeof(zeros)});
	der_close(&out);
	der_put_null(&out);
	der_close(&out);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	in = ca_view(&der);
	assert_true(der_get(&in, DER_SEQUENCE, &content));
	assert_true(der_at_end(in));
	assert_true(der_get_null(&content));
	assert_true(der_get(&content, DER_SEQUENCE, &in));
	assert_int_equal(in.len, 203);
	assert_true(der_get_null(&content));
	assert_true(der_at_end(content));
	ca_buf_free(&der);
}

/* checklist 97: the same octets as if it had been opened first. */
static void
what_was_written_is_wrapped(void **state)
{
	static const size_t lengths[] = {
	    0, 1, 127, 128, 255, 256, 65535, 65536, 70000};
	static uint8_t text[70000];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i % 251);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const struct ca_bytes content = {text, lengths[i]};
		struct der_out wrapped = {0}, opened = {0};
		struct ca_buf a = {0}, b = {0};

		der_put_raw(&wrapped, content);
		der_wrap(&wrapped, DER_SEQUENCE);
		der_open(&opened, DER_SEQUENCE);
		der_put_raw(&opened, content);
		der_close(&opened);
		assert_int_equal(der_finish(&wrapped, &a), CA_OK);
		assert_int_equal(der_finish(&opened, &b), CA_OK);
		assert_true(ca_bytes_equal(ca_view(&a), ca_view(&b)));
		ca_buf_free(&a);
		ca_buf_free(&b);
	}
}

/* Asked for at any time and any number of times, it changes no octet. */
static void
room_for_lengths_is_made_early(void **state)
{
	static const uint8_t octets[1000];
	static const size_t parts[] = {1, 50, 126, 129, 300};

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct der_out early = {0}, late = {0};
		struct ca_buf a = {0}, b = {0};

		for (int depth = 0; depth < 3; depth++) {
			der_open(&early, DER_SEQUENCE);
			der_open(&late, DER_SEQUENCE);
			der_put_null(&early);
			der_put_null(&late);
		}
		for (size_t len = 0; len < 70000; len += parts[i]) {
			const struct ca_bytes part = {octets, parts[i]};

			der_put_raw(&early, part);
			der_widen(&early);
			der_widen(&early);
			der_put_raw(&late, part);
		}
		for (int depth = 0; depth < 3; depth++) {
			der_close(&early);
			der_close(&late);
		}
		assert_int_equal(der_finish(&early, &a), CA_OK);
		assert_int_equal(der_finish(&late, &b), CA_OK);
		assert_true(ca_bytes_equal(ca_view(&a), ca_view(&b)));
		assert_int_equal(a.data[1], 0x83);
		ca_buf_free(&a);
		ca_buf_free(&b);
	}
}

static void
what_is_open_is_not_wrapped(void **state)
{
	struct der_out out = {0};
	struct ca_buf der = {0};

	(void)state;
	der_open(&out, DER_SEQUENCE);
	der_wrap(&out, DER_SEQUENCE);
	der_close(&out);
	assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
	der_put_failed(&out, CA_REFUSED);
	der_wrap(&out, DER_SEQUENCE);
	assert_int_equal(out.buf.len, 0);
	assert_int_equal(der_finish(&out, &der), CA_REFUSED);
}

static void
the_first_error_sticks(void **state)
{
	(void)state;
	struct der_out out = {0};
	struct ca_buf der = {0};

	assert_int_equal(ca_buf_append_text(&der, "kept"), CA_OK);
	der_open(&out, DER_SEQUENCE); /* never closed */
	assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
	der_close(&out); /* never opened */
	assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
	for (int i = 0; i <= DER_MAX_DEPTH; i++)
		der_open(&out, DER_SEQUENCE);
	for (int i = 0; i <= DER_MAX_DEPTH; i++)
		der_close(&out);
	assert_int_equal(der_finish(&out, &der), CA_INTERNAL);
	der_put_failed(&out, CA_REFUSED);
	der_put_failed(&out, CA_MEMORY);
	der_put_null(&out);
	assert_int_equal(out.buf.len, 0);
	assert_int_equal(der_finish(&out, &der), CA_REFUSED);
	der_put(&out, DER_OCTET_STRING,
	    (struct ca_bytes){NULL, (size_t)UINT32_MAX + 1});
	assert_int_equal(der_finish(&out, &der), CA_MEMORY);
	assert_text(&der, "kept");
}

static void
the_deepest_allowed_nesting(void **state)
{
	(void)state;
	struct der_out out = {0};
	struct ca_buf der = {0};

	for (int i = 0; i < DER_MAX_DEPTH; i++)
		der_open(&out, DER_SEQUENCE);
	for (int i = 0; i < DER_MAX_DEPTH; i++)
		der_close(&out);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	assert_int_equal(der.len, 2 * DER_MAX_DEPTH);
	assert_true(der_is_well_formed(ca_view(&der)));
	ca_buf_free(&der);
	der_open(&out, DER_SEQUENCE);
	der_discard(&out);
	assert_int_equal(out.depth, 0);
	assert_null(out.buf.data);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	assert_int_equal(der.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bad_elements_are_not_taken),
	    cmocka_unit_test(an_element_is_taken),
	    cmocka_unit_test(lengths_both_ways),
	    cmocka_unit_test(integers),
	    cmocka_unit_test(small_integers_both_ways),
	    cmocka_unit_test(magnitudes_are_written_positive),
	    cmocka_unit_test(serials_are_numbers),
	    cmocka_unit_test(booleans_and_nulls),
	    cmocka_unit_test(object_identifiers),
	    cmocka_unit_test(bit_strings),
	    cmocka_unit_test(named_bits_both_ways),
	    cmocka_unit_test(set_of_is_in_order),
	    cmocka_unit_test(well_formed_input),
	    cmocka_unit_test(depth_is_bounded),
	    cmocka_unit_test(nesting_is_the_grammar),
	    cmocka_unit_test(a_wide_child_widens_its_parents),
	    cmocka_unit_test(what_was_written_is_wrapped),
	    cmocka_unit_test(room_for_lengths_is_made_early),
	    cmocka_unit_test(what_is_open_is_not_wrapped),
	    cmocka_unit_test(the_first_error_sticks),
	    cmocka_unit_test(the_deepest_allowed_nesting),
	};

	return cmocka_run_group_tests_name("der", tests, NULL, NULL);
}
