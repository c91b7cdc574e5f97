/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/base.h"
#include "tests/unit/bytes.h"

static void
the_first_reason_is_kept(void **state)
{
	(void)state;
	struct ca_error err = {0};

	assert_int_equal(
	    ca_fail(&err, CA_REFUSED, "%s: %d", "first", 1), CA_REFUSED);
	assert_int_equal(ca_fail(&err, CA_IO, "second"), CA_IO);
	assert_int_equal(err.status, CA_REFUSED);
	assert_string_equal(err.msg, "first: 1");
	assert_int_equal(ca_fail(NULL, CA_BUSY, "nobody asks"), CA_BUSY);
}

/* checklist 55 */
static void
a_reason_is_one_printable_line(void **state)
{
	(void)state;
	struct ca_error err = {0};
	char wide[600];

	assert_int_equal(
	    ca_fail(&err, CA_MALFORMED, "a\nb\x1b[31m\x7f\xc3\xa9%s", "\r\t"),
	    CA_MALFORMED);
	assert_string_equal(err.msg, "a?b?[31m?\xc3\xa9??");
	memset(wide, 'x', sizeof(wide));
	wide[sizeof(wide) - 1] = '\0';
	err = (struct ca_error){0};
	assert_int_equal(ca_fail(&err, CA_USAGE, "%s", wide), CA_USAGE);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	ca_fail_in(&err, wide);
	assert_true(strlen(err.msg) < sizeof(err.msg));
}

