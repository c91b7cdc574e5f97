/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What tests/chains/chains.txt cannot say: questions that cannot be asked,
 * names by themselves, what a verdict tells, and hostile pools.
 */
#include <time.h>

#include "tests/unit/chains.h"

#define AT INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

static const char lab[] =
    "[root R]\n[ca I]\nissuer = R\npolicies = 1.2.3, 1.2.4\n"
    "[leaf www]\nissuer = I\nsan = dns:www.company.com\n"
    "policies = 1.2.3\n[leaf anon]\nissuer = I\nsubject =\n"
    "from = 2025-12-31\n";

static struct chains *
open_lab(const char *text)
{
	struct chains *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	assert_int_equal(ca_buf_append_text(&c->text, text), CA_OK);
	chains_read_text(c);
	return c;
}

static void
close_lab(struct chains *c)
{
	chains_done(c);
	free(c);
}

/* ---- the question ----------------------------------------------------- */

static void
some_questions_cannot_be_asked(void **state)
{
	(void)state;
	struct chains *c = open_lab(lab);
	struct ca_cert leaf = chains_cert(c, c->section, "www");
	const struct ca_verify_question good = {.leaf = &leaf, .at = AT};
	struct ca_verdict verdict = {.chain_len = 99};
	struct ca_verify_question ask[] = {
	    good, good, good, good, good, good, good, good};

	ask[0].leaf = NULL;
	ask[1].pool_count = CA_VERIFY_MAX_POOL + 1;
	ask[2].anchor_count = CA_VERIFY_MAX_ANCHORS + 1;
	ask[3].crl_count = CA_VERIFY_MAX_CRLS + 1;
	ask[4].ocsp_count = CA_VERIFY_MAX_OCSP + 1;
	ask[5].at = INT64_MAX;
	ask[6].skew = -1;
	ask[7].purpose = CA_PURPOSE_COUNT;
	for (size_t i = 0; i < COUNT(ask); i++) {
		struct ca_error err = {0};

		assert_int_equal(ca_verify(&ask[i], &verdict, &err), CA_USAGE);
		assert_int_equal(err.status, CA_USAGE);
		assert_int_equal(verdict.chain_len, 99);
	}
	/* Nobody is trusted: no anchor, no trust. */
	assert_int_equal(ca_verify(&good, &verdict, NULL), CA_UNTRUSTED);
	assert_false(verdict.holds);
	close_lab(c);
}

static void
nothing_is_no_verdict(void **state)
{
	(void)state;
	struct ca_verdict verdict = {0};
	struct ca_finding finding = {0};
	struct ca_buf text = {0};

	assert_false(verdict.holds);
	assert_int_equal(verdict.trust.outcome, CA_OUTCOME_NOT_ASKED);
	assert_int_equal(ca_finding_append_text(&text, &finding), CA_OK);
	assert_text(&text, "");
}

static void
purposes_have_names(void **state)
{
	(void)state;
	enum ca_purpose purpose;

	for (int i = 0; i < CA_PURPOSE_COUNT; i++) {
		assert_true(ca_purpose_by_name(ca_purpose_name(i), &purpose));
		assert_int_equal(purpose, i);
	}
	assert_null(ca_purpose_name(CA_PURPOSE_COUNT));
	assert_null(ca_purpose_name(-1));
	assert_false(ca_purpose_by_name("serve", &purpose));
	assert_false(ca_purpose_by_name("", &purpose));
}

/* ---- the verdict ------------------------------------------------------ */

static void
a_verdict_tells_the_path_and_the_policies(void **state)
{
	(void)state;
	struct chains *c = open_lab(lab);
	struct ca_cert leaf = chains_cert(c, c->section, "www");
	struct ca_cert pool = chains_cert(c, c->section, "I");
	struct ca_cert root = chains_cert(c, c->section, "R");
	const struct ca_verify_question ask = {.leaf = &leaf,
	    .pool = &pool,
	    .pool_count = 1,
	    .anchors = &root,
	    .anchor_count = 1,
	    .at = AT,
	    .host = "www.company.com"};
	struct ca_verdict verdict = {0};

	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_OK);
	assert_true(verdict.holds && verdict.complete);
	assert_int_equal(verdict.chain_len, 3);
	assert_ptr_equal(verdict.chain[0], &leaf);
	assert_ptr_equal(verdict.chain[1], &pool);
	assert_ptr_equal(verdict.chain[2], &root);
	assert_int_equal(verdict.policies.count, 1);
	assert_bytes(verdict.policies.oid[0], BYTES("\x2a\x03"));
	assert_int_equal(verdict.revocation.outcome, CA_OUTCOME_NOT_ASKED);
	assert_ptr_equal(verdict.name.cert, &leaf);
	close_lab(c);
}

