/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pbes2: what openssl wrote is read, what is written openssl reads, and
 * every octet of the format is looked at.
 */
#include "tests/unit/bytes.h"
#include "tests/unit/program.h"

#include "ca/crypto.h"
#include "ca/der.h"
#include "ca/pbes2.h"

/* An Ed25519 PrivateKeyInfo, and its passphrase in the files below. */
#define PLAIN                                                    \
	"302e020100300506032b6570042204202ed9a5d865909be8be809f" \
	"22f71ba515509dfcb39fd901b2b0e38a2abbcdbcf6"
#define PASS "Z\xc3\xbcrich 1"

/* openssl pkcs8 -topk8 -v2 CIPHER -v2prf hmacWithPRF -iter 1000, and
 * -scrypt -scrypt_N 1024 -scrypt_r 8 -scrypt_p 2 */
static const struct {
	const char *what;
	const char *hex;
} written_by_openssl[] = {
    {"aes-128-cbc SHA1",
	"30818d304906092a864886f70d01050d303c301b06092a864886f70d01050c"
	"300e04082658b8dddc431b17020203e8301d06096086480165030401020410"
	"a3357207c35f7c2a117ea9ad74d352cb04404fab200bf619144dddddd69104"
	"136d70c7d6c3c17be405f93a3867432a90c73fa791fcaca3b171bbfa0430ab"
	"52346bef397d4d77997f8879df5d5b154ce55d15"},
    {"aes-128-cbc SHA256",
	"30819b305706092a864886f70d01050d304a302906092a864886f70d01050c"
	"301c0408aedf3f740c87d518020203e8300c06082a864886f70d0209050030"
	"1d0609608648016503040102041030f70de554c716ac4a8387d269b3508804"
	"40bf91f043833c41f24474a7d6ded2b445f1c875e4f91fdc5a4a7dda4cd8b2"
	"d600c6bce3566f4875d716ed945012dd58bf8d46957e198553d7de3c7ca326"
	"ecde4f"},
    {"aes-192-cbc SHA256",
	"30819b305706092a864886f70d01050d304a302906092a864886f70d01050c"
	"301c04087f9557fd9943b388020203e8300c06082a864886f70d0209050030"
	"1d060960864801650304011604108c771ed797d71377d85da8b4d8970bd204"
	"4008c2c8dd23a051c46f6b7be0378b6530a2a3cd08c30ea67e94b86eecb1e4"
	"65b7637ccb3d518aaeb8ed4f17a9d06e7e9404783ef2bdbc75070656311cc7"
	"66746d"},
    {"aes-256-cbc SHA256",
	"30819b305706092a864886f70d01050d304a302906092a864886f70d01050c"
	"301c0408187f0c50f123994d020203e8300c06082a864886f70d0209050030"
	"1d060960864801650304012a0410672a7d3116c7bbbad4b3b7e4aa2d7f0e04"
	"40f079d5d438ac5384a11782e9f94a75ec778b0f1d691496a4689c3ac87a5c"
	"2d19a1d4ffb0314d5cb5c443add8f0a884a04105d2612a9766c08c3e5fd92d"
	"1968f5"},
    {"aes-256-cbc SHA384",
	"30819b305706092a864886f70d01050d304a302906092a864886f70d01050c"
	"301c04083a02b4b01d13c775020203e8300c06082a864886f70d020a050030"
	"1d060960864801650304012a0410688fe0a1fd69172ff70c364662bb98df04"
	"407bd8050b0ccfd22f2d6da9d763744ea41e6172703d8bc8fc0abe51a8f89b"
	"554254bfbf9b0ddb46e6bfcfa9510b871a1bae5fe3cc12e12ecd2d6737daf5"
	"293274"},
    {"aes-256-cbc SHA512",
	"30819b305706092a864886f70d01050d304a302906092a864886f70d01050c"
	"301c0408cdc7073b6a197171020203e8300c06082a864886f70d020b050030"
	"1d060960864801650304012a04104d0680a813e06998afb0760422b5bf1204"
	"404dcf46343672dc6aa1f37481695f6326fc7f31f63e0ae83c748ec63f40db"
	"2fdfd66c5407abf1adad1e9de632623d15f0f72e9d1fee95a1713a243492b9"
	"a0becb"},
    {"aes-128-cbc scrypt",
	"308193304f06092a864886f70d01050d3042302106092b06010401da47040b"
	"301404085a2064b2335e1b1402020400020108020102301d06096086480165"
	"030401020410f0b929037a9a32ae91b38437dbbee85f044035d1d087529c68"
	"a36fd799763c573c6deaf2a56f6bc2877a25b50b0a5d20065f6796cc42c9fe"
	"53dfbde6da23aa7dc722cf638505329cccaf2f418678fd085ac1"},
    {"aes-192-cbc scrypt",
	"308193304f06092a864886f70d01050d3042302106092b06010401da47040b"
	"30140408030f1ec8f1b940fe02020400020108020102301d06096086480165"
	"0304011604107e022b57e57ce0f1130c7686354fdbb60440ba858feb06c9c5"
	"5241f810c5a7bbb71302571cc6ce00dad9474d002c6d03daddd3225a1d895f"
	"011375d54144fbce24e1835e9951b2db9d33f8ecd878c73ce424"},
    {"aes-256-cbc scrypt",
	"308193304f06092a864886f70d01050d3042302106092b06010401da47040b"
	"30140408dd33500de5540ecb02020400020108020102301d06096086480165"
	"0304012a0410ddb12bad07c9e99b713553afd3c27ddd0440c4b6f4beca3fb2"
	"884c2322a72cd529c5315d3919dec7a60ed4929d1df9f31582dc71e2ce3503"
	"7fb2901909f012b4fccf4b4e653472cf9079aac12145bd597fbe"},
};

