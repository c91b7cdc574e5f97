/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <time.h>

#include "ca/csr.h"
#include "ca/name.h"
#include "tests/unit/parts.h"

/* ---- a request, taken apart ------------------------------------------- */

enum part {
	VERSION,
	SUBJECT,
	KEY,
	ATTRIBUTES,
	INFO_END, /* behind the last field, inside CertificationRequestInfo */
	ALGORITHM,
	SIGNATURE,
	REQUEST_END,
	BEHIND
};

/* P-256, attributes there and empty. */
static struct parts
take_apart(void)
{
	return parts_take("csr/plain.der", INFO_END, PARTS_MAX);
}

#define CN "31( 30( 06(550403) 0c('x') ) )"
#define OID_REQUEST "06(2a864886f70d01090e)"
#define OID_CHALLENGE "06(2a864886f70d010907)"
#define OID_UNSTRUCTURED "06(2a864886f70d010902)"
#define DNS_A "30( 06(551d11) 04( 30( 82('a.example') ) ) )"
#define REQUEST(extensions) "30(" OID_REQUEST "31( 30(" extensions ") ) )"
#define CHALLENGE "30(" OID_CHALLENGE "31( 0c('x') ) )"
#define UNSTRUCTURED "30(" OID_UNSTRUCTURED "31( 16('xxxx') ) )"

