/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/lab.h"

/* What the authorities' certificates say may be changed by a test, in the
 * parsed struct: what is asked is a question of fields, not of encodings. */

#define MAY(issuer, c, now) \
	ca_issuer_may_sign((issuer), &(c)->grant, &(c)->order, (now), &lab_err)

static void
leaf_may(struct lab *lab)
{
	LAB_OK(MAY(&lab->by_mid, &lab->leaf, LAB_NOW));
}

static void
leaf_may_not(struct lab *lab, const char *words)
{
	LAB_SAYS(MAY(&lab->by_mid, &lab->leaf, LAB_NOW), CA_REFUSED, words);
}

/* A third authority, below the second, that is asked for. */
static void
make_sub(struct lab *lab, struct lab_cert *sub, int path_len)
{
	lab_policy(&sub->policy, "intermediate", true);
	lab_grant(lab, sub, "CN=Lab Department CA, O=Lab", CA_KEY_P256);
	sub->grant.path_len = path_len;
	lab_order(lab, sub, 2);
}

/* checklist 9: to the second, and each certificate above is asked. */
static void
may_not_outlive_its_issuer(void **state)
{
	struct lab *lab = *state;
	struct lab_cert *leaf = &lab->leaf;

	leaf->order.not_after = lab->mid.cert.not_after;
	leaf_may(lab);
	leaf->order.not_after++;
	leaf_may_not(lab,
	    "company.com: notAfter 2030-12-30T23:55:00Z is after the issuer's "
	    "(issuing): a certificate may not outlive its issuer (RFC 5280 "
	    "6.1.3); use --not-after 2030-12-30T23:54:59Z");
	lab->mid.cert.not_after = INT64_MAX / 2;
	leaf_may(lab);
	leaf->order.not_after = lab->root.cert.not_after;
	leaf_may(lab);
	leaf->order.not_after++;
	leaf_may_not(lab, "(Lab Root CA): a certificate may not outlive");
}

/* checklist 13 */
static void
may_not_begin_before_its_issuer(void **state)
{
	struct lab *lab = *state;

	lab->leaf.order.not_before = lab->mid.cert.not_before;
	leaf_may(lab);
	lab->leaf.order.not_before--;
	leaf_may_not(lab, "company.com: notBefore 2025-12-31T23:54:59Z is");
	lab->mid.cert.not_before--;
	leaf_may_not(lab, "use --not-before 2025-12-31T23:55:00Z");
}

static void
period_must_be_one(void **state)
{
	struct lab *lab = *state;

	lab->leaf.order.not_after = lab->leaf.order.not_before;
	leaf_may(lab);
	lab->leaf.order.not_after--;
	leaf_may_not(lab, "notAfter comes before notBefore");
}

/* checklist 17: both ends of validity are inside it. */
static void
issuer_must_be_valid_now(void **state)
{
	struct lab *lab = *state;
	struct lab_cert *leaf = &lab->leaf;
	const struct ca_cert *mid = &lab->mid.cert;

	leaf->order.not_after = mid->not_after;
	LAB_OK(MAY(&lab->by_mid, leaf, mid->not_after));
	LAB_SAYS(MAY(&lab->by_mid, leaf, mid->not_after + 1), CA_REFUSED,
	    "issuing: its certificate expired 2030-12-30T23:54:59Z, and it is "
	    "2030-12-30T23:55:00Z");
	LAB_OK(MAY(&lab->by_mid, leaf, mid->not_before));
	LAB_SAYS(MAY(&lab->by_mid, leaf, mid->not_before - 1), CA_REFUSED,
	    "issuing: its certificate is not valid before 2025-");
	lab->root.cert.not_after = LAB_NOW - 1;
	leaf_may_not(lab, "Lab Root CA: its certificate expired");
}

/* checklist 17, 96: CRLs can be signed by who has expired, not by who lacks
 * cRLSign. */
