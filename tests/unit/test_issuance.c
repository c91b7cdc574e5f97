/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The beats of an issuance, from the text of a policy to a certificate that
 * was verified, without ledger and files: every policy that is shipped, with
 * every type of key.
 */
#include "tests/unit/lab.h"

#include "tests/unit/policies.h"

static const enum ca_key_type key_types[] = {CA_KEY_RSA, CA_KEY_P256,
    CA_KEY_P384, CA_KEY_P521, CA_KEY_ED25519, CA_KEY_ED448};

static const struct {
	const char *policy, *subject;
	enum ca_san_type type;
	const char *san;
} wishes[] = {
    {"root", "CN=Lab Root CA, O=Lab", CA_SAN_OTHER, NULL},
    {"intermediate", "C=DE, CN=Lab Issuing CA", CA_SAN_OTHER, NULL},
    {"server", "CN=company.com", CA_SAN_DNS, "company.com"},
    {"client", "", CA_SAN_EMAIL, "jason@lab.example"},
    {"ocsp-responder", "CN=Lab OCSP", CA_SAN_OTHER, NULL},
    {"ev-server",
	"jurisdictionCountryName=DE, businessCategory=Private Organization, "
	"serialNumber=HRB 1, O=Company, CN=company.com",
	CA_SAN_DNS, "company.com"},
};

/* A grant by the shipped policy in place of the one made by hand. */
static struct ca_policy *
admit(struct lab_cert *c, size_t i)
{
	struct ca_buf text = shipped(wishes[i].policy), value = {0};
	struct ca_policy *policy = parsed(ca_view(&text), wishes[i].policy);
	struct ca_san san = {.type = wishes[i].type};
	struct ca_wish wish = {.spki = ca_key_spki(c->key), .sans = &san};

	lab_subject(&c->grant, wishes[i].subject);
	wish.subject = ca_view(&c->grant.subject);
	if (wishes[i].san != NULL) {
		LAB_OK(ca_san_from_text(
		    san.type, wishes[i].san, &value, &lab_err));
		san.value = ca_view(&value);
		wish.san_count = 1;
	}
	struct ca_grant grant = {0};
	LAB_OK(ca_policy_admit(policy, &wish, &grant, &lab_err));
	ca_grant_done(&c->grant);
	c->grant = grant;
	ca_buf_free(&value);
	ca_buf_free(&text);
	return policy;
}

/* checklist 67, 68: what each policy gives passes the issuer and lint, with
 * the policy's own validity, before the signature and after it. */
static void
issue(struct lab *lab, struct lab_cert *c, size_t i,
    const struct ca_issuer *issuer, struct ca_key *by)
{
	struct ca_policy *policy = admit(c, i);
	int64_t earliest = INT64_MIN;

	if (issuer->chain_len != 0)
		earliest = issuer->chain[0]->not_before;
	LAB_OK(ca_policy_validity(policy, &ca_term_none, LAB_NOW, earliest,
	    &c->order.not_before, &c->order.not_after, &lab_err));
	lab_issue(lab, c, issuer, by);
	assert_int_equal(c->cert.is_ca, policy->is_ca);
	assert_int_equal(
	    c->cert.not_after - c->cert.not_before + 1, policy->validity);
	if (c->key != by && !policy->is_ca &&
	    ca_key_spki(c->key)->type != CA_KEY_RSA)
		assert_int_equal(c->cert.key_usage & CA_KU_KEY_ENCIPHERMENT, 0);
	c->grant.policy = &c->policy;
	ca_policy_free(policy);
}

static void
each_policy_with_each_key_type(void **state)
{
	(void)state;
	for (size_t k = 0; k < LAB_COUNT(key_types); k++) {
		struct lab lab;

		lab_open(&lab, key_types[k]);
		issue(&lab, &lab.root, 0, &lab.by_none, lab.root.key);
		issue(&lab, &lab.mid, 1, &lab.by_root, lab.root.key);
		for (size_t i = 2; i < LAB_COUNT(wishes); i++)
			issue(&lab, &lab.leaf, i, &lab.by_mid, lab.mid.key);
		lab_close(&lab);
	}
}

/* The shipped intermediate makes no authority below itself, by its path
 * length (checklist 58), and no leaf outlives it (checklist 9). */
static void
shipped_limits_hold(void **state)
{
	struct ca_policy *policy;
	struct lab lab;

	(void)state;
	lab_open(&lab, CA_KEY_P256);
	issue(&lab, &lab.root, 0, &lab.by_none, lab.root.key);
	issue(&lab, &lab.mid, 1, &lab.by_root, lab.root.key);
	policy = admit(&lab.leaf, 1);
	lab_subject(&lab.leaf.grant, "CN=Lab Department CA");
	LAB_SAYS(ca_issuer_may_sign(&lab.by_mid, &lab.leaf.grant,
		     &lab.leaf.order, LAB_NOW, &lab_err),
	    CA_REFUSED, "issuing allows a path of 0 authorities");
	ca_policy_free(policy);
	policy = admit(&lab.leaf, 2);
	lab.leaf.order.not_after = lab.mid.cert.not_after + 1;
	LAB_SAYS(ca_issuer_may_sign(&lab.by_mid, &lab.leaf.grant,
		     &lab.leaf.order, LAB_NOW, &lab_err),
	    CA_REFUSED, "may not outlive its issuer");
	ca_policy_free(policy);
	lab_close(&lab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_policy_with_each_key_type),
	    cmocka_unit_test(shipped_limits_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
