/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/lab.h"

#include <stdio.h>
#include <time.h>

#include "ca/crypto.h"

static const enum ca_key_type key_types[] = {CA_KEY_RSA, CA_KEY_P256,
    CA_KEY_P384, CA_KEY_P521, CA_KEY_ED25519, CA_KEY_ED448};

/* The Validity's first two elements, as they stand. */
static void
times_of(struct ca_bytes tbs, struct ca_bytes ret[2], uint8_t ret_tag[2])
{
	struct ca_bytes in, validity;

	assert_true(der_get(&tbs, DER_SEQUENCE, &in));
	for (int i = 0; i < 4; i++) /* version, serial, signature, issuer */
		assert_true(der_get_any(&in, NULL, NULL, NULL));
	assert_true(der_get(&in, DER_SEQUENCE, &validity));
	for (int i = 0; i < 2; i++)
		assert_true(der_get_any(&validity, &ret_tag[i], NULL, &ret[i]));
	assert_true(der_at_end(validity));
}

/* The INTEGER's content octets, sign octet and all. */
static struct ca_bytes
serial_of(struct ca_bytes tbs)
{
	struct ca_bytes in, serial;

	assert_true(der_get(&tbs, DER_SEQUENCE, &in));
	assert_true(der_get_any(&in, NULL, NULL, NULL));
	assert_true(der_get_integer(&in, &serial));
	return serial;
}

/* checklist 4, 53, 60, 65: a chain with each type of key; serial, issuer and
 * key identifiers are what was ordered, read back from what was signed. */
static void
chain_with_each_key_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < LAB_COUNT(key_types); i++) {
		uint8_t id[CA_KEY_ID_LEN];
		struct lab lab;
		struct ca_cert *leaf = &lab.leaf.cert;

		lab_open(&lab, key_types[i]);
		lab_authorities(&lab);
		lab_issue(&lab, &lab.leaf, &lab.by_mid, lab.mid.key);
		assert_true(
		    ca_bytes_equal(leaf->serial, lab.leaf.order.serial));
		assert_true(ca_bytes_equal(leaf->issuer, lab.mid.cert.subject));
		assert_true(ca_bytes_equal(
		    leaf->authority_key_id, lab.mid.cert.subject_key_id));
		LAB_OK(ca_key_id(&leaf->spki, id, &lab_err));
		assert_true(ca_bytes_equal(
		    leaf->subject_key_id, (struct ca_bytes){id, sizeof(id)}));
		assert_true(ca_cert_is_self_issued(&lab.root.cert));
		assert_true(ca_bytes_equal(lab.root.cert.authority_key_id,
		    lab.root.cert.subject_key_id));
		lab_close(&lab);
	}
}

/* Every key type under every other: the algorithm is the issuer's. */
static void
leaf_of_another_key_type(void **state)
{
	struct lab *lab = *state;

	for (size_t i = 0; i < LAB_COUNT(key_types); i++) {
		lab_key(lab, &lab->leaf, key_types[i]);
		lab_issue(lab, &lab->leaf, &lab->by_mid, lab->mid.key);
		assert_int_equal(lab->leaf.cert.alg.kind, CA_SIG_ECDSA);
	}
}

/* The issuer's name is copied with its string types, not written anew. */
static void
issuer_name_is_copied(void **state)
{
	/* checklist 53: SEQUENCE { SET { SEQUENCE { CN, TeletexString } } } */
	static const uint8_t odd[] = {0x30, 0x0e, 0x31, 0x0c, 0x30, 0x0a, 0x06,
	    0x03, 0x55, 0x04, 0x03, 0x14, 0x03, 'L', 'a', 'b'};
	struct lab *lab = *state;
	struct ca_cert above = lab->mid.cert;

	above.subject = (struct ca_bytes){odd, sizeof(odd)};
	lab->by_mid.chain[0] = &above;
	lab_tbs(&lab->leaf, &lab->by_mid, lab->mid.key);
	assert_true(ca_bytes_equal(lab->leaf.cert.issuer, above.subject));
	lab->by_mid.chain[0] = &lab->mid.cert;
}

