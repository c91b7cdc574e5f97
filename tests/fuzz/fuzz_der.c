/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is well-formed DER re-encodes to the same bytes (X.690 10), and every
 * value that a typed reader takes is written back to what it was read from.
 */
#include "ca/der.h"
#include "ca/oid.h"
#include "ca/time.h"
#include "tests/fuzz/der_mutator.h"
#include "tests/fuzz/property.h"

#define CONSTRUCTED 0x20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
DER_INPUT(0);

/* What the writer gives is this element, byte for byte. */
static void
require_same(struct der_out *out, struct ca_bytes element)
{
	struct ca_buf der = {0};

	REQUIRE(der_finish(out, &der) == CA_OK);
	REQUIRE(ca_bytes_equal(ca_view(&der), element));
	ca_buf_free(&der);
}

static void
check_integer(struct ca_bytes element)
{
	struct ca_bytes in = element, octets = {0}, magnitude = {0};
	struct der_out out = {0};
	uint64_t value = 0;

	if (!der_get_integer(&in, &octets)) {
		REQUIRE(ca_bytes_equal(in, element));
		return;
	}
	REQUIRE(der_at_end(in));
	der_put(&out, DER_INTEGER, octets);
	require_same(&out, element);
	in = element;
	if (!der_get_unsigned(&in, &magnitude)) {
		REQUIRE(octets.data[0] >= 0x80);
		return;
	}
	der_put_unsigned(&out, magnitude);
	require_same(&out, element);
	in = element;
	if (!der_get_uint(&in, &value)) {
		REQUIRE(magnitude.len >= 8);
		return;
	}
	der_put_uint(&out, value);
	require_same(&out, element);
}

static void
check_bits(struct ca_bytes element)
{
	struct ca_bytes in = element, octets = {0};
	struct der_out out = {0};
	uint16_t bits = 0;

	if (der_get_bit_octets(&in, &octets)) {
		der_put_bit_octets(&out, octets);
		require_same(&out, element);
	}
	in = element;
	if (der_get_named_bits(&in, &bits)) {
		der_put_named_bits(&out, DER_BIT_STRING, bits);
		require_same(&out, element);
	}
}

/* The dotted form says all that the octets do, arcs up to 2^32. */
static void
check_oid(struct ca_bytes element)
{
	struct ca_bytes in = element, oid = {0};
	struct ca_buf text = {0}, back = {0};
	enum ca_oid known;

	if (!der_get_oid(&in, &oid))
		return;
	REQUIRE(ca_oid_append_dotted(&text, oid) == CA_OK);
	if (ca_oid_parse(&back, ca_buf_text(&text)) == CA_OK)
		REQUIRE(ca_bytes_equal(ca_view(&back), oid));
	known = ca_oid_find(oid);
	REQUIRE(
	    known == CA_OID_UNKNOWN || ca_bytes_equal(ca_oid_der(known), oid));
	ca_buf_free(&text);
	ca_buf_free(&back);
}

static void
check_time(struct ca_bytes element)
{
	struct ca_bytes in = element;
	struct der_out out = {0};
	char text[CA_TIME_TEXT];
	int64_t time = 0, back = 0;

	if (ca_time_get(&in, &time)) {
		ca_time_put(&out, time);
		require_same(&out, element);
	}
	in = element;
	if (!ca_time_get_generalized(&in, &time))
		return;
	ca_time_put_generalized(&out, time);
	require_same(&out, element);
	ca_time_text(time, text);
	REQUIRE(ca_time_parse(text, 0, &back) == CA_OK && back == time);
}

static void
check_typed(struct ca_bytes element)
{
	struct ca_bytes in = element;
	bool flag = false;

	check_integer(element);
	check_bits(element);
	check_oid(element);
	check_time(element);
	if (der_get_bool(&in, &flag)) {
		struct der_out out = {0};

		der_put_bool(&out, flag);
		require_same(&out, element);
	}
}

/* Every element again, opened and closed as it stands there. */
static void
encode_again(struct der_out *out, struct ca_bytes in)
{
	struct ca_bytes element = {0}, content = {0};
	uint8_t tag = 0;

	while (!der_at_end(in)) {
		REQUIRE(der_get_any(&in, &tag, &element, &content));
		check_typed(element);
		if ((tag & CONSTRUCTED) == 0) {
			der_put(out, tag, content);
			continue;
		}
		der_open(out, tag);
		encode_again(out, content);
		der_close(out);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ca_bytes in = {data, size}, element = {0};
	struct der_out out = {0};

	if (der_is_well_formed(in)) {
		encode_again(&out, in);
		require_same(&out, in);
		return 0;
	}
	/* What stands in front of the fault may be read one by one. */
	while (der_get_any(&in, NULL, &element, NULL)) {
		REQUIRE(element.len >= 2);
		check_typed(element);
	}
	return 0;
}