static void
a_finding_is_one_safe_line(void **state)
{
	(void)state;
	struct chains *c = open_lab(lab);
	struct ca_cert leaf = chains_cert(c, c->section, "anon");
	struct ca_finding finding = {.outcome = CA_OUTCOME_FAILS,
	    .cert = &leaf,
	    .field = "notAfter",
	    .reason = "it expired"};
	struct ca_buf text = {0};

	assert_int_equal(ca_finding_append_text(&text, &finding), CA_OK);
	assert_text(
	    &text, "the certificate without a name: notAfter: it expired");
	finding.cert = NULL;
	assert_int_equal(ca_finding_append_text(&text, &finding), CA_OK);
	assert_text(&text, "notAfter: it expired");
	assert_string_equal(ca_outcome_name(CA_OUTCOME_FAILS), "fails");
	close_lab(c);
}

/* The first that fails is what err says: trust before dates. */
static void
the_error_is_the_first_reason(void **state)
{
	(void)state;
	struct chains *c = open_lab(lab);
	struct ca_cert leaf = chains_cert(c, c->section, "www");
	struct ca_verify_question ask = {
	    .leaf = &leaf, .at = AT - 100 * 365 * CA_DAY};
	struct ca_verdict verdict = {0};
	struct ca_error err = {0};

	assert_int_equal(ca_verify(&ask, &verdict, &err), CA_UNTRUSTED);
	assert_non_null(strstr(err.msg, "CN=www: issuer: nobody here"));
	assert_int_equal(verdict.date.outcome, CA_OUTCOME_FAILS);
	ask.anchors = &leaf;
	ask.anchor_count = 1;
	err = (struct ca_error){0};
	assert_int_equal(ca_verify(&ask, &verdict, &err), CA_UNTRUSTED);
	assert_non_null(strstr(err.msg, "CN=www: notBefore: it is valid"));
	close_lab(c);
}

/* sha256WithRSAEncryption becomes sha1WithRSAEncryption, in both places. */
static void
make_sha1(struct ca_buf *der)
{
	static const uint8_t rsa[] = {
	    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b};
	size_t count = 0;

	for (size_t i = 0; i + sizeof(rsa) <= der->len; i++)
		if (memcmp(der->data + i, rsa, sizeof(rsa)) == 0) {
			der->data[i + sizeof(rsa) - 1] = 0x05;
			count++;
		}
	assert_int_equal(count, 2);
}

/* An old root signed itself with SHA-1: what it vouches for it vouches for,
 * and nobody else may be so old. */
static void
an_anchor_may_be_of_another_age(void **state)
{
	(void)state;
	struct chains *c = open_lab("[root R]\ntype = rsa-2048\n"
				    "[leaf www]\nissuer = R\n");
	struct ca_cert leaf = chains_cert(c, c->section, "www");
	struct ca_cert root = {0};
	struct ca_verify_question ask = {
	    .leaf = &leaf, .anchors = &root, .anchor_count = 1, .at = AT};
	struct ca_verdict verdict = {0};
	struct ca_bytes der;

	assert_true(chains_der(c, c->section).len > 0);
	make_sha1(&c->section[0].der);
	der = ca_view(&c->section[0].der);
	assert_int_equal(ca_cert_parse(der, &root, NULL), CA_REFUSED);
	assert_int_equal(ca_cert_parse_anchor(der, &root, NULL), CA_OK);
	assert_int_equal(root.alg.kind, CA_SIG_NONE);
	assert_int_not_equal(ca_cert_verify(&root, &root.spki, NULL), CA_OK);
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_OK);
	/* As a leaf, or between, it is nobody, and told why. */
	ask.leaf = &root;
	ask.anchors = &leaf;
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_UNTRUSTED);
	/* It is itself whom you trust. */
	ask.anchors = &root;
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_OK);
	/* All else is as strict. */
	der.len--;
	assert_int_equal(ca_cert_parse_anchor(der, &root, NULL), CA_MALFORMED);
	close_lab(c);
}

