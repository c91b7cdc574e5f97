/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each thing a policy can get wrong, one at a time, with the place and the
 * beginning of what is said about it.
 */
#include "tests/unit/policies.h"

struct fault {
	const char *from, *to;
	const char *place;   /* line:column */
	const char *message; /* its beginning */
};

static void
expect(struct ca_bytes text, const char *place, const char *message)
{
	struct ca_policy *policy = NULL;
	struct ca_error err = {0};
	char start[256];

	(void)snprintf(start, sizeof(start), "t.policy:%s: %s", place, message);
	if (ca_policy_parse(text, "test", "t.policy", &policy, &err) == CA_OK)
		fail_msg("parsed, expected: %s", start);
	assert_null(policy);
	assert_int_equal(err.status, CA_MALFORMED);
	if (strncmp(err.msg, start, strlen(start)) != 0)
		fail_msg("expected: %s\n     got: %s", start, err.msg);
}

static void
expect_faults(const char *base, const struct fault *faults, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ca_buf text = changed(
		    base, faults[i].from, faults[i].to);

		expect(ca_view(&text), faults[i].place, faults[i].message);
		ca_buf_free(&text);
	}
}

/* ---- lines, sections, keys ---- */

static void
test_lines(void **state)
{
	static const struct fault faults[] = {
	    {"[policy]\n", "[policy\n", "1:1", "'[' without ']'"},
	    {"[policy]", "[Policy]", "1:2", "no section is called 'Policy'"},
	    {"[policy]", "[]", "1:2", "no section is called ''"},
	    {"[policy]", "[ policy ]", "1:2",
		"no section is called ' policy '"},
	    {"[policy]", "[policy] x", "1:10",
		"expected ',' or the end of the line after the section, not "
		"'x'"},
	    {"[key]", "[policy]", "6:1",
		"section [policy] again: it stands in line 1"},
	    {"[policy]\n", "", "1:1",
		"'description' stands before the first [section]"},
	    {"description = Test", "description", "2:12",
		"expected [section] or key = value"},
	    {"description = Test", "  = Test", "2:3",
		"expected [section] or key = value"},
	    {"description = Test", "de scription = Test", "2:4",
		"expected [section] or key = value"},
	    {"description = Test", "descripti\xc3\xb6n = Test", "2:10",
		"expected [section] or key = value"},
	    {"backdate = 5m", "backdat = 5m", "5:1",
		"[policy] has no key 'backdat': it has description, validity, "
		"max-validity, backdate"},
	    {"backdate = 5m", "Backdate = 5m", "5:1",
		"[policy] has no key 'Backdate'"},
	    {"backdate = 5m", "keyUsage = critical, digitalSignature", "5:1",
		"'keyUsage' belongs into [extensions], not into [policy]"},
	    {"backdate = 5m", "validity = 5m", "5:1",
		"'validity' again: it stands in line 3"},
	    {"backdate = 5m", "backdate = 5m, 6m", "5:14",
		"expected ',' or the end of the line after the value, not "
		"','"},
	    {"backdate = 5m", "backdate = 5m 6m", "5:15",
		"expected ',' or the end of the line after the value, not "
		"'6m'"},
	    {"description = Test", "description = a\001b", "2:16",
		"invisible character U+0001"},
	    {"description = Test", "description = a\033[31m", "2:16",
		"invisible character U+001B"},
	    {"description = Test", "description = T\xc3\xa4s\xe2\x80\xae",
		"2:18", "invisible character U+202E"},
	    {"[policy]", "\xef\xbb\xbf[policy]", "1:1",
		"invisible character U+FEFF"},
	    {"description = Test", "# \xc3\xa4\xff", "2:4",
		"octet 0xff is not UTF-8"},
	    {"[key]\n", "[key]\r\r\n", "6:6", "invisible character U+000D"},
	};

	(void)state;
	expect_faults(leaf_policy, faults, COUNT(faults));
	expect(BYTES("[policy]\nvalidity = 1d\0\n"), "2:14",
	    "invisible character U+0000");
}