/* checklist 54: the order of the grant's RDNs, and of the attributes in one,
 * is kept byte for byte; a SET that is not in DER order is nobody's name. */
static void
subject_order_is_kept(void **state)
{
	/* O=b, then CN=a + OU=a in one RDN */
	static const uint8_t sorted[] = {0x30, 0x22, 0x31, 0x0a, 0x30, 0x08,
	    0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x01, 'b', 0x31, 0x14, 0x30,
	    0x08, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 'a', 0x30, 0x08,
	    0x06, 0x03, 0x55, 0x04, 0x0b, 0x0c, 0x01, 'a'};
	struct lab *lab = *state;
	struct lab_cert *c = &lab->leaf;
	const struct ca_bytes name = {sorted, sizeof(sorted)};
	struct ca_sig_alg alg = ca_sig_alg_for(ca_key_spki(lab->mid.key));

	ca_buf_clear(&c->grant.subject);
	assert_int_equal(ca_buf_append(&c->grant.subject, name), CA_OK);
	lab_issue(lab, c, &lab->by_mid, lab->mid.key);
	assert_true(ca_bytes_equal(c->cert.subject, name));

	c->grant.subject.data[22] = 0x0b; /* OU=a + CN=a: 5504 0b, 5504 03 */
	c->grant.subject.data[32] = 0x03;
	LAB_OK(ca_tbs_cert(
	    &c->grant, &lab->by_mid, &alg, &c->order, &c->tbs, &lab_err));
	LAB_SAYS(ca_cert_parse_tbs(ca_view(&c->tbs), &c->cert, &lab_err),
	    CA_MALFORMED, "certificate: subject");
}

/* An issuer without subjectKeyIdentifier is known by its key's hash. */
static void
issuer_without_key_id(void **state)
{
	struct lab *lab = *state;
	struct ca_cert above = lab->mid.cert;

	above.subject_key_id = (struct ca_bytes){0};
	lab->by_mid.chain[0] = &above;
	lab_tbs(&lab->leaf, &lab->by_mid, lab->mid.key);
	assert_true(ca_bytes_equal(
	    lab->leaf.cert.authority_key_id, lab->mid.cert.subject_key_id));
	LAB_OK(ca_lint_cert(&lab->leaf.cert, &above, &lab_err));
	lab->by_mid.chain[0] = &lab->mid.cert;
}

/* checklist 59: each extension once, in the order that tbs.h promises. */
static void
extensions_in_order(void **state)
{
	static const enum ca_oid order[] = {CA_OID_AUTHORITY_KEY_IDENTIFIER,
	    CA_OID_SUBJECT_KEY_IDENTIFIER, CA_OID_BASIC_CONSTRAINTS,
	    CA_OID_KEY_USAGE, CA_OID_EXT_KEY_USAGE, CA_OID_SUBJECT_ALT_NAME,
	    CA_OID_NAME_CONSTRAINTS, CA_OID_CERTIFICATE_POLICIES,
	    CA_OID_CRL_DISTRIBUTION_POINTS, CA_OID_AUTHORITY_INFO_ACCESS,
	    CA_OID_OCSP_NO_CHECK};
	static const bool critical[LAB_COUNT(order)] = {
	    false, false, true, true, false, false, true};
	struct lab *lab = *state;
	struct lab_cert *c = &lab->leaf;

	c->policy.policies = lab_usages(CA_OID_ANY_POLICY, CA_OID_UNKNOWN);
	c->policy.cps = ca_text("http://pki.lab.example/cps");
	c->policy.ocsp_no_check = true;
	lab_constraint(&c->grant, false, "company.com");
	lab_tbs(c, &lab->by_mid, lab->mid.key);
	assert_int_equal(c->cert.exts.count, LAB_COUNT(order));
	for (size_t i = 0; i < LAB_COUNT(order); i++) {
		assert_int_equal(c->cert.exts.list[i].id, order[i]);
		assert_int_equal(c->cert.exts.list[i].critical, critical[i]);
	}
	LAB_OK(ca_lint_encoding(&c->cert, &lab_err));
}