static void
who_may_sign_crls(void **state)
{
	struct lab *lab = *state;
	const int64_t late = lab->mid.cert.not_after + CA_DAY;

	LAB_OK(ca_issuer_may_list(&lab->by_mid, late, late + CA_DAY, &lab_err));
	LAB_SAYS(ca_issuer_may_list(&lab->by_mid, late, late, &lab_err),
	    CA_REFUSED, "nextUpdate is not after thisUpdate");
	LAB_SAYS(ca_issuer_may_list(&lab->by_none, late, late + 1, &lab_err),
	    CA_INTERNAL, "without a certificate");
	lab->mid.cert.key_usage = CA_KU_KEY_CERT_SIGN;
	LAB_SAYS(ca_issuer_may_list(&lab->by_mid, late, late + 1, &lab_err),
	    CA_REFUSED, "issuing: its certificate lacks keyUsage cRLSign");
	leaf_may(lab);
}

static void
issuer_must_be_an_authority(void **state)
{
	struct lab *lab = *state;

	lab->mid.cert.is_ca = false;
	leaf_may_not(lab, "issuing: its certificate is not an authority's");
	lab->mid.cert.is_ca = true;
	lab->root.cert.is_ca = false;
	leaf_may_not(lab, "Lab Root CA: its certificate is not an authority");
	lab->root.cert.is_ca = true;
	lab->mid.cert.key_usage = CA_KU_CRL_SIGN;
	leaf_may_not(
	    lab, "issuing: its certificate lacks keyUsage keyCertSign");
	lab->mid.cert.key_usage = CA_KU_KEY_CERT_SIGN;
	leaf_may(lab);
}

static void
chain_must_hold_together(void **state)
{
	struct lab *lab = *state;
	struct ca_bytes above = lab->mid.cert.issuer;

	lab->mid.cert.issuer = lab->mid.cert.subject;
	leaf_may_not(lab, "the certificate above it in the ledger is not");
	lab->mid.cert.issuer = above;
	leaf_may(lab);
	lab->by_mid.chain_len = CA_CHAIN_MAX + 1;
	LAB_SAYS(MAY(&lab->by_mid, &lab->leaf, LAB_NOW), CA_INTERNAL, "chain");
}

/* checklist 58: path length 0 makes no authority; a limit higher up counts
 * as well; the new one's own must be smaller. */
static void
path_length(void **state)
{
	struct lab *lab = *state;
	struct lab_cert sub = {0};

	make_sub(lab, &sub, 0);
	LAB_SAYS(MAY(&lab->by_mid, &sub, LAB_NOW), CA_REFUSED,
	    "Lab Department CA: issuing allows a path of 0 authorities");
	lab->mid.cert.path_len = CA_PATH_LEN_NONE;
	LAB_SAYS(MAY(&lab->by_mid, &sub, LAB_NOW), CA_REFUSED,
	    "Lab Department CA: Lab Root CA allows a path of 1 authorities");
	lab->root.cert.path_len = 2;
	LAB_OK(MAY(&lab->by_mid, &sub, LAB_NOW));
	sub.grant.path_len = 1;
	LAB_SAYS(MAY(&lab->by_mid, &sub, LAB_NOW), CA_REFUSED,
	    "its path length must be 0 or less, because Lab Root CA has "
	    "pathLenConstraint 2 (RFC 5280 4.2.1.9): use --path-len 0");
	sub.grant.path_len = CA_PATH_LEN_NONE;
	LAB_SAYS(
	    MAY(&lab->by_mid, &sub, LAB_NOW), CA_REFUSED, "use --path-len 0");
	lab->root.cert.path_len = CA_PATH_LEN_NONE;
	LAB_OK(MAY(&lab->by_mid, &sub, LAB_NOW));
	lab_cert_done(&sub);
}

/* A leaf is counted as no authority, and neither is a self-issued one. */
static void
path_length_of_a_leaf(void **state)
{
	struct lab *lab = *state;

	leaf_may(lab); /* root 1, issuing 0 */
	lab->root.cert.path_len = 0;
	leaf_may_not(lab, "Lab Root CA allows a path of 0 authorities");
	lab->mid.cert.issuer = lab->mid.cert.subject;
	lab->root.cert.subject = lab->mid.cert.subject;
	leaf_may(lab);
}

/* Nine certificates in a path are more than Signet walks. */
static void
chain_at_its_limit(void **state)
{
	struct lab *lab = *state;
	struct ca_issuer deep = {.id = "deep"};
	struct lab_cert sub = {0};

	make_sub(lab, &sub, CA_PATH_LEN_NONE);
	lab->root.cert.path_len = CA_PATH_LEN_NONE;
	for (; deep.chain_len < CA_CHAIN_MAX; deep.chain_len++)
		deep.chain[deep.chain_len] = &lab->root.cert;
	LAB_SAYS(MAY(&deep, &sub, LAB_NOW), CA_REFUSED, "Signet's limit");
	LAB_OK(MAY(&deep, &lab->leaf, LAB_NOW));
	deep.chain_len--;
	LAB_OK(MAY(&deep, &sub, LAB_NOW));
	lab_cert_done(&sub);
}