/* checklist 55 */
static void
a_reason_keeps_letters_and_nothing_that_hides(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {{"K\xc3\xb6ln", "K\xc3\xb6ln"},
	    {"\xe6\x9d\xb1\xe4\xba\xac", "\xe6\x9d\xb1\xe4\xba\xac"},
	    {"\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91"},
	    {"a\xe2\x80\xae"
	     "b",
		"a???b"}, /* RLO */
	    {"a\xc2\x9b"
	     "31m",
		"a??31m"}, /* C1 CSI */
	    {"a\xe4"
	     "b",
		"a?b"},
	    {"\xc0\x80", "??"}, {"a\xc3", "a?"}, {"\xf0\x9f\x94", "???"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_error err = {0};

		(void)ca_fail(&err, CA_USAGE, "%s", cases[i].in);
		assert_string_equal(err.msg, cases[i].out);
	}
}

/* Cut anywhere, a line ends with a whole letter. */
static void
a_long_reason_is_cut_behind_a_letter(void **state)
{
	static const char *const letters[] = {
	    "x", "\xc3\xb6", "\xe6\x9d\xb1", "\xf0\x9f\x94\x91"};

	(void)state;
	for (size_t l = 0; l < 4; l++) {
		for (size_t shift = 0; shift < 4; shift++) {
			struct ca_error err = {0}, in = {0}, hint = {0};
			size_t size = l + 1;
			char wide[1024] = "aaaa";

			wide[shift] = '\0';
			for (size_t i = 0; i < 200; i++)
				memcpy(wide + shift + i * size, letters[l],
				    size + 1);
			(void)ca_fail(
			    &err, CA_USAGE, "%.1000s%.1000s", wide, wide);
			(void)ca_fail(&in, CA_USAGE, "%s", wide);
			ca_fail_in(&in, wide);
			(void)ca_fail(&hint, CA_USAGE, "%s", wide);
			ca_fail_hint(&hint, wide);
			ca_fail_hint(&hint, wide);
			assert_null(strchr(err.msg, '?'));
			assert_null(strchr(in.msg, '?'));
			assert_null(strchr(hint.msg, '?'));
			assert_true(strlen(hint.msg) + 8 > sizeof(hint.msg));
		}
	}
}

static void
a_place_is_put_in_front(void **state)
{
	(void)state;
	struct ca_error err = {0};

	ca_fail_in(&err, "file.csr");
	assert_string_equal(err.msg, "");
	(void)ca_fail(&err, CA_MALFORMED, "trailing bytes");
	ca_fail_in(&err, "fi\nle.csr");
	assert_string_equal(err.msg, "fi?le.csr: trailing bytes");
	assert_int_equal(err.status, CA_MALFORMED);
	ca_fail_in(NULL, "x");
}

static void
what_to_do_is_put_behind(void **state)
{
	(void)state;
	struct ca_error err = {0};
	char wide[600];

	memset(wide, 'x', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	ca_fail_hint(&err, "ask");
	assert_string_equal(err.msg, "");
	(void)ca_fail(&err, CA_MALFORMED, "trailing bytes");
	ca_fail_hint(&err, "make\nanother");
	assert_string_equal(err.msg, "trailing bytes; make?another");
	assert_int_equal(err.status, CA_MALFORMED);
	ca_fail_hint(&err, wide);
	ca_fail_hint(&err, wide);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	ca_fail_hint(NULL, "x");
}

static void
bytes_are_compared(void **state)
{
	(void)state;
	const struct ca_bytes none = {0}, a = BYTES("a"), ab = BYTES("ab"),
			      b = BYTES("b"), zero = BYTES("a\0");

	assert_true(ca_bytes_equal(none, ca_text("")));
	assert_true(ca_bytes_equal(none, ca_text(NULL)));
	assert_true(ca_bytes_equal(a, ca_text("a")));
	assert_false(ca_bytes_equal(a, ab));
	assert_false(ca_bytes_equal(a, zero));
	assert_false(ca_bytes_equal(a, b));
	assert_int_equal(ca_bytes_compare(none, none), 0);
	assert_int_equal(ca_bytes_compare(a, a), 0);
	assert_true(ca_bytes_compare(none, a) < 0);
	assert_true(ca_bytes_compare(a, ab) < 0);
	assert_true(ca_bytes_compare(ab, a) > 0);
	assert_true(ca_bytes_compare(ab, b) < 0);
	assert_true(ca_bytes_compare(BYTES("\x80"), BYTES("\x7f")) > 0);
	assert_true(ca_bytes_equal_secret(none, none));
	assert_true(ca_bytes_equal_secret(ab, ca_text("ab")));
	assert_false(ca_bytes_equal_secret(ab, a));
	assert_false(ca_bytes_equal_secret(ab, BYTES("aB")));
	assert_false(ca_bytes_equal_secret(BYTES("bb"), ab));
}

static void
a_buffer_grows(void **state)
{
	(void)state;
	struct ca_buf buf = {0};

	for (unsigned i = 0; i < 10000; i++) {
		const uint8_t octet = (uint8_t)i;

		assert_int_equal(
		    ca_buf_append(&buf, (struct ca_bytes){&octet, 1}), CA_OK);
	}
	assert_int_equal(buf.len, 10000);
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(buf.data[i], (uint8_t)i);
	assert_int_equal(ca_buf_append(&buf, (struct ca_bytes){0}), CA_OK);
	assert_int_equal(buf.len, 10000);
	assert_ptr_equal(ca_view(&buf).data, buf.data);
	ca_buf_free(&buf);
	assert_null(buf.data);
	assert_int_equal(buf.cap, 0);
	ca_buf_free(&buf);
	ca_buf_free(NULL);
}

static void
clearing_wipes_and_keeps(void **state)
{
	(void)state;
	struct ca_buf buf = {0};
	uint8_t *data;

	assert_int_equal(ca_buf_append_text(&buf, "secret"), CA_OK);
	data = buf.data;
	ca_buf_clear(&buf);
	assert_int_equal(buf.len, 0);
	assert_ptr_equal(buf.data, data);
	assert_memory_equal(data, "\0\0\0\0\0\0", 6);
	ca_buf_free(&buf);
	ca_buf_clear(&buf);
	ca_wipe(NULL, 5);
}

static void
too_much_is_refused(void **state)
{
	(void)state;
	struct ca_buf buf = {0};

	assert_int_equal(ca_buf_reserve(&buf, SIZE_MAX), CA_MEMORY);
	assert_int_equal(
	    ca_buf_reserve(&buf, ((size_t)1 << 31) + 1), CA_MEMORY);
	assert_null(buf.data);
	assert_int_equal(ca_buf_append_text(&buf, "x"), CA_OK);
	assert_int_equal(ca_buf_reserve(&buf, (size_t)1 << 31), CA_MEMORY);
	assert_int_equal(buf.len, 1);
	ca_buf_free(&buf);
}

static void
text_is_formatted(void **state)
{
	(void)state;
	struct ca_buf buf = {0};

	assert_int_equal(ca_buf_printf(&buf, "%s-%d", "a", 7), CA_OK);
	assert_int_equal(buf.len, 3);
	assert_int_equal(ca_buf_printf(&buf, "%s", ""), CA_OK);
	assert_int_equal(ca_buf_append_text(&buf, NULL), CA_OK);
	assert_int_equal(ca_buf_printf(&buf, "%0200d", 1), CA_OK);
	assert_int_equal(buf.len, 203);
	assert_int_equal(strlen(ca_buf_text(&buf)), 203);
	ca_buf_free(&buf);
	assert_string_equal(ca_buf_text(&buf), "");
	ca_buf_free(&buf);
}

static void
hex_both_ways(void **state)
{
	(void)state;
	static const struct {
		const char *text, *hex;
	} good[] = {{"0", "00"}, {"a", "0a"}, {"0x1F", "1f"}, {"0X00", "00"},
	    {"deadBEEF", "deadbeef"}, {"de:ad:be:ef", "deadbeef"},
	    {"de ad", "dead"}, {"abc", "0abc"}, {"a:bc", "0abc"},
	    {"00:e8", "00e8"}, {"0x0", "00"}};
	struct ca_buf octets = {0}, hex = {0};

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(ca_hex_parse(&octets, good[i].text), CA_OK);
		assert_int_equal(ca_hex_append(&hex, ca_view(&octets)), CA_OK);
		assert_text(&hex, good[i].hex);
		ca_buf_free(&octets);
	}
	assert_int_equal(ca_hex_append(&hex, BYTES("\x00\xff")), CA_OK);
	assert_text(&hex, "00ff");
}

/* checklist 77 */
static void
bad_hex_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "0x", "g", "12g4", "0x0x12", ":",
	    ":ab", "ab:", "ab::cd", "ab: cd", "a:b", "ab:c", "abc:d", " ab",
	    "ab ", "-1", "+1", "ab\n", "0x:ab", "ab-cd", "x12"};
	struct ca_buf buf = {0};

	assert_int_equal(ca_buf_append_text(&buf, "kept"), CA_OK);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(ca_hex_parse(&buf, bad[i]), CA_MALFORMED);
		assert_int_equal(buf.len, 4);
	}
	assert_int_equal(ca_hex_parse(&buf, "2e"), CA_OK);
	assert_text(&buf, "kept.");
}

