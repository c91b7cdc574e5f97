/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/bytes.h"
#include "tests/unit/lab.h"

#include "ca/ext.h"

/* Lint of what no grant can ask for: the encoding, the criticality, and
 * structs that are not what their bytes say. */

static void
leaf_good(struct lab *lab)
{
	lab_tbs(&lab->leaf, &lab->by_mid, lab->mid.key);
	LAB_OK(ca_lint_cert(&lab->leaf.cert, &lab->mid.cert, &lab_err));
}

/* The TBS of cert with the extensions that the struct has now. */
static void
rewrite(struct lab_cert *c)
{
	struct der_out out = {0};
	struct ca_cert was = c->cert;
	struct ca_bytes old = was.tbs, front, rest;

	assert_true(der_get(&old, DER_SEQUENCE, &front));
	rest = front;
	while (!der_next_is(rest, DER_CONTEXT_CONS(3)))
		assert_true(der_get_any(&rest, NULL, NULL, NULL));
	front.len -= rest.len;
	der_open(&out, DER_SEQUENCE);
	der_put_raw(&out, front);
	der_open(&out, DER_CONTEXT_CONS(3));
	der_open(&out, DER_SEQUENCE);
	for (size_t i = 0; i < was.exts.count; i++)
		ca_ext_put(&out, was.exts.list[i].oid,
		    was.exts.list[i].critical, was.exts.list[i].value);
	der_close(&out);
	der_close(&out);
	der_close(&out);
	/* Not into the buffer itself: what was read points there. */
	assert_int_equal(der_finish(&out, &c->der), CA_OK);
	LAB_OK(ca_cert_parse_tbs(ca_view(&c->der), &c->cert, &lab_err));
}

static struct ca_ext *
add_ext(struct ca_cert *cert, enum ca_oid id, const char *value, size_t len)
{
	struct ca_ext *ext = &cert->exts.list[cert->exts.count++];

	ext->id = id;
	ext->oid = ca_oid_der(id);
	ext->critical = false;
	ext->value = (struct ca_bytes){(const uint8_t *)value, len};
	return ext;
}

static struct ca_ext *
ext_of(struct ca_cert *cert, enum ca_oid id)
{
	for (size_t i = 0; i < cert->exts.count; i++)
		if (cert->exts.list[i].id == id)
			return &cert->exts.list[i];
	fail();
	return NULL;
}

#define LINT_LEAF(lab) \
	ca_lint_cert(&(lab)->leaf.cert, &(lab)->mid.cert, &lab_err)

/* checklist 59: those that 4.2 says are never critical. */
static void
never_critical(void **state)
{
	static const enum ca_oid never[] = {CA_OID_AUTHORITY_KEY_IDENTIFIER,
	    CA_OID_SUBJECT_KEY_IDENTIFIER, CA_OID_CRL_DISTRIBUTION_POINTS,
	    CA_OID_AUTHORITY_INFO_ACCESS};
	struct lab *lab = *state;

	for (size_t i = 0; i < LAB_COUNT(never); i++) {
		leaf_good(lab);
		ext_of(&lab->leaf.cert, never[i])->critical = true;
		rewrite(&lab->leaf);
		LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL, ": critical (RFC 5280");
	}
	leaf_good(lab);
	ext_of(&lab->leaf.cert, CA_OID_EXT_KEY_USAGE)->critical = true;
	rewrite(&lab->leaf);
	LAB_OK(LINT_LEAF(lab));
}

/* checklist 59: and name constraints always are. */
static void
always_critical(void **state)
{
	struct lab *lab = *state;

	lab_constraint(&lab->mid.grant, false, "company.com");
	lab_tbs(&lab->mid, &lab->by_root, lab->root.key);
	ext_of(&lab->mid.cert, CA_OID_NAME_CONSTRAINTS)->critical = false;
	rewrite(&lab->mid);
	LAB_SAYS(ca_lint_cert(&lab->mid.cert, &lab->root.cert, &lab_err),
	    CA_INTERNAL, "nameConstraints: not critical");
}

static void
unknown_extension(void **state)
{
	static const uint8_t oid[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0x01};
	struct lab *lab = *state;
	struct ca_ext *ext;

	leaf_good(lab);
	ext = add_ext(&lab->leaf.cert, CA_OID_UNKNOWN, "\x05\x00", 2);
	ext->oid = (struct ca_bytes){oid, sizeof(oid)};
	rewrite(&lab->leaf);
	LAB_OK(LINT_LEAF(lab));
	ext = &lab->leaf.cert.exts.list[lab->leaf.cert.exts.count - 1];
	ext->critical = true;
	rewrite(&lab->leaf);
	LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL, "an unknown critical one");
}

static void
extension_of_a_crl(void **state)
{
	struct lab *lab = *state;

	leaf_good(lab);
	add_ext(&lab->leaf.cert, CA_OID_CRL_NUMBER, "\x02\x01\x01", 3);
	LAB_SAYS(
	    LINT_LEAF(lab), CA_INTERNAL, "cRLNumber is not a certificate's");
}

/* checklist 59: the parser refuses it first; lint does not rely on that. */
static void
extension_twice(void **state)
{
	struct lab *lab = *state;
	struct ca_exts *exts = &lab->leaf.cert.exts;

	leaf_good(lab);
	exts->list[exts->count++] = exts->list[0];
	LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL, "extensions: one twice");
}