/* What a policy does not give is not there, rather than there and empty. */
static void
nothing_that_was_not_given(void **state)
{
	static const enum ca_oid least[] = {CA_OID_AUTHORITY_KEY_IDENTIFIER,
	    CA_OID_SUBJECT_KEY_IDENTIFIER, CA_OID_BASIC_CONSTRAINTS};
	struct lab *lab = *state;
	struct lab_cert *c = &lab->leaf;

	c->policy.crl_urls.count = c->policy.ocsp_urls.count = 0;
	c->policy.issuer_urls.count = c->policy.ext_key_usage.count = 0;
	c->grant.key_usage = 0;
	lab_san(&c->grant, CA_SAN_DNS, NULL);
	lab_issue(lab, c, &lab->by_mid, lab->mid.key);
	assert_int_equal(c->cert.exts.count, LAB_COUNT(least));
	for (size_t i = 0; i < LAB_COUNT(least); i++)
		assert_int_equal(c->cert.exts.list[i].id, least[i]);
}

/* checklist 57: a leaf says CA:FALSE as DER does, by an empty SEQUENCE, and
 * an authority's path length in the grant does not reach it. */
static void
leaf_is_no_authority(void **state)
{
	struct lab *lab = *state;
	struct lab_cert *c = &lab->leaf;
	const struct ca_ext *ext;

	c->grant.path_len = 3;
	lab_issue(lab, c, &lab->by_mid, lab->mid.key);
	ext = ca_exts_find(&c->cert.exts, CA_OID_BASIC_CONSTRAINTS);
	assert_non_null(ext);
	assert_int_equal(ext->value.len, 2);
	assert_false(c->cert.is_ca);
	assert_int_equal(c->cert.path_len, CA_PATH_LEN_NONE);
	assert_int_equal(c->cert.key_usage, CA_KU_DIGITAL_SIGNATURE);
}

/* checklist 58: an authority's: critical, CA:TRUE, path length, both bits. */
static void
authority_is_one(void **state)
{
	struct lab *lab = *state;
	const struct ca_cert *mid = &lab->mid.cert;

	assert_true(mid->is_ca);
	assert_int_equal(lab->root.cert.path_len, 1);
	assert_int_equal(mid->path_len, 0);
	assert_int_equal(mid->key_usage, CA_KU_KEY_CERT_SIGN | CA_KU_CRL_SIGN);
	assert_true(
	    ca_exts_find(&mid->exts, CA_OID_BASIC_CONSTRAINTS)->critical);
	assert_true(ca_exts_find(&mid->exts, CA_OID_KEY_USAGE)->critical);
}

/* {issuer} in the URLs is the authority that signs. */
static void
urls_name_the_issuer(void **state)
{
	struct lab *lab = *state;
	const struct ca_exts *exts = &lab->leaf.cert.exts;
	struct ca_url_list crl = {0}, ocsp = {0}, issuers = {0};

	lab_issue(lab, &lab->leaf, &lab->by_mid, lab->mid.key);
	assert_true(ca_distribution_points_get(
	    ca_exts_find(exts, CA_OID_CRL_DISTRIBUTION_POINTS)->value, &crl));
	assert_true(ca_info_access_get(
	    ca_exts_find(exts, CA_OID_AUTHORITY_INFO_ACCESS)->value, &ocsp,
	    &issuers));
	assert_int_equal(crl.count, 1);
	assert_true(ca_bytes_equal(
	    crl.url[0], ca_text("http://pki.lab.example/crl/issuing.crl")));
	assert_int_equal(ocsp.count, 1);
	assert_true(ca_bytes_equal(
	    ocsp.url[0], ca_text("http://pki.lab.example/ocsp")));
	assert_int_equal(issuers.count, 1);
	assert_true(ca_bytes_equal(
	    issuers.url[0], ca_text("http://pki.lab.example/ca/issuing.crt")));
}

/* checklist 94: the serial decides the partition, {shard} says it, and a
 * partition is one of 1 to N. */
