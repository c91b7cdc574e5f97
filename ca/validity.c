/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ca/policy.h"
#include "ca/time.h"

#define NOT_SAID INT64_MIN

const struct ca_term ca_term_none = {0, NOT_SAID, NOT_SAID};

static bool
is_time(int64_t time)
{
	return time >= CA_TIME_MIN && time <= CA_TIME_MAX;
}

static enum ca_status
check_asked(const struct ca_term *term, int64_t now, struct ca_error *err)
{
	if (term->validity != 0 && term->not_after != NOT_SAID)
		return ca_fail(err, CA_USAGE,
		    "validity: a length and an end are both given: leave one "
		    "of --validity and --not-after out");
	if (term->validity < 0 || term->validity > CA_TIME_MAX)
		return ca_fail(err, CA_USAGE,
		    "validity: %lld seconds: give a length as 90d",
		    (long long)term->validity);
	if ((term->not_before != NOT_SAID && !is_time(term->not_before)) ||
	    (term->not_after != NOT_SAID && !is_time(term->not_after)) ||
	    !is_time(now))
		return ca_fail(err, CA_USAGE,
		    "validity: a time outside the years 1 to 9999 (RFC 5280 "
		    "4.1.2.5)");
	return CA_OK;
}

static enum ca_status
choose_begin(const struct ca_policy *policy, const struct ca_term *term,
    int64_t now, int64_t not_earliest, int64_t *ret, struct ca_error *err)
{
	int64_t earliest = now - policy->backdate;
	char asked[CA_TIME_TEXT], limit[CA_TIME_TEXT], where[CA_POLICY_PLACE];

	if (term->not_before == NOT_SAID) {
		*ret = earliest > not_earliest ? earliest : not_earliest;
		return CA_OK;
	}
	ca_time_text(term->not_before, asked);
	if (term->not_before < earliest) {
		ca_policy_place(
		    policy, policy->lines[CA_POLICY_BACKDATE], where);
		ca_time_text(earliest, limit);
		return ca_fail(err, CA_REFUSED,
		    "notBefore: %s is too far back: %s allows %s at the "
		    "earliest (backdate)",
		    asked, where, limit);
	}
	if (term->not_before < not_earliest) {
		ca_time_text(not_earliest, limit);
		return ca_fail(err, CA_REFUSED,
		    "notBefore: %s is before the issuer's own, %s (RFC 5280 "
		    "6.1.3): ask for a later one",
		    asked, limit);
	}
	*ret = term->not_before;
	return CA_OK;
}

/* Both ends are included: N seconds end with the second N-1 later. */
static enum ca_status
check_length(const struct ca_policy *policy, int64_t begin, int64_t end,
    struct ca_error *err)
{
	int64_t length = end - begin + 1;
	struct ca_buf asked = {0}, limit = {0};
	enum ca_status st;
	char where[CA_POLICY_PLACE];

	if (length <= policy->max_validity)
		return CA_OK;
	ca_policy_place(policy, policy->lines[CA_POLICY_MAX_VALIDITY], where);
	if ((st = ca_duration_append(&asked, length)) == CA_OK &&
	    (st = ca_duration_append(&limit, policy->max_validity)) == CA_OK &&
	    ca_buf_text(&asked) != NULL && ca_buf_text(&limit) != NULL)
		st = ca_fail(err, CA_REFUSED,
		    "validity: %s (%lld seconds) is longer than the %s of "
		    "max-validity in %s: ask for less",
		    ca_buf_text(&asked), (long long)length, ca_buf_text(&limit),
		    where);
	else
		st = ca_fail(err, CA_MEMORY, "validity: out of memory");
	ca_buf_free(&asked);
	ca_buf_free(&limit);
	return st;
}

static enum ca_status
check_period(int64_t begin, int64_t end, int64_t now, struct ca_error *err)
{
	char from[CA_TIME_TEXT], to[CA_TIME_TEXT];

	ca_time_text(begin, from);
	ca_time_text(is_time(end) ? end : CA_TIME_MAX, to);
	/* 9999-12-31T23:59:59Z means "no end", which no policy can say. */
	if (end >= CA_TIME_MAX)
		return ca_fail(err, CA_REFUSED,
		    "notAfter: from %s it would end in the year 9999 or later "
		    "(RFC 5280 4.1.2.5): ask for less",
		    from);
	if (end < begin)
		return ca_fail(err, CA_REFUSED,
		    "validity: %s ends before %s begins: give a later "
		    "notAfter",
		    to, from);
	if (end <= now)
		return ca_fail(err, CA_REFUSED,
		    "notAfter: %s is over already, counted from %s with the "
		    "backdating: ask for more",
		    to, from);
	return CA_OK;
}

enum ca_status
ca_policy_validity(const struct ca_policy *policy, const struct ca_term *term,
    int64_t now, int64_t not_earliest, int64_t *ret_not_before,
    int64_t *ret_not_after, struct ca_error *err)
{
	enum ca_status st = check_asked(term, now, err);
	int64_t begin, end, length;

	if (st != CA_OK ||
	    (st = choose_begin(policy, term, now, not_earliest, &begin, err)) !=
		CA_OK)
		return st;
	length = term->validity != 0 ? term->validity : policy->validity;
	end = term->not_after != NOT_SAID ? term->not_after :
					    begin + length - 1;
	if ((st = check_period(begin, end, now, err)) != CA_OK ||
	    (st = check_length(policy, begin, end, err)) != CA_OK)
		return st;
	*ret_not_before = begin;
	*ret_not_after = end;
	return CA_OK;
}
