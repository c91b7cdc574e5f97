/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/lab.h"

/* Lint of what ca/tbs writes for a changed grant or order. */

static void
good(
    struct lab_cert *c, const struct ca_issuer *issuer, const struct ca_key *by)
{
	lab_tbs(c, issuer, by);
	LAB_OK(ca_lint_cert(&c->cert,
	    issuer->chain_len != 0 ? issuer->chain[0] : NULL, &lab_err));
}

static void
bad(struct lab_cert *c, const struct ca_issuer *issuer, const struct ca_key *by,
    const char *words)
{
	lab_tbs(c, issuer, by);
	LAB_SAYS(
	    ca_lint_cert(&c->cert,
		issuer->chain_len != 0 ? issuer->chain[0] : NULL, &lab_err),
	    CA_INTERNAL, words);
}

static void
leaf_good(struct lab *lab)
{
	good(&lab->leaf, &lab->by_mid, lab->mid.key);
}

static void
leaf_bad(struct lab *lab, const char *words)
{
	bad(&lab->leaf, &lab->by_mid, lab->mid.key, words);
}

static void
mid_bad(struct lab *lab, const char *words)
{
	bad(&lab->mid, &lab->by_root, lab->root.key, words);
}

/* checklist 1, 3, 7: 16 to 20 octets; short, and zero, are a broken source of
 * randomness. */
static void
serial_length(void **state)
{
	struct lab *lab = *state;
	struct ca_bytes *serial = &lab->leaf.order.serial;
	static const uint8_t zero[16] = {0};

	memset(lab->leaf.serial, 0x42, sizeof(lab->leaf.serial));
	for (serial->len = 1; serial->len < 16; serial->len++)
		leaf_bad(lab, "RFC 5280 4.1.2.2");
	for (; serial->len <= 20; serial->len++)
		leaf_good(lab);
	*serial = (struct ca_bytes){zero, sizeof(zero)};
	leaf_bad(lab, "RFC 5280 4.1.2.2");
	lab->leaf.serial[0] = 0;
	*serial = (struct ca_bytes){lab->leaf.serial, 16};
	leaf_bad(lab, "15 octets");
}

/* checklist 53 */
static void
issuer_bytes(void **state)
{
	struct lab *lab = *state;

	leaf_good(lab);
	LAB_SAYS(ca_lint_cert(&lab->leaf.cert, &lab->root.cert, &lab_err),
	    CA_INTERNAL, "issuer: not byte for byte the subject");
	LAB_SAYS(ca_lint_cert(&lab->leaf.cert, NULL, &lab_err), CA_INTERNAL,
	    "issuer: not byte for byte the subject");
	LAB_SAYS(ca_lint_cert(&lab->mid.cert, &lab->leaf.cert, &lab_err),
	    CA_INTERNAL, "not an authority's with keyCertSign");
}

/* checklist 9, 12, 13 */
static void
validity(void **state)
{
	struct lab *lab = *state;
	struct ca_order *order = &lab->leaf.order;
	const struct ca_cert *mid = &lab->mid.cert;

	order->not_before = mid->not_before;
	order->not_after = mid->not_after;
	leaf_good(lab);
	order->not_after++;
	leaf_bad(lab, "not inside the issuer's");
	order->not_after--;
	order->not_before--;
	leaf_bad(lab, "not inside the issuer's");
	order->not_before = order->not_after + 1;
	leaf_bad(lab, "notAfter before notBefore");
	lab->root.order.not_after = CA_TIME_MAX;
	bad(&lab->root, &lab->by_none, lab->root.key,
	    "without a well-defined end");
	lab->root.order.not_after--;
	good(&lab->root, &lab->by_none, lab->root.key);
}

/* checklist 51: an authority has a name; a leaf without one has others. */
static void
subject(void **state)
{
	struct lab *lab = *state;

	lab_subject(&lab->leaf.grant, "");
	leaf_good(lab);
	lab_san(&lab->leaf.grant, CA_SAN_DNS, NULL);
	leaf_bad(lab, "subject: empty, and no subjectAltName");
	lab_subject(&lab->mid.grant, "");
	lab_san(&lab->mid.grant, CA_SAN_DNS, "company.com");
	mid_bad(lab, "subject: empty on an authority");
}

static void
names_critical_with_empty_subject(void **state)
{
	struct lab *lab = *state;

	lab->leaf.grant.sans_critical = true;
	leaf_bad(lab, "subjectAltName: critical, and the subject is not empty");
	lab_subject(&lab->leaf.grant, "");
	leaf_good(lab);
	lab->leaf.grant.sans_critical = false;
	leaf_bad(lab, "subjectAltName: not critical");
}