/* checklist 68: well-formed DER that our own writers would not have made. */
static void
not_as_we_write(void **state)
{
	/* Two distribution points; caIssuers before ocsp. */
	static const char points[] = "\x30\x1c"
				     "\x30\x0c\xa0\x0a\xa0\x08\x86\x06http:a"
				     "\x30\x0c\xa0\x0a\xa0\x08\x86\x06http:b";
	static const char access[] =
	    "\x30\x28"
	    "\x30\x12\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86\x06http:a"
	    "\x30\x12\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x01\x86\x06http:b";
	struct lab *lab = *state;

	leaf_good(lab);
	ext_of(&lab->leaf.cert, CA_OID_CRL_DISTRIBUTION_POINTS)->value =
	    (struct ca_bytes){(const uint8_t *)points, sizeof(points) - 1};
	rewrite(&lab->leaf);
	LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL,
	    "cRLDistributionPoints: encoded again");
	leaf_good(lab);
	ext_of(&lab->leaf.cert, CA_OID_AUTHORITY_INFO_ACCESS)->value =
	    (struct ca_bytes){(const uint8_t *)access, sizeof(access) - 1};
	rewrite(&lab->leaf);
	LAB_SAYS(
	    LINT_LEAF(lab), CA_INTERNAL, "authorityInfoAccess: encoded again");
}

/* checklist 68: a policy's CPS URI is read and written; a notice is not. */
static void
policy_qualifiers(void **state)
{
	static const char notice[] =
	    "\x30\x16\x30\x14\x06\x04\x55\x1d\x20\x00\x30\x0c\x30\x0a"
	    "\x06\x08\x2b\x06\x01\x05\x05\x07\x02\x02";
	struct lab *lab = *state;

	lab->leaf.policy.policies = lab_usages(
	    CA_OID_ANY_POLICY, CA_OID_UNKNOWN);
	leaf_good(lab);
	lab->leaf.policy.cps = ca_text("http://pki.lab.example/cps");
	leaf_good(lab);
	ext_of(&lab->leaf.cert, CA_OID_CERTIFICATE_POLICIES)->value =
	    (struct ca_bytes){(const uint8_t *)notice, sizeof(notice) - 1};
	LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL, "certificatePolicies: ");
}

/* checklist 65, 68: a view that is not what its bytes say, in any field that
 * is written again. */
static void
struct_and_bytes_differ(void **state)
{
	struct lab *lab = *state;
	struct ca_cert *cert = &lab->leaf.cert;

	leaf_good(lab);
	cert->not_after--;
	LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL, "TBSCertificate: encoded again");
	leaf_good(lab);
	cert->exts.count--;
	LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL, "TBSCertificate: encoded again");
	leaf_good(lab);
	cert->tbs.len--;
	LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL, "TBSCertificate: encoded again");
}

/* What the parser refuses first is a fault here too. */
static void
what_the_parser_refuses(void **state)
{
	static const uint8_t empty[] = {0x30, 0x00};
	static const uint8_t broken[] = {0x30, 0x02, 0x31, 0x00};
	const struct ca_bytes none = {empty, sizeof(empty)};
	const struct ca_bytes no_name = {broken, sizeof(broken)};
	struct lab *lab = *state;
	struct ca_cert *cert = &lab->leaf.cert, above = lab->mid.cert;

	leaf_good(lab);
	cert->issuer = above.subject = none;
	LAB_SAYS(
	    ca_lint_cert(cert, &above, &lab_err), CA_INTERNAL, "issuer: empty");
	cert->issuer = above.subject = no_name;
	LAB_SAYS(ca_lint_cert(cert, &above, &lab_err), CA_INTERNAL,
	    "lint: issuer: ");
	leaf_good(lab);
	cert->subject = no_name;
	LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL, "lint: subject: ");
	leaf_good(lab);
	cert->key_usage = 0;
	LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL, "keyUsage: no bit set");
	leaf_good(lab);
	cert->path_len = 0;
	LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL, "pathLenConstraint on a leaf");
}

/* A directory name is one; types that no policy can give are not signed. */
static void
types_of_names(void **state)
{
	struct lab *lab = *state;
	struct ca_cert *cert = &lab->leaf.cert;
	struct der_out out = {0};
	struct ca_buf directory = {0};

	leaf_good(lab);
	cert->sans = BYTES("\x30\x04\xa4\x02\x30\x00"); /* empty */
	LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL, "subjectAltName: ");
	der_open(&out, DER_SEQUENCE);
	der_put(&out, DER_CONTEXT_CONS(4), cert->subject);
	der_close(&out);
	assert_int_equal(der_finish(&out, &directory), CA_OK);
	cert->sans = ca_view(&directory);
	LAB_OK(LINT_LEAF(lab));
	cert->sans = BYTES("\x30\x03\x88\x01\x2a");
	LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL, "a name of type rid");
	cert->sans = BYTES("\x30\x09\xa0\x07\x06\x01\x2a\xa0\x02\x05\0");
	LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL, "a name of type other");
	ca_buf_free(&directory);
}

/* The outer algorithm of a signed certificate is the inner one. */
static void
inner_and_outer_algorithm(void **state)
{
	struct lab *lab = *state;

	lab_issue(lab, &lab->leaf, &lab->by_mid, lab->mid.key);
	lab->leaf.cert.alg.hash = CA_HASH_SHA384;
	LAB_SAYS(LINT_LEAF(lab), CA_INTERNAL, "inside and outside differ");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(never_critical),
	    TEST(always_critical),
	    TEST(unknown_extension),
	    TEST(extension_of_a_crl),
	    TEST(extension_twice),
	    TEST(not_as_we_write),
	    TEST(policy_qualifiers),
	    TEST(struct_and_bytes_differ),
	    TEST(what_the_parser_refuses),
	    TEST(types_of_names),
	    TEST(inner_and_outer_algorithm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
