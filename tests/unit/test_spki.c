/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Public keys as openssl writes them, and what is refused and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "ca/spki.h"

/* AlgorithmIdentifiers and BIT STRINGs, to be put together. */
#define EC_OID "06072a8648ce3d0201"
#define P256_OID "06082a8648ce3d030107"
#define P256_X \
	"0ab4f05b8eb6f142014fdafbe3d486d34ccb5b626518e9bf71cbde3c92510dd3"
#define P256_Y \
	"0448bf8050d3c96b233043fdd934c2a78cdf3944c8b1990b3651886702c4c317"
#define P256                                                   \
	"3059301306072a8648ce3d020106082a8648ce3d030107034200" \
	"04" P256_X P256_Y
#define P384                                                                 \
	"3076301006072a8648ce3d020106052b8104002203620004da971adf5cab35e7ab" \
	"077b9fdc37776ce83b9793f30fd52d5f59166ef6f250a803c3088ee33947f0baec" \
	"5e5dfe1c609c75a2d09f71bc143875a4bad228828b26d010321ebfa54eaa441460" \
	"5e5e717f3cc716c72a3d05e53fdb401041d5912185"
#define P521                                                                 \
	"30819b301006072a8648ce3d020106052b81040023038186000401f8216f82f4ea" \
	"4e6a9fc9aaf02b871f5c394145e94891937998cf53ccbea1091fb0c252ffebfd6d" \
	"58060be6deca6761c5518a8564434c205798a2c4df26e0f3bf860042465fbcc9c5" \
	"80faab25c1d178c54b740e4e2cb87298b2f142339224ab1124a2dfa485aeed4692" \
	"116893ace868f3294c91f73d5fd2d929cd33b812f3c6c24afd5e"
#define ED25519                                                              \
	"302a300506032b6570032100b50e325d35a853827a127a77f56f1be1ef25394b0e" \
	"3779a2dc04a42dd9b8920f"
#define ED448                                                                \
	"3043300506032b6571033a00f709bf330a40a88815d0182542064cb446def2fa16" \
	"91cab0e83c9d60a4f1596df2d727033ae8c27af54579dd65341b3b4d6f0aeda724" \
	"e82780"
#define RSA_N                                                                \
	"92c5dbb7adc887d2b816d33ab2d6df42bb21f1f986290241815191f06d63499cff" \
	"614c660963ea0ab577719fbe4980dbcc724b46420daa7f415571c0273ad519fe80" \
	"56bc20939bdd7c9432b3cb3f150d3e7ebd1747d87d659cf6c63989b4ec5798a8ef" \
	"3deb2ac364c012122fca0cee3b9d85ae691f4468c4469ae480b0245b26fc785a89" \
	"3218d2938b40fe514ba984c46e90663edc0c808a22f05fc5231bf7ea5dd2f7d89e" \
	"e395441b207a2a0e66e50a499cee9614e0967289a935aaf4b13d47ddbc3583fba9" \
	"871a79f609f40bdf4bb1d758e8f21c6d6ad1e07a0389532ee09877b8578c0c1eb8" \
	"58201f3a0d3e23404deffe684de6269ea1c135df737002ebc7"
#define RSA_KEY "3082010a0282010100" RSA_N "0203010001"
#define RSA_NULL "300d06092a864886f70d0101010500"
#define RSA "30820122" RSA_NULL "0382010f00" RSA_KEY
#define PSS_OID "06092a864886f70d01010a"
#define PSS "30820120300b" PSS_OID "0382010f00" RSA_KEY
#define SHA256_ID "300d06096086480165030402010500"
#define MGF_SHA256 "301a06092a864886f70d010108" SHA256_ID
#define PSS_PARAMS "3034a00f" SHA256_ID "a11c" MGF_SHA256 "a203020120"
#define PSS_BOUND "308201563041" PSS_OID PSS_PARAMS "0382010f00" RSA_KEY

static enum ca_status
get(const char *hex, struct ca_buf *der, struct ca_spki *ret,
    struct ca_error *err)
{
	struct ca_bytes in;
	enum ca_status st;

