/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * requests: what tests of ca_policy_admit() ask for, and how its answer is
 * held against what was expected.
 *
 * What this does not do: requests in DER; those are in tests/vectors.
 */
#ifndef TESTS_UNIT_REQUESTS_H
#define TESTS_UNIT_REQUESTS_H

#include "ca/csr.h"
#include "ca/name.h"
#include "tests/unit/policies.h"

static const char *const key_names[] = {"rsa-2048", "rsa-3072", "rsa-4096",
    "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519", "ed448", "rsa-pss"};

/* What a test asks for; sans as "dns:company.com", NULL ends them. */
struct ask {
	const char *key;     /* NULL: ecdsa-p256 */
	const char *subject; /* "CN=a", or a Name element, spelled */
	const char *sans[8];
	const char *exts; /* an Extensions element, spelled */
};

/* The wish made of it, with what it points into. */
struct wish {
	struct ca_buf csr, subject, exts_der;
	struct ca_csr parsed;
	struct ca_san sans[8];
	uint8_t ips[8][16];
	struct ca_exts exts;
	struct ca_wish wish;
};

static inline void
set_san(struct wish *wish, const char *text)
{
	static const struct {
		const char *word;
		enum ca_san_type type;
	} types[] = {{"dns:", CA_SAN_DNS}, {"email:", CA_SAN_EMAIL},
	    {"ip:", CA_SAN_IP}, {"uri:", CA_SAN_URI}, {"upn:", CA_SAN_UPN},
	    {"rid:", CA_SAN_RID}, {"dirName:", CA_SAN_DIRECTORY},
	    {"other:", CA_SAN_OTHER}};
	size_t n = wish->wish.san_count++;
	struct ca_san *san = &wish->sans[n];

	for (size_t i = 0; i < COUNT(types); i++)
		if (strncmp(text, types[i].word, strlen(types[i].word)) == 0) {
			san->type = types[i].type;
			san->value = ca_text(text + strlen(types[i].word));
		}
	assert_non_null(san->value.data);
	if (san->type == CA_SAN_IP) {
		assert_true(ca_ip_parse((const char *)san->value.data,
		    wish->ips[n], &san->value.len));
		san->value.data = wish->ips[n];
	}
}

static inline void
make_wish(struct wish *wish, const struct ask *ask)
{
	char path[64];

	*wish = (struct wish){0};
	(void)snprintf(path, sizeof(path), "csr/%s.der",
	    ask->key == NULL ? "ecdsa-p256" : ask->key);
	wish->csr = vector(path);
	assert_int_equal(
	    ca_csr_parse(ca_view(&wish->csr), &wish->parsed, NULL), CA_OK);
	wish->wish.spki = &wish->parsed.spki;
	if (ask->subject != NULL && strncmp(ask->subject, "30(", 3) == 0)
		wish->subject = asn1(ask->subject);
	else if (ask->subject != NULL)
		assert_int_equal(
		    ca_name_parse(ask->subject, &wish->subject, NULL), CA_OK);
	wish->wish.subject = ca_view(&wish->subject);
	wish->wish.sans = wish->sans;
	for (size_t i = 0; i < COUNT(ask->sans) && ask->sans[i] != NULL; i++)
		set_san(wish, ask->sans[i]);
	wish->wish.exts = &wish->exts;
	if (ask->exts == NULL)
		return;
	wish->exts_der = asn1(ask->exts);
	assert_int_equal(
	    ca_exts_parse(ca_view(&wish->exts_der), &wish->exts, NULL), CA_OK);
}

static inline void
free_wish(struct wish *wish)
{
	ca_buf_free(&wish->csr);
	ca_buf_free(&wish->subject);
	ca_buf_free(&wish->exts_der);
}

static inline struct ca_grant
admitted(const struct ca_policy *policy, const struct wish *wish)
{
	struct ca_grant grant = {0};
	struct ca_error err = {0};

	if (ca_policy_admit(policy, &wish->wish, &grant, &err) != CA_OK)
		fail_msg("%s", err.msg);
	assert_ptr_equal(grant.policy, policy);
	return grant;
}

