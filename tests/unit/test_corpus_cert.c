/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Certificates that others test with: NIST's PKITS and pyca's odd ones. Most
 * are read; each that is not is listed with its reason. What is read has one
 * encoding, and its TBS is read alike.
 */
#include <dirent.h>

#include "ca/cert.h"
#include "ca/pem.h"
#include "tests/fuzz/property.h"
#include "tests/unit/asn1.h"

struct refused {
	const char *file;
	enum ca_status status;
	const char *words; /* in the reason */
};

#define SHA_1 CA_REFUSED, "sha1WithRSAEncryption"
#define VERSION_1 CA_REFUSED, "version 1, "
#define TIME CA_MALFORMED, "RFC 5280 4.1.2.5"

/* ---- NIST PKITS ------------------------------------------------------- */

static const struct refused pkits[] = {
    /* An unused bit in the signature: test 4.1.2 asks that it be found bad,
     * and so it is. */
    {"BadSignedCACert.crt", CA_MALFORMED, "RFC 5280 4.1.1.3"},
    {"DSACACert.crt", CA_REFUSED, "DSA"},
    {"DSAParametersInheritedCACert.crt", CA_REFUSED, "dsa"},
    {"InvalidDSASignatureTest6EE.crt", CA_REFUSED, "dsa"},
    {"ValidDSAParameterInheritanceTest5EE.crt", CA_REFUSED, "dsa"},
    {"ValidDSASignaturesTest4EE.crt", CA_REFUSED, "dsa"},
    /* GeneralizedTime before 2050: PKITS of 2011 takes it, RFC 5280 says
     * MUST use UTCTime. */
    {"Invalidpre2000UTCEEnotAfterDateTest7EE.crt", TIME},
    {"ValidGeneralizedTimenotBeforeDateTest4EE.crt", TIME},
};

/* ---- pyca ------------------------------------------------------------- */

static const struct refused pyca[] = {
    {"accvraiz1.pem", SHA_1},
    {"aia_ca_issuers.pem", SHA_1},
    {"aia_ocsp.pem", SHA_1},
    {"aia_ocsp_ca_issuers.pem", SHA_1},
    {"all_key_usages.pem", SHA_1},
    {"all_supported_names.pem", SHA_1},
    {"alternate-rsa-sha1-oid.der", CA_REFUSED, "sha1WithRSA"},
    {"authority_key_identifier.pem", SHA_1},
    {"authority_key_identifier_no_keyid.pem", SHA_1},
    {"badasn1time.pem", SHA_1},
    {"basic_constraints_not_critical.pem", SHA_1},
    {"bc_path_length_zero.pem", SHA_1},
    {"cdp_all_reasons.pem", SHA_1},
    {"cdp_crl_issuer.pem", SHA_1},
    {"cdp_fullname_reasons_crl_issuer.pem", SHA_1},
    {"cdp_reason_aa_compromise.pem", SHA_1},
    {"cp_cps_uri.pem", SHA_1},
    {"cp_invalid.pem", SHA_1},
    {"cp_invalid2.der", SHA_1},
    {"cp_user_notice_no_explicit_text.pem", SHA_1},
    {"cp_user_notice_with_explicit_text.pem", SHA_1},
    {"cp_user_notice_with_notice_reference.pem", SHA_1},
    {"cryptography-scts-tbs-precert.der", CA_MALFORMED, "tbsCertificate"},
    {"dsa_selfsigned_ca.pem", CA_REFUSED, "dsa"},
    {"e-trust.ru.der", CA_REFUSED, "1.2.643.2.2.3"},
    {"ec_no_named_curve.pem", CA_REFUSED, "RFC 5480 2.1.1"},
    {"ed25519-rfc8410.pem", CA_REFUSED, "X25519"},
    {"extended_key_usage.pem", SHA_1},
    {"ian_uri.pem", SHA_1},
    {"inhibit_any_policy_5.pem", SHA_1},
    {"inhibit_any_policy_negative.pem", SHA_1},
    {"invalid_signature_cert.pem", VERSION_1},
    {"invalid_utf8_common_name.pem", VERSION_1},
    {"invalid_version.pem", CA_REFUSED, "version number 7"},
    {"long-form-name-attribute.pem", SHA_1},
    {"policy_constraints_explicit.pem", SHA_1},
    {"post2000utctime.pem", SHA_1},
    {"rsa_pss.pem", CA_REFUSED, "SHA-1"},
    {"san_dirname.pem", SHA_1},
    {"san_edipartyname.der", CA_REFUSED, "dsa"},
    {"san_email_dns_ip_dirname_uri.pem", SHA_1},
    {"san_idna2003_dnsname.pem", SHA_1},
    {"san_idna_names.pem", SHA_1},
    {"san_ipaddr.pem", SHA_1},
    {"san_other_name.pem", SHA_1},
    {"san_registered_id.pem", SHA_1},
    {"san_rfc822_idna.pem", SHA_1},
    {"san_rfc822_names.pem", SHA_1},
    {"san_uri_with_port.pem", SHA_1},
    {"san_x400address.der", CA_REFUSED, "dsa"},
    /* BIT STRING attributes: RFC 5280 app. A has strings alone. */
    {"scottishpower-bitstring-dn.pem", CA_MALFORMED, "tag 0x03"},
    {"unique_identifier.pem", CA_MALFORMED, "tag 0x03"},
    {"two_basic_constraints.pem", SHA_1},
    {"unsupported_extension.pem", SHA_1},
    {"unsupported_extension_critical.pem", SHA_1},
    {"unsupported_subject_name.pem", VERSION_1},
    {"unsupported_subject_public_key_info.pem", SHA_1},
    {"utf8_common_name.pem", VERSION_1},
    {"v1_cert.pem", VERSION_1},
    {"valid_signature_cert.pem", VERSION_1},
    {"verisign_md2_root.pem", VERSION_1},
    {"wosign-bc-invalid.pem", SHA_1},
};