	*err = (struct ca_error){0};
	ca_buf_free(der);
	assert_int_equal(ca_hex_parse(der, hex), CA_OK);
	in = ca_view(der);
	st = ca_spki_get(&in, ret, err);
	/* taken, or nothing happened */
	assert_int_equal(in.len, st == CA_OK ? 0 : der->len);
	if (st == CA_OK)
		assert_true(ca_bytes_equal(ret->der, ca_view(der)));
	else
		assert_int_equal(err->status, st);
	return st;
}

static void
reads_every_type(void **state)
{
	static const struct {
		const char *hex, *text, *name;
		enum ca_key_type type;
		unsigned bits;
		size_t len;
	} cases[] = {
	    {RSA, "rsa-2048", "rsa", CA_KEY_RSA, 2048, 270},
	    {PSS, "rsa-pss-2048", "rsa", CA_KEY_RSA, 2048, 270},
	    {P256, "ecdsa-p256", "ecdsa-p256", CA_KEY_P256, 256, 65},
	    {P384, "ecdsa-p384", "ecdsa-p384", CA_KEY_P384, 384, 97},
	    {P521, "ecdsa-p521", "ecdsa-p521", CA_KEY_P521, 521, 133},
	    {ED25519, "ed25519", "ed25519", CA_KEY_ED25519, 256, 32},
	    {ED448, "ed448", "ed448", CA_KEY_ED448, 456, 57},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_buf der = {0}, text = {0};
		struct ca_spki spki;
		struct ca_error err;

		assert_int_equal(get(cases[i].hex, &der, &spki, &err), CA_OK);
		assert_int_equal(spki.type, cases[i].type);
		assert_int_equal(spki.bits, cases[i].bits);
		assert_int_equal(spki.key.len, cases[i].len);
		assert_int_equal(ca_spki_append_text(&text, &spki), CA_OK);
		assert_string_equal(ca_buf_text(&text), cases[i].text);
		assert_string_equal(ca_key_type_name(spki.type), cases[i].name);
		ca_buf_free(&text);
		ca_buf_free(&der);
	}
}

/* checklist 68: what was read is written again as it was. */
static void
writes_what_it_read(void **state)
{
	static const char *const cases[] = {
	    RSA, P256, P384, P521, ED25519, ED448};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_buf der = {0}, again = {0};
		struct der_out out = {0};
		struct ca_spki spki;
		struct ca_error err;

		assert_int_equal(get(cases[i], &der, &spki, &err), CA_OK);
		ca_spki_put(&out, spki.type, spki.key);
		assert_int_equal(der_finish(&out, &again), CA_OK);
		assert_true(ca_bytes_equal(ca_view(&der), ca_view(&again)));
		ca_buf_free(&der);
		ca_buf_free(&again);
	}
}

static void
writes_no_unknown_type(void **state)
{
	struct der_out out = {0};
	struct ca_buf buf = {0};

	(void)state;
	ca_spki_put(&out, CA_KEY_NONE, ca_text("key"));
	assert_int_equal(der_finish(&out, &buf), CA_INTERNAL);
	assert_string_equal(ca_key_type_name(CA_KEY_NONE), "none");
}

static void
reads_rsa_numbers(void **state)
{
	struct ca_buf der = {0};
	struct ca_spki spki;
	struct ca_error err;

	(void)state;
	assert_int_equal(get(RSA, &der, &spki, &err), CA_OK);
	assert_false(spki.pss_only);
	assert_int_equal(spki.modulus.len, 256);
	assert_int_equal(spki.modulus.data[0], 0x92);
	assert_int_equal(spki.exponent.len, 3);
	assert_memory_equal(spki.exponent.data, "\x01\x00\x01", 3);
	ca_buf_free(&der);
}

/* RFC 4055 3.1 */
static void
reads_what_pss_restricts(void **state)
{
	struct ca_buf der = {0};
	struct ca_spki spki;
	struct ca_error err;

	(void)state;
	assert_int_equal(get(PSS, &der, &spki, &err), CA_OK);
	assert_true(spki.pss_only);
	assert_int_equal(spki.pss_hash, CA_HASH_NONE);
	assert_int_equal(get(PSS_BOUND, &der, &spki, &err), CA_OK);
	assert_true(spki.pss_only);
	assert_int_equal(spki.pss_hash, CA_HASH_SHA256);
	assert_int_equal(spki.pss_salt_len, 32);
	ca_buf_free(&der);
}

