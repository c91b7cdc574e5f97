/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * checkpoint: the specification's example, what is no checkpoint, whose it is.
 */
#include "tests/unit/log_fixture.h"

#define SIG "\n\xe2\x80\x94 lab.example/log AAAAAAA=\n"
#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

/* C2SP tlog-checkpoint */
static void
test_example(void **state)
{
	static const char text[] =
	    "example.com/behind-the-sofa\n20852163\n" ROOT
	    "\n\xe2\x80\x94 example.com/behind-the-sofa "
	    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1g"
	    "GzGku9nTo+zyWE+xeMcTOAYQ8=\n";
	struct ca_checkpoint point;
	struct ca_buf hex = {0};

	(void)state;
	assert_int_equal(
	    ca_checkpoint_parse(ca_text(text), &point, NULL), CA_OK);
	assert_bytes(point.origin, ca_text("example.com/behind-the-sofa"));
	assert_int_equal(point.head.size, 20852163);
	assert_int_equal(
	    ca_hex_append(&hex, (struct ca_bytes){point.head.root.octets, 32}),
	    CA_OK);
	assert_text(&hex,
	    "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62");
}

static void
test_what_is_no_checkpoint(void **state)
{
	static const char *const bad[] = {"", "lab\n" SIG, "lab\n1\n" SIG,
	    "\n1\n" ROOT SIG, "lab\n\n" ROOT SIG, "lab\n01\n" ROOT SIG,
	    "lab\n+1\n" ROOT SIG, "lab\n-1\n" ROOT SIG, "lab\n1 \n" ROOT SIG,
	    "lab\n0x1\n" ROOT SIG, "lab\n9223372036854775808\n" ROOT SIG,
	    "lab\n18446744073709551617\n" ROOT SIG,
	    "lab\n99999999999999999999999\n" ROOT SIG,
	    "lab\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n" SIG,
	    "lab\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n" SIG,
	    "lab\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jx\n" SIG,
	    "lab\n1\n\n" SIG, "lab\n1\n" ROOT "\nmore\n" SIG, "lab\n1\n" ROOT,
	    "lab\n1\n" ROOT "\n"};
	static const char *const good[] = {"lab\n0\n" ROOT SIG,
	    "lab\n9223372036854775807\n" ROOT SIG,
	    "lab\n1\n" ROOT "an extension\nanother\n" SIG};
	struct ca_checkpoint point;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct ca_error err = {0};

		if (ca_checkpoint_parse(ca_text(bad[i]), &point, &err) !=
		    CA_MALFORMED)
			fail_msg("row %zu was taken", i);
		assert_true(err.msg[0] != '\0');
	}
	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(
		    ca_checkpoint_parse(ca_text(good[i]), &point, NULL), CA_OK);
}

static void
test_made_and_read(void **state)
{
	struct log_fixture *f = *state;
	const struct ca_merkle_head head = {1234567, {{7, 8, 9}}};
	struct ca_note_key other = f->key;
	struct ca_checkpoint point;
	struct ca_buf text = {0}, again = {0};

	sign_head(f, &head, &text);
	assert_int_equal(
	    ca_checkpoint_parse(ca_view(&text), &point, NULL), CA_OK);
	assert_int_equal(ca_checkpoint_verify(&point, &f->key, NULL), CA_OK);
	assert_int_equal(point.head.size, head.size);
	assert_true(ca_merkle_equal(&point.head.root, &head.root));
	/* The same head has the same text: nothing is drawn by chance. */
	sign_head(f, &head, &again);
	assert_bytes(ca_view(&again), ca_view(&text));

	assert_int_equal(ca_note_key_set(ca_text("lab.example/log2"),
			     (struct ca_bytes){f->key.key, sizeof(f->key.key)},
			     &other, NULL),
	    CA_OK);
	assert_int_equal(
	    ca_checkpoint_verify(&point, &other, NULL), CA_UNTRUSTED);
	other = f->key;
	other.key[3] ^= 1;
	assert_int_equal(
	    ca_checkpoint_verify(&point, &other, NULL), CA_UNTRUSTED);
	ca_buf_free(&text);
	ca_buf_free(&again);
}

/* Not an octet of what is signed may change. */
static void
test_every_octet_counts(void **state)
{
	struct log_fixture *f = *state;
	const struct ca_merkle_head head = {77, {{1}}};
	struct ca_checkpoint point;
	struct ca_buf text = {0};

	sign_head(f, &head, &text);
	for (size_t i = 0; i < text.len; i++) {
		text.data[i] ^= 1;
		if (ca_checkpoint_parse(ca_view(&text), &point, NULL) ==
			CA_OK &&
		    ca_checkpoint_verify(&point, &f->key, NULL) == CA_OK)
			fail_msg("octet %zu does not count", i);
		text.data[i] ^= 1;
	}
	ca_buf_free(&text);
}

int
main(void)
{
#define WITH_KEY(test) \
	cmocka_unit_test_setup_teardown(test, make_log_key, drop_log_key)
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_example),
	    cmocka_unit_test(test_what_is_no_checkpoint),
	    WITH_KEY(test_made_and_read),
	    WITH_KEY(test_every_octet_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