static void
urls_name_the_partition(void **state)
{
	struct lab *lab = *state;
	struct ca_policy *policy = &lab->leaf.policy;
	const struct ca_exts *exts = &lab->leaf.cert.exts;
	struct ca_url_list crl = {0}, delta = {0};
	char expected[64];
	size_t seen = 0;
	unsigned shard;

	policy->crl_urls.url[0] = ca_text("http://a/{issuer}.{shard}.crl");
	policy->freshest_urls.url[0] = ca_text("http://a/{shard}.delta.crl");
	policy->freshest_urls.count = 1;
	assert_int_equal(ca_policy_shard(policy, lab->leaf.order.serial), 0);
	policy->shards = 3;
	for (uint8_t i = 0; i < 9; i++) {
		lab->leaf.serial[15] = i;
		shard = ca_policy_shard(policy, lab->leaf.order.serial);
		assert_in_range(shard, 1, 3);
		seen |= (size_t)1 << shard;
	}
	assert_int_equal(seen, 0xe);
	lab_issue(lab, &lab->leaf, &lab->by_mid, lab->mid.key);
	assert_true(ca_distribution_points_get(
	    ca_exts_find(exts, CA_OID_CRL_DISTRIBUTION_POINTS)->value, &crl));
	(void)snprintf(
	    expected, sizeof(expected), "http://a/issuing.%u.crl", shard);
	assert_true(ca_bytes_equal(crl.url[0], ca_text(expected)));
	assert_true(ca_distribution_points_get(
	    ca_exts_find(exts, CA_OID_FRESHEST_CRL)->value, &delta));
	(void)snprintf(
	    expected, sizeof(expected), "http://a/%u.delta.crl", shard);
	assert_true(ca_bytes_equal(delta.url[0], ca_text(expected)));
}

/* checklist 10, 11: UTCTime up to the last second of 2049, GeneralizedTime
 * from the next; seconds present, Z, no fraction. */
static void
time_type_changes_at_2050(void **state)
{
	struct lab *lab = *state;
	struct ca_bytes text[2];
	uint8_t tag[2];

	lab->leaf.order.not_before = INT64_C(2524607999);
	lab->leaf.order.not_after = INT64_C(2524608000);
	lab_tbs(&lab->leaf, &lab->by_mid, lab->mid.key);
	times_of(ca_view(&lab->leaf.tbs), text, tag);
	assert_int_equal(tag[0], DER_UTC_TIME);
	assert_true(ca_bytes_equal(text[0], ca_text("491231235959Z")));
	assert_int_equal(tag[1], DER_GENERALIZED_TIME);
	assert_true(ca_bytes_equal(text[1], ca_text("20500101000000Z")));
	assert_int_equal(lab->leaf.cert.not_before, 2524607999);
	assert_int_equal(lab->leaf.cert.not_after, 2524608000);
}

/* The same arguments give the same bytes, in every time zone and on 29
 * February (checklist 14). */
static void
same_arguments_same_bytes(void **state)
{
	static const char *const zones[] = {
	    "UTC", "America/New_York", "Asia/Kathmandu", ""};
	struct lab *lab = *state;
	struct ca_buf first = {0};
	struct ca_bytes text[2];
	uint8_t tag[2];

	lab->leaf.order.not_before = INT64_C(1835416800); /* 2028-02-29 */
	lab->leaf.order.not_after = INT64_C(2150000000);  /* beyond 2^31 */
	for (size_t i = 0; i < LAB_COUNT(zones); i++) {
		assert_int_equal(setenv("TZ", zones[i], 1), 0);
		tzset();
		lab_tbs(&lab->leaf, &lab->by_mid, lab->mid.key);
		if (i == 0)
			assert_int_equal(
			    ca_buf_append(&first, ca_view(&lab->leaf.tbs)),
			    CA_OK);
		assert_true(
		    ca_bytes_equal(ca_view(&first), ca_view(&lab->leaf.tbs)));
	}
	assert_int_equal(unsetenv("TZ"), 0);
	times_of(ca_view(&first), text, tag);
	assert_true(ca_bytes_equal(text[0], ca_text("280229060000Z")));
	ca_buf_free(&first);
}

/* checklist 2: a serial with the top bit set stays positive, by a 00 octet;
 * one of 20 such octets would have 21, and lint says so (checklist 4). */