/* checklist 19, 20, 21, 23, 27, 38: one fault, one rule. */
static const struct {
	const char *name;
	enum part part;
	const char *text;
	enum ca_status status;
	const char *words;
} cases[] = {
    {"as it is", INFO_END, "", CA_OK, NULL},
    {"version 1", VERSION, "020101", CA_MALFORMED, "version 1"},
    {"version 2", VERSION, "020102", CA_MALFORMED, "version 2"},
    {"version -1", VERSION, "0201ff", CA_MALFORMED, "RFC 2986 4.1"},
    {"version 00 00", VERSION, "02020000", CA_MALFORMED, "RFC 2986 4.1"},
    {"no version", VERSION, "", CA_MALFORMED, "RFC 2986 4.1"},
    {"subject empty", SUBJECT, "30()", CA_OK, NULL},
    {"subject a SET", SUBJECT, "31()", CA_MALFORMED, "RFC 2986 4.1"},
    {"subject an empty RDN", SUBJECT, "30( 31() )", CA_MALFORMED, "subject"},
    {"subject no value", SUBJECT, "30( 31( 30( 06(550403) ) ) )", CA_MALFORMED,
	"subject"},
    {"no key", KEY, "", CA_MALFORMED, "request: "},
    {"an unknown key", KEY, "30( 30( 06(2a03) ) 03(00 00) )", CA_REFUSED,
	"request: "},
    {"a DSA key", KEY, "30( 30( 06(2a8648ce380401) ) 03(00 020101) )",
	CA_REFUSED, "request: "},
    {"attributes absent", ATTRIBUTES, "", CA_MALFORMED, "no attributes"},
    {"attributes [1]", ATTRIBUTES, "a1()", CA_MALFORMED, "no attributes"},
    {"attributes a SET", ATTRIBUTES, "31()", CA_MALFORMED, "no attributes"},
    {"attributes twice", ATTRIBUTES, "a0() a0()", CA_MALFORMED, "follows"},
    {"more behind the attributes", INFO_END, "0500", CA_MALFORMED,
	"follows the attributes"},
    {"extensions", ATTRIBUTES, "a0(" REQUEST(DNS_A) ")", CA_OK, NULL},
    {"no extensions", ATTRIBUTES, "a0(" REQUEST("") ")", CA_MALFORMED,
	"4.1.2.9"},
    {"two extensionRequests", ATTRIBUTES,
	"a0(" REQUEST(DNS_A) REQUEST(DNS_A) ")", CA_MALFORMED, "twice"},
    {"an extension twice", ATTRIBUTES, "a0(" REQUEST(DNS_A DNS_A) ")",
	CA_MALFORMED, "subjectAltName"},
    {"no value", ATTRIBUTES, "a0( 30(" OID_REQUEST "31()) )", CA_MALFORMED,
	"without a value"},
    {"two values", ATTRIBUTES,
	"a0( 30(" OID_REQUEST "31( 30(" DNS_A ") 30(" DNS_A ") )) )",
	CA_MALFORMED, "several"},
    {"values a SEQUENCE", ATTRIBUTES,
	"a0( 30(" OID_REQUEST "30( 30(" DNS_A ") )) )", CA_MALFORMED, "SET"},
    {"values and more", ATTRIBUTES,
	"a0( 30(" OID_CHALLENGE "31( 0c('x') ) 0500) )", CA_MALFORMED, "SET"},
    {"no type", ATTRIBUTES, "a0( 30( 31( 0c('x') ) ) )", CA_MALFORMED, "type"},
    {"a value that is not DER", ATTRIBUTES,
	"a0( 30(" OID_CHALLENGE "31( 0c05 'x' )) )", CA_MALFORMED, "not DER"},
    {"a value of 01 for TRUE", ATTRIBUTES, "a0( 30( 06(2a03) 31( 010101 )) )",
	CA_MALFORMED, "not DER"},
    {"two attributes in order", ATTRIBUTES, "a0(" CHALLENGE UNSTRUCTURED ")",
	CA_OK, NULL},
    {"and not in order", ATTRIBUTES, "a0(" UNSTRUCTURED CHALLENGE ")",
	CA_MALFORMED, "X.690 11.6"},
    {"challenge with two values", ATTRIBUTES,
	"a0( 30(" OID_CHALLENGE "31( 0c('x') 0c('y') )) )", CA_MALFORMED,
	"several"},
    {"challenge twice", ATTRIBUTES, "a0(" CHALLENGE CHALLENGE ")", CA_MALFORMED,
	"twice"},
    {"Microsoft's request for extensions", ATTRIBUTES,
	"a0( 30( 06(2b06010401823702010e) 31( 30(" DNS_A ") )) )", CA_OK, NULL},
    {"keyUsage of no bits", ATTRIBUTES,
	"a0(" REQUEST("30( 06(551d0f) 04(03(00)) )") ")", CA_MALFORMED,
	"RFC 5280 4.2.1.3"},
    {"CA:FALSE spelled out", ATTRIBUTES,
	"a0(" REQUEST("30( 06(551d13) 04(30(010100)) )") ")", CA_MALFORMED,
	"RFC 5280 4.2.1.9"},
    {"subjectAltName of no names", ATTRIBUTES,
	"a0(" REQUEST("30( 06(551d11) 04(30()) )") ")", CA_MALFORMED,
	"RFC 5280 4.2.1.6"},
    {"critical 01", ATTRIBUTES,
	"a0(" REQUEST("30( 06(551d0f) 010101 04(03(07 80)) )") ")",
	CA_MALFORMED, "X.690 11.1"},
    {"an unknown extension", ATTRIBUTES,
	"a0(" REQUEST("30( 06(2a03) 0101ff 04(ff) )") ")", CA_OK, NULL},
    {"no algorithm", ALGORITHM, "", CA_MALFORMED, "request: "},
    {"ECDSA with parameters", ALGORITHM, "30( 06(2a8648ce3d040302) 0500 )",
	CA_MALFORMED, "request: "},
    {"ECDSA with SHA-1", ALGORITHM, "30( 06(2a8648ce3d0401) )", CA_REFUSED,
	"request: "},
    {"RSA with MD5", ALGORITHM, "30( 06(2a864886f70d010104) 0500 )", CA_REFUSED,
	"request: "},
    {"RSA with MD4", ALGORITHM, "30( 06(2a864886f70d010103) 0500 )", CA_REFUSED,
	"request: "},
    {"RSA without NULL, RFC 4055 5", ALGORITHM, "30( 06(2a864886f70d01010b) )",
	CA_OK, ""},
    {"DSA", ALGORITHM, "30( 06(2a8648ce380403) )", CA_REFUSED, "request: "},
    {"no signature", SIGNATURE, "", CA_MALFORMED, "BIT STRING"},
    {"a signature of 7 bits", SIGNATURE, "03(01 80)", CA_MALFORMED,
	"BIT STRING"},
    {"more behind the signature", REQUEST_END, "0500", CA_MALFORMED,
	"follows the signature"},
    {"a byte behind it all", BEHIND, "00", CA_MALFORMED, "RFC 2986 4.2"},
    {"a second request", BEHIND, "30()", CA_MALFORMED, "RFC 2986 4.2"},
};