static void
test_sizes(void **state)
{
	struct ca_buf text = {0};

	(void)state;
	expect(BYTES(""), "1:1", "0 octets: a policy has 1 to 65536");
	while (text.len < CA_POLICY_MAX_TEXT)
		assert_int_equal(ca_buf_append_text(&text, "#\n"), CA_OK);
	/* Full of comments: read to its end, and then nothing is there. */
	expect(ca_view(&text), "32768:1", "[policy] validity is missing");
	assert_int_equal(ca_buf_append_text(&text, "#"), CA_OK);
	expect(ca_view(&text), "1:1", "65537 octets: a policy has 1 to 65536");
	ca_buf_free(&text);
}

static void
test_words(void **state)
{
	static const struct fault faults[] = {
	    {"dns = any, company.com, .company.com, *.company.com",
		"dns =", "13:6", "expected a value here"},
	    {"dns = any,", "dns = ,", "13:7", "expected a value, not ','"},
	    {"dns = any,", "dns = any,,", "13:11", "expected a value, not ','"},
	    {"*.company.com", "*.company.com,", "13:53",
		"expected a value here"},
	    {"*.company.com", "*.company.com, # x", "13:54",
		"expected a value here"},
	    {"dns = any, company.com", "dns = any company.com", "13:11",
		"expected ',' or the end of the line after the value, not "
		"'company.com'"},
	    {"dns = any,", "dns = \"any,", "13:7",
		"the quote that opens here is not closed"},
	    {"dns = any,", "dns = \"a\\ny\",", "13:9",
		"in quotes a backslash stands before '\"' or another one"},
	    {"dns = any,",
		"dns = b\xc3\xbc"
		"cher.de,",
		"13:8", "a character outside ASCII: put the text in quotes"},
	    {"dns = any,", "dns = a > b,", "13:9", "'>' stands only in '>='"},
	    {"dns = any,", "dns = |,", "13:7", "expected a value, not '|'"},
	    {"critical, CA:FALSE", "critical CA:FALSE", "19:29",
		"expected ',' and what is critical after 'critical'"},
	};
	struct ca_buf text;
	char to[1100] = "dns = \"";

	(void)state;
	expect_faults(leaf_policy, faults, COUNT(faults));
	memset(to + 7, 'a', 1025);
	(void)snprintf(to + 7 + 1025, 10, "\"");
	text = changed(leaf_policy, "dns = any", to);
	expect(ca_view(&text), "13:7", "longer than 1024 octets");
	ca_buf_free(&text);
}

/* ---- one key, one table ---- */

static void
test_policy_section(void **state)
{
	static const struct fault faults[] = {
	    {"= Test", "=", "2:14", "description: expected a text here"},
	    {"= Test", "= # Test", "2:15", "description: expected a text here"},
	    {"= Test", "= \"\"", "2:15", "description: expected a text here"},
	    {"= Test", "= \"a\" b", "2:19",
		"expected ',' or the end of the line after the value"},
	    {"validity = 90d\nmax-", "validity = 90\nmax-", "3:12",
		"'90' is no duration"},
	    {"validity = 90d\nmax-", "validity = 90 d\nmax-", "3:12",
		"'90' is no duration"},
	    {"validity = 90d\nmax-", "validity = -1d\nmax-", "3:12",
		"'-1d' is no duration"},
	    {"validity = 90d\nmax-", "validity = \"90d\"\nmax-", "3:12",
		"'90d' is no duration"},
	    {"validity = 90d\nmax-", "validity =\nmax-", "3:11",
		"expected a value here"},
	    {"validity = 90d\nmax-", "validity = 0d\nmax-", "3:12",
		"'0d' is no duration"},
	    {"validity = 90d\nmax-", "validity = 0\nmax-", "3:12",
		"validity cannot be zero"},
	    {"397d", "101y", "4:16", "'101y' is no duration"},
	    {"397d", "0s", "4:16", "max-validity cannot be zero"},
	    {"5m", "5min", "5:12", "'5min' is no duration"},
	    {"validity = 90d\nmax-", "max-", "1:1",
		"[policy] validity is missing"},
	    {"max-validity = 397d\n", "", "1:1",
		"[policy] max-validity is missing"},
	    /* contradictions */
	    {"validity = 90d\nmax-", "validity = 398d\nmax-", "3:12",
		"validity is above max-validity (line 4)"},
	    {"backdate = 5m", "backdate = 90d", "5:12",
		"backdate is not below validity (line 3)"},
	};

	(void)state;
	expect_faults(leaf_policy, faults, COUNT(faults));
}

