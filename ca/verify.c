/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The question, its budget, and the verdict put together. */
#include "ca/verify_part.h"

#include "ca/name.h"
#include "ca/time.h"

#include <stdio.h>
#include <string.h>

#define SKEW_MAX (30 * CA_DAY)

/* ---- findings --------------------------------------------------------- */

static void write_finding(struct ca_finding *finding, enum ca_outcome outcome,
    const struct ca_cert *cert, const char *field, const char *format,
    va_list args) CA_PRINTF(5, 0);

static void
write_finding(struct ca_finding *finding, enum ca_outcome outcome,
    const struct ca_cert *cert, const char *field, const char *format,
    va_list args)
{
	*finding = (struct ca_finding){.outcome = outcome, .cert = cert};
	(void)snprintf(finding->field, sizeof(finding->field), "%s", field);
	ca_line_vprintf(finding->reason, sizeof(finding->reason), format, args);
}

bool
verify_fails(struct ca_finding *finding, const struct ca_cert *cert,
    const char *field, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_finding(finding, CA_OUTCOME_FAILS, cert, field, format, args);
	va_end(args);
	return false;
}

void
verify_holds(struct ca_finding *finding, const struct ca_cert *cert,
    const char *field, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_finding(finding, CA_OUTCOME_HOLDS, cert, field, format, args);
	va_end(args);
}

void
verify_not_asked(struct ca_finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_finding(finding, CA_OUTCOME_NOT_ASKED, NULL, "", format, args);
	va_end(args);
}

const char *
ca_outcome_name(enum ca_outcome outcome)
{
	switch (outcome) {
	case CA_OUTCOME_HOLDS:
		return "holds";
	case CA_OUTCOME_FAILS:
		return "fails";
	case CA_OUTCOME_NOT_ASKED:
		break;
	}
	return "not asked";
}

enum ca_status
ca_finding_append_text(struct ca_buf *buf, const struct ca_finding *finding)
{
	enum ca_status st = CA_OK;

	if (finding->cert != NULL && !ca_name_is_empty(finding->cert->subject))
		st = ca_name_append_text(buf, finding->cert->subject);
	else if (finding->cert != NULL)
		st = ca_buf_append_text(buf, "the certificate without a name");
	if (st == CA_OK && finding->cert != NULL)
		st = ca_buf_append_text(buf, ": ");
	if (st == CA_OK && finding->field[0] != '\0')
		st = ca_buf_printf(buf, "%s: ", finding->field);
	if (st == CA_OK)
		st = ca_buf_append_text(buf, finding->reason);
	return st;
}

/* ---- signatures ------------------------------------------------------- */

bool
verify_goes_on(struct verify_budget *budget, enum ca_status st)
{
	if (st != CA_MEMORY && st != CA_INTERNAL)
		return true;
	if (budget->broken == CA_OK)
		budget->broken = st;
	return false;
}

bool
verify_spend(struct verify_budget *budget, size_t signatures)
{
	if (signatures > CA_VERIFY_MAX_SIGNATURES - budget->signature_count) {
		budget->spent = true;
		return false;
	}
	budget->signature_count += signatures;
	return true;
}

static const struct verify_edge *
find_edge(const struct verify_budget *budget, const void *object,
    const struct ca_spki *key)
{
	for (size_t i = 0; i < budget->edge_count; i++)
		if (budget->edge[i].object == object &&
		    budget->edge[i].key == key->der.data)
			return &budget->edge[i];
	return NULL;
}

static bool
remember(struct verify_budget *budget, const void *object,
    const struct ca_spki *key, enum ca_status st)
{
	bool holds = st == CA_OK && verify_goes_on(budget, st);

	(void)verify_goes_on(budget, st);
	/* As many as signatures: there is room. */
	budget->edge[budget->edge_count++] = (struct verify_edge){
	    object, key->der.data, holds};
	return holds;
}