static void
every_fault_has_its_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct parts parts = take_apart();
		struct ca_buf part = asn1(cases[i].text), der;
		struct ca_csr csr = {.san_count = 99};
		struct ca_error err = {0};
		enum ca_status st;

		parts.part[cases[i].part] = ca_view(&part);
		der = put_together(&parts);
		st = ca_csr_parse(ca_view(&der), &csr, &err);
		if (st != cases[i].status || st != err.status ||
		    (st != CA_OK && strstr(err.msg, cases[i].words) == NULL))
			fail_msg("%s: %d \"%s\"", cases[i].name, st, err.msg);
		/* Every reason begins with who, and is written on success
		 * alone. */
		assert_true(
		    st == CA_OK || strstr(err.msg, "request") == err.msg);
		assert_int_equal(st == CA_OK, csr.san_count != 99);
		ca_buf_free(&der);
		ca_buf_free(&part);
		ca_buf_free(&parts.whole);
	}
}

/* checklist 20: the same request in encodings that are not DER. */
static void
ber_is_refused(void **state)
{
	struct ca_buf der = vector("csr/plain.der"), ber = {0};
	struct ca_error err = {0};
	struct ca_csr csr;

	(void)state;
	assert_int_equal(der.data[1], 0x81);
	/* indefinite length */
	assert_int_equal(ca_buf_append(&ber, BYTES("\x30\x80")), CA_OK);
	assert_int_equal(
	    ca_buf_append(&ber, (struct ca_bytes){der.data + 3, der.len - 3}),
	    CA_OK);
	assert_int_equal(ca_buf_append(&ber, BYTES("\0\0")), CA_OK);
	assert_int_equal(ca_csr_parse(ca_view(&ber), &csr, &err), CA_MALFORMED);
	/* a length in more octets than it needs */
	ca_buf_clear(&ber);
	assert_int_equal(ca_buf_append(&ber, BYTES("\x30\x82\x00")), CA_OK);
	assert_int_equal(
	    ca_buf_append(&ber, (struct ca_bytes){der.data + 2, der.len - 2}),
	    CA_OK);
	assert_int_equal(ca_csr_parse(ca_view(&ber), &csr, NULL), CA_MALFORMED);
	/* cut at every place */
	for (size_t len = 0; len < der.len; len++)
		assert_int_equal(
		    ca_csr_parse((struct ca_bytes){der.data, len}, &csr, NULL),
		    CA_MALFORMED);
	assert_int_equal(ca_csr_parse(ca_view(&der), &csr, NULL), CA_OK);
	ca_buf_free(&der);
	ca_buf_free(&ber);
}

/* ---- limits, checklist 25 --------------------------------------------- */

static struct ca_buf
with_names(size_t count)
{
	struct parts parts = take_apart();
	struct der_out out = {0};
	struct ca_buf attributes = {0}, der;

	asn1_put(&out, "a0( 30(" OID_REQUEST "31( 30( 30( 06(551d11) 04( 30(");
	for (size_t i = 0; i < count; i++)
		asn1_put(&out, "82('a.example')");
	asn1_put(&out, ") ) ) ) ) ) )");
	assert_int_equal(der_finish(&out, &attributes), CA_OK);
	parts.part[ATTRIBUTES] = ca_view(&attributes);
	der = put_together(&parts);
	ca_buf_free(&attributes);
	ca_buf_free(&parts.whole);
	return der;
}

static void
a_hundred_names_and_no_more(void **state)
{
	struct ca_buf most = with_names(CA_SAN_MAX);
	struct ca_buf more = with_names(CA_SAN_MAX + 1);
	struct ca_csr csr;

	(void)state;
	assert_int_equal(ca_csr_parse(ca_view(&most), &csr, NULL), CA_OK);
	assert_int_equal(csr.san_count, CA_SAN_MAX);
	assert_int_equal(ca_csr_parse(ca_view(&more), &csr, NULL), CA_REFUSED);
	ca_buf_free(&most);
	ca_buf_free(&more);
}

