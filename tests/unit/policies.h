/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policies: texts of policies that tests start from, and how one is changed
 * in one place.
 *
 * What this does not do: cover a key; the tests do, one change at a time.
 */
#ifndef TESTS_UNIT_POLICIES_H
#define TESTS_UNIT_POLICIES_H

#include "ca/policy.h"
#include "tests/unit/asn1.h"

/* Each key of a leaf. Lines are counted by the tests: keep them. */
static const char leaf_policy[] =
    "[policy]\n"
    "description = Test\n"
    "validity = 90d\n"
    "max-validity = 397d\n"
    "backdate = 5m\n"
    "[key]\n"
    "allow = rsa >= 2048, ecdsa-p256\n"
    "[subject]\n"
    "commonName = optional, in subjectAltName\n"
    "organizationName = fixed \"Lab \\\"A\\\"\"\n"
    "[subjectAltName]\n"
    "require = dns | ip, email\n"
    "dns = any, company.com, .company.com, *.company.com\n"
    "email = @company.com, @.company.com, jason@lab.example\n"
    "ip = 10.0.0.0/8, ::1/128\n"
    "uri = https://company.com/\n"
    "upn = any\n"
    "[extensions]\n"
    "basicConstraints = critical, CA:FALSE\n"
    "keyUsage = critical, digitalSignature, keyEncipherment\n"
    "extendedKeyUsage = serverAuth, clientAuth, 1.3.6.1.4.1.99999.1\n"
    "certificatePolicies = 2.23.140.1.2.1, CPS:http://lab.example/cps\n"
    "[publish]\n"
    "crl = http://pki.lab.example/crl/{issuer}.crl\n"
    "ocsp = http://pki.lab.example/ocsp\n"
    "issuer = http://pki.lab.example/ca/{issuer}.crt\n";

/* Each key of an authority. */
static const char authority_policy[] =
    "[policy]\n"
    "validity = 10y\n"
    "max-validity = 20y\n"
    "[key]\n"
    "allow = ecdsa-p256, ed25519\n"
    "[subject]\n"
    "commonName = required\n"
    "[extensions]\n"
    "basicConstraints = critical, CA:TRUE, pathlen:0, max-pathlen:3\n"
    "keyUsage = critical, keyCertSign, cRLSign\n"
    "extendedKeyUsage = serverAuth\n"
    "nameConstraints = critical, permitted dns:lab.example, "
    "permitted email:.lab.example, permitted ip:10.0.0.0/8, "
    "permitted dirName:\"O=Lab, C=DE\", excluded uri:.evil.example\n"
    "[crl]\n"
    "next-update = 7d\n"
    "overlap = 2d\n"
    "delta-next-update = 6h\n"
    "never-issued = revoked\n";

/* A responder. */
static const char responder_policy[] = "[policy]\n"
				       "validity = 30d\n"
				       "max-validity = 90d\n"
				       "[key]\n"
				       "allow = ecdsa-p256\n"
				       "[subject]\n"
				       "commonName = required\n"
				       "[extensions]\n"
				       "basicConstraints = CA:FALSE\n"
				       "keyUsage = digitalSignature\n"
				       "extendedKeyUsage = OCSPSigning\n"
				       "ocspNoCheck = yes\n";

/* base with the one place where from stands now to; free it. */
static inline struct ca_buf
changed(const char *base, const char *from, const char *to)
{
	struct ca_buf text = {0};
	const char *at = strstr(base, from);

	if (at == NULL || strstr(at + 1, from) != NULL)
		fail_msg("not once in the policy: %s", from);
	assert_int_equal(
	    ca_buf_append(&text,
		(struct ca_bytes){(const uint8_t *)base, (size_t)(at - base)}),
	    CA_OK);
	assert_int_equal(ca_buf_append_text(&text, to), CA_OK);
	assert_int_equal(ca_buf_append_text(&text, at + strlen(from)), CA_OK);
	return text;
}

/* The policy of a text that must parse. */
static inline struct ca_policy *
parsed(struct ca_bytes text, const char *name)
{
	struct ca_policy *policy = NULL;
	struct ca_error err = {0};

	if (ca_policy_parse(text, name, name, &policy, &err) != CA_OK)
		fail_msg("%s", err.msg);
	return policy;
}

/* A policy of the source tree's policies/; free the text. */
static inline struct ca_buf
shipped(const char *name)
{
	struct ca_buf text = {0};
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/policies/%s.policy",
	    SIGNET_SOURCE_DIR, name);
	if (!append_file(&text, path))
		fail_msg("%s: cannot be read", path);
	return text;
}

static const char *const shipped_names[] = {
    "root", "intermediate", "server", "client", "ocsp-responder", "ev-server"};

#endif
