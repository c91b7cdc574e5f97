/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pkcs8: the format field by field, the RFC's own example, and the pyca and
 * badkeys collections with a verdict for each file.
 */
#include "tests/unit/corpora.h"

#include "ca/der.h"
#include "ca/key.h"
#include "ca/pkcs8.h"

static int
setup(void **state)
{
	struct ca_rng *rng = NULL;

	if (ca_rng_new(&rng, NULL) != CA_OK)
		return -1;
	*state = rng;
	return 0;
}

static int
teardown(void **state)
{
	ca_rng_free(*state);
	return 0;
}

static struct ca_buf
of_hex(const char *hex)
{
	struct ca_buf buf = {0};

	assert_int_equal(ca_hex_parse(&buf, hex), CA_OK);
	return buf;
}

/* ---- built field by field ----------------------------------------------- */

/* RFC 8410 10.3, and its public key */
#define ED25519_INNER                              \
	"0420d4ee72dbf913584ad5b6d8f1f769f8ad3afe" \
	"7c28cbf1d4fbe097a88f44755842"
#define ED25519_PUBLIC                             \
	"0019bf44096984cdfe8541bac167dc3b96c85086" \
	"aa30b6b6cb0c5c38ad703166e1"
#define ED25519_ALGORITHM "300506032b6570"

/* openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 */
#define P256_NUMBER                            \
	"45f26bc0905137017906cf7022cbd306a7a2" \
	"2d49d8d0fd287f574a948c2817d9"
#define P256_POINT                                                       \
	"044bf6926dc4071ec5f82079250891459ea974ad77b380e093c2e1b3631c77" \
	"2cc33d4aeb596b03c8324b3a641584491fb33b9eb40cbf7e01ca9d8d5807cc" \
	"d21f4b"
#define P256_ALGORITHM "301306072a8648ce3d020106082a8648ce3d030107"
#define P256_PARAMS "a00a06082a8648ce3d030107"
#define P256_BASE /* the public key of 1 */                \
	"a14403420004"                                     \
	"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0" \
	"f4a13945d898c296"                                 \
	"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ece" \
	"cbb6406837bf51f5"
#define P256_KEY "a144034200" P256_POINT

/* All hex; NULL is left out. */
struct fields {
	const char *version;
	const char *algorithm;
	const char *inner; /* inside the OCTET STRING */
	const char *rest;
};

static void
put_hex(struct der_out *out, const char *hex)
{
	struct ca_buf bytes = {0};

	if (hex == NULL)
		return;
	bytes = of_hex(hex);
	der_put_raw(out, ca_view(&bytes));
	ca_buf_free(&bytes);
}

static struct ca_buf
build(const struct fields *f)
{
	struct der_out out = {0};
	struct ca_buf der = {0};

	der_open(&out, DER_SEQUENCE);
	put_hex(&out, f->version);
	put_hex(&out, f->algorithm);
	if (f->inner != NULL) {
		der_open(&out, DER_OCTET_STRING);
		put_hex(&out, f->inner);
		der_close(&out);
	}
	put_hex(&out, f->rest);
	der_close(&out);
	assert_int_equal(der_finish(&out, &der), CA_OK);
	return der;
}

#define V1 "020100"
#define V2 "020101"
/* The attributes of RFC 8410 10.3: friendlyName "Curdle Chairs". */
#define ATTRIBUTES                                                       \
	"a01f301d060a2a864886f70d01090914310f0c0d437572646c652043686169" \
	"7273"