static void
sixteen_attributes_and_no_more(void **state)
{
	(void)state;
	for (unsigned extra = 0; extra < 2; extra++) {
		struct parts parts = take_apart();
		struct der_out out = {0};
		struct ca_buf attributes = {0}, der;
		struct ca_csr csr;

		der_open(&out, DER_CONTEXT_CONS(0));
		for (uint8_t i = 0; i < CA_CSR_MAX_ATTRIBUTES + extra; i++) {
			uint8_t oid[2] = {0x2a, i};

			der_open(&out, DER_SEQUENCE);
			der_put(&out, DER_OID, (struct ca_bytes){oid, 2});
			asn1_put(&out, "31( 0500 )");
			der_close(&out);
		}
		der_close(&out);
		assert_int_equal(der_finish(&out, &attributes), CA_OK);
		parts.part[ATTRIBUTES] = ca_view(&attributes);
		der = put_together(&parts);
		assert_int_equal(ca_csr_parse(ca_view(&der), &csr, NULL),
		    extra == 0 ? CA_OK : CA_REFUSED);
		ca_buf_free(&der);
		ca_buf_free(&attributes);
		ca_buf_free(&parts.whole);
	}
}

/* One octet over the limit is refused for its size, at the limit read. */
static void
a_request_has_a_size(void **state)
{
	(void)state;
	for (size_t extra = 0; extra < 2; extra++) {
		struct parts parts = take_apart();
		struct ca_buf der = {0}, blob = {0};
		struct ca_csr csr;
		/* What is around the blob, all lengths in three octets. */
		size_t around = 0, len = CA_CSR_MAX / 2;

		for (int round = 0; round < 2; round++) {
			struct der_out out = {0};
			struct ca_buf attributes = {0};

			assert_int_equal(
			    ca_buf_reserve(&blob, CA_CSR_MAX), CA_OK);
			memset(blob.data, 'x', len);
			blob.len = len;
			asn1_put(&out, "a0( 30( 06(2a03) 31(");
			der_put(&out, DER_OCTET_STRING, ca_view(&blob));
			asn1_put(&out, ") ) )");
			assert_int_equal(der_finish(&out, &attributes), CA_OK);
			parts.part[ATTRIBUTES] = ca_view(&attributes);
			ca_buf_free(&der);
			der = put_together(&parts);
			around = der.len - len;
			len = CA_CSR_MAX - around + extra;
			ca_buf_free(&attributes);
		}
		assert_int_equal(der.len, CA_CSR_MAX + extra);
		assert_int_equal(ca_csr_parse(ca_view(&der), &csr, NULL),
		    extra == 0 ? CA_OK : CA_REFUSED);
		ca_buf_free(&der);
		ca_buf_free(&blob);
		ca_buf_free(&parts.whole);
	}
}

/* 4000 RDNs. */
static struct ca_buf
wide_subject(void)
{
	struct der_out out = {0};
	struct ca_buf part = {0};

	der_open(&out, DER_SEQUENCE);
	for (int i = 0; i < 4000; i++)
		asn1_put(&out, CN);
	der_close(&out);
	assert_int_equal(der_finish(&out, &part), CA_OK);
	return part;
}

/* An attribute whose value is 2000 SEQUENCEs, one in the other. */
static struct ca_buf
deep_attribute(void)
{
	struct ca_buf part = {0}, level = asn1("0500");
	struct der_out out = {0};

	for (int i = 0; i < 2000; i++) {
		der_put(&out, DER_SEQUENCE, ca_view(&level));
		assert_int_equal(der_finish(&out, &level), CA_OK);
	}
	asn1_put(&out, "a0( 30( 06(2a03) 31(");
	der_put_raw(&out, ca_view(&level));
	asn1_put(&out, ") ) )");
	assert_int_equal(der_finish(&out, &part), CA_OK);
	ca_buf_free(&level);
	return part;
}