/* Most of pyca's are signed with SHA-1, and refused for that alone. Their
 * extensions are looked at all the same: these are not what they say. */
static const struct refused pyca_extensions[] = {
    {"alternate-rsa-sha1-oid.der", CA_MALFORMED, "keyUsage"},
    {"cp_invalid2.der", CA_MALFORMED, "certificatePolicies"},
    {"ed25519-rfc8410.pem", CA_MALFORMED, "X.690 11.5"},
    {"inhibit_any_policy_negative.pem", CA_MALFORMED, "inhibitAnyPolicy"},
    {"two_basic_constraints.pem", CA_MALFORMED, "twice"},
    {"wosign-bc-invalid.pem", CA_MALFORMED, "basicConstraints"},
};

/* ---- holding them against their table --------------------------------- */

#define TABLE_MAX 80

struct corpus {
	const struct refused *table;
	size_t count;
	bool seen[TABLE_MAX];
	enum ca_status (*judge)(struct ca_bytes der, struct ca_error *err);
	size_t taken, refused;
};

static enum ca_status
judge_certificate(struct ca_bytes der, struct ca_error *err)
{
	struct ca_cert cert, tbs;
	enum ca_status st;

	st = ca_cert_parse(der, &cert, err);
	if (st != CA_OK)
		return st;
	require_one_encoding(der);
	assert_int_equal(ca_cert_parse_tbs(cert.tbs, &tbs, NULL), CA_OK);
	assert_int_equal(tbs.exts.count, cert.exts.count);
	return CA_OK;
}

static enum ca_status
judge_extensions(struct ca_bytes der, struct ca_error *err)
{
	struct ca_bytes in, tbs, element, content;
	struct ca_exts exts = {0};
	enum ca_status st = CA_OK;
	uint8_t tag;

	if (!der_get(&der, DER_SEQUENCE, &in) ||
	    !der_get(&in, DER_SEQUENCE, &tbs))
		return CA_OK;
	while (der_get_any(&tbs, &tag, &element, &content))
		if (tag == DER_CONTEXT_CONS(3))
			st = ca_exts_parse(content, &exts, err);
	for (size_t i = 0; st == CA_OK && i < exts.count; i++)
		st = ca_ext_check(&exts.list[i], err);
	return st;
}