/* checklist 57, 58 */
static void
authority_and_leaf(void **state)
{
	struct lab *lab = *state;

	lab->leaf.grant.key_usage |= CA_KU_KEY_CERT_SIGN;
	leaf_bad(lab, "keyCertSign or cRLSign on a leaf");
	lab->leaf.grant.key_usage = CA_KU_CRL_SIGN;
	leaf_bad(lab, "keyCertSign or cRLSign on a leaf");
	lab->mid.grant.key_usage = CA_KU_KEY_CERT_SIGN;
	mid_bad(lab, "an authority without keyCertSign or cRLSign");
	lab->mid.grant.key_usage = CA_KU_CRL_SIGN;
	mid_bad(lab, "an authority without keyCertSign or cRLSign");
	lab->mid.grant.key_usage = 0;
	mid_bad(lab, "an authority without keyCertSign or cRLSign");
}

/* checklist 58 */
static void
path_length(void **state)
{
	struct lab *lab = *state;

	lab->mid.grant.path_len = 1;
	mid_bad(lab, "pathLenConstraint not smaller");
	lab->mid.grant.path_len = CA_PATH_LEN_NONE;
	mid_bad(lab, "pathLenConstraint not smaller");
	lab->mid.grant.path_len = 0;
	good(&lab->mid, &lab->by_root, lab->root.key);
}

/* checklist 59 */
static void
critical_on_an_authority(void **state)
{
	struct lab *lab = *state;

	lab->leaf.policy.basic_constraints_critical = false;
	lab->leaf.policy.key_usage_critical = false;
	leaf_good(lab);
	lab->mid.policy.basic_constraints_critical = false;
	mid_bad(lab, "basicConstraints: not critical");
	lab->mid.policy.basic_constraints_critical = true;
	lab->mid.policy.key_usage_critical = false;
	mid_bad(lab, "keyUsage: not critical");
}

/* checklist 61 */
static void
key_usage_fits_the_key(void **state)
{
	static const struct {
		enum ca_key_type type;
		uint16_t bits;
		bool fits;
	} table[] = {
	    {CA_KEY_RSA, CA_KU_KEY_ENCIPHERMENT, true},
	    {CA_KEY_RSA, CA_KU_KEY_AGREEMENT, false},
	    {CA_KEY_P384, CA_KU_KEY_AGREEMENT, true},
	    {CA_KEY_P384, CA_KU_KEY_ENCIPHERMENT, false},
	    {CA_KEY_P521, CA_KU_DATA_ENCIPHERMENT, false},
	    {CA_KEY_ED25519, CA_KU_DIGITAL_SIGNATURE, true},
	    {CA_KEY_ED25519, CA_KU_KEY_ENCIPHERMENT, false},
	    {CA_KEY_ED448, CA_KU_KEY_AGREEMENT, false},
	    {CA_KEY_P256, CA_KU_KEY_AGREEMENT | CA_KU_ENCIPHER_ONLY, true},
	    {CA_KEY_P256, CA_KU_ENCIPHER_ONLY, false},
	};
	struct lab *lab = *state;

	for (size_t i = 0; i < LAB_COUNT(table); i++) {
		lab_key(lab, &lab->leaf, table[i].type);
		lab->leaf.grant.key_usage = table[i].bits;
		if (table[i].fits)
			leaf_good(lab);
		else
			leaf_bad(lab, "keyUsage: ");
	}
}

/* checklist 63 */
static void
ext_key_usage_nests(void **state)
{
	struct lab *lab = *state;
	struct ca_oid_list *limit = &lab->mid.cert.ext_key_usage;

	*limit = lab_usages(CA_OID_SERVER_AUTH, CA_OID_UNKNOWN);
	leaf_good(lab);
	*limit = lab_usages(CA_OID_CLIENT_AUTH, CA_OID_UNKNOWN);
	leaf_bad(lab, "extKeyUsage: one that the issuer's does not allow");
	*limit = lab_usages(CA_OID_ANY_EXT_KEY_USAGE, CA_OID_UNKNOWN);
	leaf_good(lab);
}

/* checklist 62 */
static void
ocsp_no_check(void **state)
{
	struct lab *lab = *state;

	lab->leaf.policy.ocsp_no_check = true;
	leaf_bad(lab, "ocspNoCheck: not on an OCSP responder's");
	lab->leaf.policy.ext_key_usage = lab_usages(
	    CA_OID_OCSP_SIGNING, CA_OID_UNKNOWN);
	leaf_good(lab);
}