static void
test_key_section(void **state)
{
	static const struct fault faults[] = {
	    {"rsa >= 2048", "rsa", "7:12", "rsa needs a least size"},
	    {"rsa >= 2048", "rsa 2048", "7:13", "rsa needs a least size"},
	    {"rsa >= 2048", "rsa-2048", "7:9",
		"allow: 'rsa-2048' is no key type"},
	    {"rsa >= 2048", "rsa >= 1024", "7:16",
		"rsa >= '1024': the size is 2048 to 4096"},
	    {"rsa >= 2048", "rsa >= 8200", "7:16", "rsa >= '8200'"},
	    {"rsa >= 2048", "rsa >= 2049", "7:16", "rsa >= '2049'"},
	    {"rsa >= 2048", "rsa >= 02048", "7:16", "rsa >= '02048'"},
	    {"rsa >= 2048", "rsa >= many", "7:16", "rsa >= 'many'"},
	    {"rsa >= 2048", "rsa >=", "7:15", "rsa >= ','"},
	    {"rsa >= 2048", "rsa >= 4096 bits", "7:21",
		"expected ',' or the end of the line"},
	    {"ecdsa-p256", "p256", "7:22", "allow: 'p256' is no key type"},
	    {"ecdsa-p256", "ecdsa-p256 >= 256", "7:33",
		"expected ',' or the end of the line after the value, not "
		"'>='"},
	    {"ecdsa-p256", "ecdsa-p256, ecdsa-p256", "7:34",
		"ecdsa-p256 is allowed already"},
	    {"ecdsa-p256", "\"ecdsa-p256\"", "7:22",
		"allow: 'ecdsa-p256' is no key type"},
	    {"allow = rsa >= 2048, ecdsa-p256\n", "", "6:1",
		"[key] allow is missing"},
	};

	(void)state;
	expect_faults(leaf_policy, faults, COUNT(faults));
}

static void
test_subject_section(void **state)
{
	static const struct fault faults[] = {
	    {"commonName =", "commonname =", "9:1",
		"'commonname' is no attribute of a subject"},
	    {"commonName =", "subjectAltName =", "9:1",
		"'subjectAltName' is no attribute of a subject"},
	    {"organizationName =", "CN =", "10:1",
		"'commonName' again: it stands in line 9"},
	    {"commonName = optional", "commonName = maybe", "9:14",
		"commonName: expected required, optional or fixed \"text\""},
	    {"commonName = optional", "commonName = \"x\"", "9:14",
		"commonName: expected required, optional or fixed \"text\": "
		"'fixed' goes first"},
	    {"optional, in subjectAltName", "", "9:14",
		"commonName: expected required, optional or fixed \"text\""},
	    {"optional, in subjectAltName", "optional in subjectAltName",
		"9:23",
		"expected ',' or the end of the line after the value, not "
		"'in'"},
	    {"optional, in subjectAltName", "optional, subjectAltName", "9:24",
		"expected 'in subjectAltName' after ','"},
	    {"optional, in subjectAltName", "optional, in subject", "9:24",
		"expected 'in subjectAltName' after ','"},
	    {"optional, in", "fixed \"x\", in", "9:25",
		"a fixed value does not follow the subjectAltName"},
	    {"fixed \"Lab \\\"A\\\"\"", "fixed Lab", "10:26",
		"expected a text in quotes after 'fixed'"},
	    {"fixed \"Lab \\\"A\\\"\"", "fixed \"\"", "10:26", "fixed: '': "},
	    {"organizationName = fixed \"Lab \\\"A\\\"\"",
		"countryName = fixed \"Germany\"", "10:21",
		"fixed: 'Germany': countryName"},
	    {"organizationName = fixed \"Lab \\\"A\\\"\"",
		"organizationName = optional, in subjectAltName", "10:30",
		"organizationName is no name of a host or mailbox"},
	    {"organizationName = fixed \"Lab \\\"A\\\"\"",
		"emailAddress = optional", "10:1",
		"emailAddress would be taken unchecked"},
	};
	struct ca_buf text;

	(void)state;
	expect_faults(leaf_policy, faults, COUNT(faults));
	text = changed(
	    authority_policy, "required\n", "required, in subjectAltName\n");
	expect(ca_view(&text), "7:1",
	    "in subjectAltName, and [subjectAltName] allows no name");
	ca_buf_free(&text);
}

