/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pkcs12: what openssl and NSS make of the files. Without those programs only
 * the refusals and the form are tested.
 */
#include "tests/unit/bytes.h"
#include "tests/unit/program.h"

#include "ca/der.h"
#include "ca/key.h"
#include "ca/pkcs12.h"

/* CN=Jason, issued by CN=Lab Root CA; made by openssl. */
static const char leaf_key[] =
    "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b02"
    "01010420c0c7aa63435bd3b573907f7acb33b67bda3c26beb59d915515b0d647"
    "6a7cc9e8a14403420004467bade838939e154d24e148d7dbb67e7e776c00760c"
    "943a90f81bd0ac6aa664503e9cb634434d7b764031fab6a54afbeb5d4303108e"
    "1113c85ecaa019efc466";
static const char leaf_cert[] =
    "308201bc30820163a00302010202080123456789abcdef300a06082a8648ce3d"
    "04030230163114301206035504030c0b4c616220526f6f742043413020170d32"
    "36313132333137343933345a180f32303736313131303137343933345a301031"
    "0e300c06035504030c054a61736f6e3059301306072a8648ce3d020106082a86"
    "48ce3d03010703420004467bade838939e154d24e148d7dbb67e7e776c00760c"
    "943a90f81bd0ac6aa664503e9cb634434d7b764031fab6a54afbeb5d4303108e"
    "1113c85ecaa019efc466a3819e30819b300c0603551d130101ff04023000300e"
    "0603551d0f0101ff040403020780301d0603551d250416301406082b06010505"
    "07030206082b06010505070304301c0603551d110415301381116a61736f6e40"
    "6c61622e6578616d706c65301d0603551d0e041604145113bb4950c2d174a0f9"
    "d984362fa07a2b0ce1b4301f0603551d2304183016801438822684df18f6c8d3"
    "7f6cd94670a3edc4834ead300a06082a8648ce3d040302034700304402202aff"
    "090f63ca1550f2fee1783888ce3f4691e0f13ed8fea76c264f50bf87b3280220"
    "27d99a6efec6f76f0d174452d41296a7a1d23c3a429e2858eca4512c1c3349bc";
static const char root_cert[] =
    "3082019430820139a00302010202142fbcbfc2e2c54d6918eb7d37bde15a3b10"
    "db7669300a06082a8648ce3d04030230163114301206035504030c0b4c616220"
    "526f6f742043413020170d3236313132333137343933345a180f323037363131"
    "31303137343933345a30163114301206035504030c0b4c616220526f6f742043"
    "413059301306072a8648ce3d020106082a8648ce3d03010703420004468ead49"
    "d3baf5b9e9c765fd7ec30851d6c76032733b987bb52a5a11d760589ab7ae32fd"
    "fae9410385b18a46794edbac73966c1a0710f3906bb8168270021e14a3633061"
    "301d0603551d0e0416041438822684df18f6c8d37f6cd94670a3edc4834ead30"
    "1f0603551d2304183016801438822684df18f6c8d37f6cd94670a3edc4834ead"
    "300f0603551d130101ff040530030101ff300e0603551d0f0101ff0404030201"
    "06300a06082a8648ce3d0403020349003046022100bc8a2ce78dc3ebfa9bb381"
    "4150e5d681619a379f933f7664ee3a33c74b3d149a022100feda38b0c42d8072"
    "26520002e75650e8e0a8e9e6de2b3cba2c6442a1fba8bbc7";

#define FAST 1000

struct lab {
	struct ca_rng *rng;
	struct ca_key *key;
	struct ca_buf leaf, root;
};

static int
setup(void **state)
{
	static struct lab lab;
	struct ca_buf der = {0};

	lab = (struct lab){0};
	if (ca_rng_new(&lab.rng, NULL) != CA_OK ||
	    ca_hex_parse(&lab.leaf, leaf_cert) != CA_OK ||
	    ca_hex_parse(&lab.root, root_cert) != CA_OK ||
	    ca_hex_parse(&der, leaf_key) != CA_OK ||
	    ca_key_from_pkcs8(ca_view(&der), lab.rng, &lab.key, NULL) != CA_OK)
		return -1;
	ca_buf_free(&der);
	*state = &lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	ca_key_free(lab->key);
	ca_rng_free(lab->rng);
	ca_buf_free(&lab->leaf);
	ca_buf_free(&lab->root);
	return 0;
}

static struct ca_pkcs12
jason(const struct lab *lab)
{
	struct ca_pkcs12 in = {.key = lab->key,
	    .cert = ca_view(&lab->leaf),
	    .chain = {ca_view(&lab->root)},
	    .chain_len = 1,
	    .friendly_name = ca_text("jason@lab.example"),
	    .iterations = FAST};

	return in;
}

static struct ca_buf
build(const struct ca_pkcs12 *in, struct ca_bytes pass, struct lab *lab)
{
	struct ca_buf pfx = {0};
	struct ca_error err = {0};

	if (ca_pkcs12_build(in, pass, lab->rng, &pfx, &err) != CA_OK)
		fail_msg("%s", err.msg);
	assert_true(der_is_well_formed(ca_view(&pfx)));
	return pfx;
}

