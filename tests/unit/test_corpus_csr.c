/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests that other projects test with, and what becomes of each here:
 * parsed, its proof of possession checked, its key looked at. Where OpenSSL
 * or pyca would take what we refuse, the rule stands beside it.
 */
#include "ca/csr.h"
#include "ca/weakkey.h"
#include "tests/unit/asn1.h"

#define ACME "certbot-acme__acme__src__acme___internal__tests__testdata__"
#define CERTBOT "certbot-acme__certbot__src__certbot__tests__testdata__"
#define JOSEPY "josepy__tests__testdata__"
#define PYCA "pyca__x509__requests__"
#define STEP "step-ca-testdata__authority__provisioner__testdata__certs__"
#define STEP_TOP "step-ca-testdata__authority__testdata__certs__"

/* Why we refuse what another accepts. */
#define SHORT "CA/B BR 6.1.5: an RSA modulus has at least 2048 bits"
#define SHA_1 "CA/B BR 7.1.3.2: SHA-1 is no hash to sign with"
#define VERSION "RFC 2986 4.1: the version is 0"
#define ENCODING "X.690: DER has one encoding"
#define DSA "CA/B BR 6.1.5: RSA, ECDSA (and EdDSA) keys alone"
#define FERMAT "CVE-2022-26320: factored in a moment"

static const struct verdict {
	const char *file;
	enum ca_status status;
	const char *words; /* in the reason */
	const char *rule;  /* NULL where all three agree */
} verdicts[] = {
    {"asn1crypto__tests__fixtures__test-inter.der", CA_OK, "", NULL},
    {"asn1crypto__tests__fixtures__test-third.der", CA_OK, "", NULL},
    {"asn1crypto__tests__fixtures__test-windows-host.der", CA_REFUSED, "sha1",
	NULL},
    {"badkeys__tests__data__defect__invalidver.der", CA_MALFORMED, "version 99",
	NULL},
    {"badkeys__tests__data__rsa-fermat.der", CA_REFUSED, "CVE-2022-26320",
	FERMAT},
    {"badkeys__tests__data__unsupported__gost.der", CA_REFUSED, "1.2.643",
	NULL},
    {ACME "csr-ipsans.der", CA_MALFORMED, "version 2", VERSION},
    {ACME "csr-ipv6sans.der", CA_MALFORMED, "version 2", VERSION},
    {ACME "csr-mixed.der", CA_OK, "", NULL},
    {CERTBOT "csr-6sans_512.der", CA_REFUSED, "512", SHORT},
    {CERTBOT "csr-nonames_512.der", CA_REFUSED, "512", SHORT},
    {CERTBOT "csr-nosans_512.der", CA_REFUSED, "512", SHORT},
    {CERTBOT "csr-nosans_nistp256.der", CA_OK, "", NULL},
    {CERTBOT "csr_512.der", CA_REFUSED, "512", SHORT},
    {JOSEPY "csr-100sans.der", CA_REFUSED, "512", SHORT},
    {JOSEPY "csr-6sans.der", CA_REFUSED, "512", SHORT},
    {JOSEPY "csr-idnsans.der", CA_REFUSED, "512", SHORT},
    {JOSEPY "csr-nosans.der", CA_REFUSED, "512", SHORT},
    {JOSEPY "csr-san.der", CA_REFUSED, "512", SHORT},
    {JOSEPY "csr.der", CA_OK, "", NULL},
    {"openssl__certs__ext-check.der", CA_OK, "", NULL},
    {"openssl__certs__sm2-csr.der", CA_REFUSED, "1.2.156", NULL},
    {"openssl__certs__x509-check.der", CA_OK, "", NULL},
    {PYCA "bad-version.der", CA_MALFORMED, "version 1", NULL},
    {PYCA "basic_constraints.der", CA_REFUSED, "sha1", NULL},
    {PYCA "challenge-invalid.der", CA_UNTRUSTED, "RFC 2986 4.2", NULL},
    {PYCA "challenge-multi-valued.der", CA_MALFORMED, "several", NULL},
    {PYCA "challenge-unstructured.der", CA_OK, "", NULL},
    {PYCA "challenge.der", CA_OK, "", NULL},
    {PYCA "dsa_sha1.der", CA_REFUSED, "DSA", DSA},
    {PYCA "ec_sha256.der", CA_OK, "", NULL},
    {PYCA "freeipa-bad-critical.der", CA_MALFORMED, "X.690 11.5", ENCODING},
    {PYCA "invalid_signature.der", CA_UNTRUSTED, "RFC 2986 4.2", NULL},
    {PYCA "long-form-attribute.der", CA_MALFORMED, "not DER", NULL},
    {PYCA "rsa_md4.der", CA_REFUSED, "md4", NULL},
    {PYCA "rsa_sha1.der", CA_REFUSED, "sha1", SHA_1},
    {PYCA "rsa_sha256.der", CA_OK, "", NULL},
    {PYCA "san_rsa_sha1.der", CA_REFUSED, "sha1", SHA_1},
    {PYCA "two_basic_constraints.der", CA_MALFORMED, "twice", NULL},
    {PYCA "unsupported_extension.der", CA_REFUSED, "sha1", NULL},
    {PYCA "unsupported_extension_critical.der", CA_REFUSED, "sha1", NULL},
    {PYCA "zero-element-attribute.der", CA_MALFORMED, "without a value",
	"RFC 2986 4.1: SET SIZE (1..MAX)"},
    {STEP "ecdsa.der", CA_OK, "", NULL},
    {STEP "ed25519.der", CA_OK, "", NULL},
    {STEP "rsa.der", CA_OK, "", NULL},
    {STEP "short-rsa.der", CA_REFUSED, "1048", SHORT},
    {STEP_TOP "badsig.der", CA_UNTRUSTED, "RFC 2986 4.2", NULL},
    {STEP_TOP "foo.der", CA_OK, "", NULL},
    {"wolfssl__certs__csr.attr.der", CA_OK, "", NULL},
    {"wolfssl__certs__csr.dsa.der", CA_REFUSED, "DSA", DSA},
    {"wolfssl__certs__csr.ext.der", CA_MALFORMED, "version 3", VERSION},
    {"wolfssl__certs__csr.signed.der", CA_OK, "", NULL},
};