static void
test_names_section(void **state)
{
	static const struct fault faults[] = {
	    {"dns | ip, email", "dns | ip, mail", "12:21",
		"require: expected dns, email, ip, uri or upn, not 'mail'"},
	    {"dns | ip, email", "dns |", "12:16",
		"require: expected dns, email, ip, uri or upn, not ''"},
	    {"dns | ip, email", "dns | dns", "12:17", "dns again"},
	    {"dns | ip, email", "dns, dns, dns, dns, dns, dns, dns, dns, dns",
		"12:51", "more than 8 groups"},
	    {"upn = any\n", "upn = any\nupn = any\n", "18:1",
		"'upn' again: it stands in line 17"},
	    {"any, company.com", "any, any", "13:12", "'any' again"},
	    {"any, company.com", "company.com, company.com", "13:20",
		"'company.com' again"},
	    {"any, company.com", "Company.com", "13:7", "dns: 'Company.com': "},
	    {"any, company.com", "company..com", "13:7",
		"dns: 'company..com': "},
	    {"any, company.com", "company.com.", "13:7",
		"dns: 'company.com.': "},
	    {"any, company.com", "\"\"", "13:7", "dns: '': "},
	    {"any, company.com", ".", "13:7", "dns: '.': "},
	    {"any, company.com", "..company.com", "13:7",
		"dns: '..company.com': "},
	    {"any, company.com", "192.0.2.1", "13:7", "dns: '192.0.2.1': "},
	    {"any, company.com", "a_b.company.com", "13:7",
		"dns: 'a_b.company.com': "},
	    /* checklist 47: a wildcard pattern that is none */
	    {"*.company.com", "*", "13:39", "dns: '*': "},
	    {"*.company.com", "*.com", "13:39", "dns: '*.com': "},
	    {"*.company.com", "w*.company.com", "13:39",
		"dns: 'w*.company.com': "},
	    {"*.company.com", "*.*.company.com", "13:39",
		"dns: '*.*.company.com': "},
	    {"*.company.com", "a.*.company.com", "13:39",
		"dns: 'a.*.company.com': "},
	    {"*.company.com", ".*.company.com", "13:39",
		"dns: '.*.company.com': "},
	    {"email = @company.com", "email = @", "14:9", "email: '@': "},
	    {"email = @company.com", "email = company.com", "14:9",
		"email: 'company.com': "},
	    {"email = @company.com", "email = @*.company.com", "14:9",
		"email: '@*.company.com': "},
	    {"email = @company.com", "email = a@b@company.com", "14:9",
		"email: 'a@b@company.com': "},
	    {"ip = 10.0.0.0/8", "ip = 10.0.0.1/8", "15:6",
		"ip: '10.0.0.1/8': write an address or a prefix"},
	    {"ip = 10.0.0.0/8", "ip = 10.0.0.0/33", "15:6",
		"ip: '10.0.0.0/33': "},
	    {"ip = 10.0.0.0/8", "ip = 10.0.0/8", "15:6", "ip: '10.0.0/8': "},
	    {"::1/128", "::1/129", "15:18", "ip: '::1/129': "},
	    {"uri = https://company.com/", "uri = https://company.com", "16:7",
		"uri: 'https://company.com': a prefix is scheme://host/ and "
		"ends in '/'"},
	    {"uri = https://company.com/", "uri = https://", "16:7",
		"uri: 'https://': "},
	    {"upn = any", "upn = @", "17:7", "upn: '@': "},
	    /* contradictions */
	    {"ip = 10.0.0.0/8, ::1/128\n", "", "12:11",
		"ip is required and none is allowed: add ip = any"},
	    {"require = dns | ip, email\n", "", "20:20",
		"serverAuth without a name to compare with"},
	    {"dns | ip, email", "dns | email", "21:20",
		"serverAuth without a name to compare with"},
	    {"optional, in subjectAltName", "optional", "9:1",
		"a server's commonName is one of its names"},
	};

	(void)state;
	expect_faults(leaf_policy, faults, COUNT(faults));
}

