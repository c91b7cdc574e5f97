/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>

#include "ca/san.h"
#include "tests/unit/bytes.h"

static void
addresses_both_ways(void **state)
{
	(void)state;
	static const struct {
		const char *text, *shown, *hex;
	} known[] = {{"192.0.2.1", "192.0.2.1", "c0000201"},
	    {"0.0.0.0", "0.0.0.0", "00000000"},
	    {"255.255.255.255", "255.255.255.255", "ffffffff"},
	    {"::", "::", "00000000000000000000000000000000"},
	    {"::1", "::1", "00000000000000000000000000000001"},
	    {"1::", "1::", "00010000000000000000000000000000"},
	    {"2001:DB8::1", "2001:db8::1", "20010db8000000000000000000000001"},
	    {"2001:db8:0:0:0:0:0:1", "2001:db8::1",
		"20010db8000000000000000000000001"},
	    {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1",
		"20010db8000000000001000000000001"},
	    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1",
		"20010db8000000010001000100010001"},
	    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0",
		"00010002000300040005000600070000"},
	    {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8",
		"00000002000300040005000600070008"},
	    {"1:0:0:2:0:0:0:3", "1:0:0:2::3",
		"00010000000000020000000000000003"},
	    {"::ffff:192.0.2.1", "::ffff:192.0.2.1",
		"00000000000000000000ffffc0000201"},
	    {"64:ff9b::192.0.2.1", "64:ff9b::c000:201",
		"0064ff9b0000000000000000c0000201"},
	    {"1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201",
		"000100020003000400050006c0000201"},
	    {"fe80::1", "fe80::1", "fe800000000000000000000000000001"}};

	for (size_t i = 0; i < COUNT(known); i++) {
		struct ca_buf text = {0};
		uint8_t octets[16];
		size_t len = 0;

		assert_true(ca_ip_parse(known[i].text, octets, &len));
		assert_int_equal(
		    ca_hex_append(&text, (struct ca_bytes){octets, len}),
		    CA_OK);
		assert_text(&text, known[i].hex);
		assert_int_equal(
		    ca_ip_append_text(&text, (struct ca_bytes){octets, len}),
		    CA_OK);
		assert_true(text.len < CA_IP_TEXT);
		assert_text(&text, known[i].shown);
	}
}

static void
other_texts_are_no_address(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "1", "1.2.3", "1.2.3.4.5",
	    "1.2.3.4.", ".1.2.3.4", "1..2.3", "256.1.1.1", "01.2.3.4",
	    "1.2.3.04", "1.2.3.0x4", "1.2.3.-4", " 1.2.3.4", "1.2.3.4 ",
	    "1.2.3.4/8", "1.2.3.99999999999999999999", "1,2,3,4", "a.b.c.d",
	    ":", ":::", "1:", ":1", "1::2::3", "::1::", "1:2:3:4:5:6:7",
	    "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
	    "1:2:3:4::5:6:7:8", "12345::", "g::1", "[::1]", "::1%eth0",
	    "::1.2.3", "::1.2.3.4:5", "1.2.3.4::", "::1.2.3.4.5",
	    "1:2:3:4:5:6:7:1.2.3.4", "::ffff:256.0.2.1", "1:::2", "::1 ",
	    "fe80::1\n", "company.com"};

	for (size_t i = 0; i < COUNT(bad); i++) {
		uint8_t octets[16] = {42};
		size_t len = 42;

		assert_false(ca_ip_parse(bad[i], octets, &len));
		assert_int_equal(len, 42);
		assert_int_equal(octets[0], 42);
	}
}