static void
utf8_is_read_strictly(void **state)
{
	(void)state;
	static const struct {
		struct ca_bytes text;
		uint32_t point;
	} good[] = {{LITERAL("A"), 'A'}, {LITERAL("\0"), 0},
	    {LITERAL("\x7f"), 0x7f}, {LITERAL("\xc2\x80"), 0x80},
	    {LITERAL("\xdf\xbf"), 0x7ff}, {LITERAL("\xe0\xa0\x80"), 0x800},
	    {LITERAL("\xed\x9f\xbf"), 0xd7ff},
	    {LITERAL("\xee\x80\x80"), 0xe000},
	    {LITERAL("\xef\xbf\xbf"), 0xffff},
	    {LITERAL("\xf0\x90\x80\x80"), 0x10000},
	    {LITERAL("\xf4\x8f\xbf\xbf"), 0x10ffff}};
	static const struct ca_bytes bad[] = {LITERAL(""), LITERAL("\x80"),
	    LITERAL("\xbf"), LITERAL("\xc0\x80"), LITERAL("\xc1\xbf"),
	    LITERAL("\xc2"), LITERAL("\xc2\x41"), LITERAL("\xe0\x9f\xbf"),
	    LITERAL("\xe0\xa0"), LITERAL("\xed\xa0\x80"),
	    LITERAL("\xed\xbf\xbf"), LITERAL("\xf0\x8f\xbf\xbf"),
	    LITERAL("\xf4\x90\x80\x80"), LITERAL("\xf0\x90\x80"),
	    LITERAL("\xf8\x88\x80\x80\x80"), LITERAL("\xfe"), LITERAL("\xff")};
	uint32_t point = 42;

	for (size_t i = 0; i < COUNT(good); i++) {
		struct ca_buf buf = {0};

		assert_int_equal(
		    ca_utf8_get(good[i].text, &point), good[i].text.len);
		assert_int_equal(point, good[i].point);
		assert_int_equal(ca_utf8_append(&buf, point), CA_OK);
		assert_true(ca_bytes_equal(ca_view(&buf), good[i].text));
		ca_buf_free(&buf);
	}
	point = 42;
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(ca_utf8_get(bad[i], &point), 0);
		assert_int_equal(point, 42);
	}
}

static void
every_character_survives(void **state)
{
	(void)state;
	struct ca_buf buf = {0};

	for (uint32_t point = 0; point < 0x110100; point++) {
		bool valid = point <= 0x10ffff && (point >> 11) != 0x1b;
		uint32_t back = 0;

		assert_true(ca_char_is_valid(point) == valid);
		assert_int_equal(
		    ca_utf8_append(&buf, point), valid ? CA_OK : CA_MALFORMED);
		if (!valid)
			continue;
		assert_int_equal(ca_utf8_get(ca_view(&buf), &back), buf.len);
		assert_int_equal(back, point);
		buf.len = 0;
	}
	ca_buf_free(&buf);
}