static void
test_leaf_extensions(void **state)
{
	static const struct fault faults[] = {
	    {"critical, CA:FALSE", "CA:false", "19:20",
		"expected CA:TRUE or CA:FALSE, not 'CA:false'"},
	    {"critical, CA:FALSE", "critical", "19:28",
		"expected ',' and what is critical after 'critical'"},
	    {"critical, CA:FALSE", "critical,", "19:29",
		"expected CA:TRUE or CA:FALSE, not ''"},
	    {"CA:FALSE", "CA:FALSE, pathlen:0", "19:38",
		"a path length needs CA:TRUE"},
	    {"basicConstraints = critical, CA:FALSE\n", "", "18:1",
		"[extensions] basicConstraints is missing"},
	    {"keyUsage = critical, digitalSignature, keyEncipherment\n", "",
		"18:1", "[extensions] keyUsage is missing"},
	    {"digitalSignature, keyEncipherment", "digitalsignature", "20:22",
		"'digitalsignature' is no keyUsage"},
	    {"digitalSignature, keyEncipherment", "critical", "20:22",
		"'critical' is no keyUsage"},
	    {"digitalSignature, keyEncipherment",
		"digitalSignature, digitalSignature", "20:40",
		"'digitalSignature' again"},
	    {"digitalSignature, keyEncipherment",
		"nonRepudiation, contentCommitment", "20:38",
		"'contentCommitment' again"},
	    {"clientAuth", "clientauth", "21:32",
		"'clientauth' is neither a word known here nor an OID"},
	    {"clientAuth", "commonName", "21:32",
		"'commonName' is neither a word known here nor an OID"},
	    {"clientAuth", "serverAuth", "21:32", "'serverAuth' again"},
	    {"clientAuth", "1.3.6.1.5.5.7.3.1", "21:32",
		"'1.3.6.1.5.5.7.3.1' again"},
	    {"clientAuth", "1.40.3", "21:32",
		"'1.40.3' is neither a word known here nor an OID"},
	    {"clientAuth", "OCSPSigning", "21:20", "OCSPSigning stands alone"},
	    {"serverAuth, clientAuth", "critical, anyExtendedKeyUsage", "21:20",
		"critical says 'these alone'"},
	    {"2.23.140.1.2.1, CPS", "critical, 2.23.140.1.2.1, CPS", "22:23",
		"certificatePolicies is not critical here"},
	    {"2.23.140.1.2.1, CPS", "CPS", "22:23",
		"CPS: stands behind the policy's OID"},
	    {"2.23.140.1.2.1, CPS", "serverAuth, CPS", "22:23",
		"'serverAuth' is neither a word known here nor an OID"},
	    {"lab.example/cps", "lab.example/cps, CPS:http://a/", "22:67",
		"CPS: again"},
	    {"CPS:http://lab.example/cps", "CPS:cps", "22:43", "CPS: 'cps': "},
	    {"CPS:http://lab.example/cps", "CPS:", "22:43", "CPS: '': "},
	    {"[publish]", "ocspNoCheck = true\n[publish]", "23:15",
		"ocspNoCheck: expected yes or no, not 'true'"},
	    /* contradictions; checklist 57 */
	    {"keyEncipherment", "keyCertSign", "20:12",
		"keyCertSign and cRLSign need CA:TRUE (line 19 has CA:FALSE"},
	    {"keyEncipherment", "cRLSign", "20:12",
		"keyCertSign and cRLSign need CA:TRUE"},
	    {"keyEncipherment", "encipherOnly", "20:12",
		"encipherOnly and decipherOnly need keyAgreement"},
	    /* checklist 61 */
	    {"digitalSignature, key", "key", "20:12",
		"no usage is left for a key of type ecdsa-p256 (line 7)"},
	    {"rsa >= 2048", "ed25519", "20:12",
		"encipherment needs an RSA key and keyAgreement an ECDSA "
		"key, and line 7 allows none"},
	    {"[publish]", "ocspNoCheck = yes\n[publish]", "23:15",
		"ocspNoCheck is for OCSPSigning alone"},
	    {"[publish]",
		"nameConstraints = critical, permitted dns:a.example\n"
		"[publish]",
		"23:19",
		"nameConstraints is for authorities: line 19 has CA:FALSE"},
	    {"[publish]", "[crl]\nnext-update = 7d\n[publish]", "24:15",
		"next-update is for authorities: line 19 has CA:FALSE"},
	    {"[publish]", "[crl]\nnever-issued = revoked\n[publish]", "24:16",
		"never-issued is for authorities: line 19 has CA:FALSE"},
	    {"2.23.140.1.2.1", "2.23.140.1.1", "22:23",
		"2.23.140.1.1 is extended validation: [subject] needs "
		"jurisdictionCountryName = required"},
	};

	(void)state;
	expect_faults(leaf_policy, faults, COUNT(faults));
}