/* checklist 56: of any authority above, permitted and excluded. */
static void
name_constraints_of_all_above(void **state)
{
	struct lab *lab = *state;
	struct ca_grant tree = {0};

	lab_constraint(&tree, false, "lab.example");
	lab->root.cert.name_constraints = ca_view(&tree.name_constraints);
	leaf_may_not(lab, "name constraints of Lab Root CA: ");
	leaf_may_not(lab, "company.com");
	lab_san(&lab->leaf.grant, CA_SAN_DNS, "www.lab.example");
	lab_subject(&lab->leaf.grant, "O=Company");
	leaf_may(lab);
	lab->mid.cert.name_constraints = lab->root.cert.name_constraints;
	lab->root.cert.name_constraints = (struct ca_bytes){0};
	leaf_may(lab);
	lab_san(&lab->leaf.grant, CA_SAN_DNS, "lab.example.com");
	leaf_may_not(lab, "name constraints of issuing: ");
	lab->mid.cert.name_constraints = (struct ca_bytes){0};
	leaf_may(lab);
	lab_constraint(&tree, true, "example.com");
	lab->mid.cert.name_constraints = ca_view(&tree.name_constraints);
	leaf_may_not(lab, "name constraints of issuing: ");
	ca_grant_done(&tree);
}

/* checklist 63 */
static void
ext_key_usage_nests(void **state)
{
	struct lab *lab = *state;
	struct ca_oid_list *limit = &lab->mid.cert.ext_key_usage;

	*limit = lab_usages(CA_OID_CLIENT_AUTH, CA_OID_UNKNOWN);
	leaf_may_not(lab,
	    "company.com: server.policy:8 gives extKeyUsage serverAuth, which "
	    "the certificate of issuing does not allow");
	*limit = lab_usages(CA_OID_CLIENT_AUTH, CA_OID_SERVER_AUTH);
	leaf_may(lab);
	lab->leaf.policy.ext_key_usage = lab_usages(
	    CA_OID_SERVER_AUTH, CA_OID_EMAIL_PROTECTION);
	leaf_may_not(lab, "emailProtection");
	*limit = lab_usages(CA_OID_ANY_EXT_KEY_USAGE, CA_OID_UNKNOWN);
	leaf_may(lab);
	lab->root.cert.ext_key_usage = lab_usages(
	    CA_OID_SERVER_AUTH, CA_OID_UNKNOWN);
	leaf_may_not(lab, "the certificate of Lab Root CA");
}

/* checklist 28: the key of any authority above, and its name. */
static void
key_of_an_authority(void **state)
{
	struct lab *lab = *state;
	struct ca_spki own = lab->leaf.grant.spki;

	lab->leaf.grant.spki = *ca_key_spki(lab->mid.key);
	leaf_may_not(lab, "its key is the key of the authority issuing");
	lab->leaf.grant.spki = *ca_key_spki(lab->root.key);
	leaf_may_not(lab, "its key is the key of the authority Lab Root CA");
	lab->leaf.grant.spki = own;
	leaf_may(lab);
	lab_subject(&lab->leaf.grant, "CN=Lab Issuing CA, O=Lab");
	leaf_may_not(lab, "its subject is the name of the authority issuing");
}

/* The same RSA key under both of its algorithm identifiers. */
static void
key_of_an_authority_as_pss(void **state)
{
	struct lab lab;

	(void)state;
	lab_open(&lab, CA_KEY_RSA);
	lab_authorities(&lab);
	lab.leaf.grant.spki = *ca_key_spki(lab.mid.key);
	lab.leaf.grant.spki.pss_only = true;
	leaf_may_not(&lab, "its key is the key of the authority issuing");
	lab_close(&lab);
}