static void
test_fields(void **state)
{
	static const struct {
		struct fields f;
		enum ca_status st;
	} cases[] = {
	    /* Ed25519: v1, v2, with and without the optional fields. */
	    {{V1, ED25519_ALGORITHM, ED25519_INNER, NULL}, CA_OK},
	    {{V2, ED25519_ALGORITHM, ED25519_INNER, NULL}, CA_OK},
	    {{V1, ED25519_ALGORITHM, ED25519_INNER, ATTRIBUTES}, CA_OK},
	    {{V2, ED25519_ALGORITHM, ED25519_INNER,
		 ATTRIBUTES "8121" ED25519_PUBLIC},
		CA_OK},
	    {{V2, ED25519_ALGORITHM, ED25519_INNER, "8121" ED25519_PUBLIC},
		CA_OK},
	    /* A public key is version 2's alone. */
	    {{V1, ED25519_ALGORITHM, ED25519_INNER, "8121" ED25519_PUBLIC},
		CA_MALFORMED},
	    /* Another key's, unused bits, too short. */
	    {{V2, ED25519_ALGORITHM, ED25519_INNER,
		 "81210000bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c"
		 "38ad703166e1"},
		CA_UNTRUSTED},
	    {{V2, ED25519_ALGORITHM, ED25519_INNER,
		 "81210119bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c"
		 "38ad703166e0"},
		CA_MALFORMED},
	    {{V2, ED25519_ALGORITHM, ED25519_INNER, "810100"}, CA_MALFORMED},
	    /* Order and repetition. */
	    {{V2, ED25519_ALGORITHM, ED25519_INNER,
		 "8121" ED25519_PUBLIC ATTRIBUTES},
		CA_MALFORMED},
	    {{V1, ED25519_ALGORITHM, ED25519_INNER, ATTRIBUTES ATTRIBUTES},
		CA_MALFORMED},
	    {{V1, ED25519_ALGORITHM, ED25519_INNER, "0500"}, CA_MALFORMED},
	    /* Version. */
	    {{"020102", ED25519_ALGORITHM, ED25519_INNER, NULL}, CA_MALFORMED},
	    {{"0201ff", ED25519_ALGORITHM, ED25519_INNER, NULL}, CA_MALFORMED},
	    {{"02020000", ED25519_ALGORITHM, ED25519_INNER, NULL},
		CA_MALFORMED},
	    {{NULL, ED25519_ALGORITHM, ED25519_INNER, NULL}, CA_MALFORMED},
	    {{V1, NULL, ED25519_INNER, NULL}, CA_REFUSED},
	    {{V1, ED25519_ALGORITHM, NULL, NULL}, CA_MALFORMED},
	    /* RFC 8410 3: no parameters, not even NULL. */
	    {{V1, "300706032b65700500", ED25519_INNER, NULL}, CA_REFUSED},
	    /* X25519 and X448 sign nothing. */
	    {{V1, "300506032b656e", ED25519_INNER, NULL}, CA_REFUSED},
	    {{V1, "300506032b656f", ED25519_INNER, NULL}, CA_REFUSED},
	    /* Ed25519's octets: one less, one more, bare, of Ed448. */
	    {{V1, ED25519_ALGORITHM,
		 "041fd4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a8"
		 "8f447558",
		 NULL},
		CA_MALFORMED},
	    {{V1, ED25519_ALGORITHM, ED25519_INNER "00", NULL}, CA_MALFORMED},
	    {{V1, ED25519_ALGORITHM, ED25519_INNER "0500", NULL}, CA_MALFORMED},
	    {{V1, "300506032b6571", ED25519_INNER, NULL}, CA_MALFORMED},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_buf der = build(&cases[i].f);
		struct ca_key *key = NULL;
		enum ca_status st = ca_key_from_pkcs8(
		    ca_view(&der), *state, &key, NULL);

		if (st != cases[i].st)
			fail_msg("case %zu: status %d", i, (int)st);
		assert_int_equal(key != NULL, st == CA_OK);
		ca_key_free(key);
		ca_buf_free(&der);
	}
}