static const struct ca_kdf fast_pbkdf2 = {
    .kind = CA_KDF_PBKDF2, .iterations = 1000, .prf = CA_HASH_SHA256};
static const struct ca_kdf fast_scrypt = {
    .kind = CA_KDF_SCRYPT, .n = 1024, .r = 8, .p = 1};

static struct ca_buf
of_hex(const char *hex)
{
	struct ca_buf buf = {0};

	assert_int_equal(ca_hex_parse(&buf, hex), CA_OK);
	return buf;
}

static struct ca_rng *
rng_new(void)
{
	struct ca_rng *rng = NULL;

	assert_int_equal(ca_rng_new(&rng, NULL), CA_OK);
	return rng;
}

/* checklist 43 */
static void
test_openssl_files(void **state)
{
	struct ca_buf expect = of_hex(PLAIN);

	(void)state;
	for (size_t i = 0; i < COUNT(written_by_openssl); i++) {
		struct ca_buf der = of_hex(written_by_openssl[i].hex);
		struct ca_buf plain = {0};
		struct ca_error err = {0};

		if (ca_pbes2_decrypt(
			ca_view(&der), ca_text(PASS), &plain, &err) != CA_OK)
			fail_msg("%s: %s", written_by_openssl[i].what, err.msg);
		assert_bytes(ca_view(&plain), ca_view(&expect));
		ca_buf_free(&plain);
		ca_buf_free(&der);
	}
	ca_buf_free(&expect);
}

/* What a file says of itself, the passphrase not needed. */
static void
test_inspect(void **state)
{
	struct ca_buf pbkdf2 = of_hex(written_by_openssl[5].hex);
	struct ca_buf scrypt = of_hex(written_by_openssl[8].hex);
	struct ca_kdf kdf = {0};

	(void)state;
	assert_int_equal(ca_pbes2_inspect(ca_view(&pbkdf2), &kdf, NULL), CA_OK);
	assert_int_equal(kdf.kind, CA_KDF_PBKDF2);
	assert_int_equal(kdf.iterations, 1000);
	assert_int_equal(kdf.prf, CA_HASH_SHA512);
	assert_int_equal(ca_pbes2_inspect(ca_view(&scrypt), &kdf, NULL), CA_OK);
	assert_int_equal(kdf.kind, CA_KDF_SCRYPT);
	assert_int_equal(kdf.n, 1024);
	assert_int_equal(kdf.r, 8);
	assert_int_equal(kdf.p, 2);
	scrypt.len--;
	assert_int_equal(
	    ca_pbes2_inspect(ca_view(&scrypt), &kdf, NULL), CA_MALFORMED);
	ca_buf_free(&pbkdf2);
	ca_buf_free(&scrypt);
}