static const struct verdict *
find_verdict(const char *file)
{
	for (size_t i = 0; i < COUNT(verdicts); i++)
		if (strcmp(verdicts[i].file, file) == 0)
			return &verdicts[i];
	return NULL;
}

static enum ca_status
judge(struct ca_bytes der, struct ca_error *err)
{
	struct ca_csr csr;
	enum ca_status st;

	if ((st = ca_csr_parse(der, &csr, err)) != CA_OK ||
	    (st = ca_csr_verify(&csr, err)) != CA_OK)
		return st;
	return ca_weakkey_check(&csr.spki, err);
}

/* One line of the manifest: file, size, what OpenSSL and what pyca say. */
struct row {
	char *file, *openssl, *pyca;
	size_t bytes;
};

static bool
next_row(char **text, struct row *row)
{
	char *line = strsep(text, "\n");

	if (line == NULL || *line == '\0')
		return false;
	row->file = strsep(&line, "\t");
	row->bytes = strtoul(strsep(&line, "\t"), NULL, 10);
	row->openssl = strsep(&line, "\t");
	row->pyca = strsep(&line, "\t");
	assert_non_null(row->pyca);
	return true;
}

/* Whether the verdict is here and as expected; false when another file bears
 * the name (two rows of the manifest do). */
static bool
hold_against(const struct row *row, const char *folder)
{
	const struct verdict *verdict = find_verdict(row->file);
	bool openssl = strcmp(row->openssl, "ok") == 0;
	bool pyca = strcmp(row->pyca, "parsed,sig-ok,ext-ok") == 0;
	struct ca_error err = {0};
	struct ca_buf der = {0};
	enum ca_status st;
	char path[512];

	(void)snprintf(
	    path, sizeof(path), "%s/csr/files/%s", folder, row->file);
	assert_true(append_file(&der, path));
	if (der.len != row->bytes) {
		ca_buf_free(&der);
		return false;
	}
	if (verdict == NULL)
		fail_msg("%s: no verdict", row->file);
	st = judge(ca_view(&der), &err);
	if (st != verdict->status || strstr(err.msg, verdict->words) == NULL)
		fail_msg("%s: %d \"%s\"", row->file, st, err.msg);
	/* What we take, OpenSSL takes; what we refuse alone has its rule. */
	if (st == CA_OK && (!openssl || !pyca))
		fail_msg("%s: taken here alone", row->file);
	if (st != CA_OK && (openssl || pyca) && verdict->rule == NULL)
		fail_msg("%s: refused without a rule", row->file);
	if (!openssl && !pyca && verdict->rule != NULL)
		fail_msg("%s: a rule that nobody differs on", row->file);
	ca_buf_free(&der);
	return true;
}

/* checklist 18, 19, 20, 21, 23, 27, 31, 34, 37, 120 */
static void
every_request_has_its_verdict(void **state)
{
	const char *folder = corpora();
	struct ca_buf manifest = {0};
	struct row row;
	char path[512], *text;
	size_t held = 0, rows = 0;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/csr/MANIFEST.tsv", folder);
	assert_true(append_file(&manifest, path));
	assert_non_null(ca_buf_text(&manifest));
	text = (char *)manifest.data;
	assert_non_null(strsep(&text, "\n"));
	for (; next_row(&text, &row); rows++)
		held += hold_against(&row, folder);
	assert_int_equal(rows, 53);
	assert_int_equal(held, COUNT(verdicts));
	ca_buf_free(&manifest);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_request_has_its_verdict),
	};

	if (corpora() == NULL)
		return not_here();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