/* checklist 61 */
static void
key_usage_fits_the_key(void **state)
{
	static const struct {
		enum ca_key_type type;
		uint16_t bits;
		const char *words; /* NULL: fits */
	} table[] = {
	    {CA_KEY_RSA, CA_KU_KEY_ENCIPHERMENT | CA_KU_DATA_ENCIPHERMENT,
		NULL},
	    {CA_KEY_RSA, CA_KU_KEY_AGREEMENT,
		"gives keyUsage keyAgreement, which a key of type rsa cannot"},
	    {CA_KEY_P256, CA_KU_KEY_AGREEMENT | CA_KU_ENCIPHER_ONLY, NULL},
	    {CA_KEY_P256, CA_KU_KEY_ENCIPHERMENT,
		"company.com: server.policy:7 gives keyUsage keyEncipherment, "
		"which a key of type ecdsa-p256 cannot have"},
	    {CA_KEY_P521, CA_KU_DATA_ENCIPHERMENT, "dataEncipherment"},
	    {CA_KEY_ED25519, CA_KU_NON_REPUDIATION, NULL},
	    {CA_KEY_ED25519, CA_KU_KEY_AGREEMENT, "keyAgreement"},
	    {CA_KEY_ED448, CA_KU_KEY_ENCIPHERMENT, "keyEncipherment"},
	};
	struct lab *lab = *state;

	for (size_t i = 0; i < LAB_COUNT(table); i++) {
		lab_key(lab, &lab->leaf, table[i].type);
		lab->leaf.grant.key_usage = table[i].bits |
		    CA_KU_DIGITAL_SIGNATURE;
		if (table[i].words == NULL)
			leaf_may(lab);
		else
			leaf_may_not(lab, table[i].words);
	}
}

/* checklist 58: what an authority must have beside CA:TRUE. */
static void
authority_must_be_whole(void **state)
{
	struct lab *lab = *state;
	struct lab_cert *mid = &lab->mid;

	mid->grant.key_usage = CA_KU_CRL_SIGN;
	LAB_SAYS(MAY(&lab->by_root, mid, LAB_NOW), CA_REFUSED,
	    "intermediate.policy:7 makes an authority without keyUsage "
	    "keyCertSign");
	mid->grant.key_usage = CA_KU_KEY_CERT_SIGN;
	LAB_SAYS(MAY(&lab->by_root, mid, LAB_NOW), CA_REFUSED,
	    "without keyUsage cRLSign");
	mid->grant.key_usage = CA_KU_KEY_CERT_SIGN | CA_KU_CRL_SIGN;
	lab_subject(&mid->grant, "");
	LAB_SAYS(MAY(&lab->by_root, mid, LAB_NOW), CA_REFUSED,
	    "certificate: an authority without a subject");
	lab_subject(&mid->grant, "CN=Another CA");
	LAB_OK(MAY(&lab->by_root, mid, LAB_NOW));
}

/* Nothing stands above a root; a leaf's policy makes none. */
static void
root_signs_itself(void **state)
{
	struct lab *lab = *state;

	LAB_OK(MAY(&lab->by_none, &lab->root, LAB_NOW));
	LAB_SAYS(MAY(&lab->by_none, &lab->leaf, LAB_NOW), CA_REFUSED,
	    "server.policy is not an authority's policy");
}

/* checklist 62: a responder that cannot be revoked lives 90 days at most. */
static void
ocsp_responder(void **state)
{
	struct lab *lab = *state;
	struct lab_cert *leaf = &lab->leaf;

	leaf->policy.ocsp_no_check = true;
	leaf->order.not_after = leaf->order.not_before + 90 * CA_DAY - 1;
	leaf_may_not(lab, "gives ocspNoCheck to what is no OCSP responder");
	leaf->policy.ext_key_usage = lab_usages(
	    CA_OID_OCSP_SIGNING, CA_OID_UNKNOWN);
	leaf_may(lab);
	leaf->order.not_after++;
	leaf_may_not(lab, "for more than 90 days");
	leaf->policy.ocsp_no_check = false;
	leaf_may(lab);
}

/* The one it is about is named by what a person knows it by; what came from
 * outside cannot break the line. */