/* The text of pseudo-random addresses, against the C library's reader. */
static void
texts_are_read_by_others(void **state)
{
	(void)state;
	uint32_t seed = 1;

	for (int round = 0; round < 20000; round++) {
		uint8_t octets[16], back[16], ours[16];
		size_t len = round % 2 == 0 ? 4 : 16, our_len = 0;
		struct ca_buf text = {0};

		for (size_t i = 0; i < len; i++) {
			seed = seed * 1664525 + 1013904223;
			/* Many zero groups: that is where text varies. */
			octets[i] = (seed >> 29) < 5 ? 0 :
						       (uint8_t)(seed >> 16);
		}
		assert_int_equal(
		    ca_ip_append_text(&text, (struct ca_bytes){octets, len}),
		    CA_OK);
		assert_int_equal(inet_pton(len == 4 ? AF_INET : AF_INET6,
				     ca_buf_text(&text), back),
		    1);
		assert_memory_equal(back, octets, len);
		assert_true(ca_ip_parse(ca_buf_text(&text), ours, &our_len));
		assert_int_equal(our_len, len);
		assert_memory_equal(ours, octets, len);
		ca_buf_free(&text);
	}
}

static void
prefixes_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t len;
		unsigned prefix;
	} good[] = {{"10.0.0.0/8", 4, 8}, {"0.0.0.0/0", 4, 0},
	    {"192.0.2.1", 4, 32}, {"192.0.2.1/32", 4, 32},
	    {"192.0.2.128/25", 4, 25}, {"2001:db8::/32", 16, 32},
	    {"::/0", 16, 0}, {"2001:db8::1", 16, 128}};
	static const char *const bad[] = {"", "/8", "10.0.0.0/", "10.0.0.0/33",
	    "10.0.0.1/8", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/8 ",
	    "10.0.0.0/255.0.0.0", "10.0.0.0//8", "10/8", "2001:db8::/129",
	    "2001:db8::1/64", "192.0.2.128/24", "0.0.0.1/0", "x/8",
	    "10.0.0.0/4294967304",
	    "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/8"};
	uint8_t octets[16];
	unsigned prefix = 0;
	size_t len = 0;

	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(
		    ca_ip_prefix_parse(good[i].text, octets, &len, &prefix));
		assert_int_equal(len, good[i].len);
		assert_int_equal(prefix, good[i].prefix);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(ca_ip_prefix_parse(bad[i], octets, &len, &prefix));
}

static void
addresses_lie_under_prefixes(void **state)
{
	(void)state;
	static const struct {
		const char *address, *net;
		bool under;
	} known[] = {{"10.1.2.3", "10.0.0.0/8", true},
	    {"11.1.2.3", "10.0.0.0/8", false},
	    {"192.0.2.129", "192.0.2.128/25", true},
	    {"192.0.2.127", "192.0.2.128/25", false},
	    {"192.0.2.1", "192.0.2.1", true}, {"192.0.2.2", "192.0.2.1", false},
	    {"1.2.3.4", "0.0.0.0/0", true}, {"::1", "0.0.0.0/0", false},
	    {"1.2.3.4", "::/0", false}, {"2001:db8::1", "2001:db8::/32", true},
	    {"2001:db9::1", "2001:db8::/32", false},
	    {"::ffff:10.0.0.1", "10.0.0.0/8", false}};

	for (size_t i = 0; i < COUNT(known); i++) {
		uint8_t address[16], net[16];
		size_t address_len, net_len;
		unsigned prefix;

		assert_true(
		    ca_ip_parse(known[i].address, address, &address_len));
		assert_true(
		    ca_ip_prefix_parse(known[i].net, net, &net_len, &prefix));
		assert_true(
		    ca_ip_is_under((struct ca_bytes){address, address_len},
			(struct ca_bytes){net, net_len},
			prefix) == known[i].under);
	}
	assert_false(ca_ip_is_under(
	    BYTES("\x0a\x00\x00\x01"), BYTES("\x0a\x00\x00\x00"), 33));
}

static void
a_wrong_length_is_shown_as_hex(void **state)
{
	(void)state;
	struct ca_buf text = {0};

	assert_int_equal(
	    ca_ip_append_text(&text, BYTES("\x0a\x00\x00")), CA_OK);
	assert_text(&text, "#0a0000");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(addresses_both_ways),
	    cmocka_unit_test(other_texts_are_no_address),
	    cmocka_unit_test(texts_are_read_by_others),
	    cmocka_unit_test(prefixes_are_read),
	    cmocka_unit_test(addresses_lie_under_prefixes),
	    cmocka_unit_test(a_wrong_length_is_shown_as_hex),
	};

	return cmocka_run_group_tests_name("ip", tests, NULL, NULL);
}
