/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lab: authorities, grants and chains by hand, for the tests of what is
 * written, allowed and linted. Every part of a certificate can be changed
 * before or after it is made.
 *
 * What this does not do: policies from text, or the ledger.
 */
#ifndef TESTS_LAB_H
#define TESTS_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ca/cert.h"
#include "ca/constraints.h"
#include "ca/der.h"
#include "ca/issuer.h"
#include "ca/key.h"
#include "ca/lint.h"
#include "ca/name.h"
#include "ca/policy.h"
#include "ca/sign.h"
#include "ca/tbs.h"
#include "ca/time.h"

#define LAB_NOW INT64_C(1767225600) /* 2026-01-01T00:00:00Z */
#define LAB_YEAR (365 * CA_DAY)
#define LAB_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* One certificate from its policy to its DER. {0} and lab_cert_done(). */
struct lab_cert {
	struct ca_policy policy;
	struct ca_grant grant;
	struct ca_order order;
	uint8_t serial[20];
	struct ca_key *key;
	struct ca_buf tbs, der;
	struct ca_cert cert; /* from the DER, or from the TBS before */
};

/* lab[0] root, [1] authority, [2] leaf; a view of each as an issuer. */
struct lab {
	struct ca_rng *rng;
	struct lab_cert root, mid, leaf;
	struct ca_issuer by_none, by_root, by_mid;
};

/* Why it failed is worth more than that it failed. */
#define LAB_OK(call)                                                      \
	do {                                                              \
		struct ca_error lab_err = {0};                            \
		enum ca_status lab_st = (call);                           \
		if (lab_st != CA_OK)                                      \
			fail_msg("%s: status %d: %s", #call, (int)lab_st, \
			    lab_err.msg);                                 \
	} while (0)

/* The call fails so, and its reason has these words in it, on one line that
 * is not cut. */