static void
test_extended_validation(void **state)
{
	struct ca_buf text = shipped("ev-server"), worse;

	(void)state;
	worse = changed(ca_buf_text(&text), "= any", "= *.company.com");
	expect(ca_view(&worse), "34:1", "extended validation (line 40) has no");
	ca_buf_free(&worse);
	worse = changed(ca_buf_text(&text),
	    "serialNumber                    = required",
	    "serialNumber = optional");
	expect(ca_view(&worse), "40:35",
	    "2.23.140.1.1 is extended validation: "
	    "[subject] needs serialNumber");
	ca_buf_free(&worse);
	ca_buf_free(&text);
}

static void
test_authority_extensions(void **state)
{
	static const struct fault faults[] = {
	    {"critical, CA:TRUE", "CA:TRUE", "9:20", "CA:TRUE is critical"},
	    {"pathlen:0, max", "pathlen:-1, max", "9:47",
		"'-1' is no path length"},
	    {"pathlen:0, max", "pathlen:33, max", "9:47",
		"'33' is no path length: a number from 0 to 32"},
	    {"pathlen:0, max", "pathlen:, max", "9:47", "'' is no path length"},
	    {"pathlen:0, max", "pathlen:0, pathlen:1, max", "9:50",
		"pathlen again"},
	    {"pathlen:0, max", "max", "9:20", "max-pathlen without pathlen"},
	    {"pathlen:0, max-pathlen:3", "pathlen:4, max-pathlen:3", "9:20",
		"pathlen:4 is above max-pathlen:3"},
	    {"pathlen:0, max", "path:0, max", "9:39",
		"basicConstraints: expected pathlen:N or max-pathlen:N, not "
		"'path:0'"},
	    {"critical, keyCertSign", "keyCertSign", "10:12",
		"an authority's keyUsage is critical"},
	    {"keyCertSign, cRLSign", "cRLSign", "10:12",
		"CA:TRUE (line 9) needs keyCertSign and cRLSign"},
	    {"keyCertSign, cRLSign", "keyCertSign", "10:12",
		"CA:TRUE (line 9) needs keyCertSign and cRLSign"},
	    {"cRLSign", "cRLSign, keyAgreement", "10:12",
		"a leaf's usage beside CA:TRUE (line 9)"},
	    {"serverAuth", "OCSPSigning", "11:20",
		"OCSPSigning beside CA:TRUE"},
	    {"critical, permitted dns", "permitted dns", "12:19",
		"nameConstraints is critical"},
	    {"permitted dns", "allowed dns", "12:29",
		"expected permitted or excluded, not 'allowed'"},
	    {"permitted dns:lab.example", "permitted lab.example", "12:39",
		"expected dns:, email:, ip:, uri: or dirName: and a name, not "
		"'lab.example'"},
	    {"permitted dns:lab.example", "permitted upn:lab.example", "12:39",
		"expected dns:, email:, ip:, uri: or dirName:"},
	    {"permitted dns:lab.example", "permitted", "12:38",
		"expected dns:, email:, ip:, uri: or dirName: and a name, not "
		"','"},
	    {"dns:lab.example", "dns:.lab.example", "12:43",
		"dns: '.lab.example': a host name covers all below it"},
	    {"dns:lab.example", "dns:Lab.example", "12:43",
		"dns: 'Lab.example': "},
	    {"dns:lab.example", "dns:*.lab.example", "12:43",
		"dns: '*.lab.example': "},
	    {"dns:lab.example", "dns:", "12:43", "dns: '': "},
	    {"email:.lab.example", "email:@lab.example", "12:72",
		"email: '@lab.example': "},
	    {"ip:10.0.0.0/8", "ip:10.0.0.1/8", "12:99", "ip: '10.0.0.1/8': "},
	    {"uri:.evil.example", "uri:http://evil.example", "12:157",
		"uri: 'http://evil.example': "},
	    {"\"O=Lab, C=DE\"", "\"Lab\"", "12:129", "dirName: 'Lab': "},
	    {"excluded uri:.evil.example", "permitted dns:lab.example",
		"12:158", "\'lab.example\' again"},
	    {"2d", "7d", "15:11", "overlap is not below next-update (line 14)"},
	    {"next-update = 7d\n", "", "14:11", "overlap without next-update"},
	    {"next-update = 7d", "next-update = 0", "14:15",
		"next-update cannot be zero"},
	    {"delta-next-update = 6h", "delta-next-update = 0", "16:21",
		"delta-next-update cannot be zero"},
	    {"never-issued = revoked", "never-issued = good", "17:16",
		"never-issued: expected unknown or revoked, not 'good'"},
	    {"never-issued = revoked", "never-issued = revoked, unknown",
		"17:23", "expected ',' or the end of the line"},
	};

	(void)state;
	expect_faults(authority_policy, faults, COUNT(faults));
}