/* The modulus is looked at by ca/weakkey; here it only has to be a number. */
static void
reads_odd_moduli(void **state)
{
	static const struct {
		const char *hex;
		unsigned bits;
	} cases[] = {
	    {"301a" RSA_NULL "0309003006020100020103", 0},
	    {"301a" RSA_NULL "0309003006020101020103", 1},
	    {"301b" RSA_NULL "030a00300702020080020103", 8},
	    {"301b" RSA_NULL "030a00300702020100020103", 9},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_buf der = {0};
		struct ca_spki spki;
		struct ca_error err;

		assert_int_equal(get(cases[i].hex, &der, &spki, &err), CA_OK);
		assert_int_equal(spki.bits, cases[i].bits);
		ca_buf_free(&der);
	}
}

/* checklist 20, 37, 38: each case, and a word of the reason. */
static void
refuses(void **state)
{
	static const struct {
		const char *hex, *reason;
		enum ca_status st;
	} cases[] = {
	    /* not DER, or not a SubjectPublicKeyInfo */
	    {"02", "SEQUENCE", CA_MALFORMED},
	    {"3000", "SubjectPublicKeyInfo", CA_MALFORMED},
	    {"3080" RSA_NULL "0000", "SEQUENCE", CA_MALFORMED},
	    {"302c300506032b6570032100b50e325d35a853827a127a77f56f1be1ef25394b"
	     "0e3779a2dc04a42dd9b8920f0500",
		"SubjectPublicKeyInfo", CA_MALFORMED},
	    {"302a300506032b6570032101b50e325d35a853827a127a77f56f1be1ef25394b"
	     "0e3779a2dc04a42dd9b89200",
		"SubjectPublicKeyInfo", CA_MALFORMED},
	    /* RSA parameters absent, and something else */
	    {"30820120300b06092a864886f70d0101010382010f00" RSA_KEY, "not NULL",
		CA_MALFORMED},
	    {"30820124300f06092a864886f70d01010105000500"
	     "0382010f00" RSA_KEY,
		"not NULL", CA_MALFORMED},
	    {"30820122300d06092a864886f70d01010130000382010f00" RSA_KEY,
		"not NULL", CA_MALFORMED},
	    /* RSA numbers: negative, not minimal, trailing bytes, three */
	    {"301a" RSA_NULL "0309003006020180020103", "RSAPublicKey",
		CA_MALFORMED},
	    {"301b" RSA_NULL "030a00300702020001020103", "RSAPublicKey",
		CA_MALFORMED},
	    {"301c" RSA_NULL "030b0030060201010201030500", "RSAPublicKey",
		CA_MALFORMED},
	    {"301d" RSA_NULL "030c003009020101020103020105", "RSAPublicKey",
		CA_MALFORMED},
	    {"3017" RSA_NULL "0306003003020101", "RSAPublicKey", CA_MALFORMED},
	    {"3010" RSA_NULL "0300", "SubjectPublicKeyInfo", CA_MALFORMED},
	    {"3012" RSA_NULL "030100", "RSAPublicKey", CA_MALFORMED},
	    /* PSS parameters: SHA-1 by default, MGF1 of another hash */
	    {"30820122300d" PSS_OID "30000382010f00" RSA_KEY, "SHA-1",
		CA_REFUSED},
	    {"30820122300d" PSS_OID "05000382010f00" RSA_KEY, "RSASSA-PSS",
		CA_MALFORMED},
	    {"30820133301e" PSS_OID "3011a00f" SHA256_ID "0382010f00" RSA_KEY,
		"MGF1", CA_REFUSED},
	    /* the curve: absent, NULL, explicit, another, a trailing NULL */
	    {"304f3009" EC_OID "03420004" P256_X P256_Y, "not an OID",
		CA_MALFORMED},
	    {"3051300b" EC_OID "050003420004" P256_X P256_Y, "not an OID",
		CA_MALFORMED},
	    {"3054300e" EC_OID "300302010103420004" P256_X P256_Y, "explicit",
		CA_REFUSED},
	    {"305b3015" EC_OID P256_OID "050003420004" P256_X P256_Y,
		"not an OID", CA_MALFORMED},
	    {"3056301006072a8648ce3d020106052b8104000a03420004" P256_X P256_Y,
		"secp256k1", CA_REFUSED},
	    {"3049301306072a8648ce3d020106082a8648ce3d030101033200045d84cc4202"
	     "e7baf22b05295f899364fd168d38783fea04e6504c5290efc99ab012735b037c"
	     "9f56b56fab04b2d497aa97",
		"P-192", CA_REFUSED},
	    /* an algorithm where a curve belongs */
	    {"305a301406072a8648ce3d020106092a864886f70d01010103420004" P256_X
		    P256_Y,
		"rsaEncryption", CA_REFUSED},
	    /* the point: compressed, infinite, hybrid, short, long, of P-384 */
	    {"3039301306072a8648ce3d020106082a8648ce3d03010703220002" P256_X,
		"compressed", CA_REFUSED},
	    {"3039301306072a8648ce3d020106082a8648ce3d03010703220003" P256_X,
		"compressed", CA_REFUSED},
	    {"3019301306072a8648ce3d020106082a8648ce3d03010703020000",
		"infinity", CA_REFUSED},
	    {"3059301306072a8648ce3d020106082a8648ce3d03010703420006" P256_X
		    P256_Y,
		"ecdsa-p256", CA_MALFORMED},
	    {"3018301306072a8648ce3d020106082a8648ce3d030107030100",
		"ecdsa-p256", CA_MALFORMED},
	    {"3039301306072a8648ce3d020106082a8648ce3d03010703220004" P256_X,
		"ecdsa-p256", CA_MALFORMED},
	    {"305a301306072a8648ce3d020106082a8648ce3d03010703430004" P256_X
		    P256_Y "00",
		"ecdsa-p256", CA_MALFORMED},
	    {"3056301006072a8648ce3d020106052b8104002203420004" P256_X P256_Y,
		"ecdsa-p384", CA_MALFORMED},
	    /* EdDSA: NULL parameters, one octet less */
	    {"302c300706032b65700500032100b50e325d35a853827a127a77f56f1be1ef25"
	     "394b0e3779a2dc04a42dd9b8920f",
		"RFC 8410", CA_MALFORMED},
	    {"3029300506032b6570032000b50e325d35a853827a127a77f56f1be1ef25394b"
	     "0e3779a2dc04a42dd9b892",
		"31 octets", CA_MALFORMED},
	    {"302a300506032b6571032100b50e325d35a853827a127a77f56f1be1ef25394b"
	     "0e3779a2dc04a42dd9b8920f",
		"32 octets", CA_MALFORMED},
	    /* algorithms that are no key of ours */
	    {"302a300506032b656e03210076c5bf7be191cd11923f34a025eb648bce310370"
	     "54438f55a4f9856453abd35b",
		"X25519", CA_REFUSED},
	    {"3012300906072a8648ce38040103050002030405", "DSA", CA_REFUSED},
	    {"300e300506032a030403050002030405", "1.2.3.4", CA_REFUSED},
	    {"3014300b06092a864886f70d01010b03050002030405",
		"sha256WithRSAEncryption", CA_REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ca_buf der = {0};
		struct ca_spki spki;
		struct ca_error err;
		enum ca_status st = get(cases[i].hex, &der, &spki, &err);

		if (st != cases[i].st ||
		    strstr(err.msg, cases[i].reason) == NULL)
			fail_msg("case %zu: %d '%s', not %d '%s'", i, st,
			    err.msg, cases[i].st, cases[i].reason);
		ca_buf_free(&der);
	}
}

static void
leaves_the_rest(void **state)
{
	struct ca_buf der = {0};
	struct ca_bytes in;
	struct ca_spki spki;
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(ca_hex_parse(&der, ED25519 "0500"), CA_OK);
	in = ca_view(&der);
	assert_int_equal(ca_spki_get(&in, &spki, &err), CA_OK);
	assert_int_equal(in.len, 2);
	ca_buf_free(&der);
}

static void
type_words(void **state)
{
	static const struct {
		const char *text;
		enum ca_key_type type;
		unsigned bits;
	} cases[] = {
	    {"rsa", CA_KEY_RSA, 3072},
	    {"RSA", CA_KEY_RSA, 3072},
	    {"rsa-2048", CA_KEY_RSA, 2048},
	    {"rsa-3072", CA_KEY_RSA, 3072},
	    {"rsa-4096", CA_KEY_RSA, 4096},
	    {"rsa2048", CA_KEY_RSA, 2048},
	    {"rsa4096", CA_KEY_RSA, 4096},
	    {"rsa:3072", CA_KEY_RSA, 3072},
	    {"ecdsa-p256", CA_KEY_P256, 0},
	    {"ec-p256", CA_KEY_P256, 0},
	    {"p256", CA_KEY_P256, 0},
	    {"P-256", CA_KEY_P256, 0},
	    {"prime256v1", CA_KEY_P256, 0},
	    {"secp256r1", CA_KEY_P256, 0},
	    {"ecdsa-p384", CA_KEY_P384, 0},
	    {"secp384r1", CA_KEY_P384, 0},
	    {"ecdsa-p521", CA_KEY_P521, 0},
	    {"secp521r1", CA_KEY_P521, 0},
	    {"ed25519", CA_KEY_ED25519, 0},
	    {"Ed25519", CA_KEY_ED25519, 0},
	    {"ed448", CA_KEY_ED448, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum ca_key_type type = CA_KEY_NONE;
		unsigned bits = 1;
		struct ca_error err = {0};

		assert_int_equal(
		    ca_key_type_parse(cases[i].text, &type, &bits, &err),
		    CA_OK);
		assert_int_equal(type, cases[i].type);
		assert_int_equal(bits, cases[i].bits);
	}
}

static void
type_words_refused(void **state)
{
	static const struct {
		const char *text, *reason;
		enum ca_status st;
	} cases[] = {
	    {"", "ecdsa-p256", CA_USAGE},
	    {"r", "ecdsa-p256", CA_USAGE},
	    {"dsa", "ecdsa-p256", CA_USAGE},
	    {"secp256k1", "ecdsa-p256", CA_USAGE},
	    {"p2567", "ecdsa-p256", CA_USAGE},
	    {"ecdsa", "ecdsa-p256", CA_USAGE},
	    {"rsa-", "ecdsa-p256", CA_USAGE},
	    {"rsa--2048", "ecdsa-p256", CA_USAGE},
	    {"rsa-2048x", "ecdsa-p256", CA_USAGE},
	    {"rsa-99999999999999", "ecdsa-p256", CA_USAGE},
	    {"rsa-1024", "BR 6.1.5", CA_REFUSED},
	    {"rsa-0", "BR 6.1.5", CA_REFUSED},
	    {"rsa-2049", "2048, 3072 or 4096", CA_REFUSED},
	    {"rsa-8192", "limit", CA_REFUSED},
	    {"rsa:4097", "limit", CA_REFUSED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum ca_key_type type = CA_KEY_ED448;
		unsigned bits = 17;
		struct ca_error err = {0};

		assert_int_equal(
		    ca_key_type_parse(cases[i].text, &type, &bits, &err),
		    cases[i].st);
		assert_non_null(strstr(err.msg, cases[i].reason));
		assert_int_equal(type, CA_KEY_ED448);
		assert_int_equal(bits, 17);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_every_type),
	    cmocka_unit_test(writes_what_it_read),
	    cmocka_unit_test(writes_no_unknown_type),
	    cmocka_unit_test(reads_rsa_numbers),
	    cmocka_unit_test(reads_what_pss_restricts),
	    cmocka_unit_test(reads_odd_moduli),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(leaves_the_rest),
	    cmocka_unit_test(type_words),
	    cmocka_unit_test(type_words_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
