/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A text that is a policy has a canonical form that is the same policy and
 * its own canonical form; one that is none is told a place in it. Narrowing
 * gives a policy again.
 */
#include "ca/narrow.h"
#include "ca/policy.h"
#include "ca/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "fuzz_policy: %s\n", what);
		abort();
	}
}

/* "f:LINE:COLUMN: why" */
static void
check_place(const struct ca_error *err)
{
	unsigned line = 0, column = 0;
	int end = 0;

	require(sscanf(err->msg, "f:%u:%u: %n", &line, &column, &end) == 2 &&
		line > 0 && column > 0 && err->msg[end] != '\0',
	    "a fault without a place");
}

static void
check_canonical(const struct ca_policy *policy)
{
	struct ca_buf once = {0}, twice = {0};
	struct ca_policy *again = NULL;
	struct ca_error err = {0};

	require(ca_policy_append_text(&once, policy) == CA_OK, "no text");
	if (once.len > CA_POLICY_MAX_TEXT)
		goto out;
	if (ca_policy_parse(ca_view(&once), "fuzz", "f", &again, &err) !=
	    CA_OK) {
		fprintf(stderr, "%s\n%s", err.msg, ca_buf_text(&once));
		require(false, "the canonical text does not parse");
	}
	require(ca_policy_append_text(&twice, again) == CA_OK, "no text");
	require(ca_bytes_equal(ca_view(&once), ca_view(&twice)),
	    "the canonical text has another");
	require(again->validity == policy->validity &&
		again->key_usage == policy->key_usage &&
		again->path_len == policy->path_len &&
		again->max_path_len == policy->max_path_len &&
		again->pattern_count == policy->pattern_count &&
		again->subject_count == policy->subject_count &&
		ca_bytes_equal(ca_view(&again->name_constraints),
		    ca_view(&policy->name_constraints)),
	    "the canonical text is another policy");
out:
	ca_policy_free(again);
	ca_buf_free(&once);
	ca_buf_free(&twice);
}

/* Nothing asked for is never more than the policy's own validity. */
static void
check_validity(const struct ca_policy *policy)
{
	const int64_t now = INT64_C(1767225600);
	int64_t begin, end;

	if (ca_policy_validity(policy, &ca_term_none, now, INT64_MIN, &begin,
		&end, NULL) == CA_OK)
		require(end - begin + 1 == policy->validity && begin <= now,
		    "not the policy's validity");
}

static void
check_narrow(struct ca_bytes text, const char *name)
{
	static const char *const domains[] = {"lab.example", "a.company.com"};
	struct ca_policy *policy = NULL;
	struct ca_buf out = {0};

	if (ca_policy_narrow(text, name, domains, 2, &out, NULL) == CA_OK) {
		require(ca_policy_parse(
			    ca_view(&out), name, "f", &policy, NULL) == CA_OK,
		    "what was narrowed does not parse");
		ca_policy_free(policy);
	} else {
		require(out.len == 0, "a refusal that wrote something");
	}
	ca_buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ca_bytes text = {data, size};
	struct ca_policy *policy = NULL;
	struct ca_error err = {0};
	enum ca_status st;

	st = ca_policy_parse(text, "fuzz", "f", &policy, &err);
	if (st != CA_OK) {
		require(policy == NULL, "a policy beside an error");
		if (st == CA_MALFORMED)
			check_place(&err);
		return 0;
	}
	check_canonical(policy);
	check_validity(policy);
	check_narrow(text, "root");
	check_narrow(text, "server");
	ca_policy_free(policy);
	return 0;
}