/* checklist 37: ECPrivateKey inside (RFC 5915 3) */
static void
test_ec(void **state)
{
	static const struct {
		struct fields f;
		enum ca_status st;
	} cases[] = {
	    {{V1, P256_ALGORITHM, "306b0201010420" P256_NUMBER P256_KEY, NULL},
		CA_OK},
	    {{V1, P256_ALGORITHM, "30250201010420" P256_NUMBER, NULL}, CA_OK},
	    {{V1, P256_ALGORITHM, "30310201010420" P256_NUMBER P256_PARAMS,
		 NULL},
		CA_OK},
	    {{V1, P256_ALGORITHM,
		 "30770201010420" P256_NUMBER P256_PARAMS P256_KEY, NULL},
		CA_OK},
	    /* Parameters of another curve, the point of another key. */
	    {{V1, P256_ALGORITHM,
		 "302e0201010420" P256_NUMBER "a00706052b81040022", NULL},
		CA_MALFORMED},
	    {{V1, P256_ALGORITHM,
		 "306b0201010420"
		 "55f26bc0905137017906cf7022cbd306a7a2"
		 "2d49d8d0fd287f574a948c2817d9" P256_KEY,
		 NULL},
		CA_UNTRUSTED},
	    /* Version 0, zero, the order, one octet short, trailing. */
	    {{V1, P256_ALGORITHM, "30250201000420" P256_NUMBER, NULL},
		CA_MALFORMED},
	    {{V1, P256_ALGORITHM,
		 "30250201010420000000000000000000000000000000000000000000000"
		 "0000000000000000000",
		 NULL},
		CA_REFUSED},
	    {{V1, P256_ALGORITHM,
		 "30250201010420ffffffff00000000ffffffffffffffffbce6faada7179"
		 "e84f3b9cac2fc632551",
		 NULL},
		CA_REFUSED},
	    {{V1, P256_ALGORITHM,
		 "3024020101041ff26bc0905137017906cf7022cbd306a7a2"
		 "2d49d8d0fd287f574a948c2817d9",
		 NULL},
		CA_MALFORMED},
	    {{V1, P256_ALGORITHM, "30250201010420" P256_NUMBER "0500", NULL},
		CA_MALFORMED},
	    /* As GnuTLS writes the number, signed and as short as it goes: with
	     * the public key beside it, which proves it; not without. */
	    {{V1, P256_ALGORITHM, "306c020101042100" P256_NUMBER P256_KEY,
		 NULL},
		CA_OK},
	    {{V1, P256_ALGORITHM, "304c020101040101" P256_BASE, NULL}, CA_OK},
	    {{V1, P256_ALGORITHM, "304c020101040102" P256_BASE, NULL},
		CA_UNTRUSTED},
	    {{V1, P256_ALGORITHM, "304b0201010400" P256_BASE, NULL},
		CA_MALFORMED},
	    {{V1, P256_ALGORITHM, "306c020101042101" P256_NUMBER P256_KEY,
		 NULL},
		CA_MALFORMED},
	    {{V1, P256_ALGORITHM, "306d02010104220000" P256_NUMBER P256_KEY,
		 NULL},
		CA_MALFORMED},
	    {{V1, P256_ALGORITHM, "3026020101042100" P256_NUMBER, NULL},
		CA_MALFORMED},
	    {{V1, P256_ALGORITHM, "3006020101040101", NULL}, CA_MALFORMED},
	    /* secp256k1, P-192, no curve, a curve as parameters' sequence. */
	    {{V1, "301006072a8648ce3d020106052b8104000a",
		 "30250201010420" P256_NUMBER, NULL},
		CA_REFUSED},
	    {{V1, "301306072a8648ce3d020106082a8648ce3d030101",
		 "30250201010420" P256_NUMBER, NULL},
		CA_REFUSED},
	    {{V1, "300906072a8648ce3d0201", "30250201010420" P256_NUMBER, NULL},
		CA_REFUSED},
	    {{V1, "300b06072a8648ce3d02013000", "30250201010420" P256_NUMBER,
		 NULL},
		CA_REFUSED},
	    /* The key of one curve under the name of another. */
	    {{V1, "301006072a8648ce3d020106052b81040022",
		 "30250201010420" P256_NUMBER, NULL},
		CA_MALFORMED},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_buf der = build(&cases[i].f);
		struct ca_key *key = NULL;
		enum ca_status st = ca_key_from_pkcs8(
		    ca_view(&der), *state, &key, NULL);

		if (st != cases[i].st)
			fail_msg("case %zu: status %d", i, (int)st);
		ca_key_free(key);
		ca_buf_free(&der);
	}
}

/* Any single changed octet of an RSA or P-256 key is noticed, but where the
 * change makes another whole key of it. */
static void
test_damage(void **state)
{
	static const struct {
		enum ca_key_type type;
		unsigned bits;
		size_t step;
	} keys[] = {{CA_KEY_RSA, 2048, 7}, {CA_KEY_P256, 0, 1}};

	for (size_t i = 0; i < COUNT(keys); i++) {
		struct ca_key *key = NULL, *again = NULL;
		struct ca_buf der = {0};

		assert_int_equal(ca_key_generate(keys[i].type, keys[i].bits,
				     *state, &key, NULL),
		    CA_OK);
		assert_int_equal(ca_key_to_pkcs8(key, &der, NULL), CA_OK);
		for (size_t at = 0; at < der.len; at += keys[i].step) {
			der.data[at] ^= 0x10;
			if (ca_key_from_pkcs8(
				ca_view(&der), *state, &again, NULL) == CA_OK)
				fail_msg("octet %zu was not missed", at);
			der.data[at] ^= 0x10;
		}
		for (size_t len = 0; len < der.len; len += keys[i].step)
			assert_int_equal(
			    ca_key_from_pkcs8((struct ca_bytes){der.data, len},
				*state, &again, NULL),
			    CA_MALFORMED);
		assert_null(again);
		ca_key_free(key);
		ca_buf_free(&der);
	}
}

/* ---- the collections ---------------------------------------------------- */

