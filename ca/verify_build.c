/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The search for a path (RFC 4158): from the leaf upwards, the likelier issuer
 * first, each signature verified before it is gone through. Short paths come
 * before long ones: among authorities that have all certified each other a
 * walk that first goes deep does not come back.
 */
#include "ca/verify_part.h"

#include "ca/crypto.h"
#include "ca/name.h"

#include <string.h>

/* Of the certificates that bear an issuer's name, so many are tried. */
#define MAX_CANDIDATES 32

struct candidate {
	const struct ca_cert *cert;
	bool is_anchor;
	int rank;
};

struct candidates {
	struct candidate at[MAX_CANDIDATES];
	size_t count;
	bool is_full; /* one was dropped */
};

struct search {
	struct verify_run *run;
	struct verify_path path;
	struct ca_verdict *best;
	int best_score; /* -1: none yet */
	size_t len;     /* of the paths that are looked for now */
	bool was_cut;   /* there are longer ones */
	bool was_full;  /* more bear a name than are tried */
};

/* ---- which verdict is told -------------------------------------------- */

static int
score(const struct ca_verdict *verdict)
{
	int points = verdict->complete ? 1000 : 0;

	points += verdict->trust.outcome != CA_OUTCOME_FAILS ? 200 : 0;
	points += verdict->purpose.outcome != CA_OUTCOME_FAILS ? 80 : 0;
	points += verdict->revocation.outcome != CA_OUTCOME_FAILS ? 40 : 0;
	points += verdict->date.outcome != CA_OUTCOME_FAILS ? 20 : 0;
	if (!verdict->complete)
		points += (int)verdict->chain_len;
	return points;
}

static void
keep(struct search *s, const struct ca_verdict *verdict)
{
	int points = score(verdict);

	if (points <= s->best_score)
		return;
	s->best_score = points;
	*s->best = *verdict;
}

static void
judge_whole(struct search *s)
{
	struct ca_verdict verdict = {0};

	s->run->budget->paths++;
	s->path.complete = true;
	verify_judge(s->run, &s->path, &verdict);
	s->path.complete = false;
	keep(s, &verdict);
}

/* The path ends here, for the reason in trust. */
static void
judge_partial(struct search *s, const struct ca_finding *trust, bool is_unfit)
{
	struct ca_verdict verdict = {.trust = *trust, .is_unfit = is_unfit};

	/* Of the many ways that lead nowhere the longest is told. */
	if (s->best_score >= 1000)
		return;
	verify_judge(s->run, &s->path, &verdict);
	keep(s, &verdict);
}

static bool
is_over(const struct search *s)
{
	const struct verify_budget *budget = s->run->budget;

	return s->best->holds || budget->broken != CA_OK || budget->spent ||
	    budget->steps >= CA_VERIFY_MAX_STEPS ||
	    budget->paths >= CA_VERIFY_MAX_PATHS;
}

/* ---- candidates ------------------------------------------------------- */

/* Key identifiers first, then an anchor, then one that is in date. They
 * order, and decide nothing: the signature does. */
static int
rank_of(const struct search *s, const struct ca_cert *cert,
    const struct ca_cert *issuer, bool is_anchor)
{
	const int64_t at = s->run->ask->at;
	int rank = 4;

	if (cert->authority_key_id.len > 0 && issuer->subject_key_id.len > 0)
		rank = ca_bytes_equal(
			   cert->authority_key_id, issuer->subject_key_id) ?
		    8 :
		    0;
	rank += is_anchor ? 2 : 0;
	rank += issuer->not_before <= at && at <= issuer->not_after ? 1 : 0;
	return rank;
}

/* Sorted, the first of equals in front; when full, the last is dropped. */
static void
insert(struct candidates *list, const struct candidate *candidate)
{
	size_t i = list->count;

	if (list->count == MAX_CANDIDATES) {
		list->is_full = true;
		if (list->at[MAX_CANDIDATES - 1].rank >= candidate->rank)
			return;
		i--;
	} else {
		list->count++;
	}
	for (; i > 0 && list->at[i - 1].rank < candidate->rank; i--)
		list->at[i] = list->at[i - 1];
	list->at[i] = *candidate;
}

