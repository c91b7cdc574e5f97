/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * NIST's Public Key Interoperability Test Suite: each test through
 * ca_verify(), its certificates in a pool that is out of order, and the state
 * of every one of them asked of its CRLs. checklist 58, 120.
 */
#include "ca/verify.h"
#include "tests/unit/corpora.h"

#define MAX_FILES 12
#define AT INT64_C(1425297600) /* 2015-03-02T12:00:00Z */

/*
 * Where we say no and NIST says yes. There is no list of the other kind: what
 * NIST calls invalid is never taken.
 */
static const struct {
	const char *id, *rule;
} stricter[] = {
    {"4.1.4", "DSA is not read (SP 800-131A)"},
    {"4.1.5", "DSA is not read (SP 800-131A)"},
    {"4.2.4", "a date before 2050 is a UTCTime (RFC 5280 4.1.2.5)"},
    {"4.4.14", "serial numbers are positive (RFC 5280 4.1.2.2)"},
    {"4.14.22", "indirect CRLs are not judged (RFC 5280 5.2.5)"},
    {"4.14.24", "indirect CRLs are not judged (RFC 5280 5.2.5)"},
    {"4.14.25", "indirect CRLs are not judged (RFC 5280 5.2.5)"},
    {"4.14.28", "indirect CRLs are not judged (RFC 5280 5.2.5)"},
    {"4.14.29", "indirect CRLs are not judged (RFC 5280 5.2.5)"},
    {"4.14.30", "indirect CRLs are not judged (RFC 5280 5.2.5)"},
    {"4.14.33", "indirect CRLs are not judged (RFC 5280 5.2.5)"},
};

struct fixture {
	const char *id; /* up to the TAB */
	struct ca_buf file[2 * MAX_FILES];
	size_t file_count;
	struct ca_cert root, leaf, pool[MAX_FILES];
	size_t pool_count;
	struct ca_crl crl[MAX_FILES];
	size_t crl_count;
	struct ca_buf oids[8];
	struct ca_verify_question ask;
	struct ca_error why; /* why something was not read */
	bool has_leaf;
};

static size_t
field_len(const char *text, const char *end)
{
	return strcspn(text, end);
}

static struct ca_bytes
load(struct fixture *f, const char *folder, const char *name, size_t len,
    const char *ext)
{
	char where[256];

	assert_true(f->file_count < COUNT(f->file));
	assert_true(snprintf(where, sizeof(where), "pkits/%s/%.*s.%s", folder,
			(int)len, name, ext) < (int)sizeof(where));
	f->file[f->file_count] = corpora_file(where);
	return ca_view(&f->file[f->file_count++]);
}

/* The anchor is the first, the leaf the last; the pool is turned round. */
static void
load_certs(struct fixture *f, const char *names)
{
	for (size_t i = 0;; i++) {
		size_t len = field_len(names, ",\t");
		bool is_last = names[len] == '\t';
		struct ca_bytes der = load(f, "certs", names, len, "crt");
		struct ca_cert cert;

		if (ca_cert_parse(der, &cert, &f->why) == CA_OK) {
			if (i == 0)
				f->root = cert;
			else if (is_last)
				f->leaf = cert;
			else
				f->pool[f->pool_count++] = cert;
			f->has_leaf = f->has_leaf || (i > 0 && is_last);
		}
		if (is_last)
			break;
		names += len + 1;
	}
	for (size_t i = 0; i < f->pool_count / 2; i++) {
		struct ca_cert cert = f->pool[i];

		f->pool[i] = f->pool[f->pool_count - 1 - i];
		f->pool[f->pool_count - 1 - i] = cert;
	}
}

static void
load_crls(struct fixture *f, const char *names)
{
	while (*names != '\t') {
		size_t len = field_len(names, ",\t");
		struct ca_bytes der = load(f, "crls", names, len, "crl");

		if (ca_crl_parse(der, &f->crl[f->crl_count], &f->why) == CA_OK)
			f->crl_count++;
		names += len + (names[len] == ',');
	}
}