/* checklist 62 */
static void
test_responder(void **state)
{
	static const struct fault faults[] = {
	    {"90d", "91d", "3:16",
		"a responder that nobody can revoke lives at most 90d"},
	    {"ocspNoCheck = yes\n", "", "11:20",
		"OCSPSigning without ocspNoCheck = yes"},
	    {"ocspNoCheck = yes", "ocspNoCheck = no", "11:20",
		"OCSPSigning without ocspNoCheck = yes"},
	    {"digitalSignature", "keyAgreement", "10:12",
		"OCSPSigning needs digitalSignature"},
	    {"OCSPSigning", "clientAuth", "12:15",
		"ocspNoCheck is for OCSPSigning alone"},
	};

	(void)state;
	expect_faults(responder_policy, faults, COUNT(faults));
}

static void
test_publish_section(void **state)
{
	static const struct fault faults[] = {
	    {"http://pki.lab.example/ocsp", "https://pki.lab.example/ocsp",
		"25:8",
		"'https://pki.lab.example/ocsp': the URL begins with http://"},
	    {"http://pki.lab.example/ocsp", "pki.lab.example", "25:8",
		"'pki.lab.example': the URL begins with http://"},
	    {"http://pki.lab.example/ocsp", "http://", "25:8",
		"ocsp: 'http://': "},
	    {"http://pki.lab.example/ocsp", "\"http://pki.lab.example/a b\"",
		"25:8", "ocsp: 'http://pki.lab.example/a b': "},
	    {"http://pki.lab.example/ocsp", "http://pki.lab.example/{serial}",
		"25:8", "ocsp: 'http://pki.lab.example/{serial}': "},
	    {"http://pki.lab.example/ocsp",
		"http://a.example/, http://a.example/", "25:27",
		"this URL again"},
	    {"crl = ", "crls = ", "24:1",
		"[publish] has no key 'crls': it has crl, shards, "
		"freshest, ocsp, issuer"},
	    {"ocsp = ", "shards = 0\nocsp = ", "25:10",
		"shards: expected a number from 1 to 1024, not '0'"},
	    {"ocsp = ", "shards = 1025\nocsp = ", "25:10",
		"shards: expected a number from 1 to 1024, not '1025'"},
	    {"ocsp = ", "shards = 4\nocsp = ", "24:7",
		"shards (line 25) without {shard} in each URL"},
	    {"crl/{issuer}.crl", "crl/{issuer}.{shard}.crl", "24:7",
		"{shard} without shards = N"},
	    {"/ocsp", "/{shard}", "25:8", "ocsp: 'http://"},
	    {"ocsp = ", "freshest = http://a.example/{shard}\nocsp = ", "25:12",
		"{shard} without shards = N"},
	    {"crl = http://pki.lab.example/crl/{issuer}.crl",
		"freshest = http://a.example/d.crl", "24:12",
		"freshest without crl"},
	};
	struct ca_buf many = {0}, text;

	(void)state;
	expect_faults(leaf_policy, faults, COUNT(faults));
	for (int i = 0; i < 17; i++)
		assert_int_equal(ca_buf_printf(&many, "%shttp://a.example/%02d",
				     i > 0 ? "," : "", i),
		    CA_OK);
	text = changed(
	    leaf_policy, "http://pki.lab.example/ocsp", ca_buf_text(&many));
	expect(ca_view(&text), "25:328", "more than 16 URLs in ocsp");
	ca_buf_free(&text);
	ca_buf_free(&many);
}