static void
messages_name_the_certificate(void **state)
{
	static const struct {
		enum ca_san_type type;
		const char *san, *subject, *who;
	} table[] = {
	    {CA_SAN_DNS, "company.com", "CN=x", "company.com: notAfter"},
	    {CA_SAN_IP, "192.0.2.1", "CN=x", "192.0.2.1: notAfter"},
	    {CA_SAN_EMAIL, "jason@lab.example", "", "jason@lab.example: not"},
	    {CA_SAN_DNS, NULL, "CN=Jason, O=Lab", "Jason: notAfter"},
	    {CA_SAN_DNS, NULL, "O=Lab, C=DE", "O=Lab, C=DE: notAfter"},
	    {CA_SAN_DNS, NULL, "", "certificate: notAfter"},
	};
	struct lab *lab = *state;

	lab->leaf.order.not_after = INT64_C(4102444800);
	for (size_t i = 0; i < LAB_COUNT(table); i++) {
		lab_san(&lab->leaf.grant, table[i].type, table[i].san);
		lab_subject(&lab->leaf.grant, table[i].subject);
		leaf_may_not(lab, table[i].who);
	}
}

/* The longest names there are leave every message whole. */
static void
long_names_fit(void **state)
{
	static const char label[] =
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	struct lab *lab = *state;
	char host[254];
	size_t len = 0;

	while (len + sizeof(label) < sizeof(host)) {
		memcpy(host + len, label, sizeof(label) - 1);
		len += sizeof(label);
		host[len - 1] = '.';
	}
	host[len - 1] = '\0';
	lab_san(&lab->leaf.grant, CA_SAN_DNS, host);
	lab->leaf.order.not_after = INT64_C(4102444800);
	lab->by_mid.id = "a123456789b123456789c123456789d123456789";
	leaf_may_not(lab, "use --not-after 20");
	lab->leaf.order.not_after = LAB_NOW + CA_DAY;
	lab->mid.cert.ext_key_usage = lab_usages(
	    CA_OID_CLIENT_AUTH, CA_OID_UNKNOWN);
	leaf_may_not(lab, "sign with an authority that has it (--ca)");
}

static void
urls(void **state)
{
	static const struct {
		const char *url, *expanded;
	} table[] = {
	    {"http://a/{issuer}.crl", "http://a/root.crl"},
	    {"{issuer}{issuer}", "rootroot"},
	    {"http://a/{issuer", "http://a/{issuer"},
	    {"http://a/{{issuer}}", "http://a/{root}"},
	    {"http://a/{Issuer}", "http://a/{Issuer}"},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < LAB_COUNT(table); i++) {
		struct ca_buf buf = {0};

		assert_int_equal(ca_issuer_append_url(
				     &buf, ca_text(table[i].url), "root", 0),
		    CA_OK);
		assert_true(
		    ca_bytes_equal(ca_view(&buf), ca_text(table[i].expanded)));
		ca_buf_free(&buf);
	}
}

static void
ids(void **state)
{
	static const char *const good[] = {"a", "root", "issuing-2026", "0",
	    "a-", "a123456789b123456789c123456789d123456789"};
	static const char *const bad[] = {"", "-a", "Root", "a b", "a/b", "..",
	    "a.b", "\xc3\xa4", "a123456789b123456789c123456789d123456789e"};

	(void)state;
	for (size_t i = 0; i < LAB_COUNT(good); i++)
		assert_true(ca_issuer_id_is_valid(good[i]));
	for (size_t i = 0; i < LAB_COUNT(bad); i++)
		assert_false(ca_issuer_id_is_valid(bad[i]));
	assert_false(ca_issuer_id_is_valid(NULL));
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(may_not_outlive_its_issuer),
	    TEST(may_not_begin_before_its_issuer),
	    TEST(period_must_be_one),
	    TEST(issuer_must_be_valid_now),
	    TEST(who_may_sign_crls),
	    TEST(issuer_must_be_an_authority),
	    TEST(chain_must_hold_together),
	    TEST(path_length),
	    TEST(path_length_of_a_leaf),
	    TEST(chain_at_its_limit),
	    TEST(name_constraints_of_all_above),
	    TEST(ext_key_usage_nests),
	    TEST(key_of_an_authority),
	    cmocka_unit_test(key_of_an_authority_as_pss),
	    TEST(key_usage_fits_the_key),
	    TEST(authority_must_be_whole),
	    TEST(root_signs_itself),
	    TEST(ocsp_responder),
	    TEST(messages_name_the_certificate),
	    TEST(long_names_fit),
	    cmocka_unit_test(urls),
	    cmocka_unit_test(ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