/* "NIST-test-policy-1,NIST-test-policy-2" or "anyPolicy", up to a quote. */
static void
read_policies(
    struct fixture *f, const char *text, struct ca_oid_list *ret, size_t buf)
{
	*ret = (struct ca_oid_list){0};
	while (*text != '"') {
		size_t len = field_len(text, ",\"");
		struct ca_buf *oid = &f->oids[buf + ret->count];
		char dotted[64] = "2.5.29.32.0";

		if (strncmp(text, "NIST-test-policy-", 17) == 0)
			(void)snprintf(dotted, sizeof(dotted),
			    "2.16.840.1.101.3.2.1.48.%c", text[17]);
		assert_int_equal(ca_oid_parse(oid, dotted), CA_OK);
		ret->oid[ret->count++] = ca_view(oid);
		text += len + (text[len] == ',');
	}
}

static const char *
setting(const char *line, const char *name)
{
	const char *at = strstr(line, name);

	return at == NULL ? NULL : at + strlen(name);
}

static void
read_settings(struct fixture *f, const char *line, struct ca_oid_list *expected)
{
	const char *at;

	if ((at = setting(line, "SetInitialPolicySet(\"\"")) != NULL)
		read_policies(f, at, &f->ask.policies, 0);
	read_policies(f, "NIST-test-policy-1\"", expected, 4);
	if ((at = setting(line, "SetUserConstrainedPolicySet(\"\"")) != NULL) {
		for (size_t i = 4; i < COUNT(f->oids); i++)
			ca_buf_free(&f->oids[i]);
		read_policies(f, at, expected, 4);
	}
	f->ask.explicit_policy = strstr(line, "ExplicitPolicy(true)") != NULL;
	f->ask.inhibit_mapping = strstr(line, "MappingInhibit(true)") != NULL;
	f->ask.inhibit_any = strstr(line, "InhibitAnyPolicy(true)") != NULL;
}

static const char *
why_stricter(const char *id)
{
	for (size_t i = 0; i < COUNT(stricter); i++)
		if (strlen(stricter[i].id) == field_len(id, "\t") &&
		    strncmp(stricter[i].id, id, field_len(id, "\t")) == 0)
			return stricter[i].rule;
	return NULL;
}

static bool
same_policies(const struct ca_oid_list *a, const struct ca_oid_list *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (!ca_oid_list_has(b, a->oid[i]))
			return false;
	return a->count == b->count;
}

/* One line of the manifest; false when the verdict is not the one expected.
 */
static bool
judge(struct fixture *f, bool expected, const struct ca_oid_list *policies)
{
	struct ca_verdict verdict = {0};
	struct ca_error err = {0};
	enum ca_status st = CA_UNTRUSTED;
	const char *rule = why_stricter(f->id);

	if (f->has_leaf)
		st = ca_verify(&f->ask, &verdict, &err);
	assert_true(st == CA_OK || st == CA_UNTRUSTED);
	assert_int_equal(st == CA_OK, verdict.holds);
	if (expected && st == CA_OK && rule == NULL &&
	    same_policies(&verdict.policies, policies))
		return true;
	if (!expected && st != CA_OK)
		return true;
	if (expected && st != CA_OK && rule != NULL)
		return true;
	print_error("PKITS %.*s: expected %s, but %s (%s; %s)\n",
	    (int)field_len(f->id, "\n"), f->id, expected ? "valid" : "invalid",
	    st == CA_OK ? "valid, or other policies" : err.msg, f->why.msg,
	    rule != NULL ? rule : "no rule");
	return false;
}

/* All authorities and lists there are, whatever the test. */
struct everything {
	struct ca_buf file[512];
	char name[512][96];
	size_t file_count;
	struct ca_cert pool[CA_VERIFY_MAX_POOL];
	size_t pool_count;
	struct ca_crl crl[256];
	size_t crl_count;
};

/* False when it is there already. */
static bool
load_once(struct everything *all, const char *folder, const char *ext,
    const char *name, size_t len)
{
	char where[256];

	for (size_t i = 0; i < all->file_count; i++)
		if (strlen(all->name[i]) == len + 4 &&
		    strncmp(all->name[i], name, len) == 0 &&
		    strcmp(all->name[i] + len + 1, ext) == 0)
			return false;
	assert_true(all->file_count < COUNT(all->file) && len < 90);
	(void)snprintf(all->name[all->file_count], sizeof(all->name[0]),
	    "%.*s.%s", (int)len, name, ext);
	(void)snprintf(where, sizeof(where), "pkits/%s/%s", folder,
	    all->name[all->file_count]);
	all->file[all->file_count++] = corpora_file(where);
	return true;
}