/* checklist 55 */
static void
terminal_text_is_safe(void **state)
{
	(void)state;
	static const struct {
		struct ca_bytes text;
		const char *safe;
	} shown[] = {{LITERAL("plain text"), "plain text"},
	    {LITERAL("M\xc3\xbcller \xe5\xb1\xb1 \xf0\x9f\x94\x91"),
		"M\xc3\xbcller \xe5\xb1\xb1 \xf0\x9f\x94\x91"},
	    {LITERAL("\x1b[2J"), "\\x1B[2J"}, {LITERAL("a\0b"), "a\\x00b"},
	    {LITERAL("\r\n\t\x7f"), "\\x0D\\x0A\\x09\\x7F"},
	    {LITERAL("\xc2\x9b"
		     "31m"),
		"\\xC2\\x9B31m"},                         /* C1 CSI */
	    {LITERAL("\xe2\x80\xae"), "\\xE2\\x80\\xAE"}, /* RLO */
	    {LITERAL("\xe2\x81\xa6"), "\\xE2\\x81\\xA6"}, /* LRI */
	    {LITERAL("\xe2\x80\x8b"), "\\xE2\\x80\\x8B"}, /* zero width */
	    {LITERAL("\xef\xbb\xbf"), "\\xEF\\xBB\\xBF"}, /* BOM */
	    {LITERAL("\xf3\xa0\x81\x81"), "\\xF3\\xA0\\x81\\x81"}, /* tag A */
	    {LITERAL("\xe4"), "\\xE4"}, {LITERAL("\xc0\x80"), "\\xC0\\x80"},
	    {LITERAL(""), ""}};

	for (size_t i = 0; i < COUNT(shown); i++) {
		struct ca_buf buf = {0};

		assert_int_equal(
		    ca_buf_append_safe(&buf, shown[i].text), CA_OK);
		assert_text(&buf, shown[i].safe);
	}
}

/* A large buffer gives back what it does not hold, a small one keeps it. */
static void
large_buffers_are_trimmed(void **state)
{
	static const uint8_t chunk[4096] = {7};
	struct ca_buf buf = {0};

	(void)state;
	assert_int_equal(ca_buf_append(&buf, ca_text("a")), CA_OK);
	ca_buf_trim(&buf);
	assert_int_equal(buf.cap, 64);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(ca_buf_append(&buf,
				     (struct ca_bytes){chunk, sizeof(chunk)}),
		    CA_OK);
	assert_true(buf.cap > buf.len && buf.cap < buf.len + buf.len / 3);
	ca_buf_trim(&buf);
	assert_int_equal(buf.len, 1 + 1000 * sizeof(chunk));
	assert_int_equal(buf.cap, buf.len);
	assert_int_equal(buf.data[1 + 999 * sizeof(chunk)], 7);
	assert_int_equal(ca_buf_append(&buf, ca_text("b")), CA_OK);
	ca_buf_free(&buf);
}

/* From the smallest to several times what is large: nothing is lost. */
static void
public_bytes_stay_as_they_move(void **state)
{
	struct ca_buf buf = {0};

	(void)state;
	while (buf.len < (size_t)8 * 1024 * 1024) {
		const uint8_t octet = (uint8_t)(buf.len % 251);

		assert_int_equal(ca_buf_reserve_public(&buf, 1), CA_OK);
		assert_true(buf.cap > buf.len);
		buf.data[buf.len++] = octet;
	}
	assert_true(buf.cap < buf.len + buf.len / 3);
	for (size_t i = 0; i < buf.len; i++)
		if (buf.data[i] != i % 251)
			fail_msg("octet %zu", i);
	assert_int_equal(ca_buf_reserve_public(&buf, SIZE_MAX), CA_MEMORY);
	assert_int_equal(
	    ca_buf_reserve_public(&buf, (size_t)1 << 31), CA_MEMORY);
	assert_int_equal(buf.len, (size_t)8 * 1024 * 1024);
	ca_buf_free(&buf);
	assert_int_equal(ca_buf_reserve_public(&buf, SIZE_MAX), CA_MEMORY);
	assert_null(buf.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_reason_is_kept),
	    cmocka_unit_test(a_reason_is_one_printable_line),
	    cmocka_unit_test(a_reason_keeps_letters_and_nothing_that_hides),
	    cmocka_unit_test(a_long_reason_is_cut_behind_a_letter),
	    cmocka_unit_test(a_place_is_put_in_front),
	    cmocka_unit_test(what_to_do_is_put_behind),
	    cmocka_unit_test(bytes_are_compared),
	    cmocka_unit_test(a_buffer_grows),
	    cmocka_unit_test(clearing_wipes_and_keeps),
	    cmocka_unit_test(too_much_is_refused),
	    cmocka_unit_test(text_is_formatted),
	    cmocka_unit_test(hex_both_ways),
	    cmocka_unit_test(bad_hex_is_refused),
	    cmocka_unit_test(utf8_is_read_strictly),
	    cmocka_unit_test(every_character_survives),
	    cmocka_unit_test(terminal_text_is_safe),
	    cmocka_unit_test(large_buffers_are_trimmed),
	    cmocka_unit_test(public_bytes_stay_as_they_move),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