/* checklist 43: nothing comes out, and the reason names both causes. */
static void
test_wrong_passphrase(void **state)
{
	static const char *const wrong[] = {"", "zurich 1", "Z\xc3\xbcrich 1 "};

	(void)state;
	for (size_t i = 0; i < COUNT(written_by_openssl); i++)
		for (size_t j = 0; j < COUNT(wrong); j++) {
			struct ca_buf der = of_hex(written_by_openssl[i].hex);
			struct ca_buf plain = {0};
			struct ca_error err = {0};

			assert_int_equal(ca_pbes2_decrypt(ca_view(&der),
					     ca_text(wrong[j]), &plain, &err),
			    CA_UNTRUSTED);
			assert_non_null(strstr(err.msg, "wrong passphrase"));
			assert_non_null(strstr(err.msg, "damaged"));
			assert_int_equal(plain.len, 0);
			ca_buf_free(&plain);
			ca_buf_free(&der);
		}
}

/*
 * checklist 43: any one octet changed. In the ciphertext's last two blocks the
 * padding shows it; before them the plain text changes, and only the key's
 * own format can tell (in a key file the ledger's hash does).
 */
static void
test_damage(void **state)
{
	struct ca_buf der = of_hex(written_by_openssl[1].hex);
	struct ca_buf expect = of_hex(PLAIN);
	unsigned untrusted = 0, malformed = 0, refused = 0, other = 0;

	(void)state;
	for (size_t i = 0; i < der.len; i++) {
		struct ca_buf plain = {0};
		enum ca_status st;

		der.data[i] ^= 0x01;
		st = ca_pbes2_decrypt(
		    ca_view(&der), ca_text(PASS), &plain, NULL);
		der.data[i] ^= 0x01;
		untrusted += st == CA_UNTRUSTED;
		malformed += st == CA_MALFORMED;
		refused += st == CA_REFUSED;
		if (st == CA_OK) {
			/* One bit of plain text, by the IV or by the block
			 * before: never the same key in silence. */
			assert_int_equal(plain.len, expect.len);
			assert_memory_not_equal(
			    plain.data, expect.data, plain.len);
			other++;
		}
		ca_buf_free(&plain);
	}
	assert_int_equal(untrusted + malformed + refused + other, der.len);
	assert_true(untrusted > 20);
	assert_true(malformed > 20);
	/* Every truncation is malformed: the outer length says so. */
	for (size_t len = 0; len < der.len; len++)
		assert_int_equal(
		    ca_pbes2_decrypt((struct ca_bytes){der.data, len},
			ca_text(PASS), &expect, NULL),
		    CA_MALFORMED);
	ca_buf_free(&der);
	ca_buf_free(&expect);
}

/* GnuTLS leaves out the NULL of the prf (RFC 8018 B.1.2 wants it): the second
 * file above, so written. Anything but NULL is still refused. */
static void
test_prf_without_null(void **state)
{
	struct ca_buf der = of_hex(
	    "308199305506092a864886f70d01050d3048302706092a864886f70d01050c"
	    "301a0408aedf3f740c87d518020203e8300a06082a864886f70d0209301d06"
	    "09608648016503040102041030f70de554c716ac4a8387d269b350880440bf"
	    "91f043833c41f24474a7d6ded2b445f1c875e4f91fdc5a4a7dda4cd8b2d600"
	    "c6bce3566f4875d716ed945012dd58bf8d46957e198553d7de3c7ca326ecde"
	    "4f");
	struct ca_buf bad = of_hex(
	    "30819b305706092a864886f70d01050d304a302906092a864886f70d01050c"
	    "301c0408aedf3f740c87d518020203e8300c06082a864886f70d0209040030"
	    "1d0609608648016503040102041030f70de554c716ac4a8387d269b3508804"
	    "40bf91f043833c41f24474a7d6ded2b445f1c875e4f91fdc5a4a7dda4cd8b2"
	    "d600c6bce3566f4875d716ed945012dd58bf8d46957e198553d7de3c7ca326"
	    "ecde4f");
	struct ca_buf expect = of_hex(PLAIN), plain = {0};
	struct ca_error err = {0};

	(void)state;
	if (ca_pbes2_decrypt(ca_view(&der), ca_text(PASS), &plain, &err) !=
	    CA_OK)
		fail_msg("%s", err.msg);
	assert_bytes(ca_view(&plain), ca_view(&expect));
	assert_int_equal(
	    ca_pbes2_decrypt(ca_view(&bad), ca_text(PASS), &plain, &err),
	    CA_MALFORMED);
	ca_buf_free(&der);
	ca_buf_free(&bad);
	ca_buf_free(&expect);
	ca_buf_free(&plain);
}

