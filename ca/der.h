/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * der: the Distinguished Encoding Rules (X.690), strictly, both ways.
 *
 * Reading: a struct ca_bytes is a view that shrinks from the front as
 * elements are taken; a nested element is another view of the same memory.
 * Nothing is allocated. Every reader returns false, and leaves the view as
 * it was, when what stands there is not exactly that element in DER:
 * indefinite, non-minimal or over-long lengths, multi-byte tags, non-minimal
 * integers, booleans other than 00 and FF, unused bits that are set. The
 * caller closes each level with der_at_end(), so that no trailing byte is
 * ever passed over.
 *
 * Writing: der_open / der_put / der_close nest as the ASN.1 above the code
 * does. The first error (memory, depth, an unclosed element) sticks, later
 * calls do nothing, and der_finish() alone reports it.
 *
 * What this does not do: BER, tags above 30, REAL, and any knowledge of
 * X.509. It does not check that a PrintableString is printable.
 */
#ifndef CA_DER_H
#define CA_DER_H

#include "ca/base.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_ENUMERATED = 0x0a,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_TELETEX_STRING = 0x14,
	DER_IA5_STRING = 0x16,
	DER_UTC_TIME = 0x17,
	DER_GENERALIZED_TIME = 0x18,
	DER_UNIVERSAL_STRING = 0x1c,
	DER_BMP_STRING = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31
};
/* [n] IMPLICIT of a primitive, and of a constructed or [n] EXPLICIT. */
#define DER_CONTEXT(n) ((uint8_t)(0x80 | (n)))
#define DER_CONTEXT_CONS(n) ((uint8_t)(0xa0 | (n)))

/* ---- reading ---------------------------------------------------------- */

/* Nothing is left in this view. */
bool der_at_end(struct ca_bytes in);
/* The next element has this tag. False at the end. */
bool der_next_is(struct ca_bytes in, uint8_t tag);
/* Takes one element with this tag; ret_content is what is inside it. */
bool der_get(struct ca_bytes *in, uint8_t tag, struct ca_bytes *ret_content);
/* The same, but gives the whole element, tag and length included. */
bool der_get_element(
    struct ca_bytes *in, uint8_t tag, struct ca_bytes *ret_element);
/* Takes one element of any tag. ret_element and ret_content may be NULL. */
bool der_get_any(struct ca_bytes *in, uint8_t *ret_tag,
    struct ca_bytes *ret_element, struct ca_bytes *ret_content);
/* Takes the element when it has this tag; true with ret_present false when
 * another one or none follows; false when it is there and is not DER. */
bool der_get_optional(struct ca_bytes *in, uint8_t tag, bool *ret_present,
    struct ca_bytes *ret_content);
/* INTEGER content octets, minimal two's complement, sign included. */
bool der_get_integer(struct ca_bytes *in, struct ca_bytes *ret_octets);
/* INTEGER >= 0 as big-endian magnitude without leading zeros; zero is one
 * 00 octet. */
bool der_get_unsigned(struct ca_bytes *in, struct ca_bytes *ret_magnitude);
/* INTEGER in 0 .. 2^63-1. */
bool der_get_uint(struct ca_bytes *in, uint64_t *ret_value);
bool der_get_bool(struct ca_bytes *in, bool *ret_value);
bool der_get_null(struct ca_bytes *in);
/* OBJECT IDENTIFIER content octets, arcs minimal and complete. */
bool der_get_oid(struct ca_bytes *in, struct ca_bytes *ret_oid);
/* BIT STRING of whole octets (keys, signatures). */
bool der_get_bit_octets(struct ca_bytes *in, struct ca_bytes *ret_octets);
/*
 * BIT STRING with named bits (KeyUsage, ReasonFlags): bit 0 is the lowest
 * bit of ret_bits; at most 16 bits; no trailing zero bits (X.690 11.2.2).
 */
bool der_get_named_bits(struct ca_bytes *in, uint16_t *ret_bits);
/* The same for content already taken out of an implicit [n]. */
bool der_named_bits(struct ca_bytes content, uint16_t *ret_bits);
/* Content octets of an OID are well formed. */
bool der_oid_is_valid(struct ca_bytes content);
/* Content octets of an INTEGER are the fewest that say it. */
bool der_integer_is_valid(struct ca_bytes content);
/* Content octets of a BIT STRING of any length: unused bits are zero (X.690
 * 11.2.1). */
bool der_bits_are_valid(struct ca_bytes content);
/* Content of a SET OF: elements in rising order of their encodings (X.690
 * 11.6); equal ones may follow each other. */
bool der_set_is_ordered(struct ca_bytes content);

/*
 * Everything in the view is well-formed DER, constructed elements entered to
 * a depth of 16 at most; octet and bit strings are not. Used for input that
 * is copied as bytes.
 */
bool der_is_well_formed(struct ca_bytes in);

/* ---- writing ---------------------------------------------------------- */

#define DER_MAX_DEPTH 16

/* {0} is an empty writer. Free with der_discard() if not finished. */
struct der_out {
	struct ca_buf buf;
	size_t open[DER_MAX_DEPTH];  /* where each open content starts */
	uint8_t room[DER_MAX_DEPTH]; /* octets kept free for its length */
	size_t depth;
	enum ca_status status; /* the first error, sticky */
};

void der_open(struct der_out *out, uint8_t tag);
void der_close(struct der_out *out);
/*
 * Makes room for the lengths that what is open has by now, which der_close()
 * would do by moving all of it. For whoever writes a very long element: called
 * from time to time, little is moved in the end.
 */
void der_widen(struct der_out *out);
/* All that was written so far, nothing of which is open, becomes the content
 * of one element. */
void der_wrap(struct der_out *out, uint8_t tag);
/* One whole element with this content. */
void der_put(struct der_out *out, uint8_t tag, struct ca_bytes content);
void der_put_text(struct der_out *out, uint8_t tag, const char *text);
/* Bytes that are DER already, copied as they are. */
void der_put_raw(struct der_out *out, struct ca_bytes element);
void der_put_uint(struct der_out *out, uint64_t value);
/* INTEGER from a magnitude: leading zeros dropped, 00 put in front of a set
 * top bit. An empty magnitude is 0. */
void der_put_unsigned(struct der_out *out, struct ca_bytes magnitude);
void der_put_bool(struct der_out *out, bool value);
void der_put_null(struct der_out *out);
/* BIT STRING of whole octets. */
void der_put_bit_octets(struct der_out *out, struct ca_bytes octets);
/* BIT STRING with named bits, trailing zero bits left out. The tag is
 * DER_BIT_STRING or an implicit one. */
void der_put_named_bits(struct der_out *out, uint8_t tag, uint16_t bits);
/* Appends the writer's error, for a caller that knows one (a bad value). */
void der_put_failed(struct der_out *out, enum ca_status status);

/*
 * Ends writing: the bytes move into ret (which must be {0} or is freed
 * first), and the writer is {0} again. CA_INTERNAL when an element is still
 * open, CA_MEMORY when memory ran out; then ret is untouched.
 */
CA_MUST_USE enum ca_status der_finish(struct der_out *out, struct ca_buf *ret);
void der_discard(struct der_out *out);

#endif