static void
add_everything(struct everything *all, const char *line)
{
	const char *at = line;

	for (int i = 0; i < 3; i++)
		at = strchr(at, '\t') + 1;
	for (; *at != '\t'; at += strspn(at, ",")) {
		size_t len = field_len(at, ",\t");

		if (at[len] != '\t' &&
		    load_once(all, "certs", "crt", at, len) &&
		    ca_cert_parse(ca_view(&all->file[all->file_count - 1]),
			&all->pool[all->pool_count], NULL) == CA_OK)
			assert_true(++all->pool_count < COUNT(all->pool));
		at += len;
	}
	for (at++; *at != '\t'; at += strspn(at, ",")) {
		size_t len = field_len(at, ",\t");

		if (load_once(all, "crls", "crl", at, len) &&
		    ca_crl_parse(ca_view(&all->file[all->file_count - 1]),
			&all->crl[all->crl_count], NULL) == CA_OK)
			assert_true(++all->crl_count < COUNT(all->crl));
		at += len;
	}
}

/* id, title, expect, certs, crls, settings: TABs between. */
static bool
run_line(const char *line, const struct everything *all)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *at[6] = {line};
	struct ca_oid_list policies;
	bool right;

	assert_non_null(f);
	for (int i = 1; i < 6; i++)
		at[i] = strchr(at[i - 1], '\t') + 1;
	f->id = line;
	load_certs(f, at[3]);
	load_crls(f, at[4]);
	f->ask = (struct ca_verify_question){.leaf = &f->leaf,
	    .pool = f->pool,
	    .pool_count = f->pool_count,
	    .anchors = &f->root,
	    .anchor_count = 1,
	    .at = AT,
	    .crls = f->crl,
	    .crl_count = f->crl_count,
	    .revocation = CA_REVOCATION_ALL};
	if (all != NULL) {
		f->ask.pool = all->pool;
		f->ask.pool_count = all->pool_count;
		f->ask.crls = all->crl;
		f->ask.crl_count = all->crl_count;
	}
	read_settings(f, at[5], &policies);
	right = judge(f, strncmp(at[2], "valid", 5) == 0, &policies);
	for (size_t i = 0; i < f->file_count; i++)
		ca_buf_free(&f->file[i]);
	for (size_t i = 0; i < COUNT(f->oids); i++)
		ca_buf_free(&f->oids[i]);
	free(f);
	return right;
}

/* Each line of the manifest; the heading is none. */
static size_t
each_line(
    struct everything *load, const struct everything *all, size_t *ret_wrong)
{
	struct ca_buf manifest = corpora_file("pkits/MANIFEST.tsv");
	size_t done = 0;
	char *line, *rest;

	assert_non_null(ca_buf_text(&manifest));
	rest = (char *)manifest.data;
	(void)strsep(&rest, "\n");
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		if (load != NULL)
			add_everything(load, line);
		else
			*ret_wrong += !run_line(line, all);
		done++;
	}
	ca_buf_free(&manifest);
	return done;
}

static void
the_verdicts_are_pkits(void **state)
{
	(void)state;
	size_t wrong = 0;

	need_corpora();
	assert_int_equal(each_line(NULL, NULL, &wrong), 249);
	assert_int_equal(wrong, 0);
}

/* The same, with every authority and every list of the suite at hand. */
static void
a_crowd_changes_no_verdict(void **state)
{
	(void)state;
	struct everything *all;
	size_t wrong = 0;

	need_corpora();
	all = calloc(1, sizeof(*all));
	assert_non_null(all);
	(void)each_line(all, NULL, &wrong);
	assert_true(all->pool_count > 150 && all->crl_count > 100);
	assert_int_equal(each_line(NULL, all, &wrong), 249);
	for (size_t i = 0; i < all->file_count; i++)
		ca_buf_free(&all->file[i]);
	free(all);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_verdicts_are_pkits),
	    cmocka_unit_test(a_crowd_changes_no_verdict),
	};

	return corpora_result(cmocka_run_group_tests(tests, NULL, NULL));
}