static void
test_other_schemes(void **state)
{
	static const struct {
		const char *hex;
		const char *why;
	} files[] = {
	    /* openssl pkcs8 -v1 PBE-SHA1-3
	"30818a304e06092a864886f70d01050d3041302906092a864886f70d01050c"
	"301c040884313905f01878c0020203e8300c06082a864886f70d0209050030"
	"1406082a864886f70d03070408e0ebe1e8a3c52b86043898d5f9a6788ecf5c"
	"1ea6891a45f18c884b5a03c9494a41ff01f93d053437c0a86a7e74005671cb"
	"e27eb141bc3dc2b10610f9f53b8d33b242", and -v2 des3 */
	    {"3058301c060a2a864886f70d010c0103300e0408f6625887554c20b6020208"
	     "0004383933858fd39dc303829f2521cb5f1a0ea2fc804e8692551fab29ce7a"
	     "e7d2b1039a5c88811bb4aafb158ee6f685ff33a22eb2d599e6fec1fa",
		"1.2.840.113549.1.12.1.3"},
	    {"30818a304e06092a864886f70d01050d3041302906092a864886f70d01050c"
	     "301c040884313905f01878c0020203e8300c06082a864886f70d0209050030"
	     "1406082a864886f70d03070408e0ebe1e8a3c52b86043898d5f9a6788ecf5c"
	     "1ea6891a45f18c884b5a03c9494a41ff01f93d053437c0a86a7e74005671cb"
	     "e27eb141bc3dc2b10610f9f53b8d33b242",
		"1.2.840.113549.3.7"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		struct ca_buf der = of_hex(files[i].hex), plain = {0};
		struct ca_error err = {0};

		assert_int_equal(ca_pbes2_decrypt(ca_view(&der), ca_text(PASS),
				     &plain, &err),
		    CA_REFUSED);
		assert_non_null(strstr(err.msg, files[i].why));
		assert_non_null(strstr(err.msg, "openssl pkey"));
		ca_buf_free(&der);
		ca_buf_free(&plain);
	}
}

/* Every length of plain text round the block size, with both functions. */
static void
test_round_trip(void **state)
{
	const struct ca_kdf *const kdfs[] = {&fast_pbkdf2, &fast_scrypt};
	uint8_t octets[40] = {DER_SEQUENCE, 0, DER_OCTET_STRING, 0};
	struct ca_rng *rng = rng_new();

	(void)state;
	for (size_t i = 0; i < COUNT(kdfs); i++)
		for (size_t len = 4; len < sizeof(octets); len++) {
			struct ca_bytes plain = {octets, len};
			struct ca_buf sealed = {0}, again = {0};

			octets[1] = (uint8_t)(len - 2);
			octets[3] = (uint8_t)(len - 4);
			assert_int_equal(ca_pbes2_encrypt(plain, BYTES(PASS),
					     kdfs[i], rng, &sealed, NULL),
			    CA_OK);
			assert_true(der_is_well_formed(ca_view(&sealed)));
			assert_int_equal(ca_pbes2_decrypt(ca_view(&sealed),
					     BYTES(PASS), &again, NULL),
			    CA_OK);
			assert_bytes(ca_view(&again), plain);
			ca_buf_free(&sealed);
			ca_buf_free(&again);
		}
	ca_rng_free(rng);
}

/* The same key twice gives two files with nothing in common but the frame. */
static void
test_salt_and_iv_are_new(void **state)
{
	struct ca_buf plain = of_hex(PLAIN), one = {0}, two = {0};
	struct ca_rng *rng = rng_new();

	(void)state;
	assert_int_equal(ca_pbes2_encrypt(ca_view(&plain), BYTES(PASS),
			     &fast_pbkdf2, rng, &one, NULL),
	    CA_OK);
	assert_int_equal(ca_pbes2_encrypt(ca_view(&plain), BYTES(PASS),
			     &fast_pbkdf2, rng, &two, NULL),
	    CA_OK);
	assert_int_equal(one.len, two.len);
	assert_memory_not_equal(
	    one.data + one.len - 64, two.data + two.len - 64, 16);
	ca_buf_free(&plain);
	ca_buf_free(&one);
	ca_buf_free(&two);
	ca_rng_free(rng);
}

/* ---- the format, field by field ---------------------------------------- */

/* An EncryptedPrivateKeyInfo whose fields the test chooses. */
struct fields {
	uint64_t version_like; /* iterations or N */
	uint64_t r, p;
	size_t salt_len, iv_len, cipher_len;
	int64_t key_len; /* -1: absent */
	bool scrypt;
	bool trailing;
};

static void
put_oid(struct der_out *out, enum ca_oid oid)
{
	der_put(out, DER_OID, ca_oid_der(oid));
}

static struct ca_buf
build(const struct fields *f)
{
	static const uint8_t zeros[4096] = {0};
	struct ca_buf der = {0};
	struct der_out out = {0};

	der_open(&out, DER_SEQUENCE);
	der_open(&out, DER_SEQUENCE);
	put_oid(&out, CA_OID_PBES2);
	der_open(&out, DER_SEQUENCE);
	der_open(&out, DER_SEQUENCE);
	put_oid(&out, f->scrypt ? CA_OID_SCRYPT : CA_OID_PBKDF2);
	der_open(&out, DER_SEQUENCE);
	der_put(&out, DER_OCTET_STRING, (struct ca_bytes){zeros, f->salt_len});
	der_put_uint(&out, f->version_like);
	if (f->scrypt) {
		der_put_uint(&out, f->r);
		der_put_uint(&out, f->p);
	}
	if (f->key_len >= 0)
		der_put_uint(&out, (uint64_t)f->key_len);
	if (f->trailing)
		der_put_uint(&out, 1);
	der_close(&out);
	der_close(&out);
	der_open(&out, DER_SEQUENCE);
	put_oid(&out, CA_OID_AES256_CBC);
	der_put(&out, DER_OCTET_STRING, (struct ca_bytes){zeros, f->iv_len});
	der_close(&out);
	der_close(&out);
	der_close(&out);
	der_put(
	    &out, DER_OCTET_STRING, (struct ca_bytes){zeros, f->cipher_len});
	der_close(&out);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	return der;
}

/* checklist 44: huge counts are refused before any work is done. */
static void
test_bounds(void **state)
{
	static const struct {
		struct fields f;
		enum ca_status st;
	} cases[] = {
	    /* In order, so the key is derived and does not fit. */
	    {{1000, 0, 0, 16, 16, 64, -1, false, false}, CA_UNTRUSTED},
	    {{1000, 0, 0, 16, 16, 64, 32, false, false}, CA_UNTRUSTED},
	    {{1024, 8, 1, 16, 16, 64, -1, true, false}, CA_UNTRUSTED},
	    {{1024, 8, 1, 16, 16, 64, 32, true, false}, CA_UNTRUSTED},
	    {{1000, 0, 0, 0, 16, 64, -1, false, false}, CA_UNTRUSTED},
	    /* Cost. */
	    {{10000001, 0, 0, 16, 16, 64, -1, false, false}, CA_REFUSED},
	    {{UINT32_MAX, 0, 0, 16, 16, 64, -1, false, false}, CA_REFUSED},
	    {{INT64_MAX, 0, 0, 16, 16, 64, -1, false, false}, CA_MALFORMED},
	    {{0, 0, 0, 16, 16, 64, -1, false, false}, CA_REFUSED},
	    {{1 << 20, 8, 1, 16, 16, 64, -1, true, false}, CA_REFUSED},
	    {{1 << 14, 8, 65, 16, 16, 64, -1, true, false}, CA_REFUSED},
	    {{1 << 14, 8, UINT32_MAX, 16, 16, 64, -1, true, false}, CA_REFUSED},
	    {{UINT32_MAX, UINT32_MAX, 1, 16, 16, 64, -1, true, false},
		CA_REFUSED},
	    {{1000, 8, 1, 16, 16, 64, -1, true, false}, CA_REFUSED},
	    {{1, 8, 1, 16, 16, 64, -1, true, false}, CA_REFUSED},
	    {{1024, 0, 1, 16, 16, 64, -1, true, false}, CA_REFUSED},
	    {{1024, 8, 0, 16, 16, 64, -1, true, false}, CA_REFUSED},
	    {{1000, 0, 0, 129, 16, 64, -1, false, false}, CA_REFUSED},
	    /* Form. */
	    {{1000, 0, 0, 16, 16, 64, 0, false, false}, CA_MALFORMED},
	    {{1000, 0, 0, 16, 16, 64, 16, false, false}, CA_MALFORMED},
	    {{1000, 0, 0, 16, 16, 64, 32, false, true}, CA_MALFORMED},
	    {{1024, 8, 1, 16, 16, 64, 16, true, false}, CA_MALFORMED},
	    {{1024, 8, 1, 16, 16, 64, 32, true, true}, CA_MALFORMED},
	    {{1000, 0, 0, 16, 15, 64, -1, false, false}, CA_MALFORMED},
	    {{1000, 0, 0, 16, 17, 64, -1, false, false}, CA_MALFORMED},
	    {{1000, 0, 0, 16, 0, 64, -1, false, false}, CA_MALFORMED},
	    {{1000, 0, 0, 16, 16, 0, -1, false, false}, CA_MALFORMED},
	    {{1000, 0, 0, 16, 16, 63, -1, false, false}, CA_MALFORMED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_buf der = build(&cases[i].f), plain = {0};
		enum ca_status st = ca_pbes2_decrypt(
		    ca_view(&der), BYTES(PASS), &plain, NULL);

		if (st != cases[i].st)
			fail_msg("case %zu: status %d", i, (int)st);
		ca_buf_free(&der);
		ca_buf_free(&plain);
	}
}

/* ---- with openssl ------------------------------------------------------- */

/* What we write, openssl reads: the default cost too. */
static void
test_openssl_reads(void **state)
{
	static const struct ca_kdf sha512 = {
	    .kind = CA_KDF_PBKDF2, .iterations = 1000, .prf = CA_HASH_SHA512};
	const struct ca_kdf *const kdfs[] = {
	    &ca_kdf_default, &fast_pbkdf2, &fast_scrypt, &sha512};
	struct ca_buf plain = of_hex(PLAIN);
	struct ca_rng *rng = rng_new();
	struct folder folder = folder_open();

	(void)state;
	if (RUN("openssl", "version") == 127) {
		folder_close(&folder);
		skip();
	}
	write_file("pass", ca_text(PASS "\n"));
	for (size_t i = 0; i < COUNT(kdfs); i++) {
		struct ca_buf sealed = {0}, back;

		assert_int_equal(ca_pbes2_encrypt(ca_view(&plain), BYTES(PASS),
				     kdfs[i], rng, &sealed, NULL),
		    CA_OK);
		write_file("sealed.der", ca_view(&sealed));
		ASSERT_RUNS("openssl", "pkey", "-inform", "DER", "-in",
		    "sealed.der", "-passin", "file:pass", "-outform", "DER",
		    "-out", "plain.der");
		back = read_file("plain.der");
		assert_bytes(ca_view(&back), ca_view(&plain));
		ca_buf_free(&sealed);
		ca_buf_free(&back);
	}
	ca_buf_free(&plain);
	ca_rng_free(rng);
	folder_close(&folder);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_openssl_files),
	    cmocka_unit_test(test_inspect),
	    cmocka_unit_test(test_wrong_passphrase),
	    cmocka_unit_test(test_damage),
	    cmocka_unit_test(test_prf_without_null),
	    cmocka_unit_test(test_other_schemes),
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_salt_and_iv_are_new),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_openssl_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