static void
refuse_at_once(enum part place, struct ca_buf part)
{
	struct parts parts = take_apart();
	struct ca_buf der;
	struct ca_csr csr;
	clock_t start;

	parts.part[place] = ca_view(&part);
	der = put_together(&parts);
	assert_true(der.len < CA_CSR_MAX);
	start = clock();
	assert_int_not_equal(ca_csr_parse(ca_view(&der), &csr, NULL), CA_OK);
	assert_true(clock() - start < CLOCKS_PER_SEC / 20);
	ca_buf_free(&der);
	ca_buf_free(&part);
	ca_buf_free(&parts.whole);
}

static void
bombs_are_refused_at_once(void **state)
{
	(void)state;
	refuse_at_once(SUBJECT, wide_subject());
	refuse_at_once(ATTRIBUTES, deep_attribute());
}

/* ---- what openssl made ------------------------------------------------ */

static const struct {
	const char *name;
	enum ca_key_type type;
	unsigned bits;
	enum ca_signature kind;
	enum ca_hash hash;
} made[] = {
    {"rsa-2048", CA_KEY_RSA, 2048, CA_SIG_RSA_PKCS1, CA_HASH_SHA256},
    {"rsa-3072", CA_KEY_RSA, 3072, CA_SIG_RSA_PKCS1, CA_HASH_SHA256},
    {"rsa-4096", CA_KEY_RSA, 4096, CA_SIG_RSA_PKCS1, CA_HASH_SHA256},
    {"rsa-2048-sha384", CA_KEY_RSA, 2048, CA_SIG_RSA_PKCS1, CA_HASH_SHA384},
    {"rsa-2048-sha512", CA_KEY_RSA, 2048, CA_SIG_RSA_PKCS1, CA_HASH_SHA512},
    {"rsa-2048-pss-sha256", CA_KEY_RSA, 2048, CA_SIG_RSA_PSS, CA_HASH_SHA256},
    {"rsa-2048-pss-sha384", CA_KEY_RSA, 2048, CA_SIG_RSA_PSS, CA_HASH_SHA384},
    {"rsa-2048-pss-sha512", CA_KEY_RSA, 2048, CA_SIG_RSA_PSS, CA_HASH_SHA512},
    {"rsa-pss", CA_KEY_RSA, 2048, CA_SIG_RSA_PSS, CA_HASH_SHA256},
    {"ecdsa-p256", CA_KEY_P256, 256, CA_SIG_ECDSA, CA_HASH_SHA256},
    {"ecdsa-p384", CA_KEY_P384, 384, CA_SIG_ECDSA, CA_HASH_SHA256},
    {"ecdsa-p521", CA_KEY_P521, 521, CA_SIG_ECDSA, CA_HASH_SHA256},
    {"ed25519", CA_KEY_ED25519, 256, CA_SIG_ED25519, CA_HASH_NONE},
    {"ed448", CA_KEY_ED448, 456, CA_SIG_ED448, CA_HASH_NONE},
};

static struct ca_buf
request(const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "csr/%s.der", name);
	return vector(path);
}

static void
every_key_proves_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(made); i++) {
		struct ca_buf der = request(made[i].name);
		struct ca_error err = {0};
		struct ca_csr csr;

		if (ca_csr_parse(ca_view(&der), &csr, &err) != CA_OK ||
		    ca_csr_verify(&csr, &err) != CA_OK)
			fail_msg("%s: %s", made[i].name, err.msg);
		assert_int_equal(csr.spki.type, made[i].type);
		assert_int_equal(csr.spki.bits, made[i].bits);
		assert_int_equal(csr.alg.kind, made[i].kind);
		assert_int_equal(csr.alg.hash, made[i].hash);
		ca_buf_free(&der);
	}
}