/* What was read for the sake of anchors is told of others, and refused. */
static void
a_laxity_is_refused_below_an_anchor(void **state)
{
	(void)state;
	struct chains *c = open_lab("[root R]\ntype = rsa-2048\n"
				    "[leaf www]\nissuer = R\n");
	struct ca_cert leaf = chains_cert(c, c->section, "www");
	struct ca_cert root = chains_cert(c, c->section, "R");
	struct ca_verify_question ask = {
	    .leaf = &leaf, .anchors = &root, .anchor_count = 1, .at = AT};
	struct ca_verdict verdict = {0};

	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_OK);
	leaf.lax.field = "validity";
	(void)snprintf(leaf.lax.reason, sizeof(leaf.lax.reason), "a reason");
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_UNTRUSTED);
	assert_string_equal(verdict.trust.field, "validity");
	assert_string_equal(verdict.trust.reason, "a reason");
	ask.lenient = true;
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_UNTRUSTED);
	leaf.lax.reason[0] = '\0';
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_OK);
	leaf.spki.type = CA_KEY_NONE;
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_UNTRUSTED);
	assert_string_equal(verdict.trust.field, "subjectPublicKeyInfo");
	close_lab(c);
}

/* An old server: it can be looked at, and is told what is wrong. */
static void
a_sha1_leaf_is_told_its_algorithm(void **state)
{
	(void)state;
	struct chains *c = open_lab("[root R]\ntype = rsa-2048\n"
				    "[leaf www]\nissuer = R\n");
	struct ca_cert root = chains_cert(c, c->section, "R"), leaf = {0};
	struct section *made = &c->section[1];
	struct ca_verify_question ask = {
	    .leaf = &leaf, .anchors = &root, .anchor_count = 1, .at = AT};
	struct ca_verdict verdict = {0};

	assert_true(chains_der(c, made).len > 0);
	make_sha1(&made->der);
	assert_int_equal(
	    ca_cert_parse(ca_view(&made->der), &leaf, NULL), CA_REFUSED);
	assert_int_equal(
	    ca_cert_parse_any(ca_view(&made->der), &leaf, NULL), CA_OK);
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_UNTRUSTED);
	assert_string_equal(verdict.trust.field, "signatureAlgorithm");
	assert_non_null(strstr(verdict.trust.reason, "SHA-1 is broken"));
	close_lab(c);
}

#define CROWD 40

/* Of so many of one name not all are tried; that is what is said. */
static void
a_crowd_of_one_name_is_told(void **state)
{
	(void)state;
	struct ca_buf text = {0};
	struct ca_cert *pool = calloc(CROWD, sizeof(*pool));
	struct ca_cert leaf, root;
	struct ca_verdict verdict = {0};
	struct chains *c;
	char name[32];
	struct ca_verify_question ask = {.leaf = &leaf,
	    .pool = pool,
	    .pool_count = CROWD,
	    .anchors = &root,
	    .anchor_count = 1,
	    .at = AT};

	assert_non_null(pool);
	assert_int_equal(ca_buf_append_text(&text,
			     "[root R]\n[key nobody]\n[ca I]\nissuer = R\n"
			     "[leaf www]\nissuer = I\nwithout = aki\n"),
	    CA_OK);
	for (int i = 0; i < CROWD; i++)
		assert_int_equal(
		    ca_buf_printf(
			&text, "[ca I %d]\nsubject = CN=I\nissuer = R\n", i),
		    CA_OK);
	c = open_lab(ca_buf_text(&text));
	leaf = chains_cert(c, c->section, "www");
	root = chains_cert(c, c->section, "R");
	for (int i = 0; i < CROWD; i++) {
		(void)snprintf(name, sizeof(name), "I %d", i);
		pool[i] = chains_cert(c, c->section, name);
	}
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_UNTRUSTED);
	assert_non_null(
	    strstr(verdict.trust.reason, "more than 32 issuers of one name"));
	ask.pool_count = 32;
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_UNTRUSTED);
	assert_string_equal(verdict.trust.field, "signatureValue");
	close_lab(c);
	ca_buf_free(&text);
	free(pool);
}

/* ---- names ------------------------------------------------------------ */