static inline void
refused(const struct ca_policy *policy, const struct wish *wish,
    enum ca_status status, const char *message)
{
	struct ca_grant grant = {0};
	struct ca_error err = {0};

	if (ca_policy_admit(policy, &wish->wish, &grant, &err) == CA_OK)
		fail_msg("granted, expected: %s", message);
	if (strncmp(err.msg, message, strlen(message)) != 0)
		fail_msg("expected: %s\n     got: %s", message, err.msg);
	assert_int_equal(err.status, status);
	assert_null(grant.policy);
	assert_null(grant.notes);
}

/* "dns:a.example, ip:10.0.0.1" of what is granted. */
static inline struct ca_buf
granted_names(const struct ca_grant *grant)
{
	struct ca_san sans[CA_SAN_MAX];
	struct ca_buf text = {0};
	size_t count = 0;

	if (grant->sans.len > 0)
		assert_int_equal(
		    ca_san_parse(ca_view(&grant->sans), sans, &count, NULL),
		    CA_OK);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			assert_int_equal(
			    ca_buf_append_text(&text, ", "), CA_OK);
		assert_int_equal(ca_san_append_text(&text, &sans[i]), CA_OK);
	}
	return text;
}

static inline void
assert_subject(const struct ca_grant *grant, const char *expected)
{
	struct ca_buf text = {0};

	assert_int_equal(ca_name_check(ca_view(&grant->subject), NULL), CA_OK);
	assert_int_equal(
	    ca_name_append_text(&text, ca_view(&grant->subject)), CA_OK);
	assert_text(&text, expected);
}

/* The note about a field, with this text. */
static inline void
assert_note(const struct ca_grant *grant, enum ca_origin origin,
    const char *field, const char *text, const char *why)
{
	for (size_t i = 0; i < grant->note_count; i++) {
		struct ca_note *note = &grant->notes[i];

		if (note->origin == origin && strcmp(note->field, field) == 0 &&
		    strcmp(ca_buf_text(&note->text), text) == 0 &&
		    strcmp(note->why, why) == 0)
			return;
	}
	for (size_t i = 0; i < grant->note_count; i++)
		print_message("%d %s = %s (%s)\n", grant->notes[i].origin,
		    grant->notes[i].field, ca_buf_text(&grant->notes[i].text),
		    grant->notes[i].why);
	fail_msg("no note: %d %s = %s (%s)", origin, field, text, why);
}

/* ---- one policy, many requests ---- */

struct grant_case {
	struct ask ask;
	const char *subject, *names;
};

struct refusal_case {
	struct ask ask;
	const char *message;
};

static inline void
expect_grants(const struct ca_policy *policy, const struct grant_case *cases,
    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ca_grant grant;
		struct ca_buf names;
		struct wish wish;

		make_wish(&wish, &cases[i].ask);
		grant = admitted(policy, &wish);
		names = granted_names(&grant);
		assert_text(&names, cases[i].names);
		assert_subject(&grant, cases[i].subject);
		assert_int_equal(
		    grant.sans_critical, cases[i].subject[0] == '\0');
		ca_grant_done(&grant);
		free_wish(&wish);
	}
}

static inline void
expect_refusals(const struct ca_policy *policy,
    const struct refusal_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct wish wish;

		make_wish(&wish, &cases[i].ask);
		refused(policy, &wish, CA_REFUSED, cases[i].message);
		free_wish(&wish);
	}
}

static inline struct ca_policy *
shipped_policy(const char *name)
{
	struct ca_buf text = shipped(name);
	struct ca_policy *policy = parsed(ca_view(&text), name);

	ca_buf_free(&text);
	return policy;
}

/* base with from changed to to, called "test". */
static inline struct ca_policy *
changed_policy(const char *base, const char *from, const char *to)
{
	struct ca_buf text = changed(base, from, to);
	struct ca_policy *policy = parsed(ca_view(&text), "test");

	ca_buf_free(&text);
	return policy;
}

#endif