/* checklist 18: one bit of what is signed, one bit of the signature. */
static void
a_changed_request_is_not_trusted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(made); i++) {
		struct ca_buf der = request(made[i].name);
		struct ca_error err = {0};
		struct ca_csr csr;
		size_t subject, middle;

		assert_int_equal(
		    ca_csr_parse(ca_view(&der), &csr, NULL), CA_OK);
		/* The last letter of the subject, then back again. */
		subject = (size_t)(csr.subject.data - der.data) +
		    csr.subject.len - 1;
		der.data[subject] ^= 0x01;
		assert_int_equal(
		    ca_csr_parse(ca_view(&der), &csr, NULL), CA_OK);
		assert_int_equal(ca_csr_verify(&csr, &err), CA_UNTRUSTED);
		assert_non_null(strstr(err.msg, "RFC 2986 4.2"));
		der.data[subject] ^= 0x01;
		middle = (size_t)(csr.signature.data - der.data) +
		    csr.signature.len / 4;
		der.data[middle] ^= 0x01;
		assert_int_equal(
		    ca_csr_parse(ca_view(&der), &csr, NULL), CA_OK);
		assert_int_equal(ca_csr_verify(&csr, NULL), CA_UNTRUSTED);
		ca_buf_free(&der);
	}
}

/* checklist 38: an algorithm for another kind of key. */
static void
the_algorithm_is_one_for_the_key(void **state)
{
	struct parts parts = take_apart();
	struct ca_buf alg = asn1("30( 06(2a864886f70d01010b) 0500 )"), der;
	struct ca_error err = {0};
	struct ca_csr csr;

	(void)state;
	parts.part[ALGORITHM] = ca_view(&alg);
	der = put_together(&parts);
	assert_int_equal(ca_csr_parse(ca_view(&der), &csr, NULL), CA_OK);
	assert_int_equal(ca_csr_verify(&csr, &err), CA_REFUSED);
	assert_non_null(strstr(err.msg, "request"));
	ca_buf_free(&der);
	ca_buf_free(&alg);
	ca_buf_free(&parts.whole);
}

static void
old_hashes_are_refused_by_name(void **state)
{
	struct ca_buf sha1 = request("rsa-2048-sha1");
	struct ca_buf md5 = request("rsa-2048-md5");
	struct ca_error err = {0};
	struct ca_csr csr;

	(void)state;
	assert_int_equal(ca_csr_parse(ca_view(&sha1), &csr, &err), CA_REFUSED);
	assert_non_null(strstr(err.msg, "sha1WithRSAEncryption"));
	err = (struct ca_error){0};
	assert_int_equal(ca_csr_parse(ca_view(&md5), &csr, &err), CA_REFUSED);
	assert_non_null(strstr(err.msg, "md5WithRSAEncryption"));
	ca_buf_free(&sha1);
	ca_buf_free(&md5);
}

/* ---- what is found ---------------------------------------------------- */

static void
names_of_every_type_are_found(void **state)
{
	static const enum ca_san_type types[] = {CA_SAN_DNS, CA_SAN_DNS,
	    CA_SAN_IP, CA_SAN_IP, CA_SAN_EMAIL, CA_SAN_URI, CA_SAN_UPN,
	    CA_SAN_DIRECTORY, CA_SAN_RID};
	struct ca_buf der = request("names");
	struct ca_csr csr;

	(void)state;
	assert_int_equal(ca_csr_parse(ca_view(&der), &csr, NULL), CA_OK);
	assert_int_equal(csr.san_count, COUNT(types));
	for (size_t i = 0; i < COUNT(types); i++)
		assert_int_equal(csr.sans[i].type, types[i]);
	assert_bytes(csr.sans[1].value, BYTES("www.company.com"));
	assert_bytes(csr.sans[2].value, BYTES("\xc0\x00\x02\x01"));
	assert_bytes(csr.sans[6].value, BYTES("jason@company.com"));
	ca_buf_free(&der);
}