bool
verify_cert_signature(struct verify_budget *budget, const struct ca_cert *cert,
    const struct ca_spki *key)
{
	const struct verify_edge *edge = find_edge(budget, cert, key);

	if (edge != NULL)
		return edge->holds;
	if (!verify_spend(budget, 1))
		return false;
	return remember(budget, cert, key, ca_cert_verify(cert, key, NULL));
}

bool
verify_crl_signature(struct verify_budget *budget, const struct ca_crl *crl,
    const struct ca_spki *key)
{
	const struct verify_edge *edge = find_edge(budget, crl, key);

	if (edge != NULL)
		return edge->holds;
	if (!verify_spend(budget, 1))
		return false;
	return remember(budget, crl, key, ca_crl_verify(crl, key, NULL));
}

bool
verify_is_self_issued(const struct ca_cert *cert)
{
	return ca_name_equal(cert->subject, cert->issuer);
}

/* ---- one path, all questions ------------------------------------------ */

static void
judge_trust(struct verify_run *run, const struct verify_path *path,
    struct ca_verdict *ret)
{
	struct ca_buf root = {0};
	const struct ca_cert *anchor = path->cert[path->len - 1];

	/* The search has said why. */
	if (!path->complete)
		return;
	if (!verify_path_holds(run, path, &ret->trust) ||
	    !verify_policies(run->ask, path, &ret->policies, &ret->trust))
		return;
	if (ca_name_append_text(&root, anchor->subject) != CA_OK ||
	    ca_buf_text(&root) == NULL)
		(void)verify_goes_on(run->budget, CA_MEMORY);
	else
		verify_holds(&ret->trust, anchor, "subject",
		    path->len == 1 ?
			"%.200s is itself among those you trust" :
			"signed by those above it, up to %.200s, which you "
			"trust",
		    ca_buf_text(&root));
	ca_buf_free(&root);
}

static void
judge_revocation(struct verify_run *run, const struct verify_path *path,
    struct ca_verdict *ret)
{
	if (run->ask->revocation == CA_REVOCATION_NEVER)
		verify_not_asked(&ret->revocation,
		    "whether it has been revoked was not asked");
	else if (ret->trust.outcome != CA_OUTCOME_HOLDS)
		verify_not_asked(&ret->revocation, "%s",
		    ret->is_unfit ?
			"it is not to be believed, revoked or not" :
			"nobody trusted signed it: whom should one ask "
			"whether it has been revoked?");
	else
		(void)verify_revocation(run, path, ret);
}

static bool
passes(const struct ca_finding *finding)
{
	return finding->outcome != CA_OUTCOME_FAILS;
}

void
verify_judge(struct verify_run *run, const struct verify_path *path,
    struct ca_verdict *ret)
{
	ret->chain_len = path->len;
	ret->complete = path->complete;
	memcpy(ret->chain, path->cert, sizeof(ret->chain));
	(void)verify_dates(run->ask, path, &ret->date);
	(void)verify_names(run, &ret->name);
	(void)verify_purpose(run->ask, path, &ret->purpose);
	judge_trust(run, path, ret);
	ret->is_unfit = (ret->is_unfit || path->complete) &&
	    ret->trust.outcome == CA_OUTCOME_FAILS;
	judge_revocation(run, path, ret);
	ret->holds = path->complete && run->budget->broken == CA_OK &&
	    ret->trust.outcome == CA_OUTCOME_HOLDS &&
	    ret->date.outcome == CA_OUTCOME_HOLDS && passes(&ret->name) &&
	    passes(&ret->purpose) && passes(&ret->revocation);
}

/* ---- the question ----------------------------------------------------- */

static bool
is_valid_address(const char *text)
{
	uint8_t octets[16];
	size_t len;

	return ca_ip_parse(text, octets, &len);
}

static bool
is_valid_mail(const char *text)
{
	struct ca_buf value = {0};
	bool valid;

	valid = ca_san_from_text(CA_SAN_EMAIL, text, &value, NULL) == CA_OK;
	ca_buf_free(&value);
	return valid;
}