/* The same name and key once more leads round in a circle (RFC 4158 2.4.2).
 */
static bool
is_in_path(const struct verify_path *path, const struct ca_cert *cert)
{
	for (size_t i = 0; i < path->len; i++)
		if (path->cert[i] == cert ||
		    (ca_bytes_equal(path->cert[i]->spki.der, cert->spki.der) &&
			ca_name_equal(path->cert[i]->subject, cert->subject)))
			return true;
	return false;
}

static bool
is_anchor(const struct ca_verify_question *ask, const struct ca_cert *cert)
{
	for (size_t i = 0; i < ask->anchor_count; i++)
		if (ca_bytes_equal(ask->anchors[i].der, cert->der))
			return true;
	return false;
}

static void
consider(struct search *s, const struct ca_cert *cert,
    const struct ca_cert *issuer, bool anchor, struct candidates *list)
{
	const struct candidate candidate = {
	    issuer, anchor, rank_of(s, cert, issuer, anchor)};

	/* An anchor that lies in the pool too is met as an anchor. */
	if (ca_name_equal(cert->issuer, issuer->subject) &&
	    !is_in_path(&s->path, issuer) &&
	    (anchor || !is_anchor(s->run->ask, issuer)))
		insert(list, &candidate);
}

static void
find_candidates(struct search *s, struct candidates *list)
{
	const struct ca_cert *cert = s->path.cert[s->path.len - 1];
	const struct ca_verify_question *ask = s->run->ask;

	for (size_t i = 0; i < ask->anchor_count; i++)
		consider(s, cert, &ask->anchors[i], true, list);
	for (size_t i = 0; i < ask->pool_count; i++)
		consider(s, cert, &ask->pool[i], false, list);
}

/* ---- the search ------------------------------------------------------- */

static void
no_issuer(struct search *s)
{
	const struct ca_cert *cert = s->path.cert[s->path.len - 1];
	struct ca_finding trust = {0};
	const char *unread = s->run->ask->unread_certs;
	const char *unread_anchors = s->run->ask->unread_anchors;
	struct ca_buf name = {0};
	const char *text = NULL;

	if (ca_name_append_text(&name, cert->issuer) == CA_OK)
		text = ca_buf_text(&name);
	if (text == NULL)
		(void)verify_goes_on(s->run->budget, CA_MEMORY);
	else if (cert->lax.reason[0] != '\0')
		(void)verify_fails(
		    &trust, cert, cert->lax.field, "%s", cert->lax.reason);
	else if (verify_is_self_issued(cert))
		(void)verify_fails(&trust, cert, "issuer",
		    "it vouches for itself, and is not among those you trust "
		    "(RFC 5280 6.1)");
	else if (unread_anchors != NULL && unread_anchors[0] != '\0')
		(void)verify_fails(&trust, cert, "issuer",
		    "nobody here is called \"%.100s\"; of what is to be "
		    "trusted not all could be read: %.*s",
		    text, (int)strcspn(unread_anchors, "\n"), unread_anchors);
	else if (unread != NULL && unread[0] != '\0')
		(void)verify_fails(&trust, cert, "issuer",
		    "nobody here is called \"%.100s\"; what was given could "
		    "not all be read: %.*s",
		    text, (int)strcspn(unread, "\n"), unread);
	else
		(void)verify_fails(&trust, cert, "issuer",
		    "nobody here is called \"%.200s\": neither one you trust "
		    "nor an intermediate (RFC 5280 6.1): ask for the whole "
		    "chain, or trust its root",
		    text);
	ca_buf_free(&name);
	judge_partial(s, &trust, cert->lax.reason[0] != '\0');
}

