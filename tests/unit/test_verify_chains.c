/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/chains/chains.txt: each chain gets the verdict that is written there,
 * by the question, the field and the words; with the pool turned round, too.
 */
#include "tests/unit/chains.h"

#define MAX_CERTS 48

struct asked {
	struct ca_cert leaf, pool[MAX_CERTS], trust[8];
	struct ca_crl crl[16];
	struct ca_ocsp_response ocsp[8];
	struct ca_buf oids[8];
	struct ca_verify_question ask;
};

static const struct {
	const char *name;
	size_t offset;
} topics[] = {
    {"date", offsetof(struct ca_verdict, date)},
    {"name", offsetof(struct ca_verdict, name)},
    {"trust", offsetof(struct ca_verdict, trust)},
    {"purpose", offsetof(struct ca_verdict, purpose)},
    {"revocation", offsetof(struct ca_verdict, revocation)},
};

static const struct ca_finding *
finding(const struct ca_verdict *verdict, size_t topic)
{
	return (const struct ca_finding *)((const char *)verdict +
	    topics[topic].offset);
}

/* ---- the question ----------------------------------------------------- */

static size_t
load(struct chains *c, const struct section *s, const char *key,
    struct ca_cert *certs, size_t max)
{
	const char *list = chains_get(s, key);
	char word[256];
	size_t count = 0;

	while (chains_word(&list, word)) {
		assert_true(count < max);
		certs[count++] = chains_cert(c, s, word);
	}
	return count;
}

static void
load_lists(struct chains *c, const struct section *s, struct asked *a)
{
	const char *crls = chains_get(s, "crls");
	const char *ocsp = chains_get(s, "ocsp");
	char word[256];

	while (chains_word(&crls, word)) {
		struct section *made = chains_find(c, s, word);

		if (!made->is_made)
			chains_make_crl(c, made);
		assert_true(a->ask.crl_count < COUNT(a->crl));
		CHAINS_OK(made,
		    ca_crl_parse(ca_view(&made->der),
			&a->crl[a->ask.crl_count++], &chains_err));
	}
	while (chains_word(&ocsp, word)) {
		struct section *made = chains_find(c, s, word);

		if (!made->is_made)
			chains_make_ocsp(c, made);
		assert_true(a->ask.ocsp_count < COUNT(a->ocsp));
		CHAINS_OK(made,
		    ca_ocsp_response_parse(ca_view(&made->der),
			&a->ocsp[a->ask.ocsp_count++], &chains_err));
	}
}

static void
load_flags(const struct section *s, struct ca_verify_question *ask)
{
	const char *flags = chains_get(s, "with");

	ask->lenient = chains_has(flags, "lenient");
	ask->is_private = chains_has(flags, "private");
	ask->explicit_policy = chains_has(flags, "explicit");
	ask->inhibit_mapping = chains_has(flags, "no-mapping");
	ask->inhibit_any = chains_has(flags, "no-any");
	if (chains_has(flags, "revocation of all"))
		ask->revocation = CA_REVOCATION_ALL;
	if (chains_has(flags, "revocation of leaf"))
		ask->revocation = CA_REVOCATION_LEAF;
	if (chains_has(flags, "revocation of named"))
		ask->revocation = CA_REVOCATION_NAMED;
	if (chains_has(flags, "revocation soft"))
		ask->revocation = CA_REVOCATION_SOFT;
	if (chains_has(flags, "revocation never"))
		ask->revocation = CA_REVOCATION_NEVER;
}

static struct asked *
load_question(struct chains *c, const struct section *s)
{
	struct asked *a = calloc(1, sizeof(*a));
	const char *purpose = chains_get(s, "purpose");

	assert_non_null(a);
	a->leaf = chains_cert(c, s, chains_get(s, "leaf"));
	a->ask = (struct ca_verify_question){.leaf = &a->leaf,
	    .pool = a->pool,
	    .anchors = a->trust,
	    .at = chains_time(s, "at", "2026-01-01"),
	    .host = chains_get(s, "host"),
	    .ip = chains_get(s, "ip"),
	    .email = chains_get(s, "email"),
	    .crls = a->crl,
	    .ocsp = a->ocsp};
	a->ask.pool_count = load(c, s, "pool", a->pool, COUNT(a->pool));
	a->ask.anchor_count = load(c, s, "trust", a->trust, COUNT(a->trust));
	if (purpose != NULL && !ca_purpose_by_name(purpose, &a->ask.purpose))
		fail_msg("chains.txt:%u: no such purpose", s->line);
	chains_oids(s, chains_get(s, "policies"), a->oids, &a->ask.policies);
	load_lists(c, s, a);
	load_flags(s, &a->ask);
	return a;
}