/* ---- refusals ----------------------------------------------------------- */

/* checklist 42 */
static void
test_another_key(void **state)
{
	struct lab *lab = *state;
	struct ca_pkcs12 in = jason(lab);
	struct ca_key *other = NULL;
	struct ca_buf pfx = {0};
	struct ca_error err = {0};

	assert_int_equal(
	    ca_key_generate(CA_KEY_P256, 0, lab->rng, &other, NULL), CA_OK);
	in.key = other;
	assert_int_equal(
	    ca_pkcs12_build(&in, BYTES("secret"), lab->rng, &pfx, &err),
	    CA_REFUSED);
	assert_non_null(strstr(err.msg, "not the certificate's"));
	assert_int_equal(pfx.len, 0);
	ca_key_free(other);
}

static void
test_bad_input(void **state)
{
	static const uint8_t long_text[1025] = {'a'};
	struct lab *lab = *state;
	struct ca_pkcs12 in = jason(lab);
	struct ca_buf pfx = {0};

	in.cert.len--;
	assert_int_equal(ca_pkcs12_build(&in, BYTES("x"), lab->rng, &pfx, NULL),
	    CA_MALFORMED);
	in = jason(lab);
	in.chain[0] = BYTES("no certificate");
	assert_int_equal(ca_pkcs12_build(&in, BYTES("x"), lab->rng, &pfx, NULL),
	    CA_MALFORMED);
	in = jason(lab);
	in.chain_len = CA_PKCS12_MAX_CHAIN + 1;
	assert_int_equal(
	    ca_pkcs12_build(&in, BYTES("x"), lab->rng, &pfx, NULL), CA_USAGE);
	in = jason(lab);
	in.friendly_name = BYTES("Z\xfcrich");
	assert_int_equal(
	    ca_pkcs12_build(&in, BYTES("x"), lab->rng, &pfx, NULL), CA_USAGE);
	in.friendly_name = (struct ca_bytes){long_text, 257};
	assert_int_equal(
	    ca_pkcs12_build(&in, BYTES("x"), lab->rng, &pfx, NULL), CA_USAGE);
	in = jason(lab);
	assert_int_equal(
	    ca_pkcs12_build(&in, BYTES("Z\xfcrich"), lab->rng, &pfx, NULL),
	    CA_USAGE);
	assert_int_equal(
	    ca_pkcs12_build(
		&in, (struct ca_bytes){long_text, 1025}, lab->rng, &pfx, NULL),
	    CA_USAGE);
	/* The same, known before there is a certificate. */
	in.key = NULL;
	in.cert = (struct ca_bytes){0};
	assert_int_equal(ca_pkcs12_check(&in, BYTES("x"), NULL), CA_OK);
	assert_int_equal(
	    ca_pkcs12_check(&in, BYTES("Z\xfcrich"), NULL), CA_USAGE);
	in.friendly_name = BYTES("Z\xfcrich");
	assert_int_equal(ca_pkcs12_check(&in, BYTES("x"), NULL), CA_USAGE);
	in = jason(lab);
	in.iterations = UINT32_MAX;
	assert_int_equal(
	    ca_pkcs12_build(&in, BYTES("x"), lab->rng, &pfx, NULL), CA_REFUSED);
	assert_int_equal(pfx.len, 0);
	ca_buf_free(&pfx);
}

/* Salts, IVs and MAC are new each time; nothing secret is in clear. */
static void
test_nothing_in_clear(void **state)
{
	struct lab *lab = *state;
	struct ca_pkcs12 in = jason(lab);
	struct ca_buf one = build(&in, BYTES("secret"), lab);
	struct ca_buf two = build(&in, BYTES("secret"), lab);
	struct ca_buf plain = {0};

	assert_false(ca_bytes_equal(ca_view(&one), ca_view(&two)));
	assert_int_equal(ca_key_to_pkcs8(lab->key, &plain, NULL), CA_OK);
	/* The private number stands 36 octets in, the leaf's subject in it. */
	for (size_t i = 0; i + 32 <= one.len; i++) {
		assert_memory_not_equal(one.data + i, plain.data + 36, 32);
		assert_memory_not_equal(one.data + i, "lab.example", 11);
	}
	ca_buf_free(&one);
	ca_buf_free(&two);
	ca_buf_free(&plain);
}

/* ---- other programs ----------------------------------------------------- */

static const char *const passphrases[] = {
    "secret",
    "",
    "Z\xc3\xbcrich \xe2\x82\xac", /* beyond ASCII, beyond Latin-1 */
    "\xf0\x9d\x84\x9e clef",      /* beyond the basic plane */
    "0123456789012345678901234567890123456789012345678901234567890123456789",
};

static bool
output_says(const char *text)
{
	struct ca_buf output = read_file("output");
	bool found = strstr(ca_buf_text(&output), text) != NULL;

	ca_buf_free(&output);
	return found;
}