/* checklist 46 to 49; RFC 9525 6.3 */
static void
hosts_match(void **state)
{
	(void)state;
	static const struct {
		struct ca_bytes name;
		const char *host;
		bool matches;
	} cases[] = {
	    {LITERAL("company.com"), "company.com", true},
	    {LITERAL("CoMpAnY.cOm"), "company.com", true},
	    {LITERAL("company.com."), "company.com", false},
	    {LITERAL("*.company.com"), "www.company.com", true},
	    {LITERAL("*.company.com"), "company.com", false},
	    {LITERAL("*.company.com"), "a.b.company.com", false},
	    {LITERAL("*.company.com"), ".company.com", false},
	    {LITERAL("*.com"), "company.com", false},
	    {LITERAL("*"), "localhost", false},
	    {LITERAL("www.*.com"), "www.company.com", false},
	    {LITERAL("w*.company.com"), "www.company.com", false},
	    {LITERAL("company.com\0"), "company.com", false},
	    {LITERAL("company.com\0.evil.example"), "company.com", false},
	    {LITERAL("my_host.company.com"), "my_host.company.com", true},
	    {LITERAL("my_host.company.com"), "myxhost.company.com", false},
	    {LITERAL("myxhost.company.com"), "my_host.company.com", false},
	    {LITERAL("*.company.com"), "my_host.company.com", true},
	    {LITERAL("AB--c.company.com"), "ab--c.company.com", true},
	    {LITERAL("ab--c.company.com"), "ab-c.company.com", false},
	    {LITERAL("-a.company.com"), "-a.company.com", true},
	    {LITERAL("*.company.com"), "a-.company.com", true},
	    {LITERAL("xn--i-7iq.ws"), "xn--i-7iq.ws", true},
	    {LITERAL("_\0.company.com"), "_", false},
	    {LITERAL("*_.company.com"), "a_.company.com", false},
	    {LITERAL("192.0.2.1"), "192.0.2.1", false},
	    {LITERAL(""), "", false},
	    {LITERAL("*.xn--bcher-kva.example"), "a.xn--bcher-kva.example",
		true},
	    {LITERAL("xn--*.example"), "xn--bcher-kva.example", false},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		if (ca_verify_host_matches(cases[i].name,
			ca_text(cases[i].host)) != cases[i].matches)
			fail_msg("%zu: %s", i, cases[i].host);
}

static void
hosts_are_prepared(void **state)
{
	(void)state;
	static const struct {
		const char *typed, *host; /* NULL: refused */
	} cases[] = {
	    {"Company.COM", "company.com"},
	    {"company.com.", "company.com"},
	    {"company.com..", NULL},
	    {".", NULL},
	    {"b\xc3\xbc"
	     "cher.example",
		"xn--bcher-kva.example"},
	    {"B\xc3\x9c"
	     "CHER.example.",
		"xn--bcher-kva.example"},
	    {"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
	    {"\xff.example", NULL},
	    {"xn--zz.example", NULL},
	    {"My_Host.company.com", "my_host.company.com"},
	    {"r3---sn.A.com", "r3---sn.a.com"},
	    {"foo-.company.com", "foo-.company.com"},
	    {"-foo.company.com", "-foo.company.com"},
	    {"xn--i-7iq.ws", "xn--i-7iq.ws"},
	    {"xn--a.example", NULL}, /* U+0080 */
	    {"i\xe2\x9d\xa4.ws", NULL},
	    {"_", "_"},
	    {"_..company.com", NULL},
	    {"192.0.2.1", NULL},
	    {"2001:db8::1", NULL},
	    {"*.company.com", NULL},
	    {"a b", NULL},
	    {"", NULL},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct ca_buf host = {0};
		struct ca_error err = {0};
		enum ca_status st;

		st = ca_verify_host_prepare(cases[i].typed, &host, &err);
		if (cases[i].host == NULL) {
			assert_int_equal(st, CA_USAGE);
			assert_int_equal(host.len, 0);
		} else {
			assert_int_equal(st, CA_OK);
			assert_text(&host, cases[i].host);
		}
	}
}

static void
mailboxes_match(void **state)
{
	(void)state;
	static const struct {
		struct ca_bytes name, mail;
		bool matches;
	} cases[] = {
	    {LITERAL("j@company.com"), LITERAL("j@COMPANY.com"), true},
	    {LITERAL("J@company.com"), LITERAL("j@company.com"), false},
	    {LITERAL("j@company.com"), LITERAL("j@company.com.evil"), false},
	    {LITERAL("j@company.com\0"), LITERAL("j@company.com"), false},
	    {LITERAL("company.com"), LITERAL("company.com"), false},
	    {LITERAL("@company.com"), LITERAL("@company.com"), false},
	    {LITERAL(""), LITERAL(""), false},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		if (ca_verify_email_matches(cases[i].name, cases[i].mail) !=
		    cases[i].matches)
			fail_msg("case %zu", i);
}

/* ---- hostile pools ---------------------------------------------------- */

#define NAMES 9000

/* A public server of many customers, under constraints: the last name is
 * found, and nothing is gone through more than a few times. */
static void
a_certificate_of_many_names(void **state)
{
	(void)state;
	struct ca_buf text = {0}, sans = {0}, value = {0};
	struct der_out out = {0};
	struct ca_verdict verdict = {0};
	struct ca_cert leaf, pool[2], root;
	struct chains *c;
	char name[32];
	clock_t begin;
	struct ca_verify_question ask = {.leaf = &leaf,
	    .pool = pool,
	    .pool_count = COUNT(pool),
	    .anchors = &root,
	    .anchor_count = 1,
	    .at = AT,
	    .host = "h8999.company.com"};

	der_open(&out, DER_SEQUENCE);
	for (int i = 0; i < NAMES; i++) {
		(void)snprintf(name, sizeof(name), "h%d.company.com", i);
		der_put_text(&out, DER_CONTEXT(2), name);
	}
	der_close(&out);
	assert_int_equal(der_finish(&out, &sans), CA_OK);
	assert_int_equal(ca_hex_append(&value, ca_view(&sans)), CA_OK);
	assert_int_equal(
	    ca_buf_printf(&text,
		"[root R]\n[ca I]\nissuer = R\npermit = dns:company.com, "
		"dns:company.example\n[ca J]\nissuer = I\nexclude = "
		"dns:shop.company.com\n[leaf www]\nissuer = J\n"
		"ext = 2.5.29.17 %s\n",
		ca_buf_text(&value)),
	    CA_OK);
	c = open_lab(ca_buf_text(&text));
	leaf = chains_cert(c, c->section, "www");
	pool[0] = chains_cert(c, c->section, "I");
	pool[1] = chains_cert(c, c->section, "J");
	root = chains_cert(c, c->section, "R");
	assert_int_equal(leaf.san_count, NAMES);
	begin = clock();
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_OK);
	ask.host = "h9000.company.com";
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_UNTRUSTED);
	assert_non_null(strstr(verdict.name.reason, "and 8996 more"));
	assert_true(clock() - begin < 5 * CLOCKS_PER_SEC);
	close_lab(c);
	ca_buf_free(&text);
	ca_buf_free(&sans);
	ca_buf_free(&value);
}

#define KEYS 12

/*
 * Authorities that have all certified each other: more paths than anybody
 * can walk. None leads to an anchor, or one does.
 */
static void
everybody_vouches_for_everybody(void **state)
{
	(void)state;
	struct ca_cert *pool = calloc(CA_VERIFY_MAX_POOL, sizeof(*pool));
	struct ca_buf text = {0};
	struct ca_verdict verdict = {0};
	struct chains *c;
	struct ca_cert leaf, root;
	char name[32];
	clock_t begin;
	struct ca_verify_question ask = {.pool = pool, .at = AT};

	assert_non_null(pool);
	assert_int_equal(ca_buf_append_text(&text, "[root R]\n"), CA_OK);
	for (int i = 0; i < KEYS; i++)
		for (int j = 0; j < KEYS; j++)
			assert_int_equal(
			    ca_buf_printf(&text,
				"[ca %d by %d]\nsubject = CN=%d\nkey = key %d\n"
				"issuer = %d by %d\n%s",
				i, j, i, i, j, j, i == j ? "aki = R\n" : ""),
			    CA_OK);
	for (int i = 0; i < KEYS; i++)
		assert_int_equal(
		    ca_buf_printf(&text, "[key key %d]\n", i), CA_OK);
	assert_int_equal(
	    ca_buf_append_text(&text,
		"[leaf www]\nissuer = 0 by 0\n"
		"[ca way out]\nsubject = CN=5\nkey = key 5\nissuer = R\n"),
	    CA_OK);
	c = open_lab(ca_buf_text(&text));
	leaf = chains_cert(c, c->section, "www");
	root = chains_cert(c, c->section, "R");
	ask.leaf = &leaf;
	ask.anchors = &root;
	ask.anchor_count = 1;
	for (int i = 0; i < KEYS; i++)
		for (int j = 0; j < KEYS; j++) {
			(void)snprintf(name, sizeof(name), "%d by %d", i, j);
			pool[ask.pool_count++] = chains_cert(
			    c, c->section, name);
		}
	begin = clock();
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_UNTRUSTED);
	assert_int_equal(verdict.trust.outcome, CA_OUTCOME_FAILS);
	/* A second, or ten under a sanitizer. */
	assert_true(clock() - begin < 20 * CLOCKS_PER_SEC);
	pool[ask.pool_count++] = chains_cert(c, c->section, "way out");
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_OK);
	close_lab(c);
	ca_buf_free(&text);
	free(pool);
}