#define LAB_SAYS(call, want, words)                                      \
	do {                                                             \
		struct ca_error lab_err = {0};                           \
		enum ca_status lab_st = (call);                          \
		if (lab_st != (want) || lab_err.status != (want) ||      \
		    strstr(lab_err.msg, (words)) == NULL ||              \
		    strlen(lab_err.msg) + 1 == sizeof(lab_err.msg))      \
			fail_msg("%s: status %d: \"%s\" without \"%s\"", \
			    #call, (int)lab_st, lab_err.msg, (words));   \
	} while (0)

static inline struct ca_oid_list
lab_usages(enum ca_oid first, enum ca_oid second)
{
	struct ca_oid_list list = {0};

	if (first != CA_OID_UNKNOWN)
		list.oid[list.count++] = ca_oid_der(first);
	if (second != CA_OID_UNKNOWN)
		list.oid[list.count++] = ca_oid_der(second);
	return list;
}

static inline void
lab_policy(struct ca_policy *policy, const char *name, bool is_ca)
{
	assert_int_equal(ca_buf_append_text(&policy->name, name), CA_OK);
	policy->is_ca = is_ca;
	policy->path_len = policy->max_path_len = CA_PATH_LEN_NONE;
	policy->basic_constraints_critical = true;
	policy->key_usage_critical = true;
	policy->key_usage = CA_KU_DIGITAL_SIGNATURE;
	policy->lines[CA_POLICY_KEY_USAGE] = 7;
	policy->lines[CA_POLICY_EXT_KEY_USAGE] = 8;
	if (is_ca) {
		policy->key_usage = CA_KU_KEY_CERT_SIGN | CA_KU_CRL_SIGN;
		return;
	}
	policy->ext_key_usage = lab_usages(CA_OID_SERVER_AUTH, CA_OID_UNKNOWN);
	policy->crl_urls.url[policy->crl_urls.count++] = ca_text(
	    "http://pki.lab.example/crl/{issuer}.crl");
	policy->ocsp_urls.url[policy->ocsp_urls.count++] = ca_text(
	    "http://pki.lab.example/ocsp");
	policy->issuer_urls.url[policy->issuer_urls.count++] = ca_text(
	    "http://pki.lab.example/ca/{issuer}.crt");
}

/* One name in place of those before; type 0 for none. */
static inline void
lab_san(struct ca_grant *grant, enum ca_san_type type, const char *text)
{
	struct ca_buf value = {0};
	struct der_out out = {0};
	struct ca_san san = {.type = type};

	ca_buf_free(&grant->sans);
	if (text == NULL)
		return;
	LAB_OK(ca_san_from_text(type, text, &value, &lab_err));
	san.value = ca_view(&value);
	der_open(&out, DER_SEQUENCE);
	ca_san_put(&out, &san);
	der_close(&out);
	assert_int_equal(der_finish(&out, &grant->sans), CA_OK);
	ca_buf_free(&value);
}

static inline void
lab_subject(struct ca_grant *grant, const char *subject)
{
	struct der_out out = {0};

	if (subject[0] != '\0') {
		LAB_OK(ca_name_parse(subject, &grant->subject, &lab_err));
		grant->sans_critical = false;
		return;
	}
	der_open(&out, DER_SEQUENCE);
	der_close(&out);
	assert_int_equal(der_finish(&out, &grant->subject), CA_OK);
	grant->sans_critical = true;
}

/* What stands in nameConstraints: one permitted or excluded host name. */
static inline void
lab_constraint(struct ca_grant *grant, bool excluded, const char *host)
{
	const struct ca_subtree tree = {
	    .excluded = excluded, .type = CA_SAN_DNS, .base = ca_text(host)};
	struct der_out out = {0};

	ca_constraints_put(&out, &tree, 1);
	assert_int_equal(der_finish(&out, &grant->name_constraints), CA_OK);
}

static inline void
lab_key(struct lab *lab, struct lab_cert *c, enum ca_key_type type)
{
	ca_key_free(c->key);
	c->key = NULL;
	LAB_OK(ca_key_generate(type, 2048, lab->rng, &c->key, &lab_err));
	c->grant.spki = *ca_key_spki(c->key);
}

static inline void
lab_grant(struct lab *lab, struct lab_cert *c, const char *subject,
    enum ca_key_type type)
{
	lab_key(lab, c, type);
	c->grant.policy = &c->policy;
	c->grant.key_usage = c->policy.key_usage;
	c->grant.path_len = c->policy.path_len;
	lab_subject(&c->grant, subject);
}

static inline void
lab_order(struct lab *lab, struct lab_cert *c, int64_t years)
{
	LAB_OK(ca_rng_fill(lab->rng, c->serial, 16, &lab_err));
	c->serial[0] = (uint8_t)((c->serial[0] & 0x7f) | 1);
	c->order.serial = (struct ca_bytes){c->serial, 16};
	c->order.not_before = LAB_NOW - 300;
	c->order.not_after = c->order.not_before + years * LAB_YEAR - 1;
}

/* The TBS alone, parsed. */
static inline void
lab_tbs(
    struct lab_cert *c, const struct ca_issuer *issuer, const struct ca_key *by)
{
	struct ca_sig_alg alg = ca_sig_alg_for(ca_key_spki(by));

	ca_buf_free(&c->tbs);
	LAB_OK(
	    ca_tbs_cert(&c->grant, issuer, &alg, &c->order, &c->tbs, &lab_err));
	LAB_OK(ca_cert_parse_tbs(ca_view(&c->tbs), &c->cert, &lab_err));
}

/* All the beats of an issuance: may it, write, lint, sign, verify, compare. */
static inline void
lab_issue(struct lab *lab, struct lab_cert *c, const struct ca_issuer *issuer,
    struct ca_key *by)
{
	struct ca_sig_alg alg = ca_sig_alg_for(ca_key_spki(by));
	const struct ca_cert *above = issuer->chain_len != 0 ?
	    issuer->chain[0] :
	    NULL;

	LAB_OK(ca_issuer_may_sign(
	    issuer, &c->grant, &c->order, LAB_NOW, &lab_err));
	lab_tbs(c, issuer, by);
	LAB_OK(ca_lint_cert(&c->cert, above, &lab_err));
	LAB_OK(
	    ca_sign(ca_view(&c->tbs), by, &alg, lab->rng, &c->der, &lab_err));
	LAB_OK(ca_cert_parse(ca_view(&c->der), &c->cert, &lab_err));
	LAB_OK(ca_cert_verify(&c->cert, ca_key_spki(by), &lab_err));
	assert_true(ca_bytes_equal(c->cert.tbs, ca_view(&c->tbs)));
	LAB_OK(ca_lint_cert(&c->cert, above, &lab_err));
}

/* Grants and orders for a root, an authority and a leaf, with keys of type;
 * nothing is signed yet. */
static inline void
lab_open(struct lab *lab, enum ca_key_type type)
{
	*lab = (struct lab){0};
	LAB_OK(ca_rng_new(&lab->rng, &lab_err));
	lab_policy(&lab->root.policy, "root", true);
	lab_policy(&lab->mid.policy, "intermediate", true);
	lab_policy(&lab->leaf.policy, "server", false);
	lab->root.policy.path_len = 1;
	lab->mid.policy.path_len = 0;
	lab_grant(lab, &lab->root, "CN=Lab Root CA, O=Lab", type);
	lab_grant(lab, &lab->mid, "CN=Lab Issuing CA, O=Lab", type);
	lab_grant(lab, &lab->leaf, "CN=company.com", type);
	lab_san(&lab->leaf.grant, CA_SAN_DNS, "company.com");
	lab_order(lab, &lab->root, 20);
	lab_order(lab, &lab->mid, 5);
	lab_order(lab, &lab->leaf, 1);
	lab->by_none.id = lab->by_root.id = "root";
	lab->by_root.chain[0] = lab->by_mid.chain[1] = &lab->root.cert;
	lab->by_root.chain_len = 1;
	lab->by_mid.id = "issuing";
	lab->by_mid.chain[0] = &lab->mid.cert;
	lab->by_mid.chain_len = 2;
}

/* The two authorities signed. */
static inline void
lab_authorities(struct lab *lab)
{
	lab_issue(lab, &lab->root, &lab->by_none, lab->root.key);
	lab_issue(lab, &lab->mid, &lab->by_root, lab->root.key);
}

static inline void
lab_cert_done(struct lab_cert *c)
{
	ca_buf_free(&c->policy.name);
	ca_grant_done(&c->grant);
	ca_key_free(c->key);
	ca_buf_free(&c->tbs);
	ca_buf_free(&c->der);
	*c = (struct lab_cert){0};
}

static inline void
lab_close(struct lab *lab)
{
	lab_cert_done(&lab->root);
	lab_cert_done(&lab->mid);
	lab_cert_done(&lab->leaf);
	ca_rng_free(lab->rng);
	*lab = (struct lab){0};
}

/* Fixture: the authorities are signed, the leaf is ready to be. */
static inline int
lab_setup(void **state)
{
	struct lab *lab = malloc(sizeof(*lab));

	assert_non_null(lab);
	lab_open(lab, CA_KEY_P256);
	lab_authorities(lab);
	*state = lab;
	return 0;
}

static inline int
lab_teardown(void **state)
{
	lab_close(*state);
	free(*state);
	return 0;
}

#endif