/* Every list has an end. */
static void
test_limits(void **state)
{
	struct ca_buf many = {0}, text;

	(void)state;
	for (int i = 0; i < 257; i++)
		assert_int_equal(ca_buf_printf(&many, "%sa%03d.example",
				     i > 0 ? "," : "", i),
		    CA_OK);
	text = changed(leaf_policy,
	    "any, company.com, .company.com, "
	    "*.company.com",
	    ca_buf_text(&many));
	expect(ca_view(&text), "13:3335", "more than 256 names");
	ca_buf_free(&text);
	ca_buf_clear(&many);
	for (int i = 0; i < 33; i++)
		assert_int_equal(
		    ca_buf_printf(&many, "%s1.2.%d", i > 0 ? "," : "", i + 100),
		    CA_OK);
	text = changed(
	    leaf_policy, "serverAuth, clientAuth", ca_buf_text(&many));
	expect(ca_view(&text), "21:276", "more than 32 of them");
	ca_buf_free(&text);
	ca_buf_clear(&many);
	for (int i = 0; i < 257; i++)
		assert_int_equal(
		    ca_buf_printf(&many, "%spermitted dns:a%03d.example",
			i > 0 ? "," : "", i),
		    CA_OK);
	text = changed(
	    authority_policy, "permitted dns:lab.example", ca_buf_text(&many));
	expect(ca_view(&text), "12:6955", "more than 256 of them");
	ca_buf_free(&text);
	ca_buf_free(&many);
}

/* A policy's first fault is the one that is told. */
static void
test_first_fault(void **state)
{
	(void)state;
	expect(ca_text("[policy]\nx = 1\ny = 2\n"), "2:1",
	    "[policy] has no key 'x'");
	expect(ca_text("# nothing\n"), "1:1", "[policy] validity is missing");
	expect(ca_text("x"), "1:2", "expected [section] or key = value");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_policy_section),
	    cmocka_unit_test(test_key_section),
	    cmocka_unit_test(test_subject_section),
	    cmocka_unit_test(test_names_section),
	    cmocka_unit_test(test_leaf_extensions),
	    cmocka_unit_test(test_extended_validation),
	    cmocka_unit_test(test_authority_extensions),
	    cmocka_unit_test(test_responder),
	    cmocka_unit_test(test_publish_section),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_first_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