/* checklist 22: they are there to be shown; nothing here copies them. */
static void
wishes_are_shown(void **state)
{
	struct ca_buf der = request("wishes");
	struct ca_csr csr;
	const struct ca_ext *ext;
	uint16_t usage;
	int path_len;
	bool is_ca;

	(void)state;
	assert_int_equal(ca_csr_parse(ca_view(&der), &csr, NULL), CA_OK);
	assert_int_equal(csr.exts.count, 6);
	ext = ca_exts_find(&csr.exts, CA_OID_BASIC_CONSTRAINTS);
	assert_true(ca_basic_constraints_get(ext->value, &is_ca, &path_len));
	assert_true(is_ca && ext->critical);
	ext = ca_exts_find(&csr.exts, CA_OID_KEY_USAGE);
	assert_true(ca_key_usage_get(ext->value, &usage));
	assert_int_equal(usage, CA_KU_KEY_CERT_SIGN | CA_KU_CRL_SIGN);
	assert_int_equal(csr.exts.list[5].id, CA_OID_UNKNOWN);
	assert_true(csr.exts.list[5].critical);
	assert_int_equal(csr.san_count, 1);
	ca_buf_free(&der);
}

/* checklist 27 */
static void
a_challenge_is_noticed(void **state)
{
	struct ca_buf with = request("challenge"), without = request("plain");
	struct ca_csr csr;

	(void)state;
	assert_int_equal(ca_csr_parse(ca_view(&with), &csr, NULL), CA_OK);
	assert_true(csr.has_challenge);
	assert_true(csr.has_unstructured);
	assert_int_equal(csr.exts.count, 0);
	assert_int_equal(ca_csr_parse(ca_view(&without), &csr, NULL), CA_OK);
	assert_false(csr.has_challenge);
	assert_false(csr.has_unstructured);
	assert_int_equal(csr.san_count, 0);
	ca_buf_free(&with);
	ca_buf_free(&without);
}

/* Microsoft's request for extensions is not ours: no name comes from it. */
static void
microsofts_request_gives_no_names(void **state)
{
	struct parts parts = take_apart();
	struct ca_buf part = asn1(
	    "a0( 30( 06(2b06010401823702010e) 31( 30(" DNS_A ") )) )");
	struct ca_buf der;
	struct ca_csr csr;

	(void)state;
	parts.part[ATTRIBUTES] = ca_view(&part);
	der = put_together(&parts);
	assert_int_equal(ca_csr_parse(ca_view(&der), &csr, NULL), CA_OK);
	assert_int_equal(csr.exts.count, 0);
	assert_int_equal(csr.san_count, 0);
	ca_buf_free(&der);
	ca_buf_free(&part);
	ca_buf_free(&parts.whole);
}

/* The spans are inside the input and what they are said to be. */
static void
views_lie_in_the_request(void **state)
{
	struct ca_buf der = request("ecdsa-p256");
	struct ca_csr csr;
	struct ca_bytes in, content;

	(void)state;
	assert_int_equal(ca_csr_parse(ca_view(&der), &csr, NULL), CA_OK);
	assert_ptr_equal(csr.der.data, der.data);
	assert_int_equal(csr.der.len, der.len);
	in = csr.info;
	assert_true(der_get(&in, DER_SEQUENCE, &content) && der_at_end(in));
	assert_true(csr.info.data > der.data);
	in = csr.subject;
	assert_true(der_get(&in, DER_SEQUENCE, &content) && der_at_end(in));
	assert_int_equal(
	    ca_name_find(csr.subject, CA_OID_COMMON_NAME, NULL), 1);
	assert_ptr_equal(
	    csr.signature.data + csr.signature.len, der.data + der.len);
	ca_buf_free(&der);
}

/* ---- making one ------------------------------------------------------- */

static struct ca_rng *
new_rng(void)
{
	struct ca_rng *rng = NULL;

	assert_int_equal(ca_rng_new(&rng, NULL), CA_OK);
	return rng;
}

static struct ca_key *
read_key(const char *name, struct ca_rng *rng)
{
	struct ca_key *key = NULL;
	struct ca_error err = {0};
	struct ca_buf pem;
	char path[64];

	(void)snprintf(path, sizeof(path), "key/%s.pem", name);
	pem = vector(path);
	if (ca_key_from_pem(
		ca_view(&pem), (struct ca_bytes){0}, rng, &key, &err) != CA_OK)
		fail_msg("%s: %s", name, err.msg);
	ca_buf_free(&pem);
	return key;
}