struct verdict {
	const char *file;
	const char *pass;
	enum ca_status st;
};

static void
check_all(const char *folder, const struct verdict *files, size_t count,
    struct ca_rng *rng)
{
	for (size_t i = 0; i < count; i++) {
		struct ca_buf path = {0}, file;
		struct ca_key *key = NULL;
		struct ca_error err = {0};
		enum ca_status st;

		assert_int_equal(
		    ca_buf_printf(&path, "%s/%s", folder, files[i].file),
		    CA_OK);
		file = corpora_file(ca_buf_text(&path));
		st = ca_key_from_pem(
		    ca_view(&file), ca_text(files[i].pass), rng, &key, &err);
		if (st != files[i].st)
			fail_msg("%s: status %d: %s", files[i].file, (int)st,
			    err.msg);
		ca_key_free(key);
		ca_buf_free(&file);
		ca_buf_free(&path);
	}
}

/*
 * pyca reads them all but the two with a bad OID. Refused here, by rule:
 * 1024 bits (CA/B BR 6.1.5); DSA; X25519 signs nothing; explicit curves and
 * curves outside P-256/384/521 (RFC 5480 2.1.1); PBES1 with 3DES; RSASSA-PSS
 * keys; traditional formats.
 */
static void
test_pyca(void **state)
{
	static const struct verdict files[] = {
	    {"PKCS8/ec_private_key.pem", NULL, CA_OK},
	    {"PKCS8/ec_private_key_encrypted.pem", "123456", CA_OK},
	    {"PKCS8/ec_private_key_encrypted.pem", "1234567", CA_UNTRUSTED},
	    {"PKCS8/ec_private_key_encrypted.pem", NULL, CA_USAGE},
	    {"PKCS8/ecc_private_with_rfc5915_ext.pem", NULL, CA_OK},
	    {"Ed25519/ed25519-pkcs8.pem", NULL, CA_OK},
	    {"Ed25519/ed25519-pkcs8.der", NULL, CA_OK},
	    {"Ed25519/ed25519-pkcs8-enc.pem", "password", CA_OK},
	    {"Ed25519/ed25519-pkcs8-enc.der", "password", CA_OK},
	    {"Ed25519/ed25519-pkcs8-enc.pem", "Password", CA_UNTRUSTED},
	    {"DER_Serialization/ec_private_key_encrypted.der", "123456", CA_OK},
	    /* 1024 bits */
	    {"PKCS8/enc2-rsa-pkcs8.pem", "baz", CA_REFUSED},
	    {"PKCS8/enc2-rsa-pkcs8.pem", "bar", CA_UNTRUSTED},
	    {"PKCS8/unenc-rsa-pkcs8.pem", NULL, CA_REFUSED},
	    {"DER_Serialization/enc2-rsa-pkcs8.der", "baz", CA_REFUSED},
	    {"DER_Serialization/unenc-rsa-pkcs8.der", NULL, CA_REFUSED},
	    /* PBES1 and an unknown scheme */
	    {"PKCS8/enc-rsa-pkcs8.pem", "foobar", CA_REFUSED},
	    {"DER_Serialization/enc-rsa-pkcs8.der", "foobar", CA_REFUSED},
	    {"PKCS8/bad-encryption-oid.pem", "x", CA_REFUSED},
	    {"PKCS8/pkcs12_s2k_pem-X_9607.pem", "123456", CA_REFUSED},
	    {"PKCS8/pkcs12_s2k_pem-X_9671.pem", "123456", CA_REFUSED},
	    {"PKCS8/pkcs12_s2k_pem-X_9925.pem", "123456", CA_REFUSED},
	    {"PKCS8/pkcs12_s2k_pem-X_9926.pem", "123456", CA_REFUSED},
	    {"PKCS8/pkcs12_s2k_pem-X_9927.pem", "123456", CA_REFUSED},
	    {"PKCS8/pkcs12_s2k_pem-X_9928.pem", "123456", CA_REFUSED},
	    {"PKCS8/pkcs12_s2k_pem-X_9929.pem", "123456", CA_REFUSED},
	    {"PKCS8/pkcs12_s2k_pem-X_9930.pem", "123456", CA_REFUSED},
	    {"PKCS8/pkcs12_s2k_pem-X_9931.pem", "123456", CA_REFUSED},
	    {"PKCS8/pkcs12_s2k_pem-X_9932.pem", "123456", CA_REFUSED},
	    /* explicit or foreign curves */
	    {"PKCS8/ec_oid_not_in_reg_private_2.pkcs8.pem", NULL, CA_REFUSED},
	    {"PKCS8/nodompar_private.pkcs8.pem", NULL, CA_REFUSED},
	    {"PKCS8/private.pem", NULL, CA_REFUSED},
	    {"PKCS8/withdompar_private.pkcs8.pem", NULL, CA_REFUSED},
	    /* other algorithms */
	    {"PKCS8/bad-oid-dsa-key.pem", NULL, CA_REFUSED},
	    {"PKCS8/unenc-dsa-pkcs8.pem", NULL, CA_REFUSED},
	    {"DER_Serialization/unenc-dsa-pkcs8.der", NULL, CA_REFUSED},
	    {"X25519/x25519-pkcs8.pem", NULL, CA_REFUSED},
	    {"X25519/x25519-pkcs8.der", NULL, CA_REFUSED},
	    {"X25519/x25519-pkcs8-enc.pem", "password", CA_REFUSED},
	    {"X25519/x25519-pkcs8-enc.der", "password", CA_REFUSED},
	    {"PKCS8/rsa_pss_2048.pem", NULL, CA_REFUSED},
	    {"PKCS8/rsa_pss_2048_hash.pem", NULL, CA_REFUSED},
	    {"PKCS8/rsa_pss_2048_hash_mask.pem", NULL, CA_REFUSED},
	    {"PKCS8/rsa_pss_2048_hash_mask_diff.pem", NULL, CA_REFUSED},
	    {"PKCS8/rsa_pss_2048_hash_mask_salt.pem", NULL, CA_REFUSED},
	    /* public keys */
	    {"PKCS8/unenc-dsa-pkcs8.pub.pem", NULL, CA_MALFORMED},
	    {"PKCS8/unenc-rsa-pkcs8.pub.pem", NULL, CA_MALFORMED},
	    {"Ed25519/ed25519-pub.pem", NULL, CA_MALFORMED},
	    {"PKCS8/rsa_pss_2048_pub.der", "x", CA_MALFORMED},
	    {"Ed25519/ed25519-pub.der", "x", CA_MALFORMED},
	    /* traditional formats */
	    {"DER_Serialization/ec_private_key.der", NULL, CA_REFUSED},
	    {"DER_Serialization/testrsa.der", NULL, CA_REFUSED},
	    {"DER_Serialization/dsa.2048.der", NULL, CA_REFUSED},
	    {"PEM_Serialization/dsa_4096.pem", NULL, CA_REFUSED},
	    {"PEM_Serialization/dsa_private_key.pem", "123456", CA_REFUSED},
	    {"PEM_Serialization/ec_private_key.pem", NULL, CA_REFUSED},
	    {"PEM_Serialization/ec_private_key_encrypted.pem", "123456",
		CA_REFUSED},
	    {"PEM_Serialization/rsa-bad-1025-q-is-2.pem", NULL, CA_REFUSED},
	    {"PEM_Serialization/rsa_private_key.pem", "123456", CA_REFUSED},
	    {"Traditional_OpenSSL_Serialization/key1.pem", "123456",
		CA_REFUSED},
	    {"Traditional_OpenSSL_Serialization/testrsa.pem", NULL, CA_REFUSED},
	    {"Traditional_OpenSSL_Serialization/testrsa-encrypted.pem",
		"password", CA_REFUSED},
	};

	need_corpora();
	check_all("pyca/asymmetric", files, COUNT(files), *state);
}

static void
test_badkeys(void **state)
{
	static const struct verdict files[] = {
	    {"defect/dh0.key", NULL, CA_REFUSED},
	    /* "[...]" instead of most of the base64 */
	    {"defect/private-fragment.key", NULL, CA_MALFORMED},
	    {"mlkem768-private.key", NULL, CA_REFUSED},
	    {"unsupported/mldsa44-both.key", NULL, CA_REFUSED},
	    {"unsupported/mldsa44-expanded.key", NULL, CA_REFUSED},
	    {"unsupported/sm2-priv.key", NULL, CA_REFUSED},
	    {"rsa-large-e.key", NULL, CA_REFUSED},
	    {"rsa-ok.key", NULL, CA_MALFORMED},
	};

	need_corpora();
	check_all("badkeys/tests/data", files, COUNT(files), *state);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fields),
	    cmocka_unit_test(test_ec),
	    cmocka_unit_test(test_damage),
	    cmocka_unit_test(test_pyca),
	    cmocka_unit_test(test_badkeys),
	};

	return corpora_result(cmocka_run_group_tests(tests, setup, teardown));
}