#define LEVELS 12
#define POLICIES 8

/*
 * Each policy mapped to every other, at every height: a tree of them would
 * have 8^12 leaves (CVE-2023-0464), the graph of RFC 9618 has 8 at a height.
 */
static void
every_policy_becomes_every_other(void **state)
{
	(void)state;
	struct ca_buf text = {0}, list = {0}, map = {0};
	struct ca_cert pool[LEVELS], leaf, root;
	struct ca_verdict verdict = {0};
	struct chains *c;
	clock_t begin;
	struct ca_verify_question ask = {.leaf = &leaf,
	    .pool = pool,
	    .pool_count = LEVELS,
	    .anchors = &root,
	    .anchor_count = 1,
	    .at = AT,
	    .explicit_policy = true};

	for (int i = 0; i < POLICIES; i++) {
		assert_int_equal(ca_buf_printf(&list, "1.2.%d, ", i), CA_OK);
		for (int j = 0; j < POLICIES; j++)
			assert_int_equal(
			    ca_buf_printf(&map, "1.2.%d>1.2.%d, ", i, j),
			    CA_OK);
	}
	assert_int_equal(ca_buf_append_text(&text, "[root 0]\n"), CA_OK);
	for (int i = 1; i <= LEVELS; i++)
		assert_int_equal(
		    ca_buf_printf(&text,
			"[ca %d]\nissuer = %d\npolicies = %s\nmap = %s\n", i,
			i - 1, ca_buf_text(&list), ca_buf_text(&map)),
		    CA_OK);
	assert_int_equal(
	    ca_buf_printf(
		&text, "[leaf www]\nissuer = %d\npolicies = 1.2.5\n", LEVELS),
	    CA_OK);
	c = open_lab(ca_buf_text(&text));
	root = chains_cert(c, c->section, "0");
	leaf = chains_cert(c, c->section, "www");
	for (int i = 0; i < LEVELS; i++)
		pool[i] = chains_cert(c, c->section, c->section[i + 1].name);
	begin = clock();
	assert_int_equal(ca_verify(&ask, &verdict, NULL), CA_OK);
	assert_true(clock() - begin < 5 * CLOCKS_PER_SEC);
	assert_int_equal(verdict.policies.count, POLICIES);
	close_lab(c);
	ca_buf_free(&text);
	ca_buf_free(&list);
	ca_buf_free(&map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(some_questions_cannot_be_asked),
	    cmocka_unit_test(nothing_is_no_verdict),
	    cmocka_unit_test(purposes_have_names),
	    cmocka_unit_test(a_verdict_tells_the_path_and_the_policies),
	    cmocka_unit_test(a_finding_is_one_safe_line),
	    cmocka_unit_test(the_error_is_the_first_reason),
	    cmocka_unit_test(an_anchor_may_be_of_another_age),
	    cmocka_unit_test(a_laxity_is_refused_below_an_anchor),
	    cmocka_unit_test(a_sha1_leaf_is_told_its_algorithm),
	    cmocka_unit_test(a_crowd_of_one_name_is_told),
	    cmocka_unit_test(hosts_match),
	    cmocka_unit_test(hosts_are_prepared),
	    cmocka_unit_test(mailboxes_match),
	    cmocka_unit_test(a_certificate_of_many_names),
	    cmocka_unit_test(everybody_vouches_for_everybody),
	    cmocka_unit_test(every_policy_becomes_every_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