static void
every_key_makes_a_request(void **state)
{
	static const char *const keys[] = {"rsa-2048", "rsa-3072", "rsa-4096",
	    "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519", "ed448"};
	static const struct ca_san sans[] = {
	    {.type = CA_SAN_DNS, .value = LITERAL("company.com")},
	    {.type = CA_SAN_IP, .value = LITERAL("\xc0\x00\x02\x01")}};
	struct ca_buf subject = asn1("30(" CN ")");
	struct ca_rng *rng = new_rng();

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct ca_key *key = read_key(keys[i], rng);
		struct ca_buf der = {0};
		struct ca_error err = {0};
		struct ca_csr csr;

		if (ca_csr_build(key, ca_view(&subject), sans, COUNT(sans), rng,
			&der, &err) != CA_OK)
			fail_msg("%s: %s", keys[i], err.msg);
		assert_int_equal(
		    ca_csr_parse(ca_view(&der), &csr, NULL), CA_OK);
		assert_int_equal(ca_csr_verify(&csr, NULL), CA_OK);
		assert_bytes(csr.subject, ca_view(&subject));
		assert_bytes(csr.spki.der, ca_key_spki(key)->der);
		assert_int_equal(csr.san_count, 2);
		assert_bytes(csr.sans[0].value, sans[0].value);
		assert_int_equal(csr.sans[1].type, CA_SAN_IP);
		assert_false(csr.has_challenge);
		ca_buf_free(&der);
		ca_key_free(key);
	}
	ca_rng_free(rng);
	ca_buf_free(&subject);
}

static void
a_request_may_ask_for_nothing(void **state)
{
	struct ca_rng *rng = new_rng();
	struct ca_key *key = read_key("ed25519", rng);
	struct ca_buf der = {0};
	struct ca_csr csr;

	(void)state;
	assert_int_equal(
	    ca_csr_build(key, BYTES("\x30\x00"), NULL, 0, rng, &der, NULL),
	    CA_OK);
	assert_int_equal(ca_csr_parse(ca_view(&der), &csr, NULL), CA_OK);
	assert_true(ca_name_is_empty(csr.subject));
	assert_int_equal(csr.exts.count, 0);
	ca_buf_free(&der);
	ca_key_free(key);
	ca_rng_free(rng);
}

/* Nothing is written that could not be read. */
static void
a_request_that_would_be_wrong_is_not_made(void **state)
{
	static const struct ca_san sans[CA_SAN_MAX + 1];
	struct ca_rng *rng = new_rng();
	struct ca_key *key = read_key("ed25519", rng);
	struct ca_buf der = {0};
	struct ca_error err = {0};

	(void)state;
	assert_int_equal(
	    ca_csr_build(key, BYTES("\x31\x00"), NULL, 0, rng, &der, NULL),
	    CA_MALFORMED);
	assert_int_equal(ca_csr_build(key, BYTES("\x30\x00"), sans, COUNT(sans),
			     rng, &der, &err),
	    CA_REFUSED);
	assert_non_null(strstr(err.msg, "101 names"));
	assert_null(der.data);
	ca_key_free(key);
	ca_rng_free(rng);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_fault_has_its_rule),
	    cmocka_unit_test(ber_is_refused),
	    cmocka_unit_test(a_hundred_names_and_no_more),
	    cmocka_unit_test(sixteen_attributes_and_no_more),
	    cmocka_unit_test(a_request_has_a_size),
	    cmocka_unit_test(bombs_are_refused_at_once),
	    cmocka_unit_test(every_key_proves_itself),
	    cmocka_unit_test(a_changed_request_is_not_trusted),
	    cmocka_unit_test(the_algorithm_is_one_for_the_key),
	    cmocka_unit_test(old_hashes_are_refused_by_name),
	    cmocka_unit_test(names_of_every_type_are_found),
	    cmocka_unit_test(wishes_are_shown),
	    cmocka_unit_test(a_challenge_is_noticed),
	    cmocka_unit_test(microsofts_request_gives_no_names),
	    cmocka_unit_test(views_lie_in_the_request),
	    cmocka_unit_test(every_key_makes_a_request),
	    cmocka_unit_test(a_request_may_ask_for_nothing),
	    cmocka_unit_test(a_request_that_would_be_wrong_is_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