static void
hold_one(struct corpus *corpus, const char *file, struct ca_bytes der)
{
	struct ca_error err = {0};
	enum ca_status st = corpus->judge(der, &err);

	for (size_t i = 0; i < corpus->count; i++) {
		if (strcmp(corpus->table[i].file, file) != 0)
			continue;
		corpus->seen[i] = true;
		corpus->refused++;
		if (st != corpus->table[i].status ||
		    strstr(err.msg, corpus->table[i].words) == NULL)
			fail_msg("%s: %d \"%s\"", file, st, err.msg);
		return;
	}
	if (st != CA_OK)
		fail_msg("%s: %d \"%s\"", file, st, err.msg);
	corpus->taken++;
}

/* Every certificate of a PEM file, the old label of X.509's too. */
static void
hold_pem(struct corpus *corpus, const char *file, struct ca_bytes text)
{
	char label[CA_PEM_LABEL];
	struct ca_buf der = {0};

	while (ca_pem_next(&text, label, &der, NULL) == CA_OK) {
		if (strcmp(label, CA_PEM_CERTIFICATE) == 0 ||
		    strcmp(label, "X509 CERTIFICATE") == 0)
			hold_one(corpus, file, ca_view(&der));
		ca_buf_free(&der);
	}
	ca_buf_free(&der);
}

static bool
ends_in(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

static void
hold_folder(struct corpus *corpus, const char *folder, const char *under)
{
	char path[768];
	struct dirent *entry;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, under);
	dir = opendir(path);
	if (dir == NULL)
		fail_msg("%s: cannot be read", path);
	while ((entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;
		struct ca_buf file = {0};

		(void)snprintf(
		    path, sizeof(path), "%s/%s/%s", folder, under, name);
		if (ends_in(name, ".pem")) {
			assert_true(append_file(&file, path));
			hold_pem(corpus, name, ca_view(&file));
		} else if (ends_in(name, ".crt") ||
		    (ends_in(name, ".der") && strncmp(name, "crl_", 4) != 0)) {
			assert_true(append_file(&file, path));
			hold_one(corpus, name, ca_view(&file));
		}
		ca_buf_free(&file);
	}
	closedir(dir);
}

/* The tables name nothing that is not there. */
static void
assert_all_seen(const struct corpus *corpus)
{
	for (size_t i = 0; i < corpus->count; i++)
		if (!corpus->seen[i])
			fail_msg("%s: not there", corpus->table[i].file);
}

/* checklist 7, 10, 11, 20, 23, 37, 68, 120 */
static void
pkits_is_read(void **state)
{
	struct corpus corpus = {
	    .table = pkits, .count = COUNT(pkits), .judge = judge_certificate};

	(void)state;
	hold_folder(&corpus, corpora(), "pkits/certs");
	assert_all_seen(&corpus);
	assert_int_equal(corpus.refused, COUNT(pkits));
	assert_int_equal(corpus.taken, 405 - COUNT(pkits));
}

static void
hold_pyca(struct corpus *corpus)
{
	static const char *const folders[] = {"pyca/x509", "pyca/x509/custom",
	    "pyca/x509/custom/ca", "pyca/x509/ed25519", "pyca/x509/ed448"};

	for (size_t i = 0; i < COUNT(folders); i++)
		hold_folder(corpus, corpora(), folders[i]);
	assert_all_seen(corpus);
}

static void
pycas_odd_ones_are_read_or_refused(void **state)
{
	struct corpus corpus = {
	    .table = pyca, .count = COUNT(pyca), .judge = judge_certificate};

	(void)state;
	hold_pyca(&corpus);
	assert_true(corpus.taken >= 40);
}

static void
pycas_odd_extensions_are_read_or_refused(void **state)
{
	struct corpus corpus = {.table = pyca_extensions,
	    .count = COUNT(pyca_extensions),
	    .judge = judge_extensions};

	(void)state;
	hold_pyca(&corpus);
	assert_true(corpus.taken >= 90);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pkits_is_read),
	    cmocka_unit_test(pycas_odd_ones_are_read_or_refused),
	    cmocka_unit_test(pycas_odd_extensions_are_read_or_refused),
	};

	if (corpora() == NULL)
		return not_here();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