static void
name_constraints_on_a_leaf(void **state)
{
	struct lab *lab = *state;

	lab_constraint(&lab->mid.grant, false, "company.com");
	good(&lab->mid, &lab->by_root, lab->root.key);
	lab_constraint(&lab->leaf.grant, false, "company.com");
	leaf_bad(lab, "nameConstraints: on a leaf");
}

/* checklist 56: the issuer's own constraints. */
static void
name_constraints_of_the_issuer(void **state)
{
	struct lab *lab = *state;
	struct ca_grant tree = {0};

	lab_constraint(&tree, false, "company.com");
	lab->mid.cert.name_constraints = ca_view(&tree.name_constraints);
	leaf_good(lab);
	lab_constraint(&tree, false, "lab.example");
	lab->mid.cert.name_constraints = ca_view(&tree.name_constraints);
	leaf_bad(lab, "issuer's nameConstraints: ");
	ca_grant_done(&tree);
}

/* What a policy would have refused is refused again where it counts. */
static void
names_well_formed(void **state)
{
	static const struct {
		enum ca_san_type type;
		const char *value;
		bool good;
	} table[] = {
	    {CA_SAN_DNS, "a.company.com", true},
	    {CA_SAN_DNS, "A.company.com", false},
	    {CA_SAN_DNS, "a_b.company.com", false},
	    {CA_SAN_DNS, "192.0.2.1", false},
	    {CA_SAN_DNS, "*", false},
	    {CA_SAN_DNS, "company.com.", false},
	    {CA_SAN_EMAIL, "jason@lab.example", true},
	    {CA_SAN_EMAIL, "jason", false},
	    {CA_SAN_IP, "abcd", true},
	    {CA_SAN_URI, "spiffe://lab.example/x", true},
	    {CA_SAN_URI, "no scheme", false},
	};
	struct lab *lab = *state;

	for (size_t i = 0; i < LAB_COUNT(table); i++) {
		struct ca_san san = {
		    .type = table[i].type, .value = ca_text(table[i].value)};
		struct der_out out = {0};

		der_open(&out, DER_SEQUENCE);
		ca_san_put(&out, &san);
		der_close(&out);
		assert_int_equal(
		    der_finish(&out, &lab->leaf.grant.sans), CA_OK);
		if (table[i].good)
			leaf_good(lab);
		else
			leaf_bad(lab, "subjectAltName: ");
	}
}

/* The algorithm is the issuer's key's. */
static void
algorithm_fits(void **state)
{
	struct lab *lab = *state;

	leaf_good(lab);
	lab_key(lab, &lab->leaf, CA_KEY_ED25519);
	bad(&lab->leaf, &lab->by_mid, lab->leaf.key,
	    "signature: the algorithm does not fit");
}

/* checklist 60 */
static void
key_identifiers(void **state)
{
	struct lab *lab = *state;
	struct ca_cert above = lab->mid.cert;

	lab->by_mid.chain[0] = &above;
	above.subject_key_id = lab->root.cert.subject_key_id;
	lab_tbs(&lab->leaf, &lab->by_mid, lab->mid.key);
	LAB_SAYS(ca_lint_cert(&lab->leaf.cert, &lab->mid.cert, &lab_err),
	    CA_INTERNAL, "authorityKeyIdentifier: not the issuer's");
	lab->by_mid.chain[0] = &lab->mid.cert;
	leaf_good(lab);
	lab->leaf.cert.authority_key_id = (struct ca_bytes){0};
	LAB_SAYS(ca_lint_cert(&lab->leaf.cert, &lab->mid.cert, &lab_err),
	    CA_INTERNAL, "authorityKeyIdentifier: not the issuer's");
	lab->leaf.cert.subject_key_id = lab->mid.cert.subject_key_id;
	LAB_SAYS(ca_lint_cert(&lab->leaf.cert, &lab->mid.cert, &lab_err),
	    CA_INTERNAL, "subjectKeyIdentifier: not the SHA-1");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(serial_length),
	    TEST(issuer_bytes),
	    TEST(validity),
	    TEST(subject),
	    TEST(names_critical_with_empty_subject),
	    TEST(authority_and_leaf),
	    TEST(path_length),
	    TEST(critical_on_an_authority),
	    TEST(key_usage_fits_the_key),
	    TEST(ext_key_usage_nests),
	    TEST(ocsp_no_check),
	    TEST(name_constraints_on_a_leaf),
	    TEST(name_constraints_of_the_issuer),
	    TEST(names_well_formed),
	    TEST(algorithm_fits),
	    TEST(key_identifiers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