static enum ca_status
check_bounds(const struct ca_verify_question *ask, struct ca_error *err)
{
	if (ask->leaf == NULL)
		return ca_fail(
		    err, CA_USAGE, "verify: no certificate to verify");
	if (ask->pool_count > CA_VERIFY_MAX_POOL ||
	    ask->anchor_count > CA_VERIFY_MAX_ANCHORS ||
	    ask->crl_count > CA_VERIFY_MAX_CRLS ||
	    ask->ocsp_count > CA_VERIFY_MAX_OCSP)
		return ca_fail(err, CA_USAGE,
		    "verify: more than %d intermediates, %d trusted "
		    "certificates, %d CRLs or %d OCSP responses: give fewer",
		    CA_VERIFY_MAX_POOL, CA_VERIFY_MAX_ANCHORS,
		    CA_VERIFY_MAX_CRLS, CA_VERIFY_MAX_OCSP);
	if (ask->policies.count > CA_EXT_MAX_OIDS)
		return ca_fail(err, CA_USAGE, "verify: more than %d policies",
		    CA_EXT_MAX_OIDS);
	if (ask->at < CA_TIME_MIN || ask->at > CA_TIME_MAX || ask->skew < 0 ||
	    ask->skew > SKEW_MAX)
		return ca_fail(err, CA_USAGE,
		    "verify: the time is not within the years 1 to 9999, or "
		    "clocks may differ by more than 30 days");
	if ((int)ask->purpose < 0 || ask->purpose >= CA_PURPOSE_COUNT)
		return ca_fail(err, CA_USAGE, "verify: no such purpose");
	return CA_OK;
}

static enum ca_status
check_names(const struct ca_verify_question *ask, struct ca_error *err)
{
	if (ask->ip != NULL && !is_valid_address(ask->ip))
		return ca_fail(err, CA_USAGE,
		    "\"%.64s\": not an IPv4 or IPv6 address", ask->ip);
	if (ask->email != NULL && !is_valid_mail(ask->email))
		return ca_fail(err, CA_USAGE,
		    "\"%.64s\": not an e-mail address (local@host, ASCII)",
		    ask->email);
	return CA_OK;
}

/* The first that fails, in the order people ask. */
static enum ca_status
refuse(const struct ca_verdict *verdict, struct ca_error *err)
{
	const struct ca_finding *order[] = {&verdict->trust, &verdict->date,
	    &verdict->name, &verdict->purpose, &verdict->revocation};
	struct ca_buf text = {0};
	enum ca_status st = CA_OK;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (order[i]->outcome != CA_OUTCOME_FAILS)
			continue;
		st = ca_finding_append_text(&text, order[i]);
		break;
	}
	if (st == CA_OK && text.len > 0 && ca_buf_text(&text) != NULL)
		st = ca_fail(err, CA_UNTRUSTED, "%s", ca_buf_text(&text));
	else
		st = ca_fail(err, st == CA_OK ? CA_UNTRUSTED : st,
		    "verify: the certificate is not to be believed");
	ca_buf_free(&text);
	return st;
}

static enum ca_status
search(const struct ca_verify_question *ask, const struct ca_buf *host,
    struct ca_verdict *ret, struct ca_error *err)
{
	struct verify_budget budget = {0};
	struct verify_run run = {
	    .ask = ask, .budget = &budget, .host = ca_view(host)};
	struct ca_verdict verdict = {0};

	verify_search(&run, &verdict);
	if (budget.broken != CA_OK)
		return ca_fail(err, budget.broken,
		    "verify: memory is short, or the library failed");
	*ret = verdict;
	return verdict.holds ? CA_OK : refuse(&verdict, err);
}

enum ca_status
ca_verify(const struct ca_verify_question *ask, struct ca_verdict *ret,
    struct ca_error *err)
{
	struct ca_buf host = {0};
	enum ca_status st;

	if ((st = check_bounds(ask, err)) != CA_OK ||
	    (st = check_names(ask, err)) != CA_OK)
		return st;
	if (ask->host == NULL ||
	    (st = ca_verify_host_prepare(ask->host, &host, err)) == CA_OK)
		st = search(ask, &host, ret, err);
	ca_buf_free(&host);
	return st;
}