static void
write_pass(const char *pass)
{
	struct ca_buf line = {0};

	assert_int_equal(ca_buf_printf(&line, "%s\n", pass), CA_OK);
	write_file("pass", ca_view(&line));
	ca_buf_free(&line);
}

/* checklist 44: what openssl 3 reads without -legacy. */
static void
test_openssl(void **state)
{
	struct lab *lab = *state;
	struct ca_pkcs12 in = jason(lab);
	struct folder folder = folder_open();

	if (RUN("openssl", "version") == 127) {
		folder_close(&folder);
		skip();
	}
	for (size_t i = 0; i < COUNT(passphrases); i++) {
		struct ca_buf pfx = build(&in, ca_text(passphrases[i]), lab);
		struct ca_buf key, cert;
		struct ca_key *again = NULL;

		write_file("jason.p12", ca_view(&pfx));
		write_pass(passphrases[i]);
		ASSERT_RUNS("openssl", "pkcs12", "-in", "jason.p12", "-passin",
		    "file:pass", "-info", "-noout");
		assert_true(output_says("MAC: sha256, Iteration 1000"));
		assert_true(output_says("PBES2, PBKDF2, AES-256-CBC, "
					"Iteration 1000, PRF hmacWithSHA256"));
		ASSERT_RUNS("openssl", "pkcs12", "-in", "jason.p12", "-passin",
		    "file:pass", "-nocerts", "-noenc", "-out", "key.pem");
		key = read_file("key.pem");
		assert_non_null(strstr(
		    ca_buf_text(&key), "friendlyName: jason@lab.example"));
		assert_int_equal(
		    ca_key_from_pem(ca_view(&key), (struct ca_bytes){0},
			lab->rng, &again, NULL),
		    CA_OK);
		assert_bytes(
		    ca_key_spki(again)->der, ca_key_spki(lab->key)->der);
		ASSERT_RUNS("openssl", "pkcs12", "-in", "jason.p12", "-passin",
		    "file:pass", "-clcerts", "-nokeys", "-out", "leaf.pem");
		ASSERT_RUNS("openssl", "x509", "-in", "leaf.pem", "-outform",
		    "DER", "-out", "leaf.der");
		cert = read_file("leaf.der");
		assert_bytes(ca_view(&cert), ca_view(&lab->leaf));
		ca_key_free(again);
		ca_buf_free(&pfx);
		ca_buf_free(&key);
		ca_buf_free(&cert);

		write_pass("wrong");
		assert_int_not_equal(
		    RUN("openssl", "pkcs12", "-in", "jason.p12", "-passin",
			"file:pass", "-info", "-noout"),
		    0);
	}
	folder_close(&folder);
}

/* NSS, which Firefox and Chromium on Linux import with. */
static void
test_nss(void **state)
{
	struct lab *lab = *state;
	struct ca_pkcs12 in = jason(lab);

	for (size_t i = 0; i < COUNT(passphrases); i++) {
		struct folder folder = folder_open();
		struct ca_buf pfx;

		if (RUN("pk12util", "-H") == 127 ||
		    RUN("certutil", "-H") == 127) {
			folder_close(&folder);
			skip();
		}
		pfx = build(&in, ca_text(passphrases[i]), lab);
		write_file("jason.p12", ca_view(&pfx));
		write_pass(passphrases[i]);
		ASSERT_RUNS(
		    "certutil", "-N", "-d", "sql:.", "--empty-password");
		ASSERT_RUNS(
		    "pk12util", "-i", "jason.p12", "-d", "sql:.", "-w", "pass");
		ASSERT_RUNS("certutil", "-L", "-d", "sql:.");
		assert_true(output_says("jason@lab.example"));
		assert_true(output_says("Lab Root CA"));
		ASSERT_RUNS("certutil", "-K", "-d", "sql:.");
		assert_true(output_says("jason@lab.example"));
		ca_buf_free(&pfx);
		folder_close(&folder);
	}
}

/* Without name and chain, and with the default cost. */
static void
test_least_and_default(void **state)
{
	struct lab *lab = *state;
	struct ca_pkcs12 in = jason(lab);
	struct folder folder = folder_open();
	struct ca_buf pfx;

	if (RUN("openssl", "version") == 127) {
		folder_close(&folder);
		skip();
	}
	in.chain_len = 0;
	in.friendly_name = (struct ca_bytes){0};
	in.iterations = 0;
	pfx = build(&in, BYTES("secret"), lab);
	write_file("jason.p12", ca_view(&pfx));
	write_pass("secret");
	ASSERT_RUNS("openssl", "pkcs12", "-in", "jason.p12", "-passin",
	    "file:pass", "-info", "-noout");
	assert_true(output_says("MAC: sha256, Iteration 100000"));
	ca_buf_free(&pfx);
	folder_close(&folder);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_another_key),
	    cmocka_unit_test(test_bad_input),
	    cmocka_unit_test(test_nothing_in_clear),
	    cmocka_unit_test(test_openssl),
	    cmocka_unit_test(test_nss),
	    cmocka_unit_test(test_least_and_default),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