/* ---- the verdict ------------------------------------------------------ */

/* "topic field: words" */
static bool
is_as_written(
    const char *written, const char *topic, const struct ca_finding *found)
{
	size_t len = strlen(topic);
	char start[80];

	if (strncmp(written, topic, len) != 0 || written[len] != ' ')
		return false;
	(void)snprintf(start, sizeof(start), "%s: ", found->field);
	written += len + 1;
	return strncmp(written, start, strlen(start)) == 0 &&
	    strstr(found->reason, written + strlen(start)) != NULL;
}

static bool
is_written(const struct section *s, const char *key, size_t topic,
    const struct ca_finding *found)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->key[i], key) == 0 &&
		    is_as_written(s->value[i], topics[topic].name, found))
			return true;
	return false;
}

static size_t
count_of(const struct section *s, const char *key)
{
	size_t count = 0;

	for (size_t i = 0; i < s->count; i++)
		count += strcmp(s->key[i], key) == 0;
	return count;
}

static bool
is_expected(const struct section *s, const struct ca_verdict *verdict,
    enum ca_status st)
{
	size_t wrong = 0, fails = 0, says = 0;

	for (size_t i = 0; i < COUNT(topics); i++) {
		const struct ca_finding *found = finding(verdict, i);

		says += is_written(s, "says", i, found);
		/* The field is told once. */
		wrong += found->field[0] != '\0' &&
		    strstr(found->reason, found->field) == found->reason;
		if (found->outcome != CA_OUTCOME_FAILS)
			continue;
		fails++;
		wrong += !is_written(s, "fails", i, found);
	}
	return wrong == 0 && fails == count_of(s, "fails") &&
	    says == count_of(s, "says") &&
	    st == (fails == 0 ? CA_OK : CA_UNTRUSTED) &&
	    verdict->holds == (fails == 0) &&
	    (!verdict->holds || verdict->complete);
}

static void
tell(const struct section *s, const struct ca_verdict *verdict)
{
	print_error("chains.txt:%u: [chain %s]\n", s->line, s->name);
	for (size_t i = 0; i < COUNT(topics); i++) {
		const struct ca_finding *found = finding(verdict, i);
		struct ca_buf text = {0};

		assert_int_equal(ca_finding_append_text(&text, found), CA_OK);
		print_error("  %s %s: %s\n", topics[i].name,
		    ca_outcome_name(found->outcome), ca_buf_text(&text));
		ca_buf_free(&text);
	}
}

static bool
judge(const struct section *s, struct asked *a)
{
	struct ca_verdict verdict = {0};
	struct ca_error err = {0};
	enum ca_status st = ca_verify(&a->ask, &verdict, &err);
	bool right;

	if (st == CA_USAGE) {
		right = chains_get(s, "usage") != NULL &&
		    strstr(err.msg, chains_get(s, "usage")) != NULL;
		if (!right)
			print_error("chains.txt:%u: %s: %s\n", s->line, s->name,
			    err.msg);
		return right;
	}
	right = is_expected(s, &verdict, st) && chains_get(s, "usage") == NULL;
	if (!right)
		tell(s, &verdict);
	return right;
}

static void
turn_round(struct asked *a)
{
	for (size_t i = 0; i < a->ask.pool_count / 2; i++) {
		struct ca_cert cert = a->pool[i];

		a->pool[i] = a->pool[a->ask.pool_count - 1 - i];
		a->pool[a->ask.pool_count - 1 - i] = cert;
	}
}

static void
every_chain_gets_its_verdict(void **state)
{
	(void)state;
	struct chains *c = calloc(1, sizeof(*c));
	size_t wrong = 0, done = 0;

	assert_non_null(c);
	chains_read(c, SIGNET_SOURCE_DIR "/tests/chains/chains.txt");
	for (size_t i = 0; i < c->count; i++) {
		const struct section *s = &c->section[i];
		struct asked *a;

		if (strcmp(s->kind, "chain") != 0)
			continue;
		a = load_question(c, s);
		if (!judge(s, a)) {
			wrong++;
		} else {
			turn_round(a);
			wrong += !judge(s, a);
		}
		chains_free(a->oids, COUNT(a->oids));
		free(a);
		done++;
	}
	chains_done(c);
	free(c);
	print_message("%zu chains\n", done);
	assert_int_equal(wrong, 0);
	assert_true(done > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_chain_gets_its_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