static void
serial_stays_positive(void **state)
{
	struct lab *lab = *state;
	struct lab_cert *c = &lab->leaf;
	struct ca_bytes serial;

	memset(c->serial, 0xff, sizeof(c->serial));
	c->order.serial = (struct ca_bytes){c->serial, 19};
	lab_tbs(c, &lab->by_mid, lab->mid.key);
	serial = serial_of(ca_view(&c->tbs));
	assert_int_equal(serial.len, 20);
	assert_int_equal(serial.data[0], 0x00);
	assert_int_equal(serial.data[1], 0xff);
	assert_true(ca_bytes_equal(c->cert.serial, c->order.serial));
	LAB_OK(ca_lint_cert(&c->cert, &lab->mid.cert, &lab_err));

	c->order.serial.len = 20;
	lab_tbs(c, &lab->by_mid, lab->mid.key);
	assert_int_equal(serial_of(ca_view(&c->tbs)).len, 21);
	LAB_SAYS(ca_lint_cert(&c->cert, &lab->mid.cert, &lab_err), CA_INTERNAL,
	    "serialNumber");
}

/* checklist 60: the same key has the same identifier in every certificate;
 * it is SHA-1 of the BIT STRING's octets (RFC 5280 4.2.1.2). */
static void
same_key_same_identifier(void **state)
{
	struct lab *lab = *state;
	const struct ca_spki *spki = ca_key_spki(lab->leaf.key);
	uint8_t hash[CA_HASH_MAX], id[CA_KEY_ID_LEN], other[CA_KEY_ID_LEN];

	LAB_OK(ca_hash_bytes(CA_HASH_SHA1, spki->key, hash, &lab_err));
	LAB_OK(ca_key_id(spki, id, &lab_err));
	assert_memory_equal(id, hash, sizeof(id));
	LAB_OK(ca_key_id(ca_key_spki(lab->mid.key), other, &lab_err));
	assert_memory_not_equal(id, other, sizeof(id));
}

/* The subject is empty: the names are critical (checklist 51). */
static void
empty_subject_makes_names_critical(void **state)
{
	struct lab *lab = *state;
	struct lab_cert *c = &lab->leaf;

	lab_subject(&c->grant, "");
	lab_issue(lab, c, &lab->by_mid, lab->mid.key);
	assert_true(
	    ca_exts_find(&c->cert.exts, CA_OID_SUBJECT_ALT_NAME)->critical);
	lab_subject(&c->grant, "CN=company.com");
	lab_issue(lab, c, &lab->by_mid, lab->mid.key);
	assert_false(
	    ca_exts_find(&c->cert.exts, CA_OID_SUBJECT_ALT_NAME)->critical);
}

/* A time that DER has no form for is an error, not a wrong date. */
static void
impossible_time(void **state)
{
	struct lab *lab = *state;
	struct lab_cert *c = &lab->leaf;
	struct ca_sig_alg alg = ca_sig_alg_for(ca_key_spki(lab->mid.key));
	struct ca_error err = {0};
	struct ca_buf tbs = {0};

	c->order.not_after = CA_TIME_MAX + 1;
	assert_int_not_equal(
	    ca_tbs_cert(&c->grant, &lab->by_mid, &alg, &c->order, &tbs, &err),
	    CA_OK);
	assert_int_not_equal(err.status, CA_OK);
	assert_null(tbs.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(chain_with_each_key_type),
	    cmocka_unit_test_setup_teardown(
		leaf_of_another_key_type, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		issuer_name_is_copied, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		subject_order_is_kept, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		issuer_without_key_id, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		extensions_in_order, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		nothing_that_was_not_given, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		leaf_is_no_authority, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		authority_is_one, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		urls_name_the_issuer, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		urls_name_the_partition, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		time_type_changes_at_2050, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		same_arguments_same_bytes, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		serial_stays_positive, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		same_key_same_identifier, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		empty_subject_makes_names_critical, lab_setup, lab_teardown),
	    cmocka_unit_test_setup_teardown(
		impossible_time, lab_setup, lab_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