static void
wrong_signature(struct search *s, const struct ca_cert *issuer)
{
	const struct ca_cert *cert = s->path.cert[s->path.len - 1];
	struct ca_finding trust = {0};

	if (cert->alg.kind == CA_SIG_NONE)
		(void)verify_fails(
		    &trust, cert, "signatureAlgorithm", "%s", cert->lax.reason);
	else if (issuer->spki.type == CA_KEY_NONE)
		(void)verify_fails(&trust, issuer, "subjectPublicKeyInfo", "%s",
		    issuer->lax.reason);
	else if (issuer->spki.bits > CA_RSA_MAX_BITS)
		(void)verify_fails(&trust, issuer, "subjectPublicKeyInfo",
		    "an RSA key of %u bits: %d are the most that are verified "
		    "with here, so that nobody can say whether it signed what "
		    "is below it",
		    issuer->spki.bits, CA_RSA_MAX_BITS);
	else if (!ca_sig_alg_fits(&cert->alg, &issuer->spki))
		(void)verify_fails(&trust, cert, "signatureAlgorithm",
		    "its algorithm does not fit the key of the issuer of that "
		    "name (RFC 5280 4.1.1.2): it was not signed by it");
	else
		(void)verify_fails(&trust, cert, "signatureValue",
		    "it was not made with the key of the issuer of that name "
		    "(RFC 5280 6.1.3 (a)(1)): changed, or signed by another");
	judge_partial(s, &trust,
	    cert->alg.kind == CA_SIG_NONE || issuer->spki.type == CA_KEY_NONE ||
		issuer->spki.bits > CA_RSA_MAX_BITS);
}

static void
out_of_bounds(struct search *s, const char *what, int bound)
{
	struct ca_finding trust = {0};

	(void)verify_fails(&trust, s->path.cert[s->path.len - 1], "issuer",
	    "the search for a path was given up: more than %d %s", bound, what);
	/* Whatever else was found: it was not all. */
	s->best_score = -1;
	judge_partial(s, &trust, false);
}

static void climb(struct search *s);

/* One certificate that bears the issuer's name. */
static void
try_issuer(struct search *s, const struct candidate *next)
{
	/* Whole paths of other lengths have their own turn. */
	if (next->is_anchor ? s->path.len + 1 != s->len :
			      s->path.len + 2 > s->len) {
		s->was_cut = s->was_cut || !next->is_anchor;
		return;
	}
	s->run->budget->steps++;
	if (!verify_cert_signature(s->run->budget,
		s->path.cert[s->path.len - 1], &next->cert->spki)) {
		wrong_signature(s, next->cert);
		return;
	}
	s->path.cert[s->path.len++] = next->cert;
	if (next->is_anchor)
		judge_whole(s);
	else
		climb(s);
	s->path.cert[--s->path.len] = NULL;
}

static void
climb(struct search *s)
{
	struct candidates list = {0};

	find_candidates(s, &list);
	s->was_full = s->was_full || list.is_full;
	if (list.count == 0)
		no_issuer(s);
	for (size_t i = 0; i < list.count && !is_over(s); i++)
		try_issuer(s, &list.at[i]);
}

void
verify_search(struct verify_run *run, struct ca_verdict *ret)
{
	struct search s = {.run = run, .best = ret, .best_score = -1};
	const struct verify_budget *budget = run->budget;

	s.path.cert[s.path.len++] = run->ask->leaf;
	if (is_anchor(run->ask, run->ask->leaf))
		judge_whole(&s);
	s.was_cut = true;
	for (s.len = 2;
	     s.len <= CA_VERIFY_MAX_CHAIN && s.was_cut && !is_over(&s);
	     s.len++) {
		s.was_cut = false;
		climb(&s);
	}
	if (ret->holds || ret->complete)
		return;
	if (budget->spent)
		out_of_bounds(&s, "signatures", CA_VERIFY_MAX_SIGNATURES);
	else if (budget->steps >= CA_VERIFY_MAX_STEPS)
		out_of_bounds(&s, "certificates tried", CA_VERIFY_MAX_STEPS);
	else if (s.was_full)
		out_of_bounds(&s, "issuers of one name", MAX_CANDIDATES);
	else if (s.was_cut)
		out_of_bounds(&s, "certificates in it", CA_VERIFY_MAX_CHAIN);
}
